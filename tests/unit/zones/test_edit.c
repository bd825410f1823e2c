/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Edits, octet for octet: a table of zone files before and after. */
#include <grp.h>
#include <sys/wait.h>

#include "zone_test.h"

#define TXT DCV_TYPE_TXT
#define SOA(serial) "@ IN SOA ns1 host " serial " 7200 3600 1209600 300\n"
#define HEAD(serial) "$TTL 3600\n" SOA(serial) "@ IN NS ns1\nns1 IN A 127.0.0.1\n"

struct example {
	const char *name, *before;
	struct zt_edit edit;
	const char *after;
	enum dcvp_outcome outcome;
};

#define D DCVP_EDIT_DONE
#define X "_dnsauth.example.test."

static const struct example examples[] = {
	{"new owner goes to the end, in the style of the last line", HEAD("7"),
		{X, TXT, 300, {"\"a\""}, {0}}, HEAD("8") "_dnsauth 300 IN TXT \"a\"\n", D},
	{"tabs and no class, as the last line has it", HEAD("7") "www\tA\t192.0.2.1\n",
		{X, TXT, 300, {"\"a\""}, {0}},
		HEAD("8") "www\tA\t192.0.2.1\n_dnsauth\t300\tTXT\t\"a\"\n", D},
	{"absolute owners where the last line has one",
		HEAD("7") "www.example.test. IN A 192.0.2.1\n",
		{X, TXT, 300, {"\"a\""}, {0}},
		HEAD("8") "www.example.test. IN A 192.0.2.1\n"
			  "_dnsauth.example.test. 300 IN TXT \"a\"\n",
		D},
	{"a MX comes, and goes however it is written", HEAD("7") "x IN MX 5 Old\n",
		{"x.example.test.", DCV_TYPE_MX, 300, {"10 mail.other.test."},
			{"5 old.example.test."}},
		HEAD("8") "x 300 IN MX 10 mail.other.test.\n", D},
	{"a SRV beside another", HEAD("7") "x 300 SRV 1 2 3 a.test.\n",
		{"x.example.test.", DCV_TYPE_SRV, 300, {"0 0 443 b.test."}, {0}},
		HEAD("8") "x 300 SRV 1 2 3 a.test.\nx 300 SRV 0 0 443 b.test.\n", D},
	{"a type that is known as octets only", HEAD("7") "z A 192.0.2.1\n",
		{"x.example.test.", 65, 300, {"\\# 3 000100"}, {0}},
		HEAD("8") "z A 192.0.2.1\nx 300 HTTPS \\# 3 000100\n", D},
	{"and goes again", HEAD("7") "x 300 TYPE65 \\# 3 ( 0001\n 00 )\nz A 192.0.2.1\n",
		{"x.example.test.", 65, 300, {0}, {"\\# 3 000100"}},
		HEAD("8") "z A 192.0.2.1\n", D},
	{"no final line end: it stays so", HEAD("7") "www IN A 192.0.2.1",
		{X, TXT, 300, {"\"a\"", "\"b\""}, {0}},
		HEAD("8") "www IN A 192.0.2.1\n_dnsauth 300 IN TXT \"a\"\n"
			  "_dnsauth 300 IN TXT \"b\"",
		D},
	{"CRLF", "$TTL 3600\r\n@ IN SOA ns1 host 7 7200 3600 1209600 300\r\n@ IN NS ns1\r\n",
		{X, TXT, 300, {"\"a\""}, {0}},
		"$TTL 3600\r\n@ IN SOA ns1 host 8 7200 3600 1209600 300\r\n@ IN NS ns1\r\n"
		"_dnsauth 300 IN TXT \"a\"\r\n",
		D},
	{"CRLF without final line end",
		"$TTL 3600\r\n@ IN SOA ns1 host 7 7200 3600 1209600 300\r\n@ IN NS ns1",
		{X, TXT, 300, {"\"a\""}, {0}},
		"$TTL 3600\r\n@ IN SOA ns1 host 8 7200 3600 1209600 300\r\n@ IN NS ns1\r\n"
		"_dnsauth 300 IN TXT \"a\"",
		D},
	{"beside the set, the case of the owner kept",
		HEAD("7") "_DNSauth 300 IN TXT \"a\" ; ours\n IN A 192.0.2.1\nz IN A 192.0.2.2\n",
		{X, TXT, 300, {"\"b\""}, {0}},
		HEAD("8") "_DNSauth 300 IN TXT \"a\" ; ours\n_DNSauth 300 IN TXT \"b\"\n"
			  " IN A 192.0.2.1\nz IN A 192.0.2.2\n",
		D},
	{"beside the owner, behind its last line",
		HEAD("7") "www IN A 192.0.2.1\n    IN AAAA 2001:db8::1\nz IN A 192.0.2.2\n",
		{"www.example.test.", TXT, 300, {"\"b\""}, {0}},
		HEAD("8") "www IN A 192.0.2.1\n    IN AAAA 2001:db8::1\n"
			  "www 300 IN TXT \"b\"\nz IN A 192.0.2.2\n",
		D},
	{"at the apex", HEAD("7"),
		{"example.test.", DCV_TYPE_CAA, 300, {"0 issue \"digicert.com\""}, {0}},
		"$TTL 3600\n" SOA("8") "@ IN NS ns1\n@ 300 IN CAA 0 issue \"digicert.com\"\n"
				       "ns1 IN A 127.0.0.1\n",
		D},
	{"one for one: in its place",
		HEAD("7") "_dnsauth 300 IN TXT \"old\" ; token\nz A 192.0.2.2\n",
		{X, TXT, 300, {"\"new\""}, {"\"old\""}},
		HEAD("8") "_dnsauth 300 IN TXT \"new\"\nz A 192.0.2.2\n", D},
	{"one for one with a blank owner behind it",
		HEAD("7") "_dnsauth 300 IN TXT \"old\"\n 300 IN TXT \"other\"\nz A 192.0.2.2\n",
		{X, TXT, 300, {"\"new\""}, {"\"old\""}},
		HEAD("8") "_dnsauth 300 IN TXT \"new\"\n 300 IN TXT \"other\"\nz A 192.0.2.2\n",
		D},
	{"removal hands the owner on",
		HEAD("7") "_dnsauth\t300 IN TXT \"old\"\n\t\t300 IN TXT \"other\"\nz A 192.0.2.2\n",
		{X, TXT, 300, {0}, {"\"old\""}},
		HEAD("8") "_dnsauth\t\t300 IN TXT \"other\"\nz A 192.0.2.2\n", D},
	{"removal over two lines hands the owner on",
		HEAD("7") "_dnsauth 300 IN TXT \"a\"\n 300 IN TXT \"b\"\n IN A 192.0.2.1\nz A 192.0.2.2\n",
		{X, TXT, 300, {0}, {"\"a\"", "\"b\""}},
		HEAD("8") "_dnsauth IN A 192.0.2.1\nz A 192.0.2.2\n", D},
	{"the owner under another origin is handed on absolute",
		HEAD("7") "_dnsauth 300 TXT \"a\"\n$ORIGIN sub.example.test.\n A 192.0.2.1\n",
		{X, TXT, 300, {0}, {"\"a\""}},
		HEAD("8") "$ORIGIN sub.example.test.\n_dnsauth.example.test. A 192.0.2.1\n",
		D},
	{"removal of all takes lines and comments, nothing else",
		HEAD("7") "; above\n_dnsauth 300 IN TXT ( \"o\" ; one\n  \"ld\" ) ; two\n; below\nz A 192.0.2.2\n",
		{X, TXT, 300, {0}, {"\"o\" \"ld\""}},
		HEAD("8") "; above\n; below\nz A 192.0.2.2\n", D},
	{"removal of the last line without line end",
		HEAD("7") "_dnsauth 300 IN TXT \"a\"", {X, TXT, 300, {0}, {"\"a\""}},
		"$TTL 3600\n" SOA("8") "@ IN NS ns1\nns1 IN A 127.0.0.1", D},
	{"removal of the last two without line end",
		HEAD("7") "_dnsauth 300 IN TXT \"a\"\r\n_dnsauth 300 IN TXT \"b\"",
		{X, TXT, 300, {0}, {"\"a\"", "\"b\""}},
		"$TTL 3600\n" SOA("8") "@ IN NS ns1\nns1 IN A 127.0.0.1", D},
	{"one of the last two without line end stays, as another",
		HEAD("7") "_dnsauth 300 IN TXT \"a\"\n_dnsauth 300 IN TXT \"b\"",
		{X, TXT, 300, {"\"n\""}, {"\"a\"", "\"b\""}},
		HEAD("8") "_dnsauth 300 IN TXT \"n\"", D},
	{"the same value twice in the file: both go",
		HEAD("7") "_dnsauth 300 IN TXT \"a\"\nz A 192.0.2.2\n_dnsauth 300 IN TXT a\n",
		{X, TXT, 300, {0}, {"\"a\""}}, HEAD("8") "z A 192.0.2.2\n", D},
	{"TTL of what stays: replaced", HEAD("7") "_dnsauth 1h IN TXT \"keep\" ; foreign\n",
		{X, TXT, 300, {"\"a\""}, {0}},
		HEAD("8") "_dnsauth 300 IN TXT \"keep\" ; foreign\n_dnsauth 300 IN TXT \"a\"\n",
		D},
	{"TTL of what stays: behind the class, and put in",
		HEAD("7") "_dnsauth IN 600 TXT \"k\"\n\tIN TXT \"l\"\n",
		{X, TXT, 300, {0}, {0}},
		HEAD("8") "_dnsauth IN 300 TXT \"k\"\n\t300\tIN TXT \"l\"\n", D},
	{"TTL as it is: foreign lines untouched", HEAD("7") "_dnsauth IN TXT \"k\"\n",
		{X, TXT, 3600, {"\"a\""}, {0}},
		HEAD("8") "_dnsauth IN TXT \"k\"\n_dnsauth IN TXT \"a\"\n", D},
	{"there already", HEAD("7") "_dnsauth 300 IN TXT \"a\"\n",
		{X, TXT, 300, {"\"a\""}, {"\"gone\""}},
		HEAD("7") "_dnsauth 300 IN TXT \"a\"\n", DCVP_EDIT_ALREADY},
	{"other spelling of the same octets is there already",
		HEAD("7") "_dnsauth 300 IN TXT \\097;c\n", {X, TXT, 300, {"\"a\""}, {0}},
		HEAD("7") "_dnsauth 300 IN TXT \\097;c\n", DCVP_EDIT_ALREADY},
	{"comma, quote, backslash, octets", HEAD("7"),
		{X, TXT, 300, {"\"a\\\"b\\\\c;\\001\""}, {0}},
		HEAD("8") "_dnsauth 300 IN TXT \"a\\\"b\\\\c;\\001\"\n", D},
	{"CNAME in place of TXT", HEAD("7") "_x 300 IN CNAME old.ca.test.\n",
		{"_x.example.test.", DCV_TYPE_CNAME, 300, {"new.ca.test."},
			{"old.ca.test."}},
		HEAD("8") "_x 300 IN CNAME new.ca.test.\n", D},
	{"a relative CNAME is known by its meaning", HEAD("7") "_x 300 IN CNAME old\n",
		{"_x.example.test.", DCV_TYPE_CNAME, 300, {0}, {"old.example.test."}},
		HEAD("8"), D},
	{"the end of the zone's own part",
		HEAD("7") "$ORIGIN sub.example.test.\nwww A 192.0.2.1\n",
		{X, TXT, 300, {"\"a\""}, {0}},
		HEAD("8") "_dnsauth 300 IN TXT \"a\"\n$ORIGIN sub.example.test.\nwww A 192.0.2.1\n",
		D},
	{"before the last owner's lines if what comes next takes it over",
		HEAD("7") "$ORIGIN sub.example.test.\n A 192.0.2.1\n",
		{X, TXT, 300, {"\"a\""}, {0}},
		"$TTL 3600\n@ IN SOA ns1 host 8 7200 3600 1209600 300\n@ IN NS ns1\n"
		"_dnsauth 300 IN TXT \"a\"\nns1 IN A 127.0.0.1\n$ORIGIN sub.example.test.\n A 192.0.2.1\n",
		D},
	{"below the origin at the end of the file",
		HEAD("7") "$ORIGIN sub.example.test.\nwww A 192.0.2.1\n",
		{"_dnsauth.sub.example.test.", TXT, 300, {"\"a\""}, {0}},
		HEAD("8") "$ORIGIN sub.example.test.\nwww A 192.0.2.1\n_dnsauth 300 TXT \"a\"\n",
		D},
	{"SOA over several lines, comments in it",
		"@ 3600 SOA ns1 host ( ; 1 2 3\n\t0000000007\t; serial 7\n 7200 3600 1209600 300 )\n@ 3600 NS ns1\n",
		{"ns1.example.test.", TXT, 300, {"\"a\""}, {0}},
		"@ 3600 SOA ns1 host ( ; 1 2 3\n\t8\t; serial 7\n 7200 3600 1209600 300 )\n@ 3600 NS ns1\n"
		"ns1 300 TXT \"a\"\n",
		D},
	{"no $TTL: the line behind keeps the TTL that it took over",
		"@ 3600 SOA ns1 host 7 7200 3600 1209600 300\n@ NS ns1\n"
		"_dnsauth 600 TXT \"a\"\nwww A 192.0.2.1\nz A 192.0.2.2\n",
		{X, TXT, 300, {0}, {"\"a\""}},
		"@ 3600 SOA ns1 host 8 7200 3600 1209600 300\n@ NS ns1\n"
		"www 600 A 192.0.2.1\nz A 192.0.2.2\n",
		D},
	{"no $TTL: a new line may stand where its TTL is the one taken over",
		"@ 3600 SOA ns1 host 7 7200 3600 1209600 300\n@ NS ns1\n"
		"_dnsauth 600 TXT \"a\"\nwww A 192.0.2.1\n",
		{X, TXT, 600, {"\"b\""}, {0}},
		"@ 3600 SOA ns1 host 8 7200 3600 1209600 300\n@ NS ns1\n"
		"_dnsauth 600 TXT \"a\"\n_dnsauth 600 TXT \"b\"\nwww A 192.0.2.1\n",
		D},
	{"no $TTL: a new line goes where no line takes its TTL over",
		"@ 3600 SOA ns1 host 7 7200 3600 1209600 300\n@ NS ns1\n"
		"_dnsauth 600 TXT \"a\"\nwww A 192.0.2.1\n",
		{X, DCV_TYPE_CAA, 300, {"0 issue \"b\""}, {0}},
		"@ 3600 SOA ns1 host 8 7200 3600 1209600 300\n@ NS ns1\n"
		"_dnsauth 600 TXT \"a\"\nwww A 192.0.2.1\n_dnsauth 300 CAA 0 issue \"b\"\n",
		D},
	{"no $TTL: another TTL in place",
		"@ 3600 SOA ns1 host 7 7200 3600 1209600 300\n@ NS ns1\n"
		"_dnsauth 600 TXT \"a\"\n TXT \"b\"\nwww A 192.0.2.1\n",
		{X, TXT, 300, {0}, {0}},
		"@ 3600 SOA ns1 host 8 7200 3600 1209600 300\n@ NS ns1\n"
		"_dnsauth 300 TXT \"a\"\n 300 TXT \"b\"\nwww 600 A 192.0.2.1\n",
		D},
	{"a wildcard", HEAD("7") "* IN A 192.0.2.1\n",
		{"*.example.test.", TXT, 300, {"\"a\""}, {0}},
		HEAD("8") "* IN A 192.0.2.1\n* 300 IN TXT \"a\"\n", D},
};

