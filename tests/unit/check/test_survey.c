/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what a survey must find from the root down: zones, servers, faults of both. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "small_net.h"

static struct dcv_place_of_name find(const char *text, enum dcv_survey_depth depth)
{
	struct dcv_name name = net_name(text);
	struct dcv_place_of_name place;
	struct dcv_error err = {.code = DCV_OK};

	if (survey == NULL) {
		begin(10000);
	}
	if (dcv_survey_find(survey, &name, 1, depth, &place, &err) != DCV_OK) {
		fail_msg("%s", err.text);
	}
	return place;
}

static struct dcv_look look_for(const char *text, uint16_t type)
{
	struct dcv_look look = {.name = net_name(text),
		.type = type,
		.every = true,
		.wildcard = true};
	struct dcv_error err = {.code = DCV_OK};

	if (survey == NULL) {
		begin(10000);
	}
	if (dcv_survey_look(survey, &look, 1, &err) != DCV_OK) {
		fail_msg("%s", err.text);
	}
	return look;
}

static void assert_name(const struct dcv_name *name, const char *text)
{
	char shown[DCV_NAME_TEXT_MAX];

	assert_string_equal(dcv_name_text(name, shown), text);
}

static void test_finds_the_zone(void **state)
{
	struct dcv_place_of_name place = find("_dnsauth.example.com.", DCV_SURVEY_SERVERS);
	const struct dcv_zone_seen *zone = place.zone;

	(void)state;
	assert_int_equal(place.found, DCV_FOUND_ZONE);
	assert_name(&zone->apex, "example.com.");
	assert_name(&zone->parent->apex, "com.");
	assert_null(zone->parent->parent->parent);
	assert_true(zone->surveyed);
	assert_true(zone->has_parent_set && zone->has_child_set);
	assert_false(zone->sets_differ || zone->child_sets_differ || zone->serials_differ);
	assert_true(zone->ds_known);
	assert_false(zone->has_ds);
	assert_int_equal(zone->soa_minimum_s, 300);
	assert_int_equal(zone->n_servers, 2);
	for (size_t s = 0; s < 2; s++) {
		const struct dcv_zone_server *server = zone->servers[s];

		assert_true(server->in_parent && server->in_child && server->has_glue);
		assert_false(server->glue_differs || server->is_alias);
		assert_int_equal(server->n_addresses, 1);
		assert_int_equal(server->addresses[0]->state, DCV_ADDRESS_AUTHORITATIVE);
		assert_true(server->addresses[0]->glue && server->addresses[0]->own);
		assert_false(server->addresses[0]->no_edns);
	}
}

static void test_faults_of_servers(void **state)
{
	static const struct {
		enum net_habit habit;
		enum dcv_address_state state;
	} cases[] = {{NET_REFUSES, DCV_ADDRESS_LAME}, {NET_UPWARD, DCV_ADDRESS_LAME},
		{NET_NO_AA, DCV_ADDRESS_LAME}, {NET_SILENT, DCV_ADDRESS_SILENT},
		{NET_FOLDS_CASE, DCV_ADDRESS_BROKEN},
		{NET_FORMERR_EDNS, DCV_ADDRESS_AUTHORITATIVE},
		{NET_DROPS_EDNS, DCV_ADDRESS_AUTHORITATIVE}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct dcv_place_of_name place;
		const struct dcv_zone_address *bad = NULL;

		two->habit = cases[i].habit;
		place = find("www.example.com.", DCV_SURVEY_SERVERS);
		assert_int_equal(place.found, DCV_FOUND_ZONE);
		assert_true(place.nxdomain);
		assert_int_equal(place.zone->state, DCV_ZONE_FOUND);
		bad = place.zone->servers[1]->addresses[0];
		assert_int_equal(bad->state, cases[i].state);
		assert_int_equal(bad->upward, cases[i].habit == NET_UPWARD);
		assert_int_equal(bad->folds_case, cases[i].habit == NET_FOLDS_CASE);
		assert_int_equal(bad->no_edns,
			cases[i].habit == NET_FORMERR_EDNS ||
				cases[i].habit == NET_DROPS_EDNS);
		assert_int_equal(bad->rcode, cases[i].habit == NET_REFUSES ? 5 : 0);
		assert_false(place.zone->servers[0]->addresses[0]->no_edns);
		dcv_survey_free(survey);
		survey = NULL;
	}
}

