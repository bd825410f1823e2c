/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the plan as markdown, zone-file lines, a script for nsupdate, and CSV. What
 * stands in it was written by others (names, values, order numbers): each form has its own
 * way to keep it from being more than text. */
#include "cmd/format.h"

#include <string.h>

/* In one UPDATE: a message has 64 KiB (RFC 1035 4.2.2), a TXT of a CA far less than 300 octets. */
#define UPDATES_MAX 200u

struct writer {
	struct dcv_session *session;
	FILE *out;
	struct dcv_buf buf; /* of the line in hand */
	size_t n_updates; /* since the last `send` */
};

/* One value of a plan with where it belongs. */
struct row {
	const struct dcv_zone_run *zone;
	const struct dcv_edit *edit;
	const struct dcv_value *value;
	char owner[DCV_NAME_TEXT_MAX], type[DCV_TYPE_TEXT_MAX];
};

static void end_line(struct writer *writer)
{
	dcv_buf_addc(&writer->buf, '\n');
	if (writer->buf.failed)
		dcv_diag_add(&writer->session->diags, DCV_SEV_ERROR, DCV_E_NOMEM, NULL,
			NULL, "--format: out of memory");
	else
		(void)fwrite(writer->buf.data, 1, writer->buf.len, writer->out);
	dcv_buf_clear(&writer->buf);
	dcv_buf_init(&writer->buf, 1u << 20);
}

static void add_shown(struct writer *writer, const char *text)
{
	dcv_buf_add_shown(&writer->buf, text, strlen(text));
}

/* "CA/NUMBER", or nothing where no order is concerned. */
static void add_order(struct writer *writer, const struct dcv_value *value)
{
	if (value->id == NULL)
		return;
	if (value->ca != NULL) {
		add_shown(writer, value->ca);
		dcv_buf_addc(&writer->buf, '/');
	}
	add_shown(writer, value->id);
}

static const char *reason(const struct dcv_value *value)
{
	return value->reason != NULL ? value->reason : "";
}

static void each_value(struct writer *writer, const struct dcv_zone_run *zone,
	const struct dcv_edit *edit, void (*fn)(struct writer *, const struct row *))
{
	struct row row = {.zone = zone, .edit = edit};

	dcv_name_text(&edit->edit.owner, row.owner);
	dcv_type_text(edit->edit.type, row.type);
	for (size_t i = 0; i < edit->n_values; i++) {
		row.value = &edit->values[i];
		fn(writer, &row);
	}
}

static void each_edit(struct writer *writer, const struct dcv_zone_run *zone,
	void (*fn)(struct writer *, const struct row *))
{
	for (size_t i = 0; i < zone->plan.n_edits; i++) {
		if (dcv_show_concerns(&zone->plan.edits[i]))
			each_value(writer, zone, &zone->plan.edits[i], fn);
	}
}

/* "; zone example.com. (PLACE)", the head of what follows for people. */
static void comment_zone(struct writer *writer, const struct dcv_zone_run *zone)
{
	char name[DCV_NAME_TEXT_MAX];

	dcv_buf_addf(&writer->buf, "; zone %s (",
		dcv_name_text(&zone->binding->zone, name));
	add_shown(writer, zone->view.place);
	dcv_buf_addc(&writer->buf, ')');
	end_line(writer);
}

/* --- zone-file lines --- */

static void add_record(struct writer *writer, const struct row *row, uint32_t ttl_s)
{
	dcv_buf_addf(&writer->buf, "%s %u IN %s ", row->owner, ttl_s, row->type);
	dcv_rdata_text(row->edit->edit.type, &row->value->rdata, &writer->buf);
}

static void write_zone_line(struct writer *writer, const struct row *row)
{
	const struct dcv_value *value = row->value;
	bool add = value->kind == DCV_VALUE_ADD;

	if (!add)
		dcv_buf_addf(&writer->buf, "; %s: ", dcv_value_word(value->kind));
	add_record(writer, row,
		add || !row->edit->existed ? row->edit->edit.ttl_s
					   : row->edit->ttl_before_s);
	dcv_buf_adds(&writer->buf, add ? " ; " : "   ");
	add_order(writer, value);
	if (reason(value)[0] != '\0' && value->id != NULL)
		dcv_buf_adds(&writer->buf, ": ");
	add_shown(writer, reason(value));
	end_line(writer);
}

static void write_zone(struct writer *writer, const struct dcv_zone_run *zone)
{
	comment_zone(writer, zone);
	each_edit(writer, zone, write_zone_line);
}

/* --- nsupdate --- */

static void write_delete(struct writer *writer, const struct row *row)
{
	if (row->value->kind != DCV_VALUE_REMOVE)
		return;
	dcv_buf_addf(&writer->buf, "update delete %s %s ", row->owner, row->type);
	dcv_rdata_text(row->edit->edit.type, &row->value->rdata, &writer->buf);
	end_line(writer);
	writer->n_updates++;
}

