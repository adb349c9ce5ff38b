#include "tests/support/dropfs_disk.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace tests::dropfs {
namespace {

constexpr std::uint64_t page = 4096;
constexpr std::uint64_t sector = 512;

std::timespec now() {
    std::timespec time{};
    std::timespec_get(&time, TIME_UTC);
    return time;
}

std::string parent_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == 0 ? "/" : path.substr(0, slash);
}

void copy(const std::string& from, std::string& to, std::uint64_t begin, std::uint64_t end) {
    std::copy(
        from.begin() + static_cast<std::ptrdiff_t>(begin),
        from.begin() + static_cast<std::ptrdiff_t>(end),
        to.begin() + static_cast<std::ptrdiff_t>(begin)
    );
}

// What a power cut draws.
class dice {
public:
    explicit dice(std::uint64_t seed) : engine_(seed) {}

    std::uint64_t up_to(std::uint64_t most) {
        return std::uniform_int_distribution<std::uint64_t>(0, most)(engine_);
    }
    bool coin() { return up_to(1) == 1; }

private:
    std::mt19937_64 engine_;
};

// How long the file is after the cut, of which so many bytes were synced.
std::uint64_t surviving_size(const node& file, tails of_files, dice& draw) {
    const auto stored = file.stored.size();
    if (file.seen.size() <= stored) {  // it was cut short, which may have got there
        return of_files == tails::dropped || draw.coin() ? stored : file.seen.size();
    }
    switch (of_files) {
        case tails::dropped:
            return stored;
        case tails::kept:
            return file.seen.size();
        case tails::prefix:
        case tails::pages:
            break;
    }
    return stored + draw.up_to(file.seen.size() - stored);
}

std::string surviving_content(const node& file, tails of_files, dice& draw) {
    auto content = file.stored;
    content.resize(surviving_size(file, of_files, draw));
    if (of_files == tails::dropped) return content;
    for (const auto& [begin, end] : file.dirty.parts()) {
        const auto last = std::min<std::uint64_t>(end, content.size());
        for (auto at = begin; at < last;) {
            // What was overwritten is there by sectors, what was added as the tails say.
            const bool added = at >= file.stored.size();
            const auto unit = added ? page : sector;
            auto next = std::min(last, (at / unit + 1) * unit);
            if (!added) next = std::min<std::uint64_t>(next, file.stored.size());
            const bool whole = of_files == tails::kept || (added && of_files == tails::prefix);
            if (whole || draw.coin()) copy(file.seen, content, at, next);
            at = next;
        }
    }
    return content;
}

}  // namespace

void ranges::add(std::uint64_t begin, std::uint64_t end) {
    if (begin >= end) return;
    auto next = parts_.lower_bound(begin);
    if (next != parts_.begin() && std::prev(next)->second >= begin) --next;
    while (next != parts_.end() && next->first <= end) {
        begin = std::min(begin, next->first);
        end = std::max(end, next->second);
        next = parts_.erase(next);
    }
    parts_.emplace(begin, end);
}

void ranges::clip(std::uint64_t size) {
    parts_.erase(parts_.lower_bound(size), parts_.end());
    if (!parts_.empty()) {
        auto& end = std::prev(parts_.end())->second;
        end = std::min(end, size);
    }
}

disk::disk() {
    auto root = std::make_shared<node>();
    *root = {.folder = true, .mode = 0755, .number = ++last_number_, .changed = now()};
    seen_.emplace("/", std::move(root));
    stored_ = seen_;
}

std::shared_ptr<node> disk::find(std::string_view path) const {
    const auto found = seen_.find(path);
    return found == seen_.end() ? nullptr : found->second;
}

int disk::make(const std::string& path, unsigned mode, bool folder) {
    if (!find(parent_of(path))) return -ENOENT;
    if (find(path)) return -EEXIST;
    auto made = std::make_shared<node>();
    *made = {.folder = folder, .mode = mode & 07777, .number = ++last_number_, .changed = now()};
    seen_.emplace(path, std::move(made));
    renamed();
    return 0;
}

int disk::remove(const std::string& path, bool folder) {
    const auto found = find(path);
    if (!found) return -ENOENT;
    if (found->folder != folder) return folder ? -ENOTDIR : -EISDIR;
    if (folder && holds_anything(path)) return -ENOTEMPTY;
    seen_.erase(path);
    renamed();
    return 0;
}

int disk::rename(const std::string& from, const std::string& to) {
    if (!find(from) || !find(parent_of(to))) return -ENOENT;
    if (from == to) return 0;
    if (find(to) && find(to)->folder && holds_anything(to)) return -ENOTEMPTY;
    tree after;
    for (const auto& [path, what] : seen_) {
        if (path == to) continue;
        const bool within = path == from || path.starts_with(from + "/");
        after.emplace(within ? to + path.substr(from.size()) : path, what);
    }
    seen_ = std::move(after);
    renamed();
    return 0;
}

int disk::link(const std::string& from, const std::string& to) {
    const auto found = find(from);
    if (!found || !find(parent_of(to))) return -ENOENT;
    if (find(to)) return -EEXIST;
    seen_.emplace(to, found);
    renamed();
    return 0;
}

void disk::write(node& file, std::string_view data, std::uint64_t offset) {
    const auto end = offset + data.size();
    if (file.seen.size() < end) resize(file, end);
    std::copy(data.begin(), data.end(), file.seen.begin() + static_cast<std::ptrdiff_t>(offset));
    file.dirty.add(offset, end);
    file.changed = now();
}

void disk::resize(node& file, std::uint64_t size) {
    if (size > file.seen.size()) {
        file.dirty.add(file.seen.size(), size);
    } else {
        file.dirty.clip(size);
    }
    file.seen.resize(size);
    file.changed = now();
}

void disk::sync(node& file) {
    file.stored.resize(file.seen.size());
    for (const auto& [begin, end] : file.dirty.parts())
        copy(file.seen, file.stored, begin, end);
    file.dirty.clear();
    if (strict_ && !file.folder) return;
    stored_ = seen_;
    uncommitted_.clear();
}

void disk::sync_fails(node& file, after_failure consequence) {
    file.stored.resize(file.seen.size());  // sizes are in the journal, which is sound
    file.dirty.clear();
    if (consequence == after_failure::pages_revert) file.seen = file.stored;
}

void disk::cut(std::uint64_t seed, tails of_files) {
    dice draw(seed);
    if (of_files != tails::dropped && !uncommitted_.empty()) {
        const auto count =
            of_files == tails::kept ? uncommitted_.size() : draw.up_to(uncommitted_.size());
        if (count != 0) stored_ = std::move(uncommitted_[count - 1]);
    }
    uncommitted_.clear();
    std::map<const node*, std::shared_ptr<node>> survivors;  // one that is linked has several names
    for (auto& [path, what] : stored_) {
        auto& survivor = survivors[what.get()];
        if (!survivor) {
            survivor = std::make_shared<node>(*what);
            survivor->dirty.clear();
            survivor->seen = surviving_content(*what, of_files, draw);
            survivor->stored = survivor->seen;
        }
        what = survivor;
    }
    seen_ = stored_;
}

bool disk::holds_anything(const std::string& folder) const {
    const auto next = seen_.upper_bound(folder + "/");
    return next != seen_.end() && next->first.starts_with(folder + "/");
}

}  // namespace tests::dropfs
