# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""The Ansible collection of examples/, by ansible-core on this host: what a playbook's recap, diff
and messages say, and what is written."""
import json
import pathlib
import re

import harness
from harness import Site, check, equal, shown, silent_server, strace, test

ROOT = pathlib.Path(__file__).parents[2]
COLLECTIONS = ROOT / "examples" / "ansible"
OWNER = "_dnsauth.example.com"
NEW, OLD = "202611210000002aurxma1k3v", "202605020000001k9qz7tt0b2"
OLD_ZONE = harness.ZONE + f"_dnsauth 86400 IN TXT \"{OLD}\"\n"


class Playing(Site):
    """Runs playbooks on this host."""

    def environment(self):
        return dict(super().environment(), ANSIBLE_COLLECTIONS_PATH=str(COLLECTIONS),
                    ANSIBLE_HOME=str(self.where / "ansible"), ANSIBLE_NOCOWS="1",
                    ANSIBLE_LOCAL_TEMP=str(self.where / "ansible" / "local"),
                    ANSIBLE_REMOTE_TEMP=str(self.where / "ansible" / "remote"))

    def playbook(self, tasks=(), roles=()):
        """Written as JSON, which is YAML; its path."""
        path = self.where / "play.yml"
        path.write_text(json.dumps([{"hosts": "all", "gather_facts": False,
                                     "roles": list(roles), "tasks": list(tasks)}]))
        return str(path)

    def argv_of(self, book, *options):
        return ["ansible-playbook", "-i", "localhost,", "-c", "local", "-e",
                "ansible_python_interpreter=/usr/bin/python3", *options, book]

    def play(self, book, *options, status=0, **recap):
        """Plays; the recap has these counts."""
        run = self.exec(self.argv_of(book, *options), status)
        found = dict(re.findall(r"(\w+)=(\d+)", run.out.rpartition("PLAY RECAP")[2]))
        equal({name: int(found.get(name, -1)) for name in recap}, recap, "the recap")
        return run

    def task(self, build="asan", **params):
        """A task of the module."""
        return {"name": "the task", "dcvctl.dcvctl.orders": {
            "executable": harness.DCVCTL[build], "config": str(self.where / "dcvctl.yaml"),
            **params}}

    def told(self, *tasks):
        """What each task registers, failed or not, of one play. A task: the module's parameters,
        and check_mode and diff as keywords of the task."""
        result, plays = self.where / "result.json", []
        for i, params in enumerate(tasks):
            params = dict(params)
            words = {word: params.pop(word) for word in ("check_mode", "diff") if word in params}
            plays.append({**self.task(**params), **words, "register": f"told{i}",
                          "ignore_errors": True})
        names = ", ".join(f"told{i}" for i in range(len(tasks)))
        plays.append({"ansible.builtin.copy": {"content": f"{{{{ [{names}] | to_json }}}}",
                                               "dest": str(result)}})
        self.play(self.playbook(plays), failed=0)
        return json.loads(result.read_text())


def playing(function=None, **keys):
    return test(function, kind=Playing, **keys)


def record(value=NEW, owner=OWNER):
    return f"{owner} TXT {value}"


@playing(zone=OLD_ZONE)
def recap_and_diff(site):
    """Changed once, with the records as a diff; then nothing moves."""
    book = site.playbook([site.task(orders=site.order(1001, record()), previous=OLD,
                                    until="effective")])
    run = site.play(book, "--diff", ok=1, changed=1, failed=0)
    lines = [line for line in run.out.splitlines() if re.match(r"[-+]_", line)]
    equal(lines, [f'-{OWNER}. 86400 IN TXT "{OLD}"', f'+{OWNER}. 300 IN TXT "{NEW}"'], "the diff")
    equal(site.values(OWNER), [NEW], "values")
    before = site.identity(), site.ledger_file.read_bytes()
    run = site.play(book, "--diff", ok=1, changed=0, failed=0)
    check("IN TXT" not in run.out, "a diff where nothing changed")
    equal((site.identity(), site.ledger_file.read_bytes()), before, "zone file and ledger")


@playing
def check_mode_writes_nothing(site):
    """By every call that opens, makes, moves or removes: outside Ansible's own files none writes."""
    book = site.playbook([site.task("release", orders=site.order(1001, record()))])
    log = strace(site, site.argv_of(book, "--check", "--diff"), "-f", "-e",
                 "trace=file,ftruncate,fchmod")
    check(any("dcvctl.yaml" in line and "openat(" in line for line in log), "dcvctl did not run")
    check(any(str(site.zone_file) in line and "openat(" in line for line in log),
          "the zone was not read")
    writes = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|"
                        r"\b(f?truncate|rename|unlink|link|symlink|mkdir|f?chmod|f?chown|utime)\w*\(")
    own = (str(site.zones), str(site.state))
    wrong = [line for line in log if writes.search(line) and any(path in line for path in own)]
    equal(wrong, [], "calls that write")
    equal(site.state.exists(), False, "the ledger is there")
    run = site.exec(site.argv_of(book, "--check", "--diff"))
    check(f'+{OWNER}. 300 IN TXT "{NEW}"' in run.out and "changed=1" in run.out, "not told")


