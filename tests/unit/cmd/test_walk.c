/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what `explain ORDER` says. Local time is UTC here. */
#include "../check/symptoms.h"

#include <stdlib.h>

#include "cmd/walk.h"

static const char *walk(bool all)
{
	struct dcv_buf buf;
	const char *ret;

	setenv("TZ", "UTC0", 1);
	diagnose();
	dcv_buf_init(&buf, 65536);
	dcv_walk_text(&world->symptoms, &world->diagnosis, all, " 1234567890", &buf);
	assert_false(buf.failed);
	ret = dcv_arena_strdup(&world->arena, dcv_buf_text(&buf));
	dcv_buf_clear(&buf);
	return ret;
}

static void it_stops_at_the_first_open_step(void **state)
{
	(void)state;
	serve_all(NULL, 0);
	probe_finds(DCV_PROBE_DOUBLED, "_dnsauth.example.com.example.com", DCV_TYPE_TXT,
		"\"" TOKEN "\"");
	assert_string_equal(walk(false),
		"order 1234567890 · DigiCert DV · example.com\n"
		" 1 ownership record exists        yes   found, though not as wanted: see below\n"
		" 2 on the right DNS platform      yes   ns1.example.com, ns2.example.com; "
		"DNSSEC insecure (no DS)\n"
		" 3 host, type, value              NO    [P04] published as "
		"_dnsauth.example.com.example.com\n"
		"                                       seen:   "
		"_dnsauth.example.com.example.com. 300 TXT \"" TOKEN "\"\n"
		"                                       wanted: _dnsauth.example.com. 300 TXT "
		"\"" TOKEN "\"\n"
		" 4 old record set deleted · 5 TTL and caches · 6 CAA   not looked at: fix step 3 "
		"first (--all looks anyway)\n"
		"fix:  write: _dnsauth.example.com. 300 IN TXT \"" TOKEN "\"\n"
		"      (dcvctl explain P04 says more)\n"
		"then: nothing to click; the CA asks again by itself. 5 min TTL + review, usually "
		"2-3 working days\n");
	assert_int_equal(dcv_walk_code(&world->diagnosis), DCV_E_PENDING);
	names_it(walk(true),
		" 6 CAA                            yes   no CAA record governs");
}

static void it_says_whose_turn_it_is(void **state)
{
	const char *text;

	(void)state;
	world->symptoms.done_s = NOW_S - INT64_C(3) * 86400;
	text = walk(false);
	names_it(text, " 3 host, type, value              yes   as the order has it");
	names_it(text, " 7 organisation                   yes   not needed for DV\n");
	names_it(text,
		"DNS IS DONE since 2026-11-19 10:00 +0000. It is the CA's turn: usually 2-3 "
		"working days, until Tue 2026-11-24. Nothing to do here.\n"
		"After that, send this to its support: dcvctl explain 1234567890 --report\n");
	assert_int_equal(dcv_walk_code(&world->diagnosis), DCV_OK);
	world->symptoms.done_s = NOW_S - INT64_C(30) * 86400;
	names_it(walk(false), "which is over.\nNow send this");
}

static void the_service_has_its_say(void **state)
{
	const char *text;

	(void)state;
	world->symptoms.organisation_open = true;
	text = walk(false);
	names_it(text, "fix:  answer the CA's mail");
	names_it(text, "Nothing to do in DNS.\n");
	assert_int_equal(dcv_walk_code(&world->diagnosis), DCV_OK);
	world->symptoms.organisation_open = false;
	world->symptoms.rejected = true;
	text = walk(false);
	names_it(text, "fix:  withdraw 1234567890");
	assert_null(strstr(text, "It is the CA's turn"));
	assert_null(strstr(text, "then:"));
	assert_int_equal(dcv_walk_code(&world->diagnosis), DCV_E_PENDING);
}

static void notes_do_not_stop_it(void **state)
{
	const char *text;

	(void)state;
	world->item.settled_s = NOW_S + 3600;
	world->item.cached_s = 86400;
	text = walk(false);
	names_it(text,
		"note [T20] a cache that asked before may hold the former answer until "
		"2026-11-22 11:00 +0000 (24 h)");
	names_it(text, "DNS IS DONE");
}

static void what_could_not_be_looked_at(void **state)
{
	(void)state;
	world->item.gate = NULL;
	world->item.eye = NULL;
	names_it(walk(false), "could not be looked at");
	assert_int_equal(dcv_walk_code(&world->diagnosis), DCV_E_UNVERIFIED);
}

/* All servers are lame: no record could be looked at, and the next step knows why. */
static void it_goes_on_to_what_says_why(void **state)
{
	const char *text;

	(void)state;
	world->place.found = DCV_FOUND_NO_VIEW;
	world->item.look = NULL;
	world->symptoms.n_caa = 0;
	for (size_t i = 0; i < SERVERS; i++) {
		world->addresses[i].state = DCV_ADDRESS_LAME;
		world->addresses[i].rcode = DCV_RCODE_REFUSED;
	}
	text = walk(false);
	names_it(text,
		" 1 ownership record exists        ?     could not be looked at\n"
		" 2 on the right DNS platform      NO    [A30] ns1.example.com");
	names_it(text, "fix:  repair ns1.example.com 192.0.2.1");
	assert_int_equal(dcv_walk_stop(&world->diagnosis), DCV_STEP_PLATFORM);
	assert_int_equal(dcv_walk_code(&world->diagnosis), DCV_E_UNVERIFIED);
}

static void a_report_has_all_answers(void **state)
{
	struct dcv_buf buf;

	(void)state;
	serves(1, NULL, 0);
	world->addresses[1].serial = 2026103100;
	diagnose();
	dcv_buf_init(&buf, 65536);
	dcv_walk_report(&world->symptoms, &world->diagnosis, &buf);
	assert_false(buf.failed);
	names_it(dcv_buf_text(&buf),
		"evidence for order 1234567890 at DigiCert\n"
		"looked at 2026-11-22T10:00:00Z with dcvctl ");
	names_it(dcv_buf_text(&buf), "open [T22]: ns2.example.com 198.51.100.2");
	names_it(dcv_buf_text(&buf),
		"    ns1.example.com 192.0.2.1: 1 value, TTL 300, serial 2026112100\n      \"" TOKEN
		"\"\n    ns2.example.com 198.51.100.2: NXDOMAIN, serial 2026103100\n");
	names_it(dcv_buf_text(&buf),
		"CAA for example.com: permits\n    example.com: none\n");
	dcv_buf_clear(&buf);
}

static void json_has_findings_and_steps(void **state)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	struct dcv_json *json;

	(void)state;
	serve_all(NULL, 0);
	diagnose();
	json = dcv_walk_json(&world->diagnosis);
	assert_int_equal(dcv_json_write(json, out, NULL), DCV_OK);
	dcv_json_free(json);
	fclose(out);
	names_it(text, "\"dns_done\":false,\"since\":null");
	names_it(text, "{\"step\":\"record\",\"state\":\"no\",\"evidence\":null}");
	names_it(text,
		"{\"id\":\"P01\",\"note\":false,\"step\":\"record\",\"where\":"
		"\"_dnsauth.example.com.\"");
	names_it(text, "\"help\":\"write: _dnsauth.example.com. 300 IN TXT");
	free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_stops_at_the_first_open_step),
		TEST(it_says_whose_turn_it_is),
		TEST(the_service_has_its_say),
		TEST(notes_do_not_stop_it),
		TEST(what_could_not_be_looked_at),
		TEST(it_goes_on_to_what_says_why),
		TEST(a_report_has_all_answers),
		TEST(json_has_findings_and_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
