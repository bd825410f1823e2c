# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Scenes whose cause lies in the records of a zone, or in time (families P and T)."""
import ask
from healthy import SCENES as HEALTHY
from scene import OLD_TOKEN, TARGET, TOKEN, Scene, txt
from world import HOSTS, WHERE, Zone, reload_nsd, sh

SCENES = []
WAITING = {"P01", "P03", "P10", "P11", "P14", "P15", "T20", "T21", "T22", "T23", "T24"}


def scene(cause, name, body="", proof=None, owner=None, more=(), zone=None, **keys):
    """Its zone is CAUSE-NAME.beta on NSD and BIND, if not given. `proof` gets the zone's name;
    without it: all servers say NXDOMAIN at the owner."""
    zone = zone or Zone(f"{cause.lower()}-{name}.beta", body=body)
    owner = f"{owner or '_dnsauth'}.{zone.name}"

    def missing(_):
        for host in zone.on.split():
            ask.status(host, owner, "TXT", "NXDOMAIN")

    keys.setdefault("exit", 2 if cause in WAITING else {2, 6})
    if not keys.get("names"):
        keys.setdefault("records", [f"{owner} TXT {TOKEN}"])
    keys["evidence"] = [word.replace("@Z@", zone.name) for word in keys.get("evidence", [owner])]
    keys["remedy"] = [word.replace("@Z@", zone.name) for word in keys.get("remedy", [])]
    SCENES.append(Scene(name, cause, [zone, *more], lambda: (proof or missing)(zone.name), **keys))


def served(owner, rrtype, *wanted, where=("nsd", "bind")):
    """Proof: these servers hold exactly these values (@Z@: the zone)."""
    def prove(zone):
        for host in where:
            ask.values(host, owner.replace("@Z@", zone), rrtype,
                       *(value.replace("@Z@", zone) for value in wanted))
    return prove


def both(*proofs):
    return lambda zone: [proof(zone) for proof in proofs]


WRITE = f"{TOKEN}|dcvctl apply"  # the line to write, or the command that writes it

# The record is not there, or not where, what or how the CA looks.
scene("P01", "never-added", remedy=[WRITE])
scene("P01", "other-type-below", txt("x._dnsauth", "note"),
      lambda zone: ask.need(ask.status("nsd", f"_dnsauth.{zone}", "TXT", "NOERROR").answer == [],
                            "NODATA"), remedy=[WRITE])
scene("P01", "foreign-value-only", txt("_dnsauth", "v=spf1 -all"),
      served("_dnsauth.@Z@", "TXT", '"v=spf1 -all"'), remedy=[WRITE])

ELSEWHERE = """$ORIGIN @Z@.
$TTL 300
@ SOA ns1.cloud-dns.alpha. hostmaster 2026110101 3600 600 604800 300
@ NS ns1.cloud-dns.alpha.
@ NS ns2.cloud-dns.alpha.
""" + txt("_dnsauth") + "\n"
scene("P02", "not-the-delegated-zone", files={
    "zone": ELSEWHERE.replace("@Z@", "p02-not-the-delegated-zone.beta")},
    config={"zones": [{"zone": "p02-not-the-delegated-zone.beta", "file": "@WHERE@/zone",
                       "reload": "none"}]},
    evidence=["ns1.cloud-dns.alpha", "ns1.@Z@"], remedy=["ns1.@Z@"], exit=6,
    proof=lambda zone: ask.need(any(record[3] == f"ns1.{zone}." for record in
                                    ask.dig("tld1", zone, "NS").authority), "parent's NS"),
    more=[Zone("cloud-dns.alpha", on="knot", body="".join(
        f"ns{i} A {HOSTS['knot'][0]}\n" for i in (1, 2)))])

OLD, NEW = f'"{OLD_TOKEN}"', f'"{TOKEN}"'
scene("P03", "old-value-alone", txt("_dnsauth", OLD_TOKEN), served("_dnsauth.@Z@", "TXT", OLD),
      order={"previous": [OLD_TOKEN]}, evidence=[OLD_TOKEN],
      remedy=["delete the record _dnsauth.@Z@. 300 TXT"], also={"P01"})
