/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the options of an account that is a program, and which dialect answers a call
 * of the interface. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "providers/exec/exec.h"

#define TIMEOUT_MS 60000
#define GRACE_MS 5000 /* for a program to end when it is no longer needed */

static const char *const dialects[] = {"json", "lego-exec", "httpreq", NULL};
static const char *const env_command[] = {"EXEC_PATH", NULL};
static const char *const env_endpoint[] = {"HTTPREQ_ENDPOINT", NULL};
static const char *const env_username[] = {"HTTPREQ_USERNAME", NULL};
static const char *const env_password[] = {"HTTPREQ_PASSWORD", NULL};

static const struct dcvp_option options[] = {
	{.key = "dialect",
		.kind = DCVP_OPTION_WORD,
		.words = dialects,
		.fallback = "json",
		.help = "how the program is spoken to"},
	{.key = "command",
		.kind = DCVP_OPTION_COMMAND,
		.environment = env_command,
		.help = "the program and its arguments, never a shell"},
	{.key = "settings",
		.kind = DCVP_OPTION_TEXT,
		.many = 1,
		.help = "KEY=VALUE: handed to the program in \"open\""},
	{.key = "environment",
		.kind = DCVP_OPTION_TEXT,
		.many = 1,
		.help = "NAME=VALUE: variables of the program"},
	{.key = "secret_names",
		.kind = DCVP_OPTION_TEXT,
		.many = 1,
		.help = "variables of the program that hold the secrets"},
	{.key = "secrets",
		.kind = DCVP_OPTION_SECRET,
		.many = 1,
		.help = "one for each of secret_names"},
	{.key = "timeout",
		.kind = DCVP_OPTION_DURATION,
		.min = 1000,
		.max = 3600000,
		.fallback = "60s",
		.help = "the longest wait for an answer"},
	{.key = "server",
		.kind = DCVP_OPTION_ADDRESS,
		.many = 1,
		.help = "name servers of the zones, where they are read: lego-exec, httpreq"},
	{.key = "endpoint",
		.kind = DCVP_OPTION_URL,
		.environment = env_endpoint,
		.help = "of the dialect httpreq"},
	{.key = "username",
		.kind = DCVP_OPTION_TEXT,
		.environment = env_username,
		.help = "of the dialect httpreq"},
	{.key = "password",
		.kind = DCVP_OPTION_SECRET,
		.environment = env_password,
		.help = "of the dialect httpreq"},
	{.key = NULL}};

/* Until the program says what it can. */
static const struct dcvp_capabilities capabilities = {.struct_size = sizeof capabilities,
	.unit = DCVP_UNIT_RECORD};

static const struct dcvp_capabilities single = {.struct_size = sizeof single,
	.unit = DCVP_UNIT_RECORD,
	.visible = DCVP_VISIBLE_UNTOLD,
	.no_cname = 1,
	.no_caa = 1,
	.no_read = 1};

static const char *const none[] = {NULL};

const char *dcv_exec_forbidden(struct dcv_exec *session, const char *named, int ascii)
{
	char *to = session->forbidden;

	(void)snprintf(to, sizeof session->forbidden - 256, "%s",
		named != NULL ? named : "");
	to += strlen(to);
	for (unsigned octet = 1; ascii && octet < 256; octet++) {
		if (octet < 0x20 || octet > 0x7e)
			*to++ = (char)octet;
	}
	*to = '\0';
	return session->forbidden[0] != '\0' ? session->forbidden : NULL;
}

/* The values of a key; an empty list if it is not there. */
static const struct dcvp_setting *find(const struct dcvp_setting *settings, size_t n,
	const char *key)
{
	static const struct dcvp_setting empty = {.values = none};

	for (size_t i = 0; i < n; i++) {
		if (strcmp(settings[i].key, key) == 0)
			return &settings[i];
	}
	return &empty;
}

static enum dcvp_class wrong(struct dcvp_error *err, const char *key, const char *why)
{
	return dcv_kit_fail(err, DCVP_INVALID, DCVP_CAUSE_NONE, "exec: %s: %s", key, why);
}

