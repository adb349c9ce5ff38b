#include "dns/record.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <chrono>

#include "tests/dns/message_builder.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace std::chrono_literals;
using dns::record_type;
using tests::a;
using tests::aaaa;
using tests::message;
using tests::mx;
using tests::nxdomain;
using tests::txt;

namespace {

dns::result<dns::answer> read_mx(const message& said) {
    return dns::read_answer(said, "a.test", record_type::mx);
}

dns::result<dns::answer> read_a(const message& said) {
    return dns::read_answer(said, "a.test", record_type::a);
}

}  // namespace

TEST_CASE("exchanges are read with their preferences, by preference", "[dns][record]") {
    const auto said = read_mx(
        message("a.test", mx).with_exchange(20, "MX2.A.test").with_exchange(10, "mx1.a.test", 60)
    );

    REQUIRE(said.has_value());
    CHECK(said->exchanges == std::vector<dns::mx_host>{{"mx1.a.test", 10}, {"mx2.a.test", 20}});
    CHECK(said->ttl == 60s);
    CHECK_FALSE(said->error);
}

TEST_CASE("addresses of both families are read", "[dns][record]") {
    const auto four = read_a(message("a.test", a).with({192, 0, 2, 1}).with({192, 0, 2, 2}));
    tests::bytes address(16);
    address[0] = 0x20, address[15] = 1;
    const auto six =
        dns::read_answer(message("a.test", aaaa).with(address), "a.test", record_type::aaaa);

    REQUIRE(four.has_value());
    CHECK(four->addresses.size() == 2);
    CHECK(four->addresses.at(0) == boost::asio::ip::make_address("192.0.2.1"));
    REQUIRE(six.has_value());
    CHECK(six->addresses.at(0) == boost::asio::ip::make_address("2000::1"));
}

TEST_CASE("the strings of a TXT record are joined, records stay apart", "[dns][record]") {
    const auto read = [](const message& said) {
        return dns::read_answer(said, "a.test", record_type::txt);
    };
    const auto good =
        read(message("a.test", txt).with({2, 'v', '=', 0, 1, '1'}).with({3, 'a', 0, 'b'}));
    REQUIRE(good.has_value());
    CHECK(good->texts == std::vector<std::string>{"v=1", std::string("a\0b", 3)});
    // A string that is longer than its record, and none at all.
    CHECK(read(message("a.test", txt).with({3, 'a', 'b'})).error() == dns::errc::malformed);
    CHECK(read(message("a.test", txt).with({})).value().texts == std::vector<std::string>{""});
}

TEST_CASE("a name is compressed by pointers backwards", "[dns][record]") {
    // 10 mx1.a.test, where a.test is a pointer to the question.
    const auto said = read_mx(message("a.test", mx).with({0, 10, 3, 'm', 'x', '1', 0xc0, 12}));

    REQUIRE(said.has_value());
    CHECK(said->exchanges == std::vector<dns::mx_host>{{"mx1.a.test", 10}});
}

TEST_CASE("C053 aliases are followed, whatever their order", "[dns][record]") {
    const auto said = read_a(message("a.test", a)
                                 .with_alias("b.test", "c.test", 30)
                                 .with_alias("a.test", "b.test")
                                 .with_record("c.test", a, {192, 0, 2, 1}));

    REQUIRE(said.has_value());
    CHECK(said->addresses.size() == 1);
    CHECK(said->ttl == 30s);
}

TEST_CASE("C053 a circle of aliases, and too long a chain, are malformed", "[dns][record]") {
    message circle("a.test", a);
    circle.with_alias("a.test", "b.test").with_alias("b.test", "a.test");
    message chain("a.test", a);
    chain.with_alias("a.test", "n0.test");
    for (int n = 0; n < 20; ++n)
        chain.with_alias("n" + std::to_string(n) + ".test", "n" + std::to_string(n + 1) + ".test");

    CHECK(read_a(circle).error() == dns::errc::malformed);
    CHECK(read_a(chain).error() == dns::errc::malformed);
}

