# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Zones that take dynamic updates: the life of an order at BIND, Knot and PowerDNS, and what is
said when a server does not take one. A key of each run; the lines of `--table` are the servers."""
import functools
import pathlib
import re
import subprocess

import harness
from harness import DCVCTL, Site, check, equal
from servers import KEY, Bind, BindDynamic, Knot, KnotDynamic, Nsd, Pdns, dig, free_port

ZONE = """\
$ORIGIN example.com.
$TTL 3600
@ IN SOA ns1 hostmaster 41 7200 3600 1209600 60
@ IN NS ns1
@ IN TXT "v=spf1 mx -all"
ns1 IN A 127.0.0.1
www IN A 192.0.2.80
child IN NS ns.child
ns.child IN A 192.0.2.53
*.wild IN A 192.0.2.81
"""
OLD, NEW, FOREIGN = "old-k7q2x9m4t1v8b5n3", "new-p3w6r0d8h2j5f9s1", "foreign-m2c8v4b0z6x3"
OWNER = "_dnsauth.example.com"
ADDED = "_dnsauth.www.example.com"


PAGE = pathlib.Path(__file__).parents[2] / "providers" / "rfc2136" / "dcvctl-rfc2136.7"


def part(name):
    """A display of the manual page; its key has the name that the servers here know."""
    text = re.search(rf'\.\\" part: {name}\n\.Bd .*\n((?:.*\n)*?)\.Ed', PAGE.read_text())[1]
    return re.sub(r"\bdcvctl\b", "key", text)


class BindManual(Bind):
    zone_options = part("bind")


class BindName(Bind):
    zone_options = part("bind-name")


class KnotManual(Knot):
    zone_options = "    acl: key\n    zonefile-load: difference\n    journal-content: all\n"

    def configure(self):
        super().configure()
        text, acl = self.conf.read_text(), part("knot").removeprefix("acl:\n")
        self.conf.write_text(text.replace("\nacl:\n", f"\nacl:\n{acl}"))


class KnotSigned(KnotDynamic):
    """Signs by itself. It leaves out a CNAME that comes in the message in which others go."""
    zone_options = KnotDynamic.zone_options + "    dnssec-signing: on\n"


class KnotTypes(Knot):
    """Lets the key write TXT only, and says BADKEY of a key that it knows."""
    zone_options = KnotManual.zone_options

    def configure(self):
        super().configure()
        text = self.conf.read_text()
        self.conf.write_text(text.replace("\nacl:\n", "\nacl:\n  - id: key\n    key: key\n"
                                          "    action: update\n    update-type: TXT\n"))


class BindReads(Bind):
    """Answers the key, and lets it write nothing."""
    zone_options = "allow-transfer { key key; };"


class BindPolicy(Bind):
    """Lets the key write one name only."""
    zone_options = "update-policy { grant key name _other.example.com. TXT; };"


class NsdKey(Nsd):
    def configure(self):
        super().configure()
        with self.conf.open("a") as conf:
            conf.write(f"key:\n    name: key\n    algorithm: hmac-sha256\n    secret: {KEY}\n")


class PdnsUpdate(Pdns):
    """With a database, since its bind backend takes no updates."""
    schema = "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql"

    def configure(self):
        super().configure()
        database = self.where / "pdns.db"
        self.conf.write_text(f"""\
