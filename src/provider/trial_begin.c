/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Groups 1 and 2: what the provider says of itself, and which zones it finds. */
#include <ctype.h>
#include <string.h>

#include "provider/trial_parts.h"

static enum dcv_err check_calls(const struct dcvp_provider *p, struct dcv_error *err)
{
	if (p->abi != DCVP_ABI || p->struct_size < sizeof(*p))
		return dcv_fail(err, DCV_E_FAILED, "is of ABI %u, size %zu",
			(unsigned)p->abi, p->struct_size);
	if (p->open == NULL || p->close == NULL || p->find_zone == NULL ||
		p->read == NULL || p->apply == NULL)
		return dcv_fail(err, DCV_E_FAILED,
			"open, close, find_zone, read or apply is missing");
	return DCV_OK;
}

static enum dcv_err check_names(const struct dcvp_provider *p, struct dcv_error *err)
{
	const char *name = p->name;

	if (name == NULL || name[0] == '\0' || p->title == NULL || p->title[0] == '\0')
		return dcv_fail(err, DCV_E_FAILED, "has no name, or no title");
	for (; *name != '\0'; name++) {
		if (!islower((unsigned char)*name) && !isdigit((unsigned char)*name) &&
			*name != '-')
			return dcv_fail(err, DCV_E_FAILED,
				"the name has other than a-z, 0-9 and -");
	}
	return DCV_OK;
}

static bool is_key(const char *key)
{
	for (const char *c = key; *c != '\0'; c++) {
		if (!islower((unsigned char)*c) && *c != '_')
			return false;
	}
	return key[0] != '\0';
}

static enum dcv_err check_options(const struct dcvp_provider *p, struct dcv_error *err)
{
	for (const struct dcvp_option *o = p->options; o != NULL && o->key != NULL; o++) {
		if (!is_key(o->key))
			return dcv_fail(err, DCV_E_FAILED, "%s: no key of a-z and _",
				o->key);
		if (o->help == NULL || o->help[0] == '\0')
			return dcv_fail(err, DCV_E_FAILED, "%s: has no help", o->key);
		if ((o->kind == DCVP_OPTION_WORD) != (o->words != NULL))
			return dcv_fail(err, DCV_E_FAILED,
				"%s: words do not fit the kind", o->key);
		if (o->kind == DCVP_OPTION_SECRET && o->fallback != NULL)
			return dcv_fail(err, DCV_E_FAILED, "%s: a secret by default",
				o->key);
		for (const struct dcvp_option *k = p->options; k != o; k++) {
			if (strcmp(k->key, o->key) == 0)
				return dcv_fail(err, DCV_E_FAILED, "%s: twice", o->key);
		}
	}
	return p->options != NULL ? DCV_OK
				  : dcv_fail(err, DCV_E_FAILED, "declares no options");
}

static enum dcv_err check_capabilities(const struct dcvp_capabilities *can,
	struct dcv_error *err)
{
	if (can == NULL)
		return dcv_fail(err, DCV_E_FAILED, "declares no capabilities");
	if (can->struct_size == 0 || can->unit > DCVP_UNIT_RECORD ||
		can->atomic > DCVP_ATOMIC_ZONE || can->cas > DCVP_CAS_ZONE ||
		can->visible > DCVP_VISIBLE_UNTOLD)
		return dcv_fail(err, DCV_E_FAILED, "a value that the interface has not");
	if (can->ttl_max_s != 0 && can->ttl_max_s < can->ttl_min_s)
		return dcv_fail(err, DCV_E_FAILED,
			"the largest TTL is under the smallest");
	return DCV_OK;
}

static enum dcv_err probe(struct dcv_trial *t, struct dcv_error *err)
{
	struct dcvp_error said = {0};
	const char *text = NULL;

	if (t->backend->provider->probe == NULL)
		return DCV_OK;
	dcv_arena_clear(&t->backend->call);
	if (t->backend->provider->probe(t->backend->session, &text, &said) == DCVP_OK)
		return DCV_OK;
	return dcv_fail(err, DCV_E_FAILED, "%s",
		said.text[0] != '\0' ? said.text : "fails without a reason");
}

void dcv_trial_hello(struct dcv_trial *t)
{
	const struct dcvp_provider *p = t->backend->provider;
	struct dcv_error err = {0};

	dcv_trial_tell(t, "the interface and its calls", check_calls(p, &err), &err);
	err = (struct dcv_error){0};
	dcv_trial_tell(t, "a name and a title", check_names(p, &err), &err);
	err = (struct dcv_error){0};
	dcv_trial_tell(t, "options", check_options(p, &err), &err);
	err = (struct dcv_error){0};
	dcv_trial_tell(t, "capabilities", check_capabilities(p->capabilities, &err), &err);
	err = (struct dcv_error){0};
	dcv_trial_tell(t, "lets us in", probe(t, &err), &err);
}

