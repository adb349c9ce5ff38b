// Logins of a session: mechanisms from end to end, what a login changes, and what failures cost.
#include "relay/inbound/session_login.hpp"

#include <string>
#include <vector>

#include "relay/config/rate.hpp"
#include "relay/config/user_list.hpp"
#include "relay/log/log.hpp"
#include "relay/sasl/base64.hpp"
#include "relay/sasl/client_account.hpp"
#include "relay/sasl/client_exchange.hpp"
#include "relay/users/hash_password.hpp"
#include "tests/inbound/server_world.hpp"

using namespace kurir;
using namespace tests;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

using mechanism = metrics::login_mechanism;
using outcome = metrics::login_outcome;

config::user_list users_of(const std::string& text) {
    config::user_list users;
    REQUIRE_FALSE(config::read_users_file(text, users));
    return users;
}

// Strangers, who may log in without TLS.
config::config with_users(const std::string& text = "ann:{PLAIN}pencil\nbob:{PLAIN}rubber\n") {
    auto config = usual_config();
    config.trusted_networks = config::network_set();
    config.listen.front().profile.auth = config::listener_auth::offer;
    config.auth_insecure = true;
    config.users = users_of(text);
    config.max_errors = 1000;
    return config;
}

std::string plain(const std::string& name, const std::string& password) {
    using namespace std::string_literals;
    return "AUTH PLAIN " + sasl::encode_base64("\0"s + name + "\0"s + password);
}

double logins(server_world& world, mechanism used, outcome ended) {
    return world.metrics.smtp_logins_total(used, ended).value();
}

asio::awaitable<void> hello(test_client& client) {
    const auto answer = co_await client.ask("EHLO client.example");
    REQUIRE_THAT(answer, StartsWith("250"));
}

// Sends a login that fails, and lets the time pass that it costs. Returns that time.
asio::awaitable<net::clock::duration> fail(
    server_world& world, net::virtual_clock& clock, test_client& client, std::string line
) {
    const auto before = logins(world, mechanism::plain, outcome::wrong);
    const auto began = net::clock::now();
    co_await client.send(line + "\r\n");
    while (logins(world, mechanism::plain, outcome::wrong) == before) {
        co_await settle();
        clock.advance(200ms);
    }
    co_return net::clock::now() - began;
}

// Waits until the password was looked at.
asio::awaitable<void> await_check(server_world& world) {
    while (world.metrics.smtp_logins_checking.value() > 0)
        co_await settle();
    co_await settle();
}

}  // namespace

TEST_CASE("who has logged in may relay, and the mail is the user's", "[inbound]") {
    log::capture captured;
    serve(with_users(), [](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        const auto offer = co_await client->ask("EHLO client.example");
        CHECK_THAT(offer, ContainsSubstring("250 AUTH PLAIN LOGIN\r\n"));
        const auto in = co_await client->ask(plain("ann", "pencil"));
        CHECK(in == "235 2.7.0 Authentication succeeded\r\n");
        co_await client->begin_message();
        const auto end = co_await client->ask("Subject: x\r\n\r\n.");
        CHECK_THAT(end, StartsWith("250"));

        REQUIRE(world.store.committed.size() == 1);
        const auto& stored = world.store.committed[0];
        CHECK(stored.mail.terms->credential == "ann");
        REQUIRE(stored.deliveries.size() == 1);
        CHECK(stored.deliveries[0].terms->credential == "ann");
        CHECK(stored.deliveries[0].tenant == "user:ann client.example");
        CHECK_THAT(stored.last_chunk, ContainsSubstring(" with ESMTPA "));
        CHECK(logins(world, mechanism::plain, outcome::succeeded) == 1);
    });
    const auto lines = all_of(captured);
    CHECK_THAT(lines, ContainsSubstring(R"("event":"login","client_ip":"127.0.0.1")"));
    CHECK_THAT(
        lines, Catch::Matchers::Matches("[^]*\"event\":\"received\"[^\n]*\"user\":\"ann\"[^]*")
    );
    CHECK_THAT(
        lines, Catch::Matchers::Matches("[^]*\"event\":\"session\"[^\n]*\"user\":\"ann\"[^]*")
    );
    CHECK_THAT(lines, !ContainsSubstring("pencil"));
}

