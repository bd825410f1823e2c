# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Runs a simulated service until it is interrupted: serve.py VENDOR."""
import contextlib
import json
import signal
import sys

import kinds
import vendors


def main(vendor):
    if f"sim-{vendor}" not in kinds.KINDS:
        known = " ".join(name.removeprefix("sim-") for name in kinds.KINDS)
        sys.exit(f"{vendor}: no such simulated service\nhelp: there are {known}")
    with vendors.running(vendor) as backend:
        print(json.dumps(backend.access(), indent=2))
        print(f"configuration: {backend.config}\nname server: {backend.server.address()}",
              flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    main(sys.argv[1])
