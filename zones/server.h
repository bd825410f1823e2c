/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The name server that loads a zone file, and how its control program is told what. */
#ifndef DCV_ZONES_SERVER_H
#define DCV_ZONES_SERVER_H

#include "dns/ask.h"
#include "zones/program.h"

enum dcv_zreload_by {
	DCV_ZRELOAD_NONE,
	DCV_ZRELOAD_BIND,
	DCV_ZRELOAD_NSD,
	DCV_ZRELOAD_KNOT,
	DCV_ZRELOAD_PDNS,
	DCV_ZRELOAD_COMMAND
};

/* What the configuration says of the server. */
struct dcv_zserver {
	enum dcv_zreload_by by;
	const char *zone; /* without final dot */
	const char *file; /* the zone's file, for people */
	const char *reload_config; /* of the control program; NULL: its own */
	const char *const *reload, *const *checker, *const *signer; /* NULL-terminated; NULL:
	                                                             * none, or the preset's */
	bool freeze; /* the server writes the file too: frozen around an edit */
	const char *address_text;
	struct dcv_addr address;
	const struct dcvp_host *host;
};

/* What a control program can be told. */
enum dcv_zorder {
	DCV_ZORDER_RELOAD,
	DCV_ZORDER_FREEZE, /* takes no updates of the zone any more */
	DCV_ZORDER_FLUSH, /* writes what its journal holds into the file */
	DCV_ZORDER_THAW,
	DCV_ZORDER_ZONE, /* how is the zone? */
	DCV_ZORDER_SERVER, /* is it there? */
	DCV_ZORDER_N
};

/* What is known of a kind of server. */
struct dcv_zpreset {
	const char *word; /* in the settings */
	const char *title, *control, *config; /* config: what reload_config names */
	const char *const *orders[DCV_ZORDER_N]; /* NULL: it does not know it */
	const char *const *checker; /* refuses nothing that the server loads; NULL: none */
	const char *refusals[2]; /* what it says of a refusal though its status is 0 */
	const char *frozen; /* what it says of a zone that is frozen */
	bool counts; /* it may count serials by itself, so they prove nothing */
};

/* NULL: none, or a command. */
const struct dcv_zpreset *dcv_zpreset_of(enum dcv_zreload_by by);
/* False: no such word. */
bool dcv_zreload_by_word(const char *word, enum dcv_zreload_by *ret);

/* Runs the control program of a preset that knows the order, or (for a reload) the configured
 * command. */
void dcv_zserver_tell(const struct dcv_zserver *server, enum dcv_zorder order,
	struct dcv_zprogram *ret);
/* The program that is run for a reload. */
const char *dcv_zserver_control(const struct dcv_zserver *server);
/* What a person types to give the order, in the arena; NULL: memory is out. */
const char *dcv_zserver_typed(const struct dcv_zserver *server, enum dcv_zorder order,
	struct dcv_arena *arena);
/* Runs the preset's own checker on a file. */
void dcv_zserver_check(const struct dcv_zserver *server, const char *path,
	struct dcv_zprogram *ret);

#endif
