#include "ledger/key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <unistd.h>

#include <openssl/crypto.h>

#include "base/stream.h"

#define SKEY_PREFIX "PRIVATE+KEY+"
#define SKEY_MAX 1024

/* Unicode's White_Space beyond the controls (Go's unicode.IsSpace), as code points. */
static bool is_space(uint32_t c)
{
	return c == ' ' || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
	       c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

int32_t fx_utf8_next(struct fx_str s, size_t *i)
{
	const unsigned char *p = (const unsigned char *)s.p + *i;
	size_t left = s.n - *i, n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	static const int32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	int32_t c = n == 1 ? p[0] : p[0] & (0xff >> (n + 1));

	if ((p[0] >= 0x80 && p[0] < 0xc2) || p[0] > 0xf4 || n > left)
		return -1;
	for (size_t k = 1; k < n; k++) {
		if ((p[k] & 0xc0) != 0x80)
			return -1;
		c = c << 6 | (p[k] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return -1;
	*i += n;
	return c;
}

bool fx_key_name_valid(struct fx_str name)
{
	if (name.n == 0 || name.n > FX_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.n;) {
		int32_t c = fx_utf8_next(name, &i);

		if (c < 0x20 || c == '+' || is_space((uint32_t)c))
			return false;
	}
	return true;
}

uint32_t fx_key_id(struct fx_str name, enum fx_key_type type, const unsigned char pub[32])
{
	const char sep[2] = {'\n', (char)type};
	const struct fx_str parts[] = {name, {sep, 2}, {(const char *)pub, 32}};
	unsigned char d[FX_SHA256_LEN];

	fx_sha256v(parts, 3, d);
	return (uint32_t)d[0] << 24 | (uint32_t)d[1] << 16 | (uint32_t)d[2] << 8 | d[3];
}

/* "NAME+HEXID+BASE64" taken apart: type byte and 32 key bytes. */
static int key_parts(struct fx_str text, struct fx_vkey *k, struct fx_err *err)
{
	size_t plus = fx_str_find(text, '+');
	struct fx_str name = {text.p, plus}, hex, b64;
	unsigned char raw[64];

	if (!fx_key_name_valid(name))
		return fx_fail(err, FX_ECONF, "a key is NAME+HEXID+BASE64, and this one has no name");
	hex = (struct fx_str){text.p + plus + 1, 8};
	if (text.n < plus + 10 || text.p[plus + 9] != '+')
		return fx_fail(err, FX_ECONF, "a key is NAME+HEXID+BASE64; HEXID has 8 digits");
	b64 = (struct fx_str){text.p + plus + 10, text.n - plus - 10};
	/* 33 bytes are 44 characters of base64 */
	if (b64.n != 44 || fx_base64_decode(raw, b64) != 33)
		return fx_fail(err, FX_ECONF, "the key's base64 is not that of an Ed25519 key");
	if (raw[0] != FX_KEY_ED25519 && raw[0] != FX_KEY_COSIGN)
		return fx_fail(err, FX_ECONF, "the key's signature type 0x%02x is not known here", raw[0]);
	memcpy(k->name, name.p, name.n);
	k->name[name.n] = '\0';
	k->type = (enum fx_key_type)raw[0];
	memcpy(k->pub, raw + 1, 32);
	OPENSSL_cleanse(raw, sizeof(raw));
	k->id = 0;
	for (size_t i = 0; i < hex.n; i++) {
		const char *digits = "0123456789abcdef", *d = strchr(digits, hex.p[i]);

		if (!hex.p[i] || !d)
			return fx_fail(err, FX_ECONF, "the key's id is not 8 lower-case hex digits");
		k->id = k->id << 4 | (uint32_t)(d - digits);
	}
	return 0;
}

int fx_vkey_parse(struct fx_str text, struct fx_vkey *out, struct fx_err *err)
{
	if (key_parts(fx_str_trim(text), out, err))
		return -1;
	if (fx_key_id(fx_str(out->name), out->type, out->pub) != out->id)
		return fx_fail(err, FX_ECONF, "the key's id does not belong to its name and bytes");
	return 0;
}

static void add_key(struct fx_buf *out, const struct fx_vkey *k, const unsigned char bytes[32])
{
	unsigned char raw[33];

	raw[0] = (unsigned char)k->type;
	memcpy(raw + 1, bytes, 32);
	fx_buf_fmt(out, "%s+%08x+", k->name, k->id);
	fx_base64_add(out, raw, sizeof(raw));
	OPENSSL_cleanse(raw, sizeof(raw));
}

void fx_vkey_add(struct fx_buf *out, const struct fx_vkey *key)
{
	add_key(out, key, key->pub);
}

const struct fx_vkey *fx_skey_public(const struct fx_skey *k)
{
	return &k->pub;
}

void fx_skey_free(struct fx_skey *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->pkey); /* OpenSSL clears the secret */
	free(k);
}

/*
 * A private key must not reach a core file, nor a debugger of the same user.  The limit alone
 * does not stop a handler that the kernel pipes core dumps to.
 */
static void no_core(void)
{
	const struct rlimit none = {0, 0};

	(void)setrlimit(RLIMIT_CORE, &none);
#ifdef __linux__
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

/* Complete k from its 32 secret bytes. */
static int from_seed(struct fx_skey *k, const unsigned char seed[32], struct fx_err *err)
{
	size_t n = 32;

	k->pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);
	if (!k->pkey || EVP_PKEY_get_raw_public_key(k->pkey, k->pub.pub, &n) != 1 || n != 32)
		return fx_fail(err, FX_ECONF, "OpenSSL does not take the key");
	return 0;
}

static int read_key_file(const char *path, char *text, size_t *n, struct fx_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	ssize_t got;

	if (fd < 0)
		return fx_fail_errno(err, "the key %s", path);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return fx_fail(err, FX_ECONF, "the key %s is not a plain file", path);
	}
	if (st.st_mode & 077) {
		close(fd);
		return fx_fail(err, FX_ECONF,
			       "the key %s is open to others (mode %04o): chmod 600 it, and think "
			       "about who may have read it", path, (unsigned)(st.st_mode & 07777));
	}
	got = read(fd, text, SKEY_MAX);
	close(fd);
	if (got < 0)
		return fx_fail_errno(err, "the key %s", path);
	*n = (size_t)got;
	return 0;
}

struct fx_skey *fx_skey_load(const char *path, struct fx_err *err)
{
	const struct fx_str prefix = FX_STR(SKEY_PREFIX);
	struct fx_skey *k = NULL;
	unsigned char seed[32];
	char text[SKEY_MAX];
	struct fx_err why;
	struct fx_str s;
	size_t n = 0;

	no_core();
	if (read_key_file(path, text, &n, err))
		return NULL;
	s = fx_str_trim((struct fx_str){text, n});
	if (!fx_str_starts(s, prefix)) {
		fx_fail(err, FX_ECONF, "the key %s does not begin with %s", path, SKEY_PREFIX);
		goto out;
	}
	k = fx_alloc(1, sizeof(*k));
	s = (struct fx_str){s.p + prefix.n, s.n - prefix.n};
	if (key_parts(s, &k->pub, &why)) {
		fx_fail(err, FX_ECONF, "the key %s: %s", path, why.msg);
		goto bad;
	}
	memcpy(seed, k->pub.pub, 32);
	if (from_seed(k, seed, err))
		goto bad;
	if (fx_key_id(fx_str(k->pub.name), k->pub.type, k->pub.pub) != k->pub.id) {
		fx_fail(err, FX_ECONF, "the key %s: its id does not belong to it", path);
		goto bad;
	}
	goto out;
bad:
	OPENSSL_cleanse(k->pub.pub, sizeof(k->pub.pub)); /* the seed stood there */
	fx_skey_free(k);
	k = NULL;
out:
	OPENSSL_cleanse(text, sizeof(text));
	OPENSSL_cleanse(seed, sizeof(seed));
	return k;
}

static int write_key_file(const char *path, struct fx_str text, struct fx_err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600), e;

	if (fd < 0 && errno == EEXIST)
		return fx_fail(err, FX_ECONF, "the key %s is there already: it is never overwritten",
			       path);
	if (fd < 0)
		return fx_fail_errno(err, "the key %s", path);
	if (fx_write_all(fd, text.p, text.n) == 0 && fsync(fd) == 0 && close(fd) == 0)
		return 0;
	e = errno;
	unlink(path);
	errno = e;
	return fx_fail_errno(err, "the key %s", path);
}

