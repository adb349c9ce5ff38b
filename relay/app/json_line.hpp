// A line of JSON for the commands that print one for each of their results. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "relay/log/escape.hpp"

namespace kurir::app {

class json_line {
public:
    json_line& text(std::string_view key, std::string_view value) {
        add(key);
        line_ += '"';
        log::append_escaped(line_, value, log::notation::json, value_max);
        line_ += '"';
        return *this;
    }
    json_line& number(std::string_view key, std::int64_t value) {
        add(key);
        line_ += std::to_string(value);
        return *this;
    }

    // With the end of the line.
    std::string finish() const { return line_ + "}\n"; }

private:
    static constexpr std::size_t value_max = 4096;

    void add(std::string_view key) {
        line_ += line_.size() == 1 ? "\"" : ",\"";
        line_ += key;
        line_ += "\":";
    }

    std::string line_ = "{";
};

}  // namespace kurir::app
