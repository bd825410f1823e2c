/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside providers/huaweicloud/ only: a session with Huawei Cloud DNS, or with a cloud that runs the
 * same software, and what its files share. */
#ifndef DCV_PROVIDERS_HUAWEICLOUD_H
#define DCV_PROVIDERS_HUAWEICLOUD_H

#include "providers/kit/kit.h"

/* The line of those that no other line is for. */
#define DCV_HW_LINE "default_view"

enum dcv_hw_auth {
	DCV_HW_AUTH_KEY, /* access key and secret key; temporary ones with a security token */
	DCV_HW_AUTH_TOKEN, /* a token of IAM, for a user and a password */
	DCV_HW_AUTH_METADATA /* temporary keys from the metadata service of the machine */
};

/* Texts are the session's; URLs are without a final slash; what is not set is NULL. */
struct dcv_hw {
	const struct dcvp_host *host;
	enum dcv_hw_auth auth;
	int sought; /* nobody gave keys or said where they are: the last place is looked at */
	const char *endpoint, *iam, *metadata, *scm;
	const char *version; /* of the API of record sets, "v2.1" or "v2" */
	const char *line; /* the one whose sets are ours to write */
	const char *region, *project_id;
	const char *access_key, *secret_key, *security_token;
	const char *username, *password, *domain_name, *project_name;
};

/* A call of the interface, and its last request and answer. */
struct dcv_hw_call {
	struct dcv_kit kit;
	const struct dcv_hw *session;
	const char *subject; /* of errors: the zone, or the endpoint */
	int logged_in;
	struct dcvp_sign sign; /* of requests, unless there is a token */
	const char *token;
	int status; /* 0: no answer */
	const struct dcvp_tree *json; /* NULL: the body is empty, or not JSON */
	const char *code, *said; /* the vendor's, of a refusal; "" */
};
void dcv_hw_begin(struct dcv_hw_call *call, const struct dcv_hw *session,
	const char *subject);

/* --- api.c */

/* Asks the service "METHOD endpoint/path" as who the account says; body may be NULL. Other
 * methods than GET change something, and are sent once, but where the service says that it did
 * nothing and is to be asked later: then it is asked again, until the deadline.
 * Returns DCVP_OK if the answer is a success, and is JSON if it is not empty. Fails: DCVP_FAILED:
 * for certain nothing changed; *err has cause, code and remedy; DCVP_UNKNOWN, of a change only. */
enum dcvp_class dcv_hw_ask(struct dcv_hw_call *call, const char *method, const char *path,
	const struct dcvp_tree *body, struct dcvp_error *err);
/* Sends a request as it is, once, and reads the answer into the call, and *ret if that is not NULL.
 * DCVP_OK: there is one, whatever its status. Of `repeatable` requests never DCVP_UNKNOWN. */
enum dcvp_class dcv_hw_send(struct dcv_hw_call *call,
	const struct dcvp_http_request *request, struct dcvp_http_answer *ret,
	struct dcvp_error *err);
/* What an answer that is no success means. changing: whether it may have changed something. */
enum dcvp_class dcv_hw_refused(struct dcv_hw_call *call,
	const struct dcvp_http_answer *answer, int changing, struct dcvp_error *err);
/* A body as JSON, into the request. */
enum dcvp_class dcv_hw_put_body(struct dcv_hw_call *call, const struct dcvp_tree *body,
	struct dcvp_http_request *request, struct dcvp_error *err);

/* --- login.c */

/* Fills in call->sign or call->token, once. What is got from IAM or the metadata service is kept for
 * the other sessions of the run. */
enum dcvp_class dcv_hw_login(struct dcv_hw_call *call, struct dcvp_error *err);

/* --- keys.c: the places of the vendor's SDKs */

/* Variables that the host may be asked for. */
extern const char *const dcv_hw_variables[];
/* Keys for an account that gives none: those of the variables, else those of the file; they stay
 * NULL where there are none. Fails: the file cannot be read, or there are halves of keys. */
