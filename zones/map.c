/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file makes the bits of a text, block by block, the fastest way that the machine has. */
#include "zones/map.h"

#include "zones/block.h"

#define BLOCK DCV_ZBLOCK

/* Built in with the functions that it is given. */
__attribute__((always_inline)) static inline void map_blocks(
	struct dcv_zbits (*bits_of)(const char *), uint64_t (*dots_of)(const char *),
	struct dcv_zmap *map, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct dcv_zbits bits = bits_of(map->text + i * BLOCK);

		map->blank[i] = htole64(bits.blank);
		map->odd[i] = htole64(bits.odd);
		map->dots[i] = htole64(dots_of(map->text + i * BLOCK));
	}
	map->blank[n] = map->odd[n] = map->dots[n] = 0;
}

#if defined(DCV_ZHAS_SSE2)
DCV_ZAVX2 static void map_avx2(struct dcv_zmap *map, size_t n)
{
	map_blocks(dcv_zbits_avx2, dcv_zdots_avx2, map, n);
}

static void map_octets(struct dcv_zmap *map, size_t n)
{
	if (dcv_zhas_avx2())
		map_avx2(map, n);
	else
		map_blocks(dcv_zbits_sse2, dcv_zdots_sse2, map, n);
}
#else
static void map_octets(struct dcv_zmap *map, size_t n)
{
	map_blocks(dcv_zbits_plain, dcv_zdots_plain, map, n);
}
#endif

void dcv_zmap_make(const char *text, size_t len, size_t n, struct dcv_zmap *ret)
{
	n = len / BLOCK < n ? len / BLOCK : n;
	ret->text = text;
	ret->len = len;
	ret->end = n * BLOCK;
	ret->ended = false;
	map_octets(ret, n);
}

void dcv_zmap_entry(const char *text, size_t len, size_t n, struct dcv_zmap *ret)
{
	if (len >= BLOCK) {
		dcv_zmap_make(text, len, n, ret);
		return;
	}
	dcv_zmap_make(text, BLOCK, 1, ret);
	ret->len = len;
	ret->odd[0] |= htole64(~(uint64_t)0 << len);
}
