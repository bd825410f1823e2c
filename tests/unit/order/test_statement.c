/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What services answer, in the forms of their documents, and what is none. Whole answers are cases
 * (tests/cases/order-import). */
#include "order/statement.h"
#include "orders.h"

/* "TEXT" of an error, or "" */
static const char *read_as(const char *service, const char *text, struct fixture *f,
	struct dcv_statement *ret)
{
	static struct dcv_error err;
	const struct dcv_statement_form *form = dcv_statement_form(service);
	enum dcv_err rc;

	err = (struct dcv_error){0};
	assert_non_null(form);
	*ret = (struct dcv_statement){.number = "untouched"};
	rc = dcv_statement_read(form, "a", text, strlen(text), &f->arena, ret, &err);
	assert_int_equal(rc, err.code);
	if (rc != DCV_OK)
		assert_string_equal(ret->number, "untouched");
	return err.text;
}

static void test_forms(void **state)
{
	(void)state;
	for (const char *const *word = dcv_statement_words(); *word != NULL; word++)
		assert_string_equal(dcv_statement_form(*word)->word, *word);
	assert_string_equal(dcv_statement_form("huaweicloud-ccm")->word,
		"huaweicloud-scm");
	assert_string_equal(dcv_statement_form("alibaba-cas")->word, "alibaba");
	assert_string_equal(dcv_statement_form("TencentCloud")->word, "tencent");
	assert_null(dcv_statement_form("digicert"));
	assert_null(dcv_statement_form(""));
}

static void test_names_come_once(void **state)
{
	struct dcv_statement got;
	struct fixture f;

	(void)state;
	begin(&f);
	assert_string_equal(
		read_as("huaweicloud-scm",
			"{\"id\": \"scs1\", \"domain\": \"a.example\", \"sans\": "
			"\"; A.example ;*.a.example;;b.example\", \"name\": \"my shop\"}",
			&f, &got),
		"");
	assert_int_equal(got.n_names, 3);
	assert_string_equal(got.names[0], "a.example");
	assert_string_equal(got.names[1], "*.a.example");
	assert_string_equal(got.names[2], "b.example");
	assert_string_equal(got.number, "scs1");
	assert_null(got.certificate); /* not fit for a lineage */
	assert_null(got.status);
	end(&f);
}

/* Hosts without a domain of their own are different records below different domains. */
static void test_records_come_once(void **state)
{
	struct dcv_statement got;
	struct fixture f;

	(void)state;
	begin(&f);
	assert_string_equal(
		read_as("huaweicloud-scm",
			"{\"authentification\": [null, {}, "
			"{\"record_name\": \"_x\", \"record_type\": \"TXT\", \"record_value\": "
			"\"v\", \"domain\": \"a.example\"}, "
			"{\"record_name\": \"_x\", \"record_type\": \"txt\", \"record_value\": "
			"\" v \", \"domain\": \"a.example\"}, "
			"{\"record_name\": \"_x\", \"record_type\": \"TXT\", \"record_value\": "
			"\"v\", \"domain\": \"b.example\"}, "
			"{\"record_name\": \"_x\", \"record_type\": \"TXT\", \"record_value\": "
			"\"V\", \"domain\": \"b.example\"}, "
			"{\"record_name\": \"_x.www\", \"record_type\": \"TXT\", \"record_value\": "
			"\"V\", \"domain\": \"a.example\"}, "
			"{\"record_name\": \"_x.www\", \"record_type\": \"TXT\", \"record_value\": "
			"\"V\", \"domain\": \"*.a.example\"}, "
			"{\"record_name\": \"_x.www\", \"record_type\": \"TXT\", \"record_value\": "
			"\"V\", \"domain\": \"b.example\"}, "
			"{\"record_name\": \"_x.c.example\", \"record_type\": \"TXT\", \"record_value\": "
			"\"V\", \"domain\": \"c.example\"}, "
			"{\"record_name\": \"_x.c.example\", \"record_type\": \"TXT\", \"record_value\": "
			"\"V\", \"domain\": \"*.c.example\"}]}",
			&f, &got),
		"");
	assert_int_equal(got.n_records, 6);
	assert_string_equal(got.records[0].at, "authentification[2]");
	assert_string_equal(got.records[1].domain, "b.example");
	assert_string_equal(got.records[2].value, "V");
	assert_string_equal(got.records[3].domain, "a.example");
	assert_string_equal(got.records[4].domain, "b.example");
	assert_string_equal(got.records[5].domain, "c.example");
	end(&f);
}

