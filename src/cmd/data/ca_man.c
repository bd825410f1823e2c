/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* ca-man FILE: makes the manual page dcvctl-ca(7) of the table of CAs and services. Run by the
 * build, not installed. */
#include <stdio.h>
#include <string.h>

#include "cmd/data/man.h"
#include "order/ca.h"

#define FORM_MAX 256u

static void put(FILE *out, const char *text)
{
	dcv_man_put(out, text, strlen(text), false);
}

static void put_fact(FILE *out, const char *label, const char *text, enum dcv_grade grade)
{
	fprintf(out, ".It %s\n", label);
	put(out, text);
	if (grade != DCV_GRADE_NONE)
		fprintf(out, " [%c]", (char)grade);
	fputc('\n', out);
}

static void put_list(FILE *out, const char *label, const char *const *words,
	enum dcv_grade grade)
{
	if (words == NULL || words[0] == NULL)
		return;
	fprintf(out, ".It %s\n", label);
	for (size_t i = 0; words[i] != NULL; i++) {
		fputs(i > 0 ? ", " : "", out);
		put(out, words[i]);
	}
	if (grade != DCV_GRADE_NONE)
		fprintf(out, " [%c]", (char)grade);
	fputc('\n', out);
}

static void put_forms(FILE *out, const struct dcv_ca *ca)
{
	char shown[FORM_MAX];

	if (ca->forms == NULL)
		put_fact(out, "Record", "as the order shows it", DCV_GRADE_M);
	for (const struct dcv_form *form = ca->forms; form != NULL && form->owner != NULL;
		form++) {
		put_fact(out, form->doubt != NULL ? "Mistake" : "Record",
			dcv_form_shown(form, shown, sizeof(shown)), form->mark);
		if (form->doubt != NULL) {
			fputs(".br\n", out);
			put(out, form->doubt);
			fputc('\n', out);
		}
	}
}

static void put_ca(FILE *out, const struct dcv_ca *ca)
{
	static const char *const parents[] = {[DCV_PARENT_UNTOLD] = "not known",
		[DCV_PARENT_YES] = "proves the name, too",
		[DCV_PARENT_NO] = "proves nothing"};
	bool endless = ca->keep == DCV_KEEP_DEAUTHORISED;
	char life[32];

	fputs(".Ss ", out);
	put(out, ca->title);
	fprintf(out, " (ca: %s)\n.Bl -tag -width \"Coexist\" -compact\n", dcv_ca_word(ca));
	put_list(out, "Sold as", ca->brands, DCV_GRADE_NONE);
	put_list(out, "CAA", ca->issuers, ca->marks.caa);
	put_forms(out, ca);
	if (ca->token_shown != NULL)
		put_fact(out, "Token", ca->token_shown, DCV_GRADE_NONE);
	(void)snprintf(life, sizeof(life), "%u days", ca->token_life_d);
	put_fact(out, "Life", endless ? "endless" : life, ca->marks.life);
	put_fact(out, "Parent", parents[ca->parent], ca->marks.parent);
	put_fact(out, "Coexist",
		ca->coexist ? "several values may stand at one owner" : "no",
		ca->marks.coexist);
	put_fact(out, "Level", ca->uncached ? "ready" : "settled", ca->marks.level);
	put_fact(out, "Retain", endless ? "until-deauthorised" : "until-issued",
		ca->marks.keep);
	if (ca->note != NULL)
		put_fact(out, "Note", ca->note, DCV_GRADE_NONE);
	fputs(".El\n", out);
}

static void put_service(FILE *out, const struct dcv_service *service)
{
	fputs(".Ss ", out);
	put(out, service->title);
	fprintf(out, " (service: %s)\n.Bl -tag -width \"Coexist\" -compact\n",
		service->key);
	put_list(out, "Also", service->words, DCV_GRADE_NONE);
	put_list(out, "Sells", service->cas, service->marks.cas);
	put_fact(out, "Coexist",
		service->coexist ? "several values may stand at one owner" : "no",
		service->marks.coexist);
	put_fact(out, "Level", service->uncached ? "ready" : "settled",
		service->marks.level);
	if (service->note != NULL)
		put_fact(out, "Note", service->note, DCV_GRADE_NONE);
	fputs(".El\n", out);
}

static void put_page(FILE *out)
{
	fputs(".\\\" SPDX-License-Identifier: BSD-3-Clause\n"
	      ".\\\" Copyright the dcvctl authors\n"
	      ".Dd November 22, 2026\n.Dt DCVCTL-CA 7\n.Os\n"
	      ".Sh NAME\n.Nm dcvctl-ca\n"
	      ".Nd what certificate authorities ask for in DNS\n"
	      ".Sh DESCRIPTION\n"
	      ".Ql dcvctl ca show Ar NAME\nprints what stands here of one.\n"
	      "A fact ends in how it is known: [A] read in a primary source, [B] in a secondary one,\n"
	      "[M] from memory, which warns and never refuses.\n"
	      "In a record, <hex:32> stands for 32 hexadecimal digits; likewise b32, b64\n"
	      "(as in URLs), alnum, label, any.\n"
	      "<token> has the form that stands beside it.\n"
	      ".Sh CERTIFICATE AUTHORITIES\n",
		out);
	for (size_t i = 0; dcv_ca_at(i) != NULL; i++)
		put_ca(out, dcv_ca_at(i));
	fputs(".Sh SERVICES\n", out);
	for (size_t i = 0; dcv_service_at(i) != NULL; i++)
		put_service(out, dcv_service_at(i));
	fputs(".Sh SEE ALSO\n.Xr dcvctl 1 ,\n.Xr dcvctl-order 5\n", out);
}

int main(int argc, char **argv)
{
	return dcv_man_make(argc, argv, put_page);
}
