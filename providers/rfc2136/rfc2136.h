/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Zones on a server that takes dynamic updates (RFC 2136) signed by TSIG. */
#ifndef DCV_RFC2136_RFC2136_H
#define DCV_RFC2136_RFC2136_H

#include "provider/provider.h"

/* Options, capabilities, calls: dcvctl-rfc2136(7). */
extern const struct dcvp_provider dcv_rfc2136_provider;

#endif
