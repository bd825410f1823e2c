/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file tests the configuration: the file's keys, the flags, and what stands by default. */
#include "config_test.h"

static void test_no_configuration(void **state)
{
	const struct dcv_config_flags flags = {0};
	struct fixture f;

	(void)state;
	make(&f, &flags);
	assert_int_equal(f.rc, DCV_OK);
	assert_null(f.config.file);
	assert_string_equal(f.config.ledger, "/state/dcvctl/ledger.db");
	assert_int_equal(count_items(&f.config), 0);
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
	static const char *const names[] = {"example.com", "example.net", "example.org",
		"sub.example.com", "a.example"};
	struct dcv_binding b[5];

	(void)state;
	assert_string_equal(config->file, "c.yaml");
	assert_int_equal(count_items(config), 5);
	for (size_t i = 0; i < 5; i++)
		b[i] = *find(config, names[i]);
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
		const char *zone; /* NULL: none */
	} rows[] = {
		{"example.com", "example.com."},
		{"_dnsauth.example.com", "example.com."},
		{"b.example.com", "b.example.com."},
		{"x.y.B.example.com", "b.example.com."},
		{"_x.c.b.example.com", "c.b.example.com."},
		{"xb.example.com", "example.com."},
		{"xexample.com", NULL},
		{"com", NULL},
		{".", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct dcv_binding *binding = find(config, rows[i].name);

		assert_int_equal(binding != NULL, rows[i].zone != NULL);
		if (binding != NULL)
			assert_string_equal(name_of(&binding->zone), rows[i].zone);
		/* the same zone is the same pointer */
		assert_ptr_equal(find(config, rows[i].name), binding);
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

#define HELP_RELOAD                                                                      \
	"  write bind, nsd, knot, pdns, none, {nsd: FILE}, or {command: [PROGRAM, …, " \
	"\"{zone}\"]}\n"

static void test_mistakes_of_a_zone(void **state)
{
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
			"2:21: file: the same for every zone\n"
			"  write {zone} where the zone's name stands in the path\n"},
		{"{zone: \"*\", file: \"{zone}\", into: /a}",
			"2:37: into: the same for every zone\n"
			"  write {zone} where the zone's name stands in the path\n"},
		{"{zone: 0/25.2.0.192.in-addr.arpa, file: \"a/{zone}\"}",
			"2:43: file: {zone}: the zone's name holds a slash\n"
			"  write the path out\n"},
		{"{zone: \"*.a\", file: a}",
			"2:10: zone: \"*.a\": a zone's name holds no \"*\"\n"
			"  in a configuration \"*\" alone stands for every zone whose file exists\n"},
		{"{zone: a.b, file: \"\"}",
			"2:21: file: empty\n  write one text, or leave the key out\n"},
		{"{zone: a.b, file: [x]}",
			"2:21: file: must be a text\n  write one text, or leave the key out\n"},
		{"{zone: a.b, file: a, relaod: nsd}",
			"2:24: relaod: unknown key\n  did you mean `reload`?\n"},
		{"{zone: a.b, file: a, reload: rndc}",
			"2:32: reload: \"rndc\": unknown\n" HELP_RELOAD},
		{"{zone: a.b, file: a, reload: {none: x}}",
			"2:32: reload: not understood\n" HELP_RELOAD},
		{"{zone: a.b, file: a, reload: {command: \"a b\"}}",
			"2:42: reload: must be a list, not empty\n" HELP_RELOAD},
		{"{zone: a.b, file: a, reload: {command: []}}",
			"2:42: reload: must be a list, not empty\n" HELP_RELOAD},
		{"{zone: a.b, file: a, reload: {command: [a, \"\"]}}",
			"2:46: reload: empty\n  write one text, or leave the key out\n"},
		{"{zone: a.b, file: a, reload: {nsd: a, command: [b]}}",
			"2:32: reload: not understood\n" HELP_RELOAD},
		{"{zone: a.b, file: a, account: x}",
			"2:24: account: file: says already where the zone is\n"
			"  keep one of them; several backends: backends: [ACCOUNT, ACCOUNT]\n"},
		{"{zone: a.b, account: manual, reload: nsd}",
			"2:32: reload: belongs to a zone file, not to a zone of an account\n"
			"  write it into the account\n"},
		{"{zone: a.b, backends: []}",
			"2:25: backends: must be a list, not empty\n"
			"  write backends: [ACCOUNT, ACCOUNT]\n"},
		{"{zone: a.b, account: x}",
			"2:24: account: x: there is no such account\n"
			"  add it under accounts:, or write account: manual\n"},
		{"{zone: \"*\", account: manual}",
			"2:24: account: manual: zone: \"*\" is every zone that exists, and a "
			"manual account cannot say which do\n  name each zone\n"},
		{"{zone: a.b, backends: [manual, manual]}",
			"2:34: backends: manual is there twice\n  keep one of them\n"},
		{"{zone: a.b, from: pdns}",
			"2:21: from: pdns: not supported by this version\n"
			"  name each zone with its file\n"},
		{"{from: {bind: a, nsd: b}}",
			"2:10: from: not understood\n"
			"  write bind, nsd, knot, or {nsd: FILE}\n"},
		{"{zone: a.b, file: a, journal: thaw}",
			"2:33: journal: \"thaw\": unknown\n"
			"  write freeze, or leave the key out: a zone with a journal is then "
			"refused\n"},
		{"{zone: a.b, file: a, serial: keep}",
			"2:32: serial: \"keep\": unknown\n  write ours, or external where "
			"something else counts the serial up\n"},
		{"{zone: a.b, file: a, follow: maybe}",
			"2:32: follow: \"maybe\": unknown\n  write yes or no\n"},
		{"{zone: a.b, file: a, shadow: [copy]}",
			"2:32: shadow: not understood\n  write refuse, copy or accept\n"},
		{"{zone: a.b, file: a, checker: named-checkzone}",
			"2:33: checker: must be a list, not empty\n"
			"  write {command: [PROGRAM, …, \"{zone}\", \"{file}\"]}\n"},
		{"{zone: a.b, file: a, checker: {cmd: [a]}}",
			"2:33: checker: not understood\n"
			"  write {command: [PROGRAM, …, \"{zone}\", \"{file}\"]}\n"},
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
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		(void)snprintf(text, sizeof text, "zones:\n- %s\n", rows[i].item);
		bad(text, rows[i].error);
	}
}

