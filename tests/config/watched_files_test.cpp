#include "relay/config/watched_files.hpp"

#include "tests/config/sample_host.hpp"

using namespace kurir::config;

namespace {

using name_set = std::set<std::string>;

std::vector<std::string> texts(const std::vector<watched_file>& files) {
    std::vector<std::string> all;
    for (const auto& each : files)
        all.push_back(each.setting + (each.is_value ? "_FILE " : " ") + each.path);
    return all;
}

}  // namespace

TEST_CASE("files that hold a value or are named by one are watched", "[config][reload]") {
    const auto parsed = good({
        {"KURIR_HOSTNAME_FILE", "/run/secrets/name"},
        {"KURIR_LOCAL_DOMAIN_FILE", "/run/secrets/name"},
        {"KURIR_MAX_HOPS", "9"},
        {"KURIR_TLS_CERT", "/tls/a.pem, /tls/b.pem"},
        {"KURIR_TLS_KEY", "/tls/a.key /tls/b.key"},
        {"KURIR_TLS_CLIENT_CA", "/tls/clients.pem"},
        {"KURIR_TLS_CA", "/tls/roots.pem"},
    });
    const auto files = watched_files(parsed);
    CHECK(
        texts(files) ==
        std::vector<std::string>{
            "KURIR_HOSTNAME_FILE /run/secrets/name",
            "KURIR_LOCAL_DOMAIN_FILE /run/secrets/name",
            "KURIR_TLS_CERT /tls/a.pem",
            "KURIR_TLS_CERT /tls/b.pem",
            "KURIR_TLS_KEY /tls/a.key",
            "KURIR_TLS_KEY /tls/b.key",
            "KURIR_TLS_CLIENT_CA /tls/clients.pem",
            "KURIR_TLS_CA /tls/roots.pem",
        }
    );
    const std::set<std::string> changed = {"/run/secrets/name", "/tls/b.key"};
    CHECK(settings_in(files, changed, true) == name_set{"KURIR_HOSTNAME", "KURIR_LOCAL_DOMAIN"});
    CHECK(settings_in(files, changed, false) == name_set{"KURIR_TLS_KEY"});
}

TEST_CASE("nothing is watched without files", "[config][reload]") {
    CHECK(watched_files(good({{"KURIR_MAX_HOPS", "9"}})).empty());
    CHECK(watched_files(good({{"KURIR_TLS_CERT", "generate"}})).empty());
}
