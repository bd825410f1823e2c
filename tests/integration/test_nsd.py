# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""The life of an order on zone files that an NSD serves."""
import os
import re
import time

from harness import SERIAL, ZONE, calls, check, equal, kill_at, silent_server, strace, test
from servers import free_port

# Tokens without a date in front, so that no clock decides about them.
OLD = "old-k7q2x9m4t1v8b5n3"
NEW = "new-p3w6r0d8h2j5f9s1"
OTHER = "other-y4u7e1a9g3l6c0z8"
OWNER = "_dnsauth.example.com"


def record(value, owner=OWNER):
    return f"{owner} TXT {value}"


def orders(site):
    return {(ca, number): state for ca, number, state in
            site.ledger("SELECT ca, id, state FROM orders")}


def unsettled(site):
    return site.ledger("SELECT * FROM changes WHERE state NOT IN ('done', 'failed')")


def is_done(site, value):
    """What must hold after a run that went through, whatever happened before it."""
    equal(site.values(OWNER), [value], "values served")
    equal(site.zone_file.read_text().count(value), 1, "times the value stands in the file")
    equal(site.files(), ["example.com.zone"], "files beside the zone")
    equal(unsettled(site), [], "journal rows not settled")
    equal(orders(site)[("digicert", "1001")], "effective", "state")


# --- apply

@test
def apply(site):
    order = site.order(1001, record(NEW))
    run = site.apply(order)
    is_done(site, NEW)
    equal(site.dig(OWNER), [(300, f'"{NEW}"')], "what dig sees")
    equal(site.serial(), SERIAL + 1, "serial")
    gone, came = site.moved(ZONE)
    equal(gone, ["\t\t\t41         ; serial"], "lines that left")
    equal(len(came), 2, "lines that came")
    check("\t\t\t42         ; serial" in came, f"the serial's line: {came}")
    check(OWNER in run.out or "_dnsauth" in run.out, "the result does not name the record")
    equal(site.ledger("SELECT DISTINCT ours FROM placements"), [(1,)], "whose placement")
    equal(oct(site.ledger_file.stat().st_mode & 0o777), "0o600", "mode of the ledger")


@test
def second_apply(site):
    order = site.order(1001, record(NEW))
    site.apply(order)
    before, rows = site.identity(), site.ledger("SELECT count(*) FROM changes")
    text, rrsets = site.zone_file.read_bytes(), site.ledger("SELECT * FROM rrsets")
    run = site.apply("--json", order)
    equal(run.json()["changed"], False, "changed")
    equal(site.identity(), before, "identity of the zone file")
    equal(site.zone_file.read_bytes(), text, "the zone file")
    equal(site.serial(), SERIAL + 1, "serial")
    equal(site.ledger("SELECT count(*) FROM changes"), rows, "rows of the journal")
    equal(site.ledger("SELECT * FROM rrsets"), rrsets, "rows of the RRsets")


@test
def second_apply_writes_nothing(site):
    order = site.order(1001, record(NEW))
    site.apply(order, build="release")
    log = strace(site, site.argv("apply", "--until", "effective", order, build="release"), "-f",
                 "-e", "trace=/^(rename|unlink|link|f?truncate|f(data)?sync|p?write)")
    allowed = ("write(1<", "write(2<")  # and what is no file, and who holds the lock
    wrote = [line for line in log if "(" in line
             and not line.split(None, 1)[1].startswith(allowed) and ".lock>" not in line
             and not re.search(r"write\(\d+<(socket|pipe|anon_inode|/dev/null)", line)]
    equal(wrote, [], "system calls that write")


@test
def effective_opens_no_resolver(site):
    order = site.order(1001, record(NEW))
    log = "\n".join(strace(site, site.argv("apply", "--until", "effective", order,
                                           build="release"), "-f", "-e", "trace=openat"))
    check("libuv.so" in log, "strace saw no library")
    check("unbound" not in log, "a resolver was opened to ask authoritative servers")


