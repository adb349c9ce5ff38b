// Decides when to look at files and which changes to report. Pure, in the caller's time.
//
// A change is reported when the files have been the same for a moment, because a file is seen half
// written, or certificate and key are replaced one after the other. Files that never come to rest
// are reported all the same, now and then. Some time after the last report the caller learns that
// the change is over: only then is a mistake worth telling.
#pragma once

#include <chrono>
#include <set>
#include <string>

#include "relay/net/clock.hpp"
#include "relay/watch/file_print.hpp"

namespace kurir::watch {

struct rhythm {
    using duration = net::clock::duration;
    duration quiet = std::chrono::milliseconds(200);  // without a change, before one is reported
    duration unrest_max = std::chrono::seconds(1);    // until one is reported all the same
    duration settle = std::chrono::seconds(1);        // without a change, until it is over
    duration settle_max = std::chrono::seconds(5);    // until it counts as over all the same
    duration round = std::chrono::minutes(1);         // between looks without an occasion
};

struct finding {
    std::set<std::string> changed = {};  // paths
    bool over = false;  // no change is going on any more; reported once after changes

    bool empty() const noexcept { return changed.empty() && !over; }
};

class change_watch {
public:
    using time = net::clock::time_point;

    explicit change_watch(rhythm rhythm = {}) : rhythm_(rhythm) {}

    // From now on these files are watched, and this is how they are known. Ends a change that is
    // going on.
    void know(file_prints known, time now);

    // A notice that they may have changed.
    void touched(time now);

    // When to look next.
    time next() const;

    // After a look at all of them.
    finding looked(const file_prints& seen, time now);

private:
    std::set<std::string> differing(const file_prints& seen) const;

    const rhythm rhythm_;
    file_prints known_;  // as they were reported last
    file_prints seen_;   // at the last look
    time round_at_{};
    time look_at_ = time::max();  // after a notice, or to see whether they are at rest
    time restless_since_ = time::max();
    time settle_at_ = time::max();  // after a report
    time settle_until_ = time::max();
};

}  // namespace kurir::watch
