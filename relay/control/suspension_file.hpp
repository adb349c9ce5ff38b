// The file of suspensions in the queue folder, as text: JSON, so that it can be read without Kurir.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/outbound/operator_suspension.hpp"

namespace kurir::control {

struct suspension_record {
    std::uint64_t last = 0;  // the number that was given last
    std::vector<outbound::operator_suspension> all = {};

    bool operator==(const suspension_record&) const = default;
};

std::string text_of(const suspension_record& record);
// Nothing if it is no such text, or one of a later version.
std::optional<suspension_record> read_suspension_record(std::string_view text);

// The same of one suspension.
std::string text_of(const outbound::operator_suspension& suspension);
std::optional<outbound::operator_suspension> read_suspension(std::string_view text);

}  // namespace kurir::control
