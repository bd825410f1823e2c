/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a record is held against the patterns of the CA table. It does not know
 * which CA asks for what. */
#include <stdio.h>
#include <string.h>

#include "dns/rr.h"
#include "order/ca.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static const struct class
{
	const char *name, *characters; /* NULL: any octet */
} classes[] = {
	{"hex", DIGITS "abcdef"},
	{"b32", LOWER "234567"},
	{"b64", DIGITS LOWER UPPER "-_"},
	{"alnum", DIGITS LOWER},
	{"label", DIGITS LOWER "-_"},
	{"any", NULL},
};

static bool has(const struct class *of, char c)
{
	return of->characters == NULL || (c != '\0' && strchr(of->characters, c) != NULL);
}

/* `<name>` or `<name:number>`: the class and how many octets (0: one or more). Behind it, or NULL
 * where it is no class. */
static const char *read_class(const char *pattern, const struct class **ret, size_t *ret_n)
{
	size_t len = strcspn(pattern + 1, ":>");
	const char *at = pattern + 1 + len;

	*ret = NULL;
	*ret_n = 0;
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strlen(classes[i].name) == len &&
			strncmp(classes[i].name, pattern + 1, len) == 0)
			*ret = &classes[i];
	if (*at == ':')
		for (at++; *at >= '0' && *at <= '9'; at++)
			*ret_n = *ret_n * 10 + (size_t)(*at - '0');
	return *ret != NULL && *at == '>' ? at + 1 : NULL;
}

static bool is_token(const char *pattern)
{
	return strncmp(pattern, "<token>", 7) == 0;
}

/* No class but a token holds dots, and `any` stands last: what is longest is right. A token before
 * more text is one label. */
static bool fits(const struct dcv_ca *ca, const char *pattern, const char *text,
	size_t len)
{
	const struct class *of;
	size_t n, k;

	while (*pattern != '\0') {
		if (is_token(pattern)) {
			const char *dot = memchr(text, '.', len);

			pattern += 7;
			n = *pattern == '\0' || dot == NULL ? len : (size_t)(dot - text);
			if (!dcv_token_fits(ca, text, n))
				return false;
		} else if (*pattern == '<') {
			pattern = read_class(pattern, &of, &k);
			if (pattern == NULL)
				return false;
			for (n = 0; n < len && (k == 0 || n < k) && has(of, text[n]);)
				n++;
			if (n == 0 || (k != 0 && n != k))
				return false;
		} else {
			if (len == 0 || *pattern++ != *text)
				return false;
			n = 1;
		}
		text += n;
		len -= n;
	}
	return len == 0;
}

/* The owner's first labels, as many as the pattern has. */
static bool owner_fits(const struct dcv_ca *ca, const char *pattern, const char *owner)
{
	const char *end = strchr(owner, '.'), *dot = pattern;

	if (*pattern == '\0')
		return *owner != '_';
	for (; end != NULL && (dot = strchr(dot, '.')) != NULL; dot++)
		end = strchr(end + 1, '.');
	return end != NULL && fits(ca, pattern, owner, (size_t)(end - owner));
}

static size_t undotted(const char *text, size_t len)
{
	return len > 0 && text[len - 1] == '.' ? len - 1 : len;
}

enum dcv_fit dcv_form_fit(const struct dcv_ca *ca, const struct dcv_form *forms,
	const char *owner, uint16_t type, const char *value, size_t len,
	const struct dcv_form **ret_form)
{
	enum dcv_fit best = DCV_FIT_NONE, fit;

	*ret_form = forms;
	for (const struct dcv_form *form = forms; form->owner != NULL; form++) {
		bool whose = owner_fits(ca, form->owner, owner), same = form->type == type;
		bool told = strcmp(form->value, "<any>") != 0; /* else it says nothing */
		bool what = fits(ca, form->value, value,
			form->type == DCV_TYPE_CNAME ? undotted(value, len) : len);

		if (what && told && !same && form->type == DCV_TYPE_CNAME)
			fit = DCV_FIT_TYPE; /* a target is no token, whatever it is made of */
		else if (whose && same)
			fit = what ? DCV_FIT_WHOLE : DCV_FIT_VALUE;
		else if (what && told && same)
			fit = DCV_FIT_OWNER;
		else
			continue;
		if (fit == DCV_FIT_TYPE || fit < best) {
			best = fit;
			*ret_form = form;
		}
		if (fit == DCV_FIT_TYPE)
			return fit;
	}
	return best;
}

const char *dcv_form_shown(const struct dcv_form *form, char *out, size_t n)
{
	char type[DCV_TYPE_TEXT_MAX];

	(void)snprintf(out, n, "%s%sDOMAIN %s %s%s", form->owner,
		form->owner[0] != '\0' ? "." : "", dcv_type_text(form->type, type),
		form->value, form->type == DCV_TYPE_CNAME ? "." : "");
	return out;
}
