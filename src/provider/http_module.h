/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside provider/ only: what the module dcv-http (libcurl, expat) offers. */
#ifndef DCV_PROVIDER_HTTP_MODULE_H
#define DCV_PROVIDER_HTTP_MODULE_H

#include "base/arena.h"
#include "base/module.h"
#include "provider/tree.h"

#define DCV_HTTP_ABI 1u
#define DCV_HTTP_BODY_MAX ((size_t)8 * 1024 * 1024) /* unless more is asked for */
#define DCV_HTTP_BODY_MOST ((size_t)64 * 1024 * 1024)
#define DCV_HTTP_HEAD_MAX ((size_t)64 * 1024)

/* Which addresses may be connected to. */
enum dcv_http_reach {
	DCV_REACH_REMOTE, /* not loopback, link-local, multicast or a cloud's metadata service */
	DCV_REACH_LOOPBACK, /* nothing else */
	DCV_REACH_ANY
};

/* One attempt: one request over one connection. */
struct dcv_http_exchange {
	const struct dcvp_http_request *request; /* its headers and body */
	size_t n_more;
	const struct dcvp_header *more; /* headers besides */
	const char *ca_file; /* NULL: the system's */
	enum dcv_http_reach reach;
	int64_t time_ms; /* for all of it */
	size_t body_max;
	struct dcv_arena *arena; /* for what comes back */

	bool sent; /* something of the request left this host */
	bool answered; /* status, headers and body are whole */
	bool passing; /* not answered, and it may be in a moment */
	int status;
	size_t n_headers;
	struct dcvp_header *headers; /* names in lower case */
	const char *body; /* with a NUL behind it */
	size_t body_len;
	enum dcvp_cause cause; /* not answered: */
	char why[256];
};

struct dcv_http_module {
	struct dcv_module_head head;
	/* Before the first and after the last connection of the process. False: it failed. */
	bool (*start)(void);
	void (*stop)(void);
	/* A connection that is kept between exchanges; NULL when memory is out. One thread at a
	 * time. */
	void *(*connection_open)(void);
	void (*connection_close)(void *connection);
	/* False when memory is out. */
	bool (*exchange)(void *connection, struct dcv_http_exchange *exchange);
	/* As dcv_tree_json. An element without attributes and children is a DCVP_TEXT, another
	 * one a DCVP_OBJECT: attributes first, then children; its text, if it is not blank, comes
	 * last as a DCVP_TEXT without key. Names without prefix; xmlns attributes are left out. A
	 * document type declaration is refused. */
	struct dcvp_tree *(*xml)(struct dcv_tree_maker *maker, const char *text, size_t n);
};

/* In xml_expat.c. */
struct dcvp_tree *dcv_xml_read(struct dcv_tree_maker *maker, const char *text, size_t n);
const char *dcv_xml_library(void); /* the version of expat */

#endif
