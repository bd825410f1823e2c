/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file tests where orders come from: files, directories, the command line. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "orders.h"

static char root[64];

static int make_root(void **state)
{
	(void)state;
	(void)snprintf(root, sizeof root, "/tmp/dcvctl-unit.XXXXXX");
	return mkdtemp(root) != NULL && chdir(root) == 0 ? 0 : -1;
}

static int remove_root(void **state)
{
	static const char *const files[] = {"12.yaml", "no number.yaml", "big.yaml",
		"fifo.yaml", "plain", "d/a.yaml", "d/b.yaml", "d/.c.yaml", "d/e.yml"};

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		(void)unlink(files[i]);
	(void)rmdir("d");
	(void)rmdir("empty");
	return chdir("/") == 0 ? rmdir(root) : -1;
}

static void put(const char *path, const char *text, size_t n)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

static void put_order(const char *path, const char *id)
{
	char text[256];

	(void)snprintf(text, sizeof text, "%s%s%sca: digicert\nnames: [a.example]\n",
		id != NULL ? "order: " : "", id != NULL ? id : "", id != NULL ? "\n" : "");
	put(path, text, strlen(text));
}

static void load(struct fixture *f, const char *path, const char *id)
{
	dcv_orders_load(path, id, &f->arena, &f->orders, &f->diags);
}

static void test_number_of_a_file(void **state)
{
	struct fixture f;

	(void)state;
	put_order("12.yaml", NULL);
	put_order("plain", NULL);
	begin(&f);
	load(&f, "12.yaml", NULL);
	load(&f, "./plain", NULL);
	load(&f, "12.yaml", "77");
	assert_string_equal(report(&f), "");
	assert_int_equal(f.orders.n, 3);
	assert_string_equal(f.orders.items[0]->id, "12");
	assert_string_equal(f.orders.items[0]->file, "12.yaml");
	assert_string_equal(f.orders.items[1]->id, "plain");
	assert_string_equal(f.orders.items[2]->id, "77");
	end(&f);
	put_order("no number.yaml", NULL);
	begin(&f);
	load(&f, "no number.yaml", NULL);
	assert_string_equal(report(&f),
		"no number.yaml:1:1: order: \"no number\" is no order number: 1 to 128 letters, "
		"digits, `.`, `_`, `-`\n"
		"  write order: \"…\" with the number that the CA gave it\n");
	end(&f);
}

static void test_directory(void **state)
{
	struct fixture f;

	(void)state;
	assert_int_equal(mkdir("d", 0700), 0);
	put_order("d/b.yaml", NULL);
	put_order("d/a.yaml", NULL);
	put_order("d/.c.yaml", NULL);
	put_order("d/e.yml", NULL);
	begin(&f);
	load(&f, "d", NULL);
	assert_string_equal(report(&f), "");
	assert_int_equal(f.orders.n, 2);
	assert_string_equal(f.orders.items[0]->id, "a");
	assert_string_equal(f.orders.items[0]->file, "d/a.yaml");
	assert_string_equal(f.orders.items[1]->id, "b");
	end(&f);
}

static void test_empty_directory(void **state)
{
	struct fixture f;

	(void)state;
	assert_int_equal(mkdir("empty", 0700), 0);
	begin(&f);
	load(&f, "empty", NULL);
	assert_string_equal(report(&f),
		"empty:0:0: warning: no order files\n"
		"  the name of an order file ends in .yaml\n");
	assert_int_equal(f.diags.code, DCV_OK);
	end(&f);
}

static void test_one_number_in_two_files(void **state)
{
	struct fixture f;

	(void)state;
	put_order("12.yaml", "a");
	put_order("d/a.yaml", "a");
	put_order("d/b.yaml", "a");
	begin(&f);
	load(&f, "12.yaml", NULL);
	load(&f, "d", NULL);
	assert_string_equal(report(&f),
		"d/b.yaml:1:1: order: a of DigiCert is given twice: the other one is at "
		"d/a.yaml:1\n"
		"  keep one of them, or give each its own number with `order:`\n"
		"d/a.yaml:1:1: order: a of DigiCert is given twice: the other one is at "
		"12.yaml:1\n"
		"  keep one of them, or give each its own number with `order:`\n");
	assert_int_equal(f.orders.n, 1);
	assert_string_equal(f.orders.items[0]->file, "12.yaml");
	assert_int_equal(f.diags.code, DCV_E_ORDER);
	end(&f);
}

