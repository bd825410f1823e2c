/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file tests what is read out of the configurations of BIND, NSD and Knot, as their own
 * programs print them. */
#include "config/server.h"
#include "config_test.h"

struct read {
	struct dcv_arena arena;
	struct dcv_local_server server;
	struct dcv_error err;
	enum dcv_err rc;
};

static void look(struct read *r, enum dcv_server_kind kind, const char *config)
{
	*r = (struct read){.rc = DCV_OK};
	r->rc = dcv_server_read(kind, in_root(config), &r->arena, &r->server, &r->err);
}

static const struct dcv_server_zone *zone_of(const struct read *r, const char *text)
{
	const struct dcv_server_zone *zone;
	struct dcv_name name = {.len = 0};
	size_t n = 0;

	assert_int_equal(dcv_name_from(text, &name, NULL), DCV_OK);
	zone = dcv_server_find(&r->server, &name, &n);
	assert_int_equal(zone != NULL, n > 0);
	return zone;
}

static void assert_zone(const struct read *r, const char *name, enum dcv_zone_kind kind,
	const char *file, const char *why)
{
	const struct dcv_server_zone *zone = zone_of(r, name);

	assert_non_null(zone);
	assert_int_equal(zone->kind, kind);
	if (file == NULL)
		assert_null(zone->file);
	else
		assert_string_equal(zone->file, file);
	if (why == NULL)
		assert_null(zone->why);
	else
		assert_string_equal(zone->why, why);
}

static void test_bind(void **state)
{
	struct read r;
	char text[4096];

	(void)state;
	put("jnl.zone.jnl", "");
	(void)snprintf(text, sizeof text,
		"options { directory \"%s\"; listen-on port 5301 { !192.0.2.7; { 192.0.2.1; }; };"
		" listen-on-v6 { none; }; };\n"
		"key k { algorithm hmac-sha256; secret \"MDEyMzQ1Njc4OWFiY2RlZg==\"; };\n"
		"zone \"Static.example\" { type master; file \"odd \\\"; // name.zone\"; };\n"
		"zone \"abs.example\" IN { type primary; file \"/abs//z\"; allow-update { none; }; "
		"};\n"
		"zone \"update.example\" { type primary; file \"u\"; allow-update { !{ 192.0.2.9; "
		"}; key k; }; };\n"
		"zone \"policy.example\" { type primary; file \"p\"; update-policy { grant k zonesub "
		"TXT; }; };\n"
		"zone \"jnl.example\" { type primary; file \"jnl.zone\"; };\n"
		"zone \"inline.example\" { type primary; file \"i\"; inline-signing yes; "
		"dnssec-policy default; };\n"
		"zone \"second.example\" { type slave; masters { 192.0.2.1; }; };\n"
		"zone \"fwd.example\" { type forward; forwarders { 192.0.2.1; }; };\n"
		"zone \".\" { type hint; file \"/usr/share/dns/root.hints\"; };\n",
		root);
	put("named.conf", text);
	look(&r, DCV_SERVER_BIND, "named.conf");
	assert_string_equal(r.err.text, "");
	assert_int_equal(r.server.n_zones, 9);
	assert_zone(&r, "static.example", DCV_ZONE_STATIC,
		in_root("odd \"; / name.zone") /* a path */, NULL);
	assert_zone(&r, "abs.example", DCV_ZONE_STATIC, "/abs/z", NULL);
	assert_zone(&r, "update.example", DCV_ZONE_DYNAMIC, in_root("u"), "allow-update");
	assert_zone(&r, "policy.example", DCV_ZONE_DYNAMIC, in_root("p"), "update-policy");
	assert_zone(&r, "jnl.example", DCV_ZONE_DYNAMIC, in_root("jnl.zone"),
		"a journal (.jnl) beside the file");
	assert_zone(&r, "inline.example", DCV_ZONE_INLINE, in_root("i"), NULL);
	assert_zone(&r, "second.example", DCV_ZONE_SECONDARY, NULL, "it has no file");
	assert_int_equal(zone_of(&r, "fwd.example")->kind, DCV_ZONE_OTHER);
	assert_null(zone_of(&r, "no.example"));
	assert_string_equal(r.server.address, "192.0.2.1:5301");
	assert_null(r.server.control);
	dcv_arena_clear(&r.arena);
}

