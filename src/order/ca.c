/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how the table of CAs is asked. It does not know orders. */
#include "order/ca.h"

#include <string.h>

#include "dns/rr.h"

#define DAY_S 86400
#define DATE_LEN 8u /* YYYYMMDD */
#define YEAR_FIRST 2000
#define YEAR_LAST 2199

/* The columns of the tables, as their files have them. */
#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
#define WORD(text) .word = (text), .known = true,
#define WORDS(...) .words = LIST(__VA_ARGS__),
#define BRANDS(...) .brands = LIST(__VA_ARGS__),
#define FIRST(first, ...) (first)
#define CAA(letter, ...)                                               \
	.caa = FIRST(__VA_ARGS__, NULL), .issuers = LIST(__VA_ARGS__), \
	.marks.caa = DCV_GRADE_##letter,
#define LIFE(days, letter) .token_life_d = (days), .marks.life = DCV_GRADE_##letter,
#define PARENT(answer, letter) \
	.parent = DCV_PARENT_##answer, .marks.parent = DCV_GRADE_##letter,
#define YES true
#define NO false
#define COEXIST(answer, letter) .coexist = (answer), .marks.coexist = DCV_GRADE_##letter,
#define READY true
#define SETTLED false
#define LEVEL(which, letter) .uncached = (which), .marks.level = DCV_GRADE_##letter,
#define RETAIN(keeps, letter) .keep = DCV_KEEP_##keeps, .marks.keep = DCV_GRADE_##letter,
#define TOKEN(prefixes, characters, least, greatest, shown)       \
	.has_token_form = true, .token_prefixes = (prefixes),     \
	.token_characters = (characters), .token_least = (least), \
	.token_greatest = (greatest), .token_shown = (shown),
