#include "relay/message/address_field.hpp"

#include "tests/support/catch.hpp"

using kurir::message::completed_addresses;

namespace {

std::string completed(const std::string& value) {
    std::string result = value;
    const auto changes = completed_addresses(value, "Example.org");
    for (auto each = changes.rbegin(); each != changes.rend(); ++each)
        result.replace(each->begin, each->end - each->begin, each->text);
    return result;
}

}  // namespace

TEST_CASE("A11 addresses without a full domain are completed where they stand", "[message]") {
    const struct {
        const char* given;
        const char* wanted;
    } cases[] = {
        {" root\r\n", " root@Example.org\r\n"},
        {" root@localhost\r\n", " root@example.org\r\n"},
        {" www-data@3f2a1b4c5d6e", " www-data@example.org"},
        {" root@LOCALHOST.localdomain", " root@example.org"},
        {" \"Cron, Daemon\" <root>", " \"Cron, Daemon\" <root@Example.org>"},
        {" Cron Daemon\r\n <root@web01>\r\n", " Cron Daemon\r\n <root@example.org>\r\n"},
        {" root (Cron (nested \\) ) Daemon)", " root@Example.org (Cron (nested \\) ) Daemon)"},
        {" a, b@c.example, <d@e>, \"f g\"",
         " a@Example.org, b@c.example, <d@example.org>, \"f g\"@Example.org"},
        {" team: a, b@c;", " team: a@Example.org, b@example.org;"},
        {" a@", " a@Example.org"},
    };
    for (const auto& [given, wanted] : cases)
        CHECK(completed(given) == wanted);
}

TEST_CASE("A11 what is complete, or no address, stays as it is", "[message]") {
    for (const std::string value : {
             "",
             " ",
             "\r\n",
             " a@b.example",
             " A <a@b.example>",
             " <a@[192.0.2.1]>",
             " Cron Daemon",
             " <>",
             " A <>",
             " undisclosed-recipients:;",
             " a b c",
             " a@b@c",
             " <@r,@s:a@b>",
             " <a@b",
             " \"a",
             " (a",
             " a)",
             " a>",
             " <<a>>",
             " a \"",
             " a\\",
             " =?utf-8?q?r=C3=B6?= <a@b.example>",
             " a . b @ c",
             " <a@b> <c@d>",
             " [root]",
             "\"",
             "(",
             "\\",
             "(\\",
         }) {
        CAPTURE(value);
        CHECK(completed(value) == value);
    }
}
