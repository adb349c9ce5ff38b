#include "relay/app/sendmail_options.hpp"

#include <algorithm>
#include <array>

#include "relay/base/text.hpp"

namespace kurir::app {

namespace {

// As getopt has it: a colon stands behind the letters with a value. Those of Postfix's and of
// sendmail's own program.
constexpr std::string_view known_letters = "A:B:C:F:GL:N:O:R:UV:X:b:ce:f:h:imno:p:r:tvx";

enum class option_kind : std::uint8_t { unknown, flag, with_value };

option_kind kind_of(char letter) {
    const auto at = letter == ':' ? std::string_view::npos : known_letters.find(letter);
    if (at == std::string_view::npos) return option_kind::unknown;
    const bool has_value = at + 1 < known_letters.size() && known_letters[at + 1] == ':';
    return has_value ? option_kind::with_value : option_kind::flag;
}

// "<a@b>" as "a@b".
std::string without_brackets(std::string_view address) {
    if (address.starts_with('<') && address.ends_with('>'))
        address = address.substr(1, address.size() - 2);
    return std::string(address);
}

bool is_notify_list(std::string_view text) {
    constexpr std::array<std::string_view, 3> conditions{"SUCCESS", "FAILURE", "DELAY"};
    if (text == "NEVER") return true;
    while (true) {
        const auto end = std::min(text.find(','), text.size());
        if (std::ranges::find(conditions, text.substr(0, end)) == conditions.end()) return false;
        if (end == text.size()) return true;
        text.remove_prefix(end + 1);
    }
}

using mistake_text = std::string;

mistake_text set_mode(sendmail_options& made, std::string_view value) {
    using enum sendmail_options::mode;
    if (value == "m") {
        made.task = deliver;
    } else if (value == "s") {
        made.task = session;
    } else if (value == "p") {
        made.task = list;
    } else {
        return "-b" + std::string(value) + " is not known: -bm, -bs and -bp are";
    }
    return {};
}

mistake_text set_value(sendmail_options& made, char letter, std::string_view value) {
    switch (letter) {
        case 'b':
            return set_mode(made, value);
        case 'f':
        case 'r':
            made.sender = without_brackets(value);
            break;
        case 'F':
            made.full_name = value;
            break;
        case 'N':
            made.notify = base::uppered(value);
            if (!is_notify_list(made.notify))
                return "-N takes never, or success, failure and delay with commas between them";
            break;
        case 'R':
            made.return_part = base::uppered(value);
            if (made.return_part != "FULL" && made.return_part != "HDRS")
                return "-R takes full or hdrs";
            break;
        case 'V':
            made.envelope_id = value;
            break;
        case 'o':
            if (value == "i") made.dot_ends = false;
            break;
        case 'O':
            if (base::equal_ignoring_case(value, "IgnoreDots") ||
                base::equal_ignoring_case(value, "IgnoreDots=true"))
                made.dot_ends = false;
            break;
        default:
            break;
    }
    return {};
}

void set_flag(sendmail_options& made, char letter) {
    if (letter == 't') made.reads_recipients = true;
    if (letter == 'i') made.dot_ends = false;
    if (letter == 'v') made.verbose = true;
}

class argument_reader {
public:
    explicit argument_reader(std::span<const std::string_view> arguments) : left_(arguments) {}

    base::result<sendmail_options, std::string> read() {
        while (wrong_.empty() && !left_.empty())
            take(next());
        if (!wrong_.empty()) return {boost::system::in_place_error, wrong_};
        return {boost::system::in_place_value, std::move(made_)};
    }

private:
    std::string_view next() {
        const auto word = left_.front();
        left_ = left_.subspan(1);
        return word;
    }

    void take(std::string_view word) {
        if (only_recipients_ || !word.starts_with('-') || word == "-") {
            made_.recipients.emplace_back(word);
        } else if (word == "--") {
            only_recipients_ = true;
        } else if (word == "--relay" || word.starts_with("--relay=")) {
            take_relay(word);
        } else {
            take_letters(word.substr(1));
        }
    }

    void take_relay(std::string_view word) {
        const auto sign = word.find('=');
        if (sign != std::string_view::npos) {
            made_.relay = word.substr(sign + 1);
        } else if (!left_.empty()) {
            made_.relay = next();
        }
        if (made_.relay.empty()) wrong_ = "--relay takes HOST:PORT";
    }

    // Several in one word: "-ti", "-fADDRESS".
    void take_letters(std::string_view letters) {
        while (wrong_.empty() && !letters.empty()) {
            const char letter = letters.front();
            letters.remove_prefix(1);
            const auto kind = kind_of(letter);
            if (kind == option_kind::unknown) {
                wrong_ = std::string("option -") + letter + " is not known";
            } else if (kind == option_kind::flag) {
                set_flag(made_, letter);
            } else if (letters.empty() && left_.empty()) {
                wrong_ = std::string("option -") + letter + " needs a value";
            } else {
                wrong_ = set_value(made_, letter, letters.empty() ? next() : letters);
                return;
            }
        }
    }

    std::span<const std::string_view> left_;
    sendmail_options made_;
    bool only_recipients_ = false;
    std::string wrong_;
};

}  // namespace

base::result<sendmail_options, std::string> read_sendmail_options(
    std::span<const std::string_view> arguments
) {
    return argument_reader(arguments).read();
}

}  // namespace kurir::app
