# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Orders of Huawei Cloud SCM, by its number: what the account was answered is replayed, in the form
of the vendor's documents."""
import json
import os
import re

from life import OWNER, case, token, txt
from report import Failure

NUMBER = "scs1590053258704"
WORDS = ("--from", "huaweicloud-scm", NUMBER)
URL = "https://scm.cn-north-4.myhuaweicloud.com/v3/scm/certificates/"
ACCOUNT = """\
accounts:
  cloud-a:
    {{provider: huaweicloud, region: cn-north-4, access_key: {{env: AK}}, secret_key: {{env: SK}},
     http_replay: {where}}}
"""


def answer(day="20261121", **more):
    """ShowCertificate of one name."""
    return {"id": NUMBER, "order_id": "CS20052117270N7V9", "name": "scm-testing",
            "type": "DV_SSL_CERT", "brand": "SYMANTEC", "push_support": "OFF",
            "revoke_reason": None, "status": "CHECKING_DOMAIN", "issue_time": None,
            "validity_period": 12, "validation_method": "DNS", "domain_type": "SINGLE_DOMAIN",
            "domain": "example.com", "sans": None, "domain_count": 1, "wildcard_count": 0,
            "authentification": [{"record_name": f"_dnsauth. example.com", "record_type": "TXT",
                                  "record_value": token(day), "domain": "example.com"}], **more}


def tape(life, body, status=200, number=NUMBER, times=1):
    """The service answers so, this often in a run."""
    where = life.where / "tape"
    where.mkdir(exist_ok=True)
    for index in range(times):
        (where / f"{index:04}.json").write_text(json.dumps({
            "request": {"method": "GET", "url": URL + number, "headers": [], "body": ""},
            "answer": {"status": status, "headers": [["content-type", "application/json"]],
                       "body": json.dumps(body)}}))
    life.configure(more=ACCOUNT.format(where=where))


def dcvctl(life, command, *args, **keys):
    return life.dcvctl(command, *WORDS, *args, env={"AK": "access", "SK": "secret"}, **keys)


@case
def an_order_of_a_service_is_planned_and_applied(life):
    tape(life, answer())
    with life.unchanged():
        dcvctl(life, "plan", status=2, says=["blanks removed", token("20261121"),
                                             f"--from huaweicloud-scm {NUMBER}"])
    with life.one_edit():
        dcvctl(life, "apply", "--until", "published")
    life.stands(OWNER, token("20261121"))
    life.state(NUMBER, "published")
    with life.unchanged():
        dcvctl(life, "apply", "--until", "published")
    with life.unchanged():
        life.apply(NUMBER)
    life.cleanup("--cancel", NUMBER)
    life.stands(OWNER)


@case
def an_order_issued_again_by_its_service_replaces_its_value(life):
    tape(life, answer())
    dcvctl(life, "apply", "--until", "published")
    life.later(days=3)
    tape(life, answer("20261124"))
    with life.one_edit():
        dcvctl(life, "apply", "--until", "published")
    life.stands(OWNER, token("20261124"))


@case
def a_file_of_a_service_says_when_it_was_asked(life):
    tape(life, answer())
    for _ in range(2):
        dcvctl(life, "new", "--out", str(life.where / "orders"))
        life.later(hours=1)
    made = (life.where / "orders" / f"{NUMBER}.yaml").read_text()
    if made != (f"# Huawei Cloud SCM says CHECKING_DOMAIN (asked 2026-11-21T00:00:00Z)\n"
                f'order: "{NUMBER}"\ncertificate: scm-testing\nca: digicert\n'
                f"service: huaweicloud-scm\nnames: [example.com]\nrecords:\n"
                f"  - {OWNER} TXT {token('20261121')}\n"):
        raise Failure(made)
    life.apply(str(life.where / "orders"))
    life.stands(OWNER, token("20261121"))


def explained(life, exits, *says, **more):
    """Nothing on this host can look as a CA does, so that only the service says anything."""
    tape(life, answer(**more))
    with life.served() as server:
        dcvctl(life, "explain", "--all", *server, "--deadline", "1s", status=exits, says=list(says))


@case
def what_the_service_says_stands_beside_the_verdict(life):
    explained(life, 7, "DigiCert DV · example.com\n"
              "Huawei Cloud SCM says CHECKING_DOMAIN (asked 2026-11-21 00:00 +0000)\n")
    explained(life, 2, "says UNPASSED", "M61", status="UNPASSED")
    explained(life, 7, "says CHECKING_ORG", "OV/EV", "M62", type="OV_SSL_CERT",
              status="CHECKING_ORG")


@case
def what_a_file_says_has_the_time_of_the_file(life):
    path = life.where / "answer.json"
    path.write_text(json.dumps(answer(status="ISSUED", authentification=None)))
    os.utime(path, (1795084200, 1795084200))
    life.dcvctl("explain", "--from", "huaweicloud-scm", "--file", str(path),
                says=["Huawei Cloud SCM says ISSUED (file of 2026-11-19 10:30 +0000)",
                      "no records yet"])


@case
def what_the_service_turned_down_is_not_done(life):
    path = life.where / "answer.json"
    path.write_text(json.dumps(answer(status="UNPASSED", authentification=None)))
    life.dcvctl("explain", "--from", "huaweicloud-scm", "--file", str(path), status=2,
                says=["Huawei Cloud SCM says UNPASSED", "no records yet"])


