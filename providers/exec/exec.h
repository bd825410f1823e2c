/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside providers/exec/ only: a session with a program, or with a service that takes values one
 * by one, and what its files share. */
#ifndef DCV_PROVIDERS_EXEC_H
#define DCV_PROVIDERS_EXEC_H

#include <sys/types.h>

#include "providers/kit/kit.h"

#define DCV_EXEC_LINE_MAX ((size_t)8 * 1024 * 1024)

enum dcv_exec_dialect {
	DCV_EXEC_JSON, /* JSON lines on one process: dcvctl-exec.7 */
	DCV_EXEC_LEGO, /* COMMAND present|cleanup FQDN VALUE, a process a value */
	DCV_EXEC_HTTPREQ /* POST ENDPOINT/present|/cleanup, a request a value */
};

/* A process of a session. pid 0: none. */
struct dcv_exec_child {
	pid_t pid;
	int in_fd, out_fd, err_fd; /* -1: closed */
	char *in; /* what it wrote and was not taken yet; malloc'ed */
	size_t in_len, in_cap;
	char line[512]; /* the beginning of a line of its standard error */
	size_t line_len;
};

struct dcv_exec {
	const struct dcvp_host *host;
	enum dcv_exec_dialect dialect;
	const char *name; /* command[0] or endpoint, for people */
	char *const *argv, *const *envp;
	const char *endpoint, *username, *password;
	size_t n_settings;
	const char *const *settings; /* KEY=VALUE, for `open` */
	int64_t timeout_ms; /* for an answer */
	struct dcv_exec_child child;
	uint64_t id; /* of the request last made to the child */
	int sync; /* the program answers `sync` */
	struct dcvp_capabilities can;
	char forbidden[320]; /* of can: as the program names them, then what is not ASCII */
};

/* Octets that a TXT value cannot have: those named (may be NULL), and what is not printable ASCII. NULL:
 * none. Lives as long as the session. */
const char *dcv_exec_forbidden(struct dcv_exec *session, const char *named, int ascii);

/* --- child.c: the process */

/* Starts session->argv with more arguments (NULL-terminated, may be NULL). Its standard input
 * is a pipe, or empty. Fails: DCVP_FAILED. */
enum dcvp_class dcv_exec_start(struct dcv_exec *session, const char *const *more,
	int with_input, struct dcvp_error *err);
/* Sends a line (without its end) and waits for a line, which lies in the child until the next
 * call. *ret_sent: the program may have acted on it. Fails: DCVP_FAILED, and ends the child. */
enum dcvp_class dcv_exec_exchange(struct dcv_exec *session, const char *line,
	const char **ret, size_t *ret_len, int *ret_sent, struct dcvp_error *err);
/* Waits until the program has ended by itself; *ret_status is its exit status, or 128 + signal.
 * Fails: DCVP_FAILED at the deadline, and kills it. */
enum dcvp_class dcv_exec_wait(struct dcv_exec *session, int *ret_status,
	struct dcvp_error *err);
/* Whether it still runs. */
int dcv_exec_runs(const struct dcv_exec *session);
/* Tells it to end (end of file), gives it grace_ms, then kills its group, and reaps it. */
void dcv_exec_stop(struct dcv_exec *session, int64_t grace_ms);

/* --- lines.c: the dialect json */

enum dcvp_class dcv_exec_json_hello(struct dcv_exec *session, struct dcvp_error *err);
enum dcvp_class dcv_exec_json_find_zone(struct dcv_exec *session, const char *zone,
	struct dcvp_error *err);
enum dcvp_class dcv_exec_json_read(struct dcv_exec *session, const char *zone,
	const char *const *owners, size_t n, struct dcvp_zone *ret,
	struct dcvp_error *err);
enum dcvp_class dcv_exec_json_apply(struct dcv_exec *session,
	const struct dcvp_change *change, struct dcvp_result *results,
	struct dcvp_receipt *receipt, struct dcvp_error *err);
enum dcvp_class dcv_exec_json_sync(struct dcv_exec *session,
	const struct dcvp_change *change, struct dcvp_receipt *receipt,
	struct dcvp_error *err);

/* --- single.c: the dialects that take one value of TXT at a time */

enum dcvp_class dcv_exec_single_apply(struct dcv_exec *session,
	const struct dcvp_change *change, struct dcvp_result *results,
	struct dcvp_error *err);

#endif
