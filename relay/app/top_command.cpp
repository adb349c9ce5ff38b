#include "relay/app/top_command.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/array.hpp>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "relay/app/admin_answer.hpp"
#include "relay/app/text_table.hpp"
#include "relay/app/trace_command.hpp"

namespace kurir::app {

namespace json = boost::json;

namespace {

constexpr auto refresh_interval = std::chrono::seconds(2);
constexpr std::size_t usual_width = 100;
constexpr std::size_t failures_shown = 10;
constexpr std::string_view clear_screen = "\x1b[H\x1b[2J";

// The sum of the last `count` steps.
long long recent(const json::array& steps, std::size_t count) {
    long long sum = 0;
    const auto first = steps.size() - std::min(count, steps.size());
    for (auto at = first; at < steps.size(); ++at)
        sum += steps.at(at).to_number<long long>();
    return sum;
}

std::string rate_table(const json::object& overview) {
    const auto& seconds = overview.at("seconds").as_object();
    const auto& minutes = overview.at("minutes").as_object();
    text_table table({"MAIL", " LAST 10 S", " LAST MINUTE", " LAST HOUR"});
    for (const auto& [name, steps] : seconds) {
        const auto last_hour = recent(minutes.at(name).as_array(), 60);
        table.add(
            {std::string(name),
             std::to_string(recent(steps.as_array(), 10)),
             std::to_string(recent(steps.as_array(), 60)),
             std::to_string(std::max(last_hour, recent(steps.as_array(), 60)))}
        );
    }
    return table.text();
}

std::string state_table(const json::object& overview) {
    text_table table({"QUEUE", " DELIVERIES", " RECIPIENTS", " SIZE", "OLDEST"});
    for (const auto& each : overview.at("states").as_array()) {
        const auto& group = each.as_object();
        table.add(
            {text_in(group, "key"),
             count_in(group, "deliveries"),
             count_in(group, "recipients"),
             short_size(static_cast<unsigned long long>(number_in(group, "bytes"))),
             text_in(group, "oldest_at")}
        );
    }
    return table.empty() ? "The queue is empty.\n" : table.text();
}

std::string trouble_table(const json::object& overview) {
    text_table table({"IN TROUBLE", " DELIVERIES", "WHY"});
    for (const auto& each : overview.at("troubles").as_array()) {
        const auto& group = each.as_object();
        const auto reasons = texts_in(group, "why");
        const auto name = text_in(group, "key");
        table.add(
            {name.empty() ? "(hosts not known now)" : name,
             count_in(group, "deliveries"),
             reasons.empty() ? "" : reasons.front()}
        );
    }
    return table.empty() ? std::string() : '\n' + table.text();
}

// The overview has the newest first.
std::string failure_lines(const json::object& overview) {
    const auto& all = overview.at("failures").as_array();
    if (all.empty()) return {};
    std::string text = "\nLAST FAILURES\n";
    for (std::size_t at = 0; at < std::min(failures_shown, all.size()); ++at)
        text += trace_line(all.at(at).as_object()) + '\n';
    return text;
}

// Each line cut to `width` bytes, not within a character of UTF-8.
std::string cut_lines(std::string_view text, std::size_t width) {
    std::string cut;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto size = std::min(end, width);
        while (size > 0 && size < end && (text[size] & '\xc0') == '\x80')
            --size;
        cut.append(text.substr(0, size)) += '\n';
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return cut;
}

std::size_t terminal_width() {
    winsize size{};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col
                                                                           : usual_width;
}

}  // namespace

std::string top_screen(const json::object& overview, std::size_t width) {
    return cut_lines(
        rate_table(overview) + '\n' + state_table(overview) + trouble_table(overview) +
            failure_lines(overview),
        width
    );
}

int show_top(const admin::address& relay, bool once) {
    const bool refreshes = !once && isatty(STDOUT_FILENO) != 0;
    boost::asio::io_context context(1);
    boost::asio::steady_timer timer(context);
    while (true) {
        const auto answer = ask_relay(relay, "GET", "/api/v1/overview");
        if (answer.status != EXIT_SUCCESS) return answer.status;
        const auto width = isatty(STDOUT_FILENO) != 0 ? terminal_width() : std::string::npos;
        print_text(std::string(refreshes ? clear_screen : "") + top_screen(answer.value, width));
        if (!refreshes) return EXIT_SUCCESS;
        std::fflush(stdout);
        timer.expires_after(refresh_interval);
        timer.wait();
    }
}

}  // namespace kurir::app
