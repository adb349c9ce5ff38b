#include "relay/outbound/smtp_client.hpp"

#include <algorithm>
#include <utility>

#include "relay/net/clock.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;
using boost::system::error_code;
using net::clock;
using smtp::client_stage;
using action = smtp::transaction::action;

namespace {

// A write of this size costs no more system calls than it must, and bounds the memory of a
// transaction.
constexpr std::size_t block_max = 256UL * 1024;

stage stage_of(client_stage where) {
    switch (where) {
        case client_stage::mail:
            return stage::mail;
        case client_stage::rcpt:
            return stage::rcpt;
        case client_stage::data:
            return stage::data;
        case client_stage::eod:
            break;
    }
    return stage::eod;
}

}  // namespace

smtp_client::smtp_client(
    asio::ip::tcp::socket socket,
    std::string remote,
    client_timeouts timeouts,
    metrics::outbound& metrics
)
    : stream_(std::move(socket)),
      remote_name_(std::move(remote)),
      timeouts_(timeouts),
      metrics_(metrics) {}

// A stage lasts from the end of the one before. Of commands that are sent together, the first bears
// the round trip.
void smtp_client::ended(stage which) {
    const auto now = clock::now();
    const std::chrono::duration<double> took = now - std::exchange(stage_began_, now);
    metrics_.delivery_stage_duration_seconds(which).observe(took.count());
}

asio::awaitable<net::result<smtp::reply>> smtp_client::read_reply(std::chrono::milliseconds within
) {
    const auto deadline = clock::now() + within;
    for (;;) {
        switch (parser_.feed(unread_)) {
            case smtp::reply_parser::state::complete:
                co_return parser_.take();
            case smtp::reply_parser::state::broken:
                co_return make_error_code(smtp_error::protocol);
            case smtp::reply_parser::state::incomplete:
                break;
        }
        const auto got = co_await stream_.read_some(input_, deadline);
        if (!got) co_return got.error();
        unread_ = std::string_view(input_.data(), *got);
    }
}

asio::awaitable<net::result<smtp::reply>> smtp_client::command(
    std::string line, std::chrono::milliseconds within
) {
    const auto sent = co_await stream_.write(line, clock::now() + within);
    if (!sent) co_return sent.error();
    co_return co_await read_reply(within);
}

asio::awaitable<std::optional<verdict>> smtp_client::open(std::string hello) {
    auto greeting = co_await read_reply(timeouts_.greeting);
    ended(stage::banner);
    if (!greeting) co_return broken(stage::banner, greeting.error());
    if (greeting->code != 220) co_return refused(stage::banner, *greeting);
    const auto& first = greeting->lines.front();
    greeting_name_ = first.substr(0, first.find(' '));
    auto trouble = co_await say_hello(std::move(hello));
    ended(stage::ehlo);
    co_return trouble;
}

asio::awaitable<std::optional<verdict>> smtp_client::say_hello(std::string hello) {
    auto said = co_await command("EHLO " + hello + "\r\n", timeouts_.command);
    if (!said) co_return broken(stage::ehlo, said.error());
    if (said->severity() == 2) {
        offers_ = smtp::read_peer(*said);
        usable_ = true;
        co_return std::nullopt;
    }
    const bool knows_no_ehlo = said->code >= 500 && said->code <= 504;
    if (!knows_no_ehlo) co_return refused(stage::ehlo, *said);

    // A server from before 1995, or a firewall that makes it look like one (RFC 5321 section 3.2).
    said = co_await command("HELO " + hello + "\r\n", timeouts_.command);
    if (!said) co_return broken(stage::ehlo, said.error());
    if (said->severity() != 2) co_return refused(stage::ehlo, *said);
    usable_ = true;
    co_return std::nullopt;
}

std::optional<verdict> smtp_client::refused(stage where, const smtp::reply& said) {
    if (said.severity() == 2 || said.severity() == 3) return broken(where, smtp_error::protocol);
    auto result = judge(where, said);
    result.remote = remote_name_;
    return result;
}

verdict smtp_client::broken(stage where, error_code what) {
    usable_ = false;
    stream_.close();
    auto result = judge(where, what);
    result.remote = remote_name_;
    return result;
}

std::optional<verdict> smtp_client::refusal(const smtp::mail_request& mail) const {
    if (mail.smtputf8 && !offers_.smtputf8) return not_offered(missing::smtputf8);
    if (mail.eight_bit && !offers_.eight_bit) return not_offered(missing::eight_bit);
    const bool too_large = offers_.size_max != 0 && mail.size > offers_.size_max;
    if (too_large) return not_offered(missing::size);
    return std::nullopt;
}

