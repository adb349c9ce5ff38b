// The client of one connection against a server on loopback that fails at every step, in every way.
#include "relay/outbound/smtp_client.hpp"

#include "relay/net/clock.hpp"
#include "relay/net/connect.hpp"
#include "relay/outbound/reach.hpp"
#include "tests/outbound/delivery_world.hpp"

using namespace kurir;
using namespace kurir::outbound;
using namespace tests;

namespace {

// Gives these chunks.
class text_source final : public body_source {
public:
    explicit text_source(std::vector<std::string> chunks) : chunks_(std::move(chunks)) {}

    asio::awaitable<net::result<chunk>> next() override {
        const auto& bytes = chunks_.at(next_++);
        co_return chunk{.bytes = bytes, .last = next_ == chunks_.size()};
    }

private:
    std::vector<std::string> chunks_;
    std::size_t next_ = 0;
};

smtp::mail_request request(std::vector<std::string> recipients = {"user@remote.test"}) {
    return {.reverse_path = "sender@app.test", .recipients = std::move(recipients), .size = 20};
}

struct client_world : delivery_world {
    asio::awaitable<std::unique_ptr<smtp_client>> connected(std::uint16_t port) {
        const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
        auto socket = co_await net::connect(endpoint, net::clock::now() + 1min);
        REQUIRE(socket.has_value());
        co_return std::make_unique<smtp_client>(
            std::move(*socket), "mx.test", timeouts_of(*config.get()), metrics.outbound
        );
    }

    static asio::awaitable<transaction_end> send(smtp_client& client, smtp::mail_request mail) {
        text_source body({"Subject: x\r\n\r\n", ".dot\r\n"});
        const transaction_manner manner;
        auto end = co_await client.send(std::move(mail), body, manner);
        co_return end;
    }

    // One message over a new connection: what became of its recipient.
    verdict attempt(scripted_server& server) {
        std::optional<verdict> result;
        run([&]() -> asio::awaitable<void> {
            auto client = co_await connected(server.port());
            result = co_await client->open({.name = "relay.test"});
            if (!result) {
                auto end = co_await send(*client, request());
                result = end.verdicts.at(0);
            }
            co_await client->quit();
        });
        return *result;
    }
};

std::string join(const std::vector<std::string>& lines) {
    std::string all;
    for (const auto& line : lines)
        all += line + '\n';
    return all;
}

// A step of the dialogue, and as what stage its failure counts.
struct step {
    std::string line;
    outbound::stage stage;
};
const std::vector<step> steps{
    {"", stage::banner},
    {"EHLO", stage::ehlo},
    {"MAIL", stage::mail},
    {"RCPT", stage::rcpt},
    {"DATA", stage::data},
    {".", stage::eod},
};

scripted_server::script saying(std::string reply, const step& at) {
    return [reply = std::move(reply), line = at.line](std::size_t, const std::string& command) {
        const bool applies = line.empty() ? command.empty() : command.starts_with(line);
        return applies ? std::optional(reply) : std::nullopt;
    };
}

}  // namespace

TEST_CASE("a message goes by MAIL, RCPT and DATA, with its dots stuffed", "[client]") {
    client_world world;
    auto& server = world.serve();
    const auto result = world.attempt(server);
    CHECK(result.outcome == outcome::delivered);
    CHECK(
        join(server.lines) ==
        "EHLO relay.test\nMAIL FROM:<sender@app.test>\n"
        "RCPT TO:<user@remote.test>\nDATA\nQUIT\n"
    );
    CHECK(server.contents == std::vector<std::string>{"Subject: x\r\n\r\n..dot\r\n"});
}

TEST_CASE("a refusal at each step is judged with the step, and delivers nothing", "[client]") {
    const auto& at = steps[GENERATE(range(0UL, 6UL))];
    const auto code = GENERATE(as<std::string>(), "421", "450", "554");
    CAPTURE(at.line, code);
    client_world world;
    auto& server = world.serve(saying(code + " no\r\n", at));
    const auto result = world.attempt(server);
    CHECK(result.stage == at.stage);
    CHECK(result.cause == cause::reply);
    CHECK(result.outcome != outcome::delivered);
    if (code[0] == '4') CHECK(result.outcome == outcome::deferred);
    CHECK(result.remote == "mx.test");
    CHECK_FALSE(result.ambiguous);
    CHECK(server.transactions.empty());
}

TEST_CASE(
    "a connection lost at each step defers; after the end of data it is ambiguous", "[client]"
) {
    const auto& at = steps[GENERATE(range(0UL, 6UL))];
    CAPTURE(at.line);
    client_world world;
    const auto result = world.attempt(world.serve(saying(hang_up, at)));
    CHECK(result.stage == at.stage);
    CHECK(result.cause == cause::lost);
    CHECK(result.outcome == outcome::deferred);
    CHECK(result.ambiguous == (at.stage == stage::eod));
}

TEST_CASE("silence at each step ends at its timeout and defers", "[client]") {
    const auto& at = steps[GENERATE(range(0UL, 6UL))];
    CAPTURE(at.line);
    net::virtual_clock clock;
    client_world world;
    auto& server = world.serve(saying(silence, at));
    server.while_silent = [&] { clock.advance(10s); };
    const auto result = world.attempt(server);
    CHECK(result.stage == at.stage);
    CHECK(result.cause == cause::timeout);
    CHECK(result.outcome == outcome::deferred);
    CHECK(result.ambiguous == (at.stage == stage::eod));
}

