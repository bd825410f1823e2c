/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What read() says of a zone: values, TTLs, what stands above an owner, name servers. */
#include "zone_test.h"

#define TXT DCV_TYPE_TXT
#define SOA "@ IN SOA ns1 host 2026010101 7200 3600 1209600 300\n"
#define HEAD "$TTL 3600\n" SOA "@ IN NS ns1\n"

struct above {
	const char *text, *owner, *closest, *cut;
	int wildcard;
	const char *generated; /* a part of it */
};

static const struct above aboves[] = {
	{"", "a.example.test.", "example.test.", NULL, 0, NULL},
	{"* A 192.0.2.1\n", "a.example.test.", "example.test.", NULL, 1, NULL},
	{"* A 192.0.2.1\na A 192.0.2.1\n", "a.example.test.", "a.example.test.", NULL, 0,
		NULL},
	{"* A 192.0.2.1\nx.a A 192.0.2.1\n", "a.example.test.", "a.example.test.", NULL,
		0, NULL},
	{"* A 192.0.2.1\nx.b A 192.0.2.1\n", "y.b.example.test.", "b.example.test.", NULL,
		0, NULL},
	{"*.b A 192.0.2.1\n", "z.y.b.example.test.", "b.example.test.", NULL, 1, NULL},
	{"x.*.b A 192.0.2.1\n", "y.b.example.test.", "b.example.test.", NULL, 1, NULL},
	{"$ORIGIN b.example.test.\nx A 192.0.2.1\n", "y.b.example.test.",
		"b.example.test.", NULL, 0, NULL},
	{"$ORIGIN *.b.example.test.\nx A 192.0.2.1\n", "y.b.example.test.",
		"b.example.test.", NULL, 1, NULL},
	{"$ORIGIN test.\n*.example A 192.0.2.1\n", "y.example.test.", "example.test.",
		NULL, 1, NULL},
	{"$ORIGIN .\n*.Example.TEST A 192.0.2.1\n", "y.example.test.", "example.test.",
		NULL, 1, NULL},
	{"*.b.EXAMPLE.test. A 192.0.2.1\n", "y.b.example.test.", "b.example.test.", NULL,
		1, NULL},
	{"\\042 A 192.0.2.1\n\\x A 192.0.2.1\n", "x.example.test.", "x.example.test.",
		NULL, 0, NULL},
	{"sub NS ns.other.\n", "a.sub.example.test.", "sub.example.test.",
		"sub.example.test.", 0, NULL},
	{"sub NS ns.other.\n", "sub.example.test.", "sub.example.test.",
		"sub.example.test.", 0, NULL},
	{"sub NS ns.other.\n", "asub.example.test.", "example.test.", NULL, 0, NULL},
	{"sub DNAME o.\n", "sub.example.test.", "sub.example.test.", NULL, 0, NULL},
	{"sub DNAME o.\n", "a.sub.example.test.", "sub.example.test.",
		"sub.example.test.", 0, NULL},
	{" DNAME o.\n", "a.example.test.", "example.test.", "example.test.", 0, NULL},
	{"a.sub NS o.\nsub NS o.\n", "x.a.sub.example.test.", "a.sub.example.test.",
		"sub.example.test.", 0, NULL},
	{"$GENERATE 1-19 h$ A 192.0.2.$\n", "h12.example.test.", "example.test.", NULL, 0,
		"$GENERATE at "},
	{"$GENERATE 1-9 h$ A 192.0.2.$\n", "_dnsauth.h1.example.test.", "example.test.",
		NULL, 0, NULL},
	{"$GENERATE 1-9 h$ NS ns.o.\n", "_dnsauth.h1.example.test.", "example.test.",
		NULL, 0, "may make it"},
	{"$GENERATE 1-9 h$ A 192.0.2.$\n", "hx.example.test.", "example.test.", NULL, 0,
		NULL},
	{"$GENERATE 1-9 $ A 192.0.2.$\n", "_dnsauth.example.test.", "example.test.", NULL,
		0, NULL},
	{"$GENERATE 1-255 ${0,3,x}.B A 192.0.2.$\n", "0f3.b.example.test.",
		"example.test.", NULL, 0, "may make it"},
	{"$GENERATE 1-9 ${0,3,x}.B A 192.0.2.$\n", "0f3.b.example.test.", "example.test.",
		NULL, 0, NULL},
	{"$GENERATE 1-9 h${0,2,d} A 192.0.2.$\n", "h7.example.test.", "example.test.",
		NULL, 0, NULL},
	{"$GENERATE 1-9 h${-1,2} A 192.0.2.$\n", "h00.example.test.", "example.test.",
		NULL, 0, "may make it"},
	{"$GENERATE 1-9/2 h$ A 192.0.2.$\n", "h4.example.test.", "example.test.", NULL, 0,
		NULL},
	{"$GENERATE 8-12 h${0,0,o} A 192.0.2.$\n", "h14.example.test.", "example.test.",
		NULL, 0, "may make it"},
	{"$GENERATE 8-12 h${0,0,o} A 192.0.2.$\n", "h15.example.test.", "example.test.",
		NULL, 0, NULL},
	{"$GENERATE 1-9 h${0,3,n} A 192.0.2.$\n", "h1.0.example.test.", "example.test.",
		NULL, 0, "may make it"},
	{"$GENERATE 1-9 h$ A 192.0.2.$\n", "h.example.test.", "example.test.", NULL, 0,
		NULL},
	{"$GENERATE 1-9 a$$b A 192.0.2.$\n", "a-b.example.test.", "example.test.", NULL,
		0, "may make it"},
	{"$GENERATE 1-9 h$.sub.example.test. 300 IN A 192.0.2.$\n",
		"h3.sub.example.test.", "example.test.", NULL, 0, "may make it"},
	{"$ORIGIN sub\n$GENERATE 1-9 h$ A 192.0.2.$\n", "h3.example.test.",
		"example.test.", NULL, 0, NULL},
	{"$GENERATE 1-9 \\104$ A 192.0.2.$\n", "zzz.example.test.", "example.test.", NULL,
		0, "may make it"},
};

