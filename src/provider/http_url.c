/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which URLs are asked for (RFC 3986, less what no API needs). */
#include "provider/http_url.h"

#include <string.h>

#define HTTP_PORT ":80"
#define HTTPS_PORT ":443"

/* Written out, since what isalnum() takes depends on the locale. */
static const char alphanumeric[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789";
static const char unreserved[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789-._~";
static const char delimiters[] = "!$&'()*+,;=:@/?";

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *digit = c != '\0' ? strchr(digits, c) : NULL;

	return digit != NULL ? (int)((digit - digits) & 15) : -1;
}

/* The octet that %XX at `at` means, or -1. */
static int encoded(const char *at, size_t left)
{
	int high, low;

	if (left < 3 || at[0] != '%')
		return -1;
	high = hex_digit(at[1]);
	low = hex_digit(at[2]);
	return high >= 0 && low >= 0 ? high << 4 | low : -1;
}

void dcv_url_encode(struct dcv_buf *to, const char *octets, size_t n, const char *keep,
	bool decode)
{
	for (size_t i = 0; i < n; i++) {
		int code = decode ? encoded(octets + i, n - i) : -1;
		char c = octets[i];

		if (code >= 0) {
			c = (char)code;
			i += 2;
		}
		if (c != '\0' &&
			(strchr(unreserved, c) != NULL ||
				(code < 0 && strchr(keep, c) != NULL)))
			dcv_buf_addc(to, c);
		else
			dcv_buf_addf(to, "%%%02X", (unsigned)(unsigned char)c);
	}
}

void dcv_url_decode(struct dcv_buf *to, const char *octets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int code = encoded(octets + i, n - i);

		dcv_buf_addc(to, code >= 0 ? (char)code : octets[i]);
		i += code >= 0 ? 2 : 0;
	}
}

static bool only(const char *text, size_t n, const char *set, const char *more)
{
	for (size_t i = 0; i < n; i++) {
		if (encoded(text + i, n - i) > 0)
			i += 2;
		else if (text[i] == '\0' ||
			(strchr(set, text[i]) == NULL && strchr(more, text[i]) == NULL))
			return false;
	}
	return true;
}

static bool starts(const char *text, size_t n, const char *with)
{
	return n >= strlen(with) && memcmp(text, with, strlen(with)) == 0;
}

static bool ends(const char *text, size_t n, const char *with)
{
	return n >= strlen(with) &&
		memcmp(text + n - strlen(with), with, strlen(with)) == 0;
}

/* --- the host --- */

static bool is_port(const char *text, size_t n)
{
	unsigned port = 0;

	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9' || n > 5)
			return false;
		port = port * 10 + (unsigned)(text[i] - '0');
	}
	return port > 0 && port <= 65535;
}

/* Length of the name or address in HOST[:PORT]; 0: neither. */
static size_t name_len(const char *host, size_t n)
{
	const char *colon;
	size_t len = n;

	if (n > 0 && host[0] == '[') {
		const char *close = memchr(host, ']', n);

		if (close == NULL || close == host + 1 ||
			!only(host + 1, (size_t)(close - host) - 1,
				"0123456789abcdefABCDEF:.", ""))
			return 0;
		len = (size_t)(close - host) + 1;
	} else {
		colon = memchr(host, ':', n);
		len = colon != NULL ? (size_t)(colon - host) : n;
		if (memchr(host, '%', len) != NULL ||
			!only(host, len, alphanumeric, "-._"))
			return 0;
	}
	if (len < n && (host[len] != ':' || !is_port(host + len + 1, n - len - 1)))
		return 0;
	return len;
}

/* As it is written. To which address a name leads is looked at when it is connected to. */
static bool is_loopback(const char *name, size_t n)
{
	static const char octets[] = "0123456789.";

	return (starts(name, n, "127.") && strspn(name, octets) >= n) ||
		(n == 5 && starts(name, n, "[::1]")) ||
		(n == 9 && starts(name, n, "localhost")) || ends(name, n, ".localhost");
}

/* Of a machine, a container or a pod. Never a name: no resolver may lead there. */
static bool is_metadata(const char *address, size_t n)
{
	static const char *const addresses[] = {"169.254.169.254", "169.254.170.2",
		"169.254.170.23", "[fd00:ec2::254]", "[fd00:ec2::23]"};

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		if (strlen(addresses[i]) == n && memcmp(address, addresses[i], n) == 0)
			return true;
	}
	return false;
}

static bool read_host(const char *text, size_t n, struct dcv_url *ret)
{
	size_t len = name_len(text, n);

	if (len == 0)
		return false;
	ret->host = text;
	ret->host_len = n;
	if (ends(text, n, ret->tls ? HTTPS_PORT : HTTP_PORT) && len < n)
		ret->host_len = len;
	ret->loopback = is_loopback(text, len);
	ret->metadata = is_metadata(text, len);
	return true;
}

/* --- the path --- */

/* A segment that a server may take for a way up, or for nothing: an id that an API gave us must
 * not lead elsewhere. */
static bool is_stray(const char *segment, size_t n)
{
	char plain[2];
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		int code = encoded(segment + i, n - i);

		if (len == sizeof(plain))
			return false;
		plain[len++] = code >= 0 ? (char)code : segment[i];
		i += code >= 0 ? 2 : 0;
	}
	return len == 0 || (plain[0] == '.' && (len == 1 || plain[1] == '.'));
}

/* Only the last segment may be empty. */
static bool has_stray(const char *path, size_t n)
{
	size_t from = 1;

	for (size_t i = 1; i <= n; i++) {
		if (i < n && path[i] != '/')
			continue;
		if ((i < n || i > from) && is_stray(path + from, i - from))
			return true;
		from = i + 1;
	}
	return false;
}

bool dcv_url_read(const char *text, struct dcv_url *ret, const char **ret_why)
{
	struct dcv_url url = {.tls = starts(text, strlen(text), "https://")};
	const char *host = text + (url.tls ? 8 : 7), *path;

	if (!url.tls && !starts(text, strlen(text), "http://")) {
		*ret_why = "neither https:// nor http://";
		return false;
	}
	path = host + strcspn(host, "/?#");
	*ret_why = "no host, or one with a user, or a wrong port";
	if (!read_host(host, (size_t)(path - host), &url))
		return false;
	url.path_len = strcspn(path, "?#");
	url.path = url.path_len > 0 ? path : "/";
	url.query = path[url.path_len] == '?' ? path + url.path_len + 1 : "";
	if (url.path_len == 0)
		url.path_len = 1;
	*ret_why = "an octet that must be percent-encoded, or a fragment";
	if (!only(path, strlen(path), unreserved, delimiters))
		return false;
	*ret_why = "\".\", \"..\" or nothing between two slashes";
	if (has_stray(url.path, url.path_len))
		return false;
	*ret = url;
	return true;
}
