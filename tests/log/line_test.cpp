#include "relay/log/line.hpp"

#include "relay/log/escape.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::log;
using Catch::Matchers::EndsWith;

namespace {

const kurir::base::sys_milliseconds noon = std::chrono::sys_days(std::chrono::year(2026) / 1 / 31) +
                                           std::chrono::hours(12) + std::chrono::milliseconds(7);

std::string escaped(std::string_view text, notation as, std::size_t limit = text_max) {
    std::string output;
    append_escaped(output, text, as, limit);
    return output;
}

std::string delivery(const char* event, format form) {
    line sample;
    sample.begin(form, level::info, event, noon);
    sample.add_text("queue_id", "01ABC");
    sample.add_text("from", "app@example.org");
    sample.add_text("to", "user@example.net");
    sample.add_text("mx_host", "mx.example.net");
    sample.add_text("mx_ip", "192.0.2.1");
    sample.add_bare("port", "25");
    sample.add_text("enhanced", "2.0.0");
    sample.add_text("response", "250 2.0.0 OK, queued");
    sample.add_bare("delay_s", "0.25");
    sample.add_bare("size", "4096");
    return std::string(sample.finish());
}

}  // namespace

TEST_CASE("a line of JSON begins with time, level and event", "[log][line]") {
    line sample;
    sample.begin(format::json, level::warning, "lifecycle", noon);
    sample.add_text("what", "no_ipv6");
    sample.add_bare("count", "3");

    CHECK(
        sample.finish() == R"({"ts":"2026-01-31T12:00:00.007Z","level":"warning",)"
                           R"("event":"lifecycle","what":"no_ipv6","count":3})"
    );
}

TEST_CASE("a line of text quotes what is not one word", "[log][line]") {
    line sample;
    sample.begin(format::text, level::info, "session", noon);
    sample.add_text("reason", "quit");
    sample.add_text("helo", "my host");
    sample.add_text("empty", "");
    sample.add_text("quoted", "a\"b");
    sample.add_bare("commands", "5");

    CHECK(
        sample.finish() ==
        "2026-01-31T12:00:00.007Z info session reason=quit helo=\"my host\" "
        "empty=\"\" quoted=\"a\\\"b\" commands=5"
    );
}

TEST_CASE("deliveries as text read as with Postfix", "[log][line]") {
    CHECK(
        delivery("delivered", format::text) ==
        "2026-01-31T12:00:00.007Z info 01ABC: to=<user@example.net>, "
        "relay=mx.example.net[192.0.2.1]:25, delay=0.25, dsn=2.0.0, status=sent (250 2.0.0 OK, "
        "queued), from=app@example.org, size=4096"
    );
    CHECK(delivery("deferred", format::text).find("status=deferred (") != std::string::npos);
    CHECK(delivery("discarded", format::text).find("status=discarded (") != std::string::npos);
    CHECK(delivery("bounced", format::text).find("status=bounced (") != std::string::npos);
    CHECK_THAT(delivery("delivered", format::json), EndsWith(R"("delay_s":0.25,"size":4096})"));
}

TEST_CASE("a delivery without a server has no relay", "[log][line]") {
    line sample;
    sample.begin(format::text, level::info, "deferred", noon);
    sample.add_text("queue_id", "01ABC");
    sample.add_text("to", "a@b.example");
    sample.add_text("mx_host", "");

    CHECK_THAT(
        std::string(sample.finish()),
        EndsWith("01ABC: to=<a@b.example>, relay=none, delay=, dsn=, status=deferred ()")
    );
}

TEST_CASE("a line begins anew in the same buffers", "[log][line]") {
    line sample;
    sample.begin(format::text, level::info, "one", noon);
    sample.add_text("key", "value");
    CHECK_THAT(std::string(sample.finish()), EndsWith("one key=value"));

    sample.begin(format::text, level::info, "two", noon);
    CHECK_THAT(std::string(sample.finish()), EndsWith("two"));
}

TEST_CASE("what would end a line or steer a terminal is escaped", "[log][escape]") {
    CHECK(escaped("a\r\nb\tc", notation::json) == R"(a\r\nb\tc)");
    CHECK(escaped("\"\\", notation::json) == R"(\"\\)");
    CHECK(escaped(std::string_view("\0\x1b\x7f", 3), notation::json) == R"(\u0000\u001b\u007f)");
    CHECK(escaped(std::string_view("\0\x1b\x7f", 3), notation::text) == R"(\x00\x1b\x7f)");
    CHECK(escaped("\xc2\x9b", notation::json) == R"(\u009b)");
}

TEST_CASE("UTF-8 passes, and what is none is written in hexadecimal", "[log][escape]") {
    CHECK(
        escaped("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x93\xae", notation::json) ==
        "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x93\xae"
    );
    struct sample {
        const char* bytes;
        const char* json;
    };
    const auto sample = GENERATE(values<struct sample>({
        {"\xff", R"(\\xff)"},
        {"\xc3", R"(\\xc3)"},
        {"\xc3(", R"(\\xc3()"},
        {"\x80", R"(\\x80)"},
        {"\xc0\xaf", R"(\\xc0\\xaf)"},                    // overlong
        {"\xe0\x80\xaf", R"(\\xe0\\x80\\xaf)"},           // overlong
        {"\xed\xa0\x80", R"(\\xed\\xa0\\x80)"},           // a surrogate
        {"\xf4\x90\x80\x80", R"(\\xf4\\x90\\x80\\x80)"},  // beyond U+10FFFF
        {"\xf0\x9f\x93", R"(\\xf0\\x9f\\x93)"},           // cut short
    }));
    CHECK(escaped(sample.bytes, notation::json) == sample.json);
}

