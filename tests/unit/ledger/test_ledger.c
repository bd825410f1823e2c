/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The ledger keeps what it is given, survives the death of who writes it, and refuses what
 * it does not understand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger/ledger.h"

#define OK(call) assert_ok((call), &world->err, __LINE__)

struct world {
	char dir[64];
	char path[128];
	struct dcv_arena arena;
	struct dcv_error err;
};

static void assert_ok(enum dcv_err rc, const struct dcv_error *err, int line)
{
	if (rc != DCV_OK)
		fail_msg("line %d: %s", line, err->text);
}

static int setup(void **state)
{
	struct world *world = calloc(1, sizeof *world);

	if (world == NULL)
		return -1;
	(void)snprintf(world->dir, sizeof world->dir, "/tmp/dcv-ledger-XXXXXX");
	if (mkdtemp(world->dir) == NULL)
		return -1;
	(void)snprintf(world->path, sizeof world->path, "%s/state/ledger.db", world->dir);
	*state = world;
	return 0;
}

static int drop(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static int teardown(void **state)
{
	struct world *world = *state;
	int rc = nftw(world->dir, drop, 8, FTW_DEPTH | FTW_PHYS);

	dcv_arena_clear(&world->arena);
	free(world);
	return rc;
}

static struct dcv_ledger *open_mode(struct world *world, enum dcv_ledger_mode mode)
{
	struct dcv_ledger *ledger = NULL;

	OK(dcv_ledger_open(world->path, mode, 100, &ledger, &world->err));
	return ledger;
}

/* Runs SQL on the file as another program would. */
static void meddle(const struct world *world, const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(world->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static struct dcv_name name_of(const char *text)
{
	struct dcv_name name = {0};

	assert_int_equal(dcv_name_from(text, &name, NULL), DCV_OK);
	return name;
}

static struct dcv_rdata txt_of(struct world *world, const char *value)
{
	struct dcv_rdata rdata = {0};

	OK(dcv_txt_make(value, strlen(value), &world->arena, &rdata, &world->err));
	return rdata;
}

static struct dcv_order_row order_of(const char *id)
{
	return (struct dcv_order_row){
		.ca = "digicert",
		.id = id,
		.service = "",
		.document = "ca: digicert\nrecords: []\n",
		.revision = 1,
		.state = DCV_STATE_PENDING,
		.created = 1000,
		.expires = 9000,
	};
}

static void put_order(struct world *world, struct dcv_ledger *ledger, const char *id)
{
	struct dcv_order_row row = order_of(id);

	OK(dcv_ledger_begin(ledger, &world->err));
	OK(dcv_ledger_put_order(ledger, &row, &world->err));
	OK(dcv_ledger_commit(ledger, &world->err));
}

static size_t count_orders(struct world *world, struct dcv_ledger *ledger)
{
	struct dcv_order_row *rows = NULL;
	size_t n = 0;

	OK(dcv_ledger_orders(ledger, NULL, &world->arena, &rows, &n, &world->err));
	return n;
}

static void test_order_round_trip(void **state)
{
	struct world *world = *state;
	struct dcv_ledger *ledger = open_mode(world, DCV_LEDGER_WRITE);
	struct dcv_order_row row = order_of("1234567890"), *got = NULL;

	OK(dcv_ledger_begin(ledger, &world->err));
	OK(dcv_ledger_put_order(ledger, &row, &world->err));
	row.created = 0;
	row.service = "huaweicloud-scm";
	row.document = "caf\xc3\xa9 'quoted' \"x\"; --\n";
	row.revision = 2;
	row.state = DCV_STATE_CLOSED;
	row.reason = DCV_REASON_SUPERSEDED;
	row.first_applied = 2000;
	row.effective_at = 3000;
	row.closed = INT64_MAX;
	OK(dcv_ledger_put_order(ledger, &row, &world->err));
	OK(dcv_ledger_commit(ledger, &world->err));
	dcv_ledger_close(ledger);

	ledger = open_mode(world, DCV_LEDGER_READ);
	OK(dcv_ledger_order(ledger, "digicert", "1234567890", &world->arena, &got,
		&world->err));
	assert_non_null(got);
	assert_string_equal(got->ca, "digicert");
	assert_string_equal(got->id, "1234567890");
	assert_string_equal(got->service, row.service);
	assert_string_equal(got->document, row.document);
	assert_int_equal(got->generation, 2);
	assert_int_equal(got->revision, 2);
	assert_int_equal(got->state, DCV_STATE_CLOSED);
	assert_int_equal(got->reason, DCV_REASON_SUPERSEDED);
	assert_int_equal(got->created, 1000); /* kept: the second time gave none */
	assert_int_equal(got->first_applied, 2000);
	assert_int_equal(got->effective_at, 3000);
	assert_true(got->closed == INT64_MAX);
	assert_int_equal(got->expires, 9000);
	OK(dcv_ledger_order(ledger, "other", "1234567890", &world->arena, &got,
		&world->err));
	assert_null(got);
	dcv_ledger_close(ledger);
}

static void test_orders_sorted_and_filtered(void **state)
{
	struct world *world = *state;
	struct dcv_ledger *ledger = open_mode(world, DCV_LEDGER_WRITE);
	struct dcv_order_row row = order_of("b"), *rows = NULL;
	size_t n = 0;

	OK(dcv_ledger_begin(ledger, &world->err));
	OK(dcv_ledger_put_order(ledger, &row, &world->err));
	row.id = "a";
	row.created = 500;
	OK(dcv_ledger_put_order(ledger, &row, &world->err));
	row.ca = "sectigo";
	row.id = "b";
	row.created = 2000;
	OK(dcv_ledger_put_order(ledger, &row, &world->err));
	OK(dcv_ledger_commit(ledger, &world->err));
	OK(dcv_ledger_orders(ledger, NULL, &world->arena, &rows, &n, &world->err));
	assert_int_equal(n, 3);
	assert_string_equal(rows[0].id, "a");
	assert_string_equal(rows[1].ca, "digicert");
	assert_string_equal(rows[2].ca, "sectigo");
	OK(dcv_ledger_orders(ledger, "b", &world->arena, &rows, &n, &world->err));
	assert_int_equal(n, 2);
	OK(dcv_ledger_orders(ledger, "c", &world->arena, &rows, &n, &world->err));
	assert_int_equal(n, 0);
	dcv_ledger_close(ledger);
}

static enum dcv_err put_claim(struct world *world, struct dcv_ledger *ledger,
	int64_t revision, const struct dcv_name *owner, uint16_t type,
	const struct dcv_rdata *rdata)
{
	const struct dcv_claim_row row = {.ca = "digicert",
		.id = "1",
		.revision = revision,
		.owner = *owner,
		.type = type,
		.rdata = *rdata};

	return dcv_ledger_put_claim(ledger, &row, &world->err);
}

static void test_claims(void **state)
{
	struct world *world = *state;
	struct dcv_ledger *ledger = open_mode(world, DCV_LEDGER_WRITE);
	struct dcv_name owner = name_of("_DNSauth.Example.com."),
			target = name_of("x.dcv.test.");
	struct dcv_rdata txt = txt_of(world, "quote \" back \\ \x01\xff end"), cname;
	struct dcv_order_row order = order_of("1");
	struct dcv_claim_row *rows = NULL;
	size_t n = 0;

	OK(dcv_rdata_from_name(&target, &world->arena, &cname, &world->err));
	OK(dcv_ledger_begin(ledger, &world->err));
	order.revision = 2;
	order.first_applied = 77;
	OK(dcv_ledger_put_order(ledger, &order, &world->err));
	OK(put_claim(world, ledger, 1, &owner, DCV_TYPE_TXT, &txt));
	OK(put_claim(world, ledger, 1, &owner, DCV_TYPE_TXT, &txt));
	OK(put_claim(world, ledger, 2, &owner, DCV_TYPE_CNAME, &cname));
	OK(dcv_ledger_commit(ledger, &world->err));

	OK(dcv_ledger_claims_of(ledger, "digicert", "1", &world->arena, &rows, &n,
		&world->err));
	assert_int_equal(n, 2);
	assert_int_equal(rows[0].revision, 1);
	assert_int_equal(rows[0].order_revision, 2);
	assert_int_equal(rows[0].type, DCV_TYPE_TXT);
	assert_true(dcv_name_equal(&rows[0].owner, &owner));
	assert_true(dcv_rdata_equal(&rows[0].rdata, &txt));
	assert_int_equal(rows[0].expires, 9000);
	assert_int_equal(rows[0].first_applied, 77);
	assert_int_equal(rows[0].keep, DCV_KEEP_ISSUED);
	assert_int_equal(rows[1].type, DCV_TYPE_CNAME);
	assert_true(dcv_rdata_equal(&rows[1].rdata, &cname));
	meddle(world, "UPDATE claims SET retain = 'until-date 4711' WHERE revision = 2");
	OK(dcv_ledger_claims_at(ledger, &owner, &world->arena, &rows, &n, &world->err));
	assert_int_equal(n, 2);
	assert_int_equal(rows[1].keep, DCV_KEEP_DATE);
	assert_int_equal(rows[1].keep_until_s, 4711);
	owner = name_of("_other.example.com.");
	OK(dcv_ledger_claims_at(ledger, &owner, &world->arena, &rows, &n, &world->err));
	assert_int_equal(n, 0);
	dcv_ledger_close(ledger);
}

static void test_claim_needs_order(void **state)
{
	struct world *world = *state;
	struct dcv_ledger *ledger = open_mode(world, DCV_LEDGER_WRITE);
	struct dcv_name owner = name_of("_dnsauth.example.com.");
	struct dcv_rdata txt = txt_of(world, "token");

	OK(dcv_ledger_begin(ledger, &world->err));
	OK(put_claim(world, ledger, 1, &owner, DCV_TYPE_TXT, &txt));
	assert_int_equal(dcv_ledger_commit(ledger, &world->err), DCV_E_FAILED);
	dcv_ledger_close(ledger);
}

static void test_placements(void **state)
{
	struct world *world = *state;
	struct dcv_ledger *ledger = open_mode(world, DCV_LEDGER_WRITE);
	struct dcv_placement row = {
		.zone = name_of("example.com."),
		.backend = "file:/etc/nsd/example.com.zone",
		.owner = name_of("_dnsauth.example.com."),
		.type = DCV_TYPE_TXT,
		.rdata = txt_of(world, "token"),
		.ours = true,
		.since = 100,
	};
	struct dcv_placement *rows = NULL;
	size_t n = 0;

	OK(dcv_ledger_begin(ledger, &world->err));
	OK(dcv_ledger_put_placement(ledger, &row, &world->err));
	row.ours = false;
	row.since = 200;
	row.first_seen = 300;
	OK(dcv_ledger_put_placement(ledger, &row, &world->err));
	row.first_seen = 400;
	OK(dcv_ledger_put_placement(ledger, &row, &world->err));
	OK(dcv_ledger_placements_at(ledger, &row.zone, &row.owner, &world->arena, &rows,
		&n, &world->err));
	assert_int_equal(n, 1);
	assert_true(dcv_name_equal(&rows[0].zone, &row.zone));
	assert_true(dcv_name_equal(&rows[0].owner, &row.owner));
	assert_string_equal(rows[0].backend, row.backend);
	assert_int_equal(rows[0].type, DCV_TYPE_TXT);
	assert_true(dcv_rdata_equal(&rows[0].rdata, &row.rdata));
	assert_false(rows[0].ours);
	assert_int_equal(rows[0].since, 100);
	assert_int_equal(rows[0].first_seen, 300);
	row.backend = "other"; /* a backend that the zone had before is told too */
	OK(dcv_ledger_put_placement(ledger, &row, &world->err));
	OK(dcv_ledger_placements_at(ledger, &row.zone, &row.owner, &world->arena, &rows,
		&n, &world->err));
	assert_int_equal(n, 2);
	OK(dcv_ledger_drop_placement(ledger, &row, &world->err));
	row.backend = rows[0].backend;
	OK(dcv_ledger_drop_placement(ledger, &row, &world->err));
	OK(dcv_ledger_drop_placement(ledger, &row, &world->err));
	OK(dcv_ledger_placements_at(ledger, &row.zone, &row.owner, &world->arena, &rows,
		&n, &world->err));
	assert_int_equal(n, 0);
	OK(dcv_ledger_commit(ledger, &world->err));
	dcv_ledger_close(ledger);
}

static void test_rrsets(void **state)
{
	struct world *world = *state;
	struct dcv_ledger *ledger = open_mode(world, DCV_LEDGER_WRITE);
	struct dcv_rrset_row row = {
		.zone = name_of("example.com."),
		.backend = "b",
		.owner = name_of("example.com."),
		.type = DCV_TYPE_CAA,
		.former_ttl_s = UINT32_MAX,
		.our_ttl_s = 300,
		.cached_s = 3600,
	};
	struct dcv_rrset_row *got = NULL;
	size_t n = 0;

	OK(dcv_ledger_begin(ledger, &world->err));
	OK(dcv_ledger_put_rrset(ledger, &row, &world->err));
	row.former_ttl_s = 300;
	row.our_ttl_s = 60;
	row.cached_s = 300;
	OK(dcv_ledger_put_rrset(ledger, &row, &world->err));
	OK(dcv_ledger_commit(ledger, &world->err));
	OK(dcv_ledger_rrsets_at(ledger, &row.zone, "b", &row.owner, &world->arena, &got,
		&n, &world->err));
	assert_int_equal(n, 1);
	assert_int_equal(got->type, DCV_TYPE_CAA);
	assert_int_equal(got->former_ttl_s, 300);
	assert_int_equal(got->our_ttl_s, 60);
	assert_int_equal(got->cached_s, 300);
	assert_int_equal(got->generation, 2);
	OK(dcv_ledger_rrsets_at(ledger, &row.zone, "c", &row.owner, &world->arena, &got,
		&n, &world->err));
	assert_int_equal(n, 0);
	OK(dcv_ledger_begin(ledger, &world->err));
	OK(dcv_ledger_drop_rrset(ledger, &row, &world->err));
	OK(dcv_ledger_commit(ledger, &world->err));
	OK(dcv_ledger_rrsets_at(ledger, &row.zone, "b", &row.owner, &world->arena, &got,
		&n, &world->err));
	assert_int_equal(n, 0);
	dcv_ledger_close(ledger);
}

/* An alias's claim is found at its end, an old revision's not at all, a claim that stands nowhere
 * all the same. */
static void test_seats(void **state)
{
	struct world *world = *state;
	struct dcv_ledger *ledger = open_mode(world, DCV_LEDGER_WRITE);
	struct dcv_order_row order = order_of("1"), cleaned = order_of("2");
	struct dcv_placement at = {.zone = name_of("end.test."),
		.backend = "a",
		.owner = name_of("x.end.test."),
		.type = DCV_TYPE_TXT,
		.rdata = txt_of(world, "token"),
		.ours = true,
		.since = 100};
	struct dcv_claim_row claim = {.ca = "digicert",
		.id = "1",
		.revision = 2,
		.owner = name_of("_dnsauth.example.com."),
		.placed_at = at.owner,
		.type = DCV_TYPE_TXT,
		.rdata = at.rdata};
	struct dcv_rrset_row set = {.zone = at.zone,
		.backend = "b",
		.owner = at.owner,
		.type = DCV_TYPE_TXT,
		.our_ttl_s = 300,
		.cached_s = 3600};
	struct dcv_name nowhere = name_of("_dnsauth.www.example.com.");
	struct dcv_seat *rows = NULL;
	size_t n = 0;

	order.revision = 2;
	cleaned.state = DCV_STATE_CLEANED;
	OK(dcv_ledger_begin(ledger, &world->err));
	OK(dcv_ledger_put_order(ledger, &order, &world->err));
	OK(dcv_ledger_put_order(ledger, &cleaned, &world->err));
	OK(dcv_ledger_put_claim(ledger, &claim, &world->err));
	OK(put_claim(world, ledger, 2, &nowhere, DCV_TYPE_TXT, &at.rdata));
	OK(put_claim(world, ledger, 1, &at.zone, DCV_TYPE_TXT, &at.rdata));
	claim.id = "2";
	claim.revision = 1;
	OK(dcv_ledger_put_claim(ledger, &claim, &world->err));
	OK(dcv_ledger_put_placement(ledger, &at, &world->err));
	at.backend = "b";
	OK(dcv_ledger_put_placement(ledger, &at, &world->err));
	OK(dcv_ledger_put_rrset(ledger, &set, &world->err));
	OK(dcv_ledger_commit(ledger, &world->err));
	OK(dcv_ledger_seats(ledger, &world->arena, &rows, &n, &world->err));
	assert_int_equal(n, 3);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(rows[i].id, "1");
		assert_true(dcv_name_equal(&rows[i].owner, &claim.owner));
		assert_true(dcv_name_equal(&rows[i].zone, &at.zone));
		assert_true(dcv_rdata_equal(&rows[i].rdata, &at.rdata));
		assert_string_equal(rows[i].backend, i == 0 ? "a" : "b");
		assert_int_equal(rows[i].since, 100);
		assert_int_equal(rows[i].cached_s, i == 0 ? 0 : 3600);
	}
	assert_true(dcv_name_equal(&rows[2].owner, &nowhere));
	assert_int_equal(rows[2].zone.len, 0);
	assert_string_equal(rows[2].backend, "");
	dcv_ledger_close(ledger);
}

static void test_a_mark_is_lost_with_any_commit(void **state)
{
	struct world *world = *state;
	struct dcv_ledger *ledger = open_mode(world, DCV_LEDGER_WRITE);

	assert_false(dcv_ledger_is_as_marked(ledger));
	dcv_ledger_mark(ledger);
	assert_true(dcv_ledger_is_as_marked(ledger));
	meddle(world, "SELECT * FROM orders;");
	assert_true(dcv_ledger_is_as_marked(ledger));
	meddle(world, "DELETE FROM meta; INSERT INTO meta VALUES ('x', '1');");
	assert_false(dcv_ledger_is_as_marked(ledger));
	dcv_ledger_mark(ledger);
	OK(dcv_ledger_begin(ledger, &world->err));
	OK(dcv_ledger_commit(ledger, &world->err));
	assert_false(dcv_ledger_is_as_marked(ledger));
	dcv_ledger_close(ledger);
}

static void test_soon_is_for_writing_where_it_is_there(void **state)
{
	struct world *world = *state;
	struct dcv_ledger *ledger = open_mode(world, DCV_LEDGER_SOON);

	assert_false(dcv_ledger_is_writable(ledger));
	assert_int_not_equal(access(world->path, F_OK), 0);
	dcv_ledger_close(ledger);
	dcv_ledger_close(open_mode(world, DCV_LEDGER_WRITE));
	ledger = open_mode(world, DCV_LEDGER_SOON);
	assert_true(dcv_ledger_is_writable(ledger));
	dcv_ledger_close(ledger);
}

static void test_intents(void **state)
{
	struct world *world = *state;
	struct dcv_ledger *ledger = open_mode(world, DCV_LEDGER_WRITE);
	struct dcv_name other = name_of("example.org.");
	struct dcv_change_row add = {
		.zone = name_of("example.com."),
		.backend = "b",
		.op = "add",
		.owner = name_of("_dnsauth.example.com."),
		.type = DCV_TYPE_TXT,
		.rdata = txt_of(world, "token"),
		.ttl_s = 300,
		.ca = "digicert",
		.order_id = "1",
		.at = 50,
		.detail = "temporary .x",
	};
	struct dcv_change_row reload = {.zone = other, .backend = "b", .op = "reload"};
	struct dcv_change_row *rows = NULL;
	char *run = NULL;
	size_t n = 0;

	OK(dcv_ledger_begin(ledger, &world->err));
	OK(dcv_ledger_next_run(ledger, &world->arena, &run, &world->err));
	assert_string_equal(run, "r1");
	add.run = reload.run = run;
	OK(dcv_ledger_intend(ledger, &add, &world->err));
	OK(dcv_ledger_intend(ledger, &reload, &world->err));
	OK(dcv_ledger_next_run(ledger, &world->arena, &run, &world->err));
	assert_string_equal(run, "r2");
	OK(dcv_ledger_commit(ledger, &world->err));
	assert_true(reload.id > add.id && add.id > 0);

	OK(dcv_ledger_intents(ledger, NULL, &world->arena, &rows, &n, &world->err));
	assert_int_equal(n, 2);
	assert_int_equal(rows[0].id, add.id);
	assert_string_equal(rows[0].run, "r1");
	assert_string_equal(rows[0].op, "add");
	assert_true(dcv_name_equal(&rows[0].zone, &add.zone));
	assert_true(dcv_name_equal(&rows[0].owner, &add.owner));
	assert_true(dcv_rdata_equal(&rows[0].rdata, &add.rdata));
	assert_int_equal(rows[0].ttl_s, 300);
	assert_string_equal(rows[0].ca, "digicert");
	assert_string_equal(rows[0].order_id, "1");
	assert_int_equal(rows[0].state, DCV_CHANGE_INTENT);
	assert_int_equal(rows[0].at, 50);
	assert_string_equal(rows[0].detail, "temporary .x");
	assert_int_equal(rows[1].owner.len, 0);
	assert_int_equal(rows[1].type, 0);
	assert_int_equal(rows[1].rdata.len, 0);
	assert_string_equal(rows[1].order_id, "");
	assert_string_equal(rows[1].detail, "");
	OK(dcv_ledger_intents(ledger, &other, &world->arena, &rows, &n, &world->err));
	assert_int_equal(n, 1);
	assert_int_equal(rows[0].id, reload.id);

	OK(dcv_ledger_begin(ledger, &world->err));
	OK(dcv_ledger_end_change(ledger, add.id, DCV_CHANGE_DONE, 60, NULL, &world->err));
	OK(dcv_ledger_end_change(ledger, reload.id, DCV_CHANGE_UNKNOWN, 61, "silent",
		&world->err));
	OK(dcv_ledger_commit(ledger, &world->err));
	OK(dcv_ledger_intents(ledger, NULL, &world->arena, &rows, &n, &world->err));
	assert_int_equal(n, 1); /* an unknown outcome is not settled */
	assert_int_equal(rows[0].id, reload.id);
	assert_int_equal(rows[0].state, DCV_CHANGE_UNKNOWN);

	OK(dcv_ledger_begin(ledger, &world->err));
	OK(dcv_ledger_end_change(ledger, reload.id, DCV_CHANGE_FAILED, 62, NULL,
		&world->err));
	OK(dcv_ledger_commit(ledger, &world->err));
	OK(dcv_ledger_intents(ledger, NULL, &world->arena, &rows, &n, &world->err));
	assert_int_equal(n, 0);
	OK(dcv_ledger_begin(ledger, &world->err));
	assert_int_equal(
		dcv_ledger_end_change(ledger, 999, DCV_CHANGE_DONE, 1, NULL, &world->err),
		DCV_E_INTERNAL);
	dcv_ledger_rollback(ledger);
	dcv_ledger_close(ledger);
}

/* A row of a value's journal that is done. */
static void put_done(struct world *world, struct dcv_ledger *ledger,
	struct dcv_change_row *row, const char *op, int64_t at)
{
	row->op = op;
	row->at = at;
	OK(dcv_ledger_begin(ledger, &world->err));
	OK(dcv_ledger_intend(ledger, row, &world->err));
	OK(dcv_ledger_end_change(ledger, row->id, DCV_CHANGE_DONE, at, "serial 7",
		&world->err));
	OK(dcv_ledger_commit(ledger, &world->err));
}

static size_t count_lost(struct world *world, struct dcv_ledger *ledger)
{
	struct dcv_change_row *rows = NULL;
	size_t n = 0;

	OK(dcv_ledger_lost(ledger, &world->arena, &rows, &n, &world->err));
	return n;
}

static void test_lost(void **state)
{
	struct world *world = *state;
	struct dcv_ledger *ledger = open_mode(world, DCV_LEDGER_WRITE);
	struct dcv_change_row row = {.run = "r1",
		.zone = name_of("example.com."),
		.backend = "b",
		.owner = name_of("_dnsauth.example.com."),
		.type = DCV_TYPE_TXT,
		.rdata = txt_of(world, "token"),
		.ca = "digicert",
		.order_id = "1",
		.detail = ""};
	struct dcv_change_row other = row, *rows = NULL;
	struct dcv_change_row first;
	bool moved = true;
	size_t n = 0;

	other.backend = "c";
	put_done(world, ledger, &row, "add", 50);
	first = row;
	put_done(world, ledger, &other, "add", 51);
	put_done(world, ledger, &row, "lost", 60);
	OK(dcv_ledger_changes_of(ledger, &row, &world->arena, &rows, &n, &world->err));
	assert_int_equal(n, 2);
	assert_string_equal(rows[0].op, "add");
	assert_int_equal(rows[0].ended, 50);
	assert_string_equal(rows[0].detail, "serial 7");
	assert_string_equal(rows[1].op, "lost");
	assert_int_equal(count_lost(world, ledger), 1);
	/* What was missed was not changed: an undo still finds it. */
	OK(dcv_ledger_changed_after(ledger, &first, &world->arena, &moved, &world->err));
	assert_false(moved);
	put_done(world, ledger, &row, "add", 70);
	assert_int_equal(count_lost(world, ledger), 0);
	OK(dcv_ledger_changed_after(ledger, &first, &world->arena, &moved, &world->err));
	assert_true(moved);
	dcv_ledger_close(ledger);
}

static void test_missing_file_creates_nothing(void **state)
{
	struct world *world = *state;
	struct dcv_ledger *ledger = open_mode(world, DCV_LEDGER_READ);
	struct stat st;

	assert_int_equal(count_orders(world, ledger), 0);
	dcv_ledger_close(ledger);
	(void)snprintf(world->path, sizeof world->path, "%s/state", world->dir);
	assert_int_not_equal(stat(world->path, &st), 0);
}

static void test_empty_file_is_an_empty_ledger(void **state)
{
	struct world *world = *state;
	struct dcv_ledger *ledger;
	FILE *file;

	(void)snprintf(world->path, sizeof world->path, "%s/empty.db", world->dir);
	file = fopen(world->path, "w");
	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
	ledger = open_mode(world, DCV_LEDGER_READ);
	assert_int_equal(count_orders(world, ledger), 0);
	dcv_ledger_close(ledger);
	ledger = open_mode(world, DCV_LEDGER_WRITE);
	put_order(world, ledger, "1");
	assert_int_equal(count_orders(world, ledger), 1);
	dcv_ledger_close(ledger);
}

static void test_modes_of_what_is_made(void **state)
{
	struct world *world = *state;
	mode_t former = umask(0);
	struct dcv_ledger *ledger = open_mode(world, DCV_LEDGER_WRITE);
	struct stat st;

	(void)umask(former);
	dcv_ledger_close(ledger);
	assert_int_equal(stat(world->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	*strrchr(world->path, '/') = '\0';
	assert_int_equal(stat(world->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
}

static void test_read_mode_does_not_write(void **state)
{
	struct world *world = *state;
	struct dcv_order_row row = order_of("2");
	struct dcv_ledger *ledger = open_mode(world, DCV_LEDGER_WRITE);

	put_order(world, ledger, "1");
	dcv_ledger_close(ledger);
	ledger = open_mode(world, DCV_LEDGER_READ);
	assert_int_equal(dcv_ledger_begin(ledger, &world->err), DCV_E_INTERNAL);
	world->err = (struct dcv_error){0};
	assert_int_equal(dcv_ledger_put_order(ledger, &row, &world->err), DCV_E_INTERNAL);
	assert_int_equal(count_orders(world, ledger), 1);
	dcv_ledger_close(ledger);
}

static void test_write_needs_transaction(void **state)
{
	struct world *world = *state;
	struct dcv_order_row row = order_of("2");
	struct dcv_ledger *ledger = open_mode(world, DCV_LEDGER_WRITE);

	assert_int_equal(dcv_ledger_put_order(ledger, &row, &world->err), DCV_E_INTERNAL);
	assert_int_equal(count_orders(world, ledger), 0);
	dcv_ledger_close(ledger);
}

static void test_rollback(void **state)
{
	struct world *world = *state;
	struct dcv_order_row row = order_of("2");
	struct dcv_ledger *ledger = open_mode(world, DCV_LEDGER_WRITE);

	put_order(world, ledger, "1");
	OK(dcv_ledger_begin(ledger, &world->err));
	OK(dcv_ledger_put_order(ledger, &row, &world->err));
	assert_int_equal(count_orders(world, ledger), 2);
	dcv_ledger_rollback(ledger);
	dcv_ledger_rollback(ledger); /* harmless */
	assert_int_equal(count_orders(world, ledger), 1);
	dcv_ledger_close(ledger);
}

static void test_second_writer_is_told(void **state)
{
	struct world *world = *state;
	struct dcv_ledger *a = open_mode(world, DCV_LEDGER_WRITE);
	struct dcv_ledger *b = open_mode(world, DCV_LEDGER_WRITE);

	OK(dcv_ledger_begin(a, &world->err));
	assert_int_equal(dcv_ledger_begin(b, &world->err), DCV_E_LOCKED);
	dcv_ledger_rollback(a);
	world->err = (struct dcv_error){0};
	OK(dcv_ledger_begin(b, &world->err));
	dcv_ledger_close(b);
	dcv_ledger_close(a);
}

/* A reader that does not let go makes the commit fail as LOCKED, with nothing of it left. */
static void test_busy_commit(void **state)
{
	struct world *world = *state;
	struct dcv_ledger *ledger = open_mode(world, DCV_LEDGER_WRITE);
	struct dcv_order_row row = order_of("2");
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;

	put_order(world, ledger, "1");
	assert_int_equal(sqlite3_open(world->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT id FROM orders", -1, &stmt, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	OK(dcv_ledger_begin(ledger, &world->err));
	OK(dcv_ledger_put_order(ledger, &row, &world->err));
	assert_int_equal(dcv_ledger_commit(ledger, &world->err), DCV_E_LOCKED);
	assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(count_orders(world, ledger), 1);
	world->err = (struct dcv_error){0};
	OK(dcv_ledger_begin(ledger, &world->err));
	dcv_ledger_close(ledger);
}

/* Fills a transaction until it must spill into the file: then a journal is hot if we die. */
static void die_inside(const struct world *world)
{
	sqlite3 *db = NULL;

	if (sqlite3_open(world->path, &db) != SQLITE_OK ||
		sqlite3_exec(db,
			"PRAGMA cache_size = 5; PRAGMA synchronous = FULL; BEGIN IMMEDIATE;"
			"UPDATE orders SET state = 'closed';"
			"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
			" WHERE i < 500) INSERT INTO orders SELECT 'spill', i, '', '',"
			" hex(randomblob(500)), 1, 1, 'pending', '', NULL, 0, 0, 0, 0, 0"
			" FROM n",
			NULL, NULL, NULL) != SQLITE_OK)
		_exit(1);
	(void)raise(SIGKILL);
}

static void kill_writer(struct world *world)
{
	char journal[160];
	struct stat st;
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		die_inside(world);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	(void)snprintf(journal, sizeof journal, "%s-journal", world->path);
	assert_int_equal(stat(journal, &st), 0);
	assert_true(st.st_size > 0);
}

static void check_after_crash(struct world *world, enum dcv_ledger_mode mode)
{
	struct dcv_ledger *ledger = open_mode(world, DCV_LEDGER_WRITE);
	struct dcv_order_row *row = NULL;

	put_order(world, ledger, "1");
	dcv_ledger_close(ledger);
	kill_writer(world);
	ledger = open_mode(world, mode);
	assert_int_equal(count_orders(world, ledger), 1);
	OK(dcv_ledger_order(ledger, "digicert", "1", &world->arena, &row, &world->err));
	assert_non_null(row);
	assert_int_equal(row->state, DCV_STATE_PENDING);
	dcv_ledger_close(ledger);
	ledger = open_mode(world, DCV_LEDGER_WRITE);
	put_order(world, ledger, "2");
	assert_int_equal(count_orders(world, ledger), 2);
	dcv_ledger_close(ledger);
}

static void test_crash_then_write(void **state)
{
	check_after_crash(*state, DCV_LEDGER_WRITE);
}

static void test_crash_then_read(void **state)
{
	check_after_crash(*state, DCV_LEDGER_READ);
}

/* Who may not write cannot restore either, and is told so instead of being shown half a
 * transaction. */
static void test_crash_then_read_by_another_user(void **state)
{
	struct world *world = *state;
	struct dcv_ledger *ledger = open_mode(world, DCV_LEDGER_WRITE);
	char journal[160], state_dir[80];
	int status = 0;
	pid_t pid;

	put_order(world, ledger, "1");
	dcv_ledger_close(ledger);
	kill_writer(world);
	(void)snprintf(journal, sizeof journal, "%s-journal", world->path);
	(void)snprintf(state_dir, sizeof state_dir, "%s/state", world->dir);
	assert_int_equal(chmod(world->dir, 0755), 0);
	assert_int_equal(chmod(world->path, 0444), 0);
	assert_int_equal(chmod(journal, 0444), 0);
	assert_int_equal(chmod(state_dir, 0555), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0)
			_exit(2);
		if (dcv_ledger_open(world->path, DCV_LEDGER_READ, 0, &ledger,
			    &world->err) != DCV_E_FAILED)
			_exit(3);
		_exit(strstr(world->err.text, "cut off") != NULL ? 0 : 4);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(chmod(state_dir, 0755), 0);
	assert_int_equal(chmod(world->path, 0644), 0);
	assert_int_equal(chmod(journal, 0644), 0);
	ledger = open_mode(world, DCV_LEDGER_READ);
	assert_int_equal(count_orders(world, ledger), 1);
	dcv_ledger_close(ledger);
}

/* Our own transaction, killed before its commit. */
static void test_killed_inside_own_transaction(void **state)
{
	struct world *world = *state;
	struct dcv_ledger *ledger = open_mode(world, DCV_LEDGER_WRITE);
	struct dcv_order_row row = order_of("2");
	int status = 0;
	pid_t pid;

	put_order(world, ledger, "1");
	dcv_ledger_close(ledger);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (dcv_ledger_open(world->path, DCV_LEDGER_WRITE, 0, &ledger, NULL) ==
				DCV_OK &&
			dcv_ledger_begin(ledger, NULL) == DCV_OK &&
			dcv_ledger_put_order(ledger, &row, NULL) == DCV_OK)
			(void)raise(SIGKILL);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	ledger = open_mode(world, DCV_LEDGER_READ);
	assert_int_equal(count_orders(world, ledger), 1);
	dcv_ledger_close(ledger);
}

static void assert_refused(struct world *world, const char *words)
{
	const enum dcv_ledger_mode modes[] = {DCV_LEDGER_READ, DCV_LEDGER_WRITE};
	struct dcv_ledger *ledger = NULL;
	size_t i;

	for (i = 0; i < 2; i++) {
		world->err = (struct dcv_error){0};
		assert_int_equal(
			dcv_ledger_open(world->path, modes[i], 0, &ledger, &world->err),
			DCV_E_FAILED);
		assert_null(ledger);
		if (strstr(world->err.text, words) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", world->err.text, words);
		assert_non_null(strstr(world->err.text, world->path));
	}
}

static void test_newer_schema_is_refused(void **state)
{
	struct world *world = *state;

	dcv_ledger_close(open_mode(world, DCV_LEDGER_WRITE));
	meddle(world, "PRAGMA user_version = 2");
	assert_refused(world, "made by a newer version");
}

static void test_other_database_is_refused(void **state)
{
	struct world *world = *state;

	(void)snprintf(world->path, sizeof world->path, "%s/other.db", world->dir);
	meddle(world, "CREATE TABLE orders (id INTEGER)");
	assert_refused(world, "not a ledger");
}

static void overwrite(const struct world *world, long at, const char *text, size_t n)
{
	FILE *file = fopen(world->path, "r+");
	size_t i;

	assert_non_null(file);
	assert_int_equal(fseek(file, at, SEEK_SET), 0);
	for (i = 0; i < n; i++)
		assert_int_equal(fputs(text, file) == EOF, 0);
	assert_int_equal(fclose(file), 0);
}

static void test_damaged_header_is_told(void **state)
{
	struct world *world = *state;

	dcv_ledger_close(open_mode(world, DCV_LEDGER_WRITE));
	overwrite(world, 0, "not a database, not at all; ", 200);
	assert_refused(world, "damaged");
	assert_non_null(strstr(world->err.help, "never deleted"));
}

static void test_damaged_pages_are_told(void **state)
{
	struct world *world = *state;
	struct dcv_ledger *ledger = open_mode(world, DCV_LEDGER_WRITE);
	struct dcv_order_row *rows = NULL;
	size_t n = 0;
	enum dcv_err rc;

	put_order(world, ledger, "1");
	dcv_ledger_close(ledger);
	overwrite(world, 4096, "\xff\xfe\xfd\xfc", 4000);
	rc = dcv_ledger_open(world->path, DCV_LEDGER_READ, 0, &ledger, &world->err);
	if (rc == DCV_OK) {
		rc = dcv_ledger_orders(ledger, NULL, &world->arena, &rows, &n,
			&world->err);
		dcv_ledger_close(ledger);
	}
	assert_int_equal(rc, DCV_E_FAILED);
	assert_non_null(strstr(world->err.text, "damaged"));
}

static void test_unreadable_row_is_told(void **state)
{
	static const struct {
		const char *sql, *says;
	} cases[] = {
		{"UPDATE orders SET state = 'lost'",
			"table orders: row digicert 1: cannot be read: column state"},
		{"UPDATE orders SET state = 'pending', created = 'soon'", "column created"},
		{"UPDATE orders SET created = 1, document = x'00ff'", "column document"},
		{"UPDATE orders SET document = 'a' || char(0) || 'b'", "column document"},
	};
	struct world *world = *state;
	struct dcv_ledger *ledger = open_mode(world, DCV_LEDGER_WRITE);
	struct dcv_order_row *rows = NULL;
	size_t n = 0, i;

	put_order(world, ledger, "1");
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		world->err = (struct dcv_error){0};
		meddle(world, cases[i].sql);
		assert_int_equal(dcv_ledger_orders(ledger, NULL, &world->arena, &rows, &n,
					 &world->err),
			DCV_E_FAILED);
		if (strstr(world->err.text, cases[i].says) == NULL)
			fail_msg("%s", world->err.text);
		assert_null(rows);
	}
	dcv_ledger_close(ledger);
}

static void test_unreadable_claim_is_told(void **state)
{
	static const char *const cases[] = {
		"UPDATE claims SET owner = '_dnsauth.example.com'", /* not absolute */
		"UPDATE claims SET owner = '_dnsauth.example.com.', type = 'TEXT'",
		"UPDATE claims SET type = 'TXT', rdata = '\"open'",
		"PRAGMA foreign_keys = OFF; UPDATE claims SET rdata = '\"x\"'; DELETE FROM orders",
	};
	struct world *world = *state;
	struct dcv_ledger *ledger = open_mode(world, DCV_LEDGER_WRITE);
	struct dcv_name owner = name_of("_dnsauth.example.com.");
	struct dcv_rdata txt = txt_of(world, "x");
	struct dcv_claim_row *rows = NULL;
	size_t n = 0, i;

	put_order(world, ledger, "1");
	OK(dcv_ledger_begin(ledger, &world->err));
	OK(put_claim(world, ledger, 1, &owner, DCV_TYPE_TXT, &txt));
	OK(dcv_ledger_commit(ledger, &world->err));
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		world->err = (struct dcv_error){0};
		meddle(world, cases[i]);
		assert_int_equal(dcv_ledger_claims_of(ledger, "digicert", "1",
					 &world->arena, &rows, &n, &world->err),
			DCV_E_FAILED);
		assert_non_null(
			strstr(world->err.text, "table claims: row digicert 1 1 "));
	}
	dcv_ledger_close(ledger);
}

static void test_bad_paths(void **state)
{
	struct world *world = *state;

	(void)snprintf(world->path, sizeof world->path, "%s", world->dir);
	assert_refused(world, "is a directory");
	(void)snprintf(world->path, sizeof world->path, "%s/fifo", world->dir);
	assert_int_equal(mkfifo(world->path, 0600), 0);
	assert_refused(world, "not a regular file");
	(void)snprintf(world->path, sizeof world->path, "%s/fifo/ledger.db", world->dir);
	assert_refused(world, "Not a directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_order_round_trip),
		T(test_orders_sorted_and_filtered),
		T(test_claims),
		T(test_claim_needs_order),
		T(test_placements),
		T(test_rrsets),
		T(test_seats),
		T(test_a_mark_is_lost_with_any_commit),
		T(test_soon_is_for_writing_where_it_is_there),
		T(test_intents),
		T(test_lost),
		T(test_missing_file_creates_nothing),
		T(test_empty_file_is_an_empty_ledger),
		T(test_modes_of_what_is_made),
		T(test_read_mode_does_not_write),
		T(test_write_needs_transaction),
		T(test_rollback),
		T(test_second_writer_is_told),
		T(test_busy_commit),
		T(test_crash_then_write),
		T(test_crash_then_read),
		T(test_crash_then_read_by_another_user),
		T(test_killed_inside_own_transaction),
		T(test_newer_schema_is_refused),
		T(test_other_database_is_refused),
		T(test_damaged_header_is_told),
		T(test_damaged_pages_are_told),
		T(test_unreadable_row_is_told),
		T(test_unreadable_claim_is_told),
		T(test_bad_paths),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
