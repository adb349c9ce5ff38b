// Makes the signatures of messages on threads of its own, so that the I/O threads are free
// meanwhile; has the keys in effect. Thread-safe.
//
// Whoever wants a message signed holds it and waits, so no more can be in the line than there are
// sessions and settlements. Nothing is given up for lack of a free thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "metrics/signing.hpp"
#include "relay/dkim/message_signer.hpp"
#include "relay/message/digest_maker.hpp"

namespace kurir::signing {

using shared_signer = std::shared_ptr<const dkim::message_signer>;

// The envelope that a message is sent in, as far as signatures need it.
struct sent_envelope {
    std::string reverse_path;  // as in `queue::envelope`
    std::string queue_id;      // for the log
};

struct signed_fields {
    std::string text = {};  // in front of the message; empty: there is no key, or none is needed
    bool failed = false;    // there is a key, and no signature by it: this was logged
};

class signing_desk {
public:
    // `metrics` must outlive the desk.
    signing_desk(std::size_t threads, metrics::signing& metrics);
    signing_desk(const signing_desk&) = delete;
    signing_desk& operator=(const signing_desk&) = delete;

    // Waits for the signatures that are being made. Nobody may be waiting for one.
    ~signing_desk();

    // The signer of messages that begin from now on.
    void use(shared_signer signer);
    shared_signer current() const;

    // Resumes on the caller's executor. Can't be cancelled. `signer` is not null.
    boost::asio::awaitable<signed_fields> sign(
        shared_signer signer, message::digested wanted, sent_envelope envelope
    );

private:
    signed_fields leave(metrics::unsigned_reason reason);
    void count(const dkim::signing& made);
    bool may_log();

    metrics::signing& metrics_;
    mutable std::mutex mutex_;
    shared_signer current_;                    // under `mutex_`
    std::atomic<std::int64_t> next_line_ = 0;  // ticks of the clock from which the log has another
    boost::asio::thread_pool threads_;         // last, because they use the others
};

}  // namespace kurir::signing
