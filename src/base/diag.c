/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how diagnostics are collected. It does not know how they look. */
#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define RAW_MAX 4096u
#define HELP_PREFIX "help: "

/* Full: the last warning makes place for an error. False if there is none. */
static bool drive_out(struct dcv_diags *diags)
{
	size_t i = diags->n;

	while (i > 0 && diags->items[i - 1].severity != DCV_SEV_WARNING)
		i--;
	if (i == 0)
		return false;
	memmove(&diags->items[i - 1], &diags->items[i],
		(diags->n - i) * sizeof diags->items[0]);
	diags->n--;
	diags->dropped++;
	return true;
}

static struct dcv_diag *diag_new(struct dcv_diags *diags, enum dcv_severity severity)
{
	struct dcv_diag *items;
	size_t cap;

	if (diags->n == DCV_DIAGS_MAX && severity == DCV_SEV_WARNING)
		return NULL;
	if (diags->n == DCV_DIAGS_MAX && !drive_out(diags))
		return NULL;
	if (diags->n == diags->cap) {
		cap = diags->cap == 0 ? 4 : diags->cap * 2;
		if (cap > DCV_DIAGS_MAX)
			cap = DCV_DIAGS_MAX;
		items = realloc(diags->items, cap * sizeof *items);
		if (items == NULL)
			return NULL;
		diags->items = items;
		diags->cap = cap;
	}
	return &diags->items[diags->n++];
}

static void put_help(struct dcv_diag *diag, const char *help)
{
	if (help == NULL)
		return;
	if (strncmp(help, HELP_PREFIX, strlen(HELP_PREFIX)) == 0)
		help += strlen(HELP_PREFIX);
	(void)dcv_shown(diag->help, sizeof diag->help, help, strlen(help));
}

static void put_place(struct dcv_diag *diag, const struct dcv_place *place)
{
	if (place == NULL)
		return;
	if (place->file != NULL)
		(void)dcv_shown(diag->where, sizeof diag->where, place->file,
			strlen(place->file));
	diag->line = place->line;
	diag->column = place->column;
}

void dcv_diag_add(struct dcv_diags *diags, enum dcv_severity severity, enum dcv_err code,
	const struct dcv_place *place, const char *help, const char *fmt, ...)
{
	struct dcv_diag *diag;
	char raw[RAW_MAX];
	va_list ap;

	if (severity == DCV_SEV_ERROR) {
		if (diags->n_errors == 0)
			diags->code = code;
		diags->n_errors++;
	}
	diag = diag_new(diags, severity);
	diags->last_kept = diag != NULL;
	if (diag == NULL) {
		diags->dropped++;
		return;
	}
	*diag = (struct dcv_diag){.severity = severity, .code = code};
	put_place(diag, place);
	put_help(diag, help);
	va_start(ap, fmt);
	if (vsnprintf(raw, sizeof raw, fmt, ap) < 0)
		raw[0] = '\0';
	va_end(ap);
	(void)dcv_shown(diag->text, sizeof diag->text, raw, strlen(raw));
}

void dcv_diag_cause(struct dcv_diags *diags, const char *id)
{
	struct dcv_diag *last;

	if (!diags->last_kept || diags->n == 0)
		return;
	last = &diags->items[diags->n - 1];
	(void)dcv_shown(last->id, sizeof last->id, id, strlen(id));
}

void dcv_diag_copy(struct dcv_diags *diags, const struct dcv_diag *diag)
{
	const struct dcv_place place = {diag->where[0] != '\0' ? diag->where : NULL,
		diag->line, diag->column};

	dcv_diag_add(diags, diag->severity, diag->code, &place,
		diag->help[0] != '\0' ? diag->help : NULL, "%s", diag->text);
	if (diag->id[0] != '\0')
		dcv_diag_cause(diags, diag->id);
}

void dcv_diag_add_error(struct dcv_diags *diags, const struct dcv_place *place,
	const struct dcv_error *err)
{
	dcv_diag_add(diags, DCV_SEV_ERROR, err->code, place,
		err->help[0] != '\0' ? err->help : NULL, "%s", err->text);
}

void dcv_diags_clear(struct dcv_diags *diags)
{
	free(diags->items);
	*diags = (struct dcv_diags){0};
}
