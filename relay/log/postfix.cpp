#include "relay/log/postfix.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <ctime>
#include <optional>

#include "relay/base/text.hpp"
#include "relay/log/postfix_words.hpp"

namespace kurir::log {

namespace {

double seconds_in(std::string_view text) {
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

// Seconds as Postfix writes them: as many digits as matter.
std::string seconds_text(double value) {
    const int digits = value < 1 ? 3 : value < 10 ? 2 : 0;
    std::array<char, 64> buffer{};
    const auto end = std::to_chars(
        buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, digits
    );
    std::string text(buffer.data(), end.ptr);
    if (digits == 0) return text;
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
}

// The lines of one event, one after the other.
class writer {
public:
    writer(std::string& output, const occurrence& event, const syslog_origin& origin)
        : output_(output), event_(event), origin_(origin) {}

    bool has(std::string_view key) const {
        return std::ranges::find(event_.fields, key, &shown_field::key) != event_.fields.end();
    }

    std::string_view value(std::string_view key) const {
        const auto found = std::ranges::find(event_.fields, key, &shown_field::key);
        return found == event_.fields.end() ? std::string_view() : found->value;
    }

    // Begins a line of postfix/`program`.
    writer& begin(std::string_view program) { return begin(program, event_.time, origin_); }

    // The same for a session: Postfix has a process for each, whose number joins its lines.
    writer& begin_smtpd(std::chrono::milliseconds ago = {}) {
        auto of_session = origin_;
        of_session.process = session_number();
        return begin("smtpd", event_.time - ago, of_session);
    }

    template <class... Texts>
    writer& add(const Texts&... texts) {
        (output_.append(texts), ...);
        return *this;
    }

    // `value` in angle brackets, which nothing in it closes.
    writer& add_path(std::string_view value) {
        output_ += '<';
        for (const char c : value) {
            if (c == '<') {
                output_ += R"(\x3c)";
            } else if (c == '>') {
                output_ += R"(\x3e)";
            } else {
                output_ += c;
            }
        }
        output_ += '>';
        return *this;
    }

    // The client. Kurir looks up no names of clients.
    writer& add_client() { return add("unknown[", value("client_ip"), "]"); }

private:
    writer& begin(
        std::string_view program, base::sys_milliseconds time, const syslog_origin& origin
    ) {
        if (begun_) output_ += '\n';
        begun_ = true;
        append_syslog_prefix(output_, time, origin, "postfix/" + std::string(program));
        return *this;
    }

    // Looks like the number of a process.
    long session_number() const {
        constexpr std::uint32_t processes = 4'194'303;
        std::uint32_t hash = 2'166'136'261U;  // FNV-1a
        for (const char c : value("session_id"))
            hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
        return static_cast<long>(hash % processes) + 1;
    }

    std::string& output_;
    const occurrence& event_;
    const syslog_origin& origin_;
    bool begun_ = false;
};

void write_queued(writer& lines) {
    const auto id = lines.value("queue_id");
    lines.begin("qmgr").add(id, ": from=").add_path(lines.value("from"));
    lines.add(", size=", lines.value("size"), ", nrcpt=", lines.value("recipients"));
    lines.add(" (queue active)");
}

void write_received(writer& lines) {
    const auto id = lines.value("queue_id");
    lines.begin_smtpd().add(id, ": client=").add_client();
    if (lines.has("user")) lines.add(", sasl_username=", lines.value("user"));
    lines.begin("cleanup").add(id, ": message-id=", lines.value("message_id"));
    write_queued(lines);
}

// The command that was refused, in a word that Postfix may use.
std::string_view refused_command(const writer& lines) {
    const auto stage = lines.value("stage");
    if (stage == "connect") return "CONNECT";
    if (stage == "eod") return "END-OF-MESSAGE";
    return known_command(lines.value("command"));
}

void write_rejected(writer& lines) {
    const auto command = refused_command(lines);
    const auto reason = lines.value("reason");
    if (const auto offence = offence_of(reason); !offence.empty()) {
        lines.begin_smtpd().add(offence, " after ", command, " from ").add_client();
        return;
    }
    lines.begin_smtpd().add("NOQUEUE: reject: ", command, " from ").add_client();
    lines.add(": ", lines.value("code"), " ", lines.value("enhanced"), " ");
    if (command == "RCPT" && lines.has("to")) lines.add_path(lines.value("to")).add(": ");
    if (command == "MAIL" && lines.has("from")) lines.add_path(lines.value("from")).add(": ");
    lines.add(words_for(reason), ";");
    if (lines.has("from")) lines.add(" from=").add_path(lines.value("from"));
    if (lines.has("to")) lines.add(" to=").add_path(lines.value("to"));
    lines.add(" proto=ESMTP");
    if (lines.has("helo")) lines.add(" helo=").add_path(lines.value("helo"));
}

// A login that was malformed or cancelled is nobody's guess, and Postfix has no words for it.
void write_login_failed(writer& lines) {
    const auto why = login_words(lines.value("reason"));
    if (why.empty()) return;
    lines.begin_smtpd().add("warning: ").add_client();
    lines.add(": SASL ", lines.value("mechanism"), " authentication failed: ", why);
    if (!lines.value("user").empty()) lines.add(", sasl_username=", lines.value("user"));
}

void write_tls_failed(writer& lines) {
    lines.begin_smtpd().add("SSL_accept error from ").add_client();
    lines.add(": ", lines.value("error"));
}

// The session is told of at its end, its beginning included.
void write_session(writer& lines) {
    const std::chrono::duration<double> lasted(seconds_in(lines.value("duration_s")));
    lines.begin_smtpd(std::chrono::round<std::chrono::milliseconds>(lasted));
    lines.add("connect from ").add_client();
    const auto reason = lines.value("reason");
    const bool lost = reason == "client_lost" || reason == "tls_failed";
    if (lost || reason == "timeout") {
        lines.begin_smtpd().add(lost ? "lost connection" : "timeout", " after ");
        const auto last = lines.value("last_command");
        lines.add(last.empty() ? "CONNECT" : known_command(last), " from ").add_client();
    }
    lines.begin_smtpd().add("disconnect from ").add_client();
    lines.add(" commands=", lines.value("commands"));
}

// The remote server's words, and which command they answer.
void add_response(writer& lines) {
    const auto response = lines.value("response");
    const auto answered = answered_command(lines.value("stage"));
    if (lines.value("cause") != "reply" || answered.empty() || lines.value("mx_host").empty()) {
        lines.add(" (", response, ")");
        return;
    }
    lines.add(" (host ", lines.value("mx_host"), "[", lines.value("mx_ip"), "] said: ", response);
    lines.add(" (in reply to ", answered, "))");
}

void write_result(writer& lines, std::string_view program, std::string_view status) {
    lines.begin(program).add(lines.value("queue_id"), ": to=").add_path(lines.value("to"));
    const auto host = lines.value("mx_host");
    lines.add(", relay=");
    if (host.empty()) {
        lines.add("none");
    } else {
        lines.add(host, "[", lines.value("mx_ip"), "]:", lines.value("port"));
    }
    // Before the queue, in the queue, for the connection, for the transmission. Kurir counts from
    // receipt, and an attempt as a whole.
    const auto delay = std::max(0.0, seconds_in(lines.value("delay_s")));
    const auto attempt = std::clamp(seconds_in(lines.value("attempt_s")), 0.0, delay);
    lines.add(", delay=", seconds_text(delay));
    lines.add(", delays=0/", seconds_text(delay - attempt), "/0/", seconds_text(attempt));
    lines.add(", dsn=", lines.value("enhanced"), ", status=", status);
    if (status == "sent") {
        lines.add(" (", lines.value("response"), ")");
    } else {
        add_response(lines);
    }
}

void write_failed(writer& lines) {
    write_result(lines, "smtp", "bounced");
    const auto id = lines.value("queue_id");
    if (lines.has("expired")) {
        lines.begin("qmgr").add(id, ": from=").add_path(lines.value("from"));
        lines.add(", status=expired, returned to sender");
    }
    if (!lines.has("bounce_id")) return;
    lines.begin("bounce").add(id, ": sender non-delivery notification: ");
    lines.add(lines.value("bounce_id"));
}

struct row {
    std::string_view event;
    void (*write)(writer& lines);
};

constexpr auto rows = std::to_array<row>({
    {"received", write_received},
    {"rejected", write_rejected},
    {"login_failed", write_login_failed},
    {"tls_failed", write_tls_failed},
    {"session", write_session},
    {"dsn_queued", write_queued},
    {"delivered", [](writer& lines) { write_result(lines, "smtp", "sent"); }},
    {"discarded", [](writer& lines) { write_result(lines, "discard", "sent"); }},
    {"deferred", [](writer& lines) { write_result(lines, "smtp", "deferred"); }},
    {"bounced", write_failed},
    {"undeliverable", write_failed},
});

}  // namespace

void append_syslog_prefix(
    std::string& output,
    base::sys_milliseconds time,
    const syslog_origin& origin,
    std::string_view program
) {
    const auto seconds = std::chrono::system_clock::to_time_t(time);
    std::tm local{};
    ::localtime_r(&seconds, &local);
    std::array<char, 32> text{};
    // Names of months in English, whatever the locale is: the program never sets one.
    const auto size = std::strftime(text.data(), text.size(), "%b %e %H:%M:%S ", &local);
    output.append(text.data(), size).append(origin.host).append(" ").append(program);
    output.append("[").append(std::to_string(origin.process)).append("]: ");
}

void append_postfix_lines(
    std::string& output, const occurrence& event, const syslog_origin& origin
) {
    const auto found = std::ranges::find(rows, event.name, &row::event);
    if (found == rows.end()) return;
    writer lines(output, event, origin);
    found->write(lines);
}

}  // namespace kurir::log
