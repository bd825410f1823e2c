# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Many orders, several backends of a zone, and a person as backend."""
from life import OWNER, case, plain, token, txt, unchanged
from report import Failure

def directory(life, *orders):
    """orders: paths, moved into a directory."""
    where = life.where / "orders"
    where.mkdir(exist_ok=True)
    for order in orders:
        path = where / order.rsplit("/", 1)[1]
        path.write_text(open(order, encoding="ascii").read())
    return str(where)


def good(life, number="100"):
    return life.order(number, txt(plain(number), f"_dnsauth.w{number}.example.com"))


def bad(life, number="200"):
    return life.order(number, txt(plain(number), f"_dnsauth.w{number}.example.com"),
                      nonsense="x")


def refused(life, number="300"):
    return life.order(number, "www.example.com CNAME x.sectigo.com", ca="sectigo.com")


@case
def one_bad_file_stops_all(life):
    orders = directory(life, good(life), bad(life), bad(life, "201"))
    with life.unchanged():
        life.apply(orders, status=65, says=["200.yaml:2", "201.yaml:2"])
    if life.ledger_file.exists() and life.sql("SELECT id FROM orders"):
        raise Failure("an order entered the ledger")


@case
def keep_going_writes_the_good_ones(life):
    orders = directory(life, good(life), bad(life))
    life.apply("--keep-going", orders, status=3, says="200.yaml:2")
    life.stands("_dnsauth.w100.example.com", plain("100"))
    life.state("100", "published")
    with life.unchanged():
        life.apply("--keep-going", orders, status=1, says="200.yaml:2")


@case
def one_refused_order_stops_all(life):
    orders = directory(life, good(life), refused(life))
    with life.unchanged():
        life.apply(orders, status=6, says="www.example.com")


@case
def keep_going_writes_beside_a_refused_order(life):
    orders = directory(life, good(life), refused(life))
    life.apply("--keep-going", orders, status=3, says="www.example.com")
    life.stands("_dnsauth.w100.example.com", plain("100"))
    with life.unchanged():
        life.apply("--keep-going", orders, status=6)


@case
def keep_going_counts_a_bad_file_before_a_refused_order(life):
    with life.unchanged():
        life.apply("--keep-going", directory(life, bad(life), refused(life)), status=1)


@case
def keep_going_with_an_order_in_flight(life):
    life.apply(life.order("50", txt(plain("50")), certificate="shop"))
    late = life.order("60", txt(plain("60")), certificate="shop")
    life.apply("--keep-going", directory(life, good(life), late), status=3)
    life.stands("_dnsauth.w100.example.com", plain("100"))
    life.stands(OWNER, plain("50"))
    life.state("50", "published")


@case
def keep_going_with_two_orders_of_one_certificate(life):
    """Neither says which one stands, so nothing is written, and nothing is said to be."""
    orders = [good(life), *(life.order(number, f"{owner} TXT {token('20261121')}", certificate="pay")
                            for number, owner in (("52", OWNER), ("53", "_dnsauth.example.net")))]
    for command in ("plan", "apply"):
        with life.unchanged():
            said = life.dcvctl(command, "--keep-going", directory(life, *orders), status=65,
                               says=["neither says which one stands", "Nothing was written"])
        told = life.json(command, "--keep-going", directory(life, *orders), status=65)
        if "published" in said + told["msg"] or "blocked" in said + told["msg"]:
            raise Failure("it says what is not so")
    life.stands(OWNER)


@case
def plan_keep_going_exits_as_apply_would(life):
    with life.unchanged():
        life.dcvctl("plan", "--keep-going", directory(life, good(life), refused(life)), status=6)


@case
def plan_keep_going_never_says_that_something_changed(life):
    with life.unchanged():
        life.dcvctl("plan", "--keep-going", directory(life, good(life), bad(life)), status=1)


@case
def bad_files_alone_count_as_1_under_keep_going(life):
    with life.unchanged():
        life.apply("--keep-going", directory(life, bad(life), bad(life, "201")), status=1)


@case
def a_directory_is_one_edit_a_zone(life):
    orders = directory(life, *[good(life, str(number)) for number in range(100, 125)],
                       life.order("200", txt(plain(), "_dnsauth.example.net")))
    with life.one_edit("example.com", "example.net"):
        life.apply(orders)
    with life.unchanged():
        life.apply(orders)
    if life.sql("SELECT count(*) FROM orders WHERE state = 'published'") != [(26,)]:
        raise Failure("not all are published")


@case
def last_years_directory_does_no_harm(life):
    orders = directory(life, good(life), life.order("200", txt(plain("b"))))
    life.apply(orders)
    life.dcvctl("close", "--issued", "100", "200")
    life.cleanup("100", "200")
    life.apply(life.order("300", txt(plain("c"))))
    life.later(days=365)
    with life.unchanged():
        life.apply(orders)
    life.stands(OWNER, plain("c"))


@case
def two_documents_of_one_number_are_an_error(life):
    one = life.order("100", txt(plain("a")))
    two = life.where / "other.yaml"
    two.write_text(f'order: "100"\nca: digicert\nrecords: [{txt(plain("b"))}]\n')
    with life.unchanged():
        life.apply(one, str(two), status=65)


