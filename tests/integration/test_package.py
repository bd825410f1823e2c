# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""The Debian package: packed twice, the same octets; installed, used, removed in a root of its own.
That root is this host's with a layer above it, which shows all that was written."""
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading

from harness import DCVCTL, LONG, TESTS, check, equal
from report import Failure

ROOT = pathlib.Path(__file__).parents[2]
INSIDE = "/srv/dcvctl-source"
EPOCH = 1767225600
LIMIT_S = 900

# In a mount and a network namespace. What is mounted goes with them.
LAYER = """
set -e
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
cd "$1/root"
for name in proc dev sys; do mount --rbind /$name $name; done
for name in tmp run; do mount -t tmpfs none $name; done
mkdir srv/dcvctl-source
mount --bind "$2" srv/dcvctl-source
cp "$3" tmp/dcvctl.deb
ip link set lo up
PYTHONPATH=/srv/dcvctl-source/tests chroot . python3 /srv/dcvctl-source/tests/integration/package_life.py
umount srv/dcvctl-source
rmdir srv/dcvctl-source
cd "$1/upper"
find . ! -type d | sort >"$4"
"""


def sh(*argv, **keys):
    done = subprocess.run([str(arg) for arg in argv], text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT_S, **keys)
    if done.returncode:
        raise Failure(f"$ {' '.join(map(str, argv))}\n{done.stdout}")
    return done.stdout


def pack(build, where, umask=0o022):
    """The package of a build; one at a time, since each looks whether all is built."""
    with Package.lock:
        sh("cpack", "-B", where, cwd=build, umask=umask,
           env=dict(os.environ, SOURCE_DATE_EPOCH=str(EPOCH)))
    shutil.rmtree(where / "_CPack_Packages")
    found = list(where.glob("*.deb"))
    equal(len(found), 1, "packages")
    return found[0]


class Package:
    """Made once for all tests."""
    lock = threading.RLock()
    octets = None

    @classmethod
    def into(cls, where):
        with cls.lock:
            if cls.octets is None:
                cls.octets = pack(pathlib.Path(DCVCTL["release"]).parent, where).read_bytes()
        path = where / "dcvctl.deb"
        path.write_bytes(cls.octets)
        return path


def test(function, tests=TESTS):
    def run():
        with tempfile.TemporaryDirectory(prefix="dcvctl-test.") as where:
            function(pathlib.Path(where))
    tests.append((f"package/{function.__name__.replace('_', '-')}", run))
    return function


@test
def install_use_remove(where):
    package, layer, written = Package.into(where), where / "layer", where / "written"
    layer.mkdir()
    said = sh("unshare", "--mount", "--net", "--ipc", "sh", "-c", LAYER, "sh", layer, ROOT, package,
              written)
    check("PACKAGE LIFE DONE" in said, said)
    # The state was removed by hand at the end; dpkg's own books and the user stay.
    stays = re.compile(r"\./(var/(lib/dpkg|log|cache)/.*|etc/(passwd|group|shadow|gshadow|subuid|"
                       r"subgid)-?|etc/\.pwd\.lock|etc/ld\.so\.cache|.*\.pyc)")
    left = [name for name in written.read_text().splitlines() if not stays.fullmatch(name)]
    equal(left, [], "what the package leaves")


@test
def same_octets(where):
    """Packed at another place, with another umask, in another order of the directories."""
    first = Package.into(where)
    again = where / "again"
    again.mkdir()
    second = pack(pathlib.Path(DCVCTL["release"]).parent, again, umask=0o077)
    equal(hashlib.sha256(second.read_bytes()).hexdigest(),
          hashlib.sha256(first.read_bytes()).hexdigest(), "the second package")


def data(package, where):
    tree = where / "tree"
    sh("dpkg-deb", "--extract", package, tree)
    return tree


