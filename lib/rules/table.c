#include "rules/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/stream.h"
#include "json/write.h"
#include "rules/cel_env.h"

#define COLUMNS_MAX 128

const struct fx_key FX_KEYS_TABLE[] = {{"rule", FX_V_STR | FX_V_MUST},
                                       {"version", FX_V_INT | FX_V_MUST},
                                       {"maintainer", FX_V_STR | FX_V_MUST},
                                       {"table", FX_V_STR | FX_V_MUST},
                                       {"on", FX_V_STR | FX_V_LIST},
                                       {"when", FX_V_STR | FX_V_BOOL},
                                       {"owner", FX_V_STR},
                                       {"flow", FX_V_STR},
                                       {"sla", FX_V_STR | FX_V_LIST},
                                       {"fallback", FX_V_STR},
                                       {"carrier", FX_V_STR},
                                       {"canary", FX_V_STR},
                                       {"from", FX_V_STR},
                                       {"until", FX_V_STR},
                                       {"tests", FX_V_LIST},
                                       {NULL, 0}};

/* What a column is for. */
enum role { CONDITION, ROW_ID, OUTCOME };

struct column {
	enum role role;
	struct fx_str name;             /* CONDITION: the attribute; OUTCOME: the rule's key */
	struct fx_str op;               /* CONDITION: of the header ("total >="); else empty */
	const struct fx_cel_type *type; /* as the contract says; NULL: unknown */
};

/* A small CSV text that is kept whole (RFC 4180), cell by cell. */
struct sheet {
	struct fx_loader *ld;
	const char *file;
	const char *p, *end;
	unsigned line; /* of the row at hand, from 1 */
	unsigned next_line;
	unsigned col; /* of the cell at hand, in bytes from 1; 0: none is */
	struct fx_str cell[COLUMNS_MAX];
	unsigned cell_col[COLUMNS_MAX];
	size_t ncell;
	struct column column[COLUMNS_MAX];
	size_t ncolumn;
	struct fx_buf json;
};

static int fault(struct sheet *s, const char *what, struct fx_str of)
{
	return fx_errs_fail(s->ld->errs, FX_ECONF, s->file, s->line, s->col, "%s: '%.*s'", what,
	                    FX_FMT(of));
}

/* A quoted cell at s->p, which is behind its quote. */
static int quoted(struct sheet *s, struct fx_str *out)
{
	struct fx_buf b = {0};

	for (; s->p < s->end; s->p++) {
		if (*s->p == '"') {
			s->p++;
			if (s->p == s->end || *s->p != '"')
				break;
		}
		s->next_line += *s->p == '\n';
		fx_buf_byte(&b, *s->p);
	}
	*out = fx_arena_str(&s->ld->scratch, fx_buf_view(&b));
	fx_buf_free(&b);
	if (s->p < s->end && !strchr(",\r\n", *s->p))
		return fault(s, "text behind a closing quote", *out);
	return 0;
}

/* The next row that is not blank.  1, 0 at the end, -1. */
static int next_row(struct sheet *s)
{
	const char *row;

	while (s->p < s->end && (*s->p == '\n' || *s->p == '\r'))
		s->next_line += *s->p++ == '\n';
	row = s->p;
	s->line = s->next_line;
	s->ncell = 0;
	s->col = 0;
	if (s->p == s->end)
		return 0;
	for (;;) {
		const char *from = s->p;

		s->cell_col[s->ncell % COLUMNS_MAX] = (unsigned)(from - row) + 1;
		if (s->ncell == COLUMNS_MAX)
			return fault(s, "too many columns", FX_STR("128"));
		if (s->p < s->end && *s->p == '"') {
			s->p++;
			if (quoted(s, &s->cell[s->ncell]))
				return -1;
		} else {
			while (s->p < s->end && !strchr(",\r\n", *s->p))
				s->p++;
			s->cell[s->ncell] =
			    fx_str_trim((struct fx_str){from, (size_t)(s->p - from)});
		}
		s->ncell++;
		if (s->p == s->end || *s->p != ',')
			return 1;
		s->p++;
	}
}

