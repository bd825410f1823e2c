# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""A CA decides: orders whose DNS is right are issued, the others are not, and the program says so
before. The tokens are known only when the lab runs, so every `_acme-challenge` is an alias into
one zone, dyn.beta, that is written then; what is wrong with a case is wrong on the way there."""
import concurrent.futures
import threading

import acme
import ask
import judge
from pebble import Pebble
from report import Failure
from scene import Scene, txt
from world import HOSTS, RESOLVER, WHERE, Zone, reload_nsd

AT_ONCE = 4
DYN = Zone("dyn.beta", on="nsd", ttl=0, minimum=0)


class Case:
    """`names`: of the certificate; `zones`: where they lie; `put`: of (owner below dyn.beta or a
    whole line's owner, value), the lines of dyn.beta; `good`: whether it must be issued."""

    def __init__(self, name, good, zones, names, put=None):
        self.name, self.good, self.zones, self.names = name, good, zones, names
        self.put = put or (lambda value: [f'"{value}"'])
        self.order = None


CASES = []


def label_of(name, good):
    return f"{'ok' if good else 'no'}-{name}"


def case(good, name, body="", tld="beta", put=None, names=("@",), more=(), alias=True, **keys):
    """Its zone is ok-NAME or no-NAME below the top-level domain, on NSD and BIND. @ in `names`
    and @D@ in the body: the zone, and the owner in dyn.beta."""
    label = label_of(name, good)
    zone = Zone(f"{label}.{tld}", **{"on": "nsd bind", **keys})
    zone.body = (f"_acme-challenge CNAME {label}.dyn.beta.\n" if alias else "") + body.replace(
        "@D@", f"{label}.dyn.beta.")
    CASES.append(Case(name, good, [zone, *more], [n.replace("@", zone.name) for n in names], put))


for brand in ("nsd", "bind", "knot"):
    case(True, brand, on=brand)
    case(True, f"{brand}-secure", tld="alpha", signed={}, on=brand)
case(True, "two-brands-secure", tld="alpha", signed={}, on="bind knot")
case(True, "three-brands", on="nsd bind knot")
case(True, "many-addresses", on="nsd-more bind-more")
case(True, "ipv4-only", on="knot4")
case(True, "ipv6-only", on="knot6")
case(True, "signed-island", signed={}, ds="none")
case(True, "nsec3", tld="alpha", signed={"nsec3": 0}, on="nsd")
case(True, "unknown-algorithm", tld="alpha", ds="4711 12 2 " + "ab" * 32)
case(True, "slow", on="slow")
case(True, "wildcard-name", names=("*.@",))
case(True, "name-and-wildcard", names=("@", "*.@"))
case(True, "deep-name", "_acme-challenge.a.b CNAME @D@", names=("a.b.@",), alias=False)
case(True, "www-and-bare", "_acme-challenge.www CNAME @D@", names=("@", "www.@"))
case(True, "hops", "_acme-challenge CNAME h1\n" + "\n".join(
    f"h{i} CNAME h{i + 1}" for i in range(1, 9)) + "\nh9 CNAME @D@", alias=False)
case(True, "dname", "_acme-challenge.www CNAME _acme-challenge.www.x\nx DNAME y\n"
     "_acme-challenge.www.y CNAME @D@", names=("www.@",), alias=False)
case(True, "foreign-beside", put=lambda value: ['"v=spf1 -all"', f'"{value}"'])
case(True, "caa-permits", '@ CAA 0 issue "letsencrypt.org"')
case(True, "wildcard-elsewhere", "*.web A 11.0.1.1")
case(True, "servers-named-elsewhere", holders={"nsd", "bind"}, ns=[
    (f"ns1.ok-{host}.beta", HOSTS[host]) for host in ("nsd", "bind")])

case(False, "missing", alias=False)
case(False, "nodata", "_acme-challenge A 11.0.1.1", alias=False)
case(False, "target-missing", put=lambda value: [])
case(False, "cut", put=lambda value: [f'"{value[:-1]}"'])
case(False, "quoted", put=lambda value: [rf'"\"{value}\""'])
case(False, "other-case", put=lambda value: [f'"{value.swapcase()}"'])
case(False, "blank-behind", put=lambda value: [f'"{value} "'])
case(False, "two-records", put=lambda value: [f'"{value[:20]}"', f'"{value[20:]}"'])
case(False, "old-value", put=lambda value: ['"' + "A" * 43 + '"'])
case(False, "at-the-apex", "txt CNAME @D@", alias=False)
case(False, "on-www", "_acme-challenge.www CNAME @D@", alias=False)
case(False, "zone-twice", "_acme-challenge.no-zone-twice.beta CNAME @D@", alias=False)
case(False, "loop", "_acme-challenge CNAME a\na CNAME _acme-challenge", alias=False)
case(False, "dangling", "_acme-challenge CNAME x.no-such-zone.alpha.", alias=False)
case(False, "hops", "_acme-challenge CNAME h1\n" + "\n".join(
    f"h{i} CNAME h{i + 1}" for i in range(1, 12)) + "\nh12 CNAME @D@", alias=False)
case(False, "wildcard-answers", txt("*", "v=spf1 -all"), alias=False)
case(False, "one-of-two", names=("@", "*.@"), put=lambda value: [])
case(False, "expired", tld="alpha", signed={"first": -40, "last": -1})
case(False, "not-yet-valid", tld="alpha", signed={"first": 1, "last": 30})
case(False, "ds-of-another-key", tld="alpha", signed={}, ds="other")
case(False, "ds-without-key", tld="alpha", ds="4711 13 2 " + "ab" * 32)
case(False, "alias-into-bogus", "_acme-challenge CNAME t.no-expired.alpha.", alias=False)
case(False, "all-refused", on="refused")
case(False, "all-servfail", on="servfail")
case(False, "all-closed", on="closed")
case(False, "all-silent", on="silent")
case(False, "not-delegated", delegation=[])
case(False, "private-addresses", on="private")


# What the CA says, so that none fails for another reason than its own.
NXDOMAIN, SERVFAIL, OTHER = "x03'", "x02'", "Correct value not found"
REASONS = {
    NXDOMAIN: "missing target-missing at-the-apex on-www zone-twice dangling not-delegated",
    SERVFAIL: "loop hops expired not-yet-valid ds-of-another-key ds-without-key alias-into-bogus "
              "all-refused all-servfail all-closed all-silent private-addresses",
    OTHER: "cut quoted other-case blank-behind two-records old-value wildcard-answers one-of-two",
    "No TXT records": "nodata", "timeout": "all-silent all-closed",
}


class Run:
    """All orders, made, written into DNS, judged by the program, submitted. Once."""

    def __init__(self, proof_only):
        self.lock, self.outcomes, self.proof_only = threading.Lock(), None, proof_only

    def outcome(self, wanted):
        with self.lock:
            if self.outcomes is None:
                with Pebble(WHERE / "pebble", f"{RESOLVER}:53") as ca:
                    self.outcomes = self.all(acme.Client(ca))
        return self.outcomes[wanted.name, wanted.good]

    def all(self, client):
        for each in CASES:
            each.order = client.order(each.names)
        self.write()
        said = {}
        if not self.proof_only:
            with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
                said = dict(zip(CASES, pool.map(self.ask, CASES)))
        for each in CASES:
            each.order.submit()
        return {(each.name, each.good): (each.order.outcome(), said.get(each)) for each in CASES}

    def write(self):
        """dyn.beta with the values of all orders, and NSD told so."""
        path, lines = DYN.file("nsd"), []
        for each in CASES:
            values = each.order.values
            for number, (_, value) in enumerate(values):
                shown = each.put(value)
                if each.name == "one-of-two" and number == 0:
                    shown = [f'"{value}"']
                lines += [f"{label_of(each.name, each.good)} TXT {text}" for text in shown]
        path.write_text(path.read_text().replace("2026110100", "2026110101") +
                        "\n".join(lines) + "\n")
        reload_nsd()
        ask.until(lambda: "2026110101" in ask.dig("nsd", "dyn.beta", "SOA").values("SOA")[0])

    def ask(self, each):
        """What the program says of it: its causes and the exit status."""
        scene = Scene(f"pebble-{label_of(each.name, each.good)}", None, [], None,
                      ca="letsencrypt.org", order={"names": each.names},
                      records=sorted({f"_acme-challenge.{name} TXT {value}"
                                      for name, value in each.order.values}))
        return judge.ask(scene)


def run(each, runs):
    why, said = runs.outcome(each)
    if (why is None) != each.good:
        raise Failure(f"the CA: {why or 'issued'}")
    if not each.good and not any(reason in why for reason, names in REASONS.items()
                                 if each.name in names.split()):
        raise Failure(f"fails for another reason than its own: {why}")
    if said is None:
        return
    found, status, text = said
    if (status == 0) != each.good:
        raise Failure(f"the CA: {why or 'issued'}; but dcvctl check: {text}")
    if not each.good and not found:
        raise Failure(f"the CA: {why}; dcvctl names no cause: {text}")


def zones():
    return [DYN, *(zone for each in CASES for zone in each.zones)]
