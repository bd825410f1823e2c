/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* All SQL, once. `$1` parameters, TEXT and BIGINT only, and nothing that SQLite or
 * PostgreSQL alone would understand: a second driver needs no second dialect. */
#ifndef DCV_LEDGER_SQL_H
#define DCV_LEDGER_SQL_H

/* The tables of schema 1. Times are seconds since 1970, 0 for "not yet". Names are
 * absolute and lower case, types by name, RDATA in presentation form. claims.placed_at: the
 * end of an alias; claims.retain: why it stays when the order is closed, or "";
 * placements.ours 0: it stood there before us; rrsets.cached_s: TTL or negative TTL before
 * our change. */
#define DCV_SQL_TABLES                                                                      \
	"CREATE TABLE orders ("                                                             \
	" ca TEXT NOT NULL, id TEXT NOT NULL, certificate TEXT NOT NULL,"                   \
	" service TEXT NOT NULL, document TEXT NOT NULL,"                                   \
	" generation BIGINT NOT NULL, revision BIGINT NOT NULL,"                            \
	" state TEXT NOT NULL, reason TEXT NOT NULL, cert_before TEXT,"                     \
	" created BIGINT NOT NULL, first_applied BIGINT NOT NULL,"                          \
	" effective_at BIGINT NOT NULL, closed BIGINT NOT NULL,"                            \
	" expires BIGINT NOT NULL, PRIMARY KEY (ca, id));"                                  \
	"CREATE TABLE claims ("                                                             \
	" ca TEXT NOT NULL, id TEXT NOT NULL, revision BIGINT NOT NULL,"                    \
	" owner TEXT NOT NULL, placed_at TEXT, type TEXT NOT NULL,"                         \
	" rdata TEXT NOT NULL, retain TEXT NOT NULL,"                                       \
	" PRIMARY KEY (ca, id, revision, owner, type, rdata),"                              \
	" FOREIGN KEY (ca, id) REFERENCES orders (ca, id)"                                  \
	" DEFERRABLE INITIALLY DEFERRED);"                                                  \
	"CREATE INDEX orders_certificate ON orders (certificate);"                          \
	"CREATE INDEX claims_owner ON claims (owner);"                                      \
	"CREATE INDEX claims_placed ON claims (placed_at);"                                 \
	"CREATE TABLE placements ("                                                         \
	" zone TEXT NOT NULL, backend TEXT NOT NULL, owner TEXT NOT NULL,"                  \
	" type TEXT NOT NULL, rdata TEXT NOT NULL, ours BIGINT NOT NULL,"                   \
	" since BIGINT NOT NULL, first_seen BIGINT NOT NULL,"                               \
	" PRIMARY KEY (zone, owner, type, rdata, backend));"                                \
	"CREATE TABLE rrsets ("                                                             \
	" zone TEXT NOT NULL, backend TEXT NOT NULL, owner TEXT NOT NULL,"                  \
	" type TEXT NOT NULL, former_ttl BIGINT NOT NULL,"                                  \
	" our_ttl BIGINT NOT NULL, cached_s BIGINT NOT NULL,"                               \
	" generation BIGINT NOT NULL, PRIMARY KEY (zone, backend, owner, type));"           \
	"CREATE TABLE changes ("                                                            \
	" id BIGINT PRIMARY KEY, run TEXT NOT NULL, zone TEXT NOT NULL,"                    \
	" backend TEXT NOT NULL, op TEXT NOT NULL, owner TEXT NOT NULL,"                    \
	" type TEXT NOT NULL, rdata TEXT NOT NULL, ttl BIGINT NOT NULL,"                    \
	" ca TEXT NOT NULL, order_id TEXT NOT NULL, state TEXT NOT NULL,"                   \
	" at BIGINT NOT NULL, ended BIGINT NOT NULL, detail TEXT NOT NULL);"                \
	"CREATE INDEX changes_intent ON changes (id) WHERE state IN ('intent', 'unknown');" \
	"CREATE INDEX changes_owner ON changes (owner);"                                    \
	"CREATE INDEX changes_run ON changes (run);"                                        \
	"CREATE TABLE leases ("                                                             \
	" zone TEXT PRIMARY KEY, holder TEXT NOT NULL, token BIGINT NOT NULL,"              \
	" expires BIGINT NOT NULL);"                                                        \
	"CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);"

