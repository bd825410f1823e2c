/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside check/ only: what the module dcv-tls offers to tls.c. */
#ifndef DCV_CHECK_TLS_MODULE_H
#define DCV_CHECK_TLS_MODULE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/module.h"

#define DCV_TLS_ABI 1u

/* A connected socket that does not block; it stays the caller's. */
struct dcv_tls_connection {
	int fd;
	const char *host; /* for SNI; NULL: none */
	/* Waits until it can be read (or written); 0, or an errno. */
	int (*wait)(const struct dcv_tls_connection *connection, bool read);
};

struct dcv_tls_module {
	struct dcv_module_head head;
	/* Shakes hands and takes the server's certificate, in DER, in the arena. The chain is not
	 * verified. Fails: DCV_E_FAILED, DCV_E_NOMEM. */
	enum dcv_err (*certificate)(const struct dcv_tls_connection *connection,
		struct dcv_arena *arena, const void **ret_der, size_t *ret_n,
		struct dcv_error *err);
};

#endif
