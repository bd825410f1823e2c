/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what each cause of servers, delegation, DNSSEC and CAA looks like, and that what
 * is only unusual shows none. */
#include "symptoms.h"

static void a30_lame_and_dead(void **state)
{
	static const struct {
		enum dcv_address_state state;
		uint8_t rcode;
		const char *says;
	} cases[] = {{DCV_ADDRESS_LAME, DCV_RCODE_REFUSED, "REFUSED"},
		{DCV_ADDRESS_LAME, DCV_RCODE_NOERROR, "without authority"},
		{DCV_ADDRESS_SILENT, 0, "no answer"},
		{DCV_ADDRESS_CLOSED, 0, "nothing listens"},
		{DCV_ADDRESS_BROKEN, 0, "malformed"},
		{DCV_ADDRESS_NO_ROUTE, 0, "no route"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct dcv_finding *f;

		world->addresses[1].state = cases[i].state;
		world->addresses[1].rcode = cases[i].rcode;
		world->answers[1].seen = DCV_SEEN_TIMEOUT;
		world->caa_answers[0][1].seen = DCV_SEEN_TIMEOUT;
		f = finds("A30", false);
		names_it(f->text, "ns2.example.com 198.51.100.2: ");
		names_it(f->text, cases[i].says);
		names_it(f->remedy,
			cases[i].state == DCV_ADDRESS_NO_ROUTE
				? "a host that has a route to ns2.example.com 198.51.100.2"
				: "repair ns2.example.com 198.51.100.2");
	}
	/* Who has a fault of its own comes before who is out of reach. */
	world->addresses[0].state = DCV_ADDRESS_NO_ROUTE;
	world->answers[0].seen = DCV_SEEN_NO_ROUTE;
	world->addresses[1].state = DCV_ADDRESS_SILENT;
	diagnose();
	names_it(world->diagnosis.findings[0].remedy, "repair ns2.example.com");
	world->addresses[0].state = DCV_ADDRESS_AUTHORITATIVE;
	world->answers[0].seen = DCV_SEEN_HAS;
	world->addresses[1].state = DCV_ADDRESS_LAME;
	world->addresses[1].upward = true;
	names_it(finds("A30", false)->text, "upwards");
}

/* What explains that nobody could be asked is said once. */
static void private_addresses_only(void **state)
{
	(void)state;
	world->place.found = DCV_FOUND_NO_VIEW;
	world->place.why = "nobody tells the addresses";
	world->item.look = NULL;
	world->symptoms.n_caa = 0;
	for (size_t i = 0; i < SERVERS; i++)
		world->addresses[i].state = DCV_ADDRESS_SPECIAL;
	diagnose();
	assert_int_equal(world->diagnosis.n, 1);
	assert_string_equal(world->diagnosis.findings[0].cause->id, "A38");
}

static void a30_without_address(void **state)
{
	(void)state;
	world->servers[1].n_addresses = 0;
	world->servers[1].why = "NXDOMAIN";
	world->answers[1].seen = DCV_SEEN_NOT_ASKED;
	names_it(finds("A30", false)->text, "ns2.example.com: NXDOMAIN");
}

static void a30_not_for_a_family_without_route(void **state)
{
	static struct dcv_zone_address six;
	static struct dcv_zone_address *both[2];

	(void)state;
	six = (struct dcv_zone_address){.state = DCV_ADDRESS_NO_ROUTE, .own = true};
	assert_int_equal(dcv_addr_parse("2001:db8::1", &six.addr, NULL), DCV_OK);
	both[0] = &world->addresses[0];
	both[1] = &six;
	world->servers[0].addresses = both;
	world->servers[0].n_addresses = 2;
	finds_nothing();
}

static void a31_sets_differ(void **state)
{
	(void)state;
	world->zone.sets_differ = true;
	world->servers[1].in_child = false;
	names_it(finds("A31", true)->text, "ns2.example.com only at the parent");
	world->servers[1].in_child = true;
	world->servers[1].in_parent = false;
	names_it(finds("A31", true)->text, "ns2.example.com only in the zone");
	world->zone.sets_differ = false;
	world->servers[1].in_parent = true;
	world->servers[1].glue_differs = true;
	world->addresses[1].glue = true;
	world->addresses[1].own = false;
	names_it(finds("A31", true)->text, "198.51.100.2");
}

static void a32_type_257(void **state)
{
	static const struct {
		enum dcv_seen seen;
		uint8_t rcode;
		const char *says;
	} cases[] = {{DCV_SEEN_RCODE, DCV_RCODE_NOTIMP, "NOTIMP"},
		{DCV_SEEN_RCODE, DCV_RCODE_SERVFAIL, "SERVFAIL"},
		{DCV_SEEN_TIMEOUT, 0, "no answer"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		world->caa_answers[0][1].seen = cases[i].seen;
		world->caa_answers[0][1].rcode = cases[i].rcode;
		names_it(finds("A32", false)->text, cases[i].says);
	}
	/* Everything fails there: that is not about CAA. */
	world->answers[1].seen = DCV_SEEN_TIMEOUT;
	finds("A36", false);
}

static void a33_to_a37(void **state)
{
	(void)state;
	world->addresses[1].folds_case = true;
	world->addresses[1].state = DCV_ADDRESS_BROKEN;
	world->answers[1].seen = DCV_SEEN_CASE;
	finds("A33", false);
	world->addresses[1].folds_case = false;
	world->addresses[1].state = DCV_ADDRESS_AUTHORITATIVE;
	world->answers[1].seen = DCV_SEEN_HAS;
	world->addresses[1].no_edns = true;
	finds("A34", true);
	world->addresses[1].no_edns = false;
	world->caa_answers[0][0].no_soa = true;
	names_it(finds("A37", true)->text, "ns1.example.com");
	world->caa_answers[0][0].no_soa = false;
	finds_nothing();
}

static void a35_p15_tcp(void **state)
{
	static struct dcv_server servers[SERVERS];
	static struct dcv_observation observed[SERVERS];

	(void)state;
	for (size_t i = 0; i < SERVERS; i++) {
		servers[i] = (struct dcv_server){"ns", world->addresses[i].addr};
		observed[i].seen = DCV_SEEN_HAS;
	}
	world->item.servers = servers;
	world->item.observed = observed;
	world->item.n_servers = SERVERS;
	finds_nothing();
	world->addresses[1].no_tcp = true;
	finds("A35", false);
	world->addresses[1].no_tcp = false;
	observed[1].seen = DCV_SEEN_NO_TCP;
	names_it(finds("A35", false)->text, "ns2.example.com 198.51.100.2");
	observed[1].seen = DCV_SEEN_HAS;
	world->answers[1].seen = DCV_SEEN_NO_TCP;
	world->answers[1].n = 0;
	names_it(finds("P15", false)->remedy, "_dnsauth.example.com");
}

static void a_servers_fault_that_the_eye_meets(void **state)
{
	(void)state;
	world->addresses[1].no_edns = world->addresses[1].no_tcp = true;
	finds("A34", true);
	world->eye.n = 0;
	finds("A34", false);
}

static void all_servers_are_mute(void **state)
{
	(void)state;
	world->place.found = DCV_FOUND_NO_VIEW;
	world->place.why = "no name server answers with authority";
	world->zone.state = DCV_ZONE_MUTE;
	world->addresses[0].state = world->addresses[1].state = DCV_ADDRESS_SILENT;
	world->item.look = NULL;
	world->item.gate = NULL;
	world->item.eye = NULL;
	world->symptoms.n_caa = 0;
	diagnose();
	assert_int_equal(world->diagnosis.n, 1);
	assert_string_equal(world->diagnosis.findings[0].cause->id, "A30");
}

/* The time was over before the survey was whole; the check knows which server is silent. */
static void a_survey_that_was_cut_short(void **state)
{
	static struct dcv_server servers[SERVERS];
	static struct dcv_observation observed[SERVERS];

	(void)state;
	for (size_t i = 0; i < SERVERS; i++)
		servers[i] = (struct dcv_server){"ns", world->addresses[i].addr};
	observed[0].seen = DCV_SEEN_HAS;
	observed[1].seen = DCV_SEEN_TIMEOUT;
	world->item.servers = servers;
	world->item.observed = observed;
	world->item.n_servers = SERVERS;
	world->zone.surveyed = false;
	world->servers[1].glue_differs = true;
	world->addresses[1].state = DCV_ADDRESS_NOT_ASKED;
	world->answers[1].seen = DCV_SEEN_TIMEOUT;
	world->caa_answers[0][0].seen = DCV_SEEN_TIMEOUT;
	names_it(finds("A30", false)->text, "ns2.example.com 198.51.100.2: no answer");
}

static void a36_some_are_answered(void **state)
{
	(void)state;
	world->answers[1].seen = DCV_SEEN_TIMEOUT;
	finds("A36", false);
	world->answers[1].seen = DCV_SEEN_HAS;
	world->eye.state = DCV_EYE_SERVFAIL;
	world->eye.why = "all servers failed";
	names_it(finds("A36", false)->text, "all servers failed");
}

static void a38_private(void **state)
{
	(void)state;
	world->addresses[1].state = DCV_ADDRESS_SPECIAL;
	world->addresses[1].why = "private-use";
	world->answers[1].seen = DCV_SEEN_NOT_ASKED;
	names_it(finds("A38", false)->text, "198.51.100.2: private-use");
}

static void a39_not_delegated(void **state)
{
	(void)state;
	world->place = (struct dcv_place_of_name){.found = DCV_FOUND_NO_DELEGATION,
		.zone = &world->com,
		.nxdomain = true};
	world->item.look = NULL;
	world->item.gate = NULL;
	world->item.eye = NULL;
	world->result = (struct dcv_caa_result){.verdict = DCV_CAA_ERROR,
		.step = 0,
		.record = SIZE_MAX,
		.cause = "C56"};
	diagnose();
	assert_int_equal(world->diagnosis.n,
		1); /* the owner and the name have one domain */
	assert_string_equal(world->diagnosis.findings[0].cause->id, "A39");
	names_it(world->diagnosis.findings[0].text,
		"com says that the domain example.com");
	names_it(world->diagnosis.findings[0].remedy, "renew example.com at");
	assert_true(world->diagnosis.hopeless);
}

static void a39_no_such_top_level_domain(void **state)
{
	static struct dcv_zone_seen root = {.apex = {.len = 1}};

	(void)state;
	world->place = (struct dcv_place_of_name){.found = DCV_FOUND_NO_DELEGATION,
		.zone = &root,
		.nxdomain = true};
	world->item.look = NULL;
	world->item.gate = NULL;
	world->item.eye = NULL;
	world->symptoms.n_caa = 0;
	names_it(finds("A39", false)->text, "the root says");
	names_it(world->diagnosis.findings[0].remedy, "no such top-level domain");
}

static void nobody_could_be_asked(void **state)
{
	(void)state;
	world->place = (struct dcv_place_of_name){.found = DCV_FOUND_NO_VIEW,
		.why = "the root does not answer"};
	world->item.look = NULL;
	world->symptoms.n_caa = 0;
	diagnose();
	assert_int_equal(world->diagnosis.n, 1);
	assert_string_equal(world->diagnosis.findings[0].cause->id, "A36");
	/* The root's servers are not this zone's to repair. */
	names_it(world->diagnosis.findings[0].remedy, "from this host");
	assert_false(world->diagnosis.hopeless);
	assert_int_equal(world->diagnosis.steps[DCV_STEP_RECORD], DCV_STEP_UNCHECKED);
}

/* --- DNSSEC --- */

static void d40_to_d44_bogus(void **state)
{
	static const char *const causes[] = {"D40", "D41", "D42", "D43", "D44"};

	(void)state;
	world->gate.gate = DCV_GATE_FAILED;
	world->gate.state = DCV_EYE_BOGUS;
	world->gate.why = "as the library has it";
	world->gate.zone = name("example.com");
	world->gate.at = name("tok.example.net");
	world->eye.state = DCV_EYE_BOGUS;
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		const struct dcv_finding *f;

		world->gate.cause = causes[i];
		f = finds(causes[i], false);
		names_it(f->text, "as the library has it");
		names_it(f->remedy, i == 4 ? "tok.example.net" : "example.com");
	}
}

static void dnssec_warnings(void **state)
{
	(void)state;
	world->gate.state = DCV_EYE_SECURE;
	world->gate.cause = "D40";
	world->gate.why = "the first signature ends soon";
	names_it(finds("D40", true)->text, "ends soon");
	world->gate.cause = "D43";
	finds("D43", true);
}

/* Before there are records it is the zones of the names that tell. */
static void dnssec_warnings_of_names(void **state)
{
	struct dcv_eye_gate zone = {.gate = DCV_GATE_PASSED,
		.state = DCV_EYE_SECURE,
		.cause = "D40",
		.why = "signatures of example.com. expire soon",
		.at = world->zone.apex,
		.zone = world->zone.apex};

	(void)state;
	world->symptoms.n_items = 0;
	world->caa.gate = &zone;
	diagnose();
	assert_int_equal(world->diagnosis.n, 1);
	assert_string_equal(world->diagnosis.findings[0].cause->id, "D40");
	assert_true(world->diagnosis.findings[0].note);
	names_it(world->diagnosis.findings[0].text, "expire soon");
	names_it(world->diagnosis.findings[0].remedy, "example.com");
	/* What fails the climb has met. */
	zone.gate = DCV_GATE_FAILED;
	diagnose();
	assert_int_equal(world->diagnosis.n, 0);
}

static void d45_is_about_this_host(void **state)
{
	const struct dcv_finding *f;

	(void)state;
	world->gate.gate = DCV_GATE_NOT_CHECKED;
	world->gate.cause = "D45";
	world->gate.why = "the root's keys do not fit";
	world->eye.state = DCV_EYE_BOGUS;
	world->symptoms.trust_anchor = "/etc/old-root.key";
	diagnose();
	assert_int_equal(world->diagnosis.n, 1);
	f = &world->diagnosis.findings[0];
	assert_string_equal(f->cause->id, "D45");
	assert_true(f->note);
	names_it(f->text, "/etc/old-root.key");
	assert_int_equal(world->diagnosis.steps[DCV_STEP_PLATFORM], DCV_STEP_UNCHECKED);
	assert_false(world->diagnosis.dns_done);
}

/* --- CAA --- */

/* The step has this set, which decides so. */
static void caa(size_t step, const char *record, enum dcv_caa_verdict verdict,
	const char *cause)
{
	static struct dcv_rdata set[1];

	set[0] = rdata(DCV_TYPE_CAA, record);
	world->steps[step].answer = DCV_CAA_SET;
	world->steps[step].n = 1;
	world->steps[step].rdata = set;
	world->result = (struct dcv_caa_result){.verdict = verdict,
		.step = step,
		.record = 0,
		.cause = cause,
		.why = "it names other CAs"};
}

static void c50_denied(void **state)
{
	const struct dcv_finding *f;

	(void)state;
	caa(0, "0 issue \"digicert.com\"", DCV_CAA_PERMITS, "");
	finds_nothing();
	names_it(world->diagnosis.evidence[DCV_STEP_CAA],
		"example.com CAA 0 issue \"digicert.com\" permits DigiCert");
	caa(0, "0 issue \"other.org\"", DCV_CAA_DENIES, "C50");
	f = finds("C50", false);
	names_it(f->seen, "0 issue \"other.org\"");
	names_it(f->remedy, "write: example.com. CAA 0 issue \"digicert.com\"");
	assert_true(world->diagnosis.hopeless);
}

static void c51_c53_c54_c55(void **state)
{
	static const char *const causes[] = {"C51", "C53", "C54", "C55"};

	(void)state;
	world->caa.wildcard = true;
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		caa(0, "0 issuewild \";\"", DCV_CAA_DENIES, causes[i]);
		names_it(finds(causes[i], false)->text, "*.example.com");
		caa(0, "0 issuewild \";\"", DCV_CAA_VARIES, causes[i]);
		finds(causes[i], true);
	}
}

