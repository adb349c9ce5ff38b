#!/usr/bin/env python3
"""Makes the sources of the tests' own relay: copies of the real ones with failpoints and mutants.

    edits.py --sources        prints the sources that have either
    edits.py SOURCE COPY

Each mutant is a mistake that somebody could make, written into a copy such that MUTANT chooses it
at run time. A piece of text that is not found exactly once in its folder ends the build: then the
code has changed, and the mutant must follow it.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

PROLOGUE = """#define KURIR_FAILPOINTS
#include "tests/faults/faulty/mutant.hpp"
#include "tests/faults/faulty/files.hpp"
#include "tests/faults/faulty/order.hpp"
#include <fcntl.h>
#include <map>
#include <string>
#line 1 "{source}"
"""


@dataclass(frozen=True)
class Edit:
    """In a file of `folder`, `before` becomes `after`; `mutant` is the name that the new text asks
    for, if it is not there for every kurir_faulty."""

    mutant: str
    folder: str
    before: str
    after: str


EDITS = [
    Edit(
        "",  # the failpoints of the store's files
        "relay/app",
        "    options.draw = outbound::draw;\n",
        "    options.draw = outbound::draw;\n    options.file_system = tests::watched_files();\n",
    ),
    Edit(
        "",  # SIGHUP orders a removal
        "relay/app",
        "            reloads_->reload_all();\n",
        "            tests::remove_by_order(*store_);\n            reloads_->reload_all();\n",
    ),
    Edit(
        "does_not_sync",
        "queue/rocks",
        "    options.sync = true;\n    const auto started",
        '    options.sync = !tests::mutant("does_not_sync");\n    const auto started',
    ),
    Edit(
        "loses_a_retry",
        "queue/rocks",
        "take(end.again);",
        'if (!tests::mutant("loses_a_retry")) take(end.again);',
    ),
    Edit(
        "forgets_retries_at_restart",
        "queue/rocks",
        "    next.found.push_back(std::move(*waiting));\n",
        "    const bool retry = waiting->attempts > 0;\n"
        '    if (retry && tests::mutant("forgets_retries_at_restart")) return;\n'
        "    next.found.push_back(std::move(*waiting));\n",
    ),
    Edit(
        "has_no_fence",
        "queue/postgres",
        "    const auto found = standing_of(attempted.fence, facts_of(entry));\n",
        "    auto known = facts_of(entry);\n"
        '    if (known && tests::mutant("has_no_fence")) known->fence = attempted.fence;\n'
        "    const auto found = standing_of(attempted.fence, known);\n",
    ),
    Edit(
        "takes_over_by_its_own_clock",
        "queue/postgres",
        "namespace kurir::queue::postgres {\n\nanswer<std::vector<lane_source>> lanes_with_mail(\n",
        "namespace kurir::queue::postgres {\n\n"
        "static const statement& by_own_clock(const statement& asked) {\n"
        '    if (!tests::mutant("takes_over_by_its_own_clock")) return asked;\n'
        '    const std::string_view clock = "lease_end <= queue_now()";\n'
        "    static std::map<std::string, std::string> texts;\n"
        "    static std::map<std::string, statement> made;\n"
        "    if (std::string_view(asked.text).find(clock) == std::string_view::npos) return asked;\n"
        '    const auto named = made.find(std::string(asked.name) + "_by_own_clock");\n'
        "    if (named != made.end()) return named->second;\n"
        "    const auto now = std::chrono::system_clock::now().time_since_epoch();\n"
        "    std::string text = asked.text;\n"
        '    text.replace(text.find(clock), clock.size(), "lease_end <= " +\n'
        "        std::to_string(now / std::chrono::milliseconds(1)));\n"
        '    const auto kept = texts.emplace(std::string(asked.name) + "_by_own_clock", text).first;\n'
        "    return made.emplace(kept->first,\n"
        "        statement{kept->first.c_str(), kept->second.c_str()}).first->second;\n}\n\n"
        "answer<std::vector<lane_source>> lanes_with_mail(\n",
    ),
    Edit(
        "takes_over_by_its_own_clock",
        "queue/postgres",
        "        sql::lanes_with_mail,\n",
        "        by_own_clock(sql::lanes_with_mail),\n",
    ),
    Edit(
        "takes_over_by_its_own_clock",
        "queue/postgres",
        "        part.source.is_left ? sql::claim_left : sql::claim_free,\n",
        "        by_own_clock(part.source.is_left ? sql::claim_left : sql::claim_free),\n",
    ),
    Edit(
        "acknowledges_before_write",
        "relay/inbound",
        "const auto stored = co_await storage::completed<void>(commit);",
        'const bool hasty = tests::mutant("acknowledges_before_write");\n'
        "    if (hasty) commit([](queue::result<void>) {});\n"
        "    const auto stored =\n"
        "        hasty ? queue::result<void>() : co_await storage::completed<void>(commit);",
    ),
    Edit(
        "refuses_what_it_stored",
        "relay/inbound",
        "    intake_.reset();\n    on_committed(fact);\n",
        "    intake_.reset();\n    on_committed(fact);\n"
        '    if (tests::mutant("refuses_what_it_stored")) {\n'
        "        dialogue_.refuse(smtp::refusal::store_failed);\n"
        "        co_return;\n    }\n",
    ),
    Edit(
        "settles_before_reply",
        "relay/outbound",
        "    const auto prefix = converts ? prefix_use::left_out : prefix_use::sent;\n",
        '    if (tests::mutant("settles_before_reply")) {\n'
        "        for (const auto& each : attempt.deliveries) co_await forget(setup_.books, home_, each, queue::errc::corrupt);\n"
        "    }\n"
        "    const auto prefix = converts ? prefix_use::left_out : prefix_use::sent;\n",
    ),
    Edit(
        "leaks_descriptors",
        "relay/outbound",
        'queue::failpoint("transaction_begins");\n',
        'queue::failpoint("transaction_begins");\n'
        '    if (tests::mutant("leaks_descriptors")) ::open("/dev/null", O_RDONLY);\n',
    ),
    Edit(
        "skips_dot_stuffing",
        "relay/outbound",
        "stuffer.append(chunk->bytes, output_);",
        'if (tests::mutant("skips_dot_stuffing")) output_ += chunk->bytes;\n'
        "        else stuffer.append(chunk->bytes, output_);",
    ),
    Edit(
        "retries_finished_recipients",
        "relay/outbound",
        "    if (failed == nullptr) return after;\n",
        '    if (tests::mutant("retries_finished_recipients")) {\n'
        "        for (auto& again : after.settlement.again)\n"
        "            again.recipients = after.settlement.attempted.recipients;\n    }\n"
        "    if (failed == nullptr) return after;\n",
    ),
    Edit(
        "retries_finished_recipients",  # else the store sees to it
        "queue",
        "prune(end.again, message.finished);",
        'if (!tests::mutant("retries_finished_recipients"))\n'
        "        prune(end.again, message.finished);",
    ),
    Edit(
        "forgets_to_count",
        "relay/facts",
        "finish(fact, metrics::finish_outcome::delivered);",
        'if (!tests::mutant("forgets_to_count"))\n'
        "    finish(fact, metrics::finish_outcome::delivered);",
    ),
    Edit(
        "accepts_lf_dot_lf",
        "relay/smtp",
        "    if (held_ == 0) at_ = position::in_line;\n",
        "    if (held_ == 0) {\n"
        '        const bool begins = tests::mutant("accepts_lf_dot_lf");\n'
        "        at_ = begins ? position::line_start : position::in_line;\n    }\n",
    ),
    Edit(
        "accepts_lf_dot_lf",
        "relay/smtp",
        "const bool stuffed = p + 1 != end && p[1] != '\\r';",
        "const bool ends = p + 1 != end && p[1] == '\\n' && tests::mutant(\"accepts_lf_dot_lf\");\n"
        "            const bool stuffed = p + 1 != end && p[1] != '\\r' && !ends;",
    ),
    Edit(
        "accepts_lf_dot_lf",
        "relay/smtp",
        "    at_ = position::in_line;  // a stuffed dot",
        "    if (next == '\\n' && tests::mutant(\"accepts_lf_dot_lf\")) {\n"
        "        facts_.bare_lf = false;\n"
        '        return after_dot_cr("\\n");\n    }\n'
        "    at_ = position::in_line;  // a stuffed dot",
    ),
]


FOLDERS = sorted({edit.folder for edit in EDITS})


def texts(folder: str) -> dict[str, str]:
    files = sorted(Path(folder).glob("*.cpp"))
    return {file.as_posix(): file.read_text(encoding="utf-8") for file in files}


def place_of(edit: Edit) -> str:
    """The file that the edit belongs to."""
    found = {file: text.count(edit.before) for file, text in texts(edit.folder).items()}
    if sum(found.values()) != 1:
        sys.exit(
            f"{sum(found.values())} times in {edit.folder}, not once:\n{edit.before}\n"
            f"Adapt the edit {edit.mutant!r} in tests/faults/faulty/edits.py."
        )
    return next(file for file, count in found.items() if count)


def sources() -> list[str]:
    with_failpoints = {
        file
        for folder in FOLDERS
        for file, text in texts(folder).items()
        if '#include "queue/failpoint.hpp"' in text
    }
    return sorted(with_failpoints | {place_of(edit) for edit in EDITS})


def copy(source: str, target: str) -> None:
    text = Path(source).read_text(encoding="utf-8")
    for edit in EDITS:
        if Path(source).parent.as_posix() == edit.folder and place_of(edit) == source:
            text = text.replace(edit.before, edit.after)
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    Path(target).write_text(PROLOGUE.format(source=source) + text, encoding="utf-8")


def main(*arguments: str) -> None:
    if arguments == ("--sources",):
        print(";".join(sources()), end="")
    else:
        copy(*arguments)


if __name__ == "__main__":
    main(*sys.argv[1:])
