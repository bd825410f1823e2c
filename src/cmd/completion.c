/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `completion`: the scripts that shells read, made from the tables of commands
 * and options, and the words that these scripts ask for while somebody types. */
#include <ctype.h>
#include <string.h>

#include "check/cause.h"
#include "cmd/internal.h"
#include "order/statement.h"

/* The values of an option, for shells: a list of words, "FILE", "ZONE", "ORDER", or NULL. */
static const char *values_of(const struct dcv_command *command, const char *option)
{
	static const struct {
		const char *option, *values;
	} table[] = {
		{"config", "FILE"},
		{"ledger", "FILE"},
		{"zone-file", "FILE"},
		{"plan", "FILE"},
		{"save", "FILE"},
		{"events", "FILE"},
		{"csv", "FILE"},
		{"out", "FILE"},
		{"csr", "FILE"},
		{"account-key", "FILE"},
		{"file", "FILE"},
		{"certificate", "FILE"},
		{"zone", "ZONE"},
		{"order", "ORDER"},
		{"ca", "CA"},
		{"until", "published effective ready settled"},
		{"from", "IMPORT"},
		{"reload", "none bind nsd knot pdns"},
		{"shadow", "refuse copy accept"},
		{"provider", "PROVIDER"},
		{"public-suffixes", "FILE"},
		{"service", "SERVICE"},
		{"state", "new pending published effective open expired closed cleaned"},
		{"result", "FILE"},
	};

	if (strcmp(option, "format") == 0)
		return command->formats;
	/* A server's zones, not a service's orders. */
	if (command == &dcv_cmd_init && strcmp(option, "from") == 0)
		return "bind nsd knot";
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(table[i].option, option) == 0)
			return table[i].values;
	}
	return NULL;
}

/* The command that completes a kind of values; NULL for a list of words. */
static const char *source_of(const char *values)
{
	if (strcmp(values, "ZONE") == 0)
		return "zones";
	if (strcmp(values, "CA") == 0)
		return "cas";
	if (strcmp(values, "SERVICE") == 0)
		return "services";
	if (strcmp(values, "IMPORT") == 0)
		return "imports";
	if (strcmp(values, "PROVIDER") == 0)
		return "providers";
	return strcmp(values, "ORDER") == 0 ? "orders" : NULL;
}

static bool wants(const struct dcv_command *command, const char *what)
{
	return command->words != NULL && strstr(command->words, what) != NULL;
}

/* Words to choose from, or NULL. */
static const char *choice_of(const struct dcv_command *command)
{
	return command->words != NULL && command->words[0] == '=' ? command->words + 1
								  : NULL;
}

static void put_commands(const char *before, const char *after)
{
	for (size_t i = 0; dcv_commands[i] != NULL; i++)
		printf("%s%s%s", before, dcv_commands[i]->name, after);
}

/* --- bash --- */

static void put_bash_options(const struct dcv_command *command)
{
	const char *name;
	bool value;

	for (size_t i = 0; dcv_option_at(i, &name, &value); i++) {
		if (dcv_option_is_taken(command, name))
			printf(" --%s", name);
	}
}

static void put_bash_values(const struct dcv_command *command)
{
	const char *name;
	bool value;

	for (size_t i = 0; dcv_option_at(i, &name, &value); i++) {
		const char *values = values_of(command, name);

		if (!value || !dcv_option_is_taken(command, name))
			continue;
		printf("\t%s:--%s) ", command->name, name);
		if (values == NULL)
			puts(":;;");
		else if (strcmp(values, "FILE") == 0)
			puts("_dcvctl_files;;");
		else if (source_of(values) != NULL)
			printf("_dcvctl_ask %s;;\n", source_of(values));
		else
			printf("_dcvctl_words '%s';;\n", values);
	}
}

static void put_bash_words(const struct dcv_command *command)
{
	printf("\t%s)\n\t\t_dcvctl_words '", command->name);
	put_bash_options(command);
	puts("'");
	if (choice_of(command) != NULL)
		printf("\t\t_dcvctl_words '%s'\n", choice_of(command));
	if (wants(command, "causes"))
		puts("\t\t_dcvctl_ask causes");
	if (wants(command, "orders"))
		puts("\t\t_dcvctl_ask orders");
	if (wants(command, "zones"))
		puts("\t\t_dcvctl_ask zones");
	if (wants(command, "files"))
		puts("\t\t_dcvctl_files");
	puts("\t\t;;");
}

