"""A link into a page leads to a heading of that page."""

import posixpath
import re

from citations import MISTAKES
from rules import line_at

FENCE = re.compile(r"^```.*?^```", re.M | re.S)
HEADING = re.compile(r"^#{1,6} +(.+?) *#* *$", re.M)
LINK = re.compile(r"\]\(([^)\s#:]*)#([^)\s]*)\)")


def without_fences(text):
    return FENCE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def anchors_of(text):
    """Those that GitHub makes of the headings: of a heading that stands there again, with a number."""
    found, times = set(), {}
    for heading in HEADING.findall(without_fences(text)):
        heading = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", heading).replace(" ", "-")
        count = times.get(anchor, 0)
        times[anchor] = count + 1
        found.add(f"{anchor}-{count}" if count else anchor)
    return found


def anchors_exist(tree):
    """Each link to a part of a page finds it."""
    pages = {path: text for path, text in tree.items() if path.endswith(".md")}
    anchors = {path: anchors_of(text) for path, text in pages.items()}
    for path, text in pages.items():
        if path.startswith(MISTAKES):
            continue
        for match in LINK.finditer(without_fences(text)):
            page = posixpath.normpath(posixpath.join(posixpath.dirname(path), match.group(1)))
            page = page if match.group(1) else path
            if match.group(2) not in anchors.get(page, ()):
                yield path, line_at(text, match.start()), f"{page} has no #{match.group(2)}"


RULES = [anchors_exist]
