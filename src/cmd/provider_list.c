/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a provider is described: by what it declares. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/provider.h"
#include "provider/services.h"

#define TEXT_MAX 4096u

static const char *unit_text(enum dcvp_unit unit)
{
	static const char *const words[] =
		{[DCVP_UNIT_ZONE] = "zone", [DCVP_UNIT_RRSET] = "rrset", [DCVP_UNIT_RECORD] = "record"};

	return (size_t)unit < sizeof(words) / sizeof(words[0]) ? words[unit] : "?";
}

static const char *atomic_text(enum dcvp_atomic atomic)
{
	static const char *const words[] = {[DCVP_ATOMIC_NONE] = "none",
		[DCVP_ATOMIC_RRSET] = "rrset",
		[DCVP_ATOMIC_ZONE] = "zone"};

	return (size_t)atomic < sizeof(words) / sizeof(words[0]) ? words[atomic] : "?";
}

static const char *cas_text(enum dcvp_cas cas)
{
	static const char *const words[] =
		{[DCVP_CAS_NONE] = "none", [DCVP_CAS_RRSET] = "rrset", [DCVP_CAS_ZONE] = "zone"};

	return (size_t)cas < sizeof(words) / sizeof(words[0]) ? words[cas] : "?";
}

static const char *visible_text(enum dcvp_visible visible)
{
	static const char *const words[] = {[DCVP_VISIBLE_AT_ONCE] = "at once",
		[DCVP_VISIBLE_SYNC] = "waited for",
		[DCVP_VISIBLE_UNTOLD] = "not told"};

	return (size_t)visible < sizeof(words) / sizeof(words[0]) ? words[visible] : "?";
}

static const char *kind_text(enum dcvp_option_kind kind)
{
	static const char *const words[] = {[DCVP_OPTION_TEXT] = "text",
		[DCVP_OPTION_WORD] = "word",
		[DCVP_OPTION_YES] = "yes or no",
		[DCVP_OPTION_NUMBER] = "number",
		[DCVP_OPTION_DURATION] = "duration",
		[DCVP_OPTION_PATH] = "path",
		[DCVP_OPTION_ADDRESS] = "address",
		[DCVP_OPTION_URL] = "url",
		[DCVP_OPTION_COMMAND] = "command",
		[DCVP_OPTION_SECRET] = "secret"};

	return (size_t)kind < sizeof(words) / sizeof(words[0]) ? words[kind] : "?";
}

static void add_number(struct dcv_buf *text, const char *what, uint32_t number)
{
	if (number != 0)
		dcv_buf_addf(text, "%s%s %" PRIu32, text->len > 0 ? ", " : "", what,
			number);
}

static void add_flag(struct dcv_buf *text, const char *what, int flag)
{
	if (flag != 0)
		dcv_buf_addf(text, "%s%s", text->len > 0 ? ", " : "", what);
}

static void show_limits(const struct dcv_session *session,
	const struct dcvp_capabilities *can)
{
	struct dcv_buf text;

	dcv_buf_init(&text, TEXT_MAX);
	add_flag(&text, "no CNAME", can->no_cname);
	add_flag(&text, "no CAA", can->no_caa);
	add_flag(&text, "no empty TXT value", can->no_empty_txt);
	add_flag(&text, "the TTL of a set stays", can->ttl_stays);
	add_flag(&text, "cannot be read: what stands there is asked of the DNS",
		can->no_read);
	add_number(&text, "TTL from", can->ttl_min_s);
	add_number(&text, "TTL up to", can->ttl_max_s);
	add_number(&text, "octets of a TXT value", can->txt_max);
	add_number(&text, "values of an RRset", can->values_max);
	add_number(&text, "edits of a change", can->edits_max);
	add_number(&text, "sessions at once", can->sessions_max);
	dcv_say(session, "  limits   %s", text.len > 0 ? dcv_buf_text(&text) : "none");
	dcv_buf_clear(&text);
}

