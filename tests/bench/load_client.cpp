#include "tests/bench/load_client.hpp"

#include <cstring>
#include <utility>

namespace kurir::bench {
namespace {

constexpr std::string_view mail = "MAIL FROM:<load@bench.example>\r\n";
constexpr std::string_view hello = "EHLO load.bench.example\r\n";
constexpr std::string_view data = "DATA\r\n";

int code_of(std::string_view line) {
    int code = 0;
    for (const char digit : line.substr(0, 3))
        code = code * 10 + (digit - '0');
    return code;
}

}  // namespace

std::optional<std::uint64_t> campaign::next() {
    if (next_ >= most_.messages || passed() >= most_.time) return std::nullopt;
    return next_++;
}

bool campaign::due() {
    return most_.rate == 0 || static_cast<double>(next_) <= passed().count() * most_.rate;
}

std::chrono::duration<double> campaign::passed() {
    const auto now = ledger::clock::now();
    if (!begun_) begun_ = now;
    return now - *begun_;
}

load_client::load_client(
    const poller& loop, const endpoint& server, campaign& work, settings chosen
)
    : loop_(loop),
      server_(server),
      connection_(connection::connect(server)),
      work_(work),
      chosen_(std::move(chosen)),
      message_(chosen_.message_size) {
    loop_.watch(connection_.socket(), *this);
}

void load_client::on_readable() {
    if (step_ == step::handshake) return on_handshake(connection_.shake_hands());
    do {
        on_input();
    } while (connection_.holds_input());
}

void load_client::on_input() {
    const auto count = connection_.read(std::span(input_).subspan(filled_));
    if (!count) return lose();
    filled_ += *count;
    const auto same = connection_number_;
    std::string_view rest(input_.data(), filled_);
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
        const auto line = rest.substr(0, end + 1);
        rest.remove_prefix(end + 1);
        const bool last = line.size() > 3 && line[3] != '-';
        if (last && !finished()) on_reply(code_of(line), line);
        if (connection_number_ != same) return;
    }
    std::memmove(input_.data(), rest.data(), rest.size());
    filled_ = rest.size();
    if (filled_ == input_.size()) lose();
}

void load_client::on_reply(int code, std::string_view line) {
    const int wanted = step_ == step::greeting || step_ == step::starttls ? 220
                       : step_ == step::auth                              ? 235
                       : step_ == step::data                              ? 354
                       : step_ == step::quit                              ? 221
                                                                          : 250;
    if (code != wanted) return on_refusal(line);
    switch (step_) {
        case step::greeting:
            step_ = step::ehlo;
            return send(hello);
        case step::ehlo:
            return on_ehlo();
        case step::starttls:
            step_ = step::handshake;
            filled_ = 0;
            return on_handshake(connection_.begin_tls(*chosen_.tls));
        case step::auth:
            return begin_message();
        case step::mail:
            step_ = step::rcpt;
            return chosen_.pipelining ? void() : send_recipient();
        case step::rcpt:
            if (--unanswered_ > 0) return;
            if (recipients_ < chosen_.recipients) return send_recipient();
            step_ = step::data;
            return chosen_.pipelining ? void() : send(data);
        case step::data:
            return send_content();
        case step::content:
            return on_acknowledged();
        case step::quit:
            return reconnect();
        case step::handshake:
        case step::waiting:
        case step::finished:
            return;
    }
}

void load_client::on_ehlo() {
    if (chosen_.tls != nullptr && !connection_.secure()) {
        step_ = step::starttls;
        return send("STARTTLS\r\n");
    }
    if (chosen_.login.empty()) return begin_message();
    step_ = step::auth;
    send("AUTH PLAIN " + chosen_.login + "\r\n");
}

void load_client::on_handshake(connection::handshake state) {
    if (state == connection::handshake::failed) return lose();
    if (state == connection::handshake::pending) return;
    step_ = step::ehlo;
    send(hello);
}

void load_client::on_refusal(std::string_view line) {
    ++work_.refused;
    work_.last_refusal = line.substr(0, line.find_first_of("\r\n"));
    if (step_ < step::waiting) return lose();
    reconnect();
}

void load_client::on_acknowledged() {
    work_.results().acknowledged(number_);
    if (++messages_ != chosen_.messages_a_connection) return begin_message();
    step_ = step::quit;
    send("QUIT\r\n");
}

void load_client::go_on() {
    if (step_ == step::waiting && work_.due()) begin_message();
}

void load_client::begin_message() {
    step_ = step::waiting;
    if (!work_.due()) return;
    const auto number = work_.next();
    if (!number) {
        send("QUIT\r\n");
        step_ = step::finished;
        return;
    }
    number_ = *number;
    domain_ = chosen_.domains == 0
                  ? "remote.example"
                  : "d" + std::to_string(number_ % chosen_.domains) + ".bench.example";
    recipients_ = 0;
    unanswered_ = 0;
    step_ = step::mail;
    if (!chosen_.pipelining) return send(mail);
    output_ = mail;
    while (recipients_ < chosen_.recipients)
        write_recipient();
    output_ += data;
    send(output_);
}

void load_client::send_recipient() {
    output_.clear();
    write_recipient();
    send(output_);
}

void load_client::write_recipient() {
    output_ += "RCPT TO:<sink";
    if (recipients_ > 0) output_ += std::to_string(recipients_);
    output_.append("@").append(domain_).append(">\r\n");
    ++recipients_;
    ++unanswered_;
}

void load_client::send_content() {
    step_ = step::content;
    const auto content = message_.numbered(number_);
    work_.results().sent(number_);
    send(content);
}

void load_client::send(std::string_view bytes) {
    if (!connection_.write(bytes)) lose();
}

void load_client::reconnect() {
    connection_.replace(connection::connect(server_));
    loop_.watch(connection_.socket(), *this);
    ++connection_number_;
    filled_ = 0;
    messages_ = 0;
    step_ = step::greeting;
}

// After QUIT the server may go; before it, a connection is lost.
void load_client::lose() {
    if (!finished()) ++work_.connections_lost;
    step_ = step::finished;
    connection_.close();
}

}  // namespace kurir::bench
