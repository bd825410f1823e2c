# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What ACME clients call, as they call it: arguments and variables by their protocols."""
import concurrent.futures
import re
import signal
import subprocess

import nameserver
from life import DCVCTL, case
from report import Failure

OWNER = "_acme-challenge.example.com"
CHALLENGE = {"BASEDIR": "/etc/dehydrated", "CHALLENGETYPE": "dns-01"}
LONG = "XKrxpRBosdIKFzxW_CT3KLZNf6q0HG9i01zxXp5CPBs"


def hook(life, *args, status=0, says=None, **env):
    """A call; its standard output, which is nothing where no program is to read it."""
    life.dcvctl("hook", *args, status=status, says=says,
                env={"DCVCTL_UNTIL": "published", **env})
    return life.last.stdout


def silent(life, *args, **more):
    out = hook(life, *args, **more)
    if out:
        raise Failure(f"standard output: {out!r}")


def lego(life, verb, *args, **more):
    silent(life, "lego", verb, *args, **more)


def dehydrated(life, *args, **more):
    silent(life, "dehydrated", *args, **{**CHALLENGE, **more})


def acmesh(life, *args, **more):
    silent(life, "acme.sh", *args, **more)


def certbot(life, what, name, value, left, *args, names="example.com,www.example.com", **more):
    return hook(life, f"certbot-{what}", *args, CERTBOT_DOMAIN=name, CERTBOT_VALIDATION=value,
                CERTBOT_REMAINING_CHALLENGES=str(left), CERTBOT_ALL_DOMAINS=names, **more)


def staged(life):
    folder = life.where / "hooks"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def nothing_left(life, owner=OWNER):
    life.stands(owner)
    if staged(life):
        raise Failure(f"staged: {staged(life)}")
    if not life.ledger_file.exists():
        return
    if life.sql("SELECT id FROM orders WHERE state != 'cleaned'"):
        raise Failure("an order is left in the ledger")
    if life.sql("SELECT * FROM placements WHERE owner LIKE '_acme%'"):
        raise Failure("a placement is left in the ledger")


# --- lego


@case
def hook_lego_adds_once_and_removes_once(life):
    with life.one_edit():
        lego(life, "present", OWNER + ".", LONG)
    with life.unchanged():
        lego(life, "present", OWNER + ".", LONG)
    life.stands(OWNER, LONG)
    if life.ttl(OWNER) != 300:
        raise Failure("TTL")
    with life.one_edit():
        lego(life, "cleanup", OWNER + ".", LONG)
    with life.unchanged():
        lego(life, "cleanup", OWNER + ".", LONG)
    nothing_left(life)


@case
def hook_apex_and_wildcard_are_two_values(life):
    lego(life, "present", OWNER + ".", "value-of-the-apex")
    lego(life, "present", OWNER + ".", "-value-of-the-wildcard")
    life.stands(OWNER, "-value-of-the-wildcard", "value-of-the-apex")
    lego(life, "cleanup", OWNER + ".", "value-of-the-apex")
    life.stands(OWNER, "-value-of-the-wildcard")
    lego(life, "cleanup", OWNER + ".", "-value-of-the-wildcard")
    nothing_left(life)


@case
def hook_lego_raw_makes_the_value(life):
    key = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA.nP1qzpXGymHBrUEepNY9HCsQk7K8KhOypzEt62jcerQ"
    digest = subprocess.run("openssl dgst -sha256 -binary | basenc --base64url", shell=True,
                            input=key.encode(), capture_output=True, check=True)
    value = digest.stdout.decode().strip().rstrip("=")
    for domain in "example.com", "*.example.com.":
        lego(life, "present", "--", domain, "-token", key)
        life.stands(OWNER, value)
    lego(life, "cleanup", "--", "example.com", "-token", key)
    nothing_left(life)


@case
def hook_a_challenge_may_come_again(life):
    for _ in range(2):
        lego(life, "present", OWNER + ".", LONG)
        life.stands(OWNER, LONG)
        lego(life, "cleanup", OWNER + ".", LONG)
        nothing_left(life)


@case
def hook_values_of_others_stay(life):
    life.by_hand(f'{OWNER}. 60 IN TXT "of somebody else"')
    lego(life, "present", OWNER + ".", LONG)
    life.stands(OWNER, LONG, "of somebody else")
    lego(life, "cleanup", OWNER + ".", LONG)
    life.stands(OWNER, "of somebody else")
    lego(life, "cleanup", OWNER + ".", "of.somebody.else")
    life.stands(OWNER, "of somebody else")


