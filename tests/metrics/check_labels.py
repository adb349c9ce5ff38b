#!/usr/bin/env python3
"""Every metric, and every value of a label, is set somewhere: what nothing sets tells a lie.

usage: check_labels.py ROOT
"""

import pathlib
import re
import sys

# Values that are computed, and the function that does it.
COMPUTED = {
    "reply_class": "reply_class_of",
    "enhanced_code": "enhanced_code_of",
    "priority": "same_named<metrics::priority>",
    "queue_age": "static_cast<metrics::queue_age>",
    "tls_failure": "same_named<metrics::tls_failure>",
    "log_level": "same_named<metrics::log_level>",
    "smtp_command": "command_label(",
}
# Labels that have the values of an enum of the domain (relay/outbound/labels.hpp).
DOMAIN = {
    "delivery_stage": "stage",
    "delivery_cause": "cause",
    "bounce_reason": "bounce_class",
    "throttle_reason": "throttle",
    "shortage": "shortage",
}
# Set in the struct itself, or by the struct that owns all.
OWN = {"build_info", "collector_duration_seconds"}


def program(root):
    """The text of the program but for metrics/ and tests/."""
    folders = ("dns", "queue", "relay")
    paths = [path for folder in folders for path in (root / folder).rglob("*.[ch]pp")]
    return "\n".join(path.read_text() for path in paths)


def unset_values(labels, text):
    for name, body in re.findall(r"enum class (\w+) : std::uint8_t \{(.*?)\};", labels, re.S):
        if name in COMPUTED:
            if COMPUTED[name] not in text:
                yield f"{name}: {COMPUTED[name]} is called nowhere"
            continue
        aliases = re.findall(rf"using (\w+) = (?:kurir::)?metrics::{name};", text)
        names = "|".join([DOMAIN.get(name, name), *aliases])
        for value in re.findall(r"\w+", re.sub(r"//.*", "", body)):
            if not re.search(rf"\b(?:{names})::{value}\b", text):
                yield f"{name}: {value} is set nowhere"


def unset_families(root, text):
    member = re.compile(r"^    (?:counter|gauge|histogram)(?:_by<[^>]*>)? (\w+);", re.M)
    for path in sorted((root / "metrics").glob("*.hpp")):
        for name in member.findall(path.read_text()):
            if name not in OWN and not re.search(rf"[.>]{name}\b", text):
                yield f"{path.name}: {name} is set nowhere"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    text = program(root)
    labels = "".join(path.read_text() for path in (root / "metrics").glob("labels*.hpp"))
    wrong = [*unset_values(labels, text), *unset_families(root, text)]
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    main()
