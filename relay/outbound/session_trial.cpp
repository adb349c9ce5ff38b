#include "relay/outbound/session_trial.hpp"

#include <string_view>
#include <utility>

#include "relay/net/connect.hpp"
#include "relay/net/handshake_fault.hpp"
#include "relay/net/task_group.hpp"
#include "relay/outbound/extensions.hpp"
#include "relay/outbound/login_verdict.hpp"
#include "relay/outbound/reach.hpp"
#include "relay/outbound/tls_plan.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;
using net::clock;

namespace {

constexpr int tries_max = 3;

// All of a text that is in memory.
class text_source final : public body_source {
public:
    explicit text_source(std::string_view text) : text_(text) {}

    asio::awaitable<net::result<chunk>> next() override {
        co_return chunk{.bytes = text_, .last = true};
    }

private:
    std::string_view text_;
};

}  // namespace

std::string list_of(const std::vector<asio::ip::address>& addresses) {
    std::string text;
    for (const auto& each : addresses)
        text += (text.empty() ? "" : ", ") + each.to_string();
    return text;
}

session_trial::session_trial(const trial_tools& tools, route route)
    : tools_(tools), config_(tools.config.get()), route_(std::move(route)) {}

asio::awaitable<trial_report> session_trial::run(target host, const trial_message* message) {
    host_ = std::move(host);
    bool again = true;
    for (int tries = 0; again && tries < tries_max; ++tries)
        again = co_await try_once(message);
    if (again && report_.end) report_.trouble = report_.end->diagnostic;
    co_return std::move(report_);
}

// True if the next try differs: with a fresh token, without a session to resume, or in clear.
asio::awaitable<bool> session_trial::try_once(const trial_message* message) {
    relayhost_credential credential;
    if (!route_.key.credential.empty()) {
        auto found = co_await tools_.logins.find(route_.key.credential);
        if (!found) {
            failed(found.error());
            co_return false;
        }
        credential = std::move(*found);
        if (!credential.account->token().empty()) succeeded("got a token", "");
    }
    took_ = {};
    const bool connected = co_await connect();
    if (!connected) co_return false;
    const bool again = co_await open(std::move(credential), message != nullptr);
    if (message != nullptr && client_->usable()) co_await send(*message);
    co_await client_->quit();
    co_return again;
}

asio::awaitable<bool> session_trial::connect() {
    // For want of an address that can be reached from the source address.
    boost::system::error_code last = asio::error::network_unreachable;
    for (const auto& each : host_.addresses) {
        const bool stopping = co_await net::was_cancelled();
        if (stopping) break;
        const asio::ip::tcp::endpoint endpoint(each, host_.port);
        connected_ = {
            .name = host_.name,
            .endpoint = endpoint,
            .tls = host_.tls,
            .implicit_tls = host_.implicit_tls,
        };
        if (!route_.key.source.can_reach(each)) continue;
        if (auto forbidden = unreachable_by_rule(*config_, route_, connected_)) {
            failed(std::move(*forbidden));
            co_return false;
        }
        const auto limit = clock::now() + config_->remote_connect_timeout;
        const auto& source = route_.key.source.towards(each);
        std::optional<asio::ip::tcp::endpoint> local;
        if (source) local.emplace(*source, 0);
        auto socket = co_await net::connect(endpoint, limit, local);
        if (!socket) {
            last = socket.error();
            continue;
        }
        const auto port = " port " + std::to_string(host_.port);
        succeeded("connected", "to " + each.to_string() + port);
        client_ = std::make_unique<smtp_client>(
            std::move(*socket), host_.name, timeouts_of(*config_), tools_.metrics
        );
        co_return true;
    }
    auto why = judge(stage::connect, last);
    why.diagnostic = "no connection to port " + std::to_string(host_.port) + ": " + last.message();
    why.try_next_host = true;
    failed(std::move(why));
    co_return false;
}

asio::awaitable<bool> session_trial::open(relayhost_credential credential, bool detailed) {
    // A stage may have several steps: their times add up.
    client_->on_stage([this](stage at) { took_.at(static_cast<std::size_t>(at)) += since_last(); });
    const auto plan = plan_tls(connected_, !credential.account && in_clear_);
    smtp::opening_terms terms{
        .name = hello_name(*config_, route_, client_->local().address()),
        .encryption = plan.encryption,
    };
    const destination_key key{
        .site = server_of(connected_), .tls = host_.tls, .credential = route_.key.credential
    };
    auto tls = plan.wants_tls() ? tools_.tls.terms_for(key, connected_) : tls_terms();
    std::shared_ptr<connection_login> login;
    if (credential.account) {
        login = client_->login_by(credential.account);
        terms.credential = login;
        terms.credential_in_clear = credential.in_clear;
    }
    auto trouble = co_await client_->open(std::move(terms), std::move(tls));
    report_.end = trouble;
    bool again = false;
    if (login) {
        login_attempt attempt{
            .host = host_.name,
            .mechanism = std::string(login->mechanism()),
            .complaint = login->complaint(),
        };
        again = co_await tools_.logins.ended(credential, std::move(attempt), trouble);
    }
    if (trouble && client_->resumption_failed()) {
        tools_.tls.forget_session(key, connected_);
        succeeded("not resumed", trouble->diagnostic + "; once more without the session");
        again = true;
    } else if (again) {
        succeeded("token refused", "another one is asked for");
    } else if (trouble && !credential.account && plan_in_clear(connected_, *trouble)) {
        succeeded("not secured", trouble->diagnostic + "; once more in clear");
        in_clear_ = again = true;
    } else if (trouble) {
        failed_with(*trouble, detailed);
    } else {
        talked(login.get(), detailed);
    }
    co_return again;
}

