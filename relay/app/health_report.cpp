#include "relay/app/health_report.hpp"

#include <boost/algorithm/string/join.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

#include "relay/net/ask.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/error.hpp"
#include "relay/net/task_group.hpp"

namespace kurir::app {

namespace asio = boost::asio;

std::string status_of(const admin::readiness& checks) {
    std::vector<std::string> failed;
    std::vector<std::string> advice;
    for (const auto& each : checks) {
        if (each.ok) continue;
        if (each.advisory) {
            advice.push_back(each.name);
        } else {
            failed.push_back(each.detail);
        }
    }
    auto text = failed.empty() ? std::string("accepting mail")
                               : "not accepting mail: " + boost::algorithm::join(failed, "; ");
    if (!advice.empty()) text += "; look at: " + boost::algorithm::join(advice, ", ");
    std::ranges::replace(text, '\n', ' ');
    return text;
}

asio::awaitable<void> report_health(
    asio::any_io_executor own,
    std::vector<asio::any_io_executor> loops,
    service_manager& manager,
    std::function<std::string()> status
) {
    if (!manager.listens()) co_return;
    net::timer tick(own);
    for (;;) {
        for (const auto& each : loops) {
            auto at_once = [](net::answer_function<bool> answer) { answer(true); };
            std::ignore = co_await net::ask<bool>(each, at_once);
        }
        const bool stopping = co_await net::was_cancelled();
        if (stopping) co_return;
        manager.alive(status());
        tick.expires_after(manager.interval());
        const auto [ec] = co_await tick.async_wait(net::as_result);
        if (ec) co_return;
    }
}

}  // namespace kurir::app
