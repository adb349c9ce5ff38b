#include "relay/watch/folder_plan.hpp"

#include <cstddef>
#include <deque>
#include <system_error>
#include <utility>

namespace kurir::watch {

namespace {

namespace fs = std::filesystem;

// As many as Linux follows.
constexpr std::size_t links_max = 40;

// Walks to one file as the system does, and notes every folder on the way.
class walk {
public:
    walk(watch_plan& plan, const place_reader& read) : plan_(plan), read_(read) {}

    void to(const fs::path& file) {
        continue_at(file);
        while (!names_.empty()) {
            const auto name = std::move(names_.front());
            names_.pop_front();
            if (name.empty() || name == ".") continue;
            if (name == "..") {
                at_ = at_.parent_path();
            } else if (!enter(name)) {
                return;
            }
        }
    }

private:
    // False if the way ends here.
    bool enter(const fs::path& name) {
        const auto path = at_ / name;
        const auto found = read_(path);
        auto& names = plan_.folders[at_];
        if (found.is == place::kind::folder && !names_.empty()) {
            at_ = path;
            return true;
        }
        names.insert(name.string());
        if (found.is == place::kind::folder) plan_.folders[path].insert("");
        if (found.is == place::kind::other && names_.empty()) plan_.files.insert(path);
        if (found.is != place::kind::link || ++links_ > links_max) return false;
        continue_at(found.target);
        return true;
    }

    void continue_at(const fs::path& target) {
        if (target.is_absolute()) at_ = target.root_path();
        const auto relative = target.relative_path();
        names_.insert(names_.begin(), relative.begin(), relative.end());
    }

    watch_plan& plan_;
    const place_reader& read_;
    fs::path at_;
    std::deque<fs::path> names_;  // that are still to be walked
    std::size_t links_ = 0;
};

}  // namespace

watch_plan plan_for(const std::vector<fs::path>& files, const place_reader& read) {
    watch_plan plan;
    for (const auto& file : files)
        walk(plan, read).to(file);
    return plan;
}

place place_at(const fs::path& path) {
    std::error_code failed;
    const auto seen = fs::symlink_status(path, failed);
    switch (seen.type()) {
        case fs::file_type::none:
        case fs::file_type::not_found:
            return {};
        case fs::file_type::directory:
            return {.is = place::kind::folder};
        case fs::file_type::symlink:
            return {.is = place::kind::link, .target = fs::read_symlink(path, failed)};
        default:
            return {.is = place::kind::other};
    }
}

}  // namespace kurir::watch
