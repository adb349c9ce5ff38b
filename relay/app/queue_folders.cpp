#include "relay/app/queue_folders.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <string_view>
#include <system_error>

#include "queue/rocks/lock.hpp"
#include "relay/base/open_file.hpp"

namespace kurir::app {

namespace fs = std::filesystem;

namespace {

constexpr auto hostname_file = "hostname";
constexpr std::size_t hostname_max = 255;

// As the rest of the queue folder.
std::error_code write_hostname(const fs::path& path, const std::string& hostname) {
    return base::replace_file(path, hostname + '\n', base::for_group_too);
}

bool is_folder(const fs::path& path) {
    std::error_code unknown;
    return fs::symlink_status(path, unknown).type() == fs::file_type::directory;
}

bool is_queue(const fs::path& folder) {
    std::error_code unknown;
    return is_folder(folder / "db") && fs::exists(folder / queue::lock_file, unknown);
}

std::vector<fs::path> folders_in(const fs::path& parent, std::vector<std::string>& unreadable) {
    std::vector<fs::path> all;
    std::error_code wrong;
    for (fs::directory_iterator each(parent, wrong), end; !wrong && each != end;
         each.increment(wrong)) {
        if (is_folder(each->path())) all.push_back(each->path());
    }
    if (wrong) unreadable.push_back(parent.string() + " can't be read: " + wrong.message());
    std::ranges::sort(all);
    return all;
}

// The first line, if it is a small file.
std::optional<std::string> line_of(const fs::path& path) {
    std::error_code unknown;
    if (fs::symlink_status(path, unknown).type() != fs::file_type::regular) return std::nullopt;
    std::ifstream file(path, std::ios::binary);
    std::string line(hostname_max + 1, '\0');
    file.read(line.data(), static_cast<std::streamsize>(line.size()));
    line.resize(static_cast<std::size_t>(file.gcount()));
    return line.substr(0, line.find('\n'));
}

bool is_hostname(const std::string& text) {
    return !text.empty() && text.size() <= hostname_max && std::ranges::all_of(text, [](char c) {
        return c > ' ' && c <= '~' && c != '/' && c != ',';
    });
}

// No two folders get the same.
std::string new_name() {
    std::random_device source;
    return "queue-" + std::to_string(source()) + '-' + std::to_string(source());
}

}  // namespace

queue_folders queue_folders_in(const fs::path& parent, const fs::path& own) {
    queue_folders all;
    const auto add = [&](const fs::path& folder) {
        std::error_code unknown;
        if (!fs::equivalent(folder, own, unknown)) all.found.push_back(folder);
    };
    for (const auto& each : folders_in(parent, all.unreadable)) {
        if (is_queue(each)) {
            add(each);
            continue;
        }
        for (const auto& inner : folders_in(each, all.unreadable)) {
            if (is_queue(inner)) add(inner);
        }
    }
    return all;
}

bool keep_hostname(const fs::path& folder, const std::string& hostname) {
    const auto path = folder / hostname_file;
    return line_of(path) == hostname || !write_hostname(path, hostname);
}

base::result<std::string, std::string> hostname_in(const fs::path& folder) {
    const auto path = folder / hostname_file;
    auto line = line_of(path);
    if (line && is_hostname(*line)) return {boost::system::in_place_value, std::move(*line)};
    auto made = new_name();
    if (const auto failed = write_hostname(path, made)) {
        return {
            boost::system::in_place_error, "can't write " + path.string() + ": " + failed.message()
        };
    }
    return {boost::system::in_place_value, std::move(made)};
}

bool is_capture(const fs::path& folder) {
    std::error_code unknown;
    const auto path = folder / "capture";
    if (fs::symlink_status(path, unknown).type() == fs::file_type::not_found) return false;
    const auto line = line_of(path);
    return !line || !line->starts_with("until ");
}

}  // namespace kurir::app
