/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The patch of a zone file: which byte ranges go and which texts come, so that edits hold and
 * every other octet stays. */
#ifndef DCV_ZONES_EDIT_H
#define DCV_ZONES_EDIT_H

#include "zones/found.h"

/* Octets [at, at + drop) of a file of the zone give way to text. */
struct dcv_zpatch {
	uint32_t file;
	uint64_t at, drop;
	const char *text;
	size_t len;
	unsigned rank; /* among those at one place */
	size_t seq;
};

/* What becomes of a record that was found. */
struct dcv_zmark {
	bool judged; /* it belongs to a set that is edited */
	bool removed;
	const char *line; /* the new line that takes its place; NULL: none */
	bool set_ttl;
	uint32_t ttl_s;
	bool followed; /* a new line of the same owner comes right behind it */
	bool behind_new; /* a new line with another TTL may come right before it */
};

/* A record that is new in the file. */
struct dcv_zaddition {
	size_t node;
	uint16_t type;
	uint32_t ttl_s;
	struct dcv_rdata wire;
	const char *note; /* for a comment, printable; NULL: none */
};

/* Zero it; dcv_zpatches_clear. */
struct dcv_zpatches {
	struct dcv_arena arena;
	struct dcv_zmark *marks; /* one per record found */
	size_t n, n_additions, n_removed;
	struct dcv_zpatch *items; /* by file, in the order of the file, not overlapping */
	struct dcv_zaddition *additions;
	bool *ends; /* per file: new lines come at its end */
	uint32_t serial_after;
	bool serial_ahead; /* a date serial ahead of today was counted on */
};

/* Makes the patch. n == 0 afterwards: the edits hold already. results[i]: DCVP_EDIT_DONE if
 * edit i needs a change, DCVP_EDIT_ALREADY if not. fd: the zone's own file. New lines go into
 * found->into, if it is given; else beside their set, wherever it lies. Fails: DCVP_REFUSED (a
 * record lies in a file that is fixed), DCVP_INVALID (a bad edit). */
enum dcvp_class dcv_zpatches_make(const struct dcv_zfound *found, int fd,
	const struct dcvp_change *change, int64_t now_s, struct dcv_zpatches *ret,
	struct dcvp_result *results, struct dcvp_error *err) DCV_NODISCARD;
/* Makes the patch that only raises the serial. Fails: DCVP_REFUSED (the SOA is fixed). */
enum dcvp_class dcv_zpatches_raise(const struct dcv_zfound *found, int64_t now_s,
	struct dcv_zpatches *ret, struct dcvp_error *err) DCV_NODISCARD;
void dcv_zpatches_clear(struct dcv_zpatches *patches);
/* The patches of one file; NULL, 0: there are none. */
const struct dcv_zpatch *dcv_zpatches_of(const struct dcv_zpatches *patches,
	uint32_t file, size_t *ret_n);

/* Whether every value to add is there and every value to remove is gone (for an edit of the
 * TTL only: whether the set has it), one result per edit: DONE or FAILED. */
enum dcvp_class dcv_zedits_hold(const struct dcv_zfound *found,
	const struct dcvp_change *change, struct dcvp_result *results, bool *ret_all,
	struct dcvp_error *err) DCV_NODISCARD;

/* place.c: where a new line is put. */
struct dcv_zplace {
	const struct dcv_zrecord *beside; /* the line to resemble; NULL: at `end` */
	const struct dcv_zend *end;
	uint32_t file;
	const struct dcv_zfound *found;
};
/* The text of a record without line end, in the arena; NULL: memory is out. */
char *dcv_zline(const struct dcv_zplace *place, const struct dcv_zaddition *addition,
	struct dcv_arena *arena);
/* An owner as it can be written there. */
char *dcv_zowner_text(const struct dcv_zplace *place, size_t node,
	struct dcv_arena *arena);
/* A name as it can be written under an origin; NULL: memory is out. */
char *dcv_zname_text(const struct dcv_name *name, const struct dcv_name *origin,
	struct dcv_arena *arena);
const char *dcv_znewline(const struct dcv_zplace *place);

/* An edit with its values in wire form. */
struct dcv_zedit {
	const struct dcvp_edit *edit;
	size_t node;
	struct dcv_rdata *add, *remove;
};
/* Reads the names and values of an edit. Fails: DCVP_INVALID. */
enum dcvp_class dcv_zedit_read(const struct dcv_zfound *found,
	const struct dcvp_edit *edit, struct dcv_arena *arena, struct dcv_zedit *ret,
	struct dcvp_error *err) DCV_NODISCARD;
bool dcv_zrdata_in(const struct dcv_rdata *rdata, const struct dcv_rdata *list, size_t n);

/* settle.c: gives owners and TTLs to lines that would lose theirs, then puts all patches into
 * the order of the file. */
enum dcvp_class dcv_zsettle(const struct dcv_zfound *found, int fd,
	struct dcv_zpatches *patches, struct dcvp_error *err) DCV_NODISCARD;
/* Adds a patch; text NULL means that memory is out. */
enum dcvp_class dcv_zpatch_add(struct dcv_zpatches *patches,
	const struct dcv_zpatch *patch, struct dcvp_error *err) DCV_NODISCARD;

/* Behind a neighbour, at an end, the owner of the line that follows, that line. */
enum { DCV_ZRANK_BEHIND, DCV_ZRANK_END, DCV_ZRANK_OWNER, DCV_ZRANK_LINE };

#endif
