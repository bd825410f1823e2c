/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the files that the AWS tools share: ~/.aws/credentials and ~/.aws/config. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "providers/route53/route53.h"

#define BLANKS " \t\r"

struct line {
	const char *key, *value;
	size_t key_len, value_len;
};

static void trim(const char **at, size_t *len)
{
	while (*len > 0 && strchr(BLANKS, **at) != NULL) {
		(*at)++;
		(*len)--;
	}
	while (*len > 0 && strchr(BLANKS, (*at)[*len - 1]) != NULL)
		(*len)--;
}

/* Behind a blank a comment may follow. */
static size_t without_comment(const char *at, size_t len)
{
	for (size_t i = 1; i < len; i++) {
		if ((at[i] == '#' || at[i] == ';') && strchr(BLANKS, at[i - 1]) != NULL)
			return i;
	}
	return len;
}

/* [name], [profile name] or [profile "name"]. */
static int is_section(const char *at, size_t len, const char *prefix, const char *name)
{
	size_t n = strlen(prefix);

	len = without_comment(at, len);
	trim(&at, &len);
	if (len < 2 || at[0] != '[' || at[len - 1] != ']')
		return 0;
	at++;
	len -= 2;
	trim(&at, &len);
	/* The default one has no prefix. */
	if (n > 0 && len > n && strncmp(at, prefix, n) == 0) {
		at += n;
		len -= n;
		trim(&at, &len);
	} else if (n > 0 && strcmp(name, "default") != 0) {
		return 0;
	}
	if (len >= 2 && at[0] == '"' && at[len - 1] == '"') {
		at++;
		len -= 2;
	}
	return len == strlen(name) && strncmp(at, name, len) == 0;
}

/* Where "=" or ":" stands. */
static const char *find_equals(const char *at, size_t len)
{
	size_t n = 0;

	while (n < len && at[n] != '=' && at[n] != ':')
		n++;
	return n < len ? at + n : NULL;
}

static void take_line(struct dcv_kit *kit, const char *at, size_t len,
	struct dcv_r53_static *own, struct dcv_r53_profile *ret)
{
	const struct {
		const char *key, **place;
	} keys[] = {{"aws_access_key_id", &own->access_key},
		{"aws_secret_access_key", &own->secret_key},
		{"aws_session_token", &own->session_token}, {"role_arn", &ret->role_arn},
		{"source_profile", &ret->source_profile},
		{"credential_source", &ret->credential_source},
		{"external_id", &ret->external_id},
		{"role_session_name", &ret->role_session_name},
		{"web_identity_token_file", &ret->web_identity_token_file},
		{"mfa_serial", &ret->mfa_serial},
		{"credential_process", &ret->credential_process},
		{"sso_session", &ret->sso}, {"sso_start_url", &ret->sso},
		{"sso_account_id", &ret->sso}, {"sso_role_name", &ret->sso}};
	const char *equals = find_equals(at, len), *value;
	size_t key_len = equals != NULL ? (size_t)(equals - at) : 0, value_len;

	if (key_len == 0)
		return;
	value = equals + 1;
	value_len = without_comment(value, len - key_len - 1);
	trim(&at, &key_len);
	trim(&value, &value_len);
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		if (strlen(keys[i].key) == key_len && *keys[i].place == NULL &&
			strncasecmp(keys[i].key, at, key_len) == 0 && value_len > 0)
			*keys[i].place = dcv_kit_format(kit, "%.*s", (int)value_len,
				value);
	}
}

void dcv_r53_profile_take(struct dcv_kit *kit, const char *text, const char *prefix,
	const char *name, struct dcv_r53_profile *ret)
{
	int within = 0;

	for (const char *at = text; *at != '\0'; at += at[0] == '\n') {
		size_t len = strcspn(at, "\n");

		if (at[0] == '[') {
			within = is_section(at, len, prefix, name);
			ret->found |= within;
		} else if (within && len > 0 && strchr("#; \t", at[0]) == NULL) {
			/* An indented line belongs to a setting of its own. */
			take_line(kit, at, len,
				prefix[0] == '\0' ? &ret->shared : &ret->config, ret);
		}
		at += len;
	}
}

enum dcvp_class dcv_r53_profile(struct dcv_r53_call *call, const char *name,
	struct dcv_r53_profile *ret, struct dcvp_error *err)
{
	static const struct {
		const char *variable, *path, *prefix;
	} files[] = {{"AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", ""},
		{"AWS_CONFIG_FILE", "~/.aws/config", "profile "}};

	*ret = (struct dcv_r53_profile){0};
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		const char *path = dcv_r53_variable(call, files[i].variable);
		const char *text = NULL;
		enum dcvp_class class = dcv_r53_file(call,
			path != NULL ? path : files[i].path, &text, err);

		if (class != DCVP_OK)
			return class;
		if (text != NULL)
			dcv_r53_profile_take(&call->kit, text, files[i].prefix, name, ret);
	}
	return call->kit.nomem ? dcv_kit_nomem(err) : DCVP_OK;
}
