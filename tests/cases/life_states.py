# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""The states of an order: what moves it from one to the next, and what does not."""
from life import OWNER, case, plain, token, txt, unchanged
from report import Failure

@case
def apply_publishes_with_ttl_300(life):
    order = life.order("100", txt(plain()))
    with life.one_edit():
        life.apply(order)
    life.stands(OWNER, plain())
    if life.ttl(OWNER) != 300:
        raise Failure("TTL is not 300")
    life.state("100", "published")


@case
def effective_when_every_server_has_it(life):
    order = life.order("100", txt(plain()))
    with life.served() as asked:
        life.dcvctl("apply", *asked, order, says="EFFECTIVE")
        life.state("100", "effective")
        with life.unchanged():
            life.dcvctl("apply", *asked, order)
        life.state("100", "effective")


@case
def wait_and_not_check_writes_the_state(life):
    life.apply(life.order("100", txt(plain())))
    with life.served() as asked:
        with unchanged([life.ledger_file]):
            life.dcvctl("check", *asked, "100")
        life.state("100", "published")
        life.dcvctl("wait", *asked, "100")
        life.state("100", "effective")


@case
def a_value_lost_at_the_servers_is_not_effective_any_more(life):
    life.apply(life.order("100", txt(plain())))
    with life.served() as asked:
        life.dcvctl("wait", *asked, "100")
        life.take_away(plain())
        with unchanged([life.ledger_file]):
            life.dcvctl("check", *asked, "100", status=2)
        life.dcvctl("wait", *asked, "--deadline", "1s", "100", status=4)
        if life.sql("SELECT state FROM orders") == [("effective",)]:
            raise Failure("still effective")
        life.dcvctl("check", *asked, "100", status=2)
        life.follow()
    life.stands(OWNER, plain())
    life.state("100", "effective")


@case
def a_previous_value_at_a_server_is_not_effective(life):
    life.apply(life.order("100", txt(plain("a"))))
    life.apply(life.order("100", txt(plain("b"))))
    life.by_hand(f'_dnsauth 300 IN TXT "{plain("a")}"')
    with life.served() as asked:
        life.dcvctl("check", *asked, "100", status=2)
        life.take_away(plain("a"))
        life.dcvctl("check", *asked, "100")


@case
def a_foreign_value_at_a_server_counts_for_nothing(life):
    life.apply(life.order("100", txt(plain())))
    life.by_hand('_dnsauth 300 IN TXT "whatever"')
    with life.served() as asked:
        life.dcvctl("check", *asked, "100")


@case
def an_effective_order_is_closed_and_cleaned(life):
    order = life.order("100", txt(plain()))
    with life.served() as asked:
        life.dcvctl("apply", *asked, order)
        life.dcvctl("close", "--issued", "100")
        life.cleanup("100")
        life.dcvctl("check", *asked, "100")
    life.state("100", "cleaned", "issued")


@case
def plan_writes_neither_zone_nor_ledger(life):
    order = life.order("100", txt(plain()))
    with life.unchanged():
        life.dcvctl("plan", order, status=2, says=["_dnsauth.example.com", plain()])
        life.apply("--dry-run", order, status=2)
    if life.ledger_file.exists():
        raise Failure("plan made a ledger")


@case
def a_lost_value_is_told_and_comes_back(life):
    order = life.order("100", txt(plain()))
    life.apply(order)
    life.take_away(plain())
    life.dcvctl("plan", order, status=2, says="somebody else removed it")
    life.apply(order, says="somebody else removed it")
    life.stands(OWNER, plain())
    life.state("100", "published")


@case
def an_order_whose_zone_fails_is_pending(life):
    order = life.order("100", txt(plain()), txt(plain(), "_dnsauth.example.net"))
    life.configure(f"{{zone: example.com, file: {life.files['example.com']}, reload: none}}",
                   f"{{zone: example.net, file: {life.files['example.net']}, "
                   "checker: {command: [/bin/false]}}")
    life.apply(order, status=3)
    life.stands(OWNER, plain())
    life.state("100", "pending")
    life.configure()
    life.apply(order)
    life.state("100", "published")


@case
def expired_follows_from_the_clock_and_first_apply(life):
    life.apply(life.order("100", txt(plain())))
    life.later(days=29, hours=23)
    life.dcvctl("status", says="published")
    life.later(hours=2)
    life.dcvctl("status", says="expired")


@case
def expired_follows_from_the_date_in_the_value(life):
    life.apply(life.order("100", txt(token("20261101"))))
    life.at("2026-11-30 23:00")
    life.dcvctl("status", says="published")
    life.at("2026-12-01 01:00")
    life.dcvctl("status", says="expired")


@case
def an_unknown_ca_has_tokens_of_30_days(life):
    life.apply(life.order("100", "_x1.example.com CNAME y1.sectigo.com", ca="sectigo.com"))
    life.later(days=31)
    life.dcvctl("status", says="expired")


@case
def a_reissue_counts_the_life_anew(life):
    life.apply(life.order("100", txt(plain("a"))))
    life.later(days=20)
    life.apply(life.order("100", txt(plain("b"))))
    life.later(days=20)
    life.dcvctl("status", says="published")
    life.later(days=11)
    life.dcvctl("status", says="expired")


