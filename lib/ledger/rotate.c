#include "ledger/rotate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json/write.h"
#include "ledger/keys.h"
#include "ledger/writer.h"

/* PATH.new and its like, ended by a NUL. */
static void beside(struct fx_buf *out, const char *path, const char *suffix, const uint32_t *id)
{
	fx_buf_z(out, path);
	fx_buf_z(out, suffix);
	if (id)
		fx_buf_fmt(out, "%08x", *id);
	fx_buf_byte(out, '\0');
}

/* fsync the directory that the file is in. */
static int sync_parent(const char *path, struct fx_err *err)
{
	const char *slash = strrchr(path, '/');
	struct fx_buf dir = {0};
	int fd, bad;

	if (slash)
		fx_buf_add(&dir, path, (size_t)(slash - path) + 1);
	else
		fx_buf_byte(&dir, '.');
	fx_buf_byte(&dir, '\0');
	fd = open(dir.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bad = fd < 0 || fsync(fd) != 0;
	if (bad)
		fx_fail_errno(err, "%s", dir.p);
	if (fd >= 0)
		close(fd);
	fx_buf_free(&dir);
	return bad ? -1 : 0;
}

static bool newest(const struct fx_ledger *l, const struct fx_skey *key)
{
	const struct fx_vkey *mine = fx_skey_public(key), *its = &l->vkey;

	return mine->id == its->id && strcmp(mine->name, its->name) == 0 &&
	       memcmp(mine->pub, its->pub, sizeof(mine->pub)) == 0;
}

/* The new key's file takes the old one's place, which is kept under its id. */
static int change_files(const char *path, uint32_t old_id, struct fx_err *err)
{
	struct fx_buf fresh = {0}, kept = {0};
	int r = 0;

	beside(&fresh, path, ".new", NULL);
	beside(&kept, path, ".old-", &old_id);
	if (link(path, kept.p) != 0 && errno != EEXIST)
		r = fx_fail_errno(err, "%s", kept.p);
	else if (rename(fresh.p, path) != 0)
		r = fx_fail_errno(err, "%s", path);
	else
		r = sync_parent(path, err);
	fx_buf_free(&fresh);
	fx_buf_free(&kept);
	return r;
}

/* A rotation that was broken off after vkey had its key: KEY.new is that one. */
static int end_rotation(struct fx_ledger *l, struct fx_skey *old, struct fx_err *err)
{
	const struct fx_vkey *mine = fx_skey_public(old), *its = &l->vkey;
	const char *path = l->w->how.key;
	struct fx_skey *fresh = NULL;
	struct fx_buf name = {0};

	beside(&name, path, ".new", NULL);
	if (access(name.p, F_OK) == 0)
		fresh = fx_skey_load(name.p, NULL);
	fx_buf_free(&name);
	if (!fresh || !newest(l, fresh)) {
		fx_skey_free(fresh);
		return fx_fail(err, FX_ECONF, "the key %s is of %s+%08x, the ledger %s of %s+%08x", path,
			       mine->name, mine->id, l->dir, its->name, its->id);
	}
	if (change_files(path, mine->id, err)) {
		fx_skey_free(fresh);
		return -1;
	}
	fx_skey_free(l->w->key);
	l->w->key = fresh;
	l->w->changed = true;
	return 0;
}

int fx_writer_key(struct fx_ledger *l, struct fx_err *err)
{
	struct fx_writer *w = l->w;
	struct fx_skey *again;
	int r = 0;

	if (newest(l, w->key))
		return 0;
	again = fx_skey_load(w->how.key, err);
	if (!again)
		return -1;
	if (newest(l, again)) {
		fx_skey_free(w->key);
		w->key = again;
		return 0;
	}
	r = end_rotation(l, again, err);
	fx_skey_free(again);
	return r;
}

/* KEY.new: made, or left by a rotation that was broken off. */
static struct fx_skey *fresh_key(struct fx_ledger *l, struct fx_err *err)
{
	struct fx_buf name = {0}, tmp = {0};
	struct fx_skey *k = NULL;

	beside(&name, l->w->how.key, ".new", NULL);
	beside(&tmp, l->w->how.key, ".tmp", NULL);
	if (access(name.p, F_OK) == 0) {
		k = fx_skey_load(name.p, err);
	} else if (unlink(tmp.p) != 0 && errno != ENOENT) {
		fx_fail_errno(err, "%s", tmp.p);
	} else {
		/* In two steps, so that KEY.new is always whole. */
		k = fx_skey_create(tmp.p, fx_ledger_origin(l), FX_KEY_ED25519, err);
		if (k && rename(tmp.p, name.p) != 0)
			fx_fail_errno(err, "%s", name.p);
		else if (k && sync_parent(name.p, err) == 0)
			goto out;
		fx_skey_free(k);
		k = NULL;
	}
out:
	fx_buf_free(&name);
	fx_buf_free(&tmp);
	return k;
}

/* A key of this ledger's name that it has not had. */
static int check_fresh(const struct fx_ledger *l, const struct fx_skey *k, struct fx_err *err)
{
	const struct fx_vkey *v = fx_skey_public(k);

	if (l->keys->n == FX_VKEYS_MAX)
		return fx_fail(err, FX_ELEDGER, "%s had %d keys, and that is the most", l->dir,
			       FX_VKEYS_MAX);
	if (v->type != FX_KEY_ED25519 || strcmp(v->name, l->vkey.name) != 0)
		return fx_fail(err, FX_ECONF, "%s.new is not a key of %s", l->w->how.key, l->vkey.name);
	for (size_t i = 0; i < l->keys->n; i++)
		if (l->keys->v[i].id == v->id)
			return fx_fail(err, FX_ECONF, "%s.new: the ledger had the key +%08x before",
				       l->w->how.key, v->id);
	return 0;
}

static void add_key(struct fx_buf *b, const char *member, const struct fx_vkey *key)
{
	fx_json_key(b, member);
	fx_buf_byte(b, '"'); /* a key's text is a name without controls, hex and base64 */
	fx_vkey_add(b, key);
	fx_buf_byte(b, '"');
}

static void write_record(const struct fx_ledger *l, const struct fx_rotate *r, struct fx_buf *b)
{
	char id[FX_ID_LEN + 1], at[32];

	/* Each attempt has an id of its own: it is a new entry under a new checkpoint. */
	(void)snprintf(at, sizeof(at), "%08x %llu", fx_skey_public(l->w->next)->id,
		       (unsigned long long)l->size);
	fx_derive_id(id, FX_STR(FX_ROTATED), fx_ledger_origin(l), fx_str(at), FX_STR(""));
	fx_buf_z(b, "{\"event\":\"" FX_ROTATED "\"");
	fx_json_key(b, "event_id");
	fx_json_z(b, id);
	fx_json_key(b, "at");
	fx_json_time(b, fx_time_clock());
	fx_json_key(b, "source");
	fx_json_z(b, l->vkey.name);
	add_key(b, "old_vkey", &l->vkey);
	add_key(b, "new_vkey", fx_skey_public(l->w->next));
	if (r->by) {
		fx_json_key(b, "by");
		fx_json_z(b, r->by);
	}
	fx_buf_byte(b, '}');
}

/* Append the key.rotated, signed by both; proved gets it with its proof. */
static int append_record(struct fx_ledger *l, struct fx_rotate *r, struct fx_buf *proved,
			 struct fx_err *err)
{
	struct fx_batch *b = fx_batch_new();
	struct fx_buf text = {0};
	int bad;

	b->rotates = true;
	write_record(l, r, &text);
	bad = fx_batch_add(b, fx_buf_view(&text), err) || fx_writer_append(l, b, true, err);
	if (!bad && fx_batch_signed(b, 0)->fate != FX_SIGN_APPENDED)
		bad = fx_fail(err, FX_ELEDGER, "%s has a " FX_ROTATED " of that id already", l->dir);
	if (!bad) {
		r->record = fx_batch_signed(b, 0)->index;
		bad = fx_signed_proof(l, fx_batch_signed(b, 0), proved, err);
		fx_buf_byte(proved, '\n');
	}
	fx_buf_free(&text);
	fx_batch_free(b);
	return bad ? -1 : 0;
}

static int keep_record(struct fx_ledger *l, const struct fx_buf *proved, struct fx_err *err)
{
	char path[FX_PATH];

	(void)snprintf(path, sizeof(path), "rotations/%zu", l->keys->n);
	if (mkdirat(l->fd, "rotations", 0777) != 0 && errno != EEXIST)
		return fx_fail_errno(err, "%s/rotations", l->dir);
	if (fx_writer_replace(l, path, fx_buf_view(proved), err))
		return -1;
	return fx_ledger_sync_dir(l, "rotations", err);
}

static int add_vkey(struct fx_ledger *l, struct fx_err *err)
{
	struct fx_buf text = {0};
	int r;

	for (size_t i = 0; i < l->keys->n; i++) {
		fx_vkey_add(&text, &l->keys->v[i]);
		fx_buf_byte(&text, '\n');
	}
	fx_vkey_add(&text, fx_skey_public(l->w->next));
	fx_buf_byte(&text, '\n');
	r = fx_writer_replace(l, "vkey", fx_buf_view(&text), err);
	fx_buf_free(&text);
	/* Read again, it must stand the checks of any reader. */
	return r ? r : fx_ledger_keys(l, err);
}

static int rotate_locked(struct fx_ledger *l, struct fx_rotate *r, struct fx_err *err)
{
	struct fx_writer *w = l->w;
	struct fx_buf proved = {0};
	int bad;

	if (fx_writer_settle(l, err))
		return -1;
	r->old_id = fx_skey_public(w->key)->id;
	w->next = fresh_key(l, err);
	if (!w->next || check_fresh(l, w->next, err))
		return -1;
	r->new_id = fx_skey_public(w->next)->id;
	bad = append_record(l, r, &proved, err) || keep_record(l, &proved, err) || add_vkey(l, err) ||
	      change_files(w->how.key, r->old_id, err);
	fx_buf_free(&proved);
	if (bad)
		return -1;
	fx_skey_free(w->key);
	w->key = w->next;
	w->next = NULL;
	return 0;
}

int fx_ledger_rotate(struct fx_ledger *l, struct fx_rotate *r, struct fx_err *err)
{
	struct fx_writer *w = l->w;
	int bad;

	fx_writer_idle(l);
	if (w->changed) {
		r->ended = true;
		r->new_id = fx_skey_public(w->key)->id;
		return 0;
	}
	if (fx_writer_lock(l, err))
		return -1;
	bad = rotate_locked(l, r, err);
	fx_writer_unlock(l);
	w->failed |= bad != 0;
	return bad ? -1 : 0;
}
