/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Any octets as what a server sends over HTTP/2, while requests are put and given up. The first
 * octet says how many requests there are at the beginning and how much may be sent; the rest is a
 * script: frames of all types, mended to their lengths or as they come, plain octets, requests.
 *
 * The octets are judged here by a model of RFC 9113 and RFC 7541 6.3, frame by frame, which says
 * what the client must tell: each request at most once, a body only where the stream carried
 * status 200, whole header blocks and that body to its end; and when the connection is at its end.
 * What is sent must be frames again: what acknowledges, gives back windows and resets streams,
 * neither more nor less. However the octets are cut, all of it is the same.
 *
 * Tolerated, since no answer comes of it: frames on streams that are not open, values of SETTINGS
 * out of range, sizes of PRIORITY, increments of 0, a first frame that is not SETTINGS. Another
 * spelling of status 200 than its index is no status 200. */
#include "fuzz.h"

#include "check/h2.h"

#define HEAD 9u
#define PAYLOAD_MAX 16384u
#define BODY_MAX 65535u
#define OCTETS_MAX 131072u
#define ACTIONS_MAX 48u
#define ASKS_MAX (DCV_H2_STREAMS + ACTIONS_MAX)
#define EVENTS_MAX ASKS_MAX
#define OUT_MAX 1048576u
#define SINGLY_MAX 1024u /* octet by octet; of more, pieces of a few */
#define NONE SIZE_MAX

enum {
	DATA,
	HEADERS,
	PRIORITY,
	RST_STREAM,
	SETTINGS,
	PUSH,
	PING,
	GOAWAY,
	WINDOW,
	CONTINUED
};
enum { END_STREAM = 1, ACK = 1, END_HEADERS = 4, PADDED = 8, PRIORITISED = 32 };

static struct {
	uint64_t inputs, frames, answers, refused, broken;
} count;

static void tell(void)
{
	(void)fprintf(stderr,
		"fuzz_h2: %llu inputs, %llu frames, %llu answers, %llu refused, "
		"%llu connections broken\n",
		(unsigned long long)count.inputs, (unsigned long long)count.frames,
		(unsigned long long)count.answers, (unsigned long long)count.refused,
		(unsigned long long)count.broken);
}

/* ---- the script ---- */

struct action {
	size_t at; /* behind so many octets */
	bool ask; /* else a stream is given up */
	unsigned value; /* octets of the request, or the stream */
};

struct script {
	uint8_t *octets; /* [OCTETS_MAX] */
	size_t n, n_actions, n_first, out_max;
	struct action actions[ACTIONS_MAX];
};

struct input {
	const uint8_t *data;
	size_t n;
};

static unsigned next(struct input *in)
{
	if (in->n == 0)
		return 0;
	in->n--;
	return *in->data++;
}

static void put(struct script *script, const void *octets, size_t n)
{
	if (n > OCTETS_MAX - script->n)
		n = OCTETS_MAX - script->n;
	if (n > 0)
		memcpy(script->octets + script->n, octets, n);
	script->n += n;
}

