# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Values of TXT, CNAME and CAA that our encoder writes into zone files: BIND must accept the
files, and what BIND, this file's own reader and zones/ read from them must be what was given.

The values are pseudo-random from a fixed seed: every octet, every length that a string can
have, several strings, every flag of a CAA, names with dots and blanks in their labels."""
import pathlib
import random
import re
import string
import subprocess
import tempfile

import report

COUNT = 100_000
FILES = 10
SEED = 2026
LIMIT_S = 120
TXT, CNAME, CAA = 16, 5, 257
NUMBERS = {"TXT": TXT, "CNAME": CNAME, "CAA": CAA}


def strings(octets_of, total):
    """<character-string>s that hold so many octets; some are shorter than they could be."""
    wire, left = b"", total
    while left or not wire:
        size = min(left, octets_of.choice((255, 255, octets_of.randint(0, 255))))
        wire += bytes([size]) + octets_of.randbytes(size)
        left -= size
    return wire


def txt(rng):
    few = rng.random() < 0.97
    return strings(rng, rng.randint(0, 255) if few else rng.randint(256, 4000))


def name(rng):
    """A name in wire form; in upper case it would come back in lower case."""
    wire = b""
    for _ in range(rng.randint(0, 6)):
        label = rng.randbytes(rng.choice((1, 3, 8, 20, 63)))
        if len(wire) + len(label) + 2 <= 255:
            wire += bytes([len(label)]) + label.lower()
    return wire + b"\0"


def caa(rng):
    tag = "".join(rng.choices(string.ascii_letters + string.digits, k=rng.choice((1, 5, 9, 15))))
    value = rng.randbytes(rng.randint(0, 255) if rng.random() < 0.97 else rng.randint(256, 4000))
    return bytes([rng.randrange(256), len(tag)]) + tag.encode() + value


def make(count, seed):
    rng = random.Random(seed)
    kinds = ((TXT, txt), (TXT, txt), (CNAME, name), (CAA, caa))
    return [(kind, maker(rng)) for kind, maker in rng.choices(kinds, k=count)]


ESCAPED = re.compile(rb"\\(\d\d\d|.)", re.S)


def octets(text):
    """Presentation form without its quotes (RFC 1035 5.1)."""
    return ESCAPED.sub(lambda found: bytes([int(found[1])]) if len(found[1]) == 3 else found[1],
                       text)


def words(text):
    """Words and quoted strings, as octets."""
    return [octets(quoted if quoted or whole.startswith(b'"') else whole)
            for whole, quoted in re.findall(rb'("((?:\\.|[^"\\])*)"|(?:\\.|[^\s"\\])+)', text,
                                            re.S)]


def labels(text):
    return b"".join(bytes([len(octets(label))]) + octets(label)
                    for label in re.findall(rb"((?:\\.|[^.\\])+)\.", text, re.S)) + b"\0"


def wire_of(kind, text):
    if kind == CNAME:
        return labels(text)
    parts = words(text)
    if kind == TXT:
        return b"".join(bytes([len(part)]) + part for part in parts)
    flags, tag, value = parts
    return bytes([int(flags), len(tag)]) + tag + value


def read_canonical(text):
    """The values by owner, of what named-compilezone prints."""
    values = {}
    for line in text.splitlines():
        owner, _, _, kind, rdata = line.split(None, 4)
        if owner.startswith(b"v"):
            number = NUMBERS[kind.decode()]
            values[int(owner[1:owner.index(b".")])] = (number, wire_of(number, rdata))
    return values


def sh(*argv, **kwargs):
    run = subprocess.run([str(arg) for arg in argv], timeout=LIMIT_S, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, **kwargs)
    if run.returncode:
        raise report.Failure(f"$ {argv[0]}\n{(run.stdout + run.stderr)[-4000:]!r}")
    return run.stdout


def compare(who, given, got):
    for i, value in enumerate(given):
        if got.get(i) != value:
            raise report.Failure(f"seed {SEED}: {who} reads value {i} as {got.get(i)}, "
                                 f"given was {value}")


def round_trip(program, given, directory):
    zone = pathlib.Path(directory) / "zone"
    lines = "".join(f"{kind} {wire.hex()}\n" for kind, wire in given)
    ours = sh(program, zone, input=lines.encode()).decode().splitlines()
    compare("zones/", given, {i: (int(line.split(" ")[0]), bytes.fromhex(line.split(" ")[1]))
                              for i, line in enumerate(ours)})
    sh("named-checkzone", "-q", "z.test", zone)
    compare("BIND", given, read_canonical(sh("named-compilezone", "-q", "-o", "-", "z.test", zone)))


def run(program):
    seen = set()
    for i in range(FILES):
        given = make(COUNT // FILES, SEED + i)
        with tempfile.TemporaryDirectory() as directory:
            round_trip(program, given, directory)
        seen.update(octet for kind, wire in given if kind == TXT for octet in wire)
    if len(seen) != 256:
        raise report.Failure("not every octet was tried")
