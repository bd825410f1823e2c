/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Any octets as what a resolver sends within TLS, while some questions are open. The first octet
 * says by which protocol, how many questions there are, and whether their answers are decoded or
 * handed on as they are; the rest is what comes: over DoT messages behind their lengths (RFC 7858
 * 3.3), over DoH frames of HTTP/2, which fuzz_h2.c judges and which are believed here.
 *
 * A question has the first whole message that answers it, over DoH that of its own stream, and
 * nothing else; the rest stays open until its time is over. However the octets are cut, it is the
 * same. */
#include "fuzz.h"

#include "check/stub_link.h"

#define QUESTIONS_MAX 4u
#define CHUNK 16384u /* of a record of TLS, at most */
#define FIRST_ID 0x0101u

enum { DOH = 1, RAW = 2 };

static struct {
	uint64_t inputs, messages, answers, malformed, broken;
} count;

static void tell(void)
{
	(void)fprintf(stderr,
		"fuzz_stub: %llu inputs, %llu messages, %llu answers, %llu malformed, "
		"%llu connections broken\n",
		(unsigned long long)count.inputs, (unsigned long long)count.messages,
		(unsigned long long)count.answers, (unsigned long long)count.malformed,
		(unsigned long long)count.broken);
}

struct input {
	unsigned flags;
	size_t n_questions, n;
	const uint8_t *octets;
};

/* What became of the questions. */
struct seen {
	struct dcv_arena arena;
	struct dcv_stub_question questions[QUESTIONS_MAX];
	struct dcv_query queries[QUESTIONS_MAX];
	const char *why; /* the connection is at its end */
};

/* ---- the questions ---- */

static const struct dcv_name *name_of(size_t i)
{
	static const char *const texts[QUESTIONS_MAX] = {"a.test", "b.test", "a.test",
		"_x.a.test"};
	static struct dcv_name names[QUESTIONS_MAX];

	if (names[i].len == 0)
		insist(dcv_name_from(texts[i], &names[i], NULL) == DCV_OK, "name");
	return &names[i];
}

/* Two of a name, and all of different ids, which are the same each time. */
static void make_questions(const struct input *input, struct seen *ret)
{
	static const uint8_t raw[12] = {0};

	*ret = (struct seen){.why = NULL};
	for (size_t i = 0; i < input->n_questions; i++) {
		struct dcv_query *query = &ret->queries[i];

		ret->questions[i] = (struct dcv_stub_question){.name = name_of(i),
			.type = i == 2 ? DCV_TYPE_CAA : DCV_TYPE_TXT,
			.raw = input->flags & RAW ? raw : NULL,
			.raw_len = input->flags & RAW ? sizeof raw : 0};
		insist(dcv_query_init(name_of(i), ret->questions[i].type, true, query,
			       NULL) == DCV_OK,
			"random");
		memcpy(query->qname, query->name.wire, query->name.len);
		query->id = (uint16_t)(FIRST_ID + i);
	}
}

/* ---- what must become of them ---- */

/* Without words: those of the model are not compared. */
static void end_question(struct seen *seen, size_t i, bool raw, const uint8_t *msg,
	size_t n)
{
	struct dcv_stub_question *question = &seen->questions[i];
	struct dcv_answer *answer = &question->answer;
	struct dcv_error err = {0};
	bool good = raw ||
		dcv_answer_parse(&seen->queries[i], msg, n, &seen->arena, answer, &err) ==
			DCV_OK;

	/* RFC 7766 8, RFC 1035 4.1.1: over a stream nothing is cut off; who offers no recursion
	 * has not looked. */
	if (good && !raw)
		good = !answer->tc &&
			(answer->ra || (answer->rcode != 0 && answer->rcode != 3));
	question->seen = good ? DCV_SEEN_HAS : DCV_SEEN_MALFORMED;
	if (good && raw) {
		question->raw = dcv_arena_memdup(&seen->arena, msg, n);
		question->raw_len = n;
	}
	count.messages++;
}

