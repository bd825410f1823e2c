# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""dcvctl as a user without rights: he owns the zone file, and is in the group that may write its
directory and control the name server. What cannot work says why, and leaves all as it was."""
import os
import shutil

from harness import DCVCTL, SERIAL, Site, check, equal, test
from servers import Bind, Knot, Nsd

# Numbers that no account has.
USER, GROUP, STRANGE = 61201, 61202, 61203
TOKEN = "new-p3w6r0d8h2j5f9s1"
OWNER = "_dnsauth.example.com"


class Unprivileged(Site):
    """Root lays down the site; dcvctl runs as USER, in GROUP besides his own."""
    build = "asan"

    def __init__(self, where, zone, server=Nsd):
        super().__init__(where, zone, server)
        argv = self.server.argv()  # a server that gives up root's rights reads as its group
        self.server.argv = lambda: ["setpriv", f"--groups={GROUP}", *argv]
        where.chmod(0o755)
        self.zones.chmod(0o770)
        os.chown(self.zones, 0, GROUP)
        os.chown(self.zone_file, USER, GROUP)
        self.zone_file.chmod(0o660)
        self.state.mkdir(0o700)
        os.chown(self.state, USER, USER)
        self.program = where / "dcvctl"  # that of the build may lie where he may not look
        shutil.copy(DCVCTL[self.build], self.program)

    def argv(self, command, *args, build="asan"):
        return self.as_user(str(self.program), *super().argv(command, *args)[1:])

    @staticmethod
    def as_user(*argv):
        return ["setpriv", f"--reuid={USER}", f"--regid={USER}", f"--groups={GROUP}", "--no-new-privs",
                *argv]

    def open_control(self):
        """The control of the server is for its group, as Debian's packages have it."""
        for name in ("nsd.sock", "rndc.conf", "knot.sock"):
            for path in (self.where / "server").rglob(name):
                os.chown(path, 0, GROUP)
                path.chmod(0o660)

    def rights(self):
        stat = self.zone_file.stat()
        return stat.st_uid, stat.st_gid, oct(stat.st_mode & 0o7777)


def of(server):
    def kind(where, zone):
        return Unprivileged(where, zone, server)
    return kind


def order(site):
    return site.order(1001, f"{OWNER} TXT {TOKEN}")


def life(site):
    site.open_control()
    before = site.rights()
    path = order(site)
    site.apply(path)
    equal(site.values(OWNER), [TOKEN], "values served")
    equal(site.rights(), before, "owner, group and mode of the zone file")
    ledger = site.ledger_file.stat()
    equal((ledger.st_uid, oct(ledger.st_mode & 0o777)), (USER, "0o600"), "owner and mode of the ledger")
    equal([lock.stat().st_uid for lock in (site.state / "locks").iterdir()], [USER], "owners of locks")
    identity = site.identity()
    site.apply(path)
    equal(site.identity(), identity, "the zone file after a second run")
    site.dcvctl("cleanup", "--cancel", "1001")
    equal((site.values(OWNER), site.serial()), ([], SERIAL + 2), "values and serial at the end")
    equal(site.rights(), before, "owner, group and mode at the end")
    equal(site.files(), ["example.com.zone"], "files beside the zone")


@test(kind=of(Nsd))
def life_on_nsd(site):
    life(site)


@test(kind=of(Bind))
def life_on_bind(site):
    life(site)


@test(kind=of(Knot))
def life_on_knot(site):
    life(site)


def refused(site, *says, status=1):
    """Nothing is changed, and the output says why."""
    before, text = site.rights(), site.zone_file.read_bytes()
    run = site.apply(order(site), status=status)
    for words in says:
        check(words in run.err, f"it does not say: {words}")
    equal((site.rights(), site.zone_file.read_bytes()), (before, text), "the zone file")
    equal(site.files(), ["example.com.zone"], "files beside the zone")
    equal(site.values(OWNER), [], "values served")


@test(kind=of(Nsd))
def file_of_root(site):
    """To write it would do; but a new file that takes its place would be the user's own."""
    site.open_control()
    os.chown(site.zone_file, 0, GROUP)
    refused(site, "its owner cannot be kept", "run dcvctl as the owner of the zone file (root:")


@test(kind=of(Nsd))
def group_of_others(site):
    site.open_control()
    os.chown(site.zone_file, USER, STRANGE)
    refused(site, "its group cannot be kept", f"a member of the zone file's group {STRANGE}")


@test(kind=of(Nsd))
def directory_without_right(site):
    site.open_control()
    site.zones.chmod(0o2750)
    refused(site, "a copy cannot be made beside it", "write in")


@test(kind=of(Nsd))
def server_without_right(site):
    """The reload is refused, so the former file is back."""
    os.chown(site.where / "server/nsd.sock", 0, 0)
    (site.where / "server/nsd.sock").chmod(0o600)
    refused(site, "nsd-control")


@test(kind=of(Nsd))
def ledger_of_root(site):
    """Who once ran it as root is told whose the ledger is."""
    site.open_control()
    site.exec([str(site.program), *site.argv("apply", "--until", "effective", order(site))[6:]])
    os.chown(site.state, 0, 0)
    run = site.apply(order(site), status=None)
    check(run.status in (1, 3) and str(site.state) in run.err, "it does not name the ledger")


@test(kind=of(Nsd))
def ledger_without_right(site):
    """It cannot be made, or was made by another user: in each case it is said what to do."""
    site.open_control()
    site.state.chmod(0o755)
    os.chown(site.state, 0, 0)
    refused(site, f"ledger {site.state}/", "cannot be made", "help: run it as the user who")
    site.exec([str(site.program), *site.argv("apply", "--until", "effective", order(site))[6:]])
    for path in site.state.iterdir():
        path.chmod(0o755 if path.is_dir() else 0o644)
    run = site.apply(site.order(1002, f"{OWNER} TXT {TOKEN}2"), status=1)
    check("cannot be written" in run.err and "help: run it as the user who" in run.err, run.err)
