# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""examples/units: how exposed the services are, and whether what they forbid is what a run does not
need. There is no systemd here that would run them, so what a run does is held against them."""
import pathlib
import re
import shutil
import subprocess

from harness import check, equal, test
from servers import Bind, Knot, Nsd
from test_unprivileged import OWNER, TOKEN, Unprivileged

ROOT = pathlib.Path(__file__).parents[2]
UNITS = ROOT / "examples/units"
METRICS = ROOT / "examples/metrics/dcvctl-metrics.service"
EXPOSURE = 15  # tenths


def settings():
    """Of the drop-in that both services have: the values of each key."""
    found = {}
    for line in (UNITS / "dcvctl-.service.d/10-hardened.conf").read_text().splitlines():
        if re.match(r"\w+=", line):
            key, value = line.split("=", 1)
            found.setdefault(key, []).append(value)
    return found


def analyze(where, *drop_ins):
    """Lines of systemd-analyze on the exposure of both services; it fails over the threshold."""
    units = where / "units"
    shutil.copytree(UNITS, units)
    for drop_in in drop_ins:
        path = units / "dcvctl-.service.d" / drop_in
        path.rename(path.with_suffix(""))
    lines = []
    for service in sorted(units.glob("*.service")):
        # It looks for the program, which need not be installed where tests run.
        service.write_text(service.read_text().replace("ExecStart=dcvctl", "ExecStart=/bin/true"))
        done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager",
                               f"--threshold={EXPOSURE}", service], capture_output=True, text=True,
                              timeout=60, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8",
                                               "SYSTEMD_UNIT_PATH": f"{units}:"})
        found = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
        check(found is not None and not done.stderr, f"{service.name}: {done.stdout[-400:]}{done.stderr}")
        check(done.returncode == 0 and float(found[1]) * 10 <= EXPOSURE, f"{service.name}: {found[0]}")
        check("✓ User=/DynamicUser=" in done.stdout, "the drop-in is not seen")
        lines.append(found[0])
    return lines


@test
def exposure(site):
    equal(len(analyze(site.where)), 2, "services")


@test
def exposure_of_the_local_example(site):
    equal(len(analyze(site.where, "50-local.conf.example")), 2, "services")


@test
def metadata_can_be_permitted(_):
    """What is denied for all is permitted by the local example for each address by which a provider
    asks for keys."""
    check("link-local" in settings()["IPAddressDeny"][0].split(), "link-local addresses are not denied")
    example = (UNITS / "dcvctl-.service.d/50-local.conf.example").read_text()
    allowed = re.search(r"^IPAddressAllow=(.*)$", example, re.M)[1].split()
    asked = {address for source in (ROOT / "providers").rglob("*.[ch]")
             for address in re.findall(r"169\.254(?:\.\d+){2}", source.read_text())}
    check(len(asked) > 1, "no address is found in the providers")
    equal(sorted(asked - set(allowed)), [], "addresses that stay denied")


@test
def metrics_are_to_be_read(_):
    """What others read lies where the unit may write, and not below the ledger's directory, which is
    closed to them."""
    unit, closed = METRICS.read_text(), f"/var/lib/{settings()['StateDirectory'][0]}/"
    equal(settings()["StateDirectoryMode"], ["0700"], "mode of the ledger's directory")
    written = re.findall(r"--out (\S+)", unit)
    equal(len(written), 2, "files")
    for path in written:
        check(not path.startswith(closed), f"{path}: nobody else can read it")
        check(str(pathlib.Path(path).parent) in re.search(r"^ReadWritePaths=(.*)$", unit, re.M)[1].split(),
              f"{path}: the unit may not write there")


def sets():
    """The sets of system calls that systemd knows, by their names."""
    done = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager"], capture_output=True,
                          text=True, timeout=60, check=True)
    found, last = {}, None
    for line in done.stdout.splitlines():
        word = line.strip()
        if line.startswith("@"):
            last = found.setdefault(word, set())
        elif line.startswith(" ") and not word.startswith("#") and last is not None:
            last.add(word)
        else:
            last = None if line and not line.startswith(" ") else last
    return found


def expand(names, known):
    return {call for name in names
            for call in (expand(known[name], known) if name in known else {name})}


def permitted():
    known, calls = sets(), set()
    for line in settings()["SystemCallFilter"]:
        some = expand(line.removeprefix("~").split(), known)
        calls = calls - some if line.startswith("~") else calls | some
    return calls | expand(["@default"], known)


# What systemd makes of ProtectSystem=strict and ReadWritePaths=: all is read-only but two directories.
STRICT = """
set -e
for path in "$1" "$2"; do mount --bind "$path" "$path"; done
mount -t tmpfs none /mnt
mount -o remount,bind,ro /
shift 2
exec "$@"
"""


def under(site):
    """A run with the directories that the units leave it, of the released program, since sanitizers
    need more; what it asked the kernel for."""
    site.open_control()
    log = site.state / "strace.log"
    argv = site.argv("apply", "--until", "effective", site.order(1001, f"{OWNER} TXT {TOKEN}"))
    at = argv.index(str(site.program))
    site.exec(["unshare", "--mount", "sh", "-c", STRICT, "sh", str(site.zones), str(site.state),
               *argv[:at], "strace", "-f", "-qq", "-o", str(log), *argv[at:]])
    equal(site.values(OWNER), [TOKEN], "values served")
    return [found for found in (re.match(r"\d+ +(\w+)\((.*)", line)
                                for line in log.read_text().splitlines()) if found]


def holds(site):
    used, allowed = under(site), permitted()
    check(len(used) > 200, "strace saw too little")
    equal(sorted({call[1] for call in used} - allowed), [], "system calls that the units forbid")
    families = {re.match(r"AF_\w+", call[2])[0] for call in used if call[1] in ("socket", "socketpair")}
    equal(families - set(" ".join(settings()["RestrictAddressFamilies"]).split()), set(),
          "address families that the units forbid")
    equal([call[0] for call in used if call[1] in ("mmap", "mprotect")
           and "PROT_WRITE" in call[2] and "PROT_EXEC" in call[2]], [], "memory that is written and run")
    equal([call[0] for call in used if call[1] in ("chmod", "fchmod", "fchmodat")
           and re.search(r"0[2467]\d{3}\b", call[2])], [], "set-user-ID")


class Released(Unprivileged):
    build = "release"


def of(server):
    def kind(where, zone):
        return Released(where, zone, server)
    return kind


@test(kind=of(Nsd))
def job_on_nsd(site):
    holds(site)


@test(kind=of(Bind))
def job_on_bind(site):
    holds(site)


@test(kind=of(Knot))
def job_on_knot(site):
    holds(site)
