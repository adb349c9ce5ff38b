// Who the client is, if a proxy tells: another part of session.cpp.
#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>
#include <variant>

#include "relay/inbound/proxy_header.hpp"
#include "relay/inbound/session.hpp"

namespace kurir::inbound {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

// A proxy sends the header with the connection. HAProxy's specification asks for 3 seconds at
// least, for a segment that was lost.
constexpr auto header_limit = 10s;

metrics::proxy_failure failure_of(boost::system::error_code error, bool begun) noexcept {
    using enum metrics::proxy_failure;
    if (error == net::errc::timed_out) return timeout;
    if (error == net::errc::interrupted || error == asio::error::operation_aborted) return shutdown;
    return begun ? malformed : closed;
}

}  // namespace

// False if the client is gone, or is not told why its session ends: what came is not SMTP.
asio::awaitable<bool> session::hear_proxy() {
    const auto deadline = net::clock::now() + header_limit;
    std::string header;
    for (;;) {
        const auto read = read_proxy_header(header);
        if (const auto* claim = std::get_if<proxy_claim>(&read)) {
            become(behind(client_, *claim, *settings_->config));
            if (claim->subject != proxy_claim::about::proxy) tell_client(*claim);
            co_return true;
        }
        if (const auto* wrong = std::get_if<metrics::proxy_failure>(&read)) {
            on_proxy_failure(*wrong);
            co_return false;
        }
        std::array<char, 512> block;
        const auto wanted = std::min(std::get<bytes_wanted>(read).count, block.size());
        const auto got = co_await stream_.read_some(std::span(block).first(wanted), deadline);
        if (!got) {
            on_proxy_failure(failure_of(got.error(), !header.empty()));
            co_return false;
        }
        header.append(block.data(), *got);
    }
}

void session::on_proxy_failure(metrics::proxy_failure reason) {
    const bool stopped = reason == metrics::proxy_failure::shutdown;
    if (!stopped) ended_ = metrics::session_end::proxy_failed;
    if (stopped && !leaving_) ended_ = metrics::session_end::shutdown;
    around_.observers.tell(facts::proxy_failed{
        .client = submitter(),
        .reason = reason,
        .summed = is_summed(),
    });
}

// Who is named has the place, the limits and the rights of its own address.
void session::become(client named) {
    client_ = std::move(named);
    if (const auto refused = reseat_(*this, client_)) refused_ = refused;
}

void session::tell_client(const proxy_claim& claim) {
    const auto server = claim.destination.address().to_string();
    const bool known = claim.subject == proxy_claim::about::client;
    around_.observers.tell(facts::client_told{
        .client = submitter(),
        .source = metrics::told_by::proxy,
        .unknown = !known,
        .name = {},
        .port = claim.source.port(),
        .server = known ? std::string_view(server) : std::string_view(),
        .server_port = claim.destination.port(),
    });
}

smtp::judgement session::replaces(const smtp::client_claims& claims) {
    become(behind(client_, claims, *settings_->config));
    auto told = submitter();
    told.helo = claims.helo.value ? std::string_view(*claims.helo.value) : std::string_view();
    const auto text = [](const smtp::told<std::string>& claim) {
        return claim.value ? std::string_view(*claim.value) : std::string_view();
    };
    around_.observers.tell(facts::client_told{
        .client = told,
        .source = metrics::told_by::xclient,
        .unknown = client_.unknown,
        .name = text(claims.name),
        .port = claims.port.value.value_or(0),
        .server = text(claims.server_address),
        .server_port = claims.server_port.value.value_or(0),
    });
    return {.rights = client_.rights, .refused = std::exchange(refused_, std::nullopt)};
}

}  // namespace kurir::inbound
