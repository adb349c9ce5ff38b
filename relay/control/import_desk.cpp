#include "relay/control/import_desk.hpp"

#include <boost/json/parse.hpp>

#include <memory>
#include <utility>
#include <variant>

#include "relay/admin/json_answer.hpp"
#include "relay/base/text.hpp"
#include "relay/log/log.hpp"
#include "relay/message/intake.hpp"

namespace kurir::control {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;
using admin::answer;
using admin::json_answer;
using admin::mistake;
using admin::not_found;
using admin::problem;

namespace {

// What the relay itself adds in front of what a client sent.
constexpr std::uint64_t added_max = 1024UL * 1024;

answer kept_already(queue::message_id id) {
    return json_answer(json::object{{"known", id.text()}});
}

}  // namespace

import_desk::import_desk(
    asio::any_io_executor executor,
    queue_view& view,
    queue::store& store,
    const config::live_config& config,
    std::function<bool()> recovered
)
    : view_(view),
      store_(store),
      config_(config),
      recovered_(std::move(recovered)),
      home_(std::move(executor)) {}

asio::awaitable<answer> import_desk::begin(const std::string& envelope) {
    boost::system::error_code wrong;
    const auto parsed = json::parse(envelope, wrong);
    if (wrong || !parsed.is_object()) co_return mistake("the envelope is no JSON object");
    auto read = announced(parsed.get_object(), read_clocks());
    if (!read) co_return mistake(read.error());
    if (store_.state() != queue::store_state::open) {
        co_return problem(http::status::service_unavailable, "the queue takes no mail just now");
    }
    if (!recovered_()) {
        co_return problem(http::status::service_unavailable, "the queue is still being read");
    }
    if (const auto id = co_await find(read->origin)) co_return kept_already(*id);
    // Nothing else runs from here on. Another request may have kept it meanwhile.
    if (const auto found = known_.find(read->origin); found != known_.end()) {
        co_return kept_already(found->second);
    }
    if (is_kept_just_now(read->origin)) {
        co_return problem(http::status::service_unavailable, "the same message is being kept");
    }
    make_room();
    const auto number = ++last_;
    auto& message = open_[number];
    message.origin = std::move(read->origin);
    message.mail = std::move(read->mail);
    message.mail.mail.id = store_.allocate();
    co_return json_answer(json::object{{"message", number}});
}

asio::awaitable<answer> import_desk::take(const std::string& word, std::string bytes) {
    auto* message = opened(word);
    if (message == nullptr) co_return not_found("message " + word);
    message->busy = true;
    std::string_view left = bytes;
    while (!left.empty()) {
        const auto piece = message->decoder.decode(left);
        left.remove_prefix(piece.consumed);
    }
    message->chunk += bytes;
    auto why = std::string();
    if (message->decoder.malformed() || message->decoder.refused_nul()) {
        why = "the content has a line end that is not CR LF, or a NUL";
    } else if (message->decoder.facts().size > config_.get()->max_message_size + added_max) {
        why = "the content is larger than KURIR_MAX_MESSAGE_SIZE";
    } else if (message->mail.mail.chunks == 0) {
        if (!message->header.scan(message->chunk) && message->chunk.size() > added_max) {
            why = "the header section is larger than 1 MiB";
        }
    }
    const bool full = message->chunk.size() >= message::chunk_size && message->header.done();
    if (why.empty() && full) why = co_await store_chunk(*message);
    message->busy = false;
    if (!why.empty()) {
        drop(*base::parse_number<std::uint64_t>(word));
        co_return mistake(why);
    }
    co_return json_answer(json::object{{"size", message->decoder.facts().size}});
}

asio::awaitable<answer> import_desk::keep(const std::string& word) {
    auto* message = opened(word);
    if (message == nullptr) co_return not_found("message " + word);
    message->busy = true;
    // Another request may have brought the same meanwhile.
    if (const auto id = co_await find(message->origin)) {
        drop(*base::parse_number<std::uint64_t>(word));
        co_return kept_already(*id);
    }
    message->chunk += message->decoder.finish();
    if (message->mail.mail.chunks == 0) message->header.finish(message->chunk);
    const auto& facts = message->decoder.facts();
    auto& mail = message->mail.mail;
    ++mail.chunks;
    mail.size = facts.size;
    mail.header_size = static_cast<std::uint32_t>(message->header.facts().end);
    mail.needs.eight_bit = facts.eight_bit;
    mail.needs.longest_line = static_cast<std::uint32_t>(facts.longest_line);
    for (auto& delivery : message->mail.deliveries) {
        delivery.id = mail.id;
        delivery.size = mail.size;
    }
    message->mail.last_chunk = std::move(message->chunk);
    const auto id = mail.id;
    const auto origin = message->origin;
    const auto size = mail.size;
    auto submission = std::move(message->mail);
    const auto stored = co_await storage::completed<void>([&](queue::completion<void> done) {
        store_.commit(std::move(submission), home_, std::move(done));
    });
    open_.erase(*base::parse_number<std::uint64_t>(word));
    if (!stored) {
        co_return problem(http::status::service_unavailable, stored.error().message());
    }
    known_[origin] = id;
    log::event(log::level::notice, "imported")
        .with("queue_id", id.text())
        .with("origin", origin)
        .with("size", size);
    co_return json_answer(json::object{{"id", id.text()}}, http::status::created);
}

asio::awaitable<std::string> import_desk::store_chunk(arriving& message) {
    auto& mail = message.mail.mail;
    const auto stored = co_await storage::completed<void>([&](queue::completion<void> done) {
        store_.append(
            mail.id, mail.chunks, std::exchange(message.chunk, {}), home_, std::move(done)
        );
    });
    ++mail.chunks;
    co_return stored ? std::string() : stored.error().message();
}

// The id that a message of this origin has here.
asio::awaitable<std::optional<queue::message_id>> import_desk::find(const std::string& origin) {
    if (!learnt_) co_await learn();
    const auto found = known_.find(origin);
    if (found != known_.end()) co_return found->second;
    // It may be our own, which never left.
    const auto slash = origin.find('/');
    if (origin.substr(0, slash) != config_.get()->hostname) co_return std::nullopt;
    const auto rest = origin.substr(slash + 1);
    const auto id = queue::message_id::parse(rest.substr(0, rest.find('/')));
    if (!id) co_return std::nullopt;
    const auto message = co_await view_.envelope(*id);
    const bool same =
        message != nullptr && rest.starts_with(id->text() + '/' + message->mail.session + '/');
    co_return same ? id : std::nullopt;
}

asio::awaitable<void> import_desk::learn() {
    auto all = selector::read({});
    const auto wanted = std::make_shared<const selector>(std::get<selector>(std::move(all)));
    std::optional<slot> next = 0;
    while (next) {
        auto page = co_await view_.list(wanted, *next, queue_view::page_max);
        for (const auto& each : page.entries) {
            if (each.message == nullptr) continue;
            const auto& origin = each.message->mail.extras->idempotency_key;
            if (!origin.empty()) known_[origin] = each.waiting.id;
        }
        next = page.next;
    }
    learnt_ = true;
}

// One of the same origin whose content still comes is given up.
bool import_desk::is_kept_just_now(const std::string& origin) {
    for (auto& [number, message] : open_) {
        if (message.origin != origin) continue;
        if (message.busy) return true;
        drop(number);
        return false;
    }
    return false;
}

import_desk::arriving* import_desk::opened(const std::string& word) {
    const auto number = base::parse_number<std::uint64_t>(word);
    const auto found = number ? open_.find(*number) : open_.end();
    return found == open_.end() || found->second.busy ? nullptr : &found->second;
}

void import_desk::drop(std::uint64_t number) {
    const auto found = open_.find(number);
    if (found == open_.end()) return;
    const auto& mail = found->second.mail.mail;
    if (mail.chunks > 0) store_.discard(mail.id, mail.chunks);
    open_.erase(found);
}

void import_desk::make_room() {
    for (auto each = open_.begin(); each != open_.end() && open_.size() >= open_max;) {
        const auto number = each->first;
        const bool busy = each->second.busy;
        ++each;
        if (!busy) drop(number);
    }
}

}  // namespace kurir::control