static void test_zone_in_u_labels(void **state)
{
	struct fixture f;
	const struct dcv_config *config = good(&f,
		"zones: [{zone: B\u00fccher.example, file: \"{zone}\"}]\n");
	const struct dcv_binding *zone = find(config, "_x.xn--bcher-kva.example");

	(void)state;
	assert_non_null(zone);
	assert_string_equal(zone->backends[0].file, in_root("xn--bcher-kva.example"));
	end(&f);
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

/* What only a provider can judge is kept as it was written. */
static void test_keys_of_accounts(void **state)
{
	struct fixture f;
	const struct dcv_config *config = good(&f,
		"accounts:\n  a: {region: r1, provider: dns, servers: [x, y],\n"
		"      key: {file: k}, run: {command: [p, q]}, none: ,\n"
		"      more: [{env: e}, {file: f}]}\n"
		"zones: [{zone: example.com, account: a}]\n");
	const struct dcv_backend_config *at = find(config, "example.com")->backends;
	const struct dcv_setting *keys = at->settings;

	(void)state;
	assert_string_equal(at->provider, "dns");
	assert_string_equal(at->name, "a");
	assert_string_equal(at->directory, root);
	assert_int_equal(at->provider_place.line, 2);
	assert_int_equal(at->n_settings, 7);
	assert_string_equal(keys[0].key, "region");
	assert_int_equal(keys[0].kind, DCV_SETTING_TEXT);
	assert_string_equal(keys[0].values[0], "r1");
	assert_int_equal(keys[0].place.column, 7);
	assert_int_equal(keys[0].places[0].column, 15);
	assert_int_equal(keys[1].kind, DCV_SETTING_LIST);
	assert_int_equal(keys[1].n, 2);
	assert_string_equal(keys[1].values[1], "y");
	assert_null(keys[1].values[2]);
	assert_int_equal(keys[2].kind, DCV_SETTING_SOURCE);
	assert_string_equal(keys[2].source, "file");
	assert_string_equal(keys[2].values[0], "k");
	assert_int_equal(keys[2].place.line, 3);
	assert_string_equal(keys[3].source, "command");
	assert_string_equal(keys[3].values[1], "q");
	assert_string_equal(keys[4].values[0], "");
	assert_string_equal(keys[5].source, "env");
	assert_string_equal(keys[6].key, "more");
	assert_string_equal(keys[6].source, "file");
	assert_string_equal(keys[6].values[0], "f");
	assert_ptr_equal(dcv_config_account_named(config, "a"),
		dcv_config_account(config, 0));
	assert_null(dcv_config_account(config, 1));
	end(&f);
}

static void test_mistakes_of_accounts(void **state)
{
	static const char help[] =
		"  write a provider's name, as dcvctl provider list shows them\n";
	static const char forms[] =
		"  write {file: PATH}, {env: NAME} or {command: [PROGRAM, ARGUMENT]}\n";
	char wanted[256];

	(void)state;
	(void)snprintf(wanted, sizeof wanted, "1:15: provider: missing\n%s", help);
	bad("accounts: {a: {file: x}}\n", wanted);
	(void)snprintf(wanted, sizeof wanted,
		"1:26: provider: \"Dns/x\": not a provider's name\n%s", help);
	bad("accounts: {a: {provider: Dns/x}}\n", wanted);
	(void)snprintf(wanted, sizeof wanted, "1:34: k: not understood\n%s", forms);
	bad("accounts: {a: {provider: dns, k: {vault: x}}}\n", wanted);
	(void)snprintf(wanted, sizeof wanted, "1:44: k: command: not understood\n%s",
		forms);
	bad("accounts: {a: {provider: dns, k: {command: x}}}\n", wanted);
	bad("accounts: {a: {provider: dns, k: [[x]]}}\n",
		"1:35: k: an item of the list must be a text\n  write texts: [TEXT, TEXT]\n");
	(void)snprintf(wanted, sizeof wanted, "1:46: k: not understood\n%s", forms);
	bad("accounts: {a: {provider: dns, k: [{file: x}, y]}}\n", wanted);
	bad("accounts: {a: {provider: zonefile}}\n",
		"1:15: file: missing\n  add file: with the path, in which {zone} stands for the "
		"zone's name\n");
	bad("accounts: {a: {provider: manual, file: x}}\n",
		"1:34: file: unknown key\n  the keys here are provider\n");
	bad("accounts: {a: {provider: zonefile, file: x, zone: b}}\n",
		"1:45: zone: unknown key\n  the keys here are provider, file, reload, server, checker, "
		"signer, journal, into, serial, comment\n");
	bad("accounts: {\"file:x\": {provider: manual}}\n",
		"1:12: accounts: \"file:x\": not a name for an account\n"
		"  write letters, digits, `.`, `_` and `-`\n");
	bad("accounts: {manual: {provider: zonefile, file: x}}\n",
		"1:12: accounts: manual: the name stands for provider: manual\n"
		"  give it another name\n");
	bad("accounts: [a]\n",
		"1:11: accounts: must be a mapping\n"
		"  write accounts: {NAME: {provider: zonefile, …}}\n");
	bad("accounts: {outer: {provider: zonefile, file: x}}\n"
	    "zones: [{zone: \"*\", account: outer}, {zone: b, account: oter}]\n",
		"2:30: account: outer: its file is the same for every zone\n"
		"  write {zone} into the account's file:, or name the zone\n"
		"2:57: account: oter: there is no such account\n"
		"  did you mean `outer`?\n");
}

#define FAMILIES                                                                          \
	"1:19: families: not understood\n"                                                \
	"  write families: [4], [6] or [4, 6], or leave the key out: a family without a " \
	"route is not counted against a server that answers in the other\n"

static void test_values_without_effect(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{"require: 2",
			"1:18: require: 2: not supported by this version\n"
			"  write require: all, or leave the key out\n"},
		{"families: []", FAMILIES},
		{"families: [5]", FAMILIES},
		{"families: [4, 4]", FAMILIES},
	};
	char text[256];
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		(void)snprintf(text, sizeof text, "check: {%s}\n", rows[i].text);
		bad(text, rows[i].error);
	}
	/* those that are what happens anyway */
	assert_int_equal(
		good(&f,
			"check: {nameservers: delegation, via: direct, require: all, "
			"families: [6, 4], root_hints: system, trust_anchor: system}\n")
			->n_nameservers,
		0);
	assert_setting(&f.config, "check.families", "4 6", "c.yaml:1");
	assert_null(f.config.root_hints);
	assert_null(f.config.trust_anchor);
	assert_false(f.config.no_ipv4 || f.config.no_ipv6);
	end(&f);
}

