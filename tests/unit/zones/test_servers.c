/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The kinds of servers: what their control programs are told, and what these prove; zones into
 * which the server writes too; signers. The programs are scripts in the test's directory, which
 * note how they were called. */
#include <fcntl.h>

#include "zone_server.h"

#define TXT DCV_TYPE_TXT
#define HEAD(serial)                                                        \
	"$TTL 3600\n@ IN SOA ns1 host " serial " 7200 3600 1209600 300\n@ " \
	"IN NS ns1\n"
#define MARK ".z.zone.dcvctl-frozen"
#define SCRIPT "#!/bin/sh\nd=${0%/*}; echo \"${0##*/} $*\" >> $d/called\n"

static const struct zt_edit edit = {"_x.example.test.", TXT, 300, {"\"a\""}, {0}};
static const char before[] = HEAD("7"), after[] = HEAD("8") "_x 300 IN TXT \"a\"\n";

/* A program that notes its call and does what `body` says; $d is the directory. */
static void program(const struct zt *t, const char *name, const char *body)
{
	char text[1024], path[128];

	(void)snprintf(text, sizeof text, "%s%s\n", SCRIPT, body);
	zt_write(t, name, text);
	zt_path(t, name, path, sizeof path);
	assert_int_equal(chmod(path, 0700), 0);
}

/* What was called since the last look, a line each, with "DIR" for the directory. */
static const char *called(const struct zt *t, char *out, size_t cap)
{
	char path[128], raw[2048] = "";
	FILE *in;

	zt_path(t, "called", path, sizeof path);
	in = fopen(path, "r");
	if (in != NULL) {
		raw[fread(raw, 1, sizeof raw - 1, in)] = '\0';
		(void)fclose(in);
		(void)unlink(path);
	}
	out[0] = '\0';
	for (const char *at = raw; *at != '\0';) {
		bool dir = strncmp(at, t->dir, strlen(t->dir)) == 0;

		(void)snprintf(out + strlen(out), cap - strlen(out), "%.*s", dir ? 3 : 1,
			dir ? "DIR" : at);
		at += dir ? strlen(t->dir) : 1;
	}
	return out;
}

#define EXPECT_CALLED(t, want)                                               \
	do {                                                                 \
		char calls[2048];                                            \
		assert_string_equal(called((t), calls, sizeof calls), want); \
	} while (0)

static bool is_there(const struct zt *t, const char *name)
{
	char path[128];

	zt_path(t, name, path, sizeof path);
	return access(path, F_OK) == 0;
}

/* A session with a preset, whose programs are found in the test's directory first. */
static void open_by(struct zt *t, const char *by, const struct server *server,
	const char *const *more)
{
	const char *address = server->address;
	struct dcvp_setting settings[6] = {{"reload", 1, &by}, {"server", 1, &address}};
	size_t n = 2;
	char path[128];

	for (; more != NULL && more[0] != NULL; more += 2)
		settings[n++] = (struct dcvp_setting){more[0], 1, &more[1]};
	(void)snprintf(path, sizeof path, "%s:/usr/bin:/bin", t->dir);
	assert_int_equal(setenv("PATH", path, 1), 0);
	zt_close(t);
	zt_open(t, settings, n);
}

static enum dcvp_class run(struct zt *t)
{
	zt_write(t, "z.zone", before);
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_OK);
	return zt_sync_n(t, &edit, 1);
}

static int setup(void **state)
{
	struct server *server = calloc(1, sizeof *server);
	struct zt *t;

	assert_non_null(server);
	(void)zt_setup(state);
	t = *state;
	server_start(t, server);
	t->user = server;
	zt_write(t, "served", "7");
	return 0;
}

static int teardown(void **state)
{
	struct zt *t = *state;

	server_stop(t->user);
	free(t->user);
	return zt_teardown(state);
}

/* --- what each is told, and what its words prove */

static void bind_reloads(void **state)
{
	struct zt *t = *state;
	const char *more[] = {"reload_config", "/etc/r.conf", NULL};

	program(t, "rndc", "echo 8 > $d/served");
	program(t, "named-checkzone", "");
	open_by(t, "bind", t->user, more);
	assert_int_equal(run(t), DCVP_OK);
	zt_expect(t, after);
	EXPECT_CALLED(t,
		"named-checkzone -i none -k ignore -m ignore -M ignore -n ignore -r ignore -S ignore example.test DIR/.z.zone.dcvctl-t1\n"
		"rndc -c /etc/r.conf reload example.test\n");
}

