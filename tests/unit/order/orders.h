/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What the tests of this room share: orders read, and what came of them as text. */
#ifndef DCV_TEST_ORDERS_H
#define DCV_TEST_ORDERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "order/life.h"
#include "order/order.h"

#define REPORT_MAX (256u * 1024u)

struct fixture {
	struct dcv_arena arena;
	struct dcv_diags diags;
	struct dcv_orders orders;
	struct dcv_buf text;
};

static inline void begin(struct fixture *f)
{
	*f = (struct fixture){.orders = {0}};
	dcv_buf_init(&f->text, REPORT_MAX);
}

static inline void end(struct fixture *f)
{
	dcv_buf_clear(&f->text);
	dcv_diags_clear(&f->diags);
	dcv_arena_clear(&f->arena);
}

/* The diagnostics: `[FILE:]LINE:COLUMN: [warning: ]TEXT`, and `  HELP` where there is one.
 * The file is left out if it is the one that read() reads. */
static inline const char *report(struct fixture *f)
{
	f->text.len = 0;
	dcv_buf_adds(&f->text, "");
	for (size_t i = 0; i < f->diags.n; i++) {
		const struct dcv_diag *diag = &f->diags.items[i];

		if (strcmp(diag->where, "o.yaml") != 0)
			dcv_buf_addf(&f->text, "%s:", diag->where);
		dcv_buf_addf(&f->text, "%u:%u: %s%s\n", diag->line, diag->column,
			diag->severity == DCV_SEV_WARNING ? "warning: " : "", diag->text);
		if (diag->help[0] != '\0')
			dcv_buf_addf(&f->text, "  %s\n", diag->help);
	}
	return dcv_buf_text(&f->text);
}

/* The claims of an order, `OWNER TYPE VALUE (DOMAIN)` a line, then `names: NAME…`. */
static inline const char *claims(struct fixture *f, const struct dcv_order *order)
{
	char name[DCV_NAME_TEXT_MAX], type[DCV_TYPE_TEXT_MAX];

	f->text.len = 0;
	for (size_t i = 0; i < order->n_claims; i++) {
		const struct dcv_claim *claim = &order->claims[i];

		dcv_buf_addf(&f->text, "%s %s ", dcv_name_text(&claim->owner, name),
			dcv_type_text(claim->type, type));
		dcv_rdata_text(claim->type, &claim->rdata, &f->text);
		dcv_buf_addf(&f->text, " (%s)\n", dcv_name_text(&claim->domain, name));
	}
	dcv_buf_adds(&f->text, "names:");
	for (size_t i = 0; i < order->n_names; i++)
		dcv_buf_addf(&f->text, " %s", dcv_name_text(&order->names[i], name));
	dcv_buf_addc(&f->text, '\n');
	return dcv_buf_text(&f->text);
}

static inline void read_yaml(struct fixture *f, const char *text)
{
	begin(f);
	dcv_orders_parse("o.yaml", text, strlen(text), "1", &f->arena, &f->orders,
		&f->diags);
}

/* Reads one good order, in which nothing is even warned of. */
static inline const struct dcv_order *good(struct fixture *f, const char *text)
{
	read_yaml(f, text);
	assert_string_equal(report(f), "");
	assert_int_equal(f->orders.n, 1);
	assert_int_equal(f->diags.code, DCV_OK);
	return f->orders.items[0];
}

/* Reads what gives no order, and exactly these errors. */
static inline void bad(const char *text, const char *wanted)
{
	struct fixture f;

	read_yaml(&f, text);
	assert_string_equal(report(&f), wanted);
	assert_int_equal(f.orders.n, 0);
	assert_int_equal(f.diags.code, DCV_E_ORDER);
	end(&f);
}

/* A record that gives these claims and no word about it. */
static inline void good_record(const char *record, const char *wanted)
{
	char text[4096];
	struct fixture f;

	(void)snprintf(text, sizeof text, "ca: digicert\nrecords:\n- %s\n", record);
	assert_string_equal(claims(&f, good(&f, text)), wanted);
	end(&f);
}

/* A record that gives an error. */
static inline void bad_record(const char *record, const char *wanted)
{
	char text[4096];

	(void)snprintf(text, sizeof text, "ca: digicert\nrecords:\n- %s\n", record);
	bad(text, wanted);
}

/* A record that gives claims and a warning. */
static inline void odd_record(const char *record, const char *wanted, const char *warning)
{
	char text[4096];
	struct fixture f;

	(void)snprintf(text, sizeof text, "ca: digicert\nrecords:\n- %s\n", record);
	read_yaml(&f, text);
	assert_string_equal(report(&f), warning);
	assert_int_equal(f.orders.n, 1);
	assert_int_equal(f.diags.code, DCV_OK);
	assert_string_equal(claims(&f, f.orders.items[0]), wanted);
	end(&f);
}

#endif
