/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The forms of `status` that are not text for people: what they tell, and who writes them. */
#ifndef DCV_CMD_STATUS_H
#define DCV_CMD_STATUS_H

#include "cmd/internal.h"
#include "cmd/last.h"

/* Beside the session's rows, what needs attention, and what is kept. Times are seconds since
 * 1970; 0: never. All of it lives in the session's arena. */
struct dcv_status {
	struct dcv_session *session;
	int64_t now_s;
	struct dcv_seat *seats; /* by CA and number */
	size_t n_seats;
	int64_t ledger_octets; /* of the file; 0 where there is none yet */
	int64_t last_change_s; /* the end of the last change of a zone */
	const struct dcv_last *last; /* --result; NULL: not given */
};

/* An order with what is known of it, for one entry. */
struct dcv_status_order {
	const struct dcv_order_row *row;
	const char *state; /* dcv_select_state */
	const struct dcv_seat *seats; /* [n_seats] of the order's records */
	size_t n_seats, n_records; /* n_records: each record once */
	const struct dcv_last_order *last; /* NULL: the result does not have it */
	int64_t settled_s; /* when no cache holds the old answer; 0: not known */
	enum dcv_level_reached reached; /* READY and SETTLED only by a result */
};

/* Reads what the ledger has beside the rows, and --result. Errors are in diags. */
enum dcv_err dcv_status_read(struct dcv_session *session, struct dcv_status *ret)
	DCV_NODISCARD;

struct dcv_status_order dcv_status_of(const struct dcv_status *status,
	const struct dcv_order_row *row);

/* The two are of one record, in two backends. */
bool dcv_seat_is_same(const struct dcv_seat *a, const struct dcv_seat *b);

/* Metrics in Prometheus' text format 0.0.4. */
void dcv_status_metrics(const struct dcv_status *status, FILE *out);

/* One page of HTML that needs nothing else. Fails: what the ledger says, in diags. */
enum dcv_err dcv_status_page(const struct dcv_status *status, FILE *out) DCV_NODISCARD;

#endif
