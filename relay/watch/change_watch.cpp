#include "relay/watch/change_watch.hpp"

#include <algorithm>
#include <utility>

namespace kurir::watch {

void change_watch::know(file_prints known, time now) {
    known_ = std::move(known);
    seen_ = known_;
    round_at_ = now + rhythm_.round;
    look_at_ = restless_since_ = settle_at_ = settle_until_ = time::max();
}

void change_watch::touched(time now) {
    restless_since_ = std::min(restless_since_, now);
    look_at_ = std::min(now + rhythm_.quiet, restless_since_ + rhythm_.unrest_max);
}

change_watch::time change_watch::next() const {
    return std::min({round_at_, look_at_, settle_at_});
}

finding change_watch::looked(const file_prints& seen, time now) {
    round_at_ = now + rhythm_.round;
    const bool at_rest = seen == seen_;
    seen_ = seen;
    if (!at_rest) {
        restless_since_ = std::min(restless_since_, now);
        if (settle_at_ != time::max()) {
            settle_at_ = std::min(now + rhythm_.settle, settle_until_);
        }
    }
    finding found;
    const bool long_restless =
        restless_since_ != time::max() && now >= restless_since_ + rhythm_.unrest_max;
    if (!at_rest && !long_restless && now < settle_at_) {
        look_at_ = std::min(now + rhythm_.quiet, restless_since_ + rhythm_.unrest_max);
        return found;
    }
    look_at_ = restless_since_ = time::max();
    found.changed = differing(seen);
    known_ = seen;
    if (!found.changed.empty()) {
        if (settle_until_ == time::max()) settle_until_ = now + rhythm_.settle_max;
        settle_at_ = std::min(now + rhythm_.settle, settle_until_);
    }
    if (now >= settle_at_) {
        found.over = true;
        settle_at_ = settle_until_ = time::max();
    }
    if (!at_rest) look_at_ = now + rhythm_.quiet;
    return found;
}

std::set<std::string> change_watch::differing(const file_prints& seen) const {
    std::set<std::string> paths;
    for (const auto& [path, print] : seen) {
        const auto before = known_.find(path);
        if (before == known_.end() || before->second != print) paths.insert(path);
    }
    return paths;
}

}  // namespace kurir::watch