TEST_CASE("C053 an alias of which nothing more is said is the next question", "[dns][record]") {
    const auto unknown = read_a(message("a.test", a).with_alias("a.test", "b.test"));
    const auto empty = read_a(message("a.test", a).with_alias("a.test", "b.test").with_soa(60));
    const auto gone =
        read_a(message("a.test", a, nxdomain).with_alias("a.test", "b.test").with_soa(60));

    REQUIRE(unknown.has_value());
    CHECK(unknown->alias == "b.test");
    CHECK_FALSE(unknown->error);
    REQUIRE(empty.has_value());
    CHECK(empty->error == dns::errc::no_data);
    REQUIRE(gone.has_value());
    CHECK(gone->error == dns::errc::not_found);
}

TEST_CASE("C052 a name that does not exist is not one without records", "[dns][record]") {
    const auto gone = read_mx(message("a.test", mx, nxdomain).with_soa(60));
    const auto empty = read_mx(message("a.test", mx).with_soa(60));

    REQUIRE(gone.has_value());
    CHECK(gone->error == dns::errc::not_found);
    REQUIRE(empty.has_value());
    CHECK(empty->error == dns::errc::no_data);
}

TEST_CASE("C052 a code that proves nothing is a failure", "[dns][record]") {
    struct failing {
        int code;
        dns::errc error;
    };
    const auto each = GENERATE(
        failing{1, dns::errc::servfail},
        failing{2, dns::errc::servfail},
        failing{4, dns::errc::servfail},
        failing{5, dns::errc::refused},
        failing{6, dns::errc::servfail},
        failing{15, dns::errc::servfail}
    );
    CAPTURE(each.code);

    const message said("a.test", mx, static_cast<std::uint16_t>(0x8180 | each.code));

    CHECK(read_mx(said).error() == each.error);
}

TEST_CASE("a server that only names other servers proves nothing", "[dns][record]") {
    const auto referral =
        message("a.test", mx).with_authority("test", tests::ns, tests::wire_name("ns.test"));
    auto negative = referral;
    negative.with_soa(60);

    CHECK(read_mx(referral).error() == dns::errc::servfail);
    REQUIRE(read_mx(negative).has_value());
    CHECK(read_mx(negative)->error == dns::errc::no_data);
}

TEST_CASE("what is missing is missing for as long as the SOA says", "[dns][record]") {
    struct soa {
        std::uint32_t minimum, ttl;
        std::chrono::seconds kept;
    };
    const auto each =
        GENERATE(soa{60, 300, 60s}, soa{300, 60, 60s}, soa{86400, 86400, 900s}, soa{0, 300, 0s});
    CAPTURE(each.minimum, each.ttl);

    const auto said = read_mx(message("a.test", mx, nxdomain).with_soa(each.minimum, each.ttl));

    REQUIRE(said.has_value());
    CHECK(said->ttl == each.kept);
    CHECK(read_mx(message("a.test", mx, nxdomain))->ttl == dns::default_negative_ttl);
}

TEST_CASE("a time to live is at most a day, and none with the high bit set", "[dns][record]") {
    CHECK(read_mx(message("a.test", mx).with_exchange(1, "m.test", 0x7fffffff))->ttl == 24h);
    CHECK(read_mx(message("a.test", mx).with_exchange(1, "m.test", 0x80000000))->ttl == 0s);
}

TEST_CASE("records of other names, types and classes are not believed", "[dns][record]") {
    message said("a.test", mx);
    said.with_record("b.test", mx, message::exchange(1, "evil.test"))
        .with_record("a.test", a, {192, 0, 2, 1})
        .with_record("a.test", tests::txt, {1, 'x'})
        .with_exchange(10, "mx.a.test");
    message other("a.test", a);
    other.with_record("b.test", a, {192, 0, 2, 6}).with({192, 0, 2, 1});
    message chaos("a.test", a);
    chaos.with({192, 0, 2, 1});
    chaos.wire()[chaos.wire().size() - 11] = 3;  // the class of the record

    REQUIRE(read_mx(said).has_value());
    CHECK(read_mx(said)->exchanges == std::vector<dns::mx_host>{{"mx.a.test", 10}});
    CHECK(read_mx(said)->addresses.empty());
    REQUIRE(read_a(other).has_value());
    CHECK(read_a(other)->addresses.size() == 1);
    CHECK(read_a(chaos).error() == dns::errc::malformed);
}

