# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""A name server on loopback, authoritative for what a function says: enough for `wait` and
`check`. Over UDP and TCP, without EDNS."""
import contextlib
import socketserver
import struct
import threading

TYPES = {1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 16: "TXT"}
AA_RESPONSE = 0x8400


@contextlib.contextmanager
def serving(records):
    """records: a function that yields (name, TTL, type, RDATA as octets); the port."""
    class Udp(socketserver.BaseRequestHandler):
        def handle(self):
            self.request[1].sendto(answer(self.request[0], records), self.client_address)

    class Tcp(socketserver.StreamRequestHandler):
        def handle(self):
            while len(size := self.rfile.read(2)) == 2:
                reply = answer(self.rfile.read(struct.unpack("!H", size)[0]), records)
                self.wfile.write(struct.pack("!H", len(reply)) + reply)

    socketserver.ThreadingTCPServer.allow_reuse_address = True
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Tcp) as tcp:
        tcp.daemon_threads, tcp.block_on_close = True, False
        with socketserver.UDPServer(tcp.server_address, Udp) as udp:
            for server in tcp, udp:
                threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            yield tcp.server_address[1]
            for server in tcp, udp:
                server.shutdown()


def answer(query, records):
    name, at = "", 12
    while query[at]:
        name += query[at + 1:at + 1 + query[at]].decode() + "."
        at += 1 + query[at]
    kind = TYPES.get(struct.unpack("!H", query[at + 1:at + 3])[0])
    found = [(ttl, rdata) for owner, ttl, rrtype, rdata in records()
             if owner == name.lower() and rrtype == kind]
    reply = query[:2] + struct.pack("!HHHHH", AA_RESPONSE, 1, len(found), 0, 0)
    reply += query[12:at + 5]
    for ttl, rdata in found:
        reply += b"\xc0\x0c" + query[at + 1:at + 5] + struct.pack("!IH", ttl, len(rdata)) + rdata
    return reply
