/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows SQLite. It does not know what the ledger means. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "ledger/db.h"

#define PARAMETERS_MAX 16

/* A statement, and which value is its first parameter, its second, …: SQLite numbers $1, $2, … by
 * first appearance, so the name says which value it is. */
struct prepared {
	sqlite3_stmt *stmt; /* NULL: not asked for yet */
	int n;
	unsigned char value[PARAMETERS_MAX];
};

struct dcv_db {
	sqlite3 *handle;
	char *path; /* as the user knows it */
	bool readonly;
	bool unended; /* memory was out when a transaction was to be rolled back */
	int busy_ms;
	struct prepared cache[DCV_SQL_COUNT];
};

struct dcv_db_row {
	sqlite3_stmt *stmt;
};

/* What every connection sets. A commit is durable before it is told (EXTRA: the directory
 * too), and a file that somebody else made runs nothing of its own. */
#define OTHER_USER \
	"help: run it as the user who runs dcvctl apply, or name another ledger: --ledger PATH"
#define OTHER_FILE \
	"help: name the file of the ledger: --ledger PATH, or `ledger:` in the configuration"
#define PRAGMAS                                                     \
	"PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;" \
	"PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;"
#define PRAGMAS_WRITE "PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA;"
#define PRAGMAS_READ "PRAGMA query_only = ON;"

#define STRING(x) #x
#define STRING_OF(x) STRING(x)

static const char *const statements[] = {
#define X(name, text) [DCV_SQL_##name] = (text),
	DCV_SQL_MAP(X)
#undef X
};

/* Why the last file could not be opened: where SQLite may not write it tries to read it only, and
 * tells of that. */
static _Thread_local int open_error;

static int open_noted(const char *path, int flags, int mode)
{
	int fd = open(path, flags, mode);

	if (fd >= 0)
		open_error = 0;
	else if ((flags & O_ACCMODE) == O_RDWR)
		open_error = errno;
	return fd;
}

/* Why the last octets could not be read: SQLite takes some of these errors for damage. */
static _Thread_local int read_error;

static ssize_t pread_noted(int fd, void *to, size_t n, off64_t at)
{
	ssize_t got = pread64(fd, to, n, at);

	if (got < 0 && errno != EINTR)
		read_error = errno;
	return got;
}

static void note_calls(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	if (vfs == NULL || vfs->iVersion < 3 || vfs->xSetSystemCall == NULL)
		return;
	(void)vfs->xSetSystemCall(vfs, "open", (sqlite3_syscall_ptr)open_noted);
	(void)vfs->xSetSystemCall(vfs, "pread64", (sqlite3_syscall_ptr)pread_noted);
}

static enum dcv_err fail_damaged(const struct dcv_db *db, const char *why,
	struct dcv_error *err)
{
	(void)dcv_fail(err, DCV_E_FAILED, "ledger %s: damaged: %s", db->path, why);
	(void)dcv_help(err,
		"help: move it away (with %s-journal, if there is one) and run again; a lost "
		"ledger means: records are left and reported, never deleted",
		db->path);
	return DCV_E_FAILED;
}

/* The error of the last call, whose result code was rc. */
static enum dcv_err fail_db(const struct dcv_db *db, int rc, const char *what,
	struct dcv_error *err)
{
	int error = sqlite3_system_errno(db->handle);

	if (open_error != 0 && (rc & 0xff) == SQLITE_CANTOPEN)
		error = open_error;
	if (read_error != 0 && (rc & 0xff) == SQLITE_CORRUPT) {
		error = read_error;
		rc = SQLITE_IOERR;
	}
	switch (rc & 0xff) {
	case SQLITE_NOMEM:
		return dcv_nomem(err);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return dcv_fail(err, DCV_E_LOCKED,
			"ledger %s: locked: another process is using it", db->path);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return fail_damaged(db, sqlite3_errmsg(db->handle), err);
	case SQLITE_CANTOPEN:
	case SQLITE_IOERR:
	case SQLITE_FULL:
		if (error == 0)
			break;
		(void)dcv_fail(err, DCV_E_FAILED, "ledger %s: %s: %s", db->path, what,
			strerror(error));
		return error == EACCES ? dcv_help(err, OTHER_USER) : DCV_E_FAILED;
	default:
		break;
	}
	return dcv_fail(err, DCV_E_FAILED, "ledger %s: %s: %s", db->path, what,
		sqlite3_errmsg(db->handle));
}

