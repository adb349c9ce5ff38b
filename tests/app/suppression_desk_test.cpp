// Orders on the suppression list, and what is left of them after a restart.
#include "relay/app/suppression_desk.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include "metrics/metrics.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/log_lines.hpp"
#include "tests/support/run.hpp"

using namespace kurir;
namespace asio = boost::asio;
using Catch::Matchers::ContainsSubstring;
using failure = admin::suppression_failure;
using tests::all_of;

namespace {

class desk_world {
public:
    desk_world()
        : folder(
              std::filesystem::temp_directory_path() /
              ("kurir-suppression-desk-test-" + std::to_string(::getpid()))
          ) {
        std::filesystem::remove_all(folder);
        std::filesystem::create_directory(folder);
        start();
    }
    desk_world(const desk_world&) = delete;
    desk_world& operator=(const desk_world&) = delete;
    ~desk_world() {
        desk.reset();
        std::filesystem::remove_all(folder);
    }

    // As a new process would.
    void start() {
        desk.reset();
        entries.emplace();
        desk.emplace(folder, *entries, metrics.inbound);
        CHECK(desk->begin());
    }

    std::size_t size() {
        return entries->read([](const auto& list) { return list.size(); });
    }

    const std::filesystem::path folder;
    metrics::all metrics;
    std::optional<suppression::shared_list> entries;
    std::optional<app::suppression_desk> desk;
};

// Files can't grow beyond it, as on a full disk.
class file_size_limit {
public:
    explicit file_size_limit(std::uintmax_t bytes) {
        std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        auto limit = before_;
        limit.rlim_cur = bytes;
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    file_size_limit(const file_size_limit&) = delete;
    file_size_limit& operator=(const file_size_limit&) = delete;
    ~file_size_limit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

private:
    ::rlimit before_{};
};

template <class Answer>
failure failure_of(const Answer& answer) {
    REQUIRE_FALSE(answer.has_value());
    CHECK_FALSE(answer.error().text.empty());
    return answer.error().failure;
}

}  // namespace

TEST_CASE("what was added and removed is there after a restart", "[app][suppression]") {
    const log::capture captured;
    desk_world desk_world;
    tests::run([&]() -> asio::awaitable<void> {
        const auto added = co_await desk_world.desk->add({
            .address = "Ann@Example.com",
            .tenant = "Shop",
            .reason = "she asked",
            .added_by = "eve",
            .until = "2099-01-31",
        });
        REQUIRE(added.has_value());
        CHECK(added->subject == "ann@example.com");
        CHECK(added->tenant == "shop");
        const auto domain = co_await desk_world.desk->add({.address = "closed.example"});
        REQUIRE(domain.has_value());
        CHECK(desk_world.metrics.inbound.suppression_entries.value() == 2);

        desk_world.start();
        const auto page = co_await desk_world.desk->list({}, "", 100);
        REQUIRE(page.entries.size() == 2);
        CHECK(page.entries[0] == *domain);
        CHECK(page.entries[1] == *added);
        CHECK(desk_world.metrics.inbound.suppression_entries.value() == 2);

        const auto removed =
            co_await desk_world.desk->remove("*@closed.example", "", "eve", "it is back");
        REQUIRE(removed.has_value());
        CHECK(*removed == *domain);
        desk_world.start();
        CHECK(desk_world.size() == 1);
    });
    const auto all = all_of(captured);
    CHECK_THAT(
        all, ContainsSubstring(R"("what":"suppress","to":"ann@example.com","tenant":"shop")")
    );
    CHECK_THAT(all, ContainsSubstring(R"("what":"unsuppress","to":"*@closed.example")"));
    CHECK_THAT(all, ContainsSubstring("it is back"));
}

TEST_CASE("orders with mistakes change nothing", "[app][suppression]") {
    desk_world desk_world;
    const std::string address = "a@example.com";
    const admin::suppression_order orders[] = {
        {.address = "nobody"},
        {.address = address, .until = "soon"},
        {.address = address, .until = "2020-01-01"},
        {.address = address, .reason = std::string(600, 'x')},
        {.address = address, .tenant = std::string(300, 'x')},
    };
    tests::run([&]() -> asio::awaitable<void> {
        for (const auto& order : orders) {
            const auto answer = co_await desk_world.desk->add(order);
            CHECK(failure_of(answer) == failure::bad_order);
        }
        const auto unknown = co_await desk_world.desk->remove(address, "", "", "");
        CHECK(failure_of(unknown) == failure::not_found);
        const auto no_address = co_await desk_world.desk->remove("a b", "", "", "");
        CHECK(failure_of(no_address) == failure::bad_order);
    });
    CHECK(desk_world.size() == 0);
}

TEST_CASE("a list is imported, and says what it changed", "[app][suppression]") {
    desk_world desk_world;
    tests::run([&]() -> asio::awaitable<void> {
        admin::suppression_import order{
            .text =
                "email,reason,created\n"
                "ann@example.com,bounce,1443651154\n"
                "bob@example.com,bounce,1443651154\n"
                "Bob@example.com,complaint,1443651154\n"
                "nobody,,\n",
            .defaults = {.tenant = "shop", .added_by = "eve"},
            .dry_run = true,
        };
        const auto tried = co_await desk_world.desk->import_list(order);
        REQUIRE(tried.has_value());
        CHECK(tried->added == 2);
        CHECK(desk_world.size() == 0);

        order.dry_run = false;
        const auto first = co_await desk_world.desk->import_list(order);
        REQUIRE(first.has_value());
        CHECK(first->added == 2);
        CHECK(first->bad == 1);
        REQUIRE(first->told.size() == 1);
        CHECK(first->told[0].line == 5);
        CHECK(desk_world.size() == 2);

        order.text =
            "email,reason,created\n"
            "ann@example.com,bounce,1443651154\n"
            "bob@example.com,bounce,1443651154\n";
        const auto second = co_await desk_world.desk->import_list(order);
        REQUIRE(second.has_value());
        CHECK(second->added == 0);
        CHECK(second->unchanged == 1);
        CHECK(second->replaced == 1);

        desk_world.start();
        const auto page = co_await desk_world.desk->list({.tenant = "shop"}, "", 1);
        REQUIRE(page.entries.size() == 1);
        CHECK(page.entries[0].origin == suppression::origin::imported);
        CHECK(page.entries[0].added_by == "eve");
        const auto next = co_await desk_world.desk->list({.tenant = "shop"}, page.next, 1);
        REQUIRE(next.entries.size() == 1);
        CHECK(next.entries[0].subject == "bob@example.com");
        CHECK(next.entries[0].reason == "bounce");
        const auto all = co_await desk_world.desk->export_from("", suppression::list_format::json);
        CHECK_THAT(all.text, ContainsSubstring(R"("address":"ann@example.com")"));
        CHECK(all.next.empty());
    });
}

TEST_CASE("a large import is there after a restart", "[app][suppression]") {
    desk_world desk_world;
    constexpr std::size_t count = 25'000;  // more than are written with one sync
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        text += "user" + std::to_string(i) + "@example.com\n";
    tests::run([&]() -> asio::awaitable<void> {
        const auto report = co_await desk_world.desk->import_list({.text = text});
        REQUIRE(report.has_value());
        CHECK(report->added == count);
    });
    desk_world.start();
    CHECK(desk_world.size() == count);
}

TEST_CASE("an order that can't be written does not count, and the next may", "[app][suppression]") {
    const log::capture captured;
    desk_world desk_world;
    tests::run([&]() -> asio::awaitable<void> {
        const auto ann = co_await desk_world.desk->add({.address = "ann@example.com"});
        REQUIRE(ann.has_value());
        {
            const file_size_limit limit(
                std::filesystem::file_size(desk_world.folder / "suppressions")
            );
            const auto bob = co_await desk_world.desk->add({.address = "bob@example.com"});
            CHECK(failure_of(bob) == failure::disk);
            CHECK(desk_world.size() == 1);
            CHECK(desk_world.metrics.inbound.suppression_save_failures_total.value() == 1);
        }
        const auto eve = co_await desk_world.desk->add({.address = "eve@example.com"});
        CHECK(eve.has_value());
        desk_world.start();
        CHECK(desk_world.size() == 2);
    });
    CHECK_THAT(all_of(captured), ContainsSubstring(R"("what":"save_failed")"));
}

TEST_CASE("a damaged file is told, and what is left of it counts", "[app][suppression]") {
    const log::capture captured;
    desk_world desk_world;
    tests::run([&]() -> asio::awaitable<void> {
        for (const auto* address : {"ann@example.com", "bob@example.com", "eve@example.com"}) {
            const auto added = co_await desk_world.desk->add({.address = address});
            CHECK(added.has_value());
        }
    });
    {
        std::fstream file(
            desk_world.folder / "suppressions", std::ios::binary | std::ios::in | std::ios::out
        );
        file.seekp(60);
        file << "oops";
    }
    desk_world.start();
    CHECK(desk_world.size() == 2);
    CHECK(desk_world.metrics.inbound.suppression_save_failures_total.value() == 1);
    CHECK(std::filesystem::exists(desk_world.folder / "suppressions.damaged"));
    CHECK_THAT(all_of(captured), ContainsSubstring(R"("what":"damaged")"));
}
