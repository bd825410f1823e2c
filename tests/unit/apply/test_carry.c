/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What becomes of a change at a backend that is not a file: record by record, after a lost answer,
 * after a kill; and that the next run does only what is open. */
#include "run_test.h"

#include <errno.h>

#define TXT DCV_TYPE_TXT
#define OWNER "_dnsauth.a.example."
#define OTHER "_acme.a.example."
#define VALUE "\"tokentokentoken1\""
#define VALUE_2 "\"tokentokentoken2\""

static const char *const zones[] = {"a.example.", NULL};
static const char order[] = "ca: digicert\nrecords:\n"
			    "- _dnsauth.a.example TXT tokentokentoken1\n";
static const char order_of_two[] = "ca: digicert\nrecords:\n"
				   "- _acme.a.example TXT tokentokentoken2\n"
				   "- _dnsauth.a.example TXT tokentokentoken1\n";

static struct fake *fake(void)
{
	return &world->fakes[0];
}

static void set_fault(struct fake *at, enum fault fault)
{
	at->n_faults = at->applies + 1;
	at->faults[at->applies] = fault;
}

/* The next run converges, and the one after it has nothing to do. */
static void assert_converges(const char *text, unsigned applies)
{
	struct fixture f;

	fake()->n_faults = 0;
	fake()->applies = 0;
	apply(&f, zones, text);
	assert_int_equal(f.rc, DCV_OK);
	assert_int_equal(fake()->applies, applies);
	assert_string_equal(order_state(&f, "1"), "published");
	assert_non_null(fake_find(fake(), OWNER, TXT, VALUE));
	assert_int_equal(count_placements(&f, zones[0], OWNER), 1);
	end(&f);
	plan(&f, zones, text);
	assert_int_equal(f.planned, DCV_OK);
	assert_false(dcv_run_has_work(&f.run));
	end(&f);
}

static void test_all_is_done(void **state)
{
	struct fixture f;

	(void)state;
	apply(&f, zones, order);
	assert_int_equal(f.rc, DCV_OK);
	assert_string_equal(journal(&f), "a add " OWNER " done\n");
	assert_string_equal(order_state(&f, "1"), "published");
	assert_int_equal(fake_find(fake(), OWNER, TXT, VALUE)->ttl_s, 300);
	assert_int_equal(fake()->syncs, 1);
	assert_true(fake()->had_before && fake()->before_right && fake()->had_etag);
	end(&f);
	assert_converges(order, 0);
}

static void test_a_change_knows_the_set_that_it_rests_on(void **state)
{
	struct fixture f;

	(void)state;
	fake_add(fake(), OWNER, TXT, 3600, "\"left over\"");
	fake_add(fake(), OWNER, TXT, 3600, "\"and another\"");
	apply(&f, zones, order);
	assert_int_equal(f.rc, DCV_OK);
	assert_true(fake()->had_before && fake()->before_right);
	assert_int_equal(fake()->n, 3);
	end(&f);
}

static void test_a_refusal_changes_nothing(void **state)
{
	struct fixture f;

	(void)state;
	set_fault(fake(), REFUSED_BEFORE);
	apply(&f, zones, order);
	assert_int_equal(f.rc, DCV_E_FAILED);
	assert_string_equal(journal(&f), "a add " OWNER " failed\n");
	assert_string_equal(order_state(&f, "1"), "pending");
	assert_string_equal(f.run.zones[0].error.help,
		"help: run the same command again in 30 s");
	assert_false(f.run.zones[0].changed);
	end(&f);
	assert_converges(order, 1);
}

static void test_a_lost_answer_is_looked_after(void **state)
{
	struct fixture f;

	(void)state;
	set_fault(fake(), LOST_AFTER);
	apply(&f, zones, order);
	assert_int_equal(f.rc, DCV_OK);
	assert_int_equal(mono_ms, 0);
	assert_string_equal(journal(&f), "a add " OWNER " done\n");
	end(&f);
	assert_converges(order, 0);
}

static void test_a_lost_answer_to_what_comes_late(void **state)
{
	struct fixture f;

	(void)state;
	set_fault(fake(), LOST_LATE);
	apply(&f, zones, order);
	assert_int_equal(f.rc, DCV_OK);
	assert_true(mono_ms > 0);
	assert_string_equal(journal(&f), "a add " OWNER " done\n");
	end(&f);
	assert_converges(order, 0);
}

