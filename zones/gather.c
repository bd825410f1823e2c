/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what is kept of a scan and how. It does not know how files are read, nor
 * what the records are wanted for. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "zones/fail.h"
#include "zones/walk.h"

#define RDATA_TEXT_MAX (1024u * 1024u)
#define SOA_FIXED 20u /* SERIAL … MINIMUM, RFC 1035 3.3.13 */

void dcv_zident_of(const struct stat *st, struct dcv_zident *ret)
{
	*ret = (struct dcv_zident){st->st_dev, st->st_ino, st->st_size, st->st_mtim,
		st->st_ctim};
}

static bool time_equal(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool dcv_zident_equal(const struct dcv_zident *a, const struct dcv_zident *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
		time_equal(a->mtime, b->mtime) && time_equal(a->ctime, b->ctime);
}

bool dcv_zknows_type(uint16_t type, const char *text, size_t len)
{
	return dcv_type_is_encoded(type) || (len > 2 && text[0] == '\\' && text[1] == '#');
}

/* RDATA in one line and, where we know the type, in wire form. */
static enum dcvp_class keep_rdata(struct dcv_zwalk *walk, const struct dcv_zframe *frame,
	const struct dcv_zmet *met, struct dcv_zrecord *record)
{
	struct dcv_arena *arena = &walk->found->arena;
	struct dcv_error why = {0};
	enum dcv_err rc;

	walk->rdata.len = 0;
	dcv_zentry_rdata(met->raw, met->entry->rdata_at, &walk->rdata);
	if (walk->rdata.failed) {
		return walk->rdata.len + 64 < RDATA_TEXT_MAX &&
				met->raw->len < RDATA_TEXT_MAX
			? dcv_znomem(walk->err)
			: dcv_zwalk_syntax(walk, frame, met->raw->line,
				  "RDATA over 64 KiB");
	}
	record->text_len = walk->rdata.len;
	record->text = dcv_arena_strndup(arena, dcv_buf_text(&walk->rdata),
		walk->rdata.len);
	if (record->text == NULL)
		return dcv_znomem(walk->err);
	if (!dcv_zknows_type(record->type, record->text, record->text_len))
		return DCVP_OK;
	rc = dcv_rdata_parse(record->type, record->text, record->text_len, &frame->origin,
		arena, &record->wire, &why);
	if (rc == DCV_E_NOMEM)
		return dcv_znomem(walk->err);
	return rc == DCV_OK ? DCVP_OK
			    : dcv_zwalk_syntax(walk, frame, met->raw->line, why.text);
}

/* The order that a comment behind the record names, in the form that dcv_zline writes. */
static enum dcvp_class keep_mark(struct dcv_zwalk *walk, const struct dcv_zmet *met,
	struct dcv_zrecord *record)
{
	size_t len = 0;
	const char *mark = dcv_zmark_read(met->raw, met->entry->rdata_at, &len);

	if (mark == NULL)
		return DCVP_OK;
	record->mark = dcv_arena_strndup(&walk->found->arena, mark, len);
	return record->mark == NULL ? dcv_znomem(walk->err) : DCVP_OK;
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Where in RDATA of the form of RFC 3597 the digits of the serial lie; false: not in one token. */
static bool find_hex_serial(struct dcv_ztokens *tokens, size_t len, struct dcv_ztoken *ret)
{
	size_t before = 2 * (len - SOA_FIXED);

	/* `\#` and the length. */
	(void)dcv_ztokens_next(tokens, ret);
	(void)dcv_ztokens_next(tokens, ret);
	while (dcv_ztokens_next(tokens, ret)) {
		if (before < ret->len) {
			ret->at += before;
			ret->len -= before;
			break;
		}
		before -= ret->len;
	}
	if (ret->len < 8)
		return false;
	ret->len = 8;
	return true;
}

/* The third token of the RDATA. */
static bool find_serial(struct dcv_ztokens *tokens, struct dcv_ztoken *ret)
{
	for (int i = 0; i < 3; i++)
		if (!dcv_ztokens_next(tokens, ret))
			return false;
	return true;
}

/* The place of the serial. */
static enum dcvp_class keep_serial(struct dcv_zwalk *walk, const struct dcv_zframe *frame,
	const struct dcv_zmet *met, const struct dcv_zrecord *record)
{
	struct dcv_ztokens tokens = {.text = met->raw->text,
		.len = met->raw->len,
		.pos = met->entry->rdata_at};
	struct dcv_ztoken token = {0};
	struct dcv_zsoa *soa = &walk->found->soa;
	/* A name may begin with a backslash too. */
	bool hex = strncmp(record->text, "\\# ", 3) == 0;

	if (!(hex ? find_hex_serial(&tokens, record->wire.len, &token)
		  : find_serial(&tokens, &token)))
		return dcv_zwalk_syntax(walk, frame, met->raw->line,
			"a SOA record whose serial is not written in one piece");
	soa->places[soa->n_places++] = (struct dcv_zserial_place){
		met->raw->offset + token.at, token.len, hex};
	return DCVP_OK;
}

/* Servers take the same SOA once more for the one that it is; their serials change together. */
static bool is_same_soa(const struct dcv_zfound *found, const struct dcv_zrecord *record)
{
	const struct dcv_zrecord *first = &found->records[found->soa.record];

	return found->soa.n_places < 2 && record->file == first->file &&
		dcv_rdata_equal(&record->wire, &first->wire);
}

static enum dcvp_class keep_soa(struct dcv_zwalk *walk, const struct dcv_zframe *frame,
	const struct dcv_zmet *met, struct dcv_zrecord *record)
{
	struct dcv_zsoa *soa = &walk->found->soa;
	const uint8_t *fixed;
	enum dcvp_class end;

	if (record->wire.wire == NULL || record->wire.len < SOA_FIXED)
		return dcv_zwalk_syntax(walk, frame, met->raw->line, "a bad SOA record");
	if (soa->record != DCV_ZNONE && !is_same_soa(walk->found, record))
		return dcv_zwalk_syntax(walk, frame, met->raw->line,
			"a second SOA record");
	end = keep_serial(walk, frame, met, record);
	if (end != DCVP_OK || soa->record != DCV_ZNONE)
		return end;
	fixed = record->wire.wire + record->wire.len - SOA_FIXED;
	soa->serial = get32(fixed);
	soa->minimum_s = get32(fixed + 16);
	if (!record->ttl_written && !walk->default_known && !walk->last_known) {
		/* As BIND does without $TTL. */
		walk->default_known = true;
		walk->default_s = soa->minimum_s;
		record->ttl_s = soa->minimum_s;
	}
	soa->ttl_s = record->ttl_s;
	soa->record = walk->found->n_records;
	return DCVP_OK;
}

/* Notes a name server of the zone, so that its addresses are found. */
static enum dcvp_class keep_server(struct dcv_zwalk *walk,
	const struct dcv_zrecord *record)
{
	struct dcv_znodes *nodes = &walk->found->nodes;
	struct dcv_name name;
	size_t node;

	if (!dcv_name_from_wire(record->wire.wire, record->wire.len, &name) ||
		!dcv_name_is_within(&name, &nodes->apex))
		return DCVP_OK;
	node = dcv_znodes_find(nodes, &name);
	if (node != DCV_ZNONE && (nodes->items[node].is_server || nodes->items[node].asked))
		return DCVP_OK;
	if (!dcv_znodes_add(nodes, &name, &node))
		return dcv_znomem(walk->err);
	nodes->items[node].is_server = true;
	/* Its addresses may stand before this line. */
	walk->again = walk->again || walk->others_met || node == 0;
	return DCVP_OK;
}

static void fill_record(const struct dcv_zwalk *walk, const struct dcv_zframe *frame,
	const struct dcv_zmet *met, struct dcv_zrecord *ret)
{
	const struct dcv_zraw *raw = met->raw;
	const struct dcv_zentry *entry = met->entry;
	const char *behind_owner = raw->text;

	if (!entry->blank_owner)
		behind_owner += entry->owner.at + entry->owner.len + entry->owner.quoted;
	*ret = (struct dcv_zrecord){.file = frame->file,
		.offset = raw->offset,
		.line = raw->line,
		.len = raw->len,
		.node = frame->owner.node,
		.next = DCV_ZNONE,
		.named = entry->blank_owner ? frame->owner.record : frame->owner.before,
		.renamed = !entry->blank_owner && frame->owner.same,
		.type = entry->rrtype,
		.ttl_s = met->ttl_s,
		.blank_owner = entry->blank_owner,
		.ttl_written = entry->ttl.len > 0,
		.no_newline = raw->text[raw->len - 1] != '\n',
		.ttl_inherited = met->ttl_inherited,
		.before_known = met->before_known,
		.before_s = met->before_s,
		.ttl_at = entry->ttl.at,
		.ttl_len = entry->ttl.len,
		.fields_at = entry->fields_at,
		.owner_text = frame->owner.text,
		.origin = frame->origin_kept};
	ret->style = dcv_zwalk_style(walk, frame);
	ret->style.separator = *behind_owner == '\t' ? '\t' : ' ';
	ret->ttl_can_go = ret->ttl_written && walk->default_known &&
		strchr(" \t", raw->text[entry->ttl.at + entry->ttl.len]) != NULL;
}

static enum dcvp_class append(struct dcv_zwalk *walk, const struct dcv_zrecord *record)
{
	struct dcv_zfound *found = walk->found;
	struct dcv_znode *node = &found->nodes.items[record->node];
	struct dcv_zrecord *records = dcv_arena_grow(&found->arena, found->records,
		found->n_records, sizeof *records);

	if (records == NULL)
		return dcv_znomem(walk->err);
	found->records = records;
	records[found->n_records] = *record;
	if (node->last != DCV_ZNONE)
		records[node->last].next = found->n_records;
	else
		node->first = found->n_records;
	node->last = found->n_records++;
	node->n++;
	return DCVP_OK;
}

enum dcvp_class dcv_zkeep(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const struct dcv_zmet *met)
{
	struct dcv_zrecord record;
	enum dcvp_class end;

	if (walk->found->n_records >= DCV_ZRECORDS_MAX)
		return dcv_zfail(walk->err, DCVP_REFUSED,
			"%s: more than %u records at the names of this change",
			frame->path, DCV_ZRECORDS_MAX);
	if (frame->origin_kept == NULL)
		frame->origin_kept = dcv_arena_memdup(&walk->found->arena, &frame->origin,
			sizeof frame->origin);
	if (frame->origin_kept == NULL)
		return dcv_znomem(walk->err);
	fill_record(walk, frame, met, &record);
	end = keep_rdata(walk, frame, met, &record);
	if (end == DCVP_OK)
		end = keep_mark(walk, met, &record);
	if (end == DCVP_OK && record.type == DCV_TYPE_SOA)
		end = keep_soa(walk, frame, met, &record);
	if (end == DCVP_OK && record.type == DCV_TYPE_NS && record.node == 0)
		end = keep_server(walk, &record);
	if (end != DCVP_OK)
		return end;
	return append(walk, &record);
}

static enum dcvp_class add_nodes(struct dcv_zwalk *walk, const struct dcv_name *owners,
	size_t n)
{
	struct dcv_znodes *nodes = &walk->found->nodes;
	size_t node;

	for (size_t i = 0; i < n; i++) {
		if (!dcv_name_is_within(&owners[i], &nodes->apex))
			return dcv_zfail(walk->err, DCVP_INVALID,
				"%s: an owner that is not in the zone",
				walk->source->path);
		if (!dcv_znodes_add(nodes, &owners[i], &node))
			return dcv_znomem(walk->err);
		nodes->items[node].asked = true;
	}
	return DCVP_OK;
}

/* The name servers that a first scan found, for the second. */
static enum dcvp_class add_servers(struct dcv_zwalk *walk, const struct dcv_zfound *former)
{
	size_t node;

	for (size_t i = 0; former != NULL && i < former->nodes.n; i++) {
		if (!former->nodes.items[i].is_server)
			continue;
		if (!dcv_znodes_add(&walk->found->nodes, &former->nodes.items[i].name,
			    &node))
			return dcv_znomem(walk->err);
		walk->found->nodes.items[node].is_server = true;
	}
	return DCVP_OK;
}

/* FNV-1a over the identities of the included files. */
static uint64_t hash_files(const struct dcv_zfound *found)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 1; i < found->n_files; i++) {
		const struct dcv_zident *id = &found->files[i].ident;
		const uint64_t words[] = {(uint64_t)id->dev, (uint64_t)id->ino,
			(uint64_t)id->size, (uint64_t)id->mtime.tv_sec,
			(uint64_t)id->mtime.tv_nsec, (uint64_t)id->ctime.tv_sec,
			(uint64_t)id->ctime.tv_nsec};

		for (size_t j = 0; j < sizeof words / sizeof words[0]; j++)
			for (unsigned k = 0; k < 64; k += 8)
				hash = (hash ^ (words[j] >> k & 0xff)) * 0x100000001b3u;
	}
	return hash;
}

