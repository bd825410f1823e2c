/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Zones into which a server writes too: the journal beside the file, and the zone frozen
 * around an edit. A zone that is frozen by us has a mark beside its file, so that a run that
 * was cut off is told from a person who edits. */
#ifndef DCV_ZONES_FREEZE_H
#define DCV_ZONES_FREEZE_H

#include "zones/session.h"

/* Whether the file may be edited in spite of a journal beside it: if the zone is frozen for
 * the edit, or BIND says that it only signs. Fails: DCVP_REFUSED, DCVP_FAILED. */
enum dcvp_class dcv_zjournal_judge(struct dcv_zsession *session,
	const struct dcv_zcall *call, struct dcvp_error *err) DCV_NODISCARD;
/* Tells once a session that the journal's changes are not in the file as it is read. */
void dcv_zjournal_note(struct dcv_zsession *session, const struct dcv_zcall *call);

/* With `journal: freeze`: the server takes no updates any more until the thaw and, if `flushed`,
 * has written all it had into the file, which is opened anew. Once a session; without the
 * setting it does nothing. Fails: DCVP_REFUSED (somebody else froze it), DCVP_FAILED. */
enum dcvp_class dcv_zfreeze(struct dcv_zsession *session, struct dcv_zcall *call,
	const char *zone, bool flushed, struct dcvp_error *err) DCV_NODISCARD;
/* Thaws what was frozen. Fails: DCVP_UNKNOWN, with the command to type. */
enum dcvp_class dcv_zthaw(struct dcv_zsession *session, struct dcvp_error *err);
/* The same at the end of a session, where a failure can only be logged. */
void dcv_zthaw_last(struct dcv_zsession *session);

#endif
