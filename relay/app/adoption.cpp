#include "relay/app/adoption.hpp"

#include <boost/algorithm/string/join.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <future>
#include <memory>
#include <tuple>
#include <utility>

#include "queue/failpoint.hpp"
#include "queue/rocks/lock.hpp"
#include "relay/admin/query.hpp"
#include "relay/app/queue_folders.hpp"
#include "relay/app/this_node.hpp"
#include "relay/log/failure.hpp"
#include "relay/log/log.hpp"
#include "relay/net/error.hpp"

namespace kurir::app {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

constexpr auto adoption_interval = 15s;
// A folder that can't be opened is tried less often: each time the lock is taken, and files may be
// copied.
constexpr auto trouble_interval = 5min;
constexpr std::size_t adopted_per_line = 1000;

fs::file_time_type time_of_lock(const fs::path& folder) {
    std::error_code unknown;
    return fs::last_write_time(folder / queue::lock_file, unknown);
}

// A relay that hands its queue over tells under which name; so does one that `kurir queue move`
// empties, by its host name.
std::string origin_host(const std::vector<control::listed>& deliveries, const std::string& usual) {
    for (const auto& each : deliveries) {
        const auto& hold = each.waiting.terms->hold;
        if (const auto mark = hold ? mark_in(*hold) : std::nullopt) return mark->hostname;
    }
    return usual;
}

}  // namespace

adoption::adoption(
    asio::any_io_executor executor,
    control::import_desk& desk,
    const config::live_config& config,
    metrics::operators& counts
)
    : executor_(executor),
      desk_(desk),
      config_(config),
      counts_(counts),
      names_(names_of(*config.get())),
      tasks_(executor, log::internal_error("adoption")),
      ended_(executor, net::clock::time_point::max()),
      handover_(
          [this](std::string_view, const std::string& target, const std::string& body) {
              return ask_desk(target, body);
          },
          [this] { return stopping_.load(); }
      ) {}

adoption::~adoption() {
    if (thread_.joinable()) thread_.join();
}

void adoption::start() {
    if (config_.get()->adopt.empty()) return;
    running_ = true;
    thread_ = std::thread([this] {
        try {
            run();
        } catch (...) {
            log::internal_error("adoption", std::current_exception());
        }
        asio::post(executor_, [this] {
            running_ = false;
            ended_.cancel();
        });
    });
}