TEST_CASE("H14 what hides, turns text or passes for space is escaped", "[log][escape]") {
    const struct {
        const char* bytes;
        const char* json;
        const char* text;
    } cases[] = {
        {"\xe2\x80\xae", R"(\u202e)", R"(\u202e)"},  // right-to-left override
        {"\xe2\x80\xa8", R"(\u2028)", R"(\u2028)"},  // line separator
        {"\xe2\x80\xa9", R"(\u2029)", R"(\u2029)"},
        {"\xef\xbb\xbf", R"(\ufeff)", R"(\ufeff)"},  // byte order mark
        {"\xe2\x80\x8b", R"(\u200b)", R"(\u200b)"},  // zero width space
        {"\xe2\x81\xa6", R"(\u2066)", R"(\u2066)"},  // isolate
        {"\xc2\xa0", R"(\u00a0)", R"(\u00a0)"},      // no-break space
        {"\xe3\x80\x80", R"(\u3000)", R"(\u3000)"},  // ideographic space
        {"\xc2\xad", R"(\u00ad)", R"(\u00ad)"},      // soft hyphen
        {"\xe1\xa0\x8e", R"(\u180e)", R"(\u180e)"},
        {"\xef\xbf\xb9", R"(\ufff9)", R"(\ufff9)"},
        {"\xef\xbf\xbf", R"(\uffff)", R"(\uffff)"},
        {"\xf3\xa0\x80\x81", R"(\udb40\udc01)", R"(\U000e0001)"},  // language tag
        {"\xf0\x9d\x85\xb3", R"(\ud834\udd73)", R"(\U0001d173)"},
    };
    for (const auto& [bytes, json, text] : cases) {
        CHECK(escaped(bytes, notation::json) == json);
        CHECK(escaped(bytes, notation::text) == text);
    }
    const std::string shown = "\xc3\xbc\xd0\x96\xd7\x90\xe4\xb8\xad\xef\xbf\xbd\xf0\x9f\x93\xae";
    CHECK(escaped(shown, notation::json) == shown);
}

TEST_CASE("H14 no value of a text line passes for a field", "[log][line]") {
    const std::string forged =
        "\"x>, relay=evil[1.2.3.4]:25, delay=0, dsn=2.0.0, status=sent (250 ok)\"@example.net";
    for (const std::string key : {"to", "from", "mx_host", "response", "helo", "queue_id"}) {
        for (const std::string event : {"deferred", "bounced", "received"}) {
            CAPTURE(key, event);
            line sample;
            sample.begin(format::text, level::info, event, noon);
            for (const std::string each :
                 {"queue_id", "to", "from", "mx_host", "response", "helo"}) {
                sample.add_text(
                    each == key    ? key.c_str()
                    : each == "to" ? "to"
                                   : "other",
                    each == key ? forged : "value"
                );
            }
            const std::string text(sample.finish());
            CHECK(text.find("status=sent") == std::string::npos);
            CHECK(text.find("relay=evil") == std::string::npos);
            CHECK(text.find(R"(status\x3dsent)") != std::string::npos);
        }
    }
}

TEST_CASE("H14 a field of the same line is not imitated either", "[log][line]") {
    line sample;
    sample.begin(format::text, level::info, "rejected", noon);
    sample.add_text("argument", "FROM:<a@b> client_ip=10.0.0.1");
    sample.add_text("client_ip", "192.0.2.1");
    CHECK_THAT(
        std::string(sample.finish()),
        EndsWith(R"(rejected argument="FROM:<a@b> client_ip\x3d10.0.0.1" client_ip=192.0.2.1)")
    );
}

TEST_CASE("H14 addresses and replies that imitate nothing look as before", "[log][line]") {
    line sample;
    sample.begin(format::text, level::info, "deferred", noon);
    sample.add_text("to", "bounce+user=example.com@example.org");
    sample.add_text("response", "450 \"busy\" id=17, try later (soon)");
    CHECK_THAT(
        std::string(sample.finish()),
        EndsWith(R"(to=<bounce+user=example.com@example.org>, relay=none, delay=, dsn=, )"
                 R"(status=deferred (450 \"busy\" id=17, try later (soon)))")
    );
    sample.begin(format::text, level::info, "deferred", noon);
    sample.add_text("to", R"("a b"@example.org)");
    CHECK_THAT(
        std::string(sample.finish()),
        EndsWith(R"(to=<"\"a b\"@example.org">, relay=none, delay=, dsn=, status=deferred ())")
    );
}

TEST_CASE("long texts are cut, not within a character", "[log][escape]") {
    CHECK(escaped(std::string(2000, 'x'), notation::text).size() == text_max + 3);
    CHECK(escaped("abcd", notation::text, 4) == "abcd");
    CHECK(escaped("abcde", notation::text, 4) == "abcd\u2026");
    CHECK(escaped("abc\xc3\xbc", notation::text, 4) == "abc\u2026");
    CHECK(escaped("\x80\x80\x80", notation::text, 2) == "\u2026");
}
