// What became of mail, told by all relays that share a queue: lines of text, in a table whose parts
// are dropped (history_parts.hpp).
//
// It is a help, no proof: lines are not synced, and those of a batch whose COMMIT got no answer may
// be there twice. Each call blocks for some seconds at most, and connects if it must. Not
// thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "queue/postgres/connection.hpp"
#include "queue/postgres/history_parts.hpp"

namespace kurir::queue::postgres {

class history_table {
public:
    // `url`: as in options.hpp. The tables are there: a store was opened. `patience`: for each
    // round trip, and for a connection.
    history_table(std::string url, std::chrono::milliseconds patience, history_limits kept)
        : url_(std::move(url)), patience_(patience), kept_(kept) {}

    // After `trouble::disconnected` it is not known whether they were written.
    answer<void> append(const std::vector<std::string>& lines);

    // Begins and drops parts.
    answer<void> keep_limits();

    // The numbers of the parts, newest first.
    answer<std::vector<std::int64_t>> parts();

    // The newest `limit` lines of a part that have `needle` somewhere when they are in small
    // letters (those of ASCII), oldest first. None, if the part is gone.
    answer<std::vector<std::string>> lines_with(
        std::int64_t part, std::string_view needle, std::size_t limit
    );

private:
    answer<void> connect();
    answer<std::vector<rows>> run();

    const std::string url_;
    const std::chrono::milliseconds patience_;
    const history_limits kept_;
    std::unique_ptr<connection> database_;
    bool has_part_ = false;
    std::uint64_t unlooked_ = 0;  // bytes that were appended since the parts were looked at
};

}  // namespace kurir::queue::postgres
