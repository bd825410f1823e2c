/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What the tests of the configuration share: a directory, an environment, reading a text. */
#ifndef DCV_TESTS_CONFIG_TEST_H
#define DCV_TESTS_CONFIG_TEST_H

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "config/config.h"

struct fixture {
	struct dcv_arena arena;
	struct dcv_diags diags;
	struct dcv_config config;
	struct dcv_buf text;
	enum dcv_err rc;
};

static char root[64]; /* a fresh directory, the current one */

static inline int make_root(void **state)
{
	char dir[64];

	(void)state;
	(void)snprintf(dir, sizeof dir, "/tmp/dcvctl-unit.XXXXXX");
	/* As getcwd() names it, should /tmp be a link. */
	return mkdtemp(dir) != NULL && chdir(dir) == 0 && getcwd(root, sizeof root) != NULL
		? 0
		: -1;
}

static inline int remove_one(const char *path, const struct stat *st, int type,
	struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static inline int remove_root(void **state)
{
	(void)state;
	return chdir("/") == 0 ? nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS) : -1;
}

static inline int set_environment(void **state)
{
	static const char *const unset[] = {"DCVCTL_LEDGER", "DCVCTL_NAMESERVER",
		"DCVCTL_DEADLINE", "DCVCTL_LOCK_TIMEOUT", "XDG_CONFIG_HOME"};

	(void)state;
	for (size_t i = 0; i < sizeof unset / sizeof unset[0]; i++)
		if (unsetenv(unset[i]) != 0)
			return -1;
	/* This host may have a configuration. */
	return setenv("DCVCTL_CONFIG", "none", 1) +
		setenv("XDG_STATE_HOME", "/state", 1) + setenv("HOME", "/home/me", 1);
}

static inline void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static inline void make(struct fixture *f, const struct dcv_config_flags *flags)
{
	*f = (struct fixture){.rc = DCV_OK};
	dcv_buf_init(&f->text, 64 * 1024);
	f->rc = dcv_config_make(flags, &f->arena, &f->config, &f->diags);
}

static inline void read_yaml(struct fixture *f, const char *text)
{
	const struct dcv_config_flags flags = {.config = "c.yaml"};

	put("c.yaml", text);
	make(f, &flags);
}

static inline void end(struct fixture *f)
{
	dcv_buf_clear(&f->text);
	dcv_diags_clear(&f->diags);
	dcv_arena_clear(&f->arena);
}

static inline const char *report(struct fixture *f)
{
	dcv_buf_adds(&f->text, "");
	for (size_t i = 0; i < f->diags.n; i++) {
		const struct dcv_diag *diag = &f->diags.items[i];

		if (diag->line > 0 && strcmp(diag->where, "c.yaml") != 0)
			dcv_buf_addf(&f->text, "%s:", strrchr(diag->where, '/') + 1);
		if (diag->line > 0)
			dcv_buf_addf(&f->text, "%u:%u: ", diag->line, diag->column);
		dcv_buf_addf(&f->text, "%s\n", diag->text);
		if (diag->help[0] != '\0')
			dcv_buf_addf(&f->text, "  %s\n", diag->help);
	}
	return dcv_buf_text(&f->text);
}

static inline const struct dcv_config *good(struct fixture *f, const char *text)
{
	read_yaml(f, text);
	assert_string_equal(report(f), "");
	assert_int_equal(f->rc, DCV_OK);
	return &f->config;
}

static inline void bad(const char *text, const char *wanted)
{
	struct fixture f;

	read_yaml(&f, text);
	assert_string_equal(report(&f), wanted);
	assert_int_equal(f.rc, DCV_E_CONFIG);
	assert_null(f.config.ledger); /* untouched */
	end(&f);
}

static inline void bad_flags(const struct dcv_config_flags *flags, enum dcv_err rc,
	const char *wanted)
{
	struct fixture f;

	make(&f, flags);
	assert_string_equal(report(&f), wanted);
	assert_int_equal(f.rc, rc);
	end(&f);
}

static inline const char *in_root(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof path, "%s/%s", root, name);
	return path;
}

static inline const char *name_of(const struct dcv_name *name)
{
	static char text[DCV_NAME_TEXT_MAX];

	return dcv_name_text(name, text);
}

static inline size_t count_items(const struct dcv_config *config)
{
	const char *from;
	size_t n = 0;

	while (dcv_config_item(config, n, &from) != NULL)
		n++;
	return n;
}

/* The error of looking for a name. */
static inline const char *find_error(const struct dcv_config *config, const char *text)
{
	static struct dcv_error err;
	const struct dcv_binding *binding = NULL;
	struct dcv_name name = {.len = 0};

	err = (struct dcv_error){0};
	assert_int_equal(dcv_name_from(text, &name, NULL), DCV_OK);
	assert_int_equal(dcv_config_find(config, &name, &binding, &err), DCV_E_CONFIG);
	assert_null(binding);
	assert_null(dcv_config_binding(config, &name));
	return err.text;
}

/* The zone that holds a name; NULL: none does. */
static inline const struct dcv_binding *find(const struct dcv_config *config,
	const char *text)
{
	const struct dcv_binding *binding = NULL;
	struct dcv_name name = {.len = 0};
	struct dcv_error err = {0};

	assert_int_equal(dcv_name_from(text, &name, NULL), DCV_OK);
	if (dcv_config_find(config, &name, &binding, &err) != DCV_OK)
		fail_msg("%s: %s", text, err.text);
	return binding;
}

static inline void assert_setting(const struct dcv_config *config, const char *key,
	const char *value, const char *origin)
{
	const struct dcv_config_setting *settings;
	size_t n;

	settings = dcv_config_settings(config, &n);
	for (size_t i = 0; i < n; i++)
		if (strcmp(settings[i].key, key) == 0) {
			assert_string_equal(settings[i].value, value);
			assert_string_equal(settings[i].origin, origin);
			return;
		}
	fail_msg("no setting %s", key);
}

#endif
