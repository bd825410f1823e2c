# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Shows that the tests catch the breach of each promise and rule: run.py [PATTERN], or
run.py --list.

NNN-NAME.patch is one changed line. Its first line says what it breaks and which test must see
it: `# promise N: WHAT; caught by: SUITE PATTERN`, or `# rule WHERE: …`. Each is applied to a
copy of the tree, built, and its test run. A mutant that does not apply, does not compile or is
not caught is a failed test; so is a test that fails without any mutant.

The promises: 1 a file is the old or the new one, complete and durable; 2 what dcvctl did not
write goes only if it is named; 3 runs do not harm each other, nor others who write; 4 after a
fault the ledger tells the truth and the next run goes on; 5 secrets stay secret; 6 bad input
ends in an error; 7 every wait ends; 8 so does a want of memory; 9 no host goes dark, no policy
widens and no foreign TTL changes unasked."""
import atexit
import contextlib
import os
import pathlib
import queue
import re
import shutil
import subprocess
import sys
import tempfile

import report

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
RUNNERS = {
    "unit": ["tests/unit/run.py", "build/dev/tests"],
    "cases": ["tests/cases/run.py", "build/dev/dcvctl"],
    "corpus": ["tests/corpus/run.py", "build/dev/dcvctl"],
    "canary": ["tests/canary/run.py", "build/dev/dcvctl"],
    "integration": ["tests/integration/run.py", "build/dev/dcvctl", "build/dev/dcvctl"],
}
APPLY = ["patch", "-p1", "--no-backup-if-mismatch", "--reject-file=-", "--fuzz=0"]
LIMIT_S = 600
COPIES = queue.SimpleQueue()  # a copy of the tree for each that works at once; None: not made
for _ in range(os.cpu_count() or 2):
    COPIES.put(None)
CAUGHT = []


def sh(copy, *argv, input=None):
    return subprocess.run(argv, cwd=copy, input=input, text=True, timeout=LIMIT_S,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          errors="backslashreplace",
                          env=dict(os.environ, PYTHONPATH=os.pathsep.join(
                              str(copy / at) for at in ("tests", "tests/conformance", "tests/sim"))))


def head(patch):
    first = patch.read_text().splitlines()[0]
    found = re.fullmatch(r"# (?:promise|rule) [^:]+: .+; caught by: (\w+) (\S+)", first)
    if not found or found[1] not in RUNNERS:
        raise report.Failure(f"{patch.name}: the first line names no rule and test: {first}")
    return found[1], found[2]


def targets(suite, pattern):
    """What must be built for a test: the programs that it runs."""
    if suite == "unit":
        return ["-".join(pattern.split("/")[:2])]
    if pattern.startswith("http-"):
        return ["http-ask"]
    return ["dcvctl", "dcvctl-clock"] if suite == "cases" else ["dcvctl"]


def build(copy, suite, pattern):
    done = sh(copy, "cmake", "--build", "build/dev", "--target", *targets(suite, pattern))
    if done.returncode:
        raise report.Failure("does not compile:\n" + done.stdout[-4000:])


def prepare():
    """A copy of the tree, configured."""
    copy = pathlib.Path(tempfile.mkdtemp(prefix="dcvctl-mutants."))
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    shutil.copytree(ROOT, copy, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("build", ".git", "__pycache__"))
    # A mutant may leave a function without a caller; that is no error here.
    done = sh(copy, "cmake", "--preset", "dev", "-DDCV_WERROR=OFF", "-DCMAKE_C_FLAGS_DEBUG=-O0")
    if done.returncode:
        raise report.Failure(done.stdout[-4000:])
    return copy


@contextlib.contextmanager
def a_copy():
    """A copy of the tree that nobody else works in."""
    copy = COPIES.get()
    try:
        copy = copy or prepare()
        yield copy
    finally:
        COPIES.put(copy)


def failed_lines(copy, suite, pattern):
    done = sh(copy, "python3", *RUNNERS[suite], pattern)
    ran = re.findall(rf"^(ok|FAIL) {suite}/\S+", done.stdout, re.M)
    if not ran:
        raise report.Failure(f"no test of {suite} has `{pattern}` in its name\n{done.stdout}")
    return [verdict for verdict in ran if verdict == "FAIL"], done.stdout


def sound():
    """Without any mutant every named test passes."""
    with a_copy() as copy:
        for suite, pattern in sorted({head(patch) for patch in PATCHES}):
            build(copy, suite, pattern)
            failed, said = failed_lines(copy, suite, pattern)
            if failed:
                raise report.Failure(f"{suite} {pattern} fails without any mutant\n{said}")


def mutant(patch):
    suite, pattern = head(patch)
    text = patch.read_text()
    if len(re.findall(r"^\+(?!\+\+ )", text, re.M)) > 1:
        raise report.Failure("more than one line is changed")
    with a_copy() as copy:
        done = sh(copy, *APPLY, "--forward", input=text)
        if done.returncode:
            raise report.Failure("does not apply:\n" + done.stdout)
        try:
            build(copy, suite, pattern)
            failed, said = failed_lines(copy, suite, pattern)
        finally:
            sh(copy, *APPLY, "--reverse", input=text)
    if not failed:
        raise report.Failure(f"not caught by {suite} {pattern}\n{said}")
    CAUGHT.append(patch)


PATCHES = sorted(HERE.glob("*.patch"))
status = report.main("mutants", [
    ("none", sound), *((patch.stem, lambda patch=patch: mutant(patch)) for patch in PATCHES)])
if sys.argv[1:2] != ["--list"]:
    print(f"{len(CAUGHT)} of {len(PATCHES)} caught")
sys.exit(status)
