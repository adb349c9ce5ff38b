// D5: a limit of recipients in one transaction, in whatever words and codes.
#include "relay/smtp/too_many_recipients.hpp"

#include <string>
#include <vector>

#include "relay/smtp/transaction.hpp"
#include "tests/smtp/dialogue_player.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::smtp;
using namespace kurir::smtp::testing;

TEST_CASE("D5 X.5.3 with any code says too many recipients", "[smtp][recipients]") {
    for (const int code : {450, 451, 452})
        CHECK(names_too_many_recipients(said(code, {4, 5, 3}, "whatever")));
    for (const int code : {550, 552, 554})
        CHECK(names_too_many_recipients(said(code, {5, 5, 3}, "whatever")));
    // The status of another class than the code stands in the text.
    CHECK(names_too_many_recipients(said(552, {}, "4.5.3 Too many recipients")));
}

TEST_CASE("D5 words say too many recipients", "[smtp][recipients]") {
    for (const auto* words :
         {"Too many recipients",
          "Error: too many recipients",
          "sorry, too many RCPT commands",
          "Recipient limit exceeded for this message",
          "Maximum number of recipients exceeded",
          "Transaction failed: Recipient count exceeds 50."}) {
        CAPTURE(words);
        CHECK(names_too_many_recipients(said(452, {}, words)));
        CHECK(names_too_many_recipients(said(550, {}, words)));
    }
    CHECK(says_too_many_recipients(said(452, {}, "try another transaction")));
    CHECK_FALSE(names_too_many_recipients(said(452, {}, "try another transaction")));
}

TEST_CASE("D5 other limits are not of one transaction", "[smtp][recipients]") {
    CHECK_FALSE(says_too_many_recipients(said(450, {4, 7, 1}, "too many recipients from a@b")));
    CHECK_FALSE(says_too_many_recipients(said(452, {}, "too many recipients from you this hour")));
    CHECK_FALSE(says_too_many_recipients(said(452, {4, 2, 2}, "mailbox full")));
    CHECK_FALSE(says_too_many_recipients(said(552, {5, 2, 2}, "over quota")));
    CHECK_FALSE(says_too_many_recipients(said(552, {}, "mailbox over quota")));
    CHECK_FALSE(says_too_many_recipients(said(452, {4, 3, 1}, "insufficient system storage")));
    CHECK_FALSE(says_too_many_recipients(said(452, {}, "Insufficient system storage")));
    CHECK_FALSE(says_too_many_recipients(said(450, {}, "try later")));
    CHECK_FALSE(says_too_many_recipients(said(250, {}, "too many recipients, taken all the same")));
}

TEST_CASE("D5 no recipient is named after the first that was too many", "[smtp][transaction]") {
    transaction dialogue(to(5), plain);
    const auto sent = play(
        dialogue,
        std::vector{said(250), said(250), said(250), said(452, {4, 5, 3}), said(354), said(250)}
    );
    CHECK(sent.find("RCPT TO:<2@") != std::string::npos);
    CHECK(sent.find("RCPT TO:<3@") == std::string::npos);
    CHECK(codes(dialogue) == std::vector{250, 250, 452, 452, 452});
    for (std::size_t i = 0; i < 5; ++i)
        CHECK(dialogue.results()[i].again_at_once == (i >= 2));
}

TEST_CASE("D5 a limit told with a permanent code is no bounce", "[smtp][transaction]") {
    transaction dialogue(to(3), pipelining);
    play(
        dialogue,
        std::vector{
            said(250),
            said(250),
            said(550, {5, 5, 3}, "Too many recipients"),
            said(550, {5, 1, 1}, "unknown"),
            said(354),
            said(250)
        }
    );
    CHECK_FALSE(dialogue.results()[0].again_at_once);
    CHECK(dialogue.results()[1].again_at_once);
    CHECK_FALSE(dialogue.results()[2].again_at_once);
}

TEST_CASE("D5 recipients that are too many in the end are split", "[smtp][transaction]") {
    transaction dialogue(to(2), pipelining);
    play(
        dialogue,
        std::vector{
            said(250),
            said(250),
            said(250),
            said(354),
            said(554, {}, "Transaction failed: Recipient count exceeds 1.")
        }
    );
    CHECK(dialogue.all_too_many());
    CHECK(dialogue.results()[0].again_at_once);

    transaction single(to(1), pipelining);
    play(single, std::vector{said(250), said(250), said(354), said(554, {5, 5, 3})});
    CHECK_FALSE(single.results()[0].again_at_once);
}

TEST_CASE("D5 a connection that ends at a recipient tells which", "[smtp][transaction]") {
    for (const auto& offers : {plain, pipelining}) {
        transaction dialogue(to(4), offers);
        play(dialogue, std::vector{250, 250, 250});
        CHECK(dialogue.accepted() == std::vector<std::size_t>{0, 1});
        CHECK(dialogue.cut_at() == 2U);
    }
}
