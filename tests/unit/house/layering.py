# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""Reads every #include and the shape of every file, and fails on a breach of the layering:

    main -> cmd -> {apply, check} -> {plan, ledger, provider} -> {order, config} -> dns -> base

A room includes itself and what stands to its right, never a sibling. zones/ and providers/rfc2136
stand outside: the provider interface, dns/ and base/ only. Other providers know what is installed,
<dcvctl/provider.h>, and their neighbours' files. A library is known by one file or room."""
import re

import report

LAYERS = [["main"], ["cmd"], ["apply", "check"], ["plan", "ledger", "provider"],
          ["order", "config"], ["dns"], ["base"]]
OUTSIDE = ("zones", "providers")
RANK = {room: rank for rank, layer in enumerate(LAYERS) for room in layer}

# header: the files that may include it, as prefixes of their path
LIBRARIES = {
    "yaml.h": ["src/base/yaml.c"],
    "jansson.h": ["src/base/json.c"],
    "sqlite3.h": ["src/ledger/sqlite.c"],
    "uv.h": ["src/check/"],
    "idn2.h": ["src/dns/idn.c"],
    "ldns/": ["src/dns/message.c"],
    "openssl/err.h": ["src/base/crypto_openssl.c", "src/check/tls_openssl.c"],
    "openssl/ssl.h": ["src/check/tls_openssl.c"],
    "openssl/x509v3.h": ["src/base/crypto_openssl.c", "src/check/tls_openssl.c"],
    "openssl/": ["src/base/crypto_openssl.c"],
    "curl/": ["src/provider/http_curl.c"],
    "expat.h": ["src/provider/xml_expat.c"],
    "unbound.h": ["src/check/"],
    "libpq-fe.h": ["src/ledger/pg.c"],
    "dlfcn.h": ["src/base/module.c"],
    "sanitizer/": ["src/base/arena.c"],
}
# Other headers with angle brackets are those of C11, POSIX and Linux.
SYSTEM = re.compile(r"(arpa|linux|net|netinet|sys)/\w+\.h|[a-z]+\.h")

BANNED = ["sprintf", "vsprintf", "strcpy", "strcat", "strtok", "atoi", "atol", "gets", "scanf",
          "sscanf", "fscanf", "system", "popen", "alloca", "gethostbyname", "tmpnam", "mktemp"]

MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 80
MAX_README_LINES = 40


def tests(root):
    def files(*patterns):
        for pattern in patterns:
            for path in sorted(root.glob(pattern)):
                yield path.relative_to(root).as_posix(), path.read_text(errors="replace")

    def code():
        yield from files("src/**/*.[ch]", "zones/**/*.[ch]", "providers/**/*.[ch]")

    def check(find):
        def run():
            seen, breaches = 0, []
            for name, text in code():
                seen += 1
                breaches += [f"{name}:{line}: {why}" for line, why in find(name, text)]
            if breaches or not seen:
                raise report.Failure("\n".join(breaches) or "no source file found")
        return run

    def readmes():
        rooms = [path for path in sorted([*root.glob("src/*"), root / "zones"])
                 if path.is_dir() and any(path.glob("*.c"))]
        wrong = []
        for room in rooms:
            readme = room / "README.md"
            if not readme.exists():
                wrong.append(f"{readme.relative_to(root)}: missing")
            elif len(readme.read_text().splitlines()) > MAX_README_LINES:
                wrong.append(f"{readme.relative_to(root)}: over {MAX_README_LINES} lines")
        if wrong or not rooms:
            raise report.Failure("\n".join(wrong) or "no room found")

    return [("layering/rooms", check(rooms)), ("layering/libraries", check(libraries)),
            ("layering/files", check(file_length)), ("layering/functions", check(functions)),
            ("layering/suppressions", check(suppressions)), ("layering/banned", check(banned)),
            ("layering/heads", check(heads)), ("layering/printing", check(printing)),
            ("layering/readmes", readmes)]


def lines(text):
    return enumerate(text.splitlines(), 1)


