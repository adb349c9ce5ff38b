// The part of a session that takes a message: from its first byte into the store.
#include <chrono>
#include <utility>

#include "relay/inbound/observations.hpp"
#include "relay/inbound/route_decision.hpp"
#include "relay/inbound/session.hpp"
#include "relay/signing/submission_signing.hpp"

namespace kurir::inbound {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

// How often and how long a store that asks to slow down is tried again before the client gets 452.
constexpr auto busy_pause = 50ms;
constexpr auto busy_limit = 30s;

queue::priority priority_of(config::mail_priority priority) noexcept {
    switch (priority) {
        case config::mail_priority::urgent:
            return queue::priority::urgent;
        case config::mail_priority::bulk:
            return queue::priority::bulk;
        case config::mail_priority::normal:
            break;
    }
    return queue::priority::normal;
}

}  // namespace

// Decision 7: lack of space is 452, any other error 451.
smtp::refusal session::refusal_of(boost::system::error_code error) noexcept {
    const bool no_room = error == queue::errc::full || error == queue::errc::busy;
    return no_room ? smtp::refusal::store_full : smtp::refusal::store_failed;
}

void session::begin_message() {
    message::intake_origin origin;
    origin.id = around_.store.allocate();
    origin.at = net::wall_now();
    origin.calendar_ahead = net::calendar_ahead();
    origin.helo = dialogue_.helo();
    origin.protocol = dialogue_.protocol();
    if (secured_) origin.tls = secured_->version + ", " + secured_->cipher;
    origin.client = client_.address_text;
    origin.network = counted_as(client_);
    origin.session = id_;
    origin.credential = client_.credential;
    origin.priority = priority_of(permissions_.priority().value_or(profile_.priority));
    origin.reads_authors = permissions_.reads_authors();
    signer_ = around_.signing != nullptr ? around_.signing->current() : nullptr;
    origin.is_signed = signer_ != nullptr;
    pace_.begin();
    came_ = 0;
    auto envelope = dialogue_.current();
    rewriting_.reset();
    if (settings_->rewrites) {
        rewriting_.emplace(*settings_->config, envelope, origin, client_.known_address());
        rewriting_->change(envelope, origin);
    }
    intake_.emplace(settings_->intake, std::move(origin), std::move(envelope));
}

void session::refuse_message(smtp::refusal reason) {
    forget_message();
    dialogue_.refuse(reason);
}

// Chunks that were stored already become orphans.
void session::forget_message() {
    if (!intake_) return;
    if (intake_->chunks_taken() > 0) {
        around_.store.discard(intake_->id(), intake_->chunks_taken());
    }
    intake_.reset();
    place_.reset();
}

// Takes a part of the message.
asio::awaitable<void> session::take_in(std::string_view bytes) {
    const bool has_room = co_await has_room_for(bytes.size());
    if (!has_room) {
        refuse_message(smtp::refusal::store_full);
        co_return;
    }
    if (const auto refused = permissions_.receive(came_)) {
        refuse_message(*refused);
        co_return;
    }
    const std::size_t taken = intake_->append(bytes);
    if (intake_->problem()) {
        refuse_message(*intake_->problem());
    } else if (taken < bytes.size()) {
        co_await store_chunks(bytes.substr(taken));
    }
}

// If memory is limited, a large message waits for its turn. While we don't read, its client can't
// send more.
asio::awaitable<bool> session::has_room_for(std::size_t more) {
    came_ += more;
    if (place_ || !room_.limited() || came_ <= message_room::small) co_return true;
    place_ = co_await room_.enter(home_.executor(), net::clock::now() + busy_limit);
    co_return place_.has_value();
}

// Stores full chunks until the rest of the message's bytes fits into memory.
asio::awaitable<void> session::store_chunks(std::string_view rest) {
    while (!rest.empty()) {
        const auto stored = co_await append_chunk();
        if (!stored) {
            refuse_message(refusal_of(stored.error()));
            co_return;
        }
        rest.remove_prefix(intake_->append(rest));
        if (intake_->problem()) {
            refuse_message(*intake_->problem());
            co_return;
        }
    }
}

// Stores the full chunk, and waits for a store that asks to slow down.
asio::awaitable<queue::result<void>> session::append_chunk() {
    const auto patience = net::clock::now() + busy_limit;
    const std::uint32_t index = intake_->chunks_taken();
    const std::string chunk = intake_->take_chunk();
    for (;;) {
        auto append = [&](queue::completion<void> done) {
            around_.store.append(intake_->id(), index, chunk, home_, std::move(done));
        };
        const auto stored = co_await storage::completed<void>(append);
        const bool busy = !stored && stored.error() == queue::errc::busy;
        if (!busy || net::clock::now() >= patience) co_return stored;

        net::timer pause(home_.executor(), busy_pause);
        const auto [ec] = co_await pause.async_wait(net::as_result);
        if (ec) co_return stored;
    }
}

// False if there is a key, and no signature by it.
asio::awaitable<bool> session::sign(queue::submission& message) {
    auto signer = std::exchange(signer_, nullptr);
    if (!signer) co_return true;
    co_return co_await signing::sign_submission(
        *around_.signing, std::move(signer), intake_->take_digest(), message
    );
}

asio::awaitable<void> session::commit_message() {
    const auto end_of_data = net::clock::now();
    intake_->end();
    if (intake_->problem()) {
        refuse_message(*intake_->problem());
        co_return;
    }
    const bool is_new = co_await leave_out_repeated();
    if (!is_new) co_return;
    if (const auto refused = permissions_.end(intake_->authors(), dialogue_.current())) {
        refuse_message(*refused);
        co_return;
    }
    auto message = intake_->take_submission(dialogue_.facts());
    message.names = names_;
    message.names_are_new = true;
    decide_routes(
        settings_->config->routes,
        client_.credential,
        intake_->route_tag(),
        message,
        permissions_.route()
    );
    bounce_suppressed(message);
    const bool is_signed = co_await sign(message);
    if (!is_signed) {
        permissions_.give_back();
        refuse_message(smtp::refusal::not_signed);
        co_return;
    }
    auto fact = received_of(message, submitter(), protection(), intake_->unknown_priority());
    fact.recipients_before = intake_->left_out();
    auto commit = [&](queue::completion<void> done) {
        around_.store.commit(std::move(message), home_, std::move(done));
    };
    const auto stored = co_await storage::completed<void>(commit);
    if (!stored) {
        permissions_.give_back();
        if (stored.error() == queue::errc::known) {
            co_await answer_overtaken();
        } else {
            refuse_message(refusal_of(stored.error()));
        }
        co_return;
    }
    fact.took = net::clock::now() - end_of_data;
    intake_.reset();
    on_committed(fact);
    dialogue_.stored(fact.id);
    place_.reset();
}

}  // namespace kurir::inbound