/* The class of find_zone for a name in text form. */
static enum dcv_err find(struct dcv_trial *t, const struct dcv_name *name,
	enum dcvp_class want, struct dcv_error *err)
{
	char text[DCV_NAME_TEXT_MAX];
	struct dcvp_error said = {0};
	enum dcvp_class class;

	dcv_arena_clear(&t->backend->call);
	class = t->backend->provider->find_zone(t->backend->session,
		dcv_name_text(name, text), &said);
	if (class == want)
		return DCV_OK;
	return dcv_fail(err, DCV_E_FAILED, "%.80s: %s: %s", text,
		class == DCVP_OK                ? "is held"
			: class == DCVP_NO_ZONE ? "is not held"
						: "neither held nor not",
		said.text);
}

static void find_zones(struct dcv_trial *t)
{
	struct dcv_error err = {0};
	struct dcv_name elsewhere = {0};
	struct dcv_name parent = dcv_name_parent(&t->setup->zone, 1);

	dcv_trial_tell(t, "the zone is held", find(t, &t->setup->zone, DCVP_OK, &err),
		&err);
	err = (struct dcv_error){0};
	dcv_trial_tell(t, "a name below it is no zone",
		find(t, &t->result->owner, DCVP_NO_ZONE, &err), &err);
	err = (struct dcv_error){0};
	if (dcv_name_labels(&t->setup->zone) > 1)
		dcv_trial_tell(t, "the name above it is not held",
			find(t, &parent, DCVP_NO_ZONE, &err), &err);
	err = (struct dcv_error){0};
	if (dcv_name_from("dcvctl-test.invalid.", &elsewhere, &err) == DCV_OK)
		dcv_trial_tell(t, "a zone elsewhere is not held",
			find(t, &elsewhere, DCVP_NO_ZONE, &err), &err);
}

/* Of a zone that is not held nothing is read: no zone, not an empty one. */
static enum dcv_err read_elsewhere(struct dcv_trial *t, struct dcv_error *err)
{
	const char *const owner = "_x.dcvctl-test.invalid.";
	struct dcvp_error said = {0};
	struct dcvp_zone zone = {0};
	enum dcvp_class class;

	dcv_arena_clear(&t->backend->call);
	class = t->backend->provider->read(t->backend->session, "dcvctl-test.invalid.",
		&owner, 1, &zone, &said);
	if (class == DCVP_OK)
		return dcv_fail(err, DCV_E_FAILED, "is read as if it were held");
	if (class == DCVP_UNKNOWN)
		return dcv_fail(err, DCV_E_FAILED,
			"a read that may have changed something");
	return DCV_OK;
}

/* What the read says of the zone, the servers say as well. */
static enum dcv_err read_zone(struct dcv_trial *t, struct dcv_error *err)
{
	const struct dcv_rrset_edit at = {.owner = t->result->owner};
	struct dcv_zone_view view;
	uint32_t serial;
	enum dcv_err rc = dcv_trial_read(t, t->backend, &at, 1, &view, err);

	if (rc == DCV_OK)
		rc = dcv_trial_serial(t, 0, &serial, err);
	if (rc != DCV_OK)
		return rc;
	if (view.n_ns == 0)
		return dcv_fail(err, DCV_E_FAILED, "no name servers");
	if (view.nodes[0].n_sets != 0 ||
		!dcv_name_equal(&view.nodes[0].closest, &t->setup->zone))
		return dcv_fail(err, DCV_E_FAILED,
			"a name that nobody made is there, or its closest encloser is not "
			"the apex");
	if (!view.is_signed && view.serial != 0 && view.serial != serial)
		return dcv_fail(err, DCV_E_FAILED, "serial %u, the server has %u",
			(unsigned)view.serial, (unsigned)serial);
	return DCV_OK;
}

static enum dcv_err read_apex(struct dcv_trial *t, struct dcv_error *err)
{
	const struct dcv_rrset_edit at = {.owner = t->setup->zone};
	struct dcv_zone_view view;
	enum dcv_err rc = dcv_trial_read(t, t->backend, &at, 1, &view, err);

	if (rc != DCV_OK)
		return rc;
	if (!dcv_name_equal(&view.nodes[0].closest, &t->setup->zone) ||
		view.nodes[0].cut.len != 0 || view.nodes[0].n_sets == 0)
		return dcv_fail(err, DCV_E_FAILED,
			"the apex is empty, or not its own closest encloser, or behind a "
			"cut");
	return DCV_OK;
}

void dcv_trial_zone(struct dcv_trial *t)
{
	struct dcv_error err = {0};

	find_zones(t);
	dcv_trial_tell(t, "a zone elsewhere cannot be read", read_elsewhere(t, &err),
		&err);
	err = (struct dcv_error){0};
	dcv_trial_tell(t, "its servers, serial, and a name that is not there",
		read_zone(t, &err), &err);
	err = (struct dcv_error){0};
	dcv_trial_tell(t, "the apex", read_apex(t, &err), &err);
}
