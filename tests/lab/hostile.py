# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Name servers that misbehave: a proxy before an honest one, a behaviour an address.

hostile.py CONFIG, a JSON document: hosts (addresses by behaviour), upstream and other (addresses
of honest servers), script (what `scripted` does to CAA questions, by name). Runs until it is
ended. A behaviour gets the question and a way to ask upstream, and returns an answer or None."""
import asyncio
import json
import struct
import sys
import time

CAA, OPT = 257, 41
FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = 1, 2, 3, 4, 5
QR, AA, TC = 0x8000, 0x0400, 0x0200
UPSTREAM_S, SLOW_S, LIMIT = 2, 0.3, 3


class Question:
    """What is read of a message: enough of it to misbehave."""

    def __init__(self, raw, tcp, v6):
        self.raw, self.tcp, self.v6 = raw, tcp, v6
        self.id, self.flags, self.qd, self.an, self.ns, self.ar = struct.unpack(">6H", raw[:12])
        self.name, end = "", 12
        while raw[end]:
            label = raw[end + 1:end + 1 + raw[end]]
            self.name += label.decode("latin-1") + "."
            end += 1 + raw[end]
        self.type = struct.unpack(">H", raw[end + 1:end + 3])[0]
        self.end = end + 5  # behind the question
        self.edns = self.ar > 0 and raw[self.end:self.end + 3] == b"\0" + struct.pack(">H", OPT)

    def answer(self, rcode, flags=AA, opt=b""):
        """An empty one with this RCODE."""
        return struct.pack(">6H", self.id, QR | flags | self.flags & 0x0100 | rcode, 1, 0, 0,
                           1 if opt else 0) + self.raw[12:self.end] + opt

    def plain(self):
        """Without EDNS."""
        return self.raw[:10] + b"\0\0" + self.raw[12:self.end]


def flags_of(answer):
    return struct.unpack(">H", answer[2:4])[0]


def with_flags(answer, flags):
    return answer[:2] + struct.pack(">H", flags) + answer[4:]


def skip_name(raw, at):
    while raw[at]:
        if raw[at] >= 0xC0:
            return at + 2
        at += 1 + raw[at]
    return at + 1


def without_authority(raw):
    """The answer section and the OPT record stay."""
    qd, an, ns, ar = struct.unpack(">4H", raw[4:12])
    at, ends, opt = 12, [], b""
    for _ in range(qd):
        at = skip_name(raw, at) + 4
    ends.append(at)
    for _ in range(an + ns + ar):
        start, at = at, skip_name(raw, at)
        rrtype = struct.unpack(">H", raw[at:at + 2])[0]
        at += 10 + struct.unpack(">H", raw[at + 8:at + 10])[0]
        ends.append(at)
        if rrtype == OPT:
            opt = raw[start:at]
    return raw[:4] + struct.pack(">4H", qd, an, 0, 1 if opt else 0) + raw[12:ends[an]] + opt


async def ask_upstream(config, question, raw=None, other=False):
    raw, host = raw or question.raw, config["other" if other else "upstream"]
    if question.tcp:
        reader, writer = await asyncio.open_connection(host, 53)
        try:
            writer.write(struct.pack(">H", len(raw)) + raw)
            size = struct.unpack(">H", await reader.readexactly(2))[0]
            return await reader.readexactly(size)
        finally:
            writer.close()
    loop = asyncio.get_running_loop()
    got = loop.create_future()

    class Once(asyncio.DatagramProtocol):
        def datagram_received(self, data, _):
            if not got.done():
                got.set_result(data)

    transport, _ = await loop.create_datagram_endpoint(Once, remote_addr=(host, 53))
    try:
        transport.sendto(raw)
        return await asyncio.wait_for(got, UPSTREAM_S)
    finally:
        transport.close()


class Behaviours:
    """A method a behaviour; `-` in its name is `_` here."""

    def __init__(self, config):
        self.config, self.recent = config, {}

    async def honest(self, question, raw=None, other=False):
        return await ask_upstream(self.config, question, raw, other)

    async def refused(self, question):
        return question.answer(REFUSED, 0)

    async def servfail(self, question):
        return question.answer(SERVFAIL, 0)

    async def silent(self, question):
        return None

    async def no_aa(self, question):
        answer = await self.honest(question)
        return with_flags(answer, flags_of(answer) & ~AA)

    async def upward(self, question):
        """Refers to the root, whatever it is asked."""
        record = b"\0" + struct.pack(">HHIH", 2, 1, 3600, 13) + b"\3ns1\7servers\0"
        head = struct.pack(">6H", question.id, QR, 1, 0, 1, 0)
        return head + question.raw[12:question.end] + record

    async def folding(self, question):
        """Echoes the question in lower case."""
        answer = await self.honest(question)
        name = bytearray(answer[12:question.end - 4])
        return answer[:12] + bytes(name).lower() + answer[question.end - 4:]

    async def deaf_case(self, question):
        """Does not know a name that is not in lower case."""
        if question.name != question.name.lower():
            return question.answer(NXDOMAIN)
        return await self.honest(question)

    async def edns_formerr(self, question):
        return question.answer(FORMERR, 0) if question.edns else await self.honest(question)

    async def edns_drop(self, question):
        return None if question.edns else await self.honest(question)

    async def edns_badvers(self, question):
        if not question.edns:
            return await self.honest(question)
        opt = b"\0" + struct.pack(">HHBBHH", OPT, 1232, 1, 0, 0, 0)  # BADVERS = 16
        return question.answer(0, 0, opt)

    async def caa_refused(self, question):
        return question.answer(REFUSED, 0) if question.type == CAA else await self.honest(question)

    async def caa_notimp(self, question):
        return question.answer(NOTIMP, 0) if question.type == CAA else await self.honest(question)

    async def caa_servfail(self, question):
        return question.answer(SERVFAIL, 0) if question.type == CAA else await self.honest(question)

    async def caa_drop(self, question):
        return None if question.type == CAA else await self.honest(question)

    async def no_soa(self, question):
        answer = await self.honest(question)
        empty = struct.unpack(">H", answer[6:8])[0] == 0 and flags_of(answer) & AA
        return without_authority(answer) if empty else answer

    async def no_tcp(self, question):
        """Never heard over TCP: it does not listen there."""
        return await self.honest(question)

    async def split(self, question):
        """One view for IPv4, another for IPv6."""
        return await self.honest(question, other=question.v6)

    async def slow(self, question):
        answer = await self.honest(question)
        await asyncio.sleep(SLOW_S)
        return answer

    async def limited(self, question):
        """Answers LIMIT questions a second and client, and drops the rest."""
        now = time.monotonic()
        recent = [at for at in self.recent.get(question.v6, []) if now - at < 1]
        self.recent[question.v6] = [*recent, now]
        return None if len(recent) >= LIMIT else await self.honest(question)

    async def scripted(self, question):
        action = self.config["script"].get(question.name.lower()) if question.type == CAA else None
        if action == "TIMEOUT":
            return None
        if action == "TC":
            return question.answer(0, AA | TC)
        if action:
            return question.answer({"SERVFAIL": SERVFAIL, "NXDOMAIN": NXDOMAIN,
                                    "REFUSED": REFUSED}[action], AA)
        return await self.honest(question)


async def answer_of(behave, raw, tcp, v6):
    try:
        return await behave(Question(raw, tcp, v6))
    except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, IndexError, struct.error):
        return None


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self, behave, v6):
        self.behave, self.v6, self.tasks = behave, v6, set()

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        task = asyncio.ensure_future(self.respond(data, address))
        self.tasks.add(task)  # a task that nothing refers to may be collected
        task.add_done_callback(self.tasks.discard)

    async def respond(self, data, address):
        answer = await answer_of(self.behave, data, False, self.v6)
        if answer is not None:
            self.transport.sendto(answer, address)


def stream(behave, v6):
    async def serve(reader, writer):
        try:
            while True:
                size = struct.unpack(">H", await reader.readexactly(2))[0]
                answer = await answer_of(behave, await reader.readexactly(size), True, v6)
                if answer is not None:
                    writer.write(struct.pack(">H", len(answer)) + answer)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()
    return serve


async def main(config):
    loop, behaviours = asyncio.get_running_loop(), Behaviours(config)
    for name, addresses in config["hosts"].items():
        behave = getattr(behaviours, name.replace("-", "_"))
        for address in addresses:
            v6 = ":" in address
            await loop.create_datagram_endpoint(
                lambda behave=behave, v6=v6: Datagrams(behave, v6), local_addr=(address, 53))
            if name != "no-tcp":
                await asyncio.start_server(stream(behave, v6), address, 53)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        asyncio.run(main(json.load(file)))
