// Opening a session: what each outcome means for mail, and TLS and AUTH over a connection.
#include "relay/outbound/session_opening.hpp"

#include <array>

#include "relay/net/connect.hpp"
#include "relay/outbound/reach.hpp"
#include "relay/outbound/smtp_client.hpp"
#include "tests/net/certificates.hpp"
#include "tests/outbound/delivery_world.hpp"

using namespace kurir;
using namespace kurir::outbound;
using namespace tests;

namespace {

constexpr auto mail_host = "mx.mail.example";

// By one mechanism, which needs no challenge.
class plain_credential final : public smtp::client_credential {
public:
    std::string begin(const std::vector<std::string>& mechanisms) override {
        return mechanisms == std::vector<std::string>{"PLAIN"} ? "PLAIN AGEAYg==" : "";
    }
    std::optional<std::string> answer(std::string_view) override { return std::nullopt; }
};

// A server that knows STARTTLS and AUTH PLAIN, of one session.
class tls_server {
public:
    tls_server(asio::io_context& context, std::string names)
        : acceptor_(context, {asio::ip::address_v4::loopback(), 0}),
          files_(ca_.issue({.names = std::move(names)})) {}

    tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

    std::shared_ptr<const net::tls_context> trusting_client() const {
        return made({.ca_file = ca_.file(), .system_ca = false});
    }

    asio::awaitable<void> serve() {
        net::stream stream(co_await acceptor_.async_accept(asio::use_awaitable));
        const auto context = made(
            {.certificate_file = files_.certificate,
             .key_file = files_.key,
             .system_ca = false,
             .peer = net::peer_verification::none}
        );
        co_await say(stream, "220 mx.test\r\n");
        for (;;) {
            const auto line = co_await read_line(stream);
            if (line.empty()) co_return;
            lines.push_back((stream.secure() ? "secure " : "clear ") + line);
            if (line == "STARTTLS") {
                co_await say(stream, starttls_reply);
                const auto agreed = co_await stream.start_tls(
                    *context, net::tls_role::server, "", net::clock::now() + 1min
                );
                if (!agreed) co_return;
            } else if (line.starts_with("AUTH")) {
                co_await say(stream, "235 welcome\r\n");
            } else {
                co_await say(
                    stream,
                    stream.secure() ? "250-mx.test\r\n250 AUTH " + mechanisms + "\r\n"
                                    : "250-mx.test\r\n250 STARTTLS\r\n"
                );
            }
        }
    }

    std::string starttls_reply = "220 go on\r\n";
    std::string mechanisms = "PLAIN";
    std::vector<std::string> lines;

private:
    static std::shared_ptr<const net::tls_context> made(const net::tls_settings& settings) {
        auto context = net::tls_context::make(settings);
        REQUIRE(context.has_value());
        return *context;
    }

    static asio::awaitable<void> say(net::stream& stream, std::string text) {
        std::ignore = co_await stream.write(text, net::clock::now() + 1min);
    }

    // Without CRLF; empty at the end of the connection.
    static asio::awaitable<std::string> read_line(net::stream& stream) {
        std::string line;
        while (!line.ends_with("\r\n")) {
            std::array<char, 1> byte{};
            const auto count = co_await stream.read_some(byte, net::clock::now() + 1min);
            if (!count) co_return "";
            line += byte[0];
        }
        co_return line.substr(0, line.size() - 2);
    }

    tcp::acceptor acceptor_;
    authority ca_;
    certificate_files files_;
};

// Opens a session that needs TLS and AUTH: what is wrong with it, if anything. Without an account
// the credential is a simple one.
std::optional<verdict> open_secure(
    delivery_world& world,
    tls_server& server,
    const std::shared_ptr<const sasl::client_account>& account = nullptr
) {
    std::optional<verdict> result;
    asio::co_spawn(world.context, server.serve(), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    });
    world.run([&]() -> asio::awaitable<void> {
        auto socket = co_await net::connect(server.endpoint(), net::clock::now() + 1min);
        REQUIRE(socket.has_value());
        smtp_client client(
            std::move(*socket), mail_host, timeouts_of(*world.config.get()), world.metrics.outbound
        );
        smtp::opening_terms terms{
            .name = "relay.test",
            .encryption = smtp::opening_terms::tls::required,
            .credential = std::make_shared<plain_credential>(),
        };
        if (account) terms.credential = client.login_by(account);
        tls_terms tls{.context = server.trusting_client(), .peer_name = mail_host};
        result = co_await client.open(std::move(terms), std::move(tls));
        CHECK(client.usable() == !result.has_value());
        co_await client.quit();
    });
    return result;
}

}  // namespace

