/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the keys of an order that hold one word. It does not know documents. */
#include <string.h>

#include "order/read.h"

#define ID_MAX 128u
#define TTL_MAX_S 86400u

static bool is_host_character(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-';
}

bool dcv_read_issuer(const char *text, size_t len, char *out)
{
	size_t start = 0, dots = 0, i;

	if (len > 0 && text[len - 1] == '.')
		len--;
	if (len == 0 || len >= DCV_NAME_MAX)
		return false;
	for (i = 0; i < len; i++)
		out[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] | 0x20)
							  : text[i];
	out[len] = '\0';
	for (i = 0; i <= len; i++) {
		if (i < len && out[i] != '.') {
			if (!is_host_character(out[i]))
				return false;
			continue;
		}
		if (i == start || i - start > DCV_LABEL_MAX || out[start] == '-' ||
			out[i - 1] == '-')
			return false;
		dots += i < len;
		start = i + 1;
	}
	return dots > 0;
}

static bool unknown_ca(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len)
{
	const char *words[DCV_CA_WORDS_MAX], *help;
	const char *meant = dcv_did_you_mean(text, dcv_ca_words(words));
	char shown[DCV_SHOWN_MAX];

	help = dcv_arena_printf(rd->arena,
		"%s%s%sgive the domain of its CAA records, for example ca: letsencrypt.org",
		meant != NULL ? "did you mean " : "", meant != NULL ? meant : "",
		meant != NULL ? "? Else " : "");
	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place, help,
		"ca: \"%s\": unknown CA", dcv_read_shown(text, len, shown));
	return false;
}

/* A CA by a CAA name that is not its first one, or that no table holds. The name is its key. */
static bool other_ca(const struct dcv_read *rd, const char *name, struct dcv_order *order)
{
	struct dcv_ca *ca = dcv_arena_alloc(rd->arena, sizeof *ca);
	const char *key = dcv_arena_strdup(rd->arena, name);

	if (ca == NULL || key == NULL) {
		dcv_read_nomem(rd);
		return false;
	}
	if (dcv_ca_by_issuer(name) != NULL)
		*ca = *dcv_ca_by_issuer(name);
	else
		*ca = (struct dcv_ca){.title = key,
			.coexist = true,
			.token_life_d = DCV_TOKEN_LIFE_UNKNOWN_D};
	ca->key = ca->word = ca->caa = key;
	order->ca = ca;
	order->ca_title = ca->title;
	return true;
}

bool dcv_read_ca(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len, struct dcv_order *order)
{
	char name[DCV_NAME_MAX];
	const char *brand, *title;
	const struct dcv_ca *ca = dcv_ca_find(text);

	if (ca == NULL && dcv_read_issuer(text, len, name)) {
		ca = dcv_ca_find(name);
		if (ca == NULL)
			return other_ca(rd, name, order);
	}
	if (ca == NULL)
		return unknown_ca(rd, place, text, len);
	brand = dcv_ca_brand(text);
	title = brand != NULL ? dcv_arena_printf(rd->arena, "%s (%s)", brand, ca->title)
			      : ca->title;
	if (title == NULL) {
		dcv_read_nomem(rd);
		return false;
	}
	order->ca = ca;
	order->ca_title = title;
	return true;
}

bool dcv_read_service(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len, struct dcv_order *order)
{
	const struct dcv_service *service = dcv_service_find(text);
	const char *words[DCV_CA_WORDS_MAX];
	const char *meant, *help = "leave it out if the CA itself took the order";
	char shown[DCV_SHOWN_MAX];

	if (service != NULL) {
		order->service = service;
		return true;
	}
	if (dcv_ca_find(text) != NULL) /* the CA itself, which is the default */
		return true;
	meant = dcv_did_you_mean(text, dcv_service_words(words));
	if (meant != NULL)
		help = dcv_arena_printf(rd->arena, "did you mean %s?", meant);
	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place, help,
		"service: \"%s\": unknown service", dcv_read_shown(text, len, shown));
	return false;
}

