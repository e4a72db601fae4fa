#include "import/guess.h"

#include <stdlib.h>
#include <string.h>

#include "import/csv.h"
#include "import/record.h"
#include "import/when.h"
#include "json/write.h"

#define SAMPLE_ROWS 1000u
#define FORMATS 10u

/* ISO first; where the day's and the month's order cannot be told, the first that fits is taken. */
static const char *const formats[FORMATS] = {
    "iso",      "%d.%m.%Y",       "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%m/%d/%Y",
    "%d/%m/%Y", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M %p", "%b %d, %Y %I:%M %p"};

/* Words are names in lower case without blanks and marks, the likeliest first. */
static const struct target {
	const char *member, *type, *words;
	bool line;
} targets[] = {
    {"channel", NULL, "channel saleschannel orderchannel marketplace kanal vertriebsweg", false},
    {"customer.id", NULL, "customerid buyerid userid clientid kundennummer kundennr", false},
    {"customer.name", NULL, "customername buyername billingname billtoname kunde customer", false},
    {"customer.email", NULL, "email customeremail buyeremail billingemail emailaddress mail",
     false},
    {"customer.phone", NULL, "phone customerphone buyerphonenumber billingphone telefon", false},
    {"ship_to.name", NULL, "shippingname shipname shiptoname recipientname deliveryname", false},
    {"ship_to.company", NULL, "shippingcompany shipcompany deliverycompany", false},
    {"ship_to.address1", NULL,
     "shippingaddress1 shipaddress1 shipaddress shippingaddress shippingstreet shiptoaddress1 "
     "deliveryaddress strasse address1 address",
     false},
    {"ship_to.address2", NULL, "shippingaddress2 shipaddress2 shiptoaddress2 address2", false},
    {"ship_to.city", NULL, "shippingcity shipcity shiptocity deliverycity city ort stadt", false},
    {"ship_to.region", NULL,
     "shippingprovince shippingstate shipstate shipregion shiptostate state region province",
     false},
    {"ship_to.postal_code", NULL,
     "shippingzip shippingpostcode shippostalcode shipzip shiptopostalcode postalcode postcode zip "
     "plz",
     false},
    {"ship_to.country", NULL, "shippingcountry shipcountry shiptocountry country land", false},
    {"ship_to.phone", NULL, "shippingphone shipphonenumber recipientphone", false},
    {"service_level", NULL,
     "servicelevel shipservicelevel shippingmethod shippingservice versandart deliverymethod",
     false},
    {"promised_at", "time",
     "promisedat promisedate requireddate orderestimateddeliverydate estimateddelivery duedate "
     "liefertermin termin",
     false},
    {"fraud_score", "number", "fraudscore riskscore", false},
    {"currency", NULL, "currency currencycode waehrung", false},
    {"total", "decimal", "total ordertotal grandtotal totalprice amount summe gesamt", false},
    {"line_id", NULL, "lineid orderitemid lineitemid itemid linenumber position pos", true},
    {"sku", NULL, "lineitemsku sku itemsku productsku productid articlenumber artikel article",
     true},
    {"name", NULL, "lineitemname productname itemname producttitle bezeichnung", true},
    {"type", NULL, "lineitemtype itemtype producttype", true},
    {"qty", "integer",
     "lineitemquantity quantity qty quantitypurchased itemquantity menge anzahl stueck", true},
    {"unit_price", "decimal",
     "lineitemprice unitprice price itemprice productprice einzelpreis preis", true},
};
#define TARGETS (sizeof(targets) / sizeof(*targets))

static const char order_words[] =
    "orderid ordernumber orderno amazonorderid ordername incrementid "
    "auftragsnummer auftragsnr auftrag bestellnummer bestellnr order number name id";
static const char at_words[] =
    "createdat orderdate purchasedate orderpurchasetimestamp datecreated "
    "orderedat placedat bestelldatum auftragsdatum created date datum";

static const struct target events[] = {
    {"task.confirmed", NULL, "confirmedat orderapprovedat approvedat acceptedat", false},
    {"task.shipped", NULL,
     "shippedat fulfilledat shippeddate shipdate dispatchedat orderdeliveredcarrierdate versandt "
     "versanddatum",
     false},
    {"task.completed", NULL,
     "deliveredat delivereddate orderdeliveredcustomerdate completedat zugestellt", false},
    {"order.cancelled", NULL, "cancelledat canceledat cancelleddate storniertam", false},
};
#define EVENTS (sizeof(events) / sizeof(*events))

struct column {
	struct fx_str name, word;
	unsigned values, hits[FORMATS]; /* how many there are; how many are times of that format */
	bool fits[FORMATS];             /* all but one in ten are: a row may be spoilt */
	bool zoneless, some, placed;
	bool decimals, commas; /* all values are, with a point; with a comma */
};

struct guess {
	struct fx_csv csv;
	struct fx_arena arena;
	struct column *col;
	unsigned ncol;
	int order, at;
	bool grouped;
	const struct fx_zone *east; /* any zone but UTC: tells whether a time says its own */
	struct fx_buf *out;
};

static struct fx_str word_of(struct fx_arena *a, struct fx_str name)
{
	char *w = fx_arena_alloc(a, name.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c | 0x20);
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			w[n++] = c;
	}
	return (struct fx_str){w, n};
}

