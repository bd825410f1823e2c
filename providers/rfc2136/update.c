/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the form of an UPDATE message. It does not know which records should change. */
#include "providers/rfc2136/update.h"

#include "dns/reader.h"

#define OPCODE_UPDATE 0x2800u
#define POINTER_TO_ZONE (0xc000u | DCV_HEADER_LEN) /* its name stands behind the header */
#define FIXED_LEN 10u /* of an RR */

enum { CLASS_IN = 1, CLASS_NONE = 254, CLASS_ANY = 255 };
enum { PREREQUISITES = 6, UPDATES = 8 }; /* where their counts stand */

struct writer {
	struct dcv_buf *msg;
	const struct dcv_name *apex;
};

static void put_u16(struct writer *w, unsigned value)
{
	const uint8_t octets[] = {(uint8_t)(value >> 8), (uint8_t)value};

	dcv_buf_add(w->msg, octets, sizeof octets);
}

/* Header and zone section. */
static void begin(struct writer *w, uint16_t id)
{
	put_u16(w, id);
	put_u16(w, OPCODE_UPDATE);
	put_u16(w, 1);
	for (int i = 0; i < 3; i++)
		put_u16(w, 0);
	dcv_buf_add(w->msg, w->apex->wire, w->apex->len);
	put_u16(w, DCV_TYPE_SOA);
	put_u16(w, CLASS_IN);
}

static void put_owner(struct writer *w, const struct dcv_name *owner)
{
	if (!dcv_name_is_within(owner, w->apex)) {
		dcv_buf_add(w->msg, owner->wire, owner->len);
		return;
	}
	dcv_buf_add(w->msg, owner->wire, (size_t)owner->len - w->apex->len);
	put_u16(w, POINTER_TO_ZONE);
}

/* One RR, counted. rdata NULL: it has none. */
static void put_rr(struct writer *w, unsigned section, const struct dcv_name *owner,
	uint16_t type, unsigned class, uint32_t ttl_s, const struct dcv_rdata *rdata)
{
	put_owner(w, owner);
	put_u16(w, type);
	put_u16(w, class);
	put_u16(w, ttl_s >> 16);
	put_u16(w, ttl_s & UINT16_MAX);
	put_u16(w, rdata == NULL ? 0 : rdata->len);
	if (rdata != NULL)
		dcv_buf_add(w->msg, rdata->wire, rdata->len);
	if (w->msg->failed)
		return;

	unsigned count = dcv_get_u16(w->msg->data + section) + 1u;

	w->msg->data[section] = (uint8_t)(count >> 8);
	w->msg->data[section + 1] = (uint8_t)count;
}

void dcv_rupdate_ask_use(const struct dcv_name *apex, const struct dcv_name *name,
	uint16_t id, struct dcv_buf *msg)
{
	struct writer w = {msg, apex};

	begin(&w, id);
	put_rr(&w, PREREQUISITES, name, DCV_TYPE_ANY, CLASS_ANY, 0, NULL);
}

void dcv_rupdate_ask_unused(const struct dcv_name *apex, const struct dcv_name *names,
	size_t n, uint16_t id, struct dcv_buf *msg)
{
	struct writer w = {msg, apex};

	begin(&w, id);
	for (size_t i = 0; i < n; i++)
		put_rr(&w, PREREQUISITES, &names[i], DCV_TYPE_ANY, CLASS_NONE, 0, NULL);
}

/* RFC 2136 2.4. A server answers NOERROR to a CNAME beside other data, and does nothing
 * (3.4.2.2): hence more is asked for than that the set is as it was. */
static void put_before(struct writer *w, const struct dcv_rchange *change)
{
	const struct dcv_name *owner = &change->owner;

	if (change->no_cname)
		put_rr(w, PREREQUISITES, owner, DCV_TYPE_CNAME, CLASS_NONE, 0, NULL);
	if (change->unused)
		put_rr(w, PREREQUISITES, owner, DCV_TYPE_ANY, CLASS_NONE, 0, NULL);
	else if (change->before.n == 0)
		put_rr(w, PREREQUISITES, owner, change->type, CLASS_NONE, 0, NULL);
	else if (change->loose)
		put_rr(w, PREREQUISITES, owner, change->type, CLASS_ANY, 0, NULL);
	for (size_t i = 0; !change->loose && i < change->before.n; i++)
		put_rr(w, PREREQUISITES, owner, change->type, CLASS_IN, 0,
			&change->before.rdata[i]);
}

static size_t sum(const struct dcv_rdata *rdata, size_t n, size_t owner)
{
	size_t octets = 0;

	for (size_t i = 0; i < n; i++)
		octets += owner + FIXED_LEN + rdata[i].len;
	return octets;
}

size_t dcv_rupdate_size(const struct dcv_name *apex, const struct dcv_rchange *change)
{
	size_t owner = change->owner.len, without = change->no_cname; /* RDATA */

	if (dcv_name_is_within(&change->owner, apex))
		owner = owner - apex->len + 2u; /* a pointer stands for the zone */
	if (change->unused || change->before.n == 0)
		without++;
	return without * (owner + FIXED_LEN) +
		sum(change->before.rdata, change->before.n, owner) +
		sum(change->remove, change->n_remove, owner) +
		sum(change->add, change->n_add, owner);
}

void dcv_rupdate_write(const struct dcv_name *apex, const struct dcv_rchange *changes,
	size_t n, uint16_t id, struct dcv_buf *msg)
{
	struct writer w = {msg, apex};

	begin(&w, id);
	for (size_t i = 0; i < n; i++)
		put_before(&w, &changes[i]);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < changes[i].n_remove; k++)
			put_rr(&w, UPDATES, &changes[i].owner, changes[i].type,
				CLASS_NONE, 0, &changes[i].remove[k]);
	}
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < changes[i].n_add; k++)
			put_rr(&w, UPDATES, &changes[i].owner, changes[i].type, CLASS_IN,
				changes[i].ttl_s, &changes[i].add[k]);
	}
}
