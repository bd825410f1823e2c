/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `config`: what each value of the configuration is and where it comes from. It
 * looks at no zone file and asks no server. */
#include <string.h>

#include "cmd/internal.h"

#define TEXT_MAX 4096u

static const char *reload_text(enum dcv_reload reload)
{
	static const char *const words[] = {[DCV_RELOAD_NONE] = "none",
		[DCV_RELOAD_BIND] = "bind",
		[DCV_RELOAD_NSD] = "nsd",
		[DCV_RELOAD_KNOT] = "knot",
		[DCV_RELOAD_PDNS] = "pdns",
		[DCV_RELOAD_COMMAND] = "command"};

	return words[reload];
}

static const char *shadow_text(enum dcv_shadow shadow)
{
	static const char *const words[] = {[DCV_SHADOW_REFUSE] = "refuse",
		[DCV_SHADOW_COPY] = "copy",
		[DCV_SHADOW_ACCEPT] = "accept"};

	return words[shadow];
}

/* The origin stands behind the value without a column of its own: both may be long. */
static void show_row(const struct dcv_session *session, const char *indent,
	const char *key, const char *value, const char *origin)
{
	char shown_key[256], shown[TEXT_MAX], shown_origin[512];
	int width = 19 - (int)strlen(indent);

	(void)dcv_shown(shown_key, sizeof(shown_key), key, strlen(key));
	(void)dcv_shown(shown, sizeof(shown), value, strlen(value));
	(void)dcv_shown(shown_origin, sizeof(shown_origin), origin, strlen(origin));
	dcv_say(session, "%s%-*s  %s  (%s)", indent, width, shown_key, shown,
		shown_origin);
}

static void add_argv(struct dcv_buf *text, const char *what, const char *const *argv)
{
	if (argv == NULL)
		return;
	dcv_buf_addf(text, ", %s", what);
	for (; *argv != NULL; argv++)
		dcv_buf_addf(text, " %s", *argv);
}

void dcv_backend_words(struct dcv_buf *text, const struct dcv_backend_config *at,
	const char *from)
{
	if (at->account != NULL)
		dcv_buf_addf(text, "account %s%s", at->account,
			at->file != NULL ? ": " : "");
	if (from != NULL)
		dcv_buf_addf(text, "as %s has it", from);
	if (at->file != NULL)
		dcv_buf_adds(text, at->file);
	if (at->reload_argv != NULL)
		add_argv(text, "reload", at->reload_argv);
	else if (at->file != NULL)
		dcv_buf_addf(text, ", reload %s%s%s", reload_text(at->reload),
			at->reload_config != NULL ? " " : "",
			at->reload_config != NULL ? at->reload_config : "");
	add_argv(text, "checker", at->checker_argv);
	add_argv(text, "signer", at->signer_argv);
	if (at->server != NULL)
		dcv_buf_addf(text, ", server %s", at->server);
	if (at->into != NULL)
		dcv_buf_addf(text, ", into %s", at->into);
	dcv_buf_adds(text, at->freeze ? ", journal freeze" : "");
	dcv_buf_adds(text, at->serial_external ? ", serial external" : "");
	dcv_buf_adds(text, at->comment ? ", comment" : "");
}

/* Where a secret comes from is none. */
static void add_setting(struct dcv_buf *text, const struct dcv_setting *setting)
{
	bool many = setting->kind == DCV_SETTING_LIST ||
		(setting->kind == DCV_SETTING_SOURCE && setting->n > 1);

	dcv_buf_addf(text, ", %s", setting->key);
	if (setting->kind == DCV_SETTING_SOURCE)
		dcv_buf_addf(text, " " DCV_HIDDEN " {%s:", setting->source);
	dcv_buf_adds(text, many ? " [" : " ");
	for (size_t i = 0; i < setting->n; i++)
		dcv_buf_addf(text, "%s%s", i > 0 ? ", " : "", setting->values[i]);
	dcv_buf_adds(text, many ? "]" : "");
	dcv_buf_adds(text, setting->kind == DCV_SETTING_SOURCE ? "}" : "");
}

static void show_account(struct dcv_session *session, const struct dcv_backend_config *at)
{
	const char *origin = at->place.line > 0
		? dcv_arena_printf(&session->arena, "%s:%u", at->place.file,
			  at->place.line)
		: at->place.file;
	struct dcv_buf text;

	dcv_buf_init(&text, (size_t)64 * 1024);
	dcv_buf_adds(&text, at->provider);
	for (size_t i = 0; i < at->n_settings; i++)
		add_setting(&text, &at->settings[i]);
	show_row(session, "  ", at->name, dcv_buf_text(&text),
		origin != NULL ? origin : "");
	dcv_buf_clear(&text);
}

