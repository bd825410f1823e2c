/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which records of a set go, stay and come. It does not know how the file is
 * written, nor what happens to it. */
#include "zones/edit.h"

#include <stdio.h>
#include <string.h>

#include "zones/fail.h"
#include "zones/serial.h"
#include "zones/view.h"

#define NOTE_MAX 200

/* The set of an edit, as it is in the file. */
struct set {
	const struct dcv_zedit *edit;
	size_t n, n_removed, n_missing;
	size_t *records; /* indices, in the order of the file */
	size_t *missing; /* indices into edit->add: values that have to come */
};

struct work {
	const struct dcv_zfound *found;
	struct dcv_zpatches *out;
	struct dcvp_error *err;
};

bool dcv_zrdata_in(const struct dcv_rdata *rdata, const struct dcv_rdata *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (dcv_rdata_equal(rdata, &list[i]))
			return true;
	return false;
}

static enum dcvp_class read_values(const char *owner, uint16_t type,
	const char *const *texts, size_t n, struct dcv_arena *arena,
	struct dcv_rdata **ret, struct dcvp_error *err)
{
	struct dcv_rdata *values = dcv_arena_array(arena, n, sizeof *values);

	if (values == NULL)
		return dcv_znomem(err);
	for (size_t i = 0; i < n; i++) {
		struct dcv_error why = {0};
		enum dcv_err rc = dcv_rdata_parse(type, texts[i], strlen(texts[i]), NULL,
			arena, &values[i], &why);

		if (rc == DCV_E_NOMEM)
			return dcv_znomem(err);
		if (rc != DCV_OK)
			return dcv_zfail(err, DCVP_INVALID, "%s: bad value: %s", owner,
				why.text);
	}
	*ret = values;
	return DCVP_OK;
}

/* RRSIG and the like are a signer's; the SOA carries the serial. A type of which we know
 * nothing is written as RFC 3597 has it. */
static bool is_written(uint16_t type)
{
	return type != DCV_TYPE_SOA && type != DCV_TYPE_RRSIG && type != DCV_TYPE_NSEC &&
		type != DCV_TYPE_NSEC3;
}

enum dcvp_class dcv_zedit_read(const struct dcv_zfound *found,
	const struct dcvp_edit *edit, struct dcv_arena *arena, struct dcv_zedit *ret,
	struct dcvp_error *err)
{
	struct dcv_error why = {0};
	struct dcv_name name;
	char type[DCV_TYPE_TEXT_MAX];
	enum dcvp_class end;

	*ret = (struct dcv_zedit){.edit = edit, .node = DCV_ZNONE};
	if (dcv_name_from(edit->owner, &name, &why) != DCV_OK)
		return dcv_zfail(err, DCVP_INVALID, "%s", why.text);
	ret->node = dcv_znodes_find(&found->nodes, &name);
	if (ret->node == DCV_ZNONE)
		return dcv_zfail(err, DCVP_INVALID, "%s: not in this zone", edit->owner);
	if (!is_written(edit->type))
		return dcv_zfail(err, DCVP_INVALID,
			"%s: records of type %s are not edited here", edit->owner,
			dcv_type_text(edit->type, type));
	end = read_values(edit->owner, edit->type, edit->add, edit->n_add, arena,
		&ret->add, err);
	if (end == DCVP_OK)
		end = read_values(edit->owner, edit->type, edit->remove, edit->n_remove,
			arena, &ret->remove, err);
	return end;
}

static bool find_set(struct work *work, const struct dcv_zedit *edit, struct set *ret)
{
	const struct dcv_znode *node = &work->found->nodes.items[edit->node];

	*ret = (struct set){.edit = edit};
	ret->records = dcv_arena_array(&work->out->arena, node->n, sizeof *ret->records);
	ret->missing = dcv_arena_array(&work->out->arena, edit->edit->n_add,
		sizeof *ret->missing);
	if (ret->records == NULL || ret->missing == NULL)
		return false;
	for (size_t i = node->first; i != DCV_ZNONE; i = work->found->records[i].next)
		if (work->found->records[i].type == edit->edit->type)
			ret->records[ret->n++] = i;
	return true;
}

