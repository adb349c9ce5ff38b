// Counts as nodes that share a queue tell them: the teller's clock, and a record (record.hpp).
// Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "relay/quota/account.hpp"

namespace kurir::quota {

using told_accounts = std::unordered_map<std::string, account>;

// `record`: of `record_of`.
std::string told_text(std::string_view record, time_point now);

// By this node's clock; that of the teller may be days apart. `age`: since it was told. Nothing if
// it can't be read.
std::optional<told_accounts> read_told(
    std::string_view text, std::chrono::milliseconds age, time_point now
);

}  // namespace kurir::quota
