/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Edits of sets that lie in included files, octet for octet, and the include file of our own. */
#include "zone_test.h"

#define TXT DCV_TYPE_TXT
#define SOA(serial) "@ IN SOA ns1 host " serial " 7200 3600 1209600 300\n"
#define HEAD(serial) "$TTL 3600\n" SOA(serial) "@ IN NS ns1\n"
#define X "_x.example.test."
#define AS_IT_WAS NULL

/* z.zone includes a.inc; the texts of both, before and after. */
struct example {
	const char *name, *zone, *inc;
	struct zt_edit edit;
	const char *zone_after, *inc_after;
};

static const struct example examples[] = {
	{"a value comes beside its set", HEAD("7") "$INCLUDE a.inc\nz A 192.0.2.1\n",
		"_x 300 TXT \"a\" ; in\nw A 192.0.2.2\n", {X, TXT, 300, {"\"b\""}, {0}},
		HEAD("8") "$INCLUDE a.inc\nz A 192.0.2.1\n",
		"_x 300 TXT \"a\" ; in\n_x 300 TXT \"b\"\nw A 192.0.2.2\n"},
	{"a value takes the place of another", HEAD("7") "$INCLUDE a.inc\n",
		"; above\n_x\t300\tTXT\t\"a\"\n", {X, TXT, 300, {"\"b\""}, {"\"a\""}},
		HEAD("8") "$INCLUDE a.inc\n", "; above\n_x\t300\tTXT\t\"b\"\n"},
	{"a value goes", HEAD("7") "$INCLUDE a.inc\n",
		"v A 192.0.2.2\n_x 300 TXT \"a\" ; one\nw A 192.0.2.2\n",
		{X, TXT, 300, {0}, {"\"a\""}}, HEAD("8") "$INCLUDE a.inc\n",
		"v A 192.0.2.2\nw A 192.0.2.2\n"},
	{"a TTL changes", HEAD("7") "$INCLUDE a.inc\n", "_x TXT \"a\"\n",
		{X, TXT, 60, {0}, {0}}, HEAD("8") "$INCLUDE a.inc\n", "_x 60 TXT \"a\"\n"},
	{"the last line without line end goes", HEAD("7") "$INCLUDE a.inc\n",
		"v A 192.0.2.2\r\n_x 300 TXT \"a\"", {X, TXT, 300, {0}, {"\"a\""}},
		HEAD("8") "$INCLUDE a.inc\n", "v A 192.0.2.2"},
	{"behind a last line without line end", HEAD("7") "$INCLUDE a.inc\n",
		"_x 300 TXT \"a\"", {X, TXT, 300, {"\"b\""}, {0}},
		HEAD("8") "$INCLUDE a.inc\n", "_x 300 TXT \"a\"\n_x 300 TXT \"b\""},
	{"under the origin of the $INCLUDE", HEAD("7") "$INCLUDE a.inc sub\n",
		"_x 300 TXT \"a\"\n",
		{"_x.sub.example.test.", TXT, 300, {"\"b\""}, {"\"a\""}},
		HEAD("8") "$INCLUDE a.inc sub\n", "_x 300 TXT \"b\"\n"},
	{"one value of the set here, one there: each goes where it lies",
		HEAD("7") "_x 300 TXT \"a\"\n$INCLUDE a.inc\n", "_x 300 TXT \"b\"\n",
		{X, TXT, 300, {0}, {"\"a\"", "\"b\""}}, HEAD("8") "$INCLUDE a.inc\n", ""},
	{"the SOA in the included file: the serial changes there",
		"$INCLUDE a.inc\n@ NS ns1\n", "$TTL 3600\n" SOA("7"),
		{X, TXT, 300, {"\"b\""}, {0}},
		"$INCLUDE a.inc\n@ NS ns1\n_x 300 TXT \"b\"\n", "$TTL 3600\n" SOA("8")},
	{"SOA and set in the included file: the zone's own file stays",
		"$INCLUDE a.inc\n@ NS ns1\n", "$TTL 3600\n" SOA("7") "_x 300 TXT \"a\"\n",
		{X, TXT, 300, {"\"b\""}, {"\"a\""}}, AS_IT_WAS,
		"$TTL 3600\n" SOA("8") "_x 300 TXT \"b\"\n"},
	{"the owner is handed on into the included file",
		HEAD("7") "_x 300 TXT \"a\"\n$INCLUDE a.inc\n",
		" 300 TXT \"b\"\nw A 192.0.2.2\n", {X, TXT, 300, {0}, {"\"a\""}},
		HEAD("8") "$INCLUDE a.inc\n", "_x 300 TXT \"b\"\nw A 192.0.2.2\n"},
	{"and over it: a line behind the $INCLUDE has the owner from before it",
		HEAD("7") "_x 300 TXT \"a\"\n$INCLUDE a.inc\n 300 CAA 0 issue \"c\"\n",
		"_x 300 TXT \"b\"\n", {X, TXT, 300, {0}, {"\"a\""}},
		HEAD("8") "$INCLUDE a.inc\n_x 300 CAA 0 issue \"c\"\n", AS_IT_WAS},
	{"into both",
		HEAD("7") "_x 300 TXT \"a\"\n$INCLUDE a.inc\n 300 CAA 0 issue \"c\"\n",
		" 300 TXT \"b\"\n", {X, TXT, 300, {0}, {"\"a\""}},
		HEAD("8") "$INCLUDE a.inc\n_x 300 CAA 0 issue \"c\"\n",
		"_x 300 TXT \"b\"\n"},
	{"a TTL that the line behind the $INCLUDE takes over is written there",
		"@ 3600 SOA ns1 host 7 7200 3600 1209600 300\n@ NS ns1\n$INCLUDE a.inc\nz A 192.0.2.1\n",
		"_x 600 TXT \"a\"\n", {X, TXT, 300, {0}, {"\"a\""}},
		"@ 3600 SOA ns1 host 8 7200 3600 1209600 300\n@ NS ns1\n$INCLUDE a.inc\nz 600 A 192.0.2.1\n",
		""},
	{"new lines stay beside their set where the TTL that is taken over is the same",
		"@ 3600 SOA ns1 host 7 7200 3600 1209600 300\n@ NS ns1\n$INCLUDE a.inc\nz A 192.0.2.1\n",
		"_x 600 TXT \"a\"\n", {X, TXT, 600, {"\"b\""}, {0}},
		"@ 3600 SOA ns1 host 8 7200 3600 1209600 300\n@ NS ns1\n$INCLUDE a.inc\nz A 192.0.2.1\n",
		"_x 600 TXT \"a\"\n_x 600 TXT \"b\"\n"},
	{"and keep away from an end whose TTL is taken over where it is not",
		"@ 3600 SOA ns1 host 7 7200 3600 1209600 300\n@ NS ns1\n$INCLUDE a.inc\nz A 192.0.2.1\n",
		"_x 600 TXT \"a\"\n", {X, DCV_TYPE_CAA, 300, {"0 issue \"c\""}, {0}},
		"@ 3600 SOA ns1 host 8 7200 3600 1209600 300\n@ NS ns1\n$INCLUDE a.inc\nz A 192.0.2.1\n_x 300 CAA 0 issue \"c\"\n",
		AS_IT_WAS},
	{"another set of the owner stays beside the zone's own lines",
		HEAD("7") "$INCLUDE a.inc\n", "_x 300 TXT \"a\"\n",
		{X, DCV_TYPE_CAA, 300, {"0 issue \"c\""}, {0}},
		HEAD("8") "$INCLUDE a.inc\n_x 300 IN CAA 0 issue \"c\"\n", AS_IT_WAS},
};

