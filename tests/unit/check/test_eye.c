/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What the eye sees of zones that are signed well and badly; the resolver is the real one. */
#include "eye_world.h"

#include "check/eye.h"
#include "dns/wire.h"

#define DAY INT64_C(86400)
#define ENOUGH_MS 20000

static struct dcv_arena arena;
static struct dcv_eye *eye;

static struct dcv_eye *open_eye(const char *hints, const char *anchor)
{
	char hints_path[128], anchor_path[128];
	const struct dcv_eye_settings settings = {.root_hints = hints_path,
		.trust_anchor = anchor_path,
		.clock = &dcv_clock_system};
	struct dcv_error err = {0};
	struct dcv_eye *ret = NULL;

	(void)snprintf(hints_path, sizeof(hints_path), "%s/%s", world.dir, hints);
	(void)snprintf(anchor_path, sizeof(anchor_path), "%s/%s", world.dir, anchor);
	if (dcv_eye_open(&settings, &ret, &err) != DCV_OK)
		fail_msg("%s (%s)", err.text, err.help);
	return ret;
}

static int open_good(void **state)
{
	(void)state;
	eye = open_eye("root.hints", "root.key");
	return 0;
}

static int close_it(void **state)
{
	(void)state;
	dcv_eye_close(eye);
	eye = NULL;
	dcv_arena_clear(&arena);
	return 0;
}

static struct dcv_name name(const char *text)
{
	struct dcv_name ret = {.len = 0};

	assert_int_equal(dcv_name_from(text, &ret, NULL), DCV_OK);
	return ret;
}

static struct dcv_eye_answer answer;

static struct dcv_eye_gate gate_within(const char *owner, uint16_t type, int64_t ms)
{
	const struct dcv_name at = name(owner);
	const struct dcv_eye_question question = {.name = &at, .type = type};
	struct dcv_error err = {0};
	struct dcv_eye_gate ret;

	if (dcv_eye_gates(eye, &question, 1, deadline(ms), &arena, &ret, &answer, &err) !=
		DCV_OK)
		fail_msg("%s: %s", owner, err.text);
	return ret;
}

static struct dcv_eye_gate gate(const char *owner)
{
	return gate_within(owner, DCV_TYPE_TXT, ENOUGH_MS);
}

static void assert_name(const struct dcv_name *seen, const char *wanted)
{
	char text[DCV_NAME_TEXT_MAX];

	assert_string_equal(dcv_name_text(seen, text), wanted);
}

static void assert_says(const char *text, const char *wanted)
{
	if (strstr(text, wanted) == NULL)
		fail_msg("`%s` does not say `%s`", text, wanted);
}

static void assert_passed(const char *owner, enum dcv_eye_state wanted)
{
	const struct dcv_eye_gate seen = gate(owner);

	if (seen.gate != DCV_GATE_PASSED || answer.state != wanted)
		fail_msg("%s: gate %d, %s, %s %s", owner, (int)seen.gate,
			dcv_eye_text(answer.state), seen.cause, seen.why);
	assert_string_equal(seen.cause, "");
}

static struct dcv_eye_gate assert_failed(const char *owner, const char *cause,
	const char *zone, const char *says)
{
	const struct dcv_eye_gate seen = gate(owner);

	if (seen.gate != DCV_GATE_FAILED || strcmp(seen.cause, cause) != 0)
		fail_msg("%s: gate %d, %s, `%s` %s", owner, (int)seen.gate,
			dcv_eye_text(answer.state), seen.cause, seen.why);
	assert_name(&seen.zone, zone);
	assert_says(seen.why, says);
	return seen;
}

static void secure(void **state)
{
	static const uint8_t token[] = "\5token";

	(void)state;
	assert_passed("txt.good.zz", DCV_EYE_SECURE);
	assert_int_equal(answer.n, 1);
	assert_int_equal(answer.rdata[0].len, sizeof(token) - 1);
	assert_memory_equal(answer.rdata[0].wire, token, sizeof(token) - 1);
	assert_int_equal(answer.n_links, 1);
	assert_true(answer.links[0].is_signed);
	assert_name(answer.links[0].signer, "good.zz.");
	assert_passed("any.wild.good.zz", DCV_EYE_SECURE);
	assert_int_equal(answer.n, 1);
}

