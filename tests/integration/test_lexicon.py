# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Debian's lexicon as a backend (examples/lexicon), with a PowerDNS server behind it."""
import functools
import json
import pathlib
import re
import subprocess

from harness import check, equal, test
from test_powerdns_api import NEW, OLD, OWNER, ApiSite

LEXICON = pathlib.Path(__file__).resolve().parents[2] / "examples" / "lexicon"
PROVIDERS = "/usr/lib/python3/dist-packages/lexicon/providers"


class LexiconSite(ApiSite):
    def configure(self, **_):
        key = self.where / "key"
        key.touch(mode=0o600)
        key.write_text(self.server.api_key + "\n")
        (self.where / "dcvctl.yaml").write_text(f"""\
ledger: sqlite:{self.ledger_file}
accounts:
  tail:
    provider: exec
    command: [{LEXICON}/dcvctl-lexicon]
    settings: [provider=powerdns, zones=example.com, "pdns_server={self.server.url}"]
    secret_names: [LEXICON_POWERDNS_AUTH_TOKEN]
    secrets: [{{file: {key}}}]
zones:
  - {{zone: example.com, account: tail}}
check: {{nameservers: {json.dumps([self.server.address()])}, deadline: 15s}}
""")


lexicon = functools.partial(test, module="lexicon", kind=LexiconSite)


@lexicon
def from_the_first_record_to_clean_up(site):
    order = site.order(1001, f"{OWNER} TXT {NEW}")
    site.apply(order)
    equal(site.contents(OWNER, "TXT"), [f'"{NEW}"'], "values in the database")
    equal(site.set(OWNER, "TXT")["ttl"], 300, "TTL")
    equal(site.values(OWNER), [NEW], "values served")
    check('"changed":false' in site.dcvctl("apply", "--json", "--until", "effective", order)
          .out.replace(" ", ""), "a second run changes something")
    site.dcvctl("cleanup", "--cancel", "1001")
    equal(site.contents(OWNER, "TXT"), [], "the values after clean-up")


@lexicon
def what_is_not_ours_stays(site):
    """The one value goes, not all of its name, as some who use lexicon found out."""
    site.server.put("example.com", f"{OWNER}.", "TXT", 300, '"v=spf1 -all"', f'"{OLD}"')
    site.apply(site.order(1002, f"{OWNER} TXT {NEW}"))
    equal(site.contents(OWNER, "TXT"), sorted(['"v=spf1 -all"', f'"{OLD}"', f'"{NEW}"']), "values")
    site.dcvctl("cleanup", "--cancel", "1002")
    equal(site.contents(OWNER, "TXT"), sorted(['"v=spf1 -all"', f'"{OLD}"']), "after clean-up")


@lexicon
def a_cname_is_refused(site):
    """That provider of lexicon's would append the zone to the target."""
    order = site.order(1003, "_0a1b.www.example.com CNAME abc.validation.example.")
    run = site.dcvctl("apply", order, status=None)
    check(run.status not in (0, 2) and "CNAME" in run.err, f"it is not refused\n{run.err}")
    equal(site.set("_0a1b.www.example.com", "CNAME"), None, "the set")


@lexicon
def a_wrong_key_is_told_and_not_shown(site):
    (site.where / "key").write_text("another-key\n")
    run = site.dcvctl("apply", site.order(1004, f"{OWNER} TXT {NEW}"), status=None)
    check(run.status == 1 and "401" in run.err, f"exit status {run.status}\n{run.err}")
    check("another-key" not in run.out + run.err, "the key is shown")


BRIDGE = """
import importlib.machinery, importlib.util, json, sys
loader = importlib.machinery.SourceFileLoader("bridge", sys.argv.pop(1))
bridge = importlib.util.module_from_spec(importlib.util.spec_from_loader("bridge", loader))
loader.exec_module(bridge)
name, records = sys.argv[1], json.loads(sys.argv[2])

class Provider:
    def list_records(self):
        return records
    def delete_record(self, *words):
        print(json.dumps(words))

it = bridge.Bridge()
it.settings, it.zones = {"provider": name}, ["example.com."]
it.provider = lambda zone, ttl=0: Provider()
edit = {"owner": "a.example.com.", "type": "TXT", "ttl": 300, "add": [], "remove": ['"ours"']}
print(json.dumps(bridge.answer(it, {"op": "apply", "zone": "example.com.", "edits": [edit]})))
"""


def bridge(provider, *records):
    """What it deletes of a provider that lists these (id, content), and what it says."""
    records = [{"id": number, "type": "TXT", "name": "a.example.com", "ttl": 300, "content": content}
               for number, content in records]
    done = subprocess.run(["/usr/bin/python3", "-B", "-c", BRIDGE, str(LEXICON / "dcvctl-lexicon"),
                           provider, json.dumps(records)], capture_output=True, text=True,
                          check=True, timeout=30)
    *deleted, said = map(json.loads, done.stdout.splitlines())
    return deleted, said


@lexicon
def an_id_of_more_than_the_value_is_not_used(_site):
    """At some providers it is that of the set, and the values of others would go with it."""
    whole = [[None, "TXT", "a.example.com", "ours"]]
    equal(bridge("vultr", ("1", "ours"), ("2", "theirs"))[0], [["1"]], "an id of its own")
    equal(bridge("vultr", ("1", "ours"), ("1", "theirs"))[0], whole, "an id of two")
    equal(bridge("nsone", ("1", "ours"))[0], whole, "an id of the set")
    equal(bridge("vultr", ("TXT ours", "ours"))[0], whole, "an id that is made of it")


@lexicon
def a_first_page_is_no_listing(_site):
    """A zone that may have more than that is not edited, nor taken for one without the value."""
    page = [(str(number), f"v{number}") for number in range(20)]
    deleted, said = bridge("aliyun", *page)
    equal((deleted, said["class"], said["cause"]), ([], "failed", "limit"), "a full page")
    deleted, said = bridge("aliyun", *page[1:])
    equal((deleted, said["class"]), ([], "ok"), "a page with room")


@lexicon
def its_table_is_that_of_the_installed_version(_site):
    """Providers, what Debian lacks for them, and which of them never ask for a TTL."""
    page = (LEXICON / "dcvctl-lexicon.7").read_text()
    rows = dict(re.findall(r"^\.It Cm (\w+)\n(.*)$", page[page.index(".Sh PROVIDERS"):], re.M))
    rows |= dict.fromkeys(re.findall(r"^\.Cm (\w+) [,.]$", page, re.M), "")
    found = json.loads(subprocess.run(
        ["/usr/bin/python3", "-B", "-c", "import json; from lexicon.discovery import find_providers; "
         "print(json.dumps(find_providers()))"], capture_output=True, check=True, timeout=30).stdout)
    found.pop("auto")
    text = (LEXICON / "dcvctl-lexicon").read_text()
    pages = re.findall(r'"(\w+)": \d+', text)
    sets = re.findall(r'"(\w+)"', re.search(r"^SETS = (.*)$", text, re.M)[1])
    equal(sorted(rows), sorted(found), "providers")
    for name, installed in found.items():
        equal("not in Debian" in rows[name], not installed, f"what {name} needs")
        source = pathlib.Path(PROVIDERS, f"{name}.py").read_text()
        equal("fewer than" in rows[name], name in pages, f"pages of {name}")
        equal("by content" in rows[name], name in sets, f"ids of {name}")
        named = "_get_lexicon_option(\"ttl\")" in source or name == "zeit"
        equal("no TTL" in rows[name], not named, f"TTL of {name}")
