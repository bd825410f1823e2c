# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Zones of a PowerDNS server that are edited over its HTTP API."""
import contextlib
import functools
import json
import sqlite3

from harness import Site, check, equal, test
from servers import Nsd, PdnsApi

OWNER = "_dnsauth.example.com"
OLD, NEW = "t0ken-of-last-year-abcdefghijklmn", "t0ken-of-this-year-abcdefghijklmn"


class ApiSite(Site):
    """Its zone lies at the server only."""

    def __init__(self, where, zone=None, server=PdnsApi):
        super().__init__(where, "", server)

    def configure(self, zone="zone: example.com", nameservers=None, **keys):
        key = self.where / "key"
        key.write_text(self.server.api_key + "\n")
        key.chmod(0o600)
        more = "".join(f", {key}: {value}" for key, value in keys.items())
        nameservers = nameservers or [self.server.address()]
        (self.where / "dcvctl.yaml").write_text(f"""\
ledger: sqlite:{self.ledger_file}
accounts:
  pdns: {{provider: powerdns, url: "{self.server.url}", api_key: {{file: {key}}}{more}}}
zones:
  - {{{zone}, account: pdns}}
check: {{nameservers: {json.dumps(nameservers)}, deadline: 15s}}
""")

    def set(self, name, rrtype):
        return self.server.rrset("example.com", f"{name}.", rrtype)

    def contents(self, name, rrtype):
        found = self.set(name, rrtype)
        return sorted(r["content"] for r in found["records"]) if found else []


api = functools.partial(test, module="powerdns-api", kind=ApiSite)


@api
def from_the_first_record_to_clean_up(site):
    order = site.order(1001, f"{OWNER} TXT {NEW}")
    site.dcvctl("plan", order, status=2)
    site.apply(order)
    equal(site.contents(OWNER, "TXT"), [f'"{NEW}"'], "values in the database")
    equal(site.set(OWNER, "TXT")["ttl"], 300, "TTL")
    equal(site.values(OWNER), [NEW], "values served")
    serial = site.serial()
    check('"changed":false' in site.dcvctl("apply", "--json", "--until", "effective", order)
          .out.replace(" ", ""), "a second run changes something")
    equal(site.serial(), serial, "serial after a second run")
    site.dcvctl("cleanup", "--cancel", "1001")
    equal(site.set(OWNER, "TXT"), None, "the set after clean-up")


@api
def what_is_not_ours_stays(site):
    """Foreign values, a disabled record, comments and the TTL of a shared set."""
    server = site.server
    server.put("example.com", "example.com.", "TXT", 86400, '"v=spf1 -all"', ('"off"', True),
               comments=[{"content": "ours since 2019", "account": "ops"}])
    order = site.order(1002, f"example.com TXT {NEW}")
    site.apply(order)
    found = site.set("example.com", "TXT")
    equal(sorted((r["content"], r["disabled"]) for r in found["records"]),
          [('"off"', True), (f'"{NEW}"', False), ('"v=spf1 -all"', False)], "records")
    equal(found["ttl"], 86400, "TTL")
    equal([c["content"] for c in found["comments"]], ["ours since 2019"], "comments")
    site.dcvctl("cleanup", "--cancel", "1002")
    found = site.set("example.com", "TXT")
    equal(sorted((r["content"], r["disabled"]) for r in found["records"]),
          [('"off"', True), ('"v=spf1 -all"', False)], "records after clean-up")
    equal([c["content"] for c in found["comments"]], ["ours since 2019"], "comments after")


@api
def re_issue_replaces_in_one_patch(site):
    site.apply(site.order(1003, f"{OWNER} TXT {OLD}"))
    before = site.serial()
    site.apply(site.order(1003, f"{OWNER} TXT {NEW}"))
    equal(site.values(OWNER), [NEW], "values served")
    check(site.serial() > before, "the serial stands still")


@api
def txt_gives_way_to_cname(site):
    site.apply(site.order(1004, f"{OWNER} TXT {OLD}"))
    site.apply(site.order(1004, f"{OWNER} CNAME {NEW}.dcv.example.net."))
    equal(site.contents(OWNER, "TXT"), [], "TXT")
    equal(site.contents(OWNER, "CNAME"), [f"{NEW}.dcv.example.net."], "CNAME")


@api
def values_of_any_octets(site):
    values = ["a b", 'quote " and \\ slash', "semi;colon", "x" * 600, "ü", " lead", "trail "]
    path = site.where / "1005.yaml"
    path.write_text("ca: digicert\nrecords:\n" + "".join(
        f"  - {{domain: example.com, host: _v{i}, type: TXT, value: {json.dumps(v)}}}\n"
        for i, v in enumerate(values)))
    site.apply(str(path))
    check('"changed":false' in site.dcvctl("apply", "--json", "--until", "effective", str(path))
          .out.replace(" ", ""), "read back they differ")
    site.dcvctl("cleanup", "--cancel", "1005")
    for i in range(len(values)):
        equal(site.contents(f"_v{i}.example.com", "TXT"), [], f"value {i} after clean-up")


