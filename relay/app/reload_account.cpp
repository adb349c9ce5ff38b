#include "relay/app/reload_account.hpp"

#include <utility>

#include "relay/log/log.hpp"

namespace kurir::app {

bool reload_account::begun(const config::problems& problems) const {
    for (const auto& each : problems)
        log::event(log::level::error, event_).with("what", "load_failed").with("problem", each);
    return problems.empty();
}

void reload_account::failed(config::problems problems, reload_cause cause) {
    found_ = std::move(problems);
    if (cause == reload_cause::signal) tell();
}

bool reload_account::succeeded() {
    found_.clear();
    metrics_.reload_failing(part_).set(0);
    return !std::exchange(told_, {}).empty();
}

void reload_account::settled() {
    if (!found_.empty() && found_ != told_) tell();
}

void reload_account::tell() {
    told_ = found_;
    for (const auto& each : told_) {
        log::event(log::level::error, event_)
            .with("what", "reload_failed")
            .with("problem", each)
            .with("advice", "the last good version stays in use; mend the file, it is watched");
    }
    if (failures_ != nullptr) failures_->inc();
    metrics_.reload_failures_total(part_).inc();
    metrics_.reload_failing(part_).set(1);
}

}  // namespace kurir::app
