# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Before a write: the NS names of the zone are compared with the delegation (the platform guard),
and CAA that this run cannot change is looked at in the world."""
import json
import pathlib
import sys
import time

import ask
import judge
import route53
from report import Failure
from scene import TOKEN, Scene
from world import HOSTS, Zone

GUARD_S = 2  # at most, a run
SLACK_S = 3  # for the rest of the command, with sanitizers, on a busy machine
ZONES = [Zone("guard.beta"), Zone("guard-elsewhere.alpha", on="knot", body="".join(
    f"ns{i} A {HOSTS['knot'][0]}\n" for i in (7, 8))),
    Zone("denies.beta", body='@ CAA 0 issue "other.org"'), Zone("shop.denies.beta")]
ELSEWHERE = ["ns7.guard-elsewhere.alpha.", "ns8.guard-elsewhere.alpha."]
OWN = ["ns1.guard.beta.", "ns2.guard.beta."]
SILENT = HOSTS["silent"]
STORE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "exec-plugin" / "json-store"


class Case:
    """A zone file with these name servers; `check`: keys of the configuration; `status`: of
    `apply --until UNTIL`; `said`: words that stand in its output, `unsaid`: that do not; `order`:
    more keys of the order."""

    def __init__(self, name, servers, status, said=(), unsaid=(), zone="guard.beta", check=None,
                 hints=None, until="published", order=None):
        self.until, self.order = until, order or {}
        self.name, self.servers, self.status, self.zone = name, servers, status, zone
        self.said, self.unsaid, self.check, self.hints = said, unsaid, check or {}, hints

    def scene(self):
        text = "".join([f"$ORIGIN {self.zone}.\n$TTL 300\n",
                        "@ SOA ns1 hostmaster 2026110100 3600 600 604800 300\n",
                        *(f"@ NS {server}\n" for server in self.servers)])
        check = dict(self.check)
        if self.hints:
            check["root_hints"] = "@WHERE@/hints"
        return Scene(f"guard-{self.name}", None, [], None, files={
            "zone": text, "hints": ". NS a.root.\n" + "".join(
                f"a.root. {'AAAA' if ':' in address else 'A'} {address}\n"
                for address in self.hints or [])},
            config={"check": check, "zones": [
                {"zone": self.zone, "file": "@WHERE@/zone", "reload": "none"}]},
            records=[f"_dnsauth.{self.zone} TXT {TOKEN}"], order=self.order)

    def run(self, proof_only):
        if self.zone == ZONES[0].name:
            seen = {record[3] for record in ask.dig("tld1", self.zone, "NS").authority}
            ask.need(seen == set(OWN), f"the parent's NS set: {seen}")
        elif self.zone == ZONES[3].name:
            ask.need(ask.dig("nsd", ZONES[2].name, "CAA").values("CAA"), "CAA above")
        else:
            ask.status("tld1" if self.zone.endswith(".beta") else "root1", self.zone, "NS",
                       "NXDOMAIN")
        if proof_only:
            return
        scene = self.scene()
        where = judge.place(scene)
        before, began = (where / "zone").read_bytes(), time.monotonic()
        done = judge.call(scene, where, "apply", "--json", "--until", self.until)
        took, said = time.monotonic() - began, done.stdout + done.stderr
        written = TOKEN.encode() in (where / "zone").read_bytes()
        wrong = [f"does not say `{word}`" for word in self.said if word not in said]
        wrong += [f"says `{word}`" for word in self.unsaid if word in said]
        if done.returncode != self.status:
            wrong.append(f"exit {done.returncode}, not {self.status}")
        if written != (self.status == 0):
            wrong.append("written" if written else "not written")
        if self.status and (where / "zone").read_bytes() != before:
            wrong.append("the file was changed")
        if took > GUARD_S + SLACK_S:
            wrong.append(f"took {took:.1f} s")
        wrong += self.looked_at(scene, where)
        if wrong:
            raise Failure("\n".join([*wrong, said]))


    def looked_at(self, scene, where):
        """`zones` says the same of the delegation, and writes nothing."""
        before = (where / "zone").read_bytes()
        done = judge.call(scene, where, "zones", "--json", self.zone, order_too=False)
        told = json.loads(done.stdout)
        state = told["zones"][0]["delegation"]
        one_of_two = self.name == "overlap" or self.zone == ZONES[3].name
        platform = "disjoint" if "P02" in self.said else "overlap" if one_of_two else \
            "same" if self.servers == OWN else "not checked"
        wrong = []
        if state["state"] != platform or (platform == "not checked") != bool(state["why"]):
            wrong.append(f"zones: not {platform}: {state}")
        if done.returncode != (6 if platform == "disjoint" else 0):
            wrong.append(f"zones: exit {done.returncode}: {done.stdout}")
        if platform in ("disjoint", "overlap") and sorted(state["parent"]) != [
                f"ns{i}.{self.zone}." for i in (1, 2)]:
            wrong.append(f"zones: the parent: {state}")
        if (where / "zone").read_bytes() != before:
            wrong.append("zones: the file was changed")
        return wrong


class Held:
    """A zone that several accounts hold: each name server list is an account's. The `chosen` one is
    written to; None: refused, with the list of them."""
    zone = "guard.beta"

    def __init__(self, name, accounts, chosen, check=None):
        self.name, self.accounts, self.chosen, self.check = f"held-{name}", accounts, chosen, check

    def scene(self):
        soa = "ns1.guard.beta. hostmaster.guard.beta. 2026110100 3600 600 604800 300"
        sets = {name: json.dumps({f"{self.zone}.": [
            {"owner": f"{self.zone}.", "type": kind, "ttl": 300, "values": values}
            for kind, values in (("SOA", [soa]), ("NS", servers))]})
            for name, servers in self.accounts.items()}
        return Scene(f"guard-{self.name}", None, [], None, files=sets, config={
            "check": self.check or {},
            "accounts": {name: {"provider": "exec", "command": [sys.executable, str(STORE)],
                                "settings": [f"file=@WHERE@/{name}"]} for name in self.accounts},
            "zones": [{"zone": "*", "account": name} for name in self.accounts]},
            records=[f"_dnsauth.{self.zone} TXT {TOKEN}"])

    def run(self, proof_only):
        if proof_only:
            return
        scene = self.scene()
        where = judge.place(scene)
        done = judge.call(scene, where, "apply", "--until", "published")
        said = done.stdout + done.stderr
        written = [name for name in self.accounts if TOKEN in (where / name).read_text()]
        ask.need(written == ([self.chosen] if self.chosen else []), f"written: {written}\n{said}")
        ask.need(done.returncode == (0 if self.chosen else 78), f"exit {done.returncode}\n{said}")
        if not self.chosen:
            ask.need(", ".join(self.accounts) in said, f"the list is missing\n{said}")


class Cloud(route53.Route53):
    """Whose zones nobody serves: who does is the delegation's word."""

    def publish(self):
        pass


