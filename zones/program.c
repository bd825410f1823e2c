/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a program is run for a zone and how its end is worded. It does not know
 * which programs there are. */
#include "zones/program.h"

#include <stdio.h>
#include <string.h>

#define LEAST_MS 2000
#define SAID_LINES 3u

struct dcv_clock dcv_zclock(const struct dcvp_host *host)
{
	return (struct dcv_clock){.wall_s = host->wall_s,
		.mono_ms = host->mono_ms,
		.sleep_ms = host->wait_ms,
		.ctx = host->ctx};
}

int64_t dcv_zleft_ms(const struct dcvp_host *host, int64_t most)
{
	int64_t left = host->deadline_ms(host->ctx) - host->mono_ms(host->ctx);

	return left < most ? left : most;
}

static void keep_said(struct dcv_zprogram *program, const char *text)
{
	char *out = program->said;
	size_t cap = sizeof program->said;

	for (unsigned line = 0; line < SAID_LINES && *text != '\0' && cap > 8; line++) {
		size_t len = strcspn(text, "\r\n"), n;

		if (line > 0 && len > 0) {
			memcpy(out, " | ", 4);
			out += 3;
			cap -= 3;
		}
		n = dcv_shown(out, cap, text, len);
		out += n;
		cap -= n;
		text += len;
		text += strspn(text, "\r\n");
	}
}

/* What dcv_proc_run says, `NAME: cannot be started: WHY`, without the words that our own
 * message says. All else it says of a program that was started. */
static void keep_why(struct dcv_zprogram *program, const char *text)
{
	static const char words[] = ": cannot be started";
	const char *at = strstr(text, words);
	char rest[sizeof((struct dcv_error *)NULL)->text];

	program->started = at == NULL;
	if (at == NULL) {
		keep_said(program, text);
		return;
	}
	(void)snprintf(rest, sizeof rest, "%.*s%s", (int)(at - text), text,
		at + sizeof words - 1);
	keep_said(program, rest);
}

void dcv_zprogram_run(const struct dcvp_host *host, const char *const *argv,
	int64_t most_ms, struct dcv_zprogram *ret)
{
	struct dcv_clock clock = dcv_zclock(host);
	struct dcv_error why = {0};
	struct dcv_buf output;
	int64_t time_ms = dcv_zleft_ms(host, most_ms);

	*ret = (struct dcv_zprogram){.started = true};
	dcv_buf_init(&output, DCV_ZOUTPUT_MAX);
	/* A command that is started gets time to answer, even at the end of the run's. */
	if (time_ms < LEAST_MS)
		time_ms = LEAST_MS;
	ret->ended = dcv_proc_run(argv, time_ms, &clock, &output, &ret->end, &why) ==
		DCV_OK;
	if (ret->ended) {
		(void)snprintf(ret->output, sizeof ret->output, "%s",
			dcv_buf_text(&output));
		keep_said(ret, ret->output);
	} else
		keep_why(ret, why.text);
	dcv_buf_clear(&output);
}

bool dcv_zprogram_did(const struct dcv_zprogram *program)
{
	return program->ended && !program->end.timed_out && program->end.status == 0;
}

const char *dcv_zprogram_why(const struct dcv_zprogram *program, const char *name,
	struct dcv_arena *arena)
{
	if (!program->ended)
		return dcv_arena_printf(arena, "%s: %s",
			program->started ? "failed" : "cannot be started", program->said);
	if (program->end.timed_out)
		return dcv_arena_printf(arena, "%s did not end in time", name);
	return dcv_arena_printf(arena, "%s ended with status %d%s%s", name,
		program->end.status, program->said[0] != '\0' ? ": " : "", program->said);
}

/* `word` with each `key` replaced. */
static const char *substitute(const char *word, const char *key, const char *value,
	struct dcv_arena *arena)
{
	const char *at = value == NULL ? NULL : strstr(word, key);
	const char *rest;

	if (at == NULL)
		return word;
	rest = substitute(at + strlen(key), key, value, arena);
	return rest == NULL
		? NULL
		: dcv_arena_printf(arena, "%.*s%s%s", (int)(at - word), word, value, rest);
}

const char **dcv_zargv(const char *const *from, const char *zone, const char *file,
	struct dcv_arena *arena)
{
	const char **argv;
	size_t n = 0;

	while (from[n] != NULL)
		n++;
	argv = dcv_arena_array(arena, n + 1, sizeof *argv);
	for (size_t i = 0; argv != NULL && i < n; i++) {
		argv[i] = substitute(from[i], "{zone}", zone, arena);
		if (argv[i] != NULL)
			argv[i] = substitute(argv[i], "{file}", file, arena);
		if (argv[i] == NULL)
			return NULL;
	}
	return argv;
}
