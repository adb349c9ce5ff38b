#include "relay/oauth/token_keeper.hpp"

#include <chrono>
#include <exception>
#include <utility>

#include "relay/log/failure.hpp"
#include "relay/log/log.hpp"
#include "relay/net/clock.hpp"

namespace kurir::oauth {

namespace asio = boost::asio;

namespace {

double calendar_seconds(net::clock::duration ahead = {}) {
    using seconds = std::chrono::duration<double>;
    return seconds(net::calendar_now().time_since_epoch()).count() + seconds(ahead).count();
}

std::string field_of(const net::http_response& response, std::string_view name) {
    const auto* value = response.field(name);
    return value == nullptr ? std::string() : *value;
}

}  // namespace

token_keeper::token_keeper(
    asio::any_io_executor executor,
    const net::http_client& http,
    refresh_store store,
    metrics::relayhosts& metrics
)
    : executor_(executor),
      http_(http),
      store_(std::move(store)),
      metrics_(metrics),
      asking_(executor, log::internal_error("oauth")) {}

void token_keeper::token(const std::string& name, const token_client& client, answer answer) {
    auto& known = records_[name];
    if (known.client != client) {
        known.client = client;
        known.schedule = {};
        known.refresh_token = client.refresh_token;
        known.stored.clear();
    }
    const auto now = net::clock::now();
    const bool asks = !known.asking && known.schedule.wants_request(now);
    const auto* usable = known.schedule.usable(now);
    const bool waits = usable == nullptr && (asks || known.asking) && !stopping_;
    if (!waits) {
        answer(result_for(known));
    } else {
        known.waiting.push_back(std::move(answer));
    }
    if (asks && !stopping_) ask(name, known);
}

// Another process may have got a newer one, such as `kurir relayhost check`. One of ours that could
// not be kept is newer than what the store has still.
void token_keeper::follow_store(const std::string& name, record& of_name) const {
    if (of_name.client.refresh_token.empty()) return;
    auto found = store_.find(name, of_name.client);
    if (found.empty() || found == of_name.stored) return;
    of_name.refresh_token = found;
    of_name.stored = std::move(found);
}

void token_keeper::ask(const std::string& name, record& of_name) {
    follow_store(name, of_name);
    of_name.asking = true;
    asking_.spawn(request(name, of_name.client, of_name.refresh_token));
}

asio::awaitable<void> token_keeper::request(
    std::string name, token_client client, std::string refresh_token
) {
    token_answer answer = token_failure{};
    try {
        answer = co_await ask_in_turn(name, client, refresh_token);
    } catch (const std::exception& error) {
        answer = token_failure{.text = error.what()};
    }
    auto& known = records_[name];
    known.asking = false;
    // The server may take each refresh token only once: nothing is lost, whatever happened since.
    if (answer && !client.refresh_token.empty()) {
        const auto& next = answer->refresh_token.text();
        const bool rotates = !next.empty() && next != refresh_token;
        if (known.client == client) known.refresh_token = rotates ? next : refresh_token;
        if (rotates) keep(name, known, client, next);
    }
    if (stopping_) co_return;
    if (known.client != client) {
        // The configuration has changed meanwhile: those who wait ask again by it.
        for (const auto& each : std::exchange(known.waiting, {}))
            token(name, known.client, each);
        co_return;
    }
    if (answer) {
        granted(name, known, std::move(*answer));
    } else {
        failed(name, known, std::move(answer).error());
    }
    answer_all(known);
}

// By this refresh token, then by those that may be good if it is not. It becomes the last one.
asio::awaitable<token_answer> token_keeper::ask_in_turn(
    const std::string& name, const token_client& client, std::string& refresh_token
) {
    const auto first = refresh_token;
    auto answer = co_await ask_once(client, refresh_token);
    // Another process may have kept a newer one; one that was kept may come from a backup.
    for (const auto& other : {store_.find(name, client), client.refresh_token}) {
        if (answer || !answer.error().bad_grant) break;
        if (other.empty() || other == first || other == refresh_token) continue;
        refresh_token = other;
        answer = co_await ask_once(client, refresh_token);
    }
    co_return answer;
}

asio::awaitable<token_answer> token_keeper::ask_once(
    const token_client& client, const std::string& refresh_token
) {
    auto request = token_request(client, refresh_token);
    const auto response = co_await http_.send(std::move(request));
    if (!response) co_return token_failure{.text = response.error().message()};
    auto answer = read_token_answer(
        response->status,
        field_of(*response, "Content-Type"),
        field_of(*response, "Retry-After"),
        response->body
    );
    if (!answer) {
        auto failure = std::move(answer).error();
        auto hidden = client;
        if (!refresh_token.empty()) hidden.refresh_token = refresh_token;
        failure.text = without_secrets(without_secrets(std::move(failure.text), client), hidden);
        co_return failure;
    }
    co_return answer;
}

void token_keeper::granted(const std::string& name, record& of_name, token_grant grant) {
    const auto at = metrics_.names.index_of(name);
    metrics_.relayhost_token_requests_total(at, metrics::token_result::ok).inc();
    metrics_.relayhost_token_issued_timestamp_seconds(at).set(calendar_seconds());
    metrics_.relayhost_token_expiry_timestamp_seconds(at).set(calendar_seconds(grant.life));
    metrics_.relayhost_token_failure_timestamp_seconds(at).set(0);
    of_name.schedule.granted(grant, net::clock::now());
    log::event(log::level::info, "relayhost_token")
        .with("what", "issued")
        .with("relayhost", name)
        .with("server", server_of(of_name.client))
        .with("expires_in_s", grant.life.count());
}

void token_keeper::keep(
    const std::string& name,
    record& of_name,
    const token_client& client,
    const std::string& refresh_token
) const {
    const auto wrong = store_.keep(name, client, refresh_token);
    if (wrong.empty()) {
        if (of_name.client == client) of_name.stored = refresh_token;
        return;
    }
    log::event(log::level::error, "relayhost_token")
        .with("what", "not_kept")
        .with("relayhost", name)
        .with("path", store_.path_of(name).string())
        .with("error", wrong)
        .with("advice", "after a restart the old refresh token may be refused");
}

void token_keeper::failed(const std::string& name, record& of_name, token_failure failure) {
    using result = metrics::token_result;
    const auto at = metrics_.names.index_of(name);
    metrics_.relayhost_token_requests_total(at, failure.refused ? result::refused : result::failed)
        .inc();
    metrics_.relayhost_token_failure_timestamp_seconds(at).set(calendar_seconds());
    of_name.schedule.failed(failure, net::clock::now());
    log::event(log::level::warning, "relayhost_token")
        .with("what", failure.refused ? "refused" : "failed")
        .with("relayhost", name)
        .with("server", server_of(of_name.client))
        .with("error", failure.text);
}

token_keeper::found token_keeper::result_for(const record& of_name) const {
    const auto& schedule = of_name.schedule;
    if (const auto* usable = schedule.usable(net::clock::now())) {
        found token(boost::system::in_place_value, usable->text());
        return token;
    }
    if (stopping_) return token_trouble{.text = "the relay is shutting down", .stopping = true};
    return token_trouble{
        .text = "the token server " + server_of(of_name.client) + " failed: " + schedule.trouble()
    };
}

void token_keeper::answer_all(record& of_name) const {
    const auto result = result_for(of_name);
    for (const auto& each : std::exchange(of_name.waiting, {}))
        each(result);
}

bool token_keeper::refused(const std::string& name, const std::string& token) {
    return records_[name].schedule.refused(token, net::clock::now());
}

void token_keeper::accepted(const std::string& name, const std::string& token) {
    records_[name].schedule.accepted(token);
}

void token_keeper::stop() {
    stopping_ = true;
    asking_.stop();
    for (auto& [name, record] : records_)
        answer_all(record);
}

asio::awaitable<void> token_keeper::join() {
    return asking_.join();
}

}  // namespace kurir::oauth
