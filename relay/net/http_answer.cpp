#include "relay/net/http_answer.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

namespace kurir::net {

namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

// Interim answers, such as 100 and 103.
constexpr unsigned interim_max = 8;

}  // namespace

http_answer::http_answer(const http_limits& limits, bool to_head)
    : limits_(limits), to_head_(to_head) {
    begin();
}

void http_answer::begin() {
    parser_.emplace();
    parser_->eager(true);
    parser_->skip(to_head_);
    parser_->header_limit(static_cast<std::uint32_t>(limits_.header_max));
    parser_->body_limit(limits_.body_max);
}

void http_answer::take(std::string_view bytes) {
    if (complete()) return;
    unparsed_.append(bytes);
    while (!unparsed_.empty()) {
        error_code ec;
        const auto used = parser_->put(boost::asio::buffer(unparsed_), ec);
        unparsed_.erase(0, used);
        const bool starved = ec == http::error::need_more || (!ec && used == 0);
        if (starved && unparsed_.size() > limits_.header_max) ec = http::error::header_limit;
        if (parser_->is_header_done() && parser_->get().result_int() < 100) {
            ec = http::error::bad_status;
        }
        if (ec && ec != http::error::need_more) return fail(ec);
        if (parser_->is_done() && finish_message()) return;
        if (starved) return;
    }
}

// True if no other answer follows this one.
bool http_answer::finish_message() {
    const auto status = parser_->get().result_int();
    if (status >= 200) {
        whole_ = true;
        return true;
    }
    // We never ask for another protocol (101).
    if (status == 101 || ++interim_ > interim_max) {
        fail(http::error::bad_status);
        return true;
    }
    begin();
    return false;
}

void http_answer::end() {
    if (complete()) return;
    error_code ec;
    if (parser_->got_some()) parser_->put_eof(ec);
    if (!ec && parser_->is_done() && parser_->get().result_int() >= 200) {
        whole_ = true;
        return;
    }
    failure_ = {http_failure::no_answer, errc::end_of_stream};
}

void http_answer::fail(error_code why) {
    auto reason = http_failure::malformed;
    if (why == http::error::header_limit) reason = http_failure::header_too_large;
    if (why == http::error::body_limit) reason = http_failure::body_too_large;
    failure_ = {reason, why};
}

http_result http_answer::result() const {
    if (failure_) return *failure_;
    const auto& message = parser_->get();
    http_response response{.status = message.result_int(), .body = message.body()};
    for (const auto& field : message)
        response.fields.emplace_back(field.name_string(), field.value());
    return response;
}

}  // namespace kurir::net
