# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""A run over so many zones that they are carried out together: cut off anywhere, failed in one
zone, beside another such run, stopped by a signal. And zones with several backends. No name
server: what is published is what the files hold."""
import contextlib
import fcntl
import functools
import os
import re
import shutil
import sqlite3
import struct
import subprocess

import harness
from harness import Site, check, equal

ZONES = 60  # more than are carried out one by one, and more than go together
TOGETHER = 48
WIDE = "wide-k7q2x9m4t1v8b5n3"
FIRST = "first-k7q2x9m4t1v8b5"
AGAIN = "again-p3w6r0d8h2j5f9"
THIRD = "third-y4u7e1a9g3l6c0"
ZONE = """\
$ORIGIN {}.
$TTL 3600
@ IN SOA ns1 hostmaster 41 3600 600 604800 300
@ IN NS ns1
ns1 IN A 127.0.0.1
"""
test = functools.partial(harness.test, module="batch")


class ManyZones(Site):
    """z00.example to z59.example; an order in each, and one that has a value in all of them."""

    def __init__(self, where, _):
        self.where = where
        self.zones = where / "zones"
        self.state = where / "state"
        self.ledger_file = self.state / "ledger.db"
        self.nsd = contextlib.nullcontext()
        self.runs = []
        self.names = [f"z{i:02}.example" for i in range(ZONES)]
        self.zone_file = self.file(self.names[0])
        self.orders = where / "orders"
        self.orders.mkdir()
        self.reset()
        self.configure()
        for i, name in enumerate(self.names):
            self.put(100 + i, f"_dnsauth.{name} TXT {self.value(i)}")
        self.put(1, *(f"_dnsauth.wide.{name} TXT {WIDE}" for name in self.names))

    def file(self, name):
        return self.zones / f"{name}.zone"

    def value(self, i):
        return f"alone-k7q2x9m4t1v8b5n3-{i:02}"

    def put(self, number, *records, folder=None):
        path = (folder or self.orders) / f"{number}.yaml"
        path.write_text("ca: digicert\nrecords:\n" +
                        "".join(f"  - {record}\n" for record in records))
        return str(path)

    def configure(self, reload=None):
        """reload: YAML by zone, where it is not none."""
        (self.where / "dcvctl.yaml").write_text(
            f"ledger: sqlite:{self.ledger_file}\nzones:\n" + "".join(
                f"  - {{zone: {name}, file: {self.file(name)}, "
                f"reload: {(reload or {}).get(name, 'none')}}}\n" for name in self.names))

    def reset(self):
        shutil.rmtree(self.state, ignore_errors=True)
        shutil.rmtree(self.zones, ignore_errors=True)
        self.zones.mkdir()
        for name in self.names:
            self.file(name).write_text(ZONE.format(name))

    def apply(self, *args, status=0, build="asan"):
        return self.dcvctl("apply", "--no-wait", *args, status=status, build=build)

    def script(self, body):
        """A reload command, as YAML, that does this and refuses the zone."""
        path = self.where / "reload.sh"
        path.write_text(f"#!/bin/sh\n{body}\necho no >&2\nexit 1\n")
        path.chmod(0o755)
        return f"{{command: [{path}]}}"

    def write_ledger(self, sql):
        with contextlib.closing(sqlite3.connect(self.ledger_file)) as db, db:
            db.execute(sql)

    def states(self):
        return dict(self.ledger("SELECT state, COUNT(*) FROM orders GROUP BY state"))

    def open_rows(self):
        return self.ledger("SELECT COUNT(*) FROM changes WHERE state IN ('intent', 'unknown')")[0][0]

    def serials(self):
        return [int(re.search(r"hostmaster (\d+)", self.file(name).read_text())[1])
                for name in self.names]

    def identities(self):
        return [(stat.st_ino, stat.st_mtime_ns) for stat in
                (self.file(name).stat() for name in self.names)]

    def is_new(self, i):
        """The zone has both values, or neither: a file is never between."""
        text = self.file(self.names[i]).read_text()
        counts = text.count(self.value(i)), text.count(WIDE)
        check(counts in ((0, 0), (1, 1)), f"{self.names[i]}: {counts}\n{text}")
        check(text.startswith(ZONE.format(self.names[i]).split("@")[0]) and
              "ns1 IN A 127.0.0.1\n" in text, f"{self.names[i]}: something is lost\n{text}")
        return counts == (1, 1)

    def converged(self):
        """Every zone is as it should be, the ledger says so, and one more run changes nothing."""
        equal([i for i in range(ZONES) if not self.is_new(i)], [], "zones without their values")
        equal(self.states(), {"published": ZONES + 1}, "orders")
        equal(self.open_rows(), 0, "rows of the journal without an end")
        equal(self.ledger("SELECT COUNT(*) FROM placements WHERE ours = 1")[0][0], 2 * ZONES,
              "placements")
        equal(sorted(os.listdir(self.zones)), [f"{name}.zone" for name in self.names],
              "files in the directory")
        before = self.identities(), self.ledger("SELECT COUNT(*) FROM changes")
        equal(self.apply("--json", str(self.orders)).json()["changed"], False, "changed")
        equal((self.identities(), self.ledger("SELECT COUNT(*) FROM changes")), before,
              "files and journal after a run with nothing to do")


@test(kind=ManyZones)
def killed_anywhere_it_converges(site):
    argv = site.argv("apply", "--no-wait", "-q", str(site.orders), build="release")
    for name, index in (("renameat2", 1), ("renameat2", 3), ("fsync", 2), ("fsync", 5),
                        ("unlinkat", 1), ("copy_file_range", 2), ("futex", 1),
                        ("pwrite64", 5), ("pwrite64", 40), ("pwrite64", 200)):
        site.reset()
        killed = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e",
                                 f"trace={name}", "-e",
                                 f"inject={name}:signal=KILL:when={index}", *argv],
                                capture_output=True, cwd=site.where,
                                env=site.environment()).returncode == -9
        check(killed or name in ("futex", "copy_file_range"), f"{name} {index}: not reached")
        new = sum(site.is_new(i) for i in range(ZONES))
        site.apply(str(site.orders), build="release")
        site.converged()
        equal(site.serials(), [42] * ZONES, f"serials after {name} {index}, {new} done before")


@test(kind=ManyZones)
def one_zone_that_fails_holds_up_no_other(site):
    bad = site.names[7]
    site.configure({bad: site.script("")})
    run = site.apply("--json", str(site.orders), status=3).json()
    equal([zone["zone"] for zone in run["zones"] if not zone["changed"]], [f"{bad}."],
          "zones that did not change")
    equal([i for i in range(ZONES) if not site.is_new(i)], [7], "zones without their values")
    equal(site.states(), {"published": ZONES - 1, "pending": 2}, "orders")
    site.configure()
    site.apply(str(site.orders))
    site.converged()


@test(kind=ManyZones)
def a_locked_zone_is_named_and_the_others_are_done(site):
    locks = site.state / "locks"
    locks.mkdir(parents=True)
    site.state.chmod(0o700)
    with open(locks / f"{site.names[50]}.lock", "w") as lock:
        fcntl.fcntl(lock, fcntl.F_OFD_SETLK,
                    struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
        run = site.apply("--lock-timeout", "0s", str(site.orders), status=3)
        check(f"zone {site.names[50]}" in run.err and "locked" in run.err, "who is locked")
    equal([i for i in range(ZONES) if not site.is_new(i)], [50], "zones without their values")
    site.apply(str(site.orders))
    site.converged()


@test(kind=ManyZones)
def two_such_runs_and_small_ones_at_once(site):
    second = site.where / "second"
    second.mkdir()
    for i, name in enumerate(site.names):
        site.put(500 + i, f"_dnsauth.{name} TXT second-k7q2x9m4t1v8b-{i:02}", folder=second)
    many = [site.popen("apply", "--no-wait", "-q", str(path)) for path in
            (site.orders, second, second / "500.yaml", second / "559.yaml", second)]
    ends = [(run.communicate(timeout=harness.RUN_LIMIT_S)[1], run.returncode) for run in many]
    check(ends[0][1] == 0, f"{ends[0]}")
    # Of two runs with the same orders one may find that the other has noted them meanwhile.
    check(all(status in (0, 1, 3) for _, status in ends), f"{ends}")
    site.apply(str(second))
    for i, name in enumerate(site.names):
        check(site.is_new(i), name)
        equal(site.file(name).read_text().count(f"second-k7q2x9m4t1v8b-{i:02}"), 1, name)
    equal(site.states(), {"published": 2 * ZONES + 1}, "orders")
    equal(site.open_rows(), 0, "rows of the journal without an end")


@test(kind=ManyZones)
def a_signal_ends_it_between_batches(site):
    site.configure({site.names[0]: site.script(
        f"[ -e {site.where}/once ] && exit 1; touch {site.where}/once; kill -TERM $PPID")})
    run = site.apply(str(site.orders), status=None)
    equal(run.status, -15, "how it ended")
    done = [i for i in range(1, ZONES) if site.is_new(i)]
    equal(done, list(range(1, TOGETHER)), "zones that were under way")
    check("not begun" in run.err, "that the others were not begun")
    site.configure()
    site.apply(str(site.orders))
    site.converged()


@test(kind=ManyZones)
def outcomes_that_cannot_be_noted(site):
    early = site.put(2, "_dnsauth.early.z00.example TXT early-k7q2x9m4t1v8b5n")
    site.apply(early)
    os.unlink(early)
    site.write_ledger("CREATE TRIGGER full BEFORE INSERT ON placements "
                      "BEGIN SELECT RAISE(ABORT, 'no room'); END")
    run = site.apply("-q", str(site.orders), status=3)
    check(f"{site.names[59]}.zone: written, but the outcome is not noted" in run.err,
          "what is wrong, of each zone")
    equal([i for i in range(ZONES) if not site.is_new(i)], [], "zones without their values")
    equal(site.states(), {"pending": ZONES + 1, "published": 1}, "orders")
    check(site.open_rows() > 0, "intents are left")
    site.write_ledger("DROP TRIGGER full")
    serials = site.serials()
    site.apply(str(site.orders))
    equal(site.serials(), serials, "serials: there is nothing to write")
    equal(site.states(), {"published": ZONES + 2}, "orders")
    equal(site.open_rows(), 0, "rows of the journal without an end")


@test(kind=ManyZones)
def orders_without_a_zone_leave_the_run_however_many(site):
    shutil.rmtree(site.orders)
    site.orders.mkdir()
    for i in range(150):
        site.put(1000 + i, f"_dnsauth.n{i}.z00.example TXT half-k7q2x9m4t1v8-{i:03}",
                 f"_dnsauth.n{i}.nowhere.test TXT half-k7q2x9m4t1v8-{i:03}")
    site.put(2000, f"_dnsauth.z01.example TXT {FIRST}")
    run = site.apply("--keep-going", str(site.orders), status=3)
    check("150 errors" in run.err, "all are counted")
    equal(site.ledger("SELECT id, state FROM orders"), [("2000", "published")], "orders")
    check("half-" not in site.file("z00.example").read_text(), "half of an order is written")


# --- a saved plan, and undo

@test(kind=ManyZones)
def a_saved_plan_holds_until_the_lock(site):
    plan = str(site.where / "saved")
    two = [site.put(3, f"_dnsauth.z00.example TXT {FIRST}"),
           site.put(4, f"_dnsauth.z01.example TXT {AGAIN}")]
    site.dcvctl("plan", "--save", plan, *two, status=2)
    # Between the look at the plan and the lock of the second zone somebody else writes it.
    site.configure({"z00.example": site.script(
        f"echo 'mail IN A 192.0.2.25' >> {site.file('z01.example')}")})
    run = site.apply("--plan", plan, status=1)
    check("moved since the plan was saved" in run.err, "why")
    check(AGAIN not in site.file("z01.example").read_text(), "what nobody agreed to is written")


def issue(site, *records):
    return site.apply(site.put(9, *records))


@test(kind=ManyZones)
def an_undone_part_leaves_an_order_pending(site):
    a, b = "_dnsauth.z00.example TXT", "_dnsauth.z01.example TXT"
    issue(site, f"{a} {FIRST}", f"{b} {FIRST}")
    issue(site, f"{a} {FIRST}", f"{b} {AGAIN}")
    site.dcvctl("undo", "r1")
    equal(site.ledger("SELECT revision, state FROM orders"), [(2, "pending")], "the order")
    check(FIRST not in site.file("z00.example").read_text(), "the value of r1 is there")
    issue(site, f"{a} {FIRST}", f"{b} {AGAIN}")
    equal(site.ledger("SELECT revision, state FROM orders"), [(2, "published")], "the order")


@test(kind=ManyZones)
def an_undone_repair_is_no_former_revision(site):
    record = "_dnsauth.z00.example TXT"
    issue(site, f"{record} {FIRST}")
    issue(site, f"{record} {AGAIN}")
    site.file("z00.example").write_text(ZONE.format("z00.example"))
    issue(site, f"{record} {AGAIN}")
    site.dcvctl("undo", "r3")
    equal(site.ledger("SELECT revision, state FROM orders"), [(2, "pending")], "the order")


# --- several backends of one zone

class TwoBackends(ManyZones):
    """z00.example in two files."""

    def configure(self, reload=None):
        self.outer = self.zones / "z01.example.zone"
        self.outer.write_text(ZONE.format("z00.example"))
        (self.where / "dcvctl.yaml").write_text(
            f"ledger: sqlite:{self.ledger_file}\naccounts:\n"
            f"  inner: {{provider: zonefile, file: {self.zone_file}, reload: none}}\n"
            f"  outer: {{provider: zonefile, file: {self.outer}, "
            f"reload: {reload or 'none'}}}\n"
            "zones:\n  - {zone: z00.example, backends: [inner, outer]}\n")

    def holds(self):
        return [[word for word in (FIRST, AGAIN) if word in file.read_text()]
                for file in (self.zone_file, self.outer)]


def change_reload(site, reload):
    path = site.where / "dcvctl.yaml"
    text = path.read_text()
    path.write_text(re.sub(r"(outer: .*reload: ).*}", lambda found: f"{found[1]}{reload}}}", text))


@test(kind=TwoBackends)
def nothing_leaves_one_backend_before_all_have_the_new(site):
    record = "_dnsauth.z00.example TXT"
    issue(site, f"{record} {FIRST}")
    change_reload(site, site.script(""))
    run = site.apply("--json", site.put(9, f"{record} {AGAIN}"), status=3).json()
    equal(site.holds(), [[FIRST, AGAIN], [FIRST]], "values in inner and outer")
    equal(run["changed"], True, "changed")
    equal(site.ledger("SELECT revision, state FROM orders"), [(2, "pending")], "the order")
    change_reload(site, "none")
    site.apply(site.put(9, f"{record} {AGAIN}"))
    equal(site.holds(), [[AGAIN], [AGAIN]], "values in inner and outer")
    equal(site.ledger("SELECT revision, state FROM orders"), [(2, "published")], "the order")


@test(kind=TwoBackends)
def an_undo_adds_before_it_removes(site):
    record = "_dnsauth.z00.example TXT"
    issue(site, f"{record} {FIRST}")
    issue(site, f"{record} {AGAIN}")
    change_reload(site, site.script(""))
    site.dcvctl("undo", "r2", status=3)
    equal(site.holds(), [[FIRST, AGAIN], [AGAIN]], "values in inner and outer")


@test(kind=TwoBackends)
def two_steps_are_told_as_one_change(site):
    record = "_dnsauth.z00.example TXT"
    issue(site, f"{record} {FIRST}")
    run = site.apply("--json", site.put(9, f"{record} {AGAIN}")).json()
    equal([(change["op"], change["outcome"]) for change in run["changes"]],
          [("remove", "done"), ("add", "done")] * 2, "changes")
    equal([(zone["serial_before"], zone["serial_after"]) for zone in run["zones"]],
          [(42, 44)] * 2, "serials")
    equal((run["totals"]["add"], run["totals"]["remove"]), (2, 2), "totals")
