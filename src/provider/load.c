/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows where providers come from and what each must have. It does not know what they
 * do. */
#include "provider/load.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/module.h"
#include "base/yaml.h"
#include "provider/internal.h"

#define PREFIX "dcvp-"
#define SUFFIX ".so"
#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-"
#define NAME_MAX_LEN 32u

struct loaded {
	struct loaded *next;
	struct dcv_plugin plugin;
	const struct dcvp_provider *provider;
};

struct dcv_providers {
	const struct dcvp_provider *const *builtins;
	struct dcv_services *services;
	pthread_mutex_t mutex; /* of `loaded` */
	struct loaded *loaded;
};

enum dcv_err dcv_providers_make(const struct dcvp_provider *const *builtins,
	struct dcv_providers **ret, struct dcv_error *err)
{
	struct dcv_providers *providers = calloc(1, sizeof(*providers));

	if (providers == NULL)
		return dcv_nomem(err);
	providers->builtins = builtins;
	if (dcv_services_make(&providers->services, err) != DCV_OK ||
		pthread_mutex_init(&providers->mutex, NULL) != 0) {
		dcv_services_close(providers->services);
		free(providers);
		return dcv_nomem(err);
	}
	*ret = providers;
	return DCV_OK;
}

static void drop(struct loaded *loaded)
{
	dcv_plugin_close(&loaded->plugin);
	free(loaded);
}

void dcv_providers_close(struct dcv_providers *providers)
{
	struct loaded *next;

	if (providers == NULL)
		return;
	for (struct loaded *l = providers->loaded; l != NULL; l = next) {
		next = l->next;
		drop(l);
	}
	(void)pthread_mutex_destroy(&providers->mutex);
	dcv_services_close(providers->services);
	free(providers);
}

struct dcv_services *dcv_providers_services(struct dcv_providers *providers)
{
	return providers->services;
}

static const char *missing(const struct dcvp_provider *p)
{
	if (p->open == NULL || p->close == NULL)
		return "it has no open or no close";
	if (p->find_zone == NULL)
		return "it has no find_zone";
	if (p->read == NULL && (p->capabilities == NULL || p->capabilities->no_read == 0))
		return "it has no read";
	if (p->apply == NULL)
		return "it has no apply";
	if (p->capabilities == NULL || p->capabilities->struct_size == 0)
		return "it declares no capabilities";
	return p->options == NULL ? "it declares no options" : NULL;
}

bool dcv_provider_is_whole(const struct dcvp_provider *provider, const char **ret_why)
{
	if (provider->abi != DCVP_ABI)
		*ret_why = "it was made for another version of the provider interface";
	else if (!DCV_PROVIDER_HAS(provider, apply))
		*ret_why = "its description is too short";
	else
		*ret_why = missing(provider);
	return *ret_why == NULL;
}

struct dcvp_capabilities dcv_provider_capabilities(const struct dcvp_provider *provider)
{
	struct dcvp_capabilities ret = {0};
	const struct dcvp_capabilities *from = provider->capabilities;

	if (from != NULL)
		memcpy(&ret, from,
			from->struct_size < sizeof(ret) ? from->struct_size : sizeof(ret));
	return ret;
}

struct dcv_rate dcv_provider_rate(const struct dcvp_provider *provider)
{
	if (!DCV_PROVIDER_HAS(provider, rate_s) || provider->rate_requests == 0 ||
		provider->rate_s == 0)
		return dcv_rate_default;
	return (struct dcv_rate){provider->rate_requests,
		(int64_t)provider->rate_s * 1000};
}

static const struct dcvp_provider *find_here(const struct dcv_providers *providers,
	const char *name)
{
	for (const struct dcvp_provider *const *p = providers->builtins; *p != NULL; p++)
		if (strcmp((*p)->name, name) == 0)
			return *p;
	for (const struct loaded *l = providers->loaded; l != NULL; l = l->next)
		if (strcmp(l->provider->name, name) == 0)
			return l->provider;
	return NULL;
}

static bool is_name(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= NAME_MAX_LEN && strspn(name, NAME_LETTERS) == len;
}

/* What the shared object's entry symbol gives, looked at. */
static enum dcv_err take_entry(struct loaded *loaded, const char *name,
	struct dcv_error *err)
{
	const struct dcvp_provider *provider;
	const char *why = NULL;
	dcvp_entry entry;

	/* ISO C knows no conversion from an object's to a function's address; POSIX promises it. */
	memcpy(&entry, &loaded->plugin.entry, sizeof(entry));
	provider = entry();
	if (provider == NULL)
		why = "it gives no provider";
	else if (dcv_provider_is_whole(provider, &why) &&
		(provider->name == NULL || strcmp(provider->name, name) != 0))
		why = "it calls itself by another name than its file";
	if (why == NULL) {
		loaded->provider = provider;
		return DCV_OK;
	}
	(void)dcv_fail(err, DCV_E_CONFIG, "provider %s: " PREFIX "%s" SUFFIX ": %s", name,
		name, why);
	return dcv_help(err,
		"help: install the plugin that belongs to this version of dcvctl "
		"(provider interface %u)",
		DCVP_ABI);
}

