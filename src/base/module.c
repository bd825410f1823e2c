/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a shared object is opened and where ours may lie. It does not know what is
 * in it. */
#include "base/module.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/shell.h"

/* The program lies in the tree where it was built. Whoever may write there may also change the
 * program itself, so the module is no worse. */
static bool is_built_here(void)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	size_t len = strlen(DCV_BUILD_DIR);

	return n > (ssize_t)len && memcmp(exe, DCV_BUILD_DIR, len) == 0 && exe[len] == '/';
}

static void help_owner(const char *path, struct dcv_error *err)
{
	struct dcv_arena arena = {0};
	const char *typed = dcv_shell_word(&arena, path);

	if (typed != NULL)
		(void)dcv_help(err,
			"run: chown root %s; chmod go-w %s   (if you trust what it holds)",
			typed, typed);
	dcv_arena_clear(&arena);
}

/* Belongs to root, and nobody else may write to it. `code`: of the error. */
static enum dcv_err check_owner(const char *path, enum dcv_err code, struct dcv_error *err)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return dcv_fail(err, code, "%s: %m", path);
	if (st.st_uid == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return DCV_OK;
	(void)dcv_fail(err, code, "%s: must belong to root and be writable by root only",
		path);
	if (code == DCV_E_CONFIG)
		help_owner(path, err);
	return code;
}

const char *dcv_module_directory(void)
{
	return is_built_here() ? DCV_BUILD_DIR : DCV_MODULE_DIR;
}

static enum dcv_err find(const char *name, char *path, size_t cap, struct dcv_error *err)
{
	bool built = is_built_here();
	int n = snprintf(path, cap, "%s/dcv-%s.so", dcv_module_directory(), name);
	enum dcv_err rc = DCV_OK;

	if (n < 0 || (size_t)n >= cap)
		return dcv_fail(err, DCV_E_INTERNAL, "dcv-%s.so: the path is too long",
			name);
	if (!built)
		rc = check_owner(DCV_MODULE_DIR, DCV_E_UNVERIFIED, err);
	if (rc == DCV_OK && !built)
		rc = check_owner(path, DCV_E_UNVERIFIED, err);
	return rc;
}

/* dlsym may return NULL for a symbol that is there, but ours never is. */
static const struct dcv_module_head *entry_of(void *handle, const char *name)
{
	char symbol[64];
	int n = snprintf(symbol, sizeof(symbol), "dcv_module_%s", name);

	return n > 0 && (size_t)n < sizeof(symbol) ? dlsym(handle, symbol) : NULL;
}

/* NULL with an error of this code. */
static void *open_object(const char *path, enum dcv_err code, struct dcv_error *err)
{
	/* Libraries behind a module keep threads' data and hooks at exit, so it is never unmapped. */
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	const char *why;

	if (handle != NULL)
		return handle;
	why = dlerror();
	(void)dcv_fail(err, code, "%s: cannot be opened: %s", path,
		why != NULL ? why : "unknown reason");
	return NULL;
}

static enum dcv_err load(const char *path, const char *name, uint32_t size, uint32_t abi,
	struct dcv_module *ret, struct dcv_error *err)
{
	struct dcv_module module = {.handle = open_object(path, DCV_E_UNVERIFIED, err)};

	if (module.handle == NULL)
		return DCV_E_UNVERIFIED;
	module.entry = entry_of(module.handle, name);
	if (module.entry == NULL || module.entry->abi != abi || module.entry->size < size) {
		dcv_module_close(&module);
		return dcv_fail(err, DCV_E_UNVERIFIED,
			"%s: is of another version of dcvctl", path);
	}
	*ret = module;
	return DCV_OK;
}

enum dcv_err dcv_module_open(const char *name, uint32_t size, uint32_t abi,
	struct dcv_module *ret, struct dcv_error *err)
{
	char path[PATH_MAX];
	enum dcv_err rc = find(name, path, sizeof(path), err);

