# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What BIND, NSD and Knot say of a zone file, and the records that two of them read in it.

Only syntax and loading count: whether names are host names, addresses are there and types go
together is the zone's owner's business, is as true after an edit as before, and is judged by
each server in its own way. So named-checkzone is told to ignore all of that."""
import re
import subprocess

LIMIT_S = 120  # kzonecheck reads an include of itself until it has had enough
BIND = ["named-checkzone", "-i", "none", "-k", "ignore", "-m", "ignore", "-n", "ignore",
        "-r", "ignore", "-M", "ignore", "-S", "ignore", "-W", "ignore",
        "-q", "-D", "-s", "full", "-o", "-"]
COMMANDS = {
    "bind": lambda zone, file: [*BIND, zone, file],
    "nsd": lambda zone, file: ["nsd-checkzone", "-p", zone, file],
    "knot": lambda zone, file: ["kzonecheck", "-o", zone, file],
}


def run(server, zone, file, where):
    """(accepted, what it printed)."""
    done = subprocess.run(COMMANDS[server](zone, file), cwd=where, capture_output=True,
                          timeout=LIMIT_S, stdin=subprocess.DEVNULL, check=False)
    return done.returncode == 0, done.stdout.decode("latin-1")


def look(zone, file, where):
    """The records by server that accepts the file. Knot's checker prints none: None."""
    seen = {}
    for server in COMMANDS:
        accepted, printed = run(server, zone, file, where)
        if accepted:
            seen[server] = None if server == "knot" else records(printed)
    return seen


def records(printed):
    """{(owner, TTL, type, RDATA)} of a printed zone. NSD's has $ORIGIN, blank owners and a SOA
    in parentheses; BIND's has one whole record a line."""
    found, origin, owner = set(), "", ""
    for line in re.sub(r"\(\n\s*(.*) \)\n", r"\1\n", printed).split("\n"):
        if line.startswith("$ORIGIN"):
            origin = line.split()[1]
        if not line or line[0] in ";$":
            continue
        if not line[0].isspace():
            owner = line.split(maxsplit=1)[0]
            if not re.search(r"(?<!\\)(\\\\)*\.$", owner):
                owner += "." if origin == "." else "." + origin
        rest = line if line[0].isspace() else line.split(maxsplit=1)[1]
        ttl, _, rrtype, rdata = rest.split(maxsplit=3) if len(rest.split()) > 3 else \
            [*rest.split(), ""]
        found.add((owner.lower(), int(ttl), rrtype, rdata))
    return found


def serial(seen):
    """The serial that the records hold; one server's, for they agree on the SOA."""
    found = {int(rdata.split()[2]) for records_ in seen.values() if records_
             for _, _, rrtype, rdata in records_ if rrtype == "SOA"}
    return found.pop() if len(found) == 1 else None


def value(rrtype, rdata):
    """RDATA of TXT, CNAME and CAA so that equal ones are equal, whoever wrote them."""
    if rrtype == "CNAME":
        return rdata.lower().rstrip(".")
    strings = [quoted or plain for quoted, plain in
               re.findall(r'"((?:[^"\\]|\\.)*)"|([^\s"]+)', rdata)]
    octets = [re.sub(r"\\(\d{3})|\\(.)", lambda m: chr(int(m[1])) if m[1] else m[2], string)
              for string in strings]
    return "".join(octets) if rrtype == "TXT" else tuple(octets)