/* Are its values times?  Of no values that is not known: yes. */
static bool is_time(const struct column *c)
{
	for (unsigned f = 0; f < FORMATS; f++)
		if (c->fits[f])
			return true;
	return false;
}

/* The column whose name is one of the words, the likeliest, not yet placed; -1. */
static int find(struct guess *g, const char *words, bool times)
{
	for (struct fx_str rest = fx_str(words); rest.n > 0;) {
		size_t n = fx_str_find(rest, ' ');
		struct fx_str word = {rest.p, n};

		for (unsigned i = 0; i < g->ncol; i++) {
			struct column *c = &g->col[i];

			if (!c->placed && fx_str_eq(c->word, word) && (!times || is_time(c))) {
				c->placed = true;
				return (int)i;
			}
		}
		n += n < rest.n;
		rest = (struct fx_str){rest.p + n, rest.n - n};
	}
	return -1;
}

/* Are more bytes no UTF-8 than there are characters that are?  A row may be spoilt. */
static bool mostly_latin(const unsigned char *p, const unsigned char *end)
{
	size_t good = 0, bad = 0;

	while (p < end) {
		const unsigned char *q = fx_utf8_scan(p, end);

		if (!q && end - p < 4)
			break; /* cut by the block's end */
		good += q && *p >= 0x80;
		bad += !q;
		p = q ? q : p + 1;
	}
	return bad > good;
}

/* The dialect by the first block: the mark that the header has most of; UTF-8 or not. */
static int look(const char *path, struct fx_csv_dialect *d, enum fx_encoding *enc,
                struct fx_err *err)
{
	static const char marks[] = ",;\t|";
	struct fx_feed f;
	enum fx_feed_what what;
	size_t most = 0, end;

	if (fx_feed_open(&f, path, FX_UTF8, err) < 0)
		return -1;
	while ((what = fx_feed_more(&f)) == FX_FEED_WAIT)
		;
	if (what == FX_FEED_FAIL) {
		*err = f.err;
		fx_feed_close(&f);
		return -1;
	}
	end = fx_str_find((struct fx_str){f.p, f.n}, '\n');
	d->delimiter = ',';
	for (const char *m = marks; *m; m++) {
		size_t n = 0;

		for (size_t i = 0; i < end; i++)
			n += f.p[i] == *m;
		if (n > most) {
			most = n;
			d->delimiter = *m;
		}
	}
	if (mostly_latin((const unsigned char *)f.p, (const unsigned char *)f.p + f.n))
		*enc = FX_CP1252;
	if (f.n > 0 && (f.p[0] == '{' || f.p[0] == '['))
		fx_fail(err, FX_EUSAGE,
		        "%s is JSON; --guess reads CSV headers only: start from "
		        "import/shopify-rest.yaml",
		        f.name);
	else
		err->code = FX_OK;
	fx_feed_close(&f);
	return err->code == FX_OK ? 0 : -1;
}

static void learn(struct guess *g, struct column *c, struct fx_str text)
{
	char digits[FX_DECIMAL_MAX];
	struct fx_str point;
	fx_time a, b;

	if (text.n == 0 || fx_str_is(text, "NULL"))
		return;
	c->some = true;
	for (size_t i = 0; i < text.n; i++)
		if ((text.p[i] < '0' || text.p[i] > '9') && text.p[i] != '.' && text.p[i] != '-')
			c->decimals = false;
	c->commas = c->commas && fx_import_comma(text, &point, digits);
	c->values++;
	for (unsigned f = 0; f < FORMATS; f++) {
		if (c->fits[f] && fx_when_parse(text, fx_str(formats[f]), NULL, &a) == 0) {
			c->hits[f]++;
			if (fx_when_parse(text, fx_str(formats[f]), g->east, &b) == 0 && a != b)
				c->zoneless = true;
		}
		/* Most columns hold no times: no need to try each value with each format. */
		c->fits[f] = c->values - c->hits[f] <= 1 + SAMPLE_ROWS / 10;
	}
}

