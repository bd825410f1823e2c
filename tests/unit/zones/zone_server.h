/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* A name server for the tests of the zone-file backend: a thread that answers for the zone as a
 * file in the test's directory tells it. */
#ifndef DCV_TEST_ZONE_SERVER_H
#define DCV_TEST_ZONE_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

#include "zone_test.h"

/* Answers with the serial that stands in the file `served` of the directory; SERVFAIL if it
 * is "broken", REFUSED if "refused", without authority if "lame". Behind the serial: "signed", and
 * there is a DNSKEY set; "a", and every TXT set is "a" with TTL 300. */
struct server {
	pthread_t thread;
	int fd;
	char dir[64], address[32];
};

static inline size_t read_small(const struct server *server, char *out, size_t cap)
{
	char path[128];
	FILE *in;
	size_t n = 0;

	(void)snprintf(path, sizeof path, "%s/served", server->dir);
	in = fopen(path, "rb");
	if (in != NULL) {
		n = fread(out, 1, cap - 1, in);
		(void)fclose(in);
	}
	out[n] = '\0';
	return n;
}

/* One record with the owner of the question. Returns the new end. */
static inline size_t put_record(uint8_t *msg, size_t end, uint8_t type, const void *rdata,
	uint8_t len)
{
	const uint8_t head[] = {0xc0, 12, 0, type, 0, 1, 0, 0, 1, 44, 0, len};

	msg[7] = 1;
	memcpy(msg + end, head, sizeof head);
	memcpy(msg + end + sizeof head, rdata, len);
	return end + sizeof head + len;
}

/* A SOA for every question of type SOA, what `served` says of others, else NODATA. */
static inline size_t answer(const struct server *server, uint8_t *msg, size_t n)
{
	static const uint8_t dnskey[] = {1, 1, 3, 13, 0, 0, 0, 0};
	uint8_t soa[22] = {0};
	char served[32];
	size_t end = 12;

	if (read_small(server, served, sizeof served) == 0)
		return 0;
	while (end < n && msg[end] != 0)
		end += 1u + msg[end];
	end += 5;
	msg[2] = strncmp(served, "lame", 4) == 0 ? 0x80 : 0x84;
	msg[3] = strncmp(served, "broken", 6) == 0 ? 2 : 0;
	if (strncmp(served, "refused", 7) == 0)
		msg[3] = 5;
	memset(msg + 6, 0, 6);
	if (msg[3] == 0 && msg[end - 3] == 6) {
		uint32_t serial = htonl((uint32_t)strtoul(served, NULL, 10));

		memcpy(soa + 2, &serial, 4);
		return put_record(msg, end, 6, soa, sizeof soa);
	}
	if (msg[3] == 0 && msg[end - 3] == 48 && strstr(served, "signed") != NULL)
		return put_record(msg, end, 48, dnskey, sizeof dnskey);
	if (msg[3] == 0 && msg[end - 3] == 16 && strstr(served, " a") != NULL)
		return put_record(msg, end, 16, "\001a", 2);
	return end;
}

static inline void *serve(void *arg)
{
	const struct server *server = arg;
	uint8_t msg[1500];
	struct sockaddr_in peer;

	for (;;) {
		socklen_t len = sizeof peer;
		ssize_t n = recvfrom(server->fd, msg, 600, 0,
			(struct sockaddr *)(void *)&peer, &len);
		size_t reply;

		if (n <= 1)
			return NULL;
		reply = n > 16 ? answer(server, msg, (size_t)n) : 0;
		if (reply > 0)
			(void)sendto(server->fd, msg, reply, 0,
				(struct sockaddr *)(void *)&peer, len);
	}
}

static inline void server_start(const struct zt *t, struct server *server)
{
	struct sockaddr_in addr = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof addr;

	(void)snprintf(server->dir, sizeof server->dir, "%s", t->dir);
	server->fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(server->fd, (struct sockaddr *)(void *)&addr, len), 0);
	assert_int_equal(getsockname(server->fd, (struct sockaddr *)(void *)&addr, &len),
		0);
	(void)snprintf(server->address, sizeof server->address, "127.0.0.1:%u",
		ntohs(addr.sin_port));
	assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static inline void server_stop(struct server *server)
{
	struct sockaddr_in addr;
	socklen_t len = sizeof addr;

	(void)getsockname(server->fd, (struct sockaddr *)(void *)&addr, &len);
	(void)sendto(server->fd, "", 1, 0, (struct sockaddr *)(void *)&addr, len);
	(void)pthread_join(server->thread, NULL);
	(void)close(server->fd);
}

#endif
