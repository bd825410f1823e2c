/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the answers of each service: which member says what, and what its statuses mean.
 * How an answer is read, statement_read.c knows. */
#include <string.h>
#include <strings.h>

#include "order/ca.h"
#include "order/statement_read.h"

static enum dcv_stage stage_of(const char *word, const struct dcv_statement_stage *stages,
	size_t n)
{
	for (size_t i = 0; word != NULL && i < n; i++) {
		if (strcmp(stages[i].word, word) == 0)
			return stages[i].stage;
	}
	return DCV_STAGE_UNTOLD;
}

#define STAGE_OF(word, stages) \
	stage_of((word), (stages), sizeof(stages) / sizeof((stages)[0]))

/* DV_SSL_CERT_BASIC, "OV" */
static enum dcv_validation validation_of(const char *type)
{
	if (type == NULL)
		return DCV_VALIDATION_UNTOLD;
	if (strncasecmp(type, "DV", 2) == 0)
		return DCV_VALIDATION_DV;
	return strncasecmp(type, "OV", 2) == 0 || strncasecmp(type, "EV", 2) == 0
		? DCV_VALIDATION_OV
		: DCV_VALIDATION_UNTOLD;
}

/* --- Huawei Cloud SCM --- */

static const struct dcv_statement_stage huawei_stages[] = {
	{"PAID", DCV_STAGE_UNTOLD},
	{"CHECKING", DCV_STAGE_REVIEW},
	{"CHECKING_DOMAIN", DCV_STAGE_REVIEW},
	{"SUPPLEMENTCHECKING", DCV_STAGE_REVIEW},
	{"ISSUING", DCV_STAGE_REVIEW},
	{"CHECKING_ORG", DCV_STAGE_ORGANISATION},
	{"ISSUED", DCV_STAGE_ISSUED},
	{"UNPASSED", DCV_STAGE_REFUSED},
};

/* The older call tells of one domain, without the order. */
static void read_huawei_domain(struct dcv_statement_read *r)
{
	dcv_statement_need_dns(r, "domain_method");
	dcv_statement_add_names(r, "domain_name", NULL);
	dcv_statement_add_record(r, "",
		&(struct dcv_statement_members){"domain_name", "record_name",
			"record_type", "record_value"});
}

static void read_huawei(struct dcv_statement_read *r)
{
	static const struct dcv_statement_members members = {"domain", "record_name",
		"record_type", "record_value"};
	struct dcv_statement *answer = r->answer;

	if (dcv_statement_text(r, "record_name") != NULL) {
		read_huawei_domain(r);
		return;
	}
	answer->number = dcv_statement_text(r, "id");
	answer->certificate = dcv_statement_text(r, "name");
	answer->brand = dcv_statement_text(r, "brand");
	answer->status = dcv_statement_text(r, "status");
	answer->stage = STAGE_OF(answer->status, huawei_stages);
	answer->validation = validation_of(dcv_statement_text(r, "type"));
	dcv_statement_need_dns(r, "validation_method");
	dcv_statement_add_names(r, "domain", ";");
	dcv_statement_add_names(r, "sans", ";");
	dcv_statement_add_records(r, "authentification", &members);
}

/* --- Alibaba Cloud --- */

static const struct dcv_statement_stage alibaba_stages[] = {
	{"domain_verify", DCV_STAGE_REVIEW},
	{"process", DCV_STAGE_REVIEW},
	{"verify_fail", DCV_STAGE_REFUSED},
	{"certificate", DCV_STAGE_ISSUED},
};

/* Of DV certificates, and while the domain is to be proved one record. */
static void read_alibaba(struct dcv_statement_read *r)
{
	struct dcv_statement *answer = r->answer;

	answer->status = dcv_statement_text(r, "Type");
	answer->stage = STAGE_OF(answer->status, alibaba_stages);
	answer->validation = DCV_VALIDATION_DV;
	dcv_statement_need_dns(r, "ValidateType");
	if (dcv_statement_text(r, "RecordDomain") != NULL)
		dcv_statement_add_record(r, "",
			&(struct dcv_statement_members){NULL, "RecordDomain",
				"RecordType", "RecordValue"});
}

