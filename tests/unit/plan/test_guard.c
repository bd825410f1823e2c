/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What an order may write, and owners that a zone cannot carry: DESIGN, what an order may
 * write; shadowing. */
#include <stdio.h>

#include "world.h"

static const struct dcv_ca unknown_ca = {.key = "ca.example",
	.title = "ca.example",
	.caa = "ca.example",
	.token_life_d = DCV_TOKEN_LIFE_UNKNOWN_D};
static const struct dcv_ca formless_ca = {.key = "formless",
	.title = "Formless",
	.caa = "formless.example",
	.token_life_d = 30,
	.known = true};

static const char *guard(struct world *w, const struct dcv_ca *ca, const char *owner,
	uint16_t type, const char *text)
{
	const struct dcv_order of = {.ca = ca};
	const struct dcv_claim claim = {.owner = name(owner),
		.type = type,
		.rdata = rdata(w, type, text)};

	return dcv_plan_guard(&w->facts, &of, &claim);
}

static bool may(struct world *w, const char *owner)
{
	return guard(w, dcv_ca_find("digicert"), owner, DCV_TYPE_TXT, NEW) == NULL;
}

static void test_underscored(void **state)
{
	static const char *const good[] = {AT, "_acme-challenge.example.com.",
		"_dnsauth.www.example.com.", "_3f1c9a.example.com.", "_example.com.",
		/* the exceptions are whole labels, and the first or the second */
		"_dmarc2.example.com.", "_x.dmarc.example.com.", "_x._dmarc.example.com.",
		"_x.y._tcp.example.com.", "_x._tcp2.example.com."};
	static const char *const bad[] = {"_dmarc.example.com.", "_domainkey.example.com.",
		"_mta-sts.example.com.", "_smtp.example.com.", "_tlsrpt.example.com.",
		"_DMARC.www.example.com.", "_443._tcp.example.com.",
		"_sip._udp.example.com.", "_smtp._tls.example.com.",
		"_x._tls.example.com.", "_x._sctp.example.com.", "_x._dccp.example.com.",
		"_443._TCP.www.example.com."};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (!may(w, good[i]))
			fail_msg("%s is refused", good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (may(w, bad[i]))
			fail_msg("%s is not refused", bad[i]);
	}
	/* Any value, any CA, CNAMEs too. */
	assert_null(guard(w, &unknown_ca, AT, DCV_TYPE_TXT, "anything"));
	assert_null(guard(w, &unknown_ca, AT, DCV_TYPE_CNAME, TARGET));
}

static void test_shared_name(void **state)
{
	struct world *w = *state;
	const struct dcv_ca *ca = dcv_ca_find("digicert");

	assert_null(guard(w, ca, "example.com.", DCV_TYPE_TXT, NEW));
	assert_null(guard(w, ca, "www.example.com.", DCV_TYPE_TXT, "0123456789abcdef"));
	assert_text(guard(w, ca, "example.com.", DCV_TYPE_TXT, SPF),
		"form of the CA's tokens");
	assert_non_null(guard(w, ca, "example.com.", DCV_TYPE_TXT, "0123456789abcde"));
	/* In two strings it is no token. */
	assert_non_null(guard(w, ca, "example.com.", DCV_TYPE_TXT,
		"\"0123456789abcdef\" \"0123456789abcdef\""));
	assert_text(guard(w, ca, "www.example.com.", DCV_TYPE_CNAME, TARGET),
		"without leading underscore");
	assert_text(guard(w, &unknown_ca, "example.com.", DCV_TYPE_TXT, NEW), "not known");
	assert_text(guard(w, &formless_ca, "example.com.", DCV_TYPE_TXT, NEW),
		"not known");
}

static void test_allow(void **state)
{
	static const char *const allow[] = {"_dmarc", "www.example.com.",
		"_443._tcp.example.com."};
	struct world *w = *state;

	w->facts.has_allow = true;
	w->facts.allow = allow;
	w->facts.n_allow = 3;
	/* A first label, wherever it stands. */
	assert_true(may(w, "_dmarc.example.com."));
	assert_true(may(w, "_dmarc.www.example.com."));
	/* An absolute name, only this one, and whatever the value. */
	assert_null(guard(w, &unknown_ca, "www.example.com.", DCV_TYPE_TXT, "anything"));
	assert_null(guard(w, &unknown_ca, "www.example.com.", DCV_TYPE_CNAME, TARGET));
	assert_true(may(w, "_443._tcp.example.com."));
	assert_false(may(w, "www.www.example.com."));
	assert_false(may(w, "_25._tcp.example.com."));
	/* It replaces the default. */
	assert_false(may(w, AT));
	assert_false(may(w, "example.com."));
	w->facts.n_allow = 0;
	assert_false(may(w, "_dmarc.example.com."));
}

