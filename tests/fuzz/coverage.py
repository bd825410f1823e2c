#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""coverage.py: which lines of the files that are fuzzed the seeds reach.

Builds the preset `coverage`, replays the seeds of all targets, prints a line a file, and below a
file under 90 % the lines that no seed reaches. Exit status 1 if there is such a file that KNOWN
does not explain."""
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
BUILT = ROOT / "build/coverage/tests/fuzz"
BAR = 90.0
TARGETS = ("zone_scan", "zone_edit", "encode", "order", "message", "h2", "stub")
FILES = """zones/scan.c zones/entry.c zones/quick.c zones/walk.c zones/nodes.c zones/gather.c
    zones/include.c zones/generate.c zones/edit.c zones/place.c zones/settle.c zones/serial.c
    zones/copy.c zones/verify.c
    src/dns/rdata.c src/dns/rdata_parse.c src/dns/name.c src/dns/rr.c src/dns/wire.c
    src/check/judge.c src/check/h2.c src/check/stub_flight.c""".split()
# Why no seed can reach more of a file.
KNOWN = {
    "zones/include.c": "hard links and files that are none, nine files deep (tests/unit/zones); "
                       "memory that is out, files that cannot be examined (tests/faults)",
    "zones/gather.c": "memory that is out, reads that fail (tests/faults); a text over 1 MiB; "
                      "the identities of files (tests/unit/zones)",
    "src/dns/rr.c": "copies of lists of RDATA, which no target makes (tests/unit)",
    "zones/copy.c": "owner, mode, ACL, attributes and stamps of a file: no octets of it decide "
                    "there; tests/unit/zones and tests/faults do that",
}


def sh(*argv, **kwargs):
    return subprocess.run([str(arg) for arg in argv], cwd=ROOT, check=True, text=True,
                          stdout=subprocess.PIPE, **kwargs).stdout


def build():
    sh("cmake", "--preset", "coverage")
    sh("cmake", "--build", "--preset", "coverage", f"-j{os.cpu_count()}", "--target",
       *(f"fuzz_{name}" for name in TARGETS))


def replay(directory):
    """The counts of each line, by file, of all targets together."""
    for name in TARGETS:
        seeds = sorted(path for path in (HERE / "seeds" / name).iterdir() if path.is_file())
        subprocess.run([BUILT / f"fuzz_{name}", *seeds], check=True, stdout=subprocess.DEVNULL,
                       env=dict(os.environ, LLVM_PROFILE_FILE=str(directory / f"{name}.raw")))
    sh("llvm-profdata-14", "merge", "-o", directory / "data", *directory.glob("*.raw"))
    programs = [BUILT / f"fuzz_{name}" for name in TARGETS]
    return counts(sh("llvm-cov-14", "export", "-format=lcov", f"-instr-profile={directory}/data",
                     programs[0], *(f"-object={program}" for program in programs[1:])))


def counts(lcov):
    files, lines = {}, None
    for line in lcov.splitlines():
        kind, _, rest = line.partition(":")
        if kind == "SF":
            path = pathlib.Path(rest)
            name = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else rest
            lines = files.setdefault(name, {})
        elif kind == "DA":
            number, count = rest.split(",")[:2]
            lines[int(number)] = max(lines.get(int(number), 0), int(count))
    return files


def spans(numbers):
    """[1, 2, 3, 7] -> 1-3, 7"""
    text, begin, last = [], None, None
    for number in [*numbers, None]:
        if last is not None and number != last + 1:
            text.append(str(begin) if begin == last else f"{begin}-{last}")
            begin = None
        begin = number if begin is None else begin
        last = number
    return ", ".join(text)


def tell(name, lines):
    """Whether the file is covered well enough."""
    missed = sorted(number for number, count in lines.items() if count == 0)
    share = 100 * (len(lines) - len(missed)) / max(len(lines), 1)
    print(f"{name:<24} {len(lines) - len(missed):>4} of {len(lines):>4} lines {share:6.1f} %")
    if share >= BAR:
        return True
    print(f"    not reached: {spans(missed)}")
    if name in KNOWN:
        print(f"    {KNOWN[name]}")
    return name in KNOWN


def main():
    build()
    with tempfile.TemporaryDirectory() as directory:
        files = replay(pathlib.Path(directory))
    return 0 if all([tell(name, files.get(name, {})) for name in FILES]) else 1


sys.exit(main())
