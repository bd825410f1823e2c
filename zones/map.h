/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside zones/ only: what the octets of a text are, a bit for each, found out before the text is
 * read. So a line is read without waiting for the look at the line before it. */
#ifndef DCV_ZONES_MAP_H
#define DCV_ZONES_MAP_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define DCV_ZBLOCK 64u /* octets */
#define DCV_ZMAP_BLOCKS 128u /* at once, at most: they stay in the nearest cache */
#define DCV_ZMAP_VIEW 56u /* octets whose bits are looked at together */

struct dcv_zbits {
	uint64_t blank; /* space, tab */
	uint64_t odd; /* what ends the plain part: line end, quote, parenthesis, … */
};

struct dcv_zmap {
	const char *text;
	size_t len; /* at hand */
	size_t end; /* of which the bits are there */
	bool ended; /* somebody wanted those beyond it */
	/* Bits from the lowest of the first octet on, whatever the machine. */
	uint64_t blank[DCV_ZMAP_BLOCKS + 1];
	uint64_t odd[DCV_ZMAP_BLOCKS + 1];
	uint64_t dots[DCV_ZMAP_BLOCKS + 1];
};

/* Of n blocks of the text, DCV_ZMAP_BLOCKS at most, or of the whole ones that are at hand. */
void dcv_zmap_make(const char *text, size_t len, size_t n, struct dcv_zmap *ret);

/* The same for an entry that may be shorter than a block; what is behind it is odd. DCV_ZSCAN_PAD
 * octets behind it can be read. */
void dcv_zmap_entry(const char *text, size_t len, size_t n, struct dcv_zmap *ret);

/* Whether there is a whole view at that place. */
static inline bool dcv_zmap_has(struct dcv_zmap *map, size_t at)
{
	if (at + DCV_ZMAP_VIEW <= map->end)
		return true;
	map->ended = true;
	return false;
}

/* The view at that place: behind it comes a bit that is set, so that there is always a first one;
 * those above it mean nothing. */
static inline uint64_t dcv_zmap_view(const uint64_t *map, size_t at)
{
	uint64_t bits;

	memcpy(&bits, (const uint8_t *)map + at / 8, sizeof bits);
	return le64toh(bits) >> at % 8 | (uint64_t)1 << DCV_ZMAP_VIEW;
}

/* The position of the first bit, DCV_ZMAP_VIEW if there is none. */
static inline unsigned dcv_zmap_first(uint64_t view)
{
	return (unsigned)__builtin_ctzll(view);
}

#endif
