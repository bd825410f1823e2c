/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The calls of the provider interface (provider/provider.h), each in the file of its name. */
#ifndef DCV_RFC2136_CALLS_H
#define DCV_RFC2136_CALLS_H

#include "provider/provider.h"

extern const struct dcvp_option dcv_roptions[];

enum dcvp_class dcv_ropen(const struct dcvp_host *host,
	const struct dcvp_setting *settings, size_t n, void **ret_session,
	struct dcvp_error *err);
void dcv_rclose(void *session);
enum dcvp_class dcv_rprobe(void *session, const char **ret, struct dcvp_error *err);
enum dcvp_class dcv_rfind_zone(void *session, const char *zone, struct dcvp_error *err);
enum dcvp_class dcv_rread(void *session, const char *zone, const char *const *owners,
	size_t n, struct dcvp_zone *ret, struct dcvp_error *err);
enum dcvp_class dcv_rapply(void *session, const struct dcvp_change *change,
	struct dcvp_result *results, struct dcvp_receipt *receipt, struct dcvp_error *err);

#endif
