#!/usr/bin/env python3
"""Compares the tables of a README with those that the program makes from its settings.

usage: check_readme.py [--write] TEST_CONFIG README      TEST_CONFIG prints the tables

The tables stand between the comments `settings` and `end of settings`; --write puts them there.
"""

import re
import subprocess
import sys

BLOCK = re.compile(r"(<!-- settings[^>]*-->\n).*?(<!-- end of settings -->)", re.S)


def tables_of(test_config):
    printed = subprocess.run(
        [test_config, "print the tables"], check=True, capture_output=True, text=True
    ).stdout
    return re.search(r"^TABLES\n(.*?)^END$", printed, re.M | re.S).group(1)


def main(arguments):
    write = arguments[0] == "--write"
    test_config, path = arguments[-2:]
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
        print(f"{path}: the tables are not those of settings.cpp; run {sys.argv[0]} --write")
        return 1
    print("the tables are those of settings.cpp")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
