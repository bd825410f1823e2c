/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the key `caa:`: a policy, and the records that it is about (RFC 8659 4,
 * RFC 8657). It does not know what stands in a zone. */
#include <string.h>
#include <strings.h>

#include "dns/caa.h"
#include "order/read.h"

#define RECORDS_MAX 100u
#define VALUE_MAX 1000u
#define ISSUER_HELP "write the CA's domain, for example issuer: digicert.com"

static const char *const policies[] = {[DCV_CAA_CHECK] = "check",
	[DCV_CAA_PERMIT] = "permit",
	[DCV_CAA_EXACT] = "exact",
	[DCV_CAA_OFF] = "off",
	NULL};

/* The first N_ISSUE take `issuer:`, the others `value:` (RFC 8659 4.2 to 4.4, RFC 9495;
 * Baseline Requirements, appendix A.1). */
#define N_ISSUE 4u
static const char *const tags[] = {"issue", "issuewild", "issuemail", "issuevmc", "iodef",
	"contactemail", "contactphone", NULL};

static bool refuse(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	const char *help, const char *what, const char *why)
{
	const struct dcv_place place = dcv_yaml_place(rd->file, node);

	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &place, help, "%s: %s", what,
		why);
	return false;
}

/* `;` is nobody: an empty issuer. */
static bool read_issuer(const struct dcv_read *rd, const struct dcv_yaml_node *map,
	struct dcv_caa_want *want)
{
	const struct dcv_yaml_node *node = dcv_yaml_get(map, "issuer");
	char name[DCV_NAME_MAX] = "";

	if (node == NULL)
		return refuse(rd, map, ISSUER_HELP ", or issuer: \";\" for nobody",
			"issuer", "missing");
	if (!dcv_read_text(rd, "issuer", node))
		return false;
	if ((node->len != 1 || node->text[0] != ';') &&
		!dcv_read_issuer(node->text, node->len, name))
		return refuse(rd, node, ISSUER_HELP, "issuer",
			"not the domain by which CAA names a CA");
	want->issuer = dcv_arena_strdup(rd->arena, name);
	if (want->issuer == NULL)
		dcv_read_nomem(rd);
	return want->issuer != NULL;
}

/* RFC 8657 3: a URI, in the characters that a parameter may hold (RFC 8659 4.2). */
static bool read_account(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	struct dcv_buf *value)
{
	bool good = node->len <= VALUE_MAX &&
		memchr(node->text, ':', node->len) != NULL && node->text[0] != ':';

	for (size_t i = 0; i < node->len; i++)
		good = good && node->text[i] > ' ' && (uint8_t)node->text[i] < 0x7f &&
			node->text[i] != ';';
	if (!good)
		return refuse(rd, node, "write the account's URI as the CA shows it",
			"accounturi", "no URI, or with a blank or `;` in it");
	dcv_buf_addf(value, "; accounturi=%s", node->text);
	return true;
}

static bool is_method(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!((text[i] >= '0' && text[i] <= '9') ||
			    (text[i] >= 'a' && text[i] <= 'z') ||
			    (text[i] >= 'A' && text[i] <= 'Z') || text[i] == '-'))
			return false;
	return len > 0 && len <= 64;
}

/* True if the method, in lower case, stands in the list behind value[from]. */
static bool has_method(const struct dcv_buf *value, size_t from, const char *method,
	size_t len)
{
	const char *text = dcv_buf_text(value) + from;

	while (*text != '\0') {
		size_t n = strcspn(text, ",");

		if (n == len && strncasecmp(text, method, n) == 0)
			return true;
		text += n + (text[n] == ',' ? 1 : 0);
	}
	return false;
}

static bool add_methods(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	size_t from, struct dcv_buf *value)
{
	static const char help[] = "write validationmethods: [dns-01, ca-tbr-7]";

	if (!dcv_read_text(rd, "validationmethods", node))
		return false;
	for (size_t at = 0; at <= node->len;) {
		size_t n = strcspn(node->text + at, ",");
		const char *method = node->text + at;

		if (!is_method(method, n))
			return refuse(rd, node, help, "validationmethods",
				"a method is letters, digits and hyphens");
		if (has_method(value, from, method, n))
			return refuse(rd, node, "leave one of them out",
				"validationmethods",
				"a method stands twice, and then the record matches nothing");
		if (value->len > from)
			dcv_buf_addc(value, ',');
		for (size_t i = 0; i < n; i++)
			dcv_buf_addc(value,
				(char)(method[i] >= 'A' && method[i] <= 'Z'
						? method[i] | 0x20
						: method[i]));
		at += n + 1;
	}
	return true;
}

