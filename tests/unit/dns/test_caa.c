/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The verdict of every CAA case of tests/data/caa-cases.yaml: each suite's zones are built, and
 * the verdicts compared. */
#include "base/yaml.h"
#include "caa_world.h"

#define HERE "unit/dns/test_caa.c"
#define CTS_FILLERS 1000u

struct cases {
	struct world world;
	struct dcv_diags diags;
	const struct dcv_yaml_node *suites;
};

/* Cases about something else than CAA evaluation. */
static const struct {
	const char *suite, *why;
} skipped[] = {
	{"MPQ", "the quorum of network perspectives: the CA's own machinery"},
	{"PER", "persistent validation TXT records"},
	{"PE2", "hashed account URIs of persistent validation TXT records"},
	{"ACM", "derivation of ACME's TXT values and owners"},
	{"TOK", "matching of validation tokens"},
};

/* Where two CAs of the table disagree on the same kind of set, each suite gives the verdict of
 * its own; a tool that names no implementation says that it varies. */
static const char *const disagreed[] = {
	"BLD-48", /* contactemail, critical: boulder denies; */
	"BLD-49", /* contactphone likewise; */
	"OMP-22", /* open-mpic permits */
	"OMP-29", /* an issuer with an upper-case letter: boulder denies */
	NULL,
};

static bool is_disagreed(const char *id)
{
	for (size_t i = 0; disagreed[i] != NULL; i++) {
		if (strcmp(disagreed[i], id) == 0)
			return true;
	}
	return false;
}

static char *read_cases(size_t *ret_len)
{
	char path[4096], *text = calloc(1, DCV_YAML_MAX_FILE);
	FILE *file;

	(void)snprintf(path, sizeof path, "%.*sdata/caa-cases.yaml",
		(int)(strlen(__FILE__) - strlen(HERE)), __FILE__);
	file = fopen(path, "rb");
	if (file == NULL)
		fail_msg("%s cannot be opened", path);
	assert_non_null(text);
	*ret_len = fread(text, 1, DCV_YAML_MAX_FILE - 1, file);
	(void)fclose(file);
	return text;
}

/* Our reader takes no NUL, so that of VAL-41 becomes a BEL here, and a NUL again where it is
 * judged. */
static int setup(void **state)
{
	struct cases *c = calloc(1, sizeof *c);
	struct dcv_yaml_docs docs;
	size_t len = 0;
	char *text = read_cases(&len), *nul = strstr(text, "\\0\"");

	assert_non_null(c);
	if (nul != NULL)
		nul[1] = 'a';
	if (dcv_yaml_parse("caa-cases.yaml", text, len, DCV_E_FAILED, &c->world.arena,
		    &docs, &c->diags) != DCV_OK)
		fail_msg("line %u: %s", c->diags.items[0].line, c->diags.items[0].text);
	free(text);
	assert_int_equal(docs.n, 1);
	c->suites = dcv_yaml_get(docs.roots[0], "suites");
	assert_non_null(c->suites);
	*state = c;
	return 0;
}

static int teardown(void **state)
{
	struct cases *c = *state;

	dcv_diags_clear(&c->diags);
	dcv_arena_clear(&c->world.arena);
	free(c);
	return 0;
}

static const char *get(const struct dcv_yaml_node *map, const char *key)
{
	const struct dcv_yaml_node *node = dcv_yaml_get(map, key);

	return node != NULL && node->kind == DCV_YAML_SCALAR ? node->text : NULL;
}

static const char *must(const struct dcv_yaml_node *map, const char *key)
{
	const char *text = get(map, key);

	if (text == NULL)
		fail_msg("line %u: no %s", map->line, key);
	return text;
}

static const struct dcv_yaml_node *suite(const struct cases *c, const char *id)
{
	for (size_t i = 0; i < c->suites->n; i++) {
		if (strcmp(must(c->suites->children[i], "id"), id) == 0)
			return c->suites->children[i];
	}
	fail_msg("no suite %s", id);
	return NULL;
}

/* The cases of a suite; their number stands in the test, so that none is lost in silence. */
static const struct dcv_yaml_node *cases_of(const struct cases *c, const char *id,
	size_t n)
{
	const struct dcv_yaml_node *cases = dcv_yaml_get(suite(c, id), "cases");

	assert_non_null(cases);
	assert_int_equal(cases->n, n);
	return cases;
}

static void add_zone(struct cases *c, const struct dcv_yaml_node *zone)
{
	c->world.n_lines = 0;
	for (size_t i = 0; zone != NULL && i < zone->n; i++)
		add_text(&c->world, zone->children[i]->text, "");
}

