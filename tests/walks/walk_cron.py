# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Ten days of a crontab: orders that end in every way, and the mails about them."""
import re
import socket

from servers import Nsd, dig
from tls import tls_server
from walk import check, equal, walk

FILE = "zones/example.com.zone"
NAMES = ("", "shop.", "www.shop.", "tls.", "old-shop.", "pay.", "new.", "_acm.")
ZONE = """\
$ORIGIN example.com.
$TTL 86400
@ SOA ns1 hostmaster 2026101403 7200 3600 1209600 3600
@ NS ns1
@ TXT "v=spf1 -all"
ns1 A 127.0.0.1
"""
CA = """\
[ca]
default_ca = it
[it]
new_certs_dir = .
database = index
serial = serial
default_md = sha256
policy = any
copy_extensions = copy
[any]
O = optional
CN = optional
"""
CRON = "dcvctl cleanup --lock-timeout 10m"


def certificate(w, path, since, *names):
    """A certificate of the CA and its key, of this day."""
    w.write("ca.conf", CA)
    subject = ",".join(f"DNS:{name}" for name in names)
    made = " && ".join([
        "rm -f index* serial* && touch index && echo 01 > serial",
        f"openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out csr "
        f"-subj '/O=DigiCert Inc/CN=Test CA' -addext 'subjectAltName={subject}'",
        f"openssl ca -batch -config ca.conf -selfsign -keyfile key.pem -in csr -out crt -notext "
        f"-startdate {since}000000Z -enddate 20270601000000Z",
        f"cat crt key.pem > {path}"])
    w.type(f"({made}) > made 2>&1 || cat made")
    check((w.where / path).exists(), f"no certificate {path}")


def mail(w, summary, *lines, **keys):
    """What cron sends of a run: this summary, then these lines."""
    out = w.cron(CRON, f"^dcvctl cleanup on {socket.gethostname()}: {summary}$", *lines, **keys)
    first = out.splitlines()[0]
    check(first.startswith("dcvctl cleanup on "), f"the first line is no summary: {first}")
    check(out.isascii(), "not ASCII")
    check("\x1b" not in out, "colours")
    check(all(len(line) < 78 for line in out.splitlines()), "a line of 78 columns or more")
    return out


def order(w, number, day, *names, **keys):
    """An order, applied now; its tokens are of this day."""
    keys = {"ca": "digicert", **keys}
    w.write(f"orders/{number}.yaml", "".join(f"{key}: {value}\n" for key, value in keys.items()) +
            "records:\n" + "".join(f"  - _dnsauth.{name}example.com TXT {token(day, name)}\n"
                                   for name in names))
    w.type(f"dcvctl apply -q orders/{number}.yaml")


def token(day, name):
    return f"{day}0000002aurxma1k3v{name.rstrip('.')}"


def standing(server):
    """For which names there is a record."""
    return [name for name in NAMES if dig(server.port, f"_dnsauth.{name}example.com", "TXT")]


def start(w):
    server = w.serve(Nsd, {"example.com": ZONE})
    w.write(".config/dcvctl/dcvctl.yaml", f"""\
ledger: {w.where}/ledger.db
zones:
  - {{zone: example.com, file: {w.where}/{FILE}, reload: {server.preset}, server: "{server.address()}"}}
check: {{nameservers: ["{server.address()}"], deadline: 15s}}
""")
    return server