/* --- Tencent Cloud --- */

static const struct {
	const char *word;
	enum dcv_stage stage;
} tencent_statuses[] = {
	{"0 reviewing", DCV_STAGE_REVIEW},
	{"1 approved", DCV_STAGE_ISSUED},
	{"2 not approved", DCV_STAGE_REFUSED},
	{"3 expired", DCV_STAGE_UNTOLD},
	{"4 DNS record added", DCV_STAGE_REVIEW},
	{"5 to be submitted", DCV_STAGE_ORGANISATION},
	{"6 order is being cancelled", DCV_STAGE_UNTOLD},
	{"7 cancelled", DCV_STAGE_UNTOLD},
	{"8 submitted, confirmation letter wanted", DCV_STAGE_ORGANISATION},
	{"9 being revoked", DCV_STAGE_UNTOLD},
	{"10 revoked", DCV_STAGE_UNTOLD},
	{"11 being issued again", DCV_STAGE_REVIEW},
	{"12 letter of revocation wanted", DCV_STAGE_UNTOLD},
};

/* The plans whose brand is that of their CA; TrustAsia and DNSPod sell those of several. */
static const struct {
	int64_t first, last;
	const char *brand;
} tencent_plans[] = {{1, 1, "GeoTrust"}, {3, 7, "DigiCert"}, {8, 10, "GeoTrust"},
	{18, 20, "GlobalSign"}, {22, 24, "GlobalSign"}};

static void read_tencent_status(struct dcv_statement_read *r)
{
	const char *message = dcv_statement_text(r, "StatusMsg");
	int64_t number = -1;

	if (!dcv_statement_int(r, "Status", &number))
		return;
	r->answer->status = DCV_STATEMENT_PRINT(r, "%lld", (long long)number);
	if (number >= 0 &&
		(size_t)number < sizeof(tencent_statuses) / sizeof(tencent_statuses[0])) {
		r->answer->status = tencent_statuses[number].word;
		r->answer->stage = tencent_statuses[number].stage;
	}
	if (message != NULL && r->answer->status != NULL)
		r->answer->status = DCV_STATEMENT_PRINT(r, "%s, %s", r->answer->status,
			message);
}

static void read_tencent(struct dcv_statement_read *r)
{
	static const struct dcv_statement_members members = {"DvAuthDomain", "DvAuthKey",
		"DvAuthVerifyType", "DvAuthValue"};
	struct dcv_statement *answer = r->answer;
	int64_t plan = 0;

	answer->number = dcv_statement_text(r, "CertificateId");
	answer->certificate = dcv_statement_text(r, "Alias");
	answer->validation = validation_of(dcv_statement_text(r, "CertType"));
	read_tencent_status(r);
	dcv_statement_need_dns(r, "VerifyType");
	(void)dcv_statement_int(r, "PackageType", &plan);
	for (size_t i = 0; i < sizeof(tencent_plans) / sizeof(tencent_plans[0]); i++) {
		if (plan >= tencent_plans[i].first && plan <= tencent_plans[i].last)
			answer->brand = tencent_plans[i].brand;
	}
	dcv_statement_add_names(r, "Domain", NULL);
	dcv_statement_add_names(r, "SubjectAltName", NULL);
	dcv_statement_add_records(r, "DvAuthDetail.DvAuths", &members);
}

/* --- AWS Certificate Manager --- */

static const struct dcv_statement_stage acm_stages[] = {
	{"PENDING_VALIDATION", DCV_STAGE_REVIEW},
	{"ISSUED", DCV_STAGE_ISSUED},
	{"VALIDATION_TIMED_OUT", DCV_STAGE_REFUSED},
	{"FAILED", DCV_STAGE_REFUSED},
};

