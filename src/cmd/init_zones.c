/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what becomes of a server's zones in a first configuration, and its text. It
 * prints nothing and writes no file. */
#include <string.h>

#include "cmd/init.h"
#include "dns/name.h"

const char *dcv_init_kind(enum dcv_zone_kind kind)
{
	static const char *const words[] = {[DCV_ZONE_STATIC] = "static",
		[DCV_ZONE_INLINE] = "static, signed",
		[DCV_ZONE_DYNAMIC] = "dynamic",
		[DCV_ZONE_SECONDARY] = "secondary",
		[DCV_ZONE_OTHER] = "other"};

	return words[kind];
}

/* No CA issues for names there. */
static bool is_ignored(const struct dcv_name *name)
{
	unsigned labels = dcv_name_labels(name);

	return labels == 0 || dcv_name_label_is(name, labels - 1, "arpa") ||
		dcv_name_label_is(name, labels - 1, "localhost");
}

/* A path that can stand in the configuration as it is: UTF-8, no control octet, no {zone}. */
static bool is_writable(const char *path)
{
	size_t len = strlen(path), n;

	for (size_t at = 0; at < len; at += n) {
		n = dcv_utf8_len((const uint8_t *)path + at, len - at);
		if (n == 0 || (unsigned char)path[at] < 0x20 || path[at] == 0x7f)
			return false;
	}
	return strstr(path, "{zone}") == NULL;
}

static const char *tool_of(enum dcv_server_kind kind)
{
	static const char *const tools[] = {[DCV_SERVER_BIND] = "rndc",
		[DCV_SERVER_NSD] = "nsd-control",
		[DCV_SERVER_KNOT] = "knotc"};

	return tools[kind];
}

/* A server that was looked at before edits a zone of this name. */
static bool is_elsewhere(const struct dcv_init_found *found, const struct dcv_name *name)
{
	const struct dcv_server_zone *zone;
	size_t n;

	for (size_t i = 0; i + 1 < found->n_servers; i++) {
		zone = dcv_server_find(&found->servers[i], name, &n);
		if (n == 1 && zone->file != NULL &&
			(zone->kind == DCV_ZONE_STATIC || zone->kind == DCV_ZONE_INLINE))
			return true;
	}
	return false;
}

static void leave(struct dcv_init_zone *zone, enum dcv_init_what what, const char *why)
{
	zone->what = what;
	zone->why = why;
}

static void decide(const struct dcv_init_found *found, struct dcv_init_zone *zone,
	bool views)
{
	const struct dcv_server_zone *at = zone->zone;
	const char *why = at->why != NULL ? at->why : "it has no file";

	if (at->kind == DCV_ZONE_SECONDARY)
		leave(zone, DCV_INIT_LEAVE, "left out: it is edited at its primary");
	else if (at->kind == DCV_ZONE_OTHER)
		leave(zone, DCV_INIT_LEAVE, "left out: no zone of its own");
	else if (views)
		leave(zone, DCV_INIT_COMMENT,
			"commented out: in several views, see the file");
	else if (at->file == NULL)
		leave(zone, DCV_INIT_COMMENT,
			dcv_arena_printf(found->arena, "commented out: %s", why));
	else if (!is_writable(at->file))
		leave(zone, DCV_INIT_LEAVE, "left out: its path cannot be written down");
	else if (is_elsewhere(found, &at->name))
		leave(zone, DCV_INIT_COMMENT, "commented out: another server has it too");
	else if (at->kind == DCV_ZONE_DYNAMIC)
		leave(zone, DCV_INIT_COMMENT,
			dcv_arena_printf(found->arena,
				"commented out: the server writes the file (%s)", why));
	else
		leave(zone, DCV_INIT_BIND,
			dcv_arena_printf(found->arena, "edited in place, reloaded with %s",
				tool_of(zone->server->kind)));
}

/* It stands beside one of its name: they are sorted. */
static bool has_twin(const struct dcv_local_server *server, size_t i)
{
	const struct dcv_server_zone *zones = server->zones;

	return (i > 0 && dcv_name_equal(&zones[i].name, &zones[i - 1].name)) ||
		(i + 1 < server->n_zones &&
			dcv_name_equal(&zones[i].name, &zones[i + 1].name));
}

