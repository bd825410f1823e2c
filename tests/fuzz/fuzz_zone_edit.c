/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Any octets as a zone, edited and edited back: what is accepted must come out as it was. The
 * first octet chooses the change (struct plan). Behind it stands the zone's own file and then,
 * each behind a line with a lone FS (0x1c), the files `a` and `b` that it may include.
 *
 * What may differ afterwards, and nothing else:
 *   - the octets of the serial;
 *   - FLOW_REPLACE: the lines of the values that were replaced, each of which is written anew,
 *     in its place;
 *   - FLOW_LOWER, where the set had another TTL: TTLs, in the set and where a line took over
 *     one of them, since the way in which they were written is lost;
 *   - no $TTL, and the line behind the included file that takes new records takes its TTL from
 *     the last line of that file: that TTL is written now;
 *   - the line behind that file has no owner, which servers read in two ways then: it is written;
 *   - FLOW_REMOVE takes what is not ours and is not undone: lines go, and a line behind one
 *     may now say the owner or the TTL that it took from there.
 * Each step is also proved by dcv_zverify and dcv_zedits_hold. */
#include "fuzz.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "zones/commit.h"
#include "zones/entry.h"

#define INPUT_MAX 65536u
#define COPY_MAX (4u * INPUT_MAX)
#define NOW 1795219200
#define N_OWNERS 4u
#define N_FILES 3u
#define VALUES_MAX 2u

enum flow { FLOW_ADD, FLOW_REPLACE, FLOW_LOWER, FLOW_REMOVE };

/* The change, as the first octet has it. */
struct plan {
	enum flow flow; /* & 3 */
	size_t kind; /* >> 2 & 3: an index into kinds */
	bool comment; /* & 16 */
	bool external; /* & 32: somebody else counts the serial */
	bool into; /* & 64: new records go into the file `a` */
	bool loose; /* is_headless, ends_escaped, begins_blank */
};

struct kind {
	uint16_t type;
	const char *values[VALUES_MAX]; /* that are added */
};

static const struct kind kinds[] = {{DCV_TYPE_TXT, {"\"dcv-fuzz;1\"", "\"2\""}},
	{DCV_TYPE_CNAME, {"dcv.fuzz.test.", NULL}},
	{DCV_TYPE_CAA, {"0 issue \"fuzz.test; a=b\"", "128 tbs \"\\001\""}},
	{65, {"\\# 3 000100", NULL}}};
static const char *const owners[N_OWNERS] = {"_x.example.test.", "www.example.test.",
	"a.b.example.test.", "example.test."};
static const char *const notes[VALUES_MAX] = {"ca/1", "ca/2"};

/* A file of the zone. The included ones lie in a directory too, for their names. */
struct file {
	int fd; /* -1: it is not there */
	uint8_t *octets;
	size_t n;
};

struct zone {
	struct file files[N_FILES];
	struct dcv_zfound *found;
	size_t at[N_FILES]; /* the place in found->files; SIZE_MAX: not read or read twice */
	bool heir; /* what follows a file that takes new records takes TTL or owner from there */
};

/* The edits of a change, and those that undo it. */
struct edits {
	size_t n;
	struct dcvp_edit items[N_OWNERS], undo[N_OWNERS];
	const char *values[N_OWNERS][VALUES_MAX], *former[N_OWNERS][1];
	size_t replaced[N_OWNERS]; /* FLOW_REPLACE, FLOW_REMOVE: the record */
};

static struct {
	uint64_t inputs, zones, edits, undone;
} count;

static char dir[256], paths[N_FILES][sizeof dir + 2];

static void tell(void)
{
	(void)fprintf(stderr,
		"fuzz_zone_edit: %llu inputs, %llu zones, %llu edits, %llu undone\n",
		(unsigned long long)count.inputs, (unsigned long long)count.zones,
		(unsigned long long)count.edits, (unsigned long long)count.undone);
	for (size_t k = 1; k < N_FILES; k++)
		(void)unlink(paths[k]);
	(void)rmdir(dir);
}

static void begin(void)
{
	const char *above = getenv("TMPDIR");

	(void)snprintf(dir, sizeof dir, "%s/dcv-fuzz-XXXXXX",
		above != NULL ? above : "/tmp");
	insist(mkdtemp(dir) != NULL && atexit(tell) == 0, "no directory");
	for (size_t k = 1; k < N_FILES; k++)
		(void)snprintf(paths[k], sizeof paths[k], "%s/%c", dir,
			(char)('a' + k - 1));
}

