// An observer beside log and metrics: keeps what it heard, a line for each fact.
#pragma once

#include <string>
#include <vector>

#include "relay/facts/observer.hpp"

namespace tests {

class recorder final : public kurir::facts::observer {
public:
    std::vector<std::string> heard;

    void on_received(const kurir::facts::received& fact) override {
        note("received", fact.id, fact.to);
    }
    void on_refused(const kurir::facts::refused& fact) override {
        note("refused", kurir::metrics::text(fact.stage), fact.exact_reason);
    }
    void on_session_ended(const kurir::facts::session_ended& fact) override {
        note("session_ended", kurir::metrics::text(fact.reason), std::to_string(fact.messages));
    }

private:
    void note(std::string_view fact, std::string_view one, std::string_view other) {
        heard.push_back(std::string(fact) + ' ' + std::string(one) + ' ' + std::string(other));
    }
};

}  // namespace tests
