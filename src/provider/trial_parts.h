/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside the trial only: the model of what must stand, changes in words, and the groups. */
#ifndef DCV_PROVIDER_TRIAL_PARTS_H
#define DCV_PROVIDER_TRIAL_PARTS_H

#include "provider/internal.h"
#include "provider/trial.h"

#define DCV_TRIAL_TTL 300u

/* What must stand at an owner of a type. n 0: nothing. */
struct dcv_trial_set {
	struct dcv_rrset set;
	bool apex; /* values of others stand there too: ours are looked for, no more */
};

struct dcv_trial {
	const struct dcv_trial_setup *setup;
	struct dcv_trial_result *result;
	struct dcv_arena *arena;
	struct dcv_backend *backend;
	const struct dcvp_capabilities *can;
	struct dcv_trial_set *model;
	size_t n_model;
	uint32_t n_changes; /* for their ids */
	uint32_t salt;
	unsigned group;
	bool stopped, nomem;
};

/* Values in presentation form, ended by NULL. */
#define DCV_VALUES(...) ((const char *const[]){__VA_ARGS__, NULL})

/* An edit in words. */
struct dcv_trial_edit {
	const char *label; /* in front of the trial's owner; "": the owner; "@": the apex */
	uint16_t type;
	uint32_t ttl_s;
	const char *const *add, *const *remove; /* NULL: none */
};

enum dcv_trial_want {
	DCV_TRIAL_DONE, /* carried out */
	DCV_TRIAL_ALREADY, /* success, and not even the serial moves */
	DCV_TRIAL_REFUSED, /* a clean no, and nothing changed */
	DCV_TRIAL_EITHER /* carried out, or a clean no: a value that not all can hold */
};

/* --- trial.c --- */
/* Tells of a step. DCV_OK: passed; DCV_E_PENDING: cannot, as declared; else failed. */
void dcv_trial_tell(struct dcv_trial *t, const char *name, enum dcv_err rc,
	const struct dcv_error *err);

/* --- trial_model.c --- */
/* The model's set of an owner and type, made empty if there is none; NULL: memory is out. */
struct dcv_trial_set *dcv_trial_set(struct dcv_trial *t, const struct dcv_name *owner,
	uint16_t type);
/* The edits in wire form, in the arena. */
enum dcv_err dcv_trial_edits(struct dcv_trial *t, const struct dcv_trial_edit *from,
	size_t n, struct dcv_rrset_edit **ret, struct dcv_error *err) DCV_NODISCARD;
/* Reads the owners of the edits. */
enum dcv_err dcv_trial_read(struct dcv_trial *t, struct dcv_backend *backend,
	const struct dcv_rrset_edit *edits, size_t n, struct dcv_zone_view *ret,
	struct dcv_error *err) DCV_NODISCARD;
/* The model after the edits. */
enum dcv_err dcv_trial_note(struct dcv_trial *t, const struct dcv_rrset_edit *edits,
	size_t n, struct dcv_error *err) DCV_NODISCARD;
/* The sets of the edits are as the model has them: by the backend, at every server. */
enum dcv_err dcv_trial_verify(struct dcv_trial *t, const struct dcv_rrset_edit *edits,
	size_t n, struct dcv_error *err) DCV_NODISCARD;
/* The error that says what a set should be and what `who` has. DCV_E_FAILED. */
enum dcv_err dcv_trial_differs(const char *who, const struct dcv_rrset *want,
	const struct dcv_rrset *got, struct dcv_error *err);
/* All values wanted are there; no other, and the TTL is the same, unless `some`: then there may
 * be more, with any TTL. got NULL: nothing. */
bool dcv_trial_same(const struct dcv_rrset *want, const struct dcv_rrset *got, bool some);
/* The model takes over what the backend reads, after a step that failed. */
void dcv_trial_resync(struct dcv_trial *t, const struct dcv_rrset_edit *edits, size_t n);

/* --- trial_change.c --- */
/* Carries out edits that rest on a view, through a session of the trial's backend, and makes
 * them visible. *ret_conflict: the zone moved; nothing changed. */
enum dcv_err dcv_trial_apply(struct dcv_trial *t, struct dcv_backend *backend,
	const struct dcv_zone_view *view, const struct dcv_rrset_edit *edits, size_t n,
	struct dcvp_receipt *receipt, bool *ret_conflict, struct dcv_error *err)
	DCV_NODISCARD;
/* Reads and applies, again where the zone moved in between. */
enum dcv_err dcv_trial_carry(struct dcv_trial *t, const struct dcv_rrset_edit *edits,
	size_t n, struct dcv_error *err) DCV_NODISCARD;
/* A step: a change in words, carried out and judged. */
void dcv_trial_change(struct dcv_trial *t, const char *name, enum dcv_trial_want want,
	const struct dcv_trial_edit *edits, size_t n);
/* The same for one edit. */
void dcv_trial_edit(struct dcv_trial *t, const char *name, enum dcv_trial_want want,
	struct dcv_trial_edit edit);
/* Removes what stands at every owner that was written to. */
enum dcv_err dcv_trial_clean(struct dcv_trial *t, struct dcv_error *err) DCV_NODISCARD;

/* --- trial_dns.c --- */
/* Every server answers the set, and at least once within the time. */
enum dcv_err dcv_trial_served(struct dcv_trial *t, const struct dcv_trial_set *want,
	struct dcv_error *err) DCV_NODISCARD;
/* The serial at a server. */
enum dcv_err dcv_trial_serial(struct dcv_trial *t, size_t server, uint32_t *ret,
	struct dcv_error *err) DCV_NODISCARD;

/* --- the groups --- */
void dcv_trial_hello(struct dcv_trial *t); /* 1 */
void dcv_trial_zone(struct dcv_trial *t); /* 2 */
void dcv_trial_present(struct dcv_trial *t); /* 3 */
void dcv_trial_together(struct dcv_trial *t); /* 4 */
void dcv_trial_foreign(struct dcv_trial *t); /* 5 */
void dcv_trial_ttl(struct dcv_trial *t); /* 6 */
void dcv_trial_txt(struct dcv_trial *t); /* 7 */
void dcv_trial_caa(struct dcv_trial *t); /* 8 */
void dcv_trial_cname(struct dcv_trial *t); /* 9 */
void dcv_trial_quiet(struct dcv_trial *t); /* 10 */
void dcv_trial_many(struct dcv_trial *t); /* 11 */
void dcv_trial_faults(struct dcv_trial *t); /* 12 */
void dcv_trial_visible(struct dcv_trial *t); /* 13 */

#endif
