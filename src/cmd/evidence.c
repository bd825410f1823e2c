/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how the certificate of an order is come by. What it proves is decided in
 * plan/proof.c. */
#include "cmd/evidence.h"

#include <string.h>

#include "base/file.h"
#include "base/proc.h"
#include "check/tls.h"

#define CERT_MAX ((size_t)1024 * 1024)
#define TLS_MS 10000
#define COMMAND_MS 30000

const struct dcv_order *dcv_evidence_order(struct dcv_session *session,
	const struct dcv_order_row *row, struct dcv_diags *diags)
{
	struct dcv_orders orders = {0};
	char *place = dcv_arena_printf(&session->arena, "ledger:%s/%s", row->ca, row->id);

	if (place == NULL)
		return NULL;
	dcv_orders_parse(place, row->document, strlen(row->document), row->id,
		&session->arena, &orders, diags);
	return orders.n == 1 ? orders.items[0] : NULL;
}

const char *dcv_evidence_text(const struct dcv_evidence *at, struct dcv_arena *arena)
{
	switch (at->kind) {
	case DCV_EVIDENCE_NONE:
		break;
	case DCV_EVIDENCE_TLS:
		return dcv_arena_printf(arena, "tls %s", at->target);
	case DCV_EVIDENCE_FILE:
		return at->target;
	case DCV_EVIDENCE_COMMAND:
		return dcv_arena_printf(arena, "command %s", at->argv[0]);
	}
	return "";
}

static enum dcv_err read_file(const char *path, struct dcv_arena *arena,
	struct dcv_cert *ret, struct dcv_error *err)
{
	struct dcv_buf octets;
	enum dcv_err rc;

	dcv_buf_init(&octets, CERT_MAX);
	rc = dcv_file_read(path, &octets, err);
	if (rc == DCV_E_FAILED)
		dcv_help(err,
			"help: name the file of the issued certificate (PEM or DER)");
	if (rc == DCV_OK)
		rc = dcv_cert_read(path, octets.data, octets.len, arena, ret, err);
	dcv_buf_clear(&octets);
	return rc;
}

/* The first line that a command said, for a message. */
static enum dcv_err fail_command(const char *name, const struct dcv_proc_end *end,
	const struct dcv_buf *output, struct dcv_error *err)
{
	const char *text = dcv_buf_text(output);
	char line[200];

	if (end->timed_out)
		return dcv_fail(err, DCV_E_FAILED, "%s: stopped: it took too long", name);
	(void)dcv_shown(line, sizeof(line), text, strcspn(text, "\n"));
	return dcv_fail(err, DCV_E_FAILED, "%s: exit status %d%s%s", name, end->status,
		line[0] != '\0' ? ": " : "", line);
}

static enum dcv_err read_command(const char *const *argv, int64_t time_ms,
	const struct dcv_clock *clock, struct dcv_arena *arena, struct dcv_cert *ret,
	struct dcv_error *err)
{
	struct dcv_proc_end end = {0};
	struct dcv_buf output;
	enum dcv_err rc;

	dcv_buf_init(&output, CERT_MAX);
	rc = dcv_proc_run(argv, time_ms, clock, &output, &end, err);
	if (rc == DCV_OK && (end.timed_out || end.status != 0))
		rc = fail_command(argv[0], &end, &output, err);
	if (rc == DCV_OK)
		rc = dcv_cert_read(argv[0], output.data, output.len, arena, ret, err);
	dcv_buf_clear(&output);
	return rc;
}

enum dcv_err dcv_evidence_read(const struct dcv_evidence *at, int64_t deadline_ms,
	const struct dcv_clock *clock, struct dcv_arena *arena, struct dcv_cert *ret,
	struct dcv_error *err)
{
	int64_t now_ms = dcv_mono_ms(clock), left_ms = deadline_ms - now_ms;

	if (left_ms <= 0)
		return dcv_fail(err, DCV_E_FAILED, "not looked at: the deadline is over");
	switch (at->kind) {
	case DCV_EVIDENCE_NONE:
		break;
	case DCV_EVIDENCE_TLS:
		return dcv_tls_certificate(at->target,
			now_ms + (left_ms < TLS_MS ? left_ms : TLS_MS), clock, arena, ret,
			err);
	case DCV_EVIDENCE_FILE:
		return read_file(at->target, arena, ret, err);
	case DCV_EVIDENCE_COMMAND:
		return read_command(at->argv, left_ms < COMMAND_MS ? left_ms : COMMAND_MS,
			clock, arena, ret, err);
	}
	return dcv_fail(err, DCV_E_FAILED, "the order has no `issued_when`");
}

const char *dcv_evidence_before(const struct dcv_session *session,
	const struct dcv_order *order, struct dcv_arena *arena)
{
	int64_t now_ms = dcv_mono_ms(session->clock);
	struct dcv_cert cert;
	struct dcv_error err = {0};

	/* Half of the time is kept for what the run is for. */
	if (order->issued_when.kind == DCV_EVIDENCE_NONE ||
		dcv_evidence_read(&order->issued_when,
			now_ms + (session->deadline_ms - now_ms) / 2, session->clock,
			arena, &cert, &err) != DCV_OK)
		return NULL;
	return dcv_arena_strdup(arena, cert.sha256);
}
