/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what a person who knows the CAs sees in an order at a glance. It does not know
 * what stands in DNS. */
#include "order/lint.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/yaml.h"
#include "dns/name.h"
#include "order/life.h"

#define DAY_S 86400
#define SHOWN_MAX 80u /* octets of a value in a message */
#define FORM_MAX 256u
#define FORMS_TOLD 3u

struct linting {
	const struct dcv_order *order;
	int64_t now_s;
	struct dcv_diags *diags;
	struct dcv_arena arena; /* of one claim */
};

/* A claim, its owner and value as text. */
struct looked {
	const struct dcv_claim *claim;
	char owner[DCV_NAME_TEXT_MAX], domain[DCV_NAME_TEXT_MAX];
	const char *value;
	size_t len;
};

static void warn(const struct linting *of, const struct dcv_place *place,
	const char *cause, const char *help, const char *text)
{
	dcv_diag_add(of->diags, DCV_SEV_WARNING, DCV_E_ORDER, place, help, "%s", text);
	dcv_diag_cause(of->diags, cause);
}

static struct dcv_place at_order(const struct linting *of)
{
	return (struct dcv_place){of->order->file, of->order->line, 1};
}

/* --- the owner --- */

/* A label with `_` belongs before the whole name: `www._dnsauth.example.com` is a slip. */
static void look_at_prefix(const struct linting *of, const struct looked *at)
{
	const struct dcv_name *owner = &at->claim->owner;
	char text[512], help[700], prefix[65];
	const char *label = strstr(at->owner, "._");

	if (dcv_name_is_underscored(owner) || label == NULL)
		return;
	label++;
	(void)snprintf(prefix, sizeof(prefix), "%.*s", (int)strcspn(label, "."), label);
	(void)snprintf(text, sizeof(text),
		"owner %.255s: `%s` stands in the middle of it", at->owner, prefix);
	(void)snprintf(help, sizeof(help), "is %s.%.*s%.255s meant?", prefix,
		(int)(label - at->owner), at->owner, label + strlen(prefix) + 1);
	warn(of, &at->claim->place, "P05", help, text);
}

/* How many labels stand twice at the end: 2 of `a.example.com.example.com`. */
static unsigned doubled_labels(const struct dcv_name *name)
{
	unsigned n = dcv_name_labels(name);

	for (unsigned k = n / 2; k >= 2; k--) {
		struct dcv_name tail = dcv_name_parent(name, n - k);
		struct dcv_name both = dcv_name_parent(name, n - 2 * k);

		if (both.len == 2 * tail.len - 1 &&
			memcmp(both.wire, tail.wire, tail.len - 1u) == 0)
			return k;
	}
	return 0;
}

static void look_at_doubling(const struct linting *of, const struct looked *at)
{
	const struct dcv_name *owner = &at->claim->owner;
	unsigned k = doubled_labels(owner);
	char zone[DCV_NAME_TEXT_MAX], text[512], help[400];
	struct dcv_name tail;
	size_t len;

	if (k == 0)
		return;
	tail = dcv_name_parent(owner, dcv_name_labels(owner) - k);
	len = strlen(at->owner) - strlen(dcv_name_text(&tail, zone));
	(void)snprintf(text, sizeof(text), "owner %.255s: %.120s stands twice in it",
		at->owner, zone);
	(void)snprintf(help, sizeof(help), "is %.*s meant?", (int)len, at->owner);
	warn(of, &at->claim->place, "P04", help, text);
}

/* What `plan` refuses unless the configuration allows it. */
static void look_at_shared(const struct linting *of, const struct looked *at)
{
	const struct dcv_claim *claim = at->claim;
	char text[512];

	if (dcv_name_is_underscored(&claim->owner))
		return;
	if (claim->type == DCV_TYPE_CNAME)
		(void)snprintf(text, sizeof(text),
			"owner %.255s: a CNAME leaves no room for the other data of a shared name",
			at->owner);
	else if (!dcv_token_fits(of->order->ca, at->value, at->len))
		(void)snprintf(text, sizeof(text),
			"owner %.255s: a shared name, and the value has not the form of a token%s%.80s",
			at->owner,
			of->order->ca->has_token_form ? " of " : ": none is known of ",
			of->order->ca->title);
	else
		return;
	warn(of, &claim->place, "P05",
		"apply refuses it unless `allow` of the zone names the owner", text);
}

/* --- the value --- */

