#include "relay/inbound/repetition.hpp"

#include <set>

#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::inbound;

namespace {

smtp::server_transaction opened(
    const std::string& sender_domain, const std::vector<smtp::mailbox>& recipients
) {
    smtp::server_transaction made;
    if (!sender_domain.empty()) made.reverse_path.address = smtp::mailbox{"a", sender_domain};
    made.recipients = recipients;
    return made;
}

}  // namespace

TEST_CASE("a key names each recipient of a client's message", "[inbound]") {
    const auto mail = opened("client.test", {{"b", "x.test"}, {"c", "x.test"}});
    const auto names = names_of("order 1", "app", mail);
    REQUIRE(names.size() == 2);
    for (const auto& each : names)
        CHECK(each.size() <= queue::longest::submission_name);
    CHECK(names == names_of("order 1", "app", mail));
    // Not by the local part of the sender, which may be of this message only (VERP).
    auto other_sender = mail;
    other_sender.reverse_path.address->local_part = "a+b=x.test";
    CHECK(names == names_of("order 1", "app", other_sender));
    // In a transaction for one of them.
    CHECK(names_of("order 1", "app", opened("client.test", {{"c", "x.test"}})).front() == names[1]);

    std::set<std::string> all(names.begin(), names.end());
    const auto add = [&](const std::vector<std::string>& more) {
        for (const auto& each : more)
            CHECK(all.insert(each).second);
    };
    add(names_of("order 2", "app", mail));
    add(names_of("order 1", "", mail));
    add(names_of("order 1", "app", opened("other.test", mail.recipients)));
    add(names_of("order 1", "app", opened("", mail.recipients)));
    add(names_of("order 1a", "pp", mail));
    add(names_of("order 1", "app", opened("client.test", {{"B", "x.test"}})));
}

TEST_CASE("a message is repeated as far as its recipients are known", "[inbound]") {
    const queue::message_id first(7);
    const queue::message_id second(9);
    const std::vector<std::string> names{"a", "b", "a", "c"};

    const auto none = repetition_of({std::nullopt, std::nullopt});
    CHECK_FALSE(none.is_whole);
    CHECK_FALSE(none.id);
    CHECK(
        new_names(names, {false, false, false, false}) == std::vector<std::string>{"a", "b", "c"}
    );

    const auto part = repetition_of({std::nullopt, second, std::nullopt, first});
    CHECK_FALSE(part.is_whole);
    CHECK(part.known == std::vector{false, true, false, true});
    CHECK(new_names(names, part.known) == std::vector<std::string>{"a"});

    const auto whole = repetition_of({second, first});
    CHECK(whole.is_whole);
    CHECK(whole.id == second);
}
