/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows in which order keys are looked for: that of the AWS tools. */
#include <string.h>

#include "providers/route53/route53.h"

#define CACHE "keys"
#define CACHE_S 900
#define EARLY_S 300 /* before they end, new ones are asked for */
#define DEPTH_MAX 16u /* of roles that are asked for with each other */

const char *dcv_r53_variable(const struct dcv_r53_call *call, const char *name)
{
	const struct dcvp_host *host = call->session->host;

	return host->variable(host->ctx, name);
}

enum dcvp_class dcv_r53_file(struct dcv_r53_call *call, const char *path,
	const char **ret, struct dcvp_error *err)
{
	const struct dcvp_host *host = call->session->host;
	enum dcvp_class class = host->file(host->ctx, path, ret, err);
	const char *text = *ret;
	size_t len;

	if (class != DCVP_OK || text == NULL)
		return class;
	text += strspn(text, " \t\r\n");
	for (len = strlen(text); len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL;)
		len--;
	*ret = dcv_kit_format(&call->kit, "%.*s", (int)len, text);
	return *ret != NULL ? DCVP_OK : dcv_kit_nomem(err);
}

static int64_t days_before(int64_t year, int month)
{
	static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304,
		334};
	int64_t past = year - 1;
	int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return past * 365 + past / 4 - past / 100 + past / 400 + before[month - 1] +
		(leap && month > 2) - 719162;
}

/* `n` digits, and what must follow them. False: they do not stand there. */
static int take_number(const char **at, size_t n, char end, int *ret)
{
	*ret = 0;
	for (; n > 0; n--, (*at)++) {
		if (**at < '0' || **at > '9')
			return 0;
		*ret = *ret * 10 + (**at - '0');
	}
	return end == '\0' || *(*at)++ == end;
}

int64_t dcv_r53_time(const char *text)
{
	int year, month, day, hour, minute, second;

	if (!take_number(&text, 4, '-', &year) || !take_number(&text, 2, '-', &month) ||
		!take_number(&text, 2, 'T', &day) || !take_number(&text, 2, ':', &hour) ||
		!take_number(&text, 2, ':', &minute) ||
		!take_number(&text, 2, '\0', &second) || year < 1970 || month < 1 ||
		month > 12 || day < 1)
		return 0;
	return ((days_before(year, month) + day - 1) * 24 + hour) * 3600 + minute * 60 +
		second;
}

/* --- the places */

static enum dcvp_class from_variables(struct dcv_r53_call *call, struct dcv_r53_keys *ret,
	struct dcvp_error *err)
{
	const char *key_id = dcv_r53_variable(call, "AWS_ACCESS_KEY_ID");

	if (key_id == NULL)
		return DCVP_OK;
	ret->secret = dcv_r53_variable(call, "AWS_SECRET_ACCESS_KEY");
	ret->token = dcv_r53_variable(call, "AWS_SESSION_TOKEN");
	if (ret->secret == NULL)
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_AUTH,
			"AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not");
	ret->key_id = key_id;
	return DCVP_OK;
}

/* credential_source of a profile with a role. */
static enum dcvp_class from_source(struct dcv_r53_call *call, const char *source,
	struct dcv_r53_keys *ret, struct dcvp_error *err)
{
	if (strcmp(source, "Environment") == 0)
		return from_variables(call, ret, err);
	if (strcmp(source, "EcsContainer") == 0)
		return dcv_r53_from_container(call, ret, err);
	if (strcmp(source, "Ec2InstanceMetadata") == 0)
		return dcv_r53_from_instance(call, ret, err);
	return dcv_kit_fail(err, DCVP_INVALID, DCVP_CAUSE_NONE,
		"credential_source: \"%.40s\" is none", source);
}

static enum dcvp_class take_static(const struct dcv_r53_static *from, const char *name,
	struct dcv_r53_keys *ret, struct dcvp_error *err)
{
	if (from->access_key == NULL)
		return DCVP_OK;
	if (from->secret_key == NULL)
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_AUTH,
			"profile %.60s: aws_access_key_id, and no aws_secret_access_key in "
			"the same file",
			name);
	*ret = (struct dcv_r53_keys){from->access_key, from->secret_key,
		from->session_token, 0};
	return DCVP_OK;
}

/* What needs a person, a program or a browser. */
static enum dcvp_class refuse(const char *name, const char *what, struct dcvp_error *err)
{
	dcv_kit_help(err,
		"help: give the account access_key, secret_key and session_token, as `aws "
		"configure export-credentials` prints them, by {command: …} or variables");
	return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_AUTH,
		"profile %.60s: %s: not supported", name, what);
}

/* Each of it of the variable, else of the profile. */
static enum dcvp_class from_web_identity(struct dcv_r53_call *call,
	const struct dcv_r53_profile *profile, int with_variables,
	struct dcv_r53_keys *ret, struct dcvp_error *err)
{
	const char *file = profile->web_identity_token_file;
	struct dcv_r53_role role = {.arn = profile->role_arn,
		.session_name = profile->role_session_name};
	const struct {
		const char *name, **place;
	} variables[] = {{"AWS_WEB_IDENTITY_TOKEN_FILE", &file},
		{"AWS_ROLE_ARN", &role.arn},
		{"AWS_ROLE_SESSION_NAME", &role.session_name}};

