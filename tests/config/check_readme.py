#!/usr/bin/env python3
"""Compares what is made from the settings with those of the program.

usage: check_readme.py [--write] [TEST_CONFIG [README [COMPOSE]]]

TEST_CONFIG prints the tables of the README: build/release/tests/test_config, if none is named.
COMPOSE (deploy/compose.yaml) passes on every variable in them, but for a few. Both stand between
the comments `settings` and `end of settings`; --write puts them there.
"""

import os
import re
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
NAMES = ("build/release/tests/test_config", "README.md", "deploy/compose.yaml")
USUAL = [os.path.join(ROOT, name) for name in NAMES]

IN_README = re.compile(r"(<!-- settings[^>]*-->\n).*?(<!-- end of settings -->)", re.S)
IN_COMPOSE = re.compile(r"( *# settings: [^\n]*\n).*?( *# end of settings\n)", re.S)
ROW = re.compile(r"^\| `(KURIR_[A-Z0-9_]+)` \|", re.M)

# The compose file has values for these, or depends on their defaults.
NOT_PASSED_ON = {
    "KURIR_HOSTNAME",
    "KURIR_HTTP_LISTEN",
    "KURIR_QUEUE_DIR",
    "KURIR_TRUSTED_NETWORKS",
}


def tables_of(test_config):
    printed = subprocess.run(
        [test_config, "print the tables"], check=True, capture_output=True, text=True
    ).stdout
    return re.search(r"^TABLES\n(.*?)^END$", printed, re.M | re.S).group(1)


def passed_on(tables):
    names = [name for name in ROW.findall(tables) if name not in NOT_PASSED_ON]
    return "".join(f"      {name}:\n" for name in names)


def is_current(path, block, content, write):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    expected, count = block.subn(lambda found: found[1] + content + found[2], text)
    if count != 1:
        print(f"{path}: no place for the settings")
        return False
    if write:
        with open(path, "w", encoding="utf-8") as file:
            file.write(expected)
    elif expected != text:
        print(f"{path}: the settings are not those of settings.cpp. Run:")
    return write or expected == text


def main(arguments):
    write = "--write" in arguments
    named = [each for each in arguments if each != "--write"]
    paths = named + USUAL[len(named) :]
    test_config, readme, compose = paths
    tables = tables_of(test_config)
    current = [
        is_current(readme, IN_README, f"\n{tables}\n", write),
        is_current(compose, IN_COMPOSE, passed_on(tables), write),
    ]
    if not all(current):
        print(f"python3 {sys.argv[0]} --write {' '.join(paths)}")
        return 1
    print("the settings are those of settings.cpp")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
