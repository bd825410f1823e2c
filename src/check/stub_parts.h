/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside the stub resolver only (stub*.c): what its files share. */
#ifndef DCV_CHECK_STUB_PARTS_H
#define DCV_CHECK_STUB_PARTS_H

#include "check/stub.h"
#include "check/tls_module.h"
#include "dns/names.h"

struct dcv_stub_link;

struct dcv_stub {
	struct dcv_stub_options options;
	struct dcv_arena arena; /* of all that was found */
	struct dcv_module module;
	const struct dcv_tls_module *tls;
	struct dcv_server *servers; /* [n_resolvers] */
	struct dcv_stub_link *links; /* [n_resolvers] */
	struct dcv_names zones; /* struct dcv_zone_seen */
	struct dcv_zone_server *seen_servers; /* [n_resolvers]: as they stand in answers of looks */
	struct dcv_zone_address *seen_addresses;
};

/* One question to one resolver. */
struct dcv_stub_question {
	size_t resolver;
	const struct dcv_name *name;
	uint16_t type;
	/* A whole message to be sent as it is, but for its id, and then the whole answer, in the arena,
	 * which is not looked at; NULL: one is made, and `answer` is read. */
	const uint8_t *raw;
	size_t raw_len;
	bool in_flight; /* the link's */
	/* Found. HAS: there is `answer`, with or without records; else why there is none. */
	enum dcv_seen seen;
	struct dcv_answer answer;
	const char *why; /* one line, or NULL */
	int64_t rtt_ms;
};

/* Asks all at once, several on each connection, and returns when all have ended, at the stub's
 * deadline, or when it is stopped; what was not asked by then stays NOT_ASKED. Answers live in the
 * arena. Fails: DCV_E_NOMEM, DCV_E_INTERNAL. */
enum dcv_err dcv_stub_ask(struct dcv_stub *stub, struct dcv_stub_question *questions,
	size_t n, struct dcv_arena *arena, struct dcv_error *err) DCV_NODISCARD;

/* False: memory is out. */
bool dcv_stub_links_new(struct dcv_stub *stub);
void dcv_stub_links_free(struct dcv_stub *stub);

/* What stands at the end of the aliases from `name`: that name; it goes no further than `hops`. */
struct dcv_name dcv_stub_follow(const struct dcv_answer *answer,
	const struct dcv_name *name, size_t hops);
/* How long a cache may keep what the answer says of a name and type. */
uint32_t dcv_stub_ttl(const struct dcv_answer *answer, const struct dcv_name *name,
	uint16_t type);

#endif
