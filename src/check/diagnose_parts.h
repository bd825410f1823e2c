/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside check/ only: what the parts of the diagnosis share. */
#ifndef DCV_CHECK_DIAGNOSE_PARTS_H
#define DCV_CHECK_DIAGNOSE_PARTS_H

#include "check/diagnose.h"

/* A diagnosis in the making. */
struct dcv_diagnosing {
	const struct dcv_symptoms *symptoms;
	struct dcv_arena *arena;
	size_t n;
	struct dcv_finding *findings;
	bool failed; /* memory is out */
};

/* What a finding says; all may be NULL but id and text. */
struct dcv_saying {
	const char *id;
	bool note;
	const struct dcv_name *where;
	size_t item; /* 1 more than the index; 0: none */
	const char *text, *seen, *wanted;
	struct dcv_blanks blanks; /* for the cause's remedy */
	const char *remedy; /* in place of the cause's */
};

/* Adds a finding, unless the same cause with the same text is there already. */
void dcv_diagnosing_add(struct dcv_diagnosing *making, const struct dcv_saying *saying);
bool dcv_diagnosing_has(const struct dcv_diagnosing *making, const char *id,
	const struct dcv_name *where);

/* Text in the arena; "?" when memory is out, which is noted. */
const char *dcv_diagnosing_printf(struct dcv_diagnosing *making, const char *fmt, ...)
	DCV_PRINTF(2, 3);
/* A name without its final dot; the root is ".". */
const char *dcv_diagnosing_name(struct dcv_diagnosing *making,
	const struct dcv_name *name);
/* RDATA in presentation form, cut after 300 characters. */
const char *dcv_diagnosing_rdata(struct dcv_diagnosing *making, uint16_t type,
	const struct dcv_rdata *rdata);
/* "ns1.example.com 192.0.2.1" */
const char *dcv_diagnosing_address(struct dcv_diagnosing *making,
	const struct dcv_zone_server *server, const struct dcv_zone_address *address);
/* `list` and `item` with a comma between, "" and NULL as nothing; after 8, "…" once. */
const char *dcv_diagnosing_join(struct dcv_diagnosing *making, const char *list,
	const char *item);

/* --- parts --- */

/* Delegation, servers, what they do to any question. */
void dcv_diagnose_servers(struct dcv_diagnosing *making);
/* One item: the record itself, and its time. */
void dcv_diagnose_item(struct dcv_diagnosing *making, size_t item);
/* DNSSEC of an item, and what the eye saw. */
void dcv_diagnose_eye(struct dcv_diagnosing *making, size_t item);
void dcv_diagnose_caa(struct dcv_diagnosing *making);

/* An item that is looked at. */
struct dcv_looking {
	struct dcv_diagnosing *making;
	size_t index;
	const struct dcv_symptom *item; /* its zone was found, and its look has a hop */
	const struct dcv_hop *end;
	size_t has, answered; /* addresses */
	const char *owner, *zone;
	char type[DCV_TYPE_TEXT_MAX];
};

/* Adds a finding of the item; owner, zone, type, value and what is wanted are filled in. */
void dcv_looking_tell(const struct dcv_looking *of, struct dcv_saying saying);
/* A record as a line of a zone. */
const char *dcv_looking_line(const struct dcv_looking *of, const struct dcv_name *owner,
	uint32_t ttl_s, uint16_t type, const struct dcv_rdata *rdata);
/* The first wanted value that no address has, else the first wanted; NULL: none is wanted. */
const struct dcv_rdata *dcv_looking_missing(const struct dcv_looking *of);
/* The first answer with records, or NULL. */
const struct dcv_address_answer *dcv_looking_filled(const struct dcv_hop *hop);
/* CNAME and other data [P08]; values in the way at every address [P03, P13]. True: told. */
bool dcv_looking_clash(const struct dcv_looking *of);
bool dcv_looking_leftovers(const struct dcv_looking *of);
/* No address has it: tells why. */
void dcv_looking_absent(const struct dcv_looking *of);
/* The list has the value, TXT by its octets however they are cut into strings. */
bool dcv_symptom_has_value(uint16_t type, const struct dcv_rdata *list, size_t n,
	const struct dcv_rdata *value);

/* How many of the addresses that answered have all wanted values of the item; *ret_answered of
 * how many. The answers are those at the end of the aliases. */
size_t dcv_symptom_has(const struct dcv_symptom *item, size_t *ret_answered);
/* The answers at the end of the aliases; NULL: there are none. */
const struct dcv_hop *dcv_symptom_end(const struct dcv_symptom *item);
/* What makes `found` almost `wanted`, in words in the arena; NULL: nothing like it. n found
 * values: two of them may be one that was torn. */
const char *dcv_near_miss(uint16_t type, const struct dcv_rdata *wanted,
	const struct dcv_rdata *found, size_t n, struct dcv_arena *arena);
/* The octets that a CA compares: the joined strings of TXT, the name of CNAME without its final
 * dot. NULL when memory is out. */
const char *dcv_near_octets(uint16_t type, const struct dcv_rdata *rdata,
	struct dcv_arena *arena, size_t *ret_len);

#endif
