# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""`cleanup` as cron runs it: what is over by the ledger, by the clock, by a certificate; what it
says; and `close --certificate`."""
import contextlib
import datetime
import re
import socket
import sqlite3
import ssl
import subprocess
import time

from harness import check, equal, test
from tls import tls_server

A, B, C = "tok-a-k7q2x9m4t1v8b5n3", "tok-b-p3w6r0d8h2j5f9s1", "tok-c-y4u7e1a9g3l6c0z8"
DAY_S = 86400
SUMMARY = re.compile(r"dcvctl cleanup on \S+: (.*)")


def owner(name):
    return f"_dnsauth.{name}example.com"


def apply(site, number, name, value, **keys):
    site.dcvctl("apply", "--no-wait", site.order(number, f"{owner(name)} TXT {value}", **keys))


def write(site, sql, *values):
    """Puts the ledger into the state of another day."""
    with contextlib.closing(sqlite3.connect(site.ledger_file)) as db:
        db.execute(sql, values)
        db.commit()


def closed_before(site, number, seconds):
    site.dcvctl("close", "--issued", str(number))
    write(site, "UPDATE orders SET closed = ? WHERE id = ?", int(time.time()) - seconds, str(number))


def state(site, number):
    return site.ledger(f"SELECT state, reason FROM orders WHERE id = '{number}'")[0]


def certificate(site, name, *names, issuer="DigiCert Inc", days=90):
    """A certificate and its key in NAME.pem, made now; its path."""
    path = site.where / f"{name}.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{path}.key", "-out",
                    f"{path}.crt", "-days", str(days), "-subj", f"/O={issuer}/CN=Test CA",
                    "-addext", "subjectAltName=" + ",".join(f"DNS:{n}" for n in names)],
                   check=True, capture_output=True, cwd=site.where)
    path.write_text((site.where / f"{name}.pem.crt").read_text() +
                    (site.where / f"{name}.pem.key").read_text())
    return path


def mail(run):
    """The lines of a mail after its first one; Failure unless it has the form of one."""
    lines = run.out.splitlines()
    check(lines and SUMMARY.fullmatch(lines[0]), "the first line is no summary")
    check(run.out.isascii(), "not ASCII")
    check(all(len(line) < 78 for line in lines), "a line of 78 columns or more")
    return SUMMARY.fullmatch(lines[0])[1], lines[1:]


# --- nothing to do

@test
def silent(site):
    """No ledger; open orders; one closed an hour ago: no output, no write."""
    run = site.dcvctl("cleanup")
    equal(run.out + run.err, "", "output without a ledger")
    check(not site.ledger_file.exists(), "a ledger was made")
    apply(site, 1001, "", A)
    apply(site, 1002, "b.", B)
    closed_before(site, 1002, 23 * 3600)
    before = site.identity()
    run = site.dcvctl("cleanup")
    equal(run.out + run.err, "", "output")
    equal(site.identity(), before, "identity of the zone file")
    document = site.dcvctl("cleanup", "--json").json()
    equal((document["exit"], document["changed"], document["removed"]), (0, False, []), "JSON")


# --- over by the ledger and by the clock

@test
def closed_a_day_ago(site):
    apply(site, 1001, "", A)
    apply(site, 1002, "b.", B)
    closed_before(site, 1001, DAY_S + 60)
    run = site.dcvctl("cleanup", "-n", status=2)
    equal(mail(run)[0], "1 order to clean, 1 kept", "summary of the dry run")
    check(run.out.endswith("Nothing was written.\n"), "not said that nothing was written")
    equal(state(site, 1001), ("closed", "issued"), "state after the dry run")
    run = site.dcvctl("cleanup")
    summary, lines = mail(run)
    equal(summary, "1 order cleaned, 1 kept", "summary")
    check(re.fullmatch(r"removed  1001 +example\.com +1 value +issued \d{4}-\d\d-\d\d", lines[0]),
          f"line: {lines}")
    equal(state(site, 1001), ("cleaned", "issued"), "state")
    text = site.zone_file.read_text()
    check(A not in text and B in text, "the values in the zone")
    equal(site.dcvctl("cleanup").out, "", "output of a second run")


@test
def dead_for_a_week(site):
    apply(site, 1001, "", A)
    apply(site, 1002, "b.", B)
    now = int(time.time())
    write(site, "UPDATE orders SET expires = ? WHERE id = '1001'", now - 7 * DAY_S - 60)
    write(site, "UPDATE orders SET expires = ? WHERE id = '1002'", now - 7 * DAY_S + 3600)
    summary, lines = mail(site.dcvctl("cleanup"))
    equal(summary, "1 order cleaned, 1 kept", "summary")
    check("token dead since" in lines[0], f"line: {lines}")
    equal(state(site, 1001), ("cleaned", "expired"), "state")
    equal(state(site, 1002)[0], "published", "state of the one that died later")


@test
def selected(site):
    apply(site, 1001, "", A)
    closed_before(site, 1001, 2 * DAY_S)
    site.dcvctl("cleanup", "--ca", "sectigo.com")
    equal(state(site, 1001)[0], "closed", "state")
    site.dcvctl("cleanup", "--ca", "digicert")
    equal(state(site, 1001)[0], "cleaned", "state")


# --- over by a certificate

def expect_issued(site, evidence):
    """Order 1001 is closed and cleaned at once, by what is seen there."""
    run = site.dcvctl("cleanup", "-n", status=2)
    equal(mail(run)[0], "1 order to clean", "summary of the dry run")
    equal(state(site, 1001)[0], "published", "state after the dry run")
    run = site.dcvctl("cleanup", "--json")
    document = run.json()
    equal([(gone["order"], gone["evidence"]) for gone in document["removed"]],
          [("1001", evidence)], "removed")
    today = datetime.datetime.now(datetime.timezone.utc).strftime("issued %Y-%m-%d")
    equal(document["removed"][0]["why"], today, "why")
    equal(state(site, 1001), ("cleaned", "issued"), "state")
    check(A not in site.zone_file.read_text(), "the value stands in the file")


@test
def issued_by_a_file(site):
    path = site.where / "shop.pem"
    apply(site, 1001, "", A, issued_when=f"{{file: {path}}}")
    equal(site.dcvctl("cleanup").out, "", "output before it is there")
    certificate(site, "shop", "example.com", "www.example.com")
    expect_issued(site, str(path))


@test
def issued_by_a_server(site):
    with tls_server(certificate(site, "shop", "Example.com")) as target:
        # What stands there at the first apply proves nothing.
        apply(site, 1001, "", A, issued_when=f'{{tls: "{target}"}}')
        equal(site.dcvctl("cleanup").out, "", "output while the former one stands there")
        equal(state(site, 1001)[0], "published", "state")
    host, port = target.split(":")
    with tls_server(certificate(site, "new", "example.com")) as target:
        write(site, "UPDATE orders SET document = replace(document, ?, ?)", f"{host}:{port}", target)
        expect_issued(site, f"tls {target}")


@test
def issued_by_a_command(site):
    path = certificate(site, "shop", "example.com")
    apply(site, 1001, "", A, issued_when=f'{{command: [/bin/sed, -n, "1,$p", "{path}.late"]}}')
    equal(site.dcvctl("cleanup").out, "", "output while the command fails")
    (site.where / "shop.pem.late").write_text(path.read_text())
    expect_issued(site, "command /bin/sed")


@test
def not_issued(site):
    """Other names, another CA, too old: the order stays, and after a week a person is called."""
    path = site.where / "shop.pem"
    apply(site, 1001, "", A, issued_when=f"{{file: {path}}}")
    certificate(site, "shop", "other.example", issuer="Some CA")
    before = site.identity()
    equal(site.dcvctl("cleanup").out, "", "output on the first days")
    now = int(time.time())
    write(site, "UPDATE orders SET first_applied = ?, expires = ?", now - 10 * DAY_S, now + 20 * DAY_S)
    run = site.dcvctl("cleanup")
    summary, lines = mail(run)
    equal(summary, "0 orders cleaned, 1 needs you", "summary")
    text = " ".join(" ".join(lines).split())
    check("YOU 1001 token dies " in text, text)
    check("it does not name example.com; its issuer is Test CA, Some CA, not DigiCert" in text, text)
    check(lines[-1].endswith("dcvctl check 1001"), "the line to type")
    document = site.dcvctl("cleanup", "--json").json()
    equal([(at["order"], at["cause"], at["do"]) for at in document["attention"]],
          [("1001", "unseen", "dcvctl check 1001")], "attention")
    equal(state(site, 1001)[0], "published", "state")
    equal(site.identity(), before, "identity of the zone file")


@test
def silent_server_does_not_stop_the_rest(site):
    """Somebody who takes the connection and says nothing: half of the time at most is spent."""
    with socket.create_server(("127.0.0.1", 0)) as silent_one:
        target = f"127.0.0.1:{silent_one.getsockname()[1]}"
        apply(site, 1002, "b.", B)
        site.dcvctl("apply", "--no-wait", "--deadline", "2s",
                    site.order(1001, f"{owner('')} TXT {A}", issued_when=f'{{tls: "{target}"}}'))
        closed_before(site, 1002, 2 * DAY_S)
        run = site.dcvctl("cleanup", "--deadline", "4s")
    equal(mail(run)[0], "1 order cleaned, 1 kept", "summary")
    check(run.seconds < 10, f"took {run.seconds:.1f} s")


# --- what cannot be cleaned

@test
def one_broken_zone(site):
    """The others are cleaned; the mail says which failed, and why."""
    other = site.where / "other.zone"
    other.write_text("$TTL 300\n@ SOA ns1 root 1 2 3 4 5\n@ NS ns1.example.com.\n")
    config = site.where / "dcvctl.yaml"
    config.write_text(config.read_text().replace(
        "check:", f"  - {{zone: example.org, file: {other}, reload: none}}\ncheck:"))
    apply(site, 1001, "", A)
    site.dcvctl("apply", "--no-wait", site.order(1002, f"_dnsauth.example.org TXT {B}",
                                                 f"_dnsauth.b.example.com TXT {B}"))
    closed_before(site, 1001, 2 * DAY_S)
    closed_before(site, 1002, 2 * DAY_S)
    good = other.read_text()
    other.write_text(good + "x TXT (\n")
    run = site.dcvctl("cleanup", status=3)
    equal(mail(run)[0], "1 order cleaned, 1 failed", "summary")
    check("other.zone" in run.err, "the broken file is not named")
    equal((state(site, 1001)[0], state(site, 1002)[0]), ("cleaned", "closed"), "states")
    check(B in other.read_text(), "the value in the broken zone")
    other.write_text(good)
    equal(mail(site.dcvctl("cleanup"))[0], "1 order cleaned", "summary")
    check(B not in other.read_text(), "the value stands in the file")


@test
def zone_is_bound_no_more(site):
    apply(site, 1001, "", A)
    closed_before(site, 1001, 2 * DAY_S)
    config = site.where / "dcvctl.yaml"
    config.write_text(config.read_text().replace("zone: example.com", "zone: example.net"))
    run = site.dcvctl("cleanup")
    equal(mail(run)[0], "0 orders cleaned, 1 needs you", "summary")
    equal(state(site, 1001)[0], "closed", "state")


@test
def value_that_an_open_order_needs(site):
    apply(site, 1001, "", A)
    apply(site, 1002, "", A)
    closed_before(site, 1001, 2 * DAY_S)
    mail(site.dcvctl("cleanup"))
    check(A in site.zone_file.read_text(), "the value of the open order is gone")
    equal(state(site, 1001)[0], "cleaned", "state")


# --- with an order

@test
def cancel(site):
    apply(site, 1001, "", A)
    before = site.identity()
    run = site.dcvctl("cleanup", "1001", status=6)
    check("dcvctl cleanup --cancel 1001" in run.err, "the way out is not named")
    run = site.dcvctl("cleanup", "-n", "--cancel", "1001", status=2)
    check(re.search(rf'- "{A}" +order 1001 is closed \(cancelled\)', run.out), "the plan")
    equal((state(site, 1001)[0], site.identity()), ("published", before), "after the dry run")
    site.dcvctl("cleanup", "--cancel", "1001")
    equal(state(site, 1001), ("cleaned", "cancelled"), "state")
    check(A not in site.zone_file.read_text(), "the value stands in the file")


@test
def options_that_need_an_order(site):
    for option in ("--cancel", "--retained", "--caa"):
        run = site.dcvctl("cleanup", option, status=64)
        check("need the number of an order" in run.err, "why")


@test
def without_grace(site):
    apply(site, 1001, "", A)
    site.dcvctl("close", "--issued", "1001")
    run = site.dcvctl("cleanup", "1001")
    check("order 1001 cleaned" in run.out, "the result")
    equal(state(site, 1001)[0], "cleaned", "state")


@test
def retained(site):
    """What outlives its order stays in the zone until somebody names it."""
    site.dcvctl("apply", "--no-wait", site.order(
        1001, "_3a1b2c.example.com CNAME _9f8e7d.acm-validations.aws.", ca="amazon.com"))
    closed_before(site, 1001, 2 * DAY_S)
    summary, lines = mail(site.dcvctl("cleanup"))
    equal(summary, "1 order cleaned", "summary")
    equal(lines[-1], "kept     1 record of orders that are over: dcvctl status --kept", "line")
    check("acm-validations" in site.zone_file.read_text(), "the record is gone")
    run = site.dcvctl("status", "--kept")
    check("acm-validations" in run.out, "status does not name it")
    site.dcvctl("cleanup", "--retained", "1001")
    check("acm-validations" not in site.zone_file.read_text(), "the record is still there")
    run = site.dcvctl("status", "--kept")
    check("acm-validations" not in run.out, "status still names it")
    # It is an order of the past all the same.
    before = site.identity()
    site.dcvctl("apply", "--no-wait", str(site.where / "1001.yaml"))
    equal(site.identity(), before, "identity of the zone file")


# --- close --certificate

@test
def close_by_certificate(site):
    apply(site, 1001, "", A)
    apply(site, 1002, "b.", B)
    good = certificate(site, "good", "example.com")
    bad = certificate(site, "bad", "example.org", issuer="Some CA")
    run = site.dcvctl("close", "--certificate", str(bad), "1001", status=6)
    check(f"order 1001: not closed: {bad} does not prove it: it does not name example.com; "
          "its issuer is Test CA, Some CA, not DigiCert" in run.err, "what is missing")
    check("run: dcvctl close --issued 1001" in run.err, "the way out is not named")
    # One that is not proved keeps all of them open.
    run = site.dcvctl("close", "--certificate", str(good), "1001", "1002", status=6)
    check("order 1002: not closed" in run.err and "order 1001: not" not in run.err, "who")
    equal((state(site, 1001)[0], state(site, 1002)[0]), ("published", "published"), "states")
    site.dcvctl("close", "--certificate", str(good), "1001")
    equal(state(site, 1001), ("closed", "issued"), "state")
    # The file is PEM or DER; what is neither is said.
    der = site.where / "good.der"
    der.write_bytes(ssl.PEM_cert_to_DER_cert(good.read_text().split("-----BEGIN PRIVATE")[0]))
    site.dcvctl("close", "--certificate", str(der), "1001")
    run = site.dcvctl("close", "--certificate", str(site.zone_file), "1002", status=1)
    check("no certificate in it" in run.err, "why")
    site.dcvctl("close", "--certificate", str(good), "--issued", "1002", status=64)


@test
def certificate_of_the_time_before(site):
    """Issued before the order was applied: it is the one that is to be replaced."""
    good = certificate(site, "good", "example.com")
    apply(site, 1001, "", A)
    write(site, "UPDATE orders SET first_applied = ?", int(time.time()) + 2 * DAY_S)
    run = site.dcvctl("close", "--certificate", str(good), "1001", status=6)
    check(re.search(r"it was issued \S+ \S+ \S+, before the first apply of the order", run.err), "why")


@test
def certificate_of_the_revision_before(site):
    """What was issued for the records before is no sign that those of a re-issue may go."""
    path = site.where / "shop.pem"
    keys = {"issued_when": f"{{file: {path}}}"}
    apply(site, 1001, "", A, **keys)
    certificate(site, "shop", "example.com")
    apply(site, 1001, "", C, **keys)
    equal(site.dcvctl("cleanup").out, "", "output while the former certificate stands there")
    equal(state(site, 1001)[0], "published", "state")
    check(C in site.zone_file.read_text(), "the value of the re-issue is gone")
    certificate(site, "shop", "example.com")
    mail(site.dcvctl("cleanup"))
    equal(state(site, 1001), ("cleaned", "issued"), "state")