/* Marks what goes; of what comes, keeps what is not there. */
static void judge_values(struct work *work, struct set *set)
{
	const struct dcv_zedit *edit = set->edit;

	for (size_t i = 0; i < set->n; i++) {
		const struct dcv_rdata *wire = &work->found->records[set->records[i]].wire;
		struct dcv_zmark *mark = &work->out->marks[set->records[i]];

		mark->judged = true;
		mark->removed = dcv_zrdata_in(wire, edit->remove, edit->edit->n_remove) &&
			!dcv_zrdata_in(wire, edit->add, edit->edit->n_add);
		set->n_removed += mark->removed;
	}
	for (size_t i = 0; i < edit->edit->n_add; i++) {
		bool there = dcv_zrdata_in(&edit->add[i], edit->add, i);

		for (size_t j = 0; j < set->n && !there; j++)
			there = dcv_rdata_equal(&edit->add[i],
				&work->found->records[set->records[j]].wire);
		if (!there)
			set->missing[set->n_missing++] = i;
	}
}

/* Gives the records that stay the TTL of the edit. A set whose served TTL is that one already
 * is left as it is written, even if a later line of it says otherwise. */
static bool judge_ttl(struct work *work, const struct set *set)
{
	uint32_t ttl_s = set->edit->edit->ttl_s;
	bool first = true, changed = false, leave = false;

	for (size_t i = 0; i < set->n; i++) {
		const struct dcv_zrecord *record = &work->found->records[set->records[i]];
		struct dcv_zmark *mark = &work->out->marks[set->records[i]];

		if (mark->removed)
			continue;
		if (first)
			leave = record->ttl_s == ttl_s &&
				work->found->records[set->records[0]].ttl_s == ttl_s;
		first = false;
		if (leave || record->ttl_s == ttl_s)
			continue;
		mark->set_ttl = true;
		mark->ttl_s = ttl_s;
		changed = true;
	}
	return changed;
}

/* The last record of a file at the node; DCV_ZNONE. */
static size_t last_at_node(const struct work *work, size_t node, uint32_t file)
{
	size_t last = DCV_ZNONE;

	for (size_t i = work->found->nodes.items[node].first; i != DCV_ZNONE;
		i = work->found->records[i].next)
		if (work->found->records[i].file == file)
			last = i;
	return last;
}

/* The last record of the set in the file that takes new ones; DCV_ZNONE. */
static size_t last_of_set(const struct work *work, const struct set *set)
{
	uint32_t into = work->found->into;

	for (size_t i = set->n; i-- > 0;)
		if (into == 0 || work->found->records[set->records[i]].file == into)
			return set->records[i];
	return DCV_ZNONE;
}

/* The end of the zone's own part, unless the file ends under a nearer origin of the owner. */
static const struct dcv_zend *find_end(const struct dcv_zfile *file,
	const struct dcv_name *owner)
{
	bool nearer = file->part.at != 0 && dcv_name_is_within(owner, file->end.origin) &&
		!dcv_name_equal(file->part.origin, file->end.origin);

	return file->part.at == 0 || nearer ? &file->end : &file->part;
}

/* Where new lines are put: behind the last of the set, else of the owner, else at the end of
 * a file. A line whose TTL the next one takes over must keep its place. */
static struct dcv_zplace find_place(const struct work *work, const struct set *set)
{
	const struct dcv_zfound *found = work->found;
	struct dcv_zplace place = {.file = found->into, .found = found};
	size_t beside = last_of_set(work, set);

