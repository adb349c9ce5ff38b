// Finds the events of an address, a message, a user or a client in lines of JSON.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/history/place.hpp"

namespace kurir::history {

// Of `text`, whole lines: those whose sender, recipient, id, user or client is `wanted`, in their
// order.
// Addresses are compared without regard to case. Pure.
std::vector<std::string> lines_about(std::string_view wanted, std::string_view text);

// What each such line has somewhere, when it is in small letters (`base::lowered`).
std::string needle_of(std::string_view wanted);

// Adds what is older to the newest `limit` lines. False: there is no room for more.
bool add_older(finding& all, std::vector<std::string> lines, std::size_t limit);

// The newest `limit` lines in the files of a folder. Blocks; reads one file at a time.
finding find_events(
    const std::filesystem::path& folder, std::string_view wanted, std::size_t limit
);

class file_source final : public source {
public:
    explicit file_source(std::filesystem::path folder) : folder_(std::move(folder)) {}
    base::result<finding, std::string> find(std::string_view wanted, std::size_t limit) override {
        return find_events(folder_, wanted, limit);
    }

private:
    const std::filesystem::path folder_;
};

}  // namespace kurir::history
