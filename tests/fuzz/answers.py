#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""answers.py: asks BIND, NSD and Knot on loopback and keeps what they answer as seeds of
fuzz_message, BRAND-NAME in seeds/message; the first octet is the target's. Needs PYTHONPATH=tests."""
import pathlib
import socket
import struct
import tempfile

import servers

ZONE = """\
$ORIGIN example.com.
$TTL 3600
@ IN SOA ns1 hostmaster 2026112201 7200 900 1209600 300
@ NS ns1
@ NS ns2
@ CAA 0 issue "ca.example"
@ CAA 0 issuewild "ca.example; accounturi=https://ca.example/1; validationmethods=dns-01"
@ CAA 128 iodef "mailto:security@example.com"
@ MX 10 mail
ns1 A 127.0.0.1
ns1 AAAA ::1
ns2 A 127.0.0.2
mail A 192.0.2.25
_dnsauth 300 TXT "new"
_dnsauth 300 TXT "old"
_dnsauth.www CNAME one.alias
one.alias CNAME two.alias
two.alias CNAME _dnsauth
away CNAME elsewhere.example.net.
loop CNAME loop2
loop2 CNAME loop
*.wild TXT "synthesised"
*.alias2 CNAME _dnsauth
tree DNAME wild
child NS ns1.child
child NS ns.example.net.
child DS 12345 13 2 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF
ns1.child A 192.0.2.53
ns1.child AAAA 2001:db8::53
_long TXT ("0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
 "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789")
""" + "".join(f'_many TXT "value-{i:02}-of-several-that-do-not-fit-a-small-answer"\n'
              for i in range(30))
TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "MX": 15, "TXT": 16, "AAAA": 28, "DS": 43,
         "DNSKEY": 48, "CAA": 257}
# what, name, type, and how it is asked
QUESTIONS = [
    ("txt", "_DnsAuth.example.com", "TXT", ""), ("txt-plain", "_dnsauth.example.com", "TXT", "plain"),
    ("chain", "_dnsauth.WWW.example.com", "TXT", ""), ("away", "away.example.com", "TXT", ""),
    ("loop", "loop.example.com", "TXT", ""), ("wild", "a.wild.example.com", "TXT", ""),
    ("wild-alias", "a.b.alias2.example.com", "TXT", ""), ("dname", "x.tree.example.com", "TXT", ""),
    ("nxdomain", "nowhere.example.com", "TXT", ""), ("nodata", "mail.example.com", "TXT", ""),
    ("referral", "www.child.example.com", "TXT", ""), ("ns", "example.com", "NS", ""),
    ("soa", "eXample.com", "SOA", ""), ("caa", "example.com", "CAA", ""),
    ("caa-none", "www.example.com", "CAA", ""), ("ds", "child.example.com", "DS", ""),
    ("mx", "example.com", "MX", ""), ("glue", "ns1.example.com", "AAAA", ""),
    ("refused", "example.org", "TXT", ""), ("cut-off", "_many.example.com", "TXT", "plain"),
    ("many", "_many.example.com", "TXT", "tcp"), ("long", "_long.example.com", "TXT", ""),
    ("badvers", "example.com", "TXT", "version"), ("signed", "_dnsauth.example.com", "TXT", "do"),
    ("signed-not", "nowhere.example.com", "CAA", "do"), ("key", "example.com", "DNSKEY", "do"),
]


def question(name, rrtype, how):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    msg = struct.pack(">6H", 0x1234, 0, 1, 0, 0, how != "plain")
    msg += labels + b"\0" + struct.pack(">2H", TYPES[rrtype], 1)
    if how != "plain":
        msg += struct.pack(">BHHBBHH", 0, 41, 1232, 0, how == "version", 0x8000 * (how == "do"), 0)
    return msg


def ask(port, msg, how):
    kind = socket.SOCK_STREAM if how == "tcp" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.settimeout(5)
        sock.connect(("127.0.0.1", port))
        if how != "tcp":
            sock.send(msg)
            return sock.recv(65535)
        sock.sendall(struct.pack(">H", len(msg)) + msg)
        with sock.makefile("rb") as stream:
            return stream.read(struct.unpack(">H", stream.read(2))[0])


def keep(where, brand, kind, questions):
    home = where / brand
    home.mkdir()
    (home / "zone").write_text(ZONE)
    seeds = pathlib.Path(__file__).parent / "seeds/message"
    seeds.mkdir(exist_ok=True)
    with kind(home, {"example.com": home / "zone"}) as server:
        for number, (what, name, rrtype, how) in enumerate(questions):
            answer = ask(server.port, question(name, rrtype, how), how)
            control = number % 4 | (2 * 8) | (number % 3) * 32
            (seeds / f"{brand}-{what}").write_bytes(bytes([control]) + answer)


def made(seeds):
    """What no server sends: over the limits of records and of jumps."""
    head, asked = struct.pack(">2H", 0x1234, 0x8400), b"\x01a\0" + struct.pack(">2H", 16, 1)
    fixed = struct.pack(">2HI", 16, 1, 300)
    name_server = b"\0" + struct.pack(">2HIH", 2, 1, 300, 1) + b"\0"
    text = b"\xc0\x0c" + fixed + b"\0\x02\x01b"
    chain = b"".join(struct.pack(">H", 0xc000 | at) for at in (12, *range(31, 2029, 2)))
    for name, counts, records in (
            ("answers-513", (1, 513, 0, 0), text * 513),
            ("name-servers-513", (1, 0, 513, 0), name_server * 513),
            ("jumps-1001", (1, 2, 0, 0), b"\xc0\x0c" + fixed + struct.pack(">H", len(chain)) +
             chain + struct.pack(">H", 0xc000 | 2029) + fixed + b"\0\x02\x01b"),
            ("referral-to-no-name", (1, 0, 1, 0), b"\0" + struct.pack(">2HIH", 2, 1, 300, 0))):
        (seeds / name).write_bytes(b"\0" + head + struct.pack(">4H", *counts) + asked + records)


made(pathlib.Path(__file__).parent / "seeds/message")
with tempfile.TemporaryDirectory() as scratch:
    for brand, kind in (("bind", servers.Bind), ("nsd", servers.Nsd), ("knot", servers.Knot)):
        keep(pathlib.Path(scratch), brand, kind, [each for each in QUESTIONS if each[3] != "do"])
    keep(pathlib.Path(scratch), "bind-inline", servers.BindInline,
         [each for each in QUESTIONS if each[3] == "do"])
