#include "relay/inbound/session.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include "queue/failpoint.hpp"
#include "relay/inbound/admission.hpp"
#include "relay/log/transcript.hpp"
#include "relay/smtp/masked_text.hpp"

namespace kurir::inbound {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

// The time that a client that may not relay has until its first command that matters, and again
// after that.
constexpr auto stranger_limit = 30s;

// What a TLS client begins with, because it takes us for a TLS server (RFC 8446 section 5.1).
constexpr char tls_handshake = 0x16;

// The first byte of a PROXY header, of either version; of no command that we know but PROXY.
constexpr bool may_be_proxy_header(std::optional<char> first) noexcept {
    return first == 'P' || first == '\r';
}

// How long a client must be silent that once did not wait for a reply. Clients that don't read
// replies send line after line; SMTP can't distinguish a client that pauses longer after each line
// from one that waits.
constexpr auto silence = 1s;

// The time for the last reply, whatever the client does.
constexpr auto farewell_limit = 2s;

// An idle session does not keep a buffer of replies that is larger than this.
constexpr std::size_t kept_output_max = 4096;

smtp::availability availability_of(queue::store_state state) noexcept {
    switch (state) {
        case queue::store_state::open:
            return smtp::availability::open;
        case queue::store_state::full:
            return smtp::availability::full;
        case queue::store_state::reopening:
        case queue::store_state::closed:
            break;
    }
    return smtp::availability::unavailable;
}

}  // namespace

session::session(
    const session_surroundings& around,
    std::shared_ptr<const session_settings> settings,
    storage::home& home,
    block_pool& blocks,
    message_room& room,
    arrival arrived
)
    : around_(around),
      settings_(std::move(settings)),
      home_(home),
      stream_(std::move(arrived.socket)),
      input_(blocks),
      room_(room),
      client_(std::move(arrived.client)),
      reseat_(std::move(arrived.reseat)),
      proxied_(arrived.proxied),
      profile_(arrived.profile),
      permissions_(*settings_->config, around.counts, around.metrics),
      tls_(std::move(arrived.tls)),
      refused_(arrived.refused),
      id_(around.store.allocate().text()),
      dialogue_(settings_->smtp, *this, client_.rights),
      login_(
          {around,
           *settings_->config,
           profile_,
           dialogue_,
           stream_,
           client_,
           id_,
           [this](client user) {
               become(std::move(user));
               refused_.reset();  // it was asked to leave before: then it leaves
           }},
          home.executor()
      ),
      pace_(settings_->config->min_data_rate, settings_->config->data_timeout),
      begun_(net::clock::now()),
      last_stored_(begun_) {}

// Nothing was said yet.
void session::greet() {
    if (refused_) return dialogue_.end(*refused_);
    if (availability_of(around_.store.state()) == smtp::availability::unavailable) {
        return dialogue_.end(smtp::farewell::store_unavailable);
    }
    const auto first = stream_.next_byte();
    if (first == tls_handshake && !secured_) return dialogue_.skip_greeting();
    if (dialogue_.trusted() && may_be_proxy_header(first)) return dialogue_.skip_greeting();
    if (!first || admits_first_words()) dialogue_.greet();
}

// Finds out whether the client spoke before our greeting could reach it. This delays nobody: its
// bytes are here already when we greet, or they come while our greeting is not acknowledged.
// Spammers do that, and other protocols than SMTP (RFC 5321 3.1 requires the client to wait).
bool session::admits_first_words() {
    heard_ = true;
    around_.metrics.smtp_early_talkers_total.inc();
    if (!dialogue_.trusted()) dialogue_.end(smtp::farewell::early_talker);
    return dialogue_.trusted();
}

asio::awaitable<void> session::run() {
    co_await converse();
    forget_message();
    tell_end();
}

asio::awaitable<void> session::converse() {
    bool connected = true;
    while (connected) {
        // A message is taken in many small steps, which need neither the clock nor the store.
        const bool receiving = dialogue_.receiving();
        const bool secret = dialogue_.awaits_response();
        const bool content = dialogue_.takes_content();
        const auto seen = receiving ? smtp::surroundings{} : surroundings();
        const auto step = dialogue_.next(input_.unread(), seen);
        if (log::transcripts_wanted()) transcribe_step(step, secret, content);
        switch (step.kind) {
            case event::greet:
                connected = co_await begin();
                break;
            case event::start_tls:
                connected = co_await start_tls();
                break;
            case event::proceed:
                break;
            case event::need_input:
                connected = co_await read_more();
                break;
            case event::listen:
                connected = co_await read_more(silence);
                break;
            case event::write:
                connected = co_await flush();
                break;
            case event::begin_message:
                begin_message();
                break;
            case event::message_bytes:
                co_await take_in(step.bytes);
                break;
            case event::end_message:
                co_await commit_message();
                break;
            case event::drop_message:
                forget_message();
                break;
            case event::begin_login:
            case event::login_response:
                co_await log_in(step);
                break;
            case event::cancel_login:
                login_.cancel();
                break;
            case event::close:
                co_await say_goodbye();
                co_return;
        }
        input_.consume(step.consumed);
    }
}

// What the client said; `secret` and `content`: that it was to answer a challenge, or was a
// message.
void session::transcribe_step(const smtp::server_dialogue::step& step, bool secret, bool content)
    const {
    if (step.consumed == 0) return;
    if (content) {
        transcribe(true, "(" + std::to_string(step.consumed) + " bytes of a message)");
    } else if (secret) {
        transcribe(true, "***");
    } else {
        transcribe(true, smtp::masked_commands(input_.unread().substr(0, step.consumed)));
    }
}

