/*
 * A terminal that is drawn on again and again: the alternate screen, keys as they are pressed.
 *
 * Signals that would end the process or say that the size changed are held back and asked for, so
 * that the terminal is always given back as it was.
 */
#ifndef FX_BASE_SCREEN_H
#define FX_BASE_SCREEN_H

#include <signal.h>
#include <termios.h>

#include "base/err.h"
#include "base/mem.h"

struct fx_screen {
	struct termios was;
	sigset_t masked, held; /* before, and what fx_screen_wait asks for */
};

/* -1 when standard input or output is no terminal. */
int fx_screen_start(struct fx_screen *s, struct fx_err *err);
/* Give the terminal back. */
void fx_screen_end(struct fx_screen *s);
/*
 * Draw lines from the top, each cut at the right edge (escape sequences take no room), all that do
 * not fit left out; `status` in the last line.  -1: the terminal is gone.
 */
int fx_screen_draw(struct fx_str lines, struct fx_str status);
/* Wait up to ms: false when a person or a signal asks for the end (q, Ctrl-C, end of input), true
 * else; at once when the size changed or another key was pressed. */
bool fx_screen_wait(struct fx_screen *s, unsigned ms);
/* Columns and lines of standard output's terminal, at least 1 each; 80 by 24 when it does not say.
 */
void fx_screen_size(size_t *columns, size_t *lines);

#endif