/* Values that stay are added again where the TTL of the set changes: that is how a server
 * takes another TTL (RFC 2136 3.4.2.2). */
static void write_add(struct writer *writer, const struct row *row)
{
	bool ttl = row->edit->existed && row->edit->ttl_before_s != row->edit->edit.ttl_s;

	if (row->value->kind != DCV_VALUE_ADD &&
		(!ttl || row->value->kind == DCV_VALUE_REMOVE))
		return;
	dcv_buf_addf(&writer->buf, "update add %s %u %s ", row->owner,
		row->edit->edit.ttl_s, row->type);
	dcv_rdata_text(row->edit->edit.type, &row->value->rdata, &writer->buf);
	end_line(writer);
	writer->n_updates++;
}

static void send_updates(struct writer *writer)
{
	if (writer->n_updates == 0)
		return;
	dcv_buf_adds(&writer->buf, "send");
	end_line(writer);
	writer->n_updates = 0;
}

static void write_nsupdate(struct writer *writer, const struct dcv_zone_run *zone)
{
	char name[DCV_NAME_TEXT_MAX];

	if (!zone->plan.changes)
		return;
	comment_zone(writer, zone);
	dcv_buf_addf(&writer->buf, "zone %s", dcv_name_text(&zone->binding->zone, name));
	end_line(writer);
	for (size_t i = 0; i < zone->plan.n_edits; i++) {
		const struct dcv_edit *edit = &zone->plan.edits[i];

		if (!edit->changes)
			continue;
		/* An RRset is changed by one message: both halves or none. */
		if (writer->n_updates + 2 * edit->n_values > UPDATES_MAX)
			send_updates(writer);
		each_value(writer, zone, edit, write_delete);
		each_value(writer, zone, edit, write_add);
	}
	send_updates(writer);
}

/* --- CSV (RFC 4180, lines end in LF) --- */

static void add_cell(struct writer *writer, const void *text, size_t len)
{
	const char *at = text;

	dcv_buf_addc(&writer->buf, '"');
	for (size_t i = 0; i < len; i++) {
		if (at[i] == '"')
			dcv_buf_addc(&writer->buf, '"');
		dcv_buf_addc(&writer->buf, at[i]);
	}
	dcv_buf_addc(&writer->buf, '"');
}

static void add_text_cell(struct writer *writer, const char *text)
{
	if (text != NULL && text[strcspn(text, ",\"\r\n")] != '\0')
		add_cell(writer, text, strlen(text));
	else if (text != NULL)
		dcv_buf_adds(&writer->buf, text);
	dcv_buf_addc(&writer->buf, ',');
}

static void write_csv_line(struct writer *writer, const struct row *row)
{
	const struct dcv_value *value = row->value;
	char zone[DCV_NAME_TEXT_MAX];
	struct dcv_buf text;

	dcv_buf_init(&text, 1u << 19);
	dcv_rdata_text(row->edit->edit.type, &value->rdata, &text);
	add_text_cell(writer, dcv_name_text(&row->zone->binding->zone, zone));
	add_text_cell(writer, row->zone->at->name);
	add_text_cell(writer, row->owner);
	add_text_cell(writer, row->type);
	dcv_buf_addf(&writer->buf, "%u,%s,", row->edit->edit.ttl_s,
		dcv_value_word(value->kind));
	add_text_cell(writer, dcv_buf_text(&text));
	add_text_cell(writer, value->id);
	add_cell(writer, reason(value), strlen(reason(value)));
	end_line(writer);
	dcv_buf_clear(&text);
}

static void write_csv(struct writer *writer, const struct dcv_zone_run *zone)
{
	each_edit(writer, zone, write_csv_line);
}

/* --- markdown --- */

/* Free text: what markdown or HTML would take for more than text gets a backslash. */
static void add_prose(struct writer *writer, const char *text)
{
	static const char special[] = "\\`*_[]<>|#~&!";

	while (*text != '\0') {
		size_t n = strcspn(text, special);

		dcv_buf_add_shown(&writer->buf, text, n);
		text += n;
		for (; *text != '\0' && strchr(special, *text) != NULL; text++)
			dcv_buf_addf(&writer->buf, "\\%c", *text);
	}
}

/* A name or a value as code. A bar would end the cell and a backquote the code, wherever they
 * stand: as \DDD they are the same octets in a zone file (RFC 1035 5.1). */
static void add_code(struct writer *writer, const char *text)
{
	dcv_buf_addc(&writer->buf, '`');
	while (*text != '\0') {
		size_t n = strcspn(text, "|`");

		dcv_buf_add_shown(&writer->buf, text, n);
		for (text += n; *text == '|' || *text == '`'; text++)
			dcv_buf_addf(&writer->buf, "\\%03d", *text);
	}
	dcv_buf_addc(&writer->buf, '`');
}

