# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What is said: formats of a plan, summaries, status in all its forms, events, the live view on
a terminal, completion, and how a signal ends a run."""
import contextlib
import csv
import fcntl
import html.parser
import io
import json
import os
import pathlib
import pty
import re
import select
import signal
import sqlite3
import struct
import subprocess
import termios
import time

import jsonschema

from harness import RUN_LIMIT_S, ZONE, check, equal, silent_server, test
from report import Failure

# Half of the deadlines below: who ends sooner did not wait for them, on the busiest machine too.
SOON_S = 25

ROOT = pathlib.Path(__file__).parents[2]
OWNER = "_dnsauth.example.com"
NEW = "202611210000002aurxma1k3v"
OLD = "202605020000001k9qz7tt0b2"
DAY_S = 86400


def record(value=NEW, owner=OWNER):
    return f"{owner} TXT {value}"


def many(site, n, number=1001, **keys):
    """An order of n records."""
    return site.order(number, *(record(f"{NEW}{i}", f"_dnsauth.h{i}.example.com")
                                for i in range(n)), **keys)


def odd_order(site):
    """Values with what each format could take for its own."""
    return site.order(1001, "'" + r'_dnsauth.example.com TXT "a|b`c,d;e\"f\\g"' + "'",
                      record(NEW, "_dnsauth.www.example.com"))


ODD = r'"a|b`c,d;e\"f\\g"'


# --- formats

@test
def format_zone(site):
    out = site.dcvctl("plan", "--format", "zone", odd_order(site), status=2).out
    lines = [line for line in out.splitlines() if not line.startswith(";")]
    equal(len(lines), 2, "lines that are records")
    whole = site.where / "whole.zone"
    whole.write_text(ZONE + out)
    site.exec(["named-checkzone", "-D", "-o", str(site.where / "checked"), "example.com",
               str(whole)])
    checked = (site.where / "checked").read_text()
    check(ODD in checked, f"named-checkzone reads another value\n{checked}")
    equal(site.zone_file.read_text(), ZONE, "the zone file")


@test(zone=ZONE + f"_dnsauth 86400 IN TXT \"{OLD}\"\n")
def format_zone_removal(site):
    out = site.dcvctl("plan", "--format", "zone", "--previous", OLD,
                      site.order(1001, record()), status=2).out
    check(f'; remove: {OWNER}. 86400 IN TXT "{OLD}"' in out, f"no removal as a comment:\n{out}")


@test(zone=ZONE + f"_dnsauth 86400 IN TXT \"{OLD}\"\n")
def format_nsupdate(site):
    """What nsupdate makes of the script: exact values, in one message."""
    out = site.dcvctl("plan", "--format", "nsupdate", "--previous", OLD, odd_order(site),
                      status=2).out
    equal(out.count("\nsend\n"), 1, "messages")
    script = site.where / "script"
    script.write_text(out.replace("\nsend\n", "\nshow\n"))
    shown = site.exec(["nsupdate", str(script)]).out
    check(re.search(rf'^{OWNER}\.\s+0\s+NONE\s+TXT\s+"{OLD}"$', shown, re.M),
          f"the old value is not deleted:\n{shown}")
    check(re.search(rf"^{OWNER}\.\s+300\s+IN\s+TXT\s+{re.escape(ODD)}$", shown, re.M),
          f"the new value is not added:\n{shown}")


@test
def format_csv(site):
    out = site.dcvctl("plan", "--format", "csv", odd_order(site), status=2).out
    check(out.startswith("zone,backend,owner,type,ttl,op,value,order,reason\n"), out)
    rows = list(csv.DictReader(io.StringIO(out)))
    equal([(row["zone"], row["owner"], row["type"], row["ttl"], row["op"], row["value"],
            row["order"]) for row in rows],
          [("example.com.", f"{OWNER}.", "TXT", "300", "add", ODD, "1001"),
           ("example.com.", "_dnsauth.www.example.com.", "TXT", "300", "add", f'"{NEW}"',
            "1001")], "rows")


@test
def format_markdown(site):
    out = site.dcvctl("plan", "--format", "markdown", odd_order(site), status=2).out
    rows = [line for line in out.splitlines() if line.startswith("|")]
    equal({line.count("|") - line.count("\\|") for line in rows}, {8}, "bars of the rows")
    equal({line.count("`") for line in rows[2:]}, {4}, "backquotes of the rows")
    check(r'\124' in out and r'\096' in out, "bar and backquote are not there as octets")


@test
def format_json(site):
    order = site.order(1001, record())
    one, other = (site.dcvctl("plan", *args, order, status=2).json()
                  for args in (["--format", "json"], ["--json"]))
    equal(one, other, "the document")
    equal(one["orders"][0]["records"],
          [{"owner": f"{OWNER}.", "type": "TXT", "value": f'"{NEW}"', "ttl": 300,
            "zone": "example.com.", "backend": f"file:{site.zone_file}", "outcome": "planned",
            "reason": "this order", "servers": []}], "records")
    site.dcvctl("plan", "--format", "csv", "--json", order, status=64)
    site.dcvctl("plan", "--format", "xml", order, status=64)


@test(zone=ZONE + f"_dnsauth 86400 IN TXT \"{OLD}\"\n")
def format_refused(site):
    """A plan that apply would refuse is nothing that somebody could carry out."""
    order = site.order(1001, record(), service="huaweicloud-scm")
    for name in ("zone", "nsupdate", "csv"):
        out = site.dcvctl("plan", "--format", name, order, status=6).out
        equal([line for line in out.splitlines() if not line.startswith((";", "zone,"))], [],
              f"lines of --format {name}")
    out = site.dcvctl("plan", "--format", "markdown", order, status=6).out
    check("refused" in out, "markdown does not say that it is refused")


@test
def documents_as_promised(site):
    """Each form of the result is one that src/cmd/result.schema.json describes."""
    schema = json.loads((ROOT / "src/cmd/result.schema.json").read_text())
    order = site.order(1001, record())

    def document(command, *args, status=0):
        result = site.dcvctl(command, "--json", *args, status=status).json()
        try:
            jsonschema.validate(result, schema)
        except jsonschema.ValidationError as error:
            raise Failure(f"{command} {args}: {error}") from None
        return result

    equal(document("plan", order, status=2)["totals"]["add"], 1, "values to add")
    applied = document("apply", "--until", "effective", order)
    equal((applied["totals"]["effective"], applied["totals"]["late"]), (1, 0), "totals")
    equal(applied["orders"][0]["records"][0]["outcome"], "done", "outcome of the record")
    late = document("wait", "--deadline", "1s", "--nameserver", site.nsd.address(),
                    "--nameserver", "127.0.0.1:1", order, status=4)
    equal((late["totals"]["effective"], late["totals"]["late"]), (0, 1), "totals of a wait")
    document("close", "--issued", "1001")
    removed = document("cleanup", "1001")["removed"]
    equal([(gone["value"], gone["why"], gone["evidence"]) for gone in removed],
          [(f'"{NEW}"', "issued", None)], "what was removed, and why")
    for args in ([], ["--log"], ["--kept"], ["--attention"]):
        document("status", *args)


# --- many records

@test
def summary_of_a_plan(site):
    order = many(site, 21)
    out = site.dcvctl("plan", order, status=2).out
    check("21 records" in out and "to add         21" in out, "no summary")
    check("_dnsauth.h7." not in out, "each record is shown")
    check("_dnsauth.h7." in site.dcvctl("plan", "--all", order, status=2).out,
          "--all does not show each record")
    small = many(site, 20, 1002)
    check("_dnsauth.h7." in site.dcvctl("plan", small, status=2).out,
          "20 records are summed up")


@test
def summary_of_a_check(site):
    order = many(site, 25)
    with silent_server() as silent:
        site.apply(order)
        site.configure(nameservers=[site.nsd.address(), silent])
        run = site.dcvctl("check", "--deadline", "1s", order, status=2)
    check("effective 0/25 records" in run.out, "no count")
    lines = [line for line in run.out.splitlines() if line.startswith("  timeout")]
    equal(len(lines), 1, "lines for the one server that is silent")
    check(silent in lines[0] and "1001" in lines[0], "server or order is not named")
    check("help: " in run.out, "no remedy")


@test(zone=ZONE + "".join(f'_dnsauth.h{i} 86400 IN TXT "{OLD}"\n' for i in range(25)))
def problems_by_cause(site):
    order = many(site, 25, service="huaweicloud-scm")
    run = site.dcvctl("plan", order, status=6)
    check("[P03] 25 times: 1001" in run.err, "the cause is not counted")
    equal(run.err.count("[P03]"), 2, "times the cause is shown")
    run = site.dcvctl("plan", "--all", order, status=6)
    equal(run.err.count("[P03]"), 25, "times the cause is shown with --all")


@test
def limit(site):
    site.apply(many(site, 5), "--limit", "2")
    for command in (["plan"], ["check"]):
        out = site.dcvctl(*command, "--limit", "2", site.order(1002, *(
            record(f"{NEW}{i}", f"_dnsauth.k{i}.example.com") for i in range(5))),
            status=2).out
        if command == ["check"]:
            equal(out.count("   ok at "), 2, "records shown")
            check("and 3 more (--limit 2)" in out, "the rest is not counted")
    site.apply(site.order(1003, record()))
    out = site.dcvctl("status", "--limit", "1").out
    check("and 1 more (--limit 1)" in out, "the rest of the orders is not counted")
    site.dcvctl("status", "--limit", "0", status=64)


# --- selection

@test
def selection(site):
    orders = site.where / "orders"
    orders.mkdir()
    for number in (1001, 1002):
        pathlib.Path(site.order(number, record(f"{NEW}{number}", f"_dnsauth.h{number}"
                                               ".example.com"))).rename(
            orders / f"{number}.yaml")

    def taken(command, *args, status=None):
        run = site.dcvctl(command, "--json", *args, str(orders), status=status)
        return sorted(order["order"] for order in run.json()["orders"])

    equal(taken("plan", "--zone", "h1001.example.com"), ["1001"], "orders of --zone")
    equal(taken("plan", "--zone", "Example.COM."), ["1001", "1002"], "orders of the zone")
    equal(taken("plan", "--ca", "DigiCert"), ["1001", "1002"], "orders of --ca")
    equal(taken("plan", "--ca", "example.net"), [], "orders of another CA")
    site.apply("--zone", "h1001.example.com", str(orders))
    equal(site.ledger("SELECT id FROM orders"), [("1001",)], "orders in the ledger")
    equal(taken("plan", "--state", "new"), ["1002"], "new orders")
    equal(taken("plan", "--state", "effective"), ["1001"], "effective orders")
    equal(taken("check", "--state", "open"), ["1001"], "open orders")
    site.dcvctl("plan", "--state", "effectiv", str(orders), status=64)
    run = site.dcvctl("plan", "--zone", "example.org", str(orders))
    check("none of them selected" in run.err, "that nothing is selected is not said")
    check("1001" not in site.dcvctl("status", "--state", "closed").out, "status --state")


# --- status

def age(site, sql):
    """Makes orders of the ledger older than they are."""
    with contextlib.closing(sqlite3.connect(site.ledger_file)) as db, db:
        db.execute(sql)


def causes(site, status=2):
    run = site.dcvctl("status", "--attention", "--json", status=status)
    return [(at["order"], at["cause"], at["do"]) for at in run.json()["attention"]]


@test
def attention(site):
    now = int(time.time())
    site.apply(site.order(1001, record("no-date-in-this-token-1")))
    equal(causes(site, 0), [], "a fresh order")
    age(site, f"UPDATE orders SET effective_at = {now - 15 * DAY_S}")
    equal(causes(site), [("1001", "unclosed", "dcvctl close --issued 1001")], "after 15 days")
    age(site, f"UPDATE orders SET expires = {now + 6 * DAY_S}")
    equal(causes(site), [("1001", "expiring", "dcvctl close --issued 1001")], "6 days left")
    age(site, "UPDATE orders SET state = 'pending'")
    equal(causes(site), [("1001", "pending", "dcvctl apply 1001")], "a lost value")
    age(site, f"UPDATE orders SET expires = {now - 1}")
    equal(causes(site), [("1001", "expired", "dcvctl cleanup 1001")], "dead tokens")
    out = site.dcvctl("status", "--attention", status=2).out
    check("run: dcvctl cleanup 1001" in out, "what to type is not said")
    site.dcvctl("cleanup", "1001")
    equal(causes(site, 0), [], "after the command was typed")
    check("r1" in site.dcvctl("status", "--log").out, "no log")


@test
def attention_of_a_cut_off_run(site):
    site.apply(site.order(1001, record()))
    age(site, "UPDATE changes SET state = 'intent' WHERE op = 'add'")
    equal(causes(site), [("1001", "unsettled", "dcvctl apply 1001")], "attention")


@test
def log(site):
    site.apply(site.order(1001, record(OLD.replace("202605", "202611"))))
    site.apply(site.order(1001, record()))
    out = site.dcvctl("status", "--log").out
    runs = re.findall(r"^(r\d+)  ", out, re.M)
    equal(runs, ["r1", "r2"], "runs")
    check(f'+ {OWNER} TXT "{NEW}"   order 1001' in out, "what came is not shown")
    check(re.search(rf"- {OWNER} TXT", out), "what went is not shown")
    last = site.dcvctl("status", "--log", "--limit", "1").out
    equal(re.findall(r"^(r\d+)  ", last, re.M), ["r2"], "runs of --limit 1")
    changes = site.dcvctl("status", "--log", "--json").json()["changes"]
    equal({change["run"] for change in changes}, {"r1", "r2"}, "runs of the document")
    check(all(change["at"].endswith("Z") for change in changes), "times are not UTC")


@test
def prometheus(site):
    site.apply(site.order(1001, record()))
    out = site.dcvctl("status", "--format", "prometheus").out
    samples = {}
    for line in out.splitlines():
        if line.startswith("#"):
            check(re.fullmatch(r"# (HELP \w+ .+|TYPE \w+ gauge)", line), line)
            continue
        found = re.fullmatch(r'(\w+(?:\{\w+="[^"]*"(?:,\w+="[^"]*")*\})?) (-?\d+)', line)
        check(found is not None, f"no sample: {line}")
        samples[found[1]] = int(found[2])
    one = '{ca="digicert",state="%s"}'
    equal(samples["dcvctl_orders" + one % "effective"], 1, "effective orders")
    equal(samples["dcvctl_orders" + one % "pending"], 0, "pending orders")
    check(29 * DAY_S < samples["dcvctl_token_expiry_seconds"] + 2 * DAY_S, "token expiry")
    check(out.endswith("\n"), "the last line has no end")


class Texts(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.texts = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        check(not any(name in ("src", "href") for name, _ in attrs), "the page loads something")

    def handle_data(self, data):
        self.texts.append(data)


@test
def html_page(site):
    site.apply(site.order(1001, record()))
    age(site, "UPDATE orders SET certificate = '<script>alert(1)</script>&\"'")
    page = Texts()
    page.feed(site.dcvctl("status", "--format", "html").out)
    check("script" not in page.tags, "text became a tag")
    check("<script>alert(1)</script>&\"" in page.texts, "text is not shown as it is")
    check(any(NEW in text for text in page.texts), "the value is not shown")


@test
def html_page_of_a_result(site):
    """What apply, check and wait say as JSON is what the page takes."""
    path, last = site.order(1001, record()), site.where / "last.json"
    for command in ("apply", "check", "wait"):
        until = ["--until", "effective"]
        last.write_text(site.dcvctl(command, "--json", path, *(until * (command != "check")),
                                    status=None).out)
        check(json.loads(last.read_text())["orders"], f"{command}: no order in the document")
        out = site.dcvctl("status", "--format", "html", "--result", str(last)).out
        check(re.search(r'<td role="cell" class="ok" data-label="[^"]*127\.0\.0\.1', out),
              f"{command}: no answer of the name server on the page")
        metrics = site.dcvctl("status", "--format", "prometheus", "--result", str(last)).out
        check(f'dcvctl_result_info{{command="{command}"' in metrics, metrics)


# --- what somebody else removed

@test
def lost_to_a_template(site):
    """A run of a template writes the zone anew: check says so and writes nothing, wait notes it."""
    order = site.order(1001, record())
    site.apply(order)
    site.zone_file.write_text(ZONE)
    site.load()
    before = site.ledger_file.read_bytes()
    document = site.dcvctl("check", "--json", "1001", status=2).json()
    told = [error for error in document["errors"] if error["id"] == "M67"]
    equal([error["severity"] for error in told], ["warning"], "warnings")
    for part in ("seen last at every name server", "missed now for the first time",
                 "dcvctl did not remove it", "the serial went back from 42 to 41"):
        check(part in told[0]["text"], f"not told: {part}")
    equal(site.ledger_file.read_bytes() == before, True, "the ledger is as it was")
    site.dcvctl("wait", "--deadline", "1s", "1001", status=4)
    equal(site.ledger("SELECT state FROM orders"), [("pending",)], "the state")
    attention = site.dcvctl("status", "--json").json()["attention"]
    equal([(at["order"], at["cause"]) for at in attention], [("1001", "lost")], "attention")
    check('dcvctl_attention{cause="lost"} 1' in site.dcvctl(
        "status", "--format", "prometheus").out, "no metric")
    site.apply("1001")
    equal(site.values(OWNER), [NEW], "values")
    equal(site.dcvctl("status", "--json").json()["attention"], [], "attention afterwards")


# --- events

def events(text):
    found = [json.loads(line) for line in text.splitlines()]
    check(all(event["schema"] == 1 and event["time"].endswith("Z") for event in found),
          "schema or time")
    return found


@test
def events_of_an_apply(site):
    path = site.where / "events"
    order = site.order(1001, record())
    site.apply("--events", str(path), order)
    found = events(path.read_text())
    names = [event["event"] for event in found]
    wanted = ["planned", "locked", "written", "reloaded", "seen", "effective", "state", "end"]
    equal([name for name in names if name in wanted],
          sorted((name for name in names if name in wanted), key=wanted.index), "their order")
    equal(set(wanted) - set(names), set(), "events that are missing")
    equal((found[-1]["exit"], found[-1]["changed"]), (0, True), "the end")
    site.apply("--events", str(path), order)
    check(len(events(path.read_text())) > len(found), "a second run took the first one's away")


@test
def events_on_standard_output(site):
    order = site.order(1001, record())
    site.apply("--events", "-", order, status=64)
    site.apply("--events", "-", "--json", order, status=64)
    site.apply("--events", "/nonexistent/events", order, status=64)
    equal(site.zone_file.read_text(), ZONE, "the zone file")
    run = site.apply("-q", "--events", "-", order)
    equal(events(run.out)[-1]["event"], "end", "the last event")
    run = site.apply("--events", "/dev/full", order, status=1)
    check("--events" in run.err, "that events are lost is not said")


# --- the live view

def on_terminal(site, argv, columns=100, lines=24, **environment):
    """Runs a command with standard output on a terminal; what it wrote there, and how it ended."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    env = {**site.environment(), "TERM": "xterm", **environment}
    env = {key: value for key, value in env.items() if value is not None}
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=theirs, env=env,
                          stderr=subprocess.PIPE, cwd=site.where) as process:
        os.close(theirs)
        text, end = b"", time.monotonic() + RUN_LIMIT_S
        while time.monotonic() < end:
            if not select.select([ours], [], [], 1)[0]:
                continue
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other side is closed
                break
            text += part
        process.communicate(timeout=RUN_LIMIT_S)
    os.close(ours)
    return text.decode().replace("\r\n", "\n"), process.returncode


