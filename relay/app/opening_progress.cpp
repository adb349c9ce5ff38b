#include "relay/app/opening_progress.hpp"

#include <utility>

#include "relay/app/health_report.hpp"

namespace kurir::app {

namespace {

// For the rest of the start.
constexpr auto rest = std::chrono::minutes(5);

}  // namespace

void opening_progress::step(std::string words) {
    if (note(std::move(words))) on_step_();
}

void opening_progress::wait(std::string words, std::chrono::milliseconds most) {
    if (!note(std::move(words))) return;
    manager_.starting(status_of(checks()), most + rest);
    on_step_();
}

void opening_progress::end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
}

bool opening_progress::note(std::string words) {
    const std::lock_guard lock(mutex_);
    if (ended_) return false;
    words_ = std::move(words);
    return true;
}

admin::readiness opening_progress::checks() const {
    const std::lock_guard lock(mutex_);
    return {{.name = "store", .ok = false, .detail = words_}};
}

}  // namespace kurir::app
