/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The trial fails when it should: a zone in memory that does one thing wrong at a time, each of
 * which its group must find. What "the servers" answer is what the zone really holds, so this file
 * takes the place of trial_dns.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "provider/trial_parts.h"

#define ZONE "z.example."
#define RECORDS_MAX 1024u
#define TXT DCV_TYPE_TXT
#define CNAME DCV_TYPE_CNAME
#define CAA DCV_TYPE_CAA

enum fault {
	NONE = 0,
	UNNAMED, /* has no title */
	HOLDS_ALL, /* says of every zone that it is held */
	LIES, /* says done, and does nothing */
	FORGETS, /* what is added takes the other values of the set along */
	IGNORES_MOVES, /* writes the set that the edit rests on, whatever stands there now */
	TAKES_TTL, /* gives a set that somebody else made our TTL */
	KEEPS_TTL, /* the TTL of a set that is there stays */
	FOLDS_CASE, /* of TXT */
	LOSES_FLAGS, /* of CAA */
	MIXES, /* takes other data beside a CNAME */
	COUNTS, /* the serial moves though nothing does */
	DROPS, /* all edits of a change but the first hundred */
	HALVES, /* does the first edit of two, and says that nothing was done */
	HIDES, /* reads what it has, and the servers do not have it */
	LEAVES, /* removes nothing that lies at the trial's own owner */
	FAULTS
};

static struct record {
	char *owner, *rdata;
	uint16_t type;
	uint32_t ttl_s;
} records[RECORDS_MAX];
static size_t n_records;
static uint32_t serial;
static enum fault fault;
static int64_t mono_ms;

/* --- the zone --- */

static struct record *find(const char *owner, uint16_t type, const char *rdata)
{
	for (size_t i = 0; i < n_records; i++)
		if ((type == 0 || records[i].type == type) &&
			strcmp(records[i].owner, owner) == 0 &&
			(rdata == NULL || strcmp(records[i].rdata, rdata) == 0))
			return &records[i];
	return NULL;
}

static bool drop(struct record *record)
{
	if (record == NULL)
		return false;
	free(record->owner);
	free(record->rdata);
	*record = records[--n_records];
	return true;
}

static void clear(void)
{
	while (n_records > 0)
		(void)drop(&records[0]);
}

static bool put(const char *owner, uint16_t type, uint32_t ttl_s, const char *rdata)
{
	if (find(owner, type, rdata) != NULL)
		return false;
	assert_true(n_records < RECORDS_MAX);
	records[n_records++] = (struct record){strdup(owner), strdup(rdata), type, ttl_s};
	return true;
}

static bool is_at_or_below(const char *name, const char *owner)
{
	size_t n = strlen(name), m = strlen(owner);

	return n >= m && strcmp(name + n - m, owner) == 0 &&
		(n == m || name[n - m - 1] == '.');
}

static bool exists(const char *owner)
{
	for (size_t i = 0; i < n_records; i++)
		if (is_at_or_below(records[i].owner, owner))
			return true;
	return false;
}

/* --- the provider --- */

static enum dcvp_class open_session(const struct dcvp_host *host,
	const struct dcvp_setting *settings, size_t n, void **ret, struct dcvp_error *err)
{
	const struct dcvp_host **session = malloc(sizeof(*session));

	(void)settings;
	(void)n;
	(void)err;
	assert_non_null(session);
	*session = host;
	*ret = session;
	return DCVP_OK;
}

static enum dcvp_class find_zone(void *session, const char *zone, struct dcvp_error *err)
{
	(void)session;
	(void)err;
	return fault == HOLDS_ALL || strcmp(zone, ZONE) == 0 ? DCVP_OK : DCVP_NO_ZONE;
}

static void *take(void *session, size_t n)
{
	const struct dcvp_host *host = *(const struct dcvp_host **)session;
	void *ret = host->alloc(host->ctx, n + 1);

	assert_non_null(ret);
	return ret;
}

