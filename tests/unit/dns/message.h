/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* For tests: makes DNS messages octet by octet, good ones and bad ones. */
#ifndef TESTS_UNIT_DNS_MESSAGE_H
#define TESTS_UNIT_DNS_MESSAGE_H

#include <string.h>

#include "dns/wire.h"

struct message {
	uint8_t data[DCV_MESSAGE_MAX];
	size_t len;
};

static inline void put_octets(struct message *m, const void *octets, size_t n)
{
	if (n > 0 && n <= sizeof m->data - m->len) {
		memcpy(m->data + m->len, octets, n);
		m->len += n;
	}
}

static inline void put_u8(struct message *m, unsigned value)
{
	const uint8_t octet = (uint8_t)value;

	put_octets(m, &octet, 1);
}

static inline void put_u16(struct message *m, unsigned value)
{
	put_u8(m, value >> 8);
	put_u8(m, value & 0xff);
}

static inline void put_u32(struct message *m, uint32_t value)
{
	put_u16(m, value >> 16);
	put_u16(m, value & 0xffff);
}

static inline void set_u16(struct message *m, size_t at, unsigned value)
{
	m->data[at] = (uint8_t)(value >> 8);
	m->data[at + 1] = (uint8_t)value;
}

static inline void put_name(struct message *m, const char *text)
{
	struct dcv_name name = {.len = 0};

	if (dcv_name_from(text, &name, NULL) == DCV_OK) {
		put_octets(m, name.wire, name.len);
	}
}

enum { FLAGS_AA = 0x8400, FLAGS_NO_AA = 0x8000, FLAGS_TC = 0x8600 };

/* Header and question as the query has them; counts 0. */
static inline void begin_answer(struct message *m, const struct dcv_query *query,
	unsigned flags)
{
	m->len = 0;
	put_u16(m, query->id);
	put_u16(m, flags);
	put_u16(m, 1);
	put_u16(m, 0);
	put_u16(m, 0);
	put_u16(m, 0);
	put_octets(m, query->qname, query->name.len);
	put_u16(m, query->type);
	put_u16(m, 1);
}

enum section { ANSWER = 6, AUTHORITY = 8, ADDITIONAL = 10 };

/* Fixed part of an RR whose owner stands already; counts it. Returns where RDLENGTH is. */
static inline size_t begin_rr(struct message *m, enum section section, unsigned type,
	unsigned class, uint32_t ttl_s)
{
	set_u16(m, section, ((unsigned)m->data[section] << 8 | m->data[section + 1]) + 1u);
	put_u16(m, type);
	put_u16(m, class);
	put_u32(m, ttl_s);
	put_u16(m, 0);
	return m->len - 2;
}

static inline void end_rr(struct message *m, size_t rdlength)
{
	set_u16(m, rdlength, (unsigned)(m->len - rdlength - 2));
}

/* An RR whose owner is the question's name, by pointer. */
static inline void put_rr(struct message *m, enum section section, unsigned type,
	uint32_t ttl_s, const void *rdata, size_t n)
{
	put_u16(m, 0xc00c);

	size_t at = begin_rr(m, section, type, 1, ttl_s);

	put_octets(m, rdata, n);
	end_rr(m, at);
}

/* A TXT of one string. */
static inline void put_txt(struct message *m, uint32_t ttl_s, const char *text)
{
	uint8_t wire[256];
	size_t n = strlen(text);

	wire[0] = (uint8_t)n;
	memcpy(wire + 1, text, n);
	put_rr(m, ANSWER, DCV_TYPE_TXT, ttl_s, wire, n + 1);
}

static inline void put_soa(struct message *m, enum section section, uint32_t serial)
{
	put_u16(m, 0xc00c);

	size_t at = begin_rr(m, section, DCV_TYPE_SOA, 1, 600);

	put_name(m, "ns1.example.com.");
	put_name(m, "hostmaster.example.com.");
	put_u32(m, serial);
	put_u32(m, 7200);
	put_u32(m, 900);
	put_u32(m, 1209600);
	put_u32(m, 300);
	end_rr(m, at);
}

#endif
