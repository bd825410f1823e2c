/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file tests which zone holds a name: patterns, servers' configurations, included files. */
#include "config_test.h"

static void test_longest_that_exists(void **state)
{
	struct fixture f;
	const struct dcv_config *config;

	(void)state;
	assert_int_equal(mkdir("z", 0700) + mkdir("z/org.zone", 0700), 0);
	put("z/example.com.zone", "");
	put("z/b.example.com.zone", "");
	config = good(&f,
		"zones:\n"
		"- {zone: \"*\", file: \"z/{zone}.zone\", reload: nsd, allow: [_x]}\n"
		"- {zone: example.net, file: not-there}\n");
	assert_string_equal(name_of(&find(config, "_x.example.com")->zone),
		"example.com.");
	assert_string_equal(find(config, "_x.example.com")->backends[0].file,
		in_root("z/example.com.zone"));
	assert_string_equal(find(config, "example.com")->backends[0].name + 5,
		in_root("z/example.com.zone"));
	assert_int_equal(find(config, "example.com")->backends[0].reload, DCV_RELOAD_NSD);
	assert_int_equal(find(config, "example.com")->n_allow, 1);
	assert_int_equal(find(config, "example.com")->place.line, 2);
	assert_string_equal(name_of(&find(config, "y.x.b.Example.com")->zone),
		"b.example.com.");
	/* the same zone is the same pointer, whichever name asks */
	assert_ptr_equal(find(config, "a.example.com"), find(config, "c.d.example.com"));
	/* one that is named is there, whatever its file */
	assert_string_equal(name_of(&find(config, "a.example.net")->zone), "example.net.");
	assert_null(find(config, "example.org"));
	assert_null(find(config, "org")); /* a directory is no zone file */
	assert_null(find(config, "."));
	/* what was found stays found in this run, and so does what was not */
	put("z/example.org.zone", "");
	assert_null(find(config, "example.org"));
	end(&f);
}

static void test_exact_before_patterns_then_from_the_top(void **state)
{
	struct fixture f;
	const struct dcv_config *config;

	(void)state;
	assert_int_equal(mkdir("one", 0700) + mkdir("two", 0700), 0);
	put("one/a.example", "");
	put("two/a.example", "");
	put("two/b.example", "");
	put("one/exact.example", "");
	config = good(&f,
		"zones:\n"
		"- {zone: \"*\", file: \"one/{zone}\"}\n"
		"- {zone: \"*\", file: \"two/{zone}\"}\n"
		"- {zone: exact.example, file: three}\n");
	assert_string_equal(find(config, "a.example")->backends[0].file,
		in_root("one/a.example"));
	assert_string_equal(find(config, "b.example")->backends[0].file,
		in_root("two/b.example"));
	assert_string_equal(find(config, "exact.example")->backends[0].file,
		in_root("three"));
	end(&f);
}

static void test_failed_look_up_is_no_answer(void **state)
{
	struct fixture f;
	const struct dcv_config *config;
	char wanted[256];

	(void)state;
	assert_int_equal(symlink("loop", "loop"), 0);
	put("file", "");
	config = good(&f,
		"zones:\n"
		"- {zone: \"*\", file: \"file/{zone}\"}\n" /* ENOTDIR: does not exist */
		"- {zone: \"*\", file: \"loop/{zone}\"}\n");
	(void)snprintf(wanted, sizeof wanted,
		"c.yaml:3:10: %s/loop/a.example: cannot be looked at: Too many levels of "
		"symbolic links",
		root);
	assert_string_equal(find_error(config, "a.example"), wanted);
	end(&f);
}

/* A name never leaves the pattern's directory. */
static void test_names_that_are_no_paths(void **state)
{
	struct fixture f;
	const struct dcv_config *config;

	(void)state;
	assert_int_equal(mkdir("d", 0700) + mkdir("d/x", 0700), 0);
	put("d/x/w.y.example", "");
	put("d/y.example", "");
	put("outside", "");
	config = good(&f, "zones: [{zone: \"*\", file: \"d/{zone}\"}]\n");
	assert_string_equal(name_of(&find(config, "x/w.y.example")->zone), "y.example.");
	end(&f);
	config = good(&f, "zones: [{zone: \"*\", file: \"d/{zone}/outside\"}]\n");
	assert_null(find(config, "\\.\\."));
	assert_null(find(config, "\\.\\./\\.\\."));
	end(&f);
}

