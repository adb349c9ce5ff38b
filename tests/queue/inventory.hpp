// What is on the disk of a closed queue.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "queue/codec.hpp"
#include "queue/id_source.hpp"
#include "queue/rocks/database.hpp"
#include "tests/queue/fixture.hpp"

namespace tests {

// The format, how many records each family has, and the texts of the events.
struct inventory {
    std::uint64_t format = 0;
    std::map<queue::family, int> records;  // of events: `events`
    std::set<std::string> events;
};

inline inventory look(const std::filesystem::path& directory) {
    queue::store_options options;
    options.directory = directory;
    options.now = [] { return noon; };
    const auto opened = queue::database::open(options, {});
    REQUIRE(opened.handle);
    inventory found;
    rocksdb::PinnableSlice record;
    REQUIRE(opened.handle->get(queue::family::meta, queue::format_key, record).ok());
    found.format = queue::decode_numbers(record.ToStringView(), 1).value()[0];
    for (std::size_t i = 1; i < queue::family_names.size(); ++i) {
        const auto column = static_cast<queue::family>(i);
        const auto records = opened.handle->scan(column);
        for (records->SeekToFirst(); records->Valid(); records->Next()) {
            if (column == queue::family::event) {
                found.events.insert(records->value().ToString());
            } else {
                ++found.records[column];
            }
        }
    }
    return found;
}

}  // namespace tests
