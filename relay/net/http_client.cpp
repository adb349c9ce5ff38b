#include "relay/net/http_client.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include "relay/base/numeric_address.hpp"
#include "relay/base/text.hpp"
#include "relay/net/connect.hpp"
#include "relay/net/http_answer.hpp"
#include "relay/net/stream.hpp"
#include "relay/net/task_group.hpp"

namespace kurir::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

bool same_name(std::string_view first, std::string_view second) {
    return base::equal_ignoring_case(first, second);
}

bool is_token(std::string_view text) {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return base::is_alphanumeric(c) || others.find(c) != std::string_view::npos;
    });
}

bool is_field_value(std::string_view text) {
    return std::ranges::none_of(text, [](char c) {
        return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
    });
}

// Fields that define where a message ends, or that we set ourselves.
bool is_ours(std::string_view name) {
    constexpr std::array<std::string_view, 7> names = {
        "Host", "Connection", "Content-Length", "Transfer-Encoding", "Expect", "Upgrade", "Trailer"
    };
    return std::ranges::any_of(names, [&](auto each) { return same_name(each, name); });
}

bool can_be_sent(const http_request& request) {
    // CONNECT and TRACE have other rules for the answer.
    const auto& method = request.method;
    if (!is_token(method) || method == "CONNECT" || method == "TRACE") return false;
    return std::ranges::all_of(request.fields, [](const auto& field) {
        return is_token(field.first) && !is_ours(field.first) && is_field_value(field.second);
    });
}

std::string as_bytes(const base::http_url& url, const http_request& request) {
    auto bytes = request.method + " " + url.target + " HTTP/1.1\r\nHost: " + url.authority() +
                 "\r\nConnection: close\r\n";
    const auto& fields = request.fields;
    const bool named = std::ranges::any_of(fields, [](const auto& field) {
        return same_name(field.first, "User-Agent");
    });
    if (!named) bytes += "User-Agent: kurir\r\n";
    for (const auto& [name, value] : fields)
        bytes += name + ": " + value + "\r\n";
    const bool empty =
        request.body.empty() && (request.method == "GET" || request.method == "HEAD");
    if (!empty) bytes += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
    return bytes + "\r\n" + request.body;
}

bool is_redirect(unsigned status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// Removes fields that only the intended host may see.
void remove_credentials(http_fields& fields) {
    std::erase_if(fields, [](const auto& field) {
        return same_name(field.first, "Authorization") || same_name(field.first, "Cookie");
    });
}

std::string_view text_of(http_failure reason) {
    switch (reason) {
        case http_failure::bad_request:
            return "the request can't be sent";
        case http_failure::no_address:
            return "no address";
        case http_failure::no_connection:
            return "no connection";
        case http_failure::no_tls:
            return "no TLS";
        case http_failure::not_sent:
            return "not sent";
        case http_failure::no_answer:
            return "no whole answer";
        case http_failure::malformed:
            return "no HTTP";
        case http_failure::header_too_large:
            return "the header is too large";
        case http_failure::body_too_large:
            return "the body is too large";
        case http_failure::bad_redirect:
            return "a redirect that is not followed";
    }
    return "failed";
}

result<std::shared_ptr<const tls_context>, std::string> context_for(const http_settings& settings) {
    const auto peer = settings.verify ? peer_verification::required : peer_verification::none;
    return tls_context::make(
        {.ca_file = settings.ca_file, .system_ca = settings.system_ca, .peer = peer}
    );
}

}  // namespace

const std::string* http_response::field(std::string_view name) const {
    const auto found = std::ranges::find_if(fields, [&](const auto& field) {
        return same_name(field.first, name);
    });
    return found == fields.end() ? nullptr : &found->second;
}

std::string http_error::message() const {
    auto text = std::string(text_of(reason));
    if (cause) text += ": " + cause.message();
    return text;
}

// One request to one server, and its answer.
struct http_client::exchange {
    template <class T>
    using step = result<T, http_error>;

    const http_client& client;
    const base::http_url& url;
    clock::time_point deadline;