static void what_stands_above(void **state)
{
	struct zt *t = *state;

	for (size_t i = 0; i < sizeof aboves / sizeof aboves[0]; i++) {
		const struct above *a = &aboves[i];
		const struct dcvp_node *node;
		char text[1024];

		print_message("%s%s\n", a->text, a->owner);
		(void)snprintf(text, sizeof text, HEAD "%s", a->text);
		zt_write(t, "z.zone", text);
		if (zt_read(t, a->owner) != DCVP_OK)
			fail_msg("%s", t->err.text);
		node = &t->zone.nodes[0];
		assert_string_equal(node->owner, a->owner);
		assert_string_equal(node->closest, a->closest);
		assert_int_equal(node->wildcard, a->wildcard);
		assert_string_equal(node->cut == NULL ? "" : node->cut,
			a->cut == NULL ? "" : a->cut);
		assert_int_equal(node->generated != NULL, a->generated != NULL);
		if (a->generated != NULL)
			assert_non_null(strstr(node->generated, a->generated));
	}
}

static void values_are_normal(void **state)
{
	struct zt *t = *state;
	char out[512];

	zt_write(t, "z.zone",
		HEAD
		"WWW TXT a ; one\n txt ( \"b;\" ; two\n c )\n 300 IN CAA 0 issue \"ca.test\"\n"
		" MX 10 ( mail ; m\n )\n IN CNAME x\nwww.Example.Test. A 192.0.2.1\n"
		" TYPE65280 \\# 2 ( ab\n cd )\n TXT \\# 3 026869\n");
	assert_int_equal(zt_read(t, "www.example.test."), DCVP_OK);
	assert_string_equal(zt_set(t, TXT, out, sizeof out),
		"\"a\", \"b;\" \"c\", \"hi\"");
	assert_string_equal(zt_set(t, DCV_TYPE_CAA, out, sizeof out),
		"0 issue \"ca.test\"");
	assert_string_equal(zt_set(t, DCV_TYPE_MX, out, sizeof out),
		"10 mail.example.test.");
	assert_string_equal(zt_set(t, DCV_TYPE_CNAME, out, sizeof out), "x.example.test.");
	assert_string_equal(zt_set(t, DCV_TYPE_A, out, sizeof out), "192.0.2.1");
	assert_string_equal(zt_set(t, 65280, out, sizeof out), "\\# 2 abcd");
	assert_int_equal(zt_find(t, TXT)->ttl_s, 3600);
	assert_int_equal(zt_find(t, DCV_TYPE_CAA)->ttl_s, 300);
	assert_null(zt_find(t, TXT)->fixed);
	assert_int_equal(t->zone.serial, 2026010101);
	assert_int_equal(t->zone.soa_minimum_s, 300);
	assert_int_equal(t->zone.soa_ttl_s, 3600);
	assert_false(t->zone.is_signed);
	assert_string_equal(t->zone.place, t->file);
}

