/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Any octets as the file of an account key. A key has 43 digits of base64url; what is none is
 * told in one line that holds nothing of a private part. */
#include "fuzz.h"

#include "order/derive.h"

#define BASE64URL "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
#define PRIVATE "5ecret" /* in the private parts of the seeds, and nowhere else */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dcv_module crypto; /* held open, since loading takes longer than all else */
	char text[DCV_DNS01_TEXT] = "untouched";
	struct dcv_error err = {0};
	enum dcv_err rc;

	if (crypto.entry == NULL)
		insist(dcv_crypto_hold(&crypto, &err) == DCV_OK, "no module");
	rc = dcv_derive_thumbprint("key", data, size, text, &err);
	insist(rc == err.code, "a code that is not the error's");
	if (rc == DCV_OK) {
		insist(strlen(text) == DCV_DNS01_TEXT - 1 &&
				strspn(text, BASE64URL) == DCV_DNS01_TEXT - 1,
			"a thumbprint of another form");
	} else {
		insist(rc == DCV_E_FAILED || rc == DCV_E_ORDER,
			"an error of another kind");
		insist(strcmp(text, "untouched") == 0, "an output that was touched");
		insist(strstr(err.text, PRIVATE) == NULL, "a private part in a message");
	}
	return 0;
}
