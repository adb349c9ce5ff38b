// What token servers answer: as Microsoft and Google do, and as broken ones do.
#include "relay/oauth/token_answer.hpp"

#include <string>
#include <utility>
#include <vector>

#include "relay/oauth/token_client.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::oauth;
using Catch::Matchers::ContainsSubstring;
using std::chrono::seconds;

namespace {

constexpr auto json = "application/json; charset=utf-8";

token_answer of(const std::string& body, unsigned status = 200) {
    return read_token_answer(status, json, "", body);
}

token_grant granted(const std::string& body) {
    auto answer = of(body);
    REQUIRE(answer.has_value());
    return *answer;
}

token_failure failed(const token_answer& answer) {
    REQUIRE_FALSE(answer.has_value());
    return answer.error();
}

}  // namespace

TEST_CASE("what Microsoft and Google answer is a token", "[oauth]") {
    const auto microsoft =
        granted(R"({"token_type":"Bearer","scope":"https://outlook.office365.com/)"
                R"(SMTP.Send","expires_in":3599,"ext_expires_in":3599,)"
                R"("access_token":"eyJ0eXAi.e30.sig","refresh_token":"0.AXoA"})");
    CHECK(microsoft.access_token.text() == "eyJ0eXAi.e30.sig");
    CHECK(microsoft.life == seconds(3599));
    CHECK(microsoft.refresh_token.text() == "0.AXoA");

    const auto google = granted(R"({ "access_token": "ya29.a0Af", "expires_in": 3599,
        "scope": "https://mail.google.com/", "token_type": "Bearer" })");
    CHECK(google.access_token.text() == "ya29.a0Af");
    CHECK(google.refresh_token.empty());
}

TEST_CASE("the life of a token is bounded, whatever is said of it", "[oauth]") {
    const auto [said, life] = GENERATE(table<std::string, seconds>({
        {R"(,"expires_in":3600)", seconds(3600)},
        {R"(,"expires_in":"3599")", seconds(3599)},
        {R"(,"expires_in":3599.7)", seconds(3599)},
        {"", life_unknown},
        {R"(,"expires_in":null)", life_unknown},
        {R"(,"expires_in":"soon")", life_unknown},
        {R"(,"expires_in":{})", life_unknown},
        {R"(,"expires_in":true)", life_unknown},
        {R"(,"expires_in":0)", life_min},
        {R"(,"expires_in":-1)", life_min},
        {R"(,"expires_in":"-3600")", life_min},
        {R"(,"expires_in":1)", life_min},
        {R"(,"expires_in":-1e300)", life_min},
        {R"(,"expires_in":99999999999999999999)", life_max},
        {R"(,"expires_in":1e300)", life_max},
        {R"(,"expires_in":18446744073709551615)", life_max},
        {R"(,"expires_in":"18446744073709551615")", life_max},
    }));
    CAPTURE(said);
    CHECK(granted(R"({"access_token":"t")" + said + "}").life == life);
}