TEST_CASE("what is no reply, or can't be one to its command, defers at each step", "[client]") {
    const auto& at = steps[GENERATE(range(0UL, 6UL))];
    const auto said = GENERATE(as<std::string>(), "hello\r\n", "220 again\r\n", "354 go on\r\n");
    if (at.line.empty() && said.starts_with("220")) return;
    if (at.line == "DATA" && said.starts_with("354")) return;
    CAPTURE(at.line, said);
    client_world world;
    const auto result = world.attempt(world.serve(saying(said, at)));
    CHECK(result.stage == at.stage);
    CHECK(result.cause == cause::protocol);
    CHECK(result.outcome == outcome::deferred);
}

TEST_CASE(
    "with PIPELINING and CHUNKING commands go together, and the message by BDAT", "[client]"
) {
    client_world world;
    auto& server = world.serve([](std::size_t, const std::string& line) {
        const std::string offers = "250-mx.test\r\n250-PIPELINING\r\n250 CHUNKING\r\n";
        return line.starts_with("EHLO") ? std::optional(offers) : std::nullopt;
    });
    const auto result = world.attempt(server);
    CHECK(result.outcome == outcome::delivered);
    CHECK(server.heard("BDAT 14") == 1);
    CHECK(server.heard("BDAT 6 LAST") == 1);
    CHECK(server.heard("DATA") == 0);
    CHECK(server.contents == std::vector<std::string>{"Subject: x\r\n\r\n.dot\r\n"});
}

TEST_CASE("each recipient has its own verdict, and the connection stays usable", "[client]") {
    client_world world;
    auto& server = world.serve([](std::size_t, const std::string& line) {
        const bool refused = line.starts_with("RCPT TO:<no@");
        return refused ? std::optional<std::string>("550 5.1.1 unknown\r\n") : std::nullopt;
    });
    world.run([&]() -> asio::awaitable<void> {
        auto client = co_await world.connected(server.port());
        auto trouble = co_await client->open({.name = "relay.test"});
        REQUIRE_FALSE(trouble);
        for (std::size_t i = 1; i <= 2; ++i) {
            auto mail = request({"yes@remote.test", "no@remote.test"});
            auto end = co_await world.send(*client, std::move(mail));
            REQUIRE(end.verdicts.size() == 2);
            CHECK(end.verdicts[0].outcome == outcome::delivered);
            CHECK(end.verdicts[1].outcome == outcome::failed);
            CHECK(end.accepted == std::vector<std::size_t>{0});
            CHECK(end.kept == (i == 2));
            CHECK(client->usable());
            CHECK(client->transactions() == i);
        }
        co_await client->quit();
        CHECK_FALSE(client->usable());
    });
    using together = std::vector<std::set<std::string>>;
    CHECK(server.transactions == together{{"yes@remote.test"}, {"yes@remote.test"}});
}

TEST_CASE("a reply that nobody asked for makes a kept connection stale", "[client]") {
    client_world world;
    auto& server = world.serve([](std::size_t, const std::string& line) {
        return line == "." ? std::optional<std::string>("250 taken\r\n250 again\r\n")
                           : std::nullopt;
    });
    world.run([&]() -> asio::awaitable<void> {
        auto client = co_await world.connected(server.port());
        auto trouble = co_await client->open({.name = "relay.test"});
        REQUIRE_FALSE(trouble);
        auto first = co_await world.send(*client, request());
        CHECK(first.verdicts.at(0).outcome == outcome::delivered);
        auto second = co_await world.send(*client, request());
        CHECK(second.verdicts.at(0).outcome == outcome::deferred);
        CHECK(second.stale);
        CHECK(second.unasked);
        CHECK_FALSE(client->usable());
    });
    CHECK(server.heard("MAIL") == 1);
}

TEST_CASE("mail that needs more than the host offers is not sent to it", "[client]") {
    client_world world;
    auto& server = world.serve([](std::size_t, const std::string& line) {
        const std::string offers = "250-mx.test\r\n250 SIZE 1000\r\n";
        return line.starts_with("EHLO") ? std::optional(offers) : std::nullopt;
    });
    world.run([&]() -> asio::awaitable<void> {
        auto client = co_await world.connected(server.port());
        auto trouble = co_await client->open({.name = "relay.test"});
        REQUIRE_FALSE(trouble);
        auto mail = request();
        CHECK_FALSE(client->refusal(mail));
        mail.size = 1001;
        CHECK(client->refusal(mail));
        mail = request();
        mail.smtputf8 = true;
        CHECK(client->refusal(mail));
        mail = request();
        mail.eight_bit = true;  // it is converted
        CHECK_FALSE(client->refusal(mail));
        co_await client->quit();
    });
}

TEST_CASE("HELO is said where EHLO is unknown", "[client]") {
    client_world world;
    auto& server = world.serve([](std::size_t, const std::string& line) {
        return line.starts_with("EHLO") ? std::optional<std::string>("500 what?\r\n")
                                        : std::nullopt;
    });
    CHECK(world.attempt(server).outcome == outcome::delivered);
    CHECK(server.heard("HELO relay.test") == 1);
}
