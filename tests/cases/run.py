# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Runs the cases: run.py DCVCTL [PATTERN], run.py DCVCTL --update [PATTERN], run.py --list.

A folder tests/cases/GROUP/NAME is a case:

    cmd             run by sh in a fresh copy of the folder; dcvctl is in PATH
    env             optional lines NAME=VALUE
    expect.status   the exit status; absent: 0
    expect.out      standard output, exactly; absent: empty. The copy's path reads as `.`
    expect.err      standard error, likewise
    expect.FILE     what FILE must hold afterwards
    all else        input: bit-identical afterwards unless there is an expect.FILE

A function of a life_*.py or hook_*.py with @case is a case too; see life.py. So is what
lint_cases.txt holds.

--update writes expect.status, expect.out and expect.err, and lint_cases.txt, for a person to
review."""
import importlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import life
import lint_cases
import report
import schema
import schema_config

HERE = pathlib.Path(__file__).parent
CASE_LIMIT_S = 30


def inputs(case):
    for path in sorted(case.rglob("*")):
        name = path.relative_to(case).as_posix()
        if path.is_file() and name not in ("cmd", "env") and not name.startswith("expect."):
            yield name


def environment(case, home):
    env = {"PATH": f"{DCVCTL.parent}:{os.environ['PATH']}", "HOME": str(home), "TZ": "UTC",
           "XDG_STATE_HOME": str(home / "state"), "XDG_CONFIG_HOME": str(home / "config"),
           "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
        if name in os.environ:
            env[name] = os.environ[name]
    if (case / "env").exists():
        env.update(line.split("=", 1) for line in (case / "env").read_text().splitlines())
    return env


def run_in(case, copy):
    shutil.copytree(case, copy, symlinks=True, ignore=lambda _, names: [
        name for name in names if name in ("cmd", "env") or name.startswith("expect.")])
    home = copy / "home"
    home.mkdir()
    try:
        run = subprocess.run(["sh", case / "cmd"], cwd=copy, env=environment(case, home),
                             stdin=subprocess.DEVNULL, capture_output=True,
                             timeout=CASE_LIMIT_S)
    except subprocess.TimeoutExpired as late:
        raise report.Failure(f"still running after {CASE_LIMIT_S} s\n{late.output}")
    here = str(copy).encode()
    return {"status": b"%d\n" % run.returncode, "out": run.stdout.replace(here, b"."),
            "err": run.stderr.replace(here, b".")}


def wanted(case, what):
    path = case / f"expect.{what}"
    if path.exists():
        return path.read_bytes()
    return b"0\n" if what == "status" else b""


def compare(what, want, got):
    if want == got:
        return []
    return [f"{what}: wanted", want.decode(errors="backslashreplace"),
            f"{what}: got", got.decode(errors="backslashreplace")]


def files_wrong(case, copy):
    wrong = []
    for name in inputs(case):
        expect = case / f"expect.{name}"
        want = (expect if expect.exists() else case / name).read_bytes()
        path = copy / name
        got = path.read_bytes() if path.is_file() else b"(gone)"
        wrong += compare(name, want, got)
    for path in copy.iterdir():
        if path.name.startswith("."):
            wrong.append(f"{path.name}: left lying about")
    return wrong


def run_case(case):
    with tempfile.TemporaryDirectory(prefix="dcvctl-case.") as root:
        copy = pathlib.Path(root).resolve() / case.name
        got = run_in(case, copy)
        wrong = files_wrong(case, copy)
    if UPDATE:
        for what, text in got.items():
            path = case / f"expect.{what}"
            path.write_bytes(text) if text else path.unlink(missing_ok=True)
    else:
        for what, text in got.items():
            wrong += compare(what, wanted(case, what), text)
    if wrong:
        raise report.Failure("\n".join(wrong))


CASES = sorted(path.parent for path in HERE.glob("*/*/cmd"))
UPDATE = "--update" in sys.argv
if UPDATE:
    sys.argv.remove("--update")
if sys.argv[1] != "--list":
    DCVCTL = pathlib.Path(sys.argv.pop(1)).resolve()
    life.DCVCTL["path"] = DCVCTL.parent / "tests" / "dcvctl-clock"
    if UPDATE:
        lint_cases.update(life.DCVCTL["path"])
for module in sorted([*HERE.glob("life_*.py"), *HERE.glob("hook_*.py")]):
    importlib.import_module(module.stem)
sys.exit(report.main("cases", [
    (case.relative_to(HERE).as_posix(), lambda case=case: run_case(case)) for case in CASES]
    + life.CASES + lint_cases.tests(lambda: life.DCVCTL["path"]) + schema.tests(lambda: DCVCTL) + schema_config.tests(lambda: DCVCTL)))
