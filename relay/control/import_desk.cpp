#include "relay/control/import_desk.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "relay/admin/json_answer.hpp"
#include "relay/base/listed.hpp"
#include "relay/base/text.hpp"
#include "relay/control/message_json.hpp"
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

constexpr auto malformed_content = "the content has a line end that is not CR LF, or a NUL";

// `own`: it is one of ours, which did not come from another relay.
answer known_already(queue::message_id id, bool own) {
    return json_answer(json::object{{"known", id.text()}, {"own", own}});
}

answer no_space() {
    return problem(http::status::insufficient_storage, "the disk or the memory here is too full");
}

answer not_now(const std::string& why) {
    return problem(http::status::service_unavailable, why);
}

answer unstored(const boost::system::error_code& why) {
    return why == queue::errc::full ? no_space() : not_now(why.message());
}

answer overtaken() {
    return problem(http::status::conflict, "some of its recipients have come meanwhile");
}

}  // namespace

bool known_recipients::all() const {
    return id.has_value() && std::ranges::all_of(known, [](bool each) { return each; });
}

import_desk::import_desk(
    asio::any_io_executor executor,
    queue_view& view,
    queue::store& store,
    const config::live_config& config
)
    : view_(view), store_(store), config_(config), home_(std::move(executor)) {}

asio::awaitable<answer> import_desk::begin(const std::string& envelope) {
    boost::system::error_code wrong;
    const auto parsed = json::parse(envelope, wrong);
    if (wrong || !parsed.is_object()) co_return mistake("the envelope is no JSON object");
    auto read = announced(parsed.get_object(), read_clocks());
    if (!read) co_return mistake(read.error());
    if (closed_) co_return not_now("the relay is stopping");
    if (store_.state() != queue::store_state::open) {
        const bool full = store_.state() == queue::store_state::full;
        co_return full ? no_space() : not_now("the queue takes no mail just now");
    }
    if (!view_.complete()) co_return not_now("the queue is still being read");
    const auto found = co_await find(*read);
    if (!found.wrong.empty()) co_return not_now(found.wrong);
    if (found.all()) co_return known_already(*found.id, found.own);
    const bool some_known = found.id.has_value();
    if (some_known) leave_out(*read, found.known);
    // Nothing else runs from here on.
    if (is_kept_just_now(read->origin)) co_return not_now("the same message is being kept");
    make_room();
    const auto number = ++last_;
    auto& message = open_[number];
    message.announced = std::move(*read);
    message.announced.mail.mail.id = store_.allocate();
    json::object begun{{"message", number}};
    if (some_known) begun["some_known"] = true;
    co_return json_answer(begun);
}

asio::awaitable<answer> import_desk::take(const std::string& word, std::string bytes) {
    auto* message = opened(word);
    if (message == nullptr) co_return not_found("message " + word);
    const auto number = *base::parse_number<std::uint64_t>(word);
    message->busy = true;
    auto refusal = std::optional<answer>();
    try {
        refusal = co_await append(*message, std::move(bytes));
    } catch (...) {
        drop(number);
        throw;
    }
    message->busy = false;
    if (refusal) {
        drop(number);
        co_return std::move(*refusal);
    }
    co_return json_answer(json::object{{"size", message->decoder.facts().size}});
}

// Nothing once it is taken.
asio::awaitable<std::optional<answer>> import_desk::append(arriving& message, std::string bytes) {
    std::string_view left = bytes;
    while (!left.empty()) {
        const auto piece = message.decoder.decode(left);
        left.remove_prefix(piece.consumed);
    }
    message.received += bytes.size();
    message.chunk += bytes;
    if (is_malformed(message)) co_return mistake(malformed_content);
    if (message.decoder.facts().size > config_.get()->max_message_size + added_max)
        co_return mistake("the content is larger than KURIR_MAX_MESSAGE_SIZE");
    if (message.announced.mail.mail.chunks == 0) {
        if (!message.header.scan(message.chunk) && message.chunk.size() > added_max)
            co_return mistake("the header section is larger than 1 MiB");
    }
    const bool is_full = message.chunk.size() >= message::chunk_size && message.header.done();
    if (is_full) co_return co_await store_chunk(message);
    co_return std::nullopt;
}

asio::awaitable<answer> import_desk::keep(const std::string& word) {
    auto* message = opened(word);
    if (message == nullptr) co_return not_found("message " + word);
    const auto number = *base::parse_number<std::uint64_t>(word);
    message->busy = true;
    auto refusal = std::optional<answer>();
    try {
        refusal = co_await complete(*message);
    } catch (...) {
        drop(number);
        throw;
    }
    if (refusal) {
        drop(number);
        co_return std::move(*refusal);
    }
    co_return co_await commit(number, *message);
}

