# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Orders that meet: in flight, coexisting, superseded, past their life, several in one run."""
from life import OWNER, case, plain, token, txt
from report import Failure

SCM = {"service": "huaweicloud-scm"}
WAYS_OUT = ["supersedes", "close"]

@case
def an_open_order_of_the_same_certificate_is_in_flight(life):
    life.apply(life.order("100", txt(plain("a"), "_x1.example.com"), certificate="shop"))
    with life.unchanged():
        life.apply(life.order("200", txt(plain("b"), "_x2.example.com"), certificate="shop"),
                   status=6, says=["100", *WAYS_OUT])
    life.state("100", "published")


@case
def another_cname_at_the_owner_is_in_flight(life):
    life.apply(life.order("100", "_x1.example.com CNAME a.sectigo.com", ca="sectigo.com"))
    with life.unchanged():
        life.apply(life.order("200", "_x1.example.com CNAME b.sectigo.com", ca="sectigo.com"),
                   status=6, says=["100", *WAYS_OUT])


@case
def a_txt_where_an_open_order_wants_a_cname_is_refused(life):
    life.apply(life.order("100", "_x1.example.com CNAME a.sectigo.com", ca="sectigo.com"))
    with life.unchanged():
        life.apply(life.order("200", txt(plain(), "_x1.example.com")), status=6,
                   says=["100", *WAYS_OUT])


@case
def a_cname_where_an_open_order_wants_a_txt_is_refused(life):
    life.apply(life.order("100", txt(plain(), "_x1.example.com")))
    with life.unchanged():
        life.apply(life.order("200", "_x1.example.com CNAME a.sectigo.com", ca="sectigo.com"),
                   status=6, says=["100", *WAYS_OUT])


@case
def two_txt_of_two_orders_stand_together(life):
    life.apply(life.order("100", txt(plain("a"))))
    life.apply(life.order("200", txt(plain("b"))))
    life.stands(OWNER, plain("a"), plain("b"))
    life.state("100", "published")


@case
def the_same_cname_of_two_orders_stands_once(life):
    for number in "100", "200":
        life.apply(life.order(number, "_x1.example.com CNAME a.sectigo.com", ca="sectigo.com"))
    life.stands("_x1.example.com", "a.sectigo.com.", rrtype="CNAME")
    life.cleanup("--cancel", "100")
    life.stands("_x1.example.com", "a.sectigo.com.", rrtype="CNAME")


@case
def a_service_without_coexistence_is_refused_beside_an_open_order(life):
    life.apply(life.order("100", txt(token("20261120"))))
    with life.unchanged():
        life.apply(life.order("200", txt(token("20261121", "b")), **SCM), status=6,
                   says=["100", *WAYS_OUT, "--coexist"])


@case
def nothing_comes_beside_an_open_order_of_such_a_service(life):
    life.apply(life.order("100", txt(token("20261120")), **SCM))
    order = life.order("200", txt(token("20261121", "b")))
    with life.unchanged():
        life.apply(order, status=6, says=["100", *WAYS_OUT])
    life.apply("--coexist", order)


@case
def coexist_lets_rsa_and_ecdsa_stand_in_parallel(life):
    life.apply(life.order("100", txt(token("20261120")), **SCM))
    both = life.order("200", txt(token("20261121", "b")), **SCM)
    life.apply(both, status=6)
    life.apply("--coexist", both)
    life.stands(OWNER, token("20261120"), token("20261121", "b"))
    with life.unchanged():
        life.apply("--coexist", both)


@case
def coexist_does_not_let_two_cnames_stand(life):
    life.apply(life.order("100", "_x1.example.com CNAME a.sectigo.com", ca="sectigo.com"))
    with life.unchanged():
        life.apply("--coexist", life.order("200", "_x1.example.com CNAME b.sectigo.com",
                                           ca="sectigo.com"), status=6)


@case
def coexist_does_not_excuse_the_same_certificate(life):
    life.apply(life.order("100", txt(plain("a")), certificate="shop"))
    with life.unchanged():
        life.apply("--coexist", life.order("200", txt(plain("b")), certificate="shop"), status=6)


@case
def the_same_value_is_not_in_the_way(life):
    life.apply(life.order("100", txt(token("20261120")), **SCM))
    with life.unchanged():
        life.apply(life.order("200", txt(token("20261120")), **SCM))
    life.state("200", "published")


