/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what the value of an option of each kind must be like. It does not know where
 * it was written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/ask.h"
#include "provider/internal.h"

#define VALUE_MAX 4096u

static enum dcv_err bad(struct dcv_error *err, const char *value, const char *why)
{
	char shown[80];

	(void)dcv_shown(shown, sizeof(shown), value, strlen(value));
	return dcv_fail(err, DCV_E_CONFIG, "\"%s\": %s", shown, why);
}

static enum dcv_err check_word(const struct dcvp_option *option, const char *value,
	struct dcv_error *err)
{
	char words[256] = "";
	size_t len = 0;

	for (const char *const *word = option->words; *word != NULL; word++) {
		int n;

		if (strcmp(*word, value) == 0)
			return DCV_OK;
		n = snprintf(words + len, sizeof(words) - len, "%s%s",
			len > 0 ? ", " : "", *word);
		if (n > 0 && (size_t)n < sizeof(words) - len)
			len += (size_t)n;
	}
	(void)bad(err, value, "unknown");
	return dcv_help(err, "help: write one of %s", words);
}

static bool is_bounded(const struct dcvp_option *option)
{
	return option->min != 0 || option->max != 0;
}

static enum dcv_err check_range(const struct dcvp_option *option, int64_t number,
	int64_t unit, const char *value, const char *unit_text, struct dcv_error *err)
{
	if (!is_bounded(option) || (number >= option->min && number <= option->max))
		return DCV_OK;
	(void)bad(err, value, "out of range");
	return dcv_help(err, "help: write %lld%s to %lld%s",
		(long long)(option->min / unit), unit_text,
		(long long)(option->max / unit), unit_text);
}

static enum dcv_err check_number(const struct dcvp_option *option, const char *value,
	struct dcv_error *err)
{
	size_t len = strlen(value);

	if (len > 18 || strspn(value, "0123456789") != len) {
		(void)bad(err, value, "not a number");
		return dcv_help(err, "help: write decimal digits");
	}
	return check_range(option, strtoll(value, NULL, 10), 1, value, "", err);
}

static enum dcv_err check_duration(const struct dcvp_option *option, const char *value,
	struct dcv_error *err)
{
	int64_t seconds = 0;
	enum dcv_err rc = dcv_duration_parse("time", value, &seconds, err);

	if (rc == DCV_OK)
		return check_range(option, seconds * 1000, 1000, value, "s", err);
	err->code = DCV_E_CONFIG;
	return rc;
}

static enum dcv_err check_address(const char *value, struct dcv_error *err)
{
	struct dcv_addr addr;

	if (dcv_addr_parse(value, &addr, NULL) == DCV_OK)
		return DCV_OK;
	(void)bad(err, value, "not an address");
	return dcv_help(err,
		"help: write 192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:5353");
}

/* The host of what stands behind "http://". Only literal addresses and the name that RFC 6761
 * gives to loopback: what a resolver says of another name may change. */
static bool is_loopback(const char *rest)
{
	static const char *const hosts[] = {"localhost", "[::1]"};
	size_t len = strcspn(rest, "/?#");
	struct dcv_addr addr;
	char host[64];
	size_t port = rest[0] == '[' ? strcspn(rest, "]") + 1 : strcspn(rest, ":");

	if (port < len)
		len = port;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		if (strlen(hosts[i]) == len && memcmp(hosts[i], rest, len) == 0)
			return true;
	if (len >= sizeof(host) || strncmp(rest, "127.", 4) != 0)
		return false;
	memcpy(host, rest, len);
	host[len] = '\0';
	return dcv_addr_parse(host, &addr, NULL) == DCV_OK;
}

static enum dcv_err check_url(const char *value, bool insecure_http, struct dcv_error *err)
{
	const char *rest = strstr(value, "://");
	size_t scheme = rest != NULL ? (size_t)(rest - value) : 0;
	bool plain = scheme == 4 && memcmp(value, "http", 4) == 0;

	if (rest == NULL || (!plain && !(scheme == 5 && memcmp(value, "https", 5) == 0)) ||
		strcspn(rest + 3, "/?#") == 0 || strpbrk(value, " \"<>\\^`{|}") != NULL) {
		(void)dcv_fail(err, DCV_E_CONFIG, "not a URL");
		return dcv_help(err, "help: write https://HOST/PATH");
	}
	if (memchr(rest + 3, '@', strcspn(rest + 3, "/?#")) != NULL) {
		(void)dcv_fail(err, DCV_E_CONFIG,
			"a user or password may not stand in a URL");
		return dcv_help(err, "help: write https://HOST/PATH");
	}
	if (!plain || insecure_http || is_loopback(rest + 3))
		return DCV_OK;
	(void)bad(err, value, "http: what is sent, secrets too, could be read on the way");
	return dcv_help(err,
		"help: write https:, or add insecure_http: yes to the account if the way is "
		"guarded");
}

enum dcv_err dcv_value_check(const struct dcvp_option *option, const char *value,
	bool insecure_http, struct dcv_error *err)
{
	if (value[0] == '\0')
		return dcv_fail(err, DCV_E_CONFIG, "empty");
	if (strlen(value) > VALUE_MAX)
		return dcv_fail(err, DCV_E_CONFIG, "over %u octets", VALUE_MAX);
	for (const char *c = value; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return dcv_fail(err, DCV_E_CONFIG, "holds a control character");
	switch (option->kind) {
	case DCVP_OPTION_WORD:
		return check_word(option, value, err);
	case DCVP_OPTION_YES:
		if (dcv_value_yes(value) != NULL)
			return DCV_OK;
		(void)bad(err, value, "unknown");
		return dcv_help(err, "help: write yes or no");
	case DCVP_OPTION_NUMBER:
		return check_number(option, value, err);
	case DCVP_OPTION_DURATION:
		return check_duration(option, value, err);
	case DCVP_OPTION_ADDRESS:
		return check_address(value, err);
	case DCVP_OPTION_URL:
		return check_url(value, insecure_http, err);
	case DCVP_OPTION_TEXT:
	case DCVP_OPTION_PATH:
	case DCVP_OPTION_COMMAND:
	case DCVP_OPTION_SECRET:
		break;
	}
	return DCV_OK;
}

const char *dcv_value_yes(const char *value)
{
	if (strcmp(value, "yes") == 0 || strcmp(value, "true") == 0)
		return "yes";
	return strcmp(value, "no") == 0 || strcmp(value, "false") == 0 ? "no" : NULL;
}