launch=gsqlite3
gsqlite3-database={database}
gsqlite3-pragma-synchronous=0
zone-cache-refresh-interval=0
dnsupdate=yes
allow-dnsupdate-from=127.0.0.0/8
""" + self.conf.read_text().split("\n", 2)[2])
        self.sh("sqlite3", database, f".read {self.schema}")
        self.util("import-tsig-key", "key", "hmac-sha256", KEY)
        for zone, path in self.zones.items():
            self.util("load-zone", zone, path)
            self.util(*part("pdns").splitlines()[1].replace("example.com", zone).split()[1:])

    def util(self, *words):
        self.sh("pdnsutil", f"--config-dir={self.where}", *words)

    def sh(self, *argv):
        subprocess.run(list(map(str, argv)), check=True, capture_output=True, timeout=30)


class Updated(Site):
    """example.com in an account; `tsig` is the text of its key, `servers` where it is asked."""

    def configure(self, tsig=None, servers=None, **keys):
        key = self.where / "update.key"
        key.touch(mode=0o600)
        key.write_text(tsig or f'key "key" {{\n\talgorithm hmac-sha256;\n\tsecret "{KEY}";\n}};\n')
        addresses = ", ".join(f'"{one}"' for one in servers or [self.server.address()])
        more = "".join(f", {key}: {value}" for key, value in keys.items())
        (self.where / "dcvctl.yaml").write_text(f"""\
ledger: sqlite:{self.ledger_file}
accounts:
  primary: {{provider: rfc2136, server: [{addresses}], tsig: {{file: update.key}}{more}}}
zones:
  - {{zone: example.com, account: primary}}
check: {{nameservers: ["{self.server.address()}"], deadline: 15s}}
""")

    def write(self, number, *records, status=0, **keys):
        return self.apply(self.order(number, *records, caa="off", **keys), status=status)

    def set(self, name, rrtype="TXT"):
        """TTL and values, as the server gives them."""
        found = dig(self.server.port, name, rrtype)
        return sorted({ttl for ttl, _ in found}), sorted(rdata.strip('"') for _, rdata in found)


def test(kind, name):
    return functools.partial(harness.test, zone=ZONE, module=f"rfc2136-{name}",
                             kind=functools.partial(Updated, server=kind))


def unchanged(site):
    equal(site.set("example.com"), ([3600], ["v=spf1 mx -all"]), "the SPF record")
    equal(site.set("www.example.com", "A"), ([3600], ["192.0.2.80"]), "an address")


def life(site):
    """One UPDATE for all names, nothing in a second run, the old value leaves with the new one's
    coming, a foreign one stays, and at last only what was there before is there."""
    order = [f"{OWNER} TXT {OLD}", f"{ADDED} TXT {OLD}"]
    site.write(1001, *order)
    equal(site.set(OWNER), ([300], [OLD]), "after the first run")
    equal(site.set(ADDED), ([300], [OLD]), "after the first run")
    serial, rows = site.serial(), site.ledger("SELECT count(*) FROM changes")
    run = site.apply("--json", site.order(1001, *order, caa="off"))
    equal(run.json()["changed"], False, "changed")
    equal((site.serial(), site.ledger("SELECT count(*) FROM changes")), (serial, rows),
          "serial and journal after a second run")
    site.server.update("example.com", f"update add {OWNER} 300 TXT {FOREIGN}")
    site.write(1001, f"{OWNER} TXT {NEW}")
    equal(site.set(OWNER), ([300], [FOREIGN, NEW]), "after the re-issue")
    equal(site.set(ADDED), ([], []), "what the re-issue does not want")
    site.dcvctl("cleanup", "--cancel", "1001")
    equal(site.set(OWNER)[1], [FOREIGN], "after the cleanup")
    unchanged(site)


def ttl_and_types(site):
    for ttl in (600, 300, 900):
        site.write(1001, f"{OWNER} TXT {OLD}", ttl=ttl)
        equal(site.set(OWNER), ([ttl], [OLD]), "a TTL alone")
    site.write(1001, f"{OWNER} CNAME target.example.net.")
    equal((site.set(OWNER, "CNAME"), site.set(OWNER)),
          (([300], ["target.example.net."]), ([], [])), "TXT gave way to CNAME")
    site.write(1001, f"{OWNER} CNAME other.example.net.")
    equal(site.set(OWNER, "CNAME"), ([300], ["other.example.net."]), "CNAME gave way to CNAME")
    site.write(1001, f"{OWNER} TXT {NEW}")
    equal((site.set(OWNER, "CNAME"), site.set(OWNER)), (([], []), ([300], [NEW])),
          "CNAME gave way to TXT")
    site.write(1002, f"{ADDED} CNAME target.example.net.")
    site.write(1002, f"{ADDED} CNAME target.example.net.", ttl=600)
    equal(site.set(ADDED, "CNAME"), ([600], ["target.example.net."]), "a TTL of CNAME alone")
    unchanged(site)


def what_stands_above(site):
    """Wildcards and delegations are seen, though the server's answers hide them."""
    run = site.write(1001, f"_dnsauth.a.wild.example.com TXT {NEW}", status=6)
    check("*.wild.example.com" in run.err, "the wildcard is not named")
    run = site.write(1002, f"_dnsauth.x.child.example.com TXT {NEW}", status=6)
    check("child.example.com" in run.err, "the delegation is not named")
    equal(site.serial(), 41, "serial")
    site.write(1003, f"_dnsauth.wild.example.com TXT {NEW}")
    equal(site.set("_dnsauth.wild.example.com"), ([300], [NEW]), "beside a wildcard")


