#include "relay/outbound/smtp_client.hpp"

#include <algorithm>
#include <utility>

#include "relay/net/clock.hpp"
#include "relay/outbound/labels.hpp"
#include "relay/outbound/offence.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using boost::system::error_code;
using net::clock;
using smtp::client_stage;
using action = smtp::transaction::action;

namespace {

// A write of this size costs no more system calls than it must, and bounds the memory of a
// transaction.
constexpr std::size_t block_max = 256UL * 1024;

// How long a reply is waited for that nobody asked for, or that a failed write left behind.
constexpr auto short_while = 2s;

// Of all commands of a transaction; and the least pace of a body, beyond the first half hour. So a
// server that answers each command just in time does not hold a connection for days.
constexpr auto commands_max = 20min;
constexpr auto body_grace = 30min;
constexpr std::uint64_t body_pace = 16UL * 1024;  // bytes a second

// RSET after a refusal only confirms it.
constexpr auto reset_max = 30s;

constexpr int closing = 421;

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
        case client_stage::reset:
            return stage::mail;
    }
    return stage::eod;
}

stage stage_of(smtp::opening::stage where) {
    return where == smtp::opening::stage::greeting ? stage::banner : stage::ehlo;
}

bool is_delivered(const verdict& what) {
    return what.outcome == outcome::delivered;
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
    metrics_.delivery_stage_duration_seconds(label_of(which)).observe(took.count());
}

clock::time_point smtp_client::deadline(std::chrono::milliseconds within) const {
    return std::min(clock::now() + within, ends_);
}

asio::awaitable<smtp_client::reply_result> smtp_client::read_reply(
    std::chrono::milliseconds within, bool greeting
) {
    const auto until = deadline(within);
    for (;;) {
        switch (parser_.feed(unread_)) {
            case smtp::reply_parser::state::complete:
                co_return greeting ? parser_.take_greeting() : parser_.take();
            case smtp::reply_parser::state::broken:
                co_await read_rest_of_line();
                co_return make_error_code(smtp_error::protocol);
            case smtp::reply_parser::state::incomplete:
                break;
        }
        const auto got = co_await stream_.read_some(input_, until);
        if (!got) co_return got.error();
        unread_ = std::string_view(input_.data(), *got);
    }
}

// What is no reply is kept for the diagnostics: up to the end of its line, or as much as comes.
asio::awaitable<void> smtp_client::read_rest_of_line() {
    offence_ = parser_.offending();
    const auto until = clock::now() + short_while;
    while (unread_.empty() && offence_.size() < offence_max &&
           offence_.find('\n') == std::string::npos && !parser_.line_ended()) {
        const auto got = co_await stream_.read_some(input_, until);
        if (!got) break;
        offence_.append(input_.data(), *got);
    }
    offence_.resize(std::min(offence_.size(), offence_.find('\n')));
}

// Nothing was said that was not asked for. Also true when the server has closed: the next write or
// read tells that.
bool smtp_client::quiet() {
    return unread_.empty() && !parser_.pending() && stream_.waiting() == net::stream::input::none;
}

asio::awaitable<std::optional<verdict>> smtp_client::open(std::string hello) {
    smtp::opening_terms terms{.name = std::move(hello)};
    smtp::opening opening(std::move(terms));
    while (!opening.finished()) {
        const auto next = opening.next().what;
        const auto current =
            next == smtp::opening::action::await_greeting ? stage::banner : stage::ehlo;
        auto said = co_await say_opening(opening);
        ended(current);
        if (!said) co_return broken(current, said.error());
    }
    if (opening.succeeded()) {
        offers_ = opening.offers();
        greeting_name_ = opening.greeting_name();
        hello_ = opening.hello();
        usable_ = true;
        co_return std::nullopt;
    }
    const auto where = stage_of(opening.at());
    if (opening.refusal()) co_return with_remote(judge(where, *opening.refusal()));
    stream_.close();
    co_return with_remote(
        judge_protocol(where, "an unexpected reply: " + offending_line(*opening.fault()))
    );
}

// Says the next command and hears its reply, or hears what comes instead.
asio::awaitable<smtp_client::reply_result> smtp_client::say_opening(smtp::opening& opening) {
    const auto step = opening.next();
    const bool greeting = step.what == smtp::opening::action::await_greeting;
    auto patience = greeting ? timeouts_.greeting : timeouts_.command;
    if (!greeting && !quiet()) {
        auto said = co_await read_reply(short_while);
        if (said) opening.on_unasked(*said);
        co_return said;
    }
    if (!greeting) {
        const auto sent = co_await stream_.write(step.bytes, deadline(timeouts_.command));
        if (!sent) patience = short_while;  // it may have said why
    }
    auto said = co_await read_reply(patience, greeting);
    if (said) opening.on_reply(*said);
    co_return said;
}

verdict smtp_client::with_remote(verdict what) const {
    what.remote = remote_name_;
    return what;
}

