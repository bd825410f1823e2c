/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What comes after the exchange: reload, proof, the former file back; and recovery of a run
 * that was cut off anywhere. The name server is a thread that answers for the zone as the
 * files in the test's directory tell it. */
#include <errno.h>

#include "zone_server.h"

#define TXT DCV_TYPE_TXT
#define SOA(serial) "@ IN SOA ns1 host " serial " 7200 3600 1209600 300\n"
#define HEAD(serial) "$TTL 3600\n" SOA(serial) "@ IN NS ns1\n"
#define TEMP ".z.zone.dcvctl-t1"

static const struct zt_edit edit = {"_x.example.test.", TXT, 300, {"\"a\""}, {0}};
static const char before[] = HEAD("7"), after[] = HEAD("8") "_x 300 IN TXT \"a\"\n";

/* Sessions whose reload is a command, which notes that it was called. */
static void open_with(struct zt *t, const struct server *server, const char *script)
{
	static const char *const by = "command";
	const char *argv[] = {"/bin/sh", "-c", script, "reload", t->dir, "{zone}"};
	const char *address = server->address;
	const struct dcvp_setting more[] = {{"reload", 1, &by},
		{"reload_command", 6, argv}, {"server", 1, &address}};

	zt_close(t);
	zt_open(t, more, 3);
}

/* The whole message and its remedy; the message begins with the file. */
static void expect_said(const struct zt *t, const char *what, const char *help)
{
	char text[512];

	(void)snprintf(text, sizeof text, "%s: %s", t->file, what);
	assert_string_equal(t->err.text, text);
	assert_string_equal(t->err.help, help);
}

/* One run with what `served` says, in so little time that no question is asked twice in vain. */
static enum dcvp_class run_for(struct zt *t, int64_t time_ms)
{
	enum dcvp_class end;

	zt_write(t, "z.zone", before);
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_OK);
	t->deadline_ms = zt_mono(t) + time_ms;
	end = zt_sync_n(t, &edit, 1);
	t->deadline_ms = 0;
	return end;
}

/* NSD's programs are scripts in the test's directory. */
static void open_with_nsd(struct zt *t, const struct server *server, const char *config,
	const char *script)
{
	static const char *const by = "nsd";
	const char *address = server->address;
	const struct dcvp_setting more[] = {{"reload", 1, &by}, {"server", 1, &address},
		{"reload_config", 1, &config}};
	char path[128];

	zt_write(t, "nsd-control", script);
	zt_path(t, "nsd-control", path, sizeof path);
	assert_int_equal(chmod(path, 0700), 0);
	zt_write(t, "nsd-checkzone", "#!/bin/sh\n");
	zt_path(t, "nsd-checkzone", path, sizeof path);
	assert_int_equal(chmod(path, 0700), 0);
	(void)snprintf(path, sizeof path, "%s:/usr/bin:/bin", t->dir);
	assert_int_equal(setenv("PATH", path, 1), 0);
	zt_close(t);
	zt_open(t, more, config != NULL ? 3 : 2);
}

#define NOTE "printf '%s\\n' \"$2\" >> $1/called; "

static size_t count_calls(const struct zt *t)
{
	char path[128], line[64];
	size_t n = 0;
	FILE *in;

	zt_path(t, "called", path, sizeof path);
	in = fopen(path, "r");
	if (in == NULL)
		return 0;
	while (fgets(line, sizeof line, in) != NULL) {
		assert_string_equal(line, "example.test\n");
		n++;
	}
	(void)fclose(in);
	return n;
}

static void expect_no_temp(const struct zt *t)
{
	char path[128];

	zt_path(t, TEMP, path, sizeof path);
	assert_int_equal(access(path, F_OK), -1);
}

