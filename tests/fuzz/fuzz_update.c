/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Any octets as a server's answer to a signed update or question. Two octets steer: the first says
 * with what the answer is signed here, so that it can be believed, or whether it is left as it is;
 * the second is the error that its TSIG record tells. Only what was signed here may be believed, and
 * nothing of that once an octet is another; and an update of which no answer tells what became of
 * it is in doubt. */
#include "fuzz.h"

#include "base/arena.h"
#include "dns/reader.h"
#include "dns/wire.h"
#include "providers/rfc2136/reply.h"

#define NOW_S 1795000000
#define MESSAGE_MAX 4096u
#define REQUEST_MAC_LEN 32u

enum { SIGNED = 4, UPDATE = 8, NO_MAC = 16, OTHER = 32 };

struct input {
	uint8_t flags, error;
	const uint8_t *octets;
	size_t n;
};

static int64_t wall_s(void *ctx)
{
	(void)ctx;
	return NOW_S;
}

static const struct dcvp_host host = {.struct_size = sizeof host, .wall_s = wall_s};

static int64_t skew_s(const struct input *input)
{
	static const int64_t skews[] = {0, DCV_TSIG_FUDGE_S, DCV_TSIG_FUDGE_S + 1,
		-DCV_TSIG_FUDGE_S - 1};

	return skews[input->flags >> 6];
}

static struct dcv_rsession *session_of(const struct input *input)
{
	static struct dcv_rsession session;
	static struct dcv_addr server;
	struct dcv_error err = {.code = DCV_OK};

	if (session.host == NULL) {
		insist(dcv_crypto_hold(&session.crypto, &err) == DCV_OK, err.text);
		insist(dcv_addr_parse("192.0.2.53", &server, &err) == DCV_OK, err.text);
		insist(dcv_name_from("key.example", &session.key.name, &err) == DCV_OK,
			err.text);
		session.host = session.link.host = &host;
		session.link.servers = &server;
		session.link.n_servers = 1;
		session.link.fd = -1;
		session.key.held = &session.crypto;
		session.key.n = 32;
		memset(session.key.secret, 0x5a, session.key.n);
	}
	session.key.digest = (enum dcv_digest[]){DCV_SHA1, DCV_SHA256, DCV_SHA384,
		DCV_SHA512}[input->flags & 3];
	session.believed = false;
	return &session;
}

/* --- signing, as a server does (RFC 8945 4.3, 5.3) --- */

static void put(struct dcv_buf *to, uint64_t value, unsigned octets)
{
	while (octets-- > 0)
		dcv_buf_addc(to, (char)(value >> 8 * octets));
}

static void put_algorithm(struct dcv_buf *to, const struct dcv_tsig_key *key)
{
	const char *text = dcv_tsig_algorithm(key);

	put(to, strlen(text), 1);
	dcv_buf_adds(to, text);
	put(to, 0, 1);
}

static void put_times(struct dcv_buf *to, const struct input *input)
{
	put(to, (uint64_t)(NOW_S + skew_s(input)), 6);
	put(to, DCV_TSIG_FUDGE_S, 2);
}

static void put_other(struct dcv_buf *to, const struct input *input)
{
	put(to, input->error, 2);
	put(to, (input->flags & OTHER) != 0 ? 6 : 0, 2);
	if ((input->flags & OTHER) != 0)
		put(to, NOW_S + 1000, 6);
}

static void make_mac(const struct dcv_tsig_key *key, const struct input *input,
	const struct dcv_tsig_mac *request, struct dcv_tsig_mac *ret)
{
	struct dcv_error err = {.code = DCV_OK};
	struct dcv_buf text;

	dcv_buf_init(&text, 2 * MESSAGE_MAX);
	put(&text, request->n, 2);
	dcv_buf_add(&text, request->octets, request->n);
	dcv_buf_add(&text, input->octets, input->n);
	dcv_buf_add(&text, key->name.wire, key->name.len);
	put(&text, 255, 2);
	put(&text, 0, 4);
	put_algorithm(&text, key);
	put_times(&text, input);
	put_other(&text, input);
	insist(!text.failed &&
			dcv_hmac_held(key->held, key->digest, key->secret, key->n,
				text.data, text.len, ret->octets, &ret->n, &err) == DCV_OK,
		"hmac");
	dcv_buf_clear(&text);
}

