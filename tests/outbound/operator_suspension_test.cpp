#include "relay/outbound/operator_suspension.hpp"

#include <string>
#include <utility>

#include "tests/queue/deliveries.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::outbound;
using namespace std::chrono_literals;

namespace {

operator_suspensions only(suspension_subject subject, std::string pattern) {
    return operator_suspensions({{.number = 7, .subject = subject, .pattern = std::move(pattern)}});
}

}  // namespace

TEST_CASE("suspensions of a destination, by its name or its route", "[suspension]") {
    const auto by_name = only(suspension_subject::destination, "*.Google.com*");
    CHECK(by_name.of_destination("mx.google.com", "") != nullptr);
    CHECK(by_name.of_destination("mx.google.com (route ses)", "ses") != nullptr);
    CHECK(by_name.of_destination("google.org", "") == nullptr);
    const auto by_route = only(suspension_subject::route, "*");
    CHECK(by_route.of_destination("mx.google.com", "ses") != nullptr);
    CHECK(by_route.of_destination("mx.google.com", "") == nullptr);
}

TEST_CASE("suspensions of mail, by what memory has of it", "[suspension]") {
    queue::backlog waiting;
    auto mail = tests::delivery_due(1, tests::noon);
    mail.domain = "one.test";
    mail.sender_domain = "shop.test";
    mail.tenant = "10.0.0.0/24";
    mail.terms = queue::delivery_terms{.credential = "app"};
    const auto item = waiting.insert(mail);
    auto bounce = tests::delivery_due(2, tests::noon);
    bounce.domain = "two.test";
    const auto other = waiting.insert(bounce);
    const auto fits = [&](suspension_subject subject, const std::string& pattern) {
        const auto all = only(subject, pattern);
        return std::pair(
            all.of_delivery(waiting, item) != nullptr, all.of_delivery(waiting, other) != nullptr
        );
    };
    using subject = suspension_subject;
    const std::pair first(true, false);
    CHECK(fits(subject::domain, "ONE.*") == first);
    CHECK(fits(subject::user, "*") == first);
    CHECK(fits(subject::tenant, "10.*") == first);
    CHECK(fits(subject::from, "*@shop.test") == first);
    CHECK(fits(subject::from, "*@*") == first);
    CHECK(fits(subject::from, "<>") == std::pair(false, true));
    // The rest needs the message.
    CHECK(fits(subject::from, "news@shop.test") == std::pair(false, false));
    CHECK(fits(subject::destination, "*") == std::pair(false, false));
}

TEST_CASE("suspensions of senders, by their whole address", "[suspension]") {
    const auto exact = only(suspension_subject::from, "News@shop.test");
    CHECK(exact.asks_for_senders());
    CHECK(exact.of_sender("news@shop.test") != nullptr);
    CHECK(exact.of_sender("app@shop.test") == nullptr);
    CHECK_FALSE(only(suspension_subject::from, "*@shop.test").asks_for_senders());
    CHECK_FALSE(only(suspension_subject::from, "<>").asks_for_senders());
    CHECK_FALSE(only(suspension_subject::domain, "a@b").asks_for_senders());

    shared_suspensions shared;
    CHECK_FALSE(shared.of_sender("news@shop.test"));
    shared.set(std::make_shared<const operator_suspensions>(exact));
    CHECK(shared.of_sender("news@shop.test") == 7);
    CHECK_FALSE(shared.of_sender("app@shop.test"));
    shared.set(std::make_shared<const operator_suspensions>());
    CHECK_FALSE(shared.of_sender("news@shop.test"));
}

TEST_CASE("among a thousand suspensions the first that fits is found", "[suspension]") {
    using subject = suspension_subject;
    std::vector<operator_suspension> all;
    const auto add = [&](subject kind, std::string pattern) {
        all.push_back({.number = all.size() + 1, .subject = kind, .pattern = std::move(pattern)});
    };
    for (int at = 0; at < 1000; ++at) {
        const auto number = std::to_string(at);
        add(at % 2 == 0 ? subject::domain : subject::destination, "d" + number + ".test");
    }
    add(subject::user, "App");
    add(subject::domain, "*.test");
    const operator_suspensions suspensions(std::move(all));

    queue::backlog waiting;
    const auto number_for = [&](const std::string& domain, const std::string& user) {
        auto mail = tests::delivery_due(1, tests::noon);
        mail.domain = domain;
        mail.terms = queue::delivery_terms{.credential = user};
        const auto* found = suspensions.of_delivery(waiting, waiting.insert(std::move(mail)));
        return found == nullptr ? 0 : found->number;
    };
    CHECK(number_for("d998.test", "app") == 999);
    CHECK(number_for("d999.test", "app") == 1001);
    CHECK(number_for("d999.test", "other") == 1002);
    CHECK(number_for("d999.example", "") == 0);
    CHECK(suspensions.of_destination("D999.test", "")->number == 1000);
    CHECK(suspensions.of_destination("d998.test", "") == nullptr);
    // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): the copy is what is tested
    const auto copy = suspensions;
    CHECK(copy.of_destination("d1.test", "") == &copy.all()[1]);
}

TEST_CASE("a suspension as a sentence", "[suspension]") {
    operator_suspension made{.operator_name = "ann", .until = queue::calendar_time(0ms)};
    CHECK(sentence_of(made) == "suspended by ann until 1970-01-01T00:00:00Z");
    made.reason = "they asked";
    CHECK(sentence_of(made) == "suspended by ann until 1970-01-01T00:00:00Z because they asked");
}
