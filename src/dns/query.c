/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a query is made and written. It does not know answers. */
#include <string.h>

#include "base/file.h"
#include "dns/wire.h"

#define CLASS_IN 1u
#define TYPE_OPT 41u
#define FLAG_RD 0x0100u
#define EDNS_DO 0x8000u

static uint8_t *put_u16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
	return p + 2;
}

enum dcv_err dcv_query_init(const struct dcv_name *name, uint16_t type, bool recursive,
	struct dcv_query *ret, struct dcv_error *err)
{
	uint8_t random[2 + DCV_NAME_MAX / 8 + 1];
	enum dcv_err rc = dcv_random(random, sizeof random, err);

	if (rc != DCV_OK) {
		return rc;
	}
	ret->name = *name;
	ret->type = type;
	ret->id = (uint16_t)(random[0] << 8 | random[1]);
	ret->recursive = recursive;
	ret->edns = true;
	ret->dnssec = false;
	/* A length octet is below 'a', so it is never taken for a letter. */
	for (size_t i = 0; i < name->len; i++) {
		bool upper = (random[2 + i / 8] >> i % 8 & 1) != 0;
		uint8_t c = name->wire[i];

		ret->qname[i] = upper && c >= 'a' && c <= 'z' ? c ^ 0x20 : c;
	}
	return DCV_OK;
}

size_t dcv_query_write(const struct dcv_query *query, uint8_t *out)
{
	uint8_t *p = put_u16(out, query->id);

	p = put_u16(p, query->recursive ? FLAG_RD : 0);
	p = put_u16(p, 1);
	p = put_u16(p, 0);
	p = put_u16(p, 0);
	p = put_u16(p, query->edns ? 1 : 0);
	memcpy(p, query->qname, query->name.len);
	p += query->name.len;
	p = put_u16(p, query->type);
	p = put_u16(p, CLASS_IN);
	if (query->edns) {
		/* RFC 6891 6.1.2: root, OPT, size, version 0, flags, no options. */
		*p++ = 0;
		p = put_u16(p, TYPE_OPT);
		p = put_u16(p, DCV_EDNS_SIZE);
		p = put_u16(p, 0);
		p = put_u16(p, query->dnssec ? EDNS_DO : 0);
		p = put_u16(p, 0);
	}
	return (size_t)(p - out);
}
