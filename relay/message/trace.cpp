#include "relay/message/trace.hpp"

#include <array>
#include <chrono>
#include <cstdio>

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
    return !recipient.empty() && recipient.size() <= named_max && is_ascii(recipient);
}

}  // namespace

std::string received_field(const hop& told) {
    std::string field = "Received: from " + smtp::received_from(told.helo, literal(told.client)) +
                        "\r\n\tby " + told.hostname + " (Kurir) with " + told.protocol;
    if (!told.tls.empty()) field += " (" + told.tls + ')';
    field += " id " + told.id;
    if (may_be_named(told.for_recipient)) field += "\r\n\tfor <" + told.for_recipient + '>';
    return field + ";\r\n\t" + date_text(told.at) + "\r\n";
}

std::string date_text(queue::time_point at) {
    using namespace std::chrono;
    static constexpr std::array days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
    };
    const auto day = floor<std::chrono::days>(at);
    const year_month_day date(day);
    const hh_mm_ss<seconds> time(floor<seconds>(at - day));

    std::array<char, 64> text{};
    const int length = std::snprintf(
        text.data(),
        text.size(),
        "%s, %02u %s %04d %02d:%02d:%02d +0000",
        days[weekday(day).c_encoding()],
        static_cast<unsigned>(date.day()),
        months[static_cast<unsigned>(date.month()) - 1],
        static_cast<int>(date.year()),
        static_cast<int>(time.hours().count()),
        static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count())
    );
    return {text.data(), static_cast<std::size_t>(length)};
}

std::string date_field(queue::time_point at) {
    return "Date: " + date_text(at) + "\r\n";
}

std::string message_id_text(queue::message_id id, std::string_view hostname) {
    return '<' + id.text() + '@' + std::string(hostname) + '>';
}

std::string message_id_field(queue::message_id id, std::string_view hostname) {
    return "Message-ID: " + message_id_text(id, hostname) + "\r\n";
}

}  // namespace kurir::message
