/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Any octets as answers of Cloudflare (see plugin.h). The first octet chooses what is asked: to find
 * a zone, to read it, to change it, to change it as a batch. */
#include "plugin.h"

#define URL "https://api.cloudflare.com/client/v4"

const struct dcvp_provider *dcvp_provider_1(void);

static const char *const owners[] = {"_x.example.com.", "example.com.",
	"a.b.example.com."};

static void change(void *session)
{
	static const char *const txt[] = {"token", "\"another\""}, *const old[] = {"\"old\""},
				 *const cname[] = {"a.example.net."},
				 *const caa[] = {"0 issue \"ca.example; a=\\\"b\\\"\""};
	static const struct dcvp_edit edits[] = {
		{"_x.example.com.", 16, 300, 2, 1, txt, old, NULL, NULL, 0},
		{"_c.example.com.", 5, 300, 1, 1, cname, owners, NULL, NULL, 0},
		{"example.com.", 257, 600, 1, 0, caa, NULL, NULL, NULL, 0}};
	const struct dcvp_change change = {.zone = "example.com.",
		.id = "1",
		.n_edits = 3,
		.edits = edits};
	struct dcvp_result results[3] = {{DCVP_EDIT_UNKNOWN, 0, 0, NULL}};
	struct dcvp_receipt receipt = {0};
	struct dcvp_error err = {0};
	enum dcvp_class class = dcvp_provider_1()->apply(session, &change, results,
		&receipt, &err);

	plugin_insist_results(class, results, 3, &err);
}

static void look(void *session)
{
	struct dcvp_error err = {0};
	struct dcvp_zone zone = {0};
	enum dcvp_class class = dcvp_provider_1()->read(session, "example.com.", owners,
		3, &zone, &err);

	insist(class != DCVP_UNKNOWN, "a read that may have changed something");
	insist(class == DCVP_OK || err.text[0] != '\0', "a failure without a reason");
	if (class == DCVP_OK)
		plugin_insist_zone(&zone, 3);
}

static void find(void *session)
{
	struct dcvp_error err = {0};
	enum dcvp_class class = dcvp_provider_1()->find_zone(session, "example.com.",
		&err);

	insist(class != DCVP_UNKNOWN, "a look-up that may have changed something");
	insist(class == DCVP_OK || err.text[0] != '\0', "a failure without a reason");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *token[] = {"t", NULL}, *url[] = {URL, NULL}, *batch[] = {"yes", NULL};
	const struct dcvp_setting settings[] = {{"token", 1, token}, {"url", 1, url},
		{"batch", 1, batch}};
	struct plugin plugin = {.base = URL, .at = data + 1, .end = data + size};
	struct dcvp_host host = plugin_host(&plugin);
	struct dcvp_error err = {0};
	void *session = NULL;

	if (size == 0)
		return 0;
	insist(dcvp_provider_1()->open(&host, settings, data[0] % 4 == 3 ? 3 : 2,
		       &session, &err) == DCVP_OK,
		"open");
	switch (data[0] % 4) {
	case 0:
		find(session);
		break;
	case 1:
		look(session);
		break;
	default:
		change(session);
	}
	dcv_arena_clear(&plugin.arena);
	return 0;
}
