/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what lines take over from those before them, owner and TTL, and sees to it
 * that no line that stays means anything else afterwards. It does not know edits. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "zones/edit.h"
#include "zones/fail.h"

#define NOWHERE UINT32_MAX

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

/* A line that would have to change although its file must not. */
static enum dcvp_class guard_file(const struct dcv_zfound *found, uint32_t file,
	uint64_t line, const char *what, struct dcvp_error *err)
{
	if (found->files[file].fixed == NULL)
		return DCVP_OK;
	return dcv_zfail(err, DCVP_REFUSED,
		"%s: at or behind line %llu a line takes its %s from one that is to be changed; this file is %s",
		found->files[file].path, (unsigned long long)line, what,
		found->files[file].fixed);
}

/* Writes the owner into a line that stays although the line that gave it goes. */
static enum dcvp_class write_owner(const struct dcv_zfound *found,
	struct dcv_zpatches *patches, const struct dcv_zrecord *record,
	struct dcvp_error *err)
{
	const struct dcv_zplace place = {.beside = record,
		.file = record->file,
		.found = found};
	const struct dcv_zpatch patch = {.file = record->file,
		.at = record->offset,
		.rank = DCV_ZRANK_OWNER,
		.text = dcv_zowner_text(&place, record->node, &patches->arena)};
	enum dcvp_class end = guard_file(found, record->file, record->line, "owner", err);

	return end == DCVP_OK ? dcv_zpatch_add(patches, &patch, err) : end;
}

/* What was in force before record i, which named the same owner once more and goes. */
static uint32_t handed_on(const struct dcv_zfound *found, const uint32_t *given, size_t i)
{
	size_t before = found->records[i].named;

	if (before == DCV_ZNONE) /* then it was the origin, or none */
		return found->records[i].renamed ? found->records[i].file : NOWHERE;
	/* As it was there, so it is here; the file may be one that is included there. */
	return given[before] == found->records[before].file ? found->records[i].file
							    : given[before];
}

/* given[i]: in which file the owner that record i names is named by a line that stays or is
 * new, NOWHERE if in none. Named in an included file, it is not so in the one that includes;
 * the other way round it is. */
static enum dcvp_class settle_owners(const struct dcv_zfound *found,
	struct dcv_zpatches *patches, struct dcvp_error *err)
{
	uint32_t *given = dcv_arena_array(&patches->arena, found->n_records,
		sizeof *given);
	enum dcvp_class end = DCVP_OK;

	if (given == NULL)
		return dcv_znomem(err);
	for (size_t i = 0; i < found->n_records && end == DCVP_OK; i++) {
		const struct dcv_zrecord *record = &found->records[i];
		const struct dcv_zmark *mark = &patches->marks[i];
		bool named = mark->line != NULL || mark->followed;
		size_t first = record->named;

		if (!record->blank_owner)
			given[i] = !mark->removed || named ? record->file
							   : handed_on(found, given, i);
		if (!record->blank_owner || first == DCV_ZNONE)
			continue;
		if (!mark->removed && given[first] != record->file &&
			given[first] != found->records[first].file) {
			end = write_owner(found, patches, record, err);
			named = true;
		}
		if (named && given[first] != found->records[first].file)
			given[first] = record->file;
	}
	return end;
}

/* A TTL that goes up to the one in force was put in when the set was ours: it goes again, so
 * that the line is what it was. */
static bool returns_to_default(const struct dcv_zrecord *record, uint32_t ttl_s)
{
	return record->ttl_can_go && ttl_s == record->style.default_s &&
		ttl_s > record->ttl_s;
}

static enum dcvp_class write_ttl(struct dcv_zpatches *patches,
	const struct dcv_zrecord *record, uint32_t ttl_s, struct dcvp_error *err)
{
	struct dcv_zpatch patch = {.file = record->file,
		.at = record->offset +
			(record->ttl_written ? record->ttl_at : record->fields_at),
		.drop = record->ttl_written ? record->ttl_len : 0,
		.rank = DCV_ZRANK_LINE};

	if (returns_to_default(record, ttl_s)) {
		patch.drop++; /* with the blank behind it */
		patch.text = "";
	} else if (record->ttl_written) {
		patch.text = dcv_arena_printf(&patches->arena, "%lu",
			(unsigned long)ttl_s);
	} else {
		patch.text = dcv_arena_printf(&patches->arena, "%lu%c",
			(unsigned long)ttl_s, record->style.separator);
	}
	return dcv_zpatch_add(patches, &patch, err);
}

