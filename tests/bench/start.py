# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""start.py DCVCTL [ROUNDS]: what a start costs, against programs that people start for the same
work; and, for information, a whole order for a zone of a few records."""
import pathlib
import subprocess
import sys

import measure
import zone

ROUNDS, APPLIES = 51, 11
NSUPDATE, LEGO = 0.35, 0.25


def says(argv, word):
    """The program is there and is what it is taken for."""
    done = subprocess.run(argv, text=True, capture_output=True, check=True)
    if word not in (done.stdout + done.stderr).lower():
        sys.exit(f"{' '.join(argv)}: no {word} in what it says")


def versions(dcvctl, rounds):
    commands = {"dcvctl --version": [dcvctl, "--version"], "nsupdate -V": ["nsupdate", "-V"],
                "lego --version": ["lego", "--version"]}
    took = {name: [] for name in commands}
    for name, argv in commands.items():
        says(argv, name.split(maxsplit=1)[0])
    for turn in range(rounds + 1):
        for name, argv in commands.items():
            spent = measure.spent(argv)
            if turn > 0:
                took[name].append(spent)
    return took


def applies(dcvctl):
    """One order, applied to a fresh zone of 24 records with a fresh ledger."""
    took = []
    for turn in range(APPLIES + 1):
        with measure.directory(quiet=True) as where:
            file, order = where / "bench.zone", where / "1234567890.yaml"
            zone.write(24, file)
            name = f"_dnsauth.{zone.TARGET}.{zone.ORIGIN[:-1]}"
            order.write_text(f"ca: digicert\nrecords:\n  - {name} TXT token-of-the-order\n"
                             f"previous: [{zone.TOKEN}]\n")
            spent = measure.spent(
                [dcvctl, "apply", "--zone-file", f"{zone.ORIGIN[:-1]}={file}", "--reload",
                 "none", "--ledger", f"sqlite:{where}/ledger.db", "--no-wait", "-q", order])
            if "token-of-the-order" not in file.read_text():
                sys.exit(f"{file}: the record is not there")
            if turn > 0:
                took.append(spent)
    return took


def main():
    dcvctl = str(pathlib.Path(sys.argv[1]).resolve())
    took = versions(dcvctl, int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS)
    ours = took["dcvctl --version"]
    for name, times in took.items():
        measure.tell(name, times)
    measure.tell("dcvctl apply of one order, zone of 24 records", applies(dcvctl))
    good = measure.line("S4 dcvctl --version / nsupdate -V",
                        measure.ratios(ours, took["nsupdate -V"]), at_most=NSUPDATE)
    good &= measure.line("S4 dcvctl --version / lego --version",
                         measure.ratios(ours, took["lego --version"]), at_most=LEGO)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