@case
def hook_many_at_the_same_time(life):
    def call(i):
        return subprocess.run([DCVCTL["path"], "hook", "lego", "present", OWNER + ".", f"value-{i}"],
                              env=life.environment(DCVCTL_UNTIL="published"), timeout=60,
                              capture_output=True, check=False)
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        for done in pool.map(call, range(6)):
            if done.returncode != 0:
                raise Failure(done.stderr.decode())
    life.stands(OWNER, *(f"value-{i}" for i in range(6)))


@case
def hook_a_killed_client_is_cleaned_after(life):
    lego(life, "present", OWNER + ".", LONG)
    life.later(days=13)
    with life.unchanged():
        life.cleanup()
    life.later(days=2)
    life.cleanup(says="lego-")
    nothing_left(life)


# --- what fails


@case
def hook_a_name_of_no_zone_fails(life):
    with life.unchanged():
        lego(life, "present", "_acme-challenge.example.org.", LONG, status=78, says="example.org")
    nothing_left(life)
    lego(life, "cleanup", "_acme-challenge.example.org.", LONG)


@case
def hook_a_reload_that_fails_leaves_nothing(life):
    zone = life.files["example.com"]
    before = zone.read_bytes()
    life.configure(f"{{zone: example.com, file: {zone}, reload: {{command: [/bin/false]}}}}")
    for call in (lego, "present", OWNER + ".", LONG), (acmesh, "add", OWNER, LONG):
        call[0](life, *call[1:], status=1, says="/bin/false")
        nothing_left(life)
    if zone.read_bytes() != before:
        raise Failure("the zone file is not what it was")


@case
def hook_what_is_not_seen_is_taken_back(life):
    with life.served("example.net") as asked:
        for client in ("lego", "present"), ("acme.sh", "add"):
            hook(life, client[0], *asked, "--until", "effective", "--deadline", "1s", client[1],
                 OWNER, LONG, status=4, says=[OWNER, "--deadline"])
            nothing_left(life)


@case
def hook_a_signal_while_it_waits_takes_it_back(life):
    challenge = {"CERTBOT_DOMAIN": "example.com", "CERTBOT_VALIDATION": LONG}
    for nth, client in enumerate((["lego", "present", OWNER, LONG], ["certbot-auth"])):
        running, signals = [], []

        def none():
            if not signals:
                signals.append(running[0].terminate())
            return ()
        with nameserver.serving(none) as port:
            running.append(subprocess.Popen(
                [DCVCTL["path"], "hook", "--nameserver", f"127.0.0.1:{port}", "--until",
                 "effective", "--deadline", "20s", *client], stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE, env=life.environment(**challenge)))
            said = running[0].communicate(timeout=30)[1].decode()
        if running[0].returncode != -signal.SIGTERM or life.serial() != 43 + 2 * nth:
            raise Failure(f"{running[0].returncode}, serial {life.serial()}: {said}")
        nothing_left(life)


@case
def hook_certbot_goes_on_and_cleans_up_itself(life):
    with life.served("example.net") as asked:
        certbot(life, "auth", "example.com", LONG, 0, *asked, "--deadline", "1s", status=4,
                DCVCTL_UNTIL="effective")
    life.stands(OWNER, LONG)
    certbot(life, "cleanup", "example.com", LONG, 0)
    nothing_left(life)


@case
def hook_waits_until_it_is_effective(life):
    with life.served() as asked:
        hook(life, "lego", *asked, "present", OWNER, LONG, DCVCTL_UNTIL="")
    (number,), = life.sql("SELECT id FROM orders")
    life.state(number, "effective")


@case
def hook_what_is_no_name_or_value_is_refused(life):
    for name, value in (("a b.example.com", "v"), ("", "v"), (OWNER, ""), (OWNER, "a b"),
                        (OWNER, 'a"b'), (OWNER, "x" * 256), ("a..example.com", "v")):
        with life.unchanged():
            hook(life, "lego", "present", name, value, status=64)


@case
def hook_other_arguments_are_refused(life):
    for args in ([], ["certbot"], ["lego"], ["lego", "present"], ["lego", "purge", "a", "b"],
                 ["lego", "present", "--", "a", "b"], ["acme.sh", "add", "a"],
                 ["dehydrated", "deploy_challenge", "example.com", "t"], ["certbot-auth"],
                 ["lego", "--record", "x", "present", "a", "b"]):
        with life.unchanged():
            hook(life, *args, status=64)


