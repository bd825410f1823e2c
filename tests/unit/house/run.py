# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""The house itself: layering, sizes, format, lint, warnings, man pages, hardening.

run.py [PATTERN] or run.py --list. Each builder here is one test of the suite `house`."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import threading

import layering
import man_examples
import neighbours
import report
import template

ROOT = pathlib.Path(__file__).parents[3]
LIMIT_S = 900


def sh(*argv, **kwargs):
    """Runs a command at the root; its output. Failure if it ends with another status than 0."""
    run = subprocess.run([str(arg) for arg in argv], cwd=ROOT, text=True, timeout=LIMIT_S,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, errors="backslashreplace", **kwargs)
    if run.returncode:
        raise report.Failure(f"$ {' '.join(map(str, argv))}\n" + run.stdout[-20000:])
    return run.stdout


BUILDING = threading.Lock()


def build(preset, *options):
    """Builds are parallel in themselves, so one at a time."""
    with BUILDING:
        if not (ROOT / "build" / preset / "build.ninja").exists():
            sh("cmake", "--preset", preset)
        sh("cmake", "--build", "--preset", preset, *options)


def tidy():
    """clang with every warning an error; clang-tidy runs beside it, and again only over what
    changed."""
    try:
        build("tidy", "--", "-k", "0")
    except report.Failure as failure:
        found = [line for line in str(failure).splitlines() if "error: " in line]
        raise report.Failure("\n".join(found) or str(failure)) from None


def sources(*patterns):
    return sorted(path for pattern in patterns for path in ROOT.glob(pattern))


def c_format():
    files = sources("src/**/*.[ch]", "zones/**/*.[ch]", "providers/**/*.[ch]",
                    "examples/**/*.[ch]", "tests/unit/*/*.[ch]", "tests/fuzz/*.[ch]")
    wrong = [path for path in files if sh("clang-format", path) != path.read_text()]
    if wrong:
        raise report.Failure("run: clang-format -i " +
                             " ".join(str(path.relative_to(ROOT)) for path in wrong))


def scripts():
    for script in sources("tests/**/*.sh", "examples/*.sh", ".ci/run"):
        sh("bash", "-n", script)


def headers():
    """Each header compiles alone; provider.h as C11 and as C++, without warnings."""
    strict = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only"]
    for header in sources("src/*/*.h", "zones/*.h"):
        sh("gcc", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
           "-Isrc", "-I.", "-x", "c", header)
    for compiler in ("gcc", "clang"):
        sh(compiler, "-std=c11", *strict, "-x", "c", "src/provider/provider.h")
    for standard in ("c++11", "c++17"):
        sh("clang++", f"-std={standard}", *strict, "-x", "c++", "src/provider/provider.h")


def provider_template():
    build("asan", "--target", "dcvctl-installed")
    tests = ROOT / "build/asan/tests"
    template.run(sh, ROOT, tests / "installed", tests / "dcvctl-installed")


def man_pages():
    pages = sources("src/*/*.[1-8]", "providers/*/*.[1-8]", "examples/*/*.[1-8]")
    if not pages:
        raise report.Failure("no man page under src/")
    build("release", "--target", "man-pages")
    sh("mandoc", "-Tlint", "-Wwarning", *pages, "build/release/dcvctl-causes.7")


def examples():
    build("release")
    return man_examples.results(ROOT / "build/release/dcvctl")


def install():
    build("release")
    with tempfile.TemporaryDirectory() as root:
        sh("cmake", "--install", "build/release", "--prefix", root)
        for path in ("bin/dcvctl", "include/dcvctl/provider.h", "share/man/man1/dcvctl.1",
                     "share/man/man7/dcvctl-causes.7",
                     "share/bash-completion/completions/dcvctl", "share/zsh/site-functions/_dcvctl",
                     "share/fish/vendor_completions.d/dcvctl.fish", "share/dcvctl/order.schema.json",
                     "share/doc/dcvctl/LICENSE", "share/doc/dcvctl/examples/orders/digicert.yaml"):
            if not (pathlib.Path(root) / path).is_file():
                raise report.Failure(f"{path}: was not installed")
        if not any(pathlib.Path(root).glob("lib*/**/dcvctl/dcv-unbound.so")):
            raise report.Failure("dcvctl/dcv-unbound.so: was not installed")


