/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the requests and answers of the dialect json, as dcvctl-exec.7 describes them.
 * It does not know processes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "providers/exec/exec.h"

static const char *const classes[] = {[DCVP_OK] = "ok",
	[DCVP_NO_ZONE] = "no-zone",
	[DCVP_REFUSED] = "refused",
	[DCVP_CONFLICT] = "conflict",
	[DCVP_INVALID] = "invalid",
	[DCVP_FAILED] = "failed",
	[DCVP_UNKNOWN] = "unknown"};
static const char *const causes[] = {[DCVP_CAUSE_NONE] = "none",
	[DCVP_CAUSE_AUTH] = "auth",
	[DCVP_CAUSE_FORBIDDEN] = "forbidden",
	[DCVP_CAUSE_NOT_READY] = "not-ready",
	[DCVP_CAUSE_EXISTS_OTHER] = "exists-other",
	[DCVP_CAUSE_VALUE] = "value",
	[DCVP_CAUSE_LIMIT] = "limit",
	[DCVP_CAUSE_THROTTLED] = "throttled",
	[DCVP_CAUSE_BUSY] = "busy",
	[DCVP_CAUSE_UNAVAILABLE] = "unavailable",
	[DCVP_CAUSE_CLOCK] = "clock",
	[DCVP_CAUSE_PROTOCOL] = "protocol",
	[DCVP_CAUSE_INTERNAL] = "internal"};
static const char *const outcomes[] = {[DCVP_EDIT_FAILED] = "failed",
	[DCVP_EDIT_DONE] = "done",
	[DCVP_EDIT_ALREADY] = "already",
	[DCVP_EDIT_UNKNOWN] = "unknown"};
static const char *const units[] = {"zone", "rrset", "record"};
static const char *const extents[] = {"none", "rrset", "zone"};
static const char *const visibles[] = {"at-once", "sync", "untold"};

#define WORDS(of) (of), sizeof(of) / sizeof((of)[0])

/* The place of a member's word in a list; what is left out is the first of the list; -1: it is
 * none of them. */
static int take_word(const struct dcvp_tree *tree, const char *key,
	const char *const *words, size_t n)
{
	const char *text = dcv_kit_get_text(tree, key);

	if (dcv_kit_get(tree, key) == NULL)
		return 0;
	for (size_t i = 0; text != NULL && i < n; i++) {
		if (strcmp(words[i], text) == 0)
			return (int)i;
	}
	return -1;
}

/* A request and its answer. */
struct ask {
	struct dcv_kit kit;
	struct dcv_exec *session;
	const char *op;
	struct dcvp_tree *request;
	const struct dcvp_tree *answer;
	int sent; /* the program may have acted on it */
};

static enum dcvp_class malformed(const struct ask *ask, const char *what,
	struct dcvp_error *err)
{
	return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_PROTOCOL,
		"%s: answer to \"%s\": %s", ask->session->name, ask->op, what);
}

static void begin(struct ask *ask, struct dcv_exec *session, const char *op)
{
	*ask = (struct ask){.kit = {.host = session->host}, .session = session, .op = op};
	ask->request = dcv_kit_add(&ask->kit, NULL, NULL, DCVP_OBJECT, NULL);
	if (ask->request == NULL)
		return;
	(void)dcv_kit_add_number(&ask->kit, ask->request, "id", (int64_t)++session->id);
	(void)dcv_kit_add(&ask->kit, ask->request, "op", DCVP_TEXT, op);
}

static void take_error(const struct ask *ask, struct dcvp_error *err)
{
	const char *text = dcv_kit_get_text(ask->answer, "text");
	const char *help = dcv_kit_get_text(ask->answer, "help");
	const char *code = dcv_kit_get_text(ask->answer, "code");
	int cause = take_word(ask->answer, "cause", WORDS(causes));
	int64_t retry_ms = dcv_kit_get_number(ask->answer, "retry_after_ms", INT32_MAX);

	(void)snprintf(err->text, sizeof err->text, "%s: %s", ask->session->name,
		text != NULL ? text : "it says no more than that it failed");
	if (help != NULL)
		(void)snprintf(err->help, sizeof err->help, "help: %s", help);
	if (code != NULL)
		(void)snprintf(err->code, sizeof err->code, "%s", code);
	err->cause = cause > 0 ? (enum dcvp_cause)cause : DCVP_CAUSE_NONE;
	err->retry_after_ms = retry_ms > 0 ? retry_ms : 0;
}

