/* Compiling: the passes in turn, then what callers ask of a program. */
#include "rules/cel.h"

#include <string.h>

#include "rules/cel_ast.h"
#include "rules/cel_resolve.h"

struct fx_cel *cel_program(struct fx_arena *a, const struct fx_cel *of, struct cel_node *root)
{
	struct fx_cel *e = FX_NEW(a, struct fx_cel);
	struct cel_names names = {.a = a};
	const struct fx_cel **self = FX_NEW(a, const struct fx_cel *);

	cel_names(&names, root);
	e->arena = of->arena;
	e->whole = of->whole;
	e->src = (struct fx_str){of->whole.p + root->start, root->end - root->start};
	e->root = root;
	e->attrs = names.v;
	e->nattrs = names.n;
	e->uses_line = names.line;
	self[0] = e;
	e->parts = self;
	e->nparts = 1;
	return e;
}

struct fx_cel *cel_negated(struct fx_arena *a, const struct fx_cel *of, const struct cel_node *ne)
{
	struct cel_node *eq = FX_NEW(a, struct cel_node);

	*eq = *ne;
	eq->op = CEL_EQ;
	return cel_program(a, of, eq);
}

static size_t count_parts(const struct cel_node *n)
{
	size_t k = 0;

	if (n->op != CEL_AND)
		return 1;
	for (uint32_t i = 0; i < n->n; i++)
		k += count_parts(n->arg[i]);
	return k;
}

static size_t add_parts(struct fx_arena *a, const struct fx_cel *of, struct cel_node *n,
                        const struct fx_cel **out)
{
	size_t k = 0;

	if (n->op != CEL_AND) {
		out[0] = cel_program(a, of, n);
		return 1;
	}
	for (uint32_t i = 0; i < n->n; i++)
		k += add_parts(a, of, n->arg[i], out + k);
	return k;
}

static const struct fx_cel *compile(struct cel_unit *u)
{
	struct cel_node *root = cel_parse(u);
	const struct fx_cel **parts;
	struct fx_cel *e;
	size_t n;

	if (root)
		root = cel_resolve(u, root);
	if (!root)
		return NULL;
	if (!(u->scope && u->scope->unchecked) && cel_check(u, root))
		return NULL;
	if (cel_fold(u, root))
		return NULL;
	e = cel_program(u->a, &(struct fx_cel){.arena = u->a, .whole = u->src}, root);
	e->src = u->src;
	n = count_parts(root);
	if (n > 1) {
		parts = FX_NEWV(u->a, const struct fx_cel *, n);
		add_parts(u->a, e, root, parts);
		e->parts = parts;
		e->nparts = n;
	}
	return e;
}

const struct fx_cel *fx_cel_compile(struct fx_arena *a, struct fx_str src,
                                    const struct fx_cel_env *env, struct fx_err *err)
{
	struct cel_unit u = {.a = a, .src = src, .env = env, .err = err};

	if (!src.p)
		u.src = FX_STR("");
	return compile(&u);
}

const struct fx_cel *fx_cel_compile_scope(struct fx_arena *a, struct fx_str src,
                                          const struct fx_cel_scope *scope, struct fx_err *err)
{
	struct cel_unit u = {.a = a, .src = src, .scope = scope, .err = err};

	if (!src.p)
		u.src = FX_STR("");
	return compile(&u);
}

const struct fx_cel *cel_compile_any(struct fx_arena *a, struct fx_str src, struct fx_err *err)
{
	struct cel_unit u = {.a = a, .src = src, .any = true, .err = err};

	return compile(&u);
}

bool fx_cel_uses_line(const struct fx_cel *e)
{
	return e->uses_line;
}

size_t fx_cel_attrs(const struct fx_cel *e, const struct fx_str **paths)
{
	*paths = e->attrs;
	return e->nattrs;
}

size_t fx_cel_conjuncts(const struct fx_cel *e, const struct fx_cel *const **parts)
{
	*parts = e->parts;
	return e->nparts;
}

struct fx_str fx_cel_source(const struct fx_cel *e)
{
	return e->src;
}

const struct fx_cel_type *fx_cel_deduced(const struct fx_cel *e)
{
	return e->root->type;
}
