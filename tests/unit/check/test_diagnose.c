/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what each cause of the record itself and of time looks like, and that a healthy
 * zone shows none. */
#include "symptoms.h"

static void healthy(void **state)
{
	(void)state;
	finds_nothing();
	world->served[0] = world->wanted[0];
	world->served[1] = txt("v=spf1 -all");
	serve_all(world->served, 2);
	finds_nothing();
	world->gate.state = DCV_EYE_SECURE;
	finds_nothing();
	assert_int_equal(world->diagnosis.done_s, NOW_S);
}

static void nothing_looked_at(void **state)
{
	(void)state;
	world->item.look = NULL;
	world->item.place = NULL;
	world->item.gate = NULL;
	world->item.eye = NULL;
	world->symptoms.n_caa = 0;
	diagnose();
	assert_int_equal(world->diagnosis.n, 0);
	assert_false(world->diagnosis.dns_done);
	assert_int_equal(world->diagnosis.steps[DCV_STEP_RECORD], DCV_STEP_UNCHECKED);
	assert_int_equal(world->diagnosis.first_open, DCV_STEP_RECORD);
}

static void p01_never_added(void **state)
{
	const struct dcv_finding *f;

	(void)state;
	serve_all(NULL, 0);
	f = finds("P01", false);
	names_it(f->remedy, "write: _dnsauth.example.com. 300 IN TXT \"" TOKEN "\"");
	assert_false(world->diagnosis.hopeless);
	serve_txt("v=spf1 -all"); /* a foreign value only */
	finds("P01", false);
}

static void p02_other_platform(void **state)
{
	static struct dcv_name ours[1], theirs[1];
	const struct dcv_finding *f;

	(void)state;
	ours[0] = name("ns1.cloud.example");
	theirs[0] = name("ns1.example.com");
	world->guard = (struct dcv_guard){.apex = name("example.com"),
		.platform = DCV_PLATFORM_DISJOINT,
		.n_ours = 1,
		.ours = ours,
		.n_parents = 1,
		.parents = theirs};
	world->item.guard = &world->guard;
	world->item.written = true;
	serve_all(NULL, 0);
	f = finds("P02", false);
	names_it(f->text, "ns1.cloud.example");
	names_it(f->text, "ns1.example.com");
	names_it(f->remedy, "ns1.example.com");
	assert_true(world->diagnosis.hopeless);
	world->guard.platform = DCV_PLATFORM_OVERLAP;
	serve_all(world->wanted, 1);
	finds("P02", true);
	world->guard.platform = DCV_PLATFORM_SAME;
	finds_nothing();
	world->guard.platform = DCV_PLATFORM_NO_VIEW;
	finds_nothing();
}

static void p03_earlier_value(void **state)
{
	const struct dcv_finding *f;

	(void)state;
	world->former[0] = txt("old, and with a blank");
	world->item.n_former = 1;
	world->served[0] = world->wanted[0];
	world->served[1] = world->former[0];
	serve_all(world->served, 2);
	/* Where no zone is bound there is nothing that dcvctl could remove. */
	names_it(finds("P03", false)->remedy,
		"help: delete the record _dnsauth.example.com. 300 TXT \"old, and");
	world->item.bound = world->zone.apex;
	f = finds("P03", false);
	names_it(f->remedy, "--previous 'old, and with a blank' 1234567890");
	/* It is pasted into a shell: whoever wrote the value has no say there. */
	world->former[0] = txt("x';reboot;'");
	world->served[1] = world->former[0];
	f = finds("P03", false);
	names_it(f->remedy, "--previous 'x'\\'';reboot;'\\''' 1234567890");
	world->former[0] = txt("old, and with a blank");
	world->served[1] = world->former[0];
	world->item.n_former = 0;
	finds_nothing();
	/* A token of this CA that nobody named: in the way only where none may stand beside. */
	world->served[1] = txt(OLD_TOKEN);
	finds_nothing();
	world->symptoms.coexist = false;
	f = finds("P03", false);
	names_it(f->remedy, "run: dcvctl apply --previous " OLD_TOKEN);
	world->symptoms.coexist = true;
	serve_txt(OLD_TOKEN); /* alone */
	finds("P03", false);
}

static void p04_doubled(void **state)
{
	const struct dcv_finding *f;

	(void)state;
	serve_all(NULL, 0);
	probe_finds(DCV_PROBE_DOUBLED, "_dnsauth.example.com.example.com", DCV_TYPE_TXT,
		"\"" TOKEN "\"");
	f = finds("P04", false);
	names_it(f->text, "_dnsauth.example.com.example.com");
	names_it(f->seen, "_dnsauth.example.com.example.com. 300 TXT \"" TOKEN "\"");
	names_it(f->wanted, "_dnsauth.example.com. 300 TXT");
	assert_true(world->diagnosis.hopeless);
	serve_all(world->wanted, 1); /* a doubled one beside the right one does no harm */
	finds_nothing();
}

