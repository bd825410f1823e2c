/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file tests the configuration: the file's keys, the flags, and what stands by default. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "config/config.h"
#include "config/read.h"

struct fixture {
	struct dcv_arena arena;
	struct dcv_diags diags;
	struct dcv_config config;
	struct dcv_buf text;
	enum dcv_err rc;
};

static char root[64];

static int make_root(void **state)
{
	char dir[64];

	(void)state;
	(void)snprintf(dir, sizeof dir, "/tmp/dcvctl-unit.XXXXXX");
	/* As getcwd() names it, should /tmp be a link. */
	return mkdtemp(dir) != NULL && chdir(dir) == 0 && getcwd(root, sizeof root) != NULL
		? 0
		: -1;
}

static int remove_root(void **state)
{
	(void)state;
	(void)unlink("c.yaml");
	(void)unlink("other.yaml");
	return chdir("/") == 0 ? rmdir(root) : -1;
}

static int set_environment(void **state)
{
	(void)state;
	return unsetenv("DCVCTL_CONFIG") + setenv("XDG_STATE_HOME", "/state", 1) +
		setenv("HOME", "/home/me", 1);
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void make(struct fixture *f, const struct dcv_config_flags *flags)
{
	*f = (struct fixture){.rc = DCV_OK};
	dcv_buf_init(&f->text, 64 * 1024);
	f->rc = dcv_config_make(flags, &f->arena, &f->config, &f->diags);
}

static void read_yaml(struct fixture *f, const char *text)
{
	const struct dcv_config_flags flags = {.config = "c.yaml"};

	put("c.yaml", text);
	make(f, &flags);
}

static void end(struct fixture *f)
{
	dcv_buf_clear(&f->text);
	dcv_diags_clear(&f->diags);
	dcv_arena_clear(&f->arena);
}

static const char *report(struct fixture *f)
{
	dcv_buf_adds(&f->text, "");
	for (size_t i = 0; i < f->diags.n; i++) {
		const struct dcv_diag *diag = &f->diags.items[i];

		if (diag->line > 0)
			dcv_buf_addf(&f->text, "%u:%u: ", diag->line, diag->column);
		dcv_buf_addf(&f->text, "%s\n", diag->text);
		if (diag->help[0] != '\0')
			dcv_buf_addf(&f->text, "  %s\n", diag->help);
	}
	return dcv_buf_text(&f->text);
}

static const struct dcv_config *good(struct fixture *f, const char *text)
{
	read_yaml(f, text);
	assert_string_equal(report(f), "");
	assert_int_equal(f->rc, DCV_OK);
	return &f->config;
}

static void bad(const char *text, const char *wanted)
{
	struct fixture f;

	read_yaml(&f, text);
	assert_string_equal(report(&f), wanted);
	assert_int_equal(f.rc, DCV_E_CONFIG);
	assert_null(f.config.ledger); /* untouched */
	end(&f);
}

static void bad_flags(const struct dcv_config_flags *flags, enum dcv_err rc,
	const char *wanted)
{
	struct fixture f;

	make(&f, flags);
	assert_string_equal(report(&f), wanted);
	assert_int_equal(f.rc, rc);
	end(&f);
}

static const char *in_root(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof path, "%s/%s", root, name);
	return path;
}

static const char *name_of(const struct dcv_name *name)
{
	static char text[DCV_NAME_TEXT_MAX];

	return dcv_name_text(name, text);
}

static void test_no_configuration(void **state)
{
	const struct dcv_config_flags flags = {0};
	struct fixture f;

	(void)state;
	make(&f, &flags);
	assert_int_equal(f.rc, DCV_OK);
	assert_null(f.config.file);
	assert_string_equal(f.config.ledger, "/state/dcvctl/ledger.db");
	assert_int_equal(f.config.zones->n_bindings, 0);
	assert_int_equal(f.config.n_nameservers, 0);
	assert_int_equal(f.config.deadline_s, 900);
	end(&f);
}