@test
def revision(site):
    site.apply(site.order(1001, record(OLD)))
    before = site.zone_file.read_text()
    site.apply(site.order(1001, record(NEW)))
    is_done(site, NEW)
    equal(site.serial(), SERIAL + 2, "serial: one step for old and new together")
    check(OLD not in site.zone_file.read_text(), "the old value stands in the file")
    equal(len(site.moved(before)[0]), 2, "lines that left")
    equal(site.ledger("SELECT revision FROM orders"), [(2,)], "revision")


@test(zone=ZONE.replace("41 ", "2020010105 "))
def date_serial(site):
    site.apply(site.order(1001, record(NEW)))
    earliest = int(time.strftime("%Y%m%d00", time.gmtime(time.time() - 60)))
    check(earliest <= site.serial() <= int(time.strftime("%Y%m%d99", time.gmtime())),
          f"serial {site.serial()} is not today's")


@test(zone=ZONE.replace("41 ", "2099010105 "))
def serial_never_goes_back(site):
    """A date ahead of today: old + 1, and it is said."""
    run = site.apply(site.order(1001, record(NEW)))
    equal(site.serial(), 2099010106, "serial")
    check("2099010105" in run.out + run.err, "no word about the serial that is ahead of today")


@test
def apex_beside_spf(site):
    before = site.zone_file.read_text()
    line = next(line for line in before.splitlines() if "spf1" in line)
    order = site.order(1001, record(NEW, "example.com"))
    site.apply(order)
    equal(sorted(site.dig("example.com")), sorted([(3600, '"v=spf1 mx -all"'),
                                                   (3600, f'"{NEW}"')]), "apex TXT")
    check(line in site.zone_file.read_text().splitlines(), "the foreign line was changed")
    site.dcvctl("close", "--issued", "1001")
    site.dcvctl("cleanup", "1001")
    equal(site.dig("example.com"), [(3600, '"v=spf1 mx -all"')], "apex TXT after cleanup")
    gone, came = site.moved(before)
    equal((len(gone), len(came)), (1, 1), "lines that differ from the first day (the serial)")


@test
def shared_owner(site):
    site.apply(site.order(1001, record(OLD)))
    site.apply(site.order(1002, record(NEW)))
    equal(site.values(OWNER), sorted([OLD, NEW]), "both values")
    site.dcvctl("close", "--issued", "1001")
    site.dcvctl("cleanup", "1001")
    equal(site.values(OWNER), [NEW], "what the open order needs")
    equal(orders(site), {("digicert", "1001"): "cleaned", ("digicert", "1002"): "effective"},
          "states")


@test
def shared_value(site):
    """One value that two orders want goes only with the last of them."""
    site.apply(site.order(1001, record(NEW)))
    site.apply(site.order(1002, record(NEW)))
    equal(site.zone_file.read_text().count(NEW), 1, "times the value stands in the file")
    site.dcvctl("close", "--issued", "1001")
    site.dcvctl("cleanup", "1001")
    equal(site.values(OWNER), [NEW], "the value that 1002 needs")
    site.dcvctl("close", "--cancelled", "1002")
    site.dcvctl("cleanup", "1002")
    equal(site.values(OWNER), [], "values after the last order")


@test
def file_keeps_its_mode_and_link(site):
    real = site.zones / "real.zone"
    site.zone_file.rename(real)
    real.chmod(0o640)
    site.zone_file.symlink_to("real.zone")
    site.apply(site.order(1001, record(NEW)))
    check(site.zone_file.is_symlink(), "the symbolic link was replaced")
    equal(oct(real.stat().st_mode & 0o7777), "0o640", "mode")
    equal(site.values(OWNER), [NEW], "values served")
    equal(site.files(), ["example.com.zone", "real.zone"], "files beside the zone")