static void settle_times(struct column *c)
{
	for (unsigned f = 0; f < FORMATS; f++)
		c->fits[f] = c->values == 0 || (c->values - c->hits[f]) * 10 <= c->values;
}

static int read_rows(struct guess *g, struct fx_err *err)
{
	struct fx_buf last = {0};
	enum fx_csv_what what;
	unsigned rows = 0;

	while ((what = fx_csv_next(&g->csv)) == FX_CSV_WAIT)
		;
	if (what == FX_CSV_END)
		return fx_fail_at(err, FX_EIO, g->csv.feed.name, 0, 0, "the file is empty");
	if (what != FX_CSV_ROW) {
		*err = g->csv.err;
		return -1;
	}
	g->ncol = g->csv.ncell;
	g->col = FX_NEWV(&g->arena, struct column, g->ncol);
	for (unsigned i = 0; i < g->ncol; i++) {
		struct column *c = &g->col[i];

		c->name = fx_arena_str(&g->arena, fx_str_trim(g->csv.cell[i]));
		c->word = word_of(&g->arena, c->name);
		c->decimals = c->commas = true;
		memset(c->fits, true, sizeof(c->fits));
	}
	g->order = find(g, order_words, false);
	while (rows < SAMPLE_ROWS && (what = fx_csv_next(&g->csv)) != FX_CSV_END &&
	       what != FX_CSV_FAIL) {
		if (what != FX_CSV_ROW || g->csv.ncell != g->ncol)
			continue;
		for (unsigned i = 0; i < g->ncol; i++)
			learn(g, &g->col[i], g->csv.cell[i]);
		if (g->order >= 0) {
			struct fx_str id = g->csv.cell[g->order];

			g->grouped = g->grouped || (rows > 0 && fx_str_eq(id, fx_buf_view(&last)));
			fx_buf_reset(&last);
			fx_buf_str(&last, id);
		}
		rows++;
	}
	for (unsigned i = 0; i < g->ncol; i++)
		settle_times(&g->col[i]);
	fx_buf_free(&last);
	return 0;
}

static void put_name(struct guess *g, int col)
{
	if (col < 0)
		fx_buf_z(g->out, "FIXME");
	else
		fx_json_string(g->out, g->col[col].name);
}

/* The formats of the times that are used; ISO alone is the default. */
static void put_times(struct guess *g, const int *used, size_t n)
{
	bool want[FORMATS] = {false}, any = false, zoneless = false, twice = false;

	for (size_t i = 0; i < n; i++) {
		const struct column *c = used[i] < 0 ? NULL : &g->col[used[i]];

		for (unsigned f = 0; c && c->some && f < FORMATS; f++)
			if (c->fits[f]) {
				want[f] = true;
				any = any || f > 0;
				twice = twice || (f % 2 == 0 && f >= 4 && f < 8 && c->fits[f + 1]);
				zoneless = zoneless || c->zoneless;
				break;
			}
	}
	if (zoneless)
		fx_buf_z(g->out,
		         "zone: UTC                 # the times do not say theirs: put the shop's, "
		         "such as Europe/Berlin\n");
	if (!any)
		return;
	fx_buf_z(g->out, "times: [");
	for (unsigned f = 0; f < FORMATS; f++)
		if (want[f]) {
			fx_json_sep(g->out);
			fx_json_z(g->out, formats[f]);
		}
	fx_buf_z(g->out, twice ? "]      # or is the day first? both fit: %d/%m/%Y\n" : "]\n");
}

static void put_member(struct guess *g, const struct target *t, int col, const char *indent)
{
	const struct column *c = &g->col[col];
	bool decimal = t->type && strcmp(t->type, "decimal") == 0;
	bool comma = decimal && !c->decimals && c->commas;
	/* What is no decimal by either mark goes as text, to the contract. */
	const char *type =
	    t->type && (strcmp(t->type, "time") == 0 || c->decimals || comma) ? t->type : NULL;

	fx_buf_fmt(g->out, "%s%s: ", indent, t->member);
	if (type)
		fx_buf_z(g->out, "{from: ");
	put_name(g, col);
	if (type)
		fx_buf_fmt(g->out, ", type: %s%s}", type, comma ? ", mark: \",\"" : "");
	fx_buf_byte(g->out, '\n');
}

static void put_head(struct guess *g, const char *path, enum fx_encoding enc)
{
	const char *slash = strrchr(path, '/');
	char d = g->csv.dialect.delimiter;

	fx_buf_fmt(
	    g->out,
	    "# Guessed by fx-import --guess from the header of %s.\n"
	    "# Look at every line before orders go by it; fx-import(5) says what each means.\n",
	    slash ? slash + 1 : path);
	fx_buf_z(g->out,
	         "source: FIXME             # which system the file comes from, such as erp/eu\n");
	if (enc == FX_CP1252)
		fx_buf_z(g->out, "encoding: windows-1252\n");
	if (d == '\t')
		fx_buf_z(g->out, "delimiter: tab\n");
	else if (d != ',')
		fx_buf_fmt(g->out, "delimiter: \"%c\"\n", d);
}