@case
def past_its_life_an_order_is_closed_as_expired(life):
    life.apply(life.order("100", txt(token("20261101")), **SCM))
    life.at("2026-12-02")
    with life.one_edit():
        life.apply(life.order("200", txt(token("20261202", "b")), **SCM))
    life.stands(OWNER, token("20261202", "b"))
    life.state("100", "closed", "expired")


@case
def past_its_life_the_order_of_the_certificate_goes_wherever_it_is(life):
    life.apply(life.order("100", "_x1.example.com CNAME a.sectigo.com", ca="sectigo.com",
                          certificate="shop"))
    life.later(days=31)
    life.apply(life.order("200", "_x2.example.com CNAME b.sectigo.com", ca="sectigo.com",
                          certificate="shop"))
    life.stands("_x1.example.com", rrtype="CNAME")
    life.state("100", "closed", "expired")


@case
def the_ways_out_work_close(life):
    life.apply(life.order("100", txt(plain("a")), certificate="shop"))
    order = life.order("200", txt(plain("b")), certificate="shop")
    life.apply(order, status=6)
    life.dcvctl("close", "--issued", "100")
    life.apply(order)
    life.stands(OWNER, plain("b"))


@case
def the_ways_out_work_supersedes(life):
    life.apply(life.order("100", txt(plain("a")), certificate="shop"))
    life.apply(life.order("200", txt(plain("b")), certificate="shop"), status=6)
    with life.one_edit():
        life.apply(life.order("200", txt(plain("b")), certificate="shop", supersedes=["100"]))
    life.stands(OWNER, plain("b"))
    life.state("100", "closed", "superseded")
    life.state("200", "published")


@case
def supersedes_takes_the_ca_and_the_number(life):
    life.apply(life.order("100", txt(plain("a")), certificate="shop"))
    life.apply(life.order("200", txt(plain("b")), certificate="shop",
                          supersedes=["digicert/100"]))
    life.state("100", "closed", "superseded")


@case
def supersedes_replaces_another_cname(life):
    life.apply(life.order("100", "_x1.example.com CNAME a.sectigo.com", ca="sectigo.com"))
    with life.one_edit():
        life.apply(life.order("200", "_x1.example.com CNAME b.sectigo.com", ca="sectigo.com",
                              supersedes=["100"]))
    life.stands("_x1.example.com", "b.sectigo.com.", rrtype="CNAME")


@case
def a_superseded_order_applied_again_writes_nothing(life):
    old = life.order("100", txt(plain("a")), certificate="shop")
    life.apply(old)
    life.apply(life.order("200", txt(plain("b")), certificate="shop", supersedes=["100"]))
    with life.unchanged():
        life.apply(old)
    life.stands(OWNER, plain("b"))
    life.state("100", "closed", "superseded")


@case
def a_chain_of_supersedes_one_after_the_other(life):
    for number, before in ("100", []), ("200", ["100"]), ("300", ["200"]):
        keys = {"supersedes": before} if before else {}
        life.apply(life.order(number, txt(plain(number)), certificate="shop", **keys))
    life.stands(OWNER, plain("300"))
    life.state("100", "closed", "superseded")
    life.state("200", "closed", "superseded")


@case
def a_chain_of_supersedes_in_one_run(life):
    orders = [life.order("100", txt(plain("1")), certificate="shop"),
              life.order("200", txt(plain("2")), certificate="shop", supersedes=["100"]),
              life.order("300", txt(plain("3")), certificate="shop", supersedes=["200"])]
    with life.one_edit():
        life.apply(*orders)
    life.stands(OWNER, plain("3"))
    life.state("100", "closed", "superseded")
    life.state("200", "closed", "superseded")
    with life.unchanged():
        life.apply(*orders)


@case
def a_refused_apply_leaves_the_superseded_order_open(life):
    life.apply(life.order("100", txt(plain("a")), certificate="shop"))
    new = life.order("200", txt(plain("b")), "www.example.com CNAME b.sectigo.com",
                     certificate="shop", supersedes=["100"])
    with life.unchanged():
        life.apply(new, status=6)
    life.state("100", "published")


@case
def a_failed_apply_leaves_the_superseded_order_open(life):
    life.apply(life.order("100", txt(plain("a")), certificate="shop"))
    life.configure(f"{{zone: example.com, file: {life.files['example.com']}, reload: none, "
                   "checker: {command: [/bin/false]}}")
    new = life.order("200", txt(plain("b")), certificate="shop", supersedes=["100"])
    with life.unchanged():
        life.apply(new, status=1)
    life.state("100", "published")
    life.stands(OWNER, plain("a"))


