# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Somebody with 400 domains on an NSD, whose orders come as a table: 37 orders, 412 records."""
import csv
import json

from servers import Nsd, dig
from walk import check, equal, walk

DOMAINS = [f"d{i:03}.example" for i in range(400)]
FORBIDDEN = (11, 22)  # their CAA names another CA
BLOCKED = ("1234567891", "1234567892")
HEADER = ["order", "certificate", "ca", "domain", "host", "type", "value"]
FILES = [f"zones/{domain}.zone" for domain in DOMAINS]
CONFIG = """\
ledger: sqlite:{w}/ledger.db
zones:
  - {{zone: "*", file: "{w}/zones/{{zone}}.zone", reload: {preset}, server: "{address}"}}
check: {{nameservers: ["{address}"], deadline: 60s}}
"""


def zone(i):
    caa = '@ CAA 0 issue "letsencrypt.org"\n' if i in FORBIDDEN else ""
    return (f"$TTL 86400\n@ SOA ns1 hostmaster 2026101403 7200 3600 1209600 3600\n@ NS ns1\n"
            f"ns1 A 127.0.0.1\nwww A 192.0.2.80\n{caa}")


def value(i):
    return f"20261121{i:07}aurxma1k3v{'q' * 39}"


def table(w):
    """412 rows, eleven an order (the last has 16), and three that are wrong."""
    records = [(domain, "_dnsauth") for domain in DOMAINS]
    records += [(domain, "_dnsauth.www") for domain in DOMAINS[100:112]]
    rows = [[str(1234567890 + min(i // 11, 36)), "", "digicert", domain, host, "TXT", value(i)]
            for i, (domain, host) in enumerate(records)]
    rows.insert(116, [*rows[110][:6], rows[110][6][:31]])
    rows.insert(198, [*rows[190][:5], "MX", rows[190][6]])
    rows.insert(298, [*rows[290][:3], "d290..example", *rows[290][4:]])
    with (w.where / "orders.csv").open("w", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])


def start(w):
    server = w.serve(Nsd, {domain: zone(i) for i, domain in enumerate(DOMAINS)})
    server.zones = DOMAINS[-1:]  # it answers when all are loaded
    w.write(".config/dcvctl/dcvctl.yaml", CONFIG.format(
        w=w.where, preset=server.preset, address=server.address()))
    return server


def result(w, command, **keys):
    return json.loads(w.type(f"{command} 2> errors", **keys))


def wrong_lines(w):
    w.type("dcvctl new --csv orders.csv --out orders.d/",
           "^wrote 37 orders, 412 records into orders.d/ (3 lines refused)$",
           "^orders.csv:118:…: value: 31 octets, the other values of this order have 64: cut off "
           "when pasted? [P07]$",
           "help: …",
           "^orders.csv:200:…: type: \"MX\": …",
           "^orders.csv:300:…: domain: …empty label$",
           "^3 errors.$", exits=3)
    names = sorted(path.name for path in (w.where / "orders.d").iterdir())
    equal(names, [f"{1234567890 + i}.yaml" for i in range(37)], "files in orders.d")
    # A second time nothing is replaced, nor if somebody has edited a file since.
    with w.untouched("orders.d/1234567891.yaml"):
        w.type("dcvctl new --csv orders.csv --out orders.d/", "^wrote 0 orders…37 there already…",
               exits=65)
    w.type("echo 'caa: off' >> orders.d/1234567890.yaml")
    with w.untouched("orders.d/1234567890.yaml"):
        w.type("dcvctl new --csv orders.csv --out orders.d/", "…orders.d/1234567890.yaml…",
               "help: …--force…", exits=6)
    w.type("dcvctl new --csv orders.csv --out orders.d/ --force", "^wrote 1 order, 11 records …",
           exits=3)
    w.type("dcvctl lint orders.d", "^37 orders, 412 records: no errors$")


@walk
def from_table_to_effective(w):
    table(w)
    with start(w) as server:
        wrong_lines(w)

        # Two orders are blocked: without --keep-going nothing is written.
        with w.untouched(*FILES):
            w.type("dcvctl plan orders.d/", "^37 orders 412 records 400 zones …",
                   f"[C50] 2 times: {', '.join(BLOCKED)}.…",
                   f"^orders.d/{BLOCKED[0]}.yaml:4:5: d011.example…letsencrypt.org… [C50]$",
                   "help: …caa: permit…d011.example. CAA 0 issue \"digicert.com\"",
                   exits=6, lacks="_dnsauth")
            w.type("dcvctl apply orders.d/", "^Refused. Nothing was written.$", exits=6)
        w.type("dcvctl apply orders.d/ --keep-going",
               "^EFFECTIVE: 390 of 390 answers are as wanted…",
               f"[C50] 2 times: {', '.join(BLOCKED)}.…", "help: …caa: permit…", exits=3)
        for i in (0, 10, 33, 399):
            equal(dig(server.port, f"_dnsauth.{DOMAINS[i]}", "TXT"), [(300, f'"{value(i)}"')],
                  f"what NSD answers for {DOMAINS[i]}")
        for i in (11, 21, 22, 32):  # the orders, not only the names, are blocked
            equal((w.where / FILES[i]).read_text(), zone(i), FILES[i])

        with w.untouched(*FILES):
            got = result(w, "dcvctl apply orders.d/ --keep-going --json", exits=6)
        equal((got["changed"], got["failed"], got["exit"]), (False, True, 6), "the second run")
        totals = got["totals"]
        equal([totals[key] for key in ("orders", "records", "zones", "effective", "blocked",
                                       "late", "failed", "add", "remove")],
              [37, 412, 400, 35, 2, 0, 0, 0, 0], f"totals {totals}")
        equal({(error["id"], error["where"]) for error in got["errors"]},
              {("C50", f"orders.d/{number}.yaml") for number in BLOCKED}, "errors")

        # What the help line says: the smallest change that permits it.
        for number in BLOCKED:
            w.type(f"sed -i 's/^ca: .*/&\\ncaa: permit/' orders.d/{number}.yaml")
        others = [path for i, path in enumerate(FILES) if not 11 <= i <= 32]
        with w.untouched(*others):
            got = result(w, "dcvctl apply orders.d/ --json")
        equal((got["changed"], got["failed"], got["totals"]["effective"]), (True, False, 37),
              "the run with caa: permit")
        equal(sorted(value.split()[2] for _, value in dig(server.port, "d011.example", "CAA")),
              ['"digicert.com"', '"letsencrypt.org"'], "CAA of d011.example")
        with w.untouched(*FILES, "ledger.db"):
            w.type("dcvctl apply orders.d/", "^nothing to change$", "^EFFECTIVE: 412 of 412 …")
            w.type("dcvctl plan orders.d/", "^0 to add, 0 to remove, 0 leftovers. …", lacks="run:")


@walk
def little_is_said_of_many(w):
    """Over 20 records: a summary by state, then problems by their cause, and what comes next."""
    table(w)
    with start(w):
        w.type("dcvctl new --csv orders.csv --out orders.d/", exits=3)
        out = w.type("dcvctl apply orders.d/ --keep-going", exits=3)
        check(len(out.splitlines()) <= 40, f"{len(out.splitlines())} lines for 400 zones")
        w.type("dcvctl apply orders.d/ --keep-going", "blocked 2", exits=6,
               lacks="…done 2 …closed, superseded or dead…")
        w.type("sed -i 's/^ca: .*/&\\ncaa: permit/' orders.d/123456789[12].yaml")
        w.type("dcvctl apply orders.d/", "^EFFECTIVE: …", lacks="^unchanged …")
        out = w.type("dcvctl plan orders.d/")
        check(len(out.splitlines()) <= 40, f"{len(out.splitlines())} lines for nothing to do")
