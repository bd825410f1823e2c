/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The configuration: which zones are bound to which backend, where the ledger lies, how the
 * check asks. From a file, or made from the command line alone. */
#ifndef DCV_CONFIG_CONFIG_H
#define DCV_CONFIG_CONFIG_H

#include "base/clock.h"
#include "base/diag.h"
#include "dns/name.h"
#include "dns/resolver.h"

/* The number of the schema: raised when a key leaves or means something else, not when one comes. */
#define DCV_CONFIG_SCHEMA 1

enum dcv_reload {
	DCV_RELOAD_NONE,
	DCV_RELOAD_BIND,
	DCV_RELOAD_NSD,
	DCV_RELOAD_KNOT,
	DCV_RELOAD_PDNS,
	DCV_RELOAD_COMMAND
};

/* `shadow:`: a new owner that would take hosts out of a wildcard (RFC 4592). */
enum dcv_shadow { DCV_SHADOW_REFUSE, DCV_SHADOW_COPY, DCV_SHADOW_ACCEPT };

/* A key of an account as it was written. What it means its provider declares, and the host
 * checks (provider/options.h): this room knows no provider's options. */
enum dcv_setting_kind {
	DCV_SETTING_TEXT, /* values[0] */
	DCV_SETTING_LIST, /* values; may be empty */
	DCV_SETTING_SOURCE /* {file: PATH}, {env: NAME}, {command: [ARGV]}: `source` is the word. A
	                    * list of them is as many settings of the same key */
};

struct dcv_setting {
	const char *key;
	enum dcv_setting_kind kind;
	const char *source; /* "file", "env", "command" of DCV_SETTING_SOURCE; else NULL */
	size_t n;
	const char *const *values; /* NULL-terminated */
	struct dcv_place place; /* of the key */
	const struct dcv_place *places; /* [n]: of the values */
};

/* A backend of a zone: the zone file of the zone's own entry, or an account. */
struct dcv_backend_config {
	const char *name; /* in the ledger: "file:PATH", or the account's name */
	const char *provider; /* "zonefile", "manual", or what the account says */
	const char *account; /* NULL: the zone's own entry */
	/* of a zone file */
	const char *file; /* absolute path, {zone} filled in */
	enum dcv_reload reload;
	const char *reload_config; /* `reload: {nsd: FILE}`: the control program's
	                            * configuration (knot: its socket); NULL: its default */
	const char *const *reload_argv; /* DCV_RELOAD_COMMAND; NULL-terminated, {zone} kept */
	const char *const *checker_argv; /* NULL: the preset's own checker, if any */
	const char *const *signer_argv; /* signs after the edit; NULL: none */
	const char *server; /* address to ask whether the zone is loaded; NULL: 127.0.0.1 */
	bool freeze; /* `journal: freeze` */
	const char *into; /* the include file that takes our records, absolute; NULL: none */
	bool serial_external; /* `serial: external`: somebody else counts */
	bool comment; /* name the order in a comment behind a new record */
	struct dcv_place place;
	/* of every other provider: its account's keys but `provider`. */
	struct dcv_place provider_place;
	size_t n_settings;
	const struct dcv_setting *settings;
	const char *directory; /* where relative paths in them begin; NULL: nowhere (flags) */
	bool from_environment; /* --provider NAME: the vendor's variables are the settings */
};

/* A zone and where it is edited. */
struct dcv_binding {
	struct dcv_name zone;
	size_t n_backends; /* at least one */
	const struct dcv_backend_config *backends;
	size_t n_allow;
	const char *const *allow; /* first labels, or absolute names with final dot */
	bool has_allow;
	bool follow; /* records of aliases that end in this zone may be written here */
	enum dcv_shadow shadow;
	struct dcv_place place;
};

struct dcv_config_zones; /* exact entries, patterns and `from:`; what was found so far */

/* Who is asked where `zone: "*"` names an account. */
struct dcv_config_holder {
	/* Whether the account holds the zone. */
	enum dcv_err (*holds)(void *ctx, const struct dcv_backend_config *account,
		const struct dcv_name *zone, bool *ret, struct dcv_error *err);
	/* Which of n accounts that hold it is the one that its parent delegates to; n where
	 * none is, or several are. *ret is n when it is called. NULL: that cannot be asked. */
	enum dcv_err (*elect)(void *ctx, const struct dcv_name *zone,
		const struct dcv_backend_config *const *accounts, size_t n, size_t *ret,
		struct dcv_error *err);
	void *ctx;
};