/* RFC 8657 4: a list, or one text with commas. */
static bool read_methods(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	struct dcv_buf *value)
{
	size_t from;

	dcv_buf_adds(value, "; validationmethods=");
	from = value->len;
	if (node->kind != DCV_YAML_SEQUENCE)
		return add_methods(rd, node, from, value);
	if (node->n == 0)
		return refuse(rd, node, "leave it out: then every method may be used",
			"validationmethods", "empty, so that no method could be used");
	for (size_t i = 0; i < node->n; i++)
		if (!add_methods(rd, node->children[i], from, value))
			return false;
	return true;
}

static bool read_issue_value(const struct dcv_read *rd, const struct dcv_yaml_node *map,
	struct dcv_caa_want *want, struct dcv_buf *value)
{
	const struct dcv_yaml_node *account = dcv_yaml_get(map, "accounturi");
	const struct dcv_yaml_node *methods = dcv_yaml_get(map, "validationmethods");
	bool good = read_issuer(rd, map, want);

	if (dcv_yaml_get(map, "value") != NULL)
		good = refuse(rd, map, ISSUER_HELP, "value",
			"this tag takes `issuer:` instead");
	if (good && want->issuer[0] == '\0' && (account != NULL || methods != NULL))
		return refuse(rd, map, "leave out accounturi and validationmethods",
			"issuer", "nobody may issue, so a parameter means nothing");
	dcv_buf_adds(value, good && want->issuer[0] != '\0' ? want->issuer : ";");
	if (account != NULL)
		good = dcv_read_text(rd, "accounturi", account) &&
			read_account(rd, account, value) && good;
	if (methods != NULL)
		good = read_methods(rd, methods, value) && good;
	return good;
}

static bool starts(const struct dcv_yaml_node *node, const char *word)
{
	size_t n = strlen(word);

	return node->len > n && memcmp(node->text, word, n) == 0;
}

static bool read_plain_value(const struct dcv_read *rd, const struct dcv_yaml_node *map,
	const char *tag, struct dcv_buf *value)
{
	static const char help[] = "write value: \"mailto:security@example.com\"";
	const struct dcv_yaml_node *node = dcv_yaml_get(map, "value");

	if (dcv_yaml_get(map, "issuer") != NULL ||
		dcv_yaml_get(map, "accounturi") != NULL ||
		dcv_yaml_get(map, "validationmethods") != NULL)
		return refuse(rd, map, help, tag,
			"takes `value:`, not an issuer and its parameters");
	if (node == NULL)
		return refuse(rd, map, help, "value", "missing");
	if (!dcv_read_text(rd, "value", node))
		return false;
	for (size_t i = 0; i < node->len; i++)
		if (node->text[i] < ' ' || node->text[i] == 0x7f ||
			(uint8_t)node->text[i] >= 0x80 || node->len > VALUE_MAX)
			return refuse(rd, node, "write printable ASCII", "value",
				"not printable ASCII of at most 1000 octets");
	if (strcmp(tag, "iodef") == 0 && !starts(node, "mailto:") &&
		!starts(node, "http:") && !starts(node, "https:"))
		return refuse(rd, node, help, "value",
			"iodef takes a mailto:, http: or https: URL");
	dcv_buf_adds(value, node->text);
	return true;
}

static bool read_record(const struct dcv_read *rd, const struct dcv_yaml_node *map,
	struct dcv_caa_want *want, struct dcv_buf *value)
{
	static const char *const keys[] = {"tag", "issuer", "accounturi",
		"validationmethods", "value", NULL};
	const struct dcv_yaml_node *tag;
	struct dcv_error err = {0};
	size_t t = 0;

	if (map->kind != DCV_YAML_MAPPING)
		return refuse(rd, map, "write - {tag: issue, issuer: digicert.com}",
			"caa: a record", "must be a mapping");
	if (!dcv_read_keys(rd, map, keys))
		return false;
	tag = dcv_yaml_get(map, "tag");
	if (tag == NULL)
		return refuse(rd, map, "add tag: issue or tag: issuewild", "tag",
			"missing");
	if (!dcv_read_choice(rd, "tag", tag, tags, &t) ||
		!(t < N_ISSUE ? read_issue_value(rd, map, want, value)
			      : read_plain_value(rd, map, tags[t], value)))
		return false;
	want->tag = tags[t];
	want->place = dcv_yaml_place(rd->file, map);
	if (!value->failed &&
		dcv_caa_make(want->tag, dcv_buf_text(value), rd->arena, &want->rdata,
			&err) == DCV_OK)
		return true;
	dcv_read_nomem(rd);
	return false;
}

