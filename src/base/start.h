/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What a process does first, before it reads or opens anything. */
#ifndef DCV_BASE_START_H
#define DCV_BASE_START_H

#include "base/err.h"

/* Puts the process into a state that does not depend on who started it:
 * - descriptors 0 to 2 are open (on /dev/null where they were closed), so that no file of
 *   ours becomes standard output; all others are closed on exec;
 * - files are made for ourselves only (umask 077);
 * - no core dump, no tracing by others, no privileges gained by an exec: secrets stay
 *   here (a reload command that needs sudo cannot work, by intent);
 * - SIGPIPE and SIGXFSZ are ignored: they become errors of a write; SIGCHLD is default;
 * - the environment holds an allow list only: what could redirect a library (proxies, CA
 *   stores, resolver options, LD_*) reaches neither ours nor a child's.
 * The locale stays "C", since nobody calls setlocale. Call it once, first in main, while
 * there is one thread. Fails: DCV_E_FAILED when started set-user-ID or with file capabilities;
 * DCV_E_INTERNAL with the system call that failed. */
enum dcv_err dcv_process_start(struct dcv_error *err) DCV_NODISCARD;

/* The value of a variable as the process was started with it, withheld from libraries and
 * children or not. NULL: not set, or set to nothing. Borrowed for the life of the process. */
const char *dcv_environment(const char *name);

#endif
