/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
#include "provider/services.h"

const struct dcvp_option dcv_services_options[] = {
	{.key = "insecure_http", .kind = DCVP_OPTION_YES}, {.key = NULL}};
