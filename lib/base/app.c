#include "base/app.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_OPTS 64

/* What the common options are parsed into, before defaults. */
struct common {
	const char *home, *registry, *key, *now;
	struct fx_list ledgers;
	bool help, version, progress, no_progress;
};

static size_t common_opts(struct fx_app *app, struct common *c, struct fx_opt *out)
{
	const struct row {
		unsigned needs;
		struct fx_opt opt;
	} rows[] = {
	    {FX_HAS_REGISTRY, {'r', "registry", FX_OPT_TEXT, &c->registry, "DIR",
			       "the registry (default: HOME/rules.d)"}},
	    {FX_HAS_LEDGER, {'l', "ledger", FX_OPT_LIST, &c->ledgers, "DIR",
			     "the ledger (default: HOME/ledger)"}},
	    {FX_HAS_KEY, {'k', "key", FX_OPT_TEXT, &c->key, "FILE",
			  "the signing key (default: $FX_KEY, else HOME/key)"}},
	    {FX_HAS_NOW, {0, "now", FX_OPT_TEXT, &c->now, "TIME",
			  "take this as the present (RFC 3339, 7d, yesterday, +1h)"}},
	    {FX_HAS_REJECTS, {0, "rejects", FX_OPT_TEXT, &app->rejects, "FILE",
			      "append what is refused here (default: $FX_REJECTS)"}},
	    {FX_HAS_STREAM, {0, "stats", FX_OPT_TEXT, &app->stats, "FILE",
			     "append the counts as one JSON object"}},
	    {FX_HAS_STREAM, {0, "progress", FX_OPT_FLAG, &c->progress, NULL,
			     "show progress (default: on a terminal, reading files)"}},
	    {FX_HAS_STREAM, {0, "no-progress", FX_OPT_FLAG, &c->no_progress, NULL,
			     "never show it"}},
	    {FX_HAS_STREAM, {'u', "unbuffered", FX_OPT_FLAG, &app->unbuffered, NULL,
			     "flush after every record"}},
	    {FX_HAS_STREAM, {'q', "quiet", FX_OPT_FLAG, &app->quiet, NULL,
			     "write no records to standard output"}},
	    {0, {'C', "home", FX_OPT_TEXT, &c->home, "DIR",
		 "the shop's home (default: $FX_HOME, else .)"}},
	    {0, {'h', "help", FX_OPT_FLAG, &c->help, NULL, "show this and leave"}},
	    {0, {'V', "version", FX_OPT_FLAG, &c->version, NULL, "show the version and leave"}},
	};
	size_t n = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if ((rows[i].needs & app->has) == rows[i].needs)
			out[n++] = rows[i].opt;
	return n;
}

static void print_opts(const struct fx_opt *o, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char left[64], brief[8] = "    ";

		if (o[i].brief)
			snprintf(brief, sizeof(brief), "-%c, ", o[i].brief);
		snprintf(left, sizeof(left), "%s--%s%s%s", brief, o[i].name, o[i].arg ? " " : "",
			 o[i].arg ? o[i].arg : "");
		printf("  %-26s  %s\n", left, o[i].help);
	}
}

static int print_help(const struct fx_app *app, const struct fx_opt *own, size_t nown,
		      const struct fx_opt *common, size_t ncommon)
{
	printf("usage: %s %s\n%s.\n", app->name, app->synopsis, app->summary);
	if (nown) {
		printf("\n");
		print_opts(own, nown);
	}
	printf("\ncommon options:\n");
	print_opts(common, ncommon);
	printf("\nexample:\n");
	for (const char *p = app->example; p && *p;) {
		size_t n = strcspn(p, "\n");

		printf("  %.*s\n", (int)n, p);
		p += n + (p[n] == '\n');
	}
	printf("\nSee %s(1), fx(7).\n", app->name);
	return fflush(stdout) == 0 ? FX_EXIT_OK : FX_EXIT_FATAL;
}

