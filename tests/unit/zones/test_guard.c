/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Guards: what is refused, with the place, and left as it is to the last octet. */
#include <fcntl.h>

#include "zone_test.h"

#define HEAD "$TTL 3600\n@ IN SOA ns1 host 7 7200 3600 1209600 300\n@ IN NS ns1\n"

static const struct zt_edit edit = {"_x.example.test.", DCV_TYPE_TXT, 300, {"\"a\""}, {0}};

static void expect_refused(struct zt *t, const char *part)
{
	struct stat before, after;

	assert_int_equal(stat(t->file, &before), 0);
	assert_int_equal(zt_read(t, "_x.example.test."), DCVP_REFUSED);
	if (strstr(t->err.text, part) == NULL)
		fail_msg("\"%s\" lacks \"%s\"", t->err.text, part);
	assert_int_equal(strncmp(t->err.text, t->dir, strlen(t->dir)), 0);
	assert_true(strncmp(t->err.help, "help: ", 6) == 0 ||
		strncmp(t->err.help, "run: ", 5) == 0);
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_REFUSED);
	assert_int_equal(t->results[0].outcome, DCVP_EDIT_FAILED);
	assert_int_equal(stat(t->file, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);
}

struct row {
	const char *text, *part;
};

static const struct row rows[] = {
	{HEAD "x A 192.0.2.1 )\n", "z.zone:4: syntax error: \")\" without \"(\""},
	{HEAD "x A ( 192.0.2.1\n\n",
		"z.zone:4: syntax error: a parenthesis that is not closed"},
	{HEAD "x TXT \"a\n\n", "z.zone:4: syntax error: a quote that is not closed"},
	{HEAD "\nx FOO 192.0.2.1\n", "z.zone:5: syntax error: an unknown record type"},
	{HEAD "$FOO x\n", "z.zone:4: syntax error: an unknown directive"},
	{HEAD "$TTL x\n", "z.zone:4: syntax error: a bad TTL"},
	{HEAD "$ORIGIN a..b\n", "z.zone:4: syntax error: "},
	{HEAD "a..b A 192.0.2.1\n", "z.zone:4: syntax error: "},
	{HEAD "a23456789012345678901234567890123456789012345678901234567890"
	      "12345 A 192.0.2.1\n",
		"z.zone:4: syntax error: "},
	{HEAD "x.a23456789012345678901234567890123456789012345678901234567890"
	      "12345 A 192.0.2.1\n",
		"z.zone:4: syntax error: "},
	{HEAD "_x TXT \"a\" \\", "z.zone:4: syntax error: a backslash"},
	{HEAD "_x CAA 0 issue\n", "z.zone:4: syntax error: "},
	{"$TTL 3600\n@ NS ns1\n", "no SOA record at the apex"},
	{"; nothing\n", "no SOA record at the apex"},
	{HEAD "@ SOA a b 1 2 3 4 5\n", "z.zone:4: syntax error: a second SOA"},
	{HEAD "x SOA a b 1 2 3 4 5\n",
		"z.zone:4: syntax error: a SOA record that is not at"},
	{HEAD "x A 192.0.2.1\n SOA a b 1 2 3 4 5\n",
		"z.zone:5: syntax error: a SOA record that"},
	{"$TTL 3600\n@ SOA a b x 2 3 4 5\n", "z.zone:2: syntax error: "},
	{"$TTL 3600\n@ SOA \\# 22 00 00 0000 0001 00000002 00000003 00000004 00000005\n",
		"not written in one piece"},
	{HEAD "x CH TXT \"a\"\n", "z.zone:4: class CH: only zones of class IN"},
	{HEAD "x 300 HS TXT \"a\"\n", "z.zone:4: class HS: only zones of class IN"},
	{HEAD "x CLASS3 300 TXT \"a\"\n", "z.zone:4: class CLASS3: only zones of class IN"},
	{HEAD "x CLASS3\x1b[2J TXT \"a\"\n", "z.zone:4: class CLASS3\\x1B[2J: "},
	{HEAD "x RRSIG A 13 2 300 20260101000000 20250101000000 1 example.test. AAAA\n",
		"z.zone:4: signed zone file"},
	{HEAD "$INCLUDE none.inc\n", "none.inc: No such file"},
	{HEAD "$INCLUDE /etc/hostname\n", "outside the directory"},
	{HEAD "$INCLUDE ../../etc/hostname\n", "$INCLUDE "},
	{HEAD "$INCLUDE z.zone\n", "in a loop"},
	{HEAD "$INCLUDE .\n", "$INCLUDE "},
	{HEAD "$INCLUDE bad.inc\n", "bad.inc:2: syntax error: "},
	{HEAD "$GENERATE 1-2\n", "cut short"},
};

