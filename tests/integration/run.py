# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Runs the integration tests: run.py DCVCTL-ASAN DCVCTL-RELEASE [PATTERN]
[--table], or run.py --list."""
import pathlib
import sys

import report

import flows
import harness
import servers
import test_nsd  # the tests of each enter harness.TESTS
import test_ansible
import test_batch
import test_bind
import test_cleanup
import test_examples
import test_exec
import test_http
import test_knot
import test_output
import test_page
import test_pdns
import test_powerdns_api
import test_races
import test_rfc2136
import test_writers

assert test_ansible and test_batch and test_nsd and test_cleanup and test_output
assert test_races and test_bind and test_knot
assert test_http and test_pdns and test_writers and test_rfc2136
assert test_powerdns_api and test_exec and test_page and test_examples
flows.add("nsd", servers.Nsd)
if sys.argv[1] != "--list":
    for build in ("asan", "release"):
        harness.DCVCTL[build] = str(pathlib.Path(sys.argv.pop(1)).resolve())
sys.exit(report.main("integration", harness.TESTS))
