# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Decodes and verifies messages with dnspython: tsig.py ALGORITHM SECRET, lines of a question and
its answer in hex on standard input. Every question must be signed, and every answer too."""
import base64
import sys

import dns.message
import dns.name
import dns.opcode
import dns.tsig


def main(algorithm, secret):
    name = dns.name.from_text("key.")
    keyring = {name: dns.tsig.Key(name, base64.b64decode(secret), algorithm)}
    updates = 0
    for number, line in enumerate(sys.stdin, 1):
        question, answer = (bytes.fromhex(word) for word in line.split())
        asked = dns.message.from_wire(question, keyring=keyring)
        told = dns.message.from_wire(answer, keyring=keyring, request_mac=asked.mac)
        for what, message in (("question", asked), ("answer", told)):
            if not message.had_tsig or str(message.tsig[0].algorithm).rstrip(".") != algorithm:
                sys.exit(f"{what} {number} is not signed with {algorithm}: {message}")
        broken = bytearray(question)
        broken[13] ^= 1
        try:
            dns.message.from_wire(bytes(broken), keyring=keyring)
            sys.exit(f"question {number}: an octet was changed, and the signature holds")
        except (dns.tsig.BadSignature, dns.exception.DNSException):
            pass
        updates += asked.opcode() == dns.opcode.UPDATE
    if not updates:
        sys.exit("no update among the messages")


main(*sys.argv[1:])
