#!/usr/bin/env python3
"""Runs clang-tidy with the checks of .clang-tidy, by the compile commands of a build.

usage: clang_tidy.py [--all | --base=COMMIT | PATH...] [--within=SECONDS] [--build=FOLDER]

Without an argument: the C++ files that changed since the branch left origin/main, or since the
last commit where there is nothing between the two. A header is checked by its source file, or by
the file that the build makes of it. --within: what does not begin within this time is left, and
named. A file takes some ten seconds, so --all is for the night.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLANG_TIDY = os.environ.get("CLANG_TIDY", "clang-tidy-19")
# clang reads the precompiled headers that the commands name: without them, or with those of
# yesterday, no file can be parsed.
NEEDED = ("kurir_asio_pch", "kurir_test_pch")


def output_of(*command):
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return ran.stdout.strip() if ran.returncode == 0 else ""


def changed_since(base):
    base = base or output_of("git", "merge-base", "HEAD", "origin/main")
    names = output_of("git", "diff", "--name-only", base) if base else ""
    names = names or output_of("git", "diff", "--name-only", "HEAD~1")
    new = output_of("git", "ls-files", "--others", "--exclude-standard")
    return sorted({*names.splitlines(), *new.splitlines()})


def sources_in(build):
    """The sources that are compiled, by their paths from the top."""
    with open(build / "compile_commands.json", encoding="utf-8") as file:
        paths = {pathlib.Path(entry["file"]) for entry in json.load(file)}
    return {os.path.relpath(path, ROOT) for path in paths}


def sources_for(paths, known, build):
    """What has to be compiled to check these files."""
    made = os.path.relpath(build / "headers", ROOT)
    for path in paths:
        if path.endswith(".cpp"):
            candidates = [path]
        elif path.endswith(".hpp"):
            candidates = [path[:-3] + "cpp", f"{made}/{path}.cpp"]
        else:
            continue
        yield from [each for each in candidates if each in known][:1]


def complaints_of(source, build):
    ran = subprocess.run(
        [CLANG_TIDY, "--quiet", "-p", str(build), source],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    return ran.stdout.strip() if ran.returncode != 0 else ""


def check(sources, build, within):
    """Prints what is wrong. The sources that were wrong, and those that there was no time for."""
    end = time.monotonic() + within
    wrong, left = [], []

    def one(source):
        if time.monotonic() >= end:
            left.append(source)
        elif said := complaints_of(source, build):
            wrong.append(source)
            print(said, flush=True)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, sources))
    return wrong, left


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].removeprefix("usage: "))
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--base")
    parser.add_argument("--within", type=float, default=float("inf"))
    parser.add_argument("--build", default="build/release")
    parser.add_argument("paths", nargs="*")
    asked = parser.parse_args()

    build = ROOT / asked.build
    made = subprocess.run(
        ["cmake", "--build", build, "--target", *NEEDED], capture_output=True, text=True
    )
    if made.returncode != 0:
        sys.exit(f"{made.stdout}{made.stderr}\nno precompiled headers in {asked.build}")
    known = sources_in(build)
    if asked.all:
        sources = sorted(each for each in known if not each.startswith("build/"))
    else:
        paths = asked.paths or changed_since(asked.base)
        sources = sorted(set(sources_for(paths, known, build)))
    wrong, left = check(sources, build, asked.within)
    if left:
        print(f"no time for {len(left)}: {' '.join(sorted(left))}")
    print(f"{len(sources) - len(left)} sources checked, {len(wrong)} with complaints")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
