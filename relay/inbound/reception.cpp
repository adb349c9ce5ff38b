#include "relay/inbound/reception.hpp"

#include <exception>
#include <utility>

#include "relay/log/failure.hpp"

namespace kurir::inbound {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// So many clients at a time are told why they can't come in; others find the connection closed.
constexpr std::size_t turned_away_max = 100;

}  // namespace

reception::reception(
    const session_settings& settings, admission& entrance, asio::any_io_executor executor
)
    : settings_(settings),
      entrance_(entrance),
      home_(executor),
      limit_(executor),
      attending_(
          executor,
          [&settings](std::exception_ptr failure) {
              settings.metrics.smtp_sessions_closed_total(metrics::session_end::internal).inc();
              log::internal_error("session", failure);
          }
      ),
      seeing_out_(executor, log::internal_error("session")) {}

void reception::admit(tcp::socket socket, queue::priority priority) {
    settings_.metrics.smtp_sessions_total.inc();
    boost::system::error_code gone;
    const auto remote = socket.remote_endpoint(gone);
    if (gone) return;

    std::string network = client_network(net::unmapped(remote.address()));
    std::optional<smtp::farewell> refused;
    if (draining_) {
        refused = smtp::farewell::shutdown;
    } else if (entrance_.enter(network) != admission::verdict::admitted) {
        refused = smtp::farewell::too_many_sessions;
    }
    if (refused && ++turned_away_ > turned_away_max) {
        --turned_away_;
        return;
    }
    const place where = sessions_.emplace(
        sessions_.end(), settings_, home_, blocks_, std::move(socket), priority, refused
    );
    attending_.spawn(attend(where, std::move(network), !refused));
}

asio::awaitable<void> reception::attend(place where, std::string network, bool admitted) {
    // Also when the session fails with an exception.
    struct departure {
        reception& from;
        place where;
        const std::string& network;
        bool admitted;
        ~departure() {
            from.sessions_.erase(where);
            if (!admitted) {
                --from.turned_away_;
                return;
            }
            from.entrance_.leave(network);
            from.settings_.metrics.smtp_sessions_active.dec();
        }
    };
    const departure leaves{*this, where, network, admitted};
    if (admitted) settings_.metrics.smtp_sessions_active.inc();
    co_await where->run();
}

void reception::drain(net::clock::time_point deadline) {
    draining_ = true;
    for (auto& one : sessions_)
        one.drain();
    limit_.expires_at(deadline);
    limit_.async_wait([this](boost::system::error_code ec) {
        if (!ec) attending_.stop();
    });
}

void reception::when_empty(net::answer_function<bool> answer) {
    seeing_out_.spawn(see_out(std::move(answer)));
}

asio::awaitable<void> reception::see_out(net::answer_function<bool> answer) {
    co_await attending_.join();
    limit_.cancel();
    answer(true);
}

}  // namespace kurir::inbound