def hardened():
    """The release binary is a PIE, with full RELRO, no executable stack, and fortified."""
    build("release")
    said = sh("readelf", "-W", "-h", "-l", "-d", "--dyn-syms", "build/release/dcvctl")
    for need in ("DYN (Position-Independent", "GNU_RELRO", "FLAGS_1", "NOW", "__stack_chk_fail",
                 "_chk@"):
        if need not in said:
            raise report.Failure(f"build/release/dcvctl: readelf shows no `{need}`")
    module = sh("readelf", "-W", "-h", "-l", "-d", "--dyn-syms", "build/release/dcv-unbound.so")
    for need in ("DYN (Shared", "GNU_RELRO", "NOW", "__stack_chk_fail"):
        if need not in module:
            raise report.Failure(f"build/release/dcv-unbound.so: readelf shows no `{need}`")
    stack = next(line for line in said.splitlines() if "GNU_STACK" in line)
    if "RWE" in stack:
        raise report.Failure(f"executable stack: {stack}")


def maps():
    """What `--version` maps: no library that belongs into a module, nor ldns."""
    build("release")
    with tempfile.NamedTemporaryFile("r") as log:
        sh("strace", "-f", "-e", "trace=openat,open", "-o", log.name,
           "build/release/dcvctl", "--version")
        opened = log.read()
    if "libc.so" not in opened:
        raise report.Failure("strace saw no library at all")
    for library in ("dcv-unbound", "dcv-http", "libcurl", "libunbound", "libpq", "libldns", "libexpat"):
        if library in opened:
            raise report.Failure(f"dcvctl --version opens {library}:\n{opened}")


def version():
    """The version stands in one place, project(), and the binary says it."""
    build("release")
    wanted = next(line for line in (ROOT / "CMakeLists.txt").read_text().splitlines()
                  if line.startswith("project(")).split("VERSION ")[1].split()[0]
    said = sh("build/release/dcvctl", "--version").splitlines()[0]
    if wanted not in said:
        raise report.Failure(f"--version says `{said}`, CMakeLists.txt {wanted}")


def parts():
    """`--version -v` says the numbers of the headers, the titles of the schemas, and of each library
    the version that pkg-config knows; without -v nothing of it, and of a missing module why."""
    build("release")
    said = sh("build/release/dcvctl", "--version", "-v")
    source = "\n".join(path.read_text() for path in ROOT.glob("src/*/*.h"))
    numbers = dict(re.findall(r"^#define (DCVP?_\w+) (\d+)u?$", source, re.M))
    wanted = [f"provider ABI: {numbers['DCVP_ABI']}", "schemas: " + ", ".join(
        f"{name} {numbers[f'DCV_{name.upper()}_SCHEMA']}" for name in ("order", "config", "result", "ledger"))]
    libraries = {"libyaml": "yaml-0.1", "jansson": "jansson", "SQLite": "sqlite3", "libuv": "libuv",
                 "libidn2": "libidn2"}
    wanted += [rf"  {name} +{re.escape(sh('pkg-config', '--modversion', of).strip())}"
               for name, of in libraries.items()]
    for module, abi, behind in (("crypto", "CRYPTO", {"libcrypto": "libcrypto"}), ("tls", "TLS", {"libssl": "libssl"}),
                                ("http", "HTTP", {"libcurl": "libcurl", "expat": "expat"}),
                                ("unbound", "EYE", {"libunbound": "libunbound"})):
        wanted.append(rf"  dcv-{module} +ABI {numbers[f'DCV_{abi}_ABI']}" + "".join(
            f", {name} {re.escape(sh('pkg-config', '--modversion', of).strip())}" for name, of in behind.items()))
    wanted += [rf"  {name} +ABI {numbers['DCVP_ABI']}" for name in ("exec", "powerdns", "rfc2136", "zonefile")]
    for line in wanted:
        if not re.search(f"^{line}$", said, re.M):
            raise report.Failure(f"no line `{line}`:\n{said}")
    for name in ("order", "config", "result"):
        title = json.loads(sh("build/release/dcvctl", "schema", name))["title"]
        if f"schema {numbers[f'DCV_{name.upper()}_SCHEMA']}" not in title:
            raise report.Failure(f"the title of schema {name} is `{title}`")


sys.exit(report.main("house", [
    *layering.tests(ROOT),
    *neighbours.TESTS,
    ("build-gcc", lambda: build("asan")),
    ("build-clang-tidy", tidy),
    ("format", c_format),
    ("scripts", scripts),
    ("headers", headers),
    ("provider-template", provider_template),
    ("man-pages", man_pages),
    ("man-examples", examples),
    ("install", install),
    ("hardened", hardened),
    ("maps", maps),
    ("version", version),
    ("version-parts", parts),
]))