static int run_sql(const struct dcv_db *db, const char *sql)
{
	return sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
}

/* A name that SQLite takes as a path, whatever it begins with. */
static char *plain_path(const char *path)
{
	size_t n = strlen(path) + 3;
	char *plain = malloc(n);

	if (plain == NULL)
		return NULL;
	memcpy(plain, "./", 3);
	memcpy(plain + (path[0] == '/' ? 0 : 2), path, strlen(path) + 1);
	return plain;
}

static int connect_to(struct dcv_db *db, const char *path, int flags)
{
	int rc;

	(void)sqlite3_close(db->handle);
	db->handle = NULL;
	/* Nobody asks how much memory SQLite has: no lock and no count at each allocation. Fails where
	 * SQLite is in use already, which does no harm. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	note_calls();
	read_error = 0;
	rc = sqlite3_open_v2(path, &db->handle, flags | SQLITE_OPEN_NOMUTEX, NULL);
	if (db->handle == NULL)
		return SQLITE_NOMEM;
	if (rc != SQLITE_OK)
		return rc;
	(void)sqlite3_extended_result_codes(db->handle, 1);
	(void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_busy_timeout(db->handle, db->busy_ms);
	return run_sql(db, PRAGMAS);
}

static int make_tables(struct dcv_db *db)
{
	return run_sql(db,
		DCV_SQL_TABLES "PRAGMA user_version = " STRING_OF(DCV_LEDGER_SCHEMA) ";");
}

/* Reads the number of the schema, and whether there are tables at all: in one statement, since
 * another process may be making them. The first reading of the file: damage and what a crash
 * left show up here. */
static int get_schema(const struct dcv_db *db, int64_t *ret_schema, int64_t *ret_tables)
{
	static const char sql[] = "SELECT user_version, (SELECT COUNT(*) FROM sqlite_schema)"
				  " FROM pragma_user_version";
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db->handle, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		*ret_schema = sqlite3_column_int64(stmt, 0);
		*ret_tables = sqlite3_column_int64(stmt, 1);
		rc = SQLITE_OK;
	} else if (rc == SQLITE_DONE) {
		rc = SQLITE_CORRUPT;
	}
	(void)sqlite3_finalize(stmt);
	return rc;
}

static enum dcv_err fail_open(const struct dcv_db *db, const char *what, const char *why,
	const char *help, struct dcv_error *err)
{
	(void)dcv_fail(err, DCV_E_FAILED, "ledger %s: %s: %s", db->path, what, why);
	return dcv_help(err, "%s", help);
}

static enum dcv_err check_schema(const struct dcv_db *db, int64_t schema, int64_t tables,
	struct dcv_error *err)
{
	if (schema > DCV_LEDGER_SCHEMA) {
		(void)dcv_fail(err, DCV_E_FAILED,
			"ledger %s: made by a newer version: its schema is %lld, this program "
			"knows %d",
			db->path, (long long)schema, DCV_LEDGER_SCHEMA);
		(void)dcv_help(err,
			"help: install the version that wrote it, or a later one");
		return DCV_E_FAILED;
	}
	if (schema != DCV_LEDGER_SCHEMA || tables == 0)
		return fail_open(db, "not a ledger", "another program's database",
			OTHER_FILE, err);
	return DCV_OK;
}

