# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""The examples for CI and for configuration management, as their tools run them: the step of the
GitHub and of the GitLab job by its shell, Puppet by puppet, Salt's and Terraform's programs alone."""
import json
import os
import pathlib
import shutil
import subprocess

import yaml

import harness
from harness import Site, check, equal, test
from report import Failure

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"
OWNER = "_dnsauth.example.com"
NEW, OLD = "202611210000002aurxma1k3v", "202605020000001k9qz7tt0b2"


def record(value=NEW, owner=OWNER):
    return f"{owner} TXT {value}"


class Installed(Site):
    """dcvctl is in PATH, and the configuration in the environment."""

    def environment(self):
        where = pathlib.Path(harness.DCVCTL["asan"]).parent
        return dict(super().environment(), PATH=f"{where}:{os.environ['PATH']}",
                    DCVCTL_CONFIG=str(self.where / "dcvctl.yaml"))

    def shell(self, script, status=0, **env):
        before = self.environment
        self.environment = lambda: {**before(), **env}
        try:
            return self.exec(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
                             status)
        finally:
            self.environment = before


def installed(function=None, **keys):
    return test(function, kind=Installed, **keys)


# --- CI

def repository(site, step):
    """A repository of orders with two changed since the commit that is returned."""
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", str(site.where)]
    script = site.where / step
    script.parent.mkdir(exist_ok=True)
    shutil.copy(EXAMPLES / "ci" / "plan.sh", script)
    orders = site.where / "orders"
    orders.mkdir()

    def put(number, owner):
        pathlib.Path(site.order(number, record(NEW, owner))).rename(orders / f"{number}.yaml")

    put(1001, "_dnsauth.a.example.com")
    for command in (["init", "-q"], ["add", "orders"], ["commit", "-qm", "one"]):
        subprocess.run([*git, *command], check=True, stdout=subprocess.DEVNULL)
    base = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True,
                          text=True).stdout.strip()
    put(1002, "_dnsauth.b.example.com")
    put(1003, "_dnsauth.c.example.com")
    for command in (["add", "orders"], ["commit", "-qm", "two more"]):
        subprocess.run([*git, *command], check=True, stdout=subprocess.DEVNULL)
    return base, put, lambda: [subprocess.run([*git, *command], check=True, stdout=subprocess.DEVNULL)
                               for command in (["add", "orders"], ["commit", "-qm", "more"])]


def owners(markdown):
    return sorted({word for line in markdown.splitlines() if line.startswith("|")
                   for word in line.split() if "_dnsauth" in word})


def step_of(site, step, script, out, **env):
    """The step on two orders of three, then on one that a guard refuses."""
    base, put, commit = repository(site, step)
    env = {name: value.replace("BASE", base) for name, value in env.items()}
    before = site.identity()
    site.shell(script, **env)
    told = (site.where / out).read_text()
    check("_dnsauth.b" in told and "_dnsauth.c" in told and NEW in told, told)
    check("_dnsauth.a" not in told, f"an order that did not change: {told}")
    put(1004, "www.example.org")
    commit()
    site.shell(script, status=78, **env)
    check("example.org" in (site.where / out).read_text(), (site.where / out).read_text())
    equal((site.identity(), site.state.exists()), (before, False), "the zone file, the ledger")


@installed
def ci_github(site):
    job = yaml.safe_load((EXAMPLES / "ci" / "github.yml").read_text())["jobs"]["plan"]
    step = next(step for step in job["steps"] if step.get("name") == "Plan")
    summary = site.where / "summary"
    step_of(site, ".github/plan.sh", step["run"], "plan.md", BASE="BASE",
            GITHUB_WORKSPACE=str(site.where), GITHUB_STEP_SUMMARY=str(summary))
    check("_dnsauth.b" in summary.read_text(), "nothing in the summary")


@installed
def ci_gitlab(site):
    job = yaml.safe_load((EXAMPLES / "ci" / "gitlab.yml").read_text())["dcvctl plan"]
    step_of(site, "ci/plan.sh", "\n".join(job["script"]), "plan.md",
            CI_MERGE_REQUEST_DIFF_BASE_SHA="BASE")


# --- configuration management

@installed
def puppet(site):
    """Applied once; then a run that changes nothing and, with --noop, one that tells."""
    order = site.order(1001, record())
    where = pathlib.Path(harness.DCVCTL["asan"]).parent
    text = (EXAMPLES / "config-management" / "puppet.pp").read_text()
    manifest = site.where / "puppet.pp"
    manifest.write_text(text.replace("/etc/dcvctl/orders", order)
                        .replace("['/usr/local/bin'", f"['{where}', '/usr/local/bin'"))
    argv = ["puppet", "apply", "--detailed-exitcodes", "--confdir", str(site.where / "conf"),
            "--vardir", str(site.where / "var"), str(manifest)]
    before = site.identity()
    run = site.exec([*argv, "--noop"], status=0)
    check("should be" in run.out and "noop" in run.out, "--noop tells nothing")
    equal(site.identity(), before, "the zone file")
    site.exec(argv, status=2)
    equal(site.values(OWNER), [NEW], "values")
    before = site.identity()
    site.exec(argv, status=0)
    equal(site.identity(), before, "the zone file")


@installed(zone=harness.ZONE + f"_dnsauth 86400 IN TXT \"{OLD}\"\n")
def salt(site):
    """One object with `changed` and `comment`, as cmd.run reads it; a failure ends with 1."""
    program = str(EXAMPLES / "config-management" / "salt-stateful")
    order = site.order(1001, record())

    def told(*args, status=0):
        return site.exec([program, *args], status).json()

    equal(told("plan", order)["changed"], True, "test mode")
    for changed in (True, False):
        result = told("apply", "--until", "published", order)
        equal((result["changed"], result["exit"]), (changed, 0), "applied")
    refused = told("apply", site.order(1002, record("x" * 32), service="huaweicloud-scm"), status=1)
    equal((refused["changed"], refused["exit"]), (False, 6), "refused")
    check(OLD in refused["comment"], refused["comment"])


@installed
def terraform(site):
    """A query in, texts out, each record once; nothing is written."""
    program = str(EXAMPLES / "config-management" / "terraform-external")
    order = site.order(1001, f"{{domains: [example.com, '*.example.com'], host: _dnsauth, type: TXT, "
                       f"value: '{NEW}'}}")
    before = site.identity()

    def asked(path, status=0):
        query = site.where / "query"
        query.write_text(json.dumps({"orders": path}))
        return site.exec(["sh", "-c", f"{program} <{query}"], status)

    result = asked(order).json()
    if any(not isinstance(value, str) for value in result.values()):
        raise Failure(f"not texts only: {result}")
    equal((result["pending"], json.loads(result["records"])),
          ("true", [{"owner": f"{OWNER}.", "type": "TXT", "value": f'"{NEW}"'}]), "the result")
    equal(asked(site.order(1002, record(NEW, "www.example.org")), status=1).out, "", "of a failure")
    equal((site.identity(), site.state.exists()), (before, False), "the zone file, the ledger")
