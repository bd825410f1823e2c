# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""zone-edit.py DCVCTL [10k|1m|10m [ROUNDS [fast]]]: one RRset at three quarters of
a zone file and the serial are changed, by an order's next revision with its ledger, against a
bare copy, against `sed`, and against what reads and writes zones. All in turn, round by round;
the round before the first is for the caches and is not counted. Every round's result is compared
with the copy that `cp` made of the file before. `fast` leaves out the peers that take seconds to
minutes."""
import collections
import contextlib
import mmap
import pathlib
import re
import sqlite3
import subprocess
import sys

import measure
import zone

Size = collections.namedtuple("Size", "records rounds slow_rounds bars")
SLOW = ("ldns", "named", "dnspython")  # seconds to minutes: at least so much slower than we
# The peers of each size with their bars; None: for information.
SIZES = {
    "10k": Size(10_000, 21, 5, {"cp": None, "sed": 0.75, "ldns": 12, "named": None,
                                "dnspython": None}),
    "1m": Size(1_000_000, 5, 1, {"cp": 1.5, "sed": 0.4, "ldns": 40, "named": 40,
                                 "dnspython": 1000}),
    # dnspython, twenty minutes and more, is left out.
    "10m": Size(10_000_000, 3, 1, {"cp": 1.5, "sed": 0.4, "ldns": 40, "named": 40}),
}
MEMORY_MIB = 8
OWNER = f"_dnsauth.{zone.TARGET}.{zone.ORIGIN}"
DNSPYTHON = """
import sys, dns.rdataset, dns.zone
path, out, owner, token, origin = sys.argv[1:]
z = dns.zone.from_file(path, origin=origin)
z.replace_rdataset(owner, dns.rdataset.from_text("IN", "TXT", 300, '"' + token + '"'))
soa = z.find_rdataset("@", "SOA")
soa.add(soa[0].replace(serial=soa[0].serial + 1), soa.ttl)
z.to_file(out)
"""


class Bench:
    def __init__(self, dcvctl, where, records):
        self.dcvctl, self.where, self.revision = dcvctl, where, 0
        self.zone, self.copy = where / "bench.zone", where / "copy.zone"
        self.sed, self.out = where / "sed.zone", where / "out"
        zone.write(records, self.zone)
        (where / "dcvctl.yaml").write_text(
            f"ledger: sqlite:{where}/state/ledger.db\nzones:\n"
            f"  - {{zone: {zone.ORIGIN[:-1]}, file: {self.zone}, reload: none}}\n")

    def token(self):
        return f"token-of-revision-{self.revision:08d}"

    def next_order(self):
        """Lays down the order's next revision; the command that applies it."""
        self.revision += 1
        path = self.where / "1234567890.yaml"
        path.write_text(f"ca: digicert\nrecords:\n  - {OWNER[:-1]} TXT {self.token()}\n"
                        f"previous: [{zone.TOKEN}]\n")
        return [self.dcvctl, "apply", "--config", str(self.where / "dcvctl.yaml"), "--no-wait",
                "-q", str(path)]

    def first(self):
        """Takes the record over, and sees that all is on the disk before it is called done."""
        trace = self.where / "trace"
        subprocess.run(["strace", "-f", "-y", "-e", "trace=fsync,fdatasync,renameat2", "-o",
                        str(trace), *self.next_order()], check=True, stdout=subprocess.DEVNULL)
        check_trace(trace.read_text())
        self.check_ledger()
        subprocess.run(["cp", self.zone, self.sed], check=True)
        subprocess.run(["sync", self.sed], check=True)

    # --- what is measured

    def run_cp(self):
        self.copy.unlink(missing_ok=True)
        return measure.spent(["cp", "--reflink=never", self.zone, self.copy],
                             ["sync", self.copy])

    def run_dcvctl(self):
        took = measure.spent(self.next_order())
        check_change(self.copy, self.zone, self.token())
        self.check_ledger()
        return took

    def run_floor(self):
        """The durable steps alone, on the file as we left it; see floor.c."""
        return measure.spent([measure.FLOOR, self.where / "floor.db", self.copy])

    def run_sed(self):
        """The token and the serial where they stand, as people do it."""
        old = "token-of-revision-[0-9]*"
        took = measure.spent(
            ["sed", "-i", "-e", f's/^\\(_dnsauth.{zone.TARGET}[ \\t].*\\)"{old}"/'
             f'\\1"{self.token()}"/', "-e", "s/^\\([ \\t]*\\)[0-9]*\\([ \\t]*; serial\\)/"
             f"\\1{zone.SERIAL + self.revision}\\2/", self.sed], ["sync", self.sed])
        must_hold(self.sed, self.token(), f"{zone.SERIAL + self.revision}\t; serial")
        return took

    def run_ldns(self):
        """Reads and prints; it changes nothing and does not sync."""
        return self.writes(["ldns-read-zone", self.zone], stdout=self.out)

    def run_named(self):
        return self.writes(["named-compilezone", "-q", "-i", "none", "-o", self.out,
                            zone.ORIGIN, self.zone])

    def run_dnspython(self):
        return self.writes(["/usr/bin/python3", "-c", DNSPYTHON, self.zone, self.out,
                            OWNER[:-len(zone.ORIGIN) - 1], self.token(), zone.ORIGIN])

    def writes(self, argv, stdout=None):
        took = measure.spent(argv, out=stdout)
        must_hold(self.out, self.token())
        self.out.unlink()
        return took

    # --- what is checked

    def check_ledger(self):
        with contextlib.closing(sqlite3.connect(self.where / "state" / "ledger.db")) as db:
            row = db.execute("SELECT state, revision FROM orders WHERE id = '1234567890'")
            found = row.fetchall()
        if found != [("published", self.revision)]:
            sys.exit(f"ledger: {found} after revision {self.revision}")


