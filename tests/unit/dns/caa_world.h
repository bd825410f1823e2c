/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* A small DNS for the CAA tests: lines of zones, looked up as a resolver does, climbed as a CA
 * does (RFC 8659 3). The functions stand in the header, since each test is a program of its
 * own. */
#ifndef DCV_TESTS_DNS_CAA_WORLD_H
#define DCV_TESTS_DNS_CAA_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/caa.h"

#define MAYBE __attribute__((unused))
#define HOPS_MAX 11u /* unbound's max-query-restarts */
#define RECORDS_MAX 1100u

/* A line of a suite's zone. */
struct line {
	struct dcv_name owner;
	enum { LINE_CAA, LINE_CNAME, LINE_DNAME, LINE_FAILS, LINE_NXDOMAIN } kind;
	struct dcv_rdata caa;
	struct dcv_name target;
};

struct world {
	struct dcv_arena arena;
	size_t n_lines;
	struct line lines[RECORDS_MAX + 100];
	struct dcv_caa_question question;
	struct dcv_name base; /* of the name that was judged last */
	struct dcv_caa_result result;
};

static MAYBE struct dcv_name name(const char *text)
{
	struct dcv_name ret;

	if (dcv_name_from(text, &ret, NULL) != DCV_OK)
		fail_msg("%s is no name", text);
	return ret;
}

static MAYBE struct line *add_line(struct world *w, const char *owner)
{
	struct line *line = &w->lines[w->n_lines++];

	assert_true(w->n_lines <= sizeof(w->lines) / sizeof(w->lines[0]));
	*line = (struct line){.owner = name(owner)};
	return line;
}

static MAYBE void add_caa(struct world *w, const char *owner, const char *text, size_t len)
{
	struct line *line = add_line(w, owner);

	line->kind = LINE_CAA;
	if (dcv_rdata_parse(DCV_TYPE_CAA, text, len, NULL, &w->arena, &line->caa, NULL) !=
		DCV_OK)
		fail_msg("%s: no CAA record", text);
}

static MAYBE void add_alias(struct world *w, const char *owner, const char *target,
	bool dname)
{
	struct line *line = add_line(w, owner);

	line->kind = dname ? LINE_DNAME : LINE_CNAME;
	line->target = name(target);
}

static MAYBE void add_failure(struct world *w, const char *owner, const char *how)
{
	add_line(w, owner)->kind = strcmp(how, "NXDOMAIN") == 0 ? LINE_NXDOMAIN
								: LINE_FAILS;
}

/* "owner CAA rdata   ; comment", "owner CNAME target", "owner !SERVFAIL". */
static MAYBE void add_text(struct world *w, const char *text, const char *suffix)
{
	char owner[512], target[512];
	const char *rest = strchr(text, ' ');

	assert_non_null(rest);
	(void)snprintf(owner, sizeof owner, "%.*s%s", (int)(rest - text), text, suffix);
	rest++;
	if (rest[0] == '!') {
		add_failure(w, owner, rest + 1);
	} else if (strncmp(rest, "CAA ", 4) == 0) {
		rest += 4;
		add_caa(w, owner, rest, (size_t)(strrchr(rest, '"') + 1 - rest));
	} else {
		(void)snprintf(target, sizeof target, "%s%s", strchr(rest, ' ') + 1,
			suffix);
		add_alias(w, owner, target, rest[0] == 'D');
	}
}

/* The name with the labels of `owner` replaced by the target (RFC 6672 2.2). */
static MAYBE struct dcv_name redirected(const struct dcv_name *at,
	const struct line *dname)
{
	struct dcv_name ret = dname->target, next;
	unsigned below = dcv_name_labels(at) - dcv_name_labels(&dname->owner);

	while (below-- > 0) {
		struct dcv_name label = dcv_name_parent(at, below);

		assert_true(dcv_name_prepend((const char *)label.wire + 1, label.wire[0],
			&ret, &next));
		ret = next;
	}
	return ret;
}

/* One query as a resolver answers it. The NXDOMAIN of a top-level domain is a failure: no CA
 * takes a domain for gone on that word. */
static MAYBE enum dcv_caa_answer ask_once(struct world *w, const struct dcv_name *at,
	struct dcv_caa_step *step, struct dcv_name *ret_alias)
{
	struct dcv_rdata *rdata = dcv_arena_array(&w->arena, RECORDS_MAX, sizeof *rdata);

	ret_alias->len = 0;
	step->n = 0;
	step->rdata = rdata;
	for (size_t i = 0; i < w->n_lines; i++) {
		const struct line *line = &w->lines[i];
		bool here = dcv_name_equal(&line->owner, at);

		if (line->kind == LINE_DNAME && !here &&
			dcv_name_is_within(at, &line->owner))
			*ret_alias = redirected(at, line);
		if (!here)
			continue;
		if (line->kind == LINE_FAILS)
			return DCV_CAA_FAILED;
		if (line->kind == LINE_NXDOMAIN)
			return dcv_name_labels(at) == 1 ? DCV_CAA_FAILED : DCV_CAA_EMPTY;
		if (line->kind == LINE_CNAME)
			*ret_alias = line->target;
		if (line->kind == LINE_CAA)
			rdata[step->n++] = line->caa;
	}
	return step->n > 0 ? DCV_CAA_SET : DCV_CAA_EMPTY;
}

static MAYBE void ask(struct world *w, struct dcv_caa_step *step)
{
	struct dcv_name at = *step->at, alias;

	for (unsigned hops = 0; hops <= HOPS_MAX; hops++) {
		step->answer = ask_once(w, &at, step, &alias);
		if (alias.len == 0)
			return;
		at = alias;
	}
	step->answer = DCV_CAA_FAILED;
}

static MAYBE enum dcv_caa_verdict judge(struct world *w, const char *query)
{
	struct dcv_name asked = name(query);
	struct dcv_caa_step *steps;
	unsigned n;

	w->question.wildcard = dcv_name_is_wildcard(&asked);
	w->base = w->question.wildcard ? dcv_name_parent(&asked, 1) : asked;
	n = dcv_name_labels(&w->base);
	steps = dcv_arena_array(&w->arena, n, sizeof *steps);
	assert_non_null(steps);
	for (unsigned i = 0; i < n; i++) {
		struct dcv_name at = dcv_name_parent(&w->base, i);

		steps[i].at = dcv_arena_memdup(&w->arena, &at, sizeof at);
		assert_non_null(steps[i].at);
		ask(w, &steps[i]);
	}
	dcv_caa_judge(&w->question, steps, n, &w->arena, &w->result);
	return w->result.verdict;
}

static MAYBE void use_issuer(struct world *w, const char *const *issuer)
{
	w->question.n_issuers = 1;
	w->question.issuers = issuer;
}

static MAYBE void expect(const struct world *w, const char *id,
	enum dcv_caa_verdict wanted)
{
	if (w->result.verdict != wanted)
		fail_msg("%s: verdict %d (%s %s), not %d", id, (int)w->result.verdict,
			w->result.cause, w->result.why, (int)wanted);
	assert_string_not_equal(w->result.why, "");
	assert_int_equal(w->result.cause[0] == '\0', wanted == DCV_CAA_PERMITS);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
