/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `new`: where its records come from, and where the orders go. */
#include <string.h>

#include "base/file.h"
#include "base/yaml.h"
#include "cmd/import.h"

#define FILE_MODE 0644u /* a token is public as soon as it is in the DNS */

void dcv_new_nomem(struct dcv_session *session)
{
	struct dcv_error err = {0};

	dcv_nomem(&err);
	(void)dcv_session_fail(session, &err);
}

struct dcv_new_record *dcv_new_add(struct dcv_session *session,
	struct dcv_new_order *order)
{
	struct dcv_new_record *grown = dcv_arena_grow(&session->arena, order->records,
		order->n, sizeof(*grown));

	if (grown == NULL) {
		dcv_new_nomem(session);
		return NULL;
	}
	order->records = grown;
	grown[order->n] = (struct dcv_new_record){.line = NULL};
	return &grown[order->n++];
}

struct dcv_new_order *dcv_new_add_order(struct dcv_session *session, struct dcv_new *all)
{
	struct dcv_new_order *grown = dcv_arena_grow(&session->arena, all->orders, all->n,
		sizeof(*grown));

	if (grown == NULL) {
		dcv_new_nomem(session);
		return NULL;
	}
	all->orders = grown;
	grown[all->n] = (struct dcv_new_order){.n = 0};
	return &grown[all->n++];
}

enum dcv_err dcv_new_usage(struct dcv_session *session, const char *what, const char *why)
{
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
		"run: dcvctl new --help", "%s: %s", what, why);
	return DCV_E_USAGE;
}

static void add_records(struct dcv_session *session, struct dcv_new_order *order)
{
	const struct dcv_words *records = &session->options.records;

	for (size_t i = 0; i < records->n; i++) {
		const char *line = records->items[i];
		struct dcv_new_record *record = dcv_new_add(session, order);
		const char *place = dcv_arena_printf(&session->arena, "--record %zu",
			i + 1);

		if (record == NULL || place == NULL)
			return;
		record->line = line;
		record->at[DCV_NEW_HOST] = (struct dcv_place){place, 0, 0};
	}
}

/* A console that shows a host alone means it below the one name of the certificate. */
static void add_domain(const struct dcv_session *session, struct dcv_new_order *order)
{
	for (size_t i = 0; session->options.names.n == 1 && i < order->n; i++) {
		struct dcv_new_record *record = &order->records[i];

		if (record->line == NULL && record->text[DCV_NEW_DOMAIN] == NULL)
			record->text[DCV_NEW_DOMAIN] = session->options.names.items[0];
	}
}

/* One order: its number is an argument, its records are options or lines of standard input. */
static enum dcv_err read_one(struct dcv_session *session, struct dcv_new *all)
{
	const struct dcv_options *o = &session->options;
	struct dcv_new_order *order;
	bool paste = o->args.n == 2 && strcmp(o->args.items[1], "-") == 0;

	if (o->args.n == 0)
		return dcv_new_usage(session, "new",
			"give the order's number, or --csv FILE");
	if (o->args.n > 2 || (o->args.n == 2 && !paste))
		return dcv_new_usage(session, o->args.items[1],
			"new takes one number, and - for lines");
	if (o->ca == NULL)
		return dcv_new_usage(session, "new",
			"say --ca with the issuing CA, for example --ca digicert");
	if (!paste && o->records.n == 0 && o->names.n == 0 && o->csr == NULL)
		return dcv_new_usage(session, "new",
			"give --record, - for lines on standard input, --name or --csr");
	order = dcv_new_add_order(session, all);
	if (order == NULL)
		return session->diags.code;
	order->key[DCV_NEW_ID] = o->args.items[0];
	order->key[DCV_NEW_CA] = o->ca;
	order->key[DCV_NEW_CERTIFICATE] = o->certificate;
	order->key[DCV_NEW_SERVICE] = o->service;
	for (size_t i = 0; i < o->names.n; i++)
		if (!dcv_word_add(session, &order->names, o->names.items[i]))
			dcv_new_nomem(session);
	add_records(session, order);
	if (paste)
		dcv_new_read_paste(session, order);
	add_domain(session, order);
	return dcv_new_derive(session, order);
}

static enum dcv_err read_csv(struct dcv_session *session, struct dcv_new *all)
{
	const struct dcv_options *o = &session->options;

	if (o->out == NULL)
		return dcv_new_usage(session, "--csv",
			"needs --out DIR, where the orders go");
	if (o->args.n > 0 || o->records.n > 0 || o->names.n > 0 || o->csr != NULL ||
		dcv_new_is_derived(o))
		return dcv_new_usage(session, "--csv",
			"takes orders, names and records from the file alone");
	dcv_new_read_csv(session, o->csv, all);
	return DCV_OK;
}

/* Orders of a service, each by its number. */
static enum dcv_err read_from(struct dcv_session *session, struct dcv_new *all)
{
	const struct dcv_options *o = &session->options;
	enum dcv_err rc;