/* The message with a TSIG record behind it. */
static void sign(const struct dcv_tsig_key *key, const struct input *input,
	const struct dcv_tsig_mac *request, struct dcv_buf *to)
{
	struct dcv_tsig_mac mac = {.n = 0};
	unsigned count = dcv_get_u16(input->octets + 10) + 1u;
	size_t rdata;

	if ((input->flags & NO_MAC) == 0)
		make_mac(key, input, request, &mac);
	dcv_buf_add(to, input->octets, input->n);
	dcv_buf_add(to, key->name.wire, key->name.len);
	put(to, DCV_TYPE_TSIG, 2);
	put(to, 255, 2);
	put(to, 0, 6);
	rdata = to->len;
	put_algorithm(to, key);
	put_times(to, input);
	put(to, mac.n, 2);
	dcv_buf_add(to, mac.octets, mac.n);
	dcv_buf_add(to, input->octets, 2);
	put_other(to, input);
	insist(!to->failed, "memory");
	to->data[10] = (uint8_t)(count >> 8);
	to->data[11] = (uint8_t)count;
	to->data[rdata - 2] = (uint8_t)((to->len - rdata) >> 8);
	to->data[rdata - 1] = (uint8_t)(to->len - rdata);
}

/* --- what has to hold --- */

static struct dcv_tsig_said verify(const struct dcv_rsession *session,
	const struct dcv_tsig_mac *request, const uint8_t *msg, size_t len)
{
	struct dcv_error err = {.code = DCV_OK};
	struct dcv_tsig_said said = {.verdict = DCV_TSIG_WRONG};

	insist(dcv_tsig_verify(&session->key, request, NOW_S, msg, len, &said, &err) ==
			DCV_OK,
		"it cannot be judged");
	insist((said.verdict == DCV_TSIG_WRONG) == (said.why != NULL),
		"a verdict without a reason");
	return said;
}

/* The sections are what the header counts, and nothing is behind them: then the record that was put
 * there is the last. */
static bool is_whole(const struct input *input)
{
	struct dcv_reader r = {.msg = input->octets, .len = input->n, .at = DCV_HEADER_LEN};
	struct dcv_record record;
	unsigned n = 0;

	for (unsigned i = dcv_get_u16(input->octets + 4); i > 0; i--) {
		if (!dcv_reader_skip_name(&r) || r.len - r.at < 4)
			return false;
		r.at += 4;
	}
	for (size_t at = 6; at < DCV_HEADER_LEN; at += 2)
		n += dcv_get_u16(input->octets + at);
	for (; n > 0; n--) {
		if (dcv_reader_record(&r, false, &record) != NULL)
			return false;
	}
	return r.at == r.len;
}

/* The verdict on what was signed here. */
static void insist_verdict(const struct input *input, const struct dcv_tsig_said *said)
{
	bool told = input->error == DCV_TSIG_BADTIME && (input->flags & OTHER) != 0;
	bool late = !told &&
		(skew_s(input) > DCV_TSIG_FUDGE_S || skew_s(input) < -DCV_TSIG_FUDGE_S);

	if (!is_whole(input)) {
		insist(said->verdict != DCV_TSIG_GOOD, "malformed, and believed");
		return;
	}
	insist(said->error == input->error, "another error");
	if ((input->flags & NO_MAC) != 0) {
		insist(said->verdict == DCV_TSIG_UNSIGNED, "a signature from nowhere");
		return;
	}
	insist(said->verdict == (late ? DCV_TSIG_WRONG : DCV_TSIG_GOOD),
		"signed, and not believed");
	insist(!told || said->server_s == NOW_S + 1000, "another clock");
}

