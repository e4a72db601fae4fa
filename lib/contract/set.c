/*
 * Documents and references: which resource a URI names, which place a $ref leads to.
 */
#include "contract/set.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contract/uri.h"

struct mapping {
	struct fx_str prefix, dir;
	struct mapping *next;
};

struct owned {
	struct fx_doc *doc;
	struct regex *regex;
	struct fx_tape *tape;
	struct owned *next;
};

struct anchor {
	const json_t *json;
	struct fx_str pointer;
	bool dynamic;
};

static const struct fx_str none;

struct fx_schemas *fx_schemas_new(bool assert_formats)
{
	struct fx_schemas *s = fx_alloc(1, sizeof(*s));

	s->assert_formats = assert_formats;
	s->last = &s->first;
	return s;
}

void fx_schemas_free(struct fx_schemas *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->resources.n; i++) {
		struct resource *r = s->resources.e[i].v.ptr;

		fx_map_free(&r->anchors); /* a resource of two URIs: freed empty the second time */
	}
	for (struct owned *o = s->owned; o; o = o->next) {
		if (o->doc)
			fx_doc_free(o->doc);
		if (o->tape)
			fx_tape_free(o->tape);
		regex_free(o->regex);
	}
	fx_map_free(&s->resources);
	fx_map_free(&s->roots);
	fx_map_free(&s->nodes);
	fx_arena_free(&s->arena);
	free(s);
}

static struct owned *own(struct fx_schemas *s)
{
	struct owned *o = FX_NEW(&s->arena, struct owned);

	o->next = s->owned;
	s->owned = o;
	return o;
}

void set_own_regex(struct fx_schemas *s, struct regex *r)
{
	own(s)->regex = r;
}

void set_own_tape(struct fx_schemas *s, struct fx_tape *t)
{
	own(s)->tape = t;
}

void set_fault(struct fx_schemas *s, const struct file *f, struct fx_str pointer, const char *fmt,
               ...)
{
	char msg[700];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	s->nerrs++;
	if (s->errs)
		fx_doc_fault(f->doc, s->errs, pointer, "%s", msg);
}

struct fx_str pointer_key(struct fx_arena *a, struct fx_str pointer, const char *key)
{
	size_t n = strlen(key), extra = 0, at;
	char *p;

	for (size_t i = 0; i < n; i++)
		extra += key[i] == '~' || key[i] == '/';
	at = pointer.n;
	p = fx_arena_alloc(a, at + 1 + n + extra + 1);
	if (at)
		memcpy(p, pointer.p, at);
	p[at++] = '/';
	for (size_t i = 0; i < n; i++) {
		if (key[i] == '~' || key[i] == '/') {
			p[at++] = '~';
			p[at++] = key[i] == '~' ? '0' : '1';
		} else {
			p[at++] = key[i];
		}
	}
	p[at] = '\0';
	return (struct fx_str){p, at};
}

struct fx_str pointer_index(struct fx_arena *a, struct fx_str pointer, size_t i)
{
	return fx_arena_fmt(a, "%.*s/%zu", FX_FMT(pointer), i);
}

void fx_schemas_map(struct fx_schemas *s, const char *prefix, const char *dir)
{
	struct mapping *m = FX_NEW(&s->arena, struct mapping);

	m->prefix = fx_arena_str(&s->arena, fx_str(prefix));
	m->dir = fx_arena_fmt(&s->arena, "%s/", dir);
	m->next = s->maps;
	s->maps = m;
}

static struct resource *root_at(const struct fx_schemas *s, const json_t *json)
{
	return json_is_object(json)
	           ? fx_map_ptr(&s->roots, (struct fx_str){(const char *)&json, sizeof(json)})
	           : NULL;
}

static struct resource *resource_new(struct fx_schemas *s, const struct file *f,
                                     struct fx_str pointer, const json_t *root, struct fx_str uri)
{
	struct resource *r = FX_NEW(&s->arena, struct resource);
	const json_t **key = FX_NEW(&s->arena, const json_t *);

	*r = (struct resource){.uri = uri, .file = f, .pointer = pointer, .root = root};
	*key = root;
	if (json_is_object(root))
		fx_map_put(&s->roots, (struct fx_str){(const char *)key, sizeof(*key)}, NULL)
		    ->v.ptr = r;
	return r;
}

static void name_resource(struct fx_schemas *s, struct resource *r, struct fx_str uri,
                          struct fx_str pointer)
{
	bool fresh;
	struct fx_map_entry *e = fx_map_put(&s->resources, uri, &fresh);

