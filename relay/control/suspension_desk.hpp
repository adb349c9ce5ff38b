// Keeps operators' suspensions: in a file of the queue folder, and in force.
//
// What was begun or ended is on the disk and in force when it is answered. A suspension ends by
// itself when its time comes, by the calendar, at most a minute late if somebody sets the clock.
// Orders are carried out one after the other on a thread of their own, because a sync may take
// long. Relays that share a queue have the same suspensions: a number is drawn then, so that two of
// them don't give the same.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "metrics/operators.hpp"
#include "relay/base/result.hpp"
#include "relay/control/notice_board.hpp"
#include "relay/control/suspension_file.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/task_group.hpp"
#include "relay/outbound/dispatcher.hpp"
#include "relay/outbound/operator_suspension.hpp"

namespace kurir::control {

struct suspension_refusal {
    enum class kind : std::uint8_t { not_found, full, disk };
    kind why = kind::not_found;
    std::string text;  // a sentence for the operator, without its full stop
};

class suspension_desk final : public notice_taker {
public:
    using suspension = outbound::operator_suspension;
    using outcome = base::result<suspension, suspension_refusal>;

    static constexpr std::size_t suspensions_max = 1000;

    // All must outlive the desk. `folder`: of the queue. `board`: null where nobody shares it.
    suspension_desk(
        boost::asio::any_io_executor executor,
        const std::filesystem::path& folder,
        outbound::dispatcher& dispatcher,
        outbound::shared_suspensions& senders,
        metrics::operators& counted,
        notice_board* board = nullptr
    );
    suspension_desk(const suspension_desk&) = delete;
    suspension_desk& operator=(const suspension_desk&) = delete;
    ~suspension_desk() override;

    // At the start, before any mail is announced: reads the file, and puts what is in it in force.
    // A damaged file is put aside, and told.
    void begin();
    // Begins to look for those that are over. On the thread of the executor, or before it runs, as
    // for the functions below.
    void start();
    boost::asio::awaitable<void> stop();

    boost::asio::awaitable<std::vector<suspension>> list();
    // Gives it a number.
    boost::asio::awaitable<outcome> add(suspension wanted);
    // `ended_by` and `because` are for the log.
    boost::asio::awaitable<outcome> end(
        std::uint64_t number, std::string ended_by, std::string because
    );

    queue::notice_kind kind() const override { return queue::notice_kind::suspension; }
    void take(const std::vector<queue::notice>& news) override;
    std::vector<queue::notice> beside(const known_keys& posted) override;
    void join() override;

private:
    using time_point = std::optional<queue::calendar_time>;

    // On the thread of the desk.
    outcome add_now(suspension wanted);
    outcome end_now(std::uint64_t number, const std::string& ended_by, const std::string& because);
    time_point end_those_over();
    void take_now(const std::vector<queue::notice>& news);
    void join_now();
    std::uint64_t next_number(suspension_record& record) const;
    std::error_code keep(suspension_record next);
    void put_in_force();

    boost::asio::awaitable<void> watch();
    boost::asio::awaitable<void> until_in_force();

    const std::filesystem::path file_;
    outbound::dispatcher& dispatcher_;
    outbound::shared_suspensions& senders_;
    metrics::operators& counted_;
    notice_board* board_;
    suspension_record record_;
    boost::asio::any_io_executor executor_;
    net::task_group tasks_;
    net::timer changed_;
    bool has_news_ = false;  // since it was last looked for those that are over
    bool stopping_ = false;
    boost::asio::thread_pool thread_{1};
};

}  // namespace kurir::control
