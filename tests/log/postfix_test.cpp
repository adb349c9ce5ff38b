#include "relay/log/postfix.hpp"

#include <array>
#include <cstdlib>
#include <ctime>
#include <initializer_list>
#include <string>
#include <utility>

#include "relay/log/line.hpp"
#include "relay/log/log.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::log;
using Catch::Matchers::ContainsSubstring;

namespace {

const kurir::base::sys_milliseconds noon_in_february =
    std::chrono::sys_days(std::chrono::year(2026) / 2 / 3) + std::chrono::hours(12);
const syslog_origin origin{.host = "mail", .process = 7};

using texts = std::initializer_list<std::pair<const char*, const char*>>;

// The lines of an event, without the time and the host, which are those of the first line.
std::string written(const char* name, texts fields, level severity = level::notice) {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    line event;
    event.begin(format::postfix, severity, name, noon_in_february, &origin);
    for (const auto& [key, value] : fields)
        event.add_text(key, value);
    std::string all(event.finish());
    const std::string prefix = "Feb  3 12:00:00 mail ";
    for (auto at = all.find(prefix); at != std::string::npos; at = all.find(prefix, at))
        all.erase(at, prefix.size());
    return all;
}

std::string result(const char* event, texts more) {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    line sample;
    sample.begin(format::postfix, level::notice, event, noon_in_february, &origin);
    for (const auto& [key, value] : texts{
             {"queue_id", "01ABC"},
             {"from", "app@example.org"},
             {"to", "user@example.net"},
             {"mx_host", "mx.example.net"},
             {"mx_ip", "192.0.2.1"},
             {"port", "25"},
         })
        sample.add_text(key, value);
    for (const auto& [key, value] : more)
        sample.add_text(key, value);
    return std::string(sample.finish());
}

// The number in brackets that a session has in place of a process.
std::string without_number(std::string text) {
    for (auto at = text.find("smtpd["); at != std::string::npos; at = text.find("smtpd[", at + 1))
        text.erase(at + 6, text.find(']', at) - at - 6);
    return text;
}

}  // namespace

TEST_CASE("postfix: each line begins with the local time, the host and the program", "[log]") {
    ::setenv("TZ", "Europe/Berlin", 1);
    ::tzset();
    std::string text;
    append_syslog_prefix(text, noon_in_february, origin, "postfix/smtp");
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    CHECK(text == "Feb  3 13:00:00 mail postfix/smtp[7]: ");
}

TEST_CASE("postfix: a message is received in three lines", "[log][postfix]") {
    const auto text = written(
        "received",
        {{"queue_id", "01ABC"},
         {"from", "app@example.org"},
         {"to", "user@example.net"},
         {"recipients", "2"},
         {"size", "4096"},
         {"client_ip", "192.0.2.7"},
         {"session_id", "s1"},
         {"message_id", "<1@example.org>"},
         {"user", "app"}}
    );
    CHECK(
        without_number(text) ==
        "postfix/smtpd[]: 01ABC: client=unknown[192.0.2.7], sasl_username=app\n"
        "postfix/cleanup[7]: 01ABC: message-id=<1@example.org>\n"
        "postfix/qmgr[7]: 01ABC: from=<app@example.org>, size=4096, nrcpt=2 (queue active)"
    );
}

TEST_CASE("postfix: what becomes of a recipient", "[log][postfix]") {
    const std::string begin =
        "Feb  3 12:00:00 mail postfix/smtp[7]: 01ABC: to=<user@example.net>, "
        "relay=mx.example.net[192.0.2.1]:25, ";
    CHECK(
        result(
            "delivered",
            {{"enhanced", "2.0.0"},
             {"response", "250 2.0.0 OK"},
             {"delay_s", "1.25"},
             {"attempt_s", "0.25"}}
        ) == begin + "delay=1.25, delays=0/1/0/0.25, dsn=2.0.0, status=sent (250 2.0.0 OK)"
    );
    CHECK(
        result(
            "deferred",
            {{"enhanced", "4.3.0"},
             {"response", "451 4.3.0 later"},
             {"cause", "reply"},
             {"stage", "rcpt"},
             {"delay_s", "3600.4"},
             {"attempt_s", "1e-05"}}
        ) == begin +
                 "delay=3600, delays=0/3600/0/0, dsn=4.3.0, status=deferred (host "
                 "mx.example.net[192.0.2.1] said: 451 4.3.0 later (in reply to RCPT TO command))"
    );
    CHECK_THAT(
        result("deferred", {{"cause", "timeout"}, {"stage", "eod"}, {"response", "no answer"}}),
        ContainsSubstring("status=deferred (no answer)")
    );
    CHECK_THAT(
        result("discarded", {{"response", "a rule"}}),
        ContainsSubstring("postfix/discard[7]: 01ABC: to=<user@example.net>, ")
    );
}

