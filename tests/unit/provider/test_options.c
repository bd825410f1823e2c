/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* An account's keys against what its provider declares, what open() is handed, and secrets:
 * where they come from, and that nobody sees them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "provider/internal.h"
#include "provider/options.h"

#define KEY "c2VjcmV0c2VjcmV0c2VjcmV0"

static char root[] = "/tmp/dcv-options-XXXXXX";
static struct dcv_arena arena;
static struct dcv_diags diags;

static const char *const words[] = {"one", "two", NULL};
static const char *const variables[] = {"DCV_TEST_KEY", NULL};
static const char *const server_variables[] = {"DCV_TEST_SERVERS", NULL};
static const struct dcvp_option options[] = {{.key = "zone", .required = 1},
	{.key = "key",
		.kind = DCVP_OPTION_SECRET,
		.required = 1,
		.environment = variables,
		.help = "who we are"},
	{.key = "server",
		.kind = DCVP_OPTION_ADDRESS,
		.many = 1,
		.environment = server_variables},
	{.key = "word", .kind = DCVP_OPTION_WORD, .words = words},
	{.key = "yes", .kind = DCVP_OPTION_YES},
	{.key = "number", .kind = DCVP_OPTION_NUMBER, .min = 1, .max = 9},
	{.key = "wait", .kind = DCVP_OPTION_DURATION, .max = 60000, .fallback = "5s"},
	{.key = "path", .kind = DCVP_OPTION_PATH}, {.key = "url", .kind = DCVP_OPTION_URL},
	{.key = "run", .kind = DCVP_OPTION_COMMAND}, {.key = "text"},
	{.key = "more", .kind = DCVP_OPTION_SECRET, .many = 1}, {.key = NULL}};
static const struct dcvp_capabilities capabilities = {.struct_size = sizeof(capabilities),
	.needs_zone = 1};
static const struct dcvp_provider provider = {.struct_size = sizeof(provider),
	.abi = DCVP_ABI,
	.name = "test",
	.options = options,
	.capabilities = &capabilities};

/* Every setting has a place of its own: its line. */
static struct dcv_setting settings[8];
static struct dcv_place places[8][2];
static const char *values[8][3];

static struct dcv_backend_config account_of(size_t n)
{
	return (struct dcv_backend_config){.name = "acc",
		.account = "acc",
		.provider = "test",
		.directory = root,
		.place = {"c.yaml", 1, 1},
		.settings = settings,
		.n_settings = n};
}

static void set(size_t i, const char *key, const char *source, const char *value,
	const char *second)
{
	values[i][0] = value;
	values[i][1] = second;
	places[i][0] = places[i][1] = (struct dcv_place){"c.yaml", (unsigned)i + 2, 9};
	settings[i] = (struct dcv_setting){.key = key,
		.kind = source != NULL   ? DCV_SETTING_SOURCE
			: second != NULL ? DCV_SETTING_LIST
					 : DCV_SETTING_TEXT,
		.source = source,
		.n = second != NULL ? 2 : 1,
		.values = values[i],
		.place = {"c.yaml", (unsigned)i + 2, 3},
		.places = places[i]};
}

static int clean(void **state)
{
	(void)state;
	dcv_arena_clear(&arena);
	dcv_diags_clear(&diags);
	return 0;
}

/* One wrong setting beside the key: what is said of it. */
static void wrong(const char *key, const char *source, const char *value,
	const char *second, const char *text)
{
	struct dcv_backend_config account;

	set(0, "key", "env", "DCV_TEST_KEY", NULL);
	set(1, key, source, value, second);
	account = account_of(2);
	assert_false(dcv_account_check(&provider, &account, &arena, &diags));
	assert_int_equal(diags.n, 1);
	assert_string_equal(diags.items[0].text, text);
	assert_string_equal(diags.items[0].where, "c.yaml");
	assert_int_equal(diags.items[0].line, 3);
	assert_int_equal(diags.items[0].code, DCV_E_CONFIG);
	assert_true(diags.items[0].help[0] != '\0' || strcmp(key, "text") == 0);
	(void)clean(NULL);
}

