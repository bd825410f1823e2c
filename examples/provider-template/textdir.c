/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* A provider to begin with: zones in a directory, one text file each, with a record a line:
 *
 *     OWNER TTL TYPE RDATA
 *     _dnsauth.example.com. 300 TXT "202611210000002aurxma1k3v"
 *
 * It does all that a provider must, with nothing but the provider interface and the C library.
 * Put your API in the place of load() and store(). */
#include <dcvctl/provider.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_LEN 70000u

struct session {
	const struct dcvp_host *host;
	const char *directory;
};

struct record {
	const char *owner, *rdata;
	uint32_t ttl_s;
	uint16_t type;
};

struct zone {
	struct record *records;
	size_t n;
	uint64_t hash; /* of the file: the etag */
};

static const struct {
	const char *name;
	uint16_t type;
} types[] = {{"A", 1}, {"NS", 2}, {"CNAME", 5}, {"SOA", 6}, {"TXT", 16}, {"AAAA", 28},
	{"CAA", 257}};
#define N_TYPES (sizeof(types) / sizeof(types[0]))
enum { TYPE_NS = 2, TYPE_CNAME = 5, TYPE_SOA = 6 };

/* --- errors: `subject: what: why`, and what to do about it --- */

static enum dcvp_class fail(struct dcvp_error *err, enum dcvp_class class,
	enum dcvp_cause cause, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	err->cause = cause;
	return class;
}

static enum dcvp_class nomem(struct dcvp_error *err)
{
	return fail(err, DCVP_NOMEM, DCVP_CAUSE_INTERNAL, "out of memory");
}

/* --- memory: all of it is the host's, which frees it --- */

static void *take(const struct session *s, size_t n)
{
	return s->host->alloc(s->host->ctx, n);
}

static char *copy(const struct session *s, const char *text, size_t n)
{
	char *to = take(s, n + 1);

	if (to != NULL)
		memcpy(to, text, n);
	return to;
}

/* --- the file --- */

static int path_of(const struct session *s, const char *zone, const char *suffix,
	char *path, size_t cap)
{
	int n = strchr(zone, '/') != NULL
		? -1
		: snprintf(path, cap, "%s/%stxt%s", s->directory, zone, suffix);

	return n > 0 && (size_t)n < cap;
}

static uint16_t type_of(const char *name)
{
	for (size_t i = 0; i < N_TYPES; i++)
		if (strcmp(types[i].name, name) == 0)
			return types[i].type;
	return 0;
}

static const char *type_name(uint16_t type)
{
	for (size_t i = 0; i < N_TYPES; i++)
		if (types[i].type == type)
			return types[i].name;
	return "";
}

static enum dcvp_class parse(const struct session *s, char *line, struct record *ret,
	struct dcvp_error *err)
{
	char *owner = strtok_r(line, " \t", &line), *ttl = strtok_r(NULL, " \t", &line),
	     *type = strtok_r(NULL, " \t", &line), *end = NULL;

	if (type == NULL || line == NULL || *line == '\0' || type_of(type) == 0)
		return fail(err, DCVP_FAILED, DCVP_CAUSE_PROTOCOL,
			"%s: a line that is not OWNER TTL TYPE RDATA", s->directory);
	ret->owner = copy(s, owner, strlen(owner));
	ret->ttl_s = (uint32_t)strtoul(ttl, &end, 10);
	ret->type = type_of(type);
	ret->rdata = copy(s, line, strlen(line));
	if (*end != '\0')
		return fail(err, DCVP_FAILED, DCVP_CAUSE_PROTOCOL, "%s: %s: not a TTL",
			s->directory, ttl);
	return ret->owner == NULL || ret->rdata == NULL ? nomem(err) : DCVP_OK;
}

static enum dcvp_class add(const struct session *s, struct zone *zone,
	const struct record *record, struct dcvp_error *err)
{
	/* Room doubles whenever it is full: at powers of two. */
	if ((zone->n & (zone->n - 1)) == 0) {
		size_t room = zone->n == 0 ? 1 : zone->n * 2;
		struct record *grown = take(s, room * sizeof(*grown));

		if (grown == NULL)
			return nomem(err);
		if (zone->n > 0)
			memcpy(grown, zone->records, zone->n * sizeof(*grown));
		zone->records = grown;
	}
	zone->records[zone->n++] = *record;
	return DCVP_OK;
}

static enum dcvp_class load(const struct session *s, const char *name, struct zone *ret,
	struct dcvp_error *err)
{
	char path[4096], *line;
	enum dcvp_class class = DCVP_OK;
	FILE *file;

