#include "relay/outbound/smtp_client.hpp"

#include <utility>

namespace kurir::outbound {

namespace asio = boost::asio;
using boost::system::error_code;

smtp_client::smtp_client(
    asio::ip::tcp::socket socket,
    std::string remote,
    client_timeouts timeouts,
    metrics::outbound& metrics
)
    : connection_(std::move(socket), remote),
      remote_name_(std::move(remote)),
      timeouts_(timeouts),
      clock_(metrics) {}

asio::awaitable<std::optional<verdict>> smtp_client::open(
    smtp::opening_terms terms, tls_terms tls
) {
    resumes_ = tls.resumption.earlier.session != nullptr;
    auto opened =
        co_await open_session(connection_, clock_, timeouts_, std::move(terms), std::move(tls));
    if (opened.result) {
        session_ = std::move(*opened.result);
        usable_ = true;
        co_return std::nullopt;
    }
    connection_.close();
    insecure_ = opened.insecure;
    auto verdict = std::move(opened.result).error();
    verdict.remote = remote_name_;
    co_return verdict;
}

std::optional<verdict> smtp_client::refusal(const smtp::mail_request& mail) const {
    const auto& offers = session_.offers;
    if (mail.smtputf8 && !offers.smtputf8) return not_offered(missing::smtputf8);
    const bool too_large = offers.size_max != 0 && mail.size > offers.size_max;
    if (too_large) return not_offered(missing::size);
    return std::nullopt;
}

// Over a connection that was kept, the message goes by DATA: a reply to the message before that
// comes late is told from the replies to this one by DATA's 354, which no other command has. BDAT
// has none, and saves no round trip where commands go in groups.
smtp::peer smtp_client::offers_without(extension_set left_out) const {
    if (transactions_ > 1) left_out.add(extension::chunking);
    return reduced(session_.offers, left_out);
}

asio::awaitable<transaction_end> smtp_client::send(
    smtp::mail_request mail, body_source& body, transaction_manner manner
) {
    const bool kept = transactions_++ > 0;
    connection_.finish_by(net::clock::now() + timeouts_.commands());
    connection_.forget_offending();
    clock_.restart();
    const auto found = kept ? co_await look_at_kept() : kept_state::ready;
    usable_ = usable_ && found == kept_state::ready;

    const auto offers = offers_without(manner.without);
    smtp::transaction dialogue(mail, offers);
    transaction_driver driver(setup_, dialogue, kept ? nullptr : &session_);
    error_code error;
    if (usable_) error = co_await driver.run(body, mail.size);
    if (error || !usable_) dialogue.on_broken();

    const connection_failure failure{.error = error, .offending = connection_.offending()};
    auto end = end_of_transaction(dialogue, mail, offers, failure, manner.when_full);
    for (auto& verdict : end.verdicts)
        verdict.remote = remote_name_;
    end.unasked = end.unasked || found == kept_state::spoke_unasked;
    end.carried = delivered_;
    end.kept = kept;
    if (end.delivered()) ++delivered_;
    usable_ = usable_ && !error && dialogue.reusable();
    needs_reset_ = dialogue.needs_reset();
    end.stale = kept && !usable_ && !driver.answered();
    connection_.finish_at_any_time();
    if (!usable_) connection_.close();
    co_return end;
}

// A kept connection is used again only if nothing came over it meanwhile.
asio::awaitable<smtp_client::kept_state> smtp_client::look_at_kept() {
    if (std::exchange(needs_reset_, false) && connection_.quiet()) {
        const auto found = co_await reset();
        if (found != kept_state::ready) co_return found;
    }
    if (connection_.quiet()) co_return kept_state::ready;
    // That a server says 421 to a connection that was idle, or closes it, is in order.
    const auto reply = co_await connection_.read_leftover();
    const bool unasked =
        reply ? reply->code != closing_code : reply.error() == smtp_error::protocol;
    co_return unasked ? kept_state::spoke_unasked : kept_state::ended;
}

asio::awaitable<smtp_client::kept_state> smtp_client::reset() {
    const auto sent = co_await connection_.write("RSET\r\n", timeouts_.command);
    if (!sent) co_return kept_state::ended;
    const auto reply = co_await connection_.read_reply(timeouts_.command);
    if (!reply) co_return kept_state::ended;
    if (reply->severity() == 2) co_return kept_state::ready;
    co_return reply->code == closing_code ? kept_state::ended : kept_state::spoke_unasked;
}

asio::awaitable<void> smtp_client::quit() {
    if (std::exchange(usable_, false)) {
        // What comes back changes nothing any more; a server that does not answer is not waited
        // for.
        const auto sent = co_await connection_.write("QUIT\r\n", timeouts_.quit);
        if (sent) std::ignore = co_await connection_.read_reply(timeouts_.quit);
    }
    connection_.close();
}

}  // namespace kurir::outbound
