#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Calls the dcvctl that is installed on the host, and hands its result on. It imports nothing of
Ansible: the word WANT_JSON has Ansible pass the parameters as a file of JSON, its only argument."""
import json
import subprocess
import sys

DOCUMENTATION = r"""
module: orders
short_description: DNS records for orders of certificates
description:
  - Applies order files with the C(dcvctl) that is installed on the host, or cleans up after orders.
  - A second run changes nothing, and writes nothing.
attributes:
  check_mode: {support: full, description: Plans, and writes neither zone nor ledger.}
  diff_mode: {support: full, description: The records of each zone that changes.}
options:
  orders:
    description: Order files and directories of them on the host, or numbers that the ledger knows.
    type: list
    elements: str
  content:
    description:
      - One or several order documents as YAML text, in the place of I(orders). Each has C(order).
    type: str
  state:
    description:
      - C(present) applies the orders.
      - C(absent) removes what was written for orders that are closed.
    choices: [present, absent]
    default: present
  until:
    description: How far C(present) waits. At C(published) it asks no name server.
    choices: [published, effective, ready, settled]
    default: published
  cancel:
    description: With C(absent), open orders too, which are closed as cancelled.
    type: bool
    default: false
  keep_going:
    description: Orders that are wrong or refused do not stop the others. The task fails all the same.
    type: bool
    default: false
  previous:
    description: Values made by hand, to be removed; as C(--previous).
    type: list
    elements: str
  remove_leftovers:
    description: Leftovers that are provably past their life go too.
    type: bool
    default: false
  config:
    description: The configuration, if not the usual one.
    type: path
  deadline:
    description: End of all waiting, such as C(15m).
    type: str
  lock_timeout:
    description: How long to wait for another run at the same zone, such as C(30s).
    type: str
  executable:
    description: The program.
    type: path
    default: dcvctl
"""

EXAMPLES = r"""
- name: Records of all orders
  dcvctl.dcvctl.orders:
    orders: /etc/dcvctl/orders

- name: One order, until every name server has it
  dcvctl.dcvctl.orders:
    content: |
      order: "1234567890"
      ca: digicert
      records:
        - _dnsauth.example.com TXT {{ token }}
    until: effective
    deadline: 10m

- name: An order that was withdrawn
  dcvctl.dcvctl.orders:
    orders: "1234567890"
    state: absent
    cancel: true
"""

RETURN = r"""
exit: {description: The exit status of dcvctl(1), type: int, returned: always}
msg: {description: One sentence; of a failure its reasons and what to do, type: str, returned: always}
run: {description: The run in the ledger, type: str, returned: where something was noted}
orders: {description: State and records of each order, type: list, returned: where it is known}
changes: {description: Each value in question, type: list, returned: where it is known}
zones: {description: Zones with their serials, type: list, returned: where it is known}
errors: {description: Errors and warnings with their remedies, type: list, returned: always}
"""

LISTS = {"orders": [], "previous": []}
BOOLS = {"cancel": False, "keep_going": False, "remove_leftovers": False}
TEXTS = {"content": None, "state": "present", "until": "published", "config": None,
         "deadline": None, "lock_timeout": None, "executable": "dcvctl"}
CHOICES = {"state": ("present", "absent"), "until": ("published", "effective", "ready", "settled")}
WORDS = {"yes": True, "true": True, "on": True, "1": True,
         "no": False, "false": False, "off": False, "0": False}
ONLY = {"present": ("until", "keep_going", "previous", "remove_leftovers"), "absent": ("cancel",)}


class Wrong(Exception):
    """A parameter, or what dcvctl said, cannot be used."""


def as_list(name, value):
    """One text, or a list of texts."""
    items = value if isinstance(value, list) else [value]
    return [as_text(name, item) for item in items]


def as_text(name, value):
    if isinstance(value, (list, dict, bool)) or value is None:
        raise Wrong(f"{name}: a text is wanted")
    if str(value) not in CHOICES.get(name, (str(value),)):
        raise Wrong(f"{name}: {value}: one of {', '.join(CHOICES[name])} is wanted")
    return str(value)


def as_bool(name, value):
    if str(value).lower() not in WORDS:
        raise Wrong(f"{name}: {value}: yes or no is wanted")
    return WORDS[str(value).lower()]


def read(given):
    """The parameters with their defaults. What begins with _ansible_ is Ansible's own."""
    kinds = [(LISTS, as_list), (BOOLS, as_bool), (TEXTS, as_text)]
    params = {name: default for kind, _ in kinds for name, default in kind.items()}
    own = {name: value for name, value in given.items() if not name.startswith("_ansible_")}
    unknown = sorted(set(own) - set(params))
    if unknown:
        raise Wrong(f"unknown parameter: {', '.join(unknown)}")
    for kind, convert in kinds:
        params.update((name, convert(name, value)) for name, value in own.items()
                      if name in kind and value is not None)
    other = "absent" if params["state"] == "present" else "present"
    stray = [name for name in ONLY[other] if own.get(name) is not None]
    if stray:
        raise Wrong(f"{stray[0]}: only with state {other}")
    if bool(params["orders"]) == (params["content"] is not None):
        raise Wrong("either orders or content is wanted")
    return params


