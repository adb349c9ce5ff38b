"""The page that maps each case to its tests names tests that exist."""

import re

PAGE = "tests/CASES.md"
ROW = re.compile(r"^\| ([A-Z]\d+) \|(.*)\|$", re.M)
PATH = re.compile(r"`(tests/[\w./-]+)`")


def cases_tested(tree):
    """Each file that a row of the page names exists and speaks of the row's case."""
    page = tree.get(PAGE, "")
    for row in ROW.finditer(page):
        case, line = row.group(1), page.count("\n", 0, row.start()) + 1
        paths = PATH.findall(row.group(2))
        if not paths:
            yield PAGE, line, f"{case} names no test"
        for path in paths:
            if path not in tree:
                yield PAGE, line, f"{case} names {path}, which does not exist"
            elif not re.search(rf"(?<![A-Za-z0-9]){case}(?![0-9])", tree[path]):
                yield PAGE, line, f"{path} has no test of {case}"


RULES = [cases_tested]
