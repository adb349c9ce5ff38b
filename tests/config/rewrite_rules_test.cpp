// The settings of rewriting: what they say, and what is wrong with them.
#include <string>

#include "tests/config/sample_host.hpp"

using namespace kurir::config;
using Catch::Matchers::ContainsSubstring;

namespace {

kurir::smtp::mailbox address(std::string_view text) {
    return *kurir::smtp::parse_mailbox(text, true).value;
}

address_map map_of(std::string_view text) {
    address_map map;
    const auto wrong = address_map::read_recipients(text, map);
    INFO(wrong.value_or(""));
    REQUIRE_FALSE(wrong);
    return map;
}

std::string mapped(const address_map& map, std::string_view text) {
    const auto found = map.find(address(text));
    return found ? found->address.text() : "same";
}

std::string wrong_map(std::string_view text) {
    address_map map;
    return address_map::read_recipients(text, map).value_or("nothing");
}

template <class Rules>
std::string wrong(std::string_view text) {
    Rules rules;
    return Rules::read(text, rules).value_or("nothing");
}

}  // namespace

TEST_CASE("the most specific entry of a map counts", "[config][rewrite]") {
    const auto map = map_of(R"(
# all kinds of patterns
* -> rest@example.com
*.corp.example -> @corp.example
*.deep.corp.example -> @deep.example
@old.example -> @new.example   # a domain
root@* -> ops@example.com
root@old.example -> r@example.com
"a b"@old.example -> c@example.com; @xn--mller-kva.example -> @m.example
)");
    CHECK(mapped(map, "x@y.example") == "rest@example.com");
    CHECK(mapped(map, "x@a.corp.example") == "rest@example.com");
    CHECK(mapped(map, "Root@Old.Example") == "rest@example.com");
    CHECK(mapped(map, "rest@example.com") == "same");
    const auto single = map_of(
        "*.corp.example -> @corp.example; @old.example -> @new.example; root@* -> ops@example.com;"
        "root@old.example -> r@example.com; @xn--mller-kva.example -> @m.example"
    );
    CHECK(mapped(single, "x@a.b.corp.example") == "x@corp.example");
    CHECK(mapped(single, "x@corp.example") == "same");
    CHECK(mapped(single, "X@OLD.example") == "X@new.example");
    CHECK(mapped(single, "ROOT@old.example") == "r@example.com");
    CHECK(mapped(single, "root@any.example") == "ops@example.com");
    CHECK(mapped(single, "x@m\xc3\xbcller.example") == "x@m.example");
}

TEST_CASE("a map is followed to its end, with what the client is told", "[config][rewrite]") {
    const auto map = map_of(
        "a@x.example -> 251 b@x.example; b@x.example -> c@x.example;"
        "d@x.example -> 551 b@x.example"
    );
    using manner = address_map::manner;
    CHECK(
        map.find(address("a@x.example")) ==
        address_map::answer{address("c@x.example"), manner::forward}
    );
    CHECK(
        map.find(address("b@x.example")) ==
        address_map::answer{address("c@x.example"), manner::silent}
    );
    CHECK(
        map.find(address("d@x.example")) ==
        address_map::answer{address("c@x.example"), manner::refuse}
    );
    CHECK(
        map.text() ==
        "a@x.example -> 251 b@x.example; b@x.example -> c@x.example; "
        "d@x.example -> 551 b@x.example"
    );
}

TEST_CASE("circles and what is no address are mistakes with their line", "[config][rewrite]") {
    CHECK_THAT(
        wrong_map("a@x.example -> b@x.example\nb@x.example -> a@x.example\n"),
        ContainsSubstring("leads in a circle from")
    );
    CHECK_THAT(
        wrong_map("# 1\n# 2\n@a.example -> @b.example\n@b.example -> @a.example\n"),
        ContainsSubstring("circle") && ContainsSubstring("(line 3)")
    );
    CHECK_THAT(
        wrong_map("@old.example -> @new.example; jane@new.example -> jane@old.example"),
        ContainsSubstring("circle")
    );
    CHECK_THAT(
        wrong_map("good@x.example -> a@x.example\nbad line\na@b.example -> c@d.example\n"),
        ContainsSubstring("has no ->") && ContainsSubstring("(line 2)")
    );
    CHECK_THAT(wrong_map("a@x.example -> nobody"), ContainsSubstring("\"nobody\" after ->"));
    CHECK_THAT(wrong_map("a@x.example -> a@b@c"), ContainsSubstring("after ->"));
    CHECK_THAT(wrong_map("a@x.example -> 250 a@b.example"), ContainsSubstring("after ->"));
    CHECK_THAT(wrong_map("a@x.example ->"), ContainsSubstring("after ->"));
    CHECK_THAT(wrong_map("nobody -> a@b.example"), ContainsSubstring("before ->"));
    CHECK_THAT(wrong_map("@* -> a@b.example"), ContainsSubstring("before ->"));
    CHECK_THAT(
        wrong_map("A@x.example -> a@b.example; a@X.example -> a@c.example"),
        ContainsSubstring("two entries")
    );
    std::string chain;
    for (int i = 0; i < 25; ++i) {
        chain +=
            "a" + std::to_string(i) + "@x.example -> a" + std::to_string(i + 1) + "@x.example\n";
    }
    CHECK_THAT(wrong_map(chain), ContainsSubstring("too many steps"));
    address_map senders;
    CHECK_THAT(
        address_map::read_senders("a@x.example -> 251 b@x.example", senders).value_or(""),
        ContainsSubstring("reply code")
    );
}