scene("P03", "old-value-beside", f"{txt('_dnsauth', OLD_TOKEN)}\n{txt('_dnsauth')}",
      served("_dnsauth.@Z@", "TXT", OLD, NEW), order={"previous": [OLD_TOKEN]},
      evidence=[OLD_TOKEN], remedy=["delete the record _dnsauth.@Z@. 300 TXT"])
scene("P03", "service-that-takes-no-other", f"{txt('_dnsauth', OLD_TOKEN)}\n{txt('_dnsauth')}",
      served("_dnsauth.@Z@", "TXT", OLD, NEW), order={"service": "huaweicloud-scm"},
      evidence=[OLD_TOKEN], remedy=[OLD_TOKEN])
scene("P04", "zone-twice", txt("_dnsauth.p04-zone-twice.beta"),
      served("_dnsauth.@Z@.@Z@", "TXT", NEW), evidence=["_dnsauth.@Z@.@Z@"], remedy=["_dnsauth"])
scene("P05", "at-the-apex", txt("@"), served("@Z@", "TXT", NEW), remedy=["_dnsauth.@Z@"])
scene("P05", "on-www", txt("_dnsauth.www"), served("_dnsauth.www.@Z@", "TXT", NEW),
      evidence=["_dnsauth.www.@Z@"], remedy=["_dnsauth.@Z@"])
scene("P05", "on-the-parent", txt("_dnsauth"), served("_dnsauth.@Z@", "TXT", NEW),
      owner="_dnsauth.shop", evidence=["_dnsauth.@Z@"], remedy=["_dnsauth.shop.@Z@"])
scene("P06", "cname-as-txt", txt("_dnsauth", TARGET), served("_dnsauth.@Z@", "TXT", f'"{TARGET}"'),
      records=[f"_dnsauth.p06-cname-as-txt.beta CNAME {TARGET}"], evidence=["TXT", "CNAME"],
      remedy=["CNAME"])
scene("P06", "txt-as-cname", f"_dnsauth CNAME {TOKEN}.",
      served("_dnsauth.@Z@", "CNAME", f"{TOKEN}."), evidence=["CNAME", "TXT"], remedy=["TXT"],
      also={"P11"})

WRONG = {
    "cut": f'"{TOKEN[:31]}"', "quoted": rf'"\"{TOKEN}\""', "other-case": f'"{TOKEN.upper()}"',
    "blank-behind": f'"{TOKEN} "', "line-end-behind": rf'"{TOKEN}\010"',
    "prefixed": f'"value={TOKEN}"',
}
for label, shown in WRONG.items():
    scene("P07", label, f"_dnsauth TXT {shown}", served("_dnsauth.@Z@", "TXT", shown),
          remedy=[WRITE])
scene("P07", "two-records", f'_dnsauth TXT "{TOKEN[:20]}"\n_dnsauth TXT "{TOKEN[20:]}"',
      served("_dnsauth.@Z@", "TXT", f'"{TOKEN[:20]}"', f'"{TOKEN[20:]}"'), remedy=[WRITE])

CLASH = """$ORIGIN @Z@.
$TTL 300
@ SOA ns1 hostmaster 2026110100 3600 600 604800 300
@ NS ns1
@ NS ns2
ns1 A 11.0.1.1
ns2 A 11.0.2.1
_dnsauth CNAME old.p11-target.alpha.
""" + txt("_dnsauth") + "\n"


def clash(zone):
    path = WHERE / "clash.zone"
    path.write_text(CLASH.replace("@Z@", zone))
    try:
        sh("named-checkzone", zone, path)
    except Exception as refused:
        return ask.need("CNAME and other data" in str(refused), str(refused))
    ask.need(False, "named-checkzone takes the file")


scene("P08", "cname-beside-txt", "_dnsauth CNAME old.p11-target.alpha.", clash,
      files={"zone": CLASH.replace("@Z@", "p08-cname-beside-txt.beta")},
      config={"zones": [{"zone": "p08-cname-beside-txt.beta", "file": "@WHERE@/zone",
                         "reload": "none"}]},
      evidence=["CNAME"], also={"P11", "P06", "T24"}, exit={1, 2, 6})