static void look_at_life(const struct linting *of, const struct looked *at)
{
	char born[DCV_TIME_TEXT_MAX], dead[DCV_TIME_TEXT_MAX], text[512];
	const struct dcv_ca *ca = of->order->ca;
	int64_t born_s, end_s;

	if (!dcv_claim_date(ca, at->claim, &born_s))
		return;
	end_s = born_s + (int64_t)ca->token_life_d * DAY_S;
	if (end_s >= of->now_s)
		return;
	(void)snprintf(text, sizeof(text),
		"value: a %.80s token of %.10s, unusable since %.10s", ca->title,
		dcv_time_utc(born_s, born), dcv_time_utc(end_s, dead));
	warn(of, &at->claim->place, "P13",
		"apply for the certificate again, and write the value that the CA shows then",
		text);
}

/* The name that consoles append to a target without final dot. True if it was that. */
static bool look_at_target(const struct linting *of, const struct looked *at,
	const struct dcv_form *forms)
{
	size_t tail = strlen(at->domain);
	const struct dcv_form *form;
	char text[512], help[400];

	if (at->claim->type != DCV_TYPE_CNAME || at->len <= tail + 1 ||
		strcmp(at->value + at->len - tail, at->domain) != 0 ||
		at->value[at->len - tail - 1] != '.' ||
		dcv_form_fit(of->order->ca, forms, at->owner, DCV_TYPE_CNAME, at->value,
			at->len - tail, &form) != DCV_FIT_WHOLE ||
		strcmp(form->value, "<any>") == 0)
		return false;
	(void)snprintf(text, sizeof(text),
		"value: %.255s ends in the domain of its owner", at->value);
	(void)snprintf(help, sizeof(help), "write %.*s", (int)(at->len - tail), at->value);
	warn(of, &at->claim->place, "P09", help, text);
	return true;
}

/* What the CA asks for, in a sentence. */
static const char *forms_shown(const struct linting *of, const struct dcv_form *forms,
	char *out, size_t n)
{
	char shown[FORM_MAX];
	size_t len, told = 0;

	len = (size_t)snprintf(out, n, "%.80s asks for", of->order->ca->title);
	for (const struct dcv_form *form = forms; form->owner != NULL; form++) {
		if (form->doubt != NULL)
			continue;
		if (++told > FORMS_TOLD || len + FORM_MAX > n)
			break;
		len += (size_t)snprintf(out + len, n - len, "%s %s",
			told > 1 ? ", or" : "",
			dcv_form_shown(form, shown, sizeof(shown)));
	}
	if (told > FORMS_TOLD)
		(void)snprintf(out + len, n - len, ", or more: dcvctl ca show %.80s",
			dcv_ca_word(of->order->ca));
	return out;
}

static void tell_misfit(const struct linting *of, const struct looked *at,
	const struct dcv_form *forms, enum dcv_fit fit, const struct dcv_form *form)
{
	char text[512], help[4 * FORM_MAX], shown[FORM_MAX], type[DCV_TYPE_TEXT_MAX];
	char value[SHOWN_MAX];
	const char *title = of->order->ca->title, *cause = "P07";
	const char *unsure = form->mark == DCV_GRADE_M ? " (from memory)" : "";

	(void)dcv_shown(value, sizeof(value), at->value, at->len);
	dcv_form_shown(form, shown, sizeof(shown));
	forms_shown(of, forms, help, sizeof(help));
	switch (fit) {
	case DCV_FIT_TYPE:
		cause = "P06";
		(void)snprintf(text, sizeof(text), "type: the value is that of a %s%s",
			dcv_type_text(form->type, type), unsure);
		break;
	case DCV_FIT_OWNER:
		cause = "P05";
		(void)snprintf(text, sizeof(text),
			"owner %.200s: not where %.80s looks%s: %.180s", at->owner, title,
			unsure, shown);
		break;
	case DCV_FIT_WHOLE:
	case DCV_FIT_VALUE:
		(void)snprintf(text, sizeof(text),
			"value: %s%s: not in the form that %.80s asks for there%s: %.180s",
			value, at->len >= sizeof(value) ? "…" : "", title, unsure, shown);
		break;
	case DCV_FIT_NONE:
		cause = "P05";
		(void)snprintf(text, sizeof(text),
			"owner %.200s: not where %.80s looks%s", at->owner, title, unsure);
		break;
	}
	warn(of, &at->claim->place, cause, help, text);
}