TEST_CASE("who has not logged in may not relay", "[inbound]") {
    net::virtual_clock clock;
    serve(with_users(), [&clock](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        co_await hello(*client);
        co_await fail(world, clock, *client, plain("ann", "rubber"));
        const auto refused = co_await client->reply();
        CHECK_THAT(refused, StartsWith("535 5.7.8"));
        const auto mail = co_await client->ask("MAIL FROM:<a@client.example>");
        CHECK_THAT(mail, StartsWith("250"));
        const auto rcpt = co_await client->ask("RCPT TO:<b@remote.example>");
        CHECK_THAT(rcpt, StartsWith("550 5.7.1"));
    });
}

TEST_CASE("every mechanism logs in, and fails, as its client expects", "[inbound]") {
    const std::string keys = "ann:" + *users::hash_for_scram("pencil") + "\n";
    const std::string_view name = GENERATE("PLAIN", "LOGIN", "SCRAM-SHA-256");
    const bool right = GENERATE(true, false);
    net::virtual_clock clock;
    auto config = with_users(keys);
    serve(std::move(config), [=, &clock](server_world& world) -> asio::awaitable<void> {
        auto account = std::make_shared<const sasl::client_account>(
            sasl::client_secrets{"ann", sasl::secret(right ? "pencil" : "rubber"), {}}
        );
        auto exchange = name.starts_with("SCRAM")
                            ? sasl::make_client_scram({account, {}, "abcdefgh"}, false)
                            : sasl::make_client_exchange(name, account);
        auto client = co_await world.greeted();
        const auto offer = co_await client->ask("EHLO client.example");
        CHECK_THAT(offer, ContainsSubstring("250 AUTH SCRAM-SHA-256 PLAIN LOGIN\r\n"));
        std::string line = "AUTH " + std::string(name);
        if (const auto first = exchange->first()) line += " " + sasl::encode_base64(*first);
        const auto pencil = metrics::login_outcome::wrong;
        for (;;) {
            co_await client->send(line + "\r\n");
            co_await settle();
            co_await await_check(world);
            for (int step = 0; !right && step < 100; ++step) {
                clock.advance(10ms);
                co_await settle();
            }
            const auto said = co_await client->reply();
            CAPTURE(name, right, said);
            if (!said.starts_with("334")) {
                CHECK_THAT(said, StartsWith(right ? "235 2.7.0" : "535 5.7.8"));
                CHECK(exchange->proven() == (right || !name.starts_with("SCRAM")));
                break;
            }
            const auto challenge = sasl::decode_base64(said.substr(4, said.size() - 6));
            REQUIRE(challenge);
            const auto answer = exchange->respond(*challenge);
            REQUIRE(answer);
            line = sasl::encode_base64(*answer);
        }
        const auto label = name == "PLAIN"   ? mechanism::plain
                           : name == "LOGIN" ? mechanism::login
                                             : mechanism::scram;
        CHECK(logins(world, label, right ? outcome::succeeded : pencil) == 1);
    });
}

TEST_CASE("an unknown user and a wrong password get one text, after a while", "[inbound]") {
    net::virtual_clock clock;
    log::capture captured;
    serve(with_users(), [&clock](server_world& world) -> asio::awaitable<void> {
        std::vector<std::string> texts;
        net::clock::duration last{};
        for (const auto* name : {"ann", "nobody"}) {
            auto client = co_await world.greeted();
            co_await hello(*client);
            const auto took = co_await fail(world, clock, *client, plain(name, "wrong"));
            CHECK(took >= users::login_limits::first_delay);
            CHECK(took > last);  // doubled: both are of one network
            last = took;
            texts.push_back(co_await client->reply());
        }
        CHECK(texts[0] == texts[1]);
    });
    const auto lines = all_of(captured);
    CHECK_THAT(
        lines,
        ContainsSubstring(R"("event":"login_failed","client_ip":"127.0.0.1","reason":"wrong",)"
                          R"("mechanism":"PLAIN","user":"nobody")")
    );
    CHECK_THAT(lines, !ContainsSubstring(R"("event":"rejected")"));
}

