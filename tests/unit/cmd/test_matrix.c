/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The live view of a wait: what it shows on screens of several sizes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/matrix.h"

#define SERVERS 3
#define ITEMS 2

struct world {
	struct dcv_server servers[SERVERS];
	struct dcv_check_zone zones[2];
	struct dcv_check_item items[ITEMS];
	struct dcv_observation seen[ITEMS * SERVERS];
	struct dcv_verify verify;
	struct dcv_matrix_look look;
	struct dcv_buf out;
};

static void set_server(struct dcv_server *server, const char *name, const char *addr)
{
	server->name = name;
	assert_int_equal(dcv_addr_parse(addr, &server->addr, NULL), DCV_OK);
}

/* Two records at three servers: the first everywhere, the second not at the third. */
static int setup(void **state)
{
	static struct world world;

	world = (struct world){.zones = {{.n_servers = SERVERS}, {.n_servers = SERVERS}}};
	set_server(&world.servers[0], "ns1.example.com", "192.0.2.1");
	set_server(&world.servers[1], "ns1.example.com", "2001:db8::1");
	set_server(&world.servers[2], "ns2.example.com", "198.51.100.2");
	for (size_t z = 0; z < 2; z++)
		world.zones[z].servers = world.servers;
	for (size_t i = 0; i < ITEMS; i++) {
		world.items[i].type = DCV_TYPE_TXT;
		assert_int_equal(dcv_name_from(i == 0 ? "_dnsauth.a.example.com."
						      : "_dnsauth.b.example.com.",
					 &world.items[i].owner, NULL),
			DCV_OK);
	}
	for (size_t i = 0; i < ITEMS * SERVERS; i++)
		world.seen[i].seen = DCV_SEEN_HAS;
	world.seen[5] = (struct dcv_observation){.seen = DCV_SEEN_OLD,
		.has_serial = true,
		.serial = 2026112004};
	world.verify = (struct dcv_verify){.wait = true,
		.n_zones = 2,
		.n_items = ITEMS,
		.zones = world.zones,
		.items = world.items,
		.result = {.observations = world.seen, .n_servers_max = SERVERS}};
	world.look = (struct dcv_matrix_look){.verify = &world.verify,
		.n_published = 1,
		.n_orders = 1,
		.elapsed_ms = 41000,
		.settled_left_s = -1,
		.columns = 120,
		.lines = 24};
	dcv_buf_init(&world.out, 1u << 20);
	*state = &world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	dcv_buf_clear(&world->out);
	return 0;
}

/* Draws; no line is wider or more than the screen has. */
static const char *draw(struct world *world)
{
	const char *line, *text;
	size_t n = dcv_matrix_draw(&world->look, &world->out), lines = 0;

	text = dcv_buf_text(&world->out);
	for (line = text; *line != '\0'; lines++) {
		size_t len = strcspn(line, "\n");

		assert_int_equal(line[len], '\n');
		assert_true(len < world->look.columns);
		line += len + 1;
	}
	assert_int_equal(lines, n);
	assert_true(n < world->look.lines);
	return text;
}

static void matrix_of_what_is_open(void **state)
{
	struct world *world = *state;
	const char *text = draw(world);

	assert_ptr_equal(strstr(text, "published 1/1  effective 1/2  00:41\n"), text);
	assert_non_null(strstr(text, "ns1.example.com 2001:db8::1"));
	assert_non_null(strstr(text, "_dnsauth.b.example.com TXT  ok "));
	assert_non_null(strstr(text, "old 2026112004"));
	assert_null(strstr(text, "_dnsauth.a."));
	assert_null(strchr(text, '\033'));
}

/* Where it does not fit, a line for each server that lags. */
static void lines_by_server(void **state)
{
	struct world *world = *state;
	const char *text;

	world->look.columns = 70;
	text = draw(world);
	assert_non_null(strstr(text,
		"  waiting     1  ns2.example.com 198.51.100.2: old 2026112004\n"));
	assert_null(strstr(text, "_dnsauth."));
}

static void records_of_two_zones(void **state)
{
	struct world *world = *state;

	world->items[0].zone = 1;
	world->seen[2].seen = DCV_SEEN_TIMEOUT;
	assert_non_null(strstr(draw(world), "  waiting     1  ns2.example.com"));
}

static void small_screens(void **state)
{
	struct world *world = *state;

	for (size_t i = 0; i < ITEMS * SERVERS; i++)
		world->seen[i].seen = DCV_SEEN_TIMEOUT;
	for (size_t columns = 1; columns < 100; columns += 7) {
		for (size_t lines = 1; lines < 6; lines++) {
			world->look.columns = columns;
			world->look.lines = lines;
			(void)draw(world);
			dcv_buf_clear(&world->out);
			dcv_buf_init(&world->out, 1u << 20);
		}
	}
	world->look.columns = 50;
	world->look.lines = 4;
	assert_non_null(strstr(draw(world), "  and 2 more name servers\n"));
}

static void countdown(void **state)
{
	struct world *world = *state;

	world->verify.result.effective = true;
	world->look.settled_left_s = 300;
	assert_string_equal(draw(world),
		"published 1/1  effective 2/2  00:41  settled in 5 min\n");
}

static void before_the_first_answer(void **state)
{
	struct world *world = *state;

	world->verify.result.observations = NULL;
	assert_string_equal(draw(world), "published 1/1  effective 0/2  00:41\n");
}

/* A name that a zone brings cannot move the cursor. */
static void foreign_text(void **state)
{
	struct world *world = *state;

	world->servers[2].name = "ns2\033[2J.example";
	assert_null(strchr(draw(world), '\033'));
	assert_non_null(strstr(dcv_buf_text(&world->out), "ns2\\x1B"));
}

static void colour(void **state)
{
	struct world *world = *state;

	world->look.colour = true;
	world->verify.result.effective = true;
	(void)dcv_matrix_draw(&world->look, &world->out);
	assert_string_equal(dcv_buf_text(&world->out),
		"\033[32mpublished 1/1  effective 2/2  00:41\033[0m\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(matrix_of_what_is_open, setup, teardown),
		cmocka_unit_test_setup_teardown(lines_by_server, setup, teardown),
		cmocka_unit_test_setup_teardown(records_of_two_zones, setup, teardown),
		cmocka_unit_test_setup_teardown(small_screens, setup, teardown),
		cmocka_unit_test_setup_teardown(countdown, setup, teardown),
		cmocka_unit_test_setup_teardown(before_the_first_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(foreign_text, setup, teardown),
		cmocka_unit_test_setup_teardown(colour, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
