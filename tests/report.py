# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What the runners of the suites share: names, patterns, two at a time, one line a test."""
import concurrent.futures
import os
import sys
import traceback


class Failure(Exception):
    """A test failed; the text says how."""


def main(suite, tests):
    """tests: a list of (name, function). A function returns None, raises Failure, or returns
    a list of (name, text or None) where one program holds several tests."""
    pattern = sys.argv[1] if len(sys.argv) > 1 else ""
    if pattern == "--list":
        for name, _ in tests:
            print(f"{suite}/{name}")
        return 0
    chosen = [(name, run) for name, run in tests
              if pattern in name or pattern.startswith(name + "/")]
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        futures = [(name, pool.submit(run)) for name, run in chosen]
        for name, future in futures:
            for line, text in outcome(name, future):
                bad += text is not None
                if text is not None or pattern in line:
                    show(suite, line, text)
    return 1 if bad or not chosen else 0


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