static void proved_by_serial(void **state)
{
	struct zt *t = *state;
	struct server server;

	server_start(t, &server);
	zt_write(t, "z.zone", before);
	zt_write(t, "served", "7");
	open_with(t, &server, NOTE "echo 8 > $1/served");
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_OK);
	assert_int_equal(zt_sync_n(t, &edit, 1), DCVP_OK);
	zt_expect(t, after);
	expect_no_temp(t);
	assert_int_equal(count_calls(t), 1);
	assert_int_equal(t->receipt.serial_after, 8);
	/* A second time nothing is to be done, and no server is bothered. */
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_OK);
	assert_int_equal(t->results[0].outcome, DCVP_EDIT_ALREADY);
	assert_int_equal(zt_sync_n(t, &edit, 1), DCVP_OK);
	assert_int_equal(count_calls(t), 1);
	server_stop(&server);
}

static void refused_by_command(void **state)
{
	struct zt *t = *state;
	struct server server;

	server_start(t, &server);
	zt_write(t, "z.zone", before);
	open_with(t, &server, NOTE "echo 'bad zone'; echo 'line two'; exit 3");
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_OK);
	assert_int_equal(zt_sync_n(t, &edit, 1), DCVP_FAILED);
	zt_expect(t, before);
	expect_no_temp(t);
	assert_int_equal(count_calls(t), 2);
	expect_said(t,
		"the reload command failed: /bin/sh ended with status 3: bad zone | line two; the former file is back",
		"help: run the command by hand and look at its output");
	assert_int_equal(t->receipt.serial_after, 7);
	server_stop(&server);
}

static void command_that_is_not_there(void **state)
{
	struct zt *t = *state;
	const char *by = "command", *argv[] = {"nosuchrndc", "reload"};
	const struct dcvp_setting more[] = {{"reload", 1, &by},
		{"reload_command", 2, argv}};

	zt_write(t, "z.zone", before);
	zt_close(t);
	zt_open(t, more, 2);
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_OK);
	assert_int_equal(zt_sync_n(t, &edit, 1), DCVP_FAILED);
	zt_expect(t, before);
	expect_no_temp(t);
	expect_said(t,
		"the reload command cannot be started: nosuchrndc: No such file or directory; the former file is back",
		"help: correct `reload:` of zone example.test; a command is a list, one item per argument; sudo cannot work here");
}

#define NSD_FAILED \
	"the reload command failed: nsd-control ended with status 1: error: connect; the former file is back"
#define NSD_REMARK "   (is NSD running? another NSD: reload: {nsd: FILE})"

static void refused_by_nsd_control(void **state)
{
	struct zt *t = *state;
	static const char script[] = "#!/bin/sh\necho error: connect; exit 1\n";
	struct server server;

	server_start(t, &server);
	open_with_nsd(t, &server, NULL, script);
	assert_int_equal(run_for(t, 60000), DCVP_FAILED);
	zt_expect(t, before);
	expect_said(t, NSD_FAILED, "run: nsd-control status" NSD_REMARK);
	open_with_nsd(t, &server, "/n/nsd.conf", script);
	assert_int_equal(run_for(t, 60000), DCVP_FAILED);
	expect_said(t, NSD_FAILED, "run: nsd-control -c /n/nsd.conf status" NSD_REMARK);
	server_stop(&server);
}

static void refused_but_not_ours(void **state)
{
	struct zt *t = *state;
	struct server server;

	server_start(t, &server);
	zt_write(t, "z.zone", before);
	open_with(t, &server, NOTE "exit 1");
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_OK);
	zt_write(t, "z.zone", HEAD("99") "; by hand\n");
	assert_int_equal(zt_sync_n(t, &edit, 1), DCVP_UNKNOWN);
	zt_expect(t, HEAD("99") "; by hand\n");
	expect_said(t,
		"the reload command failed: /bin/sh ended with status 1; the file stays, since it is no longer the one that was written",
		"help: run the command by hand and look at its output");
	server_stop(&server);
}

