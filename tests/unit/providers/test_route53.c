/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What is sent to Route 53, what its answers mean, and where keys are found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "route53_world.h"

#define SETS(sets)                                                                  \
	{                                                                           \
		"GET", LIST, NULL, 200,                                             \
			"<L><ResourceRecordSets>" sets                              \
			"</ResourceRecordSets><IsTruncated>false</IsTruncated></L>" \
	}
#define SET(name, type, ttl, values)                                             \
	"<ResourceRecordSet><Name>" name "</Name><Type>" type "</Type><TTL>" ttl \
	"</TTL><ResourceRecords>" values "</ResourceRecords></ResourceRecordSet>"
#define VALUE(text) "<ResourceRecord><Value>" text "</Value></ResourceRecord>"
#define CHANGE(action, set) "<Change><Action>" action "</Action>" set "</Change>"
#define BATCH(changes, status, answer)                                                   \
	{                                                                                \
		"POST", ZONE "/rrset/",                                                  \
			"<?xml version=\"1.0\" encoding=\"UTF-8\"?>"                     \
			"<ChangeResourceRecordSetsRequest xmlns=\"https://"              \
			"route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch><Comment>" \
			"dcvctl</Comment><Changes>" changes "</Changes></ChangeBatch>"   \
			"</ChangeResourceRecordSetsRequest>",                            \
			status, answer                                                   \
	}
#define DONE "<R><ChangeInfo><Id>/change/C7</Id><Status>PENDING</Status></ChangeInfo></R>"
#define ERROR(code, text)                                                                \
	"<ErrorResponse><Error><Code>" code "</Code><Message>" text "</Message></Error>" \
	"</ErrorResponse>"
#define END                               \
	{                                 \
		NULL, NULL, NULL, 0, NULL \
	}
#define SPF "\"v=spf1 \\052 -all\""
#define WILD SET("\\052.example.com.", "TXT", "3600", VALUE(SPF))

static enum dcvp_class apply(const struct exchange *exchanges,
	const struct dcvp_edit *edit, struct dcvp_result *result,
	struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	const struct dcvp_change change = {.zone = "example.com.",
		.id = "1",
		.n_edits = 1,
		.edits = edit};
	enum dcvp_class class = dcvp_provider_1()->apply(keyed(exchanges), &change,
		result, receipt, err);

	assert_false(fake.wrong);
	assert_null(exchanges[fake.asked].method);
	return class;
}

static const char *const add_token[] = {"\"to\\\\k\\\"en\\200\""};
static const struct dcvp_edit add_at_wildcard = {.owner = "*.example.com.",
	.type = DCV_KIT_TXT,
	.ttl_s = 300,
	.n_add = 1,
	.add = add_token};
#define WRITTEN                                     \
	CHANGE("DELETE", WILD)                      \
	CHANGE("CREATE",                            \
		SET("*.example.com.", "TXT", "300", \
			VALUE("\"v=spf1 * -all\"") VALUE("\"to\\134k\\\"en\\310\"")))

/* In the listing's words out, and with what stood there in again. */
static void test_a_set_is_replaced_exactly(void **state)
{
	static const struct exchange exchanges[] = {FIND, SETS(WILD),
		BATCH(WRITTEN, 200, DONE), END};
	struct dcvp_result result = {0};
	struct dcvp_receipt receipt = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(exchanges, &add_at_wildcard, &result, &receipt, &err),
		DCVP_OK);
	assert_int_equal(result.outcome, DCVP_EDIT_DONE);
	assert_string_equal(receipt.change_id, "C7");
}

