# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Scenes whose cause lies in DNSSEC (family D) or in CAA (family C)."""
import subprocess

import ask
from scene import CA, TOKEN, Scene, txt
from world import RESOLVER, WHERE, Zone

SCENES, SCRIPT = [], {}


def scene(cause, name, proof, zone, more=(), **keys):
    if not keys.get("names"):
        keys.setdefault("records", [f"_dnsauth.{zone.name} TXT {TOKEN}"])
    keys["evidence"] = [word.replace("@Z@", zone.name) for word in keys.get("evidence", ["@Z@"])]
    SCENES.append(Scene(name, cause, [zone, *more], lambda: proof(zone.name), **keys))


def signed(cause, name, options, body="", state="bogus", ede=None, exit={2, 6}, rrtype="TXT",
           on="nsd bind", ds="own", **keys):
    """A zone below alpha that is signed in this way; what a CA's resolver sees of it."""
    def proof(zone):
        seen = ask.seen_by_ca(f"_dnsauth.{zone}" if rrtype == "TXT" else zone, rrtype, state)
        ask.need(ede is None or seen.ede() in ede, f"EDE {seen.ede()}", seen)

    zone = Zone(f"{cause.lower()}-{name}.alpha", on=on, signed=options, ds=ds,
                body=txt("_dnsauth") + "\n" + body)
    scene(cause, name, proof, zone, exit=exit, also=keys.pop("also", {"C56"}), **keys)


signed("D40", "expired", {"first": -40, "last": -1}, ede={7})
scene("D40", "expired-and-no-order", lambda zone: ask.seen_by_ca(zone, "CAA", "bogus"),
      Zone("d40-expired-and-no-order.alpha", signed={"first": -40, "last": -1}),
      names=["d40-expired-and-no-order.alpha"], exit={2, 6})
signed("D40", "not-yet-valid", {"first": 1, "last": 30}, ede={8})
signed("D40", "soon", {"first": -20, "last": 1}, state="secure", exit=0)
scene("D40", "soon-and-no-order", lambda zone: ask.seen_by_ca(zone, "CAA", "secure"),
      Zone("d40-soon-and-no-order.alpha", signed={"first": -20, "last": 1}),
      names=["d40-soon-and-no-order.alpha"], exit=0)
signed("D41", "ds-of-another-key", {}, ds="other", ede={6, 9})
signed("D41", "ds-without-any-key", None, ds="4711 13 2 " + "ab" * 32, ede={6, 9, 10})
signed("D42", "signature-of-one-set-missing",
       {"drop": ["_dnsauth.d42-signature-of-one-set-missing.alpha. RRSIG TXT"]},
       ede={6, 9, 10})  # 9: unbound then looks for a DS at the owner, and finds no proof of none
scene("D42", "added-after-signing", lambda zone: ask.seen_by_ca(f"_dnsauth.{zone}", "TXT", "bogus"),
      Zone("d42-added-after-signing.alpha", signed={
          "add": [f'_dnsauth.d42-added-after-signing.alpha. 300 IN TXT "{TOKEN}"']}),
      exit={2, 6}, also={"C56"})
signed("D42", "no-proof-of-absence", {"drop": ["NSEC"]}, rrtype="CAA", ede={6, 10, 12}, on="nsd")
signed("D43", "algorithm-that-nobody-knows", None, ds="4711 12 2 " + "ab" * 32, state="insecure",
       exit={0, 2})
signed("D43", "signed-with-that-algorithm", {"algorithm": 12}, ds="4711 12 2 " + "ab" * 32,
       state="insecure", exit={0, 2}, on="nsd")
signed("D43", "nsec3-200-iterations", {"nsec3": 200}, state="insecure", exit={0, 2}, on="nsd knot",
       rrtype="CAA")
scene("D43", "nsec3-200-iterations-and-no-order",
      lambda zone: ask.seen_by_ca(zone, "CAA", "insecure"),
      Zone("d43-nsec3-200-iterations-and-no-order.alpha", on="nsd knot", signed={"nsec3": 200}),
      names=["d43-nsec3-200-iterations-and-no-order.alpha"], exit=0)
scene("D44", "alias-into-a-bogus-zone",
      lambda zone: ask.seen_by_ca(f"_dnsauth.{zone}", "TXT", "bogus"),
      Zone("d44-alias-into-a-bogus-zone.alpha", signed={},
           body="_dnsauth CNAME tok.d44-target.alpha."),
      more=[Zone("d44-target.alpha", body=txt("tok"), signed={"first": -40, "last": -1})],
      evidence=["d44-target.alpha"], exit={2, 6}, also={"C56"})


def old_anchor(zone):
    """A resolver with the old key calls the root bogus, one with the new key does not."""
    ask.seen_by_ca(f"_dnsauth.{zone}", "TXT", "secure")
    done = subprocess.run(["delv", f"@{RESOLVER}", "-a", str(WHERE / "delv.keys"), "+root",
                           f"_dnsauth.{zone}", "TXT"], capture_output=True, text=True, timeout=60)
    ask.need("no valid" in done.stdout + done.stderr or "broken trust" in
             done.stdout + done.stderr, done.stdout + done.stderr)


scene("D45", "old-key-of-the-root", old_anchor,
      Zone("d45-old-key-of-the-root.alpha", signed={}, body=txt("_dnsauth")),
      config={"check": {"trust_anchor": str(WHERE / "old-root.key")}},
      evidence=["old-root.key"], exit={2, 7}, also={"C56"})


