// The part of a session that knows a message which its client sends again.
#include <utility>

#include "relay/inbound/repetition.hpp"
#include "relay/inbound/session.hpp"

namespace kurir::inbound {

namespace asio = boost::asio;

// What the store knows of the message whose end has come; nothing, after a reply, if it can't be
// asked.
asio::awaitable<std::optional<repetition>> session::look_for_repetition() {
    const auto found = co_await storage::completed<queue::named_messages>([this](auto done) {
        around_.store.find_names(names_, home_, std::move(done));
    });
    if (found) co_return repetition_of(*found);
    refuse_message(refusal_of(found.error()));
    co_return std::nullopt;
}

// False: the message was taken before, or nobody knows, and its client has its reply. Otherwise its
// recipients are those that it was not taken for.
asio::awaitable<bool> session::leave_out_repeated() {
    names_.clear();
    const auto& key = intake_->idempotency_key();
    if (key.empty()) co_return true;
    names_ = names_of(key, client_.credential, dialogue_.current());
    const auto before = co_await look_for_repetition();
    if (!before) co_return false;
    if (before->is_whole) {
        answer_repeated(*before->id);
        co_return false;
    }
    intake_->leave_out(before->known);
    names_ = new_names(std::move(names_), before->known);
    co_return true;
}

// The same message has come by another session meanwhile.
asio::awaitable<void> session::answer_overtaken() {
    const auto now_known = co_await look_for_repetition();
    if (!now_known) co_return;
    if (now_known->is_whole) {
        answer_repeated(*now_known->id);
    } else {
        refuse_message(smtp::refusal::store_failed);  // the next time it is divided anew
    }
}

void session::answer_repeated(queue::message_id id) {
    const auto& opened = dialogue_.current();
    around_.observers.tell(facts::repeated{
        .client = submitter(),
        .id = id.text(),
        .reverse_path = opened.reverse_path.text(),
        .recipients = opened.recipients.size(),
        .key = intake_->idempotency_key(),
    });
    ++messages_;
    last_stored_ = net::clock::now();
    forget_message();
    dialogue_.stored(id.text());
}

}  // namespace kurir::inbound
