#include "tests/bench/load_message.hpp"

#include <string>

#include "tests/support/catch.hpp"

namespace kurir::bench {
namespace {

// What a sink sees of a message: all but the final dot.
std::string on_arrival(load_message& message, std::uint64_t number) {
    const auto text = message.numbered(number);
    return std::string(text.substr(0, text.size() - 3));
}

TEST_CASE("a message that arrives as it was sent is known by its number", "[bench]") {
    load_message message(4096);
    for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{17}, ~std::uint64_t{0}}) {
        CHECK(number_of(on_arrival(message, number)) == number);
    }
}

TEST_CASE("a relay may add header fields above", "[bench]") {
    load_message message(4096);
    CHECK(number_of("Received: from a by b\r\n" + on_arrival(message, 3)) == 3U);
}

TEST_CASE("a message has the size that was asked for", "[bench]") {
    for (const std::size_t size : {1000U, 4096U, 4097U, 4098U, 300'000U}) {
        load_message message(size);
        CHECK(on_arrival(message, 1).size() == size);
    }
}

TEST_CASE("damage anywhere below the header is noticed", "[bench]") {
    load_message message(1000);
    const auto whole = on_arrival(message, 5);
    for (auto at = whole.find("X-Kurir-Bench"); at < whole.size(); ++at) {
        auto damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 1);
        CHECK(number_of(damaged) != std::optional<std::uint64_t>(5));
    }
}

TEST_CASE("a message that is cut or goes on too long is noticed", "[bench]") {
    load_message message(1000);
    const auto whole = on_arrival(message, 5);
    CHECK_FALSE(number_of(whole.substr(0, whole.size() - 1)));
    CHECK_FALSE(number_of(whole.substr(0, 40)));
    CHECK_FALSE(number_of(whole + "\r\n"));
    CHECK_FALSE(number_of(""));
}

TEST_CASE("a body under another message's number is noticed", "[bench]") {
    load_message message(1000);
    auto mixed = on_arrival(message, 5);
    const auto at = mixed.find("X-Kurir-Bench: ") + 15;
    mixed.replace(at, 16, "0000000000000006");
    CHECK_FALSE(number_of(mixed));
}

}  // namespace
}  // namespace kurir::bench