static void model_dot(const struct input *input, struct seen *seen)
{
	const uint8_t *at = input->octets, *end = at + input->n;

	while (end - at >= 2 && end - at - 2 >= at[0] * 256 + at[1]) {
		size_t n = at[0] * 256u + at[1], i = 0;

		at += 2;
		while (i < input->n_questions &&
			(seen->questions[i].seen != DCV_SEEN_NOT_ASKED ||
				!dcv_answer_matches(&seen->queries[i], at, n)))
			i++;
		if (i < input->n_questions)
			end_question(seen, i, (input->flags & RAW) != 0, at, n);
		at += n;
	}
}

struct doh {
	const struct input *input;
	struct seen *seen;
};

static void on_done(void *ctx, uint32_t stream, const uint8_t *body, size_t n,
	const char *why)
{
	const struct doh *doh = ctx;
	size_t i = stream / 2;

	insist(i < doh->input->n_questions, "an answer of nobody's stream");
	if (why == NULL && dcv_answer_matches(&doh->seen->queries[i], body, n))
		end_question(doh->seen, i, (doh->input->flags & RAW) != 0, body, n);
	else
		doh->seen->questions[i].seen = DCV_SEEN_MALFORMED;
}

static void model_doh(const struct input *input, struct seen *seen)
{
	struct doh doh = {input, seen};
	uint8_t msg[DCV_QUERY_MAX];
	struct dcv_buf out;
	struct dcv_h2 h2;

	dcv_buf_init(&out, 65536);
	dcv_h2_init(&h2, &out, on_done, &doh);
	for (size_t i = 0; i < input->n_questions; i++) {
		size_t n = dcv_query_write(&seen->queries[i], msg);

		/* As long, since it counts for the window. */
		n = input->flags & RAW ? seen->questions[i].raw_len : n;
		insist(dcv_h2_ask(&h2, "test", "/", msg, n) == 2 * i + 1,
			"a stream out of turn");
	}
	seen->why = dcv_h2_take(&h2, input->octets, input->n);
	dcv_h2_clear(&h2);
	dcv_buf_clear(&out);
}

/* What is open is asked again on another connection, or was not answered in time. */
static void wait_for_rest(const struct input *input, struct seen *seen)
{
	for (size_t i = 0; i < input->n_questions && seen->why == NULL; i++) {
		if (seen->questions[i].seen == DCV_SEEN_NOT_ASKED)
			seen->questions[i].seen = DCV_SEEN_TIMEOUT;
	}
}

/* ---- what becomes of them ---- */

static int64_t mono_ms(void *ctx)
{
	(void)ctx;
	return 0;
}

/* Each question goes out as one message behind its length. */
static void insist_framed(const struct dcv_buf *out, size_t n_questions)
{
	size_t at = 0, n = 0;

	for (; at + 2 <= out->len; n++)
		at += 2 + (out->data[at] * 256u + out->data[at + 1]);
	insist(at == out->len && n == n_questions, "questions that are not framed");
}

static void begin(struct dcv_stub_link *link, const struct input *input, struct seen *seen)
{
	dcv_stub_begin(link);
	dcv_stub_fill(link);
	insist(link->n_slots == input->n_questions, "a question is not put");
	if (!dcv_stub_is_doh(link))
		insist_framed(&link->out, input->n_questions);
	for (size_t i = 0; i < input->n_questions; i++) {
		insist(link->slots[i].question == &seen->questions[i],
			"questions in a row");
		link->slots[i].query.id = seen->queries[i].id;
	}
}

static void feed(struct dcv_stub_link *link, const struct input *input, bool at_once,
	struct seen *seen)
{
	uint32_t random = (uint32_t)input->n;

	for (size_t at = 0, some; at < input->n && seen->why == NULL; at += some) {
		random = random * 1664525u + 1013904223u;
		some = at_once ? CHUNK : 1 + (random & 0x40000000 ? random >> 28 : 0);
		some = some < input->n - at ? some : input->n - at;
		seen->why = dcv_stub_take(link, input->octets + at, some);
		insist(link->in.len < 2 + DCV_MESSAGE_MAX, "more than a message is kept");
		insist(link->asking->rc == DCV_OK, "it cannot go on");
	}
}

