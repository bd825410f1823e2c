/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what the catalogue of causes must be: whole, and fit for a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "check/cause.h"

#define LINES_MAX 25u
#define COLUMNS_MAX 79u

static void every_id_is_there(void **state)
{
	static const struct {
		char family;
		int first, last;
	} families[] = {{'P', 1, 17}, {'T', 20, 25}, {'A', 30, 39}, {'D', 40, 45},
		{'C', 50, 57}, {'M', 60, 67}};
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		for (int k = families[i].first; k <= families[i].last; k++, n++) {
			char id[8];

			snprintf(id, sizeof(id), "%c%02d", families[i].family, k);
			assert_non_null(dcv_cause_at(n));
			assert_string_equal(dcv_cause_at(n)->id, id);
			assert_string_equal(dcv_cause_ids()[n], id);
			assert_ptr_equal(dcv_cause_find(id), dcv_cause_at(n));
		}
	}
	assert_null(dcv_cause_at(n));
	assert_null(dcv_cause_ids()[n]);
	assert_non_null(dcv_cause_find("p04"));
	assert_null(dcv_cause_find("P18"));
	assert_null(dcv_cause_find(""));
}

static void pages_fit_a_terminal(void **state)
{
	(void)state;
	for (size_t i = 0; dcv_cause_at(i) != NULL; i++) {
		const char *id = dcv_cause_at(i)->id;
		struct dcv_buf page;
		size_t lines = 0, column = 0;

		dcv_buf_init(&page, 65536);
		dcv_cause_page(dcv_cause_at(i), &page);
		assert_false(page.failed);
		for (size_t k = 0; k < page.len; k++) {
			uint8_t c = page.data[k];

			assert_true(c == '\n' || (c >= ' ' && c < 0x7f) || c >= 0x80);
			if (c == '\n') {
				assert_true(k == 0 || page.data[k - 1] != ' ');
				lines++;
				column = 0;
			} else if ((c & 0xc0u) != 0x80u && ++column > COLUMNS_MAX) {
				fail_msg("%s, line %zu: too wide", id, lines + 1);
			}
		}
		assert_int_equal(column, 0);
		if (lines > LINES_MAX)
			fail_msg("%s: %zu lines", id, lines);
#define X(name) assert_null(strstr(dcv_buf_text(&page), "{" #name "}"));
		DCV_BLANK_MAP(X)
#undef X
		dcv_buf_clear(&page);
	}
}

static void entries_are_whole(void **state)
{
	(void)state;
	for (size_t i = 0; dcv_cause_at(i) != NULL; i++) {
		const struct dcv_cause *cause = dcv_cause_at(i);
		const char *remedy = cause->remedy;

		assert_true(strlen(cause->title) > 0 && strlen(cause->title) <= 70);
		assert_true(cause->title[strlen(cause->title) - 1] != '.');
		assert_true(strlen(cause->means) > 60 && strlen(cause->seen) > 10);
		assert_true(strlen(cause->way) > 20 && strlen(cause->source) > 5);
		assert_true(strncmp(remedy, "run: ", 5) == 0 ||
			strncmp(remedy, "write: ", 7) == 0 ||
			strncmp(remedy, "help: ", 6) == 0);
		assert_true(cause->step < DCV_STEPS);
	}
}

static void placeholders_are_filled(void **state)
{
	static const struct dcv_blanks blanks = {.owner = "_x.example.com", .zone = ""};
	struct dcv_buf buf;

	(void)state;
	dcv_buf_init(&buf, 1024);
	dcv_cause_fill("{owner}. {type} {zone}|{nobody} {} {value", &blanks, &buf);
	assert_string_equal(dcv_buf_text(&buf),
		"_x.example.com. TYPE |{nobody} {} {value");
	dcv_buf_clear(&buf);
}

/* --- what the code names ----------------------------------------------------------------- */

static bool is_id(const char *text)
{
	return strchr("PTADCM", text[0]) != NULL && text[0] != '\0' &&
		strchr("0123456789", text[1]) != NULL && text[1] != '\0' &&
		strchr("0123456789", text[2]) != NULL && text[2] != '\0';
}

/* Ids stand as "P04" or [P04] in the code. */
static size_t ids_in_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char line[4096];
	size_t n = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		for (const char *at = line; (at = strpbrk(at, "\"[")) != NULL; at++) {
			char id[4] = {0};

			if (!is_id(at + 1) || (at[4] != '"' && at[4] != ']'))
				continue;
			memcpy(id, at + 1, 3);
			n++;
			if (dcv_cause_find(id) == NULL)
				fail_msg("%s names %s, which is not in the catalogue",
					path, id);
		}
	}
	fclose(file);
	return n;
}

static bool is_code(const char *name)
{
	size_t len = strlen(name);

	return len > 2 && name[len - 2] == '.' && strchr("ch", name[len - 1]) != NULL;
}

static size_t ids_in_room(const char *path)
{
	struct dirent *entry;
	DIR *dir = opendir(path);
	char file[8192];
	size_t n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		if (is_code(entry->d_name))
			n += ids_in_file(file);
	}
	closedir(dir);
	return n;
}

static void ids_of_the_code_are_known(void **state)
{
	static const char *const rooms[] = {"src/apply", "src/check", "src/cmd",
		"src/config", "src/dns", "src/order", "src/plan", "zones"};
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%.*s%s",
			(int)(strstr(__FILE__, "tests/unit/") - __FILE__), __FILE__,
			rooms[i]);
		n += ids_in_room(path);
	}
	assert_true(n > 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_id_is_there),
		cmocka_unit_test(pages_fit_a_terminal),
		cmocka_unit_test(entries_are_whole),
		cmocka_unit_test(placeholders_are_filled),
		cmocka_unit_test(ids_of_the_code_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
