// The API of the suppression list: what it makes of requests, and of what the list says.
#include "relay/control/suppression_endpoints.hpp"

#include <string>
#include <utility>

#include "relay/admin/json_fields.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/run.hpp"

using namespace kurir;
using boost::asio::awaitable;
using http_verb = boost::beast::http::verb;

namespace {

// Keeps what it was asked, and answers with one entry.
class asked_list final : public admin::suppressions {
public:
    suppression::filter filter;
    std::string cursor;
    std::size_t limit = 0;
    admin::suppression_order order;
    std::string removed;
    admin::suppression_import imported;
    std::optional<admin::suppression_refusal> refusal;
    suppression::entry entry{.subject = "@far.test", .tenant = "shop"};

    awaitable<suppression::page> list(
        suppression::filter wanted, std::string first, std::size_t most
    ) override {
        filter = std::move(wanted);
        cursor = std::move(first);
        limit = most;
        co_return suppression::page{.entries = {entry}, .next = "a@b.test\nshop"};
    }
    awaitable<admin::suppression_result<suppression::entry>> add(admin::suppression_order given
    ) override {
        order = std::move(given);
        if (refusal) co_return *refusal;
        co_return entry;
    }
    awaitable<admin::suppression_result<suppression::entry>> remove(
        std::string address, std::string tenant, std::string author, std::string because
    ) override {
        removed = address + '|' + tenant + '|' + author + '|' + because;
        if (refusal) co_return *refusal;
        co_return entry;
    }
    awaitable<admin::suppression_result<admin::suppression_import_report>> import_list(
        admin::suppression_import given
    ) override {
        imported = std::move(given);
        co_return admin::suppression_import_report{.added = 3, .bad = 1, .told = {{7, "is none"}}};
    }
    awaitable<suppression::text_piece> export_from(std::string first, suppression::list_format)
        override {
        cursor = std::move(first);
        co_return suppression::text_piece{.text = "address\r\n", .next = "x\ny"};
    }
};

struct suppression_api {
    asked_list list;

    admin::answer ask(http_verb method, const std::string& target, const std::string& body = {}) {
        const auto table = control::suppression_endpoints(list);
        const auto found = admin::find(table, target, method);
        REQUIRE(found.found != nullptr);
        admin::request asked;
        asked.target(target);
        asked.body() = body;
        admin::answer said;
        tests::run([&]() -> awaitable<void> {
            said = co_await found.found->handle(asked, found.words);
        });
        return said;
    }
    std::string mistake(http_verb method, const std::string& target, const std::string& body = {}) {
        const auto said = ask(method, target, body);
        CHECK(static_cast<unsigned>(said.status) == 400);
        return admin::text_in(*admin::object_of(said.body), "detail");
    }
};

}  // namespace

TEST_CASE("a page of the suppression list", "[control][suppression]") {
    suppression_api api;
    const auto said = api.ask(
        http_verb::get,
        "/api/v1/suppressions?address=*far*&tenant=Shop&origin=import&expired=true&limit=7"
        "&cursor=a%40b.test%0Ashop"
    );
    CHECK(api.list.filter.address == "*far*");
    CHECK(api.list.filter.tenant == "shop");
    CHECK(api.list.filter.origin == suppression::origin::imported);
    CHECK(api.list.filter.with_expired);
    CHECK(api.list.cursor == "a@b.test\nshop");
    CHECK(api.list.limit == 7);
    const auto all = admin::object_of(said.body);
    CHECK(admin::text_in(*all, "next") == "a@b.test\nshop");
    CHECK(all->at("entries").as_array().size() == 1);
    api.ask(http_verb::get, "/api/v1/suppressions");
    CHECK_FALSE(api.list.filter.tenant);
    CHECK(api.mistake(http_verb::get, "/api/v1/suppressions?origin=x").starts_with("origin"));
    CHECK(api.mistake(http_verb::get, "/api/v1/suppressions?expired=x").starts_with("expired"));
    CHECK(api.mistake(http_verb::get, "/api/v1/suppressions?limit=0").starts_with("limit"));
    CHECK(api.mistake(http_verb::get, "/api/v1/suppressions?x=0") == "there is no parameter x");
}

TEST_CASE("entries are added and removed by somebody", "[control][suppression]") {
    suppression_api api;
    api.ask(
        http_verb::post,
        "/api/v1/suppressions",
        R"({"address": "far.test", "tenant": "shop", "reason": "asked", "by": "ann", "for": "1d"})"
    );
    CHECK(api.list.order.address == "far.test");
    CHECK(api.list.order.added_by == "ann");
    CHECK(api.list.order.until.ends_with("Z"));
    CHECK(api.mistake(http_verb::post, "/api/v1/suppressions", "x").ends_with("no JSON object"));
    CHECK(api.mistake(http_verb::post, "/api/v1/suppressions", R"({"address": "a@b"})")
              .starts_with("by says"));
    api.ask(
        http_verb::delete_, "/api/v1/suppressions/%2A%40far.test?tenant=shop&by=ann&because=no+more"
    );
    CHECK(api.list.removed == "*@far.test|shop|ann|no more");
    CHECK(api.mistake(http_verb::delete_, "/api/v1/suppressions/a%40b").starts_with("by says"));

    const auto status = [&](admin::suppression_failure why) {
        api.list.refusal = {.failure = why, .text = "no"};
        return static_cast<unsigned>(
            api.ask(http_verb::delete_, "/api/v1/suppressions/a%40b?by=ann").status
        );
    };
    CHECK(status(admin::suppression_failure::bad_order) == 400);
    CHECK(status(admin::suppression_failure::not_found) == 404);
    CHECK(status(admin::suppression_failure::full) == 503);
    CHECK(status(admin::suppression_failure::disk) == 503);
}

TEST_CASE("a list is taken whole, and given in pieces", "[control][suppression]") {
    suppression_api api;
    const auto said = api.ask(
        http_verb::post,
        "/api/v1/suppression-imports?format=csv&by=ann&dry_run=true&reason=moved",
        "address\r\n"
    );
    CHECK(api.list.imported.text == "address\r\n");
    CHECK(api.list.imported.format == suppression::list_format::csv);
    CHECK(api.list.imported.dry_run);
    CHECK(api.list.imported.defaults.reason == "moved");
    const auto report = admin::object_of(said.body);
    CHECK(admin::number_in(*report, "added") == 3);
    CHECK(admin::number_in(report->at("mistakes").as_array().front().as_object(), "line") == 7);
    CHECK(api.mistake(http_verb::post, "/api/v1/suppression-imports?format=xml&by=a")
              .starts_with("format"));

    const auto piece = api.ask(http_verb::get, "/api/v1/suppression-export?cursor=u%0Av");
    CHECK(api.list.cursor == "u\nv");
    CHECK(admin::text_in(*admin::object_of(piece.body), "next") == "x\ny");

    const auto table = control::suppression_endpoints(api.list);
    const auto found = admin::find(table, "/api/v1/suppression-imports", http_verb::post);
    CHECK(found.found->body_max == suppression::import_size_max);
}
