// The file of the suppression list: whatever is in it, the records are the same for pieces of any
// size, and what was read is read again from a file that is written from it.
#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "queue/crc32c.hpp"
#include "relay/suppression/entry_codec.hpp"
#include "relay/suppression/journal.hpp"

namespace {

using namespace kurir::suppression;

struct reading {
    suppression_list list{};
    std::uint64_t records = 0;
    std::uint64_t good_size = 0;
    std::uint64_t damaged = 0;
};

reading read(std::string_view text, std::size_t piece) {
    reading result;
    journal_reader reader([&result](const change& change) {
        assert(!mistake_in(change.what));
        std::ignore = change.apply(result.list);
    });
    for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
        reader.feed(text.substr(0, piece));
    reader.end();
    result.records = reader.records();
    result.good_size = reader.good_size();
    result.damaged = reader.damaged();
    return result;
}

std::string written(const suppression_list& list) {
    std::string text(journal_head);
    list.walk("", [&text](std::string_view packed) {
        append_packed_record(text, packed);
        return true;
    });
    return text;
}

void check(std::string_view text) {
    const auto whole = read(text, text.size() + 1);
    const auto pieces = read(text, 7);
    assert(whole.records == pieces.records && whole.good_size == pieces.good_size);
    assert(whole.damaged == pieces.damaged && whole.good_size <= text.size());
    assert(whole.damaged <= whole.good_size);
    const auto file = written(whole.list);
    assert(file == written(pieces.list));
    const auto again = read(file, file.size());
    assert(again.damaged == 0 && again.good_size == file.size());
    assert(again.list.size() == whole.list.size() && written(again.list) == file);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check(input);
    // With a right checksum: most inputs don't get beyond it.
    if (size > 0 && size <= packed_size_max) {
        std::string head(1, (data[0] & 1) != 0 ? '+' : '-');
        const auto payload = input.substr(1);
        head += static_cast<char>(payload.size() & 0xff);
        head += static_cast<char>(payload.size() >> 8);
        auto sum = kurir::queue::crc32c(payload, kurir::queue::crc32c(head));
        for (int i = 0; i < 4; ++i, sum >>= 8)
            head += static_cast<char>(sum & 0xff);
        check(std::string(journal_head) + head + std::string(payload));
    }
    return 0;
}