static void edits_are_exact(void **state)
{
	struct zt *t = *state;

	for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
		const struct example *e = &examples[i];

		print_message("%s\n", e->name);
		zt_write(t, "z.zone", e->before);
		zt_do(t, e->edit);
		assert_int_equal(t->results[0].outcome, e->outcome);
		zt_expect(t, e->after);
		assert_int_equal(zt_count_files(t), 1);
	}
}

/* A file in which one digit, the serial, is `#`. */
static char *with_serial(const char *text, char serial)
{
	char *copy = strdup(text);

	assert_non_null(copy);
	*strchr(copy, '#') = serial;
	return copy;
}

/* R7: what is added and removed again leaves the former file, but for the serial. */
static void undone_is_as_before(void **state)
{
	static const char *const files[] = {HEAD("#"), HEAD("#") "www IN A 192.0.2.1",
		HEAD("#") "_dnsauth A 192.0.2.1\n A 192.0.2.2\nz A 192.0.2.1",
		HEAD("#") "_dnsauth 300 TXT \"k\"\n\n; end",
		HEAD("#") "_dnsauth 300 TXT \"k\"\n\n; end\n\n",
		"$TTL 1h\r\n@ SOA ns1 host # 1 2 3 4\r\n NS ns1\r\n\r\n; x",
		HEAD("#") "$ORIGIN sub\nx A 192.0.2.1\n\tAAAA ::1\n"};
	struct zt *t = *state;

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		char *before = with_serial(files[i], '7'),
		     *after = with_serial(files[i], '9');

		zt_write(t, "z.zone", before);
		zt_do(t, (struct zt_edit){X, TXT, 300, {"\"a\"", "\"b\""}, {0}});
		zt_do(t, (struct zt_edit){X, TXT, 300, {0}, {"\"b\"", "\"a\""}});
		zt_expect(t, after);
		free(before);
		free(after);
	}
}

