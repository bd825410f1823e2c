/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows when a request is sent: the account's rate, the pauses between tries, and what a
 * server's dates and Retry-After say. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "provider/http.h"

#define BACK_OFF_MS INT64_C(500)

bool dcv_http_date(const char *text, int64_t *ret_s)
{
	/* The weekday's comma is in the text; strptime() takes %y as RFC 9110 wants it. */
	static const char *const forms[] = {"%a, %d %b %Y %H:%M:%S GMT",
		"%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm = {0};
		const char *end = strptime(text, forms[i], &tm);

		if (end != NULL && *end == '\0') {
			*ret_s = timegm(&tm);
			return true;
		}
	}
	return false;
}

int64_t dcv_http_retry_after(const char *text, int64_t now_s, bool *ret_clamped)
{
	const int64_t max_s = DCV_RETRY_AFTER_MAX_MS / 1000;
	size_t digits = strspn(text, "0123456789");
	int64_t wait_s = 0, at_s;

	*ret_clamped = false;
	if (digits > 0 && text[digits] == '\0')
		/* More digits than a number can have are more than the most. */
		wait_s = digits < 16 ? strtoll(text, NULL, 10) : INT64_MAX;
	else if (dcv_http_date(text, &at_s))
		wait_s = at_s - now_s;
	if (wait_s <= 0)
		return 0;
	*ret_clamped = wait_s > max_s;
	return (*ret_clamped ? max_s : wait_s) * 1000;
}

bool dcv_pace_open(struct dcv_services_account *account, const struct dcv_rate *rate)
{
	bool ok;

	(void)pthread_mutex_lock(&account->mutex);
	if (account->free_ms == NULL) {
		account->n_places = (size_t)rate->requests;
		account->free_ms = calloc(account->n_places, sizeof(account->free_ms[0]));
	}
	ok = account->free_ms != NULL;
	(void)pthread_mutex_unlock(&account->mutex);
	return ok;
}

/* Who waits long takes a place long before it goes, and must not stand before others. */
static int64_t *first_free(struct dcv_services_account *account)
{
	int64_t *first = &account->free_ms[0];

	for (size_t i = 1; i < account->n_places; i++) {
		if (account->free_ms[i] < *first)
			first = &account->free_ms[i];
	}
	return first;
}

/* A window has a place for each of its requests. Each is used once a window at most, so no window,
 * wherever it begins, has more requests than places. */
int64_t dcv_pace_turn(struct dcv_services_account *account, int64_t window_ms,
	int64_t from_ms, int64_t end_ms)
{
	int64_t turn_ms = from_ms, *free_ms;

	(void)pthread_mutex_lock(&account->mutex);
	free_ms = first_free(account);
	if (turn_ms < *free_ms)
		turn_ms = *free_ms;
	if (turn_ms < account->pause_until_ms)
		turn_ms = account->pause_until_ms;
	if (turn_ms < end_ms)
		*free_ms = turn_ms + window_ms;
	(void)pthread_mutex_unlock(&account->mutex);
	return turn_ms;
}

void dcv_pace_pause(struct dcv_services_account *account, int64_t until_ms)
{
	(void)pthread_mutex_lock(&account->mutex);
	if (account->pause_until_ms < until_ms)
		account->pause_until_ms = until_ms;
	(void)pthread_mutex_unlock(&account->mutex);
}

int64_t dcv_pace_back_off(unsigned tried)
{
	int64_t full_ms = BACK_OFF_MS << (tried > 6 ? 6 : tried);
	uint16_t random = 0;

	/* Without a random number the pause is the shorter one. */
	(void)!dcv_random(&random, sizeof(random), NULL);
	return full_ms / 2 + full_ms / 2 * random / UINT16_MAX;
}
