# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Inside the root of test_package.py: the package is installed, used by its own user at an NSD and
with a plugin, installed again, removed, purged."""
import json
import os
import pathlib
import shutil
import struct
import subprocess

from servers import KEY, BindDynamic, Nsd, dig

DEB, CRON, LEDGER = "/tmp/dcvctl.deb", pathlib.Path("/etc/cron.d/dcvctl"), pathlib.Path("/var/lib/dcvctl/ledger.db")
TOKEN = "k7q2x9m4t1v8b5n3c6z0h2d8f4g6j1p5"
ZONE = f"""$TTL 3600
@ SOA ns1 hostmaster 41 7200 3600 1209600 3600
@ NS ns1
ns1 A 127.0.0.1
"""


def run(*argv, status=0, **keys):
    done = subprocess.run([str(arg) for arg in argv], text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, **keys)
    print("$", *argv, "\n" + done.stdout)
    assert done.returncode == status, f"exit status {done.returncode}, wanted {status}"
    return done.stdout


def dcvctl(*args, status=0, **variables):
    """As the user that the package made, in the name server's group."""
    return run("setpriv", "--reuid", "dcvctl", "--regid", "dcvctl", "--groups", "nsd", "--no-new-privs",
               "dcvctl", *args, status=status, cwd="/", env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
               "HOME": "/var/lib/dcvctl", "DCVCTL_UNTIL": "effective", "NO_COLOR": "1", **variables})


def install():
    run("dpkg", "-i", DEB)
    assert run("dpkg", "--verify", "dcvctl") == ""
    stat = LEDGER.parent.stat()
    assert stat.st_mode & 0o7777 == 0o700 and LEDGER.parent.owner() == "dcvctl", stat
    assert not list(LEDGER.parent.iterdir())
    assert not list(pathlib.Path("/etc/systemd").glob("**/*dcvctl*")), "a unit was enabled"
    said = dcvctl("--version", "-v")
    assert "/usr/lib/dcvctl" in said and "not to be had" not in said, said


def use():
    where = pathlib.Path("/tmp/site")
    zones = where / "zones"
    zones.mkdir(parents=True)
    where.chmod(0o755)
    zone = zones / "example.com.zone"
    zone.write_text(ZONE)
    for path, mode in ((zones, 0o2770), (zone, 0o660)):
        shutil.chown(path, "dcvctl", "nsd")
        path.chmod(mode)
    store = LEDGER.parent / "zones.json"
    store.write_text(json.dumps({"example.net.": [
        {"owner": "example.net.", "type": "SOA", "ttl": 3600, "values": ["ns1.example.net. admin.example.net. 1 7200 3600 86400 300"]},
        {"owner": "example.net.", "type": "NS", "ttl": 3600, "values": ["ns1.example.net."]}]}))
    shutil.chown(store, "dcvctl", "dcvctl")
    examples = pathlib.Path("/usr/share/doc/dcvctl/examples")
    server = Nsd(where, {"example.com": zone})
    pathlib.Path("/etc/dcvctl/dcvctl.yaml").write_text(f"""\
ledger: sqlite:{LEDGER}
accounts:
  store: {{provider: exec, command: [{examples}/exec-plugin/json-store], settings: ["file={store}"]}}
zones:
  - {{zone: example.com, file: {zone}, reload: {server.preset}, server: "{server.address()}"}}
  - {{zone: example.net, account: store}}
check: {{nameservers: ["{server.address()}"], deadline: 15s}}
""")
    pathlib.Path("/etc/dcvctl/orders/1234567890.yaml").write_text(
        f"ca: digicert\nrecords:\n  - _dnsauth.example.com TXT {TOKEN}\n")
    pathlib.Path("/etc/dcvctl/orders/1234567891.yaml").write_text(
        f"ca: digicert\nrecords:\n  - _dnsauth.example.net TXT {TOKEN}\n")
    with server:
        for name in ("nsd.sock",):
            shutil.chown(where / name, "root", "nsd")
            (where / name).chmod(0o660)
        dcvctl("apply", "/etc/dcvctl/orders/1234567890.yaml")
        dcvctl("apply", "--until", "published", "/etc/dcvctl/orders/1234567891.yaml")
        said = run("dig", "@127.0.0.1", "-p", server.port, "+short", "_dnsauth.example.com", "TXT")
        assert TOKEN in said and TOKEN in store.read_text(), said
        assert (zone.owner(), zone.group(), oct(zone.stat().st_mode & 0o7777)) == ("dcvctl", "nsd", "0o660")
        assert "powerdns" in dcvctl("provider", "list")
        dcvctl("lint", examples / "orders")
        dcvctl("cleanup", "--cancel", "1234567890", "1234567891")
        assert TOKEN not in zone.read_text() and TOKEN not in store.read_text()


