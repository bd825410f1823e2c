/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `check` and `wait`: one look, and looking until it is so. */
#include <string.h>

#include "cmd/lost.h"
#include "cmd/preflight.h"
#include "cmd/select.h"

/* Why a zone's own name servers are not known; of no interest where others are given, or where no
 * zone is bound at all: then this is a look at what others write. */
static bool is_reason(const struct dcv_session *session, const struct dcv_diag *diag)
{
	return diag->code == DCV_E_FAILED ||
		(diag->code == DCV_E_CONFIG && session->config.n_nameservers == 0 &&
			dcv_session_binds(session));
}

/* No waiting cures what CAA denies. */
static bool is_caa(const struct dcv_diag *diag)
{
	return diag->code == DCV_E_REFUSED && strncmp(diag->id, "C5", 2) == 0;
}

/* A guard that took the only record out of the run. */
static bool is_lost(const struct dcv_session *session, const struct dcv_diag *diag)
{
	for (size_t i = 0; i < session->run.n_subjects; i++) {
		if (dcv_subject_is_wanted(&session->run.subjects[i]))
			return false;
	}
	return diag->code == DCV_E_REFUSED;
}

/* The zones are read for their name servers and CAA; other guards that would stop a write stop no
 * look. */
enum dcv_err dcv_look_zones(struct dcv_session *session)
{
	struct dcv_diags aside = {0};
	enum dcv_err rc = dcv_run_plan(&session->run, &aside);

	for (size_t i = 0; i < aside.n; i++) {
		const struct dcv_diag *diag = &aside.items[i];

		if (is_caa(diag) || is_lost(session, diag))
			dcv_diag_copy(&session->diags, diag);
		else if (diag->severity == DCV_SEV_ERROR && is_reason(session, diag))
			dcv_diag_add(&session->diags, DCV_SEV_WARNING, DCV_OK, NULL,
				diag->help[0] != '\0' ? diag->help : NULL, "%s",
				diag->text);
	}
	dcv_diags_clear(&aside);
	return rc == DCV_E_NOMEM ? rc : session->diags.code;
}

static bool has_records(const struct dcv_session *session)
{
	for (size_t i = 0; i < session->run.n_subjects; i++) {
		const struct dcv_order *order = session->run.subjects[i].order;

		if (order == NULL || order->n_claims > 0)
			return true;
	}
	return false;
}

enum dcv_err dcv_look_nothing(struct dcv_session *session)
{
	for (size_t i = 0; i < session->run.n_subjects; i++) {
		const struct dcv_subject *subject = &session->run.subjects[i];
		struct dcv_buf value;

		if (subject->judgement != DCV_JUDGED_DEAD || subject->order == NULL)
			continue;
		dcv_buf_init(&value, 65536);
		dcv_rdata_text(subject->order->claims[0].type,
			&subject->order->claims[0].rdata, &value);
		dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_REFUSED, NULL,
			"ask the CA or the service for a new token and put it into the order",
			"order %s: the CA takes no token of this age: %s", subject->id,
			dcv_buf_text(&value));
		dcv_diag_cause(&session->diags, "P13");
		dcv_buf_clear(&value);
	}
	if (session->diags.code != DCV_OK)
		return session->diags.code;
	dcv_say(session, "nothing to look for: %s",
		has_records(session) ? "the order is closed"
				     : "the order has no records yet");
	return has_records(session) ? DCV_OK : DCV_E_PENDING;
}

static enum dcv_err ask(struct dcv_session *session, bool wait)
{
	struct dcv_verify verify = {.wait = wait};
	enum dcv_err rc = dcv_look_zones(session);

	if (rc == DCV_OK)
		rc = dcv_lost_tell(session);
	if (rc == DCV_OK && wait)
		rc = dcv_lost_note(session);
	if (rc == DCV_OK)
		rc = dcv_verify_run(session, &verify);
	session->verify = verify;
	return rc == DCV_OK && verify.n_items == 0 ? dcv_look_nothing(session) : rc;
}