/* `many`: of the words of an option, or of its variables. */
static void add_words(struct dcv_buf *text, const char *before, const char *const *words,
	const char *after)
{
	if (words == NULL || words[0] == NULL)
		return;
	dcv_buf_adds(text, before);
	for (size_t i = 0; words[i] != NULL; i++)
		dcv_buf_addf(text, "%s%s", i > 0 ? ", " : "", words[i]);
	dcv_buf_adds(text, after);
}

static void show_option(const struct dcv_session *session,
	const struct dcvp_option *option)
{
	struct dcv_buf text;

	dcv_buf_init(&text, TEXT_MAX);
	dcv_buf_addf(&text, "%s%s", kind_text(option->kind),
		option->many ? ", or a list" : "");
	dcv_buf_addf(&text, "%s", option->required ? ", required" : "");
	add_words(&text, " (", option->words, ")");
	if (option->fallback != NULL)
		dcv_buf_addf(&text, ", default %s", option->fallback);
	if (option->help != NULL)
		dcv_buf_addf(&text, ": %s", option->help);
	add_words(&text, " [", option->environment, "]");
	dcv_say(session, "    %-15s  %s", option->key, dcv_buf_text(&text));
	dcv_buf_clear(&text);
}

/* The host gives `zone`. */
static bool is_for_accounts(const struct dcvp_option *option)
{
	return strcmp(option->key, "zone") != 0;
}

/* "4", or "100 in 60 s". */
static const char *rate_text(const struct dcvp_provider *provider, char *out, size_t cap)
{
	const struct dcv_rate rate = dcv_provider_rate(provider);
	const int64_t window_s = rate.window_ms / 1000;

	if (window_s == 1)
		(void)snprintf(out, cap, "%" PRId64, rate.requests);
	else
		(void)snprintf(out, cap, "%" PRId64 " in %" PRId64 " s", rate.requests,
			window_s);
	return out;
}

static void show_options(const struct dcv_session *session,
	const struct dcvp_provider *provider)
{
	char rate[64];

	dcv_say(session, "  keys of an account");
	for (const struct dcvp_option *o = provider->options; o->key != NULL; o++)
		if (is_for_accounts(o))
			show_option(session, o);
	for (const struct dcvp_option *o = dcv_services_options; o->key != NULL; o++) {
		struct dcvp_option option = *o;

		if (strcmp(o->key, "requests_per_second") == 0)
			option.fallback = rate_text(provider, rate, sizeof rate);
		show_option(session, &option);
	}
}

static void show_keys(const struct dcv_session *session, const struct dcvp_option *options)
{
	struct dcv_buf text;

	dcv_buf_init(&text, TEXT_MAX);
	for (const struct dcvp_option *o = options; o->key != NULL; o++)
		if (is_for_accounts(o))
			dcv_buf_addf(&text, " %s%s", o->key, o->required ? "*" : "");
	dcv_say(session, "  keys    %s", text.len > 0 ? dcv_buf_text(&text) : " none");
	dcv_buf_clear(&text);
}

static void show(const struct dcv_session *session, const struct dcvp_provider *provider,
	bool fully)
{
	const struct dcvp_capabilities can = dcv_provider_capabilities(provider);

	dcv_say(session, "%s: %s", provider->name,
		provider->title != NULL ? provider->title : "");
	dcv_say(session,
		"  writes   by the %s; all or nothing: %s; if moved since the read: %s; "
		"visible: %s",
		unit_text(can.unit), atomic_text(can.atomic),
		can.cas == DCVP_CAS_NONE ? "not noticed" : "refused",
		visible_text(can.visible));
	show_limits(session, &can);
	if (fully)
		show_options(session, provider);
	else
		show_keys(session, provider->options);
}

static struct dcv_json *json_words(const char *const *words)
{
	struct dcv_json *array = dcv_json_array();

	for (size_t i = 0; words != NULL && words[i] != NULL; i++)
		dcv_json_append_text(array, words[i]);
	return array;
}

static struct dcv_json *json_option(const struct dcvp_option *option)
{
	struct dcv_json *object = dcv_json_object();

