# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""A walk: a person at a shell. Commands as they are typed, what must be seen, line after line, and
a clock that the walk sets. A walk is a function of a walk_*.py; its name is in words."""
import contextlib
import datetime
import os
import pathlib
import re
import subprocess
import tempfile

from report import Failure

LIMIT_S = 120
DCVCTL = {}  # "path": the program, set by run.py
WALKS = []


class Walk:
    def __init__(self, where):
        self.where, self.seen, self.last = where, [], ""
        (where / "bin").mkdir()
        (where / "bin/dcvctl").symlink_to(DCVCTL["path"])
        self.at("2026-11-21 10:14")

    # --- what stands there before

    def write(self, name, text):
        path = self.where / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def serve(self, server, zones, conf=""):
        """A name server (not yet started) for zones, which are texts by their names; conf goes
        into its configuration too."""
        paths = {zone: self.write(f"zones/{zone}.zone", text) for zone, text in zones.items()}
        (self.where / "server").mkdir()
        made = server(self.where / "server", paths)
        with made.conf.open("a") as file:
            file.write(conf)
        return made

    def at(self, when):
        """The time of day from now on, in UTC: 2026-11-21 10:14."""
        self.now = datetime.datetime.fromisoformat(when).replace(tzinfo=datetime.timezone.utc)

    # --- what is typed, and seen

    def environment(self):
        keep = {key: value for key, value in os.environ.items() if key.endswith("SAN_OPTIONS")}
        return {**keep, "PATH": f"{self.where}/bin:{os.environ['PATH']}", "HOME": str(self.where),
                "LC_ALL": "C.UTF-8", "TZ": "UTC",
                "DCVCTL_UNTIL": "effective",  # no CA can see the zones here
                "DCVCTL_TEST_NOW": str(int(self.now.timestamp()))}

    def type(self, command, *sees, exits=0, lacks=()):
        """Types a line. Failure unless it ends with this status, its output has these lines in
        this order (see `fits`), and none that `lacks` names. Returns the output."""
        try:
            done = subprocess.run(
                ["bash", "-o", "pipefail", "-c", command], cwd=self.where, text=True,
                env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, errors="backslashreplace", timeout=LIMIT_S, check=False)
        except subprocess.TimeoutExpired as late:
            raise Failure(f"$ {command}: still runs after {LIMIT_S} s\n{late.stdout}") from None
        self.last = done.stdout
        self.seen.append(f"[{self.now:%F %H:%M}] $ {command}\n{self.last}[exit {done.returncode}]")
        if done.returncode != exits:
            raise Failure(f"exit status {done.returncode}, wanted {exits}")
        lines = iter(self.last.splitlines())
        for want in sees:
            if not any(fits(want, line) for line in lines):
                raise Failure(f"not seen, or not in this place: {want}")
        for text in [lacks] if isinstance(lacks, str) else lacks:
            if any(fits(text, line) for line in self.last.splitlines()):
                raise Failure(f"seen, and should not be: {text}")
        return self.last

    def cron(self, command, *sees, **keys):
        """The same from a crontab: with cron's shell and its few variables."""
        now = self.environment()
        few = " ".join(f"{key}='{now[key]}'" for key in ("HOME", "PATH", "DCVCTL_TEST_NOW", "DCVCTL_UNTIL"))
        return self.type(f"env -i LOGNAME=root SHELL=/bin/sh {few} sh -c '{command}'", *sees, **keys)

    def silent(self, command):
        """Types a line that ends with 0 and shows nothing at all."""
        if self.type(command):
            raise Failure("it is not silent")

    def said(self, word="run:"):
        """What the last run says to type: its last line that begins so, without the remark."""
        lines = [line.strip() for line in self.last.splitlines()]
        lines = [line for line in lines if line.startswith(word)]
        if not lines:
            raise Failure(f"no line `{word}`")
        return re.split(r"\s{3,}", lines[-1].removeprefix(word).strip())[0]

    # --- witnesses

    @contextlib.contextmanager
    def untouched(self, *names):
        """No octet, inode or time stamp of these files changes."""
        def look():
            stats = [(self.where / name).stat() for name in names]
            return [(stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size)
                    for stat in stats]
        before = look()
        yield
        equal(look(), before, f"{names}: inode, times, size")

    def lines(self, name):
        return (self.where / name).read_text().splitlines()


def fits(want, line):
    """Whether `want` stands in the line. One blank is any number of them, … any text; ^ at its
    beginning and $ at its end are those of the line."""
    words = re.escape(want).replace(r"\ ", r"\s+").replace("…", ".*")
    words = re.sub(r"^\\\^", "^", words)
    return re.search(re.sub(r"\\\$$", r"$", words), line) is not None


def check(condition, text):
    if not condition:
        raise Failure(text)


def equal(got, want, what):
    if got != want:
        raise Failure(f"{what}: got {got!r}, wanted {want!r}")


def walk(function):
    def run():
        with tempfile.TemporaryDirectory(prefix="dcvctl-walk.") as where:
            there = Walk(pathlib.Path(where).resolve())
            try:
                function(there)
            except Failure as failure:
                raise Failure("\n".join([*there.seen[-3:], f"--- {failure}"])) from None
    module = function.__module__.removeprefix("walk_").replace("_", "-")
    WALKS.append((f"{module}/{function.__name__.replace('_', '-')}", run))
    return function
