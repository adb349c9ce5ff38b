#include "relay/app/certificate_keeper.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <utility>
#include <variant>

#include "relay/app/certificates.hpp"
#include "relay/log/log.hpp"
#include "relay/net/clock.hpp"

namespace kurir::app {

bool certificate_keeper::begin() {
    if (!speaks_tls()) return true;
    return account_.begun(load());
}

void certificate_keeper::reload(reload_cause cause) {
    if (!speaks_tls()) return;
    auto problems = load();
    if (!problems.empty()) {
        account_.failed(std::move(problems), cause);
        return;
    }
    account_.succeeded();
    metrics_.tls_reloads_total(metrics::reload_result::ok).inc();
}

void certificate_keeper::share_with(std::function<void(const net::server_certificates&)> user) {
    user_ = std::move(user);
    if (!in_use_.certificates.empty()) user_(in_use_.certificates);
}

std::vector<std::string> certificate_keeper::warnings() const {
    return warnings_about(in_use_.certificates, net::calendar_now());
}

config::problems certificate_keeper::load() {
    config::problems problems;
    const auto next = read(problems);
    const bool is_new =
        next.certificates != in_use_.certificates || next.client_ca != in_use_.client_ca;
    const auto usable = [](const auto& each) { return each != nullptr; };
    if (!is_new || !std::ranges::all_of(next.certificates, usable)) return problems;
    if (config::problems wrong; !use(next, wrong)) {
        use_what_fits(next, wrong);
        std::ranges::move(wrong, std::back_inserter(problems));
    }
    return problems;
}

// What can't be read is as it was; at the start it is null.
certificate_keeper::version certificate_keeper::read(config::problems& problems) const {
    version next = in_use_;
    if (config::generates_certificate(config_)) {
        auto made = generated_certificate(config_);
        if (auto* wrong = std::get_if<config::problems>(&made)) {
            problems = std::move(*wrong);
            next.certificates.resize(1);
        } else {
            next.certificates = std::get<net::server_certificates>(std::move(made));
        }
    } else {
        auto pairs = read_pairs(config_);
        problems = std::move(pairs.problems);
        next.certificates.resize(pairs.found.size());
        for (std::size_t at = 0; at < pairs.found.size(); ++at)
            if (pairs.found[at]) next.certificates[at] = std::move(pairs.found[at]);
    }
    auto client_ca = read_client_ca(config_);
    if (auto* wrong = std::get_if<config::problems>(&client_ca)) {
        std::ranges::move(*wrong, std::back_inserter(problems));
    } else {
        next.client_ca = std::get<std::string>(std::move(client_ca));
    }
    return next;
}

bool certificate_keeper::use(const version& next, config::problems& problems) {
    const auto wrong = server_.use(next.certificates, next.client_ca);
    if (!wrong.empty()) {
        problems.push_back("KURIR_TLS_CERT: " + wrong);
        return false;
    }
    in_use_ = next;
    tell_loaded();
    if (user_) user_(in_use_.certificates);
    return true;
}

// One pair after another, because one of them, such as a key that is too weak, can't be used.
void certificate_keeper::use_what_fits(const version& next, config::problems& problems) {
    if (in_use_.certificates.empty()) return;
    problems.clear();
    for (std::size_t at = 0; at < next.certificates.size(); ++at) {
        auto trial = in_use_;
        trial.client_ca = next.client_ca;
        trial.certificates[at] = next.certificates[at];
        use(trial, problems);
    }
}

void certificate_keeper::tell_loaded() const {
    const auto& certificates = in_use_.certificates;
    for (const auto& warning : warnings_about(certificates, net::calendar_now()))
        log::event(log::level::warning, "certificates").with("warning", warning);
    const auto expiry = first_expiry(certificates).time_since_epoch();
    metrics_.tls_certificate_expiry_timestamp_seconds.set(static_cast<double>(expiry.count()));
    const auto left = first_expiry(certificates) - net::calendar_now();
    log::event(log::level::notice, "certificates")
        .with("what", "loaded")
        .with("certificates", certificates.size())
        .with("expires_in_d", std::chrono::floor<std::chrono::days>(left).count());
}

}  // namespace kurir::app
