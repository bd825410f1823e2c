/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The provider interface: what a backend that holds zones (zone files, a server, an API) offers
 * the host, and what the host lends it. This header stands alone, as C11 and as C++.
 *
 * Names are absolute, lower case, A-labels, with final dot. RDATA crosses in presentation
 * format (RFC 1035 5.1, RFC 8659 4.1.1). Strings and arrays handed to a call are borrowed for
 * the call. What a call returns it takes from host->alloc; the host frees it.
 *
 * The life of a session: open, then probe, find_zone and read as often as the host likes, then
 * apply and sync, and at last close. All calls block, and are made by one thread at a time; two
 * sessions may be open at once in two threads, so there are no globals.
 *
 * A provider never prints, exits, reads the environment, starts threads or sleeps by itself.
 * Structs begin with their size where they may grow; fields are appended, never moved. */
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

/* Why a call or an edit did not do what was asked. */
enum dcvp_cause {
	DCVP_CAUSE_NONE = 0,
	DCVP_CAUSE_AUTH, /* who we are is not believed; never tried again. The host looks whether
	                  * our clock is why, where a signature was refused */
	DCVP_CAUSE_FORBIDDEN, /* who we are has no right to it */
	DCVP_CAUSE_NOT_READY, /* zone frozen, pending, a secondary's */
	DCVP_CAUSE_EXISTS_OTHER, /* a CNAME, or other data, stands at the name */
	DCVP_CAUSE_VALUE, /* value, TTL or name not taken */
	DCVP_CAUSE_LIMIT, /* quota */
	DCVP_CAUSE_THROTTLED, /* too fast: later */
	DCVP_CAUSE_BUSY, /* locked there: later */
	DCVP_CAUSE_UNAVAILABLE, /* no answer, or an error of theirs */
	DCVP_CAUSE_CLOCK, /* our clock is off; the host says how far, where it spoke HTTP */
	DCVP_CAUSE_PROTOCOL, /* an answer that cannot be read */
	DCVP_CAUSE_INTERNAL
};

/* What became of one edit. */
enum dcvp_outcome {
	DCVP_EDIT_FAILED = 0, /* nothing of it changed */
	DCVP_EDIT_DONE,
	DCVP_EDIT_ALREADY, /* it stood so before */
	DCVP_EDIT_UNKNOWN
};

struct dcvp_result {
	enum dcvp_outcome outcome;
	enum dcvp_cause cause; /* of failed and unknown */
	int64_t retry_after_ms; /* 0: nothing said */
	const char *text; /* why, for people; NULL: what the call's error says */
};

enum dcvp_level { DCVP_LOG_NOTE, DCVP_LOG_INFO, DCVP_LOG_DEBUG };

struct dcvp_error {
	char text[512]; /* `subject: what: why` */
	char help[512]; /* "run: …" or "help: …", or "" */
	enum dcvp_cause cause;
	int64_t retry_after_ms; /* 0: nothing said */
	char code[64]; /* the vendor's, or the rcode; "" */
};

/* --- services of the host --- */

struct dcvp_header {
	const char *name, *value;
};

/* A signature over the request that the host makes afresh for each attempt. */
enum dcvp_sign_scheme {
	DCVP_SIGN_NONE = 0,
	DCVP_SIGN_AWS4, /* AWS4-HMAC-SHA256 */
	DCVP_SIGN_SDK_HMAC_SHA256 /* Huawei Cloud and its kin */
};

struct dcvp_sign {
	size_t struct_size;
	enum dcvp_sign_scheme scheme;
	const char *key_id, *secret;
	const char *token; /* of temporary credentials; NULL: none */
	const char *region, *service; /* AWS4 */
};

