# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Runs the conformance suite: run.py DCVCTL-RELEASE DCVCTL-ASAN [PATTERN] [--table], or run.py
--list. Each backend goes through the groups of `dcvctl provider test`, then through what the
program alone cannot do to itself (faults.py). `--table` ends with the count of steps of each
backend and group: passed, and what failed and what the backend declares that it cannot."""
import functools
import json
import pathlib
import sys
import tempfile

import report
from report import Failure

import backends
import beside
import faults

GROUPS = ("hello", "zone", "present", "together", "foreign", "ttl", "txt", "caa", "cname", "quiet",
          "many", "faults", "visible")
PROGRAM = {}
COUNTS = {}  # (backend, group): [passed, failed, cannot]


def within(name, function):
    """A test of a backend that runs: function(backend, program)."""
    def run():
        with tempfile.TemporaryDirectory(prefix="dcvctl-conformance.") as where:
            with backends.BACKENDS[name](pathlib.Path(where).resolve()) as backend:
                return function(backend, PROGRAM["asan"])
    return run


def count(backend, group, state):
    cell = COUNTS.setdefault((backend, group), [0, 0, 0])
    cell[("passed", "failed", "cannot").index(state)] += 1


def groups(name, backend, program):
    """All groups in one run; the zone afterwards is the zone before."""
    before = backend.zone()
    done = backend.run(program, "provider", "test", *backend.account_words(), "--zone",
                       backends.ZONE_NAME, "--yes", "--apex", "--all", "--json", status=None)
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
        bad = [f"{step['step']}: {step['text']}" for step in mine if step["state"] == "failed"]
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
    for name, kind in backends.BACKENDS.items():
        yield f"{name}/groups", within(name, functools.partial(groups, name))
        for group, title, function in (*beside.tests(kind), *faults.tests(kind)):
            yield (f"{name}/{GROUPS.index(group) + 1:02d}-{group}/{title}",
                   within(name, counted(name, group, function)))


def table():
    names = [name for name in backends.BACKENDS if any(key[0] == name for key in COUNTS)]
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
        for build in ("release", "asan"):
            PROGRAM[build] = str(pathlib.Path(sys.argv.pop(1)).resolve())
    shown = "--table" in sys.argv
    if shown:
        sys.argv.remove("--table")
    status = report.main("conformance", list(tests()))
    if shown:
        table()
    sys.exit(status)