/* A record that stands twice is one. */
static bool is_there(const struct dcv_order *order, const struct dcv_caa_want *want)
{
	for (size_t i = 0; i < order->n_caa; i++)
		if (dcv_rdata_equal(&order->caa_records[i].rdata, &want->rdata))
			return true;
	return false;
}

static bool read_records(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	struct dcv_order *order)
{
	bool good = true;

	if (!dcv_read_list(rd, node, "caa: records", RECORDS_MAX,
		    "write records: [{tag: issue, issuer: digicert.com}]"))
		return false;
	order->caa_records = dcv_arena_array(rd->arena, node->n,
		sizeof *order->caa_records);
	if (order->caa_records == NULL) {
		dcv_read_nomem(rd);
		return false;
	}
	for (size_t i = 0; i < node->n; i++) {
		struct dcv_caa_want want = {.tag = NULL};
		struct dcv_buf value;

		dcv_buf_init(&value, 4 * VALUE_MAX);
		if (!read_record(rd, node->children[i], &want, &value))
			good = false;
		else if (!is_there(order, &want))
			order->caa_records[order->n_caa++] = want;
		dcv_buf_clear(&value);
	}
	return good;
}

/* Whether the records let anybody issue for TLS, and the CA of the order among them. */
static bool check_records(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	const struct dcv_order *order)
{
	const struct dcv_place place = dcv_yaml_place(rd->file, node);
	bool issues = false, permits = false;

	for (size_t i = 0; i < order->n_caa; i++) {
		const struct dcv_caa_want *want = &order->caa_records[i];

		if (strcmp(want->tag, "issue") != 0 && strcmp(want->tag, "issuewild") != 0)
			continue;
		issues = true;
		permits = permits || order->ca == NULL ||
			dcv_ca_is_issuer(order->ca, want->issuer);
	}
	if (!issues && order->caa == DCV_CAA_EXACT)
		return refuse(rd, node, "add {tag: issue, issuer: digicert.com}",
			"caa: exact",
			"needs records with an issue or issuewild, else any CA may issue");
	if (!permits && order->n_caa > 0) {
		dcv_diag_add(rd->diags, DCV_SEV_WARNING, DCV_E_ORDER, &place, NULL,
			"caa: no record names %s, so %s may not issue", order->ca->caa,
			order->ca->title);
		dcv_diag_cause(rd->diags, "C50");
	}
	return true;
}

static bool read_mapping(const struct dcv_read *rd, const struct dcv_yaml_node *map,
	struct dcv_order *order)
{
	static const char *const keys[] = {"policy", "records", NULL};
	const struct dcv_yaml_node *policy, *records;
	size_t word = DCV_CAA_CHECK;
	bool good = dcv_read_keys(rd, map, keys);

	policy = dcv_yaml_get(map, "policy");
	records = dcv_yaml_get(map, "records");
	if (policy == NULL && good)
		good = refuse(rd, map, "add policy: permit or policy: exact",
			"caa: policy", "missing");
	if (policy != NULL)
		good = dcv_read_choice(rd, "policy", policy, policies, &word) && good;
	order->caa = (enum dcv_caa_policy)word;
	if (records != NULL)
		good = read_records(rd, records, order) && good;
	if (good && records != NULL && word != DCV_CAA_PERMIT && word != DCV_CAA_EXACT)
		good = refuse(rd, records, "write policy: permit or policy: exact",
			"caa: records", "only permit and exact write any");
	return good && check_records(rd, map, order);
}

bool dcv_read_caa(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	struct dcv_order *order)
{
	size_t word = 0;

	if (node->kind == DCV_YAML_MAPPING)
		return read_mapping(rd, node, order);
	if (!dcv_read_choice(rd, "caa", node, policies, &word))
		return false;
	if (word == DCV_CAA_EXACT)
		return refuse(rd, node,
			"write caa: {policy: exact, records: [{tag: issue, issuer: digicert.com}]}",
			"caa: exact", "needs records");
	order->caa = (enum dcv_caa_policy)word;
	return true;
}
