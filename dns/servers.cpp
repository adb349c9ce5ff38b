#include "dns/servers.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <fstream>
#include <sstream>
#include <tuple>
#include <utility>

#include "dns/inquiry.hpp"

namespace kurir::dns {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr const char* resolv_conf = "/etc/resolv.conf";

// After how long a server counts as silent that has sent nothing since the question; after how long
// the next server is asked although this one answers others; and how much time the last server has.
constexpr auto first_look = 1s;
constexpr auto patience = 3s;
constexpr auto last_patience = 6s;

std::vector<std::string> addresses_of(std::vector<std::string> configured) {
    if (!configured.empty()) return configured;
    std::ostringstream text;
    text << std::ifstream(resolv_conf).rdbuf();
    return listed_servers(text.str());
}

}  // namespace

std::vector<std::string> listed_servers(std::string_view text) {
    std::vector<std::string> all;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string keyword;
        std::string address;
        if (words >> keyword >> address && keyword == "nameserver") all.push_back(address);
    }
    if (all.empty()) all.emplace_back("127.0.0.1");  // as resolv.conf(5) has it
    return all;
}

// One question that is being asked.
struct servers::course {
    course(const asio::any_io_executor& executor, question wanted, std::vector<std::size_t> order)
        : asked(std::move(wanted)), way(std::move(order)), timer(executor) {}

    struct step {
        std::size_t server = 0;
        clock::time_point asked{};
    };

    question asked;
    handler done;
    inquiry way;
    std::vector<step> steps;
    asio::steady_timer timer;  // of the last step
};

servers::servers(asio::any_io_executor executor, std::vector<std::string> configured)
    : executor_(std::move(executor)),
      addresses_(addresses_of(std::move(configured))),
      order_(addresses_.size()) {}

servers::~servers() {
    close();
}

void servers::close() {
    closed_ = true;
    for (const auto& each : std::exchange(under_way_, {}))
        finish(each, {errc::cancelled});
    for (auto& [key, each] : channels_)
        each->close();
}

cares_channel& servers::channel(std::size_t server, bool edns) {
    auto& channel = channels_[{server, edns}];
    if (!channel) channel = std::make_unique<cares_channel>(executor_, addresses_[server], edns);
    return *channel;
}

void servers::ask(question asked, handler done) {
    if (closed_) {
        asio::post(executor_, [done = std::move(done)] { done({errc::cancelled}); });
        return;
    }
    probe(asked);
    const auto begun = std::make_shared<course>(executor_, std::move(asked), order_.order());
    begun->done = std::move(done);
    under_way_.insert(begun);
    go_on(begun);
}

// Finds out whether a silent server is back. Its answer is not used otherwise.
void servers::probe(const question& asked) {
    const auto server = order_.to_probe(clock::now());
    if (!server) return;
    auto listen = [weak = weak_from_this(), server = *server](const message& said) {
        if (const auto self = weak.lock(); self && said) self->order_.heard(server, clock::now());
    };
    channel(*server, true).ask(asked.name, asked.type, std::move(listen));
}

// Asks the next server; false if all were asked.
bool servers::go_on(const course_ptr& course) {
    const auto next = course->way.next();
    if (!next) return false;
    const auto now = clock::now();
    const auto number = course->steps.size();
    course->steps.push_back({.server = next->server, .asked = now});
    auto listen = [weak = weak_from_this(), course, number](const message& said) {
        if (const auto self = weak.lock()) self->heard(course, number, said);
    };
    channel(next->server, next->edns).ask(course->asked.name, course->asked.type, listen);
    wait(course, now + first_look);
    return true;
}

void servers::wait(const course_ptr& course, clock::time_point until) {
    course->timer.expires_at(until);
    course->timer.async_wait([weak = weak_from_this(), course](boost::system::error_code error) {
        const auto self = weak.lock();
        if (!error && self && self->under_way_.contains(course)) self->look(course);
    });
}

// The server that was asked last has not answered: goes on to the next one, or waits longer.
void servers::look(const course_ptr& course) {
    const auto now = clock::now();
    const auto& last = course->steps.back();
    order_.silent(last.server, last.asked, now);
    const bool is_end = course->way.all_asked();
    const auto whole = last.asked + (is_end ? last_patience : patience);
    const bool others_are_better = !is_end && order_.is_last(last.server);
    if (now < whole && !others_are_better) return wait(course, whole);
    if (!go_on(course)) finish(course, {course->way.best()});
}

void servers::heard(const course_ptr& course, std::size_t step, const message& said) {
    const auto now = clock::now();
    const auto [server, asked] = course->steps[step];
    if (said) {
        order_.heard(server, now);
    } else if (said.error() == errc::unreachable) {
        order_.silent(server, asked, now);
    }
    if (!under_way_.contains(course)) return;
    course->way.heard(
        said ? read_answer(*said, course->asked.name, course->asked.type)
             : result<answer>(said.error())
    );
    if (auto outcome = course->way.outcome()) {
        finish(course, {std::move(*outcome), said ? std::optional(now - asked) : std::nullopt});
    } else if (step + 1 == course->steps.size()) {
        // After the last server was asked, all pending answers are awaited until its time is over.
        std::ignore = go_on(course);
    }
}

void servers::finish(const course_ptr& course, ending end) {
    under_way_.erase(course);
    course->timer.cancel();
    const auto done = std::exchange(course->done, nullptr);
    done(std::move(end));
}

}  // namespace kurir::dns