	if (fresh)
		e->v.ptr = r;
	else if (e->v.ptr != r)
		set_fault(s, r->file, pointer, "two schemas are called %.*s", FX_FMT(uri));
}

static const struct {
	const char *name;
	unsigned bit;
} vocabularies[] = {
    {"core", 0},
    {"applicator", VOCAB_APPLICATOR},
    {"unevaluated", VOCAB_UNEVALUATED},
    {"validation", VOCAB_VALIDATION},
    {"meta-data", 0},
    {"format-annotation", 0},
    {"format-assertion", VOCAB_FORMAT},
    {"content", 0},
};
#define VOCAB_ALL (VOCAB_APPLICATOR | VOCAB_UNEVALUATED | VOCAB_VALIDATION)
#define VOCAB_URI "https://json-schema.org/draft/2020-12/vocab/"

static unsigned vocabulary_of(struct fx_schemas *s, const struct resource *meta)
{
	const json_t *list = json_object_get(meta->root, "$vocabulary"), *need;
	const char *uri;
	unsigned mask = 0;

	if (!json_is_object(list))
		return VOCAB_ALL;
	json_object_foreach((json_t *)(uintptr_t)list, uri, need)
	{
		size_t i = 0, n = sizeof(vocabularies) / sizeof(*vocabularies);
		bool ours = strncmp(uri, VOCAB_URI, strlen(VOCAB_URI)) == 0;

		while (ours && i < n && strcmp(uri + strlen(VOCAB_URI), vocabularies[i].name) != 0)
			i++;
		if (ours && i < n)
			mask |= vocabularies[i].bit;
		else if (json_is_true(need))
			set_fault(s, meta->file,
			          pointer_key(&s->arena,
			                      pointer_key(&s->arena, meta->pointer, "$vocabulary"),
			                      uri),
			          "this vocabulary is not known here: %s", uri);
	}
	return mask;
}

static struct resource *find(struct fx_schemas *s, struct fx_str uri);

/* The resource's own $schema, else what holds around it. */
static unsigned vocabulary(struct fx_schemas *s, const struct resource *r, unsigned around)
{
	const json_t *v = json_object_get(r->root, "$schema");
	struct fx_str uri, at;
	const struct resource *meta;

	if (!v)
		return around;
	at = pointer_key(&s->arena, r->pointer, "$schema");
	if (!json_is_string(v)) {
		set_fault(s, r->file, at, "$schema must be a string");
		return around;
	}
	uri = uri_cut(fx_str(json_string_value(v)), NULL);
	if (fx_str_is(uri, META_2020_12) || fx_str_eq(uri, r->uri))
		return VOCAB_ALL;
	meta = find(s, uri);
	if (meta)
		return vocabulary_of(s, meta);
	set_fault(s, r->file, at,
	          "written for %.*s: JSON Schema 2020-12 is what is read here (\"" META_2020_12
	          "\")",
	          FX_FMT(uri));
	return around;
}

static void anchor_add(struct fx_schemas *s, struct resource *r, const json_t *json,
                       struct fx_str pointer, const char *keyword)
{
	const json_t *v = json_object_get(json, keyword);
	struct fx_map_entry *e;
	struct anchor *a;
	bool fresh;

	if (!v)
		return;
	if (!json_is_string(v)) {
		set_fault(s, r->file, pointer_key(&s->arena, pointer, keyword),
		          "%s must be a string", keyword);
		return;
	}
	e = fx_map_put(&r->anchors, fx_str(json_string_value(v)), &fresh);
	if (!fresh && ((struct anchor *)e->v.ptr)->json != json) {
		set_fault(s, r->file, pointer_key(&s->arena, pointer, keyword),
		          "two places have the anchor \"%s\"", json_string_value(v));
		return;
	}
	a = fresh ? FX_NEW(&s->arena, struct anchor) : e->v.ptr;
	a->json = json;
	a->pointer = pointer;
	a->dynamic |= strcmp(keyword, "$dynamicAnchor") == 0;
	e->v.ptr = a;
}

static void index_schema(struct fx_schemas *s, const struct file *f, const json_t *json,
                         struct fx_str pointer, struct resource *r);