static void test_refusal_has_place_and_remedy(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;
	struct dcv_order *of = order_txt(w, "1", AT, NEW);

	want(w, of, "_dmarc.example.com.", DCV_TYPE_TXT, NEW);
	diag = refused(w, make_plan(w), DCV_E_REFUSED,
		"_dmarc.example.com.: an order may not");
	assert_string_equal(diag->where, "order.yaml");
	assert_int_equal(diag->line, 4);
	assert_int_equal(diag->column, 5);
	assert_text(diag->help, "`allow`");
	/* The plan is complete even then. */
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_ADD);
}

/* Each claim that may not be written is told. */
static void test_all_refusals(void **state)
{
	struct world *w = *state;
	struct dcv_order *of = order_txt(w, "1", "_dmarc.example.com.", NEW);

	want(w, of, "_smtp.example.com.", DCV_TYPE_TXT, NEW);
	want(w, of, "_smtp.example.com.", DCV_TYPE_TXT, OTHER);
	assert_int_equal(make_plan(w), DCV_E_REFUSED);
	assert_int_equal(w->diags.n_errors, 3);
}

/* Nothing new is written for an order that is closed. */
static void test_closed_order_is_not_guarded(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", "_dmarc.example.com.", NEW);
	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	claimed(w, "1", 1, "_dmarc.example.com.", DCV_TYPE_TXT, NEW);
	assert_planned(w, make_plan(w));
}

static void cover(struct world *w, const char *owner, const char *closest)
{
	struct dcv_node *at = node(w, owner);

	at->closest = name(closest);
	at->wildcard = true;
}

/* The owner itself is what is wanted: nothing between it and the encloser. */
static void test_shadow_at_depth_1(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	cover(w, AT, "example.com.");
	assert_planned(w, make_plan(w));
}

static void test_shadow_at_depth_2(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	order_txt(w, "1", "_dnsauth.shop.example.com.", NEW);
	cover(w, "_dnsauth.shop.example.com.", "example.com.");
	diag = refused(w, make_plan(w), DCV_E_REFUSED,
		"would take shop.example.com. out of the wildcard *.example.com.");
	assert_text(diag->text, "and so would every name below it");
	assert_string_equal(diag->id, "P17");
	assert_int_equal(diag->line, 3);
	assert_text(diag->help, "validate at the parent");
}

static void test_shadow_at_depth_3(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	order_txt(w, "1", "_dnsauth.a.shop.example.com.", NEW);
	cover(w, "_dnsauth.a.shop.example.com.", "example.com.");
	diag = refused(w, make_plan(w), DCV_E_REFUSED,
		"would take a.shop.example.com. out of the wildcard *.example.com.");
	assert_text(diag->text, "so would shop.example.com. and every name below it");
	assert_string_equal(diag->id, "P17");
}

/* A closer encloser than the apex. */
static void test_shadow_below_a_host(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", "_dnsauth.a.shop.example.com.", NEW);
	cover(w, "_dnsauth.a.shop.example.com.", "shop.example.com.");
	(void)refused(w, make_plan(w), DCV_E_REFUSED,
		"would take a.shop.example.com. out of the wildcard *.shop.example.com.");
}

static void test_no_wildcard(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", "_dnsauth.a.shop.example.com.", NEW);
	assert_planned(w, make_plan(w));
}

static void test_no_shadow_where_owner_exists(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", "_dnsauth.shop.example.com.", NEW);
	publish(w, "_dnsauth.shop.example.com.", 300, DCV_TYPE_TXT, OTHER);
	assert_planned(w, make_plan(w));
}

/* An owner where nothing is wanted any more is not guarded: removing is no harm. */
static void test_no_shadow_of_former_owner(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	cover(w, "_dnsauth.shop.example.com.", "example.com.");
	node(w, "_dnsauth.shop.example.com.")->cut = name("shop.example.com.");
	node(w, "_dnsauth.shop.example.com.")->generated = "somewhere";
	assert_planned(w, make_plan(w));
}

