/*
 * Writing JSON text into a buffer.  Checks nothing but the cap: look at
 * buf->over at the end.
 */
#ifndef FX_JSON_WRITE_H
#define FX_JSON_WRITE_H

#include "base/mem.h"
#include "base/time.h"

/* A string with its quotes; the shortest escapes, UTF-8 as it is (RFC 8785, 3.2.2.2). */
void fx_json_string(struct fx_buf *b, struct fx_str s);
/* The same without the quotes. */
void fx_json_escaped(struct fx_buf *b, struct fx_str s);
/* A string of bytes of any kind: a NUL and each byte that is no UTF-8 become U+FFFD. */
void fx_json_text(struct fx_buf *b, struct fx_str s);
bool fx_utf8_valid(struct fx_str s);
/* Behind the well-formed UTF-8 sequence at p < end, or NULL. */
const unsigned char *fx_utf8_scan(const unsigned char *p, const unsigned char *end);
/* A code point as UTF-8; the number of bytes, 1 to 4. */
size_t fx_utf8(uint32_t c, char out[4]);
void fx_json_z(struct fx_buf *b, const char *z);
void fx_json_int(struct fx_buf *b, int64_t v);
void fx_json_bool(struct fx_buf *b, bool v);
/* The time as a string; null for FX_TIME_NONE. */
void fx_json_time(struct fx_buf *b, fx_time t);

/*
 * Members: fx_json_key writes a comma when the last byte is none of {[,:
 * then "name":  -- so an object is written as
 *	fx_buf_byte(b, '{'); fx_json_key(b, "id"); fx_json_string(b, id); fx_buf_byte(b, '}');
 * fx_json_sep writes only that comma, for an array's elements.
 */
void fx_json_key(struct fx_buf *b, const char *name);
void fx_json_sep(struct fx_buf *b);

#endif
