/* Conversions between the types. */
#include "json/write.h"
#include "rules/cel_fn.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cel_value cannot(struct cel_ctx *cx, struct fx_str text, const char *to)
{
	if (text.n > 60)
		text.n = 60;
	return cel_err(FX_CEL_CONVERT, fx_arena_fmt(cx->a, "'%.*s' to %s", FX_FMT(text), to));
}

static cel_value range(const char *to)
{
	return cel_err(FX_CEL_RANGE, fx_str(to));
}

cel_value cel_f_bool(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	static const char *const yes[] = {"1", "t", "T", "true", "TRUE", "True"};
	static const char *const no[] = {"0", "f", "F", "false", "FALSE", "False"};

	(void)n;
	if (a->kind == FX_CV_BOOL)
		return *a;
	for (size_t i = 0; i < 6; i++) {
		if (fx_str_is(a->s, yes[i]))
			return FX_CEL_BOOL(true);
		if (fx_str_is(a->s, no[i]))
			return FX_CEL_BOOL(false);
	}
	return cannot(cx, a->s, "bool");
}

static cel_value int_from_text(struct cel_ctx *cx, struct fx_str s)
{
	bool minus = s.n && s.p[0] == '-';
	struct fx_str digits = s;
	uint64_t u;

	if (s.n && (s.p[0] == '-' || s.p[0] == '+')) {
		digits.p++;
		digits.n--;
	}
	if (fx_str_u64(digits, &u) || u > (uint64_t)INT64_MAX + minus)
		return cannot(cx, s, "int");
	return FX_CEL_INT(minus ? (int64_t)(0 - u) : (int64_t)u);
}

cel_value cel_f_int(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	(void)n;
	switch (a->kind) {
	case FX_CV_UINT:
		return a->u > INT64_MAX ? range("int") : FX_CEL_INT((int64_t)a->u);
	case FX_CV_DOUBLE:
		/* the ends themselves cannot be told from what was rounded to them */
		if (!(a->d > -9223372036854775808.0 && a->d < 9223372036854775808.0))
			return range("int");
		return FX_CEL_INT((int64_t)a->d);
	case FX_CV_STRING:
		return int_from_text(cx, a->s);
	case FX_CV_TIMESTAMP:
	case FX_CV_DURATION:
		return FX_CEL_INT(a->i);
	default:
		return *a;
	}
}

cel_value cel_f_uint(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	uint64_t u;

	(void)n;
	switch (a->kind) {
	case FX_CV_INT:
		return a->i < 0 ? range("uint") : FX_CEL_UINT((uint64_t)a->i);
	case FX_CV_DOUBLE:
		if (!(a->d >= 0 && a->d < 18446744073709551616.0))
			return range("uint");
		return FX_CEL_UINT((uint64_t)a->d);
	case FX_CV_STRING:
		return fx_str_u64(a->s, &u) ? cannot(cx, a->s, "uint") : FX_CEL_UINT(u);
	default:
		return *a;
	}
}

