# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""What a person made before: leftovers, found and foreign values, and who may take them."""
from life import OWNER, case, plain, token, txt
from report import Failure

SCM = {"ca": "geotrust", "service": "huaweicloud-scm"}
DEAD, LIVING = token("20260502", "d"), token("20261115", "l")


@case
def a_lonely_service_refuses_a_leftover_and_prints_the_command(life):
    life.by_hand(f'_dnsauth IN TXT "{plain("old")}"')
    order = life.order("100", txt(token("20261121")), **SCM)
    with life.unchanged():
        life.dcvctl("plan", order, status=6)
        life.apply(order, status=6, says=[f"--previous {plain('old')}", "P03"])
    with life.one_edit():
        life.follow()
    life.stands(OWNER, token("20261121"))
    life.state("100", "published")


@case
def the_command_names_every_leftover(life):
    for name in "old1", "old2":
        life.by_hand(f'_dnsauth IN TXT "{plain(name)}"')
    life.apply(life.order("100", txt(token("20261121")), **SCM), status=6)
    life.follow()
    life.stands(OWNER, token("20261121"))


@case
def the_command_quotes_what_a_shell_would_read(life):
    life.by_hand("_dnsauth IN TXT \"it's $HOME; `x`\"")
    life.apply(life.order("100", txt(token("20261121")), **SCM), status=6)
    life.follow()
    life.stands(OWNER, token("20261121"))


@case
def another_ca_leaves_the_leftover_and_counts_it(life):
    life.by_hand(f'_dnsauth IN TXT "{plain("old")}"')
    order = life.order("100", txt(plain()))
    life.dcvctl("plan", order, status=2, says=[plain("old"), "1 leftover"])
    life.apply(order, says="leftover")
    life.stands(OWNER, plain(), plain("old"))
    with life.unchanged():
        life.apply(order)


@case
def a_wanted_cname_refuses_a_cname_made_by_hand(life):
    life.by_hand("_x1 IN CNAME old.sectigo.com.")
    order = life.order("100", "_x1.example.com CNAME new.sectigo.com", ca="sectigo.com")
    with life.unchanged():
        life.apply(order, status=6)
    with life.one_edit():
        life.follow()
    life.stands("_x1.example.com", "new.sectigo.com.", rrtype="CNAME")


@case
def a_wanted_cname_refuses_a_txt_made_by_hand(life):
    life.by_hand(f'_x1 IN TXT "{plain("old")}"')
    order = life.order("100", "_x1.example.com CNAME new.sectigo.com", ca="sectigo.com")
    with life.unchanged():
        life.apply(order, status=6)
    with life.one_edit():
        life.follow()
    life.stands("_x1.example.com", "new.sectigo.com.", rrtype="CNAME")


@case
def a_wanted_txt_refuses_a_cname_made_by_hand(life):
    life.by_hand("_dnsauth IN CNAME old.sectigo.com.")
    order = life.order("100", txt(plain()))
    with life.unchanged():
        life.apply(order, status=6, says="old.sectigo.com")
    with life.one_edit():
        life.apply("--previous", f"{OWNER} CNAME old.sectigo.com", order)
    life.stands(OWNER, plain())
    life.stands(OWNER, rrtype="CNAME")


@case
def remove_leftovers_takes_the_dead_and_not_the_living(life):
    for value in DEAD, LIVING, plain("old"), "something else":
        life.by_hand(f'_dnsauth IN TXT "{value}"')
    life.apply("--remove-leftovers", life.order("100", txt(plain())))
    life.stands(OWNER, plain(), LIVING, plain("old"), "something else")


@case
def remove_leftovers_does_not_excuse_the_living_of_a_lonely_service(life):
    for value in DEAD, LIVING:
        life.by_hand(f'_dnsauth IN TXT "{value}"')
    with life.unchanged():
        life.apply("--remove-leftovers", life.order("100", txt(token("20261121")), **SCM),
                   status=6)
    life.follow()
    life.stands(OWNER, token("20261121"))


@case
def remove_leftovers_lets_a_lonely_service_go_on(life):
    life.by_hand(f'_dnsauth IN TXT "{DEAD}"')
    with life.one_edit():
        life.apply("--remove-leftovers", life.order("100", txt(token("20261121")), **SCM))
    life.stands(OWNER, token("20261121"))


@case
def remove_leftovers_takes_what_was_first_seen_a_life_ago(life):
    life.by_hand(f'_dnsauth IN TXT "{plain("old")}"')
    life.apply(life.order("100", txt(plain("a"))))
    life.later(days=29)
    life.apply("--remove-leftovers", life.order("200", txt(plain("b"))))
    life.stands(OWNER, plain("a"), plain("b"), plain("old"))
    life.later(days=2)
    life.apply("--remove-leftovers", life.order("300", txt(plain("c"))))
    if plain("old") in life.values(OWNER):
        raise Failure("first seen 31 days ago, and still there")


@case
def at_a_shared_name_only_the_token_form_is_a_leftover(life):
    life.by_hand('@ IN TXT "ms=ms12345678"')
    life.by_hand(f'@ IN TXT "{DEAD}"')
    order = life.order("100", txt(plain(), "example.com"))
    life.dcvctl("plan", order, status=2, says="1 leftover")
    life.apply("--remove-leftovers", order)
    life.stands("example.com", plain(), "v=spf1 -all", "ms=ms12345678")


