#include "relay/message/trace.hpp"

#include "relay/base/text.hpp"
#include "relay/base/utc.hpp"
#include "relay/message/ascii_text.hpp"
#include "relay/smtp/hello.hpp"

namespace kurir::message {

namespace {

// "[192.0.2.1]" or "[IPv6:2001:db8::1]".
std::string literal(std::string_view address) {
    const bool v6 = address.find(':') != std::string_view::npos;
    return (v6 ? "[IPv6:" : "[") + std::string(address) + ']';
}

// The clause is optional. It is left out if a line would become too long, or if it had characters
// that mislead a reader (without a glyph, or changing the direction of text).
bool may_be_named(std::string_view recipient) {
    constexpr std::size_t named_max = 320;
    return !recipient.empty() && recipient.size() <= named_max && !base::has_high(recipient);
}

}  // namespace

std::string received_field(const hop& told) {
    std::string field = "Received: ";
    if (!told.hidden) {
        field += "from " + smtp::received_from(told.helo, literal(told.client)) + "\r\n\t";
    }
    field += "by " + told.hostname + " (Kurir) with " + told.protocol;
    if (!told.tls.empty()) field += " (" + told.tls + ')';
    field += " id " + told.id;
    if (may_be_named(told.for_recipient)) field += "\r\n\tfor <" + told.for_recipient + '>';
    return field + ";\r\n\t" + base::mail_date(told.at) + "\r\n";
}

std::string original_to_field(std::string_view address) {
    return header_field("X-Kurir-Original-To", ascii_address(tame(address)));
}

std::string date_field(queue::time_point at) {
    return "Date: " + base::mail_date(at) + "\r\n";
}

std::string message_id_text(queue::message_id id, std::string_view hostname) {
    return '<' + id.text() + '@' + std::string(hostname) + '>';
}

std::string message_id_field(queue::message_id id, std::string_view hostname) {
    return "Message-ID: " + message_id_text(id, hostname) + "\r\n";
}

}  // namespace kurir::message
