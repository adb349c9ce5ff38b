#include "relay/config/settings_delivery.hpp"

#include "relay/config/kinds.hpp"
#include "relay/config/settings_remote_tls.hpp"
#include "relay/config/single_kinds.hpp"
#include "relay/config/source_rows.hpp"

namespace kurir::config {
namespace {

using c = config;

}  // namespace

std::vector<setting> settings_of_names() {
    return {
        row({"KURIR_DNS_SERVERS", "", "Name servers to use. Unset: those of /etc/resolv.conf."},
            &c::dns_servers,
            name_servers()),
        row({"KURIR_PROHIBITED_NETWORKS",
             "loopback linklocal unspecified private shared documentation multicast reserved",
             "Networks to which mail routed by DNS is never sent. A relayhost may be anywhere.",
             at_reload},
            &c::prohibited_networks,
            networks()),
        row({"KURIR_REMOTE_PORT", "25", "The port of mail servers found by DNS."},
            &c::remote_port,
            number("1", "65535")),
        row({"KURIR_IP_FAMILY", "auto", "Which addresses of remote servers are used."},
            &c::family,
            one_of({"auto", "ipv4", "ipv6"})),
    };
}

std::vector<setting> settings_of_delivery() {
    return {
        row({"KURIR_RELAYHOST",
             "",
             "The server for all mail, never looked up as MX. Several: a comma separates servers "
             "in "
             "the order of preference, a vertical bar servers that share the load. Port 465 "
             "without "
             "a scheme means smtps://. Unset: mail is routed by DNS."},
            &c::relayhost,
            smarthost()),
        relayhost_tls_row(""),
        row({"KURIR_ROUTES",
             "",
             "Which mail takes another route than KURIR_RELAYHOST or DNS: rules, one on a line or "
             "separated by ;, of which the first that matches counts. See \"Routes\".",
             at_reload},
            &c::routes,
            routes()),
        source_addresses_row(),
        source_row("KURIR_RELAYHOST_SOURCE", ""),
        row({"KURIR_DELIVERY_WORKERS",
             "500",
             "Most deliveries at a time, to all destinations together."},
            &c::delivery_workers,
            number("1", "100000")),
        row({"KURIR_DESTINATION_CONCURRENCY", "20", "Most connections at a time to one destination."
            },
            &c::destination_concurrency,
            number("1", "10000")),
        row({"KURIR_DESTINATION_RATE",
             "none",
             "Messages to one destination in a period (s, min, h, d): a rate alone for all of "
             "them, gmail.com=10/s or *.outlook.com=200/min for some. The most specific rule wins."
            },
            &c::destination_rate,
            destination_rates()),
        row({"KURIR_CONNECTION_MESSAGES", "100", "Most messages over one connection.", at_reload},
            &c::connection_messages,
            number("1", "1000000")),
        row({"KURIR_TRANSACTION_RECIPIENTS",
             "100",
             "Most recipients in one transaction; fewer with a server that allows fewer.",
             at_reload},
            &c::transaction_recipients,
            number("1", "10000")),
        row({"KURIR_MAILBOX_FULL",
             "bounce",
             "What to do when a server permanently refuses a recipient because the mailbox is full "
             "(5.2.2).",
             at_reload},
            &c::mailbox_full,
            one_of({"bounce", "retry"})),
        row({"KURIR_REMOTE_IGNORE",
             "",
             "Extensions that are not used with some servers even if they offer them: "
             "PIPELINING, CHUNKING, SIZE, 8BITMIME, SMTPUTF8 or DSN, for a host, a domain or *.",
             at_reload},
            &c::remote_ignore,
            ignored_extensions()),
        row({"KURIR_CONNECTION_IDLE", "5s", "How long a connection is kept for the next message."},
            &c::connection_idle,
            time("0", "5m")),
    };
}

std::vector<setting> settings_of_waiting() {
    return {
        row({"KURIR_REMOTE_CONNECT_TIMEOUT",
             "30s",
             "How long to wait for a connection to one address.",
             at_reload},
            &c::remote_connect_timeout,
            timeout()),
        row({"KURIR_REMOTE_GREETING_TIMEOUT",
             "5m",
             "How long to wait for a server's greeting.",
             at_reload},
            &c::remote_greeting_timeout,
            timeout()),
        row({"KURIR_REMOTE_COMMAND_TIMEOUT",
             "5m",
             "How long to wait for the reply to EHLO, MAIL or RCPT.",
             at_reload},
            &c::remote_command_timeout,
            timeout()),
        row({"KURIR_REMOTE_DATA_TIMEOUT", "2m", "How long to wait for the reply to DATA.", at_reload
            },
            &c::remote_data_timeout,
            timeout()),
        row({"KURIR_REMOTE_BLOCK_TIMEOUT",
             "3m",
             "How long sending one part of a message may take.",
             at_reload},
            &c::remote_block_timeout,
            timeout()),
        row({"KURIR_REMOTE_FINAL_TIMEOUT",
             "10m",
             "How long to wait for the reply to a whole message. A shorter time causes duplicates.",
             at_reload},
            &c::remote_final_timeout,
            timeout()),
        row({"KURIR_REMOTE_QUIT_TIMEOUT", "5s", "How long to wait for the reply to QUIT.", at_reload
            },
            &c::remote_quit_timeout,
            timeout()),
    };
}

}  // namespace kurir::config
