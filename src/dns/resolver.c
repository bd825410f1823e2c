/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a resolver is written. It does not know how one is asked. */
#include "dns/resolver.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define HTTPS "https://"
#define HOST_MAX 253u

static const char dot_help[] = "help: write ADDRESS#NAME, where NAME is in the resolver's "
			       "certificate: 192.0.2.53#dns.example or "
			       "192.0.2.53@8853#dns.example";
static const char doh_help[] =
	"help: write the resolver's URL: https://dns.example/dns-query or "
	"https://192.0.2.53/dns-query";

const char *dcv_via_text(enum dcv_via via)
{
	static const char *const texts[] =
		{[DCV_VIA_DIRECT] = "direct", [DCV_VIA_DOT] = "dot", [DCV_VIA_DOH] = "doh"};

	return texts[via];
}

static bool is_bare_address(const char *text)
{
	uint8_t octets[16];

	return inet_pton(AF_INET, text, octets) == 1 ||
		inet_pton(AF_INET6, text, octets) == 1;
}

/* A host name of letters, digits, hyphens and dots, without a final dot. */
static bool is_host(const char *text)
{
	size_t len = strlen(text);
	struct dcv_name name;

	return len > 0 && len <= HOST_MAX && text[len - 1] != '.' &&
		strspn(text,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
		len &&
		dcv_name_from(text, &name, NULL) == DCV_OK;
}

static enum dcv_err refuse(const char *text, const char *why, const char *help,
	struct dcv_error *err)
{
	(void)dcv_fail(err, DCV_E_CONFIG, "\"%.300s\": %s", text, why);
	return dcv_help(err, "%s", help);
}

/* Sets name and is_address. */
static bool set_name(struct dcv_resolver *ret, const char *name)
{
	ret->name = name;
	ret->is_address = is_bare_address(name);
	return ret->is_address || is_host(name);
}

/* `host` with the port, which is digits. False: they make no address. */
static bool set_addr(struct dcv_resolver *ret, const char *host, const char *port)
{
	char text[DCV_ADDR_TEXT_MAX];
	int n = snprintf(text, sizeof(text),
		strchr(host, ':') != NULL ? "[%s]:%s" : "%s:%s", host, port);

	ret->has_addr = is_bare_address(host) && n > 0 && (size_t)n < sizeof(text) &&
		dcv_addr_parse(text, &ret->addr, NULL) == DCV_OK;
	return ret->has_addr;
}

static bool read_port(const char *text, uint16_t *ret)
{
	size_t len = strlen(text);
	unsigned long port = 0;

	if (len == 0 || len > 5 || strspn(text, "0123456789") != len)
		return false;
	for (; *text != '\0'; text++)
		port = port * 10 + (unsigned long)(*text - '0');
	*ret = (uint16_t)port;
	return port > 0 && port <= UINT16_MAX;
}

/* Takes `:PORT` off the end of a copy of HOST:PORT, [HOST]:PORT, HOST or [HOST]; an IPv6 address
 * alone is a host too. NULL: it is none of them. */
static char *split(char *text, const char **port)
{
	char *colon = strrchr(text, ':'), *end;

	if (text[0] == '[') {
		end = strchr(++text, ']');
		if (end == NULL || strchr(text, ':') == NULL ||
			(end[1] != ':' && end[1] != '\0'))
			return NULL;
		*port = end[1] == ':' ? end + 2 : *port;
		*end = '\0';
	} else if (colon != NULL && strchr(text, ':') == colon) {
		*colon = '\0';
		*port = colon + 1;
	}
	return text;
}

static enum dcv_err read_dot(const char *text, char *copy, struct dcv_resolver *ret,
	struct dcv_error *err)
{
	char *hash = strchr(copy, '#'), *at = strchr(copy, '@'), *host = copy;
	const char *port = "853";

	if (hash == NULL)
		return refuse(text, "the name to verify is missing", dot_help, err);
	*hash = '\0';
	if (!set_name(ret, hash + 1))
		return refuse(text, "no host name or address behind #", dot_help, err);
	if (at != NULL && at < hash) {
		*at = '\0';
		port = at + 1;
	} else {
		host = split(copy, &port);
	}
	if (host == NULL || !read_port(port, &ret->port) || !set_addr(ret, host, port))
		return refuse(text, "not an IP address with or without port before #",
			dot_help, err);
	return DCV_OK;
}

/* What a URL may have behind its host (RFC 3986 3.3, 3.4), without a template or a fragment. */
static bool is_path(const char *text)
{
	size_t len = strlen(text);

	return text[0] == '/' && len <= DCV_RESOLVER_PATH_MAX &&
		strspn(text,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			"-._~!$&'()*+,;=:@/?%") == len;
}

static enum dcv_err read_doh(const char *text, struct dcv_arena *arena,
	struct dcv_resolver *ret, struct dcv_error *err)
{
	const char *rest = text + strlen(HTTPS), *port = "443";
	size_t len = strcspn(rest, "/?#");
	char *host = dcv_arena_strndup(arena, rest, len);

	if (host == NULL)
		return dcv_nomem(err);
	host = split(host, &port);
	/* RFC 3986 3.2.2: only brackets tell an IPv6 address from a port. */
	if (host == NULL || (strchr(host, ':') != NULL && rest[0] != '[') ||
		!set_name(ret, host))
		return refuse(text, "no host name or address in it", doh_help, err);
	if (!read_port(port, &ret->port))
		return refuse(text, "the port must be from 1 to 65535", doh_help, err);
	if (!is_path(rest + len))
		return refuse(text, "no path in it, or one that is no plain path",
			doh_help, err);
	ret->path = dcv_arena_strdup(arena, rest + len);
	if (ret->path == NULL)
		return dcv_nomem(err);
	if (ret->is_address && !set_addr(ret, host, port))
		return refuse(text, "no address with a port", doh_help, err);
	return DCV_OK;
}

enum dcv_err dcv_resolver_parse(enum dcv_via via, const char *text,
	struct dcv_arena *arena, struct dcv_resolver *ret, struct dcv_error *err)
{
	struct dcv_resolver made = {.text = dcv_arena_strdup(arena, text)};
	char *copy = dcv_arena_strdup(arena, text);
	bool is_url = strncmp(text, HTTPS, strlen(HTTPS)) == 0;
	enum dcv_err rc;

	if (made.text == NULL || copy == NULL)
		return dcv_nomem(err);
	if (is_url != (via == DCV_VIA_DOH))
		rc = refuse(text,
			is_url ? "a URL is for via: doh" : "not a URL with https:",
			is_url ? dot_help : doh_help, err);
	else
		rc = is_url ? read_doh(text, arena, &made, err)
			    : read_dot(text, copy, &made, err);
	if (rc == DCV_OK)
		*ret = made;
	return rc;
}
