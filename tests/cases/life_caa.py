# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""CAA: what an order may change about who may issue, and what stays."""
from life import OWNER, case, plain, txt
from report import Failure

LE, DIGICERT = '0 issue "letsencrypt.org"', '0 issue "digicert.com"'

def caa(life, *values, owner="example.com"):
    life.stands(owner, *values, rrtype="CAA")


def exact(*records):
    return {"caa": {"policy": "exact", "records": list(records)}}


def refuses_to_touch(life, order, *values, owner="example.com"):
    """Neither a set is widened nor is success said."""
    before = life.values(owner, "CAA")
    life.apply(order, status=6)
    if life.values(owner, "CAA") != before or before != sorted(values):
        raise Failure(f"CAA is {life.values(owner, 'CAA')}")


@case
def permit_adds_this_ca_and_keeps_the_others(life):
    life.by_hand(f"@ 7200 IN CAA {LE}")
    order = life.order("100", txt(plain()), caa="permit")
    life.dcvctl("plan", order, status=2, says=[LE, DIGICERT])
    with life.one_edit():
        life.apply(order)
    caa(life, LE, DIGICERT)
    if life.ttl("example.com", "CAA") != 7200:
        raise Failure("a foreign TTL changed")
    with life.unchanged():
        life.apply(order)


@case
def the_policy_before_and_after_is_shown_for_each_name(life):
    life.by_hand(f"@ IN CAA {LE}")
    life.dcvctl("plan", life.order("100", txt(plain()), names=["example.com", "*.example.com"],
                                   caa="permit"), status=2,
                says=[f"{name}: {LE} -> {LE}, {DIGICERT}"
                      for name in ("example.com", "*.example.com")])


@case
def permit_adds_nothing_where_it_is_permitted(life):
    life.by_hand(f"@ IN CAA {LE}")
    life.by_hand('@ IN CAA 0 issue "DigiCert.com"')
    life.apply(life.order("100", txt(plain()), caa="permit"))
    caa(life, LE, '0 issue "DigiCert.com"')


@case
def permit_adds_nothing_where_no_set_governs(life):
    life.apply(life.order("100", txt(plain()), caa="permit"))
    caa(life)
    life.stands(OWNER, plain())


@case
def permit_makes_no_set_below_the_governing_one(life):
    life.by_hand(f"@ IN CAA {LE}")
    life.apply(life.order("100", txt(plain(), "_dnsauth.www.example.com"), caa="permit"))
    caa(life, owner="www.example.com")
    caa(life, LE, DIGICERT)


@case
def permit_extends_the_set_that_governs_and_no_other(life):
    life.by_hand(f"@ IN CAA {LE}")
    life.by_hand(f"www IN CAA {LE}")
    life.apply(life.order("100", txt(plain(), "_dnsauth.www.example.com"), caa="permit"))
    caa(life, LE, DIGICERT, owner="www.example.com")
    caa(life, LE)


@case
def permit_adds_only_a_tag_that_the_set_has(life):
    life.by_hand('@ IN CAA 0 issuewild "letsencrypt.org"')
    life.apply(life.order("100", txt(plain()), caa="permit"))
    caa(life, '0 issuewild "letsencrypt.org"')


@case
def permit_adds_issuewild_for_a_wildcard(life):
    life.by_hand(f"@ IN CAA {DIGICERT}")
    life.by_hand('@ IN CAA 0 issuewild "letsencrypt.org"')
    life.apply(life.order("100", txt(plain()), names=["*.example.com"], caa="permit"))
    caa(life, DIGICERT, '0 issuewild "letsencrypt.org"', '0 issuewild "digicert.com"')


@case
def permit_for_a_wildcard_adds_issue_where_there_is_no_issuewild(life):
    life.by_hand(f"@ IN CAA {LE}")
    life.apply(life.order("100", txt(plain()), names=["*.example.com"], caa="permit"))
    caa(life, LE, DIGICERT)


@case
def permit_adds_nothing_beside_a_bare_semicolon(life):
    life.by_hand('@ IN CAA 0 issue ";"')
    refuses_to_touch(life, life.order("100", txt(plain()), caa="permit"), '0 issue ";"')


@case
def permit_adds_nothing_beside_a_record_of_this_ca_that_does_not_match(life):
    value = '0 issue "digicert.com; accounturi=https://ca.example/acct/1"'
    life.by_hand(f"@ IN CAA {value}")
    refuses_to_touch(life, life.order(
        "100", txt(plain()), caa={"policy": "permit", "records": [
            {"tag": "issue", "issuer": "digicert.com",
             "accounturi": "https://ca.example/acct/2"}]}), value)


@case
def permit_adds_only_issuers_that_the_configuration_names(life):
    life.by_hand('@ IN CAA 0 issue "sectigo.com"')
    life.configure(more="caa_issuers: [letsencrypt.org]\n")
    order = life.order("100", txt(plain()), caa="permit")
    refuses_to_touch(life, order, '0 issue "sectigo.com"')
    life.configure(more="caa_issuers: [letsencrypt.org, digicert.com]\n")
    life.apply(order)
    caa(life, '0 issue "sectigo.com"', DIGICERT)


