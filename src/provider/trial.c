/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the order of the groups, how their steps are told, and that what was written
 * is removed at the end. */
#include "provider/trial.h"

#include <stdio.h>

#include "base/file.h"
#include "provider/trial_parts.h"

static const struct {
	const char *name;
	void (*run)(struct dcv_trial *t);
} groups[DCV_TRIAL_GROUPS + 1] = {
	{"", NULL},
	{"hello", dcv_trial_hello},
	{"zone", dcv_trial_zone},
	{"present", dcv_trial_present},
	{"together", dcv_trial_together},
	{"foreign", dcv_trial_foreign},
	{"ttl", dcv_trial_ttl},
	{"txt", dcv_trial_txt},
	{"caa", dcv_trial_caa},
	{"cname", dcv_trial_cname},
	{"quiet", dcv_trial_quiet},
	{"many", dcv_trial_many},
	{"faults", dcv_trial_faults},
	{"visible", dcv_trial_visible},
};

const char *dcv_trial_group(unsigned group)
{
	return groups[group <= DCV_TRIAL_GROUPS ? group : 0].name;
}

static void count(struct dcv_trial_count *to, enum dcv_trial_state state)
{
	if (state == DCV_TRIAL_PASSED)
		to->passed++;
	else if (state == DCV_TRIAL_CANNOT)
		to->cannot++;
	else
		to->failed++;
}

void dcv_trial_tell(struct dcv_trial *t, const char *name, enum dcv_err rc,
	const struct dcv_error *err)
{
	struct dcv_trial_step step = {.group = t->group,
		.name = name,
		.state = DCV_TRIAL_FAILED,
		.text = rc == DCV_OK ? "" : err->text};

	if (rc == DCV_E_NOMEM)
		t->nomem = t->stopped = true;
	if (t->stopped)
		return;
	if (rc == DCV_OK)
		step.state = DCV_TRIAL_PASSED;
	else if (rc == DCV_E_PENDING)
		step.state = DCV_TRIAL_CANNOT;
	count(&t->result->groups[0], step.state);
	count(&t->result->groups[t->group], step.state);
	t->stopped = !t->setup->tell(t->setup->ctx, &step);
}

static enum dcv_err make_owner(struct dcv_trial *t, struct dcv_error *err)
{
	char label[DCV_LABEL_MAX + 1];
	enum dcv_err rc = dcv_random(&t->salt, sizeof(t->salt), err);
	int n;

	if (rc != DCV_OK)
		return rc;
	n = snprintf(label, sizeof(label), "_dcvctl-test-%08x", (unsigned)t->salt);
	if (!dcv_name_prepend(label, (size_t)n, &t->setup->zone, &t->result->owner))
		return dcv_fail(err, DCV_E_FAILED,
			"the zone's name leaves no room for a label of the trial");
	return DCV_OK;
}

static enum dcv_err clean(struct dcv_trial *t)
{
	struct dcv_error err = {0};
	enum dcv_err rc = dcv_trial_clean(t, &err);

	t->result->left = rc != DCV_OK;
	t->group = 10;
	t->stopped = t->nomem;
	dcv_trial_tell(t, "nothing of the trial is left", rc, &err);
	return rc;
}

enum dcv_err dcv_trial_run(const struct dcv_trial_setup *setup,
	struct dcv_trial_result *ret, struct dcv_error *err)
{
	struct dcv_trial t = {.setup = setup, .result = ret, .arena = setup->arena};
	enum dcv_err rc = make_owner(&t, err);

	if (rc == DCV_OK)
		rc = dcv_backend_open(setup->host, &setup->zone, setup->from, &t.backend,
			err);
	if (rc != DCV_OK)
		return rc;
	t.can = dcv_backend_capabilities(t.backend);
	for (t.group = 1; t.group <= DCV_TRIAL_GROUPS && !t.stopped; t.group++)
		groups[t.group].run(&t);
	(void)clean(&t);
	dcv_backend_close(t.backend);
	return t.nomem ? dcv_nomem(err) : DCV_OK;
}
