// What is asked of TLS on the way that mail takes: by its route, its domain, its relayhost.
#include <map>
#include <string>
#include <variant>

#include "relay/outbound/router.hpp"
#include "tests/config/sample_host.hpp"
#include "tests/outbound/delivery_world.hpp"
#include "tests/support/run.hpp"

using namespace kurir;
using namespace kurir::outbound;

namespace {

// Where mail goes that this choice is made for.
struct ways {
    explicit ways(const config::environment& variables)
        : config(config::good(variables).config),
          routes(routes_of(*config.get())),
          subject(config, routes, names, {}) {}

    route find(const route_choice& choice) {
        std::variant<route, verdict> found;
        tests::run([&]() -> tests::asio::awaitable<void> {
            found = co_await subject.find(choice);
        });
        return std::get<route>(found);
    }

    config::live_config config;
    route_table routes;
    tests::loopback_names names;
    router subject;
};

}  // namespace

TEST_CASE("routes and settings say what is asked of TLS", "[outbound][tls]") {
    const auto settings = config::good({
        {"KURIR_RELAYHOST", "hub.example"},
        {"KURIR_RELAYHOST_TLS", "encrypt"},
        {"KURIR_RELAYHOST_SES", "smtps://ses.example"},
        {"KURIR_RELAYHOST_SES_TLS", "encrypt"},
        {"KURIR_ROUTES", "to=a.example -> ses; to=b.example -> ses?tls=verify; -> mx?tls=OFF"},
    });
    const auto routes = routes_of(settings.config);
    CHECK(routes.find("").tls == tls_policy::encrypt);
    CHECK(routes.find("ses").tls == tls_policy::encrypt);
    CHECK(routes.find("ses?tls=verify").tls == tls_policy::verify);
    CHECK(routes.find("ses?tls=verify").relayhosts == routes.find("ses").relayhosts);
    CHECK(routes.find("mx?tls=off").tls == tls_policy::off);
    CHECK(routes.find("mx?tls=off").relayhosts.empty());
}

TEST_CASE("domains with the same hosts and other policies share nothing", "[outbound][tls]") {
    ways all(
        {{"KURIR_REMOTE_TLS", "encrypt"},
         {"KURIR_REMOTE_TLS_RULES", "bank.example=verify *.bank.example=may"},
         {"KURIR_ROUTES", "to=c.example -> mx?tls=off"}}
    );
    const std::map<std::string, tls_policy> expected{
        {"other.example", tls_policy::encrypt},
        {"bank.example", tls_policy::verify},
        {"a.bank.example", tls_policy::may},
        {"[192.0.2.1]", tls_policy::encrypt},
    };
    for (const auto& [domain, policy] : expected) {
        CAPTURE(domain);
        const auto found = all.find({.domain = domain});
        CHECK(found.key.tls == policy);
        CHECK(found.targets.front().tls == policy);
        CHECK_FALSE(found.targets.front().implicit_tls);
        const auto off = all.find({.route = "mx?tls=off", .domain = domain});
        CHECK(off.targets.front().tls == tls_policy::off);
        CHECK_FALSE(off.key == found.key);
    }
    CHECK_FALSE(all.find({.domain = "bank.example"}).key == all.find({.domain = "x.example"}).key);
    CHECK(all.find({.domain = "y.example"}).key == all.find({.domain = "x.example"}).key);
}

TEST_CASE("each relayhost of a list has the policy of its scheme", "[outbound][tls]") {
    ways all({{"KURIR_RELAYHOST", "smtps://a.example|smtp+starttls://b.example,c.example"}});
    const auto found = all.find({});
    REQUIRE(found.targets.size() == 3);
    CHECK(found.targets[0].tls == tls_policy::verify);
    CHECK(found.targets[0].implicit_tls);
    CHECK(found.targets[0].port == 465);
    CHECK(found.targets[1].tls == tls_policy::verify);
    CHECK_FALSE(found.targets[1].implicit_tls);
    CHECK(found.targets[1].shares);
    CHECK(found.targets[2].tls == tls_policy::may);
    CHECK(found.key.tls == tls_policy::may);
}
