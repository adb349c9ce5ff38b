// The events of the last days, in files of one folder: `events.N`, a line of JSON for each event.
//
// One writer at a time; readers may read meanwhile. A file is never changed but at its end.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

namespace kurir::history {

// Of all files together.
struct limits {
    std::uint64_t size = 0;  // bytes
    std::chrono::seconds age{};
};

// Oldest first. Empty if there is no folder.
std::vector<std::filesystem::path> event_files(const std::filesystem::path& folder);

class event_writer {
public:
    // Whole files are forgotten, each a part of `kept.size`.
    static constexpr unsigned parts = 16;

    // The folder is made when something is written.
    event_writer(std::filesystem::path folder, limits kept)
        : folder_(std::move(folder)), kept_(kept) {}

    // Appends whole lines. What is too much or too old is removed before.
    std::error_code append(std::string_view lines);

private:
    std::error_code choose_file();
    void forget() const;

    const std::filesystem::path folder_;
    const limits kept_;
    std::filesystem::path current_;  // empty: none was chosen yet
    std::uint64_t size_ = 0;         // of `current_`
};

}  // namespace kurir::history