static void test_what_may_not_stand(void **state)
{
	(void)state;
	wrong("sever", NULL, "192.0.2.1", NULL, "sever: unknown key of provider test");
	wrong("zone", NULL, "example.com", NULL, "zone: unknown key of provider test");
	wrong("server", NULL, "ns1.example", NULL,
		"server: \"ns1.example\": not an address");
	wrong("server", NULL, "192.0.2.1", "x", "server: \"x\": not an address");
	wrong("word", NULL, "three", NULL, "word: \"three\": unknown");
	wrong("yes", NULL, "on", NULL, "yes: \"on\": unknown");
	wrong("number", NULL, "10", NULL, "number: \"10\": out of range");
	wrong("number", NULL, "-1", NULL, "number: \"-1\": not a number");
	wrong("wait", NULL, "2m", NULL, "wait: \"2m\": out of range");
	wrong("run", NULL, "ls", NULL,
		"run: must be a list of a program and its arguments");
	wrong("text", NULL, "", NULL, "text: empty");
	wrong("text", NULL, "a\rb", NULL, "text: holds a control character");
	wrong("insecure_http", NULL, "maybe", NULL, "insecure_http: \"maybe\": unknown");
}

static void test_urls(void **state)
{
	static const char plain[] =
		"url: \"%s\": http: what is sent, secrets too, could be read on the way";
	static const char *const refused[] = {"http://api.example/", "http://127.example/",
		"http://127.0.0.1.example/", "http://localhost.example/"};
	static const char *const taken[] = {"https://api.example/v1",
		"http://localhost:8081/", "http://127.0.0.1", "http://[::1]:80/x"};
	struct dcv_backend_config account;
	char text[160];

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		(void)snprintf(text, sizeof(text), plain, refused[i]);
		wrong("url", NULL, refused[i], NULL, text);
	}
	wrong("url", NULL, "ftp://x/", NULL, "url: not a URL");
	wrong("url", NULL, "https:///x", NULL, "url: not a URL");
	wrong("url", NULL, "https://u:pw@x/", NULL,
		"url: a user or password may not stand in a URL");
	set(0, "key", "env", "DCV_TEST_KEY", NULL);
	account = account_of(2);
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		set(1, "url", NULL, taken[i], NULL);
		assert_true(dcv_account_check(&provider, &account, &arena, &diags));
	}
	set(1, "url", NULL, "http://api.example/", NULL);
	set(2, "insecure_http", NULL, "yes", NULL);
	account = account_of(3);
	assert_true(dcv_account_check(&provider, &account, &arena, &diags));
}

/* A secret that was written out is an error which does not repeat it. */
static void test_secret_is_not_written_out(void **state)
{
	struct dcv_backend_config account = account_of(2);

	(void)state;
	set(0, "key", NULL, KEY, NULL);
	set(1, "text", "file", "x", NULL);
	assert_false(dcv_account_check(&provider, &account, &arena, &diags));
	assert_int_equal(diags.n, 2);
	for (size_t i = 0; i < diags.n; i++) {
		assert_null(strstr(diags.items[i].text, KEY));
		assert_null(strstr(diags.items[i].help, KEY));
	}
	assert_string_equal(diags.items[1].text,
		"text: not a secret: must be written out");
}

static void test_missing(void **state)
{
	struct dcv_backend_config account = account_of(0);

	(void)state;
	assert_false(dcv_account_check(&provider, &account, &arena, &diags));
	assert_int_equal(diags.n, 1);
	assert_string_equal(diags.items[0].text, "account acc: key: missing");
	assert_string_equal(diags.items[0].help, "add key: who we are");
	account.from_environment = true;
	assert_false(dcv_account_check(&provider, &account, &arena, &diags));
	assert_string_equal(diags.items[1].help, "set DCV_TEST_KEY: who we are");
}

static const char *value_of(const struct dcv_settings *from, const char *key, size_t i)
{
	for (size_t k = 0; k < from->n; k++)
		if (strcmp(from->items[k].key, key) == 0) {
			assert_true(i < from->items[k].n);
			assert_null(from->items[k].values[from->items[k].n]);
			return from->items[k].values[i];
		}
	return NULL;
}

static struct dcv_settings settings_of(const struct dcv_backend_config *account,
	struct dcv_secrets *secrets)
{
	struct dcv_settings made = {.n = 0};
	struct dcv_error err = {0};

	if (dcv_account_settings(&provider, account, "example.com.", &dcv_clock_system,
		    INT64_MAX, &arena, secrets, &made, &err) != DCV_OK)
		fail_msg("%s", err.text);
	return made;
}