struct dcvp_http_request {
	size_t struct_size;
	const char *method; /* "GET" … */
	const char *url; /* https, or http to loopback, or to the metadata service of the machine
	                  * by its address (169.254.169.254 …) */
	size_t n_headers;
	const struct dcvp_header *headers; /* values without CR, LF, NUL */
	const void *body;
	size_t body_len;
	int repeatable; /* sending it twice does no harm: tried again on 408, 429, 5xx, resets */
	const struct dcvp_sign *sign; /* NULL: none */
	size_t answer_max; /* octets of the answer's body, up to 64 MiB; 0: 8 MiB */
};

struct dcvp_http_answer {
	int status; /* as the server gave it, 3xx, 4xx and 5xx too */
	int sent; /* 0: for certain nothing of the request was acted on */
	size_t n_headers;
	const struct dcvp_header *headers; /* names in lower case */
	const char *body; /* with a NUL behind body_len octets */
	size_t body_len;
	int64_t date_s; /* the server's clock (Date), 0: none */
	int64_t retry_after_ms; /* clamped; 0: none */
};

/* JSON (RFC 8259) and XML as a tree, for reading and for writing. */
enum dcvp_kind {
	DCVP_NULL = 0,
	DCVP_FALSE,
	DCVP_TRUE,
	DCVP_NUMBER, /* text: as written */
	DCVP_TEXT,
	DCVP_ARRAY,
	DCVP_OBJECT, /* members have keys; an XML element's children have their names */
	DCVP_ATTRIBUTE /* of an XML element */
};

struct dcvp_tree {
	enum dcvp_kind kind;
	const char *key; /* member or element name without its prefix; NULL in an array */
	const char *text; /* DCVP_TEXT, DCVP_NUMBER, DCVP_ATTRIBUTE; else NULL. UTF-8, no NUL */
	struct dcvp_tree *first, *next; /* children; the next sibling */
};

/* One of several zones of the same name that an account holds. */
struct dcvp_rival {
	const char *id; /* what the backend calls it, for people */
	size_t n_servers;
	const char *const *servers; /* names of those that serve it */
};

/* Valid until close. The first argument of each is ctx. What they return lives as long as what
 * alloc gives: that of open until close, that of any other call until the next. */
struct dcvp_host {
	size_t struct_size;
	void *ctx;
	void *(*alloc)(void *ctx, size_t n); /* zeroed; NULL when memory is out */
	void (*log)(void *ctx, enum dcvp_level level, const char *line); /* secrets of the
	                                                                   * settings are hidden */
	int64_t (*wall_s)(void *ctx);
	int64_t (*mono_ms)(void *ctx);
	void (*wait_ms)(void *ctx, int64_t ms);
	int64_t (*deadline_ms)(
		void *ctx); /* monotonic: when the call in progress must end */

	/* Sends and waits. DCVP_OK: an answer came, whatever its status. DCVP_FAILED: nothing was
	 * sent or acted on. DCVP_UNKNOWN: it was sent, and no whole answer came. TLS 1.2 and up,
	 * no redirects, limits of size and time, requests held to the account's rate;
	 * what is repeatable is tried again with pauses, Retry-After honoured up to the deadline. */
	enum dcvp_class (*http)(void *ctx, const struct dcvp_http_request *request,
		struct dcvp_http_answer *ret, struct dcvp_error *err);

	/* The tree of a text, NULL with *err filled in: malformed, deeper than 32, more than
	 * 1,000,000 nodes and than one in 8 octets, a key twice, a NUL in a text. */
	struct dcvp_tree *(*json_read)(void *ctx, const char *text, size_t n,
		struct dcvp_error *err);
	/* In one line; NULL when memory is out. */
	const char *(*json_write)(void *ctx, const struct dcvp_tree *tree);
	/* Entities of a DTD, and DTDs at all, are refused. */
	struct dcvp_tree *(
		*xml_read)(void *ctx, const char *text, size_t n, struct dcvp_error *err);

	/* RS256 (RFC 7518 3.3) with a private key in PEM. DCVP_INVALID: not such a key. */
	enum dcvp_class (*sign_rs256)(void *ctx, const char *pem, const void *octets,
		size_t n, const unsigned char **ret, size_t *ret_n,
		struct dcvp_error *err);

