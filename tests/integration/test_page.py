# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""`status` as a page, looked at in Chromium, and as metrics, read by Prometheus' own client."""
import contextlib
import json
import os
import pathlib
import re
import sqlite3
import stat
import subprocess
import tempfile
import time

import yaml

import page
from browser import Browser
from harness import DCVCTL, TESTS, check, equal
from report import Failure

ROOT = pathlib.Path(__file__).parents[2]
PAGE_MAX = 2_000_000  # octets: what a phone bears
SOON_S = 30

# What the page must be in each width and colour. Text is judged on the ground that it has.
LOOK = r"""(() => {
    const bad = [];
    const rgb = css => (css.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
    const light = c => c.slice(0, 3).map(v => v / 255).map(
        v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
    const ground = e => {
        for (; e; e = e.parentElement) {
            const c = rgb(getComputedStyle(e).backgroundColor);
            if (c.length < 4 || c[3] === 1) return c;
            if (c[3] !== 0) bad.push('a ground one sees through: ' + e.tagName);
        }
        return [255, 255, 255];
    };
    if (document.documentElement.scrollWidth > document.documentElement.clientWidth) bad.push('sideways scrolling');
    let texts = 0, least = 21;
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const node = walk.currentNode, e = node.parentElement;
        if (!node.data.trim() || e.closest('.hidden')) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        const box = range.getBoundingClientRect();
        if (box.width === 0) continue;
        texts++;
        const style = getComputedStyle(e);
        if (style.opacity !== '1') bad.push('opacity: ' + node.data);
        const pair = [light(rgb(style.color)), light(ground(e))].sort((a, b) => b - a);
        const ratio = (pair[0] + .05) / (pair[1] + .05);
        least = Math.min(least, ratio);
        if (ratio < 4.5) bad.push(`contrast ${ratio.toFixed(2)}: ${node.data}`);
        if (parseFloat(style.fontSize) < 12 && matchMedia('screen').matches) bad.push('small print: ' + node.data);
        const frame = e.closest('.matrix, article, .attention li, table, section, header') ||
            document.body;
        const room = frame.classList.contains('matrix') && frame.scrollWidth > frame.clientWidth
            && document.documentElement.clientWidth > 704 ? Infinity : frame.getBoundingClientRect().right;
        if (box.right > room + 1 && !e.closest('thead'))
            bad.push(`beyond its frame: ${node.data}`);
    }
    return {bad, texts, least};
})()"""


def test(function):
    """A test of its own directory, without a name server."""
    def run():
        with tempfile.TemporaryDirectory(prefix="dcvctl-test.") as where:
            try:
                function(pathlib.Path(where).resolve())
            except RuntimeError as error:
                raise Failure(str(error)) from None
    TESTS.append((f"page/{function.__name__.replace('_', '-')}", run))
    return function


def clock():
    return pathlib.Path(DCVCTL["asan"]).parent / "tests" / "dcvctl-clock"


def look(browser, path, width, **how):
    browser.open(path, width, **how)
    seen = browser.value(LOOK)
    equal(seen["bad"], [], f"{path.name} at {width} {how}")
    equal(browser.said(), [], "the console, or the policy")
    equal(browser.requests(), [], "requests")
    return seen


@test
def looks(where):
    path = page.write_page(page.gallery(where, clock()))
    with Browser() as browser:
        for width in (320, 360, 768, 1280):
            for dark in (False, True):
                seen = look(browser, path, width, dark=dark)
                check(seen["texts"] > 100, f"only {seen['texts']} texts")
        look(browser, path, 720, paper=True)


