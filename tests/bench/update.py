# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""update.py DCVCTL [ROUNDS]: records written over the network, in turn: an order's next revision
with its ledger against nsupdate with the same batch, which deletes each set and makes it anew with
a value that was never there (what changes nothing costs a server nothing).

S5: whole processes, 50 names, one message; and what stands below it: the two commits of a ledger,
and the server's own time for a read of the sets, the update and a read after it, signed before
the clock runs. A program that does these and nothing else can't be faster than both together.
S6: 5,000 names at BIND and Knot, from the first update
that goes out to the last answer, as a relay in between sees it; whole processes for information,
for dcvctl also reads the zone before and after, and keeps a ledger. And PowerDNS by its API against
its updates, likewise, by the value. Every round's result is looked up in the zone and in the
ledger; the round before the first is not counted."""
import contextlib
import pathlib
import selectors
import socket
import sqlite3
import struct
import sys
import threading
import time

import dns.message
import dns.tsigkeyring
import dns.update
import measure

TESTS = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "conformance"), str(TESTS / "sim")]
# pylint: disable=wrong-import-position
import backends
import servers

ROUNDS, ROUNDS_OF_MANY = 11, 3
ORDER, NUMBER = 50, "1234567890"
MANY, PER_MESSAGE = 5000, 250
ONE_BY_ONE = 100  # of the peer that sends one a message: its rate is what counts
API_VALUES = 1000
FLOORS = ("the two commits of a ledger alone", "the server's answers alone")
NSUPDATE_OF_50, API = 0.33, 20
RATE_BIND, RATE_KNOT = 1, 100


class Relay:
    """In between over TCP: `seconds` from the first update to the answer to the last one."""

    def __init__(self, port):
        self.port, self.begin, self.end = port, None, None
        self.poll, self.stopped = selectors.DefaultSelector(), False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.poll.register(self.listener, selectors.EVENT_READ, self.accept)
        self.thread = threading.Thread(target=self.work)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped = True
        self.thread.join()
        self.listener.close()

    def work(self):
        while not self.stopped:
            for key, _ in self.poll.select(0.2):
                key.data()

    def accept(self):
        client, _ = self.listener.accept()
        server = socket.create_connection(("127.0.0.1", self.port))
        for sock in (client, server):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = {"left": b"", "update": False}
        self.poll.register(client, selectors.EVENT_READ, lambda: self.ask(client, server, stream))
        self.poll.register(server, selectors.EVENT_READ, lambda: self.tell(client, server, stream))

    def move(self, source, to):
        octets = b""
        if source.fileno() < 0:  # closed by what the other side said at the same time
            return octets
        with contextlib.suppress(ConnectionError):
            octets = source.recv(1 << 17)
            to.sendall(octets)
        if not octets:
            for sock in (source, to):
                self.poll.unregister(sock)
                sock.close()
        return octets

    def ask(self, client, server, stream):
        now = time.monotonic()
        stream["left"] += self.move(client, server)
        while len(stream["left"]) >= 2:
            length, = struct.unpack(">H", stream["left"][:2])
            if len(stream["left"]) < 2 + length:
                break
            message, stream["left"] = stream["left"][2:2 + length], stream["left"][2 + length:]
            stream["update"] = message[2] & 0x78 == 0x28 and message[8:10] != b"\0\0"
            if stream["update"] and self.begin is None:
                self.begin = now

    def tell(self, client, server, stream):
        if self.move(server, client) and stream["update"]:
            self.end, stream["update"] = time.monotonic(), False

    def seconds(self):
        took, self.begin = self.end - self.begin, None
        return took


class HttpRelay(Relay):
    """The same where updates are PATCH requests."""

    def ask(self, client, server, stream):
        now = time.monotonic()
        if self.move(client, server).startswith(b"PATCH "):
            stream["update"] = True
            if self.begin is None:
                self.begin = now


def signed(message, keys):
    message.use_tsig(keys)
    wire = message.to_wire()
    return struct.pack(">H", len(wire)) + wire


def skip_messages(sock, n):
    """Takes n messages, however they are cut."""
    left = b""
    while n > 0:
        # Else the kernel keeps the acknowledgement back, and the server the rest of its answers.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        octets = sock.recv(1 << 17)
        if not octets:
            sys.exit("the server hung up")
        left += octets
        while len(left) >= 2 and len(left) >= 2 + struct.unpack(">H", left[:2])[0]:
            left = left[2 + struct.unpack(">H", left[:2])[0]:]
            n -= 1


class Bench:
    """An order at a backend; the peer writes into the same zone, at owners of its own."""

    def __init__(self, dcvctl, backend, updates):
        self.dcvctl, self.backend, self.updates, self.revision = dcvctl, backend, updates, 0

    def token(self):
        return f"token-of-revision-{self.revision:08d}-and-as-long-as-such"

    def order(self, n, messages=None):
        """The order's next revision, applied; what that took. `messages`: as many as it goes in."""
        self.revision += 1
        path = self.backend.where / f"{NUMBER}.yaml"
        path.write_text("ca: digicert\ncaa: off\nrecords:\n" + "".join(
            f"  - _dnsauth.h{i}.{backends.ZONE_NAME} TXT {self.token()}\n" for i in range(n)))
        serial = self.backend.serial()
        took = measure.spent([self.dcvctl, "apply", "--config", self.backend.config, "--until",
                              "published", "-q", path])
        if messages is not None and self.backend.serial() != serial + messages:
            sys.exit(f"{self.backend.serial() - serial} messages instead of {messages}")
        self.must_be_there("_dnsauth", n)
        self.check_ledger(n)
        return took

    def nsupdate(self, n, per_message):
        """The same by nsupdate, at owners of its own."""
        self.revision += 1
        host, port = (self.updates.target or self.backend.server.address()).split(":")
        lines = [f"server {host} {port}", f"zone {backends.ZONE_NAME}"]
        for i in range(n):
            name = f"_peer.h{i}.{backends.ZONE_NAME}"
            lines += [f"update delete {name} TXT", f"update add {name} 300 TXT {self.token()}"]
            if (i + 1) % per_message == 0 or i + 1 == n:
                lines.append("send")
        script = self.backend.where / "script"
        script.write_text("\n".join([*lines, ""]))
        took = measure.spent(["nsupdate", "-v", "-k", self.updates.key_file(), script])
        self.must_be_there("_peer", n)
        return took

    def answers(self, n):
        """The server's part alone, at the peer's owners: all sets read in one go, one update, all
        read again. Each message is signed before, no answer is looked into."""
        self.revision += 1
        names = [f"_peer.h{i}.{backends.ZONE_NAME}." for i in range(n)]
        update = dns.update.UpdateMessage(backends.ZONE_NAME)
        for name in names:
            update.replace(name, 300, "TXT", self.token())
        steps = [[dns.message.make_query(name, "TXT", flags=0) for name in names], [update],
                 [dns.message.make_query(name, "TXT", flags=0) for name in names]]
        keys = dns.tsigkeyring.from_text({"key": servers.KEY})
        steps = [[signed(message, keys) for message in step] for step in steps]
        with socket.create_connection(("127.0.0.1", self.backend.server.port)) as server:
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            begin = time.monotonic()
            for step in steps:
                server.sendall(b"".join(step))
                skip_messages(server, len(step))
            took = time.monotonic() - begin
        self.must_be_there("_peer", n)
        return measure.Spent(took, 0, 0)

    def floor(self):
        """What is durable of an order, without any update; see floor.c."""
        return measure.spent([measure.FLOOR, self.backend.where / "floor.db"])

    def must_be_there(self, label, n):
        """At the server: each name has this value and no other."""
        wanted = sorted(f'{label}.h{i}.{backends.ZONE_NAME}. 300 IN TXT "{self.token()}"'
                        for i in range(n))
        found = [line for line in self.backend.zone() if line.startswith(f"{label}.h")
                 and int(line.split(".")[1][1:]) < n]
        if found != wanted:
            sys.exit(f"{label}: {len(found)} of {n} records: {found[:3]}")

    def check_ledger(self, n):
        with contextlib.closing(sqlite3.connect(self.backend.ledger)) as db:
            state = db.execute("SELECT state FROM orders WHERE id = ?", [NUMBER]).fetchall()
            found, = db.execute("SELECT count(*) FROM placements WHERE ours = 1 AND "
                                "instr(rdata, ?) > 0", [self.token()]).fetchone()
        if state != [("published",)] or found != n:
            sys.exit(f"ledger: {state}, {found} of {n} placements")


