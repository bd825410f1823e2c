/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `hook`: which client speaks. */
#include "cmd/hook.h"

#include <string.h>

#include "base/yaml.h"

static const struct dcv_hook_dialect *const dialects[] = {&dcv_hook_certbot_auth,
	&dcv_hook_certbot_cleanup, &dcv_hook_lego, &dcv_hook_dehydrated, &dcv_hook_acmesh};
#define N_DIALECTS (sizeof(dialects) / sizeof(dialects[0]))

static const struct dcv_hook_dialect *find(struct dcv_session *session, const char *name)
{
	const char *names[N_DIALECTS + 1] = {NULL}, *near, *help = NULL;

	for (size_t i = 0; i < N_DIALECTS; i++) {
		names[i] = dialects[i]->name;
		if (name != NULL && strcmp(names[i], name) == 0)
			return dialects[i];
	}
	near = name != NULL ? dcv_did_you_mean(name, names) : NULL;
	if (near != NULL)
		help = dcv_arena_printf(&session->arena, "did you mean %s?", near);
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
		help != NULL
			? help
			: "give certbot-auth, certbot-cleanup, lego, dehydrated or acme.sh",
		"hook: %.80s", name != NULL ? name : "which client?");
	return NULL;
}

static enum dcv_err call(struct dcv_session *session,
	const struct dcv_hook_dialect *dialect)
{
	const struct dcv_words *args = &session->options.args;
	enum dcv_err rc = dcv_session_config(session);

	if (rc != DCV_OK)
		return rc;
	rc = dialect->run(session, args->n - 1, args->items + 1);
	if (rc == DCV_E_USAGE && session->diags.n_errors == 0)
		dcv_diag_add(&session->diags, DCV_SEV_ERROR, rc, NULL, dialect->usage,
			"hook %s: these are not its arguments", dialect->name);
	return rc;
}

static enum dcv_err run_hook(struct dcv_session *session)
{
	const struct dcv_words *args = &session->options.args;
	const struct dcv_hook_dialect *dialect = find(session,
		args->n > 0 ? args->items[0] : NULL);

	if (dialect == NULL)
		return DCV_E_USAGE;
	if (dialect->concerns != NULL &&
		(args->n < 2 || !dialect->concerns(args->items[1])))
		return DCV_OK;
	/* What is said to a program is the protocol's. */
	session->options.quiet = true;
	return call(session, dialect);
}

const struct dcv_command dcv_cmd_hook = {
	.name = "hook",
	.summary = "for ACME clients: certbot, lego, dehydrated, acme.sh",
	.help = "example: certbot certonly --manual --preferred-challenges dns -d example.com \\\n"
		"           --manual-auth-hook 'dcvctl hook certbot-auth' \\\n"
		"           --manual-cleanup-hook 'dcvctl hook certbot-cleanup'\n"
		"\n"
		"dcvctl hook CLIENT [OPTION…] [what the client says]\n"
		"CLIENT is certbot-auth, certbot-cleanup, lego, dehydrated or acme.sh. Adds the\n"
		"value of a dns-01 challenge and waits until every address of the name servers\n"
		"has it, or removes it again. What fails is taken back. What a client left when\n"
		"it was killed, `dcvctl cleanup` removes. Also as variables (DCVCTL_ZONE_FILE):\n"
		"\n"
		"  --config FILE         the configuration\n"
		"  --zone-file ZONE=FILE --reload none|nsd   or --provider NAME: without one\n"
		"  --nameserver ADDR     ask this address instead of the zone's name servers\n"
		"  --until LEVEL         published, effective (default), ready, settled\n"
		"  --deadline 15m        end of all waiting; --lock-timeout 30s of a busy zone\n"
		"  --ca CA               who issues, to judge CAA by; --ttl 300 of the records\n"
		"  --shadow copy|accept, --ledger PATH, --events FILE   see dcvctl(1)\n"
		"\n"
		"exit: 0 done; else as apply. Scripts to copy: examples/hooks\n",
	.options = "config ledger zone-file reload provider nameserver until deadline "
		   "lock-timeout ca ttl shadow events help",
	.verbatim = true,
	.words = "=certbot-auth certbot-cleanup lego dehydrated acme.sh",
	.run = run_hook,
};
