# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Replays the seeds of the fuzz targets: run.py DIRECTORY-OF-PROGRAMS [PATTERN], or --list.

fuzz_NAME.c has its seeds, and what was once found, in seeds/NAME/. A target without seeds is
a failed test. `values` is a test of its own (values.py)."""
import os
import pathlib
import subprocess
import sys
import tempfile

import report
import values

HERE = pathlib.Path(__file__).parent
REPLAY_LIMIT_S = 120


def replay(program, seeds):
    files = sorted(path for path in seeds.glob("*") if path.is_file())
    if not files:
        raise report.Failure(f"{seeds}: no seeds")
    try:
        with tempfile.TemporaryDirectory() as scratch:  # a target that aborts leaves its files
            run = subprocess.run([program, *files], stdin=subprocess.DEVNULL, text=True,
                                 errors="backslashreplace", stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, timeout=REPLAY_LIMIT_S,
                                 env=dict(os.environ, TMPDIR=scratch))
    except FileNotFoundError:
        raise report.Failure(f"{program}: was not built")
    except subprocess.TimeoutExpired as late:
        raise report.Failure(f"still running after {REPLAY_LIMIT_S} s\n{late.output}")
    if run.returncode:
        raise report.Failure(f"exit status {run.returncode}\n{run.stdout}")


names = [source.stem.removeprefix("fuzz_") for source in sorted(HERE.glob("fuzz_*.c"))]
DIRECTORY = pathlib.Path("." if sys.argv[1] == "--list" else sys.argv.pop(1))
sys.exit(report.main("fuzz", [
    (name, lambda name=name: replay(DIRECTORY / f"fuzz_{name}", HERE / "seeds" / name))
    for name in names] + [("values", lambda: values.run(DIRECTORY / "values"))]))
