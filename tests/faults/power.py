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
# Name: mount options, whether the zone files have a file system of their own.
MODES = {"default": ("", False), "noauto_da_alloc": (",noauto_da_alloc", False),
         "apart": (",noauto_da_alloc", True)}


def sh(*argv):
    run = subprocess.run(list(map(str, argv)), capture_output=True, text=True,
                         stdin=subprocess.DEVNULL)
    if run.returncode:
        raise Failure(f"{argv}: {run.stdout}{run.stderr}")


class DiskSite(Site):
    """A site on a file system of its own; apart: the zone files on yet another one, so that no
    sync of the ledger makes durable what happened beside it."""

    options, apart = "", False

    def disks(self):
        """(image, where it is mounted)"""
        return [("site", self.where), ("zones", self.zones)][:1 + self.apart]

    def enter(self):
        (self.top / "disk").mkdir()
        for name, where in self.disks():
            where.mkdir()
            with open(self.top / "disk" / name, "wb") as file:
                file.truncate(IMAGE_SIZE)
            sh("mkfs.ext4", "-q", "-F", "-J", "size=4", file.name)
            self.mount("disk", name, where)

    def mount(self, kind, name, where):
        sh("mount", "-o", f"loop{self.options}", self.top / kind / name, where)

    def leave(self):
        for _, where in reversed(self.disks()):
            if where.is_mount():
                sh("umount", "-l", where)

    def change(self, before, after):
        """Other images are mounted: copies of those of before."""
        if before == "base":
            self.leave()
        (self.top / after).mkdir(exist_ok=True)
        for name, _ in self.disks():
            (self.top / after / name).unlink(missing_ok=True)
            shutil.copyfile(self.top / before / name, self.top / after / name)
        self.leave()
        for name, where in self.disks():
            self.mount(after, name, where)

    def snapshot(self):
        self.leave()
        (self.top / "disk").rename(self.top / "base")
        self.change("base", "disk")

    def restore(self):
        self.change("base", "disk")
        self.cut_off()

    def cut(self):
        """The power goes, and comes back."""
        self.change("disk", "cut")


def is_there(judge):
    """What was said to be done is on the disk, and the ledger says so."""
    if "new" not in judge.states():
        raise Failure(f"LOST: the files are {judge.states()} although success was said")
    if ledger(judge.site) != judge.ledger:
        raise Failure("LOST: the ledger is not as after success, although that was said")


def cut_at(point):
    def action(judge):
        run, _ = sweeps.injected(judge.site, point, f"signal=KILL:when={point.index}")
        if run.returncode != sweeps.KILLED:
            raise Failure(f"not killed: exit status {run.returncode}\n{run.stderr}")
        judge.site.cut()
        judge.states()
        if run.stdout.endswith(judge.said) and judge.status == 0:
            is_there(judge)
    return action


def cut_after(judge):
    judge.site.run(judge.site.words, judge.status)
    judge.site.cut()
    is_there(judge)


def cuts(site):
    return [*((str(point), cut_at(point)) for point in sweeps.all_points(site)),
            ("after its exit", cut_after)]


def sweep(flow, top, share):
    count = sweeps.Count()
    for mode, (options, apart) in MODES.items():
        kind = type("DiskSite", (DiskSite,), {"options": options, "apart": apart})
        where = top / mode
        where.mkdir()
        one = sweeps.sweep(flow, where, cuts, -(-share // len(MODES)), kind)
        count.points += one.points
        count.bad += [(f"{mode}: {point}", text) for point, text in one.bad]
    return count