std::optional<verdict> session_trial::refused_before_mail(const trial_message& message) const {
    if (auto ourselves = greeted_by_ourselves(*config_, route_, *client_)) return ourselves;
    return client_->refusal(message.mail);
}

asio::awaitable<void> session_trial::send(const trial_message& message) {
    if (auto refused = refused_before_mail(message)) {
        failed(std::move(*refused));
        co_return;
    }
    last_ = clock::now();
    text_source text(message.text);
    const transaction_manner manner{.without = ignored_with(config_->remote_ignore, host_.name)};
    auto ended = co_await client_->send(message.mail, text, manner);
    auto& end = ended.verdicts.front();
    const bool accepted = end.outcome == outcome::delivered;
    const auto passed = [&](stage at) { return accepted || at < end.stage; };
    if (passed(stage::mail)) add("MAIL", took(stage::mail), "<" + message.mail.reverse_path + ">");
    if (passed(stage::rcpt)) {
        add("RCPT", took(stage::rcpt), "<" + message.mail.recipients.front() + ">");
    }
    if (passed(stage::data)) {
        add("DATA", took(stage::data), std::to_string(message.text.size()) + " bytes");
    }
    if (!accepted) {
        failed(std::move(end));
        co_return;
    }
    add("accepted", took(stage::eod), end.diagnostic);
    report_.end = std::move(end);
}

void session_trial::talked(const connection_login* login, bool detailed) {
    add("greeted", took(stage::banner), "as " + client_->greeting_name());
    introduced(detailed);
    if (login == nullptr) return;
    const auto& user = login_named(*config_, route_.key.credential).username;
    add("logged in", took(stage::auth), "as " + user + " by " + std::string(login->mechanism()));
}

void session_trial::introduced(bool detailed) {
    const auto& tls = client_->tls();
    if (!detailed) {
        add("introduced",
            took(stage::ehlo) + took(stage::tls),
            tls ? "and secured by " + tls->version : "in clear");
        return;
    }
    add("introduced", took(stage::ehlo), tls ? "" : "in clear");
    if (tls) add("secured", took(stage::tls), "by " + tls->version);
}

void session_trial::failed_with(const verdict& trouble, bool detailed) {
    const bool before_greeting =
        trouble.stage == stage::banner || (trouble.stage == stage::tls && host_.implicit_tls);
    if (!before_greeting) add("greeted", took(stage::banner), "");
    if (is_of_login(trouble)) introduced(detailed);
    failed(trouble);
    report_.advice = advice_on(trouble);
}

std::string session_trial::advice_on(const verdict& trouble) const {
    const auto& credential = route_.key.credential;
    if (is_of_login(trouble) && !credential.empty()) {
        const bool has_tokens = login_named(*config_, credential).has_tokens();
        return login_advice(trouble, variable_of_credential(credential), has_tokens);
    }
    if (!route_.relayhost) return "";
    // It may have spoken before the handshake began.
    const auto& error = client_->tls_error();
    const bool clear = !error || net::fault_of(error) == net::handshake_fault::clear_text;
    if (trouble.stage == stage::tls && host_.implicit_tls && clear) {
        return "if this port does not begin with TLS, write smtp+starttls:// for it; the port "
               "of smtps:// is 465";
    }
    const bool says_nothing =
        trouble.stage == stage::banner && trouble.cause == cause::timeout && !host_.implicit_tls;
    return says_nothing ? "a port that begins with TLS (465) greets nobody: write smtps:// for it"
                        : "";
}

void session_trial::failed(verdict why) {
    report_.trouble = why.diagnostic;
    report_.end = std::move(why);
}

void session_trial::succeeded(std::string name, std::string detail) {
    add(std::move(name), since_last(), std::move(detail));
}

void session_trial::add(std::string name, clock::duration took, std::string detail) {
    using std::chrono::milliseconds;
    report_.steps.push_back(
        {std::move(name), std::chrono::round<milliseconds>(took), std::move(detail)}
    );
}

clock::duration session_trial::since_last() {
    const auto now = clock::now();
    return now - std::exchange(last_, now);
}

clock::duration session_trial::took(stage at) const {
    return took_.at(static_cast<std::size_t>(at));
}

}  // namespace kurir::outbound
