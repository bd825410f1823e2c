/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Groups 7 to 9: the octets of TXT, CAA and CNAME. */
#include <string.h>

#include "provider/trial_parts.h"

#define TXT DCV_TYPE_TXT
#define CAA DCV_TYPE_CAA
#define CNAME DCV_TYPE_CNAME
#define TTL DCV_TRIAL_TTL

#define EDIT(name, want, ...) \
	dcv_trial_edit(t, name, want, (struct dcv_trial_edit){__VA_ARGS__})

/* The octets of each are one value. */
static const struct {
	const char *name, *octets;
} texts[] = {
	{"base64url", "-_AZaz09"},
	{"an equals sign", "token=abc=="},
	{"semicolons", ";a;b; c ;"},
	{"blanks inside", "a  b c"},
	{"blanks around", "  a "},
	{"a blank alone", " "},
	{"double quotes", "\"a\" \"\"b\""},
	{"a double quote alone", "\""},
	{"backslashes", "a\\b\\\\c\\"},
	{"a backslash in front of digits", "\\065\\\"\\n"},
	{"backticks and single quotes", "`a` 'b'"},
	{"commas and braces", "a,b,{c},[d],(e)"},
	{"marks of zone files", "$ORIGIN @ . # ; *"},
	{"marks of JSON and YAML", "{\"a\": [1, null]}: &x !y %z | >"},
	{"marks of the shell and of XML", "<a b='c'>&amp;$(id)|%00</a>"},
	{"a number", "0123"},
	{"a number with an exponent", "1e5"},
	{"a truth", "yes"},
	{"nothing that is null", "null"},
	{"UTF-8",
		"Gr\xc3\xbc\xc3\x9f"
		"e \xe2\x9c\x93"},
	{"octets that are no UTF-8", "\x80\xc3(\xff\xfe"},
	{"control characters", "a\tb\nc\rd\x7f"},
	{"an address", "192.0.2.1"},
	{"a name with a final dot", "example.com."},
	{"percent signs", "%41%00%s%n"},
	{"SPF", "v=spf1 include:_spf.example.com ~all"},
	{"a persistent record",
		"ca.example; accounturi=https://ca.example/acct/1; "
		"policy=wildcard; persistUntil=1767959300"},
};

/* The value's presentation form, in the arena; NULL: memory is out. */
static const char *present(struct dcv_trial *t, const char *octets, size_t n)
{
	struct dcv_rdata rdata;

	if (dcv_txt_make(octets, n, t->arena, &rdata, NULL) != DCV_OK)
		return NULL;
	return dcv_rdata_dup_text(TXT, &rdata, t->arena);
}

static void put_text(struct dcv_trial *t, const char *name, const char *label,
	const char *octets, size_t n)
{
	const char *value = present(t, octets, n);
	struct dcv_error err = {0};

	if (value == NULL)
		dcv_trial_tell(t, name, dcv_nomem(&err), &err);
	else
		EDIT(name, DCV_TRIAL_DONE, label, TXT, TTL, DCV_VALUES(value), NULL);
}

static void put_lengths(struct dcv_trial *t)
{
	static const struct {
		const char *name;
		size_t n;
	} lengths[] = {{"0 octets", 0}, {"1 octet", 1}, {"43 octets", 43},
		{"254 octets", 254}, {"255 octets", 255}, {"256 octets", 256},
		{"510 octets", 510}, {"511 octets", 511}, {"1,024 octets", 1024},
		{"4,096 octets", 4096}};
	static const char alphabet[] = "0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFG";
	char octets[4096];

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = alphabet[(i + i / 255) % (sizeof(alphabet) - 1)];
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		put_text(t, lengths[i].name, "len", octets, lengths[i].n);
}

static enum dcv_err every_octet(struct dcv_trial *t, const char **ret,
	struct dcv_error *err)
{
	char octets[256];

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (char)i;
	*ret = present(t, octets, sizeof(octets));
	return *ret == NULL ? dcv_nomem(err) : DCV_OK;
}

