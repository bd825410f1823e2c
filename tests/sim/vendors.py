# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""A simulated service that runs, and what its vendor publishes, installed."""
import contextlib
import pathlib
import subprocess
import tempfile

import kinds
from report import Failure

HERE = pathlib.Path(__file__).resolve().parent
INSTALL_S = 300


@contextlib.contextmanager
def running(vendor):
    with tempfile.TemporaryDirectory(prefix="dcvctl-sim.") as where:
        with kinds.KINDS[f"sim-{vendor}"](pathlib.Path(where).resolve()) as backend:
            yield backend


def modules(vendor):
    """The directory of what is installed for its script, or ""."""
    if not (HERE / "vendor" / vendor).is_dir():
        return ""
    done = subprocess.run([str(HERE / "vendor" / "install.sh"), vendor], capture_output=True,
                          text=True, timeout=INSTALL_S, check=False)
    if done.returncode:
        raise Failure(f"the vendor's modules cannot be installed: {done.stdout}{done.stderr}")
    return done.stdout.strip()
