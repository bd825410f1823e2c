/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* forge N: the pool and dns/ask.c ask a server on the loopback address. Before each true answer
 * it sends forged ones, N in all, each true but for one thing; and one question of each kind
 * gets no true answer at all. Prints a line a kind; exit status 1 if a forged one was taken, or
 * a true one behind them was not. */
#include <stdio.h>
#include <stdlib.h>

#include "../unit/check/responder.h"
#include "check/lane.h"

#define BURST \
	50u /* forged answers to one question; a receive buffer holds four times that */
#define TIME_MS 600000
#define SILENCE_MS 150 /* how long a question without a true answer is asked */

enum kind {
	KIND_ADDRESS,
	KIND_PORT,
	KIND_ID,
	KIND_NAME,
	KIND_CASE,
	KIND_TYPE,
	KIND_CLASS,
	KIND_QR,
	KIND_OPCODE,
	KIND_TC,
	KIND_QUESTIONS,
	KIND_RECORDS,
	KIND_OWNER,
	KIND_OWNER_TYPE,
	KIND_OWNER_CLASS,
	N_KINDS
};

static const char *const kinds[N_KINDS] = {"source address", "source port", "id", "name",
	"case", "type", "class", "QR", "opcode", "TC", "question count", "answer count",
	"owner of the answer", "type of the answer", "class of the answer"};

enum over { OVER_POOL, OVER_ASK, OVER_TCP, N_OVERS };

static const char *const overs[N_OVERS] = {"pool", "ask", "pool, TCP"};

/* A line of the table. */
struct row {
	atomic_ulong sent;
	unsigned long accepted, asked, truths; /* asked: with a true answer behind */
	const char *end; /* of the question without */
	bool ended_well;
};

static struct row rows[N_KINDS][N_OVERS];
static struct responder server;
static int other_address = -1, other_port = -1;
static struct dcv_arena arena;

/* Over TCP only the server itself can forge, and what is of no use ends the question there. */
static bool is_tried(enum kind kind, enum over over)
{
	return over != OVER_TCP ||
		(kind >= KIND_ID && kind != KIND_CASE && kind <= KIND_OPCODE) ||
		kind == KIND_QUESTIONS;
}

/* ---- the server, in its thread ---- */

static unsigned below(unsigned n)
{
	static unsigned state = 2026;

	state = state * 1664525u + 1013904223u;
	return (state >> 8) % n;
}

/* Another letter for one of the name, or the same in another case. */
static void change_name(struct dcv_query *query, bool case_only)
{
	size_t at = 0;

	do {
		at = below(query->name.len);
	} while (query->name.wire[at] < 'a' || query->name.wire[at] > 'y');
	query->qname[at] = (uint8_t)(case_only ? query->qname[at] ^ 0x20
					       : query->qname[at] + 1);
}

static void put_forged(struct message *m, enum kind kind)
{
	size_t at = 0;

	if (kind == KIND_OWNER) {
		put_name(m, "other.example.com.");
	} else {
		put_u16(m, 0xc00c);
	}
	at = begin_rr(m, ANSWER, kind == KIND_OWNER_TYPE ? 65399 : DCV_TYPE_TXT,
		kind == KIND_OWNER_CLASS ? 3 : 1, 300);
	put_octets(m, "\6forged", 7);
	end_rr(m, at);
}

/* The true answer but for one thing, with another value. */
static void forge(struct message *m, const struct dcv_query *truth, enum kind kind)
{
	struct dcv_query query = *truth;
	unsigned flags = FLAGS_AA;

	if (kind == KIND_ID) {
		query.id = (uint16_t)(query.id + 1 + below(0xffff));
	} else if (kind == KIND_NAME || kind == KIND_CASE) {
		change_name(&query, kind == KIND_CASE);
	} else if (kind == KIND_TYPE) {
		query.type = (uint16_t)(query.type + 1 + below(0xffff));
	} else if (kind == KIND_QR) {
		flags &= ~0x8000u;
	} else if (kind == KIND_OPCODE) {
		flags |= (1 + below(15)) << 11;
	} else if (kind == KIND_TC) {
		flags |= 0x0200u;
	}
	begin_answer(m, &query, flags);
	if (kind == KIND_CLASS) {
		set_u16(m, m->len - 2, 2 + below(0xfffe));
	}
	put_forged(m, kind);
	if (kind == KIND_QUESTIONS) {
		set_u16(m, 4, below(2) == 0 ? 0 : 2 + below(0xfffe));
	} else if (kind == KIND_RECORDS) {
		set_u16(m, ANSWER, 2 + below(0xfffe));
	}
}

