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
    tcp::socket socket, const config::listener_profile& profile, tls_snapshot tls
) {
    around_.metrics.smtp_sessions_total.inc();
    boost::system::error_code gone;
    const auto remote = socket.remote_endpoint(gone);
    if (gone) return;

    auto settings = settings_.get();
    auto client = client_at(net::unmapped(remote.address()), settings->config->trusted_networks);
    admission::place wanted;
    wanted.network = client.network;
    wanted.trusted = client.rights.may_relay;
    const auto refused = refusal_of(wanted);
    if (refused && ++turned_away_ > turned_away_max) {
        --turned_away_;
        return;
    }
    arrival arrived{std::move(socket), std::move(client), profile, std::move(tls), refused};
    const session_place session = sessions_.emplace(
        sessions_.end(), around_, std::move(settings), home_, blocks_, room_, std::move(arrived)
    );
    if (!refused && !wanted.trusted) strangers_.emplace(wanted.number, session);
    attending_.spawn(attend(session, std::move(wanted), !refused));
}

// Sets the number of `wanted` if the session is admitted.
std::optional<smtp::farewell> reception::refusal_of(admission::place& wanted) {
    if (draining_) return smtp::farewell::shutdown;
    auto ask = [this](std::uint64_t number) {
        asio::post(executor(), [this, number] { make_room(number); });
    };
    switch (admission_.enter(wanted, std::move(ask))) {
        case admission::verdict::admitted:
            return std::nullopt;
        case admission::verdict::too_many_of_client:
            return smtp::farewell::too_many_of_client;
        case admission::verdict::too_many_sessions:
            break;
    }
    return smtp::farewell::too_many_sessions;
}

void reception::make_room(std::uint64_t number) {
    const auto found = strangers_.find(number);
    if (found != strangers_.end()) found->second->make_room();
}

asio::awaitable<void> reception::attend(
    session_place session, admission::place place, bool admitted
) {
    // This also runs when the session fails with an exception.
    struct departure {
        reception& owner;
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
    const departure leaves{*this, session, place, admitted};
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
