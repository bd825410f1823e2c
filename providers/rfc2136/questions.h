/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Signed questions to the server, asked together over one connection. */
#ifndef DCV_RFC2136_QUESTIONS_H
#define DCV_RFC2136_QUESTIONS_H

#include "providers/rfc2136/reply.h"

/* Instead of a type: is the name in use (RFC 2136 2.4.4)? No wildcard answers that. It is asked
 * as an update with a prerequisite and no change. */
#define DCV_RIN_USE 0u
/* Likewise: are all of some names not in use (RFC 2136 2.4.5)? */
#define DCV_RUNUSED 65535u

struct dcv_rquestion {
	struct dcv_name name;
	uint16_t type;
	const struct dcv_name *names; /* of DCV_RUNUSED; `name` is the first */
	size_t n_names;
	struct dcv_query query;
	struct dcv_rrequest request;
	bool answered;
	/* Of DCV_RIN_USE only the rcode: NOERROR, it is; NXDOMAIN, it is not. Of DCV_RUNUSED too:
	 * NOERROR, none is; any other: it is not known. */
	struct dcv_answer answer;
};

/* Zero it but for session and apex; lives in session->call. */
struct dcv_rquestions {
	struct dcv_rsession *session;
	struct dcv_name apex;
	const char *zone; /* the apex as text */
	size_t n;
	struct dcv_rquestion **items; /* after asking sorted, each once */
};

/* Adds a question, which may be there already. False: memory is out. */
bool dcv_rquestion_add(struct dcv_rquestions *questions, const struct dcv_name *name,
	uint16_t type);

/* Adds the question whether none of n names, sorted and each there once, is in use; n > 0, as long
 * as they live. False: memory is out. */
bool dcv_rquestion_add_unused(struct dcv_rquestions *questions,
	const struct dcv_name *names, size_t n);

/* Asks all of them. A connection that breaks is made anew once, to the next server if need be,
 * for what is unanswered. DCVP_OK: each was answered, NOERROR or NXDOMAIN, those of
 * DCV_RUNUSED somehow. */
enum dcvp_class dcv_rquestions_ask(struct dcv_rquestions *questions,
	struct dcvp_error *err);

/* Every question of DCV_RUNUSED was answered so that none of its names is in use. */
bool dcv_rquestions_unused(const struct dcv_rquestions *questions);

/* The answer to a question that was asked. */
const struct dcv_answer *dcv_rquestion_answer(const struct dcv_rquestions *questions,
	const struct dcv_name *name, uint16_t type);

#endif