TEST_CASE("TLS and AUTH are spoken before the session is open", "[client][opening]") {
    delivery_world world;
    tls_server server(world.context, std::string("DNS:") + mail_host);
    CHECK_FALSE(open_secure(world, server));
    CHECK(
        server.lines ==
        std::vector<std::string>{
            "clear EHLO relay.test",
            "clear STARTTLS",
            "secure EHLO relay.test",
            "secure AUTH PLAIN AGEAYg==",
            "secure QUIT",
        }
    );
}

TEST_CASE("a login knows that TLS is spoken", "[client][opening][login]") {
    delivery_world world;
    tls_server server(world.context, std::string("DNS:") + mail_host);
    const auto account = std::make_shared<const sasl::client_account>(
        sasl::client_secrets{.name = "app", .password = sasl::secret("hunter2")}
    );
    SECTION("and shows a password before it trusts MD5") {
        server.mechanisms = "CRAM-MD5 PLAIN";
        CHECK_FALSE(open_secure(world, server, account));
        CHECK(server.lines.at(3) == "secure AUTH PLAIN AGFwcABodW50ZXIy");
    }
    SECTION("and binds itself to the connection where it can") {
        server.mechanisms = "SCRAM-SHA-256 SCRAM-SHA-256-PLUS PLAIN";
        // 235 at once, without the server's signature, is no welcome.
        const auto trouble = open_secure(world, server, account);
        REQUIRE(trouble);
        CHECK(trouble->stage == stage::auth);
        CHECK(trouble->outcome == outcome::deferred);
        CHECK(server.lines.at(3).starts_with("secure AUTH SCRAM-SHA-256-PLUS "));
    }
}

TEST_CASE("a certificate for another host ends the opening, and defers", "[client][opening]") {
    delivery_world world;
    tls_server server(world.context, "DNS:other.mail.example");
    const auto result = open_secure(world, server);
    REQUIRE(result);
    CHECK(result->outcome == outcome::deferred);
    CHECK(result->status == smtp::enhanced_status{4, 7, 5});
    CHECK(result->remote == mail_host);
    CHECK(server.lines.size() == 2);
}

TEST_CASE("what was said in clear is not taken for something said under TLS", "[client][opening]") {
    delivery_world world;
    tls_server server(world.context, std::string("DNS:") + mail_host);
    server.starttls_reply = "220 go on\r\n250 AUTH PLAIN\r\n";
    const auto result = open_secure(world, server);
    REQUIRE(result);
    CHECK(result->outcome == outcome::deferred);
    CHECK(result->stage == stage::tls);
    CHECK(result->cause == cause::tls);
    CHECK(server.lines.size() == 2);
}

TEST_CASE("every outcome of an opening is a session or a verdict that defers", "[opening]") {
    using smtp::opening;
    const smtp::reply refused{.code = 554, .status = {}, .lines = {"no"}};
    const smtp::reply odd{.code = 250, .status = {}, .lines = {"hello"}};

    opening::session session;
    session.greeting_name = "mx.test";
    const auto opened = result_of(session, "");
    REQUIRE(opened.has_value());
    CHECK(opened->greeting_name == "mx.test");

    for (const auto at : {opening::stage::greeting, opening::stage::hello, opening::stage::auth}) {
        const auto refusal = result_of(opening::refusal{at, refused}, "").error();
        CHECK(refusal.outcome == outcome::deferred);
        CHECK(refusal.cause == cause::reply);
        CHECK(refusal.code == 554);
        const auto fault = result_of(opening::fault{at, odd}, "").error();
        CHECK(fault.outcome == outcome::deferred);
        CHECK(fault.cause == cause::protocol);
        CHECK(fault.diagnostic.find("250 hello") != std::string::npos);
    }

    using smtp::security_failure;
    // A server that offers TLS and does not start it must not look like one that refuses mail.
    for (const auto& each :
         {opening::outcome(opening::refusal{opening::stage::tls, refused}),
          opening::outcome(opening::fault{opening::stage::tls, odd})}) {
        const auto not_started = result_of(each, "").error();
        CHECK(not_started.outcome == outcome::deferred);
        CHECK(not_started.stage == stage::tls);
        CHECK(not_started.cause == cause::tls);
        CHECK(failure_of(each) == security_failure::starttls_refused);
    }
    for (const auto failure : {
             security_failure::starttls_not_offered,
             security_failure::starttls_refused,
             security_failure::handshake_failed,
             security_failure::credential_in_clear,
             security_failure::auth_not_offered,
             security_failure::no_known_mechanism,
             security_failure::auth_only_in_clear,
             security_failure::auth_only_under_tls,
         }) {
        const auto insecure = result_of(failure, "for this reason").error();
        CHECK(insecure.outcome == outcome::deferred);
        CHECK(insecure.status.klass == 4);
        CHECK(insecure.status.subject == 7);
        CHECK(insecure.try_next_host);
        CHECK(insecure.diagnostic.ends_with(": for this reason"));
    }
}
