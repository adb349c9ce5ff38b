#include "relay/app/operations.hpp"

#include <boost/asio/post.hpp>

#include <utility>

#include "metrics/thread_heap.hpp"
#include "relay/net/ask.hpp"

namespace kurir::app {

namespace asio = boost::asio;

operations::operations(metrics::all& metrics, std::function<admin::readiness()> check)
    : metrics_(metrics), check_(std::move(check)) {
    asio::post(scraping_, metrics::claim_thread_heap);
}

admin::readiness operations::ready() {
    auto checks = check_();
    metrics_.runtime.ready.set(admin::is_ready(checks) ? 1 : 0);
    return checks;
}

asio::awaitable<std::string> operations::exposition() {
    std::ignore = ready();
    asio::any_io_executor other = scraping_.get_executor();
    auto question = [this](net::answer_function<std::string> answer) {
        answer(metrics_.exposition());
    };
    co_return co_await net::ask<std::string>(std::move(other), std::move(question));
}

}  // namespace kurir::app