#define DCV_SELECT_ORDERS                                                                     \
	"SELECT ca, id, certificate, service, document, generation, revision, state, reason," \
	" COALESCE(cert_before, ''), created, first_applied, effective_at, closed, expires FROM orders"

/* A claim without its order is found too: it must be told, not skipped. */
#define DCV_SELECT_CLAIMS                                                    \
	"SELECT c.ca, c.id, c.revision, c.owner, c.type, c.rdata, c.retain," \
	" COALESCE(c.placed_at, ''), o.certificate, o.service,"              \
	" o.revision, o.state, o.reason, o.expires, o.first_applied"         \
	" FROM claims c LEFT JOIN orders o ON o.ca = c.ca AND o.id = c.id"
#define DCV_SORT_CLAIMS " ORDER BY c.ca, c.id, c.revision, c.owner, c.type, c.rdata"

/* Of an order that is cleaned nothing is left but what is retained. */
#define DCV_NOT_CLEANED \
	" AND (o.state IS NULL OR o.state <> 'cleaned' OR c.retain NOT IN ('', 'copy'))"

#define DCV_SELECT_CHANGES                                                \
	"SELECT id, run, zone, backend, op, owner, type, rdata, ttl, ca," \
	" order_id, state, at, ended, detail FROM changes"
#define DCV_SELECT_INTENTS DCV_SELECT_CHANGES " WHERE state IN ('intent', 'unknown')"