static bool is_attribute(struct fx_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] == '_' || s.p[i] == '.' || (s.p[i] >= '0' && s.p[i] <= '9') ||
		      (s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= 'A' && s.p[i] <= 'Z')))
			return false;
	return s.n > 0 && s.p[0] != '.' && s.p[s.n - 1] != '.' && !(s.p[0] >= '0' && s.p[0] <= '9');
}

static const struct fx_str OPS[] = {{">=", 2}, {"<=", 2}, {"!=", 2}, {"==", 2},
                                    {">", 1},  {"<", 1},  {"=", 1}};

/* A column's attribute as the contract knows it; -1 with what is wrong with its name. */
static int known(struct sheet *s, struct column *c, const struct fx_cel_env *env)
{
	struct fx_err err = {0};

	c->type = env ? fx_cel_env_attr(env, c->name, NULL) : NULL;
	if (!env || c->type || fx_cel_compile(&s->ld->scratch, c->name, env, &err))
		return 0;
	return fx_errs_fail(s->ld->errs, FX_ECONF, s->file, s->line, s->col, "%s", err.msg);
}

/* "total >=" as "total" and ">=". */
static int read_header(struct sheet *s, const struct fx_cel_env *env)
{
	static const char *const keys[] = {"owner", "flow", "sla", "fallback", "carrier"};
	int rc = 0;

	for (size_t i = 0; i < s->ncell; i++) {
		struct column *c = &s->column[i];
		struct fx_str name = s->cell[i];

		s->col = s->cell_col[i];
		c->role = fx_str_is(name, "id") ? ROW_ID : CONDITION;
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
			if (fx_str_is(name, keys[k]))
				c->role = OUTCOME;
		for (size_t k = 0; k < 7 && c->role == CONDITION && c->op.n == 0; k++)
			if (name.n > OPS[k].n &&
			    memcmp(name.p + name.n - OPS[k].n, OPS[k].p, OPS[k].n) == 0) {
				c->op = OPS[k];
				name = fx_str_trim((struct fx_str){name.p, name.n - OPS[k].n});
			}
		if (c->role == CONDITION && !is_attribute(name))
			return fault(s,
			             "a column is an attribute, id, owner, flow, sla, fallback or "
			             "carrier, not",
			             s->cell[i]);
		c->name = name;
		if (c->role == CONDITION)
			rc |= known(s, c, env);
	}
	s->ncolumn = s->ncell;
	return rc;
}

/* Would a spreadsheet take it for a number?  01067 is none. */
static bool is_number(struct fx_str s)
{
	size_t i = s.n > 0 && s.p[0] == '-', first = i;
	bool point = false;

	if (i == s.n || (s.p[i] == '0' && i + 1 < s.n && s.p[i + 1] != '.'))
		return false;
	for (; i < s.n; i++) {
		if (s.p[i] == '.' && !point && i > first && i + 1 < s.n)
			point = true;
		else if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	}
	return true;
}

static int literal(struct sheet *s, const struct column *c, struct fx_str text, struct fx_buf *out)
{
	unsigned kind = c->type ? c->type->kind : FX_CT_DYN;
	bool number = kind == FX_CT_INT || kind == FX_CT_UINT || kind == FX_CT_DOUBLE;

	text = fx_str_trim(text);
	if (text.n == 0)
		return fault(s, "a value is missing in the column", c->name);
	if (number && !is_number(text))
		return fault(s, "the contract has a number here, not", text);
	if (number || (kind == FX_CT_DYN && is_number(text)) ||
	    (kind != FX_CT_STRING && (fx_str_is(text, "true") || fx_str_is(text, "false"))))
		fx_buf_str(out, text);
	else
		fx_json_string(out, text);
	return 0;
}

/* "a|b|c" as: attribute in ["a", "b", "c"]. */
static int one_of(struct sheet *s, const struct column *c, struct fx_str text, struct fx_buf *out)
{
	fx_buf_fmt(out, "%.*s in [", FX_FMT(c->name));
	for (bool first = true;; first = false) {
		size_t n = fx_str_find(text, '|');

		if (!first)
			fx_buf_z(out, ", ");
		if (literal(s, c, (struct fx_str){text.p, n}, out))
			return -1;
		if (n == text.n)
			break;
		text = (struct fx_str){text.p + n + 1, text.n - n - 1};
	}
	return fx_buf_byte(out, ']');
}

