#!/usr/bin/env python3
"""Checks what /metrics says: promtool's lint, and the table of metrics/README.md in both directions.

usage: check_exposition.py TEST_METRICS README      TEST_METRICS prints a fresh exposition
       check_exposition.py --table TEST_METRICS     prints the table that README must have
"""

import re
import shutil
import subprocess
import sys


def exposition_of(test_metrics):
    printed = subprocess.run(
        [test_metrics, "print the exposition"], check=True, capture_output=True, text=True
    ).stdout
    start = printed.index("# HELP")
    end = printed.rindex("\n==", start)
    lines = printed[start:end].splitlines()
    sample = re.compile(r"^(# (HELP|TYPE) |[a-z_]+(\{[^}]*\})? )")
    return "\n".join(line for line in lines if sample.match(line)) + "\n"


def rows_of(exposition):
    """Each family as the row (name, type, labels, meaning) of the table."""
    help_texts = dict(re.findall(r"^# HELP (\S+) (.*)$", exposition, re.M))
    types = dict(re.findall(r"^# TYPE (\S+) (.*)$", exposition, re.M))
    rows = []
    for name, kind in types.items():
        series = rf"^{name}(?:_bucket)?\{{([^}}]*)\}}"
        found = re.findall(series, exposition, re.M)
        labels = sorted(
            {label for each in found for label in re.findall(r'(\w+)="', each)} - {"le"}
        )
        cell = ", ".join(f"`{label}`" for label in labels) or "–"
        rows.append(f"| `{name}` | {kind} | {cell} | {help_texts[name]} |")
    return rows


def table_of(readme):
    return [line for line in readme.splitlines() if line.startswith("| `")]


def promtool_complaint(exposition):
    if shutil.which("promtool") is None:
        return "promtool is not installed (package prometheus)"
    ran = subprocess.run(
        ["promtool", "check", "metrics"], input=exposition, capture_output=True, text=True
    )
    return (ran.stdout + ran.stderr).strip() if ran.returncode != 0 else ""


def main(arguments):
    if arguments[0] == "--table":
        print("\n".join(rows_of(exposition_of(arguments[1]))))
        return 0
    exposition = exposition_of(arguments[0])
    with open(arguments[1], encoding="utf-8") as file:
        documented = table_of(file.read())
    exposed = rows_of(exposition)
    problems = [f"not in metrics/README.md: {row}" for row in exposed if row not in documented]
    problems += [f"not in the code: {row}" for row in documented if row not in exposed]
    if complaint := promtool_complaint(exposition):
        problems.append(complaint)
    print("\n".join(problems) or f"{len(exposed)} metrics agree with the table and with promtool")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
