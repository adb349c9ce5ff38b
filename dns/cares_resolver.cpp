#include "dns/cares_resolver.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <deque>
#include <optional>
#include <random>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "dns/cache.hpp"
#include "dns/exchange.hpp"
#include "dns/host.hpp"
#include "dns/send_window.hpp"
#include "dns/servers.hpp"
#include "relay/base/numeric_address.hpp"

namespace kurir::dns {
namespace {

namespace asio = boost::asio;
using addresses_result = result<std::vector<asio::ip::address>>;
using clock = std::chrono::steady_clock;

constexpr int max_follow_ups = 3;
// Names that no server answers wait here for their timeouts.
constexpr std::size_t max_at_servers = 1200;
constexpr std::chrono::seconds route_check_interval{10};

// A question that waits to be sent, is being asked, or has an outcome.
struct flight {
    explicit flight(const asio::any_io_executor& executor)
        : landed(executor, clock::time_point::max()), deadline(executor) {}

    void land(result<answer> given) {
        outcome = std::move(given);
        deadline.cancel();
        landed.cancel();
    }

    asio::steady_timer landed;  // never expires; cancelled when there is an outcome
    asio::steady_timer deadline;
    clock::time_point sent{};
    std::optional<result<answer>> outcome;
};
using flight_ptr = std::shared_ptr<flight>;

asio::awaitable<result<answer>> landing(flight_ptr pending) {
    if (!pending->outcome) {
        std::ignore = co_await pending->landed.async_wait(asio::as_tuple(asio::use_awaitable));
        if (!pending->outcome) co_return errc::cancelled;
    }
    co_return *pending->outcome;
}

// Nothing for what is not counted.
std::optional<metrics::dns_type> label_of(record_type type) noexcept {
    switch (type) {
        case record_type::a:
            return metrics::dns_type::a;
        case record_type::aaaa:
            return metrics::dns_type::aaaa;
        case record_type::txt:
            return metrics::dns_type::txt;
        case record_type::ptr:
            return std::nullopt;
        case record_type::mx:
            break;
    }
    return metrics::dns_type::mx;
}

metrics::dns_result label_of(const result<answer>& said) noexcept {
    const auto error = said ? said->error : said.error();
    if (!error) return metrics::dns_result::ok;
    if (error == errc::not_found) return metrics::dns_result::nxdomain;
    if (error == errc::no_data) return metrics::dns_result::nodata;
    if (error == errc::servfail) return metrics::dns_result::servfail;
    if (error == errc::timeout) return metrics::dns_result::timeout;
    if (error == errc::refused) return metrics::dns_result::refused;
    return metrics::dns_result::error;
}

}  // namespace

class cares_resolver::questions : public std::enable_shared_from_this<questions> {
public:
    questions(asio::any_io_executor executor, cares_options options, metrics::dns& counts)
        : executor_(std::move(executor)),
          options_(std::move(options)),
          counts_(counts),
          servers_(std::make_shared<servers>(executor_, options_.servers)),
          cache_(options_.cache_max),
          next_look_(executor_) {}

    // Each of these holds its `self`, so the resolver may be destroyed meanwhile.
    static asio::awaitable<result<mail_exchange>> exchange(
        std::shared_ptr<questions> self, std::string domain
    ) {
        domain = canonical(domain);
        if (!is_name(domain)) co_return errc::not_found;
        const auto said =
            co_await outcome(self, self->ask({domain, record_type::mx}), record_type::mx);
        if (!said) co_return said.error();
        co_return exchange_of(domain, *said, self->draw_);
    }

    static asio::awaitable<addresses_result> addresses(
        std::shared_ptr<questions> self, std::string host
    ) {
        if (const auto itself = base::numeric_address(host)) co_return std::vector{*itself};

        host = canonical(host);
        if (!is_name(host)) co_return errc::not_found;
        using family = cares_options::family;
        if (self->options_.address_family != family::automatic)
            co_return co_await addresses_of_one_family(self, std::move(host));
        // Both questions are sent before either answer is awaited.
        const auto six = self->ask({host, record_type::aaaa});
        const auto four = self->ask({host, record_type::a});
        const auto said_six = co_await outcome(self, six, record_type::aaaa);
        if (said_six.has_error() && said_six.error() == errc::cancelled) co_return said_six.error();
        const auto said_four = co_await outcome(self, four, record_type::a);
        co_return addresses_of(said_six, said_four, self->ipv6_works());
    }

    static asio::awaitable<result<std::vector<std::string>>> texts(
        std::shared_ptr<questions> self, std::string name
    ) {
        auto said = co_await records(self, std::move(name), record_type::txt);
        if (!said) co_return said.error();
        if (said->error) co_return said->error;
        co_return std::move(said->texts);
    }

    static asio::awaitable<result<answer>> records(
        std::shared_ptr<questions> self, std::string name, record_type type
    ) {
        name = canonical(name);
        if (!is_name(name)) co_return errc::not_found;
        co_return co_await outcome(self, self->ask({name, type}), type);
    }

    void shutdown() {
        closed_ = true;
        for (auto& [asked, of] : std::exchange(under_way_, {}))
            of->land(errc::cancelled);
        line_.clear();
        next_look_.cancel();
        servers_->close();
    }

private:
    // A host without an address of the family in use may have addresses of the other family, which
    // our setting leaves out. So this proves nothing.
    static asio::awaitable<addresses_result> addresses_of_one_family(
        std::shared_ptr<questions> self, std::string host
    ) {
        const bool v4 = self->options_.address_family == cares_options::family::ipv4;
        const auto used = v4 ? record_type::a : record_type::aaaa;
        const auto unused = v4 ? record_type::aaaa : record_type::a;
        const auto said = co_await outcome(self, self->ask({host, used}), used);
        if (!said) co_return said.error();
        if (!said->error) co_return said->addresses;
        const auto others = co_await outcome(self, self->ask({host, unused}), unused);
        if (!others) co_return others.error();
        if (!others->error) co_return errc::other_family;
        co_return addresses_of(said, others, true);
    }