def screen(text, lines=24):
    """What is left on the screen; each drawn line, for its width."""
    rows, drawn, at = [""], [], 0
    for part in re.findall(r"\x1b\[\d*[A-Zm]|\x1b\[J|\n|\r|[^\x1b\n\r]+", text):
        if part == "\n":
            drawn.append(rows[at])
            at += 1
            if at == len(rows):
                rows.append("")
        elif part == "\r":
            pass
        elif part.startswith("\x1b[") and part.endswith("A"):
            up = int(part[2:-1])
            check(up < lines, "the view is higher than the screen")
            at -= up
            check(at >= 0, "went up beyond the first line")
        elif part == "\x1b[J":
            del rows[at + 1:]
            rows[at] = ""
        elif not part.startswith("\x1b"):
            rows[at] += part
    return "\n".join(rows), drawn


@test
def live_view(site):
    order = site.order(1001, record(), record(NEW, "_dnsauth.www.example.com"))
    site.apply(order)
    with silent_server() as silent:
        argv = site.argv("wait", "--deadline", "2s", "--nameserver", site.nsd.address(),
                         "--nameserver", silent, order)
        text, status = on_terminal(site, argv, NO_COLOR=None)
        plain, _ = on_terminal(site, argv, NO_COLOR="1")
        narrow, _ = on_terminal(site, argv, columns=30, lines=5)
    equal(status, 4, "exit status")
    left, drawn = screen(text)
    check("\x1b[J" in text, "nothing was drawn in place")
    check(any(re.match(r"published 1/1  effective 0/2  00:0\d", line) for line in drawn),
          "no overall line")
    check(any(OWNER in line and "ok" in line for line in drawn), "no matrix")
    check(any(site.nsd.address() in line and silent in line for line in drawn),
          "the servers do not stand over the matrix")
    check("published 1/1" not in left, "the view was left on the screen")
    check("ok at 1 of 2 addresses" in left, "the plain lines do not stand at the end")
    check(text.count("\x1b[J") <= 30, "more than ten redraws a second")
    check("\x1b[1m" in text and not re.search(r"\x1b\[\d*m", plain), "NO_COLOR")
    _, drawn = screen(narrow, lines=5)
    live = [line for line in drawn if line.startswith(("published", "  waiting", "  and"))]
    check(live and all(len(line) < 30 for line in live), "a line is too wide")
    check(any(line.startswith("  waiting") for line in live), "no lines by server")


