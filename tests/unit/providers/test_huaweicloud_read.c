/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* How Huawei Cloud is told who we are, and how its listings are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "huaweicloud_world.h"

/* --- who we are */

static void test_settings(void **state)
{
	static const struct {
		const char *pairs[9];
		const char *why; /* NULL: good */
	} rows[] = {{{"region", "eu-de"}, NULL},
		{{"auth", "key"}, "access_key and secret_key"},
		{{"access_key", "AK"}, "access_key and secret_key"},
		{{"secret_key", "SK"}, "access_key and secret_key"},
		{{"username", "u", "password", "p"}, "domain_name"},
		{{"access_key", "AK", "secret_key", "SK", "region", "a.evil/"}, "region"},
		{{"auth", "metadata"}, NULL},
		{{"username", "u", "password", "p", "domain_name", "d"}, NULL}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct dcvp_error err = {0};
		void *ret = NULL;

		start(NULL);
		assert_int_equal(open_with(rows[i].pairs, &ret, &err),
			rows[i].why == NULL ? DCVP_OK : DCVP_INVALID);
		if (rows[i].why != NULL)
			assert_non_null(strstr(err.text, rows[i].why));
	}
}

static void test_signed_by_keys(void **state)
{
	static const char *const pairs[] = {"region", "cn-north-4", "access_key", "AK",
		"secret_key", "SK", "security_token", "ST", "project_id", "P", NULL};
	static const struct exchange exchanges[] = {
		{"GET",
			"https://dns.cn-north-4.myhuaweicloud.com/v2/zones?type=public&"
			"name=example.com&limit=500",
			NULL, 200, ZONE},
		END};
	struct dcvp_error err = {0};
	void *ret = NULL;

	(void)state;
	start(exchanges);
	assert_int_equal(open_with(pairs, &ret, &err), DCVP_OK);
	assert_int_equal(dcvp_provider_1()->find_zone(ret, "example.com.", &err), DCVP_OK);
	assert_string_equal(fake.headers,
		"Accept: application/json\nX-Project-Id: P\nsigned: AK SK ST\n");
}

/* Once for all sessions of the run. */
static void test_token_of_iam(void **state)
{
	static const char *const pairs[] = {"endpoint", BASE, "iam_endpoint",
		"https://iam.example/", "username", "u", "password", "pass\"word",
		"domain_name", "d", "project_name", "eu-de", NULL};
	static const struct exchange exchanges[] = {
		{"POST", "https://iam.example/v3/auth/tokens",
			"{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":{"
			"\"user\":{\"name\":\"u\",\"password\":\"pass\\\"word\",\"domain\":{"
			"\"name\":\"d\"}}}},\"scope\":{\"project\":{\"name\":\"eu-de\"}}}}",
			201, "{\"token\":{}}"},
		FIND, FIND, END};
	struct dcvp_error err = {0};
	void *ret = NULL;

	(void)state;
	start(exchanges);
	fake.header = (struct dcvp_header){"x-subject-token", "the-token"};
	for (int i = 0; i < 2; i++) {
		assert_int_equal(open_with(pairs, &ret, &err), DCVP_OK);
		assert_int_equal(dcvp_provider_1()->find_zone(ret, "example.com.", &err),
			DCVP_OK);
		assert_string_equal(fake.headers,
			"Accept: application/json\nX-Auth-Token: the-token\n");
	}
	assert_int_equal(fake.asked, 3);
}

static void test_keys_of_the_machine(void **state)
{
	static const char *const pairs[] = {"endpoint", BASE, "auth", "metadata", NULL};
	static const struct exchange exchanges[] = {
		{"PUT", "http://169.254.169.254/meta-data/latest/api/token", NULL, 200,
			"session"},
		{"GET", "http://169.254.169.254/openstack/latest/securitykey", NULL, 200,
			"{\"credential\":{\"access\":\"A\",\"secret\":\"S\","
			"\"securitytoken\":\"T\",\"expires_at\":\"x\"}}"},
		FIND, FIND, END};
	struct dcvp_error err = {0};
	void *ret = NULL;

	(void)state;
	start(exchanges);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(open_with(pairs, &ret, &err), DCVP_OK);
		assert_int_equal(dcvp_provider_1()->find_zone(ret, "example.com.", &err),
			DCVP_OK);
		assert_non_null(strstr(fake.headers, "signed: A S T\n"));
	}
	assert_int_equal(fake.asked, 4);
}