/* The schemas below a keyword.  Recursion ends at the reader's depth, FX_DEPTH. */
static void index_below(struct fx_schemas *s, const struct file *f, const char *keyword,
                        const json_t *v, struct fx_str pointer, struct resource *r)
{
	enum holds holds = keyword_holds(keyword);
	const char *key;
	json_t *child;
	size_t i;

	if (holds == HOLDS_ONE) {
		index_schema(s, f, v, pointer, r);
	} else if (holds == HOLDS_LIST) {
		json_array_foreach(v, i, child)
		    index_schema(s, f, child, pointer_index(&s->arena, pointer, i), r);
	} else if (holds == HOLDS_MAP) {
		json_object_foreach((json_t *)(uintptr_t)v, key, child)
		    index_schema(s, f, child, pointer_key(&s->arena, pointer, key), r);
	}
}

/* Find the resources and anchors at and below a schema. */
static void index_schema(struct fx_schemas *s, const struct file *f, const json_t *json,
                         struct fx_str pointer, struct resource *r)
{
	const json_t *id = json_object_get(json, "$id");
	const char *key;
	json_t *v;

	if (!json_is_object(json))
		return;
	if (id) {
		struct fx_str at = pointer_key(&s->arena, pointer, "$id"), fragment, uri;

		if (!json_is_string(id)) {
			set_fault(s, f, at, "$id must be a string");
			return;
		}
		uri = uri_cut(uri_resolve(&s->arena, r->uri, fx_str(json_string_value(id))),
		              &fragment);
		if (fragment.n)
			set_fault(s, f, at, "$id must have no fragment");
		if (json == r->root) {
			r->uri = uri;
		} else {
			unsigned around = r->vocabulary;

			r = resource_new(s, f, pointer, json, uri);
			name_resource(s, r, uri, at);
			r->vocabulary = vocabulary(s, r, around);
		}
	}
	if (json == r->root && pointer.n == f->base.n) {
		name_resource(s, r, r->uri, pointer);
		r->vocabulary = vocabulary(s, r, VOCAB_ALL);
	}
	anchor_add(s, r, json, pointer, "$anchor");
	anchor_add(s, r, json, pointer, "$dynamicAnchor");
	json_object_foreach((json_t *)(uintptr_t)json, key, v)
	{
		struct fx_str at = pointer_key(&s->arena, pointer, key);

		/* All but a value to compare with is a name, or read by people. */
		if (has_nul(v) && strcmp(key, "const") != 0)
			set_fault(s, f, at, "NUL in %s", key);
		index_below(s, f, key, v, at, r);
	}
}

/* The nodes of a resource's dynamic anchors, which $dynamicRef may lead to. */
static void dynamic_add(struct fx_schemas *s, struct resource *r)
{
	for (size_t i = 0; i < r->anchors.n; i++) {
		const struct anchor *a = r->anchors.e[i].v.ptr;
		struct dynamic *d;

		if (!a->dynamic)
			continue;
		d = FX_NEW(&s->arena, struct dynamic);
		d->name = r->anchors.e[i].key;
		d->node = set_node(s, r->file, a->pointer, a->json, r);
		d->next = r->dynamic;
		r->dynamic = d;
	}
}

static struct resource *add(struct fx_schemas *s, const struct fx_doc *d, struct fx_str pointer,
                            const json_t *root, struct fx_str uri)
{
	struct file *f = FX_NEW(&s->arena, struct file);
	size_t first = s->resources.n;
	struct resource *r;

	f->doc = d;
	f->base = fx_arena_str(&s->arena, pointer);
	f->uri = fx_arena_str(&s->arena, uri_cut(uri, NULL));
	f->name = d->file;
	f->id = s->nfiles++;
	r = resource_new(s, f, f->base, root, f->uri);
	if (f->uri.n || !json_is_object(root))
		name_resource(s, r, f->uri, f->base);
	index_schema(s, f, root, f->base, r);
	for (size_t i = first; i < s->resources.n; i++) {
		struct resource *new = s->resources.e[i].v.ptr;

		if (!new->dynamic)
			dynamic_add(s, new);
	}
	return r;
}

/* "file:" and the path, what a URI reads otherwise escaped. */
static struct fx_str file_uri(struct fx_arena *a, const char *path)
{
	struct fx_buf b = {0};
	struct fx_str s;

	fx_buf_z(&b, "file:");
	for (; *path; path++) {
		if (strchr("%#?", *path))
			fx_buf_fmt(&b, "%%%02X", (unsigned)*path);
		else
			fx_buf_byte(&b, *path);
	}
	s = fx_arena_str(a, fx_buf_view(&b));
	fx_buf_free(&b);
	return s;
}