@test
def included_file(site):
    """A set in an included file is edited there; in the zone's own file only the serial moves."""
    part = site.zones / "part.inc"
    part.write_text(f"; a part\n_dnsauth 600 TXT {OTHER} ; by hand\n")
    site.zone_file.write_text(f"{ZONE}$INCLUDE {part}\n")
    site.load()
    own, theirs = site.zone_file.read_text(), f"TXT {OTHER} ; by hand\n"
    site.apply(site.order(1001, record(NEW)))
    equal(site.values(OWNER), sorted([OTHER, NEW]), "values served")
    check(theirs in part.read_text(), "the other value's line was respelt")
    equal(part.read_text().count(NEW), 1, "times the value stands in the included file")
    equal(site.moved(own)[0], ["\t\t\t41         ; serial"], "lines that left the zone file")
    site.dcvctl("close", "--issued", "1001")
    site.dcvctl("cleanup", "1001")
    check(theirs in part.read_text(), "the other value's line is gone")
    equal(part.read_text().count("\n"), 2, "lines of the included file after the clean-up")
    equal(site.values(OWNER), [OTHER], "values served after the clean-up")


# --- refused

@test(zone=ZONE + "*\tIN A 192.0.2.99\n")
def wildcard_shadow(site):
    before = site.identity()
    run = site.apply(site.order(1001, record(NEW, "_dnsauth.shop.example.com")), status=6)
    check("shop.example.com" in run.err, "the host that would go dark is not named")
    equal(site.identity(), before, "identity of the zone file")
    equal(site.values("shop.example.com", "A"), ["192.0.2.99"], "what the wildcard answers")
    site.apply(site.order(1002, record(NEW)))  # at a name that exists: no harm
    equal(site.values(OWNER), [NEW], "values served")


@test(zone=ZONE + f"_dnsauth 86400 IN TXT \"{OLD}\"\n")
def leftover(site):
    before = site.identity()
    order = site.order(1001, record(NEW), service="huaweicloud-scm")
    run = site.apply(order, status=6)
    check(f"--previous {OLD}" in run.err, "the command that removes it is not shown")
    equal(site.identity(), before, "identity of the zone file")
    site.dcvctl("plan", order, status=6)
    site.apply("--previous", OLD, order)
    is_done(site, NEW)
    equal(site.dig(OWNER), [(300, f'"{NEW}"')], "what dig sees")
    equal(site.serial(), SERIAL + 1, "serial")


@test(zone=ZONE + f"_dnsauth 86400 IN TXT \"{OLD}\"\n")
def foreign_value_stays(site):
    """Another's value at the owner: kept with its TTL, through the whole life of an order."""
    before = site.zone_file.read_text()
    site.apply(site.order(1001, record(NEW)))
    equal(site.values(OWNER), sorted([OLD, NEW]), "values served")
    site.apply(site.order(1001, record(OTHER)))
    equal(site.values(OWNER), sorted([OLD, OTHER]), "values served after the re-issue")
    site.dcvctl("close", "--issued", "1001")
    site.dcvctl("cleanup", "1001")
    equal(site.values(OWNER), [OLD], "values served after the clean-up")
    check(f'TXT "{OLD}"\n' in site.zone_file.read_text(), "the foreign line was respelt")
    equal(len(site.moved(before)[1]) <= 2, True, "lines that differ from the first day")


@test(zone=ZONE + f"example.com. 3600 IN TXT \"{OLD}\"\n")
def found_at_a_shared_name(site):
    """A token that stood at the apex before us is wanted, but stays somebody else's."""
    foreign = sorted(["v=spf1 mx -all", OLD])
    site.apply(site.order(1001, record(OLD, "example.com")))
    equal(site.ledger("SELECT DISTINCT ours FROM placements"), [(0,)], "whose placement")
    equal(site.serial(), SERIAL, "serial: nothing was to be written")
    site.apply(site.order(1001, record(NEW, "example.com")))
    equal(site.values("example.com"), sorted([*foreign, NEW]), "apex TXT after the re-issue")
    site.dcvctl("close", "--issued", "1001")
    site.dcvctl("cleanup", "1001")
    equal(site.values("example.com"), foreign, "apex TXT after the clean-up")


@test
def not_allowed(site):
    """What an order may not write: a name that is not DCV's, and text that is no token."""
    before = site.identity()
    site.apply(site.order(1001, record(NEW, "_dmarc.example.com")), status=6)
    site.apply(site.order(1002, record(NEW, "_sip._tcp.example.com")), status=6)
    site.apply(site.order(1003, "{domain: example.com, host: www, type: TXT, "
                                "value: 'v=spf1 +all'}"), status=6)
    equal(site.identity(), before, "identity of the zone file")