verdict smtp_client::broken(stage where, error_code what) {
    usable_ = false;
    stream_.close();
    if (what == smtp_error::protocol)
        return with_remote(judge_protocol(where, "no SMTP reply: " + offending_line(offence_)));
    return with_remote(judge(where, what));
}

std::optional<verdict> smtp_client::refusal(const smtp::mail_request& mail) const {
    if (mail.smtputf8 && !offers_.smtputf8) return not_offered(missing::smtputf8);
    if (mail.eight_bit && !offers_.eight_bit) return not_offered(missing::eight_bit);
    const bool too_large = offers_.size_max != 0 && mail.size > offers_.size_max;
    if (too_large) return not_offered(missing::size);
    return std::nullopt;
}

// Over a connection that was kept, the message goes by DATA: a reply to the message before that
// comes late is told from the replies to this one by DATA's 354, which no other command has. BDAT
// has none, and saves no round trip where commands go in groups.
smtp::peer smtp_client::offers_without(extension_set left_out) const {
    if (transactions_ > 1) left_out.add(extension::chunking);
    return reduced(offers_, left_out);
}

asio::awaitable<transaction_end> smtp_client::send(
    smtp::mail_request mail, body_source& body, transaction_manner manner
) {
    transaction_end end;
    end.carried = delivered_;
    end.kept = transactions_++ > 0;
    ends_ = clock::now() + std::max<std::chrono::milliseconds>(commands_max, timeouts_.command);
    body_time_ = body_grace + timeouts_.final_reply + std::chrono::seconds(mail.size / body_pace);
    stage_began_ = clock::now();
    answered_ = false;
    offence_.clear();
    if (end.kept) usable_ = co_await is_ready(end);

    const auto offers = offers_without(manner.without);
    smtp::transaction dialogue(mail, offers);
    error_code trouble;
    end.in_groups = offers.pipelining;
    if (usable_) trouble = co_await converse(dialogue, body);
    if (trouble || !usable_) dialogue.on_broken();

    judge_all(dialogue, trouble, manner.when_full, end);
    if (std::ranges::any_of(end.verdicts, is_delivered)) ++delivered_;
    end.accepted = dialogue.accepted();
    end.cut_at = dialogue.cut_at();
    end.refusals_forgotten = dialogue.refusals_forgotten();
    end.all_too_many = dialogue.all_too_many();
    end.failing = failing_extensions(mail, offers, dialogue.results(), end.accepted.size());
    usable_ = usable_ && !trouble && dialogue.reusable();
    needs_reset_ = dialogue.needs_reset();
    end.stale = end.kept && !usable_ && !answered_;
    ends_ = clock::time_point::max();
    if (!usable_) stream_.close();
    co_return end;
}

// A kept connection is used again only if nothing came over it meanwhile.
asio::awaitable<bool> smtp_client::is_ready(transaction_end& end) {
    if (std::exchange(needs_reset_, false) && quiet()) {
        const auto sent = co_await stream_.write("RSET\r\n", deadline(timeouts_.command));
        if (!sent) co_return false;
        const auto said = co_await read_reply(timeouts_.command);
        if (!said || said->severity() != 2) {
            end.unasked = said && said->code != closing;
            co_return false;
        }
    }
    if (quiet()) co_return true;
    // That a server says 421 to a connection that was idle, or closes it, is in order.
    const auto said = co_await read_reply(short_while);
    end.unasked = said ? said->code != closing : said.error() == smtp_error::protocol;
    co_return false;
}

asio::awaitable<error_code> smtp_client::converse(smtp::transaction& dialogue, body_source& body) {
    for (;;) {
        const auto step = dialogue.next();
        if (step.what == action::finished) co_return error_code();
        error_code trouble;
        if (step.what == action::await_reply) {
            trouble = co_await hear_reply(dialogue, step.stage);
        } else if (quiet()) {
            trouble = co_await perform(dialogue, step, body);
        } else {
            trouble = co_await hear_unasked(dialogue);
        }
        if (trouble) co_return trouble;
    }
}

asio::awaitable<error_code> smtp_client::hear_unasked(smtp::transaction& dialogue) {
    auto said = co_await read_reply(short_while);
    if (!said) co_return said.error();
    dialogue.on_unasked(std::move(*said));
    co_return error_code();
}

asio::awaitable<error_code> smtp_client::hear_reply(
    smtp::transaction& dialogue, client_stage stage
) {
    auto said = co_await read_reply(limit_of(stage));
    if (stage != client_stage::reset) ended(stage_of(stage));
    if (!said) co_return said.error();
    answered_ = answered_ || said->code != closing;
    if (stage == client_stage::mail && is_hello_again(*said)) {
        dialogue.on_unasked(std::move(*said));
    } else {
        dialogue.on_reply(std::move(*said));
    }
    co_return error_code();
}

