// A notice as the database has it, whatever wrote it there: what a relay takes of it, and keeps in
// a file, it reads again as it was, and would post again as it was.
//
// The input: a byte (kind in its low bits, 8: a removal), the key up to a zero byte, the value. And
// the whole as the file `board`.
#include <array>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "queue/notice.hpp"
#include "relay/app/board_copy.hpp"
#include "relay/app/suppression_notices.hpp"
#include "relay/base/utc.hpp"
#include "relay/control/suspension_file.hpp"
#include "relay/outbound/found_limits.hpp"
#include "relay/outbound/printable.hpp"
#include "relay/suppression/entry_codec.hpp"
#include "relay/suppression/journal.hpp"

namespace {

using namespace kurir;

constexpr auto some_time =
    std::chrono::sys_seconds(std::chrono::seconds(1'795'910'400));  // in November of 2026

queue::notice notice_in(std::string_view input) {
    const auto flags = static_cast<unsigned char>(input.front());
    input.remove_prefix(1);
    const auto end = input.find('\0');
    queue::notice read{
        .kind = static_cast<queue::notice_kind>(flags & 7U), .removed = (flags & 8U) != 0
    };
    read.key = input.substr(0, end);
    if (end != std::string_view::npos) read.value = input.substr(end + 1);
    return read;
}

bool same(const suppression::change& first, const suppression::change& second) {
    return first.what == second.what && first.removes == second.removes;
}

// A suppression: in the list, in its file, and as another relay's notice.
void check_suppression(const queue::notice& read) {
    const auto change = app::change_in(read);
    if (!change) return;
    const auto posted = app::notices_of({*change}, some_time);
    assert(posted.size() == 1 && posted.front().key == read.key);
    assert(posted.front().removed == read.removed);
    assert(read.removed || posted.front().value == read.value);
    const auto again = app::change_in(posted.front());
    assert(again && same(*again, *change));
    if (read.removed) return;
    assert(!suppression::mistake_in(change->what));
    suppression::suppression_list list;
    std::ignore = change->apply(list);
    assert(list.at(change->what.subject, change->what.tenant) == change->what);
    std::string file(suppression::journal_head);
    suppression::append_packed_record(file, read.value);
    std::size_t found = 0;
    suppression::journal_reader reader([&](const suppression::change& each) {
        assert(same(each, *change));
        ++found;
    });
    reader.feed(file);
    reader.end();
    assert(found == 1 && reader.damaged() == 0 && reader.good_size() == file.size());
}

// A suspension: in the file, and as another relay's notice.
void check_suspension(const queue::notice& read) {
    const auto suspension = control::read_suspension(read.value);
    if (!suspension) return;
    const auto text = control::text_of(*suspension);
    assert(control::read_suspension(text) == suspension);
    const control::suspension_record record{.last = suspension->number, .all = {*suspension}};
    assert(control::read_suspension_record(control::text_of(record)) == record);
    assert(
        !base::utc_text(suspension->since).empty() && !base::utc_text(suspension->until).empty()
    );
}

void check_destination(const queue::notice& read) {
    const auto line = outbound::printable(read.value);
    assert(line.size() <= outbound::diagnostic_max && line == outbound::printable(line));
}

// Told on, they are the same.
void check_limits(const queue::notice& read) {
    const auto found = outbound::read_found_limits(read.value);
    const auto text = outbound::text_of(found);
    assert(outbound::text_of(outbound::read_found_limits(text)) == text);
    assert(text.empty() == found.empty());
    assert(!found.connections || *found.connections > 0);
    assert(!found.pace || *found.pace > 0);
}

void check_copy(std::string_view text) {
    const auto copy = app::read_board_copy(text);
    assert(app::read_board_copy(app::text_of(copy)) == copy);
    assert(app::standing_to(copy.board, copy) != app::board_standing::stranger);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check_copy(input);
    if (input.empty()) return 0;
    const auto read = notice_in(input);
    switch (read.kind) {
        case queue::notice_kind::suspension:
            check_suspension(read);
            break;
        case queue::notice_kind::suppression:
            check_suppression(read);
            break;
        case queue::notice_kind::unreachable:
            check_destination(read);
            break;
        case queue::notice_kind::limits:
            check_limits(read);
            break;
    }
    app::board_contents contents;
    contents.add(read);
    contents.seal();
    assert(contents.has(read.kind, read.key) == !read.removed);
    return 0;
}
