#include "relay/watch/file_watcher.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

namespace kurir::watch {

using net::clock;

namespace {

// Between two readings of notices: in a folder where much happens they are taken together.
constexpr auto notice_pause = std::chrono::milliseconds(50);

int made_event_descriptor() {
    const int made = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (made < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    return made;
}

int milliseconds_of(clock::duration time) {
    const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(time).count();
    return static_cast<int>(std::clamp<std::int64_t>(rounded, 0, 60'000));
}

}  // namespace

file_watcher::file_watcher(listener listener, rhythm rhythm)
    : listener_(std::move(listener)), wake_descriptor_(made_event_descriptor()), changes_(rhythm) {}

file_watcher::~file_watcher() {
    stop();
    ::close(wake_descriptor_);
}

void file_watcher::watch(std::vector<std::string> paths) {
    std::ranges::sort(paths);
    const auto repeated = std::ranges::unique(paths);
    paths.erase(repeated.begin(), repeated.end());
    auto known = prints_of(paths);
    {
        const std::lock_guard lock(mutex_);
        changes_.know(std::move(known), clock::now());
        paths_ = std::move(paths);
        ++generation_;
        changes_.touched(clock::now());  // the folders have to be followed
    }
    wake();
}

void file_watcher::start() {
    thread_.start([this] { run(); });
}

void file_watcher::stop() {
    stopping_ = true;
    wake();
    thread_.stop();
}

void file_watcher::run() {
    for (;;) {
        clock::time_point next;
        {
            const std::lock_guard lock(mutex_);
            next = changes_.next();
        }
        if (!wait_until(next)) return;
        bool due = false;
        {
            const std::lock_guard lock(mutex_);
            due = changes_.next() <= clock::now();
        }
        if (due) look();
    }
}

void file_watcher::look() {
    std::vector<std::string> paths;
    std::size_t generation = 0;
    {
        const std::lock_guard lock(mutex_);
        paths = paths_;
        generation = generation_;
    }
    follow_folders(paths);
    const auto seen = prints_of(paths);
    finding found;
    {
        const std::lock_guard lock(mutex_);
        if (generation != generation_) return;
        found = changes_.looked(seen, clock::now());
    }
    if (!found.empty()) listener_.changed(std::move(found));
}

void file_watcher::follow_folders(const std::vector<std::string>& paths) {
    std::vector<std::filesystem::path> files;
    for (const auto& path : paths) {
        std::error_code failed;
        files.push_back(std::filesystem::absolute(path, failed));
    }
    // What appears between a look at the folders and their watch gives no notice: look again.
    constexpr int rounds_max = 3;
    auto plan = plan_for(files, place_at);
    auto why_not = folders_.follow(plan);
    for (int round = 1; round < rounds_max; ++round) {
        auto again = plan_for(files, place_at);
        if (again == plan) break;
        plan = std::move(again);
        why_not = folders_.follow(plan);
    }
    if (!why_not.empty() && !told_) listener_.without_notices(why_not);
    told_ = !why_not.empty();
}

// Takes notices until then. False if the thread has to end.
bool file_watcher::wait_until(clock::time_point deadline) {
    while (!stopping_) {
        const auto now = clock::now();
        if (now >= deadline) return true;
        const auto woken = wait(folders_.descriptor(), deadline - now);
        if (woken == wake_cause::asked) return !stopping_;
        if (woken == wake_cause::time) continue;
        const bool matters = folders_.take_notices();
        if (matters) {
            const std::lock_guard lock(mutex_);
            changes_.touched(clock::now());
        }
        const bool asked = wait(-1, notice_pause) == wake_cause::asked;
        if (matters || asked) return !stopping_;
    }
    return false;
}

file_watcher::wake_cause file_watcher::wait(int folders, clock::duration time) const {
    std::array<::pollfd, 2> watched{{
        {.fd = wake_descriptor_, .events = POLLIN, .revents = 0},
        {.fd = folders, .events = POLLIN, .revents = 0},
    }};
    ::poll(watched.data(), watched.size(), milliseconds_of(time));
    if ((watched[0].revents & POLLIN) != 0) {
        ::eventfd_t count = 0;
        ::eventfd_read(wake_descriptor_, &count);
        return wake_cause::asked;
    }
    return (watched[1].revents & POLLIN) != 0 ? wake_cause::notice : wake_cause::time;
}

void file_watcher::wake() const noexcept {
    ::eventfd_write(wake_descriptor_, 1);
}

}  // namespace kurir::watch
