/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Any octets as a zone file: scanned, read, edited and undone. What is accepted must come out
 * as it was but for the serial, and a scan that is fast must find what a slow one finds. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "zones/commit.h"
#include "zones/scan.h"

#define INPUT_MAX (64u * 1024u)
#define NOW 1795219200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void insist(int good, const char *what)
{
	if (!good) {
		(void)fprintf(stderr, "fuzz_zone_scan: %s\n", what);
		abort();
	}
}

static int make_file(const uint8_t *data, size_t size)
{
	int fd = memfd_create("zone", MFD_CLOEXEC);

	insist(fd >= 0 && write(fd, data, size) == (ssize_t)size, "memfd");
	return fd;
}

/* Entries lie one behind the other, whatever the window. */
static uint64_t scan(int fd, size_t window)
{
	struct dcv_zscan scanner;
	struct dcv_zraw raw;
	uint64_t end = 0, sum = 0;

	dcv_zscan_init(&scanner, fd, window);
	while (dcv_zscan_next(&scanner, &raw) == DCV_ZSCAN_ENTRY) {
		insist(raw.offset >= end && raw.len > 0, "overlapping entries");
		end = raw.offset + raw.len;
		sum = sum * 31 + end * 7 + raw.line;
	}
	dcv_zscan_clear(&scanner);
	return sum;
}

static struct dcv_zfound *gather(int fd, enum dcvp_class *ret)
{
	static const char *const names[] = {"_x.example.test.", "www.example.test.",
		"a.b.example.test."};
	const struct dcv_zsource source = {.fd = fd, .path = "zone", .dir = "/nonexistent"};
	struct dcv_name apex, owners[3];
	struct dcv_error why = {0};
	struct dcvp_error err = {0};
	struct dcv_zfound *found = NULL;

	insist(dcv_name_from("example.test.", &apex, &why) == DCV_OK, "apex");
	for (size_t i = 0; i < 3; i++)
		insist(dcv_name_from(names[i], &owners[i], &why) == DCV_OK, "name");
	*ret = dcv_zgather(&source, &apex, owners, 3, &found, &err);
	return found;
}

/* The file after an edit of all three names; -1: it was refused. */
static int edit(int fd, const struct dcv_zfound *found, int adds,
	struct dcv_zfound **ret_after)
{
	static const char *const value[] = {"\"dcv-fuzz;1\"", "\"2\""};
	const struct dcvp_edit edits[] = {{"_x.example.test.", DCV_TYPE_TXT, 300,
						  adds ? 2 : 0, adds ? 0 : 2, value,
						  value, NULL},
		{"www.example.test.", DCV_TYPE_TXT, 60, adds ? 1 : 0, adds ? 0 : 1, value,
			value, NULL},
		{"a.b.example.test.", DCV_TYPE_TXT, 300, adds ? 1 : 0, adds ? 0 : 1,
			value, value, NULL}};
	const struct dcvp_change change = {"example.test.", "f", NULL, 3, edits};
	enum dcvp_outcome outcomes[3];
	struct dcv_zpatches patches = {0};
	struct dcvp_error err = {0};
	enum dcvp_class end;
	int copy = -1;

	*ret_after = NULL;
	if (dcv_zpatches_make(found, fd, &change, NOW, &patches, outcomes, &err) ==
		DCVP_OK) {
		copy = make_file(NULL, 0);
		insist(dcv_zcopy(fd, found->files[0].size, patches.items, patches.n,
			       copy) == 0,
			"copy");
		*ret_after = gather(copy, &end);
		if (*ret_after == NULL ||
			(patches.n > 0 &&
				dcv_zverify(found, &patches, *ret_after, &err) != DCVP_OK)) {
			(void)fprintf(stderr, "%s\n", err.text);
			insist(0, "the edit is not what was meant");
		}
	}
	dcv_zpatches_clear(&patches);
	return copy;
}

static void edit_and_undo(int fd, const struct dcv_zfound *found)
{
	struct dcv_zfound *added, *removed = NULL;
	int there = edit(fd, found, 1, &added), back = -1;

	if (there >= 0)
		back = edit(there, added, 0, &removed);
	if (there >= 0)
		(void)close(there);
	if (back >= 0)
		(void)close(back);
	dcv_zfound_free(added);
	dcv_zfound_free(removed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum dcvp_class end;
	struct dcv_zfound *found;
	int fd;

	if (size > INPUT_MAX)
		return 0;
	fd = make_file(data, size);
	insist(scan(fd, 1) == scan(fd, DCV_ZSCAN_WINDOW), "the window matters");
	found = gather(fd, &end);
	insist((found != NULL) == (end == DCVP_OK), "neither found nor refused");
	if (found != NULL)
		edit_and_undo(fd, found);
	dcv_zfound_free(found);
	(void)close(fd);
	return 0;
}