static void refused_by_servfail(void **state)
{
	struct zt *t = *state;
	struct server server;

	server_start(t, &server);
	zt_write(t, "z.zone", before);
	zt_write(t, "served", "7");
	open_with(t, &server,
		NOTE
		"if grep -q 'host 8' $1/z.zone; then echo broken; else echo 7; fi > $1/served");
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_OK);
	assert_int_equal(zt_sync_n(t, &edit, 1), DCVP_FAILED);
	assert_non_null(
		strstr(t->err.text, "z.zone: the server refused the changed zone: "));
	assert_non_null(strstr(t->err.text, "answers SERVFAIL for it since the reload"));
	assert_non_null(strstr(t->err.text, "; the former file is back"));
	zt_expect(t, before);
	expect_no_temp(t);
	assert_int_equal(count_calls(t), 2);
	server_stop(&server);
}

static void silence_keeps_it(void **state)
{
	struct zt *t = *state;
	struct server server;

	server_start(t, &server);
	zt_write(t, "z.zone", before);
	zt_write(t, "served", "7");
	open_with(t, &server, NOTE);
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_OK);
	assert_int_equal(zt_sync_n(t, &edit, 1), DCVP_UNKNOWN);
	zt_expect(t, after);
	expect_no_temp(t);
	assert_non_null(
		strstr(t->err.text, "z.zone: written, but not proved to be loaded: "));
	assert_string_equal(t->err.help,
		"help: look into the name server's log whether it has loaded the zone");
	server_stop(&server);
}

static void silence_of_nsd(void **state)
{
	struct zt *t = *state;
	static const char remark[] = "   (and look into the name server's log)";
	char help[160];
	struct server server;

	server_start(t, &server);
	zt_write(t, "served", "7");
	for (int i = 0; i < 2; i++) {
		open_with_nsd(t, &server, i == 0 ? NULL : "/n/nsd.conf", "#!/bin/sh\n");
		assert_int_equal(run_for(t, 1500), DCVP_UNKNOWN);
		assert_non_null(strstr(t->err.text, "not proved to be loaded"));
		(void)snprintf(help, sizeof help,
			"run: nsd-control %szonestatus example.test%s",
			i == 0 ? "" : "-c /n/nsd.conf ", remark);
		assert_string_equal(t->err.help, help);
	}
	server_stop(&server);
}

#define ADDRESS_HELP \
	"help: give the address at which this server answers: server: \"ADDR:PORT\" of zone example.test in the configuration"

/* What is at the address does not serve the zone: each says so in words of its own. */
static void another_server_is_told(void **state)
{
	static const struct {
		const char *served, *what;
	} cases[] = {{"refused", "answers REFUSED: it does not serve the zone"},
		{"lame", "answers without authority: it does not serve the zone"},
		{NULL, "is closed: nothing listens there"}};
	struct zt *t = *state;
	struct server server;
	char what[160];

	server_start(t, &server);
	open_with(t, &server, "exit 0");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (cases[i].served != NULL)
			zt_write(t, "served", cases[i].served);
		else
			server_stop(&server);
		assert_int_equal(run_for(t, 1500), DCVP_UNKNOWN);
		zt_expect(t, after);
		expect_no_temp(t);
		(void)snprintf(what, sizeof what,
			"written and reloaded, but 127.0.0.1 port %s %s",
			strchr(server.address, ':') + 1, cases[i].what);
		expect_said(t, what, ADDRESS_HELP);
	}
}

/* A run without proof takes the former file away: the next one has none to put back. */
static void former_file_is_gone(void **state)
{
	struct zt *t = *state;
	struct server server;

	server_start(t, &server);
	zt_write(t, "served", "7");
	open_with(t, &server, "exit 0");
	assert_int_equal(run_for(t, 1500), DCVP_UNKNOWN);
	open_with(t, &server, "exit 2");
	assert_int_equal(zt_recover_n(t, &edit, 1), DCVP_UNKNOWN);
	zt_expect(t, after);
	expect_said(t,
		"the reload command failed: /bin/sh ended with status 2; the change stays in the file, since the former one is gone",
		"help: run the command by hand and look at its output");
	server_stop(&server);
}

