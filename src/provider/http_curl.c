/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows libcurl: one request over one connection, within limits. It does not know when to
 * try again. It is the module dcv-http. */
#include "provider/http_module.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/buf.h"

#define CONNECT_MS 10000L
#define SLOW_OCTETS_S 100L
#define SLOW_S 15L

/* An exchange while it goes on. */
struct talk {
	struct dcv_http_exchange *exchange;
	struct dcv_buf body, head; /* head: "name\0value\0" of each header */
	unsigned asked; /* times that the request was about to be sent */
	bool refused, too_large, again;
	bool headed; /* the head ended with its empty line */
	size_t read; /* octets of the request's body that were handed over */
	char text[CURL_ERROR_SIZE];
};

static bool start(void)
{
	return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

static void stop(void)
{
	curl_global_cleanup();
}

static void *connection_open(void)
{
	return curl_easy_init();
}

static void connection_close(void *connection)
{
	curl_easy_cleanup(connection);
}

/* --- addresses --- */

/* 169.254.0.0/16 has the metadata services of most clouds; these are those of others. */
static bool is_metadata(uint32_t address)
{
	return address == 0x646464c8 || /* 100.100.100.200, Alibaba Cloud */
		address == 0xa83f8110 || /* 168.63.129.16, Azure */
		address == 0xc00000c0; /* 192.0.0.192, Oracle Cloud */
}

static bool may_reach4(uint32_t address, enum dcv_http_reach reach)
{
	uint32_t first = address >> 24;

	if (first == 127 || reach == DCV_REACH_LOOPBACK)
		return first == 127 && reach == DCV_REACH_LOOPBACK;
	return first != 0 && address >> 16 != 0xa9fe && first < 224 &&
		!is_metadata(address);
}

/* An IPv4 address within an IPv6 one: mapped, or behind the well-known NAT64 prefix. */
static bool embedded4(const struct in6_addr *address, uint32_t *ret)
{
	static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};

	if (!IN6_IS_ADDR_V4MAPPED(address) && memcmp(address, nat64, sizeof(nat64)) != 0)
		return false;
	memcpy(ret, address->s6_addr + 12, sizeof(*ret));
	*ret = ntohl(*ret);
	return true;
}

static bool may_reach6(const struct in6_addr *address, enum dcv_http_reach reach)
{
	static const struct in6_addr ec2 = {
		.s6_addr = {0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, [15] = 0x54}};
	uint32_t v4;

	if (embedded4(address, &v4))
		return may_reach4(v4, reach);
	if (IN6_IS_ADDR_LOOPBACK(address) || reach == DCV_REACH_LOOPBACK)
		return IN6_IS_ADDR_LOOPBACK(address) && reach == DCV_REACH_LOOPBACK;
	return !IN6_IS_ADDR_UNSPECIFIED(address) && !IN6_IS_ADDR_LINKLOCAL(address) &&
		!IN6_IS_ADDR_MULTICAST(address) && memcmp(address, &ec2, sizeof(ec2)) != 0;
}

static bool may_reach(const struct sockaddr *address, enum dcv_http_reach reach)
{
	const void *any = address;

	if (reach == DCV_REACH_ANY)
		return true;
	if (address->sa_family == AF_INET)
		return may_reach4(
			ntohl(((const struct sockaddr_in *)any)->sin_addr.s_addr), reach);
	return address->sa_family == AF_INET6 &&
		may_reach6(&((const struct sockaddr_in6 *)any)->sin6_addr, reach);
}

static curl_socket_t on_socket(void *ctx, curlsocktype purpose,
	struct curl_sockaddr *address)
{
	struct talk *talk = ctx;

	(void)purpose;
	if (!may_reach(&address->addr, talk->exchange->reach)) {
		talk->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC,
		address->protocol);
}

/* --- what comes back --- */

/* Once more over another connection means that libcurl found its own one dead. For what may be sent
 * only once that is too late: it may have been acted on. */
