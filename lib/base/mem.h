/*
 * Memory: checked allocation, an arena, a growing buffer with a cap.
 *
 * Registries live in one arena for the run; scratch lives in one that is reset
 * for each record, so that the steady state allocates nothing.
 */
#ifndef FX_BASE_MEM_H
#define FX_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/str.h"

/*
 * The system refused memory: says so on stderr and leaves with status 2.  The
 * only place in lib/ that exits: no caller could do better, and a filter's
 * output is then known not to be whole.
 */
_Noreturn void fx_oom(void);
/* n objects of the given size; never NULL; an overflow of the product is fx_oom. */
void *fx_alloc(size_t n, size_t size); /* zeroed */
void *fx_realloc(void *p, size_t n, size_t size);

/* Zero-initialise; chunks grow from 4 KiB to 1 MiB. */
struct fx_arena {
	struct fx_chunk *first, *cur;
	size_t used; /* of cur */
};
/* Aligned for any type, NOT zeroed; lives until reset or free. */
void *fx_arena_alloc(struct fx_arena *a, size_t n);
void *fx_arena_zalloc(struct fx_arena *a, size_t n);
#define FX_NEW(arena, type) ((type *)fx_arena_zalloc((arena), sizeof(type)))
#define FX_NEWV(arena, type, n) ((type *)fx_arena_zalloc((arena), (n) * sizeof(type)))
/* A copy, with a NUL behind it that its length does not count. */
struct fx_str fx_arena_str(struct fx_arena *a, struct fx_str s);
/* printf into the arena. */
struct fx_str fx_arena_fmt(struct fx_arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Forget everything, keep the chunks. */
void fx_arena_reset(struct fx_arena *a);
void fx_arena_free(struct fx_arena *a);

/*
 * A growing byte buffer with a cap (curl's dynbuf is the model).  Adding past
 * max keeps what is there, sets `over` and returns -1; `over` stays until reset,
 * so a writer may check once at the end.  max 0 means 64 MiB.
 */
struct fx_buf {
	char *p;
	size_t n, cap, max;
	bool over;
};
/* Room for n more bytes at the end; the caller writes and adds to b->n. NULL past the cap. */
char *fx_buf_room(struct fx_buf *b, size_t n);
int fx_buf_fmt(struct fx_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Inline, as every byte of every record that fx writes goes through these. */
static inline int fx_buf_add(struct fx_buf *b, const char *p, size_t n)
{
	/* cap never passes what max allowed, so what fits in it needs no further question */
	if (b->over || n > b->cap - b->n)
		if (!fx_buf_room(b, n))
			return -1;
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	return 0;
}

static inline int fx_buf_str(struct fx_buf *b, struct fx_str s)
{
	return fx_buf_add(b, s.p, s.n);
}

static inline int fx_buf_z(struct fx_buf *b, const char *z)
{
	return fx_buf_add(b, z, strlen(z));
}

static inline int fx_buf_byte(struct fx_buf *b, char c)
{
	if (b->over || b->n == b->cap)
		if (!fx_buf_room(b, 1))
			return -1;
	b->p[b->n++] = c;
	return 0;
}

struct fx_str fx_buf_view(const struct fx_buf *b);
void fx_buf_reset(struct fx_buf *b); /* empty, not over; memory kept */
void fx_buf_free(struct fx_buf *b);

#endif
