// The server's side of the mechanisms that show a password or a token.
#include "relay/sasl/server.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tests/sasl/steps.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::sasl;
using namespace std::string_literals;
using testing::is;

namespace {

server_terms everything() {
    return {
        .secure = true,
        .channel = {.tls_exporter = "e", .tls_server_end_point = "s"},
        .passwords = true,
        .keys = true,
        .tokens = true,
        .nonce = "server",
    };
}

server_step only_step(std::string_view mechanism, std::string_view initial) {
    return begin_exchange(mechanism, everything())->begin(initial);
}

}  // namespace

TEST_CASE("offered is what can succeed, the strongest first", "[sasl]") {
    using names = std::vector<std::string_view>;
    auto terms = everything();
    CHECK(
        offered_mechanisms(terms) ==
        names{"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN", "LOGIN", "OAUTHBEARER", "XOAUTH2"}
    );
    terms.channel = {};
    terms.tokens = false;
    CHECK(offered_mechanisms(terms) == names{"SCRAM-SHA-256", "PLAIN", "LOGIN"});
    terms.secure = false;
    CHECK(offered_mechanisms(terms) == names{"SCRAM-SHA-256"});
    terms.keys = false;
    CHECK(offered_mechanisms(terms).empty());
    terms.passwords_in_clear = true;
    CHECK(offered_mechanisms(terms) == names{"PLAIN", "LOGIN"});
}

TEST_CASE("S075 a mechanism that is not offered can't be begun", "[sasl]") {
    auto terms = everything();
    terms.secure = false;
    terms.channel = {};
    CHECK_FALSE(begin_exchange("PLAIN", terms));
    CHECK_FALSE(begin_exchange("login", terms));
    CHECK_FALSE(begin_exchange("XOAUTH2", terms));
    CHECK_FALSE(begin_exchange("SCRAM-SHA-256-PLUS", terms));
    CHECK(begin_exchange("scram-sha-256", terms));
    for (const auto* name : {"", "CRAM-MD5", "EXTERNAL", "PLAIN ", "SCRAM-SHA-1", "*"}) {
        CAPTURE(name);
        CHECK_FALSE(begin_exchange(name, everything()));
    }
}

TEST_CASE("PLAIN: the example of RFC 4616", "[sasl]") {
    const auto step = only_step("plain", "\0tim\0tanstaaftanstaaf"s);
    const auto& asked = std::get<password_asked>(step);
    CHECK(asked.name == "tim");
    CHECK(asked.password.text() == "tanstaaftanstaaf");
}

TEST_CASE("PLAIN without an initial response asks for it", "[sasl]") {
    const auto exchange = begin_exchange("PLAIN", everything());
    const auto step = exchange->begin(std::nullopt);
    CHECK(std::get<challenge>(step).text.empty());
    CHECK(is<password_asked>(exchange->respond("\0a\0b"s)));
}

TEST_CASE("S082 PLAIN: nobody acts for another", "[sasl]") {
    CHECK(is<password_asked>(only_step("PLAIN", "tim\0tim\0secret"s)));
    const auto step = only_step("PLAIN", "Ursel\0Kurt\0xipj3plmq"s);
    CHECK(std::get<refused>(step).name == "Kurt");
}

TEST_CASE("PLAIN: what is not its form is told from a wrong password", "[sasl]") {
    const auto text = GENERATE(
        ""s,
        "tim"s,
        "\0tim"s,
        "\0\0"s,
        "\0tim\0"s,
        "\0\0secret"s,
        "\0tim\0sec\0ret"s,
        "\0\xff\0secret"s,
        "\0tim\r\n\0secret"s,
        "\0"s + std::string(256, 'a') + "\0secret"s,
        "\0tim\0"s + std::string(1025, 'a')
    );
    CAPTURE(text);
    CHECK(is<malformed>(only_step("PLAIN", text)));
}

TEST_CASE("PLAIN: a password is any bytes, a name any UTF-8", "[sasl]") {
    const auto step = only_step("PLAIN", "\0j\xc3\xbcrg@example.com\0p\xe4ss w\x01rd"s);
    CHECK(std::get<password_asked>(step).name == "j\xc3\xbcrg@example.com");
    CHECK(std::get<password_asked>(step).password.text() == "p\xe4ss w\x01rd");
}