static const char *copy(void *session, const char *text)
{
	return memcpy(take(session, strlen(text)), text, strlen(text) + 1);
}

static void read_set(void *session, const char *owner, uint16_t type,
	struct dcvp_rrset *ret)
{
	const char **rdata = take(session, n_records * sizeof(*rdata));

	*ret = (struct dcvp_rrset){.owner = owner, .type = type, .rdata = rdata};
	for (size_t i = 0; i < n_records; i++)
		if (records[i].type == type && strcmp(records[i].owner, owner) == 0) {
			rdata[ret->n++] = copy(session, records[i].rdata);
			ret->ttl_s = records[i].ttl_s;
		}
}

static void read_node(void *session, const char *from, struct dcvp_node *ret)
{
	static const uint16_t types[] = {DCV_TYPE_NS, TXT, CNAME, CAA};
	const char *owner = copy(session, from), *closest = owner;
	struct dcvp_rrset *sets = take(session, 4 * sizeof(sets[0]));

	while (!exists(closest))
		closest = strchr(closest, '.') + 1;
	*ret = (struct dcvp_node){.owner = owner, .closest = closest, .sets = sets};
	for (size_t i = 0; i < 4; i++) {
		read_set(session, owner, types[i], &sets[ret->n_sets]);
		ret->n_sets += sets[ret->n_sets].n > 0;
	}
}

static const char *etag(void *session)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%u", (unsigned)serial);
	return copy(session, text);
}

static enum dcvp_class read_zone(void *session, const char *zone,
	const char *const *owners, size_t n, struct dcvp_zone *ret, struct dcvp_error *err)
{
	static const struct dcvp_ns ns = {.name = "ns." ZONE};
	struct dcvp_node *nodes = take(session, n * sizeof(*nodes));

	(void)err;
	if (strcmp(zone, ZONE) != 0)
		return DCVP_NO_ZONE;
	for (size_t i = 0; i < n; i++)
		read_node(session, owners[i], &nodes[i]);
	*ret = (struct dcvp_zone){.place = "memory",
		.etag = etag(session),
		.serial = serial,
		.soa_ttl_s = 300,
		.soa_minimum_s = 300,
		.n_ns = 1,
		.ns = &ns,
		.n_nodes = n,
		.nodes = nodes};
	return DCVP_OK;
}

/* A CNAME stands alone (RFC 1034 3.6.2). */
static bool is_against_cname(const struct dcvp_change *change, size_t n)
{
	const char *owner = change->edits[n].owner;
	bool had = find(owner, CNAME, NULL) != NULL, others = false, comes = false;

	for (size_t i = 0; i < n_records; i++)
		others |= records[i].type != CNAME && strcmp(records[i].owner, owner) == 0;
	for (size_t i = 0; i < change->n_edits; i++) {
		const struct dcvp_edit *edit = &change->edits[i];

		if (strcmp(edit->owner, owner) != 0)
			continue;
		if (edit->type == CNAME) {
			had = had && edit->n_remove == 0;
			comes |= edit->n_add > 0 &&
				find(owner, CNAME, edit->add[0]) == NULL;
		} else {
			others = (others && edit->n_remove == 0) || edit->n_add > 0;
		}
	}
	return (comes && (had || others)) || (had && others);
}