/* The same with `into: a.inc`. */
static const struct example into_examples[] = {
	{"an empty file, in the style of the lines above",
		HEAD("7") "$INCLUDE a.inc\nz A 192.0.2.1\n", "",
		{X, TXT, 300, {"\"a\"", "\"b\""}, {0}},
		HEAD("8") "$INCLUDE a.inc\nz A 192.0.2.1\n",
		"_x 300 IN TXT \"a\"\n_x 300 IN TXT \"b\"\n"},
	{"a file with a head and another origin", HEAD("7") "$INCLUDE a.inc sub\n",
		"; by dcvctl\n", {"_x.sub.example.test.", TXT, 300, {"\"a\""}, {0}},
		HEAD("8") "$INCLUDE a.inc sub\n", "; by dcvctl\n_x 300 IN TXT \"a\"\n"},
	{"not below its origin", HEAD("7") "$INCLUDE a.inc sub\n", "",
		{X, TXT, 300, {"\"a\""}, {0}}, HEAD("8") "$INCLUDE a.inc sub\n",
		"_x.example.test. 300 IN TXT \"a\"\n"},
	{"the set lies in the zone's own file: only the new value goes into ours",
		HEAD("7") "_x 300 TXT \"k\"\n$INCLUDE a.inc\n", "",
		{X, TXT, 300, {"\"a\""}, {0}},
		HEAD("8") "_x 300 TXT \"k\"\n$INCLUDE a.inc\n", "_x 300 TXT \"a\"\n"},
	{"the old value goes where it lies",
		HEAD("7") "_x 300 TXT \"k\"\nz A 192.0.2.1\n$INCLUDE a.inc\n", "",
		{X, TXT, 300, {"\"a\""}, {"\"k\""}},
		HEAD("8") "z A 192.0.2.1\n$INCLUDE a.inc\n", "_x 300 TXT \"a\"\n"},
	{"beside what is there, in its place", HEAD("7") "$INCLUDE a.inc\n",
		"_x 300 TXT \"a\"\n_y 300 TXT \"y\"\n",
		{X, TXT, 300, {"\"b\"", "\"c\""}, {"\"a\""}}, HEAD("8") "$INCLUDE a.inc\n",
		"_x 300 TXT \"b\"\n_x 300 TXT \"c\"\n_y 300 TXT \"y\"\n"},
	{"no $TTL: who takes over the TTL at its end keeps its own",
		"@ 3600 SOA ns1 host 7 7200 3600 1209600 300\n@ NS ns1\n$INCLUDE a.inc\nz A 192.0.2.1\ny A 192.0.2.2\n",
		"", {X, TXT, 300, {"\"a\""}, {0}},
		"@ 3600 SOA ns1 host 8 7200 3600 1209600 300\n@ NS ns1\n$INCLUDE a.inc\nz 3600 A 192.0.2.1\ny A 192.0.2.2\n",
		"_x 300 TXT \"a\"\n"},
	{"and so does a record of the same name",
		"@ 3600 SOA ns1 host 7 7200 3600 1209600 300\n@ NS ns1\n$INCLUDE a.inc\n_x CAA 0 issue \"c\"\n",
		"", {X, TXT, 300, {"\"a\""}, {0}},
		"@ 3600 SOA ns1 host 8 7200 3600 1209600 300\n@ NS ns1\n$INCLUDE a.inc\n_x 3600 CAA 0 issue \"c\"\n",
		"_x 300 TXT \"a\"\n"},
	{"a value goes from ours", HEAD("7") "$INCLUDE a.inc\n", "_x 300 TXT \"a\"\n",
		{X, TXT, 300, {0}, {"\"a\""}}, HEAD("8") "$INCLUDE a.inc\n", ""},
};

