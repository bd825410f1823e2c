/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The zone-file backend as a provider. */
#ifndef DCV_ZONES_ZONES_H
#define DCV_ZONES_ZONES_H

#include "provider/provider.h"

/* Settings: `zone`; `file` and `into` (absolute paths; into: the include file that takes new
 * records); `reload` ("none", "bind", "nsd", "knot", "pdns", "command"), `reload_config` (of the
 * preset's control program; of knot its socket), `reload_command` (argv, {zone}), `checker` and
 * `signer` (argv, {zone}, {file}), `server` (address); `journal` ("freeze"), `serial`
 * ("external"), `comment` ("yes": a new record names its order). */
extern const struct dcvp_provider dcv_zones_provider;

#endif
