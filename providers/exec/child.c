/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows a process: how it is started, asked, listened to, ended. It does not know what
 * is said. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "providers/exec/exec.h"

#define CHUNK ((size_t)64 * 1024)
#define REAP_MS 5000
#define TICK_MS 1000 /* the host's clock may be another than poll's */

/* A pair of ends: ours, which does not block, and the program's. */
struct ends {
	int ours, theirs;
};

static void shut(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static void shut_both(struct ends *ends)
{
	shut(&ends->ours);
	shut(&ends->theirs);
}

/* Sockets, so that a program that is gone is an error and not a signal. 0 or -1. */
static int make_ends(struct ends *ret)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
		return -1;
	*ret = (struct ends){fds[0], fds[1]};
	return fcntl(ret->ours, F_SETFL, O_NONBLOCK);
}

/* Between fork and exec only what is safe after a fork with threads. Returns an errno. */
static int become(char *const *argv, char *const *envp, const int fds[3], pid_t parent)
{
	static const int back[] = {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGXFSZ};
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t none;

	(void)sigemptyset(&none);
	for (size_t i = 0; i < sizeof back / sizeof back[0]; i++)
		(void)sigaction(back[i], &action, NULL);
	if (setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		return errno;
	if (getppid() != parent)
		return ESRCH;
	for (int i = 0; i < 3; i++) {
		if (dup2(fds[i], i) < 0)
			return errno;
	}
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)execvpe(argv[0], argv, envp);
	return errno;
}

/* The errno with which the program could not be started comes through a pipe that a start
 * closes. */
static int spawn(char *const *argv, char *const *envp, const int fds[3], pid_t *ret)
{
	int ends[2], error = 0;
	pid_t parent = getpid(), pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return errno;
	pid = fork();
	if (pid == 0) {
		error = become(argv, envp, fds, parent);
		if (write(ends[1], &error, sizeof error) != (ssize_t)sizeof error)
			error = 0;
		/* No handler of ours may run at the end of this process. */
		for (;;)
			(void)raise(SIGKILL);
	}
	if (pid < 0)
		error = errno;
	(void)close(ends[1]);
	while (pid > 0 && read(ends[0], &error, sizeof error) < 0 && errno == EINTR)
		;
	(void)close(ends[0]);
	if (pid > 0 && error != 0)
		(void)waitpid(pid, NULL, 0);
	*ret = pid;
	return error;
}

static char **join_argv(struct dcv_kit *kit, char *const *argv, const char *const *more)
{
	size_t n = 0, n_more = 0;
	char **all;

	while (argv[n] != NULL)
		n++;
	while (more != NULL && more[n_more] != NULL)
		n_more++;
	all = dcv_kit_array(kit, n + n_more + 1, sizeof *all);
	for (size_t i = 0; all != NULL && i < n; i++)
		all[i] = argv[i];
	for (size_t i = 0; all != NULL && i < n_more; i++)
		all[n + i] = dcv_kit_dup(kit, more[i]);
	return kit->nomem ? NULL : all;
}

enum dcvp_class dcv_exec_start(struct dcv_exec *session, const char *const *more,
	int with_input, struct dcvp_error *err)
{
	struct dcv_exec_child *child = &session->child;
	struct dcv_kit kit = {.host = session->host};
	struct ends in = {-1, -1}, out = {-1, -1}, errors = {-1, -1};
	char **argv = join_argv(&kit, session->argv, more);
	int error = 0;

	if (argv == NULL)
		return dcv_kit_nomem(err);
	if (make_ends(&in) != 0 || make_ends(&out) != 0 || make_ends(&errors) != 0)
		error = errno;
	if (error == 0) {
		const int fds[3] = {in.theirs, out.theirs, errors.theirs};

		error = spawn(argv, session->envp, fds, &child->pid);
	}
	if (error != 0) {
		shut_both(&in);
		shut_both(&out);
		shut_both(&errors);
		child->pid = 0;
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_UNAVAILABLE,
			"%s: cannot be started: %s", session->name, strerror(error));
	}
	shut(&in.theirs);
	shut(&out.theirs);
	shut(&errors.theirs);
	if (!with_input)
		shut(&in.ours);
	child->in_fd = in.ours;
	child->out_fd = out.ours;
	child->err_fd = errors.ours;
	child->in_len = child->line_len = 0;
	return DCVP_OK;
}

static void log_line(struct dcv_exec *session)
{
	struct dcv_exec_child *child = &session->child;
	struct dcv_kit kit = {.host = session->host};
	const char *text;

	if (child->line_len == 0)
		return;
	text = dcv_kit_format(&kit, "%s: %.*s", session->name, (int)child->line_len,
		child->line);
	if (text != NULL)
		session->host->log(session->host->ctx, DCVP_LOG_NOTE, text);
	child->line_len = 0;
}