static void test_cut(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	order_txt(w, "1", "_dnsauth.shop.example.com.", NEW);
	node(w, "_dnsauth.shop.example.com.")->cut = name("shop.example.com.");
	diag = refused(w, make_plan(w), DCV_E_REFUSED, "at or below shop.example.com.");
	assert_string_equal(diag->id, "P12");
	assert_int_equal(diag->line, 3);
}

static void test_generate(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	order_txt(w, "1", AT, NEW);
	node(w, AT)->generated = "$GENERATE at example.com.zone:12 may make it";
	diag = refused(w, make_plan(w), DCV_E_REFUSED, "example.com.zone:12");
	assert_text(diag->help, "$GENERATE");
	assert_int_equal(diag->line, 3);
}

static void test_fixed_set(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	order_txt(w, "1", AT, NEW);
	publish(w, AT, 300, DCV_TYPE_TXT, OTHER);
	w->fixed[0][0] = "it lies in the included file dcv.inc:3";
	diag = refused(w, make_plan(w), DCV_E_REFUSED,
		"_dnsauth.example.com. TXT: cannot be edited");
	assert_text(diag->text, "dcv.inc:3");
	assert_int_equal(diag->line, 3);
}

/* Fixed or not, where nothing is to be changed nothing is in the way. */
static void test_fixed_set_unchanged(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	known(w, "1", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	w->fixed[0][0] = "it lies in the included file dcv.inc:3";
	w->view.fixed = "the SOA record lies in the included file soa.inc:1";
	assert_planned(w, make_plan(w));
}

/* A set of another type may be fixed as it likes. */
static void test_fixed_set_of_another_type(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", "www.example.com.", NEW);
	publish(w, "www.example.com.", 300, DCV_TYPE_A, "192.0.2.1");
	w->fixed[0][0] = "it lies in the included file hosts.inc:3";
	assert_planned(w, make_plan(w));
}

static void test_fixed_set_of_cleanup(void **state)
{
	static const char *const ids[] = {"1"};
	struct world *w = *state;

	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	written(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	w->fixed[0][0] = "it lies in the included file dcv.inc:3";
	(void)refused(w, make_cleanup(w, 1, ids), DCV_E_REFUSED, "dcv.inc:3");
}

static void test_fixed_zone(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	w->view.fixed = "the SOA record lies in the included file soa.inc:1";
	(void)refused(w, make_plan(w), DCV_E_REFUSED,
		"example.com.zone: cannot be edited: the SOA");
}

/* A name of 255 octets and a long value do not break a message. */
static void test_long_owner(void **state)
{
	struct world *w = *state;
	char owner[DCV_NAME_TEXT_MAX], label[64];
	const struct dcv_diag *diag;

	memset(label, 'a', 63);
	label[63] = '\0';
	(void)snprintf(owner, sizeof(owner), "_dmarc.%s.%s.%s.%.40s.example.com.", label,
		label, label, label);
	order_txt(w, "1", owner, NEW);
	diag = refused(w, make_plan(w), DCV_E_REFUSED, "_dmarc.aaaa");
	assert_true(strlen(diag->text) < sizeof(diag->text));
}

/* The code is that of this plan's first error, whatever was wrong before. */
static void test_code_of_this_plan(void **state)
{
	struct world *w = *state;

	dcv_diag_add(&w->diags, DCV_SEV_ERROR, DCV_E_CONFIG, NULL, NULL, "another zone");
	order_txt(w, "1", AT, NEW);
	assert_int_equal(make_plan(w), DCV_OK);
	node(w, AT)->cut = name("example.com.");
	assert_int_equal(make_plan(w), DCV_E_REFUSED);
	assert_int_equal(w->diags.code, DCV_E_CONFIG);
	assert_int_equal(w->diags.n_errors, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_underscored),
		TEST(test_shared_name),
		TEST(test_allow),
		TEST(test_refusal_has_place_and_remedy),
		TEST(test_all_refusals),
		TEST(test_closed_order_is_not_guarded),
		TEST(test_shadow_at_depth_1),
		TEST(test_shadow_at_depth_2),
		TEST(test_shadow_at_depth_3),
		TEST(test_shadow_below_a_host),
		TEST(test_no_wildcard),
		TEST(test_no_shadow_where_owner_exists),
		TEST(test_no_shadow_of_former_owner),
		TEST(test_cut),
		TEST(test_generate),
		TEST(test_fixed_set),
		TEST(test_fixed_set_unchanged),
		TEST(test_fixed_set_of_another_type),
		TEST(test_fixed_set_of_cleanup),
		TEST(test_fixed_zone),
		TEST(test_long_owner),
		TEST(test_code_of_this_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
