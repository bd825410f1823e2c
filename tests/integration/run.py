# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Runs the integration tests: run.py DCVCTL-ASAN DCVCTL-RELEASE [PATTERN] [--all] [--table], or
run.py --list. --all: with those that take minutes."""
import importlib
import pathlib
import sys

import report

import flows
import harness
import servers
import test_clients

AT_ONCE = 4  # much of the time is waiting: for servers to start, clients, a browser

for module in sorted(pathlib.Path(__file__).parent.glob("test_*.py")):
    importlib.import_module(module.stem)  # the tests of each enter harness.TESTS
flows.add("nsd", servers.Nsd)
if "--all" in sys.argv:
    sys.argv.remove("--all")
    harness.TESTS += harness.LONG
if sys.argv[1] != "--list":
    for build in ("asan", "release"):
        harness.DCVCTL[build] = str(pathlib.Path(sys.argv.pop(1)).resolve())
tabled = "--table" in sys.argv
status = report.main("integration", harness.TESTS, AT_ONCE)
if tabled:
    test_clients.show_table()
sys.exit(status)