static void test_a_lost_question(void **state)
{
	struct fixture f;

	(void)state;
	set_fault(fake(), LOST_BEFORE);
	apply(&f, zones, order);
	assert_int_equal(f.rc, DCV_E_FAILED);
	assert_string_equal(journal(&f), "a add " OWNER " failed\n");
	assert_false(f.run.zones[0].changed);
	end(&f);
	assert_converges(order, 1);
}

static void test_what_cannot_be_read_stays_unknown(void **state)
{
	const enum fault faults[] = {LOST_BEFORE, LOST_AFTER};
	struct fixture f;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		fake()->n = fake()->applies = 0;
		(void)remove("ledger.db");
		set_fault(fake(), faults[i]);
		fake()->reads_fail = 100;
		apply(&f, zones, order);
		assert_int_equal(f.rc, DCV_E_PARTIAL);
		assert_string_equal(journal(&f), "a add " OWNER " unknown\n");
		assert_int_equal(count_placements(&f, zones[0], OWNER), 0);
		end(&f);
		fake()->reads_fail = 0;
		assert_converges(order, i == 0 ? 1 : 0);
	}
}

static void test_of_two_records_one_is_done(void **state)
{
	struct fixture f;
	const struct dcv_plan *seen;

	(void)state;
	set_fault(fake(), FIRST_ONLY);
	apply(&f, zones, order_of_two);
	assert_int_equal(f.rc, DCV_E_PARTIAL);
	assert_int_equal(mono_ms, 0); /* what was refused does not come later */
	assert_string_equal(journal(&f), "a add " OTHER " done\na add " OWNER " failed\n");
	assert_string_equal(order_state(&f, "1"), "pending");
	seen = &f.run.zones[0].plan;
	assert_int_equal(seen->n_edits, 2);
	assert_int_equal(seen->edits[0].values[0].end, DCV_END_DONE);
	assert_int_equal(seen->edits[1].values[0].end, DCV_END_FAILED);
	assert_string_equal(seen->edits[1].values[0].why,
		"quota of the account is used up");
	assert_non_null(strstr(f.run.zones[0].error.text,
		"1 of 2 changes not done: " OWNER " TXT: " VALUE ": quota"));
	assert_int_equal(count_placements(&f, zones[0], OTHER), 1);
	assert_int_equal(count_placements(&f, zones[0], OWNER), 0);
	end(&f);
	fake()->n_edits_most = 0;
	assert_converges(order_of_two, 1);
	assert_int_equal(fake()->n_edits_most, 1);
}

static void test_what_was_said_to_be_done_and_is_not(void **state)
{
	struct fixture f;

	(void)state;
	set_fault(fake(), CLAIMS);
	apply(&f, zones, order);
	assert_int_equal(f.rc, DCV_E_PARTIAL);
	assert_string_equal(journal(&f), "a add " OWNER " unknown\n");
	end(&f);
	assert_converges(order, 1);
}

static void test_a_foreign_value_that_went_is_named(void **state)
{
	struct fixture f;

	(void)state;
	fake_add(fake(), OWNER, TXT, 3600, "\"left over\"");
	set_fault(fake(), TRAMPLES);
	apply(&f, zones, order);
	assert_int_equal(f.rc, DCV_E_PARTIAL);
	assert_string_equal(journal(&f), "a add " OWNER " done\n");
	assert_non_null(strstr(f.run.zones[0].error.text,
		"\"left over\": it stood there before, and is gone"));
	end(&f);
	assert_converges(order, 0);
}

static void test_a_ttl_that_is_another_one_is_named(void **state)
{
	struct fixture f;

	(void)state;
	set_fault(fake(), MISHEARS_TTL);
	apply(&f, zones, order);
	assert_int_equal(f.rc, DCV_E_PARTIAL);
	assert_non_null(strstr(f.run.zones[0].error.text, "its TTL is 77, not 300"));
	end(&f);
	assert_converges(order, 1);
}

static void test_a_conflict_is_planned_again(void **state)
{
	struct fixture f;

	(void)state;
	set_fault(fake(), CONFLICTS);
	apply(&f, zones, order);
	assert_int_equal(f.rc, DCV_OK);
	assert_int_equal(fake()->applies, 2);
	assert_string_equal(journal(&f), "a add " OWNER " failed\na add " OWNER " done\n");
	end(&f);
}

