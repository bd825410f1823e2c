/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside `hook`: what ACME clients say in their own words, and what all of them want. A value
 * that a client wants to see is an order of one record: so calls add, each value leaves by
 * itself, and status, cleanup and undo know it like any other. */
#ifndef DCV_CMD_HOOK_H
#define DCV_CMD_HOOK_H

#include "base/file.h"
#include "cmd/internal.h"

struct dcv_hook_value {
	const char *owner; /* A-labels, lower case, with final dot */
	const char *value;
	const char *since; /* of one that waits, when and for whom, as it was noted; else NULL */
	const char *id; /* of its order: the same for the same client, owner and value */
};

/* A call of a client. Everything lives in the session's arena. */
struct dcv_hook {
	const char *client; /* how its orders' numbers begin: "lego" */
	/* A present that was written but not seen by all name servers stays: the client goes on
	 * all the same, and will clean up. */
	bool goes_on;
	size_t n;
	struct dcv_hook_value *values;
};

/* How a client calls, what its arguments and variables mean. */
struct dcv_hook_dialect {
	const char *name;
	const char *usage; /* its arguments */
	/* Returns DCV_E_USAGE, without a message, for arguments that are none of its. */
	enum dcv_err (
		*run)(struct dcv_session *session, size_t n, const char *const *args);
	/* Whether the arguments are about records; NULL: they always are. */
	bool (*concerns)(const char *event);
};

/* --- hook_certbot.c, hook_lego.c, hook_dehydrated.c, hook_acmesh.c --- */
extern const struct dcv_hook_dialect dcv_hook_certbot_auth, dcv_hook_certbot_cleanup,
	dcv_hook_lego, dcv_hook_dehydrated, dcv_hook_acmesh;

/* --- hook_call.c --- */
/* Adds a value to be seen at PREFIX NAME: a name as clients have it, perhaps with `*.` or a final
 * dot, perhaps with U-labels. Fails: DCV_E_USAGE for what is no name, or no value. */
enum dcv_err dcv_hook_add(struct dcv_session *session, struct dcv_hook *hook,
	const char *prefix, const char *name, const char *value) DCV_NODISCARD;
#define DCV_HOOK_PREFIX "_acme-challenge."
/* Adds all values in one change, and waits. One that fails takes back what it did. */
enum dcv_err dcv_hook_present(struct dcv_session *session, const struct dcv_hook *hook)
	DCV_NODISCARD;
/* Removes the values in one change. What is not there, or was never, is as wanted. */
enum dcv_err dcv_hook_clean(struct dcv_session *session, const struct dcv_hook *hook)
	DCV_NODISCARD;
/* The values are needed no more, and stay for now: their orders are closed. */
enum dcv_err dcv_hook_close(struct dcv_session *session, const struct dcv_hook *hook)
	DCV_NODISCARD;
/* Removes the values of all orders whose numbers begin with hook->client: those that are closed;
 * with `open` the others too. */
enum dcv_err dcv_hook_sweep(struct dcv_session *session, const struct dcv_hook *hook,
	bool open) DCV_NODISCARD;
/* "CLIENT-" and the first octets of a hash of the text, in hex; NULL: an error is in diags. */
const char *dcv_hook_key(struct dcv_session *session, const char *client,
	const char *text);

/* --- hook_caller.c --- */
#define DCV_HOOK_CALLER_UNKNOWN "-"
/* The process that calls us, however many shells and wrappers are between: the nearest one that
 * had not been given the variable itself. In the arena; NULL when memory is out. */
const char *dcv_hook_caller(struct dcv_session *session, const char *variable);
/* It does not run any more. False for one that is not known. */
bool dcv_hook_caller_is_gone(const char *caller);

/* --- hook_stage.c --- */
/* Values that wait for the last call of their client, in the state directory. */
struct dcv_hook_stage {
	const char *path; /* of the file; NULL: not open */
	struct dcv_lock lock;
};

/* Opens what waits under a key, which nobody else has open then. Waits until the deadline. */
enum dcv_err dcv_hook_stage_open(struct dcv_session *session, const char *key,
	struct dcv_hook_stage *ret) DCV_NODISCARD;
void dcv_hook_stage_close(struct dcv_hook_stage *stage);
/* Appends the values that wait to hook, each once; those of over an hour ago, or whose caller is
 * gone, are left out. */
enum dcv_err dcv_hook_stage_read(struct dcv_session *session,
	const struct dcv_hook_stage *stage, struct dcv_hook *hook) DCV_NODISCARD;
/* From now on, these values wait, new ones for this caller. None: nothing is left. */
enum dcv_err dcv_hook_stage_write(struct dcv_session *session,
	const struct dcv_hook_stage *stage, const struct dcv_hook *hook,
	const char *caller) DCV_NODISCARD;

#endif
