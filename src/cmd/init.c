/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `init`: which servers are looked for, where the configuration goes, what is
 * said. What becomes of a zone stands in init_zones.c. */
#include "cmd/init.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/shell.h"
#include "cmd/internal.h"

#define CONFIG_MAX ((size_t)1024 * 1024)
#define CONFIG_MODE 0644
#define DIRECTORY_MODE 0755
#define SHOWN_MAX 20u /* with more zones, those that are as usual are only counted */

static enum dcv_err nomem(struct dcv_session *session)
{
	struct dcv_error err = {0};

	dcv_nomem(&err);
	return dcv_session_fail(session, &err);
}

/* In the file a relative path would begin at the file's directory. */
static const char *absolute(struct dcv_session *session, const char *ledger)
{
	const char *path = strncmp(ledger, "sqlite:", 7) == 0 ? ledger + 7 : ledger;
	char *cwd;

	if (path[0] == '/')
		return path;
	cwd = getcwd(NULL, 0);
	path = cwd == NULL ? NULL : dcv_arena_printf(&session->arena, "%s/%s", cwd, path);
	free(cwd);
	return path;
}

/* Where the configuration goes, and where its ledger lies. */
static enum dcv_err find_place(struct dcv_session *session, const char **ret_file,
	const char **ret_ledger)
{
	const char *origin;
	struct dcv_error err = {0};
	bool is_root = geteuid() == 0;

	*ret_file = dcv_config_named_file(session->options.config.config, &origin);
	if (*ret_file == NULL)
		*ret_file = is_root ? DCV_CONFIG_FILE
				    : dcv_config_user_file(&session->arena);
	*ret_ledger = session->options.config.ledger;
	if (*ret_ledger != NULL)
		*ret_ledger = absolute(session, *ret_ledger);
	else
		*ret_ledger = is_root ? "/var/lib/dcvctl/ledger.db"
				      : dcv_config_user_ledger(&session->arena);
	if (*ret_file != NULL && *ret_ledger != NULL && strcmp(*ret_file, "none") != 0)
		return DCV_OK;
	dcv_fail(&err, DCV_E_USAGE, "init: no place for the configuration or its ledger");
	dcv_help(&err, "help: say --config FILE --ledger PATH");
	return dcv_session_fail(session, &err);
}

static enum dcv_err refuse_existing(struct dcv_session *session, const char *file)
{
	struct dcv_error err = {0};
	struct stat st;

	if (session->options.force || session->options.dry_run || lstat(file, &st) != 0)
		return DCV_OK;
	dcv_fail(&err, DCV_E_REFUSED, "%s: it exists", file);
	dcv_help(&err,
		"help: `dcvctl config` shows it; --force replaces it, --config FILE writes "
		"another, -n only shows");
	return dcv_session_fail(session, &err);
}

/* A server that is not asked for by name and cannot be read is told, and does not stop the
 * others. */
static enum dcv_err look_at(struct dcv_session *session, enum dcv_server_kind kind,
	const char *config, bool named, struct dcv_init_found *found)
{
	struct dcv_local_server *server = &found->servers[found->n_servers];
	struct dcv_error err = {0};

	if (dcv_server_read(kind, config, &session->arena, server, &err) != DCV_OK) {
		if (named || err.code == DCV_E_NOMEM)
			return dcv_session_fail(session, &err);
		dcv_diag_add(&session->diags, DCV_SEV_WARNING, err.code, NULL, err.help,
			"%s", err.text);
		return DCV_OK;
	}
	found->versions[found->n_servers] = dcv_server_version(kind, &session->arena);
	return dcv_init_add(found) ? DCV_OK : nomem(session);
}

/* SERVER or SERVER:FILE */
static bool is_kind(const char *from, enum dcv_server_kind kind)
{
	const char *word = dcv_server_word_of(kind);
	size_t len = strcspn(from, ":");

	return strlen(word) == len && strncmp(from, word, len) == 0;
}

static enum dcv_err look_at_named(struct dcv_session *session, const char *from,
	enum dcv_server_kind kind, struct dcv_init_found *found)
{
	const char *colon = strchr(from, ':'), *config = NULL;
	char *path;

