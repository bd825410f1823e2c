/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* values FILE: writes the values on stdin, a line `TYPE HEX` each, into a zone file as our
 * encoder has them, at the owners v0, v1, …; reads the file back as zones/ does and prints the
 * same lines again. Who gives them can tell what was lost. */
#include "fuzz.h"

#include <fcntl.h>

#include "dns/rr.h"
#include "zones/found.h"

#define LINE_ROOM (2u * 65536u + 16u)

static const char head[] = "$ORIGIN z.test.\n$TTL 300\n@ SOA ns host 1 2 3 4 5\n@ NS ns\n"
			   "ns A 127.0.0.1\n";

struct values {
	size_t n;
	struct dcv_name *owners;
	struct dcv_arena arena;
};

static size_t read_hex(const char *text, uint8_t *out)
{
	size_t n = 0;
	unsigned octet;

	for (; sscanf(text + 2 * n, "%2x", &octet) == 1; n++)
		out[n] = (uint8_t)octet;
	return n;
}

static void add_owner(struct values *values)
{
	char text[32];
	struct dcv_error why = {0};

	values->owners = dcv_arena_grow(&values->arena, values->owners, values->n,
		sizeof *values->owners);
	(void)snprintf(text, sizeof text, "v%zu.z.test.", values->n);
	insist(values->owners != NULL &&
			dcv_name_from(text, &values->owners[values->n], &why) == DCV_OK,
		"owner");
	values->n++;
}

static void write_values(const char *path, struct values *values)
{
	static char line[LINE_ROOM];
	static uint8_t octets[LINE_ROOM];
	FILE *file = fopen(path, "w");
	unsigned type;
	int at;

	insist(file != NULL && fputs(head, file) >= 0, path);
	while (fgets(line, sizeof line, stdin) != NULL &&
		sscanf(line, "%u %n", &type, &at) == 1) {
		struct dcv_arena arena = {0};
		const struct dcv_rdata rdata = {(uint16_t)read_hex(line + at, octets),
			octets};
		char *text = dcv_rdata_dup_text((uint16_t)type, &rdata, &arena);
		char name[DCV_TYPE_TEXT_MAX];

		insist(text != NULL, "memory");
		(void)fprintf(file, "v%zu IN %s %s\n", values->n,
			dcv_type_text((uint16_t)type, name), text);
		dcv_arena_clear(&arena);
		add_owner(values);
	}
	insist(fclose(file) == 0, path);
}

static void print_value(const struct dcv_zfound *found, const struct dcv_name *owner)
{
	const struct dcv_znode *node =
		&found->nodes.items[dcv_znodes_find(&found->nodes, owner)];
	const struct dcv_zrecord *record;

	insist(node->n == 1, "not one record at an owner");
	record = &found->records[node->first];
	printf("%u ", record->type);
	for (size_t i = 0; i < record->wire.len; i++)
		printf("%02x", record->wire.wire[i]);
	printf("\n");
}

static void read_values(const char *path, const struct values *values)
{
	const struct dcv_zsource source = {.fd = open(path, O_RDONLY | O_CLOEXEC),
		.path = path,
		.dir = "/nonexistent"};
	struct dcv_zfound *found = NULL;
	struct dcv_name apex;
	struct dcv_error why = {0};
	struct dcvp_error err = {0};

	insist(source.fd >= 0 && dcv_name_from("z.test.", &apex, &why) == DCV_OK, path);
	insist(dcv_zgather(&source, &apex, values->owners, values->n, &found, &err) ==
			DCVP_OK,
		err.text);
	for (size_t i = 0; i < values->n; i++)
		print_value(found, &values->owners[i]);
	dcv_zfound_free(found);
	(void)close(source.fd);
}

int main(int argc, char **argv)
{
	struct values values = {0};

	insist(argc == 2, "usage: values FILE");
	write_values(argv[1], &values);
	read_values(argv[1], &values);
	dcv_arena_clear(&values.arena);
	return 0;
}