@test
def no_live_view(site):
    order = site.order(1001, record())
    site.apply(order)
    with silent_server() as silent:
        where = ("--deadline", "1s", "--nameserver", silent, order)
        for args in (["--json"], ["-q"]):
            text, _ = on_terminal(site, site.argv("wait", *args, *where))
            check("\x1b" not in text, f"escape sequences with {args}")
        text, _ = on_terminal(site, site.argv("wait", *where), TERM="dumb")
        check("\x1b" not in text, "escape sequences on a dumb terminal")
        run = site.dcvctl("wait", *where, status=7)
        check("\x1b" not in run.out + run.err, "escape sequences on a pipe")


# --- signals

def stop(site, number, *args):
    """Sends a signal to a command that waits for a silent server; how it ended."""
    process = site.popen(*args)
    seen = ""
    for line in process.stderr:
        seen += line
        if line.startswith("waiting"):
            break
    begun = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=RUN_LIMIT_S)
    check(time.monotonic() - begun < SOON_S, "it waited for its deadline")
    return process.returncode, out, seen + err


@test
def signal_in_a_wait(site):
    order = site.order(1001, record())
    site.apply(order)
    for number, name in ((signal.SIGINT, "SIGINT"), (signal.SIGTERM, "SIGTERM")):
        # Nothing listens there, so that the first round is over at once.
        status, _, err = stop(site, number, "wait", "--deadline", "50s", "--nameserver",
                              "127.0.0.1:1", order)
        equal(status, -number, "how the process ended")
        check(f"stopped by {name}" in err, f"{name} is not named:\n{err}")
        check("run: dcvctl wait" in err, f"how to go on is not said:\n{err}")
    equal(site.ledger("SELECT state FROM orders"), [("effective",)], "state")