/* An empty ledger that lies nowhere. */
static enum dcv_err open_empty(struct dcv_db *db, struct dcv_error *err)
{
	int rc = connect_to(db, ":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY);

	if (rc == SQLITE_OK)
		rc = make_tables(db);
	if (rc == SQLITE_OK)
		rc = run_sql(db, PRAGMAS_READ);
	return rc == SQLITE_OK ? DCV_OK : fail_db(db, rc, "cannot be opened", err);
}

/* A crash in a commit leaves a journal that must be rolled back by who reads next. That
 * writes, so a read-only connection cannot; it restores, it changes nothing. */
static bool is_left_by_crash(int rc)
{
	return (rc & 0xff) == SQLITE_READONLY;
}

static enum dcv_err fail_left(const struct dcv_db *db, struct dcv_error *err)
{
	(void)dcv_fail(err, DCV_E_FAILED,
		"ledger %s: a run was cut off while it wrote it: only who may write it can "
		"restore it",
		db->path);
	(void)dcv_help(err,
		"help: run the same command once as the user who runs dcvctl apply");
	return DCV_E_FAILED;
}

static enum dcv_err open_read(struct dcv_db *db, const char *path, struct dcv_error *err)
{
	int64_t schema = 0, tables = 0;
	int rc = connect_to(db, path, SQLITE_OPEN_READONLY);

	if (rc == SQLITE_OK)
		rc = get_schema(db, &schema, &tables);
	if (is_left_by_crash(rc)) {
		rc = connect_to(db, path, SQLITE_OPEN_READWRITE);
		if (rc == SQLITE_OK)
			rc = get_schema(db, &schema, &tables);
	}
	if (is_left_by_crash(rc))
		return fail_left(db, err);
	if (rc == SQLITE_OK && schema == 0 && tables == 0)
		return open_empty(db, err);
	if (rc == SQLITE_OK)
		rc = run_sql(db, PRAGMAS_READ);
	if (rc != SQLITE_OK)
		return fail_db(db, rc, "cannot be opened", err);
	return check_schema(db, schema, tables, err);
}

/* Directory 0700, file 0600. O_EXCL: a file that is there is never opened and closed here,
 * which would drop the locks of another connection of this process (POSIX). */
static enum dcv_err make_file(const struct dcv_db *db, const char *path,
	struct dcv_error *err)
{
	const char *slash = strrchr(path, '/');
	enum dcv_err rc = DCV_OK;
	char *dir;
	int fd;

	dir = strndup(path, slash != NULL && slash > path ? (size_t)(slash - path) : 1);
	if (dir == NULL)
		return dcv_nomem(err);
	rc = dcv_dir_make(dir, err);
	free(dir);
	if (rc != DCV_OK) {
		(void)dcv_error_wrap(err, "ledger %s", db->path);
		return dcv_help(err, OTHER_USER);
	}
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno != EEXIST)
		return fail_open(db, "cannot be made", strerror(errno), OTHER_USER, err);
	if (fd >= 0)
		(void)close(fd);
	return DCV_OK;
}

/* Two processes may come first at once: under the lock only one still finds it empty. */
static int make_schema(struct dcv_db *db, int64_t *schema, int64_t *tables)
{
	int rc = run_sql(db, "BEGIN IMMEDIATE");

	if (rc != SQLITE_OK)
		return rc;
	rc = get_schema(db, schema, tables);
	if (rc == SQLITE_OK && *schema == 0 && *tables == 0) {
		rc = make_tables(db);
		if (rc == SQLITE_OK)
			rc = get_schema(db, schema, tables);
	}
	if (rc == SQLITE_OK)
		rc = run_sql(db, "COMMIT");
	return rc;
}

static enum dcv_err open_write(struct dcv_db *db, const char *path, struct dcv_error *err)
{
	int64_t schema = 0, tables = 0;
	enum dcv_err code = make_file(db, path, err);
	int rc;

	if (code != DCV_OK)
		return code;
	rc = connect_to(db, path, SQLITE_OPEN_READWRITE);
	if (rc == SQLITE_OK && sqlite3_db_readonly(db->handle, "main") == 1)
		return fail_open(db, "cannot be written",
			strerror(access(path, W_OK) != 0 ? errno : EACCES), OTHER_USER,
			err);
	if (rc == SQLITE_OK)
		rc = get_schema(db, &schema, &tables);
	/* A newer ledger is not even given our journal mode. */
	if (rc == SQLITE_OK && (schema != 0 || tables != 0)) {
		code = check_schema(db, schema, tables, err);
		if (code != DCV_OK)
			return code;
	}
	if (rc == SQLITE_OK)
		rc = run_sql(db, PRAGMAS_WRITE);
	if (rc == SQLITE_OK && schema == 0)
		rc = make_schema(db, &schema, &tables);
	if (rc != SQLITE_OK)
		return fail_db(db, rc, "cannot be opened for writing", err);
	return check_schema(db, schema, tables, err);
}

