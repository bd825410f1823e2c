/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the options: their names, and where each value goes. */
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/yaml.h"
#include "cmd/internal.h"

enum option_id {
	OPT_CONFIG = 256,
	OPT_LEDGER,
	OPT_ZONE_FILE,
	OPT_RELOAD,
	OPT_NAMESERVER,
	OPT_RECORD,
	OPT_CA,
	OPT_SERVICE,
	OPT_ORDER,
	OPT_PREVIOUS,
	OPT_UNTIL,
	OPT_NO_WAIT,
	OPT_DEADLINE,
	OPT_LOCK_TIMEOUT,
	OPT_JSON,
	OPT_ISSUED,
	OPT_CANCELLED,
	OPT_REOPEN,
	OPT_COEXIST,
	OPT_REMOVE_LEFTOVERS,
	OPT_RETAINED,
	OPT_CAA,
	OPT_SHADOW,
	OPT_KEEP_GOING,
	OPT_PLAN,
	OPT_SAVE,
	OPT_FORMAT,
	OPT_EVENTS,
	OPT_LIMIT,
	OPT_ZONE,
	OPT_STATE,
	OPT_ALL,
	OPT_CANCEL,
	OPT_ATTENTION,
	OPT_LOG,
	OPT_KEPT,
	OPT_CERTIFICATE,
	OPT_VALUE,
	OPT_CSV,
	OPT_OUT,
	OPT_CSR,
	OPT_UNIQUE_VALUE,
	OPT_TOKEN,
	OPT_KEY_AUTHORIZATION,
	OPT_ACCOUNT_KEY,
	OPT_THUMBPRINT,
	OPT_ACCOUNT_URL,
	OPT_FROM,
	OPT_FILE,
	OPT_RESULT,
	OPT_FORCE,
	OPT_NAME,
	OPT_LIST,
	OPT_REPORT,
	OPT_PROVIDER,
	OPT_APEX,
	OPT_YES,
	OPT_PUBLIC_SUFFIXES,
	OPT_TTL
};