	dcv_json_set_text(object, "key", option->key);
	dcv_json_set_text(object, "kind", kind_text(option->kind));
	dcv_json_set_bool(object, "required", option->required != 0);
	dcv_json_set_bool(object, "many", option->many != 0);
	if (option->words != NULL)
		dcv_json_set(object, "words", json_words(option->words));
	if (option->min != 0 || option->max != 0) {
		dcv_json_set_int(object, "min", option->min);
		dcv_json_set_int(object, "max", option->max);
	}
	dcv_json_set_text(object, "default", option->fallback);
	dcv_json_set(object, "environment", json_words(option->environment));
	dcv_json_set_text(object, "help", option->help);
	return object;
}

static struct dcv_json *json_options(const struct dcvp_option *options)
{
	struct dcv_json *array = dcv_json_array();

	for (const struct dcvp_option *o = options; o->key != NULL; o++)
		if (is_for_accounts(o))
			dcv_json_append(array, json_option(o));
	return array;
}

static struct dcv_json *json_capabilities(const struct dcvp_capabilities *can)
{
	struct dcv_json *object = dcv_json_object();

	dcv_json_set_text(object, "unit", unit_text(can->unit));
	dcv_json_set_text(object, "atomic", atomic_text(can->atomic));
	dcv_json_set_text(object, "cas", cas_text(can->cas));
	dcv_json_set_text(object, "visible", visible_text(can->visible));
	dcv_json_set_bool(object, "cname", can->no_cname == 0);
	dcv_json_set_bool(object, "caa", can->no_caa == 0);
	dcv_json_set_bool(object, "empty_txt", can->no_empty_txt == 0);
	dcv_json_set_bool(object, "ttl_stays", can->ttl_stays != 0);
	dcv_json_set_bool(object, "read", can->no_read == 0);
	dcv_json_set_bool(object, "marks", can->marks != 0);
	dcv_json_set_bool(object, "session_per_zone", can->needs_zone != 0);
	dcv_json_set_int(object, "ttl_min", can->ttl_min_s);
	dcv_json_set_int(object, "ttl_max", can->ttl_max_s);
	dcv_json_set_int(object, "txt_max", can->txt_max);
	dcv_json_set_int(object, "values_max", can->values_max);
	dcv_json_set_int(object, "edits_max", can->edits_max);
	dcv_json_set_int(object, "sessions_max", can->sessions_max);
	return object;
}

static struct dcv_json *json_provider(const struct dcvp_provider *provider)
{
	const struct dcvp_capabilities can = dcv_provider_capabilities(provider);
	struct dcv_json *object = dcv_json_object();

	dcv_json_set_text(object, "name", provider->name);
	dcv_json_set_text(object, "title", provider->title);
	dcv_json_set(object, "capabilities", json_capabilities(&can));
	dcv_json_set(object, "options", json_options(provider->options));
	return object;
}

/* One that cannot be used does not hide the others. */
static void list_one(struct dcv_session *session, const char *name, bool fully,
	struct dcv_json *to)
{
	const struct dcvp_provider *provider = NULL;
	struct dcv_error err = {0};

	if (dcv_providers_find(session->providers, name, &provider, &err) != DCV_OK)
		dcv_diag_add_error(&session->diags, NULL, &err);
	else if (to != NULL)
		dcv_json_append(to, json_provider(provider));
	else
		show(session, provider, fully);
}

enum dcv_err dcv_provider_list(struct dcv_session *session)
{
	const struct dcv_words *args = &session->options.args;
	struct dcv_json *list = session->options.json ? dcv_json_array() : NULL;
	const char *const *names = NULL;
	struct dcv_error err = {0};

	if (args->n > 1) {
		for (size_t i = 1; i < args->n; i++)
			list_one(session, args->items[i], true, list);
	} else if (dcv_providers_names(session->providers, &session->arena, &names,
			   &err) != DCV_OK) {
		return dcv_session_fail(session, &err);
	}
	for (; names != NULL && *names != NULL; names++)
		list_one(session, *names, false, list);
	session->detail = list;
	return session->diags.code;
}
