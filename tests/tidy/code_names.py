"""The pages that lead a newcomer through the code name what is there."""

import functools
import re

from rules import line_at
from source import LEXEMES, is_cpp

PAGES = (
    "relay/FLOW.md",
    "relay/HOWTO.md",
    "relay/config/README.md",
    "relay/smtp/README.md",
)
# Where names are wrong on purpose.
MISTAKES = "tests/tidy/"

FENCE = re.compile(r"^```.*?^```", re.M | re.S)
SPAN = re.compile(r"`([^`\n]+)`")
NAME = re.compile(r"[A-Za-z_]\w*(?:(?:::|->)[A-Za-z_]\w*)*(?:\(\))?")
WORD = re.compile(r"[A-Za-z_]\w*")
SCOPE = re.compile(r"\b(?:class|struct|namespace|enum class)\s+([\w:]+)")
# Of the rule for settings, and what is no name: a placeholder.
ELSEWHERE = re.compile(r"KURIR_\w+")


def names_in(page):
    """(offset, name) of each name in backquotes, outside blocks of code."""
    text = FENCE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), page)
    for match in SPAN.finditer(text):
        name = match.group(1)
        if NAME.fullmatch(name) and not ELSEWHERE.fullmatch(name):
            yield match.start(1), name.removesuffix("()")


@functools.lru_cache(maxsize=None)
def uncommented(text):
    """C++ without its comments; literals stay, for events and labels are such."""
    return LEXEMES.sub(lambda match: "" if match.group().startswith("/") else match.group(), text)


def code_in(tree):
    for path, text in tree.items():
        if path.startswith(MISTAKES) or path.endswith(".md"):
            continue
        yield uncommented(text) if is_cpp(path) else text


def scopes_of(code):
    """The classes and namespaces that a file opens, by their own names."""
    return {name for match in SCOPE.finditer(code) for name in match.group(1).split("::")}


def is_member(first, second, files):
    """`first::second` is written somewhere, or a file that opens `first` has the word `second`."""
    written = re.compile(rf"\b{first}::{second}\b")
    return any(
        written.search(code) or (first in scopes and second in words)
        for code, scopes, words in files
    )


def code_names_exist(tree):
    """Each code name of these pages is in the code, and a member in its class or namespace."""
    pages = [path for path in PAGES if path in tree]
    if not pages:
        return
    files = [(code, scopes_of(code), set(WORD.findall(code))) for code in code_in(tree)]
    known = set().union(*(words for _, _, words in files))
    for path in pages:
        for offset, name in names_in(tree[path]):
            parts = re.split(r"::|->", name)
            there = set(parts) <= known
            if "::" in name:
                there = there and all(is_member(*pair, files) for pair in zip(parts, parts[1:]))
            if not there:
                yield path, line_at(tree[path], offset), f"{name} is not in the code"


RULES = [code_names_exist]
