# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Disks that are full, files that may not be written, and people who swap files under a run.
Whoever does mischief between the read and the exchange is the checker of the zone, which is run
just there: so nothing depends on timing."""
import contextlib
import errno
import functools
import os
import shutil
import struct

import flows
import power
from judge import Judge
from report import Failure

NOBODY = 65534
TESTS = []
ADD = next(flow for flow in flows.FLOWS if flow.name == "add-one")
REPLACE = next(flow for flow in flows.FLOWS if flow.name == "replace-one")


def test(function):
    TESTS.append((f"condition/{function.__name__.replace('_', '-')}", function))
    return function


def tests(in_directory):
    return [(name, functools.partial(in_directory, function)) for name, function in TESTS]


def check(condition, text):
    if not condition:
        raise Failure(text)


@contextlib.contextmanager
def judged(top, flow=ADD, kind=flows.Site):
    with flow.site(top, kind) as site:
        judge = Judge(site)
        site.restore()
        yield judge


@contextlib.contextmanager
def mounted(*argv):
    """A mount for the time of a block; its last word is where."""
    power.sh("mount", *argv)
    try:
        yield
    finally:
        power.sh("umount", argv[-1])


def fails(judge, error, *prefix):
    """The command ends with an error that names this errno, and changes nothing."""
    run = judge.site.run([*prefix, *judge.site.words])
    check(run.returncode != 0, f"exit status 0\n{run.stdout}{run.stderr}")
    check("old" in judge.states(), f"the files are {judge.states()}")
    judge.told(run, error, "the zone")
    check(not judge.left(), f"{judge.left()} is left")


# --- limits and disks

@test
def size_limit(top):
    """RLIMIT_FSIZE at every size of file that the run comes to, in the zone or the ledger."""
    with judged(top) as judge:
        for size in range(0, 96 << 10, 1500):
            run = judge.site.run(["prlimit", f"--fsize={size}", *judge.site.words])
            try:
                judge.told(run, errno.EFBIG, "a file")
                judge.converged("the same without the limit")
            except Failure as failure:
                raise Failure(f"with a limit of {size} octets: {failure}") from None
            judge.site.restore()


def full(top, directory):
    """A tmpfs in the place of a directory, with 0, 1, … pages free."""
    with judged(top) as judge:
        path = getattr(judge.site, directory)
        for free in range(0, 64 << 10, 4 << 10):
            with mounted("-t", "tmpfs", "-o", "size=400k,mode=755", "tmpfs", path):
                shutil.copytree(top / "base" / path.name, path, dirs_exist_ok=True)
                filler = path / "filler"
                fill(filler, free)
                run = judge.site.run(judge.site.words)
                filler.unlink()
                try:
                    judge.told(run, errno.ENOSPC, "a file")
                    judge.converged("the same with space")
                except Failure as failure:
                    raise Failure(f"with {free} octets free: {failure}") from None
            judge.site.restore()


def fill(path, free):
    """Takes all the space that there is, then gives some back."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT)
    with contextlib.suppress(OSError):
        while os.write(file, bytes(4096)) > 0:
            pass
    os.ftruncate(file, max(0, os.fstat(file).st_size - free))
    os.close(file)


@test
def full_disk_of_the_zone(top):
    full(top, "zones")


@test
def full_disk_of_the_ledger(top):
    full(top, "state")


@test
def read_only_mount(top):
    with judged(top) as judge:
        zones = judge.site.zones
        with mounted("--bind", zones, zones):
            power.sh("mount", "-o", "remount,bind,ro", zones)
            fails(judge, errno.EROFS)
        judge.converged("the same, writable again")


# --- rights

@contextlib.contextmanager
def attribute(letter, path):
    power.sh("chattr", f"+{letter}", path)
    try:
        yield
    finally:
        power.sh("chattr", f"-{letter}", path)


@test
def immutable_file(top):
    with judged(top, kind=power.DiskSite) as judge:
        with attribute("i", judge.site.file("example.com")):
            fails(judge, errno.EPERM)
        judge.converged("the same, mutable again")


@test
def append_only_directory(top):
    """A file may be made in it, but neither renamed nor removed."""
    with judged(top, kind=power.DiskSite) as judge:
        with attribute("a", judge.site.zones):
            run = judge.site.run(judge.site.words)
            judge.told(run, errno.EPERM, "the zone")
            check("old" in judge.states(), f"the files are {judge.states()}")
        judge.converged("the same, mutable again")


@test
def directory_of_another_user(top):
    """Run by a user who owns the zone file and the ledger, but may not write beside the file."""
    with judged(top) as judge:
        site = judge.site
        program = top / "dcvctl"
        shutil.copy(flows.DCVCTL["release"], program)
        site.words[0] = str(program)
        os.chmod(top, 0o755)
        for path in [site.where, site.state, *site.state.rglob("*"), *site.zones.rglob("*")]:
            os.chown(path, NOBODY, NOBODY)
        as_nobody = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
        fails(judge, errno.EACCES, *as_nobody)
        os.chown(site.zones, NOBODY, NOBODY)
        run = site.run([*as_nobody, *site.words], 0)
        check("new" in judge.states() and not judge.left(), f"{run.stdout}{run.stderr}")


