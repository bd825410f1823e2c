/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Any octets as a zone file, cut into entries and tokens. The entries must be those of a slow
 * reader that knows nothing of windows and blocks, and the fast ways of reading may decide
 * nothing that the slow ones decide otherwise: one entry, and a whole zone. */
#include "fuzz.h"

#include "dns/rr.h"
#include "zones/entry.h"
#include "zones/found.h"

#define INPUT_MAX 65536u

static struct {
	uint64_t inputs, zones;
} count;

static void tell(void)
{
	(void)fprintf(stderr,
		"fuzz_zone_scan: %llu inputs, %llu zones read in both ways\n",
		(unsigned long long)count.inputs, (unsigned long long)count.zones);
}

struct text {
	const char *octets;
	size_t n;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Where the comment at `at` ends: on its line end. */
static size_t behind_comment(const struct text *text, size_t at)
{
	while (at < text->n && text->octets[at] != '\n')
		at++;
	return at;
}

/* Where the quoted string that begins at `at` ends, SIZE_MAX if nowhere. */
static size_t behind_quotes(const struct text *text, size_t at)
{
	for (at++; at < text->n; at++) {
		if (text->octets[at] == '"')
			return at + 1;
		if (text->octets[at] == '\\')
			at++;
	}
	return SIZE_MAX;
}

/* The end of the entry that begins at `at`, octet by octet; SIZE_MAX: it is malformed. */
static size_t slow_end(const struct text *text, size_t at)
{
	size_t depth = 0;

	while (at < text->n) {
		char c = text->octets[at];

		if (c == '"') {
			at = behind_quotes(text, at);
			if (at == SIZE_MAX)
				return SIZE_MAX;
			continue;
		}
		if (c == ';') {
			at = behind_comment(text, at);
			continue;
		}
		if ((c == ')' && depth == 0) || (c == '\\' && at + 1 == text->n))
			return SIZE_MAX;
		depth += c == '(';
		depth -= c == ')';
		at += c == '\\' ? 2 : 1;
		if (c == '\n' && depth == 0)
			return at;
	}
	return depth == 0 ? at : SIZE_MAX;
}

/* Where the next entry begins; text->n if there is none. */
static size_t slow_begin(const struct text *text, size_t at)
{
	for (;;) {
		size_t line = at;

		while (at < text->n &&
			(is_blank(text->octets[at]) && text->octets[at] != '\n'))
			at++;
		if (at < text->n && text->octets[at] == ';')
			at = behind_comment(text, at);
		if (at >= text->n)
			return text->n;
		if (text->octets[at] != '\n')
			return line;
		at++;
	}
}

static uint64_t lines_in(const struct text *text, size_t from, size_t to)
{
	uint64_t lines = 0;

	for (size_t i = from; i < to; i++)
		lines += text->octets[i] == '\n';
	return lines;
}

/* A token lies in the entry, holds nothing that ends it, and only blanks, parentheses, quotes
 * and comments stand between two. */
static size_t try_tokens(const struct dcv_zraw *raw)
{
	struct dcv_ztokens tokens = {.text = raw->text, .len = raw->len};
	struct dcv_ztoken token;
	size_t behind = 0, n = 0;

	for (; dcv_ztokens_next(&tokens, &token); n++) {
		insist(token.at >= behind && token.len <= raw->len &&
				token.at <= raw->len - token.len && tokens.pos <= raw->len,
			"a token that is not in its entry");
		insist(token.quoted || token.len > 0, "a token of nothing");
		for (size_t i = behind; i < token.at; i++) {
			char c = raw->text[i];

			insist(is_blank(c) || (c != 0 && strchr("();\"", c) != NULL),
				"a lost octet");
			if (c == ';')
				while (raw->text[i] != '\n')
					i++;
		}
		behind = token.at + token.len + token.quoted;
		insist(behind == tokens.pos, "a token that ends elsewhere");
	}
	return n;
}

/* `len`: the entry, or all that is at hand from there on. */
static void try_head(const struct dcv_zraw *raw, size_t len, const char *problem,
	const struct dcv_zentry *entry)
{
	struct dcv_zhead head;

	if (!dcv_zhead_read(raw->text, len, &head) ||
		dcv_type_parse(raw->text + head.type_at, head.type_len) == 0)
		return;
	insist(problem == NULL && entry->kind == DCV_ZKIND_RECORD,
		"the fast way takes what the slow one refuses");
	insist(head.entry_len == 0 || head.entry_len == raw->len, "another end");
	insist(head.blank_owner == entry->blank_owner &&
			head.owner_len == entry->owner.len && entry->owner.at == 0,
		"another owner");
	insist(head.has_class == (entry->class.len > 0) && !entry->other_class,
		"another class");
	insist(head.has_ttl == (entry->ttl.len > 0) && head.ttl_s == entry->ttl_s,
		"another TTL");
	insist(head.type_at == entry->type.at && head.type_len == entry->type.len,
		"another type");
	insist(head.separator == raw->text[head.owner_len], "another separator");
	for (size_t i = 0; i < head.owner_len; i++)
		insist((head.dots >> i & 1) == (raw->text[i] == '.'), "another dot");
}

/* The RDATA in one line has the same tokens. */
static void try_rdata(const struct dcv_zraw *raw, size_t rdata_at)
{
	const struct dcv_zraw rest = {.text = raw->text + rdata_at,
		.len = raw->len - rdata_at};
	struct dcv_zraw line = {0};
	struct dcv_buf buf;
	size_t n_mark = 0;
	const char *mark = dcv_zmark_read(raw, rdata_at, &n_mark);

	dcv_buf_init(&buf, 4 * INPUT_MAX);
	dcv_zentry_rdata(raw, rdata_at, &buf);
	insist(!buf.failed, "memory");
	line.text = dcv_buf_text(&buf);
	line.len = buf.len;
	insist(memchr(line.text, '\n', line.len) == NULL &&
			memchr(line.text, '\0', line.len) == NULL,
		"RDATA over two lines");
	insist(try_tokens(&line) == try_tokens(&rest), "other tokens in one line");
	dcv_buf_clear(&buf);
	if (mark == NULL)
		return;
	insist(mark > raw->text + rdata_at && mark + n_mark <= raw->text + raw->len &&
			memchr(mark, '/', n_mark) != NULL,
		"a mark that is not in its entry");
}

/* Adds the entry to a zone that says the same and is read slowly: parentheses before the fields
 * of a record. */
static void add_slow(const struct dcv_zraw *raw, size_t fields_at, struct dcv_buf *slow)
{
	dcv_buf_add(slow, raw->text, fields_at);
	if (fields_at > 0)
		dcv_buf_adds(slow, "()");
	dcv_buf_add(slow, raw->text + fields_at, raw->len - fields_at);
}

static void try_entry(const struct dcv_zraw *raw, size_t at_hand, struct dcv_buf *slow)
{
	struct dcv_zentry entry;
	const char *problem = dcv_zentry_read(raw, &entry);

	(void)try_tokens(raw);
	try_head(raw, raw->len, problem, &entry);
	try_head(raw, at_hand, problem, &entry);
	add_slow(raw, problem == NULL ? entry.fields_at : 0, slow);
	if (problem != NULL)
		return;
	insist((entry.kind == DCV_ZKIND_RECORD) == (entry.rrtype != 0),
		"a kind without type");
	if (entry.kind != DCV_ZKIND_RECORD)
		return;
	insist(entry.fields_at <= entry.type.at && entry.rdata_at <= raw->len &&
			entry.rdata_at >= entry.type.at + entry.type.len,
		"fields out of order");
	try_rdata(raw, entry.rdata_at);
}

/* The scanner is at its end: so is the file, or an entry is malformed. */
static void try_end(const struct text *text, const struct dcv_zscan *scanner,
	enum dcv_zscan_end end, size_t begin, uint64_t line)
{
	bool is_end = begin == text->n;