static void checker_refuses(void **state)
{
	struct zt *t = *state;

	program(t, "rndc", "");
	program(t, "named-checkzone", "echo bad zone; exit 1");
	open_by(t, "bind", t->user, NULL);
	zt_write(t, "z.zone", before);
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_FAILED);
	zt_expect(t, before);
	assert_non_null(
		strstr(t->err.text, "named-checkzone refuses the new file: bad zone"));
}

/* BIND's command does not tell that a zone was not loaded; its checker does. */
static void own_checker_proves_refusal(void **state)
{
	struct zt *t = *state;
	const char *more[] = {"checker", "/bin/true", NULL};

	program(t, "rndc", "echo zone reload queued");
	program(t, "named-checkzone", "echo bad zone; exit 1");
	open_by(t, "bind", t->user, more);
	assert_int_equal(run(t), DCVP_FAILED);
	zt_expect(t, before);
	assert_non_null(strstr(t->err.text,
		"it does not serve it, and named-checkzone says: bad zone; the former file is back"));
	program(t, "named-checkzone", "");
	assert_int_equal(run(t), DCVP_UNKNOWN);
	zt_expect(t, after);
	assert_non_null(strstr(t->err.text, "does not serve it after 10 s"));
	assert_string_equal(t->err.help,
		"run: rndc zonestatus example.test   (and look into the name server's log)");
}

static void dynamic_zone_names_the_way_out(void **state)
{
	struct zt *t = *state;

	program(t, "rndc", "echo \"rndc: 'reload' failed: dynamic zone\"; exit 1");
	program(t, "named-checkzone", "");
	open_by(t, "bind", t->user, NULL);
	assert_int_equal(run(t), DCVP_FAILED);
	zt_expect(t, before);
	assert_non_null(strstr(t->err.help, "`journal: freeze` of zone example.test"));
}

/* Signed as it is served, a zone's serial moves by itself. */
static void signed_by_the_server(void **state)
{
	struct zt *t = *state;

	program(t, "rndc", "echo 8 signed > $d/served");
	program(t, "named-checkzone", "");
	zt_write(t, "served", "7 signed");
	open_by(t, "bind", t->user, NULL);
	assert_int_equal(run(t), DCVP_UNKNOWN);
	program(t, "rndc", "echo 8 signed a > $d/served");
	zt_write(t, "served", "7 signed");
	assert_int_equal(run(t), DCVP_OK);
}

static void knot_counts_by_itself(void **state)
{
	struct zt *t = *state;
	const char *socket[] = {"reload_config", "/n/knot.sock", NULL};
	const char *file[] = {"reload_config", t->file, NULL};

	program(t, "knotc", "echo 8 > $d/served");
	open_by(t, "knot", t->user, socket);
	assert_int_equal(run(t), DCVP_UNKNOWN);
	EXPECT_CALLED(t, "knotc -s /n/knot.sock -b zone-reload example.test\n");
	program(t, "knotc", "echo 5 a > $d/served");
	open_by(t, "knot", t->user, file);
	assert_int_equal(run(t), DCVP_OK);
	EXPECT_CALLED(t, "knotc -c DIR/z.zone -b zone-reload example.test\n");
}

static void knot_tells_refusals(void **state)
{
	struct zt *t = *state;

	program(t, "knotc",
		"case $* in *reload*) echo 'error: [example.test] (failed)'; exit 1;; esac");
	open_by(t, "knot", t->user, NULL);
	assert_int_equal(run(t), DCVP_FAILED);
	zt_expect(t, before);
	assert_string_equal(t->err.help,
		"run: knotc zone-status example.test   (and look into the name server's log)");
	program(t, "knotc", "exit 1");
	assert_int_equal(run(t), DCVP_FAILED);
	assert_string_equal(t->err.help,
		"run: knotc status   (is Knot running? another Knot: reload: {knot: SOCKET})");
}

