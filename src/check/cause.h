/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The catalogue of causes: why a validation fails, one entry for each id. The entries stand in
 * check/data/; this is how they are asked. Static data, never freed. */
#ifndef DCV_CHECK_CAUSE_H
#define DCV_CHECK_CAUSE_H

#include "base/arena.h"
#include "base/buf.h"

/* The steps of the support pages of certificate services, in the order in which `explain`
 * walks them: number, word for JSON, words for people. */
#define DCV_STEP_MAP(X)                                      \
	X(RECORD, "record", "ownership record exists")       \
	X(PLATFORM, "platform", "on the right DNS platform") \
	X(VALUE, "value", "host, type, value")               \
	X(PREVIOUS, "previous", "old record set deleted")    \
	X(TTL, "ttl", "TTL and caches")                      \
	X(CAA, "caa", "CAA")                                 \
	X(ORGANISATION, "organisation", "organisation")      \
	X(REVIEW, "review", "review by the CA")
enum dcv_step {
#define X(name, word, text) DCV_STEP_##name,
	DCV_STEP_MAP(X)
#undef X
		DCV_STEPS /* how many there are */
};
const char *dcv_step_word(enum dcv_step step);
const char *dcv_step_text(enum dcv_step step);

/* Who is concerned. */
#define DCV_CONCERN_MAP(X)           \
	X(RECORD, "the record")      \
	X(SERVER, "a name server")   \
	X(ZONE, "the zone")          \
	X(CAA, "the CAA record set") \
	X(HOST, "this host")         \
	X(CA, "the CA")
enum dcv_concern {
#define X(name, text) DCV_CONCERN_##name,
	DCV_CONCERN_MAP(X)
#undef X
};
const char *dcv_concern_text(enum dcv_concern concern);

/* Whether waiting helps. What time cannot cure ends a wait at once. */
#define DCV_CURE_MAP(X)                                   \
	X(TIME, "time cures it")                          \
	X(MAYBE, "it may pass by itself; a wait goes on") \
	X(NEVER, "waiting does not help; a wait ends at once")
enum dcv_cure {
#define X(name, text) DCV_CURE_##name,
	DCV_CURE_MAP(X)
#undef X
};
const char *dcv_cure_text(enum dcv_cure cure);

/* Texts are paragraphs; what stands behind a newline and two blanks is a line to type or to
 * read as it is. Words in braces are filled in by dcv_cause_fill. */
struct dcv_cause {
	const char *id; /* "P04" */
	const char *title; /* for a line of output: "the zone's name stands twice in the host" */
	enum dcv_concern concern;
	enum dcv_step step;
	enum dcv_cure cure;
	const char *remedy; /* begins with "run: " (a command), "write: " (a line of a zone) or
	                     * "help: " */
	const char *means, *seen, *way; /* what it means; how to see it; how to cure it */
	const char *says; /* what CAs say when they meet it; "": nothing of its own */
	const char *source; /* "RFC 1034 3.6.2; …" */
};

/* The cause of an id, any case; NULL if there is none. */
const struct dcv_cause *dcv_cause_find(const char *id);
/* The i-th in the catalogue's order (by family, then number); NULL behind the last. */
const struct dcv_cause *dcv_cause_at(size_t i);
/* All ids in that order, NULL-terminated, for did-you-mean and completion. */
const char *const *dcv_cause_ids(void);

/* The page that `explain ID` prints: at most 25 lines of at most 79 columns. Placeholders stand
 * in capitals. */
void dcv_cause_page(const struct dcv_cause *cause, struct dcv_buf *buf);

/* What a remedy is filled in with; NULL: not known, the word is written in capitals
 * (OWNER). Names without the final dot. */
#define DCV_BLANK_MAP(X)                                                                \
	X(owner)                                                                        \
	X(zone)                                                                         \
	X(type)                                                                         \
	X(value)                                                                        \
	X(server)                                                                       \
	X(issuer) /* of the CA, as in CAA */                                            \
	X(order)                                                                        \
	X(place) /* another name: where it was found, where CAA or a zone cut stands */ \
	X(former) /* a value that is to be gone */                                      \
	X(target) /* what an alias leads to */                                          \
	X(until) /* a point in time, local */
struct dcv_blanks {
#define X(name) const char *name;
	DCV_BLANK_MAP(X)
#undef X
};

/* A text of the catalogue with its placeholders filled in, added to buf. */
void dcv_cause_fill(const char *text, const struct dcv_blanks *blanks,
	struct dcv_buf *buf);

#endif