static void test_all_servers_dead(void **state)
{
	struct dcv_place_of_name place;

	(void)state;
	one->habit = NET_SILENT;
	two->habit = NET_REFUSES;
	place = find("_dnsauth.example.com.", DCV_SURVEY_SERVERS);
	assert_int_equal(place.found, DCV_FOUND_NO_VIEW);
	assert_non_null(strstr(place.why, "example.com."));
	assert_name(&place.zone->apex, "example.com.");
	assert_int_equal(place.zone->state, DCV_ZONE_MUTE);
	assert_int_equal(place.zone->servers[0]->addresses[0]->state, DCV_ADDRESS_SILENT);
	assert_int_equal(place.zone->servers[1]->addresses[0]->state, DCV_ADDRESS_LAME);
}

static void test_not_delegated(void **state)
{
	struct dcv_place_of_name place;

	(void)state;
	place = find("_dnsauth.gone.com.", DCV_SURVEY_SERVERS);
	assert_int_equal(place.found, DCV_FOUND_NO_DELEGATION);
	assert_name(&place.zone->apex, "com.");
	assert_int_equal(find("name.nosuch.", DCV_SURVEY_DELEGATION).found,
		DCV_FOUND_NO_DELEGATION);
}

static void test_deadline(void **state)
{
	int64_t before = dcv_mono_ms(&dcv_clock_system);
	struct dcv_place_of_name place;

	(void)state;
	tld->habit = NET_SILENT;
	begin(300);
	place = find("www.example.com.", DCV_SURVEY_SERVERS);
	assert_int_equal(place.found, DCV_FOUND_NO_VIEW);
	assert_true(dcv_mono_ms(&dcv_clock_system) - before < 1500);
	/* With new time it is tried again. */
	tld->habit = NET_GOOD;
	dcv_survey_deadline(survey, dcv_mono_ms(&dcv_clock_system) + 10000);
	place = find("www.example.com.", DCV_SURVEY_SERVERS);
	assert_int_equal(place.found, DCV_FOUND_ZONE);
	assert_true(place.zone->surveyed);
}

/* A look that the deadline cuts short does not say that its servers have failed. */
static void test_look_is_cut(void **state)
{
	struct dcv_look look = {.name = net_name("www.example.com."),
		.type = DCV_TYPE_TXT,
		.every = true};
	struct dcv_error err = {.code = DCV_OK};

	(void)state;
	assert_int_equal(find("www.example.com.", DCV_SURVEY_SERVERS).found,
		DCV_FOUND_ZONE);
	one->habit = two->habit = NET_SILENT;
	dcv_survey_deadline(survey, dcv_mono_ms(&dcv_clock_system) + 300);
	assert_int_equal(dcv_survey_look(survey, &look, 1, &err), DCV_OK);
	assert_int_equal(look.end, DCV_LOOK_FAILED);
	assert_true(look.cut);
	assert_true(look.n_hops == 1 && look.hops[0].n_answers > 0);
	for (size_t i = 0; i < look.hops[0].n_answers; i++)
		assert_int_equal(look.hops[0].answers[i].seen, DCV_SEEN_NOT_ASKED);
}