@test
def signal_in_an_apply(site):
    """What was written stays, and the ledger knows it."""
    order = site.order(1001, record())
    status, out, err = stop(site, signal.SIGINT, "apply", "--deadline", "50s", "--nameserver",
                            "127.0.0.1:1", order)
    equal(status, -signal.SIGINT, "how the process ended")
    check("what was written stays" in err, f"what was done is not said:\n{out}{err}")
    equal(site.values(OWNER), [NEW], "values served")
    equal(site.ledger("SELECT state FROM orders"), [("published",)], "state")
    equal(site.ledger("SELECT count(*) FROM changes WHERE state = 'intent'"), [(0,)], "intents")
    site.apply(order)


@test
def signal_while_a_zone_is_locked(site):
    order = site.order(1001, record())
    site.apply(order)
    lock = site.state / "locks/example.com.lock"
    with open(lock, "r+") as held:
        fcntl.fcntl(held, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))  # F_OFD_SETLK
        site.order(1001, record(OLD.replace("202605", "202611")))
        with site.popen("apply", "--lock-timeout", "50s", order) as process:
            for line in process.stdout:
                if "SOA serial" in line:  # the plan was said, the lock comes next
                    break
            process.send_signal(signal.SIGTERM)
            begun = time.monotonic()
            _, err = process.communicate(timeout=RUN_LIMIT_S)
            check(time.monotonic() - begun < SOON_S, "it waited for its deadline")
            equal(process.returncode, -signal.SIGTERM, "how the process ended")
    check("nothing was changed" in err, f"what was done is not said:\n{err}")
    equal(site.values(OWNER), [NEW], "values served")


