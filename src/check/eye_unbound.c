/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The module dcv-unbound.so: libunbound set up as CAs set up their resolvers, without a cache. It
 * knows the library; it does not know what an answer means, nor anything of the program. The
 * library works on a thread of its own, which is told to and heard through a pipe. */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unbound.h>

#include "check/eye_module.h"

#define CLASS_IN 1
#define SERVFAIL 2

/* A question that is open, in a list. */
struct pending {
	struct dcv_eye_session *session;
	struct pending *next, **to_this;
	size_t tag;
	int id;
};

struct dcv_eye_session {
	struct ub_ctx *ctx;
	FILE *log;
	dcv_eye_done_fn done;
	void *done_ctx;
	struct pending *open;
};

/* As the public twin of Let's Encrypt's resolvers, unboundtest.com, publishes it. */
static const struct {
	const char *name, *value;
} options[] = {
	{"edns-buffer-size:", "1232"},
	{"use-caps-for-id:", "yes"},
	{"qname-minimisation:", "no"},
	{"harden-dnssec-stripped:", "yes"},
	{"harden-below-nxdomain:", "no"},
	{"harden-glue:", "yes"},
	{"cache-min-ttl:", "0"},
	{"cache-max-ttl:", "0"},
	{"cache-max-negative-ttl:", "0"},
	{"neg-cache-size:", "0"},
	/* What may not be used again need not be kept; many names would fill megabytes. */
	{"msg-cache-size:", "512k"},
	{"rrset-cache-size:", "512k"},
	{"key-cache-size:", "512k"},
	{"infra-cache-numhosts:", "1000"},
	{"aggressive-nsec:", "no"},
	{"prefetch:", "no"},
	{"val-sig-skew-min:", "0"},
	{"val-sig-skew-max:", "0"},
	{"val-clean-additional:", "yes"},
	{"unwanted-reply-threshold:", "10000"},
	/* Nobody is told which trust anchor is used here. */
	{"trust-anchor-signaling:", "no"},
	/* The library's own default, 16 questions in flight, makes many names slow. */
	{"outgoing-range:", "256"},
};

static const char *said(int rc)
{
	return rc == 0 ? NULL : ub_strerror(rc);
}

/* No public name server can be there: it is not asked, and such an address is not believed. */
static int set_special(struct ub_ctx *ctx, const struct dcv_eye_config *config)
{
	int rc = ub_ctx_set_option(ctx,
		"do-not-query-localhost:", config->special ? "no" : "yes");

	for (size_t i = 0; !config->special && rc == 0 && i < config->n_ranges; i++) {
		rc = ub_ctx_set_option(ctx, "private-address:", config->ranges[i]);
		if (rc == 0)
			rc = ub_ctx_set_option(ctx,
				"do-not-query-address:", config->ranges[i]);
	}
	return rc;
}

/* Over loopback, to a relay that knows no TCP: one datagram must hold any answer. */
static int set_forward(struct ub_ctx *ctx, const char *forward)
{
	int rc = ub_ctx_set_option(ctx, "edns-buffer-size:", "65507");

	if (rc == 0)
		rc = ub_ctx_set_option(ctx, "use-caps-for-id:", "no");
	if (rc == 0)
		rc = ub_ctx_set_option(ctx, "do-ip4:", "yes");
	return rc == 0 ? ub_ctx_set_fwd(ctx, forward) : rc;
}

static int configure(struct ub_ctx *ctx, const struct dcv_eye_config *config)
{
	int rc = set_special(ctx, config);

	for (size_t i = 0; rc == 0 && i < sizeof(options) / sizeof(options[0]); i++)
		rc = ub_ctx_set_option(ctx, options[i].name, options[i].value);
	if (rc == 0)
		rc = ub_ctx_set_option(ctx, "do-ip4:", config->no_ipv4 ? "no" : "yes");
	if (rc == 0)
		rc = ub_ctx_set_option(ctx, "do-ip6:", config->no_ipv6 ? "no" : "yes");
	if (rc == 0 && config->forward != NULL)
		rc = set_forward(ctx, config->forward);
	else if (rc == 0 && config->root_hints != NULL)
		rc = ub_ctx_set_option(ctx, "root-hints:", config->root_hints);
	for (size_t i = 0; rc == 0 && i < config->n_anchors; i++)
		rc = ub_ctx_add_ta(ctx, config->anchors[i]);
	return rc != 0 ? rc : ub_ctx_async(ctx, 1);
}

