#include "deploy/demo/submission.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <iterator>
#include <vector>

namespace kurir::demo {
namespace {

constexpr std::chrono::seconds patience{10};

boost::asio::ip::tcp::iostream connected(std::uint16_t port) {
    boost::asio::ip::tcp::iostream peer;
    peer.expires_after(patience);
    const boost::asio::ip::tcp::endpoint local(boost::asio::ip::address_v4::loopback(), port);
    peer.connect(local);
    boost::system::error_code ignored;
    peer.socket().set_option(boost::asio::ip::tcp::no_delay(true), ignored);
    return peer;
}

// The last line of a reply, without its end.
std::string read_reply(std::istream& peer) {
    std::string line;
    while (std::getline(peer, line) && line.size() > 3 && line[3] == '-') {
    }
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

}  // namespace

std::string submit(
    std::uint16_t port,
    const std::string& sender,
    const std::string& recipient,
    const std::string& subject
) {
    const std::vector<std::string> steps{
        "EHLO app.demo.example",
        "MAIL FROM:<" + sender + ">",
        "RCPT TO:<" + recipient + ">",
        "DATA",
        "From: " + sender + "\r\nTo: " + recipient + "\r\nSubject: " + subject +
            "\r\n\r\nHello from the demonstration.\r\n.",
    };
    auto peer = connected(port);
    auto reply = read_reply(peer);
    for (const auto& step : steps) {
        if (!reply.starts_with('2') && !reply.starts_with('3')) return reply;
        peer << step << "\r\n" << std::flush;
        reply = read_reply(peer);
    }
    peer << "QUIT\r\n" << std::flush;
    return reply;
}

std::string fetch(std::uint16_t port, const std::string& path) {
    auto peer = connected(port);
    peer << "GET " << path << " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
         << std::flush;
    return {std::istreambuf_iterator<char>(peer), {}};
}

}  // namespace kurir::demo
