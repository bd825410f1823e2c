/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what one answer says about one wanted record set. It does not know sockets,
 * rounds or time. */
#include "check/judge.h"

#include <string.h>

#include "check/stub_parts.h"

const char *dcv_seen_text(enum dcv_seen seen)
{
	switch (seen) {
	case DCV_SEEN_NOT_ASKED:
		return "not-asked";
	case DCV_SEEN_HAS:
		return "ok";
	case DCV_SEEN_OLD:
		return "old";
	case DCV_SEEN_ABSENT:
		return "absent";
	case DCV_SEEN_TIMEOUT:
		return "timeout";
	case DCV_SEEN_NO_ROUTE:
		return "no-route";
	case DCV_SEEN_REFUSED_CONN:
		return "closed";
	case DCV_SEEN_RCODE:
		return "rcode";
	case DCV_SEEN_NOT_AA:
		return "not-authoritative";
	case DCV_SEEN_CASE:
		return "case";
	case DCV_SEEN_MALFORMED:
		return "malformed";
	case DCV_SEEN_NO_TCP:
		return "no-tcp";
	case DCV_SEEN_TLS:
		return "tls";
	}
	return "?";
}

bool dcv_seen_is_answer(enum dcv_seen seen)
{
	switch (seen) {
	case DCV_SEEN_HAS:
	case DCV_SEEN_OLD:
	case DCV_SEEN_ABSENT:
	case DCV_SEEN_RCODE:
	case DCV_SEEN_NOT_AA:
	case DCV_SEEN_CASE:
	case DCV_SEEN_MALFORMED:
	case DCV_SEEN_NO_TCP:
		return true;
	case DCV_SEEN_NOT_ASKED:
	case DCV_SEEN_TIMEOUT:
	case DCV_SEEN_NO_ROUTE:
	case DCV_SEEN_REFUSED_CONN:
	case DCV_SEEN_TLS:
		return false;
	}
	return false;
}

/* The octets of the strings of a TXT, one after the other. */
struct strings {
	const struct dcv_rdata *rdata;
	size_t at, left; /* next octet, and how many of its string are left */
};

/* -1 at the end. An RDATA that ends inside a string ends there. */
static int next_octet(struct strings *s)
{
	while (s->left == 0 && s->at < s->rdata->len) {
		s->left = s->rdata->wire[s->at++];
	}
	if (s->at >= s->rdata->len) {
		return -1;
	}
	s->left--;
	return s->rdata->wire[s->at++];
}

bool dcv_judge_equal(uint16_t type, const struct dcv_rdata *a, const struct dcv_rdata *b)
{
	struct strings of_a = {.rdata = a}, of_b = {.rdata = b};
	int octet = 0;

	if (type != DCV_TYPE_TXT || dcv_rdata_equal(a, b)) {
		return dcv_rdata_equal(a, b);
	}
	/* A CA compares the joined strings, and a provider may cut them in its own way. */
	do {
		octet = next_octet(&of_a);
		if (octet != next_octet(&of_b)) {
			return false;
		}
	} while (octet >= 0);
	return true;
}

static bool has(const struct dcv_rrset *set, const struct dcv_rdata *rdata)
{
	for (size_t i = 0; set != NULL && i < set->n; i++) {
		if (dcv_judge_equal(set->type, &set->rdata[i], rdata)) {
			return true;
		}
	}
	return false;
}

static bool has_all(const struct dcv_rrset *set, const struct dcv_check_item *item)
{
	for (size_t i = 0; i < item->n_wanted; i++) {
		if (!has(set, &item->wanted[i])) {
			return false;
		}
	}
	return true;
}

/* What an authoritative answer without an error says. */
static void judge_data(const struct dcv_check_item *item, const struct dcv_answer *answer,
	struct dcv_judgement *ret)
{
	const struct dcv_rrset *set = dcv_answer_set(answer, &item->owner, item->type);
	const struct dcv_rrset *alias = dcv_answer_set(answer, &item->owner,
		DCV_TYPE_CNAME);

	if (set != NULL) {
		ret->ttl_s = set->ttl_s;
	}
	ret->cached_s = dcv_stub_ttl(answer, &item->owner,
		set == NULL && alias != NULL ? DCV_TYPE_CNAME : item->type);
	for (size_t i = 0; i < item->n_unwanted; i++) {
		if (has(set, &item->unwanted[i])) {
			ret->unwanted = i;
			ret->seen = DCV_SEEN_OLD;
			return;
		}
	}
	if (has_all(set, item)) {
		ret->seen = DCV_SEEN_HAS;
	} else {
		/* An alias in its place is something else than nothing there. */
		ret->seen = set != NULL || alias != NULL ? DCV_SEEN_OLD : DCV_SEEN_ABSENT;
	}
	ret->no_soa = set == NULL && alias == NULL && !answer->has_soa;
}

static void judge_answer(const struct dcv_check_item *item,
	const struct dcv_answer *answer, struct dcv_judgement *ret)
{
	ret->rcode = answer->rcode;
	if (answer->rcode != DCV_RCODE_NOERROR && answer->rcode != DCV_RCODE_NXDOMAIN) {
		ret->seen = DCV_SEEN_RCODE;
	} else if (!answer->aa) {
		ret->seen = DCV_SEEN_NOT_AA;
	} else {
		judge_data(item, answer, ret);
	}
}

static enum dcv_seen seen_of(enum dcv_fate fate)
{
	switch (fate) {
	case DCV_FATE_CASE:
		return DCV_SEEN_CASE;
	case DCV_FATE_MALFORMED:
		return DCV_SEEN_MALFORMED;
	case DCV_FATE_NO_ROUTE:
		return DCV_SEEN_NO_ROUTE;
	case DCV_FATE_REFUSED:
		return DCV_SEEN_REFUSED_CONN;
	case DCV_FATE_ANSWER:
	case DCV_FATE_TIMEOUT:
	case DCV_FATE_CUT:
	case DCV_FATE_UNSENT:
		break;
	}
	return DCV_SEEN_TIMEOUT;
}

enum dcv_seen dcv_seen_of(const struct dcv_reply *reply)
{
	enum dcv_seen seen = seen_of(reply->fate);

	/* TCP is tried only after UDP has answered: what fails there is TCP. */
	return reply->tcp && !dcv_seen_is_answer(seen) ? DCV_SEEN_NO_TCP : seen;
}

struct dcv_judgement dcv_judge(const struct dcv_check_item *item,
	const struct dcv_reply *reply)
{
	struct dcv_judgement ret = {.unwanted = item->n_unwanted};

	if (reply->fate == DCV_FATE_ANSWER) {
		judge_answer(item, reply->answer, &ret);
		return ret;
	}
	ret.seen = dcv_seen_of(reply);
	return ret;
}