static void secure_absence(void **state)
{
	(void)state;
	assert_passed("none.good.zz", DCV_EYE_SECURE);
	assert_int_equal(answer.rcode, DCV_RCODE_NXDOMAIN);
	assert_passed("caa.good.zz", DCV_EYE_SECURE);
	assert_int_equal(answer.rcode, DCV_RCODE_NOERROR);
	assert_int_equal(answer.n, 0);
}

static void insecure(void **state)
{
	(void)state;
	assert_passed("txt.plain.zz", DCV_EYE_INSECURE);
	assert_int_equal(answer.n, 1);
	assert_passed("none.plain.zz", DCV_EYE_INSECURE);
}

/* Signed, but no DS: nobody can know. */
static void island(void **state)
{
	(void)state;
	assert_passed("txt.island.zz", DCV_EYE_INSECURE);
	assert_true(answer.links[0].is_signed);
}

static void aliases(void **state)
{
	(void)state;
	assert_passed("to-good.good.zz", DCV_EYE_SECURE);
	assert_name(answer.canonical, "txt.good.zz.");
	assert_int_equal(answer.n, 1);
	assert_int_equal(answer.n_links, 2);
	assert_passed("to-plain.good.zz", DCV_EYE_INSECURE);
	assert_name(answer.canonical, "txt.plain.zz.");
	assert_passed("to-nothing.good.zz", DCV_EYE_INSECURE);
	assert_int_equal(answer.rcode, DCV_RCODE_NXDOMAIN);
	assert_passed("a.renamed.good.zz", DCV_EYE_SECURE);
	assert_name(answer.canonical, "a.wild.good.zz.");
	assert_true(answer.links[0].is_signed);
}

static void expired(void **state)
{
	const int64_t now_s = dcv_now_s(&dcv_clock_system);
	struct dcv_eye_gate seen;

	(void)state;
	seen = assert_failed("txt.expired.zz", "D40", "expired.zz.",
		"signature over expired.zz. DNSKEY expired");
	assert_in_range(now_s - seen.expiration_s, 2 * DAY - 300, 2 * DAY + 300);
	assert_in_range(now_s - seen.inception_s, 9 * DAY - 300, 9 * DAY + 300);
	(void)assert_failed("none.expired.zz", "D40", "expired.zz.", "expired");
}

static void not_yet_valid(void **state)
{
	(void)state;
	(void)assert_failed("txt.early.zz", "D40", "early.zz.", "is not valid before");
}

static void records_expired(void **state)
{
	(void)state;
	(void)assert_failed("txt.half.zz", "D40", "half.zz.",
		"signature over txt.half.zz. TXT expired");
	(void)assert_failed("none.half.zz", "D40", "half.zz.",
		"the proof that there is no TXT at none.half.zz.");
}

static void other_key(void **state)
{
	(void)state;
	(void)assert_failed("txt.nokey.zz", "D41", "nokey.zz.", "the zone has ");
	(void)assert_failed("txt.unsigned.zz", "D41", "unsigned.zz.", "no DNSKEY");
}

static void no_signature(void **state)
{
	(void)state;
	(void)assert_failed("txt.nosig.zz", "D42", "nosig.zz.",
		"txt.nosig.zz. TXT has no signature");
	assert_int_equal(answer.n, 1);
}