static int is_variable(const char *text, size_t len)
{
	return len > 0 && (text[0] < '0' || text[0] > '9') &&
		strspn(text,
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") >=
		len;
}

/* Before its "=" stands a name. */
static int is_assignment(const char *text)
{
	const char *equals = strchr(text, '=');

	return equals != NULL && is_variable(text, (size_t)(equals - text));
}

/* Nothing is inherited: what a program may see is what the account names. */
static enum dcvp_class make_environment(struct dcv_kit *kit, struct dcv_exec *session,
	const struct dcvp_setting *settings, size_t n, struct dcvp_error *err)
{
	static const char path[] =
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:"
		"/bin";
	const struct dcvp_setting *plain = find(settings, n, "environment");
	const struct dcvp_setting *names = find(settings, n, "secret_names");
	const struct dcvp_setting *secrets = find(settings, n, "secrets");
	char **envp = dcv_kit_array(kit, plain->n + names->n + 3, sizeof *envp);
	size_t count = 0;

	if (names->n != secrets->n)
		return wrong(err, "secret_names",
			"there must be as many as there are secrets");
	if (kit->nomem)
		return dcv_kit_nomem(err);
	/* The first of a name wins, so what the account says comes first. */
	for (size_t i = 0; i < plain->n; i++) {
		if (!is_assignment(plain->values[i]))
			return wrong(err, "environment", "NAME=VALUE is wanted");
		envp[count++] = dcv_kit_dup(kit, plain->values[i]);
	}
	for (size_t i = 0; i < names->n; i++) {
		if (!is_variable(names->values[i], strlen(names->values[i])))
			return wrong(err, "secret_names", "a variable's name is wanted");
		envp[count++] = dcv_kit_format(kit, "%s=%s", names->values[i],
			secrets->values[i]);
	}
	envp[count++] = dcv_kit_dup(kit, path);
	envp[count++] = dcv_kit_dup(kit, "LC_ALL=C.UTF-8");
	session->envp = envp;
	return DCVP_OK;
}

static enum dcvp_class take_command(struct dcv_kit *kit, struct dcv_exec *session,
	const struct dcvp_setting *settings, size_t n, struct dcvp_error *err)
{
	const struct dcvp_setting *command = find(settings, n, "command");
	const struct dcvp_setting *given = find(settings, n, "settings");
	char **argv = dcv_kit_array(kit, command->n + 1, sizeof *argv);
	const char **pairs = dcv_kit_array(kit, given->n, sizeof *pairs);

	if (kit->nomem)
		return dcv_kit_nomem(err);
	if (command->n == 0)
		return wrong(err, "command", "it is wanted");
	for (size_t i = 0; i < command->n; i++)
		argv[i] = dcv_kit_dup(kit, command->values[i]);
	for (size_t i = 0; i < given->n; i++) {
		if (!is_assignment(given->values[i]))
			return wrong(err, "settings", "KEY=VALUE is wanted");
		pairs[i] = dcv_kit_dup(kit, given->values[i]);
	}
	session->argv = argv;
	session->name = argv[0];
	session->settings = pairs;
	session->n_settings = given->n;
	return make_environment(kit, session, settings, n, err);
}

static const char *dup_first(struct dcv_kit *kit, const struct dcvp_setting *setting)
{
	return setting->n > 0 ? dcv_kit_dup(kit, setting->values[0]) : NULL;
}

static enum dcvp_class take_endpoint(struct dcv_kit *kit, struct dcv_exec *session,
	const struct dcvp_setting *settings, size_t n, struct dcvp_error *err)
{
	const struct dcvp_setting *endpoint = find(settings, n, "endpoint");
	size_t len;

	if (endpoint->n == 0)
		return wrong(err, "endpoint", "the dialect httpreq wants it");
	len = strlen(endpoint->values[0]);
	while (len > 0 && endpoint->values[0][len - 1] == '/')
		len--;
	session->endpoint = dcv_kit_format(kit, "%.*s", (int)len, endpoint->values[0]);
	session->name = session->endpoint;
	session->username = dup_first(kit, find(settings, n, "username"));
	session->password = dup_first(kit, find(settings, n, "password"));
	return DCVP_OK;
}

static enum dcv_exec_dialect dialect_of(const struct dcvp_setting *setting)
{
	for (int i = 0; setting->n > 0 && dialects[i] != NULL; i++) {
		if (strcmp(dialects[i], setting->values[0]) == 0)
			return (enum dcv_exec_dialect)i;
	}
	return DCV_EXEC_JSON;
}

static enum dcvp_class exec_open(const struct dcvp_host *host,
	const struct dcvp_setting *settings, size_t n, void **ret_session,
	struct dcvp_error *err)
{
	struct dcv_kit kit = {.host = host};
	struct dcv_exec *session = dcv_kit_array(&kit, 1, sizeof *session);
	const struct dcvp_setting *timeout = find(settings, n, "timeout");
	enum dcvp_class class;

	if (session == NULL)
		return dcv_kit_nomem(err);
	session->host = host;
	session->dialect = dialect_of(find(settings, n, "dialect"));
	session->can = session->dialect == DCV_EXEC_JSON ? capabilities : single;
	session->timeout_ms = timeout->n > 0 ? strtoll(timeout->values[0], NULL, 10)
					     : TIMEOUT_MS;
	session->child = (struct dcv_exec_child){.in_fd = -1, .out_fd = -1, .err_fd = -1};
	if (session->dialect != DCV_EXEC_JSON && find(settings, n, "server")->n == 0)
		return wrong(err, "server", "the dialects lego-exec and httpreq want it");
	class = session->dialect == DCV_EXEC_HTTPREQ
		? take_endpoint(&kit, session, settings, n, err)
		: take_command(&kit, session, settings, n, err);
	if (class == DCVP_OK && kit.nomem)
		class = dcv_kit_nomem(err);
	if (class == DCVP_OK)
		*ret_session = session;
	return class;
}

static void exec_close(void *ctx)
{
	struct dcv_exec *session = ctx;

	if (session != NULL)
		dcv_exec_stop(session, GRACE_MS);
}

static enum dcvp_class exec_describe(void *ctx, struct dcvp_capabilities *ret,
	struct dcvp_error *err)
{
	struct dcv_exec *session = ctx;
	enum dcvp_class class = DCVP_OK;

	if (session->dialect == DCV_EXEC_JSON)
		class = dcv_exec_json_hello(session, err);
	if (class == DCVP_OK)
		*ret = session->can;
	return class;
}

static enum dcvp_class exec_probe(void *ctx, const char **ret, struct dcvp_error *err)
{
	struct dcv_exec *session = ctx;

	if (session->dialect != DCV_EXEC_JSON)
		return DCVP_OK;
	*ret = session->name;
	return dcv_exec_json_hello(session, err);
}

/* Who cannot be asked is taken at the word of the configuration, which binds the zone. */
static enum dcvp_class exec_find_zone(void *ctx, const char *zone, struct dcvp_error *err)
{
	struct dcv_exec *session = ctx;

	return session->dialect == DCV_EXEC_JSON
		? dcv_exec_json_find_zone(session, zone, err)
		: DCVP_OK;
}

static enum dcvp_class exec_read(void *ctx, const char *zone, const char *const *owners,
	size_t n, struct dcvp_zone *ret, struct dcvp_error *err)
{
	struct dcv_exec *session = ctx;

	if (session->dialect == DCV_EXEC_JSON)
		return dcv_exec_json_read(session, zone, owners, n, ret, err);
	return dcv_kit_fail(err, DCVP_INVALID, DCVP_CAUSE_NONE,
		"%s: the dialect %s cannot say what stands in a zone", session->name,
		dialects[session->dialect]);
}

static enum dcvp_class exec_apply(void *ctx, const struct dcvp_change *change,
	struct dcvp_result *results, struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	struct dcv_exec *session = ctx;

	return session->dialect == DCV_EXEC_JSON
		? dcv_exec_json_apply(session, change, results, receipt, err)
		: dcv_exec_single_apply(session, change, results, err);
}

static enum dcvp_class exec_sync(void *ctx, const struct dcvp_change *change,
	struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	struct dcv_exec *session = ctx;

	return session->dialect == DCV_EXEC_JSON
		? dcv_exec_json_sync(session, change, receipt, err)
		: DCVP_OK;
}

static const struct dcvp_provider exec = {
	.struct_size = sizeof exec,
	.abi = DCVP_ABI,
	.name = "exec",
	.title = "a program of yours, in any language",
	.options = options,
	.capabilities = &capabilities,
	.open = exec_open,
	.close = exec_close,
	.probe = exec_probe,
	.find_zone = exec_find_zone,
	.read = exec_read,
	.apply = exec_apply,
	.sync = exec_sync,
	.describe = exec_describe,
};

DCVP_ENTRY(exec);
