# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""The first lines of a file of the corpus: what it tests, what is ordered, what must come of it.
README.md lists the words. Files are octets; here they are read as Latin-1, one character each."""
import dataclasses
import pathlib
import re

VALUE = "202611210000002aurxma1k3v"
ONCE = ("rule", "zone", "behind", "ttl", "serial", "soas", "unlike", "binding", "clock", "setup",
        "refused", "lenient")
REPEATED = ("order", "takes", "lowers", "line", "drops", "becomes", "meanwhile", "finally")
HEADER = re.compile(rf"(?:\u00ef\u00bb\u00bf)?; ({'|'.join(ONCE + REPEATED)}): (.*)")


def unescaped(text):
    return text.replace("\\t", "\t").replace("\\r", "\r").replace("\\n", "\n")


@dataclasses.dataclass
class Rule:
    """A word of the header is an attribute; one that may be repeated is a list."""
    path: pathlib.Path
    words: dict
    body_at: int  # behind the header

    def one(self, word, default=""):
        return self.words.get(word, [default])[0]

    def all(self, word):
        return [unescaped(text) for text in self.words.get(word, [])]

    @property
    def zone(self):
        return self.one("zone", "example.com")

    @property
    def orders(self):
        """(owner, type, value) of what is ordered."""
        texts = self.words.get("order") or [f"_dnsauth.{self.zone} TXT {VALUE}"]
        return [tuple(text.split(" ", 2)) for text in texts]

    @property
    def takes(self):
        """(owner, type, value) of what a person made before and the order names."""
        return [tuple(text.split(" ", 2)) for text in self.words.get("takes", [])]

    def changes(self, cleaned):
        """(old, new): what becomes of lines that stay, before or after the clean-up."""
        words = ("becomes", "finally" if cleaned else "meanwhile")
        return [(text, "") for text in self.all("drops")] + [
            tuple(text.split(" => ")) for word in words for text in self.all(word)]

    @property
    def counts_serial(self):
        return "serial: external" not in self.one("binding")


def read(path):
    words, at = {}, 0
    for line in path.read_bytes().decode("latin-1").splitlines(keepends=True):
        match = HEADER.match(line.rstrip("\r\n"))
        if not match:
            break
        words.setdefault(match[1], []).append(match[2])
        at += len(line)
    again = [word for word in ONCE if len(words.get(word, [])) > 1]
    if next(iter(words), "") != "rule" or again:
        raise ValueError(f"{path.name}: the first line is no `; rule: …`, or twice: {again}")
    return Rule(path, words, at)