    // Follows the alias when a server without recursion gave nothing else.
    static asio::awaitable<result<answer>> outcome(
        std::shared_ptr<questions> self, flight_ptr pending, record_type type
    ) {
        auto said = co_await landing(std::move(pending));
        for (int again = 0; said && !said->alias.empty(); ++again) {
            if (again == max_follow_ups) co_return errc::malformed;
            said = co_await landing(self->ask({said->alias, type}));
        }
        co_return said;
    }

    bool ipv6_works() {
        const auto now = clock::now();
        if (now - route_checked_ > route_check_interval) {
            has_route_ = has_ipv6_route(executor_);
            route_checked_ = now;
        }
        return has_route_;
    }

    // The outcome from the cache, or a pending question: an equal one that was asked before, or a
    // new one.
    flight_ptr ask(const question& asked) {
        auto pending = std::make_shared<flight>(executor_);
        if (closed_) {
            pending->land(errc::cancelled);
            return pending;
        }
        const auto known = cache_.find(asked, clock::now());
        if (known.said != nullptr) {
            counts_.dns_cache_requests_total(metrics::cache_result::hit).inc();
            pending->land(*known.said);
            return pending;
        }
        counts_
            .dns_cache_requests_total(
                known.expired ? metrics::cache_result::stale : metrics::cache_result::miss
            )
            .inc();
        if (const auto found = under_way_.find(asked); found != under_way_.end())
            return found->second;
        begin(asked, pending);
        return pending;
    }

    void begin(const question& asked, const flight_ptr& pending) {
        under_way_.emplace(asked, pending);
        line_.emplace_back(asked, pending);
        send_next();
    }

    void send_next() {
        while (at_servers_ < max_at_servers && !line_.empty()) {
            if (const auto until = window_.closed_until(clock::now())) {
                look_again_at(*until);
                return;
            }
            const auto [asked, of] = std::move(line_.front());
            line_.pop_front();
            send(asked, of);
        }
    }

    void look_again_at(clock::time_point when) {
        if (std::exchange(looks_again_, true)) return;
        next_look_.expires_at(when);
        next_look_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
            const auto self = weak.lock();
            if (!self || error) return;
            self->looks_again_ = false;
            self->send_next();
        });
    }

    // The time of a question begins here, because the wait before it is our own, not the servers'.
    void send(const question& asked, const flight_ptr& pending) {
        ++at_servers_;
        pending->sent = clock::now();
        pending->deadline.expires_at(pending->sent + options_.deadline);
        pending->deadline.async_wait([weak = weak_from_this(), asked, pending](const auto& error) {
            if (const auto self = weak.lock(); self && !error)
                self->end(asked, pending, errc::timeout);
        });
        const auto ticket = window_.sent(pending->sent);
        servers_->ask(
            asked,
            [weak = weak_from_this(), asked, pending, ticket](servers::ending end) {
                const auto self = weak.lock();
                if (!self) return;
                --self->at_servers_;
                if (end.round_trip) {
                    const auto now = clock::now();
                    self->window_.answered({ticket.number, now - *end.round_trip}, now);
                } else {
                    self->window_.lost(ticket);
                }
                self->end(asked, pending, std::move(end.said));
                self->send_next();
            }
        );
    }

    void end(const question& asked, const flight_ptr& pending, result<answer> said) {
        if (pending->outcome) return;  // whichever comes second: the deadline or the answer
        const std::chrono::duration<double> took = clock::now() - pending->sent;
        if (const auto type = label_of(asked.type)) {
            counts_.dns_queries_total(*type, label_of(said)).inc();
            counts_.dns_query_duration_seconds(*type).observe(took.count());
        }
        under_way_.erase(asked);
        if (said) cache_.put(asked, *said, clock::now());
        pending->land(std::move(said));
    }

    asio::any_io_executor executor_;
    const cares_options options_;
    metrics::dns& counts_;
    std::shared_ptr<servers> servers_;
    cache cache_;
    std::unordered_map<question, flight_ptr, question_hash> under_way_;
    std::deque<std::pair<question, flight_ptr>> line_;  // those not sent yet
    std::size_t at_servers_ = 0;
    send_window window_;
    asio::steady_timer next_look_;
    bool looks_again_ = false;  // the timer runs
    std::mt19937 draw_{std::random_device{}()};
    bool has_route_ = false;
    clock::time_point route_checked_ = clock::now() - 2 * route_check_interval;
    bool closed_ = false;
};

cares_resolver::cares_resolver(
    asio::any_io_executor executor, cares_options options, metrics::dns& counts
)
    : questions_(std::make_shared<questions>(std::move(executor), std::move(options), counts)) {}

cares_resolver::~cares_resolver() {
    shutdown();
}

asio::awaitable<result<mail_exchange>> cares_resolver::exchange(std::string domain) {
    return questions::exchange(questions_, std::move(domain));
}

asio::awaitable<addresses_result> cares_resolver::addresses(std::string host) {
    return questions::addresses(questions_, std::move(host));
}

asio::awaitable<result<std::vector<std::string>>> cares_resolver::texts(std::string name) {
    return questions::texts(questions_, std::move(name));
}

asio::awaitable<result<answer>> cares_resolver::records(std::string name, record_type type) {
    return questions::records(questions_, std::move(name), type);
}

void cares_resolver::shutdown() {
    questions_->shutdown();
}

}  // namespace kurir::dns