void dcv_trial_txt(struct dcv_trial *t)
{
	struct dcv_error err = {0};
	const char *all;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		put_text(t, texts[i].name, "txt", texts[i].octets,
			strlen(texts[i].octets));
	put_lengths(t);
	if (every_octet(t, &all, &err) != DCV_OK)
		dcv_trial_tell(t, "every octet", err.code, &err);
	else
		EDIT("every octet", DCV_TRIAL_DONE, "octets", TXT, TTL, DCV_VALUES(all),
			NULL);
	EDIT("differing in case only", DCV_TRIAL_DONE, "case", TXT, TTL,
		DCV_VALUES("Token", "token", "TOKEN"), NULL);
	EDIT("one of those that differ in case goes", DCV_TRIAL_DONE, "case", TXT, TTL,
		NULL, DCV_VALUES("token"));
	EDIT("differing in blanks only", DCV_TRIAL_DONE, "blank", TXT, TTL,
		DCV_VALUES("a", "\"a \"", "\" a\""), NULL);
	EDIT("one of those that differ in blanks goes", DCV_TRIAL_DONE, "blank", TXT, TTL,
		NULL, DCV_VALUES("a"));
	EDIT("the same value twice in one edit", DCV_TRIAL_DONE, "twice", TXT, TTL,
		DCV_VALUES("same", "same"), NULL);
	EDIT("a long value is replaced by another", DCV_TRIAL_DONE, "octets", TXT, TTL,
		DCV_VALUES("short"), DCV_VALUES(all != NULL ? all : "none"));
}

