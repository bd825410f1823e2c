/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What the host lends providers (struct dcvp_host): memory, log, clock, HTTP, JSON, XML, signatures,
 * a cache. Three lives: that of a run, that of an account (requests a second, connections, cache;
 * shared by its sessions, which may be in several threads), that of a session. */
#ifndef DCV_PROVIDER_SERVICES_H
#define DCV_PROVIDER_SERVICES_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "dns/name.h"
#include "provider/provider.h"
#include "provider/secret.h"

/* Keys that every account may have beside those of its provider. Ends with key NULL. They are
 * checked like a provider's own, and not handed to its open().
 *
 * http_record: each exchange becomes a file of the directory, NNNN.json, without secrets: {"request":
 * {"method", "url", "headers": [[name, value]], "body"}, "answer": {"status", "headers", "body"}};
 * where none came, "failure" and "sent" stand for "answer". http_replay: nothing is sent, and no
 * time passes; a request gets the answer of the first file, not yet used in this run, that has its
 * method, URL and body. */
extern const struct dcvp_option dcv_services_options[];

/* Of a run. Owns: the caller closes it when no session is open any more. Opens nothing, asks
 * nobody. Fails: DCV_E_NOMEM. */
struct dcv_services;
enum dcv_err dcv_services_make(struct dcv_services **ret, struct dcv_error *err)
	DCV_NODISCARD;
void dcv_services_close(struct dcv_services *services);

/* One of several zones of a name that an account holds. */
struct dcv_rival {
	size_t n_servers;
	const struct dcv_name *servers;
};

/* Who knows which of n zones the parent delegates to: *ret, or n, and why not in ret_why. Called in
 * any thread, also in several at once. */
#define DCV_RIVAL_WHY_MAX 160u
struct dcv_electorate {
	enum dcv_err (*elect)(void *ctx, const struct dcv_name *zone,
		const struct dcv_rival *rivals, size_t n, size_t *ret,
		char ret_why[DCV_RIVAL_WHY_MAX], struct dcv_error *err);
	void *ctx;
};
/* Before the first session. Without it nobody knows. */
void dcv_services_elect_by(struct dcv_services *, const struct dcv_electorate *);

struct dcv_services_account; /* in http.h */

/* At most so many requests in any window of that length. 0, 0: not known. */
struct dcv_rate {
	int64_t requests, window_ms;
};
extern const struct dcv_rate dcv_rate_default;

struct dcv_services_settings {
	bool insecure_http, local_addresses;
	struct dcv_rate rate;
	const char *ca_file, *record, *replay; /* NULL: not set */
};

/* Of a session: the ctx of every function in struct dcvp_host. The caller fills in the first part,
 * which is borrowed, and may change `current` and `deadline_ms` between calls. */
struct dcv_lent {
	struct dcv_services *services; /* NULL: neither HTTP, XML nor cache */
	const char *account; /* its name: sessions of one name share; the subject of errors */
	size_t n_settings;
	const struct dcvp_setting *settings; /* those of dcv_services_options are looked at */
	const char *const *variables; /* of the provider; NULL: none */
	struct dcv_rate rate; /* of the provider, where no setting says anything */
	const struct dcv_clock *clock;
	const struct dcv_log *log;
	int64_t deadline_ms; /* monotonic */
	struct dcv_arena *current; /* what alloc serves from */
	struct dcv_secrets *secrets; /* hidden in all that is logged, recorded or said in an
	                              * error; tokens that requests carry are added. NULL: none */

	/* The rest is set by dcv_services_lend. */
	struct dcv_services_settings found;
	struct dcv_services_account *shared;
	size_t n_forms; /* secrets whose encoded forms are hidden too */
};

/* Fills in all of *ret (struct dcvp_host). lent must stay where it is, until the session is
 * closed. Fails: DCV_E_NOMEM; DCV_E_CONFIG: a setting cannot be used (http_replay: no such
 * directory). */
enum dcv_err dcv_services_lend(struct dcv_lent *lent, struct dcvp_host *ret,
	struct dcv_error *err) DCV_NODISCARD;

#endif
