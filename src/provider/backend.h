/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* An open backend of a zone, in the terms of dns/: turns names, RDATA and errors into those of
 * the provider interface and back, and lends the host services. */
#ifndef DCV_PROVIDER_BACKEND_H
#define DCV_PROVIDER_BACKEND_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "dns/view.h"
#include "provider/load.h"

struct dcv_backend;

struct dcv_backend_host {
	struct dcv_providers *providers;
	const struct dcv_clock *clock;
	const struct dcv_log *log;
	int64_t deadline_ms; /* monotonic; of the whole run */
};

/* Opens one backend of a zone: a zone file, or an account that was checked
 * (provider/options.h), whose secrets are read now. Owns: the caller closes it; host is borrowed until then. */
enum dcv_err dcv_backend_open(const struct dcv_backend_host *host,
	const struct dcv_name *zone, const struct dcv_backend_config *from,
	struct dcv_backend **ret, struct dcv_error *err) DCV_NODISCARD;
void dcv_backend_close(struct dcv_backend *backend);

/* How many sessions an account may have open at once; 0: any. Of a provider that is not known: 0. */
uint32_t dcv_backend_sessions_max(const struct dcv_backend_host *host,
	const struct dcv_backend_config *from);
/* What the backend's provider can; never NULL. */
const struct dcvp_capabilities *dcv_backend_capabilities(const struct dcv_backend *);

/* Whether the backend holds the zone. */
enum dcv_err dcv_backend_has_zone(struct dcv_backend *, bool *ret, struct dcv_error *err)
	DCV_NODISCARD;

/* What the provider says of the zone that it was last found not to hold: where it looked; "". */
const char *dcv_backend_missing(const struct dcv_backend *);

/* The same for any zone: of a provider without needs_zone. */
enum dcv_err dcv_backend_holds(struct dcv_backend *, const struct dcv_name *zone,
	bool *ret, struct dcv_error *err) DCV_NODISCARD;

/* The accounts of this provider can ask the service for orders; `service` as in `service:`. */
bool dcv_backend_asks(const struct dcv_backend_host *host,
	const struct dcv_backend_config *from, const char *service);
/* Asks it: the answer, JSON, in the arena; *ret NULL: it knows no order of this number. Of an
 * account that asks the service. */
enum dcv_err dcv_backend_order(struct dcv_backend *, const char *service,
	const char *number, struct dcv_arena *arena, const char **ret,
	struct dcv_error *err) DCV_NODISCARD;

/* Reads the zone at n owners. The view lives in the arena. Fails: DCV_E_REFUSED (a guard of
 * the backend), DCV_E_FAILED. */
enum dcv_err dcv_backend_read(struct dcv_backend *, const struct dcv_name *owners,
	size_t n, struct dcv_arena *arena, struct dcv_zone_view *ret,
	struct dcv_error *err) DCV_NODISCARD;

/* A change as the journal knows it. */
struct dcv_backend_change {
	const char *id;
	const char *etag; /* of the view that it rests on; NULL after a crash */
	size_t n;
	const struct dcv_rrset_edit *edits;
};

/* Carries out, in parts where the backend takes only so many edits at a time. results[n] is
 * filled in whatever happens; its texts live until the next call. *ret_conflict: the zone moved
 * under us, plan again. Fails: DCV_E_FAILED, DCV_E_REFUSED or DCV_E_CONFIG (nothing changed: all
 * results failed), DCV_E_PARTIAL (something may have changed, as results say: read before
 * anything else). */
enum dcv_err dcv_backend_apply(struct dcv_backend *, const struct dcv_backend_change *,
	struct dcvp_result *results, struct dcvp_receipt *receipt, bool *ret_conflict,
	struct dcv_error *err) DCV_NODISCARD;
/* Makes visible and proves, where the backend has something to do for that. DCV_E_FAILED:
 * refused, the former state is back. DCV_E_PARTIAL: no proof either way, the change stays. */
enum dcv_err dcv_backend_sync(struct dcv_backend *, const struct dcv_backend_change *,
	struct dcvp_receipt *receipt, struct dcv_error *err) DCV_NODISCARD;
/* The backend settles by itself what a run left. Else the host reads, and what stands there
 * decides. */
bool dcv_backend_recovers(const struct dcv_backend *);
/* Only if it does: settles what a run left. As sync; results[n] tells which edits hold. */
enum dcv_err dcv_backend_recover(struct dcv_backend *, const struct dcv_backend_change *,
	struct dcvp_result *results, struct dcv_error *err) DCV_NODISCARD;

#endif
