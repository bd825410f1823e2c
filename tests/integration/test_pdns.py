# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Zone files that PowerDNS serves with its bind backend."""
import functools

import flows
from flows import NEW, OWNER, record, stands
from harness import Site, equal, test
from servers import Pdns

flows.add("pdns", Pdns)


@functools.partial(test, module="pdns", kind=functools.partial(Site, server=Pdns))
def cached_answers_do_not_matter(site):
    """What its caches held of the owner before the edit is gone after it."""
    for _ in range(3):
        equal(site.values(OWNER), [], "values served before")
    site.apply(site.order(1001, record(NEW)))
    stands(site, NEW)