static enum dcv_err open_path(struct dcv_db *db, const char *path, struct dcv_error *err)
{
	struct stat st;
	bool there = stat(path, &st) == 0;

	if (!there && errno != ENOENT)
		return fail_open(db, "cannot be opened", strerror(errno), OTHER_USER, err);
	if (there && !S_ISREG(st.st_mode))
		return fail_open(db, "cannot be opened",
			S_ISDIR(st.st_mode) ? "is a directory" : "is not a regular file",
			OTHER_FILE, err);
	if (!db->readonly)
		return open_write(db, path, err);
	return there ? open_read(db, path, err) : open_empty(db, err);
}

enum dcv_err dcv_db_open(const char *path, enum dcv_ledger_mode mode, int64_t busy_ms,
	struct dcv_db **ret, struct dcv_error *err)
{
	struct dcv_db *db = calloc(1, sizeof *db);
	char *plain = plain_path(path);
	enum dcv_err rc;

	if (db != NULL)
		db->path = strdup(path);
	if (db == NULL || plain == NULL || db->path == NULL) {
		rc = dcv_nomem(err);
	} else {
		db->readonly = mode == DCV_LEDGER_READ;
		db->busy_ms = busy_ms > INT_MAX ? INT_MAX
			: busy_ms < 0           ? 0
						: (int)busy_ms;
		rc = open_path(db, plain, err);
	}
	free(plain);
	if (rc == DCV_OK)
		*ret = db;
	else
		dcv_db_close(db);
	return rc;
}

void dcv_db_close(struct dcv_db *db)
{
	size_t i;

	if (db == NULL)
		return;
	for (i = 0; i < DCV_SQL_COUNT; i++)
		(void)sqlite3_finalize(db->cache[i].stmt);
	(void)sqlite3_close(db->handle);
	free(db->path);
	free(db);
}

static int begin(struct dcv_db *db, const char *sql)
{
	if (db->unended)
		dcv_db_rollback(db);
	return db->unended ? SQLITE_NOMEM : run_sql(db, sql);
}

enum dcv_err dcv_db_begin_read(struct dcv_db *db, struct dcv_error *err)
{
	int rc = begin(db, "BEGIN");

	return rc == SQLITE_OK ? DCV_OK : fail_db(db, rc, "cannot be read", err);
}

enum dcv_err dcv_db_begin(struct dcv_db *db, struct dcv_error *err)
{
	int rc = begin(db, "BEGIN IMMEDIATE");

	return rc == SQLITE_OK ? DCV_OK : fail_db(db, rc, "cannot be written", err);
}

enum dcv_err dcv_db_commit(struct dcv_db *db, struct dcv_error *err)
{
	enum dcv_err code;
	int rc = run_sql(db, "COMMIT");

	if (rc == SQLITE_OK)
		return DCV_OK;
	code = fail_db(db, rc, "cannot be written", err);
	dcv_db_rollback(db);
	return code;
}

void dcv_db_rollback(struct dcv_db *db)
{
	/* Fails where the database has rolled back by itself, or memory is out. */
	if (dcv_db_is_inside(db))
		(void)run_sql(db, "ROLLBACK");
	db->unended = dcv_db_is_inside(db);
}

bool dcv_db_is_inside(const struct dcv_db *db)
{
	return sqlite3_get_autocommit(db->handle) == 0;
}

bool dcv_db_version(struct dcv_db *db, int64_t *ret)
{
	sqlite3_stmt *stmt = NULL;
	bool found = sqlite3_prepare_v2(db->handle, "PRAGMA data_version", -1, &stmt,
			     NULL) == SQLITE_OK &&
		sqlite3_step(stmt) == SQLITE_ROW;

	if (found)
		*ret = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);
	return found;
}

bool dcv_db_is_readonly(const struct dcv_db *db)
{
	return db->readonly;
}

