// Parses an answer as its bytes arrive, within limits. Without I/O.
#pragma once

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <optional>
#include <string>
#include <string_view>

#include "relay/net/http_client.hpp"

namespace kurir::net {

class http_answer {
public:
    // The answer to HEAD has no body, whatever its header says.
    http_answer(const http_limits& limits, bool to_head);

    // Takes more bytes. Bytes after the answer are dropped.
    void take(std::string_view bytes);

    // The connection has ended: this completes a body without a length; otherwise it is a failure.
    void end();

    // True when nothing more is needed, because the answer failed or is complete.
    bool complete() const noexcept { return whole_ || failure_; }
    http_result result() const;

private:
    using parser = boost::beast::http::response_parser<boost::beast::http::string_body>;

    void begin();
    bool finish_message();
    void fail(boost::system::error_code why);

    const http_limits limits_;
    const bool to_head_;
    std::optional<parser> parser_;
    std::string unparsed_;
    unsigned interim_ = 0;
    bool whole_ = false;
    std::optional<http_error> failure_;
};

}  // namespace kurir::net