TEST_CASE("a large map is read and asked quickly", "[config][rewrite]") {
    std::string text;
    for (int i = 0; i < 50'000; ++i)
        text += "u" + std::to_string(i) + "@x.example -> v" + std::to_string(i) + "@y.example\n";
    const auto map = map_of(text);
    CHECK(map.size() == 50'000);
    CHECK(mapped(map, "u49999@x.example") == "v49999@y.example");
}

TEST_CASE("masqueraded domains hide what is below them", "[config][rewrite]") {
    masquerade domains;
    REQUIRE_FALSE(masquerade::read("!lists.example.com, Example.com", domains));
    CHECK(domains.shown("web1.example.com") == "example.com");
    CHECK(domains.shown("a.b.example.com") == "example.com");
    CHECK(domains.shown("lists.example.com") == "lists.example.com");
    CHECK(domains.shown("a.lists.example.com") == "a.lists.example.com");
    CHECK(domains.shown("anexample.com") == "anexample.com");
    CHECK(domains.text() == "!lists.example.com example.com");
    CHECK_THAT(wrong<masquerade>("example.com com"), ContainsSubstring("\"com\""));
    CHECK_THAT(wrong<masquerade>("!example.com"), ContainsSubstring("only domains that stay"));
}

TEST_CASE("forced senders", "[config][rewrite]") {
    from_rules rules;
    REQUIRE_FALSE(from_rules::read(
        "user=a,b from=@x.example \"Q, R\" <a@b.example>; user=c keep; Acme, Inc. <i@b.example>",
        rules
    ));
    CHECK(
        rules.text() ==
        "from=@x.example user=a,b \"Q, R\" <a@b.example>; user=c keep; "
        "\"Acme, Inc.\" <i@b.example>"
    );
    CHECK_THAT(wrong<from_rules>("form=@x a@b.example"), ContainsSubstring("where a sender"));
    CHECK_THAT(wrong<from_rules>("Jane"), ContainsSubstring("where a sender"));
    CHECK_THAT(wrong<from_rules>("J\xc3\xbcrgen <a@b.example>"), ContainsSubstring("RFC 2047"));
    CHECK_THAT(wrong<from_rules>("a\"b <a@b.example>"), ContainsSubstring("not a name"));
    CHECK_THAT(wrong<from_rules>("to=b.example a@b.example"), ContainsSubstring("only from="));
    CHECK_THAT(wrong<from_rules>("<>"), ContainsSubstring("where a sender"));
    REQUIRE_FALSE(from_rules::read("<a@b.example>; <from=@x.example>; <#a@b.example>", rules));
    CHECK(rules.text() == "a@b.example; <from=@x.example>; <#a@b.example>");
    REQUIRE_FALSE(from_rules::read("a@b.example;#1 <a@b.example>", rules));
    CHECK(rules.text() == "a@b.example; \"#1\" <a@b.example>");
}

TEST_CASE("rules hold for networks of clients", "[config][rewrite]") {
    using boost::asio::ip::make_address;
    copy_rules rules;
    REQUIRE_FALSE(copy_rules::read(
        "client=10.20.0.0/16,2001:DB8:20::/48,192.0.2.7 user=x a@b.example; client=loopback "
        "c@d.example",
        rules
    ));
    CHECK(
        rules.text() ==
        "user=x client=10.20.0.0/16,2001:db8:20::/48,192.0.2.7/32 a@b.example; "
        "client=127.0.0.0/8,::1/128 c@d.example"
    );
    const auto copied = [&](const char* client, const char* user = "x") {
        return rules.find({.credential = user, .client = make_address(client)}).size();
    };
    CHECK(copied("10.20.255.1") == 1);
    CHECK(copied("::ffff:10.20.0.1") == 1);
    CHECK(copied("2001:db8:20::1") == 1);
    CHECK(copied("192.0.2.7") == 1);
    CHECK(copied("192.0.2.7", "y") == 0);  // all conditions hold
    CHECK(copied("10.21.0.1") == 0);
    CHECK(copied("2001:db8:21::1") == 0);
    CHECK(copied("127.0.0.1", "") == 1);
    CHECK(rules.find({.credential = "x"}).empty()
    );  // an address that nobody knows is in no network
    const auto mistake = [](std::string_view text) { return wrong<copy_rules>(text); };
    CHECK_THAT(mistake("client=10.0.0.1/8 a@b.example"), ContainsSubstring("host bits"));
    CHECK_THAT(mistake("client=web1.example a@b.example"), ContainsSubstring("\"web1.example\""));
    CHECK_THAT(mistake("client=none a@b.example"), ContainsSubstring("\"none\""));
    CHECK_THAT(mistake("client= a@b.example"), ContainsSubstring("no value"));
    CHECK_THAT(mistake("client=::1,,::2 a@b.example"), ContainsSubstring("an empty one"));
    CHECK_THAT(mistake("client=::1 client=::2 a@b.example"), ContainsSubstring("client= twice"));
    CHECK_THAT(wrong<route_rules>("client=::1 -> mx"), ContainsSubstring("KURIR_PERMISSIONS"));
}

TEST_CASE("rules for fields", "[config][rewrite]") {
    header_rules rules;
    const std::string text =
        "user=a add X-A: {queue_id}b {{c}; remove X-*; prepend X-B: 1; set C: 2";
    std::string lines = text;
    for (auto at = lines.find("; "); at != std::string::npos; at = lines.find("; "))
        lines.replace(at, 2, "\n");
    REQUIRE_FALSE(header_rules::read(lines, rules));
    CHECK(rules.text() == text);
    CHECK_THAT(wrong<header_rules>("delete X-A"), ContainsSubstring("add, set, prepend or remove"));
    CHECK_THAT(wrong<header_rules>("add X-A"), ContainsSubstring("no colon"));
    CHECK_THAT(wrong<header_rules>("add X A: 1"), ContainsSubstring("no name of a header field"));
    CHECK_THAT(wrong<header_rules>("add X-A:"), ContainsSubstring("no value"));
    CHECK_THAT(wrong<header_rules>("add X-A: \xc3\xbc"), ContainsSubstring("RFC 2047"));
    CHECK_THAT(wrong<header_rules>("add X-A: {who}"), ContainsSubstring("{queue_id}"));
    CHECK_THAT(wrong<header_rules>("add X-A: {user"), ContainsSubstring("{queue_id}"));
    CHECK_THAT(wrong<header_rules>("set from: a@b"), ContainsSubstring("KURIR_FORCE_FROM"));
    CHECK_THAT(wrong<header_rules>("remove Rec*"), ContainsSubstring("loops"));
    CHECK_THAT(wrong<header_rules>("remove *"), ContainsSubstring("no name"));
    CHECK_THAT(wrong<header_rules>("add Bcc: a@b.example"), ContainsSubstring("KURIR_ALWAYS_BCC"));
    CHECK_THAT(wrong<header_rules>("remove X-A: 1"), ContainsSubstring("a value after remove"));
    CHECK(wrong<header_rules>("remove DKIM-Signature") == "nothing");
    REQUIRE_FALSE(header_rules::read("add X-Number:#1", rules));
    CHECK(rules.text() == "add X-Number:#1");
}

TEST_CASE("blind copies", "[config][rewrite]") {
    copy_rules rules;
    REQUIRE_FALSE(copy_rules::read("a@b.example; user=x a@b.example,c@d.example", rules));
    CHECK(rules.find({.credential = "x"}).size() == 2);
    CHECK(rules.find({}).size() == 1);
    CHECK_THAT(wrong<copy_rules>("user=x"), ContainsSubstring("no address"));
    CHECK_THAT(wrong<copy_rules>("user=x ,"), ContainsSubstring("no address"));
    CHECK_THAT(wrong<copy_rules>("a@b.example, c"), ContainsSubstring("\"c\""));
    // Each has an address more, which would get a copy of all mail.
    for (const std::string text :
         {"a@b.example from=@c.example",
          ",,from=@c.example",
          "user=x a@b.example,user=y@z",
          "a@b.example,#old@b.example"}) {
        CHECK_THAT(wrong<copy_rules>(text), ContainsSubstring("where an address belongs"));
    }
}
