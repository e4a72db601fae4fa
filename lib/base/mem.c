#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUF_MAX ((size_t)64 << 20)

struct fx_chunk {
	struct fx_chunk *next;
	size_t cap;
	_Alignas(max_align_t) char data[];
};

void fx_oom(void)
{
	static const char msg[] = "fx: out of memory\n";
	ssize_t n = write(2, msg, sizeof(msg) - 1);

	(void)n;
	_exit(2);
}

void *fx_alloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		fx_oom();
	return p;
}

void *fx_realloc(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (size && n > SIZE_MAX / size)
		fx_oom();
	bytes = n * size;
	p = realloc(p, bytes ? bytes : 1);
	if (!p)
		fx_oom();
	return p;
}

static struct fx_chunk *new_chunk(size_t cap)
{
	struct fx_chunk *c;

	if (cap > SIZE_MAX - sizeof(*c))
		fx_oom();
	c = malloc(sizeof(*c) + cap);
	if (!c)
		fx_oom();
	c->next = NULL;
	c->cap = cap;
	return c;
}

void *fx_arena_alloc(struct fx_arena *a, size_t n)
{
	size_t align = _Alignof(max_align_t);

	if (n > SIZE_MAX - align)
		fx_oom();
	n = (n + align - 1) & ~(align - 1);
	while (a->cur && a->cur->cap - a->used < n && a->cur->next) {
		a->cur = a->cur->next;
		a->used = 0;
	}
	if (!a->cur || a->cur->cap - a->used < n) {
		size_t cap = a->cur ? a->cur->cap * 2 : 4096 - sizeof(struct fx_chunk);
		struct fx_chunk *c;

		if (cap > (size_t)1 << 20)
			cap = (size_t)1 << 20;
		c = new_chunk(cap < n ? n : cap);
		if (a->cur)
			a->cur->next = c;
		else
			a->first = c;
		a->cur = c;
		a->used = 0;
	}
	a->used += n;
	return a->cur->data + a->used - n;
}

void *fx_arena_zalloc(struct fx_arena *a, size_t n)
{
	void *p = fx_arena_alloc(a, n);

	memset(p, 0, n);
	return p;
}

struct fx_str fx_arena_str(struct fx_arena *a, struct fx_str s)
{
	char *p = fx_arena_alloc(a, s.n + 1);

	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return (struct fx_str){p, s.n};
}

struct fx_str fx_arena_fmt(struct fx_arena *a, const char *fmt, ...)
{
	va_list ap, again;
	int n;
	char *p;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		n = 0;
	p = fx_arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return (struct fx_str){p, (size_t)n};
}

void fx_arena_reset(struct fx_arena *a)
{
	a->cur = a->first;
	a->used = 0;
}

void fx_arena_free(struct fx_arena *a)
{
	struct fx_chunk *next;

	for (struct fx_chunk *c = a->first; c; c = next) {
		next = c->next;
		free(c);
	}
	*a = (struct fx_arena){0};
}

char *fx_buf_room(struct fx_buf *b, size_t n)
{
	size_t max = b->max ? b->max : BUF_MAX;

	if (b->over || b->n > max || n > max - b->n) {
		b->over = true;
		return NULL;
	}
	if (n > b->cap - b->n) {
		size_t cap = b->cap ? b->cap : 256;

		while (cap - b->n < n)
			cap *= 2;
		if (cap > max)
			cap = max;
		b->p = fx_realloc(b->p, cap, 1);
		b->cap = cap;
	}
	return b->p + b->n;
}

int fx_buf_fmt(struct fx_buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;
	char *to;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	to = n < 0 ? NULL : fx_buf_room(b, (size_t)n + 1);
	if (to) {
		vsnprintf(to, (size_t)n + 1, fmt, again);
		b->n += (size_t)n;
	}
	va_end(again);
	return to ? 0 : -1;
}

struct fx_str fx_buf_view(const struct fx_buf *b)
{
	return (struct fx_str){b->p ? b->p : "", b->n};
}

void fx_buf_reset(struct fx_buf *b)
{
	b->n = 0;
	b->over = false;
}

void fx_buf_free(struct fx_buf *b)
{
	free(b->p);
	*b = (struct fx_buf){.max = b->max};
}
