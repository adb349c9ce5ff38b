// The lists that other services export, and our own.
#include "relay/suppression/import.hpp"

#include <string>
#include <vector>

#include "relay/suppression/export.hpp"
#include "relay/suppression/time_text.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::suppression;

namespace {

struct reading {
    std::vector<entry> entries{};
    import_result result{};
};

reading read_all(std::string_view text, const import_defaults& defaults = {}) {
    reading all;
    all.result = read_list(text, list_format::automatic, defaults, [&all](entry made) {
        all.entries.push_back(std::move(made));
    });
    CHECK(all.result.entries == all.entries.size());
    return all;
}

// Each entry as "address|reason|since".
std::vector<std::string> lines_of(std::string_view text) {
    const auto all = read_all(text);
    CHECK(all.result.bad == 0);
    std::vector<std::string> lines;
    for (const auto& each : all.entries) {
        CHECK(each.origin == origin::imported);
        lines.push_back(shown_subject(each) + '|' + each.reason + '|' + time_text(each.added_at));
    }
    return lines;
}

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("Amazon SES: what its API lists, and what its imports take") {
    CHECK(
        lines_of(R"({
  "SuppressedDestinationSummaries": [
    {"EmailAddress": "ann@example.com", "Reason": "BOUNCE",
     "LastUpdateTime": "2020-04-10T21:03:05-05:00"},
    {"EmailAddress": "bob@example.com", "Reason": "COMPLAINT", "LastUpdateTime": 1586570585.5}
  ],
  "NextToken": "x"
})") ==
        texts{
            "ann@example.com|BOUNCE|2020-04-11T02:03:05Z",
            "bob@example.com|COMPLAINT|2020-04-11T02:03:05Z"
        }
    );
    CHECK(
        lines_of("ann@example.com,BOUNCE\r\n\r\nbob@example.com, COMPLAINT\r\n") ==
        texts{
            "ann@example.com|BOUNCE|1970-01-01T00:00:00Z",
            "bob@example.com|COMPLAINT|1970-01-01T00:00:00Z"
        }
    );
    CHECK(
        lines_of("{\"emailAddress\": \"ann@example.com\", \"reason\": \"BOUNCE\"}\n\n"
                 "{\"emailAddress\": \"bob@example.com\", \"reason\": \"COMPLAINT\"}") ==
        texts{
            "ann@example.com|BOUNCE|1970-01-01T00:00:00Z",
            "bob@example.com|COMPLAINT|1970-01-01T00:00:00Z"
        }
    );
}

TEST_CASE("SendGrid: bounces as CSV and as JSON, unsubscribes") {
    CHECK(
        lines_of("status,reason,email,created\n"
                 "5.1.1,\"550 5.1.1 The email account that you tried to reach does not exist. "
                 "Please try double-checking, or see \"\"help\"\"\",Ann@example.com,1443651154\n"
                 ",,bob@example.com,1443651154\n") ==
        texts{
            "ann@example.com|550 5.1.1 The email account that you tried to reach does not exist. "
            "Please try double-checking, or see \"help\"|2015-09-30T22:12:34Z",
            "bob@example.com||2015-09-30T22:12:34Z"
        }
    );
    CHECK(
        lines_of(R"([{"created": 1443651141, "email": "ann@example.com",)"
                 R"( "reason": "unable to resolve MX", "status": "5.4.4"}])"
        ) == texts{"ann@example.com|5.4.4 unable to resolve MX|2015-09-30T22:12:21Z"}
    );
    CHECK(
        lines_of("email,created\nann@example.com,1443651154\n") ==
        texts{"ann@example.com||2015-09-30T22:12:34Z"}
    );
}

TEST_CASE("Mailgun: bounces, and complaints") {
    CHECK(
        lines_of("address,code,error,created_at\r\n"
                 "ann@example.com,550,No such mailbox,\"Fri, 21 Oct 2011 11:02:55 UTC\"\r\n"
                 "bob@example.com,550,,\r\n") ==
        texts{
            "ann@example.com|550 No such mailbox|2011-10-21T11:02:55Z",
            "bob@example.com|550|1970-01-01T00:00:00Z"
        }
    );
    CHECK(
        lines_of(
            "address,tags,created_at\r\nann@example.com,*,\"Fri, 21 Oct 2011 11:02:55 GMT\"\r\n"
        ) == texts{"ann@example.com||2011-10-21T11:02:55Z"}
    );
    CHECK(
        lines_of(R"({"items": [{"address": "ann@example.com", "code": "550", "error": "gone",)"
                 R"( "created_at": "Fri, 21 Oct 2011 11:02:55 GMT"}], "paging": {"next": "x"}})"
        ) == texts{"ann@example.com|550 gone|2011-10-21T11:02:55Z"}
    );
}

