# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""CNAME and TXT at one owner, owners that are aliases, and hosts that a wildcard answers."""
from life import OWNER, case, plain, txt
from report import Failure

def cname(target, owner="_x1.example.com"):
    return f"{owner} CNAME {target}"


@case
def cname_to_cname_is_one_replace(life):
    life.apply(life.order("100", cname("a.sectigo.com"), ca="sectigo.com"))
    with life.one_edit():
        life.apply(life.order("100", cname("b.sectigo.com"), ca="sectigo.com"))
    life.stands("_x1.example.com", "b.sectigo.com.", rrtype="CNAME")


@case
def txt_to_cname_and_back_if_all_is_ours(life):
    life.apply(life.order("100", txt(plain(), "_x1.example.com")))
    with life.one_edit():
        life.apply(life.order("100", cname("a.digicert.com")))
    life.stands("_x1.example.com", "a.digicert.com.", rrtype="CNAME")
    life.stands("_x1.example.com")
    with life.one_edit():
        life.apply(life.order("100", txt(plain("b"), "_x1.example.com")))
    life.stands("_x1.example.com", rrtype="CNAME")
    life.stands("_x1.example.com", plain("b"))


@case
def txt_to_cname_not_over_a_value_of_others(life):
    life.by_hand(f'_x1 IN TXT "{plain("old")}"')
    life.apply(life.order("100", txt(plain(), "_x1.example.com")))
    new = life.order("100", cname("a.digicert.com"))
    with life.unchanged():
        life.apply(new, status=6)
    with life.one_edit():
        life.apply("--previous", plain("old"), new)
    life.stands("_x1.example.com", "a.digicert.com.", rrtype="CNAME")
    life.stands("_x1.example.com")


@case
def a_cname_beside_other_data_is_refused(life):
    life.by_hand("_x1 IN A 192.0.2.1")
    with life.unchanged():
        life.apply(life.order("100", cname("a.sectigo.com"), ca="sectigo.com"), status=6)


@case
def a_cname_at_a_shared_name_is_refused(life):
    with life.unchanged():
        life.apply(life.order("100", cname("a.sectigo.com", "new.example.com"),
                              ca="sectigo.com"), status=6)


@case
def an_orders_own_cname_is_never_followed(life):
    life.configure(*[f"{{zone: {zone}, file: {file}, reload: none, follow: yes}}"
                     for zone, file in life.files.items()])
    order = life.order("100", cname("_x2.example.net"), ca="sectigo.com")
    life.apply(order)
    life.stands("_x1.example.com", "_x2.example.net.", rrtype="CNAME")
    with life.unchanged():
        life.apply(order)
    life.apply(life.order("100", cname("_x3.example.net"), ca="sectigo.com"))
    life.stands("_x1.example.com", "_x3.example.net.", rrtype="CNAME")


@case
def an_alias_is_refused_with_its_chain(life):
    life.by_hand("_dnsauth IN CNAME _dcv.example.net.")
    with life.unchanged():
        life.apply(life.order("100", txt(plain())), status=6,
                   says=[OWNER, "_dcv.example.net"])


@case
def an_alias_is_written_at_its_end_with_follow(life):
    life.by_hand("_dnsauth IN CNAME _dcv.example.net.")
    life.configure(f"{{zone: example.com, file: {life.files['example.com']}, reload: none}}",
                   f"{{zone: example.net, file: {life.files['example.net']}, reload: none, "
                   "follow: yes}")
    order = life.order("100", txt(plain()))
    life.apply(order, says="_dcv.example.net")
    life.stands("_dcv.example.net", plain(), zone="example.net")
    life.stands(OWNER, "_dcv.example.net.", rrtype="CNAME")
    with life.unchanged():
        life.apply(order)
    if not life.sql("SELECT 1 FROM claims WHERE placed_at LIKE '_dcv.example.net%' "
                    "AND owner LIKE '_dnsauth.example.com%'"):
        raise Failure("the claim does not note both names")
    life.dcvctl("close", "--issued", "100")
    life.cleanup("100")
    life.stands("_dcv.example.net", zone="example.net")
    life.stands(OWNER, "_dcv.example.net.", rrtype="CNAME")


