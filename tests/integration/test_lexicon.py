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


@lexicon
def its_table_is_that_of_the_installed_version(_site):
    """Providers, what Debian lacks for them, and which of them never ask for a TTL."""
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]*?) *\|", (LEXICON / "README.md").read_text(), re.M))
    found = json.loads(subprocess.run(
        ["/usr/bin/python3", "-B", "-c", "import json; from lexicon.discovery import find_providers; "
         "print(json.dumps(find_providers()))"], capture_output=True, check=True, timeout=30).stdout)
    found.pop("auto")
    equal(sorted(rows), sorted(found), "providers")
    for name, installed in found.items():
        equal("not in Debian" in rows[name], not installed, f"what {name} needs")
        source = pathlib.Path(PROVIDERS, f"{name}.py").read_text()
        named = "_get_lexicon_option(\"ttl\")" in source or name == "zeit"
        equal("no TTL" in rows[name], not named, f"TTL of {name}")