static const struct option options[] = {
	{"config", required_argument, NULL, OPT_CONFIG},
	{"ledger", required_argument, NULL, OPT_LEDGER},
	{"zone-file", required_argument, NULL, OPT_ZONE_FILE},
	{"reload", required_argument, NULL, OPT_RELOAD},
	{"provider", required_argument, NULL, OPT_PROVIDER},
	{"nameserver", required_argument, NULL, OPT_NAMESERVER},
	{"record", required_argument, NULL, OPT_RECORD},
	{"ca", required_argument, NULL, OPT_CA},
	{"service", required_argument, NULL, OPT_SERVICE},
	{"order", required_argument, NULL, OPT_ORDER},
	{"previous", required_argument, NULL, OPT_PREVIOUS},
	{"until", required_argument, NULL, OPT_UNTIL},
	{"no-wait", no_argument, NULL, OPT_NO_WAIT},
	{"deadline", required_argument, NULL, OPT_DEADLINE},
	{"lock-timeout", required_argument, NULL, OPT_LOCK_TIMEOUT},
	{"dry-run", no_argument, NULL, 'n'},
	{"check", no_argument, NULL, 'n'},
	{"json", no_argument, NULL, OPT_JSON},
	{"issued", no_argument, NULL, OPT_ISSUED},
	{"cancelled", no_argument, NULL, OPT_CANCELLED},
	{"reopen", no_argument, NULL, OPT_REOPEN},
	{"coexist", no_argument, NULL, OPT_COEXIST},
	{"remove-leftovers", no_argument, NULL, OPT_REMOVE_LEFTOVERS},
	{"retained", no_argument, NULL, OPT_RETAINED},
	{"caa", no_argument, NULL, OPT_CAA},
	{"shadow", required_argument, NULL, OPT_SHADOW},
	{"keep-going", no_argument, NULL, OPT_KEEP_GOING},
	{"plan", required_argument, NULL, OPT_PLAN},
	{"save", required_argument, NULL, OPT_SAVE},
	{"format", required_argument, NULL, OPT_FORMAT},
	{"events", required_argument, NULL, OPT_EVENTS},
	{"limit", required_argument, NULL, OPT_LIMIT},
	{"zone", required_argument, NULL, OPT_ZONE},
	{"state", required_argument, NULL, OPT_STATE},
	{"all", no_argument, NULL, OPT_ALL},
	{"cancel", no_argument, NULL, OPT_CANCEL},
	{"attention", no_argument, NULL, OPT_ATTENTION},
	{"log", no_argument, NULL, OPT_LOG},
	{"kept", no_argument, NULL, OPT_KEPT},
	{"certificate", required_argument, NULL, OPT_CERTIFICATE},
	{"value", required_argument, NULL, OPT_VALUE},
	{"csv", required_argument, NULL, OPT_CSV},
	{"out", required_argument, NULL, OPT_OUT},
	{"csr", required_argument, NULL, OPT_CSR},
	{"unique-value", required_argument, NULL, OPT_UNIQUE_VALUE},
	{"token", required_argument, NULL, OPT_TOKEN},
	{"key-authorization", required_argument, NULL, OPT_KEY_AUTHORIZATION},
	{"account-key", required_argument, NULL, OPT_ACCOUNT_KEY},
	{"thumbprint", required_argument, NULL, OPT_THUMBPRINT},
	{"account-url", required_argument, NULL, OPT_ACCOUNT_URL},
	{"from", required_argument, NULL, OPT_FROM},
	{"file", required_argument, NULL, OPT_FILE},
	{"result", required_argument, NULL, OPT_RESULT},
	{"force", no_argument, NULL, OPT_FORCE},
	{"name", required_argument, NULL, OPT_NAME},
	{"list", no_argument, NULL, OPT_LIST},
	{"report", no_argument, NULL, OPT_REPORT},
	{"apex", no_argument, NULL, OPT_APEX},
	{"yes", no_argument, NULL, OPT_YES},
	{"public-suffixes", required_argument, NULL, OPT_PUBLIC_SUFFIXES},
	{"ttl", required_argument, NULL, OPT_TTL},
	{"quiet", no_argument, NULL, 'q'},
	{"verbose", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{0},
};

const char *dcv_level_text(enum dcv_level_reached level)
{
	static const char *const words[] = {[DCV_LEVEL_NONE] = "none",
		[DCV_LEVEL_PUBLISHED] = "published",
		[DCV_LEVEL_EFFECTIVE] = "effective",
		[DCV_LEVEL_READY] = "ready",
		[DCV_LEVEL_SETTLED] = "settled"};

	return words[level];
}

static void usage(struct dcv_session *session, const char *what, const char *why)
{
	char help[96];
	int n = snprintf(help, sizeof(help), "run: dcvctl %s --help",
		session->command->name);

	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
		n > 0 ? help : NULL, "%s: %s", what, why);
}

bool dcv_word_add(struct dcv_session *session, struct dcv_words *words, const char *word)
{
	void *grown = dcv_arena_grow(&session->arena, words->items, words->n,
		sizeof(words->items[0]));

	if (grown == NULL)
		return false;
	words->items = grown;
	words->items[words->n++] = word;
	return true;
}

static void add_word(struct dcv_session *session, struct dcv_words *words,
	const char *word)
{
	if (!dcv_word_add(session, words, word))
		dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_NOMEM, NULL, NULL,
			"out of memory");
}

bool dcv_option_at(size_t i, const char **ret_name, bool *ret_value)
{
	if (i + 1 >= sizeof(options) / sizeof(options[0]))
		return false;
	*ret_name = options[i].name;
	*ret_value = options[i].has_arg == required_argument;
	return true;
}

const char *dcv_format_text(enum dcv_format format)
{
	static const char *const words[] = {
#define X(name, text) [DCV_FORMAT_##name] = (text),
		DCV_FORMAT_MAP(X)
#undef X
	};

	return words[format];
}