static void p05_neighbour(void **state)
{
	(void)state;
	serve_all(NULL, 0);
	probe_finds(DCV_PROBE_SIBLING, "_dnsauth.www.example.com", DCV_TYPE_TXT,
		"\"" TOKEN "\"");
	names_it(finds("P05", false)->text, "_dnsauth.www.example.com");
	make_item("_dnsauth.shop.example.com", DCV_TYPE_TXT, TOKEN);
	serve_all(NULL, 0);
	probe_finds(DCV_PROBE_SIBLING, "_dnsauth.example.com", DCV_TYPE_TXT,
		"\"" OLD_TOKEN "\"");
	finds("P01", false); /* another value there is none of ours */
	probe_finds(DCV_PROBE_SIBLING, "_dnsauth.example.com", DCV_TYPE_TXT,
		"\"" TOKEN "\"");
	finds("P05", false);
}

static void p05_on_the_apex(void **state)
{
	(void)state;
	serve_all(NULL, 0);
	probe_finds(DCV_PROBE_SIBLING, "example.com", DCV_TYPE_TXT, "\"" TOKEN "\"");
	names_it(finds("P05", false)->remedy, "_dnsauth.example.com. 300 IN TXT");
}

static void p06_wrong_type(void **state)
{
	const struct dcv_finding *f;

	(void)state;
	make_item("_dnsauth.example.com", DCV_TYPE_TXT, "20261121-abcdefghijkl");
	serve_all(NULL, 0);
	world->hops[0].is_alias = true;
	world->target = name("20261121-abcdefghijkl");
	world->hops[1] = (struct dcv_hop){.owner = &world->target, .zone = &world->com};
	world->look.n_hops = 2;
	f = finds("P06", false);
	names_it(f->seen, "CNAME 20261121-abcdefghijkl.");
	world->target = name("20261121-abcdefghijkl.example.com");
	world->hops[1].owner = &world->target;
	finds("P06", false);
	make_item("_dnsauth.example.com", DCV_TYPE_CNAME, "abcdef.dcv.digicert.com.");
	serve_all(NULL, 0);
	probe_finds(DCV_PROBE_TYPE, "", DCV_TYPE_TXT, "\"abcdef.dcv.digicert.com\"");
	f = finds("P06", false);
	names_it(f->remedy, "300 IN CNAME abcdef.dcv.digicert.com.");
	probe_finds(DCV_PROBE_TYPE, "", DCV_TYPE_TXT, "\"v=spf1 -all\"");
	finds("P01", false);
}