def aliased(life):
    """_dnsauth is an alias of _dcv.example.net, an order is applied there; its path."""
    life.by_hand("_dnsauth IN CNAME _dcv.example.net.")
    life.configure(f"{{zone: example.com, file: {life.files['example.com']}, reload: none}}",
                   f"{{zone: example.net, file: {life.files['example.net']}, reload: none, "
                   "follow: yes}")
    order = life.order("100", txt(plain()))
    life.apply(order)
    return order


@case
def the_value_at_the_former_end_goes_when_the_alias_goes(life):
    order = aliased(life)
    life.take_away("_dcv")
    life.apply(order)
    life.stands(OWNER, plain())
    life.cleanup("--cancel", "100")
    life.stands(OWNER)
    life.stands("_dcv.example.net", zone="example.net")


@case
def the_value_at_the_former_end_goes_when_the_alias_moves(life):
    order = aliased(life)
    life.take_away("_dcv")
    life.by_hand("_dnsauth IN CNAME _new.example.net.")
    life.apply(order)
    life.stands("_new.example.net", plain(), zone="example.net")
    life.cleanup("--cancel", "100")
    life.stands("_new.example.net", zone="example.net")
    life.stands("_dcv.example.net", zone="example.net")


@case
def an_alias_that_went_does_not_hide_the_value_from_cleanup(life):
    aliased(life)
    life.take_away("_dcv")
    life.cleanup("--cancel", "100")
    life.stands("_dcv.example.net", zone="example.net")
    life.state("100", "cleaned", "cancelled")


@case
def a_reissue_and_an_order_of_others_at_the_end_of_an_alias(life):
    aliased(life)
    life.by_hand("_d2 IN CNAME _dcv.example.net.")
    life.apply(life.order("200", txt(plain("b"), "_d2.example.com")))
    life.apply(life.order("100", txt(plain("c"))))
    life.stands("_dcv.example.net", plain("b"), plain("c"), zone="example.net")
    life.cleanup("--cancel", "100")
    life.stands("_dcv.example.net", plain("b"), zone="example.net")


@case
def a_plan_of_an_alias_names_both_owners(life):
    order = aliased(life)
    life.cleanup("--cancel", "100")
    life.dcvctl("plan", "--reopen", order, status=2, says=[OWNER, "_dcv.example.net"])


@case
def a_loop_of_aliases_is_refused(life):
    life.by_hand("_dnsauth IN CNAME _x.example.com.")
    life.by_hand("_x IN CNAME _dnsauth")
    life.configure(*[f"{{zone: {zone}, file: {file}, reload: none, follow: yes}}"
                     for zone, file in life.files.items()])
    with life.unchanged():
        life.apply(life.order("100", txt(plain())), status=6)


@case
def an_alias_follows_only_where_the_end_says_so(life):
    life.by_hand("_dnsauth IN CNAME _dcv.example.net.")
    life.configure(f"{{zone: example.com, file: {life.files['example.com']}, reload: none, "
                   "follow: yes}",
                   f"{{zone: example.net, file: {life.files['example.net']}, reload: none}}")
    with life.unchanged():
        life.apply(life.order("100", txt(plain())), status=6, says="follow")


@case
def an_alias_to_a_zone_elsewhere_is_refused(life):
    life.by_hand("_dnsauth IN CNAME _dcv.example.org.")
    with life.unchanged():
        life.apply(life.order("100", txt(plain())), status=6, says="_dcv.example.org")


@case
def an_alias_of_a_wildcard_is_never_followed(life):
    life.by_hand("*.w IN CNAME _dcv.example.net.")
    life.configure(*[f"{{zone: {zone}, file: {file}, reload: none, follow: yes}}"
                     for zone, file in life.files.items()])
    life.dcvctl("apply", "--until", "published",
                life.order("100", txt(plain(), "_dnsauth.a.w.example.com")), status=6)
    life.stands("_dcv.example.net", zone="example.net")


@case
def a_host_that_would_go_dark_is_named(life):
    life.by_hand("* IN A 192.0.2.9")
    order = life.order("100", txt(plain(), "_dnsauth.shop.example.com"))
    with life.unchanged():
        life.dcvctl("plan", order, status=6)
        life.apply(order, status=6, says=["P17", "shop.example.com", "--shadow"])


