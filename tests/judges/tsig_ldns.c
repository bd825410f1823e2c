/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* tsig-ldns ALGORITHM SECRET: verifies with ldns the lines of a question and its answer in hex on
 * standard input, as tsig.py does with dnspython. Every one must be signed with the key "key.". */
#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define OCTETS 65535u

struct message {
	size_t n;
	uint8_t wire[OCTETS];
};

struct key {
	const char *algorithm, *secret;
};

static void fail(unsigned line, const char *what, const char *why)
{
	(void)fprintf(stderr, "%s %u: %s\n", what, line, why);
	exit(1);
}

static const char *read_hex(const char *text, struct message *to)
{
	unsigned octet;

	for (to->n = 0; to->n < OCTETS && sscanf(text, "%2x", &octet) == 1; text += 2) {
		to->wire[to->n++] = (uint8_t)octet;
		if (text[2] == ' ' || text[2] == '\n')
			return text + 3;
	}
	return text;
}

/* NULL: it verifies, and *ret_mac is its MAC; else why not. */
static const char *verify(const struct message *message, const struct key *key,
	const ldns_rdf *before, ldns_rdf **ret_mac, ldns_pkt_opcode *ret_opcode)
{
	ldns_pkt *packet = NULL;
	const char *why = NULL;
	char *algorithm;

	if (ldns_wire2pkt(&packet, message->wire, message->n) != LDNS_STATUS_OK)
		return "ldns does not decode it";
	if (ldns_pkt_tsig(packet) == NULL) {
		ldns_pkt_free(packet);
		return "not signed";
	}
	algorithm = ldns_rdf2str(ldns_rr_rdf(ldns_pkt_tsig(packet), 0));
	if (algorithm == NULL ||
		strncasecmp(algorithm, key->algorithm, strlen(key->algorithm)) != 0)
		why = "signed with another algorithm";
	else if (!ldns_pkt_tsig_verify(packet, message->wire, message->n, "key.",
			 key->secret, before))
		why = "the signature does not verify";
	else if (ret_mac != NULL)
		*ret_mac = ldns_rdf_clone(ldns_rr_rdf(ldns_pkt_tsig(packet), 3));
	*ret_opcode = ldns_pkt_get_opcode(packet);
	free(algorithm);
	ldns_pkt_free(packet);
	return why;
}

/* Whether it was an update. */
static bool judge(unsigned line, const char *text, const struct key *key)
{
	static struct message question, answer;
	ldns_pkt_opcode opcode, ignored;
	ldns_rdf *mac = NULL;
	const char *why;

	(void)read_hex(read_hex(text, &question), &answer);
	why = verify(&question, key, NULL, &mac, &opcode);
	if (why != NULL)
		fail(line, "question", why);
	why = verify(&answer, key, mac, NULL, &ignored);
	ldns_rdf_deep_free(mac);
	if (why != NULL)
		fail(line, "answer", why);
	question.wire[13] ^= 1;
	if (verify(&question, key, NULL, NULL, &ignored) == NULL)
		fail(line, "question", "an octet was changed, and the signature holds");
	return opcode == LDNS_PACKET_UPDATE;
}

int main(int argc, char **argv)
{
	static char text[4 * OCTETS + 8];
	unsigned line = 0, updates = 0;

	if (argc != 3)
		return 64;
	while (fgets(text, sizeof text, stdin) != NULL)
		if (judge(++line, text, &(struct key){argv[1], argv[2]}))
			updates++;
	if (updates == 0)
		fail(line, "messages", "no update among them");
	return 0;
}