static void pdns_tells_refusals(void **state)
{
	struct zt *t = *state;
	const char *dir[] = {"reload_config", t->dir, NULL};

	program(t, "pdns_control", "echo 'example.test: [rejected]\terror at line 5'");
	open_by(t, "pdns", t->user, dir);
	assert_int_equal(run(t), DCVP_FAILED);
	zt_expect(t, before);
	assert_non_null(
		strstr(t->err.text, "refused the changed zone: example.test: [rejected]"));
	EXPECT_CALLED(t,
		"pdns_control --socket-dir=DIR bind-reload-now example.test\n"
		"pdns_control --socket-dir=DIR bind-reload-now example.test\n");
	program(t, "pdns_control", "echo 8 > $d/served; echo parsed into memory");
	zt_write(t, "pdns.conf", "");
	assert_int_equal(run(t), DCVP_OK);
	zt_expect(t, after);
	EXPECT_CALLED(t, "pdns_control --config-dir=DIR bind-reload-now example.test\n");
}

/* --- a journal beside the file */

static void journal_of_a_signed_zone(void **state)
{
	struct zt *t = *state;
	static const char says[] =
		"printf 'inline signing: yes\\ndynamic: %s\\n' $(cat $d/dyn)";

	program(t, "rndc", says);
	program(t, "named-checkzone", "");
	zt_write(t, "dyn", "no");
	zt_write(t, "z.zone", before);
	zt_write(t, "z.zone.jnl", "x");
	open_by(t, "bind", t->user, NULL);
	assert_int_equal(zt_read(t, "_x.example.test."), DCVP_REFUSED);
	EXPECT_CALLED(t, "");
	zt_write(t, "z.zone.signed", "x");
	assert_int_equal(zt_read(t, "_x.example.test."), DCVP_OK);
	assert_int_equal(zt_read(t, "_x.example.test."), DCVP_OK);
	EXPECT_CALLED(t, "rndc zonestatus example.test\n");
	zt_write(t, "dyn", "yes");
	open_by(t, "bind", t->user, NULL);
	assert_int_equal(zt_read(t, "_x.example.test."), DCVP_REFUSED);
	assert_non_null(strstr(t->err.help, "`journal: freeze` of zone example.test"));
	zt_close(t);
	zt_open(t, NULL, 0);
	assert_int_equal(zt_read(t, "_x.example.test."), DCVP_REFUSED);
	assert_non_null(strstr(t->err.help, "inline-signing"));
}

/* --- frozen around an edit */

/* An rndc that keeps in the file `state` whether the zone is frozen. */
#define RNDC                                                                    \
	"s=$(cat $d/state 2>/dev/null)\n"                                       \
	"case $1 in freeze) echo yes > $d/state;; thaw) echo no > $d/state;;\n" \
	"reload) echo 8 > $d/served;;\n"                                        \
	"zonestatus) echo \"serial: $(cat $d/served)\"; echo \"frozen: $s\";; esac"

static const char *const freeze[] = {"journal", "freeze", NULL};

static void open_frozen(struct zt *t, const char *rndc)
{
	program(t, "rndc", rndc);
	program(t, "named-checkzone", "");
	open_by(t, "bind", t->user, freeze);
}

static void frozen_around_the_edit(void **state)
{
	struct zt *t = *state;

	open_frozen(t, RNDC);
	zt_write(t, "z.zone.jnl", "x");
	zt_write(t, "z.zone", before);
	assert_int_equal(zt_read(t, "_x.example.test."), DCVP_OK);
	assert_non_null(
		strstr(t->logged, "what the server has in its journal is not in it"));
	EXPECT_CALLED(t, "");
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_OK);
	assert_true(is_there(t, MARK));
	assert_int_equal(zt_sync_n(t, &edit, 1), DCVP_OK);
	assert_false(is_there(t, MARK));
	zt_expect(t, after);
	EXPECT_CALLED(t,
		"rndc zonestatus example.test\nrndc freeze example.test\nrndc zonestatus example.test\n"
		"named-checkzone -i none -k ignore -m ignore -M ignore -n ignore -r ignore -S ignore example.test DIR/.z.zone.dcvctl-t1\n"
		"rndc reload example.test\nrndc thaw example.test\nrndc zonestatus example.test\n");
	zt_close(t);
	EXPECT_CALLED(t, "");
}

