/*
 * bench_gen KIND MEGABYTES [SEED]: records for benchmarks, the same bytes each time.
 *
 *	trigger  order.placed of about 650 bytes, as fx-import writes them
 *	export   task.assigned of about 1,000 bytes, as fx-route writes them (one line)
 *	life     orders with what became of them, as a ledger's entries without tokens: trigger,
 *	         task.assigned, and mostly task.confirmed, task.shipped, task.completed, mixed as
 *	         a shop's day mixes them
 *	closed   the same, but that every order is completed after 2,000 others
 *
 * Orders are numbered from SEED * 10^9.  The values that rules look at vary.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stream.h"
#include "base/time.h"

/* splitmix64: one number for each order and purpose, so that no state runs along. */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static const char *const channels[] = {"web", "web", "web", "marketplace", "marketplace", "pos"};
static const char *const types[] = {"stock",    "stock",         "stock",
                                    "preorder", "made-to-order", "digital"};
static const char *const countries[] = {"DE", "AT", "NL", "DK", "FR", "IT"};
static const char *const services[] = {"standard", "standard", "standard", "expedited"};
static const char *const firsts[] = {"Ada", "Bruno", "Cleo", "Dorte", "Emil", "Zo\303\253"};
static const char *const lasts[] = {"Teapot", "Lanternfish", "Marmalade", "Pinecone", "Umbrella"};
static const struct {
	const char *owner, *flow, *rule;
} owners[] = {
    {"warehouse-musterstadt", "warehouse-pick-pack", "stock"},
    {"warehouse-musterstadt", "warehouse-express", "stock-expedited"},
    {"fulfillment-service-vendor", "vendor-dropship", "marketplace-preorder"},
    {"ops-team-review", "manual-review", "everything-else"},
};
#define PICK(list, bits) (list)[(bits) % (sizeof(list) / sizeof(*(list)))]

static const fx_time start = 1795111200 * FX_SEC; /* 2026-11-19T18:00:00Z */

struct order {
	uint64_t n, bits;
	fx_time at;
};

static struct order order_of(uint64_t n)
{
	struct order o = {n, mix(n), 0};
	o.at = start + (fx_time)(n % 1000000000) * 40 * (FX_SEC / 1000);
	return o;
}

static void add(struct fx_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add(struct fx_buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *p = fx_buf_room(b, 1024);
	int n = vsnprintf(p, 1024, fmt, ap);
	va_end(ap);
	if (n < 0 || n >= 1024)
		exit(2);
	b->n += (size_t)n;
}

static void lines(struct fx_buf *b, const struct order *o, unsigned n)
{
	add(b, "\"lines\":[");
	for (unsigned i = 0; i < n; i++) {
		uint64_t r = mix(o->bits + i);
		add(b,
		    "%s{\"line_id\":\"%u\",\"sku\":\"SKU-%06u\",\"type\":\"%s\",\"qty\":%u,"
		    "\"unit_price\":\"%u.%02u\"}",
		    i ? "," : "", i + 1, (unsigned)(r >> 40) % 1000000, PICK(types, r >> 8),
		    1 + (unsigned)(r >> 16) % 3, (unsigned)(r >> 20) % 900,
		    (unsigned)(r >> 30) % 100);
	}
	add(b, "]");
}

static void times(fx_time t, char out[FX_TIME_LEN])
{
	fx_time_format(t / FX_SEC * FX_SEC, out);
}

static void trigger(struct fx_buf *b, const struct order *o)
{
	char at[FX_TIME_LEN];
	times(o->at, at);
	uint64_t r = o->bits;
	const char *first = PICK(firsts, r >> 3), *last = PICK(lasts, r >> 11);
	add(b,
	    "{\"event\":\"order.placed\",\"event_id\":\"evt-%010llu\",\"order_id\":\"ORD-%010llu\","
	    "\"at\":\"%s\",\"source\":\"shopify/eu\",\"channel\":\"%s\",",
	    (unsigned long long)o->n, (unsigned long long)o->n, at, PICK(channels, r >> 17));
	add(b,
	    "\"customer\":{\"name\":\"%s %s\",\"email\":\"buyer%llu@example.com\","
	    "\"phone\":\"+49 30 23125 %03u\"},"
	    "\"ship_to\":{\"name\":\"%s %s\",\"street\":\"Beispielstra\303\237e %u\",\"city\":"
	    "\"Musterstadt\",\"postcode\":\"0%04u\",\"country\":\"%s\"},",
	    first, last, (unsigned long long)o->n, (unsigned)(r >> 52) % 1000, first, last,
	    1 + (unsigned)(r >> 24) % 120, (unsigned)(r >> 30) % 10000, PICK(countries, r >> 37));
	add(b,
	    "\"service_level\":\"%s\",\"fraud_score\":%u,\"currency\":\"EUR\",\"total\":\"%u.%"
	    "02u\","
	    "\"flags\":[\"newsletter\"],",
	    PICK(services, r >> 43), (unsigned)(r >> 47) % 100, (unsigned)(r >> 50) % 900,
	    (unsigned)(r >> 56) % 100);
	lines(b, o, 2);
	add(b, "}\n");
}

static unsigned owner_of(const struct order *o)
{
	static const unsigned char of[16] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 2, 2, 2, 3};
	return of[o->bits >> 60];
}

