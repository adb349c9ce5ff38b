// What a permission says about senders, recipients, authors and sizes, and in which words.
#include "relay/inbound/permission_decision.hpp"

#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/permissions.hpp"

using namespace kurir;
using namespace kurir::inbound;
using namespace std::chrono_literals;
using refused = metrics::permission_refusal;

namespace {

config::config configured(const char* lines) {
    config::config made;
    made.permissions = tests::permissions_of(lines);
    return made;
}

// The rules for the user ann.
client_rules rules_in(const config::config& config) {
    return {config, config.permissions.find({.credential = "ann"})};
}

message::authors from(std::vector<std::string> addresses) {
    return {.readable = true, .addresses = std::move(addresses)};
}

inbound::client client_of(const char* credential) {
    inbound::client made;
    made.credential = credential;
    made.network = "192.0.2.7";
    return made;
}

}  // namespace

TEST_CASE("without rules nothing is refused", "[inbound][permissions]") {
    const config::config config;
    const auto rules = rules_in(config);
    CHECK_FALSE(objection_to_sender(rules, "a@b.example"));
    CHECK_FALSE(objection_to_recipient(rules, "a@b.example"));
    CHECK_FALSE(objection_to_size(rules, 1UL << 40U));
    CHECK_FALSE(objection_to_authors(rules, {.readable = false, .addresses = {}}, false));
    CHECK_FALSE(judges_authors(rules));
    CHECK_FALSE(limits_of(rules).any());
}

TEST_CASE("a line and the domains for everyone hold together", "[inbound][permissions]") {
    auto config = configured("# x\nuser:ann from=@b.example,c@d.example to=@to.example");
    config.allowed_sender_domains = {"b.example"};
    config.allowed_recipient_domains = {"to.example", "other.example"};
    const auto rules = rules_in(config);
    CHECK_FALSE(objection_to_sender(rules, "a@b.example"));
    CHECK_FALSE(objection_to_sender(rules, ""));
    CHECK(objection_to_sender(rules, "a@x.example")->reason == refused::sender);
    CHECK(
        objection_to_sender(rules, "a@x.example")->advice ==
        "change from= in line 2 of KURIR_PERMISSIONS"
    );
    CHECK(
        objection_to_sender(rules, "c@d.example")->advice ==
        "add the domain to KURIR_ALLOWED_SENDER_DOMAINS"
    );
    CHECK_FALSE(objection_to_recipient(rules, "a@to.example"));
    CHECK(
        objection_to_recipient(rules, "a@other.example")->advice ==
        "change to= in line 2 of KURIR_PERMISSIONS"
    );

    const client_rules nobody{config, nullptr};
    CHECK_FALSE(objection_to_recipient(nobody, "a@other.example"));
    CHECK(
        objection_to_recipient(nobody, "a@x.example")->advice ==
        "add the domain to KURIR_ALLOWED_RECIPIENT_DOMAINS"
    );
}

TEST_CASE("every author must be allowed", "[inbound][permissions]") {
    auto config = configured("user:ann from=@b.example");
    SECTION("by the line") {}
    SECTION("by the domains for everyone") {
        config = configured("user:ann");
        config.allowed_sender_domains = {"b.example"};
    }
    const auto rules = rules_in(config);
    CHECK(judges_authors(rules));
    CHECK_FALSE(objection_to_authors(rules, from({"a@b.example"}), true));
    CHECK_FALSE(objection_to_authors(rules, from({"a@b.example", "c@b.example"}), false));
    CHECK(objection_to_authors(rules, from({"a@b.example", "x@y.example"}), true));
    CHECK(objection_to_authors(rules, {.readable = false, .addresses = {}}, true));
    // Nobody is claimed to be the author: then the envelope's sender speaks, if there is one.
    CHECK_FALSE(objection_to_authors(rules, from({}), true));
    CHECK(objection_to_authors(rules, from({}), false)->reason == refused::author);
}

TEST_CASE("size and relaying", "[inbound][permissions]") {
    const auto config = configured("user:ann max_size=1K relay=no");
    const auto rules = rules_in(config);
    CHECK_FALSE(objection_to_size(rules, 1024));
    CHECK(objection_to_size(rules, 1025)->reason == refused::size);
    CHECK(objection_to_recipient(rules, "a@b.example")->reason == refused::relay);
}

TEST_CASE("the limit of a line comes before that of all", "[inbound][permissions]") {
    auto config = configured("user:ann rate=5/min distinct=7/d; user:bob runaway=off; *");
    config.runaway = 10;
    const auto ann = limits_of(rules_in(config));
    CHECK(ann.messages.size() == 1);
    CHECK(ann.recipients->count == 7);
    CHECK(ann.runaway == 10);
    const client_rules bob{config, config.permissions.find({.credential = "bob"})};
    CHECK_FALSE(limits_of(bob).any());
}

TEST_CASE(
    "clients are counted by their credential, or with their network", "[inbound][permissions]"
) {
    const auto config = configured("user:ann; 10.0.0.0/8; *");
    const auto name = [&](std::size_t line, const char* credential) {
        return account_name({config, &config.permissions.all()[line]}, client_of(credential));
    };
    CHECK(name(0, "ann") == "user:ann");
    CHECK(name(1, "") == "10.0.0.0/8");
    CHECK(name(1, "bob") == "10.0.0.0/8");
    CHECK(name(2, "bob") == "user:bob");
    CHECK(name(2, "cert:host") == "cert:host");
    CHECK(name(2, "") == "client:192.0.2.7");
    CHECK(account_name({config, nullptr}, client_of("")) == "client:192.0.2.7");
}

TEST_CASE(
    "replies have the codes that clients act on, and tell no line", "[inbound][permissions]"
) {
    const auto wire = [](refused reason) { return denial_for(reason).answer.wire().substr(0, 9); };
    CHECK(wire(refused::sender) == "550 5.7.1");
    CHECK(wire(refused::recipient) == "550 5.7.1");
    CHECK(wire(refused::relay) == "550 5.7.1");
    CHECK(wire(refused::size) == "552 5.3.4");
    CHECK(wire(refused::rate) == "450 4.7.1");
    CHECK(wire(refused::distinct) == "450 4.7.1");
    CHECK(wire(refused::runaway) == "450 4.7.1");
    CHECK(
        denial_for(refused::rate, 90s).answer.wire() ==
        "450 4.7.1 Too many messages of this client, try again in 90 s\r\n"
    );
    for (const auto reason : {refused::author, refused::size, refused::rate, refused::distinct}) {
        const auto at_end = smtp::reply_to(refusal_for(reason));
        const auto earlier = denial_for(reason);
        CHECK(at_end.code == earlier.answer.code);
        CHECK(at_end.status == earlier.answer.status);
        CHECK(at_end.reason == earlier.reason);
        CHECK(is_by_permission(at_end.reason));
    }
    CHECK_FALSE(is_by_permission(smtp::reject_reason::too_big));
}
