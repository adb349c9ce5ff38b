// Reads whose failure can't be taken for an answer.
//
// A read that fails for a passing reason says nothing about the record: it may exist or not. Code
// that takes the failure for "there is nothing to write" loses a settlement (case D17). So these
// reads give a `read_result`: either an answer, which may be that a record is absent or damaged, or
// a failure. The caller must ask which. There is no conversion to the answer, and a failure has no
// answer.
#pragma once

#include <rocksdb/slice.h>
#include <rocksdb/status.h>

#include <cassert>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "queue/rocks/database.hpp"

namespace kurir::queue {

template <class T>
class [[nodiscard]] read_result {
public:
    read_result(T answer) : answer_(std::move(answer)) {}
    read_result(rocksdb::Status failure) : failure_(std::move(failure)) {
        assert(is_passing(failure_));
    }

    bool failed() const noexcept { return !answer_.has_value(); }
    const rocksdb::Status& failure() const noexcept {
        assert(failed());
        return failure_;
    }
    T& operator*() noexcept {
        assert(!failed());
        return *answer_;
    }

private:
    std::optional<T> answer_;
    rocksdb::Status failure_;
};

// The answer of a step that reads and has no other result.
struct done {};

enum class record_state : std::uint8_t { found, absent, damaged };

// Reads a record into `value`, which is empty unless it was found.
read_result<record_state> look_up(
    const database& source, family column, std::string_view key, rocksdb::PinnableSlice& value
);

// Calls `visit` with key and value of each record whose key begins with `prefix`, until it returns
// false. A damaged block ends the scan like the last record: what is behind it can't be read.
template <class Visitor>
read_result<done> scan_prefix(
    const database& source, family column, std::string_view prefix, Visitor visit
) {
    const rocksdb::Slice begin = prefix;
    const auto records = source.scan(column);
    for (records->Seek(begin); records->Valid(); records->Next()) {
        if (!records->key().starts_with(begin)) return done{};
        if (!visit(records->key().ToStringView(), records->value().ToStringView())) return done{};
    }
    auto status = records->status();
    if (is_passing(status)) return status;
    return done{};
}

}  // namespace kurir::queue
