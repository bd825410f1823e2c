# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""16 processes with random operations, all at once, on four owners of one zone, and beside others
who change it too. Each worker has orders of its own at shared owners and knows what must stand and
what must not; this model is compared with what stands after each operation, and with that and the
ledger at the end.

writers-zonefile: 200 operations each, three more zone files, and others append lines under the
zone's lock. writers-BACKEND: each backend with its server, 25 operations each (OPERATIONS=200: the
full number); others write by the server's own means, at the same owners where the server takes
single values. `SEED=n` repeats one run, `SEEDS=20` takes more of the zone files."""
import concurrent.futures
import contextlib
import fcntl
import os
import pathlib
import random
import re
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading

import backends
import harness
from harness import check, equal

WORKERS = 16
OPERATIONS = int(os.environ.get("OPERATIONS", "0"))
FILE_OPERATIONS, SERVER_OPERATIONS = OPERATIONS or 200, OPERATIONS or 25
SEEDS = int(os.environ.get("SEEDS", "3"))  # of the zone files
BUSY_S = 120
OWNERS = [f"_dnsauth.{label}.a.example" for label in ("n", "e", "s", "w")] + \
    [f"_dnsauth.{zone}.example" for zone in ("b", "c", "d")]
ZONE = """\
$TTL 3600
@ IN SOA ns1 hostmaster 41 3600 600 604800 300
@ IN NS ns1
ns1 IN A 127.0.0.1
www IN TXT "foreign: stays"
"""


def zone_of(owner):
    return owner.split(".")[-2]


class Field:
    """The files, the configuration and how dcvctl is run on them."""
    owners, operations = OWNERS, FILE_OPERATIONS

    def __init__(self, where):
        self.where = where
        self.files = {zone: where / zone for zone in "abcd"}
        for zone, path in self.files.items():
            path.write_text(f"$ORIGIN {zone}.example.\n{ZONE}")
        self.config = where / "dcvctl.yaml"
        self.ledger = where / "state" / "ledger.db"
        self.config.write_text(f"ledger: sqlite:{self.ledger}\nzones:\n" + "".join(
            f"  - {{zone: {zone}.example, file: {path}, reload: none}}\n"
            for zone, path in self.files.items()))
        self.environment = dict(os.environ, HOME=str(where), TZ="UTC", NO_COLOR="1")

    def run(self, command, *args):
        """The exit status; what was said is kept for the report."""
        done = subprocess.run(
            [harness.DCVCTL["release"], command, "--config", str(self.config), *args],
            capture_output=True, text=True, env=self.environment, stdin=subprocess.DEVNULL,
            cwd=self.where, check=False)
        return done.returncode, done.stdout + done.stderr

    def values(self, zone):
        """Every TXT value of a zone's file, and how often."""
        return re.findall(r'TXT\s+"([^"]*)"', self.files[zone].read_text())

    @staticmethod
    def refused(_said):
        """The server was in its own way, and nothing changed."""
        return False

    def zone_names(self):
        return "".join(self.files)

    def first(self):
        """What others had there at the beginning: (zone, value)."""
        return {(zone, "foreign: stays") for zone in self.files}

    def rest(self):
        """What is left lying about."""
        return list(self.where.glob(".*dcvctl-*"))

    def append(self, zone, text, _owner):
        """As another program that keeps to the zone's lock."""
        locks = self.where / "state" / "locks"
        locks.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (locks / f"{zone}.example.lock").open("a") as lock:
            fcntl.fcntl(lock, fcntl.F_OFD_SETLKW, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
            with self.files[zone].open("a") as file:
                file.write(f'x{text} IN TXT "{text}"\n')
        return True


class ServerField(Field):
    """A zone at a server, bound to an account of a backend."""
    owners = [f"_dnsauth.{label}.example.com" for label in ("n", "e", "s", "w")]
    operations = SERVER_OPERATIONS

    def __init__(self, backend):
        self.backend, self.where = backend, backend.where
        self.files = {"example": None}
        self.config, self.ledger = backend.config, backend.ledger
        self.environment = backend.environment()
        self.lock = threading.Lock()

    def refused(self, said):
        """PowerDNS answers 500, and nothing else, to a transaction that met another one in its
        database; dcvctl has read the zone then, and says that nothing was done."""
        return isinstance(self.backend, backends.PowerdnsApi) and "(status 500)" in said

    def zone_names(self):
        return ["example"]

    def first(self):
        return {("example", value) for value in ("v=spf1 mx -all", "foreign: stays")}

    def rest(self):
        return []

    def values(self, _zone):
        return [match[1] for line in self.backend.zone()
                for match in [re.search(r' TXT "([^"]*)"', line)] if match]

    def append(self, _zone, text, owner):
        with self.lock:
            return self.backend.append(owner, text)


class Worker:
    """Orders that only this worker touches, and what it knows of them."""

    def __init__(self, field, seed, number):
        self.field, self.number = field, number
        self.random = random.Random(f"{seed}/{number}")
        self.open = {}  # order -> {(owner, value)}
        self.closed = {}
        self.cleaned = set()  # orders
        self.gone = set()  # values of former revisions and of cleaned orders
        self.foreign = set()  # (zone, value)
        self.made = 0
        self.busy = 0
        self.changes = 0

    def value(self, order):
        self.made += 1
        return f"w{self.number:02d}-{order}-{self.made:04d}-token"

    def write_order(self, order):
        owners = self.random.sample(self.field.owners, self.random.choice((1, 1, 1, 2)))
        records = {(owner, self.value(order)) for owner in owners}
        path = self.field.where / f"{order}.yaml"
        path.write_text("ca: digicert\nrecords:\n" + "".join(
            f"  - {owner} TXT {value}\n" for owner, value in sorted(records)))
        return str(path), records

    def dcvctl(self, command, *args):
        """Runs until it was not locked out by the others, here or at the server."""
        for _ in range(BUSY_S):
            status, said = self.field.run(command, "--lock-timeout", "60s", *args)
            if status != 5 and not (status == 1 and self.field.refused(said)):
                break
            self.busy += 1
        check(status == 0, f"worker {self.number}: {command} {args}: exit status {status}\n{said}")
        self.changes += 1

    def apply(self, order):
        path, records = self.write_order(order)
        former = self.open.pop(order, set())
        self.dcvctl("apply", "--until", "published", "-q", path)
        self.gone |= {value for _, value in former}
        self.open[order] = records

    def new(self):
        self.apply(f"{self.number:02d}{self.made:04d}")

    def revise(self):
        if self.open:
            self.apply(self.random.choice(sorted(self.open)))

    def again(self):
        if self.open:
            order = self.random.choice(sorted(self.open))
            self.dcvctl("apply", "--until", "published", "-q", str(self.field.where / f"{order}.yaml"))

    def close(self):
        if self.open:
            order = self.random.choice(sorted(self.open))
            status, said = self.field.run("close", "--issued", order)
            check(status == 0, f"close {order}: exit status {status}\n{said}")
            self.closed[order] = self.open.pop(order)

    def cleanup(self):
        if self.closed:
            order = self.random.choice(sorted(self.closed))
            self.dcvctl("cleanup", "-q", order)
            self.gone |= {value for _, value in self.closed.pop(order)}
            self.cleaned.add(order)

    def append(self):
        zone = self.random.choice(self.field.zone_names())
        text = f"foreign-{self.number}-{self.made}"
        self.made += 1
        if self.field.append(zone, text, self.random.choice(self.field.owners)):
            self.foreign.add((zone, text))

    def look(self, zones):
        """What this worker's orders need stands, each once; what it has taken away does not."""
        stands = {zone: self.field.values(zone) for zone in zones}
        for order, records in self.open.items():
            for owner, value in records:
                if zone_of(owner) not in stands:
                    continue
                equal(stands[zone_of(owner)].count(value), 1,
                      f"worker {self.number}, order {order}: {value} at {owner}")
        for zone, values in stands.items():
            check(not self.gone & set(values),
                  f"worker {self.number}: came back to {zone}: {self.gone & set(values)}")
        for zone, value in self.foreign:
            if zone in stands:
                check(value in stands[zone], f"worker {self.number}: foreign {value} is lost")

    def work(self):
        steps = [self.new] * 6 + [self.revise] * 5 + [self.again] * 2 + [self.close] * 3 + \
            [self.cleanup] * 3 + [self.append]
        zones = self.field.zone_names()
        for number in range(self.field.operations):
            self.random.choice(steps)()
            # One zone, in turn: reading all four each time costs more than the operations.
            last = number == self.field.operations - 1
            self.look(zones if last else [zones[number % len(zones)]])
        return self


def rows(field, sql):
    with contextlib.closing(sqlite3.connect(f"file:{field.ledger}?mode=ro", uri=True)) as db:
        return db.execute(sql).fetchall()


def check_end(field, workers):
    """Files, ledger and all models together."""
    published = {(zone, value) for zone in field.files for value in field.values(zone)}
    ours = {(zone.split(".")[0], rdata.strip('"')) for zone, rdata in
            rows(field, "SELECT zone, rdata FROM placements WHERE ours = 1")}
    needed = {(zone_of(owner), value) for worker in workers
              for records in worker.open.values() for owner, value in records}
    foreign = {pair for worker in workers for pair in worker.foreign} | field.first()
    check(needed <= published, f"lost: {needed - published}")
    check(foreign <= published, f"foreign lost: {foreign - published}")
    equal(published - foreign, ours, "values of dcvctl in files and ledger")
    left = {value for _, value in ours - needed}
    closed = {value for worker in workers for records in worker.closed.values()
              for _, value in records}
    check(left <= closed, f"neither needed nor of a closed order: {left - closed}")
    equal(rows(field, "SELECT count(*) FROM changes WHERE state IN ('intent', 'unknown')"),
          [(0,)], "unsettled rows of the journal")
    states = dict(rows(field, "SELECT id, state FROM orders"))
    for worker in workers:
        for order in worker.open:
            equal(states[order], "published", f"state of {order}")
        for order in worker.cleaned:
            equal(states[order], "cleaned", f"state of {order}")
    check(not field.rest(), f"left lying about: {field.rest()}")


@contextlib.contextmanager
def field_of(name, where):
    if name == "zonefile":
        yield Field(where)
        return
    with backends.BACKENDS[name](where) as backend:
        yield ServerField(backend)


def writers(name, seed):
    memory = pathlib.Path("/dev/shm")  # what is tested is order, not durability
    with tempfile.TemporaryDirectory(prefix="dcvctl-writers.",
                                     dir=memory if memory.is_dir() else None) as where, \
            field_of(name, pathlib.Path(where).resolve()) as field:
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            workers = list(pool.map(lambda number: Worker(field, seed, number).work(),
                                    range(WORKERS)))
        check_end(field, workers)
        check(sum(worker.changes for worker in workers) > WORKERS * field.operations // 2,
              "hardly anything was changed")


def make(name, seed):
    def run():
        """A process of its own, so that two seeds share no interpreter."""
        done = subprocess.run([sys.executable, __file__, harness.DCVCTL["release"], name,
                               str(seed)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise harness.Failure(f"{done.stdout}{done.stderr}\n"
                                  f"repeat: SEED={seed} tests/run.sh integration writers-{name}")
    return run


if __name__ == "__main__":
    harness.DCVCTL["release"] = sys.argv[1]
    try:
        writers(sys.argv[2], sys.argv[3])
    except harness.Failure as failure:
        sys.exit(str(failure))
else:
    SEED = os.environ.get("SEED")
    for number in [SEED] if SEED else range(1, SEEDS + 1):
        harness.TESTS.append((f"writers-zonefile/seed-{number}", make("zonefile", number)))
    for backend_name in [name for name in backends.BACKENDS if name != "zonefile-nsd"]:
        harness.TESTS.append((f"writers-{backend_name}/seed-{SEED or 1}",
                              make(backend_name, SEED or 1)))
