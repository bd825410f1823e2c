/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The platform guard: the name servers that we write to against those that the world asks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>
#include <cmocka.h>

#include "check/guard.h"
#include "small_net.h"

static struct dcv_name ours[4];

static struct dcv_guard guard(const char *apex, const char *const *names, size_t n)
{
	struct dcv_guard ret = {.apex = net_name(apex), .n_ours = n, .ours = ours};
	struct dcv_error err = {.code = DCV_OK};

	for (size_t i = 0; i < n; i++) {
		ours[i] = net_name(names[i]);
	}
	if (survey == NULL) {
		begin(5000);
	}
	if (dcv_guard_run(survey, &ret, 1, &err) != DCV_OK) {
		fail_msg("%s", err.text);
	}
	return ret;
}

static void test_same(void **state)
{
	static const char *const names[] = {"NS2.example.com.", "ns1.example.com."};
	struct dcv_guard seen = guard("example.com.", names, 2);

	(void)state;
	assert_int_equal(seen.platform, DCV_PLATFORM_SAME);
	assert_int_equal(seen.n_parents, 2);
	assert_false(seen.by_address || seen.undelegated);
	assert_null(seen.why);
}

static void test_overlap(void **state)
{
	static const char *const names[] = {"ns2.example.com.", "ns3.example.com."};

	(void)state;
	assert_int_equal(guard("example.com.", names, 2).platform, DCV_PLATFORM_OVERLAP);
}

static void test_disjoint(void **state)
{
	static const char *const names[] = {"ns1.other.com.", "ns2.other.com."};

	(void)state;
	net_add("com.", "other.com. NS ns1.other.com.");
	net_add("com.", "ns1.other.com. A 127.0.5.2");
	net_add("other.com.", "ns1.other.com. A 127.0.5.2");
	tld->serves = "com. other.com.";
	assert_int_equal(guard("example.com.", names, 2).platform, DCV_PLATFORM_DISJOINT);
}

/* The provider calls its servers otherwise than the parent does. */
static void test_same_by_address(void **state)
{
	static const char *const names[] = {"a.other.com.", "b.other.com."};
	struct dcv_guard seen;

	(void)state;
	net_add("com.", "other.com. NS ns1.example.com.");
	net_add("other.com.", "other.com. NS ns1.example.com.");
	net_add("other.com.", "a.other.com. A 127.0.5.3");
	net_add("other.com.", "b.other.com. A 127.0.5.4");
	one->serves = "example.com. other.com.";
	seen = guard("example.com.", names, 2);
	assert_int_equal(seen.platform, DCV_PLATFORM_SAME);
	assert_true(seen.by_address);
}

/* The child's servers need not answer: it is the parent that is asked. */
static void test_dead_child(void **state)
{
	static const char *const names[] = {"ns1.example.com.", "ns2.example.com."};

	(void)state;
	one->habit = two->habit = NET_SILENT;
	assert_int_equal(guard("example.com.", names, 2).platform, DCV_PLATFORM_SAME);
}

static void test_no_view(void **state)
{
	static const char *const names[] = {"ns1.example.com."};
	struct dcv_guard seen = guard("gone.com.", names, 1);

	(void)state;
	assert_int_equal(seen.platform, DCV_PLATFORM_NO_VIEW);
	assert_true(seen.undelegated);
	assert_non_null(seen.why);
	tld->habit = NET_SILENT;
	dcv_survey_free(survey);
	begin(300);
	seen = guard("example.com.", names, 1);
	assert_int_equal(seen.platform, DCV_PLATFORM_NO_VIEW);
	assert_false(seen.undelegated);
	assert_non_null(seen.why);
}

static void test_special_names_are_not_asked(void **state)
{
	static const char *const apexes[] = {"example.com.", "a.test.", "x.example.",
		"host.home.arpa.", "1.10.in-addr.arpa."};
	static const char *const names[] = {"ns1.example.com."};
	struct dcv_survey_options options = {.hints = &hints,
		.clock = &dcv_clock_system,
		.deadline_ms = dcv_mono_ms(&dcv_clock_system) + 5000};

	(void)state;
	assert_int_equal(dcv_survey_new(&options, &survey, NULL), DCV_OK);
	for (size_t i = 0; i < sizeof apexes / sizeof apexes[0]; i++) {
		assert_int_equal(guard(apexes[i], names, 1).platform,
			DCV_PLATFORM_NO_VIEW);
	}
	assert_int_equal(atomic_load(&root->n_questions), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_same),
		TEST(test_overlap),
		TEST(test_disjoint),
		TEST(test_same_by_address),
		TEST(test_dead_child),
		TEST(test_no_view),
		TEST(test_special_names_are_not_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