static enum dcv_err refuse(struct dcv_providers *providers, const char *name,
	struct dcv_error *err)
{
	struct dcv_arena arena = {NULL};
	const char *const *names = NULL;
	const char *meant = NULL;

	(void)dcv_fail(err, DCV_E_CONFIG,
		"provider: %.80s: there is no such provider here", name);
	if (dcv_providers_names(providers, &arena, &names, NULL) == DCV_OK)
		meant = dcv_did_you_mean(name, names);
	if (meant != NULL)
		(void)dcv_help(err, "help: did you mean `%s`?", meant);
	else
		(void)dcv_help(err,
			"run: dcvctl provider list   (shows those that are installed)");
	dcv_arena_clear(&arena);
	return DCV_E_CONFIG;
}

/* DCV_OK with *ret false: there is no such file. */
static enum dcv_err is_installed(const char *name, bool *ret, struct dcv_error *err)
{
	char path[PATH_MAX];
	struct stat st;
	enum dcv_err rc = dcv_plugin_directory(path, sizeof(path), err);
	size_t len = strlen(path);
	int n;

	*ret = false;
	if (rc != DCV_OK || !is_name(name))
		return rc;
	n = snprintf(path + len, sizeof(path) - len, "/" PREFIX "%s" SUFFIX, name);
	if (n < 0 || (size_t)n >= sizeof(path) - len)
		return DCV_OK;
	*ret = lstat(path, &st) == 0 || errno != ENOENT;
	return DCV_OK;
}

static enum dcv_err load(struct dcv_providers *providers, const char *name,
	struct dcv_error *err)
{
	char file[sizeof(PREFIX) + NAME_MAX_LEN + sizeof(SUFFIX)];
	struct loaded *loaded;
	bool installed = false;
	enum dcv_err rc = is_installed(name, &installed, err);

	if (rc != DCV_OK)
		return rc;
	if (!installed)
		return refuse(providers, name, err);
	loaded = calloc(1, sizeof(*loaded));
	if (loaded == NULL)
		return dcv_nomem(err);
	(void)snprintf(file, sizeof(file), PREFIX "%s" SUFFIX, name);
	rc = dcv_plugin_open(file, DCVP_ENTRY_SYMBOL, &loaded->plugin, err);
	if (rc == DCV_OK)
		rc = take_entry(loaded, name, err);
	if (rc != DCV_OK) {
		drop(loaded);
		return rc;
	}
	loaded->next = providers->loaded;
	providers->loaded = loaded;
	return DCV_OK;
}

enum dcv_err dcv_providers_find(struct dcv_providers *providers, const char *name,
	const struct dcvp_provider **ret, struct dcv_error *err)
{
	const struct dcvp_provider *found;
	enum dcv_err rc = DCV_OK;

	(void)pthread_mutex_lock(&providers->mutex);
	found = find_here(providers, name);
	if (found == NULL) {
		rc = load(providers, name, err);
		found = find_here(providers, name);
	}
	(void)pthread_mutex_unlock(&providers->mutex);
	if (rc == DCV_OK)
		*ret = found;
	return rc;
}

/* "…/dcvp-NAME.so" -> NAME; NULL: it is none. */
static char *name_of(const char *path, struct dcv_arena *arena)
{
	const char *file = strrchr(path, '/') + 1;
	size_t len = strlen(file);
	char *name;

	if (strncmp(file, PREFIX, strlen(PREFIX)) != 0 ||
		len <= strlen(PREFIX) + strlen(SUFFIX))
		return NULL;
	name = dcv_arena_strndup(arena, file + strlen(PREFIX),
		len - strlen(PREFIX) - strlen(SUFFIX));
	return name != NULL && is_name(name) ? name : NULL;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The files of the plugin directory; none if there is no such directory. */
static enum dcv_err list_files(struct dcv_arena *arena, char ***ret, size_t *ret_n,
	struct dcv_error *err)
{
	char path[PATH_MAX];
	struct stat st;
	enum dcv_err rc = dcv_plugin_directory(path, sizeof(path), err);

	*ret_n = 0;
	if (rc != DCV_OK || (stat(path, &st) != 0 && errno == ENOENT))
		return rc;
	return dcv_dir_list(path, SUFFIX, arena, ret, ret_n, err);
}

enum dcv_err dcv_providers_names(struct dcv_providers *providers, struct dcv_arena *arena,
	const char *const **ret, struct dcv_error *err)
{
	char **files = NULL;
	const char **names;
	size_t n_files = 0, n_builtins = 0, n = 0;
	enum dcv_err rc = list_files(arena, &files, &n_files, err);

	if (rc != DCV_OK)
		return rc;
	while (providers->builtins[n_builtins] != NULL)
		n_builtins++;
	names = dcv_arena_array(arena, n_builtins + n_files + 1, sizeof(const char *));
	if (names == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; i < n_builtins; i++)
		names[n++] = providers->builtins[i]->name;
	for (size_t i = 0; i < n_files; i++) {
		names[n] = name_of(files[i], arena);
		n += names[n] != NULL;
	}
	qsort(names, n, sizeof(const char *), compare);
	*ret = names;
	return DCV_OK;
}
