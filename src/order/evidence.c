/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the key `issued_when:`: where the issued certificate can be seen. It does
 * not look there. */
#include <arpa/inet.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "order/read.h"

#define ARGUMENTS_MAX 64u
#define LEDGER "ledger:"
#define READ_IN "# read in: " /* the first line of a document that the ledger keeps */

static bool refuse(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	const char *help, const char *what, const char *why)
{
	const struct dcv_place place = dcv_yaml_place(rd->file, node);

	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &place, help,
		"issued_when: %s%s", what, why);
	return false;
}

static bool is_port(const char *text)
{
	unsigned long port = 0;
	size_t len = strlen(text);

	for (size_t i = 0; i < len && i < 6; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		port = port * 10 + (unsigned long)(text[i] - '0');
	}
	return len > 0 && len < 6 && port > 0 && port <= 65535;
}

/* An address as it stands, a name without blanks and in A-labels; NULL with an error. */
static const char *read_tls_host(const struct dcv_read *rd,
	const struct dcv_yaml_node *node, size_t len)
{
	const struct dcv_place place = dcv_yaml_place(rd->file, node);
	char *host = dcv_arena_strndup(rd->arena, node->text, len);
	char text[DCV_NAME_TEXT_MAX];
	struct in6_addr address;
	struct dcv_name name;

	if (host == NULL) {
		dcv_read_nomem(rd);
		return NULL;
	}
	if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
		host[len - 1] = '\0';
		if (inet_pton(AF_INET6, host + 1, &address) == 1) {
			host[len - 1] = ']';
			return host;
		}
		host[len - 1] = ']';
	}
	if (!dcv_read_absolute(rd, &place, "issued_when: tls", host, len, &name))
		return NULL;
	dcv_name_text(&name, text);
	text[strlen(text) - 1] = '\0'; /* the final dot */
	host = dcv_arena_strdup(rd->arena, text);
	if (host == NULL)
		dcv_read_nomem(rd);
	return host;
}

static bool read_tls(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	struct dcv_evidence *ret)
{
	static const char help[] =
		"write issued_when: {tls: \"example.com:443\"}, or \"[2001:db8::1]:443\"";
	const char *colon, *host;

	if (!dcv_read_text(rd, "issued_when: tls", node))
		return false;
	colon = strrchr(node->text, ':');
	if (colon == NULL || colon == node->text || !is_port(colon + 1))
		return refuse(rd, node, help, "tls: ", "not HOST:PORT");
	host = read_tls_host(rd, node, (size_t)(colon - node->text));
	if (host == NULL)
		return false;
	ret->kind = DCV_EVIDENCE_TLS;
	ret->target = dcv_arena_printf(rd->arena, "%s%s", host, colon);
	if (ret->target == NULL)
		dcv_read_nomem(rd);
	return ret->target != NULL;
}

/* The directory of the file that the order was read from; of one that the ledger keeps, the
 * directory that was noted then. NULL: not known. */
static const char *directory_of(const struct dcv_read *rd)
{
	const char *slash = strrchr(rd->file, '/');
	char real[PATH_MAX], *dir;

	if (strncmp(rd->file, LEDGER, strlen(LEDGER)) == 0)
		return rd->read_in;
	if (rd->file[0] == '<') /* standard input */
		slash = NULL;
	dir = slash == NULL
		? dcv_arena_strdup(rd->arena, ".")
		: dcv_arena_strndup(rd->arena, rd->file, (size_t)(slash - rd->file) + 1);
	if (dir == NULL || realpath(dir, real) == NULL || strchr(real, '\n') != NULL)
		return NULL;
	return dcv_arena_strdup(rd->arena, real);
}

static bool read_file(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	struct dcv_evidence *ret)
{
	const char *dir;

	if (!dcv_read_text(rd, "issued_when: file", node))
		return false;
	ret->kind = DCV_EVIDENCE_FILE;
	ret->target = dcv_arena_strdup(rd->arena, node->text);
	if (node->text[0] != '/') {
		dir = directory_of(rd);
		if (dir == NULL)
			return refuse(rd, node, "write the path from `/` on",
				"file: ", "it is not known where this path begins");
		ret->target = dcv_arena_printf(rd->arena, "%s/%s", dir, node->text);
		ret->directory = dir;
	}
	if (ret->target == NULL)
		dcv_read_nomem(rd);
	return ret->target != NULL;
}

static bool read_command(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	struct dcv_evidence *ret)
{
	const char **argv;

	if (!dcv_read_list(rd, node, "issued_when: command", ARGUMENTS_MAX,
		    "write issued_when: {command: [PROGRAM, ARGUMENT, …]}"))
		return false;
	if (node->n == 0)
		return refuse(rd, node,
			"name a program whose output is a certificate in PEM",
			"command: ", "empty");
	argv = dcv_arena_array(rd->arena, node->n + 1, sizeof *argv);
	if (argv == NULL) {
		dcv_read_nomem(rd);
		return false;
	}
	for (size_t i = 0; i < node->n; i++) {
		if (!dcv_read_text(rd, "issued_when: command", node->children[i]))
			return false;
		argv[i] = dcv_arena_strdup(rd->arena, node->children[i]->text);
		if (argv[i] == NULL) {
			dcv_read_nomem(rd);
			return false;
		}
	}
	if (argv[0][0] != '/')
		return refuse(rd, node->children[0],
			"write the program's path from `/` on; there is no shell",
			"command: ", "the program is not an absolute path");
	ret->kind = DCV_EVIDENCE_COMMAND;
	ret->argv = argv;
	return true;
}

bool dcv_read_evidence(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	struct dcv_order *order)
{
	static const char *const keys[] = {"tls", "file", "command", NULL};
	static const char help[] =
		"write issued_when: {tls: \"HOST:PORT\"}, {file: PATH} or {command: [PROGRAM]}";

	if (node->kind != DCV_YAML_MAPPING)
		return refuse(rd, node, help, "", "must be a mapping");
	if (!dcv_read_keys(rd, node, keys))
		return false;
	if (node->n != 1)
		return refuse(rd, node, help, "",
			"needs exactly one of tls, file, command");
	if (dcv_yaml_get(node, "tls") != NULL)
		return read_tls(rd, node->children[0], &order->issued_when);
	if (dcv_yaml_get(node, "file") != NULL)
		return read_file(rd, node->children[0], &order->issued_when);
	return read_command(rd, node->children[0], &order->issued_when);
}

const char *dcv_read_in(const char *text, size_t len, struct dcv_arena *arena)
{
	size_t n = strlen(READ_IN);
	const char *end;

	if (len <= n || memcmp(text, READ_IN, n) != 0)
		return NULL;
	end = memchr(text, '\n', len);
	return end == NULL ? NULL
			   : dcv_arena_strndup(arena, text + n, (size_t)(end - text) - n);
}

char *dcv_read_document(const struct dcv_order *order, const struct dcv_yaml_slice *slice,
	struct dcv_arena *arena)
{
	size_t n = strlen(READ_IN);
	char *text = dcv_arena_strndup(arena, slice->text, slice->len);

	if (text == NULL || order->issued_when.directory == NULL ||
		strncmp(text, READ_IN, n) == 0)
		return text;
	return dcv_arena_printf(arena, READ_IN "%s\n%s", order->issued_when.directory,
		text);
}