	/* What the account found out (the id of a zone, a token) for its other sessions of this run;
	 * NULL: not there. Never on disk. */
	const char *(*cache_get)(void *ctx, const char *key);
	void (*cache_put)(void *ctx, const char *key, const char *value,
		int64_t lifetime_s);

	/* Of other programs of the same vendor, where no setting says anything. The value of a
	 * variable that the provider lists in `variables`; NULL: it is not set, or not listed. */
	const char *(*variable)(void *ctx, const char *name);
	/* The text of a regular file of at most 1 MiB, without NUL; "~/" begins in the user's home.
	 * Lives until close. *ret NULL: there is no such file. DCVP_FAILED: it cannot be read. */
	enum dcvp_class (*file)(void *ctx, const char *path, const char **ret,
		struct dcvp_error *err);

	/* Which of n zones of this name the parent delegates to, by its index: none but that one may
	 * be edited. The host tells people of the others. DCVP_INVALID: the delegation does not say,
	 * and why. Every time it is asked for, the world is asked: keep the answer. */
	enum dcvp_class (*elect)(void *ctx, const char *zone,
		const struct dcvp_rival *rivals, size_t n, size_t *ret,
		struct dcvp_error *err);
};

/* --- settings --- */

enum dcvp_option_kind {
	DCVP_OPTION_TEXT = 0,
	DCVP_OPTION_WORD, /* one of `words` */
	DCVP_OPTION_YES, /* "yes" or "no" */
	DCVP_OPTION_NUMBER, /* decimal, min..max */
	DCVP_OPTION_DURATION, /* "90s", "15m"; handed over in milliseconds */
	DCVP_OPTION_PATH, /* made absolute */
	DCVP_OPTION_ADDRESS, /* 192.0.2.1, 192.0.2.1:5353, [2001:db8::1]:5353 */
	DCVP_OPTION_URL, /* https; http to loopback, or with insecure_http: yes */
	DCVP_OPTION_COMMAND, /* argv; {zone} may stand in it */
	DCVP_OPTION_SECRET /* {file: …}, {env: …}, {command: …}; never shown */
};

struct dcvp_option {
	const char *key; /* [a-z_]+; NULL ends the list */
	enum dcvp_option_kind kind;
	int required;
	int many; /* a list of them is taken too */
	const char *const *words; /* NULL-terminated */
	int64_t min,
		max; /* DCVP_OPTION_NUMBER, in milliseconds DCVP_OPTION_DURATION; 0, 0: any */
	const char *fallback; /* NULL: none */
	/* Where --provider NAME takes it from; NULL-terminated. A secret's variable whose name ends in
	 * _FILE names a file that holds it. */
	const char *const *environment;
	const char *help; /* half a line */
};

struct dcvp_setting {
	const char *key;
	size_t n;
	const char *const *values; /* NULL-terminated as well */
};

/* --- what a zone holds --- */

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
	/* Closest encloser, the owner itself if it exists. NULL: the backend cannot tell; then
	 * `wildcard` says nothing, and the host warns that it cannot see what a wildcard answers. */
	const char *closest;
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
	const char *etag; /* changes whenever the zone, or what was read of it, changes; NULL: none */
	const char *fixed; /* why nothing in this zone can be edited; NULL: it can */
	int is_signed;
	uint32_t serial, soa_ttl_s, soa_minimum_s;
	uint32_t serial_next; /* what a change made now would make of it; 0: unknown */
	size_t n_ns, n_nodes;
	const struct dcvp_ns *ns;
	const struct dcvp_node *nodes; /* one per owner asked for, in that order */
	uint32_t ttl_min_s, ttl_max_s; /* what the backend takes here; 0: anything */
};

/* --- changes --- */

/* One RRset: values to add, values to remove, its TTL afterwards. Adding what is there and
 * removing what is gone are success. Values that are not named stay as they are. */
