# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Group 12: what networks and servers do to requests, by a proxy, and to the program (kill -9).
Whatever happens: the exit status tells the truth about the zone, foreign data stay, it ends in
time, and the next run without a fault brings about what was asked."""
import contextlib
import functools
import json
import sqlite3
import time

import backends
from beside import OWNER, apply, check, order
from proxy import Dns, Http, Proxy
from servers import refused_address

VALUE, OTHER = "token-of-the-order", "www.example.com"
SLOW_S = 45  # the deadline of these runs is 20 s

HTTP_ANSWERS = {
    "401": Http.answer("401 Unauthorized", body=b'{"error": "Unauthorized"}'),
    "403": Http.answer("403 Forbidden"),
    "404": Http.answer("404 Not Found", body=b'{"error": "Not Found"}'),
    "409": Http.answer("409 Conflict", body=b'{"error": "Conflict"}'),
    "422": Http.answer("422 Unprocessable Entity", body=b'{"error": "RRset x: Conflicts"}'),
    "429": Http.answer("429 Too Many Requests"),
    "429-seconds": Http.answer("429 Too Many Requests", "Retry-After: 1"),
    "429-hour": Http.answer("429 Too Many Requests", "Retry-After: 3600"),
    "429-date": Http.answer("429 Too Many Requests", "Retry-After: Wed, 21 Oct 2099 07:28:00 GMT"),
    "429-past": Http.answer("429 Too Many Requests", "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT"),
    "429-nonsense": Http.answer("429 Too Many Requests", "Retry-After: -99999999999999999999"),
    "500": Http.answer("500 Internal Server Error", body=b"<html>oops</html>"),
    "503": Http.answer("503 Service Unavailable"),
    "200-empty": Http.answer("200 OK", body=b""),
    "200-html": Http.answer("200 OK", body=b"<html><body>Please log in</body></html>"),
    "200-other": Http.answer("200 OK", body=b'{"rrsets": 7, "kind": []}'),
    "200-deep": Http.answer("200 OK", body=b"[" * 100000),
    "no-http": b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n\r\n",
}
ALIKE = ("reset-before", "silence-before", "reset-after", "silence-after", "close-after", "cut",
         "garbled", "drip")


def truth(backend, done, what):
    """Exit status and zone agree."""
    values = backend.values(OWNER)
    check(done.returncode in (0, 1, 3), f"{what}: exit status {done.returncode}\n{done.stdout}"
          f"{done.stderr}")
    check("AddressSanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr)
    if done.returncode == 0:
        check(values == [VALUE], f"{what}: told to be done, and served is {values}")
    if done.returncode == 1:
        check(values == [], f"{what}: told that nothing changed, and served is {values}\n"
              f"{done.stderr}")
    if done.returncode != 0:
        check("run:" in done.stderr or "help:" in done.stderr, f"{what}: no way out is named\n"
              f"{done.stderr}")


def converges(backend, program, path, what):
    """The next run, with the way clear."""
    done = apply(backend, program, path, status=None)
    check(done.returncode == 0, f"{what}: the next run ends with {done.returncode}\n{done.stderr}")
    check(backend.values(OWNER) == [VALUE], f"{what}: then served is {backend.values(OWNER)}")
    check(backend.values(OTHER) == ["foreign: stays"], f"{what}: foreign data are gone")
    with contextlib.closing(sqlite3.connect(f"file:{backend.ledger}?mode=ro", uri=True)) as db:
        rows = db.execute("SELECT id, state FROM changes "
                          "WHERE state NOT IN ('done', 'failed')").fetchall()
    check(not rows, f"{what}: the journal is not settled: {rows}")


def acts(what, when):
    """when: "write" (the first one), "writes" (all), "reads" (all), "all"."""
    seen = []

    def act(form, _index, request):
        is_write = form.is_write(request)
        if when == "all" or (when == "reads") != is_write and (when != "write" or not seen):
            seen.append(request)
            return what
        return "pass"
    return act, seen


def with_proxy(backend, form, act, extra=None):
    port = backend.server.http if form is Http else backend.server.port
    return Proxy(form, port, functools.partial(act, form), extra)


def aim(backend, form, address):
    backend.target = f"http://{address}" if form is Http else address
    backend.configure()


def one(form, what, when, backend, program):
    act, seen = acts(what, when)
    path = order(backend, 1, f"{OWNER} TXT {VALUE}")
    with with_proxy(backend, form, act, HTTP_ANSWERS if form is Http else None) as proxy:
        aim(backend, form, proxy.address)
        begun = time.monotonic()
        done = apply(backend, program, path, status=None, timeout=120)
        took = time.monotonic() - begun
    check(seen, f"{what}: no request met the fault\n{done.stdout}{done.stderr}")
    check(took < SLOW_S, f"{what}: took {took:.0f} s")
    truth(backend, done, what)
    if when == "reads":
        check("acted on" not in done.stderr, f"{what}: a question is told as a change\n{done.stderr}")
    if when != "write":
        may = not what.startswith(("garbled", "after", "cut", "close", "reset-after", "drip",
                                   "silence-after", "rcode-")) or when == "reads"
        check(not may or done.returncode != 0, f"{what}: nothing got through, and all is well?")
    if what in ("401", "403") and when == "writes":
        check(len(seen) <= 2, f"{what}: tried {len(seen)} times")
    aim(backend, form, backend.url().removeprefix("http://") if form is Http
        else backend.server.address())
    converges(backend, program, path, what)


def redirect(backend, program):
    """Not followed: whoever it points to gets no request, and no key."""
    path = order(backend, 1, f"{OWNER} TXT {VALUE}")
    with Proxy(Http, backend.server.http) as elsewhere:
        answer = {"302": Http.answer("302 Found", f"Location: http://{elsewhere.address}/api/v1")}
        with Proxy(Http, backend.server.http, lambda *_: "302", answer) as proxy:
            aim(backend, Http, proxy.address)
            done = apply(backend, program, path, status=None)
        check(not elsewhere.requests, f"followed: {elsewhere.requests}")
    check(done.returncode == 1, f"exit status {done.returncode}\n{done.stderr}")
    check("not followed" in done.stderr, f"why is not told\n{done.stderr}")
    truth(backend, done, "redirect")


def no_tls(backend, program):
    """https to what speaks no TLS."""
    path = order(backend, 1, f"{OWNER} TXT {VALUE}")
    backend.target = f"https://127.0.0.1:{backend.server.http}"
    backend.configure()
    done = apply(backend, program, path, status=None)
    check(done.returncode == 1, f"exit status {done.returncode}\n{done.stderr}")
    truth(backend, done, "no TLS")


def nobody(form, backend, program):
    """Nobody listens there."""
    path = order(backend, 1, f"{OWNER} TXT {VALUE}")
    with refused_address() as address:
        aim(backend, form, address)
        done = apply(backend, program, path, status=None)
    check(done.returncode == 1, f"exit status {done.returncode}\n{done.stderr}")
    truth(backend, done, "nobody there")
    check(address in done.stderr or address.split(":")[1] in done.stderr,
          f"the address is not named\n{done.stderr}")


def look_up(form, what, backend, program):
    """A zone that any account may hold, and an account that cannot be asked: an error with a way
    out, and not of the configuration; no other account is taken."""
    path = order(backend, 1, f"{OWNER} TXT {VALUE}")
    act, seen = acts(what, "all")
    with with_proxy(backend, form, act, HTTP_ANSWERS if form is Http else None) as proxy:
        aim(backend, form, proxy.address)
        exact = f"{{zone: {backends.ZONE_NAME}, "
        backend.config.write_text(backend.config.read_text().replace(exact, '{zone: "*", '))
        done = apply(backend, program, path, status=None)
    check(seen, "the account was not asked")
    check(done.returncode == 1, f"exit status {done.returncode}\n{done.stderr}")
    check("primary" in done.stderr, f"the account is not named\n{done.stderr}")
    truth(backend, done, what)


def revoked(backend, program):
    """A secret that is not the right one: told as that, once."""
    path = order(backend, 1, f"{OWNER} TXT {VALUE}")
    backend.use_wrong_secret()
    done = apply(backend, program, path, status=None)
    check(done.returncode == 1, f"exit status {done.returncode}\n{done.stderr}")
    truth(backend, done, "wrong secret")
    check(backend.right_secret() not in done.stdout + done.stderr, "the secret is shown")


def believed(backend, program):
    """What takes values one by one is believed when it says 2xx, as lego does; the name servers are
    not, and the next run adds what is missing."""
    path = order(backend, 1, f"{OWNER} TXT {VALUE}")
    with with_proxy(backend, Http, lambda *_: "200-html", HTTP_ANSWERS) as proxy:
        aim(backend, Http, proxy.address)
        done = apply(backend, program, "--until", "effective", "--deadline", "3s", path, status=4)
    check("not effective" in done.stderr, f"that it is missing is not told\n{done.stderr}")
    aim(backend, Http, f"127.0.0.1:{backend.server.http}")
    converges(backend, program, path, "told to be done")


# At these kinds every run tries a few faults: all that HTTP can do is tried with PowerDNS's API.
FEW = ("reset-after", "cut", "garbled", "401", "429", "500", "after-500", "200-html")
SIMULATED = {}
READS_ALSO = {Http: ("401", "403", "404", "429-hour", "500", "200-html", "200-other", "200-deep",
                     "no-http"),
              Dns: ("rcode-2", "rcode-5")}


def requests(form, reads):
    """(what, when) of all that can happen to requests. reads: the backend is read through them."""
    for name in (*ALIKE, *(HTTP_ANSWERS if form is Http else
                           [f"rcode-{code}" for code in (1, 2, 4, 5, 6, 7, 8, 9, 10)])):
        if not reads and name.startswith("200"):
            continue
        yield name, "writes"
        if form is Http:
            yield name, "write"
            if name in ("500", "503"):
                yield "after-" + name, "write"
    for name in (*ALIKE, *READS_ALSO[form]) if reads else ():
        yield name, "reads"


def is_short(kind, what, when):
    """What every run tries: each fault at one server that speaks its protocol, and what differs by
    server. To fail the first write alone or all of them makes no difference where it was refused."""
    if kind in (backends.UpdatesKnot, backends.UpdatesPdns):
        return what in ("reset-before", "reset-after", "rcode-5")
    if kind in SIMULATED:
        return what in SIMULATED[kind]
    return when != "write" or what in ALIKE or what in ("500", "after-500", "after-503")


def tests(kind, everything):
    """(group, title, function) of a kind of backend."""
    form, reads = kind.form, kind is not backends.ExecHttpreq
    if form is None:
        return
    for what, when in requests(form, reads):
        if everything or is_short(kind, what, when):
            yield "faults", f"{what}-{when}", functools.partial(one, form, what, when)
    if kind.variant:
        return
    yield "faults", "nobody-there", functools.partial(nobody, form)
    yield "faults", "wrong-secret", revoked
    for what in ("reset-after", "429", "500") if form is Http else ("reset-after", "rcode-5"):
        if reads:
            yield "faults", f"{what}-look-up", functools.partial(look_up, form, what)
    if form is Http:
        yield "faults", "redirect", redirect
        yield "faults", "no-tls", no_tls
    if not reads:
        yield "faults", "believed", believed