@contextlib.contextmanager
def at(kind, dcvctl):
    """`updates` is what knows the key, where the backend itself is another."""
    with measure.directory(quiet=True) as where, kind(where) as backend:
        updates = backend
        if kind is backends.PowerdnsApi:
            updates = backends.UpdatesPdns.__new__(backends.UpdatesPdns)
            updates.where, updates.server = where, backend.server
        yield Bench(dcvctl, backend, updates)


def run(rounds, columns):
    """All columns in turn, round by round."""
    took = {name: [] for name in columns}
    for turn in range(rounds + 1):
        for name, once in columns.items():
            spent = once()
            if turn > 0:
                took[name].append(spent)
    return took


def few(dcvctl, rounds):
    """S5. Knot for information: it answers when it has synced, as long as that takes."""
    good = True
    for brand, kind in (("BIND", backends.UpdatesBind), ("Knot", backends.UpdatesKnot)):
        with at(kind, dcvctl) as bench:
            took = run(rounds, {"dcvctl": lambda: bench.order(ORDER, messages=1),
                                "nsupdate": lambda: bench.nsupdate(ORDER, ORDER),
                                FLOORS[0]: bench.floor,
                                FLOORS[1]: lambda: bench.answers(ORDER)})
        for name, times in took.items():
            measure.tell(f"{brand}, {ORDER} names, {name}", times)
        good &= measure.line(f"S5 {brand}, {ORDER} names, dcvctl / nsupdate",
                             measure.ratios(took["dcvctl"], took["nsupdate"]),
                             at_most=NSUPDATE_OF_50 if brand == "BIND" else None)
        least = [measure.Spent(a.seconds + b.seconds, 0, 0)
                 for a, b in zip(*(took[name] for name in FLOORS))]
        measure.line(f"   {brand}, commits and answers alone / nsupdate",
                     measure.ratios(least, took["nsupdate"]))
    return good


