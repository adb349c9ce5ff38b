#!/usr/bin/env python3
"""Compares the tables of a README with those that the program makes from its settings.

usage: check_readme.py [--write] [TEST_CONFIG README]

TEST_CONFIG prints the tables: build/release/tests/test_config, if none is named. They stand between
the comments `settings` and `end of settings`; --write puts them there.
"""

import os
import re
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
USUAL = [os.path.join(ROOT, name) for name in ("build/release/tests/test_config", "README.md")]

BLOCK = re.compile(r"(<!-- settings[^>]*-->\n).*?(<!-- end of settings -->)", re.S)


def tables_of(test_config):
    printed = subprocess.run(
        [test_config, "print the tables"], check=True, capture_output=True, text=True
    ).stdout
    return re.search(r"^TABLES\n(.*?)^END$", printed, re.M | re.S).group(1)


def main(arguments):
    write = "--write" in arguments
    test_config, path = [each for each in arguments if each != "--write"] or USUAL
    with open(path, encoding="utf-8") as file:
        readme = file.read()
    tables = f"\n{tables_of(test_config)}\n"
    expected, count = BLOCK.subn(lambda found: found[1] + tables + found[2], readme)
    if count != 1:
        print(f"{path}: no place for the tables of settings")
        return 1
    if write:
        with open(path, "w", encoding="utf-8") as file:
            file.write(expected)
    elif expected != readme:
        print(f"{path}: the tables are not those of settings.cpp. Run:")
        print(f"python3 {sys.argv[0]} --write {test_config} {path}")
        return 1
    print("the tables are those of settings.cpp")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
