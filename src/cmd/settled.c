/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows when no cache can hold an older answer any more: by what the ledger has noted, or
 * by what was seen to change. */
#include "cmd/internal.h"

void dcv_verify_learn(struct dcv_verify *verify)
{
	for (size_t i = 0; i < verify->n_items; i++) {
		struct dcv_check_item *item = &verify->items[i];

		for (size_t s = 0; !verify->targets[i].noted &&
			s < verify->zones[item->zone].n_servers;
			s++) {
			const struct dcv_observation *seen = dcv_check_at(&verify->result,
				i, s);

			if (seen->first_has_s == 0 || seen->former_s <= item->cached_s)
				continue;
			item->cached_s = seen->former_s;
			verify->targets[i].was_absent = seen->was_absent;
		}
	}
}

bool dcv_verify_is_known(const struct dcv_verify *verify)
{
	for (size_t i = 0; i < verify->n_items; i++) {
		if (!verify->targets[i].noted && verify->items[i].cached_s == 0)
			return false;
	}
	return true;
}

int64_t dcv_verify_settled(const struct dcv_verify *verify, bool changed)
{
	int64_t settled_s = 0;

	for (size_t i = 0; i < verify->n_items; i++) {
		const struct dcv_order_row *row = verify->subjects[i]->row;
		int64_t from_s = verify->result.effective_at_s;

		/* Noted by an earlier run: the clock of the caches began then, unless this run
		 * changed something. */
		if (!changed && row != NULL && row->state == DCV_STATE_EFFECTIVE &&
			row->revision == verify->subjects[i]->revision &&
			row->effective_at != 0 && row->effective_at < from_s)
			from_s = row->effective_at;
		if (from_s + verify->items[i].cached_s > settled_s)
			settled_s = from_s + verify->items[i].cached_s;
	}
	return settled_s;
}