static void look_at_form(const struct linting *of, const struct looked *at)
{
	const struct dcv_ca *ca = of->order->ca;
	const struct dcv_form *form;
	uint16_t type = at->claim->type;
	enum dcv_fit fit;
	char text[512];

	/* ACME is asked for by other CAs, too, than those that ask for nothing else. */
	if (ca->forms == NULL ||
		dcv_form_fit(ca, dcv_forms_acme(), at->owner, type, at->value, at->len,
			&form) == DCV_FIT_WHOLE)
		return;
	fit = dcv_form_fit(ca, ca->forms, at->owner, type, at->value, at->len, &form);
	if (fit == DCV_FIT_WHOLE && form->doubt == NULL)
		return;
	if (fit == DCV_FIT_WHOLE) {
		(void)snprintf(text, sizeof(text), "%s: %.400s",
			strcmp(form->cause, "P07") == 0 ? "value" : "owner", form->doubt);
		warn(of, &at->claim->place, form->cause,
			"compare it with what the CA shows", text);
	} else if (!look_at_target(of, at, ca->forms)) {
		tell_misfit(of, at, ca->forms, fit, form);
	}
}

static bool look_at_claim(struct linting *of, const struct dcv_claim *claim)
{
	struct looked at = {.claim = claim};
	struct dcv_name target;
	char name[DCV_NAME_TEXT_MAX];

	dcv_name_text(&claim->owner, at.owner);
	dcv_name_text(&claim->domain, at.domain);
	if (claim->type == DCV_TYPE_CNAME &&
		dcv_name_from_wire(claim->rdata.wire, claim->rdata.len, &target)) {
		at.value = dcv_name_text(&target, name);
		at.len = strlen(name);
	} else {
		at.value = dcv_txt_join(&claim->rdata, &of->arena, &at.len);
	}
	if (at.value == NULL)
		return false;
	look_at_prefix(of, &at);
	look_at_doubling(of, &at);
	look_at_shared(of, &at);
	look_at_life(of, &at);
	look_at_form(of, &at);
	dcv_arena_clear(&of->arena);
	return true;
}

/* --- the order --- */

/* The claim of a name is mostly the one with its number. */
static bool is_proved(const struct dcv_order *order, size_t nth)
{
	struct dcv_name base = order->names[nth];

	if (dcv_name_is_wildcard(&base))
		base = dcv_name_parent(&base, 1);
	for (size_t i = 0; i < order->n_claims; i++) {
		const struct dcv_name *domain =
			&order->claims[(nth + i) % order->n_claims].domain;

		if (dcv_name_equal(&base, domain) ||
			(order->ca->parent != DCV_PARENT_NO &&
				dcv_name_is_within(&base, domain)))
			return true;
	}
	return false;
}

void dcv_order_lint_names(const struct dcv_order *order, const char *help,
	struct dcv_diags *diags)
{
	const struct linting of = {.order = order, .diags = diags};
	const struct dcv_place place = at_order(&of);
	char name[DCV_NAME_TEXT_MAX], text[512];

	for (size_t i = 0; order->n_claims > 0 && i < order->n_names; i++) {
		if (order->faulty || is_proved(order, i))
			continue;
		(void)snprintf(text, sizeof(text), "names: no record proves %.255s%s",
			dcv_name_text(&order->names[i], name),
			order->ca->parent == DCV_PARENT_NO
				? ": a value at a parent does not count"
				: "");
		warn(&of, &place, "P14", help, text);
	}
}

static size_t count_values(const struct dcv_order *order, const struct dcv_claim *claim)
{
	size_t n = 0;

	for (size_t i = 0; i < order->n_claims; i++)
		n += order->claims[i].type == claim->type &&
			dcv_name_equal(&order->claims[i].owner, &claim->owner);
	return n;
}

static bool has_both(const struct dcv_order *order, const struct dcv_name *domain)
{
	bool plain = false, wildcard = false;

	for (size_t i = 0; i < order->n_names; i++) {
		struct dcv_name base = dcv_name_is_wildcard(&order->names[i])
			? dcv_name_parent(&order->names[i], 1)
			: order->names[i];

		if (!dcv_name_equal(&base, domain))
			continue;
		wildcard = wildcard || dcv_name_is_wildcard(&order->names[i]);
		plain = plain || !dcv_name_is_wildcard(&order->names[i]);
	}
	return plain && wildcard;
}

/* RFC 8555: an authorization for the name, and one for its wildcard. */
static void look_at_pair(const struct linting *of, const struct dcv_claim *claim)
{
	char owner[DCV_NAME_TEXT_MAX], domain[DCV_NAME_TEXT_MAX], text[512];

	if (of->order->faulty || claim->type != DCV_TYPE_TXT ||
		!dcv_name_label_is(&claim->owner, 0, "_acme-challenge") ||
		!has_both(of->order, &claim->domain) ||
		count_values(of->order, claim) != 1)
		return;
	(void)snprintf(text, sizeof(text),
		"owner %.220s: one value, but %.180s and its wildcard need one each",
		dcv_name_text(&claim->owner, owner),
		dcv_name_text(&claim->domain, domain));
	warn(of, &claim->place, "P14", "add the other value beside it", text);
}

