/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The second way to look, where port 53 is closed to this host: a stub resolver that asks recursive
 * resolvers over TLS. What a resolver says is not what each authoritative address says: it may be
 * a cached answer. So every resolver that was named must show it, and the resolvers stand where
 * the name servers of a zone stand else: as the servers of a check, of a look, of a climb. */
#ifndef DCV_CHECK_STUB_H
#define DCV_CHECK_STUB_H

#include "check/survey.h"
#include "dns/resolver.h"

struct dcv_stub_options {
	enum dcv_via via; /* not DCV_VIA_DIRECT */
	size_t n_resolvers; /* at least one */
	const struct dcv_resolver *resolvers;
	const char *tls_bundle; /* PEM file of trusted certificates; NULL: those of the system */
	int64_t deadline_ms; /* monotonic, of everything */
	const struct dcv_clock *clock;
	bool (*stopped)(void *ctx); /* asked ten times a second, or NULL; true: all ends */
	void *ctx;
};

struct dcv_stub;

/* Looks up the addresses of resolvers that are named by a host name only; connects to nobody yet.
 * Options are copied, but for what they point to. SIGPIPE must be ignored (base/start.h). Fails:
 * DCV_E_UNVERIFIED (the module dcv-tls cannot be opened), DCV_E_NOMEM. */
enum dcv_err dcv_stub_new(const struct dcv_stub_options *options, struct dcv_stub **ret,
	struct dcv_error *err) DCV_NODISCARD;
/* Closes the connections. NULL is let be. What it found dies with it. */
void dcv_stub_free(struct dcv_stub *stub);
/* Another deadline for what is asked from now on. */
void dcv_stub_deadline(struct dcv_stub *stub, int64_t deadline_ms);

/* The resolvers as the servers of one zone, the root: what dcv_stub_check asks. */
struct dcv_check_zone dcv_stub_zone(const struct dcv_stub *stub);

/* As dcv_check_run, but at the resolvers: items[i].zone is 0, the owner that of the order, aliases
 * are followed by the resolver. One round is a look, since a cache says the same twice. Who has an
 * older answer in its cache is asked again when that is over, at the latest after a minute; ttl_s
 * of the observation says how long it may be kept still. Fails: DCV_E_NOMEM, DCV_E_INTERNAL. */
enum dcv_err dcv_stub_check(struct dcv_stub *stub, const struct dcv_check_options *options,
	const struct dcv_check_item *items, size_t n_items, struct dcv_arena *arena,
	struct dcv_check_result *ret, struct dcv_error *err) DCV_NODISCARD;

/* As dcv_survey_find, dcv_survey_look (but for `wildcard`) and dcv_survey_caa. The zone of a place
 * is that of the SOA that the resolvers tell; its servers are not looked at. What was found lives
 * in the stub. Fails: DCV_E_NOMEM, DCV_E_INTERNAL. */
enum dcv_err dcv_stub_find(struct dcv_stub *stub, const struct dcv_name *names, size_t n,
	struct dcv_place_of_name *places, struct dcv_error *err) DCV_NODISCARD;
enum dcv_err dcv_stub_look(struct dcv_stub *stub, struct dcv_look *looks, size_t n,
	struct dcv_error *err) DCV_NODISCARD;
enum dcv_err dcv_stub_caa(struct dcv_stub *stub, const struct dcv_name *names, size_t n,
	struct dcv_survey_climb *climbs, struct dcv_error *err) DCV_NODISCARD;

#endif
