/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `provider`: its subcommands. */
#include "cmd/provider.h"

#include <string.h>

#include "base/yaml.h"

static const struct {
	const char *name;
	enum dcv_err (*run)(struct dcv_session *session);
} subcommands[] = {{"list", dcv_provider_list}, {"test", dcv_provider_test}};

static enum dcv_err refuse(struct dcv_session *session, const char *word)
{
	const char *names[sizeof(subcommands) / sizeof(subcommands[0]) + 1] = {NULL};
	const char *near = NULL;

	for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++)
		names[i] = subcommands[i].name;
	if (word != NULL)
		near = dcv_did_you_mean(word, names);
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
		"run: dcvctl provider --help", "provider%s%s: no such subcommand%s%s%s",
		word != NULL ? " " : "", word != NULL ? word : "",
		near != NULL ? "; did you mean " : "", near != NULL ? near : "",
		near != NULL ? "?" : "");
	return DCV_E_USAGE;
}

static enum dcv_err run_provider(struct dcv_session *session)
{
	const struct dcv_words *args = &session->options.args;
	const char *word = args->n > 0 ? args->items[0] : NULL;

	for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++)
		if (word != NULL && strcmp(word, subcommands[i].name) == 0)
			return subcommands[i].run(session);
	return refuse(session, word);
}

const struct dcv_command dcv_cmd_provider = {
	.name = "provider",
	.summary = "list the providers that hold zones; test an account of one",
	.help = "example: dcvctl provider test primary --zone test.example --yes\n"
		"\n"
		"dcvctl provider list [NAME…]\n"
		"Shows the providers that are built in or lie in the plugin directory: what each\n"
		"writes at a time, its limits, and the keys that an account of it takes; of one\n"
		"that is named, with the variables that --provider NAME reads them from.\n"
		"\n"
		"dcvctl provider test [ACCOUNT] --zone ZONE\n"
		"Tries the zone's backend in 13 groups of steps. Each is judged by what the\n"
		"backend reads and what every name server of the zone answers. Writes below a\n"
		"label of its own, _dcvctl-test-…, and removes all of it; -v shows each step.\n"
		"  --apex                write one value at the apex, too\n"
		"  --all                 1,001 owners at once instead of 101\n"
		"  --yes                 agree; else a person is asked\n"
		"  --nameserver ADDR     the servers to ask, instead of the zone's own\n"
		"  --json                the result as one JSON document\n"
		"\n"
		"exit: 0, 1 a step failed, 3 something is left, 64 usage, 78 configuration, or a\n"
		"      provider cannot be used. See also dcvctl.yaml(5), dcvctl-provider(3).\n",
	.options = "config ledger zone-file reload provider nameserver deadline zone all apex yes "
		   "json quiet verbose help",
	.run = run_provider,
	.words = "=list test",
};