static enum dcv_caa_verdict verdict(const char *text)
{
	static const char *const words[] = {
		[DCV_CAA_PERMITS] = "permit",
		[DCV_CAA_DENIES] = "deny",
		[DCV_CAA_ERROR] = "error",
		[DCV_CAA_VARIES] = "varies",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i], text) == 0)
			return (enum dcv_caa_verdict)i;
	}
	fail_msg("%s is no verdict", text);
	return DCV_CAA_ERROR;
}

static void test_every_suite_is_known(void **state)
{
	static const char *const used[] = {"CTS", "BLD", "OMP", "RFC", "VAL", "ACC",
		"MET", "TUM"};
	const struct cases *c = *state;

	assert_int_equal(c->suites->n,
		sizeof(used) / sizeof(used[0]) + sizeof(skipped) / sizeof(skipped[0]));
	for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++)
		assert_non_null(suite(c, used[i]));
	for (size_t i = 0; i < sizeof(skipped) / sizeof(skipped[0]); i++) {
		assert_non_null(suite(c, skipped[i].suite));
		assert_string_not_equal(skipped[i].why, "");
	}
}

/* The lines that are no records: what they say of a server or of DNSSEC. */
static void add_cts_prose(struct cases *c)
{
	static const char own[] = "0 issue \"caatestsuite.com\"";
	static const char *const bogus[] = {"expired", "missing", "blackhole", "servfail",
		"refused"};
	char text[64];

	add_caa(&c->world, "ipv6only.caatestsuite.com", own, sizeof own - 1);
	for (size_t i = 0; i < sizeof(bogus) / sizeof(bogus[0]); i++) {
		(void)snprintf(text, sizeof text, "%s.caatestsuite-dnssec.com", bogus[i]);
		add_failure(&c->world, text, "SERVFAIL");
	}
	for (unsigned i = 0; i < CTS_FILLERS; i++) {
		int len = snprintf(text, sizeof text, "0 t%u \"test\"", i);

		add_caa(&c->world, "big.basic.caatestsuite.com", text, (size_t)len);
	}
}

static void add_cts_zone(struct cases *c, const struct dcv_yaml_node *zone)
{
	size_t n_prose = 0;

	c->world.n_lines = 0;
	for (size_t i = 0; i < zone->n; i++) {
		const char *text = zone->children[i]->text;

		if (strstr(text, "<N>") == NULL && strstr(text, "<server") == NULL &&
			strstr(text, "DS in parent") == NULL)
			add_text(&c->world, text, ".caatestsuite.com");
		else
			n_prose++;
	}
	assert_int_equal(n_prose, 5);
	add_cts_prose(c);
}

/* A look-up that fails in a signed zone: a CA does not issue, but nothing was denied. */
static bool is_cts_failure(const char *query)
{
	return strstr(query, "caatestsuite-dnssec.com") != NULL;
}

static void test_caatestsuite(void **state)
{
	static const char *const own[] = {"caatestsuite.com"},
				 *const other[] = {"ca.example"};
	struct cases *c = *state;
	const struct dcv_yaml_node *cases = cases_of(c, "CTS", 22);

	add_cts_zone(c, dcv_yaml_get(suite(c, "CTS"), "zone"));
	for (size_t i = 0; i < cases->n; i++) {
		const struct dcv_yaml_node *one = cases->children[i];
		const char *query = must(one, "query"), *id = must(one, "id");
		bool fails = is_cts_failure(query);

		use_issuer(&c->world, own);
		(void)judge(&c->world, query);
		expect(&c->world, id, fails ? DCV_CAA_ERROR : verdict(must(one, "self")));
		use_issuer(&c->world, other);
		(void)judge(&c->world, query);
		expect(&c->world, id, fails ? DCV_CAA_ERROR : verdict(must(one, "other")));
		if (fails) {
			assert_string_equal(must(one, "other"), "deny");
			assert_string_equal(c->world.result.cause, "C56");
		}
	}
}

static void expect_place(const struct cases *c, const struct dcv_yaml_node *one)
{
	struct dcv_name at, place;

	if (c->world.result.verdict == DCV_CAA_ERROR || get(one, "found_at") == NULL)
		return;
	if (strcmp(must(one, "found_at"), "null") == 0) {
		assert_true(c->world.result.step == SIZE_MAX);
		return;
	}
	place = name(must(one, "found_at"));
	assert_true(c->world.result.step < dcv_name_labels(&c->world.base));
	at = dcv_name_parent(&c->world.base, (unsigned)c->world.result.step);
	assert_true(dcv_name_equal(&at, &place));
}