# --- certbot


@case
def hook_certbot_commits_with_the_last_call(life):
    names = ["www.example.com", "example.com", "example.com"]
    with life.unchanged():
        said = [certbot(life, "auth", name, f"value-{i}", 2 - i) for i, name in enumerate(names[:2])]
    with life.one_edit():
        said.append(certbot(life, "auth", names[2], "value-2", 0))
    life.stands(OWNER, "value-1", "value-2")
    life.stands("_acme-challenge.www.example.com", "value-0")
    if staged(life) or not all(re.fullmatch(r"certbot-[0-9a-f]{16}\n", text) for text in said):
        raise Failure(f"staged: {staged(life)}; said: {said}")
    with life.one_edit():
        for i, name in enumerate(names):
            if certbot(life, "cleanup", name, f"value-{i}", 2 - i,
                       CERTBOT_AUTH_OUTPUT=said[i].strip()):
                raise Failure("cleanup is not silent")
    nothing_left(life)
    life.stands("_acme-challenge.www.example.com")


@case
def hook_certbot_without_a_count_commits_each(life):
    for call in "auth", "cleanup":
        with life.one_edit():
            hook(life, f"certbot-{call}", CERTBOT_IDENTIFIER="example.com", CERTBOT_VALIDATION=LONG)
    nothing_left(life)


@case
def hook_two_certbots_lose_no_value(life):
    """The same names, from two configurations, their calls one between the other."""
    calls = [("a", 1), ("b", 1), ("a", 0), ("b", 0)]
    for who, left in calls[:3]:
        certbot(life, "auth", "example.com", f"{who}-{left}", left)
    life.stands(OWNER, "a-0", "a-1", "b-1")
    certbot(life, "auth", "example.com", "b-0", 0)
    for left in 1, 0:
        certbot(life, "cleanup", "example.com", f"a-{left}", left)
    life.stands(OWNER, "b-0", "b-1")
    for left in 1, 0:
        certbot(life, "cleanup", "example.com", f"b-{left}", left)
    nothing_left(life)


@case
def hook_a_certbot_that_gives_up_leaves_nothing_staged(life):
    with life.unchanged():
        for left in 3, 2:
            certbot(life, "auth", "example.com", f"value-{left}", left)
        for left in 3, 2:
            certbot(life, "cleanup", "example.com", f"value-{left}", left)
    nothing_left(life)


@case
def hook_what_a_killed_certbot_staged_is_forgotten(life):
    certbot(life, "auth", "example.com", "of-the-dead", 1)
    life.later(hours=2)
    certbot(life, "auth", "example.com", "of-the-living", 0)
    life.stands(OWNER, "of-the-living")


@case
def hook_what_a_certbot_staged_that_is_gone_is_forgotten(life):
    call = (f"CERTBOT_DOMAIN=example.com CERTBOT_VALIDATION=%s CERTBOT_REMAINING_CHALLENGES=%d "
            f"sh -c 'true; {DCVCTL['path']} hook certbot-auth; true'; ")
    for calls, wanted in (([("of-the-dead", 1)], []), ([("a", 2), ("b", 1), ("c", 0)], list("abc"))):
        # The process that calls, with a wrapper between, is a new one each time.
        subprocess.run(["sh", "-c", "".join(call % one for one in calls) + "true"], check=True,
                       env=life.environment(DCVCTL_UNTIL="published"), capture_output=True)
        life.stands(OWNER, *wanted)


@case
def hook_certbot_that_stops_half_way_is_swept_by_the_next(life):
    for left in 1, 0:
        certbot(life, "auth", "example.com", f"value-{left}", left)
    with life.unchanged():
        certbot(life, "cleanup", "example.com", "value-1", 1)
    with life.one_edit():
        certbot(life, "cleanup", "example.com", "value-0", 0)
    nothing_left(life)


@case
def hook_certbot_that_fails_stages_nothing(life):
    with life.unchanged():
        certbot(life, "auth", "example.org", "value-1", 1)
        certbot(life, "auth", "example.com", "value-0", 0, status=78)
    nothing_left(life)


@case
def hook_certbot_for_http_is_refused(life):
    certbot(life, "auth", "example.com", LONG, 0, status=64, says="--preferred-challenges dns",
            CERTBOT_TOKEN="token")


# --- dehydrated


