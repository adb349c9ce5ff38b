// What proves that there is no record, or no name (D2): nothing else may bounce mail.
#include <string>
#include <utility>
#include <vector>

#include "dns/record.hpp"
#include "tests/dns/message_builder.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using dns::errc;
using dns::record_type;
using tests::a;
using tests::aaaa;
using tests::message;
using tests::mx;
using tests::nxdomain;

namespace {

dns::result<dns::answer> read(const message& said, record_type type = record_type::mx) {
    return dns::read_answer(said, "x.a.test", type);
}

message empty(std::uint16_t flags = 0x8180) {
    return {"x.a.test", mx, flags};
}

message with_soa_of(message said, std::string_view zone) {
    return said.with_authority(zone, tests::soa, message::soa_data(60));
}

bool is_proof(const dns::result<dns::answer>& said) {
    return said && said->error && !said->unconfirmed;
}

}  // namespace

TEST_CASE("D2 an empty answer is proof only with a SOA that covers the name", "[dns][absence]") {
    for (const auto* zone : {"x.a.test", "a.test", "test", ""}) {
        CAPTURE(zone);
        CHECK(read(with_soa_of(empty(), zone))->error == errc::no_data);
        CHECK(is_proof(read(with_soa_of(empty(nxdomain), zone))));
    }
    for (const auto* zone : {"b.test", "ba.test", ".a.test", "y.x.a.test", "example"}) {
        CAPTURE(zone);
        CHECK(read(with_soa_of(empty(), zone)).error() == errc::malformed);
        CHECK(read(with_soa_of(empty(nxdomain), zone)).error() == errc::malformed);
    }
    CHECK(read(empty()).error() == errc::unproven);
    CHECK(read(empty().with_options()).error() == errc::unproven);
}

TEST_CASE("D2 a SOA in another section or class covers nothing", "[dns][absence]") {
    const auto soa = message::soa_data(60);
    auto chaos = empty().with_authority("test", tests::soa, soa);
    chaos.wire()[chaos.wire().size() - soa.size() - 7] = 3;

    CHECK(read(empty().with_additional("test", tests::soa, soa)).error() == errc::unproven);
    CHECK(read(empty().with_record("test", tests::soa, soa)).error() == errc::malformed);
    CHECK(read(chaos).error() == errc::unproven);
}

TEST_CASE("D2 behind an alias the SOA must cover what it stands for", "[dns][absence]") {
    const auto alias = empty().with_alias("x.a.test", "b.example");
    auto of_the_end = alias, of_the_alias = alias, bare = alias;

    CHECK(read(with_soa_of(of_the_end, "example"))->error == errc::no_data);
    CHECK(read(with_soa_of(of_the_alias, "test"))->alias == "b.example");
    CHECK(read(bare)->alias == "b.example");
    auto gone = empty(nxdomain).with_alias("x.a.test", "b.example");
    CHECK(read(gone)->alias == "b.example");
    CHECK(is_proof(read(with_soa_of(gone, "example"))));
}

TEST_CASE("D2 a name that does not exist without a SOA has to be confirmed", "[dns][absence]") {
    const auto said = read(empty(nxdomain).with_options());
    REQUIRE(said.has_value());
    CHECK(said->error == errc::not_found);
    CHECK(said->unconfirmed);
    // Neither authoritative nor recursive: it can't know.
    CHECK(read(empty(0x8103)).error() == errc::unproven);
    CHECK(read(empty(0x8503))->unconfirmed);
}

TEST_CASE("D2 the extended response code counts", "[dns][absence]") {
    for (const int code : {0, 3}) {
        for (const std::uint8_t extended : {std::uint8_t{1}, std::uint8_t{0xff}}) {
            CAPTURE(code, extended);
            auto none = empty(static_cast<std::uint16_t>(0x8180 | code));
            none.with_soa(60).with_options(extended);
            auto some = empty().with_exchange(10, "mx.test").with_options(extended);

            CHECK(read(none).error() == errc::servfail);
            CHECK(read(some).error() == errc::servfail);
        }
    }
    CHECK(is_proof(read(empty().with_soa(60).with_options())));
    CHECK(read(empty().with_exchange(10, "mx.test").with_options()).has_value());
}

