// Everything that can be configured: one immutable value, made once from the environment.
//
// Each member is the variable KURIR_<NAME IN CAPITALS>; type, default, help and range of each are
// declared once, in the table of settings.cpp.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "relay/config/address_map.hpp"
#include "relay/config/admin_access.hpp"
#include "relay/config/client_tokens.hpp"
#include "relay/config/copy_rules.hpp"
#include "relay/config/dkim_signing.hpp"
#include "relay/config/from_rules.hpp"
#include "relay/config/header_rules.hpp"
#include "relay/config/listener_profile.hpp"
#include "relay/config/masquerade.hpp"
#include "relay/config/network.hpp"
#include "relay/config/permissions.hpp"
#include "relay/config/rate.hpp"
#include "relay/config/relayhost.hpp"
#include "relay/config/relayhost_login.hpp"
#include "relay/config/remote_ignores.hpp"
#include "relay/config/route_rules.hpp"
#include "relay/config/source_addresses.hpp"
#include "relay/config/suppression_table.hpp"
#include "relay/config/tls_policy.hpp"
#include "relay/config/user_list.hpp"

namespace kurir::config {

using duration = std::chrono::milliseconds;

enum class newline_policy : std::uint8_t { reject, normalize };
enum class log_format : std::uint8_t { automatic, json, text, postfix };
enum class log_redaction : std::uint8_t { none, smart, hash };
enum class log_level : std::uint8_t { debug, info, notice, warning, error };
enum class queue_mode : std::uint8_t { owner, group };
enum class queue_store : std::uint8_t { rocksdb, postgresql };
enum class database_commit : std::uint8_t { on, remote_apply, remote_write, local };
enum class full_mailbox_policy : std::uint8_t { bounce, retry };
enum class suppression_policy : std::uint8_t { reject, bounce, off };
enum class ip_family : std::uint8_t { automatic, ipv4, ipv6 };
enum class tls_version : std::uint8_t { v1_0, v1_1, v1_2, v1_3 };

struct listen_address {
    boost::asio::ip::tcp::endpoint endpoint;
    bool dual_stack = false;  // an IPv6 wildcard that also accepts IPv4
    bool any_family = false;  // written as a port alone: may fall back to 0.0.0.0 (decision 19)
    listener_profile profile;
};

struct config {
    // Who we are
    std::string hostname;  // FQDN; without a dot the EHLO is the address literal
    // Completes addresses without a full domain; empty: they are refused.
    std::string local_domain;
    std::string postmaster;  // where mail to <Postmaster> goes; empty: refused

    // Accepting
    std::vector<listen_address> listen;
    network_set trusted_networks;
    network_set xclient_networks;  // proxies that may name their clients by XCLIENT
    std::uint64_t max_message_size = 0;
    std::size_t max_recipients = 0;
    std::size_t max_sessions = 0;
    std::size_t max_sessions_per_client = 0;
    std::optional<rate> client_rate;   // messages of a client's network; none: no limit
    std::optional<rate> sender_rate;   // messages of a reverse-path
    std::size_t session_messages = 0;  // stored ones; 0: no limit
    std::size_t max_errors = 0;
    std::size_t max_hops = 0;
    std::size_t max_line_length = 0;
    duration command_timeout{};       // RFC 5321 4.5.3.2.7: at least 5 min on the Internet
    duration data_timeout{};          // between two blocks of a message
    std::uint64_t min_data_rate = 0;  // bytes per second of a message; 0: no minimum
    duration session_timeout{};       // total time of a session
    newline_policy bare_newline = newline_policy::normalize;
    std::uint64_t max_header_size = 1024UL * 1024;
    bool header_fixup = true;
    std::vector<std::string> keep_headers;  // in lower case: fields that stay in the message

    // Who may send what
    kurir::config::permissions permissions;
    std::vector<std::string> allowed_sender_domains;  // patterns in lower case; empty: any
    std::vector<std::string> allowed_recipient_domains;
    std::uint64_t runaway = 0;  // times the usual hourly rate; 0: off

    // Who must not get mail
    suppression_policy suppression = suppression_policy::reject;
    suppression_table suppression_list;  // beside what is in the queue folder

    // Rewriting
    masquerade masquerade_domains;
    from_rules force_from;
    address_map sender_map;
    address_map recipient_map;
    header_rules headers;
    copy_rules always_bcc;
    bool hide_client = false;
    std::vector<std::string> verp;  // patterns of senders in lower case

    // TLS of the listeners. Files are PEM; one file may hold certificate and key.
    std::vector<std::string> tls_cert;  // empty: no TLS; "generate" alone: we make one ourselves
    std::vector<std::string> tls_key;   // of the certificates in their order; or empty
    tls_version tls_min = tls_version::v1_2;
    std::string tls_client_ca;  // who signs certificates of clients; empty: none is asked for