asio::awaitable<void> adoption::stop() {
    {
        const std::lock_guard held(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    while (running_)
        std::ignore = co_await ended_.async_wait(net::as_result);
    if (thread_.joinable()) thread_.join();
    co_await tasks_.join();
}

void adoption::run() {
    while (!stopping_) {
        look();
        std::unique_lock held(mutex_);
        wake_.wait_for(held, adoption_interval, [this] { return stopping_.load(); });
    }
}

void adoption::look() {
    const auto config = config_.get();
    const auto folders = queue_folders_in(config->adopt, config->queue_dir);
    auto unreadable = boost::algorithm::join(folders.unreadable, "; ");
    if (unreadable != unreadable_ && !unreadable.empty()) {
        log::event(log::level::warning, "adoption")
            .with("what", "unreadable")
            .with("because", unreadable);
    }
    unreadable_ = std::move(unreadable);
    for (const auto& each : folders.found) {
        if (stopping_) return;
        try {
            look_at(each);
        } catch (const std::exception& error) {
            tell_trouble(each, seen_[each], error.what());
        }
    }
}

void adoption::look_at(const fs::path& folder) {
    auto& seen = seen_[folder];
    const bool is_unused = time_of_lock(folder) == seen.locked;
    if (is_unused && (seen.empty || net::clock::now() < seen.again)) return;
    {
        queue::directory_lock lock;
        std::string why_not;
        if (!lock.take(folder, net::calendar_now(), why_not)) {
            seen.empty = false;
            if (lock.is_held_elsewhere()) return;
            seen.locked = time_of_lock(folder);
            tell_trouble(folder, seen, why_not);
            return;
        }
    }
    empty(folder, seen);
    seen.locked = time_of_lock(folder);
}

void adoption::empty(const fs::path& folder, sight& seen) {
    if (is_capture(folder)) {
        tell_trouble(
            folder, seen, "its mail was kept by KURIR_CAPTURE, and is not to be delivered"
        );
        return;
    }
    auto opened = other_queue::open(folder, config_.get()->queue_min_free);
    if (!opened) {
        tell_trouble(folder, seen, opened.error());
        return;
    }
    const auto hostname = hostname_in(folder);
    if (!hostname) {
        tell_trouble(folder, seen, hostname.error());
        return;
    }
    auto& other = **opened;
    if (!other.read([this] { return stopping_.load(); })) return;
    auto why = take_all(folder, *hostname, other);
    const auto left = other.messages();
    seen.empty = left == 0;
    if (seen.empty) {
        seen.trouble.clear();
    } else if (!stopping_) {
        if (why.empty()) why = "some of its messages can't be taken";
        tell_trouble(folder, seen, std::to_string(left) + " messages are left: " + why);
    }
}

// What stopped it; empty: nothing.
std::string adoption::take_all(
    const fs::path& folder, const std::string& hostname, other_queue& other
) {
    const auto ids = other.ids();
    std::size_t moved = 0;
    std::string stopped;
    if (!ids.empty()) {
        log::event(log::level::notice, "adoption")
            .with("what", "begun")
            .with("folder", folder.string())
            .with("messages", ids.size());
    }
    for (const auto id : ids) {
        if (stopping_) stopped = "this relay is stopping";
        if (!stopped.empty()) break;
        const auto deliveries = other.message(id);
        if (deliveries.empty()) continue;
        const auto outcome = take(hostname, other, deliveries);
        using kind = handover_outcome::kind_of;
        if (!outcome.taken() && outcome.kind != kind::own) {
            log::event(log::level::warning, "adoption")
                .with("what", "not_taken")
                .with("folder", folder.string())
                .with("queue_id", id.text())
                .with("because", outcome.text);
            const bool is_for_all = outcome.kind == kind::silent || outcome.kind == kind::unsure;
            if (is_for_all) stopped = outcome.text;
            continue;
        }
        queue::failpoint("heir_has_message");
        if (!other.remove(deliveries, [this] { return stopping_.load(); }))
            stopped = "what was taken can't be removed there";
        ++moved;
        counts_.adopted_messages_total.inc();
        if (moved % adopted_per_line == 0) {
            log::event(log::level::notice, "adoption")
                .with("what", "going_on")
                .with("folder", folder.string())
                .with("moved", moved);
        }
    }
    log::event(log::level::notice, "adoption")
        .with("what", "ended")
        .with("folder", folder.string())
        .with("moved", moved)
        .with("left", other.messages())
        .with("because", stopped);
    return stopped;
}

handover_outcome adoption::take(
    const std::string& hostname, other_queue& other, const std::vector<control::listed>& deliveries
) {
    auto entries = deliveries;
    for (auto& each : entries) {
        if (!each.waiting.terms->hold) continue;
        auto terms = *each.waiting.terms;
        terms.hold = adopted_hold(terms.hold, names_);
        each.waiting.terms = std::move(terms);
    }
    const auto& stored = *deliveries.front().message;
    const auto envelope = envelope_text(entries, origin_host(deliveries, hostname), other.clocks());
    if (!envelope) return {.kind = handover_outcome::kind_of::cut, .text = envelope.error()};
    const auto offer = [&] {
        return handover_.hand_over(
            *envelope,
            content_of_chunks(
                stored.mail.size,
                stored.mail.chunks,
                [&](std::uint32_t index) { return other.chunk(stored, index); }
            )
        );
    };
    auto outcome = offer();
    // Others use the desk, too, and its oldest message makes room.
    if (outcome.kind == handover_outcome::kind_of::forgotten) outcome = offer();
    if (outcome.kind == handover_outcome::kind_of::cut) outcome.text = "its content can't be read";
    return outcome;
}

// As the API would answer, on its thread.
base::result<admin::client::reply, std::string> adoption::ask_desk(
    const std::string& target, const std::string& body
) {
    auto told = std::make_shared<std::promise<admin::answer>>();
    auto answered = told->get_future();
    asio::post(executor_, [this, target, body, told] { tasks_.spawn(tell(target, body, told)); });
    auto answer = answered.get();
    return admin::client::reply{static_cast<unsigned>(answer.status), std::move(answer.body)};
}

asio::awaitable<void> adoption::tell(
    std::string target, std::string body, std::shared_ptr<std::promise<admin::answer>> told
) {
    try {
        told->set_value(co_await answer_of(target, body));
    } catch (...) {
        told->set_exception(std::current_exception());
    }
}

// "/api/v1/messages", "/api/v1/messages/7/content", "/api/v1/messages/7/keep".
asio::awaitable<admin::answer> adoption::answer_of(
    const std::string& target, const std::string& body
) {
    constexpr std::string_view all = "/api/v1/messages";
    if (target == all) co_return co_await desk_.begin(body);
    const auto rest = std::string_view(target).substr(all.size() + 1);
    const std::string number(rest.substr(0, rest.find('/')));
    if (rest.ends_with("/content")) co_return co_await desk_.take(number, body);
    co_return co_await desk_.keep(number);
}

// Once in the log, as long as it is the same.
void adoption::tell_trouble(const fs::path& folder, sight& seen, std::string why) {
    seen.again = net::clock::now() + trouble_interval;
    if (seen.trouble == why) return;
    seen.trouble = std::move(why);
    log::event(log::level::warning, "adoption")
        .with("what", "not_emptied")
        .with("folder", folder.string())
        .with("because", seen.trouble);
}

}  // namespace kurir::app
