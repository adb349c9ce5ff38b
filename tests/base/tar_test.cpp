#include "relay/base/tar.hpp"

#include "tests/support/catch.hpp"

using namespace kurir::base;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("tar: a header is read as it was written") {
    const auto block = tar_header("0ABC.json", 1234, 1795836000);
    REQUIRE(block.size() == tar_block);
    const auto entry = read_tar_header(block);
    REQUIRE(entry.has_value());
    CHECK(entry->kind == tar_entry::kind_of::file);
    CHECK(entry->name == "0ABC.json");
    CHECK(entry->size == 1234);
    CHECK(tar_padding(0) == 0);
    CHECK(tar_padding(1) == 511);
    CHECK(tar_padding(512) == 0);
}

TEST_CASE("tar: an empty block is the end") {
    const auto entry = read_tar_header(std::string(tar_block, '\0'));
    REQUIRE(entry.has_value());
    CHECK(entry->kind == tar_entry::kind_of::end);
}

TEST_CASE("tar: what is no plain file is refused by its name") {
    const auto refusal = [](std::string name, char type) {
        auto block = tar_header(name, 0, 0);
        // The type is part of the sum.
        const auto made = tar_header(name, 0, 0);
        block[156] = type;
        unsigned sum = 8 * ' ';
        for (std::size_t at = 0; at < block.size(); ++at)
            if (at < 148 || at >= 156) sum += static_cast<unsigned char>(block[at]);
        for (int at = 153; at >= 148; --at, sum /= 8)
            block[static_cast<std::size_t>(at)] = static_cast<char>('0' + sum % 8);
        const auto entry = read_tar_header(block);
        return entry ? std::string() : entry.error();
    };
    CHECK_THAT(refusal("a.eml", '2'), ContainsSubstring("a.eml: it is no plain file"));
    CHECK_THAT(refusal("a.eml", 'S'), ContainsSubstring("a.eml: it is no plain file"));
    CHECK_THAT(refusal("../a.eml", '0'), ContainsSubstring("../a.eml: its name leads out"));
    CHECK_THAT(refusal("a/../../b", '0'), ContainsSubstring("leads out"));
    CHECK_THAT(refusal("/etc/passwd", '0'), ContainsSubstring("leads out"));
    CHECK(refusal("a/b.eml", '0').empty());
    CHECK(refusal("a/", '5').empty());
    CHECK(refusal("..a", '0').empty());
}

TEST_CASE("tar: a damaged header is refused") {
    auto block = tar_header("a", 1, 1);
    block[0] = 'b';
    CHECK_FALSE(read_tar_header(block).has_value());
    CHECK_FALSE(read_tar_header("short").has_value());
    CHECK_FALSE(read_tar_header(std::string(tar_block, 'x')).has_value());
}