# --- reload

@test
def reload_refused(site):
    site.configure(reload='{command: ["false"]}')
    order = site.order(1001, record(NEW))
    site.apply(order, status=1)
    equal(site.zone_file.read_text(), ZONE, "the zone file")
    equal(site.files(), ["example.com.zone"], "files beside the zone")
    equal(unsettled(site), [], "journal rows not settled")
    site.configure()
    site.apply(order)
    is_done(site, NEW)


@test
def reload_silent(site):
    """The command says yes and the server goes on serving the old zone: kept, status 3."""
    site.configure(reload='{command: ["true"]}')
    order = site.order(1001, record(NEW))
    run = site.apply("--deadline", "3s", order, status=3)
    check(run.seconds < 15, f"took {run.seconds:.1f} s")
    check(NEW in site.zone_file.read_text(), "the change was not kept")
    site.configure()
    site.apply(order)
    is_done(site, NEW)


# --- cut off

def apply_argv(site, order):
    return site.argv("apply", "--until", "effective", order, build="release")


def traced_apply(site, order):
    """The system calls of a whole apply; the site is then as on the first day again."""
    trace = list(calls(strace(site, apply_argv(site, order))))
    is_done(site, NEW)
    site.reset()
    return trace


def position(trace, what, start=0):
    for i in range(start, len(trace)):
        if what(*trace[i]):
            return i
    check(False, "the trace does not hold the system call looked for")


def exchange(name, _, line):
    return name == "renameat2" and "RENAME_EXCHANGE" in line


def journal(name, _, line):
    return name == "openat" and "-journal" in line


def effects(trace):
    """The calls that others can see, from the first write of the ledger on: a kill between two
    of them is a kill before the later one."""
    return [(name, index) for name, index, _ in trace[position(trace, journal):]
            if re.match(r"p?write|f(data)?sync|unlink|mkdir|rename|fchown|fchmod|copy_file_range"
                        "|ftruncate|clone|wait4|sendto", name)]


def killed_and_again(site, order, name, index):
    check(kill_at(site, apply_argv(site, order), name, index),
          f"not killed at {name} {index}")
    text = site.zone_file.read_text()
    check(text == ZONE or text.count(NEW) == 1 and text.endswith("\n"), "a torn file")
    equal(text.count("SOA"), 1, "the file after the kill: SOA records")
    site.apply(order, build="release")
    is_done(site, NEW)


@test
def killed_before_the_exchange(site):
    order = site.order(1001, record(NEW))
    trace = traced_apply(site, order)
    name, index, _ = trace[position(trace, exchange)]
    killed_and_again(site, order, name, index)
    equal(site.serial(), SERIAL + 1, "serial")


@test
def killed_and_not_done_is_noted_as_not_done(site):
    order = site.order(1001, record(NEW))
    trace = traced_apply(site, order)
    name, index, _ = trace[position(trace, exchange)]
    check(kill_at(site, apply_argv(site, order), name, index), "not killed")
    site.dcvctl("cleanup", "--cancel", "1001", build="release")
    equal(site.ledger("SELECT op, state FROM changes WHERE op = 'add'"), [("add", "failed")],
          "the journal of the run that was killed")
    equal(site.ledger("SELECT count(*) FROM placements"), [(0,)], "placements")
    equal(site.values("_dnsauth.www.example.com"), [], "what is served")


@test
def killed_after_the_exchange(site):
    order = site.order(1001, record(NEW))
    trace = traced_apply(site, order)
    name, index, _ = trace[position(trace, exchange) + 1]
    killed_and_again(site, order, name, index)
    equal(site.serial(), SERIAL + 1, "serial: recovery makes no further step")


@test
def killed_before_the_outcomes(site):
    order = site.order(1001, record(NEW))
    trace = traced_apply(site, order)
    name, index, _ = trace[position(trace, journal, position(trace, exchange))]
    killed_and_again(site, order, name, index)
    equal(site.serial(), SERIAL + 1, "serial: recovery makes no further step")


