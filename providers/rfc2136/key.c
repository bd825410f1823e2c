/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a TSIG key is written down, for BIND and for Knot. Its errors name lines
 * and keywords, never what stands there. */
#include <string.h>
#include <strings.h>

#include "providers/rfc2136/tsig.h"

#define WORD_MAX 1024u

/* The text while it is read; `word` is the token in hand. */
struct lexer {
	const char *at;
	unsigned line;
	bool yaml; /* `//` and `/ *` are no comments */
	bool bad; /* a word that does not end, or is too long */
	char word[WORD_MAX];
	struct dcv_error *err;
};

static enum dcv_err wrong(const struct lexer *lexer, const char *why)
{
	(void)dcv_fail(lexer->err, DCV_E_CONFIG, "tsig: line %u of the key: %s",
		lexer->line, why);
	return dcv_help(lexer->err,
		"help: the file is what `tsig-keygen -a hmac-sha256 NAME` prints");
}

static void skip_to(struct lexer *lexer, const char *end)
{
	for (; lexer->at < end; lexer->at++)
		lexer->line += *lexer->at == '\n';
}

/* Blanks and comments. */
static void skip(struct lexer *lexer)
{
	for (;;) {
		const char *at = lexer->at, *end = at;

		end += strspn(at, " \t\r\n");
		if (*end == '#' || (!lexer->yaml && strncmp(end, "//", 2) == 0)) {
			end += strcspn(end, "\n");
		} else if (!lexer->yaml && strncmp(end, "/*", 2) == 0) {
			const char *close = strstr(end + 2, "*/");

			end = close == NULL ? end + strlen(end) : close + 2;
		}
		if (end == at)
			return;
		skip_to(lexer, end);
	}
}

/* The next token into lexer->word: a word, what stands in quotes, one of `{};`. False at the
 * end, or if it is no token. */
static bool next(struct lexer *lexer)
{
	bool quoted;
	size_t n;

	skip(lexer);
	quoted = *lexer->at == '"';
	lexer->at += quoted;
	n = quoted ? strcspn(lexer->at, "\"\r\n") : strcspn(lexer->at, "{}; \t\r\n\"");
	if (!quoted && n == 0 && *lexer->at != '\0' && *lexer->at != '"')
		n = 1;
	lexer->bad = n >= WORD_MAX || (quoted && lexer->at[n] != '"');
	if (lexer->bad || (n == 0 && !quoted))
		return false;
	memcpy(lexer->word, lexer->at, n);
	lexer->word[n] = '\0';
	lexer->at += n + quoted;
	return true;
}

static bool next_is(struct lexer *lexer, const char *word)
{
	return next(lexer) && strcasecmp(lexer->word, word) == 0;
}

static bool read_algorithm(const char *word, enum dcv_digest *ret)
{
	static const enum dcv_digest digests[] = {DCV_SHA1, DCV_SHA256, DCV_SHA384,
		DCV_SHA512};
	size_t n = strlen(word);

	n -= n > 0 && word[n - 1] == '.';
	for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++) {
		const struct dcv_tsig_key key = {.digest = digests[i]};
		const char *text = dcv_tsig_algorithm(&key);

		if (strlen(text) == n && strncasecmp(word, text, n) == 0) {
			*ret = digests[i];
			return true;
		}
	}
	return false;
}

static int base64_value(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = c == '\0' ? NULL : strchr(digits, c);

	return found == NULL ? -1 : (int)(found - digits);
}

/* RFC 4648 4, padded and without anything else. */
static bool read_secret(const char *word, struct dcv_tsig_key *ret)
{
	size_t len = strlen(word), n = 0;
	unsigned bits = 0, held = 0;

	if (len == 0 || len % 4 != 0)
		return false;
	len -= word[len - 1] == '=';
	len -= word[len - 1] == '=';
	for (size_t i = 0; i < len; i++) {
		int value = base64_value(word[i]);

		if (value < 0 || n == sizeof ret->secret)
			return false;
		held = held << 6 | (unsigned)value;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			ret->secret[n++] = (uint8_t)(held >> bits);
		}
	}
	ret->n = n;
	return n > 0 && (held & ((1u << bits) - 1)) == 0;
}

static enum dcv_err take_name(struct lexer *lexer, struct dcv_tsig_key *ret)
{
	return dcv_name_from(lexer->word, &ret->name, NULL) == DCV_OK
		? DCV_OK
		: wrong(lexer, "the key's name is no domain name");
}

