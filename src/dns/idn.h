/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Internationalised names (RFC 5890): from U-labels, as people write them, to A-labels. */
#ifndef DCV_DNS_IDN_H
#define DCV_DNS_IDN_H

#include "base/arena.h"

/* The name with each label that is not ASCII as A-label (RFC 5891 5; mapped by UTS 46,
 * non-transitional), in the arena. ASCII labels stay as they are, A-labels too. Ideographic and
 * full-width dots are dots. Fails: DCV_E_FAILED for text that is not UTF-8, a label that IDNA
 * does not allow, and one whose letters are of several scripts, except those that one language
 * writes together (UTS 39 5.2, "highly restrictive"). */
enum dcv_err dcv_idn_to_ascii(const char *text, size_t len, struct dcv_arena *arena,
	char **ret, struct dcv_error *err) DCV_NODISCARD;

/* The version of libidn2 that is loaded; static. */
const char *dcv_idn_library(void);

#endif