static void test_place_of_the_ledger(void **state)
{
	const struct dcv_config_flags none = {0}, given = {.ledger = "x/./l.db"};
	const struct dcv_config_flags sqlite = {.ledger = "sqlite:/l.db"};
	const struct dcv_config_flags other = {.ledger = "postgres://h/d"};
	struct fixture f;

	(void)state;
	assert_int_equal(setenv("XDG_STATE_HOME", "", 1), 0);
	make(&f, &none);
	assert_string_equal(f.config.ledger, "/home/me/.local/state/dcvctl/ledger.db");
	end(&f);
	/* a relative one is not to be used */
	assert_int_equal(setenv("XDG_STATE_HOME", "state", 1), 0);
	make(&f, &none);
	assert_string_equal(f.config.ledger, "/home/me/.local/state/dcvctl/ledger.db");
	end(&f);
	assert_int_equal(unsetenv("XDG_STATE_HOME") + unsetenv("HOME"), 0);
	bad_flags(&none, DCV_E_CONFIG,
		"ledger: no place for it: neither XDG_STATE_HOME nor HOME is set\n"
		"  say --ledger PATH, or set XDG_STATE_HOME\n");
	make(&f, &given);
	assert_string_equal(f.config.ledger, in_root("x/l.db"));
	end(&f);
	make(&f, &sqlite);
	assert_string_equal(f.config.ledger, "/l.db");
	end(&f);
	assert_string_equal(good(&f, "zones: []\n")->ledger, "/var/lib/dcvctl/ledger.db");
	end(&f);
	assert_string_equal(good(&f, "ledger: sqlite:/a//b.db\n")->ledger, "/a/b.db");
	end(&f);
	assert_string_equal(good(&f, "ledger: b.db\n")->ledger, in_root("b.db"));
	end(&f);
	bad("ledger: postgres://h/d\n",
		"1:9: ledger: \"postgres://h/d\": not supported by this version\n"
		"  write ledger: sqlite:/var/lib/dcvctl/ledger.db\n");
	bad_flags(&other, DCV_E_USAGE,
		"--ledger: only the path of a SQLite file is supported by this version\n"
		"  say --ledger PATH\n");
}

static void test_zones(void **state)
{
	struct fixture f;
	const struct dcv_config *config = good(&f,
		"zones:\n"
		"- {zone: Example.com, file: /etc/nsd/example.com.zone, reload: nsd,\n"
		"   server: \"[2001:db8::1]:5353\", allow: [_DNSauth, WWW.example.com.]}\n"
		"- zone: example.net.\n"
		"  file: \"./z/{zone}.{zone}\"\n"
		"  reload: {command: [reload-it, \"{zone}\"]}\n"
		"  checker: {command: [check-it, \"{zone}\"]}\n"
		"- {zone: example.org, file: ../o, reload: {nsd: nsd.conf}, "
		"checker: [c], allow: []}\n"
		"- {zone: sub.example.com, file: s}\n"
		"- {zone: a.example, file: a, reload: none}\n");
	const struct dcv_binding *b = config->zones->bindings;

	(void)state;
	assert_string_equal(config->file, "c.yaml");
	assert_int_equal(config->zones->n_bindings, 5);
	assert_string_equal(name_of(&b[0].zone), "example.com.");
	assert_string_equal(b[0].backends[0].file, "/etc/nsd/example.com.zone");
	assert_string_equal(b[0].backends[0].name, "file:/etc/nsd/example.com.zone");
	assert_int_equal(b[0].backends[0].reload, DCV_RELOAD_NSD);
	assert_null(b[0].backends[0].reload_config);
	assert_string_equal(b[0].backends[0].server, "[2001:db8::1]:5353");
	assert_true(b[0].has_allow);
	assert_int_equal(b[0].n_allow, 2);
	assert_string_equal(b[0].allow[0], "_dnsauth");
	assert_string_equal(b[0].allow[1], "www.example.com.");
	assert_int_equal(b[0].place.line, 2);
	assert_null(b[0].backends[0].checker_argv);
	assert_string_equal(b[1].backends[0].file, in_root("z/example.net.example.net"));
	assert_int_equal(b[1].backends[0].reload, DCV_RELOAD_COMMAND);
	assert_string_equal(b[1].backends[0].reload_argv[0], "reload-it");
	assert_string_equal(b[1].backends[0].reload_argv[1], "{zone}");
	assert_null(b[1].backends[0].reload_argv[2]);
	assert_string_equal(b[1].backends[0].checker_argv[0], "check-it");
	assert_null(b[1].backends[0].server);
	assert_false(b[1].has_allow);
	assert_int_equal(b[2].backends[0].reload, DCV_RELOAD_NSD);
	assert_string_equal(b[2].backends[0].reload_config, in_root("nsd.conf"));
	assert_string_equal(b[2].backends[0].file, in_root("../o"));
	assert_string_equal(b[2].backends[0].checker_argv[0], "c");
	assert_null(b[2].backends[0].checker_argv[1]);
	assert_true(b[2].has_allow);
	assert_int_equal(b[2].n_allow, 0);
	assert_int_equal(b[3].backends[0].reload, DCV_RELOAD_NONE);
	assert_int_equal(b[4].backends[0].reload, DCV_RELOAD_NONE);
	end(&f);
}

