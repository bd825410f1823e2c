/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how to hand files to a fuzz target, one after the other, so that seeds run
 * as ordinary tests without libFuzzer. It does not know what the target does with them. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define INPUT_MAX (16u * 1024u * 1024u)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input lies in a block of exactly its size, so that AddressSanitizer sees the first octet
 * that is read behind it. */
static int replay(const char *path)
{
	int rc = 1;
	FILE *file = NULL;
	uint8_t *input = NULL, *exact = NULL;
	size_t len;

	file = fopen(path, "rb");
	if (file == NULL) {
		perror(path);
		goto out;
	}
	input = malloc(INPUT_MAX);
	if (input == NULL)
		goto out;
	len = fread(input, 1, INPUT_MAX, file);
	if (ferror(file) != 0) {
		perror(path);
		goto out;
	}
	exact = realloc(input, len > 0 ? len : 1);
	if (exact == NULL)
		goto out;
	input = exact;
	(void)LLVMFuzzerTestOneInput(input, len);
	rc = 0;
out:
	free(input);
	if (file != NULL)
		(void)fclose(file);
	return rc;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		printf("%s\n", argv[i]);
		(void)fflush(stdout);
		if (replay(argv[i]) != 0)
			return 1;
	}
	return argc > 1 ? 0 : 1;
}