static void bad_text_is_refused(void **state)
{
	struct zt *t = *state;

	zt_write(t, "bad.inc", "a A 192.0.2.1\nb B 192.0.2.1\n");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		print_message("%s\n", rows[i].part);
		zt_write(t, "z.zone", rows[i].text);
		expect_refused(t, rows[i].part);
		zt_expect(t, rows[i].text);
	}
	assert_int_equal(zt_count_files(t), 2);
}

static void journal_is_refused(void **state)
{
	struct zt *t = *state;

	zt_write(t, "z.zone", HEAD);
	zt_write(t, "z.zone.signed.jnl", "x");
	assert_int_equal(zt_read(t, "_x.example.test."), DCVP_OK);
	zt_write(t, "z.zone.jnl", "x");
	expect_refused(t, "dynamic zone");
}

static void missing_file_names_the_key(void **state)
{
	struct zt *t = *state;
	static const char help[] =
		"help: correct `file:` of zone example.test in the configuration, or --zone-file";
	struct dcvp_error err = {0};

	assert_int_equal(zt_read(t, "_x.example.test."), DCVP_FAILED);
	assert_non_null(strstr(t->err.text, "z.zone: no such file"));
	assert_string_equal(t->err.help, help);
	assert_int_equal(dcv_zones_provider.find_zone(t->session, ZT_ZONE, &err),
		DCVP_NO_ZONE);
	assert_string_equal(err.help, help);
}

