# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""An order through Huawei Cloud SCM hangs, since a person entered the whole name where a console
(or a zone file) appends the zone: _dnsauth.example.com.example.com."""
from servers import Nsd, dig
from walk import equal, walk

VALUE = "202611190000002aurxma1k3v"
OWNER = "_dnsauth.example.com"
DOUBLED = OWNER + ".example.com"
FILE = "zones/example.com.zone"
BY_HAND = f'_dnsauth.example.com TXT "{VALUE}"   ; without a final dot'
ZONE = f"""\
$ORIGIN example.com.
$TTL 86400
@ SOA ns1 hostmaster 2026101403 7200 3600 1209600 3600
@ NS ns1
ns1 A 127.0.0.1
{BY_HAND}
www A 192.0.2.80
"""
NUMBER = "scs1600313391074"
ORDER = f"""\
ca: digicert
service: huaweicloud-scm
records:
  - {{domain: example.com, host: _dnsauth, type: TXT, value: "{VALUE}"}}
"""


def start(w):
    server = w.serve(Nsd, {"example.com": ZONE})
    w.write(".config/dcvctl/dcvctl.yaml", f"""\
ledger: {w.where}/ledger.db
zones:
  - {{zone: example.com, file: {w.where}/{FILE}, reload: {server.preset}, server: "{server.address()}"}}
check: {{nameservers: ["{server.address()}"], deadline: 15s}}
""")
    w.write(f"{NUMBER}.yaml", ORDER)
    return server


@walk
def written_and_taken_away(w):
    with start(w) as server:
        # Is it us? Yes: no name server has the record where the CA looks.
        with w.untouched(FILE):
            w.type(f"dcvctl check {NUMBER}.yaml", f"^{OWNER} TXT ok at 0 of 1 addresses$",
                   f"absent {server.address()}…", "^not effective: …",
                   f"^run: dcvctl apply {NUMBER}.yaml$", exits=2)
            w.type(f"dcvctl plan {NUMBER}.yaml",
                   f"^order {NUMBER} · DigiCert through Huawei Cloud SCM · 1 name$",
                   f"^ {OWNER} TXT TTL 300$", f'+ "{VALUE}" this order$', exits=2)
            # The doubled name, as a line, and both in one edit.
            w.type(f"dcvctl plan --previous '{DOUBLED} TXT {VALUE}' {NUMBER}.yaml",
                   f'+ "{VALUE}" this order$', f"^ {DOUBLED} TXT …",
                   f'- "{VALUE}" named by --previous$', "^ SOA serial 2026101403 -> 2026112100$",
                   "^1 to add, 1 to remove, 0 leftovers. …",
                   f"^run: dcvctl apply --previous '{DOUBLED} TXT {VALUE}' {NUMBER}.yaml$", exits=2)
        w.type(w.said(), f"^written …/{FILE} +1 -1, serial 2026101403 -> 2026112100, …",
               "^EFFECTIVE: …")
        equal(dig(server.port, OWNER, "TXT"), [(300, f'"{VALUE}"')], "at the right name")
        equal(dig(server.port, DOUBLED, "TXT"), [], "at the doubled name")
        gone = [line for line in ZONE.splitlines() if line not in w.lines(FILE)]
        equal([line for line in gone if " SOA " not in line], [BY_HAND], "lines that left")
        with w.untouched(FILE, "ledger.db"):
            w.type(f"dcvctl apply --previous '{DOUBLED} TXT {VALUE}' {NUMBER}.yaml",
                   "^nothing to change$", "^EFFECTIVE: …")
        w.type(f"dcvctl check {NUMBER}", "^EFFECTIVE: …")


@walk
def written_first_taken_away_later(w):
    """Who has applied already removes the doubled name alone; nothing but this value goes."""
    with start(w) as server:
        w.type(f"dcvctl apply {NUMBER}.yaml", "^EFFECTIVE: …")
        equal(len(dig(server.port, DOUBLED, "TXT")), 1, "values at the doubled name")
        with w.untouched(FILE):
            w.type(f"dcvctl apply --previous '{DOUBLED} TXT another-value-0123' {NUMBER}.yaml",
                   "…another-value-0123…")
        w.type(f"dcvctl apply --previous '{DOUBLED} TXT {VALUE}' {NUMBER}.yaml",
               f'= "{VALUE}" this order, already there$', "^written …+0 -1, …", "^EFFECTIVE: …")
        equal((dig(server.port, DOUBLED, "TXT"), len(dig(server.port, OWNER, "TXT"))), ([], 1),
              "values at the doubled name, and at the right one")


@walk
def doubled_in_an_order(w):
    """The same slip on this side is an error that shows both readings."""
    w.write("1.yaml", f"""\
ca: digicert
records:
  - {{domain: www.example.com, host: _dnsauth.www, type: TXT, value: {VALUE}}}
  - {{domain: example.com, host: _dnsauth.example.com.example.com, type: TXT, value: {VALUE}}}
""")
    w.type("dcvctl lint 1.yaml", "^1.yaml:3:…_dnsauth.www.example.com. …_dnsauth.www.www.example.com. …"
           "[P04]…", "help: …", "^1.yaml:4:… [P04]…", "help: …", exits=65)
    w.write("paste", f"""\
Host Record: _dnsauth.www
Record Type: TXT
Record Value: {VALUE}
Domain Name: www.example.com
""")
    w.type("dcvctl new 2 --ca digicert - < paste", "^<stdin>:1:…[P04]…",
           "help: …_dnsauth.www.example.com.$", exits=65)
    w.type("sed -i 's/_dnsauth.www/&.example.com./' paste; "
           "dcvctl new 2 --ca digicert - < paste > 2.yaml")
    w.type("dcvctl lint 2.yaml; cat 2.yaml", f"^ - _dnsauth.www.example.com TXT {VALUE}$")
