# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""A site for a test: a directory with a zone, a name server of its own on loopback, orders, a
configuration and a ledger; dcvctl run in it; dig and sqlite3 as witnesses."""
import contextlib
import difflib
import json
import os
import pathlib
import re
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import time

from report import Failure
from servers import Nsd, dig, free_port

RUN_LIMIT_S = 60
SERIAL = 41
ZONE = """\
$ORIGIN example.com.
$TTL 86400
; Comments, odd spacing and order are part of this zone and must stay.
@\tIN\tSOA\tns1 hostmaster (
\t\t\t41         ; serial
\t\t\t7200 3600 1209600
\t\t\t3600 )     ; negative TTL
\tIN\tNS\tns1
\tIN\tNS\tns2
\t3600 IN TXT\t"v=spf1 mx -all"   ; not ours
ns1  A 127.0.0.1
ns2  A 127.0.0.1

www\tIN\tA\t192.0.2.80
"""
DCVCTL = {}  # "asan", "release": set by run.py


@contextlib.contextmanager
def silent_server():
    """An address at which somebody listens who never answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, \
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
        udp.bind(("127.0.0.1", free_port()))
        tcp.bind(udp.getsockname())
        tcp.listen()
        yield f"127.0.0.1:{udp.getsockname()[1]}"


class Run:
    """How a command ended."""

    def __init__(self, argv, done, seconds):
        self.argv, self.status = argv, done.returncode
        self.out, self.err, self.seconds = done.stdout, done.stderr, seconds

    def __str__(self):
        return (f"$ {' '.join(self.argv)}\n{self.out}--- stderr\n{self.err}"
                f"--- exit status {self.status} after {self.seconds:.1f} s")

    def json(self):
        try:
            return json.loads(self.out)
        except ValueError as error:
            raise Failure(f"standard output is no JSON: {error}\n{self}") from None


class Site:
    path = None  # PATH of dcvctl, if another

    def __init__(self, where, zone=ZONE, server=Nsd, keys=None):
        """keys: more keys of the zone, as YAML by name."""
        self.where = where
        self.zones = where / "zones"
        self.zone_file = self.zones / "example.com.zone"
        self.state = where / "state"
        self.ledger_file = self.state / "ledger.db"
        self.zones.mkdir()
        (where / "server").mkdir()
        self.first_zone = zone
        self.zone_file.write_text(zone)
        self.server = self.nsd = server(where / "server", {"example.com": self.zone_file})
        self.runs, self.keys = [], keys or {}
        self.configure()

    # --- what the test lays down

    def configure(self, reload=None, nameservers=None, **keys):
        """reload: YAML, or None for the server's own control; keys: more keys of the zone."""
        reload = reload or self.server.preset
        nameservers = nameservers or [self.server.address()]
        more = "".join(f"    {key}: {value}\n" for key, value in {**self.keys, **keys}.items())
        (self.where / "dcvctl.yaml").write_text(f"""\
ledger: sqlite:{self.ledger_file}
zones:
  - zone: example.com
    file: {self.zone_file}
    reload: {reload}
    server: "{self.server.address()}"
{more}check: {{nameservers: {json.dumps(nameservers)}, deadline: 15s}}
""")

    def order(self, number, *records, **keys):
        """Writes the order's file; its path."""
        path = self.where / f"{number}.yaml"
        keys = {"ca": "digicert", **keys}
        path.write_text("".join(f"{key}: {value}\n" for key, value in keys.items()) +
                        "records:\n" + "".join(f"  - {record}\n" for record in records))
        return str(path)

    def reset(self):
        """As on the first day: the first zone file, loaded, and no ledger."""
        shutil.rmtree(self.state, ignore_errors=True)
        for path in self.zones.iterdir():
            path.unlink()
        self.zone_file.write_text(self.first_zone)
        self.load()

    def load(self):
        self.server.reload("example.com")

    # --- what it runs

    def argv(self, command, *args, build="asan"):
        return [DCVCTL[build], command, "--config", str(self.where / "dcvctl.yaml"), *args]

    def environment(self):
        path = os.environ["PATH"] if self.path is None else self.path
        return dict(os.environ, HOME=str(self.where), XDG_STATE_HOME=str(self.where / "home"),
                    NO_COLOR="1", TZ="UTC", PATH=path)

    def exec(self, argv, status=0):
        """Runs a command; Failure unless it ends with this status (None: any)."""
        begun = time.monotonic()
        try:
            done = subprocess.run(argv, capture_output=True, text=True, cwd=self.where,
                                  stdin=subprocess.DEVNULL, env=self.environment(),
                                  errors="backslashreplace", timeout=RUN_LIMIT_S)
        except subprocess.TimeoutExpired as late:
            raise Failure(f"{argv} still runs after {RUN_LIMIT_S} s\n{late.stdout}\n"
                          f"{late.stderr}") from None
        run = Run(argv, done, time.monotonic() - begun)
        self.runs.append(run)
        if status is not None and run.status != status:
            raise Failure(f"exit status {run.status}, wanted {status}")
        return run

    def dcvctl(self, command, *args, status=0, build="asan"):
        return self.exec(self.argv(command, *args, build=build), status)

    def apply(self, *args, status=0, build="asan"):
        return self.dcvctl("apply", "--until", "effective", *args, status=status, build=build)

    def popen(self, command, *args):
        return subprocess.Popen(self.argv(command, *args), stdin=subprocess.DEVNULL, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                cwd=self.where, env=self.environment())

    # --- witnesses

    def dig(self, name, rrtype="TXT"):
        return dig(self.server.port, name, rrtype)

    def values(self, name, rrtype="TXT"):
        return sorted(rdata.strip('"') for _, rdata in self.dig(name, rrtype))

    def serial(self):
        return int(self.dig("example.com", "SOA")[0][1].split()[2])

    def ledger(self, sql):
        with contextlib.closing(sqlite3.connect(f"file:{self.ledger_file}?mode=ro",
                                                uri=True)) as db:
            return db.execute(sql).fetchall()

    def moved(self, before):
        """The lines of the zone file that left and that came since `before`."""
        diff = list(difflib.ndiff(before.splitlines(), self.zone_file.read_text().splitlines()))
        return ([line[2:] for line in diff if line.startswith("- ")],
                [line[2:] for line in diff if line.startswith("+ ")])

    def identity(self):
        stat = self.zone_file.stat()
        return (stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size)

    def files(self):
        return sorted(path.name for path in self.zones.iterdir())