# --- completion

@test
def completion(site):
    site.apply(site.order(1001, record()))
    script = site.where / "dcvctl.bash"
    script.write_text(site.exec([site.argv("")[0], "completion", "bash"]).out)
    config = str(site.where / "dcvctl.yaml")

    def complete(*words):
        """What bash offers for the last word."""
        run = site.exec(["bash", "-c", """
source "$1"; shift; shopt -s expand_aliases
PATH=$(dirname "$1"):$PATH; shift
compopt() { :; }
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _dcvctl; printf '%s\\n' "${COMPREPLY[@]}"
""", "bash", str(script), site.argv("")[0], "dcvctl", *words])
        return run.out.split()

    equal(complete("pl"), ["plan"], "commands")
    check("--until" in complete("apply", "--"), "options")
    check("--until" not in complete("plan", "--"), "an option of another command")
    equal(complete("wait", "--until", "e"), ["effective"], "values of --until")
    equal(complete("status", "--format", "p"), ["prometheus"], "values of --format")
    equal(complete("close", "--config", config, "10"), ["1001"], "order numbers")
    check("1001.yaml" in complete("plan", "100"), "files")
    for command in ("new", "check", "explain"):
        equal(complete(command, "--from", "a"), ["alibaba", "acm"], f"services of {command}")
    equal(complete("init", "--from", ""), ["bind", "nsd", "knot"], "servers of init")
    check("1001.yaml" in complete("plan", "--from", "acm", "--file", "100"), "files")
    equal(complete("completion", "z"), ["zsh"], "shells")
    for shell in ("zsh", "fish"):
        out = site.exec([site.argv("")[0], "completion", shell]).out
        check("--no-wait" in out or "-l no-wait" in out, f"options for {shell}")
        check(re.search(r"from.*dcvctl_ask imports|-l from .*completion imports", out),
              f"services for {shell}")
    equal(site.dcvctl("completion", "orders", "--ledger", "/nonexistent/ledger").out, "",
          "words without a ledger")
    site.exec([site.argv("")[0], "completion", "tcsh"], status=64)


