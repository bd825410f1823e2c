/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* A change of several files: one exchange after the other, cut off or refused at any of them. */
#include <fcntl.h>

#include "zone_test.h"
#include "zones/commit.h"
#include "zones/fail.h"

#define TXT DCV_TYPE_TXT
#define HEAD(serial) \
	"$TTL 3600\n@ IN SOA ns1 host " serial " 7200 3600 1209600 300\n@ IN NS ns1\n"
#define X "_x.example.test."
#define ZONE(serial) HEAD(serial) "$INCLUDE a.inc\n$INCLUDE b.inc\n"

static const char zone_before[] = ZONE("7"), zone_after[] = ZONE("8");
static const char a_before[] = "_x 300 TXT \"old\"\n", a_after[] = "_x 300 TXT \"new\"\n";
static const char b_before[] = "_y 300 TXT \"y\"\n", b_after[] = "";

/* One value in a.inc gives way to another, one in b.inc goes. */
static const struct zt_edit edits[] = {{X, TXT, 300, {"\"new\""}, {"\"old\""}},
	{"_y.example.test.", TXT, 300, {0}, {"\"y\""}}};

/* Written a while ago: a file that is exchanged in the moment in which it was written cannot
 * be told from one that was written to afterwards. */
static void write_before(struct zt *t)
{
	static const char *const names[] = {"z.zone", "a.inc", "b.inc"};
	const char *const texts[] = {zone_before, a_before, b_before};
	const struct timespec past[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	char path[256];

	for (size_t i = 0; i < 3; i++) {
		zt_write(t, names[i], texts[i]);
		zt_path(t, names[i], path, sizeof path);
		assert_int_equal(utimensat(AT_FDCWD, path, past, 0), 0);
	}
}

static void expect_before(struct zt *t)
{
	zt_expect(t, zone_before);
	zt_expect_file(t, "a.inc", a_before);
	zt_expect_file(t, "b.inc", b_before);
	assert_int_equal(zt_count_files(t), 3);
}

static void expect_after(struct zt *t)
{
	zt_expect(t, zone_after);
	zt_expect_file(t, "a.inc", a_after);
	zt_expect_file(t, "b.inc", b_after);
	assert_int_equal(zt_count_files(t), 3);
}

/* Takes the exchange of a file back, as if the run had been cut off before it. */
static void take_back(const struct zt *t, const char *name)
{
	char live[256], temp[256];

	(void)snprintf(live, sizeof live, "%s/%s", t->dir, name);
	(void)snprintf(temp, sizeof temp, "%s/.%s.dcvctl-t1", t->dir, name);
	assert_int_equal(renameat2(AT_FDCWD, live, AT_FDCWD, temp, RENAME_EXCHANGE), 0);
}

static void remove_temp(const struct zt *t, const char *name)
{
	char temp[256];

	(void)snprintf(temp, sizeof temp, "%s/.%s.dcvctl-t1", t->dir, name);
	assert_int_equal(unlink(temp), 0);
}

/* All three exchanged, the session gone; a server that takes what it gets, or refuses it. */
static void crash(struct zt *t, const char *reload)
{
	const char *command = "command", *argv[] = {"/bin/sh", "-c", reload};
	const struct dcvp_setting more[] = {{"reload", 1, &command},
		{"reload_command", 3, argv}};

	write_before(t);
	zt_close(t);
	zt_open(t, NULL, 0);
	assert_int_equal(zt_apply_n(t, edits, 2, NULL), DCVP_OK);
	assert_int_equal(zt_count_files(t), 6);
	zt_close(t);
	zt_open(t, more, reload == NULL ? 0 : 2);
}

static void all_at_once(void **state)
{
	struct zt *t = *state;
	char note[256];

	write_before(t);
	assert_int_equal(zt_apply_n(t, edits, 2, NULL), DCVP_OK);
	assert_int_equal(zt_sync_n(t, edits, 2), DCVP_OK);
	expect_after(t);
	assert_int_equal(t->receipt.serial_before, 7);
	assert_int_equal(t->receipt.serial_after, 8);
	(void)snprintf(note, sizeof note, "changed files: %s/a.inc, %s/b.inc, %s", t->dir,
		t->dir, t->file);
	assert_string_equal(t->receipt.note, note);
}

static void cut_off_before_any_exchange(void **state)
{
	struct zt *t = *state;

	crash(t, NULL);
	take_back(t, "a.inc");
	take_back(t, "b.inc");
	take_back(t, "z.zone");
	assert_int_equal(zt_recover_n(t, edits, 2), DCVP_OK);
	assert_int_equal(t->results[0].outcome, DCVP_EDIT_FAILED);
	assert_int_equal(t->results[1].outcome, DCVP_EDIT_FAILED);
	expect_before(t);
}

/* Of some copies not even that much was written. */
static void cut_off_while_the_copies_are_written(void **state)
{
	struct zt *t = *state;

	write_before(t);
	zt_write(t, ".a.inc.dcvctl-t1", "_x 3");
	assert_int_equal(zt_recover_n(t, edits, 2), DCVP_OK);
	assert_int_equal(t->results[0].outcome, DCVP_EDIT_FAILED);
	expect_before(t);
}

static void cut_off_between_the_included_files(void **state)
{
	struct zt *t = *state;

	crash(t, NULL);
	take_back(t, "b.inc");
	take_back(t, "z.zone");
	assert_int_equal(zt_recover_n(t, edits, 2), DCVP_OK);
	assert_int_equal(t->results[0].outcome, DCVP_EDIT_DONE);
	assert_int_equal(t->results[1].outcome, DCVP_EDIT_FAILED);
	zt_expect(t, zone_after);
	zt_expect_file(t, "a.inc", a_after);
	zt_expect_file(t, "b.inc", b_before);
	assert_int_equal(zt_count_files(t), 3);
}

/* The serial follows; what somebody wrote into the zone's own file meanwhile stays. */
static void cut_off_before_the_serial(void **state)
{
	struct zt *t = *state;

	crash(t, NULL);
	take_back(t, "z.zone");
	zt_write(t, "z.zone", ZONE("7") "other A 192.0.2.1\n");
	assert_int_equal(zt_recover_n(t, edits, 2), DCVP_OK);
	assert_int_equal(t->results[0].outcome, DCVP_EDIT_DONE);
	assert_int_equal(t->results[1].outcome, DCVP_EDIT_DONE);
	zt_expect(t, ZONE("8") "other A 192.0.2.1\n");
	zt_expect_file(t, "a.inc", a_after);
	zt_expect_file(t, "b.inc", b_after);
	assert_int_equal(zt_count_files(t), 3);
	assert_int_equal(zt_recover_n(t, edits, 2), DCVP_OK);
	zt_expect(t, ZONE("8") "other A 192.0.2.1\n");
}

static void cut_off_behind_the_exchanges(void **state)
{
	static const char *const names[] = {"a.inc", "b.inc", "z.zone"};
	struct zt *t = *state;

	crash(t, NULL);
	for (size_t i = 0; i < 4; i++) {
		if (i > 0) {
			crash(t, NULL);
			for (size_t j = 0; j < i; j++)
				remove_temp(t, names[j]);
		}
		assert_int_equal(zt_recover_n(t, edits, 2), DCVP_OK);
		assert_int_equal(t->results[0].outcome, DCVP_EDIT_DONE);
		assert_int_equal(t->results[1].outcome, DCVP_EDIT_DONE);
		expect_after(t);
	}
}

static void a_refusal_gives_all_back(void **state)
{
	struct zt *t = *state;
	const char *command = "command", *argv[] = {"/bin/sh", "-c", "exit 2"};
	const struct dcvp_setting more[] = {{"reload", 1, &command},
		{"reload_command", 3, argv}};

	write_before(t);
	zt_close(t);
	zt_open(t, more, 2);
	assert_int_equal(zt_apply_n(t, edits, 2, NULL), DCVP_OK);
	assert_int_equal(zt_sync_n(t, edits, 2), DCVP_FAILED);
	assert_int_equal(t->receipt.serial_after, 7);
	expect_before(t);
	/* After a crash, too, wherever it came. */
	crash(t, "exit 2");
	assert_int_equal(zt_recover_n(t, edits, 2), DCVP_FAILED);
	assert_int_equal(t->results[0].outcome, DCVP_EDIT_FAILED);
	expect_before(t);
	crash(t, "exit 2");
	take_back(t, "z.zone");
	assert_int_equal(zt_recover_n(t, edits, 2), DCVP_FAILED);
	expect_before(t);
}

/* The former file of one is gone: then none returns. */
static void a_refusal_gives_back_all_or_none(void **state)
{
	struct zt *t = *state;
	const char *command = "command", *argv[] = {"/bin/sh", "-c", "exit 2"};
	const struct dcvp_setting more[] = {{"reload", 1, &command},
		{"reload_command", 3, argv}};

	write_before(t);
	zt_close(t);
	zt_open(t, more, 2);
	assert_int_equal(zt_apply_n(t, edits, 2, NULL), DCVP_OK);
	zt_write(t, "b.inc", "other A 192.0.2.1\n");
	assert_int_equal(zt_sync_n(t, edits, 2), DCVP_UNKNOWN);
	zt_expect(t, zone_after);
	zt_expect_file(t, "a.inc", a_after);
	zt_expect_file(t, "b.inc", "other A 192.0.2.1\n");
}

static void the_checker_sees_all_files(void **state)
{
	struct zt *t = *state;
	const char *argv[] = {"/bin/sh", "-c",
		"cd ${0%/*} && grep -q new a.inc && grep -q ' 8 ' z.zone && { echo no new; exit 1; }",
		"{file}"};
	const struct dcvp_setting more[] = {{"checker", 4, argv}};

	write_before(t);
	zt_close(t);
	zt_open(t, more, 1);
	assert_int_equal(zt_apply_n(t, edits, 2, NULL), DCVP_FAILED);
	assert_non_null(strstr(t->err.text, "no new"));
	expect_before(t);
}

/* Without a serial of ours the time at which they were written tells the files apart. */
static void cut_off_with_an_external_serial(void **state)
{
	static const char *const external[] = {"external"};
	const struct dcvp_setting more[] = {{"serial", 1, external}};
	struct zt *t = *state;
	const struct timespec past[2] = {{.tv_sec = ZT_NOW}, {.tv_sec = 4000000000}};
	char path[256];

	for (int exchanged = 0; exchanged < 2; exchanged++) {
		write_before(t);
		/* A clock that was wrong makes no difference. */
		zt_path(t, "a.inc", path, sizeof path);
		assert_int_equal(utimensat(AT_FDCWD, path, past, 0), 0);
		zt_close(t);
		zt_open(t, more, 1);
		assert_int_equal(zt_apply_n(t, edits, 2, NULL), DCVP_OK);
		assert_int_equal(zt_count_files(t), 5);
		zt_close(t);
		zt_open(t, more, 1);
		if (!exchanged)
			take_back(t, "a.inc");
		take_back(t, "b.inc");
		assert_int_equal(zt_recover_n(t, edits, 2), DCVP_OK);
		assert_int_equal(t->results[0].outcome,
			exchanged ? DCVP_EDIT_DONE : DCVP_EDIT_FAILED);
		assert_int_equal(t->results[1].outcome, DCVP_EDIT_FAILED);
		zt_expect(t, zone_before);
		zt_expect_file(t, "a.inc", exchanged ? a_after : a_before);
		zt_expect_file(t, "b.inc", b_before);
		assert_int_equal(zt_count_files(t), 3);
	}
}

/* A server that looks at the stamp of the zone's own file alone sees the change. */
static void the_zones_own_file_is_stamped(void **state)
{
	static const char *const external[] = {"external"}, *const command[] = {"command"},
				 *const argv[] = {"/bin/sh", "-c", "exit 2"};
	const struct dcvp_setting more[] = {{"serial", 1, external},
		{"reload", 1, command}, {"reload_command", 3, argv}};
	struct zt *t = *state;
	struct stat st;

	write_before(t);
	zt_close(t);
	zt_open(t, more, 3);
	assert_int_equal(zt_apply_n(t, edits, 2, NULL), DCVP_OK);
	assert_int_equal(stat(t->file, &st), 0);
	assert_int_equal(st.st_mtim.tv_sec, 1000);
	assert_int_equal(zt_sync_n(t, edits, 2), DCVP_FAILED);
	expect_before(t);
	assert_int_equal(stat(t->file, &st), 0);
	assert_true(st.st_mtim.tv_sec > 1000);
}

/* The parts of a change of all three files, with copies beside them. */
static void make_parts(struct zt *t, struct dcv_arena *arena, struct dcv_zopen *zone,
	struct dcv_zparts *parts)
{
	static const char *const names[] = {"a.inc", "b.inc", NULL};
	char path[256];

	write_before(t);
	assert_int_equal(dcv_zopen_file(t->file, arena, zone, &t->err), DCVP_OK);
	*parts = (struct dcv_zparts){0};
	for (size_t i = 0; i < 3; i++) {
		struct dcv_zpart *part;

		zt_path(t, names[i] == NULL ? "" : names[i], path, sizeof path);
		assert_int_equal(dcv_zparts_add(parts, zone, names[i] == NULL ? NULL : path,
					 "t1", arena, &t->err),
			DCVP_OK);
		part = &parts->items[i];
		dcv_zident_of(&part->zone.st, &part->former);
		part->fd = openat(part->zone.dir_fd, part->temp, O_RDWR | O_CREAT, 0600);
		assert_true(part->fd >= 0);
	}
}

/* One that moved before the first exchange, one whose copy is gone at the second. */
static void what_cannot_be_exchanged_changes_nothing(void **state)
{
	struct zt *t = *state;

	for (int gone = 0; gone < 2; gone++) {
		struct dcv_arena arena = {0};
		struct dcv_zopen zone;
		struct dcv_zparts parts;

		t->err = (struct dcvp_error){0};
		make_parts(t, &arena, &zone, &parts);
		if (gone)
			remove_temp(t, "z.zone");
		else
			zt_write(t, "z.zone", ZONE("70"));
		assert_int_equal(dcv_zparts_exchange(&parts, &t->err),
			gone ? DCVP_FAILED : DCVP_CONFLICT);
		assert_non_null(strstr(t->err.text, "z.zone: "));
		zt_expect(t, gone ? zone_before : ZONE("70"));
		zt_expect_file(t, "a.inc", a_before);
		zt_expect_file(t, "b.inc", b_before);
		zt_expect_file(t, ".a.inc.dcvctl-t1", "");
		dcv_zparts_close(&parts);
		dcv_zopen_close(&zone);
		dcv_arena_clear(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_at_once, zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(cut_off_before_any_exchange, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(cut_off_while_the_copies_are_written,
			zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(cut_off_between_the_included_files,
			zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(cut_off_before_the_serial, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(cut_off_behind_the_exchanges, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(a_refusal_gives_all_back, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(a_refusal_gives_back_all_or_none,
			zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(the_checker_sees_all_files, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(cut_off_with_an_external_serial, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(the_zones_own_file_is_stamped, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_exchanged_changes_nothing,
			zt_setup, zt_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