@api
def a_signed_zone_stays_provable(site):
    """Denial of existence around the new name holds, although the zone does not rectify itself."""
    zone = site.server.api("GET", "/zones/example.com.?rrsets=false")
    site.server.api("PUT", "/zones/example.com.", {"dnssec": True, "api_rectify": False})
    check(not zone["dnssec"], "the zone was signed before")
    site.apply(site.order(1006, f"{OWNER} TXT {NEW}"))
    site.exec(["pdnsutil", f"--config-dir={site.server.where}", "check-zone", "example.com"])
    rows = site.exec(["sqlite3", str(site.server.database),
                      "select name from records where ordername is null and type = 'TXT'"])
    equal(rows.out, "", "records that were not rectified")


class Primary(PdnsApi):
    kind = "Master"

    def configure(self):
        super().configure()
        with self.conf.open("a") as conf:
            conf.write("master=yes\nallow-axfr-ips=127.0.0.0/8\nonly-notify=127.0.0.0/8\n")


class Secondary(Nsd):
    def __init__(self, where, primary):
        where.mkdir()
        self.zone_options = (f"    request-xfr: AXFR 127.0.0.1@{primary.port} NOKEY\n"
                             "    allow-notify: 127.0.0.1 NOKEY\n")
        super().__init__(where, {"example.com": where / "zone"})


@functools.partial(test, module="powerdns-api", kind=functools.partial(ApiSite, server=Primary))
def secondaries_learn_of_a_change_at_once(site):
    """The server would look for serials that grew once a minute. Where an edit does not let it grow,
    that is told."""
    site.server.put("example.com", "ns1.example.com.", "A", 60, "127.0.0.1")
    with Secondary(site.where / "secondary", site.server) as secondary:
        site.server.api("POST", "/zones/example.com./metadata", {
            "kind": "ALSO-NOTIFY", "metadata": [secondary.address()]})
        site.configure(nameservers=[site.server.address(), secondary.address()])
        site.apply(site.order(1014, f"{OWNER} TXT {NEW}"))
        site.server.api("PUT", "/zones/example.com.", {"soa_edit_api": ""})
        run = site.dcvctl("apply", "--until", "published",
                          site.order(1015, f"_dnsauth.www.example.com TXT {NEW}"))
        check("pdnsutil set-meta example.com. SOA-EDIT-API" in run.out, "the remedy is not told")


@api
def wrong_key(site):
    (site.where / "key").write_text("canary-of-a-wrong-key\n")
    run = site.apply("-v", site.order(1007, f"{OWNER} TXT {NEW}"), status=1)
    check("api-key" in run.err and "401" in run.err, "the key is not named as the cause")
    check("canary" not in run.out + run.err, "the key is shown")
    equal(site.contents(OWNER, "TXT"), [], "values")


@api
def a_secondary_is_not_edited(site):
    site.server.api("PUT", "/zones/example.com.", {"kind": "Slave", "masters": ["192.0.2.1"]})
    run = site.apply(site.order(1008, f"{OWNER} TXT {NEW}"), status=6)
    check("secondary" in run.err, "why is not said")


@api
def a_zone_that_it_does_not_have(site):
    run = site.apply(site.order(1009, f"_dnsauth.example.net TXT {NEW}"), status=None)
    check(run.status != 0, "it pretends")


@api
def every_zone_that_the_account_holds(site):
    site.configure('zone: "*"')
    site.apply(site.order(1010, f"_dnsauth.www.example.com TXT {NEW}"))
    equal(site.values("_dnsauth.www.example.com"), [NEW], "values served")


@api
def no_host_goes_dark(site):
    """A wildcard that a new name would take hosts from; an empty non-terminal is no such case."""
    site.server.put("example.com", "*.example.com.", "A", 60, "192.0.2.1")
    site.server.put("example.com", "c.shop.example.com.", "A", 60, "192.0.2.2")
    run = site.apply(site.order(1011, f"_dnsauth.www.example.com TXT {NEW}"), status=6)
    check("P17" in run.err or "dark" in run.err, "the wildcard is not named")
    site.apply(site.order(1012, f"_dnsauth.shop.example.com TXT {NEW}"))


@api
def a_listing_of_many_mebibytes(site):
    """More than what an answer has room for by default. To be short it has few sets, with long
    texts; how many sets there may be is a unit test's."""
    text = " ".join(f'"{"x" * 255}"' for _ in range(240))
    rows = [(f"big{number}.example.com", text) for number in range(160)]
    with contextlib.closing(sqlite3.connect(site.server.database)) as db:
        db.executemany("INSERT INTO records (domain_id, name, type, content, ttl, prio, disabled, "
                       "auth) SELECT id, ?, 'TXT', ?, 300, 0, 0, 1 FROM domains", rows)
        db.commit()
    site.apply(site.order(1013, f"{OWNER} TXT {NEW}"))
    equal(site.values(OWNER), [NEW], "values served")
    site.dcvctl("cleanup", "--cancel", "1013")
    equal(site.set(OWNER, "TXT"), None, "the set after clean-up")
