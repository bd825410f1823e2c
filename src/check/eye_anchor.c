/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how trust anchors lie in files. It does not know which are right. */
#include <string.h>

#include "base/file.h"
#include "check/eye_inside.h"

#define FILE_MAX (64u * 1024u)
#define STATE "state="

/* RFC 5011 4.2, as unbound writes the states. */
enum { STATE_VALID = '2', STATE_MISSING = '3' };

/* The records while they are gathered; one may go over several lines in parentheses. */
struct reader {
	struct dcv_arena *arena;
	struct dcv_buf record;
	unsigned depth;
	bool counts; /* the record is a key that is to be trusted */
	size_t n;
	const char **items;
};

static bool is_anchor(const char *text)
{
	return strstr(text, " DS ") != NULL || strstr(text, " DNSKEY ") != NULL;
}

static bool end_record(struct reader *reader)
{
	const char *text = dcv_buf_text(&reader->record);
	bool good = !reader->record.failed;

	if (good && reader->counts && is_anchor(text)) {
		const char **items = dcv_arena_grow(reader->arena, reader->items,
			reader->n, sizeof(items[0]));
		char *copy = dcv_arena_strdup(reader->arena, text);

		good = items != NULL && copy != NULL;
		if (good) {
			reader->items = items;
			items[reader->n++] = copy;
		}
	}
	dcv_buf_clear(&reader->record);
	dcv_buf_init(&reader->record, FILE_MAX);
	reader->counts = true;
	return good;
}

/* What stands behind `;` says in a file kept after RFC 5011 in which state the key is. */
static void read_comment(struct reader *reader, const char *comment, size_t n)
{
	const char *state = memmem(comment, n, STATE, strlen(STATE));
	size_t at = state != NULL ? (size_t)(state - comment) + strlen(STATE) : n;

	if (at < n)
		reader->counts = comment[at] == STATE_VALID ||
			comment[at] == STATE_MISSING;
}

static bool read_line(struct reader *reader, const char *line, size_t n)
{
	for (size_t i = 0; i < n && line[i] != ';'; i++) {
		char c = line[i];

		reader->depth += c == '(' ? 1u : 0u;
		reader->depth -= c == ')' && reader->depth > 0 ? 1u : 0u;
		dcv_buf_addc(&reader->record, strchr("\t\r()", c) != NULL ? ' ' : c);
	}
	const char *comment = memchr(line, ';', n);

	if (comment != NULL)
		read_comment(reader, comment, n - (size_t)(comment - line));
	dcv_buf_addc(&reader->record, ' ');
	return reader->depth > 0 || end_record(reader);
}

static bool read_lines(struct reader *reader, const struct dcv_buf *file)
{
	const char *at = dcv_buf_text(file), *end = at + file->len;

	while (at < end) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((eol != NULL ? eol : end) - at);

		if (!read_line(reader, at, n))
			return false;
		at += n + 1;
	}
	return true;
}

static enum dcv_err read_text(const char *path, const struct dcv_buf *file,
	struct dcv_arena *arena, struct dcv_eye_anchors *ret, struct dcv_error *err)
{
	struct reader reader = {.arena = arena, .counts = true};
	bool good;

	dcv_buf_init(&reader.record, FILE_MAX);
	good = read_lines(&reader, file);
	dcv_buf_clear(&reader.record);
	if (!good)
		return dcv_nomem(err);
	if (reader.n == 0) {
		(void)dcv_fail(err, DCV_E_CONFIG,
			"trust_anchor: %s: no DS or DNSKEY record that is valid", path);
		return dcv_help(err,
			"help: the records of the root that `dig . DNSKEY` or "
			"unbound-anchor write, or system");
	}
	*ret = (struct dcv_eye_anchors){.n = reader.n, .items = reader.items};
	return DCV_OK;
}

enum dcv_err dcv_eye_read_anchors(const char *path, struct dcv_arena *arena,
	struct dcv_eye_anchors *ret, struct dcv_error *err)
{
	struct dcv_error why = {0};
	struct dcv_buf file;
	enum dcv_err rc;

	dcv_buf_init(&file, FILE_MAX);
	rc = dcv_file_read(path, &file, &why);
	if (rc == DCV_OK)
		rc = read_text(path, &file, arena, ret, err);
	else
		rc = dcv_fail(err, rc == DCV_E_NOMEM ? rc : DCV_E_CONFIG,
			"trust_anchor: %s", why.text);
	dcv_buf_clear(&file);
	return rc;
}