TEST_CASE("Postmark: a dump, as JSON and as CSV") {
    CHECK(
        lines_of(R"({"Suppressions":[{"EmailAddress":"ann@example.com",)"
                 R"("SuppressionReason":"HardBounce","Origin":"Recipient",)"
                 R"("CreatedAt":"2019-12-10T08:58:33-05:00"}]})"
        ) == texts{"ann@example.com|HardBounce|2019-12-10T13:58:33Z"}
    );
    CHECK(
        lines_of("EmailAddress;SuppressionReason;Origin;CreatedAt\n"
                 "ann@example.com;SpamComplaint;Recipient;2019-12-10T08:58:33-05:00\n"
        ) == texts{"ann@example.com|SpamComplaint|2019-12-10T13:58:33Z"}
    );
}

TEST_CASE("Plain addresses and domains, one a line") {
    CHECK(
        lines_of("ann@example.com\n*@closed.example\ngone.example\n") ==
        texts{
            "ann@example.com||1970-01-01T00:00:00Z",
            "*@closed.example||1970-01-01T00:00:00Z",
            "*@gone.example||1970-01-01T00:00:00Z"
        }
    );
}

TEST_CASE("What is exported is imported as it was, as CSV and as JSON lines") {
    const std::vector<entry> all{
        {.subject = "ann@example.com", .added_at = seconds_time(std::chrono::seconds(1'700'000'000))
        },
        {
            .subject = "@example.com",
            .tenant = "news.example",
            .reason = "550 5.1.1 \"no, such\" user; \u00e4",
            .added_by = "eve, the operator",
            .origin = origin::imported,
            .added_at = seconds_time(std::chrono::seconds(1'700'000'001)),
            .expires_at = seconds_time(std::chrono::seconds(1'900'000'000)),
        },
    };
    std::string csv = csv_head();
    std::string json;
    for (const auto& each : all) {
        append_csv_row(csv, each);
        append_json_line(json, each);
    }
    auto expected = all;
    expected.front().origin = origin::hand;
    CHECK(read_all(csv).entries == expected);
    CHECK(read_all(json).entries == expected);
}

TEST_CASE("What the order says counts where a list says nothing") {
    const import_defaults defaults{
        .tenant = "shop",
        .reason = "moved from elsewhere",
        .added_by = "eve",
        .now = seconds_time(std::chrono::seconds(1'800'000'000)),
        .expires_at = seconds_time(std::chrono::seconds(1'900'000'000)),
    };
    const auto all = read_all(
        "email,reason,tenant,expires_at\nann@example.com,,,\n"
        "bob@example.com,spam,News,2030-01-01\n",
        defaults
    );
    REQUIRE(all.entries.size() == 2);
    const auto& ann = all.entries[0];
    CHECK(ann.tenant == "shop");
    CHECK(ann.reason == "moved from elsewhere");
    CHECK(ann.added_by == "eve");
    CHECK(ann.added_at == defaults.now);
    CHECK(ann.expires_at == defaults.expires_at);
    const auto& bob = all.entries[1];
    CHECK(bob.tenant == "news");
    CHECK(bob.reason == "spam");
    CHECK(time_text(*bob.expires_at) == "2030-01-01T00:00:00Z");
}

TEST_CASE("Lines that can't be read are told, and the others are taken") {
    const auto all = read_all(
        "email,created,expires_at,tenant\n"
        "ann@example.com,yesterday,,\n"
        "not an address,,,\n"
        ",,,\n"
        "bob@example.com,,whenever,\n"
        "\"eve@example.com\n"
        "ida@example.com,,,\n"
    );
    REQUIRE(all.entries.size() == 1);
    CHECK(all.entries.front().subject == "ida@example.com");
    CHECK(all.result.bad == 5);
    const std::vector<import_mistake> told{
        {2, R"(has the time "yesterday", which is none)"},
        {3, R"(has "not an address", which is no address and no domain)"},
        {4, "has no address"},
        {5, R"(expires at "whenever", which is no time)"},
        {6, "has a quote that does not end"},
    };
    CHECK(all.result.told == told);
}

TEST_CASE("A list without addresses, or without end, is told") {
    const auto first = [](std::string_view text) {
        const auto all = read_all(text);
        CHECK(all.entries.empty());
        CHECK(all.result.bad > 0);
        return all.result.told.front().what;
    };
    CHECK(
        first("name,age\nann,7\n") == "has no column for addresses: address, email or EmailAddress"
    );
    CHECK(first("{\"a\":") == "begins no JSON");
    CHECK(first("[1]") == "is no JSON object");
    CHECK(first("{\"emailAddress\":7}") == "has \"7\", which is no address and no domain");
    std::string many = "email\n";
    for (int i = 0; i < 100; ++i)
        many += "x y\n";
    const auto all = read_all(many);
    CHECK(all.result.bad == 100);
    CHECK(all.result.told.size() == import_result::told_max);
}