static void export(struct fx_buf *b, const struct order *o)
{
	char at[FX_TIME_LEN], placed[FX_TIME_LEN], due[FX_TIME_LEN],
	    fallback[FX_TIME_LEN];
	fx_time decided = o->at + 30 * FX_SEC;
	times(o->at, placed);
	times(decided, at);
	times(decided + FX_HOUR, due);
	times(decided + 2 * FX_HOUR, fallback);
	unsigned w = owner_of(o);
	const char *channel = PICK(channels, o->bits >> 17);
	add(b,
	    "{\"event\":\"task.assigned\",\"event_id\":\"fx:a%025llu\",\"order_id\":\"ORD-%"
	    "010llu\","
	    "\"at\":\"%s\",\"source\":\"bench\",\"channel\":\"%s\",",
	    (unsigned long long)o->n, (unsigned long long)o->n, at, channel);
	lines(b, o, 1);
	add(b,
	    ",\"caused_by\":[\"evt-%010llu\"],\"task_id\":\"ORD-%010llu/3kq9x2ab/1\",\"trigger\":{\"event\":\"order.placed\","
	    "\"event_id\":\"evt-%010llu\",\"at\":\"%s\",\"source\":\"shopify/eu\"},",
	    (unsigned long long)o->n, (unsigned long long)o->n, (unsigned long long)o->n, placed);
	add(b,
	    "\"owner_id\":\"%s\",\"flow_id\":\"%s\",\"rule_id\":\"%s\",\"rule_version\":3,"
	    "\"registry\":\"sha256:%064x\",\"sla\":[{\"milestone\":\"vendor-confirmation\",\"event\":\"task.confirmed\","
	    "\"due\":\"%s\"}],",
	    owners[w].owner, owners[w].flow, owners[w].rule, 3, due);
	add(b,
	    "\"fallback_route\":\"ops-team-review\",\"fallback_at\":\"%s\",\"preferred_carrier\":null,"
	    "\"decision\":{\"id\":\"fx:d%025llu\",\"digest\":\"sha256:%064llx\",\"tasks\":1,"
	    "\"reason\":\"TARGETING_MATCH\",\"context\":{\"channel\":\"%s\"}}}\n",
	    fallback, (unsigned long long)o->n, (unsigned long long)o->bits, channel);
}

static void progress(struct fx_buf *b, const struct order *o, const char *type, char letter,
                     fx_time at)
{
	char text[FX_TIME_LEN];
	times(at, text);
	add(b,
	    "{\"event\":\"%s\",\"event_id\":\"%c%llu\",\"order_id\":\"ORD-%010llu\",\"at\":\"%s\","
	    "\"source\":\"wms\",\"owner_id\":\"%s\"}\n",
	    type, letter, (unsigned long long)o->n, (unsigned long long)o->n, text,
	    owners[owner_of(o)].owner);
}

/* Step n of a shop that runs on: an order comes in, earlier ones move on. */
static void life(struct fx_buf *b, uint64_t first, uint64_t n, bool all)
{
	struct order o = order_of(n);
	trigger(b, &o);
	export(b, &o);
	static const struct {
		const char *type;
		char letter;
		unsigned behind, percent; /* orders behind the newest; how many of them */
		fx_time after, spread;
	} steps[] = {
	    {"task.confirmed", 'c', 50, 97, 2 * FX_MIN, 80 * FX_MIN},
	    {"task.shipped", 's', 400, 95, 9 * FX_HOUR, 8 * FX_HOUR},
	    {"task.completed", 'd', 2000, 94, 30 * FX_HOUR, 70 * FX_HOUR},
	};
	for (unsigned i = 0; i < 3; i++) {
		if (n - first < steps[i].behind)
			continue;
		struct order old = order_of(n - steps[i].behind);
		uint64_t r = mix(old.bits ^ (i + 77));
		if (all || old.bits % 100 < steps[i].percent)
			progress(b, &old, steps[i].type, steps[i].letter,
			         old.at + steps[i].after +
			             (fx_time)(r % (uint64_t)(steps[i].spread / FX_SEC)) * FX_SEC);
	}
}

int main(int argc, char **argv)
{
	uint64_t mb = 0, seed = 0;
	if (argc < 3 || argc > 4 || fx_str_u64(fx_str(argv[2]), &mb) ||
	    (argc == 4 && fx_str_u64(fx_str(argv[3]), &seed)) || mb > 1000000 || seed > 8)
		goto usage;
	const char *kind = argv[1];
	if (strcmp(kind, "trigger") && strcmp(kind, "export") && strcmp(kind, "life") &&
	    strcmp(kind, "closed"))
		goto usage;
	struct fx_buf b = {0};
	uint64_t bytes = 0, first = seed * 1000000000;
	for (uint64_t n = first; bytes + b.n < mb * 1000000; n++) {
		struct order o = order_of(n);
		if (*kind == 't')
			trigger(&b, &o);
		else if (*kind == 'e')
			export(&b, &o);
		else
			life(&b, first, n, *kind == 'c');
		if (b.n < 1 << 18)
			continue;
		if (fx_write_all(1, b.p, b.n))
			goto failed;
		bytes += b.n;
		fx_buf_reset(&b);
	}
	if (fx_write_all(1, b.p, b.n))
		goto failed;
	fx_buf_free(&b);
	return 0;
failed:
	perror("bench_gen");
	return 2;
usage:
	fputs("usage: bench_gen trigger|export|life|closed MEGABYTES [SEED 0-8]\n", stderr);
	return 2;
}