static void test_refusals_of_a_batch(void **state)
{
	static const struct {
		int status;
		const char *answer;
		enum dcvp_class class;
		enum dcvp_cause cause;
	} cases[] = {{400,
			     ERROR("InvalidChangeBatch",
				     "[Tried to create x but it already exists]"),
			     DCVP_CONFLICT, DCVP_CAUSE_NONE},
		{400,
			"<InvalidChangeBatch><Messages><Message>Tried to delete x but it was "
			"not found</Message></Messages></InvalidChangeBatch>",
			DCVP_CONFLICT, DCVP_CAUSE_NONE},
		{400, ERROR("InvalidChangeBatch", "it conflicts with other records"),
			DCVP_FAILED, DCVP_CAUSE_EXISTS_OTHER},
		{403, ERROR("AccessDenied", "no"), DCVP_FAILED, DCVP_CAUSE_FORBIDDEN},
		{403, ERROR("SignatureDoesNotMatch", "no"), DCVP_FAILED, DCVP_CAUSE_AUTH},
		{500, "<html>", DCVP_UNKNOWN, DCVP_CAUSE_UNAVAILABLE},
		{200, "", DCVP_UNKNOWN, DCVP_CAUSE_PROTOCOL},
		{0, "", DCVP_UNKNOWN, DCVP_CAUSE_UNAVAILABLE}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct exchange exchanges[] = {FIND, SETS(WILD),
			BATCH(WRITTEN, cases[i].status, cases[i].answer), END};
		struct dcvp_result result = {0};
		struct dcvp_receipt receipt = {0};
		struct dcvp_error err = {0};

		assert_int_equal(
			apply(exchanges, &add_at_wildcard, &result, &receipt, &err),
			cases[i].class);
		assert_int_equal(err.cause, cases[i].cause);
		assert_int_equal(fake.waited_ms, 0);
	}
}

static void test_throttling_is_waited_for(void **state)
{
	static const struct exchange exchanges[] = {FIND, SETS(WILD),
		BATCH(WRITTEN, 400, ERROR("Throttling", "Rate exceeded")),
		BATCH(WRITTEN, 400, ERROR("PriorRequestNotComplete", "")),
		BATCH(WRITTEN, 200, DONE), END};
	struct dcvp_result result = {0};
	struct dcvp_receipt receipt = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(exchanges, &add_at_wildcard, &result, &receipt, &err),
		DCVP_OK);
	assert_true(fake.waited_ms > 0);
}

static void test_policies_and_aliases_are_refused(void **state)
{
	static const char *const sets[] = {
		"<ResourceRecordSet><Name>*.example.com.</Name><Type>TXT</Type>"
		"<SetIdentifier>a</SetIdentifier><Weight>1</Weight><TTL>60</TTL>"
		"<ResourceRecords>" VALUE("\"a\"") "</ResourceRecords></ResourceRecordSet>",
		"<ResourceRecordSet><Name>*.example.com.</Name><Type>TXT</Type><AliasTarget>"
		"<DNSName>x.example.com.</DNSName></AliasTarget></ResourceRecordSet>"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char answer[1024];
		struct exchange exchanges[] = {FIND, SETS(""), END};
		struct dcvp_result result = {0};
		struct dcvp_receipt receipt = {0};
		struct dcvp_error err = {0};

		(void)snprintf(answer, sizeof answer,
			"<L><ResourceRecordSets>%s</ResourceRecordSets></L>", sets[i]);
		exchanges[1].answer = answer;
		assert_int_equal(
			apply(exchanges, &add_at_wildcard, &result, &receipt, &err),
			DCVP_REFUSED);
	}
}

/* --- which zone */

#define ZONES(zones, more) "<L><HostedZones>" zones "</HostedZones>" more "</L>"
#define HOSTED(id, name, private)                                      \
	"<HostedZone><Id>/hostedzone/" id "</Id><Name>" name "</Name>" \
	"<Config><PrivateZone>" private "</PrivateZone></Config></HostedZone>"
#define SERVED_BY(id, name)                                                \
	{                                                                  \
		"GET", URL "/2013-04-01/hostedzone/" id, NULL, 200,        \
			"<G><DelegationSet><NameServers><NameServer>" name \
			"</NameServer></NameServers></DelegationSet></G>"  \
	}

static enum dcvp_class elect_last(void *ctx, const char *zone,
	const struct dcvp_rival *rivals, size_t n, size_t *ret, struct dcvp_error *err)
{
	(void)ctx;
	(void)err;
	assert_string_equal(zone, "example.com.");
	assert_int_equal(n, 2);
	assert_string_equal(rivals[0].id, "Z1");
	assert_string_equal(rivals[1].id, "Z3");
	assert_string_equal(rivals[0].servers[0], "ns-1.example.");
	assert_int_equal(rivals[1].n_servers, 1);
	*ret = 1;
	return DCVP_OK;
}