/* True if the blank-separated list has the word. */
static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; len > 0 && (at = strstr(at, word)) != NULL; at += len) {
		if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return true;
	}
	return false;
}

static void set_format(struct dcv_session *session, const char *word)
{
	const char *formats = session->command->formats;
	char why[128];

	session->options.format = word;
	for (int f = DCV_FORMAT_TEXT; formats != NULL && f <= DCV_FORMAT_HTML; f++) {
		if (strcmp(dcv_format_text((enum dcv_format)f), word) == 0 &&
			has_word(formats, word)) {
			session->format = (enum dcv_format)f;
			return;
		}
	}
	(void)snprintf(why, sizeof(why), "give one of: %s",
		formats != NULL ? formats : "text json");
	usage(session, "--format", why);
}

static void set_until(struct dcv_session *session, const char *word)
{
	for (int level = DCV_LEVEL_PUBLISHED; level <= DCV_LEVEL_SETTLED; level++) {
		if (strcmp(dcv_level_text((enum dcv_level_reached)level), word) == 0) {
			session->options.until = (enum dcv_level_reached)level;
			return;
		}
	}
	usage(session, "--until", "give published, effective, ready or settled");
}

static bool is_given(const struct dcv_options *o, const char *name)
{
	for (size_t i = 0; i < o->given.n; i++) {
		if (strcmp(o->given.items[i], name) == 0)
			return true;
	}
	return false;
}

/* A variable, where the command line says nothing: for hosts whose zones no public CA can see. */
static void set_until_from(struct dcv_session *session, const char *variable)
{
	const char *word = getenv(variable);

	if (is_given(&session->options, "until"))
		return;
	if (word != NULL && word[0] != '\0' && !session->options.no_wait &&
		dcv_option_is_taken(session->command, "until"))
		set_until(session, word);
}

static void set_duration(struct dcv_session *session, const char *name, const char *text,
	int64_t *ret_s)
{
	struct dcv_error err = {0};

	if (dcv_duration_parse(name, text, ret_s, &err) != DCV_OK)
		dcv_diag_add_error(&session->diags, NULL, &err);
}

static void set_reason(struct dcv_session *session, enum dcv_reason reason)
{
	if (session->options.reason != DCV_REASON_NONE)
		usage(session, "close", "give --issued or --cancelled, not both");
	session->options.reason = reason;
}

