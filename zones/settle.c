/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what lines take over from those before them, owner and TTL, and sees to it
 * that no line that stays means anything else afterwards. It does not know edits. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "zones/edit.h"
#include "zones/fail.h"

enum dcvp_class dcv_zpatch_add(struct dcv_zpatches *patches,
	const struct dcv_zpatch *patch, struct dcvp_error *err)
{
	struct dcv_zpatch *items = dcv_arena_grow(&patches->arena, patches->items,
		patches->n, sizeof *items);

	if (items == NULL || patch->text == NULL)
		return dcv_znomem(err);
	patches->items = items;
	items[patches->n] = *patch;
	items[patches->n].len = strlen(patch->text);
	items[patches->n].seq = patches->n;
	patches->n++;
	return DCVP_OK;
}

static enum dcvp_class refuse_include(const struct dcv_zfound *found, uint32_t file,
	uint64_t line, const char *what, struct dcvp_error *err)
{
	return dcv_zfail(err, DCVP_REFUSED,
		"%s: a line in the included file %s, included at or behind line %llu, takes its %s from a line that is to be changed",
		found->files[0].path, found->files[file].path, (unsigned long long)line,
		what);
}

/* Writes the owner into a line that stays although the line that gave it goes. */
static enum dcvp_class write_owner(const struct dcv_zfound *found,
	struct dcv_zpatches *patches, const struct dcv_zrecord *record,
	struct dcvp_error *err)
{
	const struct dcv_zplace place = {.beside = record, .found = found};
	const struct dcv_zpatch patch = {.at = record->offset,
		.rank = DCV_ZRANK_OWNER,
		.text = dcv_zowner_text(&place, record->node, &patches->arena)};

	return dcv_zpatch_add(patches, &patch, err);
}

/* have[node]: a line that stays or is new has named the owner in the present run of lines. */
static enum dcvp_class settle_owners(const struct dcv_zfound *found,
	struct dcv_zpatches *patches, struct dcvp_error *err)
{
	bool *have = dcv_arena_array(&patches->arena, found->nodes.n, sizeof *have);
	enum dcvp_class end = DCVP_OK;

	if (have == NULL)
		return dcv_znomem(err);
	for (size_t i = 0; i < found->n_records && end == DCVP_OK; i++) {
		const struct dcv_zrecord *record = &found->records[i];
		const struct dcv_zmark *mark = &patches->marks[i];

		if (record->file != 0) {
			if (record->owner_from_above && !have[record->node])
				end = refuse_include(found, record->file, record->line,
					"owner", err);
			continue;
		}
		if (!record->blank_owner)
			have[record->node] = !mark->removed;
		else if (!mark->removed && !have[record->node]) {
			end = write_owner(found, patches, record, err);
			have[record->node] = true;
		}
		if (mark->line != NULL || mark->followed)
			have[record->node] = true;
	}
	return end;
}

static enum dcvp_class write_ttl(struct dcv_zpatches *patches, uint64_t at, uint64_t drop,
	uint32_t ttl_s, char separator, struct dcvp_error *err)
{
	struct dcv_zpatch patch = {.at = at, .drop = drop, .rank = DCV_ZRANK_LINE};

	patch.text = drop > 0
		? dcv_arena_printf(&patches->arena, "%lu", (unsigned long)ttl_s)
		: dcv_arena_printf(&patches->arena, "%lu%c", (unsigned long)ttl_s,
			  separator);
	return dcv_zpatch_add(patches, &patch, err);
}

static enum dcvp_class write_record_ttl(struct dcv_zpatches *patches,
	const struct dcv_zrecord *record, uint32_t ttl_s, struct dcvp_error *err)
{
	return write_ttl(patches,
		record->offset + (record->ttl_written ? record->ttl_at : record->fields_at),
		record->ttl_written ? record->ttl_len : 0, ttl_s, record->style.separator,
		err);
}