def many(site):
    """More than one message holds."""
    names = [f"_dnsauth.h{i}.example.com" for i in range(700)]
    site.write(1001, *(f"{name} TXT {NEW}{i:0>120}" for i, name in enumerate(names)))
    for i in (0, 350, 699):
        equal(site.set(names[i]), ([300], [f"{NEW}{i:0>120}"]), names[i])
    equal(site.ledger("SELECT count(*) FROM changes WHERE state = 'done' AND owner <> ''"),
          [(700,)], "rows done")


for kind, server in (("bind", BindDynamic), ("knot", KnotDynamic), ("pdns", PdnsUpdate)):
    for flow in (life, ttl_and_types, what_stands_above):
        test(server, kind)(flow)
test(KnotSigned, "knot-signed")(ttl_and_types)
test(BindDynamic, "bind")(many)
bind = test(BindDynamic, "bind")


def fails(site, *words, status=1):
    run = site.write(1001, f"{OWNER} TXT {NEW}", status=status)
    for word in words:
        check(word in run.err, f"not said: {word}")
    check(KEY not in run.out + run.err, "the key is shown")
    equal(site.set(OWNER), ([], []), "what is served")


@bind
def another_secret(site):
    site.configure(tsig='key "key" { algorithm hmac-sha256; secret "YW5vdGhlciBzZWNyZXQ="; };')
    fails(site, "BADSIG", "help:")


@bind
def an_unknown_key(site):
    site.configure(tsig=f'key "nokey" {{ algorithm hmac-sha256; secret "{KEY}"; }};')
    fails(site, "BADKEY", "nokey")


@test(PdnsUpdate, "pdns")
def a_key_that_is_not_taken(site):
    """PowerDNS says NOTAUTH and no more, be it the secret, the name or the clock."""
    for name, secret in (("key", "YW5vdGhlciBzZWNyZXQ="), ("nokey", KEY)):
        site.configure(tsig=f'key "{name}" {{ algorithm hmac-sha256; secret "{secret}"; }};')
        fails(site, f"the key {name}. (hmac-sha256) is not taken", "clocks")
        check("primary" not in site.runs[-1].err.split("dcvctl.yaml")[-1], "another cause is told")


@bind
def another_time(site):
    """The program's clock is an hour behind."""
    clock = str(pathlib.Path(DCVCTL["asan"]).parent / "tests" / "dcvctl-clock")
    order = site.order(1001, f"{OWNER} TXT {NEW}", caa="off")
    now = int(subprocess.run(["date", "+%s"], capture_output=True, text=True,
                             check=True).stdout) - 3600
    run = site.exec(["env", f"DCVCTL_TEST_NOW={now}", clock, "apply", "--config",
                     str(site.where / "dcvctl.yaml"), "--until", "published", order], status=1)
    check("our clock is 3" in run.err and "behind" in run.err, "the skew is not told")
    equal(site.set(OWNER), ([], []), "what is served")


