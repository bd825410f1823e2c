/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `zones`: where each bound zone is edited, whether it can be read there, and whether
 * that is the platform to which the world is led. */
#include <string.h>

#include "cmd/exam.h"

/* A backend of a bound zone. */
struct site {
	const struct dcv_binding *zone;
	const struct dcv_backend_config *backend;
	struct dcv_zone_view view;
	bool read; /* else diags say why not */
	const struct dcv_guard *guard; /* NULL: the delegation is not looked at */
};

struct sites {
	size_t n, n_guards;
	struct site *items;
	struct dcv_guard *guards;
};

static enum dcv_err add_zone(struct dcv_session *session, struct sites *sites,
	const struct dcv_binding *zone)
{
	for (size_t i = 0; i < sites->n; i++) {
		if (sites->items[i].zone == zone)
			return DCV_OK;
	}
	for (size_t i = 0; i < zone->n_backends; i++) {
		struct site *items = dcv_arena_grow(&session->arena, sites->items,
			sites->n, sizeof(*items));

		if (items == NULL)
			return dcv_session_fail(session,
				&(struct dcv_error){.code = DCV_E_NOMEM,
					.text = "out of memory"});
		sites->items = items;
		items[sites->n++] = (struct site){.zone = zone,
			.backend = &zone->backends[i]};
	}
	return DCV_OK;
}

/* The zone that holds the name. What cannot be looked up is told, and the others follow. */
static enum dcv_err find(struct dcv_session *session, struct sites *sites,
	const struct dcv_name *name)
{
	const struct dcv_binding *zone = NULL;
	struct dcv_error err = {0};

	if (dcv_config_find(&session->config, name, &zone, &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	if (zone != NULL)
		return add_zone(session, sites, zone);
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_CONFIG, NULL,
		"add the zone under `zones:` of the configuration, or say --zone-file "
		"ZONE=FILE --reload nsd",
		"%s: no zone is bound that holds this name", dcv_show_name(name));
	return DCV_E_CONFIG;
}

static enum dcv_err find_named(struct dcv_session *session, struct sites *sites)
{
	const struct dcv_words *args = &session->options.args;
	struct dcv_name name;
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; rc != DCV_E_NOMEM && i < args->n; i++) {
		struct dcv_error err = {0};

		if (dcv_name_parse(args->items[i], strlen(args->items[i]), NULL, &name,
			    &err) == DCV_OK) {
			rc = find(session, sites, &name);
			continue;
		}
		dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
			"give names of zones, or names in them", "zones: %.400s",
			err.text);
	}
	return rc;
}

/* Which zones a pattern holds is known when it is asked for one. */
static enum dcv_err find_all(struct dcv_session *session, struct sites *sites)
{
	const struct dcv_binding *item;
	enum dcv_err rc = DCV_OK;
	const char *from = NULL;

	for (size_t i = 0; rc != DCV_E_NOMEM &&
		(item = dcv_config_item(&session->config, i, &from)) != NULL;
		i++) {
		if (item->zone.len > 0)
			rc = find(session, sites, &item->zone);
	}
	return rc;
}

/* --- what is found out --- */

static bool is_manual(const struct site *site)
{
	return strcmp(site->backend->provider, "manual") == 0;
}

/* What is not there at all is an error of the configuration. */
static bool is_missing(const struct dcv_session *session, const struct site *site)
{
	struct dcv_error aside = {0};
	bool there = true;

	return dcv_holder_ask(session->holder, site->backend, &site->zone->zone, &there,
		       &aside) == DCV_OK &&
		!there;
}

static void read_site(struct dcv_session *session, struct site *site)
{
	struct dcv_error err = {0};
	enum dcv_err rc = dcv_holder_view(session->holder, site->backend,
		&site->zone->zone, &session->arena, &site->view, &err);

	site->read = rc == DCV_OK;
	if (site->read)
		return;
	if (rc == DCV_E_PARTIAL)
		err.code = DCV_E_FAILED; /* nothing was to be changed */
	if (err.code == DCV_E_FAILED && is_missing(session, site))
		err.code = DCV_E_CONFIG;
	if (site->backend->account != NULL)
		dcv_holder_name(site->backend->account, &err);
	dcv_diag_add_error(&session->diags, &site->zone->place, &err);
}

static enum dcv_err make_guards(struct dcv_session *session, struct sites *sites,
	struct dcv_error *err)
{
	enum dcv_err rc = DCV_OK;

	sites->guards = dcv_arena_array(&session->arena, sites->n + 1,
		sizeof(sites->guards[0]));
	if (sites->guards == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; rc == DCV_OK && i < sites->n; i++) {
		struct site *site = &sites->items[i];

		if (!site->read || site->view.n_ns == 0)
			continue;
		site->guard = &sites->guards[sites->n_guards];
		rc = dcv_guard_of(&session->arena, &site->zone->zone, &site->view,
			&sites->guards[sites->n_guards++], err);
	}
	return rc;
}

