#include "relay/inbound/reception.hpp"

#include <boost/asio/post.hpp>

#include <exception>
#include <utility>

#include "relay/log/failure.hpp"

namespace kurir::inbound {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// The number of clients at a time that are told why they are not admitted; for others the
// connection is closed.
constexpr std::size_t turned_away_max = 100;

std::optional<smtp::farewell> farewell_of(admission::verdict verdict) noexcept {
    switch (verdict) {
        case admission::verdict::admitted:
            return std::nullopt;
        case admission::verdict::too_many_of_client:
            return smtp::farewell::too_many_of_client;
        case admission::verdict::too_many_sessions:
            break;
    }
    return smtp::farewell::too_many_sessions;
}

}  // namespace

reception::reception(
    const session_surroundings& around,
    const live_session_settings& settings,
    inbound::admission& admission,
    asio::any_io_executor executor,
    std::size_t large_messages
)
    : around_(around),
      settings_(settings),
      admission_(admission),
      home_(executor),
      room_(large_messages),
      limit_(executor),
      attending_(
          executor,
          [&around](std::exception_ptr failure) {
              around.metrics.smtp_sessions_closed_total(metrics::session_end::internal).inc();
              log::internal_error("session", failure);
          }
      ),
      waiting_for_end_(executor, log::internal_error("session")) {}

void reception::admit(
    tcp::socket socket, seat held, const config::listener_profile& profile, tls_snapshot tls
) {
    auto& metrics = around_.metrics;
    metrics.smtp_sessions_total.inc();
    metrics.smtp_listener_sessions_total(metrics.listener_names.index_of(profile.name)).inc();
    boost::system::error_code gone;
    const auto remote = socket.remote_endpoint(gone);
    if (gone) return;

    auto settings = settings_.get();
    auto client = client_at(net::unmapped(remote.address()), *settings->config);
    // A proxy has a place of no client until it has said for whom it speaks, and no rights.
    const bool proxied = profile.proxies.contains(client.address);
    if (proxied) client.rights = {};
    const auto wanted = std::make_shared<admission::place>();
    if (!proxied) wanted->network = client.network;
    wanted->trusted = proxied || client.rights.may_relay;
    const auto refused = refusal_of(*wanted);
    if (refused && ++turned_away_ > turned_away_max) {
        --turned_away_;
        return;
    }
    auto moving = [this, wanted](session& moved, const inbound::client& named) {
        return reseat(moved, *wanted, named);
    };
    arrival arrived{
        .socket = std::move(socket),
        .client = std::move(client),
        .profile = profile,
        .tls = std::move(tls),
        .refused = refused,
        .reseat = std::move(moving),
        .proxied = proxied,
    };
    const session_place session = sessions_.emplace(
        sessions_.end(), around_, std::move(settings), home_, blocks_, room_, std::move(arrived)
    );
    if (!refused && !wanted->trusted) strangers_.emplace(wanted->number, &*session);
    attending_.spawn(attend(session, std::move(held), wanted, !refused));
}

// Sets the number of `wanted` if the session is admitted.
std::optional<smtp::farewell> reception::refusal_of(admission::place& wanted) {
    if (draining_) return smtp::farewell::shutdown;
    return farewell_of(admission_.enter(wanted, request()));
}

std::optional<smtp::farewell> reception::reseat(
    session& moved, admission::place& held, const client& named
) {
    const bool trusted = named.rights.may_relay;
    const auto verdict = admission_.change(held, named.network, trusted, request());
    if (verdict != admission::verdict::admitted) return farewell_of(verdict);
    strangers_.erase(held.number);
    if (!trusted) strangers_.emplace(held.number, &moved);
    return std::nullopt;
}

// Called on any thread.
admission::request_to_leave reception::request() {
    return [this](std::uint64_t number) {
        asio::post(executor(), [this, number] { make_room(number); });
    };
}

void reception::make_room(std::uint64_t number) {
    const auto found = strangers_.find(number);
    if (found != strangers_.end()) found->second->make_room();
}

asio::awaitable<void> reception::attend(
    session_place session, seat held, std::shared_ptr<admission::place> place, bool admitted
) {
    // This also runs when the session fails with an exception.
    struct departure {
        reception& owner;
        seat held;
        session_place session;
        const admission::place& place;
        bool admitted;
        ~departure() {
            owner.strangers_.erase(place.number);
            owner.sessions_.erase(session);
            if (!admitted) {
                --owner.turned_away_;
                return;
            }
            owner.admission_.leave(place);
            owner.around_.metrics.smtp_sessions_active.dec();
        }
    };
    const departure leaves{*this, std::move(held), session, *place, admitted};
    if (admitted) around_.metrics.smtp_sessions_active.inc();
    co_await session->run();
}

void reception::drain(net::clock::time_point deadline) {
    draining_ = true;
    for (auto& each : sessions_)
        each.drain();
    limit_.expires_at(deadline);
    limit_.async_wait([this](boost::system::error_code ec) {
        if (!ec) attending_.stop();
    });
}

void reception::when_empty(net::answer_function<bool> answer) {
    waiting_for_end_.spawn(answer_when_empty(std::move(answer)));
}

asio::awaitable<void> reception::answer_when_empty(net::answer_function<bool> answer) {
    co_await attending_.join();
    limit_.cancel();
    answer(true);
}

}  // namespace kurir::inbound