static const char *make_etag(struct dcv_zfound *found)
{
	const struct dcv_zident *id = &found->files[0].ident;

	return dcv_arena_printf(&found->arena,
		"%llx:%llx:%lld:%lld.%09ld:%lld.%09ld+%zu:%016llx",
		(unsigned long long)id->dev, (unsigned long long)id->ino,
		(long long)id->size, (long long)id->mtime.tv_sec, id->mtime.tv_nsec,
		(long long)id->ctime.tv_sec, id->ctime.tv_nsec, found->n_files - 1,
		(unsigned long long)hash_files(found));
}

bool dcv_zfound_rebind(struct dcv_zfound *found, const char *path,
	const struct dcv_zident *ident)
{
	const char *copy = dcv_arena_strdup(&found->arena, path);

	if (copy == NULL)
		return false;
	found->files[0].path = copy;
	found->files[0].ident = *ident;
	found->etag = make_etag(found);
	return found->etag != NULL;
}

enum dcvp_class dcv_zfile_note(struct dcv_zwalk *walk, const char *path, int fd,
	const struct dcv_zident *ident)
{
	struct dcv_zfound *found = walk->found;
	struct dcv_zfile *files, *file;
	struct stat st;
	char last = '\n';

	if (fstat(fd, &st) != 0)
		return dcv_zerrno(walk->err, path, "cannot be examined", errno);
	if (st.st_size > 0 && pread(fd, &last, 1, st.st_size - 1) != 1)
		return dcv_zerrno(walk->err, path, "cannot be read", errno);
	files = dcv_arena_grow(&found->arena, found->files, found->n_files, sizeof *files);
	if (files == NULL)
		return dcv_znomem(walk->err);
	found->files = files;
	file = &files[found->n_files];
	*file = (struct dcv_zfile){.path = dcv_arena_strdup(&found->arena, path),
		.size = (uint64_t)st.st_size,
		.ends_in_newline = last == '\n',
		.ends_in_return = last == '\r'};
	if (ident != NULL)
		file->ident = *ident;
	else
		dcv_zident_of(&st, &file->ident);
	if (file->path == NULL)
		return dcv_znomem(walk->err);
	found->n_files++;
	return DCVP_OK;
}

