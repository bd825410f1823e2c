# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""The independent witnesses: dig for one server, the lab's unbound for what a CA would see."""
import dataclasses
import re
import subprocess
import time

from report import Failure
from world import HOSTS, RESOLVER


@dataclasses.dataclass
class Answer:
    """`status`: the RCODE, or silent, closed, unreachable, malformed. `answer`, `authority`,
    `additional`: lists of (owner, ttl, type, rdata)."""
    status: str
    flags: set = dataclasses.field(default_factory=set)
    answer: list = dataclasses.field(default_factory=list)
    authority: list = dataclasses.field(default_factory=list)
    additional: list = dataclasses.field(default_factory=list)
    text: str = ""
    edns: bool = False

    def values(self, rrtype):
        return sorted(record[3] for record in self.answer if record[2] == rrtype)

    def ede(self):
        found = re.search(r"; EDE: (\d+)", self.text)
        return int(found[1]) if found else None


def dig(where, name, rrtype, *options):
    """where: a word of HOSTS (its first address), an address, or None for the resolver."""
    address = RESOLVER if where is None else HOSTS[where][0] if where in HOSTS else where
    done = subprocess.run(
        ["dig", f"@{address}", "+rec" if where is None else "+norec", "+tries=1", "+retry=0",
         f"+time={20 if where is None else 1}", *options, f"{name}.", rrtype],
        capture_output=True, text=True, timeout=60)
    return parse(done.stdout)


def parse(text):
    head = re.search(r"status: (\w+)", text)
    if not head:
        for word, status in (("connection refused", "closed"), ("timed out", "silent"),
                             ("unreachable", "unreachable"), ("end of file", "closed")):
            if word in text:
                return Answer(status, text=text)
        return Answer("malformed", text=text)
    found = Answer(head[1], text=text, edns="EDNS: version" in text)
    found.flags = set(re.search(r"flags: ([a-z ]*);", text)[1].split())
    section = None
    for line in text.splitlines():
        if line.startswith(";; ") and line.endswith(" SECTION:"):
            section = getattr(found, line[3:].split()[0].lower(), None)
        elif line and not line.startswith(";") and section is not None:
            owner, ttl, _, rrtype, rdata = line.split(None, 4)
            section.append((owner.rstrip(".").lower(), int(ttl), rrtype, rdata))
    return found


def need(condition, what, answer=None):
    if not condition:
        raise Failure(f"not provoked: {what}\n{answer.text if answer else ''}")


def until(holds):
    """Waits for what another process is about to do."""
    end = time.monotonic() + 20
    while not holds():
        if time.monotonic() > end:
            raise Failure("in vain")
        time.sleep(0.05)


def status(where, name, rrtype, wanted, *options):
    """Proof that this server answers so."""
    got = dig(where, name, rrtype, *options)
    need(got.status == wanted, f"{where} {name} {rrtype}: {got.status}, not {wanted}", got)
    return got


def values(where, name, rrtype, *wanted):
    got = dig(where, name, rrtype, "+bufsize=4096")
    need(got.values(rrtype) == sorted(wanted), f"{where} {name} {rrtype}: {got.values(rrtype)}",
         got)
    return got


def seen_by_ca(name, rrtype, wanted):
    """`secure`, `insecure` or `bogus`, as the lab's unbound says; bogus is SERVFAIL that goes
    when validation is off."""
    got = dig(None, name, rrtype, "+dnssec")
    if got.status == "SERVFAIL":
        state = "bogus" if dig(None, name, rrtype, "+cd").status != "SERVFAIL" else "failed"
    else:
        state = "secure" if "ad" in got.flags else "insecure"
    need(state == wanted, f"the CA's view of {name} {rrtype}: {state}, not {wanted}", got)
    return got