static void one_serial_for_all_edits(void **state)
{
	struct zt *t = *state;
	const struct zt_edit edits[] = {{X, TXT, 300, {"\"a\""}, {0}},
		{"www.example.test.", TXT, 300, {"\"b\""}, {"\"old\""}},
		{"gone.example.test.", TXT, 300, {0}, {"\"x\""}},
		{"_y.www.example.test.", DCV_TYPE_CNAME, 300, {"ca.test."}, {0}}};

	zt_write(t, "z.zone", HEAD("7") "www A 192.0.2.1\n TXT \"old\"\n");
	assert_int_equal(zt_apply_n(t, edits, 4, NULL), DCVP_OK);
	assert_int_equal(t->results[0].outcome, DCVP_EDIT_DONE);
	assert_int_equal(t->results[1].outcome, DCVP_EDIT_DONE);
	assert_int_equal(t->results[2].outcome, DCVP_EDIT_ALREADY);
	assert_int_equal(t->results[3].outcome, DCVP_EDIT_DONE);
	assert_int_equal(t->receipt.serial_before, 7);
	assert_int_equal(t->receipt.serial_after, 8);
	zt_expect(t,
		HEAD("8") "www A 192.0.2.1\nwww 300 TXT \"b\"\n_dnsauth 300 TXT \"a\"\n"
			  "_y.www 300 CNAME ca.test.\n");
}

