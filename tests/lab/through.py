# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""`check: {via: dot|doh}`: port 53 is closed to the program, and resolvers are asked over TLS. Each
is an unbound: `fresh` caches nothing, `caching` does."""
import json
import re
import subprocess
import time

import ask
import judge
import waiting
from report import Failure
from scene import OLD_TOKEN, TOKEN, Scene, txt
from world import HOSTS, WHERE, Zone

CLOSED = "".join(f". NS a.root.\na.root. {'AAAA' if ':' in address else 'A'} {address}\n"
                 for address in HOSTS["closed"])
FRESH, CACHING = HOSTS["fresh"][0], HOSTS["caching"][0]
NAME = "dns.lab"  # which the certificate of both holds
DOT = {"via": "dot", "resolvers": [f"{FRESH}#{NAME}"]}
DOT_CACHING = {"via": "dot", "resolvers": [f"{CACHING}@853#{NAME}"]}
DOT_BOTH = {"via": "dot", "resolvers": [f"{FRESH}#{FRESH}", f"{CACHING}:853#{NAME}"]}
DOH = {"via": "doh", "resolvers": [f"https://{FRESH}/dns-query"]}
DOH_BOTH = {"via": "doh", "resolvers": [f"https://{FRESH}/dns-query",
                                        f"https://{CACHING}:443/dns-query"]}


class Case:
    """`check`: keys of the configuration; `status` of `command`; `said`: patterns that its output
    has; `causes`: those it names; `before`: what happens first; `within_s`: how soon it ends."""

    def __init__(self, name, zone, check, status, said=(), causes=(), command="check", args=(),
                 before=None, within_s=15, bundle=True, record="TXT", value=TOKEN):
        self.name, self.zone, self.check, self.status = name, zone, check, status
        self.said, self.causes, self.command, self.args = said, set(causes), command, args
        self.before, self.within_s, self.bundle = before, within_s, bundle
        self.record = f"_dnsauth.{zone.name} {record} {value}"

    def scene(self):
        check = {"root_hints": "@WHERE@/hints", **self.check}
        if self.bundle:
            check["tls_bundle"] = str(WHERE / "tls.pem")
        if self.check.get("via", "direct") == "direct":
            check.pop("tls_bundle", None)
        return Scene(f"through-{self.name}", None, [], None, records=[self.record],
                     files={"hints": CLOSED}, config={"check": check})

    def run(self, proof_only):
        ask.status("nsd", self.zone.name, "SOA", "NOERROR")
        if self.before:
            self.before(self.zone)
        if proof_only:
            return
        scene = self.scene()
        where = judge.place(scene)
        began = time.monotonic()
        done = judge.call(scene, where, self.command, *self.args)
        took, said = time.monotonic() - began, done.stdout + done.stderr
        ids = set(re.findall(r"\[([PTADCM]\d\d)\]", said))
        wrong = [f"does not say `{word}`" for word in self.said if not re.search(word, said)]
        if done.returncode != self.status:
            wrong.append(f"exit {done.returncode}, not {self.status}")
        if ids != self.causes:
            wrong.append(f"names {sorted(ids)}, not {sorted(self.causes)}")
        if took > self.within_s:
            wrong.append(f"took {took:.1f} s")
        if wrong:
            raise Failure("\n".join([*wrong, said]))
        if self.command == "check":
            self.judge_document(judge.call(scene, where, "check", "--json", *self.args))

    def judge_document(self, done):
        """The document says through whom it was seen."""
        document = json.loads(done.stdout)
        servers = document["orders"][0]["records"][0]["servers"]
        via = self.check.get("via")
        if via and {server.get("through") for server in servers} != {via}:
            raise Failure(f"the document does not say through {via}: {servers}")
        if done.returncode != self.status or document["exit"] != self.status:
            raise Failure(f"--json: exit {done.returncode}, not {self.status}")


def remember(zone):
    """The caching resolver has seen what stands there, and then the record comes."""
    dig(zone)
    waiting.both_at_once(zone)
    for server in ("nsd", "bind"):
        ask.until(lambda server=server: TOKEN in str(
            ask.dig(server, f"_dnsauth.{zone.name}", "TXT").values("TXT")))
    ask.need(TOKEN not in dig(zone), "the resolver has an older answer in its cache")


def dig(zone):
    return subprocess.run(["dig", f"@{CACHING}", "+tls", "+short", f"_dnsauth.{zone.name}", "TXT"],
                          capture_output=True, text=True, check=True).stdout


def zone(name, body=txt("_dnsauth"), tld="beta", **kwargs):
    return Zone(f"through-{name}.{tld}", body=body, **kwargs)


OLD = txt("_dnsauth", OLD_TOKEN)
ALIAS = "_dnsauth CNAME t.through-target.beta."
ZONES = [Zone("through-target.beta", body=txt("t"))]
CASES = [
    Case("closed", zone("closed"), {}, 7, [r"via: dot"]),
    Case("dot", zone("dot"), DOT, 0, ["READY: .*insecure", "through 1 of 1 resolver", "seen through"]),
    Case("doh", zone("doh"), DOH, 0, ["READY: .*insecure", "DNS over HTTPS"]),
    Case("dot-signed", zone("dot-signed", tld="alpha", signed={}), DOT_BOTH, 0,
         ["READY: .*secure", "through 2 of 2 resolvers"]),
    Case("doh-signed", zone("doh-signed", tld="alpha", signed={}), DOH_BOTH, 0, ["READY: .*secure"]),
    Case("alias", zone("alias", body=ALIAS), DOT, 0, ["READY"]),
    Case("cname", zone("cname", body=ALIAS), DOT, 0, ["READY"], record="CNAME",
         value="t.through-target.beta."),
    Case("absent", zone("absent", body=""), DOT, 2, ["absent"], ["P01"]),
    Case("leftover", zone("leftover", body=OLD), DOT, 2, ["old"], ["P03"]),
    Case("expired", zone("expired", tld="alpha", signed={"first": -40, "last": -1}), DOT, 2,
         causes=["D40"]),
    Case("expired-doh", zone("expired-doh", tld="alpha", signed={"first": -40, "last": -1}), DOH, 2,
         causes=["D40"]),
    Case("caa-denies", zone("caa-denies", body=txt("_dnsauth") + '\n@ CAA 0 issue "other.org"'),
         DOT, 6, causes=["C50"]),
    Case("wrong-name", zone("wrong-name"), {"via": "dot", "resolvers": [f"{FRESH}#dns.other"]}, 7,
         ["certificate: hostname mismatch", "unverified"]),
    Case("wrong-name-doh", zone("wrong-name-doh"),
         {"via": "doh", "resolvers": [f"https://{HOSTS['fresh'][1]}/dns-query"]}, 7,
         ["certificate: IP address mismatch"]),
    Case("untrusted", zone("untrusted"), DOT, 7, ["certificate: self-signed"], bundle=False),
    Case("one-of-two", zone("one-of-two"),
         {"via": "dot", "resolvers": [f"{FRESH}#dns.other", f"{CACHING}#{NAME}"]}, 2,
         ["1 of 2 resolvers"]),
    Case("nobody-there", zone("nobody-there"),
         {"via": "dot", "resolvers": [f"{HOSTS['closed'][0]}#{NAME}"]}, 7, ["closed"]),
    Case("cached", zone("cached", body=""), DOT_CACHING, 2,
         [r"absent .*cached for up to (5 min|4 min|\d+ s)"], ["P01", "T21"], before=remember),
    Case("cached-by-one", zone("cached-by-one", body=""), DOH_BOTH, 2,
         ["1 of 2 resolvers", "cached for up to"], ["T21"], before=remember),
    Case("cache-runs-out", zone("cache-runs-out", body="", minimum=3), DOT_CACHING, 0,
         ["waiting .*cached for up to", "READY"], command="wait", before=remember,
         args=["--deadline", "30s", "--until", "ready"]),
]
ZONES += [case.zone for case in CASES]