	if (!path_of(s, name, "", path, sizeof(path)))
		return fail(err, DCVP_NO_ZONE, DCVP_CAUSE_NONE, "%s: no such zone", name);
	file = fopen(path, "re");
	if (file == NULL && errno == ENOENT)
		return fail(err, DCVP_NO_ZONE, DCVP_CAUSE_NONE, "%s: no such file", path);
	if (file == NULL)
		return fail(err, DCVP_FAILED, DCVP_CAUSE_FORBIDDEN, "%s: %s", path,
			strerror(errno));
	line = take(s, LINE_MAX_LEN);
	ret->hash = 14695981039346656037u; /* FNV-1a */
	while (line != NULL && class == DCVP_OK &&
		fgets(line, LINE_MAX_LEN, file) != NULL) {
		struct record record;

		for (const char *c = line; *c != '\0'; c++)
			ret->hash = (ret->hash ^ (unsigned char)*c) * 1099511628211u;
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '\0')
			continue;
		class = parse(s, line, &record, err);
		if (class == DCVP_OK)
			class = add(s, ret, &record, err);
	}
	if (class == DCVP_OK && ferror(file))
		class = fail(err, DCVP_FAILED, DCVP_CAUSE_UNAVAILABLE,
			"%s: cannot be read", path);
	fclose(file);
	return line == NULL ? nomem(err) : class;
}

/* The old file or the new one, never half of one: durable before we say that it is done. */
static enum dcvp_class store(const struct session *s, const char *name,
	const struct zone *zone, struct dcvp_error *err)
{
	char path[4096], temporary[4096];
	FILE *file;
	int bad;

	if (!path_of(s, name, "", path, sizeof(path)) ||
		!path_of(s, name, ".new", temporary, sizeof(temporary)))
		return fail(err, DCVP_FAILED, DCVP_CAUSE_VALUE, "%s: too long", name);
	file = fopen(temporary, "we");
	if (file == NULL)
		return fail(err, DCVP_FAILED, DCVP_CAUSE_FORBIDDEN, "%s: %s", temporary,
			strerror(errno));
	for (size_t i = 0; i < zone->n; i++)
		fprintf(file, "%s %u %s %s\n", zone->records[i].owner,
			(unsigned)zone->records[i].ttl_s,
			type_name(zone->records[i].type), zone->records[i].rdata);
	bad = fflush(file) != 0 || fsync(fileno(file)) != 0;
	bad |= fclose(file) != 0;
	if (bad || rename(temporary, path) != 0) {
		unlink(temporary);
		return fail(err, DCVP_FAILED, DCVP_CAUSE_UNAVAILABLE, "%s: %s", path,
			strerror(errno));
	}
	return DCVP_OK;
}

/* --- reading: what stands at an owner, and what stands in for it --- */

/* `name` is `above` or below it. */
static int is_below(const char *name, const char *above)
{
	size_t n = strlen(name), m = strlen(above);

	return n >= m && strcmp(name + n - m, above) == 0 &&
		(n == m || name[n - m - 1] == '.');
}

/* The name exists: it, or something below it, has records. */
static int exists(const struct zone *zone, const char *name)
{
	for (size_t i = 0; i < zone->n; i++)
		if (is_below(zone->records[i].owner, name))
			return 1;
	return 0;
}

/* The records of an owner, gathered into RRsets. */
static enum dcvp_class sets_of(const struct session *s, const struct zone *zone,
	const char *owner, const struct dcvp_rrset **ret, size_t *ret_n,
	struct dcvp_error *err)
{
	struct dcvp_rrset *sets = take(s, N_TYPES * sizeof(*sets));
	size_t n = 0;

	for (size_t t = 0; sets != NULL && t < N_TYPES; t++) {
		const char **rdata = take(s, zone->n * sizeof(*rdata));
		struct dcvp_rrset set = {.owner = owner, .type = types[t].type};

		if (rdata == NULL)
			return nomem(err);
		for (size_t i = 0; i < zone->n; i++) {
			const struct record *record = &zone->records[i];

			if (record->type != set.type || strcmp(record->owner, owner) != 0)
				continue;
			set.ttl_s = record->ttl_s;
			rdata[set.n++] = record->rdata;
		}
		set.rdata = rdata;
		if (set.n > 0)
			sets[n++] = set;
	}
	*ret = sets;
	*ret_n = n;
	return sets == NULL ? nomem(err) : DCVP_OK;
}

