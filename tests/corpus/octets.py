# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Which octets of the files of a zone may differ: whole new lines, the serial, and what the
file's header announces. Files are strings of Latin-1, by their path."""
import itertools
import re

from report import Failure


def newline(text):
    return "\r\n" if re.search(r"^[^\n]*\r\n", text) else "\n"


def announced(files, rule, cleaned):
    """The files without the lines that go for good, and with those that change."""
    zone = rule.path.name
    header, files = files[zone][:rule.body_at], dict(files)
    files[zone] = files[zone][rule.body_at:]
    for old, new in rule.changes(cleaned):
        holders = [name for name in files if old in files[name]]
        if len(holders) != 1 or files[holders[0]].count(old) != 1:
            raise Failure(f"the header names {old!r}, which is not in exactly one place")
        files[holders[0]] = files[holders[0]].replace(old, new)
    files[zone] = header + files[zone]
    return files


def with_serial(files, rule, old, new):
    """Each way to write the new serial in place of the old one; in all SOA records at once, if
    the header counts several. `\\# ` has it as hexadecimal digits."""
    pattern = rf"(?<![0-9])0*{old}(?![0-9])|(?P<hex>\b{old:08x}\b)"
    places = [(name, match) for name, text in files.items()
              for match in re.finditer(pattern, text)
              if name != rule.path.name or match.start() >= rule.body_at]
    changes = int(rule.one("soas", "1")) if rule.counts_serial and old != new else 0
    for chosen in itertools.combinations(places, changes):
        changed = dict(files)
        for name, match in reversed(chosen):
            text, digits = changed[name], f"{new:08x}" if match["hex"] else str(new)
            changed[name] = text[:match.start()] + digits + text[match.end():]
        yield changed


def new_lines(before, after):
    """[(the line before it, the new line)]; None if anything else differs."""
    if before and before.endswith("\n") != after.endswith("\n"):
        return None
    end = newline(before)
    if before and not before.endswith("\n"):
        before, after = before + end, after + end
    olds, found, at = re.findall(r"[^\n]*\n", before), [], 0
    for line in re.findall(r"[^\n]*\n", after):
        if at < len(olds) and line == olds[at]:
            at += 1
        else:
            found.append((olds[at - 1][:-len(end)] if at else "", line, end))
    return found if at == len(olds) else None


def compare(base, got, rule, serials):
    """The new lines, [(the line before it, the new line)]. Failure if anything differs that
    may not. base: the files as they would be without them and with the old serial."""
    if sorted(base) != sorted(got):
        raise Failure(f"files: {sorted(base)} became {sorted(got)}")
    for want in with_serial(base, rule, *serials):
        lines = {name: new_lines(want[name], got[name]) for name in want}
        if None not in lines.values():
            return trimmed([line for name in sorted(lines) for line in lines[name]])
    changed = [name for name in base if base[name] != got[name]]
    raise Failure(f"octets differ that may not (serial {serials[0]} -> {serials[1]}):\n" +
                  "\n".join(f"--- {name} should be, but for new lines\n{shown(base[name])}\n"
                            f"--- {name} is\n{shown(got[name])}" for name in changed))


def trimmed(lines):
    for _, line, end in lines:
        if not line.endswith(end):
            raise Failure(f"the new line {line!r} does not end as the file's lines do")
    return [(behind, line[:-len(end)]) for behind, line, end in lines]


def shown(text):
    return text[:4000].encode("unicode_escape").decode().replace("\\n", "\n")