#define KEYS_FILE "~/.huaweicloud/credentials"
#define BASIC "[basic]\nak = FA\nsk = FS\n"

/* In the order of the vendor's SDKs: the account, variables, the file, the machine. */
static void test_keys_of_the_sdk(void **state)
{
	static const char *const none[] = {NULL}, *const more[] = {"project_id", "P", NULL},
				 *const own[] = {"access_key", "AK", "secret_key", "SK",
					 NULL},
				 *const token[] = {"username", "u", "password", "p", NULL},
				 *const plain[] = {KEYS_FILE, BASIC, NULL},
				 *const full[] = {"/c",
					 "# of all\r\n[global]\nak=GA\nsk=GS\n[basic] "
					 "# ours\n  AK: FA\r\n  sk=F=S ; old\n"
					 "    nested = 1\n  security_token = FT\n"
					 "  project_id=FP\n[other]\nproject_id=no\n",
					 NULL},
				 *const half[] = {KEYS_FILE, "[basic]\nak=FA\nsk =\n",
					 NULL},
				 *const federated[] = {KEYS_FILE,
					 "[basic]\nidp_id = i\nid_token_file = /t\n",
					 NULL},
				 *const global[] = {KEYS_FILE, "[global]\nak=GA\nsk=GS\n",
					 NULL},
				 *const set[] = {"HUAWEICLOUD_SDK_AK", "VA",
					 "HUAWEICLOUD_SDK_SK", "VS",
					 "HUAWEICLOUD_SDK_PROJECT_ID", "VP", NULL},
				 *const one[] = {"HUAWEICLOUD_SDK_AK", "VA",
					 "HUAWEICLOUD_SDK_SECURITY_TOKEN", "VT", NULL},
				 *const named[] = {"HUAWEICLOUD_SDK_CREDENTIALS_FILE",
					 "/c", NULL};
	static const struct {
		const char *const *settings, *const *variables, *const *files;
		const char *headers; /* NULL: it fails */
		const char *why;
	} rows[] = {
		{own, set, plain, "signed: AK SK -\n", NULL},
		{none, set, plain, "X-Project-Id: VP\nsigned: VA VS -\n", NULL},
		{more, set, plain, "X-Project-Id: P\nsigned: VA VS -\n", NULL},
		{none, one, plain, "signed: FA FS -\n", NULL},
		{none, named, full, "X-Project-Id: FP\nsigned: FA F=S FT\n", NULL},
		{none, NULL, half, NULL, "[basic]: sk is missing"},
		{none, NULL, federated, NULL, "idp_id"},
		{token, NULL, half, NULL, "domain_name"},
		{none, NULL, global, NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		static const struct exchange exchanges[] = {
			{"GET",
				"https://dns.myhuaweicloud.com/v2/zones?type=public&name="
				"example.com&limit=500",
				NULL, 200, ZONE},
			END};
		struct dcvp_error err = {0};
		void *ret = NULL;

		start(exchanges);
		fake_variables = rows[i].variables;
		fake_files = rows[i].files;
		assert_int_equal(open_with(rows[i].settings, &ret, &err),
			rows[i].why == NULL ? DCVP_OK : DCVP_INVALID);
		if (rows[i].why != NULL)
			assert_non_null(strstr(err.text, rows[i].why));
		if (rows[i].headers == NULL)
			continue;
		assert_int_equal(dcvp_provider_1()->find_zone(ret, "example.com.", &err),
			DCVP_OK);
		assert_string_equal(fake.headers + strlen("Accept: application/json\n"),
			rows[i].headers);
	}
}

/* At the end of the chain the machine is asked; what was looked at is told. */
static void test_no_keys_anywhere(void **state)
{
	static const char *const pairs[] = {"endpoint", BASE, NULL};
	static const struct exchange
		silent[] = {{"PUT", "http://169.254.169.254/meta-data/latest/api/token",
				    NULL, 0, ""},
			END},
		has[] = {{"PUT", "http://169.254.169.254/meta-data/latest/api/token",
				 NULL, 404, ""},
			{"GET", "http://169.254.169.254/openstack/latest/securitykey",
				NULL, 200,
				"{\"credential\":{\"access\":\"A\",\"secret\":\"S\","
				"\"securitytoken\":\"T\"}}"},
			FIND, END};
	struct dcvp_error err = {0};
	void *ret = NULL;

	(void)state;
	start(silent);
	assert_int_equal(open_with(pairs, &ret, &err), DCVP_OK);
	assert_int_equal(dcvp_provider_1()->find_zone(ret, "example.com.", &err),
		DCVP_FAILED);
	assert_int_equal(err.cause, DCVP_CAUSE_AUTH);
	assert_non_null(strstr(err.text, KEYS_FILE));
	assert_non_null(strstr(err.help, "access_key"));
	start(has);
	assert_int_equal(open_with(pairs, &ret, &err), DCVP_OK);
	assert_int_equal(dcvp_provider_1()->find_zone(ret, "example.com.", &err), DCVP_OK);
	assert_non_null(strstr(fake.headers, "signed: A S T\n"));
}

/* Of SDK, lego, Terraform and acme.sh, as its manual lists them. */
static void test_names_of_variables(void **state)
{
	static const char *const names[][2] = {{"access_key", "HUAWEICLOUD_SDK_AK"},
		{"access_key", "HUAWEICLOUD_ACCESS_KEY_ID"},
		{"access_key", "HW_ACCESS_KEY"}, {"secret_key", "HUAWEICLOUD_SDK_SK"},
		{"secret_key", "HUAWEICLOUD_SECRET_ACCESS_KEY"},
		{"secret_key", "HW_SECRET_KEY"},
		{"security_token", "HUAWEICLOUD_SDK_SECURITY_TOKEN"},
		{"security_token", "HW_SECURITY_TOKEN"}, {"region", "HUAWEICLOUD_REGION"},
		{"region", "HW_REGION_NAME"}, {"project_id", "HUAWEICLOUD_SDK_PROJECT_ID"},
		{"project_id", "HW_PROJECT_ID"}, {"project_name", "HW_PROJECT_NAME"},
		{"username", "HUAWEICLOUD_Username"}, {"username", "HW_USER_NAME"},
		{"password", "HUAWEICLOUD_Password"}, {"password", "HW_USER_PASSWORD"},
		{"domain_name", "HUAWEICLOUD_DomainName"},
		{"domain_name", "HW_DOMAIN_NAME"}};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const struct dcvp_option *option = dcvp_provider_1()->options;
		const char *const *name;

		while (option->key != NULL && strcmp(option->key, names[i][0]) != 0)
			option++;
		assert_non_null(option->key);
		for (name = option->environment; strcmp(*name, names[i][1]) != 0; name++)
			assert_non_null(name[1]);
	}
}