@test
def causes_of_this_version(site):
    """`completion causes` and `explain --list` know the same ids; all that the source names."""
    found = set()
    for path in [*ROOT.glob("src/*/*.c"), *ROOT.glob("zones/*.c")]:
        if path.name != "completion.c":
            found |= set(re.findall(r'["\[]([ACDMPT][0-9]{2})["\]]', path.read_text()))
    said = site.exec([site.argv("")[0], "completion", "causes"]).out.split()
    program = site.argv("")[0]
    listed = site.exec([program, "explain", "--list"]).out.splitlines()
    equal(said, [line.split()[0] for line in listed], "causes")
    equal(found - set(said), set(), "ids without a page")
    for cause in said:
        page = site.exec([program, "explain", cause.lower()]).out.splitlines()
        equal(page[0].split("  ")[0], cause, "page")
        check(len(page) <= 25 and max(map(len, page)) < 80, f"{cause} fits a terminal")
    refused = site.exec([program, "explain", "P99"], status=64)
    check("did you mean P09?" in refused.err, refused.err)


# --- before there is an order

DENY = '@ IN CAA 0 issue "letsencrypt.org"\n'


@test
def check_of_names(site):
    """No order, no ledger, nothing written."""
    out = site.dcvctl("check", "example.com", "*.example.com", "--ca", "digicert").out
    check("ok   CAA          *.example.com: no CAA" in out, out)
    check("not checked: CAA above the bound zones" in out, "what was not looked at is not said")
    run = site.dcvctl("check", "example.org", "www.example.com", "--ca", "digicert", status=7)
    check("example.org: not looked at" in run.out and "help: " in run.err, "no remedy")
    site.dcvctl("check", "example.org", "--ca", "digicert", "--json", status=7)
    equal(site.dcvctl("check", "example.com", "--ca", "digicert", "--json").json()["changed"],
          False, "changed")
    equal(site.state.exists(), False, "a ledger")
    equal(site.zone_file.read_text(), ZONE, "the zone file")
    run = site.exec([site.argv("x")[0], "check", "--config", "none", "example.com", "--ca",
                     "digicert"], status=7)
    check("example.com: not looked at" in run.out, "nothing configured, and it says nothing")


