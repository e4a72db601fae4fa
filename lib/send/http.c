#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	struct fx_job *job;
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

static void prepare(struct fx_lane *l, struct flight *f)
{
	CURL *c = f->easy;
	long ms = (long)(l->timeout / 1000);

	fx_payload_of(&f->payload, &f->job->m, &l->to, fx_time_clock(), &f->scratch);
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
 * 410 says that the endpoint is gone.
 */
static void judge(struct fx_lane *l, struct flight *f, CURLcode code, struct fx_outcome *o)
{
	curl_off_t after = 0;
	long status = 0;
	char what[64];

	*o = (struct fx_outcome){.took = fx_time_clock() - f->began};
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
		if (l->to.format != FX_FORMAT_SLACK || (f->have >= 2 && memcmp(f->answer, "ok", 2) == 0))
			o->accepted = true;
		else
			say_status(o, f, "slack did not say ok");
		return;
	}
	curl_easy_getinfo(f->easy, CURLINFO_RETRY_AFTER, &after);
	o->retry_after = after > 0 && after < 86400 ? after * FX_SEC : after > 0 ? FX_DAY : 0;
	o->final = !(status == 408 || status == 425 || status == 429 || status >= 500);
	o->stop = status == 410;
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
	f->job = NULL;
}

/* Start what may start; returns how many are under way.  All jobs before *first are started. */
static size_t take_off(struct fx_lane *l, CURLM *multi, struct flight *fleet, bool *started,
		       size_t *first)
{
	size_t up = 0, i;

	while (*first < l->n && started[*first])
		++*first;
	i = *first;

	for (unsigned k = 0; k < l->parallel; k++)
		up += fleet[k].job != NULL;
	for (unsigned k = 0; k < l->parallel && i < l->n; k++) {
		struct flight *f = &fleet[k];
		bool dead = false;

		if (f->job)
			continue;
		while (i < l->n && (started[i] || !fx_lane_ready(l, i, &dead)))
			i++;
		if (i == l->n)
			break;
		started[i] = true;
		f->job = &l->job[i];
		if (!f->easy)
			f->easy = curl_easy_init();
		else
			curl_easy_reset(f->easy);
		f->began = fx_time_clock();
		prepare(l, f);
		curl_multi_add_handle(multi, f->easy);
		up++;
	}
	return up;
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

		curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&f);
		judge(l, f, code, &f->job->out);
		curl_multi_remove_handle(multi, easy);
		if (!fx_lane_settle(l, f->job, in_a_row))
			go = false;
		clear(f);
	}
	return go;
}

void fx_http_lane(struct fx_lane *l)
{
	struct flight *fleet = fx_alloc(l->parallel, sizeof(*fleet));
	bool *started = fx_alloc(l->n, sizeof(*started)), go = true;
	CURLM *multi = curl_multi_init();
	unsigned in_a_row = 0;
	size_t first = 0;

	if (!multi)
		fx_oom();
	curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)l->parallel);
	for (;;) {
		size_t up = 0;
		int running;

		if (go)
			up = take_off(l, multi, fleet, started, &first);
		else
			for (unsigned k = 0; k < l->parallel; k++)
				up += fleet[k].job != NULL;
		if (up == 0)
			break;
		curl_multi_perform(multi, &running);
		if (!land(l, multi, &in_a_row))
			go = false;
		if (running)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
	for (unsigned k = 0; k < l->parallel; k++) {
		if (fleet[k].easy)
			curl_easy_cleanup(fleet[k].easy);
		fx_arena_free(&fleet[k].scratch);
	}
	curl_multi_cleanup(multi);
	free(started);
	free(fleet);
}
