# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Runs the walks: run.py DCVCTL-CLOCK [PATTERN], or run.py --list."""
import importlib
import pathlib
import sys

import report

import walk

if sys.argv[1] != "--list":
    walk.DCVCTL["path"] = pathlib.Path(sys.argv.pop(1)).resolve()
for module in sorted(pathlib.Path(__file__).parent.glob("walk_*.py")):
    importlib.import_module(module.stem)
sys.exit(report.main("walks", walk.WALKS))