static void mixed_ends_without_line_end(void **state)
{
	struct zt *t = *state;
	const struct zt_edit edits[] = {{X, TXT, 300, {0}, {"\"a\""}},
		{"_new.example.test.", TXT, 300, {"\"n\""}, {0}}};

	zt_write(t, "z.zone", HEAD("7") "_dnsauth 300 IN TXT \"a\"");
	assert_int_equal(zt_apply_n(t, edits, 2, NULL), DCVP_OK);
	zt_expect(t, HEAD("8") "_new 300 IN TXT \"n\"");
}

static void bad_edits_are_invalid(void **state)
{
	struct zt *t = *state;
	const struct zt_edit bad[] = {{"www.other.test.", TXT, 300, {"\"a\""}, {0}},
		{X, TXT, 300, {"\"a"}, {0}}, {X, DCV_TYPE_MX, 300, {"10"}, {0}},
		{X, 65, 300, {"1 . alpn=h2"}, {0}},
		{X, DCV_TYPE_RRSIG, 300, {"\\# 1 00"}, {0}},
		{"a..example.test.", TXT, 300, {"\"a\""}, {0}},
		{"example.test.", DCV_TYPE_SOA, 300, {0}, {0}}};
	const struct zt_edit twice[] = {{"www.example.test.", TXT, 300, {"\"a\""}, {0}},
		{"www.example.test.", TXT, 300, {"\"b\""}, {0}}};

	zt_write(t, "z.zone", HEAD("7") "www TXT \"x\"\n");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(zt_apply_n(t, &bad[i], 1, NULL), DCVP_INVALID);
		assert_int_equal(t->results[0].outcome, DCVP_EDIT_FAILED);
		assert_true(t->err.text[0] != '\0');
	}
	assert_int_equal(zt_apply_n(t, twice, 2, NULL), DCVP_INVALID);
	zt_expect(t, HEAD("7") "www TXT \"x\"\n");
	assert_int_equal(zt_count_files(t), 1);
}