@case
def a_lonely_service_at_a_shared_name_minds_tokens_only(life):
    order = life.order("100", txt(token("20261121"), "example.com"), **SCM)
    life.apply(order)
    life.by_hand(f'@ IN TXT "{plain("old")}"')
    life.apply(life.order("100", txt(token("20261121", "z"), "example.com"), **SCM), status=6)
    life.follow()
    life.stands("example.com", token("20261121", "z"), "v=spf1 -all")


@case
def nothing_at_another_owner_is_a_leftover(life):
    life.by_hand(f'_dnsauth.www IN TXT "{DEAD}"')
    life.apply("--remove-leftovers", life.order("100", txt(plain())),)
    life.stands("_dnsauth.www.example.com", DEAD)


@case
def foreign_values_keep_sequence_spelling_and_ttl(life):
    foreign = ['@  7200  IN TXT   "Z last"', '@ TXT ( "a" "b" ) ; why', '@\tIN\tTXT "\\065pple"']
    for line in foreign:
        life.by_hand(line)
    life.files["example.com"].write_text(
        life.files["example.com"].read_text().replace('@ IN TXT "v=spf1', '@ 7200 IN TXT "v=spf1')
        .replace("@ TXT (", "@ 7200 TXT (").replace("@\tIN", "@\t7200\tIN"))
    before = life.files["example.com"].read_text().splitlines()
    life.apply(life.order("100", txt(plain(), "example.com")))
    life.cleanup("--cancel", "100")
    after = life.files["example.com"].read_text().splitlines()
    if [line for line in after if " SOA " not in line] != \
            [line for line in before if " SOA " not in line]:
        raise Failure("the zone file is not what it was but for its serial")


@case
def a_found_value_becomes_ours_below_an_underscore(life):
    life.by_hand(f'_dnsauth IN TXT "{plain()}"')
    life.apply(life.order("100", txt(plain())))
    life.state("100", "published")
    life.dcvctl("close", "--issued", "100")
    life.cleanup("100")
    life.stands(OWNER)


@case
def a_found_value_at_a_shared_name_stays(life):
    life.by_hand(f'@ IN TXT "{plain()}"')
    with life.unchanged():
        life.apply(life.order("100", txt(plain(), "example.com")))
        life.dcvctl("close", "--issued", "100")
        life.cleanup("100")
    life.stands("example.com", plain(), "v=spf1 -all")
    life.state("100", "cleaned", "issued")


@case
def a_found_value_at_a_shared_name_is_not_previous(life):
    life.by_hand(f'@ IN TXT "{plain("a")}"')
    life.apply(life.order("100", txt(plain("a"), "example.com")))
    life.apply(life.order("100", txt(plain("b"), "example.com")))
    life.stands("example.com", plain("a"), plain("b"), "v=spf1 -all")


@case
def another_ledgers_value_is_shown_and_not_taken(life):
    life.configure(f"{{zone: example.com, file: {life.files['example.com']}, reload: none, "
                   "comment: yes}")
    life.at("2026-05-02")
    life.apply(life.order("100", txt(token("20260502"))))
    life.at("2026-11-21")
    life.ledger_file = life.where / "other.db"
    life.configure(f"{{zone: example.com, file: {life.files['example.com']}, reload: none, "
                   "comment: yes}")
    life.apply("--remove-leftovers", life.order("200", txt(plain())), says=token("20260502"))
    life.stands(OWNER, plain(), token("20260502"))


@case
def adopt_takes_a_leftover_and_the_next_apply_removes_it(life):
    life.by_hand(f'_dnsauth IN TXT "{plain("old")}"')
    order = life.order("100", txt(plain()))
    life.apply(order)
    with life.unchanged():
        life.dcvctl("adopt", "100", "--value", plain("old"))
    with life.one_edit():
        life.apply(order)
    life.stands(OWNER, plain())


@case
def adopt_takes_a_leftover_and_cleanup_removes_it(life):
    life.by_hand(f'_dnsauth IN TXT "{plain("old")}"')
    life.apply(life.order("100", txt(plain())))
    life.dcvctl("adopt", "100", "--value", plain("old"))
    life.dcvctl("close", "--issued", "100")
    with life.one_edit():
        life.cleanup("100")
    life.stands(OWNER)


@case
def adopt_refuses_what_is_not_there_or_foreign(life):
    life.apply(life.order("100", txt(plain(), "example.com")))
    life.dcvctl("adopt", "100", "--value", plain("nowhere"), status=6)
    life.dcvctl("adopt", "100", "--value", "v=spf1 -all", status=6)
    life.cleanup("--cancel", "100")
    life.stands("example.com", "v=spf1 -all")


@case
def adopt_refuses_a_value_of_another_open_order(life):
    life.apply(life.order("100", txt(plain("a"))))
    life.apply(life.order("200", txt(plain("b"))))
    life.dcvctl("adopt", "200", "--value", plain("a"), status=6)
    life.cleanup("--cancel", "200")
    life.stands(OWNER, plain("a"))


@case
def adopt_of_an_unknown_order_is_an_order_error(life):
    life.dcvctl("adopt", "100", "--value", plain(), status=65)