/* What the backend compares is read to be planned, and when it was written. */
static void test_what_is_compared_is_not_read_again(void **state)
{
	struct fixture f;

	(void)state;
	apply(&f, zones, order);
	assert_int_equal(fake()->reads, 3);
	end(&f);
	(void)remove("ledger.db");
	fake()->n = fake()->reads = 0;
	fake()->can.cas = DCVP_CAS_RRSET;
	apply(&f, zones, order);
	assert_int_equal(f.rc, DCV_OK);
	assert_int_equal(fake()->reads, 2);
	assert_true(fake()->had_before && fake()->before_right);
	end(&f);
}

/* What is not written is not compared: it is read under the lock. After a conflict all is. */
static void test_what_is_not_compared_is_read_again(void **state)
{
	struct fixture f;

	(void)state;
	fake()->can.cas = DCVP_CAS_RRSET;
	set_fault(fake(), CONFLICTS);
	apply(&f, zones, order);
	assert_int_equal(f.rc, DCV_OK);
	assert_int_equal(fake()->reads, 3);
	end(&f);
	(void)remove("ledger.db");
	fake()->reads = 0;
	apply(&f, zones, order);
	assert_int_equal(f.rc, DCV_OK);
	assert_int_equal(fake()->applies, 2);
	assert_int_equal(fake()->reads, 2);
	assert_string_equal(order_state(&f, "1"), "published");
	end(&f);
}

/* As another run would: an order that needs the value. */
static void claim_elsewhere(struct fixture *f)
{
	struct dcv_order_row row = {.ca = "digicert",
		.id = "2",
		.service = "",
		.document = "{}",
		.revision = 1,
		.state = DCV_STATE_PUBLISHED,
		.created = NOW_S,
		.first_applied = NOW_S,
		.expires = NOW_S + 86400};
	struct dcv_claim_row claim = {.ca = "digicert",
		.id = "2",
		.revision = 1,
		.type = TXT};
	struct dcv_ledger *ledger = NULL;

	assert_int_equal(dcv_name_from(OWNER, &claim.owner, NULL), DCV_OK);
	assert_int_equal(dcv_rdata_parse(TXT, VALUE, strlen(VALUE), NULL, &f->arena,
				 &claim.rdata, NULL),
		DCV_OK);
	assert_int_equal(
		dcv_ledger_open(f->config.ledger, DCV_LEDGER_WRITE, 1000, &ledger, NULL),
		DCV_OK);
	assert_int_equal(dcv_ledger_begin(ledger, NULL), DCV_OK);
	assert_int_equal(dcv_ledger_put_order(ledger, &row, NULL), DCV_OK);
	assert_int_equal(dcv_ledger_put_claim(ledger, &claim, NULL), DCV_OK);
	assert_int_equal(dcv_ledger_commit(ledger, NULL), DCV_OK);
	dcv_ledger_close(ledger);
}

/* A plan from before the lock holds only while nobody writes the ledger. */
static void test_what_was_noted_meanwhile_counts(void **state)
{
	static const char next[] = "ca: digicert\nrecords:\n"
				   "- _dnsauth.a.example TXT tokentokentoken2\n";
	struct fixture f;

	(void)state;
	fake()->can.cas = DCVP_CAS_RRSET;
	apply(&f, zones, order);
	end(&f);
	plan(&f, zones, next);
	assert_int_equal(f.planned, DCV_OK);
	assert_int_equal(f.run.zones[0].plan.n_remove, 1);
	claim_elsewhere(&f);
	assert_int_equal(dcv_run_apply(&f.run, &f.diags), DCV_OK);
	assert_non_null(fake_find(fake(), OWNER, TXT, VALUE));
	assert_non_null(fake_find(fake(), OWNER, TXT, VALUE_2));
	end(&f);
}

static void test_conflicts_end(void **state)
{
	struct fixture f;

	(void)state;
	fake()->n_faults = 3;
	for (unsigned i = 0; i < 3; i++)
		fake()->faults[i] = CONFLICTS;
	apply(&f, zones, order);
	assert_int_equal(f.rc, DCV_E_FAILED);
	assert_int_equal(fake()->applies, 3);
	assert_int_equal(fake()->n, 0);
	end(&f);
	assert_converges(order, 1);
}

static void test_a_change_is_split(void **state)
{
	struct fixture f;

	(void)state;
	fake()->can.edits_max = 1;
	apply(&f, zones, order_of_two);
	assert_int_equal(f.rc, DCV_OK);
	assert_int_equal(fake()->applies, 2);
	assert_int_equal(fake()->n_edits_most, 1);
	assert_false(fake()->had_etag); /* the first part moved the zone */
	assert_true(fake()->before_right);
	end(&f);
	assert_converges(order_of_two, 0);
}

