# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Zones in which nothing is wrong, each with something that could be taken for a fault."""
import ask
from scene import CA, TARGET, TOKEN, Scene, txt
from world import HOSTS, Zone

SCENES = []
DEAD = {address for host in ("gone", "gone6", "refused") for address in HOSTS[host]}
BASE = [
    Zone("", on="root1 root2", signed={}),
    Zone("alpha", on="tld1 tld2", signed={}),
    Zone("beta", on="tld1 tld2"),
]


def healthy(name, zone, owner=None, value=TOKEN, rrtype="TXT", more=(), seen="insecure", **keys):
    """zone: its name is the scene's. Every server that it names must have the record."""
    owner = owner or f"_dnsauth.{zone.name}"

    def proof():
        for _, addresses in zone.servers():
            for address in set(addresses) - DEAD:
                got = ask.dig(address, zone.name, "SOA", "+bufsize=4096")
                ask.need("aa" in got.flags and got.values("SOA"), f"{address} {zone.name} SOA", got)
        shown = ask.seen_by_ca(owner, rrtype, seen)
        ask.need(any(value in text for text in shown.values(rrtype)), f"{owner} {rrtype}", shown)

    keys.setdefault("records", [f"{owner} {rrtype} {value}"])
    SCENES.append(Scene(name, None, [zone, *more], proof, exit=keys.pop("exit", 0), **keys))


for brand in ("nsd", "bind", "knot"):
    healthy(f"{brand}-insecure", Zone(f"{brand}.beta", on=brand, body=txt("_dnsauth")))
    healthy(f"{brand}-secure", Zone(f"{brand}.alpha", on=brand, body=txt("_dnsauth"), signed={}),
            seen="secure")
healthy("two-brands", Zone("two-brands.alpha", body=txt("_dnsauth"), signed={}), seen="secure")
healthy("three-brands", Zone("three-brands.beta", on="nsd bind knot", body=txt("_dnsauth")))
healthy("many-addresses", Zone("many-addresses.beta", on="nsd-more bind-more knot4 knot6",
                               body=txt("_dnsauth")))
healthy("ipv4-only-server", Zone("v4.beta", on="nsd knot4", body=txt("_dnsauth")))
healthy("signed-below-unsigned", Zone("island.beta", body=txt("_dnsauth"), signed={}, ds="none"))
healthy("unsigned-below-signed", Zone("unsigned.alpha", body=txt("_dnsauth")))
healthy("nsec3", Zone("nsec3.alpha", on="nsd knot", body=txt("_dnsauth"), signed={"nsec3": 0}),
        seen="secure")
healthy("deep-name", Zone("deep.beta", body=txt("_dnsauth.a.b.c")), "_dnsauth.a.b.c.deep.beta")
healthy("below-empty-non-terminal", Zone("x.y.ent.alpha", body=txt("_dnsauth"), signed={}),
        more=[Zone("ent.alpha", signed={})], seen="secure")
healthy("parent-on-same-server", Zone("sub.same.beta", body=txt("_dnsauth")),
        more=[Zone("same.beta")])
healthy("names-out-of-bailiwick", Zone(
    "hosted.beta", body=txt("_dnsauth"), holders={"nsd", "bind"},
    ns=[("nsd.dns-host.alpha", HOSTS["nsd"]), ("bind.dns-host.alpha", HOSTS["bind"])]),
    more=[Zone("dns-host.alpha", body="\n".join(
        f"{brand} {'AAAA' if ':' in address else 'A'} {address}"
        for brand in ("nsd", "bind", "knot") for address in HOSTS[brand]))])
healthy("one-family-without-route", Zone(
    "one-family.beta", body=txt("_dnsauth"), holders={"nsd", "knot"},
    ns=[("ns1.one-family.beta", [HOSTS["nsd"][0], HOSTS["gone"][1]]),
        ("ns2.one-family.beta", HOSTS["knot"])]))
healthy("ipv4-wanted-only", Zone("v4-wanted.beta", on="nsd gone6", holders={"nsd"},
                                body=txt("_dnsauth")), config={"check": {"families": [4]}})
healthy("servers-from-the-configuration", Zone(
    "configured.beta", on="nsd refused", body=txt("_dnsauth"), holders={"nsd"}),
    config={"check": {"nameservers": [HOSTS["nsd"][0]]}})
