/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* causes-man FILE: makes the manual page dcvctl-causes(7) of the catalogue of causes. Run by the
 * build, not installed. */
#include <stdio.h>
#include <string.h>

#include "check/cause.h"
#include "cmd/data/man.h"

static void put_line(FILE *out, const char *text, size_t n, bool typed)
{
	dcv_man_put(out, text, n, typed);
	fputc('\n', out);
}

/* As put_line, with the placeholders in capitals. */
static void put_filled(FILE *out, const char *text, size_t n, bool typed)
{
	static const struct dcv_blanks none = {.owner = NULL};
	struct dcv_buf raw, filled;

	dcv_buf_init(&raw, 65536);
	dcv_buf_init(&filled, 65536);
	dcv_buf_add(&raw, text, n);
	dcv_cause_fill(dcv_buf_text(&raw), &none, &filled);
	put_line(out, dcv_buf_text(&filled), filled.len, typed);
	dcv_buf_clear(&raw);
	dcv_buf_clear(&filled);
}

/* Paragraphs, and displays of the lines to type. */
static void put_part(FILE *out, const char *label, const char *text)
{
	bool display = false;

	if (*text == '\0')
		return;
	if (*label != '\0')
		fprintf(out, ".Pp\n.Em %s :\n", label);
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");
		bool typed = text[0] == ' ';

		if (typed != display)
			fputs(typed ? ".Bd -literal -offset indent\n" : ".Ed\n", out);
		display = typed;
		if (n > 0)
			put_filled(out, text + (typed ? 2 : 0), n - (typed ? 2 : 0),
				typed);
		text += n + (text[n] == '\n');
	}
	if (display)
		fputs(".Ed\n", out);
}

static void put_cause(FILE *out, const struct dcv_cause *cause)
{
	fprintf(out, ".Ss %s: ", cause->id);
	put_line(out, cause->title, strlen(cause->title), false);
	put_part(out, "", cause->means);
	put_part(out, "See it", cause->seen);
	put_part(out, "Cure", cause->way);
	put_part(out, "CAs say", cause->says);
	fprintf(out,
		".Pp\nConcerns %s; %s.\nStep %d of\n.Nm dcvctl Cm explain Ar ORDER .\n",
		dcv_concern_text(cause->concern), dcv_cure_text(cause->cure),
		(int)cause->step + 1);
	put_part(out, "Source", cause->source);
}

static void put_page(FILE *out)
{
	static const struct {
		char family;
		const char *title;
	} families[] = {{'P', "THE RECORD"}, {'T', "TIME AND TRANSFER"},
		{'A', "NAME SERVERS AND DELEGATION"}, {'D', "DNSSEC"}, {'C', "CAA"},
		{'M', "THE CA"}};
	size_t cause = 0;

	fputs(".\\\" SPDX-License-Identifier: BSD-3-Clause\n"
	      ".\\\" Copyright the dcvctl authors\n"
	      ".Dd November 22, 2026\n.Dt DCVCTL-CAUSES 7\n.Os\n"
	      ".Sh NAME\n.Nm dcvctl-causes\n"
	      ".Nd why the validation of a domain fails, and what to do\n"
	      ".Sh DESCRIPTION\n"
	      "An id in brackets in a message of\n.Xr dcvctl 1\nnames a cause.\n"
	      ".Ql dcvctl explain Ar ID\nprints what stands here of it.\n"
	      "Words in capitals stand for names, values and addresses of your own.\n",
		out);
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		fprintf(out, ".Sh %s\n", families[i].title);
		for (; dcv_cause_at(cause) != NULL &&
			dcv_cause_at(cause)->id[0] == families[i].family;
			cause++)
			put_cause(out, dcv_cause_at(cause));
	}
	fputs(".Sh SEE ALSO\n.Xr dcvctl 1 ,\n.Xr delv 1 ,\n.Xr dig 1 ,\n"
	      ".Xr dcvctl-order 5 ,\n.Xr dcvctl.yaml 5\n",
		out);
}

int main(int argc, char **argv)
{
	return dcv_man_make(argc, argv, put_page);
}
