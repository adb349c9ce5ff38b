#include "tests/bench/load_sink.hpp"

#include <utility>

#include "tests/bench/sink_session.hpp"

namespace kurir::bench {

load_sink::load_sink(const endpoint& local, ledger& results, std::optional<tls_context> tls)
    : listener_(connection::listen(local)),
      port_(connection::port_of(listener_.socket())),
      results_(results),
      tls_(std::move(tls)) {
    loop_.watch(listener_.socket(), *this);
    thread_ = std::thread([this] { run(); });
}

load_sink::~load_sink() {
    stop();
}

void load_sink::stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    sessions_.clear();
}

void load_sink::run() {
    using namespace std::chrono_literals;
    while (!stopping_)
        loop_.poll(20ms);
}

void load_sink::on_readable() {
    const int socket = connection::accept(listener_.socket());
    ++connections_;
    auto session = std::make_unique<sink_session>(
        socket, results_, tls_ ? &*tls_ : nullptr, [this, socket] { sessions_.erase(socket); }
    );
    loop_.watch(socket, *session);
    sessions_[socket] = std::move(session);
}

}  // namespace kurir::bench