struct fx_skey *fx_skey_create(const char *path, struct fx_str name, enum fx_key_type type,
			       struct fx_err *err)
{
	struct fx_skey *k = fx_alloc(1, sizeof(*k));
	unsigned char seed[32];
	struct fx_buf text = {0};
	size_t n = sizeof(seed);
	EVP_PKEY *fresh;

	no_core();
	fresh = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (!fx_key_name_valid(name)) {
		fx_fail(err, FX_ECONF, "\"%.*s\" is no name for a key: no white space, no +",
			FX_FMT(name));
		goto bad;
	}
	if (!fresh || EVP_PKEY_get_raw_private_key(fresh, seed, &n) != 1 || from_seed(k, seed, err)) {
		fx_fail(err, FX_ECONF, "OpenSSL makes no Ed25519 key");
		goto bad;
	}
	memcpy(k->pub.name, name.p, name.n);
	k->pub.type = type;
	k->pub.id = fx_key_id(name, type, k->pub.pub);
	(void)fx_buf_room(&text, SKEY_MAX); /* so that no copy is left behind by growing */
	fx_buf_z(&text, SKEY_PREFIX);
	add_key(&text, &k->pub, seed);
	fx_buf_byte(&text, '\n');
	if (write_key_file(path, fx_buf_view(&text), err))
		goto bad;
	goto out;
bad:
	fx_skey_free(k);
	k = NULL;
out:
	if (text.p)
		OPENSSL_cleanse(text.p, text.n);
	fx_buf_free(&text);
	OPENSSL_cleanse(seed, sizeof(seed));
	EVP_PKEY_free(fresh);
	return k;
}

int fx_ed25519_sign(EVP_PKEY *k, struct fx_str msg, unsigned char sig[64])
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	size_t n = 64;
	int ok = c && EVP_DigestSignInit(c, NULL, NULL, NULL, k) == 1 &&
		 EVP_DigestSign(c, sig, &n, (const unsigned char *)msg.p, msg.n) == 1 && n == 64;

	EVP_MD_CTX_free(c);
	return ok ? 0 : -1;
}

bool fx_ed25519_verify(const unsigned char pub[32], struct fx_str msg, const unsigned char *sig)
{
	EVP_PKEY *k = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, pub, 32);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool ok = k && c && EVP_DigestVerifyInit(c, NULL, NULL, NULL, k) == 1 &&
		  EVP_DigestVerify(c, sig, 64, (const unsigned char *)msg.p, msg.n) == 1;

	EVP_MD_CTX_free(c);
	EVP_PKEY_free(k);
	return ok;
}
