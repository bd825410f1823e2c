/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows where the vendor's SDKs look for keys: in variables, then in a file with a section
 * for each kind of service. That of DNS is `basic`. */
#include <string.h>

#include "providers/huaweicloud/huaweicloud.h"

#define FILE_VARIABLE "HUAWEICLOUD_SDK_CREDENTIALS_FILE"
#define FILE_DEFAULT "~/.huaweicloud/credentials"
#define SECTION "basic"

const char *const dcv_hw_variables[] = {"HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK",
	"HUAWEICLOUD_SDK_SECURITY_TOKEN", "HUAWEICLOUD_SDK_PROJECT_ID", FILE_VARIABLE,
	NULL};

struct found {
	const char *access_key, *secret_key, *security_token, *project_id;
	const char *idp_id; /* a federated identity, which dcvctl does not take */
};

static const char *variable(const struct dcvp_host *host, const char *name)
{
	const char *value = host->variable(host->ctx, name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

static void from_variables(const struct dcvp_host *host, struct found *ret)
{
	*ret = (struct found){.access_key = variable(host, "HUAWEICLOUD_SDK_AK"),
		.secret_key = variable(host, "HUAWEICLOUD_SDK_SK"),
		.security_token = variable(host, "HUAWEICLOUD_SDK_SECURITY_TOKEN"),
		.project_id = variable(host, "HUAWEICLOUD_SDK_PROJECT_ID")};
}

static int is_section(const char *title, size_t len, const void *ctx)
{
	(void)ctx;
	return len == strlen(SECTION) && memcmp(title, SECTION, len) == 0;
}

static void take_file(struct dcv_kit *kit, const char *text, struct found *ret)
{
	const struct dcv_kit_ini keys[] = {{"ak", &ret->access_key},
		{"sk", &ret->secret_key}, {"security_token", &ret->security_token},
		{"project_id", &ret->project_id}, {"idp_id", &ret->idp_id}};

	*ret = (struct found){0};
	(void)dcv_kit_ini(kit, text, is_section, NULL, keys, sizeof keys / sizeof keys[0]);
}

static int is_pair(const struct found *found)
{
	return found->access_key != NULL && found->secret_key != NULL;
}

/* A file that has no keys for DNS says nothing, but halves of a pair are a mistake. */
static enum dcvp_class check_file(const struct found *found, const char *path,
	struct dcvp_error *err)
{
	if (is_pair(found))
		return DCVP_OK;
	if (found->access_key != NULL || found->secret_key != NULL)
		return dcv_kit_fail(err, DCVP_INVALID, DCVP_CAUSE_AUTH,
			"%.300s: [" SECTION "]: %s is missing", path,
			found->secret_key == NULL ? "sk" : "ak");
	if (found->idp_id == NULL)
		return DCVP_OK;
	dcv_kit_help(err, "help: give the account access_key and secret_key");
	return dcv_kit_fail(err, DCVP_INVALID, DCVP_CAUSE_AUTH,
		"%.300s: [" SECTION "]: idp_id: not supported", path);
}

enum dcvp_class dcv_hw_seek_keys(struct dcv_kit *kit, struct dcv_hw *session,
	struct dcvp_error *err)
{
	const struct dcvp_host *host = kit->host;
	const char *path = variable(host, FILE_VARIABLE), *text = NULL;
	struct found found;
	enum dcvp_class class = DCVP_OK;

	from_variables(host, &found);
	if (!is_pair(&found)) {
		found = (struct found){0};
		path = path != NULL ? path : FILE_DEFAULT;
		class = host->file(host->ctx, path, &text, err);
		if (class == DCVP_OK && text != NULL) {
			take_file(kit, text, &found);
			class = check_file(&found, path, err);
		}
	}
	if (class != DCVP_OK || !is_pair(&found))
		return class;
	session->access_key = found.access_key;
	session->secret_key = found.secret_key;
	session->security_token = found.security_token;
	if (session->project_id == NULL)
		session->project_id = found.project_id;
	return kit->nomem ? dcv_kit_nomem(err) : DCVP_OK;
}
