/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a zone file is read from top to bottom: origin, owner, TTL and class in
 * force, and what no name server accepts. It does not know what becomes of a record. */
#include "zones/walk.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "zones/fail.h"

#define WINDOW_LEAST ((size_t)4096)

#define PROBLEM_MAX 256u
#define CLASS_MAX 32u

enum dcvp_class dcv_zwalk_syntax(struct dcv_zwalk *walk, const struct dcv_zframe *frame,
	uint64_t line, const char *problem)
{
	(void)dcv_zfail(walk->err, DCVP_REFUSED, "%s:%llu: syntax error: %s", frame->path,
		(unsigned long long)line, problem);
	return dcv_zhelp(walk->err, DCVP_REFUSED,
		"help: correct line %llu of %s; a name server refuses it too",
		(unsigned long long)line, frame->path);
}

void dcv_zorigin_set(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const struct dcv_name *origin)
{
	frame->origin = *origin;
	frame->origin_kept = NULL;
	frame->origin_in_zone = dcv_name_is_within(origin, &walk->found->nodes.apex);
	frame->origin_met = false;
}

/* Name of the owner token: `@`, relative or absolute. */
static enum dcvp_class parse_name(struct dcv_zwalk *walk, const struct dcv_zframe *frame,
	const struct dcv_zraw *raw, const struct dcv_ztoken *token, struct dcv_name *ret)
{
	struct dcv_error why = {0};

	if (dcv_name_parse(raw->text + token->at, token->len, &frame->origin, ret,
		    &why) == DCV_OK)
		return DCVP_OK;
	/* BIND and NSD take octets as they are that a name elsewhere may not have. */
	walk->rdata.len = 0;
	dcv_ztoken_text(raw, token, &walk->rdata);
	if (walk->rdata.failed ||
		dcv_name_parse(dcv_buf_text(&walk->rdata), walk->rdata.len,
			&frame->origin, ret, &why) != DCV_OK)
		return dcv_zwalk_syntax(walk, frame, raw->line, why.text);
	return DCVP_OK;
}

/* owner->name is new. */
static void find_owner(struct dcv_zwalk *walk, struct dcv_zowner *owner)
{
	struct dcv_znodes *nodes = &walk->found->nodes;
	const size_t node = owner->node, record = owner->record;

	owner->known = true;
	owner->in_zone = dcv_name_is_within(&owner->name, &nodes->apex);
	owner->node = owner->record = owner->before = DCV_ZNONE;
	owner->text = NULL;
	if (!owner->in_zone)
		return;
	owner->node = dcv_znodes_find(nodes, &owner->name);
	owner->same = owner->node == node && owner->node != DCV_ZNONE;
	if (owner->same)
		owner->before = record;
	dcv_znodes_met(nodes, &owner->name);
}

static enum dcvp_class take_owner(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const struct dcv_zraw *raw, const struct dcv_ztoken *token)
{
	const struct dcv_znodes *nodes = &walk->found->nodes;
	struct dcv_zowner *owner = &frame->owner;
	const char *text = raw->text + token->at;
	enum dcvp_class end = parse_name(walk, frame, raw, token, &owner->name);

	if (end != DCVP_OK)
		return end;
	find_owner(walk, owner);
	owner->absolute = token->len > 1 && text[token->len - 1] == '.';
	if (owner->node != DCV_ZNONE && nodes->items[owner->node].asked && !token->quoted) {
		owner->text = dcv_arena_strndup(&walk->found->arena, text, token->len);
		if (owner->text == NULL)
			return dcv_znomem(walk->err);
	}
	return DCVP_OK;
}

/* Text of the frame's file that was passed: in the window still, or read again; NULL: errno. */
static const char *text_at(const struct dcv_zframe *frame, uint64_t at, size_t len,
	char *room)
{
	const struct dcv_zscan *scan = &frame->scan;

	if (at >= scan->base && at + len <= scan->base + scan->len)
		return (const char *)scan->window + (at - scan->base);
	return pread(scan->fd, room, len, (off_t)at) == (ssize_t)len ? room : NULL;
}

/* The name of the owner in force, if it was passed over when it was met. */
static enum dcvp_class read_owner(struct dcv_zwalk *walk, struct dcv_zframe *frame)
{
	struct dcv_zowner *owner = &frame->owner;
	char room[DCV_ZHEAD_MAX];
	const struct dcv_ztoken token = {.len = owner->len};
	struct dcv_zraw raw = {.len = owner->len, .line = 1};

