# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Clean-up: when, what, where; what it leaves; what it says."""
from life import DCVCTL, OWNER, case, plain, txt, unchanged
from report import Failure

PERSIST = ('_validation-persist.example.com TXT "ca.example; accounturi=https://ca.example/1; '
           'persistUntil=1800000000"')  # 2027-01-15 08:00
ACM = "_a1.example.com CNAME _b1.acm-validations.aws"

def closed(life, number, *records, **keys):
    life.apply(life.order(number, *records, **keys))
    life.dcvctl("close", "--issued", number)


def silent(life, *args):
    with life.unchanged():
        if life.cleanup(*args):
            raise Failure("not silent")


@case
def bare_cleanup_gives_24_hours_of_grace(life):
    closed(life, "100", txt(plain()))
    silent(life)
    life.later(hours=23, minutes=59)
    silent(life)
    life.later(minutes=2)
    with life.one_edit():
        life.cleanup(says="100")
    life.stands(OWNER)
    life.state("100", "cleaned", "issued")
    silent(life)


@case
def cleanup_without_anything_to_do_is_silent(life):
    silent(life)
    if life.ledger_file.exists():
        raise Failure("it made a ledger")
    life.apply(life.order("100", txt(plain())))
    silent(life)


@case
def cleanup_begins_with_a_summary_for_a_subject_line(life):
    for number in range(100, 130):
        closed(life, str(number), txt(plain(str(number)), f"_dnsauth.w{number}.example.com"))
    life.later(hours=25)
    first = life.cleanup().splitlines()[0]
    if len(first) >= 78 or not first.isascii() or "30" not in first:
        raise Failure(f"{first!r}")


@case
def cleanup_of_an_order_acts_at_once(life):
    closed(life, "100", txt(plain()))
    with life.one_edit():
        life.cleanup("100")
    life.stands(OWNER)
    life.state("100", "cleaned", "issued")
    with life.unchanged():
        life.cleanup("100")


@case
def an_open_order_needs_cancel(life):
    life.apply(life.order("100", txt(plain())))
    with life.unchanged():
        life.cleanup("100", status=6, says=["close --issued 100", "--cancel"])
    life.state("100", "published")
    life.cleanup("--cancel", "100")
    life.stands(OWNER)
    life.state("100", "cleaned", "cancelled")


@case
def an_unknown_order_is_an_order_error(life):
    life.cleanup("100", status=65)


@case
def bare_cleanup_takes_values_7_days_past_their_life(life):
    life.apply(life.order("100", txt(plain())))
    life.later(days=36, hours=23)
    silent(life)
    life.later(hours=2)
    life.cleanup(says="100")
    life.stands(OWNER)
    life.state("100", "cleaned", "expired")


@case
def cleanup_of_an_expired_order_needs_no_cancel(life):
    life.apply(life.order("100", txt(plain())))
    life.later(days=31)
    life.cleanup("100")
    life.stands(OWNER)
    life.state("100", "cleaned", "expired")


@case
def dry_run_shows_and_changes_nothing(life):
    closed(life, "100", txt(plain()))
    with life.unchanged(), unchanged([life.ledger_file]):
        life.cleanup("--dry-run", "100", status=2, says=plain())
    life.state("100", "closed", "issued")


@case
def an_acm_cname_is_retained_until_it_is_named(life):
    closed(life, "100", ACM, ca="acm")
    life.cleanup("100")
    life.later(days=700)
    silent(life)
    life.stands("_a1.example.com", "_b1.acm-validations.aws.", rrtype="CNAME")
    life.dcvctl("status", "--kept", says="_a1.example.com")
    life.cleanup("--retained", "100")
    life.stands("_a1.example.com", rrtype="CNAME")
    life.state("100", "cleaned", "issued")


@case
def retained_records_do_not_keep_the_others(life):
    closed(life, "100", ACM, txt(plain()), ca="acm")
    life.cleanup("100")
    life.stands(OWNER)
    life.stands("_a1.example.com", "_b1.acm-validations.aws.", rrtype="CNAME")
    life.state("100", "cleaned", "issued")


