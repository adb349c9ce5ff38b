// A client's login: which mechanism it takes, what it says, and how it goes with an opening.
#include "relay/sasl/client.hpp"

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "relay/sasl/base64.hpp"
#include "relay/sasl/server.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::sasl;
using namespace std::string_literals;

namespace {

using names = std::vector<std::string>;

const names all{
    "LOGIN",
    "PLAIN",
    "CRAM-MD5",
    "XOAUTH2",
    "OAUTHBEARER",
    "SCRAM-SHA-256",
    "SCRAM-SHA-256-PLUS",
    "NTLM",
    "GSSAPI"
};
const channel_bindings exporter_channel{.tls_exporter = "exported"};

std::shared_ptr<client_account> account(
    std::string name, std::string password, std::string token = {}
) {
    return std::make_shared<client_account>(client_secrets{
        .name = std::move(name),
        .password = secret(std::move(password)),
        .token = secret(std::move(token)),
    });
}

client_login with_password(std::string password = "tanstaaftanstaaf") {
    return {account("tim", std::move(password)), "nonce"};
}

client_login with_token(std::string token) {
    return {account("someuser@example.com", {}, std::move(token)), "nonce"};
}

}  // namespace

TEST_CASE("the strongest mechanism is taken first", "[sasl]") {
    struct row {
        bool secure;
        bool bound;
        names order;
    };
    const auto [secure, bound, order] = GENERATE(
        row{true, true, {"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN", "LOGIN", "CRAM-MD5"}},
        row{true, false, {"SCRAM-SHA-256", "PLAIN", "LOGIN", "CRAM-MD5"}},
        row{false, false, {"SCRAM-SHA-256", "CRAM-MD5", "PLAIN", "LOGIN"}}
    );
    auto offered = all;
    for (const auto& expected : order) {
        auto login = with_password();
        if (secure) login.secured(bound ? exporter_channel : channel_bindings());
        const auto argument = login.begin(offered);
        CHECK(login.mechanism() == expected);
        CHECK(argument.substr(0, argument.find(' ')) == expected);
        std::erase(offered, expected);
    }
    auto login = with_password();
    if (secure) login.secured(bound ? exporter_channel : channel_bindings());
    CHECK(login.begin(offered).empty());
    CHECK_FALSE(login.satisfied());
}

TEST_CASE("a token is used before a password, the standard way first", "[sasl]") {
    client_login login(account("a", "password", "token"), "nonce");
    login.secured(exporter_channel);
    (void)login.begin(all);
    CHECK(login.mechanism() == "OAUTHBEARER");
    client_login second(account("a", "password", "token"), "nonce");
    (void)second.begin({"PLAIN", "XOAUTH2"});
    CHECK(second.mechanism() == "XOAUTH2");
    auto third = with_token("token");
    CHECK(third.begin({"PLAIN", "LOGIN", "SCRAM-SHA-256"}).empty());
}

TEST_CASE("a password that SCRAM can't prepare goes by PLAIN", "[sasl]") {
    auto login = with_password("bell\x07");
    (void)login.begin({"SCRAM-SHA-256", "PLAIN"});
    CHECK(login.mechanism() == "PLAIN");
}

TEST_CASE("PLAIN: the example of RFC 4616, in one line", "[sasl]") {
    auto login = with_password();
    CHECK(login.begin({"PLAIN"}) == "PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm");
    CHECK(login.satisfied());
    CHECK_FALSE(login.answer(""));
}

TEST_CASE("LOGIN: name and password, whatever the challenges are called", "[sasl]") {
    auto login = with_password();
    CHECK(login.begin({"LOGIN"}) == "LOGIN");
    CHECK(login.answer("VXNlciBOYW1lAA==") == encode_base64("tim"));
    CHECK(login.answer("") == encode_base64("tanstaaftanstaaf"));
    CHECK_FALSE(login.answer("UGFzc3dvcmQ6"));
}

TEST_CASE("CRAM-MD5: the example of RFC 2195", "[sasl]") {
    auto login = with_password();
    CHECK(login.begin({"CRAM-MD5"}) == "CRAM-MD5");
    const auto challenge = encode_base64("<1896.697170952@postoffice.reston.mci.net>");
    CHECK(login.answer(challenge) == encode_base64("tim b913a602c7eda7a495b4e6e7334d3890"));
    CHECK_FALSE(login.answer(challenge));
}

TEST_CASE("XOAUTH2 and OAUTHBEARER: their examples", "[sasl]") {
    auto old = with_token("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg");
    CHECK(
        old.begin({"XOAUTH2"}) ==
        "XOAUTH2 dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52"
        "YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ=="
    );
    auto standard = with_token("abc");
    CHECK(
        standard.begin({"OAUTHBEARER"}) ==
        "OAUTHBEARER " + encode_base64("n,a=someuser@example.com,\1auth=Bearer abc\1\1")
    );
}