static void downgraded(void **state)
{
	struct dcv_eye_gate seen = gate("txt.algorithm.zz");

	(void)state;
	assert_int_equal(seen.gate, DCV_GATE_PASSED);
	assert_int_equal(seen.state, DCV_EYE_INSECURE);
	assert_string_equal(seen.cause, "D43");
	assert_says(seen.why, "not supported: 200/2");
	/* There is not even a signature. */
	seen = gate("txt.bare.zz");
	assert_int_equal(seen.gate, DCV_GATE_PASSED);
	assert_string_equal(seen.cause, "D43");
	for (size_t i = 0; i < 2; i++) {
		seen = gate(i == 0 ? "txt.iterations.zz" : "none.iterations.zz");
		assert_int_equal(seen.gate, DCV_GATE_PASSED);
		assert_string_equal(seen.cause, "D43");
		assert_says(seen.why, "200 iterations");
	}
}

static void alias_into_bogus(void **state)
{
	struct dcv_eye_gate seen;

	(void)state;
	seen = assert_failed("to-expired.good.zz", "D44", "expired.zz.",
		"alias target txt.expired.zz.: the signature over");
	assert_name(&seen.at, "txt.expired.zz.");
	(void)assert_failed("to-twice.good.zz", "D44", "expired.zz.", "txt.expired.zz.");
	(void)assert_failed("to-nosig.good.zz", "D44", "nosig.zz.",
		"txt.nosig.zz. TXT has no signature");
}

/* What breaks in the owner's own zone is not an alias's fault. */
static void alias_within_bogus(void **state)
{
	(void)state;
	(void)assert_failed("alias.half.zz", "D40", "half.zz.", "alias.half.zz. CNAME");
}

static void margin(void **state)
{
	struct dcv_eye_gate seen = gate("txt.soon.zz");

	(void)state;
	assert_int_equal(seen.gate, DCV_GATE_PASSED);
	assert_string_equal(seen.cause, "D40");
	assert_says(seen.why, "expire soon");
	seen = gate("txt.good.zz");
	assert_string_equal(seen.cause, "");
	assert_true(seen.expiration_s > dcv_now_s(&dcv_clock_system) + 29 * DAY);
	/* The records last, the keys do not. */
	seen = gate("txt.keys.zz");
	assert_int_equal(seen.gate, DCV_GATE_PASSED);
	assert_string_equal(seen.cause, "D40");
	assert_says(seen.why, "expire soon");
}

static void old_anchor(void **state)
{
	struct dcv_eye_gate seen;

	(void)state;
	eye = open_eye("root.hints", "other.key");
	seen = gate("txt.plain.zz");
	assert_int_equal(seen.gate, DCV_GATE_NOT_CHECKED);
	assert_string_equal(seen.cause, "D45");
	assert_says(seen.why, "other.key");
}

/* The key to come is not trusted yet; the valid one is. The file stays as it is. */
static void tracked_anchor(void **state)
{
	(void)state;
	eye = open_eye("root.hints", "tracked.key");
	assert_passed("txt.good.zz", DCV_EYE_SECURE);
}

static void no_usable_server(void **state)
{
	static const char *const owners[] = {"txt.dead.zz", "to-loop.good.zz"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct dcv_eye_gate seen = gate(owners[i]);

		assert_int_equal(seen.gate, DCV_GATE_FAILED);
		assert_int_equal(seen.state, DCV_EYE_SERVFAIL);
		assert_string_equal(seen.cause, "");
	}
}

static void deadline_is_kept(void **state)
{
	const int64_t begin = dcv_mono_ms(&dcv_clock_system);
	struct dcv_eye_gate seen = gate_within("txt.silent.zz", DCV_TYPE_TXT, 300);

	(void)state;
	assert_in_range(dcv_mono_ms(&dcv_clock_system) - begin, 250, 5000);
	assert_int_equal(seen.gate, DCV_GATE_NOT_CHECKED);
	assert_int_equal(seen.state, DCV_EYE_NOT_ASKED);
	/* It can be asked again. */
	assert_passed("txt.good.zz", DCV_EYE_SECURE);
}

static void nothing_reachable(void **state)
{
	static const char *const hints[] = {"dead.hints", "silent.hints", "local.hints",
		"private.hints"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct dcv_eye_gate seen;

		eye = open_eye(hints[i], "root.key");
		seen = gate_within("txt.good.zz", DCV_TYPE_TXT, 300);
		assert_int_equal(seen.gate, DCV_GATE_NOT_CHECKED);
		assert_says(seen.why, "no root name server");
		assert_string_equal(seen.cause, "");
		(void)close_it(NULL);
	}
}

