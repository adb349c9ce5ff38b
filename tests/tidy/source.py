"""Reads the tree, and C++ just well enough: without comments and strings, cut into functions."""

import os
import re

TEXT_SUFFIXES = (
    ".cpp",
    ".hpp",
    ".py",
    ".cmake",
    ".md",
    ".txt",
    ".yaml",
    ".yml",
    ".json",
    ".sh",
    ".conf",
    ".service",
)
SKIPPED_FOLDERS = {"build", "var", "__pycache__", "node_modules", "corpus"}


def is_text(name):
    return name.endswith(TEXT_SUFFIXES) or "." not in name.rsplit("/", 1)[-1]


def read_tree(root):
    """The texts of the repository by their paths."""
    tree = {}
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(
            each for each in folders if each not in SKIPPED_FOLDERS and not each.startswith(".")
        )
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), root)
            if not is_text(path) or os.path.islink(os.path.join(root, path)):
                continue  # what a link leads to is read where it lies
            try:
                with open(os.path.join(root, path), encoding="utf-8") as file:
                    tree[path] = file.read()
            except UnicodeDecodeError:
                continue  # data, whatever its name
    return tree


def is_cpp(path):
    return path.endswith((".cpp", ".hpp"))


LEXEMES = re.compile(
    r"""//[^\n]*
      | /\*.*?\*/
      | R"(?P<mark>[^()\s]*)\(.*?\)(?P=mark)"
      | "(?:\\.|[^"\\\n])*"
      | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'
    """,
    re.X | re.S,
)
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def blanked(match):
    text = match.group()
    filler = re.sub(r"[^\n]", " ", text)
    return filler if text.startswith("/") else '"' + filler[1:-1] + '"'


def code_of(text):
    """C++ with comments and the insides of literals blanked; every line stays where it was."""
    return LEXEMES.sub(blanked, text)


def includes_of(text):
    """(line number, "<" or '"', what is included) of each include."""
    for match in INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start(2)) + 1, match.group(1), match.group(2)


SCOPE = re.compile(r"^\s*(?:inline\s+|export\s+)*(?:namespace|class|struct|union|enum|extern\b)")


def without_templates(head):
    """`head` without the parameter lists of templates, whose `class` is none."""
    while True:
        match = re.search(r"\btemplate\s*<", head)
        if not match:
            return head
        depth, at = 1, match.end()
        while at < len(head) and depth > 0:
            depth += {"<": 1, ">": -1}.get(head[at], 0)
            at += 1
        head = head[: match.start()] + head[at:]


def functions_of(text):
    """(first line, last line) of each function that is not within another."""
    code = re.sub(r"^[ \t]*#[^\n]*(?:\\\n[^\n]*)*", "", code_of(text), flags=re.M)
    depth, within, head_start = 0, None, 0
    for at, char in enumerate(code):
        if char == "{":
            head = without_templates(code[head_start:at])
            if within is None and "(" in head and not SCOPE.match(head):
                first = head_start + len(code[head_start:at]) - len(code[head_start:at].lstrip())
                within = (depth, first)
            depth += 1
        elif char == "}":
            depth -= 1
            if within is not None and depth == within[0]:
                yield code.count("\n", 0, within[1]) + 1, code.count("\n", 0, at) + 1
                within = None
        if char in "{};" and within is None:
            head_start = at + 1
