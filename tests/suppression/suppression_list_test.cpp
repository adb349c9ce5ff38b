// Which entries count for a recipient, and that the list stays a sorted set however it is changed.
#include "relay/suppression/suppression_list.hpp"

#include <malloc.h>

#include <iostream>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "relay/suppression/entry_codec.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::suppression;
using kurir::smtp::mailbox;
using std::chrono::seconds;

namespace {

constexpr seconds_time noon_of_list{seconds(1'800'000'000)};

mailbox ann() {
    return {"Ann", "example.com"};
}

std::string reason_for(
    const suppression_list& list, const mailbox& recipient, std::string_view tenant = ""
) {
    const auto found = list.find(recipient, {"", tenant}, noon_of_list);
    return found ? found->reason : "none";
}

std::vector<std::string> keys_after(const suppression_list& list, std::string_view key) {
    std::vector<std::string> keys;
    list.walk(key, [&](std::string_view packed) {
        keys.emplace_back(packed_key(packed));
        return true;
    });
    return keys;
}

}  // namespace

TEST_CASE("A recipient is found by its address, whatever the case of its local-part") {
    suppression_list list;
    CHECK(reason_for(list, ann()) == "none");
    REQUIRE(list.put({.subject = "ann@example.com", .reason = "address"}));
    CHECK(reason_for(list, ann()) == "address");
    CHECK(reason_for(list, {"ann", "example.com"}) == "address");
    CHECK(reason_for(list, {"anna", "example.com"}) == "none");
    CHECK(reason_for(list, {"ann", "sub.example.com"}) == "none");
    CHECK(reason_for(list, {"ann+x", "example.com"}) == "none");
}

TEST_CASE("A domain stops all of its addresses, and no domain below it") {
    suppression_list list;
    REQUIRE(list.put({.subject = "@example.com", .reason = "domain"}));
    CHECK(reason_for(list, ann()) == "domain");
    CHECK(reason_for(list, {"bob", "sub.example.com"}) == "none");
    REQUIRE(list.put({.subject = "ann@example.com", .reason = "address"}));
    CHECK(reason_for(list, ann()) == "address");
    CHECK(reason_for(list, {"bob", "example.com"}) == "domain");
}

TEST_CASE("An entry of a tenant stops only the mail of that tenant") {
    suppression_list list;
    REQUIRE(list.put({.subject = "ann@example.com", .tenant = "shop", .reason = "shop's"}));
    CHECK(reason_for(list, ann()) == "none");
    CHECK(reason_for(list, ann(), "other") == "none");
    CHECK(reason_for(list, ann(), "shop") == "shop's");
    REQUIRE(list.put({.subject = "ann@example.com", .reason = "everybody's"}));
    CHECK(reason_for(list, ann(), "shop") == "everybody's");
    CHECK(list.size() == 2);
}

TEST_CASE("An entry counts until it expires, and is kept until it is removed") {
    suppression_list list;
    REQUIRE(list.put({.subject = "ann@example.com", .reason = "a", .expires_at = noon_of_list}));
    CHECK(list.find(ann(), {}, noon_of_list - seconds(1)));
    CHECK_FALSE(list.find(ann(), {}, noon_of_list));
    CHECK(list.at("ann@example.com", ""));
    // One of the domain counts then.
    REQUIRE(list.put({.subject = "@example.com", .reason = "domain"}));
    CHECK(reason_for(list, ann()) == "domain");
    CHECK(list.remove_expired(noon_of_list - seconds(1)) == 0);
    CHECK(list.remove_expired(noon_of_list) == 1);
    CHECK(list.size() == 1);
    CHECK_FALSE(list.at("ann@example.com", ""));
}

TEST_CASE("An entry replaces the one of its subject and tenant") {
    suppression_list list;
    REQUIRE(list.put({.subject = "ann@example.com", .reason = "short"}));
    REQUIRE(list.put({.subject = "ann@example.com", .reason = std::string(500, 'l')}));
    CHECK(list.size() == 1);
    CHECK(list.at("ann@example.com", "")->reason.size() == 500);
    CHECK_FALSE(list.remove("ann@example.com", "shop"));
    CHECK(list.remove("ann@example.com", ""));
    CHECK_FALSE(list.remove("ann@example.com", ""));
    CHECK(list.empty());
}

TEST_CASE("The list is what a sorted map would be, after any changes") {
    std::mt19937 random(GENERATE(1U, 2U, 3U));
    suppression_list list;
    std::map<std::string, std::string> model;
    const auto some = [&](std::size_t most) { return random() % most; };
    for (int round = 0; round < 20'000; ++round) {
        const auto subject = "user" + std::to_string(some(3000)) + "@example.com";
        const std::string tenant = some(3) == 0 ? "shop" : "";
        const auto key = key_of(subject, tenant);
        if (some(3) == 0) {
            CHECK(list.remove(subject, tenant) == (model.erase(key) == 1));
        } else {
            auto& reason = model[key];
            reason = std::string(some(200), 'r');
            REQUIRE(list.put({.subject = subject, .tenant = tenant, .reason = reason}));
        }
    }
    REQUIRE(list.size() == model.size());
    std::vector<std::string> keys;
    for (const auto& [key, reason] : model) {
        keys.push_back(key);
        const auto end = key.find('\n');
        const auto found = list.at(key.substr(0, end), key.substr(end + 1));
        REQUIRE(found);
        CHECK(found->reason == reason);
    }
    CHECK(keys_after(list, "") == keys);
    // From any place on, whether there is an entry or not.
    for (std::size_t first = 0; first < keys.size(); first += 97) {
        const std::vector<std::string> rest(
            keys.begin() + static_cast<std::ptrdiff_t>(first) + 1, keys.end()
        );
        CHECK(keys_after(list, keys[first]) == rest);
        CHECK(keys_after(list, keys[first] + "!") == rest);
    }
}

TEST_CASE("A million entries cost less than 100 bytes each beside the address") {
    constexpr std::size_t count = 1'000'000;
    const bool in_order = GENERATE(true, false);
    const auto address_of = [&](std::size_t number) {
        const auto shown = in_order ? number : number * 7'919 % count;
        auto digits = std::to_string(shown);
        digits.insert(0, 7 - digits.size(), '0');
        return "customer" + digits + "@example.com";
    };
    const auto used = [] { return mallinfo2().uordblks + mallinfo2().hblkhd; };
    const auto before = used();
    suppression_list list;
    for (std::size_t i = 0; i < count; ++i) {
        REQUIRE(list.put({
            .subject = address_of(i),
            .reason = "hard bounce",
            .added_by = "operator",
            .origin = origin::imported,
            .added_at = noon_of_list,
        }));
    }
    REQUIRE(list.size() == count);
    const auto each = static_cast<double>(used() - before) / count;
    const auto beside = each - static_cast<double>(address_of(0).size());
    std::cout << "suppression list: " << beside << " bytes an entry beside its address"
              << (in_order ? " (in order)" : " (in any order)") << '\n';
    CHECK(beside < 100);
    CHECK(list.find({"Customer0123456", "example.com"}, {"shop", "news.example"}, noon_of_list));
}
