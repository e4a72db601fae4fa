/*
 * The dashboard: one HTML file that needs nothing but itself.
 */
#ifndef FX_REPORT_BOARD_H
#define FX_REPORT_BOARD_H

#include "report/canary.h"
#include "report/figures.h"

/* Orders that the page can show whole: the open ones that are latest, the closed ones that
 * ended last.  No customer's data unless it is asked for: ids, owners, times. */
#define FX_BOARD_OPEN 1200
#define FX_BOARD_CLOSED 400
#define FX_BOARD_QUEUE 15 /* open exceptions, those whose next step is due first */
#define FX_BOARD_CANARIES 4

struct fx_board_order {
	fx_time key; /* the smaller the sooner it is shown */
	char *json;
	size_t n;
};

struct fx_board_list {
	struct fx_board_order *v;
	size_t n, limit;
	fx_time worst; /* nothing with a larger key is shown; INT64_MAX until that is known */
	uint64_t seen;
};

struct fx_board_exception {
	fx_time due, opened; /* due: of the next step; FX_TIME_NONE: none */
	struct fx_str order, failure, owner;
	unsigned step;
};

struct fx_board {
	struct fx_board_list open, closed;
	struct fx_board_exception queue[FX_BOARD_QUEUE];
	size_t nqueue;
	uint64_t nopen; /* exceptions */
	fx_time now;
	struct fx_due_clock *clock; /* the caller's: that of the figures which feed it */
	/* The caller's, before fx_render_html: the figures of the period before, ended, or NULL;
	 * rules with two versions at work, ended. */
	struct fx_figures *before;
	struct fx_canary canary[FX_BOARD_CANARIES];
	size_t ncanary;
	/* private */
	bool with_customer;
	struct fx_map customers; /* order -> what its records call the customer */
	struct fx_arena arena;
};

/* with_customer: keep names and e-mail addresses, of every order (memory grows with them). */
void fx_board_init(struct fx_board *b, fx_time now, bool with_customer);
/* For fx_figures_opt.on_entry, with the board as its user. */
void fx_board_entry(void *board, const struct fx_tape *t);
/* For fx_figures_opt.on_order, with the board as its user. */
void fx_board_order(void *board, const struct fx_order *o);
void fx_board_free(struct fx_board *b);
void fx_board_sort(struct fx_board *b); /* and cut to the limits; before reading */

/* The groupings that the page wants of its figures, in this order. */
#define FX_BOARD_BY 4
extern const char *const fx_board_by[FX_BOARD_BY];

/* Append the page.  f was made with fx_board_by, and ended. */
void fx_render_html(struct fx_figures *f, struct fx_board *b, struct fx_buf *out);

/* The page's fixed parts, each ended by NULL (board_parts.c). */
extern const char *const fx_board_css[], *const fx_board_js[];

#endif
