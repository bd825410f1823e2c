/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside zones/ only: the state of a walk through a zone's files, shared by walk.c, which
 * moves it, and gather.c, which keeps what it meets. */
#ifndef DCV_ZONES_WALK_H
#define DCV_ZONES_WALK_H

#include "zones/entry.h"
#include "zones/found.h"

#define DCV_ZINCLUDE_DEPTH 8u
#define DCV_ZINCLUDES_MAX 4096u
#define DCV_ZGENERATES_MAX 4096u
#define DCV_ZRECORDS_MAX 200000u
#define DCV_ZHEAD_MAX 64u /* the owner of a plain record is shorter */
#define DCV_ZSHAPES 256u /* a power of two */
#define DCV_ZTTL_UNKNOWN_S 3600u /* what NSD takes where nothing names a TTL */

/* The owner in force. */
struct dcv_zowner {
	bool known, in_zone, absolute;
	size_t node; /* DCV_ZNONE: of no interest */
	size_t record; /* that named it, if it was kept; DCV_ZNONE */
	size_t before; /* that named it right before that one; DCV_ZNONE */
	bool same; /* it was in force before that one */
	/* Where it is written, if the name was not looked at (name.len 0). */
	int fd;
	uint64_t at;
	size_t len;
	struct dcv_name name; /* if of interest, or in the zone and not passed over */
	const char *text; /* as written, if the node is asked for; else NULL */
};

/* A file that is being read. */
struct dcv_zframe {
	const struct dcv_zframe *above; /* the file that includes it */
	unsigned depth;
	uint32_t file;
	const char *path;
	struct dcv_zident ident;
	struct dcv_zscan scan;
	struct dcv_name origin;
	const struct dcv_name *origin_kept; /* in the arena, once somebody needs it */
	bool origin_in_zone, origin_met;
	struct dcv_zowner owner;
	struct dcv_zstyle style; /* of its last records */
	bool has_ttl; /* its last plain record */
	uint64_t behind, beyond; /* where its last record ends; its last entry */
	uint64_t default_end; /* where its last $TTL ends */
	uint64_t run_at; /* of the last run of one owner, if a line can be put before it; 0 */
};

/* Which of TTL and class are written, both of them, and in which order. */
struct dcv_zform {
	bool has_class, has_ttl, both, class_first;
};

/* What stands between owner and RDATA of a plain record. A zone has few of them, so the octets
 * themselves are looked up before they are read. */
struct dcv_zshape {
	uint64_t key[2], mask[2]; /* its octets, and which of them count */
	uint32_t ttl_s;
	uint16_t type;
	uint8_t len; /* from the first field to behind the blank behind the type; 0: none */
	bool quick; /* the type is one that can be passed by */
	bool noted; /* and by more than its number */
	struct dcv_zform form;
};

struct dcv_zwalk {
	const struct dcv_zsource *source;
	struct dcv_zfound *found;
	struct dcvp_error *err;
	struct dcv_buf rdata;
	/* TTLs, across files as BIND has it. */
	bool default_known, last_known;
	uint32_t default_s, last_s;
	size_t previous; /* the record before, if it was kept; DCV_ZNONE */
	size_t n_ended; /* included files that have ended since the last record */
	size_t n_includes, n_generates;
	bool part_ended; /* and no owner was named since: see dcv_zfile.part */
	uint64_t part_run_at;
	bool others_met; /* a record that is not at the apex was seen */
	bool again; /* a name server's name turned up too late: scan once more */
	char apex_text[DCV_NAME_TEXT_MAX]; /* without final dot */
	size_t apex_len; /* 0: not to be compared as text */
	/* Met so far, by hash: of up to 8 octets, longer ones, and the last that is in neither. */
	struct dcv_zshape shapes[DCV_ZSHAPES], long_shapes[DCV_ZSHAPES], odd_shape;
	bool goes_on[DCV_ZSHAPES]; /* a long one begins so */
};

