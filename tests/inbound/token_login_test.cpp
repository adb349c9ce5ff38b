// Logins by token in a session: what the client hears, what is counted, and where keys come from.
#include <string>
#include <utility>

#include "relay/config/client_tokens.hpp"
#include "relay/inbound/session_login.hpp"
#include "relay/sasl/base64.hpp"
#include "relay/tokens/key_set.hpp"
#include "tests/inbound/server_world.hpp"
#include "tests/tokens/signer.hpp"

using namespace kurir;
using namespace tests;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

using mechanism = metrics::login_mechanism;
using outcome = metrics::login_outcome;

const signer& issuer() {
    static const auto key = signer::ed25519();
    return key;
}

inbound::shared_keys keys_named(const std::string& id) {
    auto keys = tokens::key_set::parse("{\"keys\":[" + issuer().key(id) + "]}");
    REQUIRE(keys.has_value());
    return std::make_shared<const tokens::key_set>(std::move(*keys));
}

std::string token_of(const std::string& user, const std::string& key = "k") {
    const auto end = std::chrono::ceil<std::chrono::seconds>(net::calendar_now() + 10min);
    const auto expiry = std::to_string(end.time_since_epoch().count());
    return issuer().token(
        R"({"iss":"i","aud":"kurir","sub":")" + user + R"(","exp":)" + expiry + "}", key
    );
}

config::config with_tokens() {
    auto config = usual_config();
    config.trusted_networks = config::network_set();
    config.listen.front().profile.auth = config::listener_auth::offer;
    config.auth_insecure = true;
    config.max_errors = 1000;
    config.client_tokens = {
        .keys = "https://login.example/keys",
        .issuer = "i",
        .audiences = {"kurir"},
        .user_claim = "sub",
    };
    return config;
}

std::string xoauth2(const std::string& user, const std::string& token) {
    return "AUTH XOAUTH2 " + sasl::encode_base64(
                                 "user=" + user +
                                 "\x01"
                                 "auth=Bearer " +
                                 token + "\x01\x01"
                             );
}

std::string oauthbearer(const std::string& user, const std::string& token) {
    const auto name = user.empty() ? "" : "a=" + user;
    return "AUTH OAUTHBEARER " + sasl::encode_base64(
                                     "n," + name +
                                     ",\x01"
                                     "auth=Bearer " +
                                     token + "\x01\x01"
                                 );
}

double logins(server_world& world, outcome ended, mechanism used = mechanism::xoauth2) {
    return world.metrics.smtp_logins_total(used, ended).value();
}

asio::awaitable<std::unique_ptr<test_client>> greeted(server_world& world) {
    auto client = co_await world.greeted();
    const auto answer = co_await client->ask("EHLO client.example");
    REQUIRE_THAT(answer, ContainsSubstring("250 AUTH OAUTHBEARER XOAUTH2\r\n"));
    co_return client;
}

double refused(server_world& world) {
    double count = 0;
    for (const auto used : {mechanism::xoauth2, mechanism::oauthbearer})
        count += logins(world, outcome::wrong, used) + logins(world, outcome::shut, used);
    return count;
}

// Sends a token that is wrong, and lets the time pass that it costs.
asio::awaitable<std::string> be_wrong(
    server_world& world, net::virtual_clock& clock, test_client& client, std::string line
) {
    const auto before = refused(world);
    co_await client.send(line + "\r\n");
    while (refused(world) == before) {
        co_await settle();
        clock.advance(200ms);
    }
    co_return co_await client.reply();
}

}  // namespace

TEST_CASE("a token is its user's login", "[inbound][tokens]") {
    serve(with_tokens(), [](server_world& world) -> asio::awaitable<void> {
        world.server.use(keys_named("k"));
        for (const auto& line :
             {xoauth2("ann", token_of("ann")),
              oauthbearer("ann", token_of("ann")),
              oauthbearer("", token_of("ann"))}) {
            auto client = co_await greeted(world);
            const auto in = co_await client->ask(line);
            CHECK(in == "235 2.7.0 Authentication succeeded\r\n");
            co_await client->begin_message();
            const auto end = co_await client->ask("Subject: x\r\n\r\n.");
            CHECK_THAT(end, StartsWith("250"));
            CHECK(world.store.committed.back().mail.terms->credential == "ann");
        }
        CHECK(logins(world, outcome::succeeded) == 1);
        CHECK(logins(world, outcome::succeeded, mechanism::oauthbearer) == 2);
    });
}