def command(params, check):
    """The program and its arguments."""
    options = {"--config": params["config"], "--deadline": params["deadline"],
               "--lock-timeout": params["lock_timeout"]}
    flags = {"--cancel": params["cancel"], "--keep-going": params["keep_going"],
             "--remove-leftovers": params["remove_leftovers"]}
    if params["state"] == "absent":
        words = ["cleanup"] + ["--dry-run"] * check
    elif check:
        words = ["plan"]
    else:
        words = ["apply", "--until", params["until"]]
    words.append("--json")
    for option, value in options.items():
        words += [option, value] if value is not None else []
    words += [flag for flag, wanted in flags.items() if wanted]
    for value in params["previous"]:
        words += ["--previous", value]
    return [params["executable"], *words, "--", *(params["orders"] or ["-"])]


def call(params, check):
    """The result of dcvctl, which keeps its own deadline."""
    argv = command(params, check)
    try:
        done = subprocess.run(argv, input=params["content"] or "", stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, encoding="utf-8", errors="replace",
                              check=False)
    except (OSError, ValueError) as error:
        raise Wrong(f"{argv[0]}: {error}") from None
    try:
        result = json.loads(done.stdout)
    except ValueError:
        result = None
    if not isinstance(result, dict):
        raise Wrong(f"{argv[0]} ended with {done.returncode} and gave no result: "
                    f"{done.stderr.strip()[-2000:]}")
    return result


def sentence(error):
    """An error or warning in one line: place, text, remedy."""
    place = ":".join(str(error[key]) for key in ("where", "line", "column") if error.get(key))
    return "".join([f"{place}: " if place else "", error.get("text", ""),
                    f" (help: {error['help']})" if error.get("help") else ""])


def answer(result, diff):
    """What Ansible is told."""
    errors = result.get("errors", [])
    told = {key: value for key, value in result.items() if key != "diff"}
    told["changed"] = bool(result.get("changed"))
    told["failed"] = bool(result.get("failed", True))
    told["warnings"] = [sentence(error) for error in errors if error.get("severity") == "warning"]
    reasons = [sentence(error) for error in errors if error.get("severity") != "warning"]
    if told["failed"]:
        told["msg"] = "; ".join(filter(None, [result.get("msg", ""), *reasons]))
    if diff:
        told["diff"] = result.get("diff", [])
    return told


def main():
    try:
        with open(sys.argv[1], encoding="utf-8") as file:
            given = json.load(file)
        result = call(read(given), as_bool("check mode", given.get("_ansible_check_mode", False)))
        told = answer(result, given.get("_ansible_diff", False))
    except Wrong as wrong:
        told = {"changed": False, "failed": True, "msg": str(wrong)}
    print(json.dumps(told))
    return 1 if told["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