static bool is_id_character(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		(c >= 'a' && c <= 'z') || c == '.' || c == '_' || c == '-';
}

/* Numbers and lineages stand in file names, in rows and on command lines. */
static bool is_id(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_id_character(text[i]))
			return false;
	return len > 0 && len <= ID_MAX;
}

static const char *copy(const struct dcv_read *rd, const char *text, size_t len)
{
	const char *out = dcv_arena_strndup(rd->arena, text, len);

	if (out == NULL)
		dcv_read_nomem(rd);
	return out;
}

bool dcv_read_id(const struct dcv_read *rd, const struct dcv_place *place,
	const char *what, const char *text, size_t len, const char **ret)
{
	char shown[DCV_SHOWN_MAX];

	if (!is_id(text, len)) {
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place,
			strcmp(what, "order") == 0
				? "write order: \"…\" with the number that the CA gave it"
				: "write NUMBER, or CA/NUMBER, of the other order",
			"%s: \"%s\" is no order number: 1 to 128 letters, digits, `.`, `_`, `-`",
			what, dcv_read_shown(text, len, shown));
		return false;
	}
	*ret = copy(rd, text, len);
	return *ret != NULL;
}

bool dcv_read_certificate(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len, struct dcv_order *order)
{
	char shown[DCV_SHOWN_MAX];

	if (!is_id(text, len)) {
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place,
			"give the certificate a short name of your own, which its next orders "
			"keep: certificate: shop",
			"certificate: \"%s\": not 1 to 128 letters, digits, `.`, `_`, `-`",
			dcv_read_shown(text, len, shown));
		return false;
	}
	order->certificate = copy(rd, text, len);
	return order->certificate != NULL;
}

bool dcv_read_ttl(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len, uint32_t *ret_s)
{
	bool good = len > 0 && len <= 5;
	char shown[DCV_SHOWN_MAX];
	uint32_t value = 0;

	for (size_t i = 0; good && i < len; i++) {
		good = text[i] >= '0' && text[i] <= '9';
		value = value * 10 + (uint32_t)(text[i] - '0');
	}
	if (good && value >= 1 && value <= TTL_MAX_S) {
		*ret_s = value;
		return true;
	}
	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place,
		"write seconds, for example ttl: 300, or leave it out",
		"ttl: \"%s\" is not a number from 1 to 86400",
		dcv_read_shown(text, len, shown));
	return false;
}

bool dcv_read_choice(const struct dcv_read *rd, const char *what,
	const struct dcv_yaml_node *node, const char *const *words, size_t *ret)
{
	const struct dcv_place place = dcv_yaml_place(rd->file, node);
	const char *meant, *help = NULL;
	char shown[DCV_SHOWN_MAX];

	if (!dcv_read_text(rd, what, node))
		return false;
	for (size_t i = 0; words[i] != NULL; i++)
		if (strlen(words[i]) == node->len &&
			memcmp(words[i], node->text, node->len) == 0) {
			*ret = i;
			return true;
		}
	meant = dcv_did_you_mean(node->text, words);
	if (meant != NULL)
		help = dcv_arena_printf(rd->arena, "did you mean %s?", meant);
	for (size_t i = 0; meant == NULL && words[i] != NULL; i++)
		help = help == NULL
			? dcv_arena_printf(rd->arena, "write %s: %s", what, words[i])
			: dcv_arena_printf(rd->arena, "%s or %s", help, words[i]);
	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &place, help,
		"%s: \"%s\": unknown word", what,
		dcv_read_shown(node->text, node->len, shown));
	return false;
}

bool dcv_read_shared_ttl(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	struct dcv_order *order)
{
	static const char *const words[] =
		{[DCV_SHARED_TTL_KEEP] = "keep", [DCV_SHARED_TTL_LOWER] = "lower", NULL};
	size_t word = 0;

	if (!dcv_read_choice(rd, "shared_ttl", node, words, &word))
		return false;
	order->shared_ttl = (enum dcv_shared_ttl)word;
	return true;
}
