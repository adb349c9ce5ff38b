// The kernel's notices of changes in folders: inotify(7) without its event format.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "relay/watch/folder_plan.hpp"

namespace kurir::watch {

class inotify {
public:
    inotify();
    inotify(const inotify&) = delete;
    inotify& operator=(const inotify&) = delete;
    ~inotify();

    // Readable when there are notices; -1 if there can be none.
    int descriptor() const noexcept { return descriptor_; }

    // Watches what is planned and nothing else. What is gone is skipped: the plan has to be made
    // again. Returns why notices will be missing, or nothing.
    std::string follow(const watch_plan& plan);

    // Takes the notices that have come. True if one concerns a name that matters, or a folder or a
    // file itself.
    bool take_notices();

private:
    // The number of the watch; negative: there is none, and `missing` says why if that matters.
    int add(const std::filesystem::path& path, std::uint32_t events, std::string& missing) const;
    bool concerns(int watched, std::uint32_t events, std::string_view name);

    int descriptor_;
    std::string why_not_;
    std::map<int, std::set<std::string>> names_;  // that matter, by the number of a watch
};

}  // namespace kurir::watch
