/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The JSON Schemas that lie beside the code, src/ROOM/NAME.schema.json. The build makes
 * octets of them (schemas.cmake). */
#ifndef DCV_CMD_SCHEMA_H
#define DCV_CMD_SCHEMA_H

#include <stddef.h>

struct dcv_schema {
	const char *name; /* "order" */
	const unsigned char *text;
	size_t len;
};

/* Sorted by path; ended by a NULL name. */
extern const struct dcv_schema dcv_schemas[];

#endif