/* The class that the program says, DCVP_FAILED with DCVP_CAUSE_PROTOCOL if it says none. */
static enum dcvp_class judge(struct ask *ask, const char *line, size_t len,
	struct dcvp_error *err)
{
	const struct dcvp_host *host = ask->session->host;
	struct dcvp_error why = {0};
	char what[600];
	int class;

	ask->answer = host->json_read(host->ctx, line, len, &why);
	if (ask->answer == NULL) {
		(void)snprintf(what, sizeof what, "no JSON: %s", why.text);
		return malformed(ask, what, err);
	}
	if (dcv_kit_get_number(ask->answer, "id", INT64_MAX) != (int64_t)ask->session->id)
		return malformed(ask, "its id is not that of the request", err);
	class = take_word(ask->answer, "class", WORDS(classes));
	if (dcv_kit_get(ask->answer, "class") == NULL || class < 0)
		return malformed(ask, "no class, or one that there is not", err);
	if (class != DCVP_OK)
		take_error(ask, err);
	return (enum dcvp_class) class;
}

static enum dcvp_class run(struct ask *ask, struct dcvp_error *err)
{
	const struct dcvp_host *host = ask->session->host;
	const char *request, *line = NULL;
	enum dcvp_class class;
	size_t len = 0;

	if (ask->kit.nomem)
		return dcv_kit_nomem(err);
	request = host->json_write(host->ctx, ask->request);
	if (request == NULL)
		return dcv_kit_nomem(err);
	class = dcv_exec_exchange(ask->session, request, &line, &len, &ask->sent, err);
	if (class != DCVP_OK)
		return class;
	class = judge(ask, line, len, err);
	/* Who answers what was not asked cannot be believed any further. */
	if (class != DCVP_OK && err->cause == DCVP_CAUSE_PROTOCOL)
		dcv_exec_stop(ask->session, 0);
	return class;
}

static uint32_t number_of(const struct dcvp_tree *tree, const char *key)
{
	int64_t number = dcv_kit_get_number(tree, key, UINT32_MAX);

	return number > 0 ? (uint32_t)number : 0;
}

static enum dcvp_class take_capabilities(const struct ask *ask, struct dcvp_error *err)
{
	const struct dcvp_tree *from = dcv_kit_get(ask->answer, "capabilities");
	int unit = take_word(from, "unit", WORDS(units));
	int atomic = take_word(from, "atomic", WORDS(extents));
	int cas = take_word(from, "cas", WORDS(extents));
	int visible = take_word(from, "visible", WORDS(visibles));

	if (unit < 0 || atomic < 0 || cas < 0 || visible < 0)
		return malformed(ask, "a capability has a word that there is not", err);
	ask->session->can = (struct dcvp_capabilities){
		.struct_size = sizeof ask->session->can,
		.unit = dcv_kit_get(from, "unit") != NULL ? (enum dcvp_unit)unit
							  : DCVP_UNIT_RECORD,
		.atomic = (enum dcvp_atomic)atomic,
		.cas = (enum dcvp_cas)cas,
		.visible = (enum dcvp_visible)visible,
		.no_cname = dcv_kit_get_true(from, "no_cname"),
		.no_caa = dcv_kit_get_true(from, "no_caa"),
		.no_empty_txt = dcv_kit_get_true(from, "no_empty_txt"),
		.ttl_stays = dcv_kit_get_true(from, "ttl_stays"),
		.marks = dcv_kit_get_true(from, "marks"),
		.ttl_min_s = number_of(from, "ttl_min"),
		.ttl_max_s = number_of(from, "ttl_max"),
		.txt_max = number_of(from, "txt_max"),
		.txt_forbidden = dcv_exec_forbidden(ask->session,
			dcv_kit_get_text(from, "txt_forbidden"),
			dcv_kit_get_true(from, "txt_ascii")),
		.values_max = number_of(from, "values_max"),
		.edits_max = number_of(from, "edits_max")};
	ask->session->sync = dcv_kit_get_true(from, "sync");
	return DCVP_OK;
}

static enum dcvp_class say_hello(struct dcv_exec *session, struct dcvp_error *err)
{
	struct ask ask;
	enum dcvp_class class;

