# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Power cuts: everything lies on ext4 in an image; the run is killed, the image is copied as it
is, without a sync, and the copy is mounted, which replays its journal. What was only in memory
is gone."""
import shutil
import subprocess

import sweep as sweeps
from flows import Site
from judge import ledger
from report import Failure

IMAGE_SIZE = 12 << 20
MODES = {"default": "", "noauto_da_alloc": ",noauto_da_alloc"}


def sh(*argv):
    run = subprocess.run(list(map(str, argv)), capture_output=True, text=True,
                         stdin=subprocess.DEVNULL)
    if run.returncode:
        raise Failure(f"{argv}: {run.stdout}{run.stderr}")


class DiskSite(Site):
    """A site on a file system of its own."""

    options = ""

    def __init__(self, top):
        super().__init__(top)
        self.base, self.disk, self.cut_disk = (self.top / name for name in ("base", "disk", "cut"))

    def enter(self):
        self.where.mkdir()
        with open(self.disk, "wb") as file:
            file.truncate(IMAGE_SIZE)
        sh("mkfs.ext4", "-q", "-F", "-J", "size=4", self.disk)
        self.mount(self.disk)

    def mount(self, image):
        sh("mount", "-o", f"loop{self.options}", image, self.where)

    def leave(self):
        if self.where.is_mount():
            sh("umount", self.where)

    def snapshot(self):
        self.leave()
        self.disk.rename(self.base)
        self.restore()

    def restore(self):
        self.leave()
        shutil.copyfile(self.base, self.disk)
        self.mount(self.disk)

    def cut(self):
        """The power goes, and comes back."""
        shutil.copyfile(self.disk, self.cut_disk)
        self.leave()
        self.mount(self.cut_disk)


def is_there(judge):
    """What was said to be done is on the disk, and the ledger says so."""
    if judge.state() != "new":
        raise Failure(f"LOST: the files are {judge.state()} although success was said")
    if ledger(judge.site) != judge.ledger:
        raise Failure("LOST: the ledger is not as after success, although that was said")


def cut_at(point):
    def action(judge):
        run, _ = sweeps.injected(judge.site, point, f"signal=KILL:when={point.index}")
        if run.returncode != sweeps.KILLED:
            raise Failure(f"not killed: exit status {run.returncode}\n{run.stderr}")
        judge.site.cut()
        judge.state()
        if run.stdout.endswith(judge.said):
            is_there(judge)
    return action


def cut_after(judge):
    judge.site.run(judge.site.words, 0)
    judge.site.cut()
    is_there(judge)


def cuts(site):
    return [*((str(point), cut_at(point)) for point in sweeps.all_points(site)),
            ("after its exit", cut_after)]


def sweep(flow, top, share):
    count = sweeps.Count()
    for mode, options in MODES.items():
        kind = type("DiskSite", (DiskSite,), {"options": options})
        where = top / mode
        where.mkdir()
        one = sweeps.sweep(flow, where, cuts, -(-share // len(MODES)), kind)
        count.points += one.points
        count.bad += [(f"{mode}: {point}", text) for point, text in one.bad]
    return count