static void test_via_is_told_whom_to_ask(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{"via: tls",
			"1:14: via: \"tls\": unknown\n"
			"  write via: direct (the default), or dot or doh with resolvers: to "
			"ask\n"},
		{"via: dot",
			"1:14: via: dot: resolvers: is missing: whom to ask\n"
			"  write resolvers: [192.0.2.53#dns.example]\n"},
		{"via: doh",
			"1:14: via: doh: resolvers: is missing: whom to ask\n"
			"  write resolvers: [https://dns.example/dns-query]\n"},
		{"resolvers: [\"192.0.2.53#dns.example\"]",
			"1:20: resolvers: nobody is asked through them\n"
			"  write via: dot or via: doh too\n"},
		{"via: dot, resolvers: [192.0.2.53]",
			"1:31: resolvers: \"192.0.2.53\": the name to verify is missing\n"
			"  write ADDRESS#NAME, where NAME is in the resolver's certificate: "
			"192.0.2.53#dns.example or 192.0.2.53@8853#dns.example\n"},
		{"via: dot, resolvers: [192.0.2.53#a.b], nameservers: [192.0.2.1]",
			"1:61: nameservers: nobody is asked there with via: dot\n"
			"  leave one of the two out\n"},
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		(void)snprintf(text, sizeof text, "check: {%s}\n", rows[i].text);
		bad(text, rows[i].error);
	}
}