/* What a program says to people, line by line; a long line is cut. */
static void say(struct dcv_exec *session, const char *data, size_t n)
{
	struct dcv_exec_child *child = &session->child;

	for (size_t i = 0; i < n; i++) {
		if (data[i] == '\n')
			log_line(session);
		else if (child->line_len < sizeof child->line)
			child->line[child->line_len++] = (unsigned char)data[i] < 0x20 ||
					data[i] == 0x7f
				? ' '
				: data[i];
	}
}

/* 1: something was read; 0: nothing there, or the end, which closes *fd. */
static int take(int *fd, char *data, size_t cap, size_t *ret_n)
{
	ssize_t n = read(*fd, data, cap);

	if (n > 0) {
		*ret_n = (size_t)n;
		return 1;
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		shut(fd);
	return 0;
}

static void hear_errors(struct dcv_exec *session)
{
	char data[4096];
	size_t n;

	if (session->child.err_fd >= 0 &&
		take(&session->child.err_fd, data, sizeof data, &n))
		say(session, data, n);
	if (session->child.err_fd < 0)
		log_line(session);
}

/* Room for one more chunk; no line is longer than the maximum. 0: memory is out, or too long. */
static int make_room(struct dcv_exec_child *child)
{
	size_t cap = child->in_cap > 0 ? child->in_cap : CHUNK;
	char *more;

	if (child->in_len + CHUNK <= child->in_cap)
		return 1;
	if (child->in_len > DCV_EXEC_LINE_MAX)
		return 0;
	while (cap < child->in_len + CHUNK)
		cap *= 2;
	more = realloc(child->in, cap);
	if (more == NULL)
		return 0;
	child->in = more;
	child->in_cap = cap;
	return 1;
}

static int64_t time_left(const struct dcv_exec *session, int64_t end_ms)
{
	int64_t left_ms = end_ms - session->host->mono_ms(session->host->ctx);

	return left_ms < TICK_MS ? left_ms : TICK_MS;
}

static int64_t end_of(const struct dcv_exec *session)
{
	int64_t end_ms = session->host->mono_ms(session->host->ctx) + session->timeout_ms;
	int64_t deadline_ms = session->host->deadline_ms(session->host->ctx);

	return deadline_ms < end_ms ? deadline_ms : end_ms;
}

/* A request on its way, and where its answer ends. */
struct exchange {
	const char *line;
	size_t len, sent; /* len counts the line's end */
	size_t searched;
	const char *end; /* of the answer, or NULL */
};

static void send_some(struct dcv_exec_child *child, struct exchange *ex)
{
	const char *from = ex->sent < ex->len - 1 ? ex->line + ex->sent : "\n";
	size_t n = ex->sent < ex->len - 1 ? ex->len - 1 - ex->sent : 1;
	ssize_t done = send(child->in_fd, from, n, MSG_NOSIGNAL);

	if (done > 0)
		ex->sent += (size_t)done;
	else if (errno != EAGAIN && errno != EINTR)
		shut(&child->in_fd);
}

/* 0: it cannot go on. */
static int hear_some(struct dcv_exec_child *child, struct exchange *ex)
{
	size_t n;

	if (!make_room(child))
		return 0;
	if (!take(&child->out_fd, child->in + child->in_len, CHUNK, &n))
		return child->out_fd >= 0;
	child->in_len += n;
	ex->end = memchr(child->in + ex->searched, '\n', child->in_len - ex->searched);
	ex->searched = child->in_len;
	return ex->end != NULL || child->in_len <= DCV_EXEC_LINE_MAX;
}

/* 1: a step was made; 0: it cannot go on; -1: the time is over. */
static int step(struct dcv_exec *session, struct exchange *ex, int64_t end_ms)
{
	struct dcv_exec_child *child = &session->child;
	int64_t left_ms = time_left(session, end_ms);
	struct pollfd fds[] = {{.fd = child->out_fd, .events = POLLIN},
		{.fd = child->err_fd, .events = POLLIN},
		{.fd = ex->sent < ex->len ? child->in_fd : -1, .events = POLLOUT}};

	if (left_ms <= 0)
		return -1;
	if (poll(fds, 3, (int)left_ms) < 0)
		return errno == EINTR;
	if (fds[1].revents != 0)
		hear_errors(session);
	if (fds[2].revents != 0)
		send_some(child, ex);
	if (fds[0].revents != 0 && !hear_some(child, ex))
		return 0;
	return child->out_fd >= 0;
}

static enum dcvp_class broken(struct dcv_exec *session, const struct exchange *ex,
	int how, struct dcvp_error *err)
{
	size_t len = session->child.in_len;

	dcv_exec_stop(session, 0);
	if (how < 0)
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_UNAVAILABLE,
			"%s: no answer in time", session->name);
	if (len > DCV_EXEC_LINE_MAX)
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_PROTOCOL,
			"%s: an answer of over %zu octets", session->name,
			DCV_EXEC_LINE_MAX);
	return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_UNAVAILABLE, "%s: it ended%s",
		session->name,
		ex->sent < ex->len ? " before it read the request" : " without an answer");
}

