/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The provider interface: what a backend that holds zones (zone files, an API) offers the
 * host. This header stands alone, as C11 and as C++.
 *
 * Names are absolute, lower case, A-labels, with final dot. RDATA crosses in presentation
 * format (RFC 1035 5.1, RFC 8659 4.1.1). Strings and arrays handed to a call are borrowed for
 * the call. What a call returns it takes from host->alloc; the host frees it.
 *
 * A provider never prints, exits, reads the environment, starts threads or sleeps by itself. */
#ifndef DCV_PROVIDER_H
#define DCV_PROVIDER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DCVP_ABI 1u

/* How a call ended. */
enum dcvp_class {
	DCVP_OK = 0,
	DCVP_NO_ZONE, /* the backend does not hold this zone; a clean answer */
	DCVP_REFUSED, /* a guard: editing would be unsafe; nothing changed */
	DCVP_CONFLICT, /* the zone moved since it was read; nothing changed; plan again */
	DCVP_INVALID, /* the request or the settings are wrong; nothing changed */
	DCVP_FAILED, /* nothing changed */
	DCVP_UNKNOWN, /* something may have changed: read before trying again */
	DCVP_NOMEM
};

/* What became of one edit. */
enum dcvp_outcome {
	DCVP_EDIT_FAILED = 0,
	DCVP_EDIT_DONE,
	DCVP_EDIT_ALREADY,
	DCVP_EDIT_UNKNOWN
};

enum dcvp_level { DCVP_LOG_NOTE, DCVP_LOG_INFO, DCVP_LOG_DEBUG };

struct dcvp_error {
	char text[512]; /* `subject: what: why` */
	char help[512]; /* "run: …" or "help: …", or "" */
};

/* Services of the host, valid until close. */
struct dcvp_host {
	size_t struct_size;
	void *ctx; /* first argument of each */
	void *(*alloc)(void *ctx, size_t n); /* zeroed; NULL when memory is out */
	void (*log)(void *ctx, enum dcvp_level level, const char *line);
	int64_t (*wall_s)(void *ctx);
	int64_t (*mono_ms)(void *ctx);
	void (*wait_ms)(void *ctx, int64_t ms);
	int64_t (*deadline_ms)(
		void *ctx); /* monotonic: when the call in progress must end */
};

struct dcvp_setting {
	const char *key;
	size_t n;
	const char *const *values;
};

struct dcvp_rrset {
	const char *owner;
	uint16_t type;
	uint32_t ttl_s;
	const char *fixed; /* why this set cannot be edited here; NULL: it can */
	size_t n;
	const char *const *rdata;
	/* Where the backend keeps the notes of its edits: one per value, the note that it was
	 * added with, or NULL; NULL: it knows of none. */
	const char *const *marks;
};

struct dcvp_node {
	const char *owner;
	const char *closest; /* closest encloser, the owner itself if it exists */
	const char *cut; /* delegation or DNAME at or above the owner that hides it, or NULL */
	const char *generated; /* where a $GENERATE stands that may make the owner, or NULL */
	int wildcard; /* the owner does not exist and *.closest does */
	size_t n_sets;
	const struct dcvp_rrset *sets;
};

struct dcvp_ns {
	const char *name;
	size_t n_sets; /* A and AAAA RRsets of the name in the zone's own data */
	const struct dcvp_rrset *sets;
};

struct dcvp_zone {
	const char *place; /* file or account, for people */
	const char *etag; /* changes whenever the zone changes; NULL: the backend has none */
	const char *fixed; /* why nothing in this zone can be edited; NULL: it can */
	int is_signed;
	uint32_t serial, soa_ttl_s, soa_minimum_s;
	uint32_t serial_next; /* what a change made now would make of it; 0: unknown */
	size_t n_ns, n_nodes;
	const struct dcvp_ns *ns;
	const struct dcvp_node *nodes; /* one per owner asked for, in that order */
};

/* One RRset: values to add, values to remove, its TTL afterwards. Adding what is there and
 * removing what is gone are success. */
struct dcvp_edit {
	const char *owner;
	uint16_t type;
	uint32_t ttl_s;
	size_t n_add, n_remove;
	const char *const *add;
	const char *const *remove;
	const char *const *notes; /* one per `add`: who needs it, "CA/ORDER"; NULL in it or for
	                           * it: unknown. A backend may keep it in a comment */
};

/* All edits of a zone in one run. */
struct dcvp_change {
	const char *zone;
	const char *id; /* [0-9a-z]{1,32}, chosen by the host and noted before the call */
	const char *etag; /* of the read that the edits rest on */
	size_t n_edits;
	const struct dcvp_edit *edits;
};

struct dcvp_receipt {
	uint32_t serial_before, serial_after; /* 0, 0 where there is none */
	char note[256]; /* one line for people, or "" */
};

struct dcvp_provider {
	size_t struct_size;
	uint32_t abi;
	const char *name; /* [a-z0-9-]+ */
	const char *title;

	enum dcvp_class (*open)(const struct dcvp_host *host,
		const struct dcvp_setting *settings, size_t n, void **ret_session,
		struct dcvp_error *err);
	void (*close)(void *session);

	/* Does the backend hold this zone? DCVP_OK or DCVP_NO_ZONE. */
	enum dcvp_class (
		*find_zone)(void *session, const char *zone, struct dcvp_error *err);

	/* What the zone holds at these owners. Guards that concern the whole zone end it with
	 * DCVP_REFUSED. Reading changes nothing. */
	enum dcvp_class (*read)(void *session, const char *zone, const char *const *owners,
		size_t n, struct dcvp_zone *ret, struct dcvp_error *err);

	/* Carries out a change; outcomes[i] tells of edits[i]. When it returns DCVP_OK the
	 * change is durable. The host has the zone's lock. */
	enum dcvp_class (*apply)(void *session, const struct dcvp_change *change,
		enum dcvp_outcome *outcomes, struct dcvp_receipt *receipt,
		struct dcvp_error *err);

	/* Makes the change visible (reload) and proves it. DCVP_FAILED: refused for certain, and
	 * the state before the change is back. DCVP_UNKNOWN: no proof either way; kept. */
	enum dcvp_class (*sync)(void *session, const struct dcvp_change *change,
		struct dcvp_receipt *receipt, struct dcvp_error *err);

	/* Settles a change that a run left cut off: finds which edits hold, goes on from there
	 * as sync does, removes what the run left lying about. No further edit. Optional. */
	enum dcvp_class (*recover)(void *session, const struct dcvp_change *change,
		enum dcvp_outcome *outcomes, struct dcvp_error *err);
};

#ifdef __cplusplus
}
#endif
#endif