static enum dcvp_class read_node(const struct session *s, const struct zone *zone,
	const char *apex, const char *owner, struct dcvp_node *ret, struct dcvp_error *err)
{
	char wildcard[300];

	ret->owner = copy(s, owner, strlen(owner));
	if (ret->owner == NULL)
		return nomem(err);
	ret->closest = ret->owner;
	while (strcmp(ret->closest, apex) != 0 && !exists(zone, ret->closest))
		ret->closest = strchr(ret->closest, '.') + 1;
	snprintf(wildcard, sizeof(wildcard), "*.%s", ret->closest);
	ret->wildcard = ret->closest != ret->owner && exists(zone, wildcard);
	for (const char *at = ret->owner; strcmp(at, apex) != 0; at = strchr(at, '.') + 1)
		for (size_t i = 0; i < zone->n; i++)
			if (zone->records[i].type == TYPE_NS &&
				strcmp(zone->records[i].owner, at) == 0)
				ret->cut = at;
	return sets_of(s, zone, ret->owner, &ret->sets, &ret->n_sets, err);
}

static enum dcvp_class read_apex(const struct session *s, const struct zone *zone,
	const char *apex, struct dcvp_zone *ret, struct dcvp_error *err)
{
	struct dcvp_ns *ns = take(s, (zone->n + 1) * sizeof(*ns));
	char etag[32];

	snprintf(etag, sizeof(etag), "%016llx", (unsigned long long)zone->hash);
	ret->place = s->directory;
	ret->etag = copy(s, etag, strlen(etag));
	if (ns == NULL || ret->etag == NULL)
		return nomem(err);
	for (size_t i = 0; i < zone->n; i++) {
		const struct record *record = &zone->records[i];
		const char *last = strrchr(record->rdata, ' ');

		if (strcmp(record->owner, apex) != 0)
			continue;
		if (record->type == TYPE_NS)
			ns[ret->n_ns++].name = record->rdata;
		if (record->type == TYPE_SOA && last != NULL) {
			ret->soa_ttl_s = record->ttl_s;
			ret->soa_minimum_s = (uint32_t)strtoul(last + 1, NULL, 10);
		}
	}
	ret->ns = ns;
	return DCVP_OK;
}

static enum dcvp_class textdir_read(void *session, const char *name,
	const char *const *owners, size_t n, struct dcvp_zone *ret, struct dcvp_error *err)
{
	const struct session *s = session;
	struct dcvp_node *nodes = take(s, n * sizeof(*nodes));
	struct zone zone = {0};
	enum dcvp_class class = nodes == NULL ? nomem(err) : load(s, name, &zone, err);

	if (class == DCVP_OK)
		class = read_apex(s, &zone, name, ret, err);
	for (size_t i = 0; class == DCVP_OK && i < n; i++)
		class = read_node(s, &zone, name, owners[i], &nodes[i], err);
	ret->nodes = nodes;
	ret->n_nodes = n;
	return class;
}

/* --- changing: exact values; what is not named stays --- */

static int is_of(const struct record *record, const struct dcvp_edit *edit)
{
	return record->type == edit->type && strcmp(record->owner, edit->owner) == 0;
}

/* Takes the value out; the number of records that went. */
static size_t remove_value(struct zone *zone, const struct dcvp_edit *edit,
	const char *rdata)
{
	size_t kept = 0, before = zone->n;

	for (size_t i = 0; i < zone->n; i++)
		if (!is_of(&zone->records[i], edit) ||
			strcmp(zone->records[i].rdata, rdata) != 0)
			zone->records[kept++] = zone->records[i];
	zone->n = kept;
	return before - kept;
}

static int has_value(const struct zone *zone, const struct dcvp_edit *edit,
	const char *rdata)
{
	for (size_t i = 0; i < zone->n; i++)
		if (is_of(&zone->records[i], edit) &&
			strcmp(zone->records[i].rdata, rdata) == 0)
			return 1;
	return 0;
}

/* Removals come first: a CNAME may take the place of other data. */
static enum dcvp_class change(const struct session *s, struct zone *zone,
	const struct dcvp_edit *edit, size_t *changed, struct dcvp_error *err)
{
	enum dcvp_class class = DCVP_OK;

	for (size_t i = 0; i < edit->n_remove; i++)
		*changed += remove_value(zone, edit, edit->remove[i]);
	for (size_t i = 0; i < edit->n_add && class == DCVP_OK; i++) {
		struct record record = {edit->owner, edit->add[i], edit->ttl_s,
			edit->type};

		if (has_value(zone, edit, edit->add[i]))
			continue;
		class = add(s, zone, &record, err);
		++*changed;
	}
	for (size_t i = 0; i < zone->n; i++)
		if (is_of(&zone->records[i], edit) &&
			zone->records[i].ttl_s != edit->ttl_s) {
			zone->records[i].ttl_s = edit->ttl_s;
			++*changed;
		}
	return class;
}

