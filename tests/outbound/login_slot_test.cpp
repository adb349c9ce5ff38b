// Logins to relayhosts over connection slots: what is shown to whom, what a failure means, and that
// a refused token is replaced once.
#include <map>

#include "relay/log/log.hpp"
#include "relay/outbound/connection_slot.hpp"
#include "relay/outbound/login_verdict.hpp"
#include "tests/outbound/delivery_world.hpp"
#include "tests/outbound/job_list.hpp"

using namespace kurir;
using namespace kurir::outbound;
using namespace tests;
using Catch::Matchers::ContainsSubstring;

namespace {

config::config with_login(config::relayhost_login login) {
    auto made = delivery_settings();
    made.relayhost_logins["ses"] = std::move(login);
    return made;
}

const config::relayhost_login password{
    .username = "apikey", .password = "hunter2", .insecure = true
};
const config::relayhost_login tokens{
    .username = "me", .insecure = true, .token_url = "https://login.example/", .client_id = "c"
};

// Tokens t1, t2, … in turn; or none.
struct token_list final : token_source {
    std::size_t current = 1;
    std::size_t last = 1;
    std::string why_not = {};
    bool stopping = false;
    std::size_t taken = 0;

    asio::awaitable<base::result<std::string, token_trouble>> token(const std::string&) override {
        if (!why_not.empty()) co_return token_trouble{.text = why_not, .stopping = stopping};
        co_return base::result<std::string, token_trouble>(
            boost::system::in_place_value, "t" + std::to_string(current)
        );
    }
    asio::awaitable<bool> refused(const std::string&, std::string) override {
        const bool more = current < last;
        if (more) ++current;
        co_return more;
    }
    void accepted(const std::string&, const std::string&) override { ++taken; }
};

struct login_world : delivery_world {
    explicit login_world(config::relayhost_login login)
        : delivery_world(with_login(std::move(login))) {
        setup.logins = &book;
    }

    // One message by one server.
    void send(scripted_server& server, std::string credential = "ses") {
        jobs.jobs.push_back({store.put(1, {"user@remote.test"})});
        auto hosts = std::make_shared<route>(*route_to({server.port()}));
        hosts->key.credential = std::move(credential);
        run([this, hosts]() -> asio::awaitable<void> {
            connection_slot slot(setup, home, jobs, 1, hosts, held);
            co_await slot.run();
            co_await settle_down();
        });
    }

    double count(metrics::login_result result) {
        return relayhosts.relayhost_logins_total(relayhosts.names.index_of("ses"), result).value();
    }

    metrics::registry registry;
    metrics::relayhosts relayhosts{registry, {"ses"}};
    token_list source;
    logins book{config, relayhosts, &source};
    job_list jobs{context.get_executor()};
    const stake held = std::make_shared<char>();
};

// Offers these mechanisms and says `reply` to AUTH.
scripted_server::script with_auth(std::string mechanisms, std::string reply) {
    return [=](std::size_t, const std::string& line) -> std::optional<std::string> {
        if (line.starts_with("EHLO")) {
            return mechanisms.empty() ? "250 mx.test\r\n"
                                      : "250-mx.test\r\n250 AUTH " + mechanisms + "\r\n";
        }
        if (line.starts_with("AUTH")) return reply + "\r\n";
        return std::nullopt;
    };
}

}  // namespace

TEST_CASE("a relayhost gets its login, then its mail", "[slot][login]") {
    login_world world(password);
    auto& server = world.serve(with_auth("LOGIN PLAIN", "235 2.7.0 welcome"));
    world.send(server);
    CHECK(server.heard("AUTH PLAIN AGFwaWtleQBodW50ZXIy") == 1);
    CHECK(server.transactions.size() == 1);
    CHECK(world.count(metrics::login_result::ok) == 1);
    CHECK(world.book.failing().empty());
}

TEST_CASE("a server of a route without a credential is not logged in to", "[slot][login]") {
    login_world world(password);
    auto& server = world.serve(with_auth("PLAIN", "235 2.7.0 welcome"));
    world.send(server, "");
    CHECK(server.heard("AUTH") == 0);
    CHECK(server.transactions.size() == 1);
}

TEST_CASE("C037 a refused login defers, suspends and is told", "[slot][login]") {
    const auto [reply, result, advice] =
        GENERATE(table<std::string, metrics::login_result, std::string>({
            {"535 5.7.8 Authentication credentials invalid",
             metrics::login_result::refused,
             "KURIR_RELAYHOST_SES_PASSWORD"},
            {"535 bad", metrics::login_result::refused, "KURIR_RELAYHOST_SES_PASSWORD"},
            {"534 5.7.9 Application-specific password required",
             metrics::login_result::refused,
             "OAuth 2.0"},
            {"538 5.7.11 Encryption required", metrics::login_result::refused, "TLS"},
            {"530 5.7.0 Must issue a STARTTLS command first", metrics::login_result::refused, "TLS"
            },
            {"454 4.7.0 Temporary authentication failure",
             metrics::login_result::put_off,
             "tries again"},
            {"432 4.7.12 A password transition is needed",
             metrics::login_result::refused,
             "password to be changed"},
            {"421 4.7.0 Closing", metrics::login_result::put_off, "tries again"},
            {"504 5.5.4 no", metrics::login_result::refused, "refuses the login"},
        }));
    CAPTURE(reply);
    login_world world(password);
    auto& server = world.serve(with_auth("PLAIN", reply));
    log::capture lines;
    world.send(server);

    CHECK(server.transactions.empty());
    CHECK(world.jobs.reports == std::vector{report::kind::unreachable});
    REQUIRE(world.store.settled.size() == 1);
    CHECK(world.store.settled.front().finished.empty());
    CHECK(world.count(result) == 1);
    REQUIRE(world.book.failing().size() == 1);
    CHECK(world.book.failing().front().second == reply);
    auto told = lines.lines();
    std::erase_if(told, [](const auto& each) {
        return each.find("\"relayhost_login\"") == std::string::npos;
    });
    REQUIRE(told.size() == 1);
    CHECK_THAT(told.front(), ContainsSubstring(reply));
    CHECK_THAT(told.front(), ContainsSubstring(advice));
    CHECK_THAT(told.front(), !ContainsSubstring("hunter2"));
}