static void put_events(struct guess *g, const int *when)
{
	for (size_t i = 0; i < EVENTS; i++)
		if (when[i] >= 0) {
			fx_buf_fmt(g->out, "  - event: %s\n    at: ", events[i].member);
			put_name(g, when[i]);
			fx_buf_z(g->out, "\n");
		}
}

static void put_rest(struct guess *g)
{
	unsigned n = 0;

	for (unsigned i = 0; i < g->ncol; i++)
		if (!g->col[i].placed && g->col[i].name.n > 0) {
			fx_buf_z(g->out, n++ ? "#   " : "# Not placed (--extra keeps them):\n#   ");
			put_name(g, (int)i);
			fx_buf_z(g->out, g->col[i].some ? "\n" : "  (empty)\n");
		}
}

static void put_mapping(struct guess *g, const char *path, enum fx_encoding enc)
{
	int at[TARGETS], when[EVENTS], times[TARGETS + EVENTS + 1];
	size_t ntimes = 0, lines = 0;
	bool ship_to = false;

	g->at = times[ntimes++] = find(g, at_words, true);
	for (size_t i = 0; i < EVENTS; i++)
		times[ntimes++] = when[i] = find(g, events[i].words, true);
	for (size_t i = 0; i < TARGETS; i++) {
		bool time = targets[i].type && strcmp(targets[i].type, "time") == 0;

		at[i] = find(g, targets[i].words, time);
		if (time)
			times[ntimes++] = at[i];
		lines += targets[i].line && at[i] >= 0;
		ship_to = ship_to || (at[i] >= 0 && strncmp(targets[i].member, "ship_to", 7) == 0);
	}
	for (unsigned i = 0; g->at < 0 && i < g->ncol; i++)
		if (!g->col[i].placed && g->col[i].some && is_time(&g->col[i])) {
			g->col[i].placed = true;
			g->at = times[0] = (int)i;
		}
	put_head(g, path, enc);
	put_times(g, times, ntimes);
	fx_buf_z(g->out, "order: ");
	put_name(g, g->order);
	fx_buf_z(g->out, "\nevents:\n  - event: order.placed\n    at: ");
	put_name(g, g->at);
	fx_buf_byte(g->out, '\n');
	if (lines || ship_to)
		fx_buf_fmt(
		    g->out, "    identity: [%s%s%s]   # what the order is, never its status\n",
		    lines ? "lines" : "", lines && ship_to ? ", " : "", ship_to ? "ship_to" : "");
	fx_buf_z(g->out, "    fields:\n");
	if (at[0] < 0)
		fx_buf_z(g->out, "      channel: {const: web}   # no column tells\n");
	for (size_t i = 0; i < TARGETS; i++)
		if (at[i] >= 0 && !targets[i].line)
			put_member(g, &targets[i], at[i], "      ");
	if (lines > 0) {
		fx_buf_fmt(g->out, "    lines:\n      each: rows%s\n      fields:\n",
		           g->grouped ? "              # rows of the same order stand together"
		                      : "");
		for (size_t i = 0; i < TARGETS; i++) {
			if (at[i] < 0 && strcmp(targets[i].member, "line_id") == 0)
				fx_buf_z(g->out, "        line_id: {position: true}\n");
			if (at[i] >= 0 && targets[i].line)
				put_member(g, &targets[i], at[i], "        ");
		}
	}
	put_events(g, when);
	put_rest(g);
}

int fx_guess(const char *path, struct fx_buf *out, struct fx_err *err)
{
	struct guess g = {.order = -1, .at = -1, .out = out};
	struct fx_csv_dialect d = {0};
	enum fx_encoding enc = FX_UTF8;
	int rc;

	if (strcmp(path, "-") == 0)
		return fx_fail(err, FX_EUSAGE, "--guess reads its file twice: name it, not -");
	if (look(path, &d, &enc, err) < 0 || fx_csv_open(&g.csv, path, d, enc, err) < 0)
		return -1;
	g.east = fx_zone_open(&g.arena, FX_STR("+01:00"), err);
	rc = g.east ? read_rows(&g, err) : -1;
	if (rc == 0) {
		put_mapping(&g, path, enc);
		rc = g.order >= 0 && g.at >= 0;
	}
	fx_csv_close(&g.csv);
	fx_arena_free(&g.arena);
	return rc;
}