def room_of(name):
    """src/dns/name.c -> dns, src/main.c -> main, zones/scan.c -> zones, providers/exec/run.c ->
    providers."""
    parts = name.split("/")
    return parts[0] if parts[0] in OUTSIDE else parts[1].removesuffix(".c")


def rooms(name, text):
    room = room_of(name)
    for number, line in lines(text):
        found = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if not found:
            continue
        target = found[1]
        other = target.split("/")[0]
        if "/" not in target:
            yield number, f'"{target}": write it as "room/file.h"'
        elif room == other:
            continue
        elif room in OUTSIDE:
            builtin = room == "zones" or name.startswith("providers/rfc2136/")
            if not builtin or other not in ("dns", "base") and target != "provider/provider.h":
                yield number, f'{room}/ includes "{target}"'
        elif other in OUTSIDE:
            if room not in ("main", "cmd"):
                yield number, f'{room}/ includes "{target}"'
        elif other not in RANK or RANK[other] <= RANK[room]:
            yield number, f'{room}/ includes "{target}", which does not stand to its right'


def libraries(name, text):
    for number, line in lines(text):
        found = re.match(r"\s*#\s*include\s+<([^>]+)>", line)
        if not found:
            continue
        header = found[1]
        allowed = next((files for known, files in LIBRARIES.items()
                        if header.startswith(known)), None)
        if header == "dcvctl/provider.h" and name.startswith("providers/"):
            continue
        if allowed is None and not SYSTEM.fullmatch(header):
            yield number, f"<{header}>: no library that this house knows"
        elif allowed is not None and not any(name.startswith(file) for file in allowed):
            yield number, f"<{header}>: only {', '.join(allowed)} may know it"


def file_length(name, text):
    count = text.count("\n")
    if count > MAX_FILE_LINES:
        yield count, f"{count} lines, over {MAX_FILE_LINES}"


def function_lengths(text):
    """(first line, length) of each function: from the line at the margin where it begins to
    the `}` alone at the margin."""
    start = None
    for number, line in lines(text):
        if line == "}" and start is not None:
            yield start, number - start + 1
            start = None
        elif re.match(r"[A-Za-z_].*\(", line):
            start = number


def functions(name, text):
    for start, length in function_lengths(text):
        if length > MAX_FUNCTION_LINES:
            yield start, f"a function of {length} lines, over {MAX_FUNCTION_LINES}"


def suppressions(name, text):
    for number, line in lines(text):
        if re.search(r"NOLINT|clang-format off|#\s*pragma|no_sanitize|__lsan|cppcheck-supp", line):
            yield number, f"a suppression: {line.strip()}"


def without_comments(text):
    """Comments and string literals blanked, line numbers kept."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match[0])
    return re.sub(r'/\*.*?\*/|"(\\.|[^"\\\n])*"', blank, text, flags=re.S)


def banned(name, text):
    for number, line in lines(without_comments(text)):
        found = re.search(rf"(?<![\w.>])({'|'.join(BANNED)})\s*\(", line)
        if found:
            yield number, f"{found[1]}() is not used here"
    for number, line in lines(text):
        if re.search(r"\b(TODO|FIXME|XXX)\b", line):
            yield number, "unfinished work"


def heads(name, text):
    if not text.startswith("/* SPDX-License-Identifier: BSD-3-Clause\n"
                           " * Copyright the dcvctl authors */\n"):
        yield 1, "the two lines of the licence are missing"
    elif not text.split("\n", 3)[2].startswith("/* "):
        yield 3, "no comment that says what the file knows"


def printing(name, text):
    """Only cmd/ and main.c print; json.c writes to the stream that cmd gives it."""
    if room_of(name) in ("cmd", "main"):
        return
    for number, line in lines(without_comments(text)):
        if re.search(r"(?<!\w)(v?printf|puts|putchar|perror)\s*\(|\b(stdout|stderr)\b", line):
            yield number, f"prints: {line.strip()}"
        if re.search(r"(?<!\w)_?exit\s*\(|(?<!\w)abort\s*\(", line):
            yield number, f"ends the process: {line.strip()}"
