/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The subcommands of `provider`. Each finds its arguments behind its own name: args.items[1]
 * and on. */
#ifndef DCV_CMD_PROVIDER_H
#define DCV_CMD_PROVIDER_H

#include "cmd/internal.h"

/* `provider list [NAME…]`: the providers there are, and what they take and can. */
enum dcv_err dcv_provider_list(struct dcv_session *session);
/* `provider test [ACCOUNT] --zone ZONE`: the trial of a backend. DCV_E_FAILED: a step failed. */
enum dcv_err dcv_provider_test(struct dcv_session *session);

#endif
