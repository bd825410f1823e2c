/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how long a scan is good for. It does not know what is done with it. */
#include "zones/session.h"

#include <string.h>
#include <time.h>

#include "zones/fail.h"
#include "zones/freeze.h"

enum dcvp_class dcv_zhelp_missing(const struct dcv_zsession *session, enum dcvp_class end,
	struct dcvp_error *err)
{
	return dcv_zhelp(err, end,
		"help: correct `file:` of zone %s in the configuration, or --zone-file",
		session->server.zone);
}

enum dcvp_class dcv_zcall_begin(struct dcv_zsession *session, const char *zone,
	struct dcv_zcall *ret, struct dcvp_error *err)
{
	struct dcv_error why = {0};
	enum dcvp_class end;

	*ret = (struct dcv_zcall){.zone = DCV_ZOPEN_NONE};
	if (dcv_name_from(zone, &ret->apex, &why) != DCV_OK)
		return dcv_zfail(err, DCVP_INVALID, "%s", why.text);
	end = dcv_zopen_file(session->file, &ret->arena, &ret->zone, err);
	if (end == DCVP_NO_ZONE)
		return dcv_zhelp_missing(session, DCVP_FAILED, err);
	if (end == DCVP_OK && session->server.freeze && session->mark == NULL) {
		const char *name = dcv_ztemp_name(&ret->zone, "frozen", &session->arena);

		if (name != NULL)
			session->mark = dcv_ztemp_path(&ret->zone, name, &session->arena);
		if (session->mark == NULL)
			return dcv_znomem(err);
	}
	return end == DCVP_OK ? dcv_zjournal_judge(session, ret, err) : end;
}

void dcv_zcall_end(struct dcv_zcall *call)
{
	dcv_zopen_close(&call->zone);
	dcv_arena_clear(&call->arena);
}

void dcv_zsession_forget(struct dcv_zsession *session)
{
	dcv_zfound_free(session->cache);
	session->cache = NULL;
	session->cache_good = false;
}

static bool is_asked(const struct dcv_zfound *found, const struct dcv_name *owner)
{
	size_t node = dcv_znodes_find(&found->nodes, owner);

	return node != DCV_ZNONE && found->nodes.items[node].asked;
}

/* Included files are not watched, so a zone that has them is always scanned. */
static bool cache_serves(const struct dcv_zsession *session, const struct dcv_zcall *call,
	const struct dcv_name *owners, size_t n)
{
	const struct dcv_zfound *cache = session->cache;
	struct dcv_zident now;

	if (cache == NULL || !session->cache_good || cache->n_files > 1 ||
		!dcv_name_equal(&cache->nodes.apex, &call->apex))
		return false;
	dcv_zident_of(&call->zone.st, &now);
	if (!dcv_zident_equal(&now, &cache->files[0].ident))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_asked(cache, &owners[i]))
			return false;
	return true;
}

/* The kernel stamps files with its coarse clock: what is older than that clock's present tick
 * gets another stamp if it is written to from now on. */
static bool is_at_rest(const struct stat *st)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME_COARSE, &now) != 0)
		return false;
	return st->st_ctim.tv_sec < now.tv_sec ||
		(st->st_ctim.tv_sec == now.tv_sec && st->st_ctim.tv_nsec < now.tv_nsec);
}

/* Only a signer can make the signatures of a signed file good again. */
static enum dcvp_class judge_signed(const struct dcv_zsession *session,
	const struct dcv_zfound *found, struct dcvp_error *err)
{
	if (found->rrsig_line == 0 || session->server.signer != NULL)
		return DCVP_OK;
	(void)dcv_zfail(err, DCVP_REFUSED,
		"%s:%llu: signed zone file: an edit would break its signatures",
		found->files[found->rrsig_file].path,
		(unsigned long long)found->rrsig_line);
	return dcv_zhelp(err, DCVP_REFUSED,
		"help: name the unsigned file that the signer reads in `file:` of zone %s, or a command that signs this one in place in `signer:`",
		session->server.zone);
}

static enum dcvp_class scan(struct dcv_zsession *session, struct dcv_zcall *call,
	const struct dcv_name *owners, size_t n, struct dcv_zfound **ret,
	struct dcvp_error *err)
{
	const struct dcv_zsource source = {.fd = call->zone.fd,
		.path = call->zone.path,
		.dir = call->zone.dir};
	bool at_rest = is_at_rest(&call->zone.st);
	enum dcvp_class end = dcv_zinto_check(session, call, err);

	if (end != DCVP_OK)
		return end;
	if (!cache_serves(session, call, owners, n)) {
		dcv_zsession_forget(session);
		end = dcv_zgather(&source, &call->apex, owners, n, &session->cache, err);
		if (end != DCVP_OK)
			return end;
		session->cache_good = at_rest;
	}
	session->cache->serial_external = session->serial_external;
	session->cache->comment = session->comment;
	*ret = session->cache;
	end = judge_signed(session, session->cache, err);
	return end == DCVP_OK ? dcv_zinto_find(session, call, session->cache, err) : end;
}

/* Refuses names that are not in the zone before anything is read for them. */
static enum dcvp_class read_owner(const struct dcv_zcall *call, const char *text,
	struct dcv_name *ret, struct dcvp_error *err)
{
	struct dcv_error why = {0};

	if (dcv_name_from(text, ret, &why) != DCV_OK)
		return dcv_zfail(err, DCVP_INVALID, "%s", why.text);
	return dcv_name_is_within(ret, &call->apex)
		? DCVP_OK
		: dcv_zfail(err, DCVP_INVALID, "%s: not in this zone", text);
}

enum dcvp_class dcv_zsession_scan(struct dcv_zsession *session, struct dcv_zcall *call,
	const char *const *owners, size_t n, struct dcv_zfound **ret_found,
	struct dcv_name **ret_owners, struct dcvp_error *err)
{
	struct dcv_name *names = dcv_arena_array(&call->arena, n, sizeof *names);
	enum dcvp_class end = DCVP_OK;

	if (names == NULL)
		return dcv_znomem(err);
	for (size_t i = 0; i < n && end == DCVP_OK; i++)
		end = read_owner(call, owners[i], &names[i], err);
	if (end == DCVP_OK)
		end = scan(session, call, names, n, ret_found, err);
	if (end == DCVP_OK && ret_owners != NULL)
		*ret_owners = names;
	return end;
}

enum dcvp_class dcv_zsession_scan_change(struct dcv_zsession *session,
	struct dcv_zcall *call, const struct dcvp_change *change,
	struct dcv_zfound **ret_found, struct dcvp_error *err)
{
	const char **owners = dcv_arena_array(&call->arena, change->n_edits,
		sizeof *owners);

	if (owners == NULL)
		return dcv_znomem(err);
	for (size_t i = 0; i < change->n_edits; i++)
		owners[i] = change->edits[i].owner;
	return dcv_zsession_scan(session, call, owners, change->n_edits, ret_found, NULL,
		err);
}
