/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What the files of this room that read orders share. Not for other rooms. */
#ifndef DCV_ORDER_READ_H
#define DCV_ORDER_READ_H

#include "base/yaml.h"
#include "order/order.h"

/* Where to and for whom an order is read. Every function below that returns false has added
 * an error, and goes on after it where that helps to tell more in one run. */
struct dcv_read {
	const char *file;
	struct dcv_arena *arena;
	struct dcv_diags *diags;
	bool several; /* documents in the text: each must name its number */
	const char *read_in; /* the directory noted in a document of the ledger, or NULL */
};

/* What records have given so far. Names are those of the certificate. */
struct dcv_claim_list {
	size_t n, n_names;
	size_t room; /* of both arrays from the beginning; 0 or a power of two */
	struct dcv_claim *items;
	struct dcv_name *names;
	bool full; /* nothing more is taken; an error said why */
};

#define DCV_SHOWN_MAX 100u /* of foreign text in a message */

/* text.c: words, names and how they are shown */

void dcv_read_nomem(const struct dcv_read *rd);
/* The text, cut to out[DCV_SHOWN_MAX]; octets that are not ASCII as \xNN. Returns out. */
char *dcv_read_shown(const char *text, size_t len, char *out);
/* The text in YAML's double quotes; cut when it is long. NULL when memory is out. */
char *dcv_read_quoted(const struct dcv_read *rd, const char *text, size_t len);
/* The text of a scalar without line ends; false with an error if it is none, or empty. */
bool dcv_read_text(const struct dcv_read *rd, const char *what,
	const struct dcv_yaml_node *node);
/* Adds an error for each key of the mapping that is none of `keys`; false if there is one. */
bool dcv_read_keys(const struct dcv_read *rd, const struct dcv_yaml_node *map,
	const char *const *keys);

/* The octets of a blank that separates words, at the beginning of the text; 0: there is none. What
 * is copied from a console often has no-break (U+00A0) or ideographic ones (U+3000). */
size_t dcv_read_blank(const char *text, size_t len);
/* A name as written, its blanks removed and its U-labels converted: letters, digits, `-`, `_`
 * and dots only. */
struct dcv_clean {
	char text[DCV_NAME_TEXT_MAX];
	size_t len;
};
bool dcv_read_clean(const struct dcv_read *rd, const struct dcv_place *place,
	const char *what, const char *text, size_t len, struct dcv_clean *ret);
/* An absolute name, its final dot given or not. */
bool dcv_read_absolute(const struct dcv_read *rd, const struct dcv_place *place,
	const char *what, const char *text, size_t len, struct dcv_name *ret);
/* The same, where `*.` may stand before it. */
bool dcv_read_identifier(const struct dcv_read *rd, const struct dcv_place *place,
	const char *what, const char *text, size_t len, struct dcv_name *ret);
/* The name without the labels at its beginning that begin with `_`. */
struct dcv_name dcv_read_domain_of(const struct dcv_name *owner);

/* host.c: the owner that a host means for a domain (DESIGN: host rule). domain NULL: the
 * record has none. *ret_absolute: the host names the whole owner by itself. */
bool dcv_read_host(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len, const struct dcv_name *domain, struct dcv_name *ret,
	bool *ret_absolute);

/* value.c: RDATA of a value. `what` is the subject of messages. */
bool dcv_read_txt(const struct dcv_read *rd, const struct dcv_place *place,
	const char *what, const char *octets, size_t len, struct dcv_rdata *ret);
bool dcv_read_zone_txt(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len, struct dcv_rdata *ret);
bool dcv_read_target(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len, struct dcv_rdata *ret);
/* The value of `value:`. */
bool dcv_read_value(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	uint16_t type, struct dcv_rdata *ret);

