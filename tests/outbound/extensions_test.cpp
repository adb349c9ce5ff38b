#include "relay/outbound/extensions.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::outbound;
using smtp::client_stage;

namespace {

constexpr smtp::peer everything{
    .pipelining = true, .eight_bit = true, .chunking = true, .size = true
};

smtp::recipient_result result(
    client_stage place, int code, smtp::enhanced_status status = {}, const std::string& text = "x"
) {
    return {.stage = place, .said = smtp::reply{.code = code, .status = status, .lines = {text}}};
}

extension_set failing(
    const smtp::recipient_result& refusal,
    std::size_t accepted,
    const smtp::peer& used = everything,
    bool eight_bit = false
) {
    const smtp::mail_request mail{
        .reverse_path = "", .recipients = {"a@b"}, .eight_bit = eight_bit
    };
    return failing_extensions(mail, used, {refusal}, accepted);
}

}  // namespace

TEST_CASE("D12 BDAT that is not known says so in many ways", "[outbound][extensions]") {
    const extension_set chunking{extension::chunking};
    for (const auto place : {client_stage::data, client_stage::eod}) {
        for (const int code : {500, 501, 502, 503, 504, 555}) {
            auto all = failing(result(place, code), 1);
            CHECK(all.has(extension::chunking));
            CHECK(
                failing(result(place, code), 0).without(chunking) == failing(result(place, code), 0)
            );
        }
        CHECK(failing(result(place, 554, {5, 5, 1}), 1) == chunking);
        CHECK(failing(result(place, 550, {5, 5, 2}), 1) == chunking);
        // What is said of the message.
        for (const auto& said :
             {result(place, 554, {5, 7, 1}),
              result(place, 552, {5, 3, 4}),
              result(place, 451, {4, 3, 0}),
              result(place, 550, {5, 5, 3}),
              result(place, 250)})
            CHECK(failing(said, 1).empty());
    }
    auto by_data = everything;
    by_data.chunking = false;
    by_data.pipelining = false;
    CHECK(failing(result(client_stage::eod, 502), 1, by_data).empty());
}

TEST_CASE("D12 parameters of MAIL that are not understood", "[outbound][extensions]") {
    for (const int code : {500, 501, 503, 504, 555}) {
        const auto size_only = failing(result(client_stage::mail, code), 0);
        CHECK(size_only.has(extension::size));
        CHECK_FALSE(size_only.has(extension::eight_bit));
        const auto both = failing(result(client_stage::mail, code), 0, everything, true);
        CHECK(both.has(extension::eight_bit));
        CHECK_FALSE(failing(result(client_stage::mail, code), 0, {}).has(extension::size));
    }
    CHECK(failing(result(client_stage::mail, 550, {5, 7, 1}), 0).empty());
    CHECK(failing(result(client_stage::mail, 451), 0).empty());
}

TEST_CASE("D12 servers that can't bear a group say so", "[outbound][extensions]") {
    const extension_set pipelining{extension::pipelining};
    CHECK(failing(result(client_stage::rcpt, 503, {5, 5, 1}, "need MAIL"), 0) == pipelining);
    CHECK(
        failing(result(client_stage::mail, 554, {}, "SMTP synchronization error"), 0) == pipelining
    );
    const auto by_words =
        result(client_stage::data, 503, {5, 5, 0}, "Improper use of SMTP command pipelining");
    CHECK(failing(by_words, 0) == pipelining);
    CHECK(failing(by_words, 1).has(extension::pipelining));
    // The usual end of a group in which nobody was taken, and an unknown user.
    CHECK(failing(result(client_stage::data, 503, {5, 5, 1}, "no recipient"), 0).empty());
    CHECK(failing(result(client_stage::rcpt, 550, {5, 1, 1}), 0).empty());
    auto alone = everything;
    alone.pipelining = false;
    CHECK(failing(result(client_stage::rcpt, 503), 0, alone).empty());
}

TEST_CASE("D12 DSN that is not known refuses whom it names", "[outbound][extensions]") {
    const smtp::mail_request mail{
        .reverse_path = "", .recipients = {"a@b", "c@b"}, .notify_never = {false, true}
    };
    const auto taken = result(client_stage::eod, 250);
    const auto refused = result(client_stage::rcpt, 555, {5, 5, 4});
    const smtp::peer offers{.dsn = true};
    CHECK(failing_extensions(mail, offers, {taken, refused}, 1) == extension_set{extension::dsn});
    CHECK(failing_extensions(mail, offers, {refused, taken}, 1).empty());
    CHECK(failing_extensions(mail, {}, {taken, refused}, 1).empty());
    const auto unknown = result(client_stage::rcpt, 550, {5, 1, 1});
    CHECK(failing_extensions(mail, offers, {taken, unknown}, 1).empty());
    CHECK(reduced(offers, {extension::dsn}) == smtp::peer{});
}

TEST_CASE("D12 what the operator has us ignore", "[outbound][extensions]") {
    config::remote_ignores rules;
    REQUIRE_FALSE(config::remote_ignores::read("mx.example:CHUNKING, *.old.example:size", rules));
    CHECK(ignored_with(rules, "MX.example") == extension_set{extension::chunking});
    CHECK(ignored_with(rules, "a.old.example") == extension_set{extension::size});
    CHECK(ignored_with(rules, "old.example").empty());
    const auto left = reduced(everything, {extension::chunking, extension::size});
    CHECK(left == smtp::peer{.pipelining = true, .eight_bit = true});
}
