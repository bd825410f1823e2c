/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The configuration: which zones are bound to which backend, where the ledger lies, how the
 * check asks. From a file, or made from the command line alone. */
#ifndef DCV_CONFIG_CONFIG_H
#define DCV_CONFIG_CONFIG_H

#include "base/clock.h"
#include "base/diag.h"
#include "dns/ask.h"
#include "dns/name.h"

enum dcv_reload { DCV_RELOAD_NONE, DCV_RELOAD_NSD, DCV_RELOAD_COMMAND };

/* A zone bound to a zone file. */
struct dcv_binding {
	struct dcv_name zone;
	const char *backend; /* "file:PATH": its name in the ledger */
	const char *file; /* absolute path */
	enum dcv_reload reload;
	const char *nsd_config; /* `reload: {nsd: FILE}`; NULL: NSD's own default */
	const char *const *reload_argv; /* DCV_RELOAD_COMMAND; NULL-terminated, {zone} kept */
	const char *const *checker_argv; /* NULL: the preset's own checker, if any */
	const char *server; /* address to ask whether the zone is loaded; NULL: 127.0.0.1 */
	size_t n_allow;
	const char *const *allow; /* first labels, or absolute names with final dot */
	bool has_allow;
	struct dcv_place place;
};

/* A name server given by the configuration: an address, or a name to look up. */
struct dcv_config {
	const char *file; /* NULL: none */
	const char *ledger; /* path of the SQLite file */
	size_t n_bindings;
	struct dcv_binding *bindings;
	size_t n_nameservers; /* check.nameservers with addresses; 0: the zone's own NS */
	struct dcv_addr *nameservers;
	int64_t deadline_s; /* check.deadline; default 15 min */
};

#define DCV_DEADLINE_S 900

/* What the command line says, for dcv_config_make. */
struct dcv_config_flags {
	const char *config; /* --config FILE; NULL: none */
	const char *const *zone_files; /* ZONE=FILE */
	size_t n_zone_files;
	const char *reload; /* none | nsd; NULL: none given */
	const char *const *nameservers;
	size_t n_nameservers;
	const char *ledger; /* --ledger PATH */
	int64_t deadline_s; /* 0: not given */
};

/* Reads the configuration file if there is one (--config, then $DCVCTL_CONFIG) and lays the
 * flags over it. Without a file the ledger lies in $XDG_STATE_HOME/dcvctl (or
 * ~/.local/state/dcvctl), with one in /var/lib/dcvctl unless it says otherwise. Relative
 * paths in a file are relative to the file's directory. Errors are DCV_E_CONFIG (a bad flag:
 * DCV_E_USAGE). Everything lives in the arena. */
enum dcv_err dcv_config_make(const struct dcv_config_flags *flags, struct dcv_arena *arena,
	struct dcv_config *ret, struct dcv_diags *diags) DCV_NODISCARD;

/* The binding with the longest zone that is `name` or above it, or NULL. */
const struct dcv_binding *dcv_config_binding(const struct dcv_config *config,
	const struct dcv_name *name);

#endif
