# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Tests of the simulated services: run.py [PATTERN], or run.py --list. Of each service of
kinds.KINDS, sim-VENDOR: requests made by the vendor's own tools (vendor/VENDOR.js, .py or .sh) are
served, and what VENDOR_rules.py says of it, a list `TESTS` of (name, function), holds.

A script of the vendor's gets the service's access() on standard input, as JSON, and prints a line
`ok NAME` or `FAIL NAME` a test, with the output of what failed above its line. The modules that
vendor/VENDOR/package-lock.json pins are in its NODE_PATH."""
import functools
import importlib
import json
import os
import subprocess
import sys

import report

import kinds
from vendors import HERE, modules, running

# Debian's own Python, which has the vendors' packages.
BY = {".js": ["node"], ".py": ["/usr/bin/python3"], ".sh": ["bash"]}
SCRIPT_S = 120


def results(printed):
    """(name, None or what stood above its line) of each line."""
    above = []
    for line in printed.splitlines():
        state, _, name = line.partition(" ")
        if state in ("ok", "FAIL"):
            yield name, "\n".join(above) or "failed" if state == "FAIL" else None
            above = []
        else:
            above.append(line)


def accepts_vendor(vendor, script):
    environment = dict(os.environ, NODE_PATH=modules(vendor))
    with running(vendor) as backend:
        done = subprocess.run([*BY[script.suffix], str(script)], input=json.dumps(backend.access()),
                              capture_output=True, text=True, timeout=SCRIPT_S, check=False,
                              cwd=backend.where, env=environment)
    lines = [(f"{vendor}/vendor/{name}", text) for name, text in results(done.stdout)]
    if done.returncode and all(text is None for _, text in lines) or not lines:
        lines.append((f"{vendor}/vendor", f"exit status {done.returncode}\n{done.stdout}"
                      f"{done.stderr}"))
    return lines


def tests():
    for vendor in (name.removeprefix("sim-") for name in kinds.KINDS):
        for script in sorted((HERE / "vendor").glob(f"{vendor}.*")):
            yield f"{vendor}/vendor", functools.partial(accepts_vendor, vendor, script)
        if (HERE / f"{vendor}_rules.py").exists():
            for name, function in importlib.import_module(f"{vendor}_rules").TESTS:
                yield f"{vendor}/rules/{name}", function


if __name__ == "__main__":
    sys.exit(report.main("sim", list(tests())))
