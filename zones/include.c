/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which included files are read: those that lie inside the directory of the
 * zone's own file, nested eight deep at most, without a loop. It does not know records. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "zones/fail.h"
#include "zones/walk.h"

#define WINDOW \
	(64u * 1024u) /* nested files are small; eight windows must stay small too */
#define SHOWN_MAX 200u

static void tell(struct dcv_zwalk *walk, const struct dcv_zframe *frame,
	const struct dcv_zraw *raw, const char *path, const char *why)
{
	char shown[SHOWN_MAX];

	(void)dcv_shown(shown, sizeof shown, path, strlen(path));
	(void)dcv_zfail(walk->err, DCVP_REFUSED, "%s:%llu: $INCLUDE %s: %s", frame->path,
		(unsigned long long)raw->line, shown, why);
}

/* Refuses the $INCLUDE at a line; `path` is text of the file. */
static enum dcvp_class refuse(struct dcv_zwalk *walk, const struct dcv_zframe *frame,
	const struct dcv_zraw *raw, const char *path, const char *why)
{
	tell(walk, frame, raw, path, why);
	return dcv_zhelp(walk->err, DCVP_REFUSED,
		"help: included files must lie in %s or below it; a relative path is taken from there",
		walk->source->dir);
}

/* A path that leads to no file is the zone's fault; all else is the machine's. */
static enum dcvp_class fail_path(struct dcv_zwalk *walk, const struct dcv_zframe *frame,
	const struct dcv_zraw *raw, const char *path, int error)
{
	if (error == ENOENT || error == ENOTDIR || error == ELOOP || error == ENXIO ||
		error == ENAMETOOLONG)
		return refuse(walk, frame, raw, path, strerror(error));
	return dcv_zhelp_rights(walk->err,
		dcv_zerrno(walk->err, path, "cannot be opened", error), error, NULL,
		walk->source->dir);
}

static enum dcvp_class refuse_loop(struct dcv_zwalk *walk, const struct dcv_zframe *frame,
	const struct dcv_zraw *raw, const char *path)
{
	tell(walk, frame, raw, path, "the files include each other in a loop");
	return dcv_zhelp(walk->err, DCVP_REFUSED,
		"help: remove this $INCLUDE, or the one that leads here");
}

/* Where the path leads from a directory, in out[PATH_MAX]; an errno, 0. */
static int resolve_from(struct dcv_zwalk *walk, const char *dir, size_t dir_len,
	const char *text, size_t len, const char **ret_path, char *out)
{
	*ret_path = dcv_arena_printf(&walk->found->arena, "%.*s%s%.*s", (int)dir_len, dir,
		dir_len > 0 ? "/" : "", (int)len, text);
	if (*ret_path == NULL)
		return ENOMEM;
	return realpath(*ret_path, out) == NULL ? errno : 0;
}

/* BIND and NSD take a relative path from the zone's directory, Knot from that of the file with
 * the directive: where only that one is there, no server reads another. */
static int resolve_nested(struct dcv_zwalk *walk, const struct dcv_zframe *frame,
	const char *text, size_t len, char *out)
{
	const char *slash = strrchr(frame->path, '/'), *path;

	if (frame->depth == 0 || slash == NULL)
		return ENOENT;
	return resolve_from(walk, frame->path, (size_t)(slash - frame->path), text, len,
		&path, out);
}

/* Where the file of the directive really lies, in out[PATH_MAX]. */
static enum dcvp_class resolve(struct dcv_zwalk *walk, const struct dcv_zframe *frame,
	const struct dcv_zraw *raw, const struct dcv_ztoken *token, char *out)
{
	const char *dir = walk->source->dir, *text = raw->text + token->at;
	bool absolute = token->len > 0 && text[0] == '/';
	size_t dir_len = strlen(dir);
	const char *path;
	enum dcvp_class end = DCVP_OK;
	int error;

	if (token->len >= PATH_MAX || memchr(text, '\0', token->len) != NULL)
		return dcv_zwalk_syntax(walk, frame, raw->line, "a bad path of $INCLUDE");
	error = resolve_from(walk, dir, absolute ? 0 : dir_len, text, token->len, &path,
		out);
	if (error == ENOENT && !absolute &&
		resolve_nested(walk, frame, text, token->len, out) == 0)
		error = 0;
	if (error != 0)
		end = fail_path(walk, frame, raw, path, error);
	else if (strcmp(dir, "/") != 0 &&
		(strncmp(out, dir, dir_len) != 0 || out[dir_len] != '/'))
		end = refuse(walk, frame, raw, out,
			"outside the directory of the zone file");
	return end;
}

/* Opens a regular file. */
static enum dcvp_class open_file(struct dcv_zwalk *walk, const struct dcv_zframe *frame,
	const struct dcv_zraw *raw, const char *path, int *ret_fd, struct stat *ret_st)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return fail_path(walk, frame, raw, path, errno);
	if (fstat(fd, ret_st) != 0) {
		(void)dcv_zerrno(walk->err, path, "cannot be examined", errno);
		(void)close(fd);
		return DCVP_FAILED;
	}
	if (!S_ISREG(ret_st->st_mode)) {
		(void)close(fd);
		return refuse(walk, frame, raw, path, "not a regular file");
	}
	*ret_fd = fd;
	return DCVP_OK;
}

