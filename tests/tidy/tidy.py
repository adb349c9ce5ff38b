#!/usr/bin/env python3
"""The tidy test: what a reviewer should not have to look for.

usage: tidy.py [ROOT]      prints path:line: complaint for each, and fails if there is one
"""

import os
import sys

import anchors
import cases
import citations
import code_names
import names
import rules
from source import read_tree


def main(arguments):
    here = os.path.dirname(os.path.abspath(__file__))
    root = arguments[0] if arguments else os.path.join(here, "..", "..")
    tree = read_tree(root)
    complaints = [
        f"{path}:{line}: {complaint} [{rule.__name__}]"
        for rules_of_one in (rules, names, cases, citations, code_names, anchors)
        for rule in rules_of_one.RULES
        for path, line, complaint in rule(tree)
    ]
    print("\n".join(complaints) or f"{len(tree)} files are tidy")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