	if (!owner->known || owner->name.len > 0 || owner->fd != frame->scan.fd)
		return DCVP_OK;
	/* The owner of a plain record is shorter than the room. */
	raw.text = text_at(frame, owner->at, owner->len, room);
	if (raw.text == NULL)
		return dcv_zerrno(walk->err, frame->path, "cannot be read again", errno);
	return parse_name(walk, frame, &raw, &token, &owner->name);
}

/* Before any owner NSD takes the origin; BIND and Knot refuse the line. */
static void take_origin_for_owner(struct dcv_zwalk *walk, struct dcv_zframe *frame)
{
	frame->owner.name = frame->origin;
	find_owner(walk, &frame->owner);
}

static enum dcvp_class refuse_class(struct dcv_zwalk *walk, const struct dcv_zframe *frame,
	const struct dcv_zraw *raw, const struct dcv_ztoken *class)
{
	char found[CLASS_MAX];

	(void)dcv_shown(found, sizeof found, raw->text + class->at, class->len);
	(void)dcv_zfail(walk->err, DCVP_REFUSED,
		"%s:%llu: class %s: only zones of class IN are edited", frame->path,
		(unsigned long long)raw->line, found);
	return dcv_zhelp(walk->err, DCVP_REFUSED,
		"help: bind the zone to another file; validation records are of class IN");
}

/* Guards that a single record can break. */
static enum dcvp_class judge(struct dcv_zwalk *walk, const struct dcv_zframe *frame,
	const struct dcv_zraw *raw, const struct dcv_zentry *entry)
{
	if (entry->other_class)
		return refuse_class(walk, frame, raw, &entry->class);
	if (!frame->owner.in_zone)
		return DCVP_OK;
	if (entry->rrtype == DCV_TYPE_RRSIG && walk->found->rrsig_line == 0) {
		walk->found->rrsig_file = frame->file;
		walk->found->rrsig_line = raw->line;
	}
	if (entry->rrtype == DCV_TYPE_SOA &&
		!dcv_name_equal(&frame->owner.name, &walk->found->nodes.apex))
		return dcv_zwalk_syntax(walk, frame, raw->line,
			"a SOA record that is not at the zone's apex");
	return DCVP_OK;
}

static void note_outside(struct dcv_zwalk *walk, const struct dcv_zraw *raw)
{
	if (walk->found->n_outside++ == 0)
		walk->found->outside_line = raw->line;
}

/* Tells the record before, if it was kept, and the files that ended since then, that this one
 * takes its TTL from there. */
static void note_heir(struct dcv_zwalk *walk, const struct dcv_zframe *frame,
	const struct dcv_zmet *met, bool kept)
{
	struct dcv_zfound *found = walk->found;
	const struct dcv_zheir heir = {.is = met->ttl_inherited,
		.ttl_s = met->ttl_s,
		.file = frame->file,
		.at = met->raw->offset + met->entry->fields_at,
		.record = kept ? found->n_records - 1 : DCV_ZNONE};

	if (walk->previous != DCV_ZNONE && heir.is)
		found->records[walk->previous].heir = heir;
	if (walk->previous != DCV_ZNONE)
		found->records[walk->previous].next_follows = kept;
	for (size_t i = found->n_files; i-- > 1 && walk->n_ended > 0;) {
		if (!found->files[i].is_open || found->files[i].end_heir_known)
			continue;
		found->files[i].end_heir_known = true;
		found->files[i].end_heir = heir;
	}
}

/* Tells the files that ended since the record before that this one takes its owner from there. */
static void note_blank(struct dcv_zwalk *walk, const struct dcv_zframe *frame,
	const struct dcv_zmet *met)
{
	struct dcv_zfound *found = walk->found;

	for (size_t i = found->n_files; i-- > 1 && walk->n_ended > 0;) {
		if (!found->files[i].is_open)
			continue;
		found->files[i].is_open = false;
		found->files[i].end_blank = (struct dcv_zblank){
			.is = met->entry->blank_owner && frame->owner.name.len > 0,
			.file = frame->file,
			.at = met->raw->offset,
			.owner = frame->owner.name,
			.origin = frame->origin};
		walk->n_ended--;
	}
}

static bool is_wanted(const struct dcv_zwalk *walk, const struct dcv_zframe *frame,
	uint16_t type)
{
	const struct dcv_znode *node;

	if (!frame->owner.in_zone || frame->owner.node == DCV_ZNONE)
		return false;
	node = &walk->found->nodes.items[frame->owner.node];
	return node->asked ||
		(node->is_server && (type == DCV_TYPE_A || type == DCV_TYPE_AAAA)) ||
		(frame->owner.node == 0 && (type == DCV_TYPE_SOA || type == DCV_TYPE_NS));
}

