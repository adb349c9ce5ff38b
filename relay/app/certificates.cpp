#include "relay/app/certificates.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include "relay/app/key_exposure.hpp"
#include "relay/app/named_file.hpp"
#include "relay/base/open_file.hpp"
#include "relay/log/log.hpp"

namespace kurir::app {

namespace {

using namespace std::chrono_literals;
using part = net::server_certificate::mistake::part;

constexpr auto soon = std::chrono::days(14);

// What a pair of files holds; or null, and what is wrong with it is added to `problems`.
std::shared_ptr<const net::server_certificate> read_pair(
    const std::string& certificate_path, const std::string& key_path, config::problems& problems
) {
    const bool one_file = certificate_path == key_path;
    const auto key_setting = one_file ? "KURIR_TLS_CERT" : "KURIR_TLS_KEY";
    const auto certificate = read_named_file(certificate_path);
    const auto key = one_file ? certificate : read_named_file(key_path);
    if (!certificate.wrong.empty()) {
        problems.push_back(complaint("KURIR_TLS_CERT", certificate_path, certificate.wrong));
    }
    if (!one_file && !key.wrong.empty()) {
        problems.push_back(complaint(key_setting, key_path, key.wrong));
    }
    if (!certificate.wrong.empty() || !key.wrong.empty()) return nullptr;
    auto read = net::server_certificate::from_pem(certificate.text, key.text, certificate_path);
    if (!read) {
        const bool of_key = read.error().at == part::key;
        auto wrong = read.error().text;
        if (of_key && one_file) wrong += "; KURIR_TLS_KEY names the file of the key";
        problems.push_back(complaint(
            of_key ? key_setting : "KURIR_TLS_CERT", of_key ? key_path : certificate_path, wrong
        ));
        return nullptr;
    }
    if (is_exposed(key.standing)) {
        problems.push_back(complaint(
            key_setting, key_path, "has a key that every user of the machine can read; chmod o= it"
        ));
        return nullptr;
    }
    if ((*read)->valid_until() <= net::calendar_now()) {
        problems.push_back(complaint("KURIR_TLS_CERT", certificate_path, "has expired"));
        return nullptr;
    }
    return std::move(*read);
}

bool is_still_good(const net::server_certificate::read& found, const std::string& hostname) {
    return found && (*found)->has_name(hostname) &&
           (*found)->valid_until() > net::calendar_now() + soon;
}

}  // namespace

certificate_pairs read_pairs(const config::config& config) {
    certificate_pairs all;
    if (config::generates_certificate(config)) return all;
    for (std::size_t at = 0; at < config.tls_cert.size(); ++at) {
        const auto& certificate = config.tls_cert[at];
        const auto& key = config.tls_key.empty() ? certificate : config.tls_key.at(at);
        all.found.push_back(read_pair(certificate, key, all.problems));
    }
    return all;
}

std::variant<net::server_certificates, config::problems> read_certificates(
    const config::config& config
) {
    auto all = read_pairs(config);
    if (!all.problems.empty()) return std::move(all.problems);
    return std::move(all.found);
}

std::variant<std::string, config::problems> read_client_ca(const config::config& config) {
    const auto& path = config.tls_client_ca;
    if (path.empty()) return std::string();
    auto read = read_named_file(path);
    if (!read.wrong.empty()) {
        return config::problems{complaint("KURIR_TLS_CLIENT_CA", path, read.wrong)};
    }
    net::tls_settings trial;
    trial.system_ca = false;
    trial.client_ca = read.text.empty() ? " " : read.text;
    if (const auto made = net::tls_context::make(trial); !made) {
        return config::problems{complaint("KURIR_TLS_CLIENT_CA", path, made.error())};
    }
    return std::move(read.text);
}

std::variant<net::server_certificates, config::problems> generated_certificate(
    const config::config& config
) {
    const auto folder = config.queue_dir / "tls";
    const auto path = folder / "self-signed.pem";
    const auto kept = read_named_file(path).text;
    auto found = net::server_certificate::from_pem(kept, kept, path);
    if (!is_still_good(found, config.hostname)) {
        const auto made = net::server_certificate::self_signed(config.hostname);
        std::error_code failed;
        std::filesystem::create_directory(folder, failed);
        if (base::replace_file(path, made)) {
            return config::problems{complaint("KURIR_TLS_CERT", path, "can't be written")};
        }
        log::event(log::level::notice, "certificates")
            .with("what", "generated")
            .with("hostname", config.hostname)
            .with("file", path.string())
            .with(
                "advice",
                "clients can't verify it: it is for trying out, and for clients that "
                "want TLS but do not verify"
            );
        found = net::server_certificate::from_pem(made, made, path);
    }
    return net::server_certificates{std::move(*found)};
}

std::vector<std::string> warnings_about(
    const net::server_certificates& certificates, net::wall_time today
) {
    std::vector<std::string> warnings;
    for (const auto& each : certificates) {
        if (each->valid_from() > today) {
            warnings.push_back("the certificate in '" + each->origin() + "' is not valid yet");
        } else if (each->valid_until() <= today) {
            warnings.push_back("the certificate in '" + each->origin() + "' has expired");
        } else if (each->valid_until() <= today + soon) {
            warnings.push_back("the certificate in '" + each->origin() + "' expires soon");
        }
    }
    return warnings;
}

std::chrono::sys_seconds first_expiry(const net::server_certificates& certificates) {
    auto first = std::chrono::sys_seconds::max();
    for (const auto& each : certificates)
        first = std::min(first, each->valid_until());
    return first;
}

}  // namespace kurir::app