	if (colon != NULL) {
		path = realpath(colon + 1, NULL);
		config = dcv_arena_strdup(&session->arena,
			path != NULL ? path : colon + 1);
		free(path);
		if (config == NULL)
			return nomem(session);
	}
	return look_at(session, kind, config, true, found);
}

static enum dcv_err look(struct dcv_session *session, struct dcv_init_found *found)
{
	const char *from = session->options.from;
	enum dcv_err rc = DCV_OK;

	for (int i = 0; rc == DCV_OK && i < DCV_N_SERVER_KINDS; i++) {
		enum dcv_server_kind kind = (enum dcv_server_kind)i;

		if (from != NULL && is_kind(from, kind))
			rc = look_at_named(session, from, kind, found);
		else if (from == NULL && dcv_server_is_here(kind))
			rc = look_at(session, kind, NULL, false, found);
	}
	return rc;
}

/* Columns as wide as the widest of the first kind of text, within reason. */
static int width_of(int width, const char *text)
{
	int len = (int)strlen(text);

	return len > width && len <= 48 ? len : width;
}

static void show_zone(const struct dcv_session *session, const struct dcv_init_zone *zone,
	int name_width, int file_width)
{
	const char *file = zone->zone->file != NULL ? zone->zone->file : "-";
	char shown[1024];

	(void)dcv_shown(shown, sizeof(shown), file, strlen(file));
	dcv_say(session, "  %-*s  %-*s  %-14s  %s%s%s", name_width,
		dcv_show_name(&zone->zone->name), file_width, shown,
		dcv_init_kind(zone->zone->kind), zone->why,
		zone->zone->view != NULL ? ", view " : "",
		zone->zone->view != NULL ? zone->zone->view : "");
}

static void show_server(const struct dcv_session *session,
	const struct dcv_init_found *found, size_t i)
{
	const struct dcv_local_server *server = &found->servers[i];
	int name_width = 4, file_width = 4;
	size_t n = 0, counted = 0;

	for (size_t k = 0; k < found->n_zones; k++) {
		if (found->zones[k].server != server)
			continue;
		n++;
		name_width = width_of(name_width,
			dcv_show_name(&found->zones[k].zone->name));
		if (found->zones[k].zone->file != NULL)
			file_width = width_of(file_width, found->zones[k].zone->file);
	}
	dcv_say(session, "%s %s (from %s): %zu zone%s", dcv_server_name(server->kind),
		found->versions[i], server->program, n, n == 1 ? "" : "s");
	for (size_t k = 0; k < found->n_zones; k++) {
		if (found->zones[k].server != server)
			continue;
		if (n > SHOWN_MAX && found->zones[k].what == DCV_INIT_BIND)
			counted++;
		else
			show_zone(session, &found->zones[k], name_width, file_width);
	}
	if (counted > 0)
		dcv_say(session, "  … and %zu more, edited in place", counted);
}

static struct dcv_json *json_found(const struct dcv_init_found *found, const char *file)
{
	struct dcv_json *object = dcv_json_object(), *zones = dcv_json_array();
	static const char *const words[] =
		{[DCV_INIT_BIND] = "bind", [DCV_INIT_COMMENT] = "comment", [DCV_INIT_LEAVE] = "leave"};

	for (size_t i = 0; i < found->n_zones; i++) {
		const struct dcv_init_zone *zone = &found->zones[i];
		struct dcv_json *item = dcv_json_object();

		dcv_json_set_text(item, "zone", dcv_show_name(&zone->zone->name));
		dcv_json_set_text(item, "server", dcv_server_word_of(zone->server->kind));
		dcv_json_set_text(item, "file", zone->zone->file);
		dcv_json_set_text(item, "kind", dcv_init_kind(zone->zone->kind));
		dcv_json_set_text(item, "what", words[zone->what]);
		dcv_json_set_text(item, "why", zone->why);
		dcv_json_append(zones, item);
	}
	dcv_json_set_text(object, "file", file);
	dcv_json_set(object, "zones", zones);
	return object;
}

