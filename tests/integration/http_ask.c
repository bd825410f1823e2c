/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Sends a request through the host's services, as a provider would, and tells all that is said of
 * it; test_http.py is the server. Waiting takes no time: the clock is set forward.
 *
 *   http-ask [-s KEY=VALUE]… [-x SECRET] [-d DEADLINE_MS] [-n TIMES] [-r] [-a]
 *            [-m OCTETS]
 *            [-H "NAME: VALUE"]… [-b BODY] METHOD URL
 *
 * -m: of the answer at most, -r: may be repeated, -a: signed (AWS4), -x: hidden, and the key of the signature. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "provider/services.h"

#define MAX 16

static int64_t waited_ms;

static int64_t wall_s(void *ctx)
{
	(void)ctx;
	return dcv_now_s(&dcv_clock_system) + waited_ms / 1000;
}

static int64_t mono_ms(void *ctx)
{
	(void)ctx;
	return dcv_mono_ms(&dcv_clock_system) + waited_ms;
}

static void sleep_ms(void *ctx, int64_t ms)
{
	(void)ctx;
	waited_ms += ms;
	printf("wait %lld\n", (long long)ms);
}

static void emit(void *ctx, enum dcv_level level, const char *line)
{
	static const char *const levels[] = {"note", "info", "debug"};

	(void)ctx;
	printf("%s %s\n", levels[level], line);
}

static const struct dcv_clock clock_forward = {wall_s, mono_ms, sleep_ms, NULL};
static const struct dcv_log log_all = {.emit = emit, .ctx = NULL};

static struct dcvp_header headers[MAX];
static struct dcvp_setting settings[MAX];
static const char *values[MAX][2];
static struct dcvp_http_request request = {.struct_size = sizeof(request),
	.headers = headers};
static struct dcvp_sign sign = {.struct_size = sizeof(sign),
	.scheme = DCVP_SIGN_AWS4,
	.key_id = "AKIDEXAMPLE",
	.region = "us-east-1",
	.service = "service"};
static struct dcv_lent lent = {.account = "cloud-a",
	.settings = settings,
	.clock = &clock_forward,
	.log = &log_all};
static int times = 1;
static const char *secret;

static void take_setting(char *text)
{
	struct dcvp_setting *setting = &settings[lent.n_settings];

	setting->key = text;
	setting->n = 1;
	setting->values = values[lent.n_settings];
	values[lent.n_settings++][0] = strchr(text, '=') + 1;
	*strchr(text, '=') = '\0';
}

static void take_header(char *text)
{
	char *colon = strstr(text, ": ");

	*colon = '\0';
	headers[request.n_headers++] = (struct dcvp_header){text, colon + 2};
}

static void take_option(int option)
{
	if (option == 's' && lent.n_settings < MAX)
		take_setting(optarg);
	else if (option == 'H' && request.n_headers < MAX)
		take_header(optarg);
	else if (option == 'x')
		secret = optarg;
	else if (option == 'd')
		lent.deadline_ms = strtoll(optarg, NULL, 10);
	else if (option == 'n')
		times = atoi(optarg);
	else if (option == 'm')
		request.answer_max = strtoul(optarg, NULL, 10);
	else if (option == 'r')
		request.repeatable = 1;
	else if (option == 'a')
		request.sign = &sign;
	else if (option == 'b')
		request.body = optarg;
	else
		exit(64);
}

static void tell_answer(const struct dcvp_http_answer *answer)
{
	printf("status %d\nsent %d\nretry_after_ms %lld\ndate_s %lld\nbody_len %zu\n",
		answer->status, answer->sent, (long long)answer->retry_after_ms,
		(long long)answer->date_s, answer->body_len);
	for (size_t i = 0; i < answer->n_headers; i++)
		printf("header %s: %s\n", answer->headers[i].name,
			answer->headers[i].value);
	if (answer->body != NULL && answer->body_len < 1000)
		printf("body %s\n", answer->body);
}

static void ask(const struct dcvp_host *host)
{
	static const char *const classes[] = {"OK", "NO_ZONE", "REFUSED", "CONFLICT",
		"INVALID", "FAILED", "UNKNOWN", "NOMEM"};
	struct dcvp_http_answer answer = {0};
	struct dcvp_error err = {0};
	enum dcvp_class class = host->http(host->ctx, &request, &answer, &err);

	printf("class %s\n", classes[class]);
	if (class == DCVP_OK || class == DCVP_UNKNOWN)
		tell_answer(&answer);
	if (class != DCVP_OK)
		printf("cause %d\nerror %s\nhelp %s\n", (int)err.cause, err.text,
			err.help);
}

int main(int argc, char **argv)
{
	struct dcv_arena arena = {NULL};
	struct dcv_secrets secrets = {.n = 0};
	struct dcv_error err = {0};
	struct dcvp_host host;
	int option;

	lent.deadline_ms = 300000;
	while ((option = getopt(argc, argv, "s:x:d:n:m:raH:b:")) != -1)
		take_option(option);
	if (argc - optind != 2)
		return 64;
	request.method = argv[optind];
	request.url = argv[optind + 1];
	request.body_len = request.body != NULL ? strlen(request.body) : 0;
	sign.secret = secret != NULL ? secret : "none";
	lent.deadline_ms += mono_ms(NULL);
	lent.current = &arena;
	lent.secrets = &secrets;
	if ((secret != NULL && !dcv_secrets_add(&secrets, secret, &sign.secret)) ||
		dcv_services_make(&lent.services, &err) != DCV_OK ||
		dcv_services_lend(&lent, &host, &err) != DCV_OK)
		return 70;
	for (; times > 0; times--)
		ask(&host);
	dcv_services_close(lent.services);
	dcv_secrets_clear(&secrets);
	dcv_arena_clear(&arena);
	return 0;
}