TEST_CASE("the name that was claimed is cleaned in the log", "[inbound]") {
    net::virtual_clock clock;
    log::capture captured;
    const std::string forged = "x\",\"client_ip\":\"192.0.2.9\xe2\x80\xae";
    serve(with_users(), [&](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        co_await hello(*client);
        co_await fail(world, clock, *client, plain(forged, "wrong"));
        std::ignore = co_await client->reply();
    });
    const auto lines = all_of(captured);
    CHECK_THAT(lines, ContainsSubstring(R"(\",\"client_ip\":\"192.0.2.9)"));
    CHECK_THAT(lines, !ContainsSubstring("\xe2\x80\xae"));
}

TEST_CASE("after many failures a password is not even looked at", "[inbound]") {
    net::virtual_clock clock;
    serve(with_users(), [&clock](server_world& world) -> asio::awaitable<void> {
        std::string end;
        int failures = 0;
        for (; failures < 100; ++failures) {
            auto client = co_await world.greeted();
            co_await hello(*client);
            const auto before = logins(world, mechanism::plain, outcome::shut);
            const auto wrong = logins(world, mechanism::plain, outcome::wrong);
            co_await client->send(plain("ann", "wrong") + "\r\n");
            while (logins(world, mechanism::plain, outcome::wrong) == wrong &&
                   logins(world, mechanism::plain, outcome::shut) == before) {
                co_await settle();
                clock.advance(200ms);
            }
            end = co_await client->reply();
            if (!end.starts_with("535")) {
                const auto closed = co_await client->reply();
                CHECK(closed == "closed");
                break;
            }
        }
        CHECK(end == "421 4.7.0 relay.test Too many failed logins, try later\r\n");
        CHECK(failures >= 20);

        auto right = co_await world.greeted();
        co_await hello(*right);
        const auto shut = co_await right->ask(plain("ann", "pencil"));
        CHECK_THAT(shut, StartsWith("421 4.7.0"));
        CHECK(logins(world, mechanism::plain, outcome::succeeded) == 0);
    });
}

TEST_CASE("a session whose refusal is held back ends at a shutdown", "[inbound]") {
    net::virtual_clock clock;
    serve(with_users(), [](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        co_await hello(*client);
        co_await client->send(plain("ann", "wrong") + "\r\n");
        co_await settle();
        co_await await_check(world);
        CHECK(logins(world, mechanism::plain, outcome::wrong) == 0);  // no time has passed
        co_await world.server.drain(net::clock::now() + 1h);
        const auto refused = co_await client->reply();
        CHECK_THAT(refused, StartsWith("535 5.7.8"));
        const auto end = co_await client->reply();
        CHECK_THAT(end, StartsWith("421 4.3.2"));
    });
}

TEST_CASE("where a login is required, MAIL before it is refused", "[inbound]") {
    auto config = with_users();
    config.trusted_networks = usual_config().trusted_networks;
    config.listen.front().profile.auth = config::listener_auth::require;
    log::capture captured;
    serve(std::move(config), [](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        co_await hello(*client);
        const auto refused = co_await client->ask("MAIL FROM:<a@client.example>");
        CHECK_THAT(refused, StartsWith("530 5.7.0"));
        const auto in = co_await client->ask(plain("ann", "pencil"));
        CHECK_THAT(in, StartsWith("235"));
        co_await client->begin_message();
        const auto end = co_await client->ask("Subject: x\r\n\r\n.");
        CHECK_THAT(end, StartsWith("250"));
    });
    CHECK_THAT(all_of(captured), ContainsSubstring(R"("reason":"auth_required")"));
}

