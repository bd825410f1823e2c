/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file tests the keys of an order about its certificate and its life: lineage, what it
 * supersedes, CAA, what is retained, and where the certificate can be seen. */
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "dns/caa.h"
#include "orders.h"

#define HEAD "ca: digicert\nrecords: [_x.example.com TXT abc]\n"

static void test_defaults(void **state)
{
	struct fixture f;
	const struct dcv_order *order = good(&f, HEAD);

	(void)state;
	assert_null(order->certificate);
	assert_int_equal(order->n_supersedes, 0);
	assert_int_equal(order->caa, DCV_CAA_CHECK);
	assert_int_equal(order->n_caa, 0);
	assert_int_equal(order->shared_ttl, DCV_SHARED_TTL_KEEP);
	assert_int_equal(order->issued_when.kind, DCV_EVIDENCE_NONE);
	assert_int_equal(order->claims[0].keep, DCV_KEEP_ISSUED);
	end(&f);
}

static void test_lineage(void **state)
{
	struct fixture f;
	const struct dcv_order *order = good(&f,
		HEAD "certificate: shop.example\nshared_ttl: lower\n"
		     "supersedes: [\"17\", GeoTrust/18, sectigo.com/19]\n");

	(void)state;
	assert_string_equal(order->certificate, "shop.example");
	assert_int_equal(order->shared_ttl, DCV_SHARED_TTL_LOWER);
	assert_int_equal(order->n_supersedes, 3);
	assert_string_equal(order->supersedes[0], "17");
	assert_string_equal(order->supersedes[1], "digicert/18");
	assert_string_equal(order->supersedes[2], "sectigo.com/19");
	end(&f);
}

static void test_supersedes_that_is_wrong(void **state)
{
	(void)state;
	bad(HEAD "supersedes: \"17\"\n",
		"3:13: supersedes: must be a list\n  write supersedes: [\"1234567001\"]\n");
	bad(HEAD "supersedes: [\"1\", digicert/1, digicrt/2, \"a b\", digicert/, [x]]\n",
		"3:14: supersedes: 1 is this order itself\n"
		"  name the other order, which this one replaces; a re-issue under the same "
		"number needs no `supersedes:`\n"
		"3:19: supersedes: digicert/1 is this order itself\n"
		"  name the other order, which this one replaces; a re-issue under the same "
		"number needs no `supersedes:`\n"
		"3:31: ca: \"digicrt\": unknown CA\n"
		"  did you mean digicert? Else give the domain of its CAA records, for "
		"example ca: letsencrypt.org\n"
		"3:42: supersedes: \"a b\" is no order number: 1 to 128 letters, digits, `.`, "
		"`_`, `-`\n"
		"  write NUMBER, or CA/NUMBER, of the other order\n"
		"3:49: supersedes: \"\" is no order number: 1 to 128 letters, digits, `.`, "
		"`_`, `-`\n"
		"  write NUMBER, or CA/NUMBER, of the other order\n"
		"3:60: supersedes: must be a text, not a list\n"
		"  write one text, in quotes if need be\n");
	/* Another CA's order may have the same number. */
	struct fixture f;

	assert_int_equal(good(&f, HEAD "supersedes: [sectigo.com/1]\n")->n_supersedes, 1);
	end(&f);
}

/* The CAA records of an order as text. */
static const char *caa_text(struct fixture *f, const struct dcv_order *order)
{
	f->text.len = 0;
	dcv_buf_adds(&f->text, "");
	for (size_t i = 0; i < order->n_caa; i++) {
		const struct dcv_caa_want *want = &order->caa_records[i];

		dcv_buf_addf(&f->text, "%s|%s|", want->tag,
			want->issuer != NULL ? want->issuer : "-");
		dcv_rdata_text(DCV_TYPE_CAA, &want->rdata, &f->text);
		dcv_buf_addc(&f->text, '\n');
	}
	return dcv_buf_text(&f->text);
}

static void test_caa_policies(void **state)
{
	static const struct {
		const char *text;
		enum dcv_caa_policy policy;
	} rows[] = {
		{"check", DCV_CAA_CHECK},
		{"permit", DCV_CAA_PERMIT},
		{"off", DCV_CAA_OFF},
		{"{policy: permit}", DCV_CAA_PERMIT},
		{"{policy: check}", DCV_CAA_CHECK},
		{"{policy: exact, records: [{tag: issue, issuer: digicert.com}]}",
			DCV_CAA_EXACT},
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct fixture f;

		(void)snprintf(text, sizeof text, HEAD "caa: %s\n", rows[i].text);
		assert_int_equal(good(&f, text)->caa, rows[i].policy);
		end(&f);
	}
}

