/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how the table of CAs is asked. It does not know orders. */
#include "order/ca.h"

#include <string.h>

#define DAY_S 86400
#define DATE_LEN 8u /* YYYYMMDD */
#define YEAR_FIRST 2000
#define YEAR_LAST 2199

struct ca_row {
	struct dcv_ca ca;
	const char *characters;
	size_t least, greatest;
};

struct brand {
	const char *word, *title, *ca;
};

static const struct ca_row cas[] = {
#define CA(key, title, caa, life, dated, characters, least, greatest)              \
	{{key, title, caa, life, true, dated, sizeof(characters) > 1}, characters, \
		least, greatest},
#define BRAND(word, title, ca)
#define SERVICE(key, title, coexist)
#include "order/data/ca.inc"
#undef CA
#undef BRAND
#undef SERVICE
};

static const struct brand brands[] = {
#define CA(key, title, caa, life, dated, characters, least, greatest)
#define BRAND(word, title, ca) {word, title, ca},
#define SERVICE(key, title, coexist)
#include "order/data/ca.inc"
#undef CA
#undef BRAND
#undef SERVICE
};

static const struct dcv_service services[] = {
#define CA(key, title, caa, life, dated, characters, least, greatest)
#define BRAND(word, title, ca)
#define SERVICE(key, title, coexist) {key, title, coexist},
#include "order/data/ca.inc"
#undef CA
#undef BRAND
#undef SERVICE
};

static const char *const ca_words[] = {
#define CA(key, title, caa, life, dated, characters, least, greatest) key,
#define BRAND(word, title, ca) word,
#define SERVICE(key, title, coexist)
#include "order/data/ca.inc"
#undef CA
#undef BRAND
#undef SERVICE
	NULL,
};

static const char *const service_words[] = {
#define CA(key, title, caa, life, dated, characters, least, greatest)
#define BRAND(word, title, ca)
#define SERVICE(key, title, coexist) key,
#include "order/data/ca.inc"
#undef CA
#undef BRAND
#undef SERVICE
	NULL,
};

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

static const struct brand *brand_find(const char *text)
{
	for (size_t i = 0; i < COUNT(brands); i++)
		if (same(text, brands[i].word))
			return &brands[i];
	return NULL;
}

const struct dcv_ca *dcv_ca_find(const char *text)
{
	const struct brand *brand = brand_find(text);
	const char *key = brand != NULL ? brand->ca : text;

	for (size_t i = 0; i < COUNT(cas); i++)
		if (same(key, cas[i].ca.key) || same(key, cas[i].ca.caa))
			return &cas[i].ca;
	return NULL;
}

const char *dcv_ca_brand(const char *text)
{
	const struct brand *brand = brand_find(text);

	return brand != NULL ? brand->title : NULL;
}

const struct dcv_service *dcv_service_find(const char *text)
{
	for (size_t i = 0; i < COUNT(services); i++)
		if (same(text, services[i].key))
			return &services[i];
	return NULL;
}

const char *const *dcv_ca_words(void)
{
	return ca_words;
}

const char *const *dcv_service_words(void)
{
	return service_words;
}

static const struct ca_row *row_of(const struct dcv_ca *ca)
{
	for (size_t i = 0; i < COUNT(cas); i++)
		if (strcmp(ca->key, cas[i].ca.key) == 0)
			return &cas[i];
	return NULL;
}

bool dcv_token_fits(const struct dcv_ca *ca, const void *octets, size_t n)
{
	const struct ca_row *row = ca->has_token_form ? row_of(ca) : NULL;
	const char *text = octets;

	if (row == NULL || n < row->least || n > row->greatest)
		return false;
	for (size_t i = 0; i < n; i++)
		if (text[i] == '\0' || strchr(row->characters, text[i]) == NULL)
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

bool dcv_ca_caches(const struct dcv_ca *ca)
{
	/* Its resolvers keep nothing (boulder's configuration of unbound). */
	return strcmp(ca->caa, "letsencrypt.org") != 0;
}
