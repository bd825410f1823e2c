/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows when a refusal is the fault of our clock, and how far that is off. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "provider/http.h"

#define UNSIGNED_S 60 /* nearer than that no clock is called wrong */
#define HELP                                                                                \
	"help: set the clock of this machine, as chrony or systemd-timesyncd do: does one " \
	"of them run? `timedatectl` says"

/* Less than what each scheme takes, since an answer may be old when it is read. */
static int64_t taken_s(const struct dcvp_sign *sign)
{
	static const int64_t taken[] = {[DCVP_SIGN_NONE] = 0,
		[DCVP_SIGN_AWS4] = 240, /* of 5 min */
		[DCVP_SIGN_SDK_HMAC_SHA256] = 840}; /* of 15 min */

	return sign != NULL ? taken[sign->scheme] : 0;
}

void dcv_skew_note(const struct dcv_lent *lent, const struct dcv_url *url,
	const struct dcvp_sign *sign, int64_t date_s)
{
	struct dcv_skew *skew = &lent->shared->skew;

	(void)pthread_mutex_lock(&lent->shared->mutex);
	skew->ahead_s = dcv_now_s(lent->clock) - date_s;
	skew->taken_s = taken_s(sign);
	(void)snprintf(skew->server, sizeof(skew->server), "%.*s", (int)url->host_len,
		url->host);
	(void)pthread_mutex_unlock(&lent->shared->mutex);
}

/* A provider that says that it is the clock is believed; one that says that we are not, where the
 * signature was too old or too new. */
static bool is_why(const struct dcv_skew *skew, enum dcvp_cause cause)
{
	if (cause == DCVP_CAUSE_CLOCK)
		return llabs(skew->ahead_s) > UNSIGNED_S;
	return cause == DCVP_CAUSE_AUTH && skew->taken_s > 0 &&
		llabs(skew->ahead_s) > skew->taken_s;
}

void dcv_skew_tell(const struct dcv_lent *lent, struct dcvp_error *err)
{
	char said[sizeof(err->text)], span[DCV_TIME_TEXT_MAX];
	struct dcv_skew skew;

	if (lent->shared == NULL)
		return;
	(void)pthread_mutex_lock(&lent->shared->mutex);
	skew = lent->shared->skew;
	(void)pthread_mutex_unlock(&lent->shared->mutex);
	if (!is_why(&skew, err->cause))
		return;
	memcpy(said, err->text, sizeof(said));
	(void)snprintf(err->text, sizeof(err->text),
		"%.60s: the clock of this machine is %s %s that of %.80s: %.300s",
		lent->account, dcv_span_text(skew.ahead_s, span),
		skew.ahead_s > 0 ? "ahead of" : "behind", skew.server, said);
	(void)snprintf(err->help, sizeof(err->help), "%s", HELP);
	err->cause = DCVP_CAUSE_CLOCK;
}
