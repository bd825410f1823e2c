/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the signals that ask the process to end. It does not know what is safe to
 * stop. */
#include "cmd/interrupt.h"

#include <signal.h>
#include <stddef.h>

/* The one thing that a handler may write to (C11 7.14.1.1); a process has one of it. */
static volatile sig_atomic_t caught;

static const struct {
	int number;
	const char *name;
} signals[] = {{SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}, {SIGHUP, "SIGHUP"}};
#define N_SIGNALS (sizeof(signals) / sizeof(signals[0]))

static void set_default(int number)
{
	struct sigaction action = {.sa_handler = SIG_DFL};

	(void)sigemptyset(&action.sa_mask);
	(void)sigaction(number, &action, NULL);
}

static void note(int number)
{
	caught = number;
	for (size_t i = 0; i < N_SIGNALS; i++)
		set_default(signals[i].number);
}

void dcv_interrupt_watch(void)
{
	/* Without SA_RESTART: who sleeps or waits wakes up. */
	struct sigaction action = {.sa_handler = note}, before;

	(void)sigfillset(&action.sa_mask);
	for (size_t i = 0; i < N_SIGNALS; i++) {
		if (sigaction(signals[i].number, NULL, &before) == 0 &&
			before.sa_handler != SIG_IGN)
			(void)sigaction(signals[i].number, &action, NULL);
	}
}

bool dcv_interrupted(void *ctx)
{
	(void)ctx;
	return caught != 0;
}

const char *dcv_interrupt_name(void)
{
	for (size_t i = 0; i < N_SIGNALS; i++) {
		if (signals[i].number == caught)
			return signals[i].name;
	}
	return NULL;
}

void dcv_interrupt_die(void)
{
	int number = caught;
	sigset_t mask;

	if (number == 0)
		return;
	set_default(number);
	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, number);
	(void)sigprocmask(SIG_UNBLOCK, &mask, NULL);
	(void)raise(number);
}
