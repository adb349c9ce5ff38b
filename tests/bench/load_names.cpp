#include "tests/bench/load_names.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <optional>
#include <system_error>

namespace kurir::bench {
namespace {

constexpr std::size_t header_size = 12;
constexpr std::uint16_t type_a = 1;
constexpr std::uint16_t type_mx = 15;
constexpr std::uint32_t lifetime = 3600;
constexpr int wanted_buffer = 4 << 20;  // a thousand destinations are asked for at once

void append_number(std::string& output, std::uint32_t number, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
        output += static_cast<char>(number >> shift);
}

std::uint16_t number_at(std::string_view text, std::size_t at) {
    const auto high = static_cast<unsigned char>(text[at]);
    return static_cast<std::uint16_t>(high << 8 | static_cast<unsigned char>(text[at + 1]));
}

// "d17" at the start of `labels`, in the form of the wire, is 17.
std::optional<std::uint32_t> destination_of(std::string_view labels) {
    const auto size = static_cast<std::size_t>(labels[0]);
    if (size < 2 || labels.size() <= size || (labels[1] | 0x20) != 'd') return std::nullopt;
    std::uint32_t number = 0;
    const char* const end = labels.data() + 1 + size;
    const auto [last, ec] = std::from_chars(labels.data() + 2, end, number);
    if (ec != std::errc{} || last != end) return std::nullopt;
    return number;
}

// The record that a question is answered with, if there is one: all of it behind its name.
std::string record_for(std::string_view labels, std::uint16_t type) {
    constexpr std::string_view exchange = "\2mx";
    std::string data;
    if (type == type_mx && destination_of(labels)) {
        append_number(data, 10, 2);
        data.append(exchange).append("\xc0\x0c");  // and then the name that was asked for
    } else if (type == type_a && labels.starts_with(exchange)) {
        const auto number = destination_of(labels.substr(exchange.size()));
        if (!number) return {};
        for (const auto byte : address_of_destination(*number))
            data += static_cast<char>(byte);
    } else {
        return {};
    }
    std::string record;
    append_number(record, type, 2);
    append_number(record, 1, 2);
    append_number(record, lifetime, 4);
    append_number(record, static_cast<std::uint32_t>(data.size()), 2);
    return record + data;
}

int bound_socket() {
    const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (socket < 0 ||
        ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw std::system_error(errno, std::generic_category(), "name server");
    }
    ::setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, &wanted_buffer, sizeof wanted_buffer);
    return socket;
}

}  // namespace

std::array<std::uint8_t, 4> address_of_destination(std::uint32_t number) {
    constexpr std::uint32_t in_a_network = 250;
    const auto byte = [](std::uint32_t value) { return static_cast<std::uint8_t>(value); };
    return {127, 1, byte(number / in_a_network), byte(number % in_a_network + 1)};
}

std::string name_answer(std::string_view packet) {
    const auto name_end = packet.find('\0', header_size);
    if (packet.size() <= header_size || name_end == std::string_view::npos) return {};
    const auto question_end = name_end + 5;
    if (packet.size() < question_end) return {};
    const auto labels = packet.substr(header_size, name_end + 1 - header_size);
    const auto record = record_for(labels, number_at(packet, name_end + 1));

    std::string answer(packet.substr(0, 2));
    append_number(answer, 0x8580, 2);                  // an authoritative answer
    append_number(answer, 1, 2);                       // questions
    append_number(answer, record.empty() ? 0 : 1, 2);  // answers
    append_number(answer, 0, 4);
    answer += packet.substr(header_size, question_end - header_size);
    if (!record.empty()) answer.append("\xc0\x0c").append(record);
    return answer;
}

load_names::load_names() : socket_(bound_socket()), port_(connection::port_of(socket_.socket())) {
    loop_.watch(socket_.socket(), *this);
    thread_ = std::thread([this] {
        using namespace std::chrono_literals;
        while (!stopping_)
            loop_.poll(20ms);
    });
}

load_names::~load_names() {
    stopping_ = true;
    thread_.join();
}

void load_names::on_readable() {
    for (;;) {
        sockaddr_in client{};
        socklen_t client_size = sizeof client;
        auto* const peer = reinterpret_cast<sockaddr*>(&client);
        const auto size =
            ::recvfrom(socket_.socket(), packet_.data(), packet_.size(), 0, peer, &client_size);
        if (size < 0) return;
        const auto answer = name_answer({packet_.data(), static_cast<std::size_t>(size)});
        if (answer.empty()) continue;
        ::sendto(socket_.socket(), answer.data(), answer.size(), 0, peer, client_size);
    }
}

}  // namespace kurir::bench
