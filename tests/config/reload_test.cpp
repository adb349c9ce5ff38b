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
        auto outcome = kurir::config::reload(current, in_effect, variables, machine);
        REQUIRE(std::holds_alternative<reloaded>(outcome));
        auto done = std::get<reloaded>(outcome);
        current = done.current;
        in_effect = done.in_effect;
        return done;
    }

    problems refused() {
        const auto outcome = kurir::config::reload(current, in_effect, variables, machine);
        REQUIRE(std::holds_alternative<problems>(outcome));
        return std::get<problems>(outcome);
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

TEST_CASE("one mistake keeps everything as it was", "[config][reload]") {
    world process({{"KURIR_MAX_HOPS", "9"}, {"KURIR_REMOTE_IGNORE", "a.example:SIZE"}});

    process.files["KURIR_MAX_HOPS"] = "12";
    process.files["KURIR_REMOTE_IGNORE"] = "a.example:SIZE\nb.example:SIZES\n";
    CHECK_THAT(only(process.refused()), ContainsSubstring("'SIZES'"));
    process.files.erase("KURIR_REMOTE_IGNORE");
    CHECK_THAT(only(process.refused()), ContainsSubstring("can't be read"));
    CHECK(process.in_effect.max_hops == 9);

    process.files["KURIR_REMOTE_IGNORE"] = "b.example:SIZE";
    CHECK(process.reload().changed == names{"KURIR_MAX_HOPS", "KURIR_REMOTE_IGNORE"});
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
    CHECK_THAT(only(process.refused()), ContainsSubstring("KURIR_RETRY_MAX"));
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