static enum dcv_err take_algorithm(struct lexer *lexer, struct dcv_tsig_key *ret)
{
	if (read_algorithm(lexer->word, &ret->digest))
		return DCV_OK;
	return wrong(lexer,
		strncasecmp(lexer->word, "hmac-md5", 8) == 0
			? "HMAC-MD5 is broken and not used here"
			: "the algorithm must be hmac-sha256, hmac-sha384, hmac-sha512 or "
			  "hmac-sha1");
}

static enum dcv_err take_secret(struct lexer *lexer, struct dcv_tsig_key *ret)
{
	return read_secret(lexer->word, ret)
		? DCV_OK
		: wrong(lexer, "the secret is not base64, or over 512 octets");
}

/* A field of a key, and how it is written in either form. */
struct field {
	const char *bind, *knot;
	enum dcv_err (*take)(struct lexer *lexer, struct dcv_tsig_key *ret);
};
#define N_FIELDS 3u
static const struct field fields[N_FIELDS] = {{"", "id:", take_name},
	{"algorithm", "algorithm:", take_algorithm}, {"secret", "secret:", take_secret}};

/* One field whose keyword is the word in hand. */
static enum dcv_err read_field(struct lexer *lexer, bool *seen, struct dcv_tsig_key *ret)
{
	for (size_t i = 0; i < N_FIELDS; i++) {
		const char *keyword = lexer->yaml ? fields[i].knot : fields[i].bind;

		if (strcasecmp(lexer->word, keyword) != 0)
			continue;
		if (seen[i])
			return wrong(lexer, "a field stands twice");
		seen[i] = true;
		if (!next(lexer))
			return wrong(lexer, "a value is missing");
		return fields[i].take(lexer, ret);
	}
	return wrong(lexer, "algorithm or secret is wanted");
}

/* NAME { algorithm WORD; secret WORD; }; */
static enum dcv_err read_bind(struct lexer *lexer, bool *seen, struct dcv_tsig_key *ret)
{
	enum dcv_err rc = next(lexer) ? take_name(lexer, ret)
				      : wrong(lexer, "the key's name is missing");

	seen[0] = true;
	if (rc == DCV_OK && !next_is(lexer, "{"))
		return wrong(lexer, "{ is missing");
	while (rc == DCV_OK) {
		if (!next(lexer))
			return wrong(lexer, "} is missing");
		if (strcmp(lexer->word, "}") == 0)
			return next_is(lexer, ";") ? DCV_OK : wrong(lexer, "; is missing");
		rc = read_field(lexer, seen, ret);
		if (rc == DCV_OK && !next_is(lexer, ";"))
			rc = wrong(lexer, "; is missing");
	}
	return rc;
}

/* - id: NAME, algorithm: WORD, secret: WORD, in lines of their own. */
static enum dcv_err read_knot(struct lexer *lexer, bool *seen, struct dcv_tsig_key *ret)
{
	enum dcv_err rc = DCV_OK;

	if (!next_is(lexer, "-"))
		return wrong(lexer, "a list of one key is wanted");
	for (size_t i = 0; rc == DCV_OK && i < N_FIELDS; i++)
		rc = next(lexer) ? read_field(lexer, seen, ret)
				 : wrong(lexer, "id, algorithm or secret is missing");
	return rc;
}

static enum dcv_err read_key(struct lexer *lexer, struct dcv_tsig_key *ret)
{
	bool seen[N_FIELDS] = {false};
	enum dcv_err rc = DCV_OK;

	if (!next(lexer))
		return wrong(lexer, "there is no key");
	lexer->yaml = strcmp(lexer->word, "key:") == 0;
	if (!lexer->yaml && strcmp(lexer->word, "key") != 0)
		return wrong(lexer, "no key begins here");
	rc = lexer->yaml ? read_knot(lexer, seen, ret) : read_bind(lexer, seen, ret);
	if (rc == DCV_OK && (!seen[1] || !seen[2]))
		rc = wrong(lexer, "algorithm or secret is missing");
	if (rc == DCV_OK && (next(lexer) || lexer->bad))
		rc = wrong(lexer, "something stands behind the key: one key is wanted");
	return rc;
}

enum dcv_err dcv_tsig_key_parse(const char *text, struct dcv_tsig_key *ret,
	struct dcv_error *err)
{
	struct lexer lexer = {.at = text, .line = 1, .err = err};
	struct dcv_tsig_key key = {.n = 0};
	enum dcv_err rc = read_key(&lexer, &key);

	if (rc == DCV_OK)
		*ret = key;
	dcv_tsig_key_clear(&key);
	explicit_bzero(&lexer, sizeof lexer);
	return rc;
}

void dcv_tsig_key_clear(struct dcv_tsig_key *key)
{
	explicit_bzero(key, sizeof *key);
}