const char *dcv_db_path(const struct dcv_db *db)
{
	return db->path;
}

static int bind_value(sqlite3_stmt *stmt, int at, const struct dcv_db_value *value)
{
	if (value->is_number)
		return sqlite3_bind_int64(stmt, at, value->number);
	if (value->text == NULL)
		return sqlite3_bind_null(stmt, at);
	return sqlite3_bind_text(stmt, at, value->text, -1, SQLITE_STATIC);
}

static int note_parameters(struct prepared *prepared)
{
	prepared->n = sqlite3_bind_parameter_count(prepared->stmt);
	for (int at = 0; at < prepared->n; at++) {
		const char *name = sqlite3_bind_parameter_name(prepared->stmt, at + 1);
		unsigned long number = name != NULL ? strtoul(name + 1, NULL, 10) : 0;

		if (at >= PARAMETERS_MAX || number - 1 >= (unsigned long)prepared->n)
			return SQLITE_RANGE;
		prepared->value[at] = (unsigned char)(number - 1);
	}
	return SQLITE_OK;
}

static int bind_all(const struct prepared *prepared, const struct dcv_db_value *values,
	size_t n)
{
	int rc = prepared->n == (int)n ? SQLITE_OK : SQLITE_RANGE;

	for (int at = 0; rc == SQLITE_OK && at < prepared->n; at++)
		rc = bind_value(prepared->stmt, at + 1, &values[prepared->value[at]]);
	return rc;
}

static int prepare(struct dcv_db *db, enum dcv_sql sql)
{
	struct prepared *prepared = &db->cache[sql];
	int rc;

	if (prepared->stmt != NULL)
		return SQLITE_OK;
	rc = sqlite3_prepare_v3(db->handle, statements[sql], -1,
		SQLITE_PREPARE_PERSISTENT, &prepared->stmt, NULL);
	return rc == SQLITE_OK ? note_parameters(prepared) : rc;
}

enum dcv_err dcv_db_run(struct dcv_db *db, enum dcv_sql sql,
	const struct dcv_db_value *values, size_t n, dcv_db_row_fn each, void *ctx,
	struct dcv_error *err)
{
	enum dcv_err code = DCV_OK;
	struct dcv_db_row row;
	int rc = prepare(db, sql);

	if (rc == SQLITE_OK)
		rc = bind_all(&db->cache[sql], values, n);
	if (rc != SQLITE_OK)
		return fail_db(db, rc, "statement", err);
	row.stmt = db->cache[sql].stmt;
	do {
		rc = sqlite3_step(row.stmt);
		if (rc == SQLITE_ROW && each != NULL)
			code = each(ctx, &row, err);
	} while (rc == SQLITE_ROW && code == DCV_OK);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		code = fail_db(db, rc, db->readonly ? "cannot be read" : "cannot be used",
			err);
	(void)sqlite3_reset(row.stmt);
	(void)sqlite3_clear_bindings(row.stmt);
	return code;
}

int64_t dcv_db_changed(const struct dcv_db *db)
{
	return sqlite3_changes64(db->handle);
}

bool dcv_db_text(const struct dcv_db_row *row, int column, const char **ret,
	size_t *ret_len)
{
	const char *text;

	if (sqlite3_column_type(row->stmt, column) != SQLITE_TEXT)
		return false;
	text = (const char *)sqlite3_column_text(row->stmt, column);
	if (text == NULL)
		return false;
	*ret = text;
	*ret_len = (size_t)sqlite3_column_bytes(row->stmt, column);
	return true;
}

bool dcv_db_number(const struct dcv_db_row *row, int column, int64_t *ret)
{
	if (sqlite3_column_type(row->stmt, column) != SQLITE_INTEGER)
		return false;
	*ret = sqlite3_column_int64(row->stmt, column);
	return true;
}

const char *dcv_db_shown(const struct dcv_db_row *row, int column)
{
	const char *text = (const char *)sqlite3_column_text(row->stmt, column);

	return text != NULL ? text : "";
}

const char *dcv_ledger_library(void)
{
	return sqlite3_libversion();
}