static void c52_elsewhere(void **state)
{
	const struct dcv_finding *f;

	(void)state;
	caa(1, "0 issue \"other.org\"", DCV_CAA_DENIES, "C50");
	f = finds("C52", false); /* at a top-level domain: a set of its own helps */
	names_it(f->remedy, "write: example.com. CAA 0 issue \"digicert.com\"");
	caa(0, "0 issue \"other.org\"", DCV_CAA_DENIES, "C50");
	world->target = name("end.example.net");
	world->caa_hops[0][1].owner = &world->target;
	world->caa_looks[0].n_hops = 2;
	f = finds("C52", false);
	names_it(f->text, "end.example.net");
	names_it(f->remedy, "end.example.net. CAA");
}

static void c56_failed_is_not_denied(void **state)
{
	const struct dcv_finding *f;

	(void)state;
	world->result = (struct dcv_caa_result){.verdict = DCV_CAA_ERROR,
		.step = 1,
		.record = SIZE_MAX,
		.cause = "C56",
		.why = "a look-up failed"};
	world->caa_looks[1].end = DCV_LOOK_FAILED;
	world->caa_looks[1].why = "SERVFAIL from a.gtld.example";
	f = finds("C56", false);
	names_it(f->text,
		"CAA of com could not be looked up: SERVFAIL from a.gtld.example");
	assert_false(world->diagnosis.hopeless);
	/* Its reason is told: no second finding. */
	world->result.step = 0;
	world->caa_answers[0][0].seen = world->caa_answers[0][1].seen = DCV_SEEN_RCODE;
	world->caa_answers[0][0].rcode = world->caa_answers[0][1].rcode = DCV_RCODE_REFUSED;
	finds("A32", false);
}