static void test_binding_is_the_longest(void **state)
{
	struct fixture f;
	const struct dcv_config *config = good(&f,
		"zones:\n"
		"- {zone: example.com, file: a}\n"
		"- {zone: b.example.com, file: b}\n"
		"- {zone: c.b.example.com, file: c}\n");
	static const struct {
		const char *name;
		int binding; /* -1: none */
	} rows[] = {
		{"example.com", 0},
		{"_dnsauth.example.com", 0},
		{"b.example.com", 1},
		{"x.y.B.example.com", 1},
		{"_x.c.b.example.com", 2},
		{"xb.example.com", 0},
		{"xexample.com", -1},
		{"com", -1},
		{".", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct dcv_name name = {.len = 0};

		assert_int_equal(dcv_name_from(rows[i].name, &name, NULL), DCV_OK);
		assert_ptr_equal(dcv_config_binding(config, &name),
			rows[i].binding < 0 ? NULL
					    : &config->zones->bindings[rows[i].binding]);
	}
	end(&f);
}

static void test_check(void **state)
{
	struct fixture f;
	const struct dcv_config *config = good(&f,
		"check:\n"
		"  nameservers: [192.0.2.1, \"192.0.2.2:5353\", \"[2001:db8::1]:5353\"]\n"
		"  deadline: 2m\n");
	char text[DCV_ADDR_TEXT_MAX];

	(void)state;
	assert_int_equal(config->deadline_s, 120);
	assert_int_equal(config->n_nameservers, 3);
	assert_string_equal(dcv_addr_text(&config->nameservers[0], text), "192.0.2.1");
	assert_string_equal(dcv_addr_text(&config->nameservers[1], text),
		"192.0.2.2:5353");
	assert_string_equal(dcv_addr_text(&config->nameservers[2], text),
		"[2001:db8::1]:5353");
	end(&f);
}

static void test_mistakes_of_a_zone(void **state)
{
	static const char help_command[] =
		"  write nsd, none, or {command: [PROGRAM, …, \"{zone}\"]}\n";
	static const struct {
		const char *item, *error;
	} rows[] = {
		{"{zone: a.b}",
			"2:3: file: missing\n  add file: with the path of its zone file\n"},
		{"{file: a}", "2:3: zone: missing\n  add zone: with its name\n"},
		{"a.b",
			"2:3: zones: an item must be a mapping\n"
			"  write - {zone: NAME, file: PATH, reload: nsd}\n"},
		{"{zone: a..b, file: a}",
			"2:10: zone: name \"a..b\": empty label\n  write the zone's name, for example example.com\n"},
		{"{zone: \"\", file: a}",
			"2:10: zone: empty\n  write one text, or leave the key out\n"},
		{"{zone: \".\", file: a}",
			"2:10: zone: the root zone cannot be bound\n  name a zone below it\n"},
		{"{zone: \"*\", file: a}",
			"2:10: zone: \"*\": not supported by this version\n"
			"  name each zone\n"},
		{"{zone: \"*.a\", file: a}",
			"2:10: zone: \"*.a\": not supported by this version\n"
			"  name each zone\n"},
		{"{zone: a.b, file: \"\"}",
			"2:21: file: empty\n  write one text, or leave the key out\n"},
		{"{zone: a.b, file: [x]}",
			"2:21: file: must be a text\n  write one text, or leave the key out\n"},
		{"{zone: a.b, file: a, relaod: nsd}",
			"2:24: relaod: unknown key\n  did you mean `reload`?\n"},
		{"{zone: a.b, file: a, reload: knot}",
			"2:32: reload: knot: not supported by this version\n"
			"  give the command: reload: {command: [PROGRAM, …, \"{zone}\"]}\n"},
		{"{zone: a.b, file: a, reload: {command: \"a b\"}}",
			"2:42: reload: must be a list, not empty\n"
			"  write nsd, none, {nsd: FILE}, or {command: [PROGRAM, …, "
			"\"{zone}\"]}\n"},
		{"{zone: a.b, file: a, reload: {command: []}}",
			"2:42: reload: must be a list, not empty\n"
			"  write nsd, none, {nsd: FILE}, or {command: [PROGRAM, …, "
			"\"{zone}\"]}\n"},
		{"{zone: a.b, file: a, reload: {command: [a, \"\"]}}",
			"2:46: reload: empty\n  write one text, or leave the key out\n"},
		{"{zone: a.b, file: a, reload: {nsd: a, command: [b]}}",
			"2:32: reload: not understood\n"
			"  write nsd, none, {nsd: FILE}, or {command: [PROGRAM, …, "
			"\"{zone}\"]}\n"},
		{"{zone: a.b, file: a, checker: named-checkzone}",
			"2:33: checker: must be a list, not empty\n"
			"  write {command: [PROGRAM, …, \"{zone}\"]}\n"},
		{"{zone: a.b, file: a, checker: {cmd: [a]}}",
			"2:33: checker: not understood\n"
			"  write {command: [PROGRAM, …, \"{zone}\"]}\n"},
		{"{zone: a.b, file: a, allow: _dnsauth}",
			"2:31: allow: must be a list\n"
			"  write first labels (_dnsauth) or whole names with a final dot "
			"(www.example.com.)\n"},
		{"{zone: a.b, file: a, allow: [a.b]}",
			"2:32: allow: \"a.b\" is neither a label nor a name with a final dot\n"
			"  write first labels (_dnsauth) or whole names with a final dot "
			"(www.example.com.)\n"},
		{"{zone: a.b, file: a, allow: [\"*\"]}",
			"2:32: allow: \"*\" is neither a label nor a name with a final dot\n"
			"  write first labels (_dnsauth) or whole names with a final dot "
			"(www.example.com.)\n"},
	};
	char text[256], wanted[256];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		(void)snprintf(text, sizeof text, "zones:\n- %s\n", rows[i].item);
		bad(text, rows[i].error);
	}
	(void)snprintf(wanted, sizeof wanted, "2:32: reload: \"rndc\": unknown\n%s",
		help_command);
	bad("zones:\n- {zone: a.b, file: a, reload: rndc}\n", wanted);
}