@case
def a_partly_failed_apply_leaves_the_superseded_order_open(life):
    life.apply(life.order("100", txt(plain("a")), certificate="shop"))
    life.configure(f"{{zone: example.com, file: {life.files['example.com']}, reload: none}}",
                   f"{{zone: example.net, file: {life.files['example.net']}, reload: none, "
                   "checker: {command: [/bin/false]}}")
    new = life.order("200", txt(plain("b")), txt(plain("b"), "_dnsauth.example.net"),
                     certificate="shop", supersedes=["100"])
    life.apply(new, status=3)
    life.stands(OWNER, plain("a"), plain("b"))
    life.state("100", "published")
    life.configure()
    life.apply(new)
    life.stands(OWNER, plain("b"))
    life.state("100", "closed", "superseded")


@case
def a_reload_that_fails_leaves_the_superseded_order_open(life):
    life.apply(life.order("100", txt(plain("a")), certificate="shop"))
    life.configure(f"{{zone: example.com, file: {life.files['example.com']}, "
                   "reload: {command: [/bin/false]}}")
    before = life.files["example.com"].read_bytes()
    new = life.order("200", txt(plain("b")), certificate="shop", supersedes=["100"])
    life.apply(new, status=1)
    if life.files["example.com"].read_bytes() != before:
        raise Failure("the former file did not come back")
    life.state("100", "published")
    life.configure()
    life.apply(new)
    life.state("100", "closed", "superseded")


@case
def two_new_orders_of_one_certificate_in_a_run_are_an_error(life):
    with life.unchanged():
        life.apply(life.order("100", txt(plain("a"), "_x1.example.com"), certificate="shop"),
                   life.order("200", txt(plain("b"), "_x2.example.com"), certificate="shop"),
                   status=65, says="supersedes")


@case
def two_new_orders_that_exclude_each_other_are_an_error(life):
    cname = life.order("100", "_x1.example.com CNAME a.sectigo.com", ca="sectigo.com")
    other = life.order("200", "_x1.example.com CNAME b.sectigo.com", ca="sectigo.com")
    text = life.order("300", txt(plain(), "_x1.example.com"))
    with life.unchanged():
        life.apply(cname, other, status=65, says="supersedes")
        life.apply(cname, text, status=65, says="supersedes")


@case
def two_new_orders_of_a_service_without_coexistence_are_an_error(life):
    orders = [life.order("100", txt(token("20261120")), **SCM),
              life.order("200", txt(token("20261121", "b")), **SCM)]
    with life.unchanged():
        life.apply(*orders, status=65)
    life.apply("--coexist", *orders)
    life.stands(OWNER, token("20261120"), token("20261121", "b"))


@case
def superseded_in_the_same_run_enters_closed(life):
    orders = [life.order("100", txt(plain("a")), certificate="shop"),
              life.order("200", txt(plain("b")), certificate="shop", supersedes=["100"])]
    with life.one_edit():
        life.apply(*orders)
    life.stands(OWNER, plain("b"))
    life.state("100", "closed", "superseded")
    life.state("200", "published")
    with life.unchanged():
        life.apply(*orders)


@case
def dead_tokens_in_the_same_run_enter_closed(life):
    orders = [life.order("100", txt(token("20260502")), certificate="shop", **SCM),
              life.order("200", txt(token("20261121", "b")), certificate="shop", **SCM)]
    with life.one_edit():
        life.apply(*orders)
    life.stands(OWNER, token("20261121", "b"))
    life.state("100", "closed", "expired")


@case
def one_living_token_keeps_an_unknown_order_open(life):
    life.apply(life.order("100", txt(token("20260502")), txt(token("20261121", "b"))))
    life.stands(OWNER, token("20260502"), token("20261121", "b"))
    life.state("100", "published")


@case
def a_known_and_a_new_order_of_one_certificate_are_refused(life):
    old = life.order("100", txt(plain("a")), certificate="shop")
    life.apply(old)
    with life.unchanged():
        life.apply(old, life.order("200", txt(plain("b")), certificate="shop"), status=6)


@case
def an_order_in_the_way_names_itself_and_nothing_else_is_written(life):
    life.apply(life.order("100", txt(plain("a")), certificate="shop"))
    with life.unchanged():
        life.apply(life.order("200", txt(plain("b")), certificate="shop"),
                   life.order("300", txt(plain("c"), "_dnsauth.example.net")), status=6)
    if life.sql("SELECT id FROM orders WHERE id IN ('200', '300') AND state = 'published'"):
        raise Failure("something was written")
