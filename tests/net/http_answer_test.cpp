#include "relay/net/http_answer.hpp"

#include "tests/net/http_ok.hpp"
#include "tests/support/catch.hpp"

using kurir::net::http_answer;
using kurir::net::http_failure;
using kurir::net::http_limits;
using kurir::net::http_result;
using tests::ok;

namespace {

constexpr http_limits small{.header_max = 1000, .body_max = 100};

// At once, or in pieces of `piece` bytes; then the connection ends.
http_result answered(std::string_view bytes, std::size_t piece = 1000000, bool to_head = false) {
    http_answer answer(small, to_head);
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
        answer.take(bytes.substr(0, piece));
    answer.end();
    return answer.result();
}

}  // namespace

TEST_CASE("answers are the same in whatever pieces they come", "[net][http]") {
    const std::size_t piece = GENERATE(1U, 2U, 7U, 1000U);
    struct row {
        std::string bytes;
        unsigned status;
        std::string body;
    };
    const auto [bytes, status, body] = GENERATE(
        row{ok + "Content-Length: 5\r\n\r\nhello", 200, "hello"},
        row{ok + "Content-Length: 5\r\n\r\nhello, and more", 200, "hello"},
        row{ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n",
            200,
            "hello"},
        row{ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nLate: x\r\n\r\n",
            200,
            "hello"},
        row{ok + "Connection: close\r\n\r\nhello", 200, "hello"},
        row{"HTTP/1.0 404 Not Found\r\n\r\n", 404, ""},
        row{"HTTP/1.1 204 No Content\r\n\r\n", 204, ""},
        row{"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", 200, ""},
        row{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok +
                "Content-Length: 2\r\n\r\nok",
            200,
            "ok"}
    );
    const auto answer = answered(bytes, piece);
    REQUIRE(answer.has_value());
    CHECK(answer->status == status);
    CHECK(answer->body == body);
}

TEST_CASE("the answer to HEAD ends with its header", "[net][http]") {
    const auto answer = answered(ok + "Content-Length: 5000000\r\n\r\n", 1000, true);
    REQUIRE(answer.has_value());
    CHECK(*answer->field("content-length") == "5000000");
    CHECK(answer->body.empty());
}

TEST_CASE("what is no whole answer fails, and says how", "[net][http]") {
    const std::size_t piece = GENERATE(1U, 7U, 100000U);
    struct row {
        std::string bytes;
        http_failure reason;
    };
    const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
    std::string flood;
    for (int i = 0; i < 1000; ++i)
        flood += interim;
    const auto [bytes, reason] = GENERATE_REF(
        row{"", http_failure::no_answer},
        row{ok, http_failure::no_answer},
        row{ok + "Content-Length: 5\r\n\r\nhell", http_failure::no_answer},
        row{ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhell", http_failure::no_answer},
        row{ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", http_failure::no_answer},
        row{interim, http_failure::no_answer},
        row{flood, http_failure::malformed},
        row{"HTTP/1.1 101 Switching Protocols\r\n\r\n", http_failure::malformed},
        row{"HTTP/1.1 2000 OK\r\n\r\n", http_failure::malformed},
        row{"HTTP/1.1 OK\r\n\r\n", http_failure::malformed},
        row{"HTTP/1.1 099 What\r\n\r\n", http_failure::malformed},
        row{"HTTP/2.0 200 OK\r\n\r\n", http_failure::malformed},
        row{"220 mail.example ESMTP\r\n\r\n", http_failure::malformed},
        row{std::string(200, '\0') + "\r\n\r\n", http_failure::malformed},
        row{ok + "No colon\r\n\r\n", http_failure::malformed},
        row{ok + "Sp ace: x\r\n\r\n", http_failure::malformed},
        row{ok + "Content-Length: 5x\r\n\r\nhello", http_failure::malformed},
        row{ok + "Content-Length: -5\r\n\r\nhello", http_failure::malformed},
        row{ok + "Content-Length: 99999999999999999999999\r\n\r\nhello", http_failure::malformed},
        row{ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", http_failure::malformed},
        row{ok + "Transfer-Encoding: chunked\r\n\r\nhello\r\n0\r\n\r\n", http_failure::malformed},
        row{ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello, more\r\n0\r\n\r\n",
            http_failure::malformed},
        row{ok + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffffffff\r\nx",
            http_failure::malformed},
        row{ok + "X: " + std::string(2000, 'x') + "\r\n\r\n", http_failure::header_too_large},
        row{"HTTP/1.1 200 " + std::string(2000, 'x') + "\r\n\r\n", http_failure::header_too_large},
        row{ok + "Transfer-Encoding: chunked\r\n\r\n5;" + std::string(5000, 'x'),
            http_failure::header_too_large},
        row{ok + "Content-Length: 101\r\n\r\n" + std::string(101, 'x'), http_failure::body_too_large
        },
        row{ok + "\r\n" + std::string(101, 'x'), http_failure::body_too_large},
        row{ok + "Transfer-Encoding: chunked\r\n\r\n65\r\n" + std::string(101, 'x') +
                "\r\n0\r\n\r\n",
            http_failure::body_too_large}
    );
    INFO(bytes.substr(0, 200));
    const auto answer = answered(bytes, piece);
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().reason == reason);
}