@case
def hook_dehydrated_chain_is_one_change(life):
    chain = ["example.com", "t1", "value-1", "example.com", "t2", "value-2",
             "www.example.com", "t3", "value-3"]
    with life.one_edit():
        dehydrated(life, "deploy_challenge", *chain)
    life.stands(OWNER, "value-1", "value-2")
    with life.one_edit():
        dehydrated(life, "clean_challenge", *chain)
    nothing_left(life)


@case
def hook_dehydrated_other_events_are_silent(life):
    (life.where / "dcvctl.yaml").write_text("no configuration: [")
    for event in (["this_hookscript_is_broken__dehydrated_is_working_fine__please_ignore_unknown"],
                  ["startup_hook"], ["generate_csr", "example.com", "/certs", "example.com"],
                  ["deploy_cert", "example.com", "k", "c", "f", "chain", "1"], ["unchanged_cert"],
                  ["invalid_challenge", "example.com", "--response"], []):
        dehydrated(life, *event)
        if life.last.stderr:
            raise Failure(f"{event}: {life.last.stderr}")


@case
def hook_dehydrated_that_fails_takes_all_back(life):
    life.configure(*(f"{{zone: {zone}, file: {path}, reload: {reload}}}" for (zone, path), reload
                     in zip(life.files.items(), ("none", "{command: [/bin/false]}"))))
    dehydrated(life, "deploy_challenge", "example.com", "t1", "v1", "example.net", "t2", "v2",
               status=3, says="/bin/false")
    nothing_left(life)
    life.stands("_acme-challenge.example.net", zone="example.net")


@case
def hook_dehydrated_sweeps_when_it_ends_with_an_error(life):
    dehydrated(life, "deploy_challenge", "example.com", "t1", "value-1")
    dehydrated(life, "deploy_challenge", "example.com", "t1", "of-another", BASEDIR="/srv/other")
    with life.unchanged():
        dehydrated(life, "exit_hook")
        dehydrated(life, "exit_hook", "")
    with life.one_edit():
        dehydrated(life, "exit_hook", "deploy_challenge hook returned with non-zero exit code")
    life.stands(OWNER, "of-another")
    dehydrated(life, "exit_hook", "error", BASEDIR="/srv/other")
    nothing_left(life)


@case
def hook_dehydrated_for_http_is_refused(life):
    dehydrated(life, "deploy_challenge", "example.com", "t", "v", status=64, says="dns-01",
               CHALLENGETYPE="http-01")


# --- acme.sh


@case
def hook_acmesh_has_names_in_unicode(life):
    acmesh(life, "add", "_acme-challenge.bücher.example.com", LONG)
    life.stands("_acme-challenge.xn--bcher-kva.example.com", LONG)
    acmesh(life, "rm", "_acme-challenge.BÜCHER.example.com", LONG)
    nothing_left(life, "_acme-challenge.xn--bcher-kva.example.com")


# --- where it is written, and how


@case
def hook_follows_an_alias_to_its_end(life):
    life.by_hand(f"{OWNER}. IN CNAME _to.example.net.")
    life.configure(*(f"{{zone: {zone}, file: {path}, reload: none, follow: yes}}"
                     for zone, path in life.files.items()))
    with life.one_edit("example.net"):
        certbot(life, "auth", "example.com", LONG, 0)
    life.stands("_to.example.net", LONG, zone="example.net")
    certbot(life, "cleanup", "example.com", LONG, 0)
    life.stands("_to.example.net", zone="example.net")


@case
def hook_options_may_be_variables(life):
    variables = {"DCVCTL_CONFIG": "none", "DCVCTL_RELOAD": "none", "DCVCTL_TTL": "60",
                 "DCVCTL_CA": "sectigo.com", "DCVCTL_LEDGER": str(life.ledger_file),
                 "DCVCTL_ZONE_FILE": " ".join(f"{zone}={path}"
                                              for zone, path in life.files.items())}
    lego(life, "present", "_acme-challenge.example.net.", LONG, **variables)
    life.stands("_acme-challenge.example.net", LONG, zone="example.net")
    if life.ttl("_acme-challenge.example.net", zone="example.net") != 60:
        raise Failure("TTL")
    lego(life, "cleanup", "_acme-challenge.example.net.", LONG, **variables)
    nothing_left(life)


@case
def hook_options_stand_before_the_words_of_the_client(life):
    hook(life, "--ttl", "120", "lego", "--until", "published", "present", OWNER, "--ttl=9")
    life.stands(OWNER, "--ttl=9")
    if life.ttl(OWNER) != 120:
        raise Failure("TTL")