static void run_example(struct zt *t, const struct example *e)
{
	print_message("%s\n", e->name);
	zt_write(t, "z.zone", e->zone);
	zt_write(t, "a.inc", e->inc);
	zt_do(t, e->edit);
	zt_expect(t, e->zone_after == AS_IT_WAS ? e->zone : e->zone_after);
	zt_expect_file(t, "a.inc", e->inc_after == AS_IT_WAS ? e->inc : e->inc_after);
	assert_int_equal(t->results[0].outcome, DCVP_EDIT_DONE);
	assert_int_equal(t->receipt.serial_after, 8);
	assert_int_equal(zt_count_files(t), 2);
	/* Once more: it holds already. */
	assert_int_equal(zt_apply_n(t, &e->edit, 1, NULL), DCVP_OK);
	assert_int_equal(t->results[0].outcome, DCVP_EDIT_ALREADY);
	assert_int_equal(t->receipt.serial_after, 8);
}

static void edits_in_included_files(void **state)
{
	for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++)
		run_example(*state, &examples[i]);
}

/* A session whose new records go into a file of the directory, with more settings. */
static void open_into(struct zt *t, const char *name, struct dcvp_setting *more, size_t n)
{
	static char path[512];
	static const char *into = path;
	struct dcvp_setting settings[6] = {{"into", 1, &into}};

	zt_path(t, name, path, sizeof path);
	for (size_t i = 0; i < n; i++)
		settings[1 + i] = more[i];
	zt_close(t);
	zt_open(t, settings, 1 + n);
}

