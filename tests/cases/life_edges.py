# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Where two rules of an order's life meet."""
from life import OWNER, case, plain, token, txt, unchanged
from report import Failure

SCM = {"ca": "geotrust", "service": "huaweicloud-scm"}
ACM = "_a1.example.com CNAME _b1.acm-validations.aws"

@case
def two_cas_may_have_the_same_number(life):
    life.apply(life.order("100", txt(plain("a"))))
    other = life.where / "other"
    other.mkdir()
    path = other / "100.yaml"
    path.write_text("ca: sectigo.com\nrecords: [_x1.example.com CNAME y1.sectigo.com]\n")
    life.apply(str(path))
    life.stands(OWNER, plain("a"))
    life.cleanup("--cancel", "100", status=65, says="CA/NUMBER")
    life.cleanup("--cancel", "sectigo.com/100")
    life.stands("_x1.example.com", rrtype="CNAME")
    life.stands(OWNER, plain("a"))


@case
def a_brand_is_the_same_ca(life):
    life.apply(life.order("100", txt(plain("a"))))
    life.apply(life.order("100", txt(plain("b")), ca="geotrust"))
    life.stands(OWNER, plain("b"))
    if life.sql("SELECT ca FROM orders") != [("digicert",)]:
        raise Failure("two orders")


@case
def superseding_an_unknown_order_is_no_error(life):
    order = life.order("200", txt(plain()), supersedes=["100"])
    life.apply(order)
    life.stands(OWNER, plain())
    with life.unchanged():
        life.apply(order)


@case
def superseding_an_order_of_another_ca_names_the_ca(life):
    """A bare number is one of the same CA."""
    life.apply(life.order("100", "_x1.example.com CNAME y1.sectigo.com", ca="sectigo.com",
                          certificate="shop"))
    life.apply(life.order("200", txt(plain()), certificate="shop", supersedes=["100"]), status=6)
    life.apply(life.order("200", txt(plain()), certificate="shop",
                          supersedes=["sectigo.com/100"]))
    life.state("100", "closed", "superseded")
    life.stands("_x1.example.com", rrtype="CNAME")


@case
def superseding_itself_is_an_order_error(life):
    with life.unchanged():
        life.apply(life.order("100", txt(plain()), supersedes=["100"]), status=65)


@case
def superseding_a_closed_order_keeps_its_reason(life):
    life.apply(life.order("100", txt(plain("a"))))
    life.dcvctl("close", "--issued", "100")
    life.apply(life.order("200", txt(plain("b")), supersedes=["100"]))
    life.state("100", "closed", "issued")
    life.stands(OWNER, plain("b"))


@case
def a_superseded_orders_values_elsewhere_go_too(life):
    life.apply(life.order("100", txt(plain("a")), txt(plain("x"), "_x1.example.com")))
    life.apply(life.order("200", txt(plain("b")), supersedes=["100"]))
    life.later(hours=25)
    life.cleanup()
    life.stands("_x1.example.com")
    life.state("100", "cleaned", "superseded")


@case
def a_reissue_leaves_what_another_open_order_needs(life):
    life.apply(life.order("100", txt(plain("a"))))
    life.apply(life.order("200", txt(plain("a"))))
    life.apply(life.order("100", txt(plain("b"))))
    life.stands(OWNER, plain("a"), plain("b"))


@case
def a_pending_order_is_in_flight_too(life):
    life.configure(f"{{zone: example.com, file: {life.files['example.com']}, reload: none}}",
                   f"{{zone: example.net, file: {life.files['example.net']}, reload: none, "
                   "checker: {command: [/bin/false]}}")
    life.apply(life.order("100", txt(plain("a")), txt(plain("a"), "_dnsauth.example.net"),
                          certificate="shop"), status=3)
    life.state("100", "pending")
    with life.unchanged():
        life.apply(life.order("200", txt(plain("b")), certificate="shop"), status=6, says="100")


@case
def only_an_older_order_is_in_the_way(life):
    old = life.order("100", txt(token("20261120")), **SCM)
    life.apply(old)
    life.later(hours=1)
    life.apply("--coexist", life.order("200", txt(token("20261121", "b")), **SCM))
    with life.unchanged():
        life.apply(old)
    life.state("100", "published")


