/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows servers that want a survey to go on for ever: each lie leads to more questions.
 * It must end by its deadline, whole, and find nothing where there is nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "check/survey.h"
#include "responder.h"

#define WAIT_MS 200
#define LATE_MS 3000 /* on a busy machine */
#define BOUND_MS 2000 /* time for more questions than there may be */
#define SEEDS 20
#define N_OF(array) (sizeof(array) / sizeof(array)[0])

static struct responder liar;
static uint32_t state_of_chance;

static unsigned below(unsigned n)
{
	state_of_chance = state_of_chance * 1664525u + 1013904223u;
	return (state_of_chance >> 8) % n;
}

/* ---- what a lie is made of ---- */

static void put_wire(struct message *m, const struct dcv_name *name)
{
	put_octets(m, name->wire, name->len);
}

static void put_ns(struct message *m, const struct dcv_name *cut, const char *host)
{
	put_wire(m, cut);

	size_t at = begin_rr(m, AUTHORITY, DCV_TYPE_NS, 1, 300);

	put_name(m, host);
	end_rr(m, at);
}

/* An address of a name server, of which there are 250: this server is the first. */
static void put_address(struct message *m, const char *host, unsigned number)
{
	const uint8_t address[4] = {127, 0, 7, (uint8_t)(number + 1)};

	put_name(m, host);

	size_t at = begin_rr(m, ADDITIONAL, DCV_TYPE_A, 1, 300);

	put_octets(m, address, sizeof address);
	end_rr(m, at);
}

static void put_alias(struct message *m, const struct dcv_name *owner, const char *first,
	const struct dcv_name *rest)
{
	uint8_t n = (uint8_t)strlen(first);

	put_wire(m, owner);

	size_t at = begin_rr(m, ANSWER, DCV_TYPE_CNAME, 1, 300);

	put_octets(m, &n, 1);
	put_octets(m, first, n);
	put_wire(m, rest);
	end_rr(m, at);
}

/* ---- the lies ---- */

typedef void (*lie_fn)(const struct dcv_query *query, struct message *m);

static void lie_deeper(const struct dcv_query *query, struct message *m)
{
	set_u16(m, 2, FLAGS_NO_AA);
	put_ns(m, &query->name, "ns.liar.");
	put_address(m, "ns.liar.", 0);
}

static void lie_upward(const struct dcv_query *query, struct message *m)
{
	static const struct dcv_name root = {.len = 1};

	(void)query;
	set_u16(m, 2, FLAGS_NO_AA);
	put_ns(m, &root, "ns.liar.");
	put_address(m, "ns.liar.", 0);
}

static struct dcv_name top_of(const struct dcv_query *query)
{
	unsigned labels = dcv_name_labels(&query->name);

	return dcv_name_parent(&query->name, labels > 0 ? labels - 1 : 0);
}

/* Each zone's name server is in another, without an address. */
static void lie_in_circles(const struct dcv_query *query, struct message *m)
{
	struct dcv_name cut = top_of(query);
	char host[32];

	set_u16(m, 2, FLAGS_NO_AA);
	(void)snprintf(host, sizeof host, "ns.zone.t%u.", below(3));
	put_ns(m, &cut, host);
}

/* Hundreds of them, each in a zone that was not heard of. */
static void lie_many_servers(const struct dcv_query *query, struct message *m)
{
	struct dcv_name cut = top_of(query);
	char host[32];

	set_u16(m, 2, FLAGS_NO_AA);
	for (unsigned i = 0; i < 400; i++) {
		(void)snprintf(host, sizeof host, "n%u.z%u.t%u.", i, below(100000),
			below(1000));
		put_ns(m, &cut, host);
	}
}

static void lie_many_addresses(const struct dcv_query *query, struct message *m)
{
	struct dcv_name cut = top_of(query);

	set_u16(m, 2, FLAGS_NO_AA);
	put_ns(m, &cut, "ns.liar.");
	for (unsigned i = 0; i < 250; i++) {
		put_address(m, "ns.liar.", i);
	}
}