enum dcv_err dcv_look_prepare(struct dcv_session *session)
{
	enum dcv_err rc = dcv_session_config(session);

	if (rc == DCV_OK)
		rc = dcv_session_ledger(session, DCV_LEDGER_READ);
	if (rc == DCV_OK)
		rc = dcv_session_orders(session);
	if (rc == DCV_OK)
		rc = dcv_select_orders(session);
	if (rc == DCV_OK)
		rc = dcv_session_run(session, DCV_PLAN_APPLY);
	return rc;
}

static enum dcv_err look(struct dcv_session *session, bool wait)
{
	enum dcv_err rc = dcv_look_prepare(session);

	if (rc != DCV_OK)
		return rc;
	return dcv_preflight_is(session) ? dcv_preflight_check(session)
					 : ask(session, wait);
}

static enum dcv_err run_check(struct dcv_session *session)
{
	return look(session, false);
}

static enum dcv_err run_wait(struct dcv_session *session)
{
	return look(session, true);
}

#define LOOK_OPTIONS                                                                        \
	"config ledger zone-file reload provider nameserver record ca service order until " \
	"from file name deadline zone state limit all events json quiet verbose help"

const struct dcv_command dcv_cmd_check = {
	.name = "check",
	.summary = "ask every name server once whether it has the records",
	.help = "example: dcvctl check 1234567890.yaml\n"
		"\n"
		"dcvctl check [OPTION…] ORDER…\n"
		"dcvctl check [OPTION…] --ca CA NAME…\n"
		"Asks every address of every name server once, as the CA would, and says which\n"
		"has the records and which not. Writes nothing. The name servers are those of\n"
		"--nameserver or the configuration, else those of the delegation, from the root\n"
		"down. With names and no order: is anything in the way of one (delegation, name\n"
		"servers, CAA)?\n"
		"\n"
		"  --nameserver ADDR     ask this address; may be given several times\n"
		"  --record 'OWNER TYPE VALUE' --ca CA --order N\n"
		"                        an order without a file; so is --from SERVICE NUMBER\n"
		"  --until LEVEL         effective, ready (default), settled\n"
		"  --zone Z, --ca CA, --state S   only these orders; --limit N, --all of what\n"
		"                        is shown: over 20 records are summed up by cause\n"
		"  --deadline 15m        end of all asking\n"
		"  -v                    every address, not only the lagging ones\n"
		"  --json                the result as one JSON document\n"
		"\n"
		"exit: 0 the level holds, 2 not yet, 6 what time cannot cure (CAA denies, wrong\n"
		"      platform), 7 no name server could be reached, or CAA or DNSSEC of a name\n"
		"      is not known here\n",
	.options = LOOK_OPTIONS,
	.words = "files orders",
	.run = run_check,
};

const struct dcv_command dcv_cmd_wait = {
	.name = "wait",
	.summary = "ask until every name server has the records",
	.help = "example: dcvctl wait --deadline 1h 1234567890\n"
		"\n"
		"dcvctl wait [OPTION…] ORDER…\n"
		"As check, again and again (100 ms to 10 s apart) until every address has the\n"
		"records in two rounds and over TCP, or the deadline is reached.\n"
		"\n"
		"  --until LEVEL         effective, ready (default), settled\n"
		"  --deadline 15m        end of all waiting\n"
		"  --nameserver ADDR     ask this address; may be given several times\n"
		"  --zone Z, --ca CA, --state S   only these orders; --limit N, --all as check\n"
		"  --events FILE|-       what happens, one JSON object a line\n"
		"  --json, -q, -v\n"
		"\n"
		"exit: 0 the level holds, 4 not at the deadline, 6 what time cannot cure (CAA\n"
		"      denies, wrong platform), 7 no name server could be reached, or CAA or\n"
		"      DNSSEC of a name is not known here\n",
	.options = LOOK_OPTIONS,
	.words = "files orders",
	.run = run_wait,
};