static void test_statuses(void **state)
{
	static const struct {
		const char *service, *text, *status;
		enum dcv_stage stage;
	} rows[] = {
		{"huaweicloud-scm", "{\"status\": \"CHECKING\"}", "CHECKING",
			DCV_STAGE_REVIEW},
		{"huaweicloud-scm", "{\"status\": \"CHECKING_ORG\"}", "CHECKING_ORG",
			DCV_STAGE_ORGANISATION},
		{"huaweicloud-scm", "{\"status\": \"UNPASSED\"}", "UNPASSED",
			DCV_STAGE_REFUSED},
		{"huaweicloud-scm", "{\"status\": \"NEW ONE\"}", "NEW ONE",
			DCV_STAGE_UNTOLD},
		{"alibaba", "{\"Type\": \"verify_fail\"}", "verify_fail",
			DCV_STAGE_REFUSED},
		{"alibaba", "{\"body\": {\"Type\": \"certificate\"}}", "certificate",
			DCV_STAGE_ISSUED},
		{"tencent", "{\"Status\": 2}", "2 not approved", DCV_STAGE_REFUSED},
		{"tencent", "{\"Response\": {\"Status\": \"8\"}}",
			"8 submitted, confirmation letter wanted", DCV_STAGE_ORGANISATION},
		{"tencent", "{\"Status\": 99, \"StatusMsg\": \"X\"}", "99, X",
			DCV_STAGE_UNTOLD},
		{"tencent", "{\"Status\": -1}", "-1", DCV_STAGE_UNTOLD},
		{"acm", "{\"Status\": \"FAILED\", \"FailureReason\": \"CAA_ERROR\"}",
			"FAILED (CAA_ERROR)", DCV_STAGE_REFUSED},
	};
	struct dcv_statement got;
	struct fixture f;

	(void)state;
	begin(&f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_string_equal(read_as(rows[i].service, rows[i].text, &f, &got), "");
		assert_string_equal(got.status, rows[i].status);
		assert_int_equal(got.stage, rows[i].stage);
	}
	end(&f);
}

#define TENCENT(plan, host, type, value)                                   \
	"{\"PackageType\": \"" plan "\", \"DvAuthDetail\": {\"DvAuths\": " \
	"[{\"DvAuthKey\": \"" host "\", \"DvAuthVerifyType\": \"" type     \
	"\", \"DvAuthValue\": \"" value "\"}]}}"

/* By the plan, where that is one CA's; else by a target that only one CA has. */
static void test_ca(void **state)
{
	static const struct {
		const char *text, *ca;
	} rows[] = {
		{TENCENT("8", "_x.a.example", "TXT", "v"), "digicert"},
		{TENCENT("19", "_x.a.example", "TXT", "v"), "globalsign"},
		{TENCENT("2", "_x.a.example", "TXT", "v"), NULL},
		{TENCENT("48", "_x.a.example", "CNAME", "elsewhere.example"), NULL},
		{TENCENT("48", "_875BED25cf9e03596931d91cb0a52bd9.a.example", "CNAME",
			 "a3108492878a2d989949fa50522dd2b0.cc7346307ff022fcfa68e025f6dbf6ad."
			 "cmcdpcwca5iljv.trust-provider.com."),
			"sectigo"},
	};
	struct dcv_statement got;
	struct fixture f;

	(void)state;
	begin(&f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_string_equal(read_as("tencent", rows[i].text, &f, &got), "");
		if (rows[i].ca == NULL)
			assert_null(got.ca);
		else
			assert_string_equal(got.ca, rows[i].ca);
	}
	end(&f);
}

static void test_wrong(void **state)
{
	static const struct {
		const char *service, *text, *error;
	} rows[] = {
		{"alibaba", "{\"Type\": \"domain_verify\", \"ValidateType\": \"FILE\"}",
			"a: ValidateType: domains of this order are proved by FILE, not by DNS"},
		{"alibaba", "{\"Code\": \"NotFound\", \"Message\": \"no\\u001b order\"}",
			"a: a refusal, not an order: NotFound: no\\x1B order"},
		{"huaweicloud-scm", "{\"error_code\": \"SCM.1\", \"error_msg\": 1}",
			"a: a refusal, not an order: SCM.1"},
		{"tencent", "{\"Response\": {\"DvAuthDetail\": {\"DvAuths\": 1}}}",
			"a: Response.DvAuthDetail.DvAuths: not a list"},
		{"tencent", TENCENT("1", "_x.a.example", "MX", "v"),
			"a: DvAuthDetail.DvAuths[0]: a record of type MX, not TXT or CNAME"},
		{"tencent", TENCENT("1", "_x.a.example", "TXT", "2020****"),
			"a: DvAuthDetail.DvAuths[0].DvAuthValue: masked with asterisks: "
			"documents and consoles do that, the API does not"},
		{"acm", "[\"text\"]",
			"a: not an answer of AWS Certificate Manager: neither names nor "
			"records nor a status"},
		{"acm", "{\"Certificate\": {\"Status\": {}}}",
			"a: Certificate.Status: not a text"},
	};
	struct dcv_statement got;
	struct fixture f;

	(void)state;
	begin(&f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(read_as(rows[i].service, rows[i].text, &f, &got),
			rows[i].error);
	end(&f);
}

static void test_too_many(void **state)
{
	static char text[64 * 1024];
	struct dcv_statement got;
	struct fixture f;
	size_t len = 0;

	(void)state;
	begin(&f);
	len += (size_t)sprintf(text, "{\"sans\": \"");
	for (unsigned i = 0; i <= DCV_STATEMENT_ITEMS_MAX; i++)
		len += (size_t)sprintf(text + len, "n%u.example;", i);
	(void)sprintf(text + len, "\"}");
	assert_string_equal(read_as("huaweicloud-scm", text, &f, &got),
		"a: sans: over 1000 names");
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_names_come_once),
		cmocka_unit_test(test_records_come_once),
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_ca),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