TEST_CASE("postfix: a bounce, and why", "[log][postfix]") {
    const auto bounced = result("bounced", {{"bounce_id", "01DEF"}, {"expired", "true"}});
    CHECK_THAT(bounced, ContainsSubstring("status=bounced ("));
    CHECK_THAT(
        bounced,
        ContainsSubstring("postfix/qmgr[7]: 01ABC: from=<app@example.org>, status=expired, "
                          "returned to sender\n")
    );
    CHECK_THAT(
        bounced,
        ContainsSubstring("postfix/bounce[7]: 01ABC: sender non-delivery notification: 01DEF")
    );
    const auto silent = result("undeliverable", {});
    CHECK_THAT(silent, ContainsSubstring("status=bounced ("));
    CHECK(silent.find("postfix/bounce") == std::string::npos);
    CHECK(
        written(
            "dsn_queued",
            {{"queue_id", "01DEF"},
             {"from", ""},
             {"to", "app@example.org"},
             {"recipients", "1"},
             {"size", "900"}}
        ) == "postfix/qmgr[7]: 01DEF: from=<>, size=900, nrcpt=1 (queue active)"
    );
}

TEST_CASE("postfix: a refusal", "[log][postfix]") {
    const auto refused = [](const char* stage, const char* command, const char* reason) {
        return without_number(written(
            "rejected",
            {{"stage", stage},
             {"command", command},
             {"code", "550"},
             {"enhanced", "5.7.1"},
             {"reason", reason},
             {"client_ip", "2001:db8::1"},
             {"helo", "client.example"},
             {"session_id", "s1"},
             {"from", "a@client.example"},
             {"to", "b@example.net"}}
        ));
    };
    const std::string rest =
        "from=<a@client.example> to=<b@example.net> proto=ESMTP helo=<client.example>";
    CHECK(
        refused("rcpt", "RCPT", "relay_denied") ==
        "postfix/smtpd[]: NOQUEUE: reject: RCPT from unknown[2001:db8::1]: 550 5.7.1 "
        "<b@example.net>: Relay access denied; " +
            rest
    );
    CHECK_THAT(
        refused("mail", "MAIL", "sender_denied"),
        ContainsSubstring("reject: MAIL from unknown[2001:db8::1]: 550 5.7.1 <a@client.example>: "
                          "Sender address rejected: Access denied; ")
    );
    CHECK_THAT(
        refused("eod", "DATA", "too_big"),
        ContainsSubstring("reject: END-OF-MESSAGE from unknown[2001:db8::1]: 550 5.7.1 Message size"
        )
    );
    CHECK_THAT(refused("command", "GET", "syntax"), ContainsSubstring("reject: UNKNOWN from "));
    CHECK_THAT(
        refused("connect", "", "too_many_sessions"), ContainsSubstring("reject: CONNECT from")
    );
    CHECK(
        refused("rcpt", "RCPT", "too_many_errors") ==
        "postfix/smtpd[]: too many errors after RCPT from unknown[2001:db8::1]"
    );
    CHECK(
        refused("connect", "", "early_talker") ==
        "postfix/smtpd[]: improper command pipelining after CONNECT from unknown[2001:db8::1]"
    );
}