@test
def killed_anywhere(site):
    """Before each call that has an effect, from the first write of the ledger to the end."""
    order = site.order(1001, record(NEW))
    points = effects(traced_apply(site, order))
    check(len(points) > 50, f"only {len(points)} calls with an effect in the trace")
    for name, index in points:
        if kill_at(site, apply_argv(site, order), name, index):
            site.apply(order, build="release")
            is_done(site, NEW)
        site.reset()


@test
def killed_cleanup(site):
    """A removal that was cut off is carried to its end, too."""
    order = site.order(1001, record(NEW))

    def until_closed():
        site.apply(order, build="release")
        site.dcvctl("close", "--issued", "1001", build="release")

    argv = site.argv("cleanup", "1001", build="release")
    until_closed()
    points = effects(list(calls(strace(site, argv))))
    check(len(points) > 50, f"only {len(points)} calls with an effect in the trace")
    for name, index in points[::4]:
        site.reset()
        until_closed()
        if kill_at(site, argv, name, index):
            site.exec(argv)
        equal(site.values(OWNER), [], f"values served, killed at {name} {index}")
        equal(site.files(), ["example.com.zone"], "files beside the zone")
        equal(unsettled(site), [], "journal rows not settled")
        equal(orders(site)[("digicert", "1001")], "cleaned", "state")


@test
def durable_before_exchange(site):
    """The new file is on disk before it takes the name, the directory before it is said."""
    log = strace(site, apply_argv(site, site.order(1001, record(NEW))), "-f")
    names = [line.split(None, 1)[1] for line in log]
    at = next(i for i, line in enumerate(names)
              if line.startswith("renameat2(") and "RENAME_EXCHANGE" in line)
    zones = str(site.zones)

    def synced(line, path):
        return line.startswith(("fsync(", "fdatasync(")) and line.split("<")[1].startswith(path)

    check(any(synced(line, f"{zones}/") for line in names[:at]),
          "no fsync of the new file before the exchange")
    after = names[at + 1:]
    told = next(i for i, line in enumerate(after)
                if line.startswith(("unlink", "execve(", "clone", "vfork")))
    check(any(synced(line, f"{zones}>") for line in after[:told]),
          "no fsync of the directory between the exchange and what comes after it")


@test
def intents_before_effects(site):
    """The ledger's intents are on disk before the zone file moves."""
    log = strace(site, apply_argv(site, site.order(1001, record(NEW))), "-f")
    at = next(i for i, line in enumerate(log) if "RENAME_EXCHANGE" in line)
    committed = [i for i, line in enumerate(log)
                 if "unlink" in line and "ledger.db-journal" in line]
    check(any(i < at for i in committed), "no commit of the ledger before the exchange")
    check(any(i > at for i in committed), "no commit of the ledger after the exchange")
    killed = site.order(1001, record(NEW))
    site.reset()
    name, index, _ = next(call for call in calls(strace(site, apply_argv(site, killed)))
                          if exchange(*call))
    site.reset()
    check(kill_at(site, apply_argv(site, killed), name, index), "not killed")
    equal(site.ledger("SELECT op, state FROM changes WHERE op = 'add'"), [("add", "intent")],
          "journal rows as the file is about to move")


# --- two at once