/* The first label says it all: kind, transport, and whether the truth is told: "cat7". */
static void script(struct request *r, struct message *m)
{
	const uint8_t *label = r->query.name.wire + 1;
	enum kind kind = (enum kind)(label[0] - 'a');
	enum over over = (enum over)(label[1] - 'a');
	struct dcv_query truth = r->query;
	int fd = r->fd;

	if (kind == KIND_ADDRESS || kind == KIND_PORT) {
		r->fd = kind == KIND_ADDRESS ? other_address : other_port;
	}
	/* What a forged TC leads to is the server's own TCP. */
	for (unsigned i = 0; i < BURST && !(r->tcp && kind == KIND_TC); i++) {
		forge(m, &truth, kind);
		respond(r, m);
		atomic_fetch_add(&rows[kind][over].sent, 1);
	}
	r->fd = fd;
	if (label[2] == 't') {
		begin_answer(m, &truth, FLAGS_AA);
		put_txt(m, 300, "true");
		respond(r, m);
	}
}

/* A UDP socket of another address with the server's port, or of its address with another. */
static int open_other(const char *host, bool same_port)
{
	struct sockaddr_in in = server.addr.u.in;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	in.sin_addr.s_addr = inet_addr(host);
	in.sin_port = same_port ? in.sin_port : 0;
	if (bind(fd, (struct sockaddr *)&in, sizeof in) != 0) {
		perror("forge: bind");
		exit(70);
	}
	return fd;
}

/* ---- who asks ---- */

struct asked {
	struct dcv_question question; /* first: the pool hands it back */
	struct dcv_name name;
	enum kind kind;
	enum over over;
	bool truth;
};

static void make_name(struct asked *asked, unsigned number)
{
	char text[64];

	(void)snprintf(text, sizeof text, "%c%c%c%u.forge.example.com.",
		'a' + (int)asked->kind, 'a' + (int)asked->over, asked->truth ? 't' : 'n',
		number);
	if (dcv_name_from(text, &asked->name, NULL) != DCV_OK) {
		exit(70);
	}
}

static bool says(const struct dcv_answer *answer, const char *text, size_t n)
{
	for (size_t i = 0; answer != NULL && i < answer->n_sets; i++) {
		for (size_t j = 0; j < answer->sets[i].n; j++) {
			const struct dcv_rdata *rdata = &answer->sets[i].rdata[j];

			if (rdata->len == n && memcmp(rdata->wire, text, n) == 0) {
				return true;
			}
		}
	}
	return false;
}

static void note(const struct asked *asked, const struct dcv_answer *answer,
	const char *end)
{
	struct row *row = &rows[asked->kind][asked->over];

	row->accepted += says(answer, "\6forged", 7);
	if (asked->truth) {
		row->asked++;
		row->truths += says(answer, "\4true", 5);
	} else {
		row->end = answer != NULL ? "ANSWERED" : end;
		row->ended_well = answer == NULL;
	}
}

static const char *fate_text(enum dcv_fate fate)
{
	return fate == DCV_FATE_CASE         ? "other case"
		: fate == DCV_FATE_MALFORMED ? "malformed"
		: fate == DCV_FATE_TIMEOUT   ? "timed out"
					     : "ended otherwise";
}

static enum dcv_err on_reply(void *ctx, struct dcv_question *question,
	const struct dcv_reply *reply, struct dcv_error *err)
{
	(void)ctx;
	(void)err;
	note((const struct asked *)question, reply->answer, fate_text(reply->fate));
	return DCV_OK;
}

/* Asks all of them through one pool. */
static void run_pool(struct asked *asked, size_t n, uint64_t question_ms)
{
	struct dcv_error err = {.code = DCV_OK};
	struct dcv_pool *pool = NULL;
	size_t target = 0;

	if (dcv_pool_new(TIME_MS, on_reply, NULL, &pool, &err) != DCV_OK ||
		dcv_pool_target(pool, &server.addr, &target, &err) != DCV_OK) {
		exit(70);
	}
	pool->question_ns = question_ms * DCV_NS_PER_MS;
	for (size_t i = 0; i < n; i++) {
		asked[i].question.name = &asked[i].name;
		asked[i].question.target = target;
		asked[i].question.type = DCV_TYPE_TXT;
		asked[i].question.tcp = asked[i].over == OVER_TCP;
		dcv_pool_ask(pool, &asked[i].question);
	}
	if (dcv_pool_run(pool, &err) != DCV_OK) {
		(void)fprintf(stderr, "forge: %s\n", err.text);
		exit(70);
	}
	dcv_pool_free(pool);
}

