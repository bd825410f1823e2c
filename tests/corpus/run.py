# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Edits each zone file of the corpus through an order's whole life, and judges every step by
the octets, by three servers' checkers and by the records that they read.

run.py DCVCTL-CLOCK [PATTERN] [--table], or run.py --list. README.md has the rules of the game."""
import datetime
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import checkers
import octets
import report
import rule as rules
import serials
from report import Failure

HERE = pathlib.Path(__file__).parent
LIMIT_S = 60
OURS = ("dcvctl.yaml", "order.yaml", "home")  # all else in the directory is the zone's
# Why a file that servers accept may be refused. Nothing else is a reason.
REASONS = [
    r"its journal .* lies beside it", r"raw format", r"signed zone file",
    r"lies at or below .* a delegation or a DNAME", r"a CNAME stands alone at its owner",
    r"a CNAME cannot stand there", r"the \$GENERATE at .* may make it",
    r"class \S+: only zones of class IN",
    r"outside the directory of the zone file", r"nested deeper than 8",
    r"the files include each other in a loop", r"hard link", r"not a regular file"]


def now(rule):
    text = rule.one("clock", "2026-11-21 12:00")
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc)


def revised(rrtype, value):
    """Another value of the same length, so that it tells itself from the first."""
    if rrtype == "CNAME":
        return "x" + value[1:]
    return value[:-2] + 'w"' if value.endswith('"') else value[:-1] + "w"


class Edited:
    """One file of the corpus in a directory of its own."""

    def __init__(self, rule, where):
        self.rule, self.where, self.now = rule, where, now(rule)
        self.file = where / rule.path.name
        self.lay_down()
        self.said = []
        self.orders = rule.orders

    def lay_down(self):
        """The zone file, and the files of its folder beside it. __HERE__ is the directory."""
        folder = self.rule.path.with_suffix("")
        if folder.is_dir():
            shutil.copytree(folder, self.where, dirs_exist_ok=True)
        shutil.copy(self.rule.path, self.file)
        for path in self.where.rglob("*"):
            if path.is_file():
                path.write_bytes(path.read_bytes().replace(b"__HERE__",
                                                           str(self.where).encode()))
        binding = self.rule.one("binding")
        (self.where / "dcvctl.yaml").write_text(
            "ledger: sqlite:home/ledger.db\nzones:\n"
            f"  - {{zone: {self.rule.zone}, file: {self.rule.path.name}, reload: none"
            f"{', ' + binding if binding else ''}}}\n"
            'check: {nameservers: ["127.0.0.1:1"]}\n')
        if self.rule.one("setup"):
            subprocess.run(["sh", "-ec", self.rule.one("setup")], cwd=self.where, check=True)

    def write_order(self):
        caa = any(rrtype == "CAA" for _, rrtype, _ in self.orders)
        plain = [order for order in self.orders if order[1] != "CAA"]
        lines = ['order: "1001"', "ca: digicert", f"caa: {'permit' if caa else 'off'}", "records:"]
        lines += [f"  - {owner} {rrtype} {value}" for owner, rrtype, value in plain]
        if self.rule.takes:
            lines += ["previous:"] + [f"  - '{' '.join(record)}'" for record in self.rule.takes]
        (self.where / "order.yaml").write_text("\n".join(lines) + "\n")

    def dcvctl(self, *args, status=0):
        env = dict(os.environ, HOME=str(self.where / "home"), NO_COLOR="1", TZ="UTC",
                   DCVCTL_TEST_NOW=str(int(self.now.timestamp())))
        done = subprocess.run([DCVCTL, *args, "--config", "dcvctl.yaml"], cwd=self.where, env=env,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT_S,
                              check=False)
        out, err = (text.decode("latin-1").replace(str(self.where), ".")
                    for text in (done.stdout, done.stderr))
        self.said.append(f"$ dcvctl {' '.join(args)}\n{out}{err}exit status {done.returncode}")
        if done.returncode != status:
            raise Failure(f"exit status {done.returncode}, wanted {status}")
        return err

    def apply(self, status=0):
        self.write_order()
        return self.dcvctl("apply", "--no-wait", "order.yaml", status=status)

    def paths(self):
        return [path for path in sorted(self.where.rglob("*"))
                if path.relative_to(self.where).parts[0] not in OURS]

    def files(self):
        """All files of the zone, as Latin-1. A link is a text; the zone's file has its own name
        though it be a link."""
        found = {}
        for path in self.paths():
            name = path.relative_to(self.where).as_posix()
            if path.is_symlink():
                found[f"{name} ->"] = os.readlink(path)
            if path.is_file() and (path == self.file or not path.is_symlink()) and (
                    path == self.file or path != self.file.resolve()):
                found[name] = path.read_bytes().decode("latin-1")
        return found

    def marks(self):
        """What a file system notes of every path: nothing of it may differ where nothing was
        to be done."""
        return {path: path.lstat()[:6] + (path.lstat().st_mtime_ns,) for path in self.paths()}

    def look(self):
        return checkers.look(self.rule.zone, self.rule.path.name, self.where)


def key(owner, rrtype, value):
    return owner.rstrip(".").lower(), rrtype, checkers.value(rrtype, value)


def keys(found):
    """{(owner, type, value): TTL} of records that no longer, or newly, are."""
    return {key(owner, rrtype, rdata) if rrtype in ("TXT", "CNAME", "CAA")
            else (owner, rrtype, rdata): ttl for owner, ttl, rrtype, rdata in found
            if rrtype != "SOA"}


def judge_records(rule, before, after, come):
    """The difference of the canonical forms is what was intended. before, after: {records}."""
    less, more = keys(before - after), keys(after - before)
    lowered = {tuple(text.split(" ")) for text in rule.all("lowers")}
    ttl, gone = int(rule.one("ttl", "300")), rule.takes
    for record in set(less) & set(more):
        if (record[0], record[1]) in lowered and ttl in (less[record], more[record]):
            del less[record], more[record]
    if set(less) != {key(*record) for record in gone}:
        raise Failure(f"records that went: {less}\nwanted: {gone}")
    if set(more) != {key(*record) for record in come} or any(
            more[key(*record)] != ttl for record in come):
        raise Failure(f"records that came: {more}\nwanted, with TTL {ttl}: {come}")


class Life:
    """The states through which an order takes the zone."""

    def __init__(self, edited):
        self.edited, self.rule = edited, edited.rule
        self.first, self.seen = edited.files(), edited.look()
        written = self.rule.one("serial")  # where only Knot reads the file
        self.serial = int(written) if written else checkers.serial(self.seen)
        self.first_serial = self.serial
        self.wrong = {}  # server: what it had against a state

    def step(self, name, come):
        """After a step that must leave exactly the records `come` as new ones."""
        old, want = self.serial, serials.following(self.serial, self.edited.now)
        if not self.rule.counts_serial:
            want = old
        self.judge_octets(name, come, want)
        seen = self.edited.look()
        for server in self.seen:
            if server not in self.wrong:
                self.judge_server(name, server, seen, come, want)
        self.serial = want

    def judge_octets(self, name, come, serial):
        try:
            base = octets.announced(self.first, self.rule, not come)
            lines = octets.compare(base, self.edited.files(), self.rule,
                                   (self.first_serial, serial))
            if len(lines) != len(come):
                raise Failure(f"{len(lines)} new lines for {len(come)} records: {lines}")
            if come:
                self.judge_lines(lines)
        except Failure as failure:
            raise Failure(f"{name}: {failure}") from None

    def judge_lines(self, lines):
        """They read as the header says, and stand where it says."""
        want = self.rule.all("line")
        for (_, _, old), (_, _, new) in zip(self.rule.orders, self.edited.orders):
            want = [line.replace(old, new) for line in want]
        if want and [line for _, line in lines] != want:
            raise Failure(f"new lines {[line for _, line in lines]}\nwanted {want}")
        behind = self.rule.all("behind")
        if behind and lines[0][0] != behind[0]:
            raise Failure(f"stands behind {lines[0][0]!r}, wanted {behind[0]!r}")

    def judge_server(self, name, server, seen, come, serial):
        """It accepts the zone, and reads in it what was intended and nothing else."""
        before = self.seen[server]
        if server not in seen:
            self.wrong[server] = f"{name}: it accepted the file before and does not now"
        if server in self.wrong or before is None or server == self.rule.one("unlike"):
            return
        try:
            judge_records(self.rule, before, seen[server], come)
        except Failure as failure:
            self.wrong[server] = f"{name}: {failure}"
        if checkers.serial({server: seen[server]}) != serial:
            self.wrong[server] = f"{name}: the serial it reads is not {serial}"


def edit(edited):
    """{server: what it had against it} after the whole life; Failure for all else."""
    if not edited.look():
        raise Failure("no server accepts it: it can only be refused, as a syntax error")
    life = Life(edited)
    if life.serial is None:
        raise Failure("no serial in what the servers print")
    edited.apply()
    life.step("apply", edited.orders)
    marks = edited.marks()
    edited.apply()
    if edited.marks() != marks:
        raise Failure("a second apply changed something")
    edited.orders = [(owner, rrtype, value if rrtype == "CAA" else revised(rrtype, value))
                     for owner, rrtype, value in edited.orders]
    edited.apply()
    life.step("revision", edited.orders)
    edited.dcvctl("close", "--issued", "1001")
    edited.dcvctl("cleanup", "1001")
    stay = [order for order in edited.orders if order[1] == "CAA"]
    life.step("clean-up", stay)
    if stay:
        edited.dcvctl("cleanup", "--caa", "1001")
        life.step("clean-up of CAA", [])
    return life.seen, life.wrong


def refuse(edited):
    """It is left alone, with the message that the header has, and for a good reason."""
    rule, files, marks = edited.rule, edited.files(), edited.marks()
    seen = edited.look() if edited.file.is_file() else {}
    message = edited.apply(status=6).split("\n")[0]
    if message != rule.one("refused"):
        raise Failure(f"said: {message}\nwanted: {rule.one('refused')}")
    if edited.marks() != marks or edited.files() != files:
        raise Failure("refused, yet something changed")
    if set(seen) != set(rule.one("lenient").split()) and \
            not any(re.search(why, message) for why in REASONS):
        raise Failure(f"no reason to refuse what {', '.join(seen)} accept: {message}")
    return seen, {}


def test(path):
    """[(NAME/edited or NAME/refused, …), (NAME/SERVER, …)]: a line for each server that
    accepted the file."""
    rule = rules.read(path)
    what, judge = ("refused", refuse) if rule.one("refused") else ("edited", edit)
    with tempfile.TemporaryDirectory(prefix="dcvctl-corpus.") as root:
        edited = Edited(rule, pathlib.Path(root).resolve())
        try:
            seen, wrong = judge(edited)
        except Failure as failure:
            text = "\n".join([rule.one("rule"), *edited.said, str(failure)])
            return [(f"{path.stem}/{what}", text)]
    return [(f"{path.stem}/{what}", None)] + [
        (f"{path.stem}/{server}", wrong.get(server)) for server in seen]


PATHS = sorted(HERE.glob("*.zone"))
if sys.argv[1] != "--list":
    DCVCTL = pathlib.Path(sys.argv.pop(1)).resolve()
sys.exit(report.main("corpus", [(path.stem, lambda path=path: test(path)) for path in PATHS]))
