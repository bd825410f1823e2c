/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows --events: where the lines go, and what each of them begins with. What
 * happens is known where it happens. */
#include "cmd/events.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

static void refuse(struct dcv_session *session, const char *path, const char *why,
	const char *help)
{
	char shown[256];

	dcv_shown(shown, sizeof(shown), path, strlen(path));
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL, help,
		"--events %s: %s", shown, why);
}

/* On standard output there is room for one thing. */
static void open_stdout(struct dcv_session *session)
{
	if (session->options.json)
		refuse(session, "-",
			"standard output takes the document of --json already",
			"write the events into a file: --events FILE");
	else if (!session->options.quiet)
		refuse(session, "-", "standard output takes the result already",
			"give -q too, or write the events into a file: --events FILE");
	else
		session->events = stdout;
}

/* Appended, so that a second run loses nothing of the first. */
static void open_file(struct dcv_session *session, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666);

	session->events = fd < 0 ? NULL : fdopen(fd, "a");
	if (session->events == NULL) {
		refuse(session, path, strerror(errno),
			"name a file that can be written, or - with -q");
		if (fd >= 0)
			(void)close(fd);
	}
}

void dcv_events_open(struct dcv_session *session)
{
	const char *path = session->options.events;

	if (path == NULL)
		return;
	if (strcmp(path, "-") == 0)
		open_stdout(session);
	else
		open_file(session, path);
	if (session->events != NULL && session->events != stdout)
		(void)setvbuf(session->events, NULL, _IOLBF, BUFSIZ);
}

enum dcv_err dcv_events_close(struct dcv_session *session)
{
	bool failed = session->events_failed;

	if (session->events != NULL && session->events != stdout)
		failed = fclose(session->events) != 0 || failed;
	session->events = NULL;
	if (!failed)
		return DCV_OK;
	dcv_tell("--events: not every event could be written");
	dcv_tell("help: is there room for it? what the run did stands in the ledger: "
		 "dcvctl status --log");
	return DCV_E_FAILED;
}

struct dcv_json *dcv_event_begin(struct dcv_session *session, const char *name)
{
	struct dcv_json *event;
	char time[DCV_TIME_TEXT_MAX];

	if (session->events == NULL)
		return NULL;
	event = dcv_json_object();
	session->events_failed = session->events_failed || event == NULL;
	dcv_json_set_int(event, "schema", 1);
	dcv_json_set_text(event, "time", dcv_time_utc(dcv_now_s(session->clock), time));
	dcv_json_set_int(event, "elapsed_ms",
		dcv_mono_ms(session->clock) - session->started_ms);
	dcv_json_set_text(event, "command", session->command->name);
	dcv_json_set_text(event, "event", name);
	return event;
}

void dcv_event_end(struct dcv_session *session, struct dcv_json *event)
{
	if (event == NULL || session->events == NULL)
		return;
	if (dcv_json_write(event, session->events, NULL) != DCV_OK ||
		fflush(session->events) != 0)
		session->events_failed = true;
	dcv_json_free(event);
}

void dcv_event(struct dcv_session *session, const char *name, ...)
{
	struct dcv_json *event = dcv_event_begin(session, name);
	const char *key;
	va_list args;

	va_start(args, name);
	while ((key = va_arg(args, const char *)) != NULL)
		dcv_json_set_text(event, key, va_arg(args, const char *));
	va_end(args);
	dcv_event_end(session, event);
}

void dcv_event_zone(void *session, const char *what, const struct dcv_zone_run *zone)
{
	struct dcv_json *event = dcv_event_begin(session, what);
	char name[DCV_NAME_TEXT_MAX];

	dcv_json_set_text(event, "zone", dcv_name_text(&zone->binding->zone, name));
	dcv_json_set_text(event, "backend", zone->at->name);
	dcv_json_set_int(event, "add", (int64_t)zone->plan.n_add);
	dcv_json_set_int(event, "remove", (int64_t)zone->plan.n_remove);
	if (zone->changed) {
		dcv_json_set_int(event, "serial_before", zone->receipt.serial_before);
		dcv_json_set_int(event, "serial_after", zone->receipt.serial_after);
	}
	if (zone->error.code != DCV_OK)
		dcv_json_set_text(event, "text", zone->error.text);
	dcv_event_end(session, event);
}
