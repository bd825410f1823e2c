/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside check/ only: what the module dcv-tls offers to tls.c and stub_link.c. */
#ifndef DCV_CHECK_TLS_MODULE_H
#define DCV_CHECK_TLS_MODULE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/module.h"

#define DCV_TLS_ABI 2u

/* A connected socket that does not block; it stays the caller's. */
struct dcv_tls_connection {
	int fd;
	const char *host; /* for SNI; NULL: none */
	/* Waits until it can be read (or written); 0, or an errno. */
	int (*wait)(const struct dcv_tls_connection *connection, bool read);
};

/* Whom a session is with. */
struct dcv_tls_peer {
	int fd; /* connected, does not block; it stays the caller's */
	const char *name; /* that its certificate must hold */
	bool is_address; /* `name` is an address: no SNI */
	const char *alpn; /* the protocol that it must speak, static; NULL: none is asked for */
	const char *bundle; /* PEM file of trusted certificates; NULL: those of the system */
};

/* What a step of a session came to. */
enum dcv_tls_io {
	DCV_TLS_DONE,
	DCV_TLS_READ, /* again when the socket can be read */
	DCV_TLS_WRITE, /* again when it can be written */
	DCV_TLS_CLOSED, /* by the peer */
	DCV_TLS_FAILED, /* *err says why */
};

struct dcv_tls_session;

struct dcv_tls_module {
	struct dcv_module_head head;
	/* Shakes hands and takes the server's certificate, in DER, in the arena. The chain is not
	 * verified. Fails: DCV_E_FAILED, DCV_E_NOMEM. */
	enum dcv_err (*certificate)(const struct dcv_tls_connection *connection,
		struct dcv_arena *arena, const void **ret_der, size_t *ret_n,
		struct dcv_error *err);

	/* A session over TLS 1.2 or later with a peer whose certificate is verified, by its chain and
	 * its name. Fails: DCV_E_CONFIG (the bundle), DCV_E_NOMEM. */
	enum dcv_err (*open)(const struct dcv_tls_peer *peer,
		struct dcv_tls_session **ret, struct dcv_error *err);
	void (*close)(struct dcv_tls_session *session);
	/* Each does what can be done without waiting. DONE of read and write: *ret_n octets, > 0. */
	enum dcv_tls_io (*shake)(struct dcv_tls_session *session, struct dcv_error *err);
	enum dcv_tls_io (*read)(struct dcv_tls_session *session, void *data, size_t n,
		size_t *ret_n, struct dcv_error *err);
	enum dcv_tls_io (*write)(struct dcv_tls_session *session, const void *data,
		size_t n, size_t *ret_n, struct dcv_error *err);
};

#endif
