#include "tests/bench/load_names.hpp"

#include <string>
#include <string_view>

#include "tests/support/catch.hpp"

namespace kurir::bench {
namespace {

using namespace std::string_literals;

std::string question(std::string_view name, char type) {
    std::string packet = "\x12\x34\1\0\0\1\0\0\0\0\0\0"s;
    return packet.append(name).append("\0\0"s).append(1, type).append("\0\1"s);
}

TEST_CASE("a destination has one exchange, below its own name", "[bench]") {
    const auto answer = name_answer(question("\3d17\5bench\7example", 15));
    CHECK(answer.substr(0, 12) == "\x12\x34\x85\x80\0\1\0\1\0\0\0\0"s);
    CHECK(answer.ends_with("\xc0\x0c\0\x0f\0\1\0\0\x0e\x10\0\7\0\x0a\2mx\xc0\x0c"s));
}

TEST_CASE("an exchange has one address of its own", "[bench]") {
    const auto answer = name_answer(question("\2mx\4D999\5bench\7example", 1));
    CHECK(answer.ends_with("\0\4\x7f\1\3\xfa"s));
}

TEST_CASE("other types have no records, and what is no question no answer", "[bench]") {
    const auto answer = name_answer(question("\2mx\3d17\5bench\7example", 28));
    CHECK(answer.substr(2, 6) == "\x85\x80\0\1\0\0"s);
    CHECK(name_answer("").empty());
    CHECK(name_answer("\x12\x34\1\0\0\1\0\0\0\0\0\0\3d17"s).empty());
}

}  // namespace
}  // namespace kurir::bench
