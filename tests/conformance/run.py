# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Runs the conformance suite: run.py DCVCTL [PATTERN] [--table|--all], or
run.py --list. Each backend goes through the groups of `dcvctl provider test`, then through what the
program alone cannot do to itself (faults.py). `--table` ends with the count of steps of each
backend and group: passed, and what failed and what the backend says that it cannot. `--all` does
so too, with 1,001 owners instead of 101 and every fault at every backend."""
import functools
import json
import pathlib
import sys
import tempfile

import report
from report import Failure

import backends
import beside
import cloudflare
import faults
import kinds

GROUPS = ("hello", "zone", "present", "together", "foreign", "ttl", "txt", "caa", "cname", "quiet",
          "many", "faults", "visible")
faults.SIMULATED.update({kind: faults.FEW for kind in kinds.KINDS.values()})
faults.SIMULATED[backends.Lexicon] = ("401", "after-500")
faults.SIMULATED[cloudflare.BatchBackend] = ("cut", "after-500")
WHOLE = {**backends.BACKENDS, "exec-lexicon": backends.Lexicon, **kinds.KINDS,
         "cloudflare-batch": cloudflare.BatchBackend}
# The last one has no groups: it holds TXT only, one value at a time, and its TTL is its own.
KINDS = {**WHOLE, "exec-httpreq": backends.ExecHttpreq}
# Steps that a server cannot do, which its backend says of itself; no other may be left out.
CANNOT = {"rfc2136-pdns": {"an empty value", "an empty value beside others"},
          "exec-python": {"the receipt's serial is served"},
          # No backslash, so no quote and nothing but ASCII; 4,096 characters with the quotes.
          "sim-huaweicloud": {
              "double quotes", "a double quote alone", "backslashes", "quotes and backslashes",
              "a backslash in front of digits", "marks of JSON and YAML", "UTF-8",
              "octets that are no UTF-8", "control characters", "4,096 octets", "every octet",
              "an empty value", "an empty value beside others", "the receipt's serial is served"},
          "sim-route53": {"4,096 octets", "the receipt's serial is served"},
          # 4,096 octets are what a record has on the wire, the lengths of its strings included.
          "sim-cloudflare": {"0 octets", "4,096 octets", "the receipt's serial is served"}}
# What stands in the example's README.
CANNOT["exec-lexicon"] = {
    *CANNOT["sim-huaweicloud"], "another TTL, the same value",
    "a value comes and the TTL of the others changes", "0 octets", "256 octets", "510 octets",
    "511 octets", "1,024 octets", "a CNAME", "the same again", "its target is replaced",
    "TXT beside it is refused", "a second target is refused", "a CNAME beside TXT is refused",
    "TXT to CNAME in one change", "and back", "a target within the zone",
    "an internationalised target", "an internationalised owner", "a target of 253 characters",
    "of two edits one cannot be"}
CANNOT["cloudflare-batch"] = CANNOT["sim-cloudflare"]
PROGRAM, ALL = [], "--all" in sys.argv
AT_ONCE = 16  # most of the time is waiting: for servers, deadlines, the proxies' silence
COUNTS = {}  # (backend, group): [passed, failed, cannot]


def within(name, function):
    """A test of a backend that runs: function(backend, program)."""
    def run():
        with tempfile.TemporaryDirectory(prefix="dcvctl-conformance.") as where:
            with KINDS[name](pathlib.Path(where).resolve()) as backend:
                return function(backend, PROGRAM[0])
    return run


def count(backend, group, state):
    cell = COUNTS.setdefault((backend, group), [0, 0, 0])
    cell[("passed", "failed", "cannot").index(state)] += 1


def groups(name, backend, program):
    """All groups in one run; the zone afterwards is the zone before."""
    before = backend.zone()
    done = backend.run(program, "provider", "test", *backend.account_words(), "--zone",
                       backends.ZONE_NAME, "--yes", "--apex", "--json", *(["--all"] if ALL else []),
                       status=None)
    try:
        told = json.loads(done.stdout)
        steps = told["provider"]["steps"]
    except (ValueError, KeyError, TypeError):
        raise Failure(f"no result (exit status {done.returncode})\n{done.stdout[-2000:]}\n"
                      f"{done.stderr[-4000:]}") from None
    lines = []
    for number, group in enumerate(GROUPS, 1):
        mine = [step for step in steps if step["number"] == number]
        for step in mine:
            count(name, group, step["state"])
        bad = [f"{step['step']}: {step['text']}" for step in mine if step["state"] == "failed" or
               step["state"] == "cannot" and step["step"] not in CANNOT.get(name, ())]
        if not mine:
            bad = ["no step of this group was carried out"]
        lines.append((f"{name}/{number:02d}-{group}", "\n".join(bad) or None))
    failed = any(text for _, text in lines)
    if (done.returncode == 0) == failed:
        lines.append((f"{name}/exit-status", f"exit status {done.returncode}"))
    after = backend.zone()
    lines.append((f"{name}/10-quiet/nothing-else-moved",
                  None if before == after else f"moved: {sorted(set(before) ^ set(after))[:20]}"))
    return lines


def counted(name, group, function):
    """A test that counts in the table."""
    def run(backend, program):
        try:
            function(backend, program)
        except Exception:
            count(name, group, "failed")
            raise
        count(name, group, "passed")
    return run


def tests():
    """The groups first: they are the longest."""
    for name in WHOLE:
        yield f"{name}/groups", within(name, functools.partial(groups, name))
    for name, kind in KINDS.items():
        for group, title, function in (*(beside.tests(kind) if name in WHOLE and not kind.variant
                                         else ()),
                                       *faults.tests(kind, ALL), *kind.own):
            yield (f"{name}/{GROUPS.index(group) + 1:02d}-{group}/{title}",
                   within(name, counted(name, group, function)))


def table():
    names = [name for name in KINDS if any(key[0] == name for key in COUNTS)]
    width = max(map(len, GROUPS)) + 3
    print(" " * width + "  ".join(name.rjust(14) for name in names))
    for number, group in enumerate(GROUPS, 1):
        cells = []
        for name in names:
            passed, failed, cannot = COUNTS.get((name, group), [0, 0, 0])
            cells.append(f"{passed}" + (f", FAIL {failed}" if failed else "") +
                         (f", cannot {cannot}" if cannot else ""))
        print(f"{number:2} {group}".ljust(width) + "  ".join(cell.rjust(14) for cell in cells))


if __name__ == "__main__":
    if sys.argv[1] != "--list":
        PROGRAM.append(str(pathlib.Path(sys.argv.pop(1)).resolve()))
    shown = ALL or "--table" in sys.argv
    sys.argv = [word for word in sys.argv if word not in ("--table", "--all")]
    status = report.main("conformance", list(tests()), AT_ONCE)
    if shown:
        table()
    sys.exit(status)