scene("P09", "no-final-dot", f"_dnsauth CNAME {TARGET}",
      served("_dnsauth.@Z@", "CNAME", f"{TARGET}.@Z@."),
      records=[f"_dnsauth.p09-no-final-dot.beta CNAME {TARGET}"],
      evidence=[f"{TARGET}.@Z@"], remedy=[f"{TARGET}."])


def answers_for_anything(rrtype):
    def prove(zone):
        for label in ("_dnsauth", "qz8k1"):
            ask.need(ask.dig("nsd", f"{label}.{zone}", rrtype).values(rrtype), f"*.{zone}")
    return prove


scene("P10", "wildcard-txt", txt("*", "v=spf1 -all"), answers_for_anything("TXT"),
      remedy=[WRITE])
scene("P10", "wildcard-cname", "* CNAME web\nweb A 11.0.1.1", answers_for_anything("CNAME"),
      remedy=[WRITE], also={"P11"})


def alias(target):
    return served("_dnsauth.@Z@", "CNAME", target)


scene("P11", "target-lacks-it", "_dnsauth CNAME tok.p11-target.alpha.",
      both(alias("tok.p11-target.alpha."),
           lambda _: ask.values("knot", "tok.p11-target.alpha", "TXT", '"other"')),
      more=[Zone("p11-target.alpha", on="knot", body=txt("tok", "other"))],
      evidence=["tok.p11-target.alpha"], remedy=["tok.p11-target.alpha"])
scene("P11", "dangling", "_dnsauth CNAME gone.p11-target.alpha.",
      both(alias("gone.p11-target.alpha."),
           lambda _: ask.status("knot", "gone.p11-target.alpha", "TXT", "NXDOMAIN")),
      evidence=["gone.p11-target.alpha. 300 TXT"], remedy=["write the record at gone.p11-target"])
scene("P11", "to-no-zone", "_dnsauth CNAME x.no-such-zone.alpha.",
      lambda zone: ask.status("tld1", "no-such-zone.alpha", "NS", "NXDOMAIN"),
      evidence=["x.no-such-zone.alpha"], remedy=["remove the alias"])
scene("P11", "loop", "_dnsauth CNAME a\na CNAME b\nb CNAME _dnsauth",
      lambda zone: ask.status(None, f"_dnsauth.{zone}", "TXT", "SERVFAIL"), evidence=["loop"],
      remedy=["remove the alias"])
scene("P11", "loop-over-zones", "_dnsauth CNAME back.p11-target.alpha.",
      lambda zone: ask.status(None, f"_dnsauth.{zone}", "TXT", "SERVFAIL"), evidence=["loop"],
      remedy=["remove the alias"])
scene("P11", "12-hops", "_dnsauth CNAME h1\n" + "\n".join(
    f"h{i} CNAME h{i + 1}" for i in range(1, 12)) + "\n" + txt("h12"),
    lambda zone: ask.status(None, f"_dnsauth.{zone}", "TXT", "SERVFAIL"), evidence=["h12"])
next(zone for zone in (zone for s in SCENES for zone in s.zones)
     if zone.name == "p11-target.alpha").body += "\nback CNAME _dnsauth.p11-loop-over-zones.beta."

scene("P12", "below-a-cut", zone=Zone("p12-below-a-cut.beta", body=txt("_dnsauth.sub")),
      owner="_dnsauth.sub", more=[Zone("sub.p12-below-a-cut.beta", on="knot")],
      proof=lambda zone: ask.need(
          any(record[0] == f"sub.{zone}" and record[2] == "NS"
              for record in ask.dig("nsd", f"_dnsauth.sub.{zone}", "TXT").authority), "referral"),
      files={"zone": ELSEWHERE.replace("@Z@", "p12-below-a-cut.beta").replace(
          "cloud-dns.alpha", "p12-below-a-cut.beta") + "sub NS ns1.sub\nns1.sub A 11.0.3.1\n"
          + txt("_dnsauth.sub") + "\n"},
      config={"zones": [{"zone": "p12-below-a-cut.beta", "file": "@WHERE@/zone",
                         "reload": "none"}]},
      evidence=["sub.@Z@"], remedy=["sub.@Z@"], exit={2, 6})
