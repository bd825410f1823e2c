# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Two at once, and runs that are cut off or meet a fault: no value is lost, none is taken that is
not ours, and the ledger and the exit status tell the truth. Two zones, no name server. A run is
held inside a system call by strace; what is tested happens while it stands there."""
import contextlib
import fcntl
import functools
import os
import re
import shutil
import sqlite3
import struct
import subprocess
import time

import harness
from harness import Site, calls, check, equal, kill_at, strace

# Tokens without a date in front, so that no clock decides about them; of DigiCert's form.
OLD = "old-k7q2x9m4t1v8b5n3"
NEW = "new-p3w6r0d8h2j5f9s1"
OTHER = "other-y4u7e1a9g3l6c0z8"
DEAD = "202401010000002aurxma1k3v"
A, B = "_dnsauth.a.example", "_dnsauth.b.example"
MAIL = "mail IN A 192.0.2.25"
HOLD_MS = 1000
WAIT_S = 20
ZONE = """\
$ORIGIN {}.
$TTL 3600
@ IN SOA ns1 hostmaster 41 3600 600 604800 300
@ IN NS ns1
ns1 IN A 127.0.0.1
www IN A 192.0.2.1
"""


class TwoZones(Site):
    """a.example and b.example in files that no server serves."""

    def __init__(self, where, _):
        self.where = where
        self.zones = where / "zones"
        self.state = where / "state"
        self.ledger_file = self.state / "ledger.db"
        self.a, self.b = self.zones / "a", self.zones / "b"
        self.zone_file = self.a
        self.nsd = contextlib.nullcontext()
        self.runs = []
        self.reset()
        self.configure()

    def configure(self, reload="none", nameservers=None, **files):
        """files: the files of a and b where they are not the usual ones; None: not bound."""
        files = {"a": self.a, "b": self.b, **files}
        (self.where / "dcvctl.yaml").write_text(
            f"ledger: sqlite:{self.ledger_file}\nzones:\n" +
            "".join(f"  - {{zone: {zone}.example, file: {file}, reload: {reload}}}\n"
                    for zone, file in files.items() if file is not None))

    def reset(self):
        shutil.rmtree(self.state, ignore_errors=True)
        shutil.rmtree(self.zones, ignore_errors=True)
        self.zones.mkdir()
        self.a.write_text(ZONE.format("a.example"))
        self.b.write_text(ZONE.format("b.example"))

    def apply(self, *args, status=0, build="asan"):
        return self.dcvctl("apply", "--no-wait", *args, status=status, build=build)

    def apply_argv(self, *args):
        return self.argv("apply", "--no-wait", *args, build="release")

    def end(self, number, how="--cancelled"):
        """Closes the order and cleans it up."""
        self.dcvctl("close", how, str(number))
        return self.dcvctl("cleanup", str(number))

    def write_ledger(self, sql):
        with contextlib.closing(sqlite3.connect(self.ledger_file)) as db, db:
            db.execute(sql)

    def state_of(self, number):
        """(state, reason)"""
        return self.ledger(f"SELECT state, reason FROM orders WHERE id = '{number}'")[0]

    def count(self, value):
        """How often the value stands in each zone file."""
        return [file.read_text().count(value) for file in (self.a, self.b)]

    def everywhere(self):
        """All that stands in any file beside the zones, theirs included."""
        return "".join(path.read_text() for path in self.zones.iterdir())


test = functools.partial(harness.test, kind=TwoZones)


def record(owner, value):
    return f"{owner} TXT {value}"


def settled(site):
    equal(site.ledger("SELECT * FROM changes WHERE state NOT IN ('done', 'failed')"), [],
          "journal rows not settled")
    equal(site.files(), ["a", "b"], "files beside the zones")


def sed(script, file):
    """What a person does who edits a file: another file takes its place."""
    subprocess.run(["sed", "-i", script, str(file)], check=True)


def until(condition, what):
    end = time.monotonic() + WAIT_S
    while not condition():
        check(time.monotonic() < end, f"{what}: not within {WAIT_S} s")
        time.sleep(0.005)


class Held(harness.Run):
    """A run that stands in a system call."""

    def __init__(self, site, argv, process):
        super().__init__(argv, subprocess.CompletedProcess(argv, None, "", ""), 0)
        self.site, self.process = site, process

    def stands(self, call, index):
        log = self.site.where / "held.log"
        text = log.read_text() if log.exists() else ""
        return text.count(f"{call}(") == index and not text.endswith("\n")

    def until(self, call, index):
        until(lambda: self.stands(call, index) or self.process.poll() is not None,
              f"{call} {index}")
        check(self.process.poll() is None, f"it ended before {call} {index}")

    def still(self, call, index):
        check(self.stands(call, index),
              f"it left {call} {index} before the other was through: hold it longer")


@contextlib.contextmanager
def held(site, argv, call, index=1, status=0, times=1, kill=None):
    """Runs a command and holds it as it enters the index-th call of this name (and those after
    it, `times` in all); the body runs while it stands there. Afterwards it goes on to its end,
    with this status (None: any), or until it is killed: (name, index) of a later call of
    another name."""
    log = site.where / "held.log"
    log.unlink(missing_ok=True)
    names = call if kill is None else f"{call},{kill[0]}"
    inject = ["-e", f"inject={call}:delay_enter={HOLD_MS}ms:when={index}..{index + times - 1}"]
    if kill is not None:
        inject += ["-e", f"inject={kill[0]}:signal=KILL:when={kill[1]}"]
        status = -9
    argv = ["strace", "-qq", "-o", str(log), "-e", f"trace={names}", *inject, *argv]
    begun = time.monotonic()
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, cwd=site.where,
                               env=site.environment())
    run = Held(site, argv, process)
    try:
        run.until(call, index)
        yield run
        run.still(call, index + times - 1)
    finally:
        run.out, run.err = process.communicate(timeout=WAIT_S)
        run.status, run.seconds = process.returncode, time.monotonic() - begun
        site.runs.append(run)
    if status is not None:
        equal(run.status, status, "exit status of the held run")


@contextlib.contextmanager
def locked(site, zone):
    """Another run holds the lock of a zone."""
    locks = site.state / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    with open(locks / f"{zone}.lock", "w+") as lock:
        fcntl.fcntl(lock, fcntl.F_OFD_SETLK,
                    struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
        yield


def with_error(site, argv, call, index, error="EIO"):
    """Runs a command whose index-th call of this name fails."""
    return site.exec(["strace", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                      f"inject={call}:error={error}:when={index}", *argv], status=None)


def points(site, argv, names):
    """(name, index) of each call of these names that the command makes."""
    return [(name, index) for name, index, _ in calls(strace(site, argv))
            if re.fullmatch(names, name)]


# --- a clean-up beside an order

def reissue_during_cleanup(site):
    """The clean-up of 1001 is done with a and stands in b as the order is issued again."""
    site.apply(site.order(1001, record(A, OLD), record(B, OLD)))
    site.dcvctl("close", "--issued", "1001")
    with held(site, site.argv("cleanup", "1001", build="release"), "unlinkat", 2, status=None):
        equal(site.count(OLD), [0, 0], "old values as the clean-up stands in b")
        site.apply("--lock-timeout", "0s", site.order(1001, record(A, NEW)), status=None)
        equal(site.count(NEW), [1, 0], "the new value")


@test
def reissue_during_cleanup_stays_open(site):
    reissue_during_cleanup(site)
    check(site.state_of(1001)[0] in ("pending", "published"),
          f"an order with a value in a is {site.state_of(1001)}")
    site.apply(str(site.where / "1001.yaml"))
    equal(site.state_of(1001), ("published", ""), "state after the same again")
    settled(site)


@test
def reissue_during_cleanup_keeps_its_value(site):
    """The next order at that owner must not take it for something that a closed order left."""
    reissue_during_cleanup(site)
    site.apply(site.order(1002, record(A, OTHER)))
    equal((site.count(NEW), site.count(OTHER)), ([1, 0], [1, 0]), "values in a and b")


def until_lock(site, argv, zone):
    """Index of the openat by which the run comes to the lock of a zone; it runs to its end."""
    return next(index for name, index, line in calls(strace(site, argv))
                if name == "openat" and f"{zone}.lock" in line)


@test
def reissue_before_cleanup_has_the_lock(site):
    def closed():
        site.reset()
        site.apply(site.order(1001, record(A, OLD)), build="release")
        site.dcvctl("close", "--issued", "1001", build="release")

    argv = site.argv("cleanup", "1001", build="release")
    closed()
    index = until_lock(site, argv, "a.example")
    closed()
    with held(site, argv, "openat", index, status=6):
        site.apply(site.order(1001, record(A, NEW)))
    equal(site.count(NEW), [1, 0], "the new value")
    equal(site.state_of(1001), ("published", ""), "state")
    settled(site)


@test
def reissue_between_two_zones(site):
    """What the slower run knows of the order is old when it comes to b."""
    order = site.order(1001, record(A, OLD), record(B, OLD))
    argv = site.apply_argv(order)
    index = until_lock(site, argv, "b.example")
    site.reset()
    with held(site, argv, "openat", index, status=3):
        equal(site.count(OLD), [1, 0], "old values as the first run comes to b")
        os.rename(order, site.where / "first.yaml")
        site.apply(site.order(1001, record(A, NEW), record(B, NEW)))
    equal((site.count(OLD), site.count(NEW)), ([0, 0], [1, 1]), "values")
    equal(site.ledger("SELECT state, revision FROM orders"), [("published", 2)], "the order")
    settled(site)


@test
def close_during_apply(site):
    order = site.order(1001, record(A, NEW))
    with held(site, site.apply_argv(order), "unlinkat", status=None):
        site.dcvctl("close", "--cancelled", "1001")
    equal(site.state_of(1001), ("closed", "cancelled"), "state")
    check(site.ledger("SELECT closed FROM orders")[0][0] > 0, "no time of the close")
    site.dcvctl("cleanup", "1001")
    equal(site.count(NEW), [0, 0], "the value")
    settled(site)


# --- somebody else writes the zone file

def is_told(site, run, *lines):
    """Every line is in the zone file, or the run did not say that all is well and the line
    is in a file beside it that the run names."""
    for line in lines:
        if line in site.a.read_text():
            continue
        check(line in site.everywhere(), f"{line!r} is lost (exit status {run.status})")
        kept = [path.name for path in site.zones.iterdir() if line in path.read_text()]
        equal(run.status, 3, f"exit status, {line!r} being in {kept} only")
        check(any(name in run.err for name in kept), f"{kept} is not named: {run.err}")


@test
def edited_before_the_exchange(site):
    order = site.order(1001, record(A, NEW))
    with held(site, site.apply_argv(order), "renameat2", status=None) as run:
        sed("s/192.0.2.1/192.0.2.99/; s/ 41 / 77 /", site.a)
    check("192.0.2.99" in site.a.read_text(), "the change by hand is lost")
    equal(site.count(NEW)[0], 1 if run.status == 0 else 0, "our value")
    if run.status == 0:
        check(" 78 " in site.a.read_text(), "the serial does not go on from the one by hand")
    site.apply(order)
    equal(site.count(NEW), [1, 0], "our value after the same again")
    settled(site)


@test
def edited_again_as_theirs_is_given_back(site):
    """Replaced before our exchange and once more before the exchange that undoes it."""
    order = site.order(1001, record(A, NEW))
    argv = site.apply_argv(order)
    with held(site, argv, "renameat2", times=2, status=None) as run:
        sed("s/192.0.2.1/192.0.2.99/", site.a)
        run.still("renameat2", 1)
        run.until("renameat2", 2)
        sed(f"$a {MAIL}", site.a)
    is_told(site, run, "192.0.2.99", MAIL)


@test
def two_ledgers(site):
    """Two runs on one file that know nothing of each other: no lock is between them."""
    first = site.order(1001, record(A, NEW))
    second = site.order(1002, record(B, OLD), record("_x.a.example", OTHER))
    with held(site, site.apply_argv(first), "renameat2"):
        site.apply("--ledger", str(site.where / "elsewhere" / "ledger.db"), second)
    equal((site.count(NEW), site.count(OTHER)), ([1, 0], [1, 0]), "values in a and b")
    settled(site)


def written_in_place(site, call, index=1):
    """A program holds the file open since before the run and writes as the run stands."""
    order = site.order(1001, record(A, NEW))
    with open(site.a, "a") as file:
        with held(site, site.apply_argv(order), call, index, status=None) as run:
            file.write(f"{MAIL}\n")
            file.flush()
    is_told(site, run, MAIL)
    return run


def after_the_exchange(site, name):
    """Index of the first call of this name after the exchange."""
    log = [call for call, _, _ in
           calls(strace(site, site.apply_argv(site.order(1001, record(A, NEW)))))]
    site.reset()
    return log[:log.index("renameat2")].count(name) + 1


@test
def written_in_place_before_the_exchange(site):
    written_in_place(site, "renameat2")


@test
def written_in_place_after_the_exchange(site):
    written_in_place(site, "fsync", after_the_exchange(site, "fsync"))


def kept(site):
    """Written after the exchange was found good: both files have something the other lacks."""
    run = written_in_place(site, "openat", after_the_exchange(site, "openat"))
    equal((run.status, site.count(NEW)), (3, [1, 0]), "exit status and values")
    equal(len(site.files()), 3, "files with the one that is kept")


@test
def kept_file_stays(site):
    """The same again, before anybody looked at what was kept."""
    kept(site)
    run = site.apply(str(site.where / "1001.yaml"), status=None)
    is_told(site, run, MAIL)


@test
def kept_file_carried_over(site):
    """What the message says to do works."""
    kept(site)
    sed(f"$a {MAIL}", site.a)
    next(path for path in site.zones.iterdir() if path.name.startswith(".")).unlink()
    site.apply(str(site.where / "1001.yaml"))
    equal((site.count(NEW), site.count(MAIL)), ([1, 0], [1, 0]), "values")
    settled(site)


@test
def held_open_for_writing(site):
    """A program that has the file open for writing may write when the run is long over."""
    order = site.order(1001, record(A, NEW))
    with open(site.a, "a") as file:
        run = site.apply(order, status=3)
        file.write(f"{MAIL}\n")
    is_told(site, run, MAIL)
    equal(site.count(NEW), [1, 0], "our value")


@test
def held_open_for_reading(site):
    """A reader loses nothing."""
    with open(site.a) as file:
        site.apply(site.order(1001, record(A, NEW)))
        file.read()
    settled(site)


@test
def written_in_place_after_a_kill(site):
    """Killed after the exchange; a program that had the file open goes on writing."""
    order = site.order(1001, record(A, NEW))
    index = after_the_exchange(site, "fsync")
    with open(site.a, "a") as file:
        check(kill_at(site, site.apply_argv(order), "fsync", index), "not killed")
        file.write(f"{MAIL}\n")
    run = site.apply(order, status=None)
    is_told(site, run, MAIL)



# --- whose value is it

def at_a_shared_name(site):
    """Killed before the exchange; then a person writes the same value, with a TTL of theirs."""
    order = site.order(1001, record("a.example", NEW))
    check(kill_at(site, site.apply_argv(order), "renameat2", 1), "not killed")
    line = f'@ 7200 IN TXT "{NEW}"'
    sed(f"$a {line}", site.a)
    return order, line


@test
def written_by_hand_after_a_kill(site):
    order, line = at_a_shared_name(site)
    site.apply(order)
    equal(site.ledger("SELECT DISTINCT ours FROM placements"), [(0,)], "whose placement")
    check(line in site.a.read_text().splitlines(), "the line by hand, after apply")
    site.end(1001)
    check(line in site.a.read_text().splitlines(), "the line by hand, after cleanup")
    equal(site.state_of(1001)[0], "cleaned", "state")
    settled(site)


@test
def written_by_hand_after_a_kill_then_cleaned(site):
    """The same without a second apply: the clean-up settles the run."""
    _, line = at_a_shared_name(site)
    site.end(1001)
    check(line in site.a.read_text().splitlines(), "the line by hand, after cleanup")
    equal(site.ledger("SELECT * FROM placements WHERE ours = 1"), [], "placements of ours")
    settled(site)


@test
def one_of_two_values_removed_by_hand(site):
    order = site.order(1001, record(A, OLD), record(A, NEW))
    check(kill_at(site, site.apply_argv(order), "unlinkat", 1), "not killed")
    equal((site.count(OLD)[0], site.count(NEW)[0]), (1, 1), "values as it was killed")
    sed(f"/{NEW}/d", site.a)
    site.end(1001)
    equal((site.count(OLD)[0], site.count(NEW)[0]), (0, 0), "values")
    equal(site.state_of(1001)[0], "cleaned", "state")
    settled(site)


@test
def zone_file_moved(site):
    """A zone that is bound to another path: what was ours in it still is."""
    site.apply(site.order(1001, record(A, NEW)))
    moved = site.where / "moved"
    site.a.rename(moved)
    site.configure(a=moved)
    site.end(1001, "--issued")
    equal(moved.read_text().count(NEW), 0, "times the value stands in the moved file")
    equal(site.ledger("SELECT * FROM placements"), [], "placements")
    equal(site.state_of(1001), ("cleaned", "issued"), "state")


@test
def zone_file_moved_while_cut_off(site):
    """The run that was cut off is settled where it was, not where the zone is now."""
    order = site.order(1001, record(A, NEW))
    check(kill_at(site, site.apply_argv(order), "unlinkat", 1), "not killed")
    other = site.where / "other"
    other.write_text(ZONE.format("a.example"))
    site.configure(a=other)
    site.apply(order)
    equal(other.read_text().count(NEW), 1, "times the value stands in the new file")
    check(site.ledger("SELECT * FROM changes WHERE state = 'intent'") != [],
          "what was not looked at counts as settled")
    site.configure()
    site.end(1001)
    equal(site.count(NEW), [0, 0], "the value")
    settled(site)


# --- faults of the ledger and of the file

@test
def unnoted_intents(site):
    """Each sync of the ledger fails once, as an order enters in two zones: what stands in a
    zone is claimed, and no run has the id of another."""
    site.apply(site.order(1000, record("_x.a.example", OTHER)), build="release")
    base = site.where / "base"
    shutil.copytree(site.state, base)
    text = site.a.read_text()
    order = site.order(1001, record(A, NEW), record(B, NEW))
    syncs = points(site, site.apply_argv(order), "fdatasync")
    check(len(syncs) >= 8, f"only {len(syncs)} syncs of the ledger")
    for call, index in syncs:
        site.reset()
        shutil.copytree(base, site.state)
        site.a.write_text(text)
        run = with_error(site, site.apply_argv(order), call, index)
        when = f"sync {index} fails (exit status {run.status})"
        claims = site.ledger("SELECT count(*) FROM claims WHERE id = '1001'")[0][0]
        equal(claims, 2 if any(site.count(NEW)) else claims, f"claims in the ledger, {when}")
        check(run.status != 0 or site.count(NEW) == [1, 1], f"not all is there, {when}")
        check(run.status != 1 or site.count(NEW) == [0, 0], f"something is there, {when}")
        rows = dict(site.ledger("SELECT id, run FROM changes"))
        site.apply(order, site.order(1002, record("_y.a.example", OLD)), build="release")
        later = {name for row, name in site.ledger("SELECT id, run FROM changes")
                 if row not in rows}
        check(later and not later & set(rows.values()),
              f"{later} is the id of more than one run, {when}")
        equal(site.count(NEW), [1, 1], f"values after the same again, {when}")
        equal(site.state_of(1001), ("published", ""), f"state after the same again, {when}")
        settled(site)


@test
def unnoted_outcomes_of_a_cleanup(site):
    """Each sync of the ledger fails once; the next clean-up settles it and leaves nothing."""
    site.apply(site.order(1001, record(A, NEW), record(B, NEW)), build="release")
    site.dcvctl("close", "--issued", "1001", build="release")
    base, files = site.where / "base", (site.a.read_text(), site.b.read_text())
    shutil.copytree(site.state, base)
    argv = site.argv("cleanup", "1001", build="release")
    for call, index in points(site, argv, "fdatasync"):
        site.reset()
        shutil.rmtree(site.state, ignore_errors=True)
        shutil.copytree(base, site.state)
        site.a.write_text(files[0])
        site.b.write_text(files[1])
        run = with_error(site, argv, call, index)
        when = f"sync {index} fails (exit status {run.status})"
        check(run.status in (0, 1, 3), when)
        check(run.status != 1 or site.count(NEW) == [1, 1], f"something is gone, {when}")
        site.exec(argv)
        equal(site.count(NEW), [0, 0], f"values after the same again, {when}")
        equal(site.state_of(1001), ("cleaned", "issued"), f"state, {when}")
        equal(site.ledger("SELECT * FROM placements"), [], f"placements, {when}")
        settled(site)


@test
def exit_status_after_a_fault(site):
    """Each sync, exchange and removal of a file fails once: exit 1 says that nothing changed,
    0 that all is there; the same again mends it."""
    order = site.order(1001, record(A, NEW), record(B, NEW))
    for call, index in points(site, site.apply_argv(order), "fsync|renameat2|unlinkat"):
        site.reset()
        before = (site.a.read_text(), site.b.read_text())
        run = with_error(site, site.apply_argv("--json", order), call, index)
        when = f"{call} {index} fails (exit status {run.status})"
        same = (site.a.read_text(), site.b.read_text()) == before
        check(run.status != 1 or same, f"something changed, {when}")
        check(run.status != 0 or site.count(NEW) == [1, 1], f"not all is there, {when}")
        if run.status in (0, 1, 3):
            equal(run.json()["changed"], not same, f"`changed`, {when}")
        site.apply(order, build="release")
        equal(site.count(NEW), [1, 1], f"values after the same again, {when}")
        settled(site)


@test
def unreadable_after_the_change(site):
    """The zone cannot be read back: whether the value stands there is unknown, not failed."""
    order = site.order(1001, record(A, NEW))
    opened = [index for name, index, line in calls(strace(site, site.apply_argv(order)))
              if name == "openat" and re.search(r'"a", O_RDONLY', line)]
    site.reset()
    run = with_error(site, site.apply_argv("--json", order), "openat", opened[-1])
    equal(run.status, 3, "exit status")
    result = run.json()
    equal(result["changed"], True, "changed")
    equal([change["outcome"] for change in result["changes"] if change["op"] == "add"],
          ["unknown"], "outcome")
    site.apply(order)
    equal((site.count(NEW), site.state_of(1001)), ([1, 0], ("published", "")), "afterwards")
    settled(site)


# --- states

def effective(site):
    """1001 is effective since long ago; its file."""
    order = site.order(1001, record(A, NEW))
    site.apply(order)
    site.write_ledger("UPDATE orders SET state = 'effective', effective_at = 1700000000")
    return order


def is_still_effective(site):
    equal(site.ledger("SELECT state, effective_at FROM orders WHERE id = '1001'"),
          [("effective", 1700000000)], "the other order")


@test
def effective_beside_a_new_one(site):
    order = effective(site)
    site.apply(order, site.order(1002, record("_x.a.example", OTHER)))
    equal(site.state_of(1002), ("published", ""), "the new one")
    is_still_effective(site)


@test
def effective_beside_a_refused_one(site):
    order = effective(site)
    before = site.a.read_text()
    site.configure(reload="{command: [/bin/false]}")
    site.apply(order, site.order(1002, record("_x.a.example", OTHER)), status=1)
    equal(site.a.read_text(), before, "the zone file")
    is_still_effective(site)


@test
def expired_in_the_way_of_a_cut_off_run(site):
    site.apply(site.order(1001, record(A, OLD)))
    site.write_ledger("UPDATE orders SET expires = 1700000000")
    order = site.order(1002, record(A, NEW))
    check(kill_at(site, site.apply_argv(order), "unlinkat", 1), "not killed")
    site.apply(order)
    equal((site.count(OLD), site.count(NEW)), ([0, 0], [1, 0]), "values")
    equal(site.state_of(1001), ("closed", "expired"), "the order that was in the way")
    equal(site.state_of(1002), ("published", ""), "the order")
    settled(site)


# --- locks and deadlines

@test
def lock_through_a_link(site):
    """A ledger has one lock, by whatever name it is called."""
    site.apply(site.order(1000, record("_x.a.example", OTHER)))
    link = site.where / "link" / "ledger.db"
    link.parent.mkdir()
    link.symlink_to(site.ledger_file)
    second = site.order(1002, record("_y.a.example", OLD))
    with held(site, site.apply_argv(site.order(1001, record(A, NEW))), "renameat2"):
        site.apply("--ledger", str(link), "--lock-timeout", "0s", second, status=5)
    site.apply("--ledger", str(link), second)
    equal((site.count(NEW), site.count(OLD)), ([1, 0], [1, 0]), "values")
    settled(site)


@test
def move_to_a_locked_zone(site):
    """The old value stays until the new one is written."""
    site.apply(site.order(1001, record(A, OLD)))
    order = site.order(1001, record(B, NEW))
    with locked(site, "b.example"):
        run = site.apply("--lock-timeout", "0s", order, status=None)
    check(run.status != 0, "exit status 0")
    equal((site.count(OLD), site.count(NEW)), ([1, 0], [0, 0]), "values while b is locked")
    site.apply(order)
    equal((site.count(OLD), site.count(NEW)), ([0, 0], [0, 1]), "values afterwards")
    equal(site.state_of(1001), ("published", ""), "state")
    settled(site)


@test
def deadline_while_locked(site):
    order = site.order(1001, record(A, NEW))
    with locked(site, "a.example"):
        run = site.apply("--deadline", "1s", order, status=5)
    check(run.seconds < 2.5, f"{run.seconds:.1f} s with a deadline of 1 s")
    equal(site.count(NEW), [0, 0], "the value")


@test
def dead_order_beside_a_locked_zone(site):
    """One zone written, one not: partly, though a third order had nothing to write."""
    live = site.order(1001, record(A, NEW), record(B, NEW))
    dead = site.order(1002, record("_dead.a.example", DEAD))
    with locked(site, "b.example"):
        site.apply("--lock-timeout", "0s", live, dead, status=3)
    equal((site.count(NEW), site.count(DEAD)), ([1, 0], [0, 0]), "values")
    site.apply(live, dead)
    equal(site.count(NEW), [1, 1], "values afterwards")
    equal(site.state_of(1002), ("closed", "expired"), "the dead order")


# --- what is said

def to_full(site, *args):
    """Exit status of a command whose output goes to a full disk."""
    with open("/dev/full", "w") as full:
        done = subprocess.run(site.argv(*args), stdout=full, stderr=subprocess.PIPE,
                              stdin=subprocess.DEVNULL, text=True, cwd=site.where,
                              env=site.environment())
    check("cannot be written" in done.stderr, f"{args}: no word about it: {done.stderr}")
    return done.returncode


@test
def full_output(site):
    """What cannot be said is a failure: 3 if something changed, else 1."""
    order = site.order(1001, record(A, NEW))
    equal(to_full(site, "apply", "--no-wait", "--json", order), 3, "exit status of apply")
    equal(site.count(NEW), [1, 0], "the value")
    equal(to_full(site, "apply", "--no-wait", "--json", order), 1, "status of the same again")
    equal(to_full(site, "apply", "--no-wait", order), 1, "status of the same as text")
    equal(to_full(site, "status", "--json"), 1, "exit status of status")
    site.dcvctl("close", "--issued", "1001")
    equal(to_full(site, "cleanup", "--json", "1001"), 3, "exit status of cleanup")


@test
def full_output_of_what_changes_nothing(site):
    order = site.order(1001, record(A, NEW))
    got = [to_full(site, "plan", order), to_full(site, "plan", "--json", order),
           to_full(site, "apply", "--no-wait", "--dry-run", order)]
    site.apply(order)
    site.dcvctl("close", "--issued", "1001")
    got.append(to_full(site, "cleanup", "--dry-run", "1001"))
    equal(got, [1, 1, 1, 1], "statuses of plan, plan --json, apply -n, cleanup -n")
    equal(site.count(NEW), [1, 0], "the value")


@test
def previous_that_is_not_there(site):
    order = site.order(1001, record(A, NEW))
    run = site.apply("--previous", OTHER, order)
    check(OTHER in run.err and "nothing to remove" in run.err, "no word about the value")
    sed(f'$a _old IN TXT "{OLD}"', site.a)
    run = site.apply("--previous", f"_old.a.example TXT {OLD}", order)
    equal(site.count(OLD), [0, 0], "a value that is there")
    check("nothing to remove" not in run.err, "said of a value that was removed")


@test
def preflight_beside_an_order(site):
    """An order without records is never done."""
    (site.where / "1002.yaml").write_text("ca: digicert\nnames: [b.example]\n")
    orders = site.order(1001, record(A, NEW)), str(site.where / "1002.yaml")
    for _ in range(2):
        run = site.apply(*orders, status=2)
        check("1002" in run.err, "the order without records is not named")
    equal(site.count(NEW), [1, 0], "the value")


@test
def cleanup_of_an_unbound_zone(site):
    """What cannot be reached is named; nothing reachable: the order is not cleaned."""
    site.apply(site.order(1001, record(A, NEW), record(B, NEW)))
    site.dcvctl("close", "--issued", "1001")
    site.configure(b=None)
    run = site.dcvctl("cleanup", "1001")
    check(B in run.err, "the record that stays is not named")
    equal(site.count(NEW), [0, 1], "values")
    site.apply(site.order(1002, record(A, OLD)), build="release")
    site.dcvctl("close", "--issued", "1002")
    site.configure(a=None)
    site.dcvctl("cleanup", "1002", status=78)
    equal(site.state_of(1002)[0], "closed", "state")
