# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Zone files that a Knot serves: as they are, with a journal of its own, and with updates."""
import functools

import flows
from flows import NEW, OWNER, record, stands
from harness import Site, check, equal, test
from servers import Knot, KnotDynamic, KnotJournal

flows.add("knot", Knot)
flows.add("knot-journal", KnotJournal)
flows.add("knot-freeze", KnotDynamic, flows.FROZEN, journal="freeze")
frozen = functools.partial(
    test, module="knot-freeze",
    kind=functools.partial(Site, server=KnotDynamic, keys={"journal": "freeze"}))


def is_frozen(site):
    return "freeze: yes" in site.server.tell("zone-status", "example.com")


@frozen
def updates_survive(site):
    """What the server had only in its journal is in the file, and served, after the edit."""
    site.server.update("example.com", "update add dyn.example.com 60 TXT by-update")
    check("by-update" not in site.zone_file.read_text(), "the update is in the file already")
    site.apply(site.order(1001, record(NEW)))
    stands(site, NEW)
    equal(site.values("dyn.example.com"), ["by-update"], "the update's value")
    equal(is_frozen(site), False, "frozen")
    site.server.update("example.com", "update add dyn2.example.com 60 TXT later")
    equal(site.values("dyn2.example.com"), ["later"], "a later update's value")


@frozen
def frozen_by_somebody_else(site):
    before, order = site.identity(), site.order(1001, record(NEW))
    site.server.tell("-b", "zone-freeze", "example.com")
    run = site.apply(order, status=6)
    check("knotc" in run.err and "zone-thaw" in run.err, "the way out is not named")
    equal(site.identity(), before, "identity of the zone file")
    equal(is_frozen(site), True, "still frozen by the other")
    equal(site.values(OWNER), [], "values served")
    site.server.tell("-b", "zone-thaw", "example.com")
    site.apply(order)
    stands(site, NEW)
    equal(is_frozen(site), False, "frozen")
