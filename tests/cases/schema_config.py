# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""The JSON Schema of the configuration against what the reader says."""
import re
import subprocess
import tempfile

import report

from schema import CASES, LIMIT_S, ROOT, complaints, documents, schema, typed

# Wrong by what they mean, not by their form, which is all that a schema sees.
SEMANTIC = {"account-of-an-unknown-provider", 
    # how YAML is written
    "alias", "two-documents",
    # what is elsewhere: in another place of the file, in another file, on the host
    "zone-twice", "zone-in-two-files", "account-misspelt", "account-twice",
    "include-missing", "file-named-is-missing", "zone-file-missing", "variable-wrong",
    "from-broken-server", "from-dynamic-zone", "from-two-views",
    # what a text means
    "deadline-too-long", "slash-in-the-zone",
}


def shown():
    """The configurations that the manual page shows."""
    page = (ROOT / "src/config/dcvctl.yaml.5").read_text()
    for name, text in re.findall(r'^\.\\" file: (\S+) status 0\n\.Bd -literal.*?\n(.*?)^\.Ed$',
                                 page, re.M | re.S):
        yield name, text.replace(r"\&", "").replace(r"\(dq", '"')


def good_configs(dcvctl):
    validator, wrong, seen = schema(dcvctl, "config"), [], 0
    paths = [*ROOT.glob("examples/zones/**/*.yaml"), *CASES.glob("config/**/dcvctl.yaml"),
             *CASES.glob("config/**/conf.d/*.yaml"), *CASES.glob("order-bad/*/dcvctl.yaml"),
             *CASES.glob("zone-refused/*/dcvctl.yaml")]
    with tempfile.TemporaryDirectory(prefix="dcvctl-schema.") as root:
        for name, text in shown():
            path = type(ROOT)(root) / name
            path.write_text(text)
            paths.append(path)
        for path in paths:
            for document in documents(path) + typed(path):
                seen += 1
                wrong += [f"{path}: {text}" for text in complaints(validator, document)]
    if wrong or seen < 20:
        raise report.Failure("\n".join(wrong) or f"only {seen} documents")


def bad_configs(dcvctl):
    validator, wrong = schema(dcvctl, "config"), []
    cases = {path.parent.name: path.parent for path in CASES.glob("config-bad/*/cmd")}
    for name in SEMANTIC - set(cases):
        wrong.append(f"{name}: there is no such case any more")
    for name, case in sorted(cases.items()):
        paths = [path for path in case.rglob("*.yaml") if path.name != "order.yaml"]
        read = [documents(path) for path in paths]
        refused = None in read or any(
            complaints(validator, document) for file in read if file for document in file)
        if name in SEMANTIC and refused:
            wrong.append(f"{name}: the schema refuses it, so it is no matter of meaning")
        elif name not in SEMANTIC and not refused:
            wrong.append(f"{name}: the schema takes it")
    if wrong:
        raise report.Failure("\n".join(wrong))


def written_configs(dcvctl):
    """What `init` writes is a good configuration, to the schema too."""
    validator = schema(dcvctl, "config")
    with tempfile.TemporaryDirectory(prefix="dcvctl-schema.") as root:
        at = type(ROOT)(root)
        (at / "named.conf").write_text(
            'options { directory "/usr/share"; listen-on port 5301 { 127.0.0.1; }; };\n'
            'zone "a.example" { type primary; file "a \\"b\\" {c}, #d"; };\n'
            'zone "b.example" { type primary; file "b"; update-policy local; };\n')
        subprocess.run([dcvctl, "init", "--from", "bind:named.conf", "--config", "c.yaml",
                        "--ledger", "l.db"], cwd=root, check=True, timeout=LIMIT_S,
                       stdout=subprocess.DEVNULL)
        text = (at / "c.yaml").read_text()
        (at / "d.yaml").write_text(text.replace("# - {", "- {"))
        for path, zones in ((at / "c.yaml", 1), (at / "d.yaml", 2)):
            document, = documents(path)
            wrong = complaints(validator, document)
            if wrong or len(document["zones"]) != zones:
                raise report.Failure("\n".join([*wrong, text]))
        if document["zones"][0]["file"] != '/usr/share/a "b" {c}, #d':
            raise report.Failure(text)


def tests(dcvctl):
    return [(f"schema-{function.__name__.replace('_', '-')}", lambda f=function: f(dcvctl()))
            for function in (good_configs, bad_configs, written_configs)]