static int on_request(void *ctx, char *address, char *local, int port, int local_port)
{
	struct talk *talk = ctx;

	(void)address;
	(void)local;
	(void)port;
	(void)local_port;
	if (talk->asked > 0 && !talk->exchange->request->repeatable) {
		talk->again = true;
		return CURL_PREREQFUNC_ABORT;
	}
	talk->asked++;
	return CURL_PREREQFUNC_OK;
}

static size_t on_body(char *octets, size_t size, size_t n, void *ctx)
{
	struct talk *talk = ctx;

	if (size * n > talk->exchange->body_max - talk->body.len) {
		talk->too_large = true;
		return 0;
	}
	dcv_buf_add(&talk->body, octets, size * n);
	return talk->body.failed ? 0 : size * n;
}

static void add_lower(struct dcv_buf *to, const char *name, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool upper = name[i] >= 'A' && name[i] <= 'Z';

		dcv_buf_addc(to, upper ? (char)(name[i] + ('a' - 'A')) : name[i]);
	}
}

/* A line of the head, with its end; a status line begins another head (after 100 Continue). */
static size_t on_head(char *line, size_t size, size_t n, void *ctx)
{
	struct talk *talk = ctx;
	size_t len = size * n;
	const char *colon = memchr(line, ':', len), *value, *end = line + len;

	if (len > 5 && memcmp(line, "HTTP/", 5) == 0) {
		talk->head.len = 0;
		talk->headed = false;
		return len;
	}
	talk->headed = talk->headed || line[0] == '\r' || line[0] == '\n';
	if (len + 2 > DCV_HTTP_HEAD_MAX - talk->head.len ||
		memchr(line, '\0', len) != NULL) {
		talk->too_large = true;
		return 0;
	}
	if (colon == NULL)
		return len;
	for (value = colon + 1; value < end && (*value == ' ' || *value == '\t');)
		value++;
	while (end > value && strchr(" \t\r\n", end[-1]) != NULL)
		end--;
	add_lower(&talk->head, line, (size_t)(colon - line));
	dcv_buf_addc(&talk->head, '\0');
	dcv_buf_add(&talk->head, value, (size_t)(end - value));
	dcv_buf_addc(&talk->head, '\0');
	return talk->head.failed ? 0 : len;
}

/* There is no way back to the body's beginning, so that libcurl itself never sends it twice. */
static size_t on_read(char *out, size_t size, size_t n, void *ctx)
{
	struct talk *talk = ctx;
	const struct dcvp_http_request *request = talk->exchange->request;
	size_t left = request->body_len - talk->read;
	size_t len = left < size * n ? left : size * n;

	if (len > 0)
		memcpy(out, (const char *)request->body + talk->read, len);
	talk->read += len;
	return len;
}

/* --- a request --- */

static bool add_line(struct curl_slist **list, const struct dcvp_header *header)
{
	struct dcv_buf line;
	struct curl_slist *grown = NULL;

	dcv_buf_init(&line, SIZE_MAX);
	/* In libcurl's list "name:" takes a header away, and "name;" is an empty one. */
	dcv_buf_addf(&line, header->value[0] != '\0' ? "%s: %s" : "%s;", header->name,
		header->value);
	if (!line.failed)
		grown = curl_slist_append(*list, dcv_buf_text(&line));
	if (line.data != NULL)
		explicit_bzero(line.data, line.len);
	dcv_buf_clear(&line);
	if (grown == NULL)
		return false;
	*list = grown;
	return true;
}

static bool has_header(const struct dcv_http_exchange *exchange, const char *name)
{
	for (size_t i = 0; i < exchange->request->n_headers; i++) {
		if (strcasecmp(exchange->request->headers[i].name, name) == 0)
			return true;
	}
	return false;
}

/* NULL when memory is out. */
static struct curl_slist *headers_of(const struct dcv_http_exchange *exchange)
{
	static const struct dcvp_header agent = {"User-Agent", "dcvctl/" DCV_VERSION};
	const struct dcvp_http_request *request = exchange->request;
	/* No "Expect: 100-continue": it costs a second where a server does not know it. Nor a
	 * type that libcurl makes up. */
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");
	bool ok = list != NULL;