/* What is in force for a line, and behind it. */
static struct dcv_zmet meet(struct dcv_zwalk *walk, const struct dcv_zraw *raw,
	const struct dcv_zentry *entry)
{
	struct dcv_zmet met = {.raw = raw, .entry = entry};

	met.ttl_inherited = entry->ttl.len == 0 && !walk->default_known &&
		walk->last_known;
	met.before_known = walk->last_known;
	met.before_s = walk->last_s;
	met.ttl_s = dcv_zwalk_ttl(walk, entry->ttl.len > 0, entry->ttl_s);
	return met;
}

static enum dcvp_class take_record(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const struct dcv_zraw *raw, const struct dcv_zentry *entry)
{
	const struct dcv_zmet met = meet(walk, raw, entry);
	bool kept = is_wanted(walk, frame, entry->rrtype);
	enum dcvp_class end;

	walk->found->n_all++;
	dcv_zwalk_type(walk, frame, entry->rrtype);
	if (frame->owner.node != 0)
		walk->others_met = true;
	if (kept) {
		end = dcv_zkeep(walk, frame, &met);
		if (end != DCVP_OK)
			return end;
	} else {
		walk->found->passed_ttl += met.ttl_s;
		walk->found->passed_type += entry->rrtype;
	}
	if (frame->owner.node != DCV_ZNONE && frame->owner.in_zone) {
		struct dcv_znode *node = &walk->found->nodes.items[frame->owner.node];

		node->has_ns = node->has_ns || entry->rrtype == DCV_TYPE_NS;
		node->has_dname = node->has_dname || entry->rrtype == DCV_TYPE_DNAME;
	}
	note_heir(walk, frame, &met, kept);
	note_blank(walk, frame, &met);
	if (kept && !entry->blank_owner)
		frame->owner.record = walk->found->n_records - 1;
	walk->previous = kept ? walk->found->n_records - 1 : DCV_ZNONE;
	return DCVP_OK;
}

static void note_style(struct dcv_zframe *frame, const struct dcv_zraw *raw,
	const struct dcv_zentry *entry)
{
	struct dcv_ztokens tokens = {.text = raw->text,
		.len = raw->len,
		.pos = entry->rdata_at};
	struct dcv_zstyle *style = &frame->style;
	struct dcv_ztoken token;

	if (!entry->blank_owner) {
		size_t behind = entry->owner.at + entry->owner.len + entry->owner.quoted;

		style->separator = raw->text[behind] == '\t' ? '\t' : ' ';
		style->column = dcv_zwalk_column(raw->text, behind);
		style->absolute = frame->owner.absolute;
	}
	style->class_written = entry->class.len > 0;
	style->ttl_written = entry->ttl.len > 0;
	if (style->class_written && style->ttl_written)
		style->class_first = entry->class.at < entry->ttl.at;
	if (entry->rrtype == DCV_TYPE_TXT && dcv_ztokens_next(&tokens, &token))
		style->plain_text = !token.quoted;
}

/* Notes a place for new lines. */
static enum dcvp_class note_place(struct dcv_zwalk *walk, const struct dcv_zframe *frame,
	uint64_t at, struct dcv_zend *ret)
{
	*ret = (struct dcv_zend){at, frame->origin_kept, dcv_zwalk_style(walk, frame)};
	if (ret->origin == NULL)
		ret->origin = dcv_arena_memdup(&walk->found->arena, &frame->origin,
			sizeof frame->origin);
	return ret->origin == NULL ? dcv_znomem(walk->err) : DCVP_OK;
}

/* The zone's own part of its own file ends here. */
static enum dcvp_class end_part(struct dcv_zwalk *walk, const struct dcv_zframe *frame,
	uint64_t at)
{
	struct dcv_zend *part = &walk->found->files[0].part;
	enum dcvp_class end;

	if (frame->file != 0 || at == 0)
		return DCVP_OK;
	walk->part_ended = true;
	walk->part_run_at = frame->run_at;
	end = note_place(walk, frame, at, part);
	if (frame->default_end > at)
		part->style.ttl_written = true; /* another $TTL is in force there */
	return end;
}

/* What comes behind the part until a record of the file names an owner: where it takes something
 * over from the record before it nothing can be put in between, but before the run of that one. */
static void judge_part(struct dcv_zwalk *walk, const struct dcv_zframe *frame,
	const struct dcv_zentry *entry)
{
	struct dcv_zend *part = &walk->found->files[0].part;

	if (!walk->part_ended)
		return;
	if (entry->ttl.len == 0 && !walk->default_known) {
		part->at = 0;
	} else if (entry->blank_owner) {
		part->at = walk->part_run_at;
		part->style.ttl_written = true; /* another $TTL may be in force there */
	}
	if (frame->file == 0 && !entry->blank_owner)
		walk->part_ended = false;
}