/* Options that only fill a field of struct dcv_options. */
enum field_kind { FIELD_FLAG, FIELD_TEXT, FIELD_WORDS };
static const struct field {
	int id;
	enum field_kind kind;
	size_t offset;
} fields[] = {
	{OPT_CA, FIELD_TEXT, offsetof(struct dcv_options, ca)},
	{OPT_SERVICE, FIELD_TEXT, offsetof(struct dcv_options, service)},
	{OPT_ORDER, FIELD_TEXT, offsetof(struct dcv_options, order)},
	{OPT_NO_WAIT, FIELD_FLAG, offsetof(struct dcv_options, no_wait)},
	{OPT_JSON, FIELD_FLAG, offsetof(struct dcv_options, json)},
	{OPT_ZONE_FILE, FIELD_WORDS, offsetof(struct dcv_options, zone_files)},
	{OPT_NAMESERVER, FIELD_WORDS, offsetof(struct dcv_options, nameservers)},
	{OPT_RECORD, FIELD_WORDS, offsetof(struct dcv_options, records)},
	{OPT_PREVIOUS, FIELD_WORDS, offsetof(struct dcv_options, previous)},
	{OPT_CONFIG, FIELD_TEXT, offsetof(struct dcv_options, config.config)},
	{OPT_LEDGER, FIELD_TEXT, offsetof(struct dcv_options, config.ledger)},
	{OPT_RELOAD, FIELD_TEXT, offsetof(struct dcv_options, config.reload)},
	{OPT_PROVIDER, FIELD_TEXT, offsetof(struct dcv_options, config.provider)},
	{OPT_REOPEN, FIELD_FLAG, offsetof(struct dcv_options, policy.reopen)},
	{OPT_COEXIST, FIELD_FLAG, offsetof(struct dcv_options, policy.coexist)},
	{OPT_REMOVE_LEFTOVERS, FIELD_FLAG,
		offsetof(struct dcv_options, policy.remove_leftovers)},
	{OPT_RETAINED, FIELD_FLAG, offsetof(struct dcv_options, policy.retained)},
	{OPT_CAA, FIELD_FLAG, offsetof(struct dcv_options, policy.caa)},
	{OPT_SHADOW, FIELD_TEXT, offsetof(struct dcv_options, shadow)},
	{OPT_KEEP_GOING, FIELD_FLAG, offsetof(struct dcv_options, keep_going)},
	{OPT_PLAN, FIELD_TEXT, offsetof(struct dcv_options, plan)},
	{OPT_SAVE, FIELD_TEXT, offsetof(struct dcv_options, save)},
	{OPT_EVENTS, FIELD_TEXT, offsetof(struct dcv_options, events)},
	{OPT_ZONE, FIELD_TEXT, offsetof(struct dcv_options, zone)},
	{OPT_STATE, FIELD_TEXT, offsetof(struct dcv_options, state)},
	{OPT_ALL, FIELD_FLAG, offsetof(struct dcv_options, all)},
	{OPT_CANCEL, FIELD_FLAG, offsetof(struct dcv_options, cancel)},
	{OPT_ATTENTION, FIELD_FLAG, offsetof(struct dcv_options, attention)},
	{OPT_LOG, FIELD_FLAG, offsetof(struct dcv_options, log)},
	{OPT_KEPT, FIELD_FLAG, offsetof(struct dcv_options, kept)},
	{OPT_CERTIFICATE, FIELD_TEXT, offsetof(struct dcv_options, certificate)},
	{OPT_VALUE, FIELD_WORDS, offsetof(struct dcv_options, values)},
	{OPT_CSV, FIELD_TEXT, offsetof(struct dcv_options, csv)},
	{OPT_OUT, FIELD_TEXT, offsetof(struct dcv_options, out)},
	{OPT_CSR, FIELD_TEXT, offsetof(struct dcv_options, csr)},
	{OPT_UNIQUE_VALUE, FIELD_TEXT, offsetof(struct dcv_options, unique_value)},
	{OPT_TOKEN, FIELD_WORDS, offsetof(struct dcv_options, tokens)},
	{OPT_KEY_AUTHORIZATION, FIELD_WORDS,
		offsetof(struct dcv_options, key_authorizations)},
	{OPT_ACCOUNT_KEY, FIELD_TEXT, offsetof(struct dcv_options, account_key)},
	{OPT_THUMBPRINT, FIELD_TEXT, offsetof(struct dcv_options, thumbprint)},
	{OPT_ACCOUNT_URL, FIELD_TEXT, offsetof(struct dcv_options, account_url)},
	{OPT_FROM, FIELD_TEXT, offsetof(struct dcv_options, from)},
	{OPT_FILE, FIELD_TEXT, offsetof(struct dcv_options, file)},
	{OPT_RESULT, FIELD_TEXT, offsetof(struct dcv_options, result)},
	{OPT_FORCE, FIELD_FLAG, offsetof(struct dcv_options, force)},
	{OPT_NAME, FIELD_WORDS, offsetof(struct dcv_options, names)},
	{OPT_LIST, FIELD_FLAG, offsetof(struct dcv_options, list)},
	{OPT_REPORT, FIELD_FLAG, offsetof(struct dcv_options, report)},
	{OPT_APEX, FIELD_FLAG, offsetof(struct dcv_options, apex)},
	{OPT_YES, FIELD_FLAG, offsetof(struct dcv_options, yes)},
	{OPT_PUBLIC_SUFFIXES, FIELD_TEXT, offsetof(struct dcv_options, public_suffixes)},
};

