#!/usr/bin/env python3
"""H8: no event of the program names a key twice, whatever happens: each key stands once in the text
that builds the event, or in branches of which one is taken.

usage: tests/log/check_keys.py [FOLDER...]
"""

import re
import sys
from pathlib import Path

START = re.compile(r"log::event\s*(\w*)\s*\(|\b(?:event)\s+(\w+)\(log::level")
KEY = re.compile(r'\.with\(\s*"(\w+)"')


def statement_at(text: str, start: int) -> str:
    """From `start` to the semicolon that ends the statement, strings aside."""
    end, quoted = start, False
    while end < len(text):
        if text[end] == "\\":
            end += 1
        elif text[end] == '"':
            quoted = not quoted
        elif text[end] == ";" and not quoted:
            break
        end += 1
    return text[start:end]


def function_rest(text: str, start: int) -> str:
    """What follows in the same function: up to a brace at the start of a line."""
    end = text.find("\n}", start)
    return text[start : end if end >= 0 else len(text)]


def keys_of_branches(text: str, variable: str) -> list[str]:
    """The keys that statements add to `variable`; of an if with else, those of the longer way."""
    adding = re.compile(
        rf"(else\s+)?(?:if\s*\([^;]*?\)\s*)?\{{?\s*\b{variable}((?:\s*\.with\()[^;]*);"
    )
    found: list[str] = []
    taken: list[str] = []
    for match in adding.finditer(text):
        keys = KEY.findall(match.group(2))
        if match.group(1) or text[: match.start()].rstrip().endswith("else {"):
            keys = [key for key in keys if key not in taken]  # the other way has it
        taken = keys
        found += keys
    return found


def faults(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    found = []
    for match in START.finditer(text):
        variable = match.group(1) or match.group(2)
        keys = KEY.findall(statement_at(text, match.start()))
        if variable:
            rest = function_rest(text, match.start())
            body = rest[len(statement_at(text, match.start())) :]
            keys += keys_of_branches(body, variable)
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            line = text.count("\n", 0, match.start()) + 1
            found.append(f"{path}:{line}: the event has the key {key} twice")
    return found


def main(*folders: str) -> int:
    files = [
        file for folder in folders or ("relay",) for file in sorted(Path(folder).rglob("*.cpp"))
    ]
    events = sum(len(START.findall(file.read_text(encoding="utf-8"))) for file in files)
    wrong = [fault for file in files for fault in faults(file)]
    print("\n".join([*wrong, f"{events} events, {len(wrong)} keys twice"]))
    return 1 if wrong or events < 20 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
