/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `provider test`: which backend is tried at which zone, that a person has agreed,
 * and how the steps are said. */
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "cmd/interrupt.h"
#include "cmd/provider.h"
#include "provider/trial.h"

#define SERVE_MS 60000 /* within which a server must have a change */

struct test {
	struct dcv_session *session;
	struct dcv_json *steps;
	unsigned group; /* whose steps are being shown */
	struct dcv_trial_count shown; /* its steps so far */
	struct dcv_trial_result result;
};

static enum dcv_err usage(struct dcv_session *session, const char *why)
{
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
		"run: dcvctl provider test [ACCOUNT] --zone ZONE", "provider test: %s",
		why);
	return DCV_E_USAGE;
}

/* The backend that the account names, else the zone's only one. */
static enum dcv_err find_backend(struct dcv_session *session, const struct dcv_name *zone,
	const struct dcv_backend_config **ret)
{
	const struct dcv_words *args = &session->options.args;
	const char *account = args->n > 1 ? args->items[1] : NULL;
	const struct dcv_binding *binding = NULL;
	struct dcv_error err = {0};
	enum dcv_err rc;

	*ret = account == NULL ? NULL
			       : dcv_config_account_named(&session->config, account);
	if (*ret != NULL && (*ret)->file == NULL)
		return DCV_OK;
	rc = dcv_config_find(&session->config, zone, &binding, &err);
	if (rc != DCV_OK) {
		(void)dcv_session_fail(session, &err);
		return rc;
	}
	if (binding == NULL || !dcv_name_equal(&binding->zone, zone))
		return usage(session,
			account == NULL
				? "the zone is not bound: name an account that holds it"
				: "no such account, and the zone is not bound");
	for (size_t i = 0; i < binding->n_backends; i++) {
		const struct dcv_backend_config *at = &binding->backends[i];

		if (account != NULL ? at->account != NULL && !strcmp(at->account, account)
				    : binding->n_backends == 1)
			*ret = at;
	}
	return *ret != NULL ? DCV_OK
			    : usage(session,
				      account != NULL ? "the zone is not bound to "
							"this account"
						      : "the zone has several "
							"backends: name an account");
}

/* Writing into a zone that serves people is agreed to by a person, or by --yes. */
static enum dcv_err agree(struct dcv_session *session, const struct dcv_name *zone,
	const struct dcv_backend_config *at)
{
	char answer[8] = "";

	if (session->options.yes)
		return DCV_OK;
	if (isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1) {
		fprintf(stderr,
			"%s will be written to through %s: below a label "
			"_dcvctl-test-…%s. Go on? [y/N] ",
			dcv_show_name(zone), at->name,
			session->options.apex ? ", and at the apex" : "");
		if (fgets(answer, sizeof(answer), stdin) != NULL &&
			(answer[0] == 'y' || answer[0] == 'Y'))
			return DCV_OK;
	}
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
		"help: give --yes to agree; best take a zone that serves nobody",
		"provider test: %s: the test writes into the zone, below a label of its own, "
		"and nobody agreed to that",
		dcv_show_name(zone));
	return DCV_E_USAGE;
}

static enum dcv_err add_address(struct dcv_session *session, struct dcv_addr **list,
	size_t *n, const struct dcv_addr *addr)
{
	struct dcv_addr *grown = dcv_arena_grow(&session->arena, *list, *n,
		sizeof(**list));

	if (grown == NULL)
		return DCV_E_NOMEM;
	*list = grown;
	grown[(*n)++] = *addr;
	return DCV_OK;
}

/* The addresses of a name server: as the zone has them, else as the resolvers know them. */
static enum dcv_err add_server(struct dcv_session *session, const struct dcv_ns *ns,
	struct dcv_addr **list, size_t *n, struct dcv_error *err)
{
	struct dcv_addr *found = NULL, addr;
	size_t n_found = 0, before = *n;
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; rc == DCV_OK && i < ns->n; i++) {
		for (size_t k = 0; rc == DCV_OK && k < ns->addresses[i].n; k++) {
			rc = dcv_addr_from_rdata(&ns->addresses[i].rdata[k], 53, &addr,
				err);
			if (rc == DCV_OK)
				rc = add_address(session, list, n, &addr);
		}
	}
	if (rc == DCV_OK && *n == before)
		rc = dcv_ask_addresses(&ns->name, session->deadline_ms, session->clock,
			&session->arena, &found, &n_found, err);
	for (size_t i = 0; rc == DCV_OK && i < n_found; i++)
		rc = add_address(session, list, n, &found[i]);
	return rc;
}

/* Every address of the servers that the zone names, unless some are given. */
static enum dcv_err find_servers(struct dcv_session *session,
	struct dcv_trial_setup *setup, struct dcv_error *err)
{
	struct dcv_backend *backend = NULL;
	struct dcv_zone_view view;
	struct dcv_addr *list = NULL;
	size_t n = 0;
	enum dcv_err rc;

	setup->servers = session->config.nameservers;
	setup->n_servers = session->config.n_nameservers;
	if (setup->n_servers > 0)
		return DCV_OK;
	rc = dcv_backend_open(setup->host, &setup->zone, setup->from, &backend, err);
	if (rc == DCV_OK)
		rc = dcv_backend_read(backend, &setup->zone, 1, &session->arena, &view,
			err);
	for (size_t i = 0; rc == DCV_OK && i < view.n_ns; i++)
		rc = add_server(session, &view.ns[i], &list, &n, err);
	dcv_backend_close(backend);
	if (rc == DCV_OK && n == 0) {
		dcv_fail(err, DCV_E_UNVERIFIED, "%s: no name server of it has an address",
			dcv_show_name(&setup->zone));
		rc = dcv_help(err, "help: name the servers to ask: --nameserver ADDR");
	}
	setup->servers = list;
	setup->n_servers = n;
	return rc;
}

