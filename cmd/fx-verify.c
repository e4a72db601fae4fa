/* fx-verify: pass on what the ledger vouches for, say what it does not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/app.h"
#include "json/tape.h"
#include "ledger/check.h"
#include "ledger/monitor.h"
#include "ledger/replay.h"

struct counts {
	uint64_t in, vouched, rewritten, forged, unknown;
};

struct verify {
	struct fx_app *app;
	struct fx_ledger **ledger; /* shards */
	size_t nledger;
	struct fx_vkey vkey[FX_VKEYS_MAX];
	size_t nvkey;
	bool offline; /* by vkey and audit_proof alone */
	struct fx_witness *witness;
	struct fx_tape tape;
	struct fx_arena arena;
	struct counts n;
	struct fx_err *err;
};

/* The shard whose name the token bears; the first where none does. */
static struct fx_ledger *shard(const struct verify *v, struct fx_str token)
{
	unsigned char leaf[FX_SHA256_LEN];
	struct fx_str origin;
	uint64_t index;

	if (fx_token_parse(token, &origin, &index, leaf) == 0)
		for (size_t i = 0; i < v->nledger; i++)
			if (fx_str_eq(fx_ledger_origin(v->ledger[i]), origin))
				return v->ledger[i];
	return v->ledger[0];
}

/* By its token, or in each shard by its ids. */
static int vouch_record(struct verify *v, uint64_t *index, struct fx_err *why)
{
	struct fx_str token;
	int r;

	if (v->offline)
		return (int)fx_vouch_proof(v->witness, &v->tape, v->vkey, v->nvkey, index, why);
	fx_arena_reset(&v->arena);
	token = fx_tape_get_str(&v->tape, 0, FX_STR("audit_token"), &v->arena);
	if (token.p)
		return fx_vouch_record(shard(v, token), v->witness, &v->tape, index, why, v->err);
	for (size_t i = 0; i < v->nledger; i++) {
		r = fx_vouch_record(v->ledger[i], v->witness, &v->tape, index, why, v->err);
		if (r != FX_UNKNOWN)
			return r;
	}
	return FX_UNKNOWN;
}

static int vouch(struct verify *v, struct fx_str line, uint64_t *index, struct fx_err *why)
{
	struct fx_str s = fx_str_trim(line);

	if (s.n && s.p[0] != '{' && !v->offline)
		return fx_vouch_token(shard(v, s), v->witness, s, index, why, v->err);
	if (fx_tape_read(&v->tape, line, why))
		return FX_UNKNOWN;
	return vouch_record(v, index, why);
}

/* operand: the line is a token of the command line, no file's. */
static int one(struct verify *v, struct fx_str line, bool operand)
{
	struct fx_err why = {0};
	uint64_t index = 0;
	int r = vouch(v, line, &index, &why);

	v->n.in++;
	switch (r) {
	case FX_VOUCHED_VALUE:
		v->n.rewritten++;
		/* fallthrough */
	case FX_VOUCHED:
		v->n.vouched++;
		fx_out_line(&v->app->out, line);
		return 0;
	case FX_FORGED:
		v->n.forged++;
		break;
	case FX_UNKNOWN:
		v->n.unknown++;
		break;
	default:
		return -1;
	}
	if (operand)
		fx_app_warn(v->app, "%.*s: %s", FX_FMT(line), why.msg);
	else
		fx_app_warn_line(v->app, "%s", why.msg);
	v->app->exit = FX_EXIT_DIRTY;
	return 0;
}

/* ORIGIN/INDEX#HASH, the hash perhaps cut: a file of such a name is given as ./NAME. */
static bool is_token(const char *operand)
{
	struct fx_str s = fx_str(operand);
	size_t hash = fx_str_find(s, '#'), i = hash;

	while (i > 0 && s.p[i - 1] >= '0' && s.p[i - 1] <= '9')
		i--;
	return hash < s.n && i < hash && i > 1 && s.p[i - 1] == '/' && s.p[0] != '.' && s.p[0] != '/';
}