static const char *as_kept(void *session, const struct dcvp_edit *edit, const char *rdata)
{
	char *text = memcpy(take(session, strlen(rdata)), rdata, strlen(rdata) + 1);

	if (fault == LOSES_FLAGS && edit->type == CAA && strncmp(text, "128", 3) == 0)
		return memcpy(text + 2, "0", 1);
	for (char *c = text; fault == FOLDS_CASE && edit->type == TXT && *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	return text;
}

static void forget(const struct dcvp_edit *edit, bool all)
{
	for (size_t i = n_records; i-- > 0;) {
		bool kept = false;

		if (records[i].type != edit->type ||
			strcmp(records[i].owner, edit->owner) != 0)
			continue;
		for (size_t k = 0; !all && edit->before != NULL && k < edit->before->n;
			k++)
			kept |= strcmp(edit->before->rdata[k], records[i].rdata) == 0;
		if (!kept)
			(void)drop(&records[i]);
	}
}

static bool change_ttl(const struct dcvp_edit *edit)
{
	bool changed = false;

	for (size_t i = 0; i < n_records; i++) {
		struct record *record = &records[i];
		uint32_t ttl_s = edit->ttl_s;

		if (record->type != edit->type || strcmp(record->owner, edit->owner) != 0)
			continue;
		if (fault == KEEPS_TTL)
			ttl_s = records[i].ttl_s;
		if (fault == TAKES_TTL && ttl_s == 3600 && edit->has_before &&
			edit->before != NULL)
			ttl_s = 300;
		changed |= record->ttl_s != ttl_s;
		record->ttl_s = ttl_s;
	}
	return changed;
}

static bool carry_out(void *session, const struct dcvp_edit *edit)
{
	bool changed = false;

	if (fault == FORGETS && edit->n_add > 0)
		forget(edit, true);
	if (fault == IGNORES_MOVES && edit->has_before)
		forget(edit, false);
	for (size_t i = 0; i < edit->n_remove; i++)
		if (fault != LEAVES || strstr(edit->remove[i], "own") == NULL)
			changed |= drop(find(edit->owner, edit->type,
				as_kept(session, edit, edit->remove[i])));
	for (size_t i = 0; i < edit->n_add; i++)
		changed |= put(edit->owner, edit->type, edit->ttl_s,
			as_kept(session, edit, edit->add[i]));
	return change_ttl(edit) || changed;
}

/* What the backend declares that it cannot. */
static struct dcvp_capabilities capabilities = {.struct_size = sizeof(capabilities),
	.unit = DCVP_UNIT_ZONE,
	.atomic = DCVP_ATOMIC_ZONE,
	.cas = DCVP_CAS_ZONE};

static bool is_declared(const struct dcvp_edit *edit)
{
	const struct record *there = find(edit->owner, edit->type, NULL);

	return (capabilities.no_cname && edit->type == DCV_TYPE_CNAME) ||
		(capabilities.ttl_stays && there != NULL && there->ttl_s != edit->ttl_s);
}

static enum dcvp_class refuse(struct dcvp_error *err, enum dcvp_class class,
	const char *why)
{
	(void)snprintf(err->text, sizeof(err->text), "%s", why);
	return class;
}

static enum dcvp_class apply(void *session, const struct dcvp_change *change,
	struct dcvp_result *results, struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	uint32_t before = serial;
	bool changed = false;

	if (fault != IGNORES_MOVES && change->etag != NULL &&
		strcmp(change->etag, etag(session)) != 0)
		return refuse(err, DCVP_CONFLICT, "the zone moved");
	if (fault == HALVES && change->n_edits == 2)
		(void)carry_out(session, &change->edits[0]);
	for (size_t i = 0; fault != MIXES && i < change->n_edits; i++)
		if (is_against_cname(change, i))
			return refuse(err, DCVP_FAILED, "a CNAME stands alone");
	for (size_t i = 0; i < change->n_edits; i++)
		if (is_declared(&change->edits[i]))
			return refuse(err, DCVP_INVALID, "that it cannot");
	for (size_t i = 0; i < change->n_edits; i++) {
		bool moved = fault != LIES && (fault != DROPS || i < 100) &&
			carry_out(session, &change->edits[i]);

		results[i].outcome = moved || fault == LIES || fault == DROPS
			? DCVP_EDIT_DONE
			: DCVP_EDIT_ALREADY;
		changed |= moved;
	}
	serial += changed || fault == COUNTS;
	if (serial != before)
		*receipt = (struct dcvp_receipt){.serial_before = before,
			.serial_after = serial};
	return DCVP_OK;
}

static const struct dcvp_option options[] = {{.key = NULL}};
static struct dcvp_provider provider = {.struct_size = sizeof(provider),
	.abi = DCVP_ABI,
	.name = "memory",
	.options = options,
	.capabilities = &capabilities,
	.open = open_session,
	.close = free,
	.find_zone = find_zone,
	.read = read_zone,
	.apply = apply};

/* --- what the servers answer --- */

enum dcv_err dcv_trial_serial(struct dcv_trial *t, size_t server, uint32_t *ret,
	struct dcv_error *err)
{
	(void)t;
	(void)server;
	(void)err;
	*ret = serial;
	return DCV_OK;
}

enum dcv_err dcv_trial_served(struct dcv_trial *t, const struct dcv_trial_set *want,
	struct dcv_error *err)
{
	struct dcv_rrset got = {.owner = want->set.owner, .type = want->set.type};
	char owner[DCV_NAME_TEXT_MAX];

	(void)dcv_name_text(&want->set.owner, owner);
	got.rdata = dcv_arena_array(t->arena, n_records + 1, sizeof(got.rdata[0]));
	assert_non_null(got.rdata);
	for (size_t i = 0; fault != HIDES && i < n_records; i++) {
		const struct record *record = &records[i];

		if (record->type != got.type || strcmp(record->owner, owner) != 0)
			continue;
		assert_int_equal(dcv_rdata_parse(got.type, record->rdata,
					 strlen(record->rdata), &t->setup->zone, t->arena,
					 &got.rdata[got.n++], NULL),
			DCV_OK);
		got.ttl_s = record->ttl_s;
	}
	return dcv_trial_same(&want->set, &got, want->apex)
		? DCV_OK
		: dcv_trial_differs("server", &want->set, &got, err);
}

/* --- the trials --- */

static int64_t wall_s(void *ctx)
{
	(void)ctx;
	return 1795338000;
}

static int64_t now_ms(void *ctx)
{
	(void)ctx;
	return mono_ms;
}

static void sleep_ms(void *ctx, int64_t ms)
{
	(void)ctx;
	mono_ms += ms;
}

/* What each fault is to make fail: the step, and what is said of it. */
static const struct {
	unsigned group;
	const char *step, *text;
} found[FAULTS] = {
	[UNNAMED] = {1, "a name and a title", "no title"},
	[HOLDS_ALL] = {2, "a zone elsewhere is not held", "is held"},
	[LIES] = {3, "the first value", "has nothing; wanted TTL 300, \"one\""},
	[FORGETS] = {5, "ours comes, the TTL stays", "has TTL 3600, \"ours\"; wanted"},
	[IGNORES_MOVES] = {4, "sessions that all rest on the same read",
		"\"writer-15\"; wanted"},
	[TAKES_TTL] = {5, "ours comes, the TTL stays", "has TTL 300,"},
	[KEEPS_TTL] = {6, "another TTL, the same value", "has TTL 300,"},
	[FOLDS_CASE] = {7, "differing in case only", "has TTL 300, \"token\"; wanted"},
	[LOSES_FLAGS] = {8, "critical", "0 issue \"critical.example\""},
	[MIXES] = {9, "TXT beside it is refused", "is told to be done"},
	[COUNTS] = {10, "a set that is there, as it is", "the serial went from"},
	[DROPS] = {11, "101 owners come", "has nothing; wanted TTL 300, \"many\""},
	[HALVES] = {12, "of two edits one cannot be", "\"good\"; wanted nothing"},
	[HIDES] = {13, "read at once by another session, served in time", "server: "},
	[LEAVES] = {10, "nothing of the trial is left", "\"own\"; wanted nothing"},
};

struct seen {
	bool step, others;
};

static bool hear(void *ctx, const struct dcv_trial_step *step)
{
	struct seen *seen = ctx;

	if (step->state == DCV_TRIAL_PASSED)
		return true;
	if (fault == NONE)
		print_error("%u %s: %s\n", step->group, step->name, step->text);
	seen->others = true;
	if (step->group != found[fault].group ||
		strcmp(step->name, found[fault].step) != 0)
		return true;
	if (strstr(step->text, found[fault].text) == NULL)
		print_error("%s: %s\n", step->name, step->text);
	seen->step = strstr(step->text, found[fault].text) != NULL;
	return true;
}

static void try(enum fault which, struct seen *seen, struct dcv_trial_result *ret)
{
	static const struct dcvp_provider *const all[] = {&provider, NULL};
	const struct dcv_clock clock = {wall_s, now_ms, sleep_ms, NULL};
	const struct dcv_log log = {0};
	const struct dcv_backend_config from = {.name = "memory",
		.account = "memory",
		.provider = "memory"};
	struct dcv_backend_host host = {.clock = &clock,
		.log = &log,
		.deadline_ms = INT64_MAX};
	const struct dcv_addr server = {.len = 0};
	struct dcv_arena arena = {NULL};
	struct dcv_trial_setup setup = {.host = &host,
		.from = &from,
		.n_servers = 1,
		.servers = &server,
		.serve_ms = 1000,
		.apex = true,
		.arena = &arena,
		.tell = hear,
		.ctx = seen};
	struct dcv_error err = {0};

	fault = which;
	clear();
	(void)put(ZONE, DCV_TYPE_NS, 3600, "ns." ZONE);
	(void)put(ZONE, TXT, 3600, "\"v=spf1 -all\"");
	serial = 41;
	mono_ms = 1000;
	provider.title = which == UNNAMED ? "" : "A zone in memory";
	assert_int_equal(dcv_name_from(ZONE, &setup.zone, NULL), DCV_OK);
	assert_int_equal(dcv_providers_make(all, &host.providers, NULL), DCV_OK);
	if (dcv_trial_run(&setup, ret, &err) != DCV_OK)
		fail_msg("%s", err.text);
	dcv_providers_close(host.providers);
	dcv_arena_clear(&arena);
}

static void test_what_is_right_passes(void **state)
{
	struct dcv_trial_result result = {.left = true};
	struct seen seen = {false, false};

	(void)state;
	try(NONE, &seen, &result);
	assert_false(seen.others);
	assert_int_equal(result.groups[0].failed + result.groups[0].cannot, 0);
	for (unsigned i = 1; i <= DCV_TRIAL_GROUPS; i++)
		assert_true(result.groups[i].passed > 0);
	assert_false(result.left);
	assert_int_equal(n_records, 2); /* the zone is as it was */
	clear();
}

/* What a backend says that it cannot is no failure, and what rests on it is not asked for. */
static void test_what_is_declared_cannot_be(void **state)
{
	struct dcv_trial_result result = {.left = true};
	struct seen seen = {false, false};

	(void)state;
	capabilities.no_cname = capabilities.ttl_stays = 1;
	try(NONE, &seen, &result);
	capabilities.no_cname = capabilities.ttl_stays = 0;
	assert_int_equal(result.groups[0].failed, 0);
	assert_int_equal(result.groups[6].cannot, 2);
	assert_int_equal(result.groups[9].cannot, 12);
	assert_int_equal(result.groups[12].cannot, 1);
	assert_int_equal(result.groups[0].cannot, 15);
	assert_int_equal(n_records, 2);
	clear();
}

static void test_each_fault_is_found(void **state)
{
	(void)state;
	for (enum fault which = NONE + 1; which < FAULTS; which++) {
		struct dcv_trial_result result = {.left = false};
		struct seen seen = {false, false};

		try(which, &seen, &result);
		if (!seen.step || result.groups[found[which].group].failed == 0)
			fail_msg("fault %d: \"%s\" did not fail as it should", (int)which,
				found[which].step);
		if (which == LEAVES)
			assert_true(result.left);
		clear();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_right_passes),
		cmocka_unit_test(test_what_is_declared_cannot_be),
		cmocka_unit_test(test_each_fault_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
