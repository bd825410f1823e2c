# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""The TTL of an RRset: ours, with leftovers, with foreign values, lowered and given back."""
from life import OWNER, case, plain, txt
from report import Failure

def ttl(life, wanted, owner=OWNER):
    if life.ttl(owner) != wanted:
        raise Failure(f"{owner}: TTL {life.ttl(owner)}, wanted {wanted}")


@case
def a_set_of_ours_has_the_smallest_ttl_of_its_orders(life):
    life.apply(life.order("100", txt(plain("a"))))
    life.apply(life.order("200", txt(plain("b")), ttl="120"))
    ttl(life, 120)
    with life.unchanged():
        life.apply(str(life.where / "100.yaml"))
    life.cleanup("--cancel", "200")
    life.apply(str(life.where / "100.yaml"))
    ttl(life, 300)


@case
def leftovers_take_the_ttl_of_the_set(life):
    life.by_hand(f'_dnsauth IN TXT "{plain("old")}"')
    order = life.order("100", txt(plain()))
    life.dcvctl("plan", order, status=2, says="TTL 86400 -> 300")
    life.apply(order)
    life.stands(OWNER, plain(), plain("old"))
    ttl(life, 300)


@case
def a_found_value_takes_the_ttl_of_the_order(life):
    life.by_hand(f'_dnsauth IN TXT "{plain()}"')
    with life.one_edit():
        life.apply(life.order("100", txt(plain())))
    ttl(life, 300)


@case
def another_ttl_of_the_order_changes_the_set(life):
    life.apply(life.order("100", txt(plain())))
    with life.one_edit():
        life.apply(life.order("100", txt(plain()), ttl="600"))
    ttl(life, 600)
    with life.unchanged():
        life.apply(life.order("100", txt(plain()), ttl="600"))


@case
def a_ttl_that_a_person_changed_comes_back(life):
    order = life.order("100", txt(plain()))
    life.apply(order)
    file = life.files["example.com"]
    file.write_text(file.read_text().replace("_dnsauth 300", "_dnsauth 9000"))
    life.apply(order)
    ttl(life, 300)


@case
def with_a_foreign_value_the_set_keeps_its_ttl_and_says_so(life):
    order = life.order("100", txt(plain(), "example.com"))
    life.dcvctl("plan", order, status=2, says="TTL 86400")
    if "86400 -> 300" in life.last.stdout:
        raise Failure("the plan lowers a foreign TTL")
    life.apply(order, says="86400")
    ttl(life, 86400, "example.com")
    with life.unchanged():
        life.apply(order)
    life.cleanup("--cancel", "100")
    ttl(life, 86400, "example.com")


@case
def shared_ttl_lower_lowers_and_the_former_ttl_returns(life):
    order = life.order("100", txt(plain(), "example.com"), shared_ttl="lower")
    life.dcvctl("plan", order, status=2, says="TTL 86400 -> 300")
    life.apply(order)
    ttl(life, 300, "example.com")
    life.stands("example.com", plain(), "v=spf1 -all")
    with life.unchanged():
        life.apply(order)
    life.dcvctl("close", "--issued", "100")
    life.cleanup("100")
    ttl(life, 86400, "example.com")
    life.stands("example.com", "v=spf1 -all")


@case
def the_former_ttl_stays_lowered_as_long_as_an_order_is_there(life):
    for number in "100", "200":
        life.apply(life.order(number, txt(plain(number), "example.com"), shared_ttl="lower"))
    life.cleanup("--cancel", "100")
    ttl(life, 300, "example.com")
    life.cleanup("--cancel", "200")
    ttl(life, 86400, "example.com")


@case
def the_former_ttl_does_not_return_over_a_persons(life):
    life.apply(life.order("100", txt(plain(), "example.com"), shared_ttl="lower"))
    file = life.files["example.com"]
    text = file.read_text()
    if text.count(" 300 ") != 2:
        raise Failure("the set has not the TTL 300 in two lines")
    file.write_text(text.replace(" 300 ", " 7200 "))
    life.cleanup("--cancel", "100")
    ttl(life, 7200, "example.com")


@case
def the_former_ttl_outlives_a_reissue(life):
    for name in "ab":
        life.apply(life.order("100", txt(plain(name), "example.com"), shared_ttl="lower"))
        ttl(life, 300, "example.com")
    life.cleanup("--cancel", "100")
    ttl(life, 86400, "example.com")


@case
def lower_never_raises(life):
    file = life.files["example.com"]
    file.write_text(file.read_text().replace("@ IN TXT", "@ 60 IN TXT"))
    life.apply(life.order("100", txt(plain(), "example.com"), shared_ttl="lower"))
    ttl(life, 60, "example.com")
