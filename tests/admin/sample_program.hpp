// A program for the HTTP server to ask: it says what the test gave it.
#pragma once

#include <string>

#include "metrics/metrics.hpp"
#include "relay/admin/operations.hpp"

namespace tests {

class sample_program final : public kurir::admin::operations {
public:
    explicit sample_program(kurir::metrics::all& metrics) : metrics_(metrics) {}

    kurir::admin::readiness ready() override { return checks; }
    boost::asio::awaitable<std::string> exposition() override { co_return metrics_.exposition(); }

    kurir::admin::readiness checks;

private:
    kurir::metrics::all& metrics_;
};

}  // namespace tests