    // Who may log in
    user_list users;
    kurir::config::client_tokens client_tokens;
    bool auth_insecure = false;  // passwords and tokens also in clear

    // TLS to remote servers
    tls_policy remote_tls = tls_policy::may;  // of the MX hosts of other domains than these
    tls_rules remote_tls_rules;
    // Of relayhosts, by name, "" of `relayhost`: what is asked, if not what their scheme says.
    std::map<std::string, std::optional<tls_policy>> relayhost_tls;
    std::string tls_ca;  // a file of roots that are trusted beside the system's; empty: none

    // The queue
    std::filesystem::path queue_dir;
    kurir::config::queue_mode queue_mode = queue_mode::owner;
    duration queue_lock_wait{};
    std::uint64_t queue_min_free = 0;
    duration max_queue_time{};
    duration retry_min{};
    duration retry_max{};
    std::uint64_t bounce_full_size = 0;  // up to this size a bounce returns the whole message

    // Several relays, one queue
    queue_store store = queue_store::rocksdb;
    std::string database_url;  // as libpq reads it: a secret
    duration database_wait{};
    duration database_lease{};
    kurir::config::database_commit database_commit = kurir::config::database_commit::on;
    admin_url handover;           // the relay that gets the queue at the end; or none
    std::filesystem::path adopt;  // where queue folders of others are; or empty

    // Names
    std::vector<std::string> dns_servers;  // "address" or "address:port"; empty: resolv.conf
    network_set prohibited_networks;
    std::uint16_t remote_port = 25;
    ip_family family = ip_family::automatic;  // KURIR_IP_FAMILY

    // Delivering
    relayhost_list relayhost;                          // for all other mail; empty: by MX
    std::map<std::string, relayhost_list> relayhosts;  // by name, in lower case
    kurir::config::relayhost_login relayhost_login;    // to those of `relayhost`
    std::map<std::string, kurir::config::relayhost_login> relayhost_logins;  // to those by name
    route_rules routes;
    source_addresses sources;  // for mail whose route has none of its own; empty: any
    std::map<std::string, source_addresses> relayhost_sources;  // by name; "": of `relayhost`
    std::size_t delivery_workers = 0;
    std::size_t destination_concurrency = 0;
    rate_rules destination_rate;
    std::size_t connection_messages = 0;  // messages over one connection before it is closed
    std::size_t transaction_recipients = 0;
    full_mailbox_policy mailbox_full = full_mailbox_policy::bounce;
    remote_ignores remote_ignore;
    duration connection_idle{};  // how long an idle connection is kept
    duration remote_connect_timeout{};
    duration remote_greeting_timeout{};  // RFC 5321 4.5.3.2.1
    duration remote_command_timeout{};   // EHLO, MAIL, RCPT: 4.5.3.2.2, 4.5.3.2.3
    duration remote_data_timeout{};      // DATA's 354: 4.5.3.2.4
    duration remote_block_timeout{};     // each block: 4.5.3.2.5
    duration remote_final_timeout{};     // after the dot: 4.5.3.2.6; never shorten (C020)
    duration remote_quit_timeout{};

    // Signing
    dkim_signing dkim;

    // Staging
    std::string redirect_all_to;  // the recipient of all mail; empty: as in its envelope
    bool capture = false;         // mail is accepted and kept, and nothing is delivered

    // Not a setting: the time of mail in the queue counts from here, if it was received before. The
    // app sets it when a start ends KURIR_CAPTURE.
    std::chrono::sys_time<duration> lifetimes_from{};

    // Running
    std::size_t threads = 0;
    boost::asio::ip::tcp::endpoint http_listen;
    std::optional<boost::asio::ip::tcp::endpoint> admin_listen;
    admin_token_list admin_token;
    admin_url admin;
    std::string admin_ca;
    duration history{};  // 0: nothing is kept
    std::uint64_t history_size = 0;
    duration shutdown_delay{};
    duration shutdown_grace{};
    bool core_dumps = false;
    bool sandbox = true;
    kurir::config::log_format log_format = log_format::automatic;
    kurir::config::log_level log_level = log_level::info;
    log_redaction log_redact = log_redaction::none;
    std::string log_redact_key;                // a secret; of log_redaction::hash
    std::size_t metrics_top_destinations = 0;  // how many are named
};

// True if the certificate is one that we make and sign ourselves.
inline bool generates_certificate(const config& config) {
    return config.tls_cert == std::vector<std::string>{"generate"};
}

// True if there is somebody who can log in by a password or a token.
inline bool has_logins(const config& config) {
    return config.users.given() || config.client_tokens.given();
}

}  // namespace kurir::config
