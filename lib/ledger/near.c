/*
 * One entry of a large segment without reading all before it: guess by proportion where it lies;
 * the hash file tells which entry the line found there is, and that says how far to go on.
 */
#include "ledger/inside.h"

#define WINDOW 1024u /* hashes read at a time, first those around the one expected */
#define WALK 512u    /* lines, rather than another guess */
#define GUESSES 4

/* Where the line begins whose newline, or some byte of it, is at an offset. */
static size_t beginning(const struct fx_segment *s, size_t at)
{
	while (at > 0 && s->p[at - 1] != '\n')
		at--;
	return at;
}

/* The line around an offset. */
static bool line_at(const struct fx_segment *s, size_t at, size_t *from, struct fx_str *line)
{
	const char *end;

	*from = beginning(s, at);
	end = memchr(s->p + *from, '\n', s->n - *from);
	if (!end)
		return false;
	*line = (struct fx_str){s->p + *from, (size_t)(end - s->p) - *from};
	return true;
}

/* Which of the n entries has the hash, those near the one expected first; n when none has. */
static unsigned number_of(struct fx_ledger *l, uint64_t first, unsigned n, const struct fx_hash *hash,
			  unsigned expected)
{
	struct fx_hashes src = fx_ledger_hashes(l);
	struct fx_hash read[WINDOW];
	unsigned from = expected < WINDOW / 2 ? 0 : expected - WINDOW / 2;

	for (unsigned done = 0, next = 0; done <= n / WINDOW + 1; done++) {
		unsigned many = n - from < WINDOW ? n - from : WINDOW;

		if (src.read(src.arg, 0, first + from, many, read, NULL))
			return n;
		for (unsigned i = 0; i < many; i++)
			if (memcmp(&read[i], hash, sizeof(*hash)) == 0)
				return from + i;
		from = next < n ? next : 0;
		next += WINDOW;
	}
	return n;
}

/* From the j-th entry at *off to the k-th. */
static bool walk(const struct fx_segment *s, unsigned j, unsigned k, size_t *off)
{
	for (; j < k; j++) {
		const char *nl = memchr(s->p + *off, '\n', s->n - *off);

		if (!nl || (*off = (size_t)(nl - s->p) + 1) >= s->n)
			return false;
	}
	for (; j > k; j--)
		*off = *off ? beginning(s, *off - 1) : 0;
	return true;
}

bool fx_segment_near(struct fx_ledger *l, const struct fx_segment *s, unsigned k, size_t *off)
{
	uint64_t first = s->number * FX_SEGMENT;
	unsigned n = l->size - first < FX_SEGMENT ? (unsigned)(l->size - first) : FX_SEGMENT;
	double each = (double)s->n / n, guess = each * k;
	struct fx_hash hash;
	struct fx_str line;
	bool there = false;

	for (int tries = 0; tries < GUESSES && guess >= 0 && guess < (double)s->n; tries++) {
		unsigned j;

		if (!line_at(s, (size_t)guess, off, &line))
			break;
		fx_leaf_hash(line, &hash);
		j = number_of(l, first, n, &hash, k);
		if (j == n) /* bent, erased, or not of this tree */
			break;
		if (j <= k + WALK && k <= j + WALK) {
			there = walk(s, j, k, off);
			break;
		}
		guess = (double)*off + each * ((double)k - (double)j);
	}
	return there;
}