static void test_parent_and_child_differ(void **state)
{
	struct dcv_place_of_name place;

	(void)state;
	net_add("com.", "example.com. NS old.example.com.");
	net_add("com.", "old.example.com. A 127.0.5.4");
	net_add("com.", "ns1.example.com. A 127.0.5.9");
	net_add("example.com.", "example.com. NS ns.other.com.");
	two->serial = 2;
	place = find("www.example.com.", DCV_SURVEY_SERVERS);
	assert_true(place.zone->sets_differ);
	assert_true(place.zone->serials_differ);
	assert_int_equal(place.zone->serial, 2);
	assert_int_equal(place.zone->n_servers, 4);
	assert_true(place.zone->servers[0]->glue_differs);
	assert_int_equal(place.zone->servers[0]->addresses[1]->state, DCV_ADDRESS_CLOSED);
	assert_true(place.zone->servers[2]->in_parent);
	assert_false(place.zone->servers[2]->in_child);
	assert_false(place.zone->servers[3]->in_parent);
	assert_true(place.zone->servers[3]->in_child);
	assert_non_null(place.zone->servers[3]->why);
}

/* One server holds parent and child: no referral is ever seen. */
static void test_same_server(void **state)
{
	struct dcv_place_of_name place;

	(void)state;
	tld->serves = "com. example.com. deep.below.example.com.";
	net_add("com.", "example.com. DS \\# 4 00010802");
	net_add("example.com.", "deep.below.example.com. NS ns1.example.com.");
	net_add("deep.below.example.com.", "deep.below.example.com. NS ns1.example.com.");
	place = find("_dnsauth.example.com.", DCV_SURVEY_SERVERS);
	assert_int_equal(place.found, DCV_FOUND_ZONE);
	assert_name(&place.zone->apex, "example.com.");
	assert_name(&place.zone->parent->apex, "com.");
	assert_false(place.zone->has_parent_set);
	assert_true(place.zone->has_child_set && place.zone->has_ds);
	assert_int_equal(place.zone->n_servers, 2);
	place = find("_x.deep.below.example.com.", DCV_SURVEY_SERVERS);
	assert_name(&place.zone->apex, "deep.below.example.com.");
	assert_name(&place.zone->parent->apex, "example.com.");
	/* An empty non-terminal is no zone. */
	place = find("below.example.com.", DCV_SURVEY_DELEGATION);
	assert_name(&place.zone->apex, "example.com.");
	assert_false(place.nxdomain);
}

static void test_without_glue(void **state)
{
	struct dcv_place_of_name place;

	(void)state;
	net_add("com.", "far.com. NS ns1.example.com.");
	net_add("far.com.", "far.com. NS ns1.example.com.");
	net_add("com.", "loop1.com. NS ns.loop2.com.");
	net_add("com.", "loop2.com. NS ns.loop1.com.");
	one->serves = two->serves = "example.com. far.com.";
	place = find("_dnsauth.far.com.", DCV_SURVEY_SERVERS);
	assert_int_equal(place.found, DCV_FOUND_ZONE);
	assert_name(&place.zone->apex, "far.com.");
	place = find("_dnsauth.loop1.com.", DCV_SURVEY_SERVERS);
	assert_int_equal(place.found, DCV_FOUND_NO_VIEW);
	assert_non_null(place.why);
	assert_non_null(place.zone->servers[0]->why);
}

static void test_special_addresses_are_told(void **state)
{
	struct dcv_addr addr;

	(void)state;
	assert_int_equal(dcv_addr_parse("10.0.0.1", &addr, NULL), DCV_OK);
	assert_string_equal(dcv_addr_special(&addr), "private-use");
	assert_int_equal(dcv_addr_parse("172.32.0.1", &addr, NULL), DCV_OK);
	assert_null(dcv_addr_special(&addr));
	assert_int_equal(dcv_addr_parse("fd00::1", &addr, NULL), DCV_OK);
	assert_string_equal(dcv_addr_special(&addr), "unique-local");
	assert_int_equal(dcv_addr_parse("2001:500:2::c", &addr, NULL), DCV_OK);
	assert_null(dcv_addr_special(&addr));
	assert_int_equal(dcv_addr_parse("::ffff:1.2.3.4", &addr, NULL), DCV_OK);
	assert_non_null(dcv_addr_special(&addr));
}

