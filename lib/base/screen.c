#include "base/screen.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/stream.h"

#define ENTER "\033[?1049h\033[?25l" /* the alternate screen, no cursor */
#define LEAVE "\033[?25h\033[?1049l"
#define SLICE 100 /* ms: how long a signal may go unseen */

static int put(const char *z)
{
	struct fx_str s = fx_str(z);

	return fx_write_all(STDOUT_FILENO, s.p, s.n);
}

int fx_screen_start(struct fx_screen *s, struct fx_err *err)
{
	struct termios raw;

	if (!isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &s->was) != 0)
		return fx_fail(err, FX_EUSAGE, "standard input and output must be a terminal");
	sigemptyset(&s->held);
	sigaddset(&s->held, SIGINT);
	sigaddset(&s->held, SIGTERM);
	sigaddset(&s->held, SIGHUP);
	sigaddset(&s->held, SIGWINCH);
	sigprocmask(SIG_BLOCK, &s->held, &s->masked);
	raw = s->was;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) != 0 || put(ENTER) != 0) {
		fx_fail_errno(err, "the terminal");
		fx_screen_end(s);
		return -1;
	}
	return 0;
}

void fx_screen_end(struct fx_screen *s)
{
	put(LEAVE);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &s->was);
	sigprocmask(SIG_SETMASK, &s->masked, NULL);
}

void fx_screen_size(size_t *columns, size_t *lines)
{
	struct winsize w;

	*columns = 80;
	*lines = 24;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0)
		return;
	if (w.ws_col)
		*columns = w.ws_col;
	if (w.ws_row)
		*lines = w.ws_row;
}

/* Up to `columns` characters; a cut inside of colour ends it. */
static void add_cut(struct fx_buf *b, struct fx_str line, size_t columns)
{
	size_t shown = 0;
	bool escape = false;

	for (size_t i = 0; i < line.n; i++) {
		unsigned char c = (unsigned char)line.p[i];

		if (c == '\033')
			escape = true;
		if (!escape && (c & 0xc0) != 0x80 && ++shown > columns) {
			fx_buf_z(b, "\033[0m");
			break;
		}
		fx_buf_byte(b, (char)c);
		if (escape && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
			escape = false;
	}
	fx_buf_z(b, "\033[K\r\n");
}

int fx_screen_draw(struct fx_str lines, struct fx_str status)
{
	struct fx_buf b = {0};
	size_t columns, height;
	int r;

	fx_screen_size(&columns, &height);
	fx_buf_z(&b, "\033[H");
	for (size_t i = 0; i + 1 < height && lines.n; i++) {
		size_t n = fx_str_find(lines, '\n');

		add_cut(&b, (struct fx_str){lines.p, n}, columns);
		n = n < lines.n ? n + 1 : n;
		lines = (struct fx_str){lines.p + n, lines.n - n};
	}
	fx_buf_fmt(&b, "\033[J\033[%zu;1H", height);
	add_cut(&b, status, columns);
	b.n -= 2; /* no line behind the last */
	r = fx_write_all(STDOUT_FILENO, b.p, b.n);
	fx_buf_free(&b);
	return r;
}

/* A signal that came, or 0. */
static int signalled(struct fx_screen *s)
{
	sigset_t pending;
	int which;

	sigpending(&pending);
	for (int k = 0; k < 4; k++) {
		static const int held[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH};

		if (sigismember(&pending, held[k]) && sigwait(&s->held, &which) == 0)
			return which;
	}
	return 0;
}

bool fx_screen_wait(struct fx_screen *s, unsigned ms)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};

	for (unsigned waited = 0; waited < ms; waited += SLICE) {
		int ready = poll(&in, 1, SLICE), which = signalled(s);
		char key;

		if (which)
			return which == SIGWINCH;
		if (ready <= 0)
			continue;
		if (read(STDIN_FILENO, &key, 1) != 1)
			return false;
		return key != 'q' && key != 'Q' && key != 3 && key != 4;
	}
	return true;
}