static void show_accounts(struct dcv_session *session)
{
	const struct dcv_config *config = &session->config;
	const struct dcv_backend_config *at;
	bool headed = false;

	for (size_t i = 0; (at = dcv_config_account(config, i)) != NULL; i++) {
		if (at->file != NULL || strcmp(at->provider, "manual") == 0)
			continue;
		if (!headed)
			dcv_say(session, "accounts");
		headed = true;
		show_account(session, at);
	}
}

static void add_rules(struct dcv_buf *text, const struct dcv_binding *zone)
{
	if (zone->has_allow)
		dcv_buf_adds(text, zone->n_allow > 0 ? ", allow" : ", allow nothing");
	for (size_t i = 0; i < zone->n_allow; i++)
		dcv_buf_addf(text, " %s", zone->allow[i]);
	dcv_buf_adds(text, zone->follow ? ", follow" : "");
	if (zone->shadow != DCV_SHADOW_REFUSE)
		dcv_buf_addf(text, ", shadow %s", shadow_text(zone->shadow));
}

static const char *zone_name(const struct dcv_binding *zone)
{
	return zone->zone.len == 0 ? "*" : dcv_show_name(&zone->zone);
}

const char *dcv_binding_origin(struct dcv_session *session, const struct dcv_binding *zone)
{
	const char *origin = zone->place.file;

	if (zone->place.line > 0)
		origin = dcv_arena_printf(&session->arena, "%s:%u", zone->place.file,
			zone->place.line);
	return origin != NULL ? origin : "";
}

static void show_zone(struct dcv_session *session, const struct dcv_binding *zone,
	const char *from)
{
	struct dcv_buf text;

	dcv_buf_init(&text, (size_t)64 * 1024);
	for (size_t i = 0; i < zone->n_backends; i++) {
		dcv_buf_adds(&text, i > 0 ? "; " : "");
		dcv_backend_words(&text, &zone->backends[i], from);
	}
	add_rules(&text, zone);
	show_row(session, "  ", zone_name(zone), dcv_buf_text(&text),
		dcv_binding_origin(session, zone));
	dcv_buf_clear(&text);
}

static void show_text(struct dcv_session *session)
{
	const struct dcv_config *config = &session->config;
	const struct dcv_config_setting *settings;
	const struct dcv_binding *zone;
	const char *from = NULL;
	size_t n;

	settings = dcv_config_settings(config, &n);
	for (size_t i = 0; i < n; i++)
		show_row(session, "", settings[i].key, settings[i].value,
			settings[i].origin);
	show_accounts(session);
	dcv_say(session, "%s",
		dcv_config_item(config, 0, &from) != NULL ? "zones"
							  : "zones: none is bound");
	for (size_t i = 0; (zone = dcv_config_item(config, i, &from)) != NULL; i++)
		show_zone(session, zone, from);
}

static struct dcv_json *json_texts(const char *const *texts, size_t n)
{
	struct dcv_json *array = dcv_json_array();

	for (size_t i = 0; i < n; i++)
		dcv_json_append_text(array, texts[i]);
	return array;
}

static struct dcv_json *json_argv(const char *const *argv)
{
	size_t n = 0;

	while (argv[n] != NULL)
		n++;
	return json_texts(argv, n);
}

static struct dcv_json *json_backend(const struct dcv_backend_config *at)
{
	struct dcv_json *backend = dcv_json_object();

	dcv_json_set_text(backend, "account", at->account);
	dcv_json_set_text(backend, "provider", at->provider);
	if (at->account != NULL && at->file == NULL)
		return backend; /* the rest is its account's */
	dcv_json_set_text(backend, "file", at->file);
	dcv_json_set_text(backend, "reload", reload_text(at->reload));
	dcv_json_set_text(backend, "reload_config", at->reload_config);
	if (at->reload_argv != NULL)
		dcv_json_set(backend, "reload_command", json_argv(at->reload_argv));
	if (at->checker_argv != NULL)
		dcv_json_set(backend, "checker", json_argv(at->checker_argv));
	if (at->signer_argv != NULL)
		dcv_json_set(backend, "signer", json_argv(at->signer_argv));
	dcv_json_set_text(backend, "server", at->server);
	dcv_json_set_text(backend, "journal", at->freeze ? "freeze" : "refuse");
	dcv_json_set_text(backend, "into", at->into);
	dcv_json_set_text(backend, "serial", at->serial_external ? "external" : "ours");
	dcv_json_set_bool(backend, "comment", at->comment);
	return backend;
}

