/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Signals that ask the process to end. The first one is noted, so that a run ends at its next
 * safe point; the second one ends the process at once. */
#ifndef DCV_CMD_INTERRUPT_H
#define DCV_CMD_INTERRUPT_H

#include <stdbool.h>

/* Notes SIGINT, SIGTERM and SIGHUP from now on; one that is ignored stays ignored. */
void dcv_interrupt_watch(void);

/* One of them came. ctx is not used: the shape of `stopped` of a run and of a check. */
bool dcv_interrupted(void *ctx);

/* "SIGINT", or NULL if none came. */
const char *dcv_interrupt_name(void);

/* Dies by the signal that came; returns if none did. */
void dcv_interrupt_die(void);

#endif