/* What lies behind the last answer moves to the front. */
static void forget_answer(struct dcv_exec_child *child)
{
	char *end = child->in_len > 0 ? memchr(child->in, '\n', child->in_len) : NULL;

	if (end == NULL)
		return;
	child->in_len -= (size_t)(end + 1 - child->in);
	memmove(child->in, end + 1, child->in_len);
}

enum dcvp_class dcv_exec_exchange(struct dcv_exec *session, const char *line,
	const char **ret, size_t *ret_len, int *ret_sent, struct dcvp_error *err)
{
	struct dcv_exec_child *child = &session->child;
	struct exchange ex = {.line = line, .len = strlen(line) + 1};
	int64_t end_ms = end_of(session);
	int how = 1;

	forget_answer(child);
	if (child->in_len > 0) {
		dcv_exec_stop(session, 0);
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_PROTOCOL,
			"%s: it speaks without being asked", session->name);
	}
	while (how > 0 && (ex.end == NULL || ex.sent < ex.len))
		how = step(session, &ex, end_ms);
	*ret_sent = ex.sent == ex.len;
	if (ex.end == NULL || ex.sent < ex.len)
		return broken(session, &ex, how, err);
	*ret = child->in;
	*ret_len = (size_t)(ex.end - child->in);
	return DCVP_OK;
}

/* Listens to what it says until it has ended or the time is over. Returns whether it has. */
static int await(struct dcv_exec *session, int64_t end_ms)
{
	struct dcv_exec_child *child = &session->child;
	int pidfd = pidfd_open(child->pid, 0), ended = 0;
	int64_t left_ms;
	char data[4096];
	size_t n;

	while (!ended && pidfd >= 0) {
		struct pollfd fds[] = {{.fd = pidfd, .events = POLLIN},
			{.fd = child->out_fd, .events = POLLIN},
			{.fd = child->err_fd, .events = POLLIN}};

		left_ms = time_left(session, end_ms);
		if (left_ms <= 0 || (poll(fds, 3, (int)left_ms) < 0 && errno != EINTR))
			break;
		ended = fds[0].revents != 0;
		if (fds[1].revents != 0 && take(&child->out_fd, data, sizeof data, &n) &&
			session->dialect == DCV_EXEC_LEGO)
			say(session, data, n);
		if (fds[2].revents != 0)
			hear_errors(session);
	}
	shut(&pidfd);
	return ended;
}

/* Kills what is left of its group, and reaps it. Returns its exit status. */
static int bury(struct dcv_exec *session)
{
	struct dcv_exec_child *child = &session->child;
	int status = SIGKILL;

	/* It is a zombie or alive, so its number is still that of its group. */
	(void)kill(-child->pid, SIGKILL);
	(void)kill(child->pid, SIGKILL);
	/* Not even a program that hangs in the kernel holds us for ever. */
	(void)await(session, session->host->mono_ms(session->host->ctx) + REAP_MS);
	(void)waitpid(child->pid, &status, WNOHANG);
	hear_errors(session);
	log_line(session);
	shut(&child->in_fd);
	shut(&child->out_fd);
	shut(&child->err_fd);
	free(child->in);
	*child = (struct dcv_exec_child){.in_fd = -1, .out_fd = -1, .err_fd = -1};
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

enum dcvp_class dcv_exec_wait(struct dcv_exec *session, int *ret_status,
	struct dcvp_error *err)
{
	int ended = await(session, end_of(session));

	*ret_status = bury(session);
	if (!ended)
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_UNAVAILABLE,
			"%s: it did not end in time", session->name);
	return DCVP_OK;
}

int dcv_exec_runs(const struct dcv_exec *session)
{
	siginfo_t info = {0};

	return session->child.pid > 0 &&
		waitid(P_PID, (id_t)session->child.pid, &info,
			WEXITED | WNOHANG | WNOWAIT) == 0 &&
		info.si_pid == 0;
}

void dcv_exec_stop(struct dcv_exec *session, int64_t grace_ms)
{
	if (session->child.pid <= 0)
		return;
	shut(&session->child.in_fd);
	if (grace_ms > 0)
		(void)await(session,
			session->host->mono_ms(session->host->ctx) + grace_ms);
	(void)bury(session);
}
