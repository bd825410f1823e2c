/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Which accounts hold which zones: asked before it is known where a name is edited. */
#ifndef DCV_PROVIDER_HOLDER_H
#define DCV_PROVIDER_HOLDER_H

#include "provider/backend.h"

/* Keeps a session for each account that was asked. */
struct dcv_holder;

/* Owns: the caller closes it; host is borrowed until then. Asks nobody. Fails: DCV_E_NOMEM. */
enum dcv_err dcv_holder_make(const struct dcv_backend_host *host, struct dcv_holder **ret,
	struct dcv_error *err) DCV_NODISCARD;
void dcv_holder_close(struct dcv_holder *holder);

/* Whether the account holds the zone. By one thread at a time. Fails: DCV_E_CONFIG if it cannot be
 * said, with the account's name. */
enum dcv_err dcv_holder_ask(struct dcv_holder *, const struct dcv_backend_config *account,
	const struct dcv_name *zone, bool *ret, struct dcv_error *err) DCV_NODISCARD;

/* The zone in the account without any owner: its serial and its name servers. In the arena. Fails as
 * dcv_backend_open and dcv_backend_read do. */
enum dcv_err dcv_holder_view(struct dcv_holder *, const struct dcv_backend_config *account,
	const struct dcv_name *zone, struct dcv_arena *arena, struct dcv_zone_view *ret,
	struct dcv_error *err) DCV_NODISCARD;

/* Names the account in an error of its backend, where its words do not begin with it. */
void dcv_holder_name(const char *account, struct dcv_error *err);

#endif