	if (o->csv != NULL || o->records.n > 0 || o->csr != NULL || dcv_new_is_derived(o))
		return dcv_new_usage(session, "--from",
			"takes records and names from the service's answer alone");
	if (o->args.n > 1 && o->out == NULL)
		return dcv_new_usage(session, "--from",
			"several orders need --out DIR, where they go");
	rc = dcv_import_read(session);
	for (size_t i = 0; rc == DCV_OK && i < session->n_imports; i++) {
		struct dcv_new_order *order = dcv_new_add_order(session, all);

		if (order == NULL)
			return session->diags.code;
		rc = dcv_import_draft(session, &session->imports[i], order);
	}
	return rc;
}

static enum dcv_err read_orders(struct dcv_session *session, struct dcv_new *all)
{
	if (session->options.from != NULL)
		return read_from(session, all);
	if (session->options.file != NULL)
		return dcv_new_usage(session, "--file",
			"say whose answer it is: --from SERVICE");
	return session->options.csv != NULL ? read_csv(session, all)
					    : read_one(session, all);
}

struct written {
	size_t orders, records, already;
};

/* An order before this one that has its number, of this CA or of another one. */
static const struct dcv_new_order *find_same(const struct dcv_new *all, size_t at,
	bool same_ca)
{
	const struct dcv_new_order *order = &all->orders[at];

	for (size_t i = 0; i < at; i++) {
		const struct dcv_new_order *other = &all->orders[i];

		if (other->ca != NULL &&
			strcmp(other->key[DCV_NEW_ID], order->key[DCV_NEW_ID]) == 0 &&
			(!same_ca || strcmp(other->ca, order->ca) == 0))
			return other;
	}
	return NULL;
}

/* NUMBER.yaml; CA-NUMBER.yaml if another CA has given the number too. */
static char *path_of(struct dcv_session *session, const struct dcv_new *all, size_t at)
{
	const struct dcv_new_order *order = &all->orders[at];
	const char *dir = session->options.out, *id = order->key[DCV_NEW_ID];
	const char *slash = dir[0] != '\0' && dir[strlen(dir) - 1] == '/' ? "" : "/";

	if (find_same(all, at, false) != NULL)
		return dcv_arena_printf(&session->arena, "%s%s%s-%s.yaml", dir, slash,
			order->ca, id);
	return dcv_arena_printf(&session->arena, "%s%s%s.yaml", dir, slash, id);
}

static bool is_given_twice(struct dcv_session *session, const struct dcv_new *all,
	size_t at)
{
	const struct dcv_new_order *order = &all->orders[at],
				   *other = find_same(all, at, true);

	if (other != NULL)
		dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_ORDER,
			&order->at[DCV_NEW_CA], "write the same in all lines of an order",
			"ca: \"%s\", but line %u says \"%s\" for this order",
			order->key[DCV_NEW_CA], other->at[DCV_NEW_CA].line,
			other->key[DCV_NEW_CA]);
	return other != NULL;
}

/* Without what a service said when it was asked: the order is the same. */
static const char *behind_note(const char *text)
{
	const char *end = text[0] == '#' ? strchr(text, '\n') : NULL;

	return end != NULL ? end + 1 : text;
}

static bool holds(const char *path, const char *text)
{
	struct dcv_buf buf;
	bool same;

	dcv_buf_init(&buf, DCV_YAML_MAX_FILE);
	same = dcv_file_read(path, &buf, NULL) == DCV_OK &&
		buf.len == strlen(dcv_buf_text(&buf)) &&
		strcmp(behind_note(dcv_buf_text(&buf)), behind_note(text)) == 0;
	dcv_buf_clear(&buf);
	return same;
}

static void store(struct dcv_session *session, const struct dcv_new *all, size_t at,
	const char *text, struct written *written)
{
	const struct dcv_new_order *order = &all->orders[at];
	const char *path = path_of(session, all, at);
	struct dcv_error err = {0};

	if (path == NULL) {
		dcv_new_nomem(session);
	} else if (order->key[DCV_NEW_ID][0] == '.') {
		dcv_fail(&err, DCV_E_ORDER, "%s: a hidden file would not be read", path);
		(void)dcv_session_fail(session, &err);
	} else if (holds(path, text)) {
		written->already++;
	} else if (dcv_file_write(path, text, strlen(text), FILE_MODE,
			   session->options.force, &err) != DCV_OK) {
		if (err.code == DCV_E_REFUSED)
			dcv_help(&err, "help: look at it; --force replaces it");
		(void)dcv_session_fail(session, &err);
	} else {
		session->changed = true;
		written->orders++;
		for (size_t i = 0; i < order->n; i++)
			written->records += order->records[i].read != NULL;
	}
}

/* A person mends a file from its top. Few items, stable. */
static void sort_by_line(struct dcv_diags *diags)
{
	for (size_t i = 1; i < diags->n; i++) {
		struct dcv_diag item = diags->items[i];
		size_t at = i;

		for (; at > 0 && diags->items[at - 1].line > item.line; at--)
			diags->items[at] = diags->items[at - 1];
		diags->items[at] = item;
	}
}