TEST_CASE("D2 an OPT in a wrong place makes no sense", "[dns][absence]") {
    for (const bool has_records : {false, true}) {
        CAPTURE(has_records);
        auto said = empty();
        if (has_records) said.with_exchange(10, "mx.test");
        said.with_record("", tests::opt, {});
        CHECK(read(said.with_soa(60)).error() == errc::malformed);

        auto authority = empty();
        if (has_records) authority.with_exchange(10, "mx.test");
        CHECK(
            read(authority.with_soa(60).with_authority("", tests::opt, {})).error() ==
            errc::malformed
        );

        auto twice = empty();
        if (has_records) twice.with_exchange(10, "mx.test");
        CHECK(read(twice.with_soa(60).with_options().with_options()).error() == errc::malformed);

        auto named = empty();
        if (has_records) named.with_exchange(10, "mx.test");
        CHECK(
            read(named.with_soa(60).with_additional("a.test", tests::opt, {})).error() ==
            errc::malformed
        );
    }
}

TEST_CASE("D2 records of the name in a wrong section make no sense", "[dns][absence]") {
    const auto host = message::exchange(10, "mx.test");

    auto authority = empty().with_authority("x.a.test", mx, host);
    CHECK(read(authority.with_soa(60)).error() == errc::malformed);
    CHECK(
        read(empty().with_soa(60).with_additional("x.a.test", mx, host)).error() == errc::malformed
    );
    // What a name server adds for others is none of that.
    CHECK(is_proof(read(empty().with_soa(60).with_additional("ns.test", a, {192, 0, 2, 1}))));
    CHECK(is_proof(read(empty().with_soa(60).with_additional("x.a.test", a, {192, 0, 2, 1}))));
    CHECK(is_proof(read(empty().with_soa(60).with_additional("y.test", mx, host))));
    // Nor do they harm where there is an answer.
    auto both = empty().with_exchange(10, "mx.a.test");
    CHECK(read(both.with_additional("x.a.test", mx, host)).has_value());
}

TEST_CASE("D2 an answer to another question proves nothing, SOA or not", "[dns][absence]") {
    const auto host = message::exchange(10, "mx.test");
    const std::vector<message> all{
        empty().with_record("y.a.test", mx, host),
        empty().with_record("x.a.test", a, {192, 0, 2, 1}),
        empty().with_record("x.a.test", tests::txt, {1, 'x'}),
        empty().with_record("a.test", tests::ns, tests::wire_name("ns.test")),
        empty().with_alias("y.a.test", "z.test"),
    };
    for (const auto& each : all) {
        auto signed_by_soa = each;
        CHECK(read(each).error() == errc::malformed);
        CHECK(read(signed_by_soa.with_soa(60)).error() == errc::malformed);
    }
    // A DNAME comes with the alias that was made of it (RFC 6672).
    auto dname = empty().with_record("a.test", tests::dname, tests::wire_name("b.test"));
    CHECK(is_proof(read(dname.with_alias("x.a.test", "x.b.test").with_soa(60))));
}

TEST_CASE("D2 records of a name that does not exist make no sense", "[dns][absence]") {
    auto contradiction = empty(nxdomain).with_exchange(0, "");
    CHECK(read(contradiction).error() == errc::malformed);
    CHECK(read(contradiction.with_soa(60)).error() == errc::malformed);
}

TEST_CASE("D2 bytes behind the message, or too few of them, prove nothing", "[dns][absence]") {
    auto longer = empty().with_soa(60);
    longer.wire().push_back(0);
    auto uncounted = empty().with_soa(60).with_options(1);
    uncounted.wire()[11] = 0;
    auto missing = empty().with_soa(60);
    missing.wire()[11] = 1;

    CHECK(read(longer).error() == errc::malformed);
    CHECK(read(uncounted).error() == errc::malformed);
    CHECK(read(missing).error() == errc::malformed);
}

TEST_CASE("D2 a null MX is one that nothing contradicts", "[dns][absence]") {
    // Beside a host whose name can't be used, and behind as many dots as are kept of hosts.
    auto beside = empty().with_exchange(0, "").with_exchange(10, "m x.test");
    message behind = empty();
    for (std::size_t n = 0; n < dns::max_exchanges; ++n)
        behind.with_exchange(0, "");
    behind.with_exchange(10, "mx.test");

    CHECK(read(beside).error() == errc::malformed);
    REQUIRE(read(behind).has_value());
    CHECK(read(behind)->exchanges == std::vector<dns::mx_host>{{"mx.test", 10}});
    CHECK(read(empty().with_exchange(0, ""))->exchanges.size() == 1);
}

TEST_CASE("D2 addresses are judged alike", "[dns][absence]") {
    for (const auto type : {record_type::a, record_type::aaaa}) {
        const message said("x.a.test", static_cast<std::uint16_t>(type));
        auto proven = said;
        auto other = said;
        CHECK(read(said, type).error() == errc::unproven);
        CHECK(is_proof(read(proven.with_soa(60), type)));
        other.with_record("x.a.test", type == record_type::a ? aaaa : a, {1, 2, 3, 4});
        CHECK(read(other.with_soa(60), type).error() == errc::malformed);
    }
}