static size_t find_range(struct fx_str s)
{
	for (size_t i = 0; i + 1 < s.n; i++)
		if (s.p[i] == '.' && s.p[i + 1] == '.')
			return i;
	return s.n;
}

/* One cell as a condition; nothing for one that takes anything. */
static int condition(struct sheet *s, const struct column *c, struct fx_str text,
                     struct fx_buf *out)
{
	struct fx_str op = c->op;
	size_t range = find_range(text);

	if (text.n == 0 || fx_str_is(text, "*") || fx_str_is(text, "-"))
		return 0;
	if (out->n)
		fx_buf_z(out, " && ");
	for (size_t k = 0; k < 7; k++)
		if (fx_str_starts(text, OPS[k])) {
			op = OPS[k];
			text = (struct fx_str){text.p + op.n, text.n - op.n};
			break;
		}
	if (op.n == 0 && fx_str_find(text, '|') < text.n)
		return one_of(s, c, text, out);
	if (op.n == 0 && range < text.n) {
		fx_buf_fmt(out, "%.*s >= ", FX_FMT(c->name));
		if (literal(s, c, (struct fx_str){text.p, range}, out))
			return -1;
		fx_buf_fmt(out, " && %.*s <= ", FX_FMT(c->name));
		return literal(s, c, (struct fx_str){text.p + range + 2, text.n - range - 2}, out);
	}
	if (op.n == 0 && text.p[text.n - 1] == '*') {
		fx_buf_fmt(out, "%.*s.startsWith(", FX_FMT(c->name));
		fx_json_string(out, (struct fx_str){text.p, text.n - 1});
		return fx_buf_byte(out, ')');
	}
	if (op.n == 0 || fx_str_is(op, "="))
		op = FX_STR("==");
	fx_buf_fmt(out, "%.*s %.*s ", FX_FMT(c->name), FX_FMT(op));
	return literal(s, c, text, out);
}

static void put(struct sheet *s, const char *key, struct fx_str text)
{
	fx_json_key(&s->json, key);
	fx_json_string(&s->json, text);
}

/* "a; b" as a list. */
static void put_sla(struct sheet *s, struct fx_str text)
{
	fx_json_key(&s->json, "sla");
	fx_buf_byte(&s->json, '[');
	while (text.n) {
		size_t n = fx_str_find(text, ';');

		fx_json_sep(&s->json);
		fx_json_string(&s->json, fx_str_trim((struct fx_str){text.p, n}));
		text = n < text.n ? (struct fx_str){text.p + n + 1, text.n - n - 1}
		                  : (struct fx_str){text.p, 0};
	}
	fx_buf_byte(&s->json, ']');
}

static struct fx_str cell_of(const struct sheet *s, const char *name)
{
	for (size_t i = 0; i < s->ncolumn; i++)
		if (s->column[i].role != CONDITION && fx_str_is(s->column[i].name, name))
			return s->cell[i];
	return (struct fx_str){NULL, 0};
}

/* What the row does not say is the rule's own. */
static void put_rest(struct sheet *s, const json_t *rule, bool first)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)rule, key, v)
	{
		struct fx_str cell = cell_of(s, key);
		char *text;

		if (strcmp(key, "rule") == 0 || strcmp(key, "table") == 0 ||
		    strcmp(key, "when") == 0 || cell.n || (strcmp(key, "tests") == 0 && !first))
			continue;
		text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
		if (!text)
			fx_oom();
		fx_json_key(&s->json, key);
		fx_buf_z(&s->json, text);
		free(text);
	}
}