static struct dcv_json *json_zone(struct dcv_session *session,
	const struct dcv_binding *zone, const char *from)
{
	struct dcv_json *item = dcv_json_object(), *backends = dcv_json_array();

	dcv_json_set_text(item, "zone", zone_name(zone));
	dcv_json_set_text(item, "from", from);
	for (size_t i = 0; i < zone->n_backends; i++)
		dcv_json_append(backends, json_backend(&zone->backends[i]));
	dcv_json_set(item, "backends", backends);
	if (zone->has_allow)
		dcv_json_set(item, "allow", json_texts(zone->allow, zone->n_allow));
	dcv_json_set_bool(item, "follow", zone->follow);
	dcv_json_set_text(item, "shadow", shadow_text(zone->shadow));
	dcv_json_set_text(item, "origin", dcv_binding_origin(session, zone));
	return item;
}

static struct dcv_json *json_setting(const struct dcv_setting *setting)
{
	struct dcv_json *object = dcv_json_object();

	dcv_json_set_text(object, "key", setting->key);
	dcv_json_set_bool(object, "hidden", setting->kind == DCV_SETTING_SOURCE);
	dcv_json_set_text(object, "source", setting->source);
	dcv_json_set(object, "values", json_texts(setting->values, setting->n));
	return object;
}

static struct dcv_json *json_accounts(const struct dcv_config *config)
{
	struct dcv_json *array = dcv_json_array();
	const struct dcv_backend_config *at;

	for (size_t i = 0; (at = dcv_config_account(config, i)) != NULL; i++) {
		struct dcv_json *object = dcv_json_object(), *settings = dcv_json_array();

		dcv_json_set_text(object, "account", at->name);
		dcv_json_set_text(object, "provider", at->provider);
		for (size_t k = 0; k < at->n_settings; k++)
			dcv_json_append(settings, json_setting(&at->settings[k]));
		dcv_json_set(object, "settings", settings);
		dcv_json_append(array, object);
	}
	return array;
}

static struct dcv_json *json_config(struct dcv_session *session)
{
	struct dcv_json *object = dcv_json_object(), *values = dcv_json_array(),
			*zones = dcv_json_array();
	const struct dcv_config *config = &session->config;
	const struct dcv_config_setting *settings;
	const struct dcv_binding *zone;
	const char *from = NULL;
	size_t n;

	settings = dcv_config_settings(config, &n);
	for (size_t i = 0; i < n; i++) {
		struct dcv_json *value = dcv_json_object();

		dcv_json_set_text(value, "key", settings[i].key);
		dcv_json_set_text(value, "value", settings[i].value);
		dcv_json_set_text(value, "origin", settings[i].origin);
		dcv_json_append(values, value);
	}
	for (size_t i = 0; (zone = dcv_config_item(config, i, &from)) != NULL; i++)
		dcv_json_append(zones, json_zone(session, zone, from));
	dcv_json_set(object, "values", values);
	dcv_json_set(object, "accounts", json_accounts(config));
	dcv_json_set(object, "zones", zones);
	return object;
}

static enum dcv_err run_config(struct dcv_session *session)
{
	enum dcv_err rc = dcv_session_config(session);

	if (rc != DCV_OK)
		return rc;
	if (session->options.json)
		session->detail = json_config(session);
	else
		show_text(session);
	return DCV_OK;
}

const struct dcv_command dcv_cmd_config = {
	.name = "config",
	.summary = "show each value of the configuration and where it comes from",
	.help = "example: dcvctl config\n"
		"\n"
		"dcvctl config [OPTION…]\n"
		"Reads the configuration and shows each value with its origin: a line of a\n"
		"file, a variable, an option, or the default; then the zones in the order in\n"
		"which they are looked up. An option wins over DCVCTL_LEDGER, DCVCTL_NAMESERVER,\n"
		"DCVCTL_DEADLINE and DCVCTL_LOCK_TIMEOUT, these over the file. The file is that\n"
		"of --config, DCVCTL_CONFIG, ~/.config/dcvctl/dcvctl.yaml, or\n"
		"/etc/dcvctl/dcvctl.yaml: the first of them.\n"
		"\n"
		"  --config FILE         another file; none: no file at all\n"
		"  --ledger PATH, --nameserver ADDRESS, --deadline TIME, --lock-timeout TIME,\n"
		"  --zone-file ZONE=FILE --reload HOW\n"
		"  --json                the same as one JSON document\n"
		"\n"
		"exit: 0, 78 error in the configuration. See also dcvctl.yaml(5).\n",
	.options = "config ledger zone-file reload provider nameserver deadline lock-timeout json quiet "
		   "verbose help",
	.run = run_config,
};