	begin(&ask, session, "hello");
	(void)dcv_kit_add_number(&ask.kit, ask.request, "abi", DCVP_ABI);
	class = run(&ask, err);
	if (class != DCVP_OK)
		return class;
	if (dcv_kit_get_number(ask.answer, "abi", UINT32_MAX) != DCVP_ABI)
		return malformed(&ask, "it does not speak abi 1", err);
	return take_capabilities(&ask, err);
}

static enum dcvp_class say_open(struct dcv_exec *session, struct dcvp_error *err)
{
	struct dcvp_tree *settings;
	struct ask ask;

	begin(&ask, session, "open");
	settings = dcv_kit_add(&ask.kit, ask.request, "settings", DCVP_OBJECT, NULL);
	for (size_t i = 0; settings != NULL && i < session->n_settings; i++) {
		const char *equals = strchr(session->settings[i], '=');

		(void)dcv_kit_add(&ask.kit, settings,
			dcv_kit_format(&ask.kit, "%.*s",
				(int)(equals - session->settings[i]), session->settings[i]),
			DCVP_TEXT, equals + 1);
	}
	return run(&ask, err);
}

enum dcvp_class dcv_exec_json_hello(struct dcv_exec *session, struct dcvp_error *err)
{
	enum dcvp_class class;

	if (dcv_exec_runs(session))
		return DCVP_OK;
	dcv_exec_stop(session, 0);
	class = dcv_exec_start(session, NULL, 1, err);
	if (class == DCVP_OK)
		class = say_hello(session, err);
	if (class == DCVP_OK)
		class = say_open(session, err);
	if (class != DCVP_OK)
		dcv_exec_stop(session, 0);
	/* Nothing was asked for yet that could have been done. */
	return class == DCVP_UNKNOWN ? DCVP_FAILED : class;
}

enum dcvp_class dcv_exec_json_find_zone(struct dcv_exec *session, const char *zone,
	struct dcvp_error *err)
{
	enum dcvp_class class = dcv_exec_json_hello(session, err);
	struct ask ask;

	if (class != DCVP_OK)
		return class;
	begin(&ask, session, "find_zone");
	(void)dcv_kit_add(&ask.kit, ask.request, "zone", DCVP_TEXT, zone);
	class = run(&ask, err);
	return class == DCVP_UNKNOWN ? DCVP_FAILED : class;
}

/* --- reading */

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *parent_of(const char *name)
{
	for (; *name != '\0' && *name != '.'; name++) {
		if (*name == '\\' && name[1] != '\0')
			name++;
	}
	return *name == '.' ? name + 1 : name;
}

/* The names of which it matters what stands there: each owner, all above it down from the apex,
 * and the wildcards of these. */
static void add_names(struct ask *ask, const char *zone, const char *const *owners,
	size_t n)
{
	struct dcvp_tree *to = dcv_kit_add(&ask->kit, ask->request, "names", DCVP_ARRAY,
		NULL);
	size_t n_names = 1, count = 0;
	const char **names;

	for (size_t i = 0; i < n; i++) {
		for (const char *at = owners[i]; strcmp(at, zone) != 0; at = parent_of(at))
			n_names += 2;
	}
	names = dcv_kit_array(&ask->kit, n_names, sizeof *names);
	if (ask->kit.nomem)
		return;
	names[count++] = zone;
	for (size_t i = 0; i < n && !ask->kit.nomem; i++) {
		for (const char *at = owners[i]; strcmp(at, zone) != 0;
			at = parent_of(at)) {
			names[count++] = at;
			names[count++] = dcv_kit_format(&ask->kit, "*.%s", parent_of(at));
		}
	}
	if (ask->kit.nomem)
		return;
	qsort(names, count, sizeof *names, compare);
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || strcmp(names[i], names[i - 1]) != 0)
			(void)dcv_kit_add(&ask->kit, to, NULL, DCVP_TEXT, names[i]);
	}
}

static void add_texts(struct dcv_kit *kit, struct dcvp_tree *parent, const char *key,
	const char *const *texts, size_t n)
{
	struct dcvp_tree *to = dcv_kit_add(kit, parent, key, DCVP_ARRAY, NULL);

	for (size_t i = 0; to != NULL && i < n; i++)
		(void)dcv_kit_add(kit, to, NULL, texts[i] != NULL ? DCVP_TEXT : DCVP_NULL,
			texts[i]);
}

