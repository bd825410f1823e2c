/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* A small world for the diagnosis: example.com at ns1 and ns2, an order for one TXT; healthy until
 * a test changes it. */
#ifndef DCV_TESTS_SYMPTOMS_H
#define DCV_TESTS_SYMPTOMS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "check/diagnose.h"

#define TOKEN "202611210000002aurxma1k3vq7zp0w8e5t6y4u1i9o2s3d4f5g6h7j8k9l0z1x2"
#define OLD_TOKEN "202605020000001k9qz7tt0b2hd6m8n4b5v7c1x3z0a9s8d7f6g5h4j3k2l1q0w9"
#define NOW_S INT64_C(1795341600) /* 2026-11-22, a Sunday */

enum { SERVERS = 2, PROBES = DCV_PROBES_MAX, LOOKS = 3 };

struct small_world {
	struct dcv_arena arena;
	struct dcv_zone_seen zone, com;
	struct dcv_name server_names[SERVERS];
	struct dcv_zone_server servers[SERVERS], *server_list[SERVERS];
	struct dcv_zone_address addresses[SERVERS], *address_lists[SERVERS][1];
	struct dcv_place_of_name place;
	struct dcv_address_answer answers[SERVERS];
	struct dcv_hop hops[14];
	struct dcv_name target; /* of an alias */
	struct dcv_look look, probed[PROBES];
	struct dcv_hop probe_hops[PROBES];
	struct dcv_probe probes[PROBES];
	struct dcv_rdata wanted[2], former[1], served[4];
	struct dcv_eye_gate gate;
	struct dcv_eye_answer eye;
	struct dcv_guard guard;
	struct dcv_symptom item;
	struct dcv_symptom_caa caa;
	struct dcv_survey_climb climb;
	struct dcv_caa_step steps[3];
	struct dcv_look caa_looks[LOOKS];
	const struct dcv_look *caa_look_list[LOOKS];
	struct dcv_hop caa_hops[LOOKS][2];
	struct dcv_address_answer caa_answers[LOOKS][SERVERS];
	struct dcv_caa_result result;
	struct dcv_symptoms symptoms;
	struct dcv_diagnosis diagnosis;
};

static struct small_world *world;

static struct dcv_name name(const char *text)
{
	struct dcv_name ret;

	assert_int_equal(dcv_name_from(text, &ret, NULL), DCV_OK);
	return ret;
}

static struct dcv_rdata rdata(uint16_t type, const char *text)
{
	struct dcv_rdata ret = {0, NULL};
	struct dcv_error err = {0};

	if (dcv_rdata_parse(type, text, strlen(text), NULL, &world->arena, &ret, &err) !=
		DCV_OK)
		fail_msg("%s: %s", text, err.text);
	return ret;
}

static struct dcv_rdata txt(const char *text)
{
	struct dcv_rdata ret = {0, NULL};

	assert_int_equal(dcv_txt_make(text, strlen(text), &world->arena, &ret, NULL),
		DCV_OK);
	return ret;
}

/* The values that an address serves at the owner. */
static void serves(size_t server, const struct dcv_rdata *values, size_t n)
{
	struct dcv_address_answer *answer = &world->answers[server];

	answer->rdata = values;
	answer->n = n;
	answer->seen = n > 0 ? DCV_SEEN_HAS : DCV_SEEN_ABSENT;
	answer->nxdomain = n == 0;
	if (server == 0) {
		world->look.n = n;
		world->look.rdata = values;
		world->look.end = n > 0 ? DCV_LOOK_SET : DCV_LOOK_NXDOMAIN;
	}
}

static void serve_all(const struct dcv_rdata *values, size_t n)
{
	for (size_t i = 0; i < SERVERS; i++)
		serves(i, values, n);
}

/* All servers have this one TXT and nothing else. */
static inline void serve_txt(const char *text)
{
	world->served[0] = txt(text);
	serve_all(world->served, 1);
}