static void link_and_journal_of_its_name(void **state)
{
	struct zt *t = *state;
	char target[128], jnl[128];
	struct stat st;

	zt_write(t, "real.zone", HEAD);
	zt_path(t, "real.zone", target, sizeof target);
	assert_int_equal(symlink(target, t->file), 0);
	zt_do(t, edit);
	assert_int_equal(lstat(t->file, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(lstat(target, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(zt_read(t, "_x.example.test."), DCVP_OK);
	assert_int_equal(t->zone.serial, 8);
	zt_path(t, "z.zone.jnl", jnl, sizeof jnl);
	zt_write(t, "z.zone.jnl", "x");
	assert_int_equal(zt_read(t, "_x.example.test."), DCVP_REFUSED);
	assert_int_equal(unlink(jnl), 0);
	zt_write(t, "real.zone.jnl", "x");
	assert_int_equal(zt_read(t, "_x.example.test."), DCVP_REFUSED);
}

static void raw_format_is_refused(void **state)
{
	struct zt *t = *state;
	static const char raw[] = "\0\0\0\2\0\0\0\1";
	static const char harmless[] = HEAD "; a \0 in a comment\nx TXT \"\0\"\n";

	zt_write_n(t, "z.zone", raw, sizeof raw);
	expect_refused(t, "raw format");
	zt_write_n(t, "z.zone", harmless, sizeof harmless - 1);
	assert_int_equal(zt_read(t, "_x.example.test."), DCVP_OK);
}

static void other_files_are_refused(void **state)
{
	struct zt *t = *state;
	char other[128];

	zt_write(t, "z.zone", HEAD);
	zt_path(t, "other", other, sizeof other);
	assert_int_equal(link(t->file, other), 0);
	expect_refused(t, "hard link");
	assert_int_equal(unlink(t->file), 0);
	assert_int_equal(mkfifo(t->file, 0600), 0);
	expect_refused(t, "not a regular file");
	assert_int_equal(unlink(t->file), 0);
	assert_int_equal(mkdir(t->file, 0700), 0);
	expect_refused(t, "not a regular file");
}

static void deep_includes_are_refused(void **state)
{
	struct zt *t = *state;
	char name[16], text[64];

	zt_write(t, "z.zone", HEAD "$INCLUDE 1.inc\n");
	for (int i = 1; i <= 8; i++) {
		(void)snprintf(name, sizeof name, "%d.inc", i);
		(void)snprintf(text, sizeof text, "h%d A 192.0.2.1\n$INCLUDE %d.inc\n", i,
			i + 1);
		zt_write(t, name, text);
	}
	zt_write(t, "9.inc", "h9 A 192.0.2.1\n");
	expect_refused(t, "nested deeper than 8");
	zt_write(t, "8.inc", "h8 A 192.0.2.1\n");
	assert_int_equal(zt_read(t, "h8.example.test."), DCVP_OK);
	assert_int_equal(t->zone.nodes[0].n_sets, 1);
	zt_write(t, "4.inc", "$INCLUDE 3.inc\n");
	expect_refused(t, "in a loop");
}

/* Eight files that include the next one ten times each are 10^8 files. */
static void a_bomb_of_includes_is_refused(void **state)
{
	struct zt *t = *state;
	char name[16], text[512];

	zt_write(t, "z.zone", HEAD "$INCLUDE 1.inc\n");
	for (int i = 1; i <= 8; i++) {
		(void)snprintf(name, sizeof name, "%d.inc", i);
		text[0] = '\0';
		for (int j = 0; j < 10 && i < 8; j++)
			(void)snprintf(text + strlen(text), sizeof text - strlen(text),
				"$INCLUDE %d.inc\n", i + 1);
		zt_write(t, name, text);
	}
	expect_refused(t, "more than 4096");
}

/* Text of the file that would move a terminal's cursor. */
static void messages_are_safe_to_show(void **state)
{
	struct zt *t = *state;

	zt_write(t, "z.zone", HEAD "$INCLUDE \"\x1b[2J\"\n");
	assert_int_equal(zt_read(t, "_x.example.test."), DCVP_REFUSED);
	for (const char *p = t->err.text; *p != '\0'; p++)
		assert_true((unsigned char)*p >= ' ');
	zt_write(t, "z.zone", HEAD "\x1b[2J.. A 192.0.2.1\n");
	assert_int_equal(zt_read(t, "_x.example.test."), DCVP_REFUSED);
	for (const char *p = t->err.text; *p != '\0'; p++)
		assert_true((unsigned char)*p >= ' ');
}

static void settings_are_checked(void **state)
{
	struct zt *t = *state;
	const char *file = "/z", *zone = "example.test.", *relative = "z",
		   *odd = "sometimes", *command = "command", *address = "localhost",
		   *dash = "-x.test.";
	const struct {
		struct dcvp_setting settings[3];
		const char *part;
	} bad[] = {{{{"file", 1, &file}, {"x", 1, &zone}, {"zone", 1, &zone}}, "setting x"},
		{{{"file", 1, &relative}, {"zone", 1, &zone}, {"zone", 1, &zone}},
			"absolute"},
		{{{"file", 1, &file}, {"zone", 1, &zone}, {"reload", 1, &odd}},
			"none, bind, nsd"},
		{{{"file", 1, &file}, {"zone", 1, &zone}, {"reload", 1, &command}},
			"reload_command"},
		{{{"file", 1, &file}, {"zone", 1, &zone}, {"server", 1, &address}},
			"server"},
		{{{"file", 1, &file}, {"zone", 1, &zone}, {"checker", 0, NULL}}, "program"},
		{{{"file", 1, &file}, {"zone", 1, &dash}, {"file", 1, &file}},
			"begin with"},
		{{{"zone", 1, &zone}, {"zone", 1, &zone}, {"zone", 1, &zone}},
			"setting file"}};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct dcvp_error err = {0};
		void *session = NULL;

		assert_int_equal(dcv_zones_provider.open(&t->host, bad[i].settings, 3,
					 &session, &err),
			DCVP_INVALID);
		assert_null(session);
		assert_non_null(strstr(err.text, bad[i].part));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(bad_text_is_refused, zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(journal_is_refused, zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(missing_file_names_the_key, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(link_and_journal_of_its_name, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(raw_format_is_refused, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(other_files_are_refused, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(deep_includes_are_refused, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(a_bomb_of_includes_is_refused, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(messages_are_safe_to_show, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(settings_are_checked, zt_setup,
			zt_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
