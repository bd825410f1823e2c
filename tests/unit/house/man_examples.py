# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Runs what the manual pages, README.md and examples/ show.

A comment before a display says what it is; in a manual page `.\\" MARK` before `.Bd -literal`,
in README.md `<!-- MARK -->` before a fenced block:

    file: NAME                 the text of a file, laid down for the examples behind it
    file: NAME plan STATUS     also, `dcvctl plan NAME` ends with this exit status
    file: NAME status STATUS   a configuration: `dcvctl status --config NAME` ends so
    example: exit STATUS       commands for the shell; the last one ends so, all others with 0
    example: exit STATUS bare  the same without a configuration

The examples of a page run one after the other in a directory with zone files, a configuration
and an NSD of their own that serves them on loopback. A token that begins with a date dies after
30 days, so the day of the texts is replaced by today."""
import datetime
import os
import pathlib
import re
import subprocess
import tempfile

from report import Failure
from servers import Nsd

ROOT = pathlib.Path(__file__).parents[3]
PAGES = ("src/cmd/dcvctl.1", "src/order/dcvctl-order.5", "src/config/dcvctl.yaml.5", "README.md")
ZONES = ("example.com", "example.net", "example.org", "a.example", "b.example")
DAY = "20261121"  # of the tokens in the texts
LEFTOVER = '_dnsauth.www 86400 IN TXT "202605020000001k9qz7tt0b2"\n'
LIMIT_S = 60


class Block:
    def __init__(self, mark, line):
        kind, _, rest = mark.partition(": ")
        self.kind, self.words, self.line, self.lines = kind, rest.split(), line, []

    def text(self):
        today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%d")
        return "\n".join(self.lines).replace(DAY, today) + "\n"


def plain(line):
    """A line of an mdoc display as it is read."""
    return line.replace(r"\e", "\\").replace(r"\&", "").replace(r"\(aq", "'").replace(r"\-", "-")


def blocks(path):
    """The marked displays of a page, in their order."""
    mdoc = path.suffix != ".md"
    mark = re.compile(r'\.\\" ((?:file|example): .*)' if mdoc else
                      r"<!-- ((?:file|example): .*) -->")
    block = begun = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = mark.fullmatch(line)
        if found and block is None:
            block, begun = Block(found[1], number), False
        elif block is None:
            continue
        elif not begun:
            if not line.startswith(".Bd -literal" if mdoc else "```"):
                raise Failure(f"{path.name}:{number}: a mark, and no display behind it")
            begun = True
        elif line == (".Ed" if mdoc else "```"):
            yield block
            block = None
        else:
            block.lines.append(plain(line) if mdoc else line)
    if block is not None:
        raise Failure(f"{path.name}:{block.line}: a display without an end")


class Site:
    """A directory as the texts presuppose it."""

    def __init__(self, where, dcvctl):
        self.where = where
        for name in ("bin", "home", "orders", "nsd"):
            (where / name).mkdir()
        self.nsd = Nsd(where / "nsd", {zone: self.zone_file(zone) for zone in ZONES})
        (where / "bin" / "dcvctl").symlink_to(dcvctl)
        for zone in ZONES:
            self.zone_file(zone).write_text(
                f"$ORIGIN {zone}.\n$TTL 3600\n@ IN SOA ns1 hostmaster 41 7200 3600 1209600 3600\n"
                "\tIN NS ns1\n\tIN TXT \"v=spf1 mx -all\"\nns1 IN A 127.0.0.1\n" +
                (LEFTOVER if zone == "example.net" else ""))
        (where / "orders" / "1234567895.yaml").write_text(
            "ca: digicert\nrecords:\n  - _dnsauth.a.example TXT w1y5a9c3e7g2i6k0m4o8q3s7u1x5z9b4\n")
        (where / "dcvctl.yaml").write_text(
            f"ledger: sqlite:{where}/ledger.db\nzones:\n" + "".join(
                f"  - {{zone: {zone}, file: {self.zone_file(zone)}, "
                f"reload: {{nsd: {self.nsd.conf}}}, server: \"{self.nsd.address()}\"}}\n"
                for zone in ZONES) +
            f"check: {{nameservers: [\"{self.nsd.address()}\"], deadline: 30s}}\n")

    def zone_file(self, zone):
        return self.where / f"{zone}.zone"

    def run(self, commands, wanted, bare=False):
        """Runs commands of a shell; Failure unless they end with this exit status."""
        env = {"PATH": f"{self.where}/bin:{os.environ['PATH']}", "HOME": f"{self.where}/home",
               "TZ": "UTC", "LC_ALL": "C.UTF-8",
               "DCVCTL_UNTIL": "effective"}  # no CA can see the zones here
        env.update({name: os.environ[name] for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS")
                    if name in os.environ})
        if not bare:
            env["DCVCTL_CONFIG"] = f"{self.where}/dcvctl.yaml"
        try:
            done = subprocess.run(["sh", "-e", "-c", commands], cwd=self.where, env=env,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, timeout=LIMIT_S,
                                  errors="backslashreplace")
        except subprocess.TimeoutExpired as late:
            raise Failure(f"$ {commands}\n{late.output}still running after {LIMIT_S} s") from None
        if done.returncode != wanted:
            raise Failure(f"$ {commands}\n{done.stdout}"
                          f"exit status {done.returncode}, wanted {wanted}")

    def do(self, block):
        words = block.words
        if block.kind == "example":
            self.run(block.text(), int(words[1]), "bare" in words)
            return
        path = self.where / words[0]
        path.parent.mkdir(exist_ok=True)
        path.write_text(block.text())
        if words[1:2] == ["plan"]:
            self.run(f"dcvctl plan {words[0]}", int(words[2]))
        elif words[1:2] == ["status"]:
            self.run(f"dcvctl status --config {words[0]} --ledger none.db", int(words[2]), True)


def title(page, block):
    what = block.words[0] if block.kind == "file" else "-".join(block.lines[0].split()[:2])
    return f"{page.name}:{block.line}:{what}"


def page_results(page, dcvctl):
    """(name, None or what went wrong) for each marked display of a page."""
    results = []
    try:
        found = list(blocks(page))
        if not found and page.suffix != ".md":
            raise Failure("no example")
        with tempfile.TemporaryDirectory(prefix="dcvctl-man.") as where:
            site = Site(pathlib.Path(where).resolve(), dcvctl)
            with site.nsd:
                for block in found:
                    try:
                        site.do(block)
                        results.append((title(page, block), None))
                    except Failure as failure:
                        results.append((title(page, block), str(failure)))
    except Failure as failure:
        results.append((page.name, str(failure)))
    return results


def file_results(dcvctl):
    """The files under examples/ are orders and configurations as they stand."""
    results = []
    orders, zones = ROOT / "examples" / "orders", ROOT / "examples" / "zones"
    with tempfile.TemporaryDirectory(prefix="dcvctl-man.") as where:
        site = Site(pathlib.Path(where).resolve(), dcvctl)
        runs = [(path, f"dcvctl plan {path}", 2, False)
                for path in [*sorted(orders.glob("*.yaml")), orders]]
        runs += [(path, f"dcvctl status --config {path} --ledger none.db", 0, True)
                 for path in sorted(zones.glob("*.yaml"))]
        for path, command, status, bare in runs:
            try:
                site.run(command, status, bare)
                results.append((path.relative_to(ROOT).as_posix(), None))
            except Failure as failure:
                results.append((path.relative_to(ROOT).as_posix(), str(failure)))
    return results


def results(dcvctl):
    """All of it: a list of (name, None or what went wrong)."""
    dcvctl = pathlib.Path(dcvctl).resolve()
    found = [result for page in PAGES for result in page_results(ROOT / page, dcvctl)]
    return [(f"man-examples/{name}", text) for name, text in found + file_results(dcvctl)]