static void test_what_is_no_file(void **state)
{
	static char big[1024 * 1024 + 1];
	struct fixture f;

	(void)state;
	memset(big, '#', sizeof big);
	put("big.yaml", big, sizeof big);
	assert_int_equal(mkfifo("fifo.yaml", 0600), 0);
	begin(&f);
	load(&f, "big.yaml", NULL);
	load(&f, "fifo.yaml", NULL);
	load(&f, "not-there.yaml", NULL);
	load(&f, "/dev/zero", NULL);
	assert_int_equal(f.orders.n, 0);
	assert_int_equal(f.diags.n, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(f.diags.items[i].code, DCV_E_ORDER);
	assert_non_null(strstr(f.diags.items[0].text, "big.yaml"));
	assert_non_null(strstr(f.diags.items[2].text, "not-there.yaml"));
	end(&f);
}

static void from_records(struct fixture *f, const char *ca, const char *id,
	const char *const *records, size_t n)
{
	begin(f);
	dcv_order_from_records(ca, "huaweicloud-scm", id, records, n, 600, &f->arena,
		&f->orders, &f->diags);
}

static void test_records_of_the_command_line(void **state)
{
	static const char *const records[] = {"_x.example.com TXT \"a\\\\b\\\"c\"",
		"_y.example.com TXT abc"};
	struct fixture f, again;
	char wanted[512];

	(void)state;
	from_records(&f, "geotrust", "7", records, 2);
	assert_string_equal(report(&f), "");
	assert_int_equal(f.orders.n, 1);
	assert_int_equal(f.orders.items[0]->ttl_s, 600);
	assert_string_equal(f.orders.items[0]->ca_title, "GeoTrust (DigiCert)");
	(void)snprintf(wanted, sizeof wanted, "%s", claims(&f, f.orders.items[0]));
	assert_string_equal(wanted,
		"_x.example.com. TXT \"a\\\\b\\\"c\" (example.com.)\n"
		"_y.example.com. TXT \"abc\" (example.com.)\n"
		"names: example.com.\n");
	/* the document that the ledger keeps is the same order */
	assert_string_equal(claims(&again, good(&again, f.orders.items[0]->document)),
		wanted);
	assert_string_equal(again.orders.items[0]->id, "7");
	assert_string_equal(again.orders.items[0]->ca_title, "GeoTrust (DigiCert)");
	assert_string_equal(again.orders.items[0]->service->key, "huaweicloud-scm");
	assert_int_equal(again.orders.items[0]->ttl_s, 600);
	end(&again);
	end(&f);
}

static void test_mistakes_of_the_command_line(void **state)
{
	static const char *const records[] = {"_x TXT abc", "_x.example.com TXT abc",
		"_x.example.com CNAME a.b", "_y.example.com TXT \xff"};
	struct fixture f;

	(void)state;
	from_records(&f, NULL, NULL, records, 4);
	assert_string_equal(report(&f),
		":0:0: ca: missing\n"
		"  say --ca with the issuing CA, for example --ca digicert\n"
		":0:0: order: missing\n"
		"  say --order with its number\n"
		"--record 1:0:0: owner: \"_x\" is relative\n"
		"  write the whole name, or use {domain: …, host: …, type: …, value: …}\n"
		"--record 4:0:0: not UTF-8\n"
		"  write other octets as \\DDD\n"
		"--record 3:0:0: owner _x.example.com.: CNAME and TXT exclude each other: the "
		"other one is at --record 2\n"
		"  keep the one that the CA shows now\n");
	assert_int_equal(f.orders.n, 0);
	end(&f);
	from_records(&f, "digicert", "7", NULL, 0);
	assert_string_equal(report(&f),
		":0:0: records: missing\n  say --record 'OWNER TYPE VALUE'\n");
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_number_of_a_file),
		cmocka_unit_test(test_directory),
		cmocka_unit_test(test_empty_directory),
		cmocka_unit_test(test_one_number_in_two_files),
		cmocka_unit_test(test_what_is_no_file),
		cmocka_unit_test(test_records_of_the_command_line),
		cmocka_unit_test(test_mistakes_of_the_command_line),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