static void test_caa_records(void **state)
{
	struct fixture f;
	const struct dcv_order *order = good(&f,
		HEAD
		"caa:\n"
		"  policy: exact\n"
		"  records:\n"
		"  - {tag: issue, issuer: DigiCert.com.}\n"
		"  - {tag: issue, issuer: digicert.com}\n" /* the same again */
		"  - {tag: issue, issuer: letsencrypt.org,\n"
		"     accounturi: \"https://ca.example/Acct/1?x=y\",\n"
		"     validationmethods: [DNS-01, ca-tbr-7]}\n"
		"  - {tag: issue, issuer: sectigo.com, validationmethods: \"ca-tbr-7,dns-01\"}\n"
		"  - {tag: issuewild, issuer: \";\"}\n"
		"  - {tag: iodef, value: \"mailto:ca@example.com\"}\n");

	(void)state;
	assert_string_equal(caa_text(&f, order),
		"issue|digicert.com|0 issue \"digicert.com\"\n"
		"issue|letsencrypt.org|0 issue \"letsencrypt.org; "
		"accounturi=https://ca.example/Acct/1?x=y; "
		"validationmethods=dns-01,ca-tbr-7\"\n"
		"issue|sectigo.com|0 issue \"sectigo.com; "
		"validationmethods=ca-tbr-7,dns-01\"\n"
		"issuewild||0 issuewild \";\"\n"
		"iodef|-|0 iodef \"mailto:ca@example.com\"\n");
	/* What we write, the evaluator takes for what it says (RFC 8659 4.2). */
	for (size_t i = 0; i < 4; i++) {
		struct dcv_caa_record record;
		struct dcv_caa_value value;

		assert_int_equal(dcv_caa_read(&order->caa_records[i].rdata, &f.arena,
					 &record, NULL),
			DCV_OK);
		assert_int_equal(record.flags, 0);
		assert_true(dcv_caa_value_read(record.value, record.value_len, &value));
		assert_int_equal(value.issuer_len, strlen(order->caa_records[i].issuer));
	}
	end(&f);
}

static void test_caa_that_does_not_help_the_ca(void **state)
{
	struct fixture f;

	(void)state;
	read_yaml(&f,
		HEAD
		"caa: {policy: permit, records: [{tag: issue, issuer: sectigo.com}]}\n");
	assert_string_equal(report(&f),
		"3:6: warning: caa: no record names digicert.com, so DigiCert may not "
		"issue\n");
	assert_string_equal(f.diags.items[0].id, "C50");
	assert_int_equal(f.orders.n, 1);
	end(&f);
}

static void bad_caa(const char *caa, const char *wanted)
{
	char text[512];
	struct fixture f;

	(void)snprintf(text, sizeof text, HEAD "caa: %s\n", caa);
	read_yaml(&f, text);
	assert_int_equal(f.orders.n, 0);
	assert_true(f.diags.n_errors > 0);
	assert_string_equal(f.diags.items[0].text, wanted);
	assert_true(f.diags.items[0].help[0] != '\0');
	end(&f);
}

static void bad_caa_record(const char *record, const char *wanted)
{
	char caa[256];

	(void)snprintf(caa, sizeof caa, "{policy: exact, records: [%s]}", record);
	bad_caa(caa, wanted);
}