static void put_bash(void)
{
	fputs("# dcvctl: completion for bash. Use: source <(dcvctl completion bash)\n"
	      "_dcvctl_words() { COMPREPLY+=($(compgen -W \"$1\" -- \"$cur\")); }\n"
	      "_dcvctl_files() { local IFS=$'\\n'; compopt -o filenames; "
	      "COMPREPLY+=($(compgen -f -- \"$cur\")); }\n"
	      "_dcvctl_ask() { _dcvctl_words \"$(dcvctl completion $1 $config 2>/dev/null)\"; }\n"
	      "_dcvctl() {\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} "
	      "verb=${COMP_WORDS[1]} config= i\n"
	      "\tCOMPREPLY=()\n"
	      "\tif ((COMP_CWORD == 1)); then\n"
	      "\t\t_dcvctl_words '--help --version",
		stdout);
	put_commands(" ", "");
	fputs("'\n\t\treturn\n\tfi\n"
	      "\tfor ((i = 2; i < COMP_CWORD; i++)); do\n"
	      "\t\t[[ ${COMP_WORDS[i-1]} == --config ]] && config=\"--config ${COMP_WORDS[i]}\"\n"
	      "\tdone\n"
	      "\tcase $verb:$prev in\n",
		stdout);
	for (size_t i = 0; dcv_commands[i] != NULL; i++)
		put_bash_values(dcv_commands[i]);
	fputs("\t*) _dcvctl_rest;;\n\tesac\n}\n_dcvctl_rest() {\n\tcase $verb in\n",
		stdout);
	for (size_t i = 0; dcv_commands[i] != NULL; i++)
		put_bash_words(dcv_commands[i]);
	fputs("\tesac\n}\ncomplete -F _dcvctl dcvctl\n", stdout);
}

/* --- zsh --- */

/* A summary within single quotes, for _describe and _arguments: no colon, bracket or quote. */
static void put_plain(const char *text)
{
	for (; *text != '\0'; text++)
		putchar(strchr(":[]'\\", *text) != NULL ? ' ' : *text);
}

static void put_zsh_action(const struct dcv_command *command, const char *name)
{
	const char *values = values_of(command, name);

	printf(":%s:", name);
	if (values == NULL)
		putchar(' ');
	else if (strcmp(values, "FILE") == 0)
		fputs("_files", stdout);
	else if (source_of(values) != NULL)
		printf("{_dcvctl_ask %s}", source_of(values));
	else
		printf("(%s)", values);
}

static void put_zsh_command(const struct dcv_command *command)
{
	const char *name;
	bool value;

	printf("\t%s)\n\t\t_arguments", command->name);
	for (size_t i = 0; dcv_option_at(i, &name, &value); i++) {
		if (!dcv_option_is_taken(command, name))
			continue;
		printf(" \\\n\t\t\t'*--%s", name);
		if (value)
			put_zsh_action(command, name);
		putchar('\'');
	}
	if (choice_of(command) != NULL)
		printf(" \\\n\t\t\t'*:word:(%s)'", choice_of(command));
	else if (wants(command, "causes"))
		fputs(" \\\n\t\t\t'*:cause or order:{_dcvctl_ask causes; _dcvctl_orders}'",
			stdout);
	else if (wants(command, "files"))
		fputs(" \\\n\t\t\t'*:order:_dcvctl_orders'", stdout);
	else if (wants(command, "orders"))
		fputs(" \\\n\t\t\t'*:order:{_dcvctl_ask orders}'", stdout);
	else if (wants(command, "zones"))
		fputs(" \\\n\t\t\t'*:zone:{_dcvctl_ask zones}'", stdout);
	puts("\n\t\t;;");
}

