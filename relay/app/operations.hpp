// The operations that the HTTP listener calls.
//
// Lives on the control loop. The text of all metrics is made on a thread of its own, because it
// takes milliseconds with many series, and some values must be asked for first.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <functional>
#include <string>

#include "metrics/metrics.hpp"
#include "relay/admin/operations.hpp"

namespace kurir::app {

class operations final : public admin::operations {
public:
    // `metrics` and what `check` refers to must outlive the operations.
    operations(metrics::all& metrics, std::function<admin::readiness()> check);

    admin::readiness ready() override;
    boost::asio::awaitable<std::string> exposition() override;

private:
    metrics::all& metrics_;
    std::function<admin::readiness()> check_;
    boost::asio::thread_pool scraping_{1};
};

}  // namespace kurir::app