TEST_CASE("LOGIN asks for name and password, with or without the name in the command", "[sasl]") {
    const auto exchange = begin_exchange("LOGIN", everything());
    if (GENERATE(true, false)) {
        CHECK(std::get<challenge>(exchange->begin(std::nullopt)).text == "Username:");
        CHECK(std::get<challenge>(exchange->respond("tim")).text == "Password:");
    } else {
        CHECK(std::get<challenge>(exchange->begin("tim")).text == "Password:");
    }
    const auto step = exchange->respond("secret");
    CHECK(std::get<password_asked>(step).name == "tim");
    CHECK(std::get<password_asked>(step).password.text() == "secret");
}

TEST_CASE("LOGIN: empty and unusable texts", "[sasl]") {
    CHECK(is<malformed>(only_step("LOGIN", "")));
    CHECK(is<malformed>(only_step("LOGIN", "a\0b"s)));
    const auto exchange = begin_exchange("LOGIN", everything());
    (void)exchange->begin("tim");
    const auto password = GENERATE(""s, "a\0b"s, std::string(1025, 'a'));
    CHECK(is<malformed>(exchange->respond(password)));
}

TEST_CASE("tokens: the examples of RFC 7628 and of its forerunner", "[sasl]") {
    const auto [mechanism, text, token] = GENERATE(table<std::string, std::string, std::string>({
        {"OAUTHBEARER",
         "n,a=user@example.com,\1host=server.example.com\1port=143\1"
         "auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\1\1",
         "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="},
        {"XOAUTH2",
         "user=user@example.com\1auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\1\1",
         "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"},
    }));
    const auto exchange = begin_exchange(mechanism, everything());
    const auto step = exchange->begin(text);
    CHECK(std::get<token_asked>(step).name == "user@example.com");
    CHECK(std::get<token_asked>(step).token.text() == token);
    SECTION("a token that holds") {
        CHECK(std::get<accepted>(exchange->on_token("user")).name == "user");
    }
    SECTION("one that does not is told as a challenge, and refused after any answer") {
        const auto told = exchange->on_token(std::nullopt);
        const std::string status = mechanism == "XOAUTH2" ? "401" : "invalid_token";
        CHECK(
            std::get<challenge>(told).text == R"({"status":")" + status + R"(","schemes":"bearer"})"
        );
        const auto answer = GENERATE(""s, "\1"s, "n,,\1auth=Bearer again\1\1"s);
        CHECK(std::get<refused>(exchange->respond(answer)).name == "user@example.com");
    }
}

TEST_CASE("OAUTHBEARER may leave the name to the token", "[sasl]") {
    const auto step = only_step("OAUTHBEARER", "n,,\1auth=bearer abc\1\1");
    CHECK(std::get<token_asked>(step).name.empty());
}

TEST_CASE("tokens: what is not their form", "[sasl]") {
    const auto [mechanism, text] = GENERATE(table<std::string, std::string>({
        {"OAUTHBEARER", ""},
        {"OAUTHBEARER", "n,,\1\1"},                                // no token
        {"OAUTHBEARER", "n,,\1auth=Bearer a\1"},                   // no end
        {"OAUTHBEARER", "n,,\1auth=Bearer a\1\1x"},                // after the end
        {"OAUTHBEARER", "n,,\1auth=Bearer a\1auth=Bearer b\1\1"},  // which one?
        {"OAUTHBEARER", "n,,\1auth=Bearer \1\1"},
        {"OAUTHBEARER", "n,,\1auth=Bearer a b\1\1"},
        {"OAUTHBEARER", "n,,\1auth=Basic YTpi\1\1"},
        {"OAUTHBEARER", "n,,\1=x\1auth=Bearer a\1\1"},
        {"OAUTHBEARER", "n,,\1host\1auth=Bearer a\1\1"},
        {"OAUTHBEARER", "n,\1auth=Bearer a\1\1"},
        {"OAUTHBEARER", "n,b=x,\1auth=Bearer a\1\1"},
        {"OAUTHBEARER", "n,a=,\1auth=Bearer a\1\1"},
        {"OAUTHBEARER", "n,a=x=2D,\1auth=Bearer a\1\1"},
        {"OAUTHBEARER", "p=tls-exporter,,\1auth=Bearer a\1\1"},
        {"OAUTHBEARER", "user=a\1auth=Bearer a\1\1"},
        {"XOAUTH2", ""},
        {"XOAUTH2", "n,a=a,\1auth=Bearer a\1\1"},
        {"XOAUTH2", "user=\1auth=Bearer a\1\1"},
        {"XOAUTH2", "user=a\1\1"},
        {"XOAUTH2", "user=a\1auth=Bearer a\1"},
        {"XOAUTH2", "user=a\xff\1auth=Bearer a\1\1"},
    }));
    CAPTURE(mechanism, text);
    CHECK(is<malformed>(only_step(mechanism, text)));
}