	if (ok && !has_header(exchange, "content-type"))
		ok = curl_slist_append(list, "Content-Type:") != NULL;
	if (ok && !has_header(exchange, "user-agent"))
		ok = add_line(&list, &agent);
	for (size_t i = 0; ok && i < request->n_headers; i++)
		ok = add_line(&list, &request->headers[i]);
	for (size_t i = 0; ok && i < exchange->n_more; i++)
		ok = add_line(&list, &exchange->more[i]);
	if (!ok) {
		curl_slist_free_all(list);
		return NULL;
	}
	return list;
}

#define SET(option, value) (curl_easy_setopt(curl, option, value) == CURLE_OK)

static bool set_limits(CURL *curl, const struct dcv_http_exchange *exchange)
{
	return SET(CURLOPT_NOSIGNAL, 1L) && SET(CURLOPT_FOLLOWLOCATION, 0L) &&
		SET(CURLOPT_MAXREDIRS, 0L) && SET(CURLOPT_PROTOCOLS_STR, "https,http") &&
		SET(CURLOPT_REDIR_PROTOCOLS_STR, "https") && SET(CURLOPT_PROXY, "") &&
		SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) &&
		SET(CURLOPT_UNRESTRICTED_AUTH, 0L) && SET(CURLOPT_SSL_VERIFYPEER, 1L) &&
		SET(CURLOPT_SSL_VERIFYHOST, 2L) &&
		SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
		SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
		SET(CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS) &&
		SET(CURLOPT_TIMEOUT_MS, (long)exchange->time_ms) &&
		SET(CURLOPT_LOW_SPEED_LIMIT, SLOW_OCTETS_S) &&
		SET(CURLOPT_LOW_SPEED_TIME, SLOW_S) && SET(CURLOPT_PATH_AS_IS, 1L) &&
		(exchange->ca_file == NULL ||
			(SET(CURLOPT_CAINFO, exchange->ca_file) &&
				SET(CURLOPT_CAPATH, NULL)));
}

static bool set_talk(CURL *curl, struct talk *talk)
{
	return SET(CURLOPT_OPENSOCKETFUNCTION, on_socket) &&
		SET(CURLOPT_OPENSOCKETDATA, talk) &&
		SET(CURLOPT_PREREQFUNCTION, on_request) &&
		SET(CURLOPT_PREREQDATA, talk) && SET(CURLOPT_WRITEFUNCTION, on_body) &&
		SET(CURLOPT_WRITEDATA, talk) && SET(CURLOPT_HEADERFUNCTION, on_head) &&
		SET(CURLOPT_HEADERDATA, talk) && SET(CURLOPT_ERRORBUFFER, talk->text);
}

static bool set_request(CURL *curl, struct talk *talk, struct curl_slist *headers)
{
	const struct dcvp_http_request *request = talk->exchange->request;
	bool ok = SET(CURLOPT_URL, request->url) && SET(CURLOPT_HTTPHEADER, headers);

	if (strcmp(request->method, "HEAD") == 0)
		return ok && SET(CURLOPT_NOBODY, 1L);
	if (request->body_len > 0 || strcmp(request->method, "POST") == 0 ||
		strcmp(request->method, "PUT") == 0)
		ok = ok && SET(CURLOPT_POST, 1L) &&
			SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len) &&
			SET(CURLOPT_READFUNCTION, on_read) && SET(CURLOPT_READDATA, talk);
	return ok && SET(CURLOPT_CUSTOMREQUEST, request->method);
}

/* --- how it ended --- */

static bool take_headers(const struct talk *talk, struct dcv_http_exchange *exchange)
{
	const char *at = talk->head.len > 0
		? dcv_arena_memdup(exchange->arena, talk->head.data, talk->head.len)
		: "";
	const char *end = at != NULL ? at + talk->head.len : NULL;

	for (; at != NULL && at < end; exchange->n_headers++) {
		const char *value = at + strlen(at) + 1;
		struct dcvp_header *grown = dcv_arena_grow(exchange->arena,
			exchange->headers, exchange->n_headers, sizeof(*grown));

		if (grown == NULL)
			return false;
		grown[exchange->n_headers] = (struct dcvp_header){at, value};
		exchange->headers = grown;
		at = value + strlen(value) + 1;
	}
	return at != NULL;
}

