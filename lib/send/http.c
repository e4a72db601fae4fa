#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>

#include "base/app.h"
#include "send/lane.h"

#define ANSWER_MAX 4096 /* of the body: enough to tell Slack's "ok", and for a message */

void fx_http_start(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

void fx_http_stop(void)
{
	curl_global_cleanup();
}

/* One request under way. */
struct flight {
	struct fx_job *job[FX_GROUP_MAX];
	size_t n; /* jobs; 0: nothing is under way */
	CURL *easy;
	struct curl_slist *headers;
	struct fx_payload payload;
	struct fx_arena scratch;
	fx_time began;
	char answer[ANSWER_MAX + 1];
	size_t have;
	bool whole_head; /* the empty line after the headers has come */
	char error[CURL_ERROR_SIZE];
};

/* libcurl takes a connection that closes amid the headers for an answer; we do not. */
static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
	struct flight *f = arg;

	f->whole_head = n <= 2 && (p[0] == '\r' || p[0] == '\n');
	return size * n;
}

/* Keeps the start of the answer and reads on, so that the connection can be used again;
 * an endless one ends at the timeout. */
static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct flight *f = arg;
	size_t room = ANSWER_MAX - f->have, take = n < room ? n : room;

	(void)size;
	memcpy(f->answer + f->have, p, take);
	f->have += take;
	return n;
}

/* What the jobs' messages become; those that do not go with the first leave the flight again. */
static void load(struct fx_lane *l, struct flight *f)
{
	const struct fx_message *m[FX_TOGETHER_MAX], *one;
	struct fx_message group;

	if (l->to.format == FX_FORMAT_CLOUDEVENT_BATCH) {
		for (size_t i = 0; i < f->n; i++)
			m[i] = &f->job[i]->m;
		f->n = fx_payload_batch(&f->payload, m, f->n, &l->to, fx_time_clock(), &f->scratch);
		return;
	}
	one = fx_lane_message(f->job, f->n, &group, &f->scratch);
	fx_payload_of(&f->payload, one, &l->to, fx_time_clock(), &f->scratch);
	if (f->n > 1)
		memcpy(f->payload.batch, one->key, sizeof(one->key));
}

static void prepare(struct fx_lane *l, struct flight *f)
{
	/* The variables that curl(1) takes, for a certificate authority of one's own. */
	const char *ca = getenv("CURL_CA_BUNDLE");
	CURL *c = f->easy;
	long ms = (long)(l->timeout / 1000);

	if (!ca || !*ca)
		ca = getenv("SSL_CERT_FILE");
	if (ca && *ca)
		curl_easy_setopt(c, CURLOPT_CAINFO, ca);
	f->headers = curl_slist_append(NULL, "Expect:");
	for (unsigned i = 0; i < f->payload.nheader; i++)
		f->headers = curl_slist_append(f->headers, f->payload.header[i].p);
	curl_easy_setopt(c, CURLOPT_URL, l->to.target.p);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_POST, 1L);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, f->payload.body.p);
	curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)f->payload.body.n);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, f->headers);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "fx-send/" FX_VERSION);
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, ms);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, ms < 10000 ? ms : 10000L);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, f);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, f);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, f->error);
	curl_easy_setopt(c, CURLOPT_PRIVATE, f);
}

static void say_status(struct fx_outcome *o, const struct flight *f, const char *what)
{
	char first[100];
	size_t n = 0;

	/* The first line of the answer, printable only: it goes into the ledger. */
	while (n < f->have && n + 1 < sizeof(first) && f->answer[n] != '\n' && f->answer[n] != '\r') {
		unsigned char c = (unsigned char)f->answer[n];

		first[n++] = (char)(c < 32 || c > 126 ? '?' : c);
	}
	first[n] = '\0';
	snprintf(o->error, sizeof(o->error), "%s%s%s", what, first[0] ? ": " : "", first);
}

/*
 * 2xx is accepted (Slack must also say "ok").  Worth another try: no answer, 408,
 * 425, 429, 5xx.  Anything else is what the endpoint thinks of this record, and final;
 * 410 says that the endpoint is gone: it is asked again a day later.  429 and 503 with Retry-After concern all that
 * goes there (RFC 6585, RFC 9110).
 */
static void judge(struct fx_lane *l, struct flight *f, CURLcode code, struct fx_outcome *o)
{
	curl_off_t after = 0;
	long status = 0;
	char what[64];

	*o = (struct fx_outcome){.took = fx_time_clock() - f->began};
	memcpy(o->batch, f->payload.batch, sizeof(o->batch));
	curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
	o->status = (int)status;
	if (code != CURLE_OK) {
		snprintf(o->error, sizeof(o->error), "%s",
			 f->error[0] ? f->error : curl_easy_strerror(code));
		return;
	}
	if (!f->whole_head) {
		snprintf(o->error, sizeof(o->error), "closed amid the answer's headers");
		return;
	}
	if (status >= 200 && status < 300) {
		if (l->to.format != FX_FORMAT_SLACK ||
		    fx_str_is(fx_str_trim((struct fx_str){f->answer, f->have}), "ok"))
			o->accepted = true;
		else
			say_status(o, f, "slack did not say ok");
		return;
	}
	curl_easy_getinfo(f->easy, CURLINFO_RETRY_AFTER, &after);
	o->retry_after = after > 0 && after < 86400 ? after * FX_SEC : after > 0 ? FX_DAY : 0;
	o->final = !(status == 408 || status == 425 || status == 429 || status >= 500);
	if (status == 410)
		o->retry_after = FX_DAY;
	o->stop = status == 410 || (o->retry_after && (status == 429 || status == 503));
	snprintf(what, sizeof(what), status >= 300 && status < 400 ? "HTTP %ld, a redirect is not followed"
								    : "HTTP %ld", status);
	say_status(o, f, what);
}

