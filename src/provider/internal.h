/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What the files of this room share. */
#ifndef DCV_PROVIDER_INTERNAL_H
#define DCV_PROVIDER_INTERNAL_H

#include "provider/backend.h"

struct dcv_backend {
	const struct dcv_backend_host *host;
	const struct dcvp_provider *provider;
	void *session;
	struct dcv_name apex;
	char zone[DCV_NAME_TEXT_MAX];
	struct dcvp_host services;
	struct dcv_arena lasting; /* what open() took */
	struct dcv_arena call; /* what the call in progress takes; cleared by the next */
	struct dcv_arena *current; /* the one that host->alloc serves from */
};

/* Names and edits as texts, in the arena; NULL when memory is out. */
const char *dcv_convert_name(const struct dcv_name *name, struct dcv_arena *arena);
struct dcvp_edit *dcv_convert_edits(const struct dcv_rrset_edit *edits, size_t n,
	struct dcv_arena *arena);

/* What a provider said of a zone, checked and in wire form, in the arena. Fails: DCV_E_FAILED
 * where a provider gave something that cannot be read. */
enum dcv_err dcv_convert_zone(const struct dcvp_zone *zone, const struct dcv_name *apex,
	struct dcv_arena *arena, struct dcv_zone_view *ret, struct dcv_error *err)
	DCV_NODISCARD;

#endif
