#include "relay/control/message_json.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <memory>
#include <string>

#include "relay/control/announced_message.hpp"
#include "relay/control/import_desk.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::control;
using Catch::Matchers::ContainsSubstring;

namespace {

using namespace std::chrono_literals;

const clock_reading sample_clock{
    .now = queue::time_point(1'795'836'000'000ms), .calendar_ahead = 5s
};

queue::recipient_state sample_state() {
    queue::recipient_state state;
    state.index = 1;
    state.attempts = 3;
    state.last_attempt = sample_clock.now - 1min;
    state.status = "4.2.2";
    state.diagnostic = "452 mailbox full";
    state.remote = "mx.one.test";
    return state;
}

std::vector<listed> sample_deliveries() {
    auto message = std::make_shared<queue::stored_message>();
    message->states = {sample_state()};
    auto& mail = message->mail;
    mail.id = queue::message_id(77);
    mail.reverse_path = "app@shop.test";
    mail.received_at = sample_clock.now - 1h;
    mail.session = "s1";
    mail.size = 10;
    mail.chunks = 1;
    mail.recipients.push_back({.address = "bob@one.test"});
    queue::dsn_wishes wishes;
    wishes.notify.success = true;
    wishes.original = "rfc822;eve@one.test";
    queue::recipient second{.address = "eve@one.test"};
    second.dsn = wishes;
    mail.recipients.push_back(second);
    queue::envelope_extras extras;
    extras.envid = "q1";
    extras.ret = queue::dsn_return::headers;
    mail.extras = extras;
    listed entry;
    entry.waiting.id = mail.id;
    entry.waiting.domain = "one.test";
    entry.waiting.recipients = {0, 1};
    entry.waiting.due = sample_clock.now + 10min;
    entry.waiting.priority = queue::priority::urgent;
    entry.waiting.tenant = "t";
    queue::delivery_terms terms;
    terms.route = "backup";
    terms.hold = queue::operator_hold{sample_clock.now, "ann", "why"};
    entry.waiting.terms = terms;
    entry.chosen = {1};
    entry.message = message;
    return {entry};
}

std::string mistake_in(const std::string& field, const std::string& value) {
    auto all = exported_message(sample_deliveries(), "relay.test", sample_clock);
    all[field] = boost::json::parse(value);
    const auto read = announced(all, sample_clock);
    return read ? std::string() : read.error();
}

}  // namespace

TEST_CASE("messages of two relays with one host name have names of their own", "[control][json]") {
    auto mail = sample_deliveries().front().message->mail;
    const auto name = origin_of("relay.test", mail);
    CHECK(name.starts_with("relay.test/" + mail.id.text() + "/s1/"));
    CHECK(origin_of("relay.test", mail) == name);
    mail.recipients.front().address = "dora@one.test";
    CHECK(origin_of("relay.test", mail) != name);
    mail = sample_deliveries().front().message->mail;
    mail.message_id_header = "<another@shop.test>";
    CHECK(origin_of("relay.test", mail) != name);
}

TEST_CASE("a message that leaves a relay enters another as it was") {
    const auto all = exported_message(sample_deliveries(), "relay.test", sample_clock);
    const auto read = announced(all, sample_clock);
    REQUIRE(read.has_value());
    CHECK(read->origin == origin_of("relay.test", sample_deliveries().front().message->mail));
    CHECK(read->size == 10);
    CHECK(read->places == std::vector<std::uint32_t>{1});
    CHECK(read->mail.names == std::vector<std::string>{read->origin + "/1"});
    REQUIRE(read->mail.states.size() == 1);
    auto state = sample_state();
    state.index = 0;
    CHECK(read->mail.states[0] == state);
    const auto& mail = read->mail.mail;
    CHECK(mail.reverse_path == "app@shop.test");
    CHECK(mail.received_at == sample_clock.now - 1h);
    CHECK(mail.extras->envid == "q1");
    CHECK(mail.extras->ret == queue::dsn_return::headers);
    REQUIRE(mail.recipients.size() == 1);  // the other was not chosen
    CHECK(mail.recipients[0].address == "eve@one.test");
    CHECK(mail.recipients[0].dsn->notify.success);
    CHECK(mail.recipients[0].dsn->original == "rfc822;eve@one.test");
    REQUIRE(read->mail.deliveries.size() == 1);
    const auto& delivery = read->mail.deliveries[0];
    CHECK(delivery.due == sample_clock.now + 10min);
    CHECK(delivery.priority == queue::priority::urgent);
    CHECK(delivery.tenant == "t");
    CHECK(delivery.sender_domain == "shop.test");
    CHECK(delivery.terms->route == "backup");
    CHECK(delivery.terms->hold->operator_name == "ann");
    CHECK(delivery.recipients == std::vector<std::uint32_t>{0});
    CHECK(delivery.attempts == 3);
}

TEST_CASE("recipients that are known are left out") {
    auto deliveries = sample_deliveries();
    deliveries[0].chosen = {0};
    deliveries.push_back(deliveries[0]);
    deliveries[1].chosen = {1};
    const auto all = exported_message(deliveries, "relay.test", sample_clock);
    auto read = announced(all, sample_clock);
    REQUIRE(read.has_value());
    REQUIRE(read->mail.deliveries.size() == 2);
    leave_out(*read, {true, false});
    CHECK(read->places == std::vector<std::uint32_t>{1});
    CHECK(read->mail.names == std::vector<std::string>{read->origin + "/1"});
    REQUIRE(read->mail.mail.recipients.size() == 1);
    CHECK(read->mail.mail.recipients[0].address == "eve@one.test");
    REQUIRE(read->mail.deliveries.size() == 1);
    CHECK(read->mail.deliveries[0].recipients == std::vector<std::uint32_t>{0});
    CHECK(read->mail.deliveries[0].attempts == 3);
    REQUIRE(read->mail.states.size() == 1);
    CHECK(read->mail.states[0].index == 0);

    auto other = announced(all, sample_clock);
    leave_out(*other, {false, true});
    CHECK(other->mail.mail.recipients[0].address == "bob@one.test");
    CHECK(other->mail.deliveries[0].attempts == 0);
    CHECK(other->mail.states.empty());
}