/* Without the token that newer machines want, and without an agency. */
static void test_machine_without_keys(void **state)
{
	static const char *const pairs[] = {"endpoint", BASE, "auth", "metadata", NULL};
	static const struct exchange exchanges[] = {
		{"PUT", "http://169.254.169.254/meta-data/latest/api/token", NULL, 404, ""},
		{"GET", "http://169.254.169.254/openstack/latest/securitykey", NULL, 404,
			""},
		END};
	struct dcvp_error err = {0};
	void *ret = NULL;

	(void)state;
	start(exchanges);
	assert_int_equal(open_with(pairs, &ret, &err), DCVP_OK);
	assert_int_equal(dcvp_provider_1()->find_zone(ret, "example.com.", &err),
		DCVP_FAILED);
	assert_int_equal(err.cause, DCVP_CAUSE_AUTH);
	assert_string_equal(fake.headers, "");
	assert_non_null(strstr(err.help, "agency"));
}

/* A key that fails again and again is locked. */
static void test_not_believed_is_not_asked_again(void **state)
{
	static const struct exchange exchanges[] = {
		{"GET", ZONES("example.com"), NULL, 401,
			"{\"error_code\":\"APIGW.0301\",\"error_msg\":\"verify aksk "
			"signature fail\",\"request_id\":\"r\"}"},
		END};
	struct dcvp_error err = {0};
	void *with = session(exchanges);

	(void)state;
	for (int i = 0; i < 3; i++) {
		err = (struct dcvp_error){0};
		assert_int_equal(dcvp_provider_1()->find_zone(with, "example.com.", &err),
			DCVP_FAILED);
		assert_int_equal(err.cause, DCVP_CAUSE_AUTH);
		assert_non_null(strstr(err.text, "verify aksk signature fail"));
	}
	assert_int_equal(fake.asked, 1);
}