/* As before a write: addresses in the configuration, and resolvers, turn it off. */
static enum dcv_err look_at_delegation(struct dcv_session *session, struct sites *sites)
{
	struct dcv_error err = {0};
	struct dcv_exam *exam;
	enum dcv_err rc;

	if (session->config.n_nameservers > 0 || session->config.via != DCV_VIA_DIRECT)
		return DCV_OK;
	rc = make_guards(session, sites, &err);
	if (rc == DCV_OK && sites->n_guards > 0) {
		exam = dcv_exam_of(session, dcv_mono_ms(session->clock) + DCV_GUARD_MS);
		if (exam == NULL)
			return session->diags.code;
		rc = dcv_guard_run(exam->survey, sites->guards, sites->n_guards, &err);
	}
	for (size_t i = 0; rc == DCV_OK && i < sites->n_guards; i++)
		dcv_guard_tell(session, &sites->guards[i]);
	return rc == DCV_OK ? DCV_OK : dcv_session_fail(session, &err);
}

/* --- how it is said --- */

static const char *platform_word(enum dcv_platform platform)
{
	static const char *const words[] = {[DCV_PLATFORM_SAME] = "same",
		[DCV_PLATFORM_OVERLAP] = "overlap",
		[DCV_PLATFORM_DISJOINT] = "disjoint",
		[DCV_PLATFORM_NO_VIEW] = "not checked"};

	return words[platform];
}

static const char *why_unseen(const struct dcv_session *session, const struct site *site)
{
	if (!site->read)
		return is_manual(site) ? "what the zone names is not known here"
				       : "the zone could not be read";
	if (site->guard == NULL)
		return session->config.n_nameservers > 0
			? "check.nameservers of the configuration are asked"
			: session->config.via != DCV_VIA_DIRECT
			? "resolvers (check.via) do not tell what the parent says"
			: "the zone names no name servers";
	return site->guard->why != NULL ? site->guard->why
					: "the parent could not be asked";
}

static void show_delegation(struct dcv_session *session, const struct site *site)
{
	const struct dcv_guard *guard = site->guard;
	enum dcv_platform platform = guard != NULL ? guard->platform
						   : DCV_PLATFORM_NO_VIEW;
	const char *ours = dcv_names_text(session, guard != NULL ? guard->ours : NULL,
		guard != NULL ? guard->n_ours : 0);

	if (platform == DCV_PLATFORM_NO_VIEW)
		dcv_say(session, "  --   delegation   not checked: %s",
			why_unseen(session, site));
	else if (platform == DCV_PLATFORM_SAME)
		dcv_say(session, "  ok   delegation   %s%s", ours,
			guard->by_address ? ", by their addresses" : "");
	else
		dcv_say(session, "  %s delegation   the zone here names %s; its parent %s",
			platform == DCV_PLATFORM_DISJOINT ? "NO  " : "note", ours,
			dcv_names_text(session, guard->parents, guard->n_parents));
}

static void show_site(struct dcv_session *session, const struct site *site)
{
	struct dcv_buf text;

	dcv_buf_init(&text, (size_t)64 * 1024);
	dcv_backend_words(&text, site->backend, NULL);
	if (site->read)
		dcv_say(session, "  ok   backend      %s: serial %u%s%s",
			dcv_buf_text(&text), site->view.serial,
			site->view.fixed != NULL ? "; not to be edited: " : "",
			site->view.fixed != NULL ? site->view.fixed : "");
	else
		dcv_say(session, "  %s backend      %s%s",
			is_manual(site) ? "--  " : "NO  ", dcv_buf_text(&text),
			is_manual(site) ? ": a person enters what apply prints" : "");
	dcv_buf_clear(&text);
	show_delegation(session, site);
}

static void show_patterns(struct dcv_session *session)
{
	const struct dcv_binding *item;
	const char *from = NULL;

	for (size_t i = 0; (item = dcv_config_item(&session->config, i, &from)) != NULL;
		i++) {
		if (item->zone.len == 0)
			dcv_say(session,
				"*   (%s)\n"
				"  --   every zone that is there: name one, dcvctl zones "
				"ZONE",
				dcv_binding_origin(session, item));
	}
}

static void show(struct dcv_session *session, const struct sites *sites)
{
	for (size_t i = 0; i < sites->n; i++) {
		const struct dcv_binding *zone = sites->items[i].zone;

		if (i == 0 || sites->items[i - 1].zone != zone)
			dcv_say(session, "%s   (%s)", dcv_show_name(&zone->zone),
				dcv_binding_origin(session, zone));
		show_site(session, &sites->items[i]);
	}
	if (session->options.args.n == 0)
		show_patterns(session);
	if (sites->n == 0 && session->diags.n_errors == 0)
		dcv_say(session, "%s", session->msg);
}