def equal_end(told, exit_, changed, what):
    equal((told.get("exit"), told["failed"], told["changed"]), (exit_, exit_ not in (0, 2), changed),
          what)


WRONG = ({"order": "1001"}, "unknown parameter: order"), \
    ({}, "either orders or content"), \
    ({"orders": "1001", "state": "gone"}, "state: gone: one of present"), \
    ({"orders": "1001", "cancel": True}, "only with state absent"), \
    ({"orders": "1001", "keep_going": "perhaps"}, "yes or no"), \
    ({"orders": "1001", "executable": "/none/dcvctl"}, "/none/dcvctl"), \
    ({"orders": "1001", "executable": "/bin/false"}, "ended with 1")


@playing(zone=OLD_ZONE)
def failures(site):
    """What fails before it begins writes nothing, and says what to do."""
    order = site.order(1001, record(), service="huaweicloud-scm")
    before = site.identity()
    guard, planned, bad, *wrong = site.told(
        {"orders": order}, {"orders": order, "check_mode": True},
        {"content": 'order: "7"\nca: digicert\nrecords: [_dnsauth.example.com TTX a]\n'},
        *(params for params, _ in WRONG))
    equal_end(guard, 6, False, "a guard")
    check(OLD in guard["msg"] and "--previous" in guard["msg"], guard["msg"])
    equal_end(planned, 6, False, "a guard in check mode")
    equal_end(bad, 65, False, "a bad order")
    check(":3:" in bad["msg"] and "TTX" in bad["msg"], bad["msg"])
    for told, (_, word) in zip(wrong, WRONG):
        equal_end(told, None, False, word)
        check(word in told["msg"], f"{word}: {told['msg']}")
    equal(site.identity(), before, "the zone file")


@playing
def late_and_partly(site):
    """Written, and not effective at the deadline: 4. The checker of one zone of two fails: 3."""
    other = site.zones / "example.net.zone"
    other.write_text(harness.ZONE.replace("example.com", "example.net"))
    config = site.where / "dcvctl.yaml"
    with silent_server() as nobody:
        site.configure(nameservers=[nobody, site.server.address()])
        config.write_text(config.read_text().replace("zones:\n", f"""zones:
  - {{zone: example.net, file: {other}, reload: none, checker: {{command: [/bin/false]}}}}
"""))
        late, partly = site.told(
            {"orders": site.order(1001, record()), "until": "effective", "deadline": "2s"},
            {"orders": site.order(1002, record(OLD), record(NEW, "_dnsauth.example.net"))})
    equal_end(late, 4, True, "late")
    equal_end(partly, 3, True, "partly")
    equal(site.values(OWNER), [OLD, NEW], "values")


@playing
def content_and_absent(site):
    """An order given in the playbook, cancelled by number."""
    content = f'order: "7"\nca: digicert\nrecords:\n  - {record()}\n'
    absent = {"orders": "7", "state": "absent"}
    cancel = {**absent, "cancel": True}
    applied, refused, planned, cancelled, again = site.told(
        {"content": content, "diff": True}, absent, {**cancel, "check_mode": True}, cancel, cancel)
    equal_end(applied, 0, True, "applied")
    equal(applied["orders"][0]["order"], "7", "the order")
    equal(applied["diff"][0]["after"], f'{OWNER}. 300 IN TXT "{NEW}"\n', "the diff")
    equal((refused["failed"], refused["changed"]), (True, False), "an open order")
    equal_end(planned, 2, True, "planned")
    equal_end(cancelled, 0, True, "cancelled")
    equal_end(again, 0, False, "cancelled again")
    equal(site.values(OWNER), [], "values")