@case
def a_persistent_record_stays_until_its_date(life):
    closed(life, "100", PERSIST)
    life.cleanup("100")
    life.at("2027-01-14")
    life.cleanup()
    if len(life.values("_validation-persist.example.com")) != 1:
        raise Failure("gone before its date")
    life.at("2027-01-24")
    life.cleanup()
    life.stands("_validation-persist.example.com")


@case
def a_persistent_record_past_its_date_goes_with_its_order(life):
    closed(life, "100", PERSIST)
    life.cleanup("100")
    life.at("2027-01-24")
    life.cleanup("100")
    life.stands("_validation-persist.example.com")


@case
def retain_of_the_order_wins_over_the_form(life):
    closed(life, "100", txt(plain()), retain="until-deauthorised")
    life.cleanup("100")
    life.stands(OWNER, plain())
    life.cleanup("--retained", "100")
    life.stands(OWNER)


@case
def a_value_that_is_gone_counts_as_removed(life):
    closed(life, "100", txt(plain()))
    life.take_away(plain())
    with life.unchanged():
        life.cleanup("100")
    life.state("100", "cleaned", "issued")


@case
def what_a_person_put_beside_it_stays(life):
    closed(life, "100", txt(plain()))
    life.by_hand(f'_dnsauth 300 IN TXT "{plain("other")}"')
    life.cleanup("100")
    life.stands(OWNER, plain("other"))


@case
def a_value_that_another_open_order_needs_stays(life):
    closed(life, "100", txt(plain()))
    life.apply(life.order("200", txt(plain()), ca="geotrust"))
    with life.unchanged():
        life.cleanup("100")
    life.dcvctl("close", "--issued", "200")
    life.cleanup("200")
    life.stands(OWNER)


@case
def a_value_of_an_expired_order_is_not_protected(life):
    life.apply(life.order("100", txt(plain())))
    life.later(days=25)
    closed(life, "200", txt(plain()))
    life.later(days=6)
    life.cleanup("200")
    life.stands(OWNER)


@case
def a_zone_that_is_not_bound_any_more_is_named_once(life):
    closed(life, "100", txt(plain()), txt(plain(), "_dnsauth.example.net"))
    life.configure(f"{{zone: example.net, file: {life.files['example.net']}, reload: none}}")
    life.later(hours=25)
    said = life.dcvctl("cleanup", says="example.com", status=0)
    life.stands("_dnsauth.example.net", zone="example.net")
    life.stands(OWNER, plain())
    if not said:
        raise Failure("not named")
    silent(life)


@case
def a_zone_whose_file_has_another_name_now_is_cleaned_there(life):
    closed(life, "100", txt(plain()))
    new = life.where / "renamed.zone"
    life.files["example.com"].rename(new)
    life.files["example.com"] = new
    life.configure()
    life.cleanup("100")
    life.stands(OWNER)
    life.state("100", "cleaned", "issued")


@case
def a_value_that_was_not_ours_stays_at_the_new_backend(life):
    closed(life, "100", txt(plain(), "example.com"))
    new = life.where / "other.zone"
    new.write_text(life.files["example.com"].read_text() +
                   f'@ IN TXT "{plain("other")}"\n')
    life.files["example.com"] = new
    life.configure()
    life.cleanup("100")
    life.stands("example.com", "v=spf1 -all", plain("other"))


@case
def a_zone_that_cannot_be_read_loses_nothing(life):
    closed(life, "100", txt(plain()), txt(plain(), "_dnsauth.example.net"))
    good = life.files["example.com"].read_text()
    life.files["example.com"].write_text(good + "broken IN TXT ( open\n")
    with life.unchanged():
        life.cleanup("100", status=6)
    life.state("100", "closed", "issued")
    life.files["example.com"].write_text(good)
    life.cleanup("100")
    life.stands(OWNER)
    life.state("100", "cleaned", "issued")