static void run_ask(const struct asked *asked, int64_t ms)
{
	struct dcv_answer answer;
	struct dcv_error err = {.code = DCV_OK};
	enum dcv_err rc = dcv_ask(&server.addr, &asked->name, DCV_TYPE_TXT, false,
		dcv_mono_ms(&dcv_clock_system) + ms, &dcv_clock_system, &arena, &answer,
		&err);

	note(asked, rc == DCV_OK ? &answer : NULL,
		rc == DCV_E_FAILED                                 ? "malformed"
			: strstr(err.text, "another case") != NULL ? "other case"
								   : "timed out");
	dcv_arena_clear(&arena);
}

/* `each` questions of every kind over one transport. */
static void run(enum over first, enum over last, unsigned each, bool truth)
{
	struct asked *all = calloc((size_t)N_KINDS * N_OVERS * each, sizeof *all);
	size_t n = 0;

	for (unsigned i = 0; all != NULL && i < each; i++) {
		for (enum kind kind = 0; kind < N_KINDS; kind++) {
			for (enum over over = first; over <= last; over++) {
				if (!is_tried(kind, over)) {
					continue;
				}
				all[n] = (struct asked){.kind = kind,
					.over = over,
					.truth = truth};
				make_name(&all[n++], i);
			}
		}
	}
	if (first == OVER_ASK) {
		for (size_t i = 0; i < n; i++) {
			run_ask(&all[i], truth ? TIME_MS : SILENCE_MS);
		}
	} else {
		run_pool(all, n, truth ? TIME_MS : SILENCE_MS);
	}
	free(all);
}

/* ---- the table ---- */

static bool tell(enum kind kind, enum over over)
{
	const struct row *row = &rows[kind][over];
	bool good = row->accepted == 0 && row->truths == row->asked && row->asked > 0 &&
		row->ended_well;

	(void)printf("%-20s %-9s %8lu %8lu %8lu of %-6lu %s%s\n", kinds[kind],
		overs[over], atomic_load(&row->sent), row->accepted, row->truths,
		row->asked, row->end, good ? "" : "  WRONG");
	return good;
}

static bool tell_all(void)
{
	unsigned long sent = 0, accepted = 0;
	bool good = true;

	(void)printf("%-20s %-9s %8s %8s %18s %s\n", "all true but", "over", "sent",
		"accepted", "truth behind taken", "without the truth");
	for (enum kind kind = 0; kind < N_KINDS; kind++) {
		for (enum over over = 0; over < N_OVERS; over++) {
			if (is_tried(kind, over)) {
				good = tell(kind, over) && good;
				sent += atomic_load(&rows[kind][over].sent);
				accepted += rows[kind][over].accepted;
			}
		}
	}
	(void)printf("%lu forged answers, %lu accepted\n", sent, accepted);
	return good;
}

int main(int argc, char **argv)
{
	unsigned long total = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000;
	unsigned n_rows = 0;

	for (enum kind kind = 0; kind < N_KINDS; kind++) {
		for (enum over over = 0; over < N_OVERS; over++) {
			n_rows += is_tried(kind, over);
		}
	}
	if (!responder_start(&server, "127.0.0.1", script)) {
		perror("forge");
		return 70;
	}
	other_address = open_other("127.0.0.2", true);
	other_port = open_other("127.0.0.1", false);

	unsigned each = (unsigned)(total / (n_rows * BURST)) + 1;

	run(OVER_POOL, OVER_POOL, each, true);
	run(OVER_TCP, OVER_TCP, each, true);
	run(OVER_ASK, OVER_ASK, each, true);
	run(OVER_POOL, OVER_POOL, 1, false);
	run(OVER_TCP, OVER_TCP, 1, false);
	run(OVER_ASK, OVER_ASK, 1, false);
	responder_stop(&server);
	(void)close(other_address);
	(void)close(other_port);
	return tell_all() ? 0 : 1;
}