static void test_via(void **state)
{
	static const char *const addresses[] = {"192.0.2.9"};
	const struct dcv_config_flags flags = {.config = "c.yaml",
		.nameservers = addresses,
		.n_nameservers = 1};
	struct fixture f;
	const struct dcv_config *config = good(&f,
		"check: {via: doh, resolvers: [\"https://dns.example/q\", "
		"\"https://[2001:db8::53]:8443/q\"], tls_bundle: ca.pem}\n");

	(void)state;
	assert_int_equal(config->via, DCV_VIA_DOH);
	assert_int_equal(config->n_resolvers, 2);
	assert_string_equal(config->resolvers[0].name, "dns.example");
	assert_int_equal(config->resolvers[1].port, 8443);
	assert_setting(config, "check.resolvers",
		"https://dns.example/q https://[2001:db8::53]:8443/q", "c.yaml:1");
	assert_setting(config, "check.tls_bundle", in_root("ca.pem"), "c.yaml:1");
	assert_string_equal(config->tls_bundle, in_root("ca.pem"));
	end(&f);
	/* Who is named on the command line is asked. */
	make(&f, &flags);
	assert_string_equal(report(&f), "");
	assert_int_equal(f.config.via, DCV_VIA_DIRECT);
	assert_setting(&f.config, "check.via", "direct", "--nameserver");
	end(&f);
}

static void test_check_files(void **state)
{
	struct fixture f;
	const struct dcv_config *config = good(&f,
		"check: {families: [6], root_hints: lab/root.hints, "
		"trust_anchor: /lab/root.key}\n");

	(void)state;
	assert_true(config->no_ipv4);
	assert_false(config->no_ipv6);
	assert_true(config->root_hints[0] == '/');
	assert_non_null(strstr(config->root_hints, "/lab/root.hints"));
	assert_string_equal(config->trust_anchor, "/lab/root.key");
	assert_setting(&f.config, "check.families", "6", "c.yaml:1");
	assert_setting(&f.config, "check.trust_anchor", "/lab/root.key", "c.yaml:1");
	end(&f);
}

static void test_issuers(void **state)
{
	struct fixture f;
	const struct dcv_config *config = good(&f,
		"caa_issuers: [DigiCert.com, letsencrypt.org.]\n");

	(void)state;
	assert_int_equal(config->n_caa_issuers, 2);
	assert_string_equal(config->caa_issuers[0], "digicert.com");
	assert_string_equal(config->caa_issuers[1], "letsencrypt.org");
	end(&f);
	/* none may be added: not the same as a key that is left out */
	config = good(&f, "caa_issuers: []\n");
	assert_int_equal(config->n_caa_issuers, 0);
	assert_non_null(config->caa_issuers);
	end(&f);
	assert_null(good(&f, "zones: []\n")->caa_issuers);
	end(&f);
	bad("caa_issuers: digicert.com\n",
		"1:14: caa_issuers: must be a list\n"
		"  write caa_issuers: [digicert.com, letsencrypt.org]\n");
	bad("caa_issuers: [\"digicert.com; account=1\"]\n",
		"1:15: caa_issuers: \"digicert.com; account=1\": not the name of a CA\n"
		"  write the CA's name as in a CAA record, for example digicert.com\n");
}