static void new_records_go_into_our_file(void **state)
{
	struct zt *t = *state;

	open_into(t, "a.inc", NULL, 0);
	for (size_t i = 0; i < sizeof into_examples / sizeof into_examples[0]; i++)
		run_example(t, &into_examples[i]);
}

static const char *const external[] = {"external"}, *const yes[] = {"yes"};

static void an_external_serial_is_left_alone(void **state)
{
	struct zt *t = *state;
	struct dcvp_setting more[] = {{"serial", 1, external}};
	struct stat before, after;

	open_into(t, "a.inc", more, 1);
	zt_write(t, "z.zone", HEAD("7") "$INCLUDE a.inc\n");
	zt_write(t, "a.inc", "");
	assert_int_equal(stat(t->file, &before), 0);
	assert_int_equal(zt_read(t, X), DCVP_OK);
	assert_int_equal(t->zone.serial_next, 7);
	zt_do(t, (struct zt_edit){X, TXT, 300, {"\"a\""}, {0}});
	assert_int_equal(stat(t->file, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	assert_int_equal(t->receipt.serial_after, 7);
	zt_expect(t, HEAD("7") "$INCLUDE a.inc\n");
	zt_expect_file(t, "a.inc", "_x 300 IN TXT \"a\"\n");
	/* Without a file of our own, too. */
	zt_close(t);
	zt_open(t, more, 1);
	zt_do(t, (struct zt_edit){"_y.example.test.", TXT, 300, {"\"y\""}, {0}});
	zt_expect(t, HEAD("7") "$INCLUDE a.inc\n_y 300 IN TXT \"y\"\n");
	assert_int_equal(zt_count_files(t), 2);
}

/* With a SOA that cannot be edited nothing can, unless somebody else counts. */
static void a_soa_that_is_fixed(void **state)
{
	struct zt *t = *state;
	struct dcvp_setting more[] = {{"serial", 1, external}};
	const struct zt_edit edit = {X, TXT, 300, {"\"a\""}, {0}};
	char inc[128], other[128];

	zt_write(t, "z.zone", "$INCLUDE soa.inc\n@ NS ns1\n");
	zt_write(t, "soa.inc", "$TTL 3600\n" SOA("7"));
	zt_path(t, "soa.inc", inc, sizeof inc);
	zt_path(t, "other", other, sizeof other);
	assert_int_equal(link(inc, other), 0);
	assert_int_equal(zt_read(t, X), DCVP_OK);
	assert_non_null(strstr(t->zone.fixed, "soa.inc:2, a file that is a hard link"));
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_REFUSED);
	zt_expect(t, "$INCLUDE soa.inc\n@ NS ns1\n");
	zt_close(t);
	zt_open(t, more, 1);
	zt_do(t, edit);
	zt_expect(t, "$INCLUDE soa.inc\n@ NS ns1\n_x 300 TXT \"a\"\n");
}

/* One edit would appear at both places, or part the file from its other name. */
static void sets_that_stay_fixed(void **state)
{
	static const char *const zones[] = {HEAD("7") "$INCLUDE a.inc\n$INCLUDE a.inc\n",
		HEAD("7") "$INCLUDE a.inc\n$INCLUDE a.inc sub\n",
		HEAD("7") "$INCLUDE b.inc\n$INCLUDE ./a.inc\n",
		HEAD("7") "$INCLUDE a.inc\n"};
	struct zt *t = *state;
	const struct zt_edit edit = {X, TXT, 300, {0}, {"\"a\""}};
	char inc[128], other[128];

	zt_path(t, "a.inc", inc, sizeof inc);
	zt_path(t, "other", other, sizeof other);
	zt_write(t, "a.inc", "_x 300 TXT \"a\"\n");
	zt_write(t, "b.inc", "$INCLUDE a.inc\n");
	for (size_t i = 0; i < 4; i++) {
		zt_write(t, "z.zone", zones[i]);
		if (i == 3)
			assert_int_equal(link(inc, other), 0);
		assert_int_equal(zt_read(t, X), DCVP_OK);
		assert_non_null(zt_find(t, TXT)->fixed);
		assert_non_null(strstr(zt_find(t, TXT)->fixed,
			i == 3 ? "a hard link" : "included twice, at "));
		assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_REFUSED);
		assert_non_null(strstr(t->err.text, "a.inc:1"));
		if (i == 1) {
			assert_int_equal(zt_read(t, "_x.sub.example.test."), DCVP_OK);
			assert_non_null(zt_find(t, TXT)->fixed);
		}
		zt_expect(t, zones[i]);
		zt_expect_file(t, "a.inc", "_x 300 TXT \"a\"\n");
	}
}

