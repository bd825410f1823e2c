/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The providers there are: those built in, and those that lie as dcvp-NAME.so in the plugin
 * directory, each opened when it is asked for. */
#ifndef DCV_PROVIDER_LOAD_H
#define DCV_PROVIDER_LOAD_H

#include "base/arena.h"
#include "provider/services.h"

struct dcv_providers;
struct dcv_services;

/* `builtins` ends with NULL and is borrowed. Owns: the caller closes it when no session of a
 * provider is open any more. Opens nothing yet. Fails: DCV_E_NOMEM. */
enum dcv_err dcv_providers_make(const struct dcvp_provider *const *builtins,
	struct dcv_providers **ret, struct dcv_error *err) DCV_NODISCARD;
void dcv_providers_close(struct dcv_providers *providers);

/* What they are lent in this run; closed with them. */
struct dcv_services *dcv_providers_services(struct dcv_providers *providers);

/* The provider of a name: a built-in one, else the shared object of that name, which is
 * checked (owner, mode, ABI, what it must have) and stays open. The same name yields the same
 * pointer. May be called by several threads. Fails: DCV_E_CONFIG: there is none of this name,
 * or its shared object cannot be used; the text says why and the help what to do. */
enum dcv_err dcv_providers_find(struct dcv_providers *providers, const char *name,
	const struct dcvp_provider **ret, struct dcv_error *err) DCV_NODISCARD;

/* The names of all, sorted: those built in and those in the directory, openable or not. The
 * list (NULL-terminated) lives in the arena. Fails: DCV_E_NOMEM, DCV_E_FAILED if the directory
 * is there and cannot be read. */
enum dcv_err dcv_providers_names(struct dcv_providers *providers, struct dcv_arena *arena,
	const char *const **ret, struct dcv_error *err) DCV_NODISCARD;

/* True if a provider of this ABI has what each must have; else *ret_why says what is missing. */
bool dcv_provider_is_whole(const struct dcvp_provider *provider, const char **ret_why);
/* A field of capabilities, that of an older (smaller) struct read as 0. */
struct dcvp_capabilities dcv_provider_capabilities(const struct dcvp_provider *provider);
/* What its service takes of an account; dcv_rate_default where it says nothing. */
struct dcv_rate dcv_provider_rate(const struct dcvp_provider *provider);

#endif
