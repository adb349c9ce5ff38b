// KURIR_LOG_FORMAT, KURIR_LOG_REDACT and its key.
#include "relay/config/log_checks.hpp"

#include "tests/config/sample_host.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::config;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("KURIR_LOG_REDACT: a hash needs a key that nobody guesses", "[config][parse]") {
    CHECK_THAT(
        only(bad({{"KURIR_LOG_REDACT", "hash"}})),
        ContainsSubstring("KURIR_LOG_REDACT=hash needs KURIR_LOG_REDACT_KEY")
    );
    const auto* wrong = GENERATE("too short 15 by", "two lines\nof a key that is long");
    const auto said = only(bad({{"KURIR_LOG_REDACT", "smart"}, {"KURIR_LOG_REDACT_KEY", wrong}}));
    CHECK_THAT(said, ContainsSubstring("KURIR_LOG_REDACT_KEY"));
    CHECK_THAT(said, !ContainsSubstring("of a key"));

    const auto made =
        good({{"KURIR_LOG_REDACT", "hash"}, {"KURIR_LOG_REDACT_KEY", "just long enough"}});
    CHECK(made.config.log_redact == log_redaction::hash);
    CHECK(made.config.log_redact_key == "just long enough");
    CHECK(made.warnings.empty());
}

TEST_CASE("KURIR_LOG_REDACT: a key that nobody uses is told", "[config][parse]") {
    const auto made =
        good({{"KURIR_LOG_REDACT", "smart"}, {"KURIR_LOG_REDACT_KEY", "just long enough"}});
    CHECK_THAT(only(made.warnings), ContainsSubstring("only KURIR_LOG_REDACT=hash uses it"));
}

TEST_CASE("KURIR_METRICS_TOP_DESTINATIONS and KURIR_LOG_FORMAT have bounds", "[config][parse]") {
    CHECK(good({}).config.metrics_top_destinations == 0);
    CHECK(good({{"KURIR_METRICS_TOP_DESTINATIONS", "100"}}).config.metrics_top_destinations == 100);
    CHECK_THAT(
        only(bad({{"KURIR_METRICS_TOP_DESTINATIONS", "101"}})),
        ContainsSubstring("KURIR_METRICS_TOP_DESTINATIONS")
    );
    CHECK(good({{"KURIR_LOG_FORMAT", "postfix"}}).config.log_format == log_format::postfix);
}
