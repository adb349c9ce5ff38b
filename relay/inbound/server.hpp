// The SMTP server: its listeners, and their sessions spread over the I/O threads.
//
//   server smtp(config, store, metrics, observers, executors);   // one executor for each
//   io_context auto bound = smtp.listen();                       // before or while the contexts
//   run
//   ...
//   smtp.stop_accepting();                            // on the thread of executors[0]
//   co_await smtp.drain(deadline);                    // on the thread of executors[0]
//
// Everything is owned here: after `drain` no coroutine of it is left. Listeners live on the first
// executor; a session lives on one executor from accept to end. `config`, `store` and `metrics`
// must outlive the server, and the server must be declared before the contexts whose coroutines
// refer to it (decision 13).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metrics/inbound.hpp"
#include "queue/store.hpp"
#include "relay/config/live_config.hpp"
#include "relay/facts/observer.hpp"
#include "relay/inbound/submission_limits.hpp"
#include "relay/inbound/token_checker.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/error.hpp"
#include "relay/net/tls.hpp"
#include "relay/quota/ledger.hpp"
#include "relay/signing/signing_desk.hpp"
#include "relay/suppression/shared_list.hpp"

namespace kurir::inbound {

class server {
public:
    // Any thread. `executors` is not empty; each is of an io_context with one thread.
    // `large_messages`: the number that may be received at a time; 0: no limit. `signing` outlives
    // the server, too; null: no message is signed.
    server(
        const config::live_config& config,
        queue::store& store,
        metrics::inbound& metrics,
        const facts::observers& observers,
        std::vector<boost::asio::any_io_executor> executors,
        std::size_t large_messages = 0,
        signing::signing_desk* signing = nullptr
    );
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    // Call it after `drain`, when the contexts have returned, so that nothing runs any more.
    ~server();

    // Any thread. Sessions that begin from now on show these certificates, at listeners that speak
    // TLS, and accept those of clients that `client_ca` has signed. Returns what is wrong with
    // them, and then nothing changes; empty: nothing.
    std::string use(
        const net::server_certificates& certificates, const std::string& client_ca = {}
    );

    // Any thread; only where clients can log in by tokens. The keys by which these are checked from
    // now on, and how newer ones are got: tell the latter before `listen`.
    void use(shared_keys keys);
    void renew_keys_by(key_renewal renewal);

    // Binds every address of the configuration and starts to accept. Returns the bound addresses,
    // and logs each as `lifecycle` with what=listening; or the first error, logged with its
    // address, and then nothing listens. Call it once, on the thread of executors[0] or before any
    // context runs.
    net::result<std::vector<boost::asio::ip::tcp::endpoint>> listen();

    // Closes the listeners. Idempotent. On the thread of executors[0].
    void stop_accepting();

    // After `stop_accepting`: idle sessions get 421 at once, others when their transaction is over;
    // sessions that remain at `deadline` are cut off. Completes when no session is left. Await it
    // on the thread of executors[0], while the other contexts still run.
    boost::asio::awaitable<void> drain(net::clock::time_point deadline);

    // Any thread. What clients with permissions have sent.
    quota::ledger& counts() noexcept;

    // Any thread. How fast clients and senders may submit.
    submission_limits& rates() noexcept;

    // Any thread. Whose mail is not taken, beside KURIR_SUPPRESSION_LIST; at the start nobody's.
    suppression::shared_list& suppressions() noexcept;

    // Any thread.
    std::size_t sessions() const;

    // The network's gateway, while it is trusted and every client seems to be it: whoever reaches a
    // published port may relay. Any thread.
    std::optional<boost::asio::ip::address> trusted_gateway() const;

private:
    class parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace kurir::inbound
