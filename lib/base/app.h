/*
 * What every command has in common: its option table, help, the shop's home,
 * input, output, counts, diagnostics and exit code.
 */
#ifndef FX_BASE_APP_H
#define FX_BASE_APP_H

#include "base/err.h"
#include "base/stream.h"
#include "base/time.h"

#define FX_VERSION "0.1.0"

/* Exit codes (design, section 3). */
enum { FX_EXIT_OK = 0, FX_EXIT_DIRTY = 1, FX_EXIT_FATAL = 2 };

enum fx_opt_kind {
	FX_OPT_FLAG, /* bool *: true when given */
	FX_OPT_TEXT, /* const char **: the argument */
	FX_OPT_LIST, /* struct fx_list *: each argument in turn */
	FX_OPT_UINT  /* uint64_t *: decimal */
};

struct fx_list {
	const char **v;
	size_t n;
};

/* One row of a command's option table: parser, --help and completion come from it. */
struct fx_opt {
	char brief;       /* 0: none */
	const char *name; /* long name, without dashes; NULL ends a table */
	enum fx_opt_kind kind;
	void *to;
	const char *arg;  /* placeholder, e.g. "FILE"; NULL for a flag */
	const char *help; /* one line */
};

/* Which of the common options a command has. */
enum {
	FX_HAS_REGISTRY = 1 << 0, /* -r, --registry DIR */
	FX_HAS_LEDGER = 1 << 1,   /* -l, --ledger DIR (a list: readers take shards) */
	FX_HAS_KEY = 1 << 2,      /* -k, --key FILE */
	FX_HAS_NOW = 1 << 3,      /* --now TIME|record */
	FX_HAS_REJECTS = 1 << 4,  /* --rejects FILE */
	FX_HAS_STREAM = 1 << 5,   /* --stats, --progress, -u, -q */
	FX_ONE_LEDGER = 1 << 6    /* with FX_HAS_LEDGER: several are refused */
};

struct fx_count {
	const char *name;
	uint64_t n;
};

struct fx_app {
	/* set by the command before fx_app_start */
	const char *name;       /* "fx-route" */
	const char *synopsis;   /* "[options] [FILE ...]" */
	const char *summary;    /* one line */
	const char *example;    /* one or two lines of shell */
	const struct fx_opt *opts;
	unsigned has;           /* FX_HAS_* */
	/* set by fx_app_start */
	const char *home;       /* -C, $FX_HOME, "." */
	const char *registry;   /* -r, else HOME/rules.d */
	const char *ledger;     /* the first -l, else HOME/ledger */
	struct fx_list ledgers; /* all of them; at least one */
	const char *key;        /* -k, $FX_KEY, else HOME/key */
	fx_time now;            /* --now or the clock, read once */
	bool now_given, now_record; /* --now record: each record's own `at` */
	const char *stats, *rejects; /* paths or NULL */
	bool quiet, unbuffered, progress;
	char **files;           /* operands */
	int nfiles;
	struct fx_arena arena;  /* for the run */
	struct fx_in in;        /* over the operands, when FX_HAS_STREAM */
	struct fx_out out;      /* standard output (discarding under -q) */
	int exit;               /* what fx_app_end returns, unless worse happens */
	/* private */
	fx_time progress_at, started;
	int rejects_fd;
};

/*
 * Parse the command line and open input and output.  Returns -1 to go on, else
 * the exit status (--help, --version: 0; usage: 2, said on stderr).
 */
int fx_app_start(struct fx_app *app, int argc, char **argv);
/* Call once per record or pause: draws --progress at most five times a second. */
void fx_app_tick(struct fx_app *app);
/*
 * Flush output, append --stats (counts ended by a NULL name; with "command",
 * "at", "ms" added), release everything.  Returns the exit status:
 * app->exit, or 2 when a write failed.
 */
int fx_app_end(struct fx_app *app, const struct fx_count *counts);
/* "fx-route: orders.ndjson:12: message" for the record at hand. */
void fx_app_warn_line(const struct fx_app *app, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* "fx-route: message". */
void fx_app_warn(const struct fx_app *app, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* "fx-route: file:line:col: message" and, when err is fatal to the run, return FX_EXIT_FATAL. */
int fx_app_fatal(struct fx_app *app, const struct fx_err *err);
void fx_app_errs(const struct fx_app *app, const struct fx_errs *errs);
/*
 * Append one whole line to the --rejects file (else $FX_REJECTS) by one write(2)
 * (O_APPEND: stages share the file).  1: written; 0: no such file was asked for,
 * so the caller says each error on stderr and sets app->exit to
 * FX_EXIT_DIRTY; -1: failed, err.
 */
int fx_app_reject_line(struct fx_app *app, struct fx_str line, struct fx_err *err);
/* True when fd is a terminal and NO_COLOR is unset. */
bool fx_app_color(int fd);
/* Columns of the terminal that fd is; 0 when it is none. */
size_t fx_app_width(int fd);
/* True when the locale of the environment says that texts are UTF-8. */
bool fx_app_utf8(void);

#endif
