#!/usr/bin/env python3
"""Runs clang-tidy with the checks of .clang-tidy, by the compile commands of a build of its own.

usage: clang_tidy.py [--all | --base=COMMIT | PATH...] [--within=SECONDS] [--build=FOLDER]

Without an argument: the C++ files that changed since the branch left origin/main, or since the
last commit where there is nothing between the two. A header is checked by its source file, or by
the file that the build makes of it. --within: files that were not checked within this time are
named, and no complaint. A file takes some ten seconds, so --all is for the night.

The build is only configured, which takes seconds: build/tidy, or that of --build. It is no unity
build and has no precompiled headers, so each file is read alone, as clang-tidy needs it. A source
that forgets an include is found here; other builds hide that behind the files before it.
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
CONFIGURE = (
    *("cmake", "--preset", "release"),
    *("-DCMAKE_UNITY_BUILD=OFF", "-DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON"),
)
FOREVER = float("inf")


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


def complaints_of(source, build, left):
    """What clang-tidy says; nothing if all is well, None if it was not done in the time left."""
    command = [CLANG_TIDY, "--quiet", "-p", str(build), source]
    try:
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=left)
    except subprocess.TimeoutExpired:
        return None
    if ran.returncode == 0:
        return ""
    return ran.stdout.strip() or f"{source}: {ran.stderr.strip()}"


def check(sources, build, end):
    """Prints what is wrong. The sources that were wrong, and those that there was no time for."""
    wrong, left = [], []

    def one(source):
        remaining = end - time.monotonic()
        timeout = None if end == FOREVER else max(remaining, 0)
        said = complaints_of(source, build, timeout) if remaining > 0 else None
        if said is None:
            left.append(source)
        elif said:
            wrong.append(source)
            print(said, flush=True)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, sources))
    return wrong, left


def configure(build, within):
    command = [*CONFIGURE, "-B", str(build)]
    try:
        made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=within)
    except subprocess.TimeoutExpired:
        sys.exit(f"no time to configure {build}")
    if made.returncode != 0:
        sys.exit(f"{made.stdout}{made.stderr}\ncannot configure {build}")


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].removeprefix("usage: "))
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--base")
    parser.add_argument("--within", type=float, default=FOREVER)
    parser.add_argument("--build", default="build/tidy")
    parser.add_argument("paths", nargs="*")
    asked = parser.parse_args()

    end = time.monotonic() + asked.within
    build = ROOT / asked.build
    configure(build, None if end == FOREVER else asked.within)
    known = sources_in(build)
    if asked.all:
        sources = sorted(each for each in known if not each.startswith("build/"))
    else:
        paths = asked.paths or changed_since(asked.base)
        sources = sorted(set(sources_for(paths, known, build)))
    wrong, left = check(sources, build, end)
    if left:
        print(f"no time for {len(left)}: {' '.join(sorted(left))}")
    print(f"{len(sources) - len(left)} sources checked, {len(wrong)} with complaints")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