TEST_CASE("a token that is wrong: an error, whatever is answered, and then 535", "[inbound]") {
    const std::string answer = GENERATE("", "AQ==", "no base64", "*");
    net::virtual_clock clock;
    log::capture captured;
    serve(with_tokens(), [&](server_world& world) -> asio::awaitable<void> {
        world.server.use(keys_named("k"));
        auto client = co_await greeted(world);
        const auto error =
            co_await be_wrong(world, clock, *client, xoauth2("bob", token_of("ann")));
        REQUIRE_THAT(error, StartsWith("334 "));
        const auto text = sasl::decode_base64(error.substr(4, error.size() - 6));
        REQUIRE(text);
        CHECK(*text == R"({"status":"401","schemes":"bearer"})");
        CHECK(logins(world, outcome::wrong) == 1);
        const auto end = co_await client->ask(answer);
        CHECK_THAT(end, StartsWith(answer == "*" ? "501 5.7.0" : "535 5.7.8"));
        CHECK(logins(world, outcome::wrong) == 1);
        CHECK(logins(world, outcome::cancelled) == 0);
        CHECK(logins(world, outcome::malformed) == 0);
        const auto in = co_await client->ask(xoauth2("ann", token_of("ann")));
        CHECK_THAT(in, StartsWith("235"));
    });
    CHECK_THAT(all_of(captured), ContainsSubstring(R"("token":"other_user","user":"bob")"));
}

TEST_CASE("wrong tokens shut their sender out, as wrong passwords do", "[inbound][tokens]") {
    net::virtual_clock clock;
    serve(with_tokens(), [&](server_world& world) -> asio::awaitable<void> {
        world.server.use(keys_named("k"));
        auto client = co_await greeted(world);
        const auto wrong = oauthbearer("", token_of("ann", "other"));
        std::string said;
        for (int i = 0; i < 60 && !said.starts_with("421"); ++i) {
            said = co_await be_wrong(world, clock, *client, wrong);
            if (said.starts_with("334")) std::ignore = co_await client->ask("");
        }
        CHECK_THAT(said, StartsWith("421 4.7.0"));
        auto next = co_await greeted(world);
        const auto shut = co_await next->ask(xoauth2("ann", token_of("ann")));
        CHECK_THAT(shut, StartsWith("421 4.7.0"));
        CHECK(logins(world, outcome::shut) == 1);
    });
}

TEST_CASE("without keys a token is nobody's fault", "[inbound][tokens]") {
    serve(with_tokens(), [](server_world& world) -> asio::awaitable<void> {
        auto client = co_await greeted(world);
        const auto later = co_await client->ask(xoauth2("ann", token_of("ann")));
        CHECK_THAT(later, StartsWith("454 4.7.0"));
        CHECK(logins(world, outcome::no_keys) == 1);
        world.server.use(keys_named("k"));
        const auto in = co_await client->ask(xoauth2("ann", token_of("ann")));
        CHECK_THAT(in, StartsWith("235"));
    });
}

TEST_CASE("a key that is new is asked for, and the client waits", "[inbound][tokens]") {
    const bool had_keys = GENERATE(true, false);
    net::virtual_clock clock;
    serve(with_tokens(), [&](server_world& world) -> asio::awaitable<void> {
        int asked = 0;
        bool found = true;
        world.server.renew_keys_by([&]() -> asio::awaitable<void> {
            ++asked;
            if (found) world.server.use(keys_named("new"));
            co_return;
        });
        if (had_keys) world.server.use(keys_named("old"));
        auto client = co_await greeted(world);
        const auto in = co_await client->ask(xoauth2("ann", token_of("ann", "new")));
        CHECK_THAT(in, StartsWith("235"));
        CHECK(asked == 1);
        CHECK(logins(world, outcome::no_keys) + logins(world, outcome::wrong) == 0);

        found = false;
        auto other = co_await greeted(world);
        const auto error =
            co_await be_wrong(world, clock, *other, xoauth2("ann", token_of("ann", "newer")));
        CHECK_THAT(error, StartsWith("334"));
        CHECK(asked == 2);
    });
}
