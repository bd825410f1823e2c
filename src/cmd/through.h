/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What is said where it is through resolvers that the world is seen (check.via). */
#ifndef DCV_CMD_THROUGH_H
#define DCV_CMD_THROUGH_H

#include "cmd/internal.h"

bool dcv_is_through(const struct dcv_session *session);
/* "DNS over TLS" */
const char *dcv_through_text(const struct dcv_session *session);

#define DCV_CACHED_TEXT_MAX (DCV_TIME_TEXT_MAX + 32)
/* ", cached for up to 4 min": how long a resolver may still keep an older answer; "" where that is
 * not so. Into out[DCV_CACHED_TEXT_MAX]; returns out. */
const char *dcv_cached_text(const struct dcv_session *session,
	const struct dcv_observation *seen, char *out);
/* The same of the older answer that is kept longest. */
const char *dcv_cached_longest(const struct dcv_session *session,
	const struct dcv_verify *verify, char *out);

/* Where no name server can be asked: what to write. */
#define DCV_HELP_ASK                                                                  \
	"--nameserver ADDR[:PORT], or `check: {nameservers: [ADDR]}`; where port 53 " \
	"is closed, look through a resolver: "                                        \
	"`check: {via: dot, resolvers: [ADDR#NAME]}`"

/* Nobody gave an answer; unless it is told why, what can be done. */
void dcv_tell_unverified(const struct dcv_session *session, bool why_is_told);

#endif
