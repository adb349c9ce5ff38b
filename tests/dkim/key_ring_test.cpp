#include "relay/dkim/key_ring.hpp"

#include "tests/dkim/keys.hpp"

using namespace kurir::dkim;
using namespace tests;
using namespace std::chrono_literals;

namespace {

// Of both kinds for each of these, and one for later.example that has not begun.
key_ring ring() {
    std::vector<domain_key> keys;
    for (const std::string domain : {"b.example", "sub.b.example", "fallback.example"}) {
        for (const auto kind : {algorithm::ed25519, algorithm::rsa}) {
            const std::string selector(key_type(kind));
            keys.push_back(
                {.place = {.domain = domain, .selector = selector}, .key = key(kind), .file = ""}
            );
        }
    }
    keys.push_back(
        {.place =
             {.domain = "later.b.example",
              .selector = "x",
              .begin = std::chrono::sys_days{2026y / 12 / 1}},
         .key = key(algorithm::rsa),
         .file = ""}
    );
    return {std::move(keys), ""};
}

struct chosen {
    choice_reason reason;
    std::string domain;
    std::string identity;
    bool operator==(const chosen&) const = default;
};

chosen choose(
    const std::vector<std::string>& authors,
    const std::string& reverse_path,
    const std::string& fallback = "fallback.example"
) {
    static const auto keys = ring();
    const auto choice =
        choose_keys(keys, {.authors = authors, .reverse_path = reverse_path}, fallback, noon);
    if (choice.keys.empty()) return {choice.reason, "", choice.identity};
    REQUIRE(choice.keys.size() == 2);
    CHECK(choice.keys[0].key.kind() == algorithm::rsa);
    CHECK(choice.keys[1].key.kind() == algorithm::ed25519);
    return {choice.reason, choice.keys[0].place.domain, choice.identity};
}

using enum choice_reason;

}  // namespace

TEST_CASE("the domain of From chooses the key", "[dkim]") {
    CHECK(choose({"b.example"}, "fallback.example") == chosen{author, "b.example", ""});
    CHECK(choose({"sub.b.example"}, "") == chosen{author, "sub.b.example", ""});
}

TEST_CASE("a key of a domain above signs, and says for which below", "[dkim]") {
    CHECK(choose({"x.b.example"}, "") == chosen{author_parent, "b.example", "@x.b.example"});
    CHECK(
        choose({"y.sub.b.example"}, "") ==
        chosen{author_parent, "sub.b.example", "@y.sub.b.example"}
    );
    // A key that has not begun is none.
    CHECK(
        choose({"later.b.example"}, "") == chosen{author_parent, "b.example", "@later.b.example"}
    );
    CHECK(choose({"xb.example"}, "") == chosen{fallback, "fallback.example", ""});
}

TEST_CASE("then that of the reverse-path, and then the one for all", "[dkim]") {
    CHECK(choose({"c.example"}, "b.example") == chosen{reverse_path, "b.example", ""});
    CHECK(choose({"c.example"}, "bounces.b.example") == chosen{reverse_path, "b.example", ""});
    CHECK(choose({}, "b.example") == chosen{reverse_path, "b.example", ""});
    CHECK(choose({"c.example"}, "d.example") == chosen{fallback, "fallback.example", ""});
    CHECK(choose({"c.example"}, "") == chosen{fallback, "fallback.example", ""});
    CHECK(choose({}, "") == chosen{fallback, "fallback.example", ""});
    CHECK(choose({"c.example"}, "d.example", "") == chosen{none, "", ""});
    CHECK(choose({"c.example"}, "d.example", "x.fallback.example") == chosen{none, "", ""});
}

TEST_CASE("several domains in From are signed for if a key stands for all of them", "[dkim]") {
    CHECK(choose({"b.example", "b.example"}, "") == chosen{author, "b.example", ""});
    CHECK(
        choose({"x.b.example", "x.b.example"}, "") ==
        chosen{author_parent, "b.example", "@x.b.example"}
    );
    CHECK(choose({"x.b.example", "b.example"}, "") == chosen{author_parent, "b.example", ""});
    CHECK(choose({"b.example", "x.b.example"}, "") == chosen{author, "b.example", ""});
    CHECK(choose({"sub.b.example", "b.example"}, "") == chosen{author_parent, "b.example", ""});
    // None is signed for alone: nobody could say for which of them.
    CHECK(choose({"b.example", "c.example"}, "") == chosen{fallback, "fallback.example", ""});
    CHECK(choose({"b.example", "c.example"}, "", "") == chosen{none, "", ""});
    CHECK(
        choose({"c.example", "b.example"}, "sub.b.example") ==
        chosen{reverse_path, "sub.b.example", ""}
    );
}