static void the_eye_and_caa(void **state)
{
	static struct dcv_eye_climb climb;
	static struct dcv_eye_answer answers[2];
	static struct dcv_eye_gate gates[2];
	static const struct dcv_eye_answer *const answer_list[] = {&answers[0],
		&answers[1]};
	static const struct dcv_eye_gate *const gate_list[] = {&gates[0], &gates[1]};
	static struct dcv_caa_result result;

	(void)state;
	memset(answers, 0, sizeof(answers));
	memset(gates, 0, sizeof(gates));
	answers[0].why = answers[1].why = gates[1].cause = gates[1].why = "";
	answers[0].state = DCV_EYE_SERVFAIL;
	gates[0].cause = "D42";
	gates[0].gate = DCV_GATE_FAILED;
	gates[0].why = "no NSEC";
	gates[0].zone = name("example.com");
	climb = (struct dcv_eye_climb){.n = 2,
		.steps = world->steps,
		.answers = answer_list,
		.gates = gate_list};
	result = (struct dcv_caa_result){.verdict = DCV_CAA_ERROR,
		.step = 0,
		.record = SIZE_MAX,
		.cause = "C56"};
	world->caa.eye_climb = &climb;
	world->caa.eye_result = &result;
	names_it(finds("D42", false)->text, "no NSEC");
	assert_int_equal(world->diagnosis.steps[DCV_STEP_CAA], DCV_STEP_UNCHECKED);
	/* What the record has met too is told once. */
	world->gate = gates[0];
	diagnose();
	assert_int_equal(world->diagnosis.n, 1);
	world->gate = (struct dcv_eye_gate){.gate = DCV_GATE_PASSED,
		.state = DCV_EYE_INSECURE,
		.cause = "",
		.why = ""};
	gates[0].cause = "";
	names_it(finds("C56", false)->text, "by the CA's eye");
	result.verdict = DCV_CAA_PERMITS;
	result.step = SIZE_MAX;
	finds_nothing();
}

