/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* sign SCHEME KEY-ID SECRET [REGION SERVICE]: the signature of each request on standard input, one a
 * line: time, token, method, URL, body and `name: value` of each header, with tabs between them and
 * nothing where there is none. Prints the value of Authorization, or `-` and why there is none. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "provider/sign.h"

#define HEADERS_MAX 16u

static const struct {
	const char *name;
	enum dcvp_sign_scheme scheme;
} schemes[] = {
	{"aws4", DCVP_SIGN_AWS4},
	{"sdk-hmac-sha256", DCVP_SIGN_SDK_HMAC_SHA256},
};

/* What stands before the next tab, which is gone; *at is what is left, or NULL. */
static char *field(char **at)
{
	char *begin = *at != NULL ? *at : "";

	if (*at != NULL)
		*at = strchr(*at, '\t');
	if (*at != NULL)
		*(*at)++ = '\0';
	return begin;
}

static void read_headers(char *at, struct dcvp_http_request *ret,
	struct dcvp_header headers[HEADERS_MAX])
{
	ret->headers = headers;
	while (at != NULL && ret->n_headers < HEADERS_MAX) {
		char *name = field(&at), *colon = strstr(name, ": ");

		if (colon == NULL)
			continue;
		*colon = '\0';
		headers[ret->n_headers++] = (struct dcvp_header){name, colon + 2};
	}
}

static void sign_line(char *at, struct dcvp_sign *sign, struct dcv_arena *arena)
{
	struct dcvp_header headers[HEADERS_MAX], made[DCV_SIGN_HEADERS_MAX];
	struct dcvp_http_request request = {.struct_size = sizeof(request), .sign = sign};
	int64_t now_s = strtoll(field(&at), NULL, 10);
	const char *token = field(&at), *why = NULL;
	struct dcv_error err = {0};
	struct dcv_url url;
	size_t n = 0;

	sign->token = *token != '\0' ? token : NULL;
	request.method = field(&at);
	request.url = field(&at);
	request.body = field(&at);
	request.body_len = strlen(request.body);
	read_headers(at, &request, headers);
	if (!dcv_url_read(request.url, &url, &why))
		(void)printf("- %s\n", why);
	else if (dcv_sign_request(&request, &url, now_s, arena, made, &n, &err) != DCV_OK)
		(void)printf("- %s\n", err.text);
	else
		(void)printf("%s\n", made[n - 1].value);
}

int main(int argc, char **argv)
{
	struct dcvp_sign sign = {.struct_size = sizeof(sign)};
	struct dcv_arena arena = {NULL};
	char *line = NULL;
	size_t max = 0;

	for (size_t i = 0; argc >= 4 && i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (strcmp(argv[1], schemes[i].name) == 0)
			sign.scheme = schemes[i].scheme;
	}
	if (sign.scheme == DCVP_SIGN_NONE || argc > 6)
		return 64;
	sign.key_id = argv[2];
	sign.secret = argv[3];
	sign.region = argc > 4 ? argv[4] : NULL;
	sign.service = argc > 5 ? argv[5] : NULL;
	while (getline(&line, &max, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		sign_line(line, &sign, &arena);
		dcv_arena_clear(&arena);
	}
	free(line);
	return 0;
}
