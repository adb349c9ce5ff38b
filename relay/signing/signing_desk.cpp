#include "relay/signing/signing_desk.hpp"

#include <utility>

#include "relay/log/log.hpp"
#include "relay/net/ask.hpp"
#include "relay/net/clock.hpp"

namespace kurir::signing {

namespace asio = boost::asio;

namespace {

// What concerns one message may concern every message.
constexpr std::chrono::seconds line_interval{1};

metrics::dkim_algorithm label_of(dkim::algorithm kind) noexcept {
    return kind == dkim::algorithm::rsa ? metrics::dkim_algorithm::rsa
                                        : metrics::dkim_algorithm::ed25519;
}

metrics::signing_result label_of(dkim::signing::step step) noexcept {
    switch (step) {
        case dkim::signing::step::made:
            return metrics::signing_result::made;
        case dkim::signing::step::present:
            return metrics::signing_result::present;
        case dkim::signing::step::failed:
            break;
    }
    return metrics::signing_result::failed;
}

}  // namespace

signing_desk::signing_desk(std::size_t threads, metrics::signing& metrics)
    : metrics_(metrics), threads_(threads) {}

signing_desk::~signing_desk() {
    threads_.join();
}

void signing_desk::use(shared_signer signer) {
    using metrics::dkim_algorithm;
    for (const auto kind : {dkim::algorithm::rsa, dkim::algorithm::ed25519}) {
        const auto keys = signer ? signer->ring().count(kind) : 0;
        metrics_.dkim_keys(label_of(kind)).set(static_cast<double>(keys));
    }
    // If this was the last user of the old one, it is destroyed after the lock is released.
    const std::lock_guard lock(mutex_);
    current_.swap(signer);
}

shared_signer signing_desk::current() const {
    const std::lock_guard lock(mutex_);
    return current_;
}

asio::awaitable<signed_fields> signing_desk::sign(
    shared_signer signer, message::digested wanted, sent_envelope envelope
) {
    const auto began = net::clock::now();
    const dkim::transaction sent{
        .domains =
            {
                .authors = dkim::domains_of(wanted.authors),
                .reverse_path = dkim::domain_of(envelope.reverse_path),
            },
        .time = std::chrono::floor<std::chrono::seconds>(net::calendar_now()),
    };
    auto choice = signer->choose(sent);
    if (choice.keys.empty()) co_return leave(metrics::unsigned_reason::no_key);
    if (!wanted.digest) {
        if (may_log()) {
            log::event(log::level::warning, "dkim")
                .with("what", "unsignable")
                .with("queue_id", envelope.queue_id)
                .with("domain", choice.keys.front().place.domain)
                .with("problem", "the message " + wanted.digest.error());
        }
        co_return leave(metrics::unsigned_reason::unsignable);
    }
    metrics_.dkim_signing.inc();
    auto made = co_await net::ask<dkim::signing>(
        threads_.get_executor(),
        [&wanted, &choice, &signer, time = sent.time](auto answer) {
            answer(signer->sign(*wanted.digest, wanted.header, choice, time));
        }
    );
    metrics_.dkim_signing.dec();
    const std::chrono::duration<double> took = net::clock::now() - began;
    metrics_.dkim_sign_duration_seconds.observe(took.count());
    count(made);
    if (made.failed() && may_log()) {
        log::event(log::level::error, "dkim")
            .with("what", "sign_failed")
            .with("queue_id", envelope.queue_id)
            .with("domain", choice.keys.front().place.domain)
            .with("error", made.failure);
    }
    co_return signed_fields{.text = std::move(made.fields), .failed = made.failed()};
}

signed_fields signing_desk::leave(metrics::unsigned_reason reason) {
    metrics_.dkim_unsigned_total(reason).inc();
    return {};
}

void signing_desk::count(const dkim::signing& made) {
    for (const auto& [kind, step] : made.steps)
        metrics_.dkim_signatures_total(label_of(kind), label_of(step)).inc();
    if (made.failed()) metrics_.dkim_unsigned_total(metrics::unsigned_reason::failed).inc();
}

// One line in a while.
bool signing_desk::may_log() {
    const auto now = net::clock::now().time_since_epoch();
    auto next = next_line_.load();
    if (now.count() < next) return false;
    return next_line_.compare_exchange_strong(next, (now + line_interval).count());
}

}  // namespace kurir::signing