static void test_accounts_of_every_zone(void **state)
{
	struct fixture f;
	const struct dcv_config *config;

	(void)state;
	assert_int_equal(mkdir("in", 0700) + mkdir("out", 0700), 0);
	put("in/a.example", "");
	put("out/a.example", "");
	put("out/b.example", "");
	config = good(&f,
		"zones:\n"
		"- {zone: \"*\", backends: [inner, outer]}\n"
		"accounts:\n"
		"  inner: {provider: zonefile, file: \"in/{zone}\"}\n"
		"  outer: {provider: zonefile, file: \"out/{zone}\"}\n");
	assert_int_equal(find(config, "a.example")->n_backends, 2);
	assert_string_equal(find(config, "a.example")->backends[1].file,
		in_root("out/a.example"));
	/* both take part, also where the file of one is missing: that is told later */
	assert_int_equal(find(config, "b.example")->n_backends, 2);
	assert_null(find(config, "c.example"));
	end(&f);
}

static void test_many_zones(void **state)
{
	const struct dcv_binding *first;
	struct dcv_buf text;
	struct fixture f;
	char name[64];

	(void)state;
	dcv_buf_init(&text, 1024 * 1024);
	dcv_buf_adds(&text, "zones:\n");
	for (int i = 0; i < 3000; i++)
		dcv_buf_addf(&text, "- {zone: z%d.example, file: f%d}\n", i, i);
	(void)good(&f, dcv_buf_text(&text));
	first = find(&f.config, "a.z0.example");
	for (int i = 0; i < 3000; i++) {
		(void)snprintf(name, sizeof name, "_x.z%d.example.", i);
		assert_string_equal(name_of(&find(&f.config, name)->zone), name + 3);
	}
	assert_ptr_equal(find(&f.config, "z0.example"), first);
	assert_null(find(&f.config, "z3000.example"));
	end(&f);
	dcv_buf_clear(&text);
}

static void test_included_files(void **state)
{
	struct fixture f;
	const struct dcv_config *config;

	(void)state;
	assert_int_equal(mkdir("conf.d", 0700), 0);
	put("conf.d/b.yaml",
		"zones:\n- {zone: b.example, file: b}\n- {zone: m.example, account: acc}\n");
	put("conf.d/a.yaml",
		"accounts: {acc: {provider: zonefile, file: \"{zone}\"}}\n"
		"zones: [{zone: \"*\", file: \"first/{zone}\"}]\n");
	put("conf.d/c.yaml~", "rubbish: [");
	put("conf.d/.hidden.yaml", "rubbish: [");
	config = good(&f,
		"include: conf.d/*.yaml\nzones: [{zone: main.example, file: m}]\n");
	assert_int_equal(count_items(config), 4);
	assert_string_equal(config->file, "c.yaml");
	/* a path begins at the file in which it stands */
	assert_string_equal(find(config, "b.example")->backends[0].file,
		in_root("conf.d/b"));
	assert_string_equal(find(config, "m.example")->backends[0].file,
		in_root("conf.d/m.example"));
	assert_string_equal(find(config, "b.example")->place.file,
		in_root("conf.d/b.yaml"));
	end(&f);
	/* none is allowed for a pattern, not for a name */
	(void)good(&f, "include: [none.d/*.yaml, conf.d/*.yml]\n");
	end(&f);
	read_yaml(&f, "include: conf.d/none.yaml\n");
	assert_int_equal(f.rc, DCV_E_CONFIG);
	assert_non_null(strstr(report(&f), "conf.d/none.yaml: cannot be opened"));
	assert_int_equal(f.diags.items[0].line, 1);
	end(&f);
}

static void test_mistakes_of_included_files(void **state)
{
	char wanted[1024];

	(void)state;
	put("conf.d/a.yaml", "zones: [{zone: twice.example, file: a}, {zone: c}]\n");
	put("conf.d/b.yaml", "ledger: x\nzones: [{zone: twice.example, file: a}]\n");
	put("conf.d/c.yaml", "include: a.yaml\naccounts: {x: {provider: manual}}\n");
	put("conf.d/d.yaml", "accounts: {x: {provider: manual}}\n");
	put("conf.d/e.yaml", "- a\n");
	(void)snprintf(wanted, sizeof wanted,
		"a.yaml:1:41: file: missing\n  add file: with the path of its zone file\n"
		"b.yaml:1:1: ledger: unknown key\n  the keys here are accounts, zones\n"
		"c.yaml:1:1: include: unknown key\n  the keys here are accounts, zones\n"
		"d.yaml:1:12: accounts: x: there is one already: %s/conf.d/c.yaml:2\n"
		"  give each account a name of its own\n"
		"e.yaml:1:1: not a configuration: must be a mapping\n"
		"  its keys are zones and accounts\n"
		"b.yaml:2:16: zone: twice.example. is bound twice: also in "
		"%s/conf.d/a.yaml:1\n  keep one of them\n",
		root, root);
	bad("include: conf.d/*.yaml\n", wanted);
}

