# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Runs the program in a scene, and compares what it says with what must be found."""
import json
import os
import pathlib
import re
import subprocess
import threading

from report import Failure
from world import WHERE

ROOT = pathlib.Path(__file__).parents[2]
PROGRAM = pathlib.Path(os.environ.get("DCVCTL", ROOT / "build/asan/dcvctl"))
CAUSE = re.compile(r"[PTADCM]\d\d")
WAITING = {"M63"}  # explain: DNS is done, it is the CA's turn
LIMIT_S = 60
COUNT = threading.Lock()


def config(scene, where):
    """The configuration: where the root is, and what the scene adds."""
    lines = {"ledger": f"sqlite:{where}/ledger.db",
             "check": {"root_hints": str(WHERE / "root.hints"),
                       "trust_anchor": str(WHERE / "root.key"), "deadline": "40s"}}
    for key, value in scene.config.items():
        lines[key] = {**lines[key], **value} if isinstance(lines.get(key), dict) else value
    path = where / "dcvctl.yaml"
    path.write_text(json.dumps(lines).replace("@WHERE@", str(where)))
    return path


def order(scene, where):
    """JSON is YAML; a document is written in the way that people write it."""
    text = f"ca: {scene.ca}\n" + "".join(
        f"{key}: {json.dumps(value)}\n" for key, value in scene.order.items())
    if scene.records:
        text += "records:\n" + "".join(f"  - {json.dumps(r)}\n" for r in scene.records)
    path = where / "1234567890.yaml"
    path.write_text(text)
    return path


def place(scene):
    """A directory of the scene's own, with its files as they were at first."""
    where = WHERE / "scenes" / scene.title().replace("/", "-")
    where.mkdir(parents=True, exist_ok=True)
    for name, text in scene.files.items():
        if not (where / name).exists():
            (where / name).write_text(text)
    return where


def call(scene, where, command="check", *more, order_too=True):
    argv = [str(PROGRAM), command, "--config", str(config(scene, where)), *more]
    if order_too and scene.order is not None:
        argv += ["--ca", scene.ca, *scene.names] if scene.names else [str(order(scene, where))]
    return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=LIMIT_S, cwd=where)


def diagnoses(document):
    """Every object with the id of a cause, wherever it stands in the result."""
    if isinstance(document, dict):
        if CAUSE.fullmatch(str(document.get("id", ""))):
            yield document
        document = list(document.values())
    if isinstance(document, list):
        for item in document:
            yield from diagnoses(item)


def hops(document):
    """What each address said along the aliases of the records."""
    return [server for case in document.get("check") or [] for record in case["records"]
            for hop in record["hops"] for server in hop["servers"]]


def eyes(document):
    """What the CA's eye saw: of each record DNSSEC and its time, of each name the CAA climb."""
    return [{key: value for key, value in each.items() if key.startswith("dnssec")}
            for case in document.get("check") or [] for each in case["records"]] + [
        step for case in document.get("check") or [] for each in case["names"]
        for step in each["eye"]]


def ask(scene, *more):
    """What `check` says: the causes, the exit status, and the rest for a person."""
    where = place(scene)
    if scene.apply is not None:
        done = call(scene, where, "apply", *scene.apply)
        if done.returncode:
            raise Failure(f"apply: exit {done.returncode}\n{done.stdout}{done.stderr}")
    if scene.after is not None:
        scene.after()
    done = call(scene, where, scene.command, "--json", *scene.args, *more)
    try:
        document = json.loads(done.stdout)
    except ValueError:
        raise Failure(f"exit {done.returncode}, no JSON:\n{done.stdout}{done.stderr}") from None
    found = list(diagnoses(document))
    aside = [item for item in document.get("errors", [])
             if not item["id"] and item["severity"] == "warning"]
    servers = [server for order in document.get("orders", []) for record in order["records"]
               for server in record.get("servers", [])]
    servers += [server for case in document.get("check") or [] for zone in case["zones"]
                for server in zone["servers"]]
    seen = [*found, *aside, *servers, *hops(document), *eyes(document)]
    return found, done.returncode, "\n".join(
        [f"exit {done.returncode}: {document.get('msg') or ''}",
         *(json.dumps(item, ensure_ascii=False) for item in seen),
         done.stderr.strip()])


