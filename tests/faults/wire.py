# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Kill -9 at each request of an order at three backends of one zone (a zone file that an NSD
serves, rfc2136 at a BIND, the PowerDNS API): as the request arrives, before the server sees it, and
as the server has answered it. The next run converges: wire.py DCVCTL [FIRST-LAST]."""
import contextlib
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading

import backends
from backends import ZONE_NAME
from proxy import Dns, Http, Proxy
from report import Failure

OLD, NEW = "token-of-the-order-before", "token-of-the-order-now"


class Killer:
    """Counts the requests of all proxies, and kills the process at one of them."""

    def __init__(self):
        self.lock, self.started = threading.Lock(), threading.Event()
        self.reset(None, False)

    def reset(self, at, late):
        self.count, self.at, self.late, self.process = 0, at, late, None
        self.started.clear()

    def run(self, argv, **keys):
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, **keys)
        self.started.set()
        out, _ = self.process.communicate(timeout=120)
        return self.process.returncode, out

    def kill(self):
        self.started.wait(10)
        self.process.send_signal(signal.SIGKILL)

    def act(self, _index, _request):
        with self.lock:
            self.count += 1
            if self.count != self.at:
                return "pass"
        if self.late:
            return "kill-after"
        self.kill()
        return "reset-before"


class KillingProxy(Proxy):
    def __init__(self, form, port, killer):
        super().__init__(form, port, killer.act)
        self.killer = killer

    def late(self, sock, what, answer, index):
        if what == "kill-after":
            self.killer.kill()
            return False
        return super().late(sock, what, answer, index)


class Site:
    def __init__(self, where, parts, program):
        self.where, self.parts, self.program = where, parts, program
        self.config, self.ledger = where / "dcvctl.yaml", where / "state" / "ledger.db"
        self.environment = dict(os.environ, HOME=str(where), TZ="UTC", NO_COLOR="1")

    def aim(self, bind=None, pdns=None):
        file, updates, api = self.parts
        updates.target, api.target = bind, pdns and f"http://{pdns}"
        servers = [f"{part.server.address()}" for part in self.parts]
        self.config.write_text(f"""\
ledger: sqlite:{self.ledger}
accounts:
  local: {{provider: zonefile, file: {file.zone_file}, reload: {file.server.preset}, server: "{file.server.address()}"}}
  primary: {{provider: rfc2136, {updates.account()}}}
  cloud: {{provider: powerdns, {api.account()}}}
zones:
  - {{zone: {ZONE_NAME}, backends: [local, primary, cloud]}}
check: {{nameservers: {json.dumps(servers)}}}
""")

    def argv(self, number, value):
        path = self.where / f"{number}.yaml"
        path.write_text(f"ca: digicert\nrecords:\n  - {self.owner(number)} TXT {value}\n")
        return [self.program, "apply", "--config", str(self.config), "--until", "published",
                "--deadline", "30s", str(path)]

    @staticmethod
    def owner(number):
        return f"_dnsauth.p{number}.{ZONE_NAME}"

    def apply(self, number, value):
        done = subprocess.run(self.argv(number, value), capture_output=True, text=True,
                              env=self.environment, timeout=120, check=False)
        if done.returncode:
            raise Failure(f"exit status {done.returncode}\n{done.stdout}{done.stderr}")

    def judge(self, number, want, when):
        for part in self.parts:
            for owner, values in ((self.owner(number), want), ("www.example.com",
                                                               ["foreign: stays"])):
                if part.values(owner) != values:
                    raise Failure(f"{when}: {type(part).__name__} has {part.values(owner)} at "
                                  f"{owner}, wanted {values}")

    def settled(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True)) as db:
            rows = db.execute("SELECT zone, backend, state FROM changes "
                              "WHERE state NOT IN ('done', 'failed')").fetchall()
        if rows:
            raise Failure(f"the journal is not settled: {rows}")


def point(site, killer, proxies, number, at, late):
    """One kill, and the run behind it. False: the order was through before that request."""
    site.aim()
    site.apply(number, OLD)
    site.aim(*(proxy.address for proxy in proxies))
    killer.reset(at, late)
    status, out = killer.run(site.argv(number, NEW), env=site.environment)
    if killer.count < at:
        return False
    if status != -signal.SIGKILL:
        raise Failure(f"ended with {status}\n{out}")
    for part in site.parts:
        values = part.values(site.owner(number))
        if not values or not set(values) <= {OLD, NEW}:
            raise Failure(f"after the kill {type(part).__name__} has {values}")
    site.aim()
    site.apply(number, NEW)
    site.judge(number, [NEW], "after the next run")
    site.settled()
    return True


def sweep(site, killer, proxies):
    """All points; what failed, and how many there are."""
    bad, n, at = [], 0, 1
    while True:
        for late in (False, True):
            what = f"request {at}, " + ("answered" if late else "arriving")
            n += 1
            try:
                if not point(site, killer, proxies, n, at, late):
                    return bad, n - 1
            except Failure as failure:
                bad.append(f"{what}: {failure}")
                print(bad[-1], flush=True)
        at += 1


def main(program):
    with contextlib.ExitStack() as stack:
        where = pathlib.Path(stack.enter_context(
            tempfile.TemporaryDirectory(prefix="dcvctl-wire."))).resolve()
        parts = []
        for name in ("zonefile-nsd", "rfc2136-bind", "powerdns-api"):
            (where / name).mkdir()
            parts.append(stack.enter_context(backends.BACKENDS[name](where / name)))
        killer = Killer()
        proxies = [stack.enter_context(KillingProxy(Dns, parts[1].server.port, killer)),
                   stack.enter_context(KillingProxy(Http, parts[2].server.http, killer))]
        bad, n = sweep(Site(where, parts, program), killer, proxies)
    print(f"{n - len(bad)} of {n} points: killed there, the next run converged")
    print("ok faults/requests" if n and not bad else "FAIL faults/requests")
    return 1 if bad or not n else 0


if __name__ == "__main__":
    sys.exit(main(str(pathlib.Path(sys.argv[1]).resolve())))