static void test_look(void **state)
{
	struct dcv_look look;

	(void)state;
	look = look_for("_dnsauth.example.com.", DCV_TYPE_TXT);
	assert_int_equal(look.end, DCV_LOOK_SET);
	assert_int_equal(look.n, 1);
	assert_int_equal(look.n_hops, 1);
	assert_int_equal(look.hops[0].n_answers, 2);
	assert_false(look.differ || look.hops[0].wildcard);
	assert_int_equal(look.ttl_max_s, 300);
	look = look_for("none.example.com.", DCV_TYPE_TXT);
	assert_int_equal(look.end, DCV_LOOK_NXDOMAIN);
	assert_int_equal(look.ttl_s, 300);
	assert_false(look.hops[0].answers[0].no_soa);
	look = look_for("_x.gone.com.", DCV_TYPE_TXT);
	assert_int_equal(look.end, DCV_LOOK_NXDOMAIN);
	two->habit = NET_NO_SOA;
	look = look_for("more.example.com.", DCV_TYPE_TXT);
	assert_true(look.hops[0].answers[1].no_soa);
}

static void test_chain(void **state)
{
	struct dcv_look look;
	char line[128];

	(void)state;
	net_add("com.", "other.com. NS ns1.example.com.");
	one->serves = "example.com. other.com.";
	net_add("other.com.", "other.com. NS ns1.example.com.");
	net_add("other.com.", "token.other.com. TXT \"token\"");
	net_add("example.com.", "_acme.example.com. CNAME token.other.com.");
	net_add("example.com.", "l1.example.com. CNAME l2.example.com.");
	net_add("example.com.", "l2.example.com. CNAME l1.example.com.");
	net_add("example.com.", "*.wild.example.com. CNAME token.other.com.");
	for (unsigned i = 0; i < 12; i++) {
		(void)snprintf(line, sizeof line,
			"c%u.example.com. CNAME c%u.example.com.", i, i + 1);
		net_add("example.com.", line);
	}
	net_add("example.com.", "c12.example.com. TXT \"end\"");
	look = look_for("_acme.example.com.", DCV_TYPE_TXT);
	assert_int_equal(look.end, DCV_LOOK_SET);
	assert_int_equal(look.n_hops, 2);
	assert_true(look.hops[0].is_alias);
	assert_name(look.hops[1].owner, "token.other.com.");
	assert_name(&look.hops[1].zone->apex, "other.com.");
	assert_int_equal(look_for("l1.example.com.", DCV_TYPE_TXT).end, DCV_LOOK_LOOP);
	assert_int_equal(look_for("c1.example.com.", DCV_TYPE_TXT).end, DCV_LOOK_SET);
	assert_int_equal(look_for("c0.example.com.", DCV_TYPE_TXT).end, DCV_LOOK_TOO_LONG);
	look = look_for("_dnsauth.wild.example.com.", DCV_TYPE_TXT);
	assert_int_equal(look.end, DCV_LOOK_SET);
	assert_true(look.hops[0].wildcard);
	assert_int_equal(look_for("_acme.example.com.", DCV_TYPE_CNAME).end, DCV_LOOK_SET);
}

static void test_dname(void **state)
{
	struct dcv_look look;

	(void)state;
	/* The server leaves the synthesis to us where it has no CNAME. */
	net_add("com.", "new.com. NS ns1.example.com.");
	one->serves = "example.com. new.com.";
	two->serves = "example.com.";
	net_add("new.com.", "new.com. NS ns1.example.com.");
	net_add("new.com.", "_d.new.com. TXT \"token\"");
	net_add("example.com.", "old.example.com. DNAME new.com.");
	one->dname = two->dname = true;
	look = look_for("_d.old.example.com.", DCV_TYPE_TXT);
	assert_int_equal(look.end, DCV_LOOK_SET);
	assert_int_equal(look.n_hops, 2);
	assert_true(look.hops[0].by_dname);
	assert_name(look.hops[1].owner, "_d.new.com.");
}

static struct dcv_survey_climb climb(const char *text)
{
	struct dcv_name name = net_name(text);
	struct dcv_survey_climb ret;
	struct dcv_error err = {.code = DCV_OK};

