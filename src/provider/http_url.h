/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* URLs of requests, taken apart; and the octets of their parts. */
#ifndef DCV_PROVIDER_HTTP_URL_H
#define DCV_PROVIDER_HTTP_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Borrows the text. */
struct dcv_url {
	bool tls;
	bool loopback; /* the host is written as localhost or a loopback address */
	bool metadata; /* the host is written as the address of a cloud's metadata service */
	const char *host; /* with the port, unless it is the scheme's own: as in Host */
	size_t host_len;
	const char *path; /* "/" if there is none; as it was written */
	size_t path_len;
	const char *query; /* behind the question mark; "" */
};

/* False with *ret_why: no http or https, no host, user information, a fragment, "." or ".." or
 * nothing between slashes, an octet that a URL cannot have. */
bool dcv_url_read(const char *text, struct dcv_url *ret, const char **ret_why);

/* Adds octets percent-encoded, but for RFC 3986's unreserved ones and those in `keep`. With
 * `decode`, what is encoded already is taken for what it means. */
void dcv_url_encode(struct dcv_buf *to, const char *octets, size_t n, const char *keep,
	bool decode);
/* Adds what percent-encoded octets mean; what is no encoding stays. */
void dcv_url_decode(struct dcv_buf *to, const char *octets, size_t n);

#endif
