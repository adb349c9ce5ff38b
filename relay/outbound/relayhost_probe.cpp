#include "relay/outbound/relayhost_probe.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "relay/net/connect.hpp"
#include "relay/net/handshake_fault.hpp"
#include "relay/net/task_group.hpp"
#include "relay/outbound/login_verdict.hpp"
#include "relay/outbound/reach.hpp"
#include "relay/outbound/router.hpp"
#include "relay/outbound/smtp_client.hpp"
#include "relay/outbound/source_choice.hpp"
#include "relay/outbound/tls_plan.hpp"
#include "relay/outbound/verdict.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;
using net::clock;

namespace {

constexpr int tries_max = 3;

std::string list_of(const std::vector<asio::ip::address>& addresses) {
    std::string text;
    for (const auto& each : addresses)
        text += (text.empty() ? "" : ", ") + each.to_string();
    return text;
}

class probe {
public:
    probe(const probe_tools& tools, probed_server probed)
        : tools_(tools),
          config_(tools.config.get()),
          server_(std::move(probed.server)),
          policy_(relayhost_policy(probed.definition, server_)),
          credential_name_(probed.definition.credential) {
        route_.key.site = config::relayhosts_text(probed.definition.relayhosts);
        choose_sources(probed.definition.sources, route_);
    }

    asio::awaitable<probe_report> run() {
        const auto addresses = co_await tools_.resolver.addresses(server_.host);
        if (!addresses) {
            co_return failed(judge_relayhost_name(server_.host, addresses.error()).diagnostic);
        }
        succeeded("found", list_of(*addresses));
        bool again = true;
        for (int tries = 0; again && tries < tries_max; ++tries)
            again = co_await try_once(*addresses);
        co_return std::move(report_);
    }

private:
    // True if the next try differs: with a fresh token, without a session to resume, or in clear.
    asio::awaitable<bool> try_once(const std::vector<asio::ip::address>& addresses) {
        relayhost_credential credential;
        if (!credential_name_.empty()) {
            auto found = co_await tools_.logins.find(credential_name_);
            if (!found) {
                failed(found.error().diagnostic);
                co_return false;
            }
            credential = std::move(*found);
            if (!credential.account->token().empty()) succeeded("got a token", "");
        }
        const bool connected = co_await connect(addresses);
        if (!connected) co_return false;
        const bool again = co_await open(credential);
        co_await client_->quit();
        co_return again;
    }

    asio::awaitable<bool> connect(const std::vector<asio::ip::address>& addresses) {
        // For want of an address that can be reached from the source address.
        boost::system::error_code last = asio::error::network_unreachable;
        for (const auto& each : addresses) {
            const bool stopping = co_await net::was_cancelled();
            if (stopping) break;
            const asio::ip::tcp::endpoint endpoint(each, server_.port);
            const auto limit = clock::now() + config_->remote_connect_timeout;
            if (!route_.key.source.can_reach(each)) continue;
            const auto& source = route_.key.source.towards(each);
            std::optional<asio::ip::tcp::endpoint> local;
            if (source) local.emplace(*source, 0);
            auto socket = co_await net::connect(endpoint, limit, local);
            if (!socket) {
                last = socket.error();
                continue;
            }
            succeeded(
                "connected", "to " + each.to_string() + " port " + std::to_string(server_.port)
            );
            host_ = {
                .name = server_.host,
                .endpoint = endpoint,
                .tls = policy_,
                .implicit_tls = server_.scheme == config::relayhost_scheme::smtps,
            };
            client_ = std::make_unique<smtp_client>(
                std::move(*socket), server_.host, timeouts_of(*config_), tools_.metrics
            );
            co_return true;
        }
        failed("no connection to port " + std::to_string(server_.port) + ": " + last.message());
        co_return false;
    }

