// The file of the suppression list as bytes: what was added and removed, in order. FORMAT.md has
// the format. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "relay/suppression/entry.hpp"
#include "relay/suppression/suppression_list.hpp"

namespace kurir::suppression {

inline constexpr std::string_view journal_head = "kurir-suppressions 1\n";

// One order: an entry that is put into the list, or whose place in it becomes empty.
struct change {
    entry what;  // of a removal only `subject` and `tenant` count
    bool removes = false;

    // False: the list is full.
    bool apply(suppression_list& list) const;
};

void append_record(std::string& target, const change& change);

// The same for an entry that is packed already.
void append_packed_record(std::string& target, std::string_view packed);

// Finds the records of a file that comes in pieces, from its beginning to its end.
//
// Bytes that are no record are skipped: behind them the next record is looked for, so that damage
// costs the records that it hit and no others.
class journal_reader {
public:
    explicit journal_reader(std::function<void(const change&)> take) : take_(std::move(take)) {}

    void feed(std::string_view bytes);

    // After all bytes.
    void end();

    std::uint64_t records() const noexcept { return records_; }
    // Bytes before the last good record that are no records.
    std::uint64_t damaged() const noexcept { return damaged_; }
    // The end of the last good record, or of the head: the file may be cut there.
    std::uint64_t good_size() const noexcept { return good_size_; }

private:
    enum class found : std::uint8_t { record, nothing, more_needed };

    void look(bool at_end);
    found take_record(std::string_view bytes, std::size_t& size);

    std::function<void(const change&)> take_;
    std::string kept_;          // bytes that were not looked at, or not to their end
    std::uint64_t offset_ = 0;  // of these in the file
    std::uint64_t good_size_ = 0;
    std::uint64_t damaged_ = 0;
    std::uint64_t records_ = 0;
};

}  // namespace kurir::suppression