def names_unproved(life, *args, status=0, **more):
    """The names that the command says no record proves; each is said once."""
    tape(life, answer(**more))
    said = dcvctl(life, *args, status=status)
    found = re.findall(r"no record proves (\S+?)\.?(?=:|\s|$)", said)
    if found and "run this again when the service shows one" not in said:
        raise Failure("not said what to do")
    return found


@case
def a_name_without_a_record_is_told_once(life):
    apply = ("apply", "--until", "published")
    lacks = "www.example.net;example.com;*.example.com;www.example.com"
    for command in (apply, ("new", "--out", str(life.where / "orders"))):
        if names_unproved(life, *command, sans=lacks) != ["www.example.net"]:
            raise Failure("not www.example.net, or not once")
    if names_unproved(life, *apply, sans="*.example.com;www.example.com"):
        raise Failure("a name that is proved by its own record, or by that of a parent")


@case
def a_parent_does_not_prove_a_name_where_the_ca_says_so(life):
    record = {"record_name": "_acme-challenge.example.com", "record_type": "TXT",
              "record_value": "gfj9Xq-Rg85nM_gfj9Xq-Rg85nM_gfj9Xq-Rg85nM_A",
              "domain": "example.com"}
    found = names_unproved(life, "plan", "--ca", "letsencrypt", status=2, authentification=[record],
                           sans="*.example.com;www.example.com")
    if found != ["www.example.com"]:
        raise Failure(str(found))


@case
def an_order_without_a_file_is_not_told_to_write_into_one(life):
    life.apply(life.order("7", txt(token("20261120", "b")), service="huaweicloud-scm"))
    path = life.where / "answer.json"
    path.write_text(json.dumps(answer(name="")))
    for words in (WORDS, ("--record", txt(token("20261121")), "--ca", "digicert", "--order", "8",
                          "--service", "huaweicloud-scm")):
        life.dcvctl("plan", *words, *(["--file", str(path)] if words == WORDS else []), status=6,
                    says=["or this order replaces it: dcvctl close --issued digicert/7   (or "
                          "--cancelled), then this again; if both are meant, side by side: "
                          "--coexist"])
        if "supersedes" in life.last.stdout + life.last.stderr:
            raise Failure("there is no file for it")
    life.dcvctl("close", "--cancelled", "digicert/7")
    life.dcvctl("apply", *WORDS, "--file", str(path), "--until", "published")
    life.stands(OWNER, token("20261121"))


@case
def of_two_orders_without_files_one_is_to_be_given(life):
    tape(life, answer())
    (life.where / "tape" / "0001.json").write_text(
        (life.where / "tape" / "0000.json").read_text()
        .replace(NUMBER, NUMBER + "5").replace("20261121", "20261122"))
    said = dcvctl(life, "plan", NUMBER + "5", status=65, says=["help: give the newer one alone"])
    if "supersedes" in said:
        raise Failure("there is no file for it")


@case
def what_is_printed_to_be_typed_works_whatever_the_files_are_called(life):
    path = life.where / "it's; the answer.json"
    path.write_text(json.dumps(answer()))
    saved = life.where / "a saved plan"
    life.dcvctl("plan", "--from", "huaweicloud-scm", "--file", str(path), "--save", str(saved),
                status=2)
    life.follow("--until", "published")
    life.stands(OWNER, token("20261121"))
    life.cleanup("--cancel", NUMBER)
    life.dcvctl("plan", "--reopen", "--from", "huaweicloud-scm", "--file", str(path), status=2)
    life.follow("--until", "published")
    life.stands(OWNER, token("20261121"))


@case
def what_was_asked_with_other_orders_is_not_dropped(life):
    path = life.where / "answer.json"
    path.write_text(json.dumps(answer()))
    for more in (["--record", "www.example.com TXT x"], ["--order", "9"]):
        life.dcvctl("plan", "--from", "huaweicloud-scm", "--file", str(path), *more, status=64,
                    says=["options that do not go together"])
    life.dcvctl("plan", "--file", str(path), "1.yaml", status=64,
                says=["options that do not go together"])


@case
def an_order_that_the_service_does_not_know(life):
    tape(life, {"error_code": "SCM.0404", "error_msg": "no such certificate"}, status=404)
    with life.unchanged():
        dcvctl(life, "apply", status=1, says=["knows no order of this number"])


@case
def a_refusal_of_the_service_is_told(life):
    tape(life, {"error_code": "SCM.0001", "error_msg": "Access denied."}, status=403)
    with life.unchanged():
        dcvctl(life, "apply", status=1, says=["account cloud-a", "Access denied.",
                                              "dcvctl-huaweicloud(7)"])


@case
def an_answer_about_another_order(life):
    tape(life, answer(id="scs1"))
    dcvctl(life, "new", status=65, says=[f"about scs1, not about {NUMBER}"])


@case
def an_answer_that_was_cut(life):
    tape(life, answer(authentification=[{"record_name": "_dnsauth.example.com"}]))
    dcvctl(life, "plan", status=1, says=["huaweicloud-scm:scs1590053258704: authentification[0]"])


@case
def a_service_that_no_account_asks(life):
    life.dcvctl("plan", *WORDS, status=78, says=["no account of the configuration"])
    life.dcvctl("plan", "--from", "huawei-scm", "1", status=64, says=["huaweicloud-scm"])
    life.dcvctl("plan", "--from", "huaweicloud-scm", "../1", status=64)
    life.dcvctl("plan", "--from", "huaweicloud-scm", status=64)