@case
def a_zone_that_cannot_be_read_stops_no_other_in_cron(life):
    closed(life, "100", txt(plain()))
    closed(life, "200", txt(plain(), "_dnsauth.example.net"))
    with life.files["example.com"].open("a") as file:
        file.write("broken IN TXT ( open\n")
    life.later(hours=25)
    with unchanged([life.files["example.com"]]):
        life.cleanup(status=3, says="example.com")
    life.stands("_dnsauth.example.net", zone="example.net")
    life.state("100", "closed", "issued")
    life.state("200", "cleaned", "issued")


@case
def a_cleanup_that_fails_stays_to_be_done(life):
    closed(life, "100", txt(plain()))
    life.configure(f"{{zone: example.com, file: {life.files['example.com']}, reload: none, "
                   "checker: {command: [/bin/false]}}")
    life.later(hours=25)
    with life.unchanged():
        life.cleanup(status=1)
    life.state("100", "closed", "issued")
    life.configure()
    life.cleanup()
    life.stands(OWNER)
    life.state("100", "cleaned", "issued")


@case
def what_moved_meanwhile_is_skipped(life):
    """While one zone is edited, another run wants the value that is to go from the next."""
    closed(life, "100", txt(plain()), txt(plain(), "_dnsauth.example.net"))
    order = life.order("200", txt(plain(), "_dnsauth.example.net"))
    script = life.where / "meanwhile"
    script.write_text(f"[ -e {script}.done ] && exit; >{script}.done\n"
                      f"exec {DCVCTL['path']} apply --until published {order}\n")
    life.configure(f"{{zone: example.com, file: {life.files['example.com']}, reload: none, "
                   f"checker: {{command: [/bin/sh, {script}]}}}}",
                   f"{{zone: example.net, file: {life.files['example.net']}, reload: none}}")
    with unchanged([life.files["example.net"]]):
        life.cleanup("100")
    life.stands(OWNER)
    life.state("200", "published")


@case
def one_cleanup_edits_each_zone_once(life):
    for number in "100", "101", "102":
        closed(life, number, txt(plain(number), f"_dnsauth.w{number}.example.com"),
               txt(plain(number), f"_dnsauth.w{number}.example.net"))
    life.later(hours=25)
    with life.one_edit("example.com", "example.net"):
        life.cleanup()
    for number in "100", "101", "102":
        life.state(number, "cleaned", "issued")


@case
def cleanup_works_without_the_order_file(life):
    closed(life, "100", txt(plain()))
    (life.where / "100.yaml").unlink()
    life.cleanup("100")
    life.stands(OWNER)


@case
def a_superseded_order_is_cleaned_by_cron(life):
    life.apply(life.order("100", txt(plain("a"), "_x1.example.com"), certificate="shop"))
    life.apply(life.order("200", txt(plain("b"), "_x2.example.com"), certificate="shop",
                          supersedes=["100"]))
    life.later(hours=25)
    life.cleanup()
    life.state("100", "cleaned", "superseded")
    life.state("200", "published")
    life.stands("_x2.example.com", plain("b"))


@case
def the_selection_limits_a_bare_cleanup(life):
    closed(life, "100", txt(plain()))
    closed(life, "200", txt(plain(), "_dnsauth.example.net"))
    life.later(hours=25)
    life.cleanup("--zone", "example.net")
    life.stands(OWNER, plain())
    life.stands("_dnsauth.example.net", zone="example.net")


@case
def a_lost_ledger_deletes_nothing(life):
    closed(life, "100", txt(plain()))
    life.ledger_file.unlink()
    life.later(days=90)
    silent(life)
    life.stands(OWNER, plain())


@case
def a_lost_ledger_is_reported_by_the_next_order(life):
    closed(life, "100", txt(plain()))
    life.ledger_file.unlink()
    life.apply(life.order("200", txt(plain("b"))), says=[plain(), "leftover"])
    life.stands(OWNER, plain(), plain("b"))


@case
def a_lost_ledger_learns_open_orders_from_their_files(life):
    order = life.order("100", txt(plain()))
    life.apply(order)
    life.ledger_file.unlink()
    with life.unchanged():
        life.apply(order)
    life.state("100", "published")
    life.dcvctl("close", "--issued", "100")
    life.cleanup("100")
    life.stands(OWNER)