@test
def two_runs(site):
    script = site.where / "reload.sh"
    script.write_text(f"""\
touch {site.where}/reloading
i=0
while [ ! -e {site.where}/go ] && [ $i -lt 400 ]; do sleep 0.05; i=$((i + 1)); done
exec nsd-control -c {site.nsd.conf} reload "$1"
""")
    site.configure(reload=f'{{command: ["sh", "{script}", "{{zone}}"]}}')
    first, second = site.order(1001, record(OLD)), site.order(1002, record(NEW))
    slow = site.popen("apply", "--until", "effective", first)
    end = time.monotonic() + 20
    while not (site.where / "reloading").exists() and time.monotonic() < end:
        check(slow.poll() is None, "the first run ended early")
        time.sleep(0.02)
    run = site.apply("--lock-timeout", "0s", second, status=5)
    check("run:" in run.err or "help:" in run.err, "no word about what to do")
    check(str(slow.pid) in run.err, "the holder of the lock is not named")
    waiting = site.popen("apply", "--until", "effective", second)
    time.sleep(0.3)
    check(waiting.poll() is None, "the second run did not wait")
    (site.where / "go").touch()
    for process in (slow, waiting):
        out, err = process.communicate(timeout=60)
        equal(process.returncode, 0, f"exit status\n{out}{err}")
    equal(site.values(OWNER), sorted([OLD, NEW]), "both values")


# --- close and cleanup

@test
def close_and_cleanup(site):
    order = site.order(1001, record(NEW))
    site.apply(order)
    site.dcvctl("close", "--issued", "1001")
    equal(site.values(OWNER), [NEW], "close removes nothing")
    run = site.dcvctl("cleanup", "1001")
    equal(site.values(OWNER), [], "values served")
    check(NEW not in site.zone_file.read_text(), "the value stands in the file")
    equal(orders(site), {("digicert", "1001"): "cleaned"}, "states")
    equal(site.ledger("SELECT count(*) FROM placements WHERE ours = 1"), [(0,)], "placements")
    equal(unsettled(site), [], "journal rows not settled")
    check("1001" in run.out, "the result does not name the order")
    gone, came = site.moved(ZONE)
    equal((len(gone), len(came)), (1, 1), "lines that differ from the first day (the serial)")
    before = site.identity()
    site.dcvctl("cleanup", "1001")
    equal(site.identity(), before, "identity of the zone file after a second clean-up")


@test
def cleanup_of_an_open_order(site):
    site.apply(site.order(1001, record(NEW)))
    before = site.identity()
    run = site.dcvctl("cleanup", "1001", status=6)
    check("close" in run.err, "the way out is not named")
    equal(site.identity(), before, "identity of the zone file")
    equal(site.values(OWNER), [NEW], "values served")


@test
def closed_order_is_not_written_again(site):
    """Configuration management that applies last year's directory does no harm."""
    order = site.order(1001, record(NEW))
    site.apply(order)
    site.dcvctl("close", "--issued", "1001")
    site.dcvctl("cleanup", "1001")
    before = site.identity()
    run = site.apply(order)
    check("1001" in run.out + run.err, "not said that the order is closed")
    equal(site.identity(), before, "identity of the zone file")
    equal(site.values(OWNER), [], "values served")


@test
def closed_value_leaves_with_the_next_order(site):
    """The value of a closed order at the owner goes in the change that brings the new one."""
    site.apply(site.order(1001, record(OLD)))
    site.dcvctl("close", "--issued", "1001")
    site.apply(site.order(1002, record(NEW)))
    equal(site.values(OWNER), [NEW], "values served")
    equal(site.serial(), SERIAL + 2, "serial")


@test
def status_shows_the_order(site):
    site.apply(site.order(1001, record(NEW)))
    check("effective" in site.dcvctl("status", "1001").out, "the state is not shown")
    check("1001" in site.dcvctl("status").out, "the order is not shown")


# --- check and wait

@test
def check_before_apply(site):
    order = site.order(1001, record(NEW))
    site.dcvctl("check", order, status=2)
    check(not site.ledger_file.exists(), "check made a ledger")
    site.apply(order)
    site.dcvctl("check", "--until", "effective", order)


@test
def effective_after_published(site):
    order = site.order(1001, record(NEW))
    site.dcvctl("apply", "--until", "published", order)
    equal(orders(site)[("digicert", "1001")], "published", "state")
    site.dcvctl("wait", "--until", "effective", order)
    equal(orders(site)[("digicert", "1001")], "effective", "state")