@case
def the_same_certificate_at_another_ca_is_in_flight(life):
    life.apply(life.order("100", txt(plain("a")), certificate="shop"))
    with life.unchanged():
        life.apply(life.order("200", "_x1.example.com CNAME y1.sectigo.com", ca="sectigo.com",
                              certificate="shop"), status=6)


@case
def a_leftover_that_came_later_refuses_a_lonely_order_again(life):
    order = life.order("100", txt(token("20261121")), **SCM)
    life.apply(order)
    life.by_hand(f'_dnsauth 300 IN TXT "{plain("late")}"')
    with life.unchanged():
        life.apply(order, status=6)
    life.follow()
    life.stands(OWNER, token("20261121"))


@case
def a_closed_order_takes_nothing_that_it_names(life):
    life.by_hand(f'_dnsauth IN TXT "{plain("old")}"')
    life.apply(life.order("100", txt(plain())))
    life.dcvctl("close", "--issued", "100")
    with life.unchanged():
        life.apply(life.order("100", txt(plain()), previous=[plain("old")], ttl="60"))


@case
def a_dead_unknown_order_takes_nothing_that_it_names(life):
    life.by_hand(f'_dnsauth IN TXT "{plain("old")}"')
    life.by_hand('@ IN CAA 0 issue "letsencrypt.org"')
    with life.unchanged():
        life.apply(life.order("100", txt(token("20260502")), previous=[plain("old")],
                              caa="permit"))
    life.state("100", "closed", "expired")


@case
def reopen_with_an_earlier_revision(life):
    life.apply(life.order("100", txt(plain("a"))))
    life.apply(life.order("100", txt(plain("b"))))
    life.dcvctl("close", "--issued", "100")
    life.apply("--reopen", life.order("100", txt(plain("a"))))
    life.stands(OWNER, plain("a"))
    life.state("100", "published")


@case
def reopen_of_an_open_order_changes_nothing(life):
    order = life.order("100", txt(plain()))
    life.apply(order)
    with life.unchanged():
        life.apply("--reopen", order)


@case
def reopen_does_not_excuse_an_order_in_flight(life):
    old = life.order("100", txt(plain("a")), certificate="shop")
    life.apply(old)
    life.dcvctl("close", "--issued", "100")
    life.apply(life.order("200", txt(plain("b")), certificate="shop"))
    with life.unchanged():
        life.apply("--reopen", old, status=6)
    life.state("200", "published")


@case
def cancel_of_an_issued_order_keeps_its_reason(life):
    life.apply(life.order("100", txt(plain())))
    life.dcvctl("close", "--issued", "100")
    life.cleanup("--cancel", "100")
    life.state("100", "cleaned", "issued")


@case
def an_acm_order_never_expires(life):
    life.apply(life.order("100", ACM, ca="acm"))
    life.later(days=800)
    life.dcvctl("status", says="published")
    with life.unchanged():
        if life.cleanup():
            raise Failure("not silent")


@case
def an_acm_cname_outlives_a_reissue(life):
    life.apply(life.order("100", ACM, ca="acm"))
    life.apply(life.order("100", "_a2.example.com CNAME _b2.acm-validations.aws", ca="acm"))
    life.stands("_a1.example.com", "_b1.acm-validations.aws.", rrtype="CNAME")
    life.stands("_a2.example.com", "_b2.acm-validations.aws.", rrtype="CNAME")


@case
def an_acm_cname_outlives_a_supersession(life):
    life.apply(life.order("100", ACM, ca="acm", certificate="shop"))
    life.apply(life.order("200", txt(plain()), certificate="shop",
                          supersedes=["amazon/100"]))
    life.later(hours=25)
    life.cleanup()
    life.stands("_a1.example.com", "_b1.acm-validations.aws.", rrtype="CNAME")


@case
def a_wanted_cname_in_another_spelling_is_there(life):
    life.by_hand("_x1 300 IN CNAME Y1.Sectigo.COM.")
    with life.unchanged():
        life.apply(life.order("100", "_x1.example.com CNAME y1.sectigo.com", ca="sectigo.com"))
    life.cleanup("--cancel", "100")
    life.stands("_x1.example.com", rrtype="CNAME")


@case
def a_lost_ledger_makes_ours_at_a_shared_name_found(life):
    order = life.order("100", txt(plain(), "example.com"))
    life.apply(order)
    life.ledger_file.unlink()
    with life.unchanged():
        life.apply(order)
        life.cleanup("--cancel", "100")
    life.stands("example.com", plain(), "v=spf1 -all")


