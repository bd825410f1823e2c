# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Which certificate proves that an order is over: issued_when and close --certificate."""

from life import OWNER, case, plain, txt
from report import Failure
from servers import refused_address
from tls import tls_server

EVIDENCE = {"issued_when": {"file": "cert.pem"}}


def waits(life, *records, **keys):
    life.apply(life.order("100", *(records or [txt(plain())]), **{**EVIDENCE, **keys}))


def proves(life):
    life.later(hours=30)
    with life.one_edit():
        life.cleanup(says="100")
    life.stands(OWNER)
    life.state("100", "cleaned", "issued")


def proves_not(life):
    life.later(hours=30)
    with life.unchanged():
        life.cleanup()
    life.stands(OWNER, plain())
    life.state("100", "published")


@case
def a_certificate_that_fits_proves_the_order(life):
    waits(life)
    life.certificate("example.com", "www.example.com")
    proves(life)


@case
def the_evidence_needs_no_grace(life):
    waits(life)
    life.certificate("example.com")
    life.later(hours=8)
    life.cleanup()
    life.stands(OWNER)


@case
def no_certificate_yet_is_silent(life):
    waits(life)
    if life.cleanup():
        raise Failure("not silent")
    proves_not(life)


@case
def a_certificate_without_a_name_proves_nothing(life):
    waits(life, names=["example.com", "www.example.com"])
    life.certificate("example.com")
    proves_not(life)
    life.certificate("example.com", "www.example.com")
    life.cleanup()
    life.state("100", "cleaned", "issued")


@case
def a_wildcard_of_the_order_must_be_in_the_certificate(life):
    waits(life, names=["*.example.com"])
    life.certificate("example.com", "www.example.com")
    proves_not(life)
    life.certificate("*.example.com")
    life.cleanup()
    life.state("100", "cleaned", "issued")


@case
def a_certificate_of_another_issuer_proves_nothing(life):
    waits(life)
    life.certificate("example.com", issuer="Let's Encrypt")
    proves_not(life)


@case
def a_brand_of_the_ca_is_its_issuer(life):
    waits(life, ca="geotrust")
    life.certificate("example.com", issuer="DigiCert Inc")
    proves(life)


@case
def the_certificate_from_before_proves_nothing(life):
    life.certificate("example.com", begins="2026-11-21 06:00")
    waits(life)
    proves_not(life)
    life.certificate("example.com", begins="2026-11-22 06:00")
    life.cleanup()
    life.state("100", "cleaned", "issued")


@case
def a_certificate_that_is_too_old_proves_nothing(life):
    waits(life)
    life.certificate("example.com", begins="2026-11-19 23:00")
    proves_not(life)


@case
def not_before_counts_with_a_day_of_backdating(life):
    waits(life)
    life.certificate("example.com", begins="2026-11-20 01:00")
    proves(life)


@case
def the_time_of_an_sct_is_exact(life):
    waits(life)
    life.certificate("example.com", begins="2026-11-20 12:00", seen="2026-11-20 13:00")
    proves_not(life)
    life.certificate("example.com", begins="2026-11-20 12:00", seen="2026-11-21 01:00")
    life.cleanup()
    life.state("100", "cleaned", "issued")


@case
def a_file_that_is_no_certificate_proves_nothing(life):
    waits(life)
    (life.where / "cert.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n")
    proves_not(life)


@case
def a_command_may_show_the_certificate(life):
    path = life.certificate("other.example")
    waits(life, issued_when={"command": ["/bin/cat", str(path)]})
    life.certificate("example.com")
    proves(life)


@case
def a_tls_server_may_show_the_certificate(life):
    life.certificate("example.com")
    with tls_server(life.where / "cert.pem", life.where / "key.pem") as target:
        waits(life, issued_when={"tls": target})
    life.certificate("example.com", begins="2026-11-21 08:00")
    life.later(hours=30)
    with tls_server(life.where / "cert.pem", life.where / "key.pem") as target:
        life.apply(life.order("100", txt(plain()), issued_when={"tls": target}))
        life.cleanup()
    life.state("100", "cleaned", "issued")


@case
def a_tls_server_that_is_down_proves_nothing(life):
    with refused_address() as address:
        waits(life, issued_when={"tls": address})
        proves_not(life)


@case
def a_closed_order_is_not_closed_again_by_a_certificate(life):
    waits(life)
    life.dcvctl("close", "--cancelled", "100")
    life.certificate("example.com")
    life.later(hours=30)
    life.cleanup()
    life.state("100", "cleaned", "cancelled")


@case
def close_with_a_certificate_that_fits(life):
    life.apply(life.order("100", txt(plain())))
    life.dcvctl("close", "--certificate", str(life.certificate("example.com")), "100")
    life.state("100", "closed", "issued")
    life.stands(OWNER, plain())


@case
def close_with_a_certificate_that_proves_nothing_is_refused(life):
    life.apply(life.order("100", txt(plain()), names=["example.com", "www.example.com"]))
    path = life.certificate("example.com")
    life.dcvctl("close", "--certificate", str(path), "100", status=6, says="www.example.com")
    path = life.certificate("example.com", "www.example.com", issuer="Sectigo Limited")
    life.dcvctl("close", "--certificate", str(path), "100", status=6, says="Sectigo")
    path = life.certificate("example.com", "www.example.com", begins="2026-01-01")
    life.dcvctl("close", "--certificate", str(path), "100", status=6, says="2026-01-01")
    life.state("100", "published")


@case
def close_with_a_file_that_cannot_be_read_fails(life):
    life.apply(life.order("100", txt(plain())))
    life.dcvctl("close", "--certificate", str(life.where / "nowhere.pem"), "100", status=1)
    life.state("100", "published")