def explain(scene):
    """What is wrong with `explain --all`: it must name the cause, and no other."""
    done = call(scene, place(scene), "explain", "--all")
    ids = set(re.findall(r"\[([PTADCM]\d\d)\]", done.stdout))
    for want in {scene.cause} - ids - {None}:
        yield f"explain does not name [{want}]:\n{done.stdout}{done.stderr}"
    for wrong in ids - {scene.cause} - scene.also - WAITING:
        yield f"explain names [{wrong}]:\n{done.stdout}"
    done = call(scene, place(scene), "explain")
    if scene.cause and done.returncode and not re.search(r"\[[PTADCM]\d\d\]", done.stdout):
        yield f"explain stops before it names a cause:\n{done.stdout}"


def contradicts(scene):
    """A name that is not in order, and of which every CA may issue."""
    if scene.names:
        text = call(scene, place(scene)).stdout
        yield from (f"it is not in order, and it is: {line}" for line in text.splitlines()
                    if line.startswith("  NO ") and "may issue" in line)


def unseen(scene, said):
    """Each address of a healthy zone was asked, and the document says so."""
    if scene.cause is None and (scene.records or scene.names) and scene.zones[0].holders is None:
        for _, addresses in scene.zones[0].servers():
            yield from (f"not asked: {address}" for address in addresses if address not in said)
    if scene.cause is None and "zones" not in scene.config and '"id": ""' in said:
        yield "told, though it has no cause"
    if scene.cause is None and scene.zones[0].signed == {} and scene.zones[0].ds == "own":
        times = re.findall(r'"dnssec_(?:from|until)": "20', said)
        yield from ["no period of the signatures"] * (len(times) < 2)
        yield from ["no climb of the CA's eye"] * ('"state": "secure", "rcode"' not in said)


def astray(scene, said):
    """Where no zone is bound there is nothing to apply."""
    if "zones" not in scene.config and "run: dcvctl apply" in said:
        yield "apply is to be typed, where no zone is bound"
    if scene.cause in ("A30", "A38", "A39") and "is port 53 open from here?" in said:
        yield "this host is suspected, though the cause is known"
    given = "nameservers" in scene.config.get("check", {})
    if scene.command == "explain" and given and "not of those that were given" not in said:
        yield "whose answers these are is not said"


def run(scene, modes, results):
    """A test: the misbehaviour is there, and the program names it, and nothing else."""
    scene.proof()
    if "--proof" in modes:
        return
    found, status, said = ask(scene)
    wrong = [*compare(scene, status, found), *unseen(scene, said), *contradicts(scene),
             *astray(scene, said)]
    if "--all" in modes and scene.records:
        wrong += explain(scene)
    with COUNT:
        results[scene.title()] = (found, wrong)
    if wrong:
        raise Failure("\n".join([*wrong, said]))


def extra(scene, found):
    return sorted({item["id"] for item in found} - {scene.cause} - scene.also)


def compare(scene, status, found):
    """What is wrong: a line each."""
    if status not in (scene.exit if isinstance(scene.exit, set) else {scene.exit}):
        yield f"exit {status}, not {scene.exit}"
    if extra(scene, found):
        yield f"shown, though it is not there: {' '.join(extra(scene, found))}"
    mine = [item for item in found if item["id"] == scene.cause]
    if scene.cause and not mine:
        yield f"{scene.cause} was not found"
    for words, keys in ((scene.evidence, None), (scene.remedy, ("help",))):
        said = " ".join(str(item[key]) for item in mine for key in keys or item if key in item)
        for word in words:
            if mine and not any(way in said for way in word.split("|")):
                yield f"{'help' if keys else 'evidence'} does not name `{word}`"


def table(scenes, results):
    """A line a cause: provoked by, found, remedy."""
    print(f"\n{'cause':6} {'provoked by':34} {'found':6} remedy")
    false = 0
    for scene in sorted(scenes, key=lambda scene: scene.title()):
        found, _ = results.get(scene.title(), ([], None))
        false += len(extra(scene, found))
        if scene.cause:
            mine = [item for item in found if item["id"] == scene.cause]
            help_ = str(mine[0].get("help") or "") if mine else ""
            print(f"{scene.cause:6} {scene.name:34} {'yes' if mine else 'no':6} "
                  f"{help_.splitlines()[0] if help_ else '-'}")
    healthy = [scene for scene in scenes if scene.cause is None]
    judged = sum(scene.title() in results for scene in healthy)
    print(f"\nhealthy scenes {len(healthy)}, judged {judged}; false positives {false}")