class Rivals:
    """An account at Route 53 that has a private zone of the name and several public ones, each of a
    list of name servers. The `chosen` one is written to, by its place, and the others are told;
    None: refused, with `why` and all of them. With `bound` its number stands in the account."""
    zone = "guard.beta"

    def __init__(self, name, servers, chosen, why="", bound=None, check=None):
        self.name, self.servers, self.chosen, self.why = f"rivals-{name}", servers, chosen, why
        self.bound, self.check = bound, check or {}

    def scene(self, service, zones):
        account = {"provider": "route53", "endpoint": f"http://127.0.0.1:{service.port}",
                   "requests_per_second": 100,
                   "access_key": {"command": ["echo", service.key.id]},
                   "secret_key": {"command": ["echo", service.key.secret]}}
        if self.bound is not None:
            account["hosted_zone_id"] = zones[self.bound].id
        return Scene(f"guard-{self.name}", None, [], None, records=[
            f"_dnsauth.{self.zone} TXT {TOKEN}"], config={
                "check": self.check, "accounts": {"aws": account},
                "zones": [{"zone": "*", "account": "aws"}]})

    def run(self, proof_only):
        if proof_only:
            return
        where = judge.place(Scene(f"guard-{self.name}", None, [], None, files={
            "zone": f"{self.zone}. 300 IN SOA {OWN[0]} hostmaster.{self.zone}. 1 3600 600 604800 "
                    f"300\n{self.zone}. 300 IN NS {OWN[0]}\n"}))
        with Cloud(None, self.zone, where / "zone") as service:
            zones = [service.add_zone(f"{self.zone}.", servers) for servers in self.servers]
            service.zones.remove(service.main)
            done = judge.call(self.scene(service, zones), where, "apply", "--until", "published")
            self.judge(done, service, zones)

    def judge(self, done, service, zones):
        said = done.stdout + done.stderr
        written = [zone for zone in service.zones
                   if any(TOKEN in value for one in zone.sets for value in one["values"])]
        chosen = [] if self.chosen is None else [zones[self.chosen]]
        ask.need(written == chosen, f"written: {written}\n{said}")
        ask.need(done.returncode == (0 if chosen else 78), f"exit {done.returncode}\n{said}")
        ask.need(self.why in said, f"not told: {self.why}\n{said}")
        elected = self.bound is None and len(zones) > 1
        ask.need(not elected or all(zone.id in said for zone in zones), f"not all told\n{said}")
        ask.need(said.count("nobody sees") == bool(elected and chosen), f"warnings\n{said}")
        ask.need(chosen or "hosted_zone_id" in said, f"what to do is not told\n{said}")


