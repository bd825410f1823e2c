/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What can be said of an order that is well-formed: where it differs from what its CA is known to
 * ask for. Pure; all of it is warnings, since the CA's own words go before the table. */
#ifndef DCV_ORDER_LINT_H
#define DCV_ORDER_LINT_H

#include "dns/suffix.h"
#include "order/order.h"

/* Adds a warning for each finding, at its place, with the cause of the catalogue: owner, type and
 * value against the CA's forms; doubled names; tokens that are dead at `now_s` (seconds since
 * 1970); shared names; public suffixes (suffixes NULL: not looked at). Returns false, with an
 * error in diags, when memory is out. */
bool dcv_order_lint(const struct dcv_order *order, int64_t now_s,
	const struct dcv_suffixes *suffixes, struct dcv_diags *diags);

/* The same of names that no record proves, if there are records: neither their own, which proves
 * their wildcard too, nor one of a parent where the CA is not known to refuse it. `help`: what to
 * do about it. */
void dcv_order_lint_names(const struct dcv_order *order, const char *help,
	struct dcv_diags *diags);

#endif
