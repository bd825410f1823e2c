/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows one digest and no library. */
#include "base/sha256.h"

#include <string.h>

#include "base/buf.h"

#define ROUNDS 64u
#define WORDS (DCV_SHA256_LEN / 4)
#define LENGTH_LEN 8u /* of the number of bits at the end */
#define PAD_INNER 0x36
#define PAD_OUTER 0x5c

struct state {
	uint32_t h[WORDS];
	uint64_t n; /* octets so far */
	uint8_t block[DCV_SHA256_BLOCK];
};

/* FIPS 180-4 5.3.3, 4.2.2. */
static const uint32_t initial[WORDS] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
static const uint32_t constants[ROUNDS] = {0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5,
	0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
	0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
	0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138,
	0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624,
	0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5,
	0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f,
	0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turn(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

static uint32_t word_at(const uint8_t *octets)
{
	return (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 |
		(uint32_t)octets[2] << 8 | octets[3];
}

/* The block's words, and those that are made of them (FIPS 180-4 6.2.2, step 1). */
static void spread(const uint8_t *block, uint32_t w[ROUNDS])
{
	for (unsigned i = 0; i < 16; i++)
		w[i] = word_at(block + 4 * (size_t)i);
	for (unsigned i = 16; i < ROUNDS; i++) {
		uint32_t a = w[i - 15], b = w[i - 2];

		w[i] = w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ a >> 3) + w[i - 7] +
			(turn(b, 17) ^ turn(b, 19) ^ b >> 10);
	}
}

static void take_block(uint32_t h[WORDS], const uint8_t *block)
{
	uint32_t w[ROUNDS], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5],
			    g = h[6], last = h[7];

	spread(block, w);
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint32_t t = last + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) +
			((e & f) ^ (~e & g)) + constants[i] + w[i];
		uint32_t u = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) +
			((a & b) ^ (a & c) ^ (b & c));

		last = g;
		g = f;
		f = e;
		e = d + t;
		d = c;
		c = b;
		b = a;
		a = t + u;
	}
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
	h[4] += e;
	h[5] += f;
	h[6] += g;
	h[7] += last;
}

static void begin(struct state *state)
{
	memcpy(state->h, initial, sizeof state->h);
	state->n = 0;
}

static void add(struct state *state, const uint8_t *octets, size_t n)
{
	while (n > 0) {
		size_t used = state->n % DCV_SHA256_BLOCK, some = DCV_SHA256_BLOCK - used;

		if (some > n)
			some = n;
		memcpy(state->block + used, octets, some);
		state->n += some;
		octets += some;
		n -= some;
		if (used + some == DCV_SHA256_BLOCK)
			take_block(state->h, state->block);
	}
}

/* A one bit, zeroes, the number of bits (FIPS 180-4 5.1.1). */
static void end(struct state *state, uint8_t out[DCV_SHA256_LEN])
{
	uint8_t pad[DCV_SHA256_BLOCK + LENGTH_LEN] = {0x80};
	size_t used = state->n % DCV_SHA256_BLOCK;
	size_t n = (used < DCV_SHA256_BLOCK - LENGTH_LEN ? DCV_SHA256_BLOCK
							 : 2 * DCV_SHA256_BLOCK) -
		used;
	uint64_t bits = state->n * 8;

	for (unsigned i = 0; i < LENGTH_LEN; i++)
		pad[n - 1 - i] = (uint8_t)(bits >> 8 * i);
	add(state, pad, n);
	for (unsigned i = 0; i < DCV_SHA256_LEN; i++)
		out[i] = (uint8_t)(state->h[i / 4] >> (24 - 8 * (i % 4)));
}

void dcv_sha256(const void *octets, size_t n, uint8_t out[DCV_SHA256_LEN])
{
	struct state state;

	begin(&state);
	add(&state, octets, n);
	end(&state, out);
	explicit_bzero(&state, sizeof state);
}

void dcv_sha256_text(const void *octets, size_t n, char out[DCV_SHA256_TEXT_MAX])
{
	uint8_t digest[DCV_SHA256_LEN];

	dcv_sha256(octets, n, digest);
	dcv_hex(digest, sizeof digest, out);
}

/* The digest of the padded key and what follows it. */
static void keyed(const uint8_t key[DCV_SHA256_BLOCK], uint8_t pad, const void *octets,
	size_t n, uint8_t out[DCV_SHA256_LEN])
{
	uint8_t padded[DCV_SHA256_BLOCK];
	struct state state;

	for (size_t i = 0; i < sizeof padded; i++)
		padded[i] = key[i] ^ pad;
	begin(&state);
	add(&state, padded, sizeof padded);
	add(&state, octets, n);
	end(&state, out);
	explicit_bzero(padded, sizeof padded);
	explicit_bzero(&state, sizeof state);
}

void dcv_hmac_sha256(const void *key, size_t n_key, const void *octets, size_t n,
	uint8_t out[DCV_SHA256_LEN])
{
	uint8_t block[DCV_SHA256_BLOCK] = {0}, inner[DCV_SHA256_LEN];

	if (n_key > sizeof block)
		dcv_sha256(key, n_key, block);
	else if (n_key > 0)
		memcpy(block, key, n_key);
	keyed(block, PAD_INNER, octets, n, inner);
	keyed(block, PAD_OUTER, inner, sizeof inner, out);
	explicit_bzero(block, sizeof block);
}
