/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a trouble with CAA is told: one line for all names of an order that have
 * it, with the line that one would write. It decides nothing. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/shell.h"
#include "plan/caa_making.h"

#define RECORDS_SHOWN 8u
#define RECORD_SHOWN 120
#define TEXT_MAX 4096u
#define SET_MAX 65536u

const char *dcv_caa_printf(struct dcv_caa_making *making, const char *fmt, ...)
{
	char text[TEXT_MAX];
	const char *ret = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (n >= 0)
		ret = dcv_arena_strdup(making->arena, text);
	if (ret == NULL)
		making->no_memory = true;
	return ret != NULL ? ret : "out of memory";
}

/* One record, cut; "?" when memory is out. */
static const char *record_text(struct dcv_caa_making *making,
	const struct dcv_rdata *rdata)
{
	const char *text = dcv_rdata_dup_text(DCV_TYPE_CAA, rdata, &making->scratch);

	if (text == NULL)
		making->no_memory = true;
	return text != NULL ? text : "?";
}

const char *dcv_caa_text(struct dcv_caa_making *making, struct dcv_caa_spot *spot)
{
	struct dcv_buf buf;

	if (spot->text != NULL)
		return spot->text;
	dcv_buf_init(&buf, SET_MAX);
	for (size_t i = 0; i < spot->n && i < RECORDS_SHOWN; i++) {
		const char *text = record_text(making, &spot->values[i]);

		dcv_buf_addf(&buf, "%s%.*s%s", i > 0 ? ", " : "", RECORD_SHOWN, text,
			strlen(text) > RECORD_SHOWN ? "…" : "");
	}
	if (spot->n > RECORDS_SHOWN)
		dcv_buf_addf(&buf, " and %zu more", spot->n - RECORDS_SHOWN);
	if (buf.failed)
		making->no_memory = true;
	spot->text = dcv_caa_printf(making, "%s", dcv_buf_text(&buf));
	dcv_buf_clear(&buf);
	dcv_arena_clear(&making->scratch);
	return spot->text;
}

const char *dcv_caa_line(struct dcv_caa_making *making, const struct dcv_caa_case *of,
	const struct dcv_caa_spot *spot)
{
	const struct dcv_order *order = of->ask->subject->order;
	const char *tag = dcv_caa_tag(of, spot);
	char owner[DCV_NAME_TEXT_MAX];

	dcv_name_text(&spot->node->owner, owner);
	for (size_t i = 0; i < order->n_caa; i++) {
		const char *text;

		if (strcmp(order->caa_records[i].tag, tag) != 0)
			continue;
		text = dcv_rdata_dup_text(DCV_TYPE_CAA, &order->caa_records[i].rdata,
			making->arena);
		return dcv_caa_printf(making, "%s CAA %s", owner,
			text != NULL ? text : "?");
	}
	return dcv_caa_printf(making, "%s CAA 0 %s \"%s\"", owner, tag, order->ca->caa);
}

void dcv_caa_tell(struct dcv_caa_case *of, enum dcv_severity severity, const char *cause,
	const char *help, const char *text)
{
	if (of->text != NULL)
		return;
	of->severity = severity;
	of->cause = cause;
	of->help = help;
	of->text = text;
}

/* What an unknown set cannot be asked, a person can look at. */
void dcv_caa_tell_unknown(struct dcv_caa_making *making, struct dcv_caa_case *of,
	const struct dcv_caa_found *found)
{
	char name[DCV_NAME_TEXT_MAX];
	const char *word = dcv_shell_word(making->arena, dcv_name_text(&of->base, name));

	dcv_caa_tell(of, DCV_SEV_WARNING, found->alias ? "C52" : "C56",
		dcv_caa_printf(making, "look yourself: dig %s CAA",
			word != NULL ? word : "NAME"),
		dcv_caa_printf(making,
			"caa: nothing is written, since its CAA set is not known here: %s",
			found->why));
}

static const char *title(const struct dcv_order *order)
{
	return order->ca_title != NULL ? order->ca_title : order->ca->title;
}

void dcv_caa_tell_obstacle(struct dcv_caa_making *making, struct dcv_caa_case *of,
	const struct dcv_caa_spot *spot, const char *cause, const char *help,
	const char *why)
{
	char owner[DCV_NAME_TEXT_MAX];

	dcv_name_text(&spot->node->owner, owner);
	dcv_caa_tell(of, DCV_SEV_ERROR, cause,
		dcv_caa_printf(making, "%s%swrite by hand: %s",
			help != NULL ? help : "if it is meant to be permitted, ",
			help != NULL ? "; or, if it is meant, " : "",
			dcv_caa_line(making, of, spot)),
		dcv_caa_printf(making,
			"caa: permit does not add %s to the set at %s: %s: %s",
			title(of->ask->subject->order), owner, why, of->note->before_text));
}