struct dcvp_edit {
	const char *owner;
	uint16_t type;
	uint32_t ttl_s;
	size_t n_add, n_remove;
	const char *const *add;
	const char *const *remove;
	const char *const *notes; /* one per `add`: who needs it, "CA/ORDER"; NULL in it or for
	                           * it: unknown. A backend may keep it in a comment */
	const struct dcvp_rrset *before; /* the set as the host read it last; NULL: none there, or
	                                  * not known (after a crash) */
	int has_before; /* `before` is known: NULL means that there was none */
};

/* All edits of a zone in one run. Removals of one owner come with its additions where one
 * excludes the other. */
struct dcvp_change {
	const char *zone;
	const char *id; /* [0-9a-z]{1,32}, chosen by the host and noted before the call */
	const char *etag; /* of the read that the edits rest on; NULL: none, after a crash, and in
	                   * what follows the first part of a change over edits_max */
	size_t n_edits;
	const struct dcvp_edit *edits;
};

struct dcvp_receipt {
	/* 0, 0 where there is none; only the second one 0: the host reads it. */
	uint32_t serial_before, serial_after;
	char note[256]; /* one line for people, or "" */
	char change_id[128]; /* the backend's own name of the change, for sync; "" */
};

/* --- capabilities --- */

enum dcvp_unit { DCVP_UNIT_ZONE = 0, DCVP_UNIT_RRSET, DCVP_UNIT_RECORD };
enum dcvp_atomic { DCVP_ATOMIC_NONE = 0, DCVP_ATOMIC_RRSET, DCVP_ATOMIC_ZONE };
enum dcvp_cas { DCVP_CAS_NONE = 0, DCVP_CAS_RRSET, DCVP_CAS_ZONE };
enum dcvp_visible {
	DCVP_VISIBLE_AT_ONCE = 0, /* when apply returns, the backend's server has it */
	DCVP_VISIBLE_SYNC, /* when sync returns */
	DCVP_VISIBLE_UNTOLD /* the backend cannot say */
};

struct dcvp_capabilities {
	size_t struct_size;
	enum dcvp_unit unit; /* what the backend writes at a time */
	enum dcvp_atomic atomic; /* what is changed wholly or not at all */
	enum dcvp_cas cas; /* what is refused if somebody else changed it since the read */
	enum dcvp_visible visible;
	int no_cname, no_caa; /* types that it cannot hold; TXT it must */
	int no_read; /* what stands there is read from DNS, at the addresses of setting
	              * `server` (exec dialects without reading) */
	int marks; /* notes of edits are kept and read back */
	int needs_zone; /* a session is for one zone (setting `zone`) */
	uint32_t ttl_min_s, ttl_max_s; /* 0: any; dcvp_zone may narrow it */
	uint32_t txt_max; /* octets of a TXT value in all; 0: 65,535 */
	const char *txt_forbidden; /* octets that a TXT value cannot have; NULL: none */
	uint32_t values_max; /* of an RRset; 0: any */
	uint32_t edits_max; /* of a change; 0: any. The host splits what is over it */
	uint32_t sessions_max; /* open at once in an account; 0: any */
	int compares; /* apply reads, as the last thing before it writes, and refuses as a conflict
	               * what is not as edits have it in `before`: the host need not read again */
	int no_empty_txt; /* a TXT value of no octets it cannot hold */
	int ttl_stays; /* it cannot change the TTL of a set that is there */
};

/* --- the provider --- */

struct dcvp_provider {
	size_t struct_size;
	uint32_t abi;
	const char *name; /* [a-z0-9-]+ */
	const char *title;
	const struct dcvp_option *options; /* ends with key NULL */
	const struct dcvp_capabilities *capabilities;

	/* Settings are checked against the options before. Asks nobody yet. */
	enum dcvp_class (*open)(const struct dcvp_host *host,
		const struct dcvp_setting *settings, size_t n, void **ret_session,
		struct dcvp_error *err);
	void (*close)(void *session);

	/* Is the backend there and are we let in? Changes nothing. *ret: one line for people, or
	 * NULL. Optional. */
	enum dcvp_class (*probe)(void *session, const char **ret, struct dcvp_error *err);

