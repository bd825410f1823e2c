# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Brings the lab up, runs the scenes in it, and tells what was found. See run.sh."""
import os
import signal
import subprocess
import sys

import broken_elsewhere
import broken_records
import broken_servers
import broken_trust
import caa
import guard
import healthy
import issuing
import judge
import report
import through
import waiting
from world import World

SCENES = [*healthy.SCENES, *broken_records.SCENES, *broken_servers.SCENES, *broken_trust.SCENES,
          *broken_elsewhere.SCENES]
SAMPLE = ("CTS-", "BLD-1", "RFC-0", "TUM-")  # of the CAA cases, where not all are asked for
AT_ONCE = 4  # most of a scene is waiting for servers that do not answer
MODES = {"--table", "--proof", "--all", "--list"}


def pick(modes, args):
    """The scenes, the CAA cases and the orders of this run."""
    cases = caa.cases()
    if args == ["caa"]:
        return [], cases, []
    if args == ["pebble"]:
        return [], [], issuing.CASES
    if "--table" in modes:
        return SCENES, [], []
    if modes & {"--all", "--list"}:
        return SCENES, cases, issuing.CASES
    return SCENES, [case for case in cases if case.test.startswith(SAMPLE)], []


def tests_of(modes, results, scenes, cases, orders):
    issued = issuing.Run("--proof" in modes)
    tests = [(scene.title(), lambda scene=scene: judge.run(scene, modes, results))
             for scene in scenes]
    if scenes:
        tests += [(f"{word}/{case.name}", lambda case=case: case.run("--proof" in modes))
                  for word, of in (("guard", guard), ("wait", waiting),
                                         ("through", through)) for case in of.CASES]
    tests += [(f"caa/{case.test}", lambda case=case: case.run("--proof" in modes))
              for case in cases]
    return tests + [(f"pebble/{issuing.label_of(each.name, each.good)}",
                     lambda each=each: issuing.run(each, issued)) for each in orders]


def world(scenes, cases, orders):
    more, script = caa.zones(cases)
    return World([*healthy.BASE, *(zone for scene in scenes for zone in scene.zones), *more,
                  *guard.ZONES, *waiting.ZONES, *through.ZONES,
                  *(issuing.zones() if orders else [])], {**broken_trust.SCRIPT, **script})


def end(*_):
    sys.exit(1)


def main(args):
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    if args[:1] == ["--"]:
        with world(*pick({"--all"}, [])):
            return subprocess.run(args[1:] or [os.environ.get("SHELL", "bash")]).returncode
    modes = MODES & set(args)
    args = [arg for arg in args if arg not in modes]
    picked, results = pick(modes, args), {}
    tests = tests_of(modes, results, *picked)
    pattern = [f"{args[0]}/"] if args in (["caa"], ["pebble"]) else args
    sys.argv = [sys.argv[0], *(["--list"] if "--list" in modes else pattern)]
    if "--list" in modes:
        return report.main("lab", tests)
    with world(*picked):
        status = report.main("lab", tests, AT_ONCE)
    if "--table" in modes:
        judge.table(picked[0], results)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