static const char *state_text(enum dcv_trial_state state)
{
	static const char *const words[] =
		{[DCV_TRIAL_PASSED] = "ok", [DCV_TRIAL_FAILED] = "FAIL", [DCV_TRIAL_CANNOT] = "cannot"};

	return words[state];
}

static void add_json(struct test *test, const struct dcv_trial_step *step)
{
	struct dcv_json *json = dcv_json_object();

	dcv_json_set_int(json, "number", step->group);
	dcv_json_set_text(json, "group", dcv_trial_group(step->group));
	dcv_json_set_text(json, "step", step->name);
	dcv_json_set_text(json, "state",
		step->state == DCV_TRIAL_FAILED           ? "failed"
			: step->state == DCV_TRIAL_PASSED ? "passed"
							  : "cannot");
	dcv_json_set_text(json, "text", step->text[0] != '\0' ? step->text : NULL);
	dcv_json_append(test->steps, json);
}

/* What went well is said with -v; what did not, always. */
static bool tell(void *ctx, const struct dcv_trial_step *step)
{
	struct test *test = ctx;

	if (test->session->options.json)
		add_json(test, step);
	if (step->state != DCV_TRIAL_PASSED || test->session->options.verbose > 0)
		dcv_say(test->session, "%-6s %s: %s%s%s%s", state_text(step->state),
			dcv_trial_group(step->group), step->name,
			step->text[0] != '\0' ? ": " : "",
			step->state == DCV_TRIAL_CANNOT ? "by its own word: " : "",
			step->text);
	(void)dcv_flush();
	return !dcv_interrupted(NULL);
}

static void say_table(const struct test *test)
{
	dcv_say(test->session, "%3s %-10s %6s %6s %6s", "", "group", "passed", "failed",
		"cannot");
	for (unsigned i = 1; i <= DCV_TRIAL_GROUPS; i++) {
		const struct dcv_trial_count *of = &test->result.groups[i];

		dcv_say(test->session, "%3u %-10s %6zu %6zu %6zu", i, dcv_trial_group(i),
			of->passed, of->failed, of->cannot);
	}
}

static struct dcv_json *make_json(struct test *test, const struct dcv_trial_setup *setup)
{
	struct dcv_json *json = dcv_json_object();
	char name[DCV_NAME_TEXT_MAX];

	dcv_json_set_text(json, "account", setup->from->name);
	dcv_json_set_text(json, "provider", setup->from->provider);
	dcv_json_set_text(json, "zone", dcv_name_text(&setup->zone, name));
	dcv_json_set_text(json, "owner", dcv_name_text(&test->result.owner, name));
	dcv_json_set_int(json, "passed", (int64_t)test->result.groups[0].passed);
	dcv_json_set_int(json, "failed", (int64_t)test->result.groups[0].failed);
	dcv_json_set_int(json, "cannot", (int64_t)test->result.groups[0].cannot);
	dcv_json_set_int(json, "slowest_ms", test->result.slowest_ms);
	dcv_json_set(json, "steps", test->steps);
	test->steps = NULL;
	return json;
}

static enum dcv_err end(struct test *test, const struct dcv_trial_setup *setup)
{
	struct dcv_session *session = test->session;
	const struct dcv_trial_count *all = &test->result.groups[0];

	say_table(test);
	(void)snprintf(session->msg, sizeof(session->msg),
		"%s at %s: %zu passed, %zu failed, %zu it cannot by its own word; served "
		"after %lld ms at most",
		setup->from->name, dcv_show_name(&setup->zone), all->passed, all->failed,
		all->cannot, (long long)test->result.slowest_ms);
	dcv_say(session, "%s", session->msg);
	if (test->result.left)
		dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_PARTIAL, NULL,
			"help: remove by hand what stands at and below this name",
			"%s: what the test wrote there could not all be removed",
			dcv_show_name(&test->result.owner));
	if (session->options.json)
		session->detail = make_json(test, setup);
	if (test->result.left)
		return DCV_E_PARTIAL;
	return all->failed == 0 && !dcv_interrupted(NULL) ? DCV_OK : DCV_E_FAILED;
}

static enum dcv_err try_backend(struct dcv_session *session, struct dcv_trial_setup *setup)
{
	struct test test = {.session = session};
	struct dcv_error err = {0};
	enum dcv_err rc = find_servers(session, setup, &err);

	setup->tell = tell;
	setup->ctx = &test;
	if (session->options.json)
		test.steps = dcv_json_array();
	if (rc == DCV_OK)
		rc = dcv_trial_run(setup, &test.result, &err);
	if (rc == DCV_OK)
		rc = end(&test, setup);
	else
		rc = dcv_session_fail(session, &err);
	dcv_json_free(test.steps);
	setup->ctx = NULL; /* it lived as long as this call */
	return rc;
}

enum dcv_err dcv_provider_test(struct dcv_session *session)
{
	const struct dcv_options *o = &session->options;
	struct dcv_trial_setup setup = {.serve_ms = SERVE_MS,
		.apex = o->apex,
		.all = o->all,
		.arena = &session->arena};
	struct dcv_error err = {0};
	enum dcv_err rc;

	if (o->zone == NULL || o->args.n > 2)
		return usage(session, "give one account and a zone");
	if (dcv_name_from(o->zone, &setup.zone, &err) != DCV_OK)
		return usage(session, err.text);
	rc = dcv_session_config(session);
	if (rc == DCV_OK)
		rc = find_backend(session, &setup.zone, &setup.from);
	if (rc == DCV_OK)
		rc = agree(session, &setup.zone, setup.from);
	if (rc != DCV_OK)
		return rc;
	setup.host = &session->host;
	return try_backend(session, &setup);
}
