/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What the files of the HTTP service share. */
#ifndef DCV_PROVIDER_HTTP_H
#define DCV_PROVIDER_HTTP_H

#include <pthread.h>

#include "provider/http_module.h"
#include "provider/http_url.h"
#include "provider/services.h"

#define DCV_HTTP_IDLE_MAX 8u
#define DCV_HTTP_TRIES 5u
#define DCV_RETRY_AFTER_MAX_MS INT64_C(120000)

struct dcv_cached;

/* What the last answer with a date said of the clocks. */
struct dcv_skew {
	int64_t ahead_s; /* ours of the server's; negative: behind */
	int64_t taken_s; /* how far off a signature like the request's may be; 0: it had none */
	char server[256];
};

/* What the sessions of an account share, under the mutex. */
struct dcv_services_account {
	struct dcv_services_account *next;
	char *name;
	pthread_mutex_t mutex;
	int64_t *free_ms; /* http_pace.c: when each place of the window is free again */
	size_t n_places;
	int64_t pause_until_ms;
	struct dcv_skew skew; /* http_skew.c */
	void *idle[DCV_HTTP_IDLE_MAX]; /* connections that nobody uses now */
	size_t n_idle;
	struct dcv_cached *cache;
	size_t n_used; /* http_tape.c: which recorded exchanges were played */
	bool *used;
};

struct dcv_services {
	pthread_mutex_t mutex;
	struct dcv_services_account *accounts;
	struct dcv_module module; /* opened by the first who needs it */
	const struct dcv_http_module *http;
	struct dcv_electorate electorate;
};

/* --- services.c --- */

void dcv_lent_log(void *ctx, enum dcvp_level level, const char *line);
/* Waits, however often a signal wakes it. */
void dcv_lent_wait(const struct dcv_lent *lent, int64_t ms);
/* Opens the module once. NULL with *err. */
const struct dcv_http_module *dcv_services_module(struct dcv_services *services,
	struct dcv_error *err);
/* Fills *err (text `ACCOUNT: …`, secrets hidden) and returns class. */
enum dcvp_class dcv_lent_fail(const struct dcv_lent *lent, struct dcvp_error *err,
	enum dcvp_class class, enum dcvp_cause cause, const char *fmt, ...)
	DCV_PRINTF(5, 6);
/* What an error of ours is to a provider. */
enum dcvp_class dcv_lent_fail_of(const struct dcv_lent *lent, struct dcvp_error *err,
	const struct dcv_error *from);

/* --- surroundings.c: host->variable, host->file --- */

const char *dcv_lent_variable(void *ctx, const char *name);
enum dcvp_class dcv_lent_file(void *ctx, const char *path, const char **ret,
	struct dcvp_error *err);

/* --- elect.c: host->elect --- */

enum dcvp_class dcv_lent_elect(void *ctx, const char *zone,
	const struct dcvp_rival *rivals, size_t n, size_t *ret, struct dcvp_error *err);

/* --- http.c: host->http --- */

enum dcvp_class dcv_http_send(void *ctx, const struct dcvp_http_request *request,
	struct dcvp_http_answer *ret, struct dcvp_error *err);

/* --- http_check.c --- */

/* Whether a request may be sent. False with *ret_why. */
bool dcv_http_check(const struct dcvp_http_request *request,
	const struct dcv_services_settings *settings, struct dcv_url *ret,
	const char **ret_why);
/* The value of a header of an answer, or NULL. */
const char *dcv_http_header(const struct dcvp_header *headers, size_t n, const char *name);

/* --- http_hide.c: what must not be seen --- */

/* Notes what a request authenticates with, in headers, signature and body, and how secrets look in a
 * URL. False when memory is out. */
bool dcv_http_learn(struct dcv_lent *lent, const struct dcvp_http_request *request);
/* Notes what an answer hands out: tokens, temporary keys. False when memory is out. */
bool dcv_http_learn_answer(struct dcv_lent *lent,
	const struct dcv_http_exchange *exchange);
/* A text without secrets, in the arena; NULL when memory is out. */
const char *dcv_http_hide(const struct dcv_lent *lent, const char *text,
	struct dcv_arena *arena);
/* The same of a URL without its query, which some APIs take secrets in. */
const char *dcv_http_hide_url(const struct dcv_lent *lent, const char *url,
	struct dcv_arena *arena);
/* The same of a body: without the values of members that hold secrets by their names too
 * ("access_token": …, client_secret=…, <SessionToken>…). */
const char *dcv_http_hide_body(const struct dcv_lent *lent, const char *body,
	struct dcv_arena *arena);
/* The same of the body of an answer. A text that answers a PUT or POST may be a token all by itself,
 * as that of a metadata service is. */
const char *dcv_http_hide_answer(const struct dcv_lent *lent,
	const struct dcv_http_exchange *exchange, struct dcv_arena *arena);
/* Whether the value of a header may be seen. */
bool dcv_http_is_plain(const char *name);

/* --- http_pace.c: when --- */

/* Time of an HTTP date (RFC 9110 5.6.7, all three forms); false: none. */
bool dcv_http_date(const char *text, int64_t *ret_s);
/* Milliseconds that Retry-After asks for (seconds or a date; now_s: the server's time). 0: none, or
 * it is past. *ret_clamped: it asked for more than DCV_RETRY_AFTER_MAX_MS, which is returned. */
int64_t dcv_http_retry_after(const char *text, int64_t now_s, bool *ret_clamped);
/* Makes room for the requests of a window. The first rate of an account counts. False when memory
 * is out. */
bool dcv_pace_open(struct dcv_services_account *account, const struct dcv_rate *rate);
/* When the account's next request may go, at the earliest at from_ms (monotonic). Its place is taken
 * if that is before end_ms. */
int64_t dcv_pace_turn(struct dcv_services_account *account, int64_t window_ms,
	int64_t from_ms, int64_t end_ms);
/* No request of the account before that time: the server asked for a pause. */
void dcv_pace_pause(struct dcv_services_account *account, int64_t until_ms);
/* The pause before try number `tried` + 1: doubling from half a second, with a random part. */
int64_t dcv_pace_back_off(unsigned tried);

/* --- http_skew.c: whose clock is off --- */

/* Notes the server's time, that of an answer which came now. */
void dcv_skew_note(const struct dcv_lent *lent, const struct dcv_url *url,
	const struct dcvp_sign *sign, int64_t date_s);
/* Where a call failed since we are not believed, and our clock may be why: says so, and by how much
 * it is off, in err's text and help. */
void dcv_skew_tell(const struct dcv_lent *lent, struct dcvp_error *err);

/* --- http_tape.c: recorded exchanges --- */

enum dcv_err dcv_tape_record(struct dcv_lent *lent, const struct dcv_http_exchange *,
	struct dcv_error *err) DCV_NODISCARD;
/* Fails: DCV_E_FAILED: there is no such exchange. */
enum dcv_err dcv_tape_replay(struct dcv_lent *lent, struct dcv_http_exchange *,
	struct dcv_error *err) DCV_NODISCARD;

#endif
