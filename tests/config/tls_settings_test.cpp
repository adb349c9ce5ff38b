// The settings of TLS, alone and with the listeners.
#include <algorithm>

#include "relay/config/listeners.hpp"
#include "relay/config/parse.hpp"
#include "tests/config/sample_host.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::config;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string only_mistake(const environment& variables) {
    return only(bad(variables));
}

listener_tls first_listener(const environment& variables) {
    return good(variables).config.listen.front().profile.used_tls();
}

}  // namespace

TEST_CASE("listeners offer TLS as soon as there is a certificate", "[config]") {
    CHECK(first_listener({}) == listener_tls::off);
    CHECK(first_listener({{"KURIR_TLS_CERT", "/a.pem"}}) == listener_tls::offer);
    CHECK(first_listener({{"KURIR_TLS_CERT", "generate"}}) == listener_tls::offer);
    const auto listen = [](const char* tls) {
        return environment{
            {"KURIR_TLS_CERT", "/a.pem"}, {"KURIR_LISTEN", std::string(":2525?tls=") + tls}
        };
    };
    CHECK(first_listener(listen("off")) == listener_tls::off);
    CHECK(first_listener(listen("offer")) == listener_tls::offer);
    CHECK(first_listener(listen("require")) == listener_tls::require);
    CHECK(first_listener(listen("implicit")) == listener_tls::implicit);
}

TEST_CASE("a listener can't have TLS without a certificate", "[config]") {
    for (const auto* tls : {"offer", "require", "implicit"}) {
        const auto wrong = only_mistake({{"KURIR_LISTEN", std::string(":25, :2525?tls=") + tls}});
        CHECK_THAT(wrong, ContainsSubstring("KURIR_TLS_CERT is not set"));
    }
    CHECK(first_listener({{"KURIR_LISTEN", ":2525?tls=off"}}) == listener_tls::off);
}

TEST_CASE("a port on which clients begin with TLS is warned about where it does not", "[config]") {
    const auto told = [](const char* listen) {
        return good({{"KURIR_LISTEN", listen}, {"KURIR_TLS_CERT", "/a.pem"}}).warnings.size();
    };
    CHECK(told(":465") == 1);
    CHECK(told(":2465?tls=require, :465?tls=offer") == 2);
    CHECK(told(":465?tls=implicit, :2465?tls=implicit, :587, :2525") == 0);
}

TEST_CASE("certificates and keys belong together", "[config]") {
    const auto two =
        good({{"KURIR_TLS_CERT", "/a.pem, /b.pem"}, {"KURIR_TLS_KEY", "/a.key /b.key"}}).config;
    CHECK(two.tls_cert == std::vector<std::string>{"/a.pem", "/b.pem"});
    CHECK(two.tls_key == std::vector<std::string>{"/a.key", "/b.key"});
    CHECK(good({{"KURIR_TLS_CERT", "/a.pem /b.pem"}}).config.tls_key.empty());

    CHECK_THAT(
        only_mistake({{"KURIR_TLS_KEY", "/a.key"}}), ContainsSubstring("KURIR_TLS_CERT is not")
    );
    CHECK_THAT(
        only_mistake({{"KURIR_TLS_CERT", "/a.pem /b.pem"}, {"KURIR_TLS_KEY", "/a.key"}}),
        ContainsSubstring("1 files, but KURIR_TLS_CERT has 2")
    );
    CHECK_THAT(
        only_mistake({{"KURIR_TLS_CERT", "generate"}, {"KURIR_TLS_KEY", "/a.key"}}),
        ContainsSubstring("makes its own key")
    );
    CHECK_THAT(
        only_mistake({{"KURIR_TLS_CERT", "generate /a.pem"}}), ContainsSubstring("generate beside")
    );
    CHECK_THAT(
        only_mistake({{"KURIR_TLS_CERT", "/a.pem"}, {"KURIR_TLS_KEY", "generate"}}),
        ContainsSubstring("KURIR_TLS_CERT that generates")
    );
}

TEST_CASE("a key in place of the path of its file is never shown", "[config]") {
    for (const auto* name : {"KURIR_TLS_CERT", "KURIR_TLS_KEY"}) {
        const auto wrong = only_mistake({{name, "-----BEGIN PRIVATE KEY-----\\nMC4CAQAwBQ"}});
        CHECK_THAT(wrong, ContainsSubstring("give the path of the file"));
        CHECK_THAT(wrong, !ContainsSubstring("MC4C"));
    }
}

TEST_CASE("old versions of TLS are warned about", "[config]") {
    const auto warned = [](const char* least) {
        const auto warnings = good({{"KURIR_TLS_MIN", least}}).warnings;
        return std::ranges::any_of(warnings, [](const auto& each) {
            return each.starts_with("KURIR_TLS_MIN");
        });
    };
    CHECK(warned("1.0"));
    CHECK(warned("1.1"));
    CHECK_FALSE(warned("1.2"));
    CHECK_FALSE(warned("1.3"));
    CHECK(good({}).config.tls_min == tls_version::v1_2);
}

TEST_CASE("the TLS of a listener is written as it is read", "[config]") {
    for (const auto* text : {":2525?tls=offer", "[::1]:25?priority=bulk&tls=require"}) {
        std::vector<listen_address> read;
        REQUIRE_FALSE(read_listeners(text, read));
        std::vector<listen_address> again;
        REQUIRE_FALSE(read_listeners(listener_text(read.front()), again));
        CHECK(again.front().profile == read.front().profile);
    }
}

TEST_CASE("certificates of clients need one of ours", "[config]") {
    const auto both = good({{"KURIR_TLS_CERT", "/a.pem"}, {"KURIR_TLS_CLIENT_CA", "/ca.pem"}});
    CHECK(both.config.tls_client_ca == "/ca.pem");
    CHECK_THAT(
        only_mistake({{"KURIR_TLS_CLIENT_CA", "/ca.pem"}}),
        ContainsSubstring("KURIR_TLS_CERT is not")
    );
    CHECK_THAT(
        only_mistake({{"KURIR_TLS_CERT", "/a.pem"}, {"KURIR_TLS_CLIENT_CA", "-----BEGIN"}}),
        ContainsSubstring("give the path")
    );
}

TEST_CASE("who may be believed about clients is not much of the Internet", "[config]") {
    CHECK(
        good({{"KURIR_XCLIENT_NETWORKS", "10.0.0.0/8 loopback"}})
            .config.xclient_networks.networks()
            .size() == 3
    );
    CHECK_THAT(
        only_mistake({{"KURIR_XCLIENT_NETWORKS", "0.0.0.0/0"}}), ContainsSubstring("the Internet")
    );
    CHECK_THAT(
        only_mistake({{"KURIR_XCLIENT_NETWORKS", "proxy.example"}}), ContainsSubstring("no network")
    );
}