	insist(end == (is_end ? DCV_ZSCAN_END : DCV_ZSCAN_SYNTAX), "another end");
	insist(is_end || slow_end(text, begin) == SIZE_MAX, "refused in vain");
	insist(is_end || (scanner->problem != NULL && scanner->problem_line >= line),
		"a problem elsewhere");
}

/* The entries as a window of this size shows them. slow NULL: only where they lie. */
static void scan(const struct text *text, int fd, size_t window, struct dcv_buf *slow)
{
	struct dcv_zscan scanner;
	struct dcv_zraw raw;
	enum dcv_zscan_end end;
	size_t at = 0, begin = slow_begin(text, 0);
	uint64_t line = 1 + lines_in(text, 0, begin);

	dcv_zscan_init(&scanner, fd, window);
	while ((end = dcv_zscan_next(&scanner, &raw)) == DCV_ZSCAN_ENTRY) {
		if (slow != NULL)
			dcv_buf_add(slow, text->octets + at, begin - at);
		at = slow_end(text, begin);
		insist(raw.offset == begin && at != SIZE_MAX && raw.len == at - begin,
			"another entry");
		insist(memcmp(raw.text, text->octets + begin, raw.len) == 0,
			"other octets");
		insist(raw.line == line, "another line");
		if (slow != NULL)
			try_entry(&raw, text->n - begin, slow);
		line += lines_in(text, begin, at);
		begin = slow_begin(text, at);
		line += lines_in(text, at, begin);
	}
	if (slow != NULL)
		dcv_buf_add(slow, text->octets + at, text->n - at);
	try_end(text, &scanner, end, begin, line);
	dcv_zscan_clear(&scanner);
}

static struct dcv_zfound *gather(int fd, struct dcvp_error *err)
{
	static const char *const names[] = {"_x.example.test.", "a.b.example.test."};
	const struct dcv_zsource source = {.fd = fd, .path = "zone", .dir = "/nonexistent"};
	struct dcv_name apex, owners[2];
	struct dcv_error why = {0};
	struct dcv_zfound *found = NULL;
	enum dcvp_class end;