#define DOUBT(owner, type, value, letter, cause, why) \
	{(owner), (value), (why), (cause), DCV_GRADE_##letter, DCV_TYPE_##type},
#define FORM(owner, type, value, letter) DOUBT(owner, type, value, letter, NULL, NULL)
#define FORMS(...) .forms = (const struct dcv_form[]){__VA_ARGS__{.owner = NULL}},
#define SELLS(letter, ...) .cas = LIST(__VA_ARGS__), .marks.cas = DCV_GRADE_##letter,
#define REQUEST(suffix, suffix_unique) \
	.request_suffix = (suffix), .request_suffix_unique = (suffix_unique),
#define SIGNER(name, ...) {(name), LIST(__VA_ARGS__)},
#define NOTE(text) .note = (text),

/* RFC 8555 8.4, draft-ietf-acme-dns-account-label, draft-ietf-acme-dns-persist; a CNAME delegates
 * the validation. */
#define ACME_FORMS                                            \
	FORM("_acme-challenge", TXT, "<b64:43>", A)           \
	FORM("_<b32:16>._acme-challenge", TXT, "<b64:43>", A) \
	FORM("_validation-persist", TXT, "<any>", A)          \
	FORM("_acme-challenge", CNAME, "<any>", A)

static const struct dcv_form acme[] = {ACME_FORMS{.owner = NULL}};

static const struct dcv_ca cas[] = {
#include "order/data/ca.inc"
};

static const struct dcv_service services[] = {
#include "order/data/service.inc"
};

static const struct {
	const char *caa; /* issuer domain name */
	const char *const *words;
} signers[] = {
#include "order/data/signer.inc"
};

#undef YES
#undef NO
#undef READY
#undef SETTLED

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static char folded(char c)
{
	if (c == ' ' || c == '_')
		return '-';
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool same(const char *a, const char *b)
{
	while (*a != '\0' && folded(*a) == folded(*b)) {
		a++;
		b++;
	}
	return *a == *b;
}

static const char *word_in(const char *const *words, const char *text)
{
	for (; words != NULL && *words != NULL; words++)
		if (same(text, *words))
			return *words;
	return NULL;
}

const struct dcv_ca *dcv_ca_find(const char *text)
{
	for (size_t i = 0; i < COUNT(cas); i++)
		if (same(text, cas[i].word) || same(text, cas[i].key) ||
			same(text, cas[i].caa) || word_in(cas[i].brands, text) != NULL)
			return &cas[i];
	return NULL;
}

const struct dcv_ca *dcv_ca_by_issuer(const char *name)
{
	for (size_t i = 0; i < COUNT(cas); i++)
		if (word_in(cas[i].issuers, name) != NULL)
			return &cas[i];
	return NULL;
}

const char *dcv_ca_brand(const char *text)
{
	const char *brand = NULL;

	for (size_t i = 0; brand == NULL && i < COUNT(cas); i++)
		brand = word_in(cas[i].brands, text);
	return brand;
}

const struct dcv_service *dcv_service_find(const char *text)
{
	for (size_t i = 0; i < COUNT(services); i++)
		if (same(text, services[i].key) ||
			word_in(services[i].words, text) != NULL)
			return &services[i];
	return NULL;
}

const struct dcv_ca *dcv_ca_at(size_t i)
{
	return i < COUNT(cas) ? &cas[i] : NULL;
}

const struct dcv_service *dcv_service_at(size_t i)
{
	return i < COUNT(services) ? &services[i] : NULL;
}

const char *dcv_ca_word(const struct dcv_ca *ca)
{
	return ca->word != NULL ? ca->word : ca->key;
}

const char *const *dcv_ca_issuers(const struct dcv_ca *ca, size_t *ret_n)
{
	*ret_n = 0;
	while (ca->issuers != NULL && ca->issuers[*ret_n] != NULL)
		++*ret_n;
	if (*ret_n > 0)
		return ca->issuers;
	*ret_n = 1;
	return &ca->caa;
}

bool dcv_ca_is_issuer(const struct dcv_ca *ca, const char *name)
{
	size_t n;
	const char *const *issuers = dcv_ca_issuers(ca, &n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(issuers[i], name) == 0)
			return true;
	return false;
}

const char *const *dcv_ca_signers(const struct dcv_ca *ca)
{
	for (size_t i = 0; i < COUNT(signers); i++)
		if (dcv_ca_is_issuer(ca, signers[i].caa))
			return signers[i].words;
	return NULL;
}

bool dcv_service_is_lonely(const struct dcv_service *service)
{
	return service != NULL && !service->coexist &&
		service->marks.coexist != DCV_GRADE_M;
}

const struct dcv_form *dcv_forms_acme(void)
{
	return acme;
}

static void add_word(const char **out, size_t *n, const char *word)
{
	if (*n + 1 < DCV_CA_WORDS_MAX)
		out[(*n)++] = word;
	out[*n] = NULL;
}

static void add_words(const char **out, size_t *n, const char *const *words)
{
	for (; words != NULL && *words != NULL; words++)
		add_word(out, n, *words);
}

const char *const *dcv_ca_words(const char **out)
{
	size_t n = 0;

	for (size_t i = 0; i < COUNT(cas); i++) {
		add_word(out, &n, cas[i].word);
		add_words(out, &n, cas[i].brands);
	}
	return out;
}

const char *const *dcv_service_words(const char **out)
{
	size_t n = 0;

	for (size_t i = 0; i < COUNT(services); i++) {
		add_word(out, &n, services[i].key);
		add_words(out, &n, services[i].words);
	}
	return out;
}

/* The length of the CA's prefix that the octets begin with. */
static size_t prefix_of(const struct dcv_ca *ca, const char *text, size_t n)
{
	const char *at = ca->token_prefixes;

	while (at != NULL && *at != '\0') {
		size_t len = strcspn(at, " ");

		if (len < n && memcmp(at, text, len) == 0)
			return len;
		at += len + strspn(at + len, " ");
	}
	return 0;
}

bool dcv_token_fits(const struct dcv_ca *ca, const void *octets, size_t n)
{
	size_t prefix = prefix_of(ca, octets, n);
	const char *text = (const char *)octets + prefix;

	n -= prefix;
	if (!ca->has_token_form || ca->token_characters == NULL ||
		(ca->token_prefixes != NULL && prefix == 0) || n < ca->token_least ||
		n > ca->token_greatest)
		return false;
	for (size_t i = 0; i < n; i++)
		if (text[i] == '\0' || strchr(ca->token_characters, text[i]) == NULL)
			return false;
	return true;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/* Not mktime(): it takes the 31st of September for the 1st of October. */
static bool date_seconds(int year, int month, int day, int64_t *ret_s)
{
	int64_t days = day - 1;

	if (year < YEAR_FIRST || year > YEAR_LAST || month < 1 || month > 12 || day < 1 ||
		day > days_in(year, month))
		return false;
	for (int y = 1970; y < year; y++)
		days += is_leap(y) ? 366 : 365;
	for (int m = 1; m < month; m++)
		days += days_in(year, m);
	*ret_s = days * DAY_S;
	return true;
}

static int number(const char *digits, size_t n)
{
	int value = 0;

	for (size_t i = 0; i < n; i++)
		value = value * 10 + (digits[i] - '0');
	return value;
}

bool dcv_token_date(const struct dcv_ca *ca, const void *octets, size_t n, int64_t *ret_s)
{
	const char *text = octets;

	/* A text that is no token may begin with a date that means something else. */
	if (!ca->dated_token || n < DATE_LEN || !dcv_token_fits(ca, octets, n))
		return false;
	for (size_t i = 0; i < DATE_LEN; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return date_seconds(number(text, 4), number(text + 4, 2), number(text + 6, 2),
		ret_s);
}
