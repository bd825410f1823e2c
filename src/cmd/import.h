/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Orders of services (--from SERVICE), asked through an account or read from a file (--file), for
 * `new` and for the commands that take orders. */
#ifndef DCV_CMD_IMPORT_H
#define DCV_CMD_IMPORT_H

#include "cmd/new.h"
#include "order/statement.h"

struct dcv_import {
	struct dcv_statement statement;
	const char *number; /* of the order: what was asked for, else what the answer says */
	const char *place; /* in messages: the file, or SERVICE:NUMBER */
	int64_t said_s; /* when the service said so: now, or the file's time */
	bool asked; /* the service was asked, in this run */
	const struct dcv_order *order; /* of session->orders; NULL: none was made of it */
};

/* All that --from, --file and the arguments name, into session->imports. An account needs the
 * configuration, which is made here if it was not. Errors are in diags; returns their code. */
enum dcv_err dcv_import_read(struct dcv_session *session);
/* As an order that is being made; in the arena. What is wrong with it is in diags. */
enum dcv_err dcv_import_draft(struct dcv_session *session,
	const struct dcv_import *import, struct dcv_new_order *ret);
/* dcv_import_read, and every one into session->orders. */
enum dcv_err dcv_import_orders(struct dcv_session *session);

/* "Huawei Cloud SCM says CHECKING_DOMAIN (asked 2026-11-22 10:14 +0100)", in the arena. */
const char *dcv_import_text(struct dcv_session *session, const struct dcv_import *import,
	const char *time);
/* The one that the order was made of; NULL: none. */
const struct dcv_import *dcv_import_of(const struct dcv_session *session,
	const struct dcv_order *order);

#endif