TEST_CASE("a refused token is answered once, and why is kept", "[sasl]") {
    const auto [mechanism, expected] =
        GENERATE(table<std::string, std::string>({{"XOAUTH2", ""}, {"OAUTHBEARER", "AQ=="}}));
    auto login = with_token("abc");
    (void)login.begin({mechanism});
    const std::string why = R"({"status":"invalid_token"})";
    CHECK(login.answer(encode_base64(why)) == expected);
    CHECK(login.complaint() == why);
    CHECK_FALSE(login.answer(encode_base64(why)));
}

TEST_CASE("RFC 4954 a response too long for the command waits for an empty challenge", "[sasl]") {
    const std::string token(2000, 't');
    auto login = with_token(token);
    CHECK(login.begin({"XOAUTH2"}) == "XOAUTH2");
    CHECK_FALSE(login.satisfied());
    SECTION("which comes") {
        const auto sent = login.answer("");
        CHECK(
            decode_base64(sent.value()) ==
            "user=someuser@example.com\1auth=Bearer " + token + "\1\1"
        );
        CHECK(login.satisfied());
    }
    SECTION("which does not") {
        CHECK_FALSE(login.answer(encode_base64("who are you?")));
    }
}

TEST_CASE("the longest command that is sent has 512 bytes", "[sasl]") {
    std::size_t longest = 0;
    for (std::size_t size = 300; size < 400; ++size) {
        auto login = with_token(std::string(size, 't'));
        const auto line = "AUTH " + login.begin({"XOAUTH2"}) + "\r\n";
        CHECK(line.size() <= 512);
        longest = std::max(longest, line.size());
    }
    CHECK(longest > 500);
}

TEST_CASE("a challenge that is not base64 cancels", "[sasl]") {
    auto login = with_password();
    (void)login.begin({"LOGIN"});
    const std::string text = GENERATE("Username:", "VXNl cm5hbWU6", "=", "VXNlcm5hbWU6\x80");
    CHECK_FALSE(login.answer(text));
}

TEST_CASE("SCRAM: keys are derived once for the salt that a server has", "[sasl]") {
    const auto shared = account("user", "pencil");
    const auto first = shared->derived("salt", 4096);
    CHECK(shared->derived("salt", 4096).client_key == first.client_key);
    CHECK(shared->derived("pepper", 4096).client_key != first.client_key);
    CHECK(shared->derived("salt", 4097).client_key != first.client_key);
    CHECK(shared->derived("salt", 4096).server_key == first.server_key);
}

namespace {

// An opening at the reply to `AUTH SCRAM-SHA-256 ...`.
smtp::opening at_auth() {
    auto login = std::make_shared<client_login>(account("user", "pencil"), "nonce");
    smtp::opening dialogue(
        {.name = "relay.example", .credential = std::move(login), .credential_in_clear = true}
    );
    dialogue.on_reply({.code = 220, .status = {}, .lines = {"mx.example"}});
    dialogue.on_reply({.code = 250, .status = {}, .lines = {"mx.example", "AUTH SCRAM-SHA-256"}});
    return dialogue;
}

// What the client's last line says, decoded.
std::string said_by(const smtp::opening& dialogue) {
    auto line = dialogue.next().bytes;
    line.resize(line.size() - 2);
    return decode_base64(line.substr(line.rfind(' ') + 1)).value();
}

smtp::reply challenged(const server_step& step) {
    return {.code = 334, .status = {}, .lines = {encode_base64(std::get<challenge>(step).text)}};
}

}  // namespace

TEST_CASE("an opening is driven through SCRAM to its end", "[sasl]") {
    auto dialogue = at_auth();
    const auto server = begin_exchange("SCRAM-SHA-256", {.keys = true, .nonce = "more"});
    CHECK(std::holds_alternative<keys_asked>(server->begin(said_by(dialogue))));
    dialogue.on_reply(challenged(server->on_keys(make_scram_keys("pencil", "salt", 4096))));
    dialogue.on_reply(challenged(server->respond(said_by(dialogue))));
    CHECK(dialogue.next().bytes == "\r\n");
    CHECK(std::holds_alternative<accepted>(server->respond("")));
    dialogue.on_reply({.code = 235, .status = {}, .lines = {"welcome"}});
    REQUIRE(dialogue.finished());
    CHECK(std::holds_alternative<smtp::opening::session>(*dialogue.ended()));
}

TEST_CASE("an impostor that accepts any login gets no mail", "[sasl]") {
    auto dialogue = at_auth();
    if (GENERATE(true, false)) {
        const auto server = begin_exchange("SCRAM-SHA-256", {.keys = true, .nonce = "more"});
        (void)server->begin(said_by(dialogue));
        dialogue.on_reply(challenged(server->on_keys(make_scram_keys("guess", "salt", 4096))));
    }
    dialogue.on_reply({.code = 235, .status = {}, .lines = {"welcome"}});
    REQUIRE(dialogue.finished());
    CHECK(std::holds_alternative<smtp::opening::fault>(*dialogue.ended()));
}