struct dcv_config {
	const char *file; /* the first one read; NULL: none */
	const char *ledger; /* path of the SQLite file */
	struct dcv_config_zones *zones;
	size_t n_caa_issuers; /* `caa_issuers`, lower case */
	const char *const *caa_issuers; /* NULL: not given, `permit` may add any */
	size_t n_nameservers; /* check.nameservers with addresses; 0: the zone's own NS */
	struct dcv_addr *nameservers;
	/* check.via, check.resolvers. An address that --nameserver gives makes it direct again. */
	enum dcv_via via;
	size_t n_resolvers; /* at least one, unless `via` is direct */
	struct dcv_resolver *resolvers;
	const char *tls_bundle; /* check.tls_bundle: absolute path; NULL: that of the system */
	int64_t deadline_s; /* check.deadline; default 15 min */
	bool no_ipv4, no_ipv6; /* check.families names the other only */
	/* check.root_hints, check.trust_anchor: absolute paths; NULL: those of the system. */
	const char *root_hints, *trust_anchor;
	int64_t lock_timeout_s; /* how long the lock of a zone is waited for; default 30 s */
	/* Set by the caller before the first dcv_config_find; without it a `*` that names an
	 * account is an error of the look-up. */
	struct dcv_config_holder holder;
};

#define DCV_DEADLINE_S 900
#define DCV_LOCK_TIMEOUT_S 30
#define DCV_CONFIG_FILE "/etc/dcvctl/dcvctl.yaml"

/* What the command line says, for dcv_config_make. */
struct dcv_config_flags {
	const char *config; /* --config FILE; NULL: none */
	const char *const *zone_files; /* ZONE=FILE */
	size_t n_zone_files;
	const char *reload; /* none | bind | nsd | knot | pdns; NULL: none given */
	const char *provider; /* --provider NAME; NULL: none given */
	const char *const *nameservers;
	size_t n_nameservers;
	const char *ledger; /* --ledger PATH */
	int64_t deadline_s; /* 0: not given */
	bool has_lock_timeout;
	int64_t lock_timeout_s;
};

/* Reads the configuration file if there is one (--config, $DCVCTL_CONFIG,
 * $XDG_CONFIG_HOME/dcvctl/dcvctl.yaml, /etc/dcvctl/dcvctl.yaml) and lays the environment
 * (DCVCTL_LEDGER, DCVCTL_NAMESERVER, DCVCTL_DEADLINE, DCVCTL_LOCK_TIMEOUT) and then the flags
 * over it. `none` as the file's name: no file, wherever one may be. Without a file the ledger
 * lies in $XDG_STATE_HOME/dcvctl (or ~/.local/state/dcvctl), with one in /var/lib/dcvctl
 * unless it says otherwise. Relative paths in a file are relative to the file's directory.
 * Runs no program: `from:` is asked when a zone is looked for. Errors are DCV_E_CONFIG (a bad
 * flag: DCV_E_USAGE). Everything lives in the arena, which must outlive the configuration. */
enum dcv_err dcv_config_make(const struct dcv_config_flags *flags, struct dcv_arena *arena,
	struct dcv_config *ret, struct dcv_diags *diags) DCV_NODISCARD;

/* The binding of the longest bound zone that really exists and is `name` or above it:
 * an exact entry, else the first pattern whose file exists or whose account or server has the
 * zone. *ret = NULL: no zone holds the name. The same zone yields the same pointer. Fails:
 * DCV_E_CONFIG with the place (a server's configuration cannot be read, a file cannot be looked
 * at): a failed look-up is never "not found". What was found is remembered, so it is called
 * by one thread at a time. */
enum dcv_err dcv_config_find(const struct dcv_config *config, const struct dcv_name *name,
	const struct dcv_binding **ret, struct dcv_error *err) DCV_NODISCARD;

/* The same for places where a failure was told before; NULL then too. */
const struct dcv_binding *dcv_config_binding(const struct dcv_config *config,
	const struct dcv_name *name);

/* A value of the configuration and where it comes from: "FILE:LINE", a variable's name, an
 * option's, "found", "default". */
struct dcv_config_setting {
	const char *key, *value, *origin;
};

/* All values but the zones, in the order in which they are shown. */
const struct dcv_config_setting *dcv_config_settings(const struct dcv_config *config,
	size_t *ret_n);

/* The i-th item of `zones:`, {zone} not filled in; NULL behind the last. zone.len 0: every zone
 * that exists. *ret_from: the name server whose configuration tells the file ("nsd"), or
 * NULL. */
const struct dcv_binding *dcv_config_item(const struct dcv_config *config, size_t i,
	const char **ret_from);

/* The i-th account of `accounts:` (and that of --provider); NULL behind the last. */
const struct dcv_backend_config *dcv_config_account(const struct dcv_config *config,
	size_t i);
/* The account of a name, or NULL. */
const struct dcv_backend_config *dcv_config_account_named(const struct dcv_config *config,
	const char *name);

/* The file that --config (`flag`) or else DCVCTL_CONFIG names, with which of the two it is;
 * NULL: neither. Borrowed. */
const char *dcv_config_named_file(const char *flag, const char **ret_origin);
/* The user's own file and ledger, by the XDG variables or HOME; NULL: neither is set, or memory
 * is out. */
const char *dcv_config_user_file(struct dcv_arena *arena);
const char *dcv_config_user_ledger(struct dcv_arena *arena);

#endif
