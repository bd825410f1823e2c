/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* How trust anchors lie in files, as the tools that make such files write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "check/eye_inside.h"

static char path[] = "/tmp/dcv-anchor-XXXXXX";
static struct dcv_arena arena;
static struct dcv_eye_anchors anchors;
static struct dcv_error err;

static int make_path(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state)
{
	(void)state;
	return unlink(path);
}

static int clear(void **state)
{
	(void)state;
	dcv_arena_clear(&arena);
	return 0;
}

static enum dcv_err read_text(const char *text)
{
	anchors = (struct dcv_eye_anchors){.n = 0};
	err = (struct dcv_error){.code = DCV_OK};
	assert_int_equal(dcv_file_write(path, text, strlen(text), 0600, true, NULL),
		DCV_OK);
	return dcv_eye_read_anchors(path, &arena, &anchors, &err);
}

static void assert_anchors(const char *text, size_t n, const char *first)
{
	assert_int_equal(read_text(text), DCV_OK);
	assert_int_equal(anchors.n, n);
	assert_non_null(strstr(anchors.items[0], first));
}

static void plain(void **state)
{
	(void)state;
	assert_anchors(".\t172800\tIN\tDNSKEY\t257 3 8 AwEAAa==\n. IN DS 20326 8 2 E06D\n",
		2, "DNSKEY 257 3 8 AwEAAa==");
	assert_anchors("; a comment\n\n. DS 20326 8 2 E06D ; the key of 2017", 1, "20326");
	assert_anchors(". IN DS 20326 8 2 E06D\r\n", 1, "E06D");
}

static void over_several_lines(void **state)
{
	(void)state;
	assert_anchors(
		". 172800 IN DNSKEY 257 3 8 (\n\tAwEAAa ; begins (\n\tBcde== ) ; KSK\n"
		". DS 1 8 2 AB\n",
		2, "AwEAAa");
	assert_non_null(strstr(anchors.items[0], "Bcde=="));
	assert_null(strstr(anchors.items[0], "begins"));
	assert_null(strchr(anchors.items[0], '('));
}

/* RFC 5011 4.2: neither a key to come nor one that was revoked or removed is trusted. */
static void tracked(void **state)
{
	(void)state;
	assert_anchors(
		"; autotrust trust anchor file\n;;id: . 1\n"
		";;last_queried: 1700000000 ;;Tue Nov 14 22:13:20 2023\n"
		". 86400 IN DNSKEY 257 3 8 NEW ;{id = 1 (ksk)} ;;state=1 [ ADDPEND ]\n"
		". 86400 IN DNSKEY 257 3 8 GOOD ;{id = 2 (ksk)} ;;state=2 [  VALID  ]\n"
		". 86400 IN DNSKEY 257 3 8 GONE ;{id = 3 (ksk)} ;;state=3 [ MISSING ]\n"
		". 86400 IN DNSKEY 385 3 8 BAD ;{id = 4 (ksk)} ;;state=4 [ REVOKED ]\n"
		". 86400 IN DNSKEY 257 3 8 OUT ;{id = 5 (ksk)} ;;state=5 [ REMOVED ]\n",
		2, "GOOD");
	assert_non_null(strstr(anchors.items[1], "GONE"));
}

static void assert_refused(const char *text)
{
	assert_int_equal(read_text(text), DCV_E_CONFIG);
	assert_non_null(strstr(err.text, path));
	assert_true(err.help[0] != '\0');
	assert_int_equal(anchors.n, 0);
}

static void none(void **state)
{
	(void)state;
	assert_refused("");
	assert_refused("; nothing but words: DS DNSKEY\n");
	assert_refused(". 86400 IN DNSKEY 257 3 8 NEW ;;state=1 [ ADDPEND ]\n");
	assert_refused("trust-anchors { . initial-key 257 3 8 \"AwEAA\"; };\n");
	/* Never closed: no record. */
	assert_refused(". IN DNSKEY ( 257 3 8 AwEAAa==\n");
	assert_int_equal(dcv_eye_read_anchors("/nowhere/root.key", &arena, &anchors, &err),
		DCV_E_CONFIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(plain, clear),
		cmocka_unit_test_teardown(over_several_lines, clear),
		cmocka_unit_test_teardown(tracked, clear),
		cmocka_unit_test_teardown(none, clear),
	};

	return cmocka_run_group_tests(tests, make_path, remove_path);
}
