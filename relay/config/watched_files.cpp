#include "relay/config/watched_files.hpp"

namespace kurir::config {

std::vector<watched_file> watched_files(const loaded& current) {
    std::vector<watched_file> all;
    for (const auto& [row, text, origin] : current.entries) {
        if (origin.given_by == source::kind::file) {
            all.push_back({.path = origin.path, .setting = row.name, .is_value = true});
        }
        if (!row.files) continue;
        for (const auto& path : row.files(current.config))
            all.push_back({.path = path, .setting = row.name});
    }
    return all;
}

std::set<std::string> settings_in(
    const std::vector<watched_file>& files, const std::set<std::string>& paths, bool is_value
) {
    std::set<std::string> names;
    for (const auto& each : files) {
        if (each.is_value == is_value && paths.contains(each.path)) names.insert(each.setting);
    }
    return names;
}

}  // namespace kurir::config
