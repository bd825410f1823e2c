# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What the certificate before left, and what leaves with the change that brings the new values."""
from life import OWNER, case, plain, txt
from report import Failure

def closed(life, number, *records, how="--issued", **keys):
    life.apply(life.order(number, *records, **keys))
    life.dcvctl("close", how, number)


@case
def previous_is_an_earlier_revision_at_another_owner(life):
    life.apply(life.order("100", txt(plain("a"), "_x1.example.com")))
    with life.one_edit():
        life.apply(life.order("100", txt(plain("b"), "_x2.example.com")))
    life.stands("_x1.example.com")
    life.stands("_x2.example.com", plain("b"))


@case
def previous_is_an_earlier_revision_in_another_zone(life):
    life.apply(life.order("100", txt(plain("a"))))
    life.apply(life.order("100", txt(plain("b"), "_dnsauth.example.net")))
    life.stands(OWNER)
    life.stands("_dnsauth.example.net", plain("b"), zone="example.net")


@case
def previous_is_every_earlier_revision(life):
    for name in "abc":
        life.apply(life.order("100", txt(plain(name))))
    life.stands(OWNER, plain("c"))
    life.apply(life.order("100", txt(plain("a"))))
    life.stands(OWNER, plain("a"))


@case
def a_value_of_both_revisions_stays(life):
    life.apply(life.order("100", txt(plain("a")), txt(plain("b"))))
    life.apply(life.order("100", txt(plain("b")), txt(plain("c"))))
    life.stands(OWNER, plain("b"), plain("c"))


@case
def previous_is_a_closed_order_at_the_owner(life):
    closed(life, "100", txt(plain("a")))
    with life.one_edit():
        life.apply(life.order("200", txt(plain("b"))), says="100")
    life.stands(OWNER, plain("b"))


@case
def previous_is_a_cancelled_order_of_another_ca_too(life):
    closed(life, "100", txt(plain("a")), how="--cancelled", ca="sectigo.com")
    life.apply(life.order("200", txt(plain("b"))))
    life.stands(OWNER, plain("b"))


@case
def a_closed_order_elsewhere_is_not_previous(life):
    closed(life, "100", txt(plain("a"), "_other.example.com"))
    life.apply(life.order("200", txt(plain("b"))))
    life.stands("_other.example.com", plain("a"))
    life.stands(OWNER, plain("b"))


@case
def the_new_order_may_want_the_value_of_the_closed_one(life):
    closed(life, "100", txt(plain("a")))
    with life.unchanged():
        life.apply(life.order("200", txt(plain("a"))))
    life.cleanup("100")
    life.stands(OWNER, plain("a"))
    life.state("200", "published")


@case
def with_certificate_other_owners_too(life):
    closed(life, "100", "_5f2c.shop.example.com CNAME 8d1b.3c6f.sectigo.com",
           ca="sectigo.com", certificate="shop")
    with life.one_edit():
        life.apply(life.order("200", "_77aa.shop.example.com CNAME 99bb.00cc.sectigo.com",
                              ca="sectigo.com", certificate="shop"))
    life.stands("_5f2c.shop.example.com", rrtype="CNAME")
    life.stands("_77aa.shop.example.com", "99bb.00cc.sectigo.com.", rrtype="CNAME")


@case
def with_certificate_other_zones_too(life):
    closed(life, "100", txt(plain("a")), certificate="shop")
    with life.one_edit("example.com", "example.net"):
        life.apply(life.order("200", txt(plain("b"), "_dnsauth.example.net"),
                              certificate="shop"))
    life.stands(OWNER)
    life.stands("_dnsauth.example.net", plain("b"), zone="example.net")


@case
def without_certificate_other_owners_stay(life):
    closed(life, "100", "_5f2c.example.com CNAME 8d1b.sectigo.com", ca="sectigo.com")
    life.apply(life.order("200", "_77aa.example.com CNAME 99bb.sectigo.com", ca="sectigo.com"))
    life.stands("_5f2c.example.com", "8d1b.sectigo.com.", rrtype="CNAME")


@case
def another_certificate_is_not_previous(life):
    closed(life, "100", "_5f2c.example.com CNAME 8d1b.sectigo.com", ca="sectigo.com",
           certificate="shop")
    life.apply(life.order("200", "_77aa.example.com CNAME 99bb.sectigo.com", ca="sectigo.com",
                          certificate="mail"))
    life.stands("_5f2c.example.com", "8d1b.sectigo.com.", rrtype="CNAME")