static void sum_up(struct dcv_session *session, const struct written *written,
	size_t n_refused)
{
	char already[48] = "", refused[48] = "";

	if (written->already > 0)
		(void)snprintf(already, sizeof(already), ", %zu there already",
			written->already);
	if (n_refused > 0)
		(void)snprintf(refused, sizeof(refused), " (%zu line%s refused)",
			n_refused, n_refused == 1 ? "" : "s");
	(void)snprintf(session->msg, sizeof(session->msg),
		"wrote %zu order%s, %zu record%s into %.100s%s%s", written->orders,
		written->orders == 1 ? "" : "s", written->records,
		written->records == 1 ? "" : "s", session->options.out, already, refused);
	dcv_say(session, "%s", session->msg);
}

static enum dcv_err write_all(struct dcv_session *session, struct dcv_new *all)
{
	struct written written = {0};
	struct dcv_error err = {0};

	if (dcv_dir_make(session->options.out, &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	for (size_t i = 0; i < all->n; i++) {
		struct dcv_new_order *order = &all->orders[i];
		size_t n_refused = dcv_new_check(session, order);
		const char *text;

		all->n_refused += n_refused;
		/* Of a file, what is good is written; one order is written whole or not at all. */
		if (session->options.csv == NULL ? n_refused > 0 : n_refused == order->n)
			continue;
		text = dcv_new_document(session, order);
		if (text != NULL && !is_given_twice(session, all, i))
			store(session, all, i, text, &written);
		else
			all->n_refused += order->n - n_refused;
	}
	sort_by_line(&session->diags);
	sum_up(session, &written, all->n_refused);
	if (written.orders + written.already > 0)
		dcv_next_say(session, "next:", "plan", session->options.out, "");
	if (session->diags.code != DCV_OK && written.orders > 0)
		return DCV_E_PARTIAL;
	return session->diags.code;
}

/* To standard output: all of it, or nothing. */
static enum dcv_err print_one(struct dcv_session *session, struct dcv_new_order *order)
{
	const char *text = NULL;

	if (dcv_new_check(session, order) == 0 && session->diags.code == DCV_OK)
		text = dcv_new_document(session, order);
	if (text != NULL)
		fputs(text, stdout);
	return session->diags.code;
}

static enum dcv_err run_new(struct dcv_session *session)
{
	const struct dcv_options *o = &session->options;
	struct dcv_new all = {0};
	enum dcv_err rc;

	if (o->json && o->out == NULL)
		return dcv_new_usage(session, "--json",
			"needs --out DIR: the order itself goes to standard output");
	rc = read_orders(session, &all);
	if (rc != DCV_OK)
		return rc;
	if (o->csv == NULL && session->diags.code != DCV_OK)
		return session->diags.code;
	if (all.n == 0 && session->diags.code != DCV_OK)
		return session->diags.code;
	return o->out != NULL ? write_all(session, &all)
			      : print_one(session, &all.orders[0]);
}

const struct dcv_command dcv_cmd_new = {
	.name = "new",
	.summary =
		"make order files from records, a console, CSV, a CSR, a token, a service",
	.help = "example: dcvctl new 1234567890 --ca digicert \\\n"
		"             --record '_dnsauth.example.com TXT 2026…' > 1234567890.yaml\n"
		"\n"
		"dcvctl new NUMBER --ca CA [--record 'OWNER TYPE VALUE']… [-] | --csr FILE |\n"
		"           --name NAME --token TOKEN --account-key FILE\n"
		"dcvctl new --csv FILE --out DIR | --from SERVICE NUMBER… [--file ANSWER]\n"
		"Makes an order: on standard output, or as DIR/NUMBER.yaml.\n"
		"\n"
		"  -                     records from standard input, as pasted from a console:\n"
		"                        Host Record, Record Type, Record Value, Domain Name\n"
		"  --csv FILE            a header order,certificate,ca,service,domain,host,type,\n"
		"                        value; wrong lines are refused, the others written\n"
		"  --csr FILE, --name NAME  names of the certificate; without records the order\n"
		"                        is a pre-flight, but Sectigo's CNAMEs follow from the\n"
		"                        request (--unique-value). One --name: the hosts' domain\n"
		"  --token T, --key-authorization K  of ACME, one for each --name, with\n"
		"                        --account-key or --thumbprint; --account-url: its label\n"
		"  --from SERVICE        huaweicloud-scm is asked through an account; --file: as\n"
		"                        it, alibaba, tencent or acm once answered (JSON)\n"
		"  --service S, --certificate NAME  go into the order\n"
		"  --out DIR             write files; --force replaces; --json, -q: the result\n"
		"\n"
		"exit: 0 made, 3 some lines refused and the others written, 6 a file is there\n"
		"      already, 64 usage, 65 nothing sound to write; --from: 1 not answered, 78 no\n"
		"      account may ask. See also dcvctl-order(5).\n",
	.options = "record ca service certificate name csr unique-value token "
		   "key-authorization account-key thumbprint account-url csv from file config "
		   "provider deadline out force json quiet verbose help",
	.run = run_new,
};