@test
def silent_name_server(site):
    """One of two never answers: written, not effective, and the end comes in time."""
    with silent_server() as dead:
        site.configure(nameservers=[site.nsd.address(), dead])
        order = site.order(1001, record(NEW))
        run = site.apply("--deadline", "3s", order, status=4)
        check(run.seconds < 9, f"took {run.seconds:.1f} s")
        check(dead in run.out + run.err, "the silent server is not named")
        check("run:" in run.err or "help:" in run.err, "no word about what to do")
        equal(site.values(OWNER), [NEW], "values served")
        run = site.dcvctl("wait", "--until", "effective", "--deadline", "2s", order, status=4)
        check(run.seconds < 8, f"took {run.seconds:.1f} s")
        site.dcvctl("check", "--until", "effective", "--deadline", "2s", order, status=2)


@test
def name_server_unreachable(site):
    dead = f"127.0.0.1:{free_port()}"
    site.configure(nameservers=[dead])
    order = site.order(1001, record(NEW))
    run = site.apply("--deadline", "3s", order, status=7)
    check(run.seconds < 9, f"took {run.seconds:.1f} s")
    check(dead in run.out + run.err, "the address is not named")
    site.dcvctl("check", "--until", "effective", "--deadline", "2s", order, status=7)


# --- what it says

@test
def json_result(site):
    order = site.order(1001, record(NEW))
    result = site.dcvctl("plan", "--json", order, status=2).json()
    equal((result["command"], result["changed"], result["failed"], result["exit"]),
          ("plan", True, False, 2), "plan: command, would change, failed, exit")
    result = site.apply("--json", order).json()
    equal((result["schema"], result["command"], result["changed"], result["failed"],
           result["exit"]), (1, "apply", True, False, 0), "apply")
    equal((result["zones"][0]["serial_before"], result["zones"][0]["serial_after"]),
          (SERIAL, SERIAL + 1), "serials")
    one = result["orders"][0]
    equal((one["order"], one["ca"], one["state"]), ("1001", "digicert", "effective"), "order")
    equal((one["records"][0]["type"], one["records"][0]["ttl"]), ("TXT", 300), "record")
    check(NEW in one["records"][0]["value"], "the record's value")
    (site.where / "bad.yaml").write_text("ca: digicert\nrecords: [\n")
    result = site.apply("--json", str(site.where / "bad.yaml"), status=65).json()
    equal((result["failed"], result["exit"], result["changed"]), (True, 65, False), "bad order")
    check(result["errors"], "no error in the result")


@test
def dry_run_writes_nothing(site):
    order = site.order(1001, record(NEW))
    before, listing = site.identity(), sorted(os.listdir(site.where))
    for flag in ("-n", "--dry-run", "--check"):
        run = site.apply(flag, order, status=2)
        check(NEW in run.out, "the plan does not show the value")
    site.dcvctl("plan", order, status=2)
    equal(site.identity(), before, "identity of the zone file")
    equal(sorted(os.listdir(site.where)), listing, "what lies in the directory")
    check(not site.state.exists(), "a ledger was made")
    site.apply(order)
    site.dcvctl("plan", order)


@test
def no_configuration(site):
    ledger = site.where / "own" / "ledger.db"
    common = ["--zone-file", f"example.com={site.zone_file}", "--reload", "none",
              "--ledger", str(ledger), "--nameserver", site.nsd.address(), "--ca", "digicert",
              "--order", "77", "--record", f"{OWNER} TXT {NEW}"]
    program = site.argv("apply")[0]
    site.exec([program, "apply", "--until", "published", *common])
    check(NEW in site.zone_file.read_text(), "not written")
    check(ledger.exists(), "no ledger")
    site.exec([program, "check", "--until", "effective", *common], status=2)
    site.load()
    site.exec([program, "wait", "--until", "effective", "--deadline", "10s", *common])


@test
def usage(site):
    for args in (["aply"], ["apply", "--untill", "effective"], ["apply"], []):
        run = site.exec([site.argv("x")[0], *args], status=64)
        check("run:" in run.err or "help:" in run.err or "usage" in run.err.lower(),
              "no word about what to type")
    site.exec([site.argv("x")[0], "apply", "--config", "/nonexistent/dcvctl.yaml",
               site.order(1001, record(NEW))], status=78)