    asio::awaitable<http_result> run(const http_request& request) {
        const auto addresses = co_await find_addresses();
        if (!addresses) co_return addresses.error();
        http_error failure{http_failure::no_connection, errc::timed_out};
        for (const auto& address : *addresses) {
            const bool cancelled = co_await was_cancelled();
            if (cancelled || clock::now() >= deadline) break;
            const auto limit =
                std::min(deadline, clock::now() + client.settings_.limits.connecting);
            auto socket = co_await connect({address, url.port}, limit, local());
            if (!socket) {
                failure.cause = socket.error();
                continue;
            }
            stream stream(std::move(*socket));
            if (url.secure) {
                const auto tls = client.tls();
                const auto agreed =
                    co_await stream.start_tls(*tls, tls_role::client, url.host, limit);
                if (!agreed) co_return http_error{http_failure::no_tls, agreed.error()};
            }
            co_return co_await converse(stream, request);
        }
        co_return failure;
    }

private:
    asio::awaitable<step<std::vector<asio::ip::address>>> find_addresses() {
        std::vector<asio::ip::address> all;
        if (const auto address = base::numeric_address(url.host)) {
            all.push_back(*address);
        } else {
            auto found = co_await client.resolve_(url.host, deadline);
            if (!found) co_return http_error{http_failure::no_address, found.error()};
            all = std::move(*found);
        }
        const auto& local = client.settings_.local_address;
        if (local) std::erase_if(all, [&](const auto& a) { return a.is_v4() != local->is_v4(); });
        if (all.empty()) co_return http_error{http_failure::no_address};
        co_return all;
    }

    std::optional<tcp::endpoint> local() const {
        const auto& address = client.settings_.local_address;
        if (!address) return std::nullopt;
        return tcp::endpoint(*address, 0);
    }

    // A server may answer, and close, before it has read the whole request.
    asio::awaitable<http_result> converse(stream& stream, const http_request& request) {
        const auto bytes = as_bytes(url, request);
        const auto sent = co_await stream.write_unless_answered(bytes, deadline);
        if (!sent && sent.error() == errc::timed_out) {
            co_return http_error{http_failure::not_sent, sent.error()};
        }
        auto answer = co_await read_answer(stream, request.method == "HEAD");
        stream.close();
        const bool lost = !answer && answer.error().reason == http_failure::no_answer;
        if (lost && !sent && sent.error() != errc::interrupted) {
            co_return http_error{http_failure::not_sent, sent.error()};
        }
        co_return answer;
    }

    asio::awaitable<http_result> read_answer(stream& stream, bool to_head) {
        http_answer answer(client.settings_.limits, to_head);
        std::vector<char> room(room_size);
        while (!answer.complete()) {
            // This also holds if bytes keep arriving.
            if (clock::now() >= deadline) {
                co_return http_error{http_failure::no_answer, errc::timed_out};
            }
            const auto got = co_await stream.read_some(room, deadline);
            if (got) {
                answer.take({room.data(), *got});
            } else if (got.error() == errc::end_of_stream) {
                answer.end();
            } else {
                co_return http_error{http_failure::no_answer, got.error()};
            }
        }
        co_return answer.result();
    }

    static constexpr std::size_t room_size = 16384;
};

http_client::http_client(
    http_settings settings, resolve_function resolve, std::shared_ptr<const tls_context> tls
)
    : settings_(std::move(settings)),
      resolve_(std::move(resolve)),
      trust_(std::make_unique<trust>()) {
    trust_->context = std::move(tls);
}

std::shared_ptr<const tls_context> http_client::tls() const {
    const std::lock_guard guard(trust_->lock);
    return trust_->context;
}

std::string http_client::reload_roots() {
    auto made = context_for(settings_);
    if (!made) return made.error();
    const std::lock_guard guard(trust_->lock);
    trust_->context = std::move(*made);
    return {};
}

result<http_client, std::string> http_client::make(
    http_settings settings, resolve_function resolve
) {
    auto tls = context_for(settings);
    if (!tls) return tls.error();
    return http_client(std::move(settings), std::move(resolve), std::move(*tls));
}

asio::awaitable<http_result> http_client::send(http_request request) const {
    const auto deadline = clock::now() + settings_.limits.whole;
    auto url = base::parse_http_url(request.url);
    if (!url || !can_be_sent(request)) co_return http_error{http_failure::bad_request};
    const bool follows =
        settings_.limits.redirects_max > 0 && (request.method == "GET" || request.method == "HEAD");
    for (unsigned redirects = 0;; ++redirects) {
        exchange next_exchange{*this, *url, deadline};
        auto answer = co_await next_exchange.run(request);
        if (!answer || !follows || !is_redirect(answer->status)) co_return answer;
        const auto* location = answer->field("Location");
        if (location == nullptr) co_return answer;

        const auto next = base::resolve_location(*url, *location);
        const bool downgraded = url->secure && next && !next->secure;
        if (!next || downgraded || redirects == settings_.limits.redirects_max) {
            co_return http_error{http_failure::bad_redirect};
        }
        if (!next->same_origin(*url)) remove_credentials(request.fields);
        url = next;
    }
}

}  // namespace kurir::net
