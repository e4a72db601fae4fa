#include "contract/regex.h"

#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* Steps of one match: enough for any sane pattern, an end for (a+)+$. */
#define MATCH_LIMIT 500000
#define JIT_STACK_MAX ((size_t)1 << 20)

struct regex {
	pcre2_code *code;
	bool jit;
};

struct regex_scratch {
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
};

static struct regex *compile(struct fx_str text, struct fx_arena *a, struct fx_str *why)
{
	const uint32_t options =
	    PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C;
	struct regex *r;
	pcre2_code *code;
	PCRE2_SIZE offset;
	int err;

	code = pcre2_compile((PCRE2_SPTR)text.p, text.n, options, &err, &offset, NULL);
	if (!code) {
		PCRE2_UCHAR msg[128];

		pcre2_get_error_message(err, msg, sizeof(msg));
		*why = fx_arena_str(a, fx_str((const char *)msg));
		return NULL;
	}
	r = fx_alloc(1, sizeof(*r));
	r->code = code;
	r->jit = pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0;
	return r;
}

struct regex *regex_compile(struct fx_arena *a, struct fx_str pattern, struct fx_str *why,
                            size_t *at)
{
	struct fx_buf b = {0};
	const char *what;
	struct regex *r = NULL;

	if (regex_translate(&b, pattern, &what, at) < 0)
		*why = fx_str(what);
	else
		r = compile(fx_buf_view(&b), a, why);
	fx_buf_free(&b);
	return r;
}

void regex_free(struct regex *r)
{
	if (!r)
		return;
	pcre2_code_free(r->code);
	free(r);
}

static struct regex_scratch *scratch(void)
{
	struct regex_scratch *x = fx_alloc(1, sizeof(*x));

	x->data = pcre2_match_data_create(1, NULL);
	x->context = pcre2_match_context_create(NULL);
	if (!x->data || !x->context)
		fx_oom();
	pcre2_set_match_limit(x->context, MATCH_LIMIT);
	x->stack = pcre2_jit_stack_create((size_t)32 << 10, JIT_STACK_MAX, NULL);
	if (x->stack)
		pcre2_jit_stack_assign(x->context, NULL, x->stack);
	return x;
}

void regex_scratch_free(struct regex_scratch *x)
{
	if (!x)
		return;
	pcre2_jit_stack_free(x->stack);
	pcre2_match_context_free(x->context);
	pcre2_match_data_free(x->data);
	free(x);
}

int regex_match(const struct regex *r, struct regex_scratch **x, struct fx_str s)
{
	PCRE2_SPTR p = (PCRE2_SPTR)(s.p ? s.p : "");
	int rc = 0;

	if (!*x)
		*x = scratch();
	if (r->jit)
		rc = pcre2_jit_match(r->code, p, s.n, 0, PCRE2_NO_UTF_CHECK, (*x)->data,
		                     (*x)->context);
	if (!r->jit || rc == PCRE2_ERROR_JIT_STACKLIMIT)
		rc = pcre2_match(r->code, p, s.n, 0, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, (*x)->data,
		                 (*x)->context);
	return rc >= 0 ? 1 : rc == PCRE2_ERROR_NOMATCH ? 0 : -1;
}
