# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What lint says of an order, word for word: the cases of lint_cases.txt, on 2026-11-21.

    # NAME
    $ dcvctl lint [OPTION…] 1.yaml
    the order file 1.yaml
    >>> EXIT STATUS
    standard output, then standard error

A list of public suffixes of its own lies beside the order as list.dat."""
import os
import pathlib
import re
import shlex
import subprocess
import tempfile

from report import Failure

FILE = pathlib.Path(__file__).with_suffix(".txt")
CASE = re.compile(r"# (\S+)\n\$ dcvctl (.*)\n((?s:.*?))>>> (\d+)\n((?s:.*?))\n?(?=\n# |\Z)")
NOW = "1795219200"  # 2026-11-21
LIMIT_S = 30


def run(dcvctl, args, order):
    with tempfile.TemporaryDirectory(prefix="dcvctl-lint.") as where:
        (pathlib.Path(where) / "1.yaml").write_text(order)
        (pathlib.Path(where) / "list.dat").write_text("// a list\nexample\ncorp.example\n")
        env = dict(os.environ, HOME=where, XDG_CONFIG_HOME=where, NO_COLOR="1", TZ="UTC",
                   DCVCTL_TEST_NOW=NOW)
        done = subprocess.run([dcvctl, *shlex.split(args)], cwd=where, env=env, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=LIMIT_S)
    return f">>> {done.returncode}\n{done.stdout}{done.stderr}"


def parsed():
    """(name, arguments, order, what is said) of each case."""
    for name, args, order, status, said in CASE.findall(FILE.read_text()):
        yield name, args, order, f">>> {status}\n{said}"


def tests(dcvctl):
    def one(args, order, want):
        got = run(dcvctl(), args, order)
        if got.rstrip("\n") != want.rstrip("\n"):
            raise Failure(f"wanted\n{want}\ngot\n{got}")
    return [(f"lint-{name}", lambda case=case: one(*case)) for name, *case in parsed()]


def update(dcvctl):
    """Writes what is said now, for a person to review."""
    FILE.write_text("\n".join(f"# {name}\n$ dcvctl {args}\n{order}{run(dcvctl, args, order)}"
                              for name, args, order, _ in parsed()))
