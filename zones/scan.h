/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The structural scanner: cuts a zone file into logical entries (RFC 1035 5.1), through a
 * window of constant size. It reads with pread, so the descriptor may be shared. */
#ifndef DCV_ZONES_SCAN_H
#define DCV_ZONES_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Octets that may be read behind the end of an entry's text (they mean nothing). */
#define DCV_ZSCAN_PAD 64u
#define DCV_ZSCAN_WINDOW (256u * 1024u)
#define DCV_ZSCAN_WINDOW_MAX (16u * 1024u * 1024u)

struct dcv_zscan {
	int fd;
	uint8_t *window;
	size_t cap, len, pos; /* of the window; where the next entry begins in it */
	uint64_t base; /* where the window begins in the file */
	uint64_t line; /* of pos, from 1 */
	bool eof;
	size_t marks_at; /* the block whose marks are at hand, SIZE_MAX: none */
	uint64_t marks;
	const char *problem; /* after DCV_ZSCAN_SYNTAX */
	uint64_t problem_line;
	int error; /* after DCV_ZSCAN_IO: errno */
};

/* A logical entry: one line or, with parentheses or quotes over line ends, several. */
struct dcv_zraw {
	const char *text; /* borrowed until the next call */
	size_t len; /* with the line end, which may be missing at the end of the file */
	uint64_t offset, line;
};

enum dcv_zscan_end {
	DCV_ZSCAN_ENTRY,
	DCV_ZSCAN_END,
	DCV_ZSCAN_SYNTAX,
	DCV_ZSCAN_IO,
	DCV_ZSCAN_NOMEM
};

/* Caller's storage; fd stays the caller's. `window`: how much is read at once. */
void dcv_zscan_init(struct dcv_zscan *scan, int fd, size_t window);
void dcv_zscan_clear(struct dcv_zscan *scan);

/* What is at hand of the file from the next line on, where an entry may begin; may be empty. */
static inline const char *dcv_zscan_peek(const struct dcv_zscan *scan, size_t *ret_len)
{
	*ret_len = scan->len - scan->pos;
	return *ret_len == 0 ? "" : (const char *)scan->window + scan->pos;
}
/* Passes so many octets and lines of what was seen, up to the beginning of a line. */
static inline void dcv_zscan_pass(struct dcv_zscan *scan, size_t len, uint64_t lines)
{
	scan->pos += len;
	scan->line += lines;
}

/* The next entry that is neither blank nor only a comment. */
enum dcv_zscan_end dcv_zscan_next(struct dcv_zscan *scan, struct dcv_zraw *ret);

#endif
