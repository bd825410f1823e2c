/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside the page of `status` only: its parts. */
#ifndef DCV_CMD_STATUS_PARTS_H
#define DCV_CMD_STATUS_PARTS_H

#include "cmd/status.h"

/* A state with its sign, so that colour is not all that tells it. */
void dcv_status_chip(FILE *out, const char *state);

/* "DigiCert through Huawei Cloud SCM, certificate shop" */
void dcv_status_origin(FILE *out, const struct dcv_order_row *row);

/* A backend as people write it: of a zone file its path. */
void dcv_status_backend(FILE *out, const char *backend);

/* An open order: how far it is, what runs out when, where its records are. *records_left: how
 * many more records the page can bear. */
void dcv_status_card(const struct dcv_status *status, const struct dcv_status_order *of,
	size_t *records_left, FILE *out);

/* What happened last, the latest first: changes of zones and states of orders. Fails:
 * DCV_E_NOMEM. */
enum dcv_err dcv_status_timeline(const struct dcv_status *status, FILE *out) DCV_NODISCARD;

#endif
