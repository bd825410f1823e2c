/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside providers/route53/ only: a session with Amazon Route 53, and what its files share. */
#ifndef DCV_PROVIDERS_ROUTE53_H
#define DCV_PROVIDERS_ROUTE53_H

#include "providers/kit/kit.h"

/* The settings of an account; NULL where they say nothing. */
struct dcv_r53 {
	const struct dcvp_host *host;
	const char *endpoint, *sts_endpoint; /* without a slash at the end */
	const char *sign_region, *sts_region; /* never NULL */
	const char *access_key, *secret_key, *session_token;
	const char *profile, *role_arn, *external_id, *metadata_endpoint;
	size_t n_ids;
	const char **ids; /* hosted_zone_id: no other zone is taken */
	int waits; /* until the servers have a change */
};

/* A request and its answer. */
struct dcv_r53_call {
	struct dcv_kit kit;
	const struct dcv_r53 *session;
	int changing; /* the request changes something, if it is acted on */
	int status;
	const struct dcvp_tree *xml; /* the root element; NULL: the body is not XML */
	const char *code, *said; /* of a failure: the vendor's code and words; "" */
};
/* Readies the call. */
void dcv_r53_begin(struct dcv_r53_call *call, void *session);

/* --- api.c */

/* Asks "METHOD endpoint/2013-04-01path"; body may be NULL. A body makes it a change. What was
 * refused because it came too fast or too early is asked again. Returns DCVP_OK with the status
 * of the answer, whatever it is. Fails: as host->http (of a change DCVP_UNKNOWN too), as
 * dcv_r53_keys, and if an answer of success is not XML. */
enum dcvp_class dcv_r53_ask(struct dcv_r53_call *call, const char *method,
	const char *path, const char *body, struct dcvp_error *err);
/* What an answer other than success means: fills in *err with cause, code and remedy. */
enum dcvp_class dcv_r53_refused(const struct dcv_r53_call *call, const char *subject,
	struct dcvp_error *err);
/* Takes an answer apart into status, code, said and xml. */
void dcv_r53_take_answer(struct dcv_r53_call *call, const struct dcvp_http_answer *answer,
	struct dcvp_error *err);

/* --- text.c: how names and values are spelt there. NULL when memory is out */

/* Escapes \DDD as the octal ones of Route 53, and back. */
const char *dcv_r53_to_octal(struct dcv_kit *kit, const char *text);
const char *dcv_r53_from_octal(struct dcv_kit *kit, const char *text);
/* Adds a text with the markup of XML escaped. */
void dcv_r53_add_xml(struct dcv_kit_text *to, const char *text);

/* --- read.c */

struct dcv_r53_zone {
	const char *id; /* without /hostedzone/ */
	struct dcvp_rrset *sets;
	const struct dcvp_tree **listed; /* each set as it was listed, one of several */
	size_t n_sets, cap;
	struct dcv_kit_zone index;
	const char *etag;
};
/* All sets of the zone. Fails: DCVP_NO_ZONE; as dcv_r53_ask. */
enum dcvp_class dcv_r53_list(struct dcv_r53_call *call, const char *zone,
	struct dcv_r53_zone *ret, struct dcvp_error *err);
enum dcvp_class dcv_r53_find_zone(void *session, const char *zone, struct dcvp_error *err);
enum dcvp_class dcv_r53_read(void *session, const char *zone, const char *const *owners,
	size_t n, struct dcvp_zone *ret, struct dcvp_error *err);

/* --- write.c */

enum dcvp_class dcv_r53_apply(void *session, const struct dcvp_change *change,
	struct dcvp_result *results, struct dcvp_receipt *receipt, struct dcvp_error *err);
enum dcvp_class dcv_r53_sync(void *session, const struct dcvp_change *change,
	struct dcvp_receipt *receipt, struct dcvp_error *err);

/* --- credentials.c: the chain of the AWS tools */

struct dcv_r53_keys {
	const char *key_id; /* NULL: there are none */
	const char *secret;
	const char *token; /* of temporary ones, or NULL */
	int64_t expires_s; /* 0: they do not */
};
/* The keys of the account, from its settings, from what an earlier call found, or from wherever
 * they are. Fails: DCVP_FAILED with the places that were looked at. */
enum dcvp_class dcv_r53_keys(struct dcv_r53_call *call, struct dcv_r53_keys *ret,
	struct dcvp_error *err);
/* Seconds since the epoch of 2026-11-22T10:00:00Z; 0: it is no such time. */
int64_t dcv_r53_time(const char *text);
/* The first of the variables that is set, or NULL. */
const char *dcv_r53_variable(const struct dcv_r53_call *call, const char *name);
/* A file without the blanks around it; *ret NULL: there is none. */
enum dcvp_class dcv_r53_file(struct dcv_r53_call *call, const char *path,
	const char **ret, struct dcvp_error *err);

/* --- profile.c: one section of the files of the AWS tools */

/* Of one file: those of two are never mixed. */
struct dcv_r53_static {
	const char *access_key, *secret_key, *session_token;
};
struct dcv_r53_profile {
	int found;
	struct dcv_r53_static shared, config; /* ~/.aws/credentials, ~/.aws/config */
	/* Of whichever file has it, the first before the second: */
	const char *role_arn, *source_profile, *credential_source, *external_id;
	const char *role_session_name, *web_identity_token_file, *mfa_serial;
	const char *credential_process, *sso; /* what dcvctl does not do */
};
enum dcvp_class dcv_r53_profile(struct dcv_r53_call *call, const char *name,
	struct dcv_r53_profile *ret, struct dcvp_error *err);
/* Reads the section of a text; prefix: "profile " in the configuration file, "" in the other. What is
 * set stays. */
void dcv_r53_profile_take(struct dcv_kit *kit, const char *text, const char *prefix,
	const char *name, struct dcv_r53_profile *ret);

/* --- sts.c, metadata.c: services that hand out temporary keys. key_id NULL: not there */

struct dcv_r53_role {
	const char *arn;
	const char *session_name, *external_id; /* or NULL */
};
/* A role, with the keys of somebody who may have it. */
enum dcvp_class dcv_r53_assume(struct dcv_r53_call *call, const struct dcv_r53_role *role,
	const struct dcv_r53_keys *with, struct dcv_r53_keys *ret, struct dcvp_error *err);
/* A role, with the token of a file. */
enum dcvp_class dcv_r53_web_identity(struct dcv_r53_call *call,
	const struct dcv_r53_role *role, const char *token_file, struct dcv_r53_keys *ret,
	struct dcvp_error *err);
enum dcvp_class dcv_r53_from_container(struct dcv_r53_call *call,
	struct dcv_r53_keys *ret, struct dcvp_error *err);
enum dcvp_class dcv_r53_from_instance(struct dcv_r53_call *call, struct dcv_r53_keys *ret,
	struct dcvp_error *err);

#endif