@walk
def ten_days(w):
    with start(w) as server, tls_server(w.where / "tls.pem") as target:
        w.silent(CRON)  # before the first order: no ledger, and none is made
        check(not (w.where / "ledger.db").exists(), "a ledger was made")

        w.at("2026-10-20 09:00")
        order(w, 1234567801, 20261020, "old-shop.", certificate="old-shop")
        w.at("2026-11-21 09:00")
        certificate(w, "tls.pem", 20260501, "tls.example.com")  # the one to be replaced
        order(w, 1234567890, 20261121, "")
        order(w, 1234567893, 20261121, "shop.", "www.shop.", certificate="shop",
              issued_when="{file: ../shop.pem}")
        order(w, 1234567894, 20261121, "tls.", issued_when=f'{{tls: "{target}"}}')
        order(w, 1234567911, 20261121, "pay.", certificate="pay", issued_when="{file: ../pay.pem}")
        w.write("orders/acm.yaml", "ca: amazon.com\nrecords:\n"
                "  - _3a1b2c.example.com CNAME _9f8e7d.acm-validations.aws.\n")
        w.type("dcvctl apply -q orders/acm.yaml")

        # The first nights: nothing is over, so nothing is said, and nothing is written.
        w.at("2026-11-22 04:17")
        with w.untouched(FILE, "ledger.db"):
            equal(w.cron(CRON), "", "mail of the first night")
        w.at("2026-11-23 11:00")
        w.type("dcvctl close --issued 1234567890 acm")
        w.at("2026-11-24 04:17")
        with w.untouched(FILE, "ledger.db"):
            equal(w.cron(CRON), "", "mail within the 24 hours of grace")

        # Certificates come, one order has died, of one nothing is known.
        certificate(w, "shop.pem", 20261123, "shop.example.com", "www.shop.example.com")
        certificate(w, "tls.pem", 20261124, "tls.example.com")
        w.at("2026-12-01 04:17")
        order(w, 1234567960, 20261130, "new.")
        w.type("dcvctl status", "^expired digicert/1234567801 …", "^effective digicert/1234567893 …")
        equal(standing(server), list(NAMES[:-1]), "names with a record")
        with w.untouched(FILE, "ledger.db"):
            w.type("dcvctl cleanup -n", "^dcvctl cleanup …: 5 orders to clean, 1 needs you, 1 kept$",
                   "^Nothing was written.$", exits=2)
        out = mail(w, "5 orders cleaned, 1 needs you, 1 kept")
        for line in (
                r"removed +1234567890 +example\.com +1 value +issued 2026-11-23",
                r"removed +1234567893 +shop +2 values +issued 2026-1\d-\d\d.*",
                r"removed +1234567894 +tls\.example\.com +1 value +issued 2026-1\d-\d\d.*",
                r"removed +1234567801 +old-shop +1 value +token dead since 2026-11-19",
                r"YOU +1234567911 .*token dies 2026-12-21.*",
                r"kept +1 record of orders that are over: dcvctl status --kept"):
            check(re.search(f"^{line}", out, re.M), f"no line {line}")
        equal(standing(server), ["pay.", "new."], "names with a record")
        check('@ TXT "v=spf1 -all"' in w.lines(FILE), "SPF is gone")
        equal(len(dig(server.port, "_3a1b2c.example.com", "CNAME")), 1, "the CNAME of ACM")
        w.type("dcvctl status --kept", "…_3a1b2c.example.com CNAME …acm-validations.aws.…")

        # The next night the same person is needed; what the mail says to type works.
        w.at("2026-12-02 04:17")
        with w.untouched(FILE):
            out = mail(w, "0 orders cleaned, 1 needs you, 1 kept", lacks="removed …")
            w.type(re.findall(r"dcvctl check \S+", out)[-1], "^EFFECTIVE: …")
        w.at("2026-12-02 10:00")
        w.type("dcvctl close --issued 1234567911", "^run: dcvctl cleanup 1234567911$")
        w.type(w.said(), "^order 1234567911 cleaned$")
        w.at("2026-12-03 04:17")
        with w.untouched(FILE, "ledger.db"):
            equal(w.cron(CRON), "", "mail of the last night")
        equal(standing(server), ["new."], "names with a record")


@walk
def broken_at_night(w):
    """What cannot be read costs nothing: the mail says so, and the next night does it."""
    with start(w) as server:
        w.at("2026-11-21 09:00")
        order(w, 1234567890, 20261121, "")
        w.type("dcvctl close --issued 1234567890")
        w.at("2026-11-23 04:17")
        good = (w.where / FILE).read_text()
        w.type(f"echo 'www A 192.0.2.999' >> {FILE}")
        w.cron(CRON, f"^dcvctl cleanup on {socket.gethostname()}: 0 orders cleaned, 1 failed$",
               "^FAILED 1234567890 example.com …", "^zone example.com: nothing changed: …192.0.2.999…",
               f"help: …nsd-checkzone example.com …/{FILE}$", exits=1)
        equal(standing(server), [""], "names with a record")
        w.write(FILE, good)
        w.at("2026-11-24 04:17")
        mail(w, "1 order cleaned", "^removed 1234567890 …issued 2026-11-21$")
        equal(standing(server), [], "names with a record")
        w.silent(CRON)


@walk
def cancelled_while_broken(w):
    """A clean-up that could not begin has not closed the order either."""
    with start(w) as server:
        w.at("2026-11-21 09:00")
        order(w, 1234567890, 20261121, "")
        w.type(f"mv {FILE} zones/away")
        w.type("dcvctl cleanup --cancel 1234567890", f"…/{FILE}: no such file", "help: …", exits=78)
        w.type(f"mv zones/away {FILE}")
        w.type("dcvctl status", "^effective digicert/1234567890 …")
        equal(standing(server), [""], "names with a record")
        w.type("dcvctl cleanup --cancel 1234567890", "^order 1234567890 cleaned$")
        w.type("dcvctl status", "^cleaned digicert/1234567890 …cancelled$")
        equal(standing(server), [], "names with a record")
