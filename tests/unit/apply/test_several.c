/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Several backends of a zone, and several zones of an order: additions everywhere, read back, then
 * removals; at the same time, within the sessions that an account allows. */
#include "run_test.h"

#define TXT DCV_TYPE_TXT
#define OWNER "_dnsauth.ab.example."
#define OLD "\"tokentokentoken1\""
#define NEW "\"tokentokentoken2\""

static const char *const both[] = {"ab.example.", NULL};
static const char first[] = "ca: digicert\nrecords:\n"
			    "- _dnsauth.ab.example TXT tokentokentoken1\n";
static const char reissue[] = "ca: digicert\nrecords:\n"
			      "- _dnsauth.ab.example TXT tokentokentoken2\n";

static void set_all_faults(struct fake *at, enum fault fault)
{
	at->applies = 0;
	at->n_faults = sizeof(at->faults) / sizeof(at->faults[0]);
	for (unsigned i = 0; i < at->n_faults; i++)
		at->faults[i] = fault;
}

static void run(const char *const *zones, const char *order, enum dcv_err rc)
{
	struct fixture f;

	apply(&f, zones, order);
	if (f.rc != rc)
		for (size_t i = 0; i < f.run.n_zones; i++)
			print_error("%s: %s\n", f.run.zones[i].at->name,
				f.run.zones[i].error.text);
	assert_int_equal(f.rc, rc);
	end(&f);
}

static bool holds(size_t at, const char *value)
{
	return fake_find(&world->fakes[at], OWNER, TXT, value) != NULL;
}

static void test_additions_come_before_removals(void **state)
{
	(void)state;
	run(both, first, DCV_OK);
	assert_true(holds(0, OLD) && holds(1, OLD));
	world->fakes[0].applies = world->fakes[1].applies = 0;
	world->met = 0;
	world->fakes[0].meet = world->fakes[1].meet = 2;
	run(both, reissue, DCV_OK);
	assert_true(holds(0, NEW) && holds(1, NEW));
	assert_false(holds(0, OLD) || holds(1, OLD));
	assert_int_equal(world->fakes[0].applies, 2);
	assert_int_equal(world->fakes[1].applies, 2);
	assert_int_equal(world->met, 2); /* both backends at the same time */
}

/* However one of them fails, nothing is removed anywhere; and the next run goes on. */
static void test_one_fails_and_nothing_is_removed(void **state)
{
	const enum fault faults[] = {REFUSED_BEFORE, LOST_BEFORE, CLAIMS, CONFLICTS,
		MISHEARS_TTL};

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		for (size_t at = 0; at < 2; at++) {
			make_world();
			(void)remove("ledger.db");
			run(both, first, DCV_OK);
			set_all_faults(&world->fakes[at], faults[i]);
			run(both, reissue, DCV_E_PARTIAL);
			assert_true(holds(0, OLD) && holds(1, OLD));
			assert_true(holds(1 - at, NEW));
			world->fakes[at].n_faults = 0;
			run(both, reissue, DCV_OK);
			assert_true(holds(0, NEW) && holds(1, NEW));
			assert_false(holds(0, OLD) || holds(1, OLD));
		}
}

/* The removal at one of them fails: the value is still ours there, and goes in the next run. */
static void test_one_keeps_what_was_to_go(void **state)
{
	const enum fault faults[] = {REFUSED_BEFORE, LOST_BEFORE, CLAIMS};

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		for (size_t at = 0; at < 2; at++) {
			make_world();
			(void)remove("ledger.db");
			run(both, first, DCV_OK);
			world->fakes[at].applies = 0;
			world->fakes[at].n_faults = 2;
			world->fakes[at].faults[1] = faults[i];
			run(both, reissue, DCV_E_PARTIAL);
			assert_true(holds(at, OLD) && !holds(1 - at, OLD));
			world->fakes[at].n_faults = 0;
			run(both, reissue, DCV_OK);
			assert_true(holds(0, NEW) && holds(1, NEW));
			assert_false(holds(0, OLD) || holds(1, OLD));
		}
}

/* What a person made at one of them, at a name that others share, is not ours because it is at the
 * other. */
static void test_ours_at_one_and_not_at_the_other(void **state)
{
	static const char shared[] = "ca: digicert\nrecords:\n"
				     "- ab.example TXT tokentokentoken1\n";
	static const char other[] = "ca: digicert\nrecords:\n"
				    "- ab.example TXT tokentokentoken2\n";

	(void)state;
	for (size_t at = 0; at < 2; at++) {
		make_world();
		(void)remove("ledger.db");
		fake_add(&world->fakes[at], "ab.example.", TXT, 300, OLD);
		run(both, shared, DCV_OK);
		run(both, other, DCV_OK);
		assert_non_null(fake_find(&world->fakes[at], "ab.example.", TXT, OLD));
		assert_null(fake_find(&world->fakes[1 - at], "ab.example.", TXT, OLD));
	}
}

static void test_one_cannot_be_read(void **state)
{
	struct fixture f;

	(void)state;
	run(both, first, DCV_OK);
	plan(&f, both, reissue);
	assert_int_equal(f.planned, DCV_OK);
	world->fakes[1].reads_fail = 100;
	f.rc = dcv_run_apply(&f.run, &f.diags);
	assert_int_equal(f.rc, DCV_E_PARTIAL);
	end(&f);
	assert_true(holds(0, OLD) && holds(1, OLD));
	world->fakes[1].reads_fail = 0;
	run(both, reissue, DCV_OK);
	assert_false(holds(0, OLD) || holds(1, OLD));
}

