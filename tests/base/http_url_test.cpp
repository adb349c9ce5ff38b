#include "relay/base/http_url.hpp"

#include "tests/support/catch.hpp"

using kurir::base::http_url;
using kurir::base::parse_http_url;
using kurir::base::resolve_location;

TEST_CASE("URLs that an HTTP client can ask", "[base][http]") {
    const auto parsed = [](std::string_view text) { return *parse_http_url(text); };
    CHECK(parsed("http://a.example") == http_url{false, "a.example", 80, "/"});
    CHECK(parsed("HTTPS://A.example") == http_url{true, "A.example", 443, "/"});
    CHECK(
        parsed("https://a.example:8443/x/y?z=1") == http_url{true, "a.example", 8443, "/x/y?z=1"}
    );
    CHECK(parsed("http://a.example?z=1#part") == http_url{false, "a.example", 80, "/?z=1"});
    CHECK(parsed("http://a.example/%20@:") == http_url{false, "a.example", 80, "/%20@:"});
    CHECK(parsed("http://192.0.2.1:81/") == http_url{false, "192.0.2.1", 81, "/"});
    CHECK(parsed("http://[2001:db8::1]:81/") == http_url{false, "2001:db8::1", 81, "/"});
    CHECK(parsed("http://[2001:db8::1]") == http_url{false, "2001:db8::1", 80, "/"});
}

TEST_CASE("URLs that an HTTP client can't ask", "[base][http]") {
    const std::string text = GENERATE(
        "",
        "a.example",
        "/path",
        "ftp://a.example/",
        "http:/a.example",
        "http://",
        "http:///x",
        "http://user@a.example/",
        "http://user:word@a.example/",
        "http://a.example:/",
        "http://a.example:0/",
        "http://a.example:65536/",
        "http://a.example:-1/",
        "http://a.example:8o/",
        "http://a b.example/",
        "http://a.example/ x",
        "http://a.example/\r\nX: y",
        "http://a.example/\xc3\xa4",
        "http://[::1/",
        "http://[a.example]/",
        "http://::1/",
        "http://2001:db8::1/",
        "http://a%00.example/",
        "http://a.example\\@b.example/"
    );
    CHECK_FALSE(parse_http_url(text));
    CHECK_FALSE(parse_http_url("http://a.example/" + std::string(10000, 'x')));
}

TEST_CASE("Host names the port only where it is not the scheme's own", "[base][http]") {
    CHECK(parse_http_url("http://a.example:80/")->authority() == "a.example");
    CHECK(parse_http_url("https://a.example:443/")->authority() == "a.example");
    CHECK(parse_http_url("https://a.example:80/")->authority() == "a.example:80");
    CHECK(parse_http_url("http://[2001:db8::1]:81/")->authority() == "[2001:db8::1]:81");
}

TEST_CASE("a Location is a URL or a path", "[base][http]") {
    const auto base = *parse_http_url("https://a.example:8443/x/y?z");
    CHECK(resolve_location(base, "/new?q") == parse_http_url("https://a.example:8443/new?q"));
    CHECK(resolve_location(base, "http://b.example/") == parse_http_url("http://b.example/"));
    CHECK_FALSE(resolve_location(base, "//b.example/"));
    CHECK_FALSE(resolve_location(base, "new"));
    CHECK_FALSE(resolve_location(base, ""));
    CHECK_FALSE(resolve_location(base, "javascript:x"));
    CHECK_FALSE(resolve_location(base, "/a b"));
}

TEST_CASE("the origin is scheme, host and port", "[base][http]") {
    const auto base = *parse_http_url("https://a.example/x");
    CHECK(base.same_origin(*parse_http_url("https://A.EXAMPLE:443/y")));
    CHECK_FALSE(base.same_origin(*parse_http_url("http://a.example:443/x")));
    CHECK_FALSE(base.same_origin(*parse_http_url("https://a.example:444/x")));
    CHECK_FALSE(base.same_origin(*parse_http_url("https://b.example/x")));
}
