# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What may be found after a run that was cut off or met a fault, and what must be found after
the same command has run once more, undisturbed."""
import collections
import contextlib
import errno
import os
import re
import sqlite3

from report import Failure

OURS = re.compile(r"\.[^/]*\.dcvctl-[^/]*$")
SERIAL = b"; serial"
# What stays in the ledger of a run, but for ids and times.
TABLES = {
    "orders": "ca, id, certificate, service, document, revision, state, reason, closed > 0",
    "claims": "ca, id, revision, owner, placed_at, type, rdata, retain",
    "placements": "zone, backend, owner, type, rdata, ours",
    "rrsets": "zone, backend, owner, type, former_ttl, our_ttl",
    "leases": "zone, holder"}


def ledger(site):
    """The ledger as a set of rows; what was done is a multiset."""
    with contextlib.closing(sqlite3.connect(site.ledger_file)) as db:
        rows = {table: sorted(db.execute(f"SELECT {columns} FROM {table}"), key=repr)
                for table, columns in TABLES.items()}
        rows["done"] = sorted(collections.Counter(db.execute(
            "SELECT zone, backend, op, owner, type, rdata, ttl FROM changes "
            "WHERE state = 'done' AND op NOT IN ('reload', 'lost')")).items())
        rows["unsettled"] = db.execute(
            "SELECT * FROM changes WHERE state NOT IN ('done', 'failed')").fetchall()
    return rows


def is_ours(name):
    return OURS.search("/" + name) is not None


def zone_files(texts):
    return {name: text for name, text in texts.items() if not is_ours(name)}


class Judge:
    """Knows a flow undisturbed: before it, after it."""

    def __init__(self, site, meanwhile=None):
        """meanwhile: the files are back at the end; with these keys the change stays."""
        self.site, self.status, self.stays = site, 0, None
        self.before = zone_files(site.texts())
        if meanwhile is not None:
            self.status, self.stays = 1, self.changed(meanwhile)
        run = site.run(site.words, self.status)
        self.said = run.stdout
        self.after, self.ledger = site.texts(), ledger(site)
        self.converged("undisturbed, then the same again")

    def changed(self, keys):
        """The zone files after the command with other keys of the zone."""
        self.site.configure(keys)
        self.site.run(self.site.words, 0)
        texts = zone_files(self.site.texts())
        self.site.restore()
        return texts

    def states(self):
        """What the files are: "old", "new", both where nothing is to change, or "mixed".
        Failure if one is neither old nor new, or has gone."""
        now = zone_files(self.site.texts())
        if now.keys() != self.before.keys():
            raise Failure(f"files are {sorted(now)}, were {sorted(self.before)}")
        torn = [name for name, text in now.items()
                if text not in (self.before[name], self.after[name],
                                (self.stays or self.after)[name])]
        if torn:
            raise Failure(f"TORN: {torn} neither old nor new:\n{shown(now[torn[0]])}")
        self.serial_is_last(now)
        return [word for word, texts in (("old", self.before), ("new", self.after))
                if now == texts] or ["mixed"]

    def serial_is_last(self, now):
        """The new serial is never there before all that it stands for."""
        new = self.stays or self.after
        late = [name for name in now if now[name] != new[name]]
        early = [name for name in now
                 if SERIAL in now[name] and now[name] == new[name] != self.before[name]]
        if any(self.site.zone_of(a) == self.site.zone_of(b) for a in early for b in late):
            raise Failure(f"the new serial is in {early}, and {late} are old")

    def left(self):
        """What this run left of its own beside the zone files; a run before it left some too."""
        return [name for name in self.site.texts()
                if is_ours(name) and self.site.cut_before is None]

    def converged(self, what):
        """The same command once more: as if nothing had happened."""
        # A refusal that undoes what the run before left in the files has changed something.
        undoes = self.stays is not None and "old" not in self.states()
        run = self.site.run(self.site.words)
        said = f"{what}\n{run.stdout}{run.stderr}"
        if run.returncode not in ([self.status, 3] if undoes else [self.status]):
            raise Failure(f"the second run: exit status {run.returncode}, {said}")
        now = self.site.texts()
        if now != self.after:
            wrong = sorted(name for name in now.keys() | self.after.keys()
                           if now.get(name) != self.after.get(name))
            raise Failure(f"after the second run {wrong} differ, {said}\n"
                          f"{shown(now.get(wrong[0], b'(none)'))}")
        self.ledger_fits("after the second run", said)

    def ledger_fits(self, when, said=""):
        rows = ledger(self.site)
        for table, wanted in self.ledger.items():
            if rows[table] != wanted:
                raise Failure(f"{when} the ledger's {table} are {rows[table]}, undisturbed "
                              f"{wanted}; {said}")

    def told(self, run, error, about):
        """The exit status fits what is there, and there is a message with the reason."""
        status, states = run.returncode, self.states()
        if not set(states) & set(ALLOWED.get(status, [])):
            raise Failure(f"exit status {status}, and the files are {' and '.join(states)}\n"
                          f"{run.stdout}{run.stderr}")
        if status == 0:
            self.holds()
            return
        left = [name for name in self.left() if os.path.basename(name) not in run.stderr]
        if left and status != 3:
            raise Failure(f"exit status {status}, {left} stays and is not named\n{run.stderr}")
        if not is_reason(error, run.stderr):
            raise Failure(f"exit status {status}, and no word of {error} "
                          f"({os.strerror(error)}) at {about}:\n{run.stderr}")
        if error != errno.ENOMEM and not self.is_named(about, run.stderr):
            raise Failure(f"exit status {status}, and no file is named at {about}:\n{run.stderr}")

    def is_named(self, about, text):
        """A message about a file of the site names one of its kind."""
        for kind, path in (("zones", self.site.zones), ("state", self.site.state)):
            if kind in about:
                return str(path) in text
        return not about.endswith(".yaml") or ".yaml" in text

    def holds(self):
        """Exit status 0: all is as undisturbed, before a second run."""
        if self.site.texts() != self.after:
            raise Failure(f"exit status 0, but {self.left()} is left")
        self.ledger_fits("exit status 0, but")


# Which states of the files an exit status may tell. 3 says "something changed, or unknown": it
# may be said of old files when they or the ledger could not be read back.
ALLOWED = {0: ["new"], 1: ["old"], 3: ["old", "mixed", "new"], 5: ["old"], 65: ["old"],
           70: ["old"], 78: ["old"]}
# SQLite says some of it in its own words.
SQLITE = ("disk I/O error", "unable to open database file", "database or disk is full",
          "database is locked", "out of memory", "attempt to write a readonly database")


def is_reason(error, text):
    return os.strerror(error) in text or any(words in text for words in SQLITE)


def shown(text, most=2000):
    return text.decode(errors="backslashreplace")[:most]
