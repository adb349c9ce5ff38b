#include "relay/outbound/route.hpp"

#include <map>
#include <utility>

#include "tests/support/catch.hpp"
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

addresses_found at(const char* where) {
    return std::vector{make_address(where)};
}

std::variant<route, verdict> find(scripted_resolver& names) {
    kurir::config::config settings;
    settings.hostname = "relay.test";
    settings.remote_port = 25;
    const kurir::config::live_config config(settings);
    router subject(config, names, {{make_address("192.0.2.1"), 25}});
    std::variant<route, verdict> found;
    tests::run([&]() -> awaitable<void> { found = co_await subject.find("domain.test"); });
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
    CHECK(std::get<route>(found).site == "near.test");
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
    router subject(config, names, {{make_address("192.0.2.1"), 2525}});
    std::variant<route, verdict> found;
    tests::run([&]() -> awaitable<void> { found = co_await subject.find("domain.test"); });
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