static void test_caa_that_is_wrong(void **state)
{
	(void)state;
	bad_caa("[permit]", "caa: must be a text, not a list");
	bad_caa("{records: []}", "caa: policy: missing");
	bad_caa("{policy: exact}",
		"caa: exact: needs records with an issue or issuewild, else any CA may issue");
	bad_caa("{policy: exact, records: [{tag: iodef, value: \"mailto:a@b.example\"}]}",
		"caa: exact: needs records with an issue or issuewild, else any CA may issue");
	bad_caa("{policy: check, records: [{tag: issue, issuer: digicert.com}]}",
		"caa: records: only permit and exact write any");
	bad_caa("{policy: exact, record: []}", "record: unknown key");
	bad_caa("{policy: exact, records: digicert.com}", "caa: records: must be a list");
	bad_caa_record("digicert.com", "caa: a record: must be a mapping");
	bad_caa_record("{issuer: digicert.com}", "tag: missing");
	bad_caa_record("{tag: isue, issuer: digicert.com}", "tag: \"isue\": unknown word");
	bad_caa_record("{tag: issue}", "issuer: missing");
	bad_caa_record("{tag: issue, issuer: DigiCert}",
		"issuer: not the domain by which CAA names a CA");
	bad_caa_record("{tag: issue, issuer: \"digicert.com; policy=ev\"}",
		"issuer: not the domain by which CAA names a CA");
	bad_caa_record("{tag: issue, issuer: \"digi_cert.com\"}",
		"issuer: not the domain by which CAA names a CA");
	bad_caa_record("{tag: issue, value: digicert.com}", "issuer: missing");
	bad_caa_record("{tag: issue, issuer: digicert.com, value: x}",
		"value: this tag takes `issuer:` instead");
	bad_caa_record("{tag: issue, issuer: \";\", accounturi: \"a:b\"}",
		"issuer: nobody may issue, so a parameter means nothing");
	bad_caa_record("{tag: issue, issuer: digicert.com, accounturi: \"https://a b\"}",
		"accounturi: no URI, or with a blank or `;` in it");
	bad_caa_record("{tag: issue, issuer: digicert.com, accounturi: account}",
		"accounturi: no URI, or with a blank or `;` in it");
	bad_caa_record("{tag: issue, issuer: digicert.com, accounturi: \"a:b;c\"}",
		"accounturi: no URI, or with a blank or `;` in it");
	bad_caa_record("{tag: issue, issuer: digicert.com, validationmethods: []}",
		"validationmethods: empty, so that no method could be used");
	bad_caa_record("{tag: issue, issuer: digicert.com, validationmethods: [dns_01]}",
		"validationmethods: a method is letters, digits and hyphens");
	bad_caa_record("{tag: issue, issuer: digicert.com, validationmethods: \"a,\"}",
		"validationmethods: a method is letters, digits and hyphens");
	bad_caa_record(
		"{tag: issue, issuer: digicert.com, validationmethods: [a, \"b,A\"]}",
		"validationmethods: a method stands twice, and then the record matches "
		"nothing");
	bad_caa_record("{tag: iodef, issuer: digicert.com}",
		"iodef: takes `value:`, not an issuer and its parameters");
	bad_caa_record("{tag: iodef}", "value: missing");
	bad_caa_record("{tag: iodef, value: ca@example.com}",
		"value: iodef takes a mailto:, http: or https: URL");
	bad_caa_record("{tag: contactphone, value: \"\xc3\xbc\"}",
		"value: not printable ASCII of at most 1000 octets");
}

static void keeps_of(const char *ca, const char *record, const char *more,
	enum dcv_keep keep, int64_t until_s)
{
	char text[512];
	struct fixture f;
	const struct dcv_order *order;

	(void)snprintf(text, sizeof text, "ca: %s\nrecords:\n- %s\n%s", ca, record, more);
	order = good(&f, text);
	assert_int_equal(order->claims[0].keep, keep);
	assert_int_equal(order->claims[0].keep_until_s, until_s);
	end(&f);
}

static void keeps(const char *record, const char *more, enum dcv_keep keep,
	int64_t until_s)
{
	keeps_of("digicert", record, more, keep, until_s);
}

#define PERSIST "_validation-persist.example.com TXT "

static void test_what_is_retained(void **state)
{
	(void)state;
	keeps_of("amazon", "_x1.example.com CNAME _y.other.example", "",
		DCV_KEEP_DEAUTHORISED, 0);
	keeps_of("amazon", "_x1.example.com TXT abc", "", DCV_KEEP_ISSUED, 0);
	keeps_of("amazon", "_x1.example.com CNAME _y.other.example",
		"retain: until-issued\n", DCV_KEEP_ISSUED, 0);
	keeps("_acme-challenge.example.com CNAME a.auth.example", "",
		DCV_KEEP_DEAUTHORISED, 0);
	keeps("_a1.example.com CNAME _b2.zfyfvmchrl.acm-validations.aws", "",
		DCV_KEEP_DEAUTHORISED, 0);
	keeps("_a1.example.com CNAME _b2.ACM-Validations.AWS.", "", DCV_KEEP_DEAUTHORISED,
		0);
	keeps("_a1.example.com CNAME acm-validations.aws.", "", DCV_KEEP_ISSUED, 0);
	keeps("_a1.example.com CNAME b2.acm-validations.aws.example.net", "",
		DCV_KEEP_ISSUED, 0);
	keeps("_a1.example.com TXT _b2.acm-validations.aws.", "", DCV_KEEP_ISSUED, 0);
	keeps("'" PERSIST
	      "\"ca.example; accounturi=https://a/1; persistUntil=1893456000\"'",
		"", DCV_KEEP_DATE, 1893456000);
	keeps("'" PERSIST "\"ca.example;persistuntil=1893456000;policy=wildcard\"'", "",
		DCV_KEEP_DATE, 1893456000);
	keeps("'" PERSIST "\"ca.example; accounturi=https://a/1\"'", "",
		DCV_KEEP_DEAUTHORISED, 0);
	keeps("'" PERSIST "\"ca.example; persistUntil=soon\"'", "", DCV_KEEP_DEAUTHORISED,
		0);
	keeps("'" PERSIST "\"ca.example; persistUntil=99999999999999999999\"'", "",
		DCV_KEEP_DEAUTHORISED, 0);
	/* What the order says counts more than the form. */
	keeps("_a1.example.com CNAME _b2.x.acm-validations.aws", "retain: until-issued\n",
		DCV_KEEP_ISSUED, 0);
	keeps("_x.example.com TXT abc", "retain: until-deauthorised\n",
		DCV_KEEP_DEAUTHORISED, 0);
	keeps("'_x.example.com TXT \"a; persistUntil=7\"'", "retain: until-date\n",
		DCV_KEEP_DATE, 7);
}