static bool is_same_file(const struct dcv_zident *a, const struct dcv_zident *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

static bool loops(const struct dcv_zframe *frame, const struct dcv_zident *ident)
{
	for (; frame != NULL; frame = frame->above)
		if (is_same_file(&frame->ident, ident))
			return true;
	return false;
}

/* The descriptor that is read: what stands in for the file, or the file itself. */
static int fd_to_read(const struct dcv_zsource *source, const struct dcv_zident *ident,
	int fd)
{
	for (size_t i = 0; i < source->n_instead; i++)
		if (is_same_file(&source->instead[i].ident, ident))
			return source->instead[i].fd;
	return fd;
}

/* Why the records of the file noted last cannot be edited. One that is read twice is fixed at
 * both places. */
static enum dcvp_class judge_file(struct dcv_zwalk *walk, nlink_t links)
{
	struct dcv_zfound *found = walk->found;
	struct dcv_zfile *file = &found->files[found->n_files - 1];

	if (links > 1)
		file->fixed =
			"a hard link: replacing it would part it from its other names";
	for (size_t i = 1; i + 1 < found->n_files; i++) {
		struct dcv_zfile *other = &found->files[i];
		const char *why;

		if (!is_same_file(&other->ident, &file->ident))
			continue;
		why = dcv_arena_printf(&found->arena,
			"included twice, at %s and at %s: one edit would appear at both places",
			other->at, file->at);
		if (why == NULL)
			return dcv_znomem(walk->err);
		other->fixed = why;
		file->fixed = why;
		break;
	}
	return DCVP_OK;
}

static enum dcvp_class note_file(struct dcv_zwalk *walk, const struct dcv_zframe *above,
	const struct dcv_zraw *raw, const char *path, int fd, const struct stat *st)
{
	struct dcv_zident ident;
	struct dcv_zfile *file;
	enum dcvp_class end;

	dcv_zident_of(st, &ident);
	end = dcv_zfile_note(walk, path, fd, &ident);
	if (end != DCVP_OK)
		return end;
	file = &walk->found->files[walk->found->n_files - 1];
	file->at = dcv_arena_printf(&walk->found->arena, "%s:%llu", above->path,
		(unsigned long long)raw->line);
	return file->at == NULL ? dcv_znomem(walk->err) : judge_file(walk, st->st_nlink);
}

/* The frame of the included file: it begins with the owner in force above. */
static enum dcvp_class read_nested(struct dcv_zwalk *walk, const struct dcv_zframe *above,
	const struct dcv_name *origin, int fd)
{
	uint32_t file = (uint32_t)walk->found->n_files - 1;
	struct dcv_zframe frame = {.above = above,
		.depth = above->depth + 1,
		.file = file,
		.path = walk->found->files[file].path,
		.ident = walk->found->files[file].ident,
		.owner = above->owner,
		.style = above->style};

	dcv_zorigin_set(walk, &frame, origin);
	return dcv_zwalk_file(walk, &frame, fd, WINDOW);
}

static enum dcvp_class read_origin(struct dcv_zwalk *walk, const struct dcv_zframe *frame,
	const struct dcv_zraw *raw, const struct dcv_zentry *entry, struct dcv_name *ret)
{
	const struct dcv_ztoken *token = &entry->args[1];
	struct dcv_error why = {0};

	*ret = frame->origin;
	if (entry->n_args > 1 &&
		dcv_name_parse(raw->text + token->at, token->len, &frame->origin, ret,
			&why) != DCV_OK)
		return dcv_zwalk_syntax(walk, frame, raw->line, why.text);
	return DCVP_OK;
}

enum dcvp_class dcv_zinclude(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const struct dcv_zraw *raw, const struct dcv_zentry *entry)
{
	char path[PATH_MAX];
	struct stat st = {0};
	struct dcv_zident ident;
	struct dcv_name origin;
	int fd = -1, read_fd;
	enum dcvp_class end = read_origin(walk, frame, raw, entry, &origin);

	if (end == DCVP_OK)
		end = resolve(walk, frame, raw, &entry->args[0], path);
	if (end != DCVP_OK)
		return end;
	if (frame->depth + 1 > DCV_ZINCLUDE_DEPTH)
		return refuse(walk, frame, raw, path, "nested deeper than 8");
	if (walk->n_includes++ >= DCV_ZINCLUDES_MAX)
		return refuse(walk, frame, raw, path, "more than 4096 included files");
	end = open_file(walk, frame, raw, path, &fd, &st);
	if (end != DCVP_OK)
		return end;
	dcv_zident_of(&st, &ident);
	read_fd = fd_to_read(walk->source, &ident, fd);
	if (loops(frame, &ident))
		end = refuse_loop(walk, frame, raw, path);
	if (end == DCVP_OK)
		end = note_file(walk, frame, raw, path, read_fd, &st);
	if (end == DCVP_OK)
		end = read_nested(walk, frame, &origin, read_fd);
	(void)close(fd);
	return end;
}
