#include "dns/send_window.hpp"

#include <algorithm>

namespace kurir::dns {

std::optional<send_window::clock::time_point> send_window::closed_until(clock::time_point now) {
    while (!asked_.empty()) {
        const auto& first = asked_.front();
        if (first.waits && first.sent + patience() > now) break;
        if (first.waits) --waiting_;
        asked_.pop_front();
        ++first_;
    }
    if (waiting_ < size) return std::nullopt;
    return asked_.front().sent + patience();
}

send_window::ticket send_window::sent(clock::time_point now) {
    asked_.push_back({now});
    ++waiting_;
    return {.number = first_ + asked_.size() - 1, .sent = now};
}

void send_window::answered(const ticket& issued, clock::time_point now) {
    answer_time_ += (now - issued.sent - answer_time_) / 8;
    forget(issued);
}

void send_window::lost(const ticket& issued) {
    forget(issued);
}

void send_window::forget(const ticket& issued) {
    if (issued.number < first_) return;  // given up already
    auto& question = asked_[issued.number - first_];
    if (!question.waits) return;
    question.waits = false;
    --waiting_;
}

send_window::clock::duration send_window::patience() const {
    return std::clamp<clock::duration>(4 * answer_time_, patience_min, patience_max);
}

}  // namespace kurir::dns
