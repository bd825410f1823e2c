/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Modules: shared objects of ours beside the program, opened when they are used, so that the
 * program does not load the libraries that only they need. */
#ifndef DCV_BASE_MODULE_H
#define DCV_BASE_MODULE_H

#include <stdint.h>

#include "base/err.h"

/* What every module's entry symbol, dcv_module_NAME, begins with. */
struct dcv_module_head {
	uint32_t size; /* of the whole struct; it only ever grows at its end */
	uint32_t abi; /* raised when what is there changes its meaning */
};

struct dcv_module {
	void *handle; /* NULL: not open */
	const struct dcv_module_head *entry;
};

struct dcv_library {
	const char *name;
	const char *(*version)(void); /* of the one that is loaded; static */
};

/* What every module has too, under the symbol dcv_module_about. */
struct dcv_module_about {
	struct dcv_library libraries[3]; /* ends with a NULL name */
};
extern const struct dcv_module_about dcv_module_about;

/* Before the definition of an entry symbol. */
#define DCV_MODULE_ENTRY __attribute__((visibility("default")))

/* Opens dcv-NAME.so from the directory that was compiled in; a program that is run where it was
 * built takes it from there. The environment has no say. The file and its directory must belong
 * to root and be writable by nobody else. `size` and `abi`: what the caller needs. Fails:
 * DCV_E_UNVERIFIED with the path and what is wrong (missing, another's, of another version), and
 * in the help which package to install. */
enum dcv_err dcv_module_open(const char *name, uint32_t size, uint32_t abi,
	struct dcv_module *ret, struct dcv_error *err) DCV_NODISCARD;
/* The same for a module of any ABI and size, to tell of it. */
enum dcv_err dcv_module_look(const char *name, struct dcv_module *ret,
	const struct dcv_module_about **ret_about, struct dcv_error *err) DCV_NODISCARD;
/* A module that is not open is let be. */
void dcv_module_close(struct dcv_module *module);

/* A plugin: a shared object with an interface of its own. */
struct dcv_plugin {
	void *handle; /* NULL: not open */
	void *entry; /* what its entry symbol stands for */
};

/* The directory of modules; static. */
const char *dcv_module_directory(void);
/* The directory of plugins: "providers" beside the modules; in path[cap]. Fails: DCV_E_INTERNAL. */
enum dcv_err dcv_plugin_directory(char *path, size_t cap, struct dcv_error *err)
	DCV_NODISCARD;
/* Opens the file of this name in it, under the rules for modules, and looks up the symbol. Fails:
 * DCV_E_CONFIG with the path and what is wrong. */
enum dcv_err dcv_plugin_open(const char *file, const char *symbol, struct dcv_plugin *ret,
	struct dcv_error *err) DCV_NODISCARD;
void dcv_plugin_close(struct dcv_plugin *plugin);

#endif