static void forget(struct pending *pending)
{
	*pending->to_this = pending->next;
	if (pending->next != NULL)
		pending->next->to_this = pending->to_this;
	free(pending);
}

/* Called by the library from within `process`. */
static void on_result(void *ctx, int rc, struct ub_result *result)
{
	struct pending *pending = ctx;
	struct dcv_eye_session *session = pending->session;
	struct dcv_eye_raw raw = {.rcode = SERVFAIL, .why = ""};
	size_t tag = pending->tag;

	forget(pending);
	if (rc == 0 && result != NULL) {
		raw.rcode = result->rcode;
		raw.secure = result->secure != 0;
		raw.bogus = result->bogus != 0;
		raw.packet = result->answer_packet;
		raw.len = result->answer_len > 0 ? (size_t)result->answer_len : 0;
		raw.why = result->why_bogus != NULL ? result->why_bogus : "";
	} else {
		raw.why = ub_strerror(rc);
	}
	session->done(session->done_ctx, tag, &raw);
	ub_resolve_free(result);
}

static const char *eye_ask(struct dcv_eye_session *session, const char *name,
	uint16_t type, size_t tag)
{
	struct pending *pending = calloc(1, sizeof(*pending));
	sigset_t all, before;
	int rc;

	if (pending == NULL)
		return ub_strerror(UB_NOMEM);
	*pending = (struct pending){.session = session,
		.next = session->open,
		.to_this = &session->open,
		.tag = tag};
	if (pending->next != NULL)
		pending->next->to_this = &pending->next;
	session->open = pending;
	/* The first question starts the thread, which must take no signal of the program's. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = ub_resolve_async(session->ctx, name, type, CLASS_IN, pending, on_result,
		&pending->id);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0)
		forget(pending);
	return said(rc);
}

static int eye_fd(struct dcv_eye_session *session)
{
	return ub_fd(session->ctx);
}

static const char *eye_process(struct dcv_eye_session *session)
{
	return said(ub_process(session->ctx));
}

static void eye_drop(struct dcv_eye_session *session)
{
	struct pending *pending = session->open;

	session->open = NULL;
	while (pending != NULL) {
		struct pending *next = pending->next;

		(void)ub_cancel(session->ctx, pending->id);
		free(pending);
		pending = next;
	}
}

static void eye_close(struct dcv_eye_session *session)
{
	if (session->ctx != NULL)
		eye_drop(session);
	/* Ends the thread and waits for it; only then nobody writes to the log. */
	ub_ctx_delete(session->ctx);
	if (session->log != NULL)
		(void)fclose(session->log);
	free(session);
}

static const char *eye_open(const struct dcv_eye_config *config, dcv_eye_done_fn done,
	void *ctx, struct dcv_eye_session **ret)
{
	struct dcv_eye_session *session = calloc(1, sizeof(*session));
	int rc = UB_NOMEM;

	if (session == NULL)
		return ub_strerror(rc);
	/* A heap of the thread's own would stay as large as it was once. */
	(void)mallopt(M_ARENA_MAX, 1);
	session->done = done;
	session->done_ctx = ctx;
	session->ctx = ub_ctx_create();
	/* The library writes to standard error unless it is given another place. */
	session->log = fopen("/dev/null", "we");
	if (session->ctx != NULL && session->log != NULL)
		rc = ub_ctx_debugout(session->ctx, session->log);
	if (rc == 0)
		rc = configure(session->ctx, config);
	if (rc != 0) {
		eye_close(session);
		return ub_strerror(rc);
	}
	*ret = session;
	return NULL;
}

/* Found by its name when the module is opened. */
extern const struct dcv_eye_module dcv_module_unbound;

DCV_MODULE_ENTRY const struct dcv_eye_module dcv_module_unbound = {
	.head = {.size = sizeof(struct dcv_eye_module), .abi = DCV_EYE_ABI},
	.open = eye_open,
	.ask = eye_ask,
	.fd = eye_fd,
	.process = eye_process,
	.drop = eye_drop,
	.close = eye_close,
};

DCV_MODULE_ENTRY const struct dcv_module_about dcv_module_about = {
	{{"libunbound", ub_version}}};