static void test_what_open_is_handed(void **state)
{
	struct dcv_backend_config account = account_of(6);
	struct dcv_secrets secrets = {.n = 0};
	struct dcv_settings made;
	char path[64];

	(void)state;
	assert_int_equal(setenv("DCV_TEST_KEY", KEY, 1), 0);
	set(0, "key", "env", "DCV_TEST_KEY", NULL);
	set(1, "server", NULL, "192.0.2.1", "[2001:db8::1]:53");
	set(2, "yes", NULL, "true", NULL);
	set(3, "path", NULL, "sub/file", NULL);
	set(4, "run", "command", "prog", "{zone}");
	set(5, "insecure_http", NULL, "yes", NULL);
	made = settings_of(&account, &secrets);
	(void)snprintf(path, sizeof(path), "%s/sub/file", root);
	assert_string_equal(value_of(&made, "zone", 0), "example.com.");
	assert_string_equal(value_of(&made, "key", 0), KEY);
	assert_string_equal(value_of(&made, "server", 1), "[2001:db8::1]:53");
	assert_string_equal(value_of(&made, "yes", 0), "yes");
	assert_string_equal(value_of(&made, "path", 0), path);
	assert_string_equal(value_of(&made, "run", 1), "{zone}");
	assert_string_equal(value_of(&made, "wait", 0), "5000");
	assert_null(value_of(&made, "text", 0));
	assert_null(value_of(&made, "insecure_http", 0));
	made.items = made.host;
	made.n = made.n_host;
	assert_string_equal(value_of(&made, "insecure_http", 0), "yes");
	dcv_secrets_clear(&secrets);
}

/* A list of sources is a setting each; where one is wanted the second is an error. */
static void test_lists_of_secrets(void **state)
{
	struct dcv_backend_config account = account_of(3);
	struct dcv_secrets secrets = {.n = 0};
	struct dcv_settings made;

	(void)state;
	assert_int_equal(setenv("DCV_TEST_KEY", KEY, 1), 0);
	assert_int_equal(setenv("DCV_TEST_OTHER", "another", 1), 0);
	set(0, "key", "env", "DCV_TEST_KEY", NULL);
	set(1, "more", "env", "DCV_TEST_OTHER", NULL);
	set(2, "more", "env", "DCV_TEST_KEY", NULL);
	assert_true(dcv_account_check(&provider, &account, &arena, &diags));
	made = settings_of(&account, &secrets);
	assert_string_equal(value_of(&made, "more", 0), "another");
	assert_string_equal(value_of(&made, "more", 1), KEY);
	dcv_secrets_clear(&secrets);
	set(1, "key", "env", "DCV_TEST_OTHER", NULL);
	assert_false(dcv_account_check(&provider, &account, &arena, &diags));
	assert_string_equal(diags.items[0].text, "key: must be one, not a list");
	assert_int_equal(diags.items[0].line, 3);
}

static void test_environment_of_the_vendor(void **state)
{
	struct dcv_backend_config account = account_of(0);
	struct dcv_secrets secrets = {.n = 0};
	struct dcv_settings made;

	(void)state;
	account.from_environment = true;
	assert_int_equal(setenv("DCV_TEST_KEY", KEY, 1), 0);
	assert_int_equal(setenv("DCV_TEST_SERVERS", "192.0.2.1, 192.0.2.2", 1), 0);
	assert_true(dcv_account_check(&provider, &account, &arena, &diags));
	made = settings_of(&account, &secrets);
	assert_string_equal(value_of(&made, "key", 0), KEY);
	assert_string_equal(value_of(&made, "server", 0), "192.0.2.1");
	assert_string_equal(value_of(&made, "server", 1), "192.0.2.2");
	assert_int_equal(unsetenv("DCV_TEST_SERVERS"), 0);
	dcv_secrets_clear(&secrets);
}

static void write_file(const char *name, const char *text, size_t n, mode_t mode)
{
	int dir = open(root, O_DIRECTORY | O_RDONLY), fd;

	(void)unlinkat(dir, name, 0);
	fd = openat(dir, name, O_CREAT | O_EXCL | O_WRONLY, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), n);
	assert_int_equal(fchmod(fd, mode), 0);
	(void)close(fd);
	(void)close(dir);
}

static enum dcv_err read_secret(const char *source, const char *value, const char *second,
	struct dcv_secrets *to, const char **ret, struct dcv_error *err)
{
	*err = (struct dcv_error){0};
	set(0, "key", source, value, second);
	return dcv_secret_read(&settings[0], root, &dcv_clock_system, INT64_MAX, to, ret,
		err);
}

