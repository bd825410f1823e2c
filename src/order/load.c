/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows where orders lie: files, directories, standard input. It does not
 * know what an order holds. */
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/file.h"
#include "order/read.h"

#define SUFFIX ".yaml"
#define STDIN_NAME "<stdin>"

/* The number that the file's name gives: without directory and .yaml. */
static const char *number_of(const char *path, struct dcv_arena *arena)
{
	const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
	size_t len = strlen(name), n = strlen(SUFFIX);

	if (len > n && strcmp(name + len - n, SUFFIX) == 0)
		len -= n;
	return dcv_arena_strndup(arena, name, len);
}

static void add_error(struct dcv_diags *diags, struct dcv_error *err)
{
	if (err->code != DCV_E_NOMEM)
		err->code = DCV_E_ORDER;
	(void)dcv_help(err,
		"help: name a file of at most 1 MiB, a directory, or - for standard "
		"input");
	dcv_diag_add_error(diags, NULL, err);
}

static void load_file(const char *path, const char *id, struct dcv_arena *arena,
	struct dcv_orders *orders, struct dcv_diags *diags)
{
	bool standard = strcmp(path, "-") == 0;
	struct dcv_error err = {0};
	struct dcv_buf buf;

	if (id == NULL && !standard)
		id = number_of(path, arena);
	dcv_buf_init(&buf, DCV_YAML_MAX_FILE);
	if (dcv_file_read(path, &buf, &err) == DCV_OK)
		dcv_read_documents(standard ? STDIN_NAME : path, dcv_buf_text(&buf),
			buf.len, id, arena, orders, diags);
	else
		add_error(diags, &err);
	dcv_buf_clear(&buf);
}

static void load_directory(const char *path, const char *id, struct dcv_arena *arena,
	struct dcv_orders *orders, struct dcv_diags *diags)
{
	const struct dcv_place place = {path, 0, 0};
	struct dcv_error err = {0};
	char **paths = NULL;
	size_t n = 0;

	if (dcv_dir_list(path, SUFFIX, arena, &paths, &n, &err) != DCV_OK) {
		add_error(diags, &err);
		return;
	}
	if (n == 0)
		dcv_diag_add(diags, DCV_SEV_WARNING, DCV_E_ORDER, &place,
			"the name of an order file ends in .yaml", "no order files");
	for (size_t i = 0; i < n; i++)
		load_file(paths[i], id, arena, orders, diags);
}

void dcv_orders_load(const char *path, const char *id, struct dcv_arena *arena,
	struct dcv_orders *orders, struct dcv_diags *diags)
{
	size_t n_before = orders->n;
	struct stat st;

	if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		load_directory(path, id, arena, orders, diags);
	else
		load_file(path, id, arena, orders, diags);
	dcv_orders_unique(orders, n_before, arena, diags);
}
