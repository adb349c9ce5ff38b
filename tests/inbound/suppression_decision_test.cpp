// Recipients on the suppression list: who is found, what the client is told, who gets a bounce.
#include "relay/inbound/suppression_decision.hpp"

#include <string>
#include <vector>

#include "relay/config/route_rules.hpp"
#include "tests/inbound/server_world.hpp"

using namespace kurir;
using namespace kurir::inbound;
using namespace tests;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

constexpr suppression::seconds_time noon{std::chrono::seconds(1'800'000'000)};

config::suppression_table table_of(std::string_view text) {
    config::suppression_table table;
    REQUIRE_FALSE(config::suppression_table::read(text, table));
    return table;
}

void put(suppression::shared_list& kept, const suppression::entry& entry) {
    CHECK(kept.write([&entry](suppression::suppression_list& list) { return list.put(entry); }));
}

queue::submission message_to(const std::vector<std::vector<std::string>>& deliveries) {
    queue::submission made;
    for (const auto& recipients : deliveries) {
        auto& delivery = made.deliveries.emplace_back();
        for (const auto& each : recipients) {
            delivery.domain = each.substr(each.rfind('@') + 1);
            delivery.recipients.push_back(static_cast<std::uint32_t>(made.mail.recipients.size()));
            made.mail.recipients.push_back({.address = each});
        }
    }
    return made;
}

// The recipients and the route of each delivery.
std::vector<std::string> shown(const queue::submission& message) {
    std::vector<std::string> all;
    for (const auto& delivery : message.deliveries) {
        std::string text = delivery.terms->route + ':';
        for (const auto index : delivery.recipients)
            text += ' ' + message.mail.recipients.at(index).address;
        all.push_back(text);
    }
    return all;
}

std::optional<suppression::entry> bob_is_listed(const smtp::mailbox& recipient) {
    if (recipient.local_part != "bob") return std::nullopt;
    return suppression::entry{.subject = recipient.text()};
}

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("both lists count, for the tenants of the mail", "[inbound][suppression]") {
    config::config config;
    config.suppression_list = table_of("ann@example.com; bob@example.com tenant=shop");
    suppression::shared_list kept;
    put(kept, {.subject = "eve@example.com", .tenant = "news.example", .added_at = noon});
    const auto is_found = [&](const char* local_part, const mail_tenants& tenants) {
        return entry_against({local_part, "example.com"}, tenants, config, kept, noon).has_value();
    };
    CHECK(is_found("Ann", {}));
    CHECK_FALSE(is_found("bob", {}));
    CHECK(is_found("bob", tenants_of("Shop", {})));
    CHECK_FALSE(is_found("eve", tenants_of("shop", {})));
    smtp::path sender;
    sender.address = smtp::mailbox{"a", "news.example"};
    CHECK(is_found("eve", tenants_of("", sender)));
    config.suppression = config::suppression_policy::off;
    CHECK_FALSE(is_found("ann", {}));
}

TEST_CASE("the reply names the reason if it can", "[inbound][suppression]") {
    const auto reply = [](const suppression::entry& entry) {
        const auto denied = denial_of(entry);
        CHECK(denied.reason == smtp::reject_reason::suppressed);
        return denied.answer.wire();
    };
    CHECK(
        reply({.subject = "ann@example.com", .reason = "hard bounce"}) ==
        "550 5.7.1 This address is on our suppression list: hard bounce\r\n"
    );
    CHECK(
        reply({.subject = "@example.com", .reason = "gel\u00f6scht"}) ==
        "550 5.7.1 This domain is on our suppression list\r\n"
    );
    CHECK(reply({.subject = "a@b.example", .reason = std::string(512, 'x')}).size() < 512);
}

TEST_CASE("the log says which entry an operator may remove", "[inbound][suppression]") {
    CHECK(
        releasing_advice({.subject = "@example.com", .tenant = "shop"}) ==
        "remove *@example.com of tenant shop from KURIR_SUPPRESSION_LIST"
    );
    CHECK(
        releasing_advice({
            .subject = "a@example.com",
            .reason = "bounce",
            .added_by = "eve",
            .added_at = noon,
        }) ==
        "remove a@example.com from the suppression list, where it is since 2027-01-15T08:00:00Z by "
        "eve: bounce"
    );
}

TEST_CASE("listed recipients get deliveries that end in a bounce", "[inbound][suppression]") {
    auto message = message_to({{"ann@a.test", "bob@a.test"}, {"bob@b.test"}, {"eve@c.test"}});
    CHECK(set_apart(message, bob_is_listed).size() == 2);
    const std::string ends(config::suppressed_route);
    CHECK(
        shown(message) ==
        texts{": ann@a.test", ": eve@c.test", ends + ": bob@a.test", ends + ": bob@b.test"}
    );
    CHECK(message.mail.terms->route.empty());
    CHECK(message.deliveries[3].domain == "b.test");

    auto to_bob = message_to({{"bob@a.test"}});
    CHECK(set_apart(to_bob, bob_is_listed).size() == 1);
    CHECK(shown(to_bob) == texts{ends + ": bob@a.test"});
    CHECK(to_bob.mail.terms->route == ends);

    auto to_others = message_to({{"ann@a.test"}});
    CHECK(set_apart(to_others, bob_is_listed).empty());
    CHECK_FALSE(to_others.deliveries[0].terms);
}

TEST_CASE("an entry counts for the next RCPT of any session", "[inbound][suppression]") {
    const log::capture captured;
    serve(usual_config(), [](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        std::ignore = co_await client->ask("EHLO client.example");
        std::ignore = co_await client->ask("MAIL FROM:<a@client.example>");
        const auto before = co_await client->ask("RCPT TO:<ann@remote.example>");
        CHECK_THAT(before, StartsWith("250"));
        put(world.server.suppressions(), {.subject = "ann@remote.example", .reason = "bounce"});
        const auto after = co_await client->ask("RCPT TO:<Ann@remote.example>");
        CHECK(after == "550 5.7.1 This address is on our suppression list: bounce\r\n");
        // The first one was taken before it was listed; it bounces.
        std::ignore = co_await client->ask("RCPT TO:<bob@remote.example>");
        std::ignore = co_await client->ask("DATA");
        const auto stored = co_await client->ask("Subject: x\r\n\r\n.");
        CHECK_THAT(stored, StartsWith("250"));
        client->close();
        while (world.server.sessions() > 0)
            co_await settle();

        REQUIRE(world.store.committed.size() == 1);
        const std::string ends(config::suppressed_route);
        CHECK(
            shown(world.store.committed[0]) ==
            texts{": bob@remote.example", ends + ": ann@remote.example"}
        );
        using outcome = metrics::suppression_outcome;
        auto& counted = world.metrics.suppressed_recipients_total;
        CHECK(counted(outcome::rejected).value() == 1);
        CHECK(counted(outcome::bounced).value() == 1);
        auto& rejects = world.metrics.smtp_rejects_total;
        CHECK(
            rejects(metrics::reject_stage::rcpt, metrics::reject_reason::suppressed).value() == 1
        );
    });
    const auto all = all_of(captured);
    CHECK_THAT(all, ContainsSubstring(R"("reason":"suppressed")"));
    CHECK_THAT(all, ContainsSubstring(R"("what":"bounced")"));
}
