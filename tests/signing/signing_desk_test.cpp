#include "relay/signing/signing_desk.hpp"

#include "metrics/metrics.hpp"
#include "relay/dkim/key_generation.hpp"
#include "relay/signing/submission_signing.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/log_lines.hpp"
#include "tests/support/run.hpp"

using namespace kurir;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

const std::string header = "From: one@b.example\r\nSubject: a test\r\n\r\n";

signing::shared_signer signer() {
    static const auto key = *dkim::signing_key::read(dkim::generate_key(dkim::algorithm::ed25519));
    dkim::key_ring ring(
        {{.place = {.domain = "b.example", .selector = "s"}, .key = key, .file = ""}}, ""
    );
    return std::make_shared<const dkim::message_signer>(std::move(ring), "", std::nullopt);
}

message::digested digested(std::string_view text = header) {
    message::digest_maker maker;
    maker.take_header(text, "");
    maker.take_body("text\r\n");
    return maker.finish();
}

queue::submission submission() {
    queue::submission made;
    made.mail.reverse_path = "x@b.example";
    made.mail.size = header.size() + 6;
    made.mail.header_size = static_cast<std::uint32_t>(header.size());
    made.deliveries.resize(2);
    made.last_chunk = header + "text\r\n";
    return made;
}

struct world {
    metrics::all metrics;
    signing::signing_desk desk{2, metrics.signing};

    // Whether it went well.
    bool sign(queue::submission& message, std::string_view text = header) {
        bool good = false;
        tests::run([&]() -> boost::asio::awaitable<void> {
            good = co_await signing::sign_submission(desk, desk.current(), digested(text), message);
        });
        return good;
    }
};

}  // namespace

TEST_CASE("signatures lie in the envelope, and count as a part of the message", "[signing]") {
    world around;
    around.desk.use(signer());
    auto message = submission();
    CHECK(around.sign(message));
    const auto& extras = *message.mail.extras;
    CHECK_THAT(extras.prefix, StartsWith("DKIM-Signature: v=1; a=ed25519-sha256;"));
    CHECK(message.mail.size == header.size() + 6 + extras.prefix.size());
    CHECK(message.mail.header_size == header.size() + extras.prefix.size());
    CHECK(message.deliveries[1].size == message.mail.size);
    REQUIRE(extras.body_hashes.size() == 1);
    CHECK(extras.body_hashes[0].value == digested().digest->body_hash);
    using metrics::dkim_algorithm;
    auto& counted = around.metrics.signing;
    CHECK(
        counted.dkim_signatures_total(dkim_algorithm::ed25519, metrics::signing_result::made)
            .value() == 1
    );
    CHECK(counted.dkim_sign_duration_seconds.count() == 1);
    CHECK(counted.dkim_signing.value() == 0);
    CHECK(counted.dkim_keys(dkim_algorithm::ed25519).value() == 1);
}

TEST_CASE("what can't be signed stays as it was, and is counted and logged", "[signing]") {
    world around;
    log::capture captured;
    around.desk.use(signer());
    auto message = submission();
    CHECK(around.sign(message, "Subject: without an author\r\n\r\n"));
    CHECK_FALSE(message.mail.extras);
    CHECK_THAT(tests::all_of(captured), ContainsSubstring("the message has no From field"));
    message.mail.reverse_path = "x@other.example";
    CHECK(around.sign(message, "From: x@other.example\r\n\r\n"));
    CHECK_FALSE(message.mail.extras);
    using enum metrics::unsigned_reason;
    CHECK(around.metrics.signing.dkim_unsigned_total(unsignable).value() == 1);
    CHECK(around.metrics.signing.dkim_unsigned_total(no_key).value() == 1);
}

TEST_CASE("a message is signed by the keys with which it began", "[signing]") {
    world around;
    around.desk.use(signer());
    const auto begun = around.desk.current();
    around.desk.use(nullptr);
    CHECK(around.desk.current() == nullptr);
    auto message = submission();
    tests::run([&]() -> boost::asio::awaitable<void> {
        const bool good =
            co_await signing::sign_submission(around.desk, begun, digested(), message);
        CHECK(good);
    });
    CHECK(message.mail.extras);
}