/* True if the option is one of them. */
static bool set_field(struct dcv_session *session, int id, const char *value)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		char *at = (char *)&session->options + fields[i].offset;

		if (fields[i].id != id)
			continue;
		if (fields[i].kind == FIELD_FLAG)
			*(bool *)(void *)at = true;
		else if (fields[i].kind == FIELD_TEXT)
			*(const char **)(void *)at = value;
		else
			add_word(session, (struct dcv_words *)(void *)at, value);
		return true;
	}
	return false;
}

static void set_limit(struct dcv_session *session, const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || *end != '\0' || n < 1 || n > 1000000)
		usage(session, "--limit", "give a number from 1 to 1000000");
	else
		session->options.limit = (size_t)n;
}

static void set_ttl(struct dcv_session *session, const char *text)
{
	char *end;
	long seconds = strtol(text, &end, 10);

	if (end == text || *end != '\0' || seconds < 1 || seconds > 86400)
		usage(session, "--ttl", "give seconds, from 1 to 86400");
	else
		session->options.ttl_s = (uint32_t)seconds;
}

static void set_option(struct dcv_session *session, int id, const char *value)
{
	struct dcv_options *o = &session->options;

	if (set_field(session, id, value))
		return;
	switch (id) {
	case OPT_UNTIL:
		set_until(session, value);
		break;
	case OPT_DEADLINE:
		set_duration(session, "--deadline", value, &o->deadline_s);
		break;
	case OPT_LOCK_TIMEOUT:
		set_duration(session, "--lock-timeout", value, &o->config.lock_timeout_s);
		o->config.has_lock_timeout = true;
		break;
	case OPT_LIMIT:
		set_limit(session, value);
		break;
	case OPT_TTL:
		set_ttl(session, value);
		break;
	case OPT_FORMAT:
		set_format(session, value);
		break;
	case OPT_ISSUED:
		set_reason(session, DCV_REASON_ISSUED);
		break;
	case OPT_CANCELLED:
		set_reason(session, DCV_REASON_CANCELLED);
		break;
	case 'n':
		o->dry_run = true;
		break;
	case 'q':
		o->quiet = true;
		break;
	case 'v':
		o->verbose++;
		break;
	default:
		o->help = true;
		break;
	}
}

/* An option is taken only by the commands that list it. */
bool dcv_option_is_taken(const struct dcv_command *command, const char *name)
{
	return has_word(command->options, name);
}

static const char *option_name(int id)
{
	for (const struct option *o = options; o->name != NULL; o++) {
		if (o->val == id)
			return o->name;
	}
	return "?";
}

static void refuse_unknown(struct dcv_session *session, const char *word)
{
	const char *names[sizeof(options) / sizeof(options[0])] = {NULL};
	char text[128];
	const char *near;
	size_t n = 0;

	for (const struct option *o = options; o->name != NULL; o++) {
		if (dcv_option_is_taken(session->command, o->name))
			names[n++] = o->name;
	}
	near = strncmp(word, "--", 2) == 0 ? dcv_did_you_mean(word + 2, names) : NULL;
	if (near != NULL &&
		snprintf(text, sizeof(text), "no such option; did you mean --%s?", near) >
			0)
		usage(session, word, text);
	else
		usage(session, word, "no such option");
}

/* "--name" into out, for messages. */
static const char *dashed(int id, char *out, size_t cap)
{
	return snprintf(out, cap, "--%s", option_name(id)) > 0 ? out : "option";
}

bool dcv_option_set(struct dcv_session *session, const char *name, const char *value)
{
	struct dcv_options *o = &session->options;

	for (const struct option *option = options; option->name != NULL; option++) {
		if (strcmp(option->name, name) != 0)
			continue;
		set_option(session, option->val, value);
		add_word(session, &o->given, option->name);
		add_word(session, &o->given_values, value);
		return true;
	}
	return false;
}