static void test_bad_server(void **state)
{
	struct fixture f;

	(void)state;
	read_yaml(&f, "zones:\n- {zone: a.b, file: a, server: ns1.example}\n");
	assert_int_equal(f.rc, DCV_E_CONFIG);
	assert_int_equal(f.diags.n, 1);
	assert_int_equal(f.diags.items[0].line, 2);
	assert_int_equal(f.diags.items[0].column, 32);
	assert_int_equal(strncmp(f.diags.items[0].text, "server: ", 8), 0);
	end(&f);
}

static void test_zone_twice(void **state)
{
	(void)state;
	bad("zones:\n"
	    "- {zone: a.b, file: x}\n"
	    "- {zone: c.b, file: x}\n"
	    "- {zone: A.b., file: y}\n",
		"4:10: zone: a.b. is bound twice: on line 2 and on line 4\n"
		"  keep one of them\n");
}

static void test_keys_that_come_later(void **state)
{
	static const char *const zone[] = {"account", "backends", "from", "into",
		"serial", "journal", "signer", "follow", "shadow", "comment"};
	static const char *const top[] = {"accounts", "include", "caa_issuers"};
	static const char *const check[] = {"via", "require", "families", "root_hints",
		"trust_anchor"};
	char text[256], wanted[256];
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof zone / sizeof zone[0]; i++) {
		(void)snprintf(text, sizeof text,
			"zones:\n- {zone: a.b, file: a, %s: x}\n", zone[i]);
		read_yaml(&f, text);
		(void)snprintf(wanted, sizeof wanted,
			"2:24: %s: not supported by this version\n", zone[i]);
		assert_int_equal(strncmp(report(&f), wanted, strlen(wanted)), 0);
		assert_int_equal(f.diags.n, 1);
		assert_int_equal(f.rc, DCV_E_CONFIG);
		end(&f);
	}
	for (size_t i = 0; i < sizeof top / sizeof top[0]; i++) {
		(void)snprintf(text, sizeof text, "%s: x\n", top[i]);
		read_yaml(&f, text);
		(void)snprintf(wanted, sizeof wanted,
			"1:1: %s: not supported by this version\n", top[i]);
		assert_int_equal(strncmp(report(&f), wanted, strlen(wanted)), 0);
		end(&f);
	}
	for (size_t i = 0; i < sizeof check / sizeof check[0]; i++) {
		(void)snprintf(text, sizeof text, "check: {%s: x}\n", check[i]);
		(void)snprintf(wanted, sizeof wanted,
			"1:9: %s: not supported by this version\n  leave it out\n",
			check[i]);
		bad(text, wanted);
	}
	bad("zones:\n- {zone: a.b, account: x}\n",
		"2:15: account: not supported by this version\n"
		"  bind the zone to its zone file: file: PATH\n");
	bad("check: {nameservers: delegation}\n",
		"1:22: nameservers: delegation: not supported by this version\n"
		"  leave it out, or give addresses\n");
}