TEST_CASE("nothing is offered in clear, without users, or where AUTH is off", "[inbound]") {
    auto config = with_users();
    const auto* const kind = GENERATE("clear", "nobody", "off");
    CAPTURE(kind);
    const std::string_view chosen = kind;
    if (chosen == "clear") config.auth_insecure = false;
    if (chosen == "nobody") config.users = users_of("");
    if (chosen == "off") config.listen.front().profile.auth = config::listener_auth::off;
    serve(std::move(config), [chosen](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        const auto offer = co_await client->ask("EHLO client.example");
        CHECK_THAT(offer, !ContainsSubstring("AUTH"));
        const auto refused = co_await client->ask(plain("ann", "pencil"));
        const auto* expected = chosen == "clear" ? "538" : chosen == "off" ? "502" : "504";
        CHECK_THAT(refused, StartsWith(expected));
    });
}

TEST_CASE("users that change count for the next login", "[inbound]") {
    serve(with_users(), [](server_world& world) -> asio::awaitable<void> {
        auto before = co_await world.greeted();
        co_await hello(*before);
        const auto in = co_await before->ask(plain("ann", "pencil"));
        CHECK_THAT(in, StartsWith("235"));
        auto changed = *world.config.get();
        changed.users = users_of("cat:{PLAIN}meow\n");
        world.config.set(std::make_shared<const config::config>(changed));
        auto client = co_await world.greeted();
        co_await hello(*client);
        const auto known = co_await client->ask(plain("cat", "meow"));
        CHECK_THAT(known, StartsWith("235"));
        co_await before->begin_message();  // stays logged in
    });
}

TEST_CASE("what a client has sent behind AUTH waits for the check", "[inbound]") {
    serve(with_users(), [](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        co_await hello(*client);
        co_await client->send(
            plain("ann", "pencil") +
            "\r\nMAIL FROM:<a@client.example>\r\nRCPT TO:<b@remote.example>\r\nDATA\r\n"
        );
        for (const auto* expected : {"235", "250", "250", "354"}) {
            const auto answer = co_await client->reply();
            CHECK_THAT(answer, StartsWith(expected));
        }
    });
}

TEST_CASE("a user's rate is the user's, wherever the client is", "[inbound]") {
    auto config = with_users();
    config.client_rate.emplace();
    REQUIRE_FALSE(config::read_rate("1/h", *config.client_rate));
    serve(std::move(config), [](server_world& world) -> asio::awaitable<void> {
        for (const auto* user : {"ann", "bob"}) {
            auto client = co_await world.greeted();
            co_await hello(*client);
            const auto password = std::string_view(user) == "ann" ? "pencil" : "rubber";
            const auto in = co_await client->ask(plain(user, password));
            CHECK_THAT(in, StartsWith("235"));
            const auto first = co_await client->ask("MAIL FROM:<a@client.example>");
            CHECK_THAT(first, StartsWith("250"));
            std::ignore = co_await client->ask("RSET");
            const auto second = co_await client->ask("MAIL FROM:<a@client.example>");
            CHECK_THAT(second, StartsWith("450 4.7.1 Too many messages of this user"));
        }
    });
}

TEST_CASE("who has logged in makes room for nobody", "[inbound]") {
    auto config = with_users();
    config.max_sessions = 8;  // two for strangers
    serve(std::move(config), [](server_world& world) -> asio::awaitable<void> {
        auto ann = co_await world.greeted();
        co_await hello(*ann);
        const auto in = co_await ann->ask(plain("ann", "pencil"));
        CHECK_THAT(in, StartsWith("235"));
        auto stranger = co_await world.greeted();
        auto other = co_await world.greeted();  // the place of a stranger is free again
        auto third = co_await world.connect();
        const auto refused = co_await third->reply();
        CHECK_THAT(refused, StartsWith("421"));
        const auto still = co_await ann->ask("NOOP");
        CHECK_THAT(still, StartsWith("250"));
    });
}