healthy("explained-with-servers-given", Zone("explained.beta", holders={"nsd", "bind"},
                                             body=txt("_dnsauth")), command="explain",
        config={"check": {"nameservers": [HOSTS["knot"][0]]}})
healthy("servers-given-and-no-root", Zone("given.beta", holders={"nsd", "bind"},
                                          body=txt("_dnsauth")),
        config={"check": {"root_hints": "@WHERE@/hints", "nameservers": [HOSTS["nsd"][0]]}}, exit=7,
        files={"hints": f". NS a.root.\na.root. A {HOSTS['gone'][0]}\n"})
healthy("nothing-reachable", Zone("unseen.beta", holders={"nsd", "bind"}, body=txt("_dnsauth")),
        config={"check": {"root_hints": "@WHERE@/hints"}}, exit=7, also={"A30", "A36", "C56"},
        files={"hints": f". NS a.root.\na.root. A {HOSTS['gone'][0]}\n"})
healthy("slow-server", Zone("slow.beta", on="nsd slow", body=txt("_dnsauth")))
healthy("foreign-values-beside", Zone("foreign.beta", body="\n".join(
    [txt("_dnsauth"), txt("_dnsauth", "v=spf1 -all"), txt("@", "v=spf1 -all")])))
healthy("large-answer-over-tcp", Zone("large.beta", body="\n".join(
    [txt("_dnsauth"), *(txt("_dnsauth", f"note {i} " + "x" * 200) for i in range(12))])))
healthy("wildcard-elsewhere", Zone("wild-elsewhere.beta", body="\n".join(
    [txt("_dnsauth"), "*.web A 11.0.1.1", txt("*.mail", "v=spf1 -all")])))
healthy("apex-token", Zone("apex.beta", body=txt("@")), "apex.beta")
healthy("cname-token", Zone("cname-token.beta", body=f"_dnsauth CNAME {TARGET}."),
        value=TARGET, rrtype="CNAME", more=[
            Zone("com", on="tld1 tld2"), Zone("digicert.com", body=txt("*.dcv", "dcv"))])
healthy("alias-11-hops", Zone("hops11.beta", body="\n".join(
    ["_dnsauth CNAME h1", *(f"h{i} CNAME h{i + 1}" for i in range(1, 11)), txt("h11")])))
healthy("alias-across-zones", Zone("alias.beta", body="_dnsauth CNAME tok.delegated.alpha."),
        more=[Zone("delegated.alpha", on="knot", body=txt("tok"), signed={})])
healthy("dname", Zone("dname.beta", body="www DNAME www.dname-end.alpha."),
        "_dnsauth.www.dname.beta",
        more=[Zone("dname-end.alpha", body=txt("_dnsauth.www"), signed={})])
for label, line in {
        "named": f'@ CAA 0 issue "{CA}"', "several": f'@ CAA 0 issue "other.org"\n'
        f'@ CAA 0 issue "{CA}"', "iodef-only": '@ CAA 0 iodef "mailto:a@b.org"',
        "issuewild-for-others": f'@ CAA 0 issuewild "other.org"\n@ CAA 0 issue "{CA}"',
        "above": f'@ CAA 0 issue "{CA}"'}.items():
    zone = Zone(f"caa-{label}.alpha", signed={},
                body=line + "\n" + txt("_dnsauth" + (".www" if label == "above" else "")))
    healthy(f"caa-{label}", zone, ("_dnsauth.www." if label == "above" else "_dnsauth.")
            + zone.name, seen="secure")
healthy("caa-alias", Zone("caa-alias.beta", body="www CNAME caa-alias-end.alpha.\n"
                          + txt("_dnsauth")), names=["www.caa-alias.beta"], records=[],
        more=[Zone("caa-alias-end.alpha", signed={}, body=f'@ CAA 0 issue "{CA}"')])
healthy("nothing-yet", Zone("bare.beta", body=txt("_dnsauth")), records=[],
        names=["bare.beta", "*.bare.beta"])
healthy("caa-for-wildcard", Zone("caa-wild.beta", body=f'{txt("_dnsauth")}\n'
                                 f'@ CAA 0 issue "other.org"\n@ CAA 0 issuewild "{CA}"'),
        order={"names": ["*.caa-wild.beta"]})
