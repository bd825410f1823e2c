/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the paths, names and times of a configuration as texts. It does not know
 * where they stand. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "config/read.h"
#include "dns/idn.h"

#define JOINED_MAX 4096u

/* `..` stays: behind a symbolic link it is not the segment before it. */
const char *dcv_config_path(struct dcv_arena *arena, const char *directory,
	const char *path)
{
	char *whole = path[0] == '/' ? dcv_arena_strdup(arena, path)
				     : dcv_arena_printf(arena, "%s/%s", directory, path);
	size_t from = 0, to = 0, n;

	if (whole == NULL)
		return NULL;
	while (whole[from] != '\0') {
		from += strspn(whole + from, "/");
		n = strcspn(whole + from, "/");
		if (n > 0 && !(n == 1 && whole[from] == '.')) {
			whole[to++] = '/';
			memmove(whole + to, whole + from, n);
			to += n;
		}
		from += n;
	}
	if (to == 0)
		whole[to++] = '/';
	whole[to] = '\0';
	return whole;
}

const char *dcv_config_directory(struct dcv_arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL || slash == path)
		return "/";
	return dcv_arena_strndup(arena, path, (size_t)(slash - path));
}

const char *dcv_config_expand(struct dcv_arena *arena, const char *path,
	const struct dcv_name *zone)
{
	char name[DCV_NAME_TEXT_MAX], *expanded = NULL;
	const char *mark;
	struct dcv_buf buf;

	dcv_name_text(zone, name);
	name[strlen(name) - 1] = '\0';
	dcv_buf_init(&buf, PATH_MAX);
	for (mark = strstr(path, DCV_ZONE_MARK); mark != NULL;
		mark = strstr(path, DCV_ZONE_MARK)) {
		dcv_buf_add(&buf, path, (size_t)(mark - path));
		dcv_buf_adds(&buf, name);
		path = mark + strlen(DCV_ZONE_MARK);
	}
	dcv_buf_adds(&buf, path);
	if (!buf.failed)
		expanded = dcv_arena_strdup(arena, dcv_buf_text(&buf));
	dcv_buf_clear(&buf);
	return expanded;
}

/* Lengths of labels are below any slash. */
bool dcv_config_is_pathable(const struct dcv_name *zone)
{
	for (size_t at = 0; at < zone->len; at += zone->wire[at] + 1u)
		if (memchr(zone->wire + at + 1, '/', zone->wire[at]) != NULL)
			return false;
	return true;
}

const char *dcv_config_cwd(struct dcv_arena *arena, struct dcv_diags *diags)
{
	char path[PATH_MAX];
	const char *copy;

	if (getcwd(path, sizeof path) == NULL) {
		dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_CONFIG, NULL,
			"change to a directory that exists",
			"the current directory cannot be named: %s", strerror(errno));
		return NULL;
	}
	copy = dcv_arena_strdup(arena, path);
	if (copy == NULL)
		dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_NOMEM, NULL, NULL,
			"out of memory");
	return copy;
}

/* A scheme: letters, digits and the like before a colon (RFC 3986 3.1), no slash. */
static size_t scheme_len(const char *text)
{
	size_t n = strcspn(text, ":/");

	return n > 0 && text[n] == ':' ? n : 0;
}

const char *dcv_config_ledger(struct dcv_arena *arena, const char *directory,
	const char *text)
{
	size_t n = scheme_len(text);

	if (n > 0 && (n != strlen("sqlite") || strncmp(text, "sqlite", n) != 0))
		return NULL;
	if (n > 0)
		text += n + 1;
	return text[0] == '\0' ? NULL : dcv_config_path(arena, directory, text);
}

bool dcv_config_zone(struct dcv_arena *arena, const char *text, size_t len,
	struct dcv_name *ret, struct dcv_error *err)
{
	struct dcv_name zone = {.len = 0};
	char *ascii = NULL;

	if (dcv_idn_to_ascii(text, len, arena, &ascii, err) != DCV_OK ||
		dcv_name_from(ascii, &zone, err) != DCV_OK) {
		(void)dcv_error_wrap(err, "zone");
		(void)dcv_help(err,
			"help: write the zone's name, for example example.com");
		return false;
	}
	for (unsigned i = 0; i < dcv_name_labels(&zone); i++)
		if (dcv_name_label_is(&zone, i, "*")) {
			(void)dcv_fail(err, DCV_E_CONFIG,
				"zone: \"%.80s\": a zone's name holds no \"*\"", text);
			(void)dcv_help(err,
				"help: in a configuration \"*\" alone stands for every zone whose file "
				"exists");
			return false;
		}
	if (zone.len == 1) {
		(void)dcv_fail(err, DCV_E_CONFIG, "zone: the root zone cannot be bound");
		(void)dcv_help(err, "help: name a zone below it");
		return false;
	}
	*ret = zone;
	return true;
}

const char *dcv_config_join(struct dcv_arena *arena, const char *const *texts, size_t n)
{
	const char *joined;
	struct dcv_buf buf;

	dcv_buf_init(&buf, JOINED_MAX);
	for (size_t i = 0; i < n; i++)
		dcv_buf_addf(&buf, "%s%s", i > 0 ? " " : "", texts[i]);
	if (buf.failed)
		joined = dcv_arena_printf(arena, "%zu values", n);
	else
		joined = dcv_arena_strdup(arena, dcv_buf_text(&buf));
	dcv_buf_clear(&buf);
	return joined;
}

const char *dcv_config_duration(struct dcv_arena *arena, int64_t seconds)
{
	static const struct {
		int64_t seconds;
		char unit;
	} units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}};

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (seconds > 0 && seconds % units[i].seconds == 0)
			return dcv_arena_printf(arena, "%lld%c",
				(long long)(seconds / units[i].seconds), units[i].unit);
	return dcv_arena_printf(arena, "%llds", (long long)seconds);
}

char *dcv_config_lower(struct dcv_arena *arena, const char *text)
{
	char *copy = dcv_arena_strdup(arena, text);

	for (char *c = copy; c != NULL && *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c | 0x20);
	return copy;
}

bool dcv_config_reload(const char *word, enum dcv_reload *ret)
{
	static const char *const words[] = {[DCV_RELOAD_NONE] = "none",
		[DCV_RELOAD_BIND] = "bind",
		[DCV_RELOAD_NSD] = "nsd",
		[DCV_RELOAD_KNOT] = "knot",
		[DCV_RELOAD_PDNS] = "pdns"};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(word, words[i]) == 0) {
			*ret = (enum dcv_reload)i;
			return true;
		}
	return false;
}