@case
def one_zone_that_fails_is_told_by_3_and_the_next_run_goes_on(life):
    orders = directory(life, good(life), life.order("200", txt(plain(), "_dnsauth.example.net")))
    life.configure(f"{{zone: example.com, file: {life.files['example.com']}, reload: none}}",
                   f"{{zone: example.net, file: {life.files['example.net']}, reload: none, "
                   "checker: {command: [/bin/false]}}")
    life.apply(orders, status=3)
    life.state("100", "published")
    life.state("200", "pending")
    life.configure()
    life.apply(orders)
    life.state("200", "published")


# --- several backends

def both(life, more_a="", more_b="", backends="a, b"):
    """The zone example.com in two accounts; the files of the two."""
    files = []
    for name, more in ("a", more_a), ("b", more_b):
        (life.where / name).mkdir(exist_ok=True)
        file = life.where / name / "example.com"
        if not file.exists():
            file.write_text(life.files["example.com"].read_text())
        files.append(file)
    life.configure(f"{{zone: example.com, backends: [{backends}]}}", more="accounts:\n" + "".join(
        f'  {name}: {{provider: zonefile, file: "{life.where}/{name}/{{zone}}", '
        f'reload: none{more}}}\n' for name, more in (("a", more_a), ("b", more_b))))
    return files


def holds(life, file, *values):
    life.files["example.com"] = file
    life.stands(OWNER, *values)


FAILS = ", checker: {command: [/bin/false]}"


@case
def every_backend_of_a_zone_is_written_and_cleaned(life):
    files = both(life)
    order = life.order("100", txt(plain()))
    life.apply(order)
    for file in files:
        holds(life, file, plain())
    with unchanged(files):
        life.apply(order)
    life.dcvctl("close", "--issued", "100")
    life.cleanup("100")
    for file in files:
        holds(life, file)
    life.state("100", "cleaned", "issued")


@case
def one_backend_that_lost_a_value_gets_it_back(life):
    a, b = both(life)
    order = life.order("100", txt(plain()))
    life.apply(order)
    b.write_text(a.read_text().replace(plain(), plain("other")))
    life.dcvctl("plan", order, status=2)
    with unchanged([a]):
        life.apply(order)
    holds(life, b, plain(), plain("other"))


@case
def a_backend_that_fails_keeps_the_order_pending(life):
    a, b = both(life, more_b=FAILS)
    life.apply(life.order("100", txt(plain())), status=3)
    holds(life, a, plain())
    holds(life, b)
    life.state("100", "pending")


def no_removal(life, **failing):
    both(life)
    life.apply(life.order("100", txt(plain("a"))))
    files = both(life, **failing)
    order = life.order("100", txt(plain("b")))
    life.apply(order, status=3)
    for file in files:
        life.files["example.com"] = file
        if plain("a") not in life.values(OWNER):
            raise Failure(f"{file}: a removal though an addition failed")
    files = both(life)
    life.apply(order)
    for file in files:
        holds(life, file, plain("b"))


@case
def if_the_second_backend_fails_nothing_is_removed_anywhere(life):
    no_removal(life, more_b=FAILS)


@case
def if_the_first_backend_fails_nothing_is_removed_anywhere(life):
    no_removal(life, more_a=FAILS)


@case
def a_backend_that_is_bound_later_gets_the_records_of_open_orders(life):
    both(life, backends="a")
    order = life.order("100", txt(plain()))
    life.apply(order)
    a, b = both(life)
    with unchanged([a]):
        life.apply(order)
    holds(life, b, plain())


@case
def a_backend_that_is_bound_no_more_is_named(life):
    a, b = both(life)
    life.apply(life.order("100", txt(plain())))
    life.dcvctl("close", "--issued", "100")
    both(life, backends="a")
    with unchanged([b]):
        life.dcvctl("cleanup", "100", says="example.com")
        if "b" not in life.last.stdout + life.last.stderr:
            raise Failure("the backend is not named")
    holds(life, a)


# --- a person as backend

@case
def a_manual_account_prints_what_to_enter(life):
    life.configure("{zone: example.com, account: manual}")
    order = life.order("100", txt(plain()))
    life.dcvctl("plan", order, status=2, says=[OWNER, plain()])
    with life.unchanged():
        life.apply(order, status=WORK_PENDING, says=[OWNER, plain(), "300"])
    life.state("100", "pending")


WORK_PENDING = 2  # a person's zone is not read back, and nothing failed


@case
def a_manual_account_beside_a_file_is_the_same_order(life):
    file = life.files["example.com"]
    life.configure("{zone: example.com, account: manual}",
                   f"{{zone: example.net, file: {life.files['example.net']}, reload: none}}")
    with unchanged([file]):
        life.apply(life.order("100", txt(plain()), txt(plain(), "_dnsauth.example.net")),
                   status=WORK_PENDING, says=OWNER)
    life.stands("_dnsauth.example.net", plain(), zone="example.net")
    life.state("100", "pending")