	/* Does the backend hold this zone? DCVP_OK or DCVP_NO_ZONE, which may say in *err where it
	 * was looked for (a region, a project). */
	enum dcvp_class (
		*find_zone)(void *session, const char *zone, struct dcvp_error *err);

	/* What the zone holds at these owners. Guards that concern the whole zone end it with
	 * DCVP_REFUSED. Reading changes nothing. */
	enum dcvp_class (*read)(void *session, const char *zone, const char *const *owners,
		size_t n, struct dcvp_zone *ret, struct dcvp_error *err);

	/* Carries out a change; results[i] tells of edits[i], and is DCVP_EDIT_UNKNOWN when the call
	 * begins. DCVP_OK: every edit is done or was already, and the change is durable.
	 * DCVP_UNKNOWN: some edits may hold, as results say; the host reads before anything else.
	 * Any other class: nothing changed, whatever results say. The host has the zone's lock. */
	enum dcvp_class (*apply)(void *session, const struct dcvp_change *change,
		struct dcvp_result *results, struct dcvp_receipt *receipt,
		struct dcvp_error *err);

	/* Makes the change visible (reload) and proves it, or waits until the backend says that its
	 * servers have it. DCVP_FAILED: refused for certain, and the state before the change is
	 * back. DCVP_UNKNOWN: no proof either way; kept. Optional. */
	enum dcvp_class (*sync)(void *session, const struct dcvp_change *change,
		struct dcvp_receipt *receipt, struct dcvp_error *err);

	/* Settles a change that a run left cut off: finds which edits hold, goes on from there
	 * as sync does, removes what the run left lying about. No further edit. Optional: without it
	 * the host reads, and what it finds decides. */
	enum dcvp_class (*recover)(void *session, const struct dcvp_change *change,
		struct dcvp_result *results, struct dcvp_error *err);

	/* What this session can, where only the backend itself knows: holds in place of
	 * `capabilities`. Changes nothing. Optional. */
	enum dcvp_class (*describe)(void *session, struct dcvp_capabilities *ret,
		struct dcvp_error *err);

	/* What host->variable may be asked for; NULL-terminated. NULL: nothing. */
	const char *const *variables;

	/* What the service takes of an account: so many requests in so many seconds, whenever they
	 * begin. 0: not known; the host sends 10 a second at most. An account's requests_per_second
	 * holds in place of it. */
	uint32_t rate_requests, rate_s;

	/* Services that take orders for certificates, which an account of this provider may ask:
	 * words of an order's `service:`, NULL-terminated. NULL: none. */
	const char *const *services;
	/* What one of `services` says of an order: the whole answer as JSON, which the host reads;
	 * *ret NULL: it knows no order of this number. Changes nothing. Optional. */
	enum dcvp_class (*order)(void *session, const char *service, const char *number,
		const char **ret, struct dcvp_error *err);
};

/* The one symbol of a plugin's shared object. */
#define DCVP_ENTRY_SYMBOL "dcvp_provider_1"
typedef const struct dcvp_provider *(*dcvp_entry)(void);

#ifdef __cplusplus
#define DCVP_EXPORT extern "C" __attribute__((visibility("default")))
#else
#define DCVP_EXPORT __attribute__((visibility("default")))
#endif
/* DCVP_ENTRY(my_provider): in the shared object the symbol that the host looks up; nothing where
 * the same source is built into the program (DCVP_BUILTIN). */
#ifdef DCVP_BUILTIN
#define DCVP_ENTRY(provider) struct dcvp_provider
#else
#define DCVP_ENTRY(provider)                                           \
	DCVP_EXPORT const struct dcvp_provider *dcvp_provider_1(void); \
	const struct dcvp_provider *dcvp_provider_1(void)              \
	{                                                              \
		return &(provider);                                    \
	}                                                              \
	struct dcvp_provider
#endif

#ifdef __cplusplus
}
#endif
#endif
