# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""The first hour of somebody who runs a BIND: one DigiCert order, where the record of the
certificate before was made by hand."""
from servers import Bind, dig
from walk import check, equal, fits, walk

OWNER = "_dnsauth.example.com"
OLD, NEW = "202605020000001k9qz7tt0b2", "202611210000002aurxma1k3v"
OLD_LINE = f'_dnsauth\tIN TXT\t"{OLD}"   ; entered in May'
ZONE = f"""\
$ORIGIN example.com.
$TTL 86400
; Kept by hand.
@\tIN SOA ns1 hostmaster ( 2026101403 7200 3600 1209600 3600 )
\tIN NS ns1
\tIN NS ns2
\tIN CAA 0 issue "digicert.com"
ns1\tA 127.0.0.1
ns2\tA 127.0.0.1
{OLD_LINE}
www\tA 192.0.2.80
"""
DYNAMIC = """\
zone "example.net" {{ type primary; file "{0}"; allow-update {{ key key; }}; }};
zone "0.0.127.in-addr.arpa" {{ type primary; file "{0}.reverse"; }};
"""
CONFIG, FILE = ".config/dcvctl/dcvctl.yaml", "zones/example.com.zone"


def bind(w):
    dynamic = w.write("zones/example.net.zone", ZONE.replace("example.com", "example.net"))
    return w.serve(Bind, {"example.com": ZONE}, DYNAMIC.format(dynamic))


def init(w, server, *sees, **keys):
    w.type(f"dcvctl init --from bind:{server.conf} --config ~/{CONFIG} --ledger ~/ledger.db",
           *sees, **keys)


def configure(w, server):
    """What init cannot know: which rndc, and where to look."""
    w.type(f"sed -i 's|reload: bind|reload: {server.preset}|' {CONFIG}")
    w.type(f"echo 'check: {{nameservers: [\"{server.address()}\"], deadline: 15s}}' >> {CONFIG}")


def new(w):
    w.type(f"dcvctl new 1234567890 --ca digicert --record '{OWNER} TXT {NEW}' > 1234567890.yaml")


def texts(server):
    return [(ttl, value.strip('"')) for ttl, value in dig(server.port, OWNER, "TXT")]


@walk
def from_init_to_cleanup(w):
    with bind(w) as server:
        init(w, server,
             f"^BIND 9.… (from named-checkconf -px {server.conf}): 2 zones$",
             f"^ example.com …/{FILE} static edited in place, reloaded with rndc$",
             "^ example.net …/zones/example.net.zone dynamic …",
             f"^wrote …/{CONFIG}; ledger …/ledger.db$",
             "^next: dcvctl …", lacks="in-addr.arpa")
        with w.untouched(CONFIG):
            init(w, server, f"{CONFIG}: it exists", "help: …--force…", exits=6)
        configure(w, server)
        w.type("dcvctl config", "^config …", "^ledger …/ledger.db (…:…)$",
               f"^ example.com …/{FILE}, …, server {server.address()} (…)$")
        new(w)
        equal(w.lines("1234567890.yaml"),
              ['order: "1234567890"', "ca: digicert", "records:", f"  - {OWNER} TXT {NEW}"],
              "the order's file")
        w.type("dcvctl lint 1234567890.yaml", "^1 order, 1 record: no errors$")

        with w.untouched(FILE):
            w.type("dcvctl plan 1234567890.yaml",
                   "^order 1234567890 · DigiCert · 1 name$",
                   f"^example.com (…/{FILE})$",
                   f"^ {OWNER} TXT TTL 86400 -> 300$",
                   f'? "{OLD}" leftover [P03]: DigiCert token of 2026-05-02, unusable since '
                   "2026-06-01; not written by dcvctl$",
                   f'+ "{NEW}" this order$',
                   "^ SOA serial 2026101403 -> 2026112100$",
                   "^before you submit$",
                   "^ ok CAA example.com: …digicert.com…",
                   "^ note caches may hold the old answer until 24 h after the change…",
                   "^1 to add, 0 to remove, 1 leftover. Nothing was written.$",
                   "^run: dcvctl apply --remove-leftovers 1234567890.yaml$", exits=2)
        check(not (w.where / "ledger.db").exists(), "plan made a ledger")

        w.type(w.said(),
               f'- "{OLD}" leftover: …',
               f"^written …/{FILE} +1 -1, serial 2026101403 -> 2026112100, every other byte "
               "unchanged$",
               f"^{OWNER} TXT ok at 1 of 1 addresses$",
               "^EFFECTIVE: …",
               "^caches: …until 2026-11-22 10:14 +0000…",
               "dcvctl cleanup 1234567890", "dcvctl undo r1")
        equal(texts(server), [(300, NEW)], "what BIND answers")
        equal(sorted(set(w.lines(FILE)) ^ set(ZONE.splitlines())),
              sorted(['@\tIN SOA ns1 hostmaster ( 2026112100 7200 3600 1209600 3600 )',
                      '@\tIN SOA ns1 hostmaster ( 2026101403 7200 3600 1209600 3600 )',
                      OLD_LINE, added(w)]), "the lines that differ")

        with w.untouched(FILE, "ledger.db"):
            w.type("dcvctl apply 1234567890.yaml", "^nothing to change$", "^EFFECTIVE: …",
                   lacks="written …")
            w.type("dcvctl plan 1234567890.yaml", f'= "{NEW}" this order, already there$',
                   "^0 to add, 0 to remove, 0 leftovers. Nothing was written.$", lacks="run:")
        w.type("dcvctl status", "^effective digicert/1234567890 …tokens live until 2026-12-21…",
               f'^ {OWNER} TXT "{NEW}"$')
        w.type("dcvctl status --attention", "^no order needs a person$")
        with w.untouched(FILE):
            w.type("dcvctl cleanup 1234567890", "…is open…",
                   "run: dcvctl close --issued 1234567890 …", exits=6)
        w.type(w.said(), "^order 1234567890 closed: issued.…",
               "^run: dcvctl cleanup 1234567890$")
        w.type(w.said(), f'- "{NEW}" order 1234567890 is closed (issued)$',
               f"^removed …/{FILE} 1 value, serial 2026112100 -> 2026112101$",
               "^order 1234567890 cleaned$")
        equal(texts(server), [], "what BIND answers")
        equal([line for line in w.lines(FILE) if "_dnsauth" in line], [], "left in the file")
        w.type("dcvctl status", "^cleaned digicert/1234567890 …issued$")


def added(w):
    return next(line for line in w.lines(FILE) if NEW in line)


@walk
def undone(w):
    """The run is taken back: the zone is as it was, but for its serial."""
    with bind(w) as server:
        init(w, server)
        configure(w, server)
        new(w)
        w.type("dcvctl apply --remove-leftovers 1234567890.yaml", "^EFFECTIVE: …")
        w.type("dcvctl status --log", "^r1 2026-11-21 10:14 +0000$", f'- {OWNER} TXT "{OLD}"',
               f'+ {OWNER} TXT "{NEW}" order 1234567890')
        with w.untouched(FILE, "ledger.db"):
            w.type("dcvctl undo -n r1", f'- "{NEW}" undo: run r1 …', f'+ "{OLD}" undo: run r1 …',
                   "^run: dcvctl undo r1$", exits=2)
        w.type(w.said(), "^written …", "^r1: 1 value back, 1 removed$")
        equal(texts(server), [(86400, OLD)], "what BIND answers")
        w.type("dcvctl status", "^c… digicert/1234567890 …cancelled$")
        with w.untouched(FILE, "ledger.db"):
            w.type("dcvctl undo r1", "…0 values back, 0 removed…", lacks="written …")
            w.silent("dcvctl cleanup")
            # The order is over: configuration management that applies it again does no harm.
            w.type("dcvctl apply 1234567890.yaml", "nothing to change", lacks="written …")
        w.type("dcvctl undo r9", "^r9: no such run …", "run: dcvctl status --log …", exits=65)


@walk
def by_ticket(w):
    """One person plans, another approves, a third carries out exactly that, or nothing."""
    with bind(w) as server:
        init(w, server)
        configure(w, server)
        new(w)
        w.type("dcvctl plan --format markdown --remove-leftovers 1234567890.yaml > ticket.md",
               exits=2)
        w.type("cat ticket.md", f'^| remove | `{OWNER}.` | TXT | … | `"{OLD}"` |…',
               f'^| add | `{OWNER}.` | TXT | 86400 -> 300 | `"{NEW}"` | 1234567890 |…')
        w.type("dcvctl plan --save ticket.plan --remove-leftovers 1234567890.yaml",
               "^run: dcvctl apply --plan ticket.plan$", exits=2)
        # Meanwhile somebody works on the zone.
        w.type(f"sed -i 's/192.0.2.80/192.0.2.81/' {FILE}")
        with w.untouched(FILE):
            w.type("dcvctl apply --plan ticket.plan", "^ticket.plan: moved since the plan was saved…",
                   "^Refused. Nothing was written.$", exits=6)
        w.type("dcvctl plan --save ticket.plan --remove-leftovers 1234567890.yaml", exits=2)
        w.type(w.said(), f'- "{OLD}" …', f'+ "{NEW}" …', "^written …+1 -1, …", "^EFFECTIVE: …")
        equal(texts(server), [(300, NEW)], "what BIND answers")
        with w.untouched(FILE):  # a plan is carried out once
            w.type("dcvctl apply --plan ticket.plan", "…moved since the plan was saved…", exits=6)


@walk
def wrong_rndc(w):
    """What init wrote names the default rndc; nothing is lost when that is another BIND's."""
    with bind(w) as server:
        init(w, server)
        new(w)
        w.type(f"sed -i 's|reload: bind|reload: {{bind: /nowhere/rndc.conf}}|' {CONFIG}")
        w.type(f"dcvctl apply --previous {OLD} 1234567890.yaml",
               "…the reload command failed: rndc …; the former file is back",
               "run: rndc …", exits=1)
        equal("\n".join(w.lines(FILE)) + "\n", ZONE, "the zone file")
        equal(texts(server), [(86400, OLD)], "what BIND answers")
        w.type("dcvctl status --attention", "…1234567890…", exits=2)


@walk
def what_init_says_to_type(w):
    """The line `next:` works as it stands."""
    with bind(w) as server:
        init(w, server)
        said = w.said("next:")
        w.type(said + "; test $? -le 2")
        check(not fits("no such", w.last), "it looks for what does not exist")
