/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The platform guard: is the zone that we write to the one that the parent delegates to? [P02] */
#ifndef DCV_CHECK_GUARD_H
#define DCV_CHECK_GUARD_H

#include "check/survey.h"

#define DCV_GUARD_MS 2000 /* at most in a run: the deadline to give the survey */

enum dcv_platform {
	DCV_PLATFORM_SAME,
	DCV_PLATFORM_OVERLAP, /* some are the same: a warning */
	DCV_PLATFORM_DISJOINT, /* none is: refused */
	DCV_PLATFORM_NO_VIEW, /* the parent could not be asked, or does not delegate it: see why */
};

struct dcv_guard {
	/* Set by the caller: */
	struct dcv_name apex;
	size_t n_ours;
	const struct dcv_name *ours; /* NS names: the apex's, or the provider's list */
	/* found: */
	enum dcv_platform platform;
	bool by_address; /* the names differ, and the addresses do not */
	bool undelegated; /* with NO_VIEW: the parent answered that there is no such delegation */
	size_t n_parents; /* the parent's NS names */
	const struct dcv_name *parents;
	const char *why; /* with NO_VIEW: one line */
};

/* Names against names, whatever their order. Pure; n of either may be 0: NO_VIEW. */
enum dcv_platform dcv_guard_compare(const struct dcv_name *ours, size_t n_ours,
	const struct dcv_name *parents, size_t n_parents);

/* Asks for n zones at once, by the survey's deadline. Special-use names, example.com among them, are
 * not asked unless the survey's options say so: NO_VIEW. In the survey's memory. Fails: DCV_E_NOMEM,
 * DCV_E_INTERNAL. */
enum dcv_err dcv_guard_run(struct dcv_survey *survey, struct dcv_guard *guards, size_t n,
	struct dcv_error *err) DCV_NODISCARD;

#endif
