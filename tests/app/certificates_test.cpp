// Certificates from files: what a mistake is called, and who may read a key.
#include "relay/app/certificates.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "relay/app/key_exposure.hpp"
#include "tests/net/certificates.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace std::chrono_literals;
using app::file_standing;
using app::is_exposed;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

config::config with(std::vector<std::string> certificates, std::vector<std::string> keys) {
    config::config made;
    made.tls_cert = std::move(certificates);
    made.tls_key = std::move(keys);
    return made;
}

net::server_certificates good(const config::config& config) {
    const auto read = app::read_certificates(config);
    if (const auto* wrong = std::get_if<config::problems>(&read)) FAIL(wrong->front());
    return std::get<net::server_certificates>(read);
}

std::string bad(const config::config& config) {
    const auto read = app::read_certificates(config);
    REQUIRE(std::holds_alternative<config::problems>(read));
    REQUIRE(std::get<config::problems>(read).size() == 1);
    return std::get<config::problems>(read).front();
}

tests::certificate_files issued(tests::authority& ca, const tests::certificate_wish& wish = {}) {
    auto files = ca.issue(wish);
    ::chmod(files.key.c_str(), 0600);
    return files;
}

}  // namespace

TEST_CASE(
    "a key is exposed if everybody can read it, unless it is a mounted secret of root", "[app]"
) {
    for (const ::mode_t mode : {0600U, 0640U, 0440U, 0400U, 0660U}) {
        CHECK_FALSE(is_exposed({.mode = S_IFREG | mode, .owner = 1000}));
        CHECK_FALSE(is_exposed({.mode = S_IFREG | mode, .owner = 0, .mounted_secret = true}));
    }
    for (const ::mode_t mode : {0644U, 0604U, 0444U, 0602U}) {
        CHECK(is_exposed({.mode = S_IFREG | mode, .owner = 1000}));
        CHECK(is_exposed({.mode = S_IFREG | mode, .owner = 0}));
        CHECK(is_exposed({.mode = S_IFREG | mode, .owner = 1000, .mounted_secret = true}));
        CHECK_FALSE(is_exposed({.mode = S_IFREG | mode, .owner = 0, .mounted_secret = true}));
    }
}

TEST_CASE("certificates are read with their keys", "[app]") {
    tests::authority ca;
    const auto first = issued(ca, {.names = "DNS:a.example"});
    const auto two = issued(ca, {.names = "DNS:b.example"});
    const auto both = good(with({first.certificate, two.certificate}, {first.key, two.key}));
    REQUIRE(both.size() == 2);
    CHECK(both.front()->first_name() == "a.example");
    CHECK(both.back()->first_name() == "b.example");
    CHECK(good(with({}, {})).empty());
    CHECK(good(with({"generate"}, {})).empty());
}

TEST_CASE("a certificate that can't be used is named with its variable", "[app]") {
    tests::authority ca;
    const auto first = issued(ca);
    const auto other = issued(ca);
    const auto expired = issued(ca, {.valid_from = -7200, .valid_until = -60});
    const std::string missing = first.certificate + ".none";

    CHECK_THAT(
        bad(with({missing}, {first.key})),
        StartsWith("KURIR_TLS_CERT: '" + missing + "'") && ContainsSubstring("No such file")
    );
    CHECK_THAT(
        bad(with({first.certificate}, {missing})), StartsWith("KURIR_TLS_KEY: '" + missing + "'")
    );
    CHECK_THAT(bad(with({missing}, {})), StartsWith("KURIR_TLS_CERT: '" + missing + "'"));
    CHECK_THAT(
        bad(with({first.certificate}, {other.key})),
        StartsWith("KURIR_TLS_KEY: '" + other.key + "'") && ContainsSubstring("another")
    );
    CHECK_THAT(
        bad(with({first.certificate}, {})),
        StartsWith("KURIR_TLS_CERT: '") && ContainsSubstring("KURIR_TLS_KEY names")
    );
    CHECK_THAT(
        bad(with({expired.certificate}, {expired.key})),
        StartsWith("KURIR_TLS_CERT: '" + expired.certificate) && ContainsSubstring("expired")
    );
    const auto folder = std::filesystem::path(first.certificate).parent_path().string();
    CHECK_THAT(bad(with({folder}, {first.key})), ContainsSubstring("is no file"));
    CHECK_THAT(
        bad(with({first.certificate, missing}, {first.key, first.key})), ContainsSubstring(missing)
    );
}

TEST_CASE("every mistake is told at once", "[app]") {
    const auto read = app::read_certificates(with({"/no/a.pem", "/no/b.pem"}, {"/no/a", "/no/b"}));
    CHECK(std::get<config::problems>(read).size() == 4);
}

TEST_CASE("a certificate that is not valid yet, or not for long, is warned about", "[app]") {
    tests::authority ca;
    const auto warned = [&](const tests::certificate_wish& wish) {
        const auto files = issued(ca, wish);
        const auto all = good(with({files.certificate}, {files.key}));
        return app::warnings_about(all, net::calendar_now()).size();
    };
    constexpr long day = 24L * 3600;
    CHECK(warned({.valid_from = -60, .valid_until = 13 * day}) == 1);
    CHECK(warned({.valid_from = -60, .valid_until = 15 * day}) == 0);
    CHECK(warned({.valid_from = 3600, .valid_until = 30 * day}) == 1);
    const auto files = issued(ca, {.valid_from = -60, .valid_until = 13 * day});
    const auto all = good(with({files.certificate}, {files.key}));
    const auto late = app::warnings_about(all, net::calendar_now() + std::chrono::days(14));
    CHECK_THAT(late.at(0), Catch::Matchers::EndsWith("has expired"));
}

TEST_CASE("a certificate of our own is made once, and again for another name", "[app]") {
    tests::authority folder_of;
    const auto folder = std::filesystem::path(folder_of.file()).parent_path();
    config::config config = with({"generate"}, {});
    config.queue_dir = folder;
    config.hostname = "relay.test";
    const auto made = [&] {
        const auto found = app::generated_certificate(config);
        REQUIRE(std::holds_alternative<net::server_certificates>(found));
        return std::get<net::server_certificates>(found).front();
    };
    const auto original = made();
    CHECK(original->has_name("relay.test"));
    struct ::stat seen{};
    REQUIRE(::stat(original->origin().c_str(), &seen) == 0);
    CHECK((seen.st_mode & 0777U) == 0600U);
    CHECK(made()->valid_until() == original->valid_until());

    config.hostname = "other.test";
    CHECK(made()->has_name("other.test"));
    std::ofstream(original->origin()) << "no certificate";
    CHECK(made()->has_name("other.test"));
    config.queue_dir = folder / "none" / "none";
    CHECK(std::holds_alternative<config::problems>(app::generated_certificate(config)));
}
