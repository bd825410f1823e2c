/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What a backend says that it cannot hold is refused before anything is written, or told. */
#include "world.h"

/* Whose tokens may be anything. */
static const struct dcv_ca formless_ca = {.key = "formless",
	.title = "Formless",
	.caa = "formless.example",
	.known = true};

static struct dcv_order *order_any(struct world *w, const char *value)
{
	struct dcv_order *of = order_txt(w, "1", AT, value);

	of->ca = &formless_ca;
	return of;
}

/* Refused, with why; returns the help. */
static const char *refuses(struct world *w, const char *why)
{
	return refused(w, make_plan(w), DCV_E_REFUSED, why)->help;
}

static void test_no_empty_text(void **state)
{
	struct world *w = *state;

	w->view.limits.no_empty_txt = true;
	(void)order_any(w, "\"\"");
	(void)refuses(w, "no empty text");
}

/* Of several strings too: what counts is whether there is an octet. */
static void test_no_empty_text_in_strings(void **state)
{
	struct world *w = *state;

	w->view.limits.no_empty_txt = true;
	(void)order_any(w, "\"\" \"\"");
	(void)refuses(w, "no empty text");
}

static void test_an_octet_is_no_empty_text(void **state)
{
	struct world *w = *state;

	w->view.limits.no_empty_txt = true;
	(void)order_any(w, "\"\" \"a\"");
	assert_planned(w, make_plan(w));
}

static void test_an_empty_text_where_it_can_be(void **state)
{
	struct world *w = *state;

	(void)order_any(w, "\"\"");
	assert_planned(w, make_plan(w));
}

/* An empty value that stands there is not ours to judge. */
static void test_an_empty_text_of_others(void **state)
{
	struct world *w = *state;

	w->view.limits.no_empty_txt = true;
	publish(w, AT, 300, DCV_TYPE_TXT, "\"\"");
	(void)order_txt(w, "1", AT, NEW);
	assert_planned(w, make_plan(w));
}

static void test_length(void **state)
{
	struct world *w = *state;

	w->view.limits.txt_max = 3;
	(void)order_any(w, "\"ab\" \"c\"");
	want(w, &w->orders[0], AT, DCV_TYPE_TXT, "abcd");
	(void)refuses(w, "a text of 4 octets, and the provider takes at most 3");
}

static void test_octets(void **state)
{
	struct world *w = *state;

	w->view.limits.txt_forbidden = "\"\\\x07";
	(void)order_any(w, "\"a\\007\"");
	(void)refuses(w, "the octet 7");
}

static void test_no_cname(void **state)
{
	struct world *w = *state;

	w->view.limits.no_cname = true;
	want(w, order(w, "1"), AT, DCV_TYPE_CNAME, TARGET);
	assert_text(refuses(w, "no CNAME records"), "TXT form");
}

static void test_count(void **state)
{
	struct world *w = *state;

	w->view.limits.values_max = 2;
	publish(w, AT, 300, DCV_TYPE_TXT, "x=1");
	publish(w, AT, 300, DCV_TYPE_TXT, "x=2");
	(void)order_txt(w, "1", AT, NEW);
	assert_text(refuses(w, "3 values"), "--remove-leftovers");
}

/* A TTL that cannot be changed is told, and stays; a new set has what is asked for. */
static void test_ttl_that_stays(void **state)
{
	struct world *w = *state;
	const struct dcv_edit *made;

	w->view.limits.ttl_stays = true;
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	w->sets[0][0].ttl_s = 3600;
	want(w, order_txt(w, "1", AT, NEW), AT, DCV_TYPE_TXT, OTHER);
	want(w, &w->orders[0], "_dnsauth.www.example.com.", DCV_TYPE_TXT, NEW);
	assert_planned(w, make_plan(w));
	made = edit(w, AT, DCV_TYPE_TXT);
	assert_int_equal(made->edit.ttl_s, 3600);
	assert_text(made->ttl_reason, "cannot change the TTL");
	made = edit(w, "_dnsauth.www.example.com.", DCV_TYPE_TXT);
	assert_int_equal(made->edit.ttl_s, 300);
	assert_null(made->ttl_reason);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_no_empty_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_empty_text_in_strings, setup,
			teardown),
		cmocka_unit_test_setup_teardown(test_an_octet_is_no_empty_text, setup,
			teardown),
		cmocka_unit_test_setup_teardown(test_an_empty_text_where_it_can_be, setup,
			teardown),
		cmocka_unit_test_setup_teardown(test_an_empty_text_of_others, setup,
			teardown),
		cmocka_unit_test_setup_teardown(test_length, setup, teardown),
		cmocka_unit_test_setup_teardown(test_octets, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_cname, setup, teardown),
		cmocka_unit_test_setup_teardown(test_count, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ttl_that_stays, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
