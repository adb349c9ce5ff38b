#include "relay/dkim/message_digest.hpp"

#include <algorithm>

#include "relay/dkim/header_fields.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::dkim;

namespace {

message_digest digest(const std::string& header) {
    auto made = digest_of(header, "hash");
    CAPTURE(made ? "" : made.error());
    REQUIRE(made.has_value());
    return *made;
}

auto times_named(const message_digest& made, std::string_view name) {
    return std::ranges::count(made.names, name);
}

std::vector<std::string> texts(const std::string& header) {
    std::vector<std::string> all;
    for (const auto& each : fields_of(header))
        all.emplace_back(each.text);
    return all;
}

}  // namespace

TEST_CASE("the fields of a header", "[dkim]") {
    CHECK(texts("").empty());
    CHECK(
        texts("A: 1\r\nB : 2\r\n\t3\r\n \r\nC:\r\n\r\nD: body\r\n") ==
        std::vector<std::string>{"A: 1\r\n", "B : 2\r\n\t3\r\n \r\n", "C:\r\n"}
    );
    CHECK(texts("A: 1") == std::vector<std::string>{"A: 1"});
    // What is no field is skipped, with what continues it.
    CHECK(
        texts(" x\r\nA: 1\r\nno field\r\n more\r\nB: 2\r\n: 3\r\n\xc3\xa4: 4\r\n") ==
        std::vector<std::string>{"A: 1\r\n", "B: 2\r\n"}
    );
    CHECK(fields_of("Sub Ject: x\r\n").empty());
    CHECK(fields_of("Subject \t: x\r\n").at(0).name == "Subject");
    CHECK(texts("A: 1\nB: 2\r\n") == std::vector<std::string>{"A: 1\nB: 2\r\n"});
}

TEST_CASE("fields are taken from the bottom up, in any case", "[dkim]") {
    const auto fields = fields_of("To: 1\r\nFrom: x\r\nTO: 2\r\nto: 3\r\n");
    field_stack left(fields);
    CHECK(left.count("tO") == 3);
    CHECK(left.pop("To")->text == "to: 3\r\n");
    CHECK(left.pop("To")->text == "TO: 2\r\n");
    CHECK(left.pop("To")->text == "To: 1\r\n");
    CHECK(left.pop("To") == nullptr);
    CHECK(left.pop("Cc") == nullptr);
}

TEST_CASE("what must not be added is named once more than it is there", "[dkim]") {
    const std::string name = GENERATE(
        "From",
        "Subject",
        "To",
        "Date",
        "Reply-To",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "CFBL-Address"
    );
    CAPTURE(name);
    const std::string author = name == "From" ? "" : "From: a@b.example\r\n";
    if (name != "From") CHECK(times_named(digest(author), name) == 1);
    CHECK(times_named(digest(author + name + ": 1\r\n"), name) == 2);
    const auto twice = digest(author + name + ": 1\r\n" + name + ": 2\r\n");
    CHECK(times_named(twice, name) == 3);
    CHECK(twice.fields.find(":2\r\n") < twice.fields.find(":1\r\n"));
}

TEST_CASE("other fields are covered where they are there", "[dkim]") {
    const std::string author = "From: a@b.example\r\n";
    const std::string name = GENERATE(
        "Cc",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
        "Message-ID",
        "In-Reply-To",
        "References",
        "Sender",
        "List-Id",
        "List-Help",
        "List-Subscribe",
        "List-Post",
        "List-Owner",
        "List-Archive",
        "Feedback-ID"
    );
    CAPTURE(name);
    CHECK(times_named(digest(author), name) == 0);
    CHECK(times_named(digest(author + name + ": 1\r\n"), name) == 2);

    // A message may be resent again.
    const std::string resent = GENERATE("Resent-Date", "Resent-From", "Resent-To", "Resent-Cc");
    CHECK(times_named(digest(author), resent) == 0);
    CHECK(times_named(digest(author + resent + ": 1\r\n" + resent + ": 2\r\n"), resent) == 2);
}

TEST_CASE("what changes on the way is not covered", "[dkim]") {
    const std::string name = GENERATE(
        "Received", "Return-Path", "Comments", "Keywords", "Bcc", "DKIM-Signature", "X-Mailer"
    );
    const auto made = digest("From: a@b.example\r\n" + name + ": 1\r\n");
    CHECK(made == digest("From: a@b.example\r\n"));
}

TEST_CASE("the digest has the fields in relaxed form, in the order of their names", "[dkim]") {
    const auto made = digest("TO:  b@c.example\r\nfrom:\r\n a@b.example \r\n\r\n");
    CHECK(made.body_hash == "hash");
    CHECK(made.fields == "from:a@b.example\r\nto:b@c.example\r\n");
    CHECK(made.names.at(0) == "From");
    CHECK(made.names.at(1) == "From");
}

TEST_CASE("a header that can't be signed", "[dkim]") {
    CHECK(digest_of("", "").error() == "has no From field");
    CHECK(digest_of("To: a@b.example\r\n", "").error() == "has no From field");
    std::string many = "From: a@b.example\r\n";
    for (std::size_t i = 0; i < signed_fields_max; ++i)
        many += "To: a@b.example\r\n";
    CHECK(digest_of(many, "").error() == "has too many fields to be signed (500 To)");

    // Fields that are not covered don't count.
    std::string relayed = "From: a@b.example\r\n";
    for (std::size_t i = 0; i < signed_fields_max; ++i)
        relayed += "Received: by a\r\n";
    CHECK(digest_of(relayed, "").has_value());
}
