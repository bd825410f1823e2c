/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows where secrets come from and how they are hidden. It does not know what they
 * open. */
#include "provider/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/proc.h"
#include "base/shell.h"
#include "base/start.h"

#define COMMAND_MS 30000
/* A word of a secret that holds several (a key file) is as secret as the whole if it is this
 * long: no word of a key file's grammar is. */
#define WORD_MIN 16u
#define WORD_ENDS " \t\r\n\"'{};:,="

/* What was read, until it has found its place. */
struct draft {
	size_t len;
	char octets[DCV_SECRET_MAX + 1];
};

static enum dcv_err hide_too(struct dcv_secrets *to, const char *text)
{
	const char **grown = dcv_arena_grow(&to->arena, (void *)to->items, to->n,
		sizeof(const char *));

	if (grown == NULL)
		return DCV_E_NOMEM;
	to->items = grown;
	grown[to->n++] = text;
	return DCV_OK;
}

static enum dcv_err hide_words(struct dcv_secrets *to, const char *value)
{
	const char *word = value;
	enum dcv_err rc = DCV_OK;

	for (; rc == DCV_OK && *word != '\0'; word += strspn(word, WORD_ENDS)) {
		size_t len = strcspn(word, WORD_ENDS);

		/* The padding of base64 belongs to it. */
		if (len >= WORD_MIN && len < strlen(value)) {
			const char *copy = dcv_arena_strndup(&to->arena, word,
				len + strspn(word + len, "="));

			rc = copy == NULL ? DCV_E_NOMEM : hide_too(to, copy);
		}
		word += len;
	}
	return rc;
}

bool dcv_secrets_add(struct dcv_secrets *to, const char *value, const char **ret)
{
	const char *copy = dcv_arena_strdup(&to->arena, value);

	if (copy == NULL || hide_too(to, copy) != DCV_OK || hide_words(to, copy) != DCV_OK)
		return false;
	*ret = copy;
	return true;
}

void dcv_secrets_clear(struct dcv_secrets *secrets)
{
	dcv_arena_wipe(&secrets->arena);
	*secrets = (struct dcv_secrets){.n = 0};
}

/* Where the first of the secrets begins in the text, the longest if several begin there. */
static char *first_secret(const struct dcv_secrets *secrets, char *text, size_t *ret_len)
{
	char *first = NULL;

	*ret_len = 0;
	for (size_t i = 0; i < secrets->n; i++) {
		size_t len = strlen(secrets->items[i]);
		char *at = len > 0 ? strstr(text, secrets->items[i]) : NULL;

		if (at != NULL &&
			(first == NULL || at < first || (at == first && len > *ret_len))) {
			first = at;
			*ret_len = len;
		}
	}
	return first;
}

void dcv_secrets_hide(const struct dcv_secrets *secrets, char *text, size_t cap)
{
	const size_t mark = strlen(DCV_HIDDEN);
	size_t len, room, rest;
	char *end = text + cap, *at;

	while ((at = first_secret(secrets, text, &len)) != NULL) {
		room = (size_t)(end - at) - 1;
		rest = strlen(at + len);
		if (room < mark) {
			*at = '\0';
			return;
		}
		if (rest > room - mark)
			rest = room - mark;
		memmove(at + mark, at + len, rest);
		memcpy(at, DCV_HIDDEN, mark);
		at[mark + rest] = '\0';
		text = at + mark;
	}
}

/* systemd 254 and later lend a credential to the user of a service by an ACL, whose mask stands
 * where the group's bits are: the file is root:root, 0440. */
static bool is_private(const struct stat *st, bool lent)
{
	mode_t others = S_IRWXG | S_IRWXO;

	if (lent && st->st_uid == 0 && st->st_gid == 0)
		others &= ~(mode_t)S_IRGRP;
	return (st->st_mode & others) == 0;
}

static enum dcv_err help_typed(struct dcv_error *err, const char *const *argv,
	const char *remark)
{
	struct dcv_arena arena = {0};
	const char *typed = dcv_shell_line(&arena, argv);

	if (typed != NULL)
		(void)dcv_help(err, "run: %s%s", typed, remark);
	dcv_arena_clear(&arena);
	return DCV_E_CONFIG;
}

/* lent: it lies in $CREDENTIALS_DIRECTORY. */
static enum dcv_err check_file(const char *path, int fd, bool lent, struct dcv_error *err)
{
	struct stat st;
	char user[sizeof "4294967295"];

	if (fstat(fd, &st) != 0)
		return dcv_fail(err, DCV_E_CONFIG, "%.400s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return dcv_fail(err, DCV_E_CONFIG, "%.400s: not a regular file", path);
	if (!is_private(&st, lent)) {
		(void)dcv_fail(err, DCV_E_CONFIG,
			"%.400s: a secret that others may read or write (mode %04o)",
			path, (unsigned)(st.st_mode & 07777));
		return help_typed(err, (const char *const[]){"chmod", "600", path, NULL},
			"   (and renew the secret)");
	}
	if (st.st_uid != 0 && st.st_uid != geteuid()) {
		(void)dcv_fail(err, DCV_E_CONFIG,
			"%.400s: belongs to somebody else (user %u)", path,
			(unsigned)st.st_uid);
		(void)snprintf(user, sizeof(user), "%u", (unsigned)geteuid());
		return help_typed(err, (const char *const[]){"chown", user, path, NULL},
			"");
	}
	return DCV_OK;
}

static enum dcv_err read_open(const char *path, int fd, struct draft *draft,
	struct dcv_error *err)
{
	ssize_t n = 1;

