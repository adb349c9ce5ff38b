#include "relay/smtp/reply_parser.hpp"

#include <algorithm>
#include <utility>

#include "relay/base/text.hpp"

namespace kurir::smtp {

namespace {

constexpr std::size_t line_max = 2048;
constexpr std::size_t lines_kept = 100;
// A server that sends more lines will not say anything useful.
constexpr std::size_t lines_max = 10'000;

constexpr int service_ready = 220;
constexpr int local_error = 451;  // the code of a server that does not know the outcome

}  // namespace

reply_parser::state reply_parser::feed(std::string_view& bytes) {
    while (!bytes.empty()) {
        const auto end = bytes.find('\n');
        const auto part = bytes.substr(0, end);
        line_ended_ = end != std::string_view::npos;
        line_.append(part.substr(0, line_max - std::min(line_.size(), line_max)));
        if (end == std::string_view::npos) {
            bytes = {};
            // Not even a digit: do not wait for the end of a line that may never come.
            const bool hopeless = line_.size() >= 3 && !base::is_digit(line_[0]);
            return hopeless ? state::broken : state::incomplete;
        }
        bytes.remove_prefix(end + 1);
        const auto outcome = end_of_line();
        if (outcome != state::incomplete) return outcome;
    }
    return state::incomplete;
}

reply_parser::state reply_parser::end_of_line() {
    if (!line_.empty() && line_.back() == '\r') line_.pop_back();
    int code = 0;
    bool last = false;
    if (!read_head(code, last) || ++lines_ > lines_max) return state::broken;

    if (code == service_ready && lines_220_ + 1 == lines_) ++lines_220_;
    const bool contradicts = lines_ > 1 && code / 100 != so_far_.severity();
    // A change from 220 to something else is one contradiction; any other is a further one.
    contradicts_later_ = contradicts_later_ || (contradicts && lines_220_ + 1 != lines_);
    so_far_.inconsistent = so_far_.inconsistent || contradicts;
    so_far_.code = code;  // the last line's counts (C008)
    auto text = std::string_view(line_).substr(std::min<std::size_t>(4, line_.size()));
    if (const auto status = enhanced_status::parse(text); status && status->klass == code / 100) {
        so_far_.status = *status;
        text.remove_prefix(std::min(text.find(' '), text.size() - 1) + 1);
    }
    if (lines_ <= lines_kept) so_far_.lines.emplace_back(text);
    line_.clear();
    return last ? state::complete : state::incomplete;
}

// "ddd", "ddd text" and "ddd-text"; the first digit is 2 to 5, as RFC 5321 section 4.2 has it.
bool reply_parser::read_head(int& code, bool& last) const {
    if (line_.size() < 3 || !std::all_of(line_.begin(), line_.begin() + 3, base::is_digit))
        return false;
    code = (line_[0] - '0') * 100 + (line_[1] - '0') * 10 + (line_[2] - '0');
    if (code < 200 || code > 599) return false;
    if (line_.size() > 3 && line_[3] != ' ' && line_[3] != '-') return false;
    last = line_.size() == 3 || line_[3] == ' ';
    return true;
}

reply reply_parser::take_greeting() {
    const bool all_refuse = so_far_.severity() >= 4 && lines_220_ > 0;
    // More lines with 220 than are kept come only from a broken server.
    if (so_far_.inconsistent && all_refuse && lines_220_ < so_far_.lines.size()) {
        const auto welcome = static_cast<std::ptrdiff_t>(lines_220_);
        so_far_.lines.erase(so_far_.lines.begin(), so_far_.lines.begin() + welcome);
        so_far_.inconsistent = contradicts_later_;
    }
    return take();
}

reply reply_parser::take() {
    auto whole = std::exchange(so_far_, {});
    if (whole.inconsistent) {
        if (whole.severity() != 4) whole.code = local_error;
        whole.status = {};
    }
    lines_ = 0;
    lines_220_ = 0;
    contradicts_later_ = false;
    return whole;
}

}  // namespace kurir::smtp