static void test_backend_keys(void **state)
{
	struct fixture f;
	const struct dcv_config *config = good(&f,
		"accounts:\n"
		"  inner: {provider: zonefile, file: \"in/{zone}\", reload: {bind: rndc.conf},\n"
		"          into: \"{zone}.inc\", journal: freeze}\n"
		"  outer: {provider: zonefile, file: out, serial: external, comment: yes,\n"
		"          signer: {command: [sign, \"{file}\"]}, reload: knot}\n"
		"zones:\n"
		"- {zone: a.example, backends: [inner, outer, manual], follow: yes, shadow: copy}\n"
		"- {zone: b.example, file: /z/b, into: dcv.inc, reload: pdns}\n"
		"- {zone: c.example, account: manual, follow: no, shadow: refuse}\n");
	const struct dcv_binding *a = find(config, "_x.a.example");
	const struct dcv_binding *b = find(config, "b.example"), *c;

	(void)state;
	assert_int_equal(a->n_backends, 3);
	assert_true(a->follow);
	assert_int_equal(a->shadow, DCV_SHADOW_COPY);
	assert_string_equal(a->backends[0].name, "inner");
	assert_string_equal(a->backends[0].account, "inner");
	assert_string_equal(a->backends[0].provider, "zonefile");
	assert_string_equal(a->backends[0].file, in_root("in/a.example"));
	assert_string_equal(a->backends[0].into, in_root("in/a.example.inc"));
	assert_int_equal(a->backends[0].reload, DCV_RELOAD_BIND);
	assert_string_equal(a->backends[0].reload_config, in_root("rndc.conf"));
	assert_true(a->backends[0].freeze);
	assert_int_equal(a->backends[0].place.line, 2);
	assert_string_equal(a->backends[1].file, in_root("out"));
	assert_true(a->backends[1].serial_external);
	assert_true(a->backends[1].comment);
	assert_string_equal(a->backends[1].signer_argv[0], "sign");
	assert_int_equal(a->backends[1].reload, DCV_RELOAD_KNOT);
	assert_string_equal(a->backends[2].name, "manual");
	assert_string_equal(a->backends[2].provider, "manual");
	assert_null(a->backends[2].file);
	/* the file that includes it is where a relative one begins */
	assert_string_equal(b->backends[0].into, "/z/dcv.inc");
	assert_int_equal(b->backends[0].reload, DCV_RELOAD_PDNS);
	assert_null(b->backends[0].account);
	assert_false(b->backends[0].freeze || b->backends[0].comment ||
		b->backends[0].serial_external || b->follow);
	c = find(config, "c.example");
	assert_string_equal(c->backends[0].account, "manual");
	assert_false(c->follow);
	assert_int_equal(c->shadow, DCV_SHADOW_REFUSE);
	end(&f);
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
		"1:19: deadline: must be from 1 s to 7 d\n  write a time such as 15m\n");
	bad("check: {deadline: 8d}\n",
		"1:19: deadline: must be from 1 s to 7 d\n  write a time such as 15m\n");
	bad("check: {nameservers: []}\n",
		"1:22: nameservers: must be a list, not empty\n"
		"  write addresses: nameservers: [192.0.2.1, \"[2001:db8::1]:5353\"], or "
		"delegation\n");
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
	const struct dcv_config_flags without = {.config = "none"};
	struct fixture f;

	(void)state;
	put("c.yaml", "ledger: one.db\n");
	put("other.yaml", "ledger: two.db\n");
	assert_int_equal(setenv("DCVCTL_CONFIG", in_root("other.yaml"), 1), 0);
	make(&f, &none);
	assert_string_equal(f.config.ledger, in_root("two.db"));
	assert_setting(&f.config, "config", in_root("other.yaml"), "DCVCTL_CONFIG");
	end(&f);
	make(&f, &given);
	assert_string_equal(f.config.ledger, in_root("one.db"));
	assert_setting(&f.config, "config", "c.yaml", "--config");
	end(&f);
	make(&f, &without);
	assert_null(f.config.file);
	assert_setting(&f.config, "config", "none", "--config");
	end(&f);
	make(&f, &missing);
	assert_int_equal(f.rc, DCV_E_CONFIG);
	assert_non_null(strstr(report(&f), "not-there.yaml"));
	end(&f);
	/* an empty file says nothing, which is allowed */
	assert_int_equal(count_items(good(&f, "# nothing yet\n")), 0);
	end(&f);
}