/* A record with what the walk knows about it. */
struct dcv_zmet {
	const struct dcv_zraw *raw;
	const struct dcv_zentry *entry;
	uint32_t ttl_s;
	bool ttl_inherited, before_known;
	uint32_t before_s;
};

/* The TTL of a record, RFC 1035 5.1 and RFC 2308 4. */
static inline uint32_t dcv_zwalk_ttl(struct dcv_zwalk *walk, bool written, uint32_t ttl_s)
{
	if (written) {
		walk->last_known = true;
		walk->last_s = ttl_s;
		return ttl_s;
	}
	if (walk->default_known)
		return walk->default_s;
	return walk->last_known ? walk->last_s : DCV_ZTTL_UNKNOWN_S;
}

/* Where what is behind the owner stands, if more than one blank is between. It has an end. */
static inline uint8_t dcv_zwalk_column(const char *line, size_t owner_end)
{
	enum { COLUMN_MAX = 80 };
	size_t at = owner_end, column = owner_end;

	for (; line[at] == ' ' || line[at] == '\t'; at++)
		column = line[at] == '\t' ? (column | 7) + 1 : column + 1;
	return at - owner_end > 1 && column <= COLUMN_MAX ? (uint8_t)column : 0;
}

/* How lines are written here. */
static inline struct dcv_zstyle dcv_zwalk_style(const struct dcv_zwalk *walk,
	const struct dcv_zframe *frame)
{
	struct dcv_zstyle style = frame->style;

	style.has_default = walk->default_known;
	style.default_s = walk->default_s;
	return style;
}

/* Types that tell that the zone is signed. */
static inline void dcv_zwalk_type(struct dcv_zwalk *walk, const struct dcv_zframe *frame,
	uint16_t type)
{
	enum { TYPE_DNSKEY = 48 };

	if (type == DCV_TYPE_NSEC || type == DCV_TYPE_NSEC3 ||
		(type == TYPE_DNSKEY && frame->owner.node == 0))
		walk->found->has_dnssec = true;
}

/* quick.c: takes the next lines as long as each is a plain record at a name of no interest. */
void dcv_zquick_lines(struct dcv_zwalk *walk, struct dcv_zframe *frame);
/* The same for an entry of any length; false: it is not sure, take the slow way. */
bool dcv_zquick(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const struct dcv_zraw *raw);

/* Walks from the beginning of the zone's own file to its end. */
enum dcvp_class dcv_zwalk_run(struct dcv_zwalk *walk) DCV_NODISCARD;

/* A syntax problem at a line of the frame's file: DCVP_REFUSED. */
enum dcvp_class dcv_zwalk_syntax(struct dcv_zwalk *walk, const struct dcv_zframe *frame,
	uint64_t line, const char *problem);

/* Keeps a record whose owner is of interest. */
enum dcvp_class dcv_zkeep(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const struct dcv_zmet *met) DCV_NODISCARD;

/* include.c: reads the file of an $INCLUDE. generate.c: notes what a $GENERATE may make. */
enum dcvp_class dcv_zinclude(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const struct dcv_zraw *raw, const struct dcv_zentry *entry) DCV_NODISCARD;
enum dcvp_class dcv_zgenerate(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const struct dcv_zraw *raw, const struct dcv_zentry *entry) DCV_NODISCARD;
/* Reads a file whose frame is set up but for the scanner. */
enum dcvp_class dcv_zwalk_file(struct dcv_zwalk *walk, struct dcv_zframe *frame, int fd,
	size_t window) DCV_NODISCARD;
/* Notes a file that is read from here on. ident NULL: that of fd. */
enum dcvp_class dcv_zfile_note(struct dcv_zwalk *walk, const char *path, int fd,
	const struct dcv_zident *ident) DCV_NODISCARD;
/* Sets the origin of a frame. */
void dcv_zorigin_set(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const struct dcv_name *origin);

#endif