static void p07_wrong_value(void **state)
{
	static const struct {
		const char *value, *says;
	} cases[] = {{"202611210000002aurxma1k3vq7zp0w",
			     "the first 31 of 64 octets are there"},
		{"5t6y4u1i9o2s3d4f5g6h7j8k9l0z1x2", "the last 31 of 64 octets"},
		{"\"" TOKEN "\"", "quotes"}, {TOKEN " ", "blanks"},
		{TOKEN "\n", "a line end"}, {"value=" TOKEN, "6 octets stand before it"},
		{"202611210000002AURXMA1K3VQ7ZP0W8E5T6Y4U1I9O2S3D4F5G6H7J8K9L0Z1X2",
			"its case differs"},
		{"202611210000002aurxma1k3vq7zp0w8e5t6y4u1i9o2s3d4f5g6h7j8k9l0z1xZ",
			"1 of 64 octets differs"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct dcv_finding *f;

		serve_txt(cases[i].value);
		f = finds("P07", false);
		names_it(f->text, cases[i].says);
		names_it(f->remedy, TOKEN);
	}
	world->served[0] = txt("202611210000002aurxma1k3vq7zp0w");
	world->served[1] = txt("8e5t6y4u1i9o2s3d4f5g6h7j8k9l0z1x2");
	serve_all(world->served, 2);
	names_it(finds("P07", false)->text, "two records");
}

static void p07_strings_do_not_matter(void **state)
{
	(void)state;
	world->served[0] = rdata(DCV_TYPE_TXT,
		"\"202611210000002aurxma1k3vq7zp0w\" \"8e5t6y4u1i9o2s3d4f5g6h7j8k9l0z1x2\"");
	serve_all(world->served, 1);
	finds_nothing();
}

static void p08_cname_and_other_data(void **state)
{
	(void)state;
	world->served[0] = txt("v=spf1 -all");
	serve_all(world->served, 1);
	probe_finds(DCV_PROBE_TYPE, "", DCV_TYPE_CNAME, "old.example.net.");
	finds("P08", false);
	make_item("_dnsauth.example.com", DCV_TYPE_TXT, TOKEN);
	finds_nothing();
}

static void p09_no_final_dot(void **state)
{
	const struct dcv_finding *f;

	(void)state;
	make_item("_dnsauth.example.com", DCV_TYPE_CNAME, "abcdef.dcv.digicert.com.");
	finds_nothing();
	world->served[0] = rdata(DCV_TYPE_CNAME, "abcdef.dcv.digicert.com.example.com.");
	serve_all(world->served, 1);
	f = finds("P09", false);
	names_it(f->seen, "abcdef.dcv.digicert.com.example.com.");
	names_it(f->remedy, "CNAME abcdef.dcv.digicert.com.");
}

static void p10_wildcard(void **state)
{
	(void)state;
	serve_txt("v=spf1 -all");
	world->hops[0].wildcard = true;
	finds("P10", false);
	serve_all(NULL, 0);
	world->hops[0].is_alias = true;
	world->target = name("web.example.com");
	world->hops[1] = (struct dcv_hop){.owner = &world->target, .zone = &world->zone};
	world->look.n_hops = 2;
	names_it(finds("P10", false)->text, "web.example.com");
}

/* The owner is an alias of tok.example.net, where `values` stand. */
static void alias_to(const struct dcv_rdata *values, size_t n)
{
	serve_all(values, n);
	world->hops[1] = world->hops[0];
	world->target = name("tok.example.net");
	world->hops[1].owner = &world->target;
	world->hops[1].zone = &world->zone;
	world->hops[0].is_alias = true;
	world->hops[0].n_answers = 0;
	world->look.n_hops = 2;
}

static void p11_alias(void **state)
{
	const struct dcv_finding *f;

	(void)state;
	alias_to(world->wanted, 1);
	finds_nothing();
	serve_txt("other");
	f = finds("P11", false);
	names_it(f->text, "_dnsauth.example.com -> tok.example.net");
	names_it(f->remedy, "write the record at tok.example.net");
	names_it(f->wanted, "tok.example.net. 300 TXT \"" TOKEN);
	serve_all(NULL, 0);
	names_it(finds("P11", false)->text, "the end does not exist");
	/* Beside an alias nothing can be written, nor into a top-level domain. */
	world->hops[1].zone = &world->com;
	names_it(finds("P11", false)->remedy, "remove the alias _dnsauth.example.com");
	world->hops[1].zone = &world->zone;
	world->hops[1].is_alias = true;
	world->hops[1].n_answers = 0;
	world->look.end = DCV_LOOK_LOOP;
	f = finds("P11", false);
	names_it(f->text, "loop");
	names_it(f->remedy, "remove the alias _dnsauth.example.com");
	assert_string_equal(f->wanted, "");
	world->look.end = DCV_LOOK_TOO_LONG;
	names_it(finds("P11", false)->text, "11 hops");
}

static void p12_below_a_cut(void **state)
{
	(void)state;
	world->item.bound = name("com");
	serve_all(NULL, 0);
	names_it(finds("P12", false)->remedy, "example.com");
	world->item.bound = name("example.com");
	finds("P01", false);
}

static void p13_expired(void **state)
{
	const struct dcv_finding *f;

	(void)state;
	make_item("_dnsauth.example.com", DCV_TYPE_TXT, OLD_TOKEN);
	f = finds("P13", false);
	names_it(f->text, "2026-05-02, unusable since 2026-06-01");
	make_item("_dnsauth.example.com", DCV_TYPE_TXT, TOKEN);
	serve_txt("20261122" OLD_TOKEN);
	finds("P13", false); /* replaced by a newer one */
	make_item("_dnsauth.example.com", DCV_TYPE_TXT, "no-date-in-this-token");
	world->symptoms.first_applied_s = NOW_S - INT64_C(31) * 86400;
	finds("P13", false);
	world->symptoms.first_applied_s = NOW_S - INT64_C(29) * 86400;
	finds_nothing();
}

static void p14_one_of_two(void **state)
{
	const struct dcv_finding *f;

	(void)state;
	world->wanted[1] = txt("202611210000002second");
	world->item.n_wanted = 2;
	f = finds("P14", false);
	names_it(f->remedy, "202611210000002second");
	/* Alike, but each is wanted. */
	world->wanted[1] = txt(
		"202611210000002aurxma1k3vq7zp0w8e5t6y4u1i9o2s3d4f5g6h7j8k9l0zwld");
	finds("P14", false);
	world->eye.n = 2;
	serve_all(world->wanted, 2);
	finds_nothing();
}

static void p16_not_in_alabels(void **state)
{
	(void)state;
	make_item("_dnsauth.b\\252cher.example.com", DCV_TYPE_TXT, TOKEN);
	finds("P16", false);
}

static void p17_shadow(void **state)
{
	(void)state;
	make_item("_dnsauth.www.example.com", DCV_TYPE_TXT, TOKEN);
	finds_nothing();
	serve_all(NULL, 0);
	for (size_t i = 0; i < world->item.n_probes; i++)
		world->probe_hops[i].wildcard = world->probes[i].kind == DCV_PROBE_BETWEEN;
	diagnose();
	assert_int_equal(world->diagnosis.n, 2);
	assert_string_equal(world->diagnosis.findings[0].cause->id, "P01");
	assert_string_equal(world->diagnosis.findings[1].cause->id, "P17");
	names_it(world->diagnosis.findings[1].text, "www.example.com");
	names_it(world->diagnosis.findings[1].remedy,
		"help: give www.example.com of its own");
	assert_true(world->diagnosis.hopeless);
	world->item.bound = world->zone.apex;
	diagnose();
	names_it(world->diagnosis.findings[1].remedy, "--shadow copy");
}

static void t20_t21_caches(void **state)
{
	(void)state;
	world->item.settled_s = NOW_S + 3600;
	world->item.cached_s = 86400;
	finds("T20", true);
	world->item.was_absent = true;
	finds("T21", true);
	world->symptoms.must_settle = true;
	finds("T21", false);
	assert_false(world->diagnosis.hopeless);
	world->item.settled_s = NOW_S;
	finds_nothing();
}

static void t22_lags(void **state)
{
	const struct dcv_finding *f;

	(void)state;
	serves(1, NULL, 0);
	world->addresses[1].serial = 2026103100;
	f = finds("T22", false);
	names_it(f->text,
		"ns2.example.com 198.51.100.2: no such record, serial 2026103100");
	names_it(f->text, "1 of 2 addresses have it, serial 2026112100");
	names_it(f->remedy, "ns2.example.com");
	world->addresses[1].serial = 2026112100;
	finds("T23", false);
}

static void t23_the_eye_sees_another_view(void **state)
{
	(void)state;
	world->eye.n = 0;
	finds("T23", false);
	world->eye.state = DCV_EYE_NOT_ASKED;
	finds_nothing();
}

static void t24_t25_not_served(void **state)
{
	const struct dcv_finding *f;

	(void)state;
	serve_all(NULL, 0);
	world->item.written = world->item.has_written_serial = true;
	world->item.written_serial = 2026112200;
	f = finds("T24", false);
	names_it(f->text, "serial 2026112200 is written, 2026112100 is served");
	world->item.written_serial = 2026112100;
	names_it(finds("T24", false)->text, "not raised");
	world->item.by_provider = true;
	finds("T25", false);
	serve_all(world->wanted, 1);
	finds_nothing();
}

static void m67_deleted(void **state)
{
	(void)state;
	world->item.was_effective = true;
	finds_nothing();
	serve_all(NULL, 0);
	names_it(finds("M67", false)->remedy, "--reopen 1234567890");
}

static void the_review(void **state)
{
	static struct dcv_name names[2];

	(void)state;
	names[0] = name("delivery.olive.example.com");
	names[1] = name("www.pay-example.com");
	world->symptoms.names = names;
	world->symptoms.n_names = 2;
	finds_nothing();
	world->symptoms.review = true;
	names_it(finds("M64", true)->text, "`pay`");
	world->symptoms.n_names = 1;
	finds_nothing();
	world->symptoms.now_s = NOW_S + INT64_C(33) * 86400; /* 25 December */
	world->symptoms.first_applied_s = world->symptoms.now_s;
	make_item("_dnsauth.example.com", DCV_TYPE_TXT, "no-date-in-this-token");
	finds("M65", true);
	world->symptoms.review = false;
	world->symptoms.rejected = true;
	diagnose();
	assert_string_equal(world->diagnosis.findings[0].cause->id, "M61");
	assert_true(world->diagnosis.dns_done);
	assert_int_equal(world->diagnosis.first_open, DCV_STEP_ORGANISATION);
}

static void whose_turn_it_is(void **state)
{
	/* Thursday 2026-11-19: three working days later is Tuesday the 24th. */
	const int64_t thursday_s = NOW_S - INT64_C(3) * 86400;

	(void)state;
	world->symptoms.done_s = thursday_s;
	finds_nothing();
	assert_int_equal(world->diagnosis.done_s, thursday_s);
	assert_int_equal(world->diagnosis.turn_until_s, thursday_s + INT64_C(5) * 86400);
	world->symptoms.product = DCV_PRODUCT_OV;
	finds_nothing();
	assert_int_equal(world->diagnosis.turn_most_d, 7);
	assert_int_equal(world->diagnosis.turn_until_s, thursday_s + INT64_C(11) * 86400);
}

/* --- what else is asked --- */

static bool probes_have(size_t n, enum dcv_probe_kind kind, const char *owner,
	uint16_t type)
{
	struct dcv_name wanted = name(owner);

	for (size_t i = 0; i < n; i++) {
		if (world->probes[i].kind == kind && world->probes[i].type == type &&
			dcv_name_equal(&world->probes[i].owner, &wanted))
			return true;
	}
	return false;
}

static size_t probes_of(const char *zone, const char *owner, uint16_t type)
{
	struct dcv_name zone_name = name(zone), owner_name = name(owner);
	size_t n = dcv_probes_make(&zone_name, &owner_name, type, world->probes);

	assert_true(n <= DCV_PROBES_MAX);
	/* None is the item itself, none is there twice. */
	for (size_t i = 0; i < n; i++) {
		assert_false(world->probes[i].type == type &&
			dcv_name_equal(&world->probes[i].owner, &owner_name));
		for (size_t k = 0; k < i; k++)
			assert_false(world->probes[i].type == world->probes[k].type &&
				dcv_name_equal(&world->probes[i].owner,
					&world->probes[k].owner));
	}
	return n;
}

static void where_else_it_may_stand(void **state)
{
	size_t n = probes_of("example.com", "_dnsauth.a.shop.example.com", DCV_TYPE_TXT);

	(void)state;
	assert_true(probes_have(n, DCV_PROBE_TYPE, "_dnsauth.a.shop.example.com",
		DCV_TYPE_CNAME));
	assert_true(probes_have(n, DCV_PROBE_DOUBLED,
		"_dnsauth.a.shop.example.com.example.com", DCV_TYPE_TXT));
	assert_true(probes_have(n, DCV_PROBE_SIBLING, "a.shop.example.com", DCV_TYPE_TXT));
	assert_true(probes_have(n, DCV_PROBE_SIBLING, "_dnsauth.www.a.shop.example.com",
		DCV_TYPE_TXT));
	assert_true(probes_have(n, DCV_PROBE_SIBLING, "_dnsauth.shop.example.com",
		DCV_TYPE_TXT));
	assert_true(
		probes_have(n, DCV_PROBE_SIBLING, "_dnsauth.example.com", DCV_TYPE_TXT));
	assert_true(probes_have(n, DCV_PROBE_BETWEEN, "shop.example.com", DCV_TYPE_A));
	assert_int_equal(n, 8);
	n = probes_of("example.com", "example.com", DCV_TYPE_TXT);
	assert_true(probes_have(n, DCV_PROBE_SIBLING, "www.example.com", DCV_TYPE_TXT));
	/* A zone of its own for the token has no neighbours. */
	n = probes_of("_acme-challenge.example.com", "_acme-challenge.example.com",
		DCV_TYPE_TXT);
	assert_int_equal(n, 2);
	assert_int_equal(probes_of("example.com", "_x.example.net", DCV_TYPE_TXT), 0);
	n = probes_of("com", "_x.a.b.c.d.e.f.g.h.i.j.k.l.example.com", DCV_TYPE_CNAME);
	assert_int_equal(n, 14);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(healthy),
		TEST(nothing_looked_at),
		TEST(p01_never_added),
		TEST(p02_other_platform),
		TEST(p03_earlier_value),
		TEST(p04_doubled),
		TEST(p05_neighbour),
		TEST(p05_on_the_apex),
		TEST(p06_wrong_type),
		TEST(p07_wrong_value),
		TEST(p07_strings_do_not_matter),
		TEST(p08_cname_and_other_data),
		TEST(p09_no_final_dot),
		TEST(p10_wildcard),
		TEST(p11_alias),
		TEST(p12_below_a_cut),
		TEST(p13_expired),
		TEST(p14_one_of_two),
		TEST(p16_not_in_alabels),
		TEST(p17_shadow),
		TEST(t20_t21_caches),
		TEST(t22_lags),
		TEST(t23_the_eye_sees_another_view),
		TEST(t24_t25_not_served),
		TEST(m67_deleted),
		TEST(the_review),
		TEST(whose_turn_it_is),
		TEST(where_else_it_may_stand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
