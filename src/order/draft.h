/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* An order that is being made: its parts, and the document that says them. */
#ifndef DCV_ORDER_DRAFT_H
#define DCV_ORDER_DRAFT_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* A line `OWNER TYPE VALUE`, or the words of a console. */
struct dcv_draft_record {
	const char *line; /* NULL: the four below */
	const char *domain, *host, *type, *value; /* domain may be NULL */
};

/* Texts are UTF-8; NULL: the key is left out. */
struct dcv_draft {
	const char *note; /* a comment before the first key */
	const char *id, *certificate, *ca, *service;
	uint32_t ttl_s; /* 0: the key is left out */
	size_t n_names, n_records;
	const char *const *names;
	const struct dcv_draft_record *records;
};

/* The YAML document, which dcv_orders_parse reads back; in the arena. NULL when memory is out,
 * or the document is over the limit of a file. Nothing is checked here. */
char *dcv_draft_text(const struct dcv_draft *draft, struct dcv_arena *arena);

#endif