@test(zone=ZONE + DENY)
def check_of_names_denied(site):
    run = site.dcvctl("check", "www.example.com", "--ca", "digicert", status=6)
    check("[C50]" in run.err and 'CAA 0 issue "digicert.com"' in run.err, "no remedy")
    site.dcvctl("check", "www.example.com", "--ca", "letsencrypt.org")
    site.dcvctl("check", "www.example.com", "--ca", "digicrt", status=65)
    site.dcvctl("check", "www.example.com", status=65)
    site.dcvctl("check", "www.example.com", "1001", "--ca", "digicert", status=64)
    site.dcvctl("check", "1001", "--ca", "digicert", status=65)
    site.dcvctl("check", "www..example.com", "--ca", "digicert", status=65)


@test
def preflight(site):
    """An order without records: its names are looked at, by each command."""
    (site.where / "5.yaml").write_text("ca: digicert\nnames: [www.example.com]\n")
    order = str(site.where / "5.yaml")
    for command in ("plan", "apply", "check"):
        run = site.dcvctl(command, order, status=2)
        check("ok   CAA          www.example.com: no CAA" in run.out, f"{command}: no CAA")
        check("no records in the order yet" in run.out and "help: " in run.err, "no remedy")
    site.zone_file.write_text(ZONE + DENY)
    for command in ("plan", "apply", "check", "wait"):
        check("[C50]" in site.dcvctl(command, order, status=6).err, f"{command}: no cause")
    equal(site.zone_file.read_text(), ZONE + DENY, "the zone file")