/* The id may be changed on the way, since the original stands in the record; nothing else. */
static void insist_intact(const struct dcv_rsession *session, const struct input *input,
	const struct dcv_tsig_mac *request, struct dcv_buf *msg)
{
	size_t at = 2 + (input->n * 31u + input->error) % (msg->len - 2);

	msg->data[at] ^= 1;
	insist(verify(session, request, msg->data, msg->len).verdict != DCV_TSIG_GOOD,
		"another octet, and believed");
	msg->data[at] ^= 1;
	insist(verify(session, &(struct dcv_tsig_mac){.n = REQUEST_MAC_LEN}, msg->data,
		       msg->len)
				.verdict != DCV_TSIG_GOOD,
		"the answer to another request");
}

static void try_parse(const uint8_t *msg, size_t len)
{
	struct dcv_query query = {.type = DCV_TYPE_ANY, .id = dcv_get_u16(msg)};
	struct dcv_reader reader = {.msg = msg, .len = len};
	struct dcv_error err = {.code = DCV_OK};
	struct dcv_arena arena = {NULL};
	struct dcv_answer answer = {.rcode = 0};
	size_t at = DCV_HEADER_LEN;

	if (dcv_reader_name(&reader, &at, len, &query.name))
		memcpy(query.qname, query.name.wire, query.name.len);
	insist(dcv_answer_parse(&query, msg, len, &arena, &answer, &err) == DCV_OK ||
			err.text[0] != '\0',
		"an error without a reason");
	dcv_arena_clear(&arena);
}

static void try_reply(struct dcv_rsession *session, const struct input *input,
	const struct dcv_rrequest *request, const struct dcv_buf *msg)
{
	struct dcvp_error err = {.text = ""};
	struct dcv_rreply reply = {.rcode = 0};
	enum dcvp_class end = dcv_rreply_read(session, request, msg->data, msg->len,
		&reply, &err);

	if (end != DCVP_OK) {
		insist(end == (request->update ? DCVP_UNKNOWN : DCVP_FAILED),
			"not believed, and yet for certain");
		insist(err.text[0] != '\0', "an error without a reason");
		return;
	}
	insist(reply.said.verdict == DCV_TSIG_GOOD ||
			(reply.said.verdict == DCV_TSIG_UNSIGNED &&
				reply.rcode != DCV_RCODE_NOERROR),
		"done, says nobody");
	if (reply.rcode == DCV_RCODE_NOERROR) {
		if ((input->flags & UPDATE) == 0)
			try_parse(msg->data, msg->len);
		return;
	}
	end = dcv_rreply_fail(session, request, &reply, &err);
	insist(end != DCVP_OK && err.text[0] != '\0', "refused without a reason");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct input input = {.flags = size > 1 ? data[0] : 0,
		.error = size > 1 ? data[1] : 0,
		.octets = data + 2,
		.n = size > 1 ? size - 2 : 0};
	struct dcv_rsession *session = session_of(&input);
	struct dcv_rrequest request = {.zone = "example.com",
		.mac = {.n = REQUEST_MAC_LEN, .octets = {1, 2, 3}},
		.update = (input.flags & UPDATE) != 0};
	bool is_signed = (input.flags & SIGNED) != 0;
	struct dcv_buf msg;

	if (input.n < DCV_HEADER_LEN || input.n > MESSAGE_MAX)
		return 0;
	dcv_buf_init(&msg, 2 * MESSAGE_MAX);
	if (is_signed)
		sign(&session->key, &input, &request.mac, &msg);
	else
		dcv_buf_add(&msg, input.octets, input.n);
	insist(!msg.failed, "memory");

	struct dcv_tsig_said said = verify(session, &request.mac, msg.data, msg.len);

	insist(is_signed || said.verdict != DCV_TSIG_GOOD, "forged, and believed");
	if (is_signed)
		insist_verdict(&input, &said);
	if (said.verdict == DCV_TSIG_GOOD)
		insist_intact(session, &input, &request.mac, &msg);
	try_reply(session, &input, &request, &msg);
	dcv_buf_clear(&msg);
	return 0;
}