@case
def an_existing_host_is_not_shadowed(life):
    life.by_hand("* IN A 192.0.2.9")
    life.apply(life.order("100", txt(plain(), "_dnsauth.www.example.com"), txt(plain())))
    life.stands("_dnsauth.www.example.com", plain())


@case
def shadow_copy_keeps_the_hosts_answer_until_cleanup(life):
    life.by_hand("* 7200 IN A 192.0.2.9")
    order = life.order("100", txt(plain(), "_dnsauth.shop.example.com"))
    with life.one_edit():
        life.apply("--shadow", "copy", order)
    life.stands("_dnsauth.shop.example.com", plain())
    life.stands("shop.example.com", "192.0.2.9", rrtype="A")
    life.stands("*.shop.example.com", "192.0.2.9", rrtype="A")
    if life.ttl("shop.example.com", "A") != 7200:
        raise Failure("the copy has another TTL")
    with life.unchanged():
        life.apply("--shadow", "copy", order)
        life.apply(order)
    life.dcvctl("close", "--issued", "100")
    life.cleanup("100")
    life.stands("shop.example.com", rrtype="A")
    life.stands("*.shop.example.com", rrtype="A")
    life.stands("*.example.com", "192.0.2.9", rrtype="A")


@case
def shadow_copy_takes_every_type(life):
    life.by_hand("* IN MX 10 mail")
    life.by_hand('* IN TXT "any text" "more"')
    life.by_hand("* IN AAAA 2001:db8::9")
    life.apply("--shadow", "copy", life.order("100", txt(plain(), "_dnsauth.shop.example.com")))
    life.stands("shop.example.com", "10 mail.example.com.", rrtype="MX")
    life.stands("shop.example.com", 'any text" "more')
    life.stands("shop.example.com", "2001:db8::9", rrtype="AAAA")
    life.cleanup("--cancel", "100")
    for rrtype in "MX", "TXT", "AAAA":
        life.stands("shop.example.com", rrtype=rrtype)


@case
def shadow_copy_of_a_wildcard_alias(life):
    life.by_hand("* IN CNAME www")
    life.apply("--shadow", "copy", life.order("100", txt(plain(), "_dnsauth.shop.example.com")))
    life.stands("shop.example.com", "www.example.com.", rrtype="CNAME")
    life.cleanup("--cancel", "100")
    life.stands("shop.example.com", rrtype="CNAME")


@case
def shadow_copy_covers_every_name_between(life):
    life.by_hand("* IN A 192.0.2.9")
    life.apply("--shadow", "copy", life.order("100", txt(plain(), "_dnsauth.a.b.example.com")))
    life.stands("a.b.example.com", "192.0.2.9", rrtype="A")
    life.stands("b.example.com", "192.0.2.9", rrtype="A")
    life.cleanup("--cancel", "100")
    life.stands("a.b.example.com", rrtype="A")
    life.stands("b.example.com", rrtype="A")


@case
def shadow_copies_stay_for_another_order_below_the_host(life):
    life.by_hand("* IN A 192.0.2.9")
    life.apply("--shadow", "copy",
               life.order("100", txt(plain("a"), "_dnsauth.shop.example.com")))
    life.apply(life.order("200", txt(plain("b"), "_dnsauth.shop.example.com")))
    life.cleanup("--cancel", "100")
    life.stands("shop.example.com", "192.0.2.9", rrtype="A")
    life.cleanup("--cancel", "200")
    life.stands("shop.example.com", rrtype="A")


@case
def shadow_accept_writes_and_copies_nothing(life):
    life.by_hand("* IN A 192.0.2.9")
    life.apply("--shadow", "accept", life.order("100", txt(plain(), "_dnsauth.shop.example.com")),
               says="shop.example.com")
    life.stands("_dnsauth.shop.example.com", plain())
    life.stands("shop.example.com", rrtype="A")


@case
def shadow_may_stand_in_the_configuration_and_the_option_wins(life):
    life.by_hand("* IN A 192.0.2.9")
    life.configure(f"{{zone: example.com, file: {life.files['example.com']}, reload: none, "
                   "shadow: copy}")
    order = life.order("100", txt(plain(), "_dnsauth.shop.example.com"))
    with life.unchanged():
        life.apply("--shadow", "refuse", order, status=6)
    life.apply(order)
    life.stands("shop.example.com", "192.0.2.9", rrtype="A")
