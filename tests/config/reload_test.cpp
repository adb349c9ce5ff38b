#include "relay/config/reload.hpp"

#include <map>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "relay/config/live_config.hpp"
#include "tests/config/sample_host.hpp"

using namespace kurir::config;
using Catch::Matchers::ContainsSubstring;
using names = std::vector<std::string>;

namespace {

// A process whose settings are in files.
struct world {
    explicit world(std::map<std::string, std::string> text) : files(std::move(text)) {
        machine.read = [this](const std::filesystem::path& path) {
            const auto found = files.find(path.filename());
            return found == files.end() ? std::nullopt : std::optional(found->second);
        };
        for (const auto& [name, content] : files)
            variables.emplace(name + "_FILE", "/etc/kurir/" + name);
        current = std::get<loaded>(parse(variables, machine));
        in_effect = current.config;
    }

    // What the reload says; it takes effect.
    reloaded reload() {
        auto done = kurir::config::reload(current, in_effect, variables, machine);
        current = done.current;
        in_effect = done.in_effect;
        return done;
    }

    // The mistakes of the one file that is held back.
    problems refused() {
        const auto done = reload();
        REQUIRE(done.held.size() == 1);
        CHECK("/etc/kurir/" + done.held[0].setting == done.held[0].path);
        return done.held[0].why;
    }

    // The settings whose files a reload holds back.
    names held() {
        names all;
        for (const auto& each : reload().held)
            all.push_back(each.setting);
        return all;
    }

    std::map<std::string, std::string> files;
    host machine = sample_host();
    environment variables;
    loaded current;
    config in_effect;
};

}  // namespace

TEST_CASE("a reload changes what has a new value, and names it", "[config][reload]") {
    world process({{"KURIR_MAX_HOPS", "9"}, {"KURIR_MAX_ERRORS", "5\n"}});

    process.files["KURIR_MAX_HOPS"] = "12\n";
    process.files["KURIR_MAX_ERRORS"] = "5";  // the same
    const auto done = process.reload();
    CHECK(done.changed == names{"KURIR_MAX_HOPS"});
    CHECK(done.waiting.empty());
    CHECK(process.in_effect.max_hops == 12);
    CHECK(process.in_effect.max_errors == 5);

    CHECK(process.reload().changed.empty());
    process.files["KURIR_MAX_HOPS"] = "13";
    CHECK(process.reload().changed == names{"KURIR_MAX_HOPS"});
    CHECK(process.in_effect.max_hops == 13);
}

TEST_CASE("a mistake in one file holds back only that file", "[config][reload]") {
    world process(
        {{"KURIR_MAX_HOPS", "9"},
         {"KURIR_MAX_ERRORS", "5"},
         {"KURIR_REMOTE_IGNORE", "a.example:SIZE"}}
    );
    process.files["KURIR_MAX_HOPS"] = "12";
    process.files["KURIR_REMOTE_IGNORE"] = "a.example:SIZE\nb.example:SIZES\n";
    CHECK_THAT(only(process.refused()), ContainsSubstring("'SIZES'"));
    CHECK(process.in_effect.max_hops == 12);
    CHECK(process.in_effect.remote_ignore.text() == "a.example:SIZE");
    process.files.erase("KURIR_REMOTE_IGNORE");
    CHECK_THAT(only(process.refused()), ContainsSubstring("can't be read"));
    process.files["KURIR_MAX_HOPS"] = "many";
    process.files["KURIR_MAX_ERRORS"] = "6";
    CHECK(process.held() == names{"KURIR_MAX_HOPS", "KURIR_REMOTE_IGNORE"});
    CHECK(process.in_effect.max_errors == 6);

    process.files["KURIR_MAX_HOPS"] = "13";
    process.files["KURIR_REMOTE_IGNORE"] = "b.example:SIZE";
    const auto done = process.reload();
    CHECK(done.changed == names{"KURIR_MAX_HOPS", "KURIR_REMOTE_IGNORE"});
    CHECK(done.held.empty());
}

TEST_CASE("the settings of a relayhost are held back together", "[config][reload]") {
    world process(
        {{"KURIR_RELAYHOST", "smtps://one.example"},
         {"KURIR_RELAYHOST_USERNAME", "ann"},
         {"KURIR_RELAYHOST_PASSWORD", "old"},
         {"KURIR_RELAYHOST_SES", "smtps://ses.example"},
         {"KURIR_RELAYHOST_SES_USERNAME", "app"},
         {"KURIR_RELAYHOST_SES_PASSWORD", "old"},
         {"KURIR_ROUTES", "to=a.example -> ses"},
         {"KURIR_PERMISSIONS", "192.0.2.0/24 from=@a.example"}}
    );
    auto& files = process.files;
    files["KURIR_RELAYHOST_SES"] = "smtps://two words";
    files["KURIR_RELAYHOST_SES_PASSWORD"] = "new";
    files["KURIR_RELAYHOST_PASSWORD"] = "new";
    files["KURIR_PERMISSIONS"] = "192.0.2.0/24 from=@b.example";
    SECTION("and the routes that lead there") {
        files["KURIR_ROUTES"] = "to=b.example -> ses";
        CHECK(
            process.held() ==
            names{"KURIR_RELAYHOST_SES", "KURIR_RELAYHOST_SES_PASSWORD", "KURIR_ROUTES"}
        );
    }
    SECTION("but no other routes") {
        files["KURIR_ROUTES"] = "to=b.example -> discard";
        CHECK(process.held() == names{"KURIR_RELAYHOST_SES", "KURIR_RELAYHOST_SES_PASSWORD"});
        CHECK(process.current.config.routes.all().at(0).target.relayhost.empty());
    }
    const auto& config = process.in_effect;
    CHECK(config.relayhost_login.password == "new");
    CHECK(config.relayhost_logins.at("ses").password == "old");
    files["KURIR_RELAYHOST_SES"] = "smtps://new.example";
    CHECK(process.held().empty());
    CHECK(process.in_effect.relayhost_logins.at("ses").password == "new");
}

