# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Runs the integration tests: run.py DCVCTL-ASAN DCVCTL-RELEASE [PATTERN], or run.py --list."""
import pathlib
import sys

import report

import harness
import test_nsd  # the tests of both enter harness.TESTS
import test_races

assert test_nsd and test_races
if sys.argv[1] != "--list":
    for build in ("asan", "release"):
        harness.DCVCTL[build] = str(pathlib.Path(sys.argv.pop(1)).resolve())
sys.exit(report.main("integration", harness.TESTS))
