/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* For tests: the root, com and example.com, and a survey of them. */
#ifndef TESTS_UNIT_CHECK_SMALL_NET_H
#define TESTS_UNIT_CHECK_SMALL_NET_H

#include "internet.h"

static struct dcv_survey *survey;
static struct dcv_hints hints;
static struct net_server *root, *tld, *one, *two;

/* root -> com on .2 -> example.com on .3 and .4 */
static inline int set_up(void **state)
{
	static struct dcv_hint items[1];

	(void)state;
	root = net_start("127.0.5.1", ". servers.");
	tld = net_start("127.0.5.2", "com.");
	one = net_start("127.0.5.3", "example.com.");
	two = net_start("127.0.5.4", "example.com.");
	net_add(".", "com. NS a.servers.");
	net_add(".", "a.servers. A 127.0.5.2");
	net_add("servers.", "a.servers. A 127.0.5.2");
	net_add("com.", "com. NS a.servers.");
	net_add("com.", "example.com. NS ns1.example.com.");
	net_add("com.", "example.com. NS ns2.example.com.");
	net_add("com.", "ns1.example.com. A 127.0.5.3");
	net_add("com.", "ns2.example.com. A 127.0.5.4");
	net_add("example.com.", "example.com. NS ns1.example.com.");
	net_add("example.com.", "example.com. NS ns2.example.com.");
	net_add("example.com.", "ns1.example.com. A 127.0.5.3");
	net_add("example.com.", "ns2.example.com. A 127.0.5.4");
	net_add("example.com.", "_dnsauth.example.com. TXT \"token\"");
	items[0] = (struct dcv_hint){.name = net_name("a.root."), .type = DCV_TYPE_A};
	assert_int_equal(dcv_rdata_parse(DCV_TYPE_A, "127.0.5.1", 9, NULL, &net_arena,
				 &items[0].rdata, NULL),
		DCV_OK);
	hints = (struct dcv_hints){1, items};
	return 0;
}

static inline void begin(int64_t ms)
{
	const struct sockaddr_in *in = &root->responder.addr.u.in;
	struct dcv_survey_options options = {.hints = &hints,
		.port = ntohs(in->sin_port),
		.special_names = true,
		.clock = &dcv_clock_system,
		.deadline_ms = dcv_mono_ms(&dcv_clock_system) + ms};
	struct dcv_error err = {.code = DCV_OK};

	if (dcv_survey_new(&options, &survey, &err) != DCV_OK) {
		fail_msg("%s", err.text);
	}
}

static inline int tear_down(void **state)
{
	(void)state;
	dcv_survey_free(survey);
	survey = NULL;
	net_stop();
	return 0;
}

#endif
