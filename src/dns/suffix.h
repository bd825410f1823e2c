/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Public suffixes: names under which registries register (https://publicsuffix.org/list/). Only
 * the ICANN part of the list: a private suffix can be validated by whoever runs it. */
#ifndef DCV_DNS_SUFFIX_H
#define DCV_DNS_SUFFIX_H

#include "base/arena.h"
#include "dns/rr.h"

struct dcv_suffixes; /* the rules, sorted */

/* Reads the text of a public_suffix_list.dat. Lives in the arena; borrows nothing. Lines that are
 * no rule are passed over. Fails: DCV_E_NOMEM; DCV_E_FAILED where it holds no rule at all. */
enum dcv_err dcv_suffixes_read(const char *text, size_t len, struct dcv_arena *arena,
	struct dcv_suffixes **ret, struct dcv_error *err) DCV_NODISCARD;

/* The name itself is a public suffix. A name under no rule is one if it has one label. */
bool dcv_suffix_is(const struct dcv_suffixes *suffixes, const struct dcv_name *name);

#endif