static void test_boulder(void **state)
{
	static const char *const issuer[] = {"letsencrypt.org"};
	struct cases *c = *state;
	const struct dcv_yaml_node *cases = cases_of(c, "BLD", 24);

	use_issuer(&c->world, issuer);
	c->world.question.accounturi = "https://letsencrypt.org/acct/reg/123";
	for (size_t i = 0; i < cases->n; i++) {
		const struct dcv_yaml_node *one = cases->children[i];
		const char *method = get(one, "method"), *id = must(one, "id");

		c->world.question.method = method != NULL ? method : "http-01";
		add_zone(c, dcv_yaml_get(one, "zone"));
		(void)judge(&c->world, must(one, "query"));
		expect(&c->world, id,
			is_disagreed(id) ? DCV_CAA_VARIES : verdict(must(one, "expect")));
		expect_place(c, one);
	}
}

/* A set for S/MIME (RFC 9495) says nothing about a TLS certificate, which is all we judge. */
static enum dcv_caa_verdict for_tls(const struct dcv_yaml_node *one)
{
	const char *type = get(one, "type");

	if (type != NULL) {
		assert_string_equal(type, "smime");
		return DCV_CAA_PERMITS;
	}
	return is_disagreed(must(one, "id")) ? DCV_CAA_VARIES
					     : verdict(must(one, "expect"));
}

static void test_open_mpic(void **state)
{
	struct cases *c = *state;
	const struct dcv_yaml_node *cases = cases_of(c, "OMP", 17);

	for (size_t i = 0; i < cases->n; i++) {
		const struct dcv_yaml_node *one = cases->children[i];
		const struct dcv_yaml_node *issuers = dcv_yaml_get(one, "issuers");

		assert_int_equal(issuers->n, 1);
		use_issuer(&c->world, &issuers->children[0]->text);
		add_zone(c, dcv_yaml_get(one, "zone"));
		(void)judge(&c->world, must(one, "query"));
		expect(&c->world, must(one, "id"), for_tls(one));
	}
}

static bool lists(const struct dcv_yaml_node *list, const char *word)
{
	for (size_t i = 0; i < list->n; i++) {
		if (strcmp(list->children[i]->text, word) == 0)
			return true;
	}
	return false;
}

static void test_rfc(void **state)
{
	static const char *const issuers[] = {"ca1.example.net", "ca2.example.org"};
	struct cases *c = *state;
	const struct dcv_yaml_node *cases = cases_of(c, "RFC", 12);

	for (size_t i = 0; i < 2 * cases->n; i++) {
		const struct dcv_yaml_node *one = cases->children[i / 2];
		const struct dcv_yaml_node *permitted = dcv_yaml_get(one, "permitted");
		bool varies = permitted->kind == DCV_YAML_SCALAR;

		if (varies)
			assert_string_equal(permitted->text, "varies");
		c->world.question.method = get(one, "method");
		use_issuer(&c->world, &issuers[i % 2]);
		add_zone(c, dcv_yaml_get(one, "zone"));
		(void)judge(&c->world, must(one, "query"));
		/* Its zone names the first of the two. */
		if (varies)
			expect(&c->world, must(one, "id"),
				i % 2 == 0 ? DCV_CAA_VARIES : DCV_CAA_DENIES);
		else
			expect(&c->world, must(one, "id"),
				lists(permitted, issuers[i % 2]) ? DCV_CAA_PERMITS
								 : DCV_CAA_DENIES);
	}
}

static void expect_parameters(const char *id, struct dcv_caa_value *value,
	const struct dcv_yaml_node *params)
{
	struct dcv_caa_parameter parameter;
	char tag[64];

	for (size_t i = 0; i < params->n; i++) {
		const struct dcv_yaml_node *wanted;

		if (!dcv_caa_parameter_next(value, &parameter))
			fail_msg("%s: only %zu parameters", id, i);
		(void)snprintf(tag, sizeof tag, "%.*s", (int)parameter.tag_len,
			parameter.tag);
		wanted = dcv_yaml_get(params, tag);
		if (wanted == NULL)
			fail_msg("%s: parameter %s", id, tag);
		else
			assert_int_equal(parameter.value_len, wanted->len);
		if (wanted != NULL && wanted->len > 0)
			assert_memory_equal(parameter.value, wanted->text, wanted->len);
	}
	assert_false(dcv_caa_parameter_next(value, &parameter));
}

