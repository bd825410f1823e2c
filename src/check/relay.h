/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside check/ only: carries the questions of the CA's eye, whose library may know no TLS, to
 * resolvers that are asked over TLS or HTTPS. It is a socket on loopback that the eye is told to
 * forward to. Messages go through as they are, so that the eye validates what the zones signed,
 * whatever the resolvers say of it. */
#ifndef DCV_CHECK_RELAY_H
#define DCV_CHECK_RELAY_H

#include "check/stub.h"

struct dcv_relay;

/* Opens the socket, on an address that only this host reaches. The stub is borrowed; while the relay
 * carries, nothing else may be asked of it. Fails: DCV_E_UNVERIFIED (no loopback), DCV_E_NOMEM. */
enum dcv_err dcv_relay_new(struct dcv_stub *stub, struct dcv_relay **ret,
	struct dcv_error *err) DCV_NODISCARD;
/* NULL is let be. */
void dcv_relay_free(struct dcv_relay *relay);
uint16_t dcv_relay_port(const struct dcv_relay *relay);

/* It carries from now on, or no more: what is open then is given up. */
void dcv_relay_begin(struct dcv_relay *relay);
void dcv_relay_end(struct dcv_relay *relay);
/* Carries what can be carried, and waits, at most `ms`, for something to happen; *ret_ready: `fd`
 * can be read. A question that no resolver answers is answered SERVFAIL. Fails: DCV_E_NOMEM,
 * DCV_E_INTERNAL. */
enum dcv_err dcv_relay_poll(struct dcv_relay *relay, int fd, int ms, bool *ret_ready,
	struct dcv_error *err) DCV_NODISCARD;

#endif
