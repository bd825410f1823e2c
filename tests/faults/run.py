# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Runs the faults: run.py DCVCTL [PATTERN] is the suite, a spread sample of all points;
run.py DCVCTL --all [PATTERN] all of them, with a table of what was done; run.py --list the
tests; run.py DCVCTL --points the points of each flow, as they stand in POINTS."""
import datetime
import difflib
import functools
import os
import pathlib
import subprocess
import sys
import tempfile

import conditions
import flows
import power
import points
import report
import sweep
import wire

HERE = pathlib.Path(__file__).parent
SHM = pathlib.Path("/dev/shm")
# How many of each sweep the suite takes. With --all it is all of them.
SHARES = {"kill": 18, "error": 24, "short": 6, "memory": 8, "power": 6}
PLANS = {"kill": sweep.kills, "error": sweep.errors, "short": sweep.shorts,
         "memory": sweep.memory}
SLOW_SHARE = 4  # where the proof of a refusal is waited for
REQUESTS_SHARE = 12
ALL = 1 << 30
# With --all too: where the flows differ little; of the many allocations; 80 power cuts a disk.
MOST = {"error": 150, "memory": 1000, "power": 240}
WHOLE = ("add-one", "replace-rrset-inc", "cleanup-into")
COUNTS = {}  # (kind, flow): sweep.Count


def in_directory(function):
    """A directory in memory, if there is one, at the same depth on every machine."""
    with tempfile.TemporaryDirectory(prefix="dcvctl-faults.",
                                     dir=SHM if SHM.is_dir() else None) as top:
        return function(pathlib.Path(top).resolve())


def one_sweep(kind, flow, share):
    """A test: one kind of fault at the points of one flow."""
    if kind == "power":
        count = in_directory(lambda top: power.sweep(flow, top, share))
    else:
        count = in_directory(lambda top: sweep.sweep(flow, top, PLANS[kind], share))
    COUNTS[kind, flow.name] = count
    count.verdict()


def sweeps(share_of):
    for kind in (*PLANS, "power"):
        for flow in flows.FLOWS:
            if kind in flow.kinds:
                yield (f"{kind}/{flow.name}",
                       functools.partial(one_sweep, kind, flow, share_of(kind, flow)))


def sample(kind, flow):
    return SHARES[kind] if flow.meanwhile is None else SLOW_SHARE


def everything(kind, flow):
    return ALL if kind in ("kill", "error") and flow.name in WHOLE else MOST.get(kind, ALL)


def listing(flow):
    """The points of a flow, those of one call on one object in a line."""
    def lines(top):
        with flow.site(top) as site:
            found = {}
            for point in sweep.all_points(site):
                found.setdefault((point.call, point.object), []).append(point.index)
            return [f"{flow.name} {call} {what} {ranges(at)}\n"
                    for (call, what), at in found.items()]
    return in_directory(lines)


def ranges(numbers):
    """3 4 5 9 as 3-5 9."""
    runs = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return " ".join(f"{low}-{high}" if high > low else str(low) for low, high in runs)


def points_fit():
    """POINTS lists the points that there are."""
    written = (HERE / "POINTS").read_text().splitlines(keepends=True)
    found = [line for flow in flows.FLOWS for line in listing(flow)]
    if written != found:
        raise report.Failure("run: tests/faults/run.sh --list\n" +
                             "".join(list(difflib.unified_diff(written, found, "POINTS",
                                                               "found", n=0))[:40]))


def requests(share):
    return in_directory(lambda top: wire.requests(flows.DCVCTL["release"], top, share))


def tests(share_of):
    share = REQUESTS_SHARE if share_of is sample else ALL
    return [("points", points_fit), ("requests", functools.partial(requests, share)),
            *conditions.tests(in_directory), *sweeps(share_of)]


def table():
    """What was done, for RESULTS."""
    commit = subprocess.run(["git", "-C", str(HERE), "rev-parse", "--short", "HEAD"],
                            capture_output=True, text=True, check=False).stdout.strip()
    print(f"commit {commit}, {datetime.date.today()}, tests/faults/run.sh --all zone")
    names = {"kill": "kill points", "error": "error points", "short": "short reads and writes",
             "memory": "failed allocations", "power": "power cuts"}
    for kind, name in names.items():
        counts = [count for (done, _), count in COUNTS.items() if done == kind]
        if not counts:
            continue
        found = [text for count in counts for _, text in count.bad]
        print(f"{name}: {sum(count.points for count in counts)} in {len(counts)} flows; "
              f"{len(found)} wrong, of them {sum('TORN' in text for text in found)} torn, "
              f"{sum('LOST' in text for text in found)} said durable but lost")


def main():
    words = sys.argv[1:]
    if words[0] == "--list":
        return report.main("faults", tests(sample))
    flows.DCVCTL["release"] = str(pathlib.Path(words.pop(0)).resolve())
    sys.argv = [sys.argv[0], *(word for word in words if not word.startswith("--all"))]
    if words == ["--points"]:
        sys.stdout.writelines(line for flow in flows.FLOWS for line in listing(flow))
        return 0
    if "--all" not in words:
        return report.main("faults", tests(sample))
    status = report.main("faults", tests(everything))
    table()
    return status


os.umask(0o022)
sys.exit(main())
