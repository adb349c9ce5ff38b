// KURIR_PERMISSIONS: who is the subject of a line, what it says, and what is wrong with it.
#include "relay/config/permissions.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "tests/config/sample_host.hpp"
#include "tests/support/permissions.hpp"

using namespace kurir::config;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using tests::permissions_of;

namespace {

std::string wrong_permissions(std::string_view text) {
    permissions lines;
    return permissions::read(text, lines).value_or("nothing");
}

// The number of the line for a client; 0: none.
std::size_t line_for(
    const permissions& lines, std::string_view credential, const char* address = "192.0.2.1"
) {
    const auto* found =
        lines.find({.credential = credential, .address = boost::asio::ip::make_address(address)});
    return found == nullptr ? 0 : found->line;
}

}  // namespace

TEST_CASE("a line says all that the design names", "[config][permissions]") {
    const auto lines = permissions_of(R"(
# who may send what
user:billing from=@billing.example,No@Example.com rate=100/min,20000/d priority=urgent route=ses
cert:printer to=* max_size=2M distinct=500/d RELAY=no runaway=20x   # the printer
)");
    REQUIRE(lines.all().size() == 2);
    const auto& billing = lines.all()[0];
    CHECK(billing.line == 3);
    CHECK(billing.subject == "user:billing");
    CHECK(billing.senders == std::vector<std::string>{"@billing.example", "no@example.com"});
    CHECK(billing.rates == std::vector<rate>{{100, 1min}, {20000, 24h}});
    CHECK(billing.priority == mail_priority::urgent);
    CHECK(billing.route == "ses");
    CHECK(billing.relay);
    CHECK_FALSE(billing.runaway);
    const auto& printer = lines.all()[1];
    CHECK(printer.recipients == std::vector<std::string>{"*"});
    CHECK(printer.max_size == 2UL * 1024 * 1024);
    CHECK(printer.distinct == rate{500, 24h});
    CHECK_FALSE(printer.relay);
    CHECK(printer.runaway == 20U);
}

TEST_CASE("the first line decides whose subject the client is", "[config][permissions]") {
    const auto lines = permissions_of(
        "10.0.0.0/24,2001:db8::/32\n"
        "user:ann\n"
        "user:*\n"
        "cert:host.example\n"
        "10.0.0.0/8\n"
        "private\n"
        "*"
    );
    CHECK(line_for(lines, "", "10.0.0.7") == 1);
    CHECK(line_for(lines, "ann", "10.0.0.7") == 1);
    CHECK(line_for(lines, "", "2001:db8::1") == 1);
    CHECK(line_for(lines, "ann", "10.0.1.7") == 2);
    CHECK(line_for(lines, "Ann", "10.0.1.7") == 3);
    CHECK(line_for(lines, "cert:host.example") == 4);
    CHECK(line_for(lines, "cert:other.example", "10.0.1.7") == 5);
    CHECK(line_for(lines, "", "::ffff:10.0.1.7") == 5);
    CHECK(line_for(lines, "", "172.16.0.1") == 6);
    CHECK(line_for(lines, "") == 7);
    // No user can be taken for a certificate, nor a client without a name for a user.
    CHECK(line_for(permissions_of("user:cert:a"), "cert:a") == 0);
    CHECK(line_for(permissions_of("user:*; cert:*"), "") == 0);
    CHECK(permissions_of("10.0.0.0/8").find({.credential = "ann"}) == nullptr);
}

TEST_CASE("patterns of addresses in permissions", "[config][permissions]") {
    struct row {
        const char* pattern;
        const char* address;
        bool holds;
    };
    const std::vector<row> rows{
        {"a.example", "Me@A.example", true},
        {"@a.example", "me@a.example", true},
        {"@a.example", "me@x.a.example", false},
        {"@a.example", "me@xa.example", false},
        {"@a.example", "me@b.example", false},
        {"*.a.example", "me@x.a.example", true},
        {"*.a.example", "me@a.example", false},
        {"me@a.example", "ME@a.example", true},
        {"me@a.example", "you@a.example", false},
        {"me@a.example", "not-me@a.example", false},
        {"*", "me@a.example", true},
        {"b.example,a.example", "me@a.example", true},
        {"[192.0.2.1]", "me@[192.0.2.1]", true},
    };
    for (const auto& [pattern, address, holds] : rows) {
        CAPTURE(pattern, address);
        const auto lines = permissions_of(std::string("* from=") + pattern + " to=" + pattern);
        CHECK(lines.all()[0].allows_sender(address) == holds);
        CHECK(lines.all()[0].allows_recipient(address) == holds);
    }
    const auto open = permissions_of("*");
    CHECK(open.all()[0].allows_sender("me@a.example"));
    CHECK(open.all()[0].allows_recipient("me@a.example"));
}

