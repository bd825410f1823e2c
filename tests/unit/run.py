# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Runs the unit tests: run.py DIRECTORY-OF-PROGRAMS [PATTERN], or run.py --list.

tests/unit/ROOM/test_FILE.c is the program DIRECTORY/unit/ROOM/FILE; each of its cmocka tests
is a test here. A program that leaks or dies is a failed test of its own."""
import os
import pathlib
import re
import subprocess
import sys

import report

HERE = pathlib.Path(__file__).parent
PROGRAM_LIMIT_S = 120


def tap(name, program):
    env = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP")
    try:
        run = subprocess.run([program], env=env, stdin=subprocess.DEVNULL, text=True,
                             errors="backslashreplace", stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, timeout=PROGRAM_LIMIT_S)
    except FileNotFoundError:
        raise report.Failure(f"{program}: was not built")
    except subprocess.TimeoutExpired as late:
        raise report.Failure(f"still running after {PROGRAM_LIMIT_S} s\n{late.output}")
    results = verdicts(name, run.stdout)
    failed = [text for _, text in results if text is not None]
    planned = re.search(r"^1\.\.(\d+)", run.stdout, re.M)
    if not planned or int(planned[1]) != len(results) or run.returncode != len(failed):
        results.append((name, f"exit status {run.returncode}\n{run.stdout}"))
    return results


def verdicts(name, output):
    """(name, None or reason) of each test; cmocka prints the reason behind the verdict."""
    results = []
    for line in output.splitlines():
        found = re.match(r"(ok|not ok) \d+ - (\S+)", line)
        if found:
            results.append((f"{name}/{found[2]}", None if found[1] == "ok" else ""))
        elif results and results[-1][1] is not None:
            results[-1] = (results[-1][0], results[-1][1] + line + "\n")
    return results


def sources():
    for source in sorted(HERE.glob("*/test_*.c")):
        yield source, f"{source.parent.name}/{source.stem.removeprefix('test_')}"


def listed():
    for source, name in sources():
        text = re.sub(r"(?m)^#define .*(?:\\\n.*)*", "", source.read_text())
        for table in re.findall(r"CMUnitTest \w+\[\] = \{(.*?)\};", text, re.S):
            for test in re.findall(r"\(\s*(\w+)", table):
                yield f"{name}/{test}", None


if sys.argv[1] == "--list":
    sys.exit(report.main("unit", list(listed())))
DIRECTORY = pathlib.Path(sys.argv.pop(1))
sys.exit(report.main("unit", [
    (name, lambda name=name: tap(name, DIRECTORY / "unit" / name)) for _, name in sources()]))
