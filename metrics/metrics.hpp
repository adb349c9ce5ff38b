// Every metric of the program, in one value.
//
//   metrics::all metrics;
//   metrics.inbound.smtp_rejects_total(reject_stage::rcpt, reject_reason::relay_denied).inc();
//
// Components take a reference to the struct of their area. A value that must be read at the moment
// of a scrape, such as the free space of a disk, is set by a refresh function.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "metrics/dns.hpp"
#include "metrics/http.hpp"
#include "metrics/inbound.hpp"
#include "metrics/instrument.hpp"
#include "metrics/operators.hpp"
#include "metrics/outbound.hpp"
#include "metrics/queue.hpp"
#include "metrics/relayhosts.hpp"
#include "metrics/runtime.hpp"
#include "metrics/shared_queue.hpp"
#include "metrics/signing.hpp"
#include "metrics/store.hpp"

namespace kurir::metrics {

class process;

class all {
    registry registry_;  // first: the members below point into it
    struct refresher;

public:
    // Removes its refresh function when it is destroyed; if a scrape is running the function, the
    // destructor waits for it.
    class registration {
    public:
        registration() = default;
        registration(registration&& other) noexcept;
        registration& operator=(registration&& other) noexcept;
        ~registration();

    private:
        friend class all;
        registration(all& owner, refresher& registered) : owner_(&owner), refresher_(&registered) {}
        void drop() noexcept;

        all* owner_ = nullptr;
        refresher* refresher_ = nullptr;
    };

    explicit all(const declared_names& declared = {});
    all(const all&) = delete;
    all& operator=(const all&) = delete;
    ~all();

    // Calls `refresh` before each exposition, on the thread that scrapes and never twice at a time.
    // It must not throw. Its time is reported as kurir_collector_duration_seconds{what}.
    [[nodiscard]] registration on_scrape(collector name, std::function<void()> refresh);

    // All metrics in the text format 0.0.4, process metrics included. Thread-safe.
    std::string exposition();

    static constexpr const char* content_type = "text/plain; version=0.0.4; charset=utf-8";

    metrics::inbound inbound;
    metrics::signing signing;
    metrics::queue queue;
    metrics::shared_queue shared_queue;
    metrics::outbound outbound;
    metrics::relayhosts relayhosts;
    metrics::dns dns;
    metrics::store store;
    metrics::operators operators;
    metrics::runtime runtime;
    metrics::http http;

private:
    struct refresher {
        collector name;
        std::function<void()> refresh;
    };

    std::mutex refreshing_;
    std::vector<std::unique_ptr<refresher>> refreshers_;
    std::unique_ptr<process> process_;
};

}  // namespace kurir::metrics