@test
def says(where):
    """What it says, to eyes and to a screen reader."""
    path = page.write_page(page.gallery(where, clock()))
    with Browser() as browser:
        browser.open(path, 360)
        text = browser.value("document.body.innerText")
        for words in ("1234567888", "dcvctl apply 1234567888", "in no zone", "in 29 d",
                      "Huawei Cloud SCM", "ns2.example.com 198.51.100.2", "2026-11-22 11:00 +0000",
                      "closed: superseded", "until-deauthorised", "is back"):
            # What stands beside a cell on a phone comes from its label.
            check(words in text or browser.value(
                f"!!document.querySelector('[data-label=\"{words}\"]')"), f"{words}: not said")
        check(text.index("A person is needed") < text.index("Open orders"), "attention is not first")
        equal(browser.value("document.documentElement.lang"), "en", "lang")
        equal(browser.value("[...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1])"
                            ".filter((n, i, all) => i && n > all[i - 1] + 1).length"), 0,
              "headings that leave a step out")
        nodes = browser.ask("Accessibility.getFullAXTree")["nodes"]
        roles = [node["role"]["value"] for node in nodes if not node["ignored"]]
        for role, least in (("table", 4), ("rowheader", 5), ("cell", 10), ("heading", 8),
                            ("main", 1), ("time" if "time" in roles else "Time", 10)):
            check(roles.count(role) >= least, f"{role}: {roles.count(role)} times\n{set(roles)}")
        script = browser.value("document.querySelectorAll('script,link,img,iframe,[style]').length")
        equal(script, 0, "scripts, links, images")


BAD = '"><script>document.title="got"</script><img src=x onerror=alert(1)>&amp;\'`\\"{}\n\x1b[31m\u202e'


@test
def hostile(where):
    """What came from outside is shown, whatever it is."""
    ledger = page.gallery(where, clock())
    with contextlib.closing(sqlite3.connect(ledger.path)) as db, db:
        db.execute("UPDATE orders SET certificate = ? WHERE id = '1234567890'", (BAD,))
        db.execute("UPDATE orders SET service = CAST(x'ff3c62' AS TEXT) WHERE id = '1234567893'")
        db.execute("UPDATE placements SET backend = ?", (BAD,))
        db.execute("UPDATE changes SET detail = ?, run = ?, backend = ?", (BAD, BAD, BAD))
        value = '"<script>alert(1)</script>\\255\\000</style>"'
        for table in ("claims", "placements", "changes"):
            db.execute(f"UPDATE {table} SET rdata = ? WHERE owner = '_dnsauth.mail.example.com.'",
                       (value,))
    result = ledger.result.read_text()
    ledger.result.write_text(result.replace('"ns1.example.com"', '"<script>alert(2)</script>"')
                             .replace('"check"', '"<b onclick=x>"'))
    os.utime(ledger.result, (page.NOW - 240, page.NOW - 240))
    path = page.write_page(ledger)
    path.read_bytes().decode()  # UTF-8 throughout
    with Browser() as browser:
        look(browser, path, 360)
        equal(browser.value("document.title"), "Certificate orders: dcvctl status", "the title")
        equal(browser.value("document.querySelectorAll('script,img,[onclick],[onerror]').length"), 0,
              "what text became")
        text = browser.value("document.body.innerText + [...document.querySelectorAll("
                             "'[data-label]')].map(e => e.dataset.label).join()")
        for words in ("<script>alert(1)</script>", "</style>", "<script>alert(2)</script>",
                      "<img src=x onerror=alert(1)>&amp;", "<b onclick=x>", r"\xFF<b"):
            check(words in text, f"{words}: not shown")
        check("\x1b" not in text and "\u202e" not in text, "a control character got through")
    samples(ledger.run("status", "--format", "prometheus", "--result", str(ledger.result)))


@test
def nothing(where):
    """A first day: no order, no ledger."""
    ledger = page.Ledger(where, clock())
    ledger.commit()
    path = page.write_page(ledger)
    with Browser() as browser:
        look(browser, path, 360)
        text = browser.value("document.body.innerText")
        for words in ("No order needs a person", "No order is open", "Nothing was changed yet"):
            check(words in text, f"{words}: not said")
    ledger.path.unlink()
    check(b"No order is open" in ledger.run("status", "--format", "html"), "no page without a ledger")
    equal(samples(ledger.run("status", "--format", "prometheus"))["dcvctl_ledger_size_bytes", ()], 0,
          "size of no ledger")


