/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* For tests: a network of its own with a root, a top-level domain and its children on an NSD, as
 * eye_zones.py makes them. */
#ifndef TESTS_UNIT_CHECK_EYE_WORLD_H
#define TESTS_UNIT_CHECK_EYE_WORLD_H

#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/proc.h"
#include "dns/ask.h"

#define ROOT_ADDRESS "198.41.0.4"
#define PRIVATE_ADDRESS "10.1.2.3" /* the same server */
#define DEAD_ADDRESS "198.41.0.9" /* no way leads there */
#define SILENT_ADDRESS "198.41.0.10" /* takes questions, says nothing */
#define START_MS 10000

struct eye_world {
	char dir[64], path[128];
	pid_t nsd;
	int silent;
};

static struct eye_world world;

static inline int64_t deadline(int64_t ms)
{
	return dcv_mono_ms(&dcv_clock_system) + ms;
}

static inline const char *in_world(const char *name)
{
	(void)snprintf(world.path, sizeof(world.path), "%s/%s", world.dir, name);
	return world.path;
}

/* Runs a command; what it says is shown if it fails. */
static inline void run(const char *const *argv)
{
	struct dcv_proc_end end = {.status = -1};
	struct dcv_error err = {0};
	struct dcv_buf output;

	dcv_buf_init(&output, 4096);
	if (dcv_proc_run(argv, 60000, &dcv_clock_system, &output, &end, &err) != DCV_OK ||
		end.status != 0)
		fail_msg("%s: status %d: %s%s", argv[0], end.status, err.text,
			dcv_buf_text(&output));
	dcv_buf_clear(&output);
}

static inline void make_network(void)
{
	static const char script[] = "ip link set lo up && for a in " ROOT_ADDRESS
				     " " PRIVATE_ADDRESS " " SILENT_ADDRESS
				     "; do ip address add $a/32 dev lo || exit 1; done";
	static const char *const argv[] = {"sh", "-c", script, NULL};

	if (unshare(CLONE_NEWNET | (geteuid() != 0 ? CLONE_NEWUSER : 0)) != 0)
		fail_msg("a network namespace cannot be made: %s", strerror(errno));
	run(argv);
}

static inline void make_zones(void)
{
	char script[512];
	const char *const argv[] = {"python3", script, world.dir, ROOT_ADDRESS,
		PRIVATE_ADDRESS, DEAD_ADDRESS, SILENT_ADDRESS, NULL};

	(void)snprintf(script, sizeof(script), "%.*s/eye_zones.py",
		(int)(strrchr(__FILE__, '/') - __FILE__), __FILE__);
	run(argv);
}

static inline void listen_silently(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(53)};

	assert_int_equal(inet_pton(AF_INET, SILENT_ADDRESS, &at.sin_addr), 1);
	world.silent = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(world.silent, (struct sockaddr *)&at, sizeof(at)), 0);
}

/* Asks the server again until it serves a zone with this serial. */
static inline void await_serial(const struct dcv_name *apex, uint32_t serial)
{
	struct dcv_arena arena = {0};
	struct dcv_answer answer = {.has_soa = false};
	struct dcv_addr addr;

	assert_int_equal(dcv_addr_parse(ROOT_ADDRESS, &addr, NULL), DCV_OK);
	for (int64_t end = deadline(START_MS); deadline(0) < end;) {
		if (dcv_ask(&addr, apex, DCV_TYPE_SOA, false, end, &dcv_clock_system,
			    &arena, &answer, NULL) == DCV_OK &&
			answer.has_soa && answer.soa_serial == serial)
			break;
	}
	if (!answer.has_soa || answer.soa_serial != serial)
		fail_msg("NSD does not serve a zone");
	dcv_arena_clear(&arena);
}

static inline void start_nsd(void)
{
	const struct dcv_name root = {.len = 1};

	(void)in_world("nsd.conf");
	world.nsd = fork();
	if (world.nsd == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		(void)execlp("nsd", "nsd", "-d", "-c", world.path, (char *)NULL);
		_exit(127);
	}
	assert_true(world.nsd > 0);
	await_serial(&root, 1);
}

static inline int make_world(void **state)
{
	(void)state;
	(void)snprintf(world.dir, sizeof(world.dir), "/tmp/dcv-eye-XXXXXX");
	assert_non_null(mkdtemp(world.dir));
	make_network();
	make_zones();
	listen_silently();
	start_nsd();
	return 0;
}

static inline int end_world(void **state)
{
	const char *const argv[] = {"rm", "-rf", world.dir, NULL};

	(void)state;
	if (world.nsd > 0) {
		(void)kill(world.nsd, SIGTERM);
		(void)waitpid(world.nsd, NULL, 0);
	}
	(void)close(world.silent);
	run(argv);
	return 0;
}

#endif
