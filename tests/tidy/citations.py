"""What code, tests and pages cite exists in the repository: numbers of statements, and files."""

import ast
import functools
import io
import posixpath
import re
import tokenize

from rules import line_at
from source import LEXEMES, is_cpp

# Where citations are wrong on purpose.
MISTAKES = "tests/tidy/"

# For each kind of number: the page that defines it, how a definition begins there, and how the
# number is cited.
BEFORE = r"(?<![\w.%\\#&/+-])"
KINDS = {
    "statement": ("relay/CONFORMANCE.md", r"^\| ([SCQ]\d{3}) \|", BEFORE + r"([SCQ]\d{3})(?!\w)"),
    "decision": ("relay/DECISIONS.md", r"^(\d+)\. ", r"\b[Dd]ecision\s+(\d+)"),
    "case": ("tests/CASES.md", r"^\| ([ADHR]\d+) \|", BEFORE + r"([ADHR]\d{1,2})(?!\w)"),
    "section": ("tests/SECURITY.md", r"^## (\d\.\d) ", r"\b[Ss]ecurity\s+(\d\.\d)"),
    "fault": ("tests/FAULTS.md", r"^\| (F\d+) \|", BEFORE + r"(F\d{1,2})(?!\w)"),
    "invariant": ("tests/FAULTS.md", r"^- \*\*(I\d) ", BEFORE + r"(I\d)(?!\w)"),
}
PYTHON_TEST = re.compile(r"\bdef test_([a-zA-Z]\d{1,3}(?:_[a-zA-Z]\d{1,3})*)_")
OTHER_FORMS = [
    (r"\b[Dd]ecisions\s+(\d+)", "decision {}, and the word again before the next number"),
    (r"\b[Cc]onformance\s+([SCQ]\d+)", "{}"),
    (r"\b[Ss]ecurity\.md\s+(\d\.\d)", "security {}"),
    (r"\b[Ff]aults\.md\s+(F\d+)", "{}"),
]


