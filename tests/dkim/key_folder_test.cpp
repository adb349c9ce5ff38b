#include "relay/dkim/key_folder.hpp"

#include <map>

#include "tests/dkim/keys.hpp"

using namespace kurir;
using namespace kurir::dkim;
using namespace tests;
using namespace std::chrono_literals;

namespace {

// Path to text. One that is empty can't be read, one that ends with "exposed" anybody can.
using files = std::map<std::string, std::string>;

key_folder folder(const files& all, const key_wishes& wishes = {.selector = "", .domains = {}}) {
    std::vector<std::string> paths;
    for (const auto& [path, text] : all)
        paths.push_back(path);
    const key_reader reader = [&](const std::string& path) -> base::result<key_text, std::string> {
        const auto& text = all.at(path);
        if (text.empty())
            return {boost::system::in_place_error, "can't be read: Permission denied"};
        return key_text{.text = text, .exposed = text.ends_with("exposed")};
    };
    return read_keys(paths, reader, wishes);
}

// The selectors that sign for a domain, with the files of their keys.
std::string selectors(const key_folder& read, const std::string& domain, utc_seconds now = noon) {
    CHECK(read.mistakes.empty());
    std::string text;
    for (const auto& each : read.ring.current(domain, now))
        text += each.place.selector + " ";
    return text;
}

std::string mistake(const files& all, const key_wishes& wishes = {.selector = "", .domains = {}}) {
    const auto read = folder(all, wishes);
    REQUIRE(read.mistakes.size() == 1);
    return read.mistakes.front().sentence();
}

key_place placed(const std::string& path) {
    const auto place = place_of(path);
    REQUIRE(place.has_value());
    return *place;
}

const std::string& rsa() {
    return pem(algorithm::rsa);
}

const std::string& ed25519() {
    return pem(algorithm::ed25519);
}

}  // namespace

TEST_CASE("the name of a file says whose key it is", "[dkim]") {
    using std::chrono::sys_days;
    CHECK(placed("b.example/x.pem") == key_place{.domain = "b.example", .selector = "x"});
    CHECK(placed("keys/b.example/x.private") == key_place{.domain = "b.example", .selector = "x"});
    CHECK(placed("b.example.private") == key_place{.domain = "b.example"});
    CHECK(placed("keys/b.example.pem") == key_place{.domain = "b.example"});
    CHECK(placed("B.Example/X.y.pem") == key_place{.domain = "b.example", .selector = "x.y"});
    CHECK(placed("b\xc3\xbc.example.pem") == key_place{.domain = "xn--b-eha.example"});
    CHECK(
        placed("b.example/x.from-2026-12-01.pem") ==
        key_place{.domain = "b.example", .selector = "x", .begin = sys_days{2026y / 12 / 1}}
    );
}

TEST_CASE("files that are none of ours are not read", "[dkim]") {
    const std::string path = GENERATE(
        "b.example/x.txt",  // what opendkim-genkey writes beside the key
        "README",
        "b.example/x.pem~",
        "b.example/.x.pem.swp",
        ".hidden.pem",
        "..data/b.example.pem",
        "..2026_11_27/b.example/x.pem",
        "b.example/..data/x.pem",
        ".pem"
    );
    CAPTURE(path);
    CHECK_FALSE(is_key_file(path));
    CHECK(folder({{path, ""}}).mistakes.empty());
}

TEST_CASE("keys of each layout sign, RSA first", "[dkim]") {
    CHECK(selectors(folder({{"b.example/x.pem", rsa()}}), "b.example") == "x ");
    CHECK(selectors(folder({{"keys/b.example/x.private", rsa()}}), "b.example") == "x ");
    CHECK(selectors(folder({{"b.example.private", rsa()}}), "b.example") == "mail ");
    const key_wishes named{.selector = "s1", .domains = {}};
    CHECK(selectors(folder({{"b.example.private", rsa()}}, named), "b.example") == "s1 ");
    const files both = {{"b.example/a.pem", ed25519()}, {"b.example/z.pem", rsa()}};
    CHECK(selectors(folder(both), "b.example") == "z a ");
    CHECK(selectors(folder(both), "a.b.example").empty());
    CHECK(folder({}).ring.empty());
}

TEST_CASE("the key that has begun last signs", "[dkim]") {
    const auto read = folder({
        {"b.example/old.pem", rsa()},
        {"b.example/e.pem", ed25519()},
        {"b.example/a.from-2026-11-27.pem", rsa()},
        {"b.example/c.from-2026-12-01.pem", rsa()},
        {"b.example/d.from-2027-01-01.private", ed25519()},
    });
    using std::chrono::sys_days;
    CHECK(selectors(read, "b.example", sys_days{2026y / 11 / 27} - 1s) == "old e ");
    CHECK(selectors(read, "b.example", sys_days{2026y / 11 / 27}) == "a e ");
    CHECK(selectors(read, "b.example", sys_days{2026y / 12 / 1} - 1s) == "a e ");
    CHECK(selectors(read, "b.example", sys_days{2026y / 12 / 1}) == "c e ");
    CHECK(selectors(read, "b.example", sys_days{2027y / 1 / 1}) == "c d ");
    const auto later = folder({{"b.example/x.from-2026-12-01.pem", rsa()}});
    CHECK(selectors(later, "b.example").empty());
}