asio::awaitable<transaction_end> smtp_client::send(smtp::mail_request mail, body_source& body) {
    const bool kept = transactions_++ > 0;
    if (std::exchange(needs_reset_, false)) {
        const auto said = co_await command("RSET\r\n", timeouts_.command);
        if (!said || said->severity() != 2) usable_ = false;
    }
    smtp::transaction dialogue(std::move(mail), offers_);
    stage_began_ = clock::now();
    error_code trouble;
    bool answered = false;
    while (usable_ && !trouble) {
        const auto step = dialogue.next();
        if (step.what == action::finished) break;
        if (step.what != action::await_reply) {
            trouble = co_await perform(dialogue, step, body);
            continue;
        }
        auto said = co_await read_reply(limit_of(step.stage));
        ended(stage_of(step.stage));
        if (!said) {
            trouble = said.error();
        } else {
            answered = answered || said->code != 421;
            dialogue.on_reply(std::move(*said));
        }
    }
    if (trouble || !usable_) dialogue.on_broken();

    auto end = judged(dialogue, trouble);
    usable_ = dialogue.reusable();
    needs_reset_ = dialogue.needs_reset();
    end.stale = kept && !usable_ && !answered;
    if (!usable_) stream_.close();
    co_return end;
}

asio::awaitable<error_code> smtp_client::perform(
    smtp::transaction& dialogue, const smtp::transaction::step& step, body_source& body
) {
    switch (step.what) {
        case action::send: {
            const auto sent = co_await stream_.write(step.bytes, clock::now() + timeouts_.command);
            co_return sent ? error_code() : sent.error();
        }
        case action::send_data:
            co_return co_await send_data(dialogue, body);
        case action::send_bdat:
            co_return co_await send_bdat(dialogue, body);
        case action::await_reply:
        case action::finished:
            break;
    }
    co_return error_code();
}

asio::awaitable<error_code> smtp_client::send_data(smtp::transaction& dialogue, body_source& body) {
    smtp::dot_stuffer stuffer;
    for (bool last = false; !last;) {
        const auto chunk = co_await body.next();
        if (!chunk) co_return chunk.error();
        last = chunk->last;
        output_.clear();
        stuffer.append(chunk->bytes, output_);
        if (last) {
            stuffer.finish(output_);
            // From here on the server may have all of it, whatever we still hear.
            dialogue.on_body_sent();
        }
        const auto sent = co_await stream_.write(output_, clock::now() + timeouts_.block);
        if (!sent) co_return sent.error();
    }
    if (output_.capacity() > block_max) output_ = {};
    co_return error_code();
}

asio::awaitable<error_code> smtp_client::send_bdat(smtp::transaction& dialogue, body_source& body) {
    for (;;) {
        const auto chunk = co_await body.next();
        if (!chunk) co_return chunk.error();
        output_ =
            "BDAT " + std::to_string(chunk->bytes.size()) + (chunk->last ? " LAST\r\n" : "\r\n");
        output_ += chunk->bytes;
        if (chunk->last) dialogue.on_body_sent();
        const auto sent = co_await stream_.write(output_, clock::now() + timeouts_.block);
        if (!sent) co_return sent.error();
        if (chunk->last) break;

        auto said = co_await read_reply(timeouts_.block);
        if (!said) co_return said.error();
        if (said->severity() != 2) {
            dialogue.on_chunk_refused(std::move(*said));
            break;
        }
    }
    if (output_.capacity() > block_max) output_ = {};
    co_return error_code();
}

transaction_end smtp_client::judged(const smtp::transaction& dialogue, error_code what) {
    transaction_end end;
    const error_code lost = what ? what : error_code(net::errc::end_of_stream);
    for (const auto& result : dialogue.results()) {
        const auto where = stage_of(result.stage);
        auto verdict =
            result.said ? judge(where, *result.said) : judge(where, lost, where == stage::eod);
        verdict.remote = remote_name_;
        end.verdicts.push_back(std::move(verdict));
        end.again_at_once.push_back(result.again_at_once);
    }
    return end;
}

std::chrono::milliseconds smtp_client::limit_of(client_stage where) const {
    switch (where) {
        case client_stage::data:
            return timeouts_.data;
        case client_stage::eod:
            return timeouts_.final_reply;
        case client_stage::mail:
        case client_stage::rcpt:
            break;
    }
    return timeouts_.command;
}

asio::awaitable<void> smtp_client::quit() {
    if (std::exchange(usable_, false)) {
        // What comes back changes nothing any more; a server that does not answer is not waited
        // for.
        std::ignore = co_await command("QUIT\r\n", timeouts_.quit);
    }
    stream_.close();
}

}  // namespace kurir::outbound
