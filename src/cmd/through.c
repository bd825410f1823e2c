/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what is said of a look through resolvers, and of that way to look. */
#include "cmd/through.h"

#include <stdio.h>

bool dcv_is_through(const struct dcv_session *session)
{
	return session->config.via != DCV_VIA_DIRECT;
}

const char *dcv_through_text(const struct dcv_session *session)
{
	return session->config.via == DCV_VIA_DOH ? "DNS over HTTPS" : "DNS over TLS";
}

static uint32_t cached_s(const struct dcv_session *session,
	const struct dcv_observation *seen)
{
	bool older = seen->seen == DCV_SEEN_OLD || seen->seen == DCV_SEEN_ABSENT;

	return dcv_is_through(session) && older ? seen->ttl_s : 0;
}

static const char *say_cached(uint32_t left_s, char *out)
{
	char left[DCV_TIME_TEXT_MAX];

	out[0] = '\0';
	if (left_s > 0)
		(void)snprintf(out, DCV_CACHED_TEXT_MAX, ", cached for up to %s",
			dcv_duration_text(left_s, left));
	return out;
}

const char *dcv_cached_text(const struct dcv_session *session,
	const struct dcv_observation *seen, char *out)
{
	return say_cached(cached_s(session, seen), out);
}

const char *dcv_cached_longest(const struct dcv_session *session,
	const struct dcv_verify *verify, char *out)
{
	uint32_t most_s = 0;

	for (size_t i = 0; i < verify->n_items; i++) {
		const struct dcv_check_zone *zone = &verify->zones[verify->items[i].zone];

		for (size_t s = 0; s < zone->n_servers; s++) {
			uint32_t left_s = cached_s(session,
				dcv_check_at(&verify->result, i, s));

			most_s = left_s > most_s ? left_s : most_s;
		}
	}
	return say_cached(most_s, out);
}

void dcv_tell_unverified(const struct dcv_session *session, bool why_is_told)
{
	if (dcv_is_through(session)) {
		dcv_tell("unverified: no resolver gave an answer (%s)",
			dcv_through_text(session));
		dcv_tell(
			"help: see above why; whom to ask is said in `check: {resolvers:}`");
		return;
	}
	dcv_tell("unverified: no name server of a zone could be reached from here%s",
		why_is_told ? ": see below" : "");
	if (why_is_told)
		return;
	dcv_tell(
		"help: is port 53 open from here? or name the addresses to ask: " DCV_HELP_ASK);
}
