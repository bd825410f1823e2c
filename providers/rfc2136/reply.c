/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what the answers of servers mean for a person: codes and errors of TSIG. It does
 * not know what was asked. */
#include "providers/rfc2136/reply.h"

#include <stdio.h>
#include <stdlib.h>

#include "dns/reader.h"
#include "providers/rfc2136/fail.h"

#define MASK_RCODE 0x0fu

/* Subject of every message here. */
struct speaker {
	char addr[DCV_ADDR_TEXT_MAX], key[DCV_NAME_TEXT_MAX];
};

static void introduce(const struct dcv_rsession *session, struct speaker *ret)
{
	(void)dcv_rlink_text(&session->link, ret->addr);
	(void)dcv_name_text(&session->key.name, ret->key);
}

static enum dcvp_class in_doubt(const struct dcv_rrequest *request)
{
	return request->update ? DCVP_UNKNOWN : DCVP_FAILED;
}

static enum dcvp_class fail_clock(const struct speaker *who, enum dcvp_class end,
	int64_t ahead_s, struct dcvp_error *err)
{
	(void)dcv_rfail(err, end, DCVP_CAUSE_CLOCK,
		"%s: our clock is %lld s %s that of the server, and TSIG takes %d s",
		who->addr, llabs((long long)ahead_s), ahead_s > 0 ? "ahead of" : "behind",
		DCV_TSIG_FUDGE_S);
	return dcv_rhelp(err, end,
		"help: set the clock that is wrong: does NTP run on both hosts?");
}

static enum dcvp_class fail_wrong(const struct dcv_rsession *session,
	const struct dcv_rrequest *request, const struct dcv_tsig_said *said,
	struct dcvp_error *err)
{
	struct speaker who;

	introduce(session, &who);
	if (said->server_s != 0)
		return fail_clock(&who, in_doubt(request),
			session->host->wall_s(session->host->ctx) - said->server_s, err);
	(void)dcv_rfail(err, in_doubt(request), DCVP_CAUSE_PROTOCOL,
		"%s: the answer cannot be believed: %s", who.addr, said->why);
	return dcv_rhelp(err, in_doubt(request),
		"help: has something between here and the server changed the answer, or the server another key than %.255s?",
		who.key);
}

/* A server that cannot or will not check a signature cannot sign. */
static bool may_be_unsigned(uint8_t rcode)
{
	return rcode == DCV_RCODE_FORMERR || rcode == DCV_RCODE_SERVFAIL ||
		rcode == DCV_RCODE_NOTIMP || rcode == DCV_RCODE_REFUSED ||
		rcode == DCV_RCODE_NOTAUTH;
}

enum dcvp_class dcv_rreply_read(const struct dcv_rsession *session,
	const struct dcv_rrequest *request, const uint8_t *msg, size_t len,
	struct dcv_rreply *ret, struct dcvp_error *err)
{
	struct dcv_error why = {.code = DCV_OK};
	int64_t now_s = session->host->wall_s(session->host->ctx);
	struct speaker who;

	if (dcv_tsig_verify(&session->key, &request->mac, now_s, msg, len, &ret->said,
		    &why) != DCV_OK)
		return dcv_rfrom(err, in_doubt(request), &why);
	ret->rcode = msg[3] & MASK_RCODE;
	if (ret->said.verdict == DCV_TSIG_WRONG)
		return fail_wrong(session, request, &ret->said, err);
	if (ret->said.verdict == DCV_TSIG_GOOD || may_be_unsigned(ret->rcode))
		return DCVP_OK;
	introduce(session, &who);
	return dcv_rfail(err, in_doubt(request), DCVP_CAUSE_PROTOCOL,
		"%s: the answer (%s) is not signed", who.addr, dcv_rcode_text(ret->rcode));
}

static enum dcvp_class fail_forbidden(const struct dcv_rrequest *request,
	const struct speaker *who, struct dcvp_error *err)
{
	if (request->update)
		(void)dcv_rfail(err, DCVP_FAILED, DCVP_CAUSE_FORBIDDEN,
			"%s: refuses this update of %s to the key %.255s", who->addr,
			request->zone, who->key);
	else
		(void)dcv_rfail(err, DCVP_FAILED, DCVP_CAUSE_FORBIDDEN,
			"%s: refuses updates of %s to the key %.255s; by such, which change nothing, names under a wildcard are told apart",
			who->addr, request->zone, who->key);
	return dcv_rhelp(err, DCVP_FAILED,
		"help: give the key the right to all of it: BIND: update-policy { grant %.100s zonesub TXT CNAME CAA; }; (or `rndc thaw` a frozen zone; a secondary refuses too: name the primary) · Knot: acl with key and action: update, whose update-type and update-owner let it pass · PowerDNS: dnsupdate=yes, allow-dnsupdate-from, and pdnsutil set-meta ZONE TSIG-ALLOW-DNSUPDATE KEY · see dcvctl-rfc2136(7)",
		who->key);
}

/* A question that takes no right, or a request that does. */
static enum dcvp_class fail_refused(const struct dcv_rrequest *request,
	const struct speaker *who, struct dcvp_error *err)
{
	if (request->update || request->in_use)
		return fail_forbidden(request, who, err);
	(void)dcv_rfail(err, DCVP_FAILED, DCVP_CAUSE_FORBIDDEN,
		"%s: refuses questions of %s to the key %.255s", who->addr, request->zone,
		who->key);
	return dcv_rhelp(err, DCVP_FAILED,
		"help: does this server hold the zone, in the view that the key sees?");
}

