/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What one scan of a zone found: the records at the names of interest with the places of
 * their tokens, the SOA, and sums over all that was passed over. */
#ifndef DCV_ZONES_FOUND_H
#define DCV_ZONES_FOUND_H

#include <sys/stat.h>

#include "dns/rr.h"
#include "provider/provider.h"
#include "zones/nodes.h"

/* Two files with the same identity hold the same octets. */
struct dcv_zident {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime, ctime;
};

/* How lines are written in a place. */
struct dcv_zstyle {
	char separator; /* ' ' or '\t' */
	uint8_t column; /* where what is behind the owner begins; 0: behind one separator */
	bool absolute; /* owners with final dot */
	bool class_written, ttl_written, class_first, crlf;
	bool plain_text; /* TXT without quotes */
	/* The $TTL in force. */
	bool has_default;
	uint32_t default_s;
};

/* The record or $GENERATE behind a record has no TTL of its own and takes over that one's (RFC
 * 1035 5.1, only where no $TTL is in force). */
struct dcv_zheir {
	bool is;
	uint32_t ttl_s, file;
	uint64_t at; /* where a TTL can be written */
	size_t record; /* if it was found too; DCV_ZNONE */
};

/* A place for new lines, and what is in force there. */
struct dcv_zend {
	uint64_t at;
	const struct dcv_name *origin;
	struct dcv_zstyle style;
};

/* The line behind an included file has no owner of its own: BIND and Knot read that from before the
 * file, NSD that of the file's last record. */
struct dcv_zblank {
	bool is;
	uint32_t file;
	uint64_t at;
	struct dcv_name owner, origin;
};

/* A file of the zone, once for each time that it is read. */
struct dcv_zfile {
	const char *path; /* of the zone's own: for people; of others: where it really lies */
	struct dcv_zident ident;
	const char *fixed; /* why no record in it can be edited; NULL: they can */
	const char *at; /* FILE:LINE of the $INCLUDE; NULL: the zone's own */
	/* Where lines are put that have no neighbour: before an $ORIGIN that leads out of the zone's
	 * own part (at 0: there is none), and at the end. */
	struct dcv_zend part, end;
	uint64_t size;
	bool ends_in_newline, ends_in_return;
	bool is_open; /* no record has come behind it yet */
	struct dcv_zblank end_blank;
	struct dcv_zheir end_heir; /* what takes over the TTL of a line at its end */
	bool end_heir_known;
};

struct dcv_zrecord {
	uint32_t file; /* index into files; 0 is the zone's own */
	uint64_t offset, line;
	size_t len; /* of the entry with its line end */
	size_t node, next; /* the next one at the same node, DCV_ZNONE */
	/* That names the owner of this line before it, if the line does not; else the one whose
	 * owner would be in force without this line and is the same. DCV_ZNONE: none. */
	size_t named;
	bool renamed; /* the line names the owner that was in force anyway */
	uint16_t type;
	uint32_t ttl_s; /* written or not */
	bool blank_owner, ttl_written, no_newline;
	bool ttl_inherited; /* it is an heir */
	bool next_follows; /* no other record stands before the next one that was found */
	/* The TTL that a line without one would take over in its place. */
	bool before_known;
	uint32_t before_s;
	bool ttl_can_go; /* it is followed by a blank, and a $TTL is in force */
	size_t ttl_at, ttl_len, fields_at; /* in the entry */
	const char *owner_text; /* as it is written in this run of lines; NULL: not plain */
	const struct dcv_name *origin; /* in force here */
	struct dcv_zstyle style;
	const char *text; /* RDATA in one line */
	size_t text_len;
	struct dcv_rdata wire; /* wire NULL: of a type that we do not encode */
	const char *mark; /* the order that a comment names as its own; NULL: none */
	struct dcv_zheir heir;
};

struct dcv_zsoa {
	size_t record; /* DCV_ZNONE: none yet */
	uint32_t serial, minimum_s, ttl_s;
	/* Where it stands in its file: a zone as a transfer prints it ends in the same SOA. */
	struct dcv_zserial_place {
		uint64_t at;
		size_t len;
		bool hex; /* in the form of RFC 3597 */
	} places[2];
	size_t n_places;
};

struct dcv_zfound {
	struct dcv_arena arena;
	struct dcv_znodes nodes;
	size_t n_files, n_records;
	struct dcv_zfile *files;
	struct dcv_zrecord *records;
	struct dcv_zsoa soa;
	bool has_dnssec; /* DNSKEY at the apex, NSEC or NSEC3 */
	uint64_t rrsig_line; /* the first signature, in files[rrsig_file]; 0: none */
	uint32_t rrsig_file;
	/* Over every record, or over those that were passed over. */
	uint64_t n_all, passed_ttl, passed_type;
	uint64_t n_outside, outside_line; /* records that are not in the zone */
	const char *etag;
	/* As the settings have it; a scan leaves them 0. */
	uint32_t into; /* the file that takes new records; 0: there is none */
	bool serial_external; /* somebody else counts */
	bool comment; /* a new record names its order */
};

/* What is read where an included file stands. */
struct dcv_zinstead {
	struct dcv_zident ident; /* of that file; device and inode count */
	int fd;
};

/* The zone's own file, open, and the directory that it lies in. */
struct dcv_zsource {
	int fd;
	const char *path; /* for people */
	const char *dir; /* absolute, without symbolic links */
	const struct dcv_zinstead *instead;
	size_t n_instead;
};

/* Scans the zone for n owners, which lie at or below the apex, and for its name servers.
 * Owns: dcv_zfound_free. Fails: DCVP_REFUSED with the guard, DCVP_FAILED, DCVP_NOMEM. */
enum dcvp_class dcv_zgather(const struct dcv_zsource *source, const struct dcv_name *apex,
	const struct dcv_name *owners, size_t n, struct dcv_zfound **ret,
	struct dcvp_error *err) DCV_NODISCARD;
void dcv_zfound_free(struct dcv_zfound *found);
/* The same octets are now known as another file. False: memory is out. */
bool dcv_zfound_rebind(struct dcv_zfound *found, const char *path,
	const struct dcv_zident *ident);

/* We can turn the RDATA of the type into wire form. */
bool dcv_zknows_type(uint16_t type, const char *text, size_t len);

void dcv_zident_of(const struct stat *st, struct dcv_zident *ret);
bool dcv_zident_equal(const struct dcv_zident *a, const struct dcv_zident *b);

#endif
