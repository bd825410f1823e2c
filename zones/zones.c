/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the provider interface and hands its calls to the files of this room. */
#include "zones/zones.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "zones/fail.h"
#include "zones/freeze.h"
#include "zones/session.h"
#include "zones/view.h"

static void zonefile_close(void *ctx)
{
	struct dcv_zsession *session = ctx;

	if (session == NULL)
		return;
	dcv_zthaw_last(session);
	dcv_zsession_forget(session);
	dcv_arena_clear(&session->made.arena);
	dcv_arena_clear(&session->arena);
	free(session);
}

static enum dcvp_class zonefile_open(const struct dcvp_host *host,
	const struct dcvp_setting *settings, size_t n, void **ret_session,
	struct dcvp_error *err)
{
	struct dcv_zsession *session = calloc(1, sizeof *session);
	enum dcvp_class end;

	if (session == NULL)
		return dcv_znomem(err);
	session->host = host;
	end = dcv_zsettings_read(session, settings, n, err);
	if (end == DCVP_OK)
		*ret_session = session;
	else
		zonefile_close(session);
	return end;
}

/* The names are the same but for a final dot. */
static bool is_zone(const char *bound, const char *zone)
{
	size_t len = strlen(bound);

	return strncmp(zone, bound, len) == 0 && strcmp(zone + len, ".") == 0;
}

static enum dcvp_class zonefile_find_zone(void *ctx, const char *zone,
	struct dcvp_error *err)
{
	const struct dcv_zsession *session = ctx;
	struct stat st;
	int error;

	if (!is_zone(session->server.zone, zone))
		return dcv_zfail(err, DCVP_NO_ZONE, "%s: %s: is the file of another zone",
			zone, session->file);
	if (stat(session->file, &st) == 0)
		return DCVP_OK;
	error = errno;
	if (error == ENOENT || error == ENOTDIR) {
		(void)dcv_zfail(err, DCVP_NO_ZONE, "%s: no such file", session->file);
		return dcv_zhelp_missing(session, DCVP_NO_ZONE, err);
	}
	return dcv_zhelp_rights(err,
		dcv_zerrno(err, session->file, "cannot be examined", error), error, NULL,
		"its directory");
}

static void log_outside(const struct dcv_zsession *session, const struct dcv_zfound *found)
{
	char line[256];

	if (found->n_outside == 0)
		return;
	(void)snprintf(line, sizeof line,
		"%s: %llu records outside the zone are ignored (line %llu)",
		session->file, (unsigned long long)found->n_outside,
		(unsigned long long)found->outside_line);
	session->host->log(session->host->ctx, DCVP_LOG_INFO, line);
}

static enum dcvp_class zonefile_read(void *ctx, const char *zone,
	const char *const *owners, size_t n, struct dcvp_zone *ret, struct dcvp_error *err)
{
	struct dcv_zsession *session = ctx;
	struct dcv_zcall call;
	struct dcv_zfound *found;
	struct dcv_name *names;
	enum dcvp_class end = dcv_zcall_begin(session, zone, &call, err);

	if (end == DCVP_OK)
		end = dcv_zsession_scan(session, &call, owners, n, &found, &names, err);
	if (end == DCVP_OK) {
		log_outside(session, found);
		dcv_zjournal_note(session, &call);
		end = dcv_zview_make(found, session->host, names, n, ret, err);
	}
	dcv_zcall_end(&call);
	return end;
}

static const char *const reloads[] = {"none", "bind", "nsd", "knot", "pdns", "command",
	NULL};
static const char *const journals[] = {"freeze", NULL};
static const char *const serials[] = {"external", NULL};

static const struct dcvp_option options[] = {
	{.key = "zone", .required = 1, .help = "the zone's name"},
	{.key = "file",
		.kind = DCVP_OPTION_PATH,
		.required = 1,
		.help = "the path of the zone file; {zone} stands for the zone's name"},
	{.key = "reload",
		.kind = DCVP_OPTION_WORD,
		.words = reloads,
		.fallback = "none",
		.help = "how the name server is told"},
	{.key = "reload_config",
		.kind = DCVP_OPTION_PATH,
		.help = "the configuration of the server's control program; of knot its socket"},
	{.key = "reload_command",
		.kind = DCVP_OPTION_COMMAND,
		.help = "the program of reload: command"},
	{.key = "checker",
		.kind = DCVP_OPTION_COMMAND,
		.help = "judges the file before it is put in its place"},
	{.key = "signer",
		.kind = DCVP_OPTION_COMMAND,
		.help = "signs the zone after the edit"},
	{.key = "server",
		.kind = DCVP_OPTION_ADDRESS,
		.fallback = "127.0.0.1",
		.help = "whom to ask whether the zone is loaded"},
	{.key = "journal",
		.kind = DCVP_OPTION_WORD,
		.words = journals,
		.help = "freeze: thaw a dynamic zone around the edit"},
	{.key = "into",
		.kind = DCVP_OPTION_PATH,
		.help = "the include file that takes new records"},
	{.key = "serial",
		.kind = DCVP_OPTION_WORD,
		.words = serials,
		.help = "external: somebody else counts the serial up"},
	{.key = "comment",
		.kind = DCVP_OPTION_YES,
		.help = "a comment behind a new record names its order"},
	{.key = NULL},
};

static const struct dcvp_capabilities capabilities = {
	.struct_size = sizeof capabilities,
	.unit = DCVP_UNIT_ZONE,
	.atomic = DCVP_ATOMIC_ZONE,
	.cas = DCVP_CAS_ZONE,
	.visible = DCVP_VISIBLE_SYNC,
	.needs_zone = 1,
};

const struct dcvp_provider dcv_zones_provider = {
	.struct_size = sizeof dcv_zones_provider,
	.abi = DCVP_ABI,
	.name = "zonefile",
	.title = "zone files",
	.options = options,
	.capabilities = &capabilities,
	.open = zonefile_open,
	.close = zonefile_close,
	.find_zone = zonefile_find_zone,
	.read = zonefile_read,
	.apply = dcv_zapply,
	.sync = dcv_zsync,
	.recover = dcv_zrecover,
};