def crowd(where, n):
    ledger = page.Ledger(where, clock())
    for i in range(n):
        ledger.order(f"{1000000 + i}", ("effective", "published", "pending")[i % 3], [
            (f"_dnsauth.host{i}.example.com.", "TXT", f"k7q2x9m4t1v8b5n3c6z0h2d8f4g6j{i}")
            for _ in range(1)], age=page.DAY, effective=page.HOUR * (i % 3 == 0), verdict="effective",
            left=(1 + i % 29) * page.DAY)
    for i in range(n):
        ledger.order(f"{9000000 + i}", "cleaned", [], age=100 * page.DAY, closed=90 * page.DAY + i,
                     reason="issued", effective=99 * page.DAY)
        ledger.change(f"r{i}", "add", page.DAY - i, f"_dnsauth.host{i}.example.com.", "TXT",
                      f"k7q2x9m4t1v8b5n3c6z0h2d8f4g6j{i}", f"{1000000 + i}")
    ledger.commit()
    return ledger


@test
def many(where):
    """2,000 open orders and as many that are over: what is left out is counted."""
    ledger = crowd(where, 2000)
    begun = time.monotonic()
    path = where / "status.html"
    ledger.run("status", "--format", "html", "--out", str(path))
    metrics = ledger.run("status", "--format", "prometheus")
    seconds = time.monotonic() - begun
    check(seconds < SOON_S, f"{seconds:.0f} s")
    check(path.stat().st_size < PAGE_MAX, f"{path.stat().st_size} octets")
    with Browser() as browser:
        browser.open(path, 360)
        equal(browser.value("document.querySelectorAll('article').length"), 250, "cards")
        text = browser.value("document.body.innerText")
        for words in ("1750 more", "dcvctl status --state open", "Earlier:"):
            check(words in text, f"{words}: not said")
        equal(browser.value("[...document.querySelectorAll('.tiles .cleaned dd')][0].innerText"),
              "2000", "orders that are cleaned")
    found = samples(metrics)
    equal(sum(name == "dcvctl_order_info" for name, _ in found), 500, "orders with series")
    equal(found["dcvctl_orders_left_out", ()], 1500, "orders without")
    equal(sum(value for (name, _), value in found.items() if name == "dcvctl_orders"), 4000, "orders")
    few = samples(ledger.run("status", "--format", "prometheus", "--limit", "3"))
    equal(sum(name == "dcvctl_order_info" for name, _ in few), 3, "orders of --limit 3")


# --- metrics

# Debian's python3 has Debian's modules, whichever python3 runs this.
READ = """if True:
    import json, sys
    from prometheus_client.parser import text_string_to_metric_families
    json.dump([[f.name, f.type, f.documentation, [[s.name, s.labels, s.value] for s in f.samples]]
               for f in text_string_to_metric_families(sys.stdin.read())], sys.stdout)
"""


def samples(text):
    """{(name, labels): value}, as Prometheus' own client reads it; each with HELP and TYPE, no
    series twice, and a name as the conventions have it."""
    done = subprocess.run(["/usr/bin/python3", "-c", READ], input=text, capture_output=True)
    if done.returncode:
        raise Failure(f"Prometheus' reader: {done.stderr.decode()}")
    found = {}
    families = json.loads(done.stdout)
    for name, kind, documentation, values in families:
        check(documentation and kind == "gauge", f"{name}: no HELP or TYPE")
        check(re.fullmatch(r"dcvctl_[a-z_]+", name), name)
        check(not name.endswith(("_total", "_count", "_sum", "_bucket")), name)
        for of, marks, value in values:
            key = of, tuple(sorted(marks.items()))
            check(key not in found, f"{key}: twice")
            found[key] = value
    equal(len(families), len({family[0] for family in families}), "families, each once")
    check(text.endswith(b"\n"), "the last line has no end")
    return found