static void test_other_mistakes(void **state)
{
	(void)state;
	bad("- a\n",
		"1:1: not a configuration: must be a mapping\n"
		"  its keys are ledger, zones and check\n");
	bad("zonse: []\n", "1:1: zonse: unknown key\n  did you mean `zones`?\n");
	bad("zones: {}\n",
		"1:8: zones: must be a list\n"
		"  begin each zone with `- ` on a line of its own\n");
	bad("check: []\n",
		"1:8: check: must be a mapping\n  write check: {deadline: 15m}\n");
	bad("check: {deadline: soon}\n",
		"1:19: deadline: \"soon\" is not a duration\n"
		"  write a number of seconds, or 90s, 15m, 24h, 7d\n");
	bad("check: {deadline: 0}\n",
		"1:19: deadline: must be from 1 s to 7 d\n  write deadline: 15m\n");
	bad("check: {deadline: 8d}\n",
		"1:19: deadline: must be from 1 s to 7 d\n  write deadline: 15m\n");
	bad("check: {nameservers: []}\n",
		"1:22: nameservers: must be a list, not empty\n"
		"  write addresses: nameservers: [192.0.2.1, \"[2001:db8::1]:5353\"]\n");
	bad("ledger: a\n---\nledger: b\n",
		"3:1: a second document: a configuration is one document\n"
		"  keep one document\n");
	bad("ledger: a\nledger: b\nzones: {}\n",
		"2:1: ledger: the key is given twice: on line 1 and on line 2\n"
		"  keep one of them\n"
		"3:8: zones: must be a list\n"
		"  begin each zone with `- ` on a line of its own\n");
}

static void test_where_the_file_is(void **state)
{
	const struct dcv_config_flags none = {0}, given = {.config = "c.yaml"};
	const struct dcv_config_flags missing = {.config = "not-there.yaml"};
	struct fixture f;

	(void)state;
	put("c.yaml", "ledger: one.db\n");
	put("other.yaml", "ledger: two.db\n");
	assert_int_equal(setenv("DCVCTL_CONFIG", in_root("other.yaml"), 1), 0);
	make(&f, &none);
	assert_string_equal(f.config.ledger, in_root("two.db"));
	end(&f);
	make(&f, &given);
	assert_string_equal(f.config.ledger, in_root("one.db"));
	end(&f);
	assert_int_equal(setenv("DCVCTL_CONFIG", "", 1), 0);
	make(&f, &none);
	assert_null(f.config.file);
	end(&f);
	make(&f, &missing);
	assert_int_equal(f.rc, DCV_E_CONFIG);
	assert_non_null(strstr(report(&f), "not-there.yaml"));
	end(&f);
	/* an empty file says nothing, which is allowed */
	assert_int_equal(good(&f, "# nothing yet\n")->zones->n_bindings, 0);
	end(&f);
}

static void test_zone_files_of_the_command_line(void **state)
{
	static const char *const zone_files[] = {"Example.com=db.example",
		"b.example=/b=c"};
	const struct dcv_config_flags flags = {.zone_files = zone_files,
		.n_zone_files = 2,
		.reload = "none"};
	struct dcv_config_flags with_file = flags;
	struct fixture f;

	(void)state;
	make(&f, &flags);
	assert_string_equal(report(&f), "");
	assert_int_equal(f.config.zones->n_bindings, 2);
	assert_string_equal(name_of(&f.config.zones->bindings[0].zone), "example.com.");
	assert_string_equal(f.config.zones->bindings[0].backends[0].file,
		in_root("db.example"));
	assert_int_equal(f.config.zones->bindings[0].backends[0].reload, DCV_RELOAD_NONE);
	assert_string_equal(f.config.zones->bindings[1].backends[0].file, "/b=c");
	end(&f);
	/* they win over the file's binding of that zone, and leave the others */
	put("c.yaml",
		"zones:\n"
		"- {zone: a.example, file: /a, reload: nsd}\n"
		"- {zone: example.com, file: /c, reload: none, allow: [_x]}\n");
	with_file.config = "c.yaml";
	with_file.reload = "nsd";
	make(&f, &with_file);
	assert_string_equal(report(&f), "");
	assert_int_equal(f.config.zones->n_bindings, 3);
	assert_string_equal(f.config.zones->bindings[0].backends[0].file, "/a");
	assert_string_equal(f.config.zones->bindings[1].backends[0].file,
		in_root("db.example"));
	assert_int_equal(f.config.zones->bindings[1].backends[0].reload, DCV_RELOAD_NSD);
	assert_false(f.config.zones->bindings[1].has_allow);
	assert_string_equal(f.config.zones->bindings[2].backends[0].file, "/b=c");
	end(&f);
}

