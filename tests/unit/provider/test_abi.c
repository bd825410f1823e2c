/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The provider interface as plugins were compiled against it: where each field lies on machines
 * with 64-bit pointers. A line here never changes and none goes; a new field gets a line at the
 * end of its struct. Of a struct that begins with its size, SIZE grows with it; of all others it
 * stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "provider/provider.h"

#define SIZE(type, n) _Static_assert(sizeof(struct type) == (n), #type)
#define AT(type, field, n) \
	_Static_assert(offsetof(struct type, field) == (n), #type "." #field)

#if UINTPTR_MAX == UINT64_MAX

SIZE(dcvp_result, 24);
AT(dcvp_result, outcome, 0);
AT(dcvp_result, cause, 4);
AT(dcvp_result, retry_after_ms, 8);
AT(dcvp_result, text, 16);

SIZE(dcvp_error, 1104);
AT(dcvp_error, text, 0);
AT(dcvp_error, help, 512);
AT(dcvp_error, cause, 1024);
AT(dcvp_error, retry_after_ms, 1032);
AT(dcvp_error, code, 1040);

SIZE(dcvp_header, 16);
AT(dcvp_header, name, 0);
AT(dcvp_header, value, 8);

SIZE(dcvp_sign, 56);
AT(dcvp_sign, struct_size, 0);
AT(dcvp_sign, scheme, 8);
AT(dcvp_sign, key_id, 16);
AT(dcvp_sign, secret, 24);
AT(dcvp_sign, token, 32);
AT(dcvp_sign, region, 40);
AT(dcvp_sign, service, 48);

SIZE(dcvp_http_request, 80);
AT(dcvp_http_request, struct_size, 0);
AT(dcvp_http_request, method, 8);
AT(dcvp_http_request, url, 16);
AT(dcvp_http_request, n_headers, 24);
AT(dcvp_http_request, headers, 32);
AT(dcvp_http_request, body, 40);
AT(dcvp_http_request, body_len, 48);
AT(dcvp_http_request, repeatable, 56);
AT(dcvp_http_request, sign, 64);
AT(dcvp_http_request, answer_max, 72);

SIZE(dcvp_http_answer, 56);
AT(dcvp_http_answer, status, 0);
AT(dcvp_http_answer, sent, 4);
AT(dcvp_http_answer, n_headers, 8);
AT(dcvp_http_answer, headers, 16);
AT(dcvp_http_answer, body, 24);
AT(dcvp_http_answer, body_len, 32);
AT(dcvp_http_answer, date_s, 40);
AT(dcvp_http_answer, retry_after_ms, 48);

SIZE(dcvp_tree, 40);
AT(dcvp_tree, kind, 0);
AT(dcvp_tree, key, 8);
AT(dcvp_tree, text, 16);
AT(dcvp_tree, first, 24);
AT(dcvp_tree, next, 32);

SIZE(dcvp_rival, 24);
AT(dcvp_rival, id, 0);
AT(dcvp_rival, n_servers, 8);
AT(dcvp_rival, servers, 16);

SIZE(dcvp_host, 144);
AT(dcvp_host, struct_size, 0);
AT(dcvp_host, ctx, 8);
AT(dcvp_host, alloc, 16);
AT(dcvp_host, log, 24);
AT(dcvp_host, wall_s, 32);
AT(dcvp_host, mono_ms, 40);
AT(dcvp_host, wait_ms, 48);
AT(dcvp_host, deadline_ms, 56);
AT(dcvp_host, http, 64);
AT(dcvp_host, json_read, 72);
AT(dcvp_host, json_write, 80);
AT(dcvp_host, xml_read, 88);
AT(dcvp_host, sign_rs256, 96);
AT(dcvp_host, cache_get, 104);
AT(dcvp_host, cache_put, 112);
AT(dcvp_host, variable, 120);
AT(dcvp_host, file, 128);
AT(dcvp_host, elect, 136);

SIZE(dcvp_option, 72);
AT(dcvp_option, key, 0);
AT(dcvp_option, kind, 8);
AT(dcvp_option, required, 12);
AT(dcvp_option, many, 16);
AT(dcvp_option, words, 24);
AT(dcvp_option, min, 32);
AT(dcvp_option, max, 40);
AT(dcvp_option, fallback, 48);
AT(dcvp_option, environment, 56);
AT(dcvp_option, help, 64);

SIZE(dcvp_setting, 24);
AT(dcvp_setting, key, 0);
AT(dcvp_setting, n, 8);
AT(dcvp_setting, values, 16);

SIZE(dcvp_rrset, 48);
AT(dcvp_rrset, owner, 0);
AT(dcvp_rrset, type, 8);
AT(dcvp_rrset, ttl_s, 12);
AT(dcvp_rrset, fixed, 16);
AT(dcvp_rrset, n, 24);
AT(dcvp_rrset, rdata, 32);
AT(dcvp_rrset, marks, 40);

SIZE(dcvp_node, 56);
AT(dcvp_node, owner, 0);
AT(dcvp_node, closest, 8);
AT(dcvp_node, cut, 16);
AT(dcvp_node, generated, 24);
AT(dcvp_node, wildcard, 32);
AT(dcvp_node, n_sets, 40);
AT(dcvp_node, sets, 48);

SIZE(dcvp_ns, 24);
AT(dcvp_ns, name, 0);
AT(dcvp_ns, n_sets, 8);
AT(dcvp_ns, sets, 16);

SIZE(dcvp_zone, 88);
AT(dcvp_zone, place, 0);
AT(dcvp_zone, etag, 8);
AT(dcvp_zone, fixed, 16);
AT(dcvp_zone, is_signed, 24);
AT(dcvp_zone, serial, 28);
AT(dcvp_zone, soa_ttl_s, 32);
AT(dcvp_zone, soa_minimum_s, 36);
AT(dcvp_zone, serial_next, 40);
AT(dcvp_zone, n_ns, 48);
AT(dcvp_zone, n_nodes, 56);
AT(dcvp_zone, ns, 64);
AT(dcvp_zone, nodes, 72);
AT(dcvp_zone, ttl_min_s, 80);
AT(dcvp_zone, ttl_max_s, 84);

SIZE(dcvp_edit, 72);
AT(dcvp_edit, owner, 0);
AT(dcvp_edit, type, 8);
AT(dcvp_edit, ttl_s, 12);
AT(dcvp_edit, n_add, 16);
AT(dcvp_edit, n_remove, 24);
AT(dcvp_edit, add, 32);
AT(dcvp_edit, remove, 40);
AT(dcvp_edit, notes, 48);
AT(dcvp_edit, before, 56);
AT(dcvp_edit, has_before, 64);

SIZE(dcvp_change, 40);
AT(dcvp_change, zone, 0);
AT(dcvp_change, id, 8);
AT(dcvp_change, etag, 16);
AT(dcvp_change, n_edits, 24);
AT(dcvp_change, edits, 32);

SIZE(dcvp_receipt, 392);
AT(dcvp_receipt, serial_before, 0);
AT(dcvp_receipt, serial_after, 4);
AT(dcvp_receipt, note, 8);
AT(dcvp_receipt, change_id, 264);

SIZE(dcvp_capabilities, 88);
AT(dcvp_capabilities, struct_size, 0);
AT(dcvp_capabilities, unit, 8);
AT(dcvp_capabilities, atomic, 12);
AT(dcvp_capabilities, cas, 16);
AT(dcvp_capabilities, visible, 20);
AT(dcvp_capabilities, no_cname, 24);
AT(dcvp_capabilities, no_caa, 28);
AT(dcvp_capabilities, no_read, 32);
AT(dcvp_capabilities, marks, 36);
AT(dcvp_capabilities, needs_zone, 40);
AT(dcvp_capabilities, ttl_min_s, 44);
AT(dcvp_capabilities, ttl_max_s, 48);
AT(dcvp_capabilities, txt_max, 52);
AT(dcvp_capabilities, txt_forbidden, 56);
AT(dcvp_capabilities, values_max, 64);
AT(dcvp_capabilities, edits_max, 68);
AT(dcvp_capabilities, sessions_max, 72);
AT(dcvp_capabilities, compares, 76);
AT(dcvp_capabilities, no_empty_txt, 80);
AT(dcvp_capabilities, ttl_stays, 84);

SIZE(dcvp_provider, 152);
AT(dcvp_provider, struct_size, 0);
AT(dcvp_provider, abi, 8);
AT(dcvp_provider, name, 16);
AT(dcvp_provider, title, 24);
AT(dcvp_provider, options, 32);
AT(dcvp_provider, capabilities, 40);
AT(dcvp_provider, open, 48);
AT(dcvp_provider, close, 56);
AT(dcvp_provider, probe, 64);
AT(dcvp_provider, find_zone, 72);
AT(dcvp_provider, read, 80);
AT(dcvp_provider, apply, 88);
AT(dcvp_provider, sync, 96);
AT(dcvp_provider, recover, 104);
AT(dcvp_provider, describe, 112);
AT(dcvp_provider, variables, 120);
AT(dcvp_provider, rate_requests, 128);
AT(dcvp_provider, rate_s, 132);
AT(dcvp_provider, services, 136);
AT(dcvp_provider, order, 144);
#endif

/* Numbers that cross the interface. */
#define IS(name, n) _Static_assert((name) == (n), #name)
IS(DCVP_OK, 0);
IS(DCVP_NO_ZONE, 1);
IS(DCVP_REFUSED, 2);
IS(DCVP_CONFLICT, 3);
IS(DCVP_INVALID, 4);
IS(DCVP_FAILED, 5);
IS(DCVP_UNKNOWN, 6);
IS(DCVP_NOMEM, 7);

IS(DCVP_CAUSE_NONE, 0);
IS(DCVP_CAUSE_AUTH, 1);
IS(DCVP_CAUSE_FORBIDDEN, 2);
IS(DCVP_CAUSE_NOT_READY, 3);
IS(DCVP_CAUSE_EXISTS_OTHER, 4);
IS(DCVP_CAUSE_VALUE, 5);
IS(DCVP_CAUSE_LIMIT, 6);
IS(DCVP_CAUSE_THROTTLED, 7);
IS(DCVP_CAUSE_BUSY, 8);
IS(DCVP_CAUSE_UNAVAILABLE, 9);
IS(DCVP_CAUSE_CLOCK, 10);
IS(DCVP_CAUSE_PROTOCOL, 11);
IS(DCVP_CAUSE_INTERNAL, 12);

IS(DCVP_EDIT_FAILED, 0);
IS(DCVP_EDIT_DONE, 1);
IS(DCVP_EDIT_ALREADY, 2);
IS(DCVP_EDIT_UNKNOWN, 3);

IS(DCVP_LOG_NOTE, 0);
IS(DCVP_LOG_INFO, 1);
IS(DCVP_LOG_DEBUG, 2);

IS(DCVP_SIGN_NONE, 0);
IS(DCVP_SIGN_AWS4, 1);
IS(DCVP_SIGN_SDK_HMAC_SHA256, 2);

IS(DCVP_NULL, 0);
IS(DCVP_FALSE, 1);
IS(DCVP_TRUE, 2);
IS(DCVP_NUMBER, 3);
IS(DCVP_TEXT, 4);
IS(DCVP_ARRAY, 5);
IS(DCVP_OBJECT, 6);
IS(DCVP_ATTRIBUTE, 7);

IS(DCVP_OPTION_TEXT, 0);
IS(DCVP_OPTION_WORD, 1);
IS(DCVP_OPTION_YES, 2);
IS(DCVP_OPTION_NUMBER, 3);
IS(DCVP_OPTION_DURATION, 4);
IS(DCVP_OPTION_PATH, 5);
IS(DCVP_OPTION_ADDRESS, 6);
IS(DCVP_OPTION_URL, 7);
IS(DCVP_OPTION_COMMAND, 8);
IS(DCVP_OPTION_SECRET, 9);

IS(DCVP_UNIT_ZONE, 0);
IS(DCVP_UNIT_RRSET, 1);
IS(DCVP_UNIT_RECORD, 2);

IS(DCVP_ATOMIC_NONE, 0);
IS(DCVP_ATOMIC_RRSET, 1);
IS(DCVP_ATOMIC_ZONE, 2);

IS(DCVP_CAS_NONE, 0);
IS(DCVP_CAS_RRSET, 1);
IS(DCVP_CAS_ZONE, 2);

IS(DCVP_VISIBLE_AT_ONCE, 0);
IS(DCVP_VISIBLE_SYNC, 1);
IS(DCVP_VISIBLE_UNTOLD, 2);

static const struct dcvp_provider provider = {.struct_size = sizeof(provider),
	.abi = DCVP_ABI};
DCVP_ENTRY(provider);

static void test_entry(void **state)
{
	dcvp_entry entry = dcvp_provider_1;

	(void)state;
	assert_string_equal(DCVP_ENTRY_SYMBOL, "dcvp_provider_1");
	assert_int_equal(DCVP_ABI, 1);
	assert_ptr_equal(entry(), &provider);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_entry)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
