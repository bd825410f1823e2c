# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Every point of a flow: killed there, or failed there."""
import dataclasses
import errno
import pathlib
import random
import re
import subprocess
import tempfile
import threading

from flows import Site
from judge import Judge
from points import points, trace
from report import Failure

KIND_LEN = 40
KILLED = -9
SEED = 1  # of the samples
# The errors that a call can end with, of those that disks, quotas, rights and limits make.
DISK = ["ENOSPC", "EIO", "EDQUOT", "EINTR"]
RIGHT = ["EACCES", "EPERM", "EROFS"]
ERRORS = {
    "openat": ["EIO", "EINTR", "EMFILE", "EACCES", "EPERM", "ENOMEM"],
    "openat+": ["ENOSPC", "EDQUOT", "EROFS"],  # where it makes a file
    "read": ["EIO", "EINTR", "ENOMEM"], "pread64": ["EIO", "EINTR", "ENOMEM"],
    "write": DISK + ["EPERM", "ENOMEM"], "pwrite64": DISK + ["EPERM", "ENOMEM"],
    "copy_file_range": DISK + ["EPERM", "ENOMEM"],
    "fallocate": DISK + ["EPERM"],
    "ftruncate": ["EIO", "EINTR", "EPERM", "EROFS", "ENOSPC"],
    "fsync": DISK + ["EROFS"], "fdatasync": DISK + ["EROFS"],
    "sync_file_range": ["EIO", "ENOSPC", "ENOMEM"],
    "renameat2": ["ENOSPC", "EIO", "EDQUOT", "ENOMEM"] + RIGHT,
    "unlinkat": ["EIO", "ENOMEM"] + RIGHT, "unlink": ["EIO", "ENOMEM"] + RIGHT,
    "mkdir": ["ENOSPC", "EIO", "EDQUOT", "ENOMEM"] + RIGHT,
    "newfstatat": ["EACCES", "EIO", "ENOMEM"], "readlink": ["EACCES", "EIO", "ENOMEM"],
    "access": ["EACCES", "EIO", "ENOMEM"],
    "fcntl": ["EACCES", "EINTR", "EIO", "ENOMEM"],
    "fchmod": ["EIO", "EPERM", "EROFS", "ENOSPC"], "fchown": ["EIO", "EPERM", "EROFS", "EDQUOT"],
    "flistxattr": ["EIO", "EACCES", "ENOMEM"], "fgetxattr": ["EIO", "EACCES", "ENOMEM"],
    "fsetxattr": ["EIO", "ENOSPC", "EDQUOT", "EPERM", "EROFS"],
    "utimensat": ["EIO", "EPERM", "EACCES", "EROFS"],
    "close": ["EIO", "EINTR", "ENOSPC", "EDQUOT"],
    "pipe2": ["EMFILE", "ENOMEM"], "socket": ["EMFILE", "EACCES", "ENOMEM"],
    "connect": ["EINTR", "EACCES", "EPERM"], "sendto": ["EINTR", "EPERM", "ENOMEM"],
    "vfork": ["ENOMEM"], "clone": ["ENOMEM"], "clone3": ["ENOMEM"],
    "execve": ["EACCES", "EIO", "ENOMEM"],
}
LASTING = {"ENOSPC", "EIO", "EDQUOT", "EROFS"}


@dataclasses.dataclass
class Count:
    """What a sweep did."""
    points: int = 0
    bad: list = dataclasses.field(default_factory=list)  # (point, text)

    def verdict(self):
        """For the line of the test."""
        if self.bad:
            raise Failure(f"{len(self.bad)} of {self.points} points are wrong; of each kind the "
                          "first:\n" + "\n".join(self.kinds()))

    def kinds(self):
        """Failures that begin alike, but for numbers, are of one kind."""
        kinds = {}
        for point, text in self.bad:
            begin = re.sub(r"dcvctl-\w+|\d+", "", text)
            kinds.setdefault(begin[:KIND_LEN], []).append((point, text))
        for found in kinds.values():
            point, text = found[0]
            yield f"--- {len(found)} times, first at {point}\n{text}"


