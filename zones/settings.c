/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the settings of a zone that lies in a file. It does not know what they
 * lead to. */
#include <stdio.h>
#include <string.h>

#include "zones/fail.h"
#include "zones/session.h"

struct reader {
	struct dcv_zsession *session;
	struct dcvp_error *err;
};

static enum dcvp_class invalid(struct reader *r, const char *key, const char *why)
{
	return dcv_zfail(r->err, DCVP_INVALID, "zone file: setting %s: %s", key, why);
}

static enum dcvp_class take_text(struct reader *r, const struct dcvp_setting *setting,
	const char **ret)
{
	if (setting->n != 1 || setting->values[0][0] == '\0')
		return invalid(r, setting->key, "one value is wanted");
	*ret = dcv_arena_strdup(&r->session->arena, setting->values[0]);
	return *ret == NULL ? dcv_znomem(r->err) : DCVP_OK;
}

static enum dcvp_class take_argv(struct reader *r, const struct dcvp_setting *setting,
	const char *const **ret)
{
	struct dcv_arena *arena = &r->session->arena;
	const char **argv = dcv_arena_array(arena, setting->n + 1, sizeof *argv);

	if (setting->n == 0 || setting->values[0][0] == '\0')
		return invalid(r, setting->key, "a program is wanted");
	for (size_t i = 0; argv != NULL && i < setting->n; i++) {
		argv[i] = dcv_arena_strdup(arena, setting->values[i]);
		if (argv[i] == NULL)
			return dcv_znomem(r->err);
	}
	*ret = argv;
	return argv == NULL ? dcv_znomem(r->err) : DCVP_OK;
}

static enum dcvp_class take_reload(struct reader *r, const struct dcvp_setting *setting)
{
	const char *word = NULL;
	enum dcvp_class end = take_text(r, setting, &word);

	if (word == NULL || dcv_zreload_by_word(word, &r->session->server.by))
		return end;
	return invalid(r, "reload", "none, bind, nsd, knot, pdns or command is wanted");
}

static enum dcvp_class take_journal(struct reader *r, const struct dcvp_setting *setting)
{
	const char *word = NULL;
	enum dcvp_class end = take_text(r, setting, &word);

	if (word != NULL && strcmp(word, "freeze") != 0)
		return invalid(r, "journal", "freeze is wanted");
	r->session->server.freeze = true;
	return end;
}

/* What the settings must be together. */
static enum dcvp_class judge(struct reader *r)
{
	const struct dcv_zserver *server = &r->session->server;
	const struct dcv_zpreset *preset = dcv_zpreset_of(server->by);

	if (r->session->file == NULL)
		return invalid(r, "file", "the path of the zone's file is wanted");
	if (server->zone == NULL)
		return invalid(r, "zone", "the zone's name is wanted");
	if (server->by == DCV_ZRELOAD_COMMAND && server->reload == NULL)
		return invalid(r, "reload_command", "reload: command wants one");
	if (server->freeze && (preset == NULL || preset->orders[DCV_ZORDER_FREEZE] == NULL))
		return invalid(r, "journal", "freeze wants reload: bind or knot");
	return DCVP_OK;
}

static enum dcvp_class take_file(struct reader *r, const struct dcvp_setting *setting)
{
	enum dcvp_class end = take_text(r, setting, &r->session->file);

	if (end == DCVP_OK && r->session->file[0] != '/')
		return invalid(r, "file", "an absolute path is wanted");
	return end;
}

static enum dcvp_class take_into(struct reader *r, const struct dcvp_setting *setting)
{
	enum dcvp_class end = take_text(r, setting, &r->session->into);

	if (end == DCVP_OK && r->session->into[0] != '/')
		return invalid(r, "into", "an absolute path is wanted");
	return end;
}

/* A setting that has one word, and is off if it is left out. */
static enum dcvp_class take_word(struct reader *r, const struct dcvp_setting *setting,
	const char *word, bool *ret)
{
	char why[64];

	if (setting->n == 1 && strcmp(setting->values[0], word) == 0) {
		*ret = true;
		return DCVP_OK;
	}
	(void)snprintf(why, sizeof why, "%s is wanted, or nothing", word);
	return invalid(r, setting->key, why);
}

/* The name goes into an argv: one that begins with "-" would be read as an option. */
static enum dcvp_class take_zone(struct reader *r, const struct dcvp_setting *setting)
{
	struct dcv_error why = {0};
	struct dcv_name name;
	char text[DCV_NAME_TEXT_MAX];
	size_t len;

	if (setting->n != 1 || dcv_name_from(setting->values[0], &name, &why) != DCV_OK)
		return invalid(r, "zone", why.text);
	len = strlen(dcv_name_text(&name, text));
	if (text[0] == '-')
		return invalid(r, "zone",
			"a name that does not begin with \"-\" is wanted");
	r->session->server.zone = dcv_arena_strndup(&r->session->arena, text,
		len > 1 ? len - 1 : len);
	return r->session->server.zone == NULL ? dcv_znomem(r->err) : DCVP_OK;
}

static enum dcvp_class take(struct reader *r, const struct dcvp_setting *setting)
{
	struct dcv_zserver *server = &r->session->server;
	const char *key = setting->key;

	if (strcmp(key, "file") == 0)
		return take_file(r, setting);
	if (strcmp(key, "into") == 0)
		return take_into(r, setting);
	if (strcmp(key, "serial") == 0)
		return take_word(r, setting, "external", &r->session->serial_external);
	if (strcmp(key, "comment") == 0)
		return take_word(r, setting, "yes", &r->session->comment);
	if (strcmp(key, "zone") == 0)
		return take_zone(r, setting);
	if (strcmp(key, "reload") == 0)
		return take_reload(r, setting);
	if (strcmp(key, "reload_config") == 0)
		return take_text(r, setting, &server->reload_config);
	if (strcmp(key, "server") == 0)
		return take_text(r, setting, &server->address_text);
	if (strcmp(key, "reload_command") == 0)
		return take_argv(r, setting, &server->reload);
	if (strcmp(key, "checker") == 0)
		return take_argv(r, setting, &server->checker);
	if (strcmp(key, "signer") == 0)
		return take_argv(r, setting, &server->signer);
	if (strcmp(key, "journal") == 0)
		return take_journal(r, setting);
	return invalid(r, key, "there is no such setting of a zone file");
}

enum dcvp_class dcv_zsettings_read(struct dcv_zsession *session,
	const struct dcvp_setting *settings, size_t n, struct dcvp_error *err)
{
	struct reader r = {.session = session, .err = err};
	struct dcv_zserver *server = &session->server;
	struct dcv_error why = {0};
	enum dcvp_class end = DCVP_OK;

	server->host = session->host;
	server->address_text = "127.0.0.1";
	for (size_t i = 0; i < n && end == DCVP_OK; i++)
		end = take(&r, &settings[i]);
	if (end != DCVP_OK)
		return end;
	server->file = session->file;
	end = judge(&r);
	if (end != DCVP_OK)
		return end;
	if (dcv_addr_parse(server->address_text, &server->address, &why) != DCV_OK)
		return invalid(&r, "server", why.text);
	return DCVP_OK;
}