/* The server writes the file after its command has returned. */
static void write_later(void *ctx, int64_t ms)
{
	struct zt *t = ctx;

	char from[128], to[128];

	t->mono_ms += ms;
	zt_write(t, "z.new", HEAD("7") "_dyn 60 IN TXT \"u\"\n");
	zt_path(t, "z.new", from, sizeof from);
	zt_path(t, "z.zone", to, sizeof to);
	assert_int_equal(rename(from, to), 0);
}

static void journal_comes_into_the_file_first(void **state)
{
	struct zt *t = *state;

	open_frozen(t, RNDC);
	zt_write(t, "z.zone", HEAD("6"));
	t->host.wait_ms = write_later;
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_OK);
	t->host.wait_ms = zt_wait;
	assert_int_equal(zt_sync_n(t, &edit, 1), DCVP_OK);
	zt_expect(t, HEAD("8") "_dyn 60 IN TXT \"u\"\n_x 300 IN TXT \"a\"\n");
}

static void journal_never_comes(void **state)
{
	struct zt *t = *state;

	open_frozen(t, RNDC);
	zt_write(t, "z.zone", HEAD("6"));
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_FAILED);
	assert_non_null(strstr(t->err.text, "its serial 7 does not come into the file"));
	zt_expect(t, HEAD("6"));
	assert_false(is_there(t, MARK));
	zt_close(t);
	EXPECT_CALLED(t,
		"rndc zonestatus example.test\nrndc freeze example.test\nrndc zonestatus example.test\n"
		"rndc thaw example.test\nrndc zonestatus example.test\n");
}

/* The file that was planned on is another one since the freeze: planned again, still frozen. */
static void conflict_stays_frozen(void **state)
{
	struct zt *t = *state;

	open_frozen(t, RNDC);
	zt_write(t, "z.zone", before);
	assert_int_equal(zt_apply_n(t, &edit, 1, "another"), DCVP_CONFLICT);
	assert_true(is_there(t, MARK));
	assert_int_equal(zt_read(t, "_x.example.test."), DCVP_OK);
	assert_int_equal(zt_apply_n(t, &edit, 1, t->zone.etag), DCVP_OK);
	assert_int_equal(zt_sync_n(t, &edit, 1), DCVP_OK);
	assert_false(is_there(t, MARK));
	EXPECT_CALLED(t,
		"rndc zonestatus example.test\nrndc freeze example.test\nrndc zonestatus example.test\n"
		"named-checkzone -i none -k ignore -m ignore -M ignore -n ignore -r ignore -S ignore example.test DIR/.z.zone.dcvctl-t1\n"
		"rndc reload example.test\nrndc thaw example.test\nrndc zonestatus example.test\n");
}

static void close_thaws(void **state)
{
	struct zt *t = *state;

	open_frozen(t, RNDC);
	zt_write(t, "z.zone", before);
	assert_int_equal(zt_apply_n(t, &edit, 1, "another"), DCVP_CONFLICT);
	zt_close(t);
	assert_false(is_there(t, MARK));
}

static void nothing_to_do_thaws(void **state)
{
	struct zt *t = *state;

	open_frozen(t, RNDC);
	zt_write(t, "z.zone", HEAD("7") "_x 300 IN TXT \"a\"\n");
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_OK);
	assert_int_equal(t->results[0].outcome, DCVP_EDIT_ALREADY);
	assert_int_equal(zt_sync_n(t, &edit, 1), DCVP_OK);
	assert_false(is_there(t, MARK));
}

static void frozen_by_others(void **state)
{
	struct zt *t = *state;

	open_frozen(t, RNDC);
	zt_write(t, "state", "yes");
	zt_write(t, "z.zone", before);
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_REFUSED);
	assert_string_equal(t->err.help,
		"run: rndc thaw example.test   (when nobody edits it)");
	zt_close(t);
	assert_false(is_there(t, MARK));
	EXPECT_CALLED(t, "rndc zonestatus example.test\n");
}

/* A run was killed after the freeze: the mark tells that it was ours. */
static void recover_thaws(void **state)
{
	struct zt *t = *state;

	open_frozen(t, RNDC);
	zt_write(t, "state", "yes");
	zt_write(t, MARK, "");
	zt_write(t, "z.zone", before);
	assert_int_equal(zt_recover_n(t, &edit, 1), DCVP_OK);
	assert_int_equal(t->results[0].outcome, DCVP_EDIT_FAILED);
	assert_false(is_there(t, MARK));
	EXPECT_CALLED(t,
		"rndc zonestatus example.test\nrndc thaw example.test\nrndc zonestatus example.test\n");
}