enum dcvp_class dcv_hw_seek_keys(struct dcv_kit *kit, struct dcv_hw *session,
	struct dcvp_error *err);

/* --- pages.c */

/* Called with each member of a listing; with NULL: what was taken is void, the listing begins anew,
 * since a member went that a page was to follow. 0: it cannot be read. */
typedef int (*dcv_hw_taker)(struct dcv_hw_call *call, const struct dcvp_tree *member,
	void *ctx);
/* Lists all pages of "GET endpoint/path", whose members are under `key`; path ends in a query. */
enum dcvp_class dcv_hw_pages(struct dcv_hw_call *call, const char *path, const char *key,
	dcv_hw_taker take, void *ctx, struct dcvp_error *err);
/* The id of a member, if it is fit for a URL; else NULL. */
const char *dcv_hw_id(const struct dcvp_tree *member);

/* --- sets.c */

struct dcv_hw_set {
	struct dcvp_rrset rrset;
	const char *id; /* fit for a URL */
	const char *line, *status;
	const char *description; /* "" */
	const char *aside; /* why it is not the set that is edited, for people; NULL: it is */
	int going; /* it is being deleted */
};
struct dcv_hw_sets {
	size_t n;
	struct dcv_hw_set *items; /* sorted by owner, type, aside */
};
/* The sets of a zone, of all lines; only those of an owner if that is not NULL. */
enum dcvp_class dcv_hw_list(struct dcv_hw_call *call, const char *zone_id,
	const char *owner, struct dcv_hw_sets *ret, struct dcvp_error *err);
/* A set as an answer has it. 0: it cannot be read. */
int dcv_hw_take_set(struct dcv_hw_call *call, const struct dcvp_tree *json,
	struct dcv_hw_set *ret);
/* The set of an owner and type that is edited, or NULL. */
const struct dcv_hw_set *dcv_hw_find(const struct dcv_hw_sets *sets, const char *owner,
	uint16_t type);
/* Whether sets of this type are written at all. */
int dcv_hw_is_edited(uint16_t type);
/* Whether the service could not carry it out: what it lists is not what is served. */
int dcv_hw_has_failed(const struct dcv_hw_set *set);
/* Whether the service has not yet carried out what it was asked. */
int dcv_hw_is_pending(const struct dcv_hw_set *set);

/* --- zone.c */

struct dcv_hw_zone {
	const char *id; /* fit for a URL */
	const char *fixed; /* why nothing in it can be edited, or NULL */
};
/* The public zone of this name. DCVP_NO_ZONE: the account has none. */
enum dcvp_class dcv_hw_zone(struct dcv_hw_call *call, const char *zone,
	struct dcv_hw_zone *ret, struct dcvp_error *err);

/* --- read.c */

struct dcv_hw_listed {
	struct dcv_hw_zone zone;
	struct dcv_hw_sets sets;
	struct dcv_kit_zone index;
	const char *etag;
};
/* A zone and all that is in it. */
enum dcvp_class dcv_hw_list_zone(struct dcv_hw_call *call, const char *zone,
	struct dcv_hw_listed *ret, struct dcvp_error *err);

/* --- order.c */

extern const char *const dcv_hw_services[]; /* ended by NULL */

/* --- the calls of the interface */

enum dcvp_class dcv_hw_find_zone(void *session, const char *zone, struct dcvp_error *err);
enum dcvp_class dcv_hw_read(void *session, const char *zone, const char *const *owners,
	size_t n, struct dcvp_zone *ret, struct dcvp_error *err);
enum dcvp_class dcv_hw_apply(void *session, const struct dcvp_change *change,
	struct dcvp_result *results, struct dcvp_receipt *receipt, struct dcvp_error *err);
enum dcvp_class dcv_hw_sync(void *session, const struct dcvp_change *change,
	struct dcvp_receipt *receipt, struct dcvp_error *err);
enum dcvp_class dcv_hw_order(void *session, const char *service, const char *number,
	const char **ret, struct dcvp_error *err);

#endif