@case
def check_changes_nothing_and_says_what_to_write(life):
    life.by_hand(f"@ IN CAA {LE}")
    order = life.order("100", txt(plain()), caa="check")
    with life.unchanged():
        life.dcvctl("plan", order, status=6, says=["C50", "letsencrypt.org", DIGICERT])
        life.apply(order, status=6, says=["C50", "caa: permit"])


@case
def check_is_the_default_and_content_where_it_is_permitted(life):
    life.by_hand(f"@ IN CAA {LE}")
    with life.unchanged():
        life.apply(life.order("100", txt(plain())), status=6, says="C50")
    life.by_hand(f"@ IN CAA {DIGICERT}")
    life.apply(life.order("100", txt(plain())))
    caa(life, LE, DIGICERT)


@case
def off_does_not_look(life):
    life.by_hand(f"@ IN CAA {LE}")
    life.dcvctl("plan", life.order("100", txt(plain()), caa="off"), status=2)
    if "letsencrypt.org" in life.last.stdout + life.last.stderr:
        raise Failure("it looked")


@case
def exact_makes_the_set_and_shows_each_value_that_it_removes(life):
    life.by_hand(f"@ IN CAA {LE}")
    life.by_hand('@ IN CAA 0 iodef "mailto:old@example.com"')
    order = life.order("100", txt(plain()), **exact(
        {"tag": "issue", "issuer": "digicert.com"}, {"tag": "issuewild", "issuer": ";"}))
    life.dcvctl("plan", order, status=2, says=[LE, "mailto:old@example.com", DIGICERT])
    with life.one_edit():
        life.apply(order)
    caa(life, DIGICERT, '0 issuewild ";"')
    with life.unchanged():
        life.apply(order)


@case
def exact_makes_a_set_where_none_is(life):
    life.apply(life.order("100", txt(plain()), **exact({"tag": "issue",
                                                       "issuer": "digicert.com"})))
    caa(life, DIGICERT)


@case
def exact_needs_an_issue_or_issuewild(life):
    with life.unchanged():
        life.apply(life.order("100", txt(plain()), caa="exact"), status=65)
        life.apply(life.order("100", txt(plain()), **exact(
            {"tag": "iodef", "value": "mailto:a@example.com"})), status=65)


@case
def two_open_orders_with_different_exact_are_refused(life):
    life.apply(life.order("100", txt(plain("a")), **exact({"tag": "issue",
                                                          "issuer": "digicert.com"})))
    other = life.order("200", txt(plain("b")), ca="letsencrypt.org",
                       **exact({"tag": "issue", "issuer": "letsencrypt.org"}))
    with life.unchanged():
        life.apply(other, status=6, says="100")
    caa(life, DIGICERT)
    life.dcvctl("close", "--issued", "100")
    life.apply(other)
    caa(life, LE)


@case
def two_open_orders_with_the_same_exact_are_fine(life):
    for name in "a", "b":
        life.apply(life.order("10" + name, txt(plain(name)),
                              **exact({"tag": "issue", "issuer": "digicert.com"})))
    caa(life, DIGICERT)
    life.stands(OWNER, plain("a"), plain("b"))


@case
def caa_is_never_previous_and_stays_in_cleanup(life):
    life.by_hand(f"@ IN CAA {LE}")
    life.apply(life.order("100", txt(plain("a")), caa="permit"))
    life.dcvctl("close", "--issued", "100")
    life.apply(life.order("200", txt(plain("b"))))
    caa(life, LE, DIGICERT)
    life.cleanup("100")
    caa(life, LE, DIGICERT)
    life.state("100", "cleaned", "issued")


@case
def cleanup_caa_takes_ours_and_leaves_the_others(life):
    life.by_hand(f"@ IN CAA {LE}")
    life.apply(life.order("100", txt(plain()), caa="permit"))
    life.dcvctl("close", "--issued", "100")
    life.cleanup("--caa", "100")
    caa(life, LE)
    life.stands(OWNER)
    with life.unchanged():
        life.cleanup("--caa", "100")


@case
def cleanup_caa_works_after_a_plain_cleanup(life):
    life.by_hand(f"@ IN CAA {LE}")
    life.apply(life.order("100", txt(plain()), caa="permit"))
    life.dcvctl("close", "--issued", "100")
    life.cleanup("100")
    life.cleanup("--caa", "100")
    caa(life, LE)


@case
def cleanup_caa_leaves_what_another_open_order_asked_for(life):
    life.by_hand(f"@ IN CAA {LE}")
    for name in "a", "b":
        life.apply(life.order("10" + name, txt(plain(name)), caa="permit"))
    life.dcvctl("close", "--issued", "10a")
    life.cleanup("--caa", "10a")
    caa(life, LE, DIGICERT)
    life.stands(OWNER, plain("b"))
    life.state("10b", "published")


@case
def the_policy_is_no_part_of_the_revision(life):
    life.by_hand(f"@ IN CAA {LE}")
    life.apply(life.order("100", txt(plain()), caa="off"))
    with life.one_edit():
        life.apply(life.order("100", txt(plain()), caa="permit"))
    caa(life, LE, DIGICERT)
    if life.sql("SELECT revision FROM orders") != [(1,)]:
        raise Failure("caa made a revision")