scene("P13", "token-too-old", txt("_dnsauth", OLD_TOKEN), served("_dnsauth.@Z@", "TXT", OLD),
      records=[f"_dnsauth.p13-token-too-old.beta TXT {OLD_TOKEN}"], evidence=[OLD_TOKEN[:4]],
      exit={2, 6})
SECOND = TOKEN[:-4] + "wild"
scene("P14", "one-of-two-values", txt("_dnsauth"), served("_dnsauth.@Z@", "TXT", NEW),
      records=[f"_dnsauth.p14-one-of-two-values.beta TXT {value}" for value in (TOKEN, SECOND)],
      order={"names": ["p14-one-of-two-values.beta", "*.p14-one-of-two-values.beta"]},
      evidence=[SECOND], remedy=[SECOND], also={"P01"})


def truncated(zone):
    got = ask.dig("no-tcp", f"_dnsauth.{zone}", "TXT", "+ignore", "+bufsize=1232")
    ask.need("tc" in got.flags, "TC", got)
    ask.status("no-tcp", f"_dnsauth.{zone}", "TXT", "closed", "+tcp")


scene("P15", "too-big-and-no-tcp", zone=Zone(
    "p15-too-big-and-no-tcp.beta", on="nsd no-tcp", body="\n".join(
        [txt("_dnsauth"), *(txt("_dnsauth", f"leftover {i} " + "x" * 150) for i in range(12))])),
    proof=truncated, evidence=[HOSTS["no-tcp"][0]], also={"A35"})
scene("P17", "hides-the-wildcard", "* A 11.0.1.1", owner="_dnsauth.www",
      proof=lambda zone: ask.values("nsd", f"www.{zone}", "A", "11.0.1.1"),
      evidence=["www.@Z@"], also={"P01"}, exit={2, 6}, remedy=["give www.@Z@ of its own"])

# Time, and servers that do not agree.
LAG = HOSTS["bind"][0]
scene("T22", "secondary-has-not-got-it", zone=Zone(
    "t22-secondary-has-not-got-it.beta", body=txt("_dnsauth"), instead={"bind": (2026103100, "")}),
    proof=lambda zone: [ask.status("bind", f"_dnsauth.{zone}", "TXT", "NXDOMAIN"),
                        ask.values("nsd", f"_dnsauth.{zone}", "TXT", NEW)],
    evidence=[LAG, "2026103100"], also={"P01"})
scene("T22", "secondary-has-the-old-one", zone=Zone(
    "t22-secondary-has-the-old-one.beta", on="nsd knot", body=txt("_dnsauth"),
    instead={"knot": (2026103100, txt("_dnsauth", OLD_TOKEN))}),
    proof=lambda zone: ask.values("knot", f"_dnsauth.{zone}", "TXT", OLD),
    order={"previous": [OLD_TOKEN]}, evidence=[HOSTS["knot"][0], "2026103100"], also={"P03"})
MOVED = "t22-left-behind-by-a-move.beta"
scene("T22", "left-behind-by-a-move", zone=Zone(
    MOVED, on="nsd bind", holders={"nsd", "bind", "knot"}, body=txt("_dnsauth"),
    delegation=[(f"ns1.{MOVED}", HOSTS["nsd"]), (f"ns3.{MOVED}", HOSTS["knot"])],
    instead={"knot": (2026103100, "@ NS ns3\n" + "".join(
        f"ns3 {'AAAA' if ':' in address else 'A'} {address}\n" for address in HOSTS["knot"]))}),
    proof=lambda zone: ask.status("knot", f"_dnsauth.{zone}", "TXT", "NXDOMAIN"),
    evidence=[HOSTS["knot"][0]], remedy=["at the registrar"], also={"A31"})
scene("T23", "a-view-for-each-family", zone=Zone(
    "t23-a-view-for-each-family.beta", on="nsd split", body=txt("_dnsauth"),
    holders={"nsd", "knot"}, instead={"knot": ""}),
    proof=lambda zone: [
        ask.values(HOSTS["split"][0], f"_dnsauth.{zone}", "TXT", NEW),
        ask.status(HOSTS["split"][1], f"_dnsauth.{zone}", "TXT", "NXDOMAIN")],
    evidence=[HOSTS["split"][1]], also={"P01", "M60"})