/* Puts the octets of an included file where its name leads, or takes the name away. */
static void put_path(size_t k, const struct file *file)
{
	static bool there[N_FILES];
	int fd;

	if (file->fd < 0 && !there[k])
		return;
	there[k] = file->fd >= 0;
	if (!there[k]) {
		insist(unlink(paths[k]) == 0, "unlink");
		return;
	}
	fd = open(paths[k], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	insist(fd >= 0 && write(fd, file->octets, file->n) == (ssize_t)file->n, "write");
	(void)close(fd);
}

static struct dcv_zinstead instead_of(size_t k, int fd)
{
	struct dcv_zinstead instead = {.fd = fd};
	struct stat st;

	insist(stat(paths[k], &st) == 0, "stat");
	dcv_zident_of(&st, &instead.ident);
	return instead;
}

/* Where each file was read. */
static void find_files(struct zone *zone)
{
	for (size_t k = 0; k < N_FILES; k++)
		zone->at[k] = k == 0 ? 0 : SIZE_MAX;
	for (size_t k = 1; k < N_FILES; k++)
		for (size_t i = 1; i < zone->found->n_files; i++)
			if (zone->found->files[i].fixed == NULL &&
				strcmp(zone->found->files[i].path, paths[k]) == 0)
				zone->at[k] = i;
}

static bool gather(struct zone *zone, const struct plan *plan, struct dcvp_error *err)
{
	struct dcv_zinstead instead[N_FILES];
	struct dcv_zsource source = {.fd = zone->files[0].fd,
		.path = "zone",
		.dir = dir,
		.instead = instead};
	struct dcv_name apex, names[N_OWNERS];
	struct dcv_error why = {0};
	enum dcvp_class end;

	for (size_t k = 1; k < N_FILES; k++)
		if (zone->files[k].fd >= 0)
			instead[source.n_instead++] = instead_of(k, zone->files[k].fd);
	insist(dcv_name_from("example.test.", &apex, &why) == DCV_OK, "apex");
	for (size_t i = 0; i < N_OWNERS; i++)
		insist(dcv_name_from(owners[i], &names[i], &why) == DCV_OK, "name");
	zone->found = NULL;
	end = dcv_zgather(&source, &apex, names, N_OWNERS, &zone->found, err);
	insist((zone->found != NULL) == (end == DCVP_OK), "neither found nor refused");
	if (end != DCVP_OK) {
		insist(end == DCVP_REFUSED && err->text[0] != '\0',
			"a refusal without words");
		return false;
	}
	find_files(zone);
	zone->found->comment = plan->comment;
	zone->found->serial_external = plan->external;
	if (plan->into && zone->at[1] != SIZE_MAX)
		zone->found->into = (uint32_t)zone->at[1];
	zone->heir = zone->found->files[zone->found->into].end_heir.is;
	for (size_t i = 0; i < zone->found->n_files; i++)
		zone->heir = zone->heir || zone->found->files[i].end_blank.is;
	return true;
}

static const struct dcv_zrecord *set_at(const struct zone *zone, size_t node,
	uint16_t type)
{
	const struct dcv_zfound *found = zone->found;

	for (size_t i = found->nodes.items[node].first; i != DCV_ZNONE;
		i = found->records[i].next)
		if (found->records[i].type == type)
			return &found->records[i];
	return NULL;
}

/* How often the set has the value; SIZE_MAX: its TTLs differ. */
static size_t times(const struct zone *zone, const struct dcv_zrecord *first,
	const struct dcv_rdata *value)
{
	const struct dcv_zfound *found = zone->found;
	size_t n = 0;

	for (size_t i = (size_t)(first - found->records); i != DCV_ZNONE;
		i = found->records[i].next) {
		if (found->records[i].type != first->type)
			continue;
		if (found->records[i].ttl_s != first->ttl_s)
			return SIZE_MAX;
		n += dcv_rdata_equal(&found->records[i].wire, value);
	}
	return n;
}

static bool is_there(const struct zone *zone, const struct dcv_zrecord *first,
	uint16_t type, const char *value)
{
	struct dcv_arena arena = {0};
	struct dcv_rdata wire;
	struct dcv_error why = {0};
	bool there = false;

	insist(dcv_rdata_parse(type, value, strlen(value), NULL, &arena, &wire, &why) ==
			DCV_OK,
		"value");
	for (size_t i = first == NULL ? DCV_ZNONE : (size_t)(first - zone->found->records);
		i != DCV_ZNONE && !there; i = zone->found->records[i].next)
		there = zone->found->records[i].type == type &&
			dcv_rdata_equal(&zone->found->records[i].wire, &wire);
	dcv_arena_clear(&arena);
	return there;
}

static size_t node_of(const struct zone *zone, size_t owner)
{
	struct dcv_name name;
	struct dcv_error why = {0};

	insist(dcv_name_from(owners[owner], &name, &why) == DCV_OK, "name");
	return dcv_znodes_find(&zone->found->nodes, &name);
}

/* Values that are not there yet; the undo takes them away. */
static void plan_add(const struct zone *zone, const struct plan *plan, size_t owner,
	struct edits *edits)
{
	const struct kind *kind = &kinds[plan->kind];
	const struct dcv_zrecord *set = set_at(zone, node_of(zone, owner), kind->type);
	struct dcvp_edit edit = {.owner = owners[owner],
		.type = kind->type,
		.ttl_s = set != NULL ? set->ttl_s : 300,
		.notes = notes};
	const char **values = edits->values[edits->n];

	for (size_t i = 0; i < VALUES_MAX && kind->values[i] != NULL; i++)
		if (!is_there(zone, set, kind->type, kind->values[i]))
			values[edit.n_add++] = kind->values[i];
	if (edit.n_add == 0)
		return;
	edit.add = values;
	edits->undo[edits->n] = (struct dcvp_edit){.owner = edit.owner,
		.type = edit.type,
		.ttl_s = edit.ttl_s,
		.n_remove = edit.n_add,
		.remove = values};
	if (plan->flow == FLOW_LOWER)
		edit.ttl_s = 60;
	edits->items[edits->n++] = edit;
}

/* Another value of the type, for one that goes. */
static const char *other_value(uint16_t type)
{
	switch (type) {
	case DCV_TYPE_A:
		return "192.0.2.77";
	case DCV_TYPE_AAAA:
		return "2001:db8::77";
	case DCV_TYPE_MX:
		return "77 dcv.fuzz.test.";
	case DCV_TYPE_CNAME:
		return "dcv.fuzz.test.";
	case DCV_TYPE_TXT:
		return "\"dcv-fuzz;1\"";
	case DCV_TYPE_CAA:
		return "0 issue \"fuzz.test\"";
	default:
		return NULL;
	}
}

/* A record of which the set has no second one goes; the undo brings it back. */
static void plan_replace(const struct zone *zone, const struct plan *plan, size_t owner,
	struct dcv_arena *arena, struct edits *edits)
{
	const struct dcv_zfound *found = zone->found;
	struct dcvp_edit edit = {.owner = owners[owner], .n_remove = 1, .notes = notes};

	for (size_t i = found->nodes.items[node_of(zone, owner)].first; i != DCV_ZNONE;
		i = found->records[i].next) {
		const struct dcv_zrecord *record = &found->records[i];
		const struct dcv_zrecord *set = set_at(zone, record->node, record->type);
		const char *value = other_value(record->type);
		size_t n = edits->n;

		if (value == NULL || times(zone, set, &record->wire) != 1 ||
			is_there(zone, set, record->type, value) ||
			(plan->flow == FLOW_REPLACE && found->into != 0 &&
				record->file != found->into))
			continue;
		edits->former[n][0] = dcv_rdata_dup_text(record->type, &record->wire,
			arena);
		edits->values[n][0] = value;
		edits->replaced[n] = i;
		edit.type = record->type;
		edit.ttl_s = record->ttl_s;
		edit.n_add = plan->flow == FLOW_REPLACE;
		edit.add = edits->values[n];
		edit.remove = edits->former[n];
		edits->items[n] = edit;
		edit.add = edits->former[n];
		edit.remove = edits->values[n];
		edits->undo[n] = edit;
		edits->n++;
		return;
	}
}

static void plan_edits(const struct zone *zone, const struct plan *plan,
	struct dcv_arena *arena, struct edits *ret)
{
	ret->n = 0;
	for (size_t i = 0; i < N_OWNERS; i++) {
		if (plan->flow == FLOW_ADD || plan->flow == FLOW_LOWER)
			plan_add(zone, plan, i, ret);
		else
			plan_replace(zone, plan, i, arena, ret);
	}
}

static bool is_serial(const struct zone *zone, const struct dcv_zpatch *patch)
{
	const struct dcv_zsoa *soa = &zone->found->soa;

	for (size_t i = 0; i < soa->n_places; i++)
		if (patch->file == zone->found->records[soa->record].file &&
			patch->at == soa->places[i].at &&
			patch->drop == soa->places[i].len)
			return true;
	return false;
}

/* Nothing is touched that the change does not name: new lines come whole, replaced ones go
 * whole, and there is no other patch but the serial's. */
static void try_patches(const struct zone *zone, const struct plan *plan,
	const struct edits *edits, const struct dcv_zpatches *patches)
{
	size_t n_serial = 0, n_lines = 0;

	for (size_t i = 0; i < patches->n; i++) {
		const struct dcv_zpatch *patch = &patches->items[i];
		bool known = patch->drop == 0 && plan->flow == FLOW_ADD;

		n_serial += is_serial(zone, patch);
		for (size_t j = 0; j < edits->n && plan->flow == FLOW_REPLACE; j++) {
			const struct dcv_zrecord *record =
				&zone->found->records[edits->replaced[j]];

			known = known ||
				(patch->file == record->file &&
					patch->at == record->offset &&
					patch->drop == record->len);
		}
		n_lines += known && !is_serial(zone, patch);
	}
	if (zone->heir || plan->loose ||
		(plan->flow != FLOW_ADD && plan->flow != FLOW_REPLACE))
		return;
	insist(n_serial == (plan->external ? 0 : zone->found->soa.n_places),
		"a lost serial");
	insist(n_lines == patches->n_additions, "not a line a record");
	insist(n_lines + n_serial == patches->n, "something else is touched");
}

static void show(const char *when, const struct zone *zone)
{
	for (size_t k = 0; k < N_FILES; k++)
		if (zone->files[k].fd >= 0)
			(void)fprintf(stderr, "--- %s\n%.*s\n", when,
				(int)zone->files[k].n,
				(const char *)zone->files[k].octets);
}

static void load(struct file *file)
{
	struct stat st;

	insist(fstat(file->fd, &st) == 0 && st.st_size <= COPY_MAX, "a large copy");
	file->n = (size_t)st.st_size;
	file->octets = malloc(file->n + 1);
	insist(file->octets != NULL &&
			pread(file->fd, file->octets, file->n, 0) == (ssize_t)file->n,
		"copy");
}

/* The patched copies. Files of `generation` are used again. */
static void copy(const struct zone *before, const struct dcv_zpatches *patches,
	size_t generation, struct zone *ret)
{
	static int fds[2][N_FILES] = {{-1, -1, -1}, {-1, -1, -1}};

	for (size_t k = 0; k < N_FILES; k++) {
		const struct file *file = &before->files[k];
		const struct dcv_zpatch *items = NULL;
		size_t n = 0;

		ret->files[k] = (struct file){.fd = -1};
		if (file->fd < 0)
			continue;
		if (before->at[k] != SIZE_MAX)
			items = dcv_zpatches_of(patches, (uint32_t)before->at[k], &n);
		fuzz_put(&fds[generation][k], NULL, 0);
		insist(lseek(fds[generation][k], 0, SEEK_SET) == 0, "seek");
		insist(dcv_zcopy(file->fd, file->n, items, n, fds[generation][k]) == 0,
			"copy");
		ret->files[k].fd = fds[generation][k];
		load(&ret->files[k]);
	}
}

static void clear(struct zone *zone)
{
	dcv_zfound_free(zone->found);
	zone->found = NULL;
	for (size_t k = 0; k < N_FILES; k++) {
		free(zone->files[k].octets);
		zone->files[k].octets = NULL;
	}
}

static bool is_soa(const struct zone *zone, size_t k, const struct dcv_zraw *raw)
{
	const struct dcv_zrecord *soa = &zone->found->records[zone->found->soa.record];

	return soa->file == zone->at[k] && soa->offset == raw->offset;
}

/* A record stands, or an included file ends, before any TTL, $TTL and the SOA: BIND refuses such
 * a record. We may refuse the edit, at the latest when the copy is proved, and need not find
 * back to the same octets. *ret_known: a TTL is known behind this file. */
static bool is_headless(const struct zone *zone, size_t k, unsigned depth, bool *ret_known)
{
	struct dcv_zscan scanner;
	struct dcv_zraw raw;
	struct dcv_zentry entry;
	bool headless = false;

	dcv_zscan_init(&scanner, zone->files[k].fd, zone->files[k].n + 1);
	while (!*ret_known && !headless &&
		dcv_zscan_next(&scanner, &raw) == DCV_ZSCAN_ENTRY &&
		dcv_zentry_read(&raw, &entry) == NULL) {
		*ret_known = entry.kind == DCV_ZKIND_TTL ||
			(entry.kind == DCV_ZKIND_RECORD &&
				(entry.ttl.len > 0 || is_soa(zone, k, &raw)));
		headless = entry.kind == DCV_ZKIND_RECORD && !*ret_known;
		for (size_t i = 1;
			i < N_FILES && entry.kind == DCV_ZKIND_INCLUDE && depth < 8; i++)
			if (raw.text[entry.args[0].at] == "-ab"[i])
				headless = is_headless(zone, i, depth + 1, ret_known) ||
					!*ret_known;
	}
	dcv_zscan_clear(&scanner);
	return headless;
}

/* A line end behind a backslash is an octet, so the last line is open; BIND refuses that too. */
static bool ends_escaped(const struct zone *zone)
{
	bool escaped = false;

	for (size_t k = 0; k < N_FILES; k++) {
		const struct file *file = &zone->files[k];

		escaped = escaped ||
			(file->fd >= 0 && file->n > 1 &&
				memcmp(file->octets + file->n - 2, "\\\n", 2) == 0);
	}
	return escaped;
}

/* A record before any owner takes the apex for its own; BIND refuses it. */
static bool begins_blank(const struct zone *zone)
{
	bool blank = false;

	for (size_t i = 0; i < zone->found->n_records; i++)
		blank = blank ||
			(zone->found->records[i].blank_owner &&
				zone->found->records[i].named == DCV_ZNONE);
	return blank;
}

/* The copies are what was meant; false: they need not be. */
static bool prove(const struct zone *before, const struct plan *plan,
	const struct dcvp_change *change, const struct dcv_zpatches *patches,
	struct zone *after)
{
	struct dcvp_result results[N_OWNERS];
	struct dcvp_error err = {0};
	bool all = false;

	if (gather(after, plan, &err) &&
		dcv_zverify(before->found, patches, after->found, &err) == DCVP_OK &&
		dcv_zedits_hold(after->found, change, results, &all, &err) == DCVP_OK &&
		all)
		return true;
	if (plan->loose)
		return false;
	show("before", before);
	show("after", after);
	(void)fprintf(stderr, "%s\n", err.text);
	insist(false, "the edit is not what was meant");
	return false;
}

/* The zone after the edits; false: they are refused. `first`: the edit, not its undo. */
static bool change(const struct zone *before, const struct plan *plan,
	const struct edits *edits, bool first, struct zone *ret)
{
	const struct dcvp_change change = {"example.test.", "f", NULL, edits->n,
		first ? edits->items : edits->undo};
	struct dcvp_result results[N_OWNERS];
	struct dcv_zpatches patches = {0};
	struct dcvp_error err = {0};
	enum dcvp_class end = dcv_zpatches_make(before->found, before->files[0].fd,
		&change, NOW, &patches, results, &err);

	if (end == DCVP_OK) {
		if (first)
			try_patches(before, plan, edits, &patches);
		copy(before, &patches, first ? 0 : 1, ret);
		if (!prove(before, plan, &change, &patches, ret)) {
			dcv_zpatches_clear(&patches);
			return false;
		}
		for (size_t k = 1; k < N_FILES; k++)
			put_path(k, &ret->files[k]);
	}
	insist(end == DCVP_OK || (end == DCVP_REFUSED && err.text[0] != '\0'),
		"a refusal without words");
	dcv_zpatches_clear(&patches);
	return end == DCVP_OK;
}

/* Puts n octets in the place of `len` others. */
static void put_instead(struct file *file, uint64_t at, size_t len, const void *octets,
	size_t n)
{
	uint8_t *all = malloc(file->n - len + n + 1);

	insist(all != NULL, "memory");
	memcpy(all, file->octets, at);
	memcpy(all + at, octets, n);
	memcpy(all + at + n, file->octets + at + len, file->n - at - len);
	free(file->octets);
	file->octets = all;
	file->n += n - len;
}

/* Gives the file with the SOA the serial of the former zone again. */
static void restore_serial(const struct zone *former, struct zone *zone)
{
	const struct dcv_zsoa *was = &former->found->soa, *is = &zone->found->soa;

	insist(was->n_places == is->n_places, "another number of serials");
	for (size_t k = 0; k < N_FILES; k++)
		for (size_t i = is->n_places; i-- > 0;)
			if (zone->at[k] == zone->found->records[is->record].file)
				put_instead(&zone->files[k], is->places[i].at,
					is->places[i].len,
					former->files[k].octets + was->places[i].at,
					was->places[i].len);
}

static bool is_replaced(const struct zone *former, const struct edits *edits, size_t k,
	uint64_t at)
{
	for (size_t i = 0; i < edits->n; i++) {
		const struct dcv_zrecord *record =
			&former->found->records[edits->replaced[i]];

		if (record->file == former->at[k] && record->offset == at)
			return true;
	}
	return false;
}

static bool same(const struct dcv_zraw *a, const struct dcv_zraw *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* Two entries that differ in the TTL only. */
static bool same_but_ttl(const struct dcv_zraw *a, const struct dcv_zraw *b)
{
	struct dcv_zentry x, y;

	if (same(a, b))
		return true;
	return dcv_zentry_read(a, &x) == NULL && dcv_zentry_read(b, &y) == NULL &&
		x.kind == DCV_ZKIND_RECORD && x.kind == y.kind &&
		x.blank_owner == y.blank_owner && x.owner.len == y.owner.len &&
		memcmp(a->text, b->text, x.owner.at + x.owner.len) == 0 &&
		x.class.len == y.class.len && x.rrtype == y.rrtype &&
		a->len - x.rdata_at == b->len - y.rdata_at &&
		memcmp(a->text + x.rdata_at, b->text + y.rdata_at, a->len - x.rdata_at) ==
		0;
}

/* Entry by entry: what stands between is the same, and each is but for what the flow allows. */
/* The line behind a file to which lines may have been added, without an owner. */
static bool is_blank(const struct zone *zone, size_t k, const struct dcv_zraw *raw)
{
	const struct dcv_zfound *found = zone->found;

	for (size_t i = 0; i < found->n_files; i++) {
		const struct dcv_zblank *blank = &found->files[i].end_blank;

		if (blank->is && blank->at == raw->offset &&
			blank->file == (k == 0 ? 0 : (uint32_t)zone->at[k]))
			return true;
	}
	return false;
}

static void strip_owner(struct dcv_zraw *raw)
{
	while (raw->len > 0 && raw->text[0] != ' ' && raw->text[0] != '\t') {
		raw->text++;
		raw->len--;
	}
}

static void try_entries(const struct zone *former, const struct zone *zone,
	const struct plan *plan, const struct edits *edits, size_t k)
{
	const struct file *a = &former->files[k], *b = &zone->files[k];
	struct dcv_zscan scans[2];
	struct dcv_zraw x, y;
	uint64_t at_a = 0, at_b = 0;
	static int fd = -1;

	fuzz_put(&fd, b->octets, b->n); /* with the former serial */
	dcv_zscan_init(&scans[0], a->fd, a->n + 1);
	dcv_zscan_init(&scans[1], fd, b->n + 1);
	while (dcv_zscan_next(&scans[0], &x) == DCV_ZSCAN_ENTRY) {
		insist(dcv_zscan_next(&scans[1], &y) == DCV_ZSCAN_ENTRY,
			"an entry is lost");
		insist(x.offset - at_a == y.offset - at_b &&
				memcmp(a->octets + at_a, b->octets + at_b,
					x.offset - at_a) == 0,
			"what stands between has changed");
		at_a = x.offset + x.len;
		at_b = y.offset + y.len;
		if (is_blank(former, k, &x))
			strip_owner(&y);
		if (plan->flow == FLOW_REPLACE && is_replaced(former, edits, k, x.offset))
			continue;
		if (plan->flow == FLOW_LOWER || former->heir ? same_but_ttl(&x, &y)
							     : same(&x, &y))
			continue;
		show("before", former);
		show("after", zone);
		insist(false, "another entry has changed");
	}
	insist(dcv_zscan_next(&scans[1], &y) == DCV_ZSCAN_END, "an entry remains");
	insist(a->n - at_a == b->n - at_b &&
			memcmp(a->octets + at_a, b->octets + at_b, a->n - at_a) == 0,
		"the end has changed");
	dcv_zscan_clear(&scans[0]);
	dcv_zscan_clear(&scans[1]);
}

static void compare(const struct zone *former, struct zone *zone, const struct plan *plan,
	const struct edits *edits)
{
	restore_serial(former, zone);
	for (size_t k = 0; k < N_FILES; k++) {
		const struct file *a = &former->files[k], *b = &zone->files[k];

		if (a->fd < 0 || (a->n == b->n && memcmp(a->octets, b->octets, a->n) == 0))
			continue;
		if (plan->flow == FLOW_ADD && !former->heir) {
			show("before", former);
			show("after", zone);
		}
		insist(plan->flow != FLOW_ADD || former->heir,
			"add and remove do not give the file back");
		try_entries(former, zone, plan, edits, k);
	}
}

/* A set had two TTLs and got one: the undo, which knows one too, is no reversal, and may have to
 * write a TTL in a file that is included twice. */
static bool is_mixed(const struct zone *zone, const struct edits *edits)
{
	const struct dcv_rdata none = {0};
	bool mixed = false;

	for (size_t i = 0; i < edits->n; i++) {
		struct dcv_name name;
		struct dcv_error why = {0};
		const struct dcv_zrecord *set;

		insist(dcv_name_from(edits->items[i].owner, &name, &why) == DCV_OK,
			"name");
		set = set_at(zone, dcv_znodes_find(&zone->found->nodes, &name),
			edits->items[i].type);
		mixed = mixed || (set != NULL && times(zone, set, &none) == SIZE_MAX);
	}
	return mixed;
}

static void edit_and_undo(struct zone *zone, const struct plan *plan)
{
	bool undone;
	struct dcv_arena arena = {0};
	struct edits edits;
	struct zone there = {0}, back = {0};

	plan_edits(zone, plan, &arena, &edits);
	if (edits.n > 0 && change(zone, plan, &edits, true, &there)) {
		count.edits++;
		if (plan->flow != FLOW_REMOVE && !plan->loose) {
			undone = change(&there, plan, &edits, false, &back);
			insist(undone ||
					(plan->flow == FLOW_LOWER &&
						is_mixed(zone, &edits)),
				"no way back");
			count.undone += undone;
			if (undone)
				compare(zone, &back, plan, &edits);
		}
	}
	clear(&there);
	clear(&back);
	dcv_arena_clear(&arena);
}

/* Cuts the input into the files. */
static void cut(const uint8_t *data, size_t size, struct zone *ret)
{
	static int fds[N_FILES] = {-1, -1, -1};

	for (size_t k = 0; k < N_FILES; k++) {
		const uint8_t *end = NULL;
		size_t n = size;

		ret->files[k] = (struct file){.fd = -1};
		if (data == NULL)
			continue;
		if (k + 1 < N_FILES)
			end = memmem(data, size, "\x1c\n", 2);
		if (end != NULL)
			n = (size_t)(end - data);
		fuzz_put(&fds[k], data, n);
		ret->files[k].fd = fds[k];
		load(&ret->files[k]);
		data = end == NULL ? NULL : end + 2;
		size -= end == NULL ? size : n + 2;
	}
	for (size_t k = 1; k < N_FILES; k++)
		put_path(k, &ret->files[k]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan plan;
	struct zone zone;
	struct dcvp_error err = {0};
	bool known = false;

	if (size == 0 || size > INPUT_MAX)
		return 0;
	if (count.inputs++ == 0)
		begin();
	plan = (struct plan){.flow = data[0] & 3,
		.kind = data[0] >> 2 & 3,
		.comment = (data[0] & 16) != 0,
		.external = (data[0] & 32) != 0,
		.into = (data[0] & 64) != 0};
	cut(data + 1, size - 1, &zone);
	if (gather(&zone, &plan, &err)) {
		count.zones++;
		plan.loose = is_headless(&zone, 0, 0, &known) || ends_escaped(&zone) ||
			begins_blank(&zone);
		edit_and_undo(&zone, &plan);
	}
	clear(&zone);
	return 0;
}
