#include "queue/selection.hpp"

#include "tests/support/catch.hpp"

using namespace kurir;
using namespace std::chrono_literals;

namespace {

const queue::time_point noon{std::chrono::milliseconds(1'800'000'000'000)};

queue::delivery entry() {
    queue::delivery made;
    made.id = queue::message_id(7);
    made.recipients = {0, 2};
    made.domain = "example.com";
    made.received_at = noon;
    return made;
}

queue::envelope mail() {
    queue::envelope made;
    made.reverse_path = "Sender@Example.org";
    made.recipients = {{"a@example.com"}, {"x@example.net"}, {"B@Example.COM"}};
    return made;
}

using chosen = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("a pattern is an address, a whole domain, or the null path", "[queue][selection]") {
    CHECK(queue::fits_pattern("a@example.com", "a@EXAMPLE.com"));
    CHECK_FALSE(queue::fits_pattern("A@example.com", "a@example.com"));
    CHECK(queue::fits_pattern("*@Example.com", "any.body@example.com"));
    CHECK_FALSE(queue::fits_pattern("*@example.com", "a@sub.example.com"));
    CHECK_FALSE(queue::fits_pattern("*@example.com", "example.com"));
    CHECK(queue::fits_pattern("*@example.com", "\"a@b\"@example.com"));
    CHECK(queue::fits_pattern("", ""));
    CHECK_FALSE(queue::fits_pattern("", "a@example.com"));
    CHECK(queue::fits_pattern("postmaster", "postmaster"));
    CHECK_FALSE(queue::fits_pattern("*@", ""));
}

TEST_CASE("everything that a selection names must fit", "[queue][selection]") {
    CHECK(queue::selection{}.fits(entry()));
    CHECK(queue::selection{.destination = "example.com"}.fits(entry()));
    CHECK_FALSE(queue::selection{.destination = "example.net"}.fits(entry()));
    CHECK(queue::selection{.id = queue::message_id(7)}.fits(entry()));
    CHECK_FALSE(queue::selection{.id = queue::message_id(8)}.fits(entry()));
    CHECK_FALSE(
        queue::selection{.destination = "example.com", .id = queue::message_id(8)}.fits(entry())
    );
}

TEST_CASE("ages are half-open: from a time, before a time", "[queue][selection]") {
    CHECK(queue::selection{.received_from = noon}.fits(entry()));
    CHECK_FALSE(queue::selection{.received_from = noon + 1ms}.fits(entry()));
    CHECK_FALSE(queue::selection{.received_before = noon}.fits(entry()));
    CHECK(queue::selection{.received_before = noon + 1ms}.fits(entry()));
}

TEST_CASE("of a delivery only the recipients that are meant are chosen", "[queue][selection]") {
    CHECK(queue::selection{.recipient = "a@example.com"}.chosen(entry(), mail()) == chosen{0});
    CHECK(queue::selection{.recipient = "*@example.com"}.chosen(entry(), mail()) == chosen{0, 2});
    CHECK(queue::selection{.recipient = "x@example.net"}.chosen(entry(), mail()).empty());
    CHECK(queue::selection{.reverse_path = "*@example.org"}.chosen(entry(), mail()).size() == 2);
}

TEST_CASE("an envelope fits by its sender and any of its recipients", "[queue][selection]") {
    CHECK(queue::selection{.reverse_path = "*@example.org"}.fits(mail()));
    CHECK_FALSE(queue::selection{.reverse_path = ""}.fits(mail()));
    CHECK(queue::selection{.recipient = "x@example.net"}.fits(mail()));
    CHECK_FALSE(queue::selection{.recipient = "y@example.net"}.fits(mail()));
    const queue::selection both{.reverse_path = "*@example.net", .recipient = "a@example.com"};
    CHECK_FALSE(both.fits(mail()));
}

TEST_CASE("a selection says what it is", "[queue][selection]") {
    CHECK(queue::selection{}.text() == "everything");
    CHECK(
        queue::selection{.reverse_path = "", .destination = "example.com", .received_before = noon}
            .text() == "sender <>, destination example.com, received before 2027-01-15T08:00:00Z"
    );
}
