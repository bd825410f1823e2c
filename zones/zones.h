/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The zone-file backend as a provider. */
#ifndef DCV_ZONES_ZONES_H
#define DCV_ZONES_ZONES_H

#include "provider/provider.h"

/* Settings: `file` (absolute path), `zone`, `reload` ("none", "nsd", "command"), `nsd_config`,
 * `reload_command` (argv, {zone}), `checker` (argv, {zone}, {file}), `server` (address). */
extern const struct dcvp_provider dcv_zones_provider;

#endif