/* The contract's own URI may lead to files beside it. */
static void map_folder(struct fx_schemas *s, const struct resource *r, struct fx_str path)
{
	struct fx_str prefix = uri_folder(r->uri), dir = uri_folder(path);
	struct mapping *m, **last = &s->maps;

	if (!prefix.n || fx_str_starts(r->uri, FX_STR("file:")))
		return;
	m = FX_NEW(&s->arena, struct mapping);
	m->prefix = fx_arena_str(&s->arena, prefix);
	m->dir = fx_arena_str(&s->arena, dir);
	while (*last)
		last = &(*last)->next;
	*last = m;
}

static struct resource *load(struct fx_schemas *s, const char *path, struct fx_str uri, bool folder)
{
	struct fx_doc *d = FX_NEW(&s->arena, struct fx_doc);
	struct fx_err err = {0};
	struct resource *r;

	d->nul = true;
	if (fx_doc_load(d, fx_arena_str(&s->arena, fx_str(path)).p, &err) < 0) {
		s->nerrs++;
		if (s->errs)
			fx_errs_add(s->errs, &err);
		return NULL;
	}
	own(s)->doc = d;
	r = add(s, d, none, d->root, uri);
	if (folder)
		map_folder(s, r, fx_str(path));
	return r;
}

static struct resource *load_meta(struct fx_schemas *s, struct fx_str uri)
{
	struct fx_doc *d = FX_NEW(&s->arena, struct fx_doc);
	struct fx_err err;

	if (fx_doc_parse_json(d, meta_schema(uri), fx_arena_str(&s->arena, uri).p, &err) < 0)
		return NULL;
	own(s)->doc = d;
	return add(s, d, none, d->root, uri);
}

/* The resource of an absolute URI without fragment, loaded when it is at hand. */
static struct resource *find(struct fx_schemas *s, struct fx_str uri)
{
	struct resource *r = fx_map_ptr(&s->resources, uri);
	struct fx_str path;

	if (r)
		return r;
	if (meta_schema(uri).p)
		return load_meta(s, uri);
	for (const struct mapping *m = s->maps; m; m = m->next) {
		if (!fx_str_starts(uri, m->prefix))
			continue;
		path = uri_decode(&s->arena,
		                  (struct fx_str){uri.p + m->prefix.n, uri.n - m->prefix.n});
		if (!path.p)
			continue;
		path = fx_arena_fmt(&s->arena, "%.*s%.*s", FX_FMT(m->dir), FX_FMT(path));
		if (access(path.p, R_OK) == 0)
			return load(s, path.p, uri, false);
	}
	if (!fx_str_starts(uri, FX_STR("file:")))
		return NULL;
	path = uri_decode(&s->arena, (struct fx_str){uri.p + 5, uri.n - 5});
	return path.p && access(path.p, R_OK) == 0 ? load(s, path.p, uri, true) : NULL;
}

struct node *set_node(struct fx_schemas *s, const struct file *f, struct fx_str pointer,
                      const json_t *json, const struct resource *r)
{
	struct fx_str key = fx_arena_fmt(&s->arena, "%u#%.*s", f->id, FX_FMT(pointer));
	bool fresh;
	struct fx_map_entry *e = fx_map_put(&s->nodes, key, &fresh);
	struct node *n;

	if (!fresh)
		return e->v.ptr;
	n = FX_NEW(&s->arena, struct node);
	n->file = f;
	n->pointer = pointer;
	n->json = json;
	n->resource = root_at(s, json) ? root_at(s, json) : r;
	*s->last = n;
	s->last = &n->next;
	if (!s->todo)
		s->todo = n;
	e->v.ptr = n;
	return n;
}

static const char *unescape_token(struct fx_arena *a, struct fx_str token)
{
	char *p = fx_arena_alloc(a, token.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < token.n; i++) {
		if (token.p[i] == '~' && i + 1 < token.n &&
		    (token.p[i + 1] == '0' || token.p[i + 1] == '1'))
			p[n++] = token.p[++i] == '0' ? '~' : '/';
		else
			p[n++] = token.p[i];
	}
	p[n] = '\0';
	return p;
}