TEST_CASE("a response to something else is malformed", "[dns][record]") {
    const auto good = message("a.test", mx).with_exchange(1, "m.test");
    auto query = good, opcode = good, cut = good, without = good, twice = good;
    query.wire()[2] &= 0x7f;
    opcode.wire()[2] |= 0x10;
    cut.wire()[2] |= 0x02;
    without.wire()[5] = 0;
    twice.wire()[5] = 2;

    REQUIRE(read_mx(good).has_value());
    for (const auto& each : {query, opcode, cut, without, twice})
        CHECK(read_mx(each).error() == dns::errc::malformed);
    CHECK(read_a(good).error() == dns::errc::malformed);
    CHECK(dns::read_answer(good, "b.test", record_type::mx).error() == dns::errc::malformed);
}

TEST_CASE("the question may come back in other letters", "[dns][record]") {
    const auto said = message("A.TesT", mx).with_exchange(1, "m.test");

    CHECK(read_mx(said).has_value());
}

TEST_CASE("data of the wrong length is malformed", "[dns][record]") {
    const auto empty = GENERATE(true, false);
    CAPTURE(empty);
    const tests::bytes shorter = empty ? tests::bytes{} : tests::bytes{0};

    CHECK(read_a(message("a.test", a).with(shorter)).error() == dns::errc::malformed);
    CHECK(read_a(message("a.test", a).with({192, 0, 2, 1, 0})).error() == dns::errc::malformed);
    CHECK(read_mx(message("a.test", mx).with(shorter)).error() == dns::errc::malformed);
    CHECK(read_mx(message("a.test", mx).with({0, 10})).error() == dns::errc::malformed);
    CHECK(read_mx(message("a.test", mx).with({0, 10, 0, 0})).error() == dns::errc::malformed);
}

TEST_CASE("a pointer that does not lead backwards is malformed", "[dns][record]") {
    // The name of the exchange begins 44 bytes into the message, behind the question and the head.
    struct pointing {
        const char* place;
        tests::bytes name;
    };
    const auto each = GENERATE(
        pointing{"to itself", {0xc0, 44}},
        pointing{"forwards", {0xc0, 46, 0}},
        pointing{"out of the message", {0xff, 0xff}},
        pointing{"to a label that leads back to it", {1, 'x', 0xc0, 44}},
        pointing{"into the header, which is no name", {0xc0, 0}}
    );
    CAPTURE(each.place);
    tests::bytes data{0, 10};
    data.insert(data.end(), each.name.begin(), each.name.end());
    message said("a.test", mx);
    said.with(data);
    REQUIRE(said.wire().size() == 44 + each.name.size());

    CHECK(read_mx(said).error() == dns::errc::malformed);
}

TEST_CASE("a message that is cut anywhere is malformed, and no byte behind it is read", "[dns]") {
    const auto whole = message("a.test", mx)
                           .with_alias("a.test", "b.test")
                           .with_record("b.test", mx, message::exchange(10, "mx.b.test"))
                           .with_soa(60);
    const tests::bytes all = message(whole).wire();
    for (std::size_t length = 0; length < all.size(); ++length) {
        CAPTURE(length);
        const tests::bytes cut(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(length));

        CHECK(dns::read_answer(cut, "a.test", record_type::mx).error() == dns::errc::malformed);
    }
}

