// Keeps the suppression list in a file of the queue folder, and carries out operators' orders.
//
// An order is written to the file, and on the disk, before it counts and is answered. Orders are
// carried out one after the other on a thread of their own, because a sync may take long. Entries
// that have expired are forgotten a month later. Relays that share a queue have the same list.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "metrics/inbound.hpp"
#include "relay/admin/suppressions.hpp"
#include "relay/control/notice_board.hpp"
#include "relay/suppression/journal.hpp"
#include "relay/suppression/journal_file.hpp"
#include "relay/suppression/shared_list.hpp"

namespace kurir::app {

class suppression_desk final : public admin::suppressions, public control::notice_taker {
public:
    // All must outlive the desk. `folder`: of the queue. `board`: null where nobody shares it.
    suppression_desk(
        const std::filesystem::path& folder,
        suppression::shared_list& entries,
        metrics::inbound& metrics,
        control::notice_board* board = nullptr
    );
    suppression_desk(const suppression_desk&) = delete;
    suppression_desk& operator=(const suppression_desk&) = delete;
    // No call is under way.
    ~suppression_desk() override;

    // At the start, before the first session: reads the file. False if that is not possible, which
    // was logged: then mail could go to those who must not get any.
    bool begin();

    boost::asio::awaitable<suppression::page> list(
        suppression::filter filter, std::string cursor, std::size_t limit
    ) override;
    boost::asio::awaitable<admin::suppression_result<suppression::entry>> add(
        admin::suppression_order order
    ) override;
    boost::asio::awaitable<admin::suppression_result<suppression::entry>> remove(
        std::string address, std::string tenant, std::string removed_by, std::string because
    ) override;
    boost::asio::awaitable<admin::suppression_result<admin::suppression_import_report>> import_list(
        admin::suppression_import order
    ) override;
    boost::asio::awaitable<suppression::text_piece> export_from(
        std::string cursor, suppression::list_format format
    ) override;

    queue::notice_kind kind() const override { return queue::notice_kind::suppression; }
    void take(const std::vector<queue::notice>& news) override;
    std::vector<queue::notice> beside(const known_keys& posted) override;

private:
    using changes = std::vector<suppression::change>;

    // On the thread of the desk.
    admin::suppression_result<suppression::entry> add_now(const admin::suppression_order& order);
    admin::suppression_result<suppression::entry> remove_now(
        std::string_view address,
        std::string_view tenant,
        const std::string& removed_by,
        const std::string& because
    );
    admin::suppression_result<admin::suppression_import_report> import_now(
        const admin::suppression_import& order
    );
    void compare(changes& wanted, admin::suppression_import_report& report) const;
    std::optional<admin::suppression_refusal> carry_out(const changes& orders);
    void take_now(const std::vector<queue::notice>& news);
    std::error_code write(const changes& orders);
    void apply(const changes& orders);
    void tidy_up();
    void tell_state(const suppression::journal_state& state);
    void forget_expired();

    suppression::shared_list& entries_;
    metrics::inbound& metrics_;
    control::notice_board* board_;
    suppression::journal_file file_;
    boost::asio::thread_pool thread_{1};
};

}  // namespace kurir::app