class Others(Rivals):
    """Of an account that holds one zone twice, and nobody knows which is seen, another zone is
    written to all the same."""
    other = "guard-new.beta"

    def judge(self, done, service, zones):
        other = service.add_zone(f"{self.other}.", names(OWN))
        where = judge.place(Scene(f"guard-{self.name}", None, [], None, files={
            "2.yaml": f"ca: digicert\nrecords:\n  - _dnsauth.{self.zone} TXT {TOKEN}\n"}))
        scene = self.scene(service, zones)
        scene.records = [f"_dnsauth.{self.other} TXT {TOKEN}"]
        done = judge.call(scene, where, "apply", "--until", "published", "--keep-going",
                          str(where / "2.yaml"))
        said = done.stdout + done.stderr
        written = [zone for zone in service.zones
                   if any(TOKEN in value for one in zone.sets for value in one["values"])]
        ask.need(written == [other], f"written: {written}\n{said}")


def names(servers):
    return [server.rstrip(".") for server in servers]


CASES = [
    Rivals("by-the-delegated-one", [names(ELSEWHERE), names(OWN), names(ELSEWHERE[:1])], 1,
           why="nobody sees"),
    Rivals("by-one-of-two-platforms", [names(ELSEWHERE), names(OWN[:1])], 1),
    Rivals("by-none", [names(ELSEWHERE), names(ELSEWHERE[:1])], None,
           why="the parent names no server of any"),
    Rivals("by-two-that-look-alike", [names(OWN), names(OWN)], None,
           why="the parent names servers of more than one"),
    Rivals("by-number", [names(OWN), names(OWN)], 1, bound=1),
    Rivals("by-resolvers", [names(ELSEWHERE), names(OWN)], None, why="check.via",
           check={"via": "doh", "resolvers": ["https://192.0.2.1/dns-query"]}),
    Rivals("only-one", [names(OWN)], 0), Others("beside-another", [names(OWN), names(OWN)], None),
    Held("by-the-delegated-one", {"one": ELSEWHERE, "two": OWN, "three": ELSEWHERE}, "two"),
    Held("by-two-that-look-alike", {"one": OWN, "two": OWN}, None),
    Held("by-none-of-the-delegation", {"one": ELSEWHERE, "two": ELSEWHERE}, None),
    Held("by-one-that-overlaps", {"one": OWN, "two": [OWN[0], ELSEWHERE[0]]}, "one"),
    Case("same", OWN, 0, unsaid=["P02"]),
    Case("disjoint", ELSEWHERE, 6, said=["P02", ELSEWHERE[0][:-1], OWN[0][:-1]]),
    Case("overlap", [OWN[0], ELSEWHERE[0]], 0, said=[ELSEWHERE[0][:-1]]),
    Case("no-route-to-the-root", ELSEWHERE, 0, hints=HOSTS["gone"], unsaid=["P02"]),
    Case("silent-root", ELSEWHERE, 0, hints=SILENT, unsaid=["P02"]),
    Case("not-delegated-yet", ELSEWHERE, 0, zone="guard-new.beta", unsaid=["P02"]),
    Case("special-use-name", ELSEWHERE, 0, zone="guard.test", unsaid=["P02"]),
    Case("caa-above-denies", ["ns1.shop.denies.beta."], 6, zone="shop.denies.beta", until="ready",
         said=["C52"]),
    Case("caa-above-denies-what-permit-cannot-change", ["ns1.shop.denies.beta."], 6,
         zone="shop.denies.beta", until="ready", order={"caa": "permit"}, said=["C52"]),
    Case("turned-off", ELSEWHERE, 0, check={"nameservers": [HOSTS["nsd"][0]]}, unsaid=["P02"]),
]
