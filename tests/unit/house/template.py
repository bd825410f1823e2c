# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""examples/provider-template, built as its reader builds it: out of the tree, against the installed
header, in C11 and as C++; then used by a dcvctl that lies in the same prefix. And what may not be
loaded: another ABI, another's file, one that is no provider."""
import os
import pathlib
import shutil
import subprocess
import tempfile

from report import Failure

ZONE = """example.com. 3600 SOA ns1.example.com. admin.example.com. 1 7200 3600 86400 300
example.com. 3600 NS ns1.example.com.
www.example.com. 300 A 192.0.2.1
example.com. 300 TXT "v=spf1 -all"
"""
VALUE = "202611210000002aurxma1k3v"
ORDER = f"""ca: digicert
order: "1"
records:
  - _dnsauth.example.com TXT {VALUE}
"""
CONFIG = """ledger: ledger.db
accounts:
  texts: {provider: textdir, directory: zones}
zones:
  - {zone: "*", account: texts}
"""
RECORD = f'_dnsauth.example.com. 300 TXT "{VALUE}"\n'


def expect(what, ok, said=""):
    if not ok:
        raise Failure(f"{what}\n{said}")


def run(sh, root, prefix, program):
    """sh: runs a command at the root; prefix: where `program` was compiled to look."""
    shutil.rmtree(prefix, ignore_errors=True)
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        sh("cmake", "--install", "build/asan", "--prefix", prefix, "--component", "devel")
        build_template(sh, root, prefix, work)
        for module in (root / "build/asan").glob("dcv-*.so"):
            shutil.copy(module, prefix / "lib/dcvctl")
        try:
            use(work, program)
            refuse(sh, work, prefix, program)
        finally:
            shutil.rmtree(prefix)


def build_template(sh, root, prefix, work):
    source, built = work / "template", work / "built"
    shutil.copytree(root / "examples/provider-template", source)
    sh("cmake", "-S", source, "-B", built, f"-DCMAKE_PREFIX_PATH={prefix}",
       "-DCMAKE_INSTALL_LIBDIR=lib", "-DCMAKE_C_FLAGS=-Werror -pedantic")
    sh("cmake", "--build", built)
    sh("cmake", "--install", built, "--prefix", prefix)


def dcvctl(work, program, *args, status=0, says=""):
    env = dict(os.environ, HOME=str(work))
    done = subprocess.run([program, *args], cwd=work, env=env, text=True, capture_output=True,
                          timeout=60)
    said = done.stdout + done.stderr
    expect(f"dcvctl {' '.join(args)}: exit status {done.returncode}, not {status}",
           done.returncode == status, said)
    expect(f"dcvctl {' '.join(args)}: says nothing of `{says}`", says in said, said)
    return said


def use(work, program):
    (work / "zones").mkdir()
    zone = work / "zones/example.com.txt"
    zone.write_text(ZONE)
    (work / "dcvctl.yaml").write_text(CONFIG)
    (work / "1.yaml").write_text(ORDER)
    config = ("--config", "dcvctl.yaml")
    dcvctl(work, program, "provider", "list", says="textdir: text files")
    dcvctl(work, program, "plan", *config, "1.yaml", status=2, says="1 to add")
    dcvctl(work, program, "apply", "--no-wait", *config, "1.yaml")
    expect("apply: not the zone and the record", zone.read_text() == ZONE + RECORD,
           zone.read_text())
    dcvctl(work, program, "apply", "--no-wait", *config, "1.yaml", says="nothing to change")
    dcvctl(work, program, "cleanup", "--cancel", *config, "1", says="order 1 cleaned")
    expect("cleanup: not the zone as it was", zone.read_text() == ZONE, zone.read_text())
    (work / "2.yaml").write_text(ORDER.replace("example.com", "example.org"))
    dcvctl(work, program, "plan", *config, "2.yaml", status=78, says="no zone of dcvctl.yaml holds")


def refuse(sh, work, prefix, program):
    plugins = prefix / "lib/dcvctl/providers"
    good = (work / "template/textdir.c").read_text()
    wrong = {"abi": (good.replace("DCVP_ABI,", "DCVP_ABI + 1,"), "another version"),
             "short": (good.replace("sizeof(textdir),", "32,"), "too short"),
             "mute": (good.replace(".apply = textdir_apply,", ""), "has no apply"),
             "called": (good, "by another name"),
             "none": ("int x;", "it has no dcvp_provider_1")}
    for name, (text, why) in wrong.items():
        (work / "wrong.c").write_text(text)
        sh("gcc", "-shared", "-fPIC", "-D_POSIX_C_SOURCE=200809L", f"-I{prefix}/include", "-w",
           work / "wrong.c", "-o", plugins / f"dcvp-{name}.so")
        dcvctl(work, program, "provider", "list", name, status=78, says=why)
        (plugins / f"dcvp-{name}.so").unlink()
    for path in (plugins / "dcvp-textdir.so", plugins, plugins.parent):
        mode = path.stat().st_mode
        path.chmod(mode | 0o020)
        dcvctl(work, program, "provider", "list", "textdir", status=78,
               says="must belong to root")
        path.chmod(mode)
        os.chown(path, 1, -1)
        dcvctl(work, program, "provider", "list", "textdir", status=78,
               says="must belong to root")
        os.chown(path, 0, -1)
    dcvctl(work, program, "provider", "list", "textdir")