@case
def an_expired_order_applied_again_writes_nothing(life):
    order = life.order("100", txt(plain()))
    life.apply(order)
    life.later(days=31)
    with life.unchanged():
        life.apply(order, says="nothing is written")
    life.take_away(plain())
    with life.unchanged():
        life.apply(order)


@case
def a_closed_order_applied_again_writes_nothing(life):
    order = life.order("100", txt(plain()))
    life.apply(order)
    life.dcvctl("close", "--issued", "100")
    life.state("100", "closed", "issued")
    with life.unchanged():
        life.apply(order, says="closed")
        life.dcvctl("plan", order)
    life.state("100", "closed", "issued")


@case
def a_cleaned_order_applied_again_writes_nothing(life):
    order = life.order("100", txt(plain()))
    life.apply(order)
    life.dcvctl("close", "--cancelled", "100")
    life.cleanup("100")
    life.state("100", "cleaned", "cancelled")
    life.later(days=400)
    with life.unchanged():
        life.apply(order)
    life.stands(OWNER)


@case
def a_closed_order_with_an_earlier_revision_writes_nothing(life):
    life.apply(life.order("100", txt(plain("a"))))
    life.apply(life.order("100", txt(plain("b"))))
    life.dcvctl("close", "--issued", "100")
    with life.unchanged():
        life.apply(life.order("100", txt(plain("a"))), says="closed")
    life.stands(OWNER, plain("b"))


@case
def reopen_opens_a_closed_order(life):
    order = life.order("100", txt(plain()))
    life.apply(order)
    life.dcvctl("close", "--issued", "100")
    life.cleanup("100")
    life.apply("--reopen", order)
    life.stands(OWNER, plain())
    life.state("100", "published")
    with life.unchanged():
        life.apply(order)


@case
def other_records_under_the_number_are_a_reissue(life):
    life.apply(life.order("100", txt(plain("a"))))
    with life.one_edit():
        life.apply(life.order("100", txt(plain("b"))))
    life.stands(OWNER, plain("b"))
    life.state("100", "published")
    revision(life, "100", 2)


@case
def a_reissue_opens_a_closed_order(life):
    life.apply(life.order("100", txt(plain("a"))))
    life.dcvctl("close", "--issued", "100")
    with life.one_edit():
        life.apply(life.order("100", txt(plain("b"))))
    life.stands(OWNER, plain("b"))
    life.state("100", "published")


@case
def a_reissue_opens_a_cleaned_order(life):
    life.apply(life.order("100", txt(plain("a"))))
    life.cleanup("--cancel", "100")
    life.apply(life.order("100", txt(plain("b"))))
    life.stands(OWNER, plain("b"))
    life.state("100", "published")


@case
def ttl_names_and_caa_make_no_revision(life):
    life.apply(life.order("100", txt(plain())))
    for keys in ({"ttl": "600"}, {"names": ["example.com"]}, {"caa": "off"}):
        life.apply(life.order("100", txt(plain()), **keys))
        revision(life, "100", 1)


@case
def the_sequence_of_records_makes_no_revision(life):
    life.apply(life.order("100", txt(plain("a")), txt(plain("b"))))
    with life.unchanged():
        life.apply(life.order("100", txt(plain("b")), txt(plain("a")), txt(plain("b"))))
    revision(life, "100", 1)


@case
def names_and_spelling_of_a_closed_order_are_no_reissue(life):
    life.apply(life.order("100", txt(plain())))
    life.dcvctl("close", "--issued", "100")
    with life.unchanged():
        life.apply(life.order("100", f"_DNSAUTH.Example.COM. TXT {plain()}", ttl="900",
                              names=["example.com", "www.example.com"]))
    life.state("100", "closed", "issued")


@case
def a_removed_order_file_removes_no_record(life):
    orders = life.where / "orders"
    orders.mkdir()
    for number in "100", "101":
        life.order(number, txt(plain(number), f"_dnsauth.w{number}.example.com"))
        (life.where / f"{number}.yaml").rename(orders / f"{number}.yaml")
    life.apply(str(orders))
    (orders / "100.yaml").unlink()
    with life.unchanged():
        life.apply(str(orders))
    life.stands("_dnsauth.w100.example.com", plain("100"))
    life.state("100", "published")


@case
def an_unknown_order_with_dead_tokens_enters_closed(life):
    order = life.order("100", txt(token("20260502")))
    with life.unchanged():
        life.apply(order, says="every token is past its life")
    life.state("100", "closed", "expired")


@case
def closing_twice_is_no_error_and_keeps_the_first_reason(life):
    life.apply(life.order("100", txt(plain())))
    life.dcvctl("close", "--issued", "100")
    life.dcvctl("close", "--issued", "100")
    life.state("100", "closed", "issued")


@case
def closing_an_unknown_order_is_an_order_error(life):
    life.dcvctl("close", "--issued", "100", status=65)


@case
def an_order_without_records_writes_nothing_and_exits_2(life):
    with life.unchanged():
        life.apply(life.order("100", names=["example.com"]), status=2)
    if life.ledger_file.exists() and life.sql("SELECT id FROM orders"):
        raise Failure("a pre-flight entered the ledger")


def revision(life, number, wanted):
    got = life.sql("SELECT revision FROM orders WHERE id = ?", number)
    if got != [(wanted,)]:
        raise Failure(f"order {number}: revision {got}, wanted {wanted}")