TEST_CASE("a mistake in routes holds back no password", "[config][reload]") {
    world process(
        {{"KURIR_RELAYHOST_SES", "smtps://ses.example"},
         {"KURIR_RELAYHOST_SES_USERNAME", "app"},
         {"KURIR_RELAYHOST_SES_PASSWORD", "old"},
         {"KURIR_ROUTES", "to=a.example -> ses"}}
    );
    process.files["KURIR_ROUTES"] = "to=a.example -> sess";
    process.files["KURIR_RELAYHOST_SES_PASSWORD"] = "new";
    CHECK_THAT(only(process.refused()), ContainsSubstring("line 1"));
    CHECK(process.in_effect.relayhost_logins.at("ses").password == "new");
}

TEST_CASE("what a reload does not change waits for a restart, and is named", "[config][reload]") {
    world process(
        {{"KURIR_RETRY_MIN", "1m"}, {"KURIR_HOSTNAME", "a.example"}, {"KURIR_MAX_HOPS", "9"}}
    );
    process.in_effect.delivery_workers = 7;  // what the program has lowered

    process.files["KURIR_RETRY_MIN"] = "2m";
    process.files["KURIR_HOSTNAME"] = "b.example";
    process.files["KURIR_MAX_HOPS"] = "10";
    for (int again = 0; again < 2; ++again) {
        const auto done = process.reload();
        CHECK(done.waiting == names{"KURIR_HOSTNAME", "KURIR_RETRY_MIN"});
        CHECK(process.in_effect.retry_min == std::chrono::minutes(1));
        CHECK(process.in_effect.hostname == "a.example");
        CHECK(process.in_effect.local_domain == "a.example");  // depends on it
        CHECK(process.in_effect.postmaster == "postmaster@a.example");
        CHECK(process.in_effect.max_hops == 10);
        CHECK(process.in_effect.delivery_workers == 7);
    }
    process.files["KURIR_RETRY_MIN"] = "1m";
    process.files["KURIR_HOSTNAME"] = "a.example";
    CHECK(process.reload().waiting.empty());
}

TEST_CASE("a mistake in what waits for a restart is one now", "[config][reload]") {
    world process({{"KURIR_RETRY_MIN", "1m"}, {"KURIR_MAX_HOPS", "9"}});
    process.files["KURIR_RETRY_MIN"] = "3h";  // longer than the longest
    process.files["KURIR_MAX_HOPS"] = "10";
    CHECK_THAT(only(process.refused()), ContainsSubstring("KURIR_RETRY_MAX"));
    CHECK(process.in_effect.max_hops == 10);
}

TEST_CASE("a default that depends on a reloaded setting follows it", "[config][reload]") {
    world process({{"KURIR_LOCAL_DOMAIN", "a.example"}});
    process.files["KURIR_LOCAL_DOMAIN"] = "b.example";
    CHECK(process.reload().changed == names{"KURIR_LOCAL_DOMAIN", "KURIR_POSTMASTER"});
    CHECK(process.in_effect.postmaster == "postmaster@b.example");
}

TEST_CASE("a reload warns of what was not so before", "[config][reload]") {
    world process({{"KURIR_TRUSTED_NETWORKS", "loopback"}});
    process.files["KURIR_TRUSTED_NETWORKS"] = "0.0.0.0/0";
    CHECK_THAT(only(process.refused()), ContainsSubstring("open-relay"));
    process.files["KURIR_TRUSTED_NETWORKS"] = "0.0.0.0/0 open-relay";
    CHECK_THAT(only(process.reload().warnings), ContainsSubstring("lets everybody send"));
    CHECK(process.reload().warnings.empty());
}

TEST_CASE("every row copies exactly what it reads", "[config][reload]") {
    const auto made = good({}).config;
    for (const auto& each : settings()) {
        CAPTURE(each.name);
        config empty;
        each.copy(made, empty);
        CHECK(each.show(empty) == each.show(made));
        for (const auto& other : settings()) {
            CAPTURE(other.name);
            if (&other != &each) CHECK(other.show(empty) == other.show(config()));
        }
    }
}

TEST_CASE("a snapshot stays as it is while others are set", "[config][reload]") {
    config first;
    first.max_hops = 1;
    live_config live(first);
    const auto kept = live.get();
    std::thread reader([&] {
        for (std::size_t seen = 1; seen < 1000;) {
            const auto next = live.get();
            REQUIRE(next->max_hops >= seen);
            REQUIRE(next->max_hops == next->max_errors + 1);
            seen = next->max_hops;
        }
    });
    for (std::size_t hops = 2; hops <= 1000; ++hops) {
        auto next = std::make_shared<config>();
        next->max_hops = hops;
        next->max_errors = hops - 1;
        live.set(std::move(next));
    }
    reader.join();
    CHECK(kept->max_hops == 1);
    CHECK(live.get()->max_hops == 1000);
}