/* Knot says BADKEY of a key that it knows too, if it may not make this update. */
static bool is_forbidden(const struct dcv_rsession *session,
	const struct dcv_rrequest *request, const struct dcv_rreply *reply)
{
	return reply->said.error == DCV_TSIG_BADKEY && session->believed &&
		(request->update || request->in_use);
}

static enum dcvp_class fail_tsig(const struct dcv_rsession *session,
	const struct dcv_rrequest *request, const struct dcv_rreply *reply,
	const struct speaker *who, struct dcvp_error *err)
{
	(void)snprintf(err->code, sizeof err->code, "TSIG %u", reply->said.error);
	if (is_forbidden(session, request, reply))
		return fail_forbidden(request, who, err);
	if (reply->said.error == DCV_TSIG_BADTIME && reply->said.server_s != 0)
		return fail_clock(who, DCVP_FAILED,
			session->host->wall_s(session->host->ctx) - reply->said.server_s,
			err);
	(void)dcv_rfail(err, DCVP_FAILED,
		reply->said.error == DCV_TSIG_BADTIME ? DCVP_CAUSE_CLOCK : DCVP_CAUSE_AUTH,
		"%s: the key %.255s (%s) is not taken: %s", who->addr, who->key,
		dcv_tsig_algorithm(&session->key), dcv_tsig_error_text(reply->said.error));
	return dcv_rhelp(err, DCVP_FAILED,
		"help: name, algorithm and secret must be the same in the account's key file and at the server; one that takes no updates, as NSD, may have no keys: bind the zone to its file then");
}

/* Of a question it means the key: so PowerDNS says whatever is wrong with a signature, and does not
 * say what. */
static enum dcvp_class fail_notauth(const struct dcv_rsession *session,
	const struct dcv_rrequest *request, const struct speaker *who,
	struct dcvp_error *err)
{
	if (!request->update && !request->in_use) {
		(void)dcv_rfail(err, DCVP_FAILED, DCVP_CAUSE_AUTH,
			"%s: the key %.255s (%s) is not taken (NOTAUTH, as PowerDNS says whatever the reason)",
			who->addr, who->key, dcv_tsig_algorithm(&session->key));
		return dcv_rhelp(err, DCVP_FAILED,
			"help: name, algorithm and secret must be the same in the account's key file and at the server (pdnsutil list-tsig-keys), and the clocks less than %d s apart",
			DCV_TSIG_FUDGE_S);
	}
	(void)dcv_rfail(err, DCVP_FAILED, DCVP_CAUSE_NOT_READY,
		"%s: is not the primary of %s, or does not let the key %.255s write there (NOTAUTH)",
		who->addr, request->zone, who->key);
	return dcv_rhelp(err, DCVP_FAILED,
		"help: name the zone's primary as the account's server; with Knot, the zone needs an acl with this key and action: update");
}

static enum dcvp_class fail_notimp(const struct dcv_rrequest *request,
	const struct speaker *who, struct dcvp_error *err)
{
	(void)dcv_rfail(err, DCVP_FAILED, DCVP_CAUSE_FORBIDDEN,
		"%s: this server takes no updates (NOTIMP), as NSD does not", who->addr);
	return dcv_rhelp(err, DCVP_FAILED,
		"help: bind the zone to its file: - {zone: %.200s, file: …, reload: nsd}",
		request->zone);
}

enum dcvp_class dcv_rreply_fail(const struct dcv_rsession *session,
	const struct dcv_rrequest *request, const struct dcv_rreply *reply,
	struct dcvp_error *err)
{
	const char *code = dcv_rcode_text(reply->rcode);
	struct speaker who;

	introduce(session, &who);
	if (reply->said.error != 0)
		return fail_tsig(session, request, reply, &who, err);
	(void)snprintf(err->code, sizeof err->code, "%s", code);
	switch (reply->rcode) {
	case DCV_RCODE_REFUSED:
		return fail_refused(request, &who, err);
	case DCV_RCODE_NOTIMP:
		return fail_notimp(request, &who, err);
	case DCV_RCODE_NOTAUTH:
		return fail_notauth(session, request, &who, err);
	case DCV_RCODE_NOTZONE:
		return dcv_rfail(err, DCVP_FAILED, DCVP_CAUSE_VALUE,
			"%s: a name does not lie in %s (NOTZONE)", who.addr,
			request->zone);
	case DCV_RCODE_FORMERR:
		return dcv_rfail(err, DCVP_FAILED, DCVP_CAUSE_VALUE,
			"%s: does not understand the request (FORMERR)", who.addr);
	case DCV_RCODE_YXDOMAIN:
	case DCV_RCODE_YXRRSET:
		return dcv_rfail(err, DCVP_CONFLICT, DCVP_CAUSE_EXISTS_OTHER,
			"%s: records stand in %s where none was, or a CNAME in their way (%s)",
			who.addr, request->zone, code);
	case DCV_RCODE_NXRRSET:
	case DCV_RCODE_NXDOMAIN:
		return dcv_rfail(err, DCVP_CONFLICT, DCVP_CAUSE_NONE,
			"%s: records in %s are not as they were read (%s)", who.addr,
			request->zone, code);
	default:
		/* The server may have stopped half way. */
		(void)dcv_rfail(err, in_doubt(request), DCVP_CAUSE_UNAVAILABLE,
			"%s: cannot %s %s now (%s): its log says why", who.addr,
			request->update ? "change" : "answer about", request->zone, code);
		if (!request->update || reply->rcode != DCV_RCODE_SERVFAIL)
			return in_doubt(request);
		return dcv_rhelp(err, in_doubt(request),
			"help: a full disk, a zone that is frozen or not loaded; BIND also refuses so to let a set grow past its max-records-per-type, 100 if none is set");
	}
}