static void marks_are_comments_behind_a_record(void **state)
{
	struct zt *t = *state;
	const struct dcvp_rrset *set;

	zt_write(t, "z.zone",
		HEAD
		"; dcvctl digicert/0\n_x TXT a ; dcvctl digicert/1\n_x TXT b ; by hand\n"
		"_x TXT ( c\n ) ;dcvctl sectigo.com/2.a keep!\n"
		"_x TXT d\n; dcvctl digicert/3\n_x A 192.0.2.1\n");
	assert_int_equal(zt_read(t, "_x.example.test."), DCVP_OK);
	set = zt_find(t, TXT);
	assert_int_equal(set->n, 4);
	assert_string_equal(set->marks[0], "digicert/1");
	assert_null(set->marks[1]);
	assert_string_equal(set->marks[2], "sectigo.com/2.a");
	assert_null(set->marks[3]);
	assert_null(zt_find(t, DCV_TYPE_A)->marks);
}

static uint32_t ttl_of(struct zt *t, const char *text)
{
	zt_write(t, "z.zone", text);
	assert_int_equal(zt_read(t, "www.example.test."), DCVP_OK);
	assert_non_null(zt_find(t, DCV_TYPE_A));
	return zt_find(t, DCV_TYPE_A)->ttl_s;
}

static void ttls_in_force(void **state)
{
	struct zt *t = *state;

	assert_int_equal(ttl_of(t, "$TTL 1h\n" SOA "www A 192.0.2.1\n"), 3600);
	assert_int_equal(ttl_of(t, "$TTL 1h\n" SOA "x 60 A 192.0.2.1\nwww A 192.0.2.1\n"),
		3600);
	assert_int_equal(ttl_of(t, "$TTL 1h\n" SOA "$TTL 2h\nwww A 192.0.2.1\n"), 7200);
	assert_int_equal(ttl_of(t, SOA "www A 192.0.2.1\n"), 300);
	assert_int_equal(ttl_of(t, "@ 900 SOA ns1 host 1 2 3 4 300\nwww A 192.0.2.1\n"),
		900);
	assert_int_equal(
		ttl_of(t,
			"@ 900 SOA ns1 host 1 2 3 4 300\nx 60 A 192.0.2.1\nwww A 192.0.2.1\n"),
		60);
	assert_int_equal(ttl_of(t, "$TTL 1h\n" SOA "www 0 A 192.0.2.1\n"), 0);
}

static void name_servers(void **state)
{
	static const char *const files[] = {
		/* addresses behind and before the NS records, and in glue */
		"$TTL 3600\n" SOA
		"@ NS ns1\n NS ns.other.test.\nns1 A 192.0.2.1\n AAAA 2001:db8::1\n TXT x\n",
		"$TTL 3600\n" SOA
		"ns1 A 192.0.2.1\n AAAA 2001:db8::1\n@ NS ns1\n NS ns.other.test.\n",
		"$TTL 3600\n@ NS ns1.example.test.\n@ NS ns.other.test.\nns1 A 192.0.2.1\n" SOA
		"ns1 AAAA 2001:db8::1\n"};
	struct zt *t = *state;

	for (size_t i = 0; i < 3; i++) {
		zt_write(t, "z.zone", files[i]);
		assert_int_equal(zt_read(t, "a.example.test."), DCVP_OK);
		assert_int_equal(t->zone.n_ns, 2);
		assert_string_equal(t->zone.ns[0].name, "ns1.example.test.");
		assert_int_equal(t->zone.ns[0].n_sets, 2);
		assert_string_equal(t->zone.ns[0].sets[0].rdata[0], "192.0.2.1");
		assert_string_equal(t->zone.ns[0].sets[1].rdata[0], "2001:db8::1");
		assert_string_equal(t->zone.ns[1].name, "ns.other.test.");
		assert_int_equal(t->zone.ns[1].n_sets, 0);
	}
}