@test
def denied_later(site):
    """No waiting cures what CAA denies."""
    order = site.order(1001, record())
    site.apply(order)
    site.zone_file.write_text(site.zone_file.read_text() + DENY)
    for command in ("check", "wait"):
        run = site.dcvctl(command, order, status=6)
        check("[C50]" in run.err and run.seconds < 10, f"{command}: {run.err}")


# --- the last lines

@test(zone=ZONE + f"_dnsauth.old 86400 IN TXT \"{OLD}\"\n")
def what_comes_later(site):
    order = site.order(1001, record("no-date-in-this-token-1"))
    out = site.apply(order).out.splitlines()
    config = f"--config {site.where}/dcvctl.yaml"
    equal(out[-2:], [f"later:  dcvctl cleanup {config} 1001   (or cron)",
                     f"undo:   dcvctl undo {config} r1"], "the last lines")
    out = site.apply(order).out
    check("undo:" not in out and "later:" not in out, "said though nothing changed")
    equal(site.apply("-q", site.order(1002, record(owner="_dnsauth.www.example.com"))).out, "",
          "said with -q")
    run = site.apply(site.order(1003, record("other-token", "_dnsauth.a.example.com")), order)
    check("later:" not in run.out and run.out.endswith(f"undo:   dcvctl undo {config} r3\n"),
          f"of several orders\n{run.out}")
    out = site.apply(site.order(1004, record(owner="_dnsauth.old.example.com"))).out
    check("1 leftover beside it" in out and "--remove-leftovers" in out, "of a leftover")
    site.exec(["sh", "-ec", f"{site.argv('x')[0]} undo {config} r1"])
    run = site.dcvctl("undo", "-n", "r1")
    check("nothing left of it" in run.out and "run:" not in run.err, "of an empty undo")


@test
def closed_orders(site):
    order = site.order(1001, record("no-date-in-this-token-1"))
    site.apply(order)
    site.dcvctl("close", "--cancelled", "1001")
    out = site.apply(order).out
    check("closed (cancelled): nothing is written" in out and "--reopen" in out, out)


@test(zone=ZONE + 'h0 IN CAA 0 issue "letsencrypt.org"\n')
def orders_that_are_blocked(site):
    """How many are how far, and what to type, stand last."""
    orders = site.where / "orders"
    orders.mkdir()
    for i in range(25):
        site.order(f"orders/{i}", record(f"{NEW}{i}", f"_dnsauth.h{i}.example.com"))
    run = site.dcvctl("plan", "--keep-going", str(orders), status=6)
    check("25 orders: 24 to write, 1 blocked (C50)" in run.err, run.err)
    run = site.apply("--keep-going", str(orders), status=3)
    check("24 of 25 orders  effective 24/24 records" in run.out, run.out)
    check(re.search(r"^  blocked +1 ", run.out, re.M), "blocked orders are not counted")
    equal(run.err.splitlines()[-3][:40], "25 orders: 24 effective, 1 blocked (C50)", "the count")
    check(run.err.splitlines()[-1].startswith("run: dcvctl apply --"), "nothing to type")
    run = site.apply("--keep-going", "--json", str(orders), status=6)
    equal(run.json()["msg"], "24 effective, 1 blocked (C50)", "msg")
    equal(run.json()["totals"]["blocked"], 1, "totals.blocked")
    out = site.dcvctl("plan", "--keep-going", str(orders), status=6).out
    check("ok   CAA          24 names: no CAA" in out, "CAA is not counted")
    out = site.dcvctl("plan", "--all", "--keep-going", str(orders), status=6).out
    equal(out.count("ok   CAA "), 24, "lines of CAA with --all")


@test
def one_name_of_two_orders(site):
    out = site.dcvctl("plan", site.order(1001, record()),
                      site.order(1002, record(f"{NEW}2", "_other.example.com")), status=2).out
    equal(out.count("ok   CAA "), 1, "lines of CAA for one name")


@test
def log_says_a_reason_once(site):
    site.configure(reload='{command: ["false"]}')
    site.apply(site.order(1001, record(), record(f"{NEW}2")), status=1)
    reason = site.ledger("SELECT detail FROM changes WHERE detail != ''")[0][0][:60]
    equal(site.dcvctl("status", "--log").out.count(reason), 1, "times the reason is said")