static struct dcv_json *json_names(const struct dcv_name *names, size_t n)
{
	struct dcv_json *array = dcv_json_array();
	char text[DCV_NAME_TEXT_MAX];

	for (size_t i = 0; i < n; i++)
		dcv_json_append_text(array, dcv_name_text(&names[i], text));
	return array;
}

static struct dcv_json *json_delegation(const struct dcv_session *session,
	const struct site *site)
{
	const struct dcv_guard *guard = site->guard;
	enum dcv_platform platform = guard != NULL ? guard->platform
						   : DCV_PLATFORM_NO_VIEW;
	struct dcv_json *object = dcv_json_object();

	dcv_json_set_text(object, "state", platform_word(platform));
	dcv_json_set(object, "here",
		json_names(guard != NULL ? guard->ours : NULL,
			guard != NULL ? guard->n_ours : 0));
	dcv_json_set(object, "parent",
		json_names(guard != NULL ? guard->parents : NULL,
			guard != NULL ? guard->n_parents : 0));
	dcv_json_set_text(object, "why",
		platform == DCV_PLATFORM_NO_VIEW ? why_unseen(session, site) : NULL);
	return object;
}

/* An item of `zones` in the result document, and more. */
static struct dcv_json *json_sites(struct dcv_session *session, const struct sites *sites)
{
	struct dcv_json *array = dcv_json_array();
	char text[DCV_NAME_TEXT_MAX];

	for (size_t i = 0; i < sites->n; i++) {
		const struct site *site = &sites->items[i];
		struct dcv_json *object = dcv_json_object();

		dcv_json_set_text(object, "zone", dcv_name_text(&site->zone->zone, text));
		dcv_json_set_text(object, "backend", site->backend->name);
		dcv_json_set_text(object, "provider", site->backend->provider);
		dcv_json_set_bool(object, "changed", false);
		dcv_json_set_bool(object, "read", site->read);
		dcv_json_set_int(object, "serial_before", site->view.serial);
		dcv_json_set_int(object, "serial_after", site->view.serial);
		dcv_json_set_text(object, "origin",
			dcv_binding_origin(session, site->zone));
		dcv_json_set(object, "delegation", json_delegation(session, site));
		dcv_json_append(array, object);
	}
	return array;
}

static enum dcv_err run_zones(struct dcv_session *session)
{
	struct sites sites = {.n = 0};
	enum dcv_err rc = dcv_session_config(session);

	if (rc != DCV_OK)
		return rc;
	rc = session->options.args.n > 0 ? find_named(session, &sites)
					 : find_all(session, &sites);
	if (rc == DCV_E_NOMEM)
		return rc;
	for (size_t i = 0; i < sites.n; i++) {
		if (!is_manual(&sites.items[i]))
			read_site(session, &sites.items[i]);
	}
	rc = look_at_delegation(session, &sites);
	if (rc != DCV_OK)
		return rc;
	(void)snprintf(session->msg, sizeof(session->msg),
		sites.n == 0 ? "zones: none is bound by its name"
			     : "zones: looked at where %zu of them are edited",
		sites.n);
	show(session, &sites);
	if (session->options.json)
		session->detail = json_sites(session, &sites);
	return session->diags.code;
}

const struct dcv_command dcv_cmd_zones = {
	.name = "zones",
	.summary = "show where each zone is edited, and if the world is led there",
	.help = "example: dcvctl zones example.com\n"
		"\n"
		"dcvctl zones [OPTION…] [NAME…]\n"
		"Shows each zone that the configuration binds, or those that hold the names: the\n"
		"files and accounts where it is edited, whether it can be read there, its serial,\n"
		"and whether the name servers of its delegation are those that it names itself\n"
		"(what apply looks at before it writes). Of `zone: \"*\"` and of `from:` it is known\n"
		"which zones there are when one is named. It writes nothing.\n"
		"\n"
		"  --config FILE         another configuration; none: no file at all\n"
		"  --zone-file ZONE=FILE --reload HOW, --provider NAME   without one\n"
		"  --nameserver ADDRESS  the delegation is not looked at\n"
		"  --json                the result as one JSON document\n"
		"\n"
		"exit: 0, 6 a zone is delegated to other name servers [P02], 1 or 78 a zone cannot\n"
		"      be read or is not bound, 64 usage. See also dcvctl config, dcvctl.yaml(5).\n",
	.options = "config ledger zone-file reload provider nameserver deadline json quiet verbose "
		   "help",
	.run = run_zones,
	.words = "zones",
};
