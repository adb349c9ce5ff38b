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

#include "relay/history/place.hpp"

namespace kurir::history {

// Of all files together.
struct limits {
    std::uint64_t size = 0;  // bytes
    std::chrono::seconds age{};
};

// Oldest first. Empty if there is no folder.
std::vector<std::filesystem::path> event_files(const std::filesystem::path& folder);

class event_writer final : public keeper {
public:
    // Whole files are forgotten, each a part of `kept`, and of a size that can be read at once.
    static constexpr unsigned parts = 16;
    static constexpr std::uint64_t file_max = 16UL * 1024 * 1024;

    // The folder is made when something is written.
    event_writer(std::filesystem::path folder, limits kept)
        : folder_(std::move(folder)), kept_(kept) {}

    std::error_code append(std::string_view lines) override;
    void keep_limits() override;

private:
    std::error_code choose_file();
    bool is_full(std::size_t more) const;
    void forget() const;

    const std::filesystem::path folder_;
    const limits kept_;
    std::filesystem::path current_;            // empty: none was chosen yet
    std::uint64_t size_ = 0;                   // of `current_`
    std::filesystem::file_time_type begun_{};  // `current_`
};

}  // namespace kurir::history
