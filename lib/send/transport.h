/*
 * The ways to an owner.  Each takes one message and says what became of it; none
 * prints, none waits longer than the timeout.
 */
#ifndef FX_SEND_TRANSPORT_H
#define FX_SEND_TRANSPORT_H

#include "send/attempt.h"

/*
 * spool:DIR, the maildir way: DIR/tmp/KEY.json written and synced, renamed to
 * DIR/new/KEY.json, that directory synced.  A second sending has the same name.
 */
void fx_spool_send(const struct fx_endpoint *e, const struct fx_message *m,
		   const struct fx_payload *p, struct fx_outcome *o);
/*
 * exec:COMMAND by /bin/sh with the body and a newline on its stdin, without FX_KEY and with
 * FX_IDEMPOTENCY_KEY, FX_EVENT, FX_OWNER in its environment.  Exit 0: accepted; 65
 * (EX_DATAERR): refused for good; all else, a signal, or the timeout (the process
 * group is killed): tried again later.  The first line of its stderr is the error.
 */
void fx_exec_send(const struct fx_endpoint *e, const struct fx_message *m,
		  const struct fx_payload *p, fx_time timeout, struct fx_outcome *o);
/* mail:ADDRESS by `sendmail -t -oi` ($FX_SENDMAIL, else /usr/sbin/sendmail); its exit as above. */
void fx_mail_send(const struct fx_endpoint *e, const struct fx_message *m,
		  const struct fx_payload *p, fx_time timeout, struct fx_outcome *o);

#endif