static void test_the_users_own_file(void **state)
{
	const struct dcv_config_flags none = {0};
	struct fixture f;

	(void)state;
	assert_int_equal(mkdir("xdg", 0700) + mkdir("xdg/dcvctl", 0700) +
			mkdir(".config", 0700) + mkdir(".config/dcvctl", 0700),
		0);
	put("xdg/dcvctl/dcvctl.yaml", "ledger: xdg.db\n");
	put(".config/dcvctl/dcvctl.yaml", "ledger: home.db\n");
	assert_int_equal(unsetenv("DCVCTL_CONFIG") + setenv("HOME", root, 1) +
			setenv("XDG_CONFIG_HOME", in_root("xdg"), 1),
		0);
	make(&f, &none);
	assert_string_equal(f.config.ledger, in_root("xdg/dcvctl/xdg.db"));
	assert_setting(&f.config, "config", in_root("xdg/dcvctl/dcvctl.yaml"), "found");
	end(&f);
	assert_int_equal(setenv("XDG_CONFIG_HOME", "xdg", 1), 0); /* relative: not used */
	make(&f, &none);
	assert_string_equal(f.config.ledger, in_root(".config/dcvctl/home.db"));
	end(&f);
	/* one that is there and wrong is an error all the same */
	put(".config/dcvctl/dcvctl.yaml", "ledgre: home.db\n");
	make(&f, &none);
	assert_int_equal(f.rc, DCV_E_CONFIG);
	end(&f);
	assert_int_equal(setenv("DCVCTL_CONFIG", "none", 1), 0);
	make(&f, &none);
	assert_int_equal(f.rc, DCV_OK);
	assert_null(f.config.file);
	end(&f);
}

static void test_environment_between_file_and_flags(void **state)
{
	static const char *const addresses[] = {"192.0.2.9"};
	const struct dcv_config_flags file = {.config = "c.yaml"};
	const struct dcv_config_flags flags = {.config = "c.yaml",
		.ledger = "flag.db",
		.nameservers = addresses,
		.n_nameservers = 1,
		.deadline_s = 3600,
		.has_lock_timeout = true};
	struct fixture f;

	(void)state;
	put("c.yaml",
		"\nledger: file.db\ncheck: {nameservers: [192.0.2.1], deadline: 90s}\n");
	make(&f, &file);
	assert_setting(&f.config, "ledger", in_root("file.db"), "c.yaml:2");
	assert_setting(&f.config, "check.nameservers", "192.0.2.1", "c.yaml:3");
	assert_setting(&f.config, "check.deadline", "90s", "c.yaml:3");
	assert_setting(&f.config, "lock-timeout", "30s", "default");
	assert_setting(&f.config, "check.via", "direct", "default");
	assert_int_equal(f.config.lock_timeout_s, 30);
	end(&f);
	assert_int_equal(setenv("DCVCTL_LEDGER", "env.db", 1) +
			setenv("DCVCTL_NAMESERVER", "192.0.2.2, [2001:db8::1]:53", 1) +
			setenv("DCVCTL_DEADLINE", "2m", 1) +
			setenv("DCVCTL_LOCK_TIMEOUT", "5", 1),
		0);
	make(&f, &file);
	assert_string_equal(report(&f), "");
	assert_setting(&f.config, "ledger", in_root("env.db"), "DCVCTL_LEDGER");
	assert_setting(&f.config, "check.nameservers", "192.0.2.2 [2001:db8::1]:53",
		"DCVCTL_NAMESERVER");
	assert_int_equal(f.config.n_nameservers, 2);
	assert_setting(&f.config, "check.deadline", "2m", "DCVCTL_DEADLINE");
	assert_int_equal(f.config.deadline_s, 120);
	assert_int_equal(f.config.lock_timeout_s, 5);
	end(&f);
	make(&f, &flags);
	assert_setting(&f.config, "ledger", in_root("flag.db"), "--ledger");
	assert_setting(&f.config, "check.nameservers", "192.0.2.9", "--nameserver");
	assert_int_equal(f.config.n_nameservers, 1);
	assert_setting(&f.config, "check.deadline", "1h", "--deadline");
	assert_setting(&f.config, "lock-timeout", "0s", "--lock-timeout");
	assert_int_equal(f.config.lock_timeout_s, 0);
	end(&f);
}

