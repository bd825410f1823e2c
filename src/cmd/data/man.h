/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What the manual pages that the build makes of tables share. */
#ifndef DCV_CMD_DATA_MAN_H
#define DCV_CMD_DATA_MAN_H

#include <stdbool.h>
#include <stdio.h>

/* Writes n octets of text, what roff would take for its own escaped. Unless it is `typed`, each
 * sentence begins a line, as mdoc(7) asks. */
void dcv_man_put(FILE *out, const char *text, size_t n, bool typed);

/* The whole program PROGRAM FILE: the page goes into the file. Returns the exit status; why it is
 * not 0 stands on standard error. */
int dcv_man_make(int argc, char **argv, void (*put_page)(FILE *out));

#endif