def check(condition, text):
    if not condition:
        raise Failure(text)


def equal(got, want, what):
    if got != want:
        raise Failure(f"{what}: got {got!r}, wanted {want!r}")


TESTS = []
LONG = []  # with --all


def test(function=None, *, zone=ZONE, kind=Site, module=None):
    """Makes a function(site) a test of the suite. Its name is MODULE/FUNCTION."""
    def wrap(function):
        def run():
            with tempfile.TemporaryDirectory(prefix="dcvctl-test.") as where:
                site = kind(pathlib.Path(where).resolve(), zone)
                try:
                    with site.nsd:
                        function(site)
                except Failure as failure:
                    history = "\n".join(map(str, site.runs[-4:]))
                    raise Failure(f"{failure}\n{history}\n--- zone file\n"
                                  f"{shown(site.zone_file)}") from None
        name = module or function.__module__.removeprefix("test_")
        TESTS.append((f"{name}/{function.__name__.replace('_', '-')}", run))
        return function
    return wrap if function is None else wrap(function)


def shown(path):
    return path.read_text(errors="backslashreplace") if path.is_file() else "(none)"


# --- strace

def strace(site, argv, *options, status=0):
    """Runs a command under strace; its log, one system call a line."""
    log = site.where / "strace.log"
    site.exec(["strace", "-qq", "-y", "-s", "256", "-o", str(log), *options, *argv], status)
    return log.read_text(errors="backslashreplace").splitlines()


def calls(log):
    """(name, index among the calls of that name, line) of each system call of a log."""
    seen = {}
    for line in log:
        found = re.match(r"(\w+)\(", line)
        if found:
            seen[found[1]] = seen.get(found[1], 0) + 1
            yield found[1], seen[found[1]], line


def kill_at(site, argv, name, index):
    """Runs a command that is killed as it enters the index-th call of this name."""
    run = site.exec(["strace", "-qq", "-o", "/dev/null", "-e", f"trace={name}", "-e",
                     f"inject={name}:signal=KILL:when={index}", *argv], status=None)
    return run.status == -9
