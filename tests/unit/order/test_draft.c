/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file tests that an order that is written down is read back as what it was. */
#include "order/draft.h"
#include "orders.h"

static void test_smallest(void **state)
{
	static const struct dcv_draft_record record = {
		.line = "_dnsauth.example.com TXT 202611210000002aurxma1k3v"};
	const struct dcv_draft draft = {.id = "1",
		.ca = "digicert",
		.n_records = 1,
		.records = &record};
	struct fixture f;
	char *text;

	(void)state;
	begin(&f);
	text = dcv_draft_text(&draft, &f.arena);
	assert_string_equal(text,
		"order: \"1\"\n"
		"ca: digicert\n"
		"records:\n"
		"  - _dnsauth.example.com TXT 202611210000002aurxma1k3v\n");
	end(&f);
}

/* Texts that YAML would take for something else, in every place that holds one. */
static void test_odd_values(void **state)
{
	static const char *const values[] = {"a", "a: b", "a #b", "- a", "@", "*", "&a",
		"!b", "yes", "~", "{a}", "[a", "a,b", "\"a\"", "'a'", "a\\b", "\x01\x7f",
		"a\tb",
		("b\xc3\xbc"
		 "cher"),
		" a ", "%x", "|", ">", "=", "0123", "a'\"\\#: b"};

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		const struct dcv_draft_record record = {.domain = "example.com",
			.host = "_dnsauth",
			.type = "TXT",
			.value = values[i]};
		const struct dcv_draft draft = {.id = "a.b-c_d",
			.ca = "encryption everywhere",
			.certificate = "x",
			.ttl_s = 60,
			.n_records = 1,
			.records = &record};
		struct fixture f;
		const struct dcv_order *order;
		char *text;
		size_t len;

		begin(&f);
		text = dcv_draft_text(&draft, &f.arena);
		dcv_orders_parse("o.yaml", text, strlen(text), NULL, &f.arena, &f.orders,
			&f.diags);
		assert_int_equal(f.diags.n_errors, 0);
		assert_int_equal(f.orders.n, 1);
		order = f.orders.items[0];
		assert_string_equal(order->id, "a.b-c_d");
		assert_string_equal(order->certificate, "x");
		assert_int_equal(order->ttl_s, 60);
		text = dcv_txt_join(&order->claims[0].rdata, &f.arena, &len);
		assert_int_equal(len, strlen(values[i]));
		assert_string_equal(text, values[i]);
		end(&f);
	}
}

static void test_names(void **state)
{
	static const char *const names[] = {"example.com", "*.example.org"};
	const struct dcv_draft draft = {.ca = "digicert",
		.service = "huaweicloud-scm",
		.n_names = 2,
		.names = names};
	struct fixture f;
	char *text;

	(void)state;
	begin(&f);
	text = dcv_draft_text(&draft, &f.arena);
	assert_string_equal(text,
		"ca: digicert\n"
		"service: huaweicloud-scm\n"
		"names: [example.com, \"*.example.org\"]\n");
	dcv_orders_parse("o.yaml", text, strlen(text), "1", &f.arena, &f.orders, &f.diags);
	assert_string_equal(report(&f), "");
	assert_string_equal(claims(&f, f.orders.items[0]),
		"names: example.com. *.example.org.\n");
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_smallest),
		cmocka_unit_test(test_odd_values),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