	if (beside == DCV_ZNONE)
		beside = last_at_node(work, set->edit->node, found->into);
	if (beside != DCV_ZNONE) {
		place.beside = &found->records[beside];
		place.file = place.beside->file;
	}
	if (place.beside != NULL && place.beside->heir.is &&
		place.beside->heir.ttl_s != set->edit->edit->ttl_s) {
		place.beside = NULL;
		if (found->files[place.file].end_heir.is)
			place.file = found->into;
	}
	place.end = find_end(&found->files[place.file],
		&found->nodes.items[set->edit->node].name);
	return place;
}

/* A note that cannot end the comment or spoil a terminal; NULL: there is none. */
static const char *note_of(const struct work *work, const struct dcvp_edit *edit,
	size_t value)
{
	const char *note = work->found->comment && edit->notes != NULL ? edit->notes[value]
								       : NULL;

	for (const char *c = note; c != NULL && *c != '\0'; c++)
		if (*c < ' ' || *c > '~' || c - note >= NOTE_MAX)
			return NULL;
	return note;
}

static struct dcv_zaddition *add_addition(struct work *work, const struct set *set,
	size_t value)
{
	struct dcv_zpatches *out = work->out;
	struct dcv_zaddition *items = dcv_arena_grow(&out->arena, out->additions,
		out->n_additions, sizeof *items);

	if (items == NULL || set->edit->add == NULL)
		return NULL;
	out->additions = items;
	items[out->n_additions] = (struct dcv_zaddition){.node = set->edit->node,
		.type = set->edit->edit->type,
		.ttl_s = set->edit->edit->ttl_s,
		.wire = set->edit->add[set->missing[value]],
		.note = note_of(work, set->edit->edit, set->missing[value])};
	return &items[out->n_additions++];
}

/* A new line in the place of the one that goes. */
static enum dcvp_class replace(struct work *work, const struct set *set, size_t record,
	size_t value)
{
	const struct dcv_zplace place = {.beside = &work->found->records[record],
		.file = work->found->records[record].file,
		.found = work->found};
	const struct dcv_zaddition *addition = add_addition(work, set, value);
	const char *line;

	if (addition == NULL)
		return dcv_znomem(work->err);
	line = dcv_zline(&place, addition, &work->out->arena);
	if (line == NULL)
		return dcv_znomem(work->err);
	work->out->marks[record].ttl_s = addition->ttl_s;
	work->out->marks[record].line = place.beside->no_newline
		? line
		: dcv_arena_printf(&work->out->arena, "%s%s", line, dcv_znewline(&place));
	return work->out->marks[record].line == NULL ? dcv_znomem(work->err) : DCVP_OK;
}

/* A new line at a place. */
static enum dcvp_class insert(struct work *work, const struct set *set,
	const struct dcv_zplace *place, size_t value)
{
	const struct dcv_zrecord *anchor = place->beside;
	const struct dcv_zfile *file = &work->found->files[place->file];
	const struct dcv_zaddition *addition = add_addition(work, set, value);
	const char *line, *newline = dcv_znewline(place);
	struct dcv_zpatch patch = {.file = place->file,
		.rank = anchor != NULL ? DCV_ZRANK_BEHIND : DCV_ZRANK_END};
	bool open_end = anchor != NULL
		? anchor->no_newline
		: !file->ends_in_newline && place->end->at == file->size;

	if (addition == NULL)
		return dcv_znomem(work->err);
	line = dcv_zline(place, addition, &work->out->arena);
	if (line == NULL)
		return dcv_znomem(work->err);
	/* A file that does not end in a line end keeps it so: removing the line later gives
	 * the former file back, and a carriage return at its end too. */
	patch.text = open_end ? dcv_arena_printf(&work->out->arena, "%s%s",
					file->ends_in_return ? "\r\n" : newline, line)
			      : dcv_arena_printf(&work->out->arena, "%s%s", line, newline);
	patch.at = anchor != NULL ? anchor->offset + anchor->len : place->end->at;
	if (anchor != NULL)
		work->out->marks[anchor - work->found->records].followed = true;
	else
		work->out->ends[place->file] = true;
	return dcv_zpatch_add(work->out, &patch, work->err);
}