/* A probe of this kind and owner ("" for any) finds a value. */
static inline void probe_finds(enum dcv_probe_kind kind, const char *owner, uint16_t type,
	const char *text)
{
	struct dcv_name wanted = {.len = 0};
	struct dcv_rdata *value = dcv_arena_alloc(&world->arena, sizeof(*value));

	assert_non_null(value);
	*value = rdata(type, text);
	if (owner[0] != '\0')
		wanted = name(owner);
	for (size_t i = 0; i < world->item.n_probes; i++) {
		if (world->probes[i].kind != kind || world->probes[i].type != type ||
			(wanted.len > 0 &&
				!dcv_name_equal(&world->probes[i].owner, &wanted)))
			continue;
		world->probed[i].n = 1;
		world->probed[i].rdata = value;
		world->probed[i].ttl_s = 300;
		world->probed[i].end = DCV_LOOK_SET;
		return;
	}
	fail_msg("no such probe: %s", owner);
}

static void make_zone(void)
{
	static const char *const names[] = {"ns1.example.com", "ns2.example.com"};
	static const char *const addresses[] = {"192.0.2.1", "198.51.100.2"};

	world->com = (struct dcv_zone_seen){.apex = name("com"), .parent = &world->com};
	world->zone = (struct dcv_zone_seen){.apex = name("example.com"),
		.parent = &world->com,
		.surveyed = true,
		.has_parent_set = true,
		.has_child_set = true,
		.has_soa = true,
		.serial = 2026112100,
		.n_servers = SERVERS,
		.servers = world->server_list};
	for (size_t i = 0; i < SERVERS; i++) {
		world->addresses[i] = (struct dcv_zone_address){
			.state = DCV_ADDRESS_AUTHORITATIVE,
			.own = true,
			.has_serial = true,
			.serial = 2026112100};
		assert_int_equal(
			dcv_addr_parse(addresses[i], &world->addresses[i].addr, NULL),
			DCV_OK);
		world->address_lists[i][0] = &world->addresses[i];
		world->server_names[i] = name(names[i]);
		world->servers[i] = (struct dcv_zone_server){
			.name = &world->server_names[i],
			.in_parent = true,
			.in_child = true,
			.n_addresses = 1,
			.addresses = world->address_lists[i]};
		world->server_list[i] = &world->servers[i];
		world->answers[i].server = &world->servers[i];
		world->answers[i].address = &world->addresses[i];
		world->answers[i].ttl_s = 300;
	}
	world->place = (struct dcv_place_of_name){.found = DCV_FOUND_ZONE,
		.zone = &world->zone};
}

/* The order's one record; its probes find nothing. */
static void make_item(const char *owner, uint16_t type, const char *value)
{
	struct dcv_name owner_name = name(owner);
	size_t n = dcv_probes_make(&world->zone.apex, &owner_name, type, world->probes);

	world->wanted[0] = type == DCV_TYPE_TXT ? txt(value) : rdata(type, value);
	world->hops[0] = (struct dcv_hop){.owner = &world->look.name,
		.zone = &world->zone,
		.ttl_s = 300,
		.n_answers = SERVERS,
		.answers = world->answers};
	world->look = (struct dcv_look){.name = owner_name,
		.type = type,
		.n_hops = 1,
		.hops = world->hops,
		.ttl_s = 300};
	for (size_t i = 0; i < n; i++) {
		world->probe_hops[i] = (struct dcv_hop){.owner = &world->probes[i].owner,
			.zone = &world->zone};
		world->probed[i] = (struct dcv_look){.name = world->probes[i].owner,
			.type = world->probes[i].type,
			.end = DCV_LOOK_NXDOMAIN,
			.n_hops = 1,
			.hops = &world->probe_hops[i]};
	}
	world->gate = (struct dcv_eye_gate){.gate = DCV_GATE_PASSED,
		.state = DCV_EYE_INSECURE,
		.cause = "",
		.why = ""};
	world->eye = (struct dcv_eye_answer){.state = DCV_EYE_INSECURE,
		.n = 1,
		.rdata = world->wanted,
		.why = ""};
	world->item = (struct dcv_symptom){.owner = owner_name,
		.type = type,
		.n_wanted = 1,
		.wanted = world->wanted,
		.former = world->former,
		.place = &world->place,
		.look = &world->look,
		.n_probes = n,
		.probes = world->probes,
		.probed = world->probed,
		.gate = &world->gate,
		.eye = &world->eye};
	serve_all(world->wanted, 1);
}

