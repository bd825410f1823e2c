# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Kill -9 at each request of an order at three backends of one zone (a zone file that an NSD
serves, rfc2136 at a BIND, the PowerDNS API): as the request arrives, before the server sees it, and
as the server has answered it. The next run converges."""
import contextlib
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import threading
import time

import backends
from backends import ZONE_NAME
from proxy import Dns, Http, Proxy
from report import Failure

OLD, NEW = "token-of-the-order-before", "token-of-the-order-now"
QUIET_S = 10


class Killer:
    """Counts the requests of all proxies, and kills the process at one of them."""

    def __init__(self):
        self.lock, self.started = threading.Lock(), threading.Event()
        self.reset(None, False)

    def reset(self, at, late):
        self.count, self.at, self.late, self.process, self.flying = 0, at, late, None, 0
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
            hit = self.count == self.at
            if not hit or self.late:
                self.flying += 1
                return "kill-after" if hit else "pass"
        self.kill()
        return "reset-before"

    def landed(self):
        with self.lock:
            self.flying -= 1

    def wait_until_landed(self):
        """What another account had sent when the process died is still carried out; a look at a
        server in the midst of that stays in its cache."""
        end = time.monotonic() + QUIET_S
        while self.flying > 0:
            if time.monotonic() > end:
                raise Failure(f"{self.flying} requests have no answer")
            time.sleep(0.001)


class KillingProxy(Proxy):
    def __init__(self, form, port, killer):
        super().__init__(form, port, killer.act)
        self.killer = killer

    def late(self, sock, what, answer, index):
        self.killer.landed()
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
    killer.wait_until_landed()
    for part in site.parts:
        values = part.values(site.owner(number))
        if not values or not set(values) <= {OLD, NEW}:
            raise Failure(f"after the kill {type(part).__name__} has {values}")
    site.aim()
    site.apply(number, NEW)
    site.judge(number, [NEW], "after the next run")
    site.settled()
    return True


def count_requests(site, killer, proxies):
    """Of a run that nobody kills."""
    number = 0
    site.aim()
    site.apply(number, OLD)
    site.aim(*(proxy.address for proxy in proxies))
    killer.reset(None, False)
    status, out = killer.run(site.argv(number, NEW), env=site.environment)
    if status:
        raise Failure(f"ended with {status}\n{out}")
    site.judge(number, [NEW], "after a run that nobody killed")
    return killer.count


def sweep(site, killer, proxies, share):
    """At most so many points, spread over all; what failed, how many there were, of how many
    requests. Accounts run beside each other, so their order differs from run to run."""
    n = count_requests(site, killer, proxies)
    points = [(at, late) for at in range(1, n + 1) for late in (False, True)]
    if share < len(points):
        points = [points[i * (len(points) - 1) // (share - 1)] for i in range(share)]
    bad, done = [], 0
    for number, (at, late) in enumerate(points, 1):
        try:
            done += point(site, killer, proxies, number, at, late)
        except Failure as failure:
            done += 1
            bad.append(f"request {at}, {'answered' if late else 'arriving'}: {failure}")
    return bad, done, n


def requests(program, top, share):
    with contextlib.ExitStack() as stack:
        parts = []
        for name in ("zonefile-nsd", "rfc2136-bind", "powerdns-api"):
            (top / name).mkdir()
            parts.append(stack.enter_context(backends.BACKENDS[name](top / name)))
        killer = Killer()
        proxies = [stack.enter_context(KillingProxy(Dns, parts[1].server.port, killer)),
                   stack.enter_context(KillingProxy(Http, parts[2].server.http, killer))]
        bad, done, n = sweep(Site(top, parts, program), killer, proxies, share)
    print(f"requests: {done - len(bad)} of {done} points at {n} requests: killed there, the next "
          "run converged", flush=True)
    if bad or not done:
        raise Failure("\n".join(bad) or "no point")
