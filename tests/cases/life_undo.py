# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""undo RUN: what a run did is taken back, as a new run; what was moved since is left, and named."""
from life import OWNER, case, plain, txt
from report import Failure

def undo(life, *args, status=0, says=None):
    return life.dcvctl("undo", *args, status=status, says=says)


def last_run(life):
    return life.sql("SELECT run FROM changes ORDER BY id DESC LIMIT 1")[0][0]


def original(life):
    return [line for line in life.files["example.com"].read_text().splitlines()
            if " SOA " not in line]


@case
def undo_of_an_apply_removes_and_cancels(life):
    before = original(life)
    life.apply(life.order("100", txt(plain())))
    with life.one_edit():
        undo(life, last_run(life))
    life.stands(OWNER)
    if life.sql("SELECT reason FROM orders") != [("cancelled",)]:
        raise Failure("the order is not cancelled")
    if original(life) != before:
        raise Failure("the zone file is not what it was but for its serial")


@case
def undo_of_a_reissue_brings_the_former_values(life):
    life.apply(life.order("100", txt(plain("a"))))
    life.apply(life.order("100", txt(plain("b"))))
    with life.one_edit():
        undo(life, last_run(life))
    life.stands(OWNER, plain("a"))
    life.state("100", "published")
    with life.unchanged():
        life.apply(life.order("100", txt(plain("a"))))
    life.cleanup("--cancel", "100")
    life.stands(OWNER)


@case
def undo_of_a_cleanup_puts_the_values_back(life):
    life.apply(life.order("100", txt(plain())))
    life.dcvctl("close", "--issued", "100")
    life.cleanup("100")
    undo(life, last_run(life))
    life.stands(OWNER, plain())
    if life.ttl(OWNER) != 300:
        raise Failure("another TTL")


@case
def what_an_undo_put_back_can_be_cleaned_again(life):
    life.apply(life.order("100", txt(plain())))
    life.dcvctl("close", "--issued", "100")
    life.cleanup("100")
    undo(life, last_run(life))
    life.stands(OWNER, plain())
    life.cleanup("100")
    life.stands(OWNER)


@case
def undo_puts_back_what_a_person_made(life):
    life.by_hand(f'_dnsauth IN TXT "{plain("old")}"')
    life.apply("--previous", plain("old"), life.order("100", txt(plain())))
    undo(life, last_run(life))
    life.stands(OWNER, plain("old"))


@case
def undo_of_both_zones_of_a_run(life):
    life.apply(life.order("100", txt(plain()), txt(plain(), "_dnsauth.example.net")))
    with life.one_edit("example.com", "example.net"):
        undo(life, last_run(life))
    life.stands(OWNER)
    life.stands("_dnsauth.example.net", zone="example.net")


@case
def undo_leaves_and_names_what_a_person_moved(life):
    life.apply(life.order("100", txt(plain("a")), txt(plain("b"), "_x.example.com")))
    life.take_away(plain("a"))
    undo(life, last_run(life), says=plain("a"))
    life.stands(OWNER)
    life.stands("_x.example.com")


@case
def undo_leaves_and_names_what_a_later_run_moved(life):
    life.apply(life.order("100", txt(plain("a"))))
    first = last_run(life)
    life.apply(life.order("100", txt(plain("b"))))
    with life.unchanged():
        undo(life, first, says=OWNER)
    life.stands(OWNER, plain("b"))
    life.state("100", "published")


@case
def undo_leaves_what_another_open_order_needs(life):
    life.apply(life.order("100", txt(plain())))
    first = last_run(life)
    life.apply(life.order("200", txt(plain()), ca="geotrust"))
    undo(life, first)
    life.stands(OWNER, plain())


@case
def undo_does_not_put_back_where_a_person_put_something_that_excludes_it(life):
    life.apply(life.order("100", "_x1.example.com CNAME a.sectigo.com", ca="sectigo.com"))
    life.cleanup("--cancel", "100")
    run = last_run(life)
    life.by_hand('_x1 IN TXT "by hand"')
    with life.unchanged():
        undo(life, run, status=6, says="_x1.example.com")
    life.stands("_x1.example.com", "by hand")


@case
def undo_twice_changes_nothing(life):
    life.apply(life.order("100", txt(plain())))
    run = last_run(life)
    undo(life, run)
    with life.unchanged():
        undo(life, run)


@case
def undo_of_an_undo(life):
    life.apply(life.order("100", txt(plain())))
    undo(life, last_run(life))
    undo(life, last_run(life))
    life.stands(OWNER, plain())


@case
def undo_dry_run_shows_it(life):
    life.apply(life.order("100", txt(plain())))
    with life.unchanged():
        undo(life, "--dry-run", last_run(life), status=2, says=plain())
    life.state("100", "published")


@case
def undo_of_an_unknown_run_is_an_order_error(life):
    undo(life, "r99", status=65)


@case
def undo_names_no_run_and_changes_nothing_without_a_ledger(life):
    undo(life, "r1", status=65)
    if life.ledger_file.exists():
        raise Failure("it made a ledger")


@case
def the_log_shows_the_undo(life):
    life.apply(life.order("100", txt(plain())))
    undo(life, last_run(life))
    life.dcvctl("status", "--log", says=["r1", "r2", plain()])
