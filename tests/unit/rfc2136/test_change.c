/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What an UPDATE says of a change: prerequisites, what leaves, what comes, and what is never sent.
 * The message is read back and written as a script of nsupdate would have it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>
#include <cmocka.h>

#include "dns/reader.h"
#include "providers/rfc2136/change.h"

#define OWNER "_dnsauth.example.com."
#define TXT DCV_TYPE_TXT
#define CNAME DCV_TYPE_CNAME

static struct dcv_rsession session;
static struct dcv_buf msg, script;
static struct dcvp_error err;

static int set_up(void **state)
{
	(void)state;
	memset(&err, 0, sizeof err);
	dcv_buf_init(&msg, DCV_MESSAGE_MAX);
	dcv_buf_init(&script, 1u << 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	dcv_arena_clear(&session.call);
	dcv_buf_clear(&msg);
	dcv_buf_clear(&script);
	return 0;
}

static struct dcv_name apex(void)
{
	struct dcv_name name;

	assert_int_equal(dcv_name_from("example.com.", &name, NULL), DCV_OK);
	return name;
}

/* "+ 300 TXT "a"": what a record in this section, of this class, says. */
static void tell(unsigned section, const struct dcv_record *record)
{
	const struct dcv_rdata rdata = {(uint16_t)(record->end - record->begin),
		msg.data + record->begin};
	char name[DCV_NAME_TEXT_MAX], type[DCV_TYPE_TEXT_MAX];

	if (section == 1 && record->class == 254)
		dcv_buf_adds(&script,
			record->type == DCV_TYPE_ANY ? "nxdomain " : "nxrrset ");
	else if (section == 1)
		dcv_buf_adds(&script, "yxrrset ");
	else
		dcv_buf_adds(&script, record->class == 1 ? "add " : "delete ");
	assert_true(section == 1 || record->class == 1 || record->class == 254);
	dcv_buf_adds(&script, dcv_name_text(&record->owner, name));
	if (section == 2 && record->class == 1)
		dcv_buf_addf(&script, " %u", record->ttl_s);
	else
		assert_int_equal(record->ttl_s, 0);
	if (record->type != DCV_TYPE_ANY)
		dcv_buf_addf(&script, " %s", dcv_type_text(record->type, type));
	if (rdata.len > 0) {
		dcv_buf_addc(&script, ' ');
		dcv_rdata_text(record->type, &rdata, &script);
	}
	dcv_buf_addc(&script, '\n');
}

/* The message as a script. */
static const char *read_back(void)
{
	struct dcv_reader r = {.msg = msg.data, .len = msg.len, .at = DCV_HEADER_LEN};

	assert_false(msg.failed);
	assert_int_equal(dcv_get_u16(msg.data), 77);
	assert_int_equal(dcv_get_u16(msg.data + 2), 0x2800);
	assert_int_equal(dcv_get_u16(msg.data + 4), 1);
	assert_true(dcv_reader_skip_name(&r));
	assert_int_equal(dcv_get_u32(msg.data + r.at), 6u << 16 | 1);
	r.at += 4;
	for (unsigned section = 1; section <= 2; section++) {
		for (unsigned n = dcv_get_u16(msg.data + 4 + 2 * section); n > 0; n--) {
			struct dcv_record record;

			assert_null(dcv_reader_record(&r, true, &record));
			tell(section, &record);
		}
	}
	assert_int_equal(r.at, r.len);
	return dcv_buf_text(&script);
}

static enum dcvp_class make(const struct dcvp_edit *edits, size_t n,
	struct dcv_rchange **ret, size_t *ret_n)
{
	const struct dcvp_change change = {.zone = "example.com.",
		.n_edits = n,
		.edits = edits};
	const struct dcv_name zone = apex();

	return dcv_rchanges_make(&session, &change, &zone, ret, ret_n, &err);
}

static void sends(const struct dcvp_edit *edits, size_t n, const char *want)
{
	const struct dcv_name zone = apex();
	struct dcv_rchange *changes;
	size_t n_changes = 0, octets = 0;

	assert_int_equal(make(edits, n, &changes, &n_changes), DCVP_OK);
	dcv_rupdate_write(&zone, changes, n_changes, 77, &msg);
	assert_string_equal(read_back(), want);
	for (size_t i = 0; i < n_changes; i++)
		octets += dcv_rupdate_size(&zone, &changes[i]);
	assert_true(msg.len <= DCV_HEADER_LEN + zone.len + 4 + octets);
}

static const char *const a[] = {"\"a\"", NULL}, *const b[] = {"\"b\"", NULL},
			 *const ab[] = {"\"a\"", "\"b\"", NULL},
			 *const target[] = {"t.example.net.", NULL},
			 *const other[] = {"u.example.net.", NULL};
static const struct dcvp_rrset
	has_a = {.owner = OWNER, .type = TXT, .ttl_s = 300, .n = 1, .rdata = a},
	has_ab = {.owner = OWNER, .type = TXT, .ttl_s = 300, .n = 2, .rdata = ab},
	has_target = {.owner = OWNER, .type = CNAME, .ttl_s = 300, .n = 1, .rdata = target};

static void test_first_value(void **state)
{
	const struct dcvp_edit edit = {.owner = OWNER,
		.type = TXT,
		.ttl_s = 300,
		.n_add = 1,
		.add = a,
		.has_before = 1};

	(void)state;
	sends(&edit, 1,
		"nxrrset _dnsauth.example.com. CNAME\n"
		"nxrrset _dnsauth.example.com. TXT\n"
		"add _dnsauth.example.com. 300 TXT \"a\"\n");
}

static void test_another_value(void **state)
{
	const struct dcvp_edit edit = {.owner = OWNER,
		.type = TXT,
		.ttl_s = 300,
		.n_add = 2,
		.add = ab,
		.has_before = 1,
		.before = &has_a};

	(void)state;
	sends(&edit, 1,
		"nxrrset _dnsauth.example.com. CNAME\n"
		"yxrrset _dnsauth.example.com. TXT \"a\"\n"
		"add _dnsauth.example.com. 300 TXT \"b\"\n");
}

static void test_one_value_leaves(void **state)
{
	const struct dcvp_edit edit = {.owner = OWNER,
		.type = TXT,
		.ttl_s = 300,
		.n_remove = 1,
		.remove = b,
		.has_before = 1,
		.before = &has_ab};

	(void)state;
	sends(&edit, 1,
		"yxrrset _dnsauth.example.com. TXT \"a\"\n"
		"yxrrset _dnsauth.example.com. TXT \"b\"\n"
		"delete _dnsauth.example.com. TXT \"b\"\n");
}

/* All of the set gets the new TTL, and no value is named but those that were read. */
static void test_ttl(void **state)
{
	const struct dcvp_edit edit = {.owner = OWNER,
		.type = TXT,
		.ttl_s = 60,
		.n_remove = 1,
		.remove = b,
		.has_before = 1,
		.before = &has_ab};

	(void)state;
	sends(&edit, 1,
		"nxrrset _dnsauth.example.com. CNAME\n"
		"yxrrset _dnsauth.example.com. TXT \"a\"\n"
		"yxrrset _dnsauth.example.com. TXT \"b\"\n"
		"delete _dnsauth.example.com. TXT \"b\"\n"
		"delete _dnsauth.example.com. TXT \"a\"\n"
		"add _dnsauth.example.com. 60 TXT \"a\"\n");
}

static void test_nothing_to_do(void **state)
{
	const struct dcvp_edit edit = {.owner = OWNER,
		.type = TXT,
		.ttl_s = 300,
		.n_add = 1,
		.add = a,
		.n_remove = 1,
		.remove = b,
		.has_before = 1,
		.before = &has_a};
	struct dcv_rchange *changes;
	size_t n = 7;

	(void)state;
	assert_int_equal(make(&edit, 1, &changes, &n), DCVP_OK);
	assert_int_equal(n, 0);
}

/* One type gives way to another: what goes stands before what comes. */
static void test_types_change(void **state)
{
	const struct dcvp_edit edits[] = {{.owner = OWNER,
						  .type = CNAME,
						  .ttl_s = 300,
						  .n_add = 1,
						  .add = target,
						  .has_before = 1},
		{.owner = OWNER,
			.type = TXT,
			.ttl_s = 300,
			.n_remove = 1,
			.remove = a,
			.has_before = 1,
			.before = &has_a}};
	const struct dcvp_edit back[] = {{.owner = OWNER,
						 .type = TXT,
						 .ttl_s = 300,
						 .n_add = 1,
						 .add = a,
						 .has_before = 1},
		{.owner = OWNER,
			.type = CNAME,
			.ttl_s = 300,
			.n_remove = 1,
			.remove = target,
			.has_before = 1,
			.before = &has_target}};

	(void)state;
	sends(edits, 2,
		"nxrrset _dnsauth.example.com. CNAME\n"
		"yxrrset _dnsauth.example.com. TXT \"a\"\n"
		"delete _dnsauth.example.com. TXT \"a\"\n"
		"add _dnsauth.example.com. 300 CNAME t.example.net.\n");
	dcv_buf_clear(&msg);
	dcv_buf_clear(&script);
	sends(back, 2,
		"nxrrset _dnsauth.example.com. TXT\n"
		"yxrrset _dnsauth.example.com. CNAME t.example.net.\n"
		"delete _dnsauth.example.com. CNAME t.example.net.\n"
		"add _dnsauth.example.com. 300 TXT \"a\"\n");
}

static void test_cname(void **state)
{
	const struct dcvp_edit first = {.owner = OWNER,
		.type = CNAME,
		.ttl_s = 300,
		.n_add = 1,
		.add = target,
		.has_before = 1};
	const struct dcvp_edit replace = {.owner = OWNER,
		.type = CNAME,
		.ttl_s = 300,
		.n_add = 1,
		.add = other,
		.n_remove = 1,
		.remove = target,
		.has_before = 1,
		.before = &has_target};

	(void)state;
	sends(&first, 1,
		"nxdomain _dnsauth.example.com.\n"
		"add _dnsauth.example.com. 300 CNAME t.example.net.\n");
	dcv_buf_clear(&msg);
	dcv_buf_clear(&script);
	sends(&replace, 1,
		"yxrrset _dnsauth.example.com. CNAME t.example.net.\n"
		"delete _dnsauth.example.com. CNAME t.example.net.\n"
		"add _dnsauth.example.com. 300 CNAME u.example.net.\n");
}

/* What a server would do in silence, or not do. */
static void test_refused(void **state)
{
	const struct dcvp_edit second = {.owner = OWNER,
		.type = CNAME,
		.ttl_s = 300,
		.n_add = 1,
		.add = other,
		.has_before = 1,
		.before = &has_target};
	const struct dcvp_edit beside[] = {{.owner = OWNER,
						   .type = CNAME,
						   .ttl_s = 300,
						   .n_add = 1,
						   .add = target,
						   .has_before = 1},
		{.owner = OWNER,
			.type = TXT,
			.ttl_s = 300,
			.n_remove = 1,
			.remove = a,
			.has_before = 1,
			.before = &has_ab}};
	const struct dcvp_edit outside = {.owner = "example.org.",
		.type = TXT,
		.ttl_s = 300,
		.n_add = 1,
		.add = a,
		.has_before = 1};
	struct dcv_rchange *changes;
	size_t n;

	(void)state;
	assert_int_equal(make(&second, 1, &changes, &n), DCVP_REFUSED);
	assert_int_equal(err.cause, DCVP_CAUSE_EXISTS_OTHER);
	memset(&err, 0, sizeof err);
	assert_int_equal(make(beside, 2, &changes, &n), DCVP_REFUSED);
	assert_int_equal(err.cause, DCVP_CAUSE_EXISTS_OTHER);
	memset(&err, 0, sizeof err);
	assert_int_equal(make(&outside, 1, &changes, &n), DCVP_INVALID);
}

/* Where a server cannot find a set to be what it is. */
static void test_loose(void **state)
{
	const struct dcvp_edit edit = {.owner = OWNER,
		.type = TXT,
		.ttl_s = 300,
		.n_remove = 1,
		.remove = b,
		.has_before = 1,
		.before = &has_ab};
	const struct dcv_name zone = apex();
	struct dcv_rchange *changes;
	size_t n;

	(void)state;
	assert_int_equal(make(&edit, 1, &changes, &n), DCVP_OK);
	changes[0].loose = true;
	dcv_rupdate_write(&zone, changes, n, 77, &msg);
	assert_string_equal(read_back(),
		"yxrrset _dnsauth.example.com. TXT\n"
		"delete _dnsauth.example.com. TXT \"b\"\n");
}

static void test_owners_stay_together(void **state)
{
	const struct dcvp_edit edits[] = {{.owner = "b.example.com.",
						  .type = TXT,
						  .ttl_s = 300,
						  .n_add = 1,
						  .add = a,
						  .has_before = 1},
		{.owner = "a.example.com.",
			.type = TXT,
			.ttl_s = 300,
			.n_add = 1,
			.add = a,
			.has_before = 1},
		{.owner = "b.example.com.",
			.type = DCV_TYPE_CAA,
			.ttl_s = 300,
			.n_add = 1,
			.add = (const char *const[]){"0 issue \"ca.example\"", NULL},
			.has_before = 1}};
	const struct dcv_name zone = apex();
	struct dcv_rchange *changes;
	size_t n, first;

	(void)state;
	assert_int_equal(make(edits, 3, &changes, &n), DCVP_OK);
	assert_int_equal(n, 3);
	assert_int_equal(changes[0].edit, 1);
	first = dcv_rupdate_size(&zone, &changes[0]) +
		dcv_rupdate_size(&zone, &changes[1]);
	assert_int_equal(dcv_rchanges_fit(&zone, changes, 3, 10000), 3);
	assert_int_equal(dcv_rchanges_fit(&zone, changes, 3, first), 1);
	assert_int_equal(dcv_rchanges_fit(&zone, changes + 1, 2, first), 0);
}

static void test_names_that_are_not_in_use(void **state)
{
	const struct dcv_name zone = apex();
	struct dcv_error why = {.code = DCV_OK};
	struct dcv_name names[2];

	(void)state;
	assert_int_equal(dcv_name_from("a.example.com", &names[0], &why), DCV_OK);
	assert_int_equal(dcv_name_from("b.example.com", &names[1], &why), DCV_OK);
	dcv_rupdate_ask_unused(&zone, names, 2, 77, &msg);
	assert_string_equal(read_back(),
		"nxdomain a.example.com.\n"
		"nxdomain b.example.com.\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_first_value, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_another_value, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_one_value_leaves, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ttl, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nothing_to_do, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_types_change, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cname, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_names_that_are_not_in_use, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(test_loose, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_owners_stay_together, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
