/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The commands: argv to exit status. The only room that prints. */
#ifndef DCV_CMD_CMD_H
#define DCV_CMD_CMD_H

#include "provider/provider.h"

/* Runs the command that argv names and returns the exit status of the process. `builtins`
 * ends with NULL. */
int dcv_cmd_main(int argc, char **argv, const struct dcvp_provider *const *builtins);

#endif
