#include "relay/app/token_desk.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>
#include <vector>

#include "relay/net/ask.hpp"

namespace kurir::app {

namespace asio = boost::asio;

namespace {

oauth::token_client client_for(const config::relayhost_login& login) {
    return {
        .url = login.token_url,
        .client_id = login.client_id,
        .client_secret = login.client_secret,
        .refresh_token = login.refresh_token,
        .scope = login.scope,
    };
}

asio::awaitable<net::result<std::vector<asio::ip::address>>> addresses_of(
    dns::resolver& resolver, std::string name
) {
    auto found = co_await resolver.addresses(std::move(name));
    if (!found) co_return found.error();
    co_return std::move(*found);
}

}  // namespace

asio::awaitable<base::result<std::string, outbound::token_trouble>> token_desk::token(
    const std::string& name
) {
    using found = oauth::token_keeper::found;
    auto client = client_for(outbound::login_named(*config_.get(), name));
    auto question = [this, name, client = std::move(client)](net::answer_function<found> answer) {
        keeper_.token(name, client, std::move(answer));
    };
    auto answer = co_await net::ask<found>(keeper_.executor(), std::move(question));
    if (!answer) {
        auto trouble = std::move(answer).error();
        co_return outbound::token_trouble{
            .text = std::move(trouble.text), .stopping = trouble.stopping
        };
    }
    co_return base::result<std::string, outbound::token_trouble>(
        boost::system::in_place_value, std::move(*answer)
    );
}

asio::awaitable<bool> token_desk::refused(const std::string& name, std::string token) {
    auto question = [this, name, token = std::move(token)](net::answer_function<bool> answer) {
        answer(keeper_.refused(name, token));
    };
    co_return co_await net::ask<bool>(keeper_.executor(), std::move(question));
}

void token_desk::accepted(const std::string& name, const std::string& token) {
    asio::post(keeper_.executor(), [this, name, token] { keeper_.accepted(name, token); });
}

bool needs_tokens(const config::config& config) {
    const auto names = outbound::credential_names(config);
    return std::ranges::any_of(names, [&](const std::string& each) {
        return outbound::login_named(config, each).has_tokens();
    });
}

base::result<net::http_client, std::string> make_token_http(
    dns::resolver& resolver, std::string ca_file, const net::http_limits& limits
) {
    return net::http_client::make(
        {.limits = limits, .ca_file = std::move(ca_file)},
        [&resolver](std::string name, net::clock::time_point) {
            return addresses_of(resolver, std::move(name));
        }
    );
}

}  // namespace kurir::app