@test
def what_belongs_to_a_file(top):
    """Owner, mode, ACL and extended attributes go with the new octets."""
    acl = struct.pack("<I", 2) + b"".join(
        struct.pack("<HHI", tag, mode, who) for tag, mode, who in (
            (1, 6, 0xffffffff), (2, 4, 1234), (4, 4, 0xffffffff), (0x10, 4, 0xffffffff),
            (0x20, 0, 0xffffffff)))
    with judged(top, REPLACE, power.DiskSite) as judge:
        path = judge.site.file("example.com")
        os.chown(path, 1234, 2345)
        os.chmod(path, 0o640)
        os.setxattr(path, "user.note", b"of a person\0\xff")
        os.setxattr(path, "trusted.mark", b"1")
        os.setxattr(path, "system.posix_acl_access", acl)
        before = belongings(path)
        judge.site.run(judge.site.words, 0)
        check("new" in judge.states(), "not written")
        check(belongings(path) == before, f"{belongings(path)}, before {before}")


def belongings(path):
    stat = os.stat(path)
    return (stat.st_uid, stat.st_gid, oct(stat.st_mode),
            {name: os.getxattr(path, name) for name in sorted(os.listxattr(path))})


# --- mischief between the read and the exchange

@contextlib.contextmanager
def mischief(top, script, always=False):
    """The checker runs a script, once or each time; $1 is the zone file, $2 its copy."""
    once = "" if always else 'test ! -e done || exit 0\n: >done\n'
    flow = flows.Flow("mischief", flows.add)
    with flow.site(top) as site:
        judge = Judge(site)
        site.restore()
        (site.where / "mischief").write_text(f"{once}zone=$1\n{script}\n")
        checker = f'[/bin/sh, {site.where}/mischief, {site.file("example.com")}, "{{file}}"]'
        site.configure({"checker": f"{{command: {checker}}}"})
        yield judge


SECRET = "root:x:0:0:root:/root:/bin/bash\n"


@test
def symlink_to_elsewhere(top):
    """A link to a file that is no zone takes the place of the zone file."""
    elsewhere = top / "secret"
    elsewhere.write_text(SECRET)
    with mischief(top, f'mv "$zone" "$zone.moved"; ln -s {elsewhere} "$zone"') as judge:
        run = judge.site.run(judge.site.words)
        check(run.returncode in (1, 6), f"exit status {run.returncode}\n{run.stderr}")
        check(elsewhere.read_text() == SECRET, "the file elsewhere was written")
        check(judge.site.file("example.com").is_symlink(), "the link has gone")
        check((judge.site.zones / "zone.moved").read_bytes() == judge.before["zone"],
              "the file that was moved away is another one")
        check(not judge.left(), f"{judge.left()} is left")


@test
def symlink_of_the_directory(top):
    """The directory of the zone file is another one now: ours stays where it was opened."""
    script = ('d=$(dirname "$zone"); mv "$d" "$d.moved"; mkdir "$d.other"; ln -s "$d.other" "$d"\n'
              'echo "; of somebody else" >"$zone"')
    with mischief(top, script) as judge:
        run = judge.site.run(judge.site.words)
        other = judge.site.where / "zones.other/zone"
        check(run.returncode != 0, f"exit status 0\n{run.stdout}")
        check(other.read_text() == "; of somebody else\n", "the file of somebody else was written")
        check(sorted(path.name for path in other.parent.iterdir()) == ["zone"],
              "something was left beside the file of somebody else")


@test
def hard_link(top):
    with mischief(top, 'ln "$zone" "$zone.link"') as judge:
        run = judge.site.run(judge.site.words)
        check(run.returncode == 6, f"exit status {run.returncode}, wanted 6\n{run.stderr}")
        texts = judge.site.texts()
        check(texts == {"zone": judge.before["zone"], "zone.link": judge.before["zone"]},
              f"files: {sorted(texts)}")


@test
def an_editor_who_never_rests(top):
    """Written before each exchange: given up after some rounds, theirs stays."""
    with mischief(top, 'echo "; once more" >>"$zone"', always=True) as judge:
        run = judge.site.run(judge.site.words)
        check(run.returncode == 1, f"exit status {run.returncode}, wanted 1\n{run.stderr}")
        now = judge.site.texts()
        rounds = now["zone"].count(b"; once more\n")
        check(1 < rounds <= 4, f"tried {rounds} times")
        check(now == {"zone": judge.before["zone"] + b"; once more\n" * rounds},
              f"files: {sorted(now)}")