def caa(cause, name, *records, names=("@Z@",), **keys):
    """A zone below beta with these CAA records; nothing else is wrong. With names only: the
    first hour's `check NAME --ca CA`."""
    zone = Zone(f"{cause.lower()}-{name}.beta", body="\n".join(f"@ CAA {r}" for r in records))
    keys.setdefault("evidence", [records[0].split('"')[1]])
    keys.setdefault("exit", 6)
    scene(cause, name, lambda zone: ask.values("nsd", zone, "CAA", *records), zone,
          names=[each.replace("@Z@", zone.name) for each in names], **keys)


ALLOW = f'0 issue "{CA}"'
caa("C50", "other-ca", '0 issue "other.org"', remedy=[f'CAA 0 issue "{CA}"'])
caa("C50", "nobody", '0 issue ";"')
caa("C50", "upper-case-tag", '0 issue "other.org"', '0 iodef "mailto:hostmaster@other.org"',
    remedy=[f'issue "{CA}"'])
caa("C51", "wildcard-for-nobody", '0 issuewild ";"', ALLOW, names=("*.@Z@",),
    remedy=[f'issuewild "{CA}"'])
caa("C51", "wildcard-for-another", '0 issuewild "other.org"', ALLOW, names=("@Z@", "*.@Z@"),
    remedy=[f'issuewild "{CA}"'])
caa("C52", "on-the-parent", '0 issue "other.org"', names=("a.b.@Z@",), also={"C50"},
    evidence=["c52-on-the-parent.beta", "other.org"], remedy=[f'CAA 0 issue "{CA}"'])
scene("C52", "on-the-target-of-an-alias", lambda zone: ask.values(
    "knot", "c52-target.alpha", "CAA", '0 issue "other.org"'),
    Zone("c52-on-the-target-of-an-alias.beta", body="www CNAME c52-target.alpha."),
    names=["www.c52-on-the-target-of-an-alias.beta"], also={"C50"}, exit=6,
    evidence=["c52-target.alpha", "other.org"],
    more=[Zone("c52-target.alpha", on="knot", signed={}, body='@ CAA 0 issue "other.org"')])
scene("C52", "on-the-top-level-domain", lambda zone: ask.values(
    "tld1", "gamma", "CAA", '0 issue "other.org"'), Zone("c52-below.gamma"),
    names=["c52-below.gamma"], evidence=["gamma", "other.org"], also={"C50"}, exit=6,
    more=[Zone("gamma", on="tld1 tld2", body='@ CAA 0 issue "other.org"')])
scene("C50", "on-a-wildcard", lambda zone: [
    ask.values("nsd", f"{label}.{zone}", "CAA", '0 issue "other.org"')
    for label in ("www", "qz8k1")],
    Zone("c50-on-a-wildcard.beta", body='* CAA 0 issue "other.org"\n* A 11.0.1.1'),
    names=["www.c50-on-a-wildcard.beta"], evidence=["www.c50-on-a-wildcard.beta (a wildcard's)"],
    remedy=["to the wildcard that answers for www.c50-on-a-wildcard.beta"], exit=6)
caa("C53", "unknown-critical-tag", '128 futuretag "x"', ALLOW, evidence=["futuretag"])
caa("C54", "final-dot", f'0 issue "{CA}."', remedy=[ALLOW], also={"C50"})
caa("C54", "blank-inside", '0 issue "digicert .com"', remedy=[ALLOW], also={"C50"})
caa("C54", "semicolon-behind-parameter", f'0 issue "{CA}; policy=ev;"', also={"C50"})
caa("C54", "quotes-inside", rf'0 issue "\"{CA}\""', evidence=[CA], remedy=[ALLOW],
    also={"C50"})
caa("C55", "other-method", f'0 issue "{CA}; validationmethods=http-01"', exit={0, 2, 6},
    evidence=["validationmethods"])
caa("C55", "other-account", f'0 issue "{CA}; accounturi=https://ca.other.org/acct/1"',
    exit={0, 2, 6}, evidence=["accounturi"])

SCRIPT["c56-fails-at-the-parent.beta."] = "SERVFAIL"
scene("C56", "fails-at-the-parent", lambda zone: [
    ask.status("scripted", zone, "CAA", "SERVFAIL"),
    ask.status("scripted", f"shop.{zone}", "CAA", "NOERROR")],
    Zone("c56-fails-at-the-parent.beta", on="scripted", body="shop A 11.0.1.1"),
    names=["shop.c56-fails-at-the-parent.beta"], evidence=["c56-fails-at-the-parent.beta",
                                                          "SERVFAIL"],
    exit={2, 7}, also={"A32"})
scene("C56", "fails-where-an-alias-leads",
      lambda zone: [ask.status("caa-servfail", "pool.c56-balancer.beta", "CAA", "SERVFAIL"),
                    ask.status("nsd", f"www.{zone}", "CAA", "NOERROR")],
      Zone("c56-fails-where-an-alias-leads.beta", body="www CNAME pool.c56-balancer.beta."),
      more=[Zone("c56-balancer.beta"), Zone("pool.c56-balancer.beta", on="caa-servfail")],
      names=["www.c56-fails-where-an-alias-leads.beta"], evidence=["SERVFAIL"], exit=2,
      remedy=["failed at pool.c56-balancer.beta", "check --ca digicert www.c56-fails"])