/* The tokens among the operands; what is left are files. */
static int run_tokens(struct verify *v)
{
	struct fx_app *app = v->app;
	int files = 0;

	for (int i = 0; i < app->nfiles; i++) {
		if (!is_token(app->files[i]))
			app->files[files++] = app->files[i];
		else if (one(v, fx_str(app->files[i]), true))
			return -1;
	}
	app->nfiles = files;
	fx_in_close(&app->in);
	fx_in_init(&app->in, app->files, files);
	return 0;
}

static int run(struct verify *v)
{
	struct fx_app *app = v->app;
	struct fx_str line;
	int operands = app->nfiles;

	if (!v->offline && run_tokens(v))
		return -1;
	if (operands && !app->nfiles)
		return 0;
	for (enum fx_in_what what; (what = fx_in_next(&app->in, &line)) != FX_IN_END;) {
		switch (what) {
		case FX_IN_LINE:
			if (one(v, line, false))
				return -1;
			break;
		case FX_IN_LONG:
			v->n.in++;
			v->n.unknown++;
			fx_app_warn_line(app, "a line over %zu MiB is no record", FX_LINE_MAX >> 20);
			app->exit = FX_EXIT_DIRTY;
			break;
		case FX_IN_PAUSE:
			fx_out_flush(&app->out);
			break;
		default:
			*v->err = app->in.err;
			return -1;
		}
		if (app->out.failed)
			return 0; /* fx_app_end says why */
		fx_app_tick(app);
	}
	if (v->n.rewritten)
		fx_app_warn(app, "%llu of %llu records are the ledger's by value, not byte for byte: "
			    "another system wrote them anew", (unsigned long long)v->n.rewritten,
			    (unsigned long long)v->n.in);
	return 0;
}

static void say(void *arg, const struct fx_finding *f)
{
	const struct verify *v = arg;

	if (f->entry == UINT64_MAX)
		fx_app_warn(v->app, "%s", f->text);
	else
		fx_app_warn(v->app, "entry %llu: %s", (unsigned long long)f->entry, f->text);
	v->app->exit = FX_EXIT_DIRTY;
}

/* Which of a ledger's keys signed how many entries. */
static void spans(struct verify *v, const struct fx_ledger *l)
{
	uint64_t from = 0, end;

	for (size_t i = 0; i < fx_ledger_key_count(l); i++, from = end) {
		const struct fx_vkey *key = fx_ledger_key(l, i, &end);

		fx_out_line(&v->app->out,
			    fx_arena_fmt(&v->arena, "%s+%08x: signed %llu entries from %llu on", key->name,
					 key->id, (unsigned long long)(end > from ? end - from : 0),
					 (unsigned long long)from));
	}
}

static int all(struct verify *v)
{
	for (size_t i = 0; i < v->nledger; i++) {
		struct fx_ledger *l = v->ledger[i];
		struct fx_check c = {.say = say, .arg = v};
		struct fx_str origin = fx_ledger_origin(l);

		if (fx_check_all(l, &c, v->err))
			return -1;
		v->n.in += c.entries;
		v->n.vouched += c.faults ? 0 : c.entries;
		if (c.beyond)
			fx_app_warn(v->app, "%s: %llu lines beyond the checkpoint: a writer is at work, or "
				    "was killed", fx_ledger_dir(l), (unsigned long long)c.beyond);
		if (c.lag)
			fx_app_warn(v->app, "%s/index lacks %llu entries: it is derived, the next writer makes "
				    "it up from them", fx_ledger_dir(l), (unsigned long long)c.lag);
		fx_out_line(&v->app->out,
			    fx_arena_fmt(&v->arena, "%.*s: %llu entries, %llu erased, %llu faults",
					 FX_FMT(origin), (unsigned long long)c.entries,
					 (unsigned long long)c.erased, (unsigned long long)c.faults));
		if (fx_ledger_key_count(l) > 1)
			spans(v, l);
	}
	return 0;
}

static int replay(struct verify *v)
{
	for (size_t i = 0; i < v->nledger; i++) {
		struct fx_replay r = {.say = say, .arg = v};

		if (fx_replay(v->ledger[i], &r, v->err))
			return -1;
		v->n.in += r.decisions;
		v->n.vouched += r.same;
		fx_out_line(&v->app->out,
			    fx_arena_fmt(&v->arena,
					 "%.*s: %llu decisions taken again, %llu came out otherwise%s",
					 FX_FMT(fx_ledger_origin(v->ledger[i])),
					 (unsigned long long)r.decisions,
					 (unsigned long long)(r.decisions - r.same),
					 r.erased ? "; those of erased triggers were not" : ""));
	}
	return 0;
}