TEST_CASE("postfix: a login that failed", "[log][postfix]") {
    const auto failed = [](const char* reason) {
        return without_number(written(
            "login_failed",
            {{"client_ip", "192.0.2.7"},
             {"reason", reason},
             {"mechanism", "LOGIN"},
             {"user", "ann"},
             {"session_id", "s1"}}
        ));
    };
    const std::string begin =
        "postfix/smtpd[]: warning: unknown[192.0.2.7]: SASL LOGIN authentication failed: ";
    CHECK(failed("wrong") == begin + "authentication failure, sasl_username=ann");
    CHECK(failed("shut") == failed("wrong"));
    CHECK(failed("busy") == begin + "Connection lost to authentication server, sasl_username=ann");
    CHECK(failed("cancelled").starts_with("kurir/login_failed[7]: notice client_ip=192.0.2.7 "));
}

TEST_CASE("postfix: a session is told of at its end, with a number of its own", "[log][postfix]") {
    const auto session = [](const char* id, const char* reason, const char* last) {
        ::setenv("TZ", "UTC", 1);
        ::tzset();
        line event;
        event.begin(format::postfix, level::info, "session", noon_in_february, &origin);
        event.add_text("client_ip", "192.0.2.7");
        event.add_text("session_id", id);
        event.add_bare("commands", "5");
        event.add_text("last_command", last);
        event.add_text("reason", reason);
        event.add_bare("duration_s", "61.2");
        return std::string(event.finish());
    };
    CHECK(
        without_number(session("s1", "client_lost", "AUTH")) ==
        "Feb  3 11:58:58 mail postfix/smtpd[]: connect from unknown[192.0.2.7]\n"
        "Feb  3 12:00:00 mail postfix/smtpd[]: lost connection after AUTH from unknown[192.0.2.7]\n"
        "Feb  3 12:00:00 mail postfix/smtpd[]: disconnect from unknown[192.0.2.7] commands=5"
    );
    CHECK_THAT(
        session("s1", "timeout", ""), ContainsSubstring("timeout after CONNECT from unknown")
    );
    CHECK(session("s1", "quit", "QUIT").find("lost") == std::string::npos);
    CHECK(session("s1", "quit", "QUIT") == session("s1", "quit", "QUIT"));
    CHECK(session("s1", "quit", "QUIT") != session("s2", "quit", "QUIT"));
}

TEST_CASE("postfix: TLS that was not agreed on", "[log][postfix]") {
    CHECK(
        without_number(
            written("tls_failed", {{"client_ip", "192.0.2.7"}, {"error", "no shared cipher"}})
        ) == "postfix/smtpd[]: SSL_accept error from unknown[192.0.2.7]: no shared cipher"
    );
}

TEST_CASE("postfix: what Postfix does not know is a line of kurir's", "[log][postfix]") {
    CHECK(
        written("lifecycle", {{"what", "starting"}, {"why", "a b"}}, level::warning) ==
        "kurir/lifecycle[7]: warning what=starting why=\"a b\""
    );
}

TEST_CASE("postfix: no text closes its brackets or imitates a field", "[log][postfix]") {
    const std::string forged =
        "\"x>, relay=evil[1.2.3.4]:25, delay=0, dsn=2.0.0, status=sent (250 ok)\"@example.net";
    const auto text = written(
        "deferred", {{"queue_id", "01ABC"}, {"to", forged.c_str()}, {"response", "450 wait"}}
    );
    CHECK_THAT(text, ContainsSubstring("status=deferred"));
    CHECK(text.find("status=sent") == std::string::npos);
    CHECK(text.find("x>,") == std::string::npos);
    const auto refused = written(
        "rejected",
        {{"stage", "rcpt"},
         {"command", "RCPT"},
         {"client_ip", "192.0.2.7"},
         {"helo", "x> NOQUEUE: reject: RCPT from y[192.0.2.9]: 554 5.7.1\r\nFeb"}}
    );
    CHECK(refused.find('\n') == std::string::npos);
    CHECK_THAT(refused, ContainsSubstring(R"(helo=<x\x3e NOQUEUE)"));
}

TEST_CASE("postfix: several lines of one event are lines of the log", "[log][postfix]") {
    const capture captured({.form = format::postfix, .least = level::debug, .host = "mail"});
    event(level::info, "received").with("queue_id", "01ABC").with("client_ip", "192.0.2.7");
    REQUIRE(captured.lines().size() == 3);
    for (const auto& each : captured.lines())
        CHECK_THAT(each, ContainsSubstring(" mail postfix/"));
}