def own_file(name, serial, body, servers=("ns1", "ns2")):
    """The scene's zone file as the administrator edits it, and the configuration that binds it."""
    text = (f"$ORIGIN {name}.\n$TTL 300\n@ SOA ns1 hostmaster.{name}. {serial} 3600 600 604800 300"
            "\n" + "".join(f"@ NS {server}\n" for server in servers) + "".join(
                f"{server} {'AAAA' if ':' in address else 'A'} {address}\n"
                for server, host in zip(servers, ("nsd", "bind")) for address in HOSTS[host])
            + body + "\n")
    return {"files": {"zone": text}, "config": {"zones": [
        {"zone": name, "file": "@WHERE@/zone", "reload": "none"}]}}


scene("T24", "not-reloaded", evidence=["2026110101", "2026110100"],
      **own_file("t24-not-reloaded.beta", 2026110101, txt("_dnsauth")), also={"P01"})
scene("T24", "serial-not-raised", evidence=["2026110100"],
      **own_file("t24-serial-not-raised.beta", 2026110100, txt("_dnsauth")), also={"P01"})


# What caches may still hold: the ledger knows what stood there before.
def applied(cause, name, until="settled", wait=True, after=None, **keys):
    """A zone that NSD serves and the program writes; then `check --until settled`. Without
    `wait` no cache can have held anything, and nothing may be found."""
    ttl = 86400 if wait else 0
    name += "" if wait else "-for-no-time"
    zone = Zone(f"{name}.beta", on="nsd", ttl=ttl, minimum=ttl,
                body=keys.pop("body", ""))
    before = keys.pop("before")
    reload = ["/bin/sh", "-c", f"kill -HUP $(cat {WHERE}/nsd/pid)"]
    config = {"zones": [{"zone": zone.name, "file": str(zone.file("nsd")),
                         "server": HOSTS["nsd"][0], "reload": {"command": reload}}]}
    (SCENES if wait else HEALTHY).append(Scene(
        name, cause if wait else None, [zone], lambda: before(zone.name), config=config,
        records=[f"_dnsauth.{zone.name} TXT {TOKEN}"], args=["--until", until],
        apply=["--until", "effective"], exit=2 if wait else 0,
        after=after and (lambda: after(zone)), **keys))


def taken_away(zone):
    """Somebody else's tool writes the zone as it knows it."""
    path = zone.file("nsd")
    kept = [line for line in path.read_text().splitlines() if TOKEN not in line]
    path.write_text("\n".join(kept) + "\n")
    reload_nsd()
    ask.until(lambda: ask.dig("nsd", f"_dnsauth.{zone.name}", "TXT").status == "NXDOMAIN")


applied("M67", "taken-away-by-another", until="effective", after=taken_away, also={"P01"},
        before=lambda zone: ask.status("nsd", f"_dnsauth.{zone}", "TXT", "NXDOMAIN"))
SCENES[-1].exit = {2, 6}
for wait in (True, False):
    applied("T20", "old-value-was-cached", wait=wait, body=txt("_dnsauth", OLD_TOKEN),
            before=served("_dnsauth.@Z@", "TXT", OLD, where=["nsd"]),
            order={"previous": [OLD_TOKEN]})
    applied("T21", "absence-was-cached", wait=wait,
            before=lambda zone: ask.status("nsd", f"_dnsauth.{zone}", "TXT", "NXDOMAIN"))
    applied("C57", "caa-was-cached", wait=wait, order={"caa": "permit"}, also={"T21"},
            body='@ CAA 0 issue "other.org"',
            before=lambda zone: ask.values("nsd", zone, "CAA", '0 issue "other.org"'))
HEALTHY.append(Scene("bound-file-is-served", None, [Zone("bound.beta", body=txt("_dnsauth"))],
                     lambda: served("_dnsauth.@Z@", "TXT", NEW)("bound.beta"),
                     records=[f"_dnsauth.bound.beta TXT {TOKEN}"], exit=0,
                     **own_file("bound.beta", 2026110100, txt("_dnsauth"))))