static void test_mistakes_of_the_environment(void **state)
{
	const struct dcv_config_flags none = {0};

	(void)state;
	assert_int_equal(setenv("DCVCTL_LEDGER", "pg://x", 1) +
			setenv("DCVCTL_DEADLINE", "never", 1) +
			setenv("DCVCTL_LOCK_TIMEOUT", "x", 1),
		0);
	bad_flags(&none, DCV_E_CONFIG,
		"DCVCTL_LEDGER: only the path of a SQLite file is supported by this version\n"
		"  write the path of the ledger\n"
		"DCVCTL_DEADLINE: deadline: \"never\" is not a duration\n"
		"  write a number of seconds, or 90s, 15m, 24h, 7d\n"
		"DCVCTL_LOCK_TIMEOUT: lock-timeout: \"x\" is not a duration\n"
		"  write a number of seconds, or 90s, 15m, 24h, 7d\n");
}

static void test_zone_files_of_the_command_line(void **state)
{
	static const char *const zone_files[] = {"Example.com=db.example",
		"b.example=/b=c"};
	const struct dcv_config_flags flags = {.zone_files = zone_files,
		.n_zone_files = 2,
		.reload = "none"};
	struct dcv_config_flags with_file = flags;
	const struct dcv_binding *b;
	struct fixture f;

	(void)state;
	make(&f, &flags);
	assert_string_equal(report(&f), "");
	assert_int_equal(count_items(&f.config), 2);
	b = find(&f.config, "x.example.com");
	assert_string_equal(name_of(&b->zone), "example.com.");
	assert_string_equal(b->backends[0].file, in_root("db.example"));
	assert_int_equal(b->backends[0].reload, DCV_RELOAD_NONE);
	assert_string_equal(find(&f.config, "b.example")->backends[0].file, "/b=c");
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
	assert_int_equal(count_items(&f.config), 3);
	assert_string_equal(find(&f.config, "a.example")->backends[0].file, "/a");
	b = find(&f.config, "example.com");
	assert_string_equal(b->backends[0].file, in_root("db.example"));
	assert_int_equal(b->backends[0].reload, DCV_RELOAD_NSD);
	assert_false(b->has_allow);
	assert_string_equal(find(&f.config, "b.example")->backends[0].file, "/b=c");
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
		"  say --reload none, bind, nsd, knot or pdns\n");
	bad_zone_file("y.example=y", "rndc",
		"--reload: \"rndc\": unknown\n  say --reload none, bind, nsd, knot or pdns\n");
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
		cmocka_unit_test_setup(test_zone_in_u_labels, set_environment),
		cmocka_unit_test_setup(test_bad_server, set_environment),
		cmocka_unit_test_setup(test_zone_twice, set_environment),
		cmocka_unit_test_setup(test_keys_of_accounts, set_environment),
		cmocka_unit_test_setup(test_mistakes_of_accounts, set_environment),
		cmocka_unit_test_setup(test_values_without_effect, set_environment),
		cmocka_unit_test_setup(test_check_files, set_environment),
		cmocka_unit_test_setup(test_via_is_told_whom_to_ask, set_environment),
		cmocka_unit_test_setup(test_via, set_environment),
		cmocka_unit_test_setup(test_issuers, set_environment),
		cmocka_unit_test_setup(test_backend_keys, set_environment),
		cmocka_unit_test_setup(test_the_users_own_file, set_environment),
		cmocka_unit_test_setup(test_environment_between_file_and_flags,
			set_environment),
		cmocka_unit_test_setup(test_mistakes_of_the_environment, set_environment),
		cmocka_unit_test_setup(test_other_mistakes, set_environment),
		cmocka_unit_test_setup(test_where_the_file_is, set_environment),
		cmocka_unit_test_setup(test_zone_files_of_the_command_line,
			set_environment),
		cmocka_unit_test_setup(test_mistakes_of_zone_files, set_environment),
		cmocka_unit_test_setup(test_check_of_the_command_line, set_environment),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
