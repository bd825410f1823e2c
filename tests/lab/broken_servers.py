# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Scenes whose cause lies in name servers or in the delegation (family A)."""
import ask
from scene import TOKEN, Scene, txt
from world import HOSTS, Zone

SCENES = []
NEW = f'"{TOKEN}"'
ANY = {0, 2, 7}  # a cause is told; whether the rest suffices is another question


def scene(cause, name, proof, on=None, more=(), zone=None, **keys):
    """The record is right at every server that answers. `on`: of its zone CAUSE-NAME.beta."""
    zone = zone or Zone(f"{cause.lower()}-{name}.beta", on=on, body=txt("_dnsauth"))
    if not keys.get("names"):
        keys.setdefault("records", [f"_dnsauth.{zone.name} TXT {TOKEN}"])
    keys["evidence"] = [word.replace("@Z@", zone.name) for word in keys.get("evidence", [])]
    SCENES.append(Scene(name, cause, [zone, *more], lambda: proof(zone.name), **keys))


def one_of_two(name, status, exit=2, also=frozenset(), remedy=("repair",)):
    """NSD answers, the other server does not as it should."""
    scene("A30", name, lambda zone: [ask.status(address, zone, "SOA", status)
                                     for address in HOSTS[name]],
          on=f"nsd {name}", evidence=[HOSTS[name][0], HOSTS[name][1]], exit=exit, also=set(also),
          remedy=[*remedy])


one_of_two("refused", "REFUSED")
one_of_two("servfail", "SERVFAIL")
one_of_two("silent", "silent")
one_of_two("closed", "closed")
one_of_two("gone", "unreachable", exit={2, 7}, remedy=["from a host that has a route"])
scene("A30", "no-aa", lambda zone: ask.need(
    "aa" not in ask.status("no-aa", zone, "SOA", "NOERROR").flags, "no AA"),
    on="nsd no-aa", evidence=[HOSTS["no-aa"][0]])
scene("A30", "upward", lambda zone: ask.need(
    ask.dig("upward", zone, "SOA").authority[0][0] == "", "a referral to the root"),
    on="nsd upward", evidence=[HOSTS["upward"][0]])
scene("A30", "all-silent", lambda zone: ask.status("silent", zone, "SOA", "silent"),
      on="silent", evidence=[HOSTS["silent"][0]], exit=7, also={"A36", "C56"})
scene("A30", "all-unreachable", lambda zone: ask.status(None, zone, "SOA", "SERVFAIL"),
      on="gone", evidence=[HOSTS["gone"][0]], exit=7, also={"C56"},
      remedy=["from a host that has a route"])
scene("A30", "all-lame", lambda zone: [ask.status(host, zone, "SOA", "REFUSED")
                                       for host in ("bind", "knot")],
      zone=Zone("a30-all-lame.beta", on="bind knot", holders={"nsd"}, body=txt("_dnsauth")),
      evidence=[HOSTS["bind"][0], HOSTS["knot"][0]], exit={2, 7}, also={"C56"})
scene("A30", "name-without-address", zone=Zone(
    "a30-name-without-address.beta", holders={"nsd"}, body=txt("_dnsauth"),
    ns=[("ns1.a30-name-without-address.beta", HOSTS["nsd"]), ("ns9.dns-host.alpha", [])]),
    proof=lambda zone: ask.status("nsd", "ns9.dns-host.alpha", "A", "NXDOMAIN"),
    evidence=["ns9.dns-host.alpha"], exit=ANY)

scene("A31", "a-server-only-at-the-parent", zone=Zone(
    "a31-a-server-only-at-the-parent.beta", on="nsd bind", body=txt("_dnsauth"),
    holders={"nsd", "bind", "knot"}, delegation=[
        (f"ns{i}.a31-a-server-only-at-the-parent.beta", HOSTS[host])
        for i, host in ((1, "nsd"), (2, "bind"), (3, "knot"))]),
    proof=lambda zone: ask.need(
        len(ask.dig("tld1", zone, "NS").authority) == 3 and
        len(ask.dig("nsd", zone, "NS").answer) == 2, "three against two"),
    evidence=["ns3.@Z@"], exit={0, 2})
scene("A31", "a-server-only-at-the-child", zone=Zone(
    "a31-a-server-only-at-the-child.beta", on="nsd bind", body=txt("_dnsauth"),
    delegation=[("ns1.a31-a-server-only-at-the-child.beta", HOSTS["nsd"])]),
    proof=lambda zone: ask.need(
        len(ask.dig("tld1", zone, "NS").authority) == 1 and
        len(ask.dig("nsd", zone, "NS").answer) == 2, "one against two"),
    evidence=["ns2.@Z@"], exit={0, 2})
scene("A31", "other-addresses-in-glue", zone=Zone(
    "a31-other-addresses-in-glue.beta", on="nsd bind", body=txt("_dnsauth"),
    holders={"nsd", "bind", "knot"}, delegation=[
        ("ns1.a31-other-addresses-in-glue.beta", HOSTS["nsd"]),
        ("ns2.a31-other-addresses-in-glue.beta", HOSTS["knot"])]),
    proof=lambda zone: [
        ask.need((f"ns2.{zone}", HOSTS["knot"][0]) in [
            (r[0], r[3]) for r in ask.dig("tld1", zone, "NS").additional], "glue"),
        ask.values("nsd", f"ns2.{zone}", "A", HOSTS["bind"][0])],
    evidence=[HOSTS["knot"][0]], exit={0, 2})