static void put_servers(void)
{
	put("named.conf",
		"options { directory \"/usr/share\"; listen-on port 5301 { 127.0.0.1; }; };\n"
		"zone \"static.example\" { type primary; file \"static.zone\"; };\n"
		"zone \"dynamic.example\" { type primary; file \"d\"; update-policy local; };\n"
		"zone \"second.example\" { type secondary; primaries { 192.0.2.1; }; file \"s\"; };\n");
	put("views.conf",
		"options { directory \"/usr/share\"; };\n"
		"view a { match-clients { 127.0.0.1; };\n"
		"  zone \"both.example\" { type primary; file \"a\"; };\n"
		"  zone \"one.example\" { type primary; file \"one\"; }; };\n"
		"view b { zone \"both.example\" { type primary; file \"b\"; }; };\n");
	put("nsd.conf",
		"server:\n  zonesdir: \"/tmp/none\"\n  zonelistfile: \"/tmp/none.list\"\n"
		"zone:\n  name: nsd.example\n  zonefile: \"%s.zone\"\n");
}

static void test_zones_of_a_server(void **state)
{
	struct fixture f;
	const struct dcv_config *config;
	const struct dcv_binding *b;

	(void)state;
	put_servers();
	config = good(&f,
		"zones:\n"
		"- {from: {bind: named.conf}, allow: [_x]}\n"
		"- {from: {nsd: nsd.conf}, reload: none, server: 192.0.2.1}\n");
	b = find(config, "_x.static.example");
	assert_string_equal(name_of(&b->zone), "static.example.");
	assert_string_equal(b->backends[0].file, "/usr/share/static.zone");
	assert_string_equal(b->backends[0].name, "file:/usr/share/static.zone");
	assert_int_equal(b->backends[0].reload, DCV_RELOAD_BIND);
	assert_string_equal(b->backends[0].server, "127.0.0.1:5301");
	assert_true(b->has_allow);
	b = find(config, "nsd.example");
	assert_string_equal(b->backends[0].file, "/tmp/none/nsd.example.zone");
	assert_int_equal(b->backends[0].reload, DCV_RELOAD_NONE);
	assert_string_equal(b->backends[0].server, "192.0.2.1");
	assert_null(find(config, "second.example"));
	assert_null(find(config, "no.example"));
	assert_string_equal(find_error(config, "dynamic.example"),
		"c.yaml:2:3: zone dynamic.example.: BIND: it is dynamic: the server writes "
		"its file");
	end(&f);
}

static void test_named_zones_of_a_server(void **state)
{
	struct fixture f;
	const struct dcv_config *config;

	(void)state;
	put_servers();
	config = good(&f,
		"zones:\n"
		"- {zone: dynamic.example, from: {bind: named.conf}, journal: freeze}\n"
		"- {zone: nsd.example, from: {nsd: nsd.conf}}\n"
		"- {zone: second.example, from: {bind: named.conf}}\n"
		"- {zone: static.example, from: {bind: named.conf}, journal: freeze}\n"
		"- {zone: both.example, from: {bind: views.conf}}\n"
		"- {zone: one.example, from: {bind: views.conf}}\n"
		"- {zone: broken.example, from: {nsd: c.yaml}}\n");
	assert_true(find(config, "dynamic.example")->backends[0].freeze);
	/* nothing to freeze there */
	assert_false(find(config, "static.example")->backends[0].freeze);
	assert_int_equal(find(config, "nsd.example")->backends[0].reload, DCV_RELOAD_NSD);
	assert_string_equal(find(config, "nsd.example")->backends[0].reload_config,
		in_root("nsd.conf"));
	assert_string_equal(find(config, "one.example")->backends[0].file,
		"/usr/share/one");
	assert_string_equal(find_error(config, "second.example"),
		"c.yaml:4:10: zone second.example.: BIND: it has no such zone that it is the "
		"primary of");
	assert_string_equal(find_error(config, "a.both.example"),
		"c.yaml:6:10: zone both.example.: BIND: it is in several views");
	assert_int_equal(strncmp(find_error(config, "broken.example"),
				 "c.yaml:8:10: nsd-checkconf: exit status ", 40),
		0);
	/* asked once, told each time */
	assert_int_equal(strncmp(find_error(config, "broken.example"),
				 "c.yaml:8:10: nsd-checkconf: exit status ", 40),
		0);
	end(&f);
}

/* What the accounts of the test below hold. */
struct held {
	const char *zones; /* "ACCOUNT NAME" between commas; "ACCOUNT fails" */
	unsigned asked;
	const char *delegated; /* the account that the world sees; NULL: not known */
};

static enum dcv_err holds(void *ctx, const struct dcv_backend_config *account,
	const struct dcv_name *zone, bool *ret, struct dcv_error *err)
{
	struct held *held = ctx;
	char word[DCV_NAME_TEXT_MAX + 80];

	held->asked++;
	(void)snprintf(word, sizeof word, "%s fails", account->name);
	if (strstr(held->zones, word) != NULL)
		return dcv_fail(err, DCV_E_CONFIG, "account %s: no answer", account->name);
	(void)snprintf(word, sizeof word, ",%s %s,", account->name, name_of(zone));
	*ret = strstr(held->zones, word) != NULL;
	return DCV_OK;
}