static enum dcvp_class slow_record(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const struct dcv_zraw *raw, const struct dcv_zentry *entry)
{
	enum dcvp_class end = DCVP_OK;

	judge_part(walk, frame, entry);
	frame->behind = frame->beyond = raw->offset + raw->len;
	if (!entry->blank_owner) {
		frame->run_at = entry->ttl.len > 0 || walk->default_known ? raw->offset
									  : 0;
		end = take_owner(walk, frame, raw, &entry->owner);
	} else if (!frame->owner.known) {
		take_origin_for_owner(walk, frame);
	} else if (walk->n_ended > 0) {
		end = read_owner(walk, frame);
	}
	if (end == DCVP_OK)
		end = judge(walk, frame, raw, entry);
	if (end != DCVP_OK)
		return end;
	note_style(frame, raw, entry);
	if (raw->text[raw->len - 1] == '\n')
		frame->style.crlf = raw->len > 1 && raw->text[raw->len - 2] == '\r';
	if (!frame->owner.in_zone)
		note_outside(walk, raw);
	return take_record(walk, frame, raw, entry);
}

static enum dcvp_class take_origin(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const struct dcv_zraw *raw, const struct dcv_zentry *entry)
{
	struct dcv_name name;
	const struct dcv_name *apex = &walk->found->nodes.apex;
	enum dcvp_class end = parse_name(walk, frame, raw, &entry->args[0], &name);

	if (end == DCVP_OK)
		end = read_owner(walk, frame);
	if (end == DCVP_OK && frame->file == 0 && dcv_name_equal(&name, apex)) {
		walk->found->files[0].part.at = 0;
		walk->part_ended = false;
	} else if (end == DCVP_OK && dcv_name_equal(&frame->origin, apex)) {
		end = end_part(walk, frame, frame->behind);
	}
	if (end == DCVP_OK) {
		dcv_zorigin_set(walk, frame, &name);
		frame->run_at = 0;
		frame->behind = frame->beyond;
	}
	return end;
}

static enum dcvp_class take_default(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const struct dcv_zraw *raw, const struct dcv_zentry *entry)
{
	const struct dcv_ztoken *token = &entry->args[0];

	if (!dcv_zttl_read(raw->text + token->at, token->len, &walk->default_s))
		return dcv_zwalk_syntax(walk, frame, raw->line, "a bad TTL");
	frame->default_end = raw->offset + raw->len;
	walk->default_known = true;
	return DCVP_OK;
}

/* Behind an $INCLUDE without a line end NSD takes no line that has none either. */
static enum dcvp_class take_include(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const struct dcv_zraw *raw, const struct dcv_zentry *entry)
{
	enum dcvp_class end = DCVP_OK;

	if (raw->text[raw->len - 1] != '\n')
		end = end_part(walk, frame, raw->offset);
	if (end == DCVP_OK)
		end = dcv_zinclude(walk, frame, raw, entry);
	frame->behind = frame->beyond; /* what was included belongs to the part */
	return end;
}

/* Its records take over a TTL as others do, and hand it on. They have owners of their own. */
static enum dcvp_class take_generate(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const struct dcv_zraw *raw, const struct dcv_zentry *entry)
{
	const struct dcv_zmet met = meet(walk, raw, entry);

	if (walk->part_ended && met.ttl_inherited)
		walk->found->files[0].part.at = 0;
	walk->found->passed_ttl += met.ttl_s;
	note_heir(walk, frame, &met, false);
	walk->previous = DCV_ZNONE;
	frame->behind = frame->beyond; /* no line comes between it and what it takes over */
	return dcv_zgenerate(walk, frame, raw, entry);
}

/* Apart from take_entry, which would clear `entry` for every plain record too. */
__attribute__((noinline)) static enum dcvp_class take_slowly(struct dcv_zwalk *walk,
	struct dcv_zframe *frame, const struct dcv_zraw *raw)
{
	struct dcv_zentry entry;
	const char *problem = dcv_zentry_read(raw, &entry);

