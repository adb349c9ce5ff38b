// Finds the events of an address, a message, a user or a client in lines of JSON.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace kurir::history {

// Of `text`, whole lines: those whose sender, recipient, id, user or client is `wanted`, in their
// order.
// Addresses are compared without regard to case. Pure.
std::vector<std::string> lines_about(std::string_view wanted, std::string_view text);

struct finding {
    std::vector<std::string> lines;  // oldest first
    bool more = false;               // there are older ones
};

// The newest `limit` lines in the files of a folder. Blocks; reads one file at a time.
finding find_events(
    const std::filesystem::path& folder, std::string_view wanted, std::size_t limit
);

}  // namespace kurir::history
