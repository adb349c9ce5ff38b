// Tells when files have changed: seconds after the change where the kernel gives notice of it
// (inotify), and within a minute where it does not, as on network file systems.
//
// Files are read on a thread of its own, so that a slow file system delays nobody else.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "relay/base/worker_threads.hpp"
#include "relay/watch/change_watch.hpp"
#include "relay/watch/inotify.hpp"

namespace kurir::watch {

class file_watcher {
public:
    struct listener {
        // Both are called on the watcher's thread and must not block it.
        std::function<void(finding found)> changed;

        // Notices will be missing, so changes are seen within a minute only. Told once, until it
        // gets better.
        std::function<void(std::string why)> without_notices;
    };

    explicit file_watcher(listener listener, rhythm rhythm = {});
    file_watcher(const file_watcher&) = delete;
    file_watcher& operator=(const file_watcher&) = delete;
    ~file_watcher();

    // Any thread. From now on these files are watched. Whoever reads them afterwards is not told of
    // a change that happened before.
    void watch(std::vector<std::string> paths);

    // After `watch`. Throws if there can be no thread.
    void start();

    // Idempotent.
    void stop();

private:
    enum class wake_cause { asked, notice, time };

    void run();
    void look();
    void follow_folders(const std::vector<std::string>& paths);
    bool wait_until(net::clock::time_point deadline);
    wake_cause wait(int folders, net::clock::duration time) const;
    void wake() const noexcept;

    const listener listener_;
    inotify folders_;  // these two are the thread's
    bool told_ = false;
    const int wake_descriptor_;  // an eventfd
    std::atomic<bool> stopping_ = false;
    base::worker_threads thread_;

    mutable std::mutex mutex_;
    change_watch changes_;
    std::vector<std::string> paths_;
    std::size_t generation_ = 0;  // of `paths_`
};

}  // namespace kurir::watch