/* [+-] digits [. digits] [e [+-] digits], or a word for infinity or NaN. */
static bool double_text(struct fx_str s, double *out)
{
	size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+'), digits = 0;
	bool minus = s.n && s.p[0] == '-';
	struct fx_str rest = {s.p + i, s.n - i};

	if (fx_str_is(rest, "Infinity") || fx_str_is(rest, "infinity") || fx_str_is(rest, "inf") ||
	    fx_str_is(rest, "Inf") || fx_str_is(rest, "INF")) {
		*out = minus ? -HUGE_VAL : HUGE_VAL;
		return true;
	}
	if (fx_str_is(s, "NaN") || fx_str_is(s, "nan")) {
		*out = (double)NAN;
		return true;
	}
	for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		digits++;
	if (i < s.n && s.p[i] == '.')
		for (i++; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
			digits++;
	if (digits && i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
		i++;
		if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
			i++;
		if (i == s.n)
			return false;
		while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
			i++;
	}
	if (!digits || i != s.n)
		return false;
	if (s.p[0] == '+')
		s = (struct fx_str){s.p + 1, s.n - 1};
	*out = cel_strtod(s);
	return isfinite(*out);
}

cel_value cel_f_double(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	double d;

	(void)n;
	switch (a->kind) {
	case FX_CV_INT:
		return FX_CEL_DOUBLE((double)a->i);
	case FX_CV_UINT:
		return FX_CEL_DOUBLE((double)a->u);
	case FX_CV_STRING:
		return double_text(a->s, &d) ? FX_CEL_DOUBLE(d) : cannot(cx, a->s, "double");
	default:
		return *a;
	}
}

/* The shortest text that reads back as d, laid out as JSON's numbers are (RFC 8785). */
size_t cel_double_text(double d, char out[40])
{
	char e[40], digits[24];
	int n = 0, exp, len = 0, k;

	if (isnan(d))
		return (size_t)snprintf(out, 40, "NaN");
	if (isinf(d))
		return (size_t)snprintf(out, 40, d < 0 ? "-Infinity" : "Infinity");
	if (d == 0)
		return (size_t)snprintf(out, 40, signbit(d) ? "-0" : "0");
	do {
		snprintf(e, sizeof(e), "%.*e", n, d);
	} while (strtod(e, NULL) != d && ++n < 17);
	for (k = 0; e[k] && e[k] != 'e'; k++)
		if (e[k] >= '0' && e[k] <= '9' && len < (int)sizeof(digits))
			digits[len++] = e[k];
	exp = (int)strtol(e + k + 1, NULL, 10);
	n = 0;
	if (d < 0)
		out[n++] = '-';
	if (exp >= 21 || exp < -6) {
		out[n++] = digits[0];
		if (len > 1) {
			out[n++] = '.';
			memcpy(out + n, digits + 1, (size_t)len - 1);
			n += len - 1;
		}
		return (size_t)(n + snprintf(out + n, 8, "e%+d", exp));
	}
	if (exp < 0) {
		out[n++] = '0';
		out[n++] = '.';
		for (k = exp; k < -1; k++)
			out[n++] = '0';
	}
	for (k = 0; k < len || k <= exp; k++) {
		if (k == exp + 1 && exp >= 0)
			out[n++] = '.';
		out[n++] = k < len ? digits[k] : '0';
	}
	return (size_t)n;
}

cel_value cel_f_string(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	char text[64];
	size_t len;

	(void)n;
	switch (a->kind) {
	case FX_CV_BOOL:
		return FX_CEL_STRING(a->b ? FX_STR("true") : FX_STR("false"));
	case FX_CV_INT:
		len = (size_t)snprintf(text, sizeof(text), "%lld", (long long)a->i);
		break;
	case FX_CV_UINT:
		len = (size_t)snprintf(text, sizeof(text), "%llu", (unsigned long long)a->u);
		break;
	case FX_CV_DOUBLE:
		len = cel_double_text(a->d, text);
		break;
	case FX_CV_BYTES:
		if (!fx_utf8_valid(a->s))
			return cel_err(FX_CEL_CONVERT, FX_STR("bytes that are no UTF-8 to string"));
		return FX_CEL_STRING(a->s);
	case FX_CV_TIMESTAMP:
		len = cel_timestamp_format(a, text);
		break;
	case FX_CV_DURATION:
		len = cel_duration_format(a, text);
		break;
	default:
		return *a;
	}
	return cel_text(cx, text, len);
}

cel_value cel_f_bytes(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	cel_value v = *a;

	(void)cx;
	(void)n;
	v.kind = FX_CV_BYTES;
	return v;
}

cel_value cel_f_timestamp(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	cel_value v;

	(void)n;
	switch (a->kind) {
	case FX_CV_INT:
		if (!cel_timestamp_ok(a->i))
			return range("timestamp");
		return (cel_value){.kind = FX_CV_TIMESTAMP, .i = a->i};
	case FX_CV_STRING:
		return cel_timestamp_parse(a->s, &v) ? cannot(cx, a->s, "timestamp") : v;
	default:
		return *a;
	}
}

cel_value cel_f_duration(struct cel_ctx *cx, const cel_value *a, size_t n)
{
	cel_value v;

	(void)n;
	if (a->kind != FX_CV_STRING)
		return *a;
	return cel_duration_parse(a->s, &v) ? cannot(cx, a->s, "duration") : v;
}
