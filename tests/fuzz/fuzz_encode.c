/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Any octets as the RDATA of a TXT, CNAME or CAA record, as text or as wire form (the first
 * octet chooses). What we read and write must come back the same, and ldns judges: it reads our
 * text as the same octets, we read its text so, and where it accepts a text that we accept both
 * make the same of it.
 *
 * Where ldns 1.8.3 is wrong by the RFC it is not asked (is_beyond_ldns). */
#include "fuzz.h"

#include <ldns/ldns.h>

#include "dns/rdata.h"

#define INPUT_MAX 16384u
#define LINE_ROOM (5u * INPUT_MAX)

static struct {
	uint64_t inputs, read, written, judged;
} count;

static void tell(void)
{
	(void)fprintf(stderr,
		"fuzz_encode: %llu inputs, %llu texts read, %llu values written, %llu judged by ldns\n",
		(unsigned long long)count.inputs, (unsigned long long)count.read,
		(unsigned long long)count.written, (unsigned long long)count.judged);
}

/* What ldns makes of the text; NULL: it refuses. */
static ldns_rr *ldns_reads(uint16_t type, const char *text)
{
	static char line[LINE_ROOM];
	char name[DCV_TYPE_TEXT_MAX];
	ldns_rr *rr = NULL;

	(void)snprintf(line, sizeof line, "x. 300 IN %s %s", dcv_type_text(type, name),
		text);
	return ldns_rr_new_frm_str(&rr, line, 0, NULL, NULL) == LDNS_STATUS_OK ? rr : NULL;
}

/* The same octets; names in any case. */
static bool same(uint16_t type, ldns_rr *rr, const struct dcv_rdata *ours)
{
	ldns_buffer *wire = ldns_buffer_new(512);
	struct dcv_name name;
	struct dcv_rdata theirs;
	bool equal;

	insist(wire != NULL && ldns_rr_rdata2buffer_wire(wire, rr) == LDNS_STATUS_OK,
		"ldns writes no wire form");
	theirs = (struct dcv_rdata){(uint16_t)ldns_buffer_position(wire),
		ldns_buffer_begin(wire)};
	if (type == DCV_TYPE_CNAME && dcv_name_from_wire(theirs.wire, theirs.len, &name))
		theirs = (struct dcv_rdata){name.len, name.wire};
	equal = dcv_rdata_equal(&theirs, ours);
	ldns_buffer_free(wire);
	return equal;
}

/* RFC 8659 4.1: a CAA value may be as long as the RDATA, ldns takes 255 octets. RFC 1035 5.1:
 * `\@` is the octet, ldns takes a name that begins with it for the origin. */
static bool is_beyond_ldns(uint16_t type, const struct dcv_rdata *rdata)
{
	if (type == DCV_TYPE_CNAME)
		return rdata->wire[0] > 0 && rdata->wire[1] == '@';
	return type == DCV_TYPE_CAA && rdata->len - 2u - rdata->wire[1] > DCV_STRING_MAX;
}

/* The RDATA as ldns writes it, in the arena. */
static char *text_of_ldns(const ldns_rr *rr, struct dcv_arena *arena)
{
	char *all = dcv_arena_strdup(arena, "");

	for (size_t i = 0; i < ldns_rr_rd_count(rr) && all != NULL; i++) {
		char *one = ldns_rdf2str(ldns_rr_rdf(rr, i));

		insist(one != NULL, "ldns writes no text");
		all = dcv_arena_printf(arena, "%s%s%s", all, i > 0 ? " " : "", one);
		free(one);
	}
	return all;
}

/* ldns reads what we wrote, and we what it writes. */
static void judge(uint16_t type, const char *text, const struct dcv_rdata *rdata,
	struct dcv_arena *arena)
{
	struct dcv_rdata again;
	struct dcv_error why = {0};
	ldns_rr *rr = ldns_reads(type, text);
	char *theirs;

