/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Resolvers over TLS as they are written: what is asked, and which name is verified. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "dns/resolver.h"

static void expect(enum dcv_via via, const char *text, const char *addr, const char *name,
	const char *path)
{
	struct dcv_arena arena = {0};
	struct dcv_resolver made = {0};
	char shown[DCV_ADDR_TEXT_MAX];

	assert_int_equal(dcv_resolver_parse(via, text, &arena, &made, NULL), DCV_OK);
	assert_string_equal(made.text, text);
	assert_string_equal(made.name, name);
	assert_true(made.has_addr == (addr != NULL));
	if (addr != NULL)
		assert_string_equal(dcv_addr_text(&made.addr, shown), addr);
	assert_true((made.path == NULL) == (path == NULL));
	if (path != NULL)
		assert_string_equal(made.path, path);
	dcv_arena_clear(&arena);
}

static void test_dot(void **state)
{
	(void)state;
	expect(DCV_VIA_DOT, "192.0.2.53#dns.example", "192.0.2.53:853", "dns.example",
		NULL);
	expect(DCV_VIA_DOT, "192.0.2.53@8853#dns.example", "192.0.2.53:8853",
		"dns.example", NULL);
	expect(DCV_VIA_DOT, "192.0.2.53:8853#192.0.2.53", "192.0.2.53:8853", "192.0.2.53",
		NULL);
	expect(DCV_VIA_DOT, "2001:db8::53#dns.example", "[2001:db8::53]:853",
		"dns.example", NULL);
	expect(DCV_VIA_DOT, "2001:db8::53@8853#dns.example", "[2001:db8::53]:8853",
		"dns.example", NULL);
	expect(DCV_VIA_DOT, "[2001:db8::53]:8853#dns.example", "[2001:db8::53]:8853",
		"dns.example", NULL);
}

static void test_doh(void **state)
{
	(void)state;
	expect(DCV_VIA_DOH, "https://dns.example/dns-query", NULL, "dns.example",
		"/dns-query");
	expect(DCV_VIA_DOH, "https://dns.example:8443/a/b?c=d", NULL, "dns.example",
		"/a/b?c=d");
	expect(DCV_VIA_DOH, "https://192.0.2.53/", "192.0.2.53:443", "192.0.2.53", "/");
	expect(DCV_VIA_DOH, "https://[2001:db8::53]:8443/q", "[2001:db8::53]:8443",
		"2001:db8::53", "/q");
}

static void refuse(enum dcv_via via, const char *text)
{
	struct dcv_arena arena = {0};
	struct dcv_resolver made = {.port = 7};
	struct dcv_error err = {0};

	assert_int_equal(dcv_resolver_parse(via, text, &arena, &made, &err), DCV_E_CONFIG);
	/* Shown, but not its control characters. */
	assert_true(strstr(err.text, text) != NULL || strpbrk(text, "\r\n") != NULL);
	assert_null(strpbrk(err.text, "\r\n"));
	assert_int_equal(strncmp(err.help, "help: ", 6), 0);
	assert_int_equal(made.port, 7);
	dcv_arena_clear(&arena);
}

static void test_what_is_refused(void **state)
{
	static const char *const dot[] = {"", "192.0.2.53", "192.0.2.53#", "#dns.example",
		"dns.example#dns.example", "192.0.2.53@#a.b", "192.0.2.53@0#a.b",
		"192.0.2.53@65536#a.b", "192.0.2.53@853x#a.b", "192.0.2.53#a b",
		"192.0.2.53#a..b", "192.0.2.53#a.b.", "192.0.2.53#a#b",
		"[192.0.2.53]#a.b", "[2001:db8::53]853#a.b", "192.0.2.53@853@853#a.b",
		"https://dns.example/dns-query"};
	static const char *const doh[] = {"", "http://dns.example/q", "https://",
		"https:///q", "https://dns.example", "https://dns.example:/q",
		"https://dns.example:0/q", "https://dns.example:99999/q",
		"https://dns.example/{?dns}", "https://dns.example/a b",
		"https://dns.example/q#x", "https://user@dns.example/q", "https://[::1/q",
		"https://2001:db8::53/q", "https://dns.example?q",
		"192.0.2.53#dns.example", "https://dns.example/\r\nHost: x"};

	(void)state;
	for (size_t i = 0; i < sizeof(dot) / sizeof(dot[0]); i++)
		refuse(DCV_VIA_DOT, dot[i]);
	for (size_t i = 0; i < sizeof(doh) / sizeof(doh[0]); i++)
		refuse(DCV_VIA_DOH, doh[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dot),
		cmocka_unit_test(test_doh),
		cmocka_unit_test(test_what_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
