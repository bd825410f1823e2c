# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Values of ours that somebody else removed: who says so, since when, and what is noted."""
from life import OWNER, case, plain, txt, unchanged
from report import Failure

NOT_US = "dcvctl did not remove it"


def said(life, *texts):
    for text in texts:
        if text not in life.last.stdout + life.last.stderr:
            raise Failure(f"not said: {text!r}")


def silent(life, text=NOT_US):
    if text in life.last.stdout + life.last.stderr:
        raise Failure(f"said: {text!r}")


def journal(life):
    return life.sql("SELECT run, op, order_id, at FROM changes WHERE op <> 'reload' ORDER BY id")


@case
def check_says_since_when_and_writes_nothing(life):
    order = life.order("100", txt(plain()))
    with life.served() as asked:
        life.apply(order)
        life.later(hours=1)
        life.dcvctl("wait", *asked, "100")
        life.later(hours=3)
        life.take_away(plain())
        with unchanged([life.ledger_file]):
            life.dcvctl("check", *asked, "100", status=2, says=[
                f'{OWNER} TXT "{plain()}": written at 2026-11-21 00:00 +0000 (run r1), seen last '
                "at every name server at 2026-11-21 01:00 +0000, missed now for the first time; "
                + NOT_US, "[M67]", "octoDNS"])
            life.dcvctl("plan", order, status=2, says=NOT_US)
            life.dcvctl("explain", *asked, "100", status=7, says=NOT_US)
        life.state("100", "effective")


@case
def wait_notes_it_once_and_the_order_is_pending(life):
    life.apply(life.order("100", txt(plain())))
    life.take_away(plain())
    life.later(hours=5)
    with life.served() as asked:
        for _ in range(2):
            life.dcvctl("wait", *asked, "--deadline", "1s", "100", status=4, says=NOT_US)
            life.later(hours=1)
        life.state("100", "pending")
        life.dcvctl("check", *asked, "100", status=2,
                    says="seen last when it was read back, missed since 2026-11-21 05:00 +0000")
    if [row[:3] for row in journal(life)] != [("r1", "add", "100"), ("r2", "lost", "100")]:
        raise Failure(f"the journal: {journal(life)}")
    life.dcvctl("status", "--log", says=f"lost {OWNER} TXT")
    life.dcvctl("status", "--attention", status=2, says=[
        "lost       100  1 value is gone from example.com, missed since 2026-11-21 05:00 +0000; "
        + NOT_US, "run: dcvctl apply 100"])
    life.cleanup(says="1 value is gone from example.com")


@case
def apply_notes_it_puts_it_back_and_counts(life):
    order = life.order("100", txt(plain()))
    life.apply(order)
    for before in ("", "; it was lost 1 time before", "; it was lost 2 times before"):
        life.take_away(plain())
        life.later(hours=1)
        life.apply(order, says=[NOT_US + "; ", before])
        life.stands(OWNER, plain())
        life.state("100", "published")
    if [row[1] for row in journal(life)] != ["add"] + ["lost", "add"] * 3:
        raise Failure(f"the journal: {journal(life)}")
    life.dcvctl("status", "--attention")
    with life.unchanged():
        life.apply(order)
    silent(life)


@case
def the_serial_tells_of_an_older_copy(life):
    before = life.files["example.com"].read_text()
    old = life.serial()
    order = life.order("100", txt(plain()))
    life.apply(order)
    new = life.serial()
    life.files["example.com"].write_text(before)
    life.dcvctl("plan", order, status=2, says=f"the serial went back from {new} to {old}: "
                "an older copy of the zone came back")


@case
def the_serial_tells_of_an_edit_that_did_not_count(life):
    order = life.order("100", txt(plain()))
    life.apply(order)
    life.take_away(plain())
    life.dcvctl("plan", order, status=2, says="the serial is still that of our change")
    with life.one_edit():
        life.apply(life.order("101", txt(plain("b"), "_dnsauth.b.example.com")))
    life.dcvctl("plan", order, status=2, says=NOT_US)
    silent(life, "the serial")


@case
def many_are_told_as_one(life):
    order = life.order("100", *(txt(plain(f"v{i}"), f"_dnsauth.h{i}.example.com")
                                for i in range(30)))
    life.apply(order)
    life.take_away("_dnsauth")
    life.apply(order, says="and 29 more of example.com: written at")
    if life.last.stderr.count("warning:") != 1:
        raise Failure("more than one warning")


@case
def what_dcvctl_removed_is_not_lost(life):
    order = life.order("100", txt(plain()))
    life.apply(order)
    life.dcvctl("close", "--issued", "100")
    life.cleanup("100")
    life.dcvctl("plan", "--reopen", order, status=2)
    silent(life)
    life.apply("--reopen", order)
    silent(life)


@case
def what_stood_there_before_us_is_no_loss_of_ours(life):
    life.by_hand(f'_dnsauth 300 IN TXT "{plain()}"')
    order = life.order("100", txt(plain()))
    life.apply(order)
    life.take_away(plain())
    life.dcvctl("plan", order, status=2)
    silent(life)


@case
def a_zone_that_moved_to_another_file_lost_nothing(life):
    order = life.order("100", txt(plain()))
    life.apply(order)
    other = life.where / "other.zone"
    life.take_away(plain())
    other.write_text(life.files["example.com"].read_text())
    life.configure(f"{{zone: example.com, file: {other}, reload: none}}")
    life.dcvctl("plan", order, status=2)
    silent(life)


@case
def undo_takes_back_what_came_and_not_the_note(life):
    order = life.order("100", txt(plain()))
    life.apply(order)
    life.take_away(plain())
    life.apply(order, says=NOT_US)
    life.dcvctl("undo", "r2")
    silent(life, "left as it is")
    life.stands(OWNER)