/* One scan. */
static enum dcvp_class scan_once(struct dcv_zwalk *walk, const struct dcv_name *apex,
	const struct dcv_name *owners, size_t n, const struct dcv_zfound *former)
{
	struct dcv_zfound *found = walk->found;
	enum dcvp_class end;

	if (!dcv_znodes_init(&found->nodes, apex, &found->arena))
		return dcv_znomem(walk->err);
	end = add_nodes(walk, owners, n);
	if (end == DCVP_OK)
		end = add_servers(walk, former);
	if (end == DCVP_OK)
		end = dcv_zfile_note(walk, walk->source->path, walk->source->fd, NULL);
	found->soa.record = DCV_ZNONE;
	dcv_buf_init(&walk->rdata, RDATA_TEXT_MAX);
	if (end == DCVP_OK)
		end = dcv_zwalk_run(walk);
	dcv_buf_clear(&walk->rdata);
	if (end != DCVP_OK)
		return end;
	found->etag = make_etag(found);
	return found->etag == NULL ? dcv_znomem(walk->err) : DCVP_OK;
}

void dcv_zfound_free(struct dcv_zfound *found)
{
	if (found == NULL)
		return;
	dcv_arena_clear(&found->arena);
	free(found);
}

/* A scan with a walk of its own; *ret_again: it met a name server whose addresses it may have
 * passed. */
