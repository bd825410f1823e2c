/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the form of files that a vendor's tools share: [section], key = value. It does
 * not know which sections and keys there are. */
#include <string.h>
#include <strings.h>

#include "providers/kit/kit.h"

#define BLANKS " \t\r"

static void trim(const char **at, size_t *len)
{
	while (*len > 0 && strchr(BLANKS, **at) != NULL) {
		(*at)++;
		(*len)--;
	}
	while (*len > 0 && strchr(BLANKS, (*at)[*len - 1]) != NULL)
		(*len)--;
}

/* Behind a blank a comment may follow. */
static size_t without_comment(const char *at, size_t len)
{
	for (size_t i = 1; i < len; i++) {
		if ((at[i] == '#' || at[i] == ';') && strchr(BLANKS, at[i - 1]) != NULL)
			return i;
	}
	return len;
}

static int is_section(const char *at, size_t len, dcv_kit_section is_meant,
	const void *ctx)
{
	len = without_comment(at, len);
	trim(&at, &len);
	if (len < 2 || at[len - 1] != ']')
		return 0;
	at++;
	len -= 2;
	trim(&at, &len);
	return is_meant(at, len, ctx);
}

static void take_line(struct dcv_kit *kit, const char *at, size_t len,
	const struct dcv_kit_ini *keys, size_t n)
{
	size_t key_len = strcspn(at, "=:\n"), value_len;
	const char *value = at + key_len + 1;

	if (key_len >= len)
		return;
	value_len = without_comment(value, len - key_len - 1);
	trim(&at, &key_len);
	trim(&value, &value_len);
	for (size_t i = 0; i < n; i++) {
		if (strlen(keys[i].key) == key_len && *keys[i].place == NULL &&
			strncasecmp(keys[i].key, at, key_len) == 0 && value_len > 0)
			*keys[i].place = dcv_kit_format(kit, "%.*s", (int)value_len,
				value);
	}
}

int dcv_kit_ini(struct dcv_kit *kit, const char *text, dcv_kit_section is_meant,
	const void *ctx, const struct dcv_kit_ini *keys, size_t n)
{
	size_t deep = SIZE_MAX; /* of the last key */
	int within = 0, found = 0;

	for (const char *at = text; *at != '\0'; at += at[0] == '\n') {
		size_t len = strcspn(at, "\n"), indent = strspn(at, BLANKS);

		if (at[0] == '[') {
			within = is_section(at, len, is_meant, ctx);
			found |= within;
			deep = SIZE_MAX;
		} else if (within && indent < len && indent <= deep &&
			strchr("#;", at[indent]) == NULL) {
			deep = indent;
			take_line(kit, at, len, keys, n);
		}
		at += len;
	}
	return found;
}
