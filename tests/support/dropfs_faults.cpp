#include "tests/support/dropfs_faults.hpp"

#include <fnmatch.h>

#include <cerrno>
#include <sstream>

namespace tests::dropfs {

int faults::begin(lock& held, operation kind, const std::string& path) {
    if (!power_) return wait_for_power(held);
    ++begun_[kind];
    if (outage_ && outage_->at == kind && outage_->nth > 0 && --outage_->nth == 0 &&
        !outage_->after) {
        power_fails();
        return wait_for_power(held);
    }
    if (const auto delay = delays_.find(kind); delay != delays_.end()) {
        const auto restarts = restarts_;
        restarted_.wait_for(held, delay->second, [&] { return restarts != restarts_; });
        if (!power_ || restarts != restarts_) return wait_for_power(held);
    }
    const auto error = failure_of(kind, path);
    if (error != 0) ++failed_;
    return error;
}

int faults::end(lock& held, operation kind) {
    if (outage_ && outage_->at == kind && outage_->nth == 0) power_fails();
    return power_ ? 0 : wait_for_power(held);
}

void faults::clear() {
    failures_.clear();
    outage_.reset();
    delays_.clear();
    lies_ = false;
}

void faults::power_fails() {
    power_ = false;
    outage_.reset();
}

void faults::power_returns() {
    power_ = true;
    ++restarts_;
    restarted_.notify_all();
}

std::string faults::figures() const {
    const auto count = [this](operation kind) {
        const auto found = begun_.find(kind);
        return found == begun_.end() ? 0 : found->second;
    };
    std::ostringstream text;
    text << "read=" << count(operation::read) << " write=" << count(operation::write)
         << " sync=" << count(operation::sync) << " failed=" << failed_ << " power=" << power_;
    return text.str();
}

int faults::failure_of(operation kind, const std::string& path) {
    for (auto& each : failures_) {
        if (each.kind != kind || ::fnmatch(each.files.c_str(), path.c_str(), 0) != 0) continue;
        if (each.nth > 1) {
            --each.nth;
        } else if (each.times > 0) {
            --each.times;
            return each.error;
        }
    }
    return 0;
}

// Whoever waits has been killed meanwhile, or will be: nothing happens to it any more.
int faults::wait_for_power(lock& held) {
    const auto restarts = restarts_;
    restarted_.wait(held, [&] { return power_ || restarts != restarts_; });
    return EIO;
}

}  // namespace tests::dropfs