static void test_bind_views_and_what_they_inherit(void **state)
{
	struct read r;
	struct dcv_name name = {.len = 0};
	const struct dcv_server_zone *zones;
	size_t n = 0;

	(void)state;
	put("views.conf",
		"options { directory \"/usr\"; };\n"
		"view inner { match-clients { 127.0.0.1; }; allow-update { 127.0.0.1; };\n"
		"  zone \"both.example\" { type primary; file \"i\"; };\n"
		"  zone \"own.example\" { type primary; file \"o\"; allow-update { none; }; }; };\n"
		"view outer { zone \"both.example\" { type primary; file \"e\"; };\n"
		"  zone \"own.example\" { in-view inner; }; };\n"
		"view chaos CH { zone \"version.bind\" CH { type primary; file \"v\"; }; };\n");
	/* named-checkconf warns here: recursion will be disabled for non-IN view */
	look(&r, DCV_SERVER_BIND, "views.conf");
	assert_string_equal(r.err.text, "");
	assert_int_equal(r.server.n_zones, 3);
	assert_int_equal(dcv_name_from("both.example", &name, NULL), DCV_OK);
	zones = dcv_server_find(&r.server, &name, &n);
	assert_int_equal(n, 2);
	assert_string_equal(zones[0].view, "inner");
	assert_int_equal(zones[0].kind, DCV_ZONE_DYNAMIC);
	assert_string_equal(zones[1].view, "outer");
	assert_int_equal(zones[1].kind, DCV_ZONE_STATIC);
	assert_zone(&r, "own.example", DCV_ZONE_STATIC, "/usr/o", NULL);
	assert_null(r.server.address); /* where it listens by default */
	dcv_arena_clear(&r.arena);
}

static void test_bind_without_a_directory(void **state)
{
	struct read r;

	(void)state;
	put("named.conf", "zone \"a.example\" { type primary; file \"rel\"; };\n");
	look(&r, DCV_SERVER_BIND, "named.conf");
	assert_zone(&r, "a.example", DCV_ZONE_STATIC, NULL,
		"its file is relative, and the configuration names no directory");
	dcv_arena_clear(&r.arena);
}

static void test_nsd(void **state)
{
	struct read r;
	char text[2048];

	(void)state;
	put("zone.list",
		"# NSD zone list\n# name pattern\nadd added.example many\ndel x.example many\n"
		"add other.example unknown\n");
	(void)snprintf(text, sizeof text,
		"server:\n  ip-address: ::0@5304\n  ip-address: 127.0.0.1\n  zonesdir: \"/d\"\n"
		"  zonelistfile: \"%s/zone.list\"\n"
		"pattern:\n  name: many\n  zonefile: \"sub/%%s.zone\"\n"
		"pattern:\n  name: letters\n  zonefile: \"%%1/%%s.zone\"\n"
		"pattern:\n  name: second\n  request-xfr: 192.0.2.1 NOKEY\n"
		"zone:\n  name: Plain.example\n  zonefile: plain\n"
		"zone:\n  name: many.example\n  include-pattern: many\n"
		"zone:\n  name: letters.example\n  include-pattern: letters\n"
		"zone:\n  name: second.example\n  zonefile: s\n  include-pattern: second\n"
		"zone:\n  name: none.example\n  include-pattern: second\n",
		root);
	put("nsd.conf", text);
	look(&r, DCV_SERVER_NSD, "nsd.conf");
	assert_string_equal(r.err.text, "");
	assert_int_equal(r.server.n_zones, 6);
	assert_zone(&r, "plain.example", DCV_ZONE_STATIC, "/d/plain", NULL);
	assert_zone(&r, "many.example", DCV_ZONE_STATIC, "/d/sub/many.example.zone", NULL);
	assert_zone(&r, "added.example", DCV_ZONE_STATIC, "/d/sub/added.example.zone",
		NULL);
	assert_zone(&r, "letters.example", DCV_ZONE_STATIC, NULL,
		"the name of its zonefile is made by a pattern");
	assert_zone(&r, "second.example", DCV_ZONE_SECONDARY, "/d/s", NULL);
	assert_zone(&r, "none.example", DCV_ZONE_SECONDARY, NULL, "it has no zonefile");
	assert_string_equal(r.server.address, "[::1]:5304");
	assert_string_equal(r.server.control, in_root("nsd.conf"));
	dcv_arena_clear(&r.arena);
}

