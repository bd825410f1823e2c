/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a run is said in one line in which some orders went on without others. */
#include <string.h>

#include "cmd/result.h"
#include "cmd/summary.h"

static bool is_cause(const struct dcv_diag *diag)
{
	return diag->severity == DCV_SEV_ERROR && diag->code == DCV_E_REFUSED &&
		diag->id[0] != '\0';
}

static bool is_said_before(const struct dcv_diags *diags, size_t at)
{
	for (size_t i = 0; i < at; i++) {
		if (is_cause(&diags->items[i]) &&
			strcmp(diags->items[i].id, diags->items[at].id) == 0)
			return true;
	}
	return false;
}

/* " (C50, P03)": why orders are blocked, each once. */
static void put_causes(const struct dcv_diags *diags, struct dcv_buf *out)
{
	const char *between = " (";

	for (size_t i = 0; i < diags->n; i++) {
		if (!is_cause(&diags->items[i]) || is_said_before(diags, i))
			continue;
		dcv_buf_addf(out, "%s%s", between, diags->items[i].id);
		between = ", ";
	}
	if (between[0] == ',')
		dcv_buf_addc(out, ')');
}

/* Orders that a plan would write. */
static size_t count_to_write(const struct dcv_run *run)
{
	size_t n = 0;

	for (size_t i = 0; i < run->n_subjects; i++)
		n += dcv_subject_is_wanted(&run->subjects[i]) &&
			(run->subjects[i].judgement != DCV_JUDGED_SAME ||
				run->subjects[i].row->state == DCV_STATE_PENDING);
	return n;
}

static void put_count(struct dcv_buf *out, size_t n, const char *word)
{
	if (n > 0)
		dcv_buf_addf(out, "%s%zu %s", out->len > 0 ? ", " : "", n, word);
}

const char *dcv_summary_end(struct dcv_session *session)
{
	bool dry = session->options.dry_run || session->command == &dcv_cmd_plan;
	struct dcv_result_totals totals;
	struct dcv_buf text;
	const char *ret;
	size_t rest, to_write;

	if (session->run.marks == NULL || session->run.n_subjects < 2 ||
		(!session->options.keep_going && (dry || !session->changed)))
		return NULL;
	dcv_result_count(session, &totals);
	if (totals.blocked + totals.failed == 0)
		return NULL;
	rest = session->run.n_subjects - totals.blocked - totals.failed - totals.done -
		totals.effective - totals.ready - totals.late;
	to_write = dry ? count_to_write(&session->run) : 0;
	to_write = to_write < rest ? to_write : rest;
	dcv_buf_init(&text, 4096);
	put_count(&text, totals.ready, "ready");
	put_count(&text, totals.effective, "effective");
	put_count(&text, to_write, "to write");
	put_count(&text, rest - to_write, dry ? "in place" : "published");
	put_count(&text, totals.done, "done");
	put_count(&text, totals.late, "not effective");
	put_count(&text, totals.failed, "failed");
	put_count(&text, totals.blocked, "blocked");
	if (totals.blocked > 0)
		put_causes(&session->diags, &text);
	ret = dcv_arena_strdup(&session->arena, dcv_buf_text(&text));
	dcv_buf_clear(&text);
	return ret;
}
