# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Which serial must follow which: the style is kept, and it grows as RFC 1982 has it."""
import datetime

SPACE = 2 ** 32
YEAR_S = 366 * 86400


def is_date(serial):
    """Ten digits that begin with a date."""
    text = str(serial)
    try:
        datetime.datetime.strptime(text[:8], "%Y%m%d")
    except ValueError:
        return False
    return len(text) == 10


def after(a, b):
    """a is greater than b, RFC 1982 3.2."""
    return 0 < (a - b) % SPACE < SPACE // 2


def following(old, now):
    """now: a datetime in UTC."""
    least = (old + 1) % SPACE
    stamp = int(now.timestamp())
    if is_date(old):
        wanted = int(now.strftime("%Y%m%d00"))
    elif abs(old - stamp) <= YEAR_S:
        wanted = stamp
    else:
        wanted = least
    return wanted if after(wanted, least) else least
