/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which requests may be sent. */
#include <string.h>

#include "provider/http.h"

#define METHOD_MAX 16u

/* Those that the host or the connection sets. */
static const char *const ours[] = {"host", "content-length", "transfer-encoding",
	"connection", "expect", "upgrade", "te", "trailer", "accept-encoding"};

static bool is_method(const char *text)
{
	size_t len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return len > 0 && len <= METHOD_MAX && text[len] == '\0';
}

/* A token (RFC 9110 5.6.2), less what no header of an API has. */
static bool is_name(const char *text)
{
	static const char token[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_.";

	return text[0] != '\0' && text[strspn(text, token)] == '\0';
}

static bool is_ours(const char *name)
{
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (strcasecmp(name, ours[i]) == 0)
			return true;
	}
	return strncasecmp(name, "proxy-", 6) == 0;
}

static bool is_value(const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
		if ((*c < ' ' && *c != '\t') || *c == 0x7f)
			return false;
	}
	return true;
}

static const char *wrong_header(const struct dcvp_http_request *request, size_t i)
{
	const struct dcvp_header *header = &request->headers[i];

	if (header->name == NULL || !is_name(header->name))
		return "the name of a header is none";
	if (is_ours(header->name))
		return "a header that the host sets itself";
	if (header->value == NULL || !is_value(header->value))
		return "a control character in a header";
	for (size_t j = 0; j < i; j++) {
		if (strcasecmp(request->headers[j].name, header->name) == 0)
			return "a header twice";
	}
	return NULL;
}

bool dcv_http_check(const struct dcvp_http_request *request,
	const struct dcv_services_settings *settings, struct dcv_url *ret,
	const char **ret_why)
{
	*ret_why = "of another version of the interface";
	/* answer_max came later. */
	if (request->struct_size < offsetof(struct dcvp_http_request, answer_max) ||
		(request->sign != NULL &&
			request->sign->struct_size < sizeof(*request->sign)))
		return false;
	*ret_why = "no method in capitals";
	if (request->method == NULL || !is_method(request->method))
		return false;
	*ret_why = "no URL";
	if (request->url == NULL || !dcv_url_read(request->url, ret, ret_why))
		return false;
	*ret_why = "http: only to loopback or a metadata service, or with insecure_http: "
		   "yes";
	if (!ret->tls && !ret->loopback && !ret->metadata && !settings->insecure_http)
		return false;
	for (size_t i = 0; i < request->n_headers; i++) {
		*ret_why = wrong_header(request, i);
		if (*ret_why != NULL)
			return false;
	}
	return true;
}

const char *dcv_http_header(const struct dcvp_header *headers, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(headers[i].name, name) == 0)
			return headers[i].value;
	}
	return NULL;
}
