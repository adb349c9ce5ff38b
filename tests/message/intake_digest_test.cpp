// What of a message that comes in is kept for its signatures.
#include "relay/dkim/body_hash.hpp"
#include "relay/message/intake.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using Catch::Matchers::ContainsSubstring;

namespace {

struct to_be_signed {
    queue::submission stored;  // its last chunk is all of it
    message::digested digest;
};

// Of a message that came in pieces of this size.
to_be_signed taken_with_digest(std::string_view message, std::size_t piece = 1'000'000) {
    message::intake_settings settings;
    settings.hostname = "relay.example";
    settings.line_length_max = 1024 * 1024;
    message::intake_origin origin;
    origin.id = queue::message_id(1'000'000);
    origin.is_signed = true;
    smtp::server_transaction envelope;
    envelope.recipients.push_back(*smtp::parse_mailbox("a@b.example", true).value);
    message::intake taker(settings, std::move(origin), std::move(envelope));
    std::string earlier;
    while (!message.empty()) {
        auto part = message.substr(0, piece);
        message.remove_prefix(part.size());
        for (part.remove_prefix(taker.append(part)); !part.empty();
             part.remove_prefix(taker.append(part)))
            earlier += taker.take_chunk();
    }
    taker.end();
    REQUIRE(!taker.problem());
    to_be_signed result{.stored = taker.take_submission({}), .digest = taker.take_digest()};
    result.stored.last_chunk.insert(0, earlier);
    return result;
}

}  // namespace

TEST_CASE("the digest is that of the message as it is stored", "[message]") {
    const std::string header =
        "X-Kurir-Priority: bulk\r\nBcc: x@y.example\r\nFrom: A <a@b.example>\r\n";
    const std::string many(300'000, 'x');
    const auto [given, piece] = GENERATE_REF(table<std::string, std::size_t>({
        {header + "\r\nbody  of\r\n text \r\n\r\n", 1},
        {header + "\r\n" + many + "\r\n" + many + "\r\n", 4000},
        {header + "\r\n" + many + "\r\n" + many + "\r\n", 1'000'000},
        {header, 7},
        {header + "no field, so it is of the body\r\n", 5},
    }));
    const auto made = taken_with_digest(given, piece);
    const std::string_view all = made.stored.last_chunk;
    const auto size = made.stored.mail.header_size;
    CHECK(all.substr(0, size).ends_with("\r\n\r\n"));
    const auto again = dkim::digest_of(all.substr(0, size), dkim::hash_of_body(all.substr(size)));
    REQUIRE(again.has_value());
    REQUIRE(made.digest.digest.has_value());
    CHECK(*made.digest.digest == *again);
    CHECK(made.digest.authors == std::vector<std::string>{"a@b.example"});
    CHECK(made.digest.header.empty());
}

TEST_CASE(
    "of a message with signatures the header is kept, one without From has none", "[message]"
) {
    const std::string header = "From: a@b.example\r\ndkim-signature: v=1\r\n";
    CHECK_THAT(taken_with_digest(header + "\r\nx\r\n").digest.header, ContainsSubstring(header));
    const auto without = taken_with_digest("Subject: x\r\n\r\nx\r\n").digest.digest;
    REQUIRE(without.has_error());
    CHECK(without.error() == "has no From field");
}
