#include "relay/base/result.hpp"

#include <memory>
#include <string>
#include <utility>

#include "tests/support/catch.hpp"

using kurir::base::result;
namespace errc = boost::system::errc;

namespace {

// An error that is no error code, with more than one part.
struct reason {
    int code = 0;
    std::string text;
};

result<std::string> half_of(std::string text) {
    if (text.size() % 2 != 0) return errc::make_error_code(errc::invalid_argument);
    return text.substr(0, text.size() / 2);
}

result<void> check(int number) {
    if (number < 0) return errc::make_error_code(errc::result_out_of_range);
    return {};
}

result<std::unique_ptr<int>, reason> made(int number) {
    if (number < 0) return reason{number, "negative"};
    return std::make_unique<int>(number);
}

}  // namespace

TEST_CASE("a result has a value or an error code", "[base][result]") {
    CHECK(half_of("abcd").value() == "ab");
    CHECK(*half_of("abcd") == "ab");
    CHECK_FALSE(half_of("abc").has_value());
    CHECK(half_of("abc").error() == errc::invalid_argument);
    CHECK_THROWS_AS(half_of("abc").value(), boost::system::system_error);

    CHECK(check(0).has_value());
    CHECK(check(-1).error() == errc::result_out_of_range);
}

TEST_CASE("a result moves its value, and may have an error of any type", "[base][result]") {
    auto seven = made(7);
    REQUIRE(seven.has_value());
    const std::unique_ptr<int> taken = std::move(*seven);
    CHECK(*taken == 7);

    const auto none = made(-1);
    REQUIRE(none.has_error());
    CHECK(none.error().text == "negative");
}