/* --- reading */

/* An account that cannot be asked has not said that it does not hold the zone. */
static void test_find_zone(void **state)
{
	static const struct {
		int status;
		const char *answer;
		enum dcvp_class class;
	} rows[] = {{200, ZONE, DCVP_OK}, {200, "{\"zones\":[]}", DCVP_NO_ZONE},
		{200,
			"{\"zones\":[{\"id\":\"a\",\"name\":\"xexample.com.\"},{\"id\":"
			"\"b\",\"name\":\"example.com.evil.\"}]}",
			DCVP_NO_ZONE},
		{200,
			"{\"zones\":[{\"id\":\"a\",\"name\":\"example.com.\",\"zone_type\":"
			"\"private\"}]}",
			DCVP_NO_ZONE},
		{200, "{\"zones\":[{\"id\":\"a/../b\",\"name\":\"example.com.\"}]}",
			DCVP_FAILED},
		{200, "{\"zones\":[{\"name\":\"example.com.\"}]}", DCVP_FAILED},
		{200, "{}", DCVP_FAILED}, {200, "", DCVP_FAILED},
		{200, "[{", DCVP_FAILED}, {404, "", DCVP_FAILED}, {403, "", DCVP_FAILED},
		{500, "<html>", DCVP_FAILED}, {0, NULL, DCVP_FAILED}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct exchange exchanges[] = {
			{"GET", ZONES("example.com"), NULL, rows[i].status, rows[i].answer},
			END};
		struct dcvp_error err = {0};

		assert_int_equal(dcvp_provider_1()->find_zone(session(exchanges),
					 "example.com.", &err),
			rows[i].class);
		assert_int_equal(err.text[0] == '\0', rows[i].class == DCVP_OK);
	}
}

static void test_pages(void **state)
{
	static const struct exchange exchanges[] = {
		{"GET", ZONES("example.com"), NULL, 200,
			"{\"zones\":[{\"id\":\"a\",\"name\":\"a.example.com.\"},{\"id\":\"b\","
			"\"name\":\"b.example.com.\"}],\"links\":{\"next\":\"http://evil/\"}}"},
		{"GET", ZONES("example.com") "&marker=b", NULL, 200, ZONE}, END};
	static const struct exchange endless[] = {
		{"GET", ZONES("example.com"), NULL, 200,
			"{\"zones\":[{\"id\":\"a\",\"name\":\"a.\"}],\"links\":{\"next\":"
			"\"x\"}}"},
		{"GET", ZONES("example.com") "&marker=a", NULL, 200,
			"{\"zones\":[{\"id\":\"a\",\"name\":\"a.\"}],\"links\":{\"next\":"
			"\"x\"}}"},
		END};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(
		dcvp_provider_1()->find_zone(session(exchanges), "example.com.", &err),
		DCVP_OK);
	assert_int_equal(fake.asked, 2);
	assert_int_equal(
		dcvp_provider_1()->find_zone(session(endless), "example.com.", &err),
		DCVP_FAILED);
	assert_int_equal(err.cause, DCVP_CAUSE_PROTOCOL);
}

static const char *const owners[] = {"_x.example.com.", "_y.example.com.",
	"_w.example.com.", "_g.example.com."};

static void read_zone(const struct exchange *exchanges, struct dcvp_zone *ret)
{
	struct dcvp_error err = {0};

	*ret = (struct dcvp_zone){0};
	assert_int_equal(dcvp_provider_1()->read(session(exchanges), "example.com.",
				 owners, 4, ret, &err),
		DCVP_OK);
}