TEST_CASE("a server that has enough of connections is not left alone", "[slot][login]") {
    const auto* reply = GENERATE(
        "432 4.3.2 Concurrent connections limit exceeded",
        "454 4.7.0 Too many login attempts",
        "421 4.3.2 too many sessions"
    );
    login_world world(password);
    auto& server = world.serve(with_auth("PLAIN", reply));
    world.send(server);
    CHECK(world.jobs.reports == std::vector{report::kind::no_session});
}

TEST_CASE("a server that offers no login that can be used gets no mail", "[slot][login]") {
    const auto* mechanisms = GENERATE("", "XOAUTH2", "GSSAPI NTLM");
    login_world world(password);
    auto& server = world.serve(with_auth(mechanisms, "235 2.7.0 welcome"));
    world.send(server);
    CHECK(server.heard("AUTH") == 0);
    CHECK(server.transactions.empty());
    CHECK(world.count(metrics::login_result::impossible) == 1);
    CHECK(world.jobs.reports == std::vector{report::kind::unreachable});
}

TEST_CASE("nothing is shown without TLS unless it may be", "[slot][login]") {
    auto login = password;
    login.insecure = false;
    login_world world(login);
    auto& server = world.serve(with_auth("PLAIN", "235 2.7.0 welcome"));
    world.send(server);
    CHECK(server.heard("AUTH") == 0);
    CHECK(server.transactions.empty());
    CHECK(world.count(metrics::login_result::impossible) == 1);
}

TEST_CASE("a refused token is replaced once", "[slot][login]") {
    login_world world(tokens);
    world.source.last = 2;
    const bool second_is_good = GENERATE(true, false);
    auto& server = world.serve([&](std::size_t session, const std::string& line) {
        const bool good = session == 2 && second_is_good;
        return with_auth("XOAUTH2", good ? "235 2.7.0 welcome" : "535 5.7.3 refused")(
            session, line
        );
    });
    world.send(server);
    CHECK(server.connections == 2);
    CHECK(server.heard("AUTH XOAUTH2") == 2);
    CHECK(server.transactions.size() == (second_is_good ? 1 : 0));
    CHECK(world.source.taken == (second_is_good ? 1 : 0));
    CHECK(world.book.failing().empty() == second_is_good);
}

TEST_CASE("without a token nothing is connected to", "[slot][login]") {
    login_world world(tokens);
    world.source.why_not = "the token server login.example failed: it says invalid_grant";
    auto& server = world.serve(with_auth("XOAUTH2", "235 2.7.0 welcome"));
    world.send(server);
    CHECK(server.connections == 0);
    CHECK(world.count(metrics::login_result::no_token) == 1);
    CHECK(world.jobs.reports == std::vector{report::kind::unreachable});
    REQUIRE(world.store.settled.size() == 1);
    CHECK(world.store.settled.front().finished.empty());
    REQUIRE(world.book.failing().size() == 1);
    CHECK_THAT(world.book.failing().front().second, ContainsSubstring("invalid_grant"));
}

TEST_CASE("at a shutdown a token that is not waited for is no failed login", "[slot][login]") {
    login_world world(tokens);
    world.source.why_not = "the relay is shutting down";
    world.source.stopping = true;
    auto& server = world.serve(with_auth("XOAUTH2", "235 2.7.0 welcome"));
    log::capture logged;
    world.send(server);
    CHECK(server.connections == 0);
    CHECK(world.count(metrics::login_result::no_token) == 0);
    CHECK(world.book.failing().empty());
    for (const auto& line : logged.lines())
        CHECK_THAT(line, !ContainsSubstring("relayhost_login"));
}

TEST_CASE("a new password counts from the next connection on", "[slot][login]") {
    login_world world(password);
    using account = std::shared_ptr<const sasl::client_account>;
    std::vector<account> found;
    const auto find = [&]() -> asio::awaitable<void> {
        const auto credential = co_await world.book.find("ses");
        REQUIRE(credential.has_value());
        found.push_back(credential->account);
    };
    world.run([&]() -> asio::awaitable<void> {
        co_await find();
        co_await find();
        auto changed = *world.config.get();
        changed.relayhost_logins["ses"].password = "other";
        world.config.set(std::make_shared<const config::config>(changed));
        co_await find();
    });
    REQUIRE(found.size() == 3);
    CHECK(found[0] == found[1]);
    CHECK(found[2] != found[0]);
    CHECK(found[2]->password().text() == "other");
}
