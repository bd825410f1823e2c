/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what tells one state of a zone from the next, where the backend has nothing of
 * the kind. */
#include <inttypes.h>
#include <stdio.h>

#include "providers/kit/kit.h"

/* FNV-1a. */
static uint64_t mix(uint64_t hash, const char *text)
{
	do {
		hash ^= (unsigned char)*text;
		hash *= UINT64_C(0x100000001b3);
	} while (*text++ != '\0');
	return hash;
}

/* The order of sets and records in a listing is not promised, so that of them is summed up. */
const char *dcv_kit_etag(struct dcv_kit *kit, const struct dcvp_rrset *sets, size_t n)
{
	uint64_t sum = n;
	char number[32];

	for (size_t i = 0; i < n && !kit->nomem; i++) {
		const struct dcvp_rrset *set = &sets[i];
		uint64_t head = mix(UINT64_C(0xcbf29ce484222325), set->owner);

		(void)snprintf(number, sizeof number, "%u %" PRIu32, set->type,
			set->ttl_s);
		head = mix(head, number);
		for (size_t k = 0; k < set->n; k++)
			sum += mix(head, set->rdata[k]);
	}
	return kit->nomem ? NULL : dcv_kit_format(kit, "%016" PRIx64, sum);
}
