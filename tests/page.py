# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""A ledger and a result with something of everything, at a fixed time, for `status --format
html|prometheus`; and the picture of the README:

    tests/page.py DCVCTL-CLOCK examples/status.png"""
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

NOW = 1795341600  # 2026-11-22 10:00 UTC
HOUR, DAY = 3600, 86400
NS = [("ns1.example.com", "192.0.2.1"), ("ns1.example.com", "2001:db8::1"),
      ("ns2.example.com", "198.51.100.2")]


class Ledger:
    """A directory with a configuration and the ledger that dcvctl makes for it."""

    def __init__(self, where, dcvctl):
        self.where, self.dcvctl = pathlib.Path(where), str(pathlib.Path(dcvctl).resolve())
        self.path, self.result = self.where / "ledger.db", self.where / "last.json"
        zone = self.where / "example.com.zone"
        zone.write_text("$ORIGIN example.com.\n@ 300 IN SOA ns1 hostmaster 1 1 1 1 1\n"
                        "@ 300 IN NS ns1\nns1 300 IN A 192.0.2.1\n")
        (self.where / "dcvctl.yaml").write_text(
            f"ledger: sqlite:{self.path}\n"
            f"zones:\n  - {{zone: example.com, file: {zone}, reload: none}}\n")
        (self.where / "1.yaml").write_text(
            'order: "1"\nca: digicert\nrecords:\n  - _dnsauth.example.com TXT k7q2x9m4t1v8b5n3c6z0\n')
        self.run("apply", "--no-wait", str(self.where / "1.yaml"))
        self.db = sqlite3.connect(self.path, isolation_level=None)
        self.db.execute("BEGIN")
        for table in ("claims", "orders", "placements", "rrsets", "changes"):
            self.db.execute(f"DELETE FROM {table}")
        self.orders = []

    def run(self, *args, now=NOW):
        """Its standard output, as octets."""
        env = dict(os.environ, DCVCTL_TEST_NOW=str(now), TZ="UTC", HOME=str(self.where))
        done = subprocess.run([self.dcvctl, args[0], "--config", self.where / "dcvctl.yaml",
                               *args[1:]], env=env, stdin=subprocess.DEVNULL, timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.where)
        if done.returncode:
            raise RuntimeError(f"{args}: {done.returncode}\n{done.stderr.decode()}")
        return done.stdout

    def order(self, number, state, records, *, ca="digicert", age=0, left=30 * DAY, effective=0,
              closed=0, reason="", certificate="", service="", zone="example.com.", verdict=None,
              lags=(), cached=300, backend="file:/etc/bind/db.example.com", retain=""):
        at = lambda before: NOW - before if before else 0
        self.db.execute("INSERT INTO orders VALUES (?,?,?,?,'',1,1,?,?,NULL,?,?,?,?,?)",
                        (ca, number, certificate, service, state, reason, at(age), at(age),
                         at(effective), at(closed), NOW + left))
        stands = state not in ("pending", "cleaned")
        for owner, rrtype, value in records:
            rdata = f'"{value}"' if rrtype == "TXT" else value
            self.db.execute("INSERT INTO claims VALUES (?,?,1,?,NULL,?,?,?)",
                            (ca, number, owner, rrtype, rdata, retain))
            if stands:
                self.db.execute("INSERT OR IGNORE INTO placements VALUES (?,?,?,?,?,1,?,?)",
                                (zone, backend, owner, rrtype, rdata, at(age), at(age)))
                self.db.execute("INSERT OR IGNORE INTO rrsets VALUES (?,?,?,?,0,300,?,1)",
                                (zone, backend, owner, rrtype, cached))
        self.orders.append((ca, number, state, verdict, records, lags))

    def change(self, run, op, before, owner, rrtype, value, number, state="done", detail="",
               zone="example.com.", backend="file:/etc/bind/db.example.com"):
        n = self.db.execute("SELECT COUNT(*) FROM changes").fetchone()[0]
        rdata = f'"{value}"' if rrtype == "TXT" else value
        self.db.execute("INSERT INTO changes VALUES (?,?,?,?,?,?,?,?,300,'digicert',?,?,?,?,?)",
                        (n + 1, run, zone, backend, op, owner, rrtype, rdata, number, state,
                         NOW - before, NOW - before + 1, detail))

    def commit(self):
        self.db.execute("COMMIT")
        self.db.close()
        self.result.write_text(json.dumps({
            "schema": 1, "command": "check", "run": None, "exit": 2, "changed": False,
            "failed": False, "msg": "", "changes": [
                {"op": "leftover", "zone": "example.com.", "backend": "", "ca": "", "order": "",
                 "outcome": "none"}],
            "orders": [self.seen(*order) for order in self.orders if order[3]]}))
        os.utime(self.result, (NOW - 240, NOW - 240))

    @staticmethod
    def seen(ca, number, state, verdict, records, lags):
        return {"order": number, "ca": ca, "revision": 1, "state": state, "verdict": verdict,
                "settled_at": None, "records": [
                    {"owner": owner, "type": rrtype, "value": value, "servers": [
                        {"name": name, "address": address, "ttl": 300, "serial": 1,
                         "state": "old" if address in lags else "ok"} for name, address in NS]}
                    for owner, rrtype, value in records]}


def gallery(where, dcvctl):
    """Something of everything."""
    ledger = Ledger(where, dcvctl)
    ledger.order("1234567890", "effective", [
        ("_dnsauth.example.com.", "TXT", "k7q2x9m4t1v8b5n3c6z0h2d8f4g6j1p5"),
        ("_dnsauth.shop.example.com.", "TXT", "k7q2x9m4t1v8b5n3c6z0h2d8f4g6j1p5")],
        age=2 * HOUR, effective=2 * HOUR - 5, left=29 * DAY, certificate="shop", verdict="ready",
        service="huaweicloud-scm", cached=3 * HOUR)
    ledger.order("1234567893", "published", [
        ("_dnsauth.mail.example.com.", "TXT", "w1y5a9c3e7g2i6k0m4o8q3s7u1x5z9b4")],
        age=900, left=29 * DAY, verdict="published", lags=("198.51.100.2",), certificate="mail")
    ledger.order("1234567888", "pending", [
        ("_dnsauth.pay.example.com.", "TXT", "d4f8h2j6l0n3p7r1t5v9x2z6b0c4e8g3")],
        age=5 * DAY, left=5 * DAY, certificate="pay")
    ledger.order("1234567801", "closed", [
        ("_dnsauth.example.com.", "TXT", "20260502aurxma1k3vq7zp0w8e5t6y4u")],
        age=200 * DAY, left=-170 * DAY, closed=8 * HOUR, effective=199 * DAY, reason="superseded",
        certificate="shop")
    ledger.order("arn-7f3c", "cleaned", [
        ("_x7f3c.api.example.com.", "CNAME", "_d81e.acm-validations.aws.")], ca="amazon",
        age=60 * DAY, closed=58 * DAY, reason="issued", effective=60 * DAY, retain="until-deauthorised",
        certificate="api")
    ledger.change("r40", "add", 5 * DAY, "_dnsauth.pay.example.com.", "TXT",
                  "d4f8h2j6l0n3p7r1t5v9x2z6b0c4e8g3", "1234567888", "failed",
                  "the server did not load the new file; the old one is back")
    for owner in ("", "shop."):
        ledger.change("r41", "add", 2 * HOUR, f"_dnsauth.{owner}example.com.", "TXT",
                      "k7q2x9m4t1v8b5n3c6z0h2d8f4g6j1p5", "1234567890")
    ledger.change("r41", "remove", 2 * HOUR, "_dnsauth.example.com.", "TXT",
                  "20260502aurxma1k3vq7zp0w8e5t6y4u", "1234567801")
    ledger.change("r42", "add", 900, "_dnsauth.mail.example.com.", "TXT",
                  "w1y5a9c3e7g2i6k0m4o8q3s7u1x5z9b4", "1234567893")
    ledger.commit()
    return ledger


def write_page(ledger):
    page = ledger.where / "status.html"
    page.write_bytes(ledger.run("status", "--format", "html", "--result", str(ledger.result),
                                "--ledger", str(ledger.path)))
    return page


def main(dcvctl, out):
    from browser import Browser
    with tempfile.TemporaryDirectory(prefix="dcvctl-page.") as where, Browser() as browser:
        page = write_page(gallery(where, dcvctl))
        text = page.read_text().replace(str(where), "/var/lib/dcvctl")
        page.write_text(text)
        browser.open(page, 960)
        browser.picture(out, browser.value(
            "document.querySelectorAll('article')[1].getBoundingClientRect().bottom + 24"))


if __name__ == "__main__":
    main(*sys.argv[1:])
