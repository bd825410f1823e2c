/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What an earlier run saw, read from the document that its --json wrote: what name servers
 * answered, how far each order was, how the run ended. The ledger keeps none of it. */
#ifndef DCV_CMD_LAST_H
#define DCV_CMD_LAST_H

#include "cmd/internal.h"

struct dcv_yaml_node;

struct dcv_last_order {
	const char *ca, *id;
	enum dcv_level_reached verdict; /* NONE: none of the ladder's */
	int64_t settled_s; /* 0: not told */
	const struct dcv_yaml_node *records;
};

struct dcv_last {
	const char *command, *run; /* run: "" for none */
	int64_t exit;
	int64_t at_s; /* when the file was written */
	size_t n_leftovers, n_orders;
	struct dcv_last_order *orders; /* by CA and number */
};

/* Reads the file; what is read lives in the session's arena. Fails: DCV_E_USAGE, with the place
 * and the remedy in diags. */
enum dcv_err dcv_last_read(struct dcv_session *session, const char *path,
	struct dcv_last **ret) DCV_NODISCARD;

/* The order, or NULL; last may be NULL. */
const struct dcv_last_order *dcv_last_find(const struct dcv_last *last, const char *ca,
	const char *id);

/* What one address answered about a record. */
struct dcv_last_seen {
	const char *name, *address, *state; /* state: as dcv_seen_text */
};

/* The next answer about a record of the order: begins with *at = 0, false behind the last. */
bool dcv_last_next(const struct dcv_last_order *order, const struct dcv_name *owner,
	uint16_t type, size_t *at, struct dcv_last_seen *ret);

#endif