static void open_special(const char *hints_name, struct dcv_eye_settings settings)
{
	char hints[128], anchor[128];

	(void)snprintf(hints, sizeof(hints), "%s", in_world(hints_name));
	(void)snprintf(anchor, sizeof(anchor), "%s", in_world("root.key"));
	settings.root_hints = hints;
	settings.trust_anchor = anchor;
	settings.clock = &dcv_clock_system;
	assert_int_equal(dcv_eye_open(&settings, &eye, NULL), DCV_OK);
}

/* Hints in such ranges mean a world of the user's own. */
static void special_addresses(void **state)
{
	static const char *const hints[] = {"local.hints", "private.hints"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		open_special(hints[i], (struct dcv_eye_settings){.special = true});
		assert_passed("txt.good.zz", DCV_EYE_SECURE);
		(void)close_it(NULL);
	}
}

/* Servers that say nothing are given up; that is what a CA would see. */
static void patience(void **state)
{
	struct dcv_eye_gate seen;

	(void)state;
	open_special("root.hints", (struct dcv_eye_settings){.patience_ms = 300});
	seen = gate("txt.silent.zz");
	assert_int_equal(seen.gate, DCV_GATE_FAILED);
	assert_int_equal(seen.state, DCV_EYE_TIMEOUT);
	assert_says(seen.why, "say nothing");
}

static bool stop(void *ctx)
{
	unsigned *asked = ctx;

	return ++*asked > 2;
}

static void stopped(void **state)
{
	unsigned asked = 0;

	(void)state;
	open_special("silent.hints",
		(struct dcv_eye_settings){.stopped = stop, .ctx = &asked});
	assert_int_equal(gate_within("txt.good.zz", DCV_TYPE_TXT, 60000).gate,
		DCV_GATE_NOT_CHECKED);
	assert_in_range(asked, 3, 5);
}

static void assert_not_opened(const char *hints, const char *anchor, const char *says)
{
	const struct dcv_eye_settings settings = {.root_hints = hints,
		.trust_anchor = anchor,
		.clock = &dcv_clock_system};
	struct dcv_error err = {0};

	assert_int_equal(dcv_eye_open(&settings, &eye, &err), DCV_E_CONFIG);
	assert_null(eye);
	assert_says(err.text, says);
}

static void files_that_are_none(void **state)
{
	char hints[128], anchor[128];

	(void)state;
	(void)snprintf(hints, sizeof(hints), "%s", in_world("root.hints"));
	(void)snprintf(anchor, sizeof(anchor), "%s", in_world("root.key"));
	assert_not_opened(hints, in_world("none.key"), "none.key");
	assert_not_opened(hints, hints, "no DS or DNSKEY record");
	assert_not_opened(in_world("none.hints"), anchor, "none.hints");
}

/* What has the form of a record, but is none, the library finds out. */
static void anchor_that_is_none(void **state)
{
	const struct dcv_name at = name("txt.good.zz");
	const struct dcv_eye_question question = {&at, DCV_TYPE_TXT};
	struct dcv_error err = {0};
	struct dcv_eye_gate seen;

	(void)state;
	eye = open_eye("root.hints", "bad.key");
	assert_int_equal(dcv_eye_gates(eye, &question, 1, deadline(ENOUGH_MS), &arena,
				 &seen, NULL, &err),
		DCV_E_CONFIG);
	assert_says(err.text, "bad.key");
}

