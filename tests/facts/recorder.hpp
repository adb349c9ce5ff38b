// An observer beside log and metrics: keeps what it heard, a line for each fact.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "relay/facts/observer.hpp"

namespace tests {

class recorder final : public kurir::facts::observer {
public:
    std::vector<std::string> heard;

    void on_received(const kurir::facts::received& fact) override { note({"received", fact.id}); }
    void on_refused(const kurir::facts::refused& fact) override {
        note({"refused", kurir::metrics::text(fact.stage), fact.exact_reason});
    }
    void on_session_ended(const kurir::facts::session_ended& fact) override {
        note({"session_ended", kurir::metrics::text(fact.reason)});
    }
    void on_attempted(const kurir::facts::attempted& fact) override {
        note({"attempted", id_of(fact.attempt), fact.attempt.delivery.domain});
    }
    void on_delivered(const kurir::facts::delivered& fact) override { note("delivered", fact); }
    void on_deferred(const kurir::facts::deferred& fact) override { note("deferred", fact); }
    void on_bounced(const kurir::facts::bounced& fact) override { note("bounced", fact); }
    void on_undeliverable(const kurir::facts::undeliverable& fact) override {
        note("undeliverable", fact);
    }
    void on_dsn_queued(const kurir::facts::dsn_queued& fact) override {
        note({"dsn_queued", fact.dsn.id.text()});
    }
    void on_dsn_undeliverable(const kurir::facts::dsn_undeliverable& fact) override {
        note({"dsn_undeliverable", fact.message.id.text()});
    }
    void on_claim_lost(const kurir::facts::claim_lost& fact) override {
        note({"claim_lost", id_of(fact.attempt), fact.attempt.delivery.domain});
    }

private:
    static std::string id_of(const kurir::facts::attempt& attempt) {
        return attempt.message.id.text();
    }
    void note(std::string_view fact, const kurir::facts::recipient_result& result) {
        note({fact, id_of(result.attempt), result.recipient});
    }
    void note(std::initializer_list<std::string_view> words) {
        std::string line;
        for (const auto word : words) {
            if (!line.empty()) line += ' ';
            line += word;
        }
        heard.push_back(std::move(line));
    }
};

}  // namespace tests
