/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* floor LEDGER [FILE]: what a change must do so that none is lost, and nothing else: a durable
 * commit before it and one behind it, in the mode of the ledger (a rollback journal that is
 * deleted, synchronous = EXTRA), and between them, if there is a FILE, a synced copy of it that
 * takes its place. It reads no configuration, no order and no zone. A program that keeps such
 * promises can't be faster. */
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void must(int good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(1);
}

static void run(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return;
	(void)fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db));
	exit(1);
}

static sqlite3 *open_ledger(const char *path)
{
	sqlite3 *db;

	must(sqlite3_open(path, &db) == SQLITE_OK, path);
	run(db,
		"PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA;"
		"CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, state TEXT);"
		"CREATE TABLE IF NOT EXISTS changes (id INTEGER PRIMARY KEY, state TEXT)");
	return db;
}

static void copy(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct stat st;

	must(in >= 0 && out >= 0 && fstat(in, &st) == 0, from);
	must(st.st_size == 0 || fallocate(out, 0, 0, st.st_size) == 0, to);
	for (ssize_t n = 1; n > 0;) {
		n = copy_file_range(in, NULL, out, NULL, (size_t)8 << 20, 0);
		must(n >= 0, to);
		must(sync_file_range(out, 0, 0, SYNC_FILE_RANGE_WRITE) == 0, to);
	}
	must(fsync(out) == 0 && close(out) == 0 && close(in) == 0, to);
}

static void replace(const char *path)
{
	char temp[PATH_MAX], dir[PATH_MAX];
	int fd;

	(void)snprintf(temp, sizeof temp, "%s.new", path);
	(void)snprintf(dir, sizeof dir, "%s", path);
	fd = open(dirname(dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(fd >= 0, dir);
	copy(path, temp);
	must(renameat2(AT_FDCWD, temp, AT_FDCWD, path, RENAME_EXCHANGE) == 0 &&
			fsync(fd) == 0,
		temp);
	must(unlink(temp) == 0 && fsync(fd) == 0 && close(fd) == 0, temp);
}

int main(int argc, char **argv)
{
	sqlite3 *db;

	if (argc < 2) {
		(void)fprintf(stderr, "usage: floor LEDGER [FILE]\n");
		return 64;
	}
	db = open_ledger(argv[1]);
	run(db,
		"BEGIN IMMEDIATE; INSERT INTO changes (state) VALUES ('intent');"
		"INSERT OR REPLACE INTO orders VALUES ('1', 'changing'); COMMIT");
	if (argc > 2)
		replace(argv[2]);
	run(db,
		"BEGIN IMMEDIATE; UPDATE changes SET state = 'done' WHERE state = 'intent';"
		"INSERT OR REPLACE INTO orders VALUES ('1', 'published'); COMMIT");
	must(sqlite3_close(db) == SQLITE_OK, argv[1]);
	return 0;
}