TEST_CASE("an exchange whose name no mail host has is left out", "[dns][record]") {
    const std::string names[] = {
        "m x.test",
        std::string("m\0x.test", 8),
        "m\nx.test",
        "m\x1b.test",
        "m\xffx.test",
        "m/x.test"
    };
    for (const auto& name : names) {
        CAPTURE(name);
        message said("a.test", mx);
        said.with_exchange(5, name);

        CHECK(read_mx(said).error() == dns::errc::malformed);
        said.with_exchange(10, "mx.a.test");
        REQUIRE(read_mx(said).has_value());
        CHECK(read_mx(said)->exchanges == std::vector<dns::mx_host>{{"mx.a.test", 10}});
    }
}

TEST_CASE("a dot inside a label is no boundary of labels", "[dns][record]") {
    const auto said =
        read_mx(message("a.test", mx).with({0, 10, 7, 'm', 'x', '.', 't', 'e', 's', 't', 0}));

    CHECK(said.error() == dns::errc::malformed);
}

TEST_CASE("of too many records the preferred ones are kept", "[dns][record]") {
    message exchanges("a.test", mx);
    for (std::uint16_t n = 0; n < 250; ++n)
        exchanges.with_exchange(static_cast<std::uint16_t>(500 - n), "mx.test");
    message addresses("a.test", a);
    for (int n = 0; n < 200; ++n)
        addresses.with({192, 0, 2, static_cast<std::uint8_t>(n)});

    REQUIRE(read_mx(exchanges).has_value());
    CHECK(read_mx(exchanges)->exchanges.size() == dns::max_exchanges);
    CHECK(read_mx(exchanges)->exchanges.front().preference == 251);
    CHECK(read_mx(exchanges)->cut);
    REQUIRE(read_a(addresses).has_value());
    CHECK(read_a(addresses)->addresses.size() == dns::max_addresses);
}

TEST_CASE("D2 an answer that was read whole is not said to be cut", "[dns][record]") {
    message exchanges("a.test", mx);
    for (std::size_t n = 0; n < dns::max_exchanges; ++n)
        exchanges.with_exchange(10, "mx.test");
    REQUIRE(read_mx(exchanges).has_value());
    CHECK_FALSE(read_mx(exchanges)->cut);
}

TEST_CASE("a message that claims more records than anyone has is not read", "[dns][record]") {
    auto said = message("a.test", mx).with_exchange(1, "m.test");
    said.wire()[6] = 0xff;

    CHECK(read_mx(said).error() == dns::errc::malformed);
}

TEST_CASE("names that mail can be sent to", "[dns][record]") {
    const std::string label63(63, 'a'), label64(64, 'a');
    const auto length253 = label63 + '.' + label63 + '.' + label63 + '.' + std::string(61, 'a');

    for (const auto& good : {"a.test", "test", "A-1.test", "_dmarc.a.test", "xn--mgba3gch31f.test"})
        CHECK(dns::is_name(good));
    CHECK(dns::is_name(label63 + ".test"));
    CHECK(dns::is_name(length253));
    for (const auto& bad : {"", ".", "a..test", ".a.test", "a.test.", "a b.test", "a\n.test"})
        CHECK_FALSE(dns::is_name(bad));
    CHECK_FALSE(dns::is_name(label64 + ".test"));
    CHECK_FALSE(dns::is_name(length253 + "a"));
    CHECK_FALSE(dns::is_name("m\xc3\xbcnchen.test"));
    CHECK(dns::canonical("A.TEST.") == "a.test");
}

TEST_CASE("the names of an address are read, but none that mail can't use", "[dns][record]") {
    constexpr std::uint16_t ptr = 12;
    const std::string name = "25.2.0.192.in-addr.arpa";
    const auto said = dns::read_answer(
        message(name, ptr)
            .with({3, 'm', 'x', '1', 1, 'A', 0})
            .with({3, 'a', ' ', 'b', 0})
            .with({3, 'm', 'x', '2', 0}),
        name,
        record_type::ptr
    );
    REQUIRE(said.has_value());
    CHECK(said->texts == std::vector<std::string>{"mx1.a", "mx2"});
    const auto broken = dns::read_answer(message(name, ptr).with({3, 'a'}), name, record_type::ptr);
    CHECK_FALSE(broken.has_value());
}
