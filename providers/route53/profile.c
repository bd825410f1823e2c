/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the files that the AWS tools share: ~/.aws/credentials and ~/.aws/config. */
#include <string.h>

#include "providers/route53/route53.h"

struct section {
	const char *prefix, *name;
};

/* name, profile name or profile "name". */
static int is_meant(const char *title, size_t len, const void *ctx)
{
	const struct section *section = ctx;
	size_t n = strlen(section->prefix);

	/* The default one has no prefix. */
	if (n > 0 && len > n && strncmp(title, section->prefix, n) == 0) {
		for (title += n, len -= n; len > 0 && strchr(" \t", title[0]) != NULL;
			len--)
			title++;
	} else if (n > 0 && strcmp(section->name, "default") != 0) {
		return 0;
	}
	if (len >= 2 && title[0] == '"' && title[len - 1] == '"') {
		title++;
		len -= 2;
	}
	return len == strlen(section->name) && strncmp(title, section->name, len) == 0;
}

void dcv_r53_profile_take(struct dcv_kit *kit, const char *text, const char *prefix,
	const char *name, struct dcv_r53_profile *ret)
{
	const struct section section = {prefix, name};
	struct dcv_r53_static *own = prefix[0] == '\0' ? &ret->shared : &ret->config;
	const struct dcv_kit_ini keys[] = {{"aws_access_key_id", &own->access_key},
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

	ret->found |= dcv_kit_ini(kit, text, is_meant, &section, keys,
		sizeof keys / sizeof keys[0]);
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
