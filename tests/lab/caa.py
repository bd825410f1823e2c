# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""The CAA cases of tests/data/caa-cases.yaml, each served for real and judged by `dcvctl check`.

Each case gets top-level domains of its own (com becomes com-bld-09), because one name has other
records in another case; its zones lie on NSD, and behind the proxy where a server is to fail. A
case that asks for a validation method or an account needs an order: a record `_acme-challenge`
means dns-01, another one ca-tbr-7. No DNS record is a proof by http-01, so where a case asks for
that, the two words change places in its records."""
import re

import yaml

import ask
import judge
from report import Failure
from scene import Scene
from world import Zone

DISAGREED = {"BLD-48", "BLD-49", "OMP-22", "OMP-29"}  # CAs judge differently, so it must be told
CAUSES = {"C50", "C51", "C52", "C53", "C54", "C55"}
FAILURES = {"C56", "A30", "A32", "A39", "D40", "D41", "D42"}  # nothing is decided
BIG = 1000  # records beside the one that counts, in big.basic
SIGNED_FAILURES = {  # of the suite CTS: where the zone lies, how it is signed, DS at the parent
    "expired": ("nsd bind", {"first": -40, "last": -1}, "own"),
    "missing": ("nsd bind", None, "4711 13 2 " + "ab" * 32),
    "blackhole": ("silent", None, "4711 13 2 " + "ab" * 32),
    "servfail": ("servfail", None, "4711 13 2 " + "ab" * 32),
    "refused": ("refused", None, "4711 13 2 " + "ab" * 32),
}


def escaped(value):
    return "".join(chr(octet) if 32 <= octet < 127 and octet not in b'"\\' else f"\\{octet:03}"
                   for octet in value.encode())


def unescaped(text):
    return re.sub(r"\\(\d{3}|.)", lambda m: chr(int(m[1])) if len(m[1]) > 1 else m[1], text)


def wire(rdata):
    """As RFC 3597 writes it: NSD refuses tags that others serve."""
    flags, tag, value = rdata.split(" ", 2)
    raw = bytes([int(flags), len(tag)]) + tag.encode() + unescaped(value[1:-1]).encode("latin-1")
    return f"\\# {len(raw)} {raw.hex()}"


class Net:
    """The zones of one case or suite, in which every name gets `tag` at its end."""

    def __init__(self, tag):
        self.tag, self.zones, self.script, self.expected = tag.lower(), {}, {}, []
        self.proven = False

    def name(self, text):
        return f"{text}-{self.tag}"

    def zone(self, name, **keys):
        """The zone that holds this name: the last two labels, and their top-level domain."""
        labels = name.split(".")
        apex = ".".join(labels[-2:])
        self.zones.setdefault(labels[-1], Zone(labels[-1], on="tld1"))
        if len(labels) > 1:
            self.zones.setdefault(apex, Zone(apex, on="nsd"))
        for key, value in keys.items():
            setattr(self.zones[apex], key, value)
        return self.zones[apex]

    def add(self, text):
        """A line `owner TYPE rdata`, or `owner !BEHAVIOUR`."""
        owner, rrtype, rdata = (text + " ").split(" ", 2)
        owner, rdata = self.name(owner), rdata.strip()
        if rrtype == "!NXDOMAIN":
            if owner.count("."):  # else there is no such top-level domain
                self.zone(owner)
            return
        zone = self.zone(owner)
        if rrtype.startswith("!"):
            zone.on = "scripted"
            self.script[owner.lower() + "."] = rrtype[1:]
            return
        if rrtype == "CAA":
            rdata = re.match(r'\d+ \S+ ".*"', rdata)[0]
        else:
            rdata = self.name(rdata)
            self.zone(rdata)
            rdata += "."
        zone.body += f"{owner}. {rrtype} {wire(rdata) if rrtype == 'CAA' else rdata}\n"
        self.expected.append((zone, owner, rrtype, rdata))

    def prove(self):
        """dig sees every record and every failure that the case speaks of."""
        if self.proven:
            return
        for zone, owner, rrtype, rdata in self.expected:
            where = zone.on.split()[0]
            got = ask.dig(where, owner, rrtype, "+bufsize=4096").values(rrtype)
            ask.need(any(same(rdata, value) for value in got), f"{owner} {rrtype} {rdata}: {got}")
        for owner, behaviour in self.script.items():
            ask.status("scripted", owner.rstrip("."), "CAA", behaviour)
        for label in SIGNED_FAILURES if self.tag == "cts" else ():
            if label != "blackhole":  # a resolver takes its time
                ask.status(None, self.name(f"{label}.caatestsuite-dnssec.com"), "CAA", "SERVFAIL")
        self.proven = True


def same(rdata, shown):
    """Whether dig shows these octets: it writes fewer escapes."""
    return unescaped(rdata).lower() == unescaped(shown).lower()


class Case:
    """One question to the program: is this name permitted to this issuer?"""

    def __init__(self, net, test, query, issuer, expect, method=None, account=None,
                 found_at=None):
        self.net, self.test, self.issuer, self.expect = net, test, issuer, expect
        self.found_at = net.name(found_at) if found_at else None
        self.query, self.method, self.account = net.name(query), method, account
        if expect != "error" or query.count(".") > 1:
            net.zone(self.query.removeprefix("*."))

    def scene(self):
        """With an order where a method or an account counts, else with the bare name."""
        scene = Scene(self.test, None, [], None, ca=self.issuer)
        if self.method is None and self.account is None:
            scene.names = [self.query]
            return scene
        label = "_acme-challenge" if self.method == "dns-01" else "_dnsauth"
        owner = f"{label}.{self.query}"
        scene.records = [f"{owner} TXT token"]
        scene.order = {"names": [self.query]}
        if self.account:
            scene.order["caa"] = {"policy": "permit", "records": [
                {"tag": "issue", "issuer": self.issuer, "accounturi": self.account}]}
        return scene

    def run(self, proof_only):
        self.net.prove()
        if proof_only:
            return
        scene = self.scene()
        scene.name = f"caa-{self.test}"
        found, status, said = judge.ask(scene)
        got = verdict(found, status)
        if got != self.expect:
            raise Failure(f"{self.query} by {self.issuer}: {got}, not {self.expect}\n{said}")
        if got == "deny" and self.found_at and self.found_at not in str(found):
            raise Failure(f"{self.found_at}, where the set was found, is not named\n{said}")


def verdict(found, status):
    ids = {item["id"] for item in found}
    denied = ids & CAUSES
    if status == 6 and denied:
        return "deny"
    if denied and status in (0, 2):
        return "varies"
    if status == 0:
        return "permit"
    if ids & FAILURES and not denied:
        return "error"
    return f"exit {status} {sorted(ids)}"


def swap(text):
    """http-01 and dns-01 change places."""
    return re.sub(r"http-01|dns-01", lambda m: {"http-01": "dns-01", "dns-01": "http-01"}[m[0]],
                  text)


def suite_cts(suite):
    net = Net("cts")
    for line in suite["zone"]:
        if "<N>" in line:
            for i in range(BIG):
                net.add(f'big.basic.caatestsuite.com CAA 0 t{i} "test"')
            del net.expected[-BIG:]
        elif "<server" not in line and "DS in parent" not in line:
            owner, rrtype, rdata = line.split(" ", 2)
            if rrtype != "CAA":
                rdata += ".caatestsuite.com"
            net.add(f"{owner}.caatestsuite.com {rrtype} {rdata}")
    net.zone(net.name("caatestsuite-dnssec.com"), signed={})
    net.zones["com-cts"].signed = {}
    for label, (on, signed, ds) in SIGNED_FAILURES.items():
        name = net.name(f"{label}.caatestsuite-dnssec.com")
        net.zones[name] = Zone(name, on=on, signed=signed, ds=ds)
    ipv6 = net.name("ipv6only.caatestsuite.com")
    net.zones[ipv6] = Zone(ipv6, on="knot6", body='@ CAA 0 issue "caatestsuite.com"')
    for case in suite["cases"]:
        failing = "dnssec" in case["query"]  # no permission, but nobody denied anything either
        for issuer, key in (("caatestsuite.com", "self"), ("other.org", "other")):
            yield Case(net, f"{case['id']}-{key}", case["query"], issuer,
                       "error" if failing else case[key])


def suite_zones(suite):
    """BLD, OMP and RFC: a zone for each case."""
    for case in suite["cases"]:
        net, name, method = Net(case["id"]), case["id"], case.get("method")
        boulder = suite["id"] == "BLD"
        mentions = any("validationmethods" in line or "accounturi" in line
                       for line in case["zone"])
        turned = boulder and method != "dns-01"
        for line in case["zone"]:
            net.add(swap(line) if turned else line)
        if suite["id"] == "RFC":
            for issuer in ("ca1.example.net", "ca2.example.org"):
                permitted = case["permitted"]
                expect = "permit" if issuer in permitted else "deny"
                if permitted == "varies" and issuer.startswith("ca1"):
                    expect = "varies"
                yield Case(net, f"{name}-{issuer[:3]}", case["query"], issuer, expect,
                           method)
            continue
        expect = "varies" if name in DISAGREED else case["expect"]
        if case.get("type") == "smime":  # says nothing of TLS
            expect = "permit"
        yield Case(net, name, case["query"], "letsencrypt.org" if boulder else case["issuers"][0],
                   expect, "dns-01" if boulder and mentions else None,
                   "https://letsencrypt.org/acct/reg/123" if boulder and mentions else None,
                   case.get("found_at"))


def suite_values(suite):
    """VAL: the values as they are, for the CA that they name, or seem to."""
    for case in suite["cases"]:
        net, issuer = Net(case["id"]), case["issuer"]
        named = re.sub(r"[^a-z0-9.-]", "", case["value"].split(";")[0].lower()).strip(".")
        named = re.sub(r"\.[.-]", ".", named) or "other.org"
        expect = "permit" if case["rfc"] == "ok" and issuer else "deny"
        if issuer and issuer != issuer.lower():
            expect = "varies"
        net.add(f'example.com CAA 0 issue "{escaped(case["value"])}"')
        yield Case(net, case["id"], "example.com", named, expect)


def suite_parameters(suite):
    """ACC and MET: one record of the CA with these parameters."""
    for case in suite["cases"]:
        net = Net(case["id"])
        prefixes = [p for p in case.get("known_prefixes", []) if p.startswith("http")]
        account = f"{prefixes[0]}{case['account_id']}" if prefixes else "https://example.org"
        turned = case.get("method") == "http-01"
        text = "ca.example.org" + "".join(
            f"; {tag}={swap(value) if turned else value}" for tag, value in case["params"])
        if case["id"] == "ACC-02":  # what it says is that another parameter does not matter
            text = text.replace("tls-alpn-01", "dns-01")
        if case.get("method") == "tls-alpn-01":
            text = text.replace("dns-01", "http-01,tls-alpn-01").replace("http-01,http", "http")
        net.add(f'example.com CAA 0 issue "{escaped(text)}"')
        yield Case(net, case["id"], "example.com", "ca.example.org",
                   "permit" if case["match"] else "deny", "dns-01", account)


def suite_munich(_):
    """Told in words in the table."""
    net = Net("tum")
    net.add('d1.example CAA 0 issue ";"')
    net.add("www.d5.example CNAME d1.example")
    net.add("www.d6.example CNAME www.d1.example")
    for number, query, expect in ((1, "d1.example", "deny"), (5, "www.d5.example", "deny"),
                                  (6, "www.d6.example", "permit")):
        yield Case(net, f"TUM-{number:02}", query, "ca.example.org", expect)


SUITES = {"CTS": suite_cts, "BLD": suite_zones, "OMP": suite_zones, "RFC": suite_zones,
          "VAL": suite_values, "ACC": suite_parameters, "MET": suite_parameters,
          "TUM": suite_munich}


def cases():
    with (judge.ROOT / "tests/data/caa-cases.yaml").open(encoding="utf-8") as file:
        suites = {suite["id"]: suite for suite in yaml.safe_load(file)["suites"]}
    return [case for key, make in SUITES.items() for case in make(suites[key])]


def zones(all_cases):
    """Of all cases; where an order asks for its record, that is there."""
    for case in all_cases:
        for record in case.scene().records:
            owner, rrtype, value = record.split(" ", 2)
            zone = case.net.zone(owner)
            if f"{owner}. " not in zone.body:
                zone.body += f'{owner}. {rrtype} "{value}"\n'
    nets = {id(case.net): case.net for case in all_cases}.values()
    script = {name: action for net in nets for name, action in net.script.items()}
    return [zone for net in nets for zone in net.zones.values()], script