/* Private ones are no rivals, wherever they stand in the listing. */
static void test_of_several_zones_the_elected_one(void **state)
{
#define BY_NAME URL "/2013-04-01/hostedzonesbyname?dnsname=example.com."
	static const struct exchange exchanges[] = {
		{"GET", BY_NAME "&maxitems=100", NULL, 200,
			ZONES(HOSTED("Z1", "example.com.", "false")
					HOSTED("Z2", "example.com.", "true"),
				"<NextDNSName>example.com.</NextDNSName>"
				"<NextHostedZoneId>Z3</NextHostedZoneId>")},
		{"GET", BY_NAME "&hostedzoneid=Z3&maxitems=100", NULL, 200,
			ZONES(HOSTED("Z3", "example.com.", "false")
					HOSTED("Z4", "example.com.au.", "false"),
				"<NextDNSName>example.net.</NextDNSName>"
				"<NextHostedZoneId>Z5</NextHostedZoneId>")},
		SERVED_BY("Z1", "NS-1.example"), SERVED_BY("Z3", "ns-3.example"), END};
	static const char *const url[] = {URL, NULL}, *const key[] = {"key", NULL};
	const struct dcvp_setting settings[] = {{"endpoint", 1, url},
		{"access_key", 1, key}, {"secret_key", 1, key}};
	struct dcvp_error err = {0};
	void *at = session(exchanges, settings, 3);

	(void)state;
	host.elect = elect_last;
	for (int again = 0; again < 2; again++)
		assert_int_equal(dcvp_provider_1()->find_zone(at, "example.com.", &err),
			DCVP_OK);
	assert_null(exchanges[fake.asked].method);
	assert_string_equal(host.cache_get(host.ctx, "zone example.com."), "Z3");
}

/* --- keys */

static void find_keys(const struct exchange *exchanges, struct dcv_r53_keys *keys,
	enum dcvp_class class, struct dcvp_error *err)
{
	static const char *const sts[] = {URL, NULL};
	const struct dcvp_setting setting = {"sts_endpoint", 1, sts};
	struct dcv_r53_call call;

	dcv_r53_begin(&call, session(exchanges, &setting, 1));
	assert_int_equal(dcv_r53_keys(&call, keys, err), class);
	assert_false(fake.wrong);
}

#define CREDENTIALS                                                            \
	"<R><X><Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s" \
	"</SecretAccessKey><SessionToken>t</SessionToken><Expiration>"         \
	"2026-11-22T12:00:00Z</Expiration></Credentials></X></R>"

static void test_keys_of_profiles(void **state)
{
	static const char *const in[] = {"~/.aws/credentials",
		"# a comment\n[base]\naws_access_key_id = AK # mine\r\n"
		"aws_secret_access_key=S/K+#1\n[other]\naws_access_key_id=no\n",
		"~/.aws/config",
		"[profile dns]\nrole_arn = arn:aws:iam::1:role/dns\nsource_profile = base\n"
		"s3 =\n  role_arn = nested\n[default]\nrole_arn=arn:aws:iam::1:role/d\n"
		"source_profile: base\nmfa_serial = x\n",
		NULL};
	static const char *const dns[] = {"AWS_PROFILE", "dns", NULL};
	static const struct exchange exchanges[] = {
		{"POST", URL "/",
			"Version=2011-06-15&Action=AssumeRole&RoleArn="
			"arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fdns&RoleSessionName=dcvctl",
			200, CREDENTIALS},
		END};
	struct dcv_r53_profile profile = {0};
	struct dcv_r53_keys keys;
	struct dcvp_error err = {0};
	struct dcv_kit kit = {.host = &host};

	(void)state;
	fake_files = in;
	fake_variables = dns;
	find_keys(exchanges, &keys, DCVP_OK, &err);
	assert_string_equal(keys.key_id, "ASIA");
	assert_int_equal(keys.expires_s, INT64_C(1795348800));
	assert_int_equal(fake.kept_s, INT64_C(1795348800) - 300 - NOW_S);
	dcv_r53_profile_take(&kit, in[1], "", "base", &profile);
	assert_string_equal(profile.shared.access_key, "AK");
	assert_string_equal(profile.shared.secret_key, "S/K+#1");
	fake_variables = NULL;
	find_keys(exchanges + 1, &keys, DCVP_FAILED, &err);
	assert_non_null(strstr(err.text, "mfa_serial"));
}