@bind
def a_weak_key(site):
    site.configure(tsig=f'key "key" {{ algorithm hmac-md5; secret "{KEY}"; }};')
    fails(site, "HMAC-MD5", "tsig-keygen", status=78)


@bind
def the_next_server(site):
    """The first one is down: the account's second one is asked and written to."""
    site.configure(servers=[f"127.0.0.1:{free_port()}", site.server.address()])
    site.write(1001, f"{OWNER} TXT {NEW}")
    equal(site.set(OWNER), ([300], [NEW]), "what is served")


@bind
def without_a_configuration(site):
    """By the variables of lego, of which one names the key's file: one that others can read is not
    taken."""
    order, key = site.order(1001, f"{OWNER} TXT {NEW}", caa="off"), site.where / "update.key"
    for names in ("DNSUPDATE", "RFC2136"):
        argv = ["env", f"{names}_NAMESERVER={site.server.address()}",
                f"{names}_TSIG_FILE={key}", DCVCTL["asan"], "plan", "--provider", "rfc2136", order]
        key.chmod(0o600)
        check(f'+ "{NEW}"' in site.exec(argv, status=2).out, "no plan")
        key.chmod(0o644)
        check("chmod" in site.exec(argv, status=78).err, "its rights are not refused")


@bind
def no_server(site):
    site.configure(servers=[f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"])
    fails(site, "Connection refused; 127.0.0.1", "help:")


@bind
def a_silent_server(site):
    with harness.silent_server() as address:
        site.configure(servers=[address], timeout="1s")
        fails(site, "timed out")


@test(BindPolicy, "bind")
def refused_by_policy(site):
    fails(site, "refuses this update", "update-policy { grant key")


@test(KnotTypes, "knot")
def refused_by_type(site):
    """The key is good, so that it is not said to be another there."""
    site.write(1001, f"{OWNER} TXT {NEW}")
    run = site.write(1001, f"{OWNER} CNAME target.example.net.", status=1)
    check("refuses this update" in run.err and "update-type" in run.err and
          "BADKEY" not in run.err, "the refusal is not told")
    equal(site.set(OWNER), ([300], [NEW]), "what is served")


@test(BindReads, "bind")
def a_wildcard_above_needs_the_right(site):
    """Names under a wildcard are told apart by updates: questions are not what is refused."""
    run = site.write(1001, f"_dnsauth.a.wild.example.com TXT {NEW}", status=1)
    check("refuses updates" in run.err and "update-policy { grant key" in run.err,
          "the refusal is not told")


@test(NsdKey, "nsd")
def takes_no_updates(site):
    fails(site, "NOTIMP", "file: ", "reload: nsd")


def least_rights(site):
    """What the manual page says that the server must allow is enough."""
    site.write(1001, f"{OWNER} TXT {NEW}")
    equal(site.set(OWNER), ([300], [NEW]), "TXT")
    site.write(1001, f"{OWNER} CNAME target.example.net.")
    equal(site.set(OWNER, "CNAME"), ([300], ["target.example.net."]), "CNAME")
    # Under a wildcard names are told apart by updates that change nothing.
    site.write(1002, f"_dnsauth.a.wild.example.com TXT {NEW}", status=6)
    site.dcvctl("cleanup", "--cancel", "1001")
    unchanged(site)


for manual, name in ((BindManual, "bind-manual"), (BindName, "bind-name"), (KnotManual, "knot-manual")):
    test(manual, name)(least_rights)


@test(BindName, "bind-name")
def another_name(site):
    """Of two names one is not allowed: neither is written."""
    run = site.write(1001, f"{OWNER} TXT {NEW}", f"{ADDED} TXT {NEW}", status=1)
    check("refuses this update" in run.err, "the refusal is not told")
    equal((site.set(OWNER), site.set(ADDED)), (([], []), ([], [])), "what is served")
