// The sessions of one I/O thread: takes accepted sockets in, and ends the sessions.
//
// Everything but the constructor runs on the executor's thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <unordered_map>

#include "relay/inbound/admission.hpp"
#include "relay/inbound/input_buffer.hpp"
#include "relay/inbound/message_room.hpp"
#include "relay/inbound/session.hpp"
#include "relay/net/ask.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/task_group.hpp"
#include "relay/storage/home.hpp"

namespace kurir::inbound {

class reception {
public:
    // `around`, `settings` and `admission` must outlive the reception. `large_messages`: the number
    // that it may receive at a time; 0: no limit.
    reception(
        const session_surroundings& around,
        const live_session_settings& settings,
        inbound::admission& admission,
        boost::asio::any_io_executor executor,
        std::size_t large_messages
    );

    const boost::asio::any_io_executor& executor() const noexcept { return home_.executor(); }

    // Every connection of this thread holds one, also while it is on its way here.
    using seat = std::shared_ptr<const char>;

    // On any thread.
    seat take_seat() const noexcept { return seats_; }
    std::size_t seats_taken() const noexcept {
        return static_cast<std::size_t>(seats_.use_count()) - 1;
    }

    // Starts a session, or turns the client away with 421. `profile` and `tls`: of the listener.
    void admit(
        boost::asio::ip::tcp::socket socket,
        seat held,
        const config::listener_profile& profile,
        tls_snapshot tls
    );

    // Asks every session to end: those without a transaction at once; sessions that remain at
    // `deadline` are cut off. New ones are turned away.
    void drain(net::clock::time_point deadline);

    // Calls `answer` when no session is left.
    void when_empty(net::answer_function<bool> answer);

private:
    using session_place = std::list<session>::iterator;

    std::optional<smtp::farewell> refusal_of(admission::place& wanted);
    std::optional<smtp::farewell> reseat(
        session& moved, admission::place& held, const client& named
    );
    void make_room(std::uint64_t number);
    admission::request_to_leave request();
    boost::asio::awaitable<void> attend(
        session_place session, seat held, std::shared_ptr<admission::place> place, bool admitted
    );
    boost::asio::awaitable<void> answer_when_empty(net::answer_function<bool> answer);

    const session_surroundings& around_;
    const live_session_settings& settings_;
    admission& admission_;
    storage::home home_;
    block_pool blocks_;
    message_room room_;
    net::timer limit_;             // the deadline of `drain`
    std::size_t turned_away_ = 0;  // clients that are being turned away
    bool draining_ = false;
    const seat seats_ = std::make_shared<const char>();  // shared by all that are taken
    std::list<session> sessions_;
    std::unordered_map<std::uint64_t, session*> strangers_;  // admitted, by number
    net::task_group attending_;
    net::task_group waiting_for_end_;
};

}  // namespace kurir::inbound
