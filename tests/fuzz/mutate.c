/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how to change a zone file so that it often stays one: whole lines come, go,
 * move and are joined from parts. A quarter of the changes is left to libFuzzer, which knows only
 * octets. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX 65536u
#define N_OF(array) (sizeof(array) / sizeof(array)[0])

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

static const char *const lines[] = {"$ORIGIN b\n", "$ORIGIN example.test.\n", "$TTL 1h\n",
	"$ORIGIN .\n", "$INCLUDE a\n", "$INCLUDE b sub\n", "\x1c\n", "; comment\n", "\n",
	"_x 300 IN TXT \"a\"\n", "\t300 IN TXT \"b\"\n", " A 192.0.2.1\n",
	"www.example.test. CAA 0 issue \"ca.test\"\n", "b CNAME www\n", "b NS ns.other.\n",
	"$GENERATE 1-9 h$ A 192.0.2.$\n", "_x TXT ( a ; c\r\n \"b\" ) ; dcvctl ca/1\r\n",
	"www TYPE65 \\# 3 000100\n", "@ MX 10 mail\n", "ns1 A 127.0.0.1\n",
	"@ IN SOA ns1 host 7 7200 3600 1209600 300\n", "w 60 A 192.0.2.1\n"};
static const char *const words[] = {" ", "\t", " ( ", " ) ", "\r", "\n", "\"", ";", "\\",
	"300", " 1h ", " IN ", " 60 IN ", "@", "_x", "www", "a.b", ".example.test.",
	"\\097", "*", " TXT ", " SOA ", " NS ", " CNAME ", " CAA 0 issue ", "\\# 2 0161",
	"2026112100", "4294967295", "\x1c\n", "\"dcv-fuzz;1\"", " ; dcvctl ca/1"};

static unsigned state;

static size_t below(size_t n)
{
	state = state * 1664525u + 1013904223u;
	return n == 0 ? 0 : (state >> 8) % n;
}

/* The beginning of some line. */
static size_t some_line(const uint8_t *data, size_t size)
{
	size_t at = below(size + 1);

	while (at > 0 && data[at - 1] != '\n')
		at--;
	return at;
}

static size_t behind_line(const uint8_t *data, size_t size, size_t at)
{
	while (at < size && data[at++] != '\n')
		;
	return at;
}

/* Puts n octets in at a place; the new size. */
static size_t put(uint8_t *data, size_t size, size_t max, size_t at, const void *octets,
	size_t n)
{
	if (n > max - size)
		return size;
	memmove(data + at + n, data + at, size - at);
	memcpy(data + at, octets, n);
	return size + n;
}

static size_t cut(uint8_t *data, size_t size, size_t from, size_t to)
{
	memmove(data + from, data + to, size - to);
	return size - (to - from);
}

/* Takes a line out; it comes again elsewhere, once or twice, or not at all. */
static size_t move(uint8_t *data, size_t size, size_t max)
{
	static uint8_t line[INPUT_MAX];
	size_t from = some_line(data, size), to = behind_line(data, size, from);
	size_t n = to - from, what = below(4);

	if (n > sizeof line)
		return size;
	memcpy(line, data + from, n);
	if (what != 0)
		size = cut(data, size, from, to);
	if (what == 3)
		return size;
	return put(data, size, max, some_line(data, size), line, n);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	const char *text;

	state = seed;
	if (size > max)
		return LLVMFuzzerMutate(data, size, max);
	switch (below(8)) {
	case 0:
	case 1:
		text = lines[below(N_OF(lines))];
		return put(data, size, max, some_line(data, size), text, strlen(text));
	case 2:
	case 3:
		text = words[below(N_OF(words))];
		return put(data, size, max, below(size + 1), text, strlen(text));
	case 4:
	case 5:
		return move(data, size, max);
	default:
		return LLVMFuzzerMutate(data, size, max);
	}
}
