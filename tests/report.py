# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What the runners of the suites share: names, patterns, two at a time, one line a test."""
import concurrent.futures
import os
import signal
import sys
import traceback


class Failure(Exception):
    """A test failed; the text says how."""


def main(suite, tests, at_once=None):
    """tests: a list of (name, function), at_once of them in parallel, or one a processor. A function returns None, raises Failure, or returns
    a list of (name, text or None) where one program holds several tests."""
    # A shell starts what it puts in the background with these ignored, and so would be every
    # program under test.
    for number in (signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    args = [arg for arg in sys.argv[1:] if arg != "--table"]
    patterns = args[0].split("|") if args else [""]
    if patterns == ["--list"]:
        for name, _ in tests:
            print(f"{suite}/{name}")
        return 0
    chosen = [(name, run) for name, run in tests
              if any(pattern in name or pattern.startswith(name + "/")
                     for pattern in patterns)]
    bad, results = 0, {}
    with concurrent.futures.ThreadPoolExecutor(at_once or os.cpu_count() or 2) as pool:
        futures = [(name, pool.submit(run)) for name, run in chosen]
        for name, future in futures:
            for line, text in outcome(name, future):
                bad += text is not None
                results[line] = text is None
                if text is not None or any(pattern in line for pattern in patterns):
                    show(suite, line, text)
    if len(args) + 1 < len(sys.argv):
        table(results)
    return 1 if bad or not chosen else 0


def table(results):
    """results: whether ok, by ROW/COLUMN. Shows the columns that at least two rows have."""
    rows = {}
    for name, good in results.items():
        row, _, column = name.partition("/")
        rows.setdefault(row, {})[column] = "ok" if good else "FAIL"
    columns = {column: len(column) for cells in rows.values() for column in cells
               if sum(column in other for other in rows.values()) > 1}
    left = max((len(row) for row in rows), default=0)
    print("  ".join([" " * left, *columns]))
    for row, cells in rows.items():
        if any(column in columns for column in cells):
            print("  ".join([row.ljust(left), *(
                cells.get(column, "-").ljust(width)
                for column, width in columns.items())]).rstrip())


def outcome(name, future):
    try:
        result = future.result()
    except Failure as failure:
        return [(name, str(failure))]
    except Exception:  # a broken test is a failed test
        return [(name, traceback.format_exc())]
    return [(name, None)] if result is None else result


def show(suite, name, text):
    if text is not None:
        for line in text.rstrip("\n").split("\n"):
            print("    " + line)
    print(f"{'FAIL' if text is not None else 'ok'} {suite}/{name}", flush=True)
