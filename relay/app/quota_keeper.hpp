// Keeps what clients have sent in a file of the queue folder, so that limits survive a restart.
//
// The file is written at most every ten seconds, if there is something new, and at the end: a kill
// forgets the messages of the last ten seconds. It is replaced as a whole. A damaged one is told in
// the log and put aside, and all counts begin at zero. Lives on one thread, the control loop's;
// files are written on a thread of its own, because a sync may take long.
#pragma once

#include <filesystem>
#include <string>

#include "metrics/inbound.hpp"
#include "relay/base/worker_threads.hpp"
#include "relay/quota/ledger.hpp"

namespace kurir::app {

class quota_keeper {
public:
    // All must outlive the keeper. `folder`: of the queue.
    quota_keeper(
        const std::filesystem::path& folder, quota::ledger& counts, metrics::inbound& metrics
    );
    quota_keeper(const quota_keeper&) = delete;
    quota_keeper& operator=(const quota_keeper&) = delete;
    ~quota_keeper();

    // At the start, before the first session: reads the file.
    void begin();

    // Writes from time to time, on a thread of its own.
    void start();

    // When no session is left: writes for the last time.
    void stop();

private:
    void run();
    void look_through();
    void save();
    bool put_aside() const;

    const std::filesystem::path file_;
    quota::ledger& counts_;
    metrics::inbound& metrics_;
    base::worker_threads thread_;
    bool failing_ = false;  // the last write failed, and the log has it
};

}  // namespace kurir::app
