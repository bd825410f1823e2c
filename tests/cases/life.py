# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What the life cases share: two zone files that no server serves, orders, a ledger, and a clock
that a case sets. A case is a function of a life_*.py; its name is that of the rule."""
import contextlib
import datetime
import json
import os
import pathlib
import re
import shlex
import sqlite3
import subprocess
import tempfile

import certificate
import nameserver
from report import Failure

ZONE = """\
$ORIGIN {zone}.
$TTL 86400
@ IN SOA ns1 hostmaster 41 7200 3600 1209600 3600
@ IN NS ns1
@ IN TXT "v=spf1 -all"
ns1 IN A 127.0.0.1
www IN A 192.0.2.80
"""
OWNER = "_dnsauth.example.com"
LIMIT_S = 30
DCVCTL = {}  # "path": set by run.py
CASES = []


def stamp(when):
    return datetime.datetime.fromisoformat(when).replace(tzinfo=datetime.timezone.utc)


def token(day, name="a"):
    """A DigiCert token that lives from a day, YYYYMMDD."""
    return day + "000000" + 11 * name


def plain(name="a"):
    """A DigiCert token without a date."""
    return "token-without-date-" + name


def txt(value, owner=OWNER):
    return f"{owner} TXT {value}"


class Life:
    def __init__(self, where):
        self.where = where
        self.files = {zone: where / f"{zone}.zone" for zone in ("example.com", "example.net")}
        for zone, path in self.files.items():
            path.write_text(ZONE.format(zone=zone))
        self.ledger_file = where / "ledger.db"
        self.configure()
        self.at("2026-11-21")
        self.runs = []
        self.last = None

    # --- what a case lays down

    def configure(self, *zones, more=""):
        """zones: items of `zones:` as YAML; none: both files, no reload."""
        items = zones or [f"{{zone: {zone}, file: {path}, reload: none}}"
                          for zone, path in self.files.items()]
        (self.where / "dcvctl.yaml").write_text(
            f"ledger: sqlite:{self.ledger_file}\n{more}zones:\n" +
            "".join(f"  - {item}\n" for item in items))

    def at(self, when):
        """The time of day from now on: a date, or a date and a time, in UTC."""
        self.now = stamp(when)

    def later(self, **delta):
        self.now += datetime.timedelta(**delta)

    def order(self, number, *records, **keys):
        """Writes the order's file; its path. `_from`: a key that Python would not take."""
        keys = {"ca": "digicert", **keys}
        path = self.where / f"{number}.yaml"
        path.write_text("".join(f"{key}: {value if isinstance(value, str) else json.dumps(value)}\n"
                                for key, value in keys.items()) +
                        ("records:\n" + "".join(f"  - {record}\n" for record in records)
                         if records else ""))
        return str(path)

    def by_hand(self, line, zone="example.com"):
        """A person adds a line to a zone file."""
        with self.files[zone].open("a") as file:
            file.write(line + "\n")

    def take_away(self, text, zone="example.com"):
        """A person removes the lines that hold a text."""
        lines = self.files[zone].read_text().splitlines(keepends=True)
        self.files[zone].write_text("".join(line for line in lines if text not in line))

    def certificate(self, *names, issuer="DigiCert Inc", begins="2026-11-21 06:00", seen=None,
                    into="cert.pem"):
        """Lays down the PEM of a certificate; its path. seen: the time of an SCT in it."""
        pem, key = certificate.make(self.where, names, issuer, stamp(begins),
                                    stamp(seen) if seen else None)
        (self.where / "key.pem").write_text(key)
        path = self.where / into
        path.write_text(pem)
        return path

    # --- what it runs

    def environment(self, **more):
        return dict(os.environ, **{
            "HOME": str(self.where), "XDG_STATE_HOME": str(self.where / "home"),
            "XDG_CONFIG_HOME": str(self.where / "config"), "NO_COLOR": "1", "TZ": "UTC",
            "DCVCTL_CONFIG": str(self.where / "dcvctl.yaml"),
            "DCVCTL_TEST_NOW": str(int(self.now.timestamp())), **more})

    def dcvctl(self, *args, status=0, says=None, env=None):
        """Runs dcvctl; Failure unless it ends so and its output holds each text of `says`.
        env: more variables."""
        env = self.environment(**(env or {}))
        done = subprocess.run([DCVCTL["path"], *args], capture_output=True, text=True, env=env,
                              cwd=self.where, stdin=subprocess.DEVNULL, timeout=LIMIT_S,
                              check=False)
        self.last = done
        self.runs.append(f"[{self.now:%F %H:%M}] $ dcvctl {' '.join(args)}\n{done.stdout}"
                         f"--- stderr\n{done.stderr}--- exit status {done.returncode}")
        if done.returncode != status:
            raise Failure(f"exit status {done.returncode}, wanted {status}")
        if status and not re.search(r"(?m)(^|  |\()(run|help):", done.stdout + done.stderr):
            raise Failure(f"exit status {status} without run: or help:")
        for text in [says] if isinstance(says, str) else says or []:
            if text not in done.stdout + done.stderr:
                raise Failure(f"not said: {text!r}")
        return done.stdout + done.stderr

    def apply(self, *args, status=0, says=None):
        return self.dcvctl("apply", "--until", "published", *args, status=status, says=says)

    def cleanup(self, *args, status=0, says=None):
        return self.dcvctl("cleanup", *args, status=status, says=says)

    def follow(self, *more, status=0, says=None):
        """Types what the last run said to type, its last line `run: dcvctl …`, and more."""
        lines = [line.strip() for line in (self.last.stdout + self.last.stderr).splitlines()]
        said = [line for line in lines if line.startswith("run: dcvctl ")]
        if not said:
            raise Failure("no line `run: dcvctl …`")
        return self.dcvctl(*shlex.split(said[-1])[2:], *more, status=status, says=says)

    def json(self, *args, status=0):
        self.dcvctl(*args, "--json", status=status)
        return json.loads(self.last.stdout)

    # --- what it asserts

    def values(self, owner, rrtype="TXT", zone="example.com"):
        """The values of an RRset in a zone file, by named-compilezone's reading of it."""
        return sorted(rdata for name, ttl, kind, rdata in self.records(zone)
                      if name == owner.rstrip(".") + "." and kind == rrtype)

    def ttl(self, owner, rrtype="TXT", zone="example.com"):
        for name, ttl, kind, _ in self.records(zone):
            if name == owner.rstrip(".") + "." and kind == rrtype:
                return int(ttl)
        raise Failure(f"{owner} {rrtype}: there is no such RRset")

    def records(self, zone):
        done = subprocess.run(["/usr/bin/named-compilezone", "-q", "-i", "none", "-k", "ignore",
                               "-o", "-", zone, str(self.files[zone])],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failure(f"named-compilezone refuses {zone}: {done.stdout}{done.stderr}")
        for line in done.stdout.splitlines():
            name, ttl, _, kind, rdata = line.split(None, 4)
            yield name, ttl, kind, rdata.strip('"') if kind == "TXT" else rdata

    def stands(self, owner, *values, rrtype="TXT", zone="example.com"):
        """Exactly these values stand at an owner."""
        got = self.values(owner, rrtype, zone)
        if got != sorted(values):
            raise Failure(f"{owner} {rrtype}: {got}, wanted {sorted(values)}")

    def state(self, number, state, reason=""):
        """The order's state (and how it was closed) in the ledger."""
        got = self.sql("SELECT state, reason FROM orders WHERE id = ?", number)
        if got != [(state, reason)]:
            raise Failure(f"order {number}: {got}, wanted {(state, reason)}")

    def sql(self, query, *args):
        with contextlib.closing(sqlite3.connect(f"file:{self.ledger_file}?mode=ro",
                                                uri=True)) as db:
            return db.execute(query, args).fetchall()

    @contextlib.contextmanager
    def served(self, zone="example.com"):
        """A context with a name server that serves the TXT of a zone file as it stands now; the
        options that have it asked."""
        def texts():
            for name, ttl, kind, rdata in self.records(zone):
                if kind == "TXT":
                    yield name, int(ttl), kind, bytes([len(rdata)]) + rdata.encode()
        with nameserver.serving(texts) as port:
            yield "--nameserver", f"127.0.0.1:{port}"

    def serial(self, zone="example.com"):
        for _, _, kind, rdata in self.records(zone):
            if kind == "SOA":
                return int(rdata.split()[2])
        raise Failure("no SOA")

    def one_edit(self, *zones):
        """A context in which each zone is edited exactly once (default: example.com)."""
        return one_edit(self, zones or ("example.com",))

    def unchanged(self):
        """A context in which no zone file may be touched at all."""
        return unchanged(list(self.files.values()))


@contextlib.contextmanager
def unchanged(paths):
    before = [(path.read_bytes(), path.stat().st_ino, path.stat().st_mtime_ns) for path in paths]
    yield
    if before != [(path.read_bytes(), path.stat().st_ino, path.stat().st_mtime_ns)
                  for path in paths]:
        raise Failure("a zone file was touched")


@contextlib.contextmanager
def one_edit(life, zones):
    before = {zone: life.serial(zone) for zone in zones}
    yield
    for zone, serial in before.items():
        if life.serial(zone) != serial + 1:
            raise Failure(f"{zone}: serial {serial} -> {life.serial(zone)}, wanted one edit")


def case(function):
    def run():
        with tempfile.TemporaryDirectory(prefix="dcvctl-life.") as where:
            life = Life(pathlib.Path(where).resolve())
            try:
                function(life)
            except Failure as failure:
                zones = "\n".join(f"--- {path.name}\n{path.read_text()}"
                                  for path in life.files.values())
                raise Failure(f"{failure}\n" + "\n".join(life.runs[-4:]) + "\n" + zones) from None
    name = re.sub("_", "-", function.__name__)
    CASES.append((f"life-{name}", run))
    return function
