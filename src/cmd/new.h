/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside `new` only: records as people give them, each field with its place, before they are
 * an order. */
#ifndef DCV_CMD_NEW_H
#define DCV_CMD_NEW_H

#include "cmd/internal.h"

enum dcv_new_field {
	DCV_NEW_DOMAIN,
	DCV_NEW_HOST,
	DCV_NEW_TYPE,
	DCV_NEW_VALUE,
	DCV_NEW_FIELDS
};

struct dcv_new_record {
	const char *line; /* OWNER TYPE VALUE; NULL: the fields */
	const char *text[DCV_NEW_FIELDS]; /* NULL: not given */
	struct dcv_place at[DCV_NEW_FIELDS]; /* of a line: at[DCV_NEW_HOST] */
	const struct dcv_order *read; /* as an order of this one record; NULL: refused */
};

enum dcv_new_key {
	DCV_NEW_ID,
	DCV_NEW_CA,
	DCV_NEW_CERTIFICATE,
	DCV_NEW_SERVICE,
	DCV_NEW_KEYS
};

struct dcv_new_order {
	const char *key[DCV_NEW_KEYS]; /* NULL: not given */
	struct dcv_place at[DCV_NEW_KEYS];
	struct dcv_words names; /* of the certificate, where they are given */
	size_t n;
	struct dcv_new_record *records;
	const char *note; /* a comment before the document; NULL: none */
	bool exact; /* told by a program: nothing was lost when a person pasted it */
	const char *ca; /* the CA as the ledger calls it, when it was written down */
};

struct dcv_new {
	size_t n, n_refused; /* orders; lines with an error */
	struct dcv_new_order *orders;
};

/* Appends a record, or an order; NULL with an error when memory is out. */
struct dcv_new_record *dcv_new_add(struct dcv_session *session,
	struct dcv_new_order *order);
struct dcv_new_order *dcv_new_add_order(struct dcv_session *session, struct dcv_new *all);

void dcv_new_nomem(struct dcv_session *session);
enum dcv_err dcv_new_usage(struct dcv_session *session, const char *what, const char *why);

/* The text without blanks, visible or not, at its edges, in the arena. */
const char *dcv_new_trim(struct dcv_session *session, const char *text, size_t len);

/* new_csv.c: a CSV file (RFC 4180) with a header. Lines with an error are told and counted. */
void dcv_new_read_csv(struct dcv_session *session, const char *path, struct dcv_new *all);
/* new_paste.c: lines as a console shows them, from standard input. */
void dcv_new_read_paste(struct dcv_session *session, struct dcv_new_order *order);

/* new_derive.c: the names of a certificate request, and records that are computed: from the request,
 * or from challenges of ACME. */
enum dcv_err dcv_new_derive(struct dcv_session *session, struct dcv_new_order *order);
/* An option is given from which records are computed. */
bool dcv_new_is_derived(const struct dcv_options *options);

/* new_record.c */
/* Reads each record as an order would. What is wrong is told at its place. Returns how many
 * are refused. */
size_t dcv_new_check(struct dcv_session *session, struct dcv_new_order *order);
/* The document, which was read back. NULL, with what is wrong in diags. */
const char *dcv_new_document(struct dcv_session *session, struct dcv_new_order *order);

#endif
