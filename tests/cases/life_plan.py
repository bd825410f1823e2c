# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""A saved plan is carried out as it was reviewed, or refused; and a second run changes nothing."""
import json

from life import OWNER, case, plain, token, txt, unchanged
from report import Failure

def saved(life, order, *args):
    life.dcvctl("plan", "--save", "the.plan", *args, order, status=2)


def apply_saved(life, status=0, says=None):
    return life.apply("--plan", "the.plan", status=status, says=says)


def refused(life):
    with life.unchanged():
        apply_saved(life, status=6)


@case
def a_saved_plan_is_carried_out(life):
    saved(life, life.order("100", txt(plain())))
    if life.ledger_file.exists():
        raise Failure("plan --save made a ledger")
    with life.one_edit():
        apply_saved(life)
    life.stands(OWNER, plain())
    life.state("100", "published")


@case
def a_saved_plan_names_its_removals(life):
    life.by_hand(f'_dnsauth IN TXT "{plain("old")}"')
    saved(life, life.order("100", txt(plain())), "--previous", plain("old"))
    apply_saved(life)
    life.stands(OWNER, plain())


@case
def a_saved_plan_is_refused_after_a_value_came(life):
    saved(life, life.order("100", txt(plain())))
    life.by_hand(f'_dnsauth IN TXT "{plain("late")}"')
    refused(life)


@case
def a_saved_plan_is_refused_after_a_value_went(life):
    life.by_hand(f'_dnsauth IN TXT "{plain("old")}"')
    saved(life, life.order("100", txt(plain())), "--previous", plain("old"))
    life.take_away(plain("old"))
    refused(life)


@case
def a_saved_plan_is_refused_after_the_ttl_changed(life):
    life.by_hand(f'_dnsauth 600 IN TXT "{plain("old")}"')
    saved(life, life.order("100", txt(plain())))
    life.take_away(plain("old"))
    life.by_hand(f'_dnsauth 900 IN TXT "{plain("old")}"')
    refused(life)


@case
def a_saved_plan_is_refused_after_another_run(life):
    saved(life, life.order("100", txt(plain("a"))))
    life.apply(life.order("200", txt(plain("b"))))
    refused(life)


@case
def a_saved_plan_carries_out_what_was_reviewed_and_not_the_file_of_now(life):
    saved(life, life.order("100", txt(plain("a"))))
    life.order("100", txt(plain("b")))
    apply_saved(life)
    life.stands(OWNER, plain("a"))


@case
def the_command_after_plan_save_works(life):
    saved(life, life.order("100", txt(plain())))
    life.follow("--no-wait")
    life.stands(OWNER, plain())


@case
def a_saved_plan_alone_needs_no_order_file(life):
    saved(life, life.order("100", txt(plain())))
    (life.where / "100.yaml").unlink()
    apply_saved(life)
    life.stands(OWNER, plain())


@case
def a_saved_plan_is_refused_after_the_order_was_closed(life):
    life.apply(life.order("100", txt(plain("a"))))
    life.take_away(plain("a"))
    saved(life, str(life.where / "100.yaml"))
    life.dcvctl("close", "--issued", "100")
    refused(life)


@case
def a_saved_plan_is_refused_after_the_tokens_died(life):
    saved(life, life.order("100", txt(token("20261121"))))
    life.later(days=40)
    refused(life)


@case
def a_saved_plan_is_refused_after_the_binding_changed(life):
    saved(life, life.order("100", txt(plain())))
    other = life.where / "other.zone"
    other.write_text(life.files["example.com"].read_text())
    life.configure(f"{{zone: example.com, file: {other}, reload: none}}")
    with unchanged([other]):
        refused(life)


@case
def a_saved_plan_is_refused_after_caa_changed(life):
    life.by_hand('@ IN CAA 0 issue "letsencrypt.org"')
    saved(life, life.order("100", txt(plain()), caa="permit"))
    life.by_hand('@ IN CAA 0 issue "sectigo.com"')
    refused(life)


@case
def a_saved_plan_is_carried_out_once(life):
    saved(life, life.order("100", txt(plain())))
    apply_saved(life)
    refused(life)