	if (rr == NULL)
		(void)fprintf(stderr, "%s\n", text);
	insist(rr != NULL, "ldns refuses our text");
	insist(same(type, rr, rdata), "ldns reads our text as something else");
	theirs = text_of_ldns(rr, arena);
	ldns_rr_free(rr);
	insist(theirs != NULL &&
			dcv_rdata_parse(type, theirs, strlen(theirs), NULL, arena, &again,
				&why) == DCV_OK,
		"we refuse the text of ldns");
	insist(dcv_rdata_equal(&again, rdata), "we read the text of ldns otherwise");
	count.judged++;
}

/* Wire -> text -> wire. */
static void try_value(uint16_t type, const struct dcv_rdata *rdata,
	struct dcv_arena *arena)
{
	char *text = dcv_rdata_dup_text(type, rdata, arena);
	struct dcv_rdata again;
	struct dcv_error why = {0};

	insist(text != NULL &&
			dcv_rdata_parse(type, text, strlen(text), NULL, arena, &again,
				&why) == DCV_OK,
		"a value that cannot be read back");
	insist(dcv_rrset_has(&(const struct dcv_rrset){.n = 1, .rdata = &again}, rdata),
		"a value that changes");
	count.written++;
	if (!is_beyond_ldns(type, rdata))
		judge(type, text, rdata, arena);
}

/* Parentheses and comments belong to the line, and dcv_rdata_parse sees what is left of it.
 * RFC 3597 5: `\#` is special right behind the type only, for ldns everywhere. */
static bool is_not_for_ldns(const char *text)
{
	return strpbrk(text, "();") != NULL || strstr(text, "\\#") != NULL;
}

static void try_text(uint16_t type, const char *text, size_t len, struct dcv_arena *arena)
{
	struct dcv_rdata rdata;
	struct dcv_error why = {0};
	enum dcv_err rc = dcv_rdata_parse(type, text, len, NULL, arena, &rdata, &why);
	ldns_rr *rr;

	insist(rc == DCV_OK || why.text[0] != '\0', "a refusal without words");
	if (rc != DCV_OK)
		return;
	count.read++;
	insist(dcv_rdata_is_sound(type, rdata.wire, rdata.len), "not of its type");
	try_value(type, &rdata, arena);
	rr = is_beyond_ldns(type, &rdata) || is_not_for_ldns(text)
		? NULL
		: ldns_reads(type, text);
	if (rr == NULL)
		return;
	insist(same(type, rr, &rdata), "ldns reads the text as something else");
	ldns_rr_free(rr);
}

/* In canonical order a name stands behind those above it. */
static void try_order(const struct dcv_name *name)
{
	unsigned labels = dcv_name_labels(name);

	for (unsigned i = 1; i <= labels; i++) {
		struct dcv_name above = dcv_name_parent(name, i);

		insist(dcv_name_compare(name, &above) > 0 &&
				dcv_name_compare(&above, name) < 0 &&
				dcv_name_is_within(name, &above),
			"a name before one above it");
	}
	insist(dcv_name_compare(name, name) == 0, "a name before itself");
}

static void try_wire(uint16_t type, const uint8_t *octets, size_t n,
	struct dcv_arena *arena)
{
	struct dcv_name name;
	struct dcv_rdata rdata = {(uint16_t)n, octets};

	if (!dcv_rdata_is_sound(type, octets, n))
		return;
	if (type == DCV_TYPE_CNAME) {
		insist(dcv_name_from_wire(octets, n, &name), "a sound name that is none");
		try_order(&name);
		rdata = (struct dcv_rdata){name.len, name.wire};
	}
	try_value(type, &rdata, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t types[] = {DCV_TYPE_TXT, DCV_TYPE_CNAME, DCV_TYPE_CAA};
	struct dcv_arena arena = {0};
	uint16_t type;
	char *text;

	if (size == 0 || size > INPUT_MAX)
		return 0;
	if (count.inputs++ == 0)
		insist(atexit(tell) == 0, "atexit");
	type = types[(data[0] >> 1 & 15) % 3];
	if ((data[0] & 1) != 0) {
		try_wire(type, data + 1, size - 1, &arena);
	} else {
		text = dcv_arena_alloc(&arena, size);
		insist(text != NULL, "memory");
		memcpy(text, data + 1, size - 1);
		text[size - 1] = '\0';
		try_text(type, text, size - 1, &arena);
	}
	dcv_arena_clear(&arena);
	return 0;
}