def python_spans(text):
    """(first, last) offset of each comment and docstring."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            first = starts[token.start[0] - 1] + token.start[1]
            yield first, first + len(token.string)
    for node in ast.walk(ast.parse(text)):
        alone = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if alone and isinstance(node.value.value, str):
            yield starts[node.lineno - 1], starts[node.end_lineno]


TEST_NAME = re.compile(r'\b(?:TEST_CASE|SECTION)\(\s*"(?:\\.|[^"\\\n])*"')


def cpp_spans(text):
    """The same of each comment and each name of a test."""
    for match in LEXEMES.finditer(text):
        if match.group().startswith("/"):
            yield match.span()
    for match in TEST_NAME.finditer(text):
        yield match.span()


def spans_of(path, text):
    if is_cpp(path):
        return cpp_spans(text)
    if path.endswith(".py") or re.match(r"#!.*python", text):
        return python_spans(text)
    if path.endswith(".md"):
        fences = [match.span() for match in re.finditer(r"^```.*?^```", text, re.M | re.S)]
        edges = [0, *(edge for fence in fences for edge in fence), len(text)]
        return zip(edges[::2], edges[1::2])
    return (match.span() for match in re.finditer(r"(?<!\S)#[^\n]*", text))


@functools.lru_cache(maxsize=None)
def prose_of(path, text):
    """What `text` says to a reader, each part where it was; everything else is blank."""
    mark = r"//+|/\*" if is_cpp(path) else r"$^" if path.endswith(".md") else "#+"
    said = list(re.sub(r"[^\n]", " ", text))
    for first, last in spans_of(path, text):
        part = text[first:last]
        said[first:last] = re.sub(mark, lambda match: " " * len(match.group()), part)
    return "".join(said)


def cited_in(path, text):
    """(offset, kind, number) of each citation."""
    for kind, (_, _, citation) in KINDS.items():
        for match in re.finditer(citation, prose_of(path, text)):
            yield match.start(), kind, match.group(1)
    if not path.endswith(".py"):
        return
    for match in PYTHON_TEST.finditer(text):
        for number in match.group(1).upper().split("_"):
            for kind, (_, _, citation) in KINDS.items():
                if re.fullmatch(citation, number):
                    yield match.start(), kind, number


def numbers_exist(tree):
    """Each number that is cited stands in its page."""
    defined = {
        kind: set(re.findall(definition, tree.get(page, ""), re.M))
        for kind, (page, definition, _) in KINDS.items()
    }
    for path, text in tree.items():
        if path.startswith(MISTAKES):
            continue
        for offset, kind, number in cited_in(path, text):
            if number not in defined[kind]:
                yield path, line_at(text, offset), f"{KINDS[kind][0]} has no {kind} {number}"


def numbers_unique(tree):
    """A number means one thing."""
    for page, definition, _ in KINDS.values():
        text, seen = tree.get(page, ""), set()
        for match in re.finditer(definition, text, re.M):
            if match.group(1) in seen:
                yield page, line_at(text, match.start()), f"{match.group(1)} stands here twice"
            seen.add(match.group(1))


def forms(tree):
    """Numbers are cited in one form, so that a search finds them all."""
    for path, text in tree.items():
        if path.startswith(MISTAKES):
            continue
        for pattern, instead in OTHER_FORMS:
            for match in re.finditer(pattern, prose_of(path, text)):
                yield path, line_at(text, match.start()), f"write {instead.format(match.group(1))}"


SUFFIXES = "md|cpp|hpp|py|txt|cmake|yaml|yml|json"
FOLDERS = "relay|queue|dns|metrics|tests|deploy"
FILE = re.compile(
    rf"(?<![\w/.$}}>*:~-])((?:\.\./)*(?:[\w-]+/)*[\w-][\w.-]*\.(?:{SUFFIXES}))(?![\w/*<{{-])"
    rf"|(?<![\w/.$}}>*:~-])((?:{FOLDERS})/[\w./-]*\w)(?![\w*<{{…-])"
)
LINK = re.compile(r"\[([^]\n]*)\]\(([^)\s#:]+)(?:#[^)\s]*)?\)")
SHARED = re.compile(r"(?<![\w$/-])(?:\.\./)*shared/")
# What is not read, or made by a build, a run or a user.
UNREAD = re.compile(r"(?:.*/)?corpus(?:/|$)|build/|var/|deploy/\.env|deploy/Dockerfile\.")
PLACEHOLDER = re.compile(r"(?:^|/)[A-Z]{4,}(?:_|/|$)")


def places(tree):
    """Every path of the tree: files, folders, and modules without their suffix."""
    known = set(tree)
    for path in tree:
        folder = posixpath.dirname(path)
        while folder and folder not in known:
            known.add(folder)
            folder = posixpath.dirname(folder)
        if is_cpp(path):
            known.add(path[:-4])
    return known


def is_there(cited, path, known):
    """From the root, or from the folder of the file that cites it."""
    starts = ("", posixpath.dirname(path))
    return any(posixpath.normpath(posixpath.join(start, cited)) in known for start in starts)


def files_in(path, text):
    """(offset, file) of each file that a comment or a page names."""
    prose = prose_of(path, text)
    if path.endswith(".md"):
        for match in LINK.finditer(prose):
            yield match.start(), match.group(2)
        prose = LINK.sub(lambda match: " " * len(match.group()), prose)
    for match in FILE.finditer(prose):
        yield match.start(), match.group(1) or match.group(2)


def files_exist(tree):
    """Each file that is named is in the repository, and so in every clone."""
    known = places(tree)
    for path, text in tree.items():
        if path.startswith(MISTAKES):
            continue
        wrong = [
            (at, cited)
            for at, cited in files_in(path, text)
            if not (UNREAD.match(cited) or PLACEHOLDER.search(cited))
            and not is_there(cited, path, known)
        ]
        wrong += [(match.start(), match.group()) for match in SHARED.finditer(prose_of(path, text))]
        for at, cited in wrong:
            yield path, line_at(text, at), f"{cited} is not in the repository"


RULES = [numbers_exist, numbers_unique, forms, files_exist]