/* A server that had trouble before, too: no word of a refusal. */
static void servfail_before_and_after(void **state)
{
	struct zt *t = *state;
	struct server server;

	server_start(t, &server);
	zt_write(t, "served", "broken");
	open_with(t, &server, "exit 0");
	assert_int_equal(run_for(t, 1500), DCVP_UNKNOWN);
	zt_expect(t, after);
	assert_non_null(
		strstr(t->err.text, "z.zone: written, but not proved to be loaded: "));
	assert_non_null(strstr(t->err.text, "answers SERVFAIL for the zone"));
	server_stop(&server);
}

/* A server that signs by itself was at a higher serial before: it proves nothing. */
static void a_higher_serial_before_proves_nothing(void **state)
{
	struct zt *t = *state;
	struct server server;

	server_start(t, &server);
	zt_write(t, "z.zone", before);
	zt_write(t, "served", "50");
	open_with(t, &server, NOTE);
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_OK);
	assert_int_equal(zt_sync_n(t, &edit, 1), DCVP_UNKNOWN);
	server_stop(&server);
}

static void checker_refuses(void **state)
{
	struct zt *t = *state;
	const char *argv[] = {"/bin/sh", "-c",
		"grep -q TXT $2 && { echo no TXT here; exit 1; }", "check", "{zone}",
		"{file}"};
	const char *missing[] = {"/nonexistent/checker"};
	const struct dcvp_setting more[] = {{"checker", 6, argv}};
	const struct dcvp_setting none[] = {{"checker", 1, missing}};

	zt_write(t, "z.zone", before);
	zt_close(t);
	zt_open(t, more, 1);
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_FAILED);
	assert_non_null(strstr(t->err.text, "nothing changed"));
	assert_non_null(strstr(t->err.text, "no TXT here"));
	zt_expect(t, before);
	assert_int_equal(zt_count_files(t), 1);
	zt_close(t);
	zt_open(t, none, 1);
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_FAILED);
	assert_string_equal(t->err.text,
		"zone example.test: nothing changed: the checker cannot be started: /nonexistent/checker: No such file or directory");
	assert_string_equal(t->err.help,
		"help: correct `checker:` of zone example.test; a command is a list, one item per argument");
	zt_expect(t, before);
	assert_int_equal(zt_count_files(t), 1);
}

/* A new session, as after a crash. */
static void reopen(struct zt *t)
{
	zt_close(t);
	zt_open(t, NULL, 0);
}

static void recover_before_the_copy(void **state)
{
	struct zt *t = *state;

	zt_write(t, "z.zone", before);
	assert_int_equal(zt_recover_n(t, &edit, 1), DCVP_OK);
	assert_int_equal(t->results[0].outcome, DCVP_EDIT_FAILED);
	zt_expect(t, before);
}

/* The copy is there, whole or cut off at any octet; the exchange did not come. */
static void recover_before_the_exchange(void **state)
{
	struct zt *t = *state;

	for (size_t n = 0; n < sizeof after; n++) {
		zt_write(t, "z.zone", before);
		zt_write_n(t, TEMP, after, n);
		assert_int_equal(zt_recover_n(t, &edit, 1), DCVP_OK);
		assert_int_equal(t->results[0].outcome, DCVP_EDIT_FAILED);
		zt_expect(t, before);
		assert_int_equal(zt_count_files(t), 1);
	}
}

static void recover_after_the_exchange(void **state)
{
	struct zt *t = *state;

	zt_write(t, "z.zone", before);
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_OK);
	assert_int_equal(zt_count_files(t), 2);
	reopen(t);
	assert_int_equal(zt_recover_n(t, &edit, 1), DCVP_OK);
	assert_int_equal(t->results[0].outcome, DCVP_EDIT_DONE);
	zt_expect(t, after);
	assert_int_equal(zt_count_files(t), 1);
	/* And once more, with nothing left to do. */
	reopen(t);
	assert_int_equal(zt_recover_n(t, &edit, 1), DCVP_OK);
	assert_int_equal(t->results[0].outcome, DCVP_EDIT_DONE);
	zt_expect(t, after);
}