static void write_markdown_line(struct writer *writer, const struct row *row)
{
	const struct dcv_edit *edit = row->edit;
	struct dcv_buf text;

	dcv_buf_init(&text, 1u << 19);
	dcv_rdata_text(edit->edit.type, &row->value->rdata, &text);
	dcv_buf_addf(&writer->buf, "| %s | ", dcv_value_word(row->value->kind));
	add_code(writer, row->owner);
	dcv_buf_addf(&writer->buf, " | %s | ", row->type);
	if (edit->existed && edit->ttl_before_s != edit->edit.ttl_s)
		dcv_buf_addf(&writer->buf, "%u -> ", edit->ttl_before_s);
	dcv_buf_addf(&writer->buf, "%u | ", edit->edit.ttl_s);
	add_code(writer, dcv_buf_text(&text));
	dcv_buf_adds(&writer->buf, " | ");
	if (row->value->id != NULL)
		add_prose(writer, row->value->id);
	dcv_buf_adds(&writer->buf, " | ");
	add_prose(writer, reason(row->value));
	dcv_buf_adds(&writer->buf, " |");
	end_line(writer);
	dcv_buf_clear(&text);
}

static void write_markdown(struct writer *writer, const struct dcv_zone_run *zone)
{
	const struct dcv_zone_view *view = &zone->view;

	dcv_buf_adds(&writer->buf, "## ");
	add_prose(writer, dcv_show_name(&zone->binding->zone));
	dcv_buf_adds(&writer->buf, " (");
	add_prose(writer, view->place);
	dcv_buf_adds(&writer->buf,
		")\n\n| op | owner | type | TTL | value | order | reason |\n"
		"|---|---|---|---|---|---|---|");
	end_line(writer);
	each_edit(writer, zone, write_markdown_line);
	if (zone->plan.changes && view->serial_next != 0)
		dcv_buf_addf(&writer->buf, "\nSOA serial %u -> %u\n", view->serial,
			view->serial_next);
	else if (!zone->plan.changes)
		dcv_buf_adds(&writer->buf, "\nNothing to change here.\n");
	end_line(writer);
}

/* --- what they have in common --- */

static void write_head(struct writer *writer)
{
	const struct dcv_run *run = &writer->session->run;

	if (writer->session->format == DCV_FORMAT_CSV)
		dcv_buf_adds(&writer->buf,
			"zone,backend,owner,type,ttl,op,value,order,reason");
	else
		dcv_buf_addf(&writer->buf, "%s DNS records for %zu order%s:",
			writer->session->format == DCV_FORMAT_MARKDOWN ? "#" : ";",
			run->n_subjects, run->n_subjects == 1 ? "" : "s");
	for (size_t i = 0;
		writer->session->format != DCV_FORMAT_CSV && i < run->n_subjects; i++) {
		dcv_buf_adds(&writer->buf, i == 0 ? " " : ", ");
		if (writer->session->format == DCV_FORMAT_MARKDOWN)
			add_prose(writer, run->subjects[i].id);
		else
			add_shown(writer, run->subjects[i].id);
	}
	if (writer->session->format == DCV_FORMAT_MARKDOWN)
		dcv_buf_addc(&writer->buf, '\n');
	end_line(writer);
}

static void write_refusals(struct writer *writer)
{
	const struct dcv_diags *diags = &writer->session->diags;
	bool markdown = writer->session->format == DCV_FORMAT_MARKDOWN;

	if (writer->session->format == DCV_FORMAT_CSV)
		return;
	for (size_t i = 0; i < diags->n; i++) {
		if (diags->items[i].severity != DCV_SEV_ERROR)
			continue;
		dcv_buf_adds(&writer->buf, markdown ? "- **refused:** " : "; refused: ");
		if (markdown)
			add_prose(writer, diags->items[i].text);
		else
			add_shown(writer, diags->items[i].text);
		end_line(writer);
	}
}

void dcv_format_plan(struct dcv_session *session, FILE *out)
{
	static void (*const writers[])(struct writer *,
		const struct dcv_zone_run *) = {[DCV_FORMAT_MARKDOWN] = write_markdown,
		[DCV_FORMAT_ZONE] = write_zone,
		[DCV_FORMAT_NSUPDATE] = write_nsupdate,
		[DCV_FORMAT_CSV] = write_csv,
		[DCV_FORMAT_HTML] = NULL};
	struct writer writer = {.session = session, .out = out};
	bool refused = session->diags.code == DCV_E_REFUSED;

	if (writers[session->format] == NULL ||
		(session->diags.code != DCV_OK && !refused))
		return;
	dcv_buf_init(&writer.buf, 1u << 20);
	write_head(&writer);
	if (refused)
		write_refusals(&writer);
	for (size_t i = 0; i < session->run.n_zones; i++) {
		const struct dcv_zone_run *zone = &session->run.zones[i];

		if (zone->planned && (!refused || session->format == DCV_FORMAT_MARKDOWN))
			writers[session->format](&writer, zone);
	}
	dcv_buf_clear(&writer.buf);
}