@case
def all_closed_orders_of_the_certificate_leave_at_once(life):
    for number in "100", "101":
        closed(life, number, f"_x{number}.example.com CNAME y{number}.sectigo.com",
               ca="sectigo.com", certificate="shop")
    with life.one_edit():
        life.apply(life.order("200", "_x200.example.com CNAME y200.sectigo.com",
                              ca="sectigo.com", certificate="shop"))
    names = [name for name, _, kind, _ in life.records("example.com") if kind == "CNAME"]
    if names != ["_x200.example.com."]:
        raise Failure(f"CNAMEs at {names}")


@case
def nothing_previous_leaves_where_an_addition_failed(life):
    closed(life, "100", txt(plain("a")), certificate="shop")
    life.configure(f"{{zone: example.com, file: {life.files['example.com']}, reload: none}}",
                   f"{{zone: example.net, file: {life.files['example.net']}, reload: none, "
                   "checker: {command: [/bin/false]}}")
    order = life.order("200", txt(plain("b"), "_dnsauth.example.net"), certificate="shop")
    with life.unchanged():
        life.apply(order, status=1)
    life.stands(OWNER, plain("a"))
    life.configure()
    life.apply(order)
    life.stands(OWNER)


@case
def a_value_another_open_order_needs_is_not_previous(life):
    closed(life, "100", txt(plain("a")))
    life.apply(life.order("150", txt(plain("a")), txt(plain("c"))))
    life.apply(life.order("200", txt(plain("b"))))
    life.stands(OWNER, plain("a"), plain("b"), plain("c"))


@case
def previous_names_a_value_made_by_hand(life):
    life.by_hand(f'_dnsauth IN TXT "{plain("old")}"')
    with life.one_edit():
        life.apply(life.order("100", txt(plain()), previous=[plain("old")]))
    life.stands(OWNER, plain())
    with life.unchanged():
        life.apply(life.order("100", txt(plain()), previous=[plain("old")]))


@case
def previous_names_a_doubled_owner(life):
    life.by_hand(f'_dnsauth.example.com IN TXT "{plain("old")}"')
    life.apply(life.order("100", txt(plain()),
                          previous=[txt(plain("old"), "_dnsauth.example.com.example.com")]))
    life.stands(OWNER, plain())
    life.stands("_dnsauth.example.com.example.com")


@case
def previous_names_another_type(life):
    life.by_hand("_dnsauth IN CNAME old.sectigo.com.")
    with life.one_edit():
        life.apply(life.order("100", txt(plain()), previous=[f"{OWNER} CNAME old.sectigo.com"]))
    life.stands(OWNER, plain())
    life.stands(OWNER, rrtype="CNAME")


@case
def previous_is_only_the_exact_value(life):
    life.by_hand(f'_dnsauth IN TXT "{plain("old")}x"')
    life.apply(life.order("100", txt(plain())), "--previous", plain("old"))
    life.stands(OWNER, plain(), plain("old") + "x")


@case
def previous_that_finds_nothing_is_told_and_no_error(life):
    life.apply(life.order("100", txt(plain())), "--previous", plain("nowhere"),
               says=plain("nowhere"))
    life.stands(OWNER, plain())


@case
def previous_never_takes_what_an_open_order_needs(life):
    life.apply(life.order("100", txt(plain("a"))))
    life.apply("--previous", plain("a"), life.order("200", txt(plain("b"))))
    life.stands(OWNER, plain("a"), plain("b"))
    life.state("100", "published")


@case
def previous_at_a_shared_name_must_be_a_token(life):
    life.by_hand('@ IN TXT "google-site-verification=abc def"')
    order = life.order("100", txt(plain(), "example.com"))
    with life.unchanged():
        life.apply("--previous", "v=spf1 -all", order, status=6)
        life.apply("--previous", "google-site-verification=abc def", order, status=6)


@case
def previous_at_a_shared_name_takes_a_token(life):
    life.by_hand(f'@ IN TXT "{plain("old")}"')
    life.apply("--previous", plain("old"), life.order("100", txt(plain(), "example.com")))
    life.stands("example.com", plain(), "v=spf1 -all")


@case
def an_acm_cname_is_never_previous(life):
    closed(life, "100", "_a1.example.com CNAME _b1.acm-validations.aws", ca="acm",
           certificate="shop")
    life.apply(life.order("200", txt(plain()), certificate="shop"))
    life.stands("_a1.example.com", "_b1.acm-validations.aws.", rrtype="CNAME")
