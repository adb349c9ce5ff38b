// KURIR_SUPPRESSION_LIST: what it says, and what is wrong with it.
#include <string>

#include "relay/suppression/suppression_list.hpp"
#include "relay/suppression/time_text.hpp"
#include "tests/config/sample_host.hpp"

using namespace kurir;
using namespace kurir::config;
using Catch::Matchers::ContainsSubstring;

namespace {

suppression_table table_of(std::string_view text) {
    suppression_table table;
    const auto wrong = suppression_table::read(text, table);
    INFO(wrong.value_or(""));
    REQUIRE_FALSE(wrong);
    return table;
}

std::string wrong(std::string_view text) {
    suppression_table table;
    return suppression_table::read(text, table).value_or("nothing");
}

}  // namespace

TEST_CASE("entries have an address or a domain, and what is said of it", "[config][suppression]") {
    const auto table = table_of(R"(
# all kinds
Ann@Example.com
*@closed.example     reason="the company; it is gone"   # closed
gone.example; b@example.com tenant=News.Example until=2027-01-31 reason=complaint
"a b"@example.com
b@example.com
)");
    const auto& list = *table.entries;
    CHECK(list.size() == 6);
    CHECK(list.at("ann@example.com", "")->reason.empty());
    CHECK(list.at("@closed.example", "")->reason == "the company; it is gone");
    CHECK(list.at("@gone.example", ""));
    const auto entry = list.at("b@example.com", "news.example");
    REQUIRE(entry);
    CHECK(entry->reason == "complaint");
    CHECK(suppression::time_text(*entry->expires_at) == "2027-01-31T00:00:00Z");
    CHECK(list.at("\"a b\"@example.com", ""));
}

TEST_CASE("an empty table has no list", "[config][suppression]") {
    CHECK(table_of("").entries == nullptr);
    CHECK(table_of("# nobody\n\n").entries == nullptr);
}

TEST_CASE("a mistake is named with its line", "[config][suppression]") {
    CHECK(
        wrong("nobody") == "has \"nobody\", where an address, *@example.com or example.com belongs"
    );
    CHECK(
        wrong("a@example.com\n*.example.com\n") ==
        "has \"*.example.com\", where an address, *@example.com or example.com belongs (line 2)"
    );
    CHECK(
        wrong("a@example.com because=x") ==
        "has \"because=x\", where tenant=, until= or reason= belongs"
    );
    CHECK(wrong("a@example.com stop") == "has \"stop\", where tenant=, until= or reason= belongs");
    CHECK_THAT(wrong("a@example.com until=soon"), ContainsSubstring("one day such as"));
    CHECK_THAT(wrong("a@example.com tenant="), ContainsSubstring("one user or one sender's"));
    CHECK_THAT(wrong("a@example.com reason=a reason=b"), ContainsSubstring("one reason belongs"));
    CHECK_THAT(
        wrong("a@example.com reason=" + std::string(600, 'x')), ContainsSubstring("512 bytes")
    );
    CHECK(
        wrong("a@example.com; A@EXAMPLE.com reason=x") ==
        "has two entries for \"A@EXAMPLE.com\" (line 2)"
    );
}