/* What --all does not: earlier checkpoints, a monitor's memory. */
struct watch {
	struct fx_list since;
	const char *follow, *cosign, *new_key;
};

static int judge(struct verify *v, int r, const struct fx_err *why)
{
	char text[1024];

	if (r == 0) {
		fx_app_warn(v->app, "%s", fx_err_text(why, text, sizeof(text)));
		v->app->exit = FX_EXIT_DIRTY;
	}
	return r < 0 ? -1 : 0;
}

static int since(struct verify *v, const char *file)
{
	struct fx_buf note = {0};
	struct fx_err why = {0};
	uint64_t size = 0;
	int r = fx_read_file(file, &note, FX_NOTE_MAX, v->err);

	if (r == 0) {
		r = fx_ledger_grown(v->ledger[0], fx_buf_view(&note), file, &size, &why, v->err);
		if (r == 1)
			fx_out_line(&v->app->out,
				    fx_arena_fmt(&v->arena, "%s: the first %llu of %llu entries are as they were",
						 file, (unsigned long long)size,
						 (unsigned long long)fx_ledger_size(v->ledger[0])));
		r = judge(v, r, &why);
	}
	fx_buf_free(&note);
	return r;
}

/* A monitor's turn: its memory, and its word for the checkpoint on standard output. */
static int follow(struct verify *v, const struct watch *w)
{
	struct fx_skey *key = NULL;
	struct fx_err why = {0};
	struct fx_buf note = {0};
	int r;

	if (w->cosign && !(key = fx_skey_load(w->cosign, v->err)))
		return -1;
	r = fx_ledger_watch(v->ledger[0], w->follow, key, &why, v->err);
	fx_skey_free(key);
	if (r == 1 && fx_read_file(w->follow, &note, FX_NOTE_MAX, v->err))
		r = -1;
	if (r == 1)
		fx_out_add(&v->app->out, fx_buf_view(&note));
	fx_buf_free(&note);
	return judge(v, r, &why);
}

static int watch(struct verify *v, const struct watch *w)
{
	if (v->nledger > 1)
		return fx_fail(v->err, FX_EUSAGE, "--since-checkpoint and --follow take one ledger");
	for (size_t i = 0; i < w->since.n; i++)
		if (since(v, w->since.v[i]))
			return -1;
	return w->follow ? follow(v, w) : 0;
}

static int new_key(struct verify *v, const struct watch *w)
{
	struct fx_skey *k = fx_skey_create(w->cosign, fx_str(w->new_key), FX_KEY_COSIGN, v->err);
	struct fx_buf text = {0};

	if (!k)
		return -1;
	fx_vkey_add(&text, fx_skey_public(k));
	fx_out_line(&v->app->out, fx_buf_view(&text));
	fx_buf_free(&text);
	fx_skey_free(k);
	return 0;
}

/* --vkey: the key itself, or a file that holds it, or several. */
static int read_vkey(struct verify *v, const char *arg)
{
	struct fx_buf text = {0};
	struct fx_err why;
	int r = 0;

	if (fx_vkeys_parse(fx_str(arg), v->vkey, &v->nvkey, &why) == 0)
		return 0;
	if (fx_read_file(arg, &text, FX_NOTE_MAX, v->err))
		r = -1;
	else if (fx_vkeys_parse(fx_buf_view(&text), v->vkey, &v->nvkey, &why))
		r = fx_fail_at(v->err, FX_ECONF, arg, 0, 0, "%s", why.msg);
	fx_buf_free(&text);
	return r;
}

static int open_ledgers(struct verify *v, bool pinned)
{
	const struct fx_list *dirs = &v->app->ledgers;

	v->ledger = fx_alloc(dirs->n, sizeof(struct fx_ledger *));
	for (size_t i = 0; i < dirs->n; i++) {
		v->ledger[i] = fx_ledger_open(dirs->v[i], v->err);
		if (!v->ledger[i])
			return -1;
		v->nledger++;
		if (pinned && !fx_ledger_trusts(v->ledger[i], v->vkey, v->nvkey))
			return fx_fail(v->err, FX_ELEDGER, "%s is not signed with a key that --vkey names",
				       dirs->v[i]);
	}
	return 0;
}