static void test_retained_by_a_command_line(void **state)
{
	static const char *const records[] = {
		"_a1.example.com CNAME _b2.zfyfvmchrl.acm-validations.aws"};
	struct fixture f;

	(void)state;
	begin(&f);
	dcv_order_from_records("acm", NULL, "1", records, 1, DCV_TTL_S, &f.arena,
		&f.orders, &f.diags);
	assert_string_equal(report(&f), "");
	assert_string_equal(f.orders.items[0]->ca->key, "amazon");
	assert_string_equal(f.orders.items[0]->ca_title, "ACM (Amazon)");
	assert_int_equal(f.orders.items[0]->claims[0].keep, DCV_KEEP_DEAUTHORISED);
	end(&f);
}

static void test_evidence(void **state)
{
	static const struct {
		const char *text, *target;
		int kind;
	} rows[] = {
		{"{tls: \"example.com:443\"}", "example.com:443", DCV_EVIDENCE_TLS},
		{"{tls: \"WWW.Example.com.:8443\"}", "www.example.com:8443",
			DCV_EVIDENCE_TLS},
		{"{tls: \"[2001:db8::1]:443\"}", "[2001:db8::1]:443", DCV_EVIDENCE_TLS},
		{"{tls: \"192.0.2.1:443\"}", "192.0.2.1:443", DCV_EVIDENCE_TLS},
		{"{file: /etc/ssl/shop.pem}", "/etc/ssl/shop.pem", DCV_EVIDENCE_FILE},
	};
	char text[256];
	struct fixture f;
	const struct dcv_order *order;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		(void)snprintf(text, sizeof text, HEAD "issued_when: %s\n", rows[i].text);
		order = good(&f, text);
		assert_int_equal(order->issued_when.kind, rows[i].kind);
		assert_string_equal(order->issued_when.target, rows[i].target);
		end(&f);
	}
	order = good(&f, HEAD "issued_when: {command: [/bin/cat, \"a b\", /x.pem]}\n");
	assert_int_equal(order->issued_when.kind, DCV_EVIDENCE_COMMAND);
	assert_string_equal(order->issued_when.argv[0], "/bin/cat");
	assert_string_equal(order->issued_when.argv[1], "a b");
	assert_string_equal(order->issued_when.argv[2], "/x.pem");
	assert_null(order->issued_when.argv[3]);
	end(&f);
}

/* A relative path begins at the order's file, also when the order comes from the ledger, and
 * when what comes from there is stored again. */
static void test_relative_file(void **state)
{
	char here[PATH_MAX], wanted[PATH_MAX + 32], document[2 * PATH_MAX];
	struct fixture f;
	const struct dcv_order *order = good(&f,
		HEAD "issued_when: {file: ssl/shop.pem}\n");

	(void)state;
	assert_non_null(getcwd(here, sizeof here));
	(void)snprintf(wanted, sizeof wanted, "%s/ssl/shop.pem", here);
	assert_string_equal(order->issued_when.target, wanted);
	for (int i = 0; i < 2; i++) {
		(void)snprintf(document, sizeof document, "%s", order->document);
		end(&f);
		assert_int_equal(chdir("/"), 0);
		begin(&f);
		dcv_orders_parse("ledger:digicert/1", document, strlen(document), "1",
			&f.arena, &f.orders, &f.diags);
		assert_int_equal(chdir(here), 0);
		assert_string_equal(report(&f), "");
		order = f.orders.items[0];
		assert_string_equal(order->issued_when.target, wanted);
		assert_string_equal(order->document, document);
	}
	end(&f);
	/* Of a file, a comment says nothing. */
	order = good(&f,
		"# read in: /elsewhere\n" HEAD "issued_when: {file: ssl/shop.pem}\n");
	assert_string_equal(order->issued_when.target, wanted);
	end(&f);
}