TEST_CASE("what is no token is a failure, and told", "[oauth]") {
    const std::vector<std::pair<std::string, std::string>> bodies{
        {"", "no JSON object"},
        {"<html><body>Sign in</body></html>", "no JSON object"},
        {"[]", "no JSON object"},
        {"\"t\"", "no JSON object"},
        {R"({"access_token":"t")", "no JSON object"},
        {R"({"access_token":"t"} x)", "no JSON object"},
        {"{}", "no access_token"},
        {R"({"access_token":7})", "no access_token"},
        {R"({"access_token":""})", "no access_token"},
        {R"({"access_token":["t"]})", "no access_token"},
        {R"({"access_token":"a b"})", "no access_token"},
        {R"({"access_token":"a\r\nX: y"})", "no access_token"},
        {R"({"access_token":"a\u0001b"})", "no access_token"},
        {R"({"access_token":"ä"})", "no access_token"},
        {R"({"access_token":")" + std::string(token_size_max + 1, 't') + "\"}", "no access_token"},
        {R"({"access_token":"t","token_type":"mac"})", "mac, not Bearer"},
        {std::string(100'000, '['), "no JSON object"},
    };
    for (const auto& [body, wanted] : bodies) {
        CAPTURE(body.substr(0, 60));
        const auto failure = failed(of(body));
        CHECK_FALSE(failure.refused);
        CHECK_THAT(failure.text, ContainsSubstring(wanted));
    }
    CHECK(granted(R"({"access_token":"t","token_type":"BEARER"})").access_token.text() == "t");
    CHECK(granted(R"({"access_token":"t","refresh_token":7})").refresh_token.empty());
    CHECK_THAT(
        failed(read_token_answer(200, "text/html; charset=x", "", "<html>")).text,
        ContainsSubstring("(text/html)")
    );
}

TEST_CASE("RFC 6749 5.2: a refusal is told apart from trouble", "[oauth]") {
    struct sample {
        unsigned status;
        std::string body;
        bool refused;
        bool bad_grant;
    };
    const std::vector<sample> samples{
        {400, R"({"error":"invalid_grant","error_description":"AADSTS70043: expired"})", true, true
        },
        {401, R"({"error":"invalid_client"})", true, false},
        {400, R"({"error":"unauthorized_client"})", true, false},
        {400, R"({"error":"invalid_scope"})", true, false},
        {403, R"({"error":"access_denied"})", true, false},
        {200, R"({"error":"bad_verification_code"})", true, false},
        {400, R"({"error":"temporarily_unavailable"})", false, false},
        {400, R"({"error":"slow_down"})", false, false},
        {429, R"({"error":"rate_limited"})", false, false},
        {503, R"({"error":"server_error"})", false, false},
        {500, R"({"error":"invalid_client"})", false, false},
        {400, R"({"error":7})", false, false},
        {400, "{}", false, false},
        {404, "not here", false, false},
        {302, "", false, false},
        {204, "", false, false},
    };
    for (const auto& [status, body, refused, bad_grant] : samples) {
        CAPTURE(status, body);
        const auto failure = failed(of(body, status));
        CHECK(failure.refused == refused);
        CHECK(failure.bad_grant == bad_grant);
        CHECK_FALSE(failure.text.empty());
    }
    CHECK(
        failed(of(samples.front().body, 400)).text == "it says invalid_grant: AADSTS70043: expired"
    );
}

TEST_CASE("what a server says is printable and short", "[oauth]") {
    const auto failure = failed(of(
        R"({"error":"x\u001b[31m\r\ny","error_description":")" + std::string(5000, 'z') + "\"}", 400
    ));
    CHECK(failure.text.size() < 500);
    for (const char c : failure.text)
        CHECK((c >= ' ' && c < '\x7f'));
}

TEST_CASE("a server may ask for time", "[oauth]") {
    const auto wait = [](std::string_view said) {
        return failed(read_token_answer(503, "", said, "")).retry_after;
    };
    CHECK(wait("120") == seconds(120));
    CHECK(wait("999999999") == retry_after_max);
    CHECK(wait("") == seconds(0));
    CHECK(wait("-1") == seconds(0));
    CHECK(wait("Fri, 31 Dec 1999 23:59:59 GMT") == seconds(0));
}

TEST_CASE("a request names the grant, the client and the secret", "[oauth]") {
    token_client client{
        .url = "https://login.example/t",
        .client_id = "id",
        .client_secret = "a b&c=d+e~\xc3\xa4",
        .scope = "https://outlook.office365.com/.default",
    };
    CHECK(
        token_request(client, "").body ==
        "grant_type=client_credentials&client_id=id&client_secret=a%20b%26c%3Dd%2Be%7E%C3%A4&"
        "scope=https%3A%2F%2Foutlook.office365.com%2F.default"
    );
    client.client_secret.clear();
    client.scope.clear();
    const auto request = token_request(client, "0.r/t");
    CHECK(request.body == "grant_type=refresh_token&client_id=id&refresh_token=0.r%2Ft");
    CHECK(request.method == "POST");
    CHECK(request.url == client.url);
}

TEST_CASE("a secret that a server repeats is not told", "[oauth]") {
    const token_client client{.client_secret = "hunter2", .refresh_token = "0.ref"};
    CHECK(
        without_secrets("bad secret hunter2 (hunter2) for 0.ref", client) ==
        "bad secret *** (***) for ***"
    );
    CHECK(without_secrets("nothing", {}) == "nothing");
}