for behaviour, status in (("caa-refused", "REFUSED"), ("caa-notimp", "NOTIMP"),
                          ("caa-servfail", "SERVFAIL"), ("caa-drop", "silent")):
    scene("A32", behaviour, lambda zone, host=behaviour, status=status: [
        ask.status(host, zone, "CAA", status), ask.values(host, f"_dnsauth.{zone}", "TXT", NEW)],
        on=behaviour, evidence=[HOSTS[behaviour][0]], also={"C56"}, exit={2, 7})
scene("A33", "folds-case", lambda zone: ask.need(
    "_DnSaUtH" not in ask.dig("folding", f"_DnSaUtH.{zone}", "TXT", "+qr").text.split(
        "Got answer")[-1], "folded"), on="nsd folding", evidence=[HOSTS["folding"][0]], exit={0, 2})
scene("A33", "knows-lower-case-only", lambda zone: [
    ask.status("deaf-case", f"_DnSaUtH.{zone}", "TXT", "NXDOMAIN"),
    ask.status("deaf-case", f"_dnsauth.{zone}", "TXT", "NOERROR")],
    on="nsd deaf-case", evidence=[HOSTS["deaf-case"][0]], exit={0, 2})
scene("A33", "all-know-lower-case-only", lambda zone: [
    ask.status("deaf-case", f"_DnSaUtH.{zone}", "TXT", "NXDOMAIN"),
    ask.values("deaf-case", f"_dnsauth.{zone}", "TXT", NEW)],
    on="deaf-case", evidence=[HOSTS["deaf-case"][0]], also={"C56"})
scene("A33", "all-fold-case", lambda zone: ask.values("folding", f"_dnsauth.{zone}", "TXT", NEW),
      on="folding", evidence=[HOSTS["folding"][0]], exit={0, 2})
for behaviour, status in (("edns-formerr", "FORMERR"), ("edns-drop", "silent"),
                          ("edns-badvers", "BADVERS")):
    scene("A34", behaviour, lambda zone, host=behaviour, status=status: [
        ask.status(host, zone, "SOA", status), ask.status(host, zone, "SOA", "NOERROR", "+noedns")],
        on=f"nsd {behaviour}", evidence=[HOSTS[behaviour][0]], exit={0, 2},
        # A resolver that gives EDNS up late may get no answer in time, as a CA's would.
        also={"C56"} if behaviour == "edns-drop" else set())
scene("A35", "no-tcp", lambda zone: [ask.status("no-tcp", zone, "SOA", "NOERROR"),
                                     ask.status("no-tcp", zone, "SOA", "closed", "+tcp")],
      on="nsd no-tcp", evidence=[HOSTS["no-tcp"][0]], exit={0, 2})
scene("A37", "nothing-without-soa", lambda zone: ask.need(
    ask.status("no-soa", zone, "CAA", "NOERROR").authority == [], "no SOA"),
    on="no-soa", evidence=[HOSTS["no-soa"][0]], exit=ANY, also={"C56"})
scene("A38", "private-address", lambda zone: ask.need(
    HOSTS["private"][0] in [r[3] for r in ask.dig("tld1", zone, "NS").additional], "glue"),
    on="nsd private", evidence=[HOSTS["private"][0], HOSTS["private"][1]], exit={0, 2})
scene("A38", "private-beside-public", zone=Zone(
    "a38-private-beside-public.beta", holders={"nsd"}, body=txt("_dnsauth"),
    ns=[("ns1.a38-private-beside-public.beta", [*HOSTS["nsd"], HOSTS["private"][0]])]),
    proof=lambda zone: ask.need(HOSTS["private"][0] in [
        r[3] for r in ask.dig("tld1", zone, "NS").additional], "glue"),
    evidence=[HOSTS["private"][0]], exit={0, 2})
scene("A38", "private-only", lambda zone: ask.need(
    HOSTS["private"][0] in [r[3] for r in ask.dig("tld1", zone, "NS").additional], "glue"),
    on="private", evidence=[HOSTS["private"][0]], exit=7)
scene("A39", "not-delegated", lambda zone: [ask.status("tld1", zone, "NS", "NXDOMAIN"),
                                            ask.values("nsd", f"_dnsauth.{zone}", "TXT", NEW)],
      zone=Zone("a39-not-delegated.beta", body=txt("_dnsauth"), delegation=[]),
      evidence=["@Z@", "beta"], remedy=["renew a39-not-delegated.beta"], exit={2, 6, 7},
      also={"C56"})
scene("A39", "not-delegated-and-no-order", lambda zone: ask.status("tld1", zone, "NS", "NXDOMAIN"),
      zone=Zone("a39-not-delegated-and-no-order.beta", delegation=[]),
      names=["a39-not-delegated-and-no-order.beta"], evidence=["@Z@"], exit={2, 6, 7},
      also={"C56"})