static void test_values(void **state)
{
	struct cases *c = *state;
	const struct dcv_yaml_node *cases = cases_of(c, "VAL", 28);

	for (size_t i = 0; i < cases->n; i++) {
		const struct dcv_yaml_node *one = cases->children[i];
		const struct dcv_yaml_node *node = dcv_yaml_get(one, "value");
		const char *id = must(one, "id"), *issuer = must(one, "issuer");
		char *text = dcv_arena_memdup(&c->world.arena, node->text, node->len + 1);
		struct dcv_caa_value value;
		bool good;

		for (size_t k = 0; k < node->len; k++)
			text[k] = text[k] == '\a' ? '\0' : text[k];
		good = dcv_caa_value_read(text, node->len, &value);
		if (good != (strcmp(must(one, "rfc"), "ok") == 0))
			fail_msg("%s: taken for %s", id, good ? "good" : "bad");
		if (!good)
			continue;
		assert_int_equal(value.issuer_len, strlen(issuer));
		assert_memory_equal(value.issuer, issuer, value.issuer_len);
		expect_parameters(id, &value, dcv_yaml_get(one, "params"));
	}
}

/* The set of one issue record of the CA with these parameters. */
static void add_parameters(struct cases *c, const struct dcv_yaml_node *params)
{
	struct dcv_buf buf;
	struct dcv_rdata rdata;

	dcv_buf_init(&buf, 4096);
	dcv_buf_adds(&buf, "ca.example");
	for (size_t i = 0; i < params->n; i++)
		dcv_buf_addf(&buf, "; %s=%s", params->children[i]->children[0]->text,
			params->children[i]->children[1]->text);
	assert_int_equal(
		dcv_caa_make("issue", dcv_buf_text(&buf), &c->world.arena, &rdata, NULL),
		DCV_OK);
	dcv_buf_clear(&buf);
	c->world.n_lines = 0;
	*add_line(&c->world, "example.com") = (struct line){.owner = name("example.com"),
		.kind = LINE_CAA,
		.caa = rdata};
}

static void expect_match(const struct cases *c, const struct dcv_yaml_node *one,
	bool matches)
{
	bool wanted = strcmp(must(one, "match"), "true") == 0;

	if (matches != wanted || (!matches && c->world.result.verdict != DCV_CAA_DENIES))
		fail_msg("%s: verdict %d (%s)", must(one, "id"),
			(int)c->world.result.verdict, c->world.result.why);
}

static void test_accounturi(void **state)
{
	static const char *const issuer[] = {"ca.example"};
	struct cases *c = *state;
	const struct dcv_yaml_node *cases = cases_of(c, "ACC", 8);

	use_issuer(&c->world, issuer);
	c->world.question.method = "tls-alpn-01";
	for (size_t i = 0; i < cases->n; i++) {
		const struct dcv_yaml_node *one = cases->children[i];
		const struct dcv_yaml_node *known = dcv_yaml_get(one, "known_prefixes");
		bool matches = false;

		add_parameters(c, dcv_yaml_get(one, "params"));
		for (size_t k = 0; k < known->n; k++) {
			c->world.question.accounturi = dcv_arena_printf(&c->world.arena,
				"%s%s", known->children[k]->text, must(one, "account_id"));
			matches |= judge(&c->world, "example.com") == DCV_CAA_PERMITS;
		}
		expect_match(c, one, matches);
	}
}

static void test_validationmethods(void **state)
{
	static const char *const issuer[] = {"ca.example"};
	struct cases *c = *state;
	const struct dcv_yaml_node *cases = cases_of(c, "MET", 10);

	use_issuer(&c->world, issuer);
	c->world.question.accounturi = "https://example.org";
	for (size_t i = 0; i < cases->n; i++) {
		const struct dcv_yaml_node *one = cases->children[i];

		add_parameters(c, dcv_yaml_get(one, "params"));
		c->world.question.method = must(one, "method");
		expect_match(c, one, judge(&c->world, "example.com") == DCV_CAA_PERMITS);
	}
}

/* The table tells these zones in words; here they are as records. */
static void test_munich(void **state)
{
	static const char *const issuer[] = {"ca.example"};
	static const struct {
		const char *id, *query;
	} zones[] = {{"TUM-01", "d1.example"}, {"TUM-05", "www.d5.example"},
		{"TUM-06", "www.d6.example"}};
	struct cases *c = *state;
	const struct dcv_yaml_node *cases = cases_of(c, "TUM", 3);

	use_issuer(&c->world, issuer);
	add_text(&c->world, "d1.example CAA 0 issue \";\"", "");
	add_text(&c->world, "www.d5.example CNAME d1.example", "");
	add_text(&c->world, "www.d6.example CNAME www.d1.example", "");
	for (size_t i = 0; i < cases->n; i++) {
		assert_string_equal(must(cases->children[i], "id"), zones[i].id);
		(void)judge(&c->world, zones[i].query);
		expect(&c->world, zones[i].id,
			verdict(must(cases->children[i], "expect")));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_suite_is_known),
		TEST(test_caatestsuite),
		TEST(test_boulder),
		TEST(test_open_mpic),
		TEST(test_rfc),
		TEST(test_values),
		TEST(test_accounturi),
		TEST(test_validationmethods),
		TEST(test_munich),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
