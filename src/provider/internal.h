/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What the files of this room share. */
#ifndef DCV_PROVIDER_INTERNAL_H
#define DCV_PROVIDER_INTERNAL_H

#include "provider/backend.h"
#include "provider/secret.h"
#include "provider/services.h"

/* The field lies within what the provider was compiled with. */
#define DCV_PROVIDER_HAS(provider, field) \
	((provider)->struct_size >=       \
		offsetof(struct dcvp_provider, field) + sizeof((provider)->field))

struct dcv_backend {
	const struct dcv_backend_host *host;
	const struct dcvp_provider *provider;
	struct dcvp_capabilities capabilities;
	void *session;
	struct dcv_name apex;
	char zone[DCV_NAME_TEXT_MAX];
	struct dcv_log log; /* goes where host->log is at the moment */
	struct dcv_lent lent;
	struct dcvp_host services;
	struct dcvp_setting servers; /* setting `server`: where the zone is read if no_read */
	struct dcv_secrets secrets;
	char missing[sizeof(((struct dcvp_error *)0)->text)]; /* see dcv_backend_missing() */
	struct dcv_arena lasting; /* what open() took */
	struct dcv_arena call; /* what the call in progress takes; cleared by the next */
};

/* The code for a class, with the provider's words; secrets are hidden in them. */
enum dcv_err dcv_backend_fail(const struct dcv_backend *backend, enum dcvp_class class,
	struct dcvp_error *from, struct dcv_error *err);

/* Names and edits as texts, in the arena; NULL when memory is out. */
const char *dcv_convert_name(const struct dcv_name *name, struct dcv_arena *arena);
struct dcvp_edit *dcv_convert_edits(const struct dcv_rrset_edit *edits, size_t n,
	struct dcv_arena *arena);

/* What a provider said of a zone, checked and in wire form, in the arena. Fails: DCV_E_FAILED
 * where a provider gave something that cannot be read. */
enum dcv_err dcv_convert_zone(const struct dcvp_zone *zone, const struct dcv_name *apex,
	struct dcv_arena *arena, struct dcv_zone_view *ret, struct dcv_error *err)
	DCV_NODISCARD;

/* What a zone's view does not say of its bounds already (ret: those of the zone). */
enum dcv_err dcv_convert_limits(const struct dcvp_capabilities *from,
	struct dcv_arena *arena, struct dcv_limits *ret, struct dcv_error *err)
	DCV_NODISCARD;

/* Reads the zone at its name servers (backend->servers), where the backend itself cannot be
 * asked. As dcv_backend_read. */
enum dcv_err dcv_backend_look(struct dcv_backend *backend, const struct dcv_name *owners,
	size_t n, struct dcv_arena *arena, struct dcv_zone_view *ret,
	struct dcv_error *err) DCV_NODISCARD;

/* --- options: what an account's keys are held against --- */

/* The key under which the host hands in the zone of a session. */
#define DCV_OPTION_ZONE "zone"

/* An account that is being checked. */
struct dcv_account_reader {
	const struct dcvp_provider *provider;
	struct dcv_arena *arena;
	struct dcv_diags *diags;
	bool insecure_http;
};

const struct dcvp_option *dcv_option_find(const struct dcvp_option *options,
	const char *key);
const struct dcv_setting *dcv_setting_find(const struct dcv_backend_config *account,
	const char *key);
/* Zone files and manual accounts, whose keys config/ reads. */
bool dcv_account_is_own(const struct dcv_backend_config *account);
/* `insecure_http: yes`. */
bool dcv_account_is_insecure(const struct dcv_backend_config *account);
/* Of --provider: puts the variables that are set into the account's settings. False when memory
 * is out. */
bool dcv_account_environment(const struct dcvp_provider *provider,
	struct dcv_arena *arena, struct dcv_backend_config *account);

/* A value that is no secret and no command. Fails: DCV_E_CONFIG, with the help. */
enum dcv_err dcv_value_check(const struct dcvp_option *option, const char *value,
	bool insecure_http, struct dcv_error *err) DCV_NODISCARD;
/* "yes" or "no"; NULL: neither. */
const char *dcv_value_yes(const char *value);

#endif