/* A list of texts (or nulls, if they may be): false if it is anything else. */
static int take_texts(struct dcv_kit *kit, const struct dcvp_tree *tree, int nulls,
	const char *const **ret, size_t *ret_n)
{
	size_t n = dcv_kit_count(tree);
	const char **texts;

	if (tree == NULL || tree->kind != DCVP_ARRAY)
		return 0;
	texts = dcv_kit_array(kit, n, sizeof *texts);
	*ret = texts;
	*ret_n = 0;
	for (const struct dcvp_tree *at = tree->first; at != NULL && texts != NULL;
		at = at->next) {
		if (at->kind != DCVP_TEXT && !(nulls && at->kind == DCVP_NULL))
			return 0;
		texts[(*ret_n)++] = at->text;
	}
	return 1;
}

static int take_set(struct dcv_kit *kit, const char *zone, const struct dcvp_tree *json,
	struct dcvp_rrset *ret)
{
	const char *owner = dcv_kit_get_text(json, "owner");
	const char *type = dcv_kit_get_text(json, "type");
	int64_t ttl_s = dcv_kit_get_number(json, "ttl", UINT32_MAX);
	const struct dcvp_tree *marks = dcv_kit_get(json, "marks");
	size_t n_marks;

	if (owner == NULL || type == NULL || ttl_s < 0 ||
		!take_texts(kit, dcv_kit_get(json, "values"), 0, &ret->rdata, &ret->n))
		return 0;
	if (marks != NULL &&
		(!take_texts(kit, marks, 1, &ret->marks, &n_marks) || n_marks != ret->n))
		return 0;
	ret->owner = dcv_kit_name(kit, owner);
	ret->type = dcv_kit_type_from(type);
	ret->ttl_s = (uint32_t)ttl_s;
	ret->fixed = dcv_kit_get_text(json, "fixed");
	if (ret->fixed == NULL && ret->type == DCV_KIT_OTHER)
		ret->fixed = DCV_KIT_OTHER_FIXED;
	return ret->owner != NULL && dcv_kit_is_below(ret->owner, zone);
}

static enum dcvp_class take_zone(struct ask *ask, const char *zone,
	struct dcv_kit_zone *ret, struct dcvp_error *err)
{
	const struct dcvp_tree *from = dcv_kit_get(ask->answer, "sets"), *at;
	const struct dcvp_tree *empty = dcv_kit_get(ask->answer, "empty");
	struct dcvp_rrset *sets = dcv_kit_array(&ask->kit, dcv_kit_count(from),
		sizeof *sets);
	const char *const *names = NULL;
	const char **lower;
	size_t n = 0, n_names = 0;

	if (from == NULL || from->kind != DCVP_ARRAY)
		return malformed(ask, "no list of sets", err);
	for (at = from->first; at != NULL && !ask->kit.nomem; at = at->next) {
		if (!take_set(&ask->kit, zone, at, &sets[n++]) && !ask->kit.nomem)
			return malformed(ask,
				"a set cannot be read, or is out of the zone", err);
	}
	if (empty != NULL && !take_texts(&ask->kit, empty, 0, &names, &n_names))
		return malformed(ask, "\"empty\" is no list of names", err);
	lower = dcv_kit_array(&ask->kit, n_names, sizeof *lower);
	for (size_t i = 0; lower != NULL && i < n_names; i++)
		lower[i] = dcv_kit_name(&ask->kit, names[i]);
	if (ask->kit.nomem)
		return dcv_kit_nomem(err);
	dcv_kit_index(&ask->kit, zone, sets, n, lower, n_names, ret);
	return ask->kit.nomem ? dcv_kit_nomem(err) : DCVP_OK;
}

/* Of an API that does not tell its SOA record: what most have. */
#define NEGATIVE_TTL_S 3600u