	if (rc == DCV_OK)
		rc = load(path, name, size, abi, ret, err);
	if (rc == DCV_E_UNVERIFIED)
		(void)dcv_help(err,
			"help: install dcvctl again as a whole, with %s/dcv-%s.so, and the "
			"library lib%s",
			DCV_MODULE_DIR, name, name);
	return rc;
}

enum dcv_err dcv_module_look(const char *name, struct dcv_module *ret,
	const struct dcv_module_about **ret_about, struct dcv_error *err)
{
	struct dcv_module module = {.handle = NULL};
	char path[PATH_MAX];
	enum dcv_err rc = find(name, path, sizeof(path), err);

	if (rc != DCV_OK)
		return rc;
	module.handle = open_object(path, DCV_E_UNVERIFIED, err);
	if (module.handle == NULL)
		return DCV_E_UNVERIFIED;
	module.entry = entry_of(module.handle, name);
	*ret_about = dlsym(module.handle, "dcv_module_about");
	if (module.entry == NULL || *ret_about == NULL) {
		dcv_module_close(&module);
		return dcv_fail(err, DCV_E_UNVERIFIED,
			"%s: is of another version of dcvctl", path);
	}
	*ret = module;
	return DCV_OK;
}

void dcv_module_close(struct dcv_module *module)
{
	if (module->handle != NULL)
		(void)dlclose(module->handle);
	*module = (struct dcv_module){.handle = NULL};
}

#define PLUGINS "providers"

enum dcv_err dcv_plugin_directory(char *path, size_t cap, struct dcv_error *err)
{
	int n = snprintf(path, cap, "%s/" PLUGINS, dcv_module_directory());

	return n > 0 && (size_t)n < cap
		? DCV_OK
		: dcv_fail(err, DCV_E_INTERNAL, PLUGINS ": the path is too long");
}

/* The path of a plugin whose file and directories nobody but root can change. */
static enum dcv_err find_plugin(const char *file, char *path, size_t cap,
	struct dcv_error *err)
{
	enum dcv_err rc = dcv_plugin_directory(path, cap, err);
	bool built = is_built_here();
	size_t len;
	int n;

	if (rc == DCV_OK && !built)
		rc = check_owner(DCV_MODULE_DIR, DCV_E_CONFIG, err);
	if (rc == DCV_OK && !built)
		rc = check_owner(path, DCV_E_CONFIG, err);
	if (rc != DCV_OK)
		return rc;
	len = strlen(path);
	n = snprintf(path + len, cap - len, "/%s", file);
	if (n < 0 || (size_t)n >= cap - len)
		return dcv_fail(err, DCV_E_CONFIG, "%s: the path is too long", file);
	return built ? DCV_OK : check_owner(path, DCV_E_CONFIG, err);
}

enum dcv_err dcv_plugin_open(const char *file, const char *symbol, struct dcv_plugin *ret,
	struct dcv_error *err)
{
	struct dcv_plugin plugin = {.handle = NULL};
	char path[PATH_MAX];
	enum dcv_err rc = find_plugin(file, path, sizeof(path), err);

	if (rc != DCV_OK)
		return rc;
	plugin.handle = open_object(path, DCV_E_CONFIG, err);
	if (plugin.handle == NULL)
		return DCV_E_CONFIG;
	plugin.entry = dlsym(plugin.handle, symbol);
	if (plugin.entry == NULL) {
		dcv_plugin_close(&plugin);
		return dcv_fail(err, DCV_E_CONFIG,
			"%s: not a provider of this version: it has no %s", path, symbol);
	}
	*ret = plugin;
	return DCV_OK;
}

void dcv_plugin_close(struct dcv_plugin *plugin)
{
	if (plugin->handle != NULL)
		(void)dlclose(plugin->handle);
	*plugin = (struct dcv_plugin){.handle = NULL};
}
