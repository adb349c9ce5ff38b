#include "relay/log/failure.hpp"

#include <stdexcept>

#include "relay/log/log.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("An exception that nobody planned is logged with its place", "[log]") {
    const log::capture captured;
    const auto handler = log::internal_error("session");
    handler(std::make_exception_ptr(std::runtime_error("no luck")));
    handler(std::make_exception_ptr(7));

    const auto lines = captured.lines();
    REQUIRE(lines.size() == 2);
    CHECK_THAT(lines[0], ContainsSubstring(R"("event":"internal","where":"session")"));
    CHECK_THAT(lines[0], ContainsSubstring(R"("error":"no luck")"));
    CHECK_THAT(lines[1], ContainsSubstring(R"("error":"unknown")"));
}