// EHLO was answered twice, and the second reply came late.
bool smtp_client::is_hello_again(const smtp::reply& said) const {
    if (transactions_ > 1 || said != hello_) return false;
    const bool of_this_host = !greeting_name_.empty() && said.lines[0].starts_with(greeting_name_);
    return said.lines.size() > 1 || of_this_host;
}

asio::awaitable<error_code> smtp_client::perform(
    smtp::transaction& dialogue, const smtp::transaction::step& step, body_source& body
) {
    switch (step.what) {
        case action::send:
            co_return co_await send_commands(dialogue, step.bytes);
        case action::send_data:
            ends_ = clock::now() + body_time_;
            co_return co_await send_data(dialogue, body);
        case action::send_bdat:
            ends_ = clock::now() + body_time_;
            co_return co_await send_bdat(dialogue, body);
        case action::await_reply:
        case action::finished:
            break;
    }
    co_return error_code();
}

asio::awaitable<error_code> smtp_client::send_commands(
    smtp::transaction& dialogue, const std::string& bytes
) {
    const auto sent = co_await stream_.write(bytes, deadline(timeouts_.command));
    if (sent) co_return error_code();
    // What it answered before it closed counts.
    for (auto step = dialogue.next(); step.what == action::await_reply; step = dialogue.next()) {
        auto said = co_await read_reply(short_while);
        if (!said) break;
        answered_ = answered_ || said->code != closing;
        dialogue.on_reply(std::move(*said));
    }
    co_return sent.error();
}

// A part of the message. A server that refuses it says so at any time, and may read no more of it.
asio::awaitable<net::result<void>> smtp_client::write_block() {
    return stream_.write_unless_answered(output_, deadline(timeouts_.block));
}

// A reply that comes before the message was sent, or that a failed write left behind.
asio::awaitable<error_code> smtp_client::hear_early(
    smtp::transaction& dialogue, error_code otherwise
) {
    if (otherwise == net::errc::interrupted) otherwise = {};
    auto said = co_await read_reply(short_while);
    const bool counts = said && (!otherwise || said->severity() >= 4);
    if (!counts) co_return otherwise ? otherwise : said.error();
    dialogue.on_early_reply(std::move(*said));
    co_return error_code();
}

asio::awaitable<error_code> smtp_client::send_data(smtp::transaction& dialogue, body_source& body) {
    smtp::dot_stuffer stuffer;
    bool first = true;
    for (bool last = false; !last; first = false) {
        const auto chunk = co_await body.next();
        if (!chunk) co_return chunk.error();
        last = chunk->last;
        output_.clear();
        stuffer.append(chunk->bytes, output_);
        if (!first && !quiet()) co_return co_await hear_early(dialogue, {});
        if (last) {
            stuffer.finish(output_);
            // From here on the server may have all of it, whatever we still hear.
            dialogue.on_body_sent();
        }
        const auto sent = co_await write_block();
        if (!sent) co_return co_await hear_early(dialogue, sent.error());
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
        if (!quiet()) co_return co_await hear_unasked(dialogue);
        if (chunk->last) dialogue.on_body_sent();
        const auto sent = co_await write_block();
        if (!sent) co_return co_await hear_early(dialogue, sent.error());
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

void smtp_client::judge_all(
    const smtp::transaction& dialogue, error_code what, full_mailbox when_full, transaction_end& end
) {
    const error_code lost = what ? what : error_code(net::errc::end_of_stream);
    std::string fault;
    if (const auto& found = dialogue.fault()) {
        const auto why =
            found->unasked ? "a reply that nobody asked for: " : "an unexpected reply: ";
        fault = why + offending_line(found->said);
        end.out_of_step = true;
        end.unasked = found->unasked;
        end.group_out_of_step = end.in_groups && !found->unasked && !dialogue.sent_end_of_data();
    } else if (what == smtp_error::protocol) {
        fault = "no SMTP reply: " + offending_line(offence_);
        end.out_of_step = true;
    }
    for (const auto& result : dialogue.results()) {
        const auto where = stage_of(result.stage);
        const bool at_end = where == stage::eod;
        auto one = result.said      ? judge(where, *result.said, when_full)
                   : !fault.empty() ? judge_protocol(where, fault, at_end)
                                    : judge(where, lost, at_end);
        end.verdicts.push_back(with_remote(std::move(one)));
        end.again_at_once.push_back(result.again_at_once);
    }
}

std::chrono::milliseconds smtp_client::limit_of(client_stage where) const {
    switch (where) {
        case client_stage::data:
            return timeouts_.data;
        case client_stage::eod:
            return timeouts_.final_reply;
        case client_stage::reset:
            return std::min<std::chrono::milliseconds>(timeouts_.command, reset_max);
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
        const auto sent = co_await stream_.write("QUIT\r\n", deadline(timeouts_.quit));
        if (sent) std::ignore = co_await read_reply(timeouts_.quit);
    }
    stream_.close();
}

}  // namespace kurir::outbound