def check_trace(text):
    """The copy's octets before the exchange, the directory's entry behind it, a commit of the
    ledger before and one behind: all with an fsync that succeeded."""
    before, exchanged, behind = re.split(r"(renameat2\(.*RENAME_EXCHANGE\) *= 0)", text)[:3]
    wanted = [(before, r"fsync\(\d+<.*\.bench\.zone\.dcvctl-\w+>\) *= 0"),
              (before, r"fdatasync\(\d+<.*ledger\.db>\) *= 0"),
              (behind, r"fsync\(\d+<[^>]*>\) *= 0"),
              (behind, r"fdatasync\(\d+<.*ledger\.db>\) *= 0")]
    for part, pattern in wanted:
        if not re.search(pattern, part):
            sys.exit(f"strace: no {pattern} beside {exchanged}\n{text}")


def check_change(former, now, token):
    """Of all octets only digits of the serial and of the token differ."""
    done = subprocess.run(["cmp", "-l", former, now], text=True, capture_output=True,
                          check=False)
    offsets = [int(line.split()[0]) - 1 for line in done.stdout.splitlines()]
    serial_at, token_at = must_hold(now, "\t; serial", token)
    places = [*range(serial_at - 10, serial_at), *range(token_at, token_at + len(token))]
    if done.stderr or not set(offsets) <= set(places) or \
            not min(offsets) < serial_at < max(offsets):
        sys.exit(f"{now}: not changed as it should be\n{done.stdout[:2000]}{done.stderr}")


def must_hold(path, *texts):
    """The place of each text, which must be there once; read as a map, so that a large file
    costs no memory."""
    with open(path, "rb") as file, \
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as octets:
        found = [octets.find(text.encode()) for text in texts]
        if -1 in found or any(octets.find(text.encode(), at + 1) != -1
                              for text, at in zip(texts, found)):
            sys.exit(f"{path}: not one of each of {texts}")
    return found


def tell_floor(took, peers):
    """What a program would be measured at that did the durable steps and nothing else."""
    floor = took["floor"]
    measure.line("   the durable steps alone / cp and sync", measure.ratios(floor, took["cp"]))
    for name in peers:
        if name in SLOW:
            measure.line(f"   {name} / the durable steps alone",
                         measure.ratios(took[name], floor))
        else:
            measure.line(f"   the durable steps alone / {name} and sync",
                         measure.ratios(floor, took[name]))


def judge(took, bars):
    """Prints the figures, then a line a bar; whether all hold."""
    ours, good = took["dcvctl"], True
    for name, times in took.items():
        measure.tell(name, times)
    for name, bar in bars.items():
        if name in SLOW:
            good &= measure.line(f"S2 {name} / dcvctl", measure.ratios(took[name], ours),
                                 at_least=bar)
        else:
            good &= measure.line(f"{'S1' if name == 'cp' else 'S2'} dcvctl / {name} and sync",
                                 measure.ratios(ours, took[name]), at_most=bar)
    tell_floor(took, [name for name in bars if name not in ("cp", "dnspython")])
    return good & measure.line("S3 peak memory, MiB", [each.mib for each in ours],
                               at_most=MEMORY_MIB)


def run(bench, rounds, size):
    """All in turn; `cp` first, for its copy is what the others are compared with."""
    took = {name: [] for name in ("cp", "dcvctl", "floor", *size.bars)}
    bench.first()
    for turn in range(rounds + 1):
        for name, times in took.items():
            if name in SLOW and not 0 < turn <= size.slow_rounds:
                continue
            spent = getattr(bench, f"run_{name}")()
            if turn > 0:
                times.append(spent)
    return judge(took, size.bars)


def main():
    name = sys.argv[2] if len(sys.argv) > 2 else "1m"
    if name not in SIZES:
        sys.exit("sizes: " + " ".join(SIZES))
    size = SIZES[name]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else size.rounds
    if sys.argv[4:] == ["fast"]:
        size = size._replace(bars={peer: bar for peer, bar in size.bars.items()
                                   if peer not in SLOW})
    with measure.directory() as where:
        bench = Bench(str(pathlib.Path(sys.argv[1]).resolve()), where, size.records)
        print(f"{size.records} records, {bench.zone.stat().st_size} octets", flush=True)
        return 0 if run(bench, rounds, size) else 1


if __name__ == "__main__":
    sys.exit(main())