// Nothing once it can be committed.
asio::awaitable<std::optional<answer>> import_desk::complete(arriving& message) {
    // It may have been taken since it was begun. No other of this origin is open now.
    const auto found = co_await find(message.announced);
    if (!found.wrong.empty()) co_return not_now(found.wrong);
    if (found.all()) co_return known_already(*found.id, found.own);
    if (found.id) {
        co_return overtaken();
    }
    message.chunk += message.decoder.finish();
    if (is_malformed(message)) co_return mistake(malformed_content);
    if (message.received != message.announced.size) {
        co_return mistake(
            "the content has " + std::to_string(message.received) + " bytes, and by its envelope " +
            std::to_string(message.announced.size)
        );
    }
    finish(message);
    message.announced.mail.names_are_new = true;
    co_return std::nullopt;
}

asio::awaitable<answer> import_desk::commit(std::uint64_t number, arriving& message) {
    const auto& mail = message.announced.mail.mail;
    const auto id = mail.id;
    const auto size = mail.size;
    const auto chunks = mail.chunks;
    const auto origin = message.announced.origin;
    const auto sender = mail.reverse_path;
    const auto count = mail.recipients.size();
    const auto first = base::listed(mail.recipients, [](const auto& each) { return each.address; });
    auto stored = queue::result<void>();
    try {
        stored = co_await storage::completed<void>([&](queue::completion<void> done) {
            store_.commit(std::move(message.announced.mail), home_, std::move(done));
        });
    } catch (...) {
        // It may be stored: nothing is discarded.
        open_.erase(number);
        throw;
    }
    open_.erase(number);
    if (!stored) {
        if (chunks > 1) store_.discard(id, chunks - 1);
        if (stored.error() == queue::errc::known) co_return overtaken();  // by another node
        co_return unstored(stored.error());
    }
    log::event(log::level::notice, "imported")
        .with("queue_id", id.text())
        .with("from", sender)
        .with("to", first)
        .with("recipients", count)
        .with("origin", origin)
        .with("size", size);
    co_return json_answer(json::object{{"id", id.text()}}, http::status::created);
}

// What its content shows.
void import_desk::finish(arriving& message) {
    auto& mail = message.announced.mail.mail;
    if (mail.chunks == 0) message.header.finish(message.chunk);
    const auto& facts = message.decoder.facts();
    ++mail.chunks;
    mail.size = facts.size;
    mail.header_size = static_cast<std::uint32_t>(message.header.facts().end);
    mail.needs.eight_bit = facts.eight_bit;
    mail.needs.longest_line = static_cast<std::uint32_t>(facts.longest_line);
    for (auto& delivery : message.announced.mail.deliveries) {
        delivery.id = mail.id;
        delivery.size = mail.size;
    }
    message.announced.mail.last_chunk = std::move(message.chunk);
}

// Nothing once it is stored.
asio::awaitable<std::optional<answer>> import_desk::store_chunk(arriving& message) {
    auto& mail = message.announced.mail.mail;
    const auto stored = co_await storage::completed<void>([&](queue::completion<void> done) {
        store_.append(
            mail.id, mail.chunks, std::exchange(message.chunk, {}), home_, std::move(done)
        );
    });
    if (!stored) co_return unstored(stored.error());
    ++mail.chunks;
    co_return std::nullopt;
}

bool import_desk::is_malformed(const arriving& message) {
    return message.decoder.malformed() || message.decoder.refused_nul();
}

asio::awaitable<known_recipients> import_desk::find(const announced_message& message) {
    known_recipients found;
    const auto ids = co_await storage::completed<queue::named_messages>([&](auto done) {
        store_.find_names(message.mail.names, home_, std::move(done));
    });
    if (!ids) {
        found.wrong = ids.error().message();
        co_return found;
    }
    for (const auto& id : *ids) {
        found.known.push_back(id.has_value());
        if (id) found.id = id;
    }
    co_await find_own(message, found);
    co_return found;
}

// It may be our own, whose recipients have not all left.
asio::awaitable<void> import_desk::find_own(
    const announced_message& message, known_recipients& found
) {
    const auto& origin = message.origin;
    const auto slash = origin.find('/');
    if (origin.substr(0, slash) != config_.get()->hostname) co_return;
    const auto rest = origin.substr(slash + 1);
    const auto id = queue::message_id::parse(rest.substr(0, rest.find('/')));
    if (!id) co_return;
    const auto own = co_await view_.envelope(*id);
    if (!own) {
        found.wrong = own.error().message();
        co_return;
    }
    if (*own == nullptr || origin != origin_of(config_.get()->hostname, (*own)->mail)) co_return;
    auto wanted = std::get<selector>(selector::read({{"id", id->text()}}));
    const auto waiting =
        co_await view_.deliveries(std::make_shared<const selector>(std::move(wanted)));
    if (!waiting) {
        found.wrong = waiting.error().message();
        co_return;
    }
    for (const auto& each : *waiting) {
        for (std::size_t at = 0; at < message.places.size(); ++at) {
            if (!std::ranges::binary_search(each.waiting.recipients, message.places[at])) continue;
            found.known[at] = true;
            found.id = id;
            found.own = true;
        }
    }
}

// One of the same origin whose content still comes is given up.
bool import_desk::is_kept_just_now(const std::string& origin) {
    for (auto& [number, message] : open_) {
        if (message.announced.origin != origin) continue;
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
    const auto& mail = found->second.announced.mail.mail;
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