void session::transcribe(bool by_client, const std::string& text) const {
    log::transcribe(
        {log::peer::client, {client_.address_text, client_.credential}, id_}, by_client, text
    );
}

// The time that a check takes is not the client's. What the client has sent meanwhile waits.
asio::awaitable<void> session::log_in(const smtp::server_dialogue::step& step) {
    const auto began = net::clock::now();
    if (step.kind == event::begin_login) {
        co_await login_.begin(step.bytes);
    } else {
        co_await login_.respond(step.bytes);
    }
    command_deadline_ += net::clock::now() - began;
}

// Writes the pending replies, then waits for input, or until the client has been silent for this
// time. False if the client is gone.
asio::awaitable<bool> session::read_more(std::optional<net::clock::duration> silent_for) {
    if (dialogue_.has_output()) {
        const bool written = co_await flush();
        if (!written) co_return false;
    }
    if (leaving_) {
        dialogue_.end(smtp::farewell::too_many_sessions);
        co_return true;
    }
    if (draining_ && !dialogue_.in_transaction()) {
        dialogue_.end(smtp::farewell::shutdown);
        co_return true;
    }
    const auto deadline = read_deadline();
    const auto asked = net::clock::now();
    const auto until = silent_for ? std::min(deadline, asked + *silent_for) : deadline;
    const bool large = dialogue_.receiving() && (place_ || !room_.limited());
    const auto capacity = large ? block_pool::block_size : dialogue_.line_max();
    const auto got = co_await stream_.read_some(input_.room(capacity), until);
    if (!got && got.error() == net::errc::timed_out && until < deadline) {
        dialogue_.kept_silent();
        co_return true;
    }
    if (!got) co_return on_read_failure(got.error());
    input_.added(*got);
    const bool first_words = !std::exchange(heard_, true);
    const bool tls = !secured_ && input_.unread().front() == tls_handshake;
    if (first_words && !tls && !stream_.all_acknowledged()) {
        std::ignore = admits_first_words();
    }
    if (dialogue_.receiving() && !pace_.keeps_up(net::clock::now() - asked, *got)) {
        dialogue_.end(smtp::farewell::too_slow);
    }
    co_return true;
}

// The time for a command runs from the last progress of the session, whatever trickles in
// meanwhile; a message has time for each block. The session's own time runs from the last stored
// message, and does not end a transaction (RFC 5321 section 3.8).
net::clock::time_point session::read_deadline() {
    const auto& config = *settings_->config;
    const auto now = net::clock::now();
    auto deadline = now + config.data_timeout;
    if (!dialogue_.receiving()) {
        if (progress_ != dialogue_.progress()) command_deadline_ = now + command_time();
        progress_ = dialogue_.progress();
        deadline = command_deadline_;
    }
    if (dialogue_.trusted() && dialogue_.in_transaction()) return deadline;
    return std::min(deadline, last_stored_ + config.session_timeout);
}

net::clock::duration session::command_time() const {
    const net::clock::duration usual = settings_->config->command_timeout;
    if (dialogue_.trusted()) return usual;
    return std::min<net::clock::duration>(usual, stranger_limit);
}

// True if the dialogue continues, even if only to say goodbye.
bool session::on_read_failure(boost::system::error_code ec) {
    if (ec == net::errc::timed_out) {
        dialogue_.end(smtp::farewell::timeout);
        return true;
    }
    if (ec == net::errc::interrupted) return true;  // `read_more` finds the reason
    if (ec == asio::error::operation_aborted && !leaving_) ended_ = metrics::session_end::shutdown;
    return false;
}

asio::awaitable<bool> session::flush() {
    dialogue_.take_output(output_);
    if (log::transcripts_wanted()) transcribe(false, smtp::masked_replies(output_));
    const auto deadline = net::clock::now() + command_time();
    writing_ = true;
    const auto written = co_await stream_.write(output_, deadline);
    writing_ = false;
    queue::failpoint("reply_written", output_);
    if (output_.capacity() > kept_output_max) output_ = std::string();
    if (written) co_return true;
    if (written.error() == net::errc::timed_out) ended_ = metrics::session_end::timeout;
    co_return false;
}

asio::awaitable<void> session::say_goodbye() {
    if (ended_ == metrics::session_end::client_lost) ended_ = metrics::session_end::errors;
    const auto deadline = net::clock::now() + farewell_limit;
    dialogue_.take_output(output_);
    const bool may_speak = stream_.secure() || !is_implicit();
    if (!output_.empty() && may_speak) {
        if (log::transcripts_wanted()) transcribe(false, smtp::masked_replies(output_));
        const auto written = co_await stream_.write_last(output_, deadline);
        if (!written) co_return;
    }
    if (ended_ == metrics::session_end::quit && !stream_.has_input()) {
        stream_.close();  // after QUIT no input comes that would cause a reset
    } else {
        co_await stream_.linger(deadline);
    }
}

void session::drain() {
    draining_ = true;
    login_.hurry();
    stream_.interrupt();
}

void session::make_room() {
    leaving_ = true;
    ended_ = metrics::session_end::shed;
    login_.hurry();
    if (writing_) {
        stream_.close();  // the client does not read, so it would not get a reply
    } else {
        stream_.interrupt();
    }
}

smtp::surroundings session::surroundings() const {
    smtp::surroundings seen;
    seen.queue = availability_of(around_.store.state());
    const auto up = net::clock::now() - around_.started;
    seen.uptime = std::chrono::duration_cast<std::chrono::seconds>(up);
    return seen;
}

}  // namespace kurir::inbound