	for (size_t i = 0; with_variables && i < 3; i++) {
		const char *value = dcv_r53_variable(call, variables[i].name);

		if (value != NULL)
			*variables[i].place = value;
	}
	if (file == NULL)
		return DCVP_OK;
	if (role.arn == NULL)
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_AUTH,
			"a web identity (%.200s), and no role: AWS_ROLE_ARN or role_arn is "
			"not set",
			file);
	return dcv_r53_web_identity(call, &role, file, ret, err);
}

/* What a profile has but a role that other keys ask for. */
static enum dcvp_class from_own(struct dcv_r53_call *call, const char *name,
	const struct dcv_r53_profile *profile, int with_variables,
	struct dcv_r53_keys *ret, struct dcvp_error *err)
{
	enum dcvp_class class = from_web_identity(call, profile, with_variables, ret, err);

	if (class != DCVP_OK || ret->key_id != NULL)
		return class;
	if (profile->sso != NULL)
		return refuse(name, "sso", err);
	class = take_static(&profile->shared, name, ret, err);
	if (class != DCVP_OK || ret->key_id != NULL)
		return class;
	if (profile->credential_process != NULL)
		return refuse(name, "credential_process", err);
	return take_static(&profile->config, name, ret, err);
}

static int is_role(const struct dcv_r53_profile *profile)
{
	return profile->role_arn != NULL && profile->web_identity_token_file == NULL;
}

static int has_static(const struct dcv_r53_profile *profile)
{
	return profile->shared.access_key != NULL || profile->shared.secret_key != NULL ||
		profile->config.access_key != NULL || profile->config.secret_key != NULL;
}

/* A profile, and the one that named it as its source. */
struct visit {
	const char *name;
	const struct visit *from;
	unsigned depth;
};

static int was_visited(const struct visit *at, const char *name)
{
	for (; at != NULL; at = at->from) {
		if (strcmp(at->name, name) == 0)
			return 1;
	}
	return 0;
}

static enum dcvp_class from_role(struct dcv_r53_call *call, const struct visit *at,
	const struct dcv_r53_profile *profile, struct dcv_r53_keys *ret,
	struct dcvp_error *err);

/* Only the first profile may name itself, for the keys that it has. */
static enum dcvp_class from_source_profile(struct dcv_r53_call *call,
	const struct visit *from, const char *name, struct dcv_r53_keys *ret,
	struct dcvp_error *err)
{
	const struct visit at = {name, from, from->depth + 1};
	int is_itself = strcmp(from->name, name) == 0 && !was_visited(from->from, name);
	struct dcv_r53_profile profile;
	enum dcvp_class class = dcv_r53_profile(call, name, &profile, err);

	if (class != DCVP_OK)
		return class;
	if ((was_visited(from, name) && !(is_itself && has_static(&profile))) ||
		at.depth == DEPTH_MAX)
		return dcv_kit_fail(err, DCVP_INVALID, DCVP_CAUSE_NONE,
			"profile %.60s: source_profile goes round", name);
	if (is_role(&profile) && !has_static(&profile))
		return from_role(call, &at, &profile, ret, err);
	class = from_own(call, name, &profile, 0, ret, err);
	if (class == DCVP_OK && ret->key_id == NULL)
		class = dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_AUTH,
			"source_profile %.60s: %s", name,
			profile.found ? "it has no keys" : "there is none");
	return class;
}

static enum dcvp_class from_role(struct dcv_r53_call *call, const struct visit *at,
	const struct dcv_r53_profile *profile, struct dcv_r53_keys *ret,
	struct dcvp_error *err)
{
	const struct dcv_r53_role role = {.arn = profile->role_arn,
		.session_name = profile->role_session_name,
		.external_id = profile->external_id};
	struct dcv_r53_keys with = {.key_id = NULL};
	enum dcvp_class class;

	if ((profile->source_profile == NULL) == (profile->credential_source == NULL))
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_AUTH,
			"profile %.60s: role_arn comes with one of source_profile and "
			"credential_source",
			at->name);
	if (profile->mfa_serial != NULL)
		return refuse(at->name, "mfa_serial", err);
	if (profile->credential_source != NULL)
		class = from_source(call, profile->credential_source, &with, err);
	else
		class = from_source_profile(call, at, profile->source_profile, &with, err);
	if (class == DCVP_OK && with.key_id == NULL)
		class = dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_AUTH,
			"profile %.60s: role_arn: no keys to ask for the role with",
			at->name);
	return class == DCVP_OK ? dcv_r53_assume(call, &role, &with, ret, err) : class;
}

