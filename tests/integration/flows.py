# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""The life of an order as it must go with every server: each flow is a test of each server. The
lines of `--table` are the servers, its columns the flows."""
import functools
import re
import shutil
import time

from harness import TESTS, Site, check, equal, test

# Tokens without a date in front, so that no clock decides about them.
OLD = "old-k7q2x9m4t1v8b5n3"
OLDER = "older-m2c8v4b0z6x3q9t5"
NEW = "new-p3w6r0d8h2j5f9s1"
OWNER = "_dnsauth.example.com"


def record(value, owner=OWNER):
    return f"{owner} TXT {value}"


def file_serial(site):
    """The serial that the zone file has, whoever wrote it."""
    return int(re.search(r"\bSOA\s+\S+\s+\S+\s*\(?\s*(\d+)", site.zone_file.read_text())[1])


def temporaries(site):
    return [name for name in site.files() if name.startswith(".")]


def wait_for(what, text, limit_s=15):
    end = time.monotonic() + limit_s
    while not what():
        check(time.monotonic() < end, text)
        time.sleep(0.05)


def stands(site, value, order=1001):
    """What must hold after a run that went through, whatever happened before it."""
    equal(site.values(OWNER), [value] if value else [], "values served")
    text = site.zone_file.read_text()
    equal([one for one in (OLD, NEW) if one in text], [value] if value else [],
          "values in the file")
    equal(temporaries(site), [], "files left beside the zone")
    equal(site.ledger("SELECT * FROM changes WHERE state NOT IN ('done', 'failed')"), [],
          "journal rows not settled")
    equal(site.ledger(f"SELECT state FROM orders WHERE id = '{order}'"),
          [("effective" if value else "cleaned",)], "state")


def apply(site):
    before = file_serial(site)
    site.apply(site.order(1001, record(NEW)))
    stands(site, NEW)
    equal(file_serial(site), before + 1, "serial in the file")
    if not site.server.own_serial:
        equal(site.serial(), before + 1, "serial served")


def second_apply(site):
    order = site.order(1001, record(NEW))
    site.apply(order)
    before, text = site.identity(), site.zone_file.read_bytes()
    rows, served = site.ledger("SELECT count(*) FROM changes"), site.serial()
    run = site.apply("--json", order)
    equal(run.json()["changed"], False, "changed")
    equal(site.identity(), before, "identity of the zone file")
    equal(site.zone_file.read_bytes(), text, "the zone file")
    equal(site.ledger("SELECT count(*) FROM changes"), rows, "rows of the journal")
    equal(site.serial(), served, "serial served")


def revision(site):
    site.apply(site.order(1001, record(OLD)))
    site.apply(site.order(1001, record(NEW)))
    stands(site, NEW)


def new_order_of_the_certificate(site):
    """What is closed and what it supersedes: their values go in the change that brings its own."""
    site.apply(site.order(1000, record(OLDER), certificate="shop"))
    site.dcvctl("close", "--issued", "1000")
    site.apply(site.order(1001, record(OLD), certificate="shop"))
    stands(site, OLD, 1001)
    before = file_serial(site)
    site.apply(site.order(1002, record(NEW), certificate="shop", supersedes='["1001"]'))
    stands(site, NEW, 1002)
    equal(file_serial(site), before + 1, "serial in the file: one step for both")
    equal(site.ledger("SELECT id, state, reason FROM orders WHERE id <> '1002' ORDER BY id"),
          [("1000", "closed", "issued"), ("1001", "closed", "superseded")], "the orders before")


def close_and_cleanup(site):
    site.apply(site.order(1001, record(NEW)))
    site.dcvctl("close", "--issued", "1001")
    equal(site.values(OWNER), [NEW], "close removes nothing")
    site.dcvctl("cleanup", "1001")
    stands(site, None)


def control_does(site, words, action):
    """A control program that does something else where it is told one of `words` (a|b)."""
    program, bin_dir = site.server.control()[0], site.where / "bin"
    bin_dir.mkdir(exist_ok=True)
    real = shutil.which(program, path=f"{site.environment()['PATH']}:/usr/sbin")
    script = bin_dir / program
    script.write_text(f'#!/bin/sh\nfor word; do case $word in {words}) {action}; exit 1;; '
                      f'esac; done\nexec {real} "$@"\n')
    script.chmod(0o755)
    site.path = f"{bin_dir}:{site.environment()['PATH']}"


RELOAD, KILL = "reload|zone-reload|bind-reload-now", "kill -9 $PPID"


def refused_by_the_server(site):
    """A zone that the server does not load, which only the server sees: the former file is
    back, and it is said soon."""
    site.configure(checker='["true"]')
    site.zone_file.write_text(site.zone_file.read_text() + site.server.broken)
    text, order = site.zone_file.read_text(), site.order(1001, record(NEW))
    run = site.apply(order, status=1)
    check(run.seconds < 8, f"took {run.seconds:.1f} s")
    check("former file is back" in run.err, "not said that the former file is back")
    check("run:" in run.err or "help:" in run.err, "no word about what to do")
    equal(site.zone_file.read_text(), text, "the zone file")
    equal(site.values(OWNER), [], "values served")
    equal(temporaries(site), [], "files left beside the zone")
    site.zone_file.write_text(text.replace(site.server.broken, ""))
    site.apply(order)
    stands(site, NEW)


def frozen_refused(site):
    """The same where the file is the server's own, so that the refusal must be played."""
    order, text = site.order(1001, record(NEW)), site.zone_file.read_text()
    control_does(site, RELOAD, "echo 'error: (failed)'")
    run = site.apply(order, status=1)
    check("former file is back" in run.err, "not said that the former file is back")
    if site.server.keeps_text:
        equal(site.zone_file.read_text(), text, "the zone file")
    check(NEW not in site.zone_file.read_text(), "the new value stands in the file")
    equal(site.values(OWNER), [], "values served")
    equal(temporaries(site), [], "files left beside the zone")
    site.path = None
    site.apply(order)
    stands(site, NEW)


frozen_refused.__name__ = refused_by_the_server.__name__


def killed_after_the_exchange(site):
    """Killed as it is about to reload: the next run goes on from there."""
    before, order = file_serial(site), site.order(1001, record(NEW))
    control_does(site, RELOAD, KILL)
    run = site.apply(order, status=None)
    equal(run.status, -9, "exit status of the killed run")
    check(NEW in site.zone_file.read_text(), "killed before the exchange")
    check(len(temporaries(site)) > 0, "no former file beside the zone")
    site.path = None
    site.apply(order)
    stands(site, NEW)
    equal(file_serial(site), before + 1, "serial in the file: recovery makes no further step")


FLOWS = (apply, second_apply, revision, new_order_of_the_certificate, close_and_cleanup,
         refused_by_the_server, killed_after_the_exchange)
FROZEN = tuple(frozen_refused if flow is refused_by_the_server else flow for flow in FLOWS)


def add(row, server, flows=FLOWS, **keys):
    """Makes each flow that the row does not have a test with this server. keys: more keys of
    the zone."""
    have = {name for name, _ in TESTS}
    for flow in flows:
        if f"{row}/{flow.__name__.replace('_', '-')}" not in have:
            test(flow, module=row, kind=functools.partial(Site, server=server, keys=keys))