static void test_knot(void **state)
{
	struct read r;

	(void)state;
	put("knot.conf",
		"server:\n    rundir: \"/run/other\"\n    listen: [127.0.0.1@5302, ::1@5302]\n"
		"remote:\n  - id: r\n    address: 192.0.2.1\n"
		"acl:\n"
		"  - id: upd\n    address: 127.0.0.1\n    action: [transfer, update]\n"
		"  - id: no\n    address: 127.0.0.1\n    action: update\n    deny: on\n"
		"  - id: xfr\n    address: 127.0.0.1\n    action: transfer\n"
		"template:\n"
		"  - id: default\n    storage: \"/d\"\n    acl: no\n"
		"  - id: signed\n    storage: \"/s\"\n    file: \"%s.z\"\n    dnssec-signing: on\n"
		"  - id: kept\n    storage: \"/s\"\n    dnssec-signing: on\n    zonefile-sync: -1\n"
		"  - id: odd\n    file: \"%c[0]/%s\"\n"
		"zone:\n"
		"  - domain: Plain.example\n    file: sub/plain.zone\n    acl: [xfr, no]\n"
		"  - domain: default.example\n"
		"  - domain: dynamic.example\n    acl: [xfr, upd]\n"
		"  - domain: signed.example\n    template: signed\n"
		"  - domain: kept.example\n    template: kept\n"
		"  - domain: odd.example\n    template: odd\n"
		"  - domain: second.example\n    master: r\n");
	look(&r, DCV_SERVER_KNOT, "knot.conf");
	assert_string_equal(r.err.text, "");
	assert_int_equal(r.server.n_zones, 7);
	assert_zone(&r, "plain.example", DCV_ZONE_STATIC, "/d/sub/plain.zone", NULL);
	assert_zone(&r, "default.example", DCV_ZONE_STATIC, "/d/default.example.zone",
		NULL);
	assert_zone(&r, "dynamic.example", DCV_ZONE_DYNAMIC, "/d/dynamic.example.zone",
		"acl upd: update");
	assert_zone(&r, "signed.example", DCV_ZONE_DYNAMIC, "/s/signed.example.z",
		"dnssec-signing with zonefile-sync");
	assert_zone(&r, "kept.example", DCV_ZONE_INLINE, "/s/kept.example.zone", NULL);
	assert_zone(&r, "odd.example", DCV_ZONE_STATIC, NULL,
		"the name of its file is made by a pattern");
	assert_int_equal(zone_of(&r, "second.example")->kind, DCV_ZONE_SECONDARY);
	assert_string_equal(r.server.address, "127.0.0.1:5302");
	assert_string_equal(r.server.control, "/run/other/knot.sock");
	dcv_arena_clear(&r.arena);
}

static void test_what_a_server_refuses(void **state)
{
	static const char *const programs[] = {[DCV_SERVER_BIND] = "named-checkconf: exit ",
		[DCV_SERVER_NSD] = "nsd-checkconf: exit ",
		[DCV_SERVER_KNOT] = "knotc: exit "};
	struct read r;

	(void)state;
	put("bad.conf", "rubbish {\n");
	for (int kind = 0; kind < DCV_N_SERVER_KINDS; kind++) {
		look(&r, (enum dcv_server_kind)kind, "bad.conf");
		assert_int_equal(r.rc, DCV_E_CONFIG);
		assert_int_equal(
			strncmp(r.err.text, programs[kind], strlen(programs[kind])), 0);
		assert_int_equal(strncmp(r.err.help, "run: ", 5), 0);
		assert_non_null(strstr(r.err.help, in_root("bad.conf")));
		dcv_arena_clear(&r.arena);
		look(&r, (enum dcv_server_kind)kind, "missing.conf");
		assert_int_equal(r.rc, DCV_E_CONFIG);
		dcv_arena_clear(&r.arena);
	}
}

/* A user's PATH has no /usr/sbin. */
static void test_programs_outside_of_path(void **state)
{
	const char *path = getenv("PATH");
	char *kept = strdup(path != NULL ? path : "");
	struct read r;

	(void)state;
	assert_non_null(kept);
	put("nsd.conf",
		"server:\n  zonesdir: /d\nzone:\n  name: a.example\n  zonefile: a\n");
	assert_int_equal(setenv("PATH", "/nowhere", 1), 0);
	look(&r, DCV_SERVER_NSD, "nsd.conf");
	assert_int_equal(r.rc, DCV_OK);
	assert_zone(&r, "a.example", DCV_ZONE_STATIC, "/d/a", NULL);
	assert_true(dcv_server_is_here(DCV_SERVER_NSD));
	dcv_arena_clear(&r.arena);
	assert_int_equal(setenv("PATH", kept, 1), 0);
	free(kept);
}

static void test_versions(void **state)
{
	struct dcv_arena arena = {0};

	(void)state;
	for (int kind = 0; kind < DCV_N_SERVER_KINDS; kind++) {
		const char *version = dcv_server_version((enum dcv_server_kind)kind,
			&arena);
		size_t len = strlen(version);

		assert_true(version[0] >= '1' && version[0] <= '9');
		assert_non_null(strchr(version, '.'));
		assert_true(version[len - 1] != '.');
	}
	dcv_arena_clear(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_bind, set_environment),
		cmocka_unit_test_setup(test_bind_views_and_what_they_inherit,
			set_environment),
		cmocka_unit_test_setup(test_bind_without_a_directory, set_environment),
		cmocka_unit_test_setup(test_nsd, set_environment),
		cmocka_unit_test_setup(test_knot, set_environment),
		cmocka_unit_test_setup(test_what_a_server_refuses, set_environment),
		cmocka_unit_test_setup(test_programs_outside_of_path, set_environment),
		cmocka_unit_test_setup(test_versions, set_environment),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