void dcv_trial_caa(struct dcv_trial *t)
{
	static const struct {
		const char *name, *value;
	} cases[] = {{"issue", "0 issue \"ca.example\""},
		{"issuewild", "0 issuewild \"ca.example\""},
		{"iodef", "0 iodef \"mailto:security@example.com\""},
		{"issuemail", "0 issuemail \"ca.example\""},
		{"critical", "128 issue \"critical.example\""},
		{"nobody", "0 issuewild \";\""},
		{"an account",
			"0 issue \"acct.example; "
			"accounturi=https://acct.example/acme/acct/123\""},
		{"several parameters",
			"0 issue \"two.example; validationmethods=dns-01; "
			"accounturi=https://two.example/1\""},
		{"a tag that nobody knows", "0 tbs \"unknown\""}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		EDIT(cases[i].name, DCV_TRIAL_DONE, "caa", CAA, TTL,
			DCV_VALUES(cases[i].value), NULL);
	EDIT("quotes and backslashes", DCV_TRIAL_EITHER, "caa", CAA, TTL,
		DCV_VALUES("0 iodef \"https://x.example/\\\"a\\\\b\\\"\""), NULL);
	EDIT("an empty value beside others", DCV_TRIAL_EITHER, "caa", CAA, TTL,
		DCV_VALUES("0 issuemail \"\""), NULL);
	EDIT("an empty value", DCV_TRIAL_EITHER, "caa-empty", CAA, TTL,
		DCV_VALUES("0 issuemail \"\""), NULL);
	EDIT("another CA beside those that are there", DCV_TRIAL_DONE, "caa", CAA, TTL,
		DCV_VALUES("0 issue \"another.example\""), NULL);
	EDIT("the same again", DCV_TRIAL_ALREADY, "caa", CAA, TTL,
		DCV_VALUES("0 issue \"another.example\""), NULL);
	EDIT("only ours goes", DCV_TRIAL_DONE, "caa", CAA, TTL, NULL,
		DCV_VALUES("0 issue \"another.example\""));
	EDIT("differing in flags only", DCV_TRIAL_DONE, "caa", CAA, TTL,
		DCV_VALUES("128 issue \"ca.example\""), NULL);
	EDIT("one of those that differ in flags goes", DCV_TRIAL_DONE, "caa", CAA, TTL,
		NULL, DCV_VALUES("0 issue \"ca.example\""));
}

#define L63 "abcdefghijklmnopqrstuvwxyz0123456789-abcdefghijklmnopqrstuvwxyz"

static void exchange(struct dcv_trial *t)
{
	const struct dcv_trial_edit to_cname[] = {{"swap", TXT, TTL, NULL, DCV_VALUES("a")},
		{"swap", CNAME, TTL, DCV_VALUES("a.validation.example."), NULL}};
	const struct dcv_trial_edit to_txt[] = {
		{"swap", CNAME, TTL, NULL, DCV_VALUES("a.validation.example.")},
		{"swap", TXT, TTL, DCV_VALUES("b"), NULL}};

	EDIT("TXT where a CNAME will be", DCV_TRIAL_DONE, "swap", TXT, TTL,
		DCV_VALUES("a"), NULL);
	dcv_trial_change(t, "TXT to CNAME in one change", DCV_TRIAL_DONE, to_cname, 2);
	dcv_trial_change(t, "and back", DCV_TRIAL_DONE, to_txt, 2);
}

/* Where no CNAME can stand, there is nothing that TXT could be beside. */
static void beside_cname(struct dcv_trial *t)
{
	struct dcv_error err = {0};

	if (t->can->no_cname && !t->stopped)
		dcv_trial_tell(t, "TXT beside it is refused",
			dcv_fail(&err, DCV_E_PENDING, "CNAME"), &err);
	else
		EDIT("TXT beside it is refused", DCV_TRIAL_REFUSED, "_c", TXT, TTL,
			DCV_VALUES("a"), NULL);
}

void dcv_trial_cname(struct dcv_trial *t)
{
	char longest[DCV_NAME_TEXT_MAX] = "";
	struct dcv_name owner = t->result->owner;

	EDIT("a CNAME", DCV_TRIAL_DONE, "_c", CNAME, TTL,
		DCV_VALUES("abc.validation.example."), NULL);
	EDIT("the same again", DCV_TRIAL_ALREADY, "_c", CNAME, TTL,
		DCV_VALUES("abc.validation.example."), NULL);
	EDIT("its target is replaced", DCV_TRIAL_DONE, "_c", CNAME, TTL,
		DCV_VALUES("_x.acm-validations.example."),
		DCV_VALUES("abc.validation.example."));
	beside_cname(t);
	EDIT("a second target is refused", DCV_TRIAL_REFUSED, "_c", CNAME, TTL,
		DCV_VALUES("other.validation.example."), NULL);
	EDIT("TXT", DCV_TRIAL_DONE, "_t", TXT, TTL, DCV_VALUES("a"), NULL);
	EDIT("a CNAME beside TXT is refused", DCV_TRIAL_REFUSED, "_t", CNAME, TTL,
		DCV_VALUES("abc.validation.example."), NULL);
	exchange(t);
	EDIT("a target within the zone", DCV_TRIAL_DONE, "inside", CNAME, TTL,
		DCV_VALUES("@"), NULL);
	EDIT("an internationalised target", DCV_TRIAL_DONE, "idn", CNAME, TTL,
		DCV_VALUES("xn--grn-ioa.example."), NULL);
	EDIT("an internationalised owner", DCV_TRIAL_DONE, "_a.xn--grn-ioa", CNAME, TTL,
		DCV_VALUES("abc.validation.example."), NULL);
	EDIT("a label of 63 octets", DCV_TRIAL_DONE, L63, TXT, TTL, DCV_VALUES("a"), NULL);
	EDIT("a target of 253 characters", DCV_TRIAL_DONE, "far", CNAME, TTL,
		DCV_VALUES(L63 "." L63 "." L63 ".abcdefghijklmnopqrstuvwxyz0123456789"
			       "-abcdefghijklmnop.example."),
		NULL);
	/* The longest owner that the zone has room for. */
	while (owner.len + 12u <= DCV_NAME_MAX) {
		size_t n = DCV_NAME_MAX - owner.len - 1u;

		n = n > DCV_LABEL_MAX ? DCV_LABEL_MAX - 20 : n;
		if (!dcv_name_prepend(L63, n, &owner, &owner))
			break;
		memmove(longest + n + 1, longest, strlen(longest) + 1);
		memcpy(longest, L63, n);
		longest[n] = '.';
	}
	longest[strlen(longest) - 1] = '\0';
	EDIT("an owner of 255 octets", DCV_TRIAL_DONE, longest, TXT, TTL, DCV_VALUES("a"),
		NULL);
}
