# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""many.py DCVCTL [ORDERS ZONES]: a directory of orders over many zone files in one run, against
`cp` and `sync` of each of the same files one after the other. Interleaved, medians."""
import contextlib
import os
import pathlib
import sqlite3
import sys

import measure

ROUNDS = 3
NAMES = 50  # records of a zone beside ours: what nearly everyone has
TIMES_SUM, TIMES_DOUBLE, MEMORY_MIB = 3.0, 2.2, 64.0


def lay_down(where, orders, zones):
    (where / "zones").mkdir()
    (where / "orders").mkdir()
    body = "".join(f"host{i} IN A 192.0.2.{i % 250 + 1}\n" for i in range(NAMES))
    for z in range(zones):
        (where / "zones" / f"z{z}.example.zone").write_text(
            f"$ORIGIN z{z}.example.\n$TTL 3600\n"
            f"@ IN SOA ns1 hostmaster 41 3600 600 604800 300\n@ IN NS ns1\nns1 IN A 127.0.0.1\n"
            + body)
    for o in range(orders):
        (where / "orders" / f"{1000000 + o}.yaml").write_text(
            f"ca: digicert\nrecords:\n"
            f"  - _dnsauth.n{o}.z{o % zones}.example TXT token-of-the-order-{o:08d}\n")
    (where / "dcvctl.yaml").write_text(
        f"ledger: sqlite:{where}/state/ledger.db\nzones:\n"
        f"  - {{zone: \"*\", file: \"{where}/zones/{{zone}}.zone\", reload: none}}\n")


def apply(dcvctl, orders, zones):
    with measure.directory(quiet=True) as where:
        lay_down(where, orders, zones)
        os.sync()
        spent = measure.spent([dcvctl, "apply", "--config", where / "dcvctl.yaml", "--until",
                               "published", "-q", where / "orders"])
        check(where, orders, zones)
        return spent


def check(where, orders, zones):
    """Every value stands once, each zone has one new serial; a ledger row for each."""
    for z in range(zones):
        text = (where / "zones" / f"z{z}.example.zone").read_text()
        if " 42 3600" not in text or text.count("token-of-the-order-") != len(
                range(z, orders, zones)):
            sys.exit(f"zone z{z}: not as it should be")
    with contextlib.closing(sqlite3.connect(where / "state" / "ledger.db")) as db:
        rows, = db.execute("SELECT COUNT(*) FROM orders WHERE state = 'published'").fetchone()
    if rows != orders:
        sys.exit(f"ledger: {rows} of {orders} orders are published")


def copy(zones):
    with measure.directory(quiet=True) as where:
        lay_down(where, 0, zones)
        os.sync()
        files = [f"{where}/zones/z{z}.example.zone" for z in range(zones)]
        return measure.spent(*[argv for file in files for argv in (
            ["cp", "--reflink=never", file, file + ".new"], ["sync", file + ".new"])])


def main():
    dcvctl = str(pathlib.Path(sys.argv[1]).resolve())
    orders, zones = (int(word) for word in sys.argv[2:4]) if len(sys.argv) > 3 else (10000, 1000)
    once, twice, copies = [], [], []
    for _ in range(ROUNDS):
        copies.append(copy(zones))
        once.append(apply(dcvctl, orders, zones))
        twice.append(apply(dcvctl, 2 * orders, zones))
    measure.tell(f"{orders} orders over {zones} zone files", once)
    measure.tell("cp and sync of the files", copies)
    good = measure.line("S9 one run / the sum of cp and sync", measure.ratios(once, copies),
                        at_most=TIMES_SUM)
    good &= measure.line(f"S9 {2 * orders} orders / {orders} orders",
                         measure.ratios(twice, once), at_most=TIMES_DOUBLE)
    good &= measure.line("S9 peak memory, MiB", [each.mib for each in once],
                         at_most=MEMORY_MIB)
    return 0 if good else 1


sys.exit(main())
