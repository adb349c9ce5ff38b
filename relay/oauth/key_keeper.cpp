#include "relay/oauth/key_keeper.hpp"

#include <boost/asio/post.hpp>

#include <exception>
#include <utility>

#include "relay/base/http_url.hpp"
#include "relay/log/failure.hpp"
#include "relay/log/log.hpp"

namespace kurir::oauth {

namespace asio = boost::asio;

namespace {

constexpr unsigned ok = 200;

}  // namespace

key_keeper::key_keeper(
    asio::any_io_executor executor, const net::http_client& http, std::string url, events events
)
    : executor_(executor),
      http_(http),
      url_(std::move(url)),
      events_(std::move(events)),
      pause_(executor),
      running_(executor, log::internal_error("oauth")) {}

void key_keeper::start() {
    asio::post(executor_, [this] {
        if (!stopping_) running_.spawn(run());
    });
}

asio::awaitable<void> key_keeper::run() {
    while (!stopping_) {
        co_await fetch();
        if (stopping_) co_return;
        // A timer that was cancelled means: now.
        pause_.expires_at(schedule_.next());
        std::ignore = co_await pause_.async_wait(net::as_result);
    }
}

void key_keeper::fetch_now() {
    asio::post(executor_, [this] { pause_.cancel(); });
}

asio::awaitable<void> key_keeper::renew() {
    auto question = [this](net::answer_function<bool> answer) {
        const bool begins = !fetching_ && schedule_.allows(net::clock::now());
        if (stopping_ || (!fetching_ && !begins)) return answer(false);
        waiting_.push_back(std::move(answer));
        if (begins) pause_.cancel();
    };
    std::ignore = co_await net::ask<bool>(executor_, std::move(question));
}

asio::awaitable<void> key_keeper::fetch() {
    fetching_ = true;
    auto found = co_await ask();
    fetching_ = false;
    if (!stopping_) {
        const auto now = net::clock::now();
        if (found) {
            schedule_.succeeded(now);
            take(std::move(*found));
        } else {
            schedule_.failed(now);
            tell(std::move(found).error());
        }
    }
    answer_all();
}

asio::awaitable<base::result<tokens::key_set, std::string>> key_keeper::ask() const {
    try {
        const auto answer =
            co_await http_.send({.url = url_, .fields = {{"Accept", "application/json"}}});
        if (!answer) co_return answer.error().message();
        if (answer->status != ok) {
            co_return "the answer has the status " + std::to_string(answer->status);
        }
        auto keys = tokens::key_set::parse(answer->body);
        if (!keys) co_return "the answer " + keys.error();
        co_return std::move(*keys);
    } catch (const std::exception& error) {
        co_return std::string(error.what());
    }
}

void key_keeper::take(tokens::key_set keys) {
    {
        const std::lock_guard lock(mutex_);
        trouble_.clear();
    }
    log::event(log::level::info, "token_keys")
        .with("what", "loaded")
        .with("server", base::server_in(url_))
        .with("keys", keys.size());
    events_.fetched(std::make_shared<const tokens::key_set>(std::move(keys)));
}

void key_keeper::tell(std::string trouble) {
    log::event(log::level::warning, "token_keys")
        .with("what", "failed")
        .with("server", base::server_in(url_))
        .with("error", trouble)
        .with("advice", "the keys of before stay in use; it is tried again");
    {
        const std::lock_guard lock(mutex_);
        trouble_ = std::move(trouble);
    }
    events_.failed();
}

std::string key_keeper::trouble() const {
    const std::lock_guard lock(mutex_);
    return trouble_;
}

void key_keeper::answer_all() {
    for (const auto& each : std::exchange(waiting_, {}))
        each(true);
}

void key_keeper::stop() {
    stopping_ = true;
    running_.stop();
    answer_all();
}

asio::awaitable<void> key_keeper::join() {
    return running_.join();
}

}  // namespace kurir::oauth