def injected(site, point, what):
    """Runs the command with something done to the call of this point; whether it was."""
    log = site.top / "injected"
    run = site.run(["strace", "-qq", "-o", str(log), "-e", f"trace={point.call}", "-e",
                    f"inject={point.call}:{what}", *site.words])
    return run, "INJECTED" in log.read_text(errors="backslashreplace")


def all_points(site):
    log, _ = trace(site)
    site.restore()
    return points(site, log)


def chosen(items, share):
    """A sample, the same one each time, with the last."""
    items = list(items)
    if share >= len(items):
        return items
    found = random.Random(SEED).sample(range(len(items) - 1), share - 1)
    return [items[i] for i in sorted(found)] + items[-1:]


def sweep(flow, top, plan, share, kind=Site):
    """plan: (site) -> [(name, function(judge))]; runs a share of it."""
    count = Count()
    with flow.site(top, kind) as site:
        judge = Judge(site, flow.meanwhile)
        site.restore()
        for name, action in chosen(plan(site), share):
            count.points += 1
            try:
                action(judge)
                judge.converged(f"after {name}")
            except Failure as failure:
                count.bad.append((f"{flow.name} {name}", str(failure)))
            site.restore()
    return count


def kill_at(point):
    def action(judge):
        run, _ = injected(judge.site, point, f"signal=KILL:when={point.index}")
        if run.returncode != KILLED:
            raise Failure(f"not killed: exit status {run.returncode}\n{run.stderr}")
        judge.states()
    return action


def kills(site):
    return [(str(point), kill_at(point)) for point in all_points(site)]


def fail_at(point, error, lasting):
    def action(judge):
        run, done = injected(judge.site, point,
                             f"error={error}:when={point.index}{'+' if lasting else ''}")
        if not done:
            raise Failure(f"not reached: exit status {run.returncode}\n{run.stderr}")
        judge.told(run, getattr(errno, error), "any file" if lasting else point.object)
    return action


def errors_of(point):
    found = ERRORS.get(point.call, [])
    if point.call == "openat" and point.effect:
        found = found + ERRORS["openat+"]
    if (point.call, point.object) == ("write", "pipe"):
        found = ["EINTR"]  # one of the program's own, between its threads: it has no disk, no owner
    if (point.call, point.index) == ("pipe2", 2):
        found = []  # libuv's first, where it aborts; the one before it is ours, to see if it can
    for error in found:
        yield error, False
        if error in LASTING and point.effect and point.call != "write":  # else nothing is said
            yield error, True


def errors(site):
    return [(f"{point}: {error}{' from then on' if lasting else ''}",
             fail_at(point, error, lasting))
            for point in all_points(site) for error, lasting in errors_of(point)]


# --- with the shim: allocations, and reads and writes that move less than they were asked to

BUILDING = threading.Lock()
SHIM = tempfile.TemporaryDirectory(prefix="dcvctl-shim.")


def shim():
    """Built when it is first needed."""
    path = pathlib.Path(SHIM.name) / "shim.so"
    with BUILDING:
        if not path.exists():
            subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", path,
                            pathlib.Path(__file__).with_name("shim.c")], check=True)
    return str(path)


def with_fault(site, fault):
    return site.run(site.words, FAULT=fault, LD_PRELOAD=shim())


def counts(site):
    """How often an undisturbed run allocates, and reads or writes."""
    with_fault(site, f"count {site.top}/count")
    site.restore()
    return map(int, (site.top / "count").read_text().split())


def short(n):
    def action(judge):
        run = with_fault(judge.site, f"short {n}")
        if run.returncode != 0:
            raise Failure(f"exit status {run.returncode}\n{run.stdout}{run.stderr}")
        judge.holds()
    return action


def shorts(site):
    _, n = counts(site)
    return [(f"read or write {i} is short", short(i)) for i in range(1, n + 1)]


def starve(fault):
    def action(judge):
        run = with_fault(judge.site, fault)
        if run.returncode < 0:
            raise Failure(f"died by signal {-run.returncode}\n{run.stdout}{run.stderr}")
        judge.told(run, errno.ENOMEM, "memory")
    return action


def memory(site):
    n, _ = counts(site)
    return [(f"allocation {i}{more}", starve(f"{word} {i}"))
            for i in range(1, n + 1) for word, more in (("once", ""), ("from", " and all later"))]
