# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What lies under examples/ for a crontab, for systemd, and as a table of orders, used as it
stands."""
import pathlib
import re
import shutil

from walk import check, equal, walk

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"
FILE = "zones/example.com.zone"
ZONE = """\
$TTL 3600
@ SOA ns1 hostmaster 41 7200 3600 1209600 3600
@ NS ns1
ns1 A 127.0.0.1
"""


def orders(w):
    """The table's orders, and a zone for them."""
    w.write(FILE, ZONE)
    w.write(".config/dcvctl/dcvctl.yaml", f"""\
ledger: {w.where}/ledger.db
zones:
  - {{zone: example.com, file: {w.where}/{FILE}, reload: none}}
""")
    shutil.copy(EXAMPLES / "orders.csv", w.where)
    w.type("dcvctl new --csv orders.csv --out orders", "^wrote 3 orders, 4 records into orders$")


def crontab(w):
    """The commands of the crontab; its orders are those of the walk."""
    lines = (EXAMPLES / "cron.d/dcvctl").read_text().splitlines()
    found = [re.fullmatch(r"(?:[\d*]+\s+){5}dcvctl\s+(.*)", line) for line in lines]
    return [line[1].replace("/etc/dcvctl/orders", f"{w.where}/orders") for line in found if line]


def no_sleep(w):
    """In place of `sleep`: notes for how long it was asked."""
    program = w.write("bin/sleep", f'#!/bin/sh\necho "$@" >>{w.where}/slept\n')
    program.chmod(0o755)


@walk
def table_and_crontab(w):
    orders(w)
    no_sleep(w)
    keep, clean, tell = crontab(w)
    w.type("dcvctl lint orders", "^3 orders, 4 records: no errors$")
    equal(w.cron(keep), "", "mail of the first hour")
    text = (w.where / FILE).read_text()
    check(all(value in text for value in ("k7q2x9m4t1v8", "202611210000002", "3d6a1f8c5e0b7429")),
          f"not all is there:\n{text}")
    w.at("2026-11-22 11:17")
    with w.untouched(FILE, "ledger.db"):
        equal(w.cron(keep) + w.cron(clean) + w.cron(tell), "", "mails when there is nothing to do")
    slept = [int(line) for line in (w.where / "slept").read_text().splitlines()]
    check(len(slept) == 3 and max(slept) <= 1800 and len(set(slept)) > 1, f"jitter: {slept}")
    w.type("dcvctl close --issued scs1600313391074")
    w.at("2026-11-24 04:17")
    w.cron(clean, "^dcvctl cleanup on …: 1 order cleaned, 2 kept$",
           "^removed scs1600313391074 example.com 1 value issued 2026-11-22$")
    with w.untouched(FILE):
        equal(w.cron(keep), "", "mail of the hour after: what is over is not written again")
        equal(w.cron(clean), "", "mail of the night after")


@walk
def gone_from_a_crontab(w):
    """A package that was removed leaves its crontab: then nothing is done, and no mail is sent."""
    no_sleep(w)
    (w.where / "bin/dcvctl").unlink()
    for line in crontab(w):
        equal(w.cron(line), "", "mail")
    check(not (w.where / "slept").exists(), "it slept")


@walk
def units(w):
    """What the units run is what the crontab runs, behind its guard and its `sleep`."""
    orders(w)
    commands = [line.split("; ")[-1] for line in crontab(w)]
    for name, command in zip(("apply", "cleanup"), commands):
        service = (EXAMPLES / f"units/dcvctl-{name}.service").read_text()
        service = service.replace("/etc/dcvctl/orders", f"{w.where}/orders")
        equal(re.findall("^ExecStart=(.*)$", service, re.M), [command], "ExecStart")
        timer = (EXAMPLES / f"units/dcvctl-{name}.timer").read_text()
        check("RandomizedDelaySec=" in timer and "WantedBy=timers.target" in timer, "the timer")
        w.silent(command)
