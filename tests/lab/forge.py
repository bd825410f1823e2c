#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""forge.py [N]: N forged answers, each true but for one thing, before the true ones; by default
2,000. Builds the program (forge.c) and prints its table and a line `ok lab/forge`. Exit status 1
if one was accepted, a true one was lost, or fewer were sent. Needs loopback only. As a test of
the suite: ("forge", forge.test)."""
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
import report  # pylint: disable=wrong-import-position

ROOT = pathlib.Path(__file__).parents[2]
BUILT = ROOT / "build/asan"
DEFAULT = 2000
LIMIT_S = 600


def build():
    if not (BUILT / "build.ninja").exists():
        subprocess.run(["cmake", "--preset", "asan"], cwd=ROOT, check=True,
                       stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", "--preset", "asan", "--target", "lab-forge"], cwd=ROOT,
                   check=True, stdout=subprocess.DEVNULL)


def run(total):
    """The table, and whether all is as it must be."""
    done = subprocess.run([BUILT / "tests/lab/forge", str(total)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=LIMIT_S, check=False)
    last = re.search(r"^(\d+) forged answers, 0 accepted$", done.stdout, re.MULTILINE)
    good = done.returncode == 0 and last is not None and int(last[1]) >= total
    return done.stdout + done.stderr, good


def test():
    """The program was built with the others."""
    text, good = run(DEFAULT)
    if not good:
        raise report.Failure(text)


def main():
    total = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    build()
    text, good = run(total)
    print(text, end="")
    print(f"{'ok' if good else 'FAIL'} lab/forge")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
