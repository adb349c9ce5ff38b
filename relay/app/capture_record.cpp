#include "relay/app/capture_record.hpp"

#include <charconv>
#include <chrono>
#include <cstdint>
#include <filesystem>

#include "relay/base/open_file.hpp"

namespace kurir::app {

namespace {

constexpr std::string_view until = "until ";

std::filesystem::path path_in(const config::config& config) {
    return config.queue_dir / "capture";
}

std::optional<std::string> text_of(const std::filesystem::path& path) {
    std::error_code unknown;
    const auto standing = std::filesystem::symlink_status(path, unknown);
    if (standing.type() == std::filesystem::file_type::not_found) return std::nullopt;
    if (!std::filesystem::is_regular_file(standing)) return "";  // not to be understood
    return base::content_of(path);
}

}  // namespace

queue::time_point lifetimes_after(const std::optional<std::string>& record, queue::time_point now) {
    if (!record) return {};
    std::string_view text = *record;
    if (!text.starts_with(until) || !text.ends_with('\n')) return now;
    text = text.substr(until.size(), text.size() - until.size() - 1);
    std::int64_t milliseconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), milliseconds);
    const bool is_number = error == std::errc() && end == text.data() + text.size();
    const queue::time_point told{std::chrono::milliseconds(milliseconds)};
    // A time to come would keep mail for as long.
    return is_number && told <= now ? told : now;
}

std::string capture_record_of(queue::time_point lifetimes_from) {
    return std::string(until) + std::to_string(lifetimes_from.time_since_epoch().count()) + '\n';
}

queue::time_point lifetimes_from(const config::config& config, queue::time_point now) {
    return config.capture ? queue::time_point() : lifetimes_after(text_of(path_in(config)), now);
}

bool keep_capture_record(const config::config& config) {
    if (config.capture) return !base::replace_file(path_in(config), "on\n");
    const bool nothing = config.lifetimes_from == queue::time_point();
    return nothing ||
           !base::replace_file(path_in(config), capture_record_of(config.lifetimes_from));
}

}  // namespace kurir::app