static void mark_of_a_killed_run_goes_on(void **state)
{
	struct zt *t = *state;

	open_frozen(t, RNDC);
	zt_write(t, "state", "yes");
	zt_write(t, MARK, "");
	zt_write(t, "z.zone", before);
	assert_int_equal(zt_read(t, "_x.example.test."), DCVP_OK);
	assert_non_null(strstr(t->logged, "still frozen by a run that was cut off"));
	zt_do(t, edit);
	zt_expect(t, after);
	assert_false(is_there(t, MARK));
}

static void thaw_that_fails_is_told(void **state)
{
	struct zt *t = *state;

	open_frozen(t, RNDC "\ncase $1 in thaw) echo oops; exit 1;; esac");
	zt_write(t, "z.zone", before);
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_OK);
	assert_int_equal(zt_sync_n(t, &edit, 1), DCVP_UNKNOWN);
	assert_non_null(strstr(t->err.text,
		"the zone is still frozen: rndc ended with status 1: oops"));
	assert_non_null(strstr(t->err.help, "run: rndc thaw example.test"));
	assert_true(is_there(t, MARK));
	zt_expect(t, after);
}

/* The thaw loads the file; where that fails the zone stays frozen. */
static void thaw_without_effect_is_told(void **state)
{
	struct zt *t = *state;

	open_frozen(t, RNDC "\ncase $1 in thaw) echo yes > $d/state;; esac");
	zt_write(t, "z.zone", before);
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_OK);
	assert_int_equal(zt_sync_n(t, &edit, 1), DCVP_UNKNOWN);
	assert_non_null(
		strstr(t->err.text, "still frozen: the server does not load its file"));
	assert_true(is_there(t, MARK));
}

static void not_a_dynamic_zone(void **state)
{
	struct zt *t = *state;

	open_frozen(t,
		RNDC
		"\ncase $1 in freeze) echo \"rndc: 'freeze' failed: not dynamic\"; exit 1;; esac");
	zt_write(t, "z.zone", before);
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_FAILED);
	assert_non_null(
		strstr(t->err.help, "take `journal: freeze` of zone example.test out"));
	assert_false(is_there(t, MARK));
	zt_expect(t, before);
}

static void knot_flushes(void **state)
{
	struct zt *t = *state;

	program(t, "knotc",
		"case $* in *zone-freeze*) echo x > $d/state;; *zone-thaw*) rm -f $d/state;;\n"
		"*zone-reload*) echo 8 a > $d/served;;\n"
		"*zone-status*) echo \"[example.test.] serial: 7$(test -e $d/state && echo ' | freeze: yes')\";; esac");
	open_by(t, "knot", t->user, freeze);
	assert_int_equal(run(t), DCVP_OK);
	EXPECT_CALLED(t,
		"knotc zone-status example.test\nknotc -b zone-freeze example.test\n"
		"knotc -b -f zone-flush example.test\nknotc zone-status example.test\n"
		"knotc -b zone-reload example.test\nknotc -b zone-thaw example.test\n"
		"knotc zone-status example.test\n");
	assert_false(is_there(t, MARK));
}

static void settings_together(void **state)
{
	struct zt *t = *state;
	const char *nsd = "nsd", *bind = "bind", *word = "freeze", *odd = "melt";
	const char *file = t->file, *zone = ZT_ZONE;
	struct dcvp_setting settings[] = {{"file", 1, &file}, {"zone", 1, &zone},
		{"reload", 1, &nsd}, {"journal", 1, &word}};
	struct dcvp_error err = {0};
	void *session = NULL;

	assert_int_equal(dcv_zones_provider.open(&t->host, settings, 4, &session, &err),
		DCVP_INVALID);
	assert_non_null(strstr(err.text, "reload: bind or knot"));
	settings[2].values = &bind;
	settings[3].values = &odd;
	err = (struct dcvp_error){0};
	assert_int_equal(dcv_zones_provider.open(&t->host, settings, 4, &session, &err),
		DCVP_INVALID);
	assert_non_null(strstr(err.text, "setting journal"));
}

/* --- signers */

