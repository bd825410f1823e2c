/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `close`: a person, or a certificate, says that an order is over. */
#include <string.h>

#include "cmd/evidence.h"
#include "cmd/internal.h"
#include "plan/proof.h"

/* Configuration, ledger, and the rows that the arguments name. */
static enum dcv_err find_orders(struct dcv_session *session)
{
	enum dcv_err rc = dcv_session_config(session);

	if (rc == DCV_OK && session->options.args.n == 0) {
		dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
			"run: dcvctl status   (shows the orders)",
			"close: give the number or the file of an order");
		return DCV_E_USAGE;
	}
	if (rc == DCV_OK)
		rc = dcv_session_ledger(session, DCV_LEDGER_READ);
	return rc == DCV_OK ? dcv_session_rows(session) : rc;
}

static enum dcv_err close_one(struct dcv_session *session, struct dcv_order_row *row,
	enum dcv_reason reason)
{
	struct dcv_error err = {0};

	if (!dcv_state_is_open(row->state)) {
		dcv_say(session, "order %s is %s already (%s)", row->id,
			dcv_state_text(row->state), dcv_reason_text(row->reason));
		return DCV_OK;
	}
	if (dcv_run_end_order(&session->run, row, reason, &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	session->changed = true;
	row->state = DCV_STATE_CLOSED;
	row->reason = reason;
	dcv_say(session,
		"order %s closed: %s. Its records stay until they are cleaned up.",
		row->id, dcv_reason_text(reason));
	dcv_next(session, "cleanup", NULL);
	return DCV_OK;
}

/* Refuses what the certificate does not prove, with what is missing. */
static enum dcv_err judge(struct dcv_session *session, const struct dcv_order_row *row,
	const struct dcv_cert *cert)
{
	const struct dcv_order *order = NULL;
	struct dcv_error err = {0};
	const char *why = NULL;

	if (!dcv_state_is_open(row->state))
		return DCV_OK;
	order = dcv_evidence_order(session, row, &session->diags);
	if (order == NULL)
		return session->diags.code != DCV_OK ? session->diags.code : DCV_E_NOMEM;
	if (!dcv_plan_proves(cert, order, row, &session->arena, &why))
		return dcv_session_fail(session, (dcv_nomem(&err), &err));
	if (why == NULL)
		return DCV_OK;
	dcv_fail(&err, DCV_E_REFUSED, "order %s: not closed: %s does not prove it: %s",
		row->id, session->options.certificate, why);
	dcv_help(&err, "run: dcvctl close --issued %s   (if you know that it was issued)",
		row->id);
	return dcv_session_fail(session, &err);
}

/* All orders are judged before one is closed. */
static enum dcv_err judge_all(struct dcv_session *session)
{
	const struct dcv_evidence at = {.kind = DCV_EVIDENCE_FILE,
		.target = session->options.certificate};
	struct dcv_cert cert;
	struct dcv_error err = {0};
	enum dcv_err rc = DCV_OK;

	if (dcv_evidence_read(&at, session->deadline_ms, session->clock, &session->arena,
		    &cert, &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	for (size_t i = 0; i < session->n_rows; i++) {
		enum dcv_err one = judge(session, &session->rows[i], &cert);

		rc = rc == DCV_OK ? one : rc;
	}
	return rc;
}

static enum dcv_err refuse_usage(struct dcv_session *session, const char *what)
{
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
		"run: dcvctl close --issued ORDER   (or --cancelled, or --certificate FILE)",
		"close: %s", what);
	return DCV_E_USAGE;
}

static enum dcv_err run_close(struct dcv_session *session)
{
	bool proof = session->options.certificate != NULL;
	enum dcv_reason reason = proof ? DCV_REASON_ISSUED : session->options.reason;
	enum dcv_err rc;

	if (reason == DCV_REASON_NONE)
		return refuse_usage(session, "say how the order ended");
	if (proof && session->options.reason != DCV_REASON_NONE)
		return refuse_usage(session,
			"give --issued, --cancelled or --certificate, one of them");
	rc = find_orders(session);
	if (rc == DCV_OK && proof)
		rc = judge_all(session);
	if (rc == DCV_OK)
		rc = dcv_session_ledger(session, DCV_LEDGER_WRITE);
	if (rc == DCV_OK)
		rc = dcv_session_run(session, DCV_PLAN_CLEANUP);
	for (size_t i = 0; rc == DCV_OK && i < session->n_rows; i++)
		rc = close_one(session, &session->rows[i], reason);
	snprintf(session->msg, sizeof(session->msg), "%zu order%s %s", session->n_rows,
		session->n_rows == 1 ? "" : "s", dcv_reason_text(reason));
	return rc;
}

const struct dcv_command dcv_cmd_close = {
	.name = "close",
	.summary = "say that an order is over: issued or cancelled",
	.help = "example: dcvctl close --issued 1234567890\n"
		"\n"
		"dcvctl close --issued|--cancelled|--certificate FILE [OPTION…] ORDER…\n"
		"Notes in the ledger that the CA needs the records no longer. They stay until\n"
		"cleanup, or until the next order at the same owner replaces them. ORDER is a\n"
		"number of the ledger, CA/NUMBER where two CAs have it.\n"
		"\n"
		"  --issued              the certificate was issued\n"
		"  --cancelled           the order was withdrawn\n"
		"  --certificate FILE    issued, if this certificate (PEM or DER) proves it: its\n"
		"                        names, its issuer and its time fit the order\n"
		"  --config FILE, --ledger PATH, --json, -q\n"
		"\n"
		"exit: 0 closed (now or before), 1 the file cannot be read, 6 it proves nothing,\n"
		"      65 no such order\n",
	.options = "config ledger issued cancelled certificate json quiet verbose help",
	.words = "orders",
	.run = run_close,
};