static void run(const struct input *input, bool at_once, struct seen *seen)
{
	static const struct dcv_clock clock = {.mono_ms = mono_ms};
	static const struct dcv_resolver resolver = {.text = "https://dns.test/q",
		.name = "dns.test",
		.path = "/q"};
	static struct dcv_stub_link link;
	struct dcv_stub stub = {.links = &link,
		.options = {.via = input->flags & DOH ? DCV_VIA_DOH : DCV_VIA_DOT,
			.n_resolvers = 1,
			.resolvers = &resolver,
			.clock = &clock}};
	struct dcv_stub_asking asking = {.stub = &stub,
		.questions = seen->questions,
		.n = input->n_questions,
		.arena = &seen->arena};

	link = (struct dcv_stub_link){.stub = &stub, .fd = -1};
	dcv_stub_begin_asking(&asking);
	begin(&link, input, seen);
	feed(&link, input, at_once, seen);
	if (seen->why != NULL)
		dcv_stub_take_back(&link);
	else
		dcv_stub_expire(&link, 0);
	insist(link.n_slots == 0, "a slot that is lost");
	dcv_stub_clear(&link);
}

/* ---- one input ---- */

static bool is_same_answer(const struct dcv_answer *a, const struct dcv_answer *b)
{
	bool same = a->rcode == b->rcode && a->aa == b->aa && a->n_sets == b->n_sets;

	for (size_t i = 0; same && i < a->n_sets; i++)
		same = dcv_name_equal(&a->sets[i].owner, &b->sets[i].owner) &&
			a->sets[i].type == b->sets[i].type &&
			a->sets[i].n == b->sets[i].n &&
			dcv_rdata_equal(&a->sets[i].rdata[0], &b->sets[i].rdata[0]);
	return same;
}

static void insist_same(const struct input *input, const struct seen *expected,
	const struct seen *got)
{
	insist((expected->why == NULL) == (got->why == NULL), "another end");
	for (size_t i = 0; i < input->n_questions; i++) {
		const struct dcv_stub_question *a = &expected->questions[i];
		const struct dcv_stub_question *b = &got->questions[i];

		insist(a->seen == b->seen, "a question has another answer, or none");
		insist((b->seen == DCV_SEEN_MALFORMED || b->seen == DCV_SEEN_TIMEOUT) ==
				(b->why != NULL),
			"a refusal without words");
		if (b->seen != DCV_SEEN_HAS)
			continue;
		if (input->flags & RAW)
			insist(a->raw_len == b->raw_len &&
					memcmp(a->raw, b->raw, a->raw_len) == 0,
				"another message");
		else
			insist(is_same_answer(&a->answer, &b->answer), "another answer");
	}
}

static void judge(const struct input *input)
{
	struct seen expected, got;

	make_questions(input, &expected);
	if (input->flags & DOH)
		model_doh(input, &expected);
	else
		model_dot(input, &expected);
	wait_for_rest(input, &expected);
	for (unsigned once = 0; once < 2; once++) {
		make_questions(input, &got);
		run(input, once, &got);
		insist_same(input, &expected, &got);
		dcv_arena_clear(&got.arena);
	}
	for (size_t i = 0; i < input->n_questions; i++) {
		count.answers += expected.questions[i].seen == DCV_SEEN_HAS;
		count.malformed += expected.questions[i].seen == DCV_SEEN_MALFORMED;
	}
	count.broken += expected.why != NULL;
	dcv_arena_clear(&expected.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (count.inputs++ == 0)
		insist(atexit(tell) == 0, "atexit");
	judge(&(struct input){.flags = data[0],
		.n_questions = 1 + (data[0] >> 2 & 3),
		.octets = data + 1,
		.n = size - 1});
	return 0;
}
