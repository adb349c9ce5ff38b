// Keeps tokens (OAuth 2.0) for the logins to relayhosts: asks token servers for them when they are
// needed, one request at a time for each relayhost, and before they expire.
//
// `token_schedule` decides when, `read_token_answer` what an answer means; this carries them out.
// Belongs to the thread of its executor.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "metrics/relayhosts.hpp"
#include "relay/base/result.hpp"
#include "relay/net/ask.hpp"
#include "relay/net/http_client.hpp"
#include "relay/net/task_group.hpp"
#include "relay/oauth/refresh_store.hpp"
#include "relay/oauth/token_client.hpp"
#include "relay/oauth/token_schedule.hpp"

namespace kurir::oauth {

// Why there is no token, as the end of a sentence.
struct token_trouble {
    std::string text;
    bool stopping = false;  // nothing is wrong, but the relay is shutting down
};

class token_keeper {
public:
    using found = base::result<std::string, token_trouble>;
    using answer = net::answer_function<found>;

    // All must outlive the keeper.
    token_keeper(
        boost::asio::any_io_executor executor,
        const net::http_client& http,
        refresh_store store,
        metrics::relayhosts& metrics
    );

    const boost::asio::any_io_executor& executor() const noexcept { return executor_; }

    // Answers at once, or when the server has answered. `client`: as the configuration has it now;
    // another one than before starts anew.
    void token(const std::string& name, const token_client& client, answer answer);

    // The relayhost has refused the token. True if another one can be had.
    bool refused(const std::string& name, const std::string& token);
    void accepted(const std::string& name, const std::string& token);

    // Ends requests that are under way. Who waits is told so, and who asks from now on.
    void stop();
    boost::asio::awaitable<void> join();

private:
    struct record {
        token_client client;
        std::string refresh_token;  // the newest one
        std::string stored;         // what the store had last
        token_schedule schedule;
        std::vector<answer> waiting;
        bool asking = false;
    };

    void follow_store(const std::string& name, record& of_name) const;
    void ask(const std::string& name, record& of_name);
    boost::asio::awaitable<void> request(
        std::string name, token_client client, std::string refresh_token
    );
    boost::asio::awaitable<token_answer> ask_in_turn(
        const std::string& name, const token_client& client, std::string& refresh_token
    );
    boost::asio::awaitable<token_answer> ask_once(
        const token_client& client, const std::string& refresh_token
    );
    void keep(
        const std::string& name,
        record& of_name,
        const token_client& client,
        const std::string& refresh_token
    ) const;
    void granted(const std::string& name, record& of_name, token_grant grant);
    void failed(const std::string& name, record& of_name, token_failure failure);
    found result_for(const record& of_name) const;
    void answer_all(record& of_name) const;

    boost::asio::any_io_executor executor_;
    const net::http_client& http_;
    refresh_store store_;
    metrics::relayhosts& metrics_;
    std::map<std::string, record> records_;
    net::task_group asking_;
    bool stopping_ = false;
};

}  // namespace kurir::oauth
