/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What a service that takes orders for certificates says of one, as its API answers in JSON: read for
 * an order document. Pure: whether it was asked, or a file holds what it once said, is not known
 * here. The forms are those of the vendors' documents:
 *
 *	huaweicloud-scm  ShowCertificate (v3), and the older "domain name verification information"
 *	alibaba-cas      DescribeCertificateState
 *	tencent-ssl      DescribeCertificate, DescribeCertificateDetail
 *	acm              DescribeCertificate */
#ifndef DCV_ORDER_STATEMENT_H
#define DCV_ORDER_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

/* Of an answer; of its names and of its records. */
#define DCV_STATEMENT_MAX 1048576u
#define DCV_STATEMENT_ITEMS_MAX 1000u

struct dcv_statement_form {
	const char *word; /* as in --from */
	const char *title; /* "Huawei Cloud SCM" */
	const char *service; /* as in `service:`; NULL: the CA takes its orders itself */
	bool says_number; /* the answer names the order */
	bool says_domain; /* the answer says which domain a record is for */
};

/* By its word, or another one that `service:` takes for it; NULL: there is none. */
const struct dcv_statement_form *dcv_statement_form(const char *word);
/* All words, ended by NULL. */
const char *const *dcv_statement_words(void);

/* Where the order stands, as far as the service's own word for it says. */
enum dcv_stage {
	DCV_STAGE_UNTOLD,
	DCV_STAGE_REVIEW, /* the domain is to be proved, or the CA looks at it */
	DCV_STAGE_ORGANISATION, /* the organisation is being looked at */
	DCV_STAGE_ISSUED,
	DCV_STAGE_REFUSED /* the application was turned down */
};

enum dcv_validation { DCV_VALIDATION_UNTOLD, DCV_VALIDATION_DV, DCV_VALIDATION_OV };

struct dcv_statement_record {
	const char *domain; /* NULL: the answer does not say */
	const char *host; /* as the service spells it, blanks within it too */
	const char *type, *value;
	const char *at; /* where it stands in the answer: "authentification[2]" */
};

/* Texts are UTF-8 and never empty; NULL: the answer does not say. */
struct dcv_statement {
	const struct dcv_statement_form *form;
	const char *number; /* of the certificate, by which the service is asked for it */
	const char *ca; /* the issuing CA, as in `ca:`, by the brand or by the records */
	const char *brand; /* in the service's words */
	const char *certificate; /* the name that a person gave it, if it is fit for `certificate:` */
	const char *status; /* in the service's words, with its reason where it says one */
	enum dcv_stage stage;
	enum dcv_validation validation;
	size_t n_names, n_records;
	const char **names; /* of the certificate, each once */
	struct dcv_statement_record *records; /* each once */
};

/* Reads an answer; `what` names it in messages. In the arena. Fails, with the line and column, or
 * the member that is wrong: DCV_E_ORDER: it is no JSON, no answer of this form, a refusal, of an
 * order that is not proved by DNS, or masked with asterisks; DCV_E_NOMEM. */
enum dcv_err dcv_statement_read(const struct dcv_statement_form *form, const char *what,
	const void *octets, size_t n, struct dcv_arena *arena, struct dcv_statement *ret,
	struct dcv_error *err) DCV_NODISCARD;

#endif