static const char *remedy(struct dcv_caa_making *making, const struct dcv_caa_case *of,
	const struct dcv_caa_spot *spot, const struct dcv_caa_result *result)
{
	const struct dcv_order *order = of->ask->subject->order;
	const char *cause, *help, *line = dcv_caa_line(making, of, spot);

	if (order->caa == DCV_CAA_EXACT)
		return dcv_caa_printf(making,
			"put {tag: %s, issuer: %s} among the records of `caa:`",
			dcv_caa_tag(of, spot), order->ca->caa);
	if (dcv_caa_obstacle(making, of, spot, result, &cause, &help) != NULL)
		return dcv_caa_printf(making, "%s%s%s", help != NULL ? help : "",
			help != NULL ? "; or write: " : "write: ", line);
	if (order->caa == DCV_CAA_PERMIT)
		return dcv_caa_printf(making,
			"let the records of `caa:` permit this CA, or write: %s", line);
	return dcv_caa_printf(making, "add `caa: permit` to the order, or write: %s",
		line);
}

static const char *remedy_varies(struct dcv_caa_making *making,
	const struct dcv_caa_case *of, const struct dcv_caa_spot *spot,
	const struct dcv_caa_result *result)
{
	if (strcmp(result->cause, "C53") == 0)
		return "give that property flags 0";
	if (strcmp(result->cause, "C55") == 0)
		return "see that the record fits your account and the CA's method; an account "
		       "can be named under `caa:` (records: accounturi)";
	return dcv_caa_printf(making, "write it as all CAs read it: %s",
		dcv_caa_line(making, of, spot));
}

void dcv_caa_tell_verdict(struct dcv_caa_making *making, struct dcv_caa_case *of,
	const struct dcv_caa_found *found, const struct dcv_caa_result *result)
{
	const char *cause = result->cause, *set;
	char owner[DCV_NAME_TEXT_MAX];

	if (found->kind != DCV_CAA_AT_SPOT || of->text != NULL ||
		result->verdict == DCV_CAA_PERMITS)
		return;
	dcv_name_text(&found->spot->node->owner, owner);
	set = dcv_caa_text(making, found->spot);
	if (result->verdict != DCV_CAA_DENIES) {
		dcv_caa_tell(of, DCV_SEV_WARNING, cause,
			remedy_varies(making, of, found->spot, result),
			dcv_caa_printf(making,
				"whether the CAA set at %s permits %s is not certain: %s: %s",
				owner, title(of->ask->subject->order), result->why, set));
		return;
	}
	of->alias = found->alias;
	if (found->alias && strcmp(cause, "C50") == 0)
		cause = "C52";
	dcv_caa_tell(of, DCV_SEV_ERROR, cause, remedy(making, of, found->spot, result),
		dcv_caa_printf(making, "the CAA set at %s does not permit %s: %s: %s",
			owner, title(of->ask->subject->order), result->why, set));
}

static struct dcv_place place_of(const struct dcv_caa_case *of)
{
	const struct dcv_order *order = of->ask->subject->order;

	if (order->n_caa > 0 && order->caa_records[0].place.file != NULL)
		return order->caa_records[0].place;
	for (size_t i = 0; i < order->n_claims; i++) {
		if (dcv_name_equal(&order->claims[i].domain, &of->base))
			return order->claims[i].place;
	}
	return order->n_claims > 0 ? order->claims[0].place
				   : (struct dcv_place){order->file, order->line, 0};
}

static bool is_alike(const struct dcv_caa_case *a, const struct dcv_caa_case *b)
{
	return b->text != NULL && b->severity == a->severity &&
		strcmp(a->text, b->text) == 0 && strcmp(a->help, b->help) == 0;
}

static void tell(struct dcv_caa_making *making, const struct dcv_caa_case *of, size_t more)
{
	const struct dcv_place place = place_of(of);
	bool error = of->severity == DCV_SEV_ERROR;
	char name[DCV_NAME_TEXT_MAX], others[40] = "";

	if (more > 0)
		(void)snprintf(others, sizeof others, " and %zu more name%s", more,
			more > 1 ? "s" : "");
	dcv_diag_add(making->diags, of->severity, DCV_E_REFUSED, &place, of->help,
		"%s%s: %s%s", dcv_name_text(&of->note->name, name), others,
		of->alias ? "its alias leads elsewhere: " : "", of->text);
	if (of->cause[0] != '\0')
		dcv_diag_cause(making->diags, of->cause);
	if (error && making->rc == DCV_OK)
		making->rc = DCV_E_REFUSED;
}

void dcv_caa_tell_all(struct dcv_caa_making *making, bool preflight)
{
	for (size_t i = 0; i < making->n_cases; i++) {
		struct dcv_caa_case *of = &making->cases[i];
		size_t more = 0;

		if (of->text == NULL || of->ask->preflight != preflight)
			continue;
		for (size_t k = i + 1;
			k < making->n_cases && making->cases[k].ask == of->ask; k++) {
			if (is_alike(of, &making->cases[k])) {
				making->cases[k].text = NULL;
				more++;
			}
		}
		tell(making, of, more);
	}
}
