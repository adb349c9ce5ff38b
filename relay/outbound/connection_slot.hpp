// One connection slot: takes jobs, keeps one SMTP connection open between them, and settles each.
//
// Within one attempt it tries the hosts of the route in order (C051), as `attempt_plan`
// decides, until each recipient has a verdict that no other host can better. What it did is settled
// before anything else is awaited on that connection: QUIT comes after. It takes its next job only
// when the settlement of the one before last is durable, so that a kill duplicates at most two
// messages (decision 3).
#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "relay/net/task_group.hpp"
#include "relay/outbound/attempt_plan.hpp"
#include "relay/outbound/connection_setup.hpp"
#include "relay/outbound/hosts.hpp"
#include "relay/outbound/job_source.hpp"
#include "relay/outbound/message_conversion.hpp"
#include "relay/outbound/route.hpp"
#include "relay/outbound/settle.hpp"
#include "relay/outbound/smtp_client.hpp"
#include "relay/outbound/tls_plan.hpp"
#include "relay/storage/home.hpp"

namespace kurir::outbound {

// Held while a remote server may accept a message, or until the outcome is on the disk.
using stake = std::shared_ptr<const void>;

class connection_slot {
public:
    // All references must outlive the slot, which belongs to the executor of `home`. The slot keeps
    // a copy of `stake` while a message is at stake.
    connection_slot(
        const connection_setup& setup,
        storage::home& home,
        job_source& jobs,
        connection_id id,
        std::shared_ptr<const route> hosts,
        const stake& stake
    );

    // Works until its connection ends or the source has no job for it. Before this ends, every
    // job it took is settled or put back.
    boost::asio::awaitable<void> run();

private:
    // One attempt under way.
    struct attempt {
        job deliveries;           // of one message
        config::snapshot config;  // to the end of the attempt
        std::shared_ptr<const queue::stored_message> message;
        attempt_record record;
        host_cursor hosts;
        attempt_plan plan;
        std::vector<recipient_verdict> verdicts = {};  // when it is over
        bool begins_elsewhere = false;                 // not at the host that is connected to
        std::optional<host_address> same_host = {};    // to be connected to once more
        std::vector<host_address> untried = {};        // of hosts that are as good as those tried
        outbound::stake stake = {};                    // from the first transaction on
        // What `converted` is for; nothing: the message goes as it is.
        std::optional<mime::extent> conversion = {};
        std::optional<converted_message> converted = {};
    };

    // How a transaction is carried out over the connection that is open.
    struct terms {
        std::size_t messages_max = 0;
        std::size_t recipients_max = 0;
        transaction_manner manner;
    };

    boost::asio::awaitable<void> work(report& last);
    boost::asio::awaitable<std::optional<job>> next_job(report last);
    boost::asio::awaitable<report> take(job next);
    boost::asio::awaitable<report> put_off(attempt attempt);
    attempt begin(job deliveries, std::shared_ptr<const queue::stored_message> message);
    boost::asio::awaitable<void> deliver(attempt& attempt);
    boost::asio::awaitable<bool> transact(attempt& attempt);
    boost::asio::awaitable<std::optional<verdict>> fit(
        attempt& attempt, const extension_set& without, smtp::mail_request& request
    );
    boost::asio::awaitable<transaction_end> send(
        attempt& attempt, smtp::mail_request request, transaction_manner manner
    );
    boost::asio::awaitable<transaction_end> send(
        const attempt& attempt,
        smtp::mail_request request,
        body_source& body,
        transaction_manner manner
    );
    boost::asio::awaitable<bool> refuse(attempt& attempt, verdict trouble);
    boost::asio::awaitable<bool> follow(attempt& attempt, attempt_plan::next step);
    struct dialled;
    struct contest;
    boost::asio::awaitable<bool> connect(attempt& attempt);
    std::vector<host_address> next_entrants(attempt& attempt);
    boost::asio::awaitable<void> race_to(contest& contest);
    boost::asio::awaitable<void> enter(contest& contest, std::size_t entrant);
    boost::asio::awaitable<dialled> dial(const config::config& config, const host_address& host);
    bool record(attempt& attempt, contest& contest);
    bool record(attempt& attempt, const host_address& host, dialled failed);
    using socket = boost::asio::ip::tcp::socket;
    boost::asio::awaitable<base::result<socket, verdict>> dial_again(
        const attempt& attempt, const host_address& host
    );
    boost::asio::awaitable<std::optional<verdict>> begin_session(
        attempt& attempt,
        const host_address& host,
        const relayhost_credential& credential,
        socket socket
    );
    boost::asio::awaitable<std::optional<verdict>> open(
        attempt& attempt,
        const host_address& host,
        const relayhost_credential& credential,
        socket socket
    );
    boost::asio::awaitable<std::optional<verdict>> open(
        attempt& attempt,
        const host_address& host,
        tls_plan plan,
        const relayhost_credential& credential,
        socket socket
    );
    boost::asio::awaitable<std::optional<verdict>> introduce(
        const attempt& attempt,
        const host_address& host,
        tls_plan plan,
        const relayhost_credential& credential
    );
    void note_tls(tls_plan plan, const std::optional<verdict>& trouble);
    boost::asio::awaitable<base::result<relayhost_credential, verdict>> find_credential();
    boost::asio::awaitable<std::optional<verdict>> log_in(
        smtp::opening_terms terms, tls_terms tls, const relayhost_credential& credential
    );
    boost::asio::awaitable<void> drop_connection();
    terms terms_for(attempt& attempt);
    bool has_had_enough(attempt& attempt);
    void record_host(attempt& attempt, const host_address& host);
    void settle_in_background(attempt done);
    boost::asio::awaitable<void> write(finished_attempt finished, stake stake);
    boost::asio::awaitable<void> settled_but(std::size_t outstanding);
    void count_settling(double messages, double recipients);

    const connection_setup& setup_;
    storage::home& home_;
    job_source& jobs_;
    connection_id id_;
    std::shared_ptr<const route> route_;
    const stake& stake_;
    std::unique_ptr<smtp_client> client_;
    host_address connected_to_;
    std::shared_ptr<const facts::remote_protection> protection_;  // of the connection
    job current_;  // the current one, until its settlement has been started
    net::task_group settling_;
    net::timer settled_;  // never expires; cancelled when a settlement is durable
    std::size_t outstanding_ = 0;
    bool stale_session_ = false;  // of TLS: the handshake that tried to resume it has failed
    bool fresh_token_ = false;    // by which the login that just failed may be tried again
};

}  // namespace kurir::outbound
