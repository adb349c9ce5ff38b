#include "tests/bench/load_client.hpp"

#include <cstring>

namespace kurir::bench {
namespace {

constexpr std::string_view mail = "MAIL FROM:<load@bench.example>\r\n";
constexpr std::string_view rcpt = "RCPT TO:<sink@remote.example>\r\n";
constexpr std::string_view data = "DATA\r\n";
constexpr std::string_view envelope =
    "MAIL FROM:<load@bench.example>\r\n"
    "RCPT TO:<sink@remote.example>\r\n"
    "DATA\r\n";

int code_of(std::string_view line) {
    int code = 0;
    for (const char digit : line.substr(0, 3))
        code = code * 10 + (digit - '0');
    return code;
}

}  // namespace

std::optional<std::uint64_t> campaign::next() {
    if (next_ >= messages_ || ledger::clock::now() >= until_) return std::nullopt;
    return next_++;
}

load_client::load_client(const poller& loop, const endpoint& server, campaign& work, settings how)
    : connection_(connection::connect(server)), work_(work), how_(how), message_(how.message_size) {
    loop.watch(connection_.socket(), *this);
}

void load_client::on_readable() {
    const auto count = connection_.read(std::span(input_).subspan(filled_));
    if (count == 0) return lose();
    filled_ += count;
    std::string_view rest(input_.data(), filled_);
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
        const auto line = rest.substr(0, end + 1);
        rest.remove_prefix(end + 1);
        const bool last = line.size() > 3 && line[3] != '-';
        if (last && !finished()) on_reply(code_of(line), line);
    }
    std::memmove(input_.data(), rest.data(), rest.size());
    filled_ = rest.size();
    if (filled_ == input_.size()) lose();
}

void load_client::on_reply(int code, std::string_view line) {
    if (skipped_ > 0) {
        --skipped_;
        return;
    }
    const int wanted = step_ == step::greeting ? 220 : step_ == step::data ? 354 : 250;
    if (code != wanted) return on_refusal(line);
    switch (step_) {
        case step::greeting:
            step_ = step::ehlo;
            return send("EHLO load.bench.example\r\n");
        case step::mail:
            step_ = step::rcpt;
            return how_.pipelining ? void() : send(rcpt);
        case step::rcpt:
            step_ = step::data;
            return how_.pipelining ? void() : send(data);
        case step::data:
            return send_content();
        case step::content:
            work_.results().acknowledged(number_);
            [[fallthrough]];
        case step::ehlo:
        case step::rset:
            return begin_message();
        case step::finished:
            return;
    }
}

void load_client::on_refusal(std::string_view line) {
    ++work_.refused;
    work_.last_refusal = line.substr(0, line.find_first_of("\r\n"));
    if (step_ == step::greeting || step_ == step::ehlo) return lose();
    if (how_.pipelining && step_ == step::mail) skipped_ = 2;
    if (how_.pipelining && step_ == step::rcpt) skipped_ = 1;
    step_ = step::rset;
    send("RSET\r\n");
}

void load_client::begin_message() {
    const auto number = work_.next();
    if (!number) {
        send("QUIT\r\n");
        step_ = step::finished;
        return;
    }
    number_ = *number;
    step_ = step::mail;
    send(how_.pipelining ? envelope : mail);
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

// After QUIT the server may go; before it, a connection is lost.
void load_client::lose() {
    if (!finished()) ++work_.connections_lost;
    step_ = step::finished;
    connection_.close();
}

}  // namespace kurir::bench