static void take_option(struct dcv_session *session, int id)
{
	struct dcv_options *o = &session->options;
	char name[64], why[96];

	if (id == '?') {
		refuse_unknown(session, session->argv[optind - 1]);
	} else if (id == ':') {
		usage(session, session->argv[optind - 1], "its value is missing");
	} else if (!dcv_option_is_taken(session->command, option_name(id))) {
		if (snprintf(why, sizeof(why), "dcvctl %s has no such option",
			    session->command->name) > 0)
			usage(session, dashed(id, name, sizeof(name)), why);
	} else {
		set_option(session, id, optarg);
		add_word(session, &o->given, option_name(id));
		add_word(session, &o->given_values, optarg);
	}
}

static bool has_until(const struct dcv_options *o)
{
	return is_given(o, "until") && o->until != DCV_LEVEL_PUBLISHED;
}

/* Each word of a variable, where the command line says nothing: for programs that call us and
 * leave no room for options. The rest of DCVCTL_NAME is read with the configuration. */
static void set_from_environment(struct dcv_session *session)
{
	static const char *const names[][2] = {{"zone-file", "DCVCTL_ZONE_FILE"},
		{"reload", "DCVCTL_RELOAD"}, {"provider", "DCVCTL_PROVIDER"},
		{"ca", "DCVCTL_CA"}, {"ttl", "DCVCTL_TTL"}, {"shadow", "DCVCTL_SHADOW"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *text = getenv(names[i][1]);
		size_t len;

		if (text == NULL || is_given(&session->options, names[i][0]))
			continue;
		for (text += strspn(text, " "); *text != '\0'; text += strspn(text, " ")) {
			const char *word;

			len = strcspn(text, " ");
			word = dcv_arena_strndup(&session->arena, text, len);
			if (word == NULL)
				return;
			(void)dcv_option_set(session, names[i][0], word);
			text += len;
		}
	}
}

static void take_options(struct dcv_session *session)
{
	const char *letters = session->command->verbatim ? "+:hnqv" : ":hnqv";
	int id;

	while ((id = getopt_long(session->argc, session->argv, letters, options, NULL)) !=
		-1)
		take_option(session, id);
}

static enum dcv_level_reached default_level(const struct dcv_command *command)
{
	if (command == &dcv_cmd_wait)
		return DCV_LEVEL_NONE; /* what the CA needs */
	/* CAA is the client's matter, which asks its CA in a moment. */
	return command == &dcv_cmd_hook ? DCV_LEVEL_EFFECTIVE : DCV_LEVEL_READY;
}

void dcv_options_parse(struct dcv_session *session)
{
	struct dcv_options *o = &session->options;

	o->lock_timeout_s = 30;
	o->until = default_level(session->command);
	opterr = 0;
	optind = 0;
	take_options(session);
	if (session->command->verbatim && optind < session->argc) {
		add_word(session, &o->args, session->argv[optind++]);
		take_options(session);
	}
	if (session->command->verbatim)
		set_from_environment(session);
	set_until_from(session, "DCVCTL_UNTIL");
	for (int i = optind; i < session->argc; i++)
		add_word(session, &o->args, session->argv[i]);
	o->config.zone_files = o->zone_files.items;
	o->config.n_zone_files = o->zone_files.n;
	o->config.nameservers = o->nameservers.items;
	o->config.n_nameservers = o->nameservers.n;
	o->config.deadline_s = o->deadline_s;
	if (o->json && session->format != DCV_FORMAT_TEXT &&
		session->format != DCV_FORMAT_JSON)
		usage(session, "--json", "it is --format json: give one of the two");
	if (session->format == DCV_FORMAT_JSON) {
		o->json = true;
		session->format = DCV_FORMAT_TEXT;
	}
	if (o->no_wait && has_until(o))
		usage(session, "--no-wait",
			"it is --until published: give one of the two");
}
