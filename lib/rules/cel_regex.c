/*
 * matches(): RE2's syntax, run by PCRE2 with limits.
 *
 * What RE2 has not (backreferences, lookaround, atomic and possessive forms,
 * recursion, conditions, callouts, control verbs) is refused: it is what makes
 * backtracking explode, and a rule must mean the same in every CEL.
 */
#include "rules/cel_ast.h"

#include <stdio.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define HEAP_LIMIT 8192u /* KiB */

/* Most matches are done within the first limit; one that is not pays for the second. */
static const struct {
	uint32_t limit, steps;
} stages[] = {{2000, 200}, {100000, 50000}};

struct cel_regex {
	pcre2_code *code;
};

static void *take(size_t n, void *arena)
{
	return fx_arena_alloc(arena, n);
}

static void leave(void *p, void *arena)
{
	(void)p;
	(void)arena;
}

/* Behind "(?": does RE2 know it? */
static bool group_ok(const char *p, const char *end)
{
	if (p < end && (*p == 'P' || *p == '<')) {
		p += *p == 'P';
		return p + 1 < end && *p == '<' && p[1] != '=' && p[1] != '!';
	}
	while (p < end && *p && strchr("imsU-", *p))
		p++;
	return p < end && (*p == ':' || *p == ')');
}

/* NULL when the pattern is RE2's, else what is not. */
static const char *foreign(struct fx_str s)
{
	const char *p = s.p, *end = s.p + s.n;
	bool set = false, repeated = false;

	while (p < end) {
		bool repeats = false;

		if (*p == '\\') {
			if (++p == end)
				return "a backslash at the end";
			if (!set && *p >= '1' && *p <= '9')
				return "backreferences are not supported";
			if (strchr("CGKRXZcegkhHNulLoy", *p) && *p)
				return "no such escape in RE2";
			if (*p == 'Q')
				while (p + 1 < end && !(p[0] == '\\' && p[1] == 'E'))
					p++;
		} else if (set) {
			set = *p != ']';
		} else if (*p == '[') {
			set = true;
			if (p + 1 < end && p[1] == '^')
				p++;
			if (p + 1 < end && p[1] == ']')
				p++;
		} else if (*p == '(') {
			if (p + 1 < end && p[1] == '*')
				return "control verbs are not supported";
			if (p + 1 < end && p[1] == '?' && !group_ok(p + 2, end))
				return "this kind of group is not supported";
		} else if (*p == '*' || *p == '+' || *p == '?' || *p == '}') {
			if (*p == '+' && repeated)
				return "possessive repeats are not supported";
			repeats = true;
		}
		repeated = repeats;
		p++;
	}
	return NULL;
}

const struct cel_regex *cel_regex_compile(struct fx_arena *a, struct fx_str pattern, char *msg,
                                          size_t n)
{
	const char *bad = foreign(pattern);
	pcre2_general_context *gc;
	pcre2_compile_context *cc;
	struct cel_regex *re;
	PCRE2_SIZE at = 0;
	int code = 0;

	if (bad) {
		snprintf(msg, n, "%s", bad);
		return NULL;
	}
	re = FX_NEW(a, struct cel_regex);
	gc = pcre2_general_context_create(take, leave, a);
	cc = gc ? pcre2_compile_context_create(gc) : NULL;
	if (!cc)
		fx_oom();
	pcre2_set_parens_nest_limit(cc, CEL_DEPTH);
	re->code = pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n,
	                         PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C, &code,
	                         &at, cc);
	if (!re->code) {
		PCRE2_UCHAR text[128];

		pcre2_get_error_message(code, text, sizeof(text));
		snprintf(msg, n, "%s at character %zu", (const char *)text, (size_t)at + 1);
		return NULL;
	}
	return re;
}

cel_value cel_regex_match(struct cel_ctx *cx, const struct cel_regex *re, struct fx_str s)
{
	/* all of PCRE2's memory comes from the scratch arena; HEAP_LIMIT bounds it */
	pcre2_general_context *gc = pcre2_general_context_create(take, leave, cx->a);
	pcre2_match_context *mc = gc ? pcre2_match_context_create(gc) : NULL;
	pcre2_match_data *md = gc ? pcre2_match_data_create(1, gc) : NULL;
	int rc;

	if (!mc || !md)
		fx_oom();
	pcre2_set_heap_limit(mc, HEAP_LIMIT);
	rc = PCRE2_ERROR_MATCHLIMIT;
	for (size_t i = 0; i < 2 && rc == PCRE2_ERROR_MATCHLIMIT; i++) {
		if (!cel_spend(cx, stages[i].steps + s.n / 8))
			return cel_limit(cx, FX_CEL_STEPS);
		pcre2_set_match_limit(mc, stages[i].limit);
		rc = pcre2_match(re->code, (PCRE2_SPTR)s.p, s.n, 0, PCRE2_NO_UTF_CHECK, md, mc);
	}
	if (rc >= 0)
		return FX_CEL_BOOL(true);
	if (rc == PCRE2_ERROR_NOMATCH)
		return FX_CEL_BOOL(false);
	return cel_limit(cx, rc == PCRE2_ERROR_HEAPLIMIT ? FX_CEL_SIZE : FX_CEL_STEPS);
}
