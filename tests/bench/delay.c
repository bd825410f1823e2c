/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* delay PORT MICROSECONDS ADDRESS…: an authoritative server over UDP that stands for distance:
 * every question is answered so much later. Any TXT has the value "token", any SOA exists, of
 * everything else there is none. Says "ready"; ends at SIGTERM with how many it answered. */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define MESSAGE_MAX 512u
#define WAITING_MAX 65536u /* a power of two */
#define SERVERS_MAX 16

/* One answer that is not due yet. */
struct waiting {
	int64_t due_ns;
	int fd;
	struct sockaddr_in peer;
	size_t len;
	uint8_t msg[MESSAGE_MAX];
};

static struct waiting queue[WAITING_MAX];
static unsigned head, tail;
static volatile sig_atomic_t stopped;

static void on_term(int number)
{
	(void)number;
	stopped = 1;
}

static int64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void put(struct waiting *w, const void *octets, size_t n)
{
	memcpy(w->msg + w->len, octets, n);
	w->len += n;
}

/* Makes the question at msg an answer. False: it is none that we know. */
static int answer(struct waiting *w)
{
	static const uint8_t txt[] = "\xc0\x0c\0\x10\0\1\0\0\1\x2c\0\6\5token";
	static const uint8_t soa[] =
		"\xc0\x0c\0\6\0\1\0\0\1\x2c\0\x16\0\0\0\0\0\1\0\0\x0e\x10"
		"\0\0\x0e\x10\0\0\x0e\x10\0\0\1\x2c";
	static const uint8_t opt[] = "\0\0\x29\x04\xd0\0\0\0\0\0";
	size_t at = 12;
	int edns, is_soa;

	while (at < w->len && w->msg[at] != 0)
		at += 1u + w->msg[at];
	if (at + 5 > w->len || at > 300)
		return 0;
	at += 5;
	edns = w->msg[11] != 0;
	is_soa = w->msg[at - 3] == 6;
	w->len = at;
	memcpy(w->msg + 2, "\x84\0\0\1\0\0\0\0\0\0", 10);
	w->msg[11] = (uint8_t)edns;
	w->msg[is_soa || w->msg[at - 3] == 16 ? 7 : 9] = 1;
	if (w->msg[at - 3] == 16)
		put(w, txt, sizeof txt - 1);
	else
		put(w, soa, sizeof soa - 1);
	if (edns) {
		put(w, opt, sizeof opt - 1);
		put(w, "\0", 1);
	}
	return 1;
}

static void take(int fd, int64_t delay_ns)
{
	struct waiting *w = &queue[tail % WAITING_MAX];
	socklen_t peer_len = sizeof w->peer;
	ssize_t n;

	if (tail - head == WAITING_MAX)
		return;
	n = recvfrom(fd, w->msg, sizeof w->msg, MSG_DONTWAIT, (struct sockaddr *)&w->peer,
		&peer_len);
	if (n < 12)
		return;
	w->fd = fd;
	w->len = (size_t)n;
	w->due_ns = now_ns() + delay_ns;
	tail += answer(w) ? 1 : 0;
}

static unsigned send_due(void)
{
	unsigned n = 0;

	while (head != tail && queue[head % WAITING_MAX].due_ns <= now_ns()) {
		const struct waiting *w = &queue[head++ % WAITING_MAX];

		n += sendto(w->fd, w->msg, w->len, 0, (const struct sockaddr *)&w->peer,
			     sizeof w->peer) > 0;
	}
	return n;
}

static int listen_at(const char *host, int port)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = inet_addr(host)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0), size = 4 << 20;

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
	if (bind(fd, (struct sockaddr *)&in, sizeof in) != 0) {
		perror(host);
		exit(71);
	}
	return fd;
}

/* Until the next is due, or a question comes. */
static void wait_for(struct pollfd *p, int n)
{
	int64_t left = head == tail ? 1000000000
				    : queue[head % WAITING_MAX].due_ns - now_ns();
	struct timespec t = {.tv_sec = 0, .tv_nsec = left < 0 ? 0 : left % 1000000000};

	t.tv_sec = left >= 1000000000 ? 1 : 0;
	(void)ppoll(p, (nfds_t)n, &t, NULL);
}

int main(int argc, char **argv)
{
	struct pollfd p[SERVERS_MAX];
	int64_t delay_ns = argc > 3 ? atoll(argv[2]) * 1000 : 0;
	unsigned long answered = 0;
	int n = 0;

	if (argc < 4 || argc - 3 > SERVERS_MAX) {
		(void)fprintf(stderr, "usage: delay PORT MICROSECONDS ADDRESS...\n");
		return 64;
	}
	for (n = 0; n < argc - 3; n++)
		p[n] = (struct pollfd){.fd = listen_at(argv[3 + n], atoi(argv[1])),
			.events = POLLIN};
	(void)signal(SIGTERM, on_term);
	(void)printf("ready\n");
	(void)fflush(stdout);
	while (!stopped) {
		wait_for(p, n);
		for (int i = 0; i < n; i++) {
			if (p[i].revents != 0)
				take(p[i].fd, delay_ns);
		}
		answered += send_due();
	}
	(void)printf("%lu\n", answered);
	return 0;
}
