#include "deploy/demo/toy_server.hpp"

#include <algorithm>
#include <istream>
#include <memory>
#include <string_view>
#include <utility>

namespace kurir::demo {
namespace {

constexpr std::chrono::seconds session_time{30};

bool starts_with_verb(const std::string& line, std::string_view verb) {
    return line.size() >= verb.size() &&
           std::equal(verb.begin(), verb.end(), line.begin(), [](char want, char got) {
               return want == (got & ~0x20);
           });
}

// What stands between the angle brackets of MAIL or RCPT.
std::string path_in(const std::string& line) {
    const auto begin = line.find('<');
    const auto end = line.find('>');
    if (begin == std::string::npos || end == std::string::npos || end < begin) return {};
    return line.substr(begin + 1, end - begin - 1);
}

std::string read_content(std::istream& peer) {
    std::string content;
    std::string line;
    while (std::getline(peer, line) && line != ".\r") {
        if (line.starts_with('.')) line.erase(0, 1);
        content += line + '\n';
    }
    return content;
}

}  // namespace

bool letter::is_to(std::string_view recipient) const {
    return std::ranges::find(recipients, recipient) != recipients.end();
}

toy_server::toy_server() : toy_server(nullptr) {}

toy_server::toy_server(std::function<void(const letter&)> show)
    : show_(std::move(show)),
      acceptor_(context_, {boost::asio::ip::address_v4::loopback(), 0}),
      accepting_([this](const std::stop_token& stop) { accept(stop); }) {}

toy_server::~toy_server() {
    // A blocked accept returns only for a connection.
    const auto local = acceptor_.local_endpoint();
    accepting_.request_stop();
    stream wake(local);
    accepting_.join();
}

void toy_server::accept(const std::stop_token& stop) {
    while (true) {
        auto peer = std::make_unique<stream>();
        acceptor_.accept(peer->socket());
        if (stop.stop_requested()) return;
        // Each of our replies is awaited: none may wait for an acknowledgement.
        peer->socket().set_option(boost::asio::ip::tcp::no_delay(true));
        peer->expires_after(session_time);
        sessions_.emplace_back([this, peer = std::move(peer)] { serve(*peer); });
    }
}

void toy_server::serve(stream& peer) {
    letter one;
    std::string line;
    peer << "220 toy.example ESMTP toy\r\n" << std::flush;
    while (std::getline(peer, line)) {
        if (starts_with_verb(line, "EHLO")) {
            peer
                << "250-toy.example\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES\r\n";
        } else if (starts_with_verb(line, "MAIL")) {
            one = {.sender = path_in(line), .recipients = {}, .content = {}};
            peer << "250 2.1.0 sender noted\r\n";
        } else if (starts_with_verb(line, "RCPT")) {
            const auto answer = answer_to_recipient(path_in(line));
            if (answer.starts_with('2')) one.recipients.push_back(path_in(line));
            peer << answer << "\r\n";
        } else if (starts_with_verb(line, "DATA") && one.recipients.empty()) {
            peer << "554 5.5.1 no valid recipients\r\n";
        } else if (starts_with_verb(line, "DATA")) {
            peer << "354 end with a dot\r\n" << std::flush;
            one.content = read_content(peer);
            take(std::exchange(one, {}));
            peer << "250 2.0.0 taken\r\n";
        } else if (starts_with_verb(line, "QUIT")) {
            peer << "221 2.0.0 bye\r\n" << std::flush;
            return;
        } else {
            peer << "250 2.0.0 ok\r\n";
        }
        peer.flush();
    }
}

std::string toy_server::answer_to_recipient(const std::string& recipient) {
    if (show_) return "250 2.1.5 recipient ok";
    if (recipient.starts_with("bad")) return "550 5.1.1 no such user here";
    const std::lock_guard lock(mutex_);
    if (recipient.starts_with("grey") && seen_.insert(recipient).second) {
        return "451 4.7.1 Greylisted, please come back later";
    }
    return "250 2.1.5 recipient ok";
}

void toy_server::take(letter one) {
    {
        const std::lock_guard lock(mutex_);
        if (show_) return show_(one);
        letters_.push_back(std::move(one));
    }
    arrived_.notify_all();
}

bool toy_server::arrives(
    const std::function<bool(const letter&)>& wanted, std::chrono::seconds limit
) {
    std::unique_lock lock(mutex_);
    return arrived_.wait_for(lock, limit, [&] {
        return std::any_of(letters_.begin(), letters_.end(), wanted);
    });
}

letter toy_server::first(const std::function<bool(const letter&)>& wanted) {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(letters_.begin(), letters_.end(), wanted);
    return found == letters_.end() ? letter{} : *found;
}

}  // namespace kurir::demo