static void test_evidence_that_is_wrong(void **state)
{
	static const struct {
		const char *text, *wanted;
	} rows[] = {
		{"example.com:443", "issued_when: must be a mapping"},
		{"{}", "issued_when: needs exactly one of tls, file, command"},
		{"{tls: \"a.example:1\", file: b}",
			"issued_when: needs exactly one of tls, file, command"},
		{"{tsl: \"a.example:1\"}", "tsl: unknown key"},
		{"{tls: example.com}", "issued_when: tls: not HOST:PORT"},
		{"{tls: \":443\"}", "issued_when: tls: not HOST:PORT"},
		{"{tls: \"example.com:0\"}", "issued_when: tls: not HOST:PORT"},
		{"{tls: \"example.com:65536\"}", "issued_when: tls: not HOST:PORT"},
		{"{tls: \"example.com:https\"}", "issued_when: tls: not HOST:PORT"},
		{"{tls: \"exa mple.com/x:443\"}",
			"issued_when: tls: \"exa mple.com/x\": only letters, digits, `-`, `_` "
			"and dots make a name"},
		{"{tls: \"[2001:db8::g]:443\"}",
			"issued_when: tls: \"[2001:db8::g]\": only letters, digits, `-`, `_` "
			"and dots make a name"},
		{"{file: \"\"}", "issued_when: file: empty"},
		{"{command: /bin/true}", "issued_when: command: must be a list"},
		{"{command: []}", "issued_when: command: empty"},
		{"{command: [cat, x]}",
			"issued_when: command: the program is not an absolute path"},
		{"{command: [/bin/cat, [x]]}",
			"issued_when: command: must be a text, not a list"},
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct fixture f;

		(void)snprintf(text, sizeof text, HEAD "issued_when: %s\n", rows[i].text);
		read_yaml(&f, text);
		assert_int_equal(f.orders.n, 0);
		assert_int_equal(f.diags.n_errors, 1);
		assert_string_equal(f.diags.items[0].text, rows[i].wanted);
		end(&f);
	}
}

static void test_u_labels(void **state)
{
	static const char domain[] = "b\xc3\xbc"
				     "cher.example";
	char text[256], warning[256];
	struct fixture f;

	(void)state;
	(void)snprintf(text, sizeof text,
		"ca: digicert\nrecords:\n- {domain: \"*.%s\", host: _dnsauth, type: TXT, value: a}\n",
		domain);
	(void)snprintf(warning, sizeof warning,
		"3:12: warning: domain: %s = xn--bcher-kva.example\n", domain);
	read_yaml(&f, text);
	assert_string_equal(report(&f), warning);
	assert_string_equal(claims(&f, f.orders.items[0]),
		"_dnsauth.xn--bcher-kva.example. TXT \"a\" (xn--bcher-kva.example.)\n"
		"names: *.xn--bcher-kva.example.\n");
	end(&f);
	/* In a line, in `names:`, as the target of a CNAME; with a dot and a blank of its own. */
	read_yaml(&f,
		"ca: digicert\nnames: [\"\xe6\xb5\x8b\xe8\xaf\x95\xe3\x80\x82\xe4\xb8\xad\xe5\x9b\xbd\"]\n"
		"records:\n- _x.b\xc3\xbc"
		"cher.example CNAME y.b\xc3\xbc"
		"cher.example\n"
		"- {host: \"_y.\xe3\x80\x80"
		"b\xc3\xbc"
		"cher.example.\", type: TXT, value: a}\n");
	assert_int_equal(f.diags.n_errors, 0);
	assert_string_equal(claims(&f, f.orders.items[0]),
		"_x.xn--bcher-kva.example. CNAME y.xn--bcher-kva.example. "
		"(xn--bcher-kva.example.)\n"
		"_y.xn--bcher-kva.example. TXT \"a\" (xn--bcher-kva.example.)\n"
		"names: xn--0zwm56d.xn--fiqs8s.\n");
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_lineage),
		cmocka_unit_test(test_supersedes_that_is_wrong),
		cmocka_unit_test(test_caa_policies),
		cmocka_unit_test(test_caa_records),
		cmocka_unit_test(test_caa_that_does_not_help_the_ca),
		cmocka_unit_test(test_caa_that_is_wrong),
		cmocka_unit_test(test_what_is_retained),
		cmocka_unit_test(test_retained_by_a_command_line),
		cmocka_unit_test(test_evidence),
		cmocka_unit_test(test_relative_file),
		cmocka_unit_test(test_evidence_that_is_wrong),
		cmocka_unit_test(test_u_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
