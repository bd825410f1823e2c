# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Secrets as canaries: run.py DCVCTL [PATTERN], or run.py --list. Every account kind runs its
commands at the highest verbosity, with faults and without. Then all that was said or written (but
where the secret itself lies) and every argv that was seen is searched for the secret, as it is and
as base64, hex and percent-encoding make it. The last line says how many files were searched."""
import base64
import functools
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import urllib.parse

import report
from report import Failure

import backends
import faults
import servers
from beside import OWNER, order
from proxy import Dns, Http, Proxy

PROGRAM, FILES = [], []
FAULTS = {Http: ("pass", "401", "403", "429", "500", "200-html", "reset-before", "reset-after", "cut",
                 "garbled", "after-500", "no-http"),
          Dns: ("pass", "rcode-5", "rcode-9", "reset-before", "reset-after", "cut", "garbled")}


def forms(secret):
    """How it might appear."""
    octets = secret.encode()
    return {octets, base64.b64encode(octets).rstrip(b"="), octets.hex().encode(),
            octets.hex().upper().encode(), urllib.parse.quote(secret, safe="").encode(),
            secret.replace("+", "\\u002b").encode()}


def raw_forms(secret):
    """Of a key in base64 also its octets."""
    try:
        octets = base64.b64decode(secret, validate=True)
    except ValueError:
        return forms(secret)
    return forms(secret) | {octets, octets.hex().encode()}


class Watch:
    """Reads argv of all processes again and again, and of dcvctl what it may leave as a core."""

    def __init__(self, out):
        self.out, self.ended, self.argv, self.cores = out, threading.Event(), set(), set()
        self.thread = threading.Thread(target=self.look)

    def look(self):
        while not self.ended.wait(0.005):
            for path in pathlib.Path("/proc").glob("[0-9]*"):
                try:
                    argv = (path / "cmdline").read_bytes()
                    self.argv.add(argv)
                    if argv.split(b"\0")[0] == PROGRAM[0].encode():
                        line = next(one for one in (path / "limits").read_text().splitlines()
                                    if one.startswith("Max core"))
                        self.cores.add(line.split()[4])
                except (OSError, StopIteration):
                    pass

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
        self.out.write_bytes(b"\n".join(sorted(self.argv)))


def commands(path):
    yield ["apply", "--until", "published", "--deadline", "10s", "-vvv", path]
    yield ["plan", "-vvv", "--json", path]
    yield ["apply", "--until", "published", "--deadline", "10s", "-vvv", "--json", "--events", "-",
           path]
    yield ["config"]
    yield ["config", "--json"]
    yield ["status", "--log", "--json"]


def run_all(backend, out, what, environment):
    for number, words in enumerate(commands(order(backend, 1, f"{OWNER} TXT canary-{what}"))):
        argv = [PROGRAM[0], words[0], "--config", str(backend.config), *words[1:]]
        with (out / f"{what}-{number}").open("wb") as file:
            subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                           env=environment, cwd=backend.where, timeout=120, check=False)


def search(where, secrets_at, secret, own):
    """own: directories of the server. The files that were searched, and those with a hit."""
    looked, hits = 0, []
    for path in sorted(where.rglob("*")):
        if not path.is_file() or path in secrets_at or any(one in path.parents for one in own):
            continue
        looked += 1
        octets = path.read_bytes()
        hits += [f"{path.relative_to(where)}: {form!r}" for form in raw_forms(secret)
                 if form in octets]
    return looked, hits


def canary(name, form):
    with tempfile.TemporaryDirectory(prefix="dcvctl-canary.") as where:
        where = pathlib.Path(where).resolve()
        backend = backends.BACKENDS[name](where)
        out, temporary, record = where / "out", where / "tmp", where / "record"
        for path in (out, temporary, record):
            path.mkdir()
        environment = dict(backend.environment(), TMPDIR=str(temporary),
                           DCVCTL_HTTP_RECORD=str(record))
        secret = backend.server.api_key if form is Http else servers.KEY
        with backend, Watch(out / "argv") as watch:
            for what in FAULTS[form]:
                act, _ = faults.acts(what, "all")
                with faults.with_proxy(backend, form, act,
                                       faults.HTTP_ANSWERS if form is Http else None) as proxy:
                    faults.aim(backend, form, proxy.address)
                    run_all(backend, out, what, environment)
            trial = backend.run(PROGRAM[0], "provider", "test", "primary", "--zone",
                                backends.ZONE_NAME, "--yes", "-vvv", status=None)
            (out / "trial").write_text(trial.stdout + trial.stderr)
        looked, hits = search(where, [where / "update.key", where / "api.key"], secret,
                              [where / "server"])
        if hits:
            raise Failure("\n".join(hits))
        if looked < 6 * len(FAULTS[form]):
            raise Failure(f"only {looked} files")
        if watch.cores != {"0"}:
            raise Failure(f"core files may be of size {watch.cores}")
        FILES.append(looked)


def would_be_found():
    """The search finds what it is to find."""
    with tempfile.TemporaryDirectory(prefix="dcvctl-canary.") as where:
        where = pathlib.Path(where).resolve()
        for number, form in enumerate(raw_forms(servers.KEY)):
            (where / str(number)).write_bytes(b"x" + form + b"y")
        looked, hits = search(where, [], servers.KEY, [])
        if len({hit.split(":")[0] for hit in hits}) != looked or not looked:
            raise Failure(f"{looked} files, hits in {hits}")


def tests():
    yield "the-search-finds", would_be_found
    for name in ("rfc2136-bind", "rfc2136-knot", "rfc2136-pdns"):
        yield name, functools.partial(canary, name, Dns)
    yield "powerdns-api", functools.partial(canary, "powerdns-api", Http)


if __name__ == "__main__":
    if sys.argv[1] != "--list":
        PROGRAM.append(str(pathlib.Path(sys.argv.pop(1)).resolve()))
    status = report.main("canary", list(tests()), at_once=1)
    if sys.argv[1:] != ["--list"]:
        print(f"{'0 hits' if status == 0 else 'hits, or tests that failed'} in {sum(FILES)} files")
    sys.exit(status)