/* The TTLs that change, and those of the lines that would take over another one now. */
static enum dcvp_class settle_ttls(const struct dcv_zfound *found,
	struct dcv_zpatches *patches, struct dcvp_error *err)
{
	bool moved =
		false; /* the TTL that the next line would take over is another one now */
	enum dcvp_class end = DCVP_OK;

	for (size_t i = 0; i < found->n_records && end == DCVP_OK; i++) {
		const struct dcv_zrecord *record = &found->records[i];
		const struct dcv_zmark *mark = &patches->marks[i];
		const struct dcv_zheir *heir = &record->heir;

		if (mark->removed)
			moved = moved || record->ttl_written || mark->line != NULL;
		else if (mark->set_ttl || (moved && record->ttl_inherited)) {
			if (record->file != 0)
				return refuse_include(found, record->file, record->line,
					"TTL", err);
			end = write_record_ttl(patches, record,
				mark->set_ttl ? mark->ttl_s : record->ttl_s, err);
			moved = mark->set_ttl;
		} else if (record->ttl_written)
			moved = false;
		if (end == DCVP_OK && moved && heir->is && heir->record == DCV_ZNONE) {
			if (heir->file != 0)
				return refuse_include(found, heir->file, record->line,
					"TTL", err);
			end = write_ttl(patches, heir->at, 0, heir->ttl_s,
				record->style.separator, err);
		}
		moved = moved && heir->is && heir->record == i + 1;
	}
	return end;
}

/* The lines that go and those that take their place. */
static enum dcvp_class settle_lines(const struct dcv_zfound *found,
	struct dcv_zpatches *patches, struct dcvp_error *err)
{
	enum dcvp_class end = DCVP_OK;

	for (size_t i = 0; i < found->n_records && end == DCVP_OK; i++) {
		const struct dcv_zmark *mark = &patches->marks[i];
		const struct dcv_zpatch patch = {.at = found->records[i].offset,
			.drop = found->records[i].len,
			.rank = DCV_ZRANK_LINE,
			.text = mark->line == NULL ? "" : mark->line};

		if (mark->removed)
			end = dcv_zpatch_add(patches, &patch, err);
	}
	return end;
}

static int compare(const void *a, const void *b)
{
	const struct dcv_zpatch *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* Removing the last line of a file without a final line end takes the line end before it. */
static enum dcvp_class settle_end(const struct dcv_zfound *found, int fd,
	struct dcv_zpatches *patches, struct dcvp_error *err)
{
	struct dcv_zpatch *first = NULL;
	uint64_t at = found->size;
	char before[2] = {0, 0};

	for (size_t i = patches->n; i-- > 0;) {
		struct dcv_zpatch *patch = &patches->items[i];

		if (first == NULL && patch->drop == 0 && patch->at == at)
			continue; /* comes behind it, with a line end of its own */
		if (patch->drop == 0 || patch->len > 0 || patch->at + patch->drop != at)
			break;
		first = patch;
		at = patch->at;
	}
	if (first == NULL || found->ends_in_newline || at < 2)
		return DCVP_OK;
	/* A line that was put in between ends where this one begins. */
	if (first > patches->items && first[-1].at == at)
		return DCVP_OK;
	if (pread(fd, before, 2, (off_t)at - 2) != 2)
		return dcv_zerrno(err, found->files[0].path, "cannot be read", errno);
	if (before[1] != '\n')
		return DCVP_OK;
	first->at -= before[0] == '\r' ? 2 : 1;
	first->drop += before[0] == '\r' ? 2 : 1;
	return DCVP_OK;
}

enum dcvp_class dcv_zsettle(const struct dcv_zfound *found, int fd,
	struct dcv_zpatches *patches, struct dcvp_error *err)
{
	enum dcvp_class end = settle_owners(found, patches, err);

	if (end == DCVP_OK)
		end = settle_ttls(found, patches, err);
	if (end == DCVP_OK)
		end = settle_lines(found, patches, err);
	if (end != DCVP_OK)
		return end;
	qsort(patches->items, patches->n, sizeof *patches->items, compare);
	return settle_end(found, fd, patches, err);
}
