/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Where modules and plugins may lie, and whose they must be. The file itself is compiled in here,
 * with directories of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char module_dir[64], build_dir[64];

#undef DCV_MODULE_DIR
#undef DCV_BUILD_DIR
#define DCV_MODULE_DIR module_dir
#define DCV_BUILD_DIR build_dir
#include "base/module.c"

#include "base/file.h"

static char so_path[PATH_MAX], path[128];

/* The module that was built, three directories above this program. */
static int find_so(void **state)
{
	ssize_t n = readlink("/proc/self/exe", so_path, sizeof(so_path) - 32);

	(void)state;
	assert_true(n > 0);
	so_path[n] = '\0';
	for (int up = 0; up < 4; up++)
		*strrchr(so_path, '/') = '\0';
	(void)strcat(so_path, "/dcv-unbound.so");
	return access(so_path, R_OK);
}

static void copy_as(const char *name)
{
	struct dcv_buf file;

	dcv_buf_init(&file, 16u << 20);
	assert_int_equal(dcv_file_read(so_path, &file, NULL), DCV_OK);
	(void)snprintf(path, sizeof(path), "%s/%s", module_dir, name);
	(void)unlink(path); /* a module stays mapped: its file is not written over */
	assert_int_equal(dcv_file_write(path, file.data, file.len, 0644, true, NULL),
		DCV_OK);
	dcv_buf_clear(&file);
}

static int make_dir(void **state)
{
	(void)state;
	(void)snprintf(module_dir, sizeof(module_dir), "/tmp/dcv-module-XXXXXX");
	(void)snprintf(build_dir, sizeof(build_dir), "/nowhere");
	return mkdtemp(module_dir) != NULL && chmod(module_dir, 0755) == 0 ? 0 : -1;
}

static int remove_dir(void **state)
{
	char plugins[96];

	(void)state;
	(void)unlink(path);
	(void)snprintf(plugins, sizeof(plugins), "%s/" PLUGINS, module_dir);
	(void)rmdir(plugins);
	return rmdir(module_dir);
}

static struct dcv_error err;

static enum dcv_err try_open(const char *name, uint32_t size, uint32_t abi)
{
	struct dcv_module module = {.handle = NULL};
	enum dcv_err rc;

	err = (struct dcv_error){.code = DCV_OK};
	rc = dcv_module_open(name, size, abi, &module, &err);
	if (rc != DCV_OK) {
		assert_null(module.handle);
		assert_int_equal(rc, DCV_E_UNVERIFIED);
		assert_non_null(strstr(err.help, "install"));
	}
	dcv_module_close(&module);
	assert_null(module.handle);
	return rc;
}

/* Run by another than root, what the test made is not root's, and that comes first. */
static void assert_refused(const char *name, uint32_t size, uint32_t abi, const char *says)
{
	const char *wanted = geteuid() == 0 || strcmp(says, "No such file") == 0
		? says
		: "must belong to root";

	assert_int_equal(try_open(name, size, abi), DCV_E_UNVERIFIED);
	if (strstr(err.text, wanted) == NULL)
		fail_msg("`%s` does not say `%s`", err.text, wanted);
}

static void opened(void **state)
{
	(void)state;
	copy_as("dcv-unbound.so");
	assert_int_equal(try_open("unbound", 8, 2),
		geteuid() == 0 ? DCV_OK : DCV_E_UNVERIFIED);
}

static void missing(void **state)
{
	(void)state;
	assert_refused("unbound", 8, 2, "No such file");
}

static void of_others(void **state)
{
	(void)state;
	copy_as("dcv-unbound.so");
	assert_int_equal(chmod(path, 0664), 0);
	assert_refused("unbound", 8, 2, "must belong to root");
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(chmod(module_dir, 0757), 0);
	assert_refused("unbound", 8, 2, "must belong to root");
	assert_int_equal(chmod(module_dir, 0755), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 1, 1), 0);
		assert_refused("unbound", 8, 2, "must belong to root");
	}
}

/* Only a program that lies there takes it from the tree where it was built. */
static void built_elsewhere(void **state)
{
	(void)state;
	(void)snprintf(build_dir, sizeof(build_dir), "%s", module_dir);
	copy_as("dcv-unbound.so");
	assert_int_equal(chmod(path, 0664), 0);
	assert_refused("unbound", 8, 2, "must belong to root");
}

static void other_version(void **state)
{
	(void)state;
	copy_as("dcv-unbound.so");
	assert_refused("unbound", 8, 3, "another version");
	assert_refused("unbound", 4096, 1, "another version");
}

static void other_file(void **state)
{
	(void)state;
	copy_as("dcv-other.so");
	assert_refused("other", 8, 1, "another version");
}

/* At a path of its own: what was opened once stays mapped, and dlopen knows it by its path. */
static void no_shared_object(void **state)
{
	(void)state;
	(void)snprintf(path, sizeof(path), "%s/dcv-text.so", module_dir);
	assert_int_equal(dcv_file_write(path,
				 "\x7f"
				 "ELF",
				 4, 0644, true, NULL),
		DCV_OK);
	assert_refused("text", 8, 1, "cannot be opened");
}

/* A plugin's file is looked at before its code is run. */
static void plugin_of_others(void **state)
{
	struct dcv_plugin plugin;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/" PLUGINS, module_dir);
	assert_int_equal(mkdir(path, 0755), 0);
	copy_as(PLUGINS "/dcvp-x.so");
	assert_int_equal(chmod(path, 0664), 0);
	err = (struct dcv_error){.code = DCV_OK};
	assert_int_equal(dcv_plugin_open("dcvp-x.so", "x", &plugin, &err), DCV_E_CONFIG);
	assert_non_null(strstr(err.text, "must belong to root"));
	assert_non_null(strstr(err.help, "run: chown root "));
}

/* A module of whatever ABI is told of; the rules for who may lie there are the same. */
static void looked_at(void **state)
{
	const struct dcv_module_about *about = NULL;
	struct dcv_module module = {.handle = NULL};
	bool root = geteuid() == 0;

	(void)state;
	copy_as("dcv-unbound.so");
	err = (struct dcv_error){.code = DCV_OK};
	assert_int_equal(dcv_module_look("unbound", &module, &about, &err),
		root ? DCV_OK : DCV_E_UNVERIFIED);
	if (root) {
		assert_int_equal(module.entry->abi, 2);
		assert_string_equal(about->libraries[0].name, "libunbound");
		assert_non_null(about->libraries[0].version());
		assert_null(about->libraries[1].name);
	}
	dcv_module_close(&module);
	assert_int_equal(chmod(path, 0664), 0);
	err = (struct dcv_error){.code = DCV_OK};
	assert_int_equal(dcv_module_look("unbound", &module, &about, &err),
		DCV_E_UNVERIFIED);
	assert_non_null(strstr(err.text, "must belong to root"));
	assert_null(module.handle);
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(opened),
		IN_DIR(missing),
		IN_DIR(of_others),
		IN_DIR(built_elsewhere),
		IN_DIR(other_version),
		IN_DIR(other_file),
		IN_DIR(no_shared_object),
		IN_DIR(plugin_of_others),
		IN_DIR(looked_at),
	};

	return cmocka_run_group_tests(tests, find_so, NULL);
}