static enum dcvp_class scan_fresh(const struct dcv_zsource *source,
	const struct dcv_name *apex, const struct dcv_name *owners, size_t n,
	const struct dcv_zfound *former, struct dcv_zfound **ret, bool *ret_again,
	struct dcvp_error *err)
{
	struct dcv_zwalk *walk = calloc(1, sizeof *walk);
	struct dcv_zfound *found = calloc(1, sizeof *found);
	enum dcvp_class end = DCVP_NOMEM;

	if (walk == NULL || found == NULL) {
		(void)dcv_znomem(err);
		goto out;
	}
	walk->source = source;
	walk->found = found;
	walk->err = err;
	end = scan_once(walk, apex, owners, n, former);
	if (end != DCVP_OK)
		goto out;
	*ret_again = walk->again;
	*ret = found;
	found = NULL;
out:
	dcv_zfound_free(found);
	free(walk);
	return end;
}

enum dcvp_class dcv_zgather(const struct dcv_zsource *source, const struct dcv_name *apex,
	const struct dcv_name *owners, size_t n, struct dcv_zfound **ret,
	struct dcvp_error *err)
{
	struct dcv_zfound *first = NULL, *second = NULL;
	bool again = false, ignored;
	enum dcvp_class end = scan_fresh(source, apex, owners, n, NULL, &first, &again,
		err);

	if (end != DCVP_OK)
		return end;
	if (!again) {
		*ret = first;
		return DCVP_OK;
	}
	end = scan_fresh(source, apex, owners, n, first, &second, &ignored, err);
	dcv_zfound_free(first);
	if (end == DCVP_OK)
		*ret = second;
	return end;
}
