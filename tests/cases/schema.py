# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""The JSON Schemas against what the readers say: what dcvctl takes, the schema takes; what is
wrong by its form, both refuse; what --json prints is what its schema promises."""
import json
import pathlib
import subprocess
import tempfile

import jsonschema
import yaml

import report

ROOT = pathlib.Path(__file__).parents[2]
CASES = ROOT / "tests/cases"
LIMIT_S = 30

# Wrong by what they mean, not by their form, which is all that a schema sees.
SEMANTIC = {
    # how YAML is written: a parser gives no hint of it
    "comment-behind-the-value", "value-over-two-lines", "value-in-a-block",
    "alias", "directive", "key-twice", "tag",
    # what a CA, a service or a number is
    "ca-misspelt", "ca-unknown-word", "service-unknown", "number-twice", "supersedes-itself",
    # what a number means
    "number-missing-of-two-documents", "number-missing-on-stdin",
    # how names and values fit together
    "host-doubled", "host-relative-without-domain", "host-with-the-domain-twice",
    "label-too-long", "name-too-long", "idn-mixed-scripts", "idn-not-allowed",
    "relative-owner-in-a-line", "cname-beside-txt", "two-cnames",
    "quotes-open", "value-of-two-words-in-a-line", "class-and-ttl-in-a-line",
    "caa-method-twice", "retain-until-date-without-date",
    # how large it is
    "too-large",
}


def sh(dcvctl, *argv, **kwargs):
    return subprocess.run([dcvctl, *argv], capture_output=True, text=True, timeout=LIMIT_S,
                          stdin=subprocess.DEVNULL, **kwargs)


def schema(dcvctl, name):
    """The schema as dcvctl prints it, which is itself a good one."""
    run = sh(dcvctl, "schema", name)
    if run.returncode:
        raise report.Failure(run.stderr)
    text = json.loads(run.stdout)
    checker = jsonschema.validators.validator_for(text)
    checker.check_schema(text)
    return checker(text)


def documents(path):
    """As dcvctl reads them: every scalar is a text. None where it is no YAML."""
    try:
        return [document for document in yaml.load_all(path.read_bytes(), yaml.BaseLoader)
                if document is not None]
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        return None


def typed(path):
    """As editors read them: with numbers, booleans and dates."""
    loader = type("Loader", (yaml.SafeLoader,), {"yaml_implicit_resolvers": {
        first: [(tag, regexp) for tag, regexp in rows if not tag.endswith(":timestamp")]
        for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()}})
    return [document for document in yaml.load_all(path.read_bytes(), loader) if document]


def complaints(validator, document):
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
            for error in validator.iter_errors(document)]


def good_orders(dcvctl):
    validator, wrong, seen = schema(dcvctl, "order"), [], 0
    paths = [*ROOT.glob("examples/orders/*.yaml"), *CASES.glob("order-lint/good/**/*.yaml"),
             CASES / "order-lint/u-labels/order.yaml"]
    for path in paths:
        run = sh(dcvctl, "lint", path)
        if run.returncode:
            wrong.append(f"{path}: dcvctl refuses it:\n{run.stderr}")
        for document in documents(path) + typed(path):
            seen += 1
            wrong += [f"{path}: {text}" for text in complaints(validator, document)]
    if wrong or seen < 8:
        raise report.Failure("\n".join(wrong) or f"only {seen} documents")


def bad_orders(dcvctl):
    validator, wrong = schema(dcvctl, "order"), []
    cases = {path.name: path for path in CASES.glob("order-bad/*") if path.is_dir()}
    for name in SEMANTIC - set(cases):
        wrong.append(f"{name}: there is no such case any more")
    for name, case in sorted(cases.items()):
        read = [documents(path) for path in case.rglob("*.yaml") if path.name != "dcvctl.yaml"]
        refused = None in read or [] in read or any(
            complaints(validator, document) for file in read if file for document in file)
        if not read:
            continue
        if name in SEMANTIC and refused:
            wrong.append(f"{name}: the schema refuses it, so it is no matter of meaning")
        elif name not in SEMANTIC and not refused:
            wrong.append(f"{name}: the schema takes it")
    if wrong:
        raise report.Failure("\n".join(wrong))


ZONE = """$ORIGIN example.com.
$TTL 3600
@ IN SOA ns1 hostmaster 1 7200 3600 1209600 3600
@ IN NS ns1
ns1 IN A 127.0.0.1
_dnsauth IN TXT "202605020000001k9qz7tt0b2"
"""
ORDER = """ca: digicert
records:
  - _dnsauth.example.com TXT 202611210000002aurxma1k3v
"""


def results(dcvctl):
    """What a life of an order prints, good and bad."""
    validator, wrong = schema(dcvctl, "result"), []
    with tempfile.TemporaryDirectory(prefix="dcvctl-schema.") as root:
        at = pathlib.Path(root)
        (at / "example.com.zone").write_text(ZONE)
        (at / "1.yaml").write_text(ORDER)
        (at / "bad.yaml").write_text("ca: digicrt\nttl: x\n")
        (at / "dcvctl.yaml").write_text(
            "ledger: ledger.db\nzones: [{zone: example.com, file: example.com.zone, "
            "reload: none}]\n")
        conf = ["--config", "dcvctl.yaml"]
        for status, argv in [
                (2, ["plan", *conf, "1.yaml"]),
                (0, ["apply", *conf, "--no-wait", "1.yaml"]),
                (0, ["apply", *conf, "--no-wait", "1.yaml"]),
                (0, ["status", *conf]),
                (65, ["plan", *conf, "bad.yaml"]),
                (65, ["lint", "bad.yaml"]),
                (0, ["lint", "1.yaml"]),
                (64, ["plan", *conf]),
                (78, ["plan", "--config", "none.yaml", "1.yaml"]),
                (0, ["close", *conf, "--issued", "1"]),
                (0, ["cleanup", *conf, "1"]),
                (0, ["new", "2", "--ca", "digicert", "--name", "example.com", "--out", "."]),
        ]:
            run = sh(dcvctl, *argv, "--json", cwd=root)
            try:
                document = json.loads(run.stdout)
            except ValueError:
                wrong.append(f"{argv}: no JSON: {run.stdout!r} {run.stderr}")
                continue
            if run.returncode != status or document["exit"] != status:
                wrong.append(f"{argv}: exit {run.returncode}: {run.stderr}")
            wrong += [f"{argv}: {text}" for text in complaints(validator, document)]
    if wrong:
        raise report.Failure("\n".join(wrong))


def not_a_result(dcvctl):
    """The schema is not one that takes everything."""
    validator = schema(dcvctl, "result")
    with tempfile.TemporaryDirectory(prefix="dcvctl-schema.") as root:
        (pathlib.Path(root) / "1.yaml").write_text(ORDER)
        document = json.loads(sh(dcvctl, "lint", "--json", "1.yaml", cwd=root).stdout)
    for key, value in [("exit", 9), ("changed", "no"), ("errors", [{}]), ("schema", 2),
                       ("zones", [{"zone": "example.com"}]), ("orders", [{"order": 1}])]:
        if not complaints(validator, {**document, key: value}):
            raise report.Failure(f"{key}: {value!r} passes")
        if not complaints(validator, {k: v for k, v in document.items() if k != key}):
            raise report.Failure(f"a document without {key} passes")


def tests(dcvctl):
    return [(f"schema-{function.__name__.replace('_', '-')}", lambda f=function: f(dcvctl()))
            for function in (good_orders, bad_orders, results, not_a_result)]
