# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Judges of updates, of signatures and of what clouds are asked: run.py DCVCTL TSIG-LDNS SIGN
[PATTERN], or run.py --list. `nsupdate` and `knsupdate` making the same change give the same zone;
dnspython and ldns decode and verify the TSIG of our messages and of the answers to them, for each
algorithm; vendors' own signers have the same signature of hostile requests; botocore takes AWS keys from the
same place in the same surroundings; Prism holds requests
and answers against descriptions of the interfaces (openapi.py)."""
import functools
import json
import os
import pathlib
import secrets
import subprocess
import sys
import tempfile

import report
from report import Failure

import backends
import hostile
import openapi
import servers
import vendors
from proxy import Dns, Proxy

PROGRAM, JUDGES, HERE = [], {}, pathlib.Path(__file__).resolve().parent
ZONE = backends.ZONE_NAME
CHAIN_S = 300
CLIENTS = {
    "nsupdate": ["nsupdate"],
    "knsupdate": ["knsupdate"],
}
OLD = {"_dnsauth": ("TXT", "token-a"), "_x.www": ("CNAME", "a.validation.example."),
       "_dnsauth.www": ("TXT", "token-b")}
NEW = {"_dnsauth": ("TXT", "token-c"), "_x.www": ("CNAME", "b.validation.example."),
       "_dnsauth.www": ("TXT", "token-b"), "_dnsauth.mail": ("TXT", "a\\\\b; c")}


def lines(records, verb, ttl):
    return [f'update {verb} {owner}.{ZONE}. {ttl}{kind} ' +
            (f'"{value}"' if kind == "TXT" else value)
            for owner, (kind, value) in records.items()]


def gone(old, new):
    return {owner: old[owner] for owner in old if new.get(owner) != old[owner]}


def order(backend, records):
    path = backend.where / "1.yaml"
    path.write_text("ca: digicert\ncaa: off\nrecords:\n" + "".join(
        f"  - {{domain: {ZONE}, host: {owner}.{ZONE}., type: {kind}, "
        f"value: '{value.replace(chr(92) * 2, chr(92))}'}}\n"
        for owner, (kind, value) in records.items()))
    return str(path)


def ours(backend):
    for records in (OLD, NEW):
        backend.run(PROGRAM[0], "apply", "--until", "published", order(backend, records))


def theirs(backend, argv):
    for old, new in (({}, OLD), (OLD, NEW)):
        script = "\n".join([f"server 127.0.0.1 {backend.server.port}", f"zone {ZONE}",
                            f"key hmac-sha256:key {servers.KEY}",
                            *lines(gone(old, new), "delete", ""), *lines(new, "add", "300 "),
                            "send", ""])
        done = subprocess.run(argv, input=script, capture_output=True, text=True, timeout=30,
                              check=False)
        if done.returncode:
            raise Failure(f"{argv}: {done.stdout}{done.stderr}")


def zone_by(name, change):
    with tempfile.TemporaryDirectory(prefix="dcvctl-judges.") as where:
        with backends.BACKENDS[name](pathlib.Path(where).resolve()) as backend:
            before = backend.zone()
            change(backend)
            after = backend.zone()
            if before == after:
                raise Failure("nothing was changed")
            return after


def same_zone(name, client):
    mine = zone_by(name, ours)
    other = zone_by(name, functools.partial(theirs, argv=CLIENTS[client]))
    if mine != other:
        raise Failure(f"only ours: {sorted(set(mine) - set(other))}\n"
                      f"only {client}'s: {sorted(set(other) - set(mine))}")


def verify(judge, algorithm):
    with tempfile.TemporaryDirectory(prefix="dcvctl-judges.") as where:
        backend = backends.UpdatesBind(pathlib.Path(where).resolve())
        conf = backend.server.conf
        conf.write_text(conf.read_text().replace("hmac-sha256", algorithm))
        backend.server.rndc.write_text(
            backend.server.rndc.read_text().replace("hmac-sha256", algorithm))
        backend.algorithm = algorithm
        with backend:
            with Proxy(Dns, backend.server.port) as proxy:
                backend.target = proxy.address
                backend.configure()
                backend.run(PROGRAM[0], "apply", "--until", "published", order(backend, OLD))
            if not any(map(Dns.is_write, proxy.requests)) or \
                    len(proxy.requests) != len(proxy.answers):
                raise Failure(f"{len(proxy.requests)} messages, {len(proxy.answers)} answers")
            told = "".join(f"{request[2:].hex()} {answer[2:].hex()}\n"
                           for request, answer in zip(proxy.requests, proxy.answers))
    done = subprocess.run([*JUDGES[judge], algorithm, servers.KEY], input=told, timeout=60,
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(done.stdout + done.stderr)


def signed(argv, lines, **more):
    done = subprocess.run(argv, input="".join(f"{line}\n" for line in lines), timeout=60,
                          capture_output=True, text=True, check=False, **more)
    if done.returncode:
        raise Failure(f"{argv[:2]}: {done.stdout}{done.stderr}")
    return done.stdout.splitlines()


def signatures(scheme, vendor, argv, key=()):
    """A vendor's signer, given the same requests in JSON, has the same Authorization. The name of
    the test tells in how many of them."""
    requests, words = list(hostile.requests()), [secrets.token_hex(10), secrets.token_hex(20), *key]
    ours = signed([*JUDGES["sign"], scheme, *words], map(hostile.line, requests))
    theirs = signed([*argv, *words], map(json.dumps, requests),
                    env=dict(os.environ, NODE_PATH=vendors.modules(vendor)))
    bad = [f"{request['target']} {request['headers']}\n  ours   {mine}\n  theirs {other}"
           for request, mine, other in zip(requests, ours, theirs) if mine != other]
    same = min(len(ours), len(theirs)) - len(bad)
    name = f"{scheme}/{vendor} ({same} of {len(requests)})"
    return [(name, None if same == len(requests) else "\n".join(bad[:10]))]


def chain():
    """A test a case of aws_chain.py."""
    done = subprocess.run(["unshare", "-n", "/usr/bin/python3", str(HERE / "aws_chain.py"),
                           PROGRAM[0]], timeout=CHAIN_S, capture_output=True, text=True, check=False)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    lines = [(f"aws-chain/{name}", text) for name, text in told]
    return lines if done.returncode == 0 else [*lines, ("aws-chain", done.stderr)]


def tests():
    yield "aws-chain", chain
    yield "sdk-hmac-sha256/huaweicloud", functools.partial(
        signatures, "sdk-hmac-sha256", "huaweicloud",
        ["node", str(HERE / "sdk_hmac.js")])
    for judge, argv in (("botocore", ["/usr/bin/python3", str(HERE / "aws4_botocore.py")]),
                        ("smithy", ["node", str(HERE / "aws4_smithy.js")])):
        yield f"aws4/{judge}", functools.partial(signatures, "aws4", judge, argv,
                                                 ("us-east-1", "route53"))
    for name in ("rfc2136-bind", "rfc2136-knot", "rfc2136-pdns"):
        for client in CLIENTS:
            yield f"{name}/{client}", functools.partial(same_zone, name, client)
    for algorithm in ("hmac-sha256", "hmac-sha384", "hmac-sha512", "hmac-sha1"):
        yield f"tsig/dnspython-{algorithm}", functools.partial(verify, "dnspython", algorithm)
    # Debian's ldns misspells the name of hmac-sha384 and knows it by no other.
    for algorithm in ("hmac-sha256", "hmac-sha512", "hmac-sha1"):
        yield f"tsig/ldns-{algorithm}", functools.partial(verify, "ldns", algorithm)
    yield from openapi.tests(PROGRAM)


if __name__ == "__main__":
    if sys.argv[1] != "--list":
        PROGRAM.append(str(pathlib.Path(sys.argv.pop(1)).resolve()))
        JUDGES["ldns"] = [str(pathlib.Path(sys.argv.pop(1)).resolve())]
        JUDGES["sign"] = [str(pathlib.Path(sys.argv.pop(1)).resolve())]
        # Debian's own Python, which has dnspython.
        JUDGES["dnspython"] = ["/usr/bin/python3", str(HERE / "tsig.py")]
    sys.exit(report.main("judges", list(tests())))