/* Writes the TTL into a line that was passed over. `before`: the one before it; NULL: none. */
static enum dcvp_class write_heir(const struct dcv_zfound *found,
	struct dcv_zpatches *patches, const struct dcv_zheir *heir,
	const struct dcv_zrecord *before, struct dcvp_error *err)
{
	const struct dcv_zpatch patch = {.file = heir->file,
		.at = heir->at,
		.rank = DCV_ZRANK_LINE,
		.text = dcv_arena_printf(&patches->arena, "%lu%c",
			(unsigned long)heir->ttl_s,
			before != NULL ? before->style.separator : ' ')};
	enum dcvp_class end = guard_file(found, heir->file,
		before != NULL ? before->line : 1, "TTL", err);

	for (size_t i = 0; i < patches->n; i++)
		if (patches->items[i].file == heir->file &&
			patches->items[i].at == heir->at &&
			patches->items[i].rank == DCV_ZRANK_LINE)
			return end; /* two lines before it gave way */
	return end == DCVP_OK ? dcv_zpatch_add(patches, &patch, err) : end;
}

/* The line behind a file to which lines are added says whose it is, so that all servers agree. */
static enum dcvp_class write_blank(const struct dcv_zfound *found,
	struct dcv_zpatches *patches, const struct dcv_zblank *blank,
	struct dcvp_error *err)
{
	const struct dcv_zpatch patch = {.file = blank->file,
		.at = blank->at,
		.rank = DCV_ZRANK_OWNER,
		.text = dcv_zname_text(&blank->owner, &blank->origin, &patches->arena)};
	enum dcvp_class end = DCVP_OK;

	if (blank->is)
		end = guard_file(found, blank->file, 1, "owner", err);
	return blank->is && end == DCVP_OK ? dcv_zpatch_add(patches, &patch, err) : end;
}

/* What takes over the TTL at the end of a file to which lines are added. */
static enum dcvp_class settle_ends(const struct dcv_zfound *found,
	struct dcv_zpatches *patches, struct dcvp_error *err)
{
	enum dcvp_class end = DCVP_OK;

	for (size_t i = 0; i < found->n_files && end == DCVP_OK; i++) {
		const struct dcv_zheir *heir = &found->files[i].end_heir;

		if (patches->ends[i])
			end = write_blank(found, patches, &found->files[i].end_blank, err);
		if (end != DCVP_OK || !patches->ends[i] || !heir->is)
			continue;
		if (heir->record != DCV_ZNONE)
			patches->marks[heir->record].behind_new = true;
		else
			end = write_heir(found, patches, heir, NULL, err);
	}
	return end;
}

/* The TTL that a line without one would take over: whether it is another one now, and which. */
struct in_force {
	bool moved, known;
	uint32_t ttl_s;
};

/* Behind a record that goes, with a new line in its place or without. */
static void pass_removed(const struct dcv_zrecord *record, const struct dcv_zmark *mark,
	struct in_force *now)
{
	if (mark->line != NULL)
		*now = (struct in_force){.known = true, .ttl_s = mark->ttl_s};
	else if (!now->moved)
		*now = (struct in_force){.known = record->before_known,
			.ttl_s = record->before_s};
	now->moved = !now->known || now->ttl_s != record->ttl_s;
}

/* Behind a record that stays; *ret_write: its TTL has to be written. */
static void pass_kept(const struct dcv_zrecord *record, const struct dcv_zmark *mark,
	struct in_force *now, bool *ret_write)
{
	*ret_write = mark->set_ttl || (now->moved && record->ttl_inherited);
	if (*ret_write)
		*now = (struct in_force){.moved = mark->set_ttl,
			.known = true,
			.ttl_s = mark->set_ttl ? mark->ttl_s : record->ttl_s};
	else if (record->ttl_written)
		now->moved = false;
}

/* The TTLs that change, and those of the lines that would take over another one now. */
static enum dcvp_class settle_ttls(const struct dcv_zfound *found,
	struct dcv_zpatches *patches, struct dcvp_error *err)
{
	struct in_force now = {0};
	enum dcvp_class end = DCVP_OK;

