/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `--version`: which parts this dcvctl is made of. */
#include <inttypes.h>
#include <string.h>

#include "base/module.h"
#include "base/yaml.h"
#include "cmd/internal.h"
#include "cmd/result.h"
#include "dns/idn.h"
#include "order/order.h"
#include "provider/load.h"

static void show_libraries(void)
{
	static const struct dcv_library libraries[] = {{"libyaml", dcv_yaml_library},
		{"jansson", dcv_json_library}, {"SQLite", dcv_ledger_library},
		{"libuv", dcv_check_library}, {"libidn2", dcv_idn_library}};

	printf("libraries\n");
	for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++)
		printf("  %-14s %s\n", libraries[i].name, libraries[i].version());
}

/* A module without which dcvctl works, but for what needs it, is told and is no failure. */
static void show_module(const char *name)
{
	const struct dcv_module_about *about = NULL;
	struct dcv_module module = {.handle = NULL};
	struct dcv_error err = {0};

	if (dcv_module_look(name, &module, &about, &err) != DCV_OK) {
		printf("  dcv-%-10s not to be had: %s\n", name, err.text);
		return;
	}
	printf("  dcv-%-10s ABI %" PRIu32, name, module.entry->abi);
	for (const struct dcv_library *l = about->libraries; l->name != NULL; l++)
		printf(", %s %s", l->name, l->version());
	printf("\n");
	dcv_module_close(&module);
}

static void show_modules(void)
{
	static const char *const names[] = {"crypto", "http", "tls", "unbound"};

	printf("modules in %s\n", dcv_module_directory());
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		show_module(names[i]);
}

static void show_provider(struct dcv_providers *providers, const char *name)
{
	const struct dcvp_provider *provider = NULL;
	struct dcv_error err = {0};

	if (dcv_providers_find(providers, name, &provider, &err) == DCV_OK)
		printf("  %-14s ABI %" PRIu32 "\n", name, provider->abi);
	else
		printf("  %-14s not to be had: %s\n", name, err.text);
}

static enum dcv_err show_providers(const struct dcvp_provider *const *builtins,
	struct dcv_arena *arena, struct dcv_error *err)
{
	struct dcv_providers *providers = NULL;
	const char *const *names = NULL;
	enum dcv_err rc = dcv_providers_make(builtins, &providers, err);

	if (rc == DCV_OK)
		rc = dcv_providers_names(providers, arena, &names, err);
	printf("providers\n");
	for (size_t i = 0; rc == DCV_OK && names[i] != NULL; i++)
		show_provider(providers, names[i]);
	dcv_providers_close(providers);
	return rc;
}

static enum dcv_err show_all(const struct dcvp_provider *const *builtins,
	struct dcv_error *err)
{
	struct dcv_arena arena = {0};
	enum dcv_err rc;

	printf("schemas: order %d, config %d, result %d, ledger %d\n"
	       "provider ABI: %u\n",
		DCV_ORDER_SCHEMA, DCV_CONFIG_SCHEMA, DCV_RESULT_SCHEMA, DCV_LEDGER_SCHEMA,
		DCVP_ABI);
	show_libraries();
	show_modules();
	rc = show_providers(builtins, &arena, err);
	dcv_arena_clear(&arena);
	return rc;
}

int dcv_cmd_version(int argc, char **argv, const struct dcvp_provider *const *builtins)
{
	bool all = argc > 2 &&
		(strcmp(argv[2], "-v") == 0 || strcmp(argv[2], "--verbose") == 0);
	struct dcv_error err = {0};
	enum dcv_err rc = DCV_OK;

	printf("dcvctl %s\n", DCV_VERSION);
	if (all)
		rc = show_all(builtins, &err);
	if (rc != DCV_OK)
		fprintf(stderr, "dcvctl: %s\n", err.text);
	return dcv_err_status(rc);
}
