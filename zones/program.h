/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Runs the programs around a zone file (checker, signer, control program of a server) and keeps
 * what they say. */
#ifndef DCV_ZONES_PROGRAM_H
#define DCV_ZONES_PROGRAM_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/proc.h"
#include "provider/provider.h"

#define DCV_ZOUTPUT_MAX 4096u

struct dcv_zprogram {
	struct dcv_proc_end end;
	bool ended; /* with a status, or its time was over */
	bool started;
	char said[256]; /* the first lines of its output, on one line, safe to show */
	char output[DCV_ZOUTPUT_MAX + 1]; /* as it came, up to the first NUL */
};

/* Runs argv at most most_ms, or until the host's deadline; 2 s at least. */
void dcv_zprogram_run(const struct dcvp_host *host, const char *const *argv,
	int64_t most_ms, struct dcv_zprogram *ret);
/* It ran to its end with status 0. */
bool dcv_zprogram_did(const struct dcv_zprogram *program);
/* "NAME ended with status 1: WORDS", "NAME did not end in time", or why it was not started, in
 * the arena; NULL: memory is out. */
const char *dcv_zprogram_why(const struct dcv_zprogram *program, const char *name,
	struct dcv_arena *arena);

/* An argv with {zone} and {file} filled in, in the arena; NULL: memory is out. */
const char **dcv_zargv(const char *const *from, const char *zone, const char *file,
	struct dcv_arena *arena);

/* What is left until the host's deadline, at most `most`. */
int64_t dcv_zleft_ms(const struct dcvp_host *host, int64_t most);
struct dcv_clock dcv_zclock(const struct dcvp_host *host);

#endif