TEST_CASE("a mistake names the line and the word", "[config][permissions]") {
    struct row {
        const char* text;
        const char* word;
    };
    const std::vector<row> rows{
        {"billing from=@a.example", "\"billing\" where a subject belongs"},
        {"user:", "\"user:\""},
        {"10.0.0.7/8", "\"10.0.0.7/8\""},
        {"none", "\"none\""},
        {"user:a from=a b", "\"b\" where one of these belongs"},
        {"user:a form=@a.example", "\"form=@a.example\""},
        {"user:a from=", "no value, or an empty one, after from="},
        {"user:a from=a.example,,b.example", "after from="},
        {"user:a from=<>", "\"<>\" where addresses belong"},
        {"user:a from=@*.example", "\"@*.example\""},
        {"user:a to=a@@b", "\"a@@b\""},
        {"user:a from=a.example from=b.example", "from= twice"},
        {"user:a rate=100", "\"100\", which is no rate"},
        {"user:a rate=100/min,200/min", "\"200/min\""},
        {"user:a rate=1/s,1/min,1/h,1/d,2/d", "\"2/d\""},
        {"user:a rate=0/min", "\"0/min\""},
        {"user:a distinct=100001/d", "\"100001/d\""},
        {"user:a distinct=1/d,1/h", "\"1/h\""},
        {"user:a priority=high", "\"high\""},
        {"user:a route=smtp://x", "\"smtp://x\""},
        {"user:a max_size=big", "\"big\""},
        {"user:a max_size=0", "\"0\""},
        {"user:a relay=maybe", "\"maybe\""},
        {"user:a runaway=1x", "\"1x\""},
        {"user:a; user:b; user:a", "\"user:a\" twice"},
        {"10.0.0.0/8; 10.0.0.0/8", "\"10.0.0.0/8\" twice"},
    };
    for (const auto& [text, word] : rows) {
        CAPTURE(text);
        CHECK_THAT(wrong_permissions(text), ContainsSubstring(word));
        CHECK_THAT(wrong_permissions(std::string("# first\n\n") + text), EndsWith("(line 3)"));
    }
    CHECK_THAT(wrong_permissions("* relay=no\nuser:a"), ContainsSubstring("after line 1"));
}

TEST_CASE("in a variable, what ; separates is counted as lines", "[config][permissions]") {
    const auto lines = permissions_of("user:a to=*; user:b from=b@b.example;;* relay=no");
    CHECK(lines.find({.credential = "a", .address = {}})->line == 1);
    CHECK(lines.find({.credential = "b", .address = {}})->line == 2);
    CHECK(lines.find({.credential = {}, .address = {}})->line == 4);
    CHECK_THAT(wrong_permissions("user:a; user:b fom=x"), EndsWith("(line 2)"));
    CHECK_THAT(wrong_permissions("user:a fom=x; user:b"), EndsWith("(line 1)"));
    CHECK_THAT(wrong_permissions("user:a fom=x"), !ContainsSubstring("line"));
    // In a file the lines are those that an editor counts.
    CHECK_THAT(wrong_permissions("user:a; user:b\nuser:c fom=x"), EndsWith("(line 2)"));
}

TEST_CASE("permissions are written on one line as they are read", "[config][permissions]") {
    const auto lines = permissions_of(
        "USER:Ann FROM=A.example,B@c.example Rate=3/MIN,4/day max_size=2048K RELAY=no\n"
        "private priority=Bulk route=SES runaway=OFF; cert:x distinct=5/h to=*.d.example\n* "
        "relay=yes"
    );
    const std::string text =
        "user:Ann from=@a.example,b@c.example rate=3/min,4/d max_size=2M relay=no; "
        "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7,fec0::/10,64:ff9b:1::/48 priority=bulk "
        "route=ses runaway=off; cert:x to=*.d.example distinct=5/h; *";
    CHECK(lines.text() == text);
    CHECK(permissions_of(text).text() == text);
}

TEST_CASE("domains for everyone", "[config][permissions]") {
    CHECK(is_in_domains({}, "me@a.example"));
    CHECK(is_in_domains({"b.example", "a.example"}, "me@A.example"));
    CHECK(is_in_domains({"*.a.example"}, "me@x.a.example"));
    CHECK_FALSE(is_in_domains({"*.a.example"}, "me@a.example"));
    CHECK_FALSE(is_in_domains({"a.example"}, "\"@a.example\"@b.example"));
}

TEST_CASE("the factor of a runaway", "[config][permissions]") {
    const auto factor = [](const char* text) {
        std::uint64_t value = 7;
        return read_runaway(text, value) ? 7 : value;
    };
    CHECK(factor("10x") == 10);
    CHECK(factor("10X") == 10);
    CHECK(factor("10") == 10);
    CHECK(factor("off") == 0);
    for (const auto* text : {"", "x", "1x", "1001x", "10xx", "10 x", "-2x", "on"})
        CHECK(factor(text) == 7);
    CHECK(runaway_text(10) == "10x");
    CHECK(runaway_text(0) == "off");
}
