#include "relay/outbound/router.hpp"

#include <map>
#include <utility>

#include "tests/support/catch.hpp"
#include "tests/support/route_rules.hpp"
#include "tests/support/run.hpp"

using namespace kurir::outbound;
namespace dns = kurir::dns;

namespace {

using boost::asio::awaitable;
using boost::asio::ip::address;
using boost::asio::ip::make_address;
using addresses_found = dns::result<std::vector<address>>;

// Answers from a script: the exchange of every domain, and each host's addresses.
class scripted_resolver final : public dns::resolver {
public:
    explicit scripted_resolver(std::vector<dns::mx_host> hosts) : hosts_(std::move(hosts)) {}

    awaitable<dns::result<dns::mail_exchange>> exchange(std::string) override {
        co_return dns::mail_exchange{.hosts = hosts_, .cut = cut};
    }
    awaitable<addresses_found> addresses(std::string host) override {
        asked.push_back(host);
        const auto found = answers.find(host);
        if (found == answers.end()) co_return make_error_code(dns::errc::no_data);
        co_return found->second;
    }

    std::map<std::string, addresses_found> answers;
    std::vector<std::string> asked;
    bool cut = false;

private:
    std::vector<dns::mx_host> hosts_;
};

addresses_found at(const char* text) {
    return std::vector{make_address(text)};
}

std::variant<route, verdict> find(scripted_resolver& names) {
    kurir::config::config settings;
    settings.hostname = "relay.test";
    settings.remote_port = 25;
    const kurir::config::live_config config(settings);
    const auto routes = routes_of(settings);
    router subject(config, routes, names, {{make_address("192.0.2.1"), 25}});
    std::variant<route, verdict> found;
    const route_choice choice{.domain = "domain.test"};
    tests::run([&]() -> awaitable<void> { found = co_await subject.find(choice); });
    return found;
}

std::vector<std::string> names_of(const std::variant<route, verdict>& found) {
    std::vector<std::string> names;
    for (const auto& each : std::get<route>(found).targets)
        names.push_back(each.name);
    return names;
}

}  // namespace

TEST_CASE("C054 our own address drops its host and all that are not nearer", "[outbound][route]") {
    scripted_resolver names(
        {{"near.test", 10}, {"other-name.test", 20}, {"equal.test", 20}, {"far.test", 30}}
    );
    names.answers = {
        {"near.test", at("192.0.2.9")},
        {"other-name.test", at("192.0.2.1")},
        {"equal.test", at("192.0.2.8")},
        {"far.test", at("192.0.2.7")},
    };
    const auto found = find(names);
    CHECK(names_of(found) == std::vector<std::string>{"near.test"});
    CHECK(std::get<route>(found).key.site == "near.test");
}

TEST_CASE("C054 one of several addresses being ours is enough", "[outbound][route]") {
    scripted_resolver names({{"near.test", 10}, {"two.test", 20}});
    names.answers.emplace("near.test", at("192.0.2.9"));
    names.answers.emplace(
        "two.test", std::vector{make_address("192.0.2.5"), make_address("192.0.2.1")}
    );
    CHECK(names_of(find(names)) == std::vector<std::string>{"near.test"});
}

TEST_CASE("C054 if nobody is nearer than our address, mail would loop", "[outbound][route]") {
    scripted_resolver names({{"ours.test", 10}, {"far.test", 20}});
    names.answers = {{"ours.test", at("192.0.2.1")}, {"far.test", at("192.0.2.7")}};
    const auto no = std::get<verdict>(find(names));
    CHECK(no.outcome == outcome::failed);
    CHECK(no.status.text() == "5.4.6");
}

TEST_CASE("C054 our own name drops hosts before they are looked up", "[outbound][route]") {
    scripted_resolver names({{"near.test", 10}, {"relay.test", 20}, {"far.test", 30}});
    names.answers = {{"near.test", at("192.0.2.9")}, {"far.test", at("192.0.2.7")}};
    CHECK(names_of(find(names)) == std::vector<std::string>{"near.test"});
    CHECK(names.asked == std::vector<std::string>{"near.test"});
}