@test
def contents(where):
    package = Package.into(where)
    tree = data(package, where)
    for name in ("usr/bin/dcvctl", "usr/lib/dcvctl/dcv-unbound.so", "usr/lib/dcvctl/providers/dcvp-exec.so",
                 "usr/share/man/man1/dcvctl.1.gz", "usr/share/man/man7/dcvctl-causes.7.gz",
                 "usr/share/bash-completion/completions/dcvctl", "usr/share/dcvctl/order.schema.json",
                 "usr/share/zsh/vendor-completions/_dcvctl", "usr/share/doc/dcvctl/copyright",
                 "usr/share/doc/dcvctl/changelog.gz", "usr/share/doc/dcvctl/examples/zones/nsd.yaml",
                 "usr/lib/systemd/system/dcvctl-.service.d/10-hardened.conf",
                 "usr/lib/systemd/system/dcvctl-cleanup.timer", "usr/include/dcvctl/provider.h"):
        check((tree / name).is_file(), f"{name} is not in the package")
    equal([path.relative_to(tree).as_posix() for path in (tree / "etc").rglob("*") if path.is_file()],
          sh("dpkg-deb", "-I", package, "conffiles").replace("/etc", "etc").splitlines(), "conffiles")
    crontab = (tree / "etc/cron.d/dcvctl").read_text()
    equal([line for line in crontab.splitlines() if line[:1].isdigit()], [], "active lines of the crontab")
    check("#17 4" in crontab, crontab)
    for path in tree.rglob("*"):
        stat = path.lstat()
        equal((stat.st_uid, stat.st_gid, int(stat.st_mtime)), (0, 0, EPOCH), f"owner and time of {path}")
        equal(stat.st_mode & 0o022, 0, f"{path}: others may write")
        if path.is_file():
            check(str(ROOT).encode() not in path.read_bytes(), f"{path} tells where it was built")


def needed(path):
    return set(re.findall(r"NEEDED\s+(\S+)", sh("objdump", "-p", path)))


@test
def bill_of_materials(where):
    """Each library that the program and its modules need has a component with a version; what is
    listed depends as the files do; what the package asks dpkg for is in it."""
    package = Package.into(where)
    tree = data(package, where)
    bill = json.loads((tree / "usr/share/doc/dcvctl/sbom.cdx.json").read_text())
    equal((bill["bomFormat"], bill["specVersion"], bill["version"]), ("CycloneDX", "1.5", 1), "form")
    equal(bill["metadata"]["timestamp"], "2026-01-01T00:00:00Z", "time")
    product = bill["metadata"]["component"]
    equal((product["name"], product["type"], product["licenses"]),
          ("dcvctl", "application", [{"license": {"id": "BSD-3-Clause"}}]), "product")
    components = {part["bom-ref"]: part for part in [product, *bill["components"]]}
    equal(len(components), len(bill["components"]) + 1, "references are unique")
    depends = {entry["ref"]: entry["dependsOn"] for entry in bill["dependencies"]}
    check(set(components) >= set(depends) | {ref for refs in depends.values() for ref in refs},
          "a reference to nothing")
    files = {product["bom-ref"]: tree / "usr/bin/dcvctl",
             **{f"/{path.relative_to(tree)}": path for path in (tree / "usr/lib").rglob("*.so")}}
    equal(set(depends), set(files), "what has dependencies")
    for ref, path in files.items():
        equal(components[ref]["hashes"][0]["content"], hashlib.sha256(path.read_bytes()).hexdigest(),
              f"digest of {ref}")
        libraries = {components[other]["name"] for other in depends[ref] if other.startswith("pkg:deb/")}
        equal(libraries, {owner(soname) for soname in needed(path)}, f"libraries of {ref}")
    wanted = set(re.findall(r"lib[\w.+-]+", sh("dpkg-deb", "-f", package, "Depends")))
    equal(wanted, {part["name"] for ref, part in components.items() if ref.startswith("pkg:deb/")},
          "packages of Depends and of the bill")
    for ref, part in components.items():
        if ref.startswith("pkg:deb/"):
            equal(part["version"], sh("dpkg-query", "-W", "-f=${Version}\n", part["name"]).splitlines()[0],
                  f"version of {ref}")


def owner(soname):
    """The package that has a library, as dpkg knows it."""
    for line in sh("dpkg-query", "-S", f"*/{soname}").splitlines():
        if re.match(r"\S+: (/usr)?/lib/[\w-]+-linux-gnu/[^/]+$", line):
            return line.split(":")[0]
    raise Failure(f"{soname}: no package has it")


def long(function):
    return test(function, LONG)


@long
def same_octets_from_elsewhere(where):
    """Built anew from a copy of the tree, in a directory of another name and length."""
    copy = where / "a/copy of the/tree"
    copy.mkdir(parents=True)
    names = sh("git", "ls-files", cwd=ROOT).splitlines()
    for name in names:
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    sh("cmake", "--preset", "release", cwd=copy)
    sh("cmake", "--build", "--preset", "release", f"-j{os.cpu_count()}", cwd=copy)
    made = where / "made"
    made.mkdir()
    second = pack(copy / "build/release", made)
    equal(hashlib.sha256(second.read_bytes()).hexdigest(),
          hashlib.sha256(Package.into(where).read_bytes()).hexdigest(), "the second package")
