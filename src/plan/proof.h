/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Whether a certificate proves that an order was issued. Pure. */
#ifndef DCV_PLAN_PROOF_H
#define DCV_PLAN_PROOF_H

#include "base/arena.h"
#include "base/crypto.h"
#include "order/life.h"

/* It proves the order when its dNSNames hold all names of the order, its issuer fits the
 * order's CA, it is not the one that stood there at the first apply (row->cert_before), and
 * its time (latest SCT, else notBefore + 24 h) is after the first apply. *ret_why: what is
 * missing, in words, in the arena; NULL: it proves. Returns false when memory is out. */
bool dcv_plan_proves(const struct dcv_cert *cert, const struct dcv_order *order,
	const struct dcv_order_row *row, struct dcv_arena *arena, const char **ret_why);

#endif