static enum dcvp_class make_view(struct ask *ask, const char *zone,
	const char *const *owners, size_t n, struct dcvp_zone *ret, struct dcvp_error *err)
{
	const char *place = dcv_kit_get_text(ask->answer, "place");
	struct dcv_kit_zone found;
	struct dcvp_zone view;
	enum dcvp_class class = take_zone(ask, zone, &found, err);

	if (class != DCVP_OK)
		return class;
	view = (struct dcvp_zone){.place = place != NULL ? place : ask->session->name,
		.etag = dcv_kit_get_text(ask->answer, "etag"),
		.fixed = dcv_kit_get_text(ask->answer, "fixed"),
		.is_signed = dcv_kit_get_true(ask->answer, "signed"),
		.serial_next = number_of(ask->answer, "serial_next"),
		.ttl_min_s = number_of(ask->answer, "ttl_min"),
		.ttl_max_s = number_of(ask->answer, "ttl_max")};
	if (!dcv_kit_view(&ask->kit, &found, owners, n, &view))
		view.soa_ttl_s = view.soa_minimum_s = NEGATIVE_TTL_S;
	if (ask->kit.nomem)
		return dcv_kit_nomem(err);
	*ret = view;
	return DCVP_OK;
}

enum dcvp_class dcv_exec_json_read(struct dcv_exec *session, const char *zone,
	const char *const *owners, size_t n, struct dcvp_zone *ret, struct dcvp_error *err)
{
	enum dcvp_class class = dcv_exec_json_hello(session, err);
	struct ask ask;

	if (class != DCVP_OK)
		return class;
	begin(&ask, session, "read");
	(void)dcv_kit_add(&ask.kit, ask.request, "zone", DCVP_TEXT, zone);
	add_texts(&ask.kit, ask.request, "owners", owners, n);
	add_names(&ask, zone, owners, n);
	class = run(&ask, err);
	if (class == DCVP_OK)
		class = make_view(&ask, zone, owners, n, ret, err);
	return class == DCVP_UNKNOWN ? DCVP_FAILED : class;
}

/* --- writing */

static void add_before(struct dcv_kit *kit, struct dcvp_tree *to,
	const struct dcvp_edit *edit)
{
	struct dcvp_tree *before;

	if (!edit->has_before)
		return;
	if (edit->before == NULL || edit->before->n == 0) {
		(void)dcv_kit_add(kit, to, "before", DCVP_NULL, NULL);
		return;
	}
	before = dcv_kit_add(kit, to, "before", DCVP_OBJECT, NULL);
	if (before == NULL)
		return;
	(void)dcv_kit_add_number(kit, before, "ttl", edit->before->ttl_s);
	add_texts(kit, before, "values", edit->before->rdata, edit->before->n);
}

static void add_edit(struct dcv_kit *kit, struct dcvp_tree *to,
	const struct dcvp_edit *edit)
{
	char type[DCV_KIT_TYPE_MAX];
	struct dcvp_tree *json = dcv_kit_add(kit, to, NULL, DCVP_OBJECT, NULL);

	if (json == NULL)
		return;
	(void)dcv_kit_add(kit, json, "owner", DCVP_TEXT, edit->owner);
	(void)dcv_kit_add(kit, json, "type", DCVP_TEXT,
		dcv_kit_type_text(edit->type, type));
	(void)dcv_kit_add_number(kit, json, "ttl", edit->ttl_s);
	add_texts(kit, json, "add", edit->add, edit->n_add);
	add_texts(kit, json, "remove", edit->remove, edit->n_remove);
	if (edit->notes != NULL)
		add_texts(kit, json, "notes", edit->notes, edit->n_add);
	add_before(kit, json, edit);
}

static void add_change(struct ask *ask, const struct dcvp_change *change)
{
	struct dcvp_tree *edits;

	(void)dcv_kit_add(&ask->kit, ask->request, "zone", DCVP_TEXT, change->zone);
	(void)dcv_kit_add(&ask->kit, ask->request, "change", DCVP_TEXT, change->id);
	if (change->etag != NULL)
		(void)dcv_kit_add(&ask->kit, ask->request, "etag", DCVP_TEXT,
			change->etag);
	edits = dcv_kit_add(&ask->kit, ask->request, "edits", DCVP_ARRAY, NULL);
	for (size_t i = 0; edits != NULL && i < change->n_edits; i++)
		add_edit(&ask->kit, edits, &change->edits[i]);
}

static void take_receipt(const struct ask *ask, struct dcvp_receipt *receipt)
{
	const char *note = dcv_kit_get_text(ask->answer, "note");
	const char *id = dcv_kit_get_text(ask->answer, "change_id");

	receipt->serial_before = number_of(ask->answer, "serial_before");
	receipt->serial_after = number_of(ask->answer, "serial_after");
	if (note != NULL)
		(void)snprintf(receipt->note, sizeof receipt->note, "%s", note);
	if (id != NULL)
		(void)snprintf(receipt->change_id, sizeof receipt->change_id, "%s", id);
}

