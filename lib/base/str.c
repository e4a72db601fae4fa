#include "base/str.h"

#include <string.h>

struct fx_str fx_str(const char *z)
{
	return (struct fx_str){z ? z : "", z ? strlen(z) : 0};
}

bool fx_str_is(struct fx_str a, const char *z)
{
	return fx_str_eq(a, fx_str(z));
}

int fx_str_cmp(struct fx_str a, struct fx_str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	if (c != 0)
		return c;
	return a.n < b.n ? -1 : a.n > b.n;
}

bool fx_str_starts(struct fx_str s, struct fx_str prefix)
{
	return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool fx_str_ends(struct fx_str s, struct fx_str suffix)
{
	return s.n >= suffix.n &&
	       (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct fx_str fx_str_trim(struct fx_str s)
{
	while (s.n > 0 && is_space(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

size_t fx_str_find(struct fx_str s, char c)
{
	const char *hit = s.n ? memchr(s.p, c, s.n) : NULL;

	return hit ? (size_t)(hit - s.p) : s.n;
}

uint64_t fx_str_hash(struct fx_str s)
{
	uint64_t h = 0x9e3779b97f4a7c15u ^ s.n;

	while (s.n >= 8) {
		uint64_t w;

		memcpy(&w, s.p, 8);
		h = (h ^ w) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
		s.p += 8;
		s.n -= 8;
	}
	if (s.n > 0) {
		uint64_t w = 0;

		memcpy(&w, s.p, s.n);
		h = (h ^ w) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	h *= 0xc4ceb9fe1a85ec53u;
	return h ^ h >> 29;
}

int fx_str_u64(struct fx_str s, uint64_t *out)
{
	uint64_t v = 0;

	if (s.n == 0)
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		unsigned d = (unsigned char)s.p[i] - (unsigned)'0';

		if (d > 9 || v > (UINT64_MAX - d) / 10)
			return -1;
		v = v * 10 + d;
	}
	*out = v;
	return 0;
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

unsigned fx_str_distance(struct fx_str a, struct fx_str b, unsigned max)
{
	/* Three rows: a swap looks two rows back. */
	unsigned row[3][65];

	if (a.n > 64 || b.n > 64)
		return max + 1;
	for (size_t j = 0; j <= b.n; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a.n; i++) {
		unsigned *cur = row[i % 3], *up = row[(i + 2) % 3], *up2 = row[(i + 1) % 3];

		cur[0] = (unsigned)i;
		for (size_t j = 1; j <= b.n; j++) {
			unsigned cost = a.p[i - 1] != b.p[j - 1];

			cur[j] = min3(up[j] + 1, cur[j - 1] + 1, up[j - 1] + cost);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1] &&
			    up2[j - 2] + 1 < cur[j])
				cur[j] = up2[j - 2] + 1;
		}
	}
	unsigned d = row[a.n % 3][b.n];

	return d > max ? max + 1 : d;
}

int fx_str_nearest(struct fx_str s, const struct fx_str *cand, size_t n)
{
	unsigned best = s.n < 9 ? (unsigned)(s.n + 2) / 3 : 3;
	int at = -1;

	for (size_t i = 0; i < n; i++) {
		unsigned d = fx_str_distance(s, cand[i], best);

		if (d < best || (d == best && at < 0)) {
			best = d;
			at = (int)i;
		}
	}
	return at;
}
