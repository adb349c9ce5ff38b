"""What the tests of deploy/ share: where things are, what the program exports, promtool."""

import json
import pathlib
import re
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"

# What a histogram's series are called besides its name.
SUFFIXES = ("_bucket", "_sum", "_count")


def settings_source():
    """The source of all rows of settings."""
    folder = ROOT / "relay" / "config"
    return "".join(
        path.read_text()
        for pattern in ("settings*.?pp", "*_rows.?pp")
        for path in sorted(folder.glob(pattern))
    )


def longest_migration():
    """In seconds: the start of a program of the next version may take so long."""
    text = (ROOT / "queue" / "postgres" / "options.hpp").read_text()
    (hours,) = re.findall(r"migration_patience = std::chrono::hours\((\d+)\)", text)
    return int(hours) * 3600


def exported():
    """Name -> type of every metric, from the table that a test holds against the real output."""
    table = (ROOT / "metrics" / "README.md").read_text()
    return dict(re.findall(r"^\| `([a-z_]+)` \| (\w+) \|", table, re.MULTILINE))


def metrics_in(query):
    """The program's series that a query names."""
    return set(re.findall(r"\b(?:kurir|process)_[a-z_]+\b", re.sub(r'"[^"]*"', "", query)))


def unknown_metrics(query):
    types = exported()
    unknown = set()
    for name in metrics_in(query):
        base = next((name.removesuffix(end) for end in SUFFIXES if name.endswith(end)), name)
        if types.get(base) != "histogram" and name not in types:
            unknown.add(name)
    return unknown


def run(*command, **options):
    return subprocess.run(
        [str(part) for part in command],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        **options,
    )


def parse_error(queries):
    """What promtool says against any of the queries; empty if it takes them all."""
    rules = [{"record": f"query:{index}", "expr": query} for index, query in enumerate(queries)]
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        json.dump({"groups": [{"name": "queries", "rules": rules}]}, file)  # JSON is YAML
        file.flush()
        done = run("promtool", "check", "rules", file.name)
    return done.stdout if done.returncode else ""
