# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""many.py DCVCTL [ORDERS ZONES]: a directory of orders over many zone files in one run, against
`cp` and `sync` of each of the same files one after the other. Interleaved, medians; the peak of
memory from a parent that is small when it forks."""
import contextlib
import os
import pathlib
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

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


def run(argv):
    """Seconds and peak memory in MiB of a command."""
    begun = time.monotonic()
    pid = os.posix_spawn(argv[0], argv, dict(os.environ), file_actions=[
        (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
    _, status, usage = os.wait4(pid, 0)
    seconds = time.monotonic() - begun
    if status != 0:
        sys.exit(f"{' '.join(argv)}: exit status {os.waitstatus_to_exitcode(status)}")
    return seconds, usage.ru_maxrss / 1024


def apply(dcvctl, orders, zones):
    with tempfile.TemporaryDirectory(prefix="dcvctl-many.") as name:
        where = pathlib.Path(name)
        lay_down(where, orders, zones)
        os.sync()
        spent = run([dcvctl, "apply", "--config", f"{where}/dcvctl.yaml", "--until", "published",
                     "-q", f"{where}/orders"])
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
    with tempfile.TemporaryDirectory(prefix="dcvctl-many.") as name:
        where = pathlib.Path(name)
        lay_down(where, 0, zones)
        os.sync()
        begun = time.monotonic()
        for z in range(zones):
            path = f"{where}/zones/z{z}.example.zone"
            subprocess.run(["cp", "--reflink=never", path, path + ".new"], check=True)
            subprocess.run(["sync", path + ".new"], check=True)
        return time.monotonic() - begun


def line(what, ratios, limit):
    middle = statistics.median(ratios)
    print(f"{what}: {middle:.2f} ({min(ratios):.2f} to {max(ratios):.2f}), at most {limit}: "
          f"{'holds' if middle <= limit else 'falls short'}", flush=True)
    return middle <= limit


def main():
    dcvctl = str(pathlib.Path(sys.argv[1]).resolve())
    orders, zones = (int(word) for word in sys.argv[2:4]) if len(sys.argv) > 3 else (10000, 1000)
    once, twice, sums, memory = [], [], [], []
    for _ in range(ROUNDS):
        sums.append(copy(zones))
        seconds, mib = apply(dcvctl, orders, zones)
        once.append(seconds)
        memory.append(mib)
        twice.append(apply(dcvctl, 2 * orders, zones)[0])
    print(f"{orders} orders over {zones} zone files: {statistics.median(once):.2f} s; cp and sync "
          f"of the files: {statistics.median(sums):.2f} s (medians of {ROUNDS})")
    good = line("S9 one run / the sum of cp and sync",
                [a / b for a, b in zip(once, sums)], TIMES_SUM)
    good &= line(f"S9 {2 * orders} orders / {orders} orders",
                 [a / b for a, b in zip(twice, once)], TIMES_DOUBLE)
    good &= line("S9 peak memory, MiB", memory, MEMORY_MIB)
    return 0 if good else 1


sys.exit(main())