static enum dcv_err elect(void *ctx, const struct dcv_name *zone,
	const struct dcv_backend_config *const *accounts, size_t n, size_t *ret,
	struct dcv_error *err)
{
	const struct held *held = ctx;

	assert_int_equal(*ret, n);
	assert_string_equal(name_of(zone), "both.example.");
	if (held->delegated == NULL)
		return dcv_fail(err, DCV_E_CONFIG, "nobody can be asked");
	for (size_t i = 0; i < n; i++) {
		if (strcmp(accounts[i]->name, held->delegated) == 0)
			*ret = i;
	}
	return DCV_OK;
}

static void test_of_several_accounts_the_delegated_one(void **state)
{
	struct held held = {",b both.example.,c both.example.,d both.example.,", 0, "c"};
	static const char text[] = "accounts: {a: {provider: dns}, b: {provider: dns}, "
				   "c: {provider: dns}, d: {provider: dns}}\n"
				   "zones:\n"
				   "- {zone: \"*\", account: a}\n"
				   "- {zone: \"*\", account: b}\n"
				   "- {zone: \"*\", account: c, follow: yes}\n"
				   "- {zone: \"*\", account: d}\n";
	struct fixture f;
	struct dcv_config *config = (struct dcv_config *)good(&f, text);
	const struct dcv_binding *zone;

	(void)state;
	config->holder = (struct dcv_config_holder){holds, elect, &held};
	held.delegated = NULL;
	assert_string_equal(find_error(config, "x.both.example"), "nobody can be asked");
	held.delegated = "none of them";
	assert_string_equal(find_error(config, "x.both.example"),
		"c.yaml:5:10: zone both.example.: held by several accounts, and its "
		"delegation does not say which one answers for it: b, c, d");
	held.delegated = "c";
	zone = find(config, "x.both.example");
	assert_string_equal(zone->backends->name, "c");
	assert_true(zone->follow);
	end(&f);
}

static void test_accounts_that_are_asked(void **state)
{
	struct held held = {",a example.com.,a sub.example.com.,b example.org.,a "
			    "both.example.,b both.example.,",
		0, NULL};
	struct fixture f;
	struct dcv_config *config = (struct dcv_config *)good(&f,
		"accounts: {a: {provider: dns}, b: {provider: dns}}\n"
		"zones:\n"
		"- {zone: named.example.com, account: b}\n"
		"- {zone: \"*\", account: a}\n"
		"- {zone: \"*\", account: b, follow: yes}\n");
	const struct dcv_binding *zone;

	(void)state;
	assert_string_equal(find_error(config, "x.example.com"),
		"c.yaml:4:10: account a: cannot be asked here");
	config->holder = (struct dcv_config_holder){holds, NULL, &held};
	assert_string_equal(find(config, "x.named.example.com")->backends->name, "b");
	zone = find(config, "_x.sub.example.com");
	assert_string_equal(name_of(&zone->zone), "sub.example.com.");
	assert_string_equal(zone->backends->name, "a");
	assert_true(find(config, "example.org")->follow);
	assert_null(find(config, "nobody.example"));
	held.asked = 0;
	assert_ptr_equal(find(config, "_x.sub.example.com"), zone);
	assert_null(find(config, "nobody.example"));
	assert_int_equal(held.asked, 0);
	assert_string_equal(find_error(config, "both.example"),
		"c.yaml:5:10: zone both.example.: held by several accounts, and its "
		"delegation does not say which one answers for it: a, b");
	held.zones = "a fails";
	assert_string_equal(find_error(config, "later.example"),
		"c.yaml:4:10: account a: no answer");
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_longest_that_exists, set_environment),
		cmocka_unit_test_setup(test_exact_before_patterns_then_from_the_top,
			set_environment),
		cmocka_unit_test_setup(test_failed_look_up_is_no_answer, set_environment),
		cmocka_unit_test_setup(test_names_that_are_no_paths, set_environment),
		cmocka_unit_test_setup(test_accounts_of_every_zone, set_environment),
		cmocka_unit_test_setup(test_many_zones, set_environment),
		cmocka_unit_test_setup(test_included_files, set_environment),
		cmocka_unit_test_setup(test_mistakes_of_included_files, set_environment),
		cmocka_unit_test_setup(test_zones_of_a_server, set_environment),
		cmocka_unit_test_setup(test_named_zones_of_a_server, set_environment),
		cmocka_unit_test_setup(test_of_several_accounts_the_delegated_one,
			set_environment),
		cmocka_unit_test_setup(test_accounts_that_are_asked, set_environment),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