static void test_a_part_that_conflicts_is_planned_again(void **state)
{
	struct fixture f;

	(void)state;
	fake()->can.edits_max = 1;
	fake()->n_faults = 2;
	fake()->faults[1] = CONFLICTS;
	apply(&f, zones, order_of_two);
	assert_int_equal(f.rc, DCV_OK);
	assert_string_equal(journal(&f),
		"a add " OTHER " done\na add " OWNER " failed\na add " OWNER " done\n");
	assert_string_equal(order_state(&f, "1"), "published");
	end(&f);
}

static void test_a_part_that_fails(void **state)
{
	struct fixture f;

	(void)state;
	fake()->can.edits_max = 1;
	fake()->n_faults = 2;
	fake()->faults[1] = REFUSED_BEFORE;
	apply(&f, zones, order_of_two);
	assert_int_equal(f.rc, DCV_E_PARTIAL);
	assert_string_equal(journal(&f), "a add " OTHER " done\na add " OWNER " failed\n");
	end(&f);
	assert_converges(order_of_two, 1);
}

static void test_no_proof_is_no_failure(void **state)
{
	struct fixture f;

	(void)state;
	fake()->sync_unknown = 1;
	apply(&f, zones, order);
	assert_int_equal(f.rc, DCV_OK);
	assert_non_null(
		strstr(dcv_buf_text(&f.text), "unproven   fake: fake: still pending"));
	assert_string_equal(journal(&f), "a add " OWNER " done\n");
	end(&f);
}

static void die(enum fault fault, const char *text)
{
	struct fixture f;
	int status = 0;
	pid_t pid;

	set_fault(fake(), fault);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		apply(&f, zones, text);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 9);
	assert_int_equal(pthread_mutex_trylock(&world->mutex), EBUSY);
	assert_int_equal(pthread_mutex_unlock(&world->mutex), 0);
	fake()->open = 0;
	fake()->busy = 0;
}

/* Killed before or after the backend did it: what stands there decides. */
static void test_what_a_killed_run_left(void **state)
{
	const enum fault faults[] = {DIES_BEFORE, DIES_AFTER};
	const char *const journals[] = {"a add " OWNER " failed\na add " OWNER " done\n",
		"a add " OWNER " done\n"};
	struct fixture f;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		make_world();
		(void)remove("ledger.db");
		die(faults[i], order);
		fake()->n_faults = 0;
		apply(&f, zones, order);
		assert_int_equal(f.rc, DCV_OK);
		assert_string_equal(journal(&f), journals[i]);
		assert_true(f.run.recovered == (i == 1));
		assert_string_equal(order_state(&f, "1"), "published");
		assert_int_equal(count_placements(&f, zones[0], OWNER), 1);
		end(&f);
	}
}

static void test_what_a_killed_run_left_and_cannot_be_read(void **state)
{
	struct fixture f;

	(void)state;
	die(DIES_AFTER, order);
	plan(&f, zones, order);
	assert_int_equal(f.planned, DCV_OK);
	fake()->reads_fail = 1; /* applies > 0: the read that settles */
	f.rc = dcv_run_apply(&f.run, &f.diags);
	assert_int_equal(f.rc, DCV_E_PARTIAL);
	assert_string_equal(journal(&f), "a add " OWNER " intent\n");
	end(&f);
	assert_converges(order, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(test_all_is_done),
		T(test_a_change_knows_the_set_that_it_rests_on),
		T(test_a_refusal_changes_nothing),
		T(test_a_lost_answer_is_looked_after),
		T(test_a_lost_answer_to_what_comes_late),
		T(test_a_lost_question),
		T(test_what_cannot_be_read_stays_unknown),
		T(test_of_two_records_one_is_done),
		T(test_what_was_said_to_be_done_and_is_not),
		T(test_a_foreign_value_that_went_is_named),
		T(test_a_ttl_that_is_another_one_is_named),
		T(test_a_conflict_is_planned_again),
		T(test_what_is_compared_is_not_read_again),
		T(test_what_is_not_compared_is_read_again),
		T(test_what_was_noted_meanwhile_counts),
		T(test_conflicts_end),
		T(test_a_change_is_split),
		T(test_a_part_that_conflicts_is_planned_again),
		T(test_a_part_that_fails),
		T(test_no_proof_is_no_failure),
		T(test_what_a_killed_run_left),
		T(test_what_a_killed_run_left_and_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