/* The profile of the account, of the variables, or the default one. */
static enum dcvp_class from_profile(struct dcv_r53_call *call, struct dcv_r53_keys *ret,
	struct dcvp_error *err)
{
	const char *of_account = call->session->profile, *name = of_account;
	struct dcv_r53_profile profile;
	struct visit at = {.from = NULL};
	enum dcvp_class class;

	if (name == NULL)
		name = dcv_r53_variable(call, "AWS_DEFAULT_PROFILE");
	if (name == NULL)
		name = dcv_r53_variable(call, "AWS_PROFILE");
	at.name = name != NULL ? name : "default";
	class = dcv_r53_profile(call, at.name, &profile, err);
	if (class == DCVP_OK && name != NULL && !profile.found)
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_AUTH,
			"profile %.60s: there is none", name);
	if (class == DCVP_OK && is_role(&profile))
		class = from_role(call, &at, &profile, ret, err);
	else if (class == DCVP_OK)
		class = from_own(call, at.name, &profile, of_account == NULL, ret, err);
	if (class == DCVP_OK && ret->key_id == NULL && of_account != NULL)
		class = dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_AUTH,
			"profile %.60s: it has no keys", name);
	return class;
}

/* --- the chain */

static enum dcvp_class find(struct dcv_r53_call *call, struct dcv_r53_keys *ret,
	struct dcvp_error *err)
{
	static enum dcvp_class (*const places[])(struct dcv_r53_call *,
		struct dcv_r53_keys *, struct dcvp_error *) = {from_variables,
		from_profile, dcv_r53_from_container, dcv_r53_from_instance};
	const struct dcv_r53 *session = call->session;
	enum dcvp_class class = DCVP_OK;

	if (session->access_key != NULL) {
		*ret = (struct dcv_r53_keys){session->access_key, session->secret_key,
			session->session_token, 0};
		return DCVP_OK;
	}
	if (session->profile != NULL)
		class = from_profile(call, ret, err);
	for (size_t i = 0; session->profile == NULL && class == DCVP_OK &&
		ret->key_id == NULL && i < sizeof places / sizeof places[0];
		i++)
		class = places[i](call, ret, err);
	if (class != DCVP_OK || ret->key_id != NULL)
		return class;
	dcv_kit_help(err,
		"help: dcvctl-route53(7) lists where they may be: settings, variables, "
		"~/.aws, web identity, container, instance");
	return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_AUTH,
		"route53: no AWS credentials were found");
}

static enum dcvp_class find_and_assume(struct dcv_r53_call *call,
	struct dcv_r53_keys *ret, struct dcvp_error *err)
{
	const struct dcv_r53 *session = call->session;
	const struct dcv_r53_role role = {.arn = session->role_arn,
		.external_id = session->external_id};
	struct dcv_r53_keys with = {.key_id = NULL};
	enum dcvp_class class = find(call, &with, err);

	if (class == DCVP_OK && session->role_arn != NULL)
		return dcv_r53_assume(call, &role, &with, ret, err);
	*ret = with;
	return class;
}

/* Three lines. 0: there is nothing. */
static int from_cache(struct dcv_r53_call *call, struct dcv_r53_keys *ret)
{
	const struct dcvp_host *host = call->session->host;
	const char *text = host->cache_get(host->ctx, CACHE);
	char *at = text != NULL ? dcv_kit_dup(&call->kit, text) : NULL;
	const char **places[] = {&ret->key_id, &ret->secret, &ret->token};

	for (size_t i = 0; at != NULL && i < 3; i++) {
		char *end = strchr(at, '\n');

		if (end == NULL)
			return 0;
		*end = '\0';
		*places[i] = at[0] != '\0' ? at : NULL;
		at = end + 1;
	}
	return at != NULL;
}

static void to_cache(struct dcv_r53_call *call, const struct dcv_r53_keys *keys)
{
	const struct dcvp_host *host = call->session->host;
	int64_t life_s = CACHE_S;
	const char *text;

	if (keys->expires_s > 0)
		life_s = keys->expires_s - EARLY_S - host->wall_s(host->ctx);
	text = dcv_kit_format(&call->kit, "%s\n%s\n%s\n", keys->key_id, keys->secret,
		keys->token != NULL ? keys->token : "");
	if (text != NULL && life_s > 0)
		host->cache_put(host->ctx, CACHE, text, life_s);
}

enum dcvp_class dcv_r53_keys(struct dcv_r53_call *call, struct dcv_r53_keys *ret,
	struct dcvp_error *err)
{
	const struct dcv_r53 *session = call->session;
	enum dcvp_class class;

	*ret = (struct dcv_r53_keys){.key_id = NULL};
	if (session->access_key != NULL && session->role_arn == NULL)
		return find(call, ret, err);
	if (from_cache(call, ret))
		return DCVP_OK;
	*ret = (struct dcv_r53_keys){.key_id = NULL};
	class = find_and_assume(call, ret, err);
	if (class == DCVP_OK)
		to_cache(call, ret);
	return call->kit.nomem ? dcv_kit_nomem(err) : class;
}