/* One result for each edit; 0: not so. */
static int take_results(const struct ask *ask, size_t n, struct dcvp_result *results)
{
	const struct dcvp_tree *from = dcv_kit_get(ask->answer, "results"), *at;
	size_t i = 0;

	if (from == NULL || from->kind != DCVP_ARRAY || dcv_kit_count(from) != n)
		return 0;
	for (at = from->first; at != NULL; at = at->next, i++) {
		int outcome = take_word(at, "outcome", WORDS(outcomes));
		int cause = take_word(at, "cause", WORDS(causes));
		int64_t retry_ms = dcv_kit_get_number(at, "retry_after_ms", INT32_MAX);

		if (dcv_kit_get(at, "outcome") == NULL || outcome < 0)
			return 0;
		results[i] = (struct dcvp_result){.outcome = (enum dcvp_outcome)outcome,
			.cause = cause > 0 ? (enum dcvp_cause)cause : DCVP_CAUSE_NONE,
			.retry_after_ms = retry_ms > 0 ? retry_ms : 0,
			.text = dcv_kit_get_text(at, "text")};
	}
	return 1;
}

static void fill(struct dcvp_result *results, size_t n, enum dcvp_outcome outcome,
	enum dcvp_cause cause)
{
	for (size_t i = 0; i < n; i++)
		results[i] = (struct dcvp_result){.outcome = outcome, .cause = cause};
}

/* "ok" has only edits that are done, and what is not unknown changed nothing: an answer that
 * contradicts itself is not believed. */
static int is_consistent(enum dcvp_class class, const struct dcvp_result *results,
	size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int holds = results[i].outcome == DCVP_EDIT_DONE ||
			results[i].outcome == DCVP_EDIT_ALREADY;

		if (class == DCVP_OK && !holds)
			return 0;
	}
	return 1;
}

enum dcvp_class dcv_exec_json_apply(struct dcv_exec *session,
	const struct dcvp_change *change, struct dcvp_result *results,
	struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	enum dcvp_class class = dcv_exec_json_hello(session, err);
	size_t n = change->n_edits;
	struct ask ask;

	if (class != DCVP_OK)
		return class;
	begin(&ask, session, "apply");
	add_change(&ask, change);
	class = run(&ask, err);
	if (class == DCVP_FAILED && ask.sent &&
		(ask.answer == NULL || err->cause == DCVP_CAUSE_PROTOCOL))
		class = DCVP_UNKNOWN;
	if (class != DCVP_OK && class != DCVP_UNKNOWN)
		return class;
	fill(results, n, DCVP_EDIT_UNKNOWN, err->cause);
	if (ask.answer == NULL)
		return class;
	if (dcv_kit_get(ask.answer, "results") == NULL && class == DCVP_UNKNOWN)
		return class;
	if (!take_results(&ask, n, results) || !is_consistent(class, results, n)) {
		fill(results, n, DCVP_EDIT_UNKNOWN, DCVP_CAUSE_PROTOCOL);
		(void)malformed(&ask, "not one fitting result for each edit", err);
		return DCVP_UNKNOWN;
	}
	take_receipt(&ask, receipt);
	return class;
}

enum dcvp_class dcv_exec_json_sync(struct dcv_exec *session,
	const struct dcvp_change *change, struct dcvp_receipt *receipt,
	struct dcvp_error *err)
{
	enum dcvp_class class = dcv_exec_json_hello(session, err);
	struct ask ask;

	if (class != DCVP_OK)
		return DCVP_UNKNOWN;
	if (!session->sync)
		return DCVP_OK;
	begin(&ask, session, "sync");
	add_change(&ask, change);
	(void)dcv_kit_add(&ask.kit, ask.request, "change_id", DCVP_TEXT,
		receipt->change_id);
	class = run(&ask, err);
	/* "failed" is a proof only if the program says it. */
	if (class != DCVP_OK && (ask.answer == NULL || err->cause == DCVP_CAUSE_PROTOCOL))
		return DCVP_UNKNOWN;
	return class;
}