/* Follow a pointer from a resource's root; *r becomes the resource that the place belongs to. */
static const json_t *walk(struct fx_schemas *s, const struct resource **r, struct fx_str pointer)
{
	const json_t *json = (*r)->root;

	while (json && pointer.n) {
		struct fx_str token = {pointer.p + 1, pointer.n - 1};
		uint64_t i;

		if (pointer.p[0] != '/')
			return NULL;
		token.n = fx_str_find(token, '/');
		pointer.p += 1 + token.n;
		pointer.n -= 1 + token.n;
		if (json_is_object(json))
			json = json_object_get(json, unescape_token(&s->arena, token));
		else if (json_is_array(json) && fx_str_u64(token, &i) == 0)
			json = json_array_get(json, i);
		else
			json = NULL;
		if (root_at(s, json))
			*r = root_at(s, json);
	}
	return json;
}

struct node *set_resolve(struct fx_schemas *s, const struct node *n, struct fx_str ref,
                         struct fx_str pointer, struct fx_str *dynamic)
{
	struct fx_str full = uri_resolve(&s->arena, n->resource->uri, ref), fragment, uri;
	const struct resource *r = n->resource;
	const struct anchor *a;
	const json_t *json;
	size_t before = s->nerrs;

	if (dynamic)
		*dynamic = none;
	uri = uri_cut(full, &fragment);
	if (!fx_str_eq(uri, r->uri))
		r = find(s, uri);
	if (!r) {
		if (s->nerrs == before)
			set_fault(s, n->file, pointer,
			          "%.*s leads to no schema here: there is no %.*s, and nothing is "
			          "fetched over the network",
			          FX_FMT(ref), FX_FMT(uri));
		return NULL;
	}
	fragment = uri_decode(&s->arena, fragment);
	if (!fragment.n || fragment.p[0] == '/') {
		struct fx_str base = r->pointer;

		json = walk(s, &r, fragment);
		if (json)
			return set_node(
			    s, r->file,
			    fx_arena_fmt(&s->arena, "%.*s%.*s", FX_FMT(base), FX_FMT(fragment)),
			    json, r);
		set_fault(s, n->file, pointer,
		          "%.*s leads to no schema: there is no such place in %.*s", FX_FMT(ref),
		          FX_FMT(uri));
		return NULL;
	}
	a = fx_map_ptr(&r->anchors, fragment);
	if (!a) {
		set_fault(s, n->file, pointer,
		          "%.*s leads to no schema: %.*s has no anchor \"%.*s\"", FX_FMT(ref),
		          FX_FMT(uri), FX_FMT(fragment));
		return NULL;
	}
	if (dynamic && a->dynamic)
		*dynamic = fragment;
	return set_node(s, r->file, a->pointer, a->json, r);
}

/* All that waits, then what can be said only of the whole. */
static void compile_all(struct fx_schemas *s)
{
	while (s->todo) {
		struct node *n = s->todo;

		node_compile(s, n);
		s->todo = n->next;
	}
	set_find_loops(s);
	if (s->dynamic)
		return;
	for (struct node *n = s->first; n; n = n->next) {
		const struct logic_kw *l = n->logic;

		if (!n->alias && l && l->ref && n->accept == 0x7f && !n->object && !n->array &&
		    !n->string && !n->number && !n->equal && !n->unevaluated_items &&
		    !n->unevaluated_properties && !l->all.n && !l->any.n && !l->one.n &&
		    !l->not &&!l->cond)
			n->alias = l->ref;
	}
}

static const struct fx_schema *finish(struct fx_schemas *s, struct resource *r)
{
	struct fx_schema *out;

	if (!r || s->nerrs)
		return NULL;
	out = FX_NEW(&s->arena, struct fx_schema);
	out->root = set_node(s, r->file, r->pointer, r->root, r);
	out->set = s;
	compile_all(s);
	return s->nerrs ? NULL : out;
}

const struct fx_schema *fx_schemas_load(struct fx_schemas *s, const char *path,
                                        struct fx_errs *errs)
{
	struct fx_str uri = file_uri(&s->arena, path);
	struct resource *r = fx_map_ptr(&s->resources, uri);

	s->errs = errs;
	s->nerrs = 0;
	return finish(s, r ? r : load(s, path, uri, true));
}

const struct fx_schema *fx_schemas_compile(struct fx_schemas *s, const struct fx_doc *d,
                                           struct fx_str pointer, struct fx_str uri,
                                           struct fx_errs *errs)
{
	const json_t *json = d->root;
	struct resource whole = {.root = d->root};
	const struct resource *at = &whole;

	s->errs = errs;
	s->nerrs = 0;
	json = walk(s, &at, pointer);
	if (!json) {
		fx_doc_fault(d, errs, pointer, "there is no %.*s", FX_FMT(pointer));
		return NULL;
	}
	return finish(s, add(s, d, pointer, json, uri));
}