static void finish(struct verify *v)
{
	for (size_t i = 0; i < v->nledger; i++)
		fx_ledger_close(v->ledger[i]);
	free(v->ledger);
	fx_witness_free(v->witness);
	fx_tape_free(&v->tape);
	fx_arena_free(&v->arena);
}

static int usage(const struct fx_app *app, const struct watch *w, bool reads_ledger, bool proof,
		 const char *vkey, struct fx_err *err)
{
	if (proof && !vkey)
		return fx_fail(err, FX_EUSAGE, "--proof needs --vkey");
	if (proof && reads_ledger)
		return fx_fail(err, FX_EUSAGE, "--proof reads no ledger, the other options do");
	if (reads_ledger && app->nfiles)
		return fx_fail(err, FX_EUSAGE, "with this option no files are read, only the ledger");
	if (w->cosign && !w->follow && !w->new_key)
		return fx_fail(err, FX_EUSAGE, "--cosign needs --follow (or --new-key)");
	if (w->new_key && !w->cosign)
		return fx_fail(err, FX_EUSAGE, "--new-key needs --cosign FILE to write the key to");
	return 0;
}

int main(int argc, char **argv)
{
	const char *vkey = NULL;
	struct watch w = {0};
	bool whole = false, again = false, proof = false, watching;
	const struct fx_opt opts[] = {
	    {0, "all", FX_OPT_FLAG, &whole, NULL, "check the whole ledger"},
	    {0, "replay", FX_OPT_FLAG, &again, NULL,
	     "take every decision again, from the ledger alone"},
	    {0, "since-checkpoint", FX_OPT_LIST, &w.since, "FILE",
	     "check that the ledger has only grown since this checkpoint"},
	    {0, "follow", FX_OPT_TEXT, &w.follow, "FILE",
	     "the same, and keep the present checkpoint in FILE for the next time"},
	    {0, "cosign", FX_OPT_TEXT, &w.cosign, "FILE", "with --follow: cosign it with this key"},
	    {0, "new-key", FX_OPT_TEXT, &w.new_key, "NAME",
	     "make a cosigner's key (in --cosign FILE), print its verifier key and leave"},
	    {0, "proof", FX_OPT_FLAG, &proof, NULL,
	     "check each record's audit_proof with --vkey alone, without a ledger"},
	    {0, "vkey", FX_OPT_TEXT, &vkey, "KEY", "the ledger's verifier key, or a file that holds it"},
	    {0}};
	struct fx_app app = {
	    .name = "fx-verify",
	    .synopsis = "[options] [FILE | TOKEN ...]",
	    .summary = "Pass on the records and audit tokens that the ledger vouches for",
	    .example = "fx-verify signed.ndjson >vouched.ndjson\n"
		       "fx-verify --all",
	    .opts = opts,
	    .has = FX_HAS_LEDGER | FX_HAS_STREAM,
	};
	struct fx_err err = {0};
	struct verify v = {.app = &app, .err = &err};
	int r = fx_app_start(&app, argc, argv);

	if (r >= 0)
		return r;
	watching = w.since.n || w.follow;
	v.offline = proof;
	v.witness = fx_witness_new();
	r = usage(&app, &w, whole || again || watching || w.new_key, proof, vkey, &err);
	if (r == 0 && vkey)
		r = read_vkey(&v, vkey);
	if (r == 0 && !proof && !w.new_key)
		r = open_ledgers(&v, vkey != NULL);
	if (r == 0 && w.new_key)
		r = new_key(&v, &w);
	else if (r == 0 && !whole && !again && !watching)
		r = run(&v);
	if (r == 0 && watching)
		r = watch(&v, &w);
	if (r == 0 && whole)
		r = all(&v);
	if (r == 0 && again)
		r = replay(&v);
	if (r)
		fx_app_fatal(&app, &err);
	finish(&v);
	return fx_app_end(&app, (const struct fx_count[]){{"in", v.n.in},
							  {"vouched", v.n.vouched},
							  {"rewritten", v.n.rewritten},
							  {"forged", v.n.forged},
							  {"unknown", v.n.unknown},
							  {NULL, 0}});
}
