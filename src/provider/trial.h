/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The trial of a backend: thirteen groups of steps through the interface, each judged by what the
 * backend reads and by what the zone's servers answer. `dcvctl provider test` shows it. */
#ifndef DCV_PROVIDER_TRIAL_H
#define DCV_PROVIDER_TRIAL_H

#include "dns/ask.h"
#include "provider/backend.h"

#define DCV_TRIAL_GROUPS 13u

enum dcv_trial_state {
	DCV_TRIAL_PASSED,
	DCV_TRIAL_FAILED,
	DCV_TRIAL_CANNOT /* the backend declares that it cannot, and kept to it; or it said so of a
	                  * value that not all can hold, and nothing changed */
};

struct dcv_trial_step {
	unsigned group; /* 1 … DCV_TRIAL_GROUPS */
	const char *name;
	enum dcv_trial_state state;
	const char *text; /* failed: what was seen; cannot: what is declared; "" if passed */
};

struct dcv_trial_setup {
	const struct dcv_backend_host *host;
	const struct dcv_backend_config *from;
	struct dcv_name zone;
	/* Every address that serves the zone: at least one. */
	size_t n_servers;
	const struct dcv_addr *servers;
	int64_t serve_ms; /* within which they must serve a change */
	bool apex; /* also writes a value at the apex, beside what is there */
	bool all; /* 1,001 owners instead of 101 */
	struct dcv_arena *arena; /* of everything that the trial needs */
	/* Told as each step ends; the step is borrowed for the call. Answers false to stop early:
	 * what was written is removed all the same. */
	bool (*tell)(void *ctx, const struct dcv_trial_step *step);
	void *ctx;
};

struct dcv_trial_count {
	size_t passed, failed, cannot;
};

struct dcv_trial_result {
	struct dcv_name owner; /* at and below which all was written, but for the apex */
	struct dcv_trial_count groups[DCV_TRIAL_GROUPS + 1]; /* by number; [0]: the sum */
	int64_t slowest_ms; /* until every server had a change, at worst */
	bool left; /* something that was written could not be removed */
};

/* "hello", "zone", …: the name of a group, 1 … DCV_TRIAL_GROUPS. */
const char *dcv_trial_group(unsigned group);

/* Carries out all groups and removes what they wrote. DCV_OK: the trial came to its end, whatever
 * its steps; *ret counts. Fails: the backend could not be opened, or memory is out; *ret then
 * counts what there was. Source: RFC 1035, 2181 5, 4592, 8659. */
enum dcv_err dcv_trial_run(const struct dcv_trial_setup *setup,
	struct dcv_trial_result *ret, struct dcv_error *err) DCV_NODISCARD;

#endif
