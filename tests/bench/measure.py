# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What the benches share: a directory on a disk, what a command took, and the line that a bar
gets. SPENT is the program of spent.c, see there why it is none of Python's."""
import collections
import contextlib
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

SPENT = os.environ.get("DCVCTL_SPENT", "build/release/spent")
# The program of floor.c: what must be done so that no change is lost, and nothing else.
FLOOR = os.environ.get("DCVCTL_FLOOR", "build/release/floor")
Spent = collections.namedtuple("Spent", "seconds cpu mib")


@contextlib.contextmanager
def directory(quiet=False):
    """A fresh directory under $TMPDIR or /var/tmp; not in memory, where fsync costs nothing."""
    with tempfile.TemporaryDirectory(prefix="dcvctl-bench.",
                                     dir=os.environ.get("TMPDIR", "/var/tmp")) as name:
        kind = subprocess.run(["findmnt", "-no", "FSTYPE,SOURCE", "-T", name], text=True,
                              capture_output=True, check=True).stdout.split()
        if kind[0] in ("tmpfs", "ramfs"):
            sys.exit(f"{name} lies in memory; set TMPDIR to a directory on a disk")
        if not quiet:
            print(f"files in {pathlib.Path(name).parent}, {' on '.join(kind)}", flush=True)
        yield pathlib.Path(name)


def spent(*argvs, out=None):
    """Runs commands one after the other, the output of the last into a file; what they took
    together: seconds, of the processor too, and the largest peak of memory. Ends the bench if one fails."""
    took = [once([str(word) for word in argv], out if argv is argvs[-1] else None)
            for argv in argvs]
    return Spent(sum(each.seconds for each in took), sum(each.cpu for each in took),
                 max(each.mib for each in took))


def once(argv, out):
    read_end, write_end = os.pipe()
    with open(read_end, encoding="ascii") as report, open(out or os.devnull, "wb") as target:
        done = subprocess.run([SPENT, str(write_end), *argv], pass_fds=[write_end],
                              stdin=subprocess.DEVNULL, stdout=target, stderr=subprocess.PIPE,
                              check=False)
        os.close(write_end)
        if done.returncode != 0:
            sys.exit(f"{' '.join(argv)}: exit status {done.returncode}\n"
                     f"{done.stderr.decode(errors='backslashreplace')}")
        seconds, cpu, kib = report.read().split()
    return Spent(float(seconds), float(cpu), int(kib) / 1024)


def line(what, ratios, at_most=None, at_least=None):
    """Prints median, minimum and maximum, and whether the bar holds; True where there is none,
    which is said too."""
    middle = statistics.median(ratios)
    good, bar = True, "for information"
    if at_most is not None or at_least is not None:
        good = middle <= at_most if at_least is None else middle >= at_least
        bar = (f"at most {at_most}" if at_least is None else f"at least {at_least}")
        bar += ": holds" if good else ": falls short"
    print(f"{what}: {middle:.3g} ({min(ratios):.3g} to {max(ratios):.3g}), {bar}", flush=True)
    return good


def ratios(ours, theirs):
    """Ours by theirs, round by round."""
    return [a.seconds / b.seconds for a, b in zip(ours, theirs)]


def tell(what, took):
    """A line with the figures behind the ratios, which hold for this machine only."""
    times = [each.seconds * 1000 for each in took]
    print(f"  {what}: {statistics.median(times):.1f} ms ({min(times):.1f} to {max(times):.1f}), "
          f"processor {statistics.median(each.cpu * 1000 for each in took):.1f} ms, "
          f"{max(each.mib for each in took):.1f} MiB, {len(took)} rounds", flush=True)
