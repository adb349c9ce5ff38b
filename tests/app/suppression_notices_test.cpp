// Entries of the suppression list as relays tell them to each other.
#include "relay/app/suppression_notices.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace kurir;
using namespace std::chrono_literals;
using suppression::seconds_time;

namespace {

const seconds_time told_at{1'000'000s};
const suppression::entry told_entry{
    .subject = "ann@far.test",
    .tenant = "shop",
    .reason = "asked",
    .added_by = "eve",
    .added_at = told_at,
};

}  // namespace

TEST_CASE("an entry goes and comes as it was", "[app][suppression]") {
    const auto posted = app::notice_of(told_entry, told_at);
    CHECK(posted.key == "ann@far.test\nshop");
    CHECK_FALSE(posted.left);
    const auto read = app::change_in(posted);
    REQUIRE(read);
    CHECK(read->what == told_entry);
    CHECK_FALSE(read->removes);
}

TEST_CASE("a removal says which entry goes", "[app][suppression]") {
    const auto posted = app::notices_of({{.what = told_entry, .removes = true}}, told_at);
    REQUIRE(posted.size() == 1);
    CHECK(posted.front().value.empty());
    const auto read = app::change_in(posted.front());
    REQUIRE(read);
    CHECK(read->removes);
    CHECK(read->what.subject == "ann@far.test");
    CHECK(read->what.tenant == "shop");
}

TEST_CASE("a notice of an entry is over when the entry is forgotten", "[app][suppression]") {
    auto ends = told_entry;
    ends.expires_at = told_at + 1h;
    CHECK(app::notice_of(ends, told_at).left == 1h + app::expired_kept);
    CHECK(app::notice_of(ends, told_at + 2h).left == app::expired_kept);
}

TEST_CASE("what is no entry asks for nothing", "[app][suppression]") {
    auto other = app::notice_of(told_entry, told_at);
    other.key = "bob@far.test\n";
    CHECK_FALSE(app::change_in(other));
    other = app::notice_of(told_entry, told_at);
    other.value.pop_back();
    CHECK_FALSE(app::change_in(other));
    other.value.clear();
    CHECK_FALSE(app::change_in(other));
    CHECK_FALSE(app::change_in({.key = "no line end", .removed = true}));
}