	if (problem != NULL)
		return dcv_zwalk_syntax(walk, frame, raw->line, problem);
	frame->beyond = raw->offset + raw->len;
	switch (entry.kind) {
	case DCV_ZKIND_EMPTY:
		return DCVP_OK;
	case DCV_ZKIND_RECORD:
		return slow_record(walk, frame, raw, &entry);
	case DCV_ZKIND_ORIGIN:
		return take_origin(walk, frame, raw, &entry);
	case DCV_ZKIND_TTL:
		return take_default(walk, frame, raw, &entry);
	case DCV_ZKIND_INCLUDE:
		return take_include(walk, frame, raw, &entry);
	case DCV_ZKIND_GENERATE:
		return take_generate(walk, frame, raw, &entry);
	}
	return DCVP_OK;
}

static enum dcvp_class take_entry(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const struct dcv_zraw *raw)
{
	return dcv_zquick(walk, frame, raw) ? DCVP_OK : take_slowly(walk, frame, raw);
}

static enum dcvp_class walk_end(struct dcv_zwalk *walk, const struct dcv_zframe *frame,
	enum dcv_zscan_end end)
{
	switch (end) {
	case DCV_ZSCAN_SYNTAX:
		return dcv_zwalk_syntax(walk, frame, frame->scan.problem_line,
			frame->scan.problem);
	case DCV_ZSCAN_IO:
		return dcv_zerrno(walk->err, frame->path, "cannot be read",
			frame->scan.error);
	case DCV_ZSCAN_NOMEM:
		return dcv_znomem(walk->err);
	case DCV_ZSCAN_ENTRY:
	case DCV_ZSCAN_END:
		break;
	}
	return DCVP_OK;
}

/* What a line that is put at the end of the file would follow. */
static enum dcvp_class note_end(struct dcv_zwalk *walk, const struct dcv_zframe *frame)
{
	struct dcv_zfile *file = &walk->found->files[frame->file];

	file->is_open = frame->file != 0;
	walk->n_ended += file->is_open;
	/* A comment that is the last line and has no line end: NSD takes one behind an $INCLUDE, but no
	 * record. */
	if (frame->file == 0 && !file->ends_in_newline && walk->found->n_files > 1)
		return note_place(walk, frame, frame->beyond, &file->end);
	return note_place(walk, frame, file->size, &file->end);
}

enum dcvp_class dcv_zwalk_file(struct dcv_zwalk *walk, struct dcv_zframe *frame, int fd,
	size_t window)
{
	struct dcv_zraw raw;
	enum dcvp_class end = DCVP_OK;
	enum dcv_zscan_end step = DCV_ZSCAN_ENTRY;

	dcv_zscan_init(&frame->scan, fd, window);
	while (end == DCVP_OK && step == DCV_ZSCAN_ENTRY) {
		dcv_zquick_lines(walk, frame);
		step = dcv_zscan_next(&frame->scan, &raw);
		if (step == DCV_ZSCAN_ENTRY)
			end = take_entry(walk, frame, &raw);
	}
	if (end == DCVP_OK)
		end = walk_end(walk, frame, step);
	dcv_zscan_clear(&frame->scan);
	return end == DCVP_OK ? note_end(walk, frame) : end;
}

/* A small file needs no large window; one octet more, so that its end is seen at once. */
static size_t window_of(const struct dcv_zident *ident)
{
	size_t size = ident->size > 0 ? (size_t)ident->size + 1 : 1;

	if (ident->size >= (off_t)DCV_ZSCAN_WINDOW)
		return DCV_ZSCAN_WINDOW;
	return size < WINDOW_LEAST ? WINDOW_LEAST : size;
}

enum dcvp_class dcv_zwalk_run(struct dcv_zwalk *walk)
{
	struct dcv_zfound *found = walk->found;
	struct dcv_zframe frame = {.path = walk->source->path,
		.ident = found->files[0].ident};
	enum dcvp_class end;
	char *text = dcv_name_text(&found->nodes.apex, walk->apex_text);

	walk->apex_len = strchr(text, '\\') != NULL || strlen(text) < 2 ? 0
									: strlen(text) - 1;
	walk->previous = DCV_ZNONE;
	frame.style.separator = ' ';
	frame.owner.node = DCV_ZNONE;
	frame.owner.record = DCV_ZNONE;
	dcv_zorigin_set(walk, &frame, &found->nodes.apex);
	end = dcv_zwalk_file(walk, &frame, walk->source->fd, window_of(&frame.ident));
	if (end != DCVP_OK)
		return end;
	if (found->soa.record == DCV_ZNONE) {
		(void)dcv_zfail(walk->err, DCVP_REFUSED,
			"%s: no SOA record at the apex of %s", walk->source->path, text);
		return dcv_zhelp(walk->err, DCVP_REFUSED,
			"help: is it the file of this zone? a zone file has one SOA record at its apex");
	}
	return DCVP_OK;
}
