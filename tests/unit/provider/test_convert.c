/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What a provider says of a zone, in wire form: values, who they were written for, and which
 * sets cannot be edited. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "provider/internal.h"

#define OWNER "_x.example.com."
#define HTTPS 65

static struct dcv_arena arena;

static int clear_arena(void **state)
{
	(void)state;
	dcv_arena_clear(&arena);
	return 0;
}

static enum dcv_err convert(const struct dcvp_rrset *sets, size_t n,
	struct dcv_zone_view *ret, struct dcv_error *err)
{
	const struct dcvp_node node = {.owner = OWNER,
		.closest = OWNER,
		.n_sets = n,
		.sets = sets};
	const struct dcvp_zone zone = {.place = "here", .n_nodes = 1, .nodes = &node};
	struct dcv_name apex;

	assert_int_equal(dcv_name_from("example.com.", &apex, NULL), DCV_OK);
	return dcv_convert_zone(&zone, &apex, &arena, ret, err);
}

static void test_marks(void **state)
{
	const char *texts[] = {"\"a\"", "\"b\""};
	char mark[] = "digicert/1";
	const char *marks[] = {NULL, mark};
	const struct dcvp_rrset sets[] = {{.owner = OWNER,
						  .type = DCV_TYPE_TXT,
						  .n = 2,
						  .rdata = texts,
						  .marks = marks},
		{.owner = OWNER, .type = DCV_TYPE_CAA}};
	struct dcv_zone_view view;

	(void)state;
	assert_int_equal(convert(sets, 2, &view, NULL), DCV_OK);
	/* What the provider said lives only until the next call. */
	memset(mark, 'x', sizeof(mark) - 1);
	assert_null(view.nodes[0].sets[0].marks[0]);
	assert_string_equal(view.nodes[0].sets[0].marks[1], "digicert/1");
	assert_null(view.nodes[0].sets[1].marks);
}

static void test_what_can_be_edited(void **state)
{
	static const struct {
		uint16_t type;
		const char *texts[2];
		bool fixed;
	} rows[] = {{DCV_TYPE_MX, {"10 mail.example.com.", "20 b."}, false},
		{DCV_TYPE_SRV, {"1 2 443 host.example.com.", "0 0 0 ."}, false},
		{DCV_TYPE_PTR, {"a.", "b."}, false},
		{HTTPS, {"\\# 3 000100", "\\# 3 000200"}, false},
		{HTTPS, {"1 . alpn=h2", "\\# 3 000200"}, true},
		{HTTPS, {"\\# 3 000100", "2 . alpn=h2"}, true}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct dcvp_rrset set = {.owner = OWNER,
			.type = rows[i].type,
			.n = 2,
			.rdata = rows[i].texts};
		struct dcv_zone_view view;

		assert_int_equal(convert(&set, 1, &view, NULL), DCV_OK);
		assert_int_equal(view.nodes[0].fixed[0] != NULL, rows[i].fixed);
		if (!rows[i].fixed)
			assert_string_equal(dcv_rdata_dup_text(rows[i].type,
						    &view.nodes[0].sets[0].rdata[1],
						    &arena),
				rows[i].texts[1]);
	}
}

/* A value of a type that we read in full cannot be a gap. */
static void test_what_cannot_be_read(void **state)
{
	static const struct {
		uint16_t type;
		const char *text;
	} rows[] = {{DCV_TYPE_TXT, "\"a"}, {DCV_TYPE_CAA, "0 issue"},
		{DCV_TYPE_MX, "mail.example.com."}, {DCV_TYPE_A, "192.0.2"},
		{HTTPS, "\\# 4 000100"}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct dcvp_rrset set = {.owner = OWNER,
			.type = rows[i].type,
			.n = 1,
			.rdata = &rows[i].text};
		struct dcv_error err = {0};
		struct dcv_zone_view view;

		assert_int_equal(convert(&set, 1, &view, &err), DCV_E_FAILED);
		assert_true(err.text[0] != '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_marks, clear_arena),
		cmocka_unit_test_teardown(test_what_can_be_edited, clear_arena),
		cmocka_unit_test_teardown(test_what_cannot_be_read, clear_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