static void put_zsh(void)
{
	fputs("#compdef dcvctl\n"
	      "# dcvctl: completion for zsh. Use: source <(dcvctl completion zsh)\n"
	      "_dcvctl_ask() { local -a found config; (( ${words[(I)--config]} )) && "
	      "config=(--config ${words[${words[(I)--config]}+1]}); "
	      "found=(${(f)\"$(dcvctl completion $1 $config 2>/dev/null)\"}); compadd -a found; }\n"
	      "_dcvctl_orders() { _dcvctl_ask orders; _files; }\n"
	      "_dcvctl() {\n"
	      "\tlocal -a verbs\n\tverbs=(\n",
		stdout);
	for (size_t i = 0; dcv_commands[i] != NULL; i++) {
		printf("\t\t'%s:", dcv_commands[i]->name);
		put_plain(dcv_commands[i]->summary);
		puts("'");
	}
	fputs("\t)\n"
	      "\tif (( CURRENT == 2 )); then\n\t\t_describe command verbs\n\t\treturn\n\tfi\n"
	      "\tshift words; (( CURRENT-- ))\n"
	      "\tcase ${words[1]} in\n",
		stdout);
	for (size_t i = 0; dcv_commands[i] != NULL; i++)
		put_zsh_command(dcv_commands[i]);
	fputs("\tesac\n}\ncompdef _dcvctl dcvctl\n", stdout);
}

/* --- fish --- */

static void put_fish_command(const struct dcv_command *command)
{
	const char *name, *choice = choice_of(command);
	bool value;

	printf("complete -c dcvctl -n __fish_use_subcommand -a %s -d '", command->name);
	put_plain(command->summary);
	puts("'");
	for (size_t i = 0; dcv_option_at(i, &name, &value); i++) {
		const char *values = value ? values_of(command, name) : NULL;

		if (!dcv_option_is_taken(command, name))
			continue;
		printf("complete -c dcvctl -n '__fish_seen_subcommand_from %s' -l %s%s",
			command->name, name, value ? " -r" : "");
		if (values != NULL && strcmp(values, "FILE") == 0)
			fputs(" -F", stdout);
		else if (values != NULL && source_of(values) != NULL)
			printf(" -a '(dcvctl completion %s 2>/dev/null)'",
				source_of(values));
		else if (values != NULL)
			printf(" -a '%s'", values);
		putchar('\n');
	}
	if (choice == NULL && wants(command, "orders"))
		choice = "(dcvctl completion orders 2>/dev/null)";
	if (choice == NULL && wants(command, "zones"))
		choice = "(dcvctl completion zones 2>/dev/null)";
	if (wants(command, "causes"))
		printf("complete -c dcvctl -n '__fish_seen_subcommand_from %s' "
		       "-a '(dcvctl completion causes 2>/dev/null)'\n",
			command->name);
	if (choice != NULL)
		printf("complete -c dcvctl -n '__fish_seen_subcommand_from %s' -a '%s'\n",
			command->name, choice);
	if (wants(command, "files"))
		printf("complete -c dcvctl -n '__fish_seen_subcommand_from %s' -F\n",
			command->name);
}

static void put_fish(void)
{
	puts("# dcvctl: completion for fish. Use: dcvctl completion fish | source\n"
	     "complete -c dcvctl -f");
	for (size_t i = 0; dcv_commands[i] != NULL; i++)
		put_fish_command(dcv_commands[i]);
}

/* --- what the scripts ask for: silent when something fails, since somebody types --- */

static bool open_ledger(struct dcv_session *session)
{
	bool ok = dcv_session_config(session) == DCV_OK &&
		dcv_session_ledger(session, DCV_LEDGER_READ) == DCV_OK;

	dcv_diags_clear(&session->diags);
	session->diags = (struct dcv_diags){0};
	return ok;
}

static void put_orders(struct dcv_session *session)
{
	struct dcv_order_row *rows = NULL;
	size_t n = 0;

	if (!open_ledger(session) ||
		dcv_ledger_orders(session->ledger, NULL, &session->arena, &rows, &n,
			NULL) != DCV_OK)
		return;
	for (size_t i = 0; i < n; i++) {
		if (rows[i].state != DCV_STATE_CLEANED)
			puts(rows[i].id);
	}
}