static void c57_changed(void **state)
{
	(void)state;
	caa(0, "0 issue \"digicert.com\"", DCV_CAA_PERMITS, "");
	world->caa.changed_s = NOW_S - 3600;
	names_it(finds("C57", true)->text, "until 2026-11-22");
	world->caa.changed_s = NOW_S - INT64_C(8) * 3600;
	finds_nothing();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a30_lame_and_dead),
		TEST(private_addresses_only),
		TEST(a30_without_address),
		TEST(a30_not_for_a_family_without_route),
		TEST(a31_sets_differ),
		TEST(a32_type_257),
		TEST(a33_to_a37),
		TEST(a35_p15_tcp),
		TEST(a_servers_fault_that_the_eye_meets),
		TEST(all_servers_are_mute),
		TEST(a_survey_that_was_cut_short),
		TEST(a36_some_are_answered),
		TEST(a38_private),
		TEST(a39_not_delegated),
		TEST(a39_no_such_top_level_domain),
		TEST(nobody_could_be_asked),
		TEST(d40_to_d44_bogus),
		TEST(dnssec_warnings),
		TEST(dnssec_warnings_of_names),
		TEST(d45_is_about_this_host),
		TEST(c50_denied),
		TEST(c51_c53_c54_c55),
		TEST(c52_elsewhere),
		TEST(c56_failed_is_not_denied),
		TEST(the_eye_and_caa),
		TEST(c57_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