TEST_CASE("what is wrong in an envelope is named") {
    CHECK(mistake_in("unknown", "1").empty());
    CHECK_THAT(mistake_in("format", "\"x\""), ContainsSubstring("format"));
    CHECK_THAT(mistake_in("origin", "\"\""), ContainsSubstring("origin"));
    CHECK_THAT(mistake_in("origin", "\"a\\nb\""), ContainsSubstring("origin"));
    CHECK_THAT(mistake_in("from", "\"a b@c\""), ContainsSubstring("from"));
    CHECK_THAT(mistake_in("received_at", "\"now\""), ContainsSubstring("received_at"));
    for (const auto* size : {"-1", "\"x\"", "null", "1.5"})
        CHECK_THAT(mistake_in("size", size), ContainsSubstring("size"));
    CHECK_THAT(mistake_in("ret", "\"all\""), ContainsSubstring("ret"));
    CHECK_THAT(mistake_in("ret", "7"), ContainsSubstring("ret"));
    CHECK(mistake_in("envid", "\"a+2Bb\"").empty());
    for (const auto* envid : {"\"a b\"", "\"a+b\"", "\"x BODY=7BIT\""})
        CHECK_THAT(mistake_in("envid", envid), ContainsSubstring("envid"));
    CHECK_THAT(mistake_in("deliveries", "[]"), ContainsSubstring("deliveries"));
    CHECK_THAT(mistake_in("deliveries", "[1]"), ContainsSubstring("deliveries"));
    CHECK_THAT(mistake_in("deliveries", "[{}]"), ContainsSubstring("domain"));
    CHECK_THAT(
        mistake_in("deliveries", R"([{"domain":"a.test","recipients":[]}])"),
        ContainsSubstring("recipients")
    );
    const auto mistake_in_recipient = [](const std::string& fields) {
        return mistake_in(
            "deliveries",
            R"([{"domain":"a.test","recipients":[{"address":"x@a.test",)" + fields + "}]}]"
        );
    };
    CHECK(mistake_in_recipient(R"("place":7)").empty());
    CHECK(mistake_in_recipient(R"("notify":["never"])").empty());
    CHECK(mistake_in_recipient(R"("notify":["failure","delay"])").empty());
    for (const auto* words :
         {R"(["never","failure"])", R"(["failure","x"])", R"([1])", R"("delay")"}) {
        CHECK_THAT(
            mistake_in_recipient("\"notify\":" + std::string(words)), ContainsSubstring("notify")
        );
    }
    CHECK(mistake_in_recipient(R"("orcpt":"rfc822;x+2By@a.test")").empty());
    CHECK(mistake_in_recipient(R"("orcpt":"utf-8;ü@a.test")").empty());
    for (const auto* orcpt :
         {"x@a.test", "rfc822;x NOTIFY=NEVER", "a b;x", "utf-8;ü NOTIFY=NEVER"}) {
        CHECK_THAT(
            mistake_in_recipient("\"orcpt\":\"" + std::string(orcpt) + '"'),
            ContainsSubstring("orcpt")
        );
    }
    CHECK_THAT(
        mistake_in(
            "deliveries",
            R"([{"domain":"a.test","priority":"high","recipients":[{"address":"x@a.test"}]}])"
        ),
        ContainsSubstring("priority")
    );
    CHECK_THAT(mistake_in_recipient(R"("place":-1)"), ContainsSubstring("place"));
    CHECK_THAT(mistake_in_recipient(R"("place":"x")"), ContainsSubstring("place"));
    CHECK_THAT(mistake_in_recipient(R"("attempts":-1)"), ContainsSubstring("attempts"));
    CHECK_THAT(mistake_in_recipient(R"("attempts":1)"), ContainsSubstring("last_attempt_at"));
    CHECK_THAT(
        mistake_in(
            "deliveries",
            R"([{"domain":"a.test","recipients":[{"address":"x@a.test","place":1},)"
            R"({"address":"y@a.test","place":1}]}])"
        ),
        ContainsSubstring("same place")
    );
    CHECK_THAT(
        mistake_in("deliveries", R"([{"domain":"a.test","recipients":[{"address":"x@b.test"}]}])"),
        ContainsSubstring("domain is not that of x@b.test")
    );
}

TEST_CASE("a message is known only if all its recipients are, and it is said as which") {
    // The names could not be read.
    CHECK_FALSE(known_recipients{.wrong = "closed"}.all());
    CHECK_FALSE(known_recipients{.known = {true, false}, .id = queue::message_id(7)}.all());
    CHECK(known_recipients{.known = {true, true}, .id = queue::message_id(7)}.all());
}

TEST_CASE("exact times are read as they are written") {
    CHECK(read_exact_utc("1970-01-01T00:00:01.002Z") == queue::time_point(1002ms));
    CHECK_FALSE(read_exact_utc("1970-02-30T00:00:01.002Z"));
    CHECK_FALSE(read_exact_utc("1970-01-01T24:00:01.002Z"));
    CHECK_FALSE(read_exact_utc("1970-01-01 00:00:01.002Z"));
    CHECK_FALSE(read_exact_utc(""));
}
