// What counts as the same address, and what can stand in an entry.
#include "relay/suppression/entry.hpp"

#include <string>

#include "relay/suppression/entry_codec.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::suppression;

TEST_CASE("An address is known by its domain's name and its local-part in any case") {
    const auto [text, subject] = GENERATE(table<std::string, std::string>({
        {"ann@example.com", "ann@example.com"},
        {"  Ann.Lee@EXAMPLE.com\r", "ann.lee@example.com"},
        {"\"ann\"@example.com", "ann@example.com"},
        {"\"ann lee\"@example.com", "\"ann lee\"@example.com"},
        {"ann+tag@example.com", "ann+tag@example.com"},
        {"a.n.n@gmail.com", "a.n.n@gmail.com"},
        {"ann@b\u00fccher.example", "ann@xn--bcher-kva.example"},
        {"\u00e4nn@example.com", "\u00e4nn@example.com"},
        {"ann@my_host.example.com", "ann@my_host.example.com"},
        {"ann@[192.0.2.1]", "ann@[192.0.2.1]"},
        {"<ann@example.com>", "ann@example.com"},
        {"*@example.com", "@example.com"},
        {"@example.com", "@example.com"},
        {"Example.COM", "@example.com"},
        {"b\u00fccher.example", "@xn--bcher-kva.example"},
        {"[192.0.2.1]", "@[192.0.2.1]"},
    }));
    CAPTURE(text);
    CHECK(read_subject(text) == subject);
    if (!subject.starts_with('@')) {
        CHECK(read_subject(subject) == subject);
    }
}

TEST_CASE("What is neither an address nor a domain is no subject") {
    const std::string text = GENERATE(
        "",
        "*",
        "@",
        "ann",
        "ann@",
        "ann@localhost",
        "email",
        "a@b@example.com",
        "hello ann@example.com",
        "ann@example.com, bob@example.com",
        "ann@exam ple.com",
        "*.example.com",
        "a\nb@example.com"
    );
    CAPTURE(text);
    CHECK_FALSE(read_subject(text));
    CHECK_FALSE(read_subject("ann@" + std::string(1100, 'x') + ".example"));
}

TEST_CASE("A tenant is a user or a domain, in lower case") {
    CHECK(read_tenant("") == "");
    CHECK(read_tenant(" Shop ") == "shop");
    CHECK(read_tenant("@News.Example") == "news.example");
    CHECK(read_tenant("b\u00fccher.example") == "xn--bcher-kva.example");
    CHECK_FALSE(read_tenant(std::string(256, 'x')));
    CHECK_FALSE(read_tenant("a\tb\nc"));
}

TEST_CASE("A text becomes plain and short enough") {
    CHECK(plain_text("550 5.1.1\r\nno such user\t", 100) == "550 5.1.1  no such user");
    CHECK(
        plain_text(
            "a\xff"
            "b",
            100
        ) == "a?b"
    );
    CHECK(plain_text("\u00e4\u00e4", 3) == "\u00e4");
    CHECK(plain_text("a\u2028b", 100) == "a b");
    CHECK(plain_text(std::string(600, 'x'), longest::reason).size() == longest::reason);
}

TEST_CASE("An entry is packed and read again as it was") {
    entry all{
        .subject = "ann@example.com",
        .tenant = "news.example",
        .reason = "hard bounce",
        .added_by = "eve",
        .origin = origin::imported,
        .added_at = seconds_time(std::chrono::seconds(1'700'000'000)),
        .expires_at = seconds_time(std::chrono::seconds(1'800'000'000)),
    };
    const auto repacked = [](const entry& entry) {
        std::string packed;
        append_packed(packed, entry);
        CHECK(packed_size(packed + "more") == packed.size());
        CHECK(packed_key(packed) == key_of(entry.subject, entry.tenant));
        return unpack(packed);
    };
    CHECK(repacked(all) == all);
    const entry least{.subject = "@example.com"};
    CHECK(repacked(least) == least);
    all.reason = std::string(longest::reason, 'r');
    all.added_by = std::string(longest::name, 'n');
    all.tenant = std::string(longest::tenant, 't');
    CHECK(repacked(all) == all);
}

TEST_CASE("Bytes that are no entry are not read") {
    std::string packed;
    append_packed(packed, {.subject = "ann@example.com", .reason = "x"});
    REQUIRE(unpack(packed));
    CHECK_FALSE(unpack(""));
    CHECK_FALSE(unpack(packed + "x"));
    CHECK_FALSE(unpack(packed.substr(0, packed.size() - 1)));
    auto other = packed;
    other[0] = 2;  // an origin that there is not
    CHECK_FALSE(unpack(other));
    other = packed;
    other[packed_head_size] = 'A';  // not in lower case: nobody would find it
    CHECK_FALSE(unpack(other));
}
