/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what is found in a view of a zone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dns/view.h"

static void test_look_up(void **state)
{
	struct dcv_rrset sets[] = {{.type = DCV_TYPE_A}, {.type = DCV_TYPE_TXT}};
	struct dcv_node nodes[] = {{.n_sets = 2, .sets = sets}, {.n_sets = 0}};
	struct dcv_zone_view view = {.n_nodes = 2, .nodes = nodes};
	struct dcv_name other;
	size_t at = 0;

	(void)state;
	assert_int_equal(dcv_name_from("a.example.", &nodes[0].owner, NULL), DCV_OK);
	assert_int_equal(dcv_name_from("b.example.", &nodes[1].owner, NULL), DCV_OK);
	assert_int_equal(dcv_name_from("c.example.", &other, NULL), DCV_OK);
	assert_ptr_equal(dcv_view_node(&view, &nodes[1].owner, &at), &nodes[1]);
	assert_int_equal(at, 1);
	assert_null(dcv_view_node(&view, &other, &at));
	assert_ptr_equal(dcv_view_node(&view, &nodes[0].owner, &at), &nodes[0]);
	assert_int_equal(at, 0);
	assert_ptr_equal(dcv_node_set(&nodes[0], DCV_TYPE_TXT), &sets[1]);
	assert_null(dcv_node_set(&nodes[0], DCV_TYPE_CAA));
	assert_null(dcv_node_set(&nodes[1], DCV_TYPE_TXT));
}

static void test_negative_ttl(void **state)
{
	struct dcv_zone_view view = {.soa_ttl_s = 3600, .soa_minimum_s = 300};

	(void)state;
	assert_int_equal(dcv_view_negative_ttl(&view), 300);
	view.soa_ttl_s = 60;
	assert_int_equal(dcv_view_negative_ttl(&view), 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_look_up),
		cmocka_unit_test(test_negative_ttl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