static enum dcvp_class textdir_apply(void *session, const struct dcvp_change *what,
	struct dcvp_result *results, struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	const struct session *s = session;
	struct zone zone = {0};
	size_t changed = 0, before;
	char etag[32];
	enum dcvp_class class = load(s, what->zone, &zone, err);

	(void)receipt;
	if (class != DCVP_OK)
		return class;
	snprintf(etag, sizeof(etag), "%016llx", (unsigned long long)zone.hash);
	if (what->etag != NULL && strcmp(what->etag, etag) != 0)
		return fail(err, DCVP_CONFLICT, DCVP_CAUSE_NONE,
			"%s: changed since it was read", what->zone);
	for (size_t i = 0; i < what->n_edits && class == DCVP_OK; i++) {
		before = changed;
		class = change(s, &zone, &what->edits[i], &changed, err);
		results[i].outcome = changed > before ? DCVP_EDIT_DONE : DCVP_EDIT_ALREADY;
	}
	if (class == DCVP_OK && changed > 0)
		class = store(s, what->zone, &zone, err);
	for (size_t i = 0; i < what->n_edits && class != DCVP_OK; i++)
		results[i].outcome = DCVP_EDIT_FAILED;
	return class;
}

/* --- the session --- */

static enum dcvp_class textdir_find_zone(void *session, const char *zone,
	struct dcvp_error *err)
{
	const struct session *s = session;
	char path[4096];

	if (!path_of(s, zone, "", path, sizeof(path)))
		return DCVP_NO_ZONE;
	if (access(path, F_OK) == 0)
		return DCVP_OK;
	/* A look that fails is never "no": the host would take the zone for one of nobody. */
	return errno == ENOENT || errno == ENAMETOOLONG
		? DCVP_NO_ZONE
		: fail(err, DCVP_FAILED, DCVP_CAUSE_FORBIDDEN, "%s: %s", path,
			  strerror(errno));
}

static enum dcvp_class textdir_probe(void *session, const char **ret,
	struct dcvp_error *err)
{
	const struct session *s = session;

	if (access(s->directory, R_OK | W_OK | X_OK) != 0)
		return fail(err, DCVP_FAILED, DCVP_CAUSE_FORBIDDEN, "%s: %s",
			s->directory, strerror(errno));
	*ret = s->directory;
	return DCVP_OK;
}

static enum dcvp_class textdir_open(const struct dcvp_host *host,
	const struct dcvp_setting *settings, size_t n, void **ret_session,
	struct dcvp_error *err)
{
	struct session *s = host->alloc(host->ctx, sizeof(*s));

	if (s == NULL)
		return nomem(err);
	s->host = host;
	for (size_t i = 0; i < n; i++)
		if (strcmp(settings[i].key, "directory") == 0)
			s->directory = copy(s, settings[i].values[0],
				strlen(settings[i].values[0]));
	if (s->directory == NULL)
		return nomem(err);
	*ret_session = s;
	return DCVP_OK;
}

static void textdir_close(void *session)
{
	(void)session;
}

static const char *const directory_variables[] = {"TEXTDIR_DIRECTORY", NULL};

static const struct dcvp_option options[] = {
	{.key = "directory",
		.kind = DCVP_OPTION_PATH,
		.required = 1,
		.environment = directory_variables,
		.help = "where the zones' files are"},
	{.key = NULL},
};

static const struct dcvp_capabilities capabilities = {
	.struct_size = sizeof(capabilities),
	.unit = DCVP_UNIT_ZONE,
	.atomic = DCVP_ATOMIC_ZONE,
	.cas = DCVP_CAS_ZONE,
	.visible = DCVP_VISIBLE_UNTOLD,
};

static const struct dcvp_provider textdir = {
	.struct_size = sizeof(textdir),
	.abi = DCVP_ABI,
	.name = "textdir",
	.title = "text files in a directory (the template)",
	.options = options,
	.capabilities = &capabilities,
	.open = textdir_open,
	.close = textdir_close,
	.probe = textdir_probe,
	.find_zone = textdir_find_zone,
	.read = textdir_read,
	.apply = textdir_apply,
};

DCVP_ENTRY(textdir);