	while (n > 0 && draft->len < sizeof(draft->octets)) {
		n = read(fd, draft->octets + draft->len,
			sizeof(draft->octets) - draft->len);
		if (n > 0)
			draft->len += (size_t)n;
		else if (n < 0 && errno == EINTR)
			n = 1;
	}
	return n < 0 ? dcv_fail(err, DCV_E_CONFIG, "%.400s: cannot be read: %s", path,
			       strerror(errno))
		     : DCV_OK;
}

static enum dcv_err read_file(const char *path, bool lent, struct draft *draft,
	struct dcv_error *err)
{
	/* A FIFO would hold us for ever. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	enum dcv_err rc;

	if (fd < 0)
		return dcv_fail(err, DCV_E_CONFIG, "%.400s: cannot be opened: %s", path,
			strerror(errno));
	rc = check_file(path, fd, lent, err);
	if (rc == DCV_OK)
		rc = read_open(path, fd, draft, err);
	(void)close(fd);
	return rc;
}

static enum dcv_err from_file(const char *name, const char *directory,
	struct dcv_secrets *to, struct draft *draft, struct dcv_error *err)
{
	const char *credentials = dcv_environment("CREDENTIALS_DIRECTORY"), *path = name;
	bool lent = credentials != NULL && name[0] != '/';

	if (lent)
		directory = credentials;
	if (name[0] != '/' && directory != NULL)
		path = dcv_arena_printf(&to->arena, "%s/%s", directory, name);
	return path == NULL ? dcv_nomem(err) : read_file(path, lent, draft, err);
}

static enum dcv_err from_variable(const char *name, struct draft *draft,
	struct dcv_error *err)
{
	const char *value = dcv_environment(name);

	if (value == NULL)
		return dcv_fail(err, DCV_E_CONFIG,
			"{env: %.80s}: the variable is not set", name);
	draft->len = strnlen(value, sizeof(draft->octets));
	memcpy(draft->octets, value, draft->len);
	return DCV_OK;
}

static enum dcv_err from_command(const char *const *argv, const struct dcv_clock *clock,
	int64_t deadline_ms, struct draft *draft, struct dcv_error *err)
{
	int64_t left_ms = deadline_ms - dcv_mono_ms(clock);
	struct dcv_proc_end end = {0};
	struct dcv_buf output;
	enum dcv_err rc;

	dcv_buf_init(&output, sizeof(draft->octets));
	/* Growing would leave copies behind. */
	if (!dcv_buf_reserve(&output, output.max))
		return dcv_nomem(err);
	rc = dcv_proc_ask(argv, left_ms < COMMAND_MS ? left_ms : COMMAND_MS, clock,
		&output, &end, err);
	if (rc == DCV_OK && end.timed_out)
		rc = dcv_fail(err, DCV_E_CONFIG, "{command: %.80s}: no answer in time",
			argv[0]);
	else if (rc == DCV_OK && end.status != 0)
		rc = dcv_fail(err, DCV_E_CONFIG, "{command: %.80s}: exit status %d",
			argv[0], end.status);
	if (rc == DCV_OK) {
		draft->len = output.len;
		memcpy(draft->octets, output.data, output.len);
	} else if (rc != DCV_E_NOMEM && err != NULL) {
		err->code = rc = DCV_E_CONFIG;
		(void)dcv_help(err, "help: run it by hand, as this user");
	}
	explicit_bzero(output.data, output.cap);
	dcv_buf_clear(&output);
	return rc;
}

static enum dcv_err settle(struct draft *draft, struct dcv_secrets *to, const char **ret,
	struct dcv_error *err)
{
	if (draft->len > DCV_SECRET_MAX)
		return dcv_fail(err, DCV_E_CONFIG, "a secret of more than %zu octets",
			DCV_SECRET_MAX);
	if (draft->len > 0 && draft->octets[draft->len - 1] == '\n')
		draft->len--;
	if (draft->len > 0 && draft->octets[draft->len - 1] == '\r')
		draft->len--;
	if (draft->len == 0)
		return dcv_fail(err, DCV_E_CONFIG, "the secret is empty");
	if (memchr(draft->octets, '\0', draft->len) != NULL)
		return dcv_fail(err, DCV_E_CONFIG, "the secret holds a NUL");
	draft->octets[draft->len] = '\0';
	return dcv_secrets_add(to, draft->octets, ret) ? DCV_OK : dcv_nomem(err);
}

enum dcv_err dcv_secret_read(const struct dcv_setting *from, const char *directory,
	const struct dcv_clock *clock, int64_t deadline_ms, struct dcv_secrets *to,
	const char **ret, struct dcv_error *err)
{
	struct draft *draft = calloc(1, sizeof(*draft));
	enum dcv_err rc;

	if (draft == NULL)
		return dcv_nomem(err);
	if (strcmp(from->source, "file") == 0)
		rc = from_file(from->values[0], directory, to, draft, err);
	else if (strcmp(from->source, "env") == 0)
		rc = from_variable(from->values[0], draft, err);
	else
		rc = from_command(from->values, clock, deadline_ms, draft, err);
	if (rc == DCV_OK)
		rc = settle(draft, to, ret, err);
	explicit_bzero(draft, sizeof(*draft));
	free(draft);
	return rc;
}
