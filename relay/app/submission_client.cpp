#include "relay/app/submission_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string_view>
#include <system_error>

#include "relay/base/text.hpp"
#include "relay/smtp/command.hpp"
#include "relay/smtp/dot_stuffer.hpp"
#include "relay/smtp/peer.hpp"
#include "relay/smtp/reply_parser.hpp"

namespace kurir::app {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

namespace {

constexpr auto step_patience = 5min;
constexpr auto final_patience = 10min;

// RFC 3461 section 4.
std::string as_xtext(std::string_view text) {
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 0x20 && byte < 0x7f && c != '+' && c != '=') {
            encoded += c;
            continue;
        }
        encoded += '+';
        encoded += base::capital_hex_digits[byte >> 4U];
        encoded += base::capital_hex_digits[byte & 0xfU];
    }
    return encoded;
}

// The status of a recipient that is refused for good is another one than that of a message, or of
// everything.
int status_of(const smtp::reply& said, bool of_recipient, bool of_content) {
    if (said.severity() != 5) return EX_TEMPFAIL;
    if (of_recipient && (said.status.subject == 1 || !said.status)) return EX_NOUSER;
    if (of_content) return EX_DATAERR;
    return EX_UNAVAILABLE;
}

class submission_session {
public:
    submission_session(const relay_place& relay, const submitted_message& message)
        : relay_(relay), message_(message) {}

    submission_end run() {
        peer_.expires_after(step_patience);
        peer_.connect(relay_.host, relay_.port);
        if (!peer_) {
            return {
                EX_TEMPFAIL,
                "no relay answers at " + relay_.host + ':' + relay_.port + ": " +
                    peer_.error().message()
            };
        }
        if (opened() && began()) content();
        if (peer_) ask("QUIT");
        return end_;
    }

private:
    enum class part : std::uint8_t { session, recipient, content };

    std::optional<smtp::reply> reply(std::chrono::seconds patience = step_patience) {
        peer_.expires_after(patience);
        smtp::reply_parser parser;
        std::string line;
        while (std::getline(peer_, line)) {
            if (message_.verbose) std::printf("< %s\n", line.c_str());
            line += '\n';
            std::string_view bytes = line;
            const auto state = parser.feed(bytes);
            if (state == smtp::reply_parser::state::complete) return parser.take();
            if (state == smtp::reply_parser::state::broken) break;
        }
        return std::nullopt;
    }

    std::optional<smtp::reply> ask(const std::string& command) {
        if (message_.verbose) std::printf("> %s\n", command.c_str());
        peer_.expires_after(step_patience);
        peer_ << command << "\r\n" << std::flush;
        return reply();
    }

    // False, and the reason is kept, unless the reply is a positive one.
    bool granted(const std::optional<smtp::reply>& said, part about, const std::string& subject) {
        if (said && (said->severity() == 2 || said->severity() == 3)) return true;
        if (!end_.trouble.empty()) return false;  // QUIT after a failure
        const auto prefix = subject.empty() ? "" : subject + ": ";
        if (!said) {
            end_ = {EX_TEMPFAIL, prefix + "the connection to the relay was lost"};
            return false;
        }
        const auto status = said->status ? said->status.text() + ' ' : "";
        end_ = {
            status_of(*said, about == part::recipient, about == part::content),
            prefix + std::to_string(said->code) + ' ' + status + said->joined()
        };
        return false;
    }

    bool opened() {
        if (!granted(reply(), part::session, "")) return false;
        const auto hello = ask("EHLO localhost");
        if (!granted(hello, part::session, "")) return false;
        offers_ = smtp::read_peer(*hello);
        return true;
    }

    std::string mail_command() const {
        auto command = "MAIL FROM:<" + message_.sender + '>';
        if (offers_.size) command += " SIZE=" + std::to_string(message_.text.size());
        if (offers_.eight_bit && base::has_high(message_.text)) command += " BODY=8BITMIME";
        if (offers_.smtputf8 && has_utf8_address()) command += " SMTPUTF8";
        if (!offers_.dsn) return command;
        if (!message_.return_part.empty()) command += " RET=" + message_.return_part;
        if (!message_.envelope_id.empty()) command += " ENVID=" + as_xtext(message_.envelope_id);
        return command;
    }

    bool has_utf8_address() const {
        if (base::has_high(message_.sender)) return true;
        for (const auto& each : message_.recipients) {
            if (base::has_high(each)) return true;
        }
        return false;
    }

    bool began() {
        if (!granted(ask(mail_command()), part::session, message_.sender)) return false;
        for (const auto& each : message_.recipients) {
            auto command = "RCPT TO:<" + each + '>';
            if (offers_.dsn && !message_.notify.empty()) command += " NOTIFY=" + message_.notify;
            if (!granted(ask(command), part::recipient, each)) return false;
        }
        return granted(ask("DATA"), part::session, "");
    }

    void content() {
        smtp::dot_stuffer stuffer;
        std::string bytes;
        stuffer.append(message_.text, bytes);
        stuffer.finish(bytes);
        peer_.expires_after(final_patience);
        peer_ << bytes << std::flush;
        granted(reply(final_patience), part::content, "");
    }

    const relay_place& relay_;
    const submitted_message& message_;
    tcp::iostream peer_;
    smtp::peer offers_;
    submission_end end_;
};

bool write_all(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

// Passes on what can be read; false at the end of `from`, or if `to` takes no more.
bool pass_on(int from, int to) {
    std::array<char, 16384> bytes{};
    auto count = ::read(from, bytes.data(), bytes.size());
    while (count < 0 && errno == EINTR)
        count = ::read(from, bytes.data(), bytes.size());
    return count > 0 && write_all(to, {bytes.data(), static_cast<std::size_t>(count)});
}

}  // namespace

submission_end submit(const relay_place& relay, const submitted_message& message) {
    // They stand in commands: a line end would begin another one.
    const bool sound = !smtp::has_control(message.sender) &&
                       std::ranges::none_of(message.recipients, [](const std::string& each) {
                           return smtp::has_control(each);
                       });
    if (!sound) return {EX_USAGE, "an address has a control character"};
    return submission_session(relay, message).run();
}

submission_end pass_session(const relay_place& relay) {
    asio::io_context context(1);
    boost::system::error_code failed;
    const auto endpoints = tcp::resolver(context).resolve(relay.host, relay.port, failed);
    tcp::socket peer(context);
    if (!failed) asio::connect(peer, endpoints, failed);
    if (failed) {
        return {
            EX_TEMPFAIL,
            "no relay answers at " + relay.host + ':' + relay.port + ": " + failed.message()
        };
    }
    const int remote = peer.native_handle();
    std::array<pollfd, 2> watched{{{STDIN_FILENO, POLLIN, 0}, {remote, POLLIN, 0}}};
    while (true) {
        if (::poll(watched.data(), watched.size(), -1) < 0) {
            if (errno == EINTR) continue;
            return {EX_IOERR, "poll: " + std::generic_category().message(errno)};
        }
        if (watched[0].revents != 0 && !pass_on(STDIN_FILENO, remote)) {
            ::shutdown(remote, SHUT_WR);
            watched[0].fd = -1;  // poll ignores it; the relay's last replies may still come
        }
        if (watched[1].revents != 0 && !pass_on(remote, STDOUT_FILENO)) break;
    }
    return {};
}

}  // namespace kurir::app
