#include "metrics/metrics.hpp"

#include <prometheus/registry.h>

#include <algorithm>
#include <chrono>

#include "metrics/exposition.hpp"
#include "metrics/process.hpp"

namespace kurir::metrics {

all::all(const declared_names& declared)
    : inbound(registry_, declared),
      signing(registry_),
      queue(registry_),
      shared_queue(registry_),
      outbound(registry_, declared),
      relayhosts(registry_, declared.relayhosts),
      dns(registry_),
      store(registry_),
      operators(registry_),
      runtime(registry_),
      http(registry_),
      process_(std::make_unique<process>()) {}

all::~all() = default;

all::registration all::on_scrape(collector name, std::function<void()> refresh) {
    auto added = std::make_unique<refresher>();
    added->name = name;
    added->refresh = std::move(refresh);
    auto& kept = *added;
    const std::lock_guard lock(refreshing_);
    refreshers_.push_back(std::move(added));
    return {*this, kept};
}

std::string all::exposition() {
    using clock = std::chrono::steady_clock;
    const std::lock_guard lock(refreshing_);
    for (const auto& each : refreshers_) {
        const auto began = clock::now();
        each->refresh();
        const std::chrono::duration<double> took = clock::now() - began;
        runtime.collector_duration_seconds(each->name).set(took.count());
    }
    return metrics::exposition(
        {&registry_.underlying(),
         process_.get(),
         &outbound.top_destination_attempts_total.underlying()}
    );
}

all::registration::registration(registration&& other) noexcept
    : owner_(std::exchange(other.owner_, nullptr)),
      refresher_(std::exchange(other.refresher_, nullptr)) {}

all::registration& all::registration::operator=(registration&& other) noexcept {
    if (this == &other) return *this;
    drop();
    owner_ = std::exchange(other.owner_, nullptr);
    refresher_ = std::exchange(other.refresher_, nullptr);
    return *this;
}

all::registration::~registration() {
    drop();
}

void all::registration::drop() noexcept {
    if (owner_ == nullptr) return;
    const std::lock_guard lock(owner_->refreshing_);
    std::erase_if(owner_->refreshers_, [this](const auto& each) {
        return each.get() == refresher_;
    });
    owner_ = nullptr;
}

}  // namespace kurir::metrics
