#include "relay/app/reloader.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <variant>

#include "metrics/metrics.hpp"
#include "relay/log/log.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using Catch::Matchers::ContainsSubstring;
using metrics::reload_result;

namespace {

// A program whose KURIR_MAX_HOPS is in a file.
struct program {
    program() {
        std::filesystem::create_directories(folder);
        write("9");
        auto machine = config::this_host();
        const config::environment variables{
            {"KURIR_HOSTNAME", "relay.test"}, {"KURIR_MAX_HOPS_FILE", file}
        };
        auto first = std::get<config::loaded>(config::parse(variables, machine));
        live.emplace(first.config);
        subject.emplace(std::move(first), variables, machine, *live, metrics.runtime);
    }
    program(const program&) = delete;
    program& operator=(const program&) = delete;
    ~program() { std::filesystem::remove_all(folder); }

    void write(std::string_view text) const { std::ofstream(file) << text; }

    double count(reload_result result) {
        return metrics.runtime.config_reloads_total(result).value();
    }

    std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("kurir-reloader-" + std::to_string(::getpid()));
    std::filesystem::path file = folder / "hops";
    log::capture logged;
    metrics::all metrics;
    std::optional<config::live_config> live;
    std::optional<app::reloader> subject;
};

}  // namespace

TEST_CASE("a reload that succeeds is in effect, logged and counted", "[app][reload]") {
    program running;
    auto& read_at = running.metrics.runtime.config_reloaded_timestamp_seconds;
    CHECK(read_at.value() > 1'700'000'000);
    const auto kept = running.live->get();
    running.write("12\n");
    running.subject->reload(app::reload_cause::signal);

    CHECK(running.live->get()->max_hops == 12);
    CHECK(kept->max_hops == 9);
    CHECK(running.count(reload_result::ok) == 1);
    CHECK(running.count(reload_result::failed) == 0);
    CHECK_THAT(
        running.logged.lines().back(),
        ContainsSubstring(R"("event":"config","what":"reloaded","changed":"KURIR_MAX_HOPS")")
    );
}

TEST_CASE("a reload that fails keeps the configuration, and says why", "[app][reload]") {
    program running;
    running.metrics.runtime.config_reloaded_timestamp_seconds.set(1);
    const bool is_pipe = GENERATE(false, true);
    if (is_pipe) {
        std::filesystem::remove(running.file);
        REQUIRE(::mkfifo(running.file.c_str(), 0600) == 0);
    } else {
        running.write("many");
    }
    const auto before = running.live->get();
    running.subject->reload(app::reload_cause::signal);

    CHECK(running.live->get() == before);
    CHECK(running.count(reload_result::ok) == 0);
    CHECK(running.count(reload_result::failed) == 1);
    CHECK(running.metrics.runtime.config_reloaded_timestamp_seconds.value() == 1);
    const auto line = running.logged.lines().back();
    CHECK_THAT(line, ContainsSubstring(R"("what":"reload_failed","problem":"KURIR_MAX_HOPS_FILE)"));
}

TEST_CASE("a change of a file is logged if it changes something", "[app][reload]") {
    program running;
    const auto lines = running.logged.lines().size();
    running.subject->reload(app::reload_cause::change);
    CHECK(running.logged.lines().size() == lines);
    CHECK(running.count(reload_result::ok) == 0);
    running.write("12");
    running.subject->reload(app::reload_cause::change);
    CHECK(running.live->get()->max_hops == 12);
    CHECK(running.count(reload_result::ok) == 1);

    running.write("many");
    running.subject->reload(app::reload_cause::change);
    CHECK(running.count(reload_result::failed) == 0);
    CHECK(running.subject->mistakes().empty());
    running.subject->settled();
    CHECK(running.count(reload_result::failed) == 1);
    CHECK_THAT(running.subject->mistakes().at(0), ContainsSubstring("KURIR_MAX_HOPS_FILE"));

    running.write("12");  // as it was: but the mistake is mended
    running.subject->reload(app::reload_cause::change);
    CHECK(running.count(reload_result::ok) == 2);
    CHECK(running.subject->mistakes().empty());
}

TEST_CASE("each kind of file has its own state", "[app][reload]") {
    using metrics::reload_part;
    CHECK(app::part_of("KURIR_USERS") == reload_part::users);
    CHECK(app::part_of("KURIR_PERMISSIONS") == reload_part::permissions);
    CHECK(app::part_of("KURIR_ROUTES") == reload_part::routes);
    CHECK(app::part_of("KURIR_RELAYHOST_SES_PASSWORD") == reload_part::relayhosts);
    CHECK(app::part_of("KURIR_MAX_HOPS") == reload_part::settings);
    program running;
    running.write("many");
    running.subject->reload(app::reload_cause::signal);
    auto& failing = running.metrics.runtime.reload_failing;
    CHECK(failing(reload_part::settings).value() == 1);
    CHECK(failing(reload_part::users).value() == 0);
    CHECK_THAT(running.subject->mistakes().at(0), ContainsSubstring(running.file.string()));
}

TEST_CASE("the files of settings are those that they have now", "[app][reload]") {
    program running;
    REQUIRE(running.subject->files().size() == 1);
    CHECK(running.subject->files()[0].path == running.file);
}