static void a_moved_file_is_a_conflict(void **state)
{
	struct zt *t = *state;
	const struct zt_edit edit = {X, TXT, 300, {"\"a\""}, {0}};

	zt_write(t, "z.zone", HEAD("7"));
	assert_int_equal(zt_read(t, X), DCVP_OK);
	zt_write(t, "z.zone", HEAD("7") "www A 192.0.2.1\n");
	assert_int_equal(zt_apply_n(t, &edit, 1, t->zone.etag), DCVP_CONFLICT);
	zt_expect(t, HEAD("7") "www A 192.0.2.1\n");
	assert_int_equal(zt_read(t, X), DCVP_OK);
	assert_int_equal(zt_apply_n(t, &edit, 1, t->zone.etag), DCVP_OK);
}

static void nothing_to_do_touches_nothing(void **state)
{
	struct zt *t = *state;
	const struct zt_edit edit = {X, TXT, 300, {"\"a\""}, {0}};
	struct stat before, after;

	zt_write(t, "z.zone", HEAD("7") "_dnsauth 300 TXT a\n");
	assert_int_equal(stat(t->file, &before), 0);
	zt_do(t, edit);
	assert_int_equal(stat(t->file, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);
	assert_int_equal(t->receipt.serial_after, 7);
}

static void a_date_ahead_is_told(void **state)
{
	struct zt *t = *state;

	zt_write(t, "z.zone", HEAD("2027010199"));
	assert_int_equal(
		zt_apply_n(t, &(struct zt_edit){X, TXT, 300, {"\"a\""}, {0}}, 1, NULL),
		DCVP_OK);
	assert_int_equal(t->receipt.serial_after, 2027010200);
	assert_non_null(strstr(t->receipt.note, "ahead of today"));
}

static void mode_and_owner_are_kept(void **state)
{
	struct zt *t = *state;
	struct stat st;

	zt_write(t, "z.zone", HEAD("7"));
	assert_int_equal(chmod(t->file, 0640), 0);
	if (geteuid() == 0)
		assert_int_equal(chown(t->file, 12, 34), 0);
	zt_do(t, (struct zt_edit){X, TXT, 300, {"\"a\""}, {0}});
	assert_int_equal(stat(t->file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	if (geteuid() == 0) {
		assert_int_equal(st.st_uid, 12);
		assert_int_equal(st.st_gid, 34);
	}
}

/* Applies as another user, in a process of its own, which ends well if the message and the
 * remedy (with the directory behind it if it ends in a blank) are these. */
static void expect_no_right(struct zt *t, uid_t uid, const char *what, const char *help)
{
	const struct zt_edit edit = {X, TXT, 300, {"\"a\""}, {0}};
	char want[512];
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (setgroups(0, NULL) != 0 || setresgid(65533, 65533, 65533) != 0 ||
			setresuid(uid, uid, uid) != 0)
			_exit(2);
		if (zt_apply_n(t, &edit, 1, NULL) != DCVP_FAILED)
			_exit(3);
		(void)snprintf(want, sizeof want, "%s%s", help,
			help[strlen(help) - 1] == ' ' ? t->dir : "");
		if (strstr(t->err.text, what) != NULL && strcmp(t->err.help, want) == 0)
			_exit(0);
		print_error("%s\n%s\n", t->err.text, t->err.help);
		_exit(4);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Only the superuser can become somebody else. */
static void missing_rights_are_told(void **state)
{
	struct zt *t = *state;

	if (geteuid() != 0)
		return;
	zt_write(t, "z.zone", HEAD("7"));
	assert_int_equal(chmod(t->file, 0644), 0);
	assert_int_equal(chmod(t->dir, 0755), 0);
	expect_no_right(t, 65532, "nothing changed: a copy cannot be made beside it: ",
		"help: run dcvctl as the owner of the zone file (root:root), and let that user write in ");
	assert_int_equal(chown(t->file, 65532, 65531), 0);
	expect_no_right(t, 65532, "nothing changed: a copy cannot be made beside it: ",
		"help: let 65532, who owns the zone file and runs dcvctl, read it and write in ");
	assert_int_equal(chmod(t->dir, 0777), 0);
	expect_no_right(t, 65532, "nothing changed: its group cannot be kept: ",
		"help: make 65532 a member of the zone file's group 65531, or give the file another group");
	expect_no_right(t, 65530, "nothing changed: its owner cannot be kept: ",
		"help: run dcvctl as the owner of the zone file (65532:65531), and let that user write in ");
	assert_int_equal(chmod(t->file, 0600), 0);
	expect_no_right(t, 65530, "z.zone: cannot be opened: ",
		"help: run dcvctl as the owner of the zone file (65532:65531), and let that user write in ");
	assert_int_equal(chmod(t->dir, 0700), 0);
	expect_no_right(t, 65530, "z.zone: cannot be found: ",
		"help: run dcvctl as a user who may read the zone file and write in its directory");
	assert_int_equal(zt_count_files(t), 1);
	zt_expect(t, HEAD("7"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(edits_are_exact, zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(undone_is_as_before, zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(one_serial_for_all_edits, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(mixed_ends_without_line_end, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(bad_edits_are_invalid, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(a_moved_file_is_a_conflict, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(nothing_to_do_touches_nothing, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(a_date_ahead_is_told, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(mode_and_owner_are_kept, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(missing_rights_are_told, zt_setup,
			zt_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
