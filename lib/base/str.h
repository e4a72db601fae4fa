/*
 * Byte strings as pointer and length.
 *
 * A struct fx_str never owns its bytes and need not end in NUL; whoever made
 * it says how long the bytes live.  Comparison is by bytes, never by locale.
 */
#ifndef FX_BASE_STR_H
#define FX_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct fx_str {
	const char *p;
	size_t n;
};

/* A span over a string literal (its NUL not counted); FX_STR_INIT in static initialisers. */
#define FX_STR(lit) ((struct fx_str){(lit), sizeof(lit) - 1})
#define FX_STR_INIT(lit) {(lit), sizeof(lit) - 1}
/* The two arguments that a "%.*s" takes; n is cut to INT_MAX. */
#define FX_FMT(s) (int)((s).n > 0x7fffffff ? 0x7fffffff : (s).n), (s).p

/* A span over a NUL-terminated string; NULL gives the empty string. */
struct fx_str fx_str(const char *z);

/* Names are short: a call of memcmp costs more than comparing one. */
static inline bool fx_bytes_eq(const char *a, const char *b, size_t n)
{
	if (n > 16)
		return memcmp(a, b, n) == 0;
	if (n >= 8)
		return memcmp(a, b, 8) == 0 && memcmp(a + n - 8, b + n - 8, 8) == 0;
	if (n >= 4)
		return memcmp(a, b, 4) == 0 && memcmp(a + n - 4, b + n - 4, 4) == 0;
	return n == 0 || (a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1]);
}

static inline bool fx_str_eq(struct fx_str a, struct fx_str b)
{
	return a.n == b.n && fx_bytes_eq(a.p, b.p, a.n);
}

/* True when a equals the NUL-terminated z. */
bool fx_str_is(struct fx_str a, const char *z);
/* memcmp order, a prefix before its extensions: <0, 0, >0. */
int fx_str_cmp(struct fx_str a, struct fx_str b);
bool fx_str_starts(struct fx_str s, struct fx_str prefix);
bool fx_str_ends(struct fx_str s, struct fx_str suffix);
/* s without leading and trailing space, tab, CR and LF. */
struct fx_str fx_str_trim(struct fx_str s);
/* Offset of byte c in s, or s.n when it is not there. */
size_t fx_str_find(struct fx_str s, char c);
/* 64-bit hash for in-memory tables; not stable over versions, not keyed. */
uint64_t fx_str_hash(struct fx_str s);
/* Decimal digits only, no sign, no more than UINT64_MAX: 0, else -1. */
int fx_str_u64(struct fx_str s, uint64_t *out);

/*
 * Edit distance (insert, delete, replace, swap of neighbours), at most max;
 * anything above, or either string over 64 bytes, gives max + 1.
 */
unsigned fx_str_distance(struct fx_str a, struct fx_str b, unsigned max);
/*
 * Index of the candidate nearest to s by fx_str_distance, or -1 when none is
 * near enough (a third of the length, at most 3) to be worth a "did you mean".
 */
int fx_str_nearest(struct fx_str s, const struct fx_str *cand, size_t n);

#endif