#define DCV_SQL_MAP(X)                                                                                                \
	X(ORDER, DCV_SELECT_ORDERS " WHERE ca = $1 AND id = $2")                                                      \
	X(ORDERS, DCV_SELECT_ORDERS " ORDER BY created, ca, id")                                                      \
	X(ORDERS_NUMBERED, DCV_SELECT_ORDERS " WHERE id = $1 ORDER BY created, ca")                                   \
	X(ORDERS_CERTIFICATE,                                                                                         \
		DCV_SELECT_ORDERS                                                                                     \
		" WHERE certificate = $1 ORDER BY first_applied, ca, id")                                             \
	X(CLAIMS_KEPT,                                                                                                \
		DCV_SELECT_CLAIMS " WHERE c.retain NOT IN ('', 'copy')" DCV_SORT_CLAIMS)                              \
	X(SEATS,                                                                                                      \
		"SELECT c.ca, c.id, c.owner, c.type, c.rdata, COALESCE(p.zone, ''), COALESCE(p.backend, ''),"         \
		" COALESCE(p.since, 0), COALESCE(r.cached_s, 0)"                                                      \
		" FROM orders o JOIN claims c ON c.ca = o.ca AND c.id = o.id AND c.revision = o.revision"             \
		" LEFT JOIN placements p ON p.owner = COALESCE(NULLIF(c.placed_at, ''), c.owner)"                     \
		" AND p.type = c.type AND p.rdata = c.rdata"                                                          \
		" LEFT JOIN rrsets r ON r.zone = p.zone AND r.backend = p.backend"                                    \
		" AND r.owner = p.owner AND r.type = p.type"                                                          \
		" WHERE o.state <> 'cleaned' ORDER BY c.ca, c.id, c.owner, c.type, c.rdata, p.zone, p.backend")       \
	X(CHANGES_RUN, DCV_SELECT_CHANGES " WHERE run = $1 ORDER BY id")                                              \
	X(CHANGES_LAST,                                                                                               \
		DCV_SELECT_CHANGES                                                                                    \
		" WHERE id > (SELECT COALESCE(MAX(id), 0) - $1 FROM changes) ORDER BY id")                            \
	X(CHANGES_OF,                                                                                                 \
		DCV_SELECT_CHANGES                                                                                    \
		" WHERE owner = $1 AND type = $2 AND rdata = $3 AND zone = $4 AND backend = $5"                       \
		" AND state = 'done' ORDER BY id")                                                                    \
	X(LOST,                                                                                                       \
		"SELECT l.id, l.run, l.zone, l.backend, l.op, l.owner, l.type, l.rdata, l.ttl, l.ca,"                 \
		" l.order_id, l.state, l.at, l.ended, l.detail FROM changes l WHERE l.op = 'lost'"                    \
		" AND NOT EXISTS (SELECT c.id FROM changes c WHERE c.owner = l.owner"                                 \
		" AND c.type = l.type AND c.rdata = l.rdata AND c.zone = l.zone"                                      \
		" AND c.backend = l.backend AND c.id > l.id AND c.state = 'done') ORDER BY l.id")                     \
	X(CHANGED_AFTER,                                                                                              \
		"SELECT id FROM changes WHERE owner = $1 AND type = $2 AND rdata = $3 AND zone = $4 AND backend = $5" \
		" AND id > $6 AND state = 'done' AND op <> 'lost' LIMIT 1")                                           \
	X(CLAIMS_OF, DCV_SELECT_CLAIMS " WHERE c.ca = $1 AND c.id = $2" DCV_SORT_CLAIMS)                              \
	X(CLAIMS_AT,                                                                                                  \
		DCV_SELECT_CLAIMS                                                                                     \
		" WHERE (c.owner = $1 OR c.placed_at = $1)" DCV_NOT_CLEANED DCV_SORT_CLAIMS)                          \
	X(PLACEMENTS_AT,                                                                                              \
		"SELECT zone, backend, owner, type, rdata, ours, since, first_seen"                                   \
		" FROM placements WHERE zone = $1 AND owner = $2"                                                     \
		" ORDER BY type, rdata")                                                                              \
	X(RRSETS_AT,                                                                                                  \
		"SELECT r.zone, r.backend, r.owner, r.type, r.former_ttl, r.our_ttl, r.cached_s,"                     \
		" r.generation, (SELECT COALESCE(MAX(c.ended), 0) FROM changes c"                                     \
		" WHERE c.owner = r.owner AND c.type = r.type AND c.zone = r.zone"                                    \
		" AND c.backend = r.backend AND c.op <> 'lost' AND c.state IN ('done', 'unknown'))"                   \
		" FROM rrsets r WHERE r.zone = $1 AND r.backend = $2 AND r.owner = $3")                               \
	X(INTENTS, DCV_SELECT_INTENTS " ORDER BY id")                                                                 \
	X(INTENTS_ZONE, DCV_SELECT_INTENTS " AND zone = $1 ORDER BY id")                                              \
	X(REMOVED_AT,                                                                                                 \
		"SELECT DISTINCT owner, type, rdata FROM changes"                                                     \
		" WHERE owner = $1 AND type = $2 AND op = 'remove'"                                                   \
		" AND state IN ('done', 'unknown') ORDER BY rdata")                                                   \
	X(NEXT_RUN,                                                                                                   \
		"INSERT INTO meta (key, value) VALUES ('run', '1')"                                                   \
		" ON CONFLICT (key) DO UPDATE"                                                                        \
		" SET value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT)"                                           \
		" RETURNING value")                                                                                   \
	X(PUT_ORDER,                                                                                                  \
		"INSERT INTO orders (ca, id, certificate, service, document,"                                         \
		" generation, revision, state, reason, cert_before,"                                                  \
		" created, first_applied, effective_at, closed, expires)"                                             \
		" VALUES ($1, $2, $13, $3, $4, 1, $5, $6, $7, $14,"                                                   \
		" $8, $9, $10, $11, $12)"                                                                             \
		" ON CONFLICT (ca, id) DO UPDATE SET"                                                                 \
		" certificate = excluded.certificate, cert_before = excluded.cert_before,"                            \
		" service = excluded.service, document = excluded.document,"                                          \
		" generation = orders.generation + 1,"                                                                \
		" revision = excluded.revision,"                                                                      \
		" state = excluded.state, reason = excluded.reason,"                                                  \
		" created = CASE WHEN excluded.created = 0"                                                           \
		" THEN orders.created ELSE excluded.created END,"                                                     \
		" first_applied = excluded.first_applied,"                                                            \
		" effective_at = excluded.effective_at,"                                                              \
		" closed = excluded.closed, expires = excluded.expires")                                              \
	X(PUT_CLAIM,                                                                                                  \
		"INSERT INTO claims"                                                                                  \
		" (ca, id, revision, owner, placed_at, type, rdata, retain)"                                          \
		" VALUES ($1, $2, $3, $4, $7, $5, $6, $8)"                                                            \
		" ON CONFLICT (ca, id, revision, owner, type, rdata) DO UPDATE SET"                                   \
		" placed_at = excluded.placed_at, retain = excluded.retain")                                          \
	X(DROP_CLAIM,                                                                                                 \
		"DELETE FROM claims WHERE ca = $1 AND id = $2 AND owner = $3 AND type = $4 AND rdata = $5")           \
	X(PUT_PLACEMENT,                                                                                              \
		"INSERT INTO placements"                                                                              \
		" (zone, backend, owner, type, rdata, ours, since, first_seen)"                                       \
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"                                                            \
		" ON CONFLICT (zone, backend, owner, type, rdata) DO UPDATE SET"                                      \
		" ours = excluded.ours,"                                                                              \
		" since = CASE WHEN placements.since = 0"                                                             \
		" THEN excluded.since ELSE placements.since END,"                                                     \
		" first_seen = CASE WHEN placements.first_seen = 0"                                                   \
		" THEN excluded.first_seen ELSE placements.first_seen END")                                           \
	X(DROP_PLACEMENT,                                                                                             \
		"DELETE FROM placements WHERE zone = $1 AND backend = $2"                                             \
		" AND owner = $3 AND type = $4 AND rdata = $5")                                                       \
	X(PUT_RRSET,                                                                                                  \
		"INSERT INTO rrsets (zone, backend, owner, type,"                                                     \
		" former_ttl, our_ttl, cached_s, generation)"                                                         \
		" VALUES ($1, $2, $3, $4, $5, $6, $7, 1)"                                                             \
		" ON CONFLICT (zone, backend, owner, type) DO UPDATE SET"                                             \
		" former_ttl = excluded.former_ttl, our_ttl = excluded.our_ttl, cached_s = excluded.cached_s,"        \
		" generation = rrsets.generation + 1")                                                                \
	X(DROP_RRSET,                                                                                                 \
		"DELETE FROM rrsets WHERE zone = $1 AND backend = $2"                                                 \
		" AND owner = $3 AND type = $4")                                                                      \
	X(NEXT_CHANGE, "SELECT COALESCE(MAX(id), 0) + 1 FROM changes")                                                \
	X(INTEND,                                                                                                     \
		"INSERT INTO changes (id, run, zone, backend, op, owner, type,"                                       \
		" rdata, ttl, ca, order_id, state, at, ended, detail)"                                                \
		" VALUES ($13, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'intent', $11, 0, $12)")                      \
	X(END_CHANGE,                                                                                                 \
		"UPDATE changes SET state = $2, ended = $3, detail = COALESCE($4, detail) WHERE id = $1")

enum dcv_sql {
#define X(name, text) DCV_SQL_##name,
	DCV_SQL_MAP(X)
#undef X
		DCV_SQL_COUNT
};

#endif
