/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows when a request is sent: the account's rate, the pauses between tries, and what a
 * server's dates and Retry-After say. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "provider/http.h"

#define US_PER_S INT64_C(1000000)
#define US_PER_MS INT64_C(1000)
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

/* A token bucket that holds one second's requests, as the time when it will be full again. */
int64_t dcv_pace_turn(struct dcv_services_account *account, int64_t requests_per_second,
	int64_t now_ms)
{
	const int64_t step_us = US_PER_S / requests_per_second,
		      room_us = US_PER_S - step_us, now_us = now_ms * US_PER_MS;
	int64_t wait_us, pause_ms;

	(void)pthread_mutex_lock(&account->mutex);
	if (account->free_us < now_us)
		account->free_us = now_us;
	wait_us = account->free_us - room_us - now_us;
	account->free_us += step_us;
	pause_ms = account->pause_until_ms - now_ms;
	(void)pthread_mutex_unlock(&account->mutex);
	wait_us = wait_us > 0 ? (wait_us + US_PER_MS - 1) / US_PER_MS : 0;
	return wait_us > pause_ms ? wait_us : pause_ms;
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