	insist(dcv_name_from("example.test.", &apex, &why) == DCV_OK &&
			dcv_name_from(names[0], &owners[0], &why) == DCV_OK &&
			dcv_name_from(names[1], &owners[1], &why) == DCV_OK,
		"name");
	end = dcv_zgather(&source, &apex, owners, 2, &found, err);
	insist((found != NULL) == (end == DCVP_OK), "neither found nor refused");
	return found;
}

static void try_records(const struct dcv_zfound *fast, const struct dcv_zfound *slow)
{
	for (size_t i = 0; i < fast->n_records; i++) {
		const struct dcv_zrecord *a = &fast->records[i], *b = &slow->records[i];

		insist(a->line == b->line && a->node == b->node && a->named == b->named &&
				a->type == b->type && a->ttl_s == b->ttl_s &&
				a->ttl_written == b->ttl_written &&
				a->ttl_inherited == b->ttl_inherited &&
				a->blank_owner == b->blank_owner &&
				a->heir.is == b->heir.is && a->heir.ttl_s == b->heir.ttl_s,
			"another record");
		insist(strcmp(a->text, b->text) == 0, "other RDATA");
	}
}

/* A place for new lines, and how they would be written there; line ends and quotes are
 * guesses that the two ways may make differently. */
static void try_end_of(const struct dcv_zend *a, const struct dcv_zend *b)
{
	const struct dcv_zstyle *x = &a->style, *y = &b->style;

	insist((a->at == 0) == (b->at == 0), "a place for new lines");
	if (a->at == 0)
		return;
	insist(dcv_name_equal(a->origin, b->origin), "another origin");
	insist(x->separator == y->separator && x->absolute == y->absolute &&
			x->class_written == y->class_written &&
			x->ttl_written == y->ttl_written &&
			x->class_first == y->class_first &&
			x->has_default == y->has_default,
		"another style");
}

static void try_found(const struct dcv_zfound *fast, const struct dcv_zfound *slow)
{
	insist(fast->n_all == slow->n_all && fast->n_records == slow->n_records &&
			fast->n_outside == slow->n_outside &&
			fast->passed_ttl == slow->passed_ttl &&
			fast->passed_type == slow->passed_type,
		"other records");
	insist(fast->has_dnssec == slow->has_dnssec &&
			fast->rrsig_line == slow->rrsig_line &&
			fast->soa.serial == slow->soa.serial &&
			fast->soa.ttl_s == slow->soa.ttl_s,
		"another zone");
	for (size_t i = 0; i < fast->nodes.n; i++)
		insist(fast->nodes.items[i].exists == slow->nodes.items[i].exists &&
				fast->nodes.items[i].wildcard ==
					slow->nodes.items[i].wildcard,
			"another name exists");
	try_records(fast, slow);
	try_end_of(&fast->files[0].part, &slow->files[0].part);
	try_end_of(&fast->files[0].end, &slow->files[0].end);
}

/* Without any SOA the zone gets one, or nothing of it would be compared. */
static void put_zone(int *fd, const void *octets, size_t n)
{
	static const char head[] = "@ SOA ns1 host 7 1 2 3 4\n";
	static char text[2 * INPUT_MAX + sizeof head];
	size_t n_head = n > 0 && memmem(octets, n, "SOA", 3) != NULL ? 0 : sizeof head - 1;

	insist(n_head + n <= sizeof text, "a large zone");
	memcpy(text, head, n_head);
	if (n > 0)
		memcpy(text + n_head, octets, n);
	fuzz_put(fd, text, n_head + n);
}

/* Both files say the same, and so do the scans. */
static void try_zone(int fd, int slow_fd)
{
	struct dcvp_error errs[2];
	struct dcv_zfound *fast, *slow;

	memset(errs, 0, sizeof errs);
	fast = gather(fd, &errs[0]);
	slow = gather(slow_fd, &errs[1]);
	if (strcmp(errs[0].text, errs[1].text) != 0)
		(void)fprintf(stderr, "fast: %s\nslow: %s\n", errs[0].text, errs[1].text);
	insist(strcmp(errs[0].text, errs[1].text) == 0, "another refusal");
	if (fast != NULL && slow != NULL) {
		try_found(fast, slow);
		count.zones++;
	}
	dcv_zfound_free(fast);
	dcv_zfound_free(slow);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1, slow_fd = -1;
	const struct text text = {(const char *)data, size};
	struct dcv_buf slow;

	if (size > INPUT_MAX)
		return 0;
	if (count.inputs++ == 0)
		insist(atexit(tell) == 0, "atexit");
	fuzz_put(&fd, data, size);
	dcv_buf_init(&slow, 2 * INPUT_MAX);
	scan(&text, fd, size + 1, &slow);
	scan(&text, fd, 1, NULL);
	put_zone(&fd, data, size);
	put_zone(&slow_fd, slow.data, slow.len);
	dcv_buf_clear(&slow);
	try_zone(fd, slow_fd);
	return 0;
}
