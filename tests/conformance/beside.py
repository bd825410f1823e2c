# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What is tried of a backend through whole commands, beside the groups of `provider test`."""
import json
import re

from report import Failure

import backends
from servers import dig

OWNER = "_dnsauth.www.example.com"


def check(condition, text):
    if not condition:
        raise Failure(text)


def order(backend, number, *records, **keys):
    """Writes an order's file; its path."""
    path = backend.where / f"{number}.yaml"
    keys = {"ca": "digicert", **keys}
    path.write_text("".join(f"{key}: {value}\n" for key, value in keys.items()) + "records:\n" +
                    "".join(f"  - {record}\n" for record in records))
    return str(path)


def apply(backend, program, *args, status=0, **keys):
    return backend.run(program, "apply", "--until", "published", "--deadline", "20s", *args,
                       status=status, **keys)


def tells_clock(backend, done, skew_s):
    """That our clock is off is told, by how much, and against whose. skew_s: how far the service's is
    ahead, some minutes."""
    found = re.search(r"the clock of this machine is (\d+) min(?: (\d+) s)? (ahead of|behind) "
                      r"that of (\S+): ", done.stderr)
    check(found, f"the clock, or how far it is off, is not told\n{done.stderr}")
    check(abs(60 * int(found[1]) + int(found[2] or 0) - abs(skew_s)) <= 2 and
          found[3] == ("behind" if skew_s > 0 else "ahead of") and
          found[4] == backend.url().removeprefix("http://"),
          f"it is {skew_s} s ahead of us\n{done.stderr}")
    check("help: set the clock of this machine" in done.stderr, f"what to do?\n{done.stderr}")


def unknown_key(backend, program):
    """An account's key that its provider does not declare: its line, before anything is done."""
    backend.configure(colour="blue")
    done = apply(backend, program, order(backend, 1, f"{OWNER} TXT token-1"), status=78)
    check("colour" in done.stderr and "dcvctl.yaml:" in done.stderr,
          f"key and line are not named:\n{done.stderr}")
    check(not backend.values(OWNER), "written all the same")


def below_a_cut(backend, program):
    done = apply(backend, program, order(backend, 1, "_dnsauth.a.child.example.com TXT token-1"),
                 status=6)
    check("child.example.com" in done.stderr, f"the cut is not named:\n{done.stderr}")


def elsewhere(backend, program):
    """A name that no bound zone holds is an error, not an empty zone."""
    done = apply(backend, program, order(backend, 1, "_dnsauth.example.org TXT token-1"),
                 status=None)
    check(done.returncode in (6, 78), f"exit status {done.returncode}\n{done.stderr}")
    check("example.org" in done.stderr, f"the name is not named:\n{done.stderr}")


def under_a_wildcard(backend, program):
    """A new owner would take names out of the wildcard: what the backend reads shows it."""
    done = apply(backend, program, order(backend, 1, "_dnsauth.x.wild.example.com TXT token-1"),
                 status=6)
    check("wild.example.com" in done.stderr, f"the wildcard is not named:\n{done.stderr}")


def cname_in_the_way(backend, program):
    apply(backend, program, order(backend, 1, f"{OWNER} CNAME a.validation.example."))
    done = apply(backend, program, order(backend, 2, f"{OWNER} TXT token-2"), status=None)
    check(done.returncode in (6, 65), f"exit status {done.returncode}\n{done.stderr}")
    check(not backend.values(OWNER), "TXT beside a CNAME")


def cname_refused(backend, program):
    """Where there can be none it is refused before anything is written."""
    before = backend.zone()
    done = apply(backend, program, order(backend, 1, f"{OWNER} CNAME a.validation.example."),
                 status=6)
    check("CNAME" in done.stderr, f"why is not told:\n{done.stderr}")
    check(backend.zone() == before, "written all the same")


def second_run(backend, program):
    """Nothing to do: no serial, no write."""
    path = order(backend, 1, f"{OWNER} TXT token-1", "_dnsauth.example.com TXT token-2")
    apply(backend, program, path)
    before, serial = backend.zone(), backend.serial()
    done = apply(backend, program, "--json", path)
    check(json.loads(done.stdout)["changed"] is False, "changed")
    check(backend.serial() == serial, "the serial moved")
    check(backend.zone() == before, "the zone moved")


def life(backend, program):
    """Order, re-issue, close, clean-up: in the end the zone is as it was."""
    before = backend.zone()
    apply(backend, program, order(backend, 1, f"{OWNER} TXT token-1"))
    check(backend.values(OWNER) == ["token-1"], f"served: {backend.values(OWNER)}")
    check([ttl for ttl, _ in dig(backend.server.port, OWNER, "TXT")] == [300], "no TTL of 300")
    apply(backend, program, order(backend, 1, f"{OWNER} TXT token-2"))
    check(backend.values(OWNER) == ["token-2"], f"served: {backend.values(OWNER)}")
    backend.run(program, "close", "--issued", "1")
    backend.run(program, "cleanup", "1")
    check(backend.zone() == before, f"left: {set(backend.zone()) ^ set(before)}")


def foreign_stays(backend, program):
    """Beside a value and a TTL of somebody else, at a shared name."""
    path = order(backend, 1, "www.example.com TXT k7q2x9m4t1v8b5n3c6z0h2d8f4g6j1p5")
    apply(backend, program, path)
    check(backend.values("www.example.com") == ["foreign: stays", "k7q2x9m4t1v8b5n3c6z0h2d8f4g6j1p5"],
          f"served: {backend.values('www.example.com')}")
    check({ttl for ttl, _ in dig(backend.server.port, "www.example.com", "TXT")} == {3600},
          "the foreign TTL is gone")
    backend.run(program, "cleanup", "--cancel", "1")
    check(dig(backend.server.port, "www.example.com", "TXT") == [(3600, '"foreign: stays"')],
          f"served: {dig(backend.server.port, 'www.example.com', 'TXT')}")


def tests(kind):
    """(group, title, function) of a kind of backend."""
    if kind.provider is not None:
        yield "hello", "unknown-key", unknown_key
    yield "zone", "below-a-cut", below_a_cut
    yield "zone", "elsewhere", elsewhere
    yield "zone", "under-a-wildcard", under_a_wildcard
    yield "present", "life", life
    yield "foreign", "stays", foreign_stays
    yield ("cname", "refused", cname_refused) if kind.no_cname else \
        ("cname", "in-the-way", cname_in_the_way)
    yield "quiet", "second-run", second_run