@case
def a_saved_plan_that_was_cut_is_refused(life):
    saved(life, life.order("100", txt(plain())))
    file = life.where / "the.plan"
    file.write_text(file.read_text()[:-20])
    with life.unchanged():
        apply_saved(life, status=6, says="the.plan")


# --- a second run changes nothing at all

def again(life, *args):
    with life.unchanged(), unchanged([life.ledger_file]):
        life.dcvctl("apply", "--until", "published", "--json", *args)
    result = json.loads(life.last.stdout)
    if result["changed"] or result["failed"] or result["totals"]["add"]:
        raise Failure(f"changed: {result['changed']}, failed: {result['failed']}")


@case
def a_second_run_of_an_order_changes_nothing(life):
    order = life.order("100", txt(plain("a")), txt(plain("b")),
                       "_x1.example.net CNAME y1.digicert.com")
    life.apply(order)
    life.later(days=3)
    again(life, order)


@case
def a_second_run_of_a_supersession_changes_nothing(life):
    old = life.order("100", txt(plain("a")), certificate="shop")
    new = life.order("200", txt(plain("b")), certificate="shop", supersedes=["100"])
    life.apply(old)
    life.apply(new)
    again(life, old, new)
    again(life, new)


@case
def a_second_run_with_previous_changes_nothing(life):
    life.by_hand(f'_dnsauth IN TXT "{plain("old")}"')
    order = life.order("100", txt(plain()))
    life.apply("--previous", plain("old"), order)
    again(life, "--previous", plain("old"), order)
    again(life, "--remove-leftovers", order)
    again(life, order)


@case
def a_second_run_with_a_lowered_ttl_and_caa_changes_nothing(life):
    life.by_hand('@ IN CAA 0 issue "letsencrypt.org"')
    order = life.order("100", txt(plain(), "example.com"), shared_ttl="lower", caa="permit")
    life.apply(order)
    again(life, order)


@case
def a_second_run_of_a_reopened_order_changes_nothing(life):
    order = life.order("100", txt(plain()))
    life.apply(order)
    life.cleanup("--cancel", "100")
    life.apply("--reopen", order)
    again(life, order)
    again(life, "--reopen", order)


@case
def a_second_run_of_closed_and_dead_orders_changes_nothing(life):
    dead = life.order("100", txt(token("20260502")))
    closed = life.order("200", txt(plain()))
    life.apply(dead, closed)
    life.dcvctl("close", "--issued", "200")
    life.apply(dead, closed)
    again(life, dead, closed)


@case
def a_second_cleanup_changes_nothing(life):
    life.apply(life.order("100", txt(plain())))
    life.dcvctl("close", "--issued", "100")
    life.cleanup("100")
    life.later(days=60)
    with life.unchanged(), unchanged([life.ledger_file]):
        if life.cleanup():
            raise Failure("not silent")


@case
def a_plan_changes_nothing_at_any_stage(life):
    order = life.order("100", txt(plain()))
    life.apply(order)
    for _ in range(2):
        with life.unchanged(), unchanged([life.ledger_file]):
            life.dcvctl("plan", order)
            life.dcvctl("status")
            life.dcvctl("status", "--log")
        life.dcvctl("close", "--issued", "100")


@case
def shadow_copy_is_asked_for_once(life):
    life.by_hand("* IN A 192.0.2.9")
    order = life.order("100", txt(plain(), "_dnsauth.shop.example.com"))
    life.apply("--shadow", "copy", order)
    again(life, "--shadow", "copy", order)
    again(life, order)


@case
def what_lint_would_say_is_said_before_the_order_is_submitted(life):
    """By plan, and by the apply that writes; not by one that finds all in place."""
    order = life.order("100", "_globalsign-domain-verification.example.com TXT code", ca="globalsign")
    wrong = "100.yaml:3:5: warning: owner: the prefix of the value written as owner?"
    life.dcvctl("plan", order, status=2, says=wrong)
    life.apply("--dry-run", order, status=2, says=wrong)
    life.apply(order, says=wrong)
    life.apply(order, says="nothing to change")
    if wrong in life.last.stderr:
        raise Failure("said again, though nothing was changed")