	for (size_t i = 0; i < found->n_records && end == DCVP_OK; i++) {
		const struct dcv_zrecord *record = &found->records[i];
		const struct dcv_zmark *mark = &patches->marks[i];
		const struct dcv_zheir *heir = &record->heir;
		bool write = false;

		if (mark->behind_new)
			now = (struct in_force){.moved = true};
		if (mark->removed)
			pass_removed(record, mark, &now);
		else
			pass_kept(record, mark, &now, &write);
		if (write)
			end = guard_file(found, record->file, record->line, "TTL", err);
		if (write && end == DCVP_OK)
			end = write_ttl(patches, record, now.ttl_s, err);
		if (end == DCVP_OK && now.moved && heir->is && heir->record == DCV_ZNONE)
			end = write_heir(found, patches, heir, record, err);
		now.moved = now.moved && record->next_follows;
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
		const struct dcv_zpatch patch = {.file = found->records[i].file,
			.at = found->records[i].offset,
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

	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* The two octets before a place of a file. fd: the zone's own. */
static enum dcvp_class read_before(const struct dcv_zfile *file, int fd, uint64_t at,
	char *ret, struct dcvp_error *err)
{
	int own = file->at == NULL
		? fd
		: open(file->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = own < 0 ? -1 : pread(own, ret, 2, (off_t)at - 2);
	int error = errno;

	if (own >= 0 && own != fd)
		(void)close(own);
	return n == 2 ? DCVP_OK
		      : dcv_zerrno(err, file->path, "cannot be read", n < 0 ? error : EIO);
}

/* The first of the patches by which the last lines of the file go; NULL: others follow it. */
static struct dcv_zpatch *find_last(struct dcv_zpatch *items, size_t n, uint64_t size)
{
	struct dcv_zpatch *first = NULL;
	uint64_t at = size;

	for (size_t i = n; i-- > 0;) {
		struct dcv_zpatch *patch = &items[i];

		if (first == NULL && patch->drop == 0 && patch->at == at)
			continue; /* comes behind it, with a line end of its own */
		if (patch->drop == 0 || patch->len > 0 || patch->at + patch->drop != at)
			break;
		first = patch;
		at = patch->at;
	}
	/* A line that was put in between ends where this one begins. */
	return first == NULL || (first > items && first[-1].at == at) ? NULL : first;
}

/* The new line right before it is the last one now. */
static void cut_newline(struct dcv_zpatch *patch)
{
	if (patch->len > 0 && patch->text[patch->len - 1] == '\n')
		patch->len--;
	if (patch->len > 0 && patch->text[patch->len - 1] == '\r')
		patch->len--;
}

/* Removing the last line of a file without a final line end takes the line end before it. */
static enum dcvp_class settle_end(const struct dcv_zfile *file, int fd,
	struct dcv_zpatch *items, size_t n, struct dcvp_error *err)
{
	struct dcv_zpatch *first = file->ends_in_newline ? NULL
							 : find_last(items, n, file->size);
	char before[2] = {0, 0};
	enum dcvp_class end;
	unsigned more;

	if (first == NULL || first->at < 2)
		return DCVP_OK;
	if (first > items && first[-1].at + first[-1].drop == first->at) {
		cut_newline(&first[-1]);
		return DCVP_OK;
	}
	end = read_before(file, fd, first->at, before, err);
	if (end != DCVP_OK || before[1] != '\n')
		return end;
	more = before[0] == '\r' ? 2 : 1;
	first->at -= more;
	first->drop += more;
	return DCVP_OK;
}

const struct dcv_zpatch *dcv_zpatches_of(const struct dcv_zpatches *patches,
	uint32_t file, size_t *ret_n)
{
	size_t at = 0, n = 0;

	while (at < patches->n && patches->items[at].file != file)
		at++;
	while (at + n < patches->n && patches->items[at + n].file == file)
		n++;
	*ret_n = n;
	return n == 0 ? NULL : &patches->items[at];
}

enum dcvp_class dcv_zsettle(const struct dcv_zfound *found, int fd,
	struct dcv_zpatches *patches, struct dcvp_error *err)
{
	enum dcvp_class end = settle_owners(found, patches, err);

	if (end == DCVP_OK)
		end = settle_ends(found, patches, err);
	if (end == DCVP_OK)
		end = settle_ttls(found, patches, err);
	if (end == DCVP_OK)
		end = settle_lines(found, patches, err);
	if (end != DCVP_OK)
		return end;
	qsort(patches->items, patches->n, sizeof *patches->items, compare);
	for (size_t from = 0, n; from < patches->n && end == DCVP_OK; from += n) {
		uint32_t file = patches->items[from].file;

		(void)dcv_zpatches_of(patches, file, &n);
		end = settle_end(&found->files[file], fd, &patches->items[from], n, err);
	}
	return end;
}