bool dcv_init_add(struct dcv_init_found *found)
{
	const struct dcv_local_server *server = &found->servers[found->n_servers++];
	struct dcv_init_zone *grown;

	for (size_t i = 0; i < server->n_zones; i++) {
		struct dcv_init_zone zone = {.server = server, .zone = &server->zones[i]};

		if (is_ignored(&zone.zone->name)) {
			found->n_ignored++;
			continue;
		}
		decide(found, &zone, has_twin(server, i));
		grown = dcv_arena_grow(found->arena, found->zones, found->n_zones,
			sizeof(grown[0]));
		if (grown == NULL || zone.why == NULL)
			return false;
		found->zones = grown;
		grown[found->n_zones++] = zone;
		found->n_bound += zone.what == DCV_INIT_BIND;
	}
	return true;
}

/* A YAML scalar that stands in a mapping between braces. */
static void add_scalar(struct dcv_buf *out, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789/._-";

	if (text[0] != '-' && text[0] != '\0' && text[strspn(text, plain)] == '\0') {
		dcv_buf_adds(out, text);
		return;
	}
	dcv_buf_addc(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			dcv_buf_addc(out, '\\');
		dcv_buf_addc(out, *text);
	}
	dcv_buf_addc(out, '"');
}

static void add_zone(struct dcv_buf *out, const struct dcv_init_zone *zone)
{
	char name[DCV_NAME_TEXT_MAX];
	const struct dcv_local_server *server = zone->server;
	const char *word = dcv_server_word_of(server->kind);

	dcv_name_text(&zone->zone->name, name);
	name[strlen(name) - 1] = '\0';
	if (zone->what == DCV_INIT_COMMENT)
		dcv_buf_addf(out, "  # %s\n", zone->why);
	dcv_buf_addf(out, "  %s- {zone: ", zone->what == DCV_INIT_COMMENT ? "# " : "");
	add_scalar(out, name);
	dcv_buf_adds(out, ", file: ");
	add_scalar(out, zone->zone->file != NULL ? zone->zone->file : "PATH");
	dcv_buf_addf(out, server->control != NULL ? ", reload: {%s: " : ", reload: %s",
		word);
	if (server->control != NULL) {
		add_scalar(out, server->control);
		dcv_buf_addc(out, '}');
	}
	if (server->address != NULL) {
		dcv_buf_adds(out, ", server: ");
		add_scalar(out, server->address);
	}
	if (zone->zone->kind == DCV_ZONE_DYNAMIC)
		dcv_buf_adds(out, ", journal: freeze");
	dcv_buf_adds(out, "}\n");
}

static bool has_kind(const struct dcv_init_found *found, enum dcv_zone_kind kind)
{
	for (size_t i = 0; i < found->n_zones; i++)
		if (found->zones[i].what == DCV_INIT_COMMENT &&
			found->zones[i].zone->kind == kind)
			return true;
	return false;
}

static bool has_views(const struct dcv_init_found *found)
{
	for (size_t i = 0; i < found->n_zones; i++)
		if (found->zones[i].what == DCV_INIT_COMMENT &&
			found->zones[i].zone->view != NULL)
			return true;
	return false;
}

static void add_hints(struct dcv_buf *out, const struct dcv_init_found *found)
{
	if (has_kind(found, DCV_ZONE_DYNAMIC))
		dcv_buf_adds(out,
			"  # A dynamic zone: the server writes its file, from dynamic updates or since it\n"
			"  # signs in it. With `journal: freeze` dcvctl holds the server off while it\n"
			"  # edits. Take the # away if that may be, for a second or so.\n");
	if (has_views(found))
		dcv_buf_adds(out,
			"  # A zone in several views: an account for the file of each view, and\n"
			"  # backends: [ACCOUNT, ACCOUNT] for the zone.\n");
}

void dcv_init_write(const struct dcv_init_found *found, const char *ledger,
	struct dcv_buf *out)
{
	dcv_buf_adds(out,
		"# The configuration of dcvctl, see dcvctl.yaml(5). `dcvctl config` shows what is\n"
		"# read out of it.\n"
		"\n"
		"# What dcvctl has written, so that it can take it away again.\n"
		"ledger: ");
	add_scalar(out, ledger);
	dcv_buf_adds(out,
		"\n\n"
		"# The zones in which orders may be written, found by `dcvctl init`. Take out those\n"
		"# that dcvctl is to leave alone.\n"
		"zones:\n");
	add_hints(out, found);
	for (size_t i = 0; i < found->n_zones; i++)
		if (found->zones[i].what != DCV_INIT_LEAVE)
			add_zone(out, &found->zones[i]);
}
