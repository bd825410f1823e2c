# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Programs as backends: the example in Python, and what becomes of a run whose program dies."""
import contextlib
import functools
import json
import os
import pathlib
import signal
import time

from harness import Site, check, equal, test
from servers import KEY, BindDynamic

OWNER = "_dnsauth.example.com"
OLD, NEW = "t0ken-of-last-year-abcdefghijklmn", "t0ken-of-this-year-abcdefghijklmn"
EXAMPLE = pathlib.Path(__file__).parents[2] / "examples" / "exec-plugin" / "json-store"
SETS = [{"owner": "example.com.", "type": "SOA", "ttl": 3600,
         "values": ["ns1.example.com. hostmaster.example.com. 7 7200 3600 1209600 3600"]},
        {"owner": "example.com.", "type": "NS", "ttl": 3600, "values": ["ns1.example.com."]},
        {"owner": "ns1.example.com.", "type": "A", "ttl": 3600, "values": ["127.0.0.1"]},
        {"owner": "example.com.", "type": "TXT", "ttl": 86400, "values": ['"v=spf1 -all"']}]


class ExecSite(Site):
    """Its zone lies in the JSON file of the example; nobody serves it."""
    account = ""

    def configure(self, command=None):
        self.store = self.where / "zones.json"
        if not self.store.exists():
            self.store.write_text(json.dumps({"example.com.": SETS}))
        command = json.dumps(command or [str(EXAMPLE)])
        (self.where / "dcvctl.yaml").write_text(f"""\
ledger: sqlite:{self.ledger_file}
accounts:
  store: {{provider: exec, command: {command}, settings: ["file={self.store}"]}}
zones:
  - {{zone: example.com, account: store}}
check: {{nameservers: [{json.dumps(self.server.address())}], deadline: 15s}}
""")

    def apply(self, *args, status=0, build="asan"):
        return self.dcvctl("apply", "--until", "published", *args, status=status, build=build)

    def stored(self, owner, rrtype):
        return next((s for s in json.loads(self.store.read_text())["example.com."]
                     if (s["owner"], s["type"]) == (f"{owner}.", rrtype)), None)

    def program(self, text):
        """A program that stands before the example; {example} is its path."""
        path = self.where / "program"
        path.write_text("#!/bin/sh\n" + text.replace("{example}", str(EXAMPLE)))
        path.chmod(0o755)
        self.configure([str(path)])


of_exec = functools.partial(test, module="exec", kind=ExecSite)


@of_exec
def from_the_first_record_to_clean_up(site):
    order = site.order(1001, f"{OWNER} TXT {NEW}")
    site.apply(order)
    equal(site.stored(OWNER, "TXT"), {"owner": f"{OWNER}.", "type": "TXT", "ttl": 300,
                                      "values": [f'"{NEW}"']}, "what is stored")
    before = site.store.stat().st_mtime_ns
    check('"changed":false' in site.apply("--json", order).out.replace(" ", ""),
          "a second run changes something")
    equal(site.store.stat().st_mtime_ns, before, "when the file was written")
    site.dcvctl("cleanup", "--cancel", "1001")
    equal(json.loads(site.store.read_text())["example.com."], SETS, "the zone after clean-up")


@of_exec
def what_is_not_ours_stays(site):
    site.apply(site.order(1002, f"example.com TXT {NEW}"))
    equal(site.stored("example.com", "TXT")["values"], ['"v=spf1 -all"', f'"{NEW}"'], "values")
    equal(site.stored("example.com", "TXT")["ttl"], 86400, "TTL")


@of_exec
def txt_gives_way_to_cname(site):
    site.apply(site.order(1003, f"{OWNER} TXT {OLD}"))
    site.apply(site.order(1003, f"{OWNER} CNAME {NEW}.dcv.example.net."))
    equal(site.stored(OWNER, "TXT"), None, "TXT")
    equal(site.stored(OWNER, "CNAME")["values"], [f"{NEW}.dcv.example.net."], "CNAME")


@of_exec
def what_it_says_to_people_is_shown(site):
    site.program('echo "a word for people" >&2\nexec {example}\n')
    run = site.apply(site.order(1004, f"{OWNER} TXT {NEW}"))
    check("a word for people" in run.out + run.err, "it is not shown")


@of_exec
def a_program_that_dies_after_the_write(site):
    """The answer is lost: what was done is found out by reading, in this run or the next."""
    flag = site.where / "died"
    site.program(f"""\
[ -e {flag} ] && exec {{example}}
{{example}} | while read -r line; do
	case $line in *results*) touch {flag}; kill -9 -$$;; esac
	printf '%s\\n' "$line"
done
""")
    order = site.order(1005, f"{OWNER} TXT {NEW}")
    run = site.apply(order, status=None)
    check(flag.exists() and "kill:" not in run.err, "it did not die")
    check(run.status in (0, 3), f"exit status {run.status}")
    site.apply(order)
    equal(site.stored(OWNER, "TXT")["values"], [f'"{NEW}"'], "values")
    equal(site.ledger("select state from changes where state not in ('done', 'failed')"), [],
          "changes that are not settled")