TEST_CASE("our address on another port is another server", "[outbound][route]") {
    kurir::config::config settings;
    settings.hostname = "relay.test";
    settings.remote_port = 25;
    const kurir::config::live_config config(settings);
    scripted_resolver names({{"here.test", 10}});
    names.answers.emplace("here.test", at("192.0.2.1"));
    const auto routes = routes_of(settings);
    router subject(config, routes, names, {{make_address("192.0.2.1"), 2525}});
    std::variant<route, verdict> found;
    const route_choice choice{.domain = "domain.test"};
    tests::run([&]() -> awaitable<void> { found = co_await subject.find(choice); });
    CHECK(names_of(found) == std::vector<std::string>{"here.test"});
}

TEST_CASE("C055 a host without address is passed by", "[outbound][route]") {
    scripted_resolver names({{"missing.test", 10}, {"far.test", 20}});
    names.answers.emplace("far.test", at("192.0.2.7"));
    CHECK(names_of(find(names)) == std::vector<std::string>{"far.test"});
}

TEST_CASE("C055 no address at all fails only if that is proven", "[outbound][route]") {
    scripted_resolver names({{"missing.test", 10}, {"unsure.test", 20}});
    CHECK(std::get<verdict>(find(names)).outcome == outcome::failed);

    names.answers.emplace("unsure.test", make_error_code(dns::errc::servfail));
    CHECK(std::get<verdict>(find(names)).outcome == outcome::deferred);
}

TEST_CASE("D2 hosts that nobody asked about may have an address", "[outbound][route]") {
    scripted_resolver names({{"missing.test", 10}, {"empty.test", 20}});
    names.cut = true;
    const auto no = std::get<verdict>(find(names));
    CHECK(no.outcome == outcome::deferred);
    CHECK(no.status.text() == "4.4.3");

    names.answers.emplace("empty.test", at("192.0.2.7"));
    CHECK(names_of(find(names)) == std::vector<std::string>{"empty.test"});
}

TEST_CASE("C054 what is dropped is not asked whether the domain has a server", "[outbound]") {
    // The nearer host may have an address tomorrow; that ours has one today proves nothing.
    scripted_resolver names({{"unsure.test", 10}, {"ours.test", 20}});
    names.answers.emplace("unsure.test", make_error_code(dns::errc::servfail));
    names.answers.emplace("ours.test", at("192.0.2.1"));
    CHECK(std::get<verdict>(find(names)).outcome == outcome::deferred);
}

TEST_CASE("several relayhosts and MX are found side by side", "[outbound][route]") {
    kurir::config::config settings;
    settings.remote_port = 25;
    const kurir::config::live_config config(settings);
    const route_table routes(
        {},
        {{.name = "ses",
          .relayhosts = {{.host = "ses.test", .port = 587}},
          .tls = tls_policy::encrypt,
          .credential = "ses"},
         {.name = "hub", .relayhosts = {{.host = "hub.test"}}},
         {.name = "strict",
          .tls = tls_policy::verify,
          .sources = {{.address = make_address("192.0.2.99")}}}}
    );
    scripted_resolver names({{"mx.test", 10}});
    names.answers.emplace("ses.test", at("192.0.2.5"));
    names.answers.emplace("mx.test", at("192.0.2.6"));
    router subject(config, routes, names, {});
    const auto look_up = [&](const route_choice& choice) {
        std::variant<route, verdict> found;
        tests::run([&]() -> awaitable<void> { found = co_await subject.find(choice); });
        return found;
    };

    const auto ses = std::get<route>(look_up({.route = "ses"}));
    CHECK(ses.key.name() == "ses.test:587 (route=ses, tls=encrypt, credential=ses)");
    CHECK(ses.targets.front().port == 587);
    CHECK((ses.relayhost && ses.any_domain && ses.any_worker));

    const auto plain = std::get<route>(look_up({.domain = "domain.test"}));
    CHECK(plain.key.name() == "mx.test");
    CHECK_FALSE((plain.relayhost || plain.any_domain || plain.any_worker));

    const auto strict = std::get<route>(look_up({.route = "strict", .domain = "domain.test"}));
    CHECK(strict.key.name() == "mx.test (route=strict, tls=verify, source=192.0.2.99)");
    CHECK(strict.targets.front().addresses == plain.targets.front().addresses);
    const auto literal = std::get<route>(look_up({.route = "strict", .domain = "[192.0.2.7]"}));
    CHECK(literal.key.tls == tls_policy::verify);

    // A relayhost without an address is our own trouble.
    CHECK(std::get<verdict>(look_up({.route = "hub"})).outcome == outcome::deferred);
    // A route that is gone is the default one, and shares its connections.
    const auto gone = std::get<route>(look_up({.route = "gone", .domain = "domain.test"}));
    CHECK(gone.key == plain.key);
}