static void climb(void **state)
{
	const struct dcv_name names[] = {name("*.www.caa.good.zz"), name("a.expired.zz"),
		name("a.nosuch"), name("caa.plain.zz")};
	static const enum dcv_caa_answer wanted[][4] = {
		{DCV_CAA_EMPTY, DCV_CAA_SET, DCV_CAA_EMPTY, DCV_CAA_EMPTY},
		{DCV_CAA_FAILED, DCV_CAA_FAILED, DCV_CAA_EMPTY},
		{DCV_CAA_EMPTY, DCV_CAA_FAILED},
		{DCV_CAA_SET, DCV_CAA_EMPTY, DCV_CAA_EMPTY},
	};
	static const size_t n_wanted[] = {4, 3, 2, 3};
	struct dcv_eye_climb climbs[4];

	(void)state;
	assert_int_equal(
		dcv_eye_caa(eye, names, 4, deadline(ENOUGH_MS), &arena, climbs, NULL),
		DCV_OK);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(climbs[i].n, n_wanted[i]);
		for (size_t step = 0; step < climbs[i].n; step++)
			assert_int_equal(climbs[i].steps[step].answer, wanted[i][step]);
	}
	assert_name(climbs[0].steps[1].at, "caa.good.zz.");
	assert_int_equal(climbs[0].steps[1].n, 1);
	assert_string_equal(climbs[1].gates[0]->cause, "D40");
}

/* More than are in flight at once, and one of them twice. */
static void many(void **state)
{
	enum { N = 700 };
	static struct dcv_name names[N];
	static struct dcv_eye_question questions[N];
	static struct dcv_eye_answer answers[N];
	char text[64];

	(void)state;
	for (size_t i = 0; i < N; i++) {
		(void)snprintf(text, sizeof(text), "n%zu.wild.good.zz", i == 1 ? 0 : i);
		names[i] = name(text);
		questions[i] = (struct dcv_eye_question){&names[i], DCV_TYPE_TXT};
	}
	assert_int_equal(
		dcv_eye_ask(eye, questions, N, deadline(60000), &arena, answers, NULL),
		DCV_OK);
	for (size_t i = 0; i < N; i++) {
		assert_int_equal(answers[i].state, DCV_EYE_SECURE);
		assert_int_equal(answers[i].n, 1);
	}
}

/* What was bogus is asked anew, its keys too: nothing is remembered. Changes the world, so it is
 * the last test. */
static void mended(void **state)
{
	const struct dcv_name apex = name("expired.zz");
	char from[128];

	(void)state;
	(void)assert_failed("txt.expired.zz", "D40", "expired.zz.", "expired");
	(void)snprintf(from, sizeof(from), "%s", in_world("expired.zz.mended"));
	assert_int_equal(rename(from, in_world("expired.zz.zone")), 0);
	assert_int_equal(kill(world.nsd, SIGHUP), 0);
	await_serial(&apex, 2);
	assert_passed("txt.expired.zz", DCV_EYE_SECURE);
}

#define WITH_EYE(test) cmocka_unit_test_setup_teardown(test, open_good, close_it)
#define WITHOUT_EYE(test) cmocka_unit_test_setup_teardown(test, NULL, close_it)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_EYE(secure),
		WITH_EYE(secure_absence),
		WITH_EYE(insecure),
		WITH_EYE(island),
		WITH_EYE(aliases),
		WITH_EYE(expired),
		WITH_EYE(not_yet_valid),
		WITH_EYE(records_expired),
		WITH_EYE(other_key),
		WITH_EYE(no_signature),
		WITH_EYE(downgraded),
		WITH_EYE(alias_into_bogus),
		WITH_EYE(alias_within_bogus),
		WITH_EYE(margin),
		WITHOUT_EYE(old_anchor),
		WITHOUT_EYE(tracked_anchor),
		WITH_EYE(no_usable_server),
		WITH_EYE(deadline_is_kept),
		WITHOUT_EYE(nothing_reachable),
		WITHOUT_EYE(special_addresses),
		WITHOUT_EYE(patience),
		WITHOUT_EYE(stopped),
		WITHOUT_EYE(files_that_are_none),
		WITHOUT_EYE(anchor_that_is_none),
		WITH_EYE(climb),
		WITH_EYE(many),
		WITH_EYE(mended),
	};

	return cmocka_run_group_tests(tests, make_world, end_world);
}