static void open_signer(struct zt *t)
{
	const char *signer[] = {"sign", "{zone}", "{file}"};
	const struct dcvp_setting more[] = {{"signer", 3, signer}};
	char path[128];

	(void)snprintf(path, sizeof path, "%s:/usr/bin:/bin", t->dir);
	assert_int_equal(setenv("PATH", path, 1), 0);
	zt_close(t);
	zt_open(t, more, 1);
}

static void signer_runs_after_the_edit(void **state)
{
	struct zt *t = *state;
	char path[128], text[256];
	FILE *in;

	program(t, "sign", "cp $2 $2.served");
	open_signer(t);
	assert_int_equal(run(t), DCVP_OK);
	EXPECT_CALLED(t, "sign example.test DIR/z.zone\n");
	zt_path(t, "z.zone.served", path, sizeof path);
	in = fopen(path, "r");
	assert_non_null(in);
	text[fread(text, 1, sizeof text - 1, in)] = '\0';
	(void)fclose(in);
	assert_string_equal(text, after);
}

/* The former file comes back, and is signed. */
static void signer_that_fails(void **state)
{
	struct zt *t = *state;

	program(t, "sign", "if grep -q _x $2; then echo no key; exit 3; fi");
	open_signer(t);
	assert_int_equal(run(t), DCVP_FAILED);
	zt_expect(t, before);
	assert_non_null(strstr(t->err.text,
		"the signer failed: sign ended with status 3: no key; the former file is back"));
	EXPECT_CALLED(t, "sign example.test DIR/z.zone\nsign example.test DIR/z.zone\n");
	program(t, "sign", "exit 3");
	assert_int_equal(run(t), DCVP_FAILED);
	assert_non_null(strstr(t->err.text, "back, but the signer fails on it too"));
	zt_expect(t, before);
}

/* A signer that writes the zone's file: what it made is ours, and goes if it is refused. */
static void signer_in_place(void **state)
{
	struct zt *t = *state;
	static const char rrsig[] =
		"@ IN RRSIG SOA 13 2 3600 20270101000000 20260101000000 1 example.test. AAAA\n";
	char text[512], want[512];

	program(t, "sign", "sed 's/AAAA/BBBB/' $2 > $2.new && mv $2.new $2");
	(void)snprintf(text, sizeof text, "%s%s", before, rrsig);
	zt_write(t, "z.zone", text);
	assert_int_equal(zt_read(t, "_x.example.test."), DCVP_REFUSED);
	assert_non_null(strstr(t->err.text, "signed zone file"));
	open_signer(t);
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_OK);
	assert_int_equal(zt_sync_n(t, &edit, 1), DCVP_OK);
	(void)snprintf(want, sizeof want, "%s%.*sBBBB\n_x 300 IN TXT \"a\"\n", HEAD("8"),
		(int)(sizeof rrsig - 6), rrsig);
	zt_expect(t, want);
	zt_write(t, "z.zone", text);
	assert_int_equal(zt_apply_n(t, &edit, 1, NULL), DCVP_OK);
	program(t, "sign", "if grep -q _x $2; then echo '; torn' >> $2; exit 1; fi");
	assert_int_equal(zt_sync_n(t, &edit, 1), DCVP_FAILED);
	zt_expect(t, text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {TEST(bind_reloads), TEST(checker_refuses),
		TEST(own_checker_proves_refusal), TEST(dynamic_zone_names_the_way_out),
		TEST(signed_by_the_server), TEST(knot_counts_by_itself),
		TEST(knot_tells_refusals), TEST(pdns_tells_refusals),
		TEST(journal_of_a_signed_zone), TEST(frozen_around_the_edit),
		TEST(journal_comes_into_the_file_first), TEST(journal_never_comes),
		TEST(conflict_stays_frozen), TEST(close_thaws), TEST(nothing_to_do_thaws),
		TEST(frozen_by_others), TEST(recover_thaws),
		TEST(mark_of_a_killed_run_goes_on), TEST(thaw_that_fails_is_told),
		TEST(thaw_without_effect_is_told), TEST(not_a_dynamic_zone),
		TEST(knot_flushes), TEST(settings_together),
		TEST(signer_runs_after_the_edit), TEST(signer_that_fails),
		TEST(signer_in_place)};

	return cmocka_run_group_tests_name("zones/servers", tests, NULL, NULL);
}