static void recover_tells_of_each_edit(void **state)
{
	struct zt *t = *state;
	const struct zt_edit edits[] = {edit,
		{"_y.example.test.", TXT, 300, {"\"b\""}, {0}},
		{"_z.example.test.", TXT, 300, {0}, {"\"c\""}},
		{"_x.example.test.", TXT, 60, {0}, {0}},
		{"_x.example.test.", TXT, 300, {0}, {0}}};

	zt_write(t, "z.zone", after);
	assert_int_equal(zt_recover_n(t, edits, 5), DCVP_OK);
	assert_int_equal(t->results[0].outcome, DCVP_EDIT_DONE);
	assert_int_equal(t->results[1].outcome, DCVP_EDIT_FAILED);
	assert_int_equal(t->results[2].outcome, DCVP_EDIT_DONE);
	assert_int_equal(t->results[3].outcome, DCVP_EDIT_FAILED);
	assert_int_equal(t->results[4].outcome, DCVP_EDIT_DONE);
}

static void recover_puts_back_what_is_refused(void **state)
{
	struct zt *t = *state;
	struct server server;

	server_start(t, &server);
	zt_write(t, "z.zone", before);
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_OK);
	open_with(t, &server, NOTE "exit 1");
	assert_int_equal(zt_recover_n(t, &edit, 1), DCVP_FAILED);
	assert_int_equal(t->results[0].outcome, DCVP_EDIT_FAILED);
	zt_expect(t, before);
	expect_no_temp(t);
	server_stop(&server);
}

/* Somebody wrote to the live file after the exchange: its stamp is no longer that of the
 * former file, so it is not exchanged for it. */
static void recover_leaves_what_is_not_ours(void **state)
{
	struct zt *t = *state;
	struct server server;
	struct stat st;
	char temp[128];

	server_start(t, &server);
	zt_write(t, "z.zone", before);
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_OK);
	zt_path(t, TEMP, temp, sizeof temp);
	assert_int_equal(stat(temp, &st), 0);
	/* Until the kernel's clock has moved on by more than the exchange can need. */
	for (struct timespec now = st.st_ctim;
		(now.tv_sec - st.st_ctim.tv_sec) * 1000000000 + now.tv_nsec -
			st.st_ctim.tv_nsec <
		80000000;)
		(void)clock_gettime(CLOCK_REALTIME_COARSE, &now);
	zt_write(t, "z.zone", HEAD("9") "_x 300 IN TXT \"a\"\nby.hand A 192.0.2.1\n");
	open_with(t, &server, NOTE "exit 1");
	assert_int_equal(zt_recover_n(t, &edit, 1), DCVP_UNKNOWN);
	zt_expect(t, HEAD("9") "_x 300 IN TXT \"a\"\nby.hand A 192.0.2.1\n");
	server_stop(&server);
}

static void recover_cannot_read(void **state)
{
	struct zt *t = *state;

	zt_write(t, "z.zone", before);
	zt_write(t, "z.zone.jnl", "x");
	assert_int_equal(zt_recover_n(t, &edit, 1), DCVP_UNKNOWN);
	assert_int_equal(t->results[0].outcome, DCVP_EDIT_UNKNOWN);
	assert_true(t->err.text[0] != '\0');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(proved_by_serial, zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(refused_by_command, zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(command_that_is_not_there, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(refused_by_nsd_control, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(silence_of_nsd, zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(another_server_is_told, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(former_file_is_gone, zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(servfail_before_and_after, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(refused_but_not_ours, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(refused_by_servfail, zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(silence_keeps_it, zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(a_higher_serial_before_proves_nothing,
			zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(checker_refuses, zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(recover_before_the_copy, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(recover_before_the_exchange, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(recover_after_the_exchange, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(recover_tells_of_each_edit, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(recover_puts_back_what_is_refused,
			zt_setup, zt_teardown),
		cmocka_unit_test_setup_teardown(recover_leaves_what_is_not_ours, zt_setup,
			zt_teardown),
		cmocka_unit_test_setup_teardown(recover_cannot_read, zt_setup, zt_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
