#include "relay/inbound/advice.hpp"

#include <algorithm>
#include <string_view>

#include "relay/config/network.hpp"
#include "relay/inbound/admission.hpp"

namespace kurir::inbound {

namespace {

using boost::asio::ip::address;
using boost::asio::ip::address_v4;

struct private_network {
    const char* base;
    unsigned base_bits;
    unsigned usual_bits;  // the usual size of such networks
};

constexpr private_network private_networks[] = {
    {"10.0.0.0", 8, 16}, {"172.16.0.0", 12, 16}, {"192.168.0.0", 16, 24}
};

std::string first_bits(const address& full, unsigned bits) {
    const std::uint32_t mask = ~std::uint32_t{0} << (32 - bits);
    return address_v4(full.to_v4().to_uint() & mask).to_string() + '/' + std::to_string(bits);
}

std::string network_to_trust(const address& client) {
    if (client.is_v6()) {
        const bool unique_local = (client.to_v6().to_bytes()[0] & 0xfe) == 0xfc;  // RFC 4193
        return unique_local ? client_network(client) : client.to_string();
    }
    for (const auto& known : private_networks) {
        config::network network;
        network.base = boost::asio::ip::make_address(known.base);
        network.prefix_length = known.base_bits;
        if (network.contains(client)) return first_bits(client, known.usual_bits);
    }
    return client.to_string();
}

// The reasons that refuse only strangers.
bool is_for_strangers(const smtp::exchange& refused) noexcept {
    using enum smtp::reject_reason;
    switch (refused.reason) {
        case relay_denied:
        case sender_denied:
        case sender_unqualified:
        case too_many_sessions:
        case early_talker:
            return true;
        case syntax:
        case parameter:
        case bad_sequence:
            return refused.at == smtp::stage::helo || refused.at == smtp::stage::mail;
        default:
            return false;
    }
}

std::string_view advice_on(smtp::reject_reason reason) noexcept {
    using enum smtp::reject_reason;
    switch (reason) {
        case sender_unqualified:
        case recipient_unqualified:
            return "set KURIR_LOCAL_DOMAIN";
        case no_postmaster:
            return "set KURIR_POSTMASTER";
        case route:
            return "change the rule of KURIR_ROUTES that rejects it";
        case moved:
            return "change the entry of KURIR_RECIPIENT_MAP that says 551";
        case too_big:
            return "raise KURIR_MAX_MESSAGE_SIZE";
        case header_too_big:
            return "raise KURIR_MAX_HEADER_SIZE";
        case too_many_recipients:
            return "raise KURIR_MAX_RECIPIENTS";
        case line_too_long:
            return "raise KURIR_MAX_LINE_LENGTH";
        case loop:
            return "raise KURIR_MAX_HOPS, if the message is not in a loop";
        case bare_newline:
            return "set KURIR_BARE_NEWLINE to normalize";
        case too_many_errors:
            return "raise KURIR_MAX_ERRORS";
        case too_many_sessions:
            return "raise KURIR_MAX_SESSIONS";
        case too_many_of_client:
            return "raise KURIR_MAX_SESSIONS_PER_CLIENT";
        case rate_limited:
            return "raise KURIR_CLIENT_RATE or KURIR_SENDER_RATE";
        case tls_on_plain_port:
            return "set the client to STARTTLS, or let it use a port that has tls=implicit in "
                   "KURIR_LISTEN";
        case tls_required:
            return "set the client to STARTTLS";
        case auth_not_offered:
            return "set the client to use TLS: the users of KURIR_USERS log in under TLS, where "
                   "KURIR_LISTEN does not say auth=off";
        case auth_required:
            return "give the client a user of KURIR_USERS, or a token, to log in with";
        case proxy_denied:
            return "if it is a proxy, name it in KURIR_LISTEN (proxy=) or KURIR_XCLIENT_NETWORKS";
        case disk_low:
            return "make room on the disk of the queue, or of its database, or lower "
                   "KURIR_QUEUE_MIN_FREE";
        default:
            return "";
    }
}

}  // namespace

std::string trusting_advice(const address& client) {
    return "add " + network_to_trust(client) + " to KURIR_TRUSTED_NETWORKS";
}

std::string admitting_advice(const smtp::exchange& refused, bool trusted, const address& client) {
    if (!trusted && is_for_strangers(refused)) return trusting_advice(client);
    // The end of a command line is not part of a message.
    const bool in_command = refused.at != smtp::stage::end_of_data;
    if (refused.reason == smtp::reject_reason::bare_newline && in_command) return {};
    return std::string(advice_on(refused.reason));
}

}  // namespace kurir::inbound