def many(dcvctl, rounds):
    """S6."""
    good = True
    for brand, kind, per_message, n in (("BIND", backends.UpdatesBind, PER_MESSAGE, MANY),
                                        ("Knot", backends.UpdatesKnot, 1, ONE_BY_ONE)):
        with at(kind, dcvctl) as bench, Relay(bench.backend.server.port) as relay:
            bench.backend.target = relay.address
            bench.backend.configure()

            def seen(once):
                return once(), relay.seconds()
            took = run(rounds, {"dcvctl": lambda: seen(lambda: bench.order(MANY)),
                                "nsupdate": lambda: seen(lambda: bench.nsupdate(n, per_message))})
        ours, theirs = took["dcvctl"], took["nsupdate"]
        measure.tell(f"{brand}, {MANY} RRsets, dcvctl, whole", [spent for spent, _ in ours])
        measure.tell(f"{brand}, {n} RRsets, nsupdate, {per_message} a message, whole",
                     [spent for spent, _ in theirs])
        good &= measure.line(
            f"S6 {brand}, rate of dcvctl / of nsupdate with {per_message} a message",
            [b / n * MANY / a for (_, a), (_, b) in zip(ours, theirs)],
            at_least=RATE_BIND if brand == "BIND" else RATE_KNOT)
        measure.line(f"   {brand}, the same of whole processes",
                     [b.seconds / n * MANY / a.seconds for (a, _), (b, _) in zip(ours, theirs)])
    return good


def api(dcvctl, rounds):
    """S6, of PowerDNS: its two ways, each from the first update to the last answer."""
    with at(backends.PowerdnsApi, dcvctl) as bench, \
            HttpRelay(int(bench.backend.url().rsplit(":", 1)[1])) as ours, \
            Relay(bench.backend.server.port) as theirs:
        bench.backend.target = f"http://{ours.address}"
        bench.backend.configure()
        bench.updates.target = theirs.address

        def seen(relay, once):
            return once(), relay.seconds()
        took = run(rounds, {
            "dcvctl": lambda: seen(ours, lambda: bench.order(API_VALUES)),
            "batch": lambda: seen(theirs, lambda: bench.nsupdate(API_VALUES, PER_MESSAGE)),
            "single": lambda: seen(theirs, lambda: bench.nsupdate(ONE_BY_ONE, 1))})
    for name, times in took.items():
        measure.tell(f"PowerDNS, {name}", [spent for spent, _ in times])
    measure.line(f"   PowerDNS, a value by updates of {PER_MESSAGE} a message / by the API",
                 [b / a for (_, a), (_, b) in zip(took["dcvctl"], took["batch"])])
    good = measure.line("S6 PowerDNS, a value by an update of its own / by the API",
                        [b / ONE_BY_ONE * API_VALUES / a
                         for (_, a), (_, b) in zip(took["dcvctl"], took["single"])],
                        at_least=API)
    measure.line("   PowerDNS, the same of whole processes",
                 [b.seconds / ONE_BY_ONE * API_VALUES / a.seconds
                  for (a, _), (b, _) in zip(took["dcvctl"], took["single"])])
    return good


def main():
    dcvctl = str(pathlib.Path(sys.argv[1]).resolve())
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS
    some = min(rounds, ROUNDS_OF_MANY)
    good = [few(dcvctl, rounds), many(dcvctl, some), api(dcvctl, some)]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
