/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* An account's settings against the options that its provider declares. */
#ifndef DCV_PROVIDER_OPTIONS_H
#define DCV_PROVIDER_OPTIONS_H

#include "base/clock.h"
#include "base/diag.h"
#include "config/config.h"
#include "provider/load.h"
#include "provider/secret.h"

/* Checks one account. Adds all that is wrong with it to diags (DCV_E_CONFIG), each at its
 * place: an unknown key, a wrong kind, a word, a range, a key that is missing. Looks into no
 * file, asks nobody. True if nothing is wrong. */
bool dcv_account_check(const struct dcvp_provider *provider,
	const struct dcv_backend_config *account, struct dcv_arena *arena,
	struct dcv_diags *diags);

/* Finds the provider of every account and checks the account. Zone files and manual accounts
 * are config's own. Returns DCV_OK, or the code of the first error added. */
enum dcv_err dcv_accounts_check(struct dcv_providers *providers,
	const struct dcv_config *config, struct dcv_arena *arena, struct dcv_diags *diags)
	DCV_NODISCARD;

struct dcv_settings {
	size_t n, n_host;
	struct dcvp_setting *items; /* for the provider's open() */
	struct dcvp_setting *host; /* of dcv_services_options */
};

/* What open() is handed, of an account that was checked: fallbacks filled in, paths absolute,
 * durations in milliseconds, secrets read now. `zone` (may be NULL) goes in for providers with
 * needs_zone. The values live in the arena, those that are secret in `secrets`, whose owner
 * clears it after the session. Fails: DCV_E_CONFIG, with the account and the key, never with a secret. */
enum dcv_err dcv_account_settings(const struct dcvp_provider *provider,
	const struct dcv_backend_config *account, const char *zone,
	const struct dcv_clock *clock, int64_t deadline_ms, struct dcv_arena *arena,
	struct dcv_secrets *secrets, struct dcv_settings *ret, struct dcv_error *err)
	DCV_NODISCARD;

#endif
