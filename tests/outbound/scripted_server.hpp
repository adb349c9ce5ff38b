// An SMTP server on loopback that answers as a test says.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "relay/net/task_group.hpp"

namespace tests {

namespace asio = boost::asio;
using asio::ip::tcp;

// Instead of a reply: the connection ends, or nothing more is said until the client ends it.
inline const std::string hang_up = "<hang up>";
inline const std::string silence = "<silence>";
// To STARTTLS: TLS is begun, and broken off at the client's first bytes.
inline const std::string broken_tls = "<broken TLS>";

class scripted_server {
public:
    // What is said to a line of a session (the first is 1): "" is the greeting, "." the end of a
    // message. Nothing: the usual reply. After 221 and 421 the connection ends.
    using script =
        std::function<std::optional<std::string>(std::size_t session, const std::string&)>;

    explicit scripted_server(asio::io_context& context, script replies = {})
        : replies_(std::move(replies)),
          acceptor_(context, {asio::ip::address_v4::loopback(), 0}),
          tasks_(context.get_executor(), [](std::exception_ptr) {}) {
        tasks_.spawn(accept());
    }

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    void stop() { tasks_.stop(); }

    // How often a line was heard that begins like this.
    std::size_t heard(const std::string& beginning) const {
        return static_cast<std::size_t>(std::ranges::count_if(lines, [&](const auto& line) {
            return line.starts_with(beginning);
        }));
    }

    std::vector<std::string> lines;                   // commands
    std::vector<std::set<std::string>> transactions;  // recipients of each message that was taken
    std::vector<std::string> contents;                // and its content, before unstuffing
    std::size_t connections = 0;
    std::vector<std::string> peers;              // the address of each client
    std::function<void()> while_silent = [] {};  // called again and again

private:
    struct session {
        std::size_t number;
        tcp::socket socket;
        std::string input = {};
        std::set<std::string> recipients = {};
        std::string content = {};
        bool in_content = false;
    };

    asio::awaitable<void> accept() {
        while (acceptor_.is_open()) {
            tcp::socket socket = co_await acceptor_.async_accept(asio::use_awaitable);
            boost::system::error_code gone;
            peers.push_back(socket.remote_endpoint(gone).address().to_string());
            tasks_.spawn(serve({.number = ++connections, .socket = std::move(socket)}));
        }
    }

    asio::awaitable<void> serve(session client) {
        std::string reply = reply_to(client, "");
        for (;;) {
            if (reply == hang_up) co_return;
            if (reply == silence) co_return co_await say_nothing(client);
            if (reply == broken_tls) co_return co_await break_tls(client);
            co_await asio::async_write(client.socket, asio::buffer(reply), asio::use_awaitable);
            if (reply.starts_with("221") || reply.starts_with("421")) co_return;
            reply.clear();
            const auto size = co_await asio::async_read_until(
                client.socket, asio::dynamic_buffer(client.input), "\r\n", asio::use_awaitable
            );
            const auto line = client.input.substr(0, size - 2);
            client.input.erase(0, size);
            if (line.starts_with("BDAT ")) co_await read_chunk(client, line);
            if (!client.in_content || line == ".") {
                reply = reply_to(client, line);
            } else {
                client.content += line + "\r\n";
            }
        }
    }

    asio::awaitable<void> read_chunk(session& client, const std::string& line) {
        const std::size_t size = std::stoul(line.substr(5));
        while (client.input.size() < size) {
            std::string more(size - client.input.size(), '\0');
            co_await asio::async_read(client.socket, asio::buffer(more), asio::use_awaitable);
            client.input += more;
        }
        client.content += client.input.substr(0, size);
        client.input.erase(0, size);
    }

    static asio::awaitable<void> break_tls(session& client) {
        co_await asio::async_write(
            client.socket, asio::buffer("220 go on\r\n", 11), asio::use_awaitable
        );
        std::string hello(4096, '\0');
        co_await client.socket.async_read_some(asio::buffer(hello), asio::use_awaitable);
    }

    asio::awaitable<void> say_nothing(session& client) {
        client.socket.non_blocking(true);
        boost::system::error_code result = asio::error::would_block;
        while (!result || result == asio::error::would_block) {
            while_silent();
            co_await asio::post(client.socket.get_executor(), asio::use_awaitable);
            char byte = 0;
            client.socket.read_some(asio::buffer(&byte, 1), result);
        }
    }

    std::string reply_to(session& client, const std::string& line) {
        if (!line.empty() && !client.in_content) lines.push_back(line);
        const bool at_end = std::exchange(client.in_content, false) || line.ends_with(" LAST");
        auto said = replies_ ? replies_(client.number, line) : std::nullopt;
        if (!said) said = usual_reply(line, at_end);
        if (line.starts_with("RCPT TO:<") && said->starts_with("250")) {
            client.recipients.insert(line.substr(9, line.find('>') - 9));
        }
        client.in_content = said->starts_with("354");
        if (at_end && said->starts_with("250")) {
            transactions.push_back(std::exchange(client.recipients, {}));
            contents.push_back(std::exchange(client.content, {}));
        }
        return *said;
    }

    static std::string usual_reply(const std::string& line, bool at_end) {
        if (line.empty()) return "220 mx.test\r\n";
        if (at_end) return "250 taken\r\n";
        if (line.starts_with("EHLO")) return "250 mx.test\r\n";
        if (line.starts_with("DATA")) return "354 go on\r\n";
        return line.starts_with("QUIT") ? "221 bye\r\n" : "250 ok\r\n";
    }

    script replies_;
    tcp::acceptor acceptor_;
    kurir::net::task_group tasks_;
};

}  // namespace tests