/* example.com and com, without CAA. */
static void make_caa(void)
{
	static const char *const names[] = {"example.com", "com"};

	for (size_t i = 0; i < 2; i++) {
		world->steps[i] = (struct dcv_caa_step){.at = &world->caa_looks[i].name,
			.answer = DCV_CAA_EMPTY};
		world->caa_hops[i][0] = (struct dcv_hop){.owner = &world->caa_looks[i].name,
			.zone = i == 0 ? &world->zone : &world->com};
		world->caa_looks[i] = (struct dcv_look){.name = name(names[i]),
			.type = DCV_TYPE_CAA,
			.end = DCV_LOOK_NODATA,
			.n_hops = 1,
			.hops = world->caa_hops[i]};
		world->caa_look_list[i] = &world->caa_looks[i];
		for (size_t k = 0; i == 0 && k < SERVERS; k++) {
			world->caa_answers[0][k] = world->answers[k];
			world->caa_answers[0][k].n = 0;
			world->caa_answers[0][k].seen = DCV_SEEN_ABSENT;
		}
	}
	world->caa_hops[0][0].answers = world->caa_answers[0];
	world->caa_hops[0][0].n_answers = SERVERS;
	world->climb = (struct dcv_survey_climb){.n = 2,
		.steps = world->steps,
		.looks = world->caa_look_list};
	world->result = (struct dcv_caa_result){.verdict = DCV_CAA_PERMITS,
		.step = SIZE_MAX,
		.record = SIZE_MAX,
		.cause = "",
		.why = ""};
	world->caa = (struct dcv_symptom_caa){.name = name("example.com"),
		.place = &world->place,
		.climb = &world->climb,
		.result = &world->result};
}

static int set_up(void **state)
{
	(void)state;
	world = test_calloc(1, sizeof(*world));
	make_zone();
	make_item("_dnsauth.example.com", DCV_TYPE_TXT, TOKEN);
	make_caa();
	world->symptoms = (struct dcv_symptoms){.order = "1234567890",
		.ca = dcv_ca_find("digicert"),
		.ca_title = "DigiCert",
		.coexist = true,
		.product = DCV_PRODUCT_DV,
		.now_s = NOW_S,
		.first_applied_s = NOW_S - 60,
		.n_items = 1,
		.items = &world->item,
		.n_caa = 1,
		.caa = &world->caa,
		.n_names = 1,
		.names = &world->caa.name};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	dcv_arena_clear(&world->arena);
	test_free(world);
	return 0;
}

static void diagnose(void)
{
	struct dcv_error err = {0};

	assert_int_equal(
		dcv_diagnose(&world->symptoms, &world->arena, &world->diagnosis, &err),
		DCV_OK);
}

static void print_findings(void)
{
	for (size_t i = 0; i < world->diagnosis.n; i++) {
		const struct dcv_finding *f = &world->diagnosis.findings[i];

		print_message("%s%s %s | %s | %s | %s\n", f->cause->id,
			f->note ? " (note)" : "", f->text, f->seen, f->wanted, f->remedy);
	}
}

/* The diagnosis is exactly this one cause, in the way or as a note. Returns its finding. */
static inline const struct dcv_finding *finds(const char *id, bool note)
{
	const struct dcv_finding *ret;

	diagnose();
	if (world->diagnosis.n != 1 ||
		strcmp(world->diagnosis.findings[0].cause->id, id) != 0) {
		print_findings();
		fail_msg("%zu findings, not just %s", world->diagnosis.n, id);
	}
	ret = &world->diagnosis.findings[0];
	assert_int_equal(ret->note, note);
	assert_int_equal(world->diagnosis.steps[ret->cause->step] == DCV_STEP_NO, !note);
	assert_int_equal(world->diagnosis.dns_done, note);
	return ret;
}

static inline void finds_nothing(void)
{
	diagnose();
	print_findings();
	assert_int_equal(world->diagnosis.n, 0);
	assert_true(world->diagnosis.dns_done);
	assert_int_equal(world->diagnosis.first_open, DCV_STEPS);
}

static void names_it(const char *text, const char *word)
{
	if (strstr(text, word) == NULL)
		fail_msg("`%s` does not name `%s`", text, word);
}

#endif