#define FIRST SET("s1", "_x.example.com.", "TXT", "300", TOKEN)

/* The set that a page is to follow may go in between: nothing is listed twice, nor for ever. */
static void test_a_page_that_lost_its_place(void **state)
{
	static const struct exchange exchanges[] = {FIND,
		{"GET", SETS "?limit=500", NULL, 200,
			"{\"recordsets\":[" SOA "," FIRST "," SET("s2", "_y.example.com.",
				"TXT", "300", TOKEN) "],\"links\":{\"next\":\"x\"}}"},
		{"GET", SETS "?limit=500&marker=s2", NULL, 400,
			"{\"code\":\"DNS.0007\",\"message\":\"marker\"}"},
		LIST("," FIRST), END};
	struct dcvp_zone zone;

	(void)state;
	read_zone(exchanges, &zone);
	assert_int_equal(fake.asked, 4);
	assert_int_equal(zone.nodes[0].n_sets, 1);
	assert_int_equal(zone.nodes[0].sets[0].n, 1);
	assert_null(zone.nodes[0].sets[0].fixed);
	assert_int_equal(zone.nodes[1].n_sets, 0);
}

/* Sets of other lines and disabled ones are told, and are not what is edited; what is going is
 * gone; sets with weights cannot be edited. */
static void test_which_set_is_edited(void **state)
{
	static const struct exchange exchanges[] = {FIND,
		LIST("," SET_IN("a1", "_x.example.com.", "TXT", "60", SPF, "ACTIVE",
			",\"line\":\"Dianxin\"") "," SET("a2", "_x.example.com.", "TXT",
			"300", TOKEN) "," SET_IN("a3", "_y.example.com.", "TXT", "60",
			TOKEN, "DISABLE", "") "," SET("a4", "_w.example.com.", "CNAME",
			"60", "\"a.example.\"") "," SET("a5", "_w.example.com.", "CNAME",
			"60", "\"b.example.\"") "," SET_IN("a6", "_g.example.com.", "TXT",
			"60", TOKEN, "PENDING_DELETE", "")),
		END};
	struct dcvp_zone zone;

	(void)state;
	read_zone(exchanges, &zone);
	assert_int_equal(zone.nodes[0].n_sets, 1);
	assert_int_equal(zone.nodes[0].sets[0].ttl_s, 300);
	assert_string_equal(zone.nodes[0].sets[0].rdata[0], "\"token\"");
	assert_null(zone.nodes[0].sets[0].fixed);
	assert_int_equal(zone.nodes[1].n_sets, 0);
	assert_string_equal(zone.nodes[1].closest, "_y.example.com.");
	assert_int_equal(zone.nodes[2].n_sets, 1);
	assert_non_null(zone.nodes[2].sets[0].fixed);
	assert_int_equal(zone.nodes[3].n_sets, 0);
	assert_string_equal(zone.nodes[3].closest, "example.com.");
	assert_non_null(strstr(fake.log,
		"_x.example.com. has another TXT set, in the line "
		"Dianxin"));
	assert_non_null(strstr(fake.log,
		"_y.example.com. has another TXT set, that is "
		"disabled"));
	assert_int_equal(zone.serial, 1);
	assert_int_equal(zone.soa_minimum_s, 300);
	assert_int_equal(zone.ttl_min_s, 1);
}