@test
def metrics(where):
    ledger = page.gallery(where, clock())
    found = samples(ledger.run("status", "--format", "prometheus", "--result", str(ledger.result)))

    def of(name, **labels):
        return found.get((f"dcvctl_{name}", tuple(sorted(labels.items()))))

    equal(of("orders", ca="digicert", state="pending"), 1, "pending")
    equal(of("orders", ca="amazon", state="cleaned"), 1, "cleaned")
    shop = {"ca": "digicert", "order": "1234567890"}
    equal(of("order_info", certificate="shop", service="huaweicloud-scm", state="effective",
             verdict="ready", **shop), 1, "info")
    effective = page.NOW - 2 * page.HOUR + 5
    equal(of("order_applied_timestamp_seconds", **shop), page.NOW - 2 * page.HOUR, "applied")
    equal(of("order_effective_timestamp_seconds", **shop), effective, "effective")
    equal(of("order_settled_timestamp_seconds", **shop), effective + 3 * page.HOUR, "settled")
    equal(of("order_token_expiry_timestamp_seconds", **shop), page.NOW + 29 * page.DAY, "expiry")
    equal(of("order_records_published", **shop), 2, "published")
    pay = {"ca": "digicert", "order": "1234567888"}
    equal(of("order_records_published", **pay), 0, "published of what failed")
    equal(of("order_effective_timestamp_seconds", **pay), None, "effective of what is pending")
    equal(of("order_attention", cause="pending", **pay), 1, "attention")
    equal(of("result_exit_status"), 2, "exit status")
    equal(of("result_leftovers"), 1, "leftovers")
    equal(of("result_timestamp_seconds"), page.NOW - 240, "time of the result")
    equal(of("retained_records"), 1, "retained")
    equal(of("last_change_timestamp_seconds"), page.NOW - 899, "last change")
    equal(of("status_timestamp_seconds"), page.NOW, "now")
    check(of("ledger_size_bytes") > 4096, "ledger's size")


@test
def labels(where):
    """What a label holds comes back from Prometheus' reader as it is shown."""
    ledger = page.gallery(where, clock())
    with contextlib.closing(sqlite3.connect(ledger.path)) as db, db:
        db.execute("UPDATE orders SET certificate = ? WHERE id = '1234567890'",
                   ('a"b\\c\nd {} ü',))
    found = samples(ledger.run("status", "--format", "prometheus"))
    shown = [dict(labels)["certificate"] for name, labels in found if name == "dcvctl_order_info"]
    check('a"b\\c\\x0Ad {} ü' in shown, f"{shown}")


@test
def alerts(where):
    """The rules that are examples name metrics that there are, and labels of theirs."""
    ledger = page.gallery(where, clock())
    found = samples(ledger.run("status", "--format", "prometheus", "--result", str(ledger.result)))
    known = {name for name, _ in found}
    rules = yaml.safe_load((ROOT / "examples/metrics/alerts.yaml").read_text())
    for rule in (rule for group in rules["groups"] for rule in group["rules"]):
        used = set(re.findall(r"dcvctl_\w+", rule["expr"]))
        check(used and used <= known, f"{rule['alert']}: {used - known}")
        check({"summary"} <= rule["annotations"].keys(), f"{rule['alert']}: no summary")


@test
def out(where):
    """--out: whole, in one step, for other users; or not at all."""
    ledger = page.gallery(where, clock())
    path = where / "node" / "dcvctl.prom"
    path.parent.mkdir()
    path.write_text("old")
    before = path.stat().st_ino
    equal(ledger.run("status", "--format", "prometheus", "--out", str(path)), b"", "standard output")
    check(path.stat().st_ino != before, "written over the old file")
    equal(stat.S_IMODE(path.stat().st_mode), 0o644, "mode")
    equal([p.name for p in path.parent.iterdir()], [path.name], "files")
    samples(path.read_bytes())
    for args, status, words in (
            (["--format", "html", "--out", str(where / "none" / "x.html")], 1, "none/x.html"),
            (["--out", str(path)], 64, "add --format html"),
            (["--format", "html", "--result", str(where / "dcvctl.yaml")], 64, "no result document"),
            (["--format", "html", "--result", str(where / "gone.json")], 1, "gone.json")):
        run = subprocess.run([clock(), "status", "--config", where / "dcvctl.yaml", *args],
                             capture_output=True, text=True, cwd=where)
        equal((run.returncode, words in run.stderr, run.stdout), (status, True, ""),
              f"{args}\n{run.stderr}")