/* line.c: a line `OWNER TYPE VALUE`. */
struct dcv_line {
	struct dcv_name owner;
	uint16_t type;
	struct dcv_rdata rdata;
};
/* True if the text has the form of such a line: a second word that is a type. */
bool dcv_line_is(const char *text, size_t len);
bool dcv_read_line(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len, struct dcv_line *ret);
/* TXT or CNAME; 0 with an error for all else. */
uint16_t dcv_read_type(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len);

/* record.c: an item of `records:`, and a record line. What is good is added to *list. */
void dcv_read_record(const struct dcv_read *rd, const struct dcv_yaml_node *item,
	struct dcv_claim_list *list);
void dcv_read_record_line(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len, struct dcv_claim_list *list);

/* claims.c */
/* Room for n claims at once: what grows leaves its former copies in the arena. */
bool dcv_claims_expect(const struct dcv_read *rd, struct dcv_claim_list *list, size_t n);
bool dcv_claims_add(const struct dcv_read *rd, struct dcv_claim_list *list,
	const struct dcv_claim *claim, const struct dcv_name *identifier);
/* Makes each claim and each name unique, and refuses a CNAME beside other values. */
bool dcv_claims_settle(const struct dcv_read *rd, struct dcv_claim_list *list);

/* fields.c: keys that hold one word. `place` is that of the value. */
bool dcv_read_ca(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len, struct dcv_order *order);
/* The issuer domain name of CAA (RFC 8659 4.2), of at least two labels of letters, digits and
 * inner hyphens, in lower case into out[DCV_NAME_MAX]; a final dot is left out. */
bool dcv_read_issuer(const char *text, size_t len, char *out);
bool dcv_read_service(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len, struct dcv_order *order);
bool dcv_read_id(const struct dcv_read *rd, const struct dcv_place *place,
	const char *what, const char *text, size_t len, const char **ret);
bool dcv_read_certificate(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len, struct dcv_order *order);
bool dcv_read_ttl(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len, uint32_t *ret_s);
/* The index of the scalar among the words (ended by NULL). */
bool dcv_read_choice(const struct dcv_read *rd, const char *what,
	const struct dcv_yaml_node *node, const char *const *words, size_t *ret);
bool dcv_read_shared_ttl(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	struct dcv_order *order);

/* lists.c: keys that hold lists */
/* It is a list of at most max items. */
bool dcv_read_list(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	const char *what, size_t max, const char *help);
bool dcv_read_names(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	struct dcv_claim_list *list);
bool dcv_read_previous(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	struct dcv_order *order);
/* Behind ca and number. */
bool dcv_read_supersedes(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	struct dcv_order *order);

/* caa.c: `caa:`, behind ca. */
bool dcv_read_caa(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	struct dcv_order *order);

/* evidence.c: `issued_when:` */
bool dcv_read_evidence(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	struct dcv_order *order);
/* The document for the ledger. If a path in it is relative to the order's file, its first line
 * is a comment that says where that was. NULL when memory is out. */
char *dcv_read_document(const struct dcv_order *order, const struct dcv_yaml_slice *slice,
	struct dcv_arena *arena);
/* The directory that the first line of a text names, or NULL. */
const char *dcv_read_in(const char *text, size_t len, struct dcv_arena *arena);

/* retain.c: what keeps each claim: `retain:` (NULL: not given), else the record's form, else what
 * the CA's records are kept for (ca NULL: not known). */
bool dcv_read_retain(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	const struct dcv_ca *ca, struct dcv_claim_list *list);

/* read.c */
void dcv_orders_append(const struct dcv_read *rd, struct dcv_orders *orders,
	struct dcv_order *order);
/* As dcv_orders_parse, but orders with one number are not looked for. */
void dcv_read_documents(const char *file, const void *text, size_t len, const char *id,
	struct dcv_arena *arena, struct dcv_orders *orders, struct dcv_diags *diags);

/* same.c: refuses, among the orders from n_before on, those whose CA and number another order
 * has. The first one read stays. */
void dcv_orders_unique(struct dcv_orders *orders, size_t n_before,
	struct dcv_arena *arena, struct dcv_diags *diags);

#endif