static int take_option(struct fx_app *app, const struct fx_opt *o, const char *arg)
{
	struct fx_list *list;
	uint64_t v;

	switch (o->kind) {
	case FX_OPT_FLAG:
		*(bool *)o->to = true;
		return 0;
	case FX_OPT_TEXT:
		*(const char **)o->to = arg;
		return 0;
	case FX_OPT_UINT:
		if (fx_str_u64(fx_str(arg), &v)) {
			fx_app_warn(app, "--%s takes a whole number, not '%s'", o->name, arg);
			return -1;
		}
		*(uint64_t *)o->to = v;
		return 0;
	case FX_OPT_LIST:
		list = o->to;
		if (list->n % 8 == 0) {
			const char **grown = FX_NEWV(&app->arena, const char *, list->n + 8);

			if (list->n)
				memcpy(grown, list->v, list->n * sizeof(*grown));
			list->v = grown;
		}
		list->v[list->n++] = arg;
		return 0;
	}
	return -1;
}

/* 0, or -1 after usage was said. */
static int parse(struct fx_app *app, int argc, char **argv, const struct fx_opt *all, size_t n)
{
	struct option longs[MAX_OPTS + 1] = {{0}};
	char shorts[2 * MAX_OPTS + 2] = ":", *s = shorts + 1;
	int ch;

	for (size_t i = 0; i < n; i++) {
		longs[i] = (struct option){all[i].name, all[i].arg ? required_argument : no_argument,
					   NULL, 256 + (int)i};
		if (all[i].brief) {
			*s++ = all[i].brief;
			if (all[i].arg)
				*s++ = ':';
		}
	}
	opterr = 0;
	optind = 1;
	while ((ch = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct fx_opt *o = NULL;

		if (ch == ':' || ch == '?') {
			const char *arg = argv[optind - 1];
			size_t len = strcspn(arg, "=");
			struct fx_str names[MAX_OPTS];
			int near;

			for (size_t i = 0; i < n; i++)
				names[i] = fx_str(all[i].name);
			near = strncmp(arg, "--", 2) == 0 && ch == '?'
				   ? fx_str_nearest((struct fx_str){arg + 2, len - 2}, names, n)
				   : -1;
			if (ch == ':')
				fx_app_warn(app, "%s needs an argument", arg);
			else if (near >= 0)
				fx_app_warn(app, "no option %s; did you mean --%s?", arg, all[near].name);
			else if (optopt && optopt < 256)
				fx_app_warn(app, "no option -%c; try %s --help", optopt, app->name);
			else
				fx_app_warn(app, "no option %s; try %s --help", arg, app->name);
			return -1;
		}
		for (size_t i = 0; i < n && !o; i++)
			if (ch == 256 + (int)i || ch == all[i].brief)
				o = &all[i];
		if (!o || take_option(app, o, optarg))
			return -1;
	}
	app->files = argv + optind;
	app->nfiles = argc - optind;
	return 0;
}

static const char *env(const char *name)
{
	const char *v = getenv(name);

	return v && *v ? v : NULL;
}

static const char *under(struct fx_app *app, const char *leaf)
{
	if (strcmp(app->home, ".") == 0)
		return leaf;
	return fx_arena_fmt(&app->arena, "%s/%s", app->home, leaf).p;
}

static int defaults(struct fx_app *app, const struct common *c)
{
	struct fx_err err;

	app->home = c->home ? c->home : env("FX_HOME") ? env("FX_HOME") : ".";
	app->registry = c->registry ? c->registry : under(app, "rules.d");
	app->key = c->key ? c->key : env("FX_KEY") ? env("FX_KEY") : under(app, "key");
	app->ledgers = c->ledgers;
	if (app->ledgers.n == 0) {
		app->ledgers.v = FX_NEW(&app->arena, const char *);
		app->ledgers.v[0] = under(app, "ledger");
		app->ledgers.n = 1;
	}
	app->ledger = app->ledgers.v[0];
	if (app->ledgers.n > 1 && app->has & FX_ONE_LEDGER) {
		fx_app_warn(app, "-l: it takes one ledger, not several");
		return -1;
	}
	if (!app->rejects && app->has & FX_HAS_REJECTS)
		app->rejects = env("FX_REJECTS");
	app->now = fx_time_clock();
	app->started = app->now;
	app->now_given = c->now != NULL;
	if (c->now && strcmp(c->now, "record") == 0) {
		app->now_record = true;
	} else if (c->now && fx_time_arg(fx_str(c->now), app->now, &app->now, &err)) {
		fx_app_warn(app, "--now: %s", err.msg);
		return -1;
	}
	return 0;
}

/* Every descriptor 0-2 must be open, or a file opened later would be written as "stdout". */
static void hold_std_fds(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY); /* a closed stdout must fail, not swallow */
	while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

int fx_app_start(struct fx_app *app, int argc, char **argv)
{
	struct common c = {0};
	struct fx_opt all[MAX_OPTS];
	size_t own = 0, n;

	hold_std_fds();
	signal(SIGPIPE, SIG_IGN); /* a closed pipe is a failed write: said, and exit 2 */
	app->rejects_fd = -1;
	while (app->opts && app->opts[own].name && own < MAX_OPTS / 2) {
		all[own] = app->opts[own];
		own++;
	}
	n = own + common_opts(app, &c, all + own);
	if (parse(app, argc, argv, all, n))
		return FX_EXIT_FATAL;
	if (c.help)
		return print_help(app, all, own, all + own, n - own);
	if (c.version) {
		printf("%s (fx) %s\n", app->name, FX_VERSION);
		return fflush(stdout) == 0 ? FX_EXIT_OK : FX_EXIT_FATAL;
	}
	if (defaults(app, &c)) {
		fx_arena_free(&app->arena);
		return FX_EXIT_FATAL;
	}
	fx_in_init(&app->in, app->files, app->nfiles);
	fx_out_init(&app->out, 1, app->quiet);
	app->progress = !c.no_progress && app->has & FX_HAS_STREAM &&
			(c.progress || (isatty(2) && app->in.total > 0 && !isatty(1)));
	return -1;
}

static void draw_progress(struct fx_app *app, fx_time now)
{
	double s = (double)(now - app->started) / 1e6, mb = (double)app->in.bytes / 1e6;
	double rate = s > 0 ? mb / s : 0;
	char eta[FX_TIME_LEN] = "";

	if (app->in.total && rate > 0) {
		fx_dur_format((fx_time)(((double)app->in.total / 1e6 - mb) / rate * 1e6), eta);
		fprintf(stderr, "\r%s: %.0f of %.0f MB, %.0f MB/s, %s left  ", app->name, mb,
			(double)app->in.total / 1e6, rate, eta);
	} else {
		fprintf(stderr, "\r%s: %.0f MB, %.0f MB/s  ", app->name, mb, rate);
	}
}

void fx_app_tick(struct fx_app *app)
{
	fx_time now;

	if (app->unbuffered)
		fx_out_flush(&app->out);
	if (!app->progress)
		return;
	now = fx_time_clock();
	if (now - app->progress_at < FX_SEC / 5)
		return;
	app->progress_at = now;
	draw_progress(app, now);
}

static int append_stats(struct fx_app *app, const struct fx_count *counts)
{
	struct fx_buf b = {0};
	char at[FX_TIME_LEN];
	int fd, r;

	fx_time_format(app->started, at);
	fx_buf_fmt(&b, "{\"command\":\"%s\",\"at\":\"%s\",\"ms\":%lld", app->name, at,
		   (long long)((fx_time_clock() - app->started) / 1000));
	for (; counts && counts->name; counts++)
		fx_buf_fmt(&b, ",\"%s\":%llu", counts->name, (unsigned long long)counts->n);
	fx_buf_z(&b, "}\n");
	fd = open(app->stats, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	r = fd < 0 ? -1 : fx_write_all(fd, b.p, b.n);
	if (fd >= 0 && close(fd) != 0)
		r = -1;
	if (r)
		fx_app_warn(app, "%s: %s", app->stats, strerror(errno));
	fx_buf_free(&b);
	return r;
}

int fx_app_end(struct fx_app *app, const struct fx_count *counts)
{
	int status = app->exit;

	if (fx_out_flush(&app->out)) {
		fx_app_warn(app, "%s", app->out.err.msg);
		status = FX_EXIT_FATAL;
	}
	if (app->progress) {
		draw_progress(app, fx_time_clock());
		fputc('\n', stderr);
	}
	if (app->rejects_fd >= 0 && close(app->rejects_fd) != 0) {
		fx_app_warn(app, "%s: %s", app->rejects, strerror(errno));
		status = FX_EXIT_FATAL;
	}
	/* Counts come last, so that they exist only for a run whose output went out. */
	if (app->stats && append_stats(app, counts))
		status = FX_EXIT_FATAL;
	/* NFS and pipes to a full disk report at close. */
	if (close(1) != 0 && errno != EBADF && !app->out.failed) {
		fx_app_warn(app, "standard output: %s", strerror(errno));
		status = FX_EXIT_FATAL;
	}
	fx_in_close(&app->in);
	fx_out_free(&app->out);
	fx_arena_free(&app->arena);
	return status;
}

static void warn(const struct fx_app *app, const char *place, const char *fmt, va_list ap)
{
	char msg[1200], clean[1400];
	size_t n = 0;

	vsnprintf(msg, sizeof(msg), fmt, ap);
	/* A hostile record must not drive the terminal. */
	for (const char *p = msg; *p && n < sizeof(clean) - 2; p++)
		clean[n++] = (unsigned char)*p < 32 || *p == 127 ? '?' : *p;
	clean[n] = '\0';
	fprintf(stderr, "%s%s: %s%s\n", app->progress ? "\r" : "", app->name, place, clean);
}

void fx_app_warn(const struct fx_app *app, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	warn(app, "", fmt, ap);
	va_end(ap);
}

void fx_app_warn_line(const struct fx_app *app, const char *fmt, ...)
{
	char place[400];
	va_list ap;

	snprintf(place, sizeof(place), "%.360s:%llu: ", app->in.name,
		 (unsigned long long)app->in.line);
	va_start(ap, fmt);
	warn(app, place, fmt, ap);
	va_end(ap);
}

int fx_app_fatal(struct fx_app *app, const struct fx_err *err)
{
	char text[1200];

	fx_app_warn(app, "%s", fx_err_text(err, text, sizeof(text)));
	app->exit = FX_EXIT_FATAL;
	return FX_EXIT_FATAL;
}

void fx_app_errs(const struct fx_app *app, const struct fx_errs *errs)
{
	char text[1200];

	for (size_t i = 0; i < errs->n; i++)
		fx_app_warn(app, "%s", fx_err_text(&errs->v[i], text, sizeof(text)));
	if (errs->dropped)
		fx_app_warn(app, "and %zu more", errs->dropped);
}

int fx_app_reject_line(struct fx_app *app, struct fx_str line, struct fx_err *err)
{
	struct fx_buf b = {.max = 2 * FX_LINE_MAX};
	int r;

	if (!app->rejects)
		return 0;
	if (app->rejects_fd < 0)
		app->rejects_fd =
		    open(app->rejects, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (app->rejects_fd < 0)
		return fx_fail_errno(err, "%s", app->rejects);
	/* One write, so that lines of stages that share the file do not mix. */
	fx_buf_str(&b, line);
	fx_buf_byte(&b, '\n');
	r = b.over ? fx_fail(err, FX_ELIMIT, "%s: a rejected record is too large", app->rejects)
		   : fx_write_all(app->rejects_fd, b.p, b.n) == 0
			 ? 1
			 : fx_fail_errno(err, "%s", app->rejects);
	fx_buf_free(&b);
	return r;
}

bool fx_app_color(int fd)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fd) && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

size_t fx_app_width(int fd)
{
	struct winsize w;

	return isatty(fd) && ioctl(fd, TIOCGWINSZ, &w) == 0 ? w.ws_col : 0;
}

bool fx_app_utf8(void)
{
	locale_t l = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool utf8 = l && strcmp(nl_langinfo_l(CODESET, l), "UTF-8") == 0;

	if (l)
		freelocale(l);
	return utf8;
}