	if (survey == NULL) {
		begin(10000);
	}
	if (dcv_survey_caa(survey, &name, 1, &ret, &err) != DCV_OK) {
		fail_msg("%s", err.text);
	}
	return ret;
}

static void test_caa(void **state)
{
	struct dcv_survey_climb at;

	(void)state;
	net_add("example.com.", "example.com. CAA 0 issue \"digicert.com\"");
	net_add("example.com.", "www.example.com. CNAME target.example.com.");
	net_add("example.com.", "target.example.com. CAA 0 issue \";\"");
	at = climb("*.www.example.com.");
	assert_int_equal(at.n, 3);
	assert_int_equal(at.steps[0].answer, DCV_CAA_SET);
	assert_name(at.steps[0].at, "www.example.com.");
	assert_int_equal(at.looks[0]->n_hops, 2);
	assert_int_equal(at.steps[1].answer, DCV_CAA_SET);
	assert_int_equal(at.steps[2].answer, DCV_CAA_EMPTY);
	at = climb("other.example.com.");
	assert_int_equal(at.steps[0].answer, DCV_CAA_EMPTY);
	assert_int_equal(at.steps[1].answer, DCV_CAA_SET);
	at = climb("nosuch.");
	assert_int_equal(at.n, 1);
	assert_int_equal(at.steps[0].answer, DCV_CAA_FAILED);
}

static void test_caa_refused(void **state)
{
	struct dcv_survey_climb at;

	(void)state;
	two->habit = NET_NO_CAA;
	at = climb("www.example.com.");
	assert_int_equal(at.steps[0].answer, DCV_CAA_EMPTY);
	assert_int_equal(at.looks[0]->hops[0].answers[1].seen, DCV_SEEN_RCODE);
	assert_int_equal(at.looks[0]->hops[0].answers[1].rcode, 2);
	one->habit = NET_NO_CAA;
	at = climb("ftp.example.com.");
	assert_int_equal(at.steps[0].answer, DCV_CAA_FAILED);
	assert_non_null(strstr(at.looks[0]->why, "SERVFAIL"));
	assert_int_equal(at.steps[2].answer, DCV_CAA_EMPTY);
}

/* Many names of one top-level domain: it is asked once for each delegation, the root once. */
static void test_many_share(void **state)
{
	enum { N = 100 };
	static struct dcv_name names[2 * N];
	static struct dcv_place_of_name places[2 * N];
	struct dcv_error err = {.code = DCV_OK};
	char line[128];

	(void)state;
	for (size_t i = 0; i < N; i++) {
		(void)snprintf(line, sizeof line, "d%zu.com. NS ns1.example.com.", i);
		net_add("com.", line);
		(void)snprintf(line, sizeof line, "_dnsauth.d%zu.com.", i);
		names[2 * i] = net_name(line);
		(void)snprintf(line, sizeof line, "www.d%zu.com.", i);
		names[2 * i + 1] = net_name(line);
	}
	one->any = true;
	begin(10000);
	assert_int_equal(dcv_survey_find(survey, names, (size_t)2 * N,
				 DCV_SURVEY_DELEGATION, places, &err),
		DCV_OK);
	for (size_t i = 0; i < (size_t)2 * N; i++) {
		assert_int_equal(places[i].found, DCV_FOUND_ZONE);
		assert_int_equal(dcv_name_labels(&places[i].zone->apex), 2);
	}
	assert_int_equal(atomic_load(&root->n_questions), 1);
	/* N delegations, and example.com's own. */
	assert_in_range(atomic_load(&tld->n_questions), N, N + 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_finds_the_zone),
		TEST(test_faults_of_servers),
		TEST(test_all_servers_dead),
		TEST(test_not_delegated),
		TEST(test_deadline),
		TEST(test_look_is_cut),
		TEST(test_parent_and_child_differ),
		TEST(test_same_server),
		TEST(test_without_glue),
		TEST(test_special_addresses_are_told),
		TEST(test_look),
		TEST(test_chain),
		TEST(test_dname),
		TEST(test_caa),
		TEST(test_caa_refused),
		TEST(test_many_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