static bool take_answer(CURL *curl, const struct talk *talk,
	struct dcv_http_exchange *exchange)
{
	long status = 0;

	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	exchange->status = (int)status;
	exchange->answered = true;
	exchange->body_len = talk->body.len;
	exchange->body = dcv_arena_strndup(exchange->arena, "", 0);
	if (talk->body.len > 0)
		exchange->body = dcv_arena_memdup(exchange->arena, talk->body.data,
			talk->body.len + 1);
	return exchange->body != NULL && take_headers(talk, exchange);
}

static void say(struct dcv_http_exchange *exchange, enum dcvp_cause cause, bool passing,
	const char *why)
{
	exchange->cause = cause;
	exchange->passing = passing;
	(void)dcv_shown(exchange->why, sizeof(exchange->why), why, strlen(why));
}

static void say_too_large(struct dcv_http_exchange *exchange)
{
	char text[80];

	(void)snprintf(text, sizeof(text),
		"the answer is larger than %zu MiB, or its head than 64 KiB",
		exchange->body_max >> 20u);
	say(exchange, DCVP_CAUSE_PROTOCOL, false, text);
}

static void explain(CURLcode code, const struct talk *talk,
	struct dcv_http_exchange *exchange)
{
	const char *text = talk->text[0] != '\0' ? talk->text : curl_easy_strerror(code);

	if (talk->refused)
		say(exchange, DCVP_CAUSE_FORBIDDEN, false,
			exchange->reach == DCV_REACH_LOOPBACK
				? "plain http leads to an address that is not loopback"
				: "the name leads to a loopback, link-local or metadata "
				  "address");
	else if (talk->too_large)
		say_too_large(exchange);
	else if (talk->again)
		say(exchange, DCVP_CAUSE_UNAVAILABLE, true,
			"the connection ended before an answer came");
	else if (code == CURLE_PEER_FAILED_VERIFICATION ||
		code == CURLE_SSL_CONNECT_ERROR || code == CURLE_SSL_CACERT_BADFILE)
		say(exchange, DCVP_CAUSE_PROTOCOL, false, text);
	else
		say(exchange, DCVP_CAUSE_UNAVAILABLE, code != CURLE_URL_MALFORMAT, text);
}

static bool exchange(void *connection, struct dcv_http_exchange *exchange)
{
	CURL *curl = connection;
	struct talk talk = {.exchange = exchange};
	struct curl_slist *headers = headers_of(exchange);
	CURLcode code = CURLE_OUT_OF_MEMORY;
	bool ok = false;

	dcv_buf_init(&talk.body, exchange->body_max);
	dcv_buf_init(&talk.head, SIZE_MAX);
	curl_easy_reset(curl);
	if (headers != NULL && set_limits(curl, exchange) && set_talk(curl, &talk) &&
		set_request(curl, &talk, headers))
		code = curl_easy_perform(curl);
	if (code == CURLE_OK && !talk.headed)
		code = CURLE_PARTIAL_FILE; /* to libcurl, an end within the head is one */
	exchange->sent = talk.asked > 0;
	if (code == CURLE_OK)
		ok = take_answer(curl, &talk, exchange);
	else if (code != CURLE_OUT_OF_MEMORY && !talk.body.failed && !talk.head.failed)
		ok = true;
	if (ok && code != CURLE_OK)
		explain(code, &talk, exchange);
	curl_easy_reset(curl);
	curl_slist_free_all(headers);
	dcv_buf_clear(&talk.body);
	dcv_buf_clear(&talk.head);
	return ok;
}

DCV_MODULE_ENTRY const struct dcv_http_module dcv_module_http = {
	.head = {sizeof(struct dcv_http_module), DCV_HTTP_ABI},
	.start = start,
	.stop = stop,
	.connection_open = connection_open,
	.connection_close = connection_close,
	.exchange = exchange,
	.xml = dcv_xml_read};

static const char *version(void)
{
	return curl_version_info(CURLVERSION_NOW)->version;
}

DCV_MODULE_ENTRY const struct dcv_module_about dcv_module_about = {
	{{"libcurl", version}, {"expat", dcv_xml_library}}};