@of_exec
def a_program_that_is_gone_after_the_write(site):
    """Nothing is known of the change, so it is not said to be written; a later run finds it."""
    flag = site.where / "died"
    site.program(f"""\
[ -e {flag} ] && exit 1
{{example}} | while read -r line; do
	case $line in *results*) touch {flag}; kill -9 -$$;; esac
	printf '%s\\n' "$line"
done
""")
    order = site.order(1010, f"{OWNER} TXT {NEW}")
    run = site.apply(order, status=3)
    check("sent       " in run.out and "written" not in run.out, "it is said to be written")
    check("program: it cannot be read what stands there" in run.err
          or "zones.json: it cannot be read what stands there" in run.err, "where is not said")
    site.program("exec {example}\n")
    site.apply(order)
    equal(site.stored(OWNER, "TXT")["values"], [f'"{NEW}"'], "values")


@of_exec
def a_program_that_is_not_there(site):
    site.configure(["/nowhere/program"])
    run = site.apply(site.order(1006, f"{OWNER} TXT {NEW}"), status=1)
    check("/nowhere/program: cannot be started" in run.err, "why is not said")


@of_exec
def settings_that_do_not_fit(site):
    """Every end says what to type."""
    text = (site.where / "dcvctl.yaml").read_text()
    for bad in ("secret_names: [TOKEN]", 'environment: ["1X=3"]', "dialect: lego-exec"):
        (site.where / "dcvctl.yaml").write_text(
            text.replace("provider: exec", f"provider: exec, {bad}"))
        run = site.apply(site.order(1009, f"{OWNER} TXT {NEW}"), status=78)
        check("help: the keys of such an account: dcvctl provider list exec" in run.err,
              f"no help: {bad}")


@of_exec
def nothing_outlives_a_killed_run(site):
    """The program has a group of its own; it dies with dcvctl all the same."""
    note = site.where / "pid"
    site.program(f'echo $$ >{note}.new; mv {note}.new {note}; exec sleep 1000\n')
    run = site.popen("apply", "--until", "published", site.order(1007, f"{OWNER} TXT {NEW}"))
    end = time.monotonic() + 20
    while not note.exists() and time.monotonic() < end:
        time.sleep(0.01)
    run.kill()
    run.communicate()
    pid = int(note.read_text())
    while is_there(pid) and time.monotonic() < end:
        time.sleep(0.01)
    there = is_there(pid)
    with contextlib.suppress(ProcessLookupError):
        if there:
            os.kill(pid, signal.SIGKILL)
    check(not there, "the program is still there")


class HookSite(Site):
    """A script made for lego writes the zone with dynamic updates, and knows nothing else."""

    def configure(self):
        hook = self.where / "hook"
        hook.write_text(f"""\
#!/bin/sh
case $1 in present) verb=add;; cleanup) verb=delete;; esac
case $2 in _*) ttl=300;; *) ttl=3600;; esac
nsupdate <<END
server 127.0.0.1 {self.server.port}
zone example.com
key hmac-sha256:key {KEY}
update $verb $2 $ttl TXT "$3"
send
END
""")
        hook.chmod(0o755)
        address = self.server.address()
        (self.where / "dcvctl.yaml").write_text(f"""\
ledger: sqlite:{self.ledger_file}
accounts:
  hook: {{provider: exec, dialect: lego-exec, command: [{hook}], server: "{address}"}}
zones:
  - {{zone: example.com, account: hook}}
check: {{nameservers: ["{address}"], deadline: 15s}}
""")


of_hook = functools.partial(test, module="exec",
                            kind=functools.partial(HookSite, server=BindDynamic))


@of_hook
def a_hook_of_lego(site):
    order = site.order(1008, f"{OWNER} TXT {OLD}")
    site.apply(order)
    equal(site.values(OWNER), [OLD], "values served")
    check('"changed":false' in site.apply("--json", order).out.replace(" ", ""),
          "a second run changes something")
    site.apply(site.order(1008, f"{OWNER} TXT {NEW}"))
    equal(site.values(OWNER), [NEW], "values after a re-issue")
    site.dcvctl("cleanup", "--cancel", "1008")
    equal(site.values(OWNER), [], "values after clean-up")


@of_hook
def a_hook_does_not_touch_what_is_not_ours(site):
    site.apply(site.order(1009, f"example.com TXT {NEW}"))
    equal(site.values("example.com"), [NEW, "v=spf1 mx -all"], "values served")
    site.dcvctl("cleanup", "--cancel", "1009")
    equal(site.values("example.com"), ["v=spf1 mx -all"], "values after clean-up")


@of_hook
def a_hook_cannot_write_a_cname(site):
    run = site.apply(site.order(1010, f"{OWNER} CNAME a.dcv.example.net."), status=None)
    check(run.status != 0 and "TXT only" in run.err, "it pretends")


@of_hook
def a_hook_takes_no_host_out_of_a_wildcard(site):
    site.server.update("example.com", "update add *.example.com 60 A 192.0.2.1")
    run = site.apply(site.order(1011, f"_dnsauth.host.example.com TXT {NEW}"), status=6)
    check("dark" in run.err or "P17" in run.err, "why is not said")


def is_there(pid):
    """A zombie is gone, whoever is to reap it."""
    try:
        return ") Z " not in pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