TEST_CASE("KURIR_RELAYHOST is the default route, under its name and port", "[outbound][route]") {
    kurir::config::config settings;
    CHECK(routes_of(settings).find("").relayhosts.empty());
    settings.relayhost = {{.host = "hub.test", .port = 2525}};
    const kurir::config::live_config config(settings);
    const auto routes = routes_of(settings);
    scripted_resolver names({});
    names.answers.emplace("hub.test", at("192.0.2.5"));
    router subject(config, routes, names, {});
    std::variant<route, verdict> found;
    const auto choice = routes.choose({.domain = "domain.test"});
    tests::run([&]() -> awaitable<void> { found = co_await subject.find(choice); });
    CHECK(std::get<route>(found).key.name() == "hub.test:2525");
}

TEST_CASE("a list of relayhosts is found in its order", "[outbound][route]") {
    kurir::config::config settings;
    settings.routes = tests::rules_of(
        "to=a.test -> lost.test|one.test,two.test:26; to=b.test -> mx; "
        "to=c.test -> reject \"551 5.1.6 moved\"; to=d.test -> discard; to=e.test -> hub; "
        "to=f.test -> lost.test"
    );
    settings.relayhosts["hub"] = {{.host = "two.test"}};
    settings.relayhost = {{.host = "one.test"}};
    settings.remote_port = 25;
    const kurir::config::live_config config(settings);
    const auto routes = routes_of(settings);
    scripted_resolver names({{"mx.test", 10}});
    names.answers.emplace("one.test", at("192.0.2.1"));
    names.answers.emplace("two.test", at("192.0.2.2"));
    names.answers.emplace("mx.test", at("192.0.2.3"));
    router subject(config, routes, names, {});
    const auto found = [&](std::string_view domain) {
        std::variant<route, verdict> answer;
        tests::run([&]() -> awaitable<void> {
            answer = co_await subject.find(routes.choose({.domain = domain}));
        });
        return answer;
    };
    const auto list = std::get<route>(found("a.test"));
    CHECK(
        list.key.name() ==
        "lost.test:25|one.test:25,two.test:26 (route=lost.test:25|one.test:25,two.test:26)"
    );
    REQUIRE(list.targets.size() == 2);  // one has no address just now
    CHECK(list.targets[0].name == "one.test");
    CHECK_FALSE(list.targets[0].shares);
    CHECK(list.targets[1].port == 26);
    CHECK_FALSE(list.targets[1].shares);

    CHECK(std::get<route>(found("b.test")).key.name() == "mx.test (route=mx)");
    CHECK(std::get<route>(found("e.test")).key.name() == "two.test:25 (route=hub)");
    CHECK(std::get<route>(found("x.test")).key.name() == "one.test:25");
    CHECK(std::get<verdict>(found("f.test")).outcome == outcome::deferred);

    const auto rejected = std::get<verdict>(found("c.test"));
    CHECK(rejected.outcome == outcome::failed);
    CHECK(rejected.status == kurir::smtp::enhanced_status{5, 1, 6});
    CHECK(rejected.diagnostic == "551 5.1.6 moved");
    const auto discarded = std::get<verdict>(found("d.test"));
    CHECK(discarded.outcome == outcome::delivered);
    CHECK(discarded.cause == cause::rule);
}
