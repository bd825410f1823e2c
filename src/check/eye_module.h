/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Between eye.c and the module that plays the CA's resolver (eye_unbound.c, dcv-unbound.so).
 * The module uses nothing of the program, so plain data cross. What returns a text returns NULL
 * when all is well, else what is wrong; the text lives until the next call. */
#ifndef DCV_CHECK_EYE_MODULE_H
#define DCV_CHECK_EYE_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/module.h"

#define DCV_EYE_ABI 2u

struct dcv_eye_config {
	const char *root_hints; /* file; NULL: the library's own list */
	size_t n_anchors;
	const char *const *anchors; /* DS or DNSKEY records in presentation form */
	bool no_ipv4, no_ipv6;
	bool special; /* servers at special-purpose addresses are asked too */
	size_t n_ranges;
	const char *const *ranges; /* of these addresses, "10.0.0.0/8" */
	const char *forward; /* "ADDRESS@PORT": a resolver that is asked, not the world; or NULL */
};

/* How a question ended. */
struct dcv_eye_raw {
	int rcode;
	bool secure, bogus;
	const uint8_t *packet; /* NULL: there is none */
	size_t len;
	const char *why; /* "" if the library says nothing */
};

struct dcv_eye_session;

/* Told of each question once, on the thread that calls `process`. All borrowed. */
typedef void (*dcv_eye_done_fn)(void *ctx, size_t tag, const struct dcv_eye_raw *raw);

struct dcv_eye_module {
	struct dcv_module_head head;
	const char *(*open)(const struct dcv_eye_config *config, dcv_eye_done_fn done,
		void *ctx, struct dcv_eye_session **ret);
	/* `name` in presentation form; `tag` comes back with the answer. */
	const char *(*ask)(struct dcv_eye_session *session, const char *name,
		uint16_t type, size_t tag);
	/* Readable when `process` has something to tell. */
	int (*fd)(struct dcv_eye_session *session);
	const char *(*process)(struct dcv_eye_session *session);
	/* Forgets the questions that are open; `done` is not told of them. */
	void (*drop)(struct dcv_eye_session *session);
	void (*close)(struct dcv_eye_session *session);
};

#endif