static void put_head(struct script *script, unsigned type, unsigned flags,
	uint32_t stream, size_t n)
{
	const uint8_t head[HEAD] = {(uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n,
		(uint8_t)type, (uint8_t)flags, (uint8_t)(stream >> 24),
		(uint8_t)(stream >> 16), (uint8_t)(stream >> 8), (uint8_t)stream};

	put(script, head, HEAD);
}

/* The length that a frame of the type has, where only one is right. */
static size_t fitting(unsigned type, size_t n)
{
	switch (type) {
	case PRIORITY:
		return 5;
	case RST_STREAM:
	case WINDOW:
		return 4;
	case PING:
		return 8;
	case SETTINGS:
		return n - n % 6;
	case GOAWAY:
		return n < 8 ? 8 : n;
	default:
		return n;
	}
}

/* A frame from flags, stream, length and payload; `mended`: of a right length, and of the connection
 * where the type is. */
static void put_frame(struct script *script, struct input *in, unsigned type, bool mended)
{
	unsigned flags = next(in), stream = next(in);
	size_t n = next(in);
	uint8_t payload[256 + 8];

	if (mended) {
		n = fitting(type, n);
		stream = type == SETTINGS || type == PING || type == GOAWAY ? 0 : stream;
	}
	for (size_t i = 0; i < n; i++)
		payload[i] = (uint8_t)next(in);
	/* The bit before a stream is reserved, and ignored. */
	put_head(script, type, flags, mended ? stream : stream | stream << 24, n);
	put(script, payload, n);
}

/* A frame as long as they may be, or one octet longer. */
static void put_long(struct script *script, struct input *in)
{
	static const uint8_t zeros[PAYLOAD_MAX + 1];
	unsigned type = next(in), flags = next(in), stream = next(in);
	size_t n = PAYLOAD_MAX + (next(in) == 0xff);

	put_head(script, type, flags, stream, n);
	put(script, zeros, n);
}

/* A whole answer: status 200, a body, the end. */
static void put_answer(struct script *script, struct input *in)
{
	static const uint8_t status[] = {0x88};
	unsigned stream = next(in);
	size_t n = next(in) & 0x1f;
	uint8_t body[32];

	for (size_t i = 0; i < n; i++)
		body[i] = (uint8_t)next(in);
	put_head(script, HEADERS, END_HEADERS, stream, 1);
	put(script, status, 1);
	put_head(script, DATA, END_STREAM, stream, n);
	put(script, body, n);
}

static void put_octets(struct script *script, struct input *in)
{
	size_t n = next(in);

	n = n < in->n ? n : in->n;
	put(script, in->data, n);
	in->data += n;
	in->n -= n;
}

static void put_action(struct script *script, bool ask, unsigned value)
{
	if (script->n_actions < ACTIONS_MAX)
		script->actions[script->n_actions++] = (struct action){script->n, ask,
			value};
}

static void read_script(struct input *in, struct script *ret)
{
	unsigned first = next(in);

	ret->n_first = first & 3 ? first & 3 : DCV_H2_STREAMS;
	ret->out_max = first & 0x40 ? 64 * (1 + (first >> 2 & 0xf)) : OUT_MAX;
	while (in->n > 0) {
		unsigned step = next(in), what = step & 0xf;

		if (what <= CONTINUED + 1)
			put_frame(ret, in, what <= CONTINUED ? what : 10 + (step >> 4),
				(step & 0x10) == 0);
		else if (what == 11)
			put_octets(ret, in);
		else if (what == 12)
			put_action(ret, true, next(in) * 64);
		else if (what == 13)
			put_action(ret, false, next(in));
		else if (what == 14)
			put_long(ret, in);
		else
			put_answer(ret, in);
	}
}

/* ---- what it comes to ---- */

struct event {
	uint32_t stream;
	bool answered;
	size_t at, n; /* of the bodies */
};

/* What was told, by the model or by the client. */
struct log {
	size_t n_events, n_asked, n_bodies;
	struct event events[EVENTS_MAX];
	uint32_t asked[ASKS_MAX]; /* by request: the stream, or 0 */
	uint8_t bodies[ASKS_MAX + OCTETS_MAX];
	const char *why; /* why the connection is at its end */
	bool full; /* no more fits into what is to be sent */
	struct dcv_buf out;
};

static void add_event(struct log *log, uint32_t stream, bool answered,
	const uint8_t *body, size_t n)
{
	insist(log->n_events < EVENTS_MAX, "a request is told twice");
	insist(n <= sizeof log->bodies - log->n_bodies, "more bodies than octets");
	log->events[log->n_events++] = (struct event){stream, answered, log->n_bodies, n};
	if (n > 0)
		memcpy(log->bodies + log->n_bodies, body, n);
	log->n_bodies += n;
}

static bool is_same_event(const struct log *a, const struct log *b, size_t i)
{
	const struct event *x = &a->events[i], *y = &b->events[i];

	return x->stream == y->stream && x->answered == y->answered && x->n == y->n &&
		memcmp(a->bodies + x->at, b->bodies + y->at, x->n) == 0;
}

/* ---- the model ---- */

struct stream {
	bool open, has_status;
	size_t n; /* of its body */
	uint8_t body[BODY_MAX];
};

/* What the client must send beside its requests. */
struct owed {
	unsigned settings, resets;
	uint64_t window;
	bool reset[2 * ASKS_MAX];
	size_t n_pings;
	uint8_t pings[OCTETS_MAX];
};

static struct model {
	struct stream streams[ASKS_MAX]; /* of id 2 * i + 1 */
	size_t n_streams, n_block;
	uint8_t block[OCTETS_MAX];
	uint32_t in_block; /* whose header block goes on */
	bool ends, goes_away, broken;
	uint32_t max_streams, stream_window;
	int64_t window;
	struct owed owed;
	struct log *log;
} model;

struct frame {
	unsigned type, flags;
	uint32_t stream;
	const uint8_t *payload;
	size_t n;
};

static uint32_t u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static struct stream *open_stream(uint32_t id)
{
	size_t i = id / 2;

	return id % 2 == 1 && i < model.n_streams && model.streams[i].open
		? &model.streams[i]
		: NULL;
}

static void close_stream(uint32_t id, bool answered)
{
	struct stream *stream = open_stream(id);

	stream->open = false;
	add_event(model.log, id, answered, stream->body, answered ? stream->n : 0);
}

static void owe_reset(uint32_t id)
{
	model.owed.resets++;
	model.owed.reset[id] = true;
}

/* RFC 9113 5.4.2: a stream that is refused is reset, unless the peer has closed it. */
static void refuse(uint32_t id, bool ended)
{
	if (!ended)
		owe_reset(id);
	close_stream(id, false);
}

static void end_body(uint32_t id)
{
	/* RFC 8484 4.2.1: a message, which an empty body is not. */
	close_stream(id, open_stream(id)->n > 0);
}

/* RFC 7541 5.1: behind the integer at `at`, of 5 bits; NONE: it has no end. */
static size_t behind_size(size_t at)
{
	if ((model.block[at++] & 0x1f) != 0x1f)
		return at;
	while (at < model.n_block && model.block[at] >= 0x80)
		at++;
	return at < model.n_block ? at + 1 : NONE;
}

/* RFC 7541 6.3, 6.1: changes of the table's size, then the field of index 8. */
static bool is_200(void)
{
	size_t at = 0;

	while (at < model.n_block && model.block[at] >> 5 == 1)
		at = behind_size(at);
	return at < model.n_block && model.block[at] == 0x88;
}

/* RFC 9113 8.1: behind the status come trailers, which are the end. */
static void end_block(void)
{
	struct stream *stream = open_stream(model.in_block);
	uint32_t id = model.in_block;

	model.in_block = 0;
	if (stream == NULL)
		return;
	if (stream->has_status ? !model.ends : !is_200()) {
		refuse(id, model.ends);
		return;
	}
	stream->has_status = true;
	if (model.ends)
		end_body(id);
}

static void add_block(const struct frame *frame)
{
	memcpy(model.block + model.n_block, frame->payload, frame->n);
	model.n_block += frame->n;
	if (frame->flags & END_HEADERS)
		end_block();
}

/* RFC 9113 6.1, 6.2. False: more padding than frame. */
static bool unpad(struct frame *frame, size_t fixed)
{
	size_t head = fixed + ((frame->flags & PADDED) != 0);
	size_t tail = frame->flags & PADDED && frame->n > 0 ? frame->payload[0] : 0;

	if (head + tail > frame->n)
		return false;
	frame->payload += head;
	frame->n -= head + tail;
	return true;
}

static bool model_data(struct frame *frame)
{
	struct stream *stream = open_stream(frame->stream);
	bool ends = (frame->flags & END_STREAM) != 0;

	if (frame->stream == 0)
		return false;
	model.owed.window += frame->n;
	if (!unpad(frame, 0))
		return false;
	if (stream == NULL)
		return true;
	if (!stream->has_status || frame->n > BODY_MAX - stream->n) {
		refuse(frame->stream, ends);
		return true;
	}
	memcpy(stream->body + stream->n, frame->payload, frame->n);
	stream->n += frame->n;
	if (ends)
		end_body(frame->stream);
	return true;
}

static bool model_headers(struct frame *frame)
{
	if (frame->stream == 0 || !unpad(frame, frame->flags & PRIORITISED ? 5 : 0))
		return false;
	model.in_block = frame->stream;
	model.n_block = 0;
	model.ends = (frame->flags & END_STREAM) != 0;
	add_block(frame);
	return true;
}

static bool model_settings(const struct frame *frame)
{
	if (frame->stream != 0 || frame->n % 6 != 0 ||
		(frame->flags & ACK && frame->n != 0))
		return false;
	for (size_t at = 0; at < frame->n; at += 6) {
		unsigned id = frame->payload[at] * 256u + frame->payload[at + 1];

		if (id == 3)
			model.max_streams = u32(frame->payload + at + 2);
		if (id == 4)
			model.stream_window = u32(frame->payload + at + 2);
	}
	model.owed.settings += (frame->flags & ACK) == 0;
	return true;
}

static bool model_ping(const struct frame *frame)
{
	if (frame->stream != 0 || frame->n != 8)
		return false;
	if ((frame->flags & ACK) == 0) {
		memcpy(model.owed.pings + model.owed.n_pings, frame->payload, 8);
		model.owed.n_pings += 8;
	}
	return true;
}

static bool model_window(const struct frame *frame)
{
	if (frame->n != 4)
		return false;
	if (frame->stream == 0)
		model.window += u32(frame->payload) & 0x7fffffff;
	return model.window <= 0x7fffffff;
}

static bool model_reset(const struct frame *frame)
{
	if (frame->n != 4 || frame->stream == 0)
		return false;
	if (open_stream(frame->stream) != NULL)
		refuse(frame->stream, true);
	return true;
}

/* False: RFC 9113 makes it an error of the connection. */
static bool model_frame(struct frame *frame)
{
	if (model.in_block != 0) {
		if (frame->type != CONTINUED || frame->stream != model.in_block)
			return false;
		add_block(frame);
		return true;
	}
	switch (frame->type) {
	case DATA:
		return model_data(frame);
	case HEADERS:
		return model_headers(frame);
	case RST_STREAM:
		return model_reset(frame);
	case SETTINGS:
		return model_settings(frame);
	case PING:
		return model_ping(frame);
	case GOAWAY:
		model.goes_away = true;
		return frame->stream == 0 && frame->n >= 8;
	case WINDOW:
		return model_window(frame);
	case PUSH:
	case CONTINUED:
		return false;
	default:
		return true;
	}
}

static bool model_may_ask(size_t n)
{
	size_t n_open = 0;

	for (size_t i = 0; i < model.n_streams; i++)
		n_open += model.streams[i].open;
	return !model.goes_away && n_open < DCV_H2_STREAMS && n_open < model.max_streams &&
		n <= model.stream_window && (int64_t)n <= model.window;
}

static void model_ask(size_t n)
{
	struct stream *stream = &model.streams[model.n_streams];
	bool may = model_may_ask(n);

	model.log->asked[model.log->n_asked++] = may ? 2 * (uint32_t)model.n_streams + 1
						     : 0;
	if (!may)
		return;
	stream->open = true;
	stream->has_status = false;
	stream->n = 0;
	model.n_streams++;
	model.window -= (int64_t)n;
}

static void model_act(const struct action *action)
{
	if (action->ask) {
		model_ask(action->value);
	} else if (open_stream(action->value) != NULL) {
		open_stream(action->value)->open = false;
		owe_reset(action->value);
	}
}

/* How much of the n octets there is a frame; 0: less than one. */
static size_t model_one(const uint8_t *octets, size_t n)
{
	struct frame frame;
	size_t len;

	if (n < HEAD)
		return 0;
	len = u32(octets) >> 8;
	model.broken = len > PAYLOAD_MAX;
	if (model.broken || n - HEAD < len)
		return 0;
	frame = (struct frame){octets[3], octets[4], u32(octets + 5) & 0x7fffffff,
		octets + HEAD, len};
	model.broken = !model_frame(&frame);
	count.frames++;
	return HEAD + len;
}

static void run_model(const struct script *script, struct log *log)
{
	size_t at = 0, i = 0, some = 1;

	memset(&model.owed, 0, offsetof(struct owed, pings));
	model.n_streams = model.in_block = 0;
	model.goes_away = model.broken = false;
	model.max_streams = UINT32_MAX;
	model.stream_window = 65535;
	model.window = 65535;
	model.log = log;
	for (size_t k = 0; k < script->n_first; k++)
		model_ask(64);
	while (!model.broken && some > 0) {
		size_t to = i < script->n_actions ? script->actions[i].at : script->n;

		some = model_one(script->octets + at, to - at);
		at += some;
		if (some > 0 || model.broken || i == script->n_actions)
			continue;
		model_act(&script->actions[i++]);
		some = 1;
	}
	log->why = model.broken ? "broken" : NULL;
}

/* ---- the client ---- */

static void on_done(void *ctx, uint32_t stream, const uint8_t *body, size_t len,
	const char *why)
{
	insist(why == NULL ? len > 0 : len == 0 && why[0] != '\0',
		"a refusal without words, or with a body");
	add_event(ctx, stream, why == NULL, body, len);
}

static void ask(struct dcv_h2 *h2, size_t n, struct log *log)
{
	static const uint8_t message[256 * 64];
	bool may = dcv_h2_may_ask(h2, n);

	log->asked[log->n_asked++] = may
		? dcv_h2_ask(h2, "dns.example", "/dns-query", message, n)
		: 0;
}

static void act(struct dcv_h2 *h2, const struct action *action, struct log *log)
{
	if (action->ask)
		ask(h2, action->value, log);
	else
		dcv_h2_forget(h2, action->value);
}

static void insist_bodies(const struct dcv_h2 *h2)
{
	for (size_t i = 0; i < DCV_H2_STREAMS; i++)
		insist(h2->streams[i].body.len <= BODY_MAX, "more than a message is kept");
}

/* Octets in pieces of `piece`; 0: of random sizes. */
static void take(struct dcv_h2 *h2, const uint8_t *octets, size_t n, size_t piece,
	struct log *log)
{
	uint32_t random = (uint32_t)n;

	while (n > 0 && log->why == NULL) {
		size_t some = piece;

		if (piece == 0) {
			random = random * 1664525u + 1013904223u;
			some = 1 + (random >> 8) % (random & 0x80000000 ? 4096 : 12);
		}
		some = some < n ? some : n;
		log->why = dcv_h2_take(h2, octets, some);
		insist(h2->in.len <= HEAD + PAYLOAD_MAX, "more than a frame is kept");
		octets += some;
		n -= some;
	}
}

/* Ends where the caller would see that nothing more can be sent. */
static void run_client(const struct script *script, size_t piece, struct log *log)
{
	struct dcv_h2 h2;
	size_t at = 0;

	dcv_buf_init(&log->out, script->out_max);
	dcv_h2_init(&h2, &log->out, on_done, log);
	for (size_t i = 0; i < script->n_first && !log->out.failed; i++)
		ask(&h2, 64, log);
	for (size_t i = 0; i <= script->n_actions; i++) {
		bool last = i == script->n_actions;
		size_t to = last ? script->n : script->actions[i].at;

		if (log->out.failed || log->why != NULL)
			break;
		take(&h2, script->octets + at, to - at, piece, log);
		insist_bodies(&h2);
		at = to;
		if (!last && log->why == NULL)
			act(&h2, &script->actions[i], log);
	}
	log->full = log->out.failed;
	dcv_h2_clear(&h2);
}

/* ---- what the client sent ---- */

struct sent {
	unsigned settings, resets;
	uint64_t window;
	size_t n_pings, n_asked;
};

static void look_reset(uint32_t stream, struct sent *sent)
{
	sent->resets++;
	insist(stream < 2 * ASKS_MAX && model.owed.reset[stream],
		"it resets another stream");
	model.owed.reset[stream] = false;
}

/* A request is a whole header block, and behind it a whole body. */
static void look_request(const struct log *log, const struct frame *frame,
	struct sent *sent)
{
	if (frame->type == HEADERS) {
		while (sent->n_asked < log->n_asked && log->asked[sent->n_asked] == 0)
			sent->n_asked++;
		insist(sent->n_asked < log->n_asked &&
				log->asked[sent->n_asked] == frame->stream &&
				frame->flags == END_HEADERS,
			"it opens another stream");
		return;
	}
	insist(sent->n_asked < log->n_asked &&
			log->asked[sent->n_asked++] == frame->stream &&
			frame->flags == END_STREAM,
		"a body without its request");
}

static void look_sent(const struct log *log, const struct frame *frame, struct sent *sent)
{
	switch (frame->type) {
	case HEADERS:
	case DATA:
		look_request(log, frame, sent);
		break;
	case SETTINGS:
		insist(frame->flags == ACK && frame->n == 0, "settings, again");
		sent->settings++;
		break;
	case PING:
		insist(frame->flags == ACK && sent->n_pings < model.owed.n_pings &&
				memcmp(frame->payload, model.owed.pings + sent->n_pings,
					8) == 0,
			"a ping of its own");
		sent->n_pings += 8;
		break;
	case WINDOW:
		insist(frame->stream == 0 && u32(frame->payload) != 0,
			"a window of nothing");
		sent->window += u32(frame->payload);
		break;
	default:
		insist(frame->type == RST_STREAM, "a frame that a client does not need");
		look_reset(frame->stream, sent);
	}
}

/* Of a connection that is not at its end. */
static void insist_sent(const struct log *log)
{
	static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
	size_t at = sizeof preface - 1, n = log->out.len;
	const uint8_t *octets = log->out.data;
	struct sent sent = {.settings = 0};

	insist(n > at + HEAD && memcmp(octets, preface, at) == 0, "no preface");
	insist(octets[at + 3] == SETTINGS && octets[at + 4] == 0, "no settings first");
	at += HEAD + octets[at + 2];
	while (at < n) {
		size_t len = u32(octets + at) >> 8;
		struct frame frame = {octets[at + 3], octets[at + 4],
			u32(octets + at + 5), octets + at + HEAD, len};

		insist(len <= PAYLOAD_MAX && len <= n - at - HEAD &&
				fitting(frame.type, len) == len,
			"what it sends is no frame");
		look_sent(log, &frame, &sent);
		at += HEAD + len;
	}
	insist(sent.settings == model.owed.settings, "settings not acknowledged");
	insist(sent.n_pings == model.owed.n_pings, "a ping that is not answered");
	insist(sent.window == model.owed.window, "the window is not given back");
	insist(sent.resets == model.owed.resets, "a stream that is not reset");
}

/* ---- one input ---- */

/* As far as it came, if there was no room for what it sends. */
static void insist_model(const struct log *expected, const struct log *got)
{
	insist(got->full || got->n_events == expected->n_events, "not all is told");
	insist(got->n_events <= expected->n_events, "more is told than came");
	for (size_t i = 0; i < got->n_events; i++)
		insist(is_same_event(expected, got, i), "another answer than came");
	insist(got->full || got->n_asked == expected->n_asked, "not all was asked");
	for (size_t i = 0; i < got->n_asked; i++)
		insist(got->asked[i] == expected->asked[i],
			"it asks otherwise than the peer allows");
	insist(got->full || (got->why != NULL) == (expected->why != NULL),
		"the connection ends where it need not, or does not where it must");
}

static void insist_same(const struct log *a, const struct log *b)
{
	insist(a->n_events == b->n_events && a->n_asked == b->n_asked, "cuts tell");
	for (size_t i = 0; i < a->n_events; i++)
		insist(is_same_event(a, b, i), "another answer if it is cut");
	insist(memcmp(a->asked, b->asked, a->n_asked * sizeof a->asked[0]) == 0,
		"other streams if it is cut");
	insist(a->why == b->why && a->full == b->full, "another end if it is cut");
	insist(a->out.len == b->out.len &&
			memcmp(a->out.data, b->out.data, a->out.len) == 0,
		"it sends otherwise if it is cut");
}

static struct log *fresh(struct log *log)
{
	dcv_buf_clear(&log->out);
	log->n_events = log->n_asked = log->n_bodies = 0;
	log->why = NULL;
	log->full = false;
	return log;
}

static void judge(const struct script *script)
{
	static struct log expected, whole, cut;

	run_model(script, fresh(&expected));
	run_client(script, OCTETS_MAX, fresh(&whole));
	insist_model(&expected, &whole);
	if (!whole.full && whole.why == NULL)
		insist_sent(&whole);
	if (script->n <= SINGLY_MAX) {
		run_client(script, 1, fresh(&cut));
		insist_same(&whole, &cut);
	}
	run_client(script, 0, fresh(&cut));
	insist_same(&whole, &cut);
	for (size_t i = 0; i < whole.n_events; i++)
		count.answers += whole.events[i].answered;
	count.refused += whole.n_events;
	count.broken += whole.why != NULL;
	(void)fresh(&whole);
	(void)fresh(&cut);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t octets[OCTETS_MAX];
	struct script script = {.octets = octets};
	struct input in = {data, size};

	if (count.inputs++ == 0)
		insist(atexit(tell) == 0, "atexit");
	read_script(&in, &script);
	/* A block of their own, so that what is read behind them is found. */
	script.octets = malloc(script.n > 0 ? script.n : 1);
	insist(script.octets != NULL, "memory");
	memcpy(script.octets, octets, script.n);
	judge(&script);
	free(script.octets);
	return 0;
}
