/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how an order is written down. It does not know how one is read. */
#include "order/draft.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/yaml.h"

/* Text that means itself without quotes, in a list or a mapping too. */
static bool is_plain(const char *text)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./+=";
	size_t len = strlen(text);

	if (len == 0 || strchr("./+=", text[0]) != NULL || text[len - 1] == ' ')
		return false;
	for (size_t i = 0; i < len; i++) {
		bool blank = text[i] == ' ' && i > 0 && text[i - 1] != ' ';
		bool hyphen = text[i] == '-' && i > 0;

		if (!blank && !hyphen && strchr(letters, text[i]) == NULL)
			return false;
	}
	return true;
}

/* A text in YAML's double quotes (YAML 1.1 5.7). */
static void add_quoted(struct dcv_buf *buf, const char *text)
{
	dcv_buf_addc(buf, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			dcv_buf_addc(buf, '\\');
		if ((uint8_t)*text < ' ' || *text == 0x7f)
			dcv_buf_addf(buf, "\\x%02x", (unsigned)(uint8_t)*text);
		else
			dcv_buf_addc(buf, *text);
	}
	dcv_buf_addc(buf, '"');
}

static void add_text(struct dcv_buf *buf, const char *text)
{
	if (is_plain(text))
		dcv_buf_adds(buf, text);
	else
		add_quoted(buf, text);
}

static void add_key(struct dcv_buf *buf, const char *key, const char *value)
{
	if (value == NULL)
		return;
	dcv_buf_addf(buf, "%s: ", key);
	add_text(buf, value);
	dcv_buf_addc(buf, '\n');
}

static void add_names(struct dcv_buf *buf, const struct dcv_draft *draft)
{
	if (draft->n_names == 0)
		return;
	dcv_buf_adds(buf, "names: [");
	for (size_t i = 0; i < draft->n_names; i++) {
		dcv_buf_adds(buf, i > 0 ? ", " : "");
		add_text(buf, draft->names[i]);
	}
	dcv_buf_adds(buf, "]\n");
}

static void add_record(struct dcv_buf *buf, const struct dcv_draft_record *record)
{
	dcv_buf_adds(buf, "  - ");
	if (record->line != NULL) {
		add_text(buf, record->line);
		dcv_buf_addc(buf, '\n');
		return;
	}
	dcv_buf_addc(buf, '{');
	if (record->domain != NULL) {
		dcv_buf_adds(buf, "domain: ");
		add_text(buf, record->domain);
		dcv_buf_adds(buf, ", ");
	}
	dcv_buf_adds(buf, "host: ");
	add_text(buf, record->host);
	dcv_buf_adds(buf, ", type: ");
	add_text(buf, record->type);
	dcv_buf_adds(buf, ", value: ");
	add_quoted(buf, record->value);
	dcv_buf_adds(buf, "}\n");
}

char *dcv_draft_text(const struct dcv_draft *draft, struct dcv_arena *arena)
{
	struct dcv_buf buf;
	char *text = NULL;

	dcv_buf_init(&buf, DCV_YAML_MAX_FILE);
	if (draft->note != NULL) {
		dcv_buf_adds(&buf, "# ");
		dcv_buf_add_shown(&buf, draft->note, strlen(draft->note));
		dcv_buf_addc(&buf, '\n');
	}
	if (draft->id != NULL) {
		dcv_buf_adds(&buf, "order: ");
		add_quoted(&buf, draft->id);
		dcv_buf_addc(&buf, '\n');
	}
	add_key(&buf, "certificate", draft->certificate);
	add_key(&buf, "ca", draft->ca);
	add_key(&buf, "service", draft->service);
	if (draft->ttl_s > 0)
		dcv_buf_addf(&buf, "ttl: %lu\n", (unsigned long)draft->ttl_s);
	add_names(&buf, draft);
	if (draft->n_records > 0)
		dcv_buf_adds(&buf, "records:\n");
	for (size_t i = 0; i < draft->n_records; i++)
		add_record(&buf, &draft->records[i]);
	if (!buf.failed)
		text = dcv_arena_strdup(arena, dcv_buf_text(&buf));
	dcv_buf_clear(&buf);
	return text;
}