/* A backend with room for one value changes it in one step. */
static void test_a_backend_without_room_replaces(void **state)
{
	(void)state;
	world->fakes[0].can.values_max = 1;
	run(both, first, DCV_OK);
	world->fakes[0].applies = world->fakes[1].applies = 0;
	run(both, reissue, DCV_OK);
	assert_int_equal(world->fakes[0].applies, 1);
	assert_int_equal(world->fakes[1].applies, 2);
	assert_false(holds(0, OLD) || holds(1, OLD));
}

/* --- zones at the same time --- */

static const char three[] = "ca: digicert\nrecords:\n"
			    "- _dnsauth.a.example TXT tokentokentoken1\n"
			    "- _dnsauth.a.test TXT tokentokentoken1\n"
			    "- _dnsauth.b.example TXT tokentokentoken1\n";
static const char *const three_zones[] = {"a.example.", "a.test.", "b.example.", NULL};

static void test_zones_are_written_at_the_same_time(void **state)
{
	(void)state;
	world->fakes[0].meet = world->fakes[1].meet = 3;
	run(three_zones, three, DCV_OK);
	assert_int_equal(world->met, 3);
	assert_int_equal(world->fakes[0].busy_most, 2);
}

static void test_an_account_allows_so_many_sessions(void **state)
{
	(void)state;
	world->fakes[0].can.sessions_max = 1;
	world->fakes[0].meet = world->fakes[1].meet = 2;
	run(three_zones, three, DCV_OK);
	assert_int_equal(world->fakes[0].open_most, 1);
	assert_int_equal(world->fakes[0].busy_most, 1);
	assert_int_equal(world->fakes[0].n, 2);
	assert_int_equal(world->fakes[1].n, 1);
}

static void test_one_zone_fails_and_the_others_do_not(void **state)
{
	struct fixture f;

	(void)state;
	set_all_faults(&world->fakes[1], REFUSED_BEFORE);
	apply(&f, three_zones, three);
	assert_int_equal(f.rc, DCV_E_PARTIAL);
	assert_string_equal(order_state(&f, "1"), "pending");
	end(&f);
	assert_int_equal(world->fakes[0].n, 2);
	world->fakes[1].n_faults = 0;
	world->fakes[0].applies = 0;
	run(three_zones, three, DCV_OK);
	assert_int_equal(world->fakes[0].applies, 0);
	assert_int_equal(world->fakes[1].n, 1);
}

/* --- what a backend takes --- */

static const char *const one[] = {"a.example.", NULL};

static void test_a_ttl_is_clamped_and_told(void **state)
{
	const struct dcv_edit *edit;
	struct fixture f;

	(void)state;
	world->fakes[0].ttl_min_s = 600;
	world->fakes[0].can.ttl_min_s = 60;
	apply(&f, one,
		"ca: digicert\nrecords:\n- _dnsauth.a.example TXT tokentokentoken1\n");
	assert_int_equal(f.rc, DCV_OK);
	edit = &f.run.zones[0].plan.edits[0];
	assert_int_equal(edit->edit.ttl_s, 600);
	assert_string_equal(edit->ttl_reason, "asked 300, the provider's minimum is 600");
	assert_int_equal(world->fakes[0].records[0].ttl_s, 600);
	end(&f);
	plan(&f, one,
		"ca: digicert\nrecords:\n- _dnsauth.a.example TXT tokentokentoken1\n");
	assert_false(dcv_run_has_work(&f.run));
	end(&f);
}

static void test_what_it_cannot_hold_is_refused_before(void **state)
{
	struct fixture f;

	(void)state;
	world->fakes[0].can.no_cname = 1;
	plan(&f, one, "ca: digicert\nrecords:\n- _x.a.example CNAME y.dcv.example.\n");
	assert_int_equal(f.planned, DCV_E_REFUSED);
	assert_string_equal(f.diags.items[f.diags.n - 1].text,
		"_x.a.example. CNAME: fake cannot hold it: the provider takes no CNAME records");
	assert_int_equal(f.diags.items[f.diags.n - 1].line, 3);
	end(&f);
}

static void test_a_backend_that_does_not_know_wildcards(void **state)
{
	struct fixture f;

	(void)state;
	world->fakes[0].closest_untold = true;
	plan(&f, one,
		"ca: digicert\nrecords:\n- _dnsauth.www.a.example TXT tokentokentoken1\n"
		"- _dnsauth.ftp.a.example TXT tokentokentoken1\n");
	assert_int_equal(f.planned, DCV_OK);
	assert_int_equal(f.diags.n, 1); /* once a zone */
	assert_non_null(strstr(f.diags.items[0].text, "does not tell which names exist"));
	f.rc = dcv_run_apply(&f.run, &f.diags);
	assert_int_equal(f.rc, DCV_OK);
	end(&f);
	/* Right below the apex nothing is taken from a wildcard. */
	plan(&f, one,
		"order: '2'\nca: digicert\nrecords:\n"
		"- _dnsauth.a.example TXT tokentokentoken1\n");
	assert_int_equal(f.diags.n, 0);
	end(&f);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(test_additions_come_before_removals),
		T(test_one_fails_and_nothing_is_removed),
		T(test_one_keeps_what_was_to_go),
		T(test_ours_at_one_and_not_at_the_other),
		T(test_one_cannot_be_read),
		T(test_a_backend_without_room_replaces),
		T(test_zones_are_written_at_the_same_time),
		T(test_an_account_allows_so_many_sessions),
		T(test_one_zone_fails_and_the_others_do_not),
		T(test_a_ttl_is_clamped_and_told),
		T(test_what_it_cannot_hold_is_refused_before),
		T(test_a_backend_that_does_not_know_wildcards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