/* The zones that the configuration names, and those that dcvctl has written. */
static void put_zones(struct dcv_session *session)
{
	const struct dcv_binding *binding;
	struct dcv_change_row *rows = NULL;
	const char *from;
	size_t n = 0;

	if (!open_ledger(session))
		return;
	for (size_t i = 0;
		(binding = dcv_config_item(&session->config, i, &from)) != NULL; i++) {
		if (binding->zone.len != 0)
			puts(dcv_show_name(&binding->zone));
	}
	if (dcv_ledger_changes(session->ledger, NULL, 10000, &session->arena, &rows, &n,
		    NULL) != DCV_OK)
		return;
	for (size_t i = 0; i < n; i++) {
		bool said = false;

		for (size_t k = 0; !said && k < i; k++)
			said = dcv_name_equal(&rows[k].zone, &rows[i].zone);
		if (!said)
			puts(dcv_show_name(&rows[i].zone));
	}
}

/* Shells split at blanks, so a word with one cannot be offered. */
static void put_words(const char *const *words)
{
	for (; *words != NULL; words++) {
		if (strchr(*words, ' ') == NULL)
			puts(*words);
	}
}

static void put_cas(struct dcv_session *session)
{
	const char *words[DCV_CA_WORDS_MAX];
	size_t n = 0;

	(void)session;
	/* As they are typed: the shell tells letters apart by case, dcvctl does not. */
	for (dcv_ca_words(words); words[n] != NULL; n++) {
		if (strchr(words[n], ' ') != NULL)
			continue;
		for (const char *c = words[n]; *c != '\0'; c++)
			(void)putchar(tolower((unsigned char)*c));
		(void)putchar('\n');
	}
}

static void put_services(struct dcv_session *session)
{
	const char *words[DCV_CA_WORDS_MAX];

	(void)session;
	put_words(dcv_service_words(words));
}

/* The services whose answers become orders. */
static void put_imports(struct dcv_session *session)
{
	(void)session;
	put_words(dcv_statement_words());
}

static void put_causes(struct dcv_session *session)
{
	(void)session;
	put_words(dcv_cause_ids());
}

static void put_providers(struct dcv_session *session)
{
	const char *const *names = NULL;

	if (dcv_providers_names(session->providers, &session->arena, &names, NULL) ==
		DCV_OK)
		put_words(names);
}

static enum dcv_err run_completion(struct dcv_session *session)
{
	static const struct {
		const char *word;
		void (*script)(void);
		void (*ask)(struct dcv_session *session);
	} words[] = {{"bash", put_bash, NULL}, {"zsh", put_zsh, NULL},
		{"fish", put_fish, NULL}, {"orders", NULL, put_orders},
		{"zones", NULL, put_zones}, {"cas", NULL, put_cas},
		{"services", NULL, put_services}, {"imports", NULL, put_imports},
		{"causes", NULL, put_causes}, {"providers", NULL, put_providers}};
	const struct dcv_words *args = &session->options.args;

	for (size_t i = 0; args->n == 1 && i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].word, args->items[0]) != 0)
			continue;
		if (words[i].script != NULL)
			words[i].script();
		else
			words[i].ask(session);
		return DCV_OK;
	}
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
		"run: dcvctl completion bash   (or zsh, fish)",
		"completion: name one shell: bash, zsh or fish");
	return DCV_E_USAGE;
}

const struct dcv_command dcv_cmd_completion = {
	.name = "completion",
	.summary = "print the completion script of a shell",
	.help = "example: dcvctl completion bash > /etc/bash_completion.d/dcvctl\n"
		"\n"
		"dcvctl completion bash|zsh|fish\n"
		"Prints the script by which the shell completes commands, options, files, and\n"
		"the numbers of the orders that the ledger knows.\n"
		"\n"
		"  bash   source <(dcvctl completion bash)\n"
		"  zsh    source <(dcvctl completion zsh)\n"
		"  fish   dcvctl completion fish | source\n"
		"\n"
		"exit: 0, 64 usage\n",
	.options = "config ledger quiet verbose help",
	.run = run_completion,
	.words = "=bash zsh fish",
};