static enum dcv_err fail_empty(struct dcv_session *session,
	const struct dcv_init_found *found, const char *file)
{
	struct dcv_error err = {0};

	if (found->n_zones > 0) {
		dcv_fail(&err, DCV_E_FAILED,
			"init: no zone can be edited as it is; nothing was written");
		dcv_help(&err,
			"help: `dcvctl init -n` shows a configuration to begin with: put it into "
			"%s and take the # away where it fits",
			file);
	} else {
		dcv_fail(&err, DCV_E_FAILED, "init: %s; nothing was written",
			found->n_servers > 0
				? "no zone of your own"
				: "no BIND, NSD or Knot DNS with a configuration here");
		dcv_help(&err,
			"help: name the server's file (dcvctl init --from bind:/path/named.conf), "
			"write the configuration by hand (man 5 dcvctl.yaml), or do without: "
			"--zone-file ZONE=FILE --reload none");
	}
	return dcv_session_fail(session, &err);
}

/* Its directory is made if need be; others than we may read it, as the file. */
static enum dcv_err make_directory(struct dcv_session *session, const char *file)
{
	const char *slash = strrchr(file, '/');
	char *directory;
	struct dcv_error err = {0};
	struct stat st;

	if (slash == NULL || slash == file)
		return DCV_OK;
	directory = dcv_arena_strndup(&session->arena, file, (size_t)(slash - file));
	if (directory == NULL)
		return nomem(session);
	if (stat(directory, &st) == 0)
		return DCV_OK;
	if (dcv_dir_make(directory, &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	if (chmod(directory, DIRECTORY_MODE) == 0)
		return DCV_OK;
	dcv_fail(&err, DCV_E_FAILED, "%s: cannot be made readable: %s", directory,
		strerror(errno));
	return dcv_session_fail(session, &err);
}

static enum dcv_err store(struct dcv_session *session, const char *file,
	const struct dcv_buf *text)
{
	struct dcv_error err = {0};
	enum dcv_err rc = make_directory(session, file);

	if (rc != DCV_OK)
		return rc;
	if (dcv_file_write(file, dcv_buf_text(text), text->len, CONFIG_MODE,
		    session->options.force, &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	session->changed = true;
	return DCV_OK;
}

/* The file is at a place where it is found without being named. */
static bool is_found(struct dcv_session *session, const char *file)
{
	const char *user = dcv_config_user_file(&session->arena);

	return (user != NULL && strcmp(file, user) == 0) ||
		(strcmp(file, DCV_CONFIG_FILE) == 0 &&
			(user == NULL || access(user, F_OK) != 0));
}

static void say_next(struct dcv_session *session, const struct dcv_init_found *found,
	const char *file)
{
	const char *zone = "example.com";
	const char *typed = dcv_shell_word(&session->arena, file);
	bool found_there = is_found(session, file);

	for (size_t i = found->n_zones; i-- > 0;)
		if (found->zones[i].what == DCV_INIT_BIND)
			zone = dcv_show_name(&found->zones[i].zone->name);
	dcv_say(session,
		"next: dcvctl check%s%s %s --ca digicert   is anything in the way? (no order "
		"needed, writes nothing)",
		found_there ? "" : " --config ",
		found_there             ? ""
			: typed != NULL ? typed
					: "FILE",
		zone);
}

/* rndc by itself asks the BIND whose rndc.key lies in /etc. */
static void tell_control(struct dcv_session *session, const struct dcv_init_found *found)
{
	for (size_t i = 0; i < found->n_servers; i++) {
		const struct dcv_local_server *server = &found->servers[i];

		if (server->kind == DCV_SERVER_BIND && server->control == NULL &&
			server->config != NULL)
			dcv_diag_add(&session->diags, DCV_SEV_WARNING, DCV_OK, NULL,
				"if `rndc status` does not reach it, name its rndc.conf in the "
				"configuration: reload: {bind: /path/rndc.conf}",
				"%s: `reload: bind` asks the BIND that rndc reaches by itself",
				server->config);
	}
}

static enum dcv_err finish(struct dcv_session *session, const struct dcv_init_found *found,
	const char *file, const char *ledger, const struct dcv_buf *text)
{
	enum dcv_err rc;

	if (text->failed)
		return nomem(session);
	if (session->options.dry_run) {
		if (found->n_zones > 0)
			dcv_say(session, "would write %s:\n\n%s", file,
				dcv_buf_text(text));
		return found->n_bound > 0 ? DCV_E_PENDING
					  : fail_empty(session, found, file);
	}
	if (found->n_bound == 0)
		return fail_empty(session, found, file);
	rc = store(session, file, text);
	if (rc != DCV_OK)
		return rc;
	dcv_say(session, "wrote %s; ledger %s", file, ledger);
	(void)snprintf(session->msg, sizeof(session->msg), "wrote %.200s, %zu zone%s",
		file, found->n_bound, found->n_bound == 1 ? "" : "s");
	tell_control(session, found);
	say_next(session, found, file);
	return DCV_OK;
}

/* What was typed is looked at before anything that lies on this host. */
static enum dcv_err check_usage(struct dcv_session *session)
{
	const struct dcv_options *o = &session->options;
	struct dcv_error err = {0};
	char shown[128];

	if (o->args.n > 0) {
		dcv_shown(shown, sizeof(shown), o->args.items[0],
			strlen(o->args.items[0]));
		dcv_fail(&err, DCV_E_USAGE, "init: %s: it takes no argument", shown);
		dcv_help(&err, "run: dcvctl init --help");
		return dcv_session_fail(session, &err);
	}
	for (int i = 0; o->from != NULL && i < DCV_N_SERVER_KINDS; i++) {
		if (is_kind(o->from, (enum dcv_server_kind)i))
			return DCV_OK;
	}
	if (o->from == NULL)
		return DCV_OK;
	dcv_fail(&err, DCV_E_USAGE,
		"--from: \"%.80s\": no name server that is known here", o->from);
	dcv_help(&err, "help: say --from bind, nsd or knot, or --from nsd:/path/nsd.conf");
	return dcv_session_fail(session, &err);
}

static enum dcv_err run_init(struct dcv_session *session)
{
	struct dcv_init_found found = {.arena = &session->arena};
	const char *file = NULL, *ledger = NULL;
	enum dcv_err rc = check_usage(session);
	struct dcv_buf text;

	if (rc == DCV_OK)
		rc = find_place(session, &file, &ledger);
	if (rc == DCV_OK)
		rc = refuse_existing(session, file);
	if (rc == DCV_OK)
		rc = look(session, &found);
	if (rc != DCV_OK)
		return rc;
	for (size_t i = 0; i < found.n_servers; i++)
		show_server(session, &found, i);
	if (found.n_ignored > 0)
		dcv_say(session,
			"left out: %zu zone%s for which no CA issues: reverse, localhost",
			found.n_ignored, found.n_ignored == 1 ? "" : "s");
	if (session->options.json)
		session->detail = json_found(&found, file);
	dcv_buf_init(&text, CONFIG_MAX);
	dcv_init_write(&found, ledger, &text);
	rc = finish(session, &found, file, ledger, &text);
	dcv_buf_clear(&text);
	return rc;
}

const struct dcv_command dcv_cmd_init = {
	.name = "init",
	.summary = "find the name server and its zones, write the configuration",
	.help = "example: sudo dcvctl init\n"
		"\n"
		"dcvctl init [OPTION…]\n"
		"Looks for BIND, NSD and Knot DNS on this host, asks their own programs for the\n"
		"zones (named-checkconf, nsd-checkconf, knotc), says which can be edited and how,\n"
		"and writes the configuration: as root /etc/dcvctl/dcvctl.yaml, else\n"
		"~/.config/dcvctl/dcvctl.yaml. Zones that a server writes itself come as a\n"
		"comment; secondary and reverse zones are left out. It changes no zone.\n"
		"\n"
		"  --from SERVER[:FILE]  only this one: bind, nsd or knot, with its\n"
		"                        configuration if that lies elsewhere\n"
		"  --config FILE         write this file\n"
		"  --ledger PATH         and name this ledger in it\n"
		"  --force               replace a file that exists\n"
		"  -n, --dry-run         only show\n"
		"  --json                the result as one JSON document\n"
		"\n"
		"exit: 0 written, 1 no zone found, 2 --dry-run, 6 the file exists, 78 a server's\n"
		"configuration cannot be read. See also dcvctl.yaml(5).\n",
	.options = "config ledger from force dry-run check json quiet verbose help",
	.run = run_init,
};
