# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""The hooks under the clients that people have, at a CA that truly asks: certificates are issued,
and then the zone is as it was, the ledger has nothing open and nothing is staged; so it is too
where a hook fails, and after `cleanup` where a client died. By default a few cells of the matrix,
with --all the whole; --table ends with a line a cell."""
import concurrent.futures
import contextlib
import os
import pathlib
import re
import shutil
import sqlite3
import tempfile
import time

import backends
import clients
from harness import DCVCTL, LONG, TESTS, check, equal
from pebble import Pebble

LATER_S = 30 * 86400  # a token's life and more
OUTSIDE = "h2.elsewhere.net"
ZONE = backends.ZONE.replace("digicert.com", "letsencrypt.org") + """\
_acme-challenge.alias IN CNAME alias.acme
"""
NAMES = {
    "1": ["h1.example.com"],
    "5": [f"h{i}.example.com" for i in range(1, 6)],
    "50": [f"h{i}.example.com" for i in range(1, 51)],
    "wildcard": ["example.com", "*.example.com"],
    "alias": ["alias.example.com"],  # its owner is a CNAME to another one
}
BACKENDS = {
    "zonefile-nsd": backends.ZoneFileNsd,
    "zonefile-bind": backends.ZoneFileBind,
    "rfc2136-bind": backends.UpdatesBind,
}
CELLS = [
    ("certbot", "5", "zonefile-nsd"), ("certbot", "wildcard", "zonefile-bind"),
    ("certbot", "alias", "rfc2136-bind"), ("lego", "1", "zonefile-nsd"),
    ("lego", "wildcard", "rfc2136-bind"), ("lego-raw", "alias", "zonefile-bind"),
    ("dehydrated", "wildcard", "zonefile-nsd"), ("dehydrated-chain", "wildcard", "rfc2136-bind"),
    ("acme.sh", "5", "zonefile-bind"), ("acme.sh", "wildcard", "rfc2136-bind"),
]
ROWS = {}  # what --table shows: (issued, seconds, whether nothing was left), by cell


class Place:
    """A zone at a backend, a CA that asks its server, and what was there at first."""

    def __init__(self, where, backend):
        (where / "backend").mkdir()
        self.where, self.backend = where, BACKENDS[backend](where / "backend")
        self.backend.zone_file.write_text(ZONE)
        self.ca = Pebble(where / "ca", self.backend.server.address())
        self.path, self.before = os.environ["PATH"], None
        self.program("dcvctl", f'exec {DCVCTL["asan"]} "$@"')

    @contextlib.contextmanager
    def running(self):
        with self.backend, self.ca:
            config = self.backend.config
            # lego asks to write at the alias's end itself, which is a name like any other.
            config.write_text(config.read_text().replace(
                "- {zone: ", "- {follow: yes, allow: [_acme-challenge, alias.acme.example.com.], "
                "zone: "))
            self.before = self.state()
            yield self

    def program(self, name, text):
        """A script that is found before others of its name; its path."""
        bin_dir = self.where / "bin"
        bin_dir.mkdir(exist_ok=True)
        self.path = os.pathsep.join(dict.fromkeys([str(bin_dir), *self.path.split(os.pathsep)]))
        path = bin_dir / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    def hook(self, **programs):
        return clients.Hook(self.backend.config, self.path, programs)

    def client(self, name, hook=None, label="client"):
        return clients.CLIENTS[name](self.where / label, self.ca, self.backend.server.address(),
                                     hook or self.hook())

    # --- what was left

    def state(self):
        """The zone that is served, and its file but for the serial."""
        text = None
        if self.backend.provider is None:
            text = re.sub(r"(?m)^(@ IN SOA \S+ \S+) \d+", r"\1", self.backend.zone_file.read_text())
        return self.backend.zone(), text

    def ledger(self, sql):
        with contextlib.closing(sqlite3.connect(f"file:{self.backend.ledger}?mode=ro",
                                                uri=True)) as db:
            return db.execute(sql).fetchall()

    def left(self):
        """What is not as before: a list of words, empty where nothing was left."""
        left, (zone, text) = [], self.state()
        if zone != self.before[0]:
            left.append(f"zone: {sorted(set(zone) ^ set(self.before[0]))}")
        elif text != self.before[1]:
            left.append(f"zone file:\n{text}")
        left += [f"beside the zone file: {path.name}"
                 for path in self.backend.zone_file.parent.iterdir()
                 if path.name.startswith(".")]
        state = self.backend.ledger.parent
        if state.is_dir():
            left += [f"state directory: {path.relative_to(state)}" for path in state.rglob("*")
                     if path.is_file() and path.parent.name != "locks"
                     and path != self.backend.ledger]
        if self.backend.ledger.exists():
            left += [f"ledger: {row}" for sql in (
                "SELECT id, state, reason FROM orders WHERE state NOT IN ('closed', 'cleaned')",
                "SELECT owner, type, rdata FROM placements WHERE ours = 1",
                "SELECT op, owner, state FROM changes WHERE state NOT IN ('done', 'failed')")
                for row in self.ledger(sql)]
        return left

    def nothing_left(self, outcome):
        left = self.left()
        check(not left, "left behind: " + "\n".join(left) + f"\n{outcome.text}")


def place_of(backend, act):
    """A test: act(place) with everything running."""
    def run():
        with tempfile.TemporaryDirectory(prefix="dcvctl-test.") as where:
            with Place(pathlib.Path(where).resolve(), backend).running() as place:
                act(place)
    return run


def issued(outcome, names):
    check(outcome.status == 0, f"exit status {outcome.status}\n{outcome.text}")
    equal(outcome.issued, sorted(names), "names of the certificate")


# What one call commits, one change of a zone has: as many runs of the ledger as changes.
TOGETHER = ("certbot", "dehydrated-chain")


def cell(client, names, backend):
    def act(place):
        key = (client, names, backend)
        ROWS[key] = (0, 0.0, False)
        outcome = place.client(client).issue(NAMES[names])
        left = place.left()
        ROWS[key] = (len(outcome.issued or ()), outcome.seconds, not left)
        issued(outcome, NAMES[names])
        place.nothing_left(outcome)
        if client in TOGETHER:
            equal(place.ledger("SELECT count(DISTINCT run) FROM changes WHERE op = 'add'"), [(1,)],
                  "runs that added")
    return f"clients-{client}/{names}-{backend}", place_of(backend, act)


# --- a hook that fails

def refused(place):
    """The server does not take the key."""
    place.backend.use_wrong_secret()
    return NAMES["1"], "BADSIG"


def not_loaded(place):
    """The server says that it did not load what was written."""
    real = shutil.which("nsd-control", path=f"{place.path}:/usr/sbin")
    place.program("nsd-control", "for word; do case $word in reload) echo 'error: failed'; exit 1;; "
                  f'esac; done\nexec {real} "$@"')
    return NAMES["1"], "former file is back"


def outside(place):
    """One of two names lies in no zone of ours, the second one."""
    return [*NAMES["1"], OUTSIDE], f"_acme-challenge.{OUTSIDE}"


FAILURES = {"refused": ("rfc2136-bind", refused), "not-loaded": ("zonefile-nsd", not_loaded),
            "outside": ("zonefile-nsd", outside)}
FAILED = [("certbot", "outside"), ("lego", "refused"), ("lego-raw", "outside"),
          ("dehydrated", "outside"), ("dehydrated-chain", "not-loaded"), ("acme.sh", "outside")]


def failing(client, how):
    backend, provoke = FAILURES[how]

    def act(place):
        names, word = provoke(place)
        outcome = place.client(client).issue(names)
        equal(outcome.issued, None, "certificate")
        check(outcome.status != 0, f"the client ends with 0\n{outcome.text}")
        check(word in outcome.text, f"not said: {word}\n{outcome.text}")
        place.nothing_left(outcome)
    return f"clients-{client}/fails-{how}", place_of(backend, act)


# --- a client that dies

KILL = "kill -9 0"  # the group: the client with what it started


def killing(place, client):
    """Hooks that kill the client as it wants to clean up."""
    hook = place.hook()
    if client == "certbot":
        return place.hook(**{"certbot-cleanup": KILL})
    if client == "acme.sh":
        shim = pathlib.Path(hook.program("acme.sh"))
        text = f". {shim}\n{shim.stem}_rm() {{ {KILL}; }}"
        (place.where / "killing").mkdir()
        path = place.where / "killing" / shim.name
        path.write_text(text)
        return place.hook(**{"acme.sh": path})
    dialect = client.partition("-")[0]
    path = place.program(f"killing-{dialect}", f"case $1 in cleanup|clean_challenge) {KILL};; esac\n"
                         f'exec {hook.program(dialect)} "$@"')
    return place.hook(**{dialect: path})


def killed(client, backend):
    def act(place):
        outcome = place.client(client, killing(place, client)).issue(NAMES["wildcard"])
        check(len(place.state()[0]) > len(place.before[0]), f"nothing was left\n{outcome.text}")
        cleanup(place, 0)
        check(len(place.state()[0]) > len(place.before[0]), "removed while its token lives")
        cleanup(place, LATER_S)
        place.nothing_left(outcome)
    return f"clients-{client}/killed", place_of(backend, act)


def killed_between_calls(place):
    """What waits for the last call of a certbot that is dead goes into no other change."""
    last = place.program("killing-last", f"[ $CERTBOT_REMAINING_CHALLENGES -gt 0 ] || {KILL}\n"
                         "exec dcvctl hook certbot-auth")
    place.client("certbot", place.hook(**{"certbot-auth": last}), "dead").issue(NAMES["wildcard"])
    check(place.state() == place.before, "the zone was changed before the last call")
    outcome = place.client("certbot").issue(NAMES["wildcard"])
    issued(outcome, NAMES["wildcard"])
    place.nothing_left(outcome)


def cleanup(place, later_s):
    clock = pathlib.Path(DCVCTL["asan"]).parent / "tests" / "dcvctl-clock"
    program = place.program("later", f"DCVCTL_TEST_NOW={int(time.time()) + later_s} exec {clock} "
                            '"$@"')
    place.backend.run(program, "cleanup")


# --- more than one

def at_once(place):
    """Three clients, of which each knows nothing of the others."""
    wanted = {"certbot": ["a1.example.com", "a2.example.com"], "lego": ["b1.example.com"],
              "acme.sh": ["c1.example.com", "c2.example.com", "c3.example.com"]}
    with concurrent.futures.ThreadPoolExecutor(len(wanted)) as pool:
        runs = {name: pool.submit(place.client(name, label=name).issue, names)
                for name, names in wanted.items()}
    for name, run in runs.items():
        issued(run.result(), wanted[name])
        place.nothing_left(run.result())


def twice(place):
    """A renewal: the same again."""
    for label in ("first", "second"):
        outcome = place.client("certbot", label=label).issue(NAMES["wildcard"])
        issued(outcome, NAMES["wildcard"])
        place.nothing_left(outcome)


def in_vain(place):
    """A hook that does nothing: the CA of these tests says no."""
    nothing = place.program("nothing", "exit 0")
    outcome = place.client("lego", place.hook(lego=nothing)).issue(NAMES["1"])
    equal(outcome.issued, None, "certificate")


def enter(tests, cells, failures, killed_ones):
    tests.extend(cell(*each) for each in cells)
    tests.extend(failing(*each) for each in failures)
    # On a server whose clock does not judge ours.
    tests.extend(killed(client, "zonefile-nsd") for client in killed_ones)


def others(whole, some):
    return [each for each in whole if each not in some]


def enter_all():
    """A few of the matrix for every run, the others for --all."""
    killed_ones = ("certbot", "lego")
    enter(TESTS, CELLS, FAILED, killed_ones)
    enter(LONG, others([(client, names, backend) for client in clients.CLIENTS for names in NAMES
                        for backend in BACKENDS], CELLS),
          others([(client, how) for client in clients.CLIENTS for how in FAILURES], FAILED),
          others(clients.CLIENTS, killed_ones))
    TESTS.append(("clients-certbot/killed-between-calls",
                  place_of("zonefile-nsd", killed_between_calls)))
    for name, backend, act in (("at-once-in-a-file", "zonefile-nsd", at_once),
                               ("twice", "zonefile-bind", twice),
                               ("in-vain", "rfc2136-bind", in_vain)):
        TESTS.append((f"clients/{name}", place_of(backend, act)))
    LONG.append(("clients/at-once", place_of("rfc2136-bind", at_once)))


enter_all()


def show_table():
    if ROWS:
        print(f"{'client':18}{'names':10}{'backend':14}{'issued':>8}{'seconds':>9}  nothing left")
    for (client, names, backend), (count, seconds, clean) in sorted(ROWS.items()):
        print(f"{client:18}{names:10}{backend:14}{count:8}{seconds:9.1f}  "
              f"{'yes' if clean else 'NO'}")