/* Pairs what goes with what comes, in order; the rest comes behind the set. */
static enum dcvp_class write_set(struct work *work, const struct set *set)
{
	const struct dcv_zplace place = find_place(work, set);
	uint32_t into = work->found->into;
	enum dcvp_class end = DCVP_OK;
	size_t value = 0;

	for (size_t i = 0; i < set->n && value < set->n_missing && end == DCVP_OK; i++)
		if (work->out->marks[set->records[i]].removed &&
			(into == 0 || work->found->records[set->records[i]].file == into))
			end = replace(work, set, set->records[i], value++);
	while (value < set->n_missing && end == DCVP_OK)
		end = insert(work, set, &place, value++);
	return end;
}

/* Refuses to change a set of which a record lies in a file that is fixed. */
static enum dcvp_class guard_set(struct work *work, const struct set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct dcv_zrecord *record = &work->found->records[set->records[i]];
		const char *why;

		if (work->found->files[record->file].fixed == NULL)
			continue;
		why = dcv_zfixed_set(work->found, record, &work->out->arena);
		return why == NULL ? dcv_znomem(work->err)
				   : dcv_zfail(work->err, DCVP_REFUSED, "%s: %s",
					     set->edit->edit->owner, why);
	}
	return DCVP_OK;
}

static enum dcvp_class judge_edit(struct work *work, const struct dcvp_edit *src,
	enum dcvp_outcome *outcome)
{
	struct dcv_zedit edit;
	struct set set;
	enum dcvp_class end = dcv_zedit_read(work->found, src, &work->out->arena, &edit,
		work->err);

	if (end != DCVP_OK)
		return end;
	if (!find_set(work, &edit, &set))
		return dcv_znomem(work->err);
	if (set.n > 0 && work->out->marks[set.records[0]].judged)
		return dcv_zfail(work->err, DCVP_INVALID, "%s: two edits of one set",
			src->owner);
	judge_values(work, &set);
	*outcome = judge_ttl(work, &set) || set.n_removed > 0 || set.n_missing > 0
		? DCVP_EDIT_DONE
		: DCVP_EDIT_ALREADY;
	if (*outcome == DCVP_EDIT_ALREADY)
		return DCVP_OK;
	work->out->n_removed += set.n_removed;
	end = guard_set(work, &set);
	return end == DCVP_OK ? write_set(work, &set) : end;
}

static enum dcvp_class write_serial(struct work *work, int64_t now_s)
{
	const struct dcv_zsoa *soa = &work->found->soa;
	bool nomem;
	const char *fixed = dcv_zfixed_zone(work->found, &work->out->arena, &nomem);
	enum dcvp_class end = DCVP_OK;

	if (work->found->serial_external)
		return DCVP_OK;
	if (nomem)
		return dcv_znomem(work->err);
	if (fixed != NULL)
		return dcv_zfail(work->err, DCVP_REFUSED, "%s: %s",
			work->found->files[0].path, fixed);
	work->out->serial_after = dcv_serial_next(soa->serial, now_s,
		&work->out->serial_ahead);
	for (size_t i = 0; i < soa->n_places && end == DCVP_OK; i++) {
		const struct dcv_zserial_place *place = &soa->places[i];
		const struct dcv_zpatch patch = {
			.file = work->found->records[soa->record].file,
			.at = place->at,
			.drop = place->len,
			.rank = DCV_ZRANK_LINE,
			.text = dcv_arena_printf(&work->out->arena,
				place->hex ? "%08lx" : "%lu",
				(unsigned long)work->out->serial_after)};

		end = dcv_zpatch_add(work->out, &patch, work->err);
	}
	return end;
}