static bool is_first(const struct dcv_order *order, size_t nth)
{
	for (size_t i = 0; i < nth; i++)
		if (order->claims[i].type == order->claims[nth].type &&
			dcv_name_equal(&order->claims[i].owner, &order->claims[nth].owner))
			return false;
	return true;
}

static void look_at_company(const struct linting *of, size_t nth)
{
	const struct dcv_claim *claim = &of->order->claims[nth];
	const struct dcv_service *service = of->order->service;
	char owner[DCV_NAME_TEXT_MAX], text[512];
	size_t n;

	if (service == NULL || service->coexist || claim->type != DCV_TYPE_TXT ||
		!is_first(of->order, nth))
		return;
	n = count_values(of->order, claim);
	if (n < 2)
		return;
	(void)snprintf(text, sizeof(text),
		"owner %.220s: %zu values, but %.80s looks at one%s",
		dcv_name_text(&claim->owner, owner), n, service->title,
		service->marks.coexist == DCV_GRADE_M ? " (from memory)" : "");
	warn(of, &claim->place, "P03", "keep the one that it shows now", text);
}

static void look_at_seller(const struct linting *of)
{
	const struct dcv_service *service = of->order->service;
	const struct dcv_place place = at_order(of);
	const struct dcv_ca *ca = of->order->ca;
	char text[512];

	for (const char *const *key = service != NULL ? service->cas : NULL;
		key != NULL && *key != NULL; key++)
		if (strcmp(*key, ca->key) == 0)
			return;
	if (service == NULL || !ca->known)
		return;
	(void)snprintf(text, sizeof(text),
		"service: %.80s is not known to sell certificates of %.80s%s",
		service->title, ca->title,
		service->marks.cas == DCV_GRADE_M ? " (from memory)" : "");
	warn(of, &place, "", "compare `ca:` with the brand that it shows", text);
}

#define ISSUERS_MAX 128u /* of the table; a test counts them */

/* A slip in a name that no table holds would be a CA of its own. */
static void look_at_ca(const struct linting *of)
{
	const char *names[ISSUERS_MAX] = {NULL}, *near;
	const struct dcv_place place = at_order(of);
	size_t n = 0, n_of;
	char text[512], help[160];

	if (of->order->ca->known)
		return;
	for (size_t i = 0; dcv_ca_at(i) != NULL; i++) {
		const char *const *issuers = dcv_ca_issuers(dcv_ca_at(i), &n_of);

		for (size_t k = 0; k < n_of && n + 1 < ISSUERS_MAX; k++)
			names[n++] = issuers[k];
	}
	near = dcv_did_you_mean(of->order->ca->key, names);
	if (near == NULL)
		return;
	(void)snprintf(text, sizeof(text), "ca: %.255s: of this CA nothing is known",
		of->order->ca->key);
	(void)snprintf(help, sizeof(help), "did you mean %.100s?", near);
	warn(of, &place, "", help, text);
}

static void look_at_suffixes(const struct linting *of, const struct dcv_suffixes *suffixes)
{
	const struct dcv_place place = at_order(of);
	char name[DCV_NAME_TEXT_MAX], text[512];

	for (size_t i = 0; suffixes != NULL && i < of->order->n_names; i++) {
		struct dcv_name base = of->order->names[i];

		if (dcv_name_is_wildcard(&base))
			base = dcv_name_parent(&base, 1);
		if (!dcv_suffix_is(suffixes, &base))
			continue;
		(void)snprintf(text, sizeof(text),
			"names: %.255s: a public suffix, under which others register",
			dcv_name_text(&of->order->names[i], name));
		warn(of, &place, "P05",
			"write the domain that you registered; a CA issues for a suffix only to "
			"whoever runs it",
			text);
	}
}

bool dcv_order_lint(const struct dcv_order *order, int64_t now_s,
	const struct dcv_suffixes *suffixes, struct dcv_diags *diags)
{
	struct linting of = {.order = order, .now_s = now_s, .diags = diags};

	look_at_ca(&of);
	look_at_seller(&of);
	look_at_suffixes(&of, suffixes);
	for (size_t i = 0; i < order->n_claims; i++) {
		if (!look_at_claim(&of, &order->claims[i])) {
			dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_NOMEM, NULL, NULL,
				"lint: out of memory");
			return false;
		}
		look_at_pair(&of, &order->claims[i]);
		look_at_company(&of, i);
	}
	return true;
}