static void test_listings_that_cannot_be_read(void **state)
{
	static const char *const bad[] = {"{\"id\":\"a\",\"name\":\"x.\",\"type\":\"A\"}",
		"{\"id\":\"a\",\"name\":\"x.\",\"type\":\"A\",\"ttl\":-1}",
		"{\"id\":\"a\",\"name\":\"x.\",\"type\":\"A\",\"ttl\":1,\"records\":\"\"}",
		"{\"id\":\"a\",\"name\":\"x.\",\"type\":\"A\",\"ttl\":1,\"records\":[1]}",
		"{\"id\":\"a?b\",\"name\":\"x.\",\"type\":\"A\",\"ttl\":1}",
		"{\"id\":\"a\",\"name\":7,\"type\":\"A\",\"ttl\":1}", "[]", "null"};
	char body[256];

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		const struct exchange exchanges[] = {FIND,
			{"GET", SETS "?limit=500", NULL, 200, body}, END};
		struct dcvp_error err = {0};
		struct dcvp_zone zone;

		(void)snprintf(body, sizeof body, "{\"recordsets\":[%s]}", bad[i]);
		assert_int_equal(dcvp_provider_1()->read(session(exchanges),
					 "example.com.", owners, 4, &zone, &err),
			DCVP_FAILED);
		assert_int_equal(err.cause, DCVP_CAUSE_PROTOCOL);
	}
}

#define SCM "https://scm.example"
#define ORDER(number, status, answer)                                           \
	{                                                                       \
		"GET", SCM "/v3/scm/certificates/" number, NULL, status, answer \
	}

/* The answer as it is; the host reads it. */
static void test_order(void **state)
{
	static const char *const pairs[] = {"endpoint", BASE, "scm_endpoint", SCM "/",
		"access_key", "AK", "secret_key", "SK", NULL};
	static const struct exchange exchanges[] = {
		ORDER("scs1", 200, "{\"id\":\"scs1\",\"sans\":null,\"n\":[1]}"),
		ORDER("a%2F..%3Fb", 404,
			"{\"error_code\":\"SCM.0404\",\"error_msg\":\"none\"}"),
		ORDER("scs1", 404,
			"{\"error_code\":\"APIGW.0101\",\"error_msg\":\"no API\"}"),
		ORDER("scs1", 200, ""), END};
	struct dcvp_error err = {0};
	const char *answer = "";
	void *ret = NULL;

	(void)state;
	start(exchanges);
	assert_int_equal(open_with(pairs, &ret, &err), DCVP_OK);
	assert_string_equal(dcvp_provider_1()->services[0], "huaweicloud-scm");
	assert_null(dcvp_provider_1()->services[1]);
	assert_int_equal(
		dcvp_provider_1()->order(ret, "huaweicloud-scm", "scs1", &answer, &err),
		DCVP_OK);
	assert_string_equal(answer, "{\"id\":\"scs1\",\"sans\":null,\"n\":[1]}");
	assert_int_equal(
		dcvp_provider_1()->order(ret, "huaweicloud-scm", "a/..?b", &answer, &err),
		DCVP_OK);
	assert_null(answer);
	assert_string_equal(err.text, "");
	/* Another service stands there: that says nothing of the order. */
	assert_int_equal(
		dcvp_provider_1()->order(ret, "huaweicloud-scm", "scs1", &answer, &err),
		DCVP_FAILED);
	assert_non_null(strstr(err.text, SCM));
	assert_non_null(strstr(err.help, "scm_endpoint"));
	err = (struct dcvp_error){0};
	assert_int_equal(
		dcvp_provider_1()->order(ret, "huaweicloud-scm", "scs1", &answer, &err),
		DCVP_FAILED);
	assert_int_equal(err.cause, DCVP_CAUSE_PROTOCOL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_settings, done),
		cmocka_unit_test_teardown(test_signed_by_keys, done),
		cmocka_unit_test_teardown(test_token_of_iam, done),
		cmocka_unit_test_teardown(test_keys_of_the_machine, done),
		cmocka_unit_test_teardown(test_keys_of_the_sdk, done),
		cmocka_unit_test_teardown(test_no_keys_anywhere, done),
		cmocka_unit_test_teardown(test_names_of_variables, done),
		cmocka_unit_test_teardown(test_machine_without_keys, done),
		cmocka_unit_test_teardown(test_not_believed_is_not_asked_again, done),
		cmocka_unit_test_teardown(test_find_zone, done),
		cmocka_unit_test_teardown(test_order, done),
		cmocka_unit_test_teardown(test_pages, done),
		cmocka_unit_test_teardown(test_a_page_that_lost_its_place, done),
		cmocka_unit_test_teardown(test_which_set_is_edited, done),
		cmocka_unit_test_teardown(test_listings_that_cannot_be_read, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