/* The id of one key and the secret of another are no key. */
static void test_keys_of_two_files_are_not_mixed(void **state)
{
	static const char *const in[] = {"~/.aws/credentials",
		"[default]\naws_access_key_id = AK\n", "~/.aws/config",
		"[default]\naws_access_key_id = BK\naws_secret_access_key = S\n", NULL};
	static const char *const off[] = {"AWS_EC2_METADATA_DISABLED", "true", NULL};
	static const struct exchange nothing[] = {END};
	struct dcv_r53_keys keys;
	struct dcvp_error err = {0};

	(void)state;
	fake_files = in;
	fake_variables = off;
	find_keys(nothing, &keys, DCVP_FAILED, &err);
	assert_non_null(strstr(err.text, "no aws_secret_access_key"));
}

static void test_keys_of_a_web_identity(void **state)
{
	static const char *const set[] = {"AWS_WEB_IDENTITY_TOKEN_FILE", "/token",
		"AWS_ROLE_ARN", "r", NULL};
	static const char *const in[] = {"/token", "a.b.c\n", NULL};
	static const struct exchange exchanges[] = {
		{"POST", URL "/",
			"Version=2011-06-15&Action=AssumeRoleWithWebIdentity&RoleArn=r&"
			"RoleSessionName=dcvctl&WebIdentityToken=a.b.c",
			200, CREDENTIALS},
		END};
	struct dcv_r53_keys keys;
	struct dcvp_error err = {0};

	(void)state;
	fake_variables = set;
	fake_files = in;
	find_keys(exchanges, &keys, DCVP_OK, &err);
	assert_string_equal(keys.token, "t");
}

#define JSON "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\",\"Token\":\"T\"}"
#define METADATA "http://169.254.169.254/latest/"
#define ROLES METADATA "meta-data/iam/security-credentials/"

static void test_keys_of_machines(void **state)
{
	static const char *const container[] = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
		"/v2/x", NULL};
	static const char *const off[] = {"AWS_EC2_METADATA_DISABLED", "TRUE", NULL};
	static const struct exchange of_container[] = {
		{"GET", "http://169.254.170.2/v2/x", NULL, 200, JSON}, END};
	static const struct exchange of_instance[] = {
		{"PUT", METADATA "api/token", NULL, 200, "word"},
		{"GET", ROLES, NULL, 200, "role\n"},
		{"GET", ROLES "role", NULL, 200, JSON}, END};
	static const struct exchange nobody[] = {
		{"PUT", METADATA "api/token", NULL, 0, ""}, END};
	static const struct exchange nothing[] = {END};
	struct dcv_r53_keys keys;
	struct dcvp_error err = {0};

	(void)state;
	fake_variables = container;
	find_keys(of_container, &keys, DCVP_OK, &err);
	assert_string_equal(keys.token, "T");
	fake_variables = NULL;
	find_keys(of_instance, &keys, DCVP_OK, &err);
	assert_string_equal(keys.secret, "S");
	find_keys(nobody, &keys, DCVP_FAILED, &err);
	assert_non_null(strstr(err.text, "no AWS credentials"));
	fake_variables = off;
	find_keys(nothing, &keys, DCVP_FAILED, &err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_a_set_is_replaced_exactly, done),
		cmocka_unit_test_teardown(test_refusals_of_a_batch, done),
		cmocka_unit_test_teardown(test_throttling_is_waited_for, done),
		cmocka_unit_test_teardown(test_policies_and_aliases_are_refused, done),
		cmocka_unit_test_teardown(test_keys_of_profiles, done),
		cmocka_unit_test_teardown(test_of_several_zones_the_elected_one, done),
		cmocka_unit_test_teardown(test_keys_of_two_files_are_not_mixed, done),
		cmocka_unit_test_teardown(test_keys_of_a_web_identity, done),
		cmocka_unit_test_teardown(test_keys_of_machines, done)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
