#include "relay/app/sendmail.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "relay/app/other_names.hpp"
#include "relay/app/sendmail_message.hpp"
#include "relay/app/sendmail_options.hpp"
#include "relay/config/listeners.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::app;

namespace {

using sendmail_words = std::vector<std::string_view>;

sendmail_options sendmail_read(const sendmail_words& words) {
    auto options = read_sendmail_options(words);
    REQUIRE(options.has_value());
    return *options;
}

std::string sendmail_mistake(const sendmail_words& words) {
    const auto options = read_sendmail_options(words);
    REQUIRE_FALSE(options.has_value());
    return options.error();
}

std::string local_relay_of(std::string_view listeners) {
    std::vector<config::listen_address> read;
    REQUIRE_FALSE(config::read_listeners(listeners, read));
    return local_relay(read);
}

}  // namespace

TEST_CASE("sendmail: options as callers write them") {
    const auto php = sendmail_read({"-t", "-i"});
    CHECK(php.reads_recipients);
    CHECK_FALSE(php.dot_ends);
    const auto cron = sendmail_read({"-FCronDaemon", "-i", "-B8BITMIME", "-oem", "root"});
    CHECK(cron.full_name == "CronDaemon");
    CHECK(cron.recipients == std::vector<std::string>{"root"});
    const auto joined = sendmail_read({"-oi", "-f", "<a@b.test>", "-odb", "-G", "x@y.test", "-v"});
    CHECK_FALSE(joined.dot_ends);
    CHECK(joined.sender == "a@b.test");
    CHECK(joined.verbose);
    CHECK(sendmail_read({"-ti", "-f", ""}).sender == "");
    CHECK_FALSE(sendmail_read({"a@b.test"}).sender);
    CHECK(sendmail_read({"-i", "--", "-t"}).recipients == std::vector<std::string>{"-t"});
    CHECK(sendmail_read({"-bs"}).task == sendmail_options::mode::session);
    CHECK(sendmail_read({"-bp"}).task == sendmail_options::mode::list);
    const auto dsn = sendmail_read({"-N", "success,delay", "-Rhdrs", "-V", "q=1"});
    CHECK(dsn.notify == "SUCCESS,DELAY");
    CHECK(dsn.return_part == "HDRS");
    CHECK(dsn.envelope_id == "q=1");
    CHECK(sendmail_read({"--relay=mail:25"}).relay == "mail:25");
    CHECK(sendmail_read({"--relay", "mail:25"}).relay == "mail:25");
}

TEST_CASE("sendmail: what is not known is named") {
    CHECK(sendmail_mistake({"-iZ"}).find("-Z") != std::string::npos);
    CHECK(sendmail_mistake({"-bd"}).find("-bd") != std::string::npos);
    CHECK(sendmail_mistake({"-f"}).find("-f") != std::string::npos);
    CHECK(sendmail_mistake({"-N", "often"}).find("-N") != std::string::npos);
    CHECK(sendmail_mistake({"-N", ""}).find("-N") != std::string::npos);
    CHECK(sendmail_mistake({"-R", "half"}).find("-R") != std::string::npos);
    CHECK(sendmail_mistake({"--relay"}).find("--relay") != std::string::npos);
    CHECK(sendmail_mistake({"-:"}).find("-:") != std::string::npos);
}

TEST_CASE("sendmail: lines end with CRLF, and a dot alone ends the message") {
    CHECK(message_lines("a\nb\r\nc", true) == "a\r\nb\r\nc\r\n");
    CHECK(message_lines("a\n.\nb\n", true) == "a\r\n");
    CHECK(message_lines("a\n.\nb\n", false) == "a\r\n.\r\nb\r\n");
    CHECK(message_lines("..\n", true) == "..\r\n");
    CHECK(message_lines("", true).empty());
    CHECK(message_lines("\xfc\n", true) == "\xfc\r\n");
}

TEST_CASE("sendmail: recipients are those of To, Cc and Bcc") {
    const auto found = recipients_in(
        "To: Ann <ann@a.test>, bob@b.test\r\n"
        "Cc: Team: carl@c.test,\r\n =?UTF-8?Q?D=C3=B6ra?= <dora@d.test>;\r\n"
        "bcc: root, ann@a.test\r\n"
        "Subject: x\r\n\r\nTo: eve@e.test\r\n"
    );
    CHECK(found.readable);
    CHECK(
        found.addresses ==
        std::vector<std::string>{"ann@a.test", "bob@b.test", "carl@c.test", "dora@d.test", "root"}
    );
    const auto resent = recipients_in("To: a@a.test\r\nResent-To: b@b.test\r\n\r\n");
    CHECK(resent.addresses == std::vector<std::string>{"b@b.test"});
    CHECK_FALSE(recipients_in("To: <a@a.test\r\n\r\n").readable);
    CHECK(recipients_in("To: undisclosed-recipients:;\r\n\r\n").addresses.empty());
}

TEST_CASE("sendmail: blind copies stay blind") {
    CHECK(
        without_blind_copies("To: a@a.test\r\nBcc: b@b.test,\r\n c@c.test\r\nX: y\r\n\r\nBcc: z\r\n"
        ) == "To: a@a.test\r\nX: y\r\n\r\nBcc: z\r\n"
    );
    CHECK(without_blind_copies("To: a@a.test\r\n\r\n") == "To: a@a.test\r\n\r\n");
}

TEST_CASE("sendmail: a From field is added where there is none") {
    CHECK(
        with_author("Subject: x\r\n\r\ny\r\n", "", "root") ==
        "From: <root>\r\nSubject: x\r\n\r\ny\r\n"
    );
    CHECK(with_author("From: a\r\n\r\n", "N", "root") == "From: a\r\n\r\n");
    CHECK(
        with_author("\r\ny\r\n", "A \"B\"", "r@r.test") ==
        "From: \"A \\\"B\\\"\" <r@r.test>\r\n\r\ny\r\n"
    );
    // A text without a header, whose first line looks like the continuation of a field.
    CHECK(with_author(" y\r\n", "", "root") == "From: <root>\r\n\r\n y\r\n");
    CHECK(
        with_author("\r\n", "J\xc3\xb6rg", "j@j.test") ==
        "From: =?UTF-8?B?SsO2cmc=?= <j@j.test>\r\n\r\n"
    );
}

TEST_CASE("sendmail: where our own relay is") {
    CHECK(local_relay_of("[::]:2525") == "127.0.0.1:2525");
    CHECK(local_relay_of("2525") == "127.0.0.1:2525");
    CHECK(local_relay_of("0.0.0.0:26") == "127.0.0.1:26");
    CHECK(local_relay_of("[::1]:26") == "[::1]:26");
    CHECK(local_relay_of("192.0.2.7:26") == "192.0.2.7:26");
    CHECK(local_relay_of("[::]:2465?tls=implicit,[::]:2525") == "127.0.0.1:2525");
    CHECK(local_relay_of("[::]:2465?tls=implicit").empty());
}

TEST_CASE("the program's name decides as a first word would") {
    const auto words = [](std::vector<const char*> arguments) { return command_words(arguments); };
    CHECK(words({"/usr/sbin/sendmail", "-t"}) == std::vector<std::string>{"sendmail", "-t"});
    CHECK(words({"mailq", "--json"}) == std::vector<std::string>{"queue", "--json"});
    CHECK(words({"kurir", "mailq"}) == std::vector<std::string>{"queue"});
    CHECK(words({"kurir", "queue", "mailq"}) == std::vector<std::string>{"queue", "mailq"});
    CHECK(words({"kurir"}).empty());
}