static void lie_alias_away(const struct dcv_query *query, struct message *m)
{
	char label[16];
	struct dcv_name top = top_of(query);

	(void)snprintf(label, sizeof label, "r%u", below(1000000));
	put_alias(m, &query->name, label, &top);
}

static void lie_alias_grows(const struct dcv_query *query, struct message *m)
{
	put_alias(m, &query->name, "grows", &query->name);
}

static void lie_alias_self(const struct dcv_query *query, struct message *m)
{
	put_alias(m, &query->name, "self", &query->name);
	put_wire(m, &query->name);

	size_t at = begin_rr(m, ANSWER, DCV_TYPE_CNAME, 1, 300);

	put_wire(m, &query->name);
	end_rr(m, at);
}

/* A DNAME that makes every name longer. */
static void lie_dname(const struct dcv_query *query, struct message *m)
{
	struct dcv_name top = top_of(query);

	put_wire(m, &top);

	size_t at = begin_rr(m, ANSWER, DCV_TYPE_DNAME, 1, 300);

	put_octets(m, "\5grows", 6);
	put_wire(m, &top);
	end_rr(m, at);
}

/* Authority for whatever is asked, and nothing there. */
static void lie_nothing(const struct dcv_query *query, struct message *m)
{
	(void)query;
	set_u16(m, 2, 0x8403);
}

static void lie_rubbish(const struct dcv_query *query, struct message *m)
{
	(void)query;
	set_u16(m, ANSWER + 2 * below(3), below(4));
	for (unsigned n = below(200); n > 0; n--) {
		put_u8(m, below(256));
	}
}

static void lie_refused(const struct dcv_query *query, struct message *m)
{
	(void)query;
	set_u16(m, 2, 0x8400 | below(11));
}

static void lie_cut_off(const struct dcv_query *query, struct message *m)
{
	(void)query;
	set_u16(m, 2, FLAGS_TC);
}

static const lie_fn lies[] = {lie_deeper, lie_upward, lie_in_circles, lie_many_servers,
	lie_many_addresses, lie_alias_away, lie_alias_grows, lie_alias_self, lie_dname,
	lie_nothing, lie_rubbish, lie_refused, lie_cut_off};
static lie_fn the_lie; /* NULL: any, by chance */

static void script_lies(struct request *r, struct message *m)
{
	lie_fn lie = the_lie != NULL ? the_lie : lies[below(N_OF(lies))];

	begin_answer(m, &r->query, FLAGS_AA);
	lie(&r->query, m);
	respond(r, m);
}

/* ---- the survey ---- */

static struct dcv_name name_of(const char *text)
{
	struct dcv_name name = {.len = 0};

	assert_int_equal(dcv_name_from(text, &name, NULL), DCV_OK);
	return name;
}

static struct dcv_survey *begin(int64_t wait_ms)
{
	static const uint8_t address[4] = {127, 0, 7, 1};
	static struct dcv_hint hint;
	static struct dcv_hints hints = {1, &hint};
	const struct sockaddr_in *in = &liar.addr.u.in;
	struct dcv_survey_options options = {.hints = &hints,
		.port = ntohs(in->sin_port),
		.special_names = true,
		.special_addresses = true,
		.tcp = true,
		.clock = &dcv_clock_system,
		.deadline_ms = dcv_mono_ms(&dcv_clock_system) + wait_ms};
	struct dcv_survey *survey = NULL;
	struct dcv_error err = {.code = DCV_OK};

	hint = (struct dcv_hint){name_of("ns.liar."), {sizeof address, address},
		DCV_TYPE_A};
	if (dcv_survey_new(&options, &survey, &err) != DCV_OK) {
		fail_msg("%s", err.text);
	}
	return survey;
}

