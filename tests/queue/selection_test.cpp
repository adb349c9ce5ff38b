#include "queue/selection.hpp"

#include "tests/queue/deliveries.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace std::chrono_literals;
using tests::noon;

namespace {

queue::delivery delivery_of_two() {
    queue::delivery made;
    made.id = queue::message_id(7);
    made.recipients = {0, 2};
    made.domain = "example.com";
    made.received_at = noon;
    return made;
}

queue::envelope mail_of_three() {
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
    CHECK(queue::selection{}.fits(delivery_of_two()));
    CHECK(queue::selection{.destination = "example.com"}.fits(delivery_of_two()));
    CHECK_FALSE(queue::selection{.destination = "example.net"}.fits(delivery_of_two()));
    CHECK(queue::selection{.id = queue::message_id(7)}.fits(delivery_of_two()));
    CHECK_FALSE(queue::selection{.id = queue::message_id(8)}.fits(delivery_of_two()));
    CHECK_FALSE(queue::selection{.destination = "example.com", .id = queue::message_id(8)}.fits(
        delivery_of_two()
    ));
}

TEST_CASE("ages are half-open: from a time, before a time", "[queue][selection]") {
    CHECK(queue::selection{.received_from = noon}.fits(delivery_of_two()));
    CHECK_FALSE(queue::selection{.received_from = noon + 1ms}.fits(delivery_of_two()));
    CHECK_FALSE(queue::selection{.received_before = noon}.fits(delivery_of_two()));
    CHECK(queue::selection{.received_before = noon + 1ms}.fits(delivery_of_two()));
}

TEST_CASE("of a delivery only the recipients that are meant are chosen", "[queue][selection]") {
    CHECK(
        queue::selection{.recipient = "a@example.com"}.chosen(delivery_of_two(), mail_of_three()) ==
        chosen{0}
    );
    CHECK(
        queue::selection{.recipient = "*@example.com"}.chosen(delivery_of_two(), mail_of_three()) ==
        chosen{0, 2}
    );
    CHECK(queue::selection{.recipient = "x@example.net"}
              .chosen(delivery_of_two(), mail_of_three())
              .empty());
    CHECK(
        queue::selection{.reverse_path = "*@example.org"}
            .chosen(delivery_of_two(), mail_of_three())
            .size() == 2
    );
}

TEST_CASE("an envelope fits by its sender and any of its recipients", "[queue][selection]") {
    CHECK(queue::selection{.reverse_path = "*@example.org"}.fits(mail_of_three()));
    CHECK_FALSE(queue::selection{.reverse_path = ""}.fits(mail_of_three()));
    CHECK(queue::selection{.recipient = "x@example.net"}.fits(mail_of_three()));
    CHECK_FALSE(queue::selection{.recipient = "y@example.net"}.fits(mail_of_three()));
    const queue::selection both{.reverse_path = "*@example.net", .recipient = "a@example.com"};
    CHECK_FALSE(both.fits(mail_of_three()));
}

TEST_CASE("a selection says what it is", "[queue][selection]") {
    CHECK(queue::selection{}.text() == "everything");
    CHECK(
        queue::selection{.reverse_path = "", .destination = "example.com", .received_before = noon}
            .text() == "sender <>, destination example.com, received before 2027-01-15T08:00:00Z"
    );
}