static void an_heir_in_a_fixed_file_is_refused(void **state)
{
	struct zt *t = *state;
	const struct zt_edit edit = {X, TXT, 300, {0}, {"\"a\""}};
	char inc[128], other[128];

	zt_path(t, "a.inc", inc, sizeof inc);
	zt_path(t, "other", other, sizeof other);
	zt_write(t, "a.inc", " CAA 0 issue \"c\"\n");
	zt_write(t, "z.zone", HEAD("7") "_x 300 TXT \"a\"\n$INCLUDE a.inc\n");
	assert_int_equal(link(inc, other), 0);
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_REFUSED);
	assert_non_null(
		strstr(t->err.text, "a.inc: at or behind line 1 a line takes its owner"));
	zt_expect(t, HEAD("7") "_x 300 TXT \"a\"\n$INCLUDE a.inc\n");
}

static void into_must_be_there(void **state)
{
	struct zt *t = *state;
	const struct zt_edit edit = {X, TXT, 300, {"\"a\""}, {0}};
	char help[256];

	zt_write(t, "z.zone", HEAD("7"));
	open_into(t, "a.inc", NULL, 0);
	assert_int_equal(zt_read(t, X), DCVP_REFUSED);
	assert_non_null(strstr(t->err.text, "a.inc: no such file"));
	(void)snprintf(help, sizeof help,
		"run: touch %s/a.inc   (and the zone's file includes it with: $INCLUDE a.inc)",
		t->dir);
	assert_string_equal(t->err.help, help);
	zt_write(t, "a.inc", "");
	assert_int_equal(zt_read(t, X), DCVP_REFUSED);
	assert_non_null(strstr(t->err.text, "z.zone: it does not include "));
	assert_non_null(strstr(t->err.help,
		"help: add this line at its end: $INCLUDE a.inc   (with "));
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_REFUSED);
	zt_expect(t, HEAD("7"));
	zt_write(t, "z.zone", HEAD("7") "$INCLUDE a.inc\n$INCLUDE a.inc\n");
	assert_int_equal(zt_read(t, X), DCVP_REFUSED);
	assert_non_null(strstr(t->err.text, "included twice"));
	zt_write(t, "z.zone", HEAD("7") "$INCLUDE a.inc\n");
	assert_int_equal(zt_read(t, X), DCVP_OK);
	open_into(t, "z.zone", NULL, 0);
	assert_int_equal(zt_read(t, X), DCVP_REFUSED);
	assert_non_null(strstr(t->err.text, "names the zone's own file"));
	open_into(t, "..", NULL, 0);
	assert_int_equal(zt_read(t, X), DCVP_REFUSED);
	assert_non_null(strstr(t->err.text, "outside the directory"));
}