static const char *const names[] = {"example.com.", "_dnsauth.www.example.com.",
	"a.b.c.d.e.f.g.h.example.net.", "com."};

static void find_all(struct dcv_survey *survey)
{
	struct dcv_name wanted[N_OF(names)];
	struct dcv_place_of_name places[N_OF(names)];
	struct dcv_error err = {.code = DCV_OK};

	for (size_t i = 0; i < N_OF(names); i++) {
		wanted[i] = name_of(names[i]);
	}
	assert_int_equal(dcv_survey_find(survey, wanted, N_OF(names), DCV_SURVEY_SERVERS,
				 places, &err),
		DCV_OK);
}

static void look_all(struct dcv_survey *survey)
{
	struct dcv_look looks[N_OF(names)];
	struct dcv_error err = {.code = DCV_OK};

	memset(looks, 0, sizeof looks);
	for (size_t i = 0; i < N_OF(names); i++) {
		looks[i].name = name_of(names[i]);
		looks[i].type = DCV_TYPE_TXT;
		looks[i].every = true;
		looks[i].wildcard = true;
	}
	assert_int_equal(dcv_survey_look(survey, looks, N_OF(names), &err), DCV_OK);
	for (size_t i = 0; i < N_OF(names); i++) {
		assert_int_not_equal(looks[i].end, DCV_LOOK_SET);
		assert_true(looks[i].n_hops <= DCV_SURVEY_HOPS + 1);
	}
}

static void caa_all(struct dcv_survey *survey)
{
	struct dcv_name wanted[N_OF(names)];
	struct dcv_survey_climb climbs[N_OF(names)];
	struct dcv_error err = {.code = DCV_OK};

	for (size_t i = 0; i < N_OF(names); i++) {
		wanted[i] = name_of(names[i]);
	}
	assert_int_equal(dcv_survey_caa(survey, wanted, N_OF(names), climbs, &err),
		DCV_OK);
}

/* One survey; how many questions it took. */
static unsigned survey_lie(lie_fn lie, void (*ask)(struct dcv_survey *survey),
	int64_t wait_ms)
{
	int64_t before = dcv_mono_ms(&dcv_clock_system);
	struct dcv_survey *survey = NULL;

	the_lie = lie;
	assert_true(responder_start(&liar, "127.0.7.1", script_lies));
	survey = begin(wait_ms);
	ask(survey);
	dcv_survey_free(survey);
	responder_stop(&liar);
	assert_true(dcv_mono_ms(&dcv_clock_system) - before < wait_ms + LATE_MS);
	return atomic_load(&liar.n_udp) + atomic_load(&liar.n_tcp);
}

static void check_all(void (*ask)(struct dcv_survey *survey))
{
	for (size_t i = 0; i < N_OF(lies); i++) {
		unsigned n = survey_lie(lies[i], ask, WAIT_MS);

		/* 100 at once, then 1,000 a second; TCP again. */
		assert_true(n < 2000);
	}
}

static void test_zones(void **state)
{
	(void)state;
	check_all(find_all);
}

static void test_names(void **state)
{
	(void)state;
	check_all(look_all);
}

static void test_caa(void **state)
{
	(void)state;
	check_all(caa_all);
}

static void test_any_lie(void **state)
{
	static void (*const asks[])(struct dcv_survey *) = {find_all, look_all, caa_all};

	(void)state;
	for (uint32_t seed = 1; seed <= SEEDS; seed++) {
		state_of_chance = seed * 2654435761u;
		(void)survey_lie(NULL, asks[seed % 3], WAIT_MS);
	}
}

/* Name servers without addresses are looked up, and so are theirs: not without end. */
static void test_hosts_are_bounded(void **state)
{
	(void)state;
	assert_true(survey_lie(lie_many_servers, look_all, BOUND_MS) < N_OF(names) * 150);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zones),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_caa),
		cmocka_unit_test(test_any_lie),
		cmocka_unit_test(test_hosts_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
