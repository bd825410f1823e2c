/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What is known of certificate authorities and of the services that take orders for them.
 * The facts stand in order/data/; this is how they are asked. */
#ifndef DCV_ORDER_CA_H
#define DCV_ORDER_CA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Why a claim is there, and what keeps it when its order is closed (claims.retain). */
#define DCV_KEEP_MAP(X)                                                                \
	X(ISSUED, "") /* until the certificate is issued */                            \
	X(DATE, "until-date") /* until a date (dns-persist-01: persistUntil) */        \
	X(DEAUTHORISED, "until-deauthorised") /* as long as the CA may use it (ACM) */ \
	X(CAA, "caa") /* a CAA record: leaves by `exact` or `cleanup --caa` */         \
	X(COPY, "copy") /* of a wildcard's data, so that no host goes dark; not retained */
enum dcv_keep {
#define X(name, text) DCV_KEEP_##name,
	DCV_KEEP_MAP(X)
#undef X
};

/* How a fact is known. What is only from memory warns, and never refuses. */
enum dcv_grade {
	DCV_GRADE_NONE, /* not known at all */
	DCV_GRADE_A = 'A', /* read in a primary source */
	DCV_GRADE_B = 'B', /* in a secondary one */
	DCV_GRADE_M = 'M', /* from memory */
};

/* Whether a value at a parent of the name proves the name. */
enum dcv_parent { DCV_PARENT_UNTOLD, DCV_PARENT_YES, DCV_PARENT_NO };

/* A record as the CA asks for it. In a pattern, `<hex:32>` stands for 32 octets of a class and
 * `<hex>` for one or more: hex, b32 (as in labels), b64 (base64url), alnum, label, token (the
 * form of the CA's tokens), any. All else stands for itself. Names are in lower case. */
struct dcv_form {
	const char *owner; /* the labels before the domain: "_dnsauth"; "": at a shared name */
	const char *value; /* a target without its final dot */
	const char *doubt; /* the form is a known mistake, and why; else NULL */
	const char *cause; /* of the doubt: "P07" */
	enum dcv_grade mark;
	uint16_t type;
};

struct dcv_ca {
	const char *key; /* in the ledger */
	const char *title; /* "DigiCert" */
	const char *caa; /* the issuer domain name by which `permit` names it (RFC 8659 4.2) */
	unsigned token_life_d; /* days; BR 3.2.2.4.7 */
	bool known; /* false: not in the table, named by its CAA name */
	bool dated_token; /* tokens begin with YYYYMMDD */
	bool has_token_form; /* TXT at a shared name is allowed in the form of a token */
	bool coexist; /* several values may stand at one owner */
	bool uncached; /* its validator keeps no answers: *ready* is enough */
	enum dcv_parent parent;
	enum dcv_keep keep; /* of its records, where their form says nothing else */
	const char *word; /* as in `ca:`; NULL: the key */
	const char *const *issuers; /* all its CAA names, ended by NULL; NULL: only `caa` */
	const char *const *brands; /* sold under these names, ended by NULL; NULL: none */
	/* Of a token: characters, length behind the prefix, one of blank-separated prefixes
	 * (NULL: none), and all that in words. */
	const char *token_characters, *token_prefixes, *token_shown;
	size_t token_least, token_greatest;
	const struct dcv_form *forms; /* ended by owner NULL; NULL: the order's own words count */
	/* Where the CNAME of a certificate request points to, if this CA validates one; `unique`: if the
	 * order shows a uniqueValue. NULL: it does not. */
	const char *request_suffix, *request_suffix_unique;
	const char *note; /* for people; NULL: none */
	struct {
		enum dcv_grade caa, life, parent, coexist, level, keep;
	} marks;
};

struct dcv_service {
	const char *key, *title;
	bool coexist; /* values of other orders and leftovers may stand beside ours */
	bool uncached; /* its pre-check keeps no answers */
	const char *const *words; /* other words for it, ended by NULL; NULL: none */
	const char *const *cas; /* keys of the CAs whose certificates it sells; ended by NULL */
	const char *note;
	struct {
		enum dcv_grade coexist, level, cas;
	} marks;
};

#define DCV_TOKEN_LIFE_UNKNOWN_D 30u

/* By word, key, brand or first CAA name, any case ("GeoTrust" is digicert's; a blank, `-` and `_`
 * are one). NULL if it is in no table. */
const struct dcv_ca *dcv_ca_find(const char *text);
/* The CA that has this name among its further CAA names ("comodoca.com"), or NULL. An order that
 * says so keeps that name as its key: ledgers have it. */
const struct dcv_ca *dcv_ca_by_issuer(const char *name);
/* The title of the brand that the text names ("GeoTrust"); NULL if it names none. */
const char *dcv_ca_brand(const char *text);
const struct dcv_service *dcv_service_find(const char *text);

/* The tables, row by row; NULL behind the last. */
const struct dcv_ca *dcv_ca_at(size_t i);
const struct dcv_service *dcv_service_at(size_t i);
/* What is written behind `ca:`. */
const char *dcv_ca_word(const struct dcv_ca *ca);
/* The CAA names of the CA; at least one. */
const char *const *dcv_ca_issuers(const struct dcv_ca *ca, size_t *ret_n);
/* The name (lower case) is one of them. */
bool dcv_ca_is_issuer(const struct dcv_ca *ca, const char *name);
/* Words of which one stands in the issuer names of its certificates, ended by NULL. NULL: none are
 * known; its own domain is all there is to go by. */
const char *const *dcv_ca_signers(const struct dcv_ca *ca);
/* Accepts no value beside its own, as is known better than from memory. NULL: does not. */
bool dcv_service_is_lonely(const struct dcv_service *service);

/* All words and brands into out[DCV_CA_WORDS_MAX], ended by NULL, for did-you-mean and completion.
 * Return out. */
#define DCV_CA_WORDS_MAX 64u /* a test counts them */
const char *const *dcv_ca_words(const char **out);
const char *const *dcv_service_words(const char **out);

/* The octets have the form of this CA's tokens (DigiCert: [0-9A-Za-z._-]{16,128}). Always
 * false for a CA without a known form. */
bool dcv_token_fits(const struct dcv_ca *ca, const void *octets, size_t n);

/* The date at the beginning of a token, as the start of that day in UTC; false if the CA's
 * tokens carry none, or these octets are none. */
bool dcv_token_date(const struct dcv_ca *ca, const void *octets, size_t n, int64_t *ret_s);

/* How a record compares with the forms of a CA (form.c), from the best fit to the worst. */
enum dcv_fit {
	DCV_FIT_WHOLE,
	DCV_FIT_TYPE, /* the value is one of another type */
	DCV_FIT_VALUE, /* owner and type fit, the value does not */
	DCV_FIT_OWNER, /* type and value fit, the owner does not */
	DCV_FIT_NONE
};
/* `owner` as text in lower case; `value`: the joined octets of a TXT, or a target as text in lower
 * case; final dots do not count. *ret_form: the form that fits so; NONE: the first. The list must
 * hold one. */
enum dcv_fit dcv_form_fit(const struct dcv_ca *ca, const struct dcv_form *forms,
	const char *owner, uint16_t type, const char *value, size_t len,
	const struct dcv_form **ret_form);
/* "_dnsauth.DOMAIN TXT <token>" into out[n]; returns out. */
const char *dcv_form_shown(const struct dcv_form *form, char *out, size_t n);
/* What ACME asks for, of whatever CA (RFC 8555 8.4, dns-account-01, dns-persist-01). */
const struct dcv_form *dcv_forms_acme(void);

#endif