static void a_comment_names_the_order(void **state)
{
	struct zt *t = *state;
	struct dcvp_setting more[] = {{"comment", 1, yes}};
	const char *add[] = {"\"a\"", "\"b\"", "\"c\""};
	const char *notes[] = {"digicert/1", NULL, "evil\nz A 192.0.2.1"};
	const struct dcvp_edit edit = {.owner = X,
		.type = TXT,
		.ttl_s = 300,
		.n_add = 3,
		.add = add,
		.notes = notes};
	const struct dcvp_change change = {ZT_ZONE, "t1", NULL, 1, &edit};

	for (int with = 0; with < 2; with++) {
		zt_write(t, "z.zone", HEAD("7"));
		zt_close(t);
		zt_open(t, more, with ? 1 : 0);
		assert_int_equal(dcv_zones_provider.apply(t->session, &change, t->results,
					 &t->receipt, &t->err),
			DCVP_OK);
		assert_int_equal(dcv_zones_provider.sync(t->session, &change, &t->receipt,
					 &t->err),
			DCVP_OK);
		zt_expect(t,
			with ? HEAD("8") "_x 300 IN TXT \"a\" ; dcvctl digicert/1\n"
					 "_x 300 IN TXT \"b\"\n_x 300 IN TXT \"c\"\n"
			     : HEAD("8") "_x 300 IN TXT \"a\"\n_x 300 IN TXT \"b\"\n"
					 "_x 300 IN TXT \"c\"\n");
	}
	assert_int_equal(zt_read(t, X), DCVP_OK);
	assert_string_equal(zt_find(t, TXT)->marks[0], "digicert/1");
	assert_null(zt_find(t, TXT)->marks[1]);
	zt_do(t, (struct zt_edit){X, TXT, 300, {0}, {"\"a\"", "\"b\"", "\"c\""}});
	zt_expect(t, HEAD("9"));
}

static void settings_are_words(void **state)
{
	struct zt *t = *state;
	static const char *const relative[] = {"a.inc"}, *const ours[] = {"ours"},
				 *const file[] = {"/z"}, *const zone[] = {ZT_ZONE};
	const struct {
		struct dcvp_setting setting;
		const char *what;
	} rows[] = {{{"into", 1, relative}, "setting into: an absolute path is wanted"},
		{{"serial", 1, ours}, "setting serial: external is wanted, or nothing"},
		{{"comment", 1, ours}, "setting comment: yes is wanted, or nothing"}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct dcvp_setting settings[] = {{"file", 1, file},
			{"zone", 1, zone}, rows[i].setting};
		struct dcvp_error err = {0};
		void *session = NULL;

		assert_int_equal(
			dcv_zones_provider.open(&t->host, settings, 3, &session, &err),
			DCVP_INVALID);
		assert_non_null(strstr(err.text, rows[i].what));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(edits_in_included_files, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(new_records_go_into_our_file, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(an_external_serial_is_left_alone,
			zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(a_soa_that_is_fixed, zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(sets_that_stay_fixed, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(an_heir_in_a_fixed_file_is_refused,
			zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(into_must_be_there, zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(a_comment_names_the_order, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(settings_are_words, zt_setup, zt_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
