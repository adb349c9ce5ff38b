#include "relay/history/recorder.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <utility>

#include "metrics/thread_heap.hpp"

namespace kurir::history {

using namespace std::chrono_literals;

namespace {

constexpr auto write_interval = 200ms;
constexpr std::uint64_t rounds_between_looks = 10min / write_interval;

constexpr std::array<std::string_view, 18> recorded_events{
    "received",
    "repeated",
    "imported",
    "rejected",
    "login_failed",
    "tls_failed",
    "proxy_failed",
    "waiting",
    "delivered",
    "deferred",
    "bounced",
    "discarded",
    "undeliverable",
    "dsn_queued",
    "dsn_undeliverable",
    "removed",
    "suppression",
    "admin",
};

}  // namespace

bool is_recorded(std::string_view event_name) noexcept {
    return std::ranges::find(recorded_events, event_name) != recorded_events.end();
}

recorder::recorder(std::unique_ptr<keeper> place, metrics::runtime& metrics)
    : place_(std::move(place)), metrics_(metrics) {
    writer_.start([this] { run(); });
    log::add_listener(*this);
}

recorder::~recorder() {
    log::remove_listener(*this);
    writer_.stop();
    if (!waiting_.empty() || place_->is_behind()) write(waiting_);
}

void recorder::hear(std::string_view name, std::string_view line) {
    if (!is_recorded(name)) return;
    {
        const auto locked = writer_.lock();
        if (waiting_.size() + line.size() < waiting_max) {
            waiting_.append(line) += '\n';
            return;
        }
    }
    metrics_.history_dropped_total.inc();
}

void recorder::run() {
    metrics::claim_thread_heap();
    std::string lines;
    std::uint64_t rounds = 0;
    while (writer_.pause(write_interval)) {
        lines.clear();
        {
            const auto locked = writer_.lock();
            lines.swap(waiting_);
        }
        if (!lines.empty() || place_->is_behind()) write(lines);
        if (++rounds % rounds_between_looks == 0) place_->keep_limits();
    }
}

void recorder::write(const std::string& lines) {
    const auto failed = place_->append(lines);
    if (failed) {
        metrics_.history_dropped_total.inc(static_cast<double>(std::ranges::count(lines, '\n')));
    }
    // Said once, until it works again.
    if (failed && !failing_) {
        log::event(log::level::warning, "history")
            .with("what", "write_failed")
            .with("error", failed.message());
    }
    failing_ = static_cast<bool>(failed);
}

}  // namespace kurir::history
