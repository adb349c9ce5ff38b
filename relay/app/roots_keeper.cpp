#include "relay/app/roots_keeper.hpp"

#include <filesystem>
#include <utility>

#include "relay/log/log.hpp"

namespace kurir::app {

std::string load_roots(const config::config& config, outbound::remote_tls& tls) {
    const auto& file = config.tls_ca;
    // A pipe without a writer would block the thread.
    std::error_code ec;
    if (!file.empty() && !std::filesystem::is_regular_file(file, ec)) {
        return "KURIR_TLS_CA: " + file + (ec ? " can't be read: " + ec.message() : " is no file");
    }
    const auto wrong = tls.load(file);
    return wrong.empty() ? wrong : "KURIR_TLS_CA: " + wrong;
}

bool roots_keeper::begin() {
    const auto problem = load_roots(config_, tls_);
    return problem.empty() || account_.begun({problem});
}

void roots_keeper::reload(reload_cause cause) {
    auto problem = load_roots(config_, tls_);
    for (auto* each : clients_) {
        if (!problem.empty()) break;
        const auto wrong = each->reload_roots();
        if (!wrong.empty()) problem = "KURIR_TLS_CA: " + wrong;
    }
    if (!problem.empty()) {
        account_.failed({std::move(problem)}, cause);
        return;
    }
    account_.succeeded();
    log::event(log::level::notice, "roots").with("what", "loaded");
}

}  // namespace kurir::app
