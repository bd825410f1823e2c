/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Transaction signatures (TSIG, RFC 8945): a key, a message signed by it, an answer verified. */
#ifndef DCV_RFC2136_TSIG_H
#define DCV_RFC2136_TSIG_H

#include "base/buf.h"
#include "base/crypto.h"
#include "dns/name.h"

#define DCV_TSIG_SECRET_MAX 512u
#define DCV_TSIG_FUDGE_S 300
/* What signing adds to a message at most: two names, the fixed fields, the MAC. */
#define DCV_TSIG_ROOM (DCV_NAME_MAX + 10u + 32u + 16u + DCV_HMAC_MAX)

/* RFC 8945 3. */
enum {
	DCV_TSIG_BADSIG = 16,
	DCV_TSIG_BADKEY = 17,
	DCV_TSIG_BADTIME = 18,
	DCV_TSIG_BADTRUNC = 22
};

struct dcv_tsig_key {
	struct dcv_name name;
	enum dcv_digest digest;
	const struct dcv_module *held; /* dcv_crypto_hold; NULL: opened for each call */
	size_t n;
	uint8_t secret[DCV_TSIG_SECRET_MAX];
};

/* Reads a key as `tsig-keygen` writes it (`key "NAME" { algorithm hmac-sha256; secret "…"; };`),
 * or Knot's keymgr (`key:`, `- id:`, `algorithm:`, `secret:`): one key and nothing else. Fails:
 * DCV_E_CONFIG with the line; nothing of the text is in the message. HMAC-MD5 is refused. */
enum dcv_err dcv_tsig_key_parse(const char *text, struct dcv_tsig_key *ret,
	struct dcv_error *err) DCV_NODISCARD;
void dcv_tsig_key_clear(struct dcv_tsig_key *key);
/* "hmac-sha256" */
const char *dcv_tsig_algorithm(const struct dcv_tsig_key *key);

struct dcv_tsig_mac {
	size_t n;
	uint8_t octets[DCV_HMAC_MAX];
};

/* Signs the message in msg: its id stands, its sections are whole. *ret: what its answer is
 * verified with. Fails: DCV_E_NOMEM (also if msg has no room), DCV_E_UNVERIFIED. */
enum dcv_err dcv_tsig_sign(const struct dcv_tsig_key *key, int64_t now_s,
	struct dcv_buf *msg, struct dcv_tsig_mac *ret, struct dcv_error *err)
	DCV_NODISCARD;

enum dcv_tsig_verdict {
	DCV_TSIG_GOOD, /* signed by the key for this request, and in time */
	DCV_TSIG_UNSIGNED, /* no signature; `error` if a TSIG record says why */
	DCV_TSIG_WRONG /* forged, of another key or request, late, malformed */
};

struct dcv_tsig_said {
	enum dcv_tsig_verdict verdict;
	uint16_t error; /* of the TSIG record, 0: none */
	int64_t server_s; /* the server's clock, told with BADTIME; 0: not told */
	const char *why; /* of DCV_TSIG_WRONG, a static text */
};

/* Judges the answer msg[0, len) to the request whose MAC is given. Fails: DCV_E_NOMEM,
 * DCV_E_UNVERIFIED (no module). */
enum dcv_err dcv_tsig_verify(const struct dcv_tsig_key *key,
	const struct dcv_tsig_mac *request, int64_t now_s, const uint8_t *msg, size_t len,
	struct dcv_tsig_said *ret, struct dcv_error *err) DCV_NODISCARD;

/* "BADKEY (the server knows no key of this name)"; of others the number is told. */
const char *dcv_tsig_error_text(uint16_t error);

#endif