static void test_files_of_secrets(void **state)
{
	struct dcv_secrets secrets = {.n = 0};
	char big[DCV_SECRET_MAX + 2];
	const char *value = NULL;
	struct dcv_error err;

	(void)state;
	write_file("good", KEY "\n", strlen(KEY) + 1, 0600);
	assert_int_equal(read_secret("file", "good", NULL, &secrets, &value, &err),
		DCV_OK);
	assert_string_equal(value, KEY);
	for (mode_t bit = 1; bit <= 040; bit <<= 1) {
		write_file("open", KEY, strlen(KEY), 0600 | bit);
		assert_int_equal(read_secret("file", "open", NULL, &secrets, &value, &err),
			DCV_E_CONFIG);
		assert_non_null(strstr(err.text, "a secret that others may read"));
		assert_non_null(strstr(err.help, "run: chmod 600 "));
	}
	write_file("empty", "\n", 1, 0600);
	assert_int_equal(read_secret("file", "empty", NULL, &secrets, &value, &err),
		DCV_E_CONFIG);
	write_file("nul", "a\0b", 3, 0600);
	assert_int_equal(read_secret("file", "nul", NULL, &secrets, &value, &err),
		DCV_E_CONFIG);
	memset(big, 'x', sizeof(big));
	write_file("big", big, sizeof(big), 0600);
	assert_int_equal(read_secret("file", "big", NULL, &secrets, &value, &err),
		DCV_E_CONFIG);
	assert_int_equal(read_secret("file", root, NULL, &secrets, &value, &err),
		DCV_E_CONFIG);
	assert_int_equal(read_secret("file", "none", NULL, &secrets, &value, &err),
		DCV_E_CONFIG);
	dcv_secrets_clear(&secrets);
	assert_null(secrets.items);
}

static void test_commands_of_secrets(void **state)
{
	struct dcv_secrets secrets = {.n = 0};
	const char *value = NULL;
	struct dcv_error err;

	(void)state;
	assert_int_equal(read_secret("command", "echo", KEY, &secrets, &value, &err),
		DCV_OK);
	assert_string_equal(value, KEY);
	assert_int_equal(read_secret("command", "false", NULL, &secrets, &value, &err),
		DCV_E_CONFIG);
	assert_non_null(strstr(err.text, "exit status 1"));
	assert_int_equal(
		read_secret("command", "/nonexistent", NULL, &secrets, &value, &err),
		DCV_E_CONFIG);
	dcv_secrets_clear(&secrets);
}

static void test_hidden(void **state)
{
	struct dcv_secrets secrets = {.n = 0};
	const char *value;
	char line[128] = "GET /?k=hunter2&l=hunter2 with " KEY "== and rest",
	     small[12] = "xxxxhunter2";

	(void)state;
	assert_true(dcv_secrets_add(&secrets, "hunter2", &value));
	assert_true(
		dcv_secrets_add(&secrets, "key \"a\" { secret \"" KEY "==\"; };", &value));
	dcv_secrets_hide(&secrets, line, sizeof(line));
	assert_string_equal(line, "GET /?k=[hidden]&l=[hidden] with [hidden] and rest");
	dcv_secrets_hide(&secrets, small, sizeof(small));
	assert_string_equal(small, "xxxx");
	dcv_secrets_clear(&secrets);
}

static int make_root(void **state)
{
	(void)state;
	return mkdtemp(root) == NULL;
}

static int remove_root(void **state)
{
	static const char *const names[] = {"good", "open", "empty", "nul", "big"};
	int dir = open(root, O_DIRECTORY | O_RDONLY);

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlinkat(dir, names[i], 0);
	(void)close(dir);
	return rmdir(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_what_may_not_stand, clean),
		cmocka_unit_test_teardown(test_urls, clean),
		cmocka_unit_test_teardown(test_secret_is_not_written_out, clean),
		cmocka_unit_test_teardown(test_missing, clean),
		cmocka_unit_test_teardown(test_what_open_is_handed, clean),
		cmocka_unit_test_teardown(test_environment_of_the_vendor, clean),
		cmocka_unit_test_teardown(test_lists_of_secrets, clean),
		cmocka_unit_test_teardown(test_files_of_secrets, clean),
		cmocka_unit_test_teardown(test_commands_of_secrets, clean),
		cmocka_unit_test_teardown(test_hidden, clean)};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