static void bad_zone_file(const char *zone_file, const char *reload, const char *wanted)
{
	const char *const zone_files[] = {zone_file, "x.example=x"};
	const struct dcv_config_flags flags = {.zone_files = zone_files,
		.n_zone_files = 2,
		.reload = reload};

	bad_flags(&flags, DCV_E_USAGE, wanted);
}

static void test_mistakes_of_zone_files(void **state)
{
	const struct dcv_config_flags alone = {.reload = "nsd"};
	static const char form[] =
		"  say --zone-file example.com=/etc/nsd/zones/example.com.zone\n";
	static const char *const forms[] = {"example.com", "=x", "example.com="};
	char wanted[256];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(wanted, sizeof wanted,
			"--zone-file: \"%s\" is not ZONE=FILE\n%s", forms[i], form);
		bad_zone_file(forms[i], "none", wanted);
	}
	bad_zone_file("a..b=x", "none",
		"--zone-file: zone: name \"a..b\": empty label\n  write the zone's name, for example example.com\n");
	bad_zone_file("X.example=y", "none",
		"--zone-file: x.example=x: the zone is given twice\n  give each zone once\n");
	bad_zone_file("y.example=y", NULL,
		"--zone-file: how is the file to be loaded\n"
		"  say --reload none or --reload nsd\n");
	bad_zone_file("y.example=y", "bind",
		"--reload: \"bind\": unknown\n  say --reload none or --reload nsd\n");
	bad_flags(&alone, DCV_E_USAGE,
		"--reload: there is no --zone-file\n  say --zone-file ZONE=FILE too\n");
}

static void test_check_of_the_command_line(void **state)
{
	static const char *const addresses[] = {"192.0.2.7:5300"}, *const wrong[] = {"ns1"};
	const struct dcv_config_flags flags = {.config = "c.yaml",
		.nameservers = addresses,
		.n_nameservers = 1,
		.deadline_s = 5};
	const struct dcv_config_flags bad_one = {.nameservers = wrong, .n_nameservers = 1};
	char text[DCV_ADDR_TEXT_MAX];
	struct fixture f;

	(void)state;
	put("c.yaml", "check: {nameservers: [192.0.2.1, 192.0.2.2], deadline: 1h}\n");
	make(&f, &flags);
	assert_string_equal(report(&f), "");
	assert_int_equal(f.config.n_nameservers, 1);
	assert_string_equal(dcv_addr_text(&f.config.nameservers[0], text),
		"192.0.2.7:5300");
	assert_int_equal(f.config.deadline_s, 5);
	end(&f);
	make(&f, &bad_one);
	assert_int_equal(f.rc, DCV_E_USAGE);
	assert_int_equal(strncmp(report(&f), "--nameserver: ", 14), 0);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_no_configuration, set_environment),
		cmocka_unit_test_setup(test_place_of_the_ledger, set_environment),
		cmocka_unit_test_setup(test_zones, set_environment),
		cmocka_unit_test_setup(test_binding_is_the_longest, set_environment),
		cmocka_unit_test_setup(test_check, set_environment),
		cmocka_unit_test_setup(test_mistakes_of_a_zone, set_environment),
		cmocka_unit_test_setup(test_bad_server, set_environment),
		cmocka_unit_test_setup(test_zone_twice, set_environment),
		cmocka_unit_test_setup(test_keys_that_come_later, set_environment),
		cmocka_unit_test_setup(test_other_mistakes, set_environment),
		cmocka_unit_test_setup(test_where_the_file_is, set_environment),
		cmocka_unit_test_setup(test_zone_files_of_the_command_line,
			set_environment),
		cmocka_unit_test_setup(test_mistakes_of_zone_files, set_environment),
		cmocka_unit_test_setup(test_check_of_the_command_line, set_environment),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