static void clear(struct flight *f)
{
	curl_slist_free_all(f->headers);
	f->headers = NULL;
	fx_payload_free(&f->payload);
	fx_arena_reset(&f->scratch);
	f->have = 0;
	f->whole_head = false;
	f->error[0] = '\0';
	f->n = 0;
}

static size_t under_way(const struct fx_lane *l, const struct flight *fleet)
{
	size_t up = 0;

	for (unsigned k = 0; k < l->parallel; k++)
		up += fleet[k].n != 0;
	return up;
}

/* Jobs from *i on that may go together. */
static void gather(const struct fx_lane *l, struct flight *f, size_t *i)
{
	const bool batch = l->to.format == FX_FORMAT_CLOUDEVENT_BATCH;

	for (; *i < l->n && f->n < (batch ? FX_TOGETHER_MAX : 1); ++*i) {
		if (l->job[*i].started || !fx_lane_ready(l, *i))
			continue;
		if (batch)
			f->job[f->n++] = &l->job[*i];
		else
			f->n = fx_lane_together(l, *i, f->job);
	}
}

/* Start what may start; returns how many are under way.  All jobs before *first are started. */
static size_t take_off(struct fx_lane *l, CURLM *multi, struct flight *fleet, size_t *first)
{
	size_t i;

	while (*first < l->n && l->job[*first].started)
		++*first;
	i = *first;
	for (unsigned k = 0; k < l->parallel && i < l->n; k++) {
		struct flight *f = &fleet[k];

		if (f->n)
			continue;
		gather(l, f, &i);
		if (f->n == 0)
			break;
		load(l, f);
		for (size_t j = 0; j < f->n; j++)
			f->job[j]->started = true;
		/* What a full batch left out is the next one's. */
		if (l->to.format == FX_FORMAT_CLOUDEVENT_BATCH)
			i = (size_t)(f->job[f->n - 1] - l->job) + 1;
		if (!f->easy)
			f->easy = curl_easy_init();
		else
			curl_easy_reset(f->easy);
		f->began = fx_time_clock();
		prepare(l, f);
		curl_multi_add_handle(multi, f->easy);
	}
	return under_way(l, fleet);
}

/* Take in what has ended; false when the lane has to stop. */
static bool land(struct fx_lane *l, CURLM *multi, unsigned *in_a_row)
{
	bool go = true;
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(multi, &left)) != NULL) {
		struct flight *f = NULL;
		CURLcode code = msg->data.result;
		CURL *easy = msg->easy_handle;
		struct fx_outcome o;

		curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&f);
		judge(l, f, code, &o);
		curl_multi_remove_handle(multi, easy);
		if (!fx_lane_settle(l, f->job, f->n, &o, in_a_row))
			go = false;
		clear(f);
	}
	return go;
}

/* Wait for the endpoint's turn; at a lane's end, too, so that a run after this one keeps the pace. */
static void enter(struct fx_pace *p)
{
	fx_time wait;

	pthread_mutex_lock(&p->lock);
	wait = p->next - fx_time_clock();
	if (wait > FX_SEC) /* the clock was set back */
		wait = FX_SEC;
	if (wait > 0)
		nanosleep(&(struct timespec){wait / FX_SEC, (long)(wait % FX_SEC) * 1000}, NULL);
}

static void leave(struct fx_pace *p)
{
	pthread_mutex_unlock(&p->lock);
}

/* What one owner was answered holds for all who share the endpoint. */
static void note_answer(struct fx_lane *l)
{
	const fx_time now = fx_time_clock();

	l->pace->next = now + FX_SEC;
	if (l->rest)
		l->pace->rest = now + l->rest;
}

static bool resting(struct fx_lane *l)
{
	const fx_time left = l->pace->rest - fx_time_clock();

	if (left <= 0)
		return false;
	if (left > l->rest)
		l->rest = left;
	return true;
}

static void fly(struct fx_lane *l, CURLM *multi, struct flight *fleet)
{
	unsigned in_a_row = 0;
	bool go = true;
	size_t first = 0, up = 0;
	int running;

	for (;;) {
		if (up == 0 && l->pace) {
			enter(l->pace);
			go = go && !resting(l);
		}
		if (go && fx_time_clock() < l->until)
			up = take_off(l, multi, fleet, &first);
		if (up == 0)
			break;
		curl_multi_perform(multi, &running);
		if (!land(l, multi, &in_a_row))
			go = false;
		up = under_way(l, fleet);
		if (up == 0 && l->pace) {
			note_answer(l);
			leave(l->pace);
		}
		if (running)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
	if (l->pace)
		leave(l->pace);
}

void fx_http_lane(struct fx_lane *l)
{
	CURLM *multi = curl_multi_init();
	struct flight *fleet;

	if (!multi)
		fx_oom();
	if (l->pace)
		l->parallel = 1;
	fleet = fx_alloc(l->parallel, sizeof(*fleet));
	curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)l->parallel);
	fly(l, multi, fleet);
	for (unsigned k = 0; k < l->parallel; k++) {
		if (fleet[k].easy)
			curl_easy_cleanup(fleet[k].easy);
		fx_arena_free(&fleet[k].scratch);
	}
	curl_multi_cleanup(multi);
	free(fleet);
}