static void read_acm_status(struct dcv_statement_read *r)
{
	struct dcv_statement *answer = r->answer;
	const char *why = dcv_statement_text(r, "FailureReason"),
		   *renewal = dcv_statement_text(r, "RenewalSummary.RenewalStatus"),
		   *late = dcv_statement_text(r, "RenewalSummary.RenewalStatusReason");

	answer->status = dcv_statement_text(r, "Status");
	answer->stage = STAGE_OF(answer->status, acm_stages);
	if (answer->status != NULL && why != NULL)
		answer->status = DCV_STATEMENT_PRINT(r, "%s (%s)", answer->status, why);
	if (answer->status != NULL && renewal != NULL)
		answer->status = DCV_STATEMENT_PRINT(r, "%s, renewal %s%s%s%s",
			answer->status, renewal, late != NULL ? " (" : "",
			late != NULL ? late : "", late != NULL ? ")" : "");
}

/* arn:aws:acm:REGION:ACCOUNT:certificate/NUMBER */
static const char *behind_slash(const char *arn)
{
	const char *slash = strrchr(arn, '/');

	return slash != NULL && slash[1] != '\0' ? slash + 1 : arn;
}

static void read_acm(struct dcv_statement_read *r)
{
	static const struct dcv_statement_members members = {"DomainName",
		"ResourceRecord.Name", "ResourceRecord.Type", "ResourceRecord.Value"};
	const char *arn = dcv_statement_text(r, "CertificateArn"),
		   *type = dcv_statement_text(r, "Type");

	if (type != NULL && strcmp(type, "AMAZON_ISSUED") != 0) {
		DCV_STATEMENT_FAIL(r, "Type", "%s: not a certificate that ACM issues",
			type);
		return;
	}
	if (arn != NULL)
		r->answer->number = behind_slash(arn);
	r->answer->brand = "Amazon";
	r->answer->validation = DCV_VALIDATION_DV;
	read_acm_status(r);
	dcv_statement_add_names(r, "DomainName", NULL);
	dcv_statement_add_names(r, "SubjectAlternativeNames", NULL);
	for (size_t i = 0; i < dcv_statement_count(r, "DomainValidationOptions"); i++) {
		const char *at = DCV_STATEMENT_PRINT(r, "DomainValidationOptions[%zu]", i),
			   *method = DCV_STATEMENT_PRINT(r, "%s.ValidationMethod", at);

		if (method != NULL)
			dcv_statement_need_dns(r, method);
	}
	dcv_statement_add_records(r, "DomainValidationOptions", &members);
}

/* --- all --- */

static const struct dcv_statement_reader readers[] = {
	{.form = {"huaweicloud-scm", "Huawei Cloud SCM", "huaweicloud-scm", true, true},
		.read = read_huawei,
		.code = "error_code",
		.message = "error_msg"},
	{.form = {"alibaba", "Alibaba Cloud", "alibaba-cas", false, false},
		.read = read_alibaba,
		.root = "body",
		.code = "Code",
		.message = "Message"},
	{.form = {"tencent", "Tencent Cloud", "tencent-ssl", true, true},
		.read = read_tencent,
		.root = "Response",
		.code = "Error.Code",
		.message = "Error.Message"},
	{.form = {"acm", "AWS Certificate Manager", NULL, true, true},
		.read = read_acm,
		.root = "Certificate",
		.code = "__type",
		.message = "message"},
};

#define N_READERS (sizeof(readers) / sizeof(readers[0]))

const struct dcv_statement_form *dcv_statement_form(const char *word)
{
	const struct dcv_service *service = dcv_service_find(word);

	for (size_t i = 0; i < N_READERS; i++) {
		const struct dcv_statement_form *form = &readers[i].form;

		if (strcasecmp(form->word, word) == 0 ||
			(service != NULL && form->service != NULL &&
				strcmp(form->service, service->key) == 0))
			return form;
	}
	return NULL;
}

const char *const *dcv_statement_words(void)
{
	static const char *const words[] = {"huaweicloud-scm", "alibaba", "tencent",
		"acm", NULL};

	return words;
}

enum dcv_err dcv_statement_read(const struct dcv_statement_form *form, const char *what,
	const void *octets, size_t n, struct dcv_arena *arena, struct dcv_statement *ret,
	struct dcv_error *err)
{
	size_t i = 0;

	while (&readers[i].form != form)
		i++;
	return dcv_statement_read_as(&readers[i], what, octets, n, arena, ret, err);
}