    asio::awaitable<bool> open(relayhost_credential credential) {
        client_->on_stage([this](stage at) { note(at); });
        const auto plan = plan_tls(host_, !credential.account && in_clear_);
        smtp::opening_terms terms{
            .name = hello_name(*config_, route_, client_->local().address()),
            .encryption = plan.encryption,
        };
        const destination_key key{
            .site = server_of(host_), .tls = policy_, .credential = credential_name_
        };
        auto tls = plan.wants_tls() ? tools_.tls.terms_for(key, host_) : tls_terms();
        std::shared_ptr<connection_login> login;
        if (credential.account) {
            login = client_->login_by(credential.account);
            terms.credential = login;
            terms.credential_in_clear = credential.in_clear;
        }
        auto trouble = co_await client_->open(std::move(terms), std::move(tls));
        bool again = false;
        if (login) {
            login_attempt attempt{
                .host = server_.host,
                .mechanism = std::string(login->mechanism()),
                .complaint = login->complaint(),
            };
            again = co_await tools_.logins.ended(credential, std::move(attempt), trouble);
        }
        if (trouble && client_->resumption_failed()) {
            tools_.tls.forget_session(key, host_);
            succeeded("not resumed", trouble->diagnostic + "; once more without the session");
            again = true;
        } else if (again) {
            succeeded("token refused", "another one is asked for");
        } else if (trouble && !credential.account && plan_in_clear(host_, *trouble)) {
            succeeded("not secured", trouble->diagnostic + "; once more in clear");
            in_clear_ = again = true;
        } else if (trouble) {
            failed_with(*trouble);
        } else {
            talked(login.get());
        }
        co_return again;
    }

    // A stage may have several steps: their times add up.
    void note(stage at) {
        const auto took = since_last();
        auto& sum = at == stage::banner ? greeting_ : at == stage::auth ? login_ : hello_;
        sum += took;
    }

    void talked(const connection_login* login) {
        add("greeted", greeting_, "as " + client_->greeting_name());
        introduced();
        if (login == nullptr) return;
        const auto& user = login_named(*config_, credential_name_).username;
        add("logged in", login_, "as " + user + " by " + std::string(login->mechanism()));
    }

    void introduced() {
        add("introduced",
            hello_,
            client_->tls() ? "and secured by " + client_->tls()->version : "in clear");
    }

    void failed_with(const verdict& trouble) {
        const bool before_greeting =
            trouble.stage == stage::banner || (trouble.stage == stage::tls && host_.implicit_tls);
        if (!before_greeting) add("greeted", greeting_, "");
        if (is_of_login(trouble)) introduced();
        failed(trouble.diagnostic);
        report_.advice = advice_on(trouble);
    }

    std::string advice_on(const verdict& trouble) const {
        if (is_of_login(trouble) && !credential_name_.empty()) {
            const bool has_tokens = login_named(*config_, credential_name_).has_tokens();
            return login_advice(trouble, variable_of_credential(credential_name_), has_tokens);
        }
        // It may have spoken before the handshake began.
        const auto& error = client_->tls_error();
        const bool clear = !error || net::fault_of(error) == net::handshake_fault::clear_text;
        if (trouble.stage == stage::tls && host_.implicit_tls && clear) {
            return "if this port does not begin with TLS, write smtp+starttls:// for it; the port "
                   "of smtps:// is 465";
        }
        const bool says_nothing = trouble.stage == stage::banner &&
                                  trouble.cause == cause::timeout && !host_.implicit_tls;
        return says_nothing
                   ? "a port that begins with TLS (465) greets nobody: write smtps:// for it"
                   : "";
    }

    probe_report failed(std::string why) {
        report_.trouble = std::move(why);
        return report_;
    }

    void succeeded(std::string name, std::string detail) {
        add(std::move(name), since_last(), std::move(detail));
    }

    void add(std::string name, clock::duration took, std::string detail) {
        using std::chrono::milliseconds;
        report_.steps.push_back(
            {std::move(name), std::chrono::round<milliseconds>(took), std::move(detail)}
        );
    }

    clock::duration since_last() {
        const auto now = clock::now();
        return now - std::exchange(last_, now);
    }

    const probe_tools tools_;
    const config::snapshot config_;
    const config::relayhost server_;
    const tls_policy policy_;
    route route_;  // for its sources
    const std::string credential_name_;
    host_address host_;      // of the connection
    bool in_clear_ = false;  // TLS has failed
    std::unique_ptr<smtp_client> client_;
    probe_report report_;
    clock::time_point last_ = clock::now();
    clock::duration greeting_{};
    clock::duration hello_{};
    clock::duration login_{};
};

}  // namespace

asio::awaitable<probe_report> probe_relayhost(probe_tools tools, probed_server server) {
    probe one(tools, std::move(server));
    co_return co_await one.run();
}

}  // namespace kurir::outbound
