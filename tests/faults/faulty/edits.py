#!/usr/bin/env python3
"""Makes the sources of the tests' own relay: copies of the real ones with failpoints and mutants.

    edits.py SOURCE COPY

Each mutant is a mistake that somebody could make, written into a copy such that MUTANT chooses it
at run time. A piece of text that is not found exactly once ends the build: then the code has
changed, and the mutant must follow it.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

PROLOGUE = """#define KURIR_FAILPOINTS
#include "tests/faults/faulty/mutant.hpp"
#include "tests/faults/faulty/files.hpp"
#include <fcntl.h>
#line 1 "{source}"
"""


@dataclass(frozen=True)
class Edit:
    """In `file`, `before` becomes `after`; `mutant` is the name that the new text asks for."""

    mutant: str
    file: str
    before: str
    after: str


EDITS = [
    Edit(
        "",  # not a mistake, but the failpoints of the store's files
        "relay/app/store_setup.cpp",
        "    options.draw = outbound::draw;\n",
        "    options.draw = outbound::draw;\n    options.file_system = tests::watched_files();\n",
    ),
    Edit(
        "does_not_sync",
        "queue/committer.cpp",
        "options.sync = true;",
        'options.sync = !tests::mutant("does_not_sync");',
    ),
    Edit(
        "loses_a_retry",
        "queue/committer.cpp",
        "take(end.again);",
        'if (!tests::mutant("loses_a_retry")) take(end.again);',
    ),
    Edit(
        "forgets_retries_at_restart",
        "queue/recovery.cpp",
        "    into.found.push_back(std::move(*waiting));\n",
        "    const bool retry = waiting->attempts > 0;\n"
        '    if (retry && tests::mutant("forgets_retries_at_restart")) return;\n'
        "    into.found.push_back(std::move(*waiting));\n",
    ),
    Edit(
        "acknowledges_before_write",
        "relay/inbound/session.cpp",
        "const auto stored = co_await net::completed<void>(commit);",
        'const bool hasty = tests::mutant("acknowledges_before_write");\n'
        "    if (hasty) commit([](queue::result<void>) {});\n"
        "    const auto stored =\n"
        "        hasty ? queue::result<void>() : co_await net::completed<void>(commit);",
    ),
    Edit(
        "refuses_what_it_stored",
        "relay/inbound/session.cpp",
        "    intake_.reset();\n    on_committed(given);\n",
        "    intake_.reset();\n    on_committed(given);\n"
        '    if (tests::mutant("refuses_what_it_stored")) {\n'
        "        dialogue_.refuse(smtp::refusal::store_failed);\n"
        "        co_return;\n    }\n",
    ),
    Edit(
        "settles_before_reply",
        "relay/outbound/connection_slot.cpp",
        "    body_reader body(with_.store, home_, now.message);\n",
        '    if (tests::mutant("settles_before_reply")) co_await forget(with_, home_, now.what);\n'
        "    body_reader body(with_.store, home_, now.message);\n",
    ),
    Edit(
        "leaks_descriptors",
        "relay/outbound/connection_slot.cpp",
        'queue::failpoint("transaction_begins");\n',
        'queue::failpoint("transaction_begins");\n'
        '    if (tests::mutant("leaks_descriptors")) ::open("/dev/null", O_RDONLY);\n',
    ),
    Edit(
        "skips_dot_stuffing",
        "relay/outbound/smtp_client.cpp",
        "stuffer.append(chunk->bytes, output_);",
        'if (tests::mutant("skips_dot_stuffing")) output_ += chunk->bytes;\n'
        "        else stuffer.append(chunk->bytes, output_);",
    ),
    Edit(
        "retries_finished_recipients",
        "relay/outbound/aftermath.cpp",
        "    if (failed == nullptr) return after;\n",
        '    if (tests::mutant("retries_finished_recipients")) {\n'
        "        for (auto& again : after.settlement.again)\n"
        "            again.recipients = end.attempted.recipients;\n    }\n"
        "    if (failed == nullptr) return after;\n",
    ),
    Edit(
        "forgets_to_count",
        "relay/outbound/settle.cpp",
        "with.queue_metrics.queue_finished_total(metrics::finish_outcome::delivered).inc();",
        'if (!tests::mutant("forgets_to_count"))\n'
        "    with.queue_metrics.queue_finished_total(metrics::finish_outcome::delivered).inc();",
    ),
    Edit(
        "accepts_lf_dot_lf",
        "relay/smtp/body.cpp",
        "            p = line = lf + 1;\n        } else {",
        "            p = line = lf + 1;\n"
        '            line_start = tests::mutant("accepts_lf_dot_lf");\n        } else {',
    ),
    Edit(
        "accepts_lf_dot_lf",
        "relay/smtp/body.cpp",
        "    at_ = position::in_line;  // a stuffed dot",
        "    if (next == '\\n' && tests::mutant(\"accepts_lf_dot_lf\")) {\n"
        "        facts_.bare_lf = false;\n"
        "        return after_dot_cr(next);\n    }\n"
        "    at_ = position::in_line;  // a stuffed dot",
    ),
]


def main(source: str, copy: str) -> int:
    text = Path(source).read_text(encoding="utf-8")
    for edit in (one for one in EDITS if one.file == source):
        if text.count(edit.before) != 1:
            print(
                f"{source}: {text.count(edit.before)} times, not once:\n{edit.before}\n"
                f"Adapt the mutant {edit.mutant or '(files)'} in tests/faults/faulty/edits.py.",
                file=sys.stderr,
            )
            return 1
        text = text.replace(edit.before, edit.after)
    Path(copy).parent.mkdir(parents=True, exist_ok=True)
    Path(copy).write_text(PROLOGUE.format(source=source) + text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