def lend(path, user):
    """As LoadCredential= of systemd 254 and later does: root's, and this user reads it by an ACL."""
    path.chmod(0o400)
    entries = ((1, 4, -1), (2, 4, user), (4, 0, -1), (16, 4, -1), (32, 0, -1))
    os.setxattr(path, "system.posix_acl_access", struct.pack("<I", 2) + b"".join(
        struct.pack("<HHi", *entry) for entry in entries))
    assert path.stat().st_mode & 0o7777 == 0o440, oct(path.stat().st_mode)


def use_credential():
    """Updates signed with a key that only a unit's credential holds."""
    where, keys = pathlib.Path("/tmp/dynamic"), pathlib.Path("/tmp/credentials")
    where.mkdir()
    keys.mkdir(0o755)
    zone = where / "example.org.zone"
    zone.write_text(ZONE)
    key = keys / "update.key"
    key.write_text(f'key "key" {{ algorithm hmac-sha256; secret "{KEY}"; }};\n')
    lend(key, LEDGER.parent.stat().st_uid)
    with BindDynamic(where, {"example.org": zone}) as server:
        config = pathlib.Path("/etc/dcvctl/dynamic.yaml")
        config.write_text(f"""\
ledger: sqlite:{LEDGER}
accounts: {{primary: {{provider: rfc2136, server: "{server.address()}", tsig: {{file: update.key}}}}}}
zones: [{{zone: example.org, account: primary}}]
check: {{nameservers: ["{server.address()}"], deadline: 15s}}
""")
        order = pathlib.Path("/etc/dcvctl/orders/1234567892.yaml")
        order.write_text(f"ca: digicert\nrecords:\n  - _dnsauth.example.org TXT {TOKEN}\n")
        dcvctl("apply", "--config", config, order, CREDENTIALS_DIRECTORY=str(keys))
        assert dig(server.port, "_dnsauth.example.org", "TXT"), "no record"
        dcvctl("cleanup", "--config", config, "--cancel", "1234567892", CREDENTIALS_DIRECTORY=str(keys))
        said = dcvctl("apply", "--config", config, "--reopen", order, status=78)
        assert "update.key" in said, said


def again():
    """A conffile that was changed stays; what was made by hand too."""
    CRON.write_text(CRON.read_text() + "# changed\n")
    run("dpkg", "-i", DEB)
    assert "# changed" in CRON.read_text() and LEDGER.exists()


def leave():
    run("dpkg", "-r", "dcvctl")
    assert shutil.which("dcvctl") is None and not pathlib.Path("/usr/lib/dcvctl").exists()
    assert LEDGER.exists() and CRON.exists(), "a removal keeps ledger and conffile"
    said = run("dpkg", "-P", "dcvctl")
    assert LEDGER.exists() and not CRON.exists() and f"{LEDGER.parent} stays" in said, said
    # What was written by hand.
    shutil.rmtree("/etc/dcvctl")
    shutil.rmtree(LEDGER.parent)


os.umask(0o022)
install()
use()
use_credential()
again()
leave()
print("PACKAGE LIFE DONE")