static int put_row(struct sheet *s, struct fx_val rule, size_t number)
{
	struct fx_buf when = {0};
	struct fx_str id = cell_of(s, "id"), own = fx_val_str(fx_val_get(s->ld, rule, "when"));
	int rc = 0;

	if (s->ncell != s->ncolumn)
		return fault(s, "this row has another number of columns than the header; it begins",
		             s->cell[0]);
	if (own.n && !fx_str_is(own, "true"))
		fx_buf_fmt(&when, "(%.*s)", FX_FMT(own));
	for (size_t i = 0; i < s->ncolumn && rc == 0; i++)
		if (s->column[i].role == CONDITION) {
			s->col = s->cell_col[i];
			rc = condition(s, &s->column[i], s->cell[i], &when);
		}
	if (id.n == 0)
		id = fx_arena_fmt(&s->ld->scratch, "%zu", number);
	fx_buf_byte(&s->json, '{');
	put(s, "rule",
	    fx_arena_fmt(&s->ld->scratch, "%.*s/%.*s",
	                 FX_FMT(fx_val_str(fx_val_get(s->ld, rule, "rule"))), FX_FMT(id)));
	put(s, "when", when.n ? fx_buf_view(&when) : FX_STR("true"));
	for (size_t i = 0; i < s->ncolumn; i++)
		if (s->column[i].role == OUTCOME && s->cell[i].n) {
			if (fx_str_is(s->column[i].name, "sla"))
				put_sla(s, s->cell[i]);
			else
				put(s, fx_arena_str(&s->ld->scratch, s->column[i].name).p,
				    s->cell[i]);
		}
	put_rest(s, rule.v, number == 1);
	fx_buf_byte(&s->json, '}');
	fx_buf_free(&when);
	return rc;
}

/* All rows, each on the line that it has in the file. */
static int put_rows(struct sheet *s, struct fx_val rule, const struct fx_cel_env *env)
{
	unsigned line = 1;
	size_t number = 0;
	int rc = next_row(s), bad = 0;

	if (rc <= 0)
		return rc ? rc : fault(s, "a table begins with a row of column names", FX_STR(""));
	if (read_header(s, env))
		return -1;
	fx_buf_z(&s->json, "{\"rules\":[");
	while ((rc = next_row(s)) > 0) {
		if (number)
			fx_buf_byte(&s->json, ',');
		for (; line < s->line; line++)
			fx_buf_byte(&s->json, '\n');
		bad |= put_row(s, rule, ++number);
	}
	fx_buf_z(&s->json, "]}");
	if (rc == 0 && number == 0)
		return fault(s, "the table has no rows", FX_STR(""));
	return rc || bad ? -1 : 0;
}

int fx_table_read(struct fx_loader *ld, struct fx_val rule, struct fx_table *out)
{
	struct fx_val table = fx_val_get(ld, rule, "table");
	struct fx_str name = fx_val_str(table), path;
	struct fx_rule on = {.non = 0};
	struct fx_buf text = {0};
	struct fx_err err = {0};
	struct sheet s = {.ld = ld, .next_line = 1};
	int rc;

	out->rule = rule.v;
	if (fx_val_keys(ld, rule, "table", FX_KEYS_TABLE))
		return -1;
	path = fx_arena_fmt(&ld->scratch, "%s/%.*s", ld->r->dir, FX_FMT(name));
	s.file = path.p;
	if (name.p[0] == '/' || strstr(name.p, ".."))
		return fx_val_fault(ld, table, "a table lies inside the registry's directory");
	fx_read_on(ld, fx_val_get(ld, rule, "on"), &on);
	if (fx_read_file(path.p, &text, 0, &err))
		return fx_val_fault(ld, table, "%s", err.msg);
	s.p = text.p ? text.p : "";
	s.end = s.p + text.n;
	if (text.n >= 3 && memcmp(s.p, "\xef\xbb\xbf", 3) == 0)
		s.p += 3;
	rc = put_rows(&s, rule, fx_read_env(ld, &on));
	if (rc == 0) {
		rc = fx_doc_parse_json(&out->doc, fx_buf_view(&s.json), path.p, &err);
		err.col = 0; /* of the JSON, not of the CSV */
		if (rc)
			fx_errs_add(ld->errs, &err);
	}
	fx_buf_free(&s.json);
	fx_buf_free(&text);
	return rc;
}

const struct fx_table *fx_table_of(const struct fx_registry *r, const json_t *rule)
{
	for (size_t i = 0; i < r->ntables; i++)
		if (r->tables[i].rule == rule)
			return &r->tables[i];
	return NULL;
}