/* Patches of nothing. */
static enum dcvp_class begin(const struct dcv_zfound *found, struct dcv_zpatches *ret,
	struct dcvp_error *err)
{
	ret->serial_after = found->soa.serial;
	ret->marks = dcv_arena_array(&ret->arena, found->n_records, sizeof *ret->marks);
	ret->ends = dcv_arena_array(&ret->arena, found->n_files, sizeof *ret->ends);
	return ret->marks == NULL || ret->ends == NULL ? dcv_znomem(err) : DCVP_OK;
}

enum dcvp_class dcv_zpatches_raise(const struct dcv_zfound *found, int64_t now_s,
	struct dcv_zpatches *ret, struct dcvp_error *err)
{
	struct work work = {.found = found, .out = ret, .err = err};
	enum dcvp_class end = begin(found, ret, err);

	return end == DCVP_OK ? write_serial(&work, now_s) : end;
}

enum dcvp_class dcv_zpatches_make(const struct dcv_zfound *found, int fd,
	const struct dcvp_change *change, int64_t now_s, struct dcv_zpatches *ret,
	struct dcvp_result *results, struct dcvp_error *err)
{
	struct work work = {.found = found, .out = ret, .err = err};
	enum dcvp_class end = begin(found, ret, err);
	bool changes = false;

	for (size_t i = 0; i < change->n_edits && end == DCVP_OK; i++) {
		end = judge_edit(&work, &change->edits[i], &results[i].outcome);
		changes = changes || results[i].outcome == DCVP_EDIT_DONE;
	}
	if (end == DCVP_OK && changes)
		end = write_serial(&work, now_s);
	if (end == DCVP_OK && changes)
		end = dcv_zsettle(found, fd, ret, err);
	return end;
}

void dcv_zpatches_clear(struct dcv_zpatches *patches)
{
	dcv_arena_clear(&patches->arena);
	*patches = (struct dcv_zpatches){0};
}

static bool holds(const struct dcv_zfound *found, const struct dcv_zedit *edit)
{
	const struct dcv_znode *node = &found->nodes.items[edit->node];
	const struct dcvp_edit *src = edit->edit;
	bool only_ttl = src->n_add == 0 && src->n_remove == 0, ttl_wrong = false;

	for (size_t i = node->first; i != DCV_ZNONE; i = found->records[i].next) {
		const struct dcv_zrecord *record = &found->records[i];

		if (record->type != src->type)
			continue;
		ttl_wrong = ttl_wrong || record->ttl_s != src->ttl_s;
		if (dcv_zrdata_in(&record->wire, edit->remove, src->n_remove) &&
			!dcv_zrdata_in(&record->wire, edit->add, src->n_add))
			return false;
	}
	for (size_t j = 0; j < src->n_add; j++) {
		bool there = false;

		for (size_t i = node->first; i != DCV_ZNONE && !there;
			i = found->records[i].next)
			there = found->records[i].type == src->type &&
				dcv_rdata_equal(&found->records[i].wire, &edit->add[j]);
		if (!there)
			return false;
	}
	return !only_ttl || !ttl_wrong;
}

enum dcvp_class dcv_zedits_hold(const struct dcv_zfound *found,
	const struct dcvp_change *change, struct dcvp_result *results, bool *ret_all,
	struct dcvp_error *err)
{
	struct dcv_arena arena = {0};
	enum dcvp_class end = DCVP_OK;
	bool all = true;

	for (size_t i = 0; i < change->n_edits && end == DCVP_OK; i++) {
		struct dcv_zedit edit;

		end = dcv_zedit_read(found, &change->edits[i], &arena, &edit, err);
		if (end != DCVP_OK)
			break;
		results[i].outcome = holds(found, &edit) ? DCVP_EDIT_DONE
							 : DCVP_EDIT_FAILED;
		all = all && results[i].outcome == DCVP_EDIT_DONE;
	}
	dcv_arena_clear(&arena);
	if (end == DCVP_OK)
		*ret_all = all;
	return end;
}