TEST_CASE("each mistake has its file", "[dkim]") {
    CHECK(
        mistake({{"b.example/x.pem", ""}}) == "'b.example/x.pem' can't be read: Permission denied"
    );
    CHECK(
        mistake({{"b.example/x.pem", rsa() + "exposed"}}) ==
        "'b.example/x.pem' is a key that every user of the machine can read; chmod o= it"
    );
    CHECK(mistake({{"b.example.pem", "text"}}) == "'b.example.pem' is no key in PEM");
    CHECK(
        mistake({{"b.example/x.pem", pem_of(EVP_EC_gen("P-256"))}}) ==
        "'b.example/x.pem' is a key of kind EC; only RSA and Ed25519 can sign mail"
    );
    CHECK(
        mistake({{"example.pem", rsa()}}) ==
        "'example.pem' is of no domain: a key is DOMAIN/SELECTOR.pem, or DOMAIN.pem"
    );
    CHECK(mistake({{"b..example/x.pem", rsa()}}).starts_with("'b..example/x.pem' is of no domain"));
    CHECK(
        mistake({{"a/b.example/x.pem", rsa()}}) ==
        "'a/b.example/x.pem' lies too deep: a key is DOMAIN/SELECTOR.pem"
    );
    CHECK(
        mistake({{"b.example/x y.pem", rsa()}}) ==
        "'b.example/x y.pem' has a selector that can't be in the DNS"
    );
    for (const std::string date : {"", "2026-13-01", "2026-02-30", "2026-1-1", "tomorrow-x"})
        CHECK(
            mistake({{"b.example/x.from-" + date + ".pem", rsa()}}) ==
            "'b.example/x.from-" + date +
                ".pem' begins at no date: it is SELECTOR.from-YYYY-MM-DD.pem"
        );

    CHECK(
        mistake({{"b.example.from-2026-12-01.pem", rsa()}}) ==
        "'b.example.from-2026-12-01.pem' has a date but no selector: a key is "
        "DOMAIN/SELECTOR.from-YYYY-MM-DD.pem"
    );

    // One mistake does not hide another, and other keys are still read.
    const auto read = folder({{"a.example/x.pem", ""}, {"b.example/x.pem", rsa()}, {"c.pem", "?"}});
    CHECK(read.mistakes.size() == 2);
    CHECK(read.ring.current("b.example", noon).size() == 1);
}

TEST_CASE("a short key is worth a warning", "[dkim]") {
    const auto read = folder({{"b.example/x.pem", pem_of(EVP_RSA_gen(1024))}});
    CHECK(selectors(read, "b.example") == "x ");
    REQUIRE(read.warnings.size() == 1);
    CHECK(
        read.warnings.front().sentence() ==
        "'b.example/x.pem' is an RSA key of 1024 bits; receivers want 2048"
    );
}

TEST_CASE("of two keys somebody must say which signs", "[dkim]") {
    const files rivals = {{"b.example/a.pem", rsa()}, {"b.example/z.pem", rsa()}};
    CHECK(
        mistake(rivals) ==
        "'b.example/z.pem' begins with 'b.example/a.pem', an RSA key, too: name the selector "
        "that signs, or give one a date (SELECTOR.from-YYYY-MM-DD.pem)"
    );
    CHECK(selectors(folder(rivals, {.selector = "z", .domains = {}}), "b.example") == "z ");
    CHECK(selectors(folder(rivals, {.selector = "a", .domains = {}}), "b.example") == "a ");
    const files three = {
        {"b.example/a.pem", rsa()}, {"b.example/m.pem", rsa()}, {"b.example/z.pem", rsa()}
    };
    CHECK(selectors(folder(three, {.selector = "m", .domains = {}}), "b.example") == "m ");
    CHECK(folder(three, {.selector = "x", .domains = {}}).mistakes.size() == 2);
    const key_wishes pinned{.selector = "", .domains = {{"b.example", "z"}}};
    CHECK(selectors(folder(rivals, pinned), "b.example") == "z ");
    CHECK(mistake({
                      {"b.example/a.from-2026-12-01.pem", rsa()},
                      {"b.example/z.from-2026-12-01.pem", rsa()},
                  })
              .starts_with("'b.example/z.from-2026-12-01.pem' begins with "));
    CHECK(
        mistake({{"b.example/x.pem", rsa()}, {"b.example/x.private", ed25519()}}) ==
        "'b.example/x.private' is of the same domain and selector as 'b.example/x.pem'"
    );
    CHECK(folder({{"a.example/x.pem", rsa()}, {"b.example/x.pem", rsa()}}).mistakes.empty());
}

TEST_CASE("only the domains that are wished for sign", "[dkim]") {
    const key_wishes wishes{.selector = "", .domains = {{"b.example", ""}, {"c.example", "y"}}};
    const files all = {
        {"a.example/x.pem", "broken"},  // not read
        {"b.example/x.pem", rsa()},
        {"c.example/x.pem", ""},  // nor this
        {"c.example/y.pem", rsa()},
    };
    const auto read = folder(all, wishes);
    CHECK(selectors(read, "a.example").empty());
    CHECK(selectors(read, "b.example") == "x ");
    CHECK(selectors(read, "c.example") == "y ");
    CHECK(
        selectors(
            folder({{"c.example.private", rsa()}, {"b.example.pem", rsa()}}, wishes), "c.example"
        ) == "y "
    );
    CHECK(
        mistake({{"b.example/x.pem", rsa()}}, wishes) ==
        "'c.example' has no key: neither c.example/y.pem nor c.example.pem is there"
    );
    CHECK(
        mistake({{"c.example/y.pem", rsa()}}, wishes) ==
        "'b.example' has no key: neither b.example/SELECTOR.pem nor b.example.pem is there"
    );
}