@case
def the_ttl_of_a_closed_order_counts_no_more(life):
    life.apply(life.order("100", txt(plain("a")), ttl="60"))
    life.dcvctl("close", "--issued", "100")
    life.apply(life.order("200", txt(plain("b"))))
    if life.ttl(OWNER) != 300:
        raise Failure(f"TTL {life.ttl(OWNER)}")


@case
def a_long_value_comes_and_goes(life):
    value = 300 * "v"
    life.apply(life.order("100", f'"{OWNER} TXT {value}"'))
    if "".join(life.values(OWNER)).replace('" "', "") != value:
        raise Failure("another value")
    life.cleanup("--cancel", "100")
    life.stands(OWNER)


@case
def a_record_goes_to_the_longest_zone_and_leaves_from_there(life):
    sub = life.where / "shop.zone"
    sub.write_text(life.files["example.com"].read_text().replace("example.com",
                                                                "shop.example.com"))
    life.files["shop.example.com"] = sub
    life.configure()
    with unchanged([life.files["example.com"]]):
        life.apply(life.order("100", txt(plain(), "_dnsauth.shop.example.com")))
        life.stands("_dnsauth.shop.example.com", plain(), zone="shop.example.com")
        life.cleanup("--cancel", "100")
    life.stands("_dnsauth.shop.example.com", zone="shop.example.com")


@case
def undo_gives_back_a_lowered_ttl(life):
    life.apply(life.order("100", txt(plain(), "example.com"), shared_ttl="lower"))
    life.dcvctl("undo", "r1")
    life.stands("example.com", "v=spf1 -all")
    if life.ttl("example.com") != 86400:
        raise Failure(f"TTL {life.ttl('example.com')}")


@case
def undo_takes_caa_and_copies_back(life):
    life.by_hand('@ IN CAA 0 issue "letsencrypt.org"')
    life.by_hand("* IN A 192.0.2.9")
    life.apply("--shadow", "copy", life.order("100", txt(plain(), "_dnsauth.shop.example.com"),
                                              caa="permit"))
    life.dcvctl("undo", "r1")
    life.stands("example.com", '0 issue "letsencrypt.org"', rrtype="CAA")
    life.stands("shop.example.com", rrtype="A")
    life.stands("_dnsauth.shop.example.com")


@case
def undo_of_exact_brings_the_former_caa(life):
    life.by_hand('@ 7200 IN CAA 0 issue "letsencrypt.org"')
    life.apply(life.order("100", txt(plain()), caa={"policy": "exact", "records": [
        {"tag": "issue", "issuer": "digicert.com"}]}))
    life.stands("example.com", '0 issue "digicert.com"', rrtype="CAA")
    life.dcvctl("undo", "r1")
    life.stands("example.com", '0 issue "letsencrypt.org"', rrtype="CAA")


@case
def undo_of_a_replaced_cname(life):
    for target in "y1.sectigo.com", "y2.sectigo.com":
        life.apply(life.order("100", f"_x1.example.com CNAME {target}", ca="sectigo.com"))
    life.dcvctl("undo", "r2")
    life.stands("_x1.example.com", "y1.sectigo.com.", rrtype="CNAME")
    life.state("100", "published")


@case
def undo_of_a_supersession_leaves_no_value_that_cron_takes(life):
    old = life.order("100", txt(plain("a")), certificate="shop")
    life.apply(old)
    life.apply(life.order("200", txt(plain("b")), certificate="shop", supersedes=["100"]))
    life.dcvctl("undo", "r2")
    life.stands(OWNER, plain("a"))
    life.later(hours=25)
    life.cleanup()
    life.stands(OWNER, plain("a"))


@case
def attention_names_who_is_needed(life):
    life.apply(life.order("100", txt(plain())))
    life.dcvctl("status", "--attention")
    life.later(days=25)
    life.dcvctl("status", "--attention", status=2, says=["100", "expir"])
    life.later(days=6)
    life.dcvctl("status", "--attention", status=2, says=["100", "expired"])
    life.cleanup("100")
    life.dcvctl("status", "--attention")


@case
def check_of_a_name_without_a_ca_says_how_a_name_is_checked(life):
    life.apply(life.order("100", txt(plain())))
    life.dcvctl("check", "www.example.com", status=65, says="dcvctl check --ca CA www.example.com")
    life.dcvctl("check", "101", status=65, says="run: dcvctl status")
