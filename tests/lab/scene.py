# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What a scene is: zones, the order that is checked in them, and what must be found."""
import dataclasses
import datetime

TODAY = datetime.datetime.now(datetime.timezone.utc).date()
TOKEN = f"{TODAY:%Y%m%d}0000002aurxma1k3vq7zp0w8e5t6y4u1i9o2s3d"
OLD_TOKEN = f"{TODAY - datetime.timedelta(days=200):%Y%m%d}0000001k9qz7tt0b2hd6m8n4b5v7c1x3z0a9s8d"
TARGET = "k3vq7zp0w8e5t6y4u1i9o2s3d.dcv.digicert.com"
CA = "digicert.com"


def txt(owner, value=TOKEN):
    return f'{owner} TXT "{value}"'


@dataclasses.dataclass
class Scene:
    """`cause`: what must be found, None if nothing may be. `zones`: what it adds to the world.
    `proof`: by other tools that it is provoked. `records`: of the order, OWNER TYPE VALUE; `names`
    instead: `check NAME… --ca CA`. `order`: more keys of the order, `config`: more keys of the
    configuration (@WHERE@: the scene's directory), `files`: what lies in that directory, `args`:
    more arguments of `check`, or of the `command` in its place; they name the order if `order` is
    None. `apply`: arguments of `dcvctl apply`, which goes before, so that there is a ledger;
    `after`: what happens then. `evidence`, `remedy`: what the diagnosis and its
    help must name ("a|b": one of them). `also`: causes that may stand beside it. `exit`: the
    status, or a set of those that will do."""
    name: str
    cause: str | None
    zones: list
    proof: callable
    records: list = dataclasses.field(default_factory=list)
    names: list = dataclasses.field(default_factory=list)
    ca: str = "digicert"
    command: str = "check"
    order: dict | None = dataclasses.field(default_factory=dict)
    config: dict = dataclasses.field(default_factory=dict)
    args: list = dataclasses.field(default_factory=list)
    files: dict = dataclasses.field(default_factory=dict)
    evidence: list = dataclasses.field(default_factory=list)
    remedy: list = dataclasses.field(default_factory=list)
    also: set = dataclasses.field(default_factory=set)
    exit: int | set = 2
    apply: list | None = None
    after: callable = None

    def title(self):
        return f"{self.cause or 'healthy'}/{self.name}"