static void included_files_are_read(void **state)
{
	struct zt *t = *state;
	char out[256];

	zt_write(t, "a.inc", "inc TXT \"in\"\n$ORIGIN deep\nx TXT \"y\"\n$TTL 60\n");
	zt_write(t, "b.inc", " TXT \"taken over\"\nz TXT \"z\"\n");
	zt_write(t, "z.zone",
		HEAD
		"$INCLUDE a.inc\nmain A 192.0.2.1\n$include \"b.inc\" sub\n TXT \"own\"\n");
	assert_int_equal(zt_read(t, "inc.example.test."), DCVP_OK);
	assert_null(zt_find(t, TXT)->fixed);
	assert_int_equal(zt_read(t, "x.deep.example.test."), DCVP_OK);
	assert_non_null(zt_find(t, TXT));
	assert_int_equal(zt_read(t, "z.sub.example.test."), DCVP_OK);
	assert_int_equal(zt_find(t, TXT)->ttl_s, 60);
	assert_int_equal(zt_read(t, "main.example.test."), DCVP_OK);
	assert_string_equal(zt_set(t, TXT, out, sizeof out), "\"taken over\", \"own\"");
	assert_null(zt_find(t, TXT)->fixed);
	assert_null(zt_find(t, DCV_TYPE_A)->fixed);
	assert_null(t->zone.fixed);
}

static void an_include_changes_the_etag(void **state)
{
	struct zt *t = *state;
	const struct zt_edit edit = {"a.example.test.", TXT, 300, {"\"a\""}, {0}};

	zt_write(t, "a.inc", "inc TXT \"in\"\n");
	zt_write(t, "z.zone", HEAD "$INCLUDE a.inc\n");
	assert_int_equal(zt_read(t, "a.example.test."), DCVP_OK);
	zt_write(t, "a.inc", "inc TXT \"inner\"\n");
	assert_int_equal(zt_apply_n(t, &edit, 1, t->zone.etag), DCVP_CONFLICT);
}

static void what_lies_outside_is_left(void **state)
{
	struct zt *t = *state;

	zt_write(t, "z.zone",
		HEAD "other.test. SOA a b 1 2 3 4 5\n A 192.0.2.1\nwww A 192.0.2.1\n");
	assert_int_equal(zt_read(t, "www.example.test."), DCVP_OK);
	assert_non_null(strstr(t->logged, "2 records outside"));
	zt_do(t, (struct zt_edit){"www.example.test.", TXT, 300, {"\"a\""}, {0}});
}

static void unsigned_keys_are_told(void **state)
{
	struct zt *t = *state;

	zt_write(t, "z.zone", HEAD "@ DNSKEY 257 3 13 AAAA\n");
	assert_int_equal(zt_read(t, "www.example.test."), DCVP_OK);
	assert_true(t->zone.is_signed);
}

static void no_file_is_no_zone(void **state)
{
	struct zt *t = *state;

	assert_int_equal(dcv_zones_provider.find_zone(t->session, ZT_ZONE, &t->err),
		DCVP_NO_ZONE);
	assert_int_equal(zt_read(t, "www.example.test."), DCVP_FAILED);
	assert_non_null(strstr(t->err.text, t->file));
	zt_write(t, "z.zone", HEAD);
	assert_int_equal(dcv_zones_provider.find_zone(t->session, ZT_ZONE, &t->err),
		DCVP_OK);
}

static void many_owners_in_their_order(void **state)
{
	struct zt *t = *state;
	const char *owners[] = {"b.example.test.", "a.example.test.", "b.example.test."};

	zt_write(t, "z.zone", HEAD "a A 192.0.2.1\nb A 192.0.2.2\n");
	assert_int_equal(dcv_zones_provider.read(t->session, ZT_ZONE, owners, 3, &t->zone,
				 &t->err),
		DCVP_OK);
	assert_int_equal(t->zone.n_nodes, 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(t->zone.nodes[i].owner, owners[i]);
	assert_string_equal(t->zone.nodes[2].sets[0].rdata[0], "192.0.2.2");
	assert_int_equal(zt_read(t, "www.other.test."), DCVP_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_stands_above, zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(values_are_normal, zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(marks_are_comments_behind_a_record,
			zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(ttls_in_force, zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(name_servers, zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(included_files_are_read, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(an_include_changes_the_etag, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(what_lies_outside_is_left, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(unsigned_keys_are_told, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(no_file_is_no_zone, zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(many_owners_in_their_order, zt_setup,
			zt_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
