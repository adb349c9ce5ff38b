#include "relay/history/event_files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <map>
#include <optional>
#include <ranges>
#include <string>

#include "relay/base/open_file.hpp"

namespace kurir::history {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view prefix = "events.";

std::optional<std::uint64_t> number_of(const std::string& name) {
    if (!name.starts_with(prefix)) return std::nullopt;
    std::uint64_t number = 0;
    const auto* end = name.data() + name.size();
    const auto read = std::from_chars(name.data() + prefix.size(), end, number);
    return read.ec == std::errc() && read.ptr == end ? std::optional(number) : std::nullopt;
}

std::map<std::uint64_t, fs::path> numbered_files(const fs::path& folder) {
    std::map<std::uint64_t, fs::path> found;
    std::error_code failed;
    for (fs::directory_iterator each(folder, failed), end; !failed && each != end;
         each.increment(failed)) {
        if (const auto number = number_of(each->path().filename().string())) {
            found.emplace(*number, each->path());
        }
    }
    return found;
}

}  // namespace

std::vector<fs::path> event_files(const fs::path& folder) {
    std::vector<fs::path> all;
    for (const auto& [number, path] : numbered_files(folder))
        all.push_back(path);
    return all;
}

std::error_code event_writer::append(std::string_view lines) {
    if (is_full(lines.size())) {
        if (auto failed = choose_file()) return failed;
    }
    const base::open_file file(
        current_, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, base::for_group_too
    );
    if (file.number < 0) return {errno, std::generic_category()};
    // What a full disk cut off must not become the beginning of a line.
    struct stat before = {};
    ::fstat(file.number, &before);
    const auto failed = base::write_all(file.number, lines);
    if (failed) {
        if (::ftruncate(file.number, before.st_size) != 0) current_.clear();
        return failed;
    }
    size_ += lines.size();
    return {};
}

bool event_writer::is_full(std::size_t more) const {
    if (current_.empty()) return true;
    return size_ + more > std::min<std::uint64_t>(kept_.size / parts, file_max) ||
           fs::file_time_type::clock::now() - begun_ > kept_.age / parts;
}

void event_writer::keep_limits() {
    if (is_full(0)) current_.clear();
    forget();
}

// The next number: what an earlier process left is never appended to, for its last line may be cut.
std::error_code event_writer::choose_file() {
    std::error_code failed;
    if (!fs::exists(folder_, failed)) {
        fs::create_directory(folder_, failed);
    }
    if (failed) return failed;
    const auto present = numbered_files(folder_);
    const auto next = present.empty() ? 1 : present.rbegin()->first + 1;
    current_ = folder_ / (std::string(prefix) + std::to_string(next));
    size_ = 0;
    begun_ = fs::file_time_type::clock::now();
    forget();
    return {};
}

void event_writer::forget() const {
    const auto oldest = fs::file_time_type::clock::now() - kept_.age;
    const auto files = event_files(folder_);
    std::uint64_t sum = 0;
    const auto room = kept_.size - std::min<std::uint64_t>(
                                       kept_.size / parts, file_max
                                   );  // the rest is for the file that begins
    for (const auto& each : std::views::reverse(files)) {
        std::error_code failed;
        const auto size = fs::file_size(each, failed);
        if (!failed) sum += size;
        const bool old = fs::last_write_time(each, failed) < oldest && !failed;
        if (sum > room || old) fs::remove(each, failed);
    }
}

}  // namespace kurir::history