@playing
def no_log(site):
    """Neither what is said nor what is kept by Ansible has a value or a file of the task."""
    task = {**site.task(content=f'order: "7"\nca: digicert\nrecords:\n  - {record()}\n'),
            "no_log": True}
    log = site.where / "ansible.log"
    before = site.environment
    site.environment = lambda: dict(before(), ANSIBLE_LOG_PATH=str(log))
    run = site.play(site.playbook([task]), "-vvv", "--diff", ok=1, changed=1)
    equal(site.values(OWNER), [NEW], "values")
    check(NEW not in run.out + run.err + log.read_text(), "the value is in the output")


@playing
def thousand_orders(site):
    """A directory of them in one task: one edit; then, unchanged."""
    orders = site.where / "orders"
    orders.mkdir()
    for i in range(1000):
        (orders / f"{2000 + i}.yaml").write_text(
            f"ca: digicert\nrecords:\n  - {record(NEW + str(i), f'_dnsauth.h{i}.example.com')}\n")
    book = site.playbook([site.task("release", orders=str(orders))])
    site.play(book, changed=1)
    equal(site.zone_file.read_text().count(NEW), 1000, "records")
    before = site.identity()
    site.play(book, ok=1, changed=0)
    equal(site.identity(), before, "the zone file")


def stand_in(site):
    """A systemctl that notes what it is told, and whether the timer is on; what was noted."""
    program, noted = site.where / "stand-in" / "systemctl", site.where / "noted"
    program.parent.mkdir()
    program.write_text(f"""#!/bin/sh
echo "$*" >>{noted}
on=$(grep -c '^enable' {noted})
case $1 in
show) echo LoadState=loaded; [ "$on" -eq 0 ] && echo ActiveState=inactive || echo ActiveState=active ;;
is-enabled) [ "$on" -eq 0 ] && echo disabled && exit 1 || echo enabled ;;
esac
""")
    program.chmod(0o755)
    site.path = f"{program.parent}:/usr/sbin:/usr/bin:/sbin:/bin"
    return lambda: [line for line in noted.read_text().splitlines()
                    if line.split()[0] in ("enable", "start")]


@playing
def role_writes_no_file_of_the_package(site):
    """Of a conffile that something else writes dpkg asks at each upgrade."""
    shipped = (ROOT / "src/package/conffiles").read_text().split()
    check(shipped, "no conffiles")
    found = (COLLECTIONS / "ansible_collections/dcvctl/dcvctl/roles/dcvctl/defaults/main.yml")
    equal([line for line in found.read_text().splitlines()
           if line.partition(": ")[2] in shipped], [], "defaults")


@playing
def role(site):
    """Configuration, orders, records and the clean-up; the example playbook plays it again."""
    files = site.where / "files"
    files.mkdir()
    pathlib.Path(site.order(1001, record())).rename(files / "1001.yaml")
    etc = site.where / "etc"
    params = {"dcvctl_config": {"ledger": f"sqlite:{site.ledger_file}", "zones": [
                  {"zone": "example.com", "file": str(site.zone_file), "reload": "none"}],
                  "check": {"nameservers": [site.server.address()]}},
              "dcvctl_config_file": str(etc / "dcvctl.yaml"),
              "dcvctl_orders": str(etc / "orders"), "dcvctl_orders_from": str(files),
              "dcvctl_executable": harness.DCVCTL["asan"],
              "dcvctl_cron_file": str(site.where / "cron")}
    book = site.playbook(roles=[{"role": "dcvctl.dcvctl.dcvctl", **params}])
    site.play(book, "--check", failed=1, status=2)  # the directories are not made
    equal(etc.exists(), False, "etc/")
    site.play(book, failed=0, changed=5)
    check(NEW in shown(site.zone_file), "no record")
    equal((etc / "dcvctl.yaml").stat().st_mode & 0o777, 0o640, "mode of the configuration")
    cron = (site.where / "cron").read_text()
    check(f"root {harness.DCVCTL['asan']} cleanup --config {etc}/dcvctl.yaml" in cron, cron)
    site.play(book, "--check", "--diff", failed=0, changed=0)
    site.load()
    values = site.where / "values.json"
    values.write_text(json.dumps({**params, "dcvctl_cleanup": "none"}))
    site.play(str(COLLECTIONS / "site.yml"), "-e", f"@{values}", failed=0, changed=0)
    noted = stand_in(site)
    for changed in (1, 0):
        site.play(book, "-e", "dcvctl_cleanup=timer", failed=0, changed=changed)
    equal(noted(), ["enable dcvctl-cleanup.timer", "start dcvctl-cleanup.timer"], "systemctl")
