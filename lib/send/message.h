/*
 * One record on its way to one owner: what is sent, under which key, in which form.
 */
#ifndef FX_SEND_MESSAGE_H
#define FX_SEND_MESSAGE_H

#include "base/mem.h"
#include "base/time.h"
#include "json/tape.h"
#include "send/endpoint.h"

#define FX_KEY_LEN 26

struct fx_message {
	struct fx_str record;       /* the JSON object that goes out */
	struct fx_str event, event_id, source, order_id, task_id, exception_id, owner_id, at;
	struct fx_str failure, action, severity;
	struct fx_str carrier;      /* whom the failure is about; empty: no carrier */
	struct fx_str group;        /* a step's: what those share that one message can tell of: the
				       sweep, its event, failure, step and holder; empty: it goes alone */
	struct fx_str step, holder; /* of those, the number and the record's owner_id */
	bool handed;                /* a step's that gives its task to the receiver */
	size_t count;               /* of a group: how many; 0: it is none */
	struct fx_str listed;       /* of a group, for people: its first orders */
	struct fx_str cause;        /* the event id that asks for this sending */
	bool hold;                  /* it places a customer-facing hold */
	bool part;                  /* a task.cancelled of only some lines */
	struct fx_str origin;       /* of the ledger; names the sender */
	char key[FX_KEY_LEN + 1];   /* the same in every attempt, another for each sending; no order id
				       in it, no dot */
	unsigned attempt;           /* this one, from 1 */
};

/*
 * Fill a message from a record (spans into its text or the arena).  cause: the id of
 * the step that asks for it, empty: the record's own.  owner: the receiver, empty: the
 * record's owner_id.  -1 when the record names no owner or no event id.
 */
int fx_message_of(struct fx_message *m, const struct fx_tape *t, struct fx_str record,
		  struct fx_str owner, struct fx_str cause, struct fx_arena *a, struct fx_err *err);

/*
 * One message for n of the same group, n at least 2: its record holds theirs in `exceptions`, as
 * far as FX_BODY_MAX goes, else their ids; its key is a hash of theirs.  Into the arena.
 */
#define FX_GROUP_MAX 1000
void fx_message_group(struct fx_message *out, const struct fx_message *const *m, size_t n,
		      struct fx_arena *a);

#define FX_PAYLOAD_HEADERS 16
struct fx_payload {
	struct fx_buf body;
	struct fx_str header[FX_PAYLOAD_HEADERS]; /* "Name: value", NUL-terminated, in the arena */
	unsigned nheader;
	char batch[FX_KEY_LEN + 1]; /* the key of a batch or a group, made of its messages' keys; "": it is none */
};

/*
 * The body and headers of a message in the endpoint's format:
 *  task        the record
 *  cloudevent  CloudEvents 1.0, structured mode (JSON event format)
 *  cloudevent-binary  the same by the HTTP binding's binary mode: attributes are headers
 *  cloudevent-batch   the same as JSON batch, here of one
 *  slack       an incoming webhook's message with blocks
 *  pagerduty   Events API v2 (the secret is the routing key)
 * Adds Idempotency-Key (draft-ietf-httpapi-idempotency-key-header: a structured-field
 * string) and, where there is a secret of the form whsec_..., the Standard Webhooks
 * headers with the time `now`.  Bodies over FX_BODY_MAX lose their details.
 */
#define FX_BODY_MAX 512000
void fx_payload_of(struct fx_payload *p, const struct fx_message *m, const struct fx_endpoint *e,
		   fx_time now, struct fx_arena *a);
/*
 * The same for a batch: as many of the n messages, from the first on, as go together
 * (at most FX_TOGETHER_MAX, and FX_BODY_MAX bytes).  Returns how many, at least 1.
 */
#define FX_TOGETHER_MAX 100
size_t fx_payload_batch(struct fx_payload *p, const struct fx_message *const *m, size_t n,
			const struct fx_endpoint *e, fx_time now, struct fx_arena *a);
void fx_payload_free(struct fx_payload *p);

/* private to lib/send: a CloudEvent as JSON, `data` or not; its attributes as ce- headers. */
void fx_cloudevent_json(struct fx_buf *b, const struct fx_message *m, bool data,
			struct fx_arena *a);
void fx_cloudevent_headers(struct fx_payload *p, const struct fx_message *m, struct fx_arena *a);
void fx_payload_header(struct fx_payload *p, struct fx_str header);

/* PagerDuty's dedup_key: the incident that it opens, or that it acknowledges or resolves. */
struct fx_str fx_message_incident(const struct fx_message *m);

/* One line for people: "vendor-no-confirmation on ORD-77: re-route to ops-team". */
void fx_message_summary(const struct fx_message *m, struct fx_buf *out);

/*
 * Standard Webhooks: "v1," and the base64 of HMAC-SHA-256 over "id.timestamp.body",
 * under the secret's base64 behind whsec_.  -1: the secret is not of that form.
 */
int fx_webhook_sign(struct fx_buf *out, struct fx_str secret, struct fx_str id,
		    struct fx_str timestamp, struct fx_str body);

#endif
