// One client's connection: drives the dialogue over the stream, and the message into the store.
//
// Says 250 to the end of a message only after the store has it on disk. Each wait has a deadline;
// when one passes, the client gets 421 4.4.2. Lives on one thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metrics/labels.hpp"
#include "queue/error.hpp"
#include "relay/facts/reception.hpp"
#include "relay/inbound/client.hpp"
#include "relay/inbound/client_permissions.hpp"
#include "relay/inbound/input_buffer.hpp"
#include "relay/inbound/listener_security.hpp"
#include "relay/inbound/message_rewriting.hpp"
#include "relay/inbound/message_room.hpp"
#include "relay/inbound/pace.hpp"
#include "relay/inbound/repetition.hpp"
#include "relay/inbound/session_login.hpp"
#include "relay/inbound/session_settings.hpp"
#include "relay/message/intake.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/stream.hpp"
#include "relay/signing/signing_desk.hpp"
#include "relay/smtp/server_dialogue.hpp"
#include "relay/storage/home.hpp"

namespace kurir::inbound {

class session;

// Gives a session the place of this client, which a proxy has named, or says why there is none.
using reseating = std::function<std::optional<smtp::farewell>(session&, const client&)>;

// One that has connected.
struct arrival {
    boost::asio::ip::tcp::socket socket;
    inbound::client client;
    config::listener_profile profile;
    tls_snapshot tls;                       // none: the listener does not speak TLS
    std::optional<smtp::farewell> refused;  // all that the session does is to say so
    reseating reseat;
    bool proxied = false;  // a PROXY header comes first, and `client` is the proxy
};

class session final : private smtp::server_observer {
public:
    // `around`, `home`, `blocks` and `room` must outlive the session, which keeps `settings` to its
    // end.
    session(
        const session_surroundings& around,
        std::shared_ptr<const session_settings> settings,
        storage::home& home,
        block_pool& blocks,
        message_room& room,
        arrival arrived
    );
    session(const session&) = delete;
    session& operator=(const session&) = delete;

    // Ends when the connection does. Await it once.
    boost::asio::awaitable<void> run();

    // The server shuts down: the session ends with 421 as soon as no transaction is open.
    void drain();

    // Another client needs the place: the session ends with 421 at once. For strangers, who have
    // nothing to lose.
    void make_room();

private:
    using event = smtp::server_dialogue::event;

    void greet();
    bool admits_first_words();
    boost::asio::awaitable<void> converse();
    void transcribe(bool by_client, const std::string& text) const;
    void transcribe_step(const smtp::server_dialogue::step& step, bool secret, bool content) const;
    boost::asio::awaitable<bool> read_more(
        std::optional<net::clock::duration> silent_for = std::nullopt
    );
    boost::asio::awaitable<bool> flush();
    boost::asio::awaitable<void> say_goodbye();

    // session_message.cpp: a message, into the store
    void begin_message();
    boost::asio::awaitable<void> take_in(std::string_view bytes);
    boost::asio::awaitable<bool> has_room_for(std::size_t more);
    boost::asio::awaitable<void> store_chunks(std::string_view rest);
    boost::asio::awaitable<queue::result<void>> append_chunk();
    boost::asio::awaitable<bool> sign(queue::submission& message);
    boost::asio::awaitable<void> commit_message();
    static smtp::refusal refusal_of(boost::system::error_code error) noexcept;
    void refuse_message(smtp::refusal reason);
    void forget_message();

    bool on_read_failure(boost::system::error_code ec);
    smtp::surroundings surroundings() const;
    net::clock::time_point read_deadline();
    net::clock::duration command_time() const;
    bool more_is_waiting() override { return stream_.has_input(); }
    std::vector<std::string_view> mechanisms(bool secure) override {
        return login_.offered(secure);
    }
    boost::asio::awaitable<void> log_in(const smtp::server_dialogue::step& step);

    // session_security.cpp: TLS
    bool is_implicit() const noexcept;
    boost::asio::awaitable<bool> begin();
    boost::asio::awaitable<bool> start_tls();
    boost::asio::awaitable<bool> agree();
    void forget_client();
    void on_disagreement(boost::system::error_code error);
    facts::protection protection() const;

    // session_proxy.cpp: the client that a proxy names
    boost::asio::awaitable<bool> hear_proxy();
    void on_proxy_failure(metrics::proxy_failure reason);
    void become(client named);
    void tell_client(const proxy_claim& claim);
    smtp::judgement replaces(const smtp::client_claims& claims) override;

    // session_certificate.cpp
    void take_certificate();

    // session_account.cpp: the facts of this session
    facts::submitter submitter() const;
    void on_committed(facts::received fact);
    void replied(const smtp::exchange& exchange) override;
    std::optional<smtp::postponement> postpones(const smtp::path& reverse_path) override;
    std::optional<smtp::denial> denies(const smtp::server_transaction& opened) override;
    std::optional<smtp::denial> refuses(
        const smtp::path& reverse_path, const smtp::mailbox& recipient
    ) override;
    std::optional<smtp::moved_recipient> moved(const smtp::mailbox& recipient) override;

    // session_repetition.cpp: messages that are sent again
    boost::asio::awaitable<std::optional<repetition>> look_for_repetition();
    boost::asio::awaitable<bool> leave_out_repeated();
    boost::asio::awaitable<void> answer_overtaken();
    void answer_repeated(queue::message_id id);

    // session_suppression.cpp: recipients that must not get mail
    std::optional<smtp::denial> refuses_suppressed(
        const smtp::path& reverse_path, const smtp::mailbox& recipient
    );
    void bounce_suppressed(queue::submission& message);

    std::string_view limited_client() const;
    void tell_refusal(const smtp::exchange& exchange);
    bool is_summed();
    void tell_end();

    const session_surroundings& around_;
    const std::shared_ptr<const session_settings> settings_;
    storage::home& home_;
    net::stream stream_;
    input_buffer input_;
    message_room& room_;
    client client_;
    const reseating reseat_;
    const bool proxied_;
    const config::listener_profile profile_;
    client_permissions permissions_;
    std::string suppression_advice_;  // on the last recipient that was refused for its entry
    const tls_snapshot tls_;
    std::optional<net::tls_session> secured_;
    bool disagreed_ = false;  // about TLS
    std::optional<smtp::farewell> refused_;
    const std::string id_;
    smtp::server_dialogue dialogue_;
    session_login login_;
    std::optional<message_rewriting> rewriting_;  // of the last message that began; none: no rules
    std::optional<message::intake> intake_;       // while a message is received
    std::vector<std::string> names_;              // of it, by which it is known if it comes again
    signing::shared_signer signer_;               // of it; null: it is not signed
    std::uint64_t came_ = 0;                      // bytes of it
    std::optional<message_room::place> place_;    // once it is large
    std::string output_;
    pace pace_;                   // of the message that comes in
    bool heard_ = false;          // something from the client
    std::optional<bool> summed_;  // if nothing was said: whether the log has it in a sum only
    bool writing_ = false;
    bool draining_ = false;
    bool leaving_ = false;  // to make room
    const net::clock::time_point begun_;
    net::clock::time_point last_stored_;  // a message; or the beginning
    net::clock::time_point command_deadline_;
    std::optional<std::uint64_t> progress_;  // of the dialogue, when that deadline was set
    std::uint64_t commands_ = 0;
    std::uint64_t messages_ = 0;
    std::string last_command_;  // see facts::session_ended
    metrics::session_end ended_ = metrics::session_end::client_lost;
};

}  // namespace kurir::inbound
